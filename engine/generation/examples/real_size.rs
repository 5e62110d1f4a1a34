//! You will see whether a model of real size keeps to its memory plan on this machine, and how long a step takes: the
//! small model of the tests is blown up to the sizes of Wan2.1-VACE-1.3B with random weights (4.6 GB in FOLDER), opened
//! as an installed model, and asked twice for 17 frames of 256x256 in one step, and stopped in four places:
//! `cargo run --release -p generation --example real_size -- FOLDER [offload]`
//! With `offload` its blocks stay in their file until they are needed.

use av::{FrameRate, ScanSize};
use candle_core::Device;
use generation::{
    Backend as _, ClipFrame, MaskedClip, Operation, ParameterValue, Request, Weights,
    installed::{self, ModelFile, ModelRecord, RECORD_FILE, Role, RunDefaults},
    models::wan::{backend::WanBackend, memory::gigabytes},
    noise::gaussian,
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Main blocks and control blocks of the real model.
const BLOCKS: [(&str, usize); 2] = [("blocks", 30), ("vace_blocks", 15)];
/// What is stopped, and how many seconds into it.
const STOPS: [(&str, f64); 4] = [
    ("loading the model", 0.5),
    ("encoding the clip", 3.3),
    ("denoising", 1.7),
    ("decoding", 4.1),
];
/// Random numbers that are written again and again.
const RANDOM_NUMBERS: usize = 1 << 20;

fn main() -> Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("real_size FOLDER")?.into();
    let mut out = std::io::stdout();
    if !folder.join(RECORD_FILE).is_file() {
        writeln!(out, "writing random weights to {}", folder.display())?;
        write_model(&folder)?;
    }
    let cache = folder.join("cache");
    let model = installed::open(&folder)?;
    let mut backend = WanBackend::open(model, Some(&cache), Device::Cpu)?;
    let request = request(
        std::env::args()
            .nth(2)
            .is_some_and(|word| word == "offload"),
    )?;
    for run in 1..=2 {
        let before = resident("VmRSS:")?;
        let estimate = backend.estimate(&request)?;
        let start = Instant::now();
        let (mut last, mut longest, mut label) = (start, Duration::ZERO, "");
        let mut waited = Duration::ZERO;
        backend.generate(&request, &mut |step| {
            let gap = last.elapsed();
            last = Instant::now();
            if gap > longest {
                (longest, label) = (gap, step.label);
            }
            if ["loading the model", "reading the prompt"].contains(&step.label) {
                waited += gap;
            }
            ControlFlow::Continue(())
        })?;
        let taken = start.elapsed();
        let peak = resident("VmHWM:")?;
        let (planned, found) = (
            estimate.memory_bytes,
            peak.saturating_sub(before.min(1 << 28)),
        );
        writeln!(
            out,
            "run {run}: planned {}, peak {} ({:+.0} %)",
            gigabytes(planned),
            gigabytes(found),
            (planned as f64 / found as f64 - 1.0) * 100.0
        )?;
        let foretold = estimate
            .duration
            .map_or("nothing".into(), |it| format!("{:.1} s", it.as_secs_f64()));
        writeln!(
            out,
            "run {run}: foretold {foretold}, took {:.1} s, of them {:.1} s reading; longest without a chance to stop {:.2} s ({label})",
            taken.as_secs_f64(),
            waited.as_secs_f64(),
            longest.as_secs_f64()
        )?;
    }
    backend.release();
    for (label, seconds) in STOPS {
        let late = stopped(&mut backend, &request, label, seconds)?;
        writeln!(
            out,
            "stopped {seconds} s into \"{label}\": over {late:.3} s later"
        )?;
    }
    Ok(())
}

/// One step of 17 frames of 256x256 out of nothing.
fn request(is_offloaded: bool) -> Result<Request> {
    let clip = MaskedClip::new(
        ScanSize::new(256, 256),
        FrameRate::FPS_25,
        vec![ClipFrame::ToMake; 17],
    )?;
    let mut request = Request::new(clip).for_operation(Operation::TextToVideo);
    request.prompt = "a cat walks along the beach".into();
    for (id, value) in [
        ("num_inference_steps", ParameterValue::Integer(1)),
        ("guidance_scale", ParameterValue::Number(1.0)),
        ("offload", ParameterValue::Switch(is_offloaded)),
    ] {
        request.parameters.insert(id.into(), value);
    }
    Ok(request)
}

/// Seconds from a cancel to the end of the work; it is cancelled when `label` has been told for `seconds`.
fn stopped(backend: &mut WanBackend, request: &Request, label: &str, seconds: f64) -> Result<f64> {
    let (mut begun, mut cancelled) = (None, None);
    let result = backend.generate(request, &mut |step| {
        if step.label != label {
            return ControlFlow::Continue(());
        }
        let begun = begun.get_or_insert_with(Instant::now);
        if begun.elapsed().as_secs_f64() < seconds {
            return ControlFlow::Continue(());
        }
        cancelled.get_or_insert_with(Instant::now);
        ControlFlow::Break(())
    });
    match (result, cancelled) {
        (Err(generation::Error::Cancelled), Some(at)) => Ok(at.elapsed().as_secs_f64()),
        (result, _) => Err(format!("it was not stopped: {:?}", result.map(|it| it.notes)).into()),
    }
}

/// A line of this process's status, in bytes.
fn resident(name: &str) -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.ok_or("the system does not say")?.trim();
    Ok(kilobytes.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

fn write_model(folder: &Path) -> Result<()> {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_model");
    let record = installed::open(&small)?.record;
    std::fs::create_dir_all(folder)?;
    let mut files = Vec::new();
    for file in &record.files {
        let from = small.join(&file.path);
        let name = format!("{:?}.safetensors", file.role).to_lowercase();
        let path = match file.role {
            Role::Tokenizer => {
                std::fs::copy(&from, folder.join("tokenizer.json"))?;
                PathBuf::from("tokenizer.json")
            }
            role => {
                write_weights(&folder.join(&name), &enlarged(&Weights::open(&from)?, role))?;
                PathBuf::from(name)
            }
        };
        files.push(ModelFile {
            role: file.role,
            size_bytes: std::fs::metadata(folder.join(&path))?.len(),
            sha256: "0".repeat(64),
            strength: 1.0,
            path,
        });
    }
    let record = ModelRecord {
        id: "random-vace-1.3b".into(),
        name: "Random model of real size".into(),
        source: "examples/real_size.rs".into(),
        files,
        defaults: RunDefaults {
            area_max: 480 * 832,
            ..record.defaults
        },
        ..record
    };
    std::fs::write(
        folder.join(RECORD_FILE),
        serde_json::to_vec_pretty(&record)?,
    )?;
    Ok(())
}

/// Names and shapes of the real model's tensors, from those of the small one.
fn enlarged(weights: &Weights, role: Role) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    for name in weights.names() {
        let shape = weights.shape(&name).unwrap_or_default().to_vec();
        match role {
            Role::Transformer => {
                let real = |dim: &usize| match dim {
                    24 => 1_536,
                    40 => 8_960,
                    20 => 4_096,
                    32 => 256,
                    144 => 9_216,
                    other => *other,
                };
                let shape: Vec<usize> = shape.iter().map(real).collect();
                let template = BLOCKS.iter().find_map(|(part, count)| {
                    Some((part, count, name.strip_prefix(&format!("{part}.1."))?))
                });
                if let Some((part, count, rest)) = template {
                    for index in 0..*count {
                        shapes.insert(format!("{part}.{index}.{rest}"), shape.clone());
                    }
                } else {
                    shapes.entry(name).or_insert(shape);
                }
            }
            Role::Vae => {
                shapes.insert(name.clone(), enlarged_vae(&name, shape));
            }
            _ => {
                let real = |dim: &usize| if *dim == 20 { 4_096 } else { *dim };
                shapes.insert(name, shape.iter().map(real).collect());
            }
        }
    }
    shapes
}

/// Channels are 48 times as many, but for those of pixels and latents.
fn enlarged_vae(name: &str, mut shape: Vec<usize>) -> Vec<usize> {
    let is_latent = name.starts_with("quant_conv") || name.starts_with("post_quant_conv");
    let fixed_first = name.starts_with("encoder.conv_out") || name.starts_with("decoder.conv_out");
    let fixed_second = name.starts_with("encoder.conv_in") || name.starts_with("decoder.conv_in");
    if is_latent {
        return shape;
    }
    let is_vector = shape.iter().skip(1).all(|&dim| dim == 1);
    if !fixed_first {
        shape[0] *= 48;
    }
    if shape.len() > 1 && !is_vector && !fixed_second {
        shape[1] *= 48;
    }
    shape
}

/// A safetensors file of small random numbers.
fn write_weights(path: &Path, shapes: &BTreeMap<String, Vec<usize>>) -> Result<()> {
    let mut header = serde_json::Map::new();
    let mut start = 0;
    for (name, shape) in shapes {
        let end = start + 2 * shape.iter().product::<usize>();
        let entry =
            serde_json::json!({"dtype": "BF16", "shape": shape, "data_offsets": [start, end]});
        header.insert(name.clone(), entry);
        start = end;
    }
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    // The upper half of a float is the same number in sixteen bits.
    let numbers = gaussian(1, 0, 0, RANDOM_NUMBERS);
    let random: Vec<u8> = numbers
        .iter()
        .flat_map(|number| ((0.02 * number).to_bits() >> 16).to_le_bytes()[..2].to_vec())
        .collect();
    let mut left = start;
    while left > 0 {
        let count = left.min(random.len());
        file.write_all(&random[..count])?;
        left -= count;
    }
    file.flush()?;
    Ok(())
}

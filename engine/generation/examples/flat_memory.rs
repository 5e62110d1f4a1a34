//! You will see that memory does not grow with a clip's length: the small model of the tests, with 17 frames to a run,
//! makes clips of 17 to 321 frames of 240x160, each in a process of its own, and hands every frame on as it comes:
//! `cargo run -p generation --example flat_memory [footage]`. With `footage` the first half of each clip is known, which
//! the request itself holds.

use av::{FrameRate, ScanSize, VideoFrame};
use candle_core::Device;
use generation::{
    Backend as _, ClipFrame, MaskedClip, Operation, Request,
    installed::{self, RECORD_FILE},
    models::wan::backend::WanBackend,
};
use std::{
    error::Error,
    io::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::Command,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SIZE: ScanSize = ScanSize::new(240, 160);
/// Frames of the clips.
const LENGTHS: [usize; 5] = [17, 33, 81, 161, 321];
/// The model's files, beside its record.
const FILES: [&str; 7] = [
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/config.json",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [folder, count, is_footage] = &*arguments {
        return make(Path::new(folder), count.parse()?, is_footage == "true");
    }
    let is_footage = arguments.first().is_some_and(|it| it == "footage");
    let folder = std::env::temp_dir().join(format!("flat-memory-{}", std::process::id()));
    write_model(&folder)?;
    for count in LENGTHS {
        let folder = folder.to_str().ok_or("a folder with a plain name")?;
        let arguments = [folder, &count.to_string(), &is_footage.to_string()];
        Command::new(std::env::current_exe()?)
            .args(arguments)
            .status()?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// A copy of the small model that makes 17 frames at a time, as large as they were asked for.
fn write_model(folder: &Path) -> Result<()> {
    let small: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_model");
    for file in FILES {
        let to = folder.join(file);
        std::fs::create_dir_all(to.parent().ok_or("a folder")?)?;
        std::fs::copy(small.join(file), to)?;
    }
    let record = std::fs::read_to_string(small.join(RECORD_FILE))?;
    let record = record.replace("\"area_max\": 1536", "\"area_max\": 38400");
    std::fs::write(folder.join(RECORD_FILE), record)?;
    let config = folder.join("transformer/config.json");
    let text = std::fs::read_to_string(&config)?;
    std::fs::write(config, text.replacen('{', "{\"frames\": 17,", 1))?;
    Ok(())
}

fn make(folder: &Path, count: usize, is_footage: bool) -> Result<()> {
    let mut backend = WanBackend::open(installed::open(folder)?, None, Device::Cpu)?;
    let num_known = if is_footage { count / 2 } else { 0 };
    let known = |index: usize| {
        let area = SIZE.area() as usize;
        let planes = [area, area / 4, area / 4].map(|count| vec![(64 + index % 64) as u8; count]);
        let rate = FrameRate::FPS_25;
        let pts = rate.ticks_from_frame(av::FrameIndex(index as i64));
        ClipFrame::Known(VideoFrame::from_i420(
            SIZE,
            av::ColorSpace::VIDEO,
            planes,
            pts,
        ))
    };
    let frames = (0..count).map(|index| {
        if index < num_known {
            known(index)
        } else {
            ClipFrame::ToMake
        }
    });
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames.collect())?;
    let request_bytes = num_known as u64 * SIZE.area() * 3 / 2;
    let request = Request::new(clip).for_operation(if is_footage {
        Operation::ExtendForwards
    } else {
        Operation::TextToVideo
    });
    let before = peak_bytes()?;
    let mut made = 0;
    let mut sink = |_frame: VideoFrame| {
        made += 1;
        Ok(())
    };
    backend.generate_into(&request, &mut sink, &mut |_| ControlFlow::Continue(()))?;
    let peak = peak_bytes()?;
    writeln!(
        std::io::stdout(),
        "{made} frames: peak {:.1} MB, {:.1} MB over the start, the request's pixels {:.1} MB",
        peak as f64 / 1e6,
        (peak - before) as f64 / 1e6,
        request_bytes as f64 / 1e6
    )?;
    Ok(())
}

/// Most bytes that this process has held.
fn peak_bytes() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.ok_or("the system does not say")?.trim();
    Ok(kilobytes.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

//! One model in every layout that a user may have: the same pictures come out.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "layouts/damage.rs"]
mod damage;
#[path = "layouts/fuzz.rs"]
mod fuzz;
#[path = "layouts/low_rank.rs"]
mod low_rank;
#[path = "layouts/write.rs"]
mod write;

use candle_core::{DType, Device, Tensor, quantized::GgmlDType};
use generation::{
    Weights,
    models::wan::{
        config::{TextEncoderConfig, TransformerConfig, VaeConfig},
        detect::{Kind, detect},
        loader::Loader,
        text_encoder::TextEncoder,
        transformer::{StepInputs, WanTransformer},
        vae::Vae,
    },
    noise::gaussian,
};
use safetensors::Dtype;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use write::Part;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Weights {
    Weights::open(&fixtures().join(name)).unwrap()
}

fn values(weights: &Weights, name: &str) -> (Vec<usize>, Vec<f32>) {
    let shape = weights.shape(name).unwrap().to_vec();
    let values = weights.values(name, &shape).unwrap();
    (shape, values)
}

/// The tensors of a fixture's model by diffusers' names.
fn parts(fixture: &Weights) -> Vec<Part> {
    let mut parts = Vec::new();
    for full in fixture.names() {
        if let Some(name) = full.strip_prefix("model.") {
            let (shape, values) = values(fixture, &full);
            let name = name.to_owned();
            parts.push(Part {
                name,
                shape,
                values,
            });
        }
    }
    parts
}

/// What `naming` of layouts.json calls the same tensors.
fn renamed(parts: &[Part], naming: &str, prefix: &str) -> Vec<Part> {
    let text = fs::read_to_string(fixtures().join("layouts.json")).unwrap();
    let mut all: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text).unwrap();
    let names = all.remove(naming).unwrap();
    let parts = parts.iter().filter(|part| names.contains_key(&part.name));
    let rename = |part: &Part| Part {
        name: format!("{prefix}{}", names[&part.name]),
        ..part.clone()
    };
    let renamed: Vec<Part> = parts.map(rename).collect();
    assert_eq!(renamed.len(), names.len());
    renamed
}

fn small_config() -> TransformerConfig {
    TransformerConfig {
        num_heads: 2,
        head_dim: 12,
        ffn_dim: 40,
        num_layers: 4,
        in_channels: 16,
        out_channels: 16,
        text_dim: 20,
        freq_dim: 32,
        vace_layers: vec![0, 2],
        vace_in_channels: 96,
    }
}

const SMALL_CONFIG: &str = r#"{"num_attention_heads": 2, "attention_head_dim": 12, "ffn_dim": 40, "num_layers": 4,
    "in_channels": 16, "out_channels": 16, "text_dim": 20, "freq_dim": 32, "vace_layers": [0, 2],
    "vace_in_channels": 96, "patch_size": [1, 2, 2], "_class_name": "WanVACETransformer3DModel"}"#;

/// What a transformer makes of fixed random inputs.
fn forward(config: &TransformerConfig, loader: &Loader<'_>) -> Tensor {
    let random = |dims: &[usize], seed| {
        let numbers = gaussian(seed, 0, 0, dims.iter().product());
        Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
    };
    let model = WanTransformer::new(config, loader).unwrap();
    let context = model.context(&random(&[9, config.text_dim], 1)).unwrap();
    let inputs = StepInputs {
        latents: &random(&[16, 3, 6, 10], 2),
        timestep: 250.0,
        context: &context,
        control: Some(&random(&[96, 3, 6, 10], 3)),
        control_scales: &[1.0, 0.7],
        is_known: &[],
    };
    model.forward(inputs, &mut || Ok(())).unwrap()
}

fn loader(weights: &Weights) -> Loader<'_> {
    Loader::new(weights, DType::F32, &Device::Cpu)
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn relative(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let pairs = found.iter().zip(wanted);
    let worst = pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    worst / largest
}

#[test]
fn files_of_other_programs_hold_what_these_read_from_them() {
    let wanted = fixture("layouts.safetensors");
    for (file, prefix) in [("layouts.gguf", "gguf."), ("layouts.pth", "pth.")] {
        let found = fixture(file);
        let names = wanted.names();
        let names: Vec<&str> = names
            .iter()
            .filter_map(|name| name.strip_prefix(prefix))
            .collect();
        assert_eq!(found.names(), names, "{file}");
        for name in names {
            let (shape, wanted) = values(&wanted, &format!("{prefix}{name}"));
            let found = found.values(name, &shape).unwrap();
            let difference = relative(&found, &wanted);
            assert!(difference < 1e-6, "{file}, {name}: {difference}");
        }
    }
    let nested = fixture("layouts_nested.pth");
    assert_eq!(nested.names(), ["bias", "weight"]);
    assert_eq!(
        values(&nested, "weight"),
        values(&fixture("layouts.pth"), "f32")
    );
}

#[test]
fn files_that_run_code_are_refused() {
    let path = fixtures().join("layouts_code.pth");
    let text = Weights::open(&path).unwrap_err().to_string();
    assert!(
        text.contains("wants to run") && text.contains("print"),
        "{text}"
    );
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("old.pth");
    fs::write(
        &path,
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
    )
    .unwrap();
    let text = Weights::open(&path).unwrap_err().to_string();
    assert!(text.contains("old PyTorch"), "{text}");
}

#[test]
fn every_lossless_layout_of_the_transformer_computes_the_same() {
    let parts = parts(&fixture("wan_vace.safetensors"));
    let original = renamed(&parts, "transformer", "");
    let prefixed = renamed(&parts, "transformer", "model.diffusion_model.");
    let folder = TempDir::new().unwrap();
    let place = |name: &str| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("config.json"), SMALL_CONFIG).unwrap();
        folder
    };
    let mut opened = Vec::new();
    let sharded = place("sharded");
    write::sharded(&sharded, &parts);
    opened.push(Weights::open(&sharded).unwrap());
    opened.push(Weights::open(&sharded.join("model.safetensors.index.json")).unwrap());
    let shard = |index| sharded.join(format!("model-0000{index}-of-00002.safetensors"));
    opened.push(Weights::open_all(&[shard(2), shard(1)]).unwrap());
    for (name, parts, dtype) in [
        ("diffusers", &parts, Dtype::F32),
        ("original", &original, Dtype::F16),
        ("comfy", &prefixed, Dtype::F32),
    ] {
        let file = place(name).join("model.safetensors");
        write::all(&file, parts, dtype);
        opened.push(Weights::open(&file).unwrap());
    }
    let file = place("gguf").join("model.gguf");
    let stored = |part: &Part| match part.shape.len() {
        1 => write::gguf_f32(part),
        _ => write::gguf_f16(part),
    };
    let tensors: Vec<_> = original.iter().map(stored).collect();
    assert!(tensors.iter().any(|(_, shape, _, _)| shape.len() == 5));
    write::gguf(&file, &tensors);
    opened.push(Weights::open(&file).unwrap());

    let wanted = numbers(&forward(&small_config(), &loader(&opened[0])));
    for weights in &opened {
        let path = weights.path().display();
        assert_eq!(
            detect(weights).unwrap(),
            Kind::Transformer(small_config()),
            "{path}"
        );
        let found = forward(&small_config(), &loader(weights));
        assert_eq!(numbers(&found), wanted, "{path}");
        let found = forward(&small_config(), &loader(weights).keeping_half());
        assert_eq!(numbers(&found), wanted, "{path}, 16 bits kept");
    }
}

#[test]
fn folded_and_flat_shapes_are_taken_but_no_others() {
    let parts = parts(&fixture("wan_vace.safetensors"));
    let mut odd = renamed(&parts, "transformer", "");
    for part in &mut odd {
        if part.name.ends_with("patch_embedding.weight") {
            let folded = part.shape[0] * part.shape[1];
            part.shape.splice(..2, [folded]);
        } else if part.name.ends_with("modulation") {
            part.shape.remove(0);
        }
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.gguf");
    let write = |parts: &[Part]| {
        let tensors: Vec<_> = parts.iter().map(write::gguf_f32).collect();
        write::gguf(&file, &tensors);
        Weights::open(&file).unwrap()
    };
    let weights = write(&odd);
    let found = forward(&small_config(), &loader(&weights));
    let straight = fixture("wan_vace.safetensors");
    let wanted = forward(&small_config(), &loader(&straight).below("model."));
    assert_eq!(numbers(&found), numbers(&wanted));
    let turned = odd
        .iter_mut()
        .find(|part| part.name == "blocks.1.ffn.0.weight");
    turned.unwrap().shape.reverse();
    let weights = write(&odd);
    let text = WanTransformer::new(&small_config(), &loader(&weights))
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("tensor blocks.1.ffn.0.weight has shape [24, 40], should have [40, 24]"),
        "{text}"
    );
}

/// A random model whose rows are whole blocks of every kind, by diffusers' names.
fn wide() -> (TransformerConfig, Vec<Part>) {
    let config = TransformerConfig {
        num_heads: 2,
        head_dim: 128,
        ffn_dim: 512,
        text_dim: 256,
        freq_dim: 256,
        ..small_config()
    };
    let widened = |(index, part): (usize, &Part)| {
        let widen = |&length: &usize| match length {
            24 | 20 | 32 => 256,
            40 => 512,
            144 => 6 * 256,
            other => other,
        };
        let shape: Vec<usize> = part.shape.iter().map(widen).collect();
        let inputs: usize = shape.iter().skip(1).product();
        let size = 1.5 / (inputs as f32).sqrt();
        let count = shape.iter().product();
        let values = gaussian(9, index as u64, 0, count).into_iter();
        Part {
            name: part.name.clone(),
            shape,
            values: values.map(|x| x * size.min(0.5)).collect(),
        }
    };
    let parts = parts(&fixture("wan_vace.safetensors"));
    (config, parts.iter().enumerate().map(widened).collect())
}

fn is_matrix(part: &Part) -> bool {
    part.shape.len() == 2
}

/// What the same numbers make as plain `f32`.
fn dense(folder: &Path, config: &TransformerConfig, parts: &[Part]) -> Vec<f32> {
    let file = folder.join("dense.safetensors");
    write::all(&file, parts, Dtype::F32);
    let weights = Weights::open(&file).unwrap();
    numbers(&forward(config, &loader(&weights)))
}

#[test]
fn blocks_compute_what_their_numbers_do() {
    let (config, parts) = wide();
    let folder = TempDir::new().unwrap();
    let exact = dense(folder.path(), &config, &parts);
    for (kind, most) in [
        (GgmlDType::Q8_0, 0.05),
        (GgmlDType::Q6K, 0.1),
        (GgmlDType::Q5_1, 0.2),
        (GgmlDType::Q4K, 0.4),
        (GgmlDType::Q4_0, 0.5),
        (GgmlDType::Q2K, 1.5),
    ] {
        let mut rounded = parts.clone();
        let mut tensors = Vec::new();
        for part in &mut rounded {
            let name = original_name(part);
            if is_matrix(part) {
                let (bytes, values) = write::blocks(part, kind);
                part.values = values;
                tensors.push((name, part.shape.clone(), write::kind_number(kind), bytes));
            } else {
                tensors.push(write::gguf_f32(&Part {
                    name,
                    ..part.clone()
                }));
            }
        }
        let file = folder.path().join("blocks.gguf");
        write::gguf(&file, &tensors);
        let weights = Weights::open(&file).unwrap();
        assert_eq!(detect(&weights).unwrap(), Kind::Transformer(config.clone()));
        let found = numbers(&forward(&config, &loader(&weights)));
        let wanted = dense(folder.path(), &config, &rounded);
        assert_eq!(found, wanted, "{kind:?}");
        let loss = relative(&found, &exact);
        assert!(loss > 0.0 && loss < most, "{kind:?} loses {loss}");
    }
}

fn original_name(part: &Part) -> String {
    let name = generation::models::wan::names::original_transformer_name(&part.name);
    name.unwrap_or(part.name.clone())
}

/// Ways of writing matrices in eight bits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Eight {
    /// Floats and one factor, in the older spelling.
    OneFactor,
    /// Floats and a factor for each row, in the newer spelling.
    RowFactors,
    /// Floats of five bits of exponent.
    FiveBits,
    /// The starter's bytes.
    Runs,
}

/// A random matrix in eight bits: what is written, and the numbers that it stands for.
fn eight_bits(style: Eight, name: &str, shape: &[usize], seed: u64) -> (Vec<write::Raw>, Vec<f32>) {
    let [rows, columns] = *shape else {
        panic!("no matrix")
    };
    let bytes: Vec<u8> = gaussian(7, seed, 0, rows * columns)
        .iter()
        .map(|x| (x.abs() * 30.0).min(100.0) as u8 | if *x < 0.0 { 0x80 } else { 0 })
        .collect();
    let run = match style {
        Eight::Runs => 32,
        Eight::RowFactors => columns,
        Eight::OneFactor | Eight::FiveBits => rows * columns,
    };
    let scales: Vec<f32> = (0..bytes.len() / run)
        .map(|index| 0.001 + 0.0001 * (index % 7) as f32)
        .map(|scale| half::f16::from_f32(scale).to_f32())
        .collect();
    let (dtype, numbers) = match style {
        Eight::Runs => {
            let numbers = bytes.iter().map(|&byte| f32::from(byte) - 128.0);
            (Dtype::U8, numbers.collect())
        }
        Eight::FiveBits => (Dtype::F8_E5M2, five_bits(&bytes)),
        Eight::OneFactor | Eight::RowFactors => (Dtype::F8_E4M3, four_bits(&bytes)),
    };
    let scaled = numbers.iter().enumerate();
    let values = scaled
        .map(|(index, x): (usize, &f32)| x * scales[index / run])
        .collect();
    let shape = shape.to_vec();
    let factors = write::bytes_of_f32(&scales);
    let layer = name.strip_suffix(".weight").unwrap();
    let ignored = |name: String| (name, Dtype::F32, vec![1], write::bytes_of_f32(&[9.0]));
    let raws = match style {
        Eight::Runs => {
            let halves = write::bytes_of_f16(&scales);
            let scale = (format!("{name}.scale"), Dtype::F16);
            vec![
                (format!("{name}.q8"), dtype, shape, bytes),
                (scale.0, scale.1, vec![rows, columns / 32], halves),
            ]
        }
        Eight::RowFactors => vec![
            (name.into(), dtype, shape, bytes),
            (
                format!("{layer}.weight_scale"),
                Dtype::F32,
                vec![rows, 1],
                factors,
            ),
            ignored(format!("{layer}.input_scale")),
        ],
        Eight::OneFactor | Eight::FiveBits => vec![
            (name.into(), dtype, shape, bytes),
            (format!("{layer}.scale_weight"), Dtype::F32, vec![], factors),
            ignored(format!("{layer}.scale_input")),
        ],
    };
    (raws, values)
}

#[test]
fn eight_bit_files_compute_what_their_numbers_do() {
    let (config, parts) = wide();
    let folder = TempDir::new().unwrap();
    for style in [
        Eight::OneFactor,
        Eight::RowFactors,
        Eight::FiveBits,
        Eight::Runs,
    ] {
        let mut rounded = parts.clone();
        let mut raws = Vec::new();
        let prefix = "model.diffusion_model.";
        for (index, part) in rounded.iter_mut().enumerate() {
            let name = match style {
                Eight::Runs => part.name.clone(),
                _ => format!("{prefix}{}", original_name(part)),
            };
            if is_matrix(part) {
                let (written, values) = eight_bits(style, &name, &part.shape, index as u64);
                part.values = values;
                raws.extend(written);
            } else {
                let part = Part {
                    name,
                    ..part.clone()
                };
                raws.push(write::raw(&part, Dtype::F32));
            }
        }
        if style != Eight::Runs {
            let mark = format!("{prefix}scaled_fp8");
            raws.push((mark, Dtype::F8_E4M3, vec![2], vec![0; 2]));
        }
        let file = folder.path().join("eight.safetensors");
        write::safetensors(&file, &raws);
        let weights = Weights::open(&file).unwrap();
        assert_eq!(detect(&weights).unwrap(), Kind::Transformer(config.clone()));
        let found = numbers(&forward(&config, &loader(&weights)));
        let wanted = dense(folder.path(), &config, &rounded);
        assert_eq!(found, wanted, "{style:?}");
    }
}

/// The library's own reading of eight-bit floats.
fn four_bits(bytes: &[u8]) -> Vec<f32> {
    let tensor = Tensor::from_raw_buffer(bytes, DType::F8E4M3, &[bytes.len()], &Device::Cpu);
    let tensor = tensor.unwrap().to_dtype(DType::F32).unwrap();
    tensor.to_vec1().unwrap()
}

fn five_bits(bytes: &[u8]) -> Vec<f32> {
    let number = |&bits: &u8| {
        let (exponent, mantissa) = (i32::from(bits >> 2 & 31), f32::from(bits & 3));
        let size = match exponent {
            0 => mantissa / 4.0 * (-14_f32).exp2(),
            _ => (1.0 + mantissa / 4.0) * ((exponent - 15) as f32).exp2(),
        };
        if bits & 0x80 == 0 { size } else { -size }
    };
    bytes.iter().map(number).collect()
}

#[test]
fn original_names_of_the_autoencoder_and_the_prompt_encoder_are_read() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("vae.safetensors");
    let vae_fixture = fixture("wan_vae.safetensors");
    let mut originals = renamed(&parts(&vae_fixture), "vae", "");
    // Some converters drop axes of one.
    for part in &mut originals {
        if part.name.ends_with("gamma") {
            part.shape.truncate(1);
        }
    }
    write::all(&file, &originals, Dtype::F16);
    let weights = Weights::open(&file).unwrap();
    let config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 2,
        ..VaeConfig::wan_2_1()
    };
    assert_eq!(detect(&weights).unwrap(), Kind::Vae21(config.clone()));
    let decoded = |loader: &Loader<'_>| {
        let z = gaussian(3, 0, 0, 16 * 3 * 2 * 3);
        let z = Tensor::from_vec(z, (16, 3, 2, 3), &Device::Cpu).unwrap();
        let mut all = Vec::new();
        let vae = Vae::new(&config, loader).unwrap();
        vae.decode(&z, &mut |_done, _total| Ok(()), &mut |_index, frames| {
            all.extend(numbers(&frames));
            Ok(())
        })
        .unwrap();
        all
    };
    let wanted = decoded(&loader(&vae_fixture).below("model."));
    assert_eq!(decoded(&loader(&weights)), wanted);

    let text_fixture = fixture("wan_text_encoder.safetensors");
    let mut text = parts(&text_fixture);
    text.retain(|part| part.name != "encoder.embed_tokens.weight");
    let config = TextEncoderConfig {
        vocab_size: 60,
        d_model: 24,
        d_kv: 8,
        d_ff: 40,
        num_layers: 2,
        num_heads: 3,
    };
    let encoded = |loader: &Loader<'_>| {
        let encoder = TextEncoder::new(&config, loader).unwrap();
        numbers(&encoder.forward(&[5, 17, 59, 1], &mut || Ok(())).unwrap())
    };
    let wanted = encoded(&loader(&text_fixture).below("model."));
    let originals = renamed(&text, "text_encoder", "");
    write::all(&file, &originals, Dtype::F16);
    let llama = renamed(&text, "llama", "");
    let gguf = folder.path().join("text.gguf");
    let tensors: Vec<_> = llama.iter().map(write::gguf_f16).collect();
    write::gguf(&gguf, &tensors);
    for file in [&file, &gguf] {
        let weights = Weights::open(file).unwrap();
        assert_eq!(detect(&weights).unwrap(), Kind::TextEncoder(config.clone()));
        assert_eq!(encoded(&loader(&weights)), wanted, "{}", file.display());
        assert_eq!(encoded(&loader(&weights).keeping_half()), wanted);
    }
}

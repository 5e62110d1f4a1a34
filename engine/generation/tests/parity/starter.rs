//! The layout that the starter's training exports, against its own networks: tokenizer, prompt encoder in 8 bits,
//! autoencoder of squares, transformer in 8 bits, whole runs.

use super::{relative, tensor};
use candle_core::{DType, Device, Tensor};
use generation::{
    Weights,
    models::wan::{
        config::{Padding, TinyVaeConfig},
        control::{ControlClip, control_latents},
        detect::{Kind, detect},
        loader::Loader,
        pipeline::{Condition, DenoiseInputs, DenoiseRecipe, denoise},
        prompt::padded,
        scheduler::{SamplerKind, Schedule},
        text_encoder::TextEncoder,
        tokenizer::Tokenizer,
        transformer::WanTransformer,
        vae::Vae,
    },
};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// As in training.
const PROMPTS: [&str; 3] = [
    "夜晚的街道，一只小狗在跑。镜头推近！",
    "A CAT on a sandy beach, zoom in",
    "",
];
const ROWS: usize = 32;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/starter")
}

fn part(name: &str) -> Weights {
    Weights::open(&folder().join(name).join("model.safetensors")).unwrap()
}

fn expected(name: &str) -> Tensor {
    let weights = Weights::open(&folder().join("expected.safetensors")).unwrap();
    tensor(&weights, name)
}

fn loader(weights: &Weights) -> Loader<'_> {
    Loader::new(weights, DType::F32, &Device::Cpu)
}

fn ids(prompt: &str) -> Vec<u32> {
    let tokenizer = Tokenizer::open(&folder().join("tokenizer.json"), ROWS).unwrap();
    tokenizer.ids(prompt).unwrap()
}

fn rows(prompt: &str) -> Tensor {
    let weights = part("text_encoder");
    let Kind::TextEncoder(config) = detect(&weights).unwrap() else {
        panic!("a prompt encoder")
    };
    let encoder = TextEncoder::new(&config, &loader(&weights)).unwrap();
    let rows = encoder.forward(&ids(prompt), &mut || Ok(())).unwrap();
    padded(&rows, ROWS).unwrap()
}

fn vae_config() -> TinyVaeConfig {
    match detect(&part("vae")).unwrap() {
        Kind::TinyVae(config) => config,
        other => panic!("a small autoencoder, not {other:?}"),
    }
}

fn vae() -> Vae {
    Vae::tiny(&vae_config(), &loader(&part("vae"))).unwrap()
}

/// `[frames, 3, height, width]`.
fn video() -> Tensor {
    let video = expected("video").squeeze(0).unwrap();
    video.transpose(0, 1).unwrap().contiguous().unwrap()
}

#[test]
fn prompts_are_folded_and_cut_as_in_training() {
    let wanted = expected("ids").to_vec2::<f32>().unwrap();
    for (prompt, wanted) in PROMPTS.iter().zip(wanted) {
        let wanted: Vec<u32> = wanted.iter().map(|&id| id as u32).collect();
        let found = ids(prompt);
        assert_eq!(found, wanted[..found.len()], "{prompt}");
        assert!(wanted[found.len()..].iter().all(|&id| id == 0), "{prompt}");
    }
}

#[test]
fn prompts_become_the_rows_of_training() {
    for (index, prompt) in PROMPTS.iter().enumerate() {
        let wanted = expected("rows").get(index).unwrap();
        let difference = relative(&rows(prompt), &wanted);
        assert!(difference < 1e-4, "{prompt}: {difference}");
    }
}

#[test]
fn the_autoencoder_equals_that_of_training() {
    let config = vae_config();
    let sizes = (config.patch_size, config.num_halvings, config.num_blocks);
    assert_eq!(sizes, (8, 0, [0, 1]));
    assert_eq!(config.padding, Padding::Start);
    let vae = vae();
    let none = &mut |_done: usize, _total: usize| Ok(());
    let found = vae.encode(&video(), none).unwrap();
    let difference = relative(&found, &expected("latents").squeeze(0).unwrap());
    assert!(difference < 1e-4, "encoded: {difference}");
    let mut chunks = Vec::new();
    let z = expected("z").squeeze(0).unwrap();
    vae.decode(&z, none, &mut |_index, frames| {
        chunks.push(frames);
        Ok(())
    })
    .unwrap();
    let found = Tensor::cat(&chunks, 0).unwrap().transpose(0, 1).unwrap();
    let difference = relative(&found, &expected("decoded").squeeze(0).unwrap());
    assert!(difference < 1e-4, "decoded: {difference}");
}

/// Latents of a whole run over `clip`.
fn made(prompt: &str, clip: &ControlClip, noise: &str) -> Tensor {
    let weights = part("transformer");
    let Kind::Transformer(config) = detect(&weights).unwrap() else {
        panic!("a transformer")
    };
    let transformer = WanTransformer::new(&config, &loader(&weights)).unwrap();
    let control = control_latents(&vae(), clip, &mut || Ok(())).unwrap();
    let recipe = DenoiseRecipe {
        sampler: SamplerKind::Euler,
        schedule: Schedule::even(4, 3.0),
        guidance_scale: 4.0,
        control_scale: 1.0,
        low_noise: None,
        cache_threshold: None,
    };
    let inputs = DenoiseInputs {
        prompt: &rows(prompt),
        negative_prompt: Some(&rows("")),
        condition: Condition::Control(&control),
        noise: expected(noise).squeeze(0).unwrap(),
        fresh_noise: &mut || panic!("this sampler needs none"),
        preview: None,
    };
    let on_step = &mut |_step| ControlFlow::Continue(());
    denoise(&mut &transformer, &recipe, inputs, on_step)
        .unwrap()
        .latents
}

#[test]
fn clips_from_words_equal_those_of_training() {
    let clip = ControlClip {
        video: Tensor::zeros((9, 3, 32, 48), DType::F32, &Device::Cpu).unwrap(),
        mask: Tensor::ones((9, 32, 48), DType::F32, &Device::Cpu).unwrap(),
        references: Vec::new(),
    };
    let found = made(PROMPTS[0], &clip, "noise_text");
    let difference = relative(&found, &expected("made_text").squeeze(0).unwrap());
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn clips_from_a_first_frame_equal_those_of_training() {
    let zeros = Tensor::zeros((1, 32, 48), DType::F32, &Device::Cpu).unwrap();
    let ones = Tensor::ones((8, 32, 48), DType::F32, &Device::Cpu).unwrap();
    let mask = Tensor::cat(&[&zeros, &ones], 0).unwrap();
    let kept = mask.affine(-1.0, 1.0).unwrap().unsqueeze(1).unwrap();
    let clip = ControlClip {
        video: video().broadcast_mul(&kept).unwrap(),
        mask,
        references: Vec::new(),
    };
    let found = made(PROMPTS[1], &clip, "noise_known");
    let difference = relative(&found, &expected("made_known").squeeze(0).unwrap());
    assert!(difference < 1e-4, "{difference}");
}

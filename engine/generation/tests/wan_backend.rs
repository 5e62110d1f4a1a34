//! Every operation, end to end, on a small random model: what comes back has the right frames and leaves known pixels
//! alone.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use av::{ColorSpace, FrameRate, ScanSize, Ticks, VideoFrame};
use candle_core::{DType, Device, Tensor};
use generation::{
    Backend as _, ClipFrame, Error, MaskedClip, Operation, ParameterValue, Request, Result,
    Weights,
    models::wan::{
        backend::{ModelCard, PromptEncoder, WanBackend},
        config::{TransformerConfig, VaeConfig},
        loader::Loader,
        transformer::WanTransformer,
        vae::Vae,
    },
    noise::gaussian,
};
use std::{ops::ControlFlow, path::Path};

const SIZE: ScanSize = ScanSize::new(46, 34);

/// Rows that depend on the prompt's bytes alone.
struct Hashed;
impl PromptEncoder for Hashed {
    fn rows(&mut self, prompt: &str, pause: &mut dyn FnMut() -> Result<()>) -> Result<Tensor> {
        pause()?;
        let seed = prompt.bytes().map(u64::from).sum();
        Ok(Tensor::from_vec(
            gaussian(seed, 9, 0, 180),
            (9, 20),
            &Device::Cpu,
        )?)
    }
}

fn backend() -> WanBackend {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let weights = Weights::open(&folder.join("wan_pipeline.safetensors")).unwrap();
    let loader = |prefix| Loader::new(&weights, DType::F32, &Device::Cpu).below(prefix);
    let config = TransformerConfig {
        num_heads: 2,
        head_dim: 12,
        ffn_dim: 40,
        num_layers: 3,
        in_channels: 16,
        out_channels: 16,
        text_dim: 20,
        freq_dim: 32,
        vace_layers: vec![0, 2],
        vace_in_channels: 96,
    };
    let vae_config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 2,
        ..VaeConfig::wan_2_1()
    };
    let card = ModelCard {
        id: "small".into(),
        name: "Small random model".into(),
        license: "MIT".into(),
        weights_sha256: Vec::new(),
        size_bytes: 0,
        num_inference_steps: 2,
        guidance_scale: 3.0,
        flow_shift: 3.0,
        area_max: 32 * 48,
    };
    let transformer = WanTransformer::new(&config, &loader("model.transformer.")).unwrap();
    let vae = Vae::new(&vae_config, &loader("model.vae.")).unwrap();
    WanBackend::new(card, transformer, vae, Box::new(Hashed), Device::Cpu)
}

fn picture(seed: u64) -> VideoFrame {
    let plane = |count: usize, stream: u64| -> Vec<u8> {
        let numbers = gaussian(seed, stream, 0, count);
        numbers.iter().map(|x| (128.0 + 25.0 * x) as u8).collect()
    };
    let (area, chroma) = (46 * 34, 23 * 17);
    let planes = [plane(area, 0), plane(chroma, 1), plane(chroma, 2)];
    VideoFrame::from_i420(SIZE, ColorSpace::VIDEO, planes, Ticks(5))
}

fn run(operation: Operation, frames: Vec<ClipFrame>) -> Vec<VideoFrame> {
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    let mut request = Request::new(clip.clone()).for_operation(operation);
    request.prompt = "a cat".into();
    let mut backend = backend();
    backend.estimate(&request).unwrap();
    let output = backend
        .generate(&request, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(output.frames.len(), clip.frames().len(), "{operation:?}");
    for (made, asked) in output.frames.iter().zip(clip.frames()) {
        assert_eq!(made.size, SIZE);
        if let ClipFrame::Known(picture) = asked {
            assert_eq!(made, picture, "{operation:?} keeps what is known");
        }
    }
    output.frames
}

#[test]
fn every_operation_runs_at_awkward_lengths() {
    use ClipFrame::{Known, ToMake};
    let known = |seed| Known(picture(seed));
    let hole = |count| vec![ToMake; count];
    run(Operation::TextToVideo, hole(3));
    run(Operation::Animate, [vec![known(1)], hole(6)].concat());
    run(
        Operation::ExtendForwards,
        [vec![known(1), known(2)], hole(4)].concat(),
    );
    run(
        Operation::ExtendBackwards,
        [hole(7), vec![known(3)]].concat(),
    );
    run(
        Operation::Fill,
        [vec![known(1)], hole(2), vec![known(2)]].concat(),
    );
    let join = [vec![known(1), known(2)], hole(5), vec![known(3), known(4)]];
    run(Operation::Join, join.concat());
}

#[test]
fn regions_are_made_and_the_rest_stays_byte_for_byte() {
    let mut to_make = vec![0; 46 * 34];
    for row in to_make.chunks_exact_mut(46).take(12) {
        row[..20].fill(255);
    }
    let frame = |seed| ClipFrame::Partly {
        picture: picture(seed),
        to_make: to_make.clone().into(),
    };
    for operation in [
        Operation::ReplaceBackground,
        Operation::RepaintRegion,
        Operation::Outpaint,
    ] {
        let frames = run(operation, (0..5).map(frame).collect());
        for (seed, made) in frames.iter().enumerate() {
            let original = picture(seed as u64);
            let luma = made.planes[0]
                .data
                .iter()
                .zip(original.planes[0].data.iter());
            let mut changed = 0;
            for (place, (made, original)) in luma.enumerate() {
                if to_make[place] == 0 {
                    assert_eq!(made, original, "byte {place}");
                } else {
                    changed += usize::from(made != original);
                }
            }
            assert!(changed > 150, "only {changed} of 240 pixels are new");
            assert_eq!(made.row(2, 16), original.row(2, 16));
        }
    }
}

#[test]
fn seed_and_words_decide_and_nothing_else() {
    let clip = || MaskedClip::new(SIZE, FrameRate::FPS_25, vec![ClipFrame::ToMake; 5]).unwrap();
    let make = |seed, prompt: &str| {
        let request = Request {
            seed,
            prompt: prompt.into(),
            ..Request::new(clip()).for_operation(Operation::TextToVideo)
        };
        let mut backend = backend();
        let output = backend.generate(&request, &mut |_| ControlFlow::Continue(()));
        output.unwrap().frames
    };
    let first = make(1, "a cat");
    assert_eq!(first, make(1, "a cat"));
    assert_ne!(first, make(2, "a cat"));
    assert_ne!(first, make(1, "a dog"));
}

#[test]
fn cancel_works_at_every_step_and_limits_are_said() {
    let frames = vec![ClipFrame::ToMake; 5];
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    let mut request = Request::new(clip).for_operation(Operation::TextToVideo);
    let mut backend = backend();
    let mut labels = Vec::new();
    backend
        .generate(&request, &mut |step| {
            labels.push(step.label);
            ControlFlow::Continue(())
        })
        .unwrap();
    let all = labels.len();
    labels.dedup();
    assert_eq!(
        labels,
        [
            "reading the prompt",
            "encoding the clip",
            "denoising",
            "decoding"
        ]
    );
    for allowed in (0..all).step_by(3) {
        let mut left = allowed;
        let result = backend.generate(&request, &mut |_step| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        });
        assert!(
            matches!(result, Err(Error::Cancelled)),
            "after {allowed} of {all}"
        );
    }
    let unguided = ParameterValue::Number(1.0);
    request.parameters.insert("guidance_scale".into(), unguided);
    let mut count = 0;
    backend
        .generate(&request, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(
        count < all - 9,
        "without guidance half the passes are left out"
    );
    let frames = vec![ClipFrame::ToMake; 82];
    let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
    let long = Request::new(clip).for_operation(Operation::TextToVideo);
    assert_eq!(
        backend.estimate(&long).unwrap_err().to_string(),
        "Small random model cannot do this: it makes at most 81 frames at once, not 82"
    );
}

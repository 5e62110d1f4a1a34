//! Our networks against the originals, on tensors that the originals made (see the scripts beside the fixtures).

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use candle_core::{DType, Device, Tensor};
use generation::{
    Models, Weights,
    models::{
        multistyle::{
            Look,
            network::{StyleNet, TICKS},
        },
        realesrgan::network::{CompactNet, DenseNet, EnlargingNet, halve},
        rife::network::IfNet,
        u2net::network::U2Net,
        wan::{
            config::{TextEncoderConfig, TransformerConfig, VaeConfig},
            control::{ControlClip, control_latents},
            loader::Loader,
            pipeline::{Condition, DenoiseInputs, DenoiseRecipe, denoise},
            scheduler::{SamplerKind, Schedule},
            text_encoder::TextEncoder,
            transformer::{StepInputs, WanTransformer},
            vae::Vae,
        },
    },
};
use std::{ops::ControlFlow, path::Path};

#[path = "parity/autoencoders.rs"]
mod autoencoders;
#[path = "parity/skipping.rs"]
mod skipping;
#[path = "parity/starter.rs"]
mod starter;
#[path = "parity/wan22.rs"]
mod wan22;

fn fixture(name: &str) -> Weights {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    Weights::open(&folder.join(name)).unwrap()
}

fn tensor(weights: &Weights, name: &str) -> Tensor {
    let shape = weights.shape(name).unwrap().to_vec();
    weights
        .tensor(name, &shape, DType::F32, &Device::Cpu)
        .unwrap()
}

fn worst(found: &Tensor, wanted: &Tensor) -> f32 {
    assert_eq!(found.dims(), wanted.dims());
    let difference = (found - wanted).unwrap().abs().unwrap();
    difference.max_all().unwrap().to_scalar().unwrap()
}

#[test]
fn rife_equals_the_original() {
    let fixture = fixture("rife.safetensors");
    let weights = Models::locate().unwrap().weights("rife-4.6").unwrap();
    let net = IfNet::new(&weights, &Device::Cpu).unwrap();
    let (first, second) = (tensor(&fixture, "first"), tensor(&fixture, "second"));
    for timestep in [0.5, 0.2] {
        let made = net
            .forward(&first, &second, timestep, &mut |_ticks| Ok(()))
            .unwrap();
        let wanted = |part: &str| tensor(&fixture, &format!("{part}_{timestep}"));
        let flow = worst(&made.flow, &wanted("flow"));
        let mask = worst(&made.mask, &wanted("mask"));
        let merged = worst(&made.merged().unwrap(), &wanted("merged"));
        assert!(
            flow < 1e-3 && mask < 1e-3 && merged < 1e-4,
            "at {timestep}: flow {flow}, mask {mask}, merged {merged}"
        );
    }
}

#[test]
fn u2net_equals_the_original() {
    let fixture = fixture("u2net.safetensors");
    let weights = Models::locate().unwrap().weights("u2netp").unwrap();
    let net = U2Net::new(&weights, &Device::Cpu).unwrap();
    let pixels = fixture.values("pixels", &[160, 160, 3]).unwrap();
    let mut planes = vec![0.0_f32; 3 * 320 * 320];
    for (index, value) in planes.iter_mut().enumerate() {
        let (plane, y, x) = (index / 102_400, index / 320 % 320, index % 320);
        *value = pixels[(y / 2 * 160 + x / 2) * 3 + plane] / 255.0;
    }
    let x = Tensor::from_vec(planes, (1, 3, 320, 320), &Device::Cpu).unwrap();
    let sides = net.forward_all(&x, &mut || Ok(())).unwrap();
    let wanted = fixture.values("sides", &[7, 40, 40]).unwrap();
    for (index, side) in sides.iter().enumerate() {
        let side = side.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (place, wanted) in wanted[index * 1600..][..1600].iter().enumerate() {
            let found = side[place / 40 * 8 * 320 + place % 40 * 8];
            assert!(
                (found - wanted).abs() < 1e-3,
                "output {index} at {place}: {found}, should be {wanted}"
            );
        }
    }
    let matte = sides[0].flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let wanted = fixture.values("matte", &[160, 160]).unwrap();
    let pairs = wanted.iter().enumerate();
    let differences =
        pairs.map(|(place, wanted)| (matte[place / 160 * 640 + place % 160 * 2] - wanted).abs());
    let worst = differences.fold(0.0_f32, f32::max);
    assert!(worst < 1e-3, "matte differs by {worst}");
}

fn enlarged(net: &dyn EnlargingNet, fixture: &Weights) -> Tensor {
    let pixels = tensor(fixture, "pixels")
        .permute((2, 0, 1))
        .unwrap()
        .unsqueeze(0)
        .unwrap();
    let mut ticks = 0;
    let found = net
        .forward(&(pixels / 255.0).unwrap(), &mut |share| {
            ticks += share;
            Ok(())
        })
        .unwrap();
    assert_eq!(ticks, net.ticks());
    found
}

#[test]
fn multistyle_equals_the_original() {
    let fixture = fixture("multistyle.safetensors");
    let weights = Models::locate().unwrap().weights("multistyle-26").unwrap();
    let net = StyleNet::new(&weights, &Device::Cpu).unwrap();
    let pixels = tensor(&fixture, "pixels").permute((2, 0, 1)).unwrap();
    let picture = (pixels.unsqueeze(0).unwrap() / 255.0).unwrap();
    for (name, look) in [("7", "7"), ("19", "19"), ("mix", "3:0.25,12:0.75")] {
        let look = Look::parse(look).unwrap();
        let mut ticks = 0;
        let found = net.forward(&picture, &look, &mut |share| {
            ticks += share;
            Ok(())
        });
        assert_eq!(ticks, TICKS);
        let found = found.unwrap();
        let wanted = tensor(&fixture, &format!("look_{name}"));
        let difference = worst(&found, &wanted.unsqueeze(0).unwrap());
        assert!(difference < 1e-4, "{name}: {difference}");
    }
}

#[test]
fn realesrgan_compact_equals_the_original() {
    let fixture = fixture("realesrgan.safetensors");
    let models = Models::locate().unwrap();
    let weights = models.weights("realesr-animevideov3").unwrap();
    let found = enlarged(&CompactNet::new(&weights, &Device::Cpu).unwrap(), &fixture);
    let wanted = tensor(&fixture, "compact_4").unsqueeze(0).unwrap();
    let difference = worst(&found, &wanted);
    assert!(difference < 1e-4, "{difference}");
    let halved = worst(
        &halve(&found).unwrap(),
        &tensor(&fixture, "compact_2").unsqueeze(0).unwrap(),
    );
    assert!(halved < 1e-4, "halved: {halved}");
}

#[test]
fn realesrgan_dense_equals_the_original() {
    let fixture = fixture("realesrgan.safetensors");
    let models = Models::locate().unwrap();
    let weights = models.weights("realesrgan-x4plus-anime").unwrap();
    let found = enlarged(&DenseNet::new(&weights, &Device::Cpu).unwrap(), &fixture);
    let wanted = tensor(&fixture, "dense_4").unsqueeze(0).unwrap();
    let difference = worst(&found, &wanted);
    assert!(difference < 1e-4, "{difference}");
}

fn relative(found: &Tensor, wanted: &Tensor) -> f32 {
    let largest = wanted.abs().unwrap().max_all().unwrap();
    worst(found, wanted) / largest.to_scalar::<f32>().unwrap()
}

fn small_transformer(num_layers: usize, vace_layers: &[usize]) -> TransformerConfig {
    TransformerConfig {
        num_heads: 2,
        head_dim: 12,
        ffn_dim: 40,
        num_layers,
        in_channels: 16,
        out_channels: 16,
        text_dim: 20,
        freq_dim: 32,
        vace_layers: vace_layers.to_vec(),
        vace_in_channels: 96,
    }
}

fn loader<'a>(weights: &'a Weights, prefix: &'a str) -> Loader<'a> {
    Loader::new(weights, DType::F32, &Device::Cpu).below(prefix)
}

fn transformer_difference(file: &str, config: &TransformerConfig, timestep: f64) -> f32 {
    let weights = fixture(file);
    let loader = loader(&weights, "");
    let model = WanTransformer::new(config, &loader).unwrap();
    let part = |name: &str| tensor(&weights, name).squeeze(0).unwrap();
    let context = model.context(&part("text")).unwrap();
    let is_controlled = !config.vace_layers.is_empty();
    let control = is_controlled.then(|| part("control"));
    let scales = is_controlled.then(|| tensor(&weights, "scale").to_vec1::<f32>().unwrap());
    let scales: Vec<f64> = scales.into_iter().flatten().map(f64::from).collect();
    let latents = part("x");
    let inputs = StepInputs {
        latents: &latents,
        timestep,
        is_known: &[],
        context: &context,
        control: control.as_ref(),
        control_scales: &scales,
    };
    let found = model.forward(inputs, &mut || Ok(())).unwrap();
    relative(&found, &part("out"))
}

#[test]
fn wan_transformer_equals_the_original() {
    let config = small_transformer(2, &[]);
    let difference = transformer_difference("wan_transformer.safetensors", &config, 731.0);
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn wan_vace_transformer_equals_the_original() {
    let config = small_transformer(4, &[0, 2]);
    let difference = transformer_difference("wan_vace.safetensors", &config, 250.0);
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn wan_text_encoder_equals_the_original() {
    let weights = fixture("wan_text_encoder.safetensors");
    let loader = loader(&weights, "");
    let config = TextEncoderConfig {
        vocab_size: 60,
        d_model: 24,
        d_kv: 8,
        d_ff: 40,
        num_layers: 2,
        num_heads: 3,
    };
    let encoder = TextEncoder::new(&config, &loader).unwrap();
    let ids = weights.values("ids", &[1, 150]).unwrap();
    let ids: Vec<u32> = ids.iter().map(|&id| id as u32).collect();
    let found = encoder.forward(&ids, &mut || Ok(())).unwrap();
    let difference = relative(&found, &tensor(&weights, "out").squeeze(0).unwrap());
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn wan_vae_equals_the_original() {
    let weights = fixture("wan_vae.safetensors");
    let loader = loader(&weights, "");
    // The fixture holds latents as they are, without mean and deviation taken out.
    let config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 2,
        latents_mean: vec![0.0; 16],
        latents_std: vec![1.0; 16],
        ..VaeConfig::wan_2_1()
    };
    let vae = Vae::new(&config, &loader).unwrap();
    let part = |name: &str| tensor(&weights, name).squeeze(0).unwrap();
    let video = part("video").transpose(0, 1).unwrap().contiguous().unwrap();
    let latents = vae.encode(&video, &mut |_done, _total| Ok(())).unwrap();
    let difference = relative(&latents, &part("mean"));
    assert!(difference < 1e-4, "encoded: {difference}");
    let mut chunks = Vec::new();
    vae.decode(
        &part("z"),
        &mut |_done, _total| Ok(()),
        &mut |index, frames| {
            assert_eq!((index, frames.dims()[0]), (chunks.len(), [1, 4, 4][index]));
            chunks.push(frames);
            Ok(())
        },
    )
    .unwrap();
    let decoded = Tensor::cat(&chunks, 0).unwrap().transpose(0, 1).unwrap();
    let difference = relative(&decoded, &part("decoded"));
    assert!(difference < 1e-4, "decoded: {difference}");
}

struct Pipeline {
    weights: Weights,
    transformer: WanTransformer,
    vae: Vae,
}

impl Pipeline {
    fn open() -> Self {
        let weights = fixture("wan_pipeline.safetensors");
        let loader = |prefix| loader(&weights, prefix);
        let vae_config = VaeConfig {
            base_dim: 2,
            decoder_base_dim: 2,
            ..VaeConfig::wan_2_1()
        };
        let config = small_transformer(3, &[0, 2]);
        Self {
            transformer: WanTransformer::new(&config, &loader("model.transformer.")).unwrap(),
            vae: Vae::new(&vae_config, &loader("model.vae.")).unwrap(),
            weights,
        }
    }

    fn part(&self, name: &str) -> Tensor {
        tensor(&self.weights, name)
    }

    fn latents(&self, name: &str, clip: &ControlClip) -> Tensor {
        let control = control_latents(&self.vae, clip, &mut || Ok(())).unwrap();
        let rows = |name| self.part(name).squeeze(0).unwrap();
        let recipe = DenoiseRecipe {
            sampler: SamplerKind::UniPc,
            schedule: Schedule::uni_pc(3, 3.0),
            guidance_scale: 4.0,
            control_scale: 1.0,
            low_noise: None,
            cache_threshold: None,
        };
        let noise = self.part(&format!("noise_{name}")).squeeze(0).unwrap();
        assert_eq!(noise.dims(), clip.latent_shape(16).unwrap());
        let inputs = DenoiseInputs {
            prompt: &rows("prompt"),
            negative_prompt: Some(&rows("negative")),
            condition: Condition::Control(&control),
            noise,
            fresh_noise: &mut || panic!("this sampler needs none"),
            preview: None,
        };
        let mut last = None;
        let found = denoise(&mut &self.transformer, &recipe, inputs, &mut |step| {
            last = Some((step.done, step.total));
            ControlFlow::Continue(())
        });
        assert_eq!(
            last,
            Some((30, 30)),
            "three steps of two passes of five blocks"
        );
        let found = found.unwrap().latents;
        let wanted = self.part(&format!("latents_{name}")).squeeze(0).unwrap();
        let difference = relative(&found, &wanted);
        assert!(difference < 1e-4, "{name}: {difference}");
        found
    }

    /// `[frames, height, width, 3]` of 0 to 1 → `[frames, 3, height, width]` of -1 to 1.
    fn signed(&self, name: &str) -> Tensor {
        let pictures = self.part(name).permute((0, 3, 1, 2)).unwrap();
        pictures.contiguous().unwrap().affine(2.0, -1.0).unwrap()
    }
}

#[test]
fn wan_text_to_video_equals_the_original() {
    let pipeline = Pipeline::open();
    let clip = ControlClip {
        video: Tensor::zeros((9, 3, 32, 48), DType::F32, &Device::Cpu).unwrap(),
        mask: Tensor::ones((9, 32, 48), DType::F32, &Device::Cpu).unwrap(),
        references: Vec::new(),
    };
    pipeline.latents("text", &clip);
}

#[test]
fn wan_masked_clip_with_references_equals_the_original() {
    let pipeline = Pipeline::open();
    let references = pipeline.signed("references");
    // The reference implementation turns the order of its references round.
    let references = [1, 0].map(|index| references.narrow(0, index, 1).unwrap());
    let clip = ControlClip {
        video: pipeline.signed("video"),
        mask: pipeline.part("mask"),
        references: references.to_vec(),
    };
    let latents = pipeline.latents("mask", &clip);
    let latents = latents.narrow(1, 2, 3).unwrap();
    let mut chunks = Vec::new();
    let sink = &mut |_index, frames| {
        chunks.push(frames);
        Ok(())
    };
    pipeline
        .vae
        .decode(&latents, &mut |_done, _total| Ok(()), sink)
        .unwrap();
    let frames = Tensor::cat(&chunks, 0).unwrap().affine(0.5, 0.5).unwrap();
    let difference = relative(&frames, &pipeline.part("frames_mask"));
    assert!(difference < 1e-4, "decoded: {difference}");
}

#[test]
fn wan_first_and_last_frame_equals_the_original() {
    let pipeline = Pipeline::open();
    let all = pipeline.signed("video");
    let end = |index| all.narrow(0, index, 1).unwrap();
    // The reference was given mid-gray of 128, not exactly half.
    let gray = 128.0 / 127.5 - 1.0;
    let gray = Tensor::full(gray as f32, (7, 3, 32, 48), &Device::Cpu).unwrap();
    let zeros = Tensor::zeros((1, 32, 48), DType::F32, &Device::Cpu).unwrap();
    let ones = Tensor::ones((7, 32, 48), DType::F32, &Device::Cpu).unwrap();
    let clip = ControlClip {
        video: Tensor::cat(&[&end(0), &gray, &end(8)], 0).unwrap(),
        mask: Tensor::cat(&[&zeros, &ones, &zeros], 0).unwrap(),
        references: Vec::new(),
    };
    pipeline.latents("ends", &clip);
}

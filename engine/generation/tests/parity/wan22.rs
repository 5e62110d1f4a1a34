//! What Wan 2.2 added.

use super::{fixture, loader, relative, small_transformer, tensor};
use candle_core::{DType, Device, Tensor};
use generation::{
    Error, Result, Weights,
    models::wan::{
        condition::{condition_channels, known_latents},
        config::{TransformerConfig, VaeConfig},
        control::ControlClip,
        pipeline::{Condition, DenoiseInputs, DenoiseRecipe, Expert, Experts, LowNoise, denoise},
        scheduler::{SamplerKind, Schedule},
        transformer::{StepInputs, WanTransformer},
        vae::Vae,
    },
};
use std::ops::ControlFlow;

/// Both experts, only one of them in memory.
struct Lazy {
    config: TransformerConfig,
    loaded: Option<(Expert, WanTransformer)>,
    loads: Vec<Expert>,
}

impl Experts for Lazy {
    fn config(&self) -> &TransformerConfig {
        &self.config
    }

    fn reach(
        &mut self,
        expert: Expert,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<&WanTransformer> {
        if self.loaded.as_ref().is_none_or(|(last, _)| *last != expert) {
            self.loaded = None;
            pause()?;
            self.loads.push(expert);
            let weights = fixture("wan22_experts.safetensors");
            let prefix = match expert {
                Expert::HighNoise => "model.high.",
                Expert::LowNoise => "model.low.",
            };
            let model = WanTransformer::new(&self.config, &loader(&weights, prefix))?;
            self.loaded = Some((expert, model));
        }
        Ok(&self.loaded.as_ref().unwrap().1)
    }
}

fn recipe() -> DenoiseRecipe {
    DenoiseRecipe {
        sampler: SamplerKind::UniPc,
        schedule: Schedule::uni_pc(5, 3.0),
        guidance_scale: 3.0,
        control_scale: 1.0,
        low_noise: Some(LowNoise {
            boundary: 0.7,
            guidance_scale: 5.0,
        }),
        cache_threshold: None,
    }
}

#[test]
fn two_experts_equal_the_original_one_in_memory_at_a_time() {
    let weights = fixture("wan22_experts.safetensors");
    let part = |name| tensor(&weights, name).squeeze(0).unwrap();
    let mut experts = Lazy {
        config: small_transformer(1, &[]),
        loaded: None,
        loads: Vec::new(),
    };
    let run = |experts: &mut Lazy, recipe: &DenoiseRecipe, stop_at: &str| {
        let inputs = DenoiseInputs {
            prompt: &part("prompt"),
            negative_prompt: Some(&part("negative")),
            condition: Condition::Free,
            noise: part("noise"),
            fresh_noise: &mut || panic!("this sampler needs none"),
            preview: None,
        };
        let mut labels = Vec::new();
        let denoised = denoise(experts, recipe, inputs, &mut |step| {
            labels.push((step.label, step.done, step.total));
            let is_second_load = step.label == stop_at && step.done > 0;
            if is_second_load {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        (denoised, labels)
    };
    let (denoised, labels) = run(&mut experts, &recipe(), "");
    let difference = relative(&denoised.unwrap().latents, &part("latents"));
    assert!(difference < 1e-4, "{difference}");
    assert_eq!(experts.loads, [Expert::HighNoise, Expert::LowNoise]);
    assert_eq!(labels[0], ("loading the model", 0, 10));
    assert_eq!(
        labels[7],
        ("loading the model", 6, 10),
        "after three steps of two passes"
    );
    assert_eq!(labels.last(), Some(&("denoising", 10, 10)));

    experts.loaded = None;
    let (denoised, _) = run(&mut experts, &recipe(), "loading the model");
    assert!(matches!(denoised, Err(Error::Cancelled)));
    assert!(
        experts.loaded.is_none(),
        "the first is gone before the second comes"
    );

    // Without guidance the second expert is asked once a step.
    let mut recipe = recipe();
    recipe.low_noise = Some(LowNoise {
        boundary: 0.7,
        guidance_scale: 1.0,
    });
    let (_, labels) = run(&mut experts, &recipe, "");
    assert_eq!(labels.last(), Some(&("denoising", 8, 8)));
}

/// A clip of nine frames of which some are known: `pictures` `[count, 3, height, width]` of 0 to 1 stand at `places`.
fn clip(pictures: &Tensor, places: &[usize]) -> ControlClip {
    let (_, _, height, width) = pictures.dims4().unwrap();
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let mut video = vec![zeros(&[1, 3, height, width]); 9];
    let mut mask = vec![zeros(&[1, height, width]).affine(1.0, 1.0).unwrap(); 9];
    for (index, &place) in places.iter().enumerate() {
        let picture = pictures.narrow(0, index, 1).unwrap();
        video[place] = picture.affine(2.0, -1.0).unwrap();
        mask[place] = zeros(&[1, height, width]);
    }
    ControlClip {
        video: Tensor::cat(&video, 0).unwrap(),
        mask: Tensor::cat(&mask, 0).unwrap(),
        references: Vec::new(),
    }
}

fn latents(weights: &Weights, model: &WanTransformer, condition: Condition<'_>) -> Tensor {
    let part = |name| tensor(weights, name).squeeze(0).unwrap();
    let recipe = DenoiseRecipe {
        low_noise: None,
        ..recipe()
    };
    let inputs = DenoiseInputs {
        prompt: &part("prompt"),
        negative_prompt: Some(&part("negative")),
        condition,
        noise: part("noise"),
        fresh_noise: &mut || panic!("this sampler needs none"),
        preview: None,
    };
    let mut experts = model;
    denoise(&mut experts, &recipe, inputs, &mut |_step| {
        ControlFlow::Continue(())
    })
    .unwrap()
    .latents
}

fn small_vae(weights: &Weights) -> Vae {
    let row = |name| tensor(weights, name).to_vec1().unwrap();
    let config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 3,
        z_dim: 6,
        latents_mean: row("latents_mean"),
        latents_std: row("latents_std"),
        ..VaeConfig::wan_2_2()
    };
    Vae::new(&config, &loader(weights, "model.vae.")).unwrap()
}

fn ti2v_transformer(weights: &Weights) -> WanTransformer {
    let config = TransformerConfig {
        in_channels: 6,
        out_channels: 6,
        ..small_transformer(2, &[])
    };
    WanTransformer::new(&config, &loader(weights, "model.transformer.")).unwrap()
}

#[test]
fn a_time_for_each_frame_equals_the_original() {
    let weights = fixture("wan22_ti2v.safetensors");
    let model = ti2v_transformer(&weights);
    let part = |name| tensor(&weights, name).squeeze(0).unwrap();
    let context = model.context(&part("prompt")).unwrap();
    let latents = part("x");
    let inputs = |is_known| StepInputs {
        latents: &latents,
        timestep: 640.0,
        is_known,
        context: &context,
        control: None,
        control_scales: &[],
    };
    let found = model
        .forward(inputs(&[true, false, true]), &mut || Ok(()))
        .unwrap();
    let difference = relative(&found, &part("out"));
    assert!(difference < 1e-4, "{difference}");
    let other = model.forward(inputs(&[true]), &mut || Ok(())).unwrap();
    assert!(
        relative(&other, &part("out")) > 0.01,
        "the third is not told"
    );
}

#[test]
fn a_first_picture_in_the_latents_place_equals_the_original() {
    let weights = fixture("wan22_ti2v.safetensors");
    let clip = clip(&tensor(&weights, "picture"), &[0]);
    let known = known_latents(&small_vae(&weights), &clip, &mut || Ok(())).unwrap();
    assert_eq!(known.is_known, [true, false, false]);
    let found = latents(&weights, &ti2v_transformer(&weights), known.condition());
    let wanted = tensor(&weights, "latents").squeeze(0).unwrap();
    let difference = relative(&found, &wanted);
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn any_known_frames_become_latents_by_themselves() {
    let weights = fixture("wan22_ti2v.safetensors");
    let vae = small_vae(&weights);
    let picture = tensor(&weights, "picture");
    let five = Tensor::cat(&[&picture, &(&picture * 0.5).unwrap()], 0).unwrap();
    let five = Tensor::cat(&[&five, &five, &picture], 0).unwrap();
    // The last five frames: one of them belongs to a latent frame of which the rest is to be made.
    let known = known_latents(&vae, &clip(&five, &[4, 5, 6, 7, 8]), &mut || Ok(())).unwrap();
    assert_eq!(known.is_known, [false, false, true]);
    let start = known.latents.narrow(1, 0, 2).unwrap();
    assert_eq!(
        start
            .abs()
            .unwrap()
            .max_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap(),
        0.0
    );
    // They count as they would right after a copy of their first.
    let copied = Tensor::cat(
        &[
            &five.narrow(0, 1, 1).unwrap(),
            &five.narrow(0, 1, 4).unwrap(),
        ],
        0,
    );
    let alone = copied.unwrap().affine(2.0, -1.0).unwrap();
    let wanted = vae.encode(&alone, &mut |_done, _total| Ok(())).unwrap();
    let wanted = wanted.narrow(1, 1, 1).unwrap();
    assert!(relative(&known.latents.narrow(1, 2, 1).unwrap(), &wanted) < 1e-6);

    let found = latents(&weights, &ti2v_transformer(&weights), known.condition());
    let end = found.narrow(1, 2, 1).unwrap();
    assert!(relative(&end, &wanted) < 1e-6, "known frames come back");

    let none = known_latents(&vae, &clip(&five, &[]), &mut || Ok(())).unwrap();
    assert_eq!(none.is_known, [false; 3]);
    let mut odd = clip(&five, &[0]);
    odd.references.push(picture);
    let refused = known_latents(&vae, &odd, &mut || Ok(()));
    assert!(matches!(refused, Err(Error::BadClip { .. })));
    let stopped = known_latents(&vae, &clip(&five, &[0]), &mut || Err(Error::Cancelled));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn pictures_in_channels_equal_the_original() {
    let weights = fixture("wan22_i2v.safetensors");
    let config = TransformerConfig {
        in_channels: 36,
        ..small_transformer(2, &[])
    };
    let model = WanTransformer::new(&config, &loader(&weights, "model.transformer.")).unwrap();
    let vae_config = VaeConfig {
        base_dim: 2,
        decoder_base_dim: 2,
        ..VaeConfig::wan_2_1()
    };
    let vae = Vae::new(&vae_config, &loader(&weights, "model.vae.")).unwrap();
    for (name, places) in [("latents_first", &[0][..]), ("latents_both", &[0, 8][..])] {
        let clip = clip(&tensor(&weights, "pictures"), places);
        let channels = condition_channels(&vae, &clip, &mut || Ok(())).unwrap();
        assert_eq!(channels.dims(), [20, 3, 4, 6]);
        let found = latents(&weights, &model, Condition::Channels(&channels));
        let wanted = tensor(&weights, name).squeeze(0).unwrap();
        let difference = relative(&found, &wanted);
        assert!(difference < 1e-4, "{name}: {difference}");
    }
}

//! What Wan 2.2 added.

use super::{fixture, loader, relative, small_transformer, tensor};
use generation::{
    Error, Result,
    models::wan::{
        config::TransformerConfig,
        pipeline::{Condition, DenoiseInputs, DenoiseRecipe, Expert, Experts, LowNoise, denoise},
        scheduler::{SamplerKind, Schedule},
        transformer::WanTransformer,
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

//! Guessed steps against computed ones.

use super::{fixture, loader, relative, small_transformer, tensor};
use generation::models::wan::{
    pipeline::{Condition, DenoiseInputs, DenoiseRecipe, Denoised, denoise},
    scheduler::{SamplerKind, Schedule},
    transformer::WanTransformer,
};
use std::ops::ControlFlow;

/// A run, and how often a block was computed.
fn run(cache_threshold: Option<f64>, num_steps: usize, guidance_scale: f64) -> (Denoised, usize) {
    let weights = fixture("wan_pipeline.safetensors");
    let config = small_transformer(3, &[0, 2]);
    let model = WanTransformer::new(&config, &loader(&weights, "model.transformer.")).unwrap();
    let part = |name| tensor(&weights, name).squeeze(0).unwrap();
    let recipe = DenoiseRecipe {
        sampler: SamplerKind::UniPc,
        schedule: Schedule::uni_pc(num_steps, 3.0),
        guidance_scale,
        control_scale: 1.0,
        low_noise: None,
        cache_threshold,
    };
    let inputs = DenoiseInputs {
        prompt: &part("prompt"),
        negative_prompt: Some(&part("negative")),
        condition: Condition::Free,
        noise: part("noise_text"),
        fresh_noise: &mut || panic!("this sampler needs none"),
        preview: None,
    };
    let mut seen: Vec<(u64, u64)> = Vec::new();
    let denoised = denoise(&mut &model, &recipe, inputs, &mut |step| {
        seen.push((step.done, step.total));
        ControlFlow::Continue(())
    });
    assert!(seen.is_sorted(), "progress never goes back");
    let last = *seen.last().unwrap();
    assert_eq!(last.0, last.1, "and ends at its end");
    let denoised = denoised.unwrap();
    // Beside blocks, skipped steps report and so does the end.
    let computed = seen.len() - denoised.num_skipped - 1;
    (denoised, computed)
}

#[test]
fn a_threshold_of_nothing_computes_every_step() {
    let (wanted, _) = run(None, 20, 3.0);
    let (found, _) = run(Some(0.0), 20, 3.0);
    assert_eq!((wanted.num_skipped, found.num_skipped), (0, 0));
    assert_eq!(relative(&found.latents, &wanted.latents), 0.0);
}

#[test]
fn skipped_steps_are_counted_and_change_little() {
    for guidance_scale in [3.0, 1.0] {
        let (wanted, all) = run(None, 30, guidance_scale);
        let (found, computed) = run(Some(0.3), 30, guidance_scale);
        let skipped = found.num_skipped;
        assert!((8..16).contains(&skipped), "{skipped} steps");
        assert_eq!(computed, all * (30 - skipped) / 30, "blocks of steps");
        let difference = relative(&found.latents, &wanted.latents);
        assert!(difference < 0.05, "{difference}");
        // A higher bound skips more and errs more.
        let (rough, _) = run(Some(1.0), 30, guidance_scale);
        assert!(rough.num_skipped > skipped);
        assert!(relative(&rough.latents, &wanted.latents) > difference);
    }
}

#[test]
fn few_steps_are_all_computed() {
    let (found, _) = run(Some(10.0), 8, 1.0);
    assert_eq!(found.num_skipped, 0);
}

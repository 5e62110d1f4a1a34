//! From noise to latents: the loop over steps, with and without the prompt.

use super::{
    scheduler::{SamplerKind, Schedule, Scheduler},
    transformer::{Context, StepInputs, WanTransformer},
};
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
};
use candle_core::Tensor;
use std::time::Instant;

/// How latents are made.
#[derive(Debug, Clone, PartialEq)]
pub struct DenoiseRecipe {
    /// How a step is made.
    pub sampler: SamplerKind,
    /// Which noise levels are visited.
    pub schedule: Schedule,
    /// How far to go past the prompt, away from the negative prompt; at 1 the negative prompt is not asked at all.
    pub guidance_scale: f64,
    /// How strongly control counts, the same in all blocks.
    pub control_scale: f64,
}

/// What a run is given.
pub struct DenoiseInputs<'a> {
    /// The prompt, from [`WanTransformer::context`].
    pub prompt: &'a Context,
    /// The negative prompt; needed for guidance other than 1.
    pub negative_prompt: Option<&'a Context>,
    /// From [`super::control::control_latents`], for models with control.
    pub control: Option<&'a Tensor>,
    /// `[channels, frames, height, width]`, normal.
    pub noise: Tensor,
    /// More noise of the same shape, for samplers that ask for it.
    pub fresh_noise: &'a mut dyn FnMut() -> Result<Tensor>,
}

impl std::fmt::Debug for DenoiseInputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DenoiseInputs")
            .field("noise", &self.noise.dims())
            .field("has_control", &self.control.is_some())
            .finish_non_exhaustive()
    }
}

/// Latents `[channels, frames, height, width]`. `on_step` is called before each block of the transformer.
pub fn denoise(
    transformer: &WanTransformer,
    recipe: &DenoiseRecipe,
    inputs: DenoiseInputs<'_>,
    on_step: &mut OnStep<'_>,
) -> Result<Tensor> {
    let config = transformer.config();
    let is_guided = recipe.guidance_scale != 1.0 && inputs.negative_prompt.is_some();
    let has_control = inputs.control.is_some();
    let hints = if has_control {
        config.vace_layers.len()
    } else {
        0
    };
    let passes = if is_guided { 2 } else { 1 };
    let total = (recipe.schedule.num_steps() * passes * (config.num_layers + hints)) as u64;
    let start = Instant::now();
    let mut done = 0;
    let mut pause = || {
        let step = Step::new(done, total, "denoising").after(start.elapsed());
        done += 1;
        run_step(on_step, step)
    };
    let scales = vec![recipe.control_scale; hints];
    let mut scheduler = Scheduler::new(recipe.sampler, recipe.schedule.clone());
    let mut latents = inputs.noise;
    while let Some(timestep) = scheduler.timestep() {
        let mut velocity = |context| {
            let step = StepInputs {
                latents: &latents,
                timestep,
                context,
                control: inputs.control,
                control_scales: &scales,
            };
            transformer.forward(step, &mut pause)
        };
        let mut result = velocity(inputs.prompt)?;
        if is_guided && let Some(negative) = inputs.negative_prompt {
            let without = velocity(negative)?;
            result = ((result - &without)? * recipe.guidance_scale + without)?;
        }
        latents = scheduler.step(&result, &latents, inputs.fresh_noise)?;
    }
    run_step(on_step, Step::new(total, total, "denoising"))?;
    Ok(latents)
}

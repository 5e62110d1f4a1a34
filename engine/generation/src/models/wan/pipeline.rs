//! From noise to latents: the loop over steps, with and without the prompt, with one transformer or two.

use super::{
    cache::StepCache,
    config::TransformerConfig,
    scheduler::{SamplerKind, Schedule, Scheduler},
    transformer::{Context, StepInputs, WanTransformer},
};
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
};
use av::VideoFrame;
use candle_core::Tensor;
use std::time::Instant;

/// Timesteps run from this down to 0.
const TIMESTEPS: f64 = 1000.0;

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
    /// For models of two experts: when the second one takes over.
    pub low_noise: Option<LowNoise>,
    /// How much error steps that are guessed from the ones before may add up to, such as 0.2; `None` computes every
    /// step. Has no effect on runs too short for it, see [`StepCache`].
    pub cache_threshold: Option<f64>,
}

/// When and how the expert for low noise works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowNoise {
    /// Part of the noise, 0 to 1, below which it works: 0.875 for Wan2.2-T2V-A14B, 0.9 for its I2V sister.
    pub boundary: f64,
    /// Its own [`DenoiseRecipe::guidance_scale`].
    pub guidance_scale: f64,
}

/// One of a model's transformers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expert {
    /// The only one, or of two the one for high noise; works first.
    HighNoise,
    /// Of two, the one for low noise.
    LowNoise,
}

impl DenoiseRecipe {
    /// Who works at `timestep` (0 to 1000).
    pub fn expert_at(&self, timestep: f64) -> Expert {
        match &self.low_noise {
            Some(low) if timestep < low.boundary * TIMESTEPS => Expert::LowNoise,
            Some(_) | None => Expert::HighNoise,
        }
    }

    fn guidance_scale_of(&self, expert: Expert) -> f64 {
        match (expert, &self.low_noise) {
            (Expert::LowNoise, Some(low)) => low.guidance_scale,
            (Expert::HighNoise | Expert::LowNoise, _) => self.guidance_scale,
        }
    }
}

/// Provides the transformer of each step. A model of two experts need hold only one at a time: they are asked for in
/// order, each for as many steps as it works, and never again.
pub trait Experts {
    /// Sizes, the same for both.
    fn config(&self) -> &TransformerConfig;

    /// The transformer for the coming step. It may be loaded now and the other one freed; `pause` is called while it
    /// loads and may stop the work.
    fn reach(
        &mut self,
        expert: Expert,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<&WanTransformer>;
}

/// A model of one transformer, which is there.
impl Experts for &WanTransformer {
    fn config(&self) -> &TransformerConfig {
        WanTransformer::config(self)
    }

    fn reach(
        &mut self,
        _expert: Expert,
        _pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<&WanTransformer> {
        Ok(self)
    }
}

/// What is known of the clip, in the form that the model takes it.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'a> {
    /// Nothing: text to video.
    Free,
    /// From [`super::control::control_latents`], for models with control blocks.
    Control(&'a Tensor),
    /// Channels that follow those of the latents `[channels, frames, height, width]`, for models with more input than
    /// output channels.
    Channels(&'a Tensor),
    /// Latent frames that are known, for models that take a time for each frame.
    Known {
        /// As the noise, `[channels, frames, height, width]`; only known frames count.
        latents: &'a Tensor,
        /// One for each latent frame.
        is_known: &'a [bool],
    },
}

impl Condition<'_> {
    /// `latents` with known frames in their place.
    fn restored(&self, latents: &Tensor) -> Result<Tensor> {
        let Self::Known {
            latents: known,
            is_known,
        } = self
        else {
            return Ok(latents.clone());
        };
        let frames = (0..latents.dim(1)?).map(|frame| {
            let is_known = is_known.get(frame).copied().unwrap_or(false);
            let source = if is_known { known } else { latents };
            source.narrow(1, frame, 1)
        });
        let frames = frames.collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&frames, 1)?)
    }

    /// The channels that follow those of `latents`, if any.
    fn widened(&self, latents: &Tensor) -> Result<Tensor> {
        match self {
            Self::Channels(channels) => Ok(Tensor::cat(&[latents, channels], 0)?),
            Self::Free | Self::Control(_) | Self::Known { .. } => Ok(latents.clone()),
        }
    }

    fn is_known(&self) -> &[bool] {
        match self {
            Self::Known { is_known, .. } => is_known,
            Self::Free | Self::Control(_) | Self::Channels(_) => &[],
        }
    }

    fn control(&self) -> Option<&Tensor> {
        match self {
            Self::Control(control) => Some(control),
            Self::Free | Self::Channels(_) | Self::Known { .. } => None,
        }
    }
}

/// What a run is given.
pub struct DenoiseInputs<'a> {
    /// Rows of the prompt `[rows, text channels]`, padding included.
    pub prompt: &'a Tensor,
    /// Rows of the negative prompt; needed for guidance other than 1.
    pub negative_prompt: Option<&'a Tensor>,
    /// What is known.
    pub condition: Condition<'a>,
    /// `[channels, frames, height, width]`, normal.
    pub noise: Tensor,
    /// More noise of the same shape, for samplers that ask for it.
    pub fresh_noise: &'a mut dyn FnMut() -> Result<Tensor>,
    /// Makes a rough picture of the latents that a step predicts; it goes out with the next report.
    pub preview: Option<&'a mut Preview<'a>>,
}

/// A rough picture of latents `[channels, frames, height, width]`.
pub type Preview<'a> = dyn FnMut(&Tensor) -> Result<VideoFrame> + 'a;

impl std::fmt::Debug for DenoiseInputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DenoiseInputs")
            .field("noise", &self.noise.dims())
            .field("condition", &self.condition)
            .finish_non_exhaustive()
    }
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Denoised {
    /// `[channels, frames, height, width]`.
    pub latents: Tensor,
    /// Steps that were guessed and not computed.
    pub num_skipped: usize,
}

/// Blocks behind us and to come.
struct Progress {
    start: Instant,
    done: u64,
    total: u64,
    blocks: u64,
    preview: Option<VideoFrame>,
}

impl Progress {
    fn new(recipe: &DenoiseRecipe, inputs: &DenoiseInputs<'_>, config: &TransformerConfig) -> Self {
        let hints = match inputs.condition {
            Condition::Control(_) => config.vace_layers.len(),
            Condition::Free | Condition::Channels(_) | Condition::Known { .. } => 0,
        };
        let blocks = (config.num_layers + hints) as u64;
        let timesteps = recipe.schedule.timesteps.iter();
        let passes = timesteps.map(|&timestep| passes(recipe, inputs, recipe.expert_at(timestep)));
        Self {
            start: Instant::now(),
            done: 0,
            total: passes.sum::<u64>() * blocks,
            blocks,
            preview: None,
        }
    }

    fn report(&mut self, on_step: &mut OnStep<'_>, label: &'static str) -> Result<()> {
        let mut step = Step::new(self.done, self.total, label).after(self.start.elapsed());
        step.preview = self.preview.take();
        run_step(on_step, step)
    }

    fn block(&mut self, on_step: &mut OnStep<'_>) -> Result<()> {
        self.report(on_step, "denoising")?;
        self.done += 1;
        Ok(())
    }
}

/// How often the transformer is asked at a step.
fn passes(recipe: &DenoiseRecipe, inputs: &DenoiseInputs<'_>, expert: Expert) -> u64 {
    let is_guided = recipe.guidance_scale_of(expert) != 1.0 && inputs.negative_prompt.is_some();
    if is_guided { 2 } else { 1 }
}

/// Keys and values of the prompts for one expert: one, or two when guided.
struct Prompts {
    expert: Expert,
    contexts: Vec<Context>,
}

impl Prompts {
    fn new(
        transformer: &WanTransformer,
        recipe: &DenoiseRecipe,
        inputs: &DenoiseInputs<'_>,
        expert: Expert,
    ) -> Result<Self> {
        let rows = std::iter::once(inputs.prompt).chain(inputs.negative_prompt);
        let rows = rows.take(passes(recipe, inputs, expert) as usize);
        Ok(Self {
            expert,
            contexts: rows
                .map(|rows| transformer.context(rows))
                .collect::<Result<_>>()?,
        })
    }
}

/// Latents from noise. `on_step` is called before each block of the transformer.
pub fn denoise(
    experts: &mut dyn Experts,
    recipe: &DenoiseRecipe,
    mut inputs: DenoiseInputs<'_>,
    on_step: &mut OnStep<'_>,
) -> Result<Denoised> {
    let condition = inputs.condition;
    let mut progress = Progress::new(recipe, &inputs, experts.config());
    let mut cache = StepCache::new(recipe.cache_threshold, recipe.schedule.num_steps());
    let mut prompts: Option<Prompts> = None;
    let mut scheduler = Scheduler::new(recipe.sampler, recipe.schedule.clone());
    let mut latents = inputs.noise.clone();
    while let Some(timestep) = scheduler.timestep() {
        let expert = recipe.expert_at(timestep);
        if prompts.as_ref().is_some_and(|last| last.expert != expert) {
            // What the other expert held goes before this one comes, and what it said tells nothing of this one.
            prompts = None;
            cache.forget();
        }
        let seen = condition.restored(&latents)?;
        let velocities = if let Some(guessed) = cache.guess(&seen)? {
            progress.done += guessed.len() as u64 * progress.blocks;
            progress.report(on_step, "denoising")?;
            guessed
        } else {
            let transformer = experts.reach(expert, &mut || {
                progress.report(on_step, "loading the model")
            })?;
            let prompts = match &mut prompts {
                Some(prompts) => prompts,
                none => none.insert(Prompts::new(transformer, recipe, &inputs, expert)?),
            };
            let wide = condition.widened(&seen)?;
            let scales = vec![recipe.control_scale; transformer.config().vace_layers.len()];
            let velocity = |context| {
                let step = StepInputs {
                    latents: &wide,
                    timestep,
                    is_known: condition.is_known(),
                    context,
                    control: condition.control(),
                    control_scales: &scales,
                };
                transformer.forward(step, &mut || progress.block(on_step))
            };
            let made: Vec<Tensor> = prompts
                .contexts
                .iter()
                .map(velocity)
                .collect::<Result<_>>()?;
            cache.learn(&seen, &made)?;
            made
        };
        let velocity = guided(&velocities, recipe.guidance_scale_of(expert))?;
        if let Some(preview) = &mut inputs.preview {
            let picture = (&latents - (&velocity * scheduler.sigma())?)?;
            progress.preview = Some(preview(&picture)?);
        }
        latents = scheduler.step(&velocity, &latents, inputs.fresh_noise)?;
    }
    progress.report(on_step, "denoising")?;
    Ok(Denoised {
        latents: condition.restored(&latents)?,
        num_skipped: cache.num_skipped(),
    })
}

/// What the prompt's velocity becomes when the negative prompt's (the second, if there is one) is gone away from.
fn guided(velocities: &[Tensor], guidance_scale: f64) -> Result<Tensor> {
    match velocities {
        [with, without] => Ok((((with - without)? * guidance_scale)? + without)?),
        [only] => Ok(only.clone()),
        _ => Err(candle_core::Error::Msg("no velocity was computed".into()).into()),
    }
}

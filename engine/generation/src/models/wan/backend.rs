//! A loaded Wan-VACE model that answers requests: the masked clip in, its frames out.

use super::{
    clip,
    config::TransformerConfig,
    control::control_latents,
    pipeline::{Condition, DenoiseInputs, DenoiseRecipe, denoise},
    scheduler::{SamplerKind, Schedule},
    transformer::WanTransformer,
    vae::Vae,
};
use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, Note, OnStep, Output, Parameter, ParameterKind,
        Step, run_step,
    },
    error::Result,
    image_ops::Rgb,
    limits,
    noise::gaussian,
    request::{Operation, Request},
    seam,
};
use candle_core::{Device, Tensor};
use std::time::{Duration, Instant};

/// Most frames in one run: the length the models were trained with.
pub const WINDOW_FRAMES_MAX: usize = 81;

/// Known frames it looks at: enough to see how things move, and whole latent frames on either side of what is made.
const CONTEXT_FRAMES: [usize; 2] = [17, 16];

const OPERATIONS: [Operation; 9] = [
    Operation::TextToVideo,
    Operation::Animate,
    Operation::ExtendForwards,
    Operation::ExtendBackwards,
    Operation::Fill,
    Operation::Join,
    Operation::ReplaceBackground,
    Operation::RepaintRegion,
    Operation::Outpaint,
];

/// Makes rows of numbers of a prompt.
pub trait PromptEncoder: Send {
    /// Rows `[rows, text channels]`, padding included. `pause` may stop the work.
    fn rows(&mut self, prompt: &str, pause: &mut dyn FnMut() -> Result<()>) -> Result<Tensor>;
}

/// What a loaded model is called and how it wants to be run by default.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCard {
    /// Stable id.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Licence of the weights, SPDX.
    pub license: String,
    /// Hash of each weights file.
    pub weights_sha256: Vec<String>,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// Steps when nothing was chosen.
    pub num_inference_steps: i64,
    /// Guidance when nothing was chosen; 1 for distilled models.
    pub guidance_scale: f64,
    /// Shift of the noise levels when nothing was chosen.
    pub flow_shift: f64,
    /// Most pixels of a frame; larger clips are made smaller and enlarged.
    pub area_max: u64,
}

/// Transformer, autoencoder and prompt encoder as one backend.
pub struct WanBackend {
    info: BackendInfo,
    area_max: u64,
    transformer: WanTransformer,
    vae: Vae,
    prompt_encoder: Box<dyn PromptEncoder>,
    device: Device,
    /// Measured in this process: nanoseconds for a step's block and token.
    nanos_per_token: Option<f64>,
}

impl std::fmt::Debug for WanBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WanBackend")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// How a request is run.
struct Plan {
    recipe: DenoiseRecipe,
    size: av::ScanSize,
    num_frames: usize,
    tokens: usize,
}

impl WanBackend {
    /// Of loaded parts.
    pub fn new(
        card: ModelCard,
        transformer: WanTransformer,
        vae: Vae,
        prompt_encoder: Box<dyn PromptEncoder>,
        device: Device,
    ) -> Self {
        Self {
            area_max: card.area_max,
            info: info(card, transformer.config()),
            transformer,
            vae,
            prompt_encoder,
            device,
            nanos_per_token: None,
        }
    }

    fn plan(&self, request: &Request) -> Result<Plan> {
        self.info.check(request)?;
        let count = request.clip.frames().len();
        if count > WINDOW_FRAMES_MAX {
            let most = WINDOW_FRAMES_MAX;
            let reason = format!("it makes at most {most} frames at once, not {count}");
            return Err(self.info.cannot(reason));
        }
        if request.clip.frames_to_make() == 0 {
            return Err(self.info.cannot("every frame is known already"));
        }
        if request.references.len() > limits::REFERENCES_MAX {
            let most = limits::REFERENCES_MAX;
            return Err(self
                .info
                .cannot(format!("it takes at most {most} references")));
        }
        let steps = self.info.integer(request, "num_inference_steps").max(1) as usize;
        let size = clip::model_size(request.clip.size(), self.area_max);
        let num_frames = clip::legal_length(count);
        let latent_frames = num_frames.div_ceil(4) + request.references.len();
        Ok(Plan {
            recipe: DenoiseRecipe {
                sampler: SamplerKind::UniPc,
                schedule: Schedule::uni_pc(steps, self.info.number(request, "flow_shift")),
                guidance_scale: self.info.number(request, "guidance_scale"),
                control_scale: self.info.number(request, "control_scale"),
                low_noise: None,
                cache_threshold: None,
            },
            size,
            num_frames,
            tokens: latent_frames * (size.area() / 256) as usize,
        })
    }

    fn prompts(
        &mut self,
        request: &Request,
        is_guided: bool,
        on_step: &mut OnStep<'_>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let mut pause = || run_step(on_step, Step::new(0, 1, "reading the prompt"));
        let prompt = self.prompt_encoder.rows(&request.prompt, &mut pause)?;
        if !is_guided {
            return Ok((prompt, None));
        }
        let negative = self
            .prompt_encoder
            .rows(&request.negative_prompt, &mut pause)?;
        Ok((prompt, Some(negative)))
    }

    fn made(
        &mut self,
        request: &Request,
        plan: &Plan,
        on_step: &mut OnStep<'_>,
    ) -> Result<Vec<Rgb>> {
        let is_guided = plan.recipe.guidance_scale != 1.0;
        let (prompt, negative) = self.prompts(request, is_guided, on_step)?;
        let seen = clip::prepare(&request.clip, &request.references, plan.size, &self.device)?;
        let shape = seen.latent_shape(self.transformer.config().in_channels)?;
        let mut pause = || run_step(on_step, Step::new(0, 1, "encoding the clip"));
        let control = control_latents(&self.vae, &seen, &mut pause)?;
        let mut stream = 0;
        let mut noise = || {
            let numbers = gaussian(request.seed, stream, 0, shape.iter().product());
            stream += 1;
            Ok(Tensor::from_vec(numbers, &shape, &self.device)?)
        };
        let inputs = DenoiseInputs {
            prompt: &prompt,
            negative_prompt: negative.as_ref(),
            condition: Condition::Control(&control),
            noise: noise()?,
            fresh_noise: &mut noise,
        };
        let denoised = denoise(&mut &self.transformer, &plan.recipe, inputs, on_step)?;
        let references = seen.references.len();
        let latents = denoised
            .latents
            .narrow(1, references, shape[1] - references)?;
        let mut pictures = Vec::with_capacity(plan.num_frames);
        let start = Instant::now();
        let mut on_piece = |done: usize, total: usize| {
            let step = Step::new(done as u64, total as u64, "decoding").after(start.elapsed());
            run_step(on_step, step)
        };
        self.vae
            .decode(&latents, &mut on_piece, &mut |_index, chunk| {
                pictures.extend(clip::pictures(&chunk)?);
                Ok(())
            })?;
        Ok(pictures)
    }
}

impl Backend for WanBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        let plan = self.plan(request)?;
        let passes = if plan.recipe.guidance_scale == 1.0 {
            1
        } else {
            2
        };
        let rounds = (plan.recipe.schedule.num_steps() * passes * plan.tokens) as f64;
        let config = self.transformer.config();
        let duration = self.nanos_per_token.map(|nanos| nanos * rounds);
        Ok(Estimate {
            duration: duration.map(|nanos| Duration::from_nanos(nanos as u64)),
            memory_bytes: run_memory_bytes(config, plan.tokens, plan.size, plan.num_frames),
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        let plan = self.plan(request)?;
        let start = Instant::now();
        let made = self.made(request, &plan, on_step)?;
        let passes = if plan.recipe.guidance_scale == 1.0 {
            1
        } else {
            2
        };
        let rounds = (plan.recipe.schedule.num_steps() * passes * plan.tokens) as f64;
        self.nanos_per_token = Some(start.elapsed().as_nanos() as f64 / rounds);
        let frames = clip::finish(&request.clip, &made);
        let seams = seam::seams(request.clip.frames(), &frames);
        let steps = plan.recipe.schedule.num_steps();
        let (name, size, count) = (&self.info.name, plan.size, request.clip.frames_to_make());
        let mut notes = vec![Note::info(format!(
            "{name} made {count} frames at {size} in {steps} steps, seed {}",
            request.seed
        ))];
        if plan.size.area() < request.clip.size().area() * 9 / 10 {
            notes.push(Note::info(format!(
                "Enlarged from {size} to {}",
                request.clip.size()
            )));
        }
        Ok(Output {
            frames,
            notes,
            seams,
            recipe: self.info.recipe(request),
        })
    }
}

/// Peak bytes of a run beside the weights: tokens in the widest layer, or a chunk in the autoencoder's widest one.
fn run_memory_bytes(
    config: &TransformerConfig,
    tokens: usize,
    size: av::ScanSize,
    num_frames: usize,
) -> u64 {
    let row = 2 * config.ffn_dim + 10 * config.dim();
    let transformer = (tokens * row * 4) as u64;
    // Four frames of 96 channels at full size, with their past, their border and the result.
    let vae = size.area() * 4 * 96 * 4 * 4;
    let pictures = size.area() * num_frames as u64 * 3 * 4 * 2;
    transformer.max(vae) + pictures
}

fn info(card: ModelCard, config: &TransformerConfig) -> BackendInfo {
    let capability = |operation| Capability {
        operation,
        reads_prompt: true,
        references_max: limits::REFERENCES_MAX,
        best_below_seconds: None,
        context_frames: CONTEXT_FRAMES,
        takes_storyboard: false,
    };
    let number = |id: &str, label: &str, help: &str, [min, max, default]: [f64; 3]| Parameter {
        id: id.into(),
        label: label.into(),
        help: help.into(),
        kind: ParameterKind::Number { min, max, default },
    };
    let steps = Parameter {
        id: "num_inference_steps".into(),
        label: "Steps".into(),
        help: "More steps take longer and show more detail".into(),
        kind: ParameterKind::Integer {
            min: 1,
            max: 100,
            default: card.num_inference_steps,
        },
    };
    // Without control blocks nothing known can be kept.
    let operations = if config.vace_layers.is_empty() {
        &OPERATIONS[..1]
    } else {
        &OPERATIONS[..]
    };
    BackendInfo {
        id: card.id,
        name: card.name,
        summary: "Makes, extends and repairs clips from words and known frames".into(),
        capabilities: operations.iter().copied().map(capability).collect(),
        parameters: vec![
            steps,
            number(
                "guidance_scale",
                "Guidance",
                "How closely the prompt is followed; 1 is twice as fast",
                [1.0, 20.0, card.guidance_scale],
            ),
            number(
                "flow_shift",
                "Shift",
                "Higher spends more steps on composition, lower on detail",
                [0.5, 20.0, card.flow_shift],
            ),
            number(
                "control_scale",
                "Control",
                "How strongly known frames and references are kept to",
                [0.0, 2.0, 1.0],
            ),
        ],
        license: card.license,
        weights_sha256: card.weights_sha256,
        size_bytes: card.size_bytes,
        is_seedless: false,
    }
}

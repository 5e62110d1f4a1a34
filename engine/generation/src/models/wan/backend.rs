//! An installed model of the family that answers requests: the masked clip in, its frames out.
//!
//! Parts are read when they are needed: the prompt encoder passes through memory and is gone before the transformer
//! comes, which stays for the next request. Long clips and storyboards are made in several runs.

mod describe;
mod emitter;
mod plan;
mod progress;

use self::{
    describe::{id, info},
    emitter::Emitter,
    plan::Plan,
    progress::{Part, Progress},
};
use super::{
    clip::{self, Progressing, View, finish::Finisher},
    condition::{KnownLatents, condition_channels, known_latents},
    config::TransformerConfig,
    control::{ControlClip, ControlEncoder},
    memory::{Room, available_bytes, transformer_bytes},
    open::{Conditioning, Parts},
    pipeline::{Condition, DenoiseInputs, Expert, Experts, denoise},
    preview::Previewer,
    prompt::{PromptCache, finite},
    speed::SpeedBook,
    storyboard::Run,
    transformer::WanTransformer,
    vae::Vae,
};
use crate::{
    backend::{
        Backend, BackendInfo, Estimate, FrameSink, Note, OnStep, Output, SeamMetrics, Step,
        generate_by_pieces, run_step,
    },
    error::{Error, Result},
    installed::InstalledModel,
    interrupt::interruptible,
    limits,
    noise::gaussian,
    request::{Operation, Request},
};
use av::{ScanSize, VideoFrame};
use candle_core::{Device, Tensor};
use std::{
    cell::RefCell,
    path::Path,
    time::{Duration, Instant},
};

/// How far a clip's rate may be from the one that a model was trained at before it is told.
const PACE_TOLERANCE: f64 = 0.1;

/// An installed model.
pub struct WanBackend {
    parts: Parts,
    info: BackendInfo,
    prompts: PromptCache,
    speeds: SpeedBook,
    loaded: Loaded,
    /// Memory that may be taken, if it is not to be asked of the system.
    available: Option<u64>,
}

/// What is held for the next request.
#[derive(Default)]
struct Loaded {
    transformer: Option<Held>,
    vae: Option<Vae>,
    control: ControlEncoder,
    previewer: Option<Previewer>,
}

/// A transformer that is there.
struct Held {
    expert: Expert,
    is_offloaded: bool,
    transformer: WanTransformer,
}

impl std::fmt::Debug for WanBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WanBackend")
            .field("info", &self.info)
            .field("is_loaded", &self.loaded.transformer.is_some())
            .finish_non_exhaustive()
    }
}

impl WanBackend {
    /// Looks into the files of `model`; reads no weights. Encoded prompts and measured speeds are kept in `cache`.
    pub fn open(model: InstalledModel, cache: Option<&Path>, device: Device) -> Result<Self> {
        let parts = Parts::look(model, device)?;
        let info = info(&parts);
        let sampler = &parts.model().record.defaults.sampler;
        if describe::sampler(sampler).is_none() {
            return Err(Error::Manifest {
                reason: format!("its sampler \"{sampler}\" is unknown"),
                path: parts.model().folder.join(crate::installed::RECORD_FILE),
            });
        }
        let key = format!("{} {}", info.id, info.weights_sha256.concat());
        Ok(Self {
            prompts: PromptCache::new(cache.map(|folder| folder.join("prompts"))),
            speeds: SpeedBook::open(cache, &crate::recipe::sha256_text(&key)),
            loaded: Loaded::default(),
            available: None,
            info,
            parts,
        })
    }

    /// As if so many bytes of memory were free, whatever the system says.
    pub fn with_available_memory(self, bytes: u64) -> Self {
        let available = Some(bytes);
        Self { available, ..self }
    }

    /// Numbers in the transformer's weights; larger models are more capable.
    pub fn num_parameters(&self) -> u64 {
        self.parts.transformer_config().num_parameters()
    }

    /// Memory that may be taken, and what is held already.
    fn room(&self) -> Room {
        let sizes = self.parts.sizes();
        let transformer = self.loaded.transformer.as_ref();
        let vae = self.loaded.vae.as_ref();
        Room {
            available: self.available.or_else(available_bytes),
            held: transformer.map_or(0, |held| transformer_bytes(&sizes, held.is_offloaded))
                + vae.map_or(0, |_| sizes.vae_bytes),
        }
    }

    fn plan(&self, request: &Request) -> Result<Plan> {
        self.info.check(request)?;
        Plan::new(&self.parts, &self.info, request, &self.room())
    }

    /// Rows of each shot's prompt, and of the negative one if it is asked for.
    fn rows(
        &mut self,
        plan: &Plan,
        progress: &mut Progress<'_, '_>,
    ) -> Result<(Vec<Tensor>, Option<Tensor>)> {
        let mut texts = plan.prompts.clone();
        texts.extend(plan.negative.clone());
        let mut encoder = self.parts.prompt_encoder();
        if plan.frees_transformer && !self.prompts.knows(&encoder, &texts) {
            // The encoder and the transformer do not fit together.
            self.loaded.transformer = None;
        }
        let place = (self.parts.text_rows(), self.parts.device());
        let prompts = &mut self.prompts;
        let mut rows = progress.part(Part::Preparing, 0.0, |progress| {
            let mut pause = || progress.report(0.0, "reading the prompt");
            prompts.rows(&mut encoder, &texts, place, &mut pause)
        })?;
        let negative = if plan.negative.is_some() {
            rows.pop()
        } else {
            None
        };
        Ok((rows, negative))
    }

    /// Makes all runs, one after the other.
    fn all_runs(
        &mut self,
        request: &Request,
        plan: &Plan,
        sink: &mut FrameSink<'_>,
        progress: &mut Progress<'_, '_>,
    ) -> Result<Made> {
        let (prompts, negative) = self.rows(plan, progress)?;
        let mut emitter = Emitter::new(&request.clip, sink);
        let mut num_skipped = 0;
        for (number, run) in plan.runs.iter().enumerate() {
            let (parts, loaded) = (&self.parts, &mut self.loaded);
            let mut worker = Worker {
                parts,
                loaded,
                request,
                plan,
                name: &self.info.name,
            };
            let words = Words {
                prompt: &prompts[run.shot],
                negative: negative.as_ref(),
            };
            num_skipped += worker.run(number as u64, run, words, &mut emitter, progress)?;
        }
        Ok(Made {
            seams: emitter.finish()?,
            num_skipped,
        })
    }

    fn answer(
        &mut self,
        request: &Request,
        sink: &mut FrameSink<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Output> {
        run_step(on_step, Step::new(0, 1_000, "preparing"))?;
        let plan = self.plan(request)?;
        let amount = plan.total_amount(&self.parts);
        let mut progress = Progress::new(on_step, self.speeds.speeds(), &amount);
        let made = self.all_runs(request, &plan, sink, &mut progress)?;
        self.speeds.learn(progress.finish()?);
        let mut recipe = self.info.recipe(request);
        recipe.size = plan.size;
        Ok(Output {
            frames: Vec::new(),
            notes: self.notes(request, &plan, &made),
            seams: made.seams,
            recipe,
        })
    }

    /// Frames are made one for one, at whatever rate the clip has; known frames show how far things move in one.
    fn pace_note(&self, request: &Request) -> Option<Note> {
        let (trained, rate) = (
            self.parts.trained_fps(),
            request.clip.rate().fps_for_display(),
        );
        let pace = rate / trained;
        let known = request
            .clip
            .frames()
            .iter()
            .filter(|frame| frame.is_known());
        if (pace - 1.0).abs() < PACE_TOLERANCE || known.take(2).count() == 2 {
            return None;
        }
        let name = &self.info.name;
        let word = if pace > 1.0 { "faster" } else { "slower" };
        Some(Note::info(format!(
            "{name} was trained at {trained} frames a second and made {rate:.2}: motion may look {word} than life"
        )))
    }

    fn notes(&self, request: &Request, plan: &Plan, made: &Made) -> Vec<Note> {
        let (name, size) = (&self.info.name, plan.size);
        let count = request.clip.frames_to_make();
        let steps = plan.recipe.schedule.num_steps();
        let seed = request.seed;
        let mut notes = vec![Note::info(format!(
            "{name} made {count} frames at {size} in {steps} steps, seed {seed}"
        ))];
        let runs = plan.runs.len();
        if runs > 1 {
            notes.push(Note::info(format!(
                "In {runs} runs of at most {} frames, each going on from the one before or from known frames",
                self.parts.frames_max()
            )));
        }
        if made.num_skipped > 0 {
            let skipped = made.num_skipped;
            let all = steps * runs;
            notes.push(Note::info(format!("{skipped} of {all} steps were guessed")));
        }
        notes.extend(self.pace_note(request));
        if size.area() < request.clip.size().area() * 9 / 10 {
            let whole = request.clip.size();
            notes.push(Note::info(format!("Enlarged from {size} to {whole}")));
        }
        if plan.is_offloaded {
            notes.push(Note::info(
                "The model was left in its file and read block by block, which takes longer",
            ));
        }
        if plan.frees_transformer {
            notes.push(Note::info(
                "Memory is short: the model is read again for each run, which takes longer",
            ));
        }
        if !request.references.is_empty() && self.parts.conditioning() != Conditioning::Control {
            notes.push(Note::warning(format!(
                "{name} takes no references: they had no effect"
            )));
        }
        notes
    }
}

/// What came of all runs.
struct Made {
    seams: Vec<SeamMetrics>,
    num_skipped: usize,
}

/// Rows of the prompts of a run.
#[derive(Clone, Copy)]
struct Words<'a> {
    prompt: &'a Tensor,
    negative: Option<&'a Tensor>,
}

/// Reads the transformer when it is needed.
struct Reach<'a> {
    parts: &'a Parts,
    held: &'a mut Option<Held>,
    is_offloaded: bool,
    /// Time that reading took.
    waited: Duration,
}

impl Experts for Reach<'_> {
    fn config(&self) -> &TransformerConfig {
        self.parts.transformer_config()
    }

    fn reach(
        &mut self,
        expert: Expert,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<&WanTransformer> {
        let is_offloaded = self.is_offloaded;
        let wanted = |held: &Held| held.expert == expert && held.is_offloaded == is_offloaded;
        if !self.held.as_ref().is_some_and(wanted) {
            // The other one goes first.
            *self.held = None;
            let start = Instant::now();
            let transformer = self.parts.transformer(expert, is_offloaded, pause)?;
            self.waited += start.elapsed();
            *self.held = Some(Held {
                expert,
                is_offloaded,
                transformer,
            });
        }
        match &*self.held {
            Some(held) => Ok(&held.transformer),
            None => Err(candle_core::Error::Msg("the transformer is gone".into()).into()),
        }
    }
}

/// Makes one run.
struct Worker<'a> {
    parts: &'a Parts,
    loaded: &'a mut Loaded,
    request: &'a Request,
    plan: &'a Plan,
    name: &'a str,
}

/// A [`Condition`] with what it needs.
enum Known {
    Free,
    Control(Tensor),
    Channels(Tensor),
    Times(KnownLatents),
}

impl Worker<'_> {
    /// Makes the frames of run `number`; says how many steps were guessed.
    fn run(
        &mut self,
        number: u64,
        run: &Run,
        words: Words<'_>,
        emitter: &mut Emitter<'_, '_>,
        progress: &mut Progress<'_, '_>,
    ) -> Result<usize> {
        let (first, recent) = emitter.recent();
        let finished = |index: usize| recent.get(index.checked_sub(first)?);
        let clip = Progressing {
            clip: &self.request.clip,
            finished: &finished,
        };
        self.load_vae(progress)?;
        let amount = self.plan.amount(self.parts, run);
        let (shape, known) = progress.part(Part::Encoding, amount.encode, |progress| {
            self.known(&clip, run, progress)
        })?;
        let mut finisher = Finisher::new(&clip, &run.window, self.plan.size);
        let (part, denoise) = if self.plan.is_offloaded {
            (Part::Offloaded, amount.offloaded)
        } else {
            (Part::Denoising, amount.denoise)
        };
        let (latents, num_skipped) = progress.part(part, denoise, |progress| {
            self.denoised(number, shape, &known, words, progress)
        })?;
        drop(known);
        finite(&latents, "the picture", self.name)?;
        if self.plan.frees_transformer {
            self.loaded.transformer = None;
        }
        progress.part(Part::Decoding, amount.decode, |progress| {
            self.decoded(&latents, &mut finisher, emitter, progress)
        })?;
        Ok(num_skipped)
    }

    fn load_vae(&mut self, progress: &mut Progress<'_, '_>) -> Result<()> {
        if self.loaded.vae.is_some() {
            return Ok(());
        }
        let parts = self.parts;
        let vae = progress.part(Part::Preparing, 0.0, |progress| {
            parts.vae(&mut || progress.report(0.0, "loading the model"))
        })?;
        self.loaded.vae = Some(vae);
        Ok(())
    }

    fn vae(loaded: Option<&Vae>) -> Result<&Vae> {
        let gone = || candle_core::Error::Msg("the autoencoder is gone".into());
        Ok(loaded.ok_or_else(gone)?)
    }

    /// The latents' shape `[channels, frames, height, width]` and what is known of them.
    fn known(
        &mut self,
        clip: &Progressing<'_>,
        run: &Run,
        progress: &mut Progress<'_, '_>,
    ) -> Result<([usize; 4], Known)> {
        let device = self.parts.device();
        let is_restyle = self.request.operation == Operation::Restyle;
        let view = View {
            size: self.plan.size,
            strength: is_restyle.then_some(self.plan.strength),
            device,
        };
        let conditioning = self.parts.conditioning();
        let references: &[VideoFrame] = match conditioning {
            Conditioning::Control => &self.request.references,
            Conditioning::Channels | Conditioning::Times | Conditioning::Nothing => &[],
        };
        let mut pause = || progress.report(0.0, "encoding the clip");
        let seen = clip::prepare(clip, &run.window, references, &view, &mut pause)?;
        let shape = self.shape(&seen)?;
        let vae = Self::vae(self.loaded.vae.as_ref())?;
        let mut on_piece = |done: usize, total: usize| {
            progress.report(done as f64 / total.max(1) as f64, "encoding the clip")
        };
        let known = match conditioning {
            Conditioning::Control => {
                let control = &mut self.loaded.control;
                Known::Control(control.latents(vae, &seen, &mut on_piece)?)
            }
            Conditioning::Channels => {
                Known::Channels(condition_channels(vae, &seen, &mut || on_piece(0, 1))?)
            }
            Conditioning::Times => Known::Times(known_latents(vae, &seen, &mut || on_piece(0, 1))?),
            Conditioning::Nothing => Known::Free,
        };
        Ok((shape, known))
    }

    fn shape(&self, seen: &ControlClip) -> Result<[usize; 4]> {
        let (frames, _, height, width) = seen.video.dims4()?;
        let kind = self.parts.vae_kind();
        let side = kind.pixels_per_latent();
        Ok([
            kind.z_dim(),
            seen.references.len() + super::control::latent_frames(frames),
            height / side,
            width / side,
        ])
    }

    fn denoised(
        &mut self,
        number: u64,
        shape: [usize; 4],
        known: &Known,
        words: Words<'_>,
        progress: &mut Progress<'_, '_>,
    ) -> Result<(Tensor, usize)> {
        let device = self.parts.device();
        // Streams of one seed are independent: each run starts from its own noise.
        let mut stream = number << 32;
        let mut noise = || {
            let numbers = gaussian(self.request.seed, stream, 0, shape.iter().product());
            stream += 1;
            Ok(Tensor::from_vec(numbers, &shape, device)?)
        };
        self.loaded.learn_preview(self.parts, self.plan, progress)?;
        let references = shape[1] - super::control::latent_frames(self.plan.frames_of(number));
        let previewer = self
            .loaded
            .previewer
            .as_ref()
            .filter(|_| self.plan.has_preview);
        let mut preview = previewer.map(|previewer| {
            move |latents: &Tensor| {
                previewer.picture(&latents.narrow(1, references, shape[1] - references)?)
            }
        });
        let first_noise = noise()?;
        let inputs = DenoiseInputs {
            prompt: words.prompt,
            negative_prompt: words.negative,
            condition: match known {
                Known::Free => Condition::Free,
                Known::Control(control) => Condition::Control(control),
                Known::Channels(channels) => Condition::Channels(channels),
                Known::Times(latents) => latents.condition(),
            },
            noise: first_noise,
            fresh_noise: &mut noise,
            preview: preview.as_mut().map(|preview| preview as _),
        };
        let mut reach = Reach {
            parts: self.parts,
            held: &mut self.loaded.transformer,
            is_offloaded: self.plan.is_offloaded,
            waited: Duration::ZERO,
        };
        let mut told = |step: Step| {
            let share = step.done as f64 / step.total.max(1) as f64;
            match progress.report_with(share, step.label, step.preview) {
                Ok(()) => std::ops::ControlFlow::Continue(()),
                Err(_cancelled) => std::ops::ControlFlow::Break(()),
            }
        };
        let made = denoise(&mut reach, &self.plan.recipe, inputs, &mut told)?;
        let waited = reach.waited;
        progress.waited(waited);
        let latents = made.latents.narrow(1, references, shape[1] - references)?;
        Ok((latents, made.num_skipped))
    }

    fn decoded(
        &mut self,
        latents: &Tensor,
        finisher: &mut Finisher<'_>,
        emitter: &mut Emitter<'_, '_>,
        progress: &mut Progress<'_, '_>,
    ) -> Result<()> {
        let vae = Self::vae(self.loaded.vae.as_ref())?;
        let share = RefCell::new((0.0, progress));
        let report = |now: Option<f64>| {
            let mut both = share.borrow_mut();
            let (share, progress) = &mut *both;
            *share = now.unwrap_or(*share);
            progress.report(*share, "decoding")
        };
        let mut on_piece =
            |done: usize, total: usize| report(Some(done as f64 / total.max(1) as f64));
        vae.decode(latents, &mut on_piece, &mut |_index, chunk| {
            finite(&chunk, "the picture", self.name)?;
            for picture in clip::pictures(&chunk)? {
                finisher.push(picture, &mut |index, frame| {
                    emitter.emit(index, frame)?;
                    report(None)
                })?;
            }
            Ok(())
        })
    }
}

impl Loaded {
    /// Gets ready to show pictures on the way, if that is wanted.
    fn learn_preview(
        &mut self,
        parts: &Parts,
        plan: &Plan,
        progress: &mut Progress<'_, '_>,
    ) -> Result<()> {
        if !plan.has_preview || self.previewer.is_some() {
            return Ok(());
        }
        let start = Instant::now();
        let label = "preparing previews";
        let small = parts.tiny_vae(&mut || progress.report(0.0, label))?;
        let previewer = match (small, &self.vae) {
            (Some(small), _) => Some(Previewer::Small(Box::new(small))),
            (None, Some(vae)) => {
                let mut on_piece = |_done: usize, _total: usize| progress.report(0.0, label);
                Some(Previewer::learned(vae, parts.device(), &mut on_piece)?)
            }
            (None, None) => None,
        };
        self.previewer = previewer;
        progress.waited(start.elapsed());
        Ok(())
    }
}

impl Backend for WanBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        let plan = self.plan(request)?;
        Ok(Estimate {
            duration: self
                .speeds
                .speeds()
                .duration(&plan.total_amount(&self.parts)),
            memory_bytes: plan.memory.peak(),
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        generate_by_pieces(self, request, on_step)
    }

    fn generate_into(
        &mut self,
        request: &Request,
        sink: &mut FrameSink<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Output> {
        interruptible(sink, on_step, |sink, on_step| {
            self.answer(request, sink, on_step)
        })
    }

    fn release(&mut self) {
        self.loaded = Loaded::default();
    }
}

/// Most references that a request may have.
fn check_references(info: &BackendInfo, references: &[VideoFrame]) -> Result<()> {
    if references.len() > limits::REFERENCES_MAX {
        let most = limits::REFERENCES_MAX;
        return Err(info.cannot(format!("it takes at most {most} references")));
    }
    Ok(())
}

/// Pixels of a picture, for people.
fn told(size: ScanSize, frames: usize) -> String {
    format!("{frames} frames at {size}")
}

//! How a request is answered: which runs, at what size, in how many steps, in how much memory.

use super::{check_references, describe, id, told};
use crate::{
    backend::BackendInfo,
    error::Result,
    models::wan::{
        clip::model_size,
        control::latent_frames,
        memory::{MemoryPlan, ModelSizes, Room, Work},
        open::{Conditioning, Parts},
        pipeline::{DenoiseRecipe, LowNoise},
        scheduler::{SamplerKind, Schedule},
        speed::{Amount, pass_operations},
        storyboard::{Run, prompts, runs},
        windows::{Role, Shown},
    },
    request::Request,
};
use av::ScanSize;

/// Part of the noise above which the first of two experts works, where a record does not say.
const BOUNDARY: f64 = 0.875;

/// Files of fewer bits that are common, and the bytes of a number in them.
const QUANTIZED: [(&str, f64); 2] = [
    ("an 8-bit file of the model (Q8_0)", 34.0 / 32.0),
    ("a 4-bit file of the model (Q4_K)", 144.0 / 256.0),
];

/// A request, thought through.
pub(super) struct Plan {
    pub runs: Vec<Run>,
    /// Of each shot.
    pub prompts: Vec<String>,
    /// Asked for when guided.
    pub negative: Option<String>,
    pub recipe: DenoiseRecipe,
    pub size: ScanSize,
    /// How far restyling goes from the original.
    pub strength: f64,
    pub has_preview: bool,
    pub memory: MemoryPlan,
    /// Whether the transformer goes before anything else is done, as memory is short.
    pub frees_transformer: bool,
    /// Whether its blocks are read one at a time, each time they are needed.
    pub is_offloaded: bool,
    references: usize,
}

impl Plan {
    pub(super) fn new(
        parts: &Parts,
        info: &BackendInfo,
        request: &Request,
        room: &Room,
    ) -> Result<Self> {
        if request.clip.frames_to_make() == 0 {
            return Err(info.cannot("every frame is known already"));
        }
        check_references(info, &request.references)?;
        check_known(parts, info, request)?;
        let runs = runs(request, parts.frames_max())?;
        let recipe = recipe(parts, info, request);
        let area_max = parts.model().record.defaults.area_max;
        let scale = info.number(request, id::SCALE).clamp(0.05, 1.0);
        let size = scaled_size(request.clip.size(), area_max, parts.side_multiple(), scale);
        let negative = (recipe.guidance_scale != 1.0).then(|| negative(info, request));
        let references = match parts.conditioning() {
            Conditioning::Control => request.references.len(),
            Conditioning::Channels | Conditioning::Times | Conditioning::Nothing => 0,
        };
        let longest = runs.iter().map(|run| run.window.frames.len()).max();
        let load = Load {
            parts,
            size,
            num_frames: longest.unwrap_or(1),
            references,
            prompts: if negative.is_some() { 2 } else { 1 },
            is_offloaded: info.switch(request, id::OFFLOAD),
            number_bytes: parts.sizes().transformer_number_bytes,
        };
        let kept = load.memory(false);
        let frees_transformer = !room.fits(&kept);
        let memory = if frees_transformer {
            load.memory(true)
        } else {
            kept
        };
        room.check(&info.name, &memory, &load.alternatives())?;
        Ok(Self {
            prompts: prompts(request),
            strength: info.number(request, id::STRENGTH),
            has_preview: info.switch(request, id::PREVIEW),
            runs,
            negative,
            recipe,
            size,
            memory,
            frees_transformer,
            is_offloaded: load.is_offloaded,
            references,
        })
    }

    /// Frames of run `number`, padding included.
    pub(super) fn frames_of(&self, number: u64) -> usize {
        let run = self.runs.get(number as usize);
        run.map_or(1, |run| run.window.frames.len())
    }

    /// What all runs compute.
    pub(super) fn total_amount(&self, parts: &Parts) -> Amount {
        let runs = self.runs.iter().map(|run| self.amount(parts, run));
        runs.fold(Amount::default(), Amount::plus)
    }

    /// What one run computes.
    pub(super) fn amount(&self, parts: &Parts, run: &Run) -> Amount {
        let frames = run.window.frames.len();
        let area = self.size.area() as f64;
        let shown = run.window.frames.iter();
        let sees_any = shown.clone().any(|shown| match shown {
            Shown::Frame(index) => !run.window.makes.contains(index),
            Shown::Repeat(_) => true,
            Shown::Again(_) | Shown::Nothing => false,
        });
        let is_first = self.runs.first() == Some(run);
        let encodings = match parts.conditioning() {
            // What is gray throughout is encoded once.
            Conditioning::Control => f64::from(u8::from(sees_any)) + f64::from(u8::from(is_first)),
            Conditioning::Channels => 1.0,
            Conditioning::Times => f64::from(u8::from(sees_any)),
            Conditioning::Nothing => 0.0,
        };
        let tokens = tokens(parts, self.size, frames, self.references);
        let config = parts.transformer_config();
        let pass = pass_operations(config, tokens, parts.text_rows());
        let passes = if self.negative.is_some() { 2.0 } else { 1.0 };
        let denoise = self.recipe.schedule.num_steps() as f64 * passes * pass;
        let (held, offloaded) = if self.is_offloaded {
            (0.0, denoise)
        } else {
            (denoise, 0.0)
        };
        Amount {
            denoise: held,
            offloaded,
            encode: area * (frames as f64 * encodings + self.references as f64),
            decode: area * frames as f64,
        }
    }
}

/// The size at which a clip is made when only a part of the usual sides is worked at.
fn scaled_size(clip: ScanSize, area_max: u64, side: u32, scale: f64) -> ScanSize {
    let usual = model_size(clip, area_max, side);
    if scale >= 1.0 {
        return usual;
    }
    let area = usual.area() as f64 * scale * scale;
    model_size(clip, area as u64, side)
}

/// What decides memory.
#[derive(Clone, Copy)]
struct Load<'a> {
    parts: &'a Parts,
    size: ScanSize,
    num_frames: usize,
    references: usize,
    prompts: usize,
    is_offloaded: bool,
    /// Bytes of a number of the transformer.
    number_bytes: f64,
}

impl Load<'_> {
    fn memory(&self, frees_transformer: bool) -> MemoryPlan {
        let sides = [self.size.height as usize, self.size.width as usize];
        let vae = self.parts.vae_kind();
        MemoryPlan::new(
            &ModelSizes {
                transformer_number_bytes: self.number_bytes,
                ..self.parts.sizes()
            },
            &Work {
                size: self.size,
                num_frames: self.num_frames,
                tokens: tokens(self.parts, self.size, self.num_frames, self.references),
                prompts: self.prompts,
                vae_pass_bytes: vae.memory_bytes(sides, self.parts.vae_limit()),
                frees_transformer,
                is_offloaded: self.is_offloaded,
            },
        )
    }

    /// Ways to take less: less work, the most first; blocks left in their file; a file of fewer bits.
    fn alternatives(&self) -> Vec<Vec<(String, MemoryPlan)>> {
        let mut all = vec![named(self.less(), "")];
        if !self.is_offloaded {
            let offloaded = Self {
                is_offloaded: true,
                ..*self
            };
            let whole = told(self.size, self.num_frames);
            let mut ways = vec![(whole, offloaded.memory(true))];
            ways.extend(offloaded.less());
            all.push(named(ways, " with \"offload\" on (slower)"));
        }
        let fewer = QUANTIZED
            .iter()
            .filter(|(_, bytes)| *bytes < self.number_bytes);
        let fewer = fewer.map(|&(name, number_bytes)| {
            let quantized = Self {
                number_bytes,
                ..*self
            };
            (name.to_owned(), quantized.memory(true))
        });
        all.push(fewer.collect());
        all
    }

    /// Less work of the same kind, the most first.
    fn less(&self) -> Vec<(String, MemoryPlan)> {
        let mut all = Vec::new();
        for share in [1, 2, 4] {
            let side = self.parts.side_multiple();
            let size = model_size(self.size, self.size.area() / share, side);
            for frames in [self.num_frames, 49, 33, 17, 5] {
                let is_less = frames < self.num_frames || size.area() < self.size.area();
                if is_less && frames <= self.num_frames {
                    let less = Self {
                        size,
                        num_frames: frames,
                        ..*self
                    };
                    all.push((told(size, frames), less.memory(true)));
                }
            }
        }
        all
    }
}

fn named(plans: Vec<(String, MemoryPlan)>, ending: &str) -> Vec<(String, MemoryPlan)> {
    let plans = plans.into_iter();
    let named = plans.map(|(what, plan)| (format!("{what}{ending}"), plan));
    named.collect()
}

fn tokens(parts: &Parts, size: ScanSize, frames: usize, references: usize) -> usize {
    let side = u64::from(parts.side_multiple());
    (latent_frames(frames) + references) * (size.area() / (side * side)) as usize
}

/// What is shown as known must be what the model can be told.
fn check_known(parts: &Parts, info: &BackendInfo, request: &Request) -> Result<()> {
    let mut roles = request.clip.frames().iter().map(Role::from);
    match parts.conditioning() {
        Conditioning::Control => Ok(()),
        Conditioning::Channels | Conditioning::Times => {
            if roles.any(|role| role == Role::Partly) {
                return Err(info.cannot("it keeps whole frames, no parts of them"));
            }
            Ok(())
        }
        Conditioning::Nothing => {
            if roles.any(|role| role != Role::ToMake) {
                return Err(info.cannot("it makes clips from words alone and keeps no frames"));
            }
            Ok(())
        }
    }
}

fn negative(info: &BackendInfo, request: &Request) -> String {
    let own = request.negative_prompt.trim();
    if !info.switch(request, id::NEGATIVE) {
        return own.to_owned();
    }
    if own.is_empty() {
        describe::USUAL_NEGATIVE.to_owned()
    } else {
        format!("{own}，{}", describe::USUAL_NEGATIVE)
    }
}

fn recipe(parts: &Parts, info: &BackendInfo, request: &Request) -> DenoiseRecipe {
    let steps = info.integer(request, id::STEPS).max(1) as usize;
    let shift = info.number(request, id::SHIFT);
    let sampler = describe::sampler(info.choice(request, id::SAMPLER));
    let sampler = sampler.unwrap_or(SamplerKind::UniPc);
    let schedule = match sampler {
        SamplerKind::UniPc => Schedule::uni_pc(steps, shift),
        SamplerKind::Euler | SamplerKind::Renoise => Schedule::even(steps, shift),
    };
    let guidance_scale = info.number(request, id::GUIDANCE);
    let threshold = info.number(request, id::CACHE);
    let boundary = parts.model().record.defaults.boundary;
    let low_noise = parts.has_two_experts().then(|| LowNoise {
        boundary: boundary.unwrap_or(BOUNDARY),
        guidance_scale,
    });
    let is_controlled = parts.conditioning() == Conditioning::Control;
    DenoiseRecipe {
        sampler,
        schedule,
        guidance_scale,
        control_scale: if is_controlled {
            info.number(request, id::CONTROL)
        } else {
            1.0
        },
        low_noise,
        cache_threshold: (threshold > 0.0).then_some(threshold),
    }
}

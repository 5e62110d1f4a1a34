//! How much memory a run takes, found before it begins: by phases, of which the largest counts.

use super::config::{TextEncoderConfig, TransformerConfig};
use crate::error::{Error, Result};
use av::ScanSize;
use std::path::Path;

/// Bytes of a number while computing.
const F32: u64 = 4;
/// Tokens times channels that a block holds at its widest beside its feed-forward layer: what comes in, the control
/// branch, its hint, a norm, queries, keys and values with their packed copies.
const ROWS_HELD: u64 = 9;
/// Numbers for a pixel and frame while a clip is prepared: picture, mask, what is kept, what is made, and a copy.
const PREPARED_NUMBERS: u64 = 14;
/// Numbers for a pixel and frame of decoded pictures: three channels, and a chunk's copy.
const PICTURE_NUMBERS: u64 = 4;

/// What a model is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSizes {
    /// The prompt encoder.
    pub text_encoder: TextEncoderConfig,
    /// Rows that the transformer is given of each prompt.
    pub text_rows: usize,
    /// The transformer, or each of two.
    pub transformer: TransformerConfig,
    /// Bytes of a number of the transformer's weights when loaded.
    pub transformer_number_bytes: f64,
    /// Bytes of the autoencoder's weights when loaded.
    pub vae_bytes: u64,
}

/// One run of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Pixels of the model's pictures.
    pub size: ScanSize,
    /// Frames, a multiple of four and one more.
    pub num_frames: usize,
    /// Tokens of the transformer, references included.
    pub tokens: usize,
    /// Prompts held at once: one, or two when guided.
    pub prompts: usize,
    /// What the autoencoder holds for pictures of this size.
    pub vae_pass_bytes: u64,
    /// Whether the transformer goes before anything else is done.
    pub frees_transformer: bool,
    /// Whether the transformer's blocks are read one at a time, each time they are needed.
    pub is_offloaded: bool,
}

/// Bytes by phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryPlan {
    /// What is being done, what is held then, and its bytes.
    pub phases: Vec<Phase>,
}

/// What is held at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// What is being done.
    pub label: &'static str,
    /// What is held, in bytes.
    pub parts: Vec<(&'static str, u64)>,
}

impl Phase {
    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }
}

impl MemoryPlan {
    /// The plan of one run of a model.
    pub fn new(model: &ModelSizes, work: &Work) -> Self {
        let transformer = transformer_bytes(model, work.is_offloaded);
        let context = (
            "prompts in every block",
            context_bytes(model, work.prompts, work.is_offloaded),
        );
        let pixels = work.size.area() * work.num_frames as u64;
        let prepared = ("the clip", pixels * PREPARED_NUMBERS * F32);
        let pictures = ("pictures", pixels * PICTURE_NUMBERS * F32);
        let vae = ("autoencoder", model.vae_bytes);
        let pass = ("autoencoder at work", work.vae_pass_bytes);
        let weights = ("transformer", transformer);
        // Unless memory is short it stays for the next run, or from the one before.
        let kept = (!work.frees_transformer).then_some(weights);
        let phase = |label, parts: &[(&'static str, u64)]| Phase {
            label,
            parts: parts.iter().copied().chain(kept).collect(),
        };
        let text = text_parts(model, work.prompts);
        let activations = ("transformer at work", activation_bytes(model, work.tokens));
        let mut phases = vec![
            phase("reading the prompt", &text),
            phase("encoding the clip", &[vae, pass, prepared]),
            phase("denoising", &[context, activations, vae]),
            phase("decoding", &[vae, pass, pictures]),
        ];
        if kept.is_none() {
            phases[2].parts.push(weights);
        }
        Self { phases }
    }

    /// Most bytes held at once.
    pub fn peak(&self) -> u64 {
        self.phases.iter().map(Phase::bytes).max().unwrap_or(0)
    }

    /// The phase that takes most, for people: "denoising: transformer 8.6 GB, prompts in every block 0.3 GB".
    pub fn summary(&self) -> String {
        let Some(phase) = self.phases.iter().max_by_key(|phase| phase.bytes()) else {
            return String::new();
        };
        let mut parts = phase.parts.clone();
        parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, bytes)| *bytes * 20 > phase.bytes())
            .map(|(name, bytes)| format!("{name} {}", gigabytes(*bytes)))
            .collect();
        format!("{}: {}", phase.label, parts.join(", "))
    }
}

/// Bytes for people: "8.6 GB".
pub fn gigabytes(bytes: u64) -> String {
    let gigabytes = bytes as f64 / 1e9;
    if gigabytes < 0.095 {
        format!("{:.0} MB", bytes as f64 / 1e6)
    } else {
        format!("{gigabytes:.1} GB")
    }
}

/// The transformer's weights when loaded; of two experts one is held at a time. Offloaded, all that is in no block, the
/// largest block, and twice its largest matrix on the way into memory.
pub fn transformer_bytes(model: &ModelSizes, is_offloaded: bool) -> u64 {
    let config = &model.transformer;
    let held = |numbers: u64| (numbers as f64 * model.transformer_number_bytes) as u64;
    if !is_offloaded {
        return held(config.num_parameters());
    }
    let block = config
        .block_parameters()
        .max(config.control_block_parameters());
    let matrix = config.dim() as u64 * config.ffn_dim as u64;
    held(config.outer_parameters() + block) + 2 * matrix * F32
}

/// Keys and values of prompts in every block; only the prompts' rows where blocks are not held.
fn context_bytes(model: &ModelSizes, prompts: usize, is_offloaded: bool) -> u64 {
    let config = &model.transformer;
    if is_offloaded {
        return 3 * (prompts * model.text_rows * config.dim()) as u64 * F32;
    }
    let blocks = (config.num_layers + config.vace_layers.len()) as u64;
    let rows = (prompts * model.text_rows) as u64;
    2 * blocks * rows * config.dim() as u64 * F32
}

fn activation_bytes(model: &ModelSizes, tokens: usize) -> u64 {
    let config = &model.transformer;
    let row = ROWS_HELD * config.dim() as u64 + config.ffn_dim as u64;
    tokens as u64 * row * F32
}

/// The encoder passes through memory block by block; its list of pieces stays in its file.
fn text_parts(model: &ModelSizes, prompts: usize) -> Vec<(&'static str, u64)> {
    let config = &model.text_encoder;
    let (d_model, d_ff) = (config.d_model as u64, config.d_ff as u64);
    let inner = (config.num_heads * config.d_kv) as u64;
    let block = 4 * d_model * inner + 3 * d_model * d_ff;
    let rows = (prompts * model.text_rows) as u64;
    let scores = (model.text_rows * model.text_rows * config.num_heads) as u64;
    let at_work = rows * (4 * d_model + 2 * d_ff) + 3 * scores;
    vec![
        ("prompt encoder", block * F32),
        ("prompt encoder at work", at_work * F32),
    ]
}

/// Bytes that programs may still take on this machine without others being put out; `None` where the system does not
/// say.
pub fn available_bytes() -> Option<u64> {
    memory_line("MemAvailable:")
}

/// Bytes of memory in this machine; `None` where the system does not say.
pub fn total_bytes() -> Option<u64> {
    memory_line("MemTotal:")
}

fn memory_line(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(Path::new("/proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// What there is and what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that may be taken; `None` where nobody knows.
    pub available: Option<u64>,
    /// Bytes that the model holds already.
    pub held: u64,
}

impl Room {
    /// Whether `plan` fits.
    pub fn fits(&self, plan: &MemoryPlan) -> bool {
        let free = self.available.map(|bytes| bytes.saturating_add(self.held));
        free.is_none_or(|free| plan.peak() <= free)
    }

    /// Refuses `plan` when it does not fit. `alternatives` are ways to take less, each a list of plans and what they are
    /// called, best first; the first of each that fits is suggested.
    pub fn check(
        &self,
        model: &str,
        plan: &MemoryPlan,
        alternatives: &[Vec<(String, MemoryPlan)>],
    ) -> Result<()> {
        if self.fits(plan) {
            return Ok(());
        }
        let fitting = |ways: &Vec<(String, MemoryPlan)>| {
            let (what, plan) = ways.iter().find(|(_, plan)| self.fits(plan))?;
            Some(format!("{what} would take {}", gigabytes(plan.peak())))
        };
        let fitting: Vec<String> = alternatives.iter().filter_map(fitting).collect();
        let suggestion = if fitting.is_empty() {
            "only a smaller model would fit".into()
        } else {
            fitting.join("; or ")
        };
        Err(Error::NotEnoughMemory {
            model: model.to_owned(),
            needed_bytes: plan.peak(),
            available_bytes: self.available.unwrap_or(0).saturating_add(self.held),
            details: plan.summary(),
            suggestion,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vace(transformer: TransformerConfig) -> ModelSizes {
        ModelSizes {
            text_encoder: TextEncoderConfig::umt5_xxl(),
            text_rows: 512,
            transformer,
            transformer_number_bytes: 4.0,
            vae_bytes: 508_000_000,
        }
    }

    fn work(num_frames: usize, size: ScanSize) -> Work {
        Work {
            size,
            num_frames,
            tokens: num_frames.div_ceil(4) * (size.area() / 256) as usize,
            prompts: 2,
            vae_pass_bytes: size.area() * 96 * 42 * 4,
            frees_transformer: false,
            is_offloaded: false,
        }
    }

    #[test]
    fn weights_are_most_of_a_small_run() {
        let small = work(17, ScanSize::new(256, 256));
        let plan = MemoryPlan::new(&vace(TransformerConfig::vace_1_3b()), &small);
        let gigabytes = plan.peak() as f64 / 1e9;
        assert!((9.8..11.0).contains(&gigabytes), "{}", plan.summary());
        let text = plan.summary();
        assert!(text.contains(": transformer 8.6 GB"), "{text}");
        let freed = Work {
            frees_transformer: true,
            ..small
        };
        let plan = MemoryPlan::new(&vace(TransformerConfig::vace_1_3b()), &freed);
        assert!((9.6e9..10.0e9).contains(&(plan.peak() as f64)));
        let half = ModelSizes {
            transformer_number_bytes: 1.0,
            ..vace(TransformerConfig::vace_14b())
        };
        let plan = MemoryPlan::new(&half, &small);
        assert!(
            (17e9..22e9).contains(&(plan.peak() as f64)),
            "{}",
            plan.summary()
        );
    }

    #[test]
    fn more_frames_and_larger_pictures_take_more() {
        let model = vace(TransformerConfig::vace_1_3b());
        let peak = |frames, width, height| {
            MemoryPlan::new(&model, &work(frames, ScanSize::new(width, height))).peak()
        };
        assert!(peak(81, 832, 480) > peak(17, 832, 480));
        assert!(peak(17, 832, 480) > peak(17, 256, 256));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_numbers() {
        let model = vace(TransformerConfig::vace_1_3b());
        let plan = MemoryPlan::new(&model, &work(81, ScanSize::new(832, 480)));
        let small = MemoryPlan::new(&model, &work(17, ScanSize::new(256, 256)));
        let room = |available| Room {
            available,
            held: 1_000_000_000,
        };
        let offloaded = Work {
            is_offloaded: true,
            ..work(81, ScanSize::new(832, 480))
        };
        let offloaded = MemoryPlan::new(&model, &offloaded);
        let saved = plan.peak() - offloaded.peak();
        assert!(saved > 8_000_000_000, "{}", offloaded.summary());
        let others = [
            vec![("17 frames at 256x256".to_owned(), small)],
            vec![("left in its file, it".to_owned(), offloaded)],
        ];
        let check = |room: Room| room.check("VACE", &plan, &others);
        assert!(check(room(None)).is_ok());
        assert!(check(room(Some(30 << 30))).is_ok());
        let text = check(room(Some(10_500_000_000))).unwrap_err().to_string();
        assert!(text.contains("11.5 GB"), "{text}");
        assert!(text.contains("17 frames at 256x256 would take"), "{text}");
        assert!(
            text.contains("; or left in its file, it would take"),
            "{text}"
        );
        let text = check(room(Some(1 << 30))).unwrap_err().to_string();
        assert!(text.contains("only a smaller model"), "{text}");
    }

    #[test]
    fn this_machine_says_what_it_has() {
        if cfg!(target_os = "linux") {
            let (total, available) = (total_bytes().unwrap(), available_bytes().unwrap());
            assert!(available <= total && total > 1 << 28);
        }
    }

    #[test]
    fn bytes_are_written_for_people() {
        assert_eq!(gigabytes(8_613_000_000), "8.6 GB");
        assert_eq!(gigabytes(42_000_000), "42 MB");
    }
}

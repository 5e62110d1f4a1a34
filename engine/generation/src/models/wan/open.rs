//! An installed model, known by its files' headers alone; the parts are read when they are needed.

use super::{
    config::{TextEncoderConfig, TransformerConfig},
    detect::{CONFIG_FILE, Kind, config_file, detect},
    loader::Loader,
    lora::{Lora, Loras},
    memory::{ModelSizes, total_bytes},
    pipeline::Expert,
    prompt::PromptEncoder,
    text_encoder::{ROWS, encode_in_passing},
    tokenizer::Tokenizer,
    transformer::{BlockFile, WanTransformer},
    vae::{Vae, VaeKind},
};
use crate::{
    error::{Error, Result},
    installed::{InstalledModel, RECORD_FILE, Role},
    limits,
    weights::{Precision, Weights},
};
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// Most frames in one run of the 2.1 members: the length they were trained with.
const WINDOW_FRAMES: usize = 81;
/// The same for the member that is told the time of each frame.
const WINDOW_FRAMES_TIMED: usize = 121;

/// Frames a second of what the 2.1 members were trained with.
const FPS: f64 = 16.0;
/// The same for the member that is told the time of each frame.
const FPS_TIMED: f64 = 24.0;

/// How a model is told what is known of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditioning {
    /// By control blocks: any frames and any parts of them.
    Control,
    /// By more input channels: whole frames.
    Channels,
    /// By frames whose time is 0: a run of whole frames at the start.
    Times,
    /// Not at all.
    Nothing,
}

/// A model whose files have been looked into.
#[derive(Debug)]
pub struct Parts {
    model: InstalledModel,
    transformer: TransformerConfig,
    conditioning: Conditioning,
    vae: VaeKind,
    vae_bytes: u64,
    transformer_number_bytes: f64,
    has_tiny_vae: bool,
    text_encoder: TextEncoderConfig,
    run: RunConfig,
    device: Device,
}

/// What a transformer's `config.json` says of runs.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
struct RunConfig {
    /// Rows of a prompt, padding included.
    text_len: usize,
    /// Frames that it was trained with; 0 is not said.
    frames: usize,
    /// Frames a second of what it was trained with; 0 is not said.
    fps: f64,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            text_len: ROWS,
            frames: 0,
            fps: 0.0,
        }
    }
}

impl Parts {
    /// Looks into the files of `model`, without reading weights; an error says which file is not what the record says.
    pub fn look(model: InstalledModel, device: Device) -> Result<Self> {
        check_files(&model)?;
        let open = |role: Role| open(&model, role);
        let first = open(Role::Transformer)?;
        let Kind::Transformer(transformer) = detect(&first)? else {
            return Err(other_kind(&first, "a diffusion transformer"));
        };
        if let Some(second) = open_optional(&model, Role::TransformerLowNoise)?
            && detect(&second)? != Kind::Transformer(transformer.clone())
        {
            return Err(other_kind(&second, "a transformer like its partner"));
        }
        let vae_weights = open(Role::Vae)?;
        let vae = vae_kind(&vae_weights)?;
        let text = open(Role::TextEncoder)?;
        let Kind::TextEncoder(text_encoder) = detect(&text)? else {
            return Err(other_kind(&text, "a prompt encoder"));
        };
        let path = || first.path().to_path_buf();
        let (rows, channels) = (text_encoder.d_model, transformer.text_dim);
        if rows != channels {
            let reason =
                format!("prompts of {channels} channels are needed, the encoder makes {rows}");
            return Err(Error::UnknownWeights {
                reason,
                path: path(),
            });
        }
        if transformer.out_channels != vae.z_dim() {
            let (made, read) = (transformer.out_channels, vae.z_dim());
            let reason = format!("it makes {made} latent channels, the autoencoder reads {read}");
            return Err(Error::UnknownWeights {
                reason,
                path: path(),
            });
        }
        let has_tiny_vae = match open_optional(&model, Role::TinyVae)? {
            Some(tiny) => vae_kind(&tiny)?.z_dim() == vae.z_dim(),
            None => false,
        };
        Ok(Self {
            conditioning: conditioning(&transformer, &vae, path())?,
            run: run_config(first.folder())?,
            vae_bytes: numbers(&vae_weights) * 4,
            transformer_number_bytes: if !device.is_cpu() {
                2.0
            } else if lora_files(&model).is_empty() {
                number_bytes(&first)
            } else {
                // What is changed is no longer quantized.
                4.0
            },
            has_tiny_vae,
            transformer,
            vae,
            text_encoder,
            model,
            device,
        })
    }

    /// Folder and record.
    pub fn model(&self) -> &InstalledModel {
        &self.model
    }

    /// Sizes of the transformer, or of each of two.
    pub fn transformer_config(&self) -> &TransformerConfig {
        &self.transformer
    }

    /// How it is told what is known.
    pub fn conditioning(&self) -> Conditioning {
        self.conditioning
    }

    /// The autoencoder.
    pub fn vae_kind(&self) -> &VaeKind {
        &self.vae
    }

    /// Whether there is a small autoencoder for previews.
    pub fn has_tiny_vae(&self) -> bool {
        self.has_tiny_vae
    }

    /// Whether one transformer works on the high noise and another on the low.
    pub fn has_two_experts(&self) -> bool {
        let mut files = self.model.record.files.iter();
        files.any(|file| file.role == Role::TransformerLowNoise)
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Rows of a prompt that the transformer is given.
    pub fn text_rows(&self) -> usize {
        self.run.text_len
    }

    /// Most frames of one run; a multiple of four and one more.
    pub fn frames_max(&self) -> usize {
        let usual = match self.conditioning {
            Conditioning::Times => WINDOW_FRAMES_TIMED,
            Conditioning::Control | Conditioning::Channels | Conditioning::Nothing => WINDOW_FRAMES,
        };
        match self.run.frames {
            0 => usual,
            said => said.clamp(9, WINDOW_FRAMES_TIMED) / 4 * 4 + 1,
        }
    }

    /// Frames a second of what it was trained with: from one frame to the next it moves things by that much.
    pub fn trained_fps(&self) -> f64 {
        if self.run.fps > 0.0 {
            return self.run.fps;
        }
        match self.conditioning {
            Conditioning::Times => FPS_TIMED,
            Conditioning::Control | Conditioning::Channels | Conditioning::Nothing => FPS,
        }
    }

    /// Sides of its pictures are multiples of this: a token is two latent pixels wide and high.
    pub fn side_multiple(&self) -> u32 {
        2 * self.vae.pixels_per_latent() as u32
    }

    /// Most bytes that the autoencoder may hold; the same for a machine's lifetime, as tiles show in the result.
    pub fn vae_limit(&self) -> u64 {
        total_bytes().map_or(limits::VAE_BYTES_MAX, |total| {
            limits::VAE_BYTES_MAX.min(total / 4)
        })
    }

    /// What memory plans need to know.
    pub fn sizes(&self) -> ModelSizes {
        ModelSizes {
            text_encoder: self.text_encoder.clone(),
            text_rows: self.run.text_len,
            transformer: self.transformer.clone(),
            transformer_number_bytes: self.transformer_number_bytes,
            vae_bytes: self.vae_bytes,
        }
    }

    /// Processors multiply single numbers only; cards halve them.
    fn dtype(&self) -> DType {
        if self.device.is_cpu() {
            DType::F32
        } else {
            DType::BF16
        }
    }

    /// Reads a transformer; offloaded, its blocks are left in their file. `pause` may stop it between any two tensors.
    pub fn transformer(
        &self,
        expert: Expert,
        is_offloaded: bool,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<WanTransformer> {
        let role = match expert {
            Expert::HighNoise => Role::Transformer,
            Expert::LowNoise => Role::TransformerLowNoise,
        };
        let weights = open(&self.model, role)?;
        let pause = RefCell::new(pause);
        let pause = || (pause.borrow_mut())();
        let loader = Loader::new(&weights, self.dtype(), &self.device).with_pause(&pause);
        let changes = lora_files(&self.model);
        let loras = if changes.is_empty() {
            None
        } else {
            let changes = changes
                .iter()
                .map(|(path, strength)| Lora::open(path, *strength));
            Some(Loras::fit(changes.collect::<Result<_>>()?, &loader)?)
        };
        if is_offloaded {
            let file = BlockFile::new(weights, loras, self.dtype(), &self.device);
            return WanTransformer::in_file(&self.transformer, file);
        }
        match &loras {
            Some(loras) => WanTransformer::new(&self.transformer, &loader.with_loras(loras)),
            None => WanTransformer::new(&self.transformer, &loader),
        }
    }

    /// Reads the autoencoder.
    pub fn vae(&self, pause: &mut dyn FnMut() -> Result<()>) -> Result<Vae> {
        let vae = self.vae_of(Role::Vae, &self.vae, pause)?;
        Ok(vae.with_memory_limit(self.vae_limit()))
    }

    /// Reads the small autoencoder, if there is one.
    pub fn tiny_vae(&self, pause: &mut dyn FnMut() -> Result<()>) -> Result<Option<Vae>> {
        if !self.has_tiny_vae {
            return Ok(None);
        }
        let kind = vae_kind(&open(&self.model, Role::TinyVae)?)?;
        self.vae_of(Role::TinyVae, &kind, pause).map(Some)
    }

    fn vae_of(
        &self,
        role: Role,
        kind: &VaeKind,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vae> {
        let weights = open(&self.model, role)?;
        let pause = RefCell::new(pause);
        let pause = || (pause.borrow_mut())();
        let loader = Loader::new(&weights, DType::F32, &self.device).with_pause(&pause);
        Vae::of_kind(kind, &loader)
    }

    /// The prompt encoder; nothing of it is read before it is asked.
    pub fn prompt_encoder(&self) -> InstalledEncoder<'_> {
        let record = &self.model.record;
        let roles = [Role::TextEncoder, Role::Tokenizer];
        let files = record
            .files
            .iter()
            .filter(|file| roles.contains(&file.role));
        let hashes: Vec<&str> = files.map(|file| file.sha256.as_str()).collect();
        InstalledEncoder {
            identity: format!(
                "{} {} {:?}",
                hashes.join(" "),
                self.run.text_len,
                self.dtype()
            ),
            parts: self,
        }
    }
}

/// The prompt encoder of an installed model.
#[derive(Debug)]
pub struct InstalledEncoder<'a> {
    parts: &'a Parts,
    identity: String,
}

impl PromptEncoder for InstalledEncoder<'_> {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn model(&self) -> &str {
        &self.parts.model.record.name
    }

    fn encode(
        &mut self,
        prompts: &[String],
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Tensor>> {
        pause()?;
        let parts = self.parts;
        let path = tokenizer_path(&parts.model)?;
        let tokenizer = Tokenizer::open(&path, parts.run.text_len)?;
        pause()?;
        let ids = prompts.iter().map(|prompt| tokenizer.ids(prompt));
        let ids = ids.collect::<Result<Vec<_>>>()?;
        let known = parts.text_encoder.vocab_size;
        if let Some(strange) = ids.iter().flatten().find(|&&id| id as usize >= known) {
            return Err(Error::Tokenizer {
                reason: format!("piece {strange} is unknown to the encoder, which has {known}"),
                path,
            });
        }
        let weights = open(&parts.model, Role::TextEncoder)?;
        let pause = RefCell::new(pause);
        let shared = || (pause.borrow_mut())();
        let loader = Loader::new(&weights, parts.dtype(), &parts.device).with_pause(&shared);
        encode_in_passing(&parts.text_encoder, &loader, &ids, &mut || shared())
    }
}

fn open(model: &InstalledModel, role: Role) -> Result<Weights> {
    open_optional(model, role)?.ok_or_else(|| missing(model, role))
}

fn open_optional(model: &InstalledModel, role: Role) -> Result<Option<Weights>> {
    let paths = model.record.paths(&model.folder, role);
    if paths.is_empty() {
        return Ok(None);
    }
    Weights::open_all(&paths).map(Some)
}

fn missing(model: &InstalledModel, role: Role) -> Error {
    Error::Manifest {
        reason: format!("it names no file for {role:?}"),
        path: model.folder.join(RECORD_FILE),
    }
}

/// Files of low-rank changes and how much of each counts.
fn lora_files(model: &InstalledModel) -> Vec<(PathBuf, f64)> {
    let files = model.record.files.iter();
    let files = files.filter(|file| file.role == Role::Lora);
    files
        .map(|file| (model.folder.join(&file.path), file.strength))
        .collect()
}

fn tokenizer_path(model: &InstalledModel) -> Result<PathBuf> {
    let paths = model.record.paths(&model.folder, Role::Tokenizer);
    let first = paths.into_iter().next();
    first.ok_or_else(|| missing(model, Role::Tokenizer))
}

/// Every file is there and as long as the record says. Hashes take long and are checked when asked for.
fn check_files(model: &InstalledModel) -> Result<()> {
    tokenizer_path(model)?;
    for file in &model.record.files {
        let path = model.folder.join(&file.path);
        let known = std::fs::metadata(&path).map_err(|source| Error::Io {
            what: format!("cannot find a file of {}", model.record.name),
            source,
            path: path.clone(),
        })?;
        let (found, wanted) = (known.len(), file.size_bytes);
        if found != wanted {
            return Err(Error::WeightsFormat {
                reason: format!("it has {found} bytes, was installed with {wanted}"),
                path,
            });
        }
    }
    Ok(())
}

fn other_kind(weights: &Weights, wanted: &str) -> Error {
    Error::UnknownWeights {
        reason: format!("they are not {wanted}, which the record says they are"),
        path: weights.path().to_path_buf(),
    }
}

fn vae_kind(weights: &Weights) -> Result<VaeKind> {
    match detect(weights)? {
        Kind::Vae21(config) | Kind::Vae22(config) => Ok(VaeKind::Causal(config)),
        Kind::TinyVae(config) => Ok(VaeKind::Tiny(config)),
        Kind::Transformer(_) | Kind::TextEncoder(_) | Kind::Lora => {
            Err(other_kind(weights, "an autoencoder"))
        }
    }
}

fn conditioning(config: &TransformerConfig, vae: &VaeKind, path: PathBuf) -> Result<Conditioning> {
    let z_dim = vae.z_dim();
    let more = config.in_channels.checked_sub(z_dim);
    match more {
        Some(0) if !config.vace_layers.is_empty() => Ok(Conditioning::Control),
        Some(0) if vae.pixels_per_latent() > 8 => Ok(Conditioning::Times),
        Some(0) => Ok(Conditioning::Nothing),
        // Four for which frames are known, and the latents of those.
        Some(more) if more == 4 + z_dim && config.vace_layers.is_empty() => {
            Ok(Conditioning::Channels)
        }
        Some(_) | None => Err(Error::UnknownWeights {
            reason: format!(
                "it takes {} channels, which is known of no model with {z_dim} latent channels",
                config.in_channels
            ),
            path,
        }),
    }
}

fn numbers(weights: &Weights) -> u64 {
    let names = weights.names();
    let shapes = names.iter().filter_map(|name| weights.shape(name));
    shapes
        .map(|shape| shape.iter().map(|&dim| dim as u64).product::<u64>())
        .sum()
}

/// Bytes that a number takes on average when loaded on a processor: quantized matrices stay as they are, all else becomes
/// single numbers.
fn number_bytes(weights: &Weights) -> f64 {
    let (mut plain, mut quantized, mut plain_bytes) = (0_u64, 0_u64, 0_u64);
    for name in weights.names() {
        let shape = weights.shape(&name).unwrap_or_default();
        let count: u64 = shape.iter().map(|&dim| dim as u64).product();
        match weights.precision(&name) {
            Some(Precision::Quantized) => quantized += count,
            Some(Precision::Half) => {
                plain += count;
                plain_bytes += 2 * count;
            }
            Some(Precision::Full) | None => {
                plain += count;
                plain_bytes += 4 * count;
            }
        }
    }
    let rest = weights.size_bytes().saturating_sub(plain_bytes);
    let bytes = 4 * plain + if quantized > 0 { rest } else { 0 };
    bytes as f64 / (plain + quantized).max(1) as f64
}

fn run_config(folder: &Path) -> Result<RunConfig> {
    let config: RunConfig = config_file(folder)?;
    if (1..=ROWS).contains(&config.text_len) {
        return Ok(config);
    }
    Err(Error::UnknownWeights {
        reason: format!("their config says prompts have {} rows", config.text_len),
        path: folder.join(CONFIG_FILE),
    })
}

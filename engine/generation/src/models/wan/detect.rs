//! What a checkpoint is, by its tensors' names and shapes; never by its file's name.
//!
//! A `config.json` beside the weights says what shapes cannot (heads, which blocks take hints, statistics of latents).
//! It must agree with the shapes in everything else.

use super::{
    config::{
        Padding, TINY_LEVELS, TextEncoderConfig, TinyVaeConfig, TransformerConfig, VaeConfig,
    },
    names,
};
use crate::{
    error::{Error, Result},
    limits,
    weights::Weights,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::BTreeSet, io::Read as _, path::Path};

/// What a checkpoint holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A diffusion transformer.
    Transformer(TransformerConfig),
    /// The autoencoder of Wan 2.1, which Wan 2.2's large models share.
    Vae21(VaeConfig),
    /// The autoencoder of Wan2.2-TI2V-5B.
    Vae22(VaeConfig),
    /// A small autoencoder of the TAEHV kind.
    TinyVae(TinyVaeConfig),
    /// The prompt encoder.
    TextEncoder(TextEncoderConfig),
    /// Low-rank changes to a transformer.
    Lora,
}

/// Beside weights, what their shapes cannot say.
pub const CONFIG_FILE: &str = "config.json";
/// Channels of a head in every published transformer of the family.
const HEAD_DIM: usize = 128;
/// Numbers of a latent channel in a token: two rows of two.
const PATCH: usize = 4;
/// Relative positions that the prompt encoder tells apart.
const BUCKETS: usize = 32;
/// Residual blocks at each size of the encoder of every published autoencoder.
const NUM_RES_BLOCKS: usize = 2;

/// Tells what `weights` hold; an error says why they cannot be used.
pub fn detect(weights: &Weights) -> Result<Kind> {
    let look = Look { weights };
    let names = weights.names();
    if names.iter().any(|name| is_low_rank(name)) {
        return Ok(Kind::Lora);
    }
    if look.has("patch_embedding.weight") && look.has("blocks.0.attn1.to_q.weight") {
        return Ok(Kind::Transformer(look.transformer()?));
    }
    if look.has("encoder.block.0.layer.0.SelfAttention.q.weight") {
        return Ok(Kind::TextEncoder(look.text_encoder()?));
    }
    if look.has("decoder.conv_in.weight") && look.has("decoder.mid_block.resnets.0.conv1.weight") {
        return look.vae();
    }
    if look.has("decoder.1.weight") && look.has("decoder.3.conv.0.weight") {
        return Ok(Kind::TinyVae(look.tiny_vae()?));
    }
    let some: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    Err(look.unknown(if some.is_empty() {
        "they hold no tensors".to_owned()
    } else {
        format!(
            "no model of the Wan family has tensors called {}",
            some.join(", ")
        )
    }))
}

/// Whether a tensor of this name is part of a low-rank change.
pub fn is_low_rank(name: &str) -> bool {
    let is_factor = name.contains(".lora_") || name.contains(".lora.") || name.starts_with("lora_");
    let last = name.rsplit('.').next();
    is_factor || last == Some("diff") || last == Some("diff_b")
}

/// What a `config.json` says; names of diffusers, transformers and the original checkpoints.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    patch_size: Option<PatchSize>,
    num_heads: Option<usize>,
    num_attention_heads: Option<usize>,
    attention_head_dim: Option<usize>,
    #[serde(alias = "in_dim")]
    in_channels: Option<usize>,
    #[serde(alias = "out_dim")]
    out_channels: Option<usize>,
    text_dim: Option<usize>,
    freq_dim: Option<usize>,
    ffn_dim: Option<usize>,
    num_layers: Option<usize>,
    vace_layers: Option<Vec<usize>>,
    #[serde(alias = "vace_in_dim")]
    vace_in_channels: Option<usize>,
    base_dim: Option<usize>,
    z_dim: Option<usize>,
    dim_mult: Option<Vec<usize>>,
    num_res_blocks: Option<usize>,
    latents_mean: Option<Vec<f32>>,
    latents_std: Option<Vec<f32>>,
    pad: Option<String>,
    spatial_compression: Option<usize>,
    vocab_size: Option<usize>,
    d_model: Option<usize>,
    d_kv: Option<usize>,
    d_ff: Option<usize>,
}

/// A transformer's is a length for each axis, an autoencoder's a single side.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum PatchSize {
    Side(usize),
    Axes(Vec<usize>),
}

struct Look<'a> {
    weights: &'a Weights,
}

/// What a folder's config says; the default where there is none. Never more than [`limits::CONFIG_BYTES_MAX`] is read.
pub fn config_file<T: DeserializeOwned + Default>(folder: &Path) -> Result<T> {
    let path = folder.join(CONFIG_FILE);
    let read = std::fs::File::open(&path).and_then(|file| {
        let mut text = Vec::new();
        file.take(limits::CONFIG_BYTES_MAX).read_to_end(&mut text)?;
        Ok(text)
    });
    let text = match read {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(source) => {
            let what = "cannot read the model's config".into();
            return Err(Error::Io { what, source, path });
        }
    };
    serde_json::from_slice(&text).map_err(|err| Error::UnknownWeights {
        reason: format!("their config does not parse: {err}"),
        path,
    })
}

impl ConfigFile {
    fn heads(&self) -> Option<usize> {
        self.num_attention_heads.or(self.num_heads)
    }
}

impl Look<'_> {
    fn unknown(&self, reason: impl Into<String>) -> Error {
        Error::UnknownWeights {
            reason: reason.into(),
            path: self.weights.path().to_path_buf(),
        }
    }

    fn has(&self, name: &str) -> bool {
        names::find(self.weights, "", name).is_some()
    }

    /// Numbers in tensor `name`.
    fn count(&self, name: &str) -> Result<usize> {
        let found = names::find(self.weights, "", name);
        let shape = found.and_then(|found| self.weights.shape(&found));
        let shape = shape.ok_or_else(|| Error::TensorMissing {
            tensor: name.into(),
            wanted: Vec::new(),
            path: self.weights.path().to_path_buf(),
        })?;
        let count = shape
            .iter()
            .try_fold(1_usize, |all, &dim| all.checked_mul(dim));
        count.ok_or_else(|| self.unknown(format!("tensor {name} is too large")))
    }

    /// Inputs of a layer whose kernel holds `kernel` numbers for each pair of input and output.
    fn inputs(&self, layer: &str, kernel: usize) -> Result<usize> {
        let outputs = self.count(&format!("{layer}.bias"))?.max(1);
        Ok(self.count(&format!("{layer}.weight"))? / outputs / kernel)
    }

    /// How many blocks there are; each name holds its block's number after one of `parts`.
    fn blocks(&self, parts: &[&str]) -> Result<usize> {
        let mut numbers = BTreeSet::new();
        for name in self.weights.names() {
            let mut components = name.split('.').peekable();
            while let Some(component) = components.next() {
                if parts.contains(&component) {
                    let number = components.peek().and_then(|number| number.parse().ok());
                    numbers.extend(number.filter(|&number: &usize| number < limits::BLOCKS_MAX));
                    break;
                }
            }
        }
        let count = numbers.len();
        match (0..count).find(|number| !numbers.contains(number)) {
            Some(missing) => Err(self.unknown(format!(
                "{} {missing} is missing; is a part of the checkpoint missing?",
                parts[0]
            ))),
            None => Ok(count),
        }
    }

    fn config_file(&self) -> Result<ConfigFile> {
        config_file(self.weights.folder())
    }

    fn agree<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        said: Option<T>,
        found: T,
    ) -> Result<T> {
        match said {
            Some(said) if said != found => Err(self.unknown(format!(
                "config.json says {what} is {said:?}, the tensors say {found:?}"
            ))),
            Some(_) | None => Ok(found),
        }
    }

    fn transformer(&self) -> Result<TransformerConfig> {
        self.refuse_variants()?;
        let file = self.config_file()?;
        // Another part's config lies beside in the original repositories.
        let file = if file.heads().is_some() && file.ffn_dim.is_some() {
            file
        } else {
            ConfigFile::default()
        };
        let patch = PatchSize::Axes(vec![1, 2, 2]);
        self.agree("patch_size", file.patch_size.as_ref(), &patch)?;
        let dim = self.count("patch_embedding.bias")?;
        let num_layers = self.agree("num_layers", file.num_layers, self.blocks(&["blocks"])?)?;
        let [num_heads, head_dim] = self.heads(&file, dim)?;
        let vace_in = self.has("vace_patch_embedding.weight");
        let vace_layers = self.vace_layers(file.vace_layers.filter(|_| vace_in), num_layers)?;
        let text = "condition_embedder.text_embedder.linear_1";
        let time = "condition_embedder.time_embedder.linear_1";
        Ok(TransformerConfig {
            num_heads,
            head_dim,
            ffn_dim: self.agree(
                "ffn_dim",
                file.ffn_dim,
                self.count("blocks.0.ffn.net.0.proj.bias")?,
            )?,
            num_layers,
            in_channels: self.agree(
                "in_channels",
                file.in_channels,
                self.inputs("patch_embedding", PATCH)?,
            )?,
            out_channels: self.agree(
                "out_channels",
                file.out_channels,
                self.count("proj_out.bias")? / PATCH,
            )?,
            text_dim: self.agree("text_dim", file.text_dim, self.inputs(text, 1)?)?,
            freq_dim: self.agree("freq_dim", file.freq_dim, self.inputs(time, 1)?)?,
            vace_in_channels: if vace_in {
                let found = self.inputs("vace_patch_embedding", PATCH)?;
                self.agree("vace_in_channels", file.vace_in_channels, found)?
            } else {
                TransformerConfig::t2v_1_3b().vace_in_channels
            },
            vace_layers,
        })
    }

    /// Heads and their channels.
    fn heads(&self, file: &ConfigFile, dim: usize) -> Result<[usize; 2]> {
        let num_heads = match file.heads() {
            Some(heads) => heads,
            None if dim.is_multiple_of(HEAD_DIM) => dim / HEAD_DIM,
            None => {
                return Err(self.unknown(format!(
                    "{dim} channels are no whole heads of {HEAD_DIM}, and there is no config.json"
                )));
            }
        };
        if num_heads == 0 || !dim.is_multiple_of(2 * num_heads) {
            return Err(self.unknown(format!("{dim} channels cannot have {num_heads} heads")));
        }
        let head_dim = self.agree(
            "attention_head_dim",
            file.attention_head_dim,
            dim / num_heads,
        )?;
        Ok([num_heads, head_dim])
    }

    /// Which main blocks take a hint: spread evenly, unless the config says otherwise.
    fn vace_layers(&self, said: Option<Vec<usize>>, num_layers: usize) -> Result<Vec<usize>> {
        let count = self.blocks(&["vace_blocks"])?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let layers: Vec<usize> = match said {
            Some(layers) => layers,
            None => (0..num_layers)
                .step_by(num_layers.div_ceil(count).max(1))
                .collect(),
        };
        let is_ascending = layers.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = layers.first() == Some(&0) && layers.last() < Some(&num_layers);
        if layers.len() == count && is_ascending && fits {
            Ok(layers)
        } else {
            Err(self.unknown(format!(
                "{count} control blocks do not spread over {num_layers} blocks as {layers:?}; its config.json is needed"
            )))
        }
    }

    /// Models of the family that need more than this code computes are refused by what they have.
    fn refuse_variants(&self) -> Result<()> {
        let image = ["condition_embedder.image_embedder.", "img_emb."];
        let all = self.weights.names();
        if all
            .iter()
            .any(|name| image.iter().any(|part| name.contains(part)))
        {
            return Err(self.unknown(
                "this image-to-video model of Wan 2.1 needs an image encoder, which is not \
                 supported; a VACE model animates pictures without one",
            ));
        }
        let prefix = names::used_prefix(self.weights, "");
        let mine = all.iter().filter_map(|name| name.strip_prefix(&prefix));
        let strange = mine.filter(|name| !is_known(name, &prefix)).take(3);
        let strange: Vec<&str> = strange.collect();
        if strange.is_empty() {
            return Ok(());
        }
        Err(self.unknown(format!(
            "this variant of the transformer has layers that are not supported: {}",
            strange.join(", ")
        )))
    }

    fn text_encoder(&self) -> Result<TextEncoderConfig> {
        let file = self.config_file()?;
        let file = if file.d_model.is_some() {
            file
        } else {
            ConfigFile::default()
        };
        let block = |index: usize, part: &str| format!("encoder.block.{index}.layer.{part}.weight");
        let bias = "0.SelfAttention.relative_attention_bias";
        let d_model = self.count("encoder.final_layer_norm.weight")?.max(1);
        let num_layers = self.blocks(&["block", "blocks", "blk"])?;
        if num_layers > 1 && !self.has(&block(1, bias)) {
            return Err(self.unknown(
                "this is a T5 encoder; the family needs UMT5, which has positions in every layer",
            ));
        }
        let num_heads = self.count(&block(0, bias))? / BUCKETS;
        let inner = self.count(&block(0, "0.SelfAttention.q"))? / d_model;
        if num_heads == 0 || !inner.is_multiple_of(num_heads) {
            return Err(self.unknown(format!("{inner} channels cannot have {num_heads} heads")));
        }
        let d_ff = self.count(&block(0, "1.DenseReluDense.wi_0"))? / d_model;
        Ok(TextEncoderConfig {
            vocab_size: self.agree(
                "vocab_size",
                file.vocab_size,
                self.count("shared.weight")? / d_model,
            )?,
            d_model: self.agree("d_model", file.d_model, d_model)?,
            d_kv: self.agree("d_kv", file.d_kv, inner / num_heads)?,
            d_ff: self.agree("d_ff", file.d_ff, d_ff)?,
            num_layers: self.agree("num_layers", file.num_layers, num_layers)?,
            num_heads: self.agree("num_heads", file.heads(), num_heads)?,
        })
    }

    fn vae(&self) -> Result<Kind> {
        if !self.has("encoder.conv_in.weight") {
            return Err(self.unknown("this autoencoder has no encoder"));
        }
        let base_dim = self.count("encoder.conv_in.bias")?.max(1);
        let z_dim = self.count("post_quant_conv.bias")?;
        let picture = self.inputs("encoder.conv_in", 27)?;
        let is_residual = self.has("encoder.down_blocks.0.resnets.0.conv1.weight");
        let standard = if is_residual {
            VaeConfig::wan_2_2()
        } else {
            VaeConfig::wan_2_1()
        };
        let wanted = 3 * standard.patch_size * standard.patch_size;
        if picture != wanted {
            let reason = format!("the autoencoder takes {picture} channels, not {wanted}");
            return Err(self.unknown(reason));
        }
        let file = self.config_file()?;
        let file = if file.z_dim.is_some() {
            file
        } else {
            ConfigFile::default()
        };
        let mut dim_mult = [1; 4];
        for (level, mult) in dim_mult.iter_mut().enumerate() {
            let first = if is_residual {
                format!("{level}.resnets.0")
            } else {
                (level * (NUM_RES_BLOCKS + 1)).to_string()
            };
            let name = format!("encoder.down_blocks.{first}.conv2.bias");
            *mult = self.count(&name)? / base_dim;
        }
        self.agree("dim_mult", file.dim_mult.as_deref(), &dim_mult[..])?;
        let [latents_mean, latents_std] = [
            (file.latents_mean, standard.latents_mean),
            (file.latents_std, standard.latents_std),
        ]
        .map(|(said, usual)| self.statistics(said, usual, z_dim));
        let config = VaeConfig {
            base_dim: self.agree("base_dim", file.base_dim, base_dim)?,
            decoder_base_dim: self.count("decoder.norm_out.gamma")? / dim_mult[0].max(1),
            z_dim: self.agree("z_dim", file.z_dim, z_dim)?,
            dim_mult,
            num_res_blocks: self.agree("num_res_blocks", file.num_res_blocks, NUM_RES_BLOCKS)?,
            latents_mean: latents_mean?,
            latents_std: latents_std?,
            ..standard
        };
        Ok(if is_residual {
            Kind::Vae22(config)
        } else {
            Kind::Vae21(config)
        })
    }

    /// What the config says, else `usual`; one for each latent channel.
    fn statistics(
        &self,
        said: Option<Vec<f32>>,
        usual: Vec<f32>,
        z_dim: usize,
    ) -> Result<Vec<f32>> {
        let statistics = said.unwrap_or(usual);
        if statistics.len() == z_dim {
            return Ok(statistics);
        }
        let count = statistics.len();
        Err(self.unknown(format!(
            "there are statistics of {count} latents, not {z_dim}"
        )))
    }

    /// Side of the squares of a small autoencoder that become channels, and how often it halves what comes of that.
    fn tiny_sizes(&self, file: &ConfigFile) -> Result<[usize; 2]> {
        let channels = self.inputs("encoder.0", 9)?;
        let patch = (channels / 3).isqrt();
        if patch == 0 || 3 * patch * patch != channels {
            let reason = format!("the autoencoder takes {channels} channels, no squares of pixels");
            return Err(self.unknown(reason));
        }
        self.agree(
            "patch_size",
            file.patch_size.clone(),
            PatchSize::Side(patch),
        )?;
        let usual = patch << TINY_LEVELS;
        let side = file.spatial_compression.unwrap_or(usual);
        let halvings = (0..=TINY_LEVELS).find(|&count| patch << count == side);
        let halvings = halvings.ok_or_else(|| {
            self.unknown(format!(
                "config.json says a latent pixel is {side} pixels wide, squares are {patch}"
            ))
        })?;
        Ok([patch, halvings])
    }

    fn tiny_vae(&self) -> Result<TinyVaeConfig> {
        let z_dim = self.inputs("decoder.1", 9)?;
        let blocks = |part: &str, first: usize| {
            let is_block = |place: &usize| self.has(&format!("{part}.{place}.conv.0.weight"));
            (first..first + limits::BLOCKS_MAX)
                .take_while(is_block)
                .count()
        };
        let num_blocks = [blocks("encoder", 4), blocks("decoder", 3)];
        // Where the convolution that changes channels stands in the first level, how far it is to that of the next,
        // and channels before it.
        let widths = |part: &str, first: usize, place: usize, next: usize| -> Result<[usize; 4]> {
            let mut widths = [first; 4];
            for level in 0..TINY_LEVELS {
                let place = place + level * next;
                let count = self.count(&format!("{part}.{place}.weight"))?;
                widths[level + 1] = count / 9 / widths[level].max(1);
            }
            Ok(widths)
        };
        let file = self.config_file()?;
        // Another part's config lies beside in the original repositories.
        let file = if file.pad.is_some() {
            file
        } else {
            ConfigFile::default()
        };
        let standard = TinyVaeConfig::taew_2_1();
        let padding = match file.pad.as_deref() {
            Some("start") => Padding::Start,
            Some("end") | None => standard.padding,
            Some(other) => {
                return Err(self.unknown(format!("config.json says pad is {other:?}")));
            }
        };
        let [inner, outer] = num_blocks;
        let [patch_size, num_halvings] = self.tiny_sizes(&file)?;
        Ok(TinyVaeConfig {
            z_dim,
            encoder_channels: widths("encoder", self.count("encoder.0.bias")?, 3, 2 + inner)?,
            decoder_channels: widths(
                "decoder",
                self.count("decoder.1.bias")?,
                5 + outer,
                3 + outer,
            )?,
            num_blocks,
            patch_size,
            num_halvings,
            padding,
            latents_mean: self.statistics(file.latents_mean, vec![0.0; z_dim], z_dim)?,
            latents_std: self.statistics(file.latents_std, vec![1.0; z_dim], z_dim)?,
        })
    }
}

/// Whether the transformer as computed here has a tensor of this name, or does well without it.
fn is_known(name: &str, prefix: &str) -> bool {
    const TOP: [&str; 7] = [
        "patch_embedding",
        "vace_patch_embedding",
        "condition_embedder",
        "scale_shift_table",
        "proj_out",
        // Tables that are computed.
        "freqs",
        "rope",
    ];
    const IN_BLOCK: [&str; 7] = [
        "attn1",
        "attn2",
        "ffn",
        "norm2",
        "scale_shift_table",
        "proj_in",
        "proj_out",
    ];
    // Gates of sparse attention, which dense attention does without.
    if name.contains("gate_compress") {
        return true;
    }
    let name = names::diffusers_transformer_name(name).unwrap_or_else(|| name.to_owned());
    let mut parts = name.split('.');
    let top = parts.next().unwrap_or_default();
    if top == "blocks" || top == "vace_blocks" {
        return parts.nth(1).is_some_and(|part| IN_BLOCK.contains(&part));
    }
    // Without a prefix of its own, other parts of a whole pipeline may stand beside.
    let is_other_part =
        prefix.is_empty() && ["vae", "text_encoders", "first_stage_model"].contains(&top);
    TOP.contains(&top) || is_other_part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::wan::names::original_transformer_name;

    /// Names and shapes of a transformer's tensors, as diffusers writes them.
    fn shapes(config: &TransformerConfig) -> Vec<(String, Vec<usize>)> {
        let (dim, ffn) = (config.dim(), config.ffn_dim);
        let mut all = Vec::new();
        let mut add = |name: String, shape: &[usize]| all.push((name, shape.to_vec()));
        let mut linear = |name: &str, from: usize, to: usize| {
            add(format!("{name}.weight"), &[to, from]);
            add(format!("{name}.bias"), &[to]);
        };
        let time = "condition_embedder.time_embedder";
        linear(&format!("{time}.linear_1"), config.freq_dim, dim);
        linear(&format!("{time}.linear_2"), dim, dim);
        linear("condition_embedder.time_proj", dim, 6 * dim);
        let text = "condition_embedder.text_embedder";
        linear(&format!("{text}.linear_1"), config.text_dim, dim);
        linear(&format!("{text}.linear_2"), dim, dim);
        linear("proj_out", dim, 4 * config.out_channels);
        let blocks = (0..config.num_layers).map(|index| format!("blocks.{index}"));
        let vace = (0..config.vace_layers.len()).map(|index| format!("vace_blocks.{index}"));
        let blocks: Vec<String> = blocks.chain(vace).collect();
        for block in &blocks {
            for part in ["attn1", "attn2"] {
                for layer in ["to_q", "to_k", "to_v", "to_out.0"] {
                    linear(&format!("{block}.{part}.{layer}"), dim, dim);
                }
            }
            linear(&format!("{block}.ffn.net.0.proj"), dim, ffn);
            linear(&format!("{block}.ffn.net.2"), ffn, dim);
            if block.starts_with("vace") {
                linear(&format!("{block}.proj_out"), dim, dim);
            }
        }
        for block in &blocks {
            for norm in [
                "attn1.norm_q",
                "attn1.norm_k",
                "attn2.norm_q",
                "attn2.norm_k",
            ] {
                add(format!("{block}.{norm}.weight"), &[dim]);
            }
            add(format!("{block}.norm2.weight"), &[dim]);
            add(format!("{block}.norm2.bias"), &[dim]);
            add(format!("{block}.scale_shift_table"), &[1, 6, dim]);
        }
        let mut patches = vec![("patch_embedding", config.in_channels)];
        if !config.vace_layers.is_empty() {
            patches.push(("vace_patch_embedding", config.vace_in_channels));
            add("vace_blocks.0.proj_in.weight".into(), &[dim, dim]);
            add("vace_blocks.0.proj_in.bias".into(), &[dim]);
        }
        for (name, channels) in patches {
            add(format!("{name}.weight"), &[dim, channels, 1, 2, 2]);
            add(format!("{name}.bias"), &[dim]);
        }
        add("scale_shift_table".into(), &[1, 2, dim]);
        all
    }

    fn original(prefix: &str, shapes: &[(String, Vec<usize>)]) -> Vec<(String, Vec<usize>)> {
        let rename = |name: &String| original_transformer_name(name).unwrap_or(name.clone());
        let renamed = |(name, shape): &(String, Vec<usize>)| {
            (format!("{prefix}{}", rename(name)), shape.clone())
        };
        shapes.iter().map(renamed).collect()
    }

    fn message(shapes: &[(String, Vec<usize>)]) -> String {
        let weights = Weights::of_shapes(shapes);
        detect(&weights).unwrap_err().to_string()
    }

    #[test]
    fn every_published_size_is_known_in_every_naming() {
        let large = TransformerConfig {
            in_channels: 36,
            ..TransformerConfig::t2v_14b()
        };
        let published = [
            TransformerConfig::t2v_1_3b(),
            TransformerConfig::vace_1_3b(),
            TransformerConfig::t2v_14b(),
            TransformerConfig::vace_14b(),
            large,
        ];
        for config in published {
            let shapes = shapes(&config);
            let count: usize = shapes
                .iter()
                .map(|(_, shape)| shape.iter().product::<usize>())
                .sum();
            assert_eq!(count as u64, config.num_parameters());
            for shapes in [
                shapes.clone(),
                original("", &shapes),
                original("model.diffusion_model.", &shapes),
            ] {
                let found = detect(&Weights::of_shapes(&shapes)).unwrap();
                assert_eq!(found, Kind::Transformer(config.clone()));
            }
        }
    }

    #[test]
    fn what_cannot_be_run_is_refused_with_the_reason() {
        let good = shapes(&TransformerConfig::t2v_1_3b());
        let with = |name: &str, shape: &[usize]| {
            [good.clone(), vec![(name.into(), shape.to_vec())]].concat()
        };
        let text = message(&with("img_emb.proj.0.weight", &[1280]));
        assert!(text.contains("needs an image encoder"), "{text}");
        let text = message(&with("ref_conv.weight", &[1536, 16, 2, 2]));
        assert!(text.contains("not supported: ref_conv.weight"), "{text}");
        let mut broken = good.clone();
        broken.retain(|(name, _)| !name.starts_with("blocks.7."));
        let text = message(&broken);
        assert!(text.contains("blocks 7 is missing"), "{text}");
        let text = message(&[("bert.encoder.weight".into(), vec![3])]);
        assert!(text.contains("bert.encoder.weight"), "{text}");
        assert!(message(&[]).contains("no tensors"));
        let uneven = TransformerConfig {
            vace_layers: (0..29).collect(),
            ..TransformerConfig::vace_1_3b()
        };
        let text = message(&shapes(&uneven));
        assert!(text.contains("config.json is needed"), "{text}");
    }

    #[test]
    fn low_rank_changes_are_told_by_their_names() {
        for name in [
            "diffusion_model.blocks.0.self_attn.q.lora_down.weight",
            "lora_unet_blocks_0_self_attn_q.lora_up.weight",
            "transformer.blocks.0.attn1.to_q.lora_A.weight",
            "diffusion_model.head.head.diff_b",
        ] {
            let weights = Weights::of_shapes(&[(name.into(), vec![4, 4])]);
            assert_eq!(detect(&weights).unwrap(), Kind::Lora);
        }
    }
}

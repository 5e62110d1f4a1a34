//! The diffusion transformer, with or without VACE control blocks.
//!
//! Follows WanTransformer3DModel and WanVACETransformer3DModel of diffusers 0.42.1. Norms, tables, rotations and gated
//! sums are in `f32`, the rest in the weights' own format. One clip at a time: there is no batch.

mod blocks;

pub use blocks::BlockFile;

use super::{config::TransformerConfig, loader::Loader};
use crate::{
    error::Result,
    ops::{Linear, attention, layer_norm},
};
use blocks::{Blocks, Reached};
use candle_core::{DType, Device, Tensor};
use std::sync::Arc;

const EPS: f32 = 1e-6;
/// Positions turn at rates from 1 down to 1 over this.
const ROPE_BASE: f64 = 10_000.0;

/// What the transformer is asked at one step.
#[derive(Debug, Clone, Copy)]
pub struct StepInputs<'a> {
    /// `[channels, frames, height, width]`, `f32`.
    pub latents: &'a Tensor,
    /// 0 to 1000.
    pub timestep: f64,
    /// Latent frames that are known already, and so are told timestep 0; shorter lists go on with `false`.
    pub is_known: &'a [bool],
    /// From [`WanTransformer::context`].
    pub context: &'a Context,
    /// `[control channels, frames, height, width]` for models with control blocks.
    pub control: Option<&'a Tensor>,
    /// How strongly each control block counts; shorter lists go on with 1.
    pub control_scales: &'a [f64],
}

/// What every block is told of a prompt; the same at all steps.
#[derive(Debug)]
pub struct Context {
    /// The prompt's rows in the transformer's width.
    rows: Tensor,
    /// Keys and values in every block; none where blocks are not held, as they would take more than a block.
    blocks: Vec<[Tensor; 2]>,
    vace_blocks: Vec<[Tensor; 2]>,
}

/// The transformer.
#[derive(Debug)]
pub struct WanTransformer {
    config: TransformerConfig,
    dtype: DType,
    device: Device,
    patch_embedding: Linear,
    time_embedder: [Linear; 2],
    time_proj: Linear,
    text_embedder: [Linear; 2],
    blocks: Blocks<Block>,
    vace: Option<Vace>,
    scale_shift_table: Tensor,
    proj_out: Linear,
}

/// The control branch.
#[derive(Debug)]
struct Vace {
    patch_embedding: Linear,
    proj_in: Linear,
    blocks: Blocks<ControlBlock>,
}

/// A block of the control branch, and what makes a hint of its result.
#[derive(Debug)]
struct ControlBlock {
    block: Block,
    proj_out: Linear,
}

impl WanTransformer {
    /// Reads the weights.
    pub fn new(config: &TransformerConfig, loader: &Loader<'_>) -> Result<Self> {
        let blocks = (0..config.num_layers).map(|index| Block::main(config, loader, index));
        let control = 0..config.vace_layers.len();
        let control = control.map(|index| ControlBlock::new(config, loader, index));
        let blocks = Blocks::Held(blocks.collect::<Result<_>>()?);
        let control = Blocks::Held(control.collect::<Result<_>>()?);
        Self::with_blocks(config, loader, blocks, control)
    }

    /// Reads everything but the blocks, which are read from `file` each time they are needed.
    pub fn in_file(config: &TransformerConfig, file: BlockFile) -> Result<Self> {
        let file = Arc::new(file);
        let blocks = Blocks::InFile(Arc::clone(&file));
        let control = Blocks::InFile(Arc::clone(&file));
        Self::with_blocks(config, &file.loader(), blocks, control)
    }

    fn with_blocks(
        config: &TransformerConfig,
        loader: &Loader<'_>,
        blocks: Blocks<Block>,
        control: Blocks<ControlBlock>,
    ) -> Result<Self> {
        let dim = config.dim();
        let patches = |name: &str, channels: usize| {
            let bias = loader.tensor(&format!("{name}.bias"), &[dim])?;
            let shape = [dim, channels, 1, 2, 2];
            loader.layer(&format!("{name}.weight"), &shape, Some(&bias))
        };
        let layer = |name: &str, from, to| loader.linear(name, from, to);
        let f32_loader = loader.in_f32();
        let time = |name: &str, from, to| {
            let name = format!("condition_embedder.time_embedder.{name}");
            f32_loader.linear(&name, from, to)
        };
        let vace = if config.vace_layers.is_empty() {
            None
        } else {
            Some(Vace {
                patch_embedding: patches("vace_patch_embedding", config.vace_in_channels)?,
                proj_in: layer("vace_blocks.0.proj_in", dim, dim)?,
                blocks: control,
            })
        };
        let text = "condition_embedder.text_embedder";
        Ok(Self {
            patch_embedding: patches("patch_embedding", config.in_channels)?,
            time_embedder: [
                time("linear_1", config.freq_dim, dim)?,
                time("linear_2", dim, dim)?,
            ],
            time_proj: layer("condition_embedder.time_proj", dim, 6 * dim)?,
            text_embedder: [
                layer(&format!("{text}.linear_1"), config.text_dim, dim)?,
                layer(&format!("{text}.linear_2"), dim, dim)?,
            ],
            blocks,
            vace,
            scale_shift_table: loader.tensor_f32("scale_shift_table", &[2, dim])?,
            proj_out: layer("proj_out", dim, config.out_channels * 4)?,
            config: config.clone(),
            dtype: loader.dtype,
            device: loader.device.clone(),
        })
    }

    /// Its sizes.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Keys and values of a prompt's rows `[rows, text channels]`, padding included.
    pub fn context(&self, prompt_embeds: &Tensor) -> Result<Context> {
        let rows = prompt_embeds.to_dtype(self.dtype)?;
        let [first, second] = &self.text_embedder;
        let rows = second.forward(&first.forward_gelu(&rows)?)?;
        let told = |block: &Block| block.cross_attention.context(&rows);
        let blocks = match &self.blocks {
            Blocks::Held(blocks) => blocks.iter().map(told).collect::<Result<_>>()?,
            Blocks::InFile(_) => Vec::new(),
        };
        let vace_blocks = match &self.vace {
            Some(Vace {
                blocks: Blocks::Held(blocks),
                ..
            }) => blocks
                .iter()
                .map(|control| told(&control.block))
                .collect::<Result<_>>()?,
            Some(_) | None => Vec::new(),
        };
        Ok(Context {
            rows,
            blocks,
            vace_blocks,
        })
    }

    /// The velocity `[channels, frames, height, width]`, `f32`. `pause` is called before each block and may stop the
    /// work.
    pub fn forward(
        &self,
        inputs: StepInputs<'_>,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Tensor> {
        let (_, frames, height, width) = inputs.latents.dims4()?;
        let rope = Rope::new(
            self.config.head_dim,
            [frames, height / 2, width / 2],
            &self.device,
        )?;
        let mut x = self
            .patch_embedding
            .forward(&patches(inputs.latents, self.dtype)?)?;
        let times = self.times(&inputs)?;
        let mut control = match (&self.vace, inputs.control) {
            (Some(vace), Some(control)) => {
                let tokens = vace
                    .patch_embedding
                    .forward(&patches(control, self.dtype)?)?;
                Some((vace, (vace.proj_in.forward(&tokens)? + &x)?))
            }
            (None | Some(_), _) => None,
        };
        for index in 0..self.config.num_layers {
            pause()?;
            // The control block runs just before its hint is needed, so that only one hint is held.
            let mut hint = None;
            if let Some((vace, tokens)) = &mut control
                && let Some(at) = self
                    .config
                    .vace_layers
                    .iter()
                    .position(|&layer| layer == index)
            {
                let control = vace.block(&self.config, at)?;
                let context = inputs
                    .context
                    .of(&control.block, |held| held.vace_blocks.get(at))?;
                *tokens = control.block.forward(tokens, &times, &context, &rope)?;
                let scale = inputs.control_scales.get(at).copied().unwrap_or(1.0);
                hint = Some((control.proj_out.forward(tokens)? * scale)?);
                pause()?;
            }
            let block = self.block(index)?;
            let context = inputs.context.of(&block, |held| held.blocks.get(index))?;
            x = block.forward(&x, &times, &context, &rope)?;
            if let Some(hint) = hint {
                x = (x + hint)?;
            }
        }
        let x = times.each(&x, |x, span| {
            let table = self.scale_shift_table.broadcast_add(&span.time)?;
            modulated(x, &table.narrow(0, 0, 1)?, &table.narrow(0, 1, 1)?)
        })?;
        let x = self.proj_out.forward(&x.to_dtype(self.dtype)?)?;
        let channels = self.config.out_channels;
        // Within a patch the channel is the fastest index.
        let x = x.reshape((frames, height / 2, width / 2, 2, 2, channels))?;
        let x = x.permute((5, 0, 1, 3, 2, 4))?.contiguous()?;
        Ok(x.reshape((channels, frames, height, width))?
            .to_dtype(DType::F32)?)
    }

    fn block(&self, index: usize) -> Result<Reached<'_, Block>> {
        let read = |loader: &Loader<'_>, index| Block::main(&self.config, loader, index);
        self.blocks.reach(index, read)
    }

    /// What the tokens of each frame are told of time; neighbors that are told the same share it.
    fn times(&self, inputs: &StepInputs<'_>) -> Result<Times> {
        let (_, frames, height, width) = inputs.latents.dims4()?;
        let tokens = (height / 2) * (width / 2);
        let is_known = |frame: usize| inputs.is_known.get(frame).copied().unwrap_or(false);
        let mut spans: Vec<TimeSpan> = Vec::new();
        for frame in 0..frames {
            if frame > 0
                && is_known(frame) == is_known(frame - 1)
                && let Some(last) = spans.last_mut()
            {
                last.count += tokens;
                continue;
            }
            let timestep = if is_known(frame) {
                0.0
            } else {
                inputs.timestep
            };
            let (time, rows) = self.time(timestep)?;
            spans.push(TimeSpan {
                start: frame * tokens,
                count: tokens,
                time,
                rows,
            });
        }
        Ok(Times { spans })
    }

    /// The time embedding `[1, dim]` and its rows for the blocks `[6, dim]`, both `f32`.
    fn time(&self, timestep: f64) -> Result<(Tensor, Tensor)> {
        let half = self.config.freq_dim / 2;
        let angles: Vec<f32> = (0..half)
            .map(|index| {
                let rate = (-ROPE_BASE.ln() * index as f64 / half as f64).exp();
                (timestep as f32) * rate as f32
            })
            .collect();
        let cos = angles.iter().map(|angle| angle.cos());
        let sin = angles.iter().map(|angle| angle.sin());
        let embedding: Vec<f32> = cos.chain(sin).collect();
        let embedding = Tensor::from_vec(embedding, (1, 2 * half), &self.device)?;
        let [first, second] = &self.time_embedder;
        let time = second.forward(&first.forward(&embedding)?.silu()?)?;
        let rows = self
            .time_proj
            .forward(&time.silu()?.to_dtype(self.dtype)?)?;
        let rows = rows.to_dtype(DType::F32)?.reshape((6, self.config.dim()))?;
        Ok((time.to_dtype(self.dtype)?.to_dtype(DType::F32)?, rows))
    }
}

impl Vace {
    fn block(&self, config: &TransformerConfig, index: usize) -> Result<Reached<'_, ControlBlock>> {
        let read = |loader: &Loader<'_>, index| ControlBlock::new(config, loader, index);
        self.blocks.reach(index, read)
    }
}

impl Context {
    /// Keys and values for `block`: those that are held, else made now.
    fn of<'a>(
        &'a self,
        block: &Block,
        held: impl FnOnce(&'a Self) -> Option<&'a [Tensor; 2]>,
    ) -> Result<[Tensor; 2]> {
        match held(self) {
            Some(held) => Ok(held.clone()),
            None => block.cross_attention.context(&self.rows),
        }
    }
}

/// What each token is told of time.
#[derive(Debug)]
struct Times {
    spans: Vec<TimeSpan>,
}

/// Successive tokens that are told the same.
#[derive(Debug)]
struct TimeSpan {
    start: usize,
    count: usize,
    /// `[1, dim]`.
    time: Tensor,
    /// `[6, dim]`.
    rows: Tensor,
}

impl Times {
    /// `change` applied to the tokens of each span of `x` `[tokens, dim]`.
    fn each(
        &self,
        x: &Tensor,
        change: impl Fn(&Tensor, &TimeSpan) -> Result<Tensor>,
    ) -> Result<Tensor> {
        if let [only] = self.spans.as_slice() {
            return change(x, only);
        }
        let spans = self.spans.iter();
        let parts = spans.map(|span| change(&x.narrow(0, span.start, span.count)?, span));
        Ok(Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 0)?)
    }
}

/// `[channels, frames, height, width]` → `[frames · height/2 · width/2, channels · 4]`.
fn patches(x: &Tensor, dtype: DType) -> Result<Tensor> {
    let (channels, frames, height, width) = x.dims4()?;
    let x = x.to_dtype(dtype)?;
    let x = x.reshape((channels, frames, height / 2, 2, width / 2, 2))?;
    let x = x.permute((1, 2, 4, 0, 3, 5))?.contiguous()?;
    Ok(x.reshape((frames * (height / 2) * (width / 2), channels * 4))?)
}

/// LayerNorm without weights, then times (1 + `scale`) plus `shift`, both `[1, dim]`; `f32`.
fn modulated(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Tensor> {
    let x = x.to_dtype(DType::F32)?;
    let scale = (scale + 1.0)?.flatten_all()?;
    let shift = shift.flatten_all()?;
    layer_norm(&x, &scale, &shift, EPS)
}

#[derive(Debug)]
struct Block {
    self_attention: Attention,
    cross_attention: Attention,
    /// Weight and bias of the norm before cross attention.
    norm: [Tensor; 2],
    ffn: [Linear; 2],
    scale_shift_table: Tensor,
}

impl ControlBlock {
    fn new(config: &TransformerConfig, loader: &Loader<'_>, index: usize) -> Result<Self> {
        let (name, dim) = (format!("vace_blocks.{index}"), config.dim());
        Ok(Self {
            block: Block::new(config, loader, &name)?,
            proj_out: loader.linear(&format!("{name}.proj_out"), dim, dim)?,
        })
    }
}

impl Block {
    fn main(config: &TransformerConfig, loader: &Loader<'_>, index: usize) -> Result<Self> {
        Self::new(config, loader, &format!("blocks.{index}"))
    }

    fn new(config: &TransformerConfig, loader: &Loader<'_>, name: &str) -> Result<Self> {
        let dim = config.dim();
        let ffn = |part, from, to| loader.linear(&format!("{name}.ffn.net.{part}"), from, to);
        Ok(Self {
            self_attention: Attention::new(config, loader, &format!("{name}.attn1"))?,
            cross_attention: Attention::new(config, loader, &format!("{name}.attn2"))?,
            norm: [
                loader.tensor_f32(&format!("{name}.norm2.weight"), &[dim])?,
                loader.tensor_f32(&format!("{name}.norm2.bias"), &[dim])?,
            ],
            ffn: [
                ffn("0.proj", dim, config.ffn_dim)?,
                ffn("2", config.ffn_dim, dim)?,
            ],
            scale_shift_table: loader
                .tensor_f32(&format!("{name}.scale_shift_table"), &[6, dim])?,
        })
    }

    /// `x` is `[tokens, dim]`.
    fn forward(
        &self,
        x: &Tensor,
        times: &Times,
        context: &[Tensor; 2],
        rope: &Rope,
    ) -> Result<Tensor> {
        let dtype = x.dtype();
        let row = |span: &TimeSpan, index: usize| -> Result<Tensor> {
            Ok((self.scale_shift_table.narrow(0, index, 1)? + span.rows.narrow(0, index, 1)?)?)
        };
        let moved = |x: &Tensor, [shift, scale]: [usize; 2]| -> Result<Tensor> {
            let change =
                |x: &Tensor, span: &TimeSpan| modulated(x, &row(span, shift)?, &row(span, scale)?);
            Ok(times.each(x, change)?.to_dtype(dtype)?)
        };
        let added = |x: &Tensor, more: &Tensor, gate: usize| {
            let more = more.to_dtype(DType::F32)?;
            let more = times.each(&more, |more, span| {
                Ok(more.broadcast_mul(&row(span, gate)?)?)
            })?;
            // Summed in f32.
            Ok::<Tensor, crate::Error>((x.to_dtype(DType::F32)? + more)?.to_dtype(dtype)?)
        };
        let attended = self.self_attention.to_itself(&moved(x, [0, 1])?, rope)?;
        let x = added(x, &attended, 2)?;
        let [weight, bias] = &self.norm;
        let normed = layer_norm(&x.to_dtype(DType::F32)?, weight, bias, EPS)?;
        let x = (&x
            + self
                .cross_attention
                .to_context(&normed.to_dtype(dtype)?, context)?)?;
        let [first, second] = &self.ffn;
        let inner = second.forward(&first.forward_gelu(&moved(&x, [3, 4])?)?)?;
        added(&x, &inner, 5)
    }
}

#[derive(Debug)]
struct Attention {
    num_heads: usize,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    /// Over all heads together.
    norm_q: Tensor,
    norm_k: Tensor,
}

impl Attention {
    fn new(config: &TransformerConfig, loader: &Loader<'_>, name: &str) -> Result<Self> {
        let dim = config.dim();
        let layer = |part: &str| loader.linear(&format!("{name}.{part}"), dim, dim);
        let norm = |part: &str| loader.tensor(&format!("{name}.{part}.weight"), &[dim]);
        Ok(Self {
            num_heads: config.num_heads,
            to_q: layer("to_q")?,
            to_k: layer("to_k")?,
            to_v: layer("to_v")?,
            to_out: layer("to_out.0")?,
            norm_q: norm("norm_q")?,
            norm_k: norm("norm_k")?,
        })
    }

    fn to_itself(&self, x: &Tensor, rope: &Rope) -> Result<Tensor> {
        let turned = |linear: &Linear, norm: &Tensor| {
            let x = candle_nn::ops::rms_norm(&linear.forward(x)?, norm, EPS)?;
            rope.apply(&self.heads(&x)?)
        };
        let q = turned(&self.to_q, &self.norm_q)?;
        let k = turned(&self.to_k, &self.norm_k)?;
        let v = self.heads(&self.to_v.forward(x)?)?;
        self.joined(&attention(&q, &k, &v)?)
    }

    fn context(&self, rows: &Tensor) -> Result<[Tensor; 2]> {
        let k = candle_nn::ops::rms_norm(&self.to_k.forward(rows)?, &self.norm_k, EPS)?;
        Ok([self.heads(&k)?, self.heads(&self.to_v.forward(rows)?)?])
    }

    fn to_context(&self, x: &Tensor, [k, v]: &[Tensor; 2]) -> Result<Tensor> {
        let q = candle_nn::ops::rms_norm(&self.to_q.forward(x)?, &self.norm_q, EPS)?;
        self.joined(&attention(&self.heads(&q)?, k, v)?)
    }

    /// `[tokens, dim]` → `[heads, tokens, head dim]`.
    fn heads(&self, x: &Tensor) -> Result<Tensor> {
        let (tokens, dim) = x.dims2()?;
        let x = x.reshape((tokens, self.num_heads, dim / self.num_heads))?;
        Ok(x.transpose(0, 1)?.contiguous()?)
    }

    fn joined(&self, x: &Tensor) -> Result<Tensor> {
        let (heads, tokens, head_dim) = x.dims3()?;
        let x = x
            .transpose(0, 1)?
            .contiguous()?
            .reshape((tokens, heads * head_dim))?;
        self.to_out.forward(&x)
    }
}

/// Rotations of pairs of channels by the token's place in time, height and width.
#[derive(Debug)]
struct Rope {
    cos: Tensor,
    sin: Tensor,
}

impl Rope {
    fn new(head_dim: usize, [frames, rows, columns]: [usize; 3], device: &Device) -> Result<Self> {
        let side = 2 * (head_dim / 6);
        let dims = [head_dim - 2 * side, side, side];
        let angles = dims.map(|dim| -> Vec<f64> {
            let rate = |pair: usize| 1.0 / ROPE_BASE.powf(2.0 * pair as f64 / dim as f64);
            (0..dim / 2).map(rate).collect()
        });
        let tokens = frames * rows * columns;
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        for token in 0..tokens {
            let place = [
                token / (rows * columns),
                token / columns % rows,
                token % columns,
            ];
            for (rates, place) in angles.iter().zip(place) {
                for rate in rates {
                    let angle = place as f64 * rate;
                    cos.push(angle.cos() as f32);
                    sin.push(angle.sin() as f32);
                }
            }
        }
        let shape = (tokens, head_dim / 2);
        Ok(Self {
            cos: Tensor::from_vec(cos, shape, device)?,
            sin: Tensor::from_vec(sin, shape, device)?,
        })
    }

    /// Turns `[heads, tokens, head dim]`; neighbors are pairs.
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let turned = x.to_dtype(DType::F32)?.unsqueeze(0)?.contiguous()?;
        let turned = candle_nn::rotary_emb::rope_i(&turned, &self.cos, &self.sin)?;
        Ok(turned.squeeze(0)?.to_dtype(x.dtype())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axis_turns_its_own_channels() {
        let rope = Rope::new(12, [2, 3, 4], &Device::Cpu).unwrap();
        let sin = rope.sin.to_vec2::<f32>().unwrap();
        // Token of frame 1, row 2, column 3; two pairs for each axis.
        let token = &sin[12 + 2 * 4 + 3];
        let wanted = [1.0, 0.01, 2.0, 0.02, 3.0, 0.03].map(f64::sin);
        for (found, wanted) in token.iter().zip(wanted) {
            assert!((f64::from(*found) - wanted).abs() < 1e-6);
        }
    }
}

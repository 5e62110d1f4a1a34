//! The causal video autoencoder of Wan 2.1: four frames at a time in or out, any length in flat memory.
//!
//! Follows AutoencoderKLWan of diffusers 0.42.1. Clips are `[frames, channels, height, width]`, frame by frame.

use super::{config::VaeConfig, loader::Loader};
use crate::{
    error::Result,
    ops::{
        attention,
        channel_norm::channel_norm,
        conv3d::{Conv3d, Conv3dShape, Conv3dWeights},
    },
};
use candle_core::{DType, Device, Tensor};

/// Frames that one latent frame stands for, but for the first, which stands for one.
pub const FRAMES_PER_LATENT: usize = 4;
/// Pixels a side that one latent pixel stands for.
pub const PIXELS_PER_LATENT: usize = 8;

/// Encoder and decoder.
#[derive(Debug)]
pub struct Vae {
    config: VaeConfig,
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    device: Device,
}

/// What a pass over a clip remembers between chunks, one slot for each layer that looks back.
#[derive(Debug, Default)]
pub struct Memory {
    slots: Vec<Slot>,
    next: usize,
}

#[derive(Debug, Default, Clone)]
enum Slot {
    #[default]
    Fresh,
    /// The first chunk has passed, and the layer was left out.
    LeftOut,
    /// The last frames seen.
    Past(Tensor),
}

impl Memory {
    fn slot(&mut self) -> &mut Slot {
        let index = self.next;
        self.next += 1;
        if self.slots.len() <= index {
            self.slots.resize(index + 1, Slot::Fresh);
        }
        &mut self.slots[index]
    }
}

impl Vae {
    /// Reads the weights; always computed in `f32`.
    pub fn new(config: &VaeConfig, loader: &Loader<'_>) -> Result<Self> {
        Ok(Self {
            encoder: encoder_layers(config, loader)?,
            decoder: decoder_layers(config, loader)?,
            config: config.clone(),
            device: loader.device.clone(),
        })
    }

    /// Latents `[channels, frames', height/8, width/8]` of `video` `[frames, 3, height, width]` (values −1 to 1; frames
    /// are a multiple of four and one more), with the training data's mean and deviation taken out. `pause` is called
    /// before each chunk with its index and may stop the work.
    pub fn encode(
        &self,
        video: &Tensor,
        pause: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Tensor> {
        let frames = video.dim(0)?;
        let mut memory = Memory::default();
        let mut latents = Vec::new();
        let mut start = 0;
        while start < frames {
            pause(latents.len())?;
            let count = if start == 0 { 1 } else { FRAMES_PER_LATENT };
            let chunk = video.narrow(0, start, count.min(frames - start))?;
            let moments = run(&self.encoder, &chunk.to_dtype(DType::F32)?, &mut memory)?;
            latents.push(moments.narrow(1, 0, self.config.z_dim)?);
            start += count;
        }
        let mean = Tensor::cat(&latents, 0)?;
        let [center, width] = self.statistics()?;
        let latents = mean.broadcast_sub(&center)?.broadcast_div(&width)?;
        Ok(latents.transpose(0, 1)?.contiguous()?)
    }

    /// Decodes `latents` `[channels, frames, height, width]` and hands each chunk of frames
    /// `[1 or 4, 3, 8 height, 8 width]` (values −1 to 1) to `sink` with its index, which may stop the work.
    pub fn decode(
        &self,
        latents: &Tensor,
        sink: &mut dyn FnMut(usize, Tensor) -> Result<()>,
    ) -> Result<()> {
        let [center, width] = self.statistics()?;
        let latents = latents
            .to_dtype(DType::F32)?
            .transpose(0, 1)?
            .contiguous()?;
        let latents = latents.broadcast_mul(&width)?.broadcast_add(&center)?;
        let mut memory = Memory::default();
        for index in 0..latents.dim(0)? {
            let chunk = latents.narrow(0, index, 1)?;
            let frames = run(&self.decoder, &chunk, &mut memory)?;
            sink(index, frames.clamp(-1_f32, 1_f32)?)?;
        }
        Ok(())
    }

    fn statistics(&self) -> Result<[Tensor; 2]> {
        let row = |values: &[f32]| {
            let values = &values[..self.config.z_dim.min(values.len())];
            Tensor::from_slice(values, (1, values.len(), 1, 1), &self.device)
        };
        Ok([
            row(&self.config.latents_mean)?,
            row(&self.config.latents_std)?,
        ])
    }
}

fn run(layers: &[Layer], x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
    memory.next = 0;
    let mut x = x.clone();
    for layer in layers {
        x = layer.forward(&x, memory)?;
    }
    Ok(x)
}

fn encoder_layers(config: &VaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let dims = config.dim_mult.map(|mult| config.base_dim * mult);
    let mut layers = vec![Layer::causal(
        loader,
        "encoder.conv_in",
        [dims[0], 3, 3, 3],
    )?];
    let mut index = 0;
    let mut from = dims[0];
    for (level, &to) in dims.iter().enumerate() {
        for _ in 0..config.num_res_blocks {
            let name = format!("encoder.down_blocks.{index}");
            layers.push(Layer::residual(loader, &name, from, to)?);
            from = to;
            index += 1;
        }
        if level + 1 < dims.len() {
            let name = format!("encoder.down_blocks.{index}");
            layers.push(Layer::Down(Resample::down(loader, &name, to, level > 0)?));
            index += 1;
        }
    }
    layers.extend(middle(loader, "encoder", from)?);
    layers.push(Layer::norm(loader, "encoder.norm_out", from)?);
    let moments = 2 * config.z_dim;
    layers.push(Layer::causal(
        loader,
        "encoder.conv_out",
        [moments, from, 3, 3],
    )?);
    layers.push(Layer::causal(
        loader,
        "quant_conv",
        [moments, moments, 1, 1],
    )?);
    Ok(layers)
}

fn decoder_layers(config: &VaeConfig, loader: &Loader<'_>) -> Result<Vec<Layer>> {
    let z = config.z_dim;
    let dims = config.dim_mult.map(|mult| config.base_dim * mult);
    let mut from = dims[3];
    let mut layers = vec![
        Layer::causal(loader, "post_quant_conv", [z, z, 1, 1])?,
        Layer::causal(loader, "decoder.conv_in", [from, z, 3, 3])?,
    ];
    layers.extend(middle(loader, "decoder", from)?);
    for (level, &to) in dims.iter().rev().enumerate() {
        let name = format!("decoder.up_blocks.{level}");
        for index in 0..=config.num_res_blocks {
            let name = format!("{name}.resnets.{index}");
            layers.push(Layer::residual(loader, &name, from, to)?);
            from = to;
        }
        if level + 1 < dims.len() {
            let name = format!("{name}.upsamplers.0");
            layers.push(Layer::Up(Resample::up(loader, &name, to, level < 2)?));
            from = to / 2;
        }
    }
    layers.push(Layer::norm(loader, "decoder.norm_out", from)?);
    layers.push(Layer::causal(loader, "decoder.conv_out", [3, from, 3, 3])?);
    Ok(layers)
}

fn middle(loader: &Loader<'_>, part: &str, dim: usize) -> Result<[Layer; 3]> {
    let residual = |index| {
        let name = format!("{part}.mid_block.resnets.{index}");
        Layer::residual(loader, &name, dim, dim)
    };
    let name = format!("{part}.mid_block.attentions.0");
    Ok([
        residual(0)?,
        Layer::Attention(MiddleAttention {
            gamma: loader.values(&format!("{name}.norm.gamma"), &[dim, 1, 1])?,
            to_qkv: conv2d(loader, &format!("{name}.to_qkv"), [3 * dim, dim, 1])?,
            proj: conv2d(loader, &format!("{name}.proj"), [dim, dim, 1])?,
        }),
        residual(1)?,
    ])
}

#[derive(Debug)]
enum Layer {
    Causal(CausalConv),
    Residual(Box<Residual>),
    Attention(MiddleAttention),
    /// The norm before the last convolution, and its activation.
    Norm(Vec<f32>),
    Down(Resample),
    Up(Resample),
}

impl Layer {
    fn causal(
        loader: &Loader<'_>,
        name: &str,
        [outputs, inputs, frames, side]: [usize; 4],
    ) -> Result<Self> {
        let shape = [outputs, inputs, frames, side, side];
        Ok(Self::Causal(CausalConv::new(loader, name, shape)?))
    }

    fn norm(loader: &Loader<'_>, name: &str, dim: usize) -> Result<Self> {
        let gamma = loader.values(&format!("{name}.gamma"), &[dim, 1, 1, 1])?;
        Ok(Self::Norm(gamma))
    }

    fn residual(loader: &Loader<'_>, name: &str, from: usize, to: usize) -> Result<Self> {
        let gamma =
            |part: &str, dim| loader.values(&format!("{name}.{part}.gamma"), &[dim, 1, 1, 1]);
        let conv = |part: &str, shape| CausalConv::new(loader, &format!("{name}.{part}"), shape);
        let shortcut = if from == to {
            None
        } else {
            Some(conv("conv_shortcut", [to, from, 1, 1, 1])?)
        };
        Ok(Self::Residual(Box::new(Residual {
            gammas: [gamma("norm1", from)?, gamma("norm2", to)?],
            convs: [
                conv("conv1", [to, from, 3, 3, 3])?,
                conv("conv2", [to, to, 3, 3, 3])?,
            ],
            shortcut,
        })))
    }

    fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        match self {
            Self::Causal(conv) => conv.forward(x, memory),
            Self::Residual(residual) => residual.forward(x, memory),
            Self::Attention(attention) => attention.forward(x),
            Self::Norm(gamma) => channel_norm(x, gamma, true),
            Self::Down(resample) => resample.halved(x, memory),
            Self::Up(resample) => resample.doubled(x, memory),
        }
    }
}

/// A convolution that sees frames before its own, never after; zeros before the first.
#[derive(Debug)]
struct CausalConv {
    conv: Conv3d,
}

impl CausalConv {
    fn new(loader: &Loader<'_>, name: &str, shape: [usize; 5]) -> Result<Self> {
        let weights = Conv3dWeights {
            weight: loader.values(&format!("{name}.weight"), &shape)?,
            shape,
            bias: loader.values(&format!("{name}.bias"), &shape[..1])?,
        };
        let conv_shape = Conv3dShape::padded(shape[3] / 2);
        Ok(Self {
            conv: Conv3d::new(&weights, conv_shape, loader.device)?,
        })
    }

    fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        if self.conv.frames() == 1 {
            return self.conv.forward(x);
        }
        let slot = memory.slot();
        let x = with_past(x, slot, self.conv.frames() - 1)?;
        self.conv.forward(&x)
    }
}

/// `x` after the `count` frames remembered in `slot` (zeros at the start); remembers the last `count` of all.
fn with_past(x: &Tensor, slot: &mut Slot, count: usize) -> Result<Tensor> {
    let all = match slot {
        Slot::Past(past) => Tensor::cat(&[&*past, x], 0)?,
        Slot::Fresh | Slot::LeftOut => x.pad_with_zeros(0, count, 0)?,
    };
    let last = all.narrow(0, all.dim(0)? - count, count)?;
    // A copy, so that the whole chunk is not held for its last frames.
    *slot = Slot::Past(last.force_contiguous()?);
    Ok(all)
}

#[derive(Debug)]
struct Residual {
    gammas: [Vec<f32>; 2],
    convs: [CausalConv; 2],
    shortcut: Option<CausalConv>,
}

impl Residual {
    fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let mut inner = x.clone();
        for (gamma, conv) in self.gammas.iter().zip(&self.convs) {
            inner = conv.forward(&channel_norm(&inner, gamma, true)?, memory)?;
        }
        let outer = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x, memory)?,
            None => x.clone(),
        };
        Ok((inner + outer)?)
    }
}

/// Each frame's pixels look at each other, with one head.
#[derive(Debug)]
struct MiddleAttention {
    gamma: Vec<f32>,
    to_qkv: Conv3d,
    proj: Conv3d,
}

impl MiddleAttention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (frames, dim, height, width) = x.dims4()?;
        let qkv = self.to_qkv.forward(&channel_norm(x, &self.gamma, false)?)?;
        // Frames stand where attention expects heads.
        let qkv = qkv
            .reshape((frames, 3 * dim, height * width))?
            .transpose(1, 2)?;
        let part = |index: usize| qkv.narrow(2, index * dim, dim)?.contiguous();
        let mixed = attention(&part(0)?, &part(1)?, &part(2)?)?;
        let mixed = mixed
            .transpose(1, 2)?
            .contiguous()?
            .reshape((frames, dim, height, width))?;
        Ok((self.proj.forward(&mixed)? + x)?)
    }
}

fn conv2d(loader: &Loader<'_>, name: &str, [outputs, inputs, side]: [usize; 3]) -> Result<Conv3d> {
    let weights = conv2d_weights(loader, name, [outputs, inputs, side])?;
    Conv3d::new(&weights, Conv3dShape::padded(side / 2), loader.device)
}

fn conv2d_weights(
    loader: &Loader<'_>,
    name: &str,
    [outputs, inputs, side]: [usize; 3],
) -> Result<Conv3dWeights> {
    let shape = [outputs, inputs, side, side];
    Ok(Conv3dWeights {
        weight: loader.values(&format!("{name}.weight"), &shape)?,
        shape: [outputs, inputs, 1, side, side],
        bias: loader.values(&format!("{name}.bias"), &[outputs])?,
    })
}

/// Half or double size, and half or double the frames but for the first.
#[derive(Debug)]
struct Resample {
    space: Conv3d,
    time: Option<Conv3d>,
}

impl Resample {
    fn down(loader: &Loader<'_>, name: &str, dim: usize, over_time: bool) -> Result<Self> {
        let weights = conv2d_weights(loader, &format!("{name}.resample.1"), [dim, dim, 3])?;
        let halving = Conv3dShape {
            frame_stride: 1,
            stride: 2,
            padding_before: 0,
            padding_after: 1,
        };
        let in_time = Conv3dShape {
            frame_stride: 2,
            ..Conv3dShape::padded(0)
        };
        Ok(Self {
            space: Conv3d::new(&weights, halving, loader.device)?,
            time: Self::time(loader, name, [dim, dim], over_time, in_time)?,
        })
    }

    fn up(loader: &Loader<'_>, name: &str, dim: usize, over_time: bool) -> Result<Self> {
        let in_time = Conv3dShape::padded(0);
        Ok(Self {
            space: conv2d(loader, &format!("{name}.resample.1"), [dim / 2, dim, 3])?,
            time: Self::time(loader, name, [2 * dim, dim], over_time, in_time)?,
        })
    }

    fn time(
        loader: &Loader<'_>,
        name: &str,
        [outputs, inputs]: [usize; 2],
        over_time: bool,
        conv_shape: Conv3dShape,
    ) -> Result<Option<Conv3d>> {
        if !over_time {
            return Ok(None);
        }
        let shape = [outputs, inputs, 3, 1, 1];
        let weights = Conv3dWeights {
            weight: loader.values(&format!("{name}.time_conv.weight"), &shape)?,
            shape,
            bias: loader.values(&format!("{name}.time_conv.bias"), &[outputs])?,
        };
        Conv3d::new(&weights, conv_shape, loader.device).map(Some)
    }

    fn halved(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let x = self.space.forward(x)?;
        let Some(time) = &self.time else {
            return Ok(x);
        };
        let slot = memory.slot();
        let last = x.narrow(0, x.dim(0)? - 1, 1)?.force_contiguous()?;
        // The clip's first frame stays a frame of its own.
        match std::mem::replace(slot, Slot::Past(last)) {
            Slot::Past(past) => time.forward(&Tensor::cat(&[&past, &x], 0)?),
            Slot::Fresh | Slot::LeftOut => Ok(x),
        }
    }

    fn doubled(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let mut x = x.clone();
        if let Some(time) = &self.time {
            let slot = memory.slot();
            if matches!(slot, Slot::Fresh) {
                *slot = Slot::LeftOut;
            } else {
                // The second chunk sees zeros before it, not the first frame: so it was trained.
                let pairs = time.forward(&with_past(&x, slot, 2)?)?;
                let (frames, channels, height, width) = pairs.dims4()?;
                x = pairs.reshape((2 * frames, channels / 2, height, width))?;
            }
        }
        let (_, _, height, width) = x.dims4()?;
        self.space
            .forward(&x.upsample_nearest2d(2 * height, 2 * width)?)
    }
}

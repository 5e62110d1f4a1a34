//! The layers that video autoencoders are made of. Each works through a clip in chunks of any length and remembers what
//! it needs of the frames before, so that chunks together give what the whole clip at once would.
//!
//! Clips are `[frames, channels, height, width]`.

use crate::{
    error::Result,
    models::wan::loader::Loader,
    ops::{
        Activation, Conv2d, ConvShape, attention,
        channel_norm::channel_norm,
        conv2d::ConvWeights,
        conv3d::{Conv3d, Conv3dShape, Conv3dWeights},
    },
};
use candle_core::Tensor;

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
    /// The clip's first frame has passed, and the layer left it alone.
    Begun,
    /// The last frames seen.
    Past(Tensor),
}

/// A chunk on its way through layers.
pub struct Pass<'a> {
    /// Of the chunks before.
    pub memory: &'a mut Memory,
    /// Called before each piece of work; may stop it.
    pub pause: &'a mut dyn FnMut() -> Result<()>,
}

impl Pass<'_> {
    fn slot(&mut self) -> &mut Slot {
        let index = self.memory.next;
        self.memory.next += 1;
        if self.memory.slots.len() <= index {
            self.memory.slots.resize(index + 1, Slot::Fresh);
        }
        &mut self.memory.slots[index]
    }

    /// The next chunk `x` through all `layers`.
    pub fn run(&mut self, layers: &[Layer], x: &Tensor) -> Result<Tensor> {
        self.memory.next = 0;
        self.through(layers, x)
    }

    fn through(&mut self, layers: &[Layer], x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for layer in layers {
            x = layer.forward(&x, self)?;
        }
        Ok(x)
    }
}

/// Pieces of work in `layers`: how often [`Pass::pause`] is called for a chunk.
pub fn pieces(layers: &[Layer]) -> usize {
    let pieces = layers.iter().map(|layer| match layer {
        Layer::Residual(residual) => residual.convs.len(),
        Layer::Around(around) => pieces(&around.inner),
        Layer::Recall(recall) => 1 + recall.rest.len(),
        _ => 1,
    });
    pieces.sum()
}

/// One layer.
#[derive(Debug)]
pub enum Layer {
    Causal(CausalConv),
    Residual(Box<Residual>),
    Attention(Box<MiddleAttention>),
    /// The norm before the last convolution, and its activation.
    Norm(Vec<f32>),
    Down(Resample),
    Up(Resample),
    /// Layers with a shortcut round them.
    Around(Around),
    /// Squares of pixels of this side become channels.
    SquaresToChannels(usize),
    /// And back.
    ChannelsToSquares(usize),
    /// As [`Layer::SquaresToChannels`], a square's rows before its columns.
    Unshuffle(usize),
    /// And back.
    Shuffle(usize),
    /// As many successive frames become channels of one.
    FramesToChannels(usize),
    /// And back.
    ChannelsToFrames(usize),
    /// Twice the size, each pixel four times.
    Double,
    Recall(Box<Recall>),
    /// Numbers far from 0 are drawn in, to 3 at most.
    SoftLimit,
    /// Each number times the first plus the second.
    Affine(f64, f64),
}

impl Layer {
    pub fn causal(
        loader: &Loader<'_>,
        name: &str,
        [outputs, inputs, frames, side]: [usize; 4],
    ) -> Result<Self> {
        let shape = [outputs, inputs, frames, side, side];
        Ok(Self::Causal(CausalConv::new(loader, name, shape)?))
    }

    pub fn norm(loader: &Loader<'_>, name: &str, dim: usize) -> Result<Self> {
        let gamma = loader.values(&format!("{name}.gamma"), &[dim, 1, 1, 1])?;
        Ok(Self::Norm(gamma))
    }

    pub fn residual(loader: &Loader<'_>, name: &str, from: usize, to: usize) -> Result<Self> {
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

    fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        match self {
            // These call it themselves.
            Self::Residual(_) | Self::Around(_) | Self::Recall(_) => {}
            _ => (pass.pause)()?,
        }
        match self {
            Self::Causal(conv) => conv.forward(x, pass),
            Self::Residual(residual) => residual.forward(x, pass),
            Self::Attention(attention) => attention.forward(x),
            Self::Norm(gamma) => channel_norm(x, gamma, true),
            Self::Down(resample) => resample.halved(x, pass),
            Self::Up(resample) => resample.doubled(x, pass),
            Self::Around(around) => around.forward(x, pass),
            Self::SquaresToChannels(side) => squares_to_channels(x, *side),
            Self::ChannelsToSquares(side) => channels_to_squares(x, *side),
            Self::Unshuffle(side) => unshuffled(x, *side),
            Self::Shuffle(side) => shuffled(x, *side),
            Self::FramesToChannels(count) => {
                let (frames, channels, height, width) = x.dims4()?;
                Ok(x.reshape((frames / count, count * channels, height, width))?)
            }
            Self::ChannelsToFrames(count) => {
                let (frames, channels, height, width) = x.dims4()?;
                Ok(x.reshape((frames * count, channels / count, height, width))?)
            }
            Self::Double => doubled(x),
            Self::Recall(recall) => recall.forward(x, pass),
            Self::SoftLimit => Ok(((x / 3.0)?.tanh()? * 3.0)?),
            Self::Affine(scale, shift) => Ok(x.affine(*scale, *shift)?),
        }
    }
}

fn doubled(x: &Tensor) -> Result<Tensor> {
    let (_, _, height, width) = x.dims4()?;
    Ok(x.upsample_nearest2d(2 * height, 2 * width)?)
}

/// Channels are ordered by channel, place across, place down.
fn squares_to_channels(x: &Tensor, side: usize) -> Result<Tensor> {
    let (frames, channels, height, width) = x.dims4()?;
    let (rows, columns) = (height / side, width / side);
    let x = x.reshape((frames, channels, rows, side, columns, side))?;
    let x = x.permute((0, 1, 5, 3, 2, 4))?.contiguous()?;
    Ok(x.reshape((frames, channels * side * side, rows, columns))?)
}

fn channels_to_squares(x: &Tensor, side: usize) -> Result<Tensor> {
    let (frames, channels, rows, columns) = x.dims4()?;
    let channels = channels / (side * side);
    let x = x.reshape((frames, channels, side, side, rows, columns))?;
    let x = x.permute((0, 1, 4, 3, 5, 2))?.contiguous()?;
    Ok(x.reshape((frames, channels, rows * side, columns * side))?)
}

/// Channels are ordered by channel, place down, place across.
fn unshuffled(x: &Tensor, side: usize) -> Result<Tensor> {
    let (frames, channels, height, width) = x.dims4()?;
    let (rows, columns) = (height / side, width / side);
    let x = x.reshape((frames, channels, rows, side, columns, side))?;
    let x = x.permute((0, 1, 3, 5, 2, 4))?.contiguous()?;
    Ok(x.reshape((frames, channels * side * side, rows, columns))?)
}

fn shuffled(x: &Tensor, side: usize) -> Result<Tensor> {
    let (frames, channels, rows, columns) = x.dims4()?;
    let channels = channels / (side * side);
    let x = x.reshape((frames, channels, side, side, rows, columns))?;
    let x = x.permute((0, 1, 4, 2, 5, 3))?.contiguous()?;
    Ok(x.reshape((frames, channels, rows * side, columns * side))?)
}

/// A convolution that sees frames before its own, never after; zeros before the first.
#[derive(Debug)]
pub struct CausalConv {
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

    /// Of a prepared convolution.
    pub fn of(conv: Conv3d) -> Self {
        Self { conv }
    }

    fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        if self.conv.frames() == 1 {
            return self.conv.forward(x);
        }
        let x = with_past(x, pass.slot(), self.conv.frames() - 1)?;
        self.conv.forward(&x)
    }
}

/// `x` after the `count` frames remembered in `slot` (zeros at the start); remembers the last `count` of all.
fn with_past(x: &Tensor, slot: &mut Slot, count: usize) -> Result<Tensor> {
    let all = match slot {
        Slot::Past(past) => Tensor::cat(&[&*past, x], 0)?,
        Slot::Fresh | Slot::Begun => x.pad_with_zeros(0, count, 0)?,
    };
    let last = all.narrow(0, all.dim(0)? - count, count)?;
    // A copy, so that the whole chunk is not held for its last frames.
    *slot = Slot::Past(last.force_contiguous()?);
    Ok(all)
}

/// Two convolutions, each after a norm, added to what came in.
#[derive(Debug)]
pub struct Residual {
    gammas: [Vec<f32>; 2],
    convs: [CausalConv; 2],
    shortcut: Option<CausalConv>,
}

impl Residual {
    fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut inner = x.clone();
        for (gamma, conv) in self.gammas.iter().zip(&self.convs) {
            (pass.pause)()?;
            inner = conv.forward(&channel_norm(&inner, gamma, true)?, pass)?;
        }
        let outer = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x, pass)?,
            None => x.clone(),
        };
        Ok((inner + outer)?)
    }
}

/// Each frame's pixels look at each other, with one head.
#[derive(Debug)]
pub struct MiddleAttention {
    gamma: Vec<f32>,
    to_qkv: Conv3d,
    proj: Conv3d,
}

impl MiddleAttention {
    pub fn new(loader: &Loader<'_>, name: &str, dim: usize) -> Result<Self> {
        Ok(Self {
            gamma: loader.values(&format!("{name}.norm.gamma"), &[dim, 1, 1])?,
            to_qkv: conv2d(loader, &format!("{name}.to_qkv"), [3 * dim, dim, 1])?,
            proj: conv2d(loader, &format!("{name}.proj"), [dim, dim, 1])?,
        })
    }

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

/// Half or double size, and half or double the frames but for the clip's first.
#[derive(Debug)]
pub struct Resample {
    space: Conv3d,
    time: Option<Conv3d>,
}

impl Resample {
    pub fn down(loader: &Loader<'_>, name: &str, dim: usize, over_time: bool) -> Result<Self> {
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

    /// From `from` channels to `to`.
    pub fn up(
        loader: &Loader<'_>,
        name: &str,
        [from, to]: [usize; 2],
        over_time: bool,
    ) -> Result<Self> {
        let in_time = Conv3dShape::padded(0);
        Ok(Self {
            space: conv2d(loader, &format!("{name}.resample.1"), [to, from, 3])?,
            time: Self::time(loader, name, [2 * from, from], over_time, in_time)?,
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

    fn halved(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let x = self.space.forward(x)?;
        let Some(time) = &self.time else {
            return Ok(x);
        };
        let last = x.narrow(0, x.dim(0)? - 1, 1)?.force_contiguous()?;
        match std::mem::replace(pass.slot(), Slot::Past(last)) {
            Slot::Past(past) => time.forward(&Tensor::cat(&[&past, &x], 0)?),
            // The clip's first frame stays a frame of its own.
            Slot::Fresh | Slot::Begun => first_alone(&x, |_rest| time.forward(&x)),
        }
    }

    fn doubled(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let mut x = x.clone();
        if let Some(time) = &self.time {
            let slot = pass.slot();
            // What follows the first frame sees zeros before it, not that frame: so it was trained.
            let more = |x: &Tensor, slot: &mut Slot| -> Result<Tensor> {
                let pairs = time.forward(&with_past(x, slot, 2)?)?;
                let (frames, channels, height, width) = pairs.dims4()?;
                Ok(pairs.reshape((2 * frames, channels / 2, height, width))?)
            };
            x = if matches!(slot, Slot::Fresh) {
                *slot = Slot::Begun;
                first_alone(&x, |rest| more(rest, slot))?
            } else {
                more(&x, slot)?
            };
        }
        self.space.forward(&doubled(&x)?)
    }
}

/// The first frame as it is, then what `change` makes of the rest, if there is any.
fn first_alone(x: &Tensor, change: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let frames = x.dim(0)?;
    if frames == 1 {
        return Ok(x.clone());
    }
    let rest = change(&x.narrow(0, 1, frames - 1)?)?;
    Ok(Tensor::cat(&[&x.narrow(0, 0, 1)?, &rest], 0)?)
}

/// Layers whose result is added to a plain resampling of what came in.
#[derive(Debug)]
pub struct Around {
    pub inner: Vec<Layer>,
    pub shortcut: Shortcut,
}

/// How a shortcut changes sizes: without weights.
#[derive(Debug, Clone, Copy)]
pub enum Shortcut {
    /// Nothing is added.
    None,
    /// Blocks of `[frames, pixels down, pixels across]` become channels, and groups of those their mean.
    Mean { block: [usize; 2], outputs: usize },
    /// Channels are repeated and become blocks.
    Repeat { block: [usize; 2], outputs: usize },
}

impl Around {
    fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        let outer = match self.shortcut {
            Shortcut::None => None,
            Shortcut::Mean { block, outputs } => Some(averaged(x, block, outputs)?),
            Shortcut::Repeat { block, outputs } => {
                let all = repeated(x, block, outputs)?;
                let slot = pass.slot();
                let is_first = matches!(slot, Slot::Fresh);
                *slot = Slot::Begun;
                // The clip's first frame is not doubled.
                let surplus = if is_first { block[0] - 1 } else { 0 };
                Some(all.narrow(0, surplus, all.dim(0)? - surplus)?)
            }
        };
        let inner = pass.through(&self.inner, x)?;
        match outer {
            Some(outer) => Ok((inner + outer)?),
            None => Ok(inner),
        }
    }
}

/// `[frames, channels, height, width]` → `[frames / block frames, outputs, height / side, width / side]`. An odd first
/// frame is averaged with zeros before it.
fn averaged(x: &Tensor, [block_frames, side]: [usize; 2], outputs: usize) -> Result<Tensor> {
    let missing = x.dim(0)?.next_multiple_of(block_frames) - x.dim(0)?;
    let x = x.pad_with_zeros(0, missing, 0)?;
    let (frames, channels, height, width) = x.dims4()?;
    let (times, rows, columns) = (frames / block_frames, height / side, width / side);
    let x = x.reshape(vec![
        times,
        block_frames,
        channels,
        rows,
        side,
        columns,
        side,
    ])?;
    let x = x.permute(vec![0, 2, 1, 4, 6, 3, 5])?.contiguous()?;
    let group = channels * block_frames * side * side / outputs;
    let x = x.reshape((times, outputs, group, rows, columns))?;
    Ok(x.mean(2)?)
}

/// `[frames, channels, height, width]` → `[frames · block frames, outputs, height · side, width · side]`.
fn repeated(x: &Tensor, [block_frames, side]: [usize; 2], outputs: usize) -> Result<Tensor> {
    let (frames, channels, height, width) = x.dims4()?;
    let repeats = outputs * block_frames * side * side / channels;
    let x = x
        .unsqueeze(2)?
        .broadcast_as((frames, channels, repeats, height, width))?
        .contiguous()?;
    let x = x.reshape(vec![
        frames,
        outputs,
        block_frames,
        side,
        side,
        height,
        width,
    ])?;
    let x = x.permute(vec![0, 2, 1, 5, 3, 6, 4])?.contiguous()?;
    Ok(x.reshape((frames * block_frames, outputs, height * side, width * side))?)
}

/// Three plain convolutions, of which the first sees the frame before as well, added to what came in.
#[derive(Debug)]
pub struct Recall {
    first: CausalConv,
    rest: [Conv2d; 2],
}

impl Recall {
    pub fn new(loader: &Loader<'_>, name: &str, dim: usize) -> Result<Self> {
        let values = |part: &str, shape: &[usize]| loader.values(&format!("{name}.{part}"), shape);
        let weight = values("conv.0.weight", &[dim, 2 * dim, 3, 3])?;
        // In the file a frame's own channels come first and those of the frame before second.
        let mut over_time = Vec::with_capacity(weight.len());
        for output in weight.chunks_exact(2 * dim * 9) {
            let (own, before) = output.split_at(dim * 9);
            for (own, before) in own.chunks_exact(9).zip(before.chunks_exact(9)) {
                over_time.extend(before);
                over_time.extend(own);
            }
        }
        let first = Conv3dWeights {
            weight: over_time,
            shape: [dim, dim, 2, 3, 3],
            bias: values("conv.0.bias", &[dim])?,
        };
        let first = Conv3d::new(&first, Conv3dShape::padded(1), loader.device)?;
        let rest = |part: &str| {
            let weights = ConvWeights {
                weight: values(&format!("{part}.weight"), &[dim, dim, 3, 3])?,
                shape: [dim, dim, 3, 3],
                bias: values(&format!("{part}.bias"), &[dim])?,
            };
            let shape = ConvShape::SAME_3X3;
            Conv2d::new(&weights, shape, Activation::Relu, loader.device)
        };
        Ok(Self {
            first: CausalConv::of(first.followed_by(Activation::Relu)),
            rest: [rest("conv.2")?, rest("conv.4")?],
        })
    }

    fn forward(&self, x: &Tensor, pass: &mut Pass<'_>) -> Result<Tensor> {
        (pass.pause)()?;
        let inner = self.first.forward(x, pass)?;
        let [second, third] = &self.rest;
        (pass.pause)()?;
        let inner = second.forward(&inner)?;
        (pass.pause)()?;
        third.forward_add(&inner, x)
    }
}

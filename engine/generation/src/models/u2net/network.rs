//! The network: a U of small Us. Batch normalization is folded into the convolutions, which the file numbers in the
//! order they run.
//!
//! Follows the small variant of the U-2-Net project.

use crate::{
    error::Result,
    ops::{
        Activation, Conv2d, ConvShape,
        conv2d::{Added, ConvWeights},
        resample::{bilinear, halved_by_maximum},
    },
    weights::Weights,
};
use candle_core::{Device, Tensor};

/// Height and width of what the network sees.
pub const SIDE: usize = 320;

/// Mean and deviation of red, green and blue in the pictures it was trained on.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

const WIDTH: usize = 64;
const INNER_WIDTH: usize = 16;

/// Depth of a small U; [`Inner::Dilated`] keeps its size and widens its filters instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    Pooled(usize),
    Dilated,
}

/// The encoder's stages, then the decoder's, in the order they run.
const STAGES: [Inner; 11] = [
    Inner::Pooled(7),
    Inner::Pooled(6),
    Inner::Pooled(5),
    Inner::Pooled(4),
    Inner::Dilated,
    Inner::Dilated,
    Inner::Dilated,
    Inner::Pooled(4),
    Inner::Pooled(5),
    Inner::Pooled(6),
    Inner::Pooled(7),
];
const ENCODER_STAGES: usize = 6;

/// U²-Net-p.
#[derive(Debug)]
pub struct U2Net {
    stages: Vec<Stage>,
    /// One for each decoder output, finest first, and the deepest encoder output.
    sides: Vec<Conv2d>,
    fuse: Conv2d,
    device: Device,
}

impl U2Net {
    /// Takes the weights in running order.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let mut loader = Loader {
            weights,
            device,
            next: 0,
        };
        let stages = STAGES.iter().enumerate().map(|(index, &inner)| {
            let inputs = match index {
                0 => 3,
                1..ENCODER_STAGES => WIDTH,
                _ => 2 * WIDTH,
            };
            Stage::new(&mut loader, inner, inputs)
        });
        let stages = stages.collect::<Result<_>>()?;
        let side = |_| loader.conv([1, WIDTH, 3], 1, Activation::Linear);
        let sides = (0..ENCODER_STAGES).map(side).collect::<Result<_>>()?;
        Ok(Self {
            stages,
            sides,
            fuse: loader.conv([1, ENCODER_STAGES, 1], 0, Activation::Linear)?,
            device: device.clone(),
        })
    }

    /// Where tensors must live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The matte `[1, 1, 320, 320]` (1 is subject) of a picture `[1, 3, 320, 320]` of values 0 to 1. `between_stages`
    /// is called before each stage and may stop the work.
    pub fn forward(
        &self,
        picture: &Tensor,
        between_stages: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Tensor> {
        let mut all = self.logits(picture, between_stages)?;
        Ok(candle_nn::ops::sigmoid(&all.swap_remove(0))?)
    }

    /// The fused matte and the six it is fused from, finest first.
    pub fn forward_all(
        &self,
        picture: &Tensor,
        between_stages: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Tensor>> {
        let all = self.logits(picture, between_stages)?;
        all.iter()
            .map(|side| Ok(candle_nn::ops::sigmoid(side)?))
            .collect()
    }

    /// What the mattes of [`U2Net::forward_all`] are the sigmoid of.
    fn logits(
        &self,
        picture: &Tensor,
        between_stages: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Tensor>> {
        let color = |values: &[f32; 3]| Tensor::from_slice(values, (1, 3, 1, 1), &self.device);
        let mut x = picture
            .broadcast_sub(&color(&MEAN)?)?
            .broadcast_div(&color(&DEVIATION)?)?;
        let (encoder, decoder) = self.stages.split_at(ENCODER_STAGES);
        let mut outputs: Vec<Tensor> = Vec::new();
        for stage in encoder {
            between_stages()?;
            if let Some(last) = outputs.last() {
                x = halved_by_maximum(last)?;
            }
            outputs.push(stage.forward(&[&x])?);
        }
        let deepest = outputs.pop().unwrap_or(x);
        let mut decoded = vec![deepest];
        for (stage, skip) in decoder.iter().zip(outputs.iter().rev()) {
            between_stages()?;
            let (_, _, height, width) = skip.dims4()?;
            let below = &decoded[decoded.len() - 1];
            let below = bilinear(below, height, width)?;
            decoded.push(stage.forward(&[&below, skip])?);
        }
        let (_, _, height, width) = picture.dims4()?;
        let sides = decoded.iter().rev().zip(&self.sides);
        let sides = sides.map(|(x, side)| bilinear(&side.forward(x)?, height, width));
        let mut all = sides.collect::<Result<Vec<_>>>()?;
        let seen: Vec<&Tensor> = all.iter().collect();
        let fused = self.fuse.forward_joined(&seen, None)?;
        all.insert(0, fused);
        Ok(all)
    }
}

/// One of the small Us, with its shortcut round the outside.
#[derive(Debug)]
struct Stage {
    inner: Inner,
    enter: Conv2d,
    down: Vec<Conv2d>,
    up: Vec<Conv2d>,
}

impl Stage {
    fn new(loader: &mut Loader<'_>, inner: Inner, inputs: usize) -> Result<Self> {
        let (depth, dilations) = match inner {
            Inner::Pooled(depth) => (depth, [1; 4]),
            Inner::Dilated => (4, [1, 2, 4, 8]),
        };
        let dilation = |level: usize| match inner {
            // The deepest layer sees twice as far in place of another halving.
            Inner::Pooled(depth) if level + 1 == depth => 2,
            Inner::Pooled(_) => 1,
            Inner::Dilated => dilations[level],
        };
        let enter = loader.conv([WIDTH, inputs, 3], 1, Activation::Relu)?;
        let down = (0..depth).map(|level| {
            let inputs = if level == 0 { WIDTH } else { INNER_WIDTH };
            loader.conv([INNER_WIDTH, inputs, 3], dilation(level), Activation::Relu)
        });
        let down = down.collect::<Result<Vec<_>>>()?;
        let up = (0..depth - 1).rev().map(|level| {
            let outputs = if level == 0 { WIDTH } else { INNER_WIDTH };
            let dilation = match inner {
                Inner::Pooled(_) => 1,
                Inner::Dilated => dilations[level],
            };
            loader.conv([outputs, 2 * INNER_WIDTH, 3], dilation, Activation::Relu)
        });
        let up = up.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            inner,
            enter,
            down,
            up,
        })
    }

    /// Of the channels of all `parts` one after the other.
    fn forward(&self, parts: &[&Tensor]) -> Result<Tensor> {
        let entered = self.enter.forward_joined(parts, None)?;
        let mut x = entered.clone();
        let mut levels = Vec::new();
        for (level, layer) in self.down.iter().enumerate() {
            // Neither the first layer nor the deepest is halved before.
            let is_halved = level > 0
                && match self.inner {
                    Inner::Pooled(depth) => level + 1 < depth,
                    Inner::Dilated => false,
                };
            if is_halved {
                x = halved_by_maximum(&x)?;
            }
            x = layer.forward(&x)?;
            levels.push(x.clone());
        }
        levels.pop();
        for (index, layer) in self.up.iter().enumerate() {
            let Some(skip) = levels.pop() else { break };
            let (_, _, height, width) = skip.dims4()?;
            let below = bilinear(&x, height, width)?;
            let is_last = index + 1 == self.up.len();
            let shortcut = is_last.then_some(Added::After(&entered));
            x = layer.forward_joined(&[&below, &skip], shortcut)?;
        }
        Ok(x)
    }
}

/// Reads convolutions one after the other.
struct Loader<'a> {
    weights: &'a Weights,
    device: &'a Device,
    next: usize,
}

impl Loader<'_> {
    /// A square filter of `side` taps; `spread` is dilation and padding (0 for a filter of one tap).
    fn conv(
        &mut self,
        [outputs, inputs, side]: [usize; 3],
        spread: usize,
        activation: Activation,
    ) -> Result<Conv2d> {
        let name = format!("conv{:03}", self.next);
        self.next += 1;
        let shape = [outputs, inputs, side, side];
        let loaded = ConvWeights {
            weight: self.weights.values(&format!("{name}.weight"), &shape)?,
            shape,
            bias: self.weights.values(&format!("{name}.bias"), &[outputs])?,
        };
        let conv_shape = ConvShape {
            stride: 1,
            padding: spread,
            dilation: spread.max(1),
        };
        Conv2d::new(&loaded, conv_shape, activation, self.device)
    }
}

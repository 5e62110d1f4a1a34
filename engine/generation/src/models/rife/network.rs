//! The network: four blocks that refine one flow and one blending mask, from an eighth of the size to full size.
//!
//! Follows IFNet of Practical-RIFE model 4.6; tensor names are the original ones.

use crate::{
    error::Result,
    ops::{
        Activation, Conv2d, ConvShape, ConvTranspose2d, conv2d::ConvWeights, deal::dealt_out,
        resample::bilinear, warp::warp,
    },
    weights::Weights,
};
use candle_core::{D, DType, Device, Tensor};

/// Height and width of what the network sees are multiples of this: the coarsest block works at a thirty-second.
pub const SIDE_MULTIPLE: usize = 32;

/// Channels and scale of each block.
const BLOCKS: [(usize, usize); 4] = [(192, 8), (128, 4), (96, 2), (64, 1)];
const RESIDUAL_LAYERS: usize = 8;
/// Ticks of a layer of the finest block; a block at half the size has twice the channels or so, so half the work.
const FINEST_LAYER_TICKS: u64 = 8;
/// Ticks for one moment: eleven layers in each of four blocks.
pub const TICKS_PER_MOMENT: u64 = 11 * (8 + 4 + 2 + 1);
const SLOPE: Activation = Activation::LeakyRelu(0.2);

/// Four flows and a mask for one moment between two frames.
#[derive(Debug)]
pub struct Flow {
    /// `[1, 4, h, w]`: right and down into the first frame, right and down into the second, in pixels.
    pub flow: Tensor,
    /// `[1, 1, h, w]`: share of the first frame, before the sigmoid.
    pub mask: Tensor,
    /// `[1, 3, h, w]` each: both frames moved to that moment.
    pub warped: [Tensor; 2],
}

impl Flow {
    /// `[1, 3, h, w]`: the frame at that moment.
    pub fn merged(&self) -> Result<Tensor> {
        let [first, second] = &self.warped;
        let share = candle_nn::ops::sigmoid(&self.mask)?;
        // b + (a - b)·share needs one product less than a·share + b·(1 - share).
        let difference = (first - second)?.broadcast_mul(&share)?;
        Ok((difference + second)?)
    }

    /// Mean difference (of 1) between the two frames moved to that moment: near 0 when they show the same things.
    pub fn disagreement(&self) -> Result<f32> {
        let [first, second] = &self.warped;
        let mean = (first - second)?.abs()?.mean_all()?;
        Ok(mean.to_scalar()?)
    }
}

/// RIFE's flow network.
#[derive(Debug)]
pub struct IfNet {
    blocks: Vec<IfBlock>,
    device: Device,
}

impl IfNet {
    /// Takes the weights under their original names.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let block = |(index, &(channels, scale)): (usize, &(usize, usize))| {
            let inputs = if index == 0 { 7 } else { 12 };
            IfBlock::new(
                weights,
                &format!("block{index}"),
                [inputs, channels, scale],
                device,
            )
        };
        let blocks = BLOCKS.iter().enumerate().map(block);
        Ok(Self {
            blocks: blocks.collect::<Result<_>>()?,
            device: device.clone(),
        })
    }

    /// Where tensors must live.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The moment `timestep` (0 is `first`, 1 is `second`) between two frames `[1, 3, h, w]` of values 0 to 1 whose
    /// sides are multiples of [`SIDE_MULTIPLE`]. `tick` is called after each layer with its share of
    /// [`TICKS_PER_MOMENT`] and may stop the work.
    pub fn forward(
        &self,
        first: &Tensor,
        second: &Tensor,
        timestep: f32,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Flow> {
        let (_, _, height, width) = first.dims4()?;
        let time = Tensor::full(timestep, (1, 1, height, width), &self.device)?;
        let mut state: Option<(Tensor, Tensor)> = None;
        let mut warped = (first.clone(), second.clone());
        for block in &self.blocks {
            let (flow, mask) = match state {
                None => {
                    let input = Tensor::cat(&[first, second, &time], 1)?;
                    block.forward(&input, None, tick)?
                }
                Some((flow, mask)) => {
                    let input = Tensor::cat(&[&warped.0, &warped.1, &time, &mask], 1)?;
                    let (more_flow, more_mask) = block.forward(&input, Some(&flow), tick)?;
                    ((flow + more_flow)?, (mask + more_mask)?)
                }
            };
            warped = (
                warp(first, &flow.narrow(1, 0, 2)?)?,
                warp(second, &flow.narrow(1, 2, 2)?)?,
            );
            state = Some((flow, mask));
        }
        let Some((flow, mask)) = state else {
            return Err(candle_core::Error::Msg("a network without blocks".into()).into());
        };
        Ok(Flow {
            flow,
            mask,
            warped: [warped.0, warped.1],
        })
    }
}

#[derive(Debug)]
struct IfBlock {
    scale: usize,
    reduce: [Conv2d; 2],
    residual: Vec<Conv2d>,
    expand: ConvTranspose2d,
}

impl IfBlock {
    fn new(
        weights: &Weights,
        name: &str,
        [inputs, channels, scale]: [usize; 3],
        device: &Device,
    ) -> Result<Self> {
        let halving = ConvShape {
            stride: 2,
            ..ConvShape::SAME_3X3
        };
        let conv = |name: String, shape: [usize; 4], outputs: usize| {
            let weight = weights.values(&format!("{name}.weight"), &shape)?;
            let bias = weights.values(&format!("{name}.bias"), &[outputs])?;
            Ok::<_, crate::Error>(ConvWeights {
                weight,
                shape,
                bias,
            })
        };
        let reduce = |index: usize, inputs: usize, outputs: usize| {
            let name = format!("{name}.conv0.{index}.0");
            let loaded = conv(name, [outputs, inputs, 3, 3], outputs)?;
            Conv2d::new(&loaded, halving, SLOPE, device)
        };
        let residual = |index: usize| {
            let name = format!("{name}.convblock.{index}");
            let mut loaded = conv(format!("{name}.conv"), [channels, channels, 3, 3], channels)?;
            // conv(x)·beta is a convolution with scaled weights.
            let beta = weights.values(&format!("{name}.beta"), &[1, channels, 1, 1])?;
            for (output, beta) in beta.iter().enumerate() {
                let size = channels * 9;
                for weight in &mut loaded.weight[output * size..][..size] {
                    *weight *= beta;
                }
                loaded.bias[output] *= beta;
            }
            Conv2d::new(&loaded, ConvShape::SAME_3X3, SLOPE, device)
        };
        let expand = conv(format!("{name}.lastconv.0"), [channels, 24, 4, 4], 24)?;
        Ok(Self {
            scale,
            reduce: [
                reduce(0, inputs, channels / 2)?,
                reduce(1, channels / 2, channels)?,
            ],
            residual: (0..RESIDUAL_LAYERS).map(residual).collect::<Result<_>>()?,
            expand: ConvTranspose2d::new(&expand, device)?,
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        flow: Option<&Tensor>,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<(Tensor, Tensor)> {
        let ticks = FINEST_LAYER_TICKS / self.scale as u64;
        let (_, _, height, width) = x.dims4()?;
        let scale = self.scale;
        let small = |tensor: &Tensor| bilinear(tensor, height / scale, width / scale);
        let x = match flow {
            None => small(x)?,
            Some(flow) => Tensor::cat(&[small(x)?, (small(flow)? / scale as f64)?], 1)?,
        };
        let mut x = x.to_dtype(DType::F32)?;
        for layer in &self.reduce {
            x = layer.forward(&x)?;
            tick(ticks)?;
        }
        for layer in &self.residual {
            x = layer.forward_add(&x, &x)?;
            tick(ticks)?;
        }
        tick(ticks)?;
        let x = dealt_out::<2>(&self.expand.forward(&x)?)?;
        // Only five of the six planes are used.
        let x = bilinear(&x.narrow(1, 0, 5)?, height, width)?;
        let flow = (x.narrow(1, 0, 4)? * scale as f64)?;
        let mask = x.narrow(1, 4, 1)?;
        debug_assert_eq!(flow.dim(D::Minus1)?, width);
        Ok((flow, mask))
    }
}

//! Convolution over time as well, on clips laid out frame by frame: `[frames, channels, height, width]`.
//!
//! In that layout the frames a filter reaches over lie side by side, so they are the input channels of one plain
//! convolution and nothing is copied.

use super::conv2d::{Activation, ConvOp, ConvWeights, Packed};
use crate::error::Result;
use candle_core::{Device, Tensor};
use std::sync::Arc;

/// Weights and bias of a layer, as read from a file.
#[derive(Debug, Clone)]
pub struct Conv3dWeights {
    /// `[outputs, inputs, frames, rows, columns]`.
    pub weight: Vec<f32>,
    /// The shape of `weight`.
    pub shape: [usize; 5],
    /// One for each output.
    pub bias: Vec<f32>,
}

/// How the filter walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv3dShape {
    /// Frames from one output to the next.
    pub frame_stride: usize,
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zero pixels above and left.
    pub padding_before: usize,
    /// Zero pixels below and right.
    pub padding_after: usize,
}

impl Conv3dShape {
    /// Stride 1 with `padding` pixels all round.
    pub const fn padded(padding: usize) -> Self {
        Self {
            frame_stride: 1,
            stride: 1,
            padding_before: padding,
            padding_after: padding,
        }
    }
}

/// A convolution over time and space, without padding in time.
#[derive(Debug, Clone)]
pub struct Conv3d {
    shape: Conv3dShape,
    frames: usize,
    activation: Activation,
    prepared: Prepared,
}

#[derive(Debug, Clone)]
enum Prepared {
    Packed(Arc<Packed>),
    Plain { weight: Tensor, bias: Tensor },
}

impl Conv3d {
    /// Prepares `weights` for `device`.
    pub fn new(weights: &Conv3dWeights, shape: Conv3dShape, device: &Device) -> Result<Self> {
        let [outputs, inputs, frames, rows, columns] = weights.shape;
        let size = rows * columns;
        let mut sorted = Vec::with_capacity(weights.weight.len());
        for output in 0..outputs {
            for frame in 0..frames {
                for input in 0..inputs {
                    let start = ((output * inputs + input) * frames + frame) * size;
                    sorted.extend_from_slice(&weights.weight[start..start + size]);
                }
            }
        }
        let flat = ConvWeights {
            weight: sorted,
            shape: [outputs, frames * inputs, rows, columns],
            bias: weights.bias.clone(),
        };
        let prepared = if device.is_cpu() {
            Prepared::Packed(Arc::new(Packed::new(&flat, 1)))
        } else {
            Prepared::Plain {
                weight: Tensor::from_slice(&flat.weight, &flat.shape, device)?,
                bias: Tensor::from_slice(&flat.bias, (1, outputs, 1, 1), device)?,
            }
        };
        Ok(Self {
            shape,
            frames,
            activation: Activation::Linear,
            prepared,
        })
    }

    /// With an activation after it.
    pub fn followed_by(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Frames the filter reaches over.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// `[frames, inputs, height, width]` → `[frames', outputs, height', width']`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let Conv3dShape {
            frame_stride,
            stride,
            padding_before,
            padding_after,
        } = self.shape;
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp {
                    packed,
                    stride,
                    padding: [padding_before, padding_after],
                    activation: self.activation,
                    frames: self.frames,
                    frame_stride,
                };
                Ok(op.run(&[x], None)?)
            }
            Prepared::Plain { weight, bias } => {
                let count = (x.dim(0)? + 1).saturating_sub(self.frames);
                let parts = (0..self.frames).map(|frame| x.narrow(0, frame, count));
                let parts = parts.collect::<candle_core::Result<Vec<_>>>()?;
                let mut x = Tensor::cat(&parts, 1)?;
                if frame_stride > 1 {
                    let kept: Vec<u32> = (0..count as u32).step_by(frame_stride).collect();
                    x = x.index_select(&Tensor::new(kept, x.device())?, 0)?;
                }
                for axis in [2, 3] {
                    x = x.pad_with_zeros(axis, padding_before, padding_after)?;
                }
                let sum = x.conv2d(&weight.to_dtype(x.dtype())?, 0, stride, 1, 1)?;
                let sum = sum.broadcast_add(&bias.to_dtype(x.dtype())?)?;
                Ok(self.activation.apply(&sum)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sums_of_plain_convolutions() {
        let (outputs, inputs, frames) = (5, 3, 3);
        let random = |dims: &[usize]| {
            let numbers = crate::noise::gaussian(dims[0] as u64, 0, 0, dims.iter().product());
            Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
        };
        let weight = random(&[outputs, inputs, frames, 3, 3]);
        let weights = Conv3dWeights {
            weight: weight.flatten_all().unwrap().to_vec1().unwrap(),
            shape: [outputs, inputs, frames, 3, 3],
            bias: vec![0.5; outputs],
        };
        let x = random(&[6, inputs, 8, 10]);
        let padded = x
            .pad_with_zeros(2, 0, 1)
            .unwrap()
            .pad_with_zeros(3, 0, 1)
            .unwrap();
        for frame_stride in [1, 2] {
            let shape = Conv3dShape {
                frame_stride,
                stride: 2,
                padding_before: 0,
                padding_after: 1,
            };
            let found = Conv3d::new(&weights, shape, &Device::Cpu)
                .unwrap()
                .forward(&x)
                .unwrap();
            assert_eq!(found.dims()[0], if frame_stride == 1 { 4 } else { 2 });
            for frame in 0..found.dims()[0] {
                let mut wanted = Tensor::full(0.5_f32, (1, outputs, 4, 5), &Device::Cpu).unwrap();
                for tap in 0..frames {
                    let input = padded.narrow(0, frame * frame_stride + tap, 1).unwrap();
                    let taps = weight.narrow(2, tap, 1).unwrap().squeeze(2).unwrap();
                    wanted = (wanted + input.conv2d(&taps, 0, 2, 1, 1).unwrap()).unwrap();
                }
                let difference = (found.narrow(0, frame, 1).unwrap() - wanted).unwrap();
                let worst: f32 = difference
                    .abs()
                    .unwrap()
                    .max_all()
                    .unwrap()
                    .to_scalar()
                    .unwrap();
                assert!(worst < 1e-4, "{frame}: {worst}");
            }
        }
    }
}

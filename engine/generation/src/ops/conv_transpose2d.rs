//! A convolution that doubles height and width: four small ones on a CPU, candle's elsewhere.

use super::{
    conv2d::{Activation, ConvOp, ConvShape, ConvWeights, Packed, Prepared},
    deal::dealt_out_by_place,
    kernel::{Group, Tap},
};
use crate::error::Result;
use candle_core::{Device, Tensor};
use std::sync::Arc;

/// Rows of the input (with a border of 1) and taps of the filter that even and odd rows of the output see.
///
/// Even outputs see taps 1 and 3 of the input's rows y and y - 1, odd ones taps 2 and 0 of y and y + 1.
const ROWS: [[(usize, usize); 2]; 2] = [[(1, 1), (0, 3)], [(1, 2), (2, 0)]];

/// A transposed 4×4 convolution of stride 2 and padding 1: doubles height and width.
#[derive(Debug, Clone)]
pub struct ConvTranspose2d {
    prepared: Prepared,
}

impl ConvTranspose2d {
    /// Prepares `weights`, `[inputs, outputs, 4, 4]`, for `device`.
    pub fn new(weights: &ConvWeights, device: &Device) -> Result<Self> {
        let [inputs, outputs, rows, columns] = weights.shape;
        if [rows, columns] != [4, 4] {
            let text = format!("a transposed convolution of 4x4 taps, not {rows}x{columns}");
            return Err(candle_core::Error::Msg(text).into());
        }
        if !device.is_cpu() {
            let prepared = Prepared::Plain {
                weight: Tensor::from_slice(&weights.weight, &weights.shape, device)?,
                bias: Tensor::from_slice(&weights.bias, (1, outputs, 1, 1), device)?,
                slopes: None,
            };
            return Ok(Self { prepared });
        }
        // Four small convolutions, one for each corner of a 2x2 block.
        let corner = |corner: usize| {
            let (rows, columns) = (ROWS[corner / 2], ROWS[corner % 2]);
            let taps = (0..4).map(|tap| Tap {
                row: rows[tap / 2].0,
                column: columns[tap % 2].0,
            });
            Group::new(taps.collect(), [outputs, inputs], |output, input, tap| {
                let place = rows[tap / 2].1 * 4 + columns[tap % 2].1;
                weights.weight[(input * outputs + output) * 16 + place]
            })
        };
        Ok(Self {
            prepared: Prepared::Packed(Arc::new(Packed {
                groups: (0..4).map(corner).collect(),
                bias: weights.bias.repeat(4),
                slopes: Vec::new(),
                num_inputs: inputs,
                reach: [3, 3],
            })),
        })
    }

    /// `[batch, inputs, height, width]` → `[batch, outputs, 2 height, 2 width]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = ConvOp::new(packed, ConvShape::SAME_3X3, Activation::Linear);
                let corners = op.run(&[x], None)?;
                Ok(dealt_out_by_place::<2>(&corners)?)
            }
            Prepared::Plain { weight, bias, .. } => {
                let sum = x.conv_transpose2d(&weight.to_dtype(x.dtype())?, 1, 0, 2, 1)?;
                Ok(sum.broadcast_add(&bias.to_dtype(x.dtype())?)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::conv2d::tests::{difference, random};
    use super::*;

    #[test]
    fn transposed_agrees_with_the_library() {
        let weights = ConvWeights {
            weight: random(6 * 5 * 16, 4),
            shape: [6, 5, 4, 4],
            bias: random(5, 5),
        };
        let x = Tensor::from_vec(random(2 * 6 * 9 * 13, 6), (2, 6, 9, 13), &Device::Cpu).unwrap();
        let weight = Tensor::from_slice(&weights.weight, &weights.shape, &Device::Cpu).unwrap();
        let bias = Tensor::from_slice(&weights.bias, (1, 5, 1, 1), &Device::Cpu).unwrap();
        let wanted = x.conv_transpose2d(&weight, 1, 0, 2, 1).unwrap();
        let wanted = wanted.broadcast_add(&bias).unwrap();
        let layer = ConvTranspose2d::new(&weights, &Device::Cpu).unwrap();
        assert!(difference(&layer.forward(&x).unwrap(), &wanted) < 1e-5);
    }
}

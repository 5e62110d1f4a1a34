//! Norm over the channels of each token.
//!
//! The variance is summed over differences from the mean. The tensor library's own norm takes the mean of squares less
//! the square of the mean, which for rows that are nearly constant comes out below zero by rounding, and its root is no
//! number.

use super::conv2d::floats;
use crate::{error::Result, interrupt::Stop};
use candle_core::{CpuStorage, CustomOp3, DType, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// Rows worked on at once.
const ROWS: usize = 16;

/// Each row of `x` `[rows, channels]` less its mean, divided by its deviation, times `weight` plus `bias` (both
/// `[channels]`). `x` is `f32`; `eps` is added to the variance.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return Ok(candle_nn::ops::layer_norm(x, weight, bias, eps)?);
    }
    let plain = |x: &Tensor| x.to_dtype(DType::F32)?.contiguous();
    let op = LayerNorm { eps };
    Ok(plain(x)?.apply_op3_no_bwd(&plain(weight)?, &plain(bias)?, &op)?)
}

struct LayerNorm {
    eps: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (_, channels) = x_layout.shape().dims2()?;
        let (weight, bias) = (floats(weight, weight_layout)?, floats(bias, bias_layout)?);
        if channels == 0 || weight.len() != channels || bias.len() != channels {
            candle_core::bail!("a norm of {} channels got {channels}", weight.len());
        }
        let input = floats(x, x_layout)?;
        let stop = Stop::current();
        let mut output = vec![0.0_f32; input.len()];
        let outputs = output.par_chunks_mut(ROWS * channels);
        outputs
            .zip(input.par_chunks(ROWS * channels))
            .for_each(|(output, input)| {
                if stop.allows(input.len()) {
                    Arch::new().dispatch(|| {
                        let rows = output.chunks_exact_mut(channels);
                        for (output, row) in rows.zip(input.chunks_exact(channels)) {
                            self.row(output, row, weight, bias);
                        }
                    });
                }
            });
        stop.check()?;
        Ok((CpuStorage::F32(output), x_layout.shape().clone()))
    }
}

impl LayerNorm {
    fn row(&self, output: &mut [f32], row: &[f32], weight: &[f32], bias: &[f32]) {
        let count = row.len() as f32;
        let mean = summed(row, |value| value) / count;
        let variance = summed(row, |value| (value - mean) * (value - mean)) / count;
        let scale = 1.0 / (variance + self.eps).sqrt();
        let factors = weight.iter().zip(bias);
        for ((output, value), (weight, bias)) in output.iter_mut().zip(row).zip(factors) {
            *output = (value - mean) * scale * weight + bias;
        }
    }
}

/// A sum in a few lanes, which is both faster and closer to the true one than a single running sum.
fn summed(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0_f32; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += term(*value);
        }
    }
    let rest: f32 = rest.iter().map(|value| term(*value)).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn normed(rows: &[f32], channels: usize) -> Vec<f32> {
        let tensor = |values: &[f32], shape: &[usize]| {
            Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
        };
        let x = tensor(rows, &[rows.len() / channels, channels]);
        let weight: Vec<f32> = (0..channels).map(|index| 1.0 + index as f32).collect();
        let bias: Vec<f32> = (0..channels).map(|index| 0.5 * index as f32).collect();
        let [weight, bias] = [weight, bias].map(|values| tensor(&values, &[channels]));
        let made = layer_norm(&x, &weight, &bias, 1e-6).unwrap();
        made.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn rows_are_normed_as_in_exact_arithmetic() {
        let channels = 37;
        let rows = crate::noise::gaussian(1, 0, 0, 40 * channels);
        let rows: Vec<f32> = rows.iter().map(|value| 3.0 + 2.0 * value).collect();
        let made = normed(&rows, channels);
        for (row, made) in rows.chunks(channels).zip(made.chunks(channels)) {
            let exact: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
            let mean = exact.iter().sum::<f64>() / channels as f64;
            let square = |value: &f64| (value - mean) * (value - mean);
            let variance = exact.iter().map(square).sum::<f64>() / channels as f64;
            for (index, (value, made)) in exact.iter().zip(made).enumerate() {
                let scaled = (value - mean) / (variance + 1e-6).sqrt();
                let wanted = scaled * (1.0 + index as f64) + 0.5 * index as f64;
                assert!((f64::from(*made) - wanted).abs() < 1e-4 * (1.0 + wanted.abs()));
            }
        }
    }

    #[test]
    fn constant_rows_are_numbers() {
        for value in [0.0, 7.3, -1_234.567, 3e6] {
            let made = normed(&vec![value; 3 * 1_536], 1_536);
            assert!(made.iter().all(|value| value.is_finite()), "{value}");
        }
    }

    #[test]
    fn wrong_shapes_are_errors() {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let (x, weight) = (zeros(&[2, 5]), zeros(&[5]));
        assert!(layer_norm(&x, &weight, &zeros(&[4]), 1e-6).is_err());
        assert!(layer_norm(&x, &zeros(&[6]), &weight, 1e-6).is_err());
    }
}

//! Norm over the channels of each pixel, with the activation that usually follows.

use super::{conv2d::floats, vector_math::silu};
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// Norms below this count as this.
const SMALLEST_NORM: f32 = 1e-12;
/// Pixels worked on at once; their sums stay in the first-level cache.
const PIXELS: usize = 4_096;

/// `x` `[frames, channels, height, width]` divided by the length of each pixel's channels, times √channels and `gamma`
/// (one for each channel); then, with `with_silu`, x·sigmoid(x). Computed on the CPU for tensors there.
pub fn channel_norm(x: &Tensor, gamma: &[f32], with_silu: bool) -> Result<Tensor> {
    if x.device().is_cpu() {
        let op = ChannelNorm { gamma, with_silu };
        return Ok(x
            .to_dtype(DType::F32)?
            .contiguous()?
            .apply_op1_no_bwd(&op)?);
    }
    let wide = x.to_dtype(DType::F32)?;
    let length = wide.sqr()?.sum_keepdim(1)?.sqrt()?;
    let length = length.maximum(f64::from(SMALLEST_NORM))?;
    let scale: Vec<f32> = gamma
        .iter()
        .map(|g| g * (gamma.len() as f32).sqrt())
        .collect();
    let scale = Tensor::from_vec(scale, (1, gamma.len(), 1, 1), x.device())?;
    let normed = wide
        .broadcast_div(&length)?
        .broadcast_mul(&scale)?
        .to_dtype(x.dtype())?;
    Ok(if with_silu { normed.silu()? } else { normed })
}

struct ChannelNorm<'a> {
    gamma: &'a [f32],
    with_silu: bool,
}

impl CustomOp1 for ChannelNorm<'_> {
    fn name(&self) -> &'static str {
        "channel-norm"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (_, channels, height, width) = layout.shape().dims4()?;
        if channels != self.gamma.len() || channels == 0 {
            candle_core::bail!("a norm of {} channels got {channels}", self.gamma.len());
        }
        let input = floats(storage, layout)?;
        let area = height * width;
        let mut output = vec![0.0_f32; input.len()];
        let root = (channels as f32).sqrt();
        let pictures = input.chunks_exact((channels * area).max(1));
        let targets = output.chunks_exact_mut((channels * area).max(1));
        for (input, output) in pictures.zip(targets) {
            let mut scales = vec![0.0_f32; area];
            let parts = scales.par_chunks_mut(PIXELS).enumerate();
            parts.for_each(|(part, scales)| {
                Arch::new().dispatch(|| {
                    for plane in input.chunks_exact(area) {
                        let pixels = scales.iter_mut().zip(&plane[part * PIXELS..]);
                        pixels.for_each(|(scale, value)| *scale += value * value);
                    }
                    let lengths = scales.iter_mut();
                    lengths.for_each(|scale| *scale = root / scale.sqrt().max(SMALLEST_NORM));
                });
            });
            let planes = output.par_chunks_mut(area).zip(input.par_chunks(area));
            planes
                .zip(self.gamma)
                .for_each(|((output, input), &gamma)| {
                    let values = output.iter_mut().zip(input).zip(&scales);
                    Arch::new().dispatch(|| {
                        if self.with_silu {
                            values.for_each(|((y, x), scale)| *y = silu(x * scale * gamma));
                        } else {
                            values.for_each(|((y, x), scale)| *y = x * scale * gamma);
                        }
                    });
                });
        }
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_the_library() {
        let numbers = crate::noise::gaussian(1, 0, 0, 630);
        let x = Tensor::from_vec(numbers, (2, 5, 7, 9), &Device::Cpu).unwrap();
        let x = (x * 2.0).unwrap();
        let gamma = [0.5, 1.0, -2.0, 0.1, 1.5];
        let length = x.sqr().unwrap().sum_keepdim(1).unwrap().sqrt().unwrap();
        let scale = Tensor::new(&gamma, &Device::Cpu)
            .unwrap()
            .reshape((1, 5, 1, 1))
            .unwrap();
        let wanted = (x.broadcast_div(&length).unwrap() * 5_f64.sqrt()).unwrap();
        let wanted = wanted.broadcast_mul(&scale).unwrap();
        let check = |with_silu, wanted: &Tensor| {
            let found = channel_norm(&x, &gamma, with_silu).unwrap();
            let difference = (found - wanted).unwrap().abs().unwrap();
            let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(worst < 3e-6, "{worst}");
        };
        check(false, &wanted);
        check(true, &wanted.silu().unwrap());
        let zeros = x.zeros_like().unwrap();
        let found = channel_norm(&zeros, &gamma, true).unwrap();
        assert_eq!(
            found.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            [0.0; 630]
        );
    }
}

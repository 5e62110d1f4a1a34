//! Bilinear scaling of tensors, pixel centers at halves, the border repeated: what PyTorch calls `align_corners=False`.

use super::conv2d::floats;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};
use rayon::prelude::*;

/// `x` `[batch, channels, h, w]` scaled to `height` by `width`, without smoothing first.
pub fn bilinear(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let (_, _, old_height, old_width) = x.dims4()?;
    if (old_height, old_width) == (height, width) {
        return Ok(x.clone());
    }
    if x.device().is_cpu() {
        let op = Bilinear { height, width };
        return Ok(x.contiguous()?.apply_op1_no_bwd(&op)?);
    }
    Ok(x.upsample_bilinear2d(height, width, false)?)
}

struct Bilinear {
    height: usize,
    width: usize,
}

/// For each output place its two sources and the share of the second.
pub(crate) fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    let tap = |place: usize| {
        let source = ((place as f32 + 0.5) * scale - 0.5).max(0.0);
        let first = (source as usize).min(from - 1);
        (first, (first + 1).min(from - 1), source - first as f32)
    };
    (0..to).map(tap).collect()
}

impl CustomOp1 for Bilinear {
    fn name(&self) -> &'static str {
        "bilinear"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = layout.shape().dims4()?;
        if height * width * self.height * self.width == 0 {
            candle_core::bail!("an empty picture cannot be scaled");
        }
        let input = floats(storage, layout)?;
        let (rows, columns) = (taps(height, self.height), taps(width, self.width));
        let mut output = vec![0.0_f32; batch * channels * self.height * self.width];
        let targets = output.par_chunks_mut(self.width).enumerate();
        targets.for_each(|(index, target)| {
            let plane = &input[index / self.height * height * width..][..height * width];
            let (top, bottom, down) = rows[index % self.height];
            let (top, bottom) = (
                &plane[top * width..][..width],
                &plane[bottom * width..][..width],
            );
            for (value, &(left, right, across)) in target.iter_mut().zip(&columns) {
                let upper = top[left] + (top[right] - top[left]) * across;
                let lower = bottom[left] + (bottom[right] - bottom[left]) * across;
                *value = upper + (lower - upper) * down;
            }
        });
        let shape = Shape::from((batch, channels, self.height, self.width));
        Ok((CpuStorage::F32(output), shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_the_library() {
        let x = Tensor::arange(0_f32, 2.0 * 6.0 * 8.0, &Device::Cpu).unwrap();
        let x = x.sqr().unwrap().reshape((1, 2, 6, 8)).unwrap();
        for (height, width) in [(12, 16), (3, 4), (7, 5)] {
            let wanted = x.upsample_bilinear2d(height, width, false).unwrap();
            let found = bilinear(&x, height, width).unwrap();
            let difference = (found - wanted).unwrap().abs().unwrap();
            let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(worst < 0.01, "{height}x{width}: {worst}");
        }
    }
}

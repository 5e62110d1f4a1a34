//! Scaling of tensors. Bilinear: pixel centers at halves, the border repeated, what PyTorch calls `align_corners=False`.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

use super::conv2d::floats;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// Rows of one task: enough that few source rows are scaled twice.
const BAND_ROWS: usize = 32;

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

/// The rows of `output`, each between two rows of `plane`, which are scaled across first and once for all that need them.
#[inline(always)]
fn scale_rows(
    plane: &[f32],
    width: usize,
    rows: &[(usize, usize, f32)],
    columns: &[(usize, usize, f32)],
    output: &mut [f32],
) {
    let new_width = columns.len();
    // Source row, and the row scaled.
    let mut above = (usize::MAX, vec![0.0; new_width]);
    let mut below = (usize::MAX, vec![0.0; new_width]);
    for (target, &(top, bottom, down)) in output.chunks_exact_mut(new_width).zip(rows) {
        if below.0 == top {
            std::mem::swap(&mut above, &mut below);
        }
        for (scaled, source) in [(&mut above, top), (&mut below, bottom)] {
            if scaled.0 != source {
                scaled.0 = source;
                scale_row(&plane[source * width..][..width], columns, &mut scaled.1);
            }
        }
        let pixels = target.iter_mut().zip(&above.1).zip(&below.1);
        pixels.for_each(|((value, upper), lower)| *value = upper + (lower - upper) * down);
    }
}

/// One row scaled across.
#[inline(always)]
fn scale_row(row: &[f32], columns: &[(usize, usize, f32)], scaled: &mut [f32]) {
    let [first, .., last] = row else {
        scaled.fill(row[0]);
        return;
    };
    if scaled.len() != 2 * row.len() {
        for (value, &(left, right, across)) in scaled.iter_mut().zip(columns) {
            *value = row[left] + (row[right] - row[left]) * across;
        }
        return;
    }
    // Twice the width: every pixel but the outermost two lies a quarter or three quarters between its neighbors.
    let [first_scaled, inner @ .., last_scaled] = scaled else {
        return;
    };
    (*first_scaled, *last_scaled) = (*first, *last);
    let (pairs, _none) = inner.as_chunks_mut::<2>();
    for ((pair, left), right) in pairs.iter_mut().zip(row).zip(&row[1..]) {
        *pair = [0.25, 0.75].map(|across| left + (right - left) * across);
    }
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
        let planes = output.par_chunks_mut(self.height * self.width);
        let planes = planes.zip(input.par_chunks(height * width));
        planes.for_each(|(output, plane)| {
            let bands = output.par_chunks_mut(BAND_ROWS * self.width).enumerate();
            bands.for_each(|(band, output)| {
                let rows = &rows[band * BAND_ROWS..];
                Arch::new().dispatch(|| scale_rows(plane, width, rows, &columns, output));
            });
        });
        let shape = Shape::from((batch, channels, self.height, self.width));
        Ok((CpuStorage::F32(output), shape))
    }
}

/// `x` `[batch, channels, h, w]` at half its height and width, odd ones rounded down: the largest of each four pixels.
pub fn halved_by_maximum(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() && x.dtype() == DType::F32 {
        return Ok(x.contiguous()?.apply_op1_no_bwd(&Halved)?);
    }
    Ok(x.max_pool2d(2)?)
}

struct Halved;

impl CustomOp1 for Halved {
    fn name(&self) -> &'static str {
        "halved-by-maximum"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = layout.shape().dims4()?;
        let (half_height, half_width) = (height / 2, width / 2);
        if half_height * half_width == 0 {
            candle_core::bail!("a picture of {width}x{height} cannot be halved");
        }
        let input = floats(storage, layout)?;
        let mut output = vec![0.0_f32; batch * channels * half_height * half_width];
        let planes = output.par_chunks_mut(half_height * half_width);
        let planes = planes.zip(input.par_chunks(height * width));
        planes.for_each(|(output, plane)| {
            let rows = output.chunks_exact_mut(half_width);
            let rows = rows.zip(plane.chunks_exact(2 * width));
            Arch::new().dispatch(|| {
                rows.for_each(|(output, two)| largest_of_four(two.split_at(width), output));
            });
        });
        let shape = Shape::from((batch, channels, half_height, half_width));
        Ok((CpuStorage::F32(output), shape))
    }
}

#[inline(always)]
fn largest_of_four((above, below): (&[f32], &[f32]), output: &mut [f32]) {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (above, _odd) = above.as_chunks::<2>();
    let (below, _odd) = below.as_chunks::<2>();
    for ((value, above), below) in output.iter_mut().zip(above).zip(below) {
        *value = larger(larger(above[0], above[1]), larger(below[0], below[1]));
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
        for (height, width) in [(12, 16), (3, 4), (7, 5), (70, 16)] {
            let wanted = x.upsample_bilinear2d(height, width, false).unwrap();
            let found = bilinear(&x, height, width).unwrap();
            let difference = (found - wanted).unwrap().abs().unwrap();
            let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(worst < 0.01, "{height}x{width}: {worst}");
        }
    }

    #[test]
    fn maxima_agree_with_the_library() {
        for (height, width) in [(2, 2), (6, 8), (7, 41), (40, 64)] {
            let x = Tensor::randn(0_f32, 1.0, (2, 3, height, width), &Device::Cpu).unwrap();
            let wanted = x.max_pool2d(2).unwrap().flatten_all().unwrap();
            let found = halved_by_maximum(&x).unwrap();
            assert_eq!(found.dims(), [2, 3, height / 2, width / 2]);
            let found = found.flatten_all().unwrap();
            assert_eq!(
                found.to_vec1::<f32>().unwrap(),
                wanted.to_vec1::<f32>().unwrap(),
                "{height}x{width}"
            );
        }
        let flat = Tensor::zeros((1, 1, 1, 5), DType::F32, &Device::Cpu).unwrap();
        assert!(halved_by_maximum(&flat).is_err());
    }
}

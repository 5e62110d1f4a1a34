//! Norm of each channel over the whole picture, together with what stands between two convolutions of such networks:
//! activation, doubling, a mirrored border.

use super::conv2d::floats;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Device, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// Numbers summed in one go, so that single precision suffices inside and the machine's vectors are used.
const RUN: usize = 1_024;

/// Mean and variance of a channel over a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelStatistics {
    /// Mean.
    pub mean: f32,
    /// Mean square distance from the mean.
    pub variance: f32,
}

/// Statistics of each channel of `x`, `[1, channels, height, width]`.
pub fn statistics(x: &Tensor) -> Result<Vec<ChannelStatistics>> {
    let (_, channels, height, width) = x.dims4()?;
    let values = x.to_device(&Device::Cpu)?.contiguous()?;
    let (storage, layout) = values.storage_and_layout();
    let candle_core::Storage::Cpu(storage) = &*storage else {
        return Err(candle_core::Error::Msg("the tensor is not on the CPU".into()).into());
    };
    let values = floats(storage, layout)?;
    let area = (height * width).max(1);
    let planes = values[..channels * height * width].par_chunks(area);
    Ok(planes.map(plane_statistics).collect())
}

fn plane_statistics(plane: &[f32]) -> ChannelStatistics {
    let count = plane.len() as f64;
    let sum = |run: &[f32], center: f32| {
        Arch::new().dispatch(|| {
            let mut sums = [[0.0_f32; 16]; 2];
            let (chunks, rest) = run.as_chunks::<16>();
            for chunk in chunks {
                for lane in 0..16 {
                    let value = chunk[lane] - center;
                    sums[0][lane] += value;
                    sums[1][lane] += value * value;
                }
            }
            let rest_sum: f32 = rest.iter().map(|value| value - center).sum();
            let rest_square: f32 = rest.iter().map(|value| (value - center).powi(2)).sum();
            let total = |lanes: &[f32; 16]| lanes.iter().map(|v| f64::from(*v)).sum::<f64>();
            [
                total(&sums[0]) + f64::from(rest_sum),
                total(&sums[1]) + f64::from(rest_square),
            ]
        })
    };
    // Distances from a value of the plane are small where the values are large and alike.
    let center = plane.first().copied().unwrap_or_default();
    let sums = plane.chunks(RUN).map(|run| sum(run, center));
    let [sum, square] = sums.fold([0.0, 0.0], |a, b| [a[0] + b[0], a[1] + b[1]]);
    let mean = sum / count.max(1.0);
    ChannelStatistics {
        mean: (mean + f64::from(center)) as f32,
        variance: (square / count.max(1.0) - mean * mean).max(0.0) as f32,
    }
}

/// x·scale + shift of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelScale {
    /// Factor.
    pub scale: f32,
    /// Added afterwards.
    pub shift: f32,
}

/// What follows the scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Nothing.
    Linear,
    /// Negative values become 0.
    Relu,
    /// Into 0 to 1.
    Sigmoid,
}

/// How scaled values are laid out for the next layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrangement {
    /// Each pixel becomes a block of this side.
    pub times: usize,
    /// Mirrored pixels put round that; the border's own pixels are not repeated.
    pub border: usize,
}

impl Arrangement {
    /// As it is.
    pub const PLAIN: Self = Self {
        times: 1,
        border: 0,
    };
}

/// `x` `[1, channels, height, width]`, each channel scaled, followed by `follow`, laid out as `arrangement` says:
/// `[1, channels, height·times + 2·border, width·times + 2·border]`. Computed on the CPU.
pub fn scaled(
    x: &Tensor,
    scales: &[ChannelScale],
    follow: Follow,
    arrangement: Arrangement,
) -> Result<Tensor> {
    let (_, _, height, _) = x.dims4()?;
    let rows = 0..height * arrangement.times + 2 * arrangement.border;
    scaled_rows(x, scales, follow, arrangement, rows)
}

/// As [`scaled`], only the given rows of the answer.
pub fn scaled_rows(
    x: &Tensor,
    scales: &[ChannelScale],
    follow: Follow,
    arrangement: Arrangement,
    rows: std::ops::Range<usize>,
) -> Result<Tensor> {
    let op = Scaled {
        scales,
        follow,
        arrangement,
        rows,
    };
    let device = x.device();
    let x = x.to_device(&Device::Cpu)?.contiguous()?;
    Ok(x.apply_op1_no_bwd(&op)?.to_device(device)?)
}

/// `x` scaled, plus `residual` of the same shape. Computed on the CPU.
pub fn scaled_plus(x: &Tensor, scales: &[ChannelScale], residual: &Tensor) -> Result<Tensor> {
    let device = x.device();
    let on_cpu = |x: &Tensor| x.to_device(&Device::Cpu)?.contiguous();
    let sum = on_cpu(x)?.apply_op2_no_bwd(&on_cpu(residual)?, &ScaledPlus { scales })?;
    Ok(sum.to_device(device)?)
}

struct Scaled<'a> {
    scales: &'a [ChannelScale],
    follow: Follow,
    arrangement: Arrangement,
    rows: std::ops::Range<usize>,
}

/// Where the mirrored place `place` of a side of `length` is.
fn mirrored(place: usize, border: usize, length: usize) -> usize {
    let place = place.abs_diff(border);
    if place < length {
        place
    } else {
        2 * (length - 1) - place
    }
}

impl Scaled<'_> {
    fn row(&self, source: &[f32], scale: ChannelScale, target: &mut [f32]) {
        let Arrangement { times, border } = self.arrangement;
        let length = source.len() * times;
        let (left, rest) = target.split_at_mut(border);
        let (middle, right) = rest.split_at_mut(length);
        let linear = |x: f32| x * scale.scale + scale.shift;
        if times == 1 {
            let pairs = middle.iter_mut().zip(source);
            Arch::new().dispatch(|| match self.follow {
                Follow::Linear => pairs.for_each(|(y, x)| *y = linear(*x)),
                Follow::Relu => pairs.for_each(|(y, x)| *y = linear(*x).max(0.0)),
                Follow::Sigmoid => pairs.for_each(|(y, x)| *y = 1.0 / (1.0 + (-linear(*x)).exp())),
            });
        } else {
            for (block, x) in middle.chunks_exact_mut(times).zip(source) {
                let value = match self.follow {
                    Follow::Linear => linear(*x),
                    Follow::Relu => linear(*x).max(0.0),
                    Follow::Sigmoid => 1.0 / (1.0 + (-linear(*x)).exp()),
                };
                block.fill(value);
            }
        }
        for (place, value) in left.iter_mut().enumerate() {
            *value = middle[border - place];
        }
        for (place, value) in right.iter_mut().enumerate() {
            *value = middle[length - 2 - place];
        }
    }
}

impl CustomOp1 for Scaled<'_> {
    fn name(&self) -> &'static str {
        "scaled"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = layout.shape().dims4()?;
        let Arrangement { times, border } = self.arrangement;
        if batch != 1 || channels != self.scales.len() {
            let count = self.scales.len();
            candle_core::bail!("{count} scales for {batch} pictures of {channels} channels");
        }
        if height * times <= border || width * times <= border {
            candle_core::bail!("a picture of {width}x{height} has no border of {border} to mirror");
        }
        let all_rows = height * times + 2 * border;
        if self.rows.end > all_rows || self.rows.is_empty() {
            candle_core::bail!("rows {:?} of {all_rows}", self.rows);
        }
        let input = floats(storage, layout)?;
        let (rows, row) = (self.rows.len(), width * times + 2 * border);
        let mut output = vec![0.0_f32; channels * rows * row];
        let targets = output.par_chunks_mut(row).enumerate();
        targets.for_each(|(index, target)| {
            let (channel, y) = (index / rows, self.rows.start + index % rows);
            let y = mirrored(y, border, height * times) / times;
            let source = &input[(channel * height + y) * width..][..width];
            self.row(source, self.scales[channel], target);
        });
        let shape = Shape::from((1, channels, rows, row));
        Ok((CpuStorage::F32(output), shape))
    }
}

struct ScaledPlus<'a> {
    scales: &'a [ChannelScale],
}

impl CustomOp2 for ScaledPlus<'_> {
    fn name(&self) -> &'static str {
        "scaled-plus"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = layout.shape().dims4()?;
        if layout.shape() != residual_layout.shape() || batch * channels != self.scales.len() {
            candle_core::bail!("{:?} on {:?}", residual_layout.dims(), layout.dims());
        }
        let (input, residual) = (floats(x, layout)?, floats(residual, residual_layout)?);
        let area = (height * width).max(1);
        let mut output = vec![0.0_f32; input.len()];
        let planes = output.par_chunks_mut(area).zip(input.par_chunks(area));
        let planes = planes.zip(residual.par_chunks(area)).zip(self.scales);
        planes.for_each(|(((output, input), residual), scale)| {
            let values = output.iter_mut().zip(input).zip(residual);
            Arch::new().dispatch(|| {
                values.for_each(|((y, x), old)| *y = x * scale.scale + scale.shift + old);
            });
        });
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tensor {
        let numbers = crate::noise::gaussian(1, 0, 0, 2 * 5 * 7);
        Tensor::from_vec(numbers, (1, 2, 5, 7), &Device::Cpu).unwrap()
    }

    #[test]
    fn statistics_are_those_of_the_channels() {
        // Far from zero, where careless sums lose the variance.
        let x = (sample() + 1_000.0).unwrap();
        let found = statistics(&x).unwrap();
        let values = x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (channel, values) in values.chunks_exact(35).enumerate() {
            let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / 35.0;
            let square = values.iter().map(|v| (f64::from(*v) - mean).powi(2));
            let variance = square.sum::<f64>() / 35.0;
            assert!((f64::from(found[channel].mean) - mean).abs() < 1e-4);
            assert!((f64::from(found[channel].variance) - variance).abs() < 1e-4);
        }
    }

    #[test]
    fn values_are_scaled_doubled_and_mirrored() {
        let x = Tensor::from_vec(vec![1_f32, -2.0, 3.0, 4.0], (1, 1, 2, 2), &Device::Cpu);
        let scales = [ChannelScale {
            scale: 2.0,
            shift: 1.0,
        }];
        let arrangement = Arrangement {
            times: 2,
            border: 1,
        };
        let x = x.unwrap();
        let found = scaled(&x, &scales, Follow::Relu, arrangement).unwrap();
        let wanted = [
            [3.0, 3.0, 3.0, 0.0, 0.0, 0.0],
            [3.0, 3.0, 3.0, 0.0, 0.0, 0.0],
            [3.0, 3.0, 3.0, 0.0, 0.0, 0.0],
            [7.0, 7.0, 7.0, 9.0, 9.0, 9.0],
            [7.0, 7.0, 7.0, 9.0, 9.0, 9.0],
            [7.0, 7.0, 7.0, 9.0, 9.0, 9.0_f32],
        ];
        let rows = found.squeeze(0).unwrap().squeeze(0).unwrap();
        assert_eq!(rows.to_vec2::<f32>().unwrap(), wanted);
        let part = scaled_rows(&x, &scales, Follow::Relu, arrangement, 2..5).unwrap();
        let part = part.squeeze(0).unwrap().squeeze(0).unwrap();
        assert_eq!(part.to_vec2::<f32>().unwrap(), wanted[2..5]);
    }

    #[test]
    fn borders_mirror_without_repeating() {
        let x = sample();
        let one = ChannelScale {
            scale: 1.0,
            shift: 0.0,
        };
        let arrangement = Arrangement {
            times: 1,
            border: 4,
        };
        let found = scaled(&x, &[one, one], Follow::Linear, arrangement).unwrap();
        assert_eq!(found.dims(), [1, 2, 13, 15]);
        let at = |x: &Tensor, y: usize, column: usize| {
            let value = x.narrow(2, y, 1).unwrap().narrow(3, column, 1).unwrap();
            value.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        for (y, from) in [(0, 4), (3, 1), (4, 0), (8, 4), (9, 3), (12, 0)] {
            for (column, source) in [(0, 4), (5, 1), (10, 6), (11, 5), (14, 2)] {
                assert_eq!(at(&found, y, column), at(&x, from, source), "{y} {column}");
            }
        }
        let border = Arrangement {
            times: 1,
            border: 5,
        };
        assert!(scaled(&x, &[one, one], Follow::Linear, border).is_err());
        assert!(scaled(&x, &[one], Follow::Linear, Arrangement::PLAIN).is_err());
    }

    #[test]
    fn residuals_are_added() {
        let x = sample();
        let scales = [(2.0, 1.0), (0.5, -1.0)];
        let scales = scales.map(|(scale, shift)| ChannelScale { scale, shift });
        let found = scaled_plus(&x, &scales, &x).unwrap();
        let plain = scaled(&x, &scales, Follow::Linear, Arrangement::PLAIN).unwrap();
        let difference = (found - (plain + x).unwrap()).unwrap().abs().unwrap();
        let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
        assert!(worst < 1e-6, "{worst}");
    }
}

//! Channels dealt out as the pixels of a larger picture.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

use super::conv2d::floats;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Shape, Tensor};
use pulp::Arch;
use rayon::prelude::*;

/// `x` `[batch, channels · F · F, h, w]` → `[batch, channels, F · h, F · w]`: the F · F pixels of a place are channels that
/// follow each other (what PyTorch calls a pixel shuffle).
pub fn dealt_out<const F: usize>(x: &Tensor) -> Result<Tensor> {
    if !is_plain(x) {
        return Ok(candle_nn::ops::pixel_shuffle(x, F)?);
    }
    let deal = Deal::<F> {
        places_first: false,
    };
    Ok(x.contiguous()?.apply_op1_no_bwd(&deal)?)
}

/// As [`dealt_out`], each pixel of `picture` `[batch, channels, h, w]` added to the F · F that lie in its place.
pub fn dealt_onto<const F: usize>(x: &Tensor, picture: &Tensor) -> Result<Tensor> {
    if !is_plain(x) || !is_plain(picture) {
        let (_, _, height, width) = picture.dims4()?;
        let large = picture.upsample_nearest2d(F * height, F * width)?;
        return Ok((candle_nn::ops::pixel_shuffle(x, F)? + large)?);
    }
    let deal = Deal::<F> {
        places_first: false,
    };
    Ok(x.contiguous()?
        .apply_op2_no_bwd(&picture.contiguous()?, &deal)?)
}

/// As [`dealt_out`] of what lies on the CPU, where all channels of one of the F · F pixels follow each other.
pub(super) fn dealt_out_by_place<const F: usize>(x: &Tensor) -> candle_core::Result<Tensor> {
    x.apply_op1_no_bwd(&Deal::<F> { places_first: true })
}

fn is_plain(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32
}

struct Deal<const F: usize> {
    /// Channels are numbered `[F, F, channels]`, not `[channels, F, F]`.
    places_first: bool,
}

impl<const F: usize> Deal<F> {
    fn dealt(
        &self,
        input: &[f32],
        shape: &Shape,
        picture: Option<&[f32]>,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, planes, height, width) = shape.dims4()?;
        let channels = planes / (F * F);
        if channels * F * F != planes {
            candle_core::bail!("{planes} channels cannot be dealt out by {F}");
        }
        let area = height * width;
        if picture.is_some_and(|picture| picture.len() != batch * channels * area) {
            candle_core::bail!("{shape:?} dealt out onto another size");
        }
        let mut output = vec![0.0_f32; input.len()];
        let targets = output.par_chunks_mut((F * F * area).max(1)).enumerate();
        targets.for_each(|(index, target)| {
            let (frame, channel) = (index / channels, index % channels);
            let first = frame * planes;
            let plane = |place: usize| {
                let plane = if self.places_first {
                    place * channels + channel
                } else {
                    channel * F * F + place
                };
                &input[(first + plane) * area..][..area]
            };
            let picture = picture.map(|all| &all[index * area..][..area]);
            Arch::new().dispatch(|| deal_channel::<F>(plane, width, picture, target));
        });
        let shape = Shape::from((batch, channels, F * height, F * width));
        Ok((CpuStorage::F32(output), shape))
    }
}

#[inline(always)]
fn deal_channel<'a, const F: usize>(
    plane: impl Fn(usize) -> &'a [f32],
    width: usize,
    picture: Option<&[f32]>,
    target: &mut [f32],
) {
    for (y, line) in target.chunks_exact_mut((F * width).max(1)).enumerate() {
        let place = (y / F) * width..(y / F + 1) * width;
        let rows: [&[f32]; F] =
            std::array::from_fn(|column| &plane(y % F * F + column)[place.clone()]);
        let (blocks, _none) = line.as_chunks_mut::<F>();
        for (column, row) in rows.into_iter().enumerate() {
            for (block, value) in blocks.iter_mut().zip(row) {
                block[column] = *value;
            }
        }
        let Some(picture) = picture else { continue };
        for (block, value) in blocks.iter_mut().zip(&picture[place]) {
            for pixel in block {
                *pixel += value;
            }
        }
    }
}

impl<const F: usize> CustomOp1 for Deal<F> {
    fn name(&self) -> &'static str {
        "dealt-out"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        self.dealt(floats(storage, layout)?, layout.shape(), None)
    }
}

impl<const F: usize> CustomOp2 for Deal<F> {
    fn name(&self) -> &'static str {
        "dealt-onto"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        picture: &CpuStorage,
        picture_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let picture = floats(picture, picture_layout)?;
        self.dealt(floats(storage, layout)?, layout.shape(), Some(picture))
    }
}

#[cfg(test)]
mod tests {
    use super::super::conv2d::tests::difference;
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_the_library() {
        let x = Tensor::randn(0_f32, 1.0, (2, 3 * 16, 5, 7), &Device::Cpu).unwrap();
        let wanted = candle_nn::ops::pixel_shuffle(&x, 4).unwrap();
        assert_eq!(difference(&dealt_out::<4>(&x).unwrap(), &wanted), 0.0);
        let picture = Tensor::randn(0_f32, 1.0, (2, 3, 5, 7), &Device::Cpu).unwrap();
        let wanted = (wanted + picture.upsample_nearest2d(20, 28).unwrap()).unwrap();
        let found = dealt_onto::<4>(&x, &picture).unwrap();
        assert_eq!(difference(&found, &wanted), 0.0);
        assert!(dealt_onto::<4>(&x, &x).is_err());
        assert!(dealt_out::<5>(&x).is_err());
    }
}

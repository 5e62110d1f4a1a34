//! Moving pixels along a flow, bilinear, with the border's pixels going on outside.

use super::conv2d::floats;
use crate::error::Result;
use candle_core::{CpuStorage, CustomOp2, Layout, Shape, Tensor};
use rayon::prelude::*;

/// `image` `[batch, channels, h, w]` looked up at each pixel's place plus `flow` `[batch, 2, h, w]` (right and down, in
/// pixels). Computed on the CPU; tensors of other devices travel there and back.
pub fn warp(image: &Tensor, flow: &Tensor) -> Result<Tensor> {
    let device = image.device();
    let on_cpu = |tensor: &Tensor| tensor.to_device(&candle_core::Device::Cpu)?.contiguous();
    let warped = on_cpu(image)?.apply_op2_no_bwd(&on_cpu(flow)?, &Warp)?;
    Ok(warped.to_device(device)?)
}

struct Warp;

impl CustomOp2 for Warp {
    fn name(&self) -> &'static str {
        "warp"
    }

    fn cpu_fwd(
        &self,
        image: &CpuStorage,
        image_layout: &Layout,
        flow: &CpuStorage,
        flow_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (batch, channels, height, width) = image_layout.shape().dims4()?;
        if flow_layout.dims() != [batch, 2, height, width] {
            let found = flow_layout.dims();
            candle_core::bail!("a flow of {found:?} for {:?}", image_layout.dims());
        }
        let image = floats(image, image_layout)?;
        let flow = floats(flow, flow_layout)?;
        let area = height * width;
        let mut output = vec![0.0_f32; image.len()];
        for index in 0..batch {
            let source = &image[index * channels * area..][..channels * area];
            let (right, down) = flow[index * 2 * area..][..2 * area].split_at(area);
            let target = &mut output[index * channels * area..][..channels * area];
            let mut rows: Vec<Vec<&mut [f32]>> = (0..height).map(|_| Vec::new()).collect();
            for plane in target.chunks_mut(area) {
                for (row, pixels) in rows.iter_mut().zip(plane.chunks_mut(width)) {
                    row.push(pixels);
                }
            }
            rows.into_par_iter()
                .enumerate()
                .for_each(|(y, mut targets)| {
                    let span = y * width..(y + 1) * width;
                    let flow = right[span.clone()].iter().zip(&down[span]);
                    for (x, (&right, &down)) in flow.enumerate() {
                        let corner =
                            Corner::new(x as f32 + right, y as f32 + down, [width, height]);
                        for (target, plane) in targets.iter_mut().zip(source.chunks_exact(area)) {
                            target[x] = corner.mix(plane);
                        }
                    }
                });
        }
        Ok((CpuStorage::F32(output), image_layout.shape().clone()))
    }
}

/// Four neighbors and how much of each.
struct Corner {
    places: [usize; 4],
    weights: [f32; 4],
}

impl Corner {
    #[inline]
    fn new(x: f32, y: f32, [width, height]: [usize; 2]) -> Self {
        let x = x.clamp(0.0, (width - 1) as f32);
        let y = y.clamp(0.0, (height - 1) as f32);
        // A flow that is not a number would end up here as one; casting turns it into 0.
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(width - 1);
        let bottom = (top + 1).min(height - 1);
        Self {
            places: [
                top * width + left,
                top * width + right,
                bottom * width + left,
                bottom * width + right,
            ],
            weights: [
                (1.0 - fx) * (1.0 - fy),
                fx * (1.0 - fy),
                (1.0 - fx) * fy,
                fx * fy,
            ],
        }
    }

    #[inline]
    fn mix(&self, plane: &[f32]) -> f32 {
        let parts = self.places.iter().zip(&self.weights);
        parts.map(|(&place, weight)| plane[place] * weight).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn pixels_come_from_where_the_flow_points() {
        let image: Vec<f32> = (0..12).map(|value| value as f32).collect();
        let image = Tensor::from_vec(image, (1, 1, 3, 4), &Device::Cpu).unwrap();
        let moved = |right: f32, down: f32| {
            let flow = [vec![right; 12], vec![down; 12]].concat();
            let flow = Tensor::from_vec(flow, (1, 2, 3, 4), &Device::Cpu).unwrap();
            let result = warp(&image, &flow).unwrap();
            result.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(moved(0.0, 0.0)[5], 5.0);
        assert_eq!(moved(1.0, 0.0)[4..8], [5.0, 6.0, 7.0, 7.0]);
        assert_eq!(moved(0.5, 0.5)[0], 2.5);
        assert_eq!(moved(-9.0, 99.0), [8.0_f32; 12]);
        assert!(moved(f32::NAN, 0.0).len() == 12, "no crash");
    }
}

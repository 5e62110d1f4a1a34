//! From a network's small matte to one that follows the picture's own edges at full size.

use super::Matte;
use crate::{
    image_ops::{box_mean, gray_from_frame, guided, resize_plane},
    limits,
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;

/// A pixel of the small matte is trusted to within this many of its own size.
const TRUSTED_WITHIN: f32 = 2.5;
/// Differences of the guide (squared, of 1) below this are texture or noise, not edges.
const EDGE_VARIANCE: f32 = 4e-4;
/// Below this the network's word is taken for nothing, above its complement for certain.
const DISBELIEF: f32 = 0.1;
/// The filter leaves this much haze at both ends; levels are stretched over it.
const HAZE: f32 = 0.04;

/// `rough` (of size `rough_size`, 0 to 1) at the size of `frame`, with the edges of its luma.
pub fn refine(frame: &VideoFrame, rough: &[f32], rough_size: ScanSize) -> Matte {
    let size = frame.size;
    // What the network itself hardly believes is dropped before edges are looked for.
    let rough: Vec<f32> = rough
        .iter()
        .map(|value| ((value - DISBELIEF) / (1.0 - 2.0 * DISBELIEF)).clamp(0.0, 1.0))
        .collect();
    let rough = &rough;
    let guide = gray_from_frame(frame);
    // The filter's coefficients are smooth: they are found at a working size and enlarged.
    let longest = size.width.max(size.height);
    let shrink = longest.div_ceil(limits::REFINE_SIDE_MAX);
    let side = |length: u32| length.div_ceil(shrink).max(1);
    let work_size = ScanSize::new(side(size.width), side(size.height));
    let small_guide = resize_plane(&guide, size, work_size);
    let small_rough = resize_plane(rough, rough_size, work_size);
    let scale = work_size.width as f32 / rough_size.width as f32;
    let scale = scale.max(work_size.height as f32 / rough_size.height as f32);
    let radius = ((TRUSTED_WITHIN * scale).ceil() as usize).max(2);
    let lines = guided::guided_lines(&small_guide, &small_rough, work_size, radius, EDGE_VARIANCE);
    let [slope, offset] = lines.map(|plane| resize_plane(&plane, work_size, size));
    // Deep inside and far outside the network is right and the filter would only let texture through.
    let near = box_mean(&small_rough, work_size, radius);
    let near = resize_plane(&near, work_size, size);
    let coarse = resize_plane(rough, rough_size, size);
    let values: Vec<f32> = (0..guide.len())
        .into_par_iter()
        .map(|place| {
            let refined = slope[place] * guide[place] + offset[place];
            let doubt = (near[place].min(1.0 - near[place]) * 20.0).clamp(0.0, 1.0);
            let value = coarse[place] + (refined - coarse[place]) * doubt;
            ((value - HAZE) / (1.0 - 2.0 * HAZE)).clamp(0.0, 1.0)
        })
        .collect();
    Matte::from_values(size, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;

    #[test]
    fn edges_come_from_the_picture() {
        let size = ScanSize::new(320, 200);
        let mut data = Vec::new();
        for place in 0..size.area() {
            let level = if place % 320 < 150 { 40 } else { 200 };
            data.extend([level, level, level, 255]);
        }
        let frame = VideoFrame::from_rgba(size, data, Ticks::ZERO);
        let rough_size = ScanSize::new(32, 20);
        // Half-size knowledge: the border is somewhere between columns 130 and 170.
        let rough: Vec<f32> = (0..640)
            .map(|place| ((place % 32) as f32 / 4.0 - 3.25).clamp(0.0, 1.0))
            .collect();
        let matte = refine(&frame, &rough, rough_size);
        let row = &matte.alpha[100 * 320..101 * 320];
        assert!(row[..100].iter().all(|&alpha| alpha == 0));
        assert!(row[220..].iter().all(|&alpha| alpha == 255));
        let step = i32::from(row[151]) - i32::from(row[148]);
        assert!(step > 120, "{:?}", &row[140..160]);
    }
}

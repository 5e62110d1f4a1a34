//! The last frame with its surroundings, as far as earlier frames saw them, and views of it.

use super::footage::Footage;
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::{Rgb, camera::Similarity},
};
use av::ScanSize;
use rayon::prelude::*;

/// Surroundings kept on each side, at most, as a share of the side.
const MARGIN_MAX: f32 = 0.5;
/// Pixels at a frame's own border that are not trusted.
const EDGE_PX: f32 = 2.0;
/// Every so many frames back one is looked at for what it saw.
const LOOK_BACK_STEP: usize = 2;

/// A picture larger than the frames, the last frame in its middle.
#[derive(Debug)]
pub struct Mosaic {
    picture: Rgb,
    frame: ScanSize,
}

impl Mosaic {
    /// Surroundings for every view of `path`, from the frames that `picture_of` hands out, all of `size`. `trail` says
    /// where points of the last frame lie in earlier ones, in pixels of `size`.
    pub fn new(
        footage: &Footage<'_>,
        size: ScanSize,
        [path, trail]: [&[Similarity]; 2],
        picture_of: &dyn Fn(usize) -> Rgb,
        on_step: &mut OnStep<'_>,
    ) -> Result<Self> {
        let margin = margins(path, size);
        let full = ScanSize::new(size.width + 2 * margin[0], size.height + 2 * margin[1]);
        let last = picture_of(footage.last());
        let mut picture = mirrored(&last, full, margin);
        let mut unseen: Vec<usize> = (0..full.area() as usize)
            .filter(|place| !is_in_frame(*place, full, margin, size))
            .collect();
        for (back, place) in trail.iter().enumerate().step_by(LOOK_BACK_STEP) {
            let total = trail.len() as u64;
            run_step(
                on_step,
                Step::new(back as u64, total, "gathering the surroundings"),
            )?;
            let point = |index: usize| {
                let x = (index as u32 % full.width) as f32 + 0.5 - full.width as f32 / 2.0;
                let y = (index as u32 / full.width) as f32 + 0.5 - full.height as f32 / 2.0;
                place.apply([x, y])
            };
            let half = [size.width, size.height].map(|side| side as f32 / 2.0 - EDGE_PX);
            let is_seen = |index: &usize| {
                let [x, y] = point(*index);
                x.abs() <= half[0] && y.abs() <= half[1]
            };
            let (seen, rest): (Vec<usize>, Vec<usize>) = unseen.into_iter().partition(is_seen);
            unseen = rest;
            if !seen.is_empty() {
                let earlier = picture_of(footage.last() - 1 - back);
                for index in seen {
                    let color = sample(&earlier, point(index));
                    for (plane, value) in color.into_iter().enumerate() {
                        picture.planes[plane * full.area() as usize + index] = value;
                    }
                }
            }
            if unseen.is_empty() {
                break;
            }
        }
        Ok(Self {
            picture,
            frame: size,
        })
    }

    /// What a frame shows when points of the last frame lie at `place` in it.
    pub fn view(&self, place: Similarity) -> Rgb {
        let back = place.inverse();
        let (width, area) = (self.frame.width as usize, self.frame.area() as usize);
        let half = [self.frame.width, self.frame.height].map(|side| side as f32 / 2.0);
        let mut view = Rgb::black(self.frame);
        let (red, rest) = view.planes.split_at_mut(area);
        let (green, blue) = rest.split_at_mut(area);
        let rows = red
            .par_chunks_mut(width)
            .zip(green.par_chunks_mut(width))
            .zip(blue.par_chunks_mut(width));
        rows.enumerate().for_each(|(y, ((red, green), blue))| {
            for x in 0..width {
                let point = [x as f32 + 0.5 - half[0], y as f32 + 0.5 - half[1]];
                [red[x], green[x], blue[x]] = sample(&self.picture, back.apply(point));
            }
        });
        view
    }
}

/// Pixels to the left and right, above and below, that views along `path` reach outside a frame of `size`.
fn margins(path: &[Similarity], size: ScanSize) -> [u32; 2] {
    let half = [size.width, size.height].map(|side| side as f32 / 2.0);
    let mut reach = [0.0_f32; 2];
    for place in path {
        let back = place.inverse();
        for [right, down] in [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]] {
            let corner = back.apply([right * half[0], down * half[1]]);
            for axis in 0..2 {
                reach[axis] = reach[axis].max(corner[axis].abs() - half[axis]);
            }
        }
    }
    [0, 1].map(|axis| {
        // Two more, for what a sample mixes in.
        let margin = (reach[axis] + 3.0).min(half[axis] * 2.0 * MARGIN_MAX);
        margin.ceil() as u32
    })
}

fn is_in_frame(place: usize, full: ScanSize, margin: [u32; 2], size: ScanSize) -> bool {
    let (x, y) = (place as u32 % full.width, place as u32 / full.width);
    let is_between = |at: u32, margin: u32, side: u32| (margin..margin + side).contains(&at);
    is_between(x, margin[0], size.width) && is_between(y, margin[1], size.height)
}

/// `rgb` in the middle of a picture of size `full`, mirrored all round.
fn mirrored(rgb: &Rgb, full: ScanSize, margin: [u32; 2]) -> Rgb {
    let fold = |at: u32, margin: u32, side: u32| {
        let (at, side) = (i64::from(at) - i64::from(margin), i64::from(side));
        let turned = at.rem_euclid(2 * side);
        turned.min(2 * side - 1 - turned) as usize
    };
    let mut picture = Rgb::black(full);
    for plane in 0..3 {
        let source = rgb.plane(plane);
        let target = &mut picture.planes[plane * full.area() as usize..][..full.area() as usize];
        let rows = target.par_chunks_mut(full.width as usize).enumerate();
        rows.for_each(|(y, row)| {
            let from = fold(y as u32, margin[1], rgb.size.height) * rgb.size.width as usize;
            for (x, value) in row.iter_mut().enumerate() {
                *value = source[from + fold(x as u32, margin[0], rgb.size.width)];
            }
        });
    }
    picture
}

/// The color at `point`, from the middle of the picture; cubic, so that a moved picture stays as sharp as it was.
pub fn sample(rgb: &Rgb, [x, y]: [f32; 2]) -> [f32; 3] {
    let (width, height) = (rgb.size.width as isize, rgb.size.height as isize);
    let (x, y) = (
        x + rgb.size.width as f32 / 2.0 - 0.5,
        y + rgb.size.height as f32 / 2.0 - 0.5,
    );
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (cubic(x - left), cubic(y - top));
    let columns = [-1, 0, 1, 2].map(|step| (left as isize + step).clamp(0, width - 1) as usize);
    let rows = [-1, 0, 1, 2].map(|step| (top as isize + step).clamp(0, height - 1) as usize);
    [0, 1, 2].map(|plane| {
        let plane = rgb.plane(plane);
        let sum: f32 = rows
            .iter()
            .zip(down)
            .map(|(row, weight)| {
                let line = &plane[row * width as usize..][..width as usize];
                let values = columns.iter().zip(across);
                weight
                    * values
                        .map(|(column, share)| line[*column] * share)
                        .sum::<f32>()
            })
            .sum();
        sum.clamp(0.0, 1.0)
    })
}

/// Weights of four neighbors for a place `t` after the second (Catmull and Rom).
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t + t2 - 0.5 * t3,
        1.0 - 2.5 * t2 + 1.5 * t3,
        0.5 * t + 2.0 * t2 - 1.5 * t3,
        -0.5 * t2 + 0.5 * t3,
    ]
}

//! Steadying over time: a mean over neighboring frames, each pixel weighed by how much its surroundings look the same.
//!
//! Frames before and after count alike, so nothing lags; where something moved, its surroundings differ, the weight is
//! near nothing and the frame's own matte stays.

use crate::image_ops::{Rgb, box_mean};

/// What the network said of a picture, and the picture at the same small size.
#[derive(Debug, Clone)]
pub struct Rough {
    /// Small picture.
    pub picture: Rgb,
    /// How much each pixel belongs to the subject, 0 to 1.
    pub matte: Vec<f32>,
}

/// Surroundings that are compared: this many pixels to each side.
const PATCH_RADIUS: usize = 2;
/// Mean squared difference (per channel, of 1) at which a weight has fallen to a third: noise of three codes.
const SAME_VARIANCE: f32 = 1.5e-4;

/// The matte of `window[center]`, steadied by the others.
pub fn steady(window: &[&Rough], center: usize) -> Vec<f32> {
    let own = window[center];
    let mut sums = own.matte.clone();
    let mut weights = vec![1.0_f32; sums.len()];
    for (index, other) in window.iter().enumerate() {
        if index == center || other.picture.size != own.picture.size {
            continue;
        }
        let area = sums.len();
        let mut difference = vec![0.0_f32; area];
        for plane in 0..3 {
            let pairs = own
                .picture
                .plane(plane)
                .iter()
                .zip(other.picture.plane(plane));
            for (difference, (a, b)) in difference.iter_mut().zip(pairs) {
                *difference += (a - b) * (a - b) / 3.0;
            }
        }
        let difference = box_mean(&difference, own.picture.size, PATCH_RADIUS);
        for place in 0..area {
            let weight = (-difference[place] / SAME_VARIANCE).exp();
            sums[place] += weight * other.matte[place];
            weights[place] += weight;
        }
    }
    for (sum, weight) in sums.iter_mut().zip(&weights) {
        *sum /= weight;
    }
    sums
}

/// How much mattes tremble: the mean step from frame to frame (of 1) where the picture stood still.
pub fn flicker(frames: &[Rough]) -> f64 {
    let (mut sum, mut count) = (0.0_f64, 0_u64);
    for pair in frames.windows(2) {
        let [before, after] = pair else { continue };
        let pictures = (&before.picture, &after.picture);
        let moved = |plane: usize, place: usize| {
            (pictures.0.plane(plane)[place] - pictures.1.plane(plane)[place]).abs()
        };
        for (place, (a, b)) in before.matte.iter().zip(&after.matte).enumerate() {
            if (0..3).all(|plane| moved(plane, place) < 0.02) {
                sum += f64::from((a - b).abs());
                count += 1;
            }
        }
    }
    sum / count.max(1) as f64
}

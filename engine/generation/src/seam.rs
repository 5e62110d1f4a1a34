//! How well frames meet: color difference as the eye sees it, and whether motion goes on smoothly.

use crate::{
    backend::SeamMetrics,
    image_ops::{Rgb, resize_plane, rgb_from_frame},
    request::ClipFrame,
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;

/// Longest side of the pictures that are compared; finer detail says nothing about a seam.
const COMPARED_SIDE_PX: u32 = 256;
/// A change below this (of 1) between frames counts as this: still pictures with some noise.
const STILL_CHANGE: f64 = 0.002;

/// Mean CIEDE2000 difference of two frames of one size, read as sRGB.
pub fn delta_e_mean(a: &VideoFrame, b: &VideoFrame) -> f64 {
    delta_e(&compared(a), &compared(b))
}

fn delta_e(a: &Rgb, b: &Rgb) -> f64 {
    let count = a.size.area() as usize;
    let pixel = |rgb: &Rgb, place| [0, 1, 2].map(|plane| f64::from(rgb.plane(plane)[place]));
    let difference = |place: usize| ciede2000(lab(pixel(a, place)), lab(pixel(b, place)));
    // Summed row by row, so that the same pictures differ by the very same number each time.
    let width = a.size.width as usize;
    let rows = (0..count.div_ceil(width)).into_par_iter();
    let sums: Vec<f64> = rows
        .map(|row| (row * width..(row + 1) * width).map(difference).sum())
        .collect();
    sums.iter().sum::<f64>() / count as f64
}

/// Metrics at every border between known and made frames of `frames`, whose roles are `roles`.
pub fn seams(roles: &[ClipFrame], frames: &[VideoFrame]) -> Vec<SeamMetrics> {
    let borders = (1..frames.len().min(roles.len()))
        .filter(|&index| roles[index].is_known() != roles[index - 1].is_known());
    borders.map(|index| seam(frames, index)).collect()
}

/// Metrics at the border before frame `index` of `frames` (1 or more).
pub fn seam(frames: &[VideoFrame], index: usize) -> SeamMetrics {
    let first = index.saturating_sub(2);
    let window = &frames[first..(index + 2).min(frames.len())];
    let small: Vec<Rgb> = window.iter().map(compared).collect();
    let changes: Vec<f64> = small
        .windows(2)
        .map(|pair| change(&pair[0], &pair[1]))
        .collect();
    let at = index - 1 - first;
    let beside: Vec<f64> = [at.checked_sub(1), Some(at + 1)]
        .into_iter()
        .flatten()
        .filter_map(|place| changes.get(place).copied())
        .collect();
    let across = changes[at].max(STILL_CHANGE);
    let usual = if beside.is_empty() {
        across
    } else {
        (beside.iter().sum::<f64>() / beside.len() as f64).max(STILL_CHANGE)
    };
    SeamMetrics {
        frame: index,
        delta_e: delta_e(&small[at], &small[at + 1]),
        motion_jump: across / usual,
    }
}

fn compared(frame: &VideoFrame) -> Rgb {
    let rgb = rgb_from_frame(frame);
    let longest = frame.size.width.max(frame.size.height);
    if longest <= COMPARED_SIDE_PX {
        return rgb;
    }
    let side = |length: u32| (length * COMPARED_SIDE_PX / longest).max(1);
    let size = ScanSize::new(side(frame.size.width), side(frame.size.height));
    let planes = (0..3).map(|plane| resize_plane(rgb.plane(plane), frame.size, size));
    Rgb {
        size,
        planes: planes.collect::<Vec<_>>().concat(),
    }
}

/// Mean absolute difference of coded values.
fn change(a: &Rgb, b: &Rgb) -> f64 {
    let pairs = a.planes.iter().zip(&b.planes);
    let sum: f64 = pairs.map(|(a, b)| f64::from((a - b).abs())).sum();
    sum / a.planes.len() as f64
}

/// CIE L*a*b* (D65) of an sRGB color of values 0 to 1.
pub fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = rgb.map(|code| {
        if code <= 0.04045 {
            code / 12.92
        } else {
            ((code + 0.055) / 1.055).powf(2.4)
        }
    });
    let x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047;
    let y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b;
    let z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883;
    let [x, y, z] = [x, y, z].map(|t| {
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The CIEDE2000 difference of two L*a*b* colors (Sharma, Wu, Dalal 2005).
pub fn ciede2000([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25.0_f64.powi(7))).sqrt();
    let chroma_mean = f64::midpoint(a1.hypot(b1), a2.hypot(b2));
    let stretch = 1.0 + 0.5 * (1.0 - seventh(chroma_mean));
    let (a1, a2) = (a1 * stretch, a2 * stretch);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let is_gray = c1 * c2 == 0.0;
    let mut turn = if is_gray { 0.0 } else { h2 - h1 };
    if turn > 180.0 {
        turn -= 360.0;
    } else if turn < -180.0 {
        turn += 360.0;
    }
    let delta_h = 2.0 * (c1 * c2).sqrt() * (turn.to_radians() / 2.0).sin();
    let (l_mean, c_mean) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h_mean = if is_gray {
        h1 + h2
    } else if (h1 - h2).abs() <= 180.0 {
        f64::midpoint(h1, h2)
    } else if h1 + h2 < 360.0 {
        f64::midpoint(h1, h2) + 180.0
    } else {
        f64::midpoint(h1, h2) - 180.0
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t =
        1.0 - 0.17 * cos(h_mean - 30.0) + 0.24 * cos(2.0 * h_mean) + 0.32 * cos(3.0 * h_mean + 6.0)
            - 0.20 * cos(4.0 * h_mean - 63.0);
    let offset = (l_mean - 50.0).powi(2);
    let scale_l = 1.0 + 0.015 * offset / (20.0 + offset).sqrt();
    let scale_c = 1.0 + 0.045 * c_mean;
    let scale_h = 1.0 + 0.015 * c_mean * t;
    let rotation = 30.0 * (-((h_mean - 275.0) / 25.0).powi(2)).exp();
    let rotation = -(2.0 * rotation.to_radians()).sin() * 2.0 * seventh(c_mean);
    let (l, c, h) = ((l2 - l1) / scale_l, (c2 - c1) / scale_c, delta_h / scale_h);
    (l * l + c * c + h * h + rotation * c * h).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;

    #[test]
    fn differences_are_those_of_the_published_table() {
        // From the test data of Sharma, Wu and Dalal.
        let table = [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
            ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0011], 7.2195),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            (
                [60.2574, -34.0099, 36.2677],
                [60.4626, -34.1751, 39.4387],
                1.2644,
            ),
            (
                [22.7233, 20.0904, -46.6940],
                [23.0331, 14.9730, -42.5619],
                2.0373,
            ),
            (
                [2.0776, 0.0795, -1.1350],
                [0.9033, -0.0636, -0.5514],
                0.9082,
            ),
        ];
        for (a, b, wanted) in table {
            assert!((ciede2000(a, b) - wanted).abs() < 1e-4, "{a:?} {b:?}");
            assert!((ciede2000(b, a) - wanted).abs() < 1e-4);
        }
        let [l, a, b] = lab([1.0; 3]);
        assert!((l - 100.0).abs() < 1e-3 && a.abs() < 0.01 && b.abs() < 0.01);
    }

    /// A bright bar at column `x`.
    fn bar(x: usize) -> VideoFrame {
        let size = ScanSize::new(64, 8);
        let mut data = vec![20; 64 * 8 * 4];
        for (place, pixel) in data.chunks_exact_mut(4).enumerate() {
            if (x..x + 8).contains(&(place % 64)) {
                pixel[..3].fill(220);
            }
        }
        VideoFrame::from_rgba(size, data, Ticks::ZERO)
    }

    #[test]
    fn a_jump_in_motion_is_seen() {
        let smooth: Vec<_> = [0, 2, 4, 6].map(bar).into();
        let jump: Vec<_> = [0, 2, 10, 12].map(bar).into();
        assert!((seam(&smooth, 2).motion_jump - 1.0).abs() < 1e-6);
        assert!(seam(&jump, 2).motion_jump > 3.0);
        assert!(seam(&jump, 2).delta_e > seam(&smooth, 2).delta_e);
        let still = vec![bar(3); 4];
        let metrics = seam(&still, 2);
        assert_eq!((metrics.delta_e, metrics.motion_jump), (0.0, 1.0));
        assert_eq!(
            seam(&smooth[..2], 1).motion_jump,
            1.0,
            "nothing beside to compare"
        );
    }

    #[test]
    fn every_border_is_measured() {
        let frames: Vec<_> = (0..6).map(bar).collect();
        let known = || ClipFrame::Known(bar(0));
        let make = || ClipFrame::ToMake;
        let roles = [known(), make(), make(), known(), known(), make()];
        let places: Vec<usize> = seams(&roles, &frames)
            .iter()
            .map(|seam| seam.frame)
            .collect();
        assert_eq!(places, [1, 3, 5]);
    }
}

//! The guided filter (He, Sun, Tang 2010): a mask takes over the edges of the picture it belongs to.

use av::ScanSize;
use rayon::prelude::*;

/// Means over squares of `2 * radius + 1` pixels, cut at the border; the same time for any radius.
pub fn box_mean(plane: &[f32], size: ScanSize, radius: usize) -> Vec<f32> {
    let width = size.width as usize;
    let mut across = vec![0.0; plane.len()];
    let rows = across.par_chunks_mut(width).zip(plane.par_chunks(width));
    rows.for_each(|(target, source)| sliding_mean(source, target, radius));
    let height = size.height as usize;
    let mut output = vec![0.0; plane.len()];
    // Bands of rows keep a running sum of whole rows each, so memory is read in order.
    let band = height.div_ceil(rayon::current_num_threads() * 2).max(1);
    let bands = output.par_chunks_mut(band * width).enumerate();
    bands.for_each(|(index, target)| {
        let first = index * band;
        let mut sums = vec![0.0_f64; width];
        let add = |sums: &mut [f64], y: usize, sign: f64| {
            for (sum, value) in sums.iter_mut().zip(&across[y * width..][..width]) {
                *sum += sign * f64::from(*value);
            }
        };
        for y in first.saturating_sub(radius)..(first + radius).min(height) {
            add(&mut sums, y, 1.0);
        }
        for (row, target) in target.chunks_exact_mut(width).enumerate() {
            let y = first + row;
            if y + radius < height {
                add(&mut sums, y + radius, 1.0);
            }
            if y > first && y > radius {
                add(&mut sums, y - radius - 1, -1.0);
            }
            let count = (y + radius).min(height - 1) - y.saturating_sub(radius) + 1;
            for (value, sum) in target.iter_mut().zip(&sums) {
                *value = (sum / count as f64) as f32;
            }
        }
    });
    output
}

fn sliding_mean(source: &[f32], target: &mut [f32], radius: usize) {
    let width = source.len();
    let mut sum: f64 = source[..radius.min(width)]
        .iter()
        .map(|&value| f64::from(value))
        .sum();
    for x in 0..width {
        if x + radius < width {
            sum += f64::from(source[x + radius]);
        }
        if x > radius {
            sum -= f64::from(source[x - radius - 1]);
        }
        let count = (x + radius).min(width - 1) - x.saturating_sub(radius) + 1;
        target[x] = (sum / count as f64) as f32;
    }
}

/// The filter's lines: `mask` is about `slope * guide + offset` round each pixel, both planes `size`, values 0 to 1;
/// `radius` pixels are looked at; differences of the guide whose square is below `epsilon` count as noise.
pub fn guided_lines(
    guide: &[f32],
    mask: &[f32],
    size: ScanSize,
    radius: usize,
    epsilon: f32,
) -> [Vec<f32>; 2] {
    let product =
        |a: &[f32], b: &[f32]| -> Vec<f32> { a.par_iter().zip(b).map(|(a, b)| a * b).collect() };
    let mean = |plane: &[f32]| box_mean(plane, size, radius);
    let (guide_mean, mask_mean) = (mean(guide), mean(mask));
    let (square_mean, product_mean) = (mean(&product(guide, guide)), mean(&product(guide, mask)));
    let mut slope = product_mean;
    let mut offset = mask_mean;
    slope
        .par_iter_mut()
        .zip(&mut offset)
        .zip(guide_mean.par_iter().zip(&square_mean))
        .for_each(|((slope, offset), (guide, square))| {
            let variance = (square - guide * guide).max(0.0);
            *slope = (*slope - guide * *offset) / (variance + epsilon);
            *offset -= *slope * guide;
        });
    [mean(&slope), mean(&offset)]
}

/// `mask` with the edges of `guide`; see [`guided_lines`].
pub fn guided_filter(
    guide: &[f32],
    mask: &[f32],
    size: ScanSize,
    radius: usize,
    epsilon: f32,
) -> Vec<f32> {
    let [slope, offset] = guided_lines(guide, mask, size, radius, epsilon);
    let parts = slope.par_iter().zip(&offset).zip(guide);
    parts
        .map(|((slope, offset), guide)| (slope * guide + offset).clamp(0.0, 1.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_plain_counting() {
        let size = ScanSize::new(9, 7);
        let plane: Vec<f32> = (0..63).map(|v| ((v * 37) % 23) as f32).collect();
        for radius in [0, 1, 3, 20] {
            let found = box_mean(&plane, size, radius);
            for (place, found) in found.iter().enumerate() {
                let (x, y) = (place % 9, place / 9);
                let is_near = |other: &usize| {
                    x.abs_diff(other % 9) <= radius && y.abs_diff(other / 9) <= radius
                };
                let near: Vec<f32> = (0..63).filter(is_near).map(|at| plane[at]).collect();
                let wanted = near.iter().sum::<f32>() / near.len() as f32;
                assert!((found - wanted).abs() < 1e-3, "{radius} {x} {y}");
            }
        }
    }

    #[test]
    fn a_soft_mask_takes_the_guides_edge() {
        let size = ScanSize::new(64, 16);
        let guide: Vec<f32> = (0..1024)
            .map(|p| if p % 64 < 30 { 0.1 } else { 0.8 })
            .collect();
        let mask: Vec<f32> = (0..1024)
            .map(|p| (((p % 64) as f32 - 22.0) / 20.0).clamp(0.0, 1.0))
            .collect();
        let refined = guided_filter(&guide, &mask, size, 8, 1e-4);
        let step = |plane: &[f32]| plane[8 * 64 + 30] - plane[8 * 64 + 29];
        assert!(step(&mask) < 0.06);
        assert!(step(&refined) > 0.4, "{}", step(&refined));
    }
}

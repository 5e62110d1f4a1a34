//! Planes of floats at another size: the mean of what a pixel covers when shrinking, bilinear when growing.

use av::ScanSize;
use rayon::prelude::*;

/// `plane` of `from` at size `to`.
pub fn resize_plane(plane: &[f32], from: ScanSize, to: ScanSize) -> Vec<f32> {
    let (from_width, to_width) = (from.width as usize, to.width as usize);
    let columns = contributions(from_width, to_width);
    let rows = contributions(from.height as usize, to.height as usize);
    let mut wide = vec![0.0; from.height as usize * to_width];
    let targets = wide
        .par_chunks_mut(to_width)
        .zip(plane.par_chunks(from_width));
    targets.for_each(|(target, source)| {
        for (value, parts) in target.iter_mut().zip(&columns) {
            let sources = source[parts.first..].iter().zip(&parts.shares);
            *value = sources.map(|(value, share)| value * share).sum();
        }
    });
    let mut output = vec![0.0; to.area() as usize];
    let targets = output.par_chunks_mut(to_width).zip(rows.par_iter());
    targets.for_each(|(target, parts)| {
        let sources = wide.chunks_exact(to_width).skip(parts.first);
        for (source, share) in sources.zip(&parts.shares) {
            for (value, source) in target.iter_mut().zip(source) {
                *value += source * share;
            }
        }
    });
    output
}

/// Which neighboring sources make up one target, and how much of each; the shares sum to 1.
struct Contributions {
    first: usize,
    shares: Vec<f32>,
}

fn contributions(from: usize, to: usize) -> Vec<Contributions> {
    let scale = from as f64 / to as f64;
    // A triangle as wide as two targets (but never less than two sources): bilinear when growing, soft when shrinking.
    let radius = scale.max(1.0);
    (0..to)
        .map(|target| {
            let center = (target as f64 + 0.5) * scale - 0.5;
            let first = (center - radius).ceil().max(0.0) as usize;
            let last = ((center + radius).floor() as usize).min(from - 1);
            let weights =
                (first..=last).map(|source| 1.0 - (source as f64 - center).abs() / radius);
            let weights: Vec<f64> = weights.map(|weight| weight.max(0.0)).collect();
            let sum: f64 = weights.iter().sum();
            Contributions {
                first,
                shares: weights.iter().map(|weight| (weight / sum) as f32).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_stays_flat_and_ramps_stay_ramps() {
        let (from, to) = (ScanSize::new(40, 30), ScanSize::new(13, 64));
        let flat = resize_plane(&[0.7; 1200], from, to);
        assert!(flat.iter().all(|value| (value - 0.7).abs() < 1e-5));
        let ramp: Vec<f32> = (0..1200).map(|place| (place % 40) as f32).collect();
        let small = resize_plane(&ramp, from, to);
        for x in 2..11 {
            let wanted = (x as f32 + 0.5) * 40.0 / 13.0 - 0.5;
            // Whole pixels under a filter of odd width leave a little ripple.
            let found = small[13 * 20 + x];
            assert!((found - wanted).abs() < 0.1, "{x}: {found}, {wanted}");
        }
        assert_eq!(resize_plane(&ramp, from, from), ramp);
    }
}

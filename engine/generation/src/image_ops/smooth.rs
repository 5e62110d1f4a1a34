//! Smoothing that stops at a picture's edges: each pixel is tied to its neighbors as firmly as they look alike, along
//! rows and columns in turn (after Min and others, "Fast global image smoothing", 2014).

use super::Rgb;
use av::ScanSize;
use rayon::prelude::*;

/// Rounds of rows and columns; streaks of single rows are gone after three.
const ROUNDS: i32 = 3;

/// How a picture ties its pixels together.
#[derive(Debug, Clone)]
pub struct Ties {
    size: ScanSize,
    /// From each pixel to the next one of its row, 0 to 1; then of its column, column after column.
    along: [Vec<f32>; 2],
}

impl Ties {
    /// Of the pixels of `picture`: differences (of 1) of `contrast` let a third of the tie.
    pub fn of(picture: &Rgb, contrast: f32) -> Self {
        let (width, height) = (picture.size.width as usize, picture.size.height as usize);
        let tie = |a: usize, b: usize| {
            let parts = (0..3).map(|plane| {
                let plane = picture.plane(plane);
                (plane[a] - plane[b]).abs()
            });
            (-parts.fold(0.0, f32::max) / contrast).exp()
        };
        let mut rows = vec![0.0; width * height];
        rows.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, value) in row[..width - 1].iter_mut().enumerate() {
                *value = tie(y * width + x, y * width + x + 1);
            }
        });
        let mut columns = vec![0.0; width * height];
        let lines = columns.par_chunks_mut(height).enumerate();
        lines.for_each(|(x, column)| {
            for (y, value) in column[..height - 1].iter_mut().enumerate() {
                *value = tie(y * width + x, (y + 1) * width + x);
            }
        });
        Self {
            size: picture.size,
            along: [rows, columns],
        }
    }

    /// `plane` evened out within what hangs together; `strength` is about the square of how many pixels far.
    pub fn smoothed(&self, plane: &[f32], strength: f32) -> Vec<f32> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut plane = plane.to_vec();
        let whole = (4.0_f32).powi(ROUNDS) - 1.0;
        for round in 0..ROUNDS {
            let share = 1.5 * strength * (4.0_f32).powi(ROUNDS - 1 - round) / whole;
            solve(&mut plane, &self.along[0], width, share);
            let mut turned = turned(&plane, width, height);
            solve(&mut turned, &self.along[1], height, share);
            plane = self::turned(&turned, height, width);
        }
        plane
    }
}

/// Rows for columns.
fn turned(plane: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut turned = vec![0.0; plane.len()];
    let lines = turned.par_chunks_mut(height).enumerate();
    lines.for_each(|(x, line)| {
        for (y, value) in line.iter_mut().enumerate() {
            *value = plane[y * width + x];
        }
    });
    turned
}

/// In each line, the values that are at once near their own and near their neighbors', least squares.
fn solve(plane: &mut [f32], ties: &[f32], length: usize, strength: f32) {
    let lines = plane.par_chunks_mut(length).zip(ties.par_chunks(length));
    lines.for_each_init(
        || vec![0.0_f32; length],
        |passed_on, (line, ties)| {
            let (mut before, mut value) = (0.0, 0.0);
            let mut passed = 0.0;
            for at in 0..length {
                let after = strength * ties[at];
                let scale = 1.0 / (1.0 + before + after - before * passed);
                value = (line[at] + before * value) * scale;
                passed = after * scale;
                line[at] = value;
                passed_on[at] = passed;
                before = after;
            }
            for at in (0..length - 1).rev() {
                line[at] += passed_on[at] * line[at + 1];
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ScanSize = ScanSize::new(40, 24);

    /// Dark up to a column, bright from there on.
    fn halves() -> Rgb {
        let plane: Vec<f32> = (0..SIZE.area())
            .map(|at| if at % 40 < 15 { 0.2 } else { 0.7 })
            .collect();
        Rgb {
            size: SIZE,
            planes: [plane.clone(), plane.clone(), plane].concat(),
        }
    }

    #[test]
    fn a_word_spreads_up_to_the_edge() {
        let ties = Ties::of(&halves(), 0.03);
        let mut plane = vec![0.0; SIZE.area() as usize];
        for y in 0..24 {
            plane[y * 40 + 30] = 1.0;
        }
        let smooth = ties.smoothed(&plane, 200.0);
        let row = &smooth[10 * 40..11 * 40];
        assert!(row[..15].iter().all(|value| *value < 1e-3), "{row:?}");
        assert!(row[16..].iter().all(|value| *value > 0.01), "{row:?}");
        // Nothing is lost or made.
        let sum: f32 = smooth.iter().sum();
        assert!((sum - 24.0).abs() < 0.05, "{sum}");
    }

    #[test]
    fn what_is_flat_stays_flat() {
        let ties = Ties::of(&halves(), 0.1);
        let smooth = ties.smoothed(&[0.3; 960], 50.0);
        assert!(smooth.iter().all(|value| (value - 0.3).abs() < 1e-4));
    }
}

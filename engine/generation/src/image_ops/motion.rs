//! How things moved between two pictures of a clip, for every pixel: least squares over small windows (Lucas and Kanade),
//! from coarse to fine.

use super::{box_mean, resize_plane};
use av::ScanSize;
use rayon::prelude::*;

/// Halvings at most; with steps of two pixels at each size, motion of a tenth of the width is followed.
const LEVELS_MAX: usize = 5;
/// Shortest side that is halved again.
const SIDE_MIN: u32 = 48;
/// Improvements at each size.
const ROUNDS: usize = 3;
/// Pixels to each side of a window that is taken to move as one.
const WINDOW_RADIUS: usize = 3;
/// Pixels to each side over which the answer is evened out.
const SMOOTH_RADIUS: usize = 2;
/// Added to the squares of slopes: where there is nothing to see, nothing moves.
const SLOPE_FLOOR: f32 = 1e-4;
/// Pixels of the current size that one improvement may move.
const STEP_MAX: f32 = 2.0;

/// Where each pixel of a picture was in the picture before: so many pixels right and down of its own place.
#[derive(Debug, Clone, PartialEq)]
pub struct Motion {
    /// Of the pictures.
    pub size: ScanSize,
    /// Pixels to the right.
    pub right: Vec<f32>,
    /// Pixels down.
    pub down: Vec<f32>,
}

impl Motion {
    /// Nothing moved.
    pub fn still(size: ScanSize) -> Self {
        let zeros = vec![0.0; size.area() as usize];
        Self {
            size,
            right: zeros.clone(),
            down: zeros,
        }
    }

    /// The same motion of pictures of another size.
    pub fn resized(&self, size: ScanSize) -> Self {
        let scaled = |plane: &[f32], from: u32, to: u32| {
            let times = to as f32 / from as f32;
            let mut plane = resize_plane(plane, self.size, size);
            for value in &mut plane {
                *value *= times;
            }
            plane
        };
        Self {
            right: scaled(&self.right, self.size.width, size.width),
            down: scaled(&self.down, self.size.height, size.height),
            size,
        }
    }

    /// `plane` of the picture before, moved to where things are now; the border's pixels go on outside.
    pub fn moved(&self, plane: &[f32]) -> Vec<f32> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let (most_x, most_y) = ((width - 1) as f32, (height - 1) as f32);
        let mut output = vec![0.0; plane.len()];
        let rows = output.par_chunks_mut(width).enumerate();
        rows.for_each(|(y, row)| {
            let flow = self.right[y * width..].iter().zip(&self.down[y * width..]);
            for (x, (value, (right, down))) in row.iter_mut().zip(flow).enumerate() {
                let from_x = (x as f32 + right).clamp(0.0, most_x);
                let from_y = (y as f32 + down).clamp(0.0, most_y);
                let (left, top) = (from_x as usize, from_y as usize);
                let (share_x, share_y) = (from_x - left as f32, from_y - top as f32);
                let step_x = usize::from(left + 1 < width);
                let step_y = if top + 1 < height { width } else { 0 };
                let at = top * width + left;
                let upper = plane[at] + (plane[at + step_x] - plane[at]) * share_x;
                let at = at + step_y;
                let lower = plane[at] + (plane[at + step_x] - plane[at]) * share_x;
                *value = upper + (lower - upper) * share_y;
            }
        });
        output
    }
}

/// How things moved from `before` to `now`, two gray pictures of `size` with values from 0 to 1.
pub fn motion(before: &[f32], now: &[f32], size: ScanSize) -> Motion {
    let mut levels = vec![Level {
        size,
        before: before.to_vec(),
        now: now.to_vec(),
    }];
    while levels.len() < LEVELS_MAX {
        let last = &levels[levels.len() - 1];
        if last.size.width.min(last.size.height) < SIDE_MIN {
            break;
        }
        levels.push(last.halved());
    }
    let mut motion = Motion::still(levels[levels.len() - 1].size);
    for level in levels.iter().rev() {
        if motion.size != level.size {
            motion = motion.resized(level.size);
        }
        level.improve(&mut motion);
    }
    motion
}

/// Both pictures at one size.
struct Level {
    size: ScanSize,
    before: Vec<f32>,
    now: Vec<f32>,
}

impl Level {
    /// At half the size; an odd last row or column counts in the pixel before it.
    fn halved(&self) -> Self {
        let size = ScanSize::new(self.size.width / 2, self.size.height / 2);
        let half = |plane: &[f32]| {
            let width = self.size.width as usize;
            let mut small = vec![0.0; size.area() as usize];
            for (y, row) in small.chunks_exact_mut(size.width as usize).enumerate() {
                let upper = &plane[2 * y * width..][..width];
                let lower = &plane[(2 * y + 1) * width..][..width];
                let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                for (value, (upper, lower)) in row.iter_mut().zip(pairs) {
                    *value = (upper[0] + upper[1] + lower[0] + lower[1]) / 4.0;
                }
            }
            small
        };
        Self {
            before: half(&self.before),
            now: half(&self.now),
            size,
        }
    }

    /// Slopes of the present picture, to the right and down.
    fn slopes(&self) -> [Vec<f32>; 2] {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let slope = |step: &(dyn Fn(usize, usize) -> [usize; 2] + Sync)| {
            let mut slopes = vec![0.0; self.now.len()];
            let rows = slopes.par_chunks_mut(width).enumerate();
            rows.for_each(|(y, row)| {
                for (x, value) in row.iter_mut().enumerate() {
                    let [first, last] = step(x, y);
                    *value = (self.now[last] - self.now[first]) / 2.0;
                }
            });
            slopes
        };
        let right = slope(&|x, y| {
            let at = |x: usize| y * width + x;
            [at(x.saturating_sub(1)), at((x + 1).min(width - 1))]
        });
        let down = slope(&|x, y| {
            let at = |y: usize| y * width + x;
            [at(y.saturating_sub(1)), at((y + 1).min(height - 1))]
        });
        [right, down]
    }

    fn improve(&self, motion: &mut Motion) {
        let [right, down] = self.slopes();
        let product = |a: &[f32], b: &[f32]| {
            let product: Vec<f32> = a.par_iter().zip(b).map(|(a, b)| a * b).collect();
            box_mean(&product, self.size, WINDOW_RADIUS)
        };
        let (xx, yy, xy) = (
            product(&right, &right),
            product(&down, &down),
            product(&right, &down),
        );
        for _round in 0..ROUNDS {
            let moved = motion.moved(&self.before);
            let pairs = moved.par_iter().zip(&self.now);
            let change: Vec<f32> = pairs.map(|(before, now)| before - now).collect();
            let (x, y) = (product(&right, &change), product(&down, &change));
            let steps = motion.right.par_iter_mut().zip(&mut motion.down);
            steps
                .enumerate()
                .for_each(|(at, (motion_right, motion_down))| {
                    let (xx, yy, xy) = (xx[at] + SLOPE_FLOOR, yy[at] + SLOPE_FLOOR, xy[at]);
                    let determinant = xx * yy - xy * xy;
                    let step = |value: f32| (value / determinant).clamp(-STEP_MAX, STEP_MAX);
                    *motion_right -= step(yy * x[at] - xy * y[at]);
                    *motion_down -= step(xx * y[at] - xy * x[at]);
                });
            motion.right = box_mean(&motion.right, self.size, SMOOTH_RADIUS);
            motion.down = box_mean(&motion.down, self.size, SMOOTH_RADIUS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ScanSize = ScanSize::new(161, 121);

    /// Waves of several lengths, moved by so many pixels.
    fn waves(right: f32, down: f32) -> Vec<f32> {
        let mut plane = Vec::new();
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                let (x, y) = (x as f32 - right, y as f32 - down);
                let fine = (x / 2.7).sin() * (y / 3.1).cos() * 0.15;
                let broad = ((x + y) / 13.0).sin() * 0.2 + (y / 29.0 - x / 37.0).cos() * 0.15;
                plane.push(0.5 + fine + broad);
            }
        }
        plane
    }

    fn inner(plane: &[f32], margin: usize) -> Vec<f32> {
        let rows = plane.chunks_exact(161).skip(margin).take(121 - 2 * margin);
        rows.flat_map(|row| row[margin..161 - margin].iter().copied())
            .collect()
    }

    #[test]
    fn motion_is_found_to_parts_of_a_pixel() {
        for (right, down) in [(0.0, 0.0), (1.3, -0.6), (-3.5, 2.25)] {
            let found = motion(&waves(0.0, 0.0), &waves(right, down), SIZE);
            // What now lies at a place came from the other side.
            for (plane, wanted) in [(&found.right, -right), (&found.down, -down)] {
                let plane = inner(plane, 16);
                let errors: Vec<f32> = plane.iter().map(|value| (value - wanted).abs()).collect();
                let mean = errors.iter().sum::<f32>() / errors.len() as f32;
                assert!(mean < 0.1, "{right} {down}: {mean}");
            }
            let moved = inner(&found.moved(&waves(0.0, 0.0)), 16);
            let pairs = moved.iter().zip(inner(&waves(right, down), 16));
            let mean = pairs.map(|(a, b)| (a - b).abs()).sum::<f32>() / moved.len() as f32;
            assert!(mean < 0.01, "{right} {down}: {mean}");
        }
    }

    #[test]
    fn nothing_to_see_is_nothing_that_moves() {
        let flat = vec![0.4; SIZE.area() as usize];
        assert_eq!(motion(&flat, &flat, SIZE), Motion::still(SIZE));
        let tiny = ScanSize::new(1, 2);
        let found = motion(&[0.2, 0.9], &[0.9, 0.2], tiny);
        assert!(found.right.iter().chain(&found.down).all(|v| v.is_finite()));
    }

    #[test]
    fn motion_grows_with_the_picture() {
        let mut motion = Motion::still(ScanSize::new(4, 2));
        motion.right.fill(1.5);
        motion.down.fill(-1.0);
        let large = motion.resized(ScanSize::new(8, 6));
        assert!(large.right.iter().all(|value| (value - 3.0).abs() < 1e-5));
        assert!(large.down.iter().all(|value| (value + 3.0).abs() < 1e-5));
    }
}

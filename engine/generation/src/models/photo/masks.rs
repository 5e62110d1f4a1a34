//! Masks that grow, holes that take the mean of what is round them, and numbers that look random.

use super::inpaint::Pixel;

/// Holes take the soft mean of their surroundings: means of known pixels at ever coarser sizes, the finest that knows.
pub fn spread(pixels: &mut [Pixel], is_hole: &[bool], width: usize, height: usize) {
    let base = pixels.iter().zip(is_hole).map(|(pixel, hole)| {
        let share = if *hole { 0.0 } else { 1.0 };
        let [a, b, c, d] = pixel.map(|value| value * share);
        [a, b, c, d, share]
    });
    let mut sizes = vec![Coarse {
        width,
        height,
        cells: base.collect(),
    }];
    while let Some(fine) = sizes.last()
        && (fine.width > 1 || fine.height > 1)
    {
        let coarse = fine.halved();
        sizes.push(coarse);
    }
    for level in (1..sizes.len()).rev() {
        let (finer, coarser) = sizes.split_at_mut(level);
        if let (Some(fine), Some(coarse)) = (finer.last_mut(), coarser.first()) {
            coarse.complete(fine);
        }
    }
    for (place, pixel) in pixels.iter_mut().enumerate() {
        if is_hole[place] {
            let [a, b, c, d, _share] = sizes[0].cells[place];
            *pixel = [a, b, c, d];
        }
    }
}

/// Sums over known pixels, and how much is known of each cell: 0 to 1.
struct Coarse {
    width: usize,
    height: usize,
    cells: Vec<[f32; 5]>,
}

impl Coarse {
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut cells = vec![[0.0_f32; 5]; width * height];
        for y in 0..self.height {
            for x in 0..self.width {
                let target = &mut cells[y / 2 * width + x / 2];
                for (sum, part) in target.iter_mut().zip(&self.cells[y * self.width + x]) {
                    *sum += part;
                }
            }
        }
        // Means, not sums: known to the full where most is.
        for cell in &mut cells {
            let most = cell[4].max(1.0);
            *cell = cell.map(|part| part / most);
        }
        Self {
            width,
            height,
            cells,
        }
    }

    /// Gives `fine`, of twice the size, what it lacks.
    fn complete(&self, fine: &mut Self) {
        for y in 0..fine.height {
            for x in 0..fine.width {
                let place = y * fine.width + x;
                let missing = 1.0 - fine.cells[place][4];
                if missing <= 0.0 {
                    continue;
                }
                let mean = self.between(x, y);
                let scale = missing / mean[4].max(1e-6);
                for (part, mean) in fine.cells[place].iter_mut().zip(&mean) {
                    *part += mean * scale;
                }
            }
        }
    }

    /// Mixed for cell `x`, `y` of twice the size.
    fn between(&self, x: usize, y: usize) -> [f32; 5] {
        let near = |at: usize, count: usize| {
            let other = if at.is_multiple_of(2) {
                (at / 2).saturating_sub(1)
            } else {
                at / 2 + 1
            };
            other.min(count - 1)
        };
        let (near_x, near_y) = (near(x, self.width), near(y, self.height));
        let parts = [
            (x / 2, y / 2, 0.5625),
            (near_x, y / 2, 0.1875),
            (x / 2, near_y, 0.1875),
            (near_x, near_y, 0.0625),
        ];
        let mut mean = [0.0_f32; 5];
        for (from_x, from_y, share) in parts {
            let cell = self.cells[from_y * self.width + from_x];
            for (mean, part) in mean.iter_mut().zip(cell) {
                *mean += share * part;
            }
        }
        mean
    }
}

/// `mask` and everything within `reach` pixels of it, in a square.
pub fn widened(mask: &[bool], width: usize, height: usize, reach: usize) -> Vec<bool> {
    let line = |get: &dyn Fn(usize) -> bool, length: usize, set: &mut dyn FnMut(usize)| {
        // Places up to which a set one before still reaches.
        let mut until = 0;
        for at in 0..length + reach {
            if at < length && get(at) {
                until = at + 2 * reach + 1;
            }
            if at >= reach && at < until {
                set(at - reach);
            }
        }
    };
    let mut across = vec![false; mask.len()];
    for y in 0..height {
        let target = &mut across[y * width..(y + 1) * width];
        line(&|x| mask[y * width + x], width, &mut |x| target[x] = true);
    }
    let mut both = vec![false; mask.len()];
    for x in 0..width {
        line(&|y| across[y * width + x], height, &mut |y| {
            both[y * width + x] = true;
        });
    }
    both
}

/// How far each marked pixel lies inside its mark, in pixels (steps of 1 and 1.4).
pub fn distance_into(mask: &[bool], width: usize, height: usize) -> Vec<f32> {
    const FAR: f32 = 1e6;
    let mut distance: Vec<f32> = mask
        .iter()
        .map(|inside| if *inside { FAR } else { 0.0 })
        .collect();
    let mut relax = |x: usize, y: usize, near: [(isize, isize, f32); 4]| {
        let place = y * width + x;
        for (dx, dy, step) in near {
            let (from_x, from_y) = (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy));
            if from_x < width && from_y < height {
                distance[place] = distance[place].min(distance[from_y * width + from_x] + step);
            }
        }
    };
    for y in 0..height {
        for x in 0..width {
            relax(
                x,
                y,
                [(-1, 0, 1.0), (0, -1, 1.0), (-1, -1, 1.414), (1, -1, 1.414)],
            );
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            relax(
                x,
                y,
                [(1, 0, 1.0), (0, 1, 1.0), (1, 1, 1.414), (-1, 1, 1.414)],
            );
        }
    }
    distance
}

/// Numbers that look random, the same for the same start.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to `count`, which it never is; `count` is 1 or more.
    pub fn below(&mut self, count: usize) -> usize {
        (((self.bits() >> 32) * count as u64) >> 32) as usize
    }

    /// From 0 up to 1, which it never is.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Between `low` and `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// From `-radius` to `radius`; `radius` is 0 or more.
    pub fn within(&mut self, radius: isize) -> isize {
        self.below(2 * radius as usize + 1) as isize - radius
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_grow_and_depths_are_counted() {
        let mut mask = vec![false; 49];
        mask[24] = true;
        let wide = widened(&mask, 7, 7, 2);
        let count = wide.iter().filter(|set| **set).count();
        assert_eq!(count, 25);
        assert!(wide[7 + 1] && !wide[3]);
        let depth = distance_into(&wide, 7, 7);
        assert_eq!(depth[24], 3.0);
        assert_eq!(depth[0], 0.0);
    }
}

//! Coverage masks: how much of each pixel letters cover, grown for outlines and softened for shadows.

/// Coverage from 0 to 1, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Mask {
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    /// Everything within `radius` pixels of what is covered, edges as soft as one pixel.
    pub fn grown(&self, radius: f32) -> Self {
        // A pixel that is hardly covered has its letter's edge nearly a pixel further in.
        let seeds = self.values.iter().map(|coverage| {
            if *coverage <= 0.0 {
                UNREACHED
            } else {
                (1.0 - coverage) * (1.0 - coverage)
            }
        });
        let mut squares: Vec<f32> = seeds.collect();
        let mut line = Vec::new();
        for x in 0..self.width {
            line.clear();
            line.extend((0..self.height).map(|y| squares[y * self.width + x]));
            for (y, value) in nearest_squares(&line).into_iter().enumerate() {
                squares[y * self.width + x] = value;
            }
        }
        for row in squares.chunks_exact_mut(self.width) {
            row.copy_from_slice(&nearest_squares(row));
        }
        let values = squares
            .iter()
            .zip(&self.values)
            .map(|(square, own)| (radius + 0.5 - square.sqrt()).clamp(0.0, 1.0).max(*own))
            .collect();
        Self { values, ..*self }
    }

    /// Softened by three box means, nearly a Gaussian of deviation `sigma` pixels.
    pub fn softened(&self, sigma: f32) -> Self {
        let reach = (sigma * 1.2).round().max(0.0) as usize;
        let mut soft = self.clone();
        if reach == 0 {
            return soft;
        }
        let mut column = vec![0.0; self.height];
        for _ in 0..3 {
            for row in soft.values.chunks_exact_mut(self.width) {
                box_mean(row, reach);
            }
            for x in 0..self.width {
                for (y, value) in column.iter_mut().enumerate() {
                    *value = soft.values[y * self.width + x];
                }
                box_mean(&mut column, reach);
                for (y, value) in column.iter().enumerate() {
                    soft.values[y * self.width + x] = *value;
                }
            }
        }
        soft
    }
}

/// Further than any frame is wide, squared, and still exact enough to compute with.
const UNREACHED: f32 = 1e12;

/// For each place the least of `costs[i] + (place - i)²`: the lower envelope of parabolas, in linear time.
fn nearest_squares(costs: &[f32]) -> Vec<f32> {
    let mut hull: Vec<(usize, f32)> = Vec::with_capacity(costs.len());
    let crossing = |p: usize, q: usize| {
        let (x, y) = (p as f64, q as f64);
        let rise = (f64::from(costs[q]) + y * y) - (f64::from(costs[p]) + x * x);
        (rise / (2.0 * (y - x))) as f32
    };
    for (index, cost) in costs.iter().enumerate() {
        if *cost >= UNREACHED {
            continue;
        }
        let mut start = f32::NEG_INFINITY;
        while let Some(&(last, begin)) = hull.last() {
            start = crossing(last, index);
            if start > begin {
                break;
            }
            hull.pop();
            start = f32::NEG_INFINITY;
        }
        hull.push((index, start));
    }
    if hull.is_empty() {
        return vec![UNREACHED; costs.len()];
    }
    let mut current = 0;
    (0..costs.len())
        .map(|place| {
            while hull
                .get(current + 1)
                .is_some_and(|(_, start)| *start < place as f32)
            {
                current += 1;
            }
            let (index, _) = hull[current];
            let distance = place as f32 - index as f32;
            distance.mul_add(distance, costs[index])
        })
        .collect()
}

/// The mean of each value and `reach` neighbours to both sides; nothing lies beyond the ends.
fn box_mean(line: &mut [f32], reach: usize) {
    let original = line.to_vec();
    let share = 1.0 / (2 * reach + 1) as f32;
    let mut sum: f64 = original.iter().take(reach).map(|v| f64::from(*v)).sum();
    for (index, value) in line.iter_mut().enumerate() {
        if let Some(entering) = original.get(index + reach) {
            sum += f64::from(*entering);
        }
        *value = (sum as f32).max(0.0) * share;
        if index >= reach {
            sum -= f64::from(original[index - reach]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_grows_into_a_disc() {
        let mut mask = Mask::new(21, 21);
        mask.values[10 * 21 + 10] = 1.0;
        let disc = mask.grown(6.0);
        let at = |x: usize, y: usize| disc.values[y * 21 + x];
        assert_eq!((at(10, 10), at(16, 10), at(10, 4)), (1.0, 0.5, 0.5));
        assert_eq!((at(14, 14), at(15, 15), at(17, 10)), (0.84314585, 0.0, 0.0));
        let area: f32 = disc.values.iter().sum();
        assert!((area - 113.1).abs() < 5.0, "{area}");
    }

    #[test]
    fn softening_keeps_what_there_is() {
        let mut mask = Mask::new(41, 41);
        mask.values[20 * 41 + 20] = 1.0;
        let soft = mask.softened(3.0);
        let sum: f32 = soft.values.iter().sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        assert!(soft.values[20 * 41 + 20] < 0.05);
    }
}

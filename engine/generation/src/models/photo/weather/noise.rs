//! Soft noise in two and three directions, the same everywhere.

/// A number from 0 to 1 for each lattice point.
#[inline]
fn lattice(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ (z as u32).wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    (h ^ (h >> 15)) as f32 / u32::MAX as f32
}

#[inline]
fn eased(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// Smooth noise from 0 to 1, about 1 wide.
pub fn noise([x, y, z]: [f32; 3]) -> f32 {
    let floor = [x.floor(), y.floor(), z.floor()];
    let [i, j, k] = floor.map(|value| value as i32);
    let (fx, fy, fz) = (
        eased(x - floor[0]),
        eased(y - floor[1]),
        eased(z - floor[2]),
    );
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let plane = |k: i32| {
        let upper = mix(lattice(i, j, k), lattice(i.wrapping_add(1), j, k), fx);
        let j = j.wrapping_add(1);
        let lower = mix(lattice(i, j, k), lattice(i.wrapping_add(1), j, k), fx);
        mix(upper, lower, fy)
    };
    mix(plane(k), plane(k.wrapping_add(1)), fz)
}

/// Noise of `octaves` sizes, each half as large and half as strong as the one before; 0 to 1, mostly near the middle.
pub fn layered(at: [f32; 3], octaves: usize) -> f32 {
    let (mut sum, mut weight, mut scale) = (0.0, 0.0, 1.0_f32);
    for octave in 0..octaves {
        let strength = 1.0 / scale;
        // Each size is shifted, so that lattices do not show.
        let shift = octave as f32 * 17.31;
        sum += strength
            * noise([
                at[0] * scale + shift,
                at[1] * scale + shift,
                at[2] * scale + shift,
            ]);
        weight += strength;
        scale *= 2.0;
    }
    sum / weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_soft_and_fills_its_range() {
        let (mut low, mut high) = (1.0_f32, 0.0_f32);
        for step in 0..4000 {
            let x = step as f32 * 0.05 - 60.0;
            let value = noise([x, 3.7, 0.2]);
            (low, high) = (low.min(value), high.max(value));
            assert!((value - noise([x + 0.01, 3.7, 0.2])).abs() < 0.03);
        }
        assert!(low < 0.15 && high > 0.85 && low >= 0.0 && high <= 1.0);
        assert!((0.0..=1.0).contains(&layered([1e6, -1e6, 0.5], 5)));
    }
}

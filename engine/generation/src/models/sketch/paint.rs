//! Colors, soft steps and noise for painting backdrops.

/// Red, green and blue from 0 to 1, coded as on the screen.
pub type Color = [f32; 3];

/// `a` to `b`.
#[inline]
pub fn mix(a: Color, b: Color, share: f32) -> Color {
    std::array::from_fn(|index| (b[index] - a[index]).mul_add(share, a[index]))
}

/// Each times its own.
#[inline]
pub fn times(a: Color, b: Color) -> Color {
    std::array::from_fn(|index| a[index] * b[index])
}

/// All times one number.
#[inline]
pub fn shaded(a: Color, light: f32) -> Color {
    a.map(|value| value * light)
}

/// `a` plus `share` of `b`.
#[inline]
pub fn plus(a: Color, b: Color, share: f32) -> Color {
    std::array::from_fn(|index| b[index].mul_add(share, a[index]))
}

/// 0 below `from`, 1 above `to`, smooth between; also downwards when `from` is the larger.
#[inline]
pub fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A full color of a hue from 0 to 1.
pub fn hue(hue: f32) -> Color {
    [0.0, 2.0 / 3.0, 1.0 / 3.0]
        .map(|shift| ((hue + shift).rem_euclid(1.0) * 6.0 - 3.0).abs() - 1.0)
        .map(|value| value.clamp(0.0, 1.0))
}

/// A number from 0 to 1 for each pair of whole numbers.
#[inline]
pub fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ h >> 15).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ h >> 12).wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / 16_777_216.0
}

/// Smooth noise from 0 to 1 on a grid of whole numbers; repeats every `period` columns when that is above 0.
pub fn noise(x: f32, y: f32, period: i32, seed: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let (sx, sy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
    let column = |x: i32| if period > 0 { x.rem_euclid(period) } else { x };
    let (left, top) = (left as i32, top as i32);
    let at = |dx: i32, dy: i32| hash(column(left + dx), top + dy, seed);
    let upper = at(0, 0) + (at(1, 0) - at(0, 0)) * sx;
    let lower = at(0, 1) + (at(1, 1) - at(0, 1)) * sx;
    upper + (lower - upper) * sy
}

/// Several sizes of noise together, 0 to 1, mostly near a half.
pub fn clouds(x: f32, y: f32, octaves: u32, period: i32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    for octave in 0..octaves {
        let scale = (1 << octave) as f32;
        let period = period << octave;
        sum += weight * noise(x * scale, y * scale, period, seed + octave * 17);
        total += weight;
        weight *= 0.5;
    }
    sum / total
}

/// The height of hills at `x`, about −1 to 1.
pub fn ridge(x: f32, sharpness: f32, seed: u32) -> f32 {
    let q = hash(3, 7, seed) * 40.0;
    (x * 1.7 + q).sin() * 0.5
        + (x * 3.1 + q * 2.3).sin() * 0.3
        + sharpness * ((x * 6.7 + q * 1.7).sin() * 0.14 + (x * 13.3 + q).sin() * 0.07)
        + sharpness * 0.12 * (clouds(x * 4.0, 0.0, 4, 0, seed) - 0.5)
}

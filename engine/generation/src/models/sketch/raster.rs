//! Pictures of premultiplied bytes laid over each other: sampled between pixels, mixed in whole numbers, rows in
//! parallel.

use rayon::prelude::*;

/// A picture with alpha multiplied in: red in the lowest byte, alpha in the highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    pixels: Vec<u32>,
    /// Rows that are not wholly transparent.
    rows: std::ops::Range<usize>,
}

/// Two of four bytes, spread so that they can be multiplied at once.
const EVEN: u32 = 0x00ff_00ff;

/// `a` to `b` by `share` of 256, all four bytes.
#[inline]
fn mixed(a: u32, b: u32, share: u32) -> u32 {
    let keep = 256 - share;
    let even = ((a & EVEN) * keep + (b & EVEN) * share) >> 8 & EVEN;
    let odd = (((a >> 8) & EVEN) * keep + ((b >> 8) & EVEN) * share) & !EVEN;
    even | odd
}

/// All four bytes times `share` of 256.
#[inline]
fn scaled(a: u32, share: u32) -> u32 {
    let even = ((a & EVEN) * share) >> 8 & EVEN;
    let odd = (((a >> 8) & EVEN) * share) & !EVEN;
    even | odd
}

/// `top` over `below`.
#[inline]
pub fn over(top: u32, below: u32) -> u32 {
    let alpha = top >> 24;
    match alpha {
        0 => below,
        255 => top,
        _ => {
            // Of 256 rather than 255, so that opaque stays opaque.
            top + scaled(below, 256 - alpha)
        }
    }
}

/// Color from 0 to 1 and alpha as one pixel.
#[inline]
pub fn pixel([r, g, b]: [f32; 3], alpha: f32) -> u32 {
    let alpha = alpha.clamp(0.0, 1.0);
    let byte = |value: f32| (value.clamp(0.0, 1.0) * alpha).mul_add(255.0, 0.5) as u32;
    byte(r) | byte(g) << 8 | byte(b) << 16 | (alpha.mul_add(255.0, 0.5) as u32) << 24
}

impl Layer {
    /// Of a function of the pixel's place, called row by row in parallel.
    pub fn painted(
        width: usize,
        height: usize,
        paint: impl Fn(usize, usize) -> u32 + Sync,
    ) -> Self {
        let mut pixels = vec![0; width * height];
        let rows = pixels.par_chunks_exact_mut(width).enumerate();
        rows.for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = paint(x, y);
            }
        });
        Self::of(width, height, pixels)
    }

    fn of(width: usize, height: usize, pixels: Vec<u32>) -> Self {
        let is_seen = |row: &[u32]| row.iter().any(|pixel| *pixel != 0);
        let mut rows = pixels.chunks_exact(width.max(1)).map(is_seen);
        let first = rows.clone().position(|seen| seen).unwrap_or(0);
        let last = rows.rposition(|seen| seen).map_or(0, |row| row + 1);
        Self {
            width,
            height,
            pixels,
            rows: first..last.max(first),
        }
    }

    /// Of straight RGBA bytes, rows tight.
    pub fn from_straight(width: usize, height: usize, rgba: &[u8]) -> Self {
        let (texels, _none) = rgba.as_chunks::<4>();
        let pixels = texels.iter().map(|&[r, g, b, a]| {
            let share = u32::from(a) + u32::from(a >> 7);
            let byte = |value: u8| (u32::from(value) * share) >> 8;
            byte(r) | byte(g) << 8 | byte(b) << 16 | u32::from(a) << 24
        });
        Self::of(width, height, pixels.collect())
    }

    /// The part from (`left`, `top`) on.
    pub fn cut(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let rows = (top..top + height).flat_map(|y| &self.pixels[y * self.width + left..][..width]);
        Self::of(width, height, rows.copied().collect())
    }

    /// Red, green and blue from 0 to 1 where the picture is nearly opaque.
    pub fn color_at(&self, x: usize, y: usize) -> Option<[f32; 3]> {
        let pixel = self.texel(x as isize, y as isize);
        let alpha = pixel >> 24;
        let byte = |shift: u32| (pixel >> shift & 255) as f32 / alpha as f32;
        (alpha > 200).then(|| [byte(0), byte(8), byte(16)])
    }

    #[inline]
    fn texel(&self, x: isize, y: isize) -> u32 {
        if x < 0 || y < 0 || x >= self.width as isize || y >= self.height as isize {
            0
        } else {
            self.pixels[y as usize * self.width + x as usize]
        }
    }

    /// Between the four pixels round (`x`, `y`) (pixel middles at whole numbers); nothing outside.
    #[inline]
    fn sample(&self, x: f32, y: f32) -> u32 {
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (((x - left) * 256.0) as u32, ((y - top) * 256.0) as u32);
        let (left, top) = (left as isize, top as isize);
        let upper = mixed(self.texel(left, top), self.texel(left + 1, top), fx);
        let lower = mixed(self.texel(left, top + 1), self.texel(left + 1, top + 1), fx);
        mixed(upper, lower, fy)
    }
}

/// A whole picture being made.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Rows tight.
    pub pixels: Vec<u32>,
}

/// Where a backdrop's layer lies: texel = origin + step · pixel, the same step both ways.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Texel under the middle of the first pixel.
    pub origin: [f32; 2],
    /// Texels for each pixel.
    pub step: f32,
    /// Whether the layer repeats sideways.
    pub wraps: bool,
    /// Rows sway sideways: texels, turns per texel row, phase; below this texel row.
    pub sway: Option<Sway>,
}

/// How rows of water sway.
#[derive(Debug, Clone, Copy)]
pub struct Sway {
    /// Texels to each side at the bottom.
    pub amplitude: f32,
    /// Angle for each row, in radians.
    pub angle_per_row: f32,
    /// Angle now.
    pub phase: f32,
    /// First row that sways; it grows from there.
    pub from_row: f32,
}

/// How a sprite lies: its middle, half its side in pixels, its turn and whether it is mirrored.
#[derive(Debug, Clone, Copy)]
pub struct Pose {
    /// Pixel of its middle.
    pub center: [f32; 2],
    /// Half its height in pixels.
    pub half: f32,
    /// Turn in radians, clockwise.
    pub angle: f32,
    /// Width over height, negative when it looks the other way.
    pub aspect: f32,
    /// 0 to 1.
    pub opacity: f32,
    /// Times red, green and blue.
    pub tint: [f32; 3],
}

impl Canvas {
    /// A black one.
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0xff00_0000; width * height],
        }
    }

    /// Lays `layer` over.
    pub fn draw(&mut self, layer: &Layer, view: View) {
        let width = self.width;
        let rows = self.pixels.par_chunks_exact_mut(width).enumerate();
        rows.for_each(|(y, row)| {
            let v = view.origin[1] + view.step * y as f32;
            if v + 1.0 < layer.rows.start as f32 || v > layer.rows.end as f32 {
                return;
            }
            let mut u = view.origin[0];
            if let Some(sway) = view.sway {
                let depth = (v - sway.from_row).max(0.0) / layer.height as f32;
                u += sway.amplitude * depth.sqrt() * (v * sway.angle_per_row + sway.phase).sin();
            }
            draw_row(row, layer, [u, v], view);
        });
    }

    /// Lays a sprite over.
    pub fn draw_sprite(&mut self, sprite: &Layer, pose: Pose) {
        let (sin, cos) = pose.angle.sin_cos();
        let half_width = pose.half * pose.aspect.abs();
        let reach = half_width.abs().hypot(pose.half) + 1.0;
        let first = (pose.center[1] - reach).max(0.0) as usize;
        let last = ((pose.center[1] + reach).max(0.0) as usize + 1).min(self.height);
        if first >= last || pose.half <= 0.5 {
            return;
        }
        let left = (pose.center[0] - reach).max(0.0) as usize;
        let right = ((pose.center[0] + reach).max(0.0) as usize + 1).min(self.width);
        if left >= right {
            return;
        }
        let tint = Tint::new(pose.tint, pose.opacity);
        let (to_u, to_v) = (
            sprite.width as f32 / 2.0 / (pose.half * pose.aspect),
            sprite.height as f32 / 2.0 / pose.half,
        );
        let width = self.width;
        let rows = self.pixels[first * width..last * width].par_chunks_exact_mut(width);
        rows.enumerate().for_each(|(index, row)| {
            let dy = (first + index) as f32 - pose.center[1];
            for (x, below) in row[left..right].iter_mut().enumerate() {
                let dx = (left + x) as f32 - pose.center[0];
                let u = (dx * cos + dy * sin) * to_u + sprite.width as f32 / 2.0 - 0.5;
                let v = (dy * cos - dx * sin) * to_v + sprite.height as f32 / 2.0 - 0.5;
                let top = sprite.sample(u, v);
                if top >> 24 != 0 {
                    *below = over(tint.apply(top), *below);
                }
            }
        });
    }

    /// Changes each pixel of a box by a function of its place.
    pub fn change_box(
        &mut self,
        [left, top, right, bottom]: [f32; 4],
        change: impl Fn(f32, f32, u32) -> u32 + Sync,
    ) {
        let first = top.max(0.0) as usize;
        let last = (bottom.max(0.0) as usize + 1).min(self.height);
        let from = left.max(0.0) as usize;
        let to = (right.max(0.0) as usize + 1).min(self.width);
        if first >= last || from >= to {
            return;
        }
        let width = self.width;
        for (index, row) in self.pixels[first * width..last * width]
            .chunks_exact_mut(width)
            .enumerate()
        {
            for (x, pixel) in row[from..to].iter_mut().enumerate() {
                *pixel = change((from + x) as f32, (first + index) as f32, *pixel);
            }
        }
    }
}

/// Shares of 256 for red, green, blue and alpha.
struct Tint {
    shares: [u32; 4],
    is_plain: bool,
}

impl Tint {
    fn new(tint: [f32; 3], opacity: f32) -> Self {
        let share = |value: f32| (value * opacity * 256.0).clamp(0.0, 256.0) as u32;
        let shares = [share(tint[0]), share(tint[1]), share(tint[2]), share(1.0)];
        Self {
            shares,
            is_plain: shares == [256; 4],
        }
    }

    #[inline]
    fn apply(&self, pixel: u32) -> u32 {
        if self.is_plain {
            return pixel;
        }
        let byte = |index: usize| ((pixel >> (8 * index) & 255) * self.shares[index]) >> 8;
        byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24
    }
}

fn draw_row(row: &mut [u32], layer: &Layer, [u, v]: [f32; 2], view: View) {
    let top = v.floor();
    let fy = ((v - top) * 256.0) as u32;
    let last = layer.height as isize - 1;
    let line = |y: isize| {
        let y = y.clamp(0, last) as usize;
        &layer.pixels[y * layer.width..][..layer.width]
    };
    let (upper, lower) = (line(top as isize), line(top as isize + 1));
    let width = layer.width as isize;
    // 16 bits after the point.
    let step = (f64::from(view.step) * 65_536.0) as i64;
    let mut position = (f64::from(u) * 65_536.0) as i64;
    for below in row {
        let fx = (position >> 8 & 255) as u32;
        let x = (position >> 16) as isize;
        let (left, right) = if view.wraps {
            (x.rem_euclid(width), (x + 1).rem_euclid(width))
        } else {
            (x.clamp(0, width - 1), (x + 1).clamp(0, width - 1))
        };
        let (left, right) = (left as usize, right as usize);
        let top = mixed(upper[left], upper[right], fx);
        let bottom = mixed(lower[left], lower[right], fx);
        *below = over(mixed(top, bottom, fy), *below);
        position += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_replaces_and_clear_keeps() {
        let red = pixel([1.0, 0.0, 0.0], 1.0);
        let blue = pixel([0.0, 0.0, 1.0], 1.0);
        assert_eq!(over(red, blue), red);
        assert_eq!(over(0, blue), blue);
        let half = over(pixel([1.0, 0.0, 0.0], 0.5), blue);
        assert!((half & 255).abs_diff(128) <= 1 && (half >> 16 & 255).abs_diff(127) <= 2);
        assert_eq!(half >> 24, 255);
    }

    #[test]
    fn a_layer_in_place_is_itself() {
        let layer = Layer::painted(8, 6, |x, y| {
            pixel([x as f32 / 8.0, y as f32 / 6.0, 0.5], 1.0)
        });
        let mut canvas = Canvas::new(8, 6);
        let view = View {
            origin: [0.0, 0.0],
            step: 1.0,
            wraps: false,
            sway: None,
        };
        canvas.draw(&layer, view);
        assert_eq!(canvas.pixels, layer.pixels);
        let moved = View {
            origin: [3.0, 0.0],
            wraps: true,
            ..view
        };
        canvas.draw(&layer, moved);
        assert_eq!(canvas.pixels[0], layer.pixels[3]);
        assert_eq!(canvas.pixels[7], layer.pixels[2]);
    }

    #[test]
    fn sprites_lie_where_they_are_put() {
        let sprite = Layer::painted(10, 10, |_, _| pixel([1.0; 3], 1.0));
        let mut canvas = Canvas::new(40, 40);
        canvas.draw_sprite(
            &sprite,
            Pose {
                center: [20.0, 10.0],
                half: 5.0,
                angle: 0.0,
                aspect: 1.0,
                opacity: 1.0,
                tint: [1.0; 3],
            },
        );
        let white = canvas
            .pixels
            .iter()
            .filter(|pixel| **pixel == 0xffff_ffff)
            .count();
        assert!((64..=121).contains(&white), "{white}");
        assert_eq!(canvas.pixels[10 * 40 + 20], 0xffff_ffff);
        assert_eq!(canvas.pixels[30 * 40 + 20], 0xff00_0000);
    }
}

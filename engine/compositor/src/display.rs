//! Finished frames as RGBA for screens, thumbnails and networks: exactly the codes that the encoder gets.
//!
//! Chroma is repeated over its four pixels, as the compositor reads it. High dynamic range is not toned down here;
//! draw such pictures with the compositor first.

use crate::{
    color::rgb_from_codes,
    shrink::{Samples, premultiplied},
};
use av::{PixelFormat, ScanSize, VideoFrame};

/// Bits after the point of the whole-number matrix: all sums stay below 2³¹ and are exact to a tenth of a code.
const POINT: u32 = 16;

/// `frame` as straight RGBA of the same size; any layout, matrix and range comes in.
///
/// # Panics
/// When the frame's planes are shorter than its size says.
pub fn to_rgba(frame: &VideoFrame) -> VideoFrame {
    if frame.format == PixelFormat::Rgba8 {
        return frame.clone();
    }
    let matrix = Matrix::new(frame);
    let width = frame.size.width as usize;
    let mut data = vec![0; width * frame.size.height as usize * 4];
    for (y, out) in data.chunks_exact_mut(width * 4).enumerate() {
        let luma = frame.row(0, y);
        if frame.format == PixelFormat::Nv12 {
            let pairs = frame.row(1, y / 2).chunks_exact(2);
            let chroma = pairs.map(|pair| [pair[0], pair[1]]);
            matrix.row(luma, chroma, out);
        } else {
            let rows = frame.row(1, y / 2).iter().zip(frame.row(2, y / 2));
            matrix.row(luma, rows.map(|(u, v)| [*u, *v]), out);
        }
    }
    VideoFrame::from_rgba(frame.size, data, frame.pts)
}

/// `frame` as straight RGBA, made smaller (never larger) to fit into `bounds`, with its shape kept.
///
/// Each pixel is the mean of those it stands for.
///
/// # Panics
/// When the frame's planes are shorter than its size says.
pub fn to_rgba_within(frame: &VideoFrame, bounds: ScanSize) -> VideoFrame {
    let size = fitted(frame.size, bounds);
    if size == frame.size {
        return to_rgba(frame);
    }
    let plane = |index: usize| shrunk(&Samples::of_plane(frame, index), size);
    let data = match frame.format {
        PixelFormat::Rgba8 => straight(shrunk(&premultiplied(frame).0, size)),
        PixelFormat::I420 => {
            let [luma, u, v] = [plane(0), plane(1), plane(2)];
            let chroma = u.iter().zip(&v).map(|(u, v)| [*u, *v]);
            Matrix::new(frame).pixels(&luma, chroma)
        }
        PixelFormat::Nv12 => {
            let [luma, chroma] = [plane(0), plane(1)];
            let pairs = chroma.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
            Matrix::new(frame).pixels(&luma, pairs)
        }
    };
    VideoFrame::from_rgba(size, data, frame.pts)
}

/// The largest size of the same shape within `bounds`, at least one pixel each way.
fn fitted(size: ScanSize, bounds: ScanSize) -> ScanSize {
    let across = f64::from(bounds.width.max(1)) / f64::from(size.width);
    let down = f64::from(bounds.height.max(1)) / f64::from(size.height);
    let scale = across.min(down);
    if scale >= 1.0 {
        return size;
    }
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    ScanSize::new(side(size.width), side(size.height))
}

/// Codes to red, green and blue in whole numbers.
struct Matrix {
    luma: i32,
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
    /// What is added to each channel; half a code for rounding is in it.
    offset: [i32; 3],
}

impl Matrix {
    fn new(frame: &VideoFrame) -> Self {
        let scale = 255.0 * f64::from(1 << POINT);
        let [r, g, b] = rgb_from_codes(frame.color)
            .0
            .map(|row| row.map(|value| (value * scale).round() as i32));
        Self {
            luma: r[0],
            red_v: r[2],
            green_u: g[1],
            green_v: g[2],
            blue_u: b[1],
            offset: [r[3], g[3], b[3]].map(|value| value + (1 << (POINT - 1))),
        }
    }

    fn parts(&self, [u, v]: [u8; 2]) -> [i32; 3] {
        let (u, v) = (i32::from(u), i32::from(v));
        [
            self.red_v * v + self.offset[0],
            self.green_u * u + self.green_v * v + self.offset[1],
            self.blue_u * u + self.offset[2],
        ]
    }

    fn pixel(&self, luma: u8, parts: [i32; 3]) -> [u8; 4] {
        let luma = self.luma * i32::from(luma);
        let [r, g, b] = parts.map(|part| ((luma + part) >> POINT).clamp(0, 255) as u8);
        [r, g, b, 255]
    }

    fn row(&self, luma: &[u8], chroma: impl Iterator<Item = [u8; 2]>, out: &mut [u8]) {
        let pairs = luma.chunks(2).zip(out.chunks_mut(8));
        for ((luma, out), chroma) in pairs.zip(chroma) {
            let parts = self.parts(chroma);
            for (luma, out) in luma.iter().zip(out.chunks_exact_mut(4)) {
                out.copy_from_slice(&self.pixel(*luma, parts));
            }
        }
    }

    fn pixels(&self, luma: &[u8], chroma: impl Iterator<Item = [u8; 2]>) -> Vec<u8> {
        luma.iter()
            .zip(chroma)
            .flat_map(|(luma, chroma)| self.pixel(*luma, self.parts(chroma)))
            .collect()
    }
}

/// Means over the samples that each of `size` pixels stands for; pixels denser than samples repeat them.
fn shrunk(samples: &Samples<'_>, size: ScanSize) -> Vec<u8> {
    let channels = samples.sample_bytes;
    let (width, height) = (size.width as usize, size.height as usize);
    let span = |index: usize, count: usize, of: u32| {
        let start = index * of as usize / count;
        start..((index + 1) * of as usize / count).max(start + 1)
    };
    let mut sums = vec![0_u32; samples.size.width as usize * channels];
    let mut data = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        let rows = span(y, height, samples.size.height);
        let row_count = rows.len();
        sums.fill(0);
        for y in rows {
            for (sum, value) in sums.iter_mut().zip(samples.row(y)) {
                *sum += u32::from(*value);
            }
        }
        for x in 0..width {
            let columns = span(x, width, samples.size.width);
            let count = (row_count * columns.len()) as u32;
            for channel in 0..channels {
                let sum: u32 = columns.clone().map(|x| sums[x * channels + channel]).sum();
                data.push(((sum + count / 2) / count) as u8);
            }
        }
    }
    data
}

/// Divides colors by alpha.
fn straight(mut data: Vec<u8>) -> Vec<u8> {
    for pixel in data.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        if alpha == 0 || alpha == 255 {
            continue;
        }
        for value in &mut pixel[..3] {
            *value = ((u32::from(*value) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{ColorMatrix, ColorRange, ColorSpace, Ticks, Transfer};

    #[test]
    fn every_sampled_code_is_the_analytic_color() {
        for matrix in [ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020] {
            for range in [ColorRange::Limited, ColorRange::Full] {
                let color = ColorSpace {
                    matrix,
                    range,
                    transfer: Transfer::Bt709,
                };
                let lattice = (0..=255_u8).step_by(17);
                for (y, u, v) in lattice
                    .clone()
                    .flat_map(|y| lattice.clone().map(move |u| (y, u)))
                    .flat_map(|(y, u)| (0..=255_u8).step_by(51).map(move |v| (y, u, v)))
                {
                    let frame = VideoFrame::from_i420(
                        ScanSize::new(1, 1),
                        color,
                        [vec![y], vec![u], vec![v]],
                        Ticks::ZERO,
                    );
                    let shown = to_rgba(&frame);
                    let want = rgb_from_codes(color).apply([y, u, v].map(f64::from));
                    for (got, want) in shown.row(0, 0).iter().zip(want) {
                        let want = (want * 255.0).clamp(0.0, 255.0);
                        assert!((f64::from(*got) - want).abs() < 0.51, "{y} {u} {v}");
                    }
                }
            }
        }
    }

    #[test]
    fn shrinking_keeps_shape_and_mean() {
        let luma = (0..64 * 32)
            .map(|i| if i % 2 == 0 { 16 } else { 235 })
            .collect();
        let frame = VideoFrame::from_i420(
            ScanSize::new(64, 32),
            ColorSpace::VIDEO,
            [luma, vec![128; 512], vec![128; 512]],
            Ticks(7),
        );
        let small = to_rgba_within(&frame, ScanSize::new(16, 16));
        assert_eq!((small.size, small.pts), (ScanSize::new(16, 8), Ticks(7)));
        assert!(
            small
                .row(0, 3)
                .chunks(4)
                .all(|p| p[0].abs_diff(128) <= 1 && p[3] == 255)
        );
        let same = to_rgba_within(&frame, ScanSize::new(1000, 1000));
        assert_eq!(same, to_rgba(&frame));
        let third = to_rgba_within(&frame, ScanSize::new(21, 1000));
        assert_eq!(third.size, ScanSize::new(21, 11));
    }

    #[test]
    fn transparent_colors_do_not_bleed() {
        let frame = VideoFrame::from_rgba(
            ScanSize::new(2, 2),
            vec![200, 0, 0, 255, 0, 255, 0, 0, 200, 0, 0, 255, 0, 255, 0, 0],
            Ticks::ZERO,
        );
        let small = to_rgba_within(&frame, ScanSize::new(1, 1));
        assert_eq!(small.row(0, 0), [199, 0, 0, 128]);
    }
}

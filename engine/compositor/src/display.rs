//! Finished frames as RGBA for screens, thumbnails and networks: exactly the codes that the encoder gets.
//!
//! Chroma is repeated over its four pixels, as the compositor reads it. High dynamic range is not toned down here;
//! draw such pictures with the compositor first.

use crate::{
    color::rgb_from_codes,
    shrink::{Samples, premultiplied},
};
use av::{ColorSpace, PixelFormat, ScanSize, VideoFrame};

/// `frame` as straight RGBA of the same size; any layout, matrix and range comes in.
///
/// # Panics
/// When the frame's planes are shorter than its size says.
pub fn to_rgba(frame: &VideoFrame) -> VideoFrame {
    if frame.format == PixelFormat::Rgba8 {
        return frame.clone();
    }
    let width = frame.size.width as usize;
    let mut data = vec![0; width * frame.size.height as usize * 4];
    let mut chroma = Chroma::new(frame);
    let mut pixels = vec![0_u32; width];
    for (y, out) in data.chunks_exact_mut(width * 4).enumerate() {
        if y % 2 == 0 {
            chroma.read(frame, y / 2);
        }
        chroma.colored(frame.row(0, y), &mut pixels);
        out.copy_from_slice(bytemuck::cast_slice(&pixels));
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
        PixelFormat::I420 => colored(frame.color, &plane(0), plane(1).iter().zip(&plane(2))),
        PixelFormat::Nv12 => {
            let chroma = plane(1);
            let pairs = chroma.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
            colored(frame.color, &plane(0), pairs)
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

/// What chroma adds to each channel of a row's pixels. Loops over plain rows of numbers run several pixels at once.
struct Chroma {
    matrix: Matrix,
    u: Vec<f32>,
    v: Vec<f32>,
    red: Vec<f32>,
    green: Vec<f32>,
    blue: Vec<f32>,
}

impl Chroma {
    fn new(frame: &VideoFrame) -> Self {
        let row = vec![0.0; frame.size.width as usize];
        let pairs = vec![0.0; frame.size.width.div_ceil(2) as usize];
        Self {
            matrix: Matrix::new(frame.color),
            u: pairs.clone(),
            v: pairs,
            red: row.clone(),
            green: row.clone(),
            blue: row,
        }
    }

    fn read(&mut self, frame: &VideoFrame, row: usize) {
        if frame.format == PixelFormat::Nv12 {
            let pairs = frame.row(1, row).chunks_exact(2);
            self.add(pairs.map(|pair| (&pair[0], &pair[1])));
        } else {
            self.add(frame.row(1, row).iter().zip(frame.row(2, row)));
        }
    }

    fn add<'a>(&mut self, chroma: impl Iterator<Item = (&'a u8, &'a u8)>) {
        for ((u, v), pair) in self.u.iter_mut().zip(&mut self.v).zip(chroma) {
            *u = f32::from(*pair.0);
            *v = f32::from(*pair.1);
        }
        let rows = [&mut self.red, &mut self.green, &mut self.blue];
        for (channel, row) in rows.into_iter().enumerate() {
            let (of_u, of_v) = (self.matrix.u[channel], self.matrix.v[channel]);
            let offset = self.matrix.offset[channel];
            let (places, last) = row.as_chunks_mut::<2>();
            for (place, (u, v)) in places.iter_mut().zip(self.u.iter().zip(&self.v)) {
                *place = [u * of_u + v * of_v + offset; 2];
            }
            if let ([place], Some(u), Some(v)) = (last, self.u.last(), self.v.last()) {
                *place = u * of_u + v * of_v + offset;
            }
        }
    }

    fn colored(&self, luma: &[u8], pixels: &mut [u32]) {
        let chroma = self.red.iter().zip(&self.green).zip(&self.blue);
        for ((pixel, luma), ((r, g), b)) in pixels.iter_mut().zip(luma).zip(chroma) {
            *pixel = self.matrix.pixel(*luma, [*r, *g, *b]);
        }
    }
}

/// Codes to red, green and blue from 0 to 255.
struct Matrix {
    luma: f32,
    u: [f32; 3],
    v: [f32; 3],
    /// What is added to each channel.
    offset: [f32; 3],
}

impl Matrix {
    fn new(color: ColorSpace) -> Self {
        let rows = rgb_from_codes(color).0;
        let column = |index: usize| rows.map(|row| (row[index] * 255.0) as f32);
        Self {
            luma: column(0)[0],
            u: column(1),
            v: column(2),
            offset: column(3),
        }
    }

    fn parts(&self, u: u8, v: u8) -> [f32; 3] {
        let (u, v) = (f32::from(u), f32::from(v));
        [0, 1, 2].map(|channel| self.u[channel] * u + self.v[channel] * v + self.offset[channel])
    }

    /// Red, green, blue and full alpha in the order that bytes lie in memory.
    fn pixel(&self, luma: u8, parts: [f32; 3]) -> u32 {
        let luma = self.luma * f32::from(luma);
        let [r, g, b] = parts.map(|part| rounded_byte(luma + part));
        (r | g << 8 | b << 16 | 0xFF00_0000).to_le()
    }
}

/// The nearest whole number from 0 to 255. At 2²³ the last bit of a float counts ones: adding that rounds, and unlike a
/// cast it can be done for several pixels at once.
#[allow(
    clippy::manual_clamp,
    reason = "`clamp` keeps what is not a number, which costs the loop its speed"
)]
fn rounded_byte(value: f32) -> u32 {
    const ONES: f32 = 8_388_608.0;
    (value.max(0.0).min(255.0) + ONES).to_bits() & 0xFF
}

/// Pixels of luma with as many pairs of chroma.
fn colored<'a>(
    color: ColorSpace,
    luma: &[u8],
    chroma: impl Iterator<Item = (&'a u8, &'a u8)>,
) -> Vec<u8> {
    let matrix = Matrix::new(color);
    luma.iter()
        .zip(chroma)
        .flat_map(|(luma, (u, v))| matrix.pixel(*luma, matrix.parts(*u, *v)).to_ne_bytes())
        .collect()
}

/// Means over the samples that each of `size` pixels stands for; pixels denser than samples repeat them.
fn shrunk(samples: &Samples<'_>, size: ScanSize) -> Vec<u8> {
    let channels = samples.sample_bytes;
    let (width, height) = (size.width as usize, size.height as usize);
    if size == samples.size {
        // Chroma at half size needs nothing, the commonest case of all.
        return (0..height).flat_map(|y| samples.row(y)).copied().collect();
    }
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
            let share = 1.0 / (row_count * columns.len()) as f32;
            let block = &sums[columns.start * channels..columns.end * channels];
            let mut push = |sum: u32| data.push(rounded_byte(sum as f32 * share) as u8);
            if channels == 1 {
                push(block.iter().sum());
                continue;
            }
            for channel in 0..channels {
                push(block[channel..].iter().step_by(channels).sum());
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
    use av::{ColorMatrix, ColorRange, Ticks, Transfer};

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

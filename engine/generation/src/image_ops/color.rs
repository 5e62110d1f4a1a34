//! Between frames as they are stored and planes of red, green and blue from 0 to 1.
//!
//! Honored: matrix (BT.601, BT.709, BT.2020) and range. Chroma is taken to sit between two luma columns' first (left)
//! and halfway between rows, as H.264 does by default. The transfer curve is kept as it is: networks were trained on
//! coded values, whatever the curve.

use super::resize_plane;
use av::{ColorMatrix, ColorRange, ColorSpace, PixelFormat, ScanSize, Ticks, VideoFrame};
use rayon::prelude::*;

/// Three planes of coded values from 0 to 1: red, green, blue, rows tight.
#[derive(Debug, Clone, PartialEq)]
pub struct Rgb {
    /// Pixels across and down.
    pub size: ScanSize,
    /// The planes one after the other.
    pub planes: Vec<f32>,
}

impl Rgb {
    /// A black picture.
    pub fn black(size: ScanSize) -> Self {
        Self {
            size,
            planes: vec![0.0; size.area() as usize * 3],
        }
    }

    /// Plane 0 (red), 1 (green) or 2 (blue).
    pub fn plane(&self, index: usize) -> &[f32] {
        let area = self.size.area() as usize;
        &self.planes[index * area..][..area]
    }

    /// The same picture at another size.
    pub fn resized(&self, size: ScanSize) -> Self {
        if self.size == size {
            return self.clone();
        }
        let planes = (0..3).map(|plane| resize_plane(self.plane(plane), self.size, size));
        Self {
            size,
            planes: planes.collect::<Vec<_>>().concat(),
        }
    }
}

/// Weights of red and blue in luma.
fn luma_weights(matrix: ColorMatrix) -> (f32, f32) {
    match matrix {
        ColorMatrix::Bt601 => (0.299, 0.114),
        ColorMatrix::Bt709 => (0.2126, 0.0722),
        ColorMatrix::Bt2020 => (0.2627, 0.0593),
    }
}

/// Codes of black luma, and how many codes luma and chroma span.
fn code_range(range: ColorRange) -> (f32, f32, f32) {
    match range {
        ColorRange::Limited => (16.0, 219.0, 224.0),
        ColorRange::Full => (0.0, 255.0, 255.0),
    }
}

/// From Y, Cb, Cr codes to red, green, blue from 0 to 1.
struct Decoder {
    black: f32,
    luma: f32,
    red_cr: f32,
    green_cb: f32,
    green_cr: f32,
    blue_cb: f32,
}

impl Decoder {
    fn new(color: ColorSpace) -> Self {
        let (red, blue) = luma_weights(color.matrix);
        let green = 1.0 - red - blue;
        let (black, luma, chroma) = code_range(color.range);
        Self {
            black,
            luma: 1.0 / luma,
            red_cr: 2.0 * (1.0 - red) / chroma,
            green_cb: -2.0 * (1.0 - blue) * blue / green / chroma,
            green_cr: -2.0 * (1.0 - red) * red / green / chroma,
            blue_cb: 2.0 * (1.0 - blue) / chroma,
        }
    }

    #[inline]
    fn rgb(&self, y: f32, cb: f32, cr: f32) -> [f32; 3] {
        let (y, cb, cr) = ((y - self.black) * self.luma, cb - 128.0, cr - 128.0);
        [
            y + self.red_cr * cr,
            y + self.green_cb * cb + self.green_cr * cr,
            y + self.blue_cb * cb,
        ]
    }
}

/// Two rows of chroma and how they mix for one row of luma.
struct ChromaRow<'a> {
    rows: [&'a [u8]; 2],
    share: f32,
    step: usize,
    offset: usize,
}

impl<'a> ChromaRow<'a> {
    fn new(frame: &'a VideoFrame, plane: usize, offset: usize, y: usize) -> Self {
        let height = frame.plane_size(plane).height as usize;
        // Luma row y lies a quarter of a chroma row before or after the middle of its own chroma row.
        let (near, far) = (
            y / 2,
            if y.is_multiple_of(2) {
                (y / 2).saturating_sub(1)
            } else {
                (y / 2 + 1).min(height - 1)
            },
        );
        Self {
            rows: [frame.row(plane, near), frame.row(plane, far)],
            share: 0.25,
            step: frame.plane_sample_bytes(plane),
            offset,
        }
    }

    #[inline]
    fn at(&self, column: usize) -> f32 {
        let place = column * self.step + self.offset;
        let (near, far) = (
            f32::from(self.rows[0][place]),
            f32::from(self.rows[1][place]),
        );
        near + (far - near) * self.share
    }

    /// The value at luma column `x` of a row of `width` chroma columns.
    #[inline]
    fn sample(&self, x: usize, width: usize) -> f32 {
        let here = self.at(x / 2);
        if x.is_multiple_of(2) || x / 2 + 1 == width {
            here
        } else {
            f32::midpoint(here, self.at(x / 2 + 1))
        }
    }
}

/// `frame` as planes of red, green and blue; its alpha is ignored.
pub fn rgb_from_frame(frame: &VideoFrame) -> Rgb {
    let width = frame.size.width as usize;
    let mut rgb = Rgb::black(frame.size);
    let area = frame.size.area() as usize;
    let (red, rest) = rgb.planes.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    let rows = red
        .par_chunks_mut(width)
        .zip(green.par_chunks_mut(width))
        .zip(blue.par_chunks_mut(width));
    let decoder = Decoder::new(frame.color);
    let chroma_width = frame.plane_size(1).width as usize;
    rows.enumerate().for_each(|(y, ((red, green), blue))| {
        if frame.format == PixelFormat::Rgba8 {
            let (pixels, _none) = frame.row(0, y).as_chunks::<4>();
            for (x, [r, g, b, _alpha]) in pixels.iter().enumerate() {
                (red[x], green[x], blue[x]) = (unit(*r), unit(*g), unit(*b));
            }
            return;
        }
        let (cb, cr) = chroma_rows(frame, y);
        for (x, &luma) in frame.row(0, y).iter().enumerate() {
            let (cb, cr) = (cb.sample(x, chroma_width), cr.sample(x, chroma_width));
            [red[x], green[x], blue[x]] = decoder.rgb(f32::from(luma), cb, cr);
        }
    });
    for value in &mut rgb.planes {
        *value = value.clamp(0.0, 1.0);
    }
    rgb
}

fn chroma_rows(frame: &VideoFrame, y: usize) -> (ChromaRow<'_>, ChromaRow<'_>) {
    let (plane, offset) = match frame.format {
        PixelFormat::Nv12 => (1, 1),
        PixelFormat::I420 | PixelFormat::Rgba8 => (2, 0),
    };
    (
        ChromaRow::new(frame, 1, 0, y),
        ChromaRow::new(frame, plane, offset, y),
    )
}

fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

/// Brightness from 0 to 1: luma where it is stored, else BT.709 luma of the coded values.
pub fn gray_from_frame(frame: &VideoFrame) -> Vec<f32> {
    let width = frame.size.width as usize;
    let mut gray = vec![0.0; frame.size.area() as usize];
    let decoder = Decoder::new(frame.color);
    let rows = gray.par_chunks_mut(width).enumerate();
    rows.for_each(|(y, row)| match frame.format {
        PixelFormat::Rgba8 => {
            let (pixels, _none) = frame.row(0, y).as_chunks::<4>();
            for (value, [r, g, b, _alpha]) in row.iter_mut().zip(pixels) {
                *value = 0.2126 * unit(*r) + 0.7152 * unit(*g) + 0.0722 * unit(*b);
            }
        }
        PixelFormat::I420 | PixelFormat::Nv12 => {
            for (value, &luma) in row.iter_mut().zip(frame.row(0, y)) {
                *value = ((f32::from(luma) - decoder.black) * decoder.luma).clamp(0.0, 1.0);
            }
        }
    });
    gray
}

/// `rgb` as a frame in `like`'s layout and color space (RGBA when that is RGBA, else I420), shown at `pts`.
pub fn frame_like(rgb: &Rgb, like: Option<&VideoFrame>, pts: Ticks) -> VideoFrame {
    match like {
        Some(like) if like.format != PixelFormat::Rgba8 => i420(rgb, like.color, pts),
        Some(_) | None => rgba(rgb, pts),
    }
}

fn rgba(rgb: &Rgb, pts: Ticks) -> VideoFrame {
    let (red, green, blue) = (rgb.plane(0), rgb.plane(1), rgb.plane(2));
    let mut data = vec![255; rgb.size.area() as usize * 4];
    let (pixels, _none) = data.as_chunks_mut::<4>();
    for (place, pixel) in pixels.iter_mut().enumerate() {
        *pixel = [byte(red[place]), byte(green[place]), byte(blue[place]), 255];
    }
    VideoFrame::from_rgba(rgb.size, data, pts)
}

fn i420(rgb: &Rgb, color: ColorSpace, pts: Ticks) -> VideoFrame {
    let (width, height) = (rgb.size.width as usize, rgb.size.height as usize);
    let (red, green, blue) = (rgb.plane(0), rgb.plane(1), rgb.plane(2));
    let (weight_red, weight_blue) = luma_weights(color.matrix);
    let weight_green = 1.0 - weight_red - weight_blue;
    let (black, luma_span, chroma_span) = code_range(color.range);
    let luma = |place: usize| {
        weight_red * red[place] + weight_green * green[place] + weight_blue * blue[place]
    };
    let code = |value: f32| (value + 0.5).clamp(0.0, 255.0) as u8;
    let mut y_plane = vec![0; width * height];
    let rows = y_plane.par_chunks_mut(width).enumerate();
    rows.for_each(|(y, row)| {
        for (x, value) in row.iter_mut().enumerate() {
            *value = code(black + luma_span * luma(y * width + x));
        }
    });
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut u_plane = vec![0; half_width * half_height];
    let mut v_plane = u_plane.clone();
    let rows = u_plane
        .par_chunks_mut(half_width)
        .zip(v_plane.par_chunks_mut(half_width))
        .enumerate();
    rows.for_each(|(y, (u_row, v_row))| {
        let rows = [2 * y, (2 * y + 1).min(height - 1)];
        for (x, (u, v)) in u_row.iter_mut().zip(v_row).enumerate() {
            // Chroma sits on even columns: a 1-2-1 mix across, the mean of two rows down.
            let columns = [(2 * x).saturating_sub(1), 2 * x, (2 * x + 1).min(width - 1)];
            let (mut cb, mut cr) = (0.0, 0.0);
            for row in rows {
                for (column, share) in columns.iter().zip([0.125, 0.25, 0.125]) {
                    let place = row * width + column;
                    let luma = luma(place);
                    cb += share * (blue[place] - luma);
                    cr += share * (red[place] - luma);
                }
            }
            *u = code(128.0 + chroma_span * cb / (2.0 * (1.0 - weight_blue)));
            *v = code(128.0 + chroma_span * cr / (2.0 * (1.0 - weight_red)));
        }
    });
    VideoFrame::from_i420(rgb.size, color, [y_plane, u_plane, v_plane], pts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(size: ScanSize, [r, g, b]: [f32; 3]) -> Rgb {
        let area = size.area() as usize;
        Rgb {
            size,
            planes: [vec![r; area], vec![g; area], vec![b; area]].concat(),
        }
    }

    #[test]
    fn known_colors_have_their_known_codes() {
        let size = ScanSize::new(5, 3);
        let like = |color| {
            let planes = [vec![0; 15], vec![0; 6], vec![0; 6]];
            VideoFrame::from_i420(size, color, planes, Ticks::ZERO)
        };
        let codes = |rgb, color| {
            let frame = frame_like(&flat(size, rgb), Some(&like(color)), Ticks::ZERO);
            [0, 1, 2].map(|plane| frame.row(plane, 1)[2])
        };
        // Color bars of 100 %: BT.709 and BT.601 in limited range.
        assert_eq!(codes([1.0; 3], ColorSpace::VIDEO), [235, 128, 128]);
        assert_eq!(codes([1.0, 0.0, 0.0], ColorSpace::VIDEO), [63, 102, 240]);
        let standard = ColorSpace {
            matrix: ColorMatrix::Bt601,
            ..ColorSpace::VIDEO
        };
        assert_eq!(codes([1.0, 0.0, 0.0], standard), [81, 90, 240]);
        let full = ColorSpace {
            range: ColorRange::Full,
            ..standard
        };
        assert_eq!(codes([0.0, 0.0, 1.0], full), [29, 255, 107]);
    }

    #[test]
    fn there_and_back_changes_two_codes_inside() {
        let size = ScanSize::new(17, 9);
        for color in [ColorSpace::VIDEO, ColorSpace::assumed_for(size)] {
            // A soft ramp, as chroma at half size keeps no more.
            let mut rgb = Rgb::black(size);
            for (place, value) in rgb.planes.iter_mut().enumerate() {
                let (plane, place) = (place / 153, place % 153);
                *value = 0.2 + 0.03 * (place % 17) as f32 + 0.02 * (place / 17 * plane) as f32;
            }
            let like = VideoFrame::from_i420(
                size,
                color,
                [vec![0; 153], vec![0; 45], vec![0; 45]],
                Ticks::ZERO,
            );
            let frame = frame_like(&rgb, Some(&like), Ticks(5));
            assert_eq!(
                (frame.format, frame.color, frame.pts),
                (PixelFormat::I420, color, Ticks(5))
            );
            let back = rgb_from_frame(&frame);
            for (place, (found, wanted)) in back.planes.iter().zip(&rgb.planes).enumerate() {
                let (x, y) = (place % 17, place % 153 / 17);
                // Half-size chroma is repeated at the border, where a ramp goes on.
                let is_inside = (2..15).contains(&x) && (2..7).contains(&y);
                let allowed = if is_inside { 2.0 } else { 5.0 };
                let codes = (found - wanted).abs() * 255.0;
                assert!(codes < allowed, "{codes} at {x}, {y}");
            }
            let nv12 = to_nv12(&frame);
            assert_eq!(rgb_from_frame(&nv12), back, "NV12 is read like I420");
            assert_eq!(gray_from_frame(&nv12), gray_from_frame(&frame));
        }
    }

    fn to_nv12(frame: &VideoFrame) -> VideoFrame {
        let pairs = frame.planes[1].data.iter().zip(frame.planes[2].data.iter());
        let data: Vec<u8> = pairs.flat_map(|(u, v)| [*u, *v]).collect();
        let chroma = av::Plane {
            data: data.into(),
            stride: frame.planes[1].stride * 2,
        };
        VideoFrame {
            format: PixelFormat::Nv12,
            planes: vec![frame.planes[0].clone(), chroma],
            ..frame.clone()
        }
    }

    #[test]
    fn rgba_survives_exactly() {
        let size = ScanSize::new(3, 2);
        let data: Vec<u8> = (0..24)
            .map(|v| if v % 4 == 3 { 255 } else { v * 10 })
            .collect();
        let frame = VideoFrame::from_rgba(size, data, Ticks::ZERO);
        let again = frame_like(&rgb_from_frame(&frame), None, Ticks::ZERO);
        assert_eq!(again, frame);
    }
}

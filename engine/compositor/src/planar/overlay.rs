//! Premultiplied colors over a picture in Y, U and V.

use crate::{color::video_codes_from_rgb, placement::Placement, title::TitlePicture};
use av::{ColorSpace, ScanSize, Ticks, VideoFrame};
use std::sync::Arc;
use timeline::Rgba;

/// Colors and where they lie.
pub struct Overlay {
    colors: Colors,
    /// Left, top, right, bottom of the pixels that are covered.
    bounds: [usize; 4],
    /// What is added to a pixel's place to find its color's place.
    shift: [i64; 2],
    opacity: f32,
}

enum Colors {
    One([f32; 4]),
    Straight(Arc<VideoFrame>),
    Title(Arc<TitlePicture>),
}

impl Overlay {
    /// Covers nothing.
    pub fn nothing() -> Self {
        Self {
            colors: Colors::One([0.0; 4]),
            bounds: [0; 4],
            shift: [0; 2],
            opacity: 0.0,
        }
    }

    /// An RGBA picture.
    pub fn picture(frame: &Arc<VideoFrame>, placement: &Placement, opacity: f64) -> Self {
        Self::new(Colors::Straight(Arc::clone(frame)), placement, opacity)
    }

    /// A drawn title.
    pub fn title(title: Arc<TitlePicture>, placement: &Placement, opacity: f64) -> Self {
        Self::new(Colors::Title(title), placement, opacity)
    }

    /// One color.
    pub fn color(Rgba([r, g, b, a]): Rgba, placement: &Placement, opacity: f64) -> Self {
        let alpha = f32::from(a) / 255.0;
        let [r, g, b] = [r, g, b].map(|value| f32::from(value) * alpha);
        Self::new(Colors::One([r, g, b, f32::from(a)]), placement, opacity)
    }

    fn new(colors: Colors, placement: &Placement, opacity: f64) -> Self {
        let shift = placement.texel_from_frame.map(|row| row[2] as i64);
        let edges = placement.crop.map(|edge| edge as i64);
        let place = |edge: usize| {
            let inside = (edges[edge] - shift[edge % 2]).max(0) as usize;
            // Bounds are one pixel wider where they can be; whole edges need no room to soften.
            let limit = placement.bounds[2 + edge % 2] as usize;
            inside.min(limit)
        };
        Self {
            colors,
            bounds: [place(0), place(1), place(2), place(3)],
            shift,
            opacity: opacity.clamp(0.0, 1.0) as f32,
        }
    }

    /// The covered pixels of a block of two by two.
    fn covered(&self, block_x: usize, block_y: usize) -> impl Iterator<Item = (usize, usize)> {
        let [left, top, right, bottom] = self.bounds;
        let columns = (block_x * 2).max(left)..(block_x * 2 + 2).min(right);
        let rows = (block_y * 2).max(top)..(block_y * 2 + 2).min(bottom);
        rows.flat_map(move |y| columns.clone().map(move |x| (x, y)))
    }

    /// Whether both cover parts of one pixel of chroma.
    pub fn meets(&self, other: &Self) -> bool {
        let blocks = |[left, top, right, bottom]: [usize; 4]| {
            [left / 2, top / 2, right.div_ceil(2), bottom.div_ceil(2)]
        };
        let ([a, b, c, d], [e, f, g, h]) = (blocks(self.bounds), blocks(other.bounds));
        a.max(e) < c.min(g) && b.max(f) < d.min(h)
    }

    /// Premultiplied color and alpha at a pixel, 0 to 255, opacity included.
    fn at(&self, x: usize, y: usize) -> [f32; 4] {
        let place = |at: usize, axis: usize| (at as i64 + self.shift[axis]) as usize;
        let color = match &self.colors {
            Colors::One(color) => *color,
            Colors::Straight(frame) => {
                let pixel = &frame.row(0, place(y, 1))[place(x, 0) * 4..][..4];
                let alpha = f32::from(pixel[3]) / 255.0;
                let times = |value: u8| f32::from(value) * alpha;
                let alpha = f32::from(pixel[3]);
                [times(pixel[0]), times(pixel[1]), times(pixel[2]), alpha]
            }
            Colors::Title(title) => {
                let index = place(y, 1) * title.size.width as usize + place(x, 0);
                let pixel = &title.premultiplied[index * 4..][..4];
                [pixel[0], pixel[1], pixel[2], pixel[3]].map(f32::from)
            }
        };
        color.map(|value| value * self.opacity)
    }
}

/// `below` with `overlay` over it; `below` is I420 in the sequence's codes.
pub fn laid_over(below: &VideoFrame, overlay: &Overlay) -> VideoFrame {
    let size = below.size;
    let [mut luma, mut u, mut v] = [0, 1, 2].map(|index| tight(below, index));
    let rows = video_codes_from_rgb().0.map(|row| {
        // Colors are 0 to 255; what a row adds counts as far as a pixel is covered.
        [row[0], row[1], row[2], row[3]].map(|value| (value / 255.0) as f32)
    });
    let [left, top, right, bottom] = overlay.bounds;
    let half_width = size.width.div_ceil(2) as usize;
    for block_y in top / 2..bottom.div_ceil(2) {
        for block_x in left / 2..right.div_ceil(2) {
            let mut sum = [0.0_f32; 4];
            for (x, y) in overlay.covered(block_x, block_y) {
                let color = overlay.at(x, y);
                if color[3] > 0.0 {
                    cover(&mut luma[y * size.width as usize + x], rows[0], color);
                    sum = [0, 1, 2, 3].map(|channel| sum[channel] + color[channel]);
                }
            }
            if sum[3] > 0.0 {
                let across = 2.min(size.width as usize - block_x * 2);
                let down = 2.min(size.height as usize - block_y * 2);
                let mean = sum.map(|value| value / (across * down) as f32);
                let index = block_y * half_width + block_x;
                cover(&mut u[index], rows[1], mean);
                cover(&mut v[index], rows[2], mean);
            }
        }
    }
    VideoFrame::from_i420(size, ColorSpace::VIDEO, [luma, u, v], Ticks::ZERO)
}

fn cover(code: &mut u8, row: [f32; 4], [r, g, b, a]: [f32; 4]) {
    let rest = f32::from(*code) * (1.0 - a / 255.0);
    let value = rest + row[0] * r + row[1] * g + row[2] * b + row[3] * a;
    *code = (value + 0.5).clamp(0.0, 255.0) as u8;
}

fn tight(frame: &VideoFrame, index: usize) -> Vec<u8> {
    let size: ScanSize = frame.plane_size(index);
    let mut plane = Vec::with_capacity(size.area() as usize);
    for y in 0..size.height as usize {
        plane.extend_from_slice(frame.row(index, y));
    }
    plane
}

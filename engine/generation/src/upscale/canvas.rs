//! A large frame that is put together out of pieces, as bytes from the start.

use av::{PixelFormat, ScanSize, VideoFrame};
use std::ops::Range;

/// The planes of a frame that is being put together.
#[derive(Debug)]
pub(super) struct Canvas {
    size: ScanSize,
    /// RGBA in one plane, or luma and two planes of chroma.
    planes: Vec<Vec<u8>>,
}

impl Canvas {
    /// Nothing yet; video layouts become planes of luma and chroma, whatever their order was.
    pub fn new(size: ScanSize, format: PixelFormat) -> Self {
        let area = size.area() as usize;
        let chroma = (size.width.div_ceil(2) * size.height.div_ceil(2)) as usize;
        let planes = match format {
            PixelFormat::Rgba8 => vec![vec![0; area * 4]],
            PixelFormat::I420 | PixelFormat::Nv12 => {
                vec![vec![0; area], vec![0; chroma], vec![0; chroma]]
            }
        };
        Self { size, planes }
    }

    /// Puts the part of `piece` that starts at `inner` (row and column) onto `target` (rows and columns, both starting
    /// at even numbers where there is chroma).
    pub fn paste(
        &mut self,
        piece: &VideoFrame,
        inner: [usize; 2],
        [rows, columns]: [Range<usize>; 2],
    ) {
        let is_rgba = self.planes.len() == 1;
        for (index, plane) in self.planes.iter_mut().enumerate() {
            let halved = |place: usize| if index == 0 { place } else { place.div_ceil(2) };
            let sample = if is_rgba { 4 } else { 1 };
            let stride = halved(self.size.width as usize) * sample;
            let (from, to) = (halved(columns.start) * sample, halved(columns.end) * sample);
            let left = halved(inner[1]) * sample;
            for (offset, y) in (halved(rows.start)..halved(rows.end)).enumerate() {
                let source = &piece.row(index, halved(inner[0]) + offset)[left..][..to - from];
                plane[y * stride + from..y * stride + to].copy_from_slice(source);
            }
        }
    }

    /// The frame, in the color space and at the time of `like`.
    pub fn into_frame(mut self, like: &VideoFrame) -> VideoFrame {
        if self.planes.len() == 1 {
            let data = self.planes.swap_remove(0);
            return VideoFrame::from_rgba(self.size, data, like.pts);
        }
        let mut planes = self.planes.into_iter();
        let mut next = || planes.next().unwrap_or_default();
        let planes = [next(), next(), next()];
        VideoFrame::from_i420(self.size, like.color, planes, like.pts)
    }
}

//! Planes of bytes made ready for upload: interleaved, premultiplied, halved by whole-pixel means.
//!
//! Halving on the processor touches each byte once and spares the device both the upload and the many samples that
//! a large picture in a small frame would need.

use av::{PixelFormat, ScanSize, VideoFrame};
use std::borrow::Cow;

/// Rows of samples with 1, 2 or 4 bytes each.
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    /// Rows, top first, `stride` bytes apart.
    pub data: Cow<'a, [u8]>,
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Samples across and down.
    pub size: ScanSize,
    /// Bytes of one sample.
    pub sample_bytes: usize,
}

impl<'a> Samples<'a> {
    /// Plane `index` of `frame` as it lies.
    pub fn of_plane(frame: &'a VideoFrame, index: usize) -> Self {
        let plane = &frame.planes[index];
        Self {
            data: Cow::Borrowed(&plane.data),
            stride: plane.stride,
            size: frame.plane_size(index),
            sample_bytes: frame.plane_sample_bytes(index),
        }
    }

    /// Row `y`, without padding.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.stride..][..self.size.width as usize * self.sample_bytes]
    }
}

/// U and V side by side.
pub fn interleaved(frame: &VideoFrame) -> Samples<'_> {
    if frame.format == PixelFormat::Nv12 {
        return Samples::of_plane(frame, 1);
    }
    let size = frame.plane_size(1);
    let stride = size.width as usize * 2;
    let mut data = vec![0; stride * size.height as usize];
    for (y, row) in data.chunks_exact_mut(stride).enumerate() {
        let chroma = frame.row(1, y).iter().zip(frame.row(2, y));
        for (pair, (u, v)) in row.chunks_exact_mut(2).zip(chroma) {
            pair[0] = *u;
            pair[1] = *v;
        }
    }
    Samples {
        data: data.into(),
        stride,
        size,
        sample_bytes: 2,
    }
}

/// An RGBA picture with its colors times alpha, and whether it is opaque everywhere (then its bytes are borrowed).
pub fn premultiplied(frame: &VideoFrame) -> (Samples<'_>, bool) {
    let samples = Samples::of_plane(frame, 0);
    let height = samples.size.height as usize;
    let is_opaque =
        (0..height).all(|y| samples.row(y).iter().skip(3).step_by(4).all(|a| *a == 255));
    if is_opaque {
        return (samples, true);
    }
    let stride = samples.size.width as usize * 4;
    let mut data = Vec::with_capacity(stride * height);
    for y in 0..height {
        for pixel in samples.row(y).chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            let times = |value: u8| ((u32::from(value) * alpha + 127) / 255) as u8;
            data.extend([times(pixel[0]), times(pixel[1]), times(pixel[2]), pixel[3]]);
        }
    }
    let multiplied = Samples {
        data: data.into(),
        stride,
        size: samples.size,
        sample_bytes: 4,
    };
    (multiplied, false)
}

/// Means of blocks of `2^halvings` samples each way; blocks at the right and bottom edge may be cut short.
pub fn halved(samples: Samples<'_>, halvings: u32) -> Samples<'_> {
    if halvings == 0 {
        return samples;
    }
    let side = 1_usize << halvings;
    let size = ScanSize::new(
        samples.size.width.div_ceil(side as u32),
        samples.size.height.div_ceil(side as u32),
    );
    let channels = samples.sample_bytes;
    let stride = size.width as usize * channels;
    let mut data = vec![0; stride * size.height as usize];
    let mut sums = vec![0_u32; stride];
    let height = samples.size.height as usize;
    let width = samples.size.width as usize;
    for (block_y, out) in data.chunks_exact_mut(stride).enumerate() {
        let rows = block_y * side..((block_y + 1) * side).min(height);
        let row_count = rows.len() as u32;
        sums.fill(0);
        for y in rows {
            let blocks = samples.row(y).chunks(side * channels);
            for (sum, block) in sums.chunks_exact_mut(channels).zip(blocks) {
                for sample in block.chunks_exact(channels) {
                    for (total, value) in sum.iter_mut().zip(sample) {
                        *total += u32::from(*value);
                    }
                }
            }
        }
        for (index, (byte, sum)) in out.iter_mut().zip(&sums).enumerate() {
            let left = index / channels * side;
            let count = row_count * (width - left).min(side) as u32;
            *byte = ((sum + count / 2) / count) as u8;
        }
    }
    Samples {
        data: data.into(),
        stride,
        size,
        sample_bytes: channels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;

    #[test]
    fn halving_takes_means_and_cuts_edge_blocks_short() {
        let samples = Samples {
            data: vec![0, 100, 10, 200, 100, 30, 4, 8, 12].into(),
            stride: 3,
            size: ScanSize::new(3, 3),
            sample_bytes: 1,
        };
        let half = halved(samples, 1);
        assert_eq!(half.size, ScanSize::new(2, 2));
        assert_eq!(half.data.as_ref(), [100, 20, 6, 12]);
    }

    #[test]
    fn alpha_is_multiplied_in() {
        let frame = VideoFrame::from_rgba(
            ScanSize::new(2, 1),
            vec![200, 100, 50, 128, 9, 9, 9, 0],
            Ticks::ZERO,
        );
        let (samples, is_opaque) = premultiplied(&frame);
        assert!(!is_opaque);
        assert_eq!(samples.data.as_ref(), [100, 50, 25, 128, 0, 0, 0, 0]);
    }
}

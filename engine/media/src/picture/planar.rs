//! Planar YUV of more bits or more chroma to I420, without touching what need not change.
//!
//! GStreamer's converter goes through 4:4:4 and back, which blurs the chroma of 4:2:2 sources sideways.

use av::{ColorSpace, Plane, ScanSize, Ticks, VideoFrame};
use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::{VideoFormat as F, VideoFrameExt as _};
use std::sync::Arc;

/// Bits of a sample, and whether chroma is halved across and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    bits: u32,
    halves_across: bool,
    halves_down: bool,
}

/// The sampling of formats that are converted here.
pub fn sampling_of(format: F) -> Option<Sampling> {
    let (bits, halves_across, halves_down) = match format {
        F::Y42b => (8, true, false),
        F::Y444 => (8, false, false),
        F::I42010le => (10, true, true),
        F::I42210le => (10, true, false),
        F::Y44410le => (10, false, false),
        F::I42012le => (12, true, true),
        F::I42212le => (12, true, false),
        F::Y44412le => (12, false, false),
        _ => return None,
    };
    Some(Sampling {
        bits,
        halves_across,
        halves_down,
    })
}

/// The picture as I420.
pub fn to_i420<T>(
    source: &gst_video::VideoFrameRef<T>,
    sampling: Sampling,
    color: ColorSpace,
    pts: Ticks,
) -> VideoFrame
where
    T: std::ops::Deref<Target = gst::BufferRef>,
{
    let size = ScanSize::new(source.width(), source.height());
    let mut frame = VideoFrame {
        size,
        format: av::PixelFormat::I420,
        color,
        planes: Vec::with_capacity(3),
        pts,
    };
    for index in 0..3_u32 {
        let stride = source.plane_stride()[index as usize] as usize;
        let input = Input {
            data: source.plane_data(index).unwrap_or_default(),
            stride,
            sampling,
        };
        let target = frame.plane_size(index as usize);
        let plane = if index == 0 {
            luma(&input, target)
        } else {
            let width = if sampling.halves_across {
                target.width
            } else {
                size.width
            };
            let height = if sampling.halves_down {
                target.height
            } else {
                size.height
            };
            chroma(&input, ScanSize::new(width, height), target)
        };
        frame.planes.push(plane);
    }
    frame
}

struct Input<'a> {
    data: &'a [u8],
    stride: usize,
    sampling: Sampling,
}

impl Input<'_> {
    /// Row `y` as whole numbers of the source's depth.
    fn row(&self, y: usize, width: usize) -> Vec<u16> {
        let bytes = if self.sampling.bits > 8 { 2 } else { 1 };
        let start = y * self.stride;
        let row = self
            .data
            .get(start..start + width * bytes)
            .unwrap_or_default();
        if bytes == 1 {
            row.iter().map(|byte| u16::from(*byte)).collect()
        } else {
            row.chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect()
        }
    }

    /// The nearest 8-bit code of a sum of `1 << extra` samples.
    fn code(&self, sum: u32, extra: u32) -> u8 {
        let shift = self.sampling.bits - 8 + extra;
        let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
        ((sum + half) >> shift).min(255) as u8
    }
}

fn luma(input: &Input<'_>, size: ScanSize) -> Plane {
    let width = size.width as usize;
    let mut data = Vec::with_capacity(width * size.height as usize);
    for y in 0..size.height as usize {
        data.extend(
            input
                .row(y, width)
                .iter()
                .map(|value| input.code(u32::from(*value), 0)),
        );
    }
    Plane {
        data: Arc::from(data),
        stride: width,
    }
}

/// Chroma lies on the left luma sample across, and between two rows down.
fn chroma(input: &Input<'_>, size: ScanSize, target: ScanSize) -> Plane {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut data = Vec::with_capacity((target.width * target.height) as usize);
    for y in 0..target.height as usize {
        let rows = if input.sampling.halves_down {
            [y, y]
        } else {
            [2 * y, (2 * y + 1).min(height - 1)]
        };
        let [upper, lower] = rows.map(|row| input.row(row, width));
        let column = |x: usize| match (upper.get(x), lower.get(x)) {
            (Some(upper), Some(lower)) => u32::from(*upper) + u32::from(*lower),
            _ => 0,
        };
        for x in 0..target.width as usize {
            let code = if input.sampling.halves_across {
                input.code(column(x), 1)
            } else {
                let sum = column((2 * x).saturating_sub(1))
                    + 2 * column(2 * x)
                    + column((2 * x + 1).min(width - 1));
                input.code(sum, 3)
            };
            data.push(code);
        }
    }
    Plane {
        data: Arc::from(data),
        stride: target.width as usize,
    }
}

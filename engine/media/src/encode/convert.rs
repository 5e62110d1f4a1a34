//! Frames of any layout into the one that an encoder takes.

use crate::{Error, Result};
use av::{ColorMatrix, ColorRange, ColorSpace, PixelFormat, Plane, ScanSize, Transfer, VideoFrame};
use gstreamer as gst;
use gstreamer_video as gst_video;

/// Turns frames into GStreamer buffers of one format and color.
#[derive(Debug)]
pub struct ToBuffer {
    target: gst_video::VideoInfo,
    color: Option<ColorSpace>,
    converter: Option<(PixelFormat, ColorSpace, gst_video::VideoConverter)>,
}

impl ToBuffer {
    /// Makes buffers laid out as `target`; frames in I420 and `color` are then only copied.
    pub fn new(target: gst_video::VideoInfo, color: ColorSpace) -> Self {
        let is_i420 = target.format() == gst_video::VideoFormat::I420;
        Self {
            target,
            color: is_i420.then_some(color),
            converter: None,
        }
    }

    /// The bytes of `frame` in the target's layout and color.
    pub fn buffer(&mut self, frame: &VideoFrame) -> Result<gst::Buffer> {
        let is_same = self.color == Some(frame.color) && frame.format == PixelFormat::I420;
        let info = if is_same {
            self.target.clone()
        } else {
            info_of(frame, self.target.fps())?
        };
        let source = plain_buffer(frame, &info)?;
        if is_same {
            return Ok(source);
        }
        self.converted(frame, &info, &source)
    }

    fn converted(
        &mut self,
        frame: &VideoFrame,
        info: &gst_video::VideoInfo,
        source: &gst::Buffer,
    ) -> Result<gst::Buffer> {
        let kind = (frame.format, frame.color);
        let known = self
            .converter
            .take()
            .filter(|(format, color, _)| (*format, *color) == kind);
        let converter = match known {
            Some((_, _, converter)) => converter,
            None => gst_video::VideoConverter::new(info, &self.target, None)
                .map_err(|source| failed(&source.to_string()))?,
        };
        let mut target = gst::Buffer::with_size(self.target.size()).map_err(no_memory)?;
        {
            let from = gst_video::VideoFrameRef::from_buffer_ref_readable(source, info)
                .map_err(no_memory)?;
            let to = target.make_mut();
            let mut to = gst_video::VideoFrameRef::from_buffer_ref_writable(to, &self.target)
                .map_err(no_memory)?;
            converter.frame_ref(&from, &mut to);
        }
        self.converter = Some((frame.format, frame.color, converter));
        Ok(target)
    }
}

/// A frame's pixels as tight RGBA, for picture files.
pub fn rgba(frame: &VideoFrame) -> Result<Vec<u8>> {
    if frame.format == PixelFormat::Rgba8 {
        let rows = (0..frame.size.height as usize).flat_map(|y| frame.row(0, y));
        return Ok(rows.copied().collect());
    }
    converted_rgba(frame, frame.size)
}

/// A frame scaled to `size`, as RGBA.
pub fn scaled_rgba(frame: &VideoFrame, size: ScanSize) -> Result<VideoFrame> {
    Ok(VideoFrame::from_rgba(
        size,
        converted_rgba(frame, size)?,
        frame.pts,
    ))
}

fn converted_rgba(frame: &VideoFrame, size: ScanSize) -> Result<Vec<u8>> {
    let target =
        gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgba, size.width, size.height)
            .build()
            .map_err(|source| failed(&source.to_string()))?;
    let buffer = ToBuffer::new(target, ColorSpace::PICTURE).buffer(frame)?;
    let map = buffer.map_readable().map_err(no_memory)?;
    Ok(map.to_vec())
}

fn failed(reason: &str) -> Error {
    Error::Pipeline {
        reason: reason.into(),
        path: std::path::PathBuf::new(),
    }
}

fn no_memory<E>(_reason: E) -> Error {
    failed("there is no memory for a picture")
}

/// How GStreamer names a frame's layout and color; the converter refuses to change the rate between them.
fn info_of(frame: &VideoFrame, fps: gst::Fraction) -> Result<gst_video::VideoInfo> {
    let format = match frame.format {
        PixelFormat::I420 => gst_video::VideoFormat::I420,
        PixelFormat::Nv12 => gst_video::VideoFormat::Nv12,
        PixelFormat::Rgba8 => gst_video::VideoFormat::Rgba,
    };
    let builder =
        gst_video::VideoInfo::builder(format, frame.size.width, frame.size.height).fps(fps);
    let colorimetry = colorimetry_of(frame.color);
    let builder = if frame.format == PixelFormat::Rgba8 {
        builder
    } else {
        builder.colorimetry(&colorimetry)
    };
    builder
        .build()
        .map_err(|source| failed(&source.to_string()))
}

/// A frame's planes in one buffer, at the offsets that GStreamer expects.
fn plain_buffer(frame: &VideoFrame, info: &gst_video::VideoInfo) -> Result<gst::Buffer> {
    let mut buffer = gst::Buffer::with_size(info.size()).map_err(no_memory)?;
    {
        let buffer = buffer.make_mut();
        let mut map = buffer.map_writable().map_err(no_memory)?;
        for (index, plane) in frame.planes.iter().enumerate() {
            let (offset, stride) = (info.offset()[index], info.stride()[index] as usize);
            copy_plane(frame, index, plane, &mut map[offset..], stride);
        }
    }
    Ok(buffer)
}

fn copy_plane(frame: &VideoFrame, index: usize, plane: &Plane, target: &mut [u8], stride: usize) {
    let height = frame.plane_size(index).height as usize;
    let width = frame.row(index, 0).len();
    if plane.stride == stride && plane.data.len() == stride * height {
        target[..stride * height].copy_from_slice(&plane.data);
        return;
    }
    for y in 0..height {
        target[y * stride..y * stride + width].copy_from_slice(frame.row(index, y));
    }
}

/// How GStreamer names what a picture's numbers mean.
pub fn colorimetry_of(color: ColorSpace) -> gst_video::VideoColorimetry {
    let (matrix, primaries) = match color.matrix {
        ColorMatrix::Bt601 => (
            gst_video::VideoColorMatrix::Bt601,
            gst_video::VideoColorPrimaries::Smpte170m,
        ),
        ColorMatrix::Bt709 => (
            gst_video::VideoColorMatrix::Bt709,
            gst_video::VideoColorPrimaries::Bt709,
        ),
        ColorMatrix::Bt2020 => (
            gst_video::VideoColorMatrix::Bt2020,
            gst_video::VideoColorPrimaries::Bt2020,
        ),
    };
    let range = match color.range {
        ColorRange::Limited => gst_video::VideoColorRange::Range16_235,
        ColorRange::Full => gst_video::VideoColorRange::Range0_255,
    };
    let transfer = match color.transfer {
        Transfer::Bt709 => gst_video::VideoTransferFunction::Bt709,
        Transfer::Srgb => gst_video::VideoTransferFunction::Srgb,
        Transfer::Pq => gst_video::VideoTransferFunction::Smpte2084,
        Transfer::Hlg => gst_video::VideoTransferFunction::AribStdB67,
    };
    gst_video::VideoColorimetry::new(range, matrix, transfer, primaries)
}

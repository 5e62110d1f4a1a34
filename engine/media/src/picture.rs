//! Decoded pictures as [`VideoFrame`]s: layout, color, conversion and turning.

mod planar;
mod turn;

use crate::{Error, Result, decoder::RawPicture, index::Orientation};
use av::{
    ColorMatrix, ColorRange, ColorSpace, PixelFormat, Plane, Ratio, ScanSize, Ticks, Transfer,
    VideoFrame,
};
use gst_video::prelude::*;
use gstreamer as gst;
use gstreamer_video as gst_video;
use std::{path::Path, sync::Arc};

/// What a decoder's pictures look like.
#[derive(Debug, Clone)]
pub struct Layout {
    info: gst_video::VideoInfo,
    /// What the numbers mean.
    pub color: ColorSpace,
    /// Whether pictures carry transparency.
    pub has_alpha: bool,
}

impl Layout {
    /// Reads a decoder's output caps.
    pub fn from_caps(caps: &gst::Caps, path: &Path) -> Result<Self> {
        let side = |name| caps.structure(0).and_then(|s| s.get::<i32>(name).ok());
        let size = ScanSize::new(
            side("width").unwrap_or(0).max(0) as u32,
            side("height").unwrap_or(0).max(0) as u32,
        );
        if !size.is_usable() {
            return Err(Error::PictureSize {
                size,
                path: path.into(),
            });
        }
        let info = gst_video::VideoInfo::from_caps(caps).map_err(|source| Error::Damaged {
            reason: source.to_string(),
            path: path.into(),
        })?;
        let color = color_of(&info, size);
        Ok(Self {
            has_alpha: info.has_alpha(),
            info,
            color,
        })
    }

    fn size(&self) -> ScanSize {
        ScanSize::new(self.info.width(), self.info.height())
    }

    /// Pixels across and down once turned.
    pub fn size_turned(&self, orientation: Orientation) -> ScanSize {
        let size = self.size();
        if orientation.quarter_turns % 2 == 1 {
            ScanSize::new(size.height, size.width)
        } else {
            size
        }
    }

    /// Width of a pixel against its height once turned.
    pub fn pixel_aspect_turned(&self, orientation: Orientation) -> Ratio {
        let aspect = self.info.par();
        let (across, down) = (i64::from(aspect.numer()), i64::from(aspect.denom()));
        let (num, den) = if orientation.quarter_turns % 2 == 1 {
            (down, across)
        } else {
            (across, down)
        };
        if num <= 0 {
            Ratio::ONE
        } else {
            Ratio::new(num, den).unwrap_or(Ratio::ONE)
        }
    }
}

/// What the file says its numbers mean; what it does not say is guessed by size.
fn color_of(info: &gst_video::VideoInfo, size: ScanSize) -> ColorSpace {
    let said = info.colorimetry();
    let assumed = ColorSpace::assumed_for(size);
    if info.is_rgb() {
        return ColorSpace::PICTURE;
    }
    ColorSpace {
        matrix: match said.matrix() {
            gst_video::VideoColorMatrix::Bt709 => ColorMatrix::Bt709,
            gst_video::VideoColorMatrix::Bt601 | gst_video::VideoColorMatrix::Fcc => {
                ColorMatrix::Bt601
            }
            gst_video::VideoColorMatrix::Bt2020 => ColorMatrix::Bt2020,
            _ => assumed.matrix,
        },
        range: match said.range() {
            gst_video::VideoColorRange::Range0_255 => ColorRange::Full,
            _ => ColorRange::Limited,
        },
        transfer: match said.transfer() {
            gst_video::VideoTransferFunction::Smpte2084 => Transfer::Pq,
            gst_video::VideoTransferFunction::AribStdB67 => Transfer::Hlg,
            gst_video::VideoTransferFunction::Srgb => Transfer::Srgb,
            _ => assumed.transfer,
        },
    }
}

/// Turns raw pictures of one stream into frames.
#[derive(Debug)]
pub struct Converter {
    orientation: Orientation,
    caps: Option<gst::Caps>,
    layout: Option<Layout>,
    convert: Option<(gst_video::VideoConverter, gst_video::VideoInfo)>,
}

impl Converter {
    /// Turns pictures as `orientation` says.
    pub fn new(orientation: Orientation) -> Self {
        Self {
            orientation,
            caps: None,
            layout: None,
            convert: None,
        }
    }

    /// The frame that `picture` shows at `pts`: I420, or RGBA where the source is RGB or transparent.
    pub fn frame(&mut self, picture: &RawPicture, pts: Ticks, path: &Path) -> Result<VideoFrame> {
        self.prepare(&picture.caps, path)?;
        let failed = |reason: &str| Error::Pipeline {
            reason: reason.into(),
            path: path.into(),
        };
        let Some(layout) = &self.layout else {
            return Err(failed("a picture has no layout"));
        };
        let source =
            gst_video::VideoFrameRef::from_buffer_ref_readable(&picture.buffer, &layout.info)
                .map_err(|_refused| failed("a picture cannot be read"))?;
        let frame = match &self.convert {
            None => match planar::sampling_of(layout.info.format()) {
                Some(sampling) => planar::to_i420(&source, sampling, layout.color, pts),
                None => copy(&source, layout.color, pts),
            },
            Some((converter, info)) => {
                let mut target = gst::Buffer::with_size(info.size())
                    .map_err(|_refused| failed("there is no memory for a picture"))?;
                {
                    let target = target.make_mut();
                    let mut target =
                        gst_video::VideoFrameRef::from_buffer_ref_writable(target, info)
                            .map_err(|_refused| failed("a picture cannot be written"))?;
                    converter.frame_ref(&source, &mut target);
                }
                let target = gst_video::VideoFrameRef::from_buffer_ref_readable(&target, info)
                    .map_err(|_refused| failed("a picture cannot be read"))?;
                copy(&target, layout.color, pts)
            }
        };
        Ok(turn::turned(frame, self.orientation))
    }

    fn prepare(&mut self, caps: &gst::Caps, path: &Path) -> Result<()> {
        if self.caps.as_ref() == Some(caps) {
            return Ok(());
        }
        let layout = Layout::from_caps(caps, path)?;
        let format = if layout.has_alpha || layout.info.is_rgb() {
            gst_video::VideoFormat::Rgba
        } else {
            gst_video::VideoFormat::I420
        };
        let is_planar = planar::sampling_of(layout.info.format()).is_some();
        self.convert = if layout.info.format() == format || is_planar {
            None
        } else {
            Some(converter(&layout.info, format, path)?)
        };
        self.layout = Some(layout);
        self.caps = Some(caps.clone());
        Ok(())
    }
}

/// Converts layouts only: matrix and range stay what the source has, except towards RGB.
fn converter(
    source: &gst_video::VideoInfo,
    format: gst_video::VideoFormat,
    path: &Path,
) -> Result<(gst_video::VideoConverter, gst_video::VideoInfo)> {
    let failed = |source: gst::glib::BoolError| Error::Pipeline {
        reason: source.to_string(),
        path: path.into(),
    };
    let mut target = gst_video::VideoInfo::builder(format, source.width(), source.height())
        .fps(source.fps())
        .par(source.par())
        .interlace_mode(source.interlace_mode());
    let colorimetry = source.colorimetry();
    if format == gst_video::VideoFormat::I420 {
        target = target.colorimetry(&colorimetry);
    }
    let target = target.build().map_err(failed)?;
    let converter = gst_video::VideoConverter::new(source, &target, None).map_err(failed)?;
    Ok((converter, target))
}

fn copy<T>(source: &gst_video::VideoFrameRef<T>, color: ColorSpace, pts: Ticks) -> VideoFrame
where
    T: std::ops::Deref<Target = gst::BufferRef>,
{
    let size = ScanSize::new(source.width(), source.height());
    let is_rgba = source.format() == gst_video::VideoFormat::Rgba;
    let mut frame = VideoFrame {
        size,
        format: if is_rgba {
            PixelFormat::Rgba8
        } else {
            PixelFormat::I420
        },
        color: if is_rgba { ColorSpace::PICTURE } else { color },
        planes: Vec::new(),
        pts,
    };
    for index in 0..source.n_planes() {
        let plane = frame.plane_size(index as usize);
        let width = plane.width as usize * frame.plane_sample_bytes(index as usize);
        let stride = source.plane_stride()[index as usize] as usize;
        let data = source.plane_data(index).unwrap_or_default();
        frame
            .planes
            .push(tight(data, stride, width, plane.height as usize));
    }
    frame
}

/// Rows without padding.
fn tight(data: &[u8], stride: usize, width: usize, height: usize) -> Plane {
    let length = width * height;
    if stride == width && data.len() >= length {
        return Plane {
            data: data[..length].into(),
            stride,
        };
    }
    let mut target: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
    if let Some(target) = Arc::get_mut(&mut target) {
        for (row, source) in target
            .chunks_exact_mut(width.max(1))
            .zip(data.chunks(stride.max(1)))
        {
            let count = width.min(source.len());
            row[..count].copy_from_slice(&source[..count]);
        }
    }
    Plane {
        data: target,
        stride: width,
    }
}

/// How a file wants its pictures turned.
pub fn orientation_of(tags: &gst::TagList) -> Orientation {
    let tag = tags.get::<gst::tags::ImageOrientation>();
    let text = tag.as_ref().map_or("rotate-0", |tag| tag.get());
    let (is_mirrored, turn) = match text.strip_prefix("flip-") {
        Some(turn) => (true, turn),
        None => (false, text),
    };
    let quarter_turns = match turn {
        "rotate-90" => 1,
        "rotate-180" => 2,
        "rotate-270" => 3,
        _ => 0,
    };
    Orientation {
        quarter_turns,
        is_mirrored,
    }
}

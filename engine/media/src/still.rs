//! Pictures without duration, and GIF animations, which are pictures too.

use crate::{Error, Result, limits::ANIMATION_BYTES_MAX, pipeline::read_error};
use av::{ColorSpace, MediaInfo, Ratio, ScanSize, Ticks, VideoFrame, VideoStreamInfo};
use image::{
    AnimationDecoder as _, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader,
    codecs::gif::GifDecoder,
};
use std::{fs::File, io::BufReader, path::Path};

/// How long a GIF's frame without a length is shown, as browsers do.
const DEFAULT_DELAY: Ticks = Ticks(av::TICKS_PER_SECOND / 10);

/// What a still holds, or `None` when the content is of another kind (animations among them).
pub fn probe(path: &Path) -> Result<Option<MediaInfo>> {
    let Some((reader, format)) = open(path)? else {
        return Ok(None);
    };
    if format == ImageFormat::Gif {
        return Ok(None);
    }
    let mut decoder = reader
        .into_decoder()
        .map_err(|source| error_from(&source, path))?;
    let (width, height) = decoder.dimensions();
    let size = ScanSize::new(width, height);
    if !size.is_usable() {
        return Err(Error::PictureSize {
            size,
            path: path.into(),
        });
    }
    let has_alpha = decoder.color_type().has_alpha();
    let is_turned = decoder.orientation().is_ok_and(|orientation| {
        use image::metadata::Orientation as Turn;
        matches!(
            orientation,
            Turn::Rotate90 | Turn::Rotate270 | Turn::Rotate90FlipH | Turn::Rotate270FlipH
        )
    });
    let size = if is_turned {
        ScanSize::new(height, width)
    } else {
        size
    };
    Ok(Some(info(format, size, has_alpha)))
}

/// Description of a picture that does not move.
fn info(format: ImageFormat, size: ScanSize, has_alpha: bool) -> MediaInfo {
    let video = VideoStreamInfo {
        size,
        pixel_aspect: Ratio::ONE,
        rate: None,
        frame_count: 1,
        codec: format.to_mime_type().into(),
        color: ColorSpace::PICTURE,
        has_alpha,
    };
    MediaInfo {
        container: format!("{format:?}").to_uppercase(),
        duration: Ticks::ZERO,
        video: Some(video),
        audio: None,
        is_still: true,
    }
}

/// A GIF's frames with their times, and its description; `None` when the content is of another kind.
///
/// All frames are decoded at once: each is painted over the one before, and GIFs are short.
pub fn read_animation(path: &Path) -> Result<Option<(MediaInfo, Vec<VideoFrame>)>> {
    let Some((_, ImageFormat::Gif)) = open(path)? else {
        return Ok(None);
    };
    let file = File::open(path).map_err(|source| read_error(source, path))?;
    let decoder =
        GifDecoder::new(BufReader::new(file)).map_err(|source| error_from(&source, path))?;
    let (width, height) = decoder.dimensions();
    let size = ScanSize::new(width, height);
    if !size.is_usable() {
        return Err(Error::PictureSize {
            size,
            path: path.into(),
        });
    }
    let mut frames = Vec::new();
    let (mut time, mut bytes) = (Ticks::ZERO, 0);
    for frame in decoder.into_frames() {
        let frame = frame.map_err(|source| error_from(&source, path))?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let delay = Ticks::from_seconds_fraction(
            i64::from(numerator),
            i64::from(denominator.max(1)) * 1_000,
        );
        frames.push(VideoFrame::from_rgba(
            size,
            frame.into_buffer().into_raw(),
            time,
        ));
        time += if delay > Ticks::ZERO {
            delay
        } else {
            DEFAULT_DELAY
        };
        bytes += size.area() * 4;
        if bytes > ANIMATION_BYTES_MAX {
            return Err(Error::Damaged {
                reason: format!(
                    "the animation is larger than {} MiB decoded",
                    ANIMATION_BYTES_MAX >> 20
                ),
                path: path.into(),
            });
        }
    }
    let has_alpha = frames.iter().any(|frame| {
        frame.planes[0]
            .data
            .chunks_exact(4)
            .any(|pixel| pixel[3] < 255)
    });
    let mut info = info(ImageFormat::Gif, size, has_alpha);
    if frames.len() > 1 {
        info.is_still = false;
        info.duration = time;
    }
    Ok(Some((info, frames)))
}

/// The picture upright, as RGBA.
pub fn read(path: &Path) -> Result<VideoFrame> {
    let Some((reader, _)) = open(path)? else {
        return Err(Error::NotMedia { path: path.into() });
    };
    let mut decoder = reader
        .into_decoder()
        .map_err(|source| error_from(&source, path))?;
    // A picture whose orientation cannot be read is shown as it is stored.
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture =
        DynamicImage::from_decoder(decoder).map_err(|source| error_from(&source, path))?;
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgba8();
    let size = ScanSize::new(pixels.width(), pixels.height());
    Ok(VideoFrame::from_rgba(size, pixels.into_raw(), Ticks::ZERO))
}

/// The file as a picture, when its first bytes say it is one that does not move.
fn open(path: &Path) -> Result<Option<(ImageReader<BufReader<File>>, ImageFormat)>> {
    let reader = ImageReader::open(path).map_err(|source| read_error(source, path))?;
    let mut reader = reader
        .with_guessed_format()
        .map_err(|source| read_error(source, path))?;
    // The name is not believed: `with_guessed_format` falls back to it where the content says nothing.
    if !has_signature(path)? {
        return Ok(None);
    }
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(ScanSize::SIDE_MAX);
    limits.max_image_height = Some(ScanSize::SIDE_MAX);
    limits.max_alloc = Some(u64::from(ScanSize::SIDE_MAX).pow(2) * 8);
    reader.limits(limits);
    Ok(reader.format().map(|format| (reader, format)))
}

fn has_signature(path: &Path) -> Result<bool> {
    use std::io::Read as _;
    let mut head = Vec::new();
    let file = File::open(path).map_err(|source| read_error(source, path))?;
    file.take(32)
        .read_to_end(&mut head)
        .map_err(|source| read_error(source, path))?;
    Ok(image::guess_format(&head).is_ok())
}

fn error_from(source: &image::ImageError, path: &Path) -> Error {
    let path = path.into();
    match source {
        image::ImageError::Limits(_) => Error::Damaged {
            reason: format!(
                "the picture is larger than {0} pixels a side",
                ScanSize::SIDE_MAX
            ),
            path,
        },
        other => Error::Damaged {
            reason: other.to_string(),
            path,
        },
    }
}

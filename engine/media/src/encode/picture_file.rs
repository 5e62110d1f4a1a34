//! One picture as a file of its own.

use super::{
    convert,
    pictures::image_error,
    target::{Target, write_error},
};
use crate::{Error, Result};
use av::VideoFrame;
use image::{
    ExtendedColorType, ImageEncoder as _,
    codecs::{jpeg, png},
};
use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

/// Quality of JPEG files, of 100: what the eye cannot tell from the picture.
const JPEG_QUALITY: u8 = 95;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
}

fn kind_of(path: &Path) -> Option<Kind> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    match extension.as_str() {
        "png" => Some(Kind::Png),
        "jpg" | "jpeg" => Some(Kind::Jpeg),
        _ => None,
    }
}

/// Whether [`write_picture`] can write a file of this name: one that ends in png, jpg or jpeg.
pub fn is_picture_name(path: &Path) -> bool {
    kind_of(path).is_some()
}

/// Writes `frame` as PNG, with its alpha, or as JPEG, without, as the ending of the name says; `out` gets its name only
/// when the file is complete.
pub fn write_picture(frame: &VideoFrame, out: &Path) -> Result<()> {
    let Some(kind) = kind_of(out) else {
        return Err(Error::Settings {
            reason: "a picture is written as .png or .jpg".into(),
        });
    };
    let target = Target::create(out, false)?;
    let pixels = convert::rgba(frame)?;
    let file = File::create(target.partial()).map_err(|source| write_error(source, out))?;
    let mut file = BufWriter::new(file);
    let (width, height) = (frame.size.width, frame.size.height);
    let without_alpha = || -> Vec<u8> {
        let (pixels, _none) = pixels.as_chunks::<4>();
        pixels
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b])
            .collect()
    };
    let is_opaque = pixels.iter().skip(3).step_by(4).all(|alpha| *alpha == 255);
    let written = match kind {
        Kind::Png if is_opaque => png::PngEncoder::new(&mut file).write_image(
            &without_alpha(),
            width,
            height,
            ExtendedColorType::Rgb8,
        ),
        Kind::Png => png::PngEncoder::new(&mut file).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgba8,
        ),
        Kind::Jpeg => jpeg::JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY).write_image(
            &without_alpha(),
            width,
            height,
            ExtendedColorType::Rgb8,
        ),
    };
    written.map_err(|error| image_error(error, out))?;
    file.flush().map_err(|source| write_error(source, out))?;
    drop(file);
    target.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{ScanSize, Ticks};

    #[test]
    fn pictures_are_written_whole_in_the_kind_of_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let size = ScanSize::new(3, 2);
        let mut data: Vec<u8> = (0..24).map(|value| value * 9).collect();
        let path = folder.path().join("clear.png");
        let clear = VideoFrame::from_rgba(size, data.clone(), Ticks::ZERO);
        write_picture(&clear, &path).unwrap();
        assert_eq!(image::open(&path).unwrap().to_rgba8().into_raw(), data);
        data.iter_mut()
            .skip(3)
            .step_by(4)
            .for_each(|alpha| *alpha = 255);
        let opaque = VideoFrame::from_rgba(size, data, Ticks::ZERO);
        for (name, color) in [
            ("a.PNG", image::ColorType::Rgb8),
            ("b.jpg", image::ColorType::Rgb8),
        ] {
            let path = folder.path().join(name);
            assert!(is_picture_name(&path));
            write_picture(&opaque, &path).unwrap();
            let read = image::open(&path).unwrap();
            assert_eq!((read.width(), read.height(), read.color()), (3, 2, color));
        }
        let refused = write_picture(&opaque, &folder.path().join("c.bmp"));
        assert!(matches!(refused, Err(Error::Settings { .. })));
        let names = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 3, "nothing half-written is left");
    }
}

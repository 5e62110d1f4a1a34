//! A folder of numbered PNG pictures.

use super::convert;
use crate::{Error, Result, encode::target::write_error};
use av::VideoFrame;
use image::{ExtendedColorType, ImageEncoder as _, codecs::png};
use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// Writes `frame_000000.png`, `frame_000001.png`…
#[derive(Debug)]
pub struct PictureWriter {
    folder: PathBuf,
    out: PathBuf,
}

impl PictureWriter {
    /// Writes into `folder`, which exists; errors name `out`.
    pub fn new(folder: &Path, out: &Path) -> Self {
        Self {
            folder: folder.into(),
            out: out.into(),
        }
    }

    /// Writes picture `number`.
    pub fn push(&mut self, frame: &VideoFrame, number: u64) -> Result<()> {
        let path = self.folder.join(format!("frame_{number:06}.png"));
        let pixels = convert::rgba(frame)?;
        let mut file =
            BufWriter::new(File::create(&path).map_err(|source| write_error(source, &self.out))?);
        png::PngEncoder::new_with_quality(
            &mut file,
            png::CompressionType::Fast,
            png::FilterType::Adaptive,
        )
        .write_image(
            &pixels,
            frame.size.width,
            frame.size.height,
            ExtendedColorType::Rgba8,
        )
        .map_err(|error| image_error(error, &self.out))?;
        file.flush()
            .map_err(|source| write_error(source, &self.out))
    }
}

/// The error of a picture that could not be written.
pub fn image_error(error: image::ImageError, path: &Path) -> Error {
    match error {
        image::ImageError::IoError(source) => write_error(source, path),
        other => write_error(io::Error::other(other.to_string()), path),
    }
}

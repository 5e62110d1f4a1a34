//! A looping animation of 256 colors a frame.

use super::{EncodeSettings, convert, pictures::image_error};
use crate::{Result, encode::target::write_error};
use av::{FrameIndex, FrameRate, VideoFrame};
use image::{
    Delay, Frame, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};
use std::{
    fmt,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

/// How hard color tables are searched, 1 (best) to 30; 10 is the quantizer's own advice.
const QUANTIZER_SPEED: i32 = 10;

/// GIF counts time in hundredths of a second.
const GIF_UNITS_PER_SECOND: i64 = 100;

/// Writes one GIF.
pub struct GifWriter {
    encoder: GifEncoder<BufWriter<File>>,
    rate: FrameRate,
    path: PathBuf,
}

impl fmt::Debug for GifWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GifWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl GifWriter {
    /// Begins the file at `partial`; errors name `path`.
    pub fn start(settings: &EncodeSettings, partial: &Path, path: &Path) -> Result<Self> {
        let file = File::create(partial).map_err(|source| write_error(source, path))?;
        let mut encoder = GifEncoder::new_with_speed(BufWriter::new(file), QUANTIZER_SPEED);
        encoder
            .set_repeat(Repeat::Infinite)
            .map_err(|error| image_error(error, path))?;
        Ok(Self {
            encoder,
            rate: settings.rate,
            path: path.into(),
        })
    }

    /// Adds picture `number`; its end is rounded and not its length, so that errors do not add up.
    pub fn push(&mut self, frame: &VideoFrame, number: u64) -> Result<()> {
        let units = |number: u64| {
            self.rate
                .ticks_from_frame(FrameIndex(number as i64))
                .samples(GIF_UNITS_PER_SECOND as u32)
        };
        let length = (units(number + 1) - units(number)).max(1) as u32;
        let pixels = convert::rgba(frame)?;
        let Some(picture) = RgbaImage::from_raw(frame.size.width, frame.size.height, pixels) else {
            return Ok(());
        };
        let delay = Delay::from_numer_denom_ms(length * 10, 1);
        self.encoder
            .encode_frame(Frame::from_parts(picture, 0, 0, delay))
            .map_err(|error| image_error(error, &self.path))
    }

    /// Completes the file at `partial`; returns the encoder's name.
    pub fn finish(self, partial: &Path) -> Result<String> {
        // The trailer and the rest of the buffer are written when the encoder goes.
        drop(self.encoder);
        let complete =
            std::fs::metadata(partial).map_err(|source| write_error(source, &self.path))?;
        if complete.len() == 0 {
            return Err(super::refused("there is no picture to write".into()));
        }
        Ok("gif".into())
    }
}

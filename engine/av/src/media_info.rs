//! What a look into a file found.

use crate::{ColorSpace, FrameRate, Ratio, ScanSize, Ticks};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a file's content hashes to; two paths with one fingerprint hold the same media.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
impl FromStr for Fingerprint {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("\"{text}\" is not a fingerprint of 32 hexadecimal digits");
        if text.len() != 32 || !text.is_ascii() {
            return Err(error());
        }
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_not_text| error())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_not_hex| error())?;
        }
        Ok(Self(bytes))
    }
}
impl TryFrom<String> for Fingerprint {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

/// A file's picture stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoStreamInfo {
    /// Stored pixels, after rotation.
    pub size: ScanSize,
    /// How wide a pixel is against its height.
    pub pixel_aspect: Ratio,
    /// The cadence that at least 98 % of the frames keep; `None` for variable-rate files and stills.
    pub rate: Option<FrameRate>,
    /// Shown frames; 1 for a still.
    pub frame_count: i64,
    /// Name of the codec, as GStreamer describes it.
    pub codec: String,
    /// What the numbers mean; guessed by size where the file does not say.
    pub color: ColorSpace,
    /// Whether pictures carry transparency.
    pub has_alpha: bool,
}

/// A file's first sound stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioStreamInfo {
    /// Channels stored.
    pub channels: u32,
    /// Samples a second stored.
    pub sample_rate: u32,
    /// Name of the codec, as GStreamer describes it.
    pub codec: String,
}

/// What a probe found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// Name of the container, as GStreamer describes it; for stills the picture format.
    pub container: String,
    /// From zero to the end of the longest stream; zero for a still. Media time starts at 0 with the first thing shown.
    pub duration: Ticks,
    /// Pictures, if there are any.
    pub video: Option<VideoStreamInfo>,
    /// Sound, if there is any.
    pub audio: Option<AudioStreamInfo>,
    /// Whether the file is one picture without duration.
    pub is_still: bool,
}

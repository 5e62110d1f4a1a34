//! Pictures and sound into a file.

use crate::{Error, Result};
use av::{AudioBlock, ColorSpace, FrameRate, ScanSize, VideoFrame};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A kind of file to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// H.264 and AAC in MP4: plays everywhere.
    #[default]
    H264Mp4,
    /// VP9 and Opus in WebM: for web pages.
    Vp9Webm,
    /// ProRes 422 HQ and PCM in QuickTime: for further editing.
    ProresMov,
    /// FFV1 and FLAC in Matroska: bit-exact, for generated media.
    LosslessMkv,
    /// A folder of numbered PNG pictures.
    PngSequence,
    /// A looping animated GIF.
    Gif,
    /// Sound only, PCM 16 bit.
    Wav,
}

impl Preset {
    /// All presets, the most usual first.
    pub const ALL: [Self; 7] = [
        Self::H264Mp4,
        Self::Vp9Webm,
        Self::ProresMov,
        Self::LosslessMkv,
        Self::PngSequence,
        Self::Gif,
        Self::Wav,
    ];
    /// The name on the command line and in files, such as `h264-mp4`.
    pub fn name(self) -> &'static str {
        match self {
            Self::H264Mp4 => "h264-mp4",
            Self::Vp9Webm => "vp9-webm",
            Self::ProresMov => "prores-mov",
            Self::LosslessMkv => "lossless-mkv",
            Self::PngSequence => "png-sequence",
            Self::Gif => "gif",
            Self::Wav => "wav",
        }
    }
    /// The name in the window.
    pub fn label(self) -> &'static str {
        match self {
            Self::H264Mp4 => "H.264 video (MP4)",
            Self::Vp9Webm => "VP9 video (WebM)",
            Self::ProresMov => "ProRes 422 HQ (QuickTime)",
            Self::LosslessMkv => "Lossless video (Matroska)",
            Self::PngSequence => "PNG picture sequence",
            Self::Gif => "Animated GIF",
            Self::Wav => "Sound only (WAV)",
        }
    }
    /// What it is good for, in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::H264Mp4 => "Plays on every phone, computer and site",
            Self::Vp9Webm => "Free format for web pages; slower to write",
            Self::ProresMov => "Large files that edit well in other programs",
            Self::LosslessMkv => "Keeps every bit; large files",
            Self::PngSequence => "A folder with one lossless picture for each frame",
            Self::Gif => "A short silent loop of 256 colours",
            Self::Wav => "The mixed sound without pictures",
        }
    }
    /// File name extension without the dot; empty for a folder of pictures.
    pub fn extension(self) -> &'static str {
        match self {
            Self::H264Mp4 => "mp4",
            Self::Vp9Webm => "webm",
            Self::ProresMov => "mov",
            Self::LosslessMkv => "mkv",
            Self::PngSequence => "",
            Self::Gif => "gif",
            Self::Wav => "wav",
        }
    }
    /// Whether pictures are written.
    pub fn carries_video(self) -> bool {
        self != Self::Wav
    }
    /// Whether sound is written.
    pub fn carries_audio(self) -> bool {
        !matches!(self, Self::PngSequence | Self::Gif)
    }
    /// Whether transparency survives.
    pub fn carries_alpha(self) -> bool {
        matches!(self, Self::PngSequence)
    }
}

impl std::str::FromStr for Preset {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == text)
            .ok_or_else(|| Error::Settings {
                reason: format!("there is no preset \"{text}\""),
            })
    }
}

/// How much time an encoder may spend on saving bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speed {
    /// As fast as it goes; large files.
    Fastest,
    /// For drafts.
    Fast,
    /// For most exports.
    #[default]
    Balanced,
    /// Slow, with the smallest files.
    Thorough,
}

/// What to write and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncodeSettings {
    /// Kind of file.
    pub preset: Preset,
    /// Pixels of every picture; even sides.
    pub size: ScanSize,
    /// Frame `n` is shown at exactly `n / rate`.
    pub rate: FrameRate,
    /// What the pictures' numbers mean; written into the file.
    pub color: ColorSpace,
    /// Whether sound will be pushed.
    pub has_audio: bool,
    /// 0 (smallest file) to 100 (best picture); ignored by lossless presets and when `bitrate_kbps` is set.
    pub quality: u8,
    /// A constant rate in kilobits a second in place of constant quality.
    pub bitrate_kbps: Option<u32>,
    /// How hard the encoder tries.
    pub speed: Speed,
    /// Whether a hardware encoder may be used where one works.
    pub allows_hardware: bool,
}

impl EncodeSettings {
    /// Good defaults for `preset`.
    pub fn new(preset: Preset, size: ScanSize, rate: FrameRate) -> Self {
        Self {
            preset,
            size,
            rate,
            color: ColorSpace::VIDEO,
            has_audio: preset.carries_audio(),
            quality: 70,
            bitrate_kbps: None,
            speed: Speed::Balanced,
            allows_hardware: true,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodeReport {
    /// The encoder of the pictures, or of the sound where there are none.
    pub encoder_name: String,
    /// What a person should know, such as why a hardware encoder was not used.
    pub notes: Vec<String>,
    /// Pictures written.
    pub frames: u64,
    /// Samples written for each channel.
    pub samples: u64,
    /// Size of the file or folder.
    pub bytes: u64,
}

/// Writes one file; dropped before [`Encoder::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Encoder {}

impl Encoder {
    /// Begins to write beside `out`, which gets its name only when finished.
    pub fn start(settings: &EncodeSettings, out: &Path) -> Result<Self> {
        let _unfinished = (settings, out);
        Ok(Self {})
    }
    /// Adds the next picture; waits while the encoder is behind.
    pub fn push_video(&mut self, frame: &VideoFrame) -> Result<()> {
        let _unfinished = frame;
        Ok(())
    }
    /// Adds the next samples; waits while the encoder is behind.
    pub fn push_audio(&mut self, block: &AudioBlock) -> Result<()> {
        let _unfinished = block;
        Ok(())
    }
    /// Completes the file and gives it its name.
    pub fn finish(self) -> Result<EncodeReport> {
        Err(Error::Cancelled)
    }
}

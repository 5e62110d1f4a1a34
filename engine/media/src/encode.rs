//! Pictures and sound into a file.

pub(crate) mod convert;
mod gif;
mod hardware;
mod picture_file;
mod pictures;
mod recipe;
mod stream;
mod target;

pub use picture_file::{is_picture_name, write_picture};

use crate::{Error, Result};
use av::{AudioBlock, ColorSpace, FrameRate, ScanSize, VideoFrame};
use gif::GifWriter;
use pictures::PictureWriter;
use serde::{Deserialize, Serialize};
use std::path::Path;
use stream::StreamWriter;
use target::Target;

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

    /// Refuses what no encoder could do.
    fn check(&self) -> Result<()> {
        if self.quality > 100 {
            return Err(refused(format!("quality {} is above 100", self.quality)));
        }
        if self.has_audio && !self.preset.carries_audio() {
            return Err(refused(format!("{} carries no sound", self.preset.name())));
        }
        if !self.preset.carries_video() {
            return if self.has_audio {
                Ok(())
            } else {
                Err(refused("there is nothing to write".into()))
            };
        }
        let is_even = self.size.width.is_multiple_of(2) && self.size.height.is_multiple_of(2);
        let takes_odd = matches!(self.preset, Preset::PngSequence | Preset::Gif);
        if !self.size.is_usable() || !(is_even || takes_odd) {
            return Err(refused(format!("a picture size of {}", self.size)));
        }
        Ok(())
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
pub struct Encoder {
    settings: EncodeSettings,
    writer: Writer,
    target: Target,
    frames: u64,
    samples: u64,
}

#[derive(Debug)]
enum Writer {
    Stream(Box<StreamWriter>),
    Pictures(PictureWriter),
    Gif(Box<GifWriter>),
}

impl Encoder {
    /// Begins to write beside `out`, which gets its name only when finished.
    pub fn start(settings: &EncodeSettings, out: &Path) -> Result<Self> {
        crate::init()?;
        settings.check()?;
        let target = Target::create(out, settings.preset == Preset::PngSequence)?;
        let writer = match settings.preset {
            Preset::PngSequence => Writer::Pictures(PictureWriter::new(target.partial(), out)),
            Preset::Gif => {
                Writer::Gif(Box::new(GifWriter::start(settings, target.partial(), out)?))
            }
            Preset::H264Mp4
            | Preset::Vp9Webm
            | Preset::ProresMov
            | Preset::LosslessMkv
            | Preset::Wav => Writer::Stream(Box::new(StreamWriter::start(
                settings,
                target.partial(),
                out,
            )?)),
        };
        Ok(Self {
            settings: settings.clone(),
            writer,
            target,
            frames: 0,
            samples: 0,
        })
    }

    /// Adds the next picture, of the size that was set; waits while the encoder is behind.
    pub fn push_video(&mut self, frame: &VideoFrame) -> Result<()> {
        if !self.settings.preset.carries_video() {
            return Err(refused("this preset has no pictures".into()));
        }
        if frame.size != self.settings.size {
            let (is, wanted) = (frame.size, self.settings.size);
            return Err(refused(format!("a picture of {is} in a file of {wanted}")));
        }
        match &mut self.writer {
            Writer::Stream(writer) => writer.push_video(frame, self.frames)?,
            Writer::Pictures(writer) => writer.push(frame, self.frames)?,
            Writer::Gif(writer) => writer.push(frame, self.frames)?,
        }
        self.frames += 1;
        Ok(())
    }

    /// Adds the next samples; waits while the encoder is behind.
    pub fn push_audio(&mut self, block: &AudioBlock) -> Result<()> {
        let Writer::Stream(writer) = &mut self.writer else {
            return Err(refused("this preset has no sound".into()));
        };
        if !self.settings.has_audio {
            return Err(refused("sound was not announced".into()));
        }
        writer.push_audio(block, self.samples)?;
        self.samples += block.frames() as u64;
        Ok(())
    }

    /// Completes the file and gives it its name.
    pub fn finish(self) -> Result<EncodeReport> {
        let (encoder_name, notes) = match self.writer {
            Writer::Stream(writer) => writer.finish()?,
            Writer::Pictures(_) => ("png".into(), Vec::new()),
            Writer::Gif(writer) => (writer.finish(self.target.partial())?, Vec::new()),
        };
        Ok(EncodeReport {
            encoder_name,
            notes,
            frames: self.frames,
            samples: self.samples,
            bytes: self.target.commit()?,
        })
    }
}

fn refused(reason: String) -> Error {
    Error::Settings { reason }
}

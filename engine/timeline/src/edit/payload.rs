//! What edits carry.

use crate::{
    Animated, AppliedCorrection, AssetId, Background, BackgroundFill, BlendMode, CleanSpeech,
    ColorControls, Crop, Fit, Item, Look, Recipe, TrackId,
};
use av::{FrameCount, Ticks};
use serde::{Deserialize, Serialize};

/// One end of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// Its first frame.
    Start,
    /// The first frame after it.
    End,
}

/// Which of a file's streams are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Streams {
    /// Whatever the file has.
    #[default]
    Both,
    /// Its picture.
    Video,
    /// Its sound.
    Audio,
}

/// A piece of media and the tracks it goes to. Picture and sound become linked items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Which file.
    pub asset: AssetId,
    /// Media time of its first frame.
    #[serde(default)]
    pub source_start: Ticks,
    /// How long; `None` for all there is (for a still: five seconds). More than there is becomes all there is.
    #[serde(default)]
    pub count: Option<FrameCount>,
    /// Which streams.
    #[serde(default)]
    pub streams: Streams,
    /// Where the picture goes; `None` for the first unlocked video track.
    #[serde(default)]
    pub video_track: Option<TrackId>,
    /// Where the sound goes; `None` for the first unlocked audio track.
    #[serde(default)]
    pub audio_track: Option<TrackId>,
}

impl Placement {
    /// All of a file, on the first tracks that take it.
    pub fn whole(asset: AssetId) -> Self {
        Self {
            asset,
            source_start: Ticks::ZERO,
            count: None,
            streams: Streams::Both,
            video_track: None,
            audio_track: None,
        }
    }
}

/// An item that was copied and the track it goes to. Its name, start and link are replaced when it is pasted; items
/// that shared a link share a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastePiece {
    /// Where it goes.
    pub track: TrackId,
    /// What was copied; its start counts against those of the other pieces.
    pub item: Box<Item>,
}

/// A generator's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeInputs {
    /// The media file that holds it.
    pub asset: AssetId,
    /// Media time of the first new frame.
    #[serde(default)]
    pub source_start: Ticks,
    /// How it was made.
    pub recipe: Recipe,
    /// Color difference over the seams (ΔE2000, mean), first and last, where there are some.
    #[serde(default)]
    pub seam_delta_e: Vec<f64>,
    /// Change across each of these seams against the usual change beside it: 1 flows on, more jumps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seam_motion_jump: Vec<f64>,
}

/// A matte that was made for a clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatteInputs {
    /// The media file that holds it.
    pub matte: AssetId,
    /// Media time of the clip that the matte's time zero stands for.
    #[serde(default)]
    pub matte_start: Ticks,
    /// The matte as it was found, where `matte` holds corrections.
    #[serde(default)]
    pub found: Option<AssetId>,
    /// The corrections that are in it.
    #[serde(default)]
    pub applied: Vec<AppliedCorrection>,
    /// What comes behind a clip whose background was not swapped before.
    pub fill: BackgroundFill,
}

/// One thing that the inspector sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// How the picture meets the frame.
    Fit(Fit),
    /// What is cut off first.
    Crop(Crop),
    /// Shift of the middle in sequence widths and heights.
    Position(Animated<[f64; 2]>),
    /// Size against the fitted size.
    Scale(Animated<[f64; 2]>),
    /// Turn, clockwise, in degrees.
    RotationDegrees(Animated<f64>),
    /// 0 (unseen) to 1.
    Opacity(Animated<f64>),
    /// How it meets what lies below.
    Blend(BlendMode),
    /// Corrections.
    Color(ColorControls),
    /// A look-up table.
    Look(Option<Look>),
    /// A swapped background.
    Background(Option<Background>),
    /// Loudness in decibels.
    GainDb(Animated<f64>),
    /// -1 (left) to 1 (right).
    Pan(f64),
    /// What is heard in place of the recording.
    CleanSpeech(Option<CleanSpeech>),
    /// Frames over which sound rises at the start.
    FadeIn(FrameCount),
    /// Frames over which sound falls at the end.
    FadeOut(FrameCount),
}

/// A value that can be keyframed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Shift of the middle.
    Position,
    /// Size against the fitted size.
    Scale,
    /// Turn.
    RotationDegrees,
    /// How much is seen.
    Opacity,
    /// Loudness.
    GainDb,
}

/// A value of a [`Channel`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyframeValue {
    /// Shift of the middle in sequence widths and heights.
    Position([f64; 2]),
    /// Size against the fitted size.
    Scale([f64; 2]),
    /// Clockwise.
    RotationDegrees(f64),
    /// 0 to 1.
    Opacity(f64),
    /// Decibels.
    GainDb(f64),
}

impl KeyframeValue {
    /// Which value it is.
    pub fn channel(self) -> Channel {
        match self {
            Self::Position(_) => Channel::Position,
            Self::Scale(_) => Channel::Scale,
            Self::RotationDegrees(_) => Channel::RotationDegrees,
            Self::Opacity(_) => Channel::Opacity,
            Self::GainDb(_) => Channel::GainDb,
        }
    }
}

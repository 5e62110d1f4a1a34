//! How an item is placed, blended, colored and heard.

use crate::{Animated, AssetId, Background};
use av::FrameCount;
use serde::{Deserialize, Serialize};

/// How a picture of another shape meets the sequence's frame before it is transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Whole picture visible, bars at two sides.
    #[default]
    Contain,
    /// Frame filled, picture cut at two sides.
    Cover,
    /// Frame filled, picture distorted.
    Stretch,
    /// One picture pixel to one sequence pixel.
    None,
}

/// Where a fitted picture is put, around its middle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// Shift of the middle, right and down, in sequence widths and heights (0.5 is half a frame).
    pub position: Animated<[f64; 2]>,
    /// Size against the fitted size, across and down; negative mirrors.
    pub scale: Animated<[f64; 2]>,
    /// Turn, clockwise, in degrees.
    pub rotation_degrees: Animated<f64>,
}

/// What is cut off a picture's edges before it is fitted, each in parts of its side, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Crop {
    /// Off the left.
    pub left: f64,
    /// Off the top.
    pub top: f64,
    /// Off the right.
    pub right: f64,
    /// Off the bottom.
    pub bottom: f64,
}

/// How a layer's colors meet those below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlendMode {
    /// Covers.
    #[default]
    Normal,
    /// Darkens by product.
    Multiply,
    /// Lightens by product of the negatives.
    Screen,
    /// Multiply in the dark, screen in the light.
    Overlay,
    /// Sum.
    Add,
    /// The darker of the two.
    Darken,
    /// The lighter of the two.
    Lighten,
    /// The distance between the two.
    Difference,
}

/// The usual corrections; all zero leaves the picture alone.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ColorControls {
    /// Stops of light, -5 to 5.
    pub exposure_stops: f64,
    /// -1 to 1 around middle grey.
    pub contrast: f64,
    /// -1 (grey) to 1 (double).
    pub saturation: f64,
    /// -1 (blue) to 1 (amber).
    pub temperature: f64,
    /// -1 (green) to 1 (magenta).
    pub tint: f64,
}

impl ColorControls {
    /// Whether nothing is changed.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }
}

/// A `.cube` look-up table by its content, so that a moved file changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// What people call it.
    pub name: String,
    /// The file's text.
    pub cube: std::sync::Arc<str>,
}

/// Speech without the noise around it: the whole recording, cleaned, and how much of that is heard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CleanSpeech {
    /// A media file with the cleaned sound, on the clip's own media time.
    pub sound: AssetId,
    /// From 0, the recording as it is, to 1, the cleaned sound alone.
    pub strength: f64,
}

/// Everything about an item that is set in the inspector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Properties {
    /// How the picture meets the frame.
    pub fit: Fit,
    /// Where it is put.
    pub transform: Transform,
    /// What is cut off first.
    pub crop: Crop,
    /// 0 (unseen) to 1.
    pub opacity: Animated<f64>,
    /// How it meets what lies below.
    pub blend: BlendMode,
    /// Corrections.
    pub color: ColorControls,
    /// A look-up table after the corrections.
    pub look: Option<Look>,
    /// A swapped background.
    pub background: Option<Background>,
    /// Loudness in decibels, -96 (silent) to 24.
    pub gain_db: Animated<f64>,
    /// -1 (left) to 1 (right).
    pub pan: f64,
    /// What is heard in place of the recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean_speech: Option<CleanSpeech>,
    /// Frames over which sound rises at the start.
    pub fade_in: FrameCount,
    /// Frames over which sound falls at the end.
    pub fade_out: FrameCount,
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            position: Animated::Constant([0.0, 0.0]),
            scale: Animated::Constant([1.0, 1.0]),
            rotation_degrees: Animated::Constant(0.0),
        }
    }
}

impl Default for Properties {
    fn default() -> Self {
        Self {
            fit: Fit::default(),
            transform: Transform::default(),
            crop: Crop::default(),
            opacity: Animated::Constant(1.0),
            blend: BlendMode::default(),
            color: ColorControls::default(),
            look: None,
            background: None,
            gain_db: Animated::Constant(0.0),
            pan: 0.0,
            clean_speech: None,
            fade_in: FrameCount::ZERO,
            fade_out: FrameCount::ZERO,
        }
    }
}

impl Properties {
    /// Whether nothing was ever set; such properties are not written to files.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Counts all keyframes from a first frame that lies `by` frames later.
    pub(crate) fn rebase(&mut self, by: FrameCount) {
        self.transform.position.rebase(by);
        self.transform.scale.rebase(by);
        self.transform.rotation_degrees.rebase(by);
        self.opacity.rebase(by);
        self.gain_db.rebase(by);
    }

    /// Puts all keyframes at other frames, and makes fades as long as their last frame is then far from the start.
    pub(crate) fn remap(&mut self, moved: impl Fn(FrameCount) -> FrameCount) {
        self.transform.position.remap(&moved);
        self.transform.scale.remap(&moved);
        self.transform.rotation_degrees.remap(&moved);
        self.opacity.remap(&moved);
        self.gain_db.remap(&moved);
        self.fade_in = moved(self.fade_in);
        self.fade_out = moved(self.fade_out);
    }

    /// What they are `at` frames after the item's start, as constants.
    pub(crate) fn held(&self, at: FrameCount) -> Self {
        Self {
            transform: Transform {
                position: Animated::Constant(self.transform.position.at(at)),
                scale: Animated::Constant(self.transform.scale.at(at)),
                rotation_degrees: Animated::Constant(self.transform.rotation_degrees.at(at)),
            },
            opacity: Animated::Constant(self.opacity.at(at)),
            gain_db: Animated::Constant(self.gain_db.at(at)),
            ..self.clone()
        }
    }
}

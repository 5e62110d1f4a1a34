//! Media that a generator makes: what was asked, from what, and every result so far.

use crate::{AssetId, ItemId, TakeId};
use av::{FrameCount, FrameRange, Ticks};
use serde::{Deserialize, Serialize};

/// Why something is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Missing frames between two known runs.
    Fill,
    /// A bridge between two clips.
    Join,
    /// More after a clip's end.
    ExtendForward,
    /// More before a clip's start.
    ExtendBackward,
    /// A still that moves.
    Animate,
    /// Frames from words alone.
    TextToVideo,
    /// Frames of a clip made anew.
    Retake,
}

impl Purpose {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fill => "Fill",
            Self::Join => "Join",
            Self::ExtendForward => "Extend forwards",
            Self::ExtendBackward => "Extend backwards",
            Self::Animate => "Animate",
            Self::TextToVideo => "Text to video",
            Self::Retake => "Retake",
        }
    }
}

/// Where a generated item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratedState {
    /// Wished for; plays as a held frame.
    Ghost,
    /// Waiting or being made.
    Queued,
    /// Shows its active take.
    Ready,
    /// Shows its active take, but what it was made from has changed.
    Stale,
}

/// Known frames that a generator continued from, by the item they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The item.
    pub item: ItemId,
    /// Its frames that were used, in sequence frames at the time.
    pub frames: FrameRange,
    /// What was shown there: hash of the planned frames, to tell a changed neighbour.
    pub content_hash: u64,
}

/// Everything that decides a take, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Identity of the generator.
    pub model: String,
    /// Hashes of its weights, as `name=hexadecimal`.
    pub weight_hashes: Vec<String>,
    /// What is wanted.
    pub prompt: String,
    /// What is not wanted.
    pub negative_prompt: String,
    /// Start of the noise.
    pub seed: u64,
    /// Denoising steps; `None` where the model has none.
    pub num_inference_steps: Option<u32>,
    /// Weight of the prompt; `None` where the model has none.
    pub guidance_scale: Option<f64>,
    /// Width and height it was made at.
    pub size: Option<(u32, u32)>,
    /// Frames it was asked for.
    pub num_frames: u32,
    /// Version of the program that made it.
    pub engine_version: String,
    /// What was used and why, for people.
    pub notes: Vec<String>,
}

/// One generated result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// Its name in the document.
    pub id: TakeId,
    /// The media file that holds it.
    pub asset: AssetId,
    /// Media time of the first new frame.
    pub source_start: Ticks,
    /// How it was made.
    pub recipe: Recipe,
    /// Color difference over the seams (ΔE2000, mean), first and last, where there are some.
    pub seam_delta_e: Vec<f64>,
    /// Stars, 0 to 5.
    #[serde(default)]
    pub rating: u8,
}

/// A stretch of the sequence that a generator fills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// Why.
    pub purpose: Purpose,
    /// What was asked last.
    pub recipe: Recipe,
    /// What it was made from.
    pub anchors: Vec<Anchor>,
    /// Every result, oldest first; none is ever overwritten.
    pub takes: Vec<Take>,
    /// The take that shows.
    pub active: Option<TakeId>,
    /// Where it stands.
    pub state: GeneratedState,
    /// How far the item's first frame lies into its takes, after trims and splits.
    #[serde(default)]
    pub take_offset: FrameCount,
    /// How long the stretch was when it was reserved, before trims; zero where nobody noted it.
    #[serde(default)]
    pub placed_count: FrameCount,
}

impl Generated {
    /// The take that shows.
    pub fn active_take(&self) -> Option<&Take> {
        let active = self.active?;
        self.takes.iter().find(|take| take.id == active)
    }
}

//! Media that a generator makes: what was asked, from what, and every result so far.

use crate::{AssetId, ItemId, TakeId, limits};
use av::{FrameCount, FrameRange, Ticks};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// All but the subject of what lies below made anew.
    ReplaceBackground,
    /// A region of what lies below made anew.
    Repaint,
    /// What lies below, grown past its borders.
    Outpaint,
    /// What lies below in another look.
    Restyle,
    /// What lies below with the frames between its frames.
    Interpolate,
    /// The clip below with more pixels, placed as it is.
    Upscale,
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
            Self::ReplaceBackground => "Replace background",
            Self::Repaint => "Repaint",
            Self::Outpaint => "Outpaint",
            Self::Restyle => "Restyle",
            Self::Interpolate => "Interpolate",
            Self::Upscale => "Upscale",
        }
    }

    /// Whether it remakes what the tracks below show, frame for frame, rather than going on from frames beside it.
    /// Until it is made, what lies below shows.
    pub fn covers(self) -> bool {
        match self {
            Self::Fill
            | Self::Join
            | Self::ExtendForward
            | Self::ExtendBackward
            | Self::Animate
            | Self::TextToVideo
            | Self::Retake => false,
            Self::ReplaceBackground
            | Self::Repaint
            | Self::Outpaint
            | Self::Restyle
            | Self::Interpolate
            | Self::Upscale => true,
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

/// The part of a picture that is made anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Left, top, width and height, in parts of the picture.
    Box([f64; 4]),
    /// Where this picture or clip is white; it is stretched over the frame.
    Mask(AssetId),
}

/// What of a draft's pictures a generator is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftFrames {
    /// Nothing: only its words, its seed and what lies beside it go over.
    #[default]
    Nothing,
    /// Its first and its last frame, which stay as they are.
    Ends,
    /// All of them, as a guide that what is made may leave.
    Guide,
}

/// The take that a better one is made after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The take's media file: the same take whatever becomes of the list.
    pub asset: AssetId,
    /// What of it is shown.
    #[serde(default)]
    pub frames: DraftFrames,
}

/// One shot of several that are made as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeShot {
    /// What is wanted.
    pub prompt: String,
    /// How long.
    pub count: FrameCount,
    /// Whether it starts with a cut rather than flowing on from the shot before.
    #[serde(default)]
    pub starts_with_cut: bool,
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
    /// Shots in order; empty for one continuous shot. Their lengths add up to what is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub storyboard: Vec<RecipeShot>,
    /// Pictures of subjects, places or styles to keep to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<AssetId>,
    /// What is made anew, where that is a part of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The take of the same item that this one is made after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
    /// Further settings of the generator by their ids, as text; in a take, every setting it has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// What was done, in the generator's words; only in takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// Hash of everything the generator was shown; only in takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub conditioning_hash: String,
    /// Hash of generator, settings and everything it was shown: takes of one fingerprint are the same. Only in takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
}

impl Recipe {
    /// The files it names, which the project must know.
    pub fn assets(&self) -> impl Iterator<Item = AssetId> {
        let mask = match self.region {
            Some(Region::Mask(asset)) => Some(asset),
            Some(Region::Box(_)) | None => None,
        };
        let draft = self.draft.map(|draft| draft.asset);
        self.references.iter().copied().chain(mask).chain(draft)
    }

    /// Whether all frames of a draft are to guide what is made.
    pub fn is_guided(&self) -> bool {
        matches!(
            self.draft,
            Some(Draft {
                frames: DraftFrames::Guide,
                ..
            })
        )
    }

    /// Whether its box, its shots and its numbers make sense.
    pub(crate) fn is_sound(&self) -> bool {
        let is_box_sound = match self.region {
            Some(Region::Box([left, top, width, height])) => {
                let sides = [left, top, left + width, top + height];
                // Parts of a picture's pixels may add up to a hair more than all of it.
                let inside = 0.0..=1.0 + 1e-9;
                width > 0.0 && height > 0.0 && sides.iter().all(|side| inside.contains(side))
            }
            Some(Region::Mask(_)) | None => true,
        };
        let lengths = FrameCount::ONE..=FrameCount(limits::FRAMES_MAX);
        is_box_sound
            && self.storyboard.len() <= limits::SHOTS_MAX
            && self.references.len() <= limits::REFERENCES_MAX
            && self
                .storyboard
                .iter()
                .all(|shot| lengths.contains(&shot.count))
            && self.guidance_scale.is_none_or(f64::is_finite)
    }
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
    /// Change across each of these seams against the usual change beside it: 1 flows on, more jumps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seam_motion_jump: Vec<f64>,
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

    /// The take that a recipe is made after, with its number from 1, while it is on the list.
    pub fn draft_of(&self, recipe: &Recipe) -> Option<(usize, &Take)> {
        let draft = recipe.draft?;
        let is_it = |(_, take): &(usize, &Take)| take.asset == draft.asset;
        (1..).zip(&self.takes).find(is_it)
    }

    /// Whether nothing of it was made and nobody is making it.
    pub fn is_wish(&self) -> bool {
        self.state == GeneratedState::Ghost && self.takes.is_empty()
    }
}

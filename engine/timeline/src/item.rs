//! What lies on a track: a piece of media, a title, a color, or something generated.

use crate::{AssetId, Generated, ItemId, LinkId, Properties, Rgba, Title};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, Ratio, Ticks};
use serde::{Deserialize, Serialize};

/// A piece of a media file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Which file.
    pub asset: AssetId,
    /// Media time that the clip's frames are counted from: start of the source range, less `offset`.
    pub source_start: Ticks,
    /// Media seconds per sequence second; above zero. Zero numerator is a freeze frame.
    pub speed: Ratio,
    /// Whether the source range plays from its end to its start.
    #[serde(default)]
    pub is_reversed: bool,
    /// Frames from `source_start` to the first one of the source range. Zero wherever that moment is a whole tick: at
    /// normal speed always. It keeps the media times of a split clip exactly what they were.
    #[serde(default)]
    pub offset: FrameCount,
}

impl Clip {
    /// A piece of `asset` from `source_start` at normal speed.
    pub fn new(asset: AssetId, source_start: Ticks) -> Self {
        Self {
            asset,
            source_start,
            speed: Ratio::ONE,
            is_reversed: false,
            offset: FrameCount::ZERO,
        }
    }
}

/// What an item is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A piece of a media file: its picture on a video track, its sound on an audio track.
    Clip(Clip),
    /// Words.
    Title(Title),
    /// One color.
    Solid(Rgba),
    /// Media that a generator makes or made.
    Generated(Box<Generated>),
}

/// Something on a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name in the document.
    pub id: ItemId,
    /// First frame in the sequence.
    pub start: FrameIndex,
    /// How long; at least one frame.
    pub count: FrameCount,
    /// What people call it.
    pub label: String,
    /// What it is made of.
    pub content: Content,
    /// How it is placed, blended, colored and heard.
    #[serde(default, skip_serializing_if = "Properties::is_default")]
    pub properties: Properties,
    /// Items with the same link are selected and moved together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// Whether it is left out of picture and sound.
    #[serde(default)]
    pub is_disabled: bool,
}

impl Item {
    /// Where the item sits: its range in the track, in sequence frames.
    pub fn range(&self) -> FrameRange {
        FrameRange::new(self.start, self.count)
    }

    /// The item that shows, at the same frames of the sequence, what this one shows from its frame `from` up to `to`.
    ///
    /// Both may lie outside of it: then the item grows into its handles.
    pub(crate) fn piece(&self, from: FrameCount, to: FrameCount, rate: FrameRate) -> Self {
        let mut piece = self.clone();
        piece.start = self.start + from;
        piece.count = to - from;
        piece.properties.rebase(from);
        match &mut piece.content {
            Content::Clip(clip) => *clip = clip.cut(from, to, self.count, rate),
            Content::Generated(generated) if generated.is_wish() => {
                // Nothing is made yet, so there is nothing to keep its place in.
                generated.placed_count = piece.count;
            }
            Content::Generated(generated) => generated.take_offset += from,
            Content::Title(_) | Content::Solid(_) => {}
        }
        piece
    }
}

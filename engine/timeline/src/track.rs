//! A track: items sorted by start that never overlap; the gaps between them are implied.

use crate::{Item, TrackId, Transition};
use av::{FrameIndex, FrameRange};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What lies on a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Words for reading.
    Caption,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its name in the document.
    pub id: TrackId,
    /// What lies on it.
    pub kind: TrackKind,
    /// What people call it; empty for "V1", "A2" by position.
    #[serde(default)]
    pub label: String,
    /// Items by start, not overlapping.
    pub items: Vec<Arc<Item>>,
    /// Transitions at cuts between abutting items, by position.
    #[serde(default)]
    pub transitions: Vec<Transition>,
    /// Whether it is neither shown nor heard.
    #[serde(default)]
    pub is_muted: bool,
    /// Whether only soloed audio tracks are heard.
    #[serde(default)]
    pub is_solo: bool,
    /// Whether edits leave it alone.
    #[serde(default)]
    pub is_locked: bool,
}

impl Track {
    /// An empty track.
    pub fn new(id: TrackId, kind: TrackKind) -> Self {
        Self {
            id,
            kind,
            label: String::new(),
            items: Vec::new(),
            transitions: Vec::new(),
            is_muted: false,
            is_solo: false,
            is_locked: false,
        }
    }

    /// The item that lies at `frame`.
    pub fn item_at(&self, frame: FrameIndex) -> Option<&Arc<Item>> {
        self.index_at(frame).map(|index| &self.items[index])
    }

    /// Where in `items` the one that lies at `frame` is.
    pub fn index_at(&self, frame: FrameIndex) -> Option<usize> {
        let index = self.first_after(frame).checked_sub(1)?;
        self.items[index].range().contains(frame).then_some(index)
    }

    /// Index of the first item that starts after `frame`.
    pub fn first_after(&self, frame: FrameIndex) -> usize {
        self.items.partition_point(|item| item.start <= frame)
    }

    /// Index of the first item that starts at or after `frame`.
    pub fn first_from(&self, frame: FrameIndex) -> usize {
        self.items.partition_point(|item| item.start < frame)
    }

    /// Whether the item at `index` ends where the next one starts.
    pub fn abuts_next(&self, index: usize) -> bool {
        match (self.items.get(index), self.items.get(index + 1)) {
            (Some(item), Some(next)) => item.range().end() == next.start,
            (Some(_) | None, _) => false,
        }
    }

    /// The empty stretch around `frame`, up to the neighbours; `None` on an item or after the last one.
    pub fn gap_at(&self, frame: FrameIndex) -> Option<FrameRange> {
        let after = self.first_after(frame);
        let right = self.items.get(after)?;
        let start = match after.checked_sub(1) {
            Some(left) => self.items[left].range().end(),
            None => FrameIndex::ZERO,
        };
        (start <= frame).then(|| FrameRange::between(start, right.start))
    }
}

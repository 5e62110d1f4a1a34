//! What panels see: a borrow of everything, the right to change nothing.

use crate::{
    action::KeyMap, jobs::Jobs, pictures::Pictures, selection::Selection, takes::Compare,
    theme::Theme,
};
use av::{FrameIndex, FrameRate};
use runtime::PlaybackState;
use std::collections::BTreeSet;
use timeline::{AssetId, Document, Item, Sequence};

/// Everything a panel may read while it is drawn.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The document, a running gesture included.
    pub document: &'a Document,
    /// What is selected.
    pub selection: &'a Selection,
    /// Where the playhead stands, in the sequence.
    pub playhead: FrameIndex,
    /// Whether it moves.
    pub playback: PlaybackState,
    /// How things look.
    pub theme: &'a Theme,
    /// Small pictures and loudness pictures.
    pub pictures: &'a Pictures,
    /// Long work.
    pub jobs: &'a Jobs,
    /// Media whose file is not where it was.
    pub offline: &'a BTreeSet<AssetId>,
    /// The takes that are set against each other in the viewer.
    pub compare: Option<Compare>,
    /// Whether edges jump to edges nearby.
    pub is_snapping: bool,
    /// Whether the end of its media holds an edge until it is pulled hard.
    pub is_media_end_sticky: bool,
    /// Whether a drag is being made.
    pub is_in_gesture: bool,
    /// Which keys ask for what.
    pub key_map: KeyMap,
    /// Whether a test draws: nothing may depend on a clock or on this machine then.
    pub is_test: bool,
}

impl<'a> View<'a> {
    /// The sequence that is edited.
    pub fn sequence(&self) -> &'a Sequence {
        &self.document.sequence
    }

    /// Its frame rate.
    pub fn rate(&self) -> FrameRate {
        self.document.sequence.rate
    }

    /// The selected items that exist, by track.
    pub fn selected_items(&self) -> impl Iterator<Item = &'a Item> {
        let selection = self.selection;
        let tracks = self.document.sequence.tracks.iter();
        tracks
            .flat_map(|track| &track.items)
            .filter(|item| selection.items.contains(&item.id))
            .map(AsRef::as_ref)
    }
}

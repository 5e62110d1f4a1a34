//! A document while it is being edited, and the few moves that every edit is made of.

use super::{Created, EditError};
use crate::{
    Asset, AssetId, Clip, Content, Document, Item, ItemId, Sequence, Track, TrackId, TrackKind,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate};
use std::sync::Arc;

/// Where an item is: track and item, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub track: usize,
    pub index: usize,
}

/// A document while it is being edited.
pub(super) struct Draft {
    pub document: Document,
    pub created: Created,
    /// Right halves of items that were cut in two; they get links of their own when the edit is settled.
    pub right_halves: Vec<ItemId>,
}

impl Draft {
    pub fn new(document: &Document) -> Self {
        Self {
            document: document.clone(),
            created: Created::default(),
            right_halves: Vec::new(),
        }
    }

    pub fn sequence(&self) -> &Sequence {
        &self.document.sequence
    }

    pub fn sequence_mut(&mut self) -> &mut Sequence {
        Arc::make_mut(&mut self.document.sequence)
    }

    pub fn rate(&self) -> FrameRate {
        self.document.sequence.rate
    }

    /// A number that nothing has been named with.
    pub fn next_id(&mut self) -> u64 {
        let id = self.document.next_id;
        self.document.next_id += 1;
        id
    }

    pub fn next_item_id(&mut self) -> ItemId {
        let id = ItemId(self.next_id());
        self.created.items.push(id);
        id
    }

    pub fn asset(&self, asset: AssetId) -> Result<&Arc<Asset>, EditError> {
        self.document
            .assets
            .find(asset)
            .ok_or(EditError::NoAsset { asset })
    }

    pub fn track(&self, track: usize) -> &Track {
        &self.document.sequence.tracks[track]
    }

    pub fn track_mut(&mut self, track: usize) -> &mut Track {
        Arc::make_mut(&mut self.sequence_mut().tracks[track])
    }

    pub fn track_name(&self, track: usize) -> String {
        self.sequence().track_name(self.track(track).id)
    }

    pub fn track_index(&self, track: TrackId) -> Result<usize, EditError> {
        let mut tracks = self.sequence().tracks.iter();
        tracks
            .position(|other| other.id == track)
            .ok_or(EditError::NoTrack { track })
    }

    /// Position of a track that may be edited.
    pub fn open_track(&self, track: TrackId) -> Result<usize, EditError> {
        let index = self.track_index(track)?;
        self.require_open(index)?;
        Ok(index)
    }

    pub fn require_open(&self, track: usize) -> Result<(), EditError> {
        if self.track(track).is_locked {
            return Err(EditError::Locked {
                track: self.track_name(track),
            });
        }
        Ok(())
    }

    /// The tracks named, or every unlocked one where none is.
    pub fn open_tracks(&self, tracks: &[TrackId]) -> Result<Vec<usize>, EditError> {
        if tracks.is_empty() {
            let all = 0..self.sequence().tracks.len();
            return Ok(all.filter(|index| !self.track(*index).is_locked).collect());
        }
        let mut indices = tracks
            .iter()
            .map(|track| self.open_track(*track))
            .collect::<Result<Vec<_>, _>>()?;
        indices.sort_unstable();
        indices.dedup();
        Ok(indices)
    }

    pub fn item(&self, place: Place) -> &Item {
        &self.document.sequence.tracks[place.track].items[place.index]
    }

    pub fn item_mut(&mut self, place: Place) -> &mut Item {
        Arc::make_mut(&mut self.track_mut(place.track).items[place.index])
    }

    /// Where an item is, whether its track is locked or not.
    pub fn find(&self, item: ItemId) -> Result<Place, EditError> {
        let tracks = self.sequence().tracks.iter().enumerate();
        for (track, content) in tracks {
            if let Some(index) = content.items.iter().position(|other| other.id == item) {
                return Ok(Place { track, index });
            }
        }
        Err(EditError::NoItem { item })
    }

    /// Where an item is that may be edited.
    pub fn place(&self, item: ItemId) -> Result<Place, EditError> {
        let place = self.find(item)?;
        self.require_open(place.track)?;
        Ok(place)
    }

    /// Where items are that may be edited, by track and start, each once.
    pub fn places(&self, items: &[ItemId]) -> Result<Vec<Place>, EditError> {
        if items.is_empty() {
            return Err(EditError::NothingChosen { what: "item" });
        }
        let mut places = items
            .iter()
            .map(|item| self.place(*item))
            .collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// Like [`Self::places`], with everything the items are linked to.
    pub fn linked_places(&self, items: &[ItemId]) -> Result<Vec<Place>, EditError> {
        let mut places = self.places(items)?;
        let mut links: Vec<_> = places
            .iter()
            .filter_map(|place| self.item(*place).link)
            .collect();
        if links.is_empty() {
            return Ok(places);
        }
        links.sort_unstable();
        links.dedup();
        for (track, content) in self.sequence().tracks.iter().enumerate() {
            let is_linked = |item: &Item| {
                item.link
                    .is_some_and(|link| links.binary_search(&link).is_ok())
            };
            for (index, item) in content.items.iter().enumerate() {
                if is_linked(item) {
                    self.require_open(track)?;
                    places.push(Place { track, index });
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// The item and, unless it goes alone, what it is linked to; the item itself comes first.
    pub fn group(&self, item: ItemId, alone: bool) -> Result<Vec<Place>, EditError> {
        let first = self.place(item)?;
        if alone {
            return Ok(vec![first]);
        }
        let mut places = self.linked_places(&[item])?;
        places.retain(|place| *place != first);
        places.insert(0, first);
        Ok(places)
    }

    /// Puts an item where nothing lies.
    pub fn put(&mut self, track: usize, item: Item) {
        let track = self.track_mut(track);
        let index = track.first_from(item.start);
        track.items.insert(index, Arc::new(item));
    }

    /// Takes items away.
    pub fn remove(&mut self, places: &[Place]) {
        let mut places = places.to_vec();
        places.sort_unstable();
        for place in places.iter().rev() {
            self.track_mut(place.track).items.remove(place.index);
        }
    }

    /// Empties a range of a track: what lies wholly inside goes, what reaches out is cut off.
    pub fn clear(&mut self, track: usize, range: FrameRange) {
        if range.is_empty() {
            return;
        }
        self.split_at(track, range.start);
        self.split_at(track, range.end());
        let items = &self.track(track).items;
        let from = items.partition_point(|item| item.start < range.start);
        let to = items.partition_point(|item| item.start < range.end());
        if from < to {
            self.track_mut(track).items.drain(from..to);
        }
    }

    /// Cuts the item that lies across the start of frame `at` in two; the left half keeps its name.
    pub fn split_at(&mut self, track: usize, at: FrameIndex) -> Option<ItemId> {
        let index = self.track(track).index_at(at)?;
        let whole = Arc::clone(&self.track(track).items[index]);
        if whole.start == at {
            return None;
        }
        let rate = self.rate();
        let cut = at - whole.start;
        let mut left = whole.piece(FrameCount::ZERO, cut, rate);
        let mut right = whole.piece(cut, whole.count, rate);
        right.id = self.next_item_id();
        // Sound fades at the ends of the whole, not at the cut.
        left.properties.fade_out = FrameCount::ZERO;
        right.properties.fade_in = FrameCount::ZERO;
        let right_id = right.id;
        let track = self.track_mut(track);
        for transition in &mut track.transitions {
            if transition.left == whole.id {
                transition.left = right_id;
            }
        }
        track.items[index] = Arc::new(left);
        track.items.insert(index + 1, Arc::new(right));
        self.right_halves.push(right_id);
        Some(right_id)
    }

    /// Replaces an item with its piece from `from` up to `to`, which may reach into its handles.
    pub fn resize(&mut self, place: Place, from: FrameCount, to: FrameCount) {
        let rate = self.rate();
        let item = self.item_mut(place);
        *item = item.piece(from, to, rate);
    }

    /// How far an item's edges could be dragged by its media alone.
    pub fn handles(&self, place: Place) -> crate::source::Handles {
        let kind = self.track(place.track).kind;
        self.item(place)
            .handles(&self.document.assets, kind, self.rate())
    }

    /// How far an item's edges can be dragged by what it shows, or will show once it is made.
    pub fn trim_handles(&self, place: Place) -> crate::source::Handles {
        let kind = self.track(place.track).kind;
        self.item(place)
            .trim_handles(&self.document.assets, kind, self.rate())
    }

    /// Whether a track can hold something.
    pub fn require_suits(&self, track: usize, content: &Content) -> Result<(), EditError> {
        let kind = self.track(track).kind;
        let (suits, what) = match content {
            Content::Clip(Clip { asset, .. }) => {
                let asset = self.asset(*asset)?;
                (
                    asset.suits(kind),
                    if asset.info.video.is_some() {
                        "pictures"
                    } else {
                        "sound"
                    },
                )
            }
            Content::Title(_) => (kind != TrackKind::Audio, "words"),
            Content::Solid(_) => (kind == TrackKind::Video, "a color"),
            Content::Generated(_) => (kind == TrackKind::Video, "generated pictures"),
        };
        if suits {
            return Ok(());
        }
        Err(EditError::WrongTrack {
            track: self.track_name(track),
            content: what,
        })
    }
}

/// Refuses ranges that are empty or begin before zero.
pub(super) fn require_range(range: FrameRange) -> Result<(), EditError> {
    require(
        range.count >= FrameCount::ONE,
        "the length",
        "at least one frame",
    )?;
    require_frame(range.start)
}

/// Refuses frames before zero and after the longest sequence.
pub(super) fn require_frame(frame: FrameIndex) -> Result<(), EditError> {
    let allowed = 0..=crate::limits::FRAMES_MAX;
    require(
        allowed.contains(&frame.0),
        "a frame",
        "between zero and the longest sequence's end",
    )
}

/// [`EditError::OutOfRange`] unless `condition` holds.
pub(super) fn require(condition: bool, what: &'static str, allowed: &str) -> Result<(), EditError> {
    if condition {
        return Ok(());
    }
    Err(EditError::OutOfRange {
        what,
        allowed: allowed.to_owned(),
    })
}

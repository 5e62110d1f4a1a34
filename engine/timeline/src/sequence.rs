//! One edited timeline with its frame rate and picture size.

use crate::{Item, ItemId, MarkerId, Rgba, Track, TrackId, TrackKind};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A frame that somebody marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Its name.
    pub id: MarkerId,
    /// Where it stands.
    pub frame: FrameIndex,
    /// What it says.
    pub label: String,
    /// The color it is drawn in.
    pub color: Rgba,
}

/// One edited timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Frames per second.
    pub rate: FrameRate,
    /// Pixels; both sides even.
    pub size: ScanSize,
    /// What shows where nothing lies.
    pub background: Rgba,
    /// Tracks, bottom picture first; audio tracks follow in mixer order.
    pub tracks: Vec<Arc<Track>>,
    /// Marked frames, earliest first.
    pub markers: Vec<Marker>,
    /// First frame of the marked range.
    pub mark_in: Option<FrameIndex>,
    /// First frame after the marked range.
    pub mark_out: Option<FrameIndex>,
}

impl Sequence {
    /// An empty sequence with video tracks 1 and 2 and audio tracks 1 and 2.
    pub fn new(size: ScanSize, rate: FrameRate) -> Self {
        let kinds = [
            TrackKind::Video,
            TrackKind::Video,
            TrackKind::Audio,
            TrackKind::Audio,
        ];
        let tracks = (1..)
            .zip(kinds)
            .map(|(id, kind)| Arc::new(Track::new(TrackId(id), kind)))
            .collect();
        Self {
            rate,
            size,
            background: Rgba::BLACK,
            tracks,
            markers: Vec::new(),
            mark_in: None,
            mark_out: None,
        }
    }

    /// The frames from zero to the end of the last item.
    pub fn range(&self) -> FrameRange {
        let end = self
            .tracks
            .iter()
            .filter_map(|track| track.items.last())
            .map(|item| item.range().end())
            .max();
        FrameRange::between(FrameIndex::ZERO, end.unwrap_or(FrameIndex::ZERO))
    }

    /// How long it is.
    pub fn count(&self) -> FrameCount {
        self.range().count
    }

    /// The marked range, from zero or to the end where only one mark is set; `None` without marks.
    pub fn marked_range(&self) -> Option<FrameRange> {
        if self.mark_in.is_none() && self.mark_out.is_none() {
            return None;
        }
        let whole = self.range();
        let range = FrameRange::between(
            self.mark_in.unwrap_or(whole.start),
            self.mark_out.unwrap_or(whole.end()),
        );
        (!range.is_empty()).then_some(range)
    }

    /// The track of that name.
    pub fn track(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// How people call a track: its label, or its kind and number, such as "V1".
    pub fn track_name(&self, id: TrackId) -> String {
        let Some(track) = self.track(id) else {
            return id.to_string();
        };
        if !track.label.is_empty() {
            return track.label.clone();
        }
        let same_kind = self.tracks.iter().filter(|other| other.kind == track.kind);
        let number = 1 + same_kind.take_while(|other| other.id != id).count();
        let letter = match track.kind {
            TrackKind::Video => 'V',
            TrackKind::Audio => 'A',
            TrackKind::Caption => 'C',
        };
        format!("{letter}{number}")
    }

    /// The item of that name and the track it lies on.
    pub fn item(&self, id: ItemId) -> Option<(&Arc<Track>, &Arc<Item>)> {
        self.tracks.iter().find_map(|track| {
            track
                .items
                .iter()
                .find(|item| item.id == id)
                .map(|item| (track, item))
        })
    }
}

//! Putting media on the timeline, and asking for media that is not there yet.

use super::Editor;
use av::{FrameCount, FrameIndex, FrameRange, ScanSize};
use runtime::Problem;
use timeline::{
    Anchor, AssetId, Content, Edit, Generated, GeneratedState, Item, ItemId, Purpose, Recipe,
    Track, TrackId, TrackKind, edit::Placement,
};

/// What is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillTarget {
    /// A stretch of a track.
    Range {
        /// Which track.
        track: TrackId,
        /// Which frames.
        range: FrameRange,
    },
    /// A generated item that lies there already.
    Item {
        /// Which.
        item: ItemId,
    },
}

impl Editor {
    /// The edit that puts a whole asset on the timeline. The first clip of an empty sequence gives it its picture size
    /// and frame rate, as part of the same step.
    pub fn place_edit(
        &self,
        asset: AssetId,
        track: Option<TrackId>,
        at: Option<(FrameIndex, bool)>,
    ) -> Edit {
        let document = self.document();
        let mut placement = Placement::whole(asset);
        if let Some(track) = track.and_then(|id| document.sequence.track(id)) {
            aim(&mut placement, track);
        }
        let place = match at {
            None => Edit::Append { placement },
            Some((at, true)) => Edit::Insert { placement, at },
            Some((at, false)) => Edit::Overwrite { placement, at },
        };
        let mut edits = self.fitting_edits(asset);
        if edits.is_empty() {
            return place;
        }
        let label = place.label().to_owned();
        edits.push(place);
        Edit::Batch { label, edits }
    }

    /// Makes an empty sequence as large and as fast as the first video put into it.
    fn fitting_edits(&self, asset: AssetId) -> Vec<Edit> {
        let document = self.document();
        let sequence = &document.sequence;
        if !sequence.range().is_empty() {
            return Vec::new();
        }
        let video = document
            .assets
            .find(asset)
            .and_then(|asset| asset.info.video.as_ref());
        let Some((video, rate)) = video.and_then(|video| Some((video, video.rate?))) else {
            return Vec::new();
        };
        let even = |side: u32| side.next_multiple_of(2).min(ScanSize::SIDE_MAX);
        let size = ScanSize::new(even(video.size.width), even(video.size.height));
        let mut edits = Vec::new();
        if size != sequence.size {
            edits.push(Edit::SetSize { size });
        }
        if rate != sequence.rate {
            edits.push(Edit::SetRate { rate });
        }
        edits
    }

    /// What "Fill" means here: the selected gap, the selected generated item, the marked range on the selected clip's
    /// track, or else the gap under the playhead.
    pub fn fill_target(&self, playhead: FrameIndex) -> Option<FillTarget> {
        let selection = self.selection();
        let sequence = &self.document().sequence;
        if let Some((track, range)) = selection.gap {
            return Some(FillTarget::Range { track, range });
        }
        let selected = selection.items.iter().filter_map(|id| sequence.item(*id));
        let on_video = selected.filter(|(track, _)| track.kind == TrackKind::Video);
        let on_video: Vec<_> = on_video.collect();
        if let [(_, item)] = on_video[..]
            && let Content::Generated(_) = item.content
        {
            return Some(FillTarget::Item { item: item.id });
        }
        if let Some(range) = sequence.marked_range() {
            let selected = on_video.first().map(|(track, _)| track.id);
            let under = || {
                self.item_under(range.start)
                    .and_then(|item| sequence.item(item.id))
            };
            let track = selected.or_else(|| {
                let (track, _) = under()?;
                (track.kind == TrackKind::Video).then_some(track.id)
            });
            return track.map(|track| FillTarget::Range { track, range });
        }
        let mut open = sequence
            .tracks
            .iter()
            .filter(|track| track.kind == TrackKind::Video && !track.is_locked);
        open.find_map(|track| {
            let range = track.gap_at(playhead)?;
            Some(FillTarget::Range {
                track: track.id,
                range,
            })
        })
    }

    /// Places a generated item that waits to be made, or queues one that lies there again; returns its name.
    pub fn place_fill(&mut self, target: FillTarget) -> Result<ItemId, Problem> {
        match target {
            FillTarget::Range { track, range } => {
                let edit = Edit::PlaceGenerated {
                    track,
                    range,
                    purpose: Purpose::Fill,
                    recipe: Box::new(Recipe {
                        num_frames: u32::try_from(range.count.0).unwrap_or_default(),
                        ..Recipe::default()
                    }),
                    anchors: self.anchors(track, range),
                    state: GeneratedState::Queued,
                };
                let created = self.edit(&edit)?;
                // Right halves of clips that were cut are named as well; the new item is the generated one.
                let sequence = &self.document().sequence;
                let is_generated = |id: &&ItemId| {
                    let found = sequence.item(**id);
                    found.is_some_and(|(_, item)| matches!(item.content, Content::Generated(_)))
                };
                let item = created.items.iter().find(is_generated).copied();
                item.ok_or_else(|| Problem::internal("a placed item has no name"))
            }
            FillTarget::Item { item } => {
                let state = GeneratedState::Queued;
                self.edit(&Edit::SetGeneratedState { item, state })?;
                Ok(item)
            }
        }
    }

    /// The items whose frames stand directly before and behind a range.
    fn anchors(&self, track: TrackId, range: FrameRange) -> Vec<Anchor> {
        let Some(track) = self.document().sequence.track(track) else {
            return Vec::new();
        };
        let before = range.start - FrameCount::ONE;
        let frames = [before, range.end()];
        let anchor = |frame: FrameIndex| {
            let item = track.item_at(frame)?;
            // The right half of a clip that is cut by this gets a name that is not known yet.
            let keeps_name = frame == before || item.start == range.end();
            keeps_name.then(|| Anchor {
                item: item.id,
                frames: FrameRange::new(frame, FrameCount::ONE),
                content_hash: 0,
            })
        };
        frames.into_iter().filter_map(anchor).collect()
    }

    /// A generated item with its request.
    pub fn generated(&self, id: ItemId) -> Option<(&Item, &Generated)> {
        let (_, item) = self.document().sequence.item(id)?;
        match &item.content {
            Content::Generated(generated) => Some((item, generated)),
            Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
        }
    }
}

/// Sends the part that the track takes to the track that was pointed at; the other part finds its own.
fn aim(placement: &mut Placement, track: &Track) {
    match track.kind {
        TrackKind::Video | TrackKind::Caption => placement.video_track = Some(track.id),
        TrackKind::Audio => placement.audio_track = Some(track.id),
    }
}

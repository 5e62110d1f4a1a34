//! From what a person asks for to the edit that it means, given the document, the selection and the playhead.

use super::Editor;
use crate::{
    action::Action,
    limits::{TITLE_SECONDS, TRANSITION_SECONDS_TENTHS},
};
use av::{FrameCount, FrameIndex, FrameRange, Ticks};
use timeline::{
    Content, Edit, Item, ItemId, Rgba, Sequence, Title, TrackId, TrackKind, TransitionKind,
    edit::{Edge, PastePiece, Placement},
};

/// The color of new markers.
const MARKER_COLOR: Rgba = Rgba([0xe3, 0xc1, 0x5d, 0xff]);

/// How long a held frame lasts, in seconds.
const FREEZE_SECONDS: i64 = 2;

impl Editor {
    /// The edit that an action means here; `None` where it means nothing, such as a deletion without a selection.
    pub fn edit_for(&self, action: &Action, playhead: FrameIndex) -> Option<Edit> {
        let sequence = &*self.document().sequence;
        let items = || self.selected_items();
        match action {
            Action::SplitAtPlayhead => Some(self.split(playhead)),
            Action::Lift => self.lift(),
            Action::RippleDelete => self.ripple_delete(),
            Action::TrimStartToPlayhead => self.ripple_trim(playhead, Edge::Start),
            Action::TrimEndToPlayhead => self.ripple_trim(playhead, Edge::End),
            Action::Cut => items().map(|items| Edit::Lift { items }),
            Action::Paste => (!self.clipboard.is_empty()).then(|| Edit::Paste {
                pieces: self.clipboard.clone(),
                at: playhead,
            }),
            Action::Duplicate => {
                let by = self.selected_range()?.count;
                let items = items()?;
                Some(Edit::Duplicate {
                    items,
                    by,
                    to_track: None,
                })
            }
            Action::InsertAsset | Action::OverwriteAsset => {
                let placement = Placement::whole(self.selection().asset?);
                Some(if *action == Action::InsertAsset {
                    Edit::Insert {
                        placement,
                        at: playhead,
                    }
                } else {
                    Edit::Overwrite {
                        placement,
                        at: playhead,
                    }
                })
            }
            Action::AddTitle => Some(self.add_title(playhead)),
            Action::AddTransition => add_dissolve(sequence, self.cut_near(playhead)?),
            Action::ToggleDisabled => {
                let items = items()?;
                let is_disabled =
                    |id: &ItemId| sequence.item(*id).is_some_and(|(_, item)| item.is_disabled);
                let is_enabled = items.iter().any(is_disabled);
                Some(Edit::SetEnabled { items, is_enabled })
            }
            Action::FreezeFrame => self.freeze(playhead),
            Action::LinkItems => items().map(|items| Edit::Link { items }),
            Action::UnlinkItems => items().map(|items| Edit::Unlink { items }),
            Action::SetMarkIn => Some(Edit::SetMarkIn {
                frame: Some(playhead),
            }),
            Action::SetMarkOut => Some(Edit::SetMarkOut {
                frame: Some(playhead + FrameCount::ONE),
            }),
            Action::MarkSelection => self
                .selected_range()
                .map(|range| mark("Mark selection", Some(range))),
            Action::ClearMarks => {
                let has_marks = sequence.mark_in.is_some() || sequence.mark_out.is_some();
                has_marks.then(|| mark("Clear marks", None))
            }
            Action::AddMarker => Some(Edit::AddMarker {
                frame: playhead,
                label: String::new(),
                color: MARKER_COLOR,
            }),
            Action::AddVideoTrack => Some(add_track(TrackKind::Video)),
            Action::AddAudioTrack => Some(add_track(TrackKind::Audio)),
            _ => None,
        }
    }

    fn selected_items(&self) -> Option<Vec<ItemId>> {
        let items = &self.selection().items;
        (!items.is_empty()).then(|| items.iter().copied().collect())
    }

    /// The frames from the first selected one to the last.
    pub fn selected_range(&self) -> Option<FrameRange> {
        if let Some((_, gap)) = self.selection().gap {
            return Some(gap);
        }
        let sequence = &self.document().sequence;
        let items = self.selection().items.iter();
        let ranges = items.filter_map(|id| sequence.item(*id).map(|(_, item)| item.range()));
        ranges.reduce(|all, range| {
            FrameRange::between(all.start.min(range.start), all.end().max(range.end()))
        })
    }

    fn split(&self, playhead: FrameIndex) -> Edit {
        let sequence = &self.document().sequence;
        let is_here = |id: &ItemId| {
            let item = sequence.item(*id);
            item.is_some_and(|(_, item)| item.start < playhead && item.range().contains(playhead))
        };
        let items = self.selection().items.iter().copied().filter(is_here);
        Edit::Split {
            at: playhead,
            items: items.collect(),
        }
    }

    fn lift(&self) -> Option<Edit> {
        if let Some(transition) = self.selection().transition {
            return Some(Edit::RemoveTransition { transition });
        }
        self.selected_items().map(|items| Edit::Lift { items })
    }

    fn ripple_delete(&self) -> Option<Edit> {
        if let Some(items) = self.selected_items() {
            return Some(Edit::RippleDelete { items });
        }
        if let Some((track, gap)) = self.selection().gap {
            return Some(Edit::CloseGap {
                track,
                at: gap.start,
            });
        }
        let range = self.document().sequence.marked_range()?;
        Some(Edit::Extract {
            range,
            tracks: Vec::new(),
        })
    }

    /// The item that the playhead is about: a selected one under it, else the topmost picture, else the first sound.
    pub fn item_under(&self, playhead: FrameIndex) -> Option<&Item> {
        let sequence = &self.document().sequence;
        let open = |kind| {
            let tracks = sequence.tracks.iter();
            tracks.filter(move |track| track.kind == kind && !track.is_locked)
        };
        let candidates = open(TrackKind::Video).rev().chain(open(TrackKind::Audio));
        let here = || {
            candidates
                .clone()
                .filter_map(|track| track.item_at(playhead))
        };
        let selected = here().find(|item| self.selection().items.contains(&item.id));
        selected.or_else(|| here().next()).map(AsRef::as_ref)
    }

    fn ripple_trim(&self, playhead: FrameIndex, edge: Edge) -> Option<Edit> {
        let item = self.item_under(playhead)?;
        let to = match edge {
            Edge::Start => playhead,
            Edge::End => playhead.max(item.start + FrameCount::ONE),
        };
        Some(Edit::RippleTrim {
            item: item.id,
            edge,
            to,
            alone: false,
        })
    }

    fn freeze(&self, playhead: FrameIndex) -> Option<Edit> {
        let item = self.item_under(playhead)?;
        let rate = self.document().sequence.rate;
        matches!(item.content, Content::Clip(_)).then(|| Edit::FreezeFrame {
            item: item.id,
            at: playhead,
            count: rate.count_from_ticks(Ticks::from_seconds_fraction(FREEZE_SECONDS, 1)),
        })
    }

    /// A title on the lowest track above the first where there is room; on a new track where there is none.
    fn add_title(&self, playhead: FrameIndex) -> Edit {
        let document = self.document();
        let sequence = &document.sequence;
        let count = sequence
            .rate
            .count_from_ticks(Ticks::from_seconds_fraction(TITLE_SECONDS, 1));
        let range = FrameRange::new(playhead, count);
        let title = Title {
            text: "Title".to_owned(),
            ..Title::default()
        };
        let video = sequence
            .tracks
            .iter()
            .filter(|track| track.kind == TrackKind::Video);
        let is_free = |track: &&std::sync::Arc<timeline::Track>| {
            !track.is_locked && !track.items.iter().any(|item| item.range().overlaps(range))
        };
        let free = video.skip(1).find(is_free).map(|track| track.id);
        let add = |track| Edit::AddTitle {
            track,
            range,
            title,
        };
        match free {
            Some(track) => add(track),
            None => Edit::Batch {
                label: "Add title".to_owned(),
                // The new track is named with the document's next number.
                edits: vec![add_track(TrackKind::Video), add(TrackId(document.next_id))],
            },
        }
    }

    /// The item before the cut that is nearest to the playhead, on the tracks of the selection if there is one.
    pub(super) fn cut_near(&self, playhead: FrameIndex) -> Option<ItemId> {
        let selected = &self.selection().items;
        let mut nearest: Option<(i64, ItemId)> = None;
        for track in &self.document().sequence.tracks {
            for pair in track.items.windows(2) {
                let [left, right] = pair else { continue };
                let is_cut = left.range().end() == right.start && !track.is_locked;
                let is_meant = selected.is_empty()
                    || selected.contains(&left.id)
                    || selected.contains(&right.id);
                let distance = (right.start - playhead).0.abs();
                let is_nearer = nearest.is_none_or(|(least, _)| distance < least);
                if is_cut && is_meant && is_nearer {
                    nearest = Some((distance, left.id));
                }
            }
        }
        nearest.map(|(_, left)| left)
    }

    /// Copies of the selected items, ready to be pasted.
    pub fn copy_selection(&self) -> Vec<PastePiece> {
        let sequence = &self.document().sequence;
        let pieces = self.selection().items.iter().filter_map(|id| {
            let (track, item) = sequence.item(*id)?;
            Some(PastePiece {
                track: track.id,
                item: Box::new((**item).clone()),
            })
        });
        pieces.collect()
    }
}

fn add_track(kind: TrackKind) -> Edit {
    Edit::AddTrack {
        kind,
        label: String::new(),
    }
}

fn mark(label: &str, range: Option<FrameRange>) -> Edit {
    Edit::Batch {
        label: label.to_owned(),
        edits: vec![
            Edit::SetMarkIn {
                frame: range.map(|range| range.start),
            },
            Edit::SetMarkOut {
                frame: range.map(FrameRange::end),
            },
        ],
    }
}

fn add_dissolve(sequence: &Sequence, left: ItemId) -> Option<Edit> {
    let (track, item) = sequence.item(left)?;
    let right = track.item_at(item.range().end())?;
    let whole = sequence
        .rate
        .count_from_ticks(Ticks::from_seconds_fraction(TRANSITION_SECONDS_TENTHS, 10));
    let half = FrameCount(whole.0 / 2);
    Some(Edit::AddTransition {
        left,
        kind: TransitionKind::Dissolve,
        before: half.min(FrameCount(item.count.0 / 2)),
        after: half.min(FrameCount(right.count.0 / 2)),
    })
}

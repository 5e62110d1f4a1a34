//! Wishes: stretches of a track that a model shall make, placed before anything is asked, so that they can be looked
//! at, moved and pulled to length first.

use super::Editor;
use crate::{action::Action, limits::WISH_SECONDS};
use av::{FrameCount, FrameIndex, FrameRange, Ticks};
use runtime::{Problem, limits::GENERATED_SECONDS_MAX};
use std::sync::Arc;
use timeline::{
    Anchor, Content, Edit, GeneratedState, Item, ItemId, Purpose, Recipe, Track, TrackId, TrackKind,
};

/// How far a join of two clips that touch reaches into each, in tenths of a second.
const JOIN_REACH_TENTHS: i64 = 5;

/// Stretches to wish for on one track.
struct Wishes {
    label: &'static str,
    track: TrackId,
    ranges: Vec<FrameRange>,
    purpose: Purpose,
}

impl Editor {
    /// Places what an action wishes for, selects it and names it; a problem says what is missing.
    pub fn wish(&mut self, action: &Action, playhead: FrameIndex) -> Result<Vec<ItemId>, Problem> {
        let edit = match action {
            Action::JoinClips => self.place_wishes(&self.join(playhead)?),
            Action::HealRange => self.place_wishes(&self.heal()?),
            Action::ExtendForward | Action::ExtendBackward => self.extend(action, playhead)?,
            // Several stills are several edits in one, which stay as they are.
            Action::AnimateStills
                if self
                    .selected_in_a_row()
                    .is_some_and(|(_, row)| row.len() == 1) =>
            {
                self.place_move(&self.animate()?)
            }
            Action::AnimateStills => self.place_wishes(&self.animate()?),
            Action::TextToVideo => self.text_to_video(playhead, &Recipe::default(), None),
            _ => self.fill_or_words(playhead),
        };
        self.wish_edit(&edit)
    }

    /// Applies an edit that places wishes, and selects them.
    pub fn wish_edit(&mut self, edit: &Edit) -> Result<Vec<ItemId>, Problem> {
        let created = self.edit(edit)?;
        let is_wish = |id: &ItemId| self.generated(*id).is_some();
        let items: Vec<ItemId> = created.items.into_iter().filter(is_wish).collect();
        let selection = crate::selection::Selection::of_items(self.document(), items.clone());
        self.select(selection);
        Ok(items)
    }

    /// The generated items among the selected ones, in the order of the document.
    pub fn selected_generated(&self) -> Vec<ItemId> {
        let items = self.selection().items.iter().copied();
        items.filter(|id| self.generated(*id).is_some()).collect()
    }

    /// Stretches of a track that are to be made anew at once, as one step.
    pub fn retake_edit(&self, track: TrackId, ranges: &[FrameRange]) -> Edit {
        let place = |range: &FrameRange| {
            let mut edit = self.place_wish(track, *range, Purpose::Retake);
            if let Edit::PlaceGenerated { state, .. } = &mut edit {
                *state = GeneratedState::Queued;
            }
            edit
        };
        Edit::Batch {
            label: Purpose::Retake.label().to_owned(),
            edits: ranges.iter().map(place).collect(),
        }
    }

    fn place_wishes(&self, wishes: &Wishes) -> Edit {
        let mut edits: Vec<Edit> = wishes
            .ranges
            .iter()
            .map(|range| self.place_wish(wishes.track, *range, wishes.purpose))
            .collect();
        if edits.len() == 1 {
            return edits.remove(0);
        }
        Edit::Batch {
            label: wishes.label.to_owned(),
            edits,
        }
    }

    fn place_wish(&self, track: TrackId, range: FrameRange, purpose: Purpose) -> Edit {
        Edit::PlaceGenerated {
            track,
            range,
            purpose,
            recipe: Box::new(Recipe {
                num_frames: u32::try_from(range.count.0).unwrap_or_default(),
                ..Recipe::default()
            }),
            anchors: self.neighbors(track, range),
            state: GeneratedState::Ghost,
        }
    }

    /// The stretch after one still, which leads nowhere: what lies behind it is another picture.
    fn place_move(&self, wishes: &Wishes) -> Edit {
        let mut edit = self.place_wishes(wishes);
        if let Edit::PlaceGenerated { anchors, range, .. } = &mut edit {
            anchors.retain(|anchor| anchor.frames.start < range.start);
        }
        edit
    }

    /// What stands right before and right behind a range, clips that the range cuts included: the halves are named
    /// when they are made.
    fn neighbors(&self, track: TrackId, range: FrameRange) -> Vec<Anchor> {
        let Some(track) = self.document().sequence.track(track) else {
            return Vec::new();
        };
        let frames = [range.start - FrameCount::ONE, range.end()];
        let anchor = |frame: FrameIndex| {
            Some(Anchor {
                item: track.item_at(frame)?.id,
                frames: FrameRange::new(frame, FrameCount::ONE),
                content_hash: 0,
            })
        };
        frames.into_iter().filter_map(anchor).collect()
    }

    /// Selected items on one video track that follow each other, in order.
    fn selected_in_a_row(&self) -> Option<(&Arc<Track>, Vec<&Item>)> {
        let sequence = &self.document().sequence;
        let is_selected = |item: &&Arc<Item>| self.selection().items.contains(&item.id);
        let mut tracks = sequence.tracks.iter().filter(|track| {
            track.kind == TrackKind::Video && track.items.iter().any(|item| is_selected(&item))
        });
        let track = tracks.next().filter(|_| tracks.next().is_none())?;
        let first = track.items.iter().position(|item| is_selected(&item))?;
        let row: Vec<&Item> = track.items[first..]
            .iter()
            .take_while(is_selected)
            .map(AsRef::as_ref)
            .collect();
        let all = track.items.iter().filter(is_selected).count();
        (row.len() == all).then_some((track, row))
    }

    /// The bridge between two selected neighbors, or over the cut nearest to the playhead.
    fn join(&self, playhead: FrameIndex) -> Result<Wishes, Problem> {
        let nothing = || {
            Problem::warning(
                "There are no two clips here to join",
                "Select two clips that follow each other on one video track, or put the playhead at a cut",
            )
        };
        let sequence = &self.document().sequence;
        let (track, left, right) = match self.selected_in_a_row() {
            Some((track, row)) if row.len() == 2 => (track, row[0], row[1]),
            _ => {
                let left = self.cut_near(playhead).ok_or_else(nothing)?;
                let (track, left) = sequence.item(left).ok_or_else(nothing)?;
                let right = track.item_at(left.range().end()).ok_or_else(nothing)?;
                (track, left.as_ref(), right.as_ref())
            }
        };
        if track.kind != TrackKind::Video {
            return Err(nothing());
        }
        let (end, start) = (left.range().end(), right.start);
        let range = if end < start {
            FrameRange::between(end, start)
        } else {
            let reach = sequence
                .rate
                .count_from_ticks(Ticks::from_seconds_fraction(JOIN_REACH_TENTHS, 10));
            let within = |item: &Item| {
                reach
                    .min(FrameCount(item.count.0 - 1))
                    .max(FrameCount::ZERO)
            };
            FrameRange::between(end - within(left), start + within(right))
        };
        wishes("Join", track.id, vec![range], Purpose::Join)
    }

    /// The marked range of the selected clip's track, or of the topmost picture there.
    fn heal(&self) -> Result<Wishes, Problem> {
        let help =
            "Mark the damaged frames with I and O, or let \"Find damaged frames\" look for them";
        let nothing = || Problem::warning("No damaged range is marked", help);
        let sequence = &self.document().sequence;
        let range = sequence.marked_range().ok_or_else(nothing)?;
        let is_video = |id: &ItemId| {
            let found = sequence.item(*id);
            found
                .filter(|(track, _)| track.kind == TrackKind::Video)
                .map(|(track, _)| track.id)
        };
        let selected = self.selection().items.iter().find_map(is_video);
        let under = || is_video(&self.item_under(range.start)?.id);
        let track = selected.or_else(under).ok_or_else(nothing)?;
        wishes("Heal", track, vec![range], Purpose::Retake)
    }

    /// The stretches between the key frames of selected stills: each still is shown on its first frame, the last of
    /// several on its last.
    fn animate(&self) -> Result<Wishes, Problem> {
        let nothing = || {
            Problem::warning(
                "No still is selected that could move",
                "Select one picture on a video track, or several that follow each other",
            )
        };
        let (track, row) = self.selected_in_a_row().ok_or_else(nothing)?;
        if !row.iter().all(|item| self.is_still(item)) {
            return Err(nothing());
        }
        let last = row.len() - 1;
        let mut ranges = Vec::new();
        if last == 0 {
            ranges.push(FrameRange::between(
                row[0].start + FrameCount::ONE,
                row[0].range().end(),
            ));
        }
        for (index, pair) in row.windows(2).enumerate() {
            let is_last = index + 1 == last;
            let to = if is_last {
                pair[1].range().end() - FrameCount::ONE
            } else {
                pair[1].start
            };
            ranges.push(FrameRange::between(pair[0].start + FrameCount::ONE, to));
        }
        wishes("Animate", track.id, ranges, Purpose::Animate)
    }

    /// Whether an item shows one picture that stands still.
    pub fn is_still(&self, item: &Item) -> bool {
        let Content::Clip(clip) = &item.content else {
            return false;
        };
        let asset = self.document().assets.find(clip.asset);
        clip.is_freeze() || asset.is_some_and(|asset| asset.info.is_still)
    }

    /// A stretch made from words: the marked range, the selected gap, or some seconds from the playhead; on the first
    /// video track where nothing lies there, else on a new one.
    pub fn text_to_video(
        &self,
        playhead: FrameIndex,
        recipe: &Recipe,
        count: Option<FrameCount>,
    ) -> Edit {
        let sequence = &self.document().sequence;
        let seconds = |seconds: i64| {
            let ticks = Ticks::from_seconds_fraction(seconds, 1);
            sequence.rate.count_from_ticks(ticks)
        };
        let gap = self.selection().gap;
        let marked = sequence.marked_range().filter(|_| count.is_none());
        let wanted = match (count, marked, gap) {
            (None, Some(marked), _) => marked,
            (None, None, Some((_, gap))) => gap,
            (count, _, gap) => {
                let from = gap.map_or(playhead, |(_, gap)| gap.start);
                FrameRange::new(from, count.unwrap_or(seconds(WISH_SECONDS)))
            }
        };
        let longest = seconds(GENERATED_SECONDS_MAX as i64);
        let range = FrameRange::new(wanted.start, wanted.count.min(longest));
        let recipe = Recipe {
            num_frames: u32::try_from(range.count.0).unwrap_or_default(),
            ..recipe.clone()
        };
        let place = |track| Edit::PlaceGenerated {
            track,
            range,
            purpose: Purpose::TextToVideo,
            recipe: Box::new(recipe.clone()),
            anchors: Vec::new(),
            state: GeneratedState::Ghost,
        };
        let is_free = |track: &&Arc<Track>| {
            let is_open = track.kind == TrackKind::Video && !track.is_locked;
            is_open && !track.items.iter().any(|item| item.range().overlaps(range))
        };
        match sequence.tracks.iter().find(is_free) {
            Some(track) => place(track.id),
            None => Edit::Batch {
                label: Purpose::TextToVideo.label().to_owned(),
                // The new track is named with the document's next number.
                edits: vec![
                    Edit::AddTrack {
                        kind: TrackKind::Video,
                        label: String::new(),
                    },
                    place(TrackId(self.document().next_id)),
                ],
            },
        }
    }

    /// What is missing here, else something from words.
    fn fill_or_words(&self, playhead: FrameIndex) -> Edit {
        match self.fill_target(playhead) {
            Some(super::FillTarget::Range { track, range }) => {
                self.place_wish(track, range, Purpose::Fill)
            }
            Some(super::FillTarget::Item { .. }) | None => {
                self.text_to_video(playhead, &Recipe::default(), None)
            }
        }
    }
}

/// The wishes, unless there is not a frame to make.
fn wishes(
    label: &'static str,
    track: TrackId,
    ranges: Vec<FrameRange>,
    purpose: Purpose,
) -> Result<Wishes, Problem> {
    if ranges.is_empty() || ranges.iter().any(|range| range.count < FrameCount::ONE) {
        return Err(Problem::warning(
            format!("{label}: there is not a frame to make"),
            "Make the clips longer, or move them apart",
        ));
    }
    Ok(Wishes {
        label,
        track,
        ranges,
        purpose,
    })
}

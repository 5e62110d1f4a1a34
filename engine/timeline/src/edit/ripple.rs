//! Making room and closing up: what comes after moves, and what belongs together stays together.

use super::{EditError, draft::Draft, draft::Place, draft::require_range};
use crate::{Item, ItemId, LinkId, TrackId};
use av::{FrameCount, FrameIndex, FrameRange};
use std::sync::Arc;

/// A track that time is put into or taken out of, and the frame from which its items move.
pub(super) type Own = (usize, FrameIndex);

/// A run of items that move: everything from `index` on.
#[derive(Clone, Copy)]
struct Mover {
    track: usize,
    index: usize,
}

impl Draft {
    /// Opens a gap of `count` frames at `at`. Items that lie across it are cut on `tracks` (and what they are linked
    /// to); on other tracks they stay whole.
    pub fn open_gap(
        &mut self,
        at: FrameIndex,
        count: FrameCount,
        tracks: &[usize],
    ) -> Result<(), EditError> {
        let crossed = |draft: &Self, track: usize| {
            let index = draft.track(track).index_at(at)?;
            let item = &draft.track(track).items[index];
            (item.start < at).then(|| Arc::clone(item))
        };
        let links: Vec<LinkId> = tracks
            .iter()
            .filter_map(|track| crossed(self, *track)?.link)
            .collect();
        for track in 0..self.sequence().tracks.len() {
            let Some(item) = crossed(self, track) else {
                continue;
            };
            let is_linked = item.link.is_some_and(|link| links.contains(&link));
            if tracks.contains(&track) || (is_linked && !self.track(track).is_locked) {
                self.split_at(track, at);
            }
        }
        let own: Vec<Own> = tracks.iter().map(|track| (*track, at)).collect();
        self.ripple(&own, count)
    }

    /// Moves what comes after by `by` frames, on `own` tracks from the frames named there and on all other unlocked
    /// tracks from the earliest of them.
    ///
    /// The caller has seen to it that there is room on the own tracks. Closing up, another track moves where it has
    /// room; where it has none it stays, unless something on it belongs to what moves: then nothing can be done.
    pub fn ripple(&mut self, own: &[Own], by: FrameCount) -> Result<(), EditError> {
        let Some(pivot) = own.iter().map(|(_, from)| *from).min() else {
            return Ok(());
        };
        if by == FrameCount::ZERO {
            return Ok(());
        }
        let mut movers: Vec<Mover> = Vec::new();
        let mut others: Vec<Mover> = Vec::new();
        for track in 0..self.sequence().tracks.len() {
            let content = self.track(track);
            if let Some((_, from)) = own.iter().find(|(own, _)| *own == track) {
                movers.push(Mover {
                    track,
                    index: content.first_from(*from),
                });
            } else if !content.is_locked {
                others.push(Mover {
                    track,
                    index: content.first_from(pivot),
                });
            }
        }
        self.include_linked_crossers(&movers, &mut others, pivot);
        if by < FrameCount::ZERO {
            let stayers = self.without_room(&movers, &mut others, -by)?;
            self.drop_linked_to(stayers, &mut others);
        }
        movers.append(&mut others);
        for mover in movers {
            if mover.index >= self.track(mover.track).items.len() {
                continue;
            }
            for item in &mut self.track_mut(mover.track).items[mover.index..] {
                Arc::make_mut(item).start += by;
            }
        }
        Ok(())
    }

    /// An item that lies across the pivot on another track moves whole if it belongs to something that moves.
    fn include_linked_crossers(&self, movers: &[Mover], others: &mut [Mover], pivot: FrameIndex) {
        loop {
            let mut has_changed = false;
            for position in 0..others.len() {
                let other = others[position];
                let Some(index) = other.index.checked_sub(1) else {
                    continue;
                };
                let item = &self.track(other.track).items[index];
                if item.start >= pivot || item.range().end() <= pivot {
                    continue;
                }
                let Some(link) = item.link else { continue };
                let all = movers.iter().chain(others.iter());
                if all.into_iter().any(|mover| self.moves_link(*mover, link)) {
                    others[position].index = index;
                    has_changed = true;
                }
            }
            if !has_changed {
                return;
            }
        }
    }

    fn moved_items(&self, mover: Mover) -> &[Arc<Item>] {
        let items = &self.track(mover.track).items;
        &items[mover.index.min(items.len())..]
    }

    fn moves_link(&self, mover: Mover, link: LinkId) -> bool {
        let mut items = self.moved_items(mover).iter();
        items.any(|item| item.link == Some(link))
    }

    fn links_of(&self, movers: &[Mover]) -> Vec<LinkId> {
        let mut links: Vec<LinkId> = movers
            .iter()
            .flat_map(|mover| self.moved_items(*mover))
            .filter_map(|item| item.link)
            .collect();
        links.sort_unstable();
        links
    }

    /// Takes tracks without room out of `others` and returns them.
    fn without_room(
        &self,
        movers: &[Mover],
        others: &mut Vec<Mover>,
        needed: FrameCount,
    ) -> Result<Vec<Mover>, EditError> {
        let (movable, stayers): (Vec<_>, Vec<_>) = others
            .iter()
            .partition(|mover| self.room_before(**mover) >= needed);
        *others = movable;
        if stayers.is_empty() {
            return Ok(stayers);
        }
        let links = self.links_of(movers);
        let is_bound = |item: &Arc<Item>| {
            item.link
                .is_some_and(|link| links.binary_search(&link).is_ok())
        };
        for stayer in &stayers {
            if self.moved_items(*stayer).iter().any(is_bound) {
                return Err(EditError::Blocked {
                    track: self.track_name(stayer.track),
                    needed,
                });
            }
        }
        Ok(stayers)
    }

    /// Tracks that belong to a track which stays have to stay as well.
    fn drop_linked_to(&self, mut stayers: Vec<Mover>, others: &mut Vec<Mover>) {
        while !stayers.is_empty() {
            let links = self.links_of(&stayers);
            let is_bound = |item: &Arc<Item>| {
                item.link
                    .is_some_and(|link| links.binary_search(&link).is_ok())
            };
            let (bound, free): (Vec<_>, Vec<_>) = others
                .iter()
                .partition(|mover| self.moved_items(**mover).iter().any(is_bound));
            *others = free;
            stayers = bound;
        }
    }

    /// Empty frames before the first item that would move; endless where none would.
    fn room_before(&self, mover: Mover) -> FrameCount {
        let items = &self.track(mover.track).items;
        let Some(first) = items.get(mover.index) else {
            return FrameCount(i64::MAX);
        };
        let previous_end = match mover.index.checked_sub(1) {
            Some(index) => items[index].range().end(),
            None => FrameIndex::ZERO,
        };
        first.start - previous_end
    }
}

/// Takes items out and closes up, latest stretch first.
pub(super) fn ripple_delete(draft: &mut Draft, items: &[ItemId]) -> Result<(), EditError> {
    let places = draft.linked_places(items)?;
    let mut removed: Vec<(usize, FrameRange)> = places
        .iter()
        .map(|place| (place.track, draft.item(*place).range()))
        .collect();
    draft.remove(&places);
    removed.sort_by_key(|(_, range)| range.start);
    let mut stretches: Vec<Vec<(usize, FrameRange)>> = Vec::new();
    let mut end = FrameIndex(i64::MIN);
    for entry in removed {
        match stretches.last_mut() {
            Some(stretch) if entry.1.start < end => stretch.push(entry),
            Some(_) | None => stretches.push(vec![entry]),
        }
        end = end.max(entry.1.end());
    }
    for stretch in stretches.iter().rev() {
        close_stretch(draft, stretch)?;
    }
    Ok(())
}

/// Closes up where items were taken out that overlapped in time: all their tracks move alike.
fn close_stretch(draft: &mut Draft, removed: &[(usize, FrameRange)]) -> Result<(), EditError> {
    let mut own: Vec<Own> = Vec::new();
    let mut by: Option<FrameCount> = None;
    for (track, _) in removed {
        if own.iter().any(|(known, _)| known == track) {
            continue;
        }
        let ranges = removed.iter().filter(|(other, _)| other == track);
        let (mut start, mut end) = (FrameIndex(i64::MAX), FrameIndex(i64::MIN));
        for (_, range) in ranges {
            start = start.min(range.start);
            end = end.max(range.end());
        }
        // Between two items of this track that go, another one may stay: then only the room after it counts.
        let index = draft.track(*track).first_from(end);
        let room = draft.room_before(Mover {
            track: *track,
            index,
        });
        let free = room.min(end - start);
        by = Some(by.map_or(free, |by| by.min(free)));
        own.push((*track, end));
    }
    draft.ripple(&own, -by.unwrap_or(FrameCount::ZERO))
}

/// Closes the gap at a frame.
pub(super) fn close_gap(
    draft: &mut Draft,
    track: TrackId,
    at: FrameIndex,
) -> Result<(), EditError> {
    let index = draft.open_track(track)?;
    let gap = draft.track(index).gap_at(at);
    let gap = gap.ok_or(EditError::NothingThere { at })?;
    draft.ripple(&[(index, gap.end())], -gap.count)
}

/// Takes a range out of tracks and closes up.
pub(super) fn extract(
    draft: &mut Draft,
    range: FrameRange,
    tracks: &[TrackId],
) -> Result<(), EditError> {
    let tracks = lift_range(draft, range, tracks)?;
    let own: Vec<Own> = tracks.iter().map(|track| (*track, range.end())).collect();
    draft.ripple(&own, -range.count)
}

/// Takes a range out of tracks and leaves a gap; returns the tracks.
pub(super) fn lift_range(
    draft: &mut Draft,
    range: FrameRange,
    tracks: &[TrackId],
) -> Result<Vec<usize>, EditError> {
    require_range(range)?;
    let tracks = draft.open_tracks(tracks)?;
    for track in &tracks {
        draft.clear(*track, range);
    }
    Ok(tracks)
}

/// Takes items out and leaves gaps.
pub(super) fn lift(draft: &mut Draft, items: &[ItemId]) -> Result<(), EditError> {
    let places: Vec<Place> = draft.linked_places(items)?;
    draft.remove(&places);
    Ok(())
}

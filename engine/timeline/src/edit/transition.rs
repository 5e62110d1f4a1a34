//! Transitions: what fits on a cut, and putting them there.

use super::{EditError, draft::Draft, draft::Place, draft::require};
use crate::{AssetPool, Item, ItemId, Track, Transition, TransitionId, TransitionKind};
use av::{FrameCount, FrameRate};

/// The longest parts of a transition before and after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutRoom {
    /// Frames before the cut: what the item after it can lend, and what is free of the item before it.
    pub before: FrameCount,
    /// Frames after the cut: what the item before it can lend, and what is free of the item after it.
    pub after: FrameCount,
}

/// What fits on the cut after item `left` of a track; `None` without an abutting neighbor.
pub fn cut_room(
    track: &Track,
    left: usize,
    assets: &AssetPool,
    rate: FrameRate,
) -> Option<CutRoom> {
    if !track.abuts_next(left) {
        return None;
    }
    let (from, to) = (&track.items[left], &track.items[left + 1]);
    let taken_from = |find: &dyn Fn(&Transition) -> Option<FrameCount>| {
        let mut taken = track.transitions.iter().filter_map(find);
        taken.next().unwrap_or(FrameCount::ZERO)
    };
    let leading = taken_from(&|other| (other.right == from.id).then_some(other.after));
    let trailing = taken_from(&|other| (other.left == to.id).then_some(other.before));
    let room = |lender: FrameCount, item: &Item, taken: FrameCount| {
        lender.min(item.count - taken).max(FrameCount::ZERO)
    };
    let lent_before = to.handles(assets, track.kind, rate).before;
    let lent_after = from.handles(assets, track.kind, rate).after;
    Some(CutRoom {
        before: room(lent_before, from, leading),
        after: room(lent_after, to, trailing),
    })
}

/// How a transition is to be.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub kind: TransitionKind,
    pub before: FrameCount,
    pub after: FrameCount,
}

pub(super) fn add(draft: &mut Draft, left: ItemId, shape: Shape) -> Result<(), EditError> {
    let place = draft.place(left)?;
    require_room(draft, place, shape)?;
    let right = draft.track(place.track).items[place.index + 1].id;
    let id = TransitionId(draft.next_id());
    draft.created.transitions.push(id);
    let transitions = &mut draft.track_mut(place.track).transitions;
    transitions.retain(|other| other.left != left);
    transitions.push(Transition {
        id,
        kind: shape.kind,
        left,
        right,
        before: shape.before,
        after: shape.after,
    });
    Ok(())
}

pub(super) fn update(
    draft: &mut Draft,
    transition: TransitionId,
    shape: Shape,
) -> Result<(), EditError> {
    let (track, index) = find(draft, transition)?;
    let left = draft.track(track).transitions[index].left;
    let place = draft.place(left)?;
    require_room(draft, place, shape)?;
    let transition = &mut draft.track_mut(track).transitions[index];
    transition.kind = shape.kind;
    transition.before = shape.before;
    transition.after = shape.after;
    Ok(())
}

pub(super) fn remove(draft: &mut Draft, transition: TransitionId) -> Result<(), EditError> {
    let (track, index) = find(draft, transition)?;
    draft.track_mut(track).transitions.remove(index);
    Ok(())
}

fn find(draft: &Draft, transition: TransitionId) -> Result<(usize, usize), EditError> {
    for (track, content) in draft.sequence().tracks.iter().enumerate() {
        let mut transitions = content.transitions.iter();
        if let Some(index) = transitions.position(|other| other.id == transition) {
            draft.require_open(track)?;
            return Ok((track, index));
        }
    }
    Err(EditError::NoTransition { transition })
}

fn require_room(draft: &Draft, left: Place, shape: Shape) -> Result<(), EditError> {
    let zero = FrameCount::ZERO;
    require(
        shape.before >= zero && shape.after >= zero && (shape.before > zero || shape.after > zero),
        "the transition's length",
        "at least one frame",
    )?;
    let track = draft.track(left.track);
    let room = cut_room(track, left.index, &draft.document.assets, draft.rate());
    let room = room.ok_or(EditError::NotAbutting {
        item: draft.item(left).id,
    })?;
    if shape.before <= room.before && shape.after <= room.after {
        return Ok(());
    }
    Err(EditError::Handles {
        before_available: room.before,
        after_available: room.after,
    })
}

/// Keeps, shortens or drops a track's transitions so that all of them fit, and sorts them by cut.
pub(super) fn settle(track: &mut Track, assets: &AssetPool, rate: FrameRate) {
    let mut left_over = std::mem::take(&mut track.transitions);
    if left_over.is_empty() {
        return;
    }
    left_over.sort_by_key(|transition| transition.left);
    for left in 0..track.items.len().saturating_sub(1) {
        let (from, to) = (track.items[left].id, track.items[left + 1].id);
        let Ok(index) = left_over.binary_search_by_key(&from, |transition| transition.left) else {
            continue;
        };
        let mut transition = left_over[index];
        if transition.right != to {
            continue;
        }
        // Earlier ones are in `track.transitions` already and have taken their part of the item between.
        let Some(room) = cut_room_after(track, left, assets, rate) else {
            continue;
        };
        transition.before = transition.before.min(room.before);
        transition.after = transition.after.min(room.after);
        if transition.before + transition.after > FrameCount::ZERO {
            track.transitions.push(transition);
        }
    }
}

/// Like [`cut_room`] for a track whose later transitions are not in place yet; looks at the last one only.
fn cut_room_after(
    track: &Track,
    left: usize,
    assets: &AssetPool,
    rate: FrameRate,
) -> Option<CutRoom> {
    if !track.abuts_next(left) {
        return None;
    }
    let (from, to) = (&track.items[left], &track.items[left + 1]);
    let leading = match track.transitions.last() {
        Some(last) if last.right == from.id => last.after,
        Some(_) | None => FrameCount::ZERO,
    };
    let lent_before = to.handles(assets, track.kind, rate).before;
    let lent_after = from.handles(assets, track.kind, rate).after;
    Some(CutRoom {
        before: lent_before.min(from.count - leading),
        after: lent_after.min(to.count),
    })
}

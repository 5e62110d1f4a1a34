//! Dragging an edge past the end of its media: what is missing is wished for.

use super::{
    Edge, EditError,
    draft::{Draft, Place},
    generated::{self, Request},
    ripple::Own,
    trim::{self, Grip},
};
use crate::{Anchor, GeneratedState, Purpose, Recipe, TrackKind, limits::FRAMES_MAX};
use av::{FrameCount, FrameIndex, FrameRange};

pub(super) fn overshoot(draft: &mut Draft, grip: Grip) -> Result<(), EditError> {
    let grip = with_room_at_the_start(draft, grip)?;
    let first = draft.place(grip.item)?;
    let from = trim::edge_frame(draft, first, grip.edge);
    let wished = grip.to - from;
    let own = trim::media_reach(draft, first, grip.edge);
    let is_past = match grip.edge {
        Edge::Start => wished < own.min,
        Edge::End => wished > own.max,
    };
    if !is_past || draft.track(first.track).kind != TrackKind::Video {
        return trim::trim(draft, grip);
    }
    // Sound goes along as far as there is some; it does not hold the picture back.
    for place in trim::aligned(draft, grip)? {
        let own = trim::media_reach(draft, place, grip.edge);
        let free = trim::free_reach(draft, place, grip.edge);
        let by = own.and(free.min, free.max).limit(wished);
        trim::drag_edge(draft, place, grip.edge, by);
    }
    match missing(draft, first, grip) {
        Some(range) => wish(draft, first, grip.edge, range),
        None => Ok(()),
    }
}

/// Nothing lies before the sequence's first frame, so there the rest gives way: the first item of a track and everything
/// after its start move on by as many frames as its edge is pulled past zero. The same grip, counted after that.
fn with_room_at_the_start(draft: &mut Draft, grip: Grip) -> Result<Grip, EditError> {
    let first = draft.place(grip.item)?;
    let missing = FrameIndex::ZERO - grip.to.max(FrameIndex(-FRAMES_MAX));
    let is_past = grip.edge == Edge::Start && first.index == 0 && missing > FrameCount::ZERO;
    if !is_past || draft.track(first.track).kind != TrackKind::Video {
        return Ok(grip);
    }
    let places = trim::aligned(draft, grip)?;
    let own = places
        .iter()
        .map(|place| (place.track, draft.item(*place).start));
    let own: Vec<Own> = own.collect();
    draft.ripple(&own, missing)?;
    Ok(Grip {
        to: FrameIndex::ZERO,
        ..grip
    })
}

/// The frames past the item's media, up to where the edge is to go or the next item lies.
fn missing(draft: &Draft, place: Place, grip: Grip) -> Option<FrameRange> {
    let at = trim::edge_frame(draft, place, grip.edge);
    let free = trim::free_reach(draft, place, grip.edge);
    let by = free.limit(grip.to - at);
    (by != FrameCount::ZERO).then(|| FrameRange::between(at.min(at + by), at.max(at + by)))
}

/// Reserves a stretch beside an item, made from the item's frames next to it.
fn wish(draft: &mut Draft, place: Place, edge: Edge, range: FrameRange) -> Result<(), EditError> {
    let (purpose, beside): (Purpose, FrameIndex) = match edge {
        Edge::Start => (Purpose::ExtendBackward, range.end()),
        Edge::End => (Purpose::ExtendForward, range.start - FrameCount::ONE),
    };
    let anchor = Anchor {
        item: draft.item(place).id,
        frames: FrameRange::new(beside, FrameCount::ONE),
        content_hash: 0,
    };
    let recipe = Recipe {
        num_frames: u32::try_from(range.count.0).unwrap_or_default(),
        ..Recipe::default()
    };
    let track = draft.track(place.track).id;
    let request = Request {
        purpose,
        recipe: &recipe,
        anchors: &[anchor],
        state: GeneratedState::Ghost,
    };
    generated::place(draft, track, range, request)
}

//! Dragging edges and cuts: trim, ripple trim, roll, slip, slide.

use super::{
    Edge, EditError,
    draft::{Draft, Place},
    ripple::Own,
};
use crate::{Content, ItemId, source::Handles};
use av::{FrameCount, FrameIndex};

/// How far something can be dragged, both ends included.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    pub min: FrameCount,
    pub max: FrameCount,
}

impl Reach {
    const ENDLESS: Self = Self {
        min: FrameCount(-crate::limits::FRAMES_MAX),
        max: FrameCount(crate::limits::FRAMES_MAX),
    };

    pub fn and(self, min: FrameCount, max: FrameCount) -> Self {
        Self {
            min: self.min.max(min),
            max: self.max.min(max),
        }
    }

    /// The nearest one within; nothing moves where two limits contradict each other.
    pub fn limit(self, by: FrameCount) -> FrameCount {
        let min = self.min.min(FrameCount::ZERO);
        let max = self.max.max(FrameCount::ZERO);
        by.max(min).min(max)
    }
}

/// The edge of one item that is dragged.
#[derive(Clone, Copy)]
pub(super) struct Grip {
    pub item: ItemId,
    pub edge: Edge,
    pub to: FrameIndex,
    pub alone: bool,
}

pub(super) fn edge_frame(draft: &Draft, place: Place, edge: Edge) -> FrameIndex {
    let range = draft.item(place).range();
    match edge {
        Edge::Start => range.start,
        Edge::End => range.end(),
    }
}

/// The item and the linked parts that begin (or end) with it.
pub(super) fn aligned(draft: &Draft, grip: Grip) -> Result<Vec<Place>, EditError> {
    let mut places = draft.group(grip.item, grip.alone)?;
    let at = edge_frame(draft, places[0], grip.edge);
    places.retain(|place| edge_frame(draft, *place, grip.edge) == at);
    Ok(places)
}

/// How far an edge can go by the item's own length and media.
pub(super) fn media_reach(draft: &Draft, place: Place, edge: Edge) -> Reach {
    let shrink = draft.item(place).count - FrameCount::ONE;
    let Handles { before, after } = draft.trim_handles(place);
    match edge {
        Edge::Start => Reach {
            min: -before,
            max: shrink,
        },
        Edge::End => Reach {
            min: -shrink,
            max: after,
        },
    }
}

/// How far an edge can go before it meets the next item, or the sequence's start.
pub(super) fn free_reach(draft: &Draft, place: Place, edge: Edge) -> Reach {
    let range = draft.item(place).range();
    let endless = Reach::ENDLESS;
    match edge {
        Edge::Start => endless.and(previous_end(draft, place) - range.start, endless.max),
        Edge::End => match next_start(draft, place) {
            Some(next) => endless.and(endless.min, next - range.end()),
            None => endless,
        },
    }
}

fn previous_end(draft: &Draft, place: Place) -> FrameIndex {
    match place.index.checked_sub(1) {
        Some(index) => draft.track(place.track).items[index].range().end(),
        None => FrameIndex::ZERO,
    }
}

fn next_start(draft: &Draft, place: Place) -> Option<FrameIndex> {
    let next = draft.track(place.track).items.get(place.index + 1)?;
    Some(next.start)
}

pub(super) fn drag_edge(draft: &mut Draft, place: Place, edge: Edge, by: FrameCount) {
    let count = draft.item(place).count;
    match edge {
        Edge::Start => draft.resize(place, by, count),
        Edge::End => draft.resize(place, FrameCount::ZERO, count + by),
    }
}

pub(super) fn trim(draft: &mut Draft, grip: Grip) -> Result<(), EditError> {
    let places = aligned(draft, grip)?;
    let mut reach = Reach::ENDLESS;
    for place in &places {
        let own = media_reach(draft, *place, grip.edge);
        let free = free_reach(draft, *place, grip.edge);
        reach = reach.and(own.min, own.max).and(free.min, free.max);
    }
    let by = reach.limit(grip.to - edge_frame(draft, places[0], grip.edge));
    for place in places {
        drag_edge(draft, place, grip.edge, by);
    }
    Ok(())
}

pub(super) fn ripple_trim(draft: &mut Draft, grip: Grip) -> Result<(), EditError> {
    let places = aligned(draft, grip)?;
    let mut reach = Reach::ENDLESS;
    for place in &places {
        let own = media_reach(draft, *place, grip.edge);
        reach = reach.and(own.min, own.max);
    }
    let by = reach.limit(grip.to - edge_frame(draft, places[0], grip.edge));
    let own: Vec<Own> = places
        .iter()
        .map(|place| (place.track, draft.item(*place).range().end()))
        .collect();
    for place in &places {
        let start = draft.item(*place).start;
        drag_edge(draft, *place, grip.edge, by);
        // The item's first frame stays where it is; other media shows there.
        draft.item_mut(*place).start = start;
    }
    match grip.edge {
        Edge::Start => draft.ripple(&own, -by),
        Edge::End => draft.ripple(&own, by),
    }
}

pub(super) fn roll(
    draft: &mut Draft,
    left: ItemId,
    to: FrameIndex,
    alone: bool,
) -> Result<(), EditError> {
    let first = draft.place(left)?;
    if !draft.track(first.track).abuts_next(first.index) {
        return Err(EditError::NotAbutting { item: left });
    }
    let right_of = |place: Place| Place {
        index: place.index + 1,
        ..place
    };
    let cut = draft.item(first).range().end();
    let right_link = draft.item(right_of(first)).link;
    let mut places = draft.group(left, alone)?;
    places.retain(|place| {
        let is_same_cut = draft.item(*place).range().end() == cut
            && draft.track(place.track).abuts_next(place.index);
        *place == first
            || (is_same_cut
                && right_link.is_some()
                && draft.item(right_of(*place)).link == right_link)
    });
    let mut reach = Reach::ENDLESS;
    for place in &places {
        let end = media_reach(draft, *place, Edge::End);
        let start = media_reach(draft, right_of(*place), Edge::Start);
        reach = reach.and(end.min, end.max).and(start.min, start.max);
    }
    let by = reach.limit(to - cut);
    for place in places {
        drag_edge(draft, place, Edge::End, by);
        drag_edge(draft, right_of(place), Edge::Start, by);
    }
    Ok(())
}

pub(super) fn slip(
    draft: &mut Draft,
    item: ItemId,
    by: FrameCount,
    alone: bool,
) -> Result<(), EditError> {
    let mut places = draft.group(item, alone)?;
    if draft.item(places[0]).media().is_none() {
        return Err(EditError::WrongItem {
            item,
            expected: "a clip",
        });
    }
    places.retain(|place| draft.item(*place).media().is_some());
    let is_reversed = |draft: &Draft, place: Place| {
        draft
            .item(place)
            .media()
            .is_some_and(|clip| clip.is_reversed)
    };
    let mut reach = Reach::ENDLESS;
    for place in &places {
        let Handles { before, after } = draft.handles(*place);
        reach = if is_reversed(draft, *place) {
            reach.and(-after, before)
        } else {
            reach.and(-before, after)
        };
    }
    let by = reach.limit(by);
    let rate = draft.rate();
    for place in places {
        match &mut draft.item_mut(place).content {
            Content::Clip(clip) => *clip = clip.advanced(by, rate),
            Content::Generated(generated) => generated.take_offset += by,
            Content::Title(_) | Content::Solid(_) => {}
        }
    }
    Ok(())
}

pub(super) fn slide(
    draft: &mut Draft,
    item: ItemId,
    by: FrameCount,
    alone: bool,
) -> Result<(), EditError> {
    let places = draft.group(item, alone)?;
    let mut reach = Reach::ENDLESS;
    for place in &places {
        reach = slide_reach(draft, *place, &places, reach);
    }
    let by = reach.limit(by);
    for place in &places {
        if let Some(left) = abutting_left(draft, *place, &places) {
            drag_edge(draft, left, Edge::End, by);
        }
        if let Some(right) = abutting_right(draft, *place, &places) {
            drag_edge(draft, right, Edge::Start, by);
        }
    }
    for place in &places {
        draft.item_mut(*place).start += by;
    }
    Ok(())
}

fn abutting_left(draft: &Draft, place: Place, moving: &[Place]) -> Option<Place> {
    let left = Place {
        index: place.index.checked_sub(1)?,
        ..place
    };
    let abuts = draft.track(place.track).abuts_next(left.index);
    (abuts && !moving.contains(&left)).then_some(left)
}

fn abutting_right(draft: &Draft, place: Place, moving: &[Place]) -> Option<Place> {
    let right = Place {
        index: place.index + 1,
        ..place
    };
    let abuts = draft.track(place.track).abuts_next(place.index);
    (abuts && !moving.contains(&right)).then_some(right)
}

fn slide_reach(draft: &Draft, place: Place, moving: &[Place], reach: Reach) -> Reach {
    let range = draft.item(place).range();
    let left_moves = place
        .index
        .checked_sub(1)
        .is_some_and(|index| moving.contains(&Place { index, ..place }));
    let right_moves = moving.contains(&Place {
        index: place.index + 1,
        ..place
    });
    let mut reach = reach.and(FrameIndex::ZERO - range.start, reach.max);
    if let Some(left) = abutting_left(draft, place, moving) {
        let own = media_reach(draft, left, Edge::End);
        reach = reach.and(own.min, own.max);
    } else if !left_moves {
        reach = reach.and(previous_end(draft, place) - range.start, reach.max);
    }
    if let Some(right) = abutting_right(draft, place, moving) {
        let own = media_reach(draft, right, Edge::Start);
        reach = reach.and(own.min, own.max);
    } else if !right_moves && let Some(next) = next_start(draft, place) {
        reach = reach.and(reach.min, next - range.end());
    }
    reach
}

//! Moving items and putting copies of them elsewhere.

use super::{
    EditError,
    draft::{Draft, Place},
};
use crate::{Content, Item, ItemId, LinkId, TrackId, Transition};
use av::{FrameCount, FrameIndex};
use std::collections::BTreeMap;

/// What moves, how far, and where the first one goes.
#[derive(Clone, Copy)]
pub(super) struct Trip<'a> {
    pub items: &'a [ItemId],
    pub by: FrameCount,
    pub to_track: Option<TrackId>,
}

/// An item on its way: the track it goes to and what it is there.
struct Traveler {
    track: usize,
    item: Item,
}

pub(super) fn move_items(draft: &mut Draft, trip: Trip) -> Result<(), EditError> {
    let places = draft.linked_places(trip.items)?;
    let travelers = travelers(draft, trip, &places)?;
    let transitions = carried_transitions(draft, &places, &travelers);
    draft.remove(&places);
    land(draft, travelers);
    for (track, transition) in transitions {
        let track = draft.track_mut(track);
        if track
            .transitions
            .iter()
            .all(|other| other.id != transition.id)
        {
            track.transitions.push(transition);
        }
    }
    Ok(())
}

pub(super) fn duplicate(draft: &mut Draft, trip: Trip) -> Result<(), EditError> {
    let places = draft.linked_places(trip.items)?;
    let mut travelers = travelers(draft, trip, &places)?;
    let mut links: BTreeMap<LinkId, LinkId> = BTreeMap::new();
    for Traveler { item, .. } in &mut travelers {
        item.id = draft.next_item_id();
        item.link = item
            .link
            .map(|link| *links.entry(link).or_insert_with(|| LinkId(draft.next_id())));
    }
    land(draft, travelers);
    Ok(())
}

/// Puts travelers down one after the other; a later one lies over an earlier one.
fn land(draft: &mut Draft, travelers: Vec<Traveler>) {
    for Traveler { track, item } in travelers {
        draft.clear(track, item.range());
        draft.put(track, item);
    }
}

/// The items as they will be, by place.
fn travelers(draft: &Draft, trip: Trip, places: &[Place]) -> Result<Vec<Traveler>, EditError> {
    let lead = draft.place(trip.items[0])?;
    let earliest = places.iter().map(|place| draft.item(*place).start).min();
    let earliest = earliest.unwrap_or(FrameIndex::ZERO);
    // Far drags end at the borders of the sequence; the rest of the way is checked when the edit is settled.
    let limit = FrameCount(crate::limits::FRAMES_MAX);
    let by = trip.by.min(limit).max(FrameIndex::ZERO - earliest);
    let lead_kind = draft.track(lead.track).kind;
    let of_kind: Vec<usize> = (0..draft.sequence().tracks.len())
        .filter(|track| draft.track(*track).kind == lead_kind)
        .collect();
    let rank = |track: usize| of_kind.iter().position(|other| *other == track);
    let steps = match trip.to_track {
        None => 0,
        Some(track) => {
            let to = draft.open_track(track)?;
            draft.require_suits(to, &draft.item(lead).content)?;
            let (Some(to_rank), Some(from_rank)) = (rank(to), rank(lead.track)) else {
                return to_other_kind(draft, lead, to, (by, places));
            };
            to_rank as i64 - from_rank as i64
        }
    };
    places
        .iter()
        .map(|place| {
            let track = match rank(place.track) {
                Some(from) => {
                    of_kind.get(usize::try_from(from as i64 + steps).unwrap_or(usize::MAX))
                }
                None => Some(&place.track),
            };
            let track = *track.ok_or(EditError::NoTrackFor { kind: lead_kind })?;
            draft.require_open(track)?;
            Ok(traveler(draft, *place, track, by))
        })
        .collect()
}

/// Words may go between video and caption tracks; whatever moves with them stays on its track.
fn to_other_kind(
    draft: &Draft,
    lead: Place,
    to: usize,
    (by, places): (FrameCount, &[Place]),
) -> Result<Vec<Traveler>, EditError> {
    if !matches!(draft.item(lead).content, Content::Title(_)) {
        return Err(EditError::WrongTrack {
            track: draft.track_name(to),
            content: "what lies on a track of another kind",
        });
    }
    let others = places.iter().filter(|place| **place != lead);
    let others = others.map(|place| traveler(draft, *place, place.track, by));
    Ok(others.chain([traveler(draft, lead, to, by)]).collect())
}

fn traveler(draft: &Draft, place: Place, track: usize, by: FrameCount) -> Traveler {
    let mut item = draft.item(place).clone();
    item.start += by;
    Traveler { track, item }
}

/// Transitions between items that move together go along.
fn carried_transitions(
    draft: &Draft,
    places: &[Place],
    travelers: &[Traveler],
) -> Vec<(usize, Transition)> {
    let track_of = |item: ItemId| {
        let traveler = travelers.iter().find(|traveler| traveler.item.id == item)?;
        Some(traveler.track)
    };
    let mut tracks: Vec<usize> = places.iter().map(|place| place.track).collect();
    tracks.dedup();
    tracks
        .into_iter()
        .flat_map(|track| draft.track(track).transitions.clone())
        .filter_map(|transition| {
            let (left, right) = (track_of(transition.left)?, track_of(transition.right)?);
            (left == right).then_some((left, transition))
        })
        .collect()
}

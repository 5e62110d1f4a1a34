//! Playing faster, slower, backwards, or not at all.

use super::{
    EditError,
    draft::{Draft, Place, require},
    ripple::Own,
};
use crate::{Clip, Content, Item, ItemId, TrackKind, limits};
use av::{FrameCount, FrameIndex, FrameRange, Ratio};

/// How clips are to play.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub speed: Ratio,
    pub is_reversed: bool,
    pub is_ripple: bool,
}

pub(crate) fn is_usable_speed(speed: Ratio) -> bool {
    let (num, den) = (speed.num(), speed.den());
    let terms = 1..=limits::SPEED_TERM_MAX;
    terms.contains(&num)
        && terms.contains(&den)
        && num <= den * limits::SPEED_MAX
        && den <= num * limits::SPEED_MAX
}

pub(super) fn set_speed(draft: &mut Draft, items: &[ItemId], pace: Pace) -> Result<(), EditError> {
    require(
        is_usable_speed(pace.speed),
        "the speed",
        "between 1/100 and 100 times, a ratio of numbers up to a million",
    )?;
    let places = draft.linked_places(items)?;
    for place in &places {
        if !matches!(draft.item(*place).content, Content::Clip(_)) {
            let item = draft.item(*place).id;
            return Err(EditError::WrongItem {
                item,
                expected: "a clip",
            });
        }
    }
    // Latest first, so that ripples of later clips do not move earlier ones; parts that begin together go together.
    let mut starts: Vec<FrameIndex> = places
        .iter()
        .map(|place| draft.item(*place).start)
        .collect();
    starts.sort_unstable();
    starts.dedup();
    for start in starts.into_iter().rev() {
        let together: Vec<Place> = places
            .iter()
            .copied()
            .filter(|place| draft.item(*place).start == start)
            .collect();
        set_speed_together(draft, &together, pace)?;
    }
    Ok(())
}

fn set_speed_together(draft: &mut Draft, places: &[Place], pace: Pace) -> Result<(), EditError> {
    let mut own: Vec<Own> = Vec::new();
    let mut growths: Vec<FrameCount> = Vec::new();
    let mut paced: Vec<(Place, Item)> = Vec::new();
    for place in places {
        let old_end = draft.item(*place).range().end();
        let mut item = with_pace(draft, *place, pace)?;
        let next = draft.track(place.track).items.get(place.index + 1);
        if let (false, Some(next)) = (pace.is_ripple, next)
            && item.range().end() > next.start
        {
            item = item.piece(FrameCount::ZERO, next.start - item.start, draft.rate());
        }
        own.push((place.track, old_end));
        growths.push(item.range().end() - old_end);
        paced.push((*place, item));
    }
    for (place, item) in paced {
        *draft.item_mut(place) = item;
    }
    if !pace.is_ripple {
        return Ok(());
    }
    // All tracks move alike: as far as the longest needs, or as the least shortened one allows.
    let by = growths.into_iter().max().unwrap_or(FrameCount::ZERO);
    draft.ripple(&own, by)
}

/// The item at another pace: the same media, so another length.
fn with_pace(draft: &Draft, place: Place, pace: Pace) -> Result<Item, EditError> {
    let rate = draft.rate();
    let mut item = draft.item(place).clone();
    let Content::Clip(clip) = &mut item.content else {
        return Ok(item);
    };
    let used = clip.source_range(item.count, rate);
    let is_freeze = clip.is_freeze();
    let (old, new) = (clip.speed, pace.speed);
    let stretched = |frames: FrameCount| {
        if is_freeze {
            return frames;
        }
        let numerator = i128::from(frames.0) * i128::from(old.num()) * i128::from(new.den());
        let denominator = i128::from(old.den()) * i128::from(new.num());
        let rounded = (2 * numerator + denominator).div_euclid(2 * denominator);
        let limit = i128::from(limits::FRAMES_MAX);
        FrameCount(rounded.clamp(-limit, limit) as i64)
    };
    *clip = Clip {
        speed: pace.speed,
        is_reversed: pace.is_reversed,
        ..Clip::new(clip.asset, used.start)
    };
    let asset = draft.asset(clip.asset)?;
    let kind = draft.track(place.track).kind;
    let forward = Clip {
        is_reversed: false,
        ..*clip
    };
    let available = forward.handles(FrameCount::ZERO, asset, kind, rate).after;
    item.count = stretched(item.count).min(available).max(FrameCount::ONE);
    // What happens to the picture happens at the same moments of the media.
    item.properties.remap(stretched);
    Ok(item)
}

/// Holds one frame of a clip for `count` frames; what comes after makes room.
pub(super) fn freeze(
    draft: &mut Draft,
    item: ItemId,
    at: FrameIndex,
    count: FrameCount,
) -> Result<(), EditError> {
    let place = draft.place(item)?;
    let source = draft.item(place).clone();
    require(
        (1..=limits::FRAMES_MAX).contains(&count.0),
        "the length",
        "at least one frame",
    )?;
    let is_clip = matches!(source.content, Content::Clip(_));
    if !is_clip || draft.track(place.track).kind != TrackKind::Video {
        return Err(EditError::WrongItem {
            item,
            expected: "a clip with a picture",
        });
    }
    if !source.range().contains(at) {
        return Err(EditError::NothingThere { at });
    }
    let Some(clip) = source.media() else {
        return Err(EditError::WrongItem {
            item,
            expected: "a clip",
        });
    };
    let frame_in_item = at - source.start;
    let shown = clip.media_from_item(frame_in_item, source.count, draft.rate());
    let hold = Ratio::new(0, 1).map_err(|_impossible| EditError::NothingThere { at })?;
    draft.open_gap(at, count, &[place.track])?;
    let held = Item {
        id: draft.next_item_id(),
        content: Content::Clip(Clip {
            speed: hold,
            ..Clip::new(clip.asset, shown)
        }),
        properties: source.properties.held(frame_in_item),
        link: None,
        ..source
    };
    let range = FrameRange::new(at, count);
    draft.put(
        place.track,
        Item {
            start: range.start,
            count: range.count,
            ..held
        },
    );
    Ok(())
}

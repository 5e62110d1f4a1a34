//! What generators make: reserving a stretch, taking results in, choosing among them.

use super::{
    EditError, TakeInputs,
    draft::{Draft, Place, require, require_range},
    insert::put_over,
};
use crate::{
    Anchor, Content, Generated, GeneratedState, ItemId, Purpose, Recipe, Take, TakeId, TrackId,
    limits, plan::renewed_anchors,
};
use av::{FrameCount, FrameRange, Ticks};

/// A stretch to reserve.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub purpose: Purpose,
    pub recipe: &'a Recipe,
    pub anchors: &'a [Anchor],
    pub state: GeneratedState,
}

pub(super) fn place(
    draft: &mut Draft,
    track: TrackId,
    range: FrameRange,
    request: Request,
) -> Result<(), EditError> {
    require_range(range)?;
    require_recipe(draft, request.recipe)?;
    require(
        matches!(
            request.state,
            GeneratedState::Ghost | GeneratedState::Queued
        ),
        "the state of what is not made yet",
        "ghost or queued",
    )?;
    let generated = Generated {
        purpose: request.purpose,
        recipe: request.recipe.clone(),
        anchors: request.anchors.to_vec(),
        takes: Vec::new(),
        active: None,
        state: request.state,
        take_offset: FrameCount::ZERO,
        placed_count: range.count,
    };
    let label = request.purpose.label().to_owned();
    let content = Content::Generated(Box::new(generated));
    put_over(draft, track, range, (label, content))?;
    let track = draft.open_track(track)?;
    let index = draft.track(track).first_from(range.start);
    let place = Place { track, index };
    name_neighbors(draft, place);
    renew_anchors(draft, place);
    Ok(())
}

/// What a recipe names is known, and its numbers make sense.
fn require_recipe(draft: &Draft, recipe: &Recipe) -> Result<(), EditError> {
    for asset in recipe.assets() {
        draft.asset(asset)?;
    }
    require(
        recipe.is_sound(),
        "the recipe",
        "a box inside the picture, shots of a frame or more, and few enough shots and references",
    )
}

/// Anchors beside the item name what lies there now: clearing the stretch may have renamed a half.
fn name_neighbors(draft: &mut Draft, place: Place) {
    let range = draft.item(place).range();
    let track = draft.track(place.track);
    let left = track
        .item_at(range.start - FrameCount::ONE)
        .map(|item| item.id);
    let right = track.item_at(range.end()).map(|item| item.id);
    if let Content::Generated(generated) = &mut draft.item_mut(place).content {
        if generated.purpose.covers() {
            return;
        }
        for anchor in &mut generated.anchors {
            let beside = if anchor.frames.start < range.start {
                left
            } else {
                right
            };
            anchor.item = beside.unwrap_or(anchor.item);
        }
    }
}

fn renew_anchors(draft: &mut Draft, place: Place) {
    let track = draft.track(place.track);
    let item = draft.item(place);
    let Content::Generated(generated) = &item.content else {
        return;
    };
    if generated.anchors.is_empty() {
        return;
    }
    let anchors = renewed_anchors(&draft.document, track, item, generated);
    if let Content::Generated(generated) = &mut draft.item_mut(place).content {
        generated.anchors = anchors;
    }
}

/// The generated item of that name, to be changed.
fn generated_mut(draft: &mut Draft, item: ItemId) -> Result<(Place, &mut Generated), EditError> {
    let place = draft.place(item)?;
    match &mut draft.item_mut(place).content {
        Content::Generated(generated) => Ok((place, generated)),
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => Err(EditError::WrongItem {
            item,
            expected: "a generated item",
        }),
    }
}

pub(super) fn add_take(
    draft: &mut Draft,
    item: ItemId,
    inputs: &TakeInputs,
) -> Result<(), EditError> {
    generated_mut(draft, item)?;
    require_recipe(draft, &inputs.recipe)?;
    let asset = draft.asset(inputs.asset)?;
    if asset.info.video.is_none() {
        return Err(EditError::NoMedia {
            name: asset.name.clone(),
            missing: "picture",
        });
    }
    require(
        (0..=limits::MEDIA_TICKS_MAX).contains(&inputs.source_start.0)
            && asset
                .available_end(crate::TrackKind::Video)
                .is_none_or(|end| end > Ticks::ZERO),
        "the start in the take",
        "within its media",
    )?;
    let (_, generated) = generated_mut(draft, item)?;
    if let Some(same) = same_take(generated, &inputs.recipe) {
        generated.active = Some(same);
        generated.state = GeneratedState::Ready;
        return Ok(());
    }
    let id = TakeId(draft.next_id());
    let (_, generated) = generated_mut(draft, item)?;
    if generated.takes.len() >= limits::TAKES_MAX {
        return Err(EditError::TooMany {
            what: "takes of one item",
            max: limits::TAKES_MAX,
        });
    }
    generated.takes.push(Take {
        id,
        asset: inputs.asset,
        source_start: inputs.source_start,
        recipe: inputs.recipe.clone(),
        seam_delta_e: inputs.seam_delta_e.clone(),
        seam_motion_jump: inputs.seam_motion_jump.clone(),
        rating: 0,
    });
    generated.active = Some(id);
    generated.state = GeneratedState::Ready;
    draft.created.takes.push(id);
    Ok(())
}

/// The take that the same work made before: takes of one fingerprint are the same.
fn same_take(generated: &Generated, recipe: &Recipe) -> Option<TakeId> {
    let is_same = |take: &&Take| take.recipe.fingerprint == recipe.fingerprint;
    let found = generated.takes.iter().find(is_same);
    found
        .filter(|_| !recipe.fingerprint.is_empty())
        .map(|take| take.id)
}

pub(super) fn remove_take(draft: &mut Draft, item: ItemId, take: TakeId) -> Result<(), EditError> {
    let (_, generated) = generated_mut(draft, item)?;
    let index = generated.takes.iter().position(|other| other.id == take);
    let index = index.ok_or(EditError::NoTake { item, take })?;
    generated.takes.remove(index);
    if generated.active != Some(take) {
        return Ok(());
    }
    // The one before shows then, or the one behind where it was the first.
    let next = generated.takes.get(index.saturating_sub(1));
    generated.active = next.map(|take| take.id);
    let shows_nothing = generated.active.is_none()
        && matches!(
            generated.state,
            GeneratedState::Ready | GeneratedState::Stale
        );
    if shows_nothing {
        generated.state = GeneratedState::Ghost;
    }
    Ok(())
}

pub(super) fn set_active_take(
    draft: &mut Draft,
    item: ItemId,
    take: TakeId,
) -> Result<(), EditError> {
    let (_, generated) = generated_mut(draft, item)?;
    if generated.takes.iter().all(|other| other.id != take) {
        return Err(EditError::NoTake { item, take });
    }
    generated.active = Some(take);
    Ok(())
}

pub(super) fn set_state(
    draft: &mut Draft,
    item: ItemId,
    state: GeneratedState,
) -> Result<(), EditError> {
    let (place, generated) = generated_mut(draft, item)?;
    let needs_take = matches!(state, GeneratedState::Ready | GeneratedState::Stale);
    require(
        !needs_take || generated.active_take().is_some(),
        "the state without a take",
        "ghost or queued",
    )?;
    let before = std::mem::replace(&mut generated.state, state);
    // Queued: what is there now is what will be continued. Stale and ready again: somebody accepts it as it is.
    let is_accepted = before == GeneratedState::Stale && state == GeneratedState::Ready;
    if state == GeneratedState::Queued {
        place_anew(draft, place);
        follow_clip(draft, place);
    }
    if state == GeneratedState::Queued || is_accepted {
        renew_anchors(draft, place);
    }
    Ok(())
}

/// What is asked for now is the item as it lies there: its takes so far are counted from its first frame again.
fn place_anew(draft: &mut Draft, place: Place) {
    let rate = draft.rate();
    let item = draft.item_mut(place);
    let count = item.count;
    let Content::Generated(generated) = &mut item.content else {
        return;
    };
    let by = rate.ticks_from_count(generated.take_offset);
    let moved = |take: &Take| take.source_start + by;
    if generated.takes.iter().any(|take| moved(take) < Ticks::ZERO) {
        return;
    }
    for take in &mut generated.takes {
        take.source_start = moved(take);
    }
    generated.take_offset = FrameCount::ZERO;
    generated.placed_count = count;
    // Its matte is counted from the stretch's first frame.
    if let Some(background) = &mut item.properties.background {
        background.matte_start = background.matte_start - by;
    }
}

/// What is enlarged shows the subject of its clip before what the clip has behind it now, where one matte fits both.
fn follow_clip(draft: &mut Draft, place: Place) {
    let item = draft.item(place);
    let Content::Generated(made) = &item.content else {
        return;
    };
    let anchor = made.anchors.first().map(|anchor| anchor.item);
    let clip = anchor.and_then(|anchor| draft.sequence().item(anchor));
    let Some((_, below)) = clip.filter(|_| made.purpose == Purpose::Upscale) else {
        return;
    };
    let (Content::Clip(clip), Some(background)) = (&below.content, &below.properties.background)
    else {
        return;
    };
    let later = draft.rate().ticks_from_count(item.start - below.start);
    if let Some(same) = background.for_remake_of(clip, later) {
        draft.item_mut(place).properties.background = Some(same);
    }
}

pub(super) fn set_recipe(
    draft: &mut Draft,
    item: ItemId,
    recipe: &Recipe,
) -> Result<(), EditError> {
    require_recipe(draft, recipe)?;
    let (_, generated) = generated_mut(draft, item)?;
    generated.recipe = recipe.clone();
    Ok(())
}

pub(super) fn rate_take(
    draft: &mut Draft,
    item: ItemId,
    take: TakeId,
    rating: u8,
) -> Result<(), EditError> {
    require(rating <= 5, "the rating", "0 to 5 stars")?;
    let (_, generated) = generated_mut(draft, item)?;
    let found = generated.takes.iter_mut().find(|other| other.id == take);
    found.ok_or(EditError::NoTake { item, take })?.rating = rating;
    Ok(())
}

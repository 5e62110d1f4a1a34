//! What a frame shows.

use super::{
    BackgroundPlan, FramePlan, LayerPlan, MediaMoment, PicturePlan, ShotPlan, TransitionPlan,
};
use crate::{
    AssetId, Background, BackgroundFill, Content, Document, Generated, Item, ItemId, MatteView,
    Purpose, Track, TrackKind, Transition,
};
use av::{FrameCount, FrameIndex, Ticks};

/// What `frame` of the document's sequence shows; any frame has an answer.
pub fn plan_frame(document: &Document, frame: FrameIndex) -> FramePlan {
    let sequence = &document.sequence;
    let is_shown = |track: &Track| match track.kind {
        TrackKind::Video | TrackKind::Caption => !track.is_muted,
        TrackKind::Audio => false,
    };
    let hidden = shown_enlarged(document, frame, is_shown);
    let is_seen = |layer: &LayerPlan| match layer {
        LayerPlan::Shot { shot, .. } => !hidden.contains(&shot.item),
        LayerPlan::Transition(_) => true,
    };
    let layers = sequence
        .tracks
        .iter()
        .filter(|track| is_shown(track))
        .filter_map(|track| layer(document, track, frame))
        .filter(is_seen)
        .collect();
    FramePlan {
        frame,
        size: sequence.size,
        background: sequence.background,
        layers,
    }
}

/// What is not seen at `frame` because of takes that show a clip enlarged, placed just as it is: the clip, since both over
/// each other would show twice wherever one can be seen through, at the edge of a cut-out subject above all; or the take,
/// while the clip comes or goes in a transition.
fn shown_enlarged(
    document: &Document,
    frame: FrameIndex,
    is_shown: impl Fn(&Track) -> bool,
) -> Vec<ItemId> {
    let tracks = document.sequence.tracks.iter();
    let at_frame = tracks.filter(|track| is_shown(track)).filter_map(|track| {
        let index = track.index_at(frame)?;
        let is_alone = transition_at(track, index, frame).is_none();
        is_alone.then(|| &track.items[index])
    });
    let enlarged = at_frame.filter_map(|item| match &item.content {
        Content::Generated(made) if made.purpose == Purpose::Upscale && !item.is_disabled => {
            made.active_take()?;
            let anchor = made.anchors.first()?;
            let (below, clip) = document.sequence.item(anchor.item)?;
            let is_alike = clip.range().contains(frame) && are_alike(item, clip, frame);
            let index = below.index_at(frame)?;
            let is_passing = transition_at(below, index, frame).is_some();
            is_alike.then_some(if is_passing { item.id } else { clip.id })
        }
        Content::Generated(_) | Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
    });
    enlarged.collect()
}

/// Whether two items are placed and seen through alike at a frame.
fn are_alike(one: &Item, other: &Item, frame: FrameIndex) -> bool {
    let at = |item: &Item| item.properties.held(frame - item.start);
    let (one, other) = (at(one), at(other));
    one.fit == other.fit
        && one.crop == other.crop
        && one.transform == other.transform
        && one.opacity == other.opacity
        && one.blend == other.blend
        && one.background.is_some() == other.background.is_some()
}

/// What a track shows at `frame`; `None` in gaps and where nothing can be seen.
pub(super) fn layer(document: &Document, track: &Track, frame: FrameIndex) -> Option<LayerPlan> {
    let index = track.index_at(frame)?;
    if let Some(transition) = transition_layer(document, track, index, frame) {
        return Some(LayerPlan::Transition(Box::new(transition)));
    }
    let item = &track.items[index];
    if item.is_disabled {
        return None;
    }
    let shot = shot(document, track, index, frame - item.start)?;
    (shot.opacity > 0.0).then(|| LayerPlan::Shot {
        blend: item.properties.blend,
        shot: Box::new(shot),
    })
}

/// The transition that covers `frame`, which lies on item `index`.
pub(super) fn transition_at(
    track: &Track,
    index: usize,
    frame: FrameIndex,
) -> Option<(&Transition, usize)> {
    let item = &track.items[index];
    track.transitions.iter().find_map(|transition| {
        if transition.right == item.id && frame < item.start + transition.after {
            Some((transition, index.checked_sub(1)?))
        } else if transition.left == item.id && frame >= item.range().end() - transition.before {
            Some((transition, index))
        } else {
            None
        }
    })
}

fn transition_layer(
    document: &Document,
    track: &Track,
    index: usize,
    frame: FrameIndex,
) -> Option<TransitionPlan> {
    let (transition, left) = transition_at(track, index, frame)?;
    let (from, to) = (&track.items[left], track.items.get(left + 1)?);
    // With one side left out there is nothing to go from or to; the other plays on its own.
    if from.is_disabled || to.is_disabled {
        return None;
    }
    let range = transition.range(to.start);
    Some(TransitionPlan {
        kind: transition.kind,
        progress: ((frame - range.start).0 as f64 + 0.5) / range.count.0 as f64,
        from: shot(document, track, left, frame - from.start)?,
        to: shot(document, track, left + 1, frame - to.start)?,
    })
}

/// What item `index` of a track shows `at` frames after its start, even outside of it.
fn shot(document: &Document, track: &Track, index: usize, at: FrameCount) -> Option<ShotPlan> {
    let item = &track.items[index];
    let picture = match &item.content {
        Content::Clip(_) => PicturePlan::Media(moment(document, track, item, at)?),
        Content::Title(title) => PicturePlan::Title(title.clone()),
        Content::Solid(color) => PicturePlan::Solid(*color),
        Content::Generated(generated) => match moment(document, track, item, at) {
            Some(moment) => PicturePlan::Media(moment),
            None if generated.purpose.covers() => return None,
            None => return held_shot(document, track, index, generated),
        },
    };
    let properties = &item.properties;
    let background = match (&picture, &properties.background) {
        (PicturePlan::Media(moment), Some(background)) => {
            let time = matte_clock(document, item, moment.time, at);
            Some(background_plan(document, background, time, at))
        }
        _ => None,
    };
    Some(ShotPlan {
        item: item.id,
        picture,
        fit: properties.fit,
        crop: properties.crop,
        position: properties.transform.position.at(at),
        scale: properties.transform.scale.at(at),
        rotation_degrees: properties.transform.rotation_degrees.at(at),
        opacity: properties.opacity.at(at).clamp(0.0, 1.0),
        color: properties.color,
        look: properties.look.clone(),
        background,
    })
}

/// The time by which an item's matte is found: that of its media, and of a generated item, whose takes are counted from
/// different frames, the time since the stretch began that was reserved for it.
fn matte_clock(document: &Document, item: &Item, media_time: Ticks, at: FrameCount) -> Ticks {
    match &item.content {
        Content::Generated(generated) => {
            let rate = document.sequence.rate;
            rate.ticks_from_count(generated.take_offset + at)
        }
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => media_time,
    }
}

/// The media moment an item shows, held at the media's first and last frame.
fn moment(document: &Document, track: &Track, item: &Item, at: FrameCount) -> Option<MediaMoment> {
    let clip = item.media()?;
    let time = clip.media_from_item(at, item.count, document.sequence.rate);
    Some(held_moment(document, clip.asset, time, track.kind))
}

fn held_moment(document: &Document, asset: AssetId, time: Ticks, kind: TrackKind) -> MediaMoment {
    let end = document
        .assets
        .find(asset)
        .and_then(|asset| asset.available_end(kind));
    let time = match end {
        Some(end) => time.min(end - Ticks(1)).max(Ticks::ZERO),
        // A still is the same at any time; one name for it keeps it in caches once.
        None => Ticks::ZERO,
    };
    MediaMoment { asset, time }
}

fn background_plan(
    document: &Document,
    background: &Background,
    media_time: Ticks,
    at: FrameCount,
) -> BackgroundPlan {
    let matte_time = media_time - background.matte_start;
    let rate = document.sequence.rate;
    let fill_moment = match background.fill {
        BackgroundFill::Asset(asset) => {
            let time = rate.ticks_from_count(at);
            Some(held_moment(document, asset, time, TrackKind::Video))
        }
        BackgroundFill::Color(_) | BackgroundFill::Blur { .. } | BackgroundFill::Transparent => {
            None
        }
    };
    BackgroundPlan {
        matte: held_moment(document, background.matte, matte_time, TrackKind::Video),
        fill: background.fill.clone(),
        fill_moment,
        finish: background.finish,
        view: MatteView::Result,
    }
}

/// What plays until a generated item is made: the last frame before it, else the first one after it.
///
/// Beside another item that is not made yet, the search goes on; in a gap, the anchors say where to look.
fn held_shot(
    document: &Document,
    track: &Track,
    index: usize,
    generated: &Generated,
) -> Option<ShotPlan> {
    let is_unmade = |item: &Item| match &item.content {
        Content::Generated(other) => other.active_take().is_none(),
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => false,
    };
    let abut = |left: usize| track.items[left].range().end() == track.items[left + 1].start;
    let mut first = index;
    while first > 0 && abut(first - 1) {
        first -= 1;
        if !is_unmade(&track.items[first]) {
            let last_frame = track.items[first].count - FrameCount::ONE;
            return shot(document, track, first, last_frame);
        }
    }
    let mut last = index;
    while last + 1 < track.items.len() && abut(last) {
        last += 1;
        if !is_unmade(&track.items[last]) {
            return shot(document, track, last, FrameCount::ZERO);
        }
    }
    let start = track.items[index].start;
    generated.anchors.iter().find_map(|anchor| {
        let (anchor_track, item) = document.sequence.item(anchor.item)?;
        let anchor_index = anchor_track.index_at(item.start)?;
        let at = if item.start < start {
            item.count - FrameCount::ONE
        } else {
            FrameCount::ZERO
        };
        if is_unmade(item) {
            None
        } else {
            shot(document, anchor_track, anchor_index, at)
        }
    })
}

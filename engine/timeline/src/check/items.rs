//! What holds of a track, its items and its transitions.

use super::{Findings, background_error, properties_error, soundless, title_error};
use crate::{
    AssetPool, Clip, Content, Document, Generated, GeneratedState, Item, Track, TrackKind,
    edit::is_usable_speed, limits,
};
use av::{FrameCount, FrameIndex, FrameRate, Ticks};

pub(super) fn check_track(document: &Document, track: &Track, findings: &mut Findings) {
    let at = |item: &Item| (Some(track.id), Some(item.id));
    let mut previous_end = FrameIndex::ZERO;
    for item in &track.items {
        let is_placed = (0..=limits::FRAMES_MAX).contains(&item.start.0)
            && (1..=limits::FRAMES_MAX).contains(&item.count.0);
        findings.require_at(is_placed, at(item), "it lies outside of the sequence");
        if !is_placed {
            return;
        }
        findings.require_at(
            item.start >= previous_end,
            at(item),
            "it begins before the one before it has ended",
        );
        previous_end = item.range().end();
        if let Some(what) = content_error(document, track.kind, item) {
            findings.require_at(false, at(item), what);
            return;
        }
        if let Some(wrong) = properties_error(&item.properties) {
            let what = format!("{} is not {}", wrong.what, wrong.allowed);
            findings.require_at(false, at(item), &what);
        }
        let background = item.properties.background.as_ref();
        let is_backed = background
            .is_none_or(|background| background_error(background, &document.assets).is_none());
        findings.require_at(is_backed, at(item), "its background's file is not known");
        let is_heard = soundless(&item.properties, &document.assets).is_none();
        findings.require_at(is_heard, at(item), "its cleaned speech's file is not known");
    }
    check_transitions(document, track, findings);
}

fn content_error(document: &Document, kind: TrackKind, item: &Item) -> Option<&'static str> {
    let wrong_track = Some("it lies on a track of another kind");
    match &item.content {
        Content::Clip(clip) => clip_error(document, kind, clip, item.count),
        Content::Title(_) if kind == TrackKind::Audio => wrong_track,
        Content::Title(title) => title_error(title).map(|wrong| wrong.what),
        Content::Solid(_) | Content::Generated(_) if kind != TrackKind::Video => wrong_track,
        Content::Solid(_) => None,
        Content::Generated(generated) => generated_error(document, generated),
    }
}

fn clip_error(
    document: &Document,
    kind: TrackKind,
    clip: &Clip,
    count: FrameCount,
) -> Option<&'static str> {
    let Some(asset) = document.assets.find(clip.asset) else {
        return Some("its media file is not known");
    };
    if !asset.suits(kind) {
        return Some("its media file has nothing for a track of this kind");
    }
    let days = -limits::MEDIA_TICKS_MAX..=limits::MEDIA_TICKS_MAX;
    let frames = -2 * limits::FRAMES_MAX..=2 * limits::FRAMES_MAX;
    if !days.contains(&clip.source_start.0) || !frames.contains(&clip.offset.0) {
        return Some("its source range lies outside of time");
    }
    let is_hold = clip.is_freeze() && clip.speed.den() <= limits::SPEED_TERM_MAX;
    if !is_hold && !is_usable_speed(clip.speed) {
        return Some("its speed is not between 1/100 and 100");
    }
    // Backwards the same frames are used.
    let used = clip.source_range(count - FrameCount::ONE, document.sequence.rate);
    let is_available = asset
        .available_end(kind)
        .is_none_or(|end| used.start >= Ticks::ZERO && used.start < end && used.end() <= end);
    (!is_available).then_some("it uses more than its media file has")
}

fn generated_error(document: &Document, generated: &Generated) -> Option<&'static str> {
    let frames = -2 * limits::FRAMES_MAX..=2 * limits::FRAMES_MAX;
    if !frames.contains(&generated.take_offset.0)
        || !(0..=limits::FRAMES_MAX).contains(&generated.placed_count.0)
    {
        return Some("its place in its takes lies outside of time");
    }
    let anchors = generated.anchors.iter();
    let is_anchored = |start: FrameIndex, count: FrameCount| {
        frames.contains(&start.0) && (0..=limits::FRAMES_MAX).contains(&count.0)
    };
    if !anchors
        .into_iter()
        .all(|anchor| is_anchored(anchor.frames.start, anchor.frames.count))
    {
        return Some("its anchors lie outside of time");
    }
    if generated.active.is_some() != generated.active_take().is_some() {
        return Some("its active take does not exist");
    }
    let needs_take = matches!(
        generated.state,
        GeneratedState::Ready | GeneratedState::Stale
    );
    if needs_take && generated.active.is_none() {
        return Some("it is ready but shows no take");
    }
    takes_error(document, generated)
}

fn takes_error(document: &Document, generated: &Generated) -> Option<&'static str> {
    let takes = &generated.takes;
    if takes.len() > limits::TAKES_MAX {
        return Some("it has too many takes");
    }
    if !takes.is_sorted_by(|a, b| a.id < b.id)
        || takes
            .last()
            .is_some_and(|take| take.id.0 >= document.next_id)
    {
        return Some("its takes' names are not in order");
    }
    let recipes = takes.iter().map(|take| &take.recipe);
    for recipe in recipes.chain([&generated.recipe]) {
        if !recipe.is_sound() {
            return Some("a recipe's numbers make no sense");
        }
        if recipe
            .assets()
            .any(|asset| document.assets.find(asset).is_none())
        {
            return Some("a recipe names a media file that is not known");
        }
    }
    let mut seams = takes
        .iter()
        .flat_map(|take| take.seam_delta_e.iter().chain(&take.seam_motion_jump));
    if !seams.all(|seam| seam.is_finite()) {
        return Some("a number of its takes is not finite");
    }
    for take in takes {
        let asset = document.assets.find(take.asset);
        if asset.is_none_or(|asset| asset.info.video.is_none()) {
            return Some("the media file of a take is not known");
        }
        if !(0..=limits::MEDIA_TICKS_MAX).contains(&take.source_start.0) || take.rating > 5 {
            return Some("a take's start or rating is out of range");
        }
    }
    None
}

fn check_transitions(document: &Document, track: &Track, findings: &mut Findings) {
    let mut transitions = track.transitions.iter().peekable();
    let mut leading = FrameCount::ZERO;
    for (index, item) in track.items.iter().enumerate() {
        let taken = std::mem::take(&mut leading);
        let Some(transition) = transitions.next_if(|transition| transition.left == item.id) else {
            continue;
        };
        let at = (Some(track.id), Some(item.id));
        let next = track
            .items
            .get(index + 1)
            .filter(|next| next.id == transition.right && track.abuts_next(index));
        let Some(next) = next else {
            findings.require_at(false, at, "a transition is not at a cut");
            continue;
        };
        leading = transition.after;
        let (before, after) = (transition.before, transition.after);
        let lengths = FrameCount::ZERO..=FrameCount(limits::FRAMES_MAX);
        let is_sound = lengths.contains(&before)
            && lengths.contains(&after)
            && before + after >= FrameCount::ONE
            && before <= item.count - taken
            && after <= next.count;
        findings.require_at(is_sound, at, "a transition does not fit its items");
        let (assets, rate): (&AssetPool, FrameRate) = (&document.assets, document.sequence.rate);
        let is_lent = before <= next.handles(assets, track.kind, rate).before
            && after <= item.handles(assets, track.kind, rate).after;
        findings.require_at(is_lent, at, "a transition borrows more than there is");
    }
    findings.require_at(
        transitions.next().is_none(),
        (Some(track.id), None),
        "a transition is not at a cut of its track, or out of order",
    );
}

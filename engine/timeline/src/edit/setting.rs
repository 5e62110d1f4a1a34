//! What holds for the whole sequence: its picture size and its frame rate.

use super::{EditError, draft::Draft, draft::require};
use crate::{
    Content, Item, Track, captions::letters_share, check::is_usable_rate, limits::TITLE_SIZES,
    plan::renewed_anchors,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize};
use std::sync::Arc;

pub(super) fn set_size(draft: &mut Draft, size: ScanSize) -> Result<(), EditError> {
    require(
        crate::check::is_usable_size(size),
        "the picture size",
        "even numbers from 16 to 16384",
    )?;
    let sequence = draft.sequence_mut();
    let factor = letters_share(size) / letters_share(sequence.size);
    sequence.size = size;
    if factor.to_bits() == 1.0_f64.to_bits() {
        return Ok(());
    }
    for track in &mut sequence.tracks {
        let is_title = |item: &Arc<Item>| matches!(item.content, Content::Title(_));
        if !track.items.iter().any(is_title) {
            continue;
        }
        for item in &mut Arc::make_mut(track).items {
            if is_title(item)
                && let Content::Title(title) = &mut Arc::make_mut(item).content
            {
                title.size = resized(title.size, factor);
            }
        }
    }
    Ok(())
}

/// A title's size after the frame's shape changed, rounded so that a shape that comes back brings the same size back.
fn resized(size: f64, factor: f64) -> f64 {
    const STEPS: f64 = 1e6;
    let size = (size * factor * STEPS).round() / STEPS;
    size.clamp(*TITLE_SIZES.start(), *TITLE_SIZES.end())
}

/// From frames at one rate to frames at another.
#[derive(Clone, Copy)]
struct Remap {
    old: FrameRate,
    new: FrameRate,
}

impl Remap {
    /// The nearest frame, halves up, the same for every edge: what abutted abuts.
    fn frame(self, frame: FrameIndex) -> FrameIndex {
        let (old, new) = (self.old, self.new);
        let numerator = i128::from(frame.0) * i128::from(new.num()) * i128::from(old.den());
        let denominator = i128::from(new.den()) * i128::from(old.num());
        FrameIndex((2 * numerator + denominator).div_euclid(2 * denominator) as i64)
    }

    fn count(self, count: FrameCount) -> FrameCount {
        FrameCount(self.frame(FrameIndex(count.0)).0)
    }

    fn range(self, range: FrameRange) -> FrameRange {
        FrameRange::between(self.frame(range.start), self.frame(range.end()))
    }
}

pub(super) fn set_rate(draft: &mut Draft, rate: FrameRate) -> Result<(), EditError> {
    require(
        is_usable_rate(rate),
        "the frame rate",
        "1 to 240 frames a second",
    )?;
    let remap = Remap {
        old: draft.rate(),
        new: rate,
    };
    let assets = Arc::clone(&draft.document.assets);
    let sequence = draft.sequence_mut();
    sequence.rate = rate;
    for marker in &mut sequence.markers {
        marker.frame = remap.frame(marker.frame);
    }
    sequence.mark_in = sequence.mark_in.map(|frame| remap.frame(frame));
    sequence.mark_out = sequence.mark_out.map(|frame| remap.frame(frame));
    if sequence.mark_in.is_some() && sequence.mark_in == sequence.mark_out {
        sequence.mark_out = None;
    }
    for track in &mut sequence.tracks {
        let track = Arc::make_mut(track);
        remap_track(track, remap, &assets);
    }
    renew_all_anchors(draft);
    Ok(())
}

fn remap_track(track: &mut Track, remap: Remap, assets: &crate::AssetPool) {
    let mut previous_end = FrameIndex::ZERO;
    for item in &mut track.items {
        let item = Arc::make_mut(item);
        let range = item.range();
        // An item shorter than half a new frame still keeps one, and pushes the rest.
        let start = remap.frame(range.start).max(previous_end);
        let end = remap.frame(range.end()).max(start + FrameCount::ONE);
        remap_content(item, remap);
        item.start = start;
        item.count = end - start;
        let kind = track.kind;
        // Rounding may ask for a frame more than the media has.
        if let Some(clip) = item.media()
            && let Some(asset) = assets.find(clip.asset)
        {
            let forward = crate::Clip {
                is_reversed: false,
                ..clip
            };
            let available = forward
                .handles(FrameCount::ZERO, asset, kind, remap.new)
                .after;
            let is_clip = matches!(item.content, Content::Clip(_));
            if is_clip && !clip.is_freeze() && item.count > available {
                item.count = available.max(FrameCount::ONE);
            }
        }
        previous_end = item.range().end();
    }
    for transition in &mut track.transitions {
        transition.before = remap.count(transition.before);
        transition.after = remap.count(transition.after);
    }
}

fn remap_content(item: &mut Item, remap: Remap) {
    item.properties.remap(|at| remap.count(at));
    match &mut item.content {
        Content::Clip(clip) => {
            clip.source_start = clip.source_range(item.count, remap.old).start;
            clip.offset = FrameCount::ZERO;
        }
        Content::Generated(generated) => {
            generated.take_offset = remap.count(generated.take_offset);
            generated.placed_count = remap.count(generated.placed_count);
            for anchor in &mut generated.anchors {
                anchor.frames = remap.range(anchor.frames);
            }
        }
        Content::Title(_) | Content::Solid(_) => {}
    }
}

/// The same pictures hash otherwise at another rate; that alone makes nothing stale.
fn renew_all_anchors(draft: &mut Draft) {
    let document = draft.document.clone();
    for (track_index, track) in document.sequence.tracks.iter().enumerate() {
        for (index, item) in track.items.iter().enumerate() {
            if let Content::Generated(generated) = &item.content
                && !generated.anchors.is_empty()
            {
                let anchors = renewed_anchors(&document, track, item, generated);
                let place = super::draft::Place {
                    track: track_index,
                    index,
                };
                if let Content::Generated(target) = &mut draft.item_mut(place).content {
                    target.anchors = anchors;
                }
            }
        }
    }
}

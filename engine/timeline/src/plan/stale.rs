//! Whether what a generated item was made from still shows the same.

use super::content_hash;
use crate::{
    Anchor, Content, Document, Generated, GeneratedState, Item, ItemId, Purpose, Track, TrackId,
};
use av::{FrameCount, FrameIndex, FrameRange};

/// Where an anchor's frames lie now, on the generated item's own track.
///
/// Known frames stand right before and right after what is made, wherever ripples have carried both; trims of the
/// generated item itself are counted out by its offset into the take. What covers a clip is anchored to the frames
/// right under it, on the clip's track.
pub fn anchor_frames(
    document: &Document,
    item: &Item,
    generated: &Generated,
    anchor: &Anchor,
) -> FrameRange {
    let start = item.start - generated.take_offset;
    if generated.purpose.covers() {
        return FrameRange::new(start, anchor.frames.count);
    }
    let count = anchor.frames.count;
    if is_before(document, item, generated, anchor) {
        FrameRange::new(start - count, count)
    } else {
        let made = match generated.placed_count {
            FrameCount::ZERO => item.count + generated.take_offset,
            placed => placed,
        };
        FrameRange::new(start + made, count)
    }
}

fn is_before(document: &Document, item: &Item, generated: &Generated, anchor: &Anchor) -> bool {
    match document.sequence.item(anchor.item) {
        Some((_, anchored)) if anchored.id != item.id => anchored.start < item.start,
        // The item is gone: the purpose and the order say where it stood.
        _ => match generated.purpose {
            Purpose::ExtendBackward => false,
            Purpose::ExtendForward
            | Purpose::Animate
            | Purpose::TextToVideo
            | Purpose::ReplaceBackground
            | Purpose::Repaint
            | Purpose::Outpaint
            | Purpose::Restyle
            | Purpose::Interpolate
            | Purpose::Upscale => true,
            Purpose::Fill | Purpose::Join | Purpose::Retake => generated
                .anchors
                .first()
                .is_some_and(|first| first == anchor),
        },
    }
}

/// The track that an anchor's frames lie on: the generated item's own, or the one of the clip that it covers.
fn anchored_track(
    document: &Document,
    own: &Track,
    generated: &Generated,
    anchor: &Anchor,
) -> TrackId {
    let covered = generated.purpose.covers();
    let found = document.sequence.item(anchor.item).filter(|_| covered);
    found.map_or(own.id, |(track, _)| track.id)
}

/// The ready items whose anchors show something else than when they were made.
pub fn stale_items(document: &Document) -> Vec<ItemId> {
    let tracks = document.sequence.tracks.iter();
    tracks
        .flat_map(|track| stale_items_of(document, track, false))
        .collect()
}

/// The stale items of a track; with `only_covering` those alone that are made from other tracks.
pub(crate) fn stale_items_of(
    document: &Document,
    track: &Track,
    only_covering: bool,
) -> Vec<ItemId> {
    let is_stale = |item: &Item| match &item.content {
        Content::Generated(generated)
            if generated.state == GeneratedState::Ready
                && (generated.purpose.covers() || !only_covering) =>
        {
            generated.anchors.iter().any(|anchor| {
                let frames = anchor_frames(document, item, generated, anchor);
                let track = anchored_track(document, track, generated, anchor);
                content_hash(document, track, frames) != anchor.content_hash
            })
        }
        Content::Generated(_) | Content::Clip(_) | Content::Title(_) | Content::Solid(_) => false,
    };
    track
        .items
        .iter()
        .filter(|item| is_stale(item))
        .map(|item| item.id)
        .collect()
}

/// What `item`'s anchors show now.
pub(crate) fn renewed_anchors(
    document: &Document,
    track: &Track,
    item: &Item,
    generated: &Generated,
) -> Vec<Anchor> {
    let renew = |anchor: &Anchor| {
        let frames = anchor_frames(document, item, generated, anchor);
        Anchor {
            frames: FrameRange::new(frames.start.max(FrameIndex::ZERO), frames.count),
            content_hash: content_hash(
                document,
                anchored_track(document, track, generated, anchor),
                frames,
            ),
            ..*anchor
        }
    };
    generated.anchors.iter().map(renew).collect()
}

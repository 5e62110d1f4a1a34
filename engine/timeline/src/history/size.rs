//! How much of a document differs from another one, without looking at what both share.

use crate::{Document, Item, Sequence, Track};
use std::sync::Arc;

/// Whether two sequences are equal; shared parts are not looked into.
pub(super) fn is_same(a: &Arc<Sequence>, b: &Arc<Sequence>) -> bool {
    if Arc::ptr_eq(a, b) {
        return true;
    }
    let Sequence {
        rate,
        size,
        background,
        tracks,
        markers,
        mark_in,
        mark_out,
    } = &**a;
    *rate == b.rate
        && *size == b.size
        && *background == b.background
        && *mark_in == b.mark_in
        && *mark_out == b.mark_out
        && *markers == b.markers
        && tracks.len() == b.tracks.len()
        && tracks
            .iter()
            .zip(&b.tracks)
            .all(|(a, b)| is_same_track(a, b))
}

fn is_same_track(a: &Arc<Track>, b: &Arc<Track>) -> bool {
    if Arc::ptr_eq(a, b) {
        return true;
    }
    let Track {
        id,
        kind,
        label,
        items,
        transitions,
        is_muted,
        is_solo,
        is_locked,
    } = &**a;
    *id == b.id
        && *kind == b.kind
        && *label == b.label
        && *transitions == b.transitions
        && (*is_muted, *is_solo, *is_locked) == (b.is_muted, b.is_solo, b.is_locked)
        && items.len() == b.items.len()
        && items
            .iter()
            .zip(&b.items)
            .all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
}

/// About how many bytes `new` holds that `old` does not: pointers of changed tracks, and items.
pub(super) fn cost_bytes(old: &Document, new: &Document) -> usize {
    let mut bytes = 0;
    for track in &new.sequence.tracks {
        let before = old.sequence.track(track.id);
        if before.is_some_and(|before| Arc::ptr_eq(before, track)) {
            continue;
        }
        let before = before.map_or(&[][..], |before| &before.items);
        let after = &track.items;
        let shared_head = count_shared(before.iter(), after.iter());
        let shared_tail = count_shared(before.iter().rev(), after.iter().rev());
        let changed = after.len().saturating_sub(shared_head + shared_tail);
        bytes += size_of_val(after.as_slice()) + changed * size_of::<Item>();
    }
    bytes
}

fn count_shared<'a>(
    a: impl Iterator<Item = &'a Arc<Item>>,
    b: impl Iterator<Item = &'a Arc<Item>>,
) -> usize {
    a.zip(b).take_while(|(a, b)| Arc::ptr_eq(a, b)).count()
}

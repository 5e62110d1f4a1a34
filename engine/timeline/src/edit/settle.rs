//! What follows from every edit: links, transitions and generated items are put right again.

use super::{EditError, draft::Draft, draft::Place, transition};
use crate::{Content, Document, GeneratedState, LinkId, limits, plan::stale_items_of};
use av::FrameIndex;
use std::{collections::BTreeMap, sync::Arc};

/// Puts everything right that `before` had right and the edit may have left wrong.
pub(super) fn settle(draft: &mut Draft, before: &Document) -> Result<(), EditError> {
    if Arc::ptr_eq(&draft.document.sequence, &before.sequence) {
        return Ok(());
    }
    link_right_halves(draft);
    let changed = changed_tracks(draft, before);
    if !changed.is_empty() || draft.sequence().tracks.len() != before.sequence.tracks.len() {
        drop_single_links(draft);
    }
    let assets = Arc::clone(&draft.document.assets);
    let rate = draft.rate();
    for track in &changed {
        if !draft.track(*track).transitions.is_empty() {
            transition::settle(draft.track_mut(*track), &assets, rate);
        }
    }
    if !changed.is_empty() {
        for track in 0..draft.sequence().tracks.len() {
            // What covers a clip is made from another track than its own.
            mark_stale(draft, track, changed.contains(&track));
        }
    }
    require_limits(draft)
}

fn changed_tracks(draft: &Draft, before: &Document) -> Vec<usize> {
    let tracks = &draft.sequence().tracks;
    let is_changed = |index: &usize| {
        let track = &tracks[*index];
        let old = before.sequence.track(track.id);
        old.is_none_or(|old| !Arc::ptr_eq(old, track))
    };
    (0..tracks.len()).filter(is_changed).collect()
}

/// Right halves of what was linked are linked with each other, and with what was linked and lies after the cut.
fn link_right_halves(draft: &mut Draft) {
    let halves = std::mem::take(&mut draft.right_halves);
    let mut starts: BTreeMap<LinkId, FrameIndex> = BTreeMap::new();
    for half in halves {
        // What was put over it since is gone.
        let Ok(place) = draft.find(half) else {
            continue;
        };
        let item = draft.item(place);
        if let Some(link) = item.link {
            let start = starts.entry(link).or_insert(item.start);
            *start = item.start.min(*start);
        }
    }
    if starts.is_empty() {
        return;
    }
    let new_links: BTreeMap<LinkId, (FrameIndex, LinkId)> = starts
        .into_iter()
        .map(|(link, start)| (link, (start, LinkId(draft.next_id()))))
        .collect();
    change_links(draft, |link, start| match new_links.get(&link) {
        Some((from, new)) if start >= *from => Some(*new),
        Some(_) | None => Some(link),
    });
}

/// A link that holds one item only is none.
fn drop_single_links(draft: &mut Draft) {
    let mut links: Vec<LinkId> = draft
        .sequence()
        .tracks
        .iter()
        .flat_map(|track| &track.items)
        .filter_map(|item| item.link)
        .collect();
    // Links lie in runs, track by track; the stable sort merges runs in one pass.
    links.sort();
    let singles: Vec<LinkId> = links
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() == 1)
        .map(|same| same[0])
        .collect();
    if singles.is_empty() {
        return;
    }
    change_links(draft, |link, _| {
        singles.binary_search(&link).is_err().then_some(link)
    });
}

fn change_links(draft: &mut Draft, new_link: impl Fn(LinkId, FrameIndex) -> Option<LinkId>) {
    for track in 0..draft.sequence().tracks.len() {
        for index in 0..draft.track(track).items.len() {
            let place = Place { track, index };
            let item = draft.item(place);
            if let Some(link) = item.link {
                let new = new_link(link, item.start);
                if new != Some(link) {
                    draft.item_mut(place).link = new;
                }
            }
        }
    }
}

fn mark_stale(draft: &mut Draft, track: usize, is_changed: bool) {
    for item in stale_items_of(&draft.document, draft.track(track), !is_changed) {
        if let Ok(place) = draft.find(item)
            && let Content::Generated(generated) = &mut draft.item_mut(place).content
        {
            generated.state = GeneratedState::Stale;
        }
    }
}

fn require_limits(draft: &Draft) -> Result<(), EditError> {
    let sequence = draft.sequence();
    super::draft::require(
        sequence.range().end() <= FrameIndex(limits::FRAMES_MAX),
        "the sequence's length",
        "at most ten million frames",
    )?;
    let items: usize = sequence.tracks.iter().map(|track| track.items.len()).sum();
    if items > limits::ITEMS_MAX {
        return Err(EditError::TooMany {
            what: "items",
            max: limits::ITEMS_MAX,
        });
    }
    Ok(())
}

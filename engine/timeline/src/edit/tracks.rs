//! Adding, removing, ordering and switching tracks.

use super::{EditError, draft::Draft};
use crate::{Track, TrackId, TrackKind, limits};
use std::sync::Arc;

/// Where tracks of a kind stand among those of other kinds: pictures first, then sound, then words.
pub(crate) fn kind_rank(kind: TrackKind) -> u8 {
    match kind {
        TrackKind::Video => 0,
        TrackKind::Audio => 1,
        TrackKind::Caption => 2,
    }
}

pub(super) fn add(draft: &mut Draft, kind: TrackKind, label: &str) -> Result<(), EditError> {
    if draft.sequence().tracks.len() >= limits::TRACKS_MAX {
        return Err(EditError::TooMany {
            what: "tracks",
            max: limits::TRACKS_MAX,
        });
    }
    let id = TrackId(draft.next_id());
    draft.created.tracks.push(id);
    let mut track = Track::new(id, kind);
    label.clone_into(&mut track.label);
    let tracks = &mut draft.sequence_mut().tracks;
    let index = tracks.partition_point(|other| kind_rank(other.kind) <= kind_rank(kind));
    tracks.insert(index, Arc::new(track));
    Ok(())
}

pub(super) fn remove(draft: &mut Draft, track: TrackId) -> Result<(), EditError> {
    let index = draft.open_track(track)?;
    draft.sequence_mut().tracks.remove(index);
    Ok(())
}

pub(super) fn reorder(draft: &mut Draft, track: TrackId, to: usize) -> Result<(), EditError> {
    let index = draft.track_index(track)?;
    let kind = draft.track(index).kind;
    let tracks = &mut draft.sequence_mut().tracks;
    let moved = tracks.remove(index);
    let first = tracks.partition_point(|other| kind_rank(other.kind) < kind_rank(kind));
    let end = tracks.partition_point(|other| kind_rank(other.kind) <= kind_rank(kind));
    tracks.insert(first.saturating_add(to).min(end), moved);
    Ok(())
}

/// Changes a track itself, which works on locked ones too.
pub(super) fn set(
    draft: &mut Draft,
    track: TrackId,
    change: impl FnOnce(&mut Track),
) -> Result<(), EditError> {
    let index = draft.track_index(track)?;
    change(draft.track_mut(index));
    Ok(())
}

//! Cutting items in two.

use super::{EditError, draft::Draft};
use crate::ItemId;
use av::FrameIndex;

/// Cuts the named items, or everything that lies there, at the start of frame `at`.
pub(super) fn split(draft: &mut Draft, at: FrameIndex, items: &[ItemId]) -> Result<(), EditError> {
    let tracks = if items.is_empty() {
        draft.open_tracks(&[])?
    } else {
        let places = draft.linked_places(items)?;
        let is_crossed = |item: &crate::Item| item.range().contains(at);
        let crossed = places
            .iter()
            .filter(|place| is_crossed(draft.item(**place)));
        crossed.map(|place| place.track).collect()
    };
    let mut has_cut = false;
    for track in tracks {
        has_cut |= draft.split_at(track, at).is_some();
    }
    if has_cut {
        Ok(())
    } else {
        Err(EditError::NothingThere { at })
    }
}

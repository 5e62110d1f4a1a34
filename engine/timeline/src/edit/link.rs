//! Linking items and taking links off.

use super::{EditError, draft::Draft};
use crate::{ItemId, LinkId};

pub(super) fn link(draft: &mut Draft, items: &[ItemId]) -> Result<(), EditError> {
    let places = draft.places(items)?;
    if places.len() < 2 {
        return Err(EditError::NothingChosen {
            what: "second item",
        });
    }
    let link = LinkId(draft.next_id());
    for place in places {
        draft.item_mut(place).link = Some(link);
    }
    Ok(())
}

pub(super) fn unlink(draft: &mut Draft, items: &[ItemId]) -> Result<(), EditError> {
    for place in draft.linked_places(items)? {
        draft.item_mut(place).link = None;
    }
    Ok(())
}

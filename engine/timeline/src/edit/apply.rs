//! From a document and an edit to the next document.

use super::{Edit, EditError};
use crate::{AssetId, Document, ItemId, MarkerId, TakeId, TrackId, TransitionId};

/// What an edit made, in the order it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// Media files; one that was known already is named here as well.
    pub assets: Vec<AssetId>,
    /// Items, right halves of splits included.
    pub items: Vec<ItemId>,
    /// Tracks.
    pub tracks: Vec<TrackId>,
    /// Transitions.
    pub transitions: Vec<TransitionId>,
    /// Markers.
    pub markers: Vec<MarkerId>,
    /// Takes.
    pub takes: Vec<TakeId>,
}

/// The document after an edit, and what is new in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The next document.
    pub document: Document,
    /// What is new in it.
    pub created: Created,
}

/// The document after `edit`; `document` stays as it is.
pub fn apply(document: &Document, edit: &Edit) -> Result<Document, EditError> {
    apply_edit(document, edit).map(|applied| applied.document)
}

/// The document after `edit` with the names of what it made; `document` stays as it is.
pub fn apply_edit(document: &Document, edit: &Edit) -> Result<Applied, EditError> {
    match edit {
        Edit::RenameProject { name } => Ok(Applied {
            document: Document {
                name: name.clone(),
                ..document.clone()
            },
            created: Created::default(),
        }),
        _ => Err(EditError::NothingChosen { what: "edit" }),
    }
}

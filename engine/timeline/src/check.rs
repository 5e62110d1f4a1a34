//! Everything that holds of a document.

use crate::{Document, ItemId, TrackId};

/// Something that does not hold of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// On which track, if it is about one.
    pub track: Option<TrackId>,
    /// At which item, if it is about one.
    pub item: Option<ItemId>,
    /// What is wrong, as a sentence.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(track) = self.track {
            write!(f, "{track}, ")?;
        }
        if let Some(item) = self.item {
            write!(f, "{item}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// Everything that does not hold of `document`; empty for a sound one.
pub fn check(_document: &Document) -> Vec<Violation> {
    Vec::new()
}

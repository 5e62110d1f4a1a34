//! Names of things in a document. Numbers come from the document's own counter, so an edit script replays exactly.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

ids! {
    /// A media file known to the project.
    AssetId "asset ";
    /// Something that lies on a track.
    ItemId "item ";
    /// A track.
    TrackId "track ";
    /// Items that are selected and moved together, such as a clip's picture and sound.
    LinkId "link ";
    /// A transition at a cut.
    TransitionId "transition ";
    /// A marked frame.
    MarkerId "marker ";
    /// One generated result of a request.
    TakeId "take ";
}

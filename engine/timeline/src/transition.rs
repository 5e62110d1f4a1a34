//! Transitions: they belong to a cut and borrow frames from beyond both clips' edges.

use crate::{ItemId, Rgba, TransitionId};
use av::{FrameCount, FrameIndex, FrameRange};
use serde::{Deserialize, Serialize};

/// Where a wipe's edge travels to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WipeDirection {
    /// Right to left.
    Left,
    /// Left to right.
    Right,
    /// Bottom to top.
    Up,
    /// Top to bottom.
    Down,
}

/// How one picture becomes the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// One fades into the other (sound crosses at equal power).
    Dissolve,
    /// Down to a color and up again.
    Dip(Rgba),
    /// An edge travels across.
    Wipe(WipeDirection),
}

/// A transition at the cut between two abutting items of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Its name in the document.
    pub id: TransitionId,
    /// How it looks.
    pub kind: TransitionKind,
    /// The item that goes.
    pub left: ItemId,
    /// The item that comes; starts where `left` ends.
    pub right: ItemId,
    /// Frames before the cut.
    pub before: FrameCount,
    /// Frames after the cut. Together with `before` at least one.
    pub after: FrameCount,
}

impl Transition {
    /// The frames it covers around the cut at `cut`.
    pub fn range(&self, cut: FrameIndex) -> FrameRange {
        FrameRange::new(cut - self.before, self.before + self.after)
    }
}

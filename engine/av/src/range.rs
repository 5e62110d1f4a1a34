//! Half-open ranges: the start is inside, the end is not.

use crate::{FrameCount, FrameIndex, Ticks};
use serde::{Deserialize, Serialize};

/// Frames from `start`, `count` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameRange {
    /// First frame inside.
    pub start: FrameIndex,
    /// How many; never negative.
    pub count: FrameCount,
}

impl FrameRange {
    /// `count` frames from `start`; a negative count becomes none.
    pub fn new(start: FrameIndex, count: FrameCount) -> Self {
        Self {
            start,
            count: count.max(FrameCount::ZERO),
        }
    }

    /// From `start` up to and without `end`; empty when `end` is not after `start`.
    pub fn between(start: FrameIndex, end: FrameIndex) -> Self {
        Self::new(start, end - start)
    }

    /// First frame after the range.
    pub fn end(self) -> FrameIndex {
        self.start + self.count
    }

    /// Whether nothing is inside.
    pub fn is_empty(self) -> bool {
        self.count <= FrameCount::ZERO
    }

    /// Whether `frame` is inside.
    pub fn contains(self, frame: FrameIndex) -> bool {
        self.start <= frame && frame < self.end()
    }

    /// Whether the two share a frame.
    pub fn overlaps(self, other: Self) -> bool {
        !self.is_empty()
            && !other.is_empty()
            && self.start < other.end()
            && other.start < self.end()
    }

    /// The frames inside both; empty when they share none.
    pub fn intersection(self, other: Self) -> Self {
        Self::between(self.start.max(other.start), self.end().min(other.end()))
    }

    /// Every frame inside, first to last.
    pub fn frames(self) -> impl Iterator<Item = FrameIndex> {
        (self.start.0..self.end().0).map(FrameIndex)
    }
}

/// Media time from `start`, `length` of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TickRange {
    /// First tick inside.
    pub start: Ticks,
    /// How long; never negative.
    pub length: Ticks,
}

impl TickRange {
    /// `length` ticks from `start`; a negative length becomes none.
    pub fn new(start: Ticks, length: Ticks) -> Self {
        Self {
            start,
            length: length.max(Ticks::ZERO),
        }
    }

    /// First tick after the range.
    pub fn end(self) -> Ticks {
        self.start + self.length
    }

    /// Whether `other` lies wholly inside.
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end() <= self.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_half_open() {
        let range = FrameRange::between(FrameIndex(2), FrameIndex(5));
        assert_eq!(range.count, FrameCount(3));
        assert!(range.contains(FrameIndex(2)) && !range.contains(FrameIndex(5)));
        let next = FrameRange::new(FrameIndex(5), FrameCount(1));
        assert!(!range.overlaps(next), "abutting ranges share nothing");
        assert!(range.intersection(next).is_empty());
        assert!(FrameRange::between(FrameIndex(5), FrameIndex(2)).is_empty());
        assert_eq!(range.frames().last(), Some(FrameIndex(4)));
    }
}

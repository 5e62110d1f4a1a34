//! What an edge jumps to when it comes near: other edges, the playhead, markers, marks and the start.

use av::{FrameCount, FrameIndex};
use std::collections::BTreeSet;
use timeline::{ItemId, Sequence};

/// What lies at a snap target; of several at one frame the first of this list is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapKind {
    /// The end of the dragged item's own media.
    MediaEnd,
    /// The playhead.
    Playhead,
    /// A marker.
    Marker,
    /// The in or the out point.
    Mark,
    /// Start or end of an item.
    Edge,
    /// The sequence's first frame.
    Start,
}

/// A frame that edges jump to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapTarget {
    /// Where.
    pub frame: FrameIndex,
    /// What lies there.
    pub kind: SnapKind,
}

/// Where things ended up after snapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapped {
    /// How far they moved.
    pub delta: FrameCount,
    /// What they met, if anything.
    pub at: Option<SnapTarget>,
}

/// Every frame that edges jump to, collected once when a drag begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapTargets {
    /// By frame.
    targets: Vec<SnapTarget>,
}

impl SnapTargets {
    /// The targets of `sequence` without the edges of `moving` items, which would snap to themselves.
    pub fn new(
        sequence: &Sequence,
        playhead: Option<FrameIndex>,
        moving: &BTreeSet<ItemId>,
    ) -> Self {
        let target = |frame, kind| SnapTarget { frame, kind };
        let mut targets = vec![target(FrameIndex::ZERO, SnapKind::Start)];
        targets.extend(playhead.map(|frame| target(frame, SnapKind::Playhead)));
        let marks = [sequence.mark_in, sequence.mark_out];
        targets.extend(
            marks
                .iter()
                .flatten()
                .map(|frame| target(*frame, SnapKind::Mark)),
        );
        let markers = sequence.markers.iter();
        targets.extend(markers.map(|marker| target(marker.frame, SnapKind::Marker)));
        let items = sequence.tracks.iter().flat_map(|track| &track.items);
        for item in items.filter(|item| !moving.contains(&item.id)) {
            targets.push(target(item.start, SnapKind::Edge));
            targets.push(target(item.range().end(), SnapKind::Edge));
        }
        targets.sort_unstable();
        targets.dedup_by_key(|target| target.frame);
        Self { targets }
    }

    /// Takes away what lies at a frame.
    pub fn remove(&mut self, frame: FrameIndex) {
        self.targets.retain(|target| target.frame != frame);
    }

    /// The target nearest to `frame`, at most `tolerance` away.
    pub fn nearest(&self, frame: FrameIndex, tolerance: FrameCount) -> Option<SnapTarget> {
        let after = self.targets.partition_point(|target| target.frame < frame);
        let around = [after.checked_sub(1), Some(after)];
        around
            .into_iter()
            .flatten()
            .filter_map(|index| self.targets.get(index))
            .min_by_key(|target| distance(target.frame, frame))
            .filter(|target| distance(target.frame, frame) <= tolerance.0)
            .copied()
    }

    /// Moves `edges` by `delta`, or by a little more or less so that the nearest of them meets a target.
    pub fn snap(&self, edges: &[FrameIndex], delta: FrameCount, tolerance: FrameCount) -> Snapped {
        let best = edges
            .iter()
            .filter_map(|edge| {
                let target = self.nearest(*edge + delta, tolerance)?;
                Some((target.frame - *edge, target))
            })
            .min_by_key(|(snapped, _)| (*snapped - delta).0.abs());
        match best {
            Some((delta, target)) => Snapped {
                delta,
                at: Some(target),
            },
            None => Snapped { delta, at: None },
        }
    }
}

fn distance(a: FrameIndex, b: FrameIndex) -> i64 {
    (a - b).0.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::timeline::example;

    /// V1 of the small example: items 10 [0, 100) and 11 [100, 160), a gap, 12 [200, 300).
    fn targets(moving: &[u64]) -> SnapTargets {
        let moving = moving.iter().map(|id| ItemId(*id)).collect();
        SnapTargets::new(&example::small(), Some(FrameIndex(42)), &moving)
    }

    #[test]
    fn the_nearest_target_within_reach_wins() {
        let targets = targets(&[]);
        let nearest = |frame, tolerance| {
            targets
                .nearest(FrameIndex(frame), FrameCount(tolerance))
                .map(|target| (target.frame.0, target.kind))
        };
        assert_eq!(nearest(97, 5), Some((100, SnapKind::Edge)));
        assert_eq!(nearest(45, 5), Some((42, SnapKind::Playhead)));
        assert_eq!(nearest(60, 5), None);
        assert_eq!(nearest(-3, 5), Some((0, SnapKind::Edge)));
        assert_eq!(nearest(305, 5), Some((300, SnapKind::Edge)));
        assert_eq!(nearest(306, 5), None);
    }

    #[test]
    fn an_item_does_not_snap_to_itself() {
        let moved = targets(&[12]).snap(
            &[FrameIndex(200), FrameIndex(300)],
            FrameCount(-3),
            FrameCount(8),
        );
        assert_eq!(
            moved,
            Snapped {
                delta: FrameCount(-3),
                at: None
            }
        );
    }

    #[test]
    fn the_edge_that_is_nearer_decides() {
        let targets = targets(&[12]);
        let edges = [FrameIndex(200), FrameIndex(300)];
        // The start comes within 4 of the end of item 11, the end within nothing.
        let moved = targets.snap(&edges, FrameCount(-36), FrameCount(8));
        assert_eq!(moved.delta, FrameCount(-40));
        assert_eq!(moved.at.map(|target| target.frame), Some(FrameIndex(160)));
    }

    #[test]
    fn without_reach_nothing_snaps() {
        let moved = targets(&[]).snap(&[FrameIndex(200)], FrameCount(-39), FrameCount(0));
        assert_eq!(moved.at, None);
    }
}

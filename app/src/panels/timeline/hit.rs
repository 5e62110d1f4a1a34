//! What lies under the pointer, and which part of it a press would grab.

use super::{
    fades::Fades,
    geometry::TimeScale,
    metrics::{
        EDGE_GRAB_PART_MAX, EDGE_GRAB_PX, FADE_GRAB_PX, HANDLES_MIN_PX, LABEL_STRIP_PX,
        ROLL_GRAB_PX,
    },
    rows::{Row, Rows},
};
use av::{FrameIndex, FrameRange};
use egui::{Pos2, Rangef, Rect};
use timeline::{
    Item, ItemId, MarkerId, Sequence, Track, TrackId, Transition, TransitionId, edit::Edge,
};

/// Which part of an item a press grabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemPart {
    /// All of it.
    Body,
    /// One of its edges.
    Trim(Edge),
    /// The end of its fade in or the start of its fade out.
    Fade(Edge),
}

/// Which part of a transition a press grabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionPart {
    /// All of it.
    Body,
    /// Its first or its last frame.
    Trim(Edge),
}

/// What lies under the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The ruler, away from its marks.
    Ruler,
    /// A marker's flag.
    Marker(MarkerId),
    /// The in or the out point.
    Mark(Edge),
    /// Something on a track.
    Item {
        /// Where it lies.
        track: TrackId,
        /// Which.
        item: ItemId,
        /// What a press grabs.
        part: ItemPart,
    },
    /// The cut between two abutting items.
    Cut {
        /// Where they lie.
        track: TrackId,
        /// The item before.
        left: ItemId,
        /// The item after.
        right: ItemId,
    },
    /// A transition.
    Transition {
        /// Where it lies.
        track: TrackId,
        /// Which.
        transition: TransitionId,
        /// What a press grabs.
        part: TransitionPart,
    },
    /// An empty stretch between two items, or before the first.
    Gap {
        /// On which track.
        track: TrackId,
        /// All of it.
        range: FrameRange,
    },
    /// A track after its last item.
    Lane {
        /// Which.
        track: TrackId,
    },
    /// Nothing.
    Outside,
}

impl Hit {
    /// The track it lies on.
    pub fn track(self) -> Option<TrackId> {
        match self {
            Self::Item { track, .. }
            | Self::Cut { track, .. }
            | Self::Transition { track, .. }
            | Self::Gap { track, .. }
            | Self::Lane { track } => Some(track),
            Self::Ruler | Self::Marker(_) | Self::Mark(_) | Self::Outside => None,
        }
    }
}

/// The panel's geometry in one frame of the window.
#[derive(Clone, Copy)]
pub struct Lanes<'a> {
    /// What is edited.
    pub sequence: &'a Sequence,
    /// Where the tracks are.
    pub rows: &'a Rows,
    /// Where the frames are.
    pub scale: TimeScale,
    /// The ruler.
    pub ruler: Rect,
    /// The part of the screen in which tracks show.
    pub rect: Rect,
}

impl Lanes<'_> {
    /// Where an item of `row` lies on the screen.
    pub fn item_rect(&self, row: &Row, range: FrameRange) -> Rect {
        Rect::from_x_y_ranges(self.scale.span(range), row.y)
    }

    /// Where a transition at `cut` lies on the screen: below the names of its items.
    pub fn transition_rect(&self, row: &Row, transition: &Transition, cut: FrameIndex) -> Rect {
        let top = (row.y.min + LABEL_STRIP_PX).min(row.y.center());
        Rect::from_x_y_ranges(
            self.scale.span(transition.range(cut)),
            Rangef::new(top, row.y.max),
        )
    }

    /// What lies at `pos`.
    pub fn hit(&self, pos: Pos2) -> Hit {
        if self.ruler.contains(pos) {
            return self.hit_ruler(pos);
        }
        if !self.rect.contains(pos) {
            return Hit::Outside;
        }
        let Some(row) = self.rows.at(pos.y) else {
            return Hit::Outside;
        };
        let track = &self.sequence.tracks[row.index];
        if let Some(hit) = self.hit_transition(row, track, pos) {
            return hit;
        }
        let frame = self.scale.frame_from_x(pos.x);
        if let Some(hit) = self.hit_edge(track, pos) {
            return hit;
        }
        if let Some(item) = track.item_at(frame) {
            return Hit::Item {
                track: track.id,
                item: item.id,
                part: self.part_of(row, item, pos),
            };
        }
        match track.gap_at(frame) {
            Some(range) => Hit::Gap {
                track: track.id,
                range,
            },
            None => Hit::Lane { track: track.id },
        }
    }

    fn hit_ruler(&self, pos: Pos2) -> Hit {
        let is_near = |frame| (self.scale.x_from_frame(frame) - pos.x).abs() <= EDGE_GRAB_PX;
        // Flags hang in the lower half of the ruler; the upper half always scrubs.
        if pos.y < self.ruler.center().y {
            return Hit::Ruler;
        }
        let markers = &self.sequence.markers;
        if let Some(marker) = markers.iter().rev().find(|marker| is_near(marker.frame)) {
            return Hit::Marker(marker.id);
        }
        if self.sequence.mark_out.is_some_and(is_near) {
            return Hit::Mark(Edge::End);
        }
        if self.sequence.mark_in.is_some_and(is_near) {
            return Hit::Mark(Edge::Start);
        }
        Hit::Ruler
    }

    fn hit_transition(&self, row: &Row, track: &Track, pos: Pos2) -> Option<Hit> {
        if track.transitions.is_empty() {
            return None;
        }
        // A transition lies on its two items, so only the cuts beside the one under the pointer matter.
        let frame = self.scale.frame_from_x(pos.x);
        let end = track.items.partition_point(|item| item.start <= frame);
        let near = &track.items[end.saturating_sub(2)..track.items.len().min(end + 1)];
        near.windows(2).find_map(|pair| {
            let between =
                |found: &&Transition| found.left == pair[0].id && found.right == pair[1].id;
            let transition = track.transitions.iter().find(between)?;
            let rect = self.transition_rect(row, transition, pair[1].start);
            if !rect.contains(pos) {
                return None;
            }
            let grab = EDGE_GRAB_PX.min(rect.width() * EDGE_GRAB_PART_MAX);
            let part = if pos.x < rect.left() + grab {
                TransitionPart::Trim(Edge::Start)
            } else if pos.x > rect.right() - grab {
                TransitionPart::Trim(Edge::End)
            } else {
                TransitionPart::Body
            };
            Some(Hit::Transition {
                track: track.id,
                transition: transition.id,
                part,
            })
        })
    }

    /// The cut at `pos`, or the edge of an item whose other side is empty and which reaches a little into it.
    fn hit_edge(&self, track: &Track, pos: Pos2) -> Option<Hit> {
        let leftmost = self.scale.frame_from_x(pos.x - ROLL_GRAB_PX);
        let after = track
            .items
            .partition_point(|item| item.range().end() < leftmost);
        // Items that have handles are wider than the zone, so no more than two of them can reach into it.
        let near: Vec<_> = track.items[after..].iter().take(3).collect();
        let distance = |frame| (self.scale.x_from_frame(frame) - pos.x).abs();
        let is_roomy = |item: &Item| self.scale.width(item.count) >= HANDLES_MIN_PX;
        for (index, item) in near.iter().enumerate() {
            let next = near
                .get(index + 1)
                .filter(|next| next.start == item.range().end());
            let cut = item.range().end();
            if let Some(next) = next {
                if distance(cut) <= ROLL_GRAB_PX && is_roomy(item) && is_roomy(next) {
                    return Some(Hit::Cut {
                        track: track.id,
                        left: item.id,
                        right: next.id,
                    });
                }
            } else if distance(cut) <= ROLL_GRAB_PX && is_roomy(item) {
                return Some(trim(track, item, Edge::End));
            }
            let before = after.checked_sub(1).map(|before| &track.items[before]);
            let is_alone =
                index == 0 && before.is_none_or(|before| before.range().end() != item.start);
            if is_alone && distance(item.start) <= ROLL_GRAB_PX && is_roomy(item) {
                return Some(trim(track, item, Edge::Start));
            }
        }
        None
    }

    fn part_of(&self, row: &Row, item: &Item, pos: Pos2) -> ItemPart {
        let rect = self.item_rect(row, item.range());
        if rect.width() < HANDLES_MIN_PX {
            return ItemPart::Body;
        }
        let grab = EDGE_GRAB_PX.min(rect.width() * EDGE_GRAB_PART_MAX);
        if pos.x < rect.left() + grab {
            return ItemPart::Trim(Edge::Start);
        }
        if pos.x > rect.right() - grab {
            return ItemPart::Trim(Edge::End);
        }
        let handles = self.fade_handles(row, item);
        let is_near = |handle: Pos2| {
            (handle.x - pos.x).abs() <= FADE_GRAB_PX / 2.0
                && (handle.y - pos.y).abs() <= FADE_GRAB_PX / 2.0
        };
        match handles {
            Some([start, _]) if is_near(start) => ItemPart::Fade(Edge::Start),
            Some([_, end]) if is_near(end) => ItemPart::Fade(Edge::End),
            _ => ItemPart::Body,
        }
    }

    /// Middles of an item's two fade handles; `None` where there is no room or its opacity is keyframed by hand.
    pub fn fade_handles(&self, row: &Row, item: &Item) -> Option<[Pos2; 2]> {
        let rect = self.item_rect(row, item.range());
        let inset = EDGE_GRAB_PX + FADE_GRAB_PX / 2.0;
        if rect.width() < 6.0 * FADE_GRAB_PX || rect.height() < 2.5 * FADE_GRAB_PX {
            return None;
        }
        let fades = Fades::of(item, row.kind)?;
        let y = rect.top() + FADE_GRAB_PX / 2.0 + 2.0;
        let middle = rect.center().x;
        let start = rect.left() + self.scale.width(fades.start).max(inset);
        let end = rect.right() - self.scale.width(fades.end).max(inset);
        // Fades may meet; their handles stay on their own side while both are short.
        let start = if fades.start.0 == 0 {
            start.min(middle)
        } else {
            start
        };
        let end = if fades.end.0 == 0 {
            end.max(middle)
        } else {
            end
        };
        Some([Pos2::new(start, y), Pos2::new(end, y)])
    }
}

fn trim(track: &Track, item: &Item, edge: Edge) -> Hit {
    Hit::Item {
        track: track.id,
        item: item.id,
        part: ItemPart::Trim(edge),
    }
}

/// The frame at which a transition's two items meet.
pub fn cut_of(track: &Track, transition: &Transition) -> Option<FrameIndex> {
    let right = track
        .items
        .iter()
        .find(|item| item.id == transition.right)?;
    Some(right.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::timeline::example;
    use std::collections::BTreeMap;

    /// One point a frame, V2 from 30 to 94, V1 from 96 to 160.
    fn hit(x: f32, y: f32) -> Hit {
        let sequence = example::small();
        let rows = Rows::new(&sequence, &BTreeMap::new(), 30.0);
        let lanes = Lanes {
            sequence: &sequence,
            rows: &rows,
            scale: TimeScale {
                px_per_frame: 1.0,
                left_frame: 0.0,
                origin_x: 0.0,
            },
            ruler: Rect::from_min_max(Pos2::new(0.0, 0.0), Pos2::new(1000.0, 30.0)),
            rect: Rect::from_min_max(Pos2::new(0.0, 30.0), Pos2::new(1000.0, 300.0)),
        };
        lanes.hit(Pos2::new(x, y))
    }

    fn part(x: f32, y: f32) -> (u64, ItemPart) {
        match hit(x, y) {
            Hit::Item { item, part, .. } => (item.0, part),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_item_has_a_body_and_two_handles() {
        assert_eq!(part(40.0, 140.0), (10, ItemPart::Body));
        assert_eq!(part(4.0, 140.0), (10, ItemPart::Trim(Edge::Start)));
        assert_eq!(part(95.0, 105.0), (10, ItemPart::Trim(Edge::End)));
        assert_eq!(part(104.0, 105.0), (11, ItemPart::Trim(Edge::Start)));
    }

    #[test]
    fn a_cut_rolls_and_a_free_edge_does_not() {
        let cut = hit(101.0, 105.0);
        assert!(
            matches!(cut, Hit::Cut { left, right, .. } if (left.0, right.0) == (10, 11)),
            "{cut:?}"
        );
        // Just outside a free edge still grabs it.
        assert_eq!(part(162.0, 140.0), (11, ItemPart::Trim(Edge::End)));
        assert_eq!(part(198.0, 140.0), (12, ItemPart::Trim(Edge::Start)));
    }

    #[test]
    fn a_transition_lies_below_the_names() {
        let body = hit(100.0, 140.0);
        assert!(
            matches!(
                body,
                Hit::Transition {
                    part: TransitionPart::Body,
                    ..
                }
            ),
            "{body:?}"
        );
        let edge = hit(91.0, 140.0);
        assert!(
            matches!(
                edge,
                Hit::Transition {
                    part: TransitionPart::Trim(Edge::Start),
                    ..
                }
            ),
            "{edge:?}"
        );
    }

    #[test]
    fn emptiness_is_a_gap_or_the_rest_of_the_lane() {
        let gap = hit(180.0, 140.0);
        assert!(
            matches!(gap, Hit::Gap { range, .. } if (range.start.0, range.count.0) == (160, 40)),
            "{gap:?}"
        );
        assert!(matches!(hit(500.0, 140.0), Hit::Lane { .. }));
        assert!(matches!(hit(50.0, 60.0), Hit::Lane { .. }), "V2 is empty");
        assert_eq!(hit(50.0, 299.0), Hit::Outside);
    }

    #[test]
    fn fades_are_grabbed_at_the_upper_corners() {
        assert_eq!(part(13.0, 104.0), (10, ItemPart::Fade(Edge::Start)));
        assert_eq!(part(300.0 - 13.0, 104.0), (12, ItemPart::Fade(Edge::End)));
    }

    #[test]
    fn flags_hang_in_the_lower_half_of_the_ruler() {
        assert_eq!(hit(120.0, 5.0), Hit::Ruler);
        assert_eq!(hit(122.0, 25.0), Hit::Marker(MarkerId(70)));
        assert_eq!(hit(50.0, 25.0), Hit::Mark(Edge::Start));
        assert_eq!(hit(300.0, 25.0), Hit::Ruler);
    }
}

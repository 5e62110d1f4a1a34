//! Where a frame lies on the screen, and which frame lies under a point: the panel's only mapping of time to points.

use super::metrics::{FIT_MARGIN_PX, PX_PER_FRAME_MAX, PX_PER_FRAME_MIN};
use av::{FrameCount, FrameIndex, FrameRange};
use egui::Rangef;
use std::sync::Arc;
use timeline::Item;

/// How much a frame takes and which frame is leftmost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeScale {
    /// Points a frame takes; within [`PX_PER_FRAME_MIN`] and [`PX_PER_FRAME_MAX`].
    pub px_per_frame: f64,
    /// Frame at the left border of the lanes; a fraction while scrolling, never below zero.
    pub left_frame: f64,
    /// Screen position of the lanes' left border.
    pub origin_x: f32,
}

impl TimeScale {
    /// Where `frame` begins on the screen.
    pub fn x_from_frame(self, frame: FrameIndex) -> f32 {
        // The difference is taken first and in f64: an hour into a sequence f32 is coarser than a point.
        (f64::from(self.origin_x) + (frame.0 as f64 - self.left_frame) * self.px_per_frame) as f32
    }

    /// Frames, with fraction, from the sequence's start to `x`.
    pub fn frames_from_x(self, x: f32) -> f64 {
        f64::from(x - self.origin_x) / self.px_per_frame + self.left_frame
    }

    /// The frame that lies under `x`.
    pub fn frame_from_x(self, x: f32) -> FrameIndex {
        FrameIndex(self.frames_from_x(x).floor() as i64)
    }

    /// The border between two frames that lies nearest to `x`.
    pub fn border_from_x(self, x: f32) -> FrameIndex {
        FrameIndex(self.frames_from_x(x).round() as i64)
    }

    /// Points that `count` frames take.
    pub fn width(self, count: FrameCount) -> f32 {
        (count.0 as f64 * self.px_per_frame) as f32
    }

    /// Whole frames nearest to `px` points.
    pub fn count_from_px(self, px: f32) -> FrameCount {
        FrameCount((f64::from(px) / self.px_per_frame).round() as i64)
    }

    /// Where `range` lies on the screen.
    pub fn span(self, range: FrameRange) -> Rangef {
        Rangef::new(
            self.x_from_frame(range.start),
            self.x_from_frame(range.end()),
        )
    }

    /// The frames that lanes of `width` points show, partly shown ones included.
    pub fn visible(self, width: f32) -> FrameRange {
        let end = self.left_frame + f64::from(width) / self.px_per_frame;
        FrameRange::between(
            FrameIndex(self.left_frame.floor() as i64),
            FrameIndex(end.ceil() as i64),
        )
    }

    /// Zoomed by `factor`, with what lies under `anchor_x` staying there as far as the start of time allows.
    pub fn zoomed(self, factor: f64, anchor_x: f32) -> Self {
        let anchor = self.frames_from_x(anchor_x);
        let px_per_frame = (self.px_per_frame * factor).clamp(PX_PER_FRAME_MIN, PX_PER_FRAME_MAX);
        let left_frame = anchor - f64::from(anchor_x - self.origin_x) / px_per_frame;
        Self {
            px_per_frame,
            left_frame: left_frame.max(0.0),
            ..self
        }
    }

    /// Scrolled by `px` points to the right.
    pub fn scrolled(self, px: f32) -> Self {
        let left_frame = self.left_frame + f64::from(px) / self.px_per_frame;
        Self {
            left_frame: left_frame.max(0.0),
            ..self
        }
    }

    /// Zoomed and scrolled so that `range` fills lanes of `width` points.
    pub fn fitted(self, range: FrameRange, width: f32) -> Self {
        let room = (f64::from(width) - 2.0 * FIT_MARGIN_PX).max(1.0);
        let px_per_frame =
            (room / range.count.0.max(1) as f64).clamp(PX_PER_FRAME_MIN, PX_PER_FRAME_MAX);
        let left_frame = range.start.0 as f64 - FIT_MARGIN_PX / px_per_frame;
        Self {
            px_per_frame,
            left_frame: left_frame.max(0.0),
            ..self
        }
    }

    /// Scrolled, if need be, so that `frame` shows in lanes of `width` points: a page on, as when playing.
    pub fn paged_to(self, frame: FrameIndex, width: f32) -> Self {
        let offset_px = (frame.0 as f64 - self.left_frame) * self.px_per_frame;
        if (0.0..f64::from(width)).contains(&offset_px) {
            return self;
        }
        let margin = f64::from(width) * 0.1 / self.px_per_frame;
        Self {
            left_frame: (frame.0 as f64 - margin).max(0.0),
            ..self
        }
    }
}

/// The items of a track that share a frame with `range`, found in logarithmic time.
pub fn visible_items(items: &[Arc<Item>], range: FrameRange) -> &[Arc<Item>] {
    // Items neither overlap nor are empty, so their ends are sorted like their starts.
    let first = items.partition_point(|item| item.range().end() <= range.start);
    let end = items.partition_point(|item| item.start < range.end());
    &items[first..end.max(first)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use timeline::{Content, ItemId, Rgba};

    fn scale() -> TimeScale {
        TimeScale {
            px_per_frame: 2.0,
            left_frame: 100.0,
            origin_x: 50.0,
        }
    }

    fn item(start: i64, count: i64) -> Arc<Item> {
        Arc::new(Item {
            id: ItemId(start as u64),
            start: FrameIndex(start),
            count: FrameCount(count),
            label: String::new(),
            content: Content::Solid(Rgba::BLACK),
            properties: timeline::Properties::default(),
            link: None,
            is_disabled: false,
        })
    }

    #[test]
    fn frames_and_points_agree() {
        let scale = scale();
        assert_eq!(scale.x_from_frame(FrameIndex(110)), 70.0);
        assert_eq!(scale.frame_from_x(71.9), FrameIndex(110));
        assert_eq!(scale.frame_from_x(72.0), FrameIndex(111));
        assert_eq!(scale.border_from_x(71.2), FrameIndex(111));
        assert_eq!(scale.count_from_px(-5.1), FrameCount(-3));
        assert_eq!(scale.visible(21.0).end(), FrameIndex(111));
    }

    #[test]
    fn zoom_keeps_what_is_under_the_pointer() {
        let scale = scale();
        for factor in [0.3, 0.9, 1.7, 20.0] {
            let before = scale.frames_from_x(333.0);
            let after = scale.zoomed(factor, 333.0);
            if after.left_frame > 0.0 {
                assert!(
                    (after.frames_from_x(333.0) - before).abs() < 1e-6,
                    "{factor}"
                );
            }
        }
        assert_eq!(scale.zoomed(1e9, 60.0).px_per_frame, PX_PER_FRAME_MAX);
        let out = scale.zoomed(1e-9, 60.0);
        assert_eq!((out.px_per_frame, out.left_frame), (PX_PER_FRAME_MIN, 0.0));
    }

    #[test]
    fn an_hour_in_frames_still_land_on_points() {
        let scale = TimeScale {
            px_per_frame: 96.0,
            left_frame: 216_000.0,
            origin_x: 148.0,
        };
        for offset in 0..10 {
            let x = scale.x_from_frame(FrameIndex(216_000 + offset));
            assert!((x - (148.0 + 96.0 * offset as f32)).abs() < 1e-3);
        }
    }

    #[test]
    fn fitting_shows_all_of_it() {
        let range = FrameRange::new(FrameIndex(0), FrameCount(5000));
        let fitted = scale().fitted(range, 1000.0);
        assert!(fitted.visible(1000.0).end() >= range.end());
        assert!(fitted.width(range.count) > 900.0);
        let late = FrameRange::new(FrameIndex(4000), FrameCount(100));
        let span = scale().fitted(late, 1000.0).span(late);
        assert!(span.min >= 50.0 && span.max <= 1050.0);
    }

    #[test]
    fn paging_moves_only_when_it_must() {
        let scale = scale();
        assert_eq!(scale.paged_to(FrameIndex(150), 400.0), scale);
        let paged = scale.paged_to(FrameIndex(1000), 400.0);
        assert!(paged.visible(400.0).contains(FrameIndex(1000)));
    }

    #[test]
    fn only_what_shows_is_found() {
        let items: Vec<_> = (0..5000).map(|n| item(n * 10, 8)).collect();
        let shown = |from, to| {
            let range = FrameRange::between(FrameIndex(from), FrameIndex(to));
            let found = visible_items(&items, range);
            found.iter().map(|item| item.start.0).collect::<Vec<_>>()
        };
        assert_eq!(shown(15, 31), [10, 20, 30]);
        assert_eq!(shown(18, 20), [] as [i64; 0], "a gap shows nothing");
        assert_eq!(shown(17, 18), [10]);
        assert_eq!(shown(60_000, 70_000), [] as [i64; 0]);
    }
}

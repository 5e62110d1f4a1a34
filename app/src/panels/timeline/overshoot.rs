//! An edge pulled past the end of its media: where that is, how hard it must be pulled, and what is wished for.

use super::drag::{Drag, Grab, Pointer};
use super::snap::{SnapKind, SnapTarget};
use crate::{action::Action, selection::Selection, view::View};
use av::{FrameCount, FrameIndex};
use timeline::{Content, Edit, Item, ItemId, Sequence, edit::Edge};

impl Drag {
    /// The edit that a trimmed edge means: a trim within its media, a wish for more past its end. The end holds the
    /// edge for a while, so that nobody pulls past it by accident.
    pub(super) fn trim_edit(
        &mut self,
        (item, edge): (ItemId, Edge),
        to: FrameIndex,
        pointer: Pointer,
    ) -> Edit {
        let alone = pointer.is_alt;
        let pull = |to| Edit::Overshoot {
            item,
            edge,
            to,
            alone,
        };
        let trim = |to| {
            if to < FrameIndex::ZERO {
                // Before the first frame there is room only if the rest gives way.
                return pull(to);
            }
            Edit::Trim {
                item,
                edge,
                to,
                alone,
            }
        };
        let Some(end) = self.media_end else {
            return trim(to);
        };
        let past = match edge {
            Edge::Start => end - to,
            Edge::End => to - end,
        };
        if past <= FrameCount::ZERO {
            return trim(to);
        }
        if past <= pointer.resistance {
            self.snapped = Some(SnapTarget {
                frame: end,
                kind: SnapKind::MediaEnd,
            });
            return trim(end);
        }
        pull(to)
    }

    /// What this drag wished for, or whose length as a wish it changed.
    pub fn wish<'a>(&self, sequence: &'a Sequence) -> Option<&'a Item> {
        let Grab::Trim { item, edge, .. } = self.grab else {
            return None;
        };
        let (track, now) = sequence.item(item)?;
        if is_wish(now) {
            return Some(now);
        }
        let beside = match edge {
            Edge::Start => now.start - FrameCount::ONE,
            Edge::End => now.range().end(),
        };
        let beside = track.item_at(beside)?;
        let is_new = self.base.item(beside.id).is_none();
        (is_new && is_wish(beside)).then_some(beside.as_ref())
    }
}

fn is_wish(item: &Item) -> bool {
    matches!(&item.content, Content::Generated(generated) if generated.is_wish())
}

/// What follows when a drag has wished for something: it is selected, so that it can be asked for.
pub(super) fn after(view: &View<'_>, drag: &Drag) -> Vec<Action> {
    let Some(wish) = drag.wish(view.sequence()) else {
        return Vec::new();
    };
    let selection = Selection::of_item(view.document, wish.id);
    let items = vec![wish.id];
    vec![Action::Select { selection }, Action::AskFor { items }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        editor::{media_end, opens_start, wish_of_length},
        panels::timeline::example,
    };
    use std::sync::Arc;
    use timeline::{Document, apply};

    fn at(frames: f64, resistance: i64) -> Pointer {
        Pointer {
            frames,
            track: None,
            tolerance: FrameCount::ZERO,
            is_alt: false,
            is_ctrl: false,
            resistance: FrameCount(resistance),
        }
    }

    #[test]
    fn the_end_of_the_media_holds_an_edge_until_it_is_pulled_hard() {
        let document = example::document();
        // Ten seconds in, a hundred frames of a minute: 1150 are left.
        let end = media_end(&document, ItemId(12), Edge::End);
        assert_eq!(end, Some(FrameIndex(1450)));
        assert_eq!(media_end(&document, ItemId(10), Edge::End), None, "a cut");
        assert_eq!(media_end(&document, ItemId(12), Edge::Start), None);
        let grab = Grab::Trim {
            item: ItemId(12),
            edge: Edge::End,
            is_ripple: false,
        };
        let mut drag = Drag::new(grab, 300.0, Arc::clone(&document.sequence), FrameIndex(0));
        drag.media_end = end;
        let mut to = |frames, resistance| match drag.edit(at(frames, resistance)) {
            Some(Edit::Trim { to, .. }) => ("trim", to.0, drag.snapped.is_some()),
            Some(Edit::Overshoot { to, .. }) => ("wish", to.0, drag.snapped.is_some()),
            other => panic!("{other:?}"),
        };
        assert_eq!(to(1440.0, 20), ("trim", 1440, false));
        assert_eq!(to(1465.0, 20), ("trim", 1450, true));
        assert_eq!(to(1471.0, 20), ("wish", 1471, false));
        assert_eq!(to(1451.0, 0), ("wish", 1451, false));
    }

    #[test]
    fn the_first_clip_is_pulled_past_the_first_frame() {
        let document = example::document();
        let first = document.sequence.tracks.iter();
        let mut first = first.filter_map(|track| track.items.first());
        let first = first.find(|item| opens_start(&document, item.id)).unwrap();
        let (item, start, edge) = (first.id, first.start, Edge::Start);
        let second = ItemId(12);
        assert!(!opens_start(&document, second));
        let grab = |item| Grab::Trim {
            item,
            edge,
            is_ripple: false,
        };
        let drag = |item, from: FrameIndex| {
            let base = Arc::clone(&document.sequence);
            let mut drag = Drag::new(grab(item), from.0 as f64, base, FrameIndex(0));
            drag.media_end = media_end(&document, item, edge);
            drag.opens_start = opens_start(&document, item);
            drag
        };
        let pulled = drag(item, start).edit(at(-500.0, 0));
        assert!(
            matches!(pulled, Some(Edit::Overshoot { to, .. }) if to == FrameIndex(-500)),
            "{pulled:?}"
        );
        let (_, found) = document.sequence.item(second).unwrap();
        let stopped = drag(second, found.start).edit(at(-500.0, 0));
        assert!(
            matches!(stopped, Some(Edit::Trim { to, .. }) if to == FrameIndex::ZERO),
            "{stopped:?}"
        );
    }

    #[test]
    fn a_wish_that_leads_to_a_clip_stays_beside_it_at_any_length() {
        let document = example::document();
        let clip = ItemId(10);
        let pull = Edit::Overshoot {
            item: clip,
            edge: Edge::Start,
            to: FrameIndex(-300),
            alone: false,
        };
        let start = |document: &Document| document.sequence.item(clip).unwrap().1.start;
        let wish = |document: &Document| {
            let mut items = document
                .sequence
                .tracks
                .iter()
                .flat_map(|track| &track.items);
            let is_wish = |item: &&std::sync::Arc<Item>| match &item.content {
                Content::Generated(made) => made.is_wish(),
                Content::Clip(_) | Content::Title(_) | Content::Solid(_) => false,
            };
            Item::clone(items.find(is_wish).unwrap())
        };
        // Ten seconds of its own before the clip, fifty frames wished for.
        let mut document = apply(&document, &pull).unwrap();
        assert_eq!((wish(&document).count.0, start(&document).0), (50, 50));
        for count in [20, 80] {
            let edit = wish_of_length(&wish(&document), FrameCount(count));
            document = apply(&document, &edit).unwrap();
            let wish = wish(&document);
            assert_eq!((wish.start.0, wish.count.0), (0, count));
            assert_eq!(start(&document).0, count);
        }
    }
}

//! An edge pulled past the end of its media: where that is, how hard it must be pulled, and what is wished for.

use super::drag::{Drag, Grab, Pointer};
use super::snap::{SnapKind, SnapTarget};
use crate::{action::Action, selection::Selection, view::View};
use av::{FrameCount, FrameIndex, FrameRange};
use timeline::{Content, Document, Edit, Item, ItemId, Sequence, TrackKind, edit::Edge};

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
        let trim = |to| Edit::Trim {
            item,
            edge,
            to,
            alone,
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
        Edit::Overshoot {
            item,
            edge,
            to,
            alone,
        }
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

/// Where the media of an item's edge ends, if there is room to wish for more behind it.
pub fn media_end(document: &Document, item: ItemId, edge: Edge) -> Option<FrameIndex> {
    let sequence = &document.sequence;
    let (track, item) = sequence.item(item)?;
    if track.kind != TrackKind::Video {
        return None;
    }
    let handles = item.trim_handles(&document.assets, track.kind, sequence.rate);
    let index = track.items.iter().position(|other| other.id == item.id)?;
    match edge {
        Edge::Start => {
            let end = item.start - handles.before;
            let before = index.checked_sub(1).map(|index| track.items[index].range());
            let free = before.map_or(FrameIndex::ZERO, FrameRange::end);
            (end > free).then_some(end)
        }
        Edge::End => {
            let end = item.range().end() + handles.after;
            let is_endless = end.0 >= timeline::limits::FRAMES_MAX;
            let next = track.items.get(index + 1);
            let is_free = next.is_none_or(|next| end < next.start);
            (is_free && !is_endless).then_some(end)
        }
    }
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
    use crate::panels::timeline::example;
    use std::sync::Arc;

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
}

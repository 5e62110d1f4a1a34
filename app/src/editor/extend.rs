//! More of a clip than was recorded: where its media ends, and what is wished for past that.

use super::Editor;
use crate::{action::Action, limits::EXTENSION_SECONDS};
use av::{FrameCount, FrameIndex, Ticks};
use runtime::Problem;
use timeline::{
    Content, Document, Edit, Item, ItemId, Purpose, Track, TrackKind, edit::Edge,
    limits::FRAMES_MAX,
};

/// Where the media of an item's edge ends, if there is room to wish for more behind it. Before a track's first item there
/// always is: past the sequence's start the rest gives way.
pub fn media_end(document: &Document, item: ItemId, edge: Edge) -> Option<FrameIndex> {
    let (track, index, item) = picture(document, item)?;
    let handles = item.trim_handles(&document.assets, track.kind, document.sequence.rate);
    match edge {
        Edge::Start => {
            let end = item.start - handles.before;
            let is_endless = handles.before.0 >= FRAMES_MAX;
            let before = index.checked_sub(1).map(|index| track.items[index].range());
            let is_free = before.is_none_or(|before| end > before.end());
            (is_free && !is_endless).then_some(end)
        }
        Edge::End => {
            let end = item.range().end() + handles.after;
            let is_endless = handles.after.0 >= FRAMES_MAX;
            let next = track.items.get(index + 1);
            let is_free = next.is_none_or(|next| end < next.start);
            (is_free && !is_endless).then_some(end)
        }
    }
}

/// Whether an item's first frame can be pulled past the sequence's: it lies first on its track, and more of it could be
/// wished for.
pub fn opens_start(document: &Document, item: ItemId) -> bool {
    picture(document, item).is_some_and(|(track, index, found)| {
        let is_wish = matches!(&found.content, Content::Generated(made) if made.is_wish());
        let could_grow = is_wish || media_end(document, item, Edge::Start).is_some();
        index == 0 && !track.is_locked && could_grow
    })
}

/// The edit that makes a wish as long as this. One that leads to a clip stays beside it: its start moves, or, where that is
/// the sequence's, the rest.
pub fn wish_of_length(item: &Item, count: FrameCount) -> Edit {
    let leads_on = match &item.content {
        Content::Generated(made) => made.purpose == Purpose::ExtendBackward,
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => false,
    };
    let (item, range, alone) = (item.id, item.range(), false);
    let (edge, to) = if leads_on {
        (Edge::Start, range.end() - count)
    } else {
        (Edge::End, range.start + count)
    };
    if leads_on && range.start == FrameIndex::ZERO {
        return Edit::RippleTrim {
            item,
            edge,
            to,
            alone,
        };
    }
    Edit::Trim {
        item,
        edge,
        to,
        alone,
    }
}

fn picture(document: &Document, item: ItemId) -> Option<(&Track, usize, &Item)> {
    let (track, item) = document.sequence.item(item)?;
    let index = track.items.iter().position(|other| other.id == item.id)?;
    (track.kind == TrackKind::Video).then_some((&**track, index, &**item))
}

impl Editor {
    /// Wishes for some seconds before or behind all the media of the selected clip, else of the one under the playhead.
    pub(super) fn extend(&self, action: &Action, playhead: FrameIndex) -> Result<Edit, Problem> {
        let edge = if *action == Action::ExtendBackward {
            Edge::Start
        } else {
            Edge::End
        };
        let clip = self.clip_target(playhead).and_then(|item| {
            let (_, found) = self.document().sequence.item(item)?;
            (!self.is_still(found)).then_some((item, found.range()))
        });
        let Some((item, range)) = clip else {
            return Err(Problem::warning(
                "There is no clip here that could go on",
                "Select a video clip, or put the playhead on one; a still lasts as long as you pull it",
            ));
        };
        let end = media_end(self.document(), item, edge).ok_or_else(|| {
            Problem::warning(
                "Another clip lies in the way of more frames",
                "Move the clips apart, or let \"Join\" lead from one to the other",
            )
        })?;
        let rate = self.document().sequence.rate;
        let more = rate.count_from_ticks(Ticks::from_seconds_fraction(EXTENSION_SECONDS, 1));
        let (own, to) = match edge {
            Edge::Start => (range.start - end, end - more),
            Edge::End => (end - range.end(), end + more),
        };
        if own > more.max(FrameCount::ONE) {
            return Err(Problem::warning(
                format!("The clip has {} more frames of its own there", own.0),
                "Pull its edge to show them; past their end you can wish for more",
            ));
        }
        Ok(Edit::Overshoot {
            item,
            edge,
            to,
            alone: false,
        })
    }
}

//! What is selected. It is kept with every step of the history, so undo also brings the selection back.

use av::FrameRange;
use std::collections::BTreeSet;
use timeline::{AssetId, Document, ItemId, TrackId, TransitionId};

/// What the next action is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Items on tracks.
    pub items: BTreeSet<ItemId>,
    /// An empty stretch between two items of a track.
    pub gap: Option<(TrackId, FrameRange)>,
    /// A transition.
    pub transition: Option<TransitionId>,
    /// Media in the bin.
    pub asset: Option<AssetId>,
}

impl Selection {
    /// One item, with everything that is linked to it.
    pub fn of_item(document: &Document, item: ItemId) -> Self {
        Self::of_items(document, [item])
    }

    /// These items, with everything that is linked to them.
    pub fn of_items(document: &Document, items: impl IntoIterator<Item = ItemId>) -> Self {
        let mut selection = Self {
            items: items.into_iter().collect(),
            ..Self::default()
        };
        selection.add_linked(document);
        selection
    }

    /// An empty stretch of a track.
    pub fn of_gap(track: TrackId, range: FrameRange) -> Self {
        Self {
            gap: Some((track, range)),
            ..Self::default()
        }
    }

    /// Media in the bin.
    pub fn of_asset(asset: AssetId) -> Self {
        Self {
            asset: Some(asset),
            ..Self::default()
        }
    }

    /// A transition.
    pub fn of_transition(transition: TransitionId) -> Self {
        Self {
            transition: Some(transition),
            ..Self::default()
        }
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds an item with everything linked to it, or takes all of it out if it is selected already.
    pub fn toggle(&mut self, document: &Document, item: ItemId) {
        let group = Self::of_item(document, item).items;
        if self.items.contains(&item) {
            self.items.retain(|selected| !group.contains(selected));
        } else {
            self.items.extend(group);
        }
        self.gap = None;
        self.transition = None;
        self.asset = None;
    }

    /// Forgets what the document no longer holds.
    pub fn keep_existing(&mut self, document: &Document) {
        let sequence = &document.sequence;
        self.items.retain(|item| sequence.item(*item).is_some());
        self.gap = self.gap.and_then(|(track, range)| {
            let gap = sequence.track(track)?.gap_at(range.start)?;
            Some((track, gap))
        });
        self.transition = self.transition.filter(|id| {
            let transitions = sequence.tracks.iter().flat_map(|track| &track.transitions);
            transitions
                .into_iter()
                .any(|transition| transition.id == *id)
        });
        self.asset = self
            .asset
            .filter(|asset| document.assets.find(*asset).is_some());
    }

    fn add_linked(&mut self, document: &Document) {
        let items = || {
            document
                .sequence
                .tracks
                .iter()
                .flat_map(|track| &track.items)
        };
        let links: BTreeSet<_> = items()
            .filter(|item| self.items.contains(&item.id))
            .filter_map(|item| item.link)
            .collect();
        let linked = items().filter(|item| item.link.is_some_and(|link| links.contains(&link)));
        self.items.extend(linked.map(|item| item.id));
    }
}

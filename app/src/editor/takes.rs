//! Takes of generated items: which one shows, what is asked for next, and what is stale.

use super::Editor;
use crate::takes::SeedChoice;
use av::FrameIndex;
use runtime::{Placed, PlacedTarget, Problem};
use std::sync::Arc;
use timeline::{
    Content, Document, Edit, EditError, GeneratedState, ItemId, Recipe, TakeId, TrackKind,
};

impl Editor {
    /// The generated item that keys and buttons mean: the selected one, else the topmost one under the playhead.
    pub fn take_target(&self, playhead: FrameIndex) -> Option<ItemId> {
        let is_generated = |id: &ItemId| self.generated(*id).is_some();
        let selected = self.selection().items.iter().copied().find(is_generated);
        selected.or_else(|| {
            let tracks = self.document().sequence.tracks.iter().rev();
            tracks
                .filter(|track| track.kind == TrackKind::Video)
                .filter_map(|track| track.item_at(playhead))
                .map(|item| item.id)
                .find(is_generated)
        })
    }

    /// Shows an item's take of that number, from 1; whether there is one.
    pub fn show_take(&mut self, item: ItemId, number: usize) -> Result<bool, Problem> {
        let Some((_, generated)) = self.generated(item) else {
            return Ok(false);
        };
        let take = number.checked_sub(1).and_then(|at| generated.takes.get(at));
        let Some(take) = take.map(|take| take.id) else {
            return Ok(false);
        };
        if generated.active != Some(take) {
            self.edit(&Edit::SetActiveTake { item, take })?;
        }
        Ok(true)
    }

    /// The number of the take `by` places on from the one that shows, round the end.
    pub fn take_beside(&self, item: ItemId, by: isize) -> Option<usize> {
        let (_, generated) = self.generated(item)?;
        let count = generated.takes.len() as isize;
        let shown = generated
            .takes
            .iter()
            .position(|take| Some(take.id) == generated.active)?;
        Some((shown as isize + by).rem_euclid(count) as usize + 1)
    }

    /// The recipe of an item's next take.
    pub fn next_recipe(&self, item: ItemId, seed: SeedChoice) -> Option<Recipe> {
        let (_, generated) = self.generated(item)?;
        let last = &generated.recipe;
        if generated.takes.is_empty() {
            return Some(last.clone());
        }
        let seeds = generated.takes.iter().map(|take| take.recipe.seed);
        let highest = seeds.max().unwrap_or(last.seed);
        Some(Recipe {
            seed: seed.seed(last.seed, highest),
            ..last.clone()
        })
    }

    /// Asks for a take by this recipe, as one step.
    pub fn ask_take(&mut self, item: ItemId, recipe: Recipe, label: &str) -> Result<(), Problem> {
        let state = GeneratedState::Queued;
        let edits = vec![
            Edit::SetRecipe {
                item,
                recipe: Box::new(recipe),
            },
            Edit::SetGeneratedState { item, state },
        ];
        let label = label.to_owned();
        self.edit(&Edit::Batch { label, edits }).map(|_created| ())
    }

    /// The document with another recipe asked of an item: what a further take of it is made from.
    pub fn asking(&self, item: ItemId, recipe: Recipe) -> Result<Arc<Document>, Problem> {
        let recipe = Box::new(recipe);
        let edit = Edit::SetRecipe { item, recipe };
        let document = timeline::apply(self.document(), &edit).map_err(super::problem_of)?;
        Ok(Arc::new(document))
    }

    /// The document with another take shown, for comparing.
    pub fn showing(&self, item: ItemId, take: TakeId) -> Option<Arc<Document>> {
        let edit = Edit::SetActiveTake { item, take };
        let document = timeline::apply(self.document(), &edit).ok()?;
        Some(Arc::new(document))
    }

    /// The number of the take that is the same as one that arrived, if its item has it already.
    pub fn same_take(&self, placed: &Placed) -> Option<usize> {
        let PlacedTarget::Take { item, take } = &placed.target else {
            return None;
        };
        let (_, generated) = self.generated(*item)?;
        let fingerprint = &take.recipe.fingerprint;
        let is_same = |made: &timeline::Take| {
            !fingerprint.is_empty() && made.recipe.fingerprint == *fingerprint
        };
        let place = generated.takes.iter().position(is_same)?;
        Some(place + 1)
    }

    /// Items whose anchors have changed since they were made, in order.
    pub fn stale_items(&self) -> Vec<ItemId> {
        let tracks = self.document().sequence.tracks.iter();
        tracks
            .flat_map(|track| &track.items)
            .filter(|item| {
                matches!(&item.content, Content::Generated(generated) if generated.state == GeneratedState::Stale)
            })
            .map(|item| item.id)
            .collect()
    }

    /// A take that arrived goes on the list in every state that holds its item. Where it was being waited for it is
    /// shown; where another take is looked at, that one stays.
    pub(super) fn with_placed(document: &Document, placed: &Placed) -> Result<Document, EditError> {
        let made = placed.apply(document)?;
        let PlacedTarget::Take { item, .. } = &placed.target else {
            return Ok(made);
        };
        match shown_take(document, *item) {
            Some(take) => timeline::apply(&made, &Edit::SetActiveTake { item: *item, take }),
            None => Ok(made),
        }
    }
}

/// The take that an item goes on showing when another arrives; `None` if it waits for one.
fn shown_take(document: &Document, item: ItemId) -> Option<TakeId> {
    let (_, item) = document.sequence.item(item)?;
    match &item.content {
        Content::Generated(generated) if generated.state != GeneratedState::Queued => {
            generated.active
        }
        Content::Generated(_) | Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
    }
}

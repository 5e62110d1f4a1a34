//! Asking models: wishes are placed, the bar opens, the engine is asked who can make them, and what was asked is queued.

use crate::{
    action::Action,
    app::StudioApp,
    asking::{Ask, Question, generated_item},
    panels::Dialog,
};
use av::{FrameCount, FrameRange};
use runtime::{Command, JobRequest, Problem, storyboard::Storyboard};
use std::sync::Arc;
use timeline::{AssetId, Document, Edit, GeneratedState, ItemId, Recipe, TrackId, TrackKind};

/// Stands for any words in a question, since which ones does not matter.
const SOME_WORDS: &str = "…";

impl StudioApp {
    /// Does what was asked about asking.
    pub(super) fn apply_ask(&mut self, action: Action) {
        match action {
            Action::Generate { ask } => self.generate(&ask),
            Action::CloseAsk { ask } => self.close_ask(*ask),
            Action::AskFor { items } => self.open_ask(items),
            Action::PlaceStoryboard { board, references } => {
                self.place_storyboard(&board, references);
            }
            Action::Retake { track, ranges } => self.retake(track, &ranges),
            Action::FindDamage => self.find_damage(),
            Action::ShowGenerate => {
                let selected = self.editor.selected_generated();
                if selected.is_empty() {
                    self.wish(&Action::ShowGenerate);
                } else {
                    self.open_ask(selected);
                }
            }
            verb => self.wish(&verb),
        }
    }

    /// Places what a verb wishes for and opens the bar on it.
    fn wish(&mut self, verb: &Action) {
        let wished = self.editor.wish(verb, self.transport.playhead);
        if let Some(items) = self.tell(wished) {
            self.open_ask(items);
        }
    }

    pub(super) fn open_ask(&mut self, items: Vec<ItemId>) {
        if let Some(ask) = Ask::of(self.editor.document(), items) {
            self.panels.asking.open(ask, true);
        }
    }

    /// Closes the bar; what was typed stays with the wish.
    pub(super) fn close_ask(&mut self, ask: Ask) {
        self.panels.asking.close();
        let document = Arc::clone(self.editor.document());
        let changed = |item: &ItemId| {
            let (_, generated) = generated_item(&document, *item)?;
            let is_changed = generated.recipe != ask.recipe;
            is_changed.then(|| Edit::SetRecipe {
                item: *item,
                recipe: Box::new(ask.recipe.clone()),
            })
        };
        let edits: Vec<Edit> = ask.items.iter().filter_map(changed).collect();
        if !edits.is_empty() {
            let label = "Change prompt".to_owned();
            self.edit(&Edit::Batch { label, edits });
        }
    }

    /// The bar follows the selection: a wish that is selected opens it, anything else closes it. Then the engine is
    /// asked who could make it.
    pub(super) fn follow_ask(&mut self) {
        if self.editor.is_in_gesture() {
            return;
        }
        if self.panels.asking.is_final {
            return self.follow_final();
        }
        let selected = self.editor.selected_generated();
        let document = Arc::clone(self.editor.document());
        let asking = &mut self.panels.asking;
        if let Some(ask) = &asking.ask
            && !ask.items.iter().all(|item| selected.contains(item))
        {
            let ask = asking.close();
            self.panels.asking.closed_for = None;
            if let Some(ask) = ask {
                self.close_ask(ask);
                self.panels.asking.closed_for = None;
            }
        }
        let asking = &mut self.panels.asking;
        if asking.ask.is_none()
            && let [item] = selected[..]
            && asking.closed_for != Some(item)
            && generated_item(&document, item).is_some_and(|(_, generated)| generated.is_wish())
            && let Some(ask) = Ask::of(&document, vec![item])
        {
            asking.open(ask, false);
        }
        if asking
            .closed_for
            .is_some_and(|item| !selected.contains(&item))
        {
            asking.closed_for = None;
        }
        self.ask_engine();
    }

    /// A final is asked for as long as its dialog is open.
    fn follow_final(&mut self) {
        if matches!(self.panels.dialog, Some(Dialog::Final(_))) {
            self.ask_engine();
        } else {
            self.panels.asking.close();
        }
    }

    /// Asks who could make what the bar shows, if that has changed.
    fn ask_engine(&mut self) {
        let Some(ask) = &self.panels.asking.ask else {
            return;
        };
        let Some(item) = ask.items.first().copied() else {
            return;
        };
        let is_said = !ask.recipe.prompt.trim().is_empty();
        let prompt = if is_said { SOME_WORDS } else { "" };
        let recipe = Recipe {
            prompt: prompt.to_owned(),
            negative_prompt: String::new(),
            // Where the box lies changes nothing about who can.
            region: None,
            ..ask.recipe.clone()
        };
        let question = Question {
            revision: self.editor.revision(),
            item,
            recipe,
        };
        if self.panels.asking.question.as_ref() == Some(&question) {
            return;
        }
        let asked = with_recipe(self.editor.document(), item, &ask.recipe);
        let number = self.panels.asking.next_number();
        self.panels.asking.question = Some(question);
        // What cannot be applied is refused when it is queued, with its reason.
        let document = asked.unwrap_or_else(|| Arc::clone(self.editor.document()));
        self.send(Command::Describe {
            number,
            document,
            item,
        });
    }

    /// Queues what was asked: one step notes it in the items, then each take is a job.
    fn generate(&mut self, ask: &Ask) {
        let document = Arc::clone(self.editor.document());
        let mut edits = Vec::new();
        let mut wanted: Vec<(ItemId, Vec<Recipe>)> = Vec::new();
        for item in &ask.items {
            let Some((found, generated)) = generated_item(&document, *item) else {
                continue;
            };
            let recipe = ask.recipe_for(&document, found);
            let recipes: Vec<Recipe> = ask
                .seeds(generated)
                .into_iter()
                .map(|seed| Recipe {
                    seed,
                    ..recipe.clone()
                })
                .collect();
            edits.push(Edit::SetRecipe {
                item: *item,
                recipe: Box::new(recipes.first().cloned().unwrap_or(recipe)),
            });
            edits.push(Edit::SetGeneratedState {
                item: *item,
                state: GeneratedState::Queued,
            });
            wanted.push((*item, recipes));
        }
        let is_final = ask.recipe.draft.is_some();
        let label = if is_final { "Make final" } else { "Generate" }.to_owned();
        let placed = self.editor.edit(&Edit::Batch { label, edits });
        if self.tell(placed).is_none() {
            return;
        }
        self.panels.asking.close();
        if matches!(self.panels.dialog, Some(Dialog::Final(_))) {
            self.panels.dialog = None;
        }
        self.remember_words(&ask.recipe.prompt);
        for (item, recipes) in wanted {
            self.queue_takes(item, &recipes);
        }
    }

    fn remember_words(&mut self, prompt: &str) {
        if let Err(error) = self.prompts.add(prompt) {
            self.notices.problem(
                Problem::warning(
                    "The list of earlier prompts could not be written",
                    "It holds until Everframe is closed",
                )
                .with_cause(&error),
            );
        }
    }

    /// Looks through the selected clip, or the one under the playhead.
    fn find_damage(&mut self) {
        let document = Arc::clone(self.editor.document());
        let is_video = |item: &&ItemId| {
            let found = document.sequence.item(**item);
            found.is_some_and(|(track, item)| {
                track.kind == TrackKind::Video
                    && item.media().is_some()
                    && !self.editor.is_still(item)
            })
        };
        let selected = self.editor.selection().items.iter().find(is_video).copied();
        let under = || {
            self.editor
                .item_under(self.transport.playhead)
                .map(|item| item.id)
        };
        let Some(item) = selected.or_else(|| under().filter(|item| is_video(&item))) else {
            self.notices.problem(Problem::warning(
                "No clip is selected that could be looked through",
                "Select a video clip, or put the playhead on one",
            ));
            return;
        };
        self.queue(JobRequest::Inspect { item });
    }

    /// Puts a storyboard on the timeline as one wish.
    fn place_storyboard(&mut self, board: &Storyboard, references: Vec<AssetId>) {
        let rate = self.editor.document().sequence.rate;
        let shots = board.recipe_shots(rate).map_err(Problem::from);
        let Some(storyboard) = self.tell(shots) else {
            return;
        };
        let count: FrameCount = storyboard.iter().map(|shot| shot.count).sum();
        let recipe = Recipe {
            prompt: board.shared_prompt.clone(),
            storyboard,
            references,
            ..Recipe::default()
        };
        let edit = self
            .editor
            .text_to_video(self.transport.playhead, &recipe, Some(count));
        let placed = self.editor.wish_edit(&edit);
        if let Some(items) = self.tell(placed) {
            self.open_ask(items);
        }
    }

    /// Makes stretches of a track anew, each as an item of its own, all in one step.
    fn retake(&mut self, track: TrackId, ranges: &[FrameRange]) {
        let edit = self.editor.retake_edit(track, ranges);
        let placed = self.editor.wish_edit(&edit);
        let Some(items) = self.tell(placed) else {
            return;
        };
        for item in items {
            let asked = generated_item(self.editor.document(), item);
            let recipe = asked.map(|(_, generated)| generated.recipe.clone());
            self.queue_takes(item, &[recipe.unwrap_or_default()]);
        }
    }

    fn queue_takes(&mut self, item: ItemId, recipes: &[Recipe]) {
        let document = Arc::clone(self.editor.document());
        let mut is_any_queued = false;
        for (number, recipe) in (1..).zip(recipes) {
            // Each take is asked for with its own seed; the document keeps the first one's.
            let asked = with_recipe(&document, item, recipe);
            let job = self.queue_on(
                JobRequest::Generate { item },
                asked.unwrap_or_else(|| Arc::clone(&document)),
            );
            if let Some(job) = job.filter(|_| recipes.len() > 1) {
                self.jobs.note_number(job, number, recipes.len());
            }
            is_any_queued |= job.is_some();
        }
        if !is_any_queued {
            // Nobody will make it: it is only wished for.
            let result = self.editor.end_request(item, false);
            self.tell(result);
        }
    }
}

/// The document with this asked for in place of what was asked before.
pub(super) fn with_recipe(
    document: &Document,
    item: ItemId,
    recipe: &Recipe,
) -> Option<Arc<Document>> {
    let edit = Edit::SetRecipe {
        item,
        recipe: Box::new(recipe.clone()),
    };
    timeline::apply(document, &edit).ok().map(Arc::new)
}

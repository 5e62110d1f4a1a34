//! Takes: asked for, shown, compared, refreshed; seams looped.

use crate::{
    action::Action,
    app::StudioApp,
    asking::Ask,
    panels::{ClipCommand, ClipCommandState, Dialog, FinalState, RightTab, ViewerZoom},
    takes::{Compare, Join, SeamOrder, SeedChoice, joins},
};
use av::Ratio;
use runtime::{Command, Comparison, JobRequest, Problem};
use std::sync::Arc;
use timeline::{Document, GeneratedState, ItemId, Recipe, TakeId};

/// Takes that "Vary" asks for at once.
const VARIATIONS: usize = 3;

/// What the engine was last told to compare.
#[derive(Debug, Clone)]
pub(crate) struct ComparedDocument {
    compare: Compare,
    /// The edited document it was made from.
    of: Arc<Document>,
}

impl StudioApp {
    /// Everything about takes.
    pub(super) fn apply_take(&mut self, action: &Action) {
        match action {
            Action::RestyleClip => self.show_clip_command(ClipCommand::Restyle),
            Action::SlowMotion => self.show_clip_command(ClipCommand::SlowMotion),
            Action::UpscaleClip => self.show_clip_command(ClipCommand::Upscale),
            Action::RemoveObject => match self.editor.clip_target(self.transport.playhead) {
                Some(item) => self.wish_repaint(item),
                None => self.tell_no_clip(),
            },
            Action::DrawRegion { item } => self.wish_repaint(*item),
            Action::OutpaintClip => self.show_clip_command(ClipCommand::Outpaint),
            Action::CoverClip {
                item,
                purpose,
                recipe,
            } => {
                let placed = self.editor.cover(*item, *purpose, (**recipe).clone());
                self.queue_placed(placed);
            }
            Action::SlowClip { item, factor } => {
                let placed = self.editor.slow_down(*item, *factor);
                self.queue_placed(placed);
            }
            Action::WidenClip { item, size, recipe } => {
                let placed = self.editor.widen(*item, *size, (**recipe).clone());
                self.queue_placed(placed);
            }
            Action::NextTake => self.step_take(1),
            Action::PreviousTake => self.step_take(-1),
            Action::NewTake => self.with_target(|app, item| {
                let seed = app.panels.takes.seed;
                app.new_take(item, seed);
            }),
            Action::MakeFinal => self.with_target(|app, item| {
                let found = app.editor.generated(item);
                match found.and_then(|(_, generated)| generated.active) {
                    Some(take) => app.open_final(item, take),
                    None => app.notices.problem(Problem::warning(
                        "There is no take yet that could be a draft",
                        "Make one first: a final is made after it",
                    )),
                }
            }),
            Action::FinalOf { item, take } => self.open_final(*item, *take),
            Action::VaryTake => self.with_target(Self::vary),
            Action::RefreshStale => self.refresh_all(),
            Action::RefreshItem { item } => self.refresh(*item),
            Action::ShowTake { number } => self.show_take(*number),
            Action::AskTake { item, seed } => self.new_take(*item, *seed),
            Action::AskRecipe { item, recipe } => {
                self.ask_take(*item, (**recipe).clone(), "New take");
            }
            Action::CompareWipe => self.compare_shown(Comparison::Wipe),
            Action::CompareDifference => self.compare_shown(Comparison::Difference),
            Action::CompareTakes { compare } => self.panels.compare = *compare,
            Action::LoopSeam => self.loop_nearest_seam(),
            Action::LoopJoin { item, is_start } => self.loop_join(*item, *is_start),
            // `apply_action` sends nothing else here.
            _ => {}
        }
    }

    fn show_clip_command(&mut self, command: ClipCommand) {
        match self.editor.clip_target(self.transport.playhead) {
            Some(item) => {
                let state = ClipCommandState::new(item, command);
                self.panels.dialog = Some(Dialog::ClipCommand(Box::new(state)));
            }
            None => self.tell_no_clip(),
        }
    }

    fn tell_no_clip(&mut self) {
        self.notices.problem(Problem::warning(
            "There is no clip to work on",
            "Select a video clip or a picture on the timeline",
        ));
    }

    /// Wishes for a part of a clip to be made anew; the bar opens, and the box is drawn in the viewer.
    fn wish_repaint(&mut self, item: ItemId) {
        self.panels.dialog = None;
        if self.panels.right == RightTab::Background {
            // Its brush would lie over the same picture.
            self.panels.right = RightTab::Inspector;
        }
        self.panels.viewer.zoom = ViewerZoom::Fit;
        let placed = self.editor.wish_repaint(item);
        if let Some(items) = self.tell(placed) {
            self.open_ask(items);
        }
    }

    /// Asks who makes a final after a take.
    fn open_final(&mut self, item: ItemId, take: TakeId) {
        let Some(ask) = Ask::final_of(self.editor.document(), item, take) else {
            return;
        };
        if let Some(other) = self.panels.asking.ask.clone() {
            // What was typed in the bar stays with its wish.
            self.close_ask(other);
        }
        self.panels.asking.open_final(ask);
        self.panels.dialog = Some(Dialog::Final(FinalState::default()));
    }

    /// Queues what was just reserved on the timeline.
    fn queue_placed(&mut self, placed: Result<ItemId, Problem>) {
        self.panels.dialog = None;
        if let Some(item) = self.tell(placed) {
            let document = Arc::clone(self.editor.document());
            self.queue_take(item, document, false);
        }
    }

    fn with_target(&mut self, act: impl FnOnce(&mut Self, ItemId)) {
        match self.editor.take_target(self.transport.playhead) {
            Some(item) => act(self, item),
            None => self.notices.problem(Problem::warning(
                "There is no generated item here",
                "Select one on the timeline, or put the playhead on one",
            )),
        }
    }

    fn show_take(&mut self, number: usize) {
        self.with_target(|app, item| {
            let shown = app.editor.show_take(item, number);
            if app.tell(shown) == Some(false) {
                app.notices.problem(Problem::warning(
                    format!("There is no take {number} of this item"),
                    "Ask for another take first",
                ));
            }
        });
    }

    fn step_take(&mut self, by: isize) {
        self.with_target(|app, item| {
            if let Some(number) = app.editor.take_beside(item, by) {
                app.show_take(number);
            }
        });
    }

    fn new_take(&mut self, item: ItemId, seed: SeedChoice) {
        if let Some(recipe) = self.editor.next_recipe(item, seed) {
            self.ask_take(item, recipe, "New take");
        }
    }

    /// Asks for a take by this recipe and queues it.
    pub(super) fn ask_take(&mut self, item: ItemId, recipe: Recipe, label: &str) {
        let asked = self.editor.ask_take(item, recipe, label);
        if self.tell(asked).is_some() {
            let document = Arc::clone(self.editor.document());
            self.queue_take(item, document, false);
        }
    }

    /// Several takes at once, by seeds that follow each other.
    fn vary(&mut self, item: ItemId) {
        let Some(first) = self.editor.next_recipe(item, SeedChoice::Next) else {
            return;
        };
        let recipes: Vec<Recipe> = (0..VARIATIONS)
            .map(|index| Recipe {
                seed: first.seed.wrapping_add(index as u64),
                ..first.clone()
            })
            .collect();
        let last = recipes.last().cloned().unwrap_or(first);
        let asked = self.editor.ask_take(item, last, "Vary");
        if self.tell(asked).is_none() {
            return;
        }
        for recipe in recipes {
            let document = self.editor.asking(item, recipe);
            if let Some(document) = self.tell(document) {
                self.queue_take(item, document, false);
            }
        }
    }

    fn refresh_all(&mut self) {
        let stale = self.editor.stale_items();
        if stale.is_empty() {
            self.notices.success(
                "Nothing is stale: every generated item fits what lies beside it",
                Vec::new(),
                None,
            );
        }
        for item in stale {
            self.refresh(item);
        }
    }

    /// Makes an item again, by the same recipe, from what lies beside it now.
    fn refresh(&mut self, item: ItemId) {
        let found = self.editor.generated(item);
        let Some((recipe, state)) = found.map(|(_, made)| (made.recipe.clone(), made.state)) else {
            return;
        };
        let asked = self.editor.ask_take(item, recipe, "Refresh");
        if self.tell(asked).is_some() {
            let document = Arc::clone(self.editor.document());
            self.queue_take(item, document, state == GeneratedState::Stale);
        }
    }

    /// Queues a take of an item; if the engine does not take it, the item is as it was.
    fn queue_take(&mut self, item: ItemId, document: Arc<Document>, was_stale: bool) {
        match self.queue_on(JobRequest::Generate { item }, document) {
            Some(job) if was_stale => self.jobs.note_stale(job),
            Some(_) => {}
            None => {
                let ended = self.editor.end_request(item, was_stale);
                self.tell(ended);
            }
        }
    }

    /// Compares the take that shows with the one before it on the list; again to stop.
    fn compare_shown(&mut self, how: Comparison) {
        if self
            .panels
            .compare
            .is_some_and(|compare| compare.how == how)
        {
            self.panels.compare = None;
            return;
        }
        self.with_target(|app, item| {
            let other = app.panels.compare.filter(|compare| compare.item == item);
            let take = other.map(|compare| compare.take).or_else(|| {
                let number = app.editor.take_beside(item, -1)?;
                let (_, generated) = app.editor.generated(item)?;
                let take = generated.takes.get(number - 1)?.id;
                (Some(take) != generated.active).then_some(take)
            });
            match take {
                Some(take) => app.panels.compare = Some(Compare { item, take, how }),
                None => app.notices.problem(Problem::warning(
                    "There is only one take to look at",
                    "Ask for another take first",
                )),
            }
        });
    }

    /// Tells the engine what to set against the document, if that changed.
    pub(super) fn sync_compare(&mut self) {
        let wanted = self
            .panels
            .compare
            .filter(|compare| self.is_comparable(*compare));
        self.panels.compare = wanted;
        let document = self.editor.document();
        let is_told = match (&self.panels.compared, wanted) {
            (None, None) => true,
            (Some(told), Some(compare)) => {
                told.compare == compare && Arc::ptr_eq(&told.of, document)
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_told {
            return;
        }
        let of = Arc::clone(document);
        let other = wanted.and_then(|compare| {
            let other = self.editor.showing(compare.item, compare.take)?;
            Some((other, compare.how))
        });
        self.panels.compared = wanted.map(|compare| ComparedDocument { compare, of });
        self.send(Command::Compare { other });
    }

    /// Whether both takes are there and the item is still what is worked on.
    fn is_comparable(&self, compare: Compare) -> bool {
        let selected = &self.editor.selection().items;
        let is_meant = selected.is_empty() || selected.contains(&compare.item);
        let has_take = |take: TakeId| {
            let found = self.editor.generated(compare.item);
            found.is_some_and(|(_, generated)| {
                generated.active != Some(take) && generated.takes.iter().any(|made| made.id == take)
            })
        };
        is_meant && has_take(compare.take)
    }

    fn loop_join(&mut self, item: ItemId, is_start: bool) {
        let joins = joins(self.editor.document(), SeamOrder::Time);
        let found = joins
            .into_iter()
            .find(|join| join.item == item && join.is_start == is_start);
        if let Some(join) = found {
            self.loop_seam(&join);
        }
    }

    fn loop_nearest_seam(&mut self) {
        let joins = joins(self.editor.document(), SeamOrder::Time);
        let playhead = self.transport.playhead;
        let nearest = joins
            .iter()
            .min_by_key(|join| (join.frame - playhead).0.abs());
        match nearest {
            Some(join) => self.loop_seam(join),
            None => self.notices.problem(Problem::warning(
                "There is no seam to loop around",
                "Seams are where generated frames meet others: fill a gap or extend a clip first",
            )),
        }
    }

    /// Plays the frames around a seam over and over.
    fn loop_seam(&mut self, join: &Join) {
        let range = join.range(self.editor.document().sequence.range());
        self.panels.right = RightTab::Seams;
        self.panels.seams.looped = Some((join.item, join.is_start));
        self.seek(range.start);
        self.inbox.playback_asked();
        self.send(Command::Play {
            speed: Ratio::ONE,
            repeat: Some(range),
        });
    }
}

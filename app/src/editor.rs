//! The only place that changes the document: edits, drags, steps back and forth, and what jobs bring.

mod clip_commands;
mod extend;
pub use extend::{media_end, opens_start, wish_of_length};
mod place;
pub use place::FillTarget;
mod takes;
mod verb;
mod wish;

use crate::selection::Selection;
use runtime::{Placed, PlacedTarget, Problem, Revision};
use std::sync::Arc;
use timeline::{
    Content, Document, Edit, EditError, GeneratedState, History, ItemId,
    edit::{Created, PastePiece},
};

/// The document with its history, the selection and the clipboard.
pub struct Editor {
    history: History,
    selection: Selection,
    /// The document that the engine was given last.
    sent: Option<Arc<Document>>,
    revision: Revision,
    clipboard: Vec<PastePiece>,
    now_millis: u64,
}

impl Editor {
    /// Begins with a document; `label` says how it came, such as "Open".
    pub fn new(document: Document, label: &str) -> Self {
        let document = Arc::new(document);
        Self {
            history: History::new(document, label),
            selection: Selection::default(),
            sent: None,
            revision: Revision::default(),
            clipboard: Vec::new(),
            now_millis: 0,
        }
    }

    /// Begins again with another document; revisions go on, so that late answers can be told apart.
    pub fn replace(&mut self, document: Document, label: &str) {
        let revision = self.revision;
        let clipboard = std::mem::take(&mut self.clipboard);
        *self = Self::new(document, label);
        self.revision = revision;
        self.clipboard = clipboard;
    }

    /// Says how late it is on the window's clock; quick edits of one kind become one step.
    pub fn set_now(&mut self, millis: u64) {
        self.now_millis = millis;
    }

    /// The document, a running drag included.
    pub fn document(&self) -> &Arc<Document> {
        self.history.present()
    }

    /// Every step, and the one that shows.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Makes something else the selection.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.settle_selection();
    }

    /// Whether a drag is being made.
    pub fn is_in_gesture(&self) -> bool {
        self.history.is_in_gesture()
    }

    /// The number of the document that the engine has.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether there is something that the project file does not hold.
    pub fn is_unsaved(&self) -> bool {
        self.history.is_unsaved()
    }

    /// The project file holds the document of that number.
    pub fn mark_saved(&mut self, revision: Revision) {
        // An older document may be equal to nothing that undo can reach; then the file is simply behind.
        if revision == self.revision
            && let Some(sent) = &self.sent
        {
            self.history.mark_saved(sent);
        }
    }

    /// The project file holds nothing of this, as after a recovery.
    pub fn mark_unsaved(&mut self) {
        self.history.mark_unsaved();
    }

    /// The document, if the engine does not have it yet, with its new number.
    pub fn take_changed(&mut self) -> Option<(Revision, Arc<Document>)> {
        let document = Arc::clone(self.document());
        if self
            .sent
            .as_ref()
            .is_some_and(|sent| Arc::ptr_eq(sent, &document))
        {
            return None;
        }
        self.revision.0 += 1;
        self.sent = Some(Arc::clone(&document));
        Some((self.revision, document))
    }

    /// Applies an edit as one step; what it made is selected where that helps.
    pub fn edit(&mut self, edit: &Edit) -> Result<Created, Problem> {
        let selection = self.step_selection();
        let applied = self.history.edit(edit, &selection, self.now_millis);
        let created = applied.map_err(problem_of)?.created;
        self.select_after(edit, &created);
        Ok(created)
    }

    /// Begins a drag.
    pub fn begin_gesture(&mut self, label: &str) {
        self.history.begin_gesture(label);
    }

    /// Applies where the drag stands to the document as it was when the drag began. A drag that means nothing here
    /// leaves the last one that did.
    pub fn update_gesture(&mut self, edit: &Edit) {
        // A refused position is no error while the hand still moves; the draft stays where it was.
        self.history.update_gesture(edit).ok();
    }

    /// Ends the drag and makes it one step, unless it ended where it began.
    pub fn commit_gesture(&mut self) {
        self.history.commit_gesture();
        self.settle_selection();
    }

    /// Ends the drag and forgets it.
    pub fn cancel_gesture(&mut self) {
        self.history.cancel_gesture();
        self.settle_selection();
    }

    /// One step back.
    pub fn undo(&mut self) {
        self.history.undo();
        self.after_travel();
    }

    /// One step on.
    pub fn redo(&mut self) {
        self.history.redo();
        self.after_travel();
    }

    /// Goes to the state after so many steps.
    pub fn go_to(&mut self, steps: usize) {
        self.history.go_to(steps);
        self.after_travel();
    }

    /// Puts what a job made into the step that asked for it: into every state that holds what it is for, so that undo
    /// takes back both and redo brings back both.
    pub fn amend(&mut self, placed: &Placed) -> Result<(), Problem> {
        self.amend_with(|document| {
            match other_wish(document, placed) {
                // There it was wished for at another length, and stays a wish.
                Some(item) => Err(EditError::NoItem { item }),
                None => Self::with_placed(document, placed),
            }
        })
    }

    /// Puts what a job made on the timeline as a step of its own.
    pub fn add_placed(&mut self, placed: &Placed) -> Result<(), Problem> {
        let created = self.edit(&placed.asset)?;
        if created.assets.is_empty() {
            return Err(Problem::internal("an added file has no name"));
        }
        self.edit(&placed.edit(&created.assets)).map(|_created| ())
    }

    /// A wish is being made without having been asked for: that is no step of its own.
    pub fn begin_request(&mut self, item: ItemId) -> Result<(), Problem> {
        self.amend_with(|document| {
            let found = document.sequence.item(item);
            let is_wish = found.is_some_and(|(_, item)| {
                matches!(&item.content, Content::Generated(generated) if generated.is_wish())
            });
            if !is_wish {
                return Ok(document.clone());
            }
            let state = GeneratedState::Queued;
            timeline::apply(document, &Edit::SetGeneratedState { item, state })
        })
    }

    /// A generated item is no longer being made: it is a wish again, or shows the take it has, in every state.
    /// `was_stale` says that this take was made from something else than what is there now.
    pub fn end_request(&mut self, item: ItemId, was_stale: bool) -> Result<(), Problem> {
        self.amend_with(|document| {
            let found = document.sequence.item(item);
            let Some((_, item_now)) = found else {
                return Err(EditError::NoItem { item });
            };
            let Content::Generated(generated) = &item_now.content else {
                return Ok(document.clone());
            };
            if generated.state != GeneratedState::Queued {
                return Ok(document.clone());
            }
            let state = match (generated.active.is_some(), was_stale) {
                (true, false) => GeneratedState::Ready,
                (true, true) => GeneratedState::Stale,
                (false, _) => GeneratedState::Ghost,
            };
            timeline::apply(document, &Edit::SetGeneratedState { item, state })
        })
    }

    /// Copies the selection.
    pub fn copy(&mut self) {
        let pieces = self.copy_selection();
        if !pieces.is_empty() {
            self.clipboard = pieces;
        }
    }

    fn step_selection(&self) -> timeline::Selection {
        timeline::Selection {
            items: self.selection.items.iter().copied().collect(),
            transition: self.selection.transition,
        }
    }

    /// What was selected then is selected again.
    fn after_travel(&mut self) {
        let step = self.history.selection();
        self.selection = Selection {
            items: step.items.iter().copied().collect(),
            transition: step.transition,
            ..Selection::default()
        };
        self.settle_selection();
    }

    /// Forgets what no longer exists, and notes the rest with the step.
    fn settle_selection(&mut self) {
        let document = Arc::clone(self.history.present());
        self.selection.keep_existing(&document);
        if !self.history.is_in_gesture() {
            self.history.set_selection(self.step_selection());
        }
    }

    fn select_after(&mut self, edit: &Edit, created: &Created) {
        let document = Arc::clone(self.history.present());
        let brings_items = !matches!(
            edit,
            Edit::Split { .. } | Edit::LiftRange { .. } | Edit::Extract { .. } | Edit::Trim { .. }
        );
        if let Some(transition) = created.transitions.first() {
            self.selection = Selection::of_transition(*transition);
        } else if brings_items && !created.items.is_empty() {
            self.selection = Selection::of_items(&document, created.items.iter().copied());
        }
        self.settle_selection();
    }

    fn amend_with(
        &mut self,
        change: impl Fn(&Document) -> Result<Document, EditError>,
    ) -> Result<(), Problem> {
        self.history.amend(change).map_err(problem_of)
    }
}

/// The item that a take is for, where it is a wish of another length than the take.
fn other_wish(document: &Document, placed: &Placed) -> Option<ItemId> {
    let PlacedTarget::Take { item, take } = &placed.target else {
        return None;
    };
    let (_, found) = document.sequence.item(*item)?;
    let Content::Generated(generated) = &found.content else {
        return None;
    };
    let made = i64::from(take.recipe.num_frames);
    (generated.is_wish() && made != 0 && made != found.count.0).then_some(*item)
}

fn problem_of(error: EditError) -> Problem {
    Problem::from(runtime::Error::from(error))
}

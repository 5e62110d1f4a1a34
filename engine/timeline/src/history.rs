//! Undo as snapshots: every step keeps the whole document, which shares what did not change.
//!
//! Outside of undo is the pool of media: going back never forgets a file, and names are never given twice.

mod gesture;
mod group;
mod size;

use crate::{
    AssetPool, Document, EditError, ItemId, TransitionId,
    edit::{Applied, Edit, apply_edit},
    limits,
};
use gesture::Gesture;
use group::Group;
use size::{cost_bytes, is_same};
use std::{collections::VecDeque, sync::Arc};

/// What is selected; part of every undo step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Items, in the order they were chosen.
    pub items: Vec<ItemId>,
    /// A transition.
    pub transition: Option<TransitionId>,
}

/// One state of the document and how it came to be.
#[derive(Debug, Clone)]
pub struct Step {
    /// What people call the edit that led here.
    pub label: String,
    /// The document then.
    pub document: Arc<Document>,
    /// What was selected then.
    pub selection: Selection,
    /// About how much memory it holds that the step before does not.
    bytes: usize,
}

/// All states that undo and redo can go to.
#[derive(Debug)]
pub struct History {
    /// Never empty; the first one is the oldest state there is a way back to.
    steps: VecDeque<Step>,
    /// The step that shows.
    cursor: usize,
    gesture: Option<Gesture>,
    /// What the last edit was, and when, to merge a quick next one of its kind.
    last: Option<(Group, u64)>,
    /// The newest pool; it only grows.
    assets: Arc<AssetPool>,
    /// Names below this one have been given, in steps that were left behind too.
    next_id: u64,
    saved: Option<Arc<Document>>,
}

impl History {
    /// A history that starts at `document`, which counts as saved; `label` says how it came, such as "Open".
    pub fn new(document: Arc<Document>, label: &str) -> Self {
        Self {
            assets: Arc::clone(&document.assets),
            next_id: document.next_id,
            saved: Some(Arc::clone(&document)),
            steps: VecDeque::from([Step {
                label: label.to_owned(),
                document,
                selection: Selection::default(),
                bytes: 0,
            }]),
            cursor: 0,
            gesture: None,
            last: None,
        }
    }

    /// The document as it is now, a running gesture included.
    pub fn present(&self) -> &Arc<Document> {
        let draft = self.gesture.as_ref().and_then(Gesture::draft);
        draft.unwrap_or(&self.steps[self.cursor].document)
    }

    /// What is selected now.
    pub fn selection(&self) -> &Selection {
        &self.steps[self.cursor].selection
    }

    /// Notes what is selected now; coming back to this step selects it again.
    pub fn set_selection(&mut self, selection: Selection) {
        self.steps[self.cursor].selection = selection;
    }

    /// Makes one edit as one step, with what is selected after it.
    ///
    /// `at_millis` is any clock that only grows: edits of one kind on one thing in quick succession become one step.
    /// A running gesture is committed first. Edits of the media pool alone make no step.
    pub fn edit(
        &mut self,
        edit: &Edit,
        selection: &Selection,
        at_millis: u64,
    ) -> Result<Applied, EditError> {
        self.commit_gesture();
        let applied = apply_edit(&self.base(), edit)?;
        let group = Group::of(edit).map(|group| (group, at_millis));
        let merges = match (&self.last, &group) {
            (Some((last, last_millis)), Some((group, _))) => {
                let is_quick = at_millis.saturating_sub(*last_millis) <= limits::GROUP_MILLIS;
                last == group && is_quick && self.cursor + 1 == self.steps.len()
            }
            (None | Some(_), _) => false,
        };
        let has_changed = self.arrive(Arc::new(applied.document.clone()), edit.label(), merges);
        if has_changed {
            self.last = group;
            self.set_selection(selection.clone());
        }
        Ok(applied)
    }

    /// Begins a drag: from now on edits replace each other until they are committed or given up.
    pub fn begin_gesture(&mut self, label: &str) {
        self.commit_gesture();
        self.gesture = Some(Gesture::new(label));
    }

    /// Whether a drag is going on.
    pub fn is_in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// Shows `edit` of the document as it was when the gesture began; what the gesture did before is forgotten.
    ///
    /// After an error the last good state of the gesture stays. Without a gesture, one begins.
    pub fn update_gesture(&mut self, edit: &Edit) -> Result<(), EditError> {
        let base = self.base();
        let gesture = self
            .gesture
            .get_or_insert_with(|| Gesture::new(edit.label()));
        let applied = apply_edit(&base, edit)?;
        gesture.show(applied.document);
        Ok(())
    }

    /// Makes the gesture a step; whether it was one, since a drag that ends where it began is none.
    pub fn commit_gesture(&mut self) -> bool {
        let Some(gesture) = self.gesture.take() else {
            return false;
        };
        self.last = None;
        let (label, draft) = gesture.into_parts();
        draft.is_some_and(|draft| self.arrive(draft, &label, false))
    }

    /// Gives the gesture up: everything is as it was when it began.
    pub fn cancel_gesture(&mut self) {
        self.gesture = None;
    }

    /// Whether there is a step back.
    pub fn can_undo(&self) -> bool {
        self.cursor > 0
    }

    /// Whether there is a step forward.
    pub fn can_redo(&self) -> bool {
        self.cursor + 1 < self.steps.len()
    }

    /// What undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.can_undo()
            .then(|| self.steps[self.cursor].label.as_str())
    }

    /// What redo would bring back.
    pub fn redo_label(&self) -> Option<&str> {
        let next = self.steps.get(self.cursor + 1)?;
        Some(next.label.as_str())
    }

    /// Goes one step back; whether there was one. A running gesture is given up instead.
    pub fn undo(&mut self) -> bool {
        if self.gesture.is_some() {
            self.cancel_gesture();
            return true;
        }
        self.can_undo() && self.go_to(self.cursor - 1)
    }

    /// Goes one step forward; whether there was one.
    pub fn redo(&mut self) -> bool {
        self.can_redo() && self.go_to(self.cursor + 1)
    }

    /// Every state, oldest first; for the history panel, with [`Self::cursor`] and [`Self::go_to`].
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &Step> {
        self.steps.iter()
    }

    /// Which of [`Self::steps`] shows.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Goes to a state by its position; whether there is one.
    pub fn go_to(&mut self, position: usize) -> bool {
        if position >= self.steps.len() {
            return false;
        }
        self.cancel_gesture();
        self.last = None;
        self.cursor = position;
        let step = &mut self.steps[position];
        if !Arc::ptr_eq(&step.document.assets, &self.assets) {
            let document = Arc::make_mut(&mut step.document);
            document.assets = Arc::clone(&self.assets);
            document.next_id = document.next_id.max(self.next_id);
        }
        true
    }

    /// Changes every state that `change` can be made to, and makes no step: what a job brings belongs to the step that
    /// asked for it, so that undo takes both back and redo brings both.
    ///
    /// All states give what is new the same names. An error, that of the state that shows, says that none could change.
    pub fn amend(
        &mut self,
        change: impl Fn(&Document) -> Result<Document, EditError>,
    ) -> Result<(), EditError> {
        self.commit_gesture();
        self.last = None;
        let (assets, next_id) = (Arc::clone(&self.assets), self.next_id);
        let mut first: Option<(Arc<AssetPool>, u64)> = None;
        let mut error = None;
        for (index, step) in self.steps.iter_mut().enumerate() {
            let base = Document {
                assets: Arc::clone(&assets),
                next_id,
                ..Document::clone(&step.document)
            };
            match change(&base) {
                Ok(mut document) => {
                    let (pool, next_id) = first
                        .get_or_insert_with(|| (Arc::clone(&document.assets), document.next_id));
                    // Equal pools become one, so that states are told apart by what they show.
                    document.assets = Arc::clone(pool);
                    document.next_id = document.next_id.max(*next_id);
                    self.next_id = self.next_id.max(document.next_id);
                    step.document = Arc::new(document);
                }
                Err(err) if index == self.cursor => error = Some(err),
                Err(_cannot_change_here) => {}
            }
        }
        match (first, error) {
            (Some((pool, _)), _) => {
                self.assets = pool;
                Ok(())
            }
            (None, Some(error)) => Err(error),
            (None, None) => Ok(()),
        }
    }

    /// Notes that `document` is what the project file holds.
    pub fn mark_saved(&mut self, document: &Arc<Document>) {
        self.saved = Some(Arc::clone(document));
    }

    /// Notes that no file holds the project as it is, such as after a recovery.
    pub fn mark_unsaved(&mut self) {
        self.saved = None;
    }

    /// Whether something would be lost without saving.
    pub fn is_unsaved(&self) -> bool {
        let saved = self.saved.as_ref();
        !saved.is_some_and(|saved| Arc::ptr_eq(saved, self.present()))
    }

    /// What edits start from: the step that shows, with names that were never given.
    fn base(&self) -> Arc<Document> {
        let document = &self.steps[self.cursor].document;
        if document.next_id >= self.next_id {
            return Arc::clone(document);
        }
        let mut base = Document::clone(document);
        base.next_id = self.next_id;
        Arc::new(base)
    }

    /// Takes a new document in: as a step, into the step that shows, or not at all. Whether it differs from before.
    fn arrive(&mut self, document: Arc<Document>, label: &str, merges: bool) -> bool {
        let current = &mut self.steps[self.cursor];
        let is_edited = current.document.name != document.name
            || !is_same(&current.document.sequence, &document.sequence);
        let has_new_media = !Arc::ptr_eq(&current.document.assets, &document.assets);
        if !is_edited && !has_new_media {
            return false;
        }
        self.assets = Arc::clone(&document.assets);
        self.next_id = self.next_id.max(document.next_id);
        if !is_edited || merges {
            current.document = document;
            return true;
        }
        let bytes = cost_bytes(&current.document, &document);
        let selection = current.selection.clone();
        self.steps.truncate(self.cursor + 1);
        self.steps.push_back(Step {
            label: label.to_owned(),
            document,
            selection,
            bytes,
        });
        self.cursor += 1;
        self.forget_oldest();
        true
    }

    fn forget_oldest(&mut self) {
        let mut bytes: usize = self.steps.iter().map(|step| step.bytes).sum();
        while self.steps.len() > limits::HISTORY_STEPS_MAX + 1
            || (bytes > limits::HISTORY_BYTES_MAX
                && self.steps.len() > limits::HISTORY_STEPS_MIN + 1)
        {
            if let Some(oldest) = self.steps.pop_front() {
                bytes -= oldest.bytes;
                self.cursor -= 1;
            }
        }
    }
}

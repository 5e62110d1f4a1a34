//! A drag: many tries, one step.

use crate::Document;
use std::sync::Arc;

/// A drag that is going on.
#[derive(Debug)]
pub(super) struct Gesture {
    label: String,
    draft: Option<Arc<Document>>,
}

impl Gesture {
    pub fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            draft: None,
        }
    }

    /// What shows while it goes on; `None` before its first update.
    pub fn draft(&self) -> Option<&Arc<Document>> {
        self.draft.as_ref()
    }

    pub fn show(&mut self, document: Document) {
        self.draft = Some(Arc::new(document));
    }

    pub fn into_parts(self) -> (String, Option<Arc<Document>>) {
        (self.label, self.draft)
    }
}

//! The autosave thread: the newest document is on the disk within a second of an edit.

use crate::{
    Event, Problem, Revision,
    limits::AUTOSAVE_MILLIS,
    outbox::Outbox,
    project_file::{project_text, save_project, write_whole},
};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::Document;

/// What the autosave thread is told.
#[derive(Debug)]
pub enum SaveOrder {
    /// The project lives here; `None` while it was never saved.
    Project(Option<PathBuf>),
    /// This is the document now.
    Changed(Revision, Arc<Document>),
    /// Write it now, here.
    Save(PathBuf, Arc<Document>, Revision),
}

/// Waits for changes and writes them, until the sender is gone; what is unsaved then is written first.
pub fn autosave_thread(orders: &Receiver<SaveOrder>, recovery_file: &Path, outbox: &Outbox) {
    let mut state = Autosave {
        project: None,
        recovery_file: recovery_file.to_owned(),
        unsaved: None,
        due: None,
        outbox: outbox.clone(),
    };
    loop {
        let order = match state.due {
            None => orders
                .recv()
                .map_err(|_closed| RecvTimeoutError::Disconnected),
            Some(due) => orders.recv_deadline(due),
        };
        match order {
            Ok(order) => state.take(order),
            Err(RecvTimeoutError::Timeout) => state.write(),
            Err(RecvTimeoutError::Disconnected) => {
                state.write();
                return;
            }
        }
    }
}

struct Autosave {
    project: Option<PathBuf>,
    recovery_file: PathBuf,
    unsaved: Option<(Revision, Arc<Document>)>,
    /// When the oldest unsaved change must be on the disk.
    due: Option<Instant>,
    outbox: Outbox,
}

impl Autosave {
    fn take(&mut self, order: SaveOrder) {
        match order {
            SaveOrder::Project(path) => self.project = path,
            SaveOrder::Changed(revision, document) => {
                // Later changes ride along; they do not put off the first one.
                self.due
                    .get_or_insert_with(|| Instant::now() + Duration::from_millis(AUTOSAVE_MILLIS));
                self.unsaved = Some((revision, document));
            }
            SaveOrder::Save(path, document, revision) => {
                let saved = save_project(&path, &document);
                match saved {
                    Ok(()) => {
                        self.outbox.send(Event::Saved {
                            path: path.clone(),
                            revision,
                            is_autosave: false,
                        });
                        if self
                            .unsaved
                            .as_ref()
                            .is_some_and(|(unsaved, _)| *unsaved <= revision)
                        {
                            (self.unsaved, self.due) = (None, None);
                        }
                        self.project = Some(path);
                        self.forget_recovery();
                    }
                    Err(error) => self.outbox.send(Event::Failed(Problem::from(error))),
                }
            }
        }
    }

    fn write(&mut self) {
        self.due = None;
        let Some((revision, document)) = self.unsaved.take() else {
            return;
        };
        let (path, saved) = match &self.project {
            Some(project) => (project.clone(), save_project(project, &document)),
            None => (
                self.recovery_file.clone(),
                project_text(&self.recovery_file, &document)
                    .and_then(|text| write_whole(&self.recovery_file, text.as_bytes())),
            ),
        };
        match saved {
            Ok(()) => self.outbox.send(Event::Saved {
                path,
                revision,
                is_autosave: true,
            }),
            Err(error) => self.outbox.send(Event::Failed(Problem::from(error))),
        }
    }

    /// A saved project needs no recovery file; that there may be none is no matter.
    fn forget_recovery(&self) {
        std::fs::remove_file(&self.recovery_file).ok();
    }
}

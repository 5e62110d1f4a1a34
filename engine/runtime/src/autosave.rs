//! The autosave thread: the newest document is on the disk within a second of an edit.

use crate::{
    Event, JobId, Problem, Revision,
    error::Result,
    jobs::JobQueue,
    limits::AUTOSAVE_MILLIS,
    outbox::Outbox,
    project_file::{folder_of, project_text, save_project, with_whole_paths, write_whole},
    queue_file::{StoredQueue, queue_path, save_queue},
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
    /// The project lives here; `None` while it was never saved. What was left to do in the one before, if its file
    /// holds something else.
    Project(Option<PathBuf>, Option<StoredQueue>),
    /// This is the document now.
    Changed(Revision, Arc<Document>),
    /// The queue has changed.
    Queue,
    /// What a job made is in the document that was told last.
    Settled(JobId),
    /// Write it now, here.
    Save(PathBuf, Arc<Document>, Revision),
}

/// Waits for changes and writes them, until the sender is gone; what is unsaved then is written first.
pub fn autosave_thread(
    orders: &Receiver<SaveOrder>,
    recovery_file: &Path,
    queue: &JobQueue,
    outbox: &Outbox,
) {
    let mut state = Autosave {
        project: None,
        home: None,
        recovery_file: recovery_file.to_owned(),
        queue,
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

struct Autosave<'a> {
    project: Option<PathBuf>,
    /// The folder that relative paths of the document start at: that of the project as it was opened.
    home: Option<PathBuf>,
    recovery_file: PathBuf,
    queue: &'a JobQueue,
    unsaved: Option<(Revision, Arc<Document>)>,
    /// When the oldest unsaved change must be on the disk.
    due: Option<Instant>,
    outbox: Outbox,
}

impl Autosave<'_> {
    fn take(&mut self, order: SaveOrder) {
        match order {
            SaveOrder::Project(path, left) => self.leave_for(path, left.as_ref()),
            SaveOrder::Changed(revision, document) => {
                self.be_due();
                self.unsaved = Some((revision, document));
            }
            SaveOrder::Queue => self.be_due(),
            SaveOrder::Settled(job) => {
                self.queue.settle(job);
                self.be_due();
            }
            SaveOrder::Save(path, document, revision) => {
                let saved = self.save_at(&path, &document);
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
                        // The queue lies beside the project, wherever that is.
                        self.queue.mark_unsaved();
                        self.be_due();
                        self.forget_recovery();
                    }
                    Err(error) => self.outbox.send(Event::Failed(Problem::from(error))),
                }
            }
        }
    }

    /// Later changes ride along; they do not put off the first one.
    fn be_due(&mut self) {
        self.due
            .get_or_insert_with(|| Instant::now() + Duration::from_millis(AUTOSAVE_MILLIS));
    }

    /// Another project is open: what the one before still misses is written first. One that was never saved was given
    /// up, else it would have a place.
    fn leave_for(&mut self, path: Option<PathBuf>, left: Option<&StoredQueue>) {
        if self.project.is_some() {
            self.write_document();
            if let Some(left) = left {
                self.write_queue(left);
            }
        }
        (self.unsaved, self.due) = (None, None);
        self.home = path.as_deref().map(|path| folder_of(path).to_owned());
        self.project = path;
    }

    /// Writes a project file. In another folder than the one it was opened from, relative paths would lead nowhere and are
    /// written whole.
    fn save_at(&self, project: &Path, document: &Document) -> Result<()> {
        match &self.home {
            Some(home) if home != folder_of(project) => {
                save_project(project, &with_whole_paths(document, home)?)
            }
            Some(_) | None => save_project(project, document),
        }
    }

    /// The document first: what a job made leaves the queue only when the project file holds it.
    fn write(&mut self) {
        self.due = None;
        if !self.write_document() {
            return;
        }
        if let Some(queue) = self.queue.take_unsaved()
            && !self.write_queue(&queue)
        {
            self.queue.mark_unsaved();
        }
    }

    fn write_queue(&self, queue: &StoredQueue) -> bool {
        let project = self.project.as_ref().unwrap_or(&self.recovery_file);
        match save_queue(project, queue) {
            Ok(()) => true,
            Err(error) => {
                self.outbox.send(Event::Failed(Problem::from(error)));
                false
            }
        }
    }

    /// Writes what is unsaved; whether the disk holds the document now.
    fn write_document(&mut self) -> bool {
        let Some((revision, document)) = self.unsaved.take() else {
            return true;
        };
        let (path, saved) = match &self.project {
            Some(project) => (project.clone(), self.save_at(project, &document)),
            None => (
                self.recovery_file.clone(),
                project_text(&self.recovery_file, &document)
                    .and_then(|text| write_whole(&self.recovery_file, text.as_bytes())),
            ),
        };
        match saved {
            Ok(()) => {
                self.outbox.send(Event::Saved {
                    path,
                    revision,
                    is_autosave: true,
                });
                true
            }
            Err(error) => {
                self.outbox.send(Event::Failed(Problem::from(error)));
                false
            }
        }
    }

    /// A saved project needs no recovery file, nor a queue beside it; that there may be none is no matter.
    fn forget_recovery(&self) {
        std::fs::remove_file(&self.recovery_file).ok();
        std::fs::remove_file(queue_path(&self.recovery_file)).ok();
    }
}

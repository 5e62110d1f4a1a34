//! The queue: what jobs are called, held, replaced, and taken up again after the program was closed.

use crate::{
    app::StudioApp,
    jobs::{Job, JobKind, JobState},
};
use runtime::{Command, JobId, JobRequest, queue_file::StoredQueue};
use std::sync::Arc;
use timeline::ItemId;

impl StudioApp {
    /// Which sort of job a request is, and what people call it.
    pub(super) fn job_kind(&self, request: &JobRequest) -> (JobKind, String) {
        match request {
            JobRequest::Generate { item } => {
                (JobKind::Generate { item: *item }, self.take_label(*item))
            }
            JobRequest::Background { item, .. } => {
                let found = self.editor.document().sequence.item(*item);
                let was_found = found.is_some_and(|(_, item)| item.properties.background.is_some());
                let what = if was_found {
                    "Update matte"
                } else {
                    "Find subject"
                };
                let label = format!("{what} of {}", self.item_label(*item));
                (JobKind::Background { item: *item }, label)
            }
            JobRequest::Backdrop { item, .. } => {
                let label = format!("Background of {} from words", self.item_label(*item));
                (JobKind::Background { item: *item }, label)
            }
            JobRequest::Inspect { item } => {
                let label = format!("Look through {}", self.item_label(*item));
                (JobKind::Inspect { item: *item }, label)
            }
            JobRequest::Captions { item, .. } => {
                let label = format!("Captions of {}", self.item_label(*item));
                (JobKind::Captions { item: *item }, label)
            }
            JobRequest::CleanSpeech { item } => {
                let label = format!("Clean speech of {}", self.item_label(*item));
                (JobKind::CleanSpeech { item: *item }, label)
            }
            JobRequest::Export(request) => {
                let name = request.path.file_name().unwrap_or_default();
                let label = format!("Export {}", name.to_string_lossy());
                let path = request.path.clone();
                (JobKind::Export { path }, label)
            }
        }
    }

    fn item_label(&self, item: ItemId) -> &str {
        let found = self.editor.document().sequence.item(item);
        found.map_or("", |(_, item)| &item.label)
    }

    /// What the job of an item's take is called.
    fn take_label(&self, item: ItemId) -> String {
        let Some((item, generated)) = self.editor.generated(item) else {
            return "Generate".to_owned();
        };
        let frames = item.count.0;
        let plural = if frames == 1 { "" } else { "s" };
        let care = generated.recipe.draft.map_or("", |_draft| "Final: ");
        let takes = self.jobs.take_suffix(item.id, generated.takes.len());
        let what = generated.purpose.label();
        format!("{care}{what} {frames} frame{plural}{takes}")
    }

    /// Holds the queue, or lets it go on.
    pub(super) fn hold_queue(&mut self, is_paused: bool) {
        self.jobs.is_paused = is_paused;
        self.send(Command::PauseQueue { is_paused });
    }

    /// Asks again for what a job makes, by what its item says now, and stops the job.
    pub(super) fn replace_job(&mut self, id: JobId) {
        let Some(old) = self.jobs.find(id).cloned() else {
            return;
        };
        let JobKind::Generate { item } = old.kind else {
            return;
        };
        let place = self.waiting_place(id).unwrap_or(0);
        let document = Arc::clone(self.editor.document());
        let Some(new) = self.queue_on(JobRequest::Generate { item }, document) else {
            return;
        };
        self.jobs.note_replaced(new, &old.label);
        if old.was_stale {
            self.jobs.note_stale(new);
        }
        self.jobs.move_to(new, place);
        self.send(Command::MoveJob {
            job: new,
            to: place,
        });
        self.send(Command::Cancel { job: id });
    }

    fn waiting_place(&self, id: JobId) -> Option<usize> {
        let is_waiting = |job: &&Job| job.state == JobState::Waiting;
        let mut waiting = self.jobs.open().iter().filter(is_waiting);
        waiting.position(|job| job.id == id)
    }

    /// Takes up what was left to do when the project was open last.
    pub(super) fn resume_queue(&mut self, queue: StoredQueue) {
        let queue = queue.on(self.editor.document());
        if queue.is_paused {
            self.hold_queue(true);
        }
        let mut count = 0;
        for stored in queue.jobs {
            if stored.is_ahead {
                self.wish_again(&stored.request);
                continue;
            }
            let asked = match (&stored.request, stored.recipe) {
                (JobRequest::Generate { item }, Some(recipe)) => self.editor.asking(*item, *recipe),
                _ => Ok(Arc::clone(self.editor.document())),
            };
            if let Some(document) = self.tell(asked)
                && self.queue_on(stored.request, document).is_some()
            {
                count += 1;
            }
        }
        let summary = match count {
            0 => return,
            1 => "1 job goes on from last time".to_owned(),
            count => format!("{count} jobs go on from last time"),
        };
        self.notices.success(summary, Vec::new(), None);
    }

    /// A draft that nobody asked for was not finished: it is made when nobody does anything once more.
    fn wish_again(&mut self, request: &JobRequest) {
        if let JobRequest::Generate { item } = request {
            let ended = self.editor.end_request(*item, false);
            self.tell(ended);
        }
    }
}

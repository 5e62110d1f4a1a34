//! What the engine tells, taken in.

use crate::{
    app::StudioApp,
    inbox::Known,
    jobs::{Job, JobKind, JobState},
    limits::EVENTS_PER_FRAME_MAX,
    panels::{Dialog, damage::DamageState},
};
use runtime::{Command, Event, JobId, JobOutcome, Problem, Revision, inspect::Finding};
use std::path::{Path, PathBuf};
use timeline::{Asset, Edit, ItemId};

impl StudioApp {
    /// Takes in what the engine told since the last frame.
    pub(super) fn drain_events(&mut self, ctx: &egui::Context) {
        for _ in 0..EVENTS_PER_FRAME_MAX {
            let Some(event) = self.next_event() else {
                return;
            };
            let known = Known {
                document: self.editor.document(),
                jobs: &self.jobs,
            };
            if let Some(event) = self.inbox.accept(event, &known) {
                self.take_event(ctx, event);
            }
        }
        // There may be more; the next frame comes at once.
        ctx.request_repaint();
    }

    /// The next event that may be taken in now: what changes the document waits until a drag has ended, since a drag
    /// always starts from the document as it was when it began.
    fn next_event(&mut self) -> Option<Event> {
        if !self.editor.is_in_gesture() {
            return self.inbox.take_held().or_else(|| self.engine.try_recv());
        }
        while !self.inbox.is_full() {
            if let Some(event) = self.inbox.hold(self.engine.try_recv()?) {
                return Some(event);
            }
        }
        None
    }

    fn take_event(&mut self, ctx: &egui::Context, event: Event) {
        match event {
            Event::Playhead { frame } => self.transport.playhead = frame,
            Event::Playback {
                state,
                dropped_frames,
                clock,
            } => {
                self.transport.state = state;
                self.transport.dropped_frames = dropped_frames;
                self.transport.clock = clock;
            }
            Event::FrameReady {
                picture, compared, ..
            } => {
                self.pictures.put_viewer(ctx, &picture);
                self.pictures.put_compared(ctx, compared.as_deref());
            }
            Event::Imported { path, asset } => self.take_imported(&path, &asset),
            Event::ThumbnailReady {
                asset,
                time,
                picture,
            } => self.pictures.put_thumbnail(ctx, asset, time, &picture),
            Event::WaveformReady { asset, peaks } => self.pictures.put_waveform(asset, peaks),
            Event::Described { number, answer } => self.panels.asking.take_answer(number, answer),
            Event::JobProgress { job, mut progress } => {
                if let Some(preview) = progress.preview.take() {
                    self.pictures.put_preview(ctx, job, &preview);
                }
                self.jobs.progress(job, progress);
            }
            Event::JobFinished { job, outcome } => self.take_outcome(job, outcome),
            Event::JobFailed { job, problem } => {
                self.end_job(job, JobState::Failed(problem.clone()));
                if !self.note_ahead_failed(job) {
                    self.notices.problem(problem);
                }
            }
            Event::JobCancelled { job } => self.end_job(job, JobState::Cancelled),
            Event::Saved {
                path,
                revision,
                is_autosave,
            } => self.take_saved(ctx, path, revision, is_autosave),
            Event::Models(news) => self.panels.models.take(news),
            Event::Failed(problem) => {
                self.project.after_save = None;
                self.notices.problem(problem);
            }
        }
    }

    /// A file was looked into: it becomes an asset, or tells where a missing one is now.
    fn take_imported(&mut self, path: &Path, asset: &Asset) {
        if let Some((missing, fingerprint)) = self.project.relinks.remove(path) {
            self.relink(path, missing, fingerprint, asset);
            return;
        }
        let known = self
            .editor
            .document()
            .assets
            .find_fingerprint(asset.fingerprint);
        if let Some(known) = known {
            let name = known.name.clone();
            self.notices.problem(Problem::warning(
                format!("{} is in the project already", asset.name),
                format!("Its content is that of \"{name}\""),
            ));
            return;
        }
        let edit = Edit::AddAsset {
            fingerprint: asset.fingerprint,
            path: asset.path.clone(),
            name: asset.name.clone(),
            info: Box::new(asset.info.clone()),
            is_generated: asset.is_generated,
        };
        let result = self.editor.edit(&edit);
        self.tell(result);
        self.sync_document();
    }

    fn take_outcome(&mut self, id: JobId, outcome: JobOutcome) {
        match outcome {
            JobOutcome::Place(placed) => {
                let same = self.editor.same_take(&placed);
                let result = self.place(id, &placed);
                match result {
                    Ok(()) => {
                        let label = self.jobs.find(id).map(|job| job.label.clone());
                        let label = label.unwrap_or_default();
                        self.end_job(id, JobState::Done(Vec::new()));
                        let summary = match same {
                            Some(number) => format!("{label}: the same as take {number}"),
                            None => format!("{label} is done"),
                        };
                        self.notices.success(summary, Vec::new(), None);
                    }
                    Err(problem) => {
                        self.end_job(id, JobState::Failed(problem.clone()));
                        self.notices.problem(problem);
                    }
                }
            }
            JobOutcome::Inspected { item, findings } => self.take_findings(id, item, findings),
            JobOutcome::Heard { item, transcript } => self.take_transcript(id, item, &transcript),
            JobOutcome::Exported { path, notes } => {
                self.end_job(id, JobState::Done(notes.clone()));
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                self.notices
                    .success(format!("Exported {name}"), notes, Some(path.clone()));
            }
        }
        self.sync_document();
        // The engine keeps the job until this document is on the disk.
        self.send(Command::SettleJob { job: id });
    }

    /// A clip was looked through: what was found is offered to be made anew.
    fn take_findings(&mut self, id: JobId, item: ItemId, findings: Vec<Finding>) {
        let text = match findings.len() {
            0 => "Every frame looks whole".to_owned(),
            1 => "One place looks damaged".to_owned(),
            many => format!("{many} places look damaged"),
        };
        self.end_job(id, JobState::Done(vec![text.clone()]));
        let found = self.editor.document().sequence.item(item);
        match found.map(|(track, item)| (track.id, item.label.clone())) {
            Some((track, name)) if !findings.is_empty() => {
                self.panels.dialog = Some(Dialog::Damage(DamageState {
                    track,
                    name,
                    findings,
                }));
            }
            Some(_) | None => self.notices.success(text, Vec::new(), None),
        }
    }

    /// A take belongs to the step that asked for it; a swapped background and cleaned speech are steps of their
    /// own, since nothing in the document changed while they were made.
    fn place(&mut self, id: JobId, placed: &runtime::Placed) -> Result<(), Problem> {
        match self.jobs.find(id).map(|job| &job.kind) {
            Some(JobKind::Background { .. } | JobKind::CleanSpeech { .. }) => {
                self.editor.add_placed(placed)
            }
            Some(
                JobKind::Generate { .. }
                | JobKind::Inspect { .. }
                | JobKind::Captions { .. }
                | JobKind::Export { .. },
            )
            | None => self.editor.amend(placed),
        }
    }

    pub(super) fn end_job(&mut self, id: JobId, state: JobState) {
        self.pictures.forget_preview(id);
        let was_made = matches!(state, JobState::Done(_));
        let Some(job) = self.jobs.end(id, state) else {
            return;
        };
        if !was_made {
            self.forget_request(&job);
        }
    }

    /// What was not made is only wished for: it can be asked for again, or taken away.
    fn forget_request(&mut self, job: &Job) {
        let JobKind::Generate { item } = job.kind else {
            return;
        };
        if self.jobs.of_item(item).is_some() {
            // Another take of it is still to come.
            return;
        }
        let result = self.editor.end_request(item, job.was_stale);
        self.tell(result);
    }

    fn take_saved(
        &mut self,
        ctx: &egui::Context,
        path: PathBuf,
        revision: Revision,
        is_autosave: bool,
    ) {
        if is_autosave && self.project.path.is_none() {
            // Into the recovery file: the project still has no place of its own.
            return;
        }
        self.editor.mark_saved(revision);
        if is_autosave {
            return;
        }
        let remembered = self.project.remember(&path);
        if let Err(error) = remembered {
            self.notices.problem(
                Problem::warning(
                    "The list of recent projects could not be written",
                    "The project itself is saved",
                )
                .with_cause(&error),
            );
        }
        self.project.path = Some(path);
        if let Some(then) = self.project.after_save.take() {
            self.apply_action(ctx, then);
        }
    }
}

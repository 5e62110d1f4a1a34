//! The job queue: bounded, in order, each job cancellable at any moment, true progress.
//!
//! Two workers share it. Generation takes the models one at a time; an export need not wait for them. What is left to
//! do is kept beside the project (see [`crate::queue_file`]), so that it outlives the program.

use crate::{
    Error, Event, JobId, JobOutcome, JobProgress, JobRequest, Problem,
    autosave::SaveOrder,
    background::{SwapWish, backdrop_from_words, matte_clip},
    captions::captions_of_item,
    clean_speech::clean_item,
    error::Result,
    export::{TELL_INTERVAL, export},
    folders::Folders,
    generate::Studio,
    inspect::inspect_item,
    limits::{IDLE_WEIGHTS_SECONDS, JOB_QUEUE_MAX},
    outbox::Outbox,
    pace::PaceBook,
    queue_file::{StoredJob, StoredQueue},
};
use crossbeam_channel::Sender;
use std::{
    collections::VecDeque,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use timeline::Document;

/// Which worker does a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// Runs networks.
    Generation,
    /// Writes files.
    Export,
}

/// A job that waits.
struct Waiting {
    job: JobId,
    stored: StoredJob,
    document: Arc<Document>,
    folders: Folders,
}

/// A job at work.
struct Running {
    job: JobId,
    stored: StoredJob,
    /// Its stop sign.
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// Done, but what they made may not be on the disk yet.
    made: Vec<(JobId, StoredJob)>,
    running: Vec<Running>,
    waiting: VecDeque<Waiting>,
    is_paused: bool,
    is_closed: bool,
    /// Whether the disk holds something else.
    is_unsaved: bool,
    /// Who writes it down; nobody once the queue is closed.
    keeper: Option<Sender<SaveOrder>>,
}

impl State {
    fn stored(&self) -> StoredQueue {
        let made = self.made.iter().map(|(_, stored)| stored);
        let running = self.running.iter().map(|running| &running.stored);
        let waiting = self.waiting.iter().map(|waiting| &waiting.stored);
        StoredQueue {
            is_paused: self.is_paused,
            jobs: made.chain(running).chain(waiting).cloned().collect(),
        }
    }

    /// The disk holds another queue now.
    fn note_change(&mut self) {
        self.is_unsaved = true;
        if let Some(keeper) = &self.keeper {
            // A keeper with much to do looks at the queue after each thing it writes anyway.
            keeper.try_send(SaveOrder::Queue).ok();
        }
    }
}

/// The queue that the window fills and the workers empty.
pub struct JobQueue {
    state: Mutex<State>,
    changed: Condvar,
    outbox: Outbox,
    pace: PaceBook,
    /// Whether models that can shall show what they are making.
    shows_previews: AtomicBool,
}

impl JobQueue {
    /// An empty queue that reports to `outbox`, is written down by whoever listens to `keeper`, and notes how long takes
    /// took in `pace`.
    pub fn new(outbox: Outbox, keeper: Sender<SaveOrder>, pace: PaceBook) -> Self {
        Self {
            state: Mutex::new(State {
                keeper: Some(keeper),
                ..State::default()
            }),
            changed: Condvar::new(),
            outbox,
            pace,
            shows_previews: AtomicBool::new(false),
        }
    }

    /// Whether models that can shall show rough pictures of what they make, from the next job on.
    pub fn show_previews(&self, is_on: bool) {
        self.shows_previews.store(is_on, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements, so a worker's panic cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end.
    pub fn push(
        &self,
        job: JobId,
        stored: StoredJob,
        document: Arc<Document>,
        folders: Folders,
    ) -> Result<(), Problem> {
        let mut state = self.lock();
        if state.waiting.len() >= JOB_QUEUE_MAX {
            return Err(Problem::error(
                format!("The queue is full with {JOB_QUEUE_MAX} jobs"),
                "Wait for some to finish, or cancel some",
            ));
        }
        state.waiting.push_back(Waiting {
            job,
            stored,
            document,
            folders,
        });
        state.note_change();
        self.changed.notify_all();
        Ok(())
    }

    /// Stops a job, waiting or running. One that has just ended is left alone.
    pub fn cancel(&self, job: JobId) {
        let mut state = self.lock();
        if let Some(index) = state.waiting.iter().position(|waiting| waiting.job == job) {
            state.waiting.remove(index);
            state.note_change();
            drop(state);
            self.outbox.send(Event::JobCancelled { job });
        } else if let Some(running) = state.running.iter().find(|running| running.job == job) {
            running.stop.store(true, Ordering::Relaxed);
            // It may be held.
            self.changed.notify_all();
        }
    }

    /// Holds the queue or lets it go on. What runs is held at its next step.
    pub fn pause(&self, is_paused: bool) {
        let mut state = self.lock();
        if state.is_paused != is_paused {
            state.is_paused = is_paused;
            state.note_change();
            self.changed.notify_all();
        }
    }

    /// What a job made is in the project file: it need not be kept any longer.
    pub fn settle(&self, job: JobId) {
        let mut state = self.lock();
        let count = state.made.len();
        state.made.retain(|(made, _)| *made != job);
        state.is_unsaved |= state.made.len() != count;
    }

    /// What is to be written down, if the disk holds something else.
    pub fn take_unsaved(&self) -> Option<StoredQueue> {
        let mut state = self.lock();
        std::mem::take(&mut state.is_unsaved).then(|| state.stored())
    }

    /// It could not be written down: it is tried again with the next change.
    pub fn mark_unsaved(&self) {
        self.lock().is_unsaved = true;
    }

    /// Stops everything and empties the queue for another project; what was left to do comes back if the disk does
    /// not hold it.
    pub fn put_aside(&self) -> Option<StoredQueue> {
        let mut state = self.lock();
        let left = std::mem::take(&mut state.is_unsaved).then(|| state.stored());
        for running in &state.running {
            running.stop.store(true, Ordering::Relaxed);
        }
        (state.made, state.running) = (Vec::new(), Vec::new());
        state.waiting.clear();
        state.is_paused = false;
        self.changed.notify_all();
        left
    }

    /// Moves a waiting job to another place.
    pub fn move_job(&self, job: JobId, to: usize) {
        let mut state = self.lock();
        if let Some(index) = state.waiting.iter().position(|waiting| waiting.job == job)
            && let Some(moved) = state.waiting.remove(index)
        {
            let to = to.min(state.waiting.len());
            state.waiting.insert(to, moved);
            state.note_change();
        }
    }

    /// Stops everything; workers end when their job has stopped. What was left to do stays on the disk.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.keeper = None;
        for running in &state.running {
            running.stop.store(true, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    /// Does this worker's jobs, in order, until the queue is closed.
    pub fn work(&self, worker: Worker) {
        let mut studio = Studio::with_pace(self.pace.clone());
        while let Some((waiting, stop)) = self.next(worker, || studio.release()) {
            let job = waiting.job;
            let mut news = News::default();
            studio.shows_previews = self.shows_previews.load(Ordering::Relaxed);
            let mut on_progress = |mut progress: JobProgress| {
                self.hold_while_paused(&stop);
                if stop.load(Ordering::Relaxed) {
                    return ControlFlow::Break(());
                }
                if news.is_due(&progress) {
                    let preview = progress.preview.take();
                    progress.preview = preview.map(|preview| compositor::to_rgba(&preview));
                    self.outbox.send(Event::JobProgress { job, progress });
                }
                ControlFlow::Continue(())
            };
            let run = || run_job(&waiting, &mut studio, &mut on_progress);
            let result = catch_unwind(AssertUnwindSafe(run));
            if result.is_err() {
                // Whatever it was in the middle of is not to be trusted.
                studio = Studio::with_pace(self.pace.clone());
            }
            self.note_end(job, matches!(result, Ok(Ok(JobOutcome::Place(_)))));
            self.outbox.send(match result {
                Ok(Ok(outcome)) => Event::JobFinished { job, outcome },
                Ok(Err(Error::Cancelled)) => Event::JobCancelled { job },
                Ok(Err(error)) => Event::JobFailed {
                    job,
                    problem: Problem::from(error),
                },
                Err(panic) => Event::JobFailed {
                    job,
                    problem: Problem::internal(panic_text(&*panic)),
                },
            });
        }
    }

    /// Waits as long as the queue is held, unless the job is to stop.
    fn hold_while_paused(&self, stop: &AtomicBool) {
        let mut state = self.lock();
        while state.is_paused && !state.is_closed && !stop.load(Ordering::Relaxed) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job is no longer at work. What made something is kept until that is on the disk too.
    fn note_end(&self, job: JobId, has_made: bool) {
        let mut state = self.lock();
        if state.is_closed {
            // Whatever was stopped by the program's end goes on when it starts again.
            return;
        }
        let Some(index) = state.running.iter().position(|running| running.job == job) else {
            // It was put aside.
            return;
        };
        let ended = state.running.remove(index);
        if has_made {
            state.made.push((job, ended.stored));
        }
        state.note_change();
    }

    /// Waits for this worker's next job; `None` when the queue is closed. `when_idle` is called once if that takes long.
    fn next(
        &self,
        worker: Worker,
        mut when_idle: impl FnMut(),
    ) -> Option<(Waiting, Arc<AtomicBool>)> {
        let mut state = self.lock();
        let mut is_idle = false;
        loop {
            if state.is_closed {
                return None;
            }
            let found = state
                .waiting
                .iter()
                .position(|waiting| worker_of(&waiting.stored.request) == worker)
                .filter(|_| !state.is_paused);
            if let Some(waiting) = found.and_then(|index| state.waiting.remove(index)) {
                let stop = Arc::new(AtomicBool::new(false));
                state.running.push(Running {
                    job: waiting.job,
                    stored: waiting.stored.clone(),
                    stop: Arc::clone(&stop),
                });
                return Some((waiting, stop));
            }
            if is_idle {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let limit = Duration::from_secs(IDLE_WEIGHTS_SECONDS);
            let (again, waited) = self
                .changed
                .wait_timeout(state, limit)
                .unwrap_or_else(PoisonError::into_inner);
            state = again;
            if waited.timed_out() {
                is_idle = true;
                when_idle();
            }
        }
    }
}

/// Networks tell every layer; a window draws no faster than this.
#[derive(Default)]
struct News {
    told: Option<(Instant, String)>,
}

impl News {
    /// Whether progress is worth telling: something else is done now, it is done, there is something to see, or a moment
    /// has passed.
    fn is_due(&mut self, progress: &JobProgress) -> bool {
        let is_old = self.told.as_ref().is_none_or(|(when, label)| {
            *label != progress.label || when.elapsed() >= TELL_INTERVAL
        });
        let is_due = is_old || progress.done >= progress.total || progress.preview.is_some();
        if is_due {
            self.told = Some((Instant::now(), progress.label.clone()));
        }
        is_due
    }
}

fn worker_of(request: &JobRequest) -> Worker {
    match request {
        JobRequest::Generate { .. }
        | JobRequest::Background { .. }
        | JobRequest::Backdrop { .. }
        | JobRequest::Captions { .. }
        | JobRequest::CleanSpeech { .. } => Worker::Generation,
        // Looking through a clip runs no network, so it need not wait for those that do.
        JobRequest::Export(_) | JobRequest::Inspect { .. } => Worker::Export,
    }
}

fn run_job(
    waiting: &Waiting,
    studio: &mut Studio,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> Result<JobOutcome> {
    let Waiting {
        stored,
        document,
        folders,
        ..
    } = waiting;
    match &stored.request {
        JobRequest::Generate { item } => {
            let made = studio.take(document, *item, folders, on_progress)?;
            Ok(JobOutcome::Place(Box::new(made.placed)))
        }
        JobRequest::Background { item, fill } => Ok(JobOutcome::Place(Box::new(matte_clip(
            document,
            *item,
            &SwapWish::new(fill.clone()),
            folders,
            on_progress,
        )?))),
        JobRequest::Backdrop { item, recipe } => {
            let asked = (*item, &**recipe);
            let placed = backdrop_from_words(studio, document, asked, folders, on_progress)?;
            Ok(JobOutcome::Place(Box::new(placed)))
        }
        JobRequest::Inspect { item } => Ok(JobOutcome::Inspected {
            item: *item,
            findings: inspect_item(document, *item, folders, on_progress)?,
        }),
        JobRequest::Captions { item, language } => {
            let asked = (*item, language.clone());
            let transcript = captions_of_item(document, asked, folders, on_progress)?;
            Ok(JobOutcome::Heard {
                item: *item,
                transcript: Box::new(transcript),
            })
        }
        JobRequest::CleanSpeech { item } => {
            let placed = clean_item(document, *item, folders, on_progress)?;
            Ok(JobOutcome::Place(Box::new(placed)))
        }
        JobRequest::Export(request) => {
            let summary = export(document, &folders.media, request, on_progress)?;
            Ok(JobOutcome::Exported {
                path: summary.path,
                notes: summary.notes,
            })
        }
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a worker stopped".into())
}

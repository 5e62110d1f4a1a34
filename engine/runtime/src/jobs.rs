//! The job queue: bounded, in order, each job cancellable at any moment, true progress.
//!
//! Two workers share it. Generation takes the models one at a time; an export need not wait for them.

use crate::{
    Error, Event, JobId, JobOutcome, JobProgress, JobRequest, Problem,
    background::matte_clip,
    error::Result,
    export::{TELL_INTERVAL, export},
    folders::Folders,
    generate::Studio,
    limits::{IDLE_WEIGHTS_SECONDS, JOB_QUEUE_MAX},
    outbox::Outbox,
};
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
    request: JobRequest,
    document: Arc<Document>,
    folders: Folders,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// The jobs at work and their stop signs.
    running: Vec<(JobId, Arc<AtomicBool>)>,
    is_closed: bool,
}

/// The queue that the window fills and the workers empty.
pub struct JobQueue {
    state: Mutex<State>,
    changed: Condvar,
    outbox: Outbox,
}

impl JobQueue {
    /// An empty queue that reports to `outbox`.
    pub fn new(outbox: Outbox) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            outbox,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements, so a worker's panic cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end.
    pub fn push(
        &self,
        job: JobId,
        request: JobRequest,
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
            request,
            document,
            folders,
        });
        self.changed.notify_all();
        Ok(())
    }

    /// Stops a job, waiting or running. One that has just ended is left alone.
    pub fn cancel(&self, job: JobId) {
        let mut state = self.lock();
        if let Some(index) = state.waiting.iter().position(|waiting| waiting.job == job) {
            state.waiting.remove(index);
            drop(state);
            self.outbox.send(Event::JobCancelled { job });
        } else if let Some((_, stop)) = state.running.iter().find(|(running, _)| *running == job) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Moves a waiting job to another place.
    pub fn move_job(&self, job: JobId, to: usize) {
        let mut state = self.lock();
        if let Some(index) = state.waiting.iter().position(|waiting| waiting.job == job)
            && let Some(moved) = state.waiting.remove(index)
        {
            let to = to.min(state.waiting.len());
            state.waiting.insert(to, moved);
        }
    }

    /// Stops everything; workers end when their job has stopped.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting.clear();
        for (_, stop) in &state.running {
            stop.store(true, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    /// Does this worker's jobs, in order, until the queue is closed.
    pub fn work(&self, worker: Worker) {
        let mut studio = Studio::default();
        while let Some((waiting, stop)) = self.next(worker, || studio.release()) {
            let job = waiting.job;
            let mut news = News::default();
            let mut on_progress = |progress: JobProgress| {
                if stop.load(Ordering::Relaxed) {
                    return ControlFlow::Break(());
                }
                if news.is_due(&progress) {
                    self.outbox.send(Event::JobProgress { job, progress });
                }
                ControlFlow::Continue(())
            };
            let run = || run_job(&waiting, &mut studio, &mut on_progress);
            let result = catch_unwind(AssertUnwindSafe(run));
            if result.is_err() {
                // Whatever it was in the middle of is not to be trusted.
                studio = Studio::default();
            }
            self.lock().running.retain(|(running, _)| *running != job);
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
                .position(|waiting| worker_of(&waiting.request) == worker);
            if let Some(waiting) = found.and_then(|index| state.waiting.remove(index)) {
                let stop = Arc::new(AtomicBool::new(false));
                state.running.push((waiting.job, Arc::clone(&stop)));
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
        JobRequest::Generate { .. } | JobRequest::Background { .. } => Worker::Generation,
        JobRequest::Export(_) => Worker::Export,
    }
}

fn run_job(
    waiting: &Waiting,
    studio: &mut Studio,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> Result<JobOutcome> {
    let Waiting {
        request,
        document,
        folders,
        ..
    } = waiting;
    match request {
        JobRequest::Generate { item } => {
            let made = studio.take(document, *item, folders, on_progress)?;
            Ok(JobOutcome::Place(Box::new(made.placed)))
        }
        JobRequest::Background { item, fill } => Ok(JobOutcome::Place(Box::new(matte_clip(
            document,
            *item,
            fill,
            folders,
            on_progress,
        )?))),
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

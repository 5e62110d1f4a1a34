//! Long computations that hear a cancel while they run.
//!
//! A network reports between its layers, but a single layer of a large model takes seconds on a CPU. So the work runs on
//! a thread of its own, the caller's thread goes on asking whether to stop, and the operations look at a flag between
//! their pieces. The flag belongs to the worker's thread and is gone with it: no job can see that of another.

use crate::{
    backend::{FrameSink, OnStep, Step},
    error::{Error, Result},
};
use av::VideoFrame;
use std::{
    cell::RefCell,
    ops::ControlFlow,
    panic::resume_unwind,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

/// How often is asked at least; a cancel has to take effect within a second.
const ASK_EVERY: Duration = Duration::from_millis(100);

thread_local! {
    /// That of the work this thread does; set once, when [`interruptible`] starts it.
    static CURRENT: RefCell<Stop> = const { RefCell::new(Stop(None)) };
}

/// Whether the work at hand is to stop. Operations take it at their start and look at it between pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Option<Arc<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    is_set: AtomicBool,
    /// Multiplications of the largest piece so far.
    largest: AtomicU64,
}

impl Stop {
    /// That of the calling thread's work; never set where nobody can stop it.
    pub fn current() -> Self {
        CURRENT.with_borrow(Self::clone)
    }

    fn new() -> Self {
        Self(Some(Arc::default()))
    }

    fn set(&self) {
        if let Some(shared) = &self.0 {
            shared.is_set.store(true, Ordering::Relaxed);
        }
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        let shared = self.0.as_ref();
        shared.is_some_and(|shared| shared.is_set.load(Ordering::Relaxed))
    }

    /// Whether the next piece, of so many multiplications (or numbers moved), may be worked on.
    pub fn allows(&self, work: usize) -> bool {
        let Some(shared) = &self.0 else {
            return true;
        };
        let work = work as u64;
        // Read first: tasks on all cores share this number, and it seldom grows.
        if work > shared.largest.load(Ordering::Relaxed) {
            shared.largest.fetch_max(work, Ordering::Relaxed);
        }
        !shared.is_set.load(Ordering::Relaxed)
    }

    /// An error when the work was stopped, and what it left is of no use.
    pub fn check(&self) -> candle_core::Result<()> {
        if self.is_set() {
            candle_core::bail!("the work was stopped");
        }
        Ok(())
    }
}

/// What the work tells while it goes on.
enum Told {
    Step(Step),
    Frame(VideoFrame),
}

/// Runs `work` and calls `on_step` ten times a second, whatever `work` is busy with: with its last step as long as there
/// is no new one. A break stops the work within a piece of the operation it is in, and is [`Error::Cancelled`]; so does
/// an error of `sink`, which is handed on. Both are called on the caller's thread.
pub(crate) fn interruptible<T: Send>(
    sink: &mut FrameSink<'_>,
    on_step: &mut OnStep<'_>,
    work: impl FnOnce(&mut FrameSink<'_>, &mut OnStep<'_>) -> Result<T> + Send,
) -> Result<T> {
    let stop = Stop::new();
    // One message waits at most: work is never far ahead of who takes its frames.
    let (sender, told) = sync_channel::<Told>(1);
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("generation".into());
        let inner = stop.clone();
        let worker = worker.spawn_scoped(scope, move || {
            CURRENT.set(inner.clone());
            worked(&sender, &inner, work)
        });
        let worker = worker.map_err(|source| Error::Io {
            what: "cannot start a thread".into(),
            source,
            path: PathBuf::new(),
        })?;
        let heard = listen(told, &stop, sink, on_step);
        let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        heard.and(result)
    })
}

fn worked<T>(
    sender: &SyncSender<Told>,
    stop: &Stop,
    work: impl FnOnce(&mut FrameSink<'_>, &mut OnStep<'_>) -> Result<T>,
) -> Result<T> {
    let told = |what: Told| sender.send(what).is_ok() && !stop.is_set();
    work(
        &mut |frame| {
            if told(Told::Frame(frame)) {
                Ok(())
            } else {
                Err(Error::Cancelled)
            }
        },
        &mut |step| {
            if told(Told::Step(step)) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        },
    )
}

/// Hands on what the work tells until it ends. Takes the receiver, so that the work hears of it when a callback panics.
fn listen(
    told: Receiver<Told>,
    stop: &Stop,
    sink: &mut FrameSink<'_>,
    on_step: &mut OnStep<'_>,
) -> Result<()> {
    let mut last: Option<(Step, Instant)> = None;
    let mut result = Ok(());
    loop {
        let step = match told.recv_timeout(ASK_EVERY) {
            Ok(Told::Frame(frame)) => {
                if result.is_ok() {
                    result = sink(frame);
                    if result.is_err() {
                        stop.set();
                    }
                }
                continue;
            }
            Ok(Told::Step(step)) => {
                let again = Step {
                    preview: None,
                    ..step.clone()
                };
                last = Some((again, Instant::now()));
                Some(step)
            }
            Err(RecvTimeoutError::Timeout) => last.as_ref().map(|(step, at)| Step {
                remaining: step.remaining.map(|left| left.saturating_sub(at.elapsed())),
                ..step.clone()
            }),
            Err(RecvTimeoutError::Disconnected) => return result,
        };
        // Before the first step there is nothing to tell, after an error nobody to be told.
        if let (Some(step), true) = (step, result.is_ok())
            && on_step(step).is_break()
        {
            stop.set();
            result = Err(Error::Cancelled);
        }
    }
}

#[cfg(test)]
mod tests;

//! Progress out and cancel back, in the words of jobs.

use crate::{Error, JobProgress, error::Result, export::OnProgress};
use std::ops::ControlFlow;

/// Tells progress; [`Error::Cancelled`] when the answer is to stop.
pub fn told(on_progress: &mut OnProgress<'_>, label: &str, done: u64, total: u64) -> Result<()> {
    let progress = JobProgress {
        label: label.to_owned(),
        done,
        total,
        eta: None,
        preview: None,
    };
    match on_progress(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// Tells a network's step as progress.
pub fn told_step(step: &generation::Step, on_progress: &mut OnProgress<'_>) -> ControlFlow<()> {
    on_progress(JobProgress {
        label: step.label.to_owned(),
        done: step.done,
        total: step.total,
        eta: step.remaining,
        preview: step.preview.clone(),
    })
}

/// A stop that was asked for has one name, whichever room it happened in.
pub fn not_an_error_when_cancelled(error: generation::Error) -> Error {
    match error {
        generation::Error::Cancelled => Error::Cancelled,
        other => Error::Generation(other),
    }
}

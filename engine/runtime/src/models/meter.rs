//! Progress of work that is counted in bytes, and the way back for a cancel.

use crate::{Error, JobProgress, error::Result, export::OnProgress};
use std::{
    collections::VecDeque,
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Reports go out this often; a cancel is noticed as soon.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// The pace is taken over this long: short enough to follow a changing line, long enough not to jump.
const PACE_WINDOW: Duration = Duration::from_secs(10);

/// Below this there is no pace yet.
const PACE_MIN: Duration = Duration::from_millis(500);

/// Counts bytes and tells how far the work is.
pub(super) struct Meter<'a, 'b> {
    on_progress: &'a mut OnProgress<'b>,
    label: String,
    done: u64,
    total: u64,
    told: Option<Instant>,
    /// Bytes that really moved, with the time; what was there already sets no pace.
    moved: u64,
    pace: VecDeque<(Instant, u64)>,
}

impl<'a, 'b> Meter<'a, 'b> {
    /// Nothing of `total` bytes is done.
    pub fn new(on_progress: &'a mut OnProgress<'b>, total: u64) -> Self {
        Self {
            on_progress,
            label: String::new(),
            done: 0,
            total,
            told: None,
            moved: 0,
            pace: VecDeque::new(),
        }
    }

    /// What is being done now; what was done before.
    pub fn label(&mut self, label: impl Into<String>) -> String {
        self.told = None;
        std::mem::replace(&mut self.label, label.into())
    }

    /// Bytes that are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Sets what is done without work: found on the disk, or given up.
    pub fn set_done(&mut self, done: u64) {
        self.done = done;
    }

    /// Counts bytes that were worked on, and reports.
    pub fn advance(&mut self, bytes: u64) -> Result<()> {
        self.done = self.done.saturating_add(bytes);
        self.moved = self.moved.saturating_add(bytes);
        self.tick()
    }

    /// Reports when it is time; [`Error::Cancelled`] when the answer is to stop.
    pub fn tick(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.told.is_some_and(|told| now - told < TICK) {
            return Ok(());
        }
        self.told = Some(now);
        self.pace.push_back((now, self.moved));
        while self.pace.len() > 2
            && (self.pace.front()).is_some_and(|(then, _)| now - *then > PACE_WINDOW)
        {
            self.pace.pop_front();
        }
        let progress = JobProgress {
            label: self.label.clone(),
            done: self.done.min(self.total),
            total: self.total,
            eta: self.eta(now),
            preview: None,
        };
        match (self.on_progress)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }

    /// Reports the end, whenever the last report was.
    pub fn finish(&mut self) -> Result<()> {
        self.done = self.total;
        self.told = None;
        self.tick()
    }

    fn eta(&self, now: Instant) -> Option<Duration> {
        let (then, moved_then) = self.pace.front()?;
        let elapsed = now - *then;
        let moved = self.moved - moved_then;
        if elapsed < PACE_MIN || moved == 0 {
            return None;
        }
        let left = self.total.saturating_sub(self.done) as f64 / moved as f64;
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * left).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_already_sets_no_pace() {
        let mut reports = Vec::new();
        let mut on_progress = |progress: JobProgress| {
            reports.push(progress);
            ControlFlow::Continue(())
        };
        let mut meter = Meter::new(&mut on_progress, 1_000);
        meter.label("Downloading");
        meter.set_done(600);
        meter.tick().unwrap();
        let start = Instant::now();
        meter.pace = VecDeque::from([(start.checked_sub(Duration::from_secs(2)).unwrap(), 0)]);
        meter.moved = 0;
        meter.told = None;
        meter.advance(200).unwrap();
        meter.finish().unwrap();
        assert_eq!((reports[0].done, reports[0].eta), (600, None));
        // 200 bytes took two seconds, 200 are left.
        let eta = reports[1].eta.unwrap().as_secs_f64();
        assert!((1.9..2.3).contains(&eta), "{eta}");
        assert_eq!(reports[2].done, 1_000);
    }

    #[test]
    fn a_break_is_a_cancel() {
        let mut on_progress = |_progress: JobProgress| ControlFlow::Break(());
        let mut meter = Meter::new(&mut on_progress, 10);
        assert!(matches!(meter.advance(1), Err(Error::Cancelled)));
    }
}

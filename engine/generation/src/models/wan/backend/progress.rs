//! Progress over a whole answer: every run's encoding, denoising and decoding, each by what it takes.

use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    models::wan::speed::{Amount, Speeds},
};
use av::VideoFrame;
use std::time::{Duration, Instant};

/// Steps that are reported in all.
const TOTAL: f64 = 1_000.0;
/// Part of the work after which time left is told from the time taken.
const TELLING: f64 = 0.02;
/// What speeds are assumed to be in proportion before they are measured: nanoseconds for a thousand operations, and
/// for pixels in and out of the large autoencoder.
const ASSUMED: Speeds = Speeds {
    denoise: Some(20.0),
    offloaded: Some(40.0),
    encode: Some(50_000.0),
    decode: Some(85_000.0),
};

/// A part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Takes time that is not foretold: reading prompts and weights.
    Preparing,
    Encoding,
    Denoising,
    Decoding,
    /// Denoising with blocks read from their file each time.
    Offloaded,
}

/// What was done and what is to come.
pub(super) struct Progress<'a, 'b> {
    on_step: &'a mut OnStep<'b>,
    speeds: Speeds,
    is_measured: bool,
    total: f64,
    done: f64,
    /// The most that was reported.
    reached: f64,
    part: f64,
    kind: Part,
    start: Instant,
    /// Time that preparing took, which tells nothing of the rest.
    prepared: Duration,
    /// Nanoseconds and amounts of each kind of part.
    measured: [(f64, f64); 4],
    amount: f64,
}

impl<'a, 'b> Progress<'a, 'b> {
    /// For an answer that takes `amount` in all, on a machine of `speeds` as far as they are known.
    pub(super) fn new(on_step: &'a mut OnStep<'b>, speeds: &Speeds, amount: &Amount) -> Self {
        let is_measured = speeds.duration(amount).is_some();
        let speeds = if is_measured { *speeds } else { ASSUMED };
        let known = Speeds {
            denoise: speeds.denoise.or(ASSUMED.denoise),
            offloaded: speeds.offloaded.or(ASSUMED.offloaded),
            encode: speeds.encode.or(ASSUMED.encode),
            decode: speeds.decode.or(ASSUMED.decode),
        };
        let total = known.duration(amount).unwrap_or_default().as_nanos() as f64;
        Self {
            on_step,
            speeds: known,
            is_measured,
            total: total.max(1.0),
            done: 0.0,
            reached: 0.0,
            part: 0.0,
            kind: Part::Preparing,
            start: Instant::now(),
            prepared: Duration::ZERO,
            measured: [(0.0, 0.0); 4],
            amount: 0.0,
        }
    }

    /// Does a part of the work, which takes `amount`; `work` is given what to call with how much of it is done (0 to
    /// 1), in what words.
    pub(super) fn part<T>(
        &mut self,
        kind: Part,
        amount: f64,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let speed = match kind {
            Part::Preparing => None,
            Part::Encoding => self.speeds.encode,
            Part::Denoising => self.speeds.denoise,
            Part::Offloaded => self.speeds.offloaded,
            Part::Decoding => self.speeds.decode,
        };
        self.kind = kind;
        self.amount = amount;
        self.part = speed.map_or(0.0, |speed| speed * amount);
        let (start, prepared) = (Instant::now(), self.prepared);
        let result = work(self);
        let taken = start.elapsed();
        match kind {
            Part::Preparing => self.prepared += taken,
            Part::Encoding | Part::Denoising | Part::Decoding | Part::Offloaded => {
                let waited = self.prepared.saturating_sub(prepared);
                let (nanos, amounts) = &mut self.measured[kind as usize - 1];
                *nanos += taken.saturating_sub(waited).as_nanos() as f64;
                *amounts += amount;
            }
        }
        self.done += self.part;
        self.part = 0.0;
        result
    }

    /// Time within a part that tells nothing of its speed, such as reading weights.
    pub(super) fn waited(&mut self, time: Duration) {
        self.prepared += time;
    }

    /// Reports that `share` (0 to 1) of the part at work is done.
    pub(super) fn report(&mut self, share: f64, label: &'static str) -> Result<()> {
        self.report_with(share, label, None)
    }

    /// As [`Progress::report`], with a picture.
    pub(super) fn report_with(
        &mut self,
        share: f64,
        label: &'static str,
        preview: Option<VideoFrame>,
    ) -> Result<()> {
        // Parts of a part each count from 0 on.
        let done = (self.done + self.part * share.clamp(0.0, 1.0)).max(self.reached);
        self.reached = done;
        let share = (done / self.total).min(1.0);
        let mut step = Step::new((share * TOTAL) as u64, TOTAL as u64, label);
        step.remaining = self.remaining(done);
        step.preview = preview;
        run_step(self.on_step, step)
    }

    fn remaining(&self, done: f64) -> Option<Duration> {
        let left = (self.total - done).max(0.0);
        if done < TELLING * self.total {
            let foretold = Duration::from_nanos(left as u64);
            return self.is_measured.then_some(foretold);
        }
        let worked = self.start.elapsed().saturating_sub(self.prepared);
        Some(worked.mul_f64(left / done))
    }

    /// The last report, and what was measured.
    pub(super) fn finish(mut self) -> Result<Speeds> {
        self.done = self.total;
        self.report(0.0, "finishing")?;
        let [encode, denoise, decode, offloaded] = self
            .measured
            .map(|(nanos, amount)| (amount > 0.0).then(|| nanos / amount));
        Ok(Speeds {
            denoise,
            offloaded,
            encode,
            decode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    #[test]
    fn parts_add_up_and_never_go_back() {
        let amount = Amount {
            denoise: 1e6,
            encode: 1e3,
            decode: 2e3,
            ..Amount::default()
        };
        let mut seen = Vec::new();
        let mut on_step = |step: Step| {
            seen.push((step.done, step.label, step.remaining.is_some()));
            ControlFlow::Continue(())
        };
        let mut progress = Progress::new(&mut on_step, &Speeds::default(), &amount);
        let parts = [
            (Part::Preparing, 0.0),
            (Part::Encoding, 1e3),
            (Part::Denoising, 1e6),
            (Part::Decoding, 2e3),
        ];
        for (part, amount) in parts {
            progress
                .part(part, amount, |progress| {
                    progress.report(0.0, "a")?;
                    progress.report(0.5, "b")
                })
                .unwrap();
        }
        let speeds = progress.finish().unwrap();
        assert!(speeds.denoise.is_some() && speeds.encode.is_some() && speeds.decode.is_some());
        assert!(seen.is_sorted_by_key(|(done, _, _)| *done), "{seen:?}");
        assert_eq!(seen.last().unwrap().0, 1_000);
        assert!(!seen[0].2, "nothing is foretold before it was measured");
        assert!(seen[4].2);
    }

    #[test]
    fn measured_machines_foretell() {
        let amount = Amount {
            denoise: 1e9,
            ..Amount::default()
        };
        let speeds = Speeds {
            denoise: Some(10.0),
            ..Speeds::default()
        };
        let mut first = None;
        let mut on_step = |step: Step| {
            first.get_or_insert(step.remaining);
            ControlFlow::Continue(())
        };
        let mut progress = Progress::new(&mut on_step, &speeds, &amount);
        progress.report(0.0, "a").unwrap();
        assert_eq!(first.unwrap(), Some(Duration::from_secs(10)));
    }
}

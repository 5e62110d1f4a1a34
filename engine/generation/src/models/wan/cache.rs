//! Steps that need not be computed: where the velocity hardly turns, it is guessed from the steps before.
//!
//! What the transformer adds to its input changes slowly in the middle of a run. How much its output changes for a
//! change of its input is measured between the last two computed steps; while the changes expected from that add up to
//! less than a threshold, the last addition is used again.

use crate::error::Result;
use candle_core::{DType, Tensor};
use std::ops::RangeInclusive;

/// The part of a run in which steps may be guessed: composition and the last details are always computed.
const ACTIVE: RangeInclusive<f64> = 0.15..=0.95;
/// Runs of fewer steps go too far in each for any to be left out; distilled models run so.
const STEPS_MIN: usize = 10;

/// Decides which steps are guessed, and guesses them. Has no effect on runs of fewer than ten steps.
#[derive(Debug)]
pub struct StepCache {
    threshold: Option<f64>,
    num_steps: usize,
    step: usize,
    last: Option<Computed>,
    /// Change of the output for a change of the input.
    rate: Option<f64>,
    error: f64,
    num_skipped: usize,
}

/// The last computed step.
#[derive(Debug)]
struct Computed {
    input: Tensor,
    outputs: Vec<Tensor>,
}

impl StepCache {
    /// For a run of `num_steps`; `threshold` is the most that guessed changes may add up to, as a part of the output.
    pub fn new(threshold: Option<f64>, num_steps: usize) -> Self {
        Self {
            threshold: threshold.filter(|_threshold| num_steps >= STEPS_MIN),
            num_steps,
            step: 0,
            last: None,
            rate: None,
            error: 0.0,
            num_skipped: 0,
        }
    }

    /// Steps guessed so far.
    pub fn num_skipped(&self) -> usize {
        self.num_skipped
    }

    /// Starts measuring anew, since another network comes.
    pub fn forget(&mut self) {
        self.last = None;
        self.rate = None;
        self.error = 0.0;
    }

    /// The outputs for `input` at the coming step, or `None` when it has to be computed. Called once for each step.
    pub fn guess(&mut self, input: &Tensor) -> Result<Option<Vec<Tensor>>> {
        let progress = self.step as f64 / self.num_steps as f64;
        self.step += 1;
        let (Some(threshold), Some(rate), Some(last)) = (self.threshold, self.rate, &self.last)
        else {
            return Ok(None);
        };
        let (Some(output), true) = (last.outputs.first(), ACTIVE.contains(&progress)) else {
            return Ok(None);
        };
        let change = mean_difference(input, &last.input)?;
        self.error += rate * change / mean_size(output)?;
        // A value that is no number computes the step, too.
        if self.error < threshold {
            self.num_skipped += 1;
            let again = |output: &Tensor| Ok((input + (output - &last.input)?)?);
            let outputs = last.outputs.iter().map(again);
            return outputs.collect::<Result<_>>().map(Some);
        }
        self.error = 0.0;
        Ok(None)
    }

    /// Remembers what was computed for `input`: an output for each prompt, the first of which decides.
    pub fn learn(&mut self, input: &Tensor, outputs: &[Tensor]) -> Result<()> {
        if self.threshold.is_none() {
            return Ok(());
        }
        if let Some(last) = &self.last
            && let (Some(before), Some(output)) = (last.outputs.first(), outputs.first())
        {
            let change = mean_difference(input, &last.input)?;
            self.rate = Some(mean_difference(output, before)? / change);
        }
        self.last = Some(Computed {
            input: input.clone(),
            outputs: outputs.to_vec(),
        });
        Ok(())
    }
}

fn mean_size(x: &Tensor) -> Result<f64> {
    let mean = x.abs()?.mean_all()?.to_dtype(DType::F32)?;
    Ok(f64::from(mean.to_scalar::<f32>()?))
}

fn mean_difference(a: &Tensor, b: &Tensor) -> Result<f64> {
    mean_size(&(a - b)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn tensor(value: f32) -> Tensor {
        Tensor::full(value, 4, &Device::Cpu).unwrap()
    }

    /// Inputs that go down evenly, outputs that are half of them: which of 20 steps are guessed.
    fn guessed(threshold: Option<f64>, num_steps: usize) -> Vec<usize> {
        let mut cache = StepCache::new(threshold, num_steps);
        let mut steps = Vec::new();
        for step in 0..num_steps {
            let input = tensor(10.0 - 0.1 * step as f32);
            match cache.guess(&input).unwrap() {
                None => cache.learn(&input, &[(&input * 0.5).unwrap()]).unwrap(),
                Some(outputs) => {
                    assert_eq!(outputs.len(), 1);
                    steps.push(step);
                }
            }
        }
        assert_eq!(cache.num_skipped(), steps.len());
        steps
    }

    #[test]
    fn steps_are_guessed_while_expected_changes_stay_small() {
        // A step changes about 1 part in 100, two steps after a computed one 2 more: 3 in 100 passes, 6 does not.
        assert_eq!(
            guessed(Some(0.05), 20),
            [3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19]
        );
        assert_eq!(guessed(Some(0.0), 20), [0; 0]);
        assert_eq!(guessed(None, 20), [0; 0]);
        assert_eq!(guessed(Some(0.05), 9), [0; 0]);
        assert_eq!(guessed(Some(f64::NAN), 20), [0; 0]);
    }

    #[test]
    fn every_prompt_gets_its_own_guess() {
        let mut cache = StepCache::new(Some(10.0), 10);
        for (input, with, without) in [(1.0, 2.0, 4.0), (0.9, 1.9, 4.1)] {
            assert!(cache.guess(&tensor(input)).unwrap().is_none());
            let outputs = [tensor(with), tensor(without)];
            cache.learn(&tensor(input), &outputs).unwrap();
        }
        let guessed = cache.guess(&tensor(0.5)).unwrap().unwrap();
        let values: Vec<f32> = guessed
            .iter()
            .map(|output| output.to_vec1::<f32>().unwrap()[0])
            .collect();
        assert!((values[0] - 1.5).abs() < 1e-6 && (values[1] - 3.7).abs() < 1e-6);
        cache.forget();
        assert!(cache.guess(&tensor(0.5)).unwrap().is_none());
    }
}

//! From noise to picture in few steps: which noise levels are visited, and how one step is made from the velocity the
//! transformer predicts.
//!
//! A sample at noise level σ is (1 − σ)·picture + σ·noise; the velocity is noise − picture. All coefficients are found
//! in `f64`, samples are `f32` tensors.

use crate::error::Result;
use candle_core::Tensor;

/// Noise levels in the order they are visited, from near 1 down to a final 0, and what the transformer is told of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// One more than there are steps; the last is 0.
    pub sigmas: Vec<f64>,
    /// One for each step, 0 to 1000.
    pub timesteps: Vec<f64>,
}

fn shifted(sigma: f64, shift: f64) -> f64 {
    shift * sigma / (1.0 + (shift - 1.0) * sigma)
}

impl Schedule {
    /// The levels of UniPC on flow models: evenly spaced, then moved towards noise by `shift` (1 is not at all; 3 for
    /// small, 5 for large pictures). Timesteps are whole numbers, as in training.
    pub fn uni_pc(num_inference_steps: usize, shift: f64) -> Self {
        let count = num_inference_steps as f64;
        let even = (0..num_inference_steps).map(|step| 1.0 - 0.999 * step as f64 / count);
        let mut sigmas: Vec<f64> = even.map(|sigma| shifted(sigma, shift)).collect();
        if let Some(first) = sigmas.first_mut()
            && (*first - 1.0).abs() < 1e-6
        {
            // At exactly 1 the logarithm of the picture's share is infinite.
            *first -= 1e-6;
        }
        let timesteps = sigmas
            .iter()
            .map(|sigma| (sigma * 1000.0).trunc())
            .collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }

    /// The levels of the plain Euler sampler for flow models. `shift` is applied to the ends and again to all, as the
    /// reference does.
    pub fn euler(num_inference_steps: usize, shift: f64) -> Self {
        let last = shifted(0.001, shift);
        let gaps = num_inference_steps.saturating_sub(1).max(1) as f64;
        let even = (0..num_inference_steps).map(|step| 1.0 + (last - 1.0) * step as f64 / gaps);
        Self::from_sigmas(even.map(|sigma| shifted(sigma, shift)).collect())
    }

    /// Evenly spaced levels from pure noise on, then moved towards noise by `shift`: what models distilled to a few
    /// steps were trained for, with [`SamplerKind::Euler`] or [`SamplerKind::Renoise`].
    pub fn even(num_inference_steps: usize, shift: f64) -> Self {
        let count = num_inference_steps as f64;
        let even = (0..num_inference_steps).map(|step| 1.0 - step as f64 / count);
        Self::from_sigmas(even.map(|sigma| shifted(sigma, shift)).collect())
    }

    /// Given levels, such as a distilled model was trained for; a final 0 is added.
    pub fn from_sigmas(mut sigmas: Vec<f64>) -> Self {
        let timesteps = sigmas.iter().map(|sigma| sigma * 1000.0).collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }

    /// How many steps it takes.
    pub fn num_steps(&self) -> usize {
        self.timesteps.len()
    }
}

/// How a step is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamplerKind {
    /// Second-order predictor and corrector; the default of undistilled models.
    UniPc,
    /// One straight step; for distilled models.
    Euler,
    /// To the predicted picture and back up with fresh noise; for models distilled by distribution matching.
    Renoise,
}

/// A sampler on its way through a schedule.
#[derive(Debug)]
pub struct Scheduler {
    kind: SamplerKind,
    schedule: Schedule,
    index: usize,
    /// Predicted pictures of the two steps before, older first.
    pictures: [Option<Tensor>; 2],
    /// The corrected sample of the step before.
    last_sample: Option<Tensor>,
    last_order: usize,
}

impl Scheduler {
    /// At the start of `schedule`.
    pub fn new(kind: SamplerKind, schedule: Schedule) -> Self {
        Self {
            kind,
            schedule,
            index: 0,
            pictures: [None, None],
            last_sample: None,
            last_order: 0,
        }
    }

    /// What the transformer is told at the next step; `None` after the last.
    pub fn timestep(&self) -> Option<f64> {
        self.schedule.timesteps.get(self.index).copied()
    }

    /// Noise level of the next sample that [`Scheduler::step`] takes; 0 after the last step.
    pub fn sigma(&self) -> f64 {
        self.schedule.sigmas.get(self.index).copied().unwrap_or(0.0)
    }

    /// The schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The next sample from this one and the `velocity` predicted for it. `noise` makes fresh noise of the sample's
    /// shape; only [`SamplerKind::Renoise`] asks for it.
    pub fn step(
        &mut self,
        velocity: &Tensor,
        sample: &Tensor,
        noise: &mut dyn FnMut() -> Result<Tensor>,
    ) -> Result<Tensor> {
        let sigmas = &self.schedule.sigmas;
        let (Some(&sigma), Some(&next)) = (sigmas.get(self.index), sigmas.get(self.index + 1))
        else {
            return Ok(sample.clone());
        };
        let result = match self.kind {
            SamplerKind::UniPc => self.uni_pc(velocity, sample)?,
            SamplerKind::Euler => weighed(&[(1.0, sample), (next - sigma, velocity)])?,
            SamplerKind::Renoise => {
                let picture = weighed(&[(1.0, sample), (-sigma, velocity)])?;
                if next == 0.0 {
                    picture
                } else {
                    weighed(&[(1.0 - next, &picture), (next, &noise()?)])?
                }
            }
        };
        self.index += 1;
        Ok(result)
    }

    /// Order 2, B(h) of the second kind, predicting the picture; the first and last steps are of order 1.
    fn uni_pc(&mut self, velocity: &Tensor, sample: &Tensor) -> Result<Tensor> {
        let step = self.index;
        let sigma = self.schedule.sigmas[step];
        let picture = weighed(&[(1.0, sample), (-sigma, velocity)])?;
        let mut sample = sample.clone();
        if let (Some(last), [older, Some(before)]) = (&self.last_sample, &self.pictures) {
            sample = match older {
                Some(older) if self.last_order == 2 => {
                    self.corrected(last, &[older, before, &picture])?
                }
                Some(_) | None => {
                    let [keep, e] = self.span(step - 1);
                    weighed(&[(keep, last), (-0.5 * e, before), (-0.5 * e, &picture)])?
                }
            };
        }
        let order = 2
            .min(self.schedule.num_steps() - step)
            .min(self.last_order + 1);
        let [_, before] = std::mem::take(&mut self.pictures);
        let [keep, e] = self.span(step);
        let next = match &before {
            Some(before) if order == 2 => {
                let half = 0.5 * e / self.ratio(step);
                weighed(&[(keep, &sample), (-e + half, &picture), (-half, before)])?
            }
            Some(_) | None => weighed(&[(keep, &sample), (-e, &picture)])?,
        };
        self.pictures = [before, Some(picture)];
        self.last_sample = Some(sample);
        self.last_order = order;
        Ok(next)
    }

    fn corrected(&self, last: &Tensor, [older, before, now]: &[&Tensor; 3]) -> Result<Tensor> {
        let from = self.index - 1;
        let [keep, e] = self.span(from);
        let h = self.log_ratio(from + 1) - self.log_ratio(from);
        let ratio = self.ratio(from);
        let growth = (-h).exp_m1();
        let k = growth / -h - 1.0;
        let b1 = k / growth;
        let b2 = 2.0 * (k / -h - 0.5) / growth;
        let first = (b1 - b2) / (1.0 - ratio);
        let second = b1 - first;
        let first = first / ratio;
        weighed(&[
            (keep, last),
            (-e * (1.0 - first - second), before),
            (-e * first, older),
            (-e * second, now),
        ])
    }

    /// Logarithm of the picture's share over the noise's at level `index`.
    fn log_ratio(&self, index: usize) -> f64 {
        let sigma = self.schedule.sigmas[index];
        (1.0 - sigma).ln() - sigma.ln()
    }

    /// From level `index` to the next: what is kept of the sample, and what is (negatively) taken of the picture.
    fn span(&self, index: usize) -> [f64; 2] {
        let (from, to) = (self.schedule.sigmas[index], self.schedule.sigmas[index + 1]);
        let h = self.log_ratio(index + 1) - self.log_ratio(index);
        [to / from, (1.0 - to) * (-h).exp_m1()]
    }

    /// The step before level `index` over the step after it, in log ratios; negative.
    fn ratio(&self, index: usize) -> f64 {
        let here = self.log_ratio(index);
        (self.log_ratio(index - 1) - here) / (self.log_ratio(index + 1) - here)
    }
}

/// The sum of weights times tensors.
fn weighed(terms: &[(f64, &Tensor)]) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    for (weight, tensor) in terms {
        let term = tensor.affine(*weight, 0.0)?;
        sum = Some(match sum {
            None => term,
            Some(sum) => (sum + term)?,
        });
    }
    sum.ok_or_else(|| candle_core::Error::Msg("a sum of nothing".into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// Walks along the velocity field of `schedulers()` in tests/fixtures/wan.py; samples after each step.
    fn walk(kind: SamplerKind, schedule: Schedule) -> Vec<Vec<f32>> {
        let mut scheduler = Scheduler::new(kind, schedule);
        let mut x = Tensor::new(&[1.3_f32, -0.4, 0.05], &Device::Cpu).unwrap();
        let mut seen = Vec::new();
        while scheduler.timestep().is_some() {
            let sigma = scheduler.schedule().sigmas[seen.len()];
            let velocity = (&x * 1.7).unwrap().tanh().unwrap();
            let velocity = velocity.affine(0.6 + sigma, 0.2 * sigma).unwrap();
            let noise = &mut || Ok(Tensor::zeros(3, candle_core::DType::F32, &Device::Cpu)?);
            x = scheduler.step(&velocity, &x, noise).unwrap();
            seen.push(x.to_vec1().unwrap());
        }
        seen
    }

    fn assert_near(found: &[f32], wanted: [f64; 3]) {
        for (&found, wanted) in found.iter().zip(wanted) {
            assert!(
                (f64::from(found) - wanted).abs() < 2e-6,
                "{found}, should be {wanted}"
            );
        }
    }

    #[test]
    fn schedules_are_the_references() {
        let near = |found: &[f64], wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len());
            for (found, wanted) in found.iter().zip(wanted) {
                // The reference computes in single precision.
                assert!(
                    (found - wanted).abs() < 1e-6 * wanted.max(1.0),
                    "{found}, should be {wanted}"
                );
            }
        };
        let schedule = Schedule::uni_pc(5, 3.0);
        near(
            &schedule.sigmas,
            &[
                0.999999,
                0.9231656789,
                0.8184296488,
                0.6672218441,
                0.4297945201,
                0.0,
            ],
        );
        assert_eq!(schedule.timesteps, [999.0, 923.0, 818.0, 667.0, 429.0]);
        // The four levels of the distilled members, as published.
        near(
            &Schedule::even(4, 5.0).sigmas,
            &[1.0, 0.9375, 0.833333333, 0.625, 0.0],
        );
        let timesteps = Schedule::uni_pc(30, 3.0).timesteps;
        assert_eq!(timesteps[..6], [999.0, 988.0, 976.0, 964.0, 951.0, 937.0]);
        assert_eq!(timesteps[24..], [429.0, 376.0, 317.0, 251.0, 178.0, 96.0]);
        near(
            &Schedule::euler(5, 3.0).sigmas,
            &[
                1.0,
                0.9003590941,
                0.7511211037,
                0.5029850602,
                0.0089285718,
                0.0,
            ],
        );
        near(
            &Schedule::euler(8, 5.0).timesteps,
            &[
                1000.0, 967.923227, 926.403404, 870.551157, 791.396984, 670.51454, 463.09567,
                24.41406,
            ],
        );
        let even = Schedule::even(4, 5.0);
        near(&even.sigmas, &[1.0, 0.9375, 0.8333333, 0.625, 0.0]);
        near(&even.timesteps, &[1000.0, 937.5, 833.3333, 625.0]);
        near(
            &Schedule::even(6, 3.0).sigmas,
            &[1.0, 0.9375, 0.8571428, 0.75, 0.6, 0.375, 0.0],
        );
    }

    #[test]
    fn walks_are_the_references() {
        let steps = walk(SamplerKind::UniPc, Schedule::uni_pc(5, 3.0));
        assert_near(&steps[1], [0.9957249165, -0.2830720543, 0.0014896212]);
        assert_near(&steps[4], [0.1813443601, -0.0831855088, -0.0437714495]);
        let steps = walk(SamplerKind::UniPc, Schedule::uni_pc(8, 5.0));
        assert_near(&steps[1], [1.1919480562, -0.3557450175, 0.0306504872]);
        assert_near(&steps[7], [0.1941860616, -0.0849601403, -0.0428501032]);
        let steps = walk(SamplerKind::Euler, Schedule::euler(5, 3.0));
        assert_near(&steps[4], [0.0956978500, -0.0627862513, -0.0525757000]);
        let steps = walk(SamplerKind::Euler, Schedule::euler(8, 5.0));
        assert_near(&steps[7], [0.1473893970, -0.0728237629, -0.0477833824]);
        let steps = walk(SamplerKind::Euler, Schedule::even(4, 5.0));
        assert_near(&steps[3], [-0.0136299729, -0.0297099501, -0.0679397434]);
        let steps = walk(SamplerKind::Euler, Schedule::even(6, 3.0));
        assert_near(&steps[5], [0.1765705347, -0.0794391483, -0.0446944460]);
    }

    /// Data of deviation 1/2 round 0: the best velocity is known, and so is where a walk must end.
    #[test]
    fn gaussian_data_is_met_ever_closer() {
        let end = |steps: usize| {
            let schedule = Schedule::uni_pc(steps, 3.0);
            let mut scheduler = Scheduler::new(SamplerKind::UniPc, schedule);
            let mut x = Tensor::new(&[1.0_f64], &Device::Cpu).unwrap();
            for index in 0..steps {
                let sigma = scheduler.schedule().sigmas[index];
                let variance = (1.0 - sigma).powi(2) * 0.25 + sigma * sigma;
                let picture = (&x * ((1.0 - sigma) * 0.25 / variance)).unwrap();
                let velocity = ((&x - picture).unwrap() / sigma).unwrap();
                x = scheduler
                    .step(&velocity, &x, &mut || Ok(velocity.clone()))
                    .unwrap();
            }
            x.to_vec1::<f64>().unwrap()[0]
        };
        for (steps, wanted) in [(2, 0.080928), (4, 0.216784), (8, 0.369180), (32, 0.499721)] {
            assert!(
                (end(steps) - wanted).abs() < 1e-6,
                "{steps}: {}",
                end(steps)
            );
        }
    }

    #[test]
    fn renoising_mixes_the_picture_with_fresh_noise() {
        let mut scheduler = Scheduler::new(
            SamplerKind::Renoise,
            Schedule::from_sigmas(vec![1.0, 0.625]),
        );
        let tensor = |value: f32| Tensor::new(&[value], &Device::Cpu).unwrap();
        let mut asked = 0;
        let mut noise = || {
            asked += 1;
            Ok(tensor(2.0))
        };
        let x = scheduler
            .step(&tensor(0.5), &tensor(0.9), &mut noise)
            .unwrap();
        let wanted = 0.375 * 0.4 + 0.625 * 2.0;
        assert!((x.to_vec1::<f32>().unwrap()[0] - wanted).abs() < 1e-6);
        let x = scheduler.step(&tensor(0.4), &x, &mut noise).unwrap();
        assert!((x.to_vec1::<f32>().unwrap()[0] - (wanted - 0.25)).abs() < 1e-6);
        assert_eq!((asked, scheduler.timestep()), (1, None));
    }
}

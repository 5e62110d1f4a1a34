//! Loop and morph: jump to an earlier moment that looks and moves like the last one, and play on from there.

use super::{
    footage::{Distances, Footage},
    plan::{Branch, Moment, Plan, Refused, eased, run_out},
    retime,
};
use crate::{backend::OnStep, error::Result, image_ops::camera::MotionField};
use rayon::prelude::*;

/// Frames to each side that are compared as well: two moments that look alike must also move alike.
const WINDOW_FRAMES: usize = 4;
/// A loop shorter than this stutters.
const LOOP_SECONDS_MIN: f64 = 0.6;
/// Difference (in usual changes between frames) below which the jump needs no morph: nobody could see it.
const SAME_RATIO: f32 = 0.15;
/// Shortest and longest morph in frames.
const MORPH_FRAMES: [usize; 2] = [6, 12];
/// Loop points among which the seed chooses.
const CHOICES_MAX: usize = 5;
/// A loop point whose value is this much above the best is not offered.
const VALUE_SLACK: f32 = 1.5;

/// A way from one frame to another that shows the same moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jump {
    /// The frame that is left.
    pub exit: usize,
    /// The frame that stands for it; the one after it is shown next.
    pub entry: usize,
    /// How different they are, in usual changes between frames.
    pub ratio: f32,
}

/// A plan for `count` frames; `seed` chooses among the good loop points, 0 takes the best.
pub fn plan(
    footage: &Footage<'_>,
    count: usize,
    seed: u64,
    on_step: &mut OnStep<'_>,
) -> Result<Result<Plan, Refused>> {
    let loop_min = footage.frames_in(LOOP_SECONDS_MIN).max(WINDOW_FRAMES);
    let frames = footage.frames.len();
    if frames < loop_min + WINDOW_FRAMES {
        let wanted = loop_min + WINDOW_FRAMES;
        return Ok(Err(Refused(format!(
            "a loop needs {wanted} frames of one shot, and there are {frames}"
        ))));
    }
    let mut search = Search {
        footage,
        distances: footage.distances(on_step)?,
        speeds: footage.motions.iter().map(MotionField::speed).collect(),
        usual: footage.usual_change(),
        loop_min,
        push: retime::push(footage),
        ratios: Vec::new(),
    };
    search.weigh();
    let choices = search.first_jumps();
    let Some(best) = choices.first() else {
        return Ok(Err(Refused(
            "no earlier moment is like the last one".into(),
        )));
    };
    let value_max = search.value(*best) + VALUE_SLACK;
    let good = choices.iter().take(CHOICES_MAX);
    let good = good
        .filter(|jump| search.value(**jump) <= value_max)
        .count();
    let first = choices[(seed % good as u64) as usize];
    Ok(Ok(search.played(first, count)))
}

/// What is needed to weigh jumps.
struct Search<'a, 'b> {
    footage: &'a Footage<'b>,
    distances: Distances,
    /// Of each pair of frames.
    speeds: Vec<f32>,
    usual: f32,
    loop_min: usize,
    /// Frames' worth of motion that the last frame can be pushed on by.
    push: f64,
    /// Of jumps from each frame to each, row by row.
    ratios: Vec<f32>,
}

impl Search<'_, '_> {
    fn last(&self) -> usize {
        self.distances.count() - 1
    }

    /// Fills in the ratios.
    fn weigh(&mut self) {
        let count = self.distances.count();
        let pairs = (0..count * count).into_par_iter();
        let ratios = pairs.map(|index| self.ratio(index / count, index % count));
        self.ratios = ratios.collect();
    }

    /// How different the moments round two frames are, in usual changes between frames.
    fn ratio(&self, exit: usize, entry: usize) -> f32 {
        let reach = WINDOW_FRAMES as isize;
        let (mut sum, mut weights) = (0.0, 0.0);
        for step in -reach..=reach {
            let pair = [exit, entry].map(|frame| frame.checked_add_signed(step));
            if let [Some(a), Some(b)] = pair
                && a.max(b) <= self.last()
            {
                let weight = (reach + 1 - step.abs()) as f32;
                sum += weight * self.distances.at(a, b).powi(2);
                weights += weight;
            }
        }
        let difference = (sum / weights).sqrt();
        difference / self.usual * (1.0 + 0.5 * self.disagreement(exit, entry))
    }

    /// How differently two frames move, 0 (alike) to 2, against how much moves at all.
    fn disagreement(&self, exit: usize, entry: usize) -> f32 {
        let motions = &self.footage.motions;
        let (Some(left), Some(entered)) = (exit.checked_sub(1), entry.checked_sub(1)) else {
            return 0.0;
        };
        let usual = 0.5 + f32::midpoint(self.speeds[left], self.speeds[entered]);
        (motions[left].difference(&motions[entered]) / usual).min(2.0)
    }

    /// Less is better: a likeness of pictures and motion, and a long way to play on.
    fn value(&self, jump: Jump) -> f32 {
        let seconds = (self.last() - jump.entry) as f32 / self.footage.fps as f32;
        // The less alike, the more often a short loop would show it.
        let hurry = (-seconds).exp();
        jump.ratio * (1.0 + 0.5 * hurry) + 0.6 * hurry
    }

    fn jump(&self, exit: usize, entry: usize) -> Jump {
        let ratio = self.ratios[exit * self.distances.count() + entry];
        Jump { exit, entry, ratio }
    }

    /// Jumps from the last frame to moments that are better than those beside them, best first.
    fn first_jumps(&self) -> Vec<Jump> {
        let last = self.last();
        let entries = 2..=last - self.loop_min;
        let all: Vec<Jump> = entries.map(|entry| self.jump(last, entry)).collect();
        let is_best_nearby = |index: usize| {
            let from = index.saturating_sub(3);
            let near = &all[from..(index + 4).min(all.len())];
            near.iter().all(|other| all[index].ratio <= other.ratio)
        };
        let mut best: Vec<Jump> = (0..all.len())
            .filter(|index| is_best_nearby(*index))
            .map(|index| all[index])
            .collect();
        best.sort_by(|a, b| self.value(*a).total_cmp(&self.value(*b)));
        best
    }

    /// Frames over which `jump` is morphed, when `room` frames follow.
    fn morph_frames(&self, jump: Jump, room: usize) -> usize {
        if jump.ratio < SAME_RATIO {
            return 0;
        }
        let seconds = 0.2 + 0.05 * f64::from(jump.ratio);
        let [least, most] = MORPH_FRAMES;
        self.footage.frames_in(seconds).clamp(least, most).min(room)
    }

    fn played(&self, first: Jump, count: usize) -> Plan {
        let mut moments = Vec::with_capacity(count);
        let mut joints = Vec::new();
        let mut used = vec![first];
        let mut at = self.enter(first, &mut moments);
        while moments.len() < count {
            let left = count - moments.len();
            let room = self.last() - at;
            if room >= left {
                moments.extend((at + 1..=at + left).map(Moment::Frame));
                break;
            }
            let jump = self.next_jump(at, &used);
            moments.extend((at + 1..=jump.exit).map(Moment::Frame));
            if moments.len() < count {
                joints.push(moments.len());
            }
            used.push(jump);
            at = self.enter(jump, &mut moments);
        }
        moments.truncate(count);
        let reason = self.reason(first, used.len());
        let warning = (first.ratio > 4.0).then(|| {
            "No earlier moment is much like the end: the morph to it can be seen".to_owned()
        });
        Plan {
            method: "loop",
            moments,
            // Every further jump is seen again, and so is a morph between what is not alike.
            tedium: 0.1 * joints.len() as f64 + 0.1 * f64::from((first.ratio - 2.0).max(0.0)),
            joints,
            trail: Vec::new(),
            reason,
            warning,
        }
    }

    fn reason(&self, first: Jump, jumps: usize) -> String {
        let seconds = (self.last() - first.entry) as f64 / self.footage.fps;
        let difference = first.ratio * self.usual;
        let more = match jumps - 1 {
            0 => String::new(),
            1 => ", and jumped once more later".into(),
            more => format!(", and jumped {more} times more later"),
        };
        format!(
            "Looped back {seconds:.1} s to the moment most like the last one ({difference:.1} in Lab from it, {:.1} times the usual change between frames){more}",
            first.ratio
        )
    }

    /// Shows the frames of the morph; the frame of the new branch that was shown last.
    fn enter(&self, jump: Jump, moments: &mut Vec<Moment>) -> usize {
        let is_past = jump.exit == self.last();
        let room = self.last()
            - if is_past {
                jump.entry
            } else {
                jump.entry.max(jump.exit)
            };
        let length = self.morph_frames(jump, room);
        moments.extend((1..=length).map(|step| Moment::Morph {
            from: if is_past {
                Branch::PastEnd(run_out(step, self.push) as f32)
            } else {
                Branch::Real(jump.exit + step)
            },
            into: jump.entry + step,
            share: eased(step as f32 / (length + 1) as f32),
        }));
        jump.entry + length
    }

    /// The best way on from `at`, unlike those that were `used`.
    fn next_jump(&self, at: usize, used: &[Jump]) -> Jump {
        let last = self.last();
        let exits = (at + 1).min(last)..=last;
        let jumps = exits.flat_map(|exit| {
            let room = last - self.loop_min;
            let entries = (2..=room).filter(move |entry| entry.abs_diff(exit) >= self.loop_min);
            entries.map(move |entry| self.jump(exit, entry))
        });
        let worth = |jump: &Jump| {
            let fps = self.footage.fps as f32;
            let near = |other: &&Jump| {
                (jump.entry.abs_diff(other.entry) as f32) < 0.4 * fps
                    && (jump.exit.abs_diff(other.exit) as f32) < 0.4 * fps
            };
            let repeats = used.iter().rev().take(4).filter(near).count() as f32;
            // A morph from real frames is cleaner than one from a frame carried past the end.
            let is_real = last - jump.exit >= MORPH_FRAMES[0];
            let early = (last - jump.exit) as f32 / fps;
            let carried = if is_real || jump.exit == last {
                0.0
            } else {
                9.0
            };
            self.value(*jump) + 1.5 * repeats + 0.3 * early + carried
        };
        let best = jumps.min_by(|a, b| worth(a).total_cmp(&worth(b)));
        // There is always the first way again.
        best.unwrap_or(used[0])
    }
}

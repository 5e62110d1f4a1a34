//! The same wish with less work: fewer steps, a smaller working size, fewer frames; each with the time that it takes
//! as measured on this machine. Where nothing was measured there is nothing to choose from.

use super::{Estimate, duration};
use crate::{error::Result, generate::Shape, pace::PaceBook};
use av::FrameCount;
use generation::{Backend, BackendInfo, Capability, ParameterKind, ParameterValue};
use std::time::Duration;
use timeline::Purpose;

/// Id of the number of steps.
pub const STEPS: &str = "num_inference_steps";
/// Id of the size that a model works at, as a part of the usual one.
pub const SCALE: &str = "scale";

/// Parts of the usual steps, and what giving up the rest costs in looks.
const STEP_PARTS: [(f64, u32); 4] = [(1.0, 0), (0.67, 1), (0.5, 2), (0.34, 5)];
/// Parts of the usual sides, and what giving up the rest costs.
const SIZE_PARTS: [(f64, u32); 3] = [(1.0, 0), (0.75, 3), (0.5, 6)];
/// Parts of the length, which cost the most: what is wished for is cut short.
const LENGTH_PARTS: [(f64, u32); 4] = [(1.0, 0), (0.75, 20), (0.5, 21), (0.25, 22)];

/// A wish with so much work, and how long it takes here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// Steps; `None` for a model that has none to choose.
    pub steps: Option<i64>,
    /// Sides of the pictures that the model works on, as a part of the usual ones; `None` where it cannot be chosen.
    pub scale: Option<f64>,
    /// Frames.
    pub count: FrameCount,
    /// How long a take of it takes, as measured on this machine.
    pub duration: Duration,
}

/// Every rung that a backend answers, the one that gives up least first; none while it was never measured here.
pub(super) fn ladder(
    backend: &dyn Backend,
    offered: &Capability,
    shape: &Shape<'_>,
    pace: &PaceBook,
) -> Result<Vec<Rung>> {
    let info = backend.describe();
    let Some(capability) = shape.capability(info, offered) else {
        return Ok(Vec::new());
    };
    let mut rungs: Vec<(u32, Rung)> = Vec::new();
    for (length, length_cost) in lengths(shape) {
        let count = FrameCount(((shape.count().0 as f64 * length).round() as i64).max(1));
        let shorter = shape.shorter(count);
        let mut request = shorter.request(info, &capability)?;
        request
            .parameters
            .retain(|id, _| info.parameters.iter().any(|known| known.id == *id));
        for (steps, steps_cost) in steps(info) {
            if let Some(steps) = steps {
                let value = ParameterValue::Integer(steps);
                request.parameters.insert(STEPS.into(), value);
            }
            for (scale, scale_cost) in scales(info) {
                if let Some(scale) = scale {
                    let value = ParameterValue::Number(scale);
                    request.parameters.insert(SCALE.into(), value);
                }
                let estimate: Option<Estimate> = backend.estimate(&request).ok();
                let Some(duration) = duration(backend, &request, estimate, pace) else {
                    continue;
                };
                let rung = Rung {
                    steps,
                    scale,
                    count,
                    duration,
                };
                rungs.push((length_cost + steps_cost + scale_cost, rung));
            }
        }
    }
    rungs.sort_by_key(|(cost, _)| *cost);
    Ok(rungs.into_iter().map(|(_, rung)| rung).collect())
}

/// Parts of the length that make sense: what lies between two clips, or over one, is as long as it is.
fn lengths(shape: &Shape<'_>) -> &'static [(f64, u32)] {
    let is_free = match shape.generated.purpose {
        Purpose::TextToVideo
        | Purpose::Animate
        | Purpose::ExtendForward
        | Purpose::ExtendBackward => shape.generated.recipe.storyboard.is_empty(),
        Purpose::Fill
        | Purpose::Join
        | Purpose::Retake
        | Purpose::ReplaceBackground
        | Purpose::Repaint
        | Purpose::Outpaint
        | Purpose::Restyle
        | Purpose::Interpolate
        | Purpose::Upscale => false,
    };
    if is_free {
        &LENGTH_PARTS
    } else {
        &LENGTH_PARTS[..1]
    }
}

fn steps(info: &BackendInfo) -> Vec<(Option<i64>, u32)> {
    match kind(info, STEPS) {
        Some(ParameterKind::Integer { min, default, .. }) => {
            let part = |(part, cost): (f64, u32)| {
                let steps = ((*default as f64 * part).round() as i64).max(*min);
                (Some(steps), cost)
            };
            let mut all: Vec<_> = STEP_PARTS.map(part).to_vec();
            all.dedup_by_key(|(steps, _)| *steps);
            all
        }
        _ => vec![(None, 0)],
    }
}

fn scales(info: &BackendInfo) -> Vec<(Option<f64>, u32)> {
    match kind(info, SCALE) {
        Some(ParameterKind::Number { .. }) => {
            SIZE_PARTS.map(|(part, cost)| (Some(part), cost)).to_vec()
        }
        _ => vec![(None, 0)],
    }
}

fn kind<'a>(info: &'a BackendInfo, id: &str) -> Option<&'a ParameterKind> {
    let parameter = info.parameters.iter().find(|known| known.id == id);
    parameter.map(|parameter| &parameter.kind)
}

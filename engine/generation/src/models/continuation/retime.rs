//! Retimed tail: the motion runs out instead of stopping, then sways back through the last second in slow motion and
//! comes to rest.

use super::{
    footage::Footage,
    plan::{Moment, Plan, Refused, run_out},
};
use crate::image_ops::camera::MotionField;

/// Time in which the motion runs out.
const RUN_OUT_SECONDS: f64 = 0.14;
/// Furthest that things are pushed past where they were last seen, in pixels at the size motion is measured.
const PUSH_PX_MAX: f32 = 7.0;
/// Length of a sway from one end to the other.
const SWAY_SECONDS: f64 = 2.0;
/// Fastest playing during a sway, of the real speed.
const SWAY_SPEED_MAX: f64 = 0.4;
/// Furthest back that a sway goes.
const SWAY_BACK_SECONDS_MAX: f64 = 1.0;

/// Frames' worth of motion that the last frame can be pushed on by.
pub fn push(footage: &Footage<'_>) -> f64 {
    let from = footage.motions.len().saturating_sub(4);
    let speeds = footage.motions[from..].iter().map(MotionField::speed);
    let speed = speeds.fold(0.0_f32, f32::max).max(0.1);
    (RUN_OUT_SECONDS * footage.fps).min(f64::from(PUSH_PX_MAX / speed))
}

/// What a sway costs when methods are compared: half of it runs backwards in time.
const BACKWARDS_TEDIUM: f64 = 0.25;

/// A plan for `count` frames.
pub fn plan(footage: &Footage<'_>, count: usize) -> Result<Plan, Refused> {
    let frames = footage.frames.len();
    if frames < 3 {
        return Err(Refused(format!(
            "a tail needs 3 frames of one shot to see how things move, and there are {frames}"
        )));
    }
    let last = footage.last() as f64;
    let from = footage.motions.len().saturating_sub(4);
    let speeds = footage.motions[from..].iter().map(MotionField::speed);
    let speed = speeds.fold(0.0_f32, f32::max).max(0.1);
    // Frames' worth of motion that are added before it has run out.
    let push = (RUN_OUT_SECONDS * footage.fps).min(f64::from(PUSH_PX_MAX / speed));
    let sways = (count as f64 / footage.fps / SWAY_SECONDS).round().max(1.0);
    let sway_frames = count as f64 / sways;
    let back = (SWAY_SPEED_MAX * sway_frames * 2.0 / std::f64::consts::PI)
        .min(SWAY_BACK_SECONDS_MAX * footage.fps)
        .min(last - 1.0);
    let moments = (1..=count).map(|step| {
        let forth = run_out(step, push);
        let phase = step as f64 / sway_frames * std::f64::consts::PI;
        let swung = (back + push) * 0.5 * (1.0 - phase.cos());
        Moment::Time((last + forth - swung).max(0.0))
    });
    let seconds = back / footage.fps;
    Ok(Plan {
        method: "retime",
        moments: moments.collect(),
        joints: Vec::new(),
        trail: Vec::new(),
        tedium: BACKWARDS_TEDIUM * sways,
        reason: format!(
            "Let the motion run out and sway through the last {seconds:.1} s in slow motion, to a rest at the end"
        ),
        warning: (sways > 1.0).then(|| {
            "A retimed tail over more than a few seconds is seen to go back and forth".to_owned()
        }),
    })
}

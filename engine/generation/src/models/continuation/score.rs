//! How well a plan meets the footage, measured on small pictures of the frames that matter: the first made ones, those
//! round each joint, and some of the rest.

use super::{
    footage::{Footage, shrunk},
    painter::{Painted, Painter},
    plan::Plan,
};
use crate::{
    backend::OnStep, error::Result, image_ops::frame_like, models::rife::network::IfNet, seam,
};
use av::{Ticks, VideoFrame};

/// Longest side of the pictures that are measured.
const SCORED_SIDE_PX: u32 = 256;
/// Made frames after the border that are measured.
const FRAMES_AFTER_BORDER: usize = 14;
/// Made frames measured from a joint on: the longest morph and a little more.
const FRAMES_AFTER_JOINT: usize = 14;
/// Joints that are measured; later ones are chosen by the same rules.
const JOINTS_MAX: usize = 2;
/// Known frames before the border that say what is usual.
const KNOWN_FRAMES: usize = 12;

/// Figures of one plan; less is better in all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// CIEDE2000 across the border.
    pub delta_e: f64,
    /// Change across the border over the change beside it.
    pub motion_jump: f64,
    /// Largest change from one made frame to the next, over the usual one of the footage.
    pub worst_step: f64,
    /// Largest mean difference (of 1) between what was merged.
    pub ghost: f64,
    /// Change between made frames over the usual one: 0 is a freeze.
    pub liveliness: f64,
}

impl Score {
    /// One number for all.
    pub fn total(&self) -> f64 {
        let jump = 2.0 * self.motion_jump.max(0.05).ln().abs();
        let step = (self.worst_step / 1.5).max(1.0).ln();
        let freeze = 1.2 * (0.5 - self.liveliness).max(0.0);
        jump + step + freeze + 12.0 * self.ghost
    }
}

/// Paints and measures `plan`.
pub fn score(
    footage: &Footage<'_>,
    plan: &Plan,
    net: &IfNet,
    on_step: &mut OnStep<'_>,
) -> Result<Score> {
    let Some(first) = footage.frames.first() else {
        return Ok(Score {
            delta_e: 0.0,
            motion_jump: 1.0,
            worst_step: 1.0,
            ghost: 0.0,
            liveliness: 0.0,
        });
    };
    let size = shrunk(first.size, SCORED_SIDE_PX);
    let mut painter = Painter::new(net, footage, size);
    painter.get_ready(plan, on_step)?;
    let known_from = footage.frames.len().saturating_sub(KNOWN_FRAMES);
    let known = (known_from..footage.frames.len()).map(|index| small(&painter.rgb(index)));
    let mut frames: Vec<VideoFrame> = known.collect();
    let border = frames.len();
    let mut ghost = 0.0_f64;
    let mut run = |range: std::ops::Range<usize>, frames: &mut Vec<VideoFrame>| {
        for index in range {
            let painted = painter.paint(plan.moments[index], &mut |_ticks| {
                let step = crate::Step::new(index as u64, plan.moments.len() as u64, "comparing");
                crate::backend::run_step(on_step, step)
            })?;
            frames.push(match painted {
                Painted::Known(index) => small(&painter.rgb(index)),
                Painted::New { rgb, ghost: found } => {
                    ghost = ghost.max(f64::from(found));
                    small(&rgb)
                }
            });
        }
        Ok::<(), crate::Error>(())
    };
    let count = plan.moments.len();
    run(0..count.min(FRAMES_AFTER_BORDER), &mut frames)?;
    let usual = changes(&frames[..border]);
    let usual = median(&usual).max(STILL_STEP);
    let mut made = changes(&frames[border - 1..]);
    for joint in plan.joints.iter().take(JOINTS_MAX) {
        let mut piece = Vec::new();
        run(
            joint.saturating_sub(1)..(joint + FRAMES_AFTER_JOINT).min(count),
            &mut piece,
        )?;
        made.extend(changes(&piece));
    }
    let mut rest = Vec::new();
    let tail = count.saturating_sub(3).max(count.min(FRAMES_AFTER_BORDER));
    run(tail..count, &mut rest)?;
    let seam = seam::seam(&frames, border);
    let live = f64::midpoint(median(&made), median(&changes(&rest)).min(usual));
    Ok(Score {
        delta_e: seam.delta_e,
        motion_jump: seam.motion_jump,
        worst_step: made.iter().copied().fold(0.0, f64::max) / usual,
        ghost,
        liveliness: live / usual,
    })
}

/// Mean color difference between frames below which nothing moves.
const STILL_STEP: f64 = 0.15;

fn small(rgb: &crate::image_ops::Rgb) -> VideoFrame {
    frame_like(rgb, None, Ticks::ZERO)
}

fn changes(frames: &[VideoFrame]) -> Vec<f64> {
    let pairs = frames.windows(2);
    pairs
        .map(|pair| seam::delta_e_mean(&pair[0], &pair[1]))
        .collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

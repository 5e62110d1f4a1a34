//! What a transition shows: two pictures whose weights add up to one at every pixel.

use crate::pass::shot::Weight;
use av::ScanSize;
use timeline::{Rgba, ShotPlan, TransitionKind, TransitionPlan, WipeDirection};

/// One side of a transition.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// A shot.
    Shot(&'a ShotPlan),
    /// A color over the whole frame.
    Color(Rgba),
}

/// Both sides with their weights over a frame of `drawn` pixels.
pub fn parts(transition: &TransitionPlan, drawn: ScanSize) -> [(Part<'_>, Weight); 2] {
    let progress = transition.progress.clamp(0.0, 1.0);
    let from = Part::Shot(&transition.from);
    let to = Part::Shot(&transition.to);
    match transition.kind {
        TransitionKind::Dissolve => mixed(from, to, progress),
        TransitionKind::Dip(color) if progress < 0.5 => {
            mixed(from, Part::Color(color), progress * 2.0)
        }
        TransitionKind::Dip(color) => mixed(Part::Color(color), to, progress * 2.0 - 1.0),
        TransitionKind::Wipe(direction) => {
            let [x, y, constant] = wipe_weight(direction, progress, drawn);
            [(from, [-x, -y, 1.0 - constant]), (to, [x, y, constant])]
        }
    }
}

fn mixed<'a>(from: Part<'a>, to: Part<'a>, progress: f64) -> [(Part<'a>, Weight); 2] {
    [
        (from, [0.0, 0.0, 1.0 - progress]),
        (to, [0.0, 0.0, progress]),
    ]
}

/// Weight of the picture that comes: an edge one pixel soft, so that it moves smoothly.
fn wipe_weight(direction: WipeDirection, progress: f64, drawn: ScanSize) -> Weight {
    let (width, height) = (f64::from(drawn.width), f64::from(drawn.height));
    match direction {
        WipeDirection::Right => [-1.0, 0.0, width * progress + 0.5],
        WipeDirection::Left => [1.0, 0.0, 0.5 - width * (1.0 - progress)],
        WipeDirection::Down => [0.0, -1.0, height * progress + 0.5],
        WipeDirection::Up => [0.0, 1.0, 0.5 - height * (1.0 - progress)],
    }
}

/// The weight at a pixel's middle.
pub fn weight_at([x, y, constant]: Weight, pixel: [usize; 2]) -> f64 {
    let [left, top] = pixel.map(|index| index as f64 + 0.5);
    (x * left + y * top + constant).clamp(0.0, 1.0)
}

//! What every made frame is to show.

use crate::image_ops::camera::Similarity;

/// One made frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// A frame of the footage, as it is.
    Frame(usize),
    /// The footage at a time between two frames, or a little past the last one.
    Time(f64),
    /// On the way from one running branch to another.
    Morph {
        /// What is left.
        from: Branch,
        /// Frame of the footage that is entered.
        into: usize,
        /// How far the change has come, 0 to 1.
        share: f32,
    },
    /// The last frame and what was seen beside it earlier, where the camera has moved on to: a point of the last frame
    /// lies at this place of the made one, at full size.
    Camera(Similarity),
}

/// The branch that a morph leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Branch {
    /// Frames of the footage.
    Real(usize),
    /// The last frame, its motion running out: this many frames' worth of it.
    PastEnd(f32),
}

/// How the hole is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Id of the method: "loop", "retime" or "camera".
    pub method: &'static str,
    /// One for each made frame, from the known frames outwards.
    pub moments: Vec<Moment>,
    /// Indices of made frames at which branches change.
    pub joints: Vec<usize>,
    /// For a moving camera: where a point of the last frame lies in the frame before it, in the one before that, and
    /// so on, in pixels at the size motion was measured; else empty.
    pub trail: Vec<Similarity>,
    /// How much the eye tires of it, which no seam shows: 0 is a natural course, 1 as bad as a motion jump of 1.6.
    pub tedium: f64,
    /// What was done and why, one sentence.
    pub reason: String,
    /// What to watch for, where there is something.
    pub warning: Option<String>,
}

/// Why a method cannot continue this footage, as part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

/// 0 to 1 with flat ends.
pub fn eased(share: f32) -> f32 {
    let x = share.clamp(0.0, 1.0);
    x * x * x * (x * (x * 6.0 - 15.0) + 10.0)
}

/// How far motion has run out after `step` frames when it is pushed on by `push` frames' worth in all: at first as
/// fast as it was.
pub fn run_out(step: usize, push: f64) -> f64 {
    push * (1.0 - (-(step as f64) / push).exp())
}

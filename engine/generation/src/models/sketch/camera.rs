//! Where the camera looks, frame by frame.

use super::{paint::hash, words::Camera};

/// Middle of the view in world units and its zoom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// 1 and more.
    pub zoom: f32,
}

impl Lens {
    /// How much a layer at `depth` grows.
    pub fn zoom_at(&self, depth: f32) -> f32 {
        1.0 + (self.zoom - 1.0) * (0.3 + 0.7 * depth)
    }

    /// How far a layer at `depth` is shifted.
    pub fn shift_at(&self, depth: f32) -> [f32; 2] {
        [self.x * depth, self.y * depth.min(0.7)]
    }
}

/// What stays in place when the camera comes closer to a place where nobody is.
pub const LOOKS_AT: [f32; 2] = [0.0, 0.35];
/// World units to a side and down that the camera can look at without running out of picture.
const LOOKS_ASIDE_MAX: [f32; 2] = [0.5, 0.7];

/// World units that the camera covers when it goes along with somebody.
pub const FOLLOW_REACH: f32 = 1.0;

/// Slow at both ends.
fn eased(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// The view at `share` (0 to 1) of a shot, `seconds` from its start; of those whom it
/// shows come the way they go (−1, 0 or 1) and their middle.
pub fn lens(
    camera: Camera,
    [share, seconds]: [f32; 2],
    [heading, x, y]: [f32; 3],
    seed: u64,
) -> Lens {
    let t = eased(share.clamp(0.0, 1.0));
    let wobble = |index: i32, rate: f32| {
        let phase = hash(index, 17, seed as u32) * 20.0;
        (seconds * rate + phase).sin() * 0.6 + (seconds * rate * 1.6 + phase * 2.0).sin() * 0.4
    };
    // Even a still camera breathes a little.
    let mut lens = Lens {
        x: 0.008 * wobble(1, 0.7),
        y: 0.006 * wobble(2, 0.6),
        zoom: 1.03,
    };
    let pan = (t - 0.5) * 1.2;
    match camera {
        Camera::Still => {}
        Camera::Follow => lens.x += heading * (share - 0.5) * FOLLOW_REACH,
        Camera::PanRight => lens.x += pan,
        Camera::PanLeft => lens.x -= pan,
        Camera::TiltUp => lens.y -= (t - 0.5) * 0.7,
        Camera::TiltDown => lens.y += (t - 0.5) * 0.7,
        Camera::PushIn => lens.zoom += 0.55 * t,
        Camera::PullOut => lens.zoom += 0.55 * (1.0 - t),
        Camera::Handheld => {
            lens.x += 0.035 * wobble(3, 4.1);
            lens.y += 0.028 * wobble(4, 3.7);
            lens.zoom += 0.07;
        }
    }
    // The nearer the camera, the more it looks at whom it shows.
    let near = 1.0 - 1.0 / lens.zoom;
    lens.x += x.clamp(-LOOKS_ASIDE_MAX[0], LOOKS_ASIDE_MAX[0]) * near;
    lens.y += y.clamp(-LOOKS_ASIDE_MAX[1], LOOKS_ASIDE_MAX[1]) * near;
    lens
}

//! Where the camera stands at each moment, and what a point of the photo looks like from there.
//!
//! Coordinates: the photo's middle is 0, its longer side 1, right and down are positive. A point's nearness is the
//! inverse of its depth: 1 is near, [`NEARNESS_FAR`] the farthest there is. The lens is as long as the longer side.

use super::words::CameraMove;
use std::f32::consts::TAU;

/// Nearness of the sky: finite, so that the far moves a little too.
pub const NEARNESS_FAR: f32 = 0.22;

/// How speed changes over a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Easing {
    /// Starts and ends softly.
    InOut,
    /// Starts softly, ends in full speed: for cuts on motion.
    In,
    /// The same speed throughout.
    Linear,
}

impl Easing {
    /// All, in the order shown.
    pub const ALL: [Self; 3] = [Self::InOut, Self::In, Self::Linear];

    /// As written in requests.
    pub fn id(self) -> &'static str {
        match self {
            Self::InOut => "in-out",
            Self::In => "in",
            Self::Linear => "linear",
        }
    }

    /// The easing with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    fn at(self, time: f32) -> f32 {
        let t = time.clamp(0.0, 1.0);
        match self {
            // Between a cosine and a line: soft at both ends, without the rush that a steeper curve has in its middle.
            Self::InOut => 0.5 - 0.5 * (t * TAU / 2.0).cos(),
            Self::In => t * t * (1.5 - 0.5 * t),
            Self::Linear => t,
        }
    }
}

/// Place, direction and lens of the camera; all nothing and `zoom` 1 shows the photo as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Right, down, forwards.
    pub shift: [f32; 3],
    /// Turned to the right, in radians.
    pub yaw: f32,
    /// Turned downwards, in radians.
    pub pitch: f32,
    /// Turned clockwise, in radians.
    pub roll: f32,
    /// Focal length against the photo's.
    pub zoom: f32,
}

impl Pose {
    /// The photo as it is.
    pub const IDENTITY: Self = Self {
        shift: [0.0; 3],
        yaw: 0.0,
        pitch: 0.0,
        roll: 0.0,
        zoom: 1.0,
    };

    /// Where a point of the photo with this nearness is seen.
    pub fn project(&self, point: [f32; 2], nearness: f32) -> [f32; 2] {
        let depth = 1.0 / nearness;
        let world = [
            point[0] * depth - self.shift[0],
            point[1] * depth - self.shift[1],
            depth - self.shift[2],
        ];
        let seen = self.turned(world);
        let scale = self.zoom / seen[2].max(0.05);
        [seen[0] * scale, seen[1] * scale]
    }

    /// Which point of the photo is seen at `seen`, if it has this nearness.
    pub fn unproject(&self, seen: [f32; 2], nearness: f32) -> [f32; 2] {
        let ray = self.turned_back([seen[0] / self.zoom, seen[1] / self.zoom, 1.0]);
        let far = (1.0 / nearness - self.shift[2]) / ray[2].max(0.05);
        [
            (self.shift[0] + far * ray[0]) * nearness,
            (self.shift[1] + far * ray[1]) * nearness,
        ]
    }

    fn turned(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let (sin, cos) = self.yaw.sin_cos();
        let (x, z) = (x * cos - z * sin, x * sin + z * cos);
        let (sin, cos) = self.pitch.sin_cos();
        let (y, z) = (y * cos - z * sin, y * sin + z * cos);
        let (sin, cos) = self.roll.sin_cos();
        [x * cos + y * sin, y * cos - x * sin, z]
    }

    fn turned_back(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let (sin, cos) = self.roll.sin_cos();
        let (x, y) = (x * cos - y * sin, y * cos + x * sin);
        let (sin, cos) = self.pitch.sin_cos();
        let (y, z) = (y * cos + z * sin, z * cos - y * sin);
        let (sin, cos) = self.yaw.sin_cos();
        [x * cos + z * sin, y, z * cos - x * sin]
    }
}

/// A whole camera move over one shot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    /// Which.
    pub camera: CameraMove,
    /// 1 is usual, 0 none.
    pub strength: f32,
    /// How speed changes.
    pub easing: Easing,
    /// Whether the end is the start.
    pub is_loop: bool,
    /// Seconds from the first to the last frame; only the hand's unrest depends on it.
    pub seconds: f32,
    /// Nearness of what the move turns about.
    pub pivot: f32,
    /// Where that is in the photo.
    pub center: [f32; 2],
    /// Additional zoom at full swing, so that no border is uncovered.
    pub cover: f32,
}

impl Path {
    /// How far the camera has swung out at `time` (0 to 1), 0 to 1: what [`Path::cover`] goes with.
    pub fn swing(&self, time: f32) -> f32 {
        if self.camera == CameraMove::Handheld {
            return self.unrest(time);
        }
        if self.is_loop {
            0.5 - 0.5 * (time * TAU).cos()
        } else {
            self.easing.at(time)
        }
    }

    /// The hand is quiet on the known frame and takes a moment to begin.
    fn unrest(&self, time: f32) -> f32 {
        const START_SECONDS: f32 = 0.6;
        let ramp = |seconds: f32| smooth(seconds / START_SECONDS.min(self.seconds * 0.4).max(1e-3));
        let end = if self.is_loop {
            ramp((1.0 - time) * self.seconds)
        } else {
            1.0
        };
        ramp(time * self.seconds) * end
    }

    /// The camera at `time`, 0 to 1.
    pub fn pose(&self, time: f32) -> Pose {
        let swing = self.swing(time) * self.strength;
        // A loop does not go back the way it came: across its main axis it swings to both sides.
        let aside = if self.is_loop {
            0.5 * (time * TAU).sin() * self.strength
        } else {
            0.0
        };
        let mut pose = self.moved(swing, aside, time);
        pose.zoom *= 1.0 + self.cover * self.swing(time);
        pose
    }

    fn moved(&self, swing: f32, aside: f32, time: f32) -> Pose {
        let mut pose = Pose::IDENTITY;
        let depth = 1.0 / self.pivot;
        match self.camera {
            CameraMove::Push | CameraMove::Pull => {
                let amount = if self.camera == CameraMove::Push {
                    0.15
                } else {
                    -0.09
                };
                pose.shift[2] = amount * swing * depth;
                // A push heads for the subject, not for the middle.
                let towards = if self.camera == CameraMove::Push {
                    0.45
                } else {
                    0.0
                };
                for axis in 0..2 {
                    pose.shift[axis] = self.center[axis] * depth * amount * swing * towards;
                }
                pose.shift[0] += 0.018 * aside * depth;
            }
            CameraMove::PanLeft | CameraMove::PanRight => {
                let sign = if self.camera == CameraMove::PanLeft {
                    -1.0
                } else {
                    1.0
                };
                pose.shift[0] = sign * 0.062 * swing * depth;
                pose.yaw = sign * 0.022 * swing;
                pose.shift[1] = 0.008 * aside * depth;
            }
            CameraMove::TiltUp | CameraMove::TiltDown => {
                let sign = if self.camera == CameraMove::TiltUp {
                    -1.0
                } else {
                    1.0
                };
                pose.shift[1] = sign * 0.040 * swing * depth;
                pose.pitch = sign * 0.022 * swing;
                pose.shift[0] = 0.01 * aside * depth;
            }
            CameraMove::Orbit => {
                let across = if self.is_loop {
                    0.10 * aside
                } else {
                    0.075 * swing
                };
                self.round_pivot(&mut pose, across * depth);
                pose.shift[2] += 0.03 * swing * depth;
                pose.shift[1] += -0.012 * swing * depth;
            }
            CameraMove::DollyZoom => {
                let back = 0.42 * swing * depth;
                pose.shift[2] = -back;
                pose.shift[0] = -self.center[0] * back * 0.6;
                pose.shift[1] = -self.center[1] * back * 0.6;
                pose.zoom = (depth + back) / depth;
                pose.shift[0] += 0.012 * aside * depth;
            }
            CameraMove::Handheld => self.shaken(&mut pose, swing, time),
            CameraMove::Still => {}
        }
        pose
    }

    /// Moves across and turns so that the pivot stays where it is seen.
    fn round_pivot(&self, pose: &mut Pose, across: f32) {
        let depth = 1.0 / self.pivot;
        pose.shift[0] += across;
        let before = self.center[0].atan();
        pose.yaw += ((self.center[0] * depth - across) / depth).atan() - before;
    }

    fn shaken(&self, pose: &mut Pose, swing: f32, time: f32) {
        // Sums of few slow waves; a loop takes whole numbers of them.
        let wave = |hertz: f32, phase: f32| {
            let turns = if self.is_loop {
                (hertz * self.seconds).round().max(1.0) * time
            } else {
                hertz * self.seconds * time
            };
            (turns * TAU + phase).sin()
        };
        let walk = |phase: f32| {
            0.6 * wave(0.31, phase)
                + 0.32 * wave(0.73, phase * 1.7 + 1.0)
                + 0.14 * wave(1.9, phase * 2.3)
        };
        let depth = 1.0 / self.pivot;
        pose.shift[0] = 0.014 * swing * walk(0.3) * depth;
        pose.shift[1] = 0.010 * swing * walk(2.1) * depth;
        pose.shift[2] = 0.012 * swing * walk(4.4) * depth;
        pose.yaw = 0.0045 * swing * walk(5.2);
        pose.pitch = 0.0040 * swing * walk(1.2);
        pose.roll = 0.0035 * swing * walk(3.3);
    }
}

/// From 0 to 1 and flat at both ends.
pub fn smooth(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    value * value * (3.0 - 2.0 * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(camera: CameraMove, is_loop: bool) -> Path {
        Path {
            camera,
            strength: 1.0,
            easing: Easing::InOut,
            is_loop,
            seconds: 4.0,
            pivot: 0.7,
            center: [0.1, 0.05],
            cover: 0.05,
        }
    }

    #[test]
    fn there_and_back_is_the_same_point() {
        for camera in CameraMove::ALL {
            let pose = path(camera, false).pose(0.8);
            for (point, nearness) in [([0.3, -0.2], 0.25), ([-0.45, 0.3], 0.9), ([0.0, 0.0], 0.5)] {
                let back = pose.unproject(pose.project(point, nearness), nearness);
                assert!(
                    (back[0] - point[0]).hypot(back[1] - point[1]) < 1e-4,
                    "{camera:?}: {point:?} became {back:?}"
                );
            }
        }
    }

    #[test]
    fn moves_start_on_the_photo_and_loops_end_on_it() {
        for camera in CameraMove::ALL {
            let corner = [0.5, 0.3];
            let seen = path(camera, false).pose(0.0).project(corner, 0.8);
            assert!(
                (seen[0] - 0.5).abs() + (seen[1] - 0.3).abs() < 1e-5,
                "{camera:?}"
            );
            let [last, first] =
                [0.99, 0.01].map(|time| path(camera, true).pose(time).project(corner, 0.8));
            let gap = (last[0] - first[0]).hypot(last[1] - first[1]);
            assert!(gap < 0.012, "{camera:?} jumps by {gap}");
            let first_step = path(camera, false).pose(0.01).project(corner, 0.8);
            let step = (first_step[0] - 0.5).hypot(first_step[1] - 0.3);
            assert!(step < 0.002, "{camera:?} starts with {step}");
        }
    }

    #[test]
    fn moves_go_where_they_say() {
        let end = |camera| path(camera, false).pose(1.0);
        let right = [0.3, 0.0];
        assert!(end(CameraMove::Push).project(right, 0.7)[0] > 0.33);
        assert!(end(CameraMove::Pull).project(right, 0.7)[0] < 0.3);
        assert!(end(CameraMove::PanLeft).project([0.0; 2], 0.7)[0] > 0.02);
        assert!(end(CameraMove::PanRight).project([0.0; 2], 0.7)[0] < -0.02);
        assert!(end(CameraMove::TiltUp).project([0.0; 2], 0.7)[1] > 0.02);
        assert!(end(CameraMove::TiltDown).project([0.0; 2], 0.7)[1] < -0.02);
        // What is turned about stays; what is behind it goes the other way than what is before it.
        let orbit = Path {
            cover: 0.0,
            ..path(CameraMove::Orbit, false)
        }
        .pose(1.0);
        let stays = orbit.project([0.1, 0.05], 0.7);
        assert!((stays[0] - 0.1).abs() < 0.012, "{stays:?}");
        let behind = orbit.project([0.1, 0.05], 0.3)[0] - stays[0];
        let before = orbit.project([0.1, 0.05], 1.0)[0] - stays[0];
        assert!(behind * before < 0.0 && behind.abs() > 0.01);
        let dolly = Path {
            cover: 0.0,
            ..path(CameraMove::DollyZoom, false)
        }
        .pose(1.0);
        let width = |nearness| {
            dolly.project([0.2, 0.0], nearness)[0] - dolly.project([-0.2, 0.0], nearness)[0]
        };
        assert!(
            (width(0.7) - 0.4).abs() < 1e-3,
            "the subject keeps its size"
        );
        assert!(width(0.25) > 0.46, "what is behind looms");
    }
}

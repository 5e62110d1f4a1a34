//! Who is in the scene, where they stand and how they move.

use super::{
    backdrop::{Ground, light},
    camera::Lens,
    paint::hash,
    prompt::{Scene, Subject},
    raster::Pose,
    sprites::{FRAMES, SpriteSet},
    words::{Motion, Place, Size, Time},
};
use std::f32::consts::TAU;

/// Animation frames a second; the pictures are drawn for about this rate.
const FRAMES_PER_SECOND: f32 = 8.0;
/// Depth at which subjects move with the camera.
const DEPTH: f32 = 0.85;
/// Pictures that roll or sail by themselves unless something else is said.
const VEHICLES: &[&str] = &[
    "1f697", "1f3ce", "1f695", "1f68c", "1f69a", "1f69b", "1f3cd", "1f682", "1f68a", "1f68b",
    "1f68e", "1f690", "1f691", "1f692", "1f693", "1f699", "1f69c", "1f69d", "1f69f", "1f6a2",
    "26f4", "26f5", "1f6a4", "1f6e5", "1f6f3", "1f6f6", "1f6fa", "1f6b4", "1f6b5", "1f6b6",
    "1f3c3", "1f3c7",
];
/// Pictures that are in the air.
const FLYERS: &[&str] = &[
    "1f426", "1f985", "1f989", "1f54a", "1f987", "1f98b", "1f41d", "1f99c", "1f680", "1f681",
    "2708", "1f6e9", "1f6f8", "1f47b", "1f9da", "1f31e", "1f31d", "2b50", "1f31f", "1f320", "2604",
    "1fa90", "1f308", "2601", "2600", "1f47c", "1f9b8", "1f9de", "1f32a", "2744",
];

/// One subject with everything decided but the time.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Which picture, by code.
    pub sprite: String,
    motion: Motion,
    /// World place of its middle at rest.
    home: [f32; 2],
    /// Half its height in world units.
    half: f32,
    /// World height of its feet's shadow; none for what flies.
    shadow: Option<f32>,
    /// To the left (as drawn) or to the right.
    faces_right: bool,
    /// 0 to 1, its own.
    luck: [f32; 4],
    tint: [f32; 3],
}

/// Where an actor is at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Stance {
    /// How its picture lies, in pixels.
    pub pose: Pose,
    /// Which frame of its animation.
    pub frame: usize,
    /// Middle and half width of its shadow in pixels, with its strength.
    pub shadow: Option<([f32; 2], f32, f32)>,
}

/// Everyone in `scene`, back to front. `aspect` is width over height of the frame.
pub fn cast(
    scene: &Scene,
    sprites: &SpriteSet,
    ground: Ground,
    aspect: f32,
    seed: u64,
) -> Vec<Actor> {
    let count = scene.subjects.len();
    let mut actors: Vec<Actor> = scene
        .subjects
        .iter()
        .enumerate()
        .map(|(index, subject)| {
            actor(
                scene,
                sprites,
                ground,
                aspect,
                [index, count],
                subject,
                seed,
            )
        })
        .collect();
    // Those whose feet are lower stand in front.
    actors.sort_by(|a, b| (a.home[1] + a.half).total_cmp(&(b.home[1] + b.half)));
    actors
}

fn is_one_of(code: &str, list: &[&str]) -> bool {
    list.iter()
        .any(|known| code == *known || code.starts_with(&format!("{known}-")))
}

fn usual_motion(code: &str, place: Place) -> Motion {
    if place == Place::Underwater || is_one_of(code, VEHICLES) {
        Motion::Go
    } else if is_one_of(code, FLYERS) || matches!(place, Place::Space | Place::Sky | Place::Sea) {
        Motion::Float
    } else {
        Motion::Stay
    }
}

fn actor(
    scene: &Scene,
    sprites: &SpriteSet,
    ground: Ground,
    aspect: f32,
    [index, count]: [usize; 2],
    subject: &Subject,
    seed: u64,
) -> Actor {
    let luck: [f32; 4] = std::array::from_fn(|k| hash(index as i32, k as i32 + 40, seed as u32));
    let code = subject.sprite.as_str();
    let motion = subject
        .motion
        .unwrap_or_else(|| usual_motion(code, scene.place));
    let flies = is_one_of(code, FLYERS)
        || matches!(
            motion,
            Motion::Rise | Motion::Circle | Motion::Float | Motion::Fall
        )
        || !(ground.is_solid || scene.place == Place::Sea && is_one_of(code, VEHICLES));
    let base = match subject.size {
        Size::Small => 0.17,
        Size::Medium => 0.36,
        Size::Large => 0.60,
    };
    let crowd = 1.0 - 0.09 * (count.min(6) - 1) as f32;
    // People and animals differ a little; things in a room of faces are larger.
    let is_face = sprites.group(code) == 0;
    let half = base * crowd * (0.9 + 0.2 * luck[0]) * if is_face { 0.85 } else { 1.0 };
    let spread = if count == 1 {
        0.0
    } else {
        index as f32 / (count - 1) as f32 * 2.0 - 1.0
    };
    let x = subject.side.map_or(spread * aspect * 0.62, |side| {
        side * aspect * 0.52 + spread * 0.25
    }) + (luck[1] - 0.5) * if count > 1 { 0.16 } else { 0.1 };
    let step = (luck[2] - 0.5) * if count > 1 { 0.16 } else { 0.0 };
    let y = if flies {
        let middle = if scene.place == Place::Underwater {
            0.05
        } else {
            -0.22
        };
        middle + (luck[2] - 0.5) * if count > 1 { 0.9 } else { 0.2 }
    } else {
        ground.line + 0.12 + step - half * 0.93
    };
    // Where nothing was said, neighbors of a crowd go the same way.
    let faces_right = match motion {
        Motion::Right => true,
        Motion::Left => false,
        _ => hash(7, count as i32, seed as u32) > 0.5 && motion == Motion::Go,
    };
    let is_timed = !matches!(
        scene.place,
        Place::Street | Place::Space | Place::Underwater | Place::Room | Place::Studio
    );
    let share = if scene.time == Time::Night {
        0.45
    } else {
        0.35
    };
    let tint = if is_timed {
        light(scene.time).map(|value| 1.0 + (value.min(1.0) - 1.0) * share)
    } else {
        [1.0; 3]
    };
    Actor {
        sprite: subject.sprite.clone(),
        motion,
        home: [x, y],
        half,
        shadow: (ground.is_solid && !flies).then_some(y + half * 0.95),
        faces_right,
        luck,
        tint,
    }
}

impl Actor {
    /// Where it is at `share` (0 to 1) of the shot, `seconds` from its start, in a frame of `height` pixels.
    pub fn stance(&self, share: f32, seconds: f32, lens: Lens, height: f32, aspect: f32) -> Stance {
        let [mut x, mut y] = self.home;
        let (mut scale, mut angle) = (1.0, 0.0);
        let swing = |rate: f32, index: usize| (TAU * (rate * seconds + self.luck[index])).sin();
        let mut lift = 0.0;
        match self.motion {
            Motion::Stay => angle = 0.02 * swing(0.35, 1),
            Motion::Right | Motion::Left | Motion::Go => {
                let way = if self.faces_right { 1.0 } else { -1.0 };
                // Crosses the middle halfway through, at a speed that suits short and long shots.
                let reach = aspect * (0.95 + 0.3 * self.luck[3]) + self.half;
                x += way * (share - 0.5) * 1.3 * reach;
                lift = 0.03 * self.half * swing(1.7, 0).abs();
                angle = 0.025 * swing(1.7, 1);
                if self.shadow.is_none() {
                    y += 0.05 * swing(0.5, 2);
                }
            }
            Motion::Bounce => lift = (0.28 + 0.14 * self.luck[2]) * swing(0.62, 0).abs(),
            Motion::Spin => angle = TAU * 0.4 * seconds,
            Motion::Grow => scale = 0.45 + 0.85 * share,
            Motion::Shrink => scale = 1.25 - 0.85 * share,
            Motion::Sway => {
                x += 0.07 * swing(0.75, 0);
                angle = 0.22 * swing(0.75, 0);
                lift = 0.04 * swing(1.5, 0).abs();
            }
            Motion::Rise => {
                y = 1.1 + self.half - share * (1.9 + self.half) - 0.2 * (self.luck[2] - 0.5);
            }
            Motion::Fall => y = (-1.2 - self.half + share * 2.6).min(self.home[1] + 0.5),
            Motion::Circle => {
                let turn = TAU * (0.22 * seconds + self.luck[0]);
                x += 0.55 * turn.cos();
                y += 0.26 * turn.sin();
            }
            Motion::Shake => {
                x += 0.018 * swing(6.1, 0);
                angle = 0.05 * swing(5.3, 1);
            }
            Motion::Float => {
                x += 0.10 * swing(0.13, 0);
                y += 0.07 * swing(0.31, 1);
                angle = 0.04 * swing(0.23, 2);
            }
            Motion::Approach => {
                scale = 0.35 + 0.95 * share * share;
                y -= (1.0 - share) * 0.2;
            }
        }
        let half = self.half * scale;
        // Feet stay on the ground while something grows.
        let y = y + (self.half - half) * if self.shadow.is_some() { 0.93 } else { 0.0 } - lift;
        self.placed([x, y], half, angle, [lift, seconds], lens, height, aspect)
    }

    fn placed(
        &self,
        [x, y]: [f32; 2],
        half: f32,
        angle: f32,
        [lift, seconds]: [f32; 2],
        lens: Lens,
        height: f32,
        aspect: f32,
    ) -> Stance {
        let zoom = lens.zoom_at(DEPTH);
        let [shift_x, shift_y] = lens.shift_at(DEPTH);
        let scale = height / 2.0;
        let pixel = |x: f32, y: f32| {
            [
                ((x - shift_x) * zoom + aspect) * scale,
                ((y - shift_y) * zoom + 1.0) * scale,
            ]
        };
        let is_turning =
            self.motion == Motion::Circle && (0.22 * seconds + self.luck[0]).rem_euclid(1.0) > 0.5;
        let faces_right = self.faces_right != is_turning;
        let frame = (seconds * FRAMES_PER_SECOND + self.luck[3] * FRAMES as f32) as usize % FRAMES;
        Stance {
            pose: Pose {
                center: pixel(x, y),
                half: half * zoom * scale,
                angle,
                aspect: if faces_right { -1.0 } else { 1.0 },
                opacity: 1.0,
                tint: self.tint,
            },
            frame,
            shadow: self.shadow.map(|_line| {
                let strength = 0.38 * (1.0 - lift * 2.0).clamp(0.25, 1.0);
                (
                    pixel(x, y + lift + half * 0.92),
                    half * 0.72 * zoom * scale,
                    strength,
                )
            }),
        }
    }
}

//! Who is in the scene, where they stand and how they move.

use super::{
    backdrop::{Ground, light},
    camera::{FOLLOW_REACH, Lens},
    figure::{Gait, Shown, shown},
    paint::hash,
    prompt::{Scene, Subject},
    raster::Pose,
    sprites::{FRAMES, SpriteSet},
    words::{Camera, Motion, Place, Size, Time},
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

/// Pictures that run on rails.
const ON_RAILS: &[&str] = &["1f682", "1f688", "1f68a", "1f68b", "1f69d", "1f69f"];
/// How large things are against a person, where it differs much.
const NATURAL_SIZES: &[(f32, &[&str])] = &[
    (
        0.45,
        &[
            "1f41d", "1f41c", "1f41e", "1f41b", "1f98b", "1f577", "1fab2", "1f40c",
        ],
    ),
    (
        0.6,
        &[
            "1f400", "1f401", "1f426", "1f54a", "1f424", "1f423", "1f987", "1f43f", "1f994",
            "1f980", "1f99c",
        ],
    ),
    (
        0.75,
        &[
            "1f407", "1f408", "1f415", "1f986", "1f989", "1f427", "1f413", "1f420", "1f41f",
            "1f421", "1f9a6", "2615",
        ],
    ),
    (
        1.2,
        &[
            "1f40e", "1f404", "1f402", "1f42a", "1f98c", "1f697", "1f695", "1f693", "1f699",
            "1f680", "26c4",
        ],
    ),
    (
        1.4,
        &[
            "1f418", "1f9a3", "1f98f", "1f99b", "1f992", "1f995", "1f996", "1f409", "1f40b",
            "1f433", "1f988", "1f68c", "1f69a", "1f69b", "1f692", "1f68b", "1f682", "1f68e",
            "2708", "1f681",
        ],
    ),
    (1.7, &["1f3a1", "1f3a2", "1f6a2", "1f6f3", "26f4"]),
];
/// Seconds that crossing the frame takes at least.
const CROSSING_SECONDS: f32 = 3.0;
/// Seconds from one wink to the next, and how long an eye stays closed.
const WINK_SECONDS: [f32; 2] = [1.5, 0.45];

/// Where and how long everybody plays.
#[derive(Debug, Clone, Copy)]
pub struct Boards {
    /// Where feet are.
    pub ground: Ground,
    /// Width over height of the frame.
    pub aspect: f32,
    /// How long the shot is.
    pub seconds: f32,
    /// Luck.
    pub seed: u64,
}

/// One subject with everything decided but the time.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Which picture, by code.
    pub sprite: String,
    /// World height of its soles, for what runs on rails.
    pub rails: Option<f32>,
    motion: Motion,
    /// World place of its middle at rest.
    home: [f32; 2],
    /// Half its height in world units.
    half: f32,
    /// Whether its feet throw a shadow; not for what flies.
    has_shadow: bool,
    /// To the left (as drawn) or to the right.
    faces_right: bool,
    /// World units that it covers in the shot.
    travel: f32,
    winks: bool,
    /// 0 to 1, its own.
    pub luck: [f32; 4],
    tint: [f32; 3],
}

/// Where an actor is at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Stance {
    /// How its picture lies, in pixels.
    pub pose: Pose,
    /// Which frame of its animation.
    pub frame: usize,
    /// How its limbs move, where it has some of ours.
    pub gait: Gait,
    /// Middle and half width of its shadow in pixels, with its strength.
    pub shadow: Option<([f32; 2], f32, f32)>,
}

/// Which way the camera goes along with the subjects: −1, 1, or 0 where nobody goes.
pub fn heading(scene: &Scene, seed: u64) -> f32 {
    let motion = |subject: &Subject| {
        subject
            .motion
            .unwrap_or_else(|| usual_motion(&subject.sprite, scene.place))
    };
    let mut ways = scene.subjects.iter().map(|subject| match motion(subject) {
        Motion::Right => 1.0,
        Motion::Left => -1.0,
        Motion::Go => go_way(scene, seed),
        _ => 0.0,
    });
    let first = ways.next().unwrap_or(0.0);
    if ways.all(|way| way == first) {
        first
    } else {
        0.0
    }
}

/// Where nothing was said, all go the same way.
fn go_way(scene: &Scene, seed: u64) -> f32 {
    let is_right = hash(7, scene.subjects.len() as i32, seed as u32) > 0.5;
    if is_right { 1.0 } else { -1.0 }
}

/// Everyone in `scene`, back to front.
pub fn cast(scene: &Scene, sprites: &SpriteSet, boards: Boards) -> Vec<Actor> {
    let rows = rows(scene);
    let mut actors = Vec::new();
    for (index, subject) in scene.subjects.iter().enumerate() {
        let like_it = |other: &&Subject| family(&other.sprite) == family(&subject.sprite);
        let place = Spot {
            index,
            number: scene.subjects[..index].iter().filter(like_it).count(),
            count: scene.subjects.iter().filter(like_it).count(),
            row: rows
                .iter()
                .position(|kind| *kind == family(&subject.sprite))
                .unwrap_or(0),
            rows: rows.len(),
        };
        actors.push(actor(scene, sprites, boards, place, subject));
    }
    // Those whose feet are lower stand in front.
    actors.sort_by(|a, b| (a.home[1] + a.half).total_cmp(&(b.home[1] + b.half)));
    actors
}

/// The kinds in a scene, the largest first: it stands at the back.
fn rows(scene: &Scene) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for subject in &scene.subjects {
        let kind = family(&subject.sprite);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_by(|a, b| natural_size(b).total_cmp(&natural_size(a)));
    kinds
}

/// Where in a scene's order a subject is.
#[derive(Debug, Clone, Copy)]
struct Spot {
    index: usize,
    /// Among those of its kind.
    number: usize,
    /// How many there are of its kind.
    count: usize,
    /// Row of its kind, 0 at the back.
    row: usize,
    rows: usize,
}

fn is_one_of(code: &str, list: &[&str]) -> bool {
    list.iter()
        .any(|known| code == *known || code.starts_with(&format!("{known}-")))
}

/// One name for pictures that are of one kind.
fn family(code: &str) -> &str {
    match code {
        "1f41f" | "1f420" | "1f421" => "1f420",
        code if code.starts_with("1f6b6") => "1f6b6",
        code => code,
    }
}

fn natural_size(code: &str) -> f32 {
    let found = NATURAL_SIZES
        .iter()
        .find(|(_, codes)| is_one_of(code, codes));
    found.map_or(1.0, |(size, _)| *size)
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

/// Half the height of a subject in world units.
fn half_height(
    scene: &Scene,
    sprites: &SpriteSet,
    subject: &Subject,
    spot: Spot,
    luck: f32,
) -> f32 {
    let shown = shown(&subject.sprite, sprites.group(&subject.sprite));
    if shown == Shown::Neck {
        return 0.72;
    }
    let crowd = scene.subjects.len();
    let usual =
        [0.48, 0.42, 0.37, 0.33][crowd.clamp(1, 4) - 1] * if crowd > 4 { 0.85 } else { 1.0 };
    let said = match subject.size {
        Size::Small => 0.5,
        Size::Medium => 1.0,
        Size::Large => 1.45,
    };
    let natural = natural_size(&subject.sprite);
    // Beside others a thing has its own size; alone it may fill the frame.
    let natural = natural.powf(if spot.rows > 1 { 0.8 } else { 0.3 });
    let is_face = shown == Shown::Whole && sprites.group(&subject.sprite) == 0;
    let face = if is_face { 0.75 } else { 1.0 };
    let differs = if spot.count > 1 {
        0.9 + 0.2 * luck
    } else {
        1.0
    };
    (usual * said * natural * face * differs).min(0.8)
}

/// How far from the left (−1) to the right (1) the one of several is.
fn spread(number: usize, count: usize) -> f32 {
    if count > 1 {
        number as f32 / (count - 1) as f32 * 2.0 - 1.0
    } else {
        0.0
    }
}

/// World place across of a subject's middle.
fn across(subject: &Subject, spot: Spot, aspect: f32, luck: [f32; 4], is_alone: bool) -> f32 {
    let among = spread(spot.number, spot.count);
    // Kinds stand in each other's gaps.
    let gap = spread(spot.row, spot.rows) * 0.25;
    let usual = among * aspect * 0.58 + gap;
    let place = subject
        .side
        .map_or(usual, |side| side * aspect * 0.52 + among * 0.25);
    place + (luck[1] - 0.5) * if is_alone { 0.2 } else { 0.12 }
}

/// World height of the soles of those who stand.
fn soles(spot: Spot, line: f32, luck: [f32; 4], runs_on_rails: bool) -> f32 {
    let step = if spot.count > 1 && !runs_on_rails {
        (luck[2] - 0.5) * 0.12
    } else {
        0.0
    };
    let row = if spot.rows > 1 {
        0.09 * (1.0 + spread(spot.row, spot.rows))
    } else {
        0.12
    };
    line + row + step
}

/// World height of the middle of those who fly or swim; neighbors keep to different heights.
fn aloft(place: Place, spot: Spot, luck: [f32; 4], is_alone: bool) -> f32 {
    let middle = if place == Place::Underwater {
        0.0
    } else {
        -0.20
    };
    let level = (spot.index as f32 * 0.618 + luck[2] * 0.3).fract() - 0.5;
    middle + level * if is_alone { 0.2 } else { 1.0 }
}

fn actor(
    scene: &Scene,
    sprites: &SpriteSet,
    boards: Boards,
    spot: Spot,
    subject: &Subject,
) -> Actor {
    let Boards {
        ground,
        aspect,
        seconds,
        seed,
    } = boards;
    let luck: [f32; 4] =
        std::array::from_fn(|k| hash(spot.index as i32, k as i32 + 40, seed as u32));
    let code = subject.sprite.as_str();
    let is_neck = shown(code, sprites.group(code)) == Shown::Neck;
    let usual = || usual_motion(code, scene.place);
    let motion = if is_neck {
        Motion::Sway
    } else {
        subject.motion.unwrap_or_else(usual)
    };
    // What is about to take off stands on the ground.
    let flies = is_one_of(code, FLYERS) && motion != Motion::Rise
        || matches!(motion, Motion::Circle | Motion::Float | Motion::Fall)
        || !ground.is_solid;
    let is_afloat = scene.place == Place::Sea && !is_one_of(code, FLYERS);
    let half = half_height(scene, sprites, subject, spot, luck[0]);
    let is_alone = scene.subjects.len() == 1;
    let runs_on_rails = ground.is_solid && is_one_of(code, ON_RAILS);
    let feet = soles(spot, ground.line, luck, runs_on_rails);
    let y = if is_neck {
        1.0 - half * 0.85
    } else if flies && !is_afloat {
        aloft(scene.place, spot, luck, is_alone)
    } else {
        feet - half * 0.93
    };
    // The camera goes along with those who all go one way.
    let follow = if scene.camera == Camera::Follow {
        heading(scene, seed).abs() * FOLLOW_REACH * DEPTH
    } else {
        0.0
    };
    let crossing = if is_alone { 0.55 } else { 0.35 } * aspect * (0.9 + 0.2 * luck[3]);
    Actor {
        rails: runs_on_rails.then_some(feet),
        motion,
        home: [across(subject, spot, aspect, luck, is_alone), y],
        half,
        has_shadow: ground.is_solid && !flies && !is_neck,
        faces_right: motion == Motion::Right || motion == Motion::Go && go_way(scene, seed) > 0.0,
        travel: crossing * (seconds / CROSSING_SECONDS).min(1.0) + follow,
        winks: subject.winks,
        luck,
        tint: tint(scene),
        sprite: subject.sprite.clone(),
    }
}

/// What the light does to subjects.
fn tint(scene: &Scene) -> [f32; 3] {
    let has_own_light = matches!(
        scene.place,
        Place::Street | Place::Space | Place::Underwater | Place::Room | Place::Studio
    );
    if has_own_light {
        return [1.0; 3];
    }
    let share = if scene.time == Time::Night {
        0.45
    } else {
        0.35
    };
    light(scene.time).map(|value| 1.0 + (value.min(1.0) - 1.0) * share)
}

/// World place of the middle of everybody, for the camera to look at.
pub fn middle(actors: &[Actor]) -> Option<[f32; 2]> {
    let count = actors.len().max(1) as f32;
    let sum = |axis: usize| actors.iter().map(|actor| actor.home[axis]).sum::<f32>();
    (!actors.is_empty()).then(|| [sum(0) / count, sum(1) / count])
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
                x += way * (share - 0.5) * self.travel;
                lift = 0.03 * self.half * swing(1.7, 0).abs();
                angle = 0.025 * swing(1.7, 1);
                if !self.has_shadow {
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
                // Off the ground slowly, and out at the top in the end.
                let climb = share.powf(1.7);
                y -= climb * (y + 1.0 + self.half * 0.6);
                x += 0.012 * swing(7.0, 0) * climb.min(0.3);
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
        let y = y + (self.half - half) * if self.has_shadow { 0.93 } else { 0.0 } - lift;
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
            gait: Gait {
                seconds: seconds + self.luck[0] * 3.0,
                goes: matches!(
                    self.motion,
                    Motion::Go | Motion::Left | Motion::Right | Motion::Approach
                ),
                cheers: matches!(self.motion, Motion::Sway | Motion::Bounce),
                winks: self.winks
                    && seconds.rem_euclid(WINK_SECONDS[0]) > WINK_SECONDS[0] - WINK_SECONDS[1],
            },
            shadow: self.has_shadow.then(|| {
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

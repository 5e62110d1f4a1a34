//! Bodies for pictures that are only a head or a bust: painted once in the picture's own colors, then moved limb by limb.
//!
//! Figure coordinates: the whole figure reaches from −1 (top of the head) to 1 (soles), sideways in the same unit.

use super::{
    paint::{Color, mix, shaded, smooth},
    raster::{Canvas, Layer, Pose, pixel},
};
use std::f32::consts::TAU;

/// Heads of animals and machines: code, coat, belly, hands and feet.
const HEADS: &[(&str, [Color; 3])] = &[
    (
        "1f436",
        [[0.93, 0.66, 0.40], [0.99, 0.92, 0.82], [0.99, 0.92, 0.82]],
    ),
    (
        "1f98a",
        [[0.98, 0.47, 0.08], [0.99, 0.90, 0.80], [0.30, 0.19, 0.16]],
    ),
    (
        "1f43a",
        [[0.60, 0.60, 0.62], [0.85, 0.84, 0.87], [0.44, 0.43, 0.46]],
    ),
    (
        "1f43b",
        [[0.47, 0.31, 0.26], [0.72, 0.53, 0.42], [0.39, 0.25, 0.21]],
    ),
    (
        "1f43b-200d-2744",
        [[0.95, 0.95, 0.97], [1.0, 1.0, 1.0], [0.86, 0.86, 0.90]],
    ),
    (
        "1f43c",
        [[0.93, 0.92, 0.97], [0.98, 0.98, 1.0], [0.27, 0.22, 0.36]],
    ),
    (
        "1f428",
        [[0.62, 0.62, 0.65], [0.88, 0.87, 0.90], [0.52, 0.52, 0.55]],
    ),
    (
        "1f438",
        [[0.18, 0.76, 0.42], [0.99, 0.76, 0.32], [0.12, 0.66, 0.42]],
    ),
    (
        "1f439",
        [[0.95, 0.65, 0.46], [0.99, 0.86, 0.74], [0.97, 0.62, 0.58]],
    ),
    (
        "1f981",
        [[0.96, 0.69, 0.28], [0.99, 0.85, 0.60], [0.84, 0.55, 0.24]],
    ),
    (
        "1f99d",
        [[0.60, 0.59, 0.62], [0.86, 0.86, 0.88], [0.32, 0.31, 0.34]],
    ),
    (
        "1f42d",
        [[0.82, 0.80, 0.86], [0.95, 0.94, 0.98], [0.98, 0.66, 0.70]],
    ),
    (
        "1f42e",
        [[0.92, 0.90, 0.94], [0.98, 0.97, 0.99], [0.28, 0.26, 0.30]],
    ),
    (
        "1f42f",
        [[0.98, 0.52, 0.16], [0.99, 0.93, 0.88], [0.92, 0.44, 0.12]],
    ),
    (
        "1f430",
        [[0.93, 0.92, 0.96], [1.0, 0.99, 1.0], [0.90, 0.88, 0.94]],
    ),
    (
        "1f431",
        [[0.99, 0.72, 0.22], [1.0, 0.88, 0.60], [0.95, 0.58, 0.22]],
    ),
    (
        "1f435",
        [[0.52, 0.34, 0.30], [0.95, 0.68, 0.62], [0.95, 0.68, 0.62]],
    ),
    (
        "1f437",
        [[0.98, 0.55, 0.70], [1.0, 0.72, 0.80], [0.90, 0.42, 0.58]],
    ),
    (
        "1f916",
        [[0.87, 0.84, 0.95], [0.30, 0.22, 0.42], [0.90, 0.20, 0.45]],
    ),
    (
        "1f47d",
        [[0.42, 0.84, 0.42], [0.60, 0.92, 0.55], [0.34, 0.74, 0.36]],
    ),
];
/// The only machine among them: its body is a box.
const ROBOT: &str = "1f916";
/// Heads of people.
const PEOPLE: &[&str] = &[
    "1f466", "1f467", "1f469", "1f9d1", "1f474", "1f475", "1f476", "1f9d2", "1f9d3", "1f385",
    "1f936",
];
/// Those in red with white.
const IN_RED: &[&str] = &["1f385", "1f936"];
/// Pictures of people that show more than a bust, or sit in something.
const WHOLE: &[&str] = &[
    "1f3c2", "1f3c3", "1f3c4", "1f3c7", "1f3ca", "1f3cb", "1f47c", "1f483", "1f57a", "1f6a3",
    "1f6b4", "1f6b5", "1f6b6", "1f933", "1f938", "1f93a", "1f9be", "1f9d7", "1f9d8", "1f9da",
    "1f9dc", "1f9de", "26f7", "26f9",
];
/// Endings of those who sit in a chair or at a desk.
const SEATED: &[&str] = &["1f9bc", "1f9bd", "1f4bb", "1f3eb"];
/// Necks that end at the picture's edge.
const NECKS: &[&str] = &["1f434", "1f984", "1f432", "1f433"];
const SKIN: Color = [0.99, 0.74, 0.16];
/// Steps of one leg each second.
const STEPS_A_SECOND: f32 = 1.5;

/// What a picture shows of whom it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Everything, or a thing.
    Whole,
    /// A head.
    Head,
    /// Head and shoulders.
    Bust,
    /// A head on a long neck, which only makes sense at the frame's lower edge.
    Neck,
}

/// What the picture `code` of an emoji group shows.
pub fn shown(code: &str, group: i32) -> Shown {
    let is_of = |list: &[&str]| {
        list.iter()
            .any(|known| code == *known || code.starts_with(&format!("{known}-200d-26")))
    };
    if NECKS.contains(&code) {
        Shown::Neck
    } else if PEOPLE.contains(&code) || HEADS.iter().any(|(known, _)| *known == code) {
        Shown::Head
    } else if group == 1 && !is_of(WHOLE) && !SEATED.iter().any(|end| code.ends_with(end)) {
        Shown::Bust
    } else {
        Shown::Whole
    }
}

/// A painted body.
#[derive(Debug)]
pub struct Figure {
    shown: Shown,
    torso: Layer,
    arm: Layer,
    leg: Layer,
    tail: Option<Layer>,
    /// Middle and size of the eye that winks, for each frame of the head, in parts of the picture.
    eyes: Vec<Option<[f32; 3]>>,
    lid: Layer,
}

/// How somebody moves at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gait {
    /// Seconds of its own clock.
    pub seconds: f32,
    /// Whether it goes.
    pub goes: bool,
    /// Whether the arms are thrown up.
    pub cheers: bool,
    /// Whether an eye is closed now.
    pub winks: bool,
}

/// Shade of a rounded thing lit from the upper left; `u` and `v` reach from −1 to 1 over it.
fn round(color: Color, u: f32, v: f32) -> Color {
    let light = 1.0 - 0.13 * (u * 0.5 + v);
    let rim = smooth(0.65, 1.05, u.hypot(v)) * 0.16;
    mix(shaded(color, light), shaded(color, 0.62), rim)
}

/// How deep inside a box with round corners, in its units; negative outside.
fn inside_box(x: f32, y: f32, [half_width, half_height]: [f32; 2], corner: f32) -> f32 {
    let (dx, dy) = (
        (x.abs() - half_width + corner).max(0.0),
        (y.abs() - half_height + corner).max(0.0),
    );
    corner - dx.hypot(dy)
}

/// A capsule that hangs from its upper end and ends in a foot or hand.
fn limb(color: Color, tip: Color) -> Layer {
    const WIDTH: usize = 72;
    const HEIGHT: usize = 168;
    Layer::painted(WIDTH, HEIGHT, |x, y| {
        let u = (x as f32 + 0.5) / WIDTH as f32 * 2.0 - 1.0;
        let v = (y as f32 + 0.5) / HEIGHT as f32;
        let at = u * WIDTH as f32 / HEIGHT as f32 * 0.5;
        let stem = inside_box(at, v - 0.5, [0.13, 0.46], 0.13);
        let foot = inside_box(at, v - 0.84, [0.195, 0.13], 0.12);
        let edge = 0.012;
        let in_foot = smooth(-edge, edge, foot);
        let alpha = smooth(-edge, edge, stem).max(in_foot);
        let own = mix(
            round(color, u * 1.3, v * 1.6 - 0.9),
            round(tip, u, (v - 0.84) * 5.0),
            in_foot,
        );
        pixel(own, alpha)
    })
}

/// A torso of half a unit around its middle: an egg, a shirt or a box.
fn torso(build: Build, [coat, belly, _]: [Color; 3]) -> Layer {
    const SIDE: usize = 192;
    Layer::painted(SIDE, SIDE, |x, y| {
        let u = (x as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let v = (y as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let edge = 0.02;
        match build {
            Build::Animal => {
                let reach = (u / (0.70 + 0.12 * v)).hypot(v / 0.94);
                let inner = (u / 0.46).hypot((v - 0.16) / 0.62);
                let color = mix(coat, belly, smooth(1.0, 0.93, inner));
                pixel(
                    round(color, u / 0.8, v),
                    smooth(1.0 + edge, 1.0 - edge, reach),
                )
            }
            Build::Person { shoulders, hips } => {
                let half = shoulders + (hips - shoulders) * smooth(-0.8, 0.8, v);
                let deep = inside_box(u, v, [half, 0.92], 0.26);
                let belt = smooth(0.56, 0.58, v);
                let color = mix(coat, belly, belt);
                pixel(round(color, u / half, v), smooth(-edge, edge, deep))
            }
            Build::Machine => {
                let deep = inside_box(u, v, [0.66, 0.86], 0.30);
                let panel = smooth(-edge, edge, inside_box(u, v + 0.10, [0.40, 0.36], 0.14));
                let lamp = smooth(0.10, 0.07, (u - 0.18).hypot(v + 0.16));
                let second = smooth(0.10, 0.07, (u + 0.12).hypot(v + 0.16));
                let color = mix(round(coat, u, v), belly, panel);
                let color = mix(color, [0.20, 0.66, 1.0], lamp);
                pixel(
                    mix(color, [1.0, 0.72, 0.15], second),
                    smooth(-edge, edge, deep),
                )
            }
        }
    })
}

#[derive(Debug, Clone, Copy)]
enum Build {
    Animal,
    Person { shoulders: f32, hips: f32 },
    Machine,
}

impl Figure {
    /// A body for the picture `code` of an emoji group with these frames; `None` for what needs none. `luck` (0 to 1)
    /// chooses clothes.
    pub fn new(code: &str, group: i32, frames: &[Layer], luck: f32) -> Option<Self> {
        let shown = shown(code, group);
        let head = frames.first()?;
        let (build, colors, leg) = match shown {
            Shown::Whole | Shown::Neck => return None,
            Shown::Head => match HEADS.iter().find(|(known, _)| *known == code) {
                Some((_, colors)) if code == ROBOT => (Build::Machine, *colors, colors[0]),
                Some((_, colors)) => (Build::Animal, *colors, dark_limbs(code, *colors)),
                None => {
                    let build = Build::Person {
                        shoulders: 0.62,
                        hips: 0.56,
                    };
                    let shirt = shirt(code, luck);
                    let trousers = [0.22, 0.27, 0.45];
                    (build, [shirt, trousers, SKIN], trousers)
                }
            },
            Shown::Bust => {
                let (half, cloth) = hem(head);
                let build = Build::Person {
                    shoulders: (half * 1.18).min(0.98),
                    hips: 0.62,
                };
                let trousers = shaded(cloth, 0.72);
                (build, [cloth, trousers, [0.22, 0.20, 0.24]], trousers)
            }
        };
        let is_person = matches!(build, Build::Person { .. });
        let shoe = if is_person {
            [0.24, 0.20, 0.22]
        } else {
            colors[2]
        };
        let arm = if is_person || code == ROBOT {
            colors[0]
        } else {
            leg
        };
        let has_tail = matches!(build, Build::Animal) && !matches!(code, "1f438" | "1f47d");
        let eyes: Vec<_> = frames.iter().map(eye).collect();
        let lid = lid(frames
            .iter()
            .zip(&eyes)
            .find_map(|(frame, eye)| beside(frame, (*eye)?)));
        Some(Self {
            shown,
            torso: torso(build, colors),
            arm: limb(arm, colors[2]),
            leg: limb(leg, shoe),
            tail: has_tail.then(|| limb(colors[0], colors[1])),
            eyes,
            lid,
        })
    }

    /// Draws the body with the head's frame number `index` on it, where `pose` says the whole figure is.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        frames: &[Layer],
        index: usize,
        pose: Pose,
        gait: Gait,
    ) {
        let swing = (TAU * STEPS_A_SECOND * 0.5 * gait.seconds).sin();
        let stride = if gait.goes { 0.55 * swing } else { 0.0 };
        let is_bust = self.shown == Shown::Bust;
        let put = |canvas: &mut Canvas, layer: &Layer, part: Part| part.draw(canvas, layer, pose);
        if let Some(tail) = &self.tail {
            let wag = (gait.seconds * 6.0).sin() * 0.25;
            put(
                canvas,
                tail,
                Part::hanging([0.20, 0.66], 0.42, [0.10, -1.9 + wag]),
            );
        }
        for side in [-1.0, 1.0] {
            let hip = [side * 0.16, 0.52];
            let lean = -side * 0.04 + stride * side;
            // The foot that swings forward is lifted.
            let length = 0.47 - 0.06 * (stride * side).abs();
            put(canvas, &self.leg, Part::hanging(hip, length, [0.24, lean]));
        }
        let arm = |canvas: &mut Canvas, side: f32| {
            let lean = if gait.cheers {
                -side * (2.6 + 0.2 * (gait.seconds * 9.0 + side).sin())
            } else {
                -side * 0.42 - stride * 0.8 * side
            };
            put(
                canvas,
                &self.arm,
                Part::hanging([side * 0.27, 0.16], 0.44, [0.20, lean]),
            );
        };
        if !is_bust {
            arm(canvas, -1.0);
            arm(canvas, 1.0);
        }
        let (middle, half) = if is_bust { (0.42, 0.34) } else { (0.36, 0.42) };
        put(canvas, &self.torso, Part::square([0.0, middle], half));
        let Some(frame) = frames.get(index) else {
            return;
        };
        let (middle, half) = if is_bust {
            (-0.34, 0.66)
        } else {
            (-0.38, 0.62)
        };
        let nod = if gait.goes { 0.02 * swing.abs() } else { 0.0 };
        put(canvas, frame, Part::square([0.0, middle - nod], half));
        if let (true, Some(Some([u, v, size]))) = (gait.winks, self.eyes.get(index)) {
            let at = [
                (u * 2.0 - 1.0) * half,
                middle - nod + (v * 2.0 - 1.0) * half,
            ];
            put(canvas, &self.lid, Part::square(at, size * 2.0 * half));
        }
    }
}

/// Pandas have dark limbs; the others' are like their coat.
fn dark_limbs(code: &str, [coat, _, tip]: [Color; 3]) -> Color {
    if matches!(code, "1f43c" | "1f99d") {
        tip
    } else {
        coat
    }
}

fn shirt(code: &str, luck: f32) -> Color {
    const SHIRTS: [Color; 6] = [
        [0.90, 0.33, 0.36],
        [0.25, 0.55, 0.90],
        [0.35, 0.70, 0.45],
        [0.72, 0.42, 0.82],
        [0.98, 0.60, 0.30],
        [0.20, 0.70, 0.72],
    ];
    if IN_RED.contains(&code) {
        [0.86, 0.16, 0.18]
    } else {
        SHIRTS[(luck * SHIRTS.len() as f32) as usize % SHIRTS.len()]
    }
}

/// Half the width of a bust at its lower end, in parts of half the picture, and the color of its clothes there.
fn hem(bust: &Layer) -> (f32, Color) {
    let row = (bust.height as f32 * 0.90) as usize;
    let seen: Vec<usize> = (0..bust.width)
        .filter(|x| bust.color_at(*x, row).is_some())
        .collect();
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else {
        return (0.6, [0.4, 0.4, 0.5]);
    };
    let half = (last - first) as f32 / bust.width as f32;
    let at = first + (last - first) * 3 / 10;
    (half, bust.color_at(at, row).unwrap_or([0.4, 0.4, 0.5]))
}

/// The dark eye to the right of a face's middle: its place and half its size, in parts of the picture.
fn eye(face: &Layer) -> Option<[f32; 3]> {
    let (width, height) = (face.width as f32, face.height as f32);
    let columns = (width * 0.53) as usize..(width * 0.68) as usize;
    let rows = (height * 0.24) as usize..(height * 0.52) as usize;
    let is_dark = |x: usize, y: usize| {
        let color = face.color_at(x, y);
        color.is_some_and(|[r, g, b]| 0.3 * r + 0.6 * g + 0.1 * b < 0.28)
    };
    let dark: Vec<(usize, usize)> = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|(x, y)| is_dark(*x, *y))
        .collect();
    let range = |values: &mut dyn Iterator<Item = usize>| {
        let values: Vec<usize> = values.collect();
        Some((*values.iter().min()? as f32, *values.iter().max()? as f32))
    };
    let (left, right) = range(&mut dark.iter().map(|place| place.0))?;
    let (top, bottom) = range(&mut dark.iter().map(|place| place.1))?;
    let is_small = right - left < width * 0.12 && bottom - top < height * 0.16;
    (dark.len() > 12 && is_small).then_some([
        (left + right + 1.0) / 2.0 / width,
        (top + bottom + 1.0) / 2.0 / height,
        (bottom - top + 1.0) / height * 0.75,
    ])
}

/// The color of a face beside its eye.
fn beside(face: &Layer, [u, v, size]: [f32; 3]) -> Option<Color> {
    let x = ((u + size * 1.1) * face.width as f32) as usize;
    face.color_at(x.min(face.width - 1), (v * face.height as f32) as usize)
}

/// A closed eye in the face's color.
fn lid(skin: Option<Color>) -> Layer {
    const SIDE: usize = 64;
    let skin = skin.unwrap_or(SKIN);
    Layer::painted(SIDE, SIDE, |x, y| {
        let u = (x as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let v = (y as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let cover = smooth(1.0, 0.7, (u / 0.75).hypot(v));
        let arc = (v - 0.35 + 0.55 * (1.0 - u * u)).abs();
        let line = smooth(0.20, 0.12, arc) * smooth(0.88, 0.80, u.abs());
        pixel(mix(skin, [0.20, 0.12, 0.12], line), cover.max(line))
    })
}

/// Where a part of a figure is, in figure coordinates.
#[derive(Debug, Clone, Copy)]
struct Part {
    middle: [f32; 2],
    half: f32,
    angle: f32,
    aspect: f32,
}

impl Part {
    fn square(middle: [f32; 2], half: f32) -> Self {
        Self {
            middle,
            half,
            angle: 0.0,
            aspect: 1.0,
        }
    }

    /// Hangs from a joint, leaning by an angle; `width` against `length`.
    fn hanging(joint: [f32; 2], length: f32, [width, lean]: [f32; 2]) -> Self {
        let (sin, cos) = lean.sin_cos();
        let half = length / 2.0;
        Self {
            middle: [joint[0] - sin * half, joint[1] + cos * half],
            half,
            angle: lean,
            aspect: width / length,
        }
    }

    fn draw(self, canvas: &mut Canvas, layer: &Layer, whole: Pose) {
        let side = whole.aspect.signum();
        let (sin, cos) = whole.angle.sin_cos();
        let (x, y) = (self.middle[0] * side, self.middle[1]);
        let center = [
            whole.center[0] + (x * cos - y * sin) * whole.half,
            whole.center[1] + (x * sin + y * cos) * whole.half,
        ];
        canvas.draw_sprite(
            layer,
            Pose {
                center,
                half: self.half * whole.half,
                angle: whole.angle + self.angle * side,
                aspect: self.aspect * side,
                ..whole
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{manifest::Models, models::sketch::sprites::SpriteSet};

    fn drawn(code: &str, gait: Gait) -> Canvas {
        let sprites = SpriteSet::shipped(&Models::locate().unwrap()).unwrap();
        let frames = sprites.frames(code).unwrap();
        let figure = Figure::new(code, sprites.group(code), &frames, 0.5).unwrap();
        let mut canvas = Canvas::new(200, 200);
        let pose = Pose {
            center: [100.0, 100.0],
            half: 90.0,
            angle: 0.0,
            aspect: 1.0,
            opacity: 1.0,
            tint: [1.0; 3],
        };
        figure.draw(&mut canvas, &frames, 0, pose, gait);
        canvas
    }

    const STANDS: Gait = Gait {
        seconds: 0.3,
        goes: false,
        cheers: false,
        winks: false,
    };

    #[test]
    fn heads_and_busts_get_legs_and_whole_pictures_none() {
        let sprites = SpriteSet::shipped(&Models::locate().unwrap()).unwrap();
        for (code, is_whole) in [
            ("1f98a", false),
            ("1f46e", false),
            ("1f9a3", true),
            ("1f6b6-200d-2640", true),
        ] {
            assert_eq!(
                shown(code, sprites.group(code)) == Shown::Whole,
                is_whole,
                "{code}"
            );
        }
        // Feet near the lower edge, where a head alone would leave the canvas black.
        for code in ["1f98a", "1f46e", "1f467", "1f916"] {
            let canvas = drawn(code, STANDS);
            let below = &canvas.pixels[180 * 200..186 * 200];
            assert!(below.iter().any(|pixel| *pixel != 0xff00_0000), "{code}");
        }
    }

    #[test]
    fn legs_swing_and_an_eye_closes() {
        let stands = drawn("1f436", STANDS);
        let goes = drawn(
            "1f436",
            Gait {
                goes: true,
                ..STANDS
            },
        );
        let winks = drawn(
            "1f436",
            Gait {
                winks: true,
                ..STANDS
            },
        );
        let changed = |other: &Canvas, rows: std::ops::Range<usize>| {
            let pairs = stands.pixels.iter().zip(&other.pixels);
            let inside = pairs
                .enumerate()
                .filter(|(at, _)| rows.contains(&(at / 200)));
            inside.filter(|(_, (a, b))| a != b).count()
        };
        assert!(changed(&goes, 140..200) > 200);
        assert!(changed(&winks, 20..100) > 20);
        assert_eq!(changed(&winks, 110..200), 0);
    }
}

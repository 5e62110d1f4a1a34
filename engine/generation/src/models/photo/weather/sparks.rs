//! Lights: embers that rise, discs out of focus, fireworks. They add light and hide nothing.

use super::{Marks, Moment, Stage};
use crate::models::photo::{
    air::{Air, Mark, Shape, Shown},
    camera::{NEARNESS_FAR, smooth},
    masks::Random,
    words::Ambience,
};
use std::f32::consts::TAU;

/// Seconds from one burst to the next, at the usual amount.
const BURST_EVERY_SECONDS: f32 = 0.62;
/// A shell is seen for so long, the rise included.
const RISE_SECONDS: f32 = 0.75;
const GLOW_SECONDS: f32 = 2.3;

/// Lights of one kind.
#[derive(Debug)]
pub enum Sparks {
    /// Glowing bits over a fire.
    Embers(Vec<Ember>),
    /// Lamps far out of focus.
    Bokeh(Vec<Disc>),
    /// Shells, one after the other, from this seed; how often against the usual.
    Fireworks(u64, f32),
}

/// A glowing bit.
#[derive(Debug, Clone, Copy)]
pub struct Ember {
    home: [f32; 2],
    nearness: f32,
    rise: f32,
    phase: f32,
    radius: f32,
    lasts: f32,
}

/// A lamp out of focus.
#[derive(Debug, Clone, Copy)]
pub struct Disc {
    home: [f32; 2],
    nearness: f32,
    radius: f32,
    strength: f32,
    color: usize,
    phase: f32,
    drift: [f32; 2],
}

impl Sparks {
    /// The lights of `kind`, if it is one that glows.
    pub fn new(kind: Ambience, amount: f32, random: &mut Random) -> Option<Self> {
        match kind {
            Ambience::Embers => {
                let ember = |_| Ember {
                    home: [random.between(-1.0, 1.0), random.unit()],
                    nearness: 0.4 * (2.0_f32 / 0.4).powf(random.unit().powf(1.7)),
                    rise: random.between(0.10, 0.24),
                    phase: random.unit(),
                    radius: random.between(0.0010, 0.0022),
                    lasts: random.between(1.6, 4.0),
                };
                Some(Self::Embers(
                    (0..(420.0 * amount) as usize).map(ember).collect(),
                ))
            }
            Ambience::Bokeh => {
                let disc = |index: usize| Disc {
                    home: [random.between(-1.1, 1.1), random.between(-1.1, 0.9)],
                    nearness: if index.is_multiple_of(5) {
                        random.between(1.0, 1.6)
                    } else {
                        random.between(0.25, 0.45)
                    },
                    radius: 0.010 + 0.036 * random.unit().powi(2),
                    strength: 0.07 + 0.45 * random.unit().powi(2),
                    color: random.below(6),
                    phase: random.unit(),
                    drift: [random.between(-0.012, 0.012), random.between(-0.014, 0.004)],
                };
                Some(Self::Bokeh(
                    (0..(72.0 * amount) as usize).map(disc).collect(),
                ))
            }
            Ambience::Fireworks => Some(Self::Fireworks(random.bits(), amount)),
            _ => None,
        }
    }

    /// Adds their marks, and what they light up.
    pub fn add(&self, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>, air: &mut Air) {
        match self {
            Self::Embers(embers) => {
                for ember in embers {
                    ember.add(stage, moment, marks);
                }
            }
            Self::Bokeh(discs) => {
                for disc in discs {
                    disc.add(stage, moment, marks);
                }
            }
            Self::Fireworks(seed, amount) => fireworks(*seed, *amount, stage, moment, marks, air),
        }
    }
}

impl Ember {
    fn add(&self, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>) {
        let life = moment.seconds / self.lasts + self.phase;
        let (turn, life) = (life.floor(), life.fract());
        let mut random = Random(u64::from(self.home[0].to_bits()) ^ ((turn as u64) << 33));
        let start = [
            (self.home[0] + random.between(-0.4, 0.4)) * stage.half[0] * 1.1,
            stage.half[1] * random.between(0.1, 1.25),
        ];
        let at = |life: f32| {
            let seconds = life * self.lasts;
            let wind =
                |hertz: f32, shift: f32| (TAU * (hertz * seconds + self.phase * 7.0 + shift)).sin();
            let across = 0.016 * wind(0.45, 0.0)
                + 0.007 * wind(1.3, 0.3)
                + 0.035 * seconds * (self.phase - 0.35);
            // Hot air carries it faster the longer it is carried.
            let up = self.rise * seconds * (0.7 + 0.3 * life) + 0.006 * wind(0.9, 0.6);
            [
                start[0] + across * self.nearness,
                start[1] - up * self.nearness,
            ]
        };
        let (here, before) = (at(life), at(life - moment.shutter * 1.6 / self.lasts));
        let scale = marks.scale();
        let trail = [0, 1].map(|axis| (here[axis] - before[axis]) * scale);
        let flicker = 0.7 + 0.3 * (TAU * (5.3 * moment.seconds + self.phase * 31.0)).sin();
        let heat = smooth(life * 6.0) * (1.0 - life).powf(0.8) * flicker * moment.presence;
        let blur = (self.nearness - stage.middle.max(0.5) - 0.3).max(0.0) * 0.006 * scale;
        let radius = self.radius * self.nearness * scale;
        let thin = ((radius + 0.3) / (radius + 0.3 + blur)).powf(1.5);
        // From yellow through orange to a dull red as it cools.
        let color = [1.0, 0.16 + 0.34 * heat, 0.015 + 0.10 * heat * heat];
        let seen = marks.seen(here, self.nearness);
        let mark = |radius: f32, firm: f32, light: f32| Mark {
            at: seen,
            trail,
            radius,
            shape: Shape::Blob { firm },
            light: color.map(|part| part * light),
            cover: 0.0,
            shown: Shown::Everywhere,
        };
        marks.add(
            self.nearness,
            mark((radius + blur) * 1.3, 0.3, 4.2 * heat * thin),
        );
        marks.add(
            self.nearness,
            mark((radius + blur) * 7.5 + 2.0, 0.0, 0.13 * heat * thin),
        );
    }
}

impl Disc {
    fn add(&self, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>) {
        const LAMPS: [[f32; 3]; 5] = [
            [1.0, 0.72, 0.38],
            [1.0, 0.55, 0.22],
            [1.0, 0.85, 0.62],
            [0.95, 0.45, 0.40],
            [0.62, 0.80, 1.0],
        ];
        let at = [0, 1].map(|axis| {
            let waves =
                0.006 * (TAU * (0.11 * moment.seconds + self.phase + 0.3 * axis as f32)).sin();
            self.home[axis] * stage.half[axis] + self.drift[axis] * moment.seconds + waves
        });
        let color = LAMPS.get(self.color).copied().unwrap_or(stage.tone.sparkle);
        let breath = 0.65 + 0.35 * (TAU * (0.16 * moment.seconds + self.phase)).sin();
        let light = self.strength * breath * moment.presence;
        let size = if self.nearness > 1.0 { 1.5 } else { 1.0 };
        let dim = if self.nearness > 1.0 { 0.3 } else { 1.0 };
        marks.add(
            self.nearness,
            Mark {
                at: marks.seen(at, self.nearness),
                trail: [0.0; 2],
                radius: self.radius * size * marks.scale(),
                shape: Shape::Bokeh,
                light: color.map(|part| part * light * dim),
                cover: 0.0,
                shown: Shown::Everywhere,
            },
        );
    }
}

/// One shell.
struct Shell {
    /// Where it bursts.
    at: [f32; 2],
    /// How far sparks fly.
    reach: f32,
    colors: [[f32; 3]; 2],
    count: usize,
    is_willow: bool,
}

impl Shell {
    fn new(stage: &Stage<'_>, random: &mut Random) -> Self {
        const COLORS: [[f32; 3]; 7] = [
            [1.0, 0.62, 0.18],
            [1.0, 0.16, 0.10],
            [0.22, 0.90, 0.30],
            [0.25, 0.42, 1.0],
            [0.90, 0.22, 0.85],
            [1.0, 0.88, 0.66],
            [0.20, 0.85, 0.95],
        ];
        let top = -stage.half[1];
        let low = if stage.has_sky {
            stage.horizon
        } else {
            0.1 * stage.half[1]
        };
        let first = random.below(COLORS.len());
        let second = if random.unit() < 0.4 {
            random.below(COLORS.len())
        } else {
            first
        };
        Self {
            at: [
                random.between(-0.82, 0.82) * stage.half[0],
                top + (low - top) * random.between(0.16, 0.62),
            ],
            reach: random.between(0.095, 0.185),
            colors: [COLORS[first], COLORS[second]],
            count: 150 + random.below(90),
            is_willow: random.unit() < 0.3,
        }
    }
}

fn fireworks(
    seed: u64,
    amount: f32,
    stage: &Stage<'_>,
    moment: &Moment,
    marks: &mut Marks<'_>,
    air: &mut Air,
) {
    let every = BURST_EVERY_SECONDS / amount.clamp(0.2, 3.0);
    let newest = (moment.seconds / every).floor() as i64;
    let lasts = RISE_SECONDS + GLOW_SECONDS;
    let oldest = newest - (lasts / every).ceil() as i64;
    for number in oldest.max(0)..=newest {
        let mut random = Random(seed ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let delay = random.between(0.0, 0.6 * every);
        let age = moment.seconds - number as f32 * every - delay;
        if !(0.0..lasts).contains(&age) {
            continue;
        }
        let shell = Shell::new(stage, &mut random);
        if age < RISE_SECONDS {
            rise(&shell, age, stage, moment, marks);
        } else {
            burst(
                &shell,
                age - RISE_SECONDS,
                &mut random,
                stage,
                moment,
                marks,
            );
            flash(&shell, age - RISE_SECONDS, moment, air);
        }
    }
}

fn spark(
    marks: &mut Marks<'_>,
    stage: &Stage<'_>,
    ends: [[f32; 2]; 2],
    radius: f32,
    light: [f32; 3],
) {
    const NEARNESS: f32 = NEARNESS_FAR + 0.02;
    let mark = |ends: [[f32; 2]; 2], radius: f32, firm: f32, light: [f32; 3]| Mark {
        at: [
            f32::midpoint(ends[0][0], ends[1][0]),
            f32::midpoint(ends[0][1], ends[1][1]),
        ],
        trail: [ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]],
        radius,
        shape: Shape::Blob { firm },
        light,
        cover: 0.0,
        shown: if stage.has_sky {
            Shown::OnSky
        } else {
            Shown::Everywhere
        },
    };
    let seen = ends.map(|end| marks.seen(end, NEARNESS));
    let radius = (radius * marks.scale()).max(0.9);
    // A trail is drawn as bright along its length as its head is: it is light kept by the eye, not spread.
    let length = (seen[1][0] - seen[0][0]).hypot(seen[1][1] - seen[0][1]);
    let kept = (2.0 * radius + length) / (2.0 * radius);
    let head = light.map(|part| part * kept.min(9.0) * 0.6);
    marks.add(NEARNESS, mark(seen, radius, 0.2, head));
    let glow = light.map(|part| part * 0.040 * kept.min(4.0));
    marks.add(NEARNESS, mark(seen, radius * 7.0, 0.0, glow));
    if stage.has_water {
        // Water draws the mirrored light out towards the camera.
        let [x, y] = ends[1];
        let below = 2.0 * stage.horizon - y;
        let mirrored = [[x, below - 0.02], [x, below + 0.04]];
        let seen = mirrored.map(|end| marks.seen(end, NEARNESS));
        let light = light.map(|part| part * 0.16);
        let mirrored = mark(seen, radius * 3.0, 0.0, light);
        marks.add(
            NEARNESS,
            Mark {
                shown: Shown::OnWater,
                ..mirrored
            },
        );
    }
}

fn rise(shell: &Shell, age: f32, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>) {
    let at = |age: f32| {
        let left = (1.0 - age / RISE_SECONDS).clamp(0.0, 1.0);
        [
            shell.at[0] + 0.012 * left,
            shell.at[1] + (stage.half[1] * 0.9 - shell.at[1]) * left.powf(1.7),
        ]
    };
    let light = 0.5 * moment.presence * (1.0 - (age / RISE_SECONDS).powi(3));
    spark(
        marks,
        stage,
        [at(age - 0.07), at(age)],
        0.0008,
        [light, light * 0.72, light * 0.4],
    );
}

fn burst(
    shell: &Shell,
    age: f32,
    random: &mut Random,
    stage: &Stage<'_>,
    moment: &Moment,
    marks: &mut Marks<'_>,
) {
    // Drag stops sparks soon; then they sink.
    let (drag, sinks) = if shell.is_willow {
        (2.0, 0.045)
    } else {
        (3.0, 0.022)
    };
    let flown = |age: f32| 1.0 - (-drag * age.max(0.0)).exp();
    let tail = if shell.is_willow { 0.26 } else { 0.10 };
    for index in 0..shell.count {
        let (around, up) = (random.unit() * TAU, random.between(-1.0, 1.0));
        let flat = (1.0_f32 - up * up).sqrt();
        let speed = random.between(0.86, 1.06);
        let direction = [flat * around.cos() * speed, up * speed];
        let lasts = random.between(0.75, 1.0) * GLOW_SECONDS;
        let twinkle = random.unit();
        let at = |age: f32| {
            let age = age.max(0.0);
            let far = shell.reach * flown(age);
            [
                shell.at[0] + direction[0] * far,
                shell.at[1] + direction[1] * far + sinks * age * age,
            ]
        };
        let left = (1.0 - age / lasts).max(0.0);
        let blink = if left < 0.45 {
            0.35 + 0.65 * (TAU * (9.0 * age + twinkle * 5.0)).sin().abs()
        } else {
            1.0
        };
        let light = moment.presence * left.powf(0.9) * blink * 1.6;
        if light < 0.01 {
            continue;
        }
        let white = (1.0 - age * 5.0).max(0.0);
        let color = shell.colors[index % 2].map(|part| (part + (1.0 - part) * white) * light);
        spark(
            marks,
            stage,
            [at(age - tail * (0.4 + 0.6 * left)), at(age)],
            0.00085,
            color,
        );
    }
}

/// The burst lights the whole scene for a moment, and the smoke round it longer.
fn flash(shell: &Shell, age: f32, moment: &Moment, air: &mut Air) {
    let bright = (-age / 0.16).exp() * 0.22 * moment.presence;
    let color = shell.colors[0];
    for (gain, color) in air.grade.gain.iter_mut().zip(color) {
        *gain *= 1.0 + bright * (0.4 + 0.6 * color);
    }
}

//! Snow, rain, petals, leaves and dust: many small things that drift through the air, near and far.

use super::{Marks, Moment, Stage};
use crate::models::photo::{
    air::{Mark, Shape, Shown},
    camera::smooth,
    masks::Random,
    words::Ambience,
};
use std::f32::consts::TAU;

/// One flake, drop, petal, leaf or mote. Lengths are of the photo's longer side, at nearness 1.
#[derive(Debug, Clone, Copy)]
struct Drifter {
    home: [f32; 2],
    nearness: f32,
    velocity: [f32; 2],
    sway: f32,
    sway_hertz: f32,
    phase: f32,
    radius: f32,
    /// It appears when this much of the ambience is there.
    comes_at: f32,
    spin: f32,
    flip: f32,
    tint: f32,
}

/// All things of one kind.
#[derive(Debug)]
pub struct Drift {
    kind: Ambience,
    things: Vec<Drifter>,
}

/// What things of a kind are like.
struct Habit {
    count: f32,
    /// Farthest and nearest.
    nearness: [f32; 2],
    /// Above 1 there are more far ones than near ones.
    crowd: f32,
    /// Across and down, a second.
    velocity: [f32; 2],
    /// How different their speeds are, 0 to 1.
    spread: f32,
    sway: f32,
    radius: [f32; 2],
}

fn habit(kind: Ambience) -> Option<Habit> {
    let habit = |count, nearness, crowd, velocity, spread, sway, radius| Habit {
        count,
        nearness,
        crowd,
        velocity,
        spread,
        sway,
        radius,
    };
    match kind {
        Ambience::Snow => Some(habit(
            2600.0,
            [0.26, 2.1],
            2.1,
            [0.035, 0.17],
            0.35,
            0.012,
            [0.0021, 0.0042],
        )),
        Ambience::Rain => Some(habit(
            1500.0,
            [0.30, 1.9],
            1.7,
            [0.16, 2.7],
            0.12,
            0.0,
            [0.00042, 0.00075],
        )),
        Ambience::Petals => Some(habit(
            150.0,
            [0.36, 2.0],
            1.8,
            [0.085, 0.105],
            0.5,
            0.03,
            [0.0095, 0.0145],
        )),
        Ambience::Leaves => Some(habit(
            64.0,
            [0.36, 2.0],
            1.6,
            [0.07, 0.135],
            0.5,
            0.05,
            [0.0105, 0.017],
        )),
        Ambience::Dust => Some(habit(
            330.0,
            [0.35, 2.4],
            1.5,
            [0.012, -0.004],
            1.0,
            0.012,
            [0.0008, 0.0016],
        )),
        _ => None,
    }
}

impl Drift {
    /// The things of `kind`, if it is one that drifts.
    pub fn new(kind: Ambience, amount: f32, random: &mut Random) -> Option<Self> {
        let habit = habit(kind)?;
        let count = (habit.count * amount) as usize;
        let things = (0..count).map(|_| Drifter::new(&habit, random)).collect();
        Some(Self { kind, things })
    }

    /// Adds their marks.
    pub fn add(&self, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>) {
        for thing in &self.things {
            let there = smooth((moment.presence * 1.25 - thing.comes_at) / 0.25);
            if there <= 0.0 {
                continue;
            }
            let (at, velocity) = thing.at(stage, moment.seconds);
            let scale = marks.scale();
            let seen = marks.seen(at, thing.nearness);
            let trail = velocity.map(|part| part * moment.shutter * scale);
            let radius = thing.radius * thing.nearness * scale;
            let mark = match self.kind {
                Ambience::Snow => thing.flake(stage, seen, trail, radius),
                Ambience::Rain => thing.drop(stage, seen, trail, radius),
                Ambience::Dust => thing.mote(stage, seen, moment.seconds, radius),
                _ => thing.blade(
                    stage,
                    seen,
                    moment.seconds,
                    radius,
                    self.kind == Ambience::Leaves,
                ),
            };
            let faded = Mark {
                light: mark.light.map(|light| light * there),
                cover: mark.cover * there,
                ..mark
            };
            marks.add(thing.nearness, faded);
        }
        if self.kind == Ambience::Rain {
            self.splashes(stage, moment, marks);
        }
    }

    /// Where drops meet water.
    fn splashes(&self, stage: &Stage<'_>, moment: &Moment, marks: &mut Marks<'_>) {
        const LASTS_SECONDS: f32 = 0.22;
        let scale = marks.scale();
        for thing in self.things.iter().step_by(6) {
            let age = moment.seconds / LASTS_SECONDS + thing.phase;
            let (turn, age) = (age.floor(), age.fract());
            let mut random = Random(u64::from(thing.home[0].to_bits()) ^ (turn as u64) << 32);
            let down = random.unit();
            let x = random.between(-0.6, 0.6);
            let y = stage.horizon + (stage.half[1] * 1.05 - stage.horizon) * (0.12 + 0.88 * down);
            let nearness = stage.nearness.at([x, y]);
            let fading = (1.0 - age) * moment.presence * smooth(down * 3.0);
            let radius = (0.0022 + 0.006 * age) * (0.3 + nearness) * scale;
            marks.add(
                nearness.min(stage.middle - 1e-3),
                Mark {
                    at: marks.seen([x, y], nearness),
                    trail: [0.0; 2],
                    radius,
                    shape: Shape::Ring,
                    light: stage.tone.falls.map(|light| light * 0.30 * fading),
                    cover: 0.18 * fading,
                    shown: Shown::OnWater,
                },
            );
        }
    }
}

impl Drifter {
    fn new(habit: &Habit, random: &mut Random) -> Self {
        let [far, near] = habit.nearness;
        let nearness = far * (near / far).powf(random.unit().powf(habit.crowd));
        let speed = 1.0 + habit.spread * random.between(-1.0, 1.0);
        let aside = 1.0 + 1.5 * habit.spread * random.between(-1.0, 1.0);
        Self {
            home: [random.unit(), random.unit()],
            nearness,
            velocity: [habit.velocity[0] * aside, habit.velocity[1] * speed],
            sway: habit.sway * random.between(0.4, 1.3),
            sway_hertz: random.between(0.22, 0.6),
            phase: random.unit(),
            radius: random.between(habit.radius[0], habit.radius[1]),
            comes_at: random.unit(),
            spin: random.between(-2.6, 2.6),
            flip: random.between(1.6, 4.2),
            tint: random.unit(),
        }
    }

    /// Place and velocity; what leaves the air on one side comes back on the other.
    fn at(&self, stage: &Stage<'_>, seconds: f32) -> ([f32; 2], [f32; 2]) {
        let turn = TAU * (self.sway_hertz * seconds + self.phase);
        let sway = [self.sway * turn.sin(), 0.3 * self.sway * (2.0 * turn).sin()];
        let sway_speed = TAU * self.sway_hertz * self.sway;
        let swaying = [
            sway_speed * turn.cos(),
            0.6 * sway_speed * (2.0 * turn).cos(),
        ];
        let mut at = [0.0; 2];
        for axis in 0..2 {
            // Room beyond the border, so that moves of the camera find air there too.
            let half = stage.half[axis] + 0.05 + 0.14 * self.nearness;
            let moved = (self.velocity[axis] * seconds + sway[axis]) * self.nearness;
            let share = (self.home[axis] + moved / (2.0 * half)).rem_euclid(1.0);
            at[axis] = (share * 2.0 - 1.0) * half;
        }
        let velocity = [0, 1].map(|axis| (self.velocity[axis] + swaying[axis]) * self.nearness);
        (at, velocity)
    }

    /// Pixels of blur: the lens is set to the subject.
    fn blur(&self, stage: &Stage<'_>) -> f32 {
        let focus = stage.middle.max(0.5);
        (self.nearness - focus - 0.35).max(0.0) * 0.0075 * stage.grid.longest()
    }

    fn flake(&self, stage: &Stage<'_>, at: [f32; 2], trail: [f32; 2], radius: f32) -> Mark {
        let blur = self.blur(stage);
        let spread = radius + blur;
        // Light that blur spreads is thinner, but not so much that near flakes vanish.
        let thin = (radius / spread).powf(1.6);
        let far = smooth((self.nearness - 0.2) / 0.5);
        let strength = (0.55 + 0.40 * far) * thin * (0.75 + 0.25 * self.tint);
        let [r, g, b] = stage.tone.falls;
        Mark {
            at,
            trail,
            radius: spread * 1.3,
            shape: Shape::Blob {
                firm: if blur > 0.0 { 0.0 } else { 0.1 },
            },
            light: [
                r * 0.97 * strength,
                g * 0.99 * strength,
                b.max(g) * 1.03 * strength,
            ],
            cover: strength,
            shown: Shown::Everywhere,
        }
    }

    fn drop(&self, stage: &Stage<'_>, at: [f32; 2], trail: [f32; 2], radius: f32) -> Mark {
        let blur = self.blur(stage) * 0.16;
        let thin = radius / (radius + blur);
        // A drop shows the sky upside down: brighter than what is behind it, seldom by much. Its trail thins it already.
        let length = trail[0].hypot(trail[1]) / (radius + blur).max(0.8);
        let strength = (0.13 + 0.11 * self.tint) * (length * 0.5).clamp(1.0, 26.0) * thin;
        Mark {
            at,
            trail: trail.map(|part| part * (0.7 + 0.6 * self.tint)),
            radius: radius + blur,
            shape: Shape::Blob { firm: 0.2 },
            light: stage.tone.falls.map(|light| light * strength),
            cover: strength * 0.55,
            shown: Shown::Everywhere,
        }
    }

    fn mote(&self, stage: &Stage<'_>, at: [f32; 2], seconds: f32, radius: f32) -> Mark {
        let blur = self.blur(stage) * 0.9;
        let spread = radius + blur;
        let thin = (radius / spread).powf(1.5);
        // It glints as it turns.
        let turn = 0.55 + 0.45 * (TAU * (0.21 * self.flip * seconds + self.phase)).sin();
        let strength = 0.55 * thin * turn * (0.4 + 0.6 * self.tint);
        Mark {
            at,
            trail: [0.0; 2],
            radius: spread * 1.4,
            shape: Shape::Blob {
                firm: if blur > 1.0 { 0.5 } else { 0.0 },
            },
            light: [strength, strength * 0.93, strength * 0.78],
            cover: 0.0,
            shown: Shown::Everywhere,
        }
    }

    fn blade(
        &self,
        stage: &Stage<'_>,
        at: [f32; 2],
        seconds: f32,
        radius: f32,
        is_leaf: bool,
    ) -> Mark {
        const LEAVES: [[f32; 3]; 5] = [
            [0.62, 0.20, 0.025],
            [0.74, 0.36, 0.03],
            [0.42, 0.075, 0.02],
            [0.66, 0.48, 0.06],
            [0.30, 0.13, 0.035],
        ];
        const PETALS: [[f32; 3]; 3] = [[0.93, 0.56, 0.66], [0.96, 0.70, 0.77], [0.88, 0.42, 0.55]];
        let palette: &[[f32; 3]] = if is_leaf { &LEAVES } else { &PETALS };
        let color = palette[((self.tint * palette.len() as f32) as usize).min(palette.len() - 1)];
        let blur = self.blur(stage);
        let swing = (TAU * (self.sway_hertz * seconds + self.phase)).cos();
        let angle = self.phase * TAU + 0.35 * self.spin * seconds + 0.9 * swing;
        let tilt = (self.flip * seconds * 0.8 + self.phase * 9.0).sin();
        let level = 0.35 + 0.65 * stage.tone.falls[1];
        let far = smooth((self.nearness - 0.15) / 0.35);
        let cover = 0.72 + 0.24 * far;
        Mark {
            at,
            trail: [0.0; 2],
            radius,
            shape: Shape::Blade {
                angle,
                tilt,
                is_leaf,
                blur,
            },
            light: color.map(|part| part * level * cover),
            cover,
            shown: Shown::Everywhere,
        }
    }
}

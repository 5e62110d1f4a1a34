//! What falls, drifts and glows before the scene. Every particle's place is a formula of time, so that any frame can be
//! drawn on its own.

use super::{
    paint::{clouds, hash, hue, mix, plus, shaded, smooth},
    raster::{Canvas, Layer, Pose, View, pixel},
    words::Weather,
};
use std::f32::consts::TAU;

/// Painted particles of one kind, for a frame of one size.
#[derive(Debug)]
pub struct Air {
    weather: Weather,
    pictures: Vec<Layer>,
    seed: u32,
}

/// A soft round spot.
fn spot(side: usize, color: [f32; 3], softness: f32) -> Layer {
    let middle = side as f32 / 2.0;
    Layer::painted(side, side, |x, y| {
        let distance = (x as f32 + 0.5 - middle).hypot(y as f32 + 0.5 - middle) / middle;
        pixel(color, smooth(1.0, 1.0 - softness, distance))
    })
}

/// A glowing point: white in the middle, its color around.
fn glow(side: usize, color: [f32; 3]) -> Layer {
    let middle = side as f32 / 2.0;
    Layer::painted(side, side, |x, y| {
        let distance = (x as f32 + 0.5 - middle).hypot(y as f32 + 0.5 - middle) / middle;
        let core = smooth(0.28, 0.05, distance);
        let alpha = (core + 0.65 * (1.0 - distance).max(0.0).powi(2)).min(1.0);
        pixel(mix(color, [1.0, 1.0, 0.96], core), alpha)
    })
}

fn petal(side: usize, color: [f32; 3]) -> Layer {
    Layer::painted(side, side, |x, y| {
        let u = (x as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let v = (y as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let inside = smooth(1.0, 0.86, u.hypot(v * (1.7 + 0.6 * u)));
        pixel(shaded(color, 0.86 + 0.18 * u), inside * 0.95)
    })
}

fn streak(width: usize, height: usize) -> Layer {
    Layer::painted(width, height, |x, y| {
        let across = ((x as f32 + 0.5) / width as f32 * 2.0 - 1.0).abs();
        let along = (y as f32 + 0.5) / height as f32;
        pixel(
            [0.82, 0.88, 0.97],
            smooth(1.0, 0.2, across) * smooth(0.0, 0.9, along) * smooth(1.0, 0.93, along) * 0.55,
        )
    })
}

fn lantern(side: usize) -> Layer {
    Layer::painted(side, side, |x, y| {
        let u = (x as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let v = (y as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let halo = 0.35 * (-(u * u + v * v) * 3.0).exp();
        let half = 0.42 - 0.09 * v;
        let body =
            smooth(half, half - 0.06, u.abs()) * smooth(-0.62, -0.55, v) * smooth(0.55, 0.50, v);
        let fire = (-(u * u * 6.0 + (v - 0.4) * (v - 0.4) * 4.0)).exp();
        let color = plus([0.96, 0.45, 0.12], [0.3, 0.45, 0.35], fire);
        pixel(mix([1.0, 0.6, 0.2], color, body), body.max(halo * 0.8))
    })
}

fn fog_bank(width: usize, height: usize, seed: u32) -> Layer {
    let columns = 4;
    Layer::painted(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let thick = clouds(u * columns as f32, v * 3.0, 5, columns, seed);
        pixel(
            [0.88, 0.90, 0.92],
            smooth(0.30, 0.90, thick + (v - 0.6) * 0.35) * 0.55,
        )
    })
}

impl Air {
    /// Paints what `weather` needs for a frame of `width` x `height`.
    pub fn new(weather: Weather, width: usize, height: usize, seed: u64) -> Self {
        let seed = (seed as u32) ^ 0x51;
        let side = (height / 24).max(8);
        let pictures = match weather {
            Weather::Rain => vec![streak(6, side * 2)],
            Weather::Snow => vec![spot(side, [1.0, 1.0, 1.0], 0.7)],
            Weather::Petals => [[1.0, 0.70, 0.80], [1.0, 0.80, 0.86], [0.96, 0.55, 0.68]]
                .map(|color| petal(side * 2, color))
                .into(),
            Weather::Fog => vec![
                fog_bank(width, height, seed),
                fog_bank(width, height, seed ^ 9),
            ],
            Weather::Sparks => [[1.0, 0.72, 0.25], [1.0, 0.86, 0.45]]
                .map(|color| glow(side, color))
                .into(),
            Weather::Fireworks => (0..8)
                .map(|k| glow(side, mix(hue(k as f32 / 8.0), [1.0; 3], 0.15)))
                .collect(),
            Weather::Lanterns => vec![lantern(side * 3)],
        };
        Self {
            weather,
            pictures,
            seed,
        }
    }

    /// Which kind it is.
    pub fn weather(&self) -> Weather {
        self.weather
    }

    /// Lays the air at `seconds` over a frame; `shift` is where the camera looks, in parts of the height.
    pub fn draw(&self, canvas: &mut Canvas, seconds: f32, shift: [f32; 2]) {
        if let Some(fall) = Fall::of(self.weather) {
            return self.fall(canvas, fall, seconds, shift);
        }
        if self.weather == Weather::Fireworks {
            return self.fireworks(canvas, seconds);
        }
        let unit = canvas.height as f32;
        for (index, bank) in self.pictures.iter().enumerate() {
            let way = if index == 0 { 1.0 } else { -1.0 };
            let drift = seconds * (0.03 + 0.02 * index as f32) * unit * way;
            let view = View {
                origin: [drift + shift[0] * unit, 0.0],
                step: 1.0,
                wraps: true,
                sway: None,
            };
            canvas.draw(bank, view);
        }
    }

    fn luck(&self, index: usize, which: i32) -> f32 {
        hash(index as i32, which, self.seed)
    }

    fn fall(&self, canvas: &mut Canvas, fall: Fall, seconds: f32, shift: [f32; 2]) {
        let unit = canvas.height as f32;
        let aspect = canvas.width as f32 / unit;
        for index in 0..fall.count {
            let near = self.luck(index, 1);
            let pace = 0.55 + 0.75 * near;
            let swing =
                (TAU * (seconds * (0.25 + 0.3 * self.luck(index, 2)) + self.luck(index, 3))).sin();
            let x = self.luck(index, 4) * (aspect + 0.4)
                + fall.wind * pace * seconds
                + fall.sway * swing
                - shift[0] * pace;
            let y = self.luck(index, 5) * 1.3 + fall.speed * pace * seconds - shift[1] * pace;
            let x = x.rem_euclid(aspect + 0.4) - 0.2;
            let y = y.rem_euclid(1.3) - 0.15;
            let half = (fall.size[0] + (fall.size[1] - fall.size[0]) * near) * unit;
            let twinkle = if self.weather == Weather::Sparks {
                0.6 + 0.4 * (seconds * 7.0 + index as f32).sin()
            } else {
                1.0
            };
            let picture = &self.pictures[index % self.pictures.len()];
            let (angle, flat) = match self.weather {
                Weather::Petals => (
                    TAU * (self.luck(index, 6) + 0.22 * seconds * (self.luck(index, 7) - 0.4)),
                    0.35 + 0.65 * (seconds * 2.1 + index as f32).cos().abs(),
                ),
                Weather::Lanterns => (0.06 * swing, 1.0),
                _ => (
                    if fall.lean {
                        -(fall.wind / fall.speed).atan()
                    } else {
                        0.0
                    },
                    if fall.lean { 0.07 } else { 1.0 },
                ),
            };
            canvas.draw_sprite(
                picture,
                Pose {
                    center: [x * unit, y * unit],
                    half: half.max(0.8),
                    angle,
                    aspect: flat,
                    opacity: (0.55 + 0.45 * near) * twinkle,
                    tint: [1.0; 3],
                },
            );
        }
    }

    /// Shells that burst, fly apart, fall and fade.
    fn fireworks(&self, canvas: &mut Canvas, seconds: f32) {
        let unit = canvas.height as f32;
        let width = canvas.width as f32;
        let (every, lasts) = (0.46, 1.9);
        let newest = ((seconds + lasts) / every).floor() as i32;
        for shell in newest - (lasts / every) as i32 - 1..=newest {
            let start = shell as f32 * every - lasts + 0.3 * hash(shell, 1, self.seed);
            let age = seconds - start;
            if !(0.0..lasts).contains(&age) {
                continue;
            }
            let middle = [
                width * (0.12 + 0.76 * hash(shell, 2, self.seed)),
                unit * (0.14 + 0.30 * hash(shell, 3, self.seed)),
            ];
            let reach =
                unit * (0.15 + 0.13 * hash(shell, 4, self.seed)) * (1.0 - (-2.6 * age).exp());
            let fade = smooth(lasts, lasts * 0.45, age);
            let picture = &self.pictures[(hash(shell, 5, self.seed) * 7.99) as usize];
            let second = &self.pictures[(hash(shell, 6, self.seed) * 7.99) as usize];
            let flash = smooth(0.35, 0.0, age);
            if flash > 0.0 {
                canvas.draw_sprite(
                    picture,
                    Pose {
                        center: middle,
                        half: unit * 0.30,
                        angle: 0.0,
                        aspect: 1.0,
                        opacity: flash * 0.7,
                        tint: [1.0; 3],
                    },
                );
            }
            let count = 60;
            for ray in 0..count {
                let angle = TAU * (ray as f32 / count as f32) + hash(shell, ray, self.seed) * 0.12;
                let ring = if ray % 3 == 0 {
                    0.58
                } else {
                    0.88 + 0.22 * hash(ray, shell, self.seed)
                };
                let flicker = 0.7 + 0.3 * (seconds * 31.0 + ray as f32 * 2.0).sin();
                for trail in 0..4 {
                    let behind = 1.0 - 0.085 * trail as f32;
                    let drop = 0.055 * unit * age * age;
                    let x = middle[0] + angle.cos() * reach * ring * behind;
                    let y = middle[1] + angle.sin() * reach * ring * behind + drop * behind;
                    let half = unit * 0.027 * (1.0 - 0.26 * trail as f32) * (0.5 + 0.5 * fade);
                    canvas.draw_sprite(
                        if ray % 3 == 0 { second } else { picture },
                        Pose {
                            center: [x, y],
                            half: half.max(0.8),
                            angle: 0.0,
                            aspect: 1.0,
                            opacity: fade * flicker * (1.0 - 0.22 * trail as f32),
                            tint: [1.0; 3],
                        },
                    );
                }
            }
        }
    }
}

/// How a kind of particle falls, in parts of the frame's height and seconds.
struct Fall {
    count: usize,
    speed: f32,
    wind: f32,
    sway: f32,
    size: [f32; 2],
    lean: bool,
}

impl Fall {
    /// `None` for what does not fall or rise in pieces.
    fn of(weather: Weather) -> Option<Self> {
        let (count, speed, wind, sway, size) = match weather {
            Weather::Rain => (240, 1.9, -0.16, 0.0, [0.022, 0.050]),
            Weather::Snow => (190, 0.16, -0.03, 0.025, [0.0035, 0.012]),
            Weather::Petals => (64, 0.15, -0.11, 0.05, [0.008, 0.019]),
            Weather::Sparks => (70, -0.10, 0.02, 0.04, [0.006, 0.016]),
            Weather::Lanterns => (30, -0.045, 0.012, 0.012, [0.018, 0.060]),
            Weather::Fog | Weather::Fireworks => return None,
        };
        Some(Self {
            count,
            speed,
            wind,
            sway,
            size,
            lean: weather == Weather::Rain,
        })
    }
}

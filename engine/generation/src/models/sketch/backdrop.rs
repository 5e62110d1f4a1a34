//! Places: each is a few layers at different depths, painted once for a shot and then only moved.
//!
//! World coordinates: the frame reaches from −1 (top) to 1 (bottom) and as far sideways as its shape says.

use super::{
    paint::{Color, clouds, hash, hue, mix, noise, plus, ridge, shaded, smooth, times},
    prompt::Scene,
    raster::{Layer, Sway, pixel},
    words::{Place, Time, Weather},
};

/// World units painted beyond the frame at each side, for the camera to move in.
pub const MARGIN: f32 = 0.95;
/// World units painted above and below the frame.
pub const MARGIN_Y: f32 = 0.45;

/// A painted layer and how it moves.
#[derive(Debug)]
pub struct Backdrop {
    /// What is painted.
    pub layer: Layer,
    /// 0 stays with the camera, 1 moves wholly.
    pub depth: f32,
    /// World units a second to the left, for clouds; such layers repeat.
    pub drift: f32,
    /// How its rows sway (amplitude in world units), for water.
    pub sway: Option<Sway>,
}

/// Where the ground is, for whoever stands on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// World height of the line that feet are near, for a subject of usual size.
    pub line: f32,
    /// Whether subjects throw a shadow there.
    pub is_solid: bool,
}

/// Colors of the air by time of day.
#[derive(Debug, Clone, Copy)]
struct Air {
    top: Color,
    low: Color,
    /// Times the color of things.
    light: Color,
}

fn air(time: Time) -> Air {
    match time {
        Time::Day => Air {
            top: [0.22, 0.48, 0.91],
            low: [0.80, 0.91, 0.99],
            light: [1.0, 1.0, 1.0],
        },
        Time::Sunset => Air {
            top: [0.25, 0.19, 0.47],
            low: [1.0, 0.58, 0.30],
            light: [1.02, 0.74, 0.60],
        },
        Time::Night => Air {
            top: [0.02, 0.03, 0.12],
            low: [0.12, 0.16, 0.36],
            light: [0.28, 0.33, 0.55],
        },
    }
}

/// The color that things take on by time of day.
pub fn light(time: Time) -> Color {
    air(time).light
}

/// Paints with the numbers that a seed gives.
pub struct Painter {
    seed: u32,
    time: Time,
    air: Air,
    aspect: f32,
    /// Pixels for each world unit.
    scale: f32,
    color: Color,
    /// Whether houses stay low, because something is to be seen above them.
    has_open_sky: bool,
}

impl Painter {
    /// For a frame of `height` pixels that is `aspect` times as wide.
    pub fn new(scene: &Scene, seed: u64, height: f32, aspect: f32) -> Self {
        let seed = (seed ^ seed >> 32) as u32;
        Self {
            seed,
            time: scene.time,
            air: air(scene.time),
            aspect,
            scale: height / 2.0,
            color: scene.color.unwrap_or(hue(hash(1, 1, seed))),
            has_open_sky: scene.weather.contains(&Weather::Fireworks)
                || scene.weather.contains(&Weather::Lanterns),
        }
    }

    /// A number from `from` to `to`, the same for the same `index`.
    fn pick(&self, index: i32, from: f32, to: f32) -> f32 {
        (to - from).mul_add(hash(index, 91, self.seed), from)
    }

    fn is_night(&self) -> f32 {
        f32::from(u8::from(self.time == Time::Night))
    }

    /// A layer of world places; color and alpha.
    fn layer(&self, depth: f32, paint: impl Fn(f32, f32) -> (Color, f32) + Sync) -> Backdrop {
        let (half_width, half_height) = (self.aspect + MARGIN, 1.0 + MARGIN_Y);
        let width = (2.0 * half_width * self.scale) as usize;
        let height = (2.0 * half_height * self.scale) as usize;
        let scale = self.scale;
        let layer = Layer::painted(width, height, |x, y| {
            let x = (x as f32 + 0.5) / scale - half_width;
            let y = (y as f32 + 0.5) / scale - half_height;
            let (color, alpha) = paint(x, y);
            if alpha <= 0.004 {
                0
            } else {
                pixel(color, alpha)
            }
        });
        Backdrop {
            layer,
            depth,
            drift: 0.0,
            sway: None,
        }
    }

    /// A layer that is solid below a line.
    fn below(
        &self,
        depth: f32,
        line: impl Fn(f32) -> f32 + Sync,
        paint: impl Fn(f32, f32, f32) -> Color + Sync,
    ) -> Backdrop {
        let edge = 1.2 / self.scale;
        self.layer(depth, move |x, y| {
            let line = line(x);
            let alpha = smooth(-edge, edge, y - line);
            if alpha <= 0.0 {
                return ([0.0; 3], 0.0);
            }
            (paint(x, y, y - line), alpha)
        })
    }

    /// All layers of a place, back to front, and its ground.
    pub fn place(&self, scene: &Scene) -> (Vec<Backdrop>, Ground) {
        let solid = |line| Ground {
            line,
            is_solid: true,
        };
        let open = Ground {
            line: 0.45,
            is_solid: false,
        };
        let (mut layers, ground) = match scene.place {
            Place::Sky => (self.in_the_sky(), Ground { line: 0.3, ..open }),
            Place::Sea => (self.sea(0.05), Ground { line: 0.42, ..open }),
            Place::Beach => (self.beach(), solid(0.72)),
            Place::Mountains => (self.mountains(), solid(0.72)),
            Place::Forest => (self.forest(), solid(0.76)),
            Place::Desert => (self.desert(), solid(0.74)),
            Place::Snowfield => (self.snowfield(), solid(0.72)),
            Place::Meadow => (self.meadow(), solid(0.74)),
            Place::City => (self.city(), solid(0.75)),
            Place::Street => (self.street(), solid(0.74)),
            Place::Space => (self.space(), Ground { line: 0.45, ..open }),
            Place::Underwater => (self.underwater(), Ground { line: 0.55, ..open }),
            Place::Room => (self.room(), solid(0.74)),
            Place::Studio => (self.studio(), solid(0.72)),
        };
        if scene.has_road && ground.is_solid {
            layers.push(self.road());
        }
        (layers, ground)
    }

    /// Sky, sun or moon, stars; clouds on a layer of their own.
    fn sky(&self, cover: f32, horizon: f32) -> Vec<Backdrop> {
        let air = self.air;
        let (night, dusk) = (self.is_night(), self.time == Time::Sunset);
        let sun = [
            self.pick(2, -1.1, 1.1),
            if dusk {
                horizon - 0.22
            } else {
                self.pick(3, -0.75, -0.45)
            },
        ];
        let body = match self.time {
            Time::Day => [1.0, 0.97, 0.82],
            Time::Sunset => [1.0, 0.82, 0.45],
            Time::Night => [0.95, 0.95, 0.86],
        };
        let seed = self.seed;
        let back = self.layer(0.06, move |x, y| {
            let mut color = mix(air.top, air.low, smooth(-1.2, horizon, y));
            if night > 0.0 {
                color = plus(
                    color,
                    [0.9, 0.93, 1.0],
                    star(x, y, seed) * smooth(horizon, horizon - 0.5, y),
                );
            }
            let distance = (x - sun[0]).hypot(y - sun[1]);
            let glow = if dusk { 0.55 } else { 0.22 - 0.06 * night };
            let reach = if dusk { 2.4 } else { 5.0 };
            color = mix(
                color,
                body,
                glow * 1.6 * (-distance * distance * reach).exp(),
            );
            (mix(color, body, smooth(0.125, 0.115, distance)), 1.0)
        });
        let cloud = match self.time {
            Time::Day => [1.0, 1.0, 1.0],
            Time::Sunset => [1.0, 0.68, 0.58],
            Time::Night => [0.22, 0.25, 0.40],
        };
        // Clouds repeat over the layer's own width, so that they can drift for ever.
        let columns = 6;
        let across = columns as f32 / (2.0 * (self.aspect + MARGIN));
        let mut drifting = self.layer(0.12, move |x, y| {
            let thick = clouds(x * across, y * across * 2.1, 6, columns, seed ^ 0x4d);
            let lit = clouds(
                x * across,
                (y - 0.05) * across * 2.1,
                4,
                columns,
                seed ^ 0x4d,
            );
            let alpha = smooth(0.66 - 0.24 * cover, 0.82 - 0.24 * cover, thick)
                * smooth(horizon + 0.05, horizon - 0.45, y);
            (
                shaded(cloud, 0.86 + 0.5 * (thick - lit).clamp(-0.2, 0.28)),
                alpha * 0.9,
            )
        });
        drifting.drift = 0.018;
        vec![back, drifting]
    }

    fn in_the_sky(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(1.0, 1.3);
        let (light, seed) = (self.air.light, self.seed);
        for (index, (depth, from, tone)) in [(0.35, 0.25, 0.9), (0.75, 0.7, 1.0)]
            .into_iter()
            .enumerate()
        {
            let columns = 5;
            let across = columns as f32 / (2.0 * (self.aspect + MARGIN));
            let mut bank = self.layer(depth, move |x, y| {
                let thick = clouds(
                    x * across,
                    y * across * 1.6,
                    6,
                    columns,
                    seed ^ (index as u32 + 5),
                );
                let alpha = smooth(0.42, 0.62, thick + (y - from) * 0.9);
                let lit = clouds(
                    x * across,
                    (y - 0.06) * across * 1.6,
                    4,
                    columns,
                    seed ^ (index as u32 + 5),
                );
                (
                    shaded(
                        mix(light, [1.0; 3], 0.35),
                        tone * (0.88 + 0.6 * (thick - lit).clamp(-0.2, 0.25)),
                    ),
                    alpha,
                )
            });
            bank.drift = 0.03 + 0.04 * index as f32;
            layers.push(bank);
        }
        layers
    }

    fn sea(&self, horizon: f32) -> Vec<Backdrop> {
        let mut layers = self.sky(0.45, horizon);
        layers.push(self.water(horizon));
        layers
    }

    fn water(&self, horizon: f32) -> Backdrop {
        let air = self.air;
        let seed = self.seed;
        let deep = plus(times(air.light, [0.07, 0.34, 0.58]), air.low, 0.22);
        let sun_x = self.pick(2, -1.1, 1.1);
        let mut water = self.below(
            0.4,
            move |_x| horizon,
            move |x, _y, depth| {
                let near = depth.max(0.02);
                let row = 0.32 / near;
                let wave = clouds(x * 3.0 / (near + 0.3), row * 9.0, 4, 0, seed ^ 0x1f) - 0.5;
                let base = mix(plus(deep, air.low, 0.22), deep, smooth(0.0, 0.5, depth));
                let mut color = plus(base, mix(deep, air.low, 0.7), wave * 0.9);
                // The sun's path.
                let path = (-(x - sun_x).powi(2) / (0.02 + 0.25 * near)).exp();
                color = plus(color, air.low, path * smooth(0.05, 0.3, wave) * 0.9);
                color
            },
        );
        water.sway = Some(Sway {
            amplitude: 0.02,
            angle_per_row: 26.0 / self.scale,
            phase: 0.0,
            from_row: (horizon + 1.0 + MARGIN_Y) * self.scale,
        });
        water
    }

    fn beach(&self) -> Vec<Backdrop> {
        let mut layers = self.sea(-0.12);
        let (light, seed) = (self.air.light, self.seed);
        let shore = move |x: f32| 0.34 + 0.05 * (x * 2.2).sin() + 0.02 * (x * 7.0).sin();
        layers.push(self.below(0.8, shore, move |x, y, depth| {
            let grain = clouds(x * 9.0, y * 16.0, 4, 0, seed ^ 0x29);
            let sand = shaded(times(light, [0.94, 0.84, 0.63]), 0.9 + 0.2 * grain);
            let wet = mix(
                sand,
                times(light, [0.62, 0.52, 0.38]),
                smooth(0.12, 0.03, depth) * 0.8,
            );
            mix(
                wet,
                shaded(light, 0.97),
                smooth(0.028, 0.012, depth + 0.02 * (grain - 0.5)),
            )
        }));
        layers
    }

    fn mountains(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.4, 0.25);
        let (air, seed) = (self.air, self.seed);
        let ranges = [
            (0.15, -0.02, 0.42, 0.9, [0.47, 0.54, 0.68], 0.42),
            (0.30, 0.24, 0.28, 1.2, [0.32, 0.42, 0.48], 0.25),
            (0.70, 0.55, 0.13, 1.3, [0.26, 0.42, 0.24], 0.0),
        ];
        for (index, (depth, base, height, rate, color, haze)) in ranges.into_iter().enumerate() {
            let seed = seed ^ (index as u32 * 97 + 3);
            let line = move |x: f32| {
                base - height * ridge(x * rate, if index < 2 { 1.6 } else { 0.6 }, seed)
            };
            layers.push(self.below(depth, line, move |x, y, below| {
                let rock = clouds(x * 6.0 + y * 3.0, y * 7.0, 5, 0, seed ^ 5);
                let mut color = mix(
                    shaded(times(air.light, color), 0.82 + 0.36 * rock),
                    air.low,
                    haze,
                );
                if index == 0 {
                    let snow =
                        smooth(0.16, 0.05, below + 0.16 * (rock - 0.5)) * smooth(0.16, -0.1, y);
                    color = mix(color, shaded(mix(air.light, air.low, 0.15), 0.98), snow);
                }
                mix(color, air.low, haze * smooth(0.0, 0.5, below) * 0.7)
            }));
        }
        layers
    }

    /// Conifers standing on a line.
    fn trees(&self, depth: f32, base: f32, height: f32, per_unit: f32, color: Color) -> Backdrop {
        let seed = self.seed ^ (depth * 100.0) as u32;
        let air = self.air;
        let edge = 1.5 / self.scale * per_unit;
        self.layer(depth, move |x, y| {
            let mut best = 0.0_f32;
            let mut tone = 1.0;
            let cell = (x * per_unit).floor() as i32;
            for index in cell - 1..=cell + 1 {
                let middle = index as f32 + 0.5 + 0.5 * (hash(index, 1, seed) - 0.5);
                let tall = height * (0.55 + 0.45 * hash(index, 2, seed));
                let down = (y - (base - tall)) / tall;
                if !(0.0..=1.15).contains(&down) {
                    continue;
                }
                let tier = (down * 5.0).fract();
                let half = 0.40 * down.min(1.0) * (0.62 + 0.38 * tier);
                let aside = x * per_unit - middle;
                let inside = smooth(half + edge, half - edge, aside.abs());
                if inside > best {
                    best = inside;
                    tone = 0.74 + 0.34 * hash(index, 3, seed) + 0.18 * tier
                        - 0.22 * (aside / half.max(0.01)).clamp(-1.0, 1.0);
                }
            }
            (shaded(mix(color, air.low, 0.0), tone), best)
        })
    }

    fn forest(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.35, 0.4);
        let (air, seed) = (self.air, self.seed);
        let rows = [
            (0.2, 0.36, 0.8, 4.2, [0.36, 0.54, 0.42], 0.42),
            (0.45, 0.52, 1.1, 2.8, [0.20, 0.42, 0.27], 0.20),
            (0.8, 0.60, 1.7, 1.25, [0.09, 0.27, 0.15], 0.03),
        ];
        for (depth, base, height, per_unit, color, haze) in rows {
            let color = mix(times(air.light, color), air.low, haze);
            layers.push(self.trees(depth, base, height, per_unit, color));
            let seed = seed ^ (depth * 77.0) as u32;
            let line = move |x: f32| base - 0.03 + 0.03 * (x * 1.7 + depth * 9.0).sin();
            layers.push(self.below(depth, line, move |x, y, below| {
                let moss = clouds(x * 8.0, y * 14.0, 5, 0, seed);
                shaded(
                    mix(color, times(air.light, [0.36, 0.42, 0.20]), 0.35),
                    0.75 + 0.5 * moss + 0.25 * smooth(0.05, 0.0, below),
                )
            }));
        }
        layers
    }

    fn desert(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.1, 0.2);
        let (air, seed) = (self.air, self.seed);
        let dunes = [
            (0.2, 0.14, 0.13, 0.8, [0.93, 0.73, 0.47], 0.25),
            (0.45, 0.36, 0.16, 0.7, [0.91, 0.66, 0.37], 0.08),
            (0.8, 0.60, 0.12, 0.6, [0.86, 0.58, 0.29], 0.0),
        ];
        for (index, (depth, base, height, rate, color, haze)) in dunes.into_iter().enumerate() {
            let seed = seed ^ (index as u32 * 31 + 9);
            let line = move |x: f32| base - height * ridge(x * rate, 0.12, seed);
            layers.push(self.below(depth, line, move |x, y, below| {
                let slope =
                    ridge((x + 0.02) * rate, 0.12, seed) - ridge((x - 0.02) * rate, 0.12, seed);
                let ripples = noise(x * 6.0 + y * 9.0, (below + 0.1 * x) * 46.0, 0, seed ^ 1) - 0.5;
                let tone = 0.93
                    + slope * 2.2
                    + 0.10 * ripples * smooth(0.0, 0.3, below)
                    + 0.08 * smooth(0.2, 0.0, below);
                mix(shaded(times(air.light, color), tone), air.low, haze)
            }));
        }
        layers
    }

    fn snowfield(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.6, 0.2);
        let (air, seed) = (self.air, self.seed);
        let far = mix(times(air.light, [0.55, 0.62, 0.74]), air.low, 0.4);
        let line = move |x: f32| 0.02 - 0.26 * ridge(x * 0.9, 1.5, seed ^ 5);
        layers.push(self.below(0.15, line, move |x, y, below| {
            let rock = clouds(x * 6.0, y * 8.0, 5, 0, seed ^ 6);
            mix(
                far,
                shaded(mix(air.light, air.low, 0.2), 0.98),
                smooth(0.45, 0.6, rock + 0.3 - below * 0.8),
            )
        }));
        let pine = mix(times(air.light, [0.25, 0.40, 0.38]), air.low, 0.25);
        layers.push(self.trees(0.28, 0.27, 0.34, 5.0, pine));
        for (depth, base, height, tone) in [(0.35, 0.24, 0.05, 0.90), (0.8, 0.52, 0.07, 0.98)] {
            let seed = seed ^ (depth * 50.0) as u32;
            let line = move |x: f32| base - height * ridge(x * 0.8, 0.2, seed);
            layers.push(self.below(depth, line, move |x, y, below| {
                let drift = clouds(x * 2.2, y * 5.0, 5, 0, seed);
                let shade = mix(
                    air.light,
                    times(air.light, [0.78, 0.87, 1.0]),
                    smooth(0.35, 0.75, drift + below * 0.3),
                );
                shaded(shade, tone * (0.95 + 0.08 * drift))
            }));
        }
        layers
    }

    fn meadow(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.5, 0.1);
        let (air, seed) = (self.air, self.seed);
        let hills = [
            (0.25, 0.16, 0.12, [0.52, 0.70, 0.42], 0.28),
            (0.5, 0.34, 0.10, [0.42, 0.68, 0.29], 0.08),
            (0.85, 0.56, 0.06, [0.33, 0.62, 0.20], 0.0),
        ];
        for (index, (depth, base, height, color, haze)) in hills.into_iter().enumerate() {
            let seed = seed ^ (index as u32 * 53 + 2);
            let line = move |x: f32| base - height * ridge(x * 0.9, 0.2, seed);
            let flower = mix(hue(hash(index as i32, 8, seed)), [1.0; 3], 0.35);
            layers.push(self.below(depth, line, move |x, y, below| {
                let blades = clouds(x * 26.0, y * 9.0, 4, 0, seed ^ 3);
                let tone =
                    0.78 + 0.4 * blades + 0.2 * clouds(x * 1.5, y * 3.0, 3, 0, seed ^ 4) - 0.1;
                let mut grass = mix(shaded(times(air.light, color), tone), air.low, haze);
                if index > 0 {
                    let dots = dot(x, y, 14.0 / depth, 0.22, seed ^ 7) * smooth(0.03, 0.12, below);
                    grass = mix(grass, times(air.light, flower), dots);
                }
                grass
            }));
        }
        layers
    }

    fn city(&self) -> Vec<Backdrop> {
        let mut layers = self.sky(0.3, 0.45);
        let air = self.air;
        let lit = match self.time {
            Time::Day => 0.0,
            Time::Sunset => 0.5,
            Time::Night => 1.0,
        };
        let rows = [
            (0.2, 3.4, 0.85, [0.56, 0.64, 0.75], 0.35),
            (0.4, 2.3, 0.72, [0.42, 0.49, 0.60], 0.18),
            (0.7, 1.5, 0.42, [0.30, 0.34, 0.42], 0.0),
        ];
        for (index, (depth, per_unit, tall, color, haze)) in rows.into_iter().enumerate() {
            let seed = self.seed ^ (index as u32 * 131 + 7);
            let edge = 1.2 / self.scale;
            layers.push(self.layer(depth, move |x, y| {
                building(x, y, per_unit, tall, seed, edge).map_or(([0.0; 3], 0.0), |spot| {
                    let wall = mix(shaded(times(air.light, color), spot.tone), air.low, haze);
                    let glass = mix(shaded(wall, 1.15), air.low, 0.25 * (1.0 - lit));
                    let lamp = mix(glass, [1.0, 0.86, 0.52], lit * spot.is_lit);
                    (mix(wall, lamp, spot.window), spot.alpha)
                })
            }));
        }
        layers.push(self.pavement(0.62, [0.34, 0.35, 0.39]));
        layers
    }

    /// Flat ground with a curb, for streets and squares.
    fn pavement(&self, line: f32, color: Color) -> Backdrop {
        let (light, seed) = (self.air.light, self.seed);
        let lamp = 0.12 * self.is_night();
        self.below(
            0.9,
            move |_x| line,
            move |x, y, below| {
                let grain = clouds(x * 18.0, y * 40.0, 4, 0, seed ^ 0x3d);
                let curb = smooth(0.035, 0.028, below) * 0.35;
                let tone = 0.85 + 0.22 * grain + curb + lamp;
                shaded(times(light, color), tone)
            },
        )
    }

    /// Signs over wet ground, which mirrors them.
    fn street(&self) -> Vec<Backdrop> {
        let horizon = 0.42;
        let seed = self.seed;
        let glow = self.time != Time::Day;
        let back = self.layer(0.1, move |x, y| {
            let mirrored = horizon - (y - horizon).abs();
            let haze = smooth(-1.2, horizon, mirrored);
            let base = mix([0.05, 0.03, 0.13], [0.30, 0.10, 0.38], haze * haze);
            let bokeh = dot(x, mirrored, 5.0, 0.35, seed ^ 8) * 0.25;
            (
                shaded(
                    plus(
                        base,
                        hue(hash((x * 5.0) as i32, 3, seed) * 0.5 + 0.45),
                        bokeh,
                    ),
                    if y > horizon { 0.6 } else { 1.0 },
                ),
                1.0,
            )
        });
        let mut layers = vec![back];
        for (index, (depth, per_unit, dark)) in [(0.35, 2.0, 0.16), (0.75, 1.15, 0.09)]
            .into_iter()
            .enumerate()
        {
            let seed = seed ^ (index as u32 * 37 + 11);
            let roofs = if self.has_open_sky {
                [-0.12, 0.38]
            } else {
                [-0.95, 0.75]
            };
            let paint = move |x: f32, y: f32| neon_house([x, y], per_unit, dark, seed, glow, roofs);
            let above = self.layer(depth, move |x, y| {
                if y > horizon {
                    ([0.0; 3], 0.0)
                } else {
                    paint(x, y)
                }
            });
            let mut mirror = self.layer(depth, move |x, y| {
                if y <= horizon {
                    return ([0.0; 3], 0.0);
                }
                let streak = noise(x * 30.0, y * 4.0, 0, seed ^ 2) - 0.5;
                let (color, alpha) = paint(x, horizon - (y - horizon) * 1.1 - 0.03 * streak);
                (shaded(color, 0.70), alpha * smooth(1.1, horizon, y) * 0.8)
            });
            mirror.sway = Some(Sway {
                amplitude: 0.03,
                angle_per_row: 40.0 / self.scale,
                phase: 0.0,
                from_row: (horizon + 1.0 + MARGIN_Y) * self.scale,
            });
            layers.push(mirror);
            layers.push(above);
        }
        layers
    }

    fn space(&self) -> Vec<Backdrop> {
        let seed = self.seed;
        let tint = mix(hue(self.pick(2, 0.5, 0.95)), [0.1, 0.1, 0.4], 0.45);
        let back = self.layer(0.08, move |x, y| {
            let dust = clouds(x * 0.9, y * 1.1, 6, 0, seed ^ 0x15);
            let band = smooth(0.9, 0.0, (y + 0.4 * x).abs());
            let color = mix(
                [0.01, 0.01, 0.05],
                shaded(tint, 0.75),
                smooth(0.42, 0.85, dust + 0.18 * band),
            );
            (
                plus(
                    color,
                    [0.95, 0.96, 1.0],
                    star(x, y, seed) + 0.6 * star(x * 1.7, y * 1.7, seed ^ 9),
                ),
                1.0,
            )
        });
        let radius = self.pick(3, 0.30, 0.55);
        let middle = [self.pick(4, -1.1, 1.1), self.pick(5, -0.5, 0.3)];
        let ground = mix(hue(self.pick(6, 0.0, 1.0)), [0.8, 0.8, 0.8], 0.5);
        let edge = 1.5 / self.scale;
        let planet = self.layer(0.3, move |x, y| {
            let (dx, dy) = (x - middle[0], y - middle[1]);
            let distance = dx.hypot(dy);
            let halo = (-(distance - radius).max(0.0) * 14.0).exp() * 0.35;
            let lit = ((-dx - dy) / radius * 0.6 + 0.35).clamp(0.03, 1.0);
            let bands = clouds(dx * 2.0, dy * 7.0, 5, 0, seed ^ 0x17);
            let inside = smooth(radius + edge, radius - edge, distance);
            (
                mix(
                    shaded(ground, 1.1),
                    shaded(ground, lit * (0.7 + 0.6 * bands)),
                    inside,
                ),
                inside.max(halo),
            )
        });
        vec![back, planet]
    }

    fn underwater(&self) -> Vec<Backdrop> {
        let seed = self.seed;
        let dim = 1.0 - 0.55 * self.is_night();
        let back = self.layer(0.08, move |x, y| {
            let color = mix(
                [0.28, 0.76, 0.87],
                [0.02, 0.17, 0.40],
                smooth(-1.2, 0.95, y),
            );
            let ray = noise(x * 2.6 + y * 1.4, 0.5, 0, seed ^ 3) * smooth(0.9, -1.1, y);
            (
                shaded(
                    plus(color, [0.8, 0.95, 1.0], smooth(0.45, 0.95, ray) * 0.30),
                    dim,
                ),
                1.0,
            )
        });
        let mut layers = vec![back];
        let reefs = [
            (0.3, 0.50, 0.09, [0.10, 0.32, 0.45]),
            (0.6, 0.66, 0.09, [0.20, 0.40, 0.44]),
            (0.9, 0.84, 0.06, [0.52, 0.58, 0.44]),
        ];
        for (index, (depth, base, height, color)) in reefs.into_iter().enumerate() {
            let seed = seed ^ (index as u32 * 19 + 1);
            layers.push(self.coral(depth, base - 0.02, index, seed, dim));
            let line = move |x: f32| base - height * ridge(x, 0.5, seed);
            layers.push(self.below(depth, line, move |x, y, below| {
                let sand = clouds(x * 8.0, y * 16.0, 5, 0, seed ^ 6);
                shaded(
                    color,
                    dim * (0.75 + 0.5 * sand + 0.15 * smooth(0.05, 0.0, below)),
                )
            }));
        }
        layers
    }

    /// Branches and fans on the sea floor.
    fn coral(&self, depth: f32, base: f32, row: usize, seed: u32, dim: f32) -> Backdrop {
        let per_unit = 2.6 - row as f32 * 0.6;
        let haze = [0.55, 0.28, 0.0][row.min(2)];
        self.layer(depth, move |x, y| {
            let cell = (x * per_unit).floor() as i32;
            let mut best = 0.0_f32;
            let mut color = [0.0; 3];
            for index in cell - 1..=cell + 1 {
                if hash(index, 4, seed) < 0.3 {
                    continue;
                }
                let middle = (index as f32 + 0.5 + 0.4 * (hash(index, 5, seed) - 0.5)) / per_unit;
                let tall = (0.16 + 0.26 * hash(index, 6, seed)) * (0.8 + 0.25 * row as f32);
                let up = (base + 0.06 - y) / tall;
                if !(0.0..1.0).contains(&up) {
                    continue;
                }
                let aside = (x - middle) / tall;
                let fan = hash(index, 7, seed) > 0.5;
                let inside = if fan {
                    let edge = 0.62
                        * (up * std::f32::consts::PI).sin().powf(0.6)
                        * (0.8 + 0.25 * noise(up * 9.0, aside * 9.0, 0, seed));
                    smooth(edge, edge - 0.05, aside.abs())
                        * (0.75
                            + 0.25 * smooth(0.3, 0.5, noise(aside * 30.0, up * 12.0, 0, seed ^ 3)))
                } else {
                    // Three stalks that lean apart.
                    let stalk = |lean: f32| {
                        smooth(
                            0.11 - 0.05 * up,
                            0.07 - 0.05 * up,
                            (aside - lean * up - 0.05 * (up * 9.0 + lean * 20.0).sin()).abs(),
                        )
                    };
                    stalk(-0.5).max(stalk(0.0)).max(stalk(0.45))
                };
                if inside > best {
                    best = inside;
                    let own = mix(
                        hue(0.83 + 0.32 * hash(index, 8, seed)),
                        [1.0, 0.8, 0.7],
                        0.2,
                    );
                    color = shaded(mix(own, [0.10, 0.42, 0.58], haze), dim * (0.55 + 0.5 * up));
                }
            }
            (color, best)
        })
    }

    fn room(&self) -> Vec<Backdrop> {
        let air = self.air;
        let wall = mix(hue(self.pick(2, 0.0, 1.0)), [0.93, 0.89, 0.83], 0.74);
        let dim = 1.0 - 0.25 * self.is_night();
        let window = self.pick(3, -0.9, 0.9);
        let frame = if window > 0.0 {
            window - 1.25
        } else {
            window + 1.25
        };
        let art = mix(hue(self.pick(4, 0.0, 1.0)), [0.9; 3], 0.35);
        let edge = 1.5 / self.scale;
        let seed = self.seed;
        let inside = move |x: f32, y: f32, [cx, cy, w, h]: [f32; 4]| {
            smooth(w + edge, w - edge, (x - cx).abs()) * smooth(h + edge, h - edge, (y - cy).abs())
        };
        let floor_line = 0.52;
        let back = self.layer(0.5, move |x, y| {
            let paper = 0.98 + 0.03 * (x * 40.0).sin();
            let mut color = shaded(wall, dim * paper * (0.98 - 0.10 * smooth(-1.0, 1.0, y)));
            color = mix(
                color,
                [0.97, 0.97, 0.95],
                inside(x, y, [window, -0.32, 0.46, 0.44]),
            );
            let out = mix(air.top, air.low, smooth(-0.8, 0.1, y));
            let glass = inside(x, y, [window, -0.32, 0.40, 0.38]);
            let bars = inside(x, y, [window, -0.32, 0.015, 0.5]).max(inside(
                x,
                y,
                [window, -0.32, 0.5, 0.015],
            ));
            color = mix(color, out, glass * (1.0 - bars));
            color = mix(
                color,
                [0.45, 0.30, 0.18],
                inside(x, y, [frame, -0.25, 0.30, 0.24]),
            );
            color = mix(
                color,
                mix(art, [1.0; 3], 0.5 * clouds(x * 3.0, y * 3.0, 4, 0, seed)),
                inside(x, y, [frame, -0.25, 0.25, 0.19]),
            );
            color = mix(
                color,
                [0.93, 0.92, 0.90],
                inside(x, y, [0.0, floor_line - 0.03, 9.0, 0.03]),
            );
            (color, 1.0)
        });
        let floor = self.below(
            0.6,
            move |_x| floor_line,
            move |x, y, below| {
                let plank = (x * 1.6 / (0.6 + below) + 40.0).fract();
                let grain = noise(x * 6.0, y * 60.0, 0, seed ^ 0xd);
                let rug = smooth(0.62, 0.60, (x / 1.0).hypot((y - 0.78) / 0.24) * 0.6);
                let wood = shaded(
                    [0.63, 0.45, 0.29],
                    dim * (0.84 + 0.14 * smooth(0.0, 0.05, plank) + 0.1 * grain),
                );
                mix(wood, shaded(art, dim * 0.85), rug * 0.85)
            },
        );
        vec![back, floor]
    }

    fn studio(&self) -> Vec<Backdrop> {
        let color = self.color;
        vec![self.layer(0.3, move |x, y| {
            let fall = 1.05 - 0.10 * (x * x + y * y).min(3.0);
            let floor = 1.0 - 0.10 * smooth(0.42, 0.62, y);
            (shaded(color, fall * floor), 1.0)
        })]
    }

    /// Rails on sleepers, for wheels that stand at `feet`.
    pub fn rails(&self, feet: f32) -> Backdrop {
        let (light, seed) = (self.air.light, self.seed);
        self.layer(0.85, move |x, y| {
            let across = y - feet;
            let bed = smooth(0.105, 0.085, (across + 0.01).abs());
            if bed <= 0.0 {
                return ([0.0; 3], 0.0);
            }
            let gravel = clouds(x * 34.0, y * 60.0, 3, 0, seed ^ 0x53);
            let stones = shaded(times(light, [0.44, 0.42, 0.41]), 0.72 + 0.5 * gravel);
            // Sleepers lean a little, as seen from above the track.
            let beat = ((x + across * 0.25) * 9.0).rem_euclid(1.0);
            let sleeper =
                smooth(0.30, 0.24, (beat - 0.5).abs()) * smooth(0.075, 0.065, across.abs());
            let color = mix(
                stones,
                shaded(times(light, [0.40, 0.29, 0.21]), 0.85 + 0.3 * gravel),
                sleeper,
            );
            let steel = smooth(0.011, 0.006, (across + 0.045).abs()).max(smooth(
                0.014,
                0.008,
                (across - 0.02).abs(),
            ));
            (mix(color, times(light, [0.80, 0.83, 0.88]), steel), bed)
        })
    }

    /// A road that comes to the front.
    fn road(&self) -> Backdrop {
        let (light, seed) = (self.air.light, self.seed);
        self.layer(0.85, move |x, y| {
            let from = 0.60;
            let depth = (y - from) / 0.5;
            if depth <= 0.0 {
                return ([0.0; 3], 0.0);
            }
            let grain = clouds(x * 20.0, y * 50.0, 4, 0, seed ^ 0x47);
            let asphalt = shaded(times(light, [0.32, 0.32, 0.35]), 0.85 + 0.3 * grain);
            let middle = 0.80;
            let dash = smooth(0.014, 0.008, (y - middle).abs())
                * f32::from(u8::from((x * 1.6).rem_euclid(1.0) < 0.55));
            let rim = smooth(0.012, 0.006, (y - from - 0.03).abs())
                + smooth(0.016, 0.010, (y - 1.02).abs());
            let color = mix(
                asphalt,
                shaded(times(light, [0.95, 0.93, 0.85]), 1.0),
                dash.max(rim.min(1.0)),
            );
            (color, smooth(0.0, 0.02, y - from) * smooth(1.12, 1.10, y))
        })
    }
}

/// Stars: a few bright points.
fn star(x: f32, y: f32, seed: u32) -> f32 {
    let scale = 16.0;
    let (cell_x, cell_y) = ((x * scale).floor(), (y * scale).floor());
    let (ix, iy) = (cell_x as i32, cell_y as i32);
    let bright = hash(ix, iy, seed ^ 0x65);
    if bright < 0.72 {
        return 0.0;
    }
    let dx = x * scale - cell_x - 0.2 - 0.6 * hash(ix, iy, seed ^ 0x66);
    let dy = y * scale - cell_y - 0.2 - 0.6 * hash(ix, iy, seed ^ 0x67);
    let size = 0.05 + 0.10 * (bright - 0.72) / 0.28;
    smooth(size, size * 0.3, dx.hypot(dy)) * (0.45 + 1.9 * (bright - 0.72))
}

/// Soft round dots, about one in two cells of `1 / scale` world units.
fn dot(x: f32, y: f32, scale: f32, radius: f32, seed: u32) -> f32 {
    let (cell_x, cell_y) = ((x * scale).floor(), (y * scale).floor());
    let (ix, iy) = (cell_x as i32, cell_y as i32);
    if hash(ix, iy, seed) < 0.6 {
        return 0.0;
    }
    let dx = x * scale - cell_x - 0.3 - 0.4 * hash(ix, iy, seed ^ 1);
    let dy = y * scale - cell_y - 0.3 - 0.4 * hash(ix, iy, seed ^ 2);
    smooth(radius, radius * 0.6, dx.hypot(dy))
}

/// What of a row of buildings lies at a place.
struct Spot {
    alpha: f32,
    tone: f32,
    window: f32,
    is_lit: f32,
}

fn building(x: f32, y: f32, per_unit: f32, tall: f32, seed: u32, edge: f32) -> Option<Spot> {
    let cell = x * per_unit;
    let index = cell.floor() as i32;
    let within = cell - index as f32;
    let top = 0.62 - tall * (0.35 + 1.0 * hash(index, 1, seed));
    let gap = 0.03 + 0.05 * hash(index, 2, seed);
    let side = (within - gap).min(1.0 - gap - within) / per_unit;
    // Some have a narrower upper part.
    let is_stepped = hash(index, 3, seed) > 0.5;
    let upper = top - 0.12 * f32::from(u8::from(is_stepped));
    let narrow = (within - 0.3).min(0.7 - within) / per_unit;
    let main = smooth(-edge, edge, y - top) * smooth(-edge, edge, side);
    let extra = if is_stepped {
        smooth(-edge, edge, y - upper) * smooth(-edge, edge, narrow)
    } else {
        0.0
    };
    let alpha = main.max(extra);
    if alpha <= 0.0 {
        return None;
    }
    let columns = 4.0 + (hash(index, 4, seed) * 3.0).floor();
    let rows = columns * per_unit * 0.8;
    let (across, down) = (within * columns, (y - top) * rows);
    let (column, row) = (across.floor(), down.floor());
    let (fx, fy) = (across - column, down - row);
    let pane = smooth(0.16, 0.24, fx)
        * smooth(0.84, 0.76, fx)
        * smooth(0.22, 0.32, fy)
        * smooth(0.88, 0.78, fy);
    let is_lit = hash(index * 31 + column as i32, row as i32, seed ^ 5) > 0.42;
    Some(Spot {
        alpha,
        tone: 0.84 + 0.3 * hash(index, 6, seed) - 0.12 * (within - 0.5),
        window: pane * f32::from(u8::from(y > top + 0.03)) * 0.9,
        is_lit: f32::from(u8::from(is_lit)),
    })
}

/// Houses covered with windows and signs, shops at the foot; color and alpha.
fn neon_house(
    [x, y]: [f32; 2],
    per_unit: f32,
    dark: f32,
    seed: u32,
    glows: bool,
    [highest, differ]: [f32; 2],
) -> (Color, f32) {
    let cell = x * per_unit;
    let index = cell.floor() as i32;
    let top = highest + differ * hash(index, 1, seed);
    if y < top {
        return ([0.0; 3], 0.0);
    }
    let within = cell - index as f32;
    let own = mix(
        hue(hash(index, 2, seed) * 0.55 + 0.48),
        [0.5, 0.45, 0.6],
        0.45,
    );
    let fade = 0.55 + 0.55 * smooth(-0.9, 0.42, y);
    let mut color = shaded(
        mix([dark, dark * 0.85, dark * 1.7], own, 0.10),
        fade * (0.85 + 0.3 * hash(index, 3, seed)),
    );
    // The corner of a house catches less light.
    color = shaded(
        color,
        0.75 + 0.25 * smooth(0.0, 0.05, within.min(1.0 - within)),
    );
    let (columns, rows) = (7.0, per_unit * 6.0);
    let (column, row) = ((within * columns).floor(), (y * rows).floor());
    let (fx, fy) = ((within * columns).fract(), (y * rows).rem_euclid(1.0));
    let pane = smooth(0.14, 0.24, fx)
        * smooth(0.86, 0.76, fx)
        * smooth(0.18, 0.30, fy)
        * smooth(0.84, 0.72, fy);
    let lamp = hash(index * 9 + column as i32, row as i32, seed ^ 4);
    if lamp > 0.45 {
        let warm = mix(
            [1.0, 0.72, 0.40],
            [0.55, 0.75, 1.0],
            smooth(0.75, 0.9, lamp),
        );
        color = mix(color, warm, pane * (0.20 + 0.75 * (lamp - 0.45)));
    }
    let power = if glows { 1.0 } else { 0.75 };
    // A board high up on most houses, tall or wide; a shop window at the foot.
    let is_tall = hash(index, 5, seed) > 0.45;
    let middle = [
        0.25 + 0.5 * hash(index, 6, seed),
        top + 0.32 + 0.25 * hash(index, 7, seed),
    ];
    let half = if is_tall { [0.09, 0.24] } else { [0.30, 0.075] };
    color = board(color, [within, y], middle, half, index, seed, power);
    let second = [
        0.2 + 0.6 * hash(index, 8, seed),
        (top + 0.85).min(0.12) + 0.06 * hash(index, 9, seed),
    ];
    let half = if is_tall {
        [0.24, 0.055]
    } else {
        [0.075, 0.17]
    };
    color = board(color, [within, y], second, half, index + 77, seed, power);
    let shop = smooth(0.20, 0.21, y)
        * smooth(0.40, 0.39, y)
        * smooth(0.06, 0.08, within)
        * smooth(0.94, 0.92, within);
    let shine = mix(
        [1.0, 0.80, 0.55],
        hue(hash(index, 11, seed) * 0.6 + 0.4),
        0.35,
    );
    let goods = 0.55 + 0.45 * noise(within * 16.0, y * 30.0, 0, seed ^ 0xc);
    (mix(color, shaded(shine, goods * power), shop * 0.85), 1.0)
}

/// A glowing sign with strokes that read as writing, over `below`.
fn board(
    below: Color,
    [x, y]: [f32; 2],
    middle: [f32; 2],
    half: [f32; 2],
    key: i32,
    seed: u32,
    power: f32,
) -> Color {
    let (du, dv) = ((x - middle[0]) / half[0], (y - middle[1]) / half[1]);
    let own = mix(hue(hash(key, 21, seed) * 0.62 + 0.42), [1.0; 3], 0.12);
    let reach =
        (du.abs() - 1.0).max(0.0) * half[0] * 4.0 + (dv.abs() - 1.0).max(0.0) * half[1] * 4.0;
    let halo = 0.30 * power * (-reach * 5.0).exp();
    let mut color = plus(below, own, halo);
    let border = 0.014;
    let inside = smooth(1.0, 1.0 - border / half[0], du.abs())
        * smooth(1.0, 1.0 - border / half[1], dv.abs());
    if inside <= 0.0 {
        return color;
    }
    let inner = smooth(
        1.0 - border / half[0],
        1.0 - 2.0 * border / half[0],
        du.abs(),
    ) * smooth(
        1.0 - border / half[1],
        1.0 - 2.0 * border / half[1],
        dv.abs(),
    );
    color = mix(color, shaded(own, power), inside * (1.0 - inner));
    color = mix(color, shaded(own, 0.16), inner);
    // One glyph after another, along the longer side.
    let along = if half[0] > half[1] {
        [du * half[0] / half[1], dv]
    } else {
        [du, dv * half[1] / half[0]]
    };
    let (gx, gy) = (along[0] * 0.5 + 8.5, along[1] * 0.5 + 8.5);
    let glyph = [gx.floor() as i32, gy.floor() as i32];
    let (fx, fy) = (gx.fract() - 0.5, gy.fract() - 0.5);
    let mut ink = 0.0_f32;
    for stroke in 0..4 {
        let at = hash(glyph[0] * 5 + stroke, glyph[1] + key, seed ^ 0x1f) - 0.5;
        let line = if stroke % 2 == 0 {
            smooth(0.07, 0.04, (fx - at * 0.5).abs()) * smooth(0.34, 0.30, fy.abs())
        } else {
            smooth(0.07, 0.04, (fy - at * 0.5).abs()) * smooth(0.34, 0.30, fx.abs())
        };
        ink = ink.max(line);
    }
    mix(color, shaded(mix(own, [1.0; 3], 0.55), power), ink * inner)
}

//! Fog, shafts of light, clouds and glows: light and haze that lie over large parts of the picture.

use super::{
    Moment, Stage,
    noise::{layered, noise},
};
use crate::models::photo::{
    air::{Air, Shown, Veil},
    camera::{NEARNESS_FAR, Pose, smooth},
    inpaint::Pixel,
    render::CELL,
    words::Ambience,
};
use rayon::prelude::*;

/// Adds the veils of `kind`, if it has any.
pub fn add(
    kind: Ambience,
    stage: &Stage<'_>,
    moment: &Moment,
    pose: Pose,
    amount: f32,
    air: &mut Air,
) {
    let drawing = Drawing {
        stage,
        pose,
        seconds: moment.seconds,
        presence: moment.presence * amount.min(1.6),
    };
    let haze =
        |most: f32| move |drawing: &Drawing<'_>, at: [f32; 2]| drawing.distance_haze(at, most);
    match kind {
        Ambience::Fog => {
            air.behind
                .veils
                .push(drawing.veil(Shown::Everywhere, Drawing::fog_behind));
            air.front
                .veils
                .push(drawing.veil(Shown::Everywhere, Drawing::fog_before));
        }
        Ambience::Snow => air
            .behind
            .veils
            .push(drawing.veil(Shown::Everywhere, haze(0.26))),
        Ambience::Rain => air
            .behind
            .veils
            .push(drawing.veil(Shown::Everywhere, haze(0.34))),
        Ambience::Rays => {
            air.behind
                .veils
                .push(drawing.veil(Shown::Everywhere, |drawing, at| drawing.rays(at, 0.30)));
            air.front
                .veils
                .push(drawing.veil(Shown::Everywhere, |drawing, at| drawing.rays(at, 0.16)));
        }
        Ambience::Clouds => air
            .behind
            .veils
            .push(drawing.veil(Shown::OnSky, Drawing::clouds)),
        Ambience::Embers => air
            .front
            .veils
            .push(drawing.veil(Shown::Everywhere, Drawing::fire_glow)),
        Ambience::Bokeh => air
            .behind
            .veils
            .push(drawing.veil(Shown::Everywhere, |drawing, _| {
                [0.0, 0.0, 0.0, (0.42 * drawing.presence).min(0.8)]
            })),
        Ambience::Fireworks => air
            .behind
            .veils
            .push(drawing.veil(Shown::OnBoth, Drawing::night)),
        Ambience::Petals | Ambience::Leaves | Ambience::Dust | Ambience::Shimmer => {}
    }
}

/// What veils are drawn from.
struct Drawing<'a> {
    stage: &'a Stage<'a>,
    pose: Pose,
    seconds: f32,
    presence: f32,
}

impl Drawing<'_> {
    fn veil(&self, shown: Shown, at: impl Fn(&Self, [f32; 2]) -> Pixel + Sync) -> Veil {
        let (width, height) = (
            self.stage.size.width as usize,
            self.stage.size.height as usize,
        );
        let columns = Veil::columns(width);
        let corner = |index: usize| {
            let (x, y) = (index % columns * CELL, index / columns * CELL);
            at(self, self.stage.grid.point([x as f32, y as f32]))
        };
        let corners = (0..columns * Veil::rows(height))
            .into_par_iter()
            .map(corner)
            .collect();
        Veil::new(width, corners, shown)
    }

    /// How far the background is at a place that is seen, 0 near to 1 farthest.
    fn distance(&self, seen: [f32; 2]) -> f32 {
        let mut point = seen;
        for _ in 0..2 {
            point = self.pose.unproject(seen, self.stage.nearness.at(point));
        }
        let nearness = self.stage.nearness.at(point);
        ((1.0 / nearness - 1.0) / 3.5).clamp(0.0, 1.0)
    }

    fn distance_haze(&self, seen: [f32; 2], most: f32) -> Pixel {
        let cover = most * self.distance(seen).powf(0.8) * self.presence;
        let [r, g, b] = self
            .stage
            .tone
            .haze
            .map(|part| (part * 0.85 + 0.06).min(0.85));
        [r * cover, g * cover, b * cover, cover]
    }

    fn fog_color(&self) -> [f32; 3] {
        let gray = self.stage.tone.haze.iter().sum::<f32>() / 3.0;
        self.stage
            .tone
            .haze
            .map(|part| (0.5 * part + 0.5 * gray).clamp(0.10, 0.80))
    }

    /// Thick where it is far, in banks that drift.
    fn fog_behind(&self, seen: [f32; 2]) -> Pixel {
        let [x, y] = self.pose.unproject(seen, 0.32);
        let t = self.seconds;
        let banks = layered([x * 3.2 - 0.12 * t, y * 6.5, 0.11 * t], 4);
        let low = smooth(1.0 - ((y - self.stage.horizon).abs() / (0.55 * self.stage.half[1])));
        let thick = 0.35 + 1.15 * self.distance(seen) + 0.6 * low;
        let cover = (1.0 - (-thick * smooth(banks * 1.9 - 0.45) * 1.25).exp()).min(0.86)
            * self.presence.min(1.0);
        let [r, g, b] = self.fog_color();
        [r * cover, g * cover, b * cover, cover]
    }

    /// Wisps that pass before everything, thicker near the ground.
    fn fog_before(&self, seen: [f32; 2]) -> Pixel {
        let [x, y] = self.pose.unproject(seen, 0.85);
        let t = self.seconds;
        let wisps = layered(
            [x * 2.1 - 0.23 * t + 9.0, y * 5.2 + 0.03 * t, 0.17 * t + 4.0],
            4,
        );
        let ground = smooth((y / self.stage.half[1] + 0.5) / 1.4);
        let cover =
            (smooth(wisps * 2.2 - 0.7) * (0.12 + 0.50 * ground)).min(0.62) * self.presence.min(1.0);
        let [r, g, b] = self.fog_color().map(|part| (part * 1.06).min(0.9));
        [r * cover, g * cover, b * cover, cover]
    }

    /// Shafts from beyond an upper corner; slow noise along the angle lets them wander and breathe.
    fn rays(&self, seen: [f32; 2], strength: f32) -> Pixel {
        let [x, y] = self.pose.unproject(seen, 0.3);
        let side = if self.stage.tone.is_lit_from_left {
            -1.0
        } else {
            1.0
        };
        let from = [side * self.stage.half[0] * 0.72, -self.stage.half[1] - 0.16];
        let (dx, dy) = (x - from[0], (y - from[1]).max(1e-3));
        let angle = dx.atan2(dy);
        let distance = dx.hypot(dy);
        let t = self.seconds;
        let broad = noise([angle * 7.0 + 0.06 * t, 0.10 * t, 1.5]);
        let fine = noise([angle * 23.0 - 0.05 * t, 0.16 * t, 7.5]);
        let shaft = smooth((0.66 * broad + 0.34 * fine) * 2.3 - 0.75);
        let air = 0.75 + 0.5 * layered([x * 4.0 - 0.05 * t, y * 4.0, 0.1 * t], 2);
        let fall = (-distance * 1.35).exp() * smooth(distance / 0.08);
        let light = strength * (shaft + 0.16) * fall * air * self.presence;
        [light, light * 0.90, light * 0.68, 0.0]
    }

    /// A layer of clouds overhead, seen in perspective: larger and faster above, small at the horizon.
    fn clouds(&self, seen: [f32; 2]) -> Pixel {
        let [x, y] = self.pose.unproject(seen, NEARNESS_FAR);
        let above = (self.stage.horizon + 0.02 - y).max(0.0);
        if above <= 0.0 {
            return [0.0; 4];
        }
        let far = 0.20 / (above + 0.10);
        let t = self.seconds;
        let at = [x * far * 5.0 + 0.085 * t, far * 3.4 + 0.012 * t, 0.035 * t];
        let body = layered(at, 5);
        let lit = layered([at[0] + 0.16, at[1] - 0.22, at[2]], 4);
        let cover =
            smooth((body - 0.47) / 0.17) * 0.86 * smooth(above / 0.07) * self.presence.min(1.0);
        // The side towards the light is white, the thick middle gray.
        let shade = (0.86 + 1.1 * (body - lit) - 0.55 * (body - 0.55).max(0.0)).clamp(0.45, 1.0);
        let tone = self
            .stage
            .tone
            .sparkle
            .map(|part| (0.25 + 0.75 * part) * shade);
        [tone[0] * cover, tone[1] * cover, tone[2] * cover, cover]
    }

    /// Day's sky turned into night's, and the water that mirrors it: dark above, a rest of light at the horizon.
    fn night(&self, seen: [f32; 2]) -> Pixel {
        let [_, y] = self.pose.unproject(seen, NEARNESS_FAR);
        let reach = (self.stage.horizon + self.stage.half[1]).max(0.1);
        let up = ((self.stage.horizon - y).abs() / reach).min(1.0);
        let cover = (0.16 + 0.76 * up.powf(0.55)) * self.presence.min(1.0);
        let dusk = (1.0 - up).powi(3);
        let light = [
            0.002 + 0.020 * dusk,
            0.003 + 0.012 * dusk,
            0.010 + 0.016 * dusk,
        ];
        [light[0] * cover, light[1] * cover, light[2] * cover, cover]
    }

    /// The glow of a fire below the picture.
    fn fire_glow(&self, seen: [f32; 2]) -> Pixel {
        let low = smooth((seen[1] / self.stage.half[1] + 0.35) / 1.5);
        let flicker = 0.82 + 0.36 * (noise([self.seconds * 5.0, 0.3, 0.7]) - 0.5);
        let patch = 0.7
            + 0.6
                * layered(
                    [
                        seen[0] * 3.0,
                        seen[1] * 3.0 + 0.5 * self.seconds,
                        0.6 * self.seconds,
                    ],
                    3,
                );
        let light = 0.115 * low * low * flicker * patch * self.presence;
        [light, light * 0.30, light * 0.045, 0.0]
    }
}

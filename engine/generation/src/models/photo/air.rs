//! What hangs in the air of one frame: marks (flakes, sparks, petals) and veils (fog, light), behind and before the
//! subject, and how they are painted.

use super::{
    inpaint::Pixel,
    light::{Grade, lay},
    render::CELL,
};

/// Form of a mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// A blob; `firm` is the share of its radius that has the full value: 0 is a soft glow, 0.8 a disc.
    Blob {
        /// 0 to 1.
        firm: f32,
    },
    /// A light out of focus: a disc with a brighter rim.
    Bokeh,
    /// A flattened ring, as a drop makes it in a puddle.
    Ring,
    /// A petal or leaf, long as its radius.
    Blade {
        /// Direction of its length, in radians.
        angle: f32,
        /// How much of its width is seen as it tumbles: -1 to 1, the sign is the side.
        tilt: f32,
        /// Pointed at both ends, with a rib: a leaf.
        is_leaf: bool,
        /// Blur of its outline, in pixels.
        blur: f32,
    },
}

/// Where something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Wherever it is.
    Everywhere,
    /// Before the sky alone.
    OnSky,
    /// On water alone.
    OnWater,
    /// On sky and on water, which mirrors it.
    OnBoth,
}

impl Shown {
    /// How much is shown on a pixel of the background.
    #[inline]
    fn on(self, pixel: &Pixel) -> f32 {
        match self {
            Self::Everywhere => 1.0,
            Self::OnSky => pixel[3].clamp(0.0, 1.0),
            Self::OnWater => (-pixel[3]).clamp(0.0, 1.0),
            Self::OnBoth => pixel[3].abs().min(1.0),
        }
    }
}

/// Something small in the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Its middle, in pixels.
    pub at: [f32; 2],
    /// How far it moves while the shutter is open, in pixels.
    pub trail: [f32; 2],
    /// In pixels.
    pub radius: f32,
    /// Form.
    pub shape: Shape,
    /// Light it sends, in linear measure.
    pub light: [f32; 3],
    /// How much it hides, 0 to 1; lights hide nothing.
    pub cover: f32,
    /// Where it is shown.
    pub shown: Shown,
}

/// Below this radius in pixels a mark is drawn as large and as much fainter.
const RADIUS_LEAST: f32 = 1.0;

impl Mark {
    /// Left, top, right and bottom of what it may touch.
    fn bounds(&self) -> [f32; 4] {
        let reach = self.radius.max(RADIUS_LEAST) + self.blur() + 1.0;
        let half = self.trail.map(|length| length.abs() / 2.0 + reach);
        [
            self.at[0] - half[0],
            self.at[1] - half[1],
            self.at[0] + half[0],
            self.at[1] + half[1],
        ]
    }

    fn blur(&self) -> f32 {
        match self.shape {
            Shape::Blade { blur, .. } => blur,
            Shape::Blob { .. } | Shape::Bokeh | Shape::Ring => 0.0,
        }
    }

    /// Paints it onto rows `first..` of pixels `width` across; their fourth number tells sky from water.
    fn paint(&self, first: usize, width: usize, pixels: &mut [Pixel]) {
        let rows = pixels.len() / width;
        let [left, top, right, bottom] = self.bounds();
        let (from_y, to_y) = (
            top.max(first as f32),
            bottom.min((first + rows) as f32 - 1.0),
        );
        let (from_x, to_x) = (left.max(0.0), right.min(width as f32 - 1.0));
        // Also false for numbers that are none.
        if !(from_y <= to_y && from_x <= to_x) {
            return;
        }
        let brush = Brush::new(self);
        for y in from_y.ceil() as usize..=to_y as usize {
            let row = &mut pixels[(y - first) * width..][..width];
            for (x, pixel) in row[from_x.ceil() as usize..=to_x as usize]
                .iter_mut()
                .enumerate()
            {
                let x = (from_x.ceil() as usize + x) as f32;
                let (mut share, shade) = brush.at([x - self.at[0], y as f32 - self.at[1]]);
                share *= self.shown.on(pixel);
                if share > 1e-3 {
                    let light = self.light.map(|light| light * share * shade);
                    lay(pixel, light, self.cover * share);
                }
            }
        }
    }
}

/// A mark made ready for painting.
struct Brush<'a> {
    mark: &'a Mark,
    radius: f32,
    /// Direction and half length of the trail.
    along: [f32; 2],
    half: f32,
    /// What size and motion leave of its strength.
    strength: f32,
    turned: [f32; 2],
}

impl<'a> Brush<'a> {
    fn new(mark: &'a Mark) -> Self {
        let length = mark.trail[0].hypot(mark.trail[1]);
        let radius = mark.radius.max(RADIUS_LEAST);
        let small = (mark.radius / radius).powi(2);
        // What moves stays over each point of its trail for a part of the time only.
        let moving = match mark.shape {
            Shape::Blob { .. } => 2.0 * radius / (2.0 * radius + length),
            Shape::Bokeh | Shape::Ring | Shape::Blade { .. } => 1.0,
        };
        let angle = match mark.shape {
            Shape::Blade { angle, .. } => angle,
            Shape::Blob { .. } | Shape::Bokeh | Shape::Ring => 0.0,
        };
        Self {
            mark,
            radius,
            along: mark.trail.map(|part| part / length.max(1e-6)),
            half: length / 2.0,
            strength: small * moving,
            turned: [angle.cos(), angle.sin()],
        }
    }

    /// How much of the mark is at this distance from its middle, and how light it is there.
    #[inline]
    fn at(&self, [x, y]: [f32; 2]) -> (f32, f32) {
        match self.mark.shape {
            Shape::Blob { firm } => {
                let along = (x * self.along[0] + y * self.along[1]).clamp(-self.half, self.half);
                let (dx, dy) = (x - along * self.along[0], y - along * self.along[1]);
                let d = dx.hypot(dy) / self.radius;
                (self.strength * fallen(d, firm), 1.0)
            }
            Shape::Bokeh => {
                let d = x.hypot(y) / self.radius;
                let edge = 1.0 - (3.0 / self.radius.max(5.0)).max(0.12);
                (
                    self.strength * fallen(d, edge) * (0.84 + 0.16 * d.powi(4).min(1.0)),
                    1.0,
                )
            }
            Shape::Ring => {
                let d = x.hypot(y / 0.32) / self.radius;
                let width = (2.2 / self.radius).clamp(0.12, 0.6);
                (
                    self.strength * (1.0 - (d - 0.8).abs() / width).max(0.0),
                    1.0,
                )
            }
            Shape::Blade {
                tilt,
                is_leaf,
                blur,
                ..
            } => self.blade([x, y], tilt, is_leaf, blur),
        }
    }

    #[inline]
    fn blade(&self, [x, y]: [f32; 2], tilt: f32, is_leaf: bool, blur: f32) -> (f32, f32) {
        let [cos, sin] = self.turned;
        let (along, across) = (
            (x * cos + y * sin) / self.radius,
            (y * cos - x * sin) / self.radius,
        );
        let squeeze = tilt.abs().max(0.22);
        // It is bowed a little, more so when seen from the side.
        let across = across + 0.12 * (1.0 - squeeze) * (along * along - 0.5);
        let t = (along + 1.0) * 0.5;
        let inside = t.clamp(0.0, 1.0);
        let half_width = if is_leaf {
            // A short stalk, a broad body with teeth, a point.
            let body = ((along + 0.62) / 1.62).clamp(0.0, 1.0);
            let teeth = 1.0 - 0.07 * ((body * 9.0).fract() - 0.2);
            let stalk = 0.035 * f32::from(u8::from(along < -0.55));
            (0.60 * (body.powf(0.75) * (1.0 - body)).max(0.0).powf(0.75) * 2.0 * teeth).max(stalk)
        } else {
            // Narrow at its foot, broad at its end, with a notch there.
            let notch =
                0.16 * (1.0 - (across.abs() * 5.0).min(1.0)) * f32::from(u8::from(inside > 0.7));
            let body = inside.powf(0.65) * (1.0 - inside.powi(6)).max(0.0).sqrt();
            0.62 * body - notch
        } * squeeze;
        let beyond = (along.abs() - 1.0).max(0.0);
        let distance = (half_width - across.abs() - beyond) * self.radius;
        let soft = blur.max(0.7);
        let share = (distance / (2.0 * soft) + 0.5).clamp(0.0, 1.0);
        let side = if is_leaf {
            0.8 + 0.2 * tilt
        } else {
            0.92 + 0.08 * tilt
        };
        let grain = if is_leaf {
            let rib = (1.0 - across.abs() * self.radius / 1.2).clamp(0.0, 1.0);
            let vein = ((along - across.abs() * 0.9 / squeeze) * 7.0).fract().abs();
            let vein = (1.0 - vein * 6.0).clamp(0.0, 1.0) * (self.radius / 14.0).min(1.0);
            1.0 - 0.35 * rib - 0.16 * vein + 0.15 * (across / half_width.max(0.05)).clamp(-1.0, 1.0)
        } else {
            0.78 + 0.3 * inside
        };
        // What blur spreads out is thinner.
        let thin = self.radius / (self.radius + 1.2 * blur);
        (self.strength * share * thin, side * grain)
    }
}

/// 1 up to `firm` of the radius, falling softly to 0 at all of it.
#[inline]
fn fallen(distance: f32, firm: f32) -> f32 {
    let t = ((1.0 - distance) / (1.0 - firm).max(1e-3)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Light and cover over the whole picture, given at every eighth pixel.
#[derive(Debug, Clone)]
pub struct Veil {
    columns: usize,
    corners: Vec<Pixel>,
    shown: Shown,
}

impl Veil {
    /// Corners that a picture `width` across needs in each row.
    pub fn columns(width: usize) -> usize {
        width / CELL + 2
    }

    /// Rows of corners for a picture `height` down.
    pub fn rows(height: usize) -> usize {
        height / CELL + 2
    }

    /// From light (3) and cover (1) at each corner, rows tight.
    pub fn new(width: usize, corners: Vec<Pixel>, shown: Shown) -> Self {
        Self {
            columns: Self::columns(width),
            corners,
            shown,
        }
    }

    fn paint(&self, first: usize, width: usize, pixels: &mut [Pixel]) {
        let upper = &self.corners[first / CELL * self.columns..][..self.columns];
        let lower = &self.corners[(first / CELL + 1) * self.columns..][..self.columns];
        for (row, pixels) in pixels.chunks_mut(width).enumerate() {
            let down = row as f32 / CELL as f32;
            for (cell, pixels) in pixels.chunks_mut(CELL).enumerate() {
                let mix = |column: usize| {
                    let (a, b) = (upper[column], lower[column]);
                    [0, 1, 2, 3].map(|c| a[c] + (b[c] - a[c]) * down)
                };
                let (left, right) = (mix(cell), mix(cell + 1));
                if left == [0.0; 4] && right == [0.0; 4] {
                    continue;
                }
                for (column, pixel) in pixels.iter_mut().enumerate() {
                    let along = column as f32 / CELL as f32;
                    let [r, g, b, cover] =
                        [0, 1, 2, 3].map(|c| left[c] + (right[c] - left[c]) * along);
                    let share = self.shown.on(pixel);
                    lay(pixel, [r * share, g * share, b * share], cover * share);
                }
            }
        }
    }
}

/// What is painted at one depth.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Veils, painted first.
    pub veils: Vec<Veil>,
    /// Marks, the farthest first.
    pub marks: Vec<Mark>,
}

impl Sheet {
    /// Paints onto rows `first..` of pixels `width` across.
    pub fn paint(&self, first: usize, width: usize, pixels: &mut [Pixel]) {
        for veil in &self.veils {
            veil.paint(first, width, pixels);
        }
        for mark in &self.marks {
            mark.paint(first, width, pixels);
        }
    }
}

/// Waves on water, in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ripple {
    /// Seconds since the first frame.
    pub seconds: f32,
    /// How much of it there is, 0 to 1.
    pub presence: f32,
    /// Row of the horizon, in the camera's coordinates.
    pub horizon: f32,
    /// Light of a glint, in linear measure.
    pub glint: [f32; 3],
}

/// The air of one frame.
#[derive(Debug, Clone)]
pub struct Air {
    /// The scene's own light.
    pub grade: Grade,
    /// Between background and subject.
    pub behind: Sheet,
    /// Before the subject.
    pub front: Sheet,
    /// Waves on what is water.
    pub ripple: Option<Ripple>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(shape: Shape, trail: [f32; 2]) -> Mark {
        Mark {
            at: [40.0, 30.0],
            trail,
            radius: 8.0,
            shape,
            light: [0.8; 3],
            cover: 0.8,
            shown: Shown::Everywhere,
        }
    }

    fn painted(mark: &Mark) -> Vec<f32> {
        let mut pixels = vec![[0.0; 4]; 80 * 64];
        // In bands, as frames are made.
        for (band, pixels) in pixels.chunks_mut(80 * CELL).enumerate() {
            mark.paint(band * CELL, 80, pixels);
        }
        pixels.iter().map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn marks_are_where_they_are_said_to_be_and_soft_at_the_rim() {
        let blade = Shape::Blade {
            angle: 0.4,
            tilt: 0.8,
            is_leaf: true,
            blur: 1.0,
        };
        for shape in [Shape::Blob { firm: 0.3 }, Shape::Bokeh, blade] {
            let picture = painted(&mark(shape, [0.0; 2]));
            assert!(picture[30 * 80 + 40] > 0.5, "{shape:?}");
            for (place, value) in picture.iter().enumerate() {
                let far = (place as f32 % 80.0 - 40.0).hypot((place / 80) as f32 - 30.0);
                assert!(
                    far < 11.0 || *value == 0.0,
                    "{shape:?} paints {far} pixels away"
                );
                assert!((0.0..=1.0).contains(value));
            }
        }
    }

    #[test]
    fn motion_spreads_a_mark_and_thins_it() {
        let still = painted(&mark(Shape::Blob { firm: 0.3 }, [0.0; 2]));
        let moving = painted(&mark(Shape::Blob { firm: 0.3 }, [32.0, 0.0]));
        let at = |picture: &[f32], x: usize| picture[30 * 80 + x];
        assert!(at(&moving, 40) < at(&still, 40));
        assert!(at(&moving, 54) > 0.2 && at(&still, 54) == 0.0);
    }

    #[test]
    fn what_is_not_in_the_picture_does_no_harm() {
        for at in [[-500.0, 3.0], [f32::NAN, 2.0], [1e9, -1e9], [79.0, 63.0]] {
            let mark = Mark {
                at,
                ..mark(Shape::Bokeh, [0.0; 2])
            };
            assert!(painted(&mark).iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn veils_are_mixed_between_corners() {
        let (columns, rows) = (Veil::columns(24), Veil::rows(16));
        let mut corners = vec![[0.0; 4]; columns * rows];
        corners[1] = [0.0, 0.0, 0.0, 1.0];
        let mut pixels = vec![[1.0; 4]; 24 * CELL];
        Veil::new(24, corners, Shown::Everywhere).paint(0, 24, &mut pixels);
        assert_eq!(pixels[8][0], 0.0);
        assert!(pixels[4][0] > 0.5 && pixels[4][0] < 1.0);
        assert!((pixels[16][0] - 1.0).abs() < 1e-3);
    }
}

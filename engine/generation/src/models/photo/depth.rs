//! How near things are: a guess from where they stand in the picture, not a measurement and nothing learned.
//!
//! What is guessed: below the horizon lies ground that comes nearer row by row; sky is far; what stands above the horizon
//! and is no sky is somewhat near; busy texture is a little nearer than blur. The result is smooth everywhere, so that
//! moving the camera bends the background a little but never tears it.

use super::{
    camera::NEARNESS_FAR,
    inpaint::Pixel,
    masks::{spread, widened},
};
use crate::image_ops::{Rgb, box_mean, guided_filter, resize_plane};
use av::ScanSize;

/// Longest side at which regions are looked for.
const LOOK_SIDE: u32 = 320;
/// Longest side of a nearness map; it is smoother than that.
const FIELD_SIDE: u32 = 96;
/// A sky takes at least this share of the picture, and of its top row.
const SKY_SHARE_LEAST: f32 = 0.04;
const SKY_TOP_LEAST: f32 = 0.15;
/// Where the horizon lies (of the height) when no sky tells: above the picture, as seen by one who looks down a little.
const HORIZON_UNSEEN: f32 = -0.45;

/// A smooth map over the photo, looked up in the camera's coordinates; it goes on flat beyond the border.
#[derive(Debug, Clone)]
pub struct Field {
    width: usize,
    height: usize,
    values: Vec<f32>,
    /// Half sides of the photo where the longer side is 1.
    half: [f32; 2],
}

impl Field {
    /// Of `values` (`size`) over a photo of `photo` pixels.
    pub fn new(values: Vec<f32>, size: ScanSize, photo: ScanSize) -> Self {
        let longest = photo.width.max(photo.height) as f32;
        Self {
            width: size.width as usize,
            height: size.height as usize,
            values,
            half: [
                photo.width as f32 / longest / 2.0,
                photo.height as f32 / longest / 2.0,
            ],
        }
    }

    /// The value at a point of the photo.
    #[inline]
    pub fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let place = |at: f32, half: f32, count: usize| {
            let place = (at / half + 1.0) * 0.5 * count as f32 - 0.5;
            place.clamp(0.0, (count - 1) as f32)
        };
        let (x, y) = (
            place(x, self.half[0], self.width),
            place(y, self.half[1], self.height),
        );
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = (
            (left + 1).min(self.width - 1),
            (top + 1).min(self.height - 1),
        );
        let (fx, fy) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let (a, b) = (
                self.values[y * self.width + left],
                self.values[y * self.width + right],
            );
            a + (b - a) * fx
        };
        let (upper, lower) = (row(top), row(bottom));
        upper + (lower - upper) * fy
    }
}

/// What the picture seems to show, at a small size.
#[derive(Debug, Clone)]
pub struct Regions {
    /// Size of the masks.
    pub size: ScanSize,
    /// Sky, 0 to 1.
    pub sky: Vec<f32>,
    /// Water, 0 to 1.
    pub water: Vec<f32>,
    /// Share of the picture that is sky.
    pub sky_share: f32,
    /// Share of the picture that is water.
    pub water_share: f32,
    /// Row of the horizon, of the height; below 0 when it is not seen.
    pub horizon: f32,
    /// How busy each pixel's surroundings are against the picture's mean, 1 is usual.
    busy: Vec<f32>,
}

impl Regions {
    /// Looks at `rgb`, whose subject is `subject` (0 to 1, same size).
    pub fn of(rgb: &Rgb, subject: &[f32]) -> Self {
        let longest = rgb.size.width.max(rgb.size.height);
        let shrink = (longest as f32 / LOOK_SIDE as f32).max(1.0);
        let side = |length: u32| ((length as f32 / shrink).round() as u32).max(1);
        let size = ScanSize::new(side(rgb.size.width), side(rgb.size.height));
        let planes: Vec<Vec<f32>> = (0..3)
            .map(|plane| resize_plane(rgb.plane(plane), rgb.size, size))
            .collect();
        let subject = resize_plane(subject, rgb.size, size);
        let gray: Vec<f32> = (0..planes[0].len())
            .map(|p| 0.2126 * planes[0][p] + 0.7152 * planes[1][p] + 0.0722 * planes[2][p])
            .collect();
        let rough = roughness(&gray, size);
        let look = Look {
            planes,
            gray,
            rough,
            subject,
            size,
        };
        let sky = look.sky();
        let share = |mask: &[f32]| mask.iter().sum::<f32>() / mask.len() as f32;
        let sky_share = share(&sky);
        let horizon = if sky_share > 0.0 {
            look.horizon(&sky)
        } else {
            HORIZON_UNSEEN
        };
        let water = look.water(&sky, horizon);
        let mean = share(&look.rough).max(1e-4);
        let busy = box_mean(&look.rough, size, 6)
            .iter()
            .map(|value| value / mean)
            .collect();
        Self {
            size,
            sky_share,
            water_share: share(&water),
            sky,
            water,
            horizon,
            busy,
        }
    }

    /// Nearness of the background, for a photo of `photo` pixels.
    pub fn nearness(&self, photo: ScanSize) -> Field {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let has_sky = self.sky_share > 0.0;
        let mut values = vec![0.0; width * height];
        for y in 0..height {
            let row = (y as f32 + 0.5) / height as f32;
            let ground = self.ground(row);
            for x in 0..width {
                let place = y * width + x;
                let standing = if has_sky {
                    0.28_f32.max(ground)
                } else {
                    ground
                };
                let texture = 0.05 * (self.busy[place] - 1.0).clamp(-1.0, 1.0);
                values[place] = (standing + texture) * (1.0 - self.sky[place]);
            }
        }
        let radius = (width.max(height) as f32 * 0.03) as usize + 1;
        for _ in 0..3 {
            values = box_mean(&values, self.size, radius);
        }
        let longest = photo.width.max(photo.height);
        let side = |length: u32| (length * FIELD_SIDE).div_ceil(longest).max(2);
        let size = ScanSize::new(side(photo.width), side(photo.height));
        let values = resize_plane(&values, self.size, size);
        let values = values.iter().map(|value| nearness_of(*value)).collect();
        Field::new(values, size, photo)
    }

    /// How near (0 to 1) ground at this row (of the height) is.
    pub fn ground(&self, row: f32) -> f32 {
        let (nothing, most) = if self.sky_share > 0.0 {
            (0.0, 0.85)
        } else {
            (0.0, 0.62)
        };
        let along = ((row - self.horizon) / (1.0 - self.horizon)).clamp(0.0, 1.0);
        nothing + (most - nothing) * along
    }
}

/// From 0 (far) to 1 (near) to the camera's measure.
pub fn nearness_of(value: f32) -> f32 {
    NEARNESS_FAR + (1.0 - NEARNESS_FAR) * value.clamp(0.0, 1.0)
}

/// Mean steps to the neighbors right and below.
fn roughness(gray: &[f32], size: ScanSize) -> Vec<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut rough = vec![0.0; gray.len()];
    for y in 0..height {
        for x in 0..width {
            let here = gray[y * width + x];
            let right = gray[y * width + (x + 1).min(width - 1)];
            let below = gray[(y + 1).min(height - 1) * width + x];
            rough[y * width + x] = (here - right).abs() + (here - below).abs();
        }
    }
    rough
}

struct Look {
    planes: Vec<Vec<f32>>,
    gray: Vec<f32>,
    rough: Vec<f32>,
    subject: Vec<f32>,
    size: ScanSize,
}

impl Look {
    /// Smooth, bright, not reddish, and connected with the top.
    fn sky(&self) -> Vec<f32> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let calm = box_mean(&self.rough, self.size, 2);
        let may_be = |place: usize| {
            let (r, b, gray) = (
                self.planes[0][place],
                self.planes[2][place],
                self.gray[place],
            );
            let is_colored = b > r + 0.03 || (gray > 0.8 && b > r - 0.04);
            calm[place] < 0.035 && gray > 0.3 && is_colored && self.subject[place] < 0.3
        };
        let mut is_sky = vec![false; width * height];
        let mut open: Vec<usize> = (0..width).filter(|place| may_be(*place)).collect();
        let top = open.len() as f32 / width as f32;
        for place in &open {
            is_sky[*place] = true;
        }
        while let Some(place) = open.pop() {
            let (x, y) = (place % width, place / width);
            let near = [
                (x > 0).then(|| place - 1),
                (x + 1 < width).then(|| place + 1),
                (y > 0).then(|| place - width),
                (y + 1 < height).then(|| place + width),
            ];
            for next in near.into_iter().flatten() {
                let step = (0..3)
                    .map(|c| (self.planes[c][next] - self.planes[c][place]).abs())
                    .fold(0.0, f32::max);
                if !is_sky[next] && may_be(next) && step < 0.03 {
                    is_sky[next] = true;
                    open.push(next);
                }
            }
        }
        let end = self.edge_of_sky(&is_sky);
        for sky in &mut is_sky[end * width..] {
            *sky = false;
        }
        let share = is_sky.iter().filter(|sky| **sky).count() as f32 / is_sky.len() as f32;
        if share < SKY_SHARE_LEAST || top < SKY_TOP_LEAST {
            return vec![0.0; width * height];
        }
        self.behind_subject(self.softened(&is_sky))
    }

    /// Goes on where the subject stands before it, as far as edges are blurred.
    fn behind_subject(&self, mask: Vec<f32>) -> Vec<f32> {
        const BLURRED: usize = 5;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let is_subject: Vec<bool> = self.subject.iter().map(|alpha| *alpha > 0.05).collect();
        let hidden = widened(&is_subject, width, height, BLURRED);
        let mut pixels: Vec<Pixel> = mask.iter().map(|value| [*value, 0.0, 0.0, 0.0]).collect();
        spread(&mut pixels, &hidden, width, height);
        pixels.iter().map(|pixel| pixel[0]).collect()
    }

    /// The row where sky turns into water or haze that is as calm: a step that goes across all of it, however faint.
    fn edge_of_sky(&self, is_sky: &[bool]) -> usize {
        const STEP_ROWS: usize = 3;
        const STEP_LEAST: f32 = 0.015;
        const TIMES_USUAL: f32 = 3.5;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut usual = 0.004_f32;
        for y in 0..height.saturating_sub(STEP_ROWS) {
            let (upper, lower) = (y * width, (y + STEP_ROWS) * width);
            let columns = (0..width).filter(|x| is_sky[upper + x] && is_sky[lower + x]);
            let (mut sum, mut count) = (0.0, 0);
            for x in columns {
                sum += self.gray[lower + x] - self.gray[upper + x];
                count += 1;
            }
            if count * 12 < width {
                continue;
            }
            let step = (sum / count as f32).abs();
            if step > STEP_LEAST && step > TIMES_USUAL * usual && y > height / 10 {
                return y + STEP_ROWS / 2;
            }
            usual += (step - usual) * 0.1;
        }
        height
    }

    /// A mark with the picture's own edges.
    fn softened(&self, mark: &[bool]) -> Vec<f32> {
        let hard: Vec<f32> = mark.iter().map(|set| f32::from(u8::from(*set))).collect();
        let soft = guided_filter(&self.gray, &hard, self.size, 4, 1e-3);
        let stretch = |value: &f32| ((value - 0.15) / 0.7).clamp(0.0, 1.0);
        soft.iter().map(stretch).collect()
    }

    /// Where the sky ends in most columns that have it: things that stand before it hide the rest.
    fn horizon(&self, sky: &[f32]) -> f32 {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut ends: Vec<usize> = (0..width)
            .filter_map(|x| (0..height).rev().find(|y| sky[y * width + x] > 0.5))
            .collect();
        ends.sort_unstable();
        let end = ends.get(ends.len() * 8 / 10).copied().unwrap_or(height / 2);
        (end as f32 / height as f32).clamp(0.05, 0.85)
    }

    /// Below the horizon, calm, and of the sky's color or bluish: what mirrors the sky.
    fn water(&self, sky: &[f32], horizon: f32) -> Vec<f32> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let sum = sky.iter().sum::<f32>();
        let mean = |plane: &Vec<f32>| {
            let products = plane.iter().zip(sky).map(|(value, sky)| value * sky);
            products.sum::<f32>() / sum.max(1.0)
        };
        let sky_color = [
            mean(&self.planes[0]),
            mean(&self.planes[1]),
            mean(&self.planes[2]),
        ];
        let calm = box_mean(&self.rough, self.size, 3);
        let first = (horizon.max(0.0) * height as f32) as usize;
        let mut mark = vec![false; width * height];
        for place in first * width..width * height {
            let color = [0, 1, 2].map(|c| self.planes[c][place]);
            let is_bluish = color[2] > color[0] + 0.02 && color[1] > color[0] - 0.02;
            let is_like_sky = sum > 0.0 && (0..3).all(|c| (color[c] - sky_color[c]).abs() < 0.22);
            mark[place] = calm[place] < 0.06
                && self.subject[place] < 0.3
                && sky[place] < 0.5
                && (is_bluish || (is_like_sky && color[2] > color[0] - 0.02));
        }
        let share = mark.iter().filter(|set| **set).count() as f32 / mark.len() as f32;
        if share < 0.03 {
            return vec![0.0; width * height];
        }
        box_mean(&self.softened(&mark), self.size, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landscape(size: ScanSize) -> Rgb {
        let mut rgb = Rgb::black(size);
        let area = size.area() as usize;
        for place in 0..area {
            let (x, y) = (place % size.width as usize, place / size.width as usize);
            let color = if y * 2 < size.height as usize {
                [0.55, 0.7, 0.95]
            } else {
                let grain = ((x * 7 + y * 13) % 5) as f32 * 0.06;
                [0.35 + grain, 0.3 + grain, 0.1]
            };
            for (plane, value) in color.into_iter().enumerate() {
                rgb.planes[plane * area + place] = value;
            }
        }
        rgb
    }

    #[test]
    fn sky_horizon_and_ground_are_told_apart() {
        let size = ScanSize::new(200, 160);
        let nobody = vec![0.0; 200 * 160];
        let regions = Regions::of(&landscape(size), &nobody);
        assert!(
            (regions.sky_share - 0.5).abs() < 0.05,
            "{}",
            regions.sky_share
        );
        assert!((regions.horizon - 0.5).abs() < 0.05, "{}", regions.horizon);
        assert!(regions.water_share < 0.01);
        let field = regions.nearness(size);
        let (far, middle, near) = (
            field.at([0.0, -0.3]),
            field.at([0.0, 0.2]),
            field.at([0.0, 0.38]),
        );
        assert!(
            far < 0.3 && middle > far + 0.1 && near > middle + 0.1,
            "{far} {middle} {near}"
        );
        // Smooth: no step that would tear.
        for step in 0..80 {
            let y = -0.4 + 0.01 * step as f32;
            assert!((field.at([0.1, y]) - field.at([0.1, y + 0.01])).abs() < 0.06);
        }
    }
}

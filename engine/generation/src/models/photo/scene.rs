//! A photo taken apart: the subject, what may lie behind it, and how near both are.

use super::{
    depth::{Field, Regions, nearness_of},
    inpaint::{Holed, Pixel, fill},
    masks::{distance_into, widened},
};
use crate::{
    error::Result,
    image_ops::{Rgb, box_mean, resize_plane, rgb_from_frame},
    matte::{Matte, refine, subject_frame},
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;

/// The background goes on past the photo's border by this share of the longer side.
pub const MARGIN: f32 = 0.07;
/// A subject smaller or larger than these shares of the picture is none.
const SUBJECT_LEAST: f32 = 0.006;
const SUBJECT_MOST: f32 = 0.85;
/// Tiles of this many pixels know whether a layer has anything there.
pub const TILE: usize = 8;
/// Resampling looks this many pixels round.
const SUPPORT: usize = 3;

/// What a tile of a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// Nothing.
    Empty,
    /// Something.
    Mixed,
    /// Nothing shines through.
    Solid,
}

/// Pixels at a place of the photo.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The photo's pixel (can be negative) of the first column and row.
    pub origin: [isize; 2],
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Rows tight. Of a subject: premultiplied color and coverage. Of a background: color, and 1 for sky, -1 for water.
    pub pixels: Vec<Pixel>,
    tiles: Vec<Tile>,
}

impl Layer {
    fn new(origin: [isize; 2], width: usize, height: usize, pixels: Vec<Pixel>) -> Self {
        let mut layer = Self {
            origin,
            width,
            height,
            pixels,
            tiles: Vec::new(),
        };
        let columns = width.div_ceil(TILE);
        let tile = |index: usize| layer.judge(index % columns, index / columns);
        let count = columns * height.div_ceil(TILE);
        layer.tiles = (0..count).into_par_iter().map(tile).collect();
        layer
    }

    fn judge(&self, column: usize, row: usize) -> Tile {
        let span = |at: usize, most: usize| {
            (at * TILE).saturating_sub(SUPPORT)..(at * TILE + TILE + SUPPORT).min(most)
        };
        let (mut is_empty, mut is_solid) = (true, true);
        for y in span(row, self.height) {
            for x in span(column, self.width) {
                let pixel = self.pixels[y * self.width + x];
                is_empty &= pixel == [0.0; 4];
                is_solid &= pixel[3] > 0.998;
            }
        }
        match (is_empty, is_solid) {
            (true, _) => Tile::Empty,
            (false, true) => Tile::Solid,
            (false, false) => Tile::Mixed,
        }
    }

    /// What the layer holds between two of its own corners, both included.
    pub fn between(&self, low: [f32; 2], high: [f32; 2]) -> Tile {
        let outside = |low: f32, high: f32, most: usize| high < -2.0 || low > most as f32 + 1.0;
        if outside(low[0], high[0], self.width) || outside(low[1], high[1], self.height) {
            return Tile::Empty;
        }
        let columns = self.width.div_ceil(TILE);
        let tile = |at: f32, most: usize| (at.clamp(0.0, (most - 1) as f32) as usize) / TILE;
        let (left, right) = (
            tile(low[0].floor(), self.width),
            tile(high[0].ceil(), self.width),
        );
        let (top, bottom) = (
            tile(low[1].floor(), self.height),
            tile(high[1].ceil(), self.height),
        );
        let first = self.tiles[top * columns + left];
        for row in top..=bottom {
            let tiles = &self.tiles[row * columns + left..=row * columns + right];
            if tiles.iter().any(|tile| *tile != first) {
                return Tile::Mixed;
            }
        }
        let is_inside = low[0] >= 0.0
            && low[1] >= 0.0
            && high[0] < self.width as f32
            && high[1] < self.height as f32;
        if first == Tile::Solid && !is_inside {
            Tile::Mixed
        } else {
            first
        }
    }
}

/// The subject, cut out.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its own colors.
    pub layer: Layer,
    /// What subject over background lacks of the photo; added while the camera is where the photo was taken.
    pub residue: Layer,
    /// How near each part is.
    pub nearness: Field,
    /// Mean nearness.
    pub middle: f32,
    /// What the camera heads for, in its coordinates: faces are in the upper part of what stands.
    pub center: [f32; 2],
    /// Share of the picture.
    pub share: f32,
    /// Corners of the box round it, in the camera's coordinates.
    pub corners: [[f32; 2]; 2],
}

/// A photo taken apart.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Pixels of the photo.
    pub size: ScanSize,
    /// Pixels that the background goes on past each border.
    pub margin: usize,
    /// What lies behind the subject and past the border.
    pub back: Layer,
    /// How near the background is.
    pub nearness: Field,
    /// The subject, when there is one.
    pub subject: Option<Subject>,
    /// What the picture shows.
    pub regions: Regions,
}

impl Scene {
    /// Takes `photo` apart along `matte` (`None`: one layer); `pause` gets the share that is done and may stop the work.
    pub fn of(
        photo: &VideoFrame,
        matte: Option<&Matte>,
        seed: u64,
        pause: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Self> {
        let rgb = rgb_from_frame(photo);
        let size = photo.size;
        let alpha = matte.map(cleaned);
        let alpha = alpha.filter(|alpha| {
            let share = alpha.iter().sum::<f32>() / alpha.len() as f32;
            (SUBJECT_LEAST..=SUBJECT_MOST).contains(&share)
        });
        pause(0.0)?;
        let nobody = vec![0.0; size.area() as usize];
        let regions = Regions::of(&rgb, alpha.as_deref().unwrap_or(&nobody));
        let longest = size.width.max(size.height) as f32;
        let margin = (longest * MARGIN) as usize + SUPPORT;
        pause(0.0)?;
        let hole = alpha.as_ref().map(|alpha| hole_of(alpha, size));
        let picture = holed(photo, &rgb, &regions, hole);
        pause(0.0)?;
        let back = filled(picture, margin, seed, pause)?;
        let nearness = regions.nearness(size);
        let subject = match (alpha, matte) {
            (Some(alpha), Some(matte)) => {
                let cut = Cut {
                    photo,
                    rgb: &rgb,
                    alpha: &alpha,
                    back: &back,
                    margin,
                };
                Some(cut.subject(matte, &regions, &nearness))
            }
            _ => None,
        };
        Ok(Self {
            size,
            margin,
            back,
            nearness,
            subject,
            regions,
        })
    }
}

/// The matte without haze and without small parts that nobody would call the subject.
fn cleaned(matte: &Matte) -> Vec<f32> {
    const SMALL_SIDE: u32 = 256;
    let size = matte.size;
    let alpha: Vec<f32> = matte
        .alpha
        .iter()
        .map(|alpha| f32::from(*alpha) / 255.0)
        .collect();
    let longest = size.width.max(size.height);
    let side = |length: u32| (length * SMALL_SIDE.min(longest) / longest).max(1);
    let small_size = ScanSize::new(side(size.width), side(size.height));
    let small = resize_plane(&alpha, size, small_size);
    let keep = kept_parts(&small, small_size);
    let keep = box_mean(&keep, small_size, 1);
    let keep = resize_plane(&keep, small_size, size);
    let parts = alpha.par_iter().zip(&keep);
    // A pixel that is hardly covered is mostly haze of the matte; edges become a little firmer.
    parts
        .map(|(alpha, keep)| ((alpha - 0.08) / 0.88).clamp(0.0, 1.0) * (keep * 2.0).min(1.0))
        .collect()
}

/// 1 on parts of the matte that are certain somewhere and not tiny against the largest, 0 elsewhere.
fn kept_parts(alpha: &[f32], size: ScanSize) -> Vec<f32> {
    const FAINT: f32 = 0.08;
    let (width, height) = (size.width as usize, size.height as usize);
    let mut part_of = vec![usize::MAX; alpha.len()];
    let mut sums: Vec<(f32, f32)> = Vec::new();
    for start in 0..alpha.len() {
        if alpha[start] <= FAINT || part_of[start] != usize::MAX {
            continue;
        }
        let part = sums.len();
        sums.push((0.0, 0.0));
        part_of[start] = part;
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            sums[part].0 += alpha[place];
            sums[part].1 = sums[part].1.max(alpha[place]);
            let (x, y) = (place % width, place / width);
            let near = [
                (x > 0).then(|| place - 1),
                (x + 1 < width).then(|| place + 1),
                (y > 0).then(|| place - width),
                (y + 1 < height).then(|| place + width),
            ];
            for next in near.into_iter().flatten() {
                if alpha[next] > FAINT && part_of[next] == usize::MAX {
                    part_of[next] = part;
                    open.push(next);
                }
            }
        }
    }
    let largest = sums.iter().map(|(sum, _)| *sum).fold(0.0, f32::max);
    let is_kept = |part: usize| {
        sums.get(part)
            .is_some_and(|(sum, most)| *most > 0.85 && *sum > largest * 0.03)
    };
    part_of
        .iter()
        .map(|part| f32::from(u8::from(is_kept(*part))))
        .collect()
}

/// All that the subject touches, and a rim where its edge may be wrong.
fn hole_of(alpha: &[f32], size: ScanSize) -> Vec<bool> {
    let longest = size.width.max(size.height) as usize;
    let touched: Vec<bool> = alpha.iter().map(|alpha| *alpha > 0.02).collect();
    let reach = (longest / 170).max(2);
    widened(&touched, size.width as usize, size.height as usize, reach)
}

/// The photo, in which the subject is a hole.
fn holed(photo: &VideoFrame, rgb: &Rgb, regions: &Regions, hole: Option<Vec<bool>>) -> Holed {
    let area = rgb.size.area() as usize;
    // Small masks take the photo's own edges: branches against the sky.
    let full = |mask: &[f32], share: f32| -> Vec<f32> {
        if share <= 0.0 {
            return vec![0.0; area];
        }
        let fine = refine(photo, mask, regions.size);
        fine.alpha
            .iter()
            .map(|value| f32::from(*value) / 255.0)
            .collect()
    };
    let sky = full(&regions.sky, regions.sky_share);
    let water = full(&regions.water, regions.water_share);
    let pixel = |place: usize| {
        let region = (sky[place] - water[place]) * REGION_WEIGHT;
        let color = [0, 1, 2].map(|plane| rgb.plane(plane)[place]);
        [color[0], color[1], color[2], region]
    };
    Holed {
        width: rgb.size.width as usize,
        height: rgb.size.height as usize,
        pixels: (0..area).map(pixel).collect(),
        is_hole: hole.unwrap_or_else(|| vec![false; area]),
    }
}

/// How much a difference of region counts against one of color while patches are compared.
const REGION_WEIGHT: f32 = 0.25;

/// The filled photo, mirrored past its border: what goes on there joins without a seam.
fn filled(
    mut picture: Holed,
    margin: usize,
    seed: u64,
    pause: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Layer> {
    fill(&mut picture, seed, pause)?;
    for pixel in &mut picture.pixels {
        pixel[3] = (pixel[3] / REGION_WEIGHT).clamp(-1.0, 1.0);
        for value in &mut pixel[..3] {
            *value = value.clamp(0.0, 1.0);
        }
    }
    let reach = margin as isize;
    let (width, height) = (picture.width, picture.height);
    let row = |y: isize| {
        let first = mirrored(y, height) * width;
        let columns = -reach..width as isize + reach;
        columns
            .map(|x| picture.pixels[first + mirrored(x, width)])
            .collect::<Vec<_>>()
    };
    let rows: Vec<Vec<Pixel>> = (-reach..height as isize + reach)
        .into_par_iter()
        .map(row)
        .collect();
    let (wide, high) = (width + 2 * margin, height + 2 * margin);
    Ok(Layer::new([-reach; 2], wide, high, rows.concat()))
}

/// The place inside that a place outside mirrors.
fn mirrored(at: isize, most: usize) -> usize {
    let most = most as isize;
    let at = if at < 0 { -at - 1 } else { at };
    let at = if at >= most { 2 * most - 1 - at } else { at };
    at.clamp(0, most - 1) as usize
}

/// What a subject is made from.
struct Cut<'a> {
    photo: &'a VideoFrame,
    rgb: &'a Rgb,
    alpha: &'a [f32],
    back: &'a Layer,
    margin: usize,
}

impl Cut<'_> {
    fn subject(&self, matte: &Matte, regions: &Regions, ground: &Field) -> Subject {
        let (layer, residue) = self.layers(matte);
        let size = self.photo.size;
        let (width, height) = (size.width as usize, size.height as usize);
        let longest = width.max(height) as f32;
        let (mut sum, mut middle) = (0.0_f32, 0.0_f32);
        let (mut low, mut high) = ([width, height], [0, 0]);
        for (place, alpha) in self.alpha.iter().enumerate() {
            if *alpha < 0.5 {
                continue;
            }
            let at = [place % width, place / width];
            sum += 1.0;
            for axis in 0..2 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
            middle += at[0] as f32;
        }
        let point = |x: f32, y: f32| {
            [
                (x - width as f32 / 2.0) / longest,
                (y - height as f32 / 2.0) / longest,
            ]
        };
        let upper = low[1] as f32 + 0.38 * (high[1] as f32 - low[1] as f32);
        let center = point(middle / sum.max(1.0), upper);
        let corners = [
            point(low[0] as f32, low[1] as f32),
            point(high[0] as f32, high[1] as f32),
        ];
        // It stands where its lowest row meets the ground, and before what is round it.
        let foot = regions.ground((high[1] + 1) as f32 / height as f32);
        let touches_bottom = high[1] + 2 >= height;
        let standing = if touches_bottom { foot.max(0.62) } else { foot };
        let around = (ground.at(point(
            middle / sum.max(1.0),
            (low[1] + high[1]) as f32 / 2.0,
        )) - nearness_of(0.0))
            / (nearness_of(1.0) - nearness_of(0.0));
        let near = standing.max(around + 0.2).clamp(0.25, 0.9);
        Subject {
            layer,
            residue,
            nearness: self.relief(near),
            middle: nearness_of(near),
            center,
            share: sum / (width * height) as f32,
            corners,
        }
    }

    /// The subject's nearness: `near`, and a little more in its thick parts, as bodies are round.
    fn relief(&self, near: f32) -> Field {
        const SIDE: u32 = 96;
        const ROUNDNESS: f32 = 0.10;
        let size = self.photo.size;
        let longest = size.width.max(size.height);
        let side = |length: u32| (length * SIDE).div_ceil(longest).max(2);
        let small = ScanSize::new(side(size.width), side(size.height));
        let alpha = resize_plane(self.alpha, size, small);
        let inside: Vec<bool> = alpha.iter().map(|alpha| *alpha > 0.5).collect();
        let depth = distance_into(&inside, small.width as usize, small.height as usize);
        let deepest = depth.iter().copied().fold(1.0, f32::max);
        let mut round: Vec<f32> = depth
            .iter()
            .map(|depth| {
                let along = (depth / deepest).clamp(0.0, 1.0);
                (along * (2.0 - along)).sqrt()
            })
            .collect();
        for _ in 0..3 {
            round = box_mean(&round, small, 4);
        }
        let values = round
            .iter()
            .map(|round| nearness_of(near + ROUNDNESS * (round - 0.3)))
            .collect();
        Field::new(values, small, size)
    }

    /// Subject and residue, on their box alone; both go on mirrored past borders that the subject touches.
    fn layers(&self, matte: &Matte) -> (Layer, Layer) {
        let size = self.photo.size;
        let (width, height) = (size.width as usize, size.height as usize);
        let own = subject_frame(self.photo, matte);
        let reach = self.margin as isize;
        let back_at = |x: usize, y: usize| {
            self.back.pixels[(y + self.margin) * self.back.width + x + self.margin]
        };
        let at = |x: usize, y: usize| -> (Pixel, Pixel) {
            let place = y * width + x;
            let alpha = self.alpha[place];
            let back = back_at(x, y);
            let colors = &own.row(0, y)[x * 4..x * 4 + 3];
            let (mut front, mut lacks) = ([0.0; 4], [0.0; 4]);
            for channel in 0..3 {
                let photo = self.rgb.plane(channel)[place];
                let color = if alpha >= 1.0 {
                    photo
                } else {
                    f32::from(colors[channel]) / 255.0
                };
                front[channel] = color * alpha;
                lacks[channel] = photo - front[channel] - (1.0 - alpha) * back[channel];
            }
            front[3] = alpha;
            (front, lacks)
        };
        let area = self.used(reach);
        let [left, top, right, bottom] = area;
        let (wide, high) = ((right - left) as usize, (bottom - top) as usize);
        let rows: Vec<Vec<(Pixel, Pixel)>> = (top..bottom)
            .into_par_iter()
            .map(|y| {
                let is_row_inside = (0..height as isize).contains(&y);
                let pixel = |x: isize| {
                    let (front, lacks) = at(mirrored(x, width), mirrored(y, height));
                    if is_row_inside && (0..width as isize).contains(&x) {
                        return (front, lacks);
                    }
                    // Only what the border cuts goes on past it.
                    let edge_x = x.clamp(0, width as isize - 1) as usize;
                    let edge_y = y.clamp(0, height as isize - 1) as usize;
                    let cut = self.alpha[edge_y * width + edge_x];
                    (front.map(|value| value * cut), [0.0; 4])
                };
                (left..right).map(pixel).collect()
            })
            .collect();
        let (front, lacks) = rows.into_iter().flatten().unzip();
        (
            Layer::new([left, top], wide, high, front),
            Layer::new([left, top], wide, high, lacks),
        )
    }

    /// Left, top, right and bottom of what differs from the background, with room for resampling, mirrored parts included.
    fn used(&self, reach: isize) -> [isize; 4] {
        let (width, height) = (
            self.photo.size.width as isize,
            self.photo.size.height as isize,
        );
        let hole = hole_of(self.alpha, self.photo.size);
        let mut area = [width, height, 0, 0];
        for (place, _) in hole.iter().enumerate().filter(|(_, hole)| **hole) {
            let (x, y) = (place as isize % width, place as isize / width);
            area = [
                area[0].min(x),
                area[1].min(y),
                area[2].max(x + 1),
                area[3].max(y + 1),
            ];
        }
        let room = SUPPORT as isize + 1;
        let low = |at: isize| if at <= reach { -reach } else { at - room };
        let high = |at: isize, most: isize| {
            if at >= most - reach {
                most + reach
            } else {
                at + room
            }
        };
        [
            low(area[0]),
            low(area[1]),
            high(area[2], width),
            high(area[3], height),
        ]
    }
}

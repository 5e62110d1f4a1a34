//! What may lie behind the subject and beyond the border: holes filled with patches of the same picture.
//!
//! From coarse to fine, each hole pixel's surroundings look for the known patch that fits best (a randomized search that
//! lets neighbors share what they found), and the patches vote for each pixel's color. Nothing is learned: textures and
//! straight lines go on well, things that nobody saw are not invented.

use super::masks::{Random, distance_into, spread, widened};
use crate::{error::Result, image_ops::resize_plane};
use av::ScanSize;
use rayon::prelude::*;

/// A color and, in canvases, whatever the fourth number is said to be.
pub type Pixel = [f32; 4];

/// Longest side at which patches are searched; larger pictures take their offsets.
const SEARCH_SIDE_MAX: usize = 640;
/// Longest side of the coarsest picture.
const COARSEST_SIDE: usize = 56;
/// Patches reach this many pixels to each side.
const REACH: usize = 3;
/// Search and vote this often at the coarsest size, once less at each finer one, but at least twice.
const ROUNDS_COARSEST: usize = 9;
const ROUNDS_LEAST: usize = 2;
/// Searches before each vote.
const SEARCHES: usize = 2;
/// Stripes that are searched side by side; fixed, so that the result does not depend on the number of threads.
const STRIPES: usize = 16;
/// What lies this many patches inside a hole weighs a third of what lies on its border.
const TRUST_FALLS_OVER: f32 = 6.0;

/// A picture with holes.
#[derive(Debug, Clone)]
pub struct Holed {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Rows tight; what lies in holes does not matter.
    pub pixels: Vec<Pixel>,
    /// Whether a pixel is to be made.
    pub is_hole: Vec<bool>,
}

/// Fills the holes of `picture`, the same for the same `seed`; `pause` is called between searches with the share that is
/// done, and may stop the work.
pub fn fill(
    picture: &mut Holed,
    seed: u64,
    pause: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<()> {
    if !picture.is_hole.contains(&true) {
        return Ok(());
    }
    let levels = pyramid(picture);
    let mut work = Work::new(&levels, seed);
    let count = levels.len();
    for (index, level) in levels.iter().enumerate() {
        let rounds = ROUNDS_COARSEST.saturating_sub(index).max(ROUNDS_LEAST);
        work.enter(level);
        for round in 0..rounds {
            for search in 0..SEARCHES {
                // A level costs about twice the one before it.
                let before = 0.5_f32.powi((count - index) as i32);
                let inside = (round * SEARCHES + search) as f32 / (rounds * SEARCHES) as f32;
                pause(before * (1.0 + inside))?;
                work.search(round * SEARCHES + search);
            }
            work.vote();
        }
    }
    pause(1.0)?;
    work.enlarge_into(picture, pause)
}

/// `picture` at falling sizes, the smallest first.
fn pyramid(picture: &Holed) -> Vec<Holed> {
    let longest = picture.width.max(picture.height);
    let top = longest.min(SEARCH_SIDE_MAX);
    let mut sides = vec![top];
    while sides[0] > COARSEST_SIDE {
        sides.insert(0, (sides[0] * 10 / 16).max(COARSEST_SIDE * 3 / 4));
        if sides[0] <= COARSEST_SIDE {
            break;
        }
    }
    sides
        .iter()
        .map(|side| shrunk(picture, *side as f32 / longest as f32))
        .collect()
}

fn shrunk(picture: &Holed, scale: f32) -> Holed {
    let side = |length: usize| ((length as f32 * scale).round() as usize).clamp(1, length);
    let (width, height) = (side(picture.width), side(picture.height));
    let from = ScanSize::new(picture.width as u32, picture.height as u32);
    let to = ScanSize::new(width as u32, height as u32);
    if from == to {
        return picture.clone();
    }
    // Means over known pixels alone, so that nothing of the hole leaks out of it.
    let known: Vec<f32> = picture
        .is_hole
        .iter()
        .map(|hole| f32::from(u8::from(!hole)))
        .collect();
    let share = resize_plane(&known, from, to);
    let mut pixels = vec![[0.0; 4]; width * height];
    for channel in 0..4 {
        let products = picture.pixels.iter().zip(&known);
        let plane: Vec<f32> = products
            .map(|(pixel, known)| pixel[channel] * known)
            .collect();
        let plane = resize_plane(&plane, from, to);
        for (place, pixel) in pixels.iter_mut().enumerate() {
            pixel[channel] = plane[place] / share[place].max(1e-4);
        }
    }
    Holed {
        width,
        height,
        pixels,
        is_hole: share.iter().map(|share| *share < 0.6).collect(),
    }
}

/// Where each patch's likeness is, and how unlike it is.
#[derive(Debug, Clone, Copy)]
struct Match {
    x: u16,
    y: u16,
    cost: f32,
}

struct Work<'a> {
    level: &'a Holed,
    pixels: Vec<Pixel>,
    matches: Vec<Match>,
    /// Middles of patches that touch a hole, by row.
    targets: Vec<bool>,
    /// Middles of patches that touch none.
    sources: Vec<bool>,
    source_list: Vec<(u16, u16)>,
    trust: Vec<f32>,
    seed: u64,
    is_fresh: bool,
}

/// Rows that are searched in one go.
struct Stripe<'a> {
    first: usize,
    matches: &'a mut [Match],
    /// Matches of all rows before this pass.
    before: &'a [Match],
    width: usize,
}

impl Stripe<'_> {
    fn search(&mut self, work: &Work<'_>, is_backwards: bool, random: &mut Random) {
        let count = self.matches.len();
        for step in 0..count {
            let place = if is_backwards { count - 1 - step } else { step };
            let (x, y) = (place % self.width, self.first + place / self.width);
            if work.targets[y * self.width + x] {
                let near = |x: usize, y: usize| self.near(x, y);
                self.matches[place] = work.improved([x, y], near, is_backwards, random);
            }
        }
    }

    /// The newest that is known without waiting for other stripes.
    fn near(&self, x: usize, y: usize) -> Match {
        let rows = self.matches.len() / self.width;
        if (self.first..self.first + rows).contains(&y) {
            self.matches[(y - self.first) * self.width + x]
        } else {
            self.before[y * self.width + x]
        }
    }
}

impl<'a> Work<'a> {
    fn new(levels: &'a [Holed], seed: u64) -> Self {
        Self {
            level: &levels[0],
            pixels: Vec::new(),
            matches: Vec::new(),
            targets: Vec::new(),
            sources: Vec::new(),
            source_list: Vec::new(),
            trust: Vec::new(),
            seed,
            is_fresh: true,
        }
    }

    /// Goes on at `level`: matches of the level before are enlarged, colors are voted anew from them.
    fn enter(&mut self, level: &'a Holed) {
        let (old_width, old_height) = (self.level.width, self.level.height);
        let old_matches = std::mem::take(&mut self.matches);
        let (width, height) = (level.width, level.height);
        self.level = level;
        self.pixels.clone_from(&level.pixels);
        self.mark();
        let distance = distance_into(&level.is_hole, width, height);
        self.trust = distance
            .iter()
            .map(|d| (-d / (TRUST_FALLS_OVER * REACH as f32)).exp().max(0.02))
            .collect();
        let mut random = Random(self.seed ^ (width as u64) << 32);
        if self.is_fresh {
            spread(&mut self.pixels, &level.is_hole, width, height);
            self.matches = (0..width * height)
                .map(|_| {
                    let (x, y) = self.any_source(&mut random);
                    Match {
                        x,
                        y,
                        cost: f32::MAX,
                    }
                })
                .collect();
            self.is_fresh = false;
        } else {
            let (right, down) = (
                width as f32 / old_width as f32,
                height as f32 / old_height as f32,
            );
            self.matches = Vec::with_capacity(width * height);
            for y in 0..height {
                for x in 0..width {
                    let old_x = ((x as f32 / right) as usize).min(old_width - 1);
                    let old_y = ((y as f32 / down) as usize).min(old_height - 1);
                    let old = old_matches[old_y * old_width + old_x];
                    let moved = |new: usize, old: usize, found: u16, scale: f32, most: usize| {
                        let offset = (f32::from(found) - old as f32) * scale;
                        (new as f32 + offset).round().clamp(0.0, (most - 1) as f32) as u16
                    };
                    let found = (
                        moved(x, old_x, old.x, right, width),
                        moved(y, old_y, old.y, down, height),
                    );
                    let is_source =
                        self.sources[usize::from(found.1) * width + usize::from(found.0)];
                    let (x, y) = if is_source {
                        found
                    } else {
                        self.any_source(&mut random)
                    };
                    self.matches.push(Match {
                        x,
                        y,
                        cost: f32::MAX,
                    });
                }
            }
            self.vote();
        }
    }

    fn mark(&mut self) {
        let (width, height) = (self.level.width, self.level.height);
        let touched = widened(&self.level.is_hole, width, height, REACH);
        let is_inside = |place: usize| {
            let (x, y) = (place % width, place / width);
            x >= REACH && y >= REACH && x + REACH < width && y + REACH < height
        };
        self.targets = touched
            .iter()
            .enumerate()
            .map(|(p, t)| *t && is_inside(p))
            .collect();
        self.sources = touched
            .iter()
            .enumerate()
            .map(|(p, t)| !*t && is_inside(p))
            .collect();
        let list = self
            .sources
            .iter()
            .enumerate()
            .filter(|(_, source)| **source);
        self.source_list = list
            .map(|(place, _)| ((place % width) as u16, (place / width) as u16))
            .collect();
        if self.source_list.is_empty() {
            // Nothing is known in one piece: the middle is as good as anything.
            self.source_list
                .push(((width / 2) as u16, (height / 2) as u16));
        }
    }

    fn any_source(&self, random: &mut Random) -> (u16, u16) {
        self.source_list[random.below(self.source_list.len())]
    }

    /// One pass: every patch tries what its neighbors found, moved along, and a few places at random.
    fn search(&mut self, pass: usize) {
        let (width, height) = (self.level.width, self.level.height);
        if width <= 2 * REACH || height <= 2 * REACH {
            return;
        }
        let before = self.matches.clone();
        let rows = height.div_ceil(STRIPES);
        let mut matches = std::mem::take(&mut self.matches);
        let this = &*self;
        let stripes = matches.par_chunks_mut(rows * width).enumerate();
        stripes.for_each(|(index, matches)| {
            let mut stripe = Stripe {
                first: index * rows,
                matches,
                before: &before,
                width,
            };
            let start = this.seed ^ ((pass as u64) << 40) ^ ((index as u64) << 8) ^ height as u64;
            stripe.search(this, pass % 2 == 1, &mut Random(start));
        });
        self.matches = matches;
    }

    fn improved(
        &self,
        [x, y]: [usize; 2],
        near: impl Fn(usize, usize) -> Match,
        is_backwards: bool,
        random: &mut Random,
    ) -> Match {
        let (width, height) = (self.level.width, self.level.height);
        let mut best = near(x, y);
        best.cost = self.cost([x, y], [usize::from(best.x), usize::from(best.y)], f32::MAX);
        let attempt = |to_x: isize, to_y: isize, best: &mut Match| {
            if to_x < 0 || to_y < 0 || to_x >= width as isize || to_y >= height as isize {
                return;
            }
            let (to_x, to_y) = (to_x as usize, to_y as usize);
            if !self.sources[to_y * width + to_x] {
                return;
            }
            let cost = self.cost([x, y], [to_x, to_y], best.cost);
            if cost < best.cost {
                *best = Match {
                    x: to_x as u16,
                    y: to_y as u16,
                    cost,
                };
            }
        };
        let step: isize = if is_backwards { 1 } else { -1 };
        for (dx, dy) in [(step, 0), (0, step)] {
            let (from_x, from_y) = (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy));
            if from_x < width && from_y < height && self.targets[from_y * width + from_x] {
                let other = near(from_x, from_y);
                attempt(other.x as isize - dx, other.y as isize - dy, &mut best);
            }
        }
        let (any_x, any_y) = self.any_source(random);
        attempt(any_x as isize, any_y as isize, &mut best);
        let mut radius = width.max(height) as isize / 2;
        while radius >= 1 {
            let (dx, dy) = (random.within(radius), random.within(radius));
            let (from_x, from_y) = (best.x as isize, best.y as isize);
            attempt(from_x + dx, from_y + dy, &mut best);
            radius /= 2;
        }
        best
    }

    /// How unlike two patches are; stops adding where it is above `most`.
    fn cost(&self, [x, y]: [usize; 2], [to_x, to_y]: [usize; 2], most: f32) -> f32 {
        let width = self.level.width;
        let mut sum = 0.0;
        for row in 0..=2 * REACH {
            let first = (y + row - REACH) * width + x - REACH;
            let other = (to_y + row - REACH) * width + to_x - REACH;
            let pairs = self.pixels[first..=first + 2 * REACH]
                .iter()
                .zip(&self.pixels[other..=other + 2 * REACH]);
            let mut total = [0.0_f32; 4];
            for (a, b) in pairs {
                for channel in 0..4 {
                    let d = a[channel] - b[channel];
                    total[channel] += d * d;
                }
            }
            sum += total.iter().sum::<f32>();
            if sum >= most {
                return sum;
            }
        }
        sum
    }

    /// Every hole pixel becomes the mean of what the patches over it would put there.
    fn vote(&mut self) {
        let (width, height) = (self.level.width, self.level.height);
        let this = &*self;
        let row = |y: usize| -> Vec<Pixel> {
            let pixel = |x: usize| {
                let place = y * width + x;
                let is_hole = this.level.is_hole[place];
                let voted = if is_hole { this.voted([x, y]) } else { None };
                voted.unwrap_or(this.pixels[place])
            };
            (0..width).map(pixel).collect()
        };
        let rows: Vec<Vec<Pixel>> = (0..height).into_par_iter().map(row).collect();
        self.pixels = rows.concat();
    }

    fn voted(&self, [x, y]: [usize; 2]) -> Option<Pixel> {
        const LIKE: f32 = 0.02;
        let (width, height) = (self.level.width, self.level.height);
        let (mut sum, mut weight) = ([0.0_f32; 4], 0.0);
        for from_y in y.saturating_sub(REACH)..=(y + REACH).min(height - 1) {
            for from_x in x.saturating_sub(REACH)..=(x + REACH).min(width - 1) {
                let place = from_y * width + from_x;
                if !self.targets[place] {
                    continue;
                }
                let found = self.matches[place];
                let source_x = usize::from(found.x) + x - from_x;
                let source_y = usize::from(found.y) + y - from_y;
                let source = &self.level.pixels[source_y * width + source_x];
                let cost = if found.cost == f32::MAX {
                    LIKE
                } else {
                    found.cost
                };
                let share = self.trust[place] / (LIKE + cost);
                for (sum, value) in sum.iter_mut().zip(source) {
                    *sum += share * value;
                }
                weight += share;
            }
        }
        (weight > 0.0).then(|| sum.map(|value| value / weight))
    }

    /// Fills `picture`'s holes: at full size with what the matches point to there.
    fn enlarge_into(
        &self,
        picture: &mut Holed,
        pause: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<()> {
        const ROWS: usize = 64;
        let (width, height) = (picture.width, picture.height);
        let small = Holed {
            width: self.level.width,
            height: self.level.height,
            pixels: self.pixels.clone(),
            is_hole: Vec::new(),
        };
        let is_same = small.width == width && small.height == height;
        let mut made = vec![[0.0; 4]; ROWS * width];
        for first in (0..height).step_by(ROWS) {
            pause(1.0)?;
            let rows = ROWS.min(height - first);
            let source = &*picture;
            made[..rows * width]
                .par_chunks_mut(width)
                .enumerate()
                .for_each(|(row, target)| {
                    for (x, value) in target.iter_mut().enumerate() {
                        let place = (first + row) * width + x;
                        *value = if !source.is_hole[place] {
                            source.pixels[place]
                        } else if is_same {
                            small.pixels[place]
                        } else {
                            self.enlarged(source, &small, [x, first + row])
                        };
                    }
                });
            let targets = &mut picture.pixels[first * width..(first + rows) * width];
            for (index, target) in targets.iter_mut().enumerate() {
                if picture.is_hole[first * width + index] {
                    *target = made[index];
                }
            }
        }
        Ok(())
    }

    fn enlarged(&self, source: &Holed, small: &Holed, [x, y]: [usize; 2]) -> Pixel {
        let right = source.width as f32 / small.width as f32;
        let down = source.height as f32 / small.height as f32;
        let (at_x, at_y) = (
            (x as f32 + 0.5) / right - 0.5,
            (y as f32 + 0.5) / down - 0.5,
        );
        let soft = mixed_at(small, at_x, at_y);
        let (mut detail, mut weight) = ([0.0_f32; 4], 0.0);
        for (corner_x, corner_y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let near_x = (at_x.floor() + corner_x).clamp(0.0, (small.width - 1) as f32);
            let near_y = (at_y.floor() + corner_y).clamp(0.0, (small.height - 1) as f32);
            let place = near_y as usize * small.width + near_x as usize;
            if !self.targets[place] {
                continue;
            }
            let found = self.matches[place];
            let dx = (f32::from(found.x) - near_x) * right;
            let dy = (f32::from(found.y) - near_y) * down;
            let (from_x, from_y) = (x as f32 + dx.round(), y as f32 + dy.round());
            if from_x < 0.0
                || from_y < 0.0
                || from_x >= source.width as f32
                || from_y >= source.height as f32
            {
                continue;
            }
            let from = from_y as usize * source.width + from_x as usize;
            if source.is_hole[from] {
                continue;
            }
            // The source's detail over its own soft version, put onto what was voted here.
            let low = mixed_at(
                small,
                (from_x + 0.5) / right - 0.5,
                (from_y + 0.5) / down - 0.5,
            );
            let share = (1.0 - (at_x - near_x).abs()).max(0.0)
                * (1.0 - (at_y - near_y).abs()).max(0.0)
                + 1e-3;
            for channel in 0..4 {
                detail[channel] += share * (source.pixels[from][channel] - low[channel]);
            }
            weight += share;
        }
        let weight = if weight > 0.0 { 1.0 / weight } else { 0.0 };
        [0, 1, 2, 3].map(|channel| (soft[channel] + detail[channel] * weight).clamp(-1.0, 1.0))
    }
}

fn mixed_at(picture: &Holed, x: f32, y: f32) -> Pixel {
    let x = x.clamp(0.0, (picture.width - 1) as f32);
    let y = y.clamp(0.0, (picture.height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = (
        (left + 1).min(picture.width - 1),
        (top + 1).min(picture.height - 1),
    );
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = |x: usize, y: usize| picture.pixels[y * picture.width + x];
    let (a, b, c, d) = (
        at(left, top),
        at(right, top),
        at(left, bottom),
        at(right, bottom),
    );
    [0, 1, 2, 3].map(|channel| {
        let upper = a[channel] + (b[channel] - a[channel]) * fx;
        let lower = c[channel] + (d[channel] - c[channel]) * fx;
        upper + (lower - upper) * fy
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn filled(mut picture: Holed, seed: u64) -> Holed {
        fill(&mut picture, seed, &mut |_done| Ok(())).unwrap();
        picture
    }

    /// Stripes with a disc of pure red in the middle, which is the hole.
    fn striped(size: usize) -> (Holed, Vec<Pixel>) {
        let mut truth = Vec::new();
        let mut is_hole = Vec::new();
        for place in 0..size * size {
            let (x, y) = (place % size, place / size);
            let stripe = (x / 8) % 2;
            let level = if stripe == 0 { 0.2 } else { 0.7 };
            truth.push([level * 0.5, level, 0.9 - level, 0.0]);
            let middle = size as f32 / 2.0;
            is_hole.push((x as f32 - middle).hypot(y as f32 - middle) < size as f32 / 6.0);
        }
        let pixels = truth
            .iter()
            .zip(&is_hole)
            .map(|(pixel, hole)| if *hole { [1.0, 0.0, 0.0, 0.0] } else { *pixel })
            .collect();
        (
            Holed {
                width: size,
                height: size,
                pixels,
                is_hole,
            },
            truth,
        )
    }

    #[test]
    fn stripes_go_on_behind_the_subject_and_its_color_does_not_leak() {
        for size in [160, 900] {
            let (picture, truth) = striped(size);
            let picture = filled(picture, 1);
            let (mut error, mut red, mut count) = (0.0_f32, 0.0_f32, 0);
            for (place, hole) in picture.is_hole.iter().enumerate() {
                let (found, wanted) = (picture.pixels[place], truth[place]);
                if *hole {
                    error += (0..3).map(|c| (found[c] - wanted[c]).abs()).sum::<f32>() / 3.0;
                    red = red.max(found[0] - found[1]);
                    count += 1;
                } else {
                    assert_eq!(found, wanted);
                }
            }
            let mean = error / count as f32;
            assert!(mean < 0.05, "{size}: mean error {mean}");
            assert!(red < 0.02, "{size}: red leaked, {red}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_filling() {
        let run = |seed| filled(striped(120).0, seed).pixels;
        assert_eq!(run(5), run(5));
    }

    #[test]
    fn cancel_stops_between_searches() {
        let (mut picture, _) = striped(200);
        let mut calls = 0;
        let result = fill(&mut picture, 0, &mut |done| {
            assert!((0.0..=1.0).contains(&done));
            calls += 1;
            if calls == 7 {
                Err(Error::Cancelled)
            } else {
                Ok(())
            }
        });
        assert!(matches!(result, Err(Error::Cancelled)));
        assert_eq!(calls, 7);
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        for (width, height) in [(1, 1), (3, 200), (9, 7), (64, 2)] {
            for all in [false, true] {
                let area = width * height;
                let is_hole = (0..area).map(|p| all || p % 5 == 0).collect();
                let picture = Holed {
                    width,
                    height,
                    pixels: vec![[0.4; 4]; area],
                    is_hole,
                };
                let picture = filled(picture, 3);
                assert!(picture.pixels.iter().flatten().all(|v| v.is_finite()));
            }
        }
    }
}

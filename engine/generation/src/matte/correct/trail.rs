//! Carrying marks from picture to picture.
//!
//! Not the marks are moved but, for every pixel, the place it had in the marked picture: places stay sharp however
//! often they are moved. Confidence fades where a pixel no longer looks as it did.

use super::region::difference;
use crate::{
    error::Result,
    image_ops::{Motion, box_mean, motion},
    matte::small::Small,
};
use av::ScanSize;
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// Which way in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    On,
    Back,
}

/// Index of an anchor, its picture and what its marks mean there.
pub(super) type Origin = (usize, Arc<Small>, Vec<f32>);

/// From one picture to the next, a pixel may change this much and by this much more: noise, light, blur.
const STEP_CHANGE: [f32; 2] = [0.06, 0.08];
/// Since it was marked, a pixel may change this much and by this much more.
const WHOLE_CHANGE: [f32; 2] = [0.16, 0.12];
/// Surroundings that are compared: this many pixels to each side.
const PATCH_RADIUS: usize = 1;
/// Pixels to each side whose motion a pixel may take over, far ones first.
const BORDER_REACHES: [isize; 2] = [7, 3];
/// How much better another motion must explain a pixel to be taken: noise explains a little of anything.
const BORDER_GAIN: f32 = 0.004;
/// What is left of the confidence in a pixel after one picture that speaks wholly against it: some are only blurred.
const DOUBT: f32 = 0.7;
/// Weights below this are nothing; a trail without larger ones ends.
const FAINT: f32 = 0.08;
/// A little doubt is none: what counts this much and more is certain.
const CERTAIN: f32 = 0.75;
/// A trail ends when less than this share of what was marked is left; a few pixels look like anything.
const REST_MIN: f32 = 0.02;
/// Motion is made sharp this many pixels round what is claimed.
const SHARP_MARGIN: usize = 24;

/// What is said about one picture: of every pixel how much speaks for the subject and for the background, and how many
/// pictures away the nearest mark is that says so. Only the rectangle that has any of it is kept.
#[derive(Debug)]
pub(super) struct Claim {
    /// Left, top, right, bottom.
    bounds: [usize; 4],
    cells: Vec<Cell>,
    /// Anchors that say something.
    pub sources: Vec<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    subject: u8,
    background: u8,
    age: u16,
}

impl Cell {
    /// This one first; what it leaves open is said by the other.
    fn over(self, other: Self) -> Self {
        let rest = 255 - u32::from(self.subject) - u32::from(self.background);
        let share = |value: u8| (u32::from(value) * rest / 255) as u8;
        let is_empty = self.subject == 0 && self.background == 0;
        Self {
            subject: self.subject + share(other.subject),
            background: self.background + share(other.background),
            age: if is_empty { other.age } else { self.age },
        }
    }
}

impl Claim {
    fn new(size: ScanSize, cells: &[Cell], sources: Vec<usize>) -> Self {
        let width = size.width as usize;
        let mut bounds = [usize::MAX, usize::MAX, 0, 0];
        for (at, cell) in cells.iter().enumerate() {
            if cell.subject > 0 || cell.background > 0 {
                let (x, y) = (at % width, at / width);
                let [left, top, right, bottom] = bounds;
                bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
            }
        }
        let [left, top, right, bottom] = bounds;
        let rows = top..bottom.max(top);
        let kept = rows.flat_map(|y| &cells[y * width + left..y * width + right]);
        Self {
            cells: kept.copied().collect(),
            bounds,
            sources,
        }
    }

    pub fn is_nothing(&self) -> bool {
        self.cells.is_empty()
    }

    /// Both; where they disagree the nearer mark counts.
    pub fn merged(&self, other: &Self) -> Self {
        let [a, b] = [self.bounds, other.bounds];
        let bounds = [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ];
        let mut cells = Vec::new();
        for y in bounds[1]..bounds[3] {
            for x in bounds[0]..bounds[2] {
                let (one, two) = (self.cell(x, y), other.cell(x, y));
                cells.push(if one.age <= two.age {
                    one.over(two)
                } else {
                    two.over(one)
                });
            }
        }
        Self {
            bounds,
            cells,
            sources: Vec::new(),
        }
    }

    fn cell(&self, x: usize, y: usize) -> Cell {
        let [left, top, right, bottom] = self.bounds;
        if x < left || y < top || x >= right || y >= bottom {
            return Cell {
                age: u16::MAX,
                ..Cell::default()
            };
        }
        self.cells[(y - top) * (right - left) + x - left]
    }

    /// What speaks for the subject and for the background, over the whole picture of `size`.
    pub fn planes(&self, size: ScanSize) -> [Vec<f32>; 2] {
        let width = size.width as usize;
        let mut planes = [(); 2].map(|()| vec![0.0; size.area() as usize]);
        let [left, top, right, bottom] = self.bounds;
        for y in top..bottom.max(top) {
            for x in left..right {
                let cell = self.cell(x, y);
                planes[0][y * width + x] = f32::from(cell.subject) / 255.0;
                planes[1][y * width + x] = f32::from(cell.background) / 255.0;
            }
        }
        planes
    }
}

/// The marks of one anchor on their way.
struct Trail<'a> {
    frame: usize,
    origin: &'a Origin,
    /// Where each pixel was in the marked picture.
    right: Vec<f32>,
    down: Vec<f32>,
    confidence: Vec<f32>,
    /// What each pixel says now: 1 is subject, -1 is background.
    says: Vec<f32>,
}

impl<'a> Trail<'a> {
    fn new(frame: usize, origin: &'a Origin) -> Self {
        let (_, small, labels) = origin;
        let width = small.size.width as usize;
        let places = 0..labels.len();
        Self {
            frame,
            origin,
            right: places.clone().map(|at| (at % width) as f32).collect(),
            down: places.map(|at| (at / width) as f32).collect(),
            confidence: vec![1.0; labels.len()],
            says: labels.clone(),
        }
    }

    /// Goes to the next picture: `moved` is how things moved there, `steady` how much each pixel looks as just before.
    fn advance(&mut self, moved: &Motion, now: &Small, steady: &[f32]) {
        self.right = moved.moved(&self.right);
        self.down = moved.moved(&self.down);
        let confidence = moved.moved(&self.confidence);
        let (_, origin, labels) = self.origin;
        let width = origin.size.width as usize;
        let height = origin.size.height as usize;
        let change: Vec<f32> = (0..labels.len())
            .into_par_iter()
            .map(|at| {
                let x = (self.right[at] + 0.5).clamp(0.0, (width - 1) as f32) as usize;
                let y = (self.down[at] + 0.5).clamp(0.0, (height - 1) as f32) as usize;
                difference(origin.color(y * width + x), now.color(at))
            })
            .collect();
        let change = box_mean(&change, origin.size, PATCH_RADIUS);
        let says = (0..labels.len()).into_par_iter().map(|at| {
            let same = steady[at] * likeness(change[at], WHOLE_CHANGE);
            let confidence = confidence[at] * (DOUBT + (1.0 - DOUBT) * same);
            let label = sample(labels, [width, height], [self.right[at], self.down[at]]);
            let says = (label * confidence * same / CERTAIN).clamp(-1.0, 1.0);
            (confidence, says)
        });
        (self.confidence, self.says) = says.unzip();
    }

    /// Whether hardly anything is left of what was marked.
    fn is_faint(&self) -> bool {
        let sum = |plane: &[f32]| -> f32 {
            let seen = plane.iter().map(|says| says.abs());
            seen.filter(|says| *says >= FAINT).sum()
        };
        sum(&self.says) <= REST_MIN * sum(&self.origin.2)
    }
}

/// 1 up to the first of `limits`, falling to nothing beyond it over the second.
fn likeness(change: f32, limits: [f32; 2]) -> f32 {
    let beyond = (change - limits[0]).max(0.0) / limits[1];
    (-beyond * beyond).exp()
}

/// A plane between its pixels.
fn sample(plane: &[f32], [width, height]: [usize; 2], [x, y]: [f32; 2]) -> f32 {
    let (x, y) = (
        x.clamp(0.0, (width - 1) as f32),
        y.clamp(0.0, (height - 1) as f32),
    );
    let (left, top) = (x as usize, y as usize);
    let (share_x, share_y) = (x - left as f32, y - top as f32);
    let (right, below) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let row = |y: usize| {
        let (a, b) = (plane[y * width + left], plane[y * width + right]);
        a + (b - a) * share_x
    };
    row(top) + (row(below) - row(top)) * share_y
}

/// All marks on their way in one direction.
pub(super) struct Trails<'a> {
    way: Way,
    origins: &'a BTreeMap<usize, Origin>,
    alive: Vec<Trail<'a>>,
    last: Option<Arc<Small>>,
}

impl<'a> Trails<'a> {
    pub fn new(way: Way, origins: &'a BTreeMap<usize, Origin>) -> Self {
        Self {
            way,
            origins,
            alive: Vec::new(),
            last: None,
        }
    }

    /// Whether anything is said about `frame`, the next one in this direction.
    pub fn is_awake(&self, frame: usize) -> bool {
        !self.alive.is_empty() || self.origins.contains_key(&frame)
    }

    /// Goes on to `frame` and says what the marks claim there.
    pub fn step(
        &mut self,
        frame: usize,
        small: &mut dyn FnMut(usize) -> Result<Arc<Small>>,
    ) -> Result<Claim> {
        let now = small(frame)?;
        if let Some(last) = self.last.take().filter(|_| !self.alive.is_empty()) {
            let moved = motion(&last.gray, &now.gray, now.size);
            let moved = sharpened(moved, &last, &now, self.bounds(now.size));
            let steady = steadiness(&last, &now, &moved);
            for trail in &mut self.alive {
                trail.advance(&moved, &now, &steady);
            }
            self.alive.retain(|trail| !trail.is_faint());
        }
        if let Some(origin) = self.origins.get(&frame) {
            // A mark on this very picture ends what others say of its pixels, from here on.
            for trail in &mut self.alive {
                let labels = trail.confidence.iter_mut().zip(&mut trail.says);
                for ((confidence, says), label) in labels.zip(&origin.2) {
                    *confidence *= 1.0 - label.abs();
                    *says *= 1.0 - label.abs();
                }
            }
            self.alive.push(Trail::new(frame, origin));
        }
        let claim = self.claim(frame, now.size);
        self.last = (!self.alive.is_empty()).then_some(now);
        Ok(claim)
    }

    /// Left, top, right, bottom of what is claimed, with some room round it.
    fn bounds(&self, size: ScanSize) -> [usize; 4] {
        let (width, height) = (size.width as usize, size.height as usize);
        let mut bounds = [width, height, 0, 0];
        for trail in &self.alive {
            for (at, says) in trail.says.iter().enumerate() {
                if says.abs() >= FAINT {
                    let (x, y) = (at % width, at / width);
                    let [left, top, right, bottom] = bounds;
                    bounds = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
                }
            }
        }
        let [left, top, right, bottom] = bounds;
        [
            left.saturating_sub(SHARP_MARGIN),
            top.saturating_sub(SHARP_MARGIN),
            (right + SHARP_MARGIN).min(width),
            (bottom + SHARP_MARGIN).min(height),
        ]
    }

    fn claim(&self, frame: usize, size: ScanSize) -> Claim {
        let mut cells = vec![Cell::default(); size.area() as usize];
        // The trail that began last is the nearest one.
        for trail in self.alive.iter().rev() {
            let age = trail.frame.abs_diff(frame).min(usize::from(u16::MAX) - 1) as u16;
            let pairs = cells.par_iter_mut().zip(&trail.says);
            pairs.for_each(|(cell, says)| {
                if says.abs() >= FAINT {
                    let weight = (says.abs() * 255.0 + 0.5) as u8;
                    let is_subject = *says > 0.0;
                    *cell = cell.over(Cell {
                        subject: if is_subject { weight } else { 0 },
                        background: if is_subject { 0 } else { weight },
                        age,
                    });
                }
            });
        }
        // The way back says nothing of a marked picture itself that the way on does not say too.
        let is_own = |trail: &&Trail<'_>| self.way == Way::On || trail.frame != frame;
        let sources = self.alive.iter().filter(is_own);
        let sources = sources.map(|trail| trail.origin.0).collect();
        Claim::new(size, &cells, sources)
    }
}

/// `moved` with sharp borders between what moves differently: each pixel takes the motion of those around it that
/// explains its surroundings best, since windows of least squares mix both sides of a border.
fn sharpened(mut moved: Motion, last: &Small, now: &Small, bounds: [usize; 4]) -> Motion {
    let (width, height) = (now.size.width as usize, now.size.height as usize);
    for reach in BORDER_REACHES {
        let mut best = change(last, now, &moved, bounds);
        let mut chosen = moved.clone();
        for (dx, dy) in [
            (-1, 0),
            (1, 0),
            (0, -1),
            (0, 1),
            (-1, -1),
            (1, 1),
            (-1, 1),
            (1, -1),
        ] {
            let near = |plane: &[f32]| -> Vec<f32> {
                let at = |at: usize| {
                    let x = (at % width)
                        .saturating_add_signed(dx * reach)
                        .min(width - 1);
                    let y = (at / width)
                        .saturating_add_signed(dy * reach)
                        .min(height - 1);
                    plane[y * width + x]
                };
                (0..plane.len()).into_par_iter().map(at).collect()
            };
            let other = Motion {
                size: now.size,
                right: near(&moved.right),
                down: near(&moved.down),
            };
            for (at, change) in change(last, now, &other, bounds).into_iter().enumerate() {
                if change + BORDER_GAIN < best[at] {
                    best[at] = change;
                    chosen.right[at] = other.right[at];
                    chosen.down[at] = other.down[at];
                }
            }
        }
        moved = chosen;
    }
    moved
}

/// How much each pixel looks like the one it was in the picture before, 0 to 1.
fn steadiness(last: &Small, now: &Small, moved: &Motion) -> Vec<f32> {
    let all = [0, 0, now.size.width as usize, now.size.height as usize];
    change(last, now, moved, all)
        .into_iter()
        .map(|change| likeness(change, STEP_CHANGE))
        .collect()
}

/// How far the colors round each pixel within `bounds` lie from those it had in the picture before.
fn change(last: &Small, now: &Small, moved: &Motion, bounds: [usize; 4]) -> Vec<f32> {
    let [left, top, right, bottom] = bounds;
    let width = now.size.width as usize;
    let height = now.size.height as usize;
    let change: Vec<f32> = (0..now.gray.len())
        .into_par_iter()
        .map(|at| {
            let (x, y) = (at % width, at / width);
            if x < left || y < top || x >= right || y >= bottom {
                return 0.0;
            }
            let place = [
                (at % width) as f32 + moved.right[at],
                (at / width) as f32 + moved.down[at],
            ];
            difference(last.color_between(place, [width, height]), now.color(at))
        })
        .collect();
    box_mean(&change, now.size, PATCH_RADIUS)
}

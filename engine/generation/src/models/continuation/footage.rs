//! The known frames that are continued, nearest shot only, in the order in which they lead up to the hole.

use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::{
        Rgb,
        camera::{MotionField, motion_field},
        rgb_from_frame,
    },
    seam::lab,
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;

/// Longest side at which frames are compared with each other; finer detail says nothing about a good loop.
const THUMB_SIDE_PX: u32 = 96;
/// Longest side at which motion is measured.
pub const MOTION_SIDE_PX: u32 = 320;
/// A change between frames above this many times the usual one beside it, and above [`CUT_CHANGE_MIN`], is a cut.
const CUT_RATIO: f32 = 4.0;
/// Root mean square difference (Lab) below which nothing is a cut.
const CUT_CHANGE_MIN: f32 = 12.0;
/// A change below this (root mean square, Lab) is none: the same picture is shown again.
pub const HELD_CHANGE: f32 = 0.03;
/// Pictures, each shown several times, from which on this counts as a habit.
const HOLDS_MIN: usize = 5;
/// Frames on each side that say what is usual.
const CUT_NEIGHBORS: usize = 4;
/// Changes below this (root mean square, Lab) are noise: the unit of a still picture.
pub const STILL_CHANGE: f32 = 0.35;

/// A picture small enough to be compared with every other: L, a and b of each pixel.
#[derive(Debug, Clone)]
pub struct Thumb(Vec<[f32; 3]>);

impl Thumb {
    fn new(rgb: &Rgb) -> Self {
        let [red, green, blue] = [0, 1, 2].map(|plane| rgb.plane(plane));
        let colors = red.iter().zip(green).zip(blue);
        let colors = colors.map(|((red, green), blue)| {
            lab([red, green, blue].map(|value| f64::from(*value))).map(|value| value as f32)
        });
        Self(colors.collect())
    }

    /// Root mean square distance (Lab): a small thing that differs counts for more than in a plain mean.
    pub fn distance(&self, other: &Self) -> f32 {
        let pairs = self.0.iter().zip(&other.0);
        let sum: f32 = pairs
            .map(|([l1, a1, b1], [l2, a2, b2])| {
                (l1 - l2).powi(2) + (a1 - a2).powi(2) + (b1 - b2).powi(2)
            })
            .sum();
        (sum / self.0.len().max(1) as f32).sqrt()
    }
}

/// `size` shrunk until its longest side is at most `side`.
pub fn shrunk(size: ScanSize, side: u32) -> ScanSize {
    let longest = size.width.max(size.height);
    if longest <= side {
        return size;
    }
    let scaled = |length: u32| (length * side / longest).max(1);
    ScanSize::new(scaled(size.width), scaled(size.height))
}

/// The last shot of a run of known frames, with what was measured on it. The last frame touches the hole.
#[derive(Debug)]
pub struct Footage<'a> {
    /// In playing order; for a hole before them, the other way round.
    pub frames: Vec<&'a VideoFrame>,
    /// Small copies.
    pub thumbs: Vec<Thumb>,
    /// Motion from each frame to the next, in pixels at [`Footage::motion_size`]; one fewer than frames.
    pub motions: Vec<MotionField>,
    /// Size at which motion was measured.
    pub motion_size: ScanSize,
    /// Frames before a cut, which are not used.
    pub dropped: usize,
    /// Frames of the shot, pictures that are shown several times counted each time.
    pub shown: usize,
    /// How many times each picture is shown: 2 or more in drawn films.
    pub hold: usize,
    /// How many times the last picture is still to be shown.
    pub hold_left: usize,
    /// Pictures a second.
    pub fps: f64,
}

impl<'a> Footage<'a> {
    /// Looks into `frames`, given in playing order.
    pub fn new(frames: Vec<&'a VideoFrame>, fps: f64, on_step: &mut OnStep<'_>) -> Result<Self> {
        let full = frames
            .first()
            .map_or(ScanSize::new(1, 1), |frame| frame.size);
        let motion_size = shrunk(full, MOTION_SIDE_PX);
        let thumb_size = shrunk(full, THUMB_SIDE_PX);
        let total = frames.len() as u64 * 2;
        let mut thumbs = Vec::with_capacity(frames.len());
        let mut grays = Vec::with_capacity(frames.len());
        for (index, frame) in frames.iter().enumerate() {
            run_step(
                on_step,
                Step::new(index as u64, total, "looking at the footage"),
            )?;
            let rgb = rgb_from_frame(frame).resized(motion_size);
            grays.push(luma(&rgb));
            thumbs.push(Thumb::new(&rgb.resized(thumb_size)));
        }
        let dropped = last_cut(&thumbs);
        let holds = Holds::new(&thumbs[dropped..]);
        let shown = frames.len() - dropped;
        let kept = |index: &usize| *index >= dropped && holds.is_kept(*index - dropped);
        let kept: Vec<usize> = (0..frames.len()).filter(kept).collect();
        let frames: Vec<_> = kept.iter().map(|index| frames[*index]).collect();
        let thumbs: Vec<_> = kept.iter().map(|index| thumbs[*index].clone()).collect();
        let grays: Vec<_> = kept.iter().map(|index| &grays[*index]).collect();
        let mut motions = Vec::with_capacity(frames.len());
        for (index, pair) in grays.windows(2).enumerate() {
            let done = total / 2 + index as u64;
            run_step(on_step, Step::new(done, total, "measuring the motion"))?;
            motions.push(motion_field(pair[0], pair[1], motion_size));
        }
        Ok(Self {
            frames,
            thumbs,
            motions,
            motion_size,
            dropped,
            shown,
            hold: holds.hold,
            hold_left: holds.left,
            fps: fps / holds.hold as f64,
        })
    }

    /// How many pictures `count` frames take, the last known one still being shown for some.
    pub fn pictures_in(&self, count: usize) -> usize {
        count
            .saturating_sub(self.hold_left)
            .div_ceil(self.hold)
            .max(1)
    }

    /// Which of the pictures is shown at frame `step`; `None` while it is still the last known one.
    pub fn picture_at(&self, step: usize) -> Option<usize> {
        step.checked_sub(self.hold_left)
            .map(|step| step / self.hold)
    }

    /// Index of the frame that touches the hole.
    pub fn last(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// Frames that `seconds` last, at least one.
    pub fn frames_in(&self, seconds: f64) -> usize {
        ((self.fps * seconds).round() as usize).max(1)
    }

    /// The usual change from one frame to the next over the last second: the median of those that change at all, never
    /// below [`STILL_CHANGE`].
    pub fn usual_change(&self) -> f32 {
        let first = self.thumbs.len().saturating_sub(self.frames_in(1.0) + 1);
        let pairs = self.thumbs[first..].windows(2);
        let mut changes: Vec<f32> = pairs.map(|pair| pair[0].distance(&pair[1])).collect();
        changes.sort_by(f32::total_cmp);
        // Frames that are shown twice, as in drawn films, are no rest.
        let held = changes.partition_point(|change| *change < STILL_CHANGE / 4.0);
        let moving = &changes[held..];
        let median = moving.get(moving.len() / 2).copied().unwrap_or_default();
        median.max(STILL_CHANGE)
    }

    /// Distances between all pairs of frames, row by row.
    pub fn distances(&self, on_step: &mut OnStep<'_>) -> Result<Distances> {
        let count = self.thumbs.len();
        let mut values = vec![0.0; count * count];
        for (row, target) in values.chunks_mut(count.max(1)).enumerate() {
            run_step(
                on_step,
                Step::new(row as u64, count as u64, "looking for moments alike"),
            )?;
            let thumb = &self.thumbs[row];
            target
                .par_iter_mut()
                .zip(&self.thumbs)
                .for_each(|(value, other)| *value = thumb.distance(other));
        }
        Ok(Distances { count, values })
    }
}

/// How far any two frames of the footage are apart.
#[derive(Debug)]
pub struct Distances {
    count: usize,
    values: Vec<f32>,
}

impl Distances {
    /// Between frames `a` and `b`.
    pub fn at(&self, a: usize, b: usize) -> f32 {
        self.values[a * self.count + b]
    }

    /// Number of frames.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Pictures that are shown several times in a row, as in drawn films.
#[derive(Debug)]
struct Holds {
    /// Whether a frame is the last showing of its picture.
    is_last: Vec<bool>,
    hold: usize,
    left: usize,
}

impl Holds {
    fn new(thumbs: &[Thumb]) -> Self {
        let is_new = thumbs
            .windows(2)
            .map(|pair| pair[0].distance(&pair[1]) > HELD_CHANGE);
        let is_last: Vec<bool> = is_new.chain([true]).collect();
        let ends = is_last.iter().enumerate().filter(|(_, last)| **last);
        let ends: Vec<usize> = ends.map(|(index, _)| index).collect();
        let mut lengths: Vec<usize> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // The last one may still be under way.
        let under_way = lengths.pop().unwrap_or(1);
        let usual = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
        let hold = usual.round() as usize;
        let is_regular = |length: &&usize| length.abs_diff(hold) <= 1;
        let regular = lengths.iter().filter(is_regular).count();
        if lengths.len() < HOLDS_MIN || hold < 2 || regular * 5 < lengths.len() * 4 {
            return Self {
                is_last: Vec::new(),
                hold: 1,
                left: 0,
            };
        }
        Self {
            is_last,
            hold,
            left: hold.saturating_sub(under_way),
        }
    }

    fn is_kept(&self, index: usize) -> bool {
        self.is_last.get(index).copied().unwrap_or(true)
    }
}

fn luma(rgb: &Rgb) -> Vec<f32> {
    let planes = rgb.plane(0).iter().zip(rgb.plane(1)).zip(rgb.plane(2));
    planes
        .map(|((red, green), blue)| 0.2126 * red + 0.7152 * green + 0.0722 * blue)
        .collect()
}

/// Index of the first frame after the last cut; 0 when there is none.
fn last_cut(thumbs: &[Thumb]) -> usize {
    let pairs = thumbs.windows(2);
    let changes: Vec<f32> = pairs.map(|pair| pair[0].distance(&pair[1])).collect();
    let is_cut = |index: usize| {
        let change = changes[index];
        let from = index.saturating_sub(CUT_NEIGHBORS);
        let to = (index + CUT_NEIGHBORS + 1).min(changes.len());
        let mut beside: Vec<f32> = (from..to)
            .filter(|other| *other != index)
            .map(|other| changes[other])
            .collect();
        beside.sort_by(f32::total_cmp);
        let usual = beside.get(beside.len() / 2).copied().unwrap_or_default();
        change > CUT_CHANGE_MIN && change > CUT_RATIO * usual.max(STILL_CHANGE)
    };
    let cut = (0..changes.len()).rev().find(|index| is_cut(*index));
    cut.map_or(0, |index| index + 1)
}

//! Where the subject is looked for: a box that a person drew on one picture, followed both ways in time.
//!
//! Before a busy background a network that finds what is striking finds the background as well. Shown only the
//! surroundings of the subject, it finds the subject.

use super::small::{ReadFrame, Small, Smalls};
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::motion,
};
use av::ScanSize;
use std::{collections::BTreeMap, sync::Arc, time::Instant};

/// Left, top, right and bottom of a box, in parts of the picture's width and height.
pub type Bounds = [f64; 4];

/// A box that was drawn round the subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Number of the picture that it was drawn on.
    pub frame: usize,
    /// Where it lies.
    pub bounds: Bounds,
}

/// Only this part of a box, round its middle, tells how the box moves: at its border lies what is not meant.
const CORE_SHARE: f64 = 0.6;
/// Boxes grow or shrink by at most this much from one picture to the next.
const GROWTH_MAX: f64 = 0.02;
/// Pixels that move this much unlike most of the core say nothing about its growth.
const UNLIKE: f32 = 1.5;
/// Boxes keep at least this size, in parts of the picture.
const SIDE_MIN: f64 = 0.02;
/// Most drawn pictures from which the colors of a subject are learnt.
const VIEWS_MAX: usize = 12;

/// The box of every picture of a clip, and the pictures that boxes were drawn on.
#[derive(Debug, Clone, PartialEq)]
pub struct Focus {
    boxes: Vec<Bounds>,
    drawn: Vec<usize>,
    views: BTreeMap<usize, Arc<Small>>,
}

impl Focus {
    /// Follows the boxes `looks` (by frame, ascending, at least one of the clip's) through a clip of `count` pictures;
    /// between two of them both are believed, the nearer one more. `None` where no box lies in the clip.
    pub fn follow(
        looks: &[Look],
        count: usize,
        read: &mut ReadFrame<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Option<Self>> {
        let looks: Vec<Look> = looks.iter().copied().filter(|l| l.frame < count).collect();
        let (Some(first), Some(last)) = (looks.first(), looks.last()) else {
            return Ok(None);
        };
        let mut smalls = Smalls::new(count, read);
        let mut boxes = vec![first.bounds; count];
        let mut views = BTreeMap::new();
        let start = Instant::now();
        let total = (2 * count) as u64;
        let mut done = 0;
        let mut pause = |steps: u64| {
            done += steps;
            let step = Step::new(done, total, "following the subject's box");
            run_step(on_step, step.after(start.elapsed()))
        };
        // Backwards from each box to the one before it; then forwards, where both ways meet in a mean.
        for (index, look) in looks.iter().enumerate() {
            let end = index.checked_sub(1).map_or(0, |before| looks[before].frame);
            let mut bounds = clamped(look.bounds);
            boxes[look.frame] = bounds;
            for frame in (end..look.frame).rev() {
                pause(1)?;
                bounds = followed(bounds, [frame + 1, frame], &mut smalls)?;
                boxes[frame] = bounds;
            }
        }
        for (index, look) in looks.iter().enumerate() {
            let next = looks.get(index + 1).map_or(count, |next| next.frame);
            let mut bounds = clamped(look.bounds);
            boxes[look.frame] = bounds;
            let span = (next - look.frame) as f64;
            let later = boxes[..next].iter_mut().enumerate().skip(look.frame + 1);
            for (frame, place) in later {
                pause(1)?;
                bounds = followed(bounds, [frame - 1, frame], &mut smalls)?;
                *place = if look.frame == last.frame {
                    bounds
                } else {
                    mixed(bounds, *place, (frame - look.frame) as f64 / span)
                };
            }
        }
        for look in looks.iter().take(VIEWS_MAX) {
            views.insert(look.frame, smalls.get(look.frame)?);
            smalls.keep_near(look.frame);
        }
        let drawn = looks.iter().map(|look| look.frame).collect();
        Ok(Some(Self {
            boxes,
            drawn,
            views,
        }))
    }

    /// Whether somebody drew the box of that picture.
    pub fn is_drawn(&self, frame: usize) -> bool {
        self.drawn.contains(&frame)
    }

    /// Whether no box was drawn from that picture on.
    pub(super) fn is_last(&self, frame: usize) -> bool {
        self.drawn.iter().all(|drawn| *drawn < frame)
    }

    /// Lets the box stay behind by so much more in every picture.
    #[cfg(test)]
    pub(super) fn lag(&mut self, step: f64) {
        for (number, bounds) in self.boxes.iter_mut().enumerate() {
            bounds[0] -= step * number as f64;
            bounds[2] -= step * number as f64;
        }
    }

    /// Pictures that boxes were drawn on, at the small size, with these boxes.
    pub(super) fn views(&self) -> impl Iterator<Item = (&Small, Bounds)> {
        let views = self.views.iter();
        views.map(|(&frame, small)| (small.as_ref(), self.boxes[frame]))
    }

    /// The box of that picture; of the last one for all after it.
    pub fn bounds(&self, frame: usize) -> Bounds {
        self.boxes[frame.min(self.boxes.len() - 1)]
    }
}

fn mixed(a: Bounds, b: Bounds, share: f64) -> Bounds {
    [0, 1, 2, 3].map(|side: usize| a[side] + (b[side] - a[side]) * share)
}

/// In the picture, and of a size.
pub(super) fn clamped([left, top, right, bottom]: Bounds) -> Bounds {
    let span = |low: f64, high: f64| {
        let low = low.clamp(0.0, 1.0 - SIDE_MIN);
        [low, high.clamp(low + SIDE_MIN, 1.0)]
    };
    let ([left, right], [top, bottom]) = (span(left, right), span(top, bottom));
    [left, top, right, bottom]
}

/// Where a box of picture `from` lies in picture `to`.
fn followed(bounds: Bounds, [from, to]: [usize; 2], smalls: &mut Smalls<'_, '_>) -> Result<Bounds> {
    let (old, new): (Arc<Small>, Arc<Small>) = (smalls.get(from)?, smalls.get(to)?);
    smalls.keep_near(to);
    if old.size != new.size {
        return Ok(bounds);
    }
    // Of every pixel of the old picture: where it lies in the new one.
    let moved = motion(&new.gray, &old.gray, old.size);
    let size = old.size;
    let core = core_of(bounds, size);
    let width = size.width as usize;
    let places = || core[1]..core[3];
    let at = |plane: &[f32]| -> Vec<f32> {
        let rows = places().flat_map(|y| &plane[y * width + core[0]..y * width + core[2]]);
        rows.copied().collect()
    };
    let (right, down) = (at(&moved.right), at(&moved.down));
    let shift = [median(&right), median(&down)];
    let growth = growth(&right, &down, shift, core);
    let parts = [
        f64::from(shift[0]) / f64::from(size.width),
        f64::from(shift[1]) / f64::from(size.height),
    ];
    let side = |low: f64, high: f64, part: f64| {
        let (middle, half) = (
            f64::midpoint(low, high) + part,
            (high - low) / 2.0 * (1.0 + growth),
        );
        [middle - half, middle + half]
    };
    let [left, top, right, bottom] = bounds;
    let ([left, right], [top, bottom]) = (side(left, right, parts[0]), side(top, bottom, parts[1]));
    Ok(clamped([left, top, right, bottom]))
}

/// The pixels of the middle of a box: left, top, right, bottom; never none.
fn core_of([left, top, right, bottom]: Bounds, size: ScanSize) -> [usize; 4] {
    let span = |low: f64, high: f64, length: u32| {
        let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0 * CORE_SHARE);
        let length = length as usize;
        let first = ((middle - half) * length as f64).max(0.0) as usize;
        let first = first.min(length - 1);
        let last = ((middle + half) * length as f64).max(0.0) as usize;
        [first, last.clamp(first + 1, length)]
    };
    let ([left, right], [top, bottom]) = (
        span(left, right, size.width),
        span(top, bottom, size.height),
    );
    [left, top, right, bottom]
}

fn median(values: &[f32]) -> f32 {
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// By how much the core grew: the slope of its pixels' ways over their places.
fn growth(right: &[f32], down: &[f32], shift: [f32; 2], core: [usize; 4]) -> f64 {
    let width = core[2] - core[0];
    let middle = [width as f32 / 2.0, (core[3] - core[1]) as f32 / 2.0];
    let (mut along, mut square) = (0.0_f64, 1.0_f64);
    for (at, (right, down)) in right.iter().zip(down).enumerate() {
        let way = [right - shift[0], down - shift[1]];
        if way[0].abs() > UNLIKE || way[1].abs() > UNLIKE {
            continue;
        }
        let place = [
            (at % width) as f32 + 0.5 - middle[0],
            (at / width) as f32 + 0.5 - middle[1],
        ];
        for (way, place) in way.iter().zip(place) {
            along += f64::from(way * place);
            square += f64::from(place * place);
        }
    }
    (along / square).clamp(-GROWTH_MAX, GROWTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{Ticks, VideoFrame};
    use std::ops::ControlFlow;

    const SIZE: ScanSize = ScanSize::new(240, 160);
    const COUNT: usize = 30;

    /// A checkered square that goes right, before a background that stands still.
    fn frame(index: usize) -> VideoFrame {
        let mut data = Vec::new();
        let left = 40 + 3 * index as i64;
        for y in 0..i64::from(SIZE.height) {
            for x in 0..i64::from(SIZE.width) {
                let inside = (0..50).contains(&(x - left)) && (60..110).contains(&y);
                let level = if inside {
                    let wave = ((x - left) as f64 / 4.0).sin() * (y as f64 / 5.0).cos();
                    170.0 + 60.0 * wave
                } else {
                    70.0 + 30.0 * (x as f64 / 6.0).sin() * (y as f64 / 4.0).sin()
                };
                data.extend([level as u8, level as u8, 255 - level as u8, 255]);
            }
        }
        VideoFrame::from_rgba(SIZE, data, Ticks::ZERO)
    }

    fn follow(looks: &[Look]) -> Option<Focus> {
        let goes_on = &mut |_step| ControlFlow::Continue(());
        Focus::follow(looks, COUNT, &mut |index| Ok(frame(index)), goes_on).unwrap()
    }

    fn drawn(frame: usize) -> Look {
        let left = (40 + 3 * frame) as f64;
        Look {
            frame,
            bounds: [
                left / 240.0,
                60.0 / 160.0,
                (left + 50.0) / 240.0,
                110.0 / 160.0,
            ],
        }
    }

    #[test]
    fn a_box_goes_with_its_subject_both_ways() {
        let focus = follow(&[drawn(15)]).unwrap();
        for index in [0, 7, 22, 29] {
            let found = focus.bounds(index);
            let pairs = found.into_iter().zip(drawn(index).bounds);
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 0.03, "{index}: {found:?}");
        }
    }

    #[test]
    fn a_second_box_is_exact_on_its_picture_and_draws_the_way_to_it() {
        let mut second = drawn(25);
        second.bounds[1] -= 0.2;
        second.bounds[3] -= 0.2;
        let focus = follow(&[drawn(5), second]).unwrap();
        assert_eq!(focus.bounds(5), drawn(5).bounds);
        assert_eq!(focus.bounds(25), second.bounds);
        let tops: Vec<f64> = (5..=25).map(|index| focus.boxes[index][1]).collect();
        let steps = tops.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f64::max) < 0.03, "{tops:?}");
    }

    #[test]
    fn boxes_elsewhere_are_none() {
        let mut late = drawn(0);
        late.frame = COUNT;
        assert_eq!(follow(&[late]), None);
    }
}

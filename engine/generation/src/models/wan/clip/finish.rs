//! From decoded pictures to the clip's frames.
//!
//! An autoencoder's copies are off in color, by a little and never quite the same. How much is read from its copies of
//! known frames (mean and deviation of each channel in linear light); between two known runs the correction goes over
//! from one to the other. The frames next to a known one also take over what remains of its difference, ever less.
//! Known pixels themselves are never computed: they come back as they were.

use super::{Progressing, Seen, nearest_known, pasted, small};
use crate::{
    error::Result,
    image_ops::{Rgb, box_mean, frame_like, resize_plane},
    models::wan::windows::{Shown, Window},
    request::{ClipFrame, MaskedClip},
};
use av::{FrameIndex, ScanSize, VideoFrame};
use std::collections::BTreeMap;

/// Known frames this close to a made one show how the model's colors differ.
const COLOR_FRAMES: usize = 8;
/// Deviations are stretched by no more than this, lest a mistaken fit spoils a picture.
const COLOR_GAIN_MAX: f32 = 1.5;
/// Made frames next to a known one that take over some of its remaining difference.
const BLEND_FRAMES: usize = 4;
/// Differences are taken over smoothed over this part of a picture's width: color and light, no outlines.
const BLEND_SMOOTHNESS: usize = 16;
/// Steps of the tables for light and for corrections.
const TABLE_STEPS: usize = 1_023;
/// Known parts smaller than this part of a picture say nothing of its colors.
const PART_MIN: f64 = 0.02;

/// Takes a run's pictures in order and hands finished frames on as soon as their colors are known.
#[derive(Debug)]
pub struct Finisher<'a> {
    clip: &'a MaskedClip,
    window: &'a Window,
    /// What stands at each place of the window, where that is known and close to a made frame.
    truths: Vec<Option<Rgb>>,
    /// Pictures that wait; all of the window's so far, those done with are empty.
    held: Vec<Option<Rgb>>,
    /// Whether pictures wait for others after them.
    holds_back: bool,
    /// What was found at each border of a hole: its place, and whether the hole lies before it.
    borders: BTreeMap<(usize, bool), Option<Border>>,
    light: Table,
}

/// What becomes of a picture at some place of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is compared with what it should be.
    Reference,
    /// It becomes this frame.
    Make(usize),
    /// It is thrown away.
    Surplus,
}

impl<'a> Finisher<'a> {
    /// For the run over `window`, whose pictures are of `size`.
    pub fn new(clip: &Progressing<'a>, window: &'a Window, size: ScanSize) -> Self {
        let places: Vec<Place> = places(clip.clip, window);
        let truths = (0..places.len()).map(|at| {
            let is_near = places[at] == Place::Reference && is_near_made(&places, at);
            let shown = is_near.then_some(window.frames[at]);
            let (Shown::Frame(index) | Shown::Again(index)) = shown? else {
                return None;
            };
            match clip.frame(index) {
                Seen::Whole(picture) => Some(small(picture, size)),
                Seen::Nothing | Seen::Part(..) => None,
            }
        });
        let first_made = places
            .iter()
            .position(|place| matches!(place, Place::Make(_)));
        let last_reference = places.iter().rposition(|place| *place == Place::Reference);
        let has_parts = window.makes.clone().any(|index| {
            let frame = clip.clip.frames().get(index);
            matches!(frame, Some(ClipFrame::Partly { .. }))
        });
        Self {
            clip: clip.clip,
            truths: truths.collect(),
            held: Vec::new(),
            holds_back: last_reference > first_made || has_parts,
            light: Table::new(light),
            borders: BTreeMap::new(),
            window,
        }
    }

    /// Takes the next picture. `emit` is given the index and the picture of each frame that is finished by it.
    pub fn push(
        &mut self,
        picture: Rgb,
        emit: &mut dyn FnMut(usize, VideoFrame) -> Result<()>,
    ) -> Result<()> {
        self.held.push(Some(picture));
        let is_last = self.held.len() == self.window.frames.len();
        if self.holds_back && !is_last {
            return Ok(());
        }
        let places = places(self.clip, self.window);
        let whole = self.part_colors();
        for at in 0..self.held.len() {
            let Place::Make(index) = places[at] else {
                continue;
            };
            if self.held[at].is_none() {
                continue;
            }
            let colors = self.colors(&places, at, index, whole.as_ref());
            let Some(picture) = self.held[at].take() else {
                continue;
            };
            emit(index, self.finished(index, &picture, &colors))?;
        }
        // References stay as long as they may be needed; nothing else does.
        for (held, place) in self.held.iter_mut().zip(&places) {
            if *place == Place::Surplus {
                *held = None;
            }
        }
        Ok(())
    }

    /// The correction for the made picture at place `at`.
    fn colors(
        &mut self,
        places: &[Place],
        at: usize,
        index: usize,
        whole: Option<&Colors>,
    ) -> Correction {
        let is_part = matches!(
            self.clip.frames().get(index),
            Some(ClipFrame::Partly { .. })
        );
        if is_part && let Some(colors) = whole {
            return Correction::even(colors);
        }
        let is_reference = |&place: &usize| places[place] == Place::Reference;
        let before = (0..at).rev().find(is_reference);
        let after = (at + 1..places.len()).find(is_reference);
        let mut border = |place: Option<usize>, goes_on: bool| {
            let key = (place?, goes_on);
            if !self.borders.contains_key(&key) {
                let found = self.border(places, key.0, goes_on);
                self.borders.insert(key, found);
            }
            self.borders.get(&key).cloned().flatten()
        };
        let (border_before, border_after) = (border(before, false), border(after, true));
        Correction::between(
            border_before.map(|border| (border, at - before.unwrap_or(at))),
            border_after.map(|border| (border, after.unwrap_or(at) - at)),
        )
    }

    /// What the references from place `border` outwards tell.
    fn border(&self, places: &[Place], border: usize, goes_on: bool) -> Option<Border> {
        let step = |at: usize| {
            if goes_on {
                Some(at + 1)
            } else {
                at.checked_sub(1)
            }
        };
        let mut sums = Sums::default();
        let mut at = Some(border);
        let mut count = 0;
        while let Some(place) = at
            && count < COLOR_FRAMES
            && places.get(place) == Some(&Place::Reference)
        {
            if let (Some(Some(truth)), Some(Some(made))) =
                (self.truths.get(place), self.held.get(place))
            {
                sums.add(truth, made, None, &self.light);
            }
            count += 1;
            at = step(place);
        }
        let colors = sums.colors()?;
        let (truth, made) = (self.truths[border].as_ref()?, self.held[border].as_ref()?);
        let rest = remaining(truth, &colors.applied(made));
        Some(Border { colors, rest })
    }

    /// What the known parts of frames tell, if there are any.
    fn part_colors(&self) -> Option<Colors> {
        let mut sums = Sums::default();
        let mut pixels = 0;
        for (shown, made) in self.window.frames.iter().zip(&self.held) {
            let (Shown::Frame(index), Some(made)) = (shown, made) else {
                continue;
            };
            if let Some(ClipFrame::Partly { picture, to_make }) = self.clip.frames().get(*index)
                && self.window.makes.contains(index)
            {
                let mask: Vec<f32> = to_make.iter().map(|&byte| f32::from(byte)).collect();
                let mask = resize_plane(&mask, picture.size, made.size);
                sums.add(&small(picture, made.size), made, Some(&mask), &self.light);
                pixels += made.size.area();
            }
        }
        if sums.count() < PART_MIN * pixels as f64 {
            return None;
        }
        sums.colors()
    }

    fn finished(&self, index: usize, made: &Rgb, correction: &Correction) -> VideoFrame {
        let corrected = correction.applied(made);
        let size = self.clip.size();
        let planes = (0..3).map(|plane| resize_plane(corrected.plane(plane), made.size, size));
        let rgb = Rgb {
            size,
            planes: planes.collect::<Vec<_>>().concat(),
        };
        let frame = &self.clip.frames()[index];
        let like = frame.picture().or_else(|| nearest_known(self.clip, index));
        let pts = self.clip.rate().ticks_from_frame(FrameIndex(index as i64));
        let whole = frame_like(&rgb, like, pts);
        match frame {
            ClipFrame::Partly { picture, to_make } => {
                pasted(picture, &whole, to_make).with_pts(picture.pts)
            }
            ClipFrame::Known(_) | ClipFrame::ToMake => whole,
        }
    }
}

fn places(clip: &MaskedClip, window: &Window) -> Vec<Place> {
    let place = |shown: &Shown| match *shown {
        Shown::Frame(index) if window.makes.contains(&index) => match clip.frames().get(index) {
            Some(ClipFrame::Known(_)) => Place::Reference,
            Some(ClipFrame::Partly { .. } | ClipFrame::ToMake) => Place::Make(index),
            None => Place::Surplus,
        },
        Shown::Frame(_) | Shown::Again(_) => Place::Reference,
        Shown::Repeat(_) | Shown::Nothing => Place::Surplus,
    };
    window.frames.iter().map(place).collect()
}

fn is_near_made(places: &[Place], at: usize) -> bool {
    let first = at.saturating_sub(COLOR_FRAMES);
    let last = (at + COLOR_FRAMES + 1).min(places.len());
    places[first..last]
        .iter()
        .any(|place| matches!(place, Place::Make(_)))
}

/// What known frames on one side of a hole tell.
#[derive(Debug, Clone)]
struct Border {
    colors: Colors,
    /// The smoothed difference that remains at the known frame next to the hole.
    rest: Rgb,
}

/// How one picture is corrected.
#[derive(Debug)]
struct Correction {
    colors: Colors,
    /// Differences to add, and how much of them.
    rests: Vec<(Rgb, f32)>,
}

impl Correction {
    fn even(colors: &Colors) -> Self {
        Self {
            colors: colors.clone(),
            rests: Vec::new(),
        }
    }

    /// For a picture so many frames from what is known before and after it.
    fn between(before: Option<(Border, usize)>, after: Option<(Border, usize)>) -> Self {
        let colors = match (&before, &after) {
            (Some((first, before)), Some((second, after))) => {
                let share = *before as f32 / (before + after) as f32;
                first.colors.towards(&second.colors, share)
            }
            (Some((border, _)), None) | (None, Some((border, _))) => border.colors.clone(),
            (None, None) => Colors::default(),
        };
        let sides = before.into_iter().chain(after);
        let rests = sides.filter(|(_, distance)| *distance <= BLEND_FRAMES);
        let rests = rests.map(|(border, distance)| {
            let share = 1.0 - distance as f32 / (BLEND_FRAMES + 1) as f32;
            (border.rest, share)
        });
        Self {
            colors,
            rests: rests.collect(),
        }
    }

    fn applied(&self, made: &Rgb) -> Rgb {
        let mut corrected = self.colors.applied(made);
        for (rest, share) in &self.rests {
            for (value, rest) in corrected.planes.iter_mut().zip(&rest.planes) {
                *value = (*value + rest * share).clamp(0.0, 1.0);
            }
        }
        corrected
    }
}

/// The smoothed difference of two pictures.
fn remaining(truth: &Rgb, made: &Rgb) -> Rgb {
    let radius = (truth.size.width as usize / BLEND_SMOOTHNESS).max(1);
    let difference: Vec<f32> = truth
        .planes
        .iter()
        .zip(&made.planes)
        .map(|(truth, made)| truth - made)
        .collect();
    let area = truth.size.area() as usize;
    let planes = difference
        .chunks_exact(area)
        .map(|plane| box_mean(plane, truth.size, radius));
    Rgb {
        size: truth.size,
        planes: planes.collect::<Vec<_>>().concat(),
    }
}

/// Gain and offset of each channel, in linear light.
#[derive(Debug, Clone, PartialEq)]
struct Colors([[f32; 2]; 3]);

impl Default for Colors {
    fn default() -> Self {
        Self([[1.0, 0.0]; 3])
    }
}

impl Colors {
    fn towards(&self, other: &Self, share: f32) -> Self {
        let mut mixed = self.clone();
        for (mixed, other) in mixed.0.iter_mut().zip(&other.0) {
            for (mixed, other) in mixed.iter_mut().zip(other) {
                *mixed += (other - *mixed) * share;
            }
        }
        mixed
    }

    fn applied(&self, picture: &Rgb) -> Rgb {
        if *self == Self::default() {
            return picture.clone();
        }
        let planes = self.0.iter().enumerate().map(|(plane, [gain, offset])| {
            let table = Table::new(|code| code_of(light(code) * gain + offset));
            let values = picture.plane(plane).iter();
            values.map(|&value| table.at(value)).collect::<Vec<f32>>()
        });
        Rgb {
            size: picture.size,
            planes: planes.collect::<Vec<_>>().concat(),
        }
    }
}

/// Moments of known and made pixels, channel by channel: count, sums and sums of squares.
#[derive(Debug, Default)]
struct Sums([[f64; 5]; 3]);

impl Sums {
    fn add(&mut self, truth: &Rgb, made: &Rgb, mask: Option<&[f32]>, light: &Table) {
        for (plane, sums) in self.0.iter_mut().enumerate() {
            let pairs = truth.plane(plane).iter().zip(made.plane(plane)).enumerate();
            for (place, (&truth, &made)) in pairs {
                if mask.is_some_and(|mask| mask[place] > 0.0) {
                    continue;
                }
                let (truth, made) = (f64::from(light.at(truth)), f64::from(light.at(made)));
                let parts = [1.0, truth, truth * truth, made, made * made];
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
            }
        }
    }

    fn count(&self) -> f64 {
        self.0[0][0]
    }

    fn colors(&self) -> Option<Colors> {
        if self.count() == 0.0 {
            return None;
        }
        Some(Colors(self.0.map(
            |[count, truth, truth_square, made, made_square]| {
                let (truth, made) = (truth / count, made / count);
                let deviation =
                    |square: f64, mean: f64| (square / count - mean * mean).max(1e-7).sqrt();
                let gain = deviation(truth_square, truth) / deviation(made_square, made);
                let gain = (gain as f32).clamp(1.0 / COLOR_GAIN_MAX, COLOR_GAIN_MAX);
                [gain, truth as f32 - gain * made as f32]
            },
        )))
    }
}

/// A function of values from 0 to 1, by steps with straight lines between.
#[derive(Debug)]
struct Table(Vec<f32>);

impl Table {
    fn new(function: impl Fn(f32) -> f32) -> Self {
        let steps = (0..=TABLE_STEPS).map(|step| function(step as f32 / TABLE_STEPS as f32));
        Self(steps.collect())
    }

    fn at(&self, value: f32) -> f32 {
        let place = value.clamp(0.0, 1.0) * TABLE_STEPS as f32;
        let first = (place as usize).min(TABLE_STEPS - 1);
        let share = place - first as f32;
        self.0[first] + (self.0[first + 1] - self.0[first]) * share
    }
}

/// Light of a coded value, both 0 to 1 (sRGB).
fn light(code: f32) -> f32 {
    if code <= 0.04045 {
        code / 12.92
    } else {
        ((code + 0.055) / 1.055).powf(2.4)
    }
}

/// And back.
fn code_of(light: f32) -> f32 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        image_ops::rgb_from_frame,
        models::wan::windows::{Role, windows},
    };
    use av::{ColorSpace, FrameRate, Ticks};

    const SIZE: ScanSize = ScanSize::new(50, 30);
    const MADE: ScanSize = ScanSize::new(48, 32);

    fn picture(seed: u64) -> VideoFrame {
        let plane = |count: usize, stream: u64| {
            let numbers = crate::noise::gaussian(seed, stream, 0, count);
            let codes = numbers
                .iter()
                .map(|x| (128.0 + 20.0 * x).clamp(16.0, 235.0) as u8);
            codes.collect()
        };
        let planes = [plane(1_500, 0), plane(375, 1), plane(375, 2)];
        VideoFrame::from_i420(SIZE, ColorSpace::VIDEO, planes, Ticks(77))
    }

    /// A model's copy of a picture: paler, and red by `tint`.
    fn copy(seed: u64, tint: f32) -> Rgb {
        let mut rgb = small(&picture(seed), MADE);
        let area = MADE.area() as usize;
        for (place, value) in rgb.planes.iter_mut().enumerate() {
            let red = if place < area { tint } else { 0.0 };
            *value = code_of(light(*value) * 0.9 + 0.01 + red);
        }
        rgb
    }

    fn finished(frames: Vec<ClipFrame>, tint: impl Fn(usize) -> f32) -> Vec<VideoFrame> {
        let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
        let roles: Vec<Role> = clip.frames().iter().map(Role::from).collect();
        let window = windows(&roles, 0..roles.len(), &[], 81).remove(0);
        let clip = Progressing {
            clip: &clip,
            finished: &|_index| None,
        };
        let mut made: Vec<(usize, VideoFrame)> = Vec::new();
        let mut finisher = Finisher::new(&clip, &window, MADE);
        for shown in &window.frames {
            let index = match shown {
                Shown::Frame(index) | Shown::Again(index) | Shown::Repeat(index) => *index,
                Shown::Nothing => 99,
            };
            let copy = copy(index as u64, tint(index));
            finisher
                .push(copy, &mut |index, frame| {
                    made.push((index, frame));
                    Ok(())
                })
                .unwrap();
        }
        assert!(made.is_sorted_by_key(|(index, _)| *index));
        made.into_iter().map(|(_, frame)| frame).collect()
    }

    /// How far the mean of each channel is off, in codes of 255.
    fn off(frame: &VideoFrame, seed: u64) -> [f32; 3] {
        let (found, wanted) = (rgb_from_frame(frame), rgb_from_frame(&picture(seed)));
        [0, 1, 2].map(|plane| {
            let mean = |rgb: &Rgb| rgb.plane(plane).iter().sum::<f32>() / SIZE.area() as f32;
            (mean(&found) - mean(&wanted)) * 255.0
        })
    }

    fn known(seeds: std::ops::Range<u64>) -> Vec<ClipFrame> {
        seeds.map(|seed| ClipFrame::Known(picture(seed))).collect()
    }

    #[test]
    fn colors_are_those_of_the_known_frames() {
        let frames = [known(0..5), vec![ClipFrame::ToMake; 4]].concat();
        for (index, frame) in finished(frames, |_| 0.03).iter().enumerate() {
            let off = off(frame, index as u64 + 5);
            assert!(off.iter().all(|off| off.abs() < 1.5), "{index}: {off:?}");
            assert_eq!(
                frame.pts,
                FrameRate::FPS_25.ticks_from_frame(FrameIndex(index as i64 + 5))
            );
        }
    }

    #[test]
    fn a_changing_tint_is_followed_across_the_hole() {
        let hole = vec![ClipFrame::ToMake; 16];
        let frames = [known(0..5), hole, known(21..25)].concat();
        let tint = |index: usize| 0.04 * (index as f32 - 4.0).clamp(0.0, 17.0) / 17.0;
        let made = finished(frames, tint);
        for (index, frame) in made.iter().enumerate() {
            let off = off(frame, index as u64 + 5);
            assert!(off.iter().all(|off| off.abs() < 2.5), "{index}: {off:?}");
        }
    }

    #[test]
    fn parts_are_pasted_into_the_original() {
        let mut to_make = vec![0; 1_500];
        to_make[..25 * 10].fill(255);
        let partly = |seed| ClipFrame::Partly {
            picture: picture(seed),
            to_make: to_make.clone().into(),
        };
        let frames: Vec<ClipFrame> = (0..5).map(partly).collect();
        for (seed, frame) in finished(frames, |_| 0.03).iter().enumerate() {
            let original = picture(seed as u64);
            let pairs = frame.planes[0]
                .data
                .iter()
                .zip(original.planes[0].data.iter());
            for (place, (found, wanted)) in pairs.enumerate() {
                if to_make[place] == 0 {
                    assert_eq!(found, wanted, "luma byte {place}");
                } else {
                    // What the model copied, resized twice, with its colors put right.
                    assert!(found.abs_diff(*wanted) < 60, "luma byte {place}");
                }
            }
            assert_eq!(frame.row(1, 14), original.row(1, 14));
            let off = off(frame, seed as u64);
            assert!(off.iter().all(|off| off.abs() < 1.0), "{seed}: {off:?}");
            assert_eq!(frame.pts, original.pts);
        }
    }

    #[test]
    fn without_anything_known_colors_stay() {
        let made = finished(vec![ClipFrame::ToMake; 5], |_| 0.0);
        let wanted = copy(3, 0.0);
        let found = small(&made[3], MADE);
        let pairs = found.planes.iter().zip(&wanted.planes);
        let sum: f32 = pairs.map(|(found, wanted)| (found - wanted).abs()).sum();
        assert!(sum / (3.0 * MADE.area() as f32) < 0.03);
        assert_eq!(made[3].format, av::PixelFormat::Rgba8);
    }

    #[test]
    fn light_and_codes_are_each_other_s_inverse() {
        let table = Table::new(light);
        for step in 0..=100 {
            let code = step as f32 / 100.0;
            assert!((code_of(light(code)) - code).abs() < 1e-5);
            assert!((table.at(code) - light(code)).abs() < 1e-4);
        }
    }
}

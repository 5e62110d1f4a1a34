//! The subject of a box: what the network says of its surroundings, what colors say, and what was found on the picture
//! before, weighed against each other.
//!
//! Before a busy background the network is unsure, and drawn things it hardly knows; but what lies outside of the box
//! shows the background's colors, and what the network is sure of shows the subject's. The box goes where the matte goes.

use super::{
    ROUGH_SIZE,
    focus::{Bounds, Focus, clamped},
    palette::{Colors, words},
    part,
    plate::{Plate, Shown},
    shift::shift,
    stabilize::{Rough, carried},
};
use crate::{
    error::Result,
    image_ops::{Rgb, resize_plane, smooth::Ties},
    models::u2net::{SIDE, SubjectNet},
};
use av::ScanSize;

/// What is seen round a box, in parts of its sides: the network errs unlike at each, and their mean least.
const MARGINS: [f64; 3] = [0.05, 0.15, 0.3];
/// What lies farther off than this, in parts of the box's sides, is background.
const ROOM: f64 = 0.1;
/// However sure the network is, it is wrong once in so many pixels: what colors say clearly is heard.
const DOUBT: f32 = 0.02;
/// Weight of what colors say against what the network says: where the subject has the background's colors as well, more
/// of it makes edges tremble.
const COLOR_WEIGHT: f32 = 0.7;
/// Weight of what was found on the picture before, where the picture still looks the same.
const BEFORE_WEIGHT: f32 = 0.7;
/// Weight of what other pictures show behind the subject.
const BEHIND_WEIGHT: f32 = 1.0;
/// Neighbors whose colors (of 1) differ by this much let a third of a word through.
const CONTRAST: f32 = 0.04;
/// About the square of how many pixels far a word spreads over a plain surface.
const SPREAD: f32 = 30.0;
/// What nothing is known of takes its neighbors' word; this much of its own is left.
const OWN_MIN: f32 = 0.02;
/// Times that colors and mattes are found from each other.
const ROUNDS: usize = 2;
/// Mattes above the first show the subject's colors, below the second the background's.
const SURE: [f32; 2] = [0.3, 0.1];
/// So much of what earlier pictures showed still counts one picture later.
const FADE: f32 = 0.95;

/// Colors of the subject, then of what is round it.
type Palette = [Colors; 2];

/// Finds the subject of a clip's boxes, picture after picture.
#[derive(Debug)]
pub(super) struct Within {
    focus: Focus,
    /// From the pictures that boxes were drawn on.
    lasting: Option<Palette>,
    recent: Palette,
    before: Option<Rough>,
    plate: Plate,
    /// What was found when the clip was looked through, picture after picture.
    ahead: Vec<Ahead>,
    /// How far each side lies from where it was followed to.
    led: Bounds,
    /// How far the matte went last, in pixels of [`ROUGH_SIZE`].
    last_way: [f32; 2],
}

impl Within {
    pub fn new(focus: Focus) -> Self {
        Self {
            focus,
            lasting: None,
            recent: [Colors::none(), Colors::none()],
            before: None,
            plate: Plate::new(),
            ahead: Vec::new(),
            led: [0.0; 4],
            last_way: [0.0; 2],
        }
    }

    /// Forgets all that was looked at.
    pub fn forget(&mut self) {
        self.ahead.clear();
        self.begin();
    }

    /// Begins with the first picture; what was found by looking ahead stays.
    pub fn begin(&mut self) {
        self.recent = [Colors::none(), Colors::none()];
        self.before = None;
        if self.ahead.is_empty() {
            self.plate = Plate::new();
        }
        self.led = [0.0; 4];
        self.last_way = [0.0; 2];
    }

    /// Looks at the next picture before any is asked for: what later ones show behind the subject is known then as well.
    pub fn look_ahead(
        &mut self,
        net: &mut dyn SubjectNet,
        (number, rgb): (usize, &Rgb),
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let (_rough, ahead) = self.found(net, (number, rgb), pause)?;
        self.ahead.extend(ahead);
        Ok(())
    }

    /// What is found on the picture of that number.
    pub fn rough(
        &mut self,
        net: &mut dyn SubjectNet,
        numbered: (usize, &Rgb),
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rough> {
        Ok(self.found(net, numbered, pause)?.0)
    }

    /// What is found on a picture, and what is worth keeping for another time unless that was done.
    fn found(
        &mut self,
        net: &mut dyn SubjectNet,
        (number, rgb): (usize, &Rgb),
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<(Rough, Option<Ahead>)> {
        if self.lasting.is_none() {
            self.lasting = Some(self.learnt(net, pause)?);
        }
        let picture = part(rgb, [0, 0, rgb.size.width, rgb.size.height]);
        let (bounds, network, ahead) = if let Some(ahead) = self.ahead.get(number) {
            pause()?;
            let followed = self.focus.bounds(number);
            self.led = [0, 1, 2, 3].map(|side: usize| ahead.bounds[side] - followed[side]);
            (ahead.bounds, ahead.network(), None)
        } else {
            let bounds = self.bounds(number, &picture);
            let network = looked(net, rgb, bounds, pause)?;
            let ahead = Ahead::new(bounds, &network);
            (bounds, network, Some(ahead))
        };
        let behind = self.plate.words(Shown {
            number,
            full: rgb,
            picture: &picture,
            bounds,
            network: &network,
        });
        let said = Said {
            picture,
            network,
            bounds,
        };
        let before = self.before.as_ref();
        let carried = before.and_then(|before| carried(before, &said.picture));
        let known = match &self.lasting {
            Some(lasting) => both(lasting, &self.recent),
            None => self.recent.clone(),
        };
        let matte = said.judged(&known, Some(&behind), carried.as_ref());
        for colors in &mut self.recent {
            colors.fade(FADE);
        }
        said.show(&matte, &mut self.recent);
        self.plate.keep(number, &said.picture, said.bounds, &matte);
        let rough = Rough {
            picture: said.picture,
            matte,
        };
        self.before = Some(rough.clone());
        Ok((rough, ahead))
    }

    /// The box of that picture, which looks like `picture`: as it was drawn, or as the mattes before went.
    fn bounds(&mut self, number: usize, picture: &Rgb) -> Bounds {
        let followed = self.focus.bounds(number);
        if self.focus.is_drawn(number) {
            self.led = [0.0; 4];
        } else if let Some(before) = self.before.as_ref().filter(|_| self.focus.is_last(number)) {
            // No later box says where it went, but the matte does: it goes as the subject's own pixels went.
            let earlier = self.focus.bounds(number - 1);
            let old = [0, 1, 2, 3].map(|side: usize| earlier[side] + self.led[side]);
            let seen = surroundings(clamped(old), 0.0, ROUGH_SIZE).map(|at| at as usize);
            let pictures = [&before.picture, picture];
            self.last_way = shift(pictures, seen, &before.matte, self.last_way);
            // Its size is the followed one: a matte that strays would draw the box after it.
            for (axis, way) in self.last_way.into_iter().enumerate() {
                let went = |side: usize| followed[side] - earlier[side];
                let more = f64::from(way) / SIDE as f64 - f64::midpoint(went(axis), went(axis + 2));
                self.led[axis] += more;
                self.led[axis + 2] += more;
            }
        }
        clamped([0, 1, 2, 3].map(|side: usize| followed[side] + self.led[side]))
    }

    /// Colors from the pictures that boxes were drawn on.
    fn learnt(
        &self,
        net: &mut dyn SubjectNet,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Palette> {
        let mut views = Vec::new();
        for (small, bounds) in self.focus.views() {
            let rgb = small.rgb();
            views.push(Said {
                network: looked(net, &rgb, bounds, pause)?,
                picture: rgb.resized(ROUGH_SIZE),
                bounds,
            });
        }
        let mut known = [Colors::none(), Colors::none()];
        for view in &views {
            view.show(&view.within(&view.network), &mut known);
        }
        for _round in 0..ROUNDS {
            let mut next = [Colors::none(), Colors::none()];
            for view in &views {
                pause()?;
                view.show(&view.judged(&known, None, None), &mut next);
            }
            known = next;
        }
        Ok(known)
    }
}

/// What was found on a picture: its box, and what the network says of its surroundings.
#[derive(Debug)]
struct Ahead {
    bounds: Bounds,
    /// Left, top, right, bottom of what is kept; all else is nothing.
    kept: [usize; 4],
    /// Codes from 0 to 255, row after row.
    codes: Vec<u8>,
}

impl Ahead {
    fn new(bounds: Bounds, network: &[f32]) -> Self {
        let widest = MARGINS.into_iter().fold(0.0, f64::max);
        let kept = surroundings(bounds, widest, ROUGH_SIZE).map(|at| at as usize);
        let [left, top, right, bottom] = kept;
        let rows = network.chunks_exact(ROUGH_SIZE.width as usize);
        let rows = rows.take(bottom).skip(top);
        let codes = rows.flat_map(|row| &row[left..right]);
        Self {
            bounds,
            kept,
            codes: codes.map(|value| (value * 255.0 + 0.5) as u8).collect(),
        }
    }

    fn network(&self) -> Vec<f32> {
        let [left, top, right, _bottom] = self.kept;
        let width = ROUGH_SIZE.width as usize;
        let mut network = vec![0.0; ROUGH_SIZE.area() as usize];
        let rows = network.chunks_exact_mut(width).skip(top);
        for (row, codes) in rows.zip(self.codes.chunks_exact(right - left)) {
            for (value, code) in row[left..right].iter_mut().zip(codes) {
                *value = f32::from(*code) / 255.0;
            }
        }
        network
    }
}

fn both(a: &Palette, b: &Palette) -> Palette {
    [a[0].joined(&b[0]), a[1].joined(&b[1])]
}

/// A picture with what the network says of it.
struct Said {
    picture: Rgb,
    network: Vec<f32>,
    bounds: Bounds,
}

impl Said {
    /// What of `matte` lies in the box or not far from it.
    fn within(&self, matte: &[f32]) -> Vec<f32> {
        let [left, top, right, bottom] = surroundings(self.bounds, ROOM, ROUGH_SIZE);
        let (rows, columns) = (top as usize..bottom as usize, left as usize..right as usize);
        let width = ROUGH_SIZE.width as usize;
        let values = matte.iter().enumerate().map(|(at, value)| {
            let is_in = rows.contains(&(at / width)) && columns.contains(&(at % width));
            if is_in { *value } else { 0.0 }
        });
        values.collect()
    }

    /// Adds the picture's colors to those of whom they belong to.
    fn show(&self, matte: &[f32], [subject, background]: &mut Palette) {
        let [subject_min, background_max] = SURE;
        let sure = |at: usize| {
            if matte[at] > subject_min {
                matte[at]
            } else {
                0.0
            }
        };
        subject.add(&self.picture, sure);
        background.add(&self.picture, |at| {
            if matte[at] < background_max {
                1.0 - matte[at]
            } else {
                0.0
            }
        });
    }

    /// The matte that all speak for together, with what is known of the clip's colors and of what lies `behind`.
    fn judged(
        &self,
        known: &Palette,
        behind: Option<&Vec<f32>>,
        carried: Option<&[Vec<f32>; 2]>,
    ) -> Vec<f32> {
        let mut fixed: Vec<f32> = self.network.iter().map(|value| odds(*value)).collect();
        for (fixed, word) in fixed.iter_mut().zip(behind.into_iter().flatten()) {
            *fixed += BEHIND_WEIGHT * word;
        }
        if let Some([matte, likeness]) = carried {
            for (fixed, (before, like)) in fixed.iter_mut().zip(matte.iter().zip(likeness)) {
                *fixed += BEFORE_WEIGHT * like * odds(*before);
            }
        }
        let ties = Ties::of(&self.picture, CONTRAST);
        let mut matte: Vec<f32> = fixed.iter().map(|odds| chance(*odds)).collect();
        for _round in 0..ROUNDS {
            let mut own = [Colors::none(), Colors::none()];
            self.show(&self.within(&matte), &mut own);
            let colors = both(known, &own);
            let words = words(&self.picture, &colors[0], &colors[1]);
            let all: Vec<f32> = fixed
                .iter()
                .zip(&words)
                .map(|(fixed, word)| fixed + COLOR_WEIGHT * word)
                .collect();
            // The surer somebody is, the more its neighbors listen.
            let weight: Vec<f32> = all
                .iter()
                .map(|all| (all / 2.0).tanh().abs() + OWN_MIN)
                .collect();
            let sum = all
                .iter()
                .zip(&weight)
                .map(|(all, weight)| chance(*all) * weight);
            let sum = ties.smoothed(&sum.collect::<Vec<_>>(), SPREAD);
            let weight = ties.smoothed(&weight, SPREAD);
            matte = sum
                .iter()
                .zip(&weight)
                .map(|(sum, weight)| sum / weight)
                .collect();
        }
        self.within(&matte)
    }
}

pub(super) fn odds(chance: f32) -> f32 {
    let chance = chance.clamp(DOUBT, 1.0 - DOUBT);
    (chance / (1.0 - chance)).ln()
}

pub(super) fn chance(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

/// The mean of what the network says about the surroundings of a box, narrower and wider ones.
fn looked(
    net: &mut dyn SubjectNet,
    rgb: &Rgb,
    bounds: Bounds,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<f32>> {
    let side = ROUGH_SIZE.width as usize;
    let mut sums = vec![0.0; side * side];
    for margin in MARGINS {
        // In pixels of the rough matte first, so that what comes back has its place there.
        let [left, top, right, bottom] = surroundings(bounds, margin, ROUGH_SIZE);
        let scaled = |at: u32, length: u32| (at * length).div_ceil(SIDE as u32).min(length - 1);
        let (width, height) = (rgb.size.width, rgb.size.height);
        let (x, y) = (scaled(left, width), scaled(top, height));
        let seen = [
            x,
            y,
            (right * width / SIDE as u32).max(x + 1),
            (bottom * height / SIDE as u32).max(y + 1),
        ];
        let found = net.rough(&part(rgb, seen), pause)?;
        let size = ScanSize::new(right - left, bottom - top);
        let found = resize_plane(&found, ROUGH_SIZE, size);
        for (row, values) in found.chunks_exact(size.width as usize).enumerate() {
            let first = (top as usize + row) * side + left as usize;
            for (sum, value) in sums[first..].iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
    // What only the widest look sees lies well outside of the box, and counts little.
    let count = MARGINS.len() as f32;
    Ok(sums.iter().map(|sum| sum / count).collect())
}

/// A box with so much round it (in parts of its sides), in pixels of a picture: left, top, right, bottom; never empty.
fn surroundings([left, top, right, bottom]: Bounds, margin: f64, size: ScanSize) -> [u32; 4] {
    let span = |low: f64, high: f64, length: u32| {
        let more = (high - low) * margin;
        let (low, high) = (low - more, high + more);
        let first = (low * f64::from(length)).max(0.0) as u32;
        let first = first.min(length - 1);
        let last = (high * f64::from(length)).ceil().max(0.0) as u32;
        [first, last.clamp(first + 1, length)]
    };
    let ([left, right], [top, bottom]) = (
        span(left, right, size.width),
        span(top, bottom, size.height),
    );
    [left, top, right, bottom]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matte::focus::Look;
    use av::{Ticks, VideoFrame};
    use std::ops::ControlFlow;

    const SIZE: ScanSize = ScanSize::new(320, 200);
    const COUNT: usize = 24;

    /// Where the left side of the subject is.
    fn left(number: usize) -> i64 {
        100 + 4 * number as i64
    }

    /// An arch, 80 wide and 100 high, before a wall that has its own grain.
    fn is_subject(number: usize, x: i64, y: i64) -> bool {
        let x = x - left(number);
        let is_in = (0..80).contains(&x) && (60..160).contains(&y);
        is_in && !((25..55).contains(&x) && y >= 100)
    }

    fn frame(number: usize) -> VideoFrame {
        let mut data = Vec::new();
        for at in 0..i64::from(SIZE.width) * i64::from(SIZE.height) {
            let (x, y) = (at % 320, at / 320);
            let grain = (((x * 7 + y * 13) % 17) * 2) as u8;
            let color = if is_subject(number, x, y) {
                let cloth = (((x - left(number)) * 5 + y * 3) % 11) as u8;
                [180 + cloth, 60 + cloth, 50]
            } else {
                [70 + grain, 100 + grain, 120]
            };
            data.extend(color);
            data.push(255);
        }
        VideoFrame::from_rgba(SIZE, data, Ticks::ZERO)
    }

    /// Takes whatever lies in the middle of what it is shown for the subject, without being sure of it.
    struct Blob;
    impl SubjectNet for Blob {
        fn rough(
            &mut self,
            _picture: &Rgb,
            pause: &mut dyn FnMut() -> Result<()>,
        ) -> Result<Vec<f32>> {
            pause()?;
            let side = ROUGH_SIZE.width as usize;
            let away = |at: usize| {
                let from = |value: usize| (value as f32 - side as f32 / 2.0) / side as f32;
                from(at % side).abs().max(from(at / side).abs())
            };
            Ok((0..side * side)
                .map(|at| if away(at) < 0.42 { 0.7 } else { 0.05 })
                .collect())
        }
    }

    fn within(lag: f64) -> Within {
        let bounds = [99.0 / 320.0, 59.0 / 200.0, 181.0 / 320.0, 161.0 / 200.0];
        let look = Look { frame: 0, bounds };
        let goes_on = &mut |_step| ControlFlow::Continue(());
        let read = &mut |number| Ok(frame(number));
        let mut focus = Focus::follow(&[look], COUNT, read, goes_on)
            .unwrap()
            .unwrap();
        focus.lag(lag);
        Within::new(focus)
    }

    /// Pixels in both over pixels in either.
    fn overlap(matte: &[f32], number: usize) -> f64 {
        let (mut both, mut either) = (0, 0);
        for (at, value) in matte.iter().enumerate() {
            let (x, y) = (at as i64 % 320, at as i64 / 320 * 200 / 320);
            let pair = [*value >= 0.5, is_subject(number, x, y)];
            both += i32::from(pair[0] && pair[1]);
            either += i32::from(pair[0] || pair[1]);
        }
        f64::from(both) / f64::from(either.max(1))
    }

    #[test]
    fn colors_tell_what_the_network_cannot() {
        let mut within = within(0.0);
        for number in 0..3 {
            let rgb = crate::image_ops::rgb_from_frame(&frame(number));
            let rough = within
                .rough(&mut Blob, (number, &rgb), &mut || Ok(()))
                .unwrap();
            let found = overlap(&rough.matte, number);
            assert!(found > 0.93, "picture {number}: {found}");
        }
        let [left, top, right, bottom] = surroundings(within.focus.bounds(0), 0.0, ROUGH_SIZE);
        let box_alone: Vec<f32> = (0..320 * 320)
            .map(|at| {
                let (x, y) = (at % 320, at / 320);
                let is_in = (left..right).contains(&x) && (top..bottom).contains(&y);
                f32::from(u8::from(is_in))
            })
            .collect();
        assert!(overlap(&box_alone, 0) < 0.88, "the hole is worth seeing");
    }

    #[test]
    fn a_box_that_lags_goes_with_the_matte() {
        // Two pixels of five that the subject goes are not followed.
        let mut within = within(0.005);
        let mut found = 0.0;
        for number in 0..COUNT {
            let rgb = crate::image_ops::rgb_from_frame(&frame(number));
            let rough = within
                .rough(&mut Blob, (number, &rgb), &mut || Ok(()))
                .unwrap();
            found = overlap(&rough.matte, number);
        }
        assert!(found > 0.9, "{found}");
        let lost = within.focus.bounds(COUNT - 1);
        let last = within.before.as_ref().unwrap().picture.clone();
        let led = within.bounds(COUNT - 1, &last);
        let wanted = (left(COUNT - 1) - 1) as f64 / 320.0;
        assert!(wanted - lost[0] > 0.09, "{lost:?}, {wanted}");
        assert!((led[0] - wanted).abs() < 0.03, "{led:?}, {wanted}");
    }

    #[test]
    fn stopping_is_obeyed_while_colors_are_learnt() {
        let mut within = within(0.0);
        let rgb = crate::image_ops::rgb_from_frame(&frame(0));
        let mut left = 2;
        let stopped = within.rough(&mut Blob, (0, &rgb), &mut || {
            left -= 1;
            if left == 0 {
                Err(crate::Error::Cancelled)
            } else {
                Ok(())
            }
        });
        assert!(matches!(stopped, Err(crate::Error::Cancelled)));
    }

    /// Must not be asked.
    struct Silent;
    impl SubjectNet for Silent {
        fn rough(
            &mut self,
            _picture: &Rgb,
            _pause: &mut dyn FnMut() -> Result<()>,
        ) -> Result<Vec<f32>> {
            panic!("the network was asked again")
        }
    }

    #[test]
    fn what_was_looked_at_ahead_is_known_afterwards() {
        let mut within = within(0.0);
        let seen = |number| crate::image_ops::rgb_from_frame(&frame(number));
        let goes_on = &mut || Ok(());
        for number in 0..COUNT {
            let pair = (number, &seen(number));
            within.look_ahead(&mut Blob, pair, goes_on).unwrap();
        }
        within.begin();
        let with_all = within.rough(&mut Silent, (0, &seen(0)), goes_on).unwrap();
        let found = overlap(&with_all.matte, 0);
        assert!(found > 0.95, "{found}");
    }
}

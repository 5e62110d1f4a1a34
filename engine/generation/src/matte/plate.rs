//! What lies behind a subject, as pictures show it on which the subject stood elsewhere.
//!
//! What is outside of a box is background. Wherever the subject has moved away from, or will move to, another picture shows
//! what is there without it; laid over the present one as the camera went, both look the same where there is background
//! and differ where the subject is. How much the background itself changes is measured outside of the box, so that waves
//! and traffic say little.

use super::{
    focus::Bounds,
    stabilize::gray_of_size,
    within::{chance, odds},
};
use crate::image_ops::{
    Motion, Rgb, box_mean,
    camera::{Block, CameraMotion, MotionField, Similarity, motion_field},
};
use av::ScanSize;
use rayon::prelude::*;

/// Longer side of the pictures on which the camera's motion is found, in pixels.
const CAMERA_SIDE: u32 = 320;
/// Every so many pictures one is kept; nearer ones show almost the same.
const VIEW_STEP: usize = 4;
/// Kept pictures, 2 MB each; where they are more, every second one is given up.
const VIEWS_MAX: usize = 64;
/// Kept pictures that are asked about one, the nearest in time.
const ASKED_MAX: usize = 24;
/// Share of what surrounds the box that must have moved with the camera; else it is another shot.
const EXPLAINED_MIN: f32 = 0.4;
/// The camera's motion is found against one picture until it went this far (in parts of the longer side), so that small
/// errors do not add up from picture to picture.
const KEY_REACH: f32 = 0.06;
/// A margin round a box that is not taken for background, in parts of the box's sides.
const ROOM: f64 = 0.1;
/// What a matte says is background is so for certain where nothing of the subject is this near, in pixels.
const BORDER: usize = 5;
/// Means of a matte below this are nothing.
const NOTHING: f32 = 0.02;
/// Surroundings that are compared: this many pixels to each side.
const PATCH_RADIUS: usize = 1;
/// Steps of the logarithm of a difference that are told apart.
const STEPS: usize = 28;
/// The least and the greatest that are told apart, of a difference to what neighbors differ by (both squared).
const RATIOS: [f32; 2] = [1e-3, 1e4];
/// What neighbors differ by (squared, of 1) on a plain surface, by rounding and noise.
const PLAIN: f32 = 1e-4;
/// Weight of what was found before where a picture looks the same as the camera goes.
const FOUND_WEIGHT: f32 = 0.7;
/// Pixels below which a picture is not asked: they say too little of how much the background changes.
const PIXELS_MIN: f32 = 2_000.0;
/// Share of differences of a subject that may be any, whatever was seen of it.
const ANY_SHARE: f32 = 0.1;
/// However clear a difference is, it goes no farther (log odds).
const WORD_MAX: f32 = 3.0;
/// Mattes of the network above this are subject for certain.
const SURE: f32 = 0.9;

/// Kept pictures of a clip, and how the camera went.
#[derive(Debug)]
pub(super) struct Plate {
    key: Option<Key>,
    views: Vec<View>,
    step: usize,
    places: Vec<Place>,
}

/// Where the points of a picture lie on the first one of its shot.
#[derive(Debug, Clone, Copy)]
struct Place {
    shot: usize,
    way: Similarity,
}

/// The picture against which the camera's motion is found.
#[derive(Debug)]
struct Key {
    gray: Vec<f32>,
    size: ScanSize,
    bounds: Bounds,
    place: Place,
}

/// A kept picture.
#[derive(Debug)]
struct View {
    number: usize,
    picture: Rgb,
    /// 1 where it shows background for certain.
    background: Vec<f32>,
    /// How much each pixel belongs to the subject, as it was found.
    matte: Vec<f32>,
    place: Place,
}

/// A kept picture as it lies over another one.
struct Laid {
    picture: Rgb,
    background: Vec<f32>,
    matte: Vec<f32>,
    /// Whether it reaches there at all.
    is_inside: Vec<bool>,
}

/// What kept pictures say of one pixel, the nearest first.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    /// From the nearest one that shows its background for certain.
    certain: Option<f32>,
    /// How alike it looks on the others, and what it was found to be there, as often.
    alike: f32,
    found: f32,
}

impl Said {
    fn hear(&mut self, word: f32, is_certain: bool, matte: f32) {
        if is_certain && self.certain.is_none() {
            self.certain = Some(word);
        }
        // What goes with the camera and looks as it did is what it was.
        let alike = chance(-word);
        self.alike += alike;
        self.found += alike * odds(matte);
    }

    fn word(&self) -> f32 {
        let found = self.found / (self.alike + 1.0);
        self.certain.unwrap_or(FOUND_WEIGHT * found)
    }
}

/// A picture with its box and with what the network says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// Which one of the clip; they come one after another, and may come again.
    pub number: usize,
    /// At full size.
    pub full: &'a Rgb,
    /// At the size at which networks look.
    pub picture: &'a Rgb,
    /// Where the subject is.
    pub bounds: Bounds,
    /// How much each pixel belongs to the subject, 0 to 1.
    pub network: &'a [f32],
}

impl Plate {
    pub fn new() -> Self {
        Self {
            key: None,
            views: Vec::new(),
            step: VIEW_STEP,
            places: Vec::new(),
        }
    }

    /// What kept pictures say of each pixel: log odds, above 0 for the subject, 0 where nothing is known.
    pub fn words(&mut self, shown: Shown<'_>) -> Vec<f32> {
        let size = camera_size(shown.full.size);
        if shown.number >= self.places.len() {
            let place = self.placed(gray_of_size(shown.full, size), size, shown.bounds);
            self.places.push(place);
        }
        let place = self.places[shown.number.min(self.places.len() - 1)];
        let others = self.views.iter();
        let others = others.filter(|v| v.place.shot == place.shot && v.number != shown.number);
        let mut asked: Vec<&View> = others.collect();
        asked.sort_by_key(|view| view.number.abs_diff(shown.number));
        asked.truncate(ASKED_MAX);
        let is_in_box = mask(shown.picture.size, wide(shown.bounds), true);
        let mut all = vec![Said::default(); is_in_box.len()];
        for view in asked {
            let laid = view.laid_over(view.place.way.inverse().after(place.way), size);
            let Some(words) = compared(shown, &laid, &is_in_box) else {
                continue;
            };
            let said = all.par_iter_mut().zip(words).enumerate();
            said.filter(|(at, _)| is_in_box[*at] && laid.is_inside[*at])
                .for_each(|(at, (said, word))| {
                    // Between two pixels both must be certain.
                    let is_certain = laid.background[at] > 0.99;
                    said.hear(word, is_certain, laid.matte[at]);
                });
        }
        all.iter().map(Said::word).collect()
    }

    /// Keeps a picture that `words` were asked for, now that its matte is known, for others.
    pub fn keep(&mut self, number: usize, picture: &Rgb, bounds: Bounds, matte: &[f32]) {
        let Some(place) = self.places.get(number).copied() else {
            return;
        };
        if !number.is_multiple_of(self.step) {
            return;
        }
        let near = box_mean(matte, picture.size, BORDER);
        let is_out = mask(picture.size, wide(bounds), false);
        let pairs = near.iter().zip(is_out);
        let is_certain = pairs.map(|(near, is_out)| is_out || *near < NOTHING);
        let view = View {
            number,
            picture: picture.clone(),
            background: is_certain.map(|is_it| f32::from(u8::from(is_it))).collect(),
            matte: matte.to_vec(),
            place,
        };
        match self.views.iter_mut().find(|view| view.number == number) {
            Some(old) => *old = view,
            None => self.views.push(view),
        }
        if self.views.len() > VIEWS_MAX {
            self.step *= 2;
            let step = self.step;
            self.views.retain(|view| view.number.is_multiple_of(step));
        }
    }

    /// Where the next picture lies; it begins another shot where that cannot be said.
    fn placed(&mut self, gray: Vec<f32>, size: ScanSize, bounds: Bounds) -> Place {
        let bounds = wide(bounds);
        let found = self.key.as_ref().and_then(|key| {
            let camera = key.camera(&gray, size, bounds)?;
            let way = key.place.way.after(camera.motion);
            let shot = key.place.shot;
            Some((Place { shot, way }, camera.motion.length(size)))
        });
        let reach = KEY_REACH * size.width.max(size.height) as f32;
        let place = match found {
            Some((place, length)) if length <= reach => return place,
            Some((place, _)) => place,
            None => Place {
                shot: self.key.as_ref().map_or(0, |key| key.place.shot + 1),
                way: Similarity::STILL,
            },
        };
        self.key = Some(Key {
            gray,
            size,
            bounds,
            place,
        });
        place
    }
}

impl Key {
    /// How the camera went from a picture back to this one, as far as what surrounds both boxes tells.
    fn camera(&self, gray: &[f32], size: ScanSize, bounds: Bounds) -> Option<CameraMotion> {
        if self.size != size {
            return None;
        }
        let mut field: MotionField = motion_field(gray, &self.gray, size);
        let sides = [f64::from(size.width), f64::from(size.height)];
        let is_in = |[left, top, right, bottom]: Bounds, point: [f32; 2]| {
            let [x, y] = [0, 1].map(|axis| f64::from(point[axis]) / sides[axis] + 0.5);
            (left..right).contains(&x) && (top..bottom).contains(&y)
        };
        field.blocks.retain(|Block { place, motion }| {
            let target = [place[0] + motion[0], place[1] + motion[1]];
            !is_in(bounds, *place) && !is_in(self.bounds, target)
        });
        let [across, down] = [0, 1].map(|axis| {
            let (low, high) = (bounds[axis].max(0.0), bounds[axis + 2].min(1.0));
            (high - low).max(0.0)
        });
        field.total = (field.total as f64 * (1.0 - across * down)) as usize;
        let camera = field.camera()?;
        (camera.explained >= EXPLAINED_MIN).then_some(camera)
    }
}

impl View {
    /// The picture as it lies over another one whose points lie at `way` on it (about the middle, in pixels of `size`).
    fn laid_over(&self, way: Similarity, size: ScanSize) -> Laid {
        let own = self.picture.size;
        let [width, height] = [own.width as usize, own.height as usize];
        let scales = [
            size.width as f32 / own.width as f32,
            size.height as f32 / own.height as f32,
        ];
        let halves = [size.width as f32 / 2.0, size.height as f32 / 2.0];
        let mut motion = Motion::still(own);
        let mut is_inside = vec![false; width * height];
        let rows = motion
            .right
            .par_chunks_mut(width)
            .zip(motion.down.par_chunks_mut(width))
            .zip(is_inside.par_chunks_mut(width));
        rows.enumerate().for_each(|(y, ((rights, downs), inside))| {
            for x in 0..width {
                let point = [
                    (x as f32 + 0.5) * scales[0] - halves[0],
                    (y as f32 + 0.5) * scales[1] - halves[1],
                ];
                let there = way.apply(point);
                let [u, v] = [0, 1].map(|axis| (there[axis] + halves[axis]) / scales[axis]);
                rights[x] = u - 0.5 - x as f32;
                downs[x] = v - 0.5 - y as f32;
                inside[x] = (0.0..width as f32).contains(&u) && (0.0..height as f32).contains(&v);
            }
        });
        let planes = (0..3).map(|plane| motion.moved(self.picture.plane(plane)));
        let picture = Rgb {
            size: own,
            planes: planes.collect::<Vec<_>>().concat(),
        };
        Laid {
            picture,
            background: motion.moved(&self.background),
            matte: motion.moved(&self.matte),
            is_inside,
        }
    }
}

/// What the difference of a picture to a kept one says of each pixel; `None` where too little can be compared.
fn compared(shown: Shown<'_>, laid: &Laid, is_in_box: &[bool]) -> Option<Vec<f32>> {
    let size = shown.picture.size;
    let mut difference = vec![0.0_f32; is_in_box.len()];
    let mut texture = difference.clone();
    for plane in 0..3 {
        let there = laid.picture.plane(plane);
        let [low, high] = extremes(there, size);
        let values = shown.picture.plane(plane).iter().zip(there);
        let values = values.zip(low.iter().zip(&high));
        let sums = difference.iter_mut().zip(&mut texture);
        for ((difference, texture), ((value, there), (low, high))) in sums.zip(values) {
            *difference += (value - there) * (value - there);
            *texture += (high - low) * (high - low);
        }
    }
    // However exact the camera's motion is, edges are off by a part of a pixel.
    let texture = box_mean(&texture, size, PATCH_RADIUS);
    let difference = box_mean(&difference, size, PATCH_RADIUS);
    let ratio = difference
        .iter()
        .zip(&texture)
        .map(|(d, t)| d / (t + PLAIN));
    let steps: Vec<usize> = ratio.map(step).collect();
    let mut counts = [[0.0_f32; STEPS]; 2];
    for (at, step) in steps.iter().enumerate() {
        if laid.is_inside[at] && !is_in_box[at] && laid.background[at] > 0.99 {
            counts[1][*step] += 1.0;
        } else if laid.background[at] > 0.99 && shown.network[at] > SURE {
            counts[0][*step] += 1.0;
        }
    }
    if counts[1].iter().sum::<f32>() < PIXELS_MIN {
        return None;
    }
    let [subject, background] = [shares(&counts[0]), shares(&counts[1])];
    let words: Vec<f32> = (0..STEPS)
        .map(|step| {
            let any = ANY_SHARE / STEPS as f32;
            let subject = subject[step] * (1.0 - ANY_SHARE) + any;
            (subject / background[step]).ln().clamp(-WORD_MAX, WORD_MAX)
        })
        .collect();
    Some(steps.iter().map(|step| words[*step]).collect())
}

/// The least and the most of each pixel and its neighbors.
fn extremes(plane: &[f32], size: ScanSize) -> [Vec<f32>; 2] {
    let (width, height) = (size.width as usize, size.height as usize);
    let of = |pick: fn(f32, f32) -> f32| {
        let mut across = plane.to_vec();
        for (row, from) in across
            .chunks_exact_mut(width)
            .zip(plane.chunks_exact(width))
        {
            for x in 0..width {
                row[x] = pick(
                    pick(from[x.saturating_sub(1)], from[x]),
                    from[(x + 1).min(width - 1)],
                );
            }
        }
        let mut both = across.clone();
        for y in 0..height {
            let rows = [y.saturating_sub(1), (y + 1).min(height - 1)];
            for x in 0..width {
                let [upper, lower] = rows.map(|row| across[row * width + x]);
                both[y * width + x] = pick(pick(upper, across[y * width + x]), lower);
            }
        }
        both
    };
    [of(f32::min), of(f32::max)]
}

/// The step of the logarithm in which a ratio lies.
fn step(ratio: f32) -> usize {
    let [low, high] = RATIOS.map(f32::ln);
    let place = (ratio.max(RATIOS[0]).ln() - low) / (high - low) * STEPS as f32;
    (place as usize).min(STEPS - 1)
}

/// Shares of a count, mixed a little with their neighbors; none is zero.
fn shares(counts: &[f32; STEPS]) -> [f32; STEPS] {
    let at = |step: usize| counts[step.min(STEPS - 1)];
    let sum = counts.iter().sum::<f32>() + STEPS as f32 / 2.0;
    std::array::from_fn(|step| {
        let mixed = (at(step.saturating_sub(1)) + 2.0 * at(step) + at(step + 1)) / 4.0;
        (mixed + 0.5) / sum
    })
}

/// Which pixels lie in a box, or out of it.
fn mask(size: ScanSize, [left, top, right, bottom]: Bounds, is_in: bool) -> Vec<bool> {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let pixels = (0..size.area() as usize).map(|at| {
        let x = ((at as u32 % size.width) as f64 + 0.5) / width;
        let y = ((at as u32 / size.width) as f64 + 0.5) / height;
        ((left..right).contains(&x) && (top..bottom).contains(&y)) == is_in
    });
    pixels.collect()
}

/// A box with its margin.
fn wide([left, top, right, bottom]: Bounds) -> Bounds {
    let (across, down) = ((right - left) * ROOM, (bottom - top) * ROOM);
    [left - across, top - down, right + across, bottom + down]
}

/// The size at which the camera's motion is found.
fn camera_size(size: ScanSize) -> ScanSize {
    let longer = size.width.max(size.height);
    let side = |length: u32| (length * CAMERA_SIDE / longer).max(1);
    ScanSize::new(side(size.width), side(size.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ScanSize = ScanSize::new(320, 320);
    const FULL: ScanSize = ScanSize::new(320, 200);
    /// Sides of the subject, of the picture.
    const SIDES: [f64; 2] = [0.2, 0.4];

    /// A number between 0 and 1 that looks like chance.
    fn grain(x: i64, y: i64, z: i64) -> f32 {
        let mut mixed = (z as u32).wrapping_mul(0x9e37_79b1) ^ 0x5bd1_e995;
        for value in [x, y] {
            mixed = (mixed ^ value as u32).wrapping_mul(0x85eb_ca77);
            mixed ^= mixed >> 13;
        }
        ((mixed.wrapping_mul(0x2c1b_3c6d) >> 12) & 0xff) as f32 / 255.0
    }

    /// A wall of bricks four pixels wide that goes by as the camera pans, or that is another one on every picture.
    fn wall(x: f32, y: f32, change: i64) -> f32 {
        let corner = |x: i64, y: i64| 0.3 + 0.4 * grain(x, y, change);
        let (x, y) = (x / 4.0, y / 4.0);
        let (left, top) = (x.floor(), y.floor());
        let at = |right: i64, down: i64| corner(left as i64 + right, top as i64 + down);
        let upper = at(0, 0) + (at(1, 0) - at(0, 0)) * (x - left);
        let lower = at(0, 1) + (at(1, 1) - at(0, 1)) * (x - left);
        upper + (lower - upper) * (y - top)
    }

    /// Left and top of the subject.
    fn corner(number: usize) -> [f64; 2] {
        [0.1 + 0.02 * number as f64, 0.3]
    }

    fn bounds(number: usize) -> Bounds {
        let [left, top] = corner(number);
        [left, top, left + SIDES[0], top + SIDES[1]]
    }

    fn picture(number: usize, pan: f32, changes: bool) -> Rgb {
        let is_subject = mask(FULL, bounds(number), true);
        let change = if changes { number as i64 } else { 0 };
        let plane: Vec<f32> = (0..FULL.area() as usize)
            .map(|at| {
                let (x, y) = ((at % 320) as f32, (at / 320) as f32);
                if is_subject[at] {
                    // Colors that the wall has as well.
                    0.3 + 0.4 * grain(at as i64 % 7, at as i64 / 320 % 5, 3)
                } else {
                    wall(x + pan * number as f32, y, change)
                }
            })
            .collect();
        Rgb {
            size: FULL,
            planes: [plane.clone(), plane.clone(), plane].concat(),
        }
    }

    /// What a plate says of a picture, which it keeps then with the network's word for its matte.
    fn asked(plate: &mut Plate, number: usize, full: &Rgb, bounds: Bounds) -> Vec<f32> {
        let small = full.resized(SIZE);
        let is_subject = mask(SIZE, self::bounds(number), true);
        let network = is_subject
            .iter()
            .map(|is_it| if *is_it { 0.95 } else { 0.0 });
        let network: Vec<f32> = network.collect();
        let words = plate.words(Shown {
            number,
            full,
            picture: &small,
            bounds,
            network: &network,
        });
        plate.keep(number, &small, bounds, &network);
        words
    }

    /// Mean words about the subject and about what is in its box beside it, on the last of 20 pictures.
    fn means(pan: f32, changes: bool) -> [f32; 2] {
        let mut plate = Plate::new();
        let mut words = Vec::new();
        // Half as wide again as the subject.
        let roomy = |number| {
            let [left, top, right, bottom] = bounds(number);
            [left - 0.05, top, right + 0.05, bottom]
        };
        for number in 0..20 {
            let full = picture(number, pan, changes);
            words = asked(&mut plate, number, &full, roomy(number));
        }
        let is_in = mask(SIZE, roomy(19), true);
        let is_it = mask(SIZE, bounds(19), true);
        [true, false].map(|is_subject| {
            let places = (0..words.len()).filter(|at| is_in[*at] && is_it[*at] == is_subject);
            let all: Vec<f32> = places.map(|at| words[at]).collect();
            all.iter().sum::<f32>() / all.len() as f32
        })
    }

    #[test]
    fn what_other_pictures_show_tells_the_subject_from_what_is_behind_it() {
        for pan in [0.0, 1.3] {
            let [subject, beside] = means(pan, false);
            assert!(subject > 1.5, "{subject}, panned by {pan}");
            assert!(beside < -1.0, "{beside}, panned by {pan}");
        }
    }

    #[test]
    fn what_changes_all_the_time_says_nothing() {
        let [subject, beside] = means(0.0, true);
        assert!(
            subject.abs() < 0.7 && beside.abs() < 0.7,
            "{subject}, {beside}"
        );
    }

    #[test]
    fn another_shot_is_not_compared() {
        let mut plate = Plate::new();
        for number in 0..6 {
            let full = picture(number, if number < 5 { 0.0 } else { 400.0 }, number == 5);
            let words = asked(&mut plate, number, &full, bounds(number));
            let says_something = words.iter().any(|word| *word != 0.0);
            assert_eq!(says_something, (1..5).contains(&number), "picture {number}");
        }
    }
}

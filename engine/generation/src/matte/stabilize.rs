//! Steadying over time: a mean over neighboring pictures, carried along what moves, each pixel weighed by how much its
//! surroundings still look the same.
//!
//! All earlier pictures count, fading, and a few later ones, so that little lags. Where a pixel came from nowhere or looks
//! different than before, the weight is near nothing and the picture's own matte stays.

use crate::image_ops::{Motion, Rgb, box_mean, motion, resize_plane};
use av::ScanSize;

/// What the network said of a picture, and the picture at the same small size.
#[derive(Debug, Clone)]
pub struct Rough {
    /// Small picture.
    pub picture: Rgb,
    /// How much each pixel belongs to the subject, 0 to 1.
    pub matte: Vec<f32>,
}

/// Surroundings that are compared: this many pixels to each side.
const PATCH_RADIUS: usize = 2;
/// Mean squared difference (per channel, of 1) at which a weight has fallen to a third: noise of six codes, and what moving
/// by parts of a pixel blurs.
const SAME_VARIANCE: f32 = 6e-4;
/// What is left of a word one picture later, however much the same it looks: words of long ago count little.
const FADE: f32 = 0.85;
/// Motion is found at this part of the small size.
const MOTION_SHRINK: u32 = 2;

/// Words about the pixels of one picture: their sum and how many they were.
#[derive(Debug)]
struct Words {
    sum: Vec<f32>,
    count: Vec<f32>,
}

impl Words {
    /// One picture's own.
    fn own(matte: &[f32]) -> Self {
        Self {
            sum: matte.to_vec(),
            count: vec![1.0; matte.len()],
        }
    }

    /// With those of a neighbor, as far as it still speaks of the same things.
    fn joined(mut self, link: &Link, other: &Self) -> Self {
        let moved = [&other.sum, &other.count].map(|plane| link.motion.moved(plane));
        for (at, likeness) in link.likeness.iter().enumerate() {
            let weight = likeness * FADE;
            self.sum[at] += weight * moved[0][at];
            self.count[at] += weight * moved[1][at];
        }
        self
    }
}

/// Where each pixel of a picture lies in a neighboring one, and how much it looks the same there, 0 to 1.
#[derive(Debug)]
struct Link {
    motion: Motion,
    likeness: Vec<f32>,
}

/// A small picture, and it in gray at the size at which motion is found.
#[derive(Debug, Clone, Copy)]
struct Sight<'a> {
    picture: &'a Rgb,
    gray: &'a [f32],
}

impl Link {
    fn between(own: Sight<'_>, other: Sight<'_>) -> Option<Self> {
        let size = own.picture.size;
        if other.picture.size != size {
            return None;
        }
        let motion = motion(other.gray, own.gray, gray_size(size)).resized(size);
        let mut difference = vec![0.0_f32; size.area() as usize];
        for plane in 0..3 {
            let moved = motion.moved(other.picture.plane(plane));
            let pairs = own.picture.plane(plane).iter().zip(moved);
            for (difference, (a, b)) in difference.iter_mut().zip(pairs) {
                *difference += (a - b) * (a - b) / 3.0;
            }
        }
        let difference = box_mean(&difference, size, PATCH_RADIUS);
        let likeness = difference.iter().map(|d| (-d / SAME_VARIANCE).exp());
        Some(Self {
            likeness: likeness.collect(),
            motion,
        })
    }
}

/// The matte of the picture before, carried to where things are now, and how much each pixel of `now` looks as it did, 0
/// to 1; `None` for pictures of different sizes.
pub(super) fn carried(before: &Rough, now: &Rgb) -> Option<[Vec<f32>; 2]> {
    let grays = [gray_of(now), gray_of(&before.picture)];
    let sight = |picture, index: usize| Sight {
        picture,
        gray: &grays[index],
    };
    let link = Link::between(sight(now, 0), sight(&before.picture, 1))?;
    Some([link.motion.moved(&before.matte), link.likeness])
}

fn gray_size(size: ScanSize) -> ScanSize {
    let side = |length: u32| (length / MOTION_SHRINK).max(1);
    ScanSize::new(side(size.width), side(size.height))
}

/// `picture` in gray, at the size at which motion is found.
fn gray_of(picture: &Rgb) -> Vec<f32> {
    gray_of_size(picture, gray_size(picture.size))
}

/// `picture` in gray, at another size.
pub(super) fn gray_of_size(picture: &Rgb, size: ScanSize) -> Vec<f32> {
    let [r, g, b] = [0, 1, 2].map(|plane| picture.plane(plane));
    let gray = r.iter().zip(g).zip(b);
    let gray: Vec<f32> = gray
        .map(|((r, g), b)| 0.2126 * r + 0.7152 * g + 0.0722 * b)
        .collect();
    resize_plane(&gray, picture.size, size)
}

/// A picture that was looked at, with what all earlier ones say about its pixels.
#[derive(Debug)]
pub struct Seen {
    rough: Rough,
    gray: Vec<f32>,
    earlier: Words,
    next: Option<Link>,
}

impl Seen {
    /// After the picture `before`, which learns where its pixels went.
    pub fn after(before: Option<&mut Self>, rough: Rough) -> Self {
        let mut seen = Self {
            gray: gray_of(&rough.picture),
            earlier: Words::own(&rough.matte),
            next: None,
            rough,
        };
        if let Some(before) = before {
            if let Some(link) = Link::between(seen.sight(), before.sight()) {
                let own = Words::own(&seen.rough.matte);
                seen.earlier = own.joined(&link, &before.earlier);
            }
            before.next = Link::between(before.sight(), seen.sight());
        }
        seen
    }

    fn sight(&self) -> Sight<'_> {
        Sight {
            picture: &self.rough.picture,
            gray: &self.gray,
        }
    }
}

/// The matte of the first picture of `window`, steadied by those before it and by the others, which followed it.
pub fn steady(window: &[&Seen]) -> Vec<f32> {
    let Some((first, later)) = window.split_first() else {
        return Vec::new();
    };
    let mut all = Words::own(&first.rough.matte);
    // From the last back to the first: each takes over what its follower has gathered.
    let mut gathered: Option<Words> = None;
    let links = window.iter().map(|seen| seen.next.as_ref());
    for (seen, link) in later.iter().zip(links.skip(1)).rev() {
        let own = Words::own(&seen.rough.matte);
        gathered = Some(match (link, &gathered) {
            (Some(link), Some(words)) => own.joined(link, words),
            _ => own,
        });
    }
    if let (Some(link), Some(words)) = (&first.next, &gathered) {
        all = all.joined(link, words);
    }
    let earlier = first.earlier.sum.iter().zip(&first.earlier.count);
    let own = &first.rough.matte;
    let values = all.sum.iter().zip(&all.count).zip(earlier).zip(own);
    // The picture's own word is in both sums; it counts once.
    values
        .map(|(((sum, count), (before, times)), own)| (sum + before - own) / (count + times - 1.0))
        .collect()
}

/// How much mattes tremble: the mean step from frame to frame (of 1) where the picture stood still.
pub fn flicker(frames: &[Rough]) -> f64 {
    let (mut sum, mut count) = (0.0_f64, 0_u64);
    for pair in frames.windows(2) {
        let [before, after] = pair else { continue };
        let pictures = (&before.picture, &after.picture);
        let moved = |plane: usize, place: usize| {
            (pictures.0.plane(plane)[place] - pictures.1.plane(plane)[place]).abs()
        };
        for (place, (a, b)) in before.matte.iter().zip(&after.matte).enumerate() {
            if (0..3).all(|plane| moved(plane, place) < 0.02) {
                sum += f64::from((a - b).abs());
                count += 1;
            }
        }
    }
    sum / count.max(1) as f64
}

//! Paint that stays where it is put.
//!
//! Painted frame by frame, strokes land a little differently whenever a pixel changes, and the clip flickers. So the
//! paint of the frame before moves along with what is seen, and stays where the two frames show the same thing. A cut
//! starts anew. Leading the network's statistics over from frame to frame was tried as well and changed nothing.

use crate::{
    error::Result,
    image_ops::{Motion, Rgb, box_mean, motion},
};
use av::ScanSize;

/// Share of the old paint that stays when nothing else is chosen: half the flicker, and strokes still crisp.
pub const STEADINESS: f64 = 0.7;

/// Ticks that finding the motion takes, of those that painting takes.
pub const MOTION_TICKS: u64 = 4;

/// Longest side at which motion is looked for.
const MOTION_SIDE: u32 = 640;
/// Mean difference (of 1) of a patch, moved, at which only a third of the steadiness is left: ten codes.
const SAME: f32 = 0.04;
/// Pixels to each side of such a patch.
const PATCH_RADIUS: usize = 2;
/// Mean difference of whole moved pictures above which there was a cut.
const CUT: f32 = 0.1;

/// What the frame before left.
#[derive(Debug)]
struct Past {
    picture: Rgb,
    painted: Rgb,
}

/// Holds the paint of one clip.
#[derive(Debug)]
pub struct Steadier {
    steadiness: f32,
    past: Option<Past>,
}

impl Steadier {
    /// `steadiness` is 0 to below 1.
    pub fn new(steadiness: f64) -> Self {
        Self {
            steadiness: steadiness as f32,
            past: None,
        }
    }

    /// What comes next starts anew.
    pub fn forget(&mut self) {
        self.past = None;
    }

    /// The next picture's fresh paint, steadied; `picture` is what was painted. `tick` may stop the work.
    pub fn steady(
        &mut self,
        picture: Rgb,
        mut painted: Rgb,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Rgb> {
        let past = self.past.take();
        if let Some(past) = past.filter(|past| past.picture.size == picture.size) {
            let motion = motion_between(&past.picture, &picture);
            tick(MOTION_TICKS)?;
            if let Some(shares) = self.shares(&past.picture, &picture, &motion) {
                let area = shares.len();
                for plane in 0..3 {
                    let old = motion.moved(past.painted.plane(plane));
                    let fresh = &mut painted.planes[plane * area..][..area];
                    for ((fresh, old), share) in fresh.iter_mut().zip(old).zip(&shares) {
                        *fresh += (old - *fresh) * share;
                    }
                }
            }
        }
        self.past = Some(Past {
            picture,
            painted: painted.clone(),
        });
        Ok(painted)
    }

    /// How much of the old paint stays in each pixel; nothing after a cut.
    fn shares(&self, before: &Rgb, now: &Rgb, motion: &Motion) -> Option<Vec<f32>> {
        let mut difference = vec![0.0_f32; now.size.area() as usize];
        for plane in 0..3 {
            let moved = motion.moved(before.plane(plane));
            let pairs = moved.iter().zip(now.plane(plane));
            for (difference, (moved, now)) in difference.iter_mut().zip(pairs) {
                *difference += (moved - now).abs() / 3.0;
            }
        }
        let mean = difference.iter().sum::<f32>() / difference.len().max(1) as f32;
        if mean > CUT {
            return None;
        }
        let mut shares = box_mean(&difference, now.size, PATCH_RADIUS);
        for value in &mut shares {
            *value = self.steadiness * (-(*value / SAME).powi(2)).exp();
        }
        Some(shares)
    }
}

/// How things moved, looked for at a small size where the pictures are large.
fn motion_between(before: &Rgb, now: &Rgb) -> Motion {
    let size = now.size;
    let shrink = (f64::from(MOTION_SIDE) / f64::from(size.width.max(size.height))).min(1.0);
    let side = |side: u32| ((f64::from(side) * shrink).round() as u32).max(1);
    let small = ScanSize::new(side(size.width), side(size.height));
    let gray = |rgb: &Rgb| {
        let rgb = rgb.resized(small);
        let pairs = rgb.plane(0).iter().zip(rgb.plane(1)).zip(rgb.plane(2));
        pairs
            .map(|((red, green), blue)| 0.299 * red + 0.587 * green + 0.114 * blue)
            .collect::<Vec<f32>>()
    };
    motion(&gray(before), &gray(now), small).resized(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ScanSize = ScanSize::new(96, 64);

    /// Waves that move one pixel to the right in every frame, and paint on them: a fine pattern of its own.
    fn frame(step: usize, paint: impl Fn(usize, usize) -> f32) -> (Rgb, Rgb) {
        let (mut picture, mut painted) = (Vec::new(), Vec::new());
        for y in 0..64 {
            for x in 0..96 {
                let place = x as f32 - step as f32;
                picture.push(0.5 + (place / 4.0).sin() * (y as f32 / 5.0).cos() * 0.3);
                painted.push(paint(x, y));
            }
        }
        let rgb = |plane: &Vec<f32>| Rgb {
            size: SIZE,
            planes: [plane.as_slice(); 3].concat(),
        };
        (rgb(&picture), rgb(&painted))
    }

    #[test]
    fn paint_moves_along_with_what_it_is_on() {
        let mut steadier = Steadier::new(0.9);
        // A stripe of paint that the first frame has and the network then forgets.
        let (picture, painted) = frame(0, |x, _y| if x == 40 { 1.0 } else { 0.0 });
        steadier.steady(picture, painted, &mut |_| Ok(())).unwrap();
        let mut last = Vec::new();
        for step in 1..=4 {
            let (picture, painted) = frame(step, |_x, _y| 0.0);
            let steadied = steadier.steady(picture, painted, &mut |_| Ok(())).unwrap();
            last = steadied.plane(0)[32 * 96..33 * 96].to_vec();
        }
        let brightest = (0..96).max_by(|a, b| last[*a].total_cmp(&last[*b]));
        assert_eq!(brightest, Some(44), "{last:?}");
        // A tenth goes with every frame.
        let sum: f32 = last.iter().sum();
        assert!((0.5..0.75).contains(&sum), "{sum}");
    }

    #[test]
    fn a_stop_is_handed_on() {
        let mut steadier = Steadier::new(0.9);
        let (picture, painted) = frame(0, |_x, _y| 0.0);
        let mut stop = |_ticks| Err(crate::Error::Cancelled);
        steadier
            .steady(picture.clone(), painted.clone(), &mut stop)
            .unwrap();
        let stopped = steadier.steady(picture, painted, &mut stop);
        assert!(matches!(stopped, Err(crate::Error::Cancelled)));
    }
}

//! Frames that something went wrong with: shown twice, left out, flashing, torn. Found by how each frame differs from
//! the ones beside it, on small gray pictures, against what is usual there.

use std::ops::Range;

/// Longest run of bad frames that is told from a shot of its own.
const RUN_MAX: usize = 3;

/// Frames on each side that say what is usual.
const USUAL_REACH: usize = 8;

/// Mean difference below which two pictures are the same, of a whole range of 1: less than an encoder's noise.
const SAME: f32 = 0.0006;

/// Usual mean difference below which nothing moves, so that equal frames are no fault.
const STILL: f32 = 0.003;

/// Change of mean brightness that is a flash.
const FLASH: f32 = 0.08;

/// Mean difference that a torn frame has at least.
const TORN: f32 = 0.04;

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DamageKind {
    /// The frame before is shown again while everything moves.
    Duplicate,
    /// Something is missing between two frames: everything jumps one step too far.
    Dropped,
    /// Much brighter or darker than what is beside it.
    Flash,
    /// Another picture in the middle of a shot: torn, garbled, or of somewhere else.
    Corrupt,
}

impl DamageKind {
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Duplicate => "Shown twice",
            Self::Dropped => "Jump: a frame is missing",
            Self::Flash => "Flash",
            Self::Corrupt => "Damaged picture",
        }
    }
}

/// Frames that should be made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Which, counted from the first one looked at.
    pub frames: Range<usize>,
    /// What is wrong with them.
    pub kind: DamageKind,
}

/// Looks at frames one after the other.
#[derive(Debug, Default)]
pub struct DamageFinder {
    /// Small gray pictures, 0 to 1.
    pictures: Vec<Vec<f32>>,
}

impl DamageFinder {
    /// Looks at the next frame: gray, 0 to 1, all of one small size.
    pub fn push(&mut self, gray: Vec<f32>) {
        self.pictures.push(gray);
    }

    /// What is wrong, in order; no frame is named twice.
    pub fn finish(self) -> Vec<Damage> {
        let pictures = &self.pictures;
        let steps: Vec<f32> = pictures
            .windows(2)
            .map(|pair| difference(&pair[0], &pair[1]))
            .collect();
        let mut found: Vec<Damage> = Vec::new();
        let mut frame = 1;
        while frame < pictures.len() {
            let damage = outlier(pictures, &steps, frame)
                .or_else(|| duplicate(&steps, frame))
                .or_else(|| dropped(&steps, frame));
            match damage {
                Some(damage) => {
                    frame = damage.frames.end.max(frame + 1);
                    found.push(damage);
                }
                None => frame += 1,
            }
        }
        found
    }
}

/// Mean difference of two pictures of one size.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let total: f32 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
    total / a.len().max(1) as f32
}

fn brightness(picture: &[f32]) -> f32 {
    picture.iter().sum::<f32>() / picture.len().max(1) as f32
}

/// The middle one of the steps around a place, without the `left_out` from there on.
fn usual(steps: &[f32], at: usize, left_out: usize) -> f32 {
    let from = at.saturating_sub(USUAL_REACH);
    let to = (at + left_out + USUAL_REACH).min(steps.len());
    let mut beside: Vec<f32> = (from..to)
        .filter(|step| !(at..at + left_out).contains(step))
        .map(|step| steps[step])
        .collect();
    beside.sort_by(f32::total_cmp);
    beside.get(beside.len() / 2).copied().unwrap_or(0.0)
}

/// A short run unlike what is before and behind it, which are like each other.
fn outlier(pictures: &[Vec<f32>], steps: &[f32], frame: usize) -> Option<Damage> {
    let before = &pictures[frame - 1];
    for count in 1..=RUN_MAX {
        let behind = pictures.get(frame + count)?;
        let frames = &pictures[frame..frame + count];
        let kind = if is_flash(before, frames, behind) {
            DamageKind::Flash
        } else if is_torn(steps, (frame, count), difference(before, behind)) {
            DamageKind::Corrupt
        } else {
            continue;
        };
        return Some(Damage {
            frames: frame..frame + count,
            kind,
        });
    }
    None
}

/// Whether all of it is far brighter, or far darker, than what is before and behind it.
fn is_flash(before: &[f32], frames: &[Vec<f32>], behind: &[f32]) -> bool {
    let (before, behind) = (brightness(before), brightness(behind));
    let light = before.midpoint(behind);
    let apart: Vec<f32> = frames
        .iter()
        .map(|frame| brightness(frame) - light)
        .collect();
    let is_calm = (before - behind).abs() < FLASH / 3.0;
    is_calm && (apart.iter().all(|by| *by >= FLASH) || apart.iter().all(|by| *by <= -FLASH))
}

/// Whether both ends of a run jump far more than what is usual, and far more than the run's neighbors differ.
fn is_torn(steps: &[f32], (frame, count): (usize, usize), across: f32) -> bool {
    let smaller = steps[frame - 1].min(steps[frame + count - 1]);
    let usual = usual(steps, frame - 1, count + 1);
    smaller >= TORN && smaller >= 4.0 * usual && smaller >= 2.5 * across
}

/// The same picture again while everything round it moves.
fn duplicate(steps: &[f32], frame: usize) -> Option<Damage> {
    let usual = usual(steps, frame - 1, 1);
    let is_same = steps[frame - 1] < SAME.max(usual * 0.05);
    (is_same && usual > STILL).then_some(Damage {
        frames: frame..frame + 1,
        kind: DamageKind::Duplicate,
    })
}

/// Twice or three times the usual step between two calm ones; a cut is a far larger one.
fn dropped(steps: &[f32], frame: usize) -> Option<Damage> {
    let at = frame - 1;
    let (before, now, behind) = (
        *steps.get(at.checked_sub(1)?)?,
        steps[at],
        *steps.get(at + 1)?,
    );
    let usual = usual(steps, at, 1);
    let calm = 0.6 * usual..=1.4 * usual;
    let jump = 1.7 * usual..=3.4 * usual;
    (usual > STILL && jump.contains(&now) && calm.contains(&before) && calm.contains(&behind))
        .then_some(Damage {
            frames: at..frame + 1,
            kind: DamageKind::Dropped,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 64;
    const HEIGHT: usize = 36;

    /// Hills that pass by, with grain that an encoder leaves.
    fn picture(moment: f32, light: f32) -> Vec<f32> {
        let at = |index: usize| {
            let (x, y) = ((index % WIDTH) as f32, (index / WIDTH) as f32);
            let hill = ((x + moment * 1.5) * 0.31).sin() + ((x - y + moment) * 0.17).cos();
            let grain = ((index * 7919 + moment as usize * 104_729) % 97) as f32 / 97.0 - 0.5;
            (0.5 + 0.18 * hill + 0.0008 * grain + light).clamp(0.0, 1.0)
        };
        (0..WIDTH * HEIGHT).map(at).collect()
    }

    fn found(pictures: Vec<Vec<f32>>) -> Vec<(Range<usize>, DamageKind)> {
        let mut finder = DamageFinder::default();
        for picture in pictures {
            finder.push(picture);
        }
        let found = finder.finish().into_iter();
        found.map(|damage| (damage.frames, damage.kind)).collect()
    }

    fn shot() -> Vec<Vec<f32>> {
        (0..48).map(|frame| picture(frame as f32, 0.0)).collect()
    }

    #[test]
    fn whole_footage_cuts_and_stills_are_no_damage() {
        assert_eq!(found(shot()), []);
        let mut cut = shot();
        cut.extend((0..48).map(|frame| picture(500.0 + 2.0 * frame as f32, 0.15)));
        assert_eq!(found(cut), []);
        assert_eq!(found(vec![picture(3.0, 0.0); 40]), []);
        assert_eq!(found(vec![picture(3.0, 0.0)]), []);
        assert_eq!(found(Vec::new()), []);
    }

    #[test]
    fn each_fault_is_found_where_it_is() {
        use DamageKind::{Corrupt, Dropped, Duplicate, Flash};
        let mut twice = shot();
        twice[20] = twice[19].clone();
        // What follows a repeated frame is one step too far as well.
        assert_eq!(found(twice)[0], (20..21, Duplicate));
        let mut missing = shot();
        missing.remove(25);
        assert_eq!(found(missing), [(24..26, Dropped)]);
        let mut flash = shot();
        flash[30] = picture(30.0, 0.3);
        flash[31] = picture(31.0, 0.25);
        assert_eq!(found(flash), [(30..32, Flash)]);
        let mut torn = shot();
        let other = picture(333.0, 0.0);
        let half = WIDTH * HEIGHT / 2;
        torn[12][half..].copy_from_slice(&other[half..]);
        for (index, value) in torn[12][..half].iter_mut().enumerate() {
            *value = if index % 3 == 0 { 0.1 } else { 0.9 };
        }
        let torn = found(torn);
        assert_eq!(torn.len(), 1, "{torn:?}");
        assert_eq!(torn[0].0, 12..13);
        assert!(matches!(torn[0].1, Corrupt | Flash));
    }
}

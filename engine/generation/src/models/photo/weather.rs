//! Weather and lights over a shot: which marks and veils hang in the air at each moment.
//!
//! Everything is a function of the seed and the moment, so frames can be made in any order. The known frame has none of
//! it: it comes within the first moments, each flake on its own, and in a loop goes again before the end.

pub mod drifting;
pub mod noise;
pub mod sparks;
pub mod veils;

use super::{
    air::{Air, Mark, Ripple, Sheet},
    camera::{Pose, smooth},
    depth::Field,
    light::{Grade, linear},
    masks::Random,
    render::Grid,
    scene::Scene,
    words::Ambience,
};
use av::ScanSize;
use drifting::Drift;
use sparks::Sparks;

/// Seconds within which ambience comes, or this share of the shot if that is less.
const COMES_SECONDS: f32 = 1.2;
const COMES_SHARE: f32 = 0.3;
/// The shutter is open for this share of a frame, as film cameras do.
const SHUTTER: f32 = 0.5;

/// One moment of the shot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Seconds since the first frame.
    pub seconds: f32,
    /// Seconds that the shutter is open.
    pub shutter: f32,
    /// How much of the ambience is there, 0 to 1.
    pub presence: f32,
}

/// How long the shot is and how it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// From the first frame to the end of the last.
    pub seconds: f32,
    /// Seconds of one frame.
    pub frame_seconds: f32,
    /// Whether the last frame leads to the first.
    pub is_loop: bool,
}

impl Shot {
    /// The moment of frame `index`.
    pub fn moment(&self, index: usize) -> Moment {
        let seconds = index as f32 * self.frame_seconds;
        let comes = COMES_SECONDS.min(self.seconds * COMES_SHARE).max(1e-3);
        let goes = if self.is_loop {
            smooth((self.seconds - seconds) / comes)
        } else {
            1.0
        };
        Moment {
            seconds,
            shutter: self.frame_seconds * SHUTTER,
            presence: smooth(seconds / comes) * goes,
        }
    }
}

/// The photo's own light, which flakes and drops take on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Mean light, linear.
    pub mean: f32,
    /// Color and strength of the light that falls on things, linear.
    pub falls: [f32; 3],
    /// Color of haze: the mean of the brighter half, linear.
    pub haze: [f32; 3],
    /// Colors of the brightest places, linear.
    pub sparkle: [f32; 3],
    /// Whether light comes from the left.
    pub is_lit_from_left: bool,
}

impl Tone {
    fn of(scene: &Scene) -> Self {
        const STRIDE: usize = 37;
        let samples = scene.back.pixels.iter().enumerate().step_by(STRIDE);
        let width = scene.back.width;
        let mut lights: Vec<(f32, [f32; 3], bool)> = samples
            .map(|(place, pixel)| {
                let light = [linear(pixel[0]), linear(pixel[1]), linear(pixel[2])];
                let luma = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
                (luma, light, place % width < width / 2)
            })
            .collect();
        lights.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mean_of = |part: &[(f32, [f32; 3], bool)]| {
            let count = part.len().max(1) as f32;
            [0, 1, 2].map(|c| part.iter().map(|one| one.1[c]).sum::<f32>() / count)
        };
        let count = lights.len();
        let mean = lights.iter().map(|one| one.0).sum::<f32>() / count.max(1) as f32;
        let haze = mean_of(&lights[count / 2..]);
        let sparkle = mean_of(&lights[count - count / 50 - 1..]);
        let left = lights[count / 2..].iter().filter(|one| one.2).count();
        // Between gray and the color of the bright half; never black, so that snow is seen by night too.
        let bright = haze.iter().copied().fold(0.0, f32::max).max(1e-3);
        let level = (0.42 + 1.1 * mean).min(0.95);
        let falls = haze.map(|part| level * (0.75 + 0.25 * part / bright));
        Self {
            mean,
            falls,
            haze,
            sparkle,
            is_lit_from_left: left * 2 > count - count / 2,
        }
    }
}

/// What painters of marks and veils get to know.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// Pixels of the frame.
    pub size: ScanSize,
    /// Between camera and pixels.
    pub grid: Grid,
    /// How near the background is.
    pub nearness: &'a Field,
    /// How near the subject is; nearer things are painted before it.
    pub middle: f32,
    /// Half sides of the photo where the longer side is 1.
    pub half: [f32; 2],
    /// Row of the horizon in the camera's coordinates; the middle when none is seen.
    pub horizon: f32,
    /// Whether there is a sky worth the name.
    pub has_sky: bool,
    /// Whether there is water.
    pub has_water: bool,
    /// The photo's light.
    pub tone: Tone,
}

/// Marks of one frame on their way to both sheets.
#[derive(Debug)]
pub struct Marks<'a> {
    stage: &'a Stage<'a>,
    pose: Pose,
    by_nearness: Vec<(f32, Mark)>,
}

impl Marks<'_> {
    /// Pixels of one unit.
    pub fn scale(&self) -> f32 {
        self.stage.grid.longest()
    }

    /// Where a point of the photo with this nearness is seen, in pixels.
    pub fn seen(&self, point: [f32; 2], nearness: f32) -> [f32; 2] {
        self.stage.grid.pixel(self.pose.project(point, nearness))
    }

    /// Adds a mark of this nearness.
    pub fn add(&mut self, nearness: f32, mark: Mark) {
        self.by_nearness.push((nearness, mark));
    }

    fn sorted(mut self, behind: &mut Sheet, front: &mut Sheet) {
        self.by_nearness.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (nearness, mark) in self.by_nearness {
            let sheet = if nearness < self.stage.middle {
                &mut *behind
            } else {
                &mut *front
            };
            sheet.marks.push(mark);
        }
    }
}

/// The ambience of a shot.
#[derive(Debug)]
pub struct Weather {
    kinds: Vec<Ambience>,
    drifts: Vec<Drift>,
    sparks: Vec<Sparks>,
    tone: Tone,
    grade: Grade,
    amount: f32,
    /// What was wished for and cannot be.
    pub left_out: Vec<&'static str>,
}

impl Weather {
    /// `kinds` over `scene`; `amount` 1 is usual.
    pub fn new(kinds: &[Ambience], scene: &Scene, seed: u64, amount: f32) -> Self {
        let mut weather = Self {
            kinds: kinds.to_vec(),
            drifts: Vec::new(),
            sparks: Vec::new(),
            tone: Tone::of(scene),
            grade: Grade::NONE,
            amount,
            left_out: Vec::new(),
        };
        let (regions, amount) = (&scene.regions, amount.max(0.0));
        weather.kinds.retain(|kind| match kind {
            Ambience::Clouds if regions.sky_share <= 0.0 => {
                weather
                    .left_out
                    .push("No sky was found in the photo, so no clouds drift");
                false
            }
            Ambience::Shimmer if regions.water_share <= 0.0 => {
                weather
                    .left_out
                    .push("No water was found in the photo, so none shimmers");
                false
            }
            _ => true,
        });
        for kind in weather.kinds.clone() {
            let mut random =
                Random(seed ^ (kind as u64 + 1).wrapping_mul(0x51_7c_c1_b7_27_22_0a_95));
            weather.grade = weather.grade.and(grade_of(kind));
            if let Some(drift) = Drift::new(kind, amount, &mut random) {
                weather.drifts.push(drift);
            }
            if let Some(sparks) = Sparks::new(kind, amount, &mut random) {
                weather.sparks.push(sparks);
            }
        }
        weather
    }

    /// Whether there is anything to paint.
    pub fn is_none(&self) -> bool {
        self.kinds.is_empty() || self.amount <= 0.0
    }

    /// The air at `moment` as seen from `pose`.
    pub fn air(&self, scene: &Scene, moment: &Moment, pose: Pose) -> Air {
        let longest = scene.size.width.max(scene.size.height) as f32;
        let half = [
            scene.size.width as f32 / longest / 2.0,
            scene.size.height as f32 / longest / 2.0,
        ];
        let has_sky = scene.regions.sky_share > 0.0;
        let stage = Stage {
            size: scene.size,
            grid: Grid::new(scene.size),
            nearness: &scene.nearness,
            middle: scene.subject.as_ref().map_or(0.6, |subject| subject.middle),
            half,
            horizon: if has_sky {
                (scene.regions.horizon * 2.0 - 1.0) * half[1]
            } else {
                -0.1 * half[1]
            },
            has_sky,
            has_water: scene.regions.water_share > 0.0,
            tone: self.tone,
        };
        let grade = self.grade.at(moment.presence * self.amount.min(1.0));
        let mut air = Air {
            grade,
            behind: Sheet::default(),
            front: Sheet::default(),
            ripple: None,
        };
        for kind in &self.kinds {
            veils::add(*kind, &stage, moment, pose, self.amount, &mut air);
        }
        let mut marks = Marks {
            stage: &stage,
            pose,
            by_nearness: Vec::new(),
        };
        for drift in &self.drifts {
            drift.add(&stage, moment, &mut marks);
        }
        for sparks in &self.sparks {
            sparks.add(&stage, moment, &mut marks, &mut air);
        }
        marks.sorted(&mut air.behind, &mut air.front);
        if self.kinds.contains(&Ambience::Shimmer) {
            air.ripple = Some(Ripple {
                seconds: moment.seconds,
                presence: moment.presence * self.amount.min(1.5),
                horizon: stage.horizon,
                glint: self.tone.sparkle,
            });
        }
        air
    }
}

/// What each kind does to the scene's own light.
fn grade_of(kind: Ambience) -> Grade {
    let (gain, color) = match kind {
        Ambience::Snow => ([0.93, 0.96, 1.0], 0.78),
        Ambience::Rain => ([0.80, 0.84, 0.88], 0.70),
        Ambience::Petals => ([1.0, 0.985, 0.985], 1.04),
        Ambience::Leaves => ([1.0, 0.97, 0.91], 1.04),
        Ambience::Fog => ([0.96, 0.97, 0.98], 0.75),
        Ambience::Embers => ([0.86, 0.74, 0.66], 0.95),
        Ambience::Bokeh => ([0.93, 0.90, 0.87], 1.05),
        Ambience::Fireworks => ([0.30, 0.34, 0.47], 0.8),
        Ambience::Rays => ([0.94, 0.91, 0.86], 1.0),
        Ambience::Dust => ([0.97, 0.95, 0.91], 1.0),
        Ambience::Shimmer | Ambience::Clouds => ([1.0; 3], 1.0),
    };
    Grade { gain, color }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::photo::{render::View, words::Ambience};
    use av::{Ticks, VideoFrame};

    const SIZE: ScanSize = ScanSize::new(240, 160);

    /// Sky above, calm blue water below it, rough ground before both.
    fn landscape() -> (VideoFrame, Scene) {
        let mut data = Vec::new();
        for v in 0..SIZE.height {
            for u in 0..SIZE.width {
                let grain = ((u * 7 + v * 13) % 11 * 8) as u8;
                let color = match v {
                    0..70 => [150, 180, 235],
                    70..115 => [90, 125, 175],
                    _ => [60 + grain, 70 + grain, 30],
                };
                data.extend(color);
                data.push(255);
            }
        }
        let photo = VideoFrame::from_rgba(SIZE, data, Ticks::ZERO);
        let scene = Scene::of(&photo, None, 0, &mut |_done| Ok(())).unwrap();
        (photo, scene)
    }

    fn shot(is_loop: bool) -> Shot {
        Shot {
            seconds: 4.0,
            frame_seconds: 1.0 / 25.0,
            is_loop,
        }
    }

    fn frame(photo: &VideoFrame, scene: &Scene, weather: &Weather, moment: &Moment) -> VideoFrame {
        let air = weather.air(scene, moment, Pose::IDENTITY);
        View::new(scene, Pose::IDENTITY)
            .with_air(Some(air))
            .frame(photo, Ticks::ZERO)
    }

    fn difference(a: &VideoFrame, b: &VideoFrame) -> f64 {
        let pairs = a.planes[0].data.iter().zip(b.planes[0].data.iter());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.bytes() as f64
    }

    #[test]
    fn every_ambience_comes_softly_is_seen_and_leaves_a_loop_as_it_came() {
        let (photo, scene) = landscape();
        for kind in Ambience::ALL {
            let weather = Weather::new(&[kind], &scene, 4, 1.0);
            assert!(
                weather.left_out.is_empty(),
                "{kind:?}: {:?}",
                weather.left_out
            );
            let at = |index: usize| frame(&photo, &scene, &weather, &shot(true).moment(index));
            assert!(
                difference(&at(0), &photo) < 0.2,
                "{kind:?} is there at once"
            );
            assert!(
                difference(&at(1), &photo) < 1.0,
                "{kind:?} comes with a jump"
            );
            assert!(difference(&at(50), &photo) > 0.05, "{kind:?} is not seen");
            assert!(
                difference(&at(99), &photo) < 1.0,
                "{kind:?} does not go before the loop closes"
            );
        }
    }

    #[test]
    fn the_seed_decides() {
        let (photo, scene) = landscape();
        let kinds = [Ambience::Snow, Ambience::Embers, Ambience::Fireworks];
        let run = |seed| {
            let weather = Weather::new(&kinds, &scene, seed, 1.0);
            frame(&photo, &scene, &weather, &shot(false).moment(60))
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }

    #[test]
    fn things_go_on_smoothly_from_frame_to_frame() {
        let (photo, scene) = landscape();
        let kinds = [
            Ambience::Fog,
            Ambience::Petals,
            Ambience::Bokeh,
            Ambience::Clouds,
            Ambience::Rays,
        ];
        let weather = Weather::new(&kinds, &scene, 9, 1.0);
        let at = |index: usize| frame(&photo, &scene, &weather, &shot(false).moment(index));
        let (next, later) = (difference(&at(60), &at(61)), difference(&at(60), &at(75)));
        assert!(
            next * 2.0 < later,
            "{next} to the next frame, {later} to a later one"
        );
    }

    #[test]
    fn what_has_no_place_is_left_out_in_words() {
        let data = [90, 60, 40, 255].repeat(64 * 48);
        let photo = VideoFrame::from_rgba(ScanSize::new(64, 48), data, Ticks::ZERO);
        let scene = Scene::of(&photo, None, 0, &mut |_done| Ok(())).unwrap();
        let weather = Weather::new(&[Ambience::Clouds, Ambience::Shimmer], &scene, 0, 1.0);
        assert_eq!(weather.left_out.len(), 2);
        assert!(weather.is_none());
    }
}

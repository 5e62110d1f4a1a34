//! Subject mattes: how much each pixel belongs to the subject, at full size and steady over time.
//!
//! A network tells the subject at a small size; where somebody drew a box ([`focus`]) it looks at the box's surroundings
//! only, and colors have a say (`within`);
//! [`stabilize`] steadies that over neighboring frames, [`refine`] takes the edges from the full-size picture. [`Matter`]
//! does all of it for a picture or a clip.

pub mod correct;
pub mod focus;
pub mod foreground;
mod palette;
mod plate;
pub mod refine;
mod shift;
mod small;
pub mod stabilize;
mod within;

/// Id of the shipped network in the manifest.
pub use crate::models::u2net::pipeline::ID as NETWORK_ID;
pub use foreground::subject_frame;
pub use refine::refine;

use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::{Rgb, resize_plane, rgb_from_frame},
    limits,
    manifest::Models,
    models::u2net::{SIDE, SubjectNet, U2NetMatter},
};
use av::{ScanSize, VideoFrame};
use focus::Focus;
use small::ReadFrame;
use stabilize::{Rough, Seen, steady};
use std::{collections::VecDeque, sync::Arc, time::Instant};
use within::Within;

/// How much each pixel of a picture belongs to the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matte {
    /// Pixels across and down.
    pub size: ScanSize,
    /// One byte a pixel, rows tight: 255 is subject, 0 is background.
    pub alpha: Arc<[u8]>,
}

impl Matte {
    /// The mask of a request that keeps the subject: 0 where it is known, 255 where background is to be made.
    pub fn background_to_make(&self) -> Arc<[u8]> {
        self.alpha.iter().map(|alpha| 255 - alpha).collect()
    }

    fn from_values(size: ScanSize, values: &[f32]) -> Self {
        let byte = |value: &f32| (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
        Self {
            size,
            alpha: values.iter().map(byte).collect(),
        }
    }
}

/// The size at which networks look.
const ROUGH_SIZE: ScanSize = ScanSize::new(SIDE as u32, SIDE as u32);

/// Cuts subjects out of pictures and clips.
pub struct Matter {
    net: Box<dyn SubjectNet>,
    within: Option<Within>,
}

impl std::fmt::Debug for Matter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matter").finish_non_exhaustive()
    }
}

impl Matter {
    /// With the network `net`.
    pub fn new(net: Box<dyn SubjectNet>) -> Self {
        Self { net, within: None }
    }

    /// Looks only round the boxes of `focus`; what lies farther off is background.
    pub fn within(mut self, focus: Option<Focus>) -> Self {
        self.within = focus.map(Within::new);
        self
    }

    /// With the shipped network, verified and loaded.
    pub fn open(models: &Models) -> Result<Self> {
        Ok(Self::new(Box::new(U2NetMatter::open(models)?)))
    }

    /// The matte of one picture.
    pub fn matte(&mut self, frame: &VideoFrame, on_step: &mut OnStep<'_>) -> Result<Matte> {
        let mut result = None;
        let frames = &mut std::iter::once(frame.clone());
        self.matte_clip(frames, 1, on_step, &mut |_index, matte| {
            result = Some(matte);
            Ok(())
        })?;
        Ok(result.unwrap_or_else(|| {
            let nothing = vec![0; frame.size.area() as usize];
            Matte {
                size: frame.size,
                alpha: nothing.into(),
            }
        }))
    }

    /// Looks through the first `count` pictures of the clip of [`Self::within`] before their mattes are made: then what
    /// later pictures show behind the subject is known as well, and `matte_clip` asks the network about none of them again.
    /// Does nothing where there is no box. At most [`limits::LOOK_AHEAD_FRAMES_MAX`] pictures are looked at.
    pub fn look_ahead(
        &mut self,
        count: usize,
        read: &mut ReadFrame<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<()> {
        let Some(within) = &mut self.within else {
            return Ok(());
        };
        within.forget();
        let start = Instant::now();
        let count = count.min(limits::LOOK_AHEAD_FRAMES_MAX);
        for number in 0..count {
            let mut pause = || {
                let step = Step::new(number as u64, count as u64, "looking for the subject");
                run_step(on_step, step.after(start.elapsed()))
            };
            pause()?;
            let rgb = rgb_from_frame(&read(number)?);
            within.look_ahead(self.net.as_mut(), (number, &rgb), &mut pause)?;
        }
        Ok(())
    }

    /// Mattes of about `count` consecutive `frames`, handed to `sink` in order with their index.
    ///
    /// A matte comes out [`limits::STEADY_FRAMES`] frames after its picture went in; no more pictures are held. A cut
    /// in the clip does no harm: only what looks the same is steadied.
    pub fn matte_clip(
        &mut self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        on_step: &mut OnStep<'_>,
        sink: &mut dyn FnMut(usize, Matte) -> Result<()>,
    ) -> Result<()> {
        let start = Instant::now();
        if let Some(within) = &mut self.within {
            within.begin();
        }
        // Pictures that wait for their mattes, and how many already have theirs.
        let mut window: VecDeque<(VideoFrame, Seen)> = VecDeque::new();
        let (mut index, mut number) = (0, 0);
        loop {
            let frame = frames.next();
            let is_over = frame.is_none();
            if let Some(frame) = frame {
                let mut pause = || {
                    let step = Step::new(index as u64, count as u64, "cutting out the subject");
                    run_step(on_step, step.after(start.elapsed()))
                };
                let rough = self.rough(&frame, number, &mut pause)?;
                number += 1;
                let seen = Seen::after(window.back_mut().map(|(_, seen)| seen), rough);
                window.push_back((frame, seen));
            }
            while window.len() > limits::STEADY_FRAMES || is_over && !window.is_empty() {
                let seen: Vec<&Seen> = window.iter().map(|(_, seen)| seen).collect();
                let values = steady(&seen);
                sink(index, refine(&window[0].0, &values, ROUGH_SIZE))?;
                index += 1;
                window.pop_front();
            }
            if is_over {
                let total = count.max(index) as u64;
                return run_step(on_step, Step::new(total, total, "cutting out the subject"));
            }
        }
    }

    fn rough(
        &mut self,
        frame: &VideoFrame,
        number: usize,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rough> {
        let rgb = rgb_from_frame(frame);
        if let Some(within) = &mut self.within {
            return within.rough(self.net.as_mut(), (number, &rgb), pause);
        }
        let picture = part(&rgb, [0, 0, rgb.size.width, rgb.size.height]);
        let matte = self.net.rough(&picture, pause)?;
        Ok(Rough { picture, matte })
    }
}

/// The part of a picture from left, top to right, bottom, at the size at which networks look.
fn part(rgb: &Rgb, [left, top, right, bottom]: [u32; 4]) -> Rgb {
    let size = ScanSize::new(right - left, bottom - top);
    let (left, right) = (left as usize, right as usize);
    let planes = (0..3).map(|plane| {
        let rows = rgb.plane(plane).chunks_exact(rgb.size.width as usize);
        let rows = rows.skip(top as usize).take(size.height as usize);
        let cut: Vec<f32> = rows.flat_map(|row| &row[left..right]).copied().collect();
        resize_plane(&cut, size, ROUGH_SIZE)
    });
    Rgb {
        size: ROUGH_SIZE,
        planes: planes.collect::<Vec<_>>().concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;
    use std::ops::ControlFlow;

    const SIZE: ScanSize = ScanSize::new(160, 120);

    fn disc(x: f32) -> VideoFrame {
        let mut data = Vec::new();
        for v in 0..SIZE.height {
            for u in 0..SIZE.width {
                let inside = (u as f32 - x).hypot(v as f32 - 60.0) < 30.0;
                let level = if inside { 210 } else { 50 + (u % 8) as u8 };
                data.extend([level, 120, 250 - level, 255]);
            }
        }
        VideoFrame::from_rgba(SIZE, data, Ticks::ZERO)
    }

    /// Takes what is bright for the subject, and trembles: the whole matte is a fifth lower in every other frame.
    struct Trembling {
        count: usize,
    }
    impl SubjectNet for Trembling {
        fn rough(
            &mut self,
            picture: &Rgb,
            pause: &mut dyn FnMut() -> Result<()>,
        ) -> Result<Vec<f32>> {
            pause()?;
            self.count += 1;
            let scale = if self.count.is_multiple_of(2) {
                0.8
            } else {
                1.0
            };
            let red = picture.plane(0).iter();
            Ok(red
                .map(|red| if *red > 0.5 { scale } else { 0.02 })
                .collect())
        }
    }

    fn mattes(positions: &[f32]) -> Vec<Matte> {
        let mut matter = Matter::new(Box::new(Trembling { count: 0 }));
        let mut mattes = Vec::new();
        let mut frames = positions.iter().map(|&x| disc(x));
        let goes_on = &mut |_step| ControlFlow::Continue(());
        let sink = &mut |index: usize, matte| {
            assert_eq!(index, mattes.len());
            mattes.push(matte);
            Ok(())
        };
        matter
            .matte_clip(&mut frames, positions.len(), goes_on, sink)
            .unwrap();
        mattes
    }

    fn mean_at(matte: &Matte, x: std::ops::Range<usize>) -> f64 {
        let row = &matte.alpha[60 * 160..61 * 160];
        let count = x.len() as f64;
        row[x].iter().map(|&alpha| f64::from(alpha)).sum::<f64>() / count
    }

    #[test]
    fn trembling_is_steadied() {
        let mattes = mattes(&[80.0; 12]);
        assert_eq!(mattes.len(), 12);
        let levels: Vec<f64> = mattes.iter().map(|matte| mean_at(matte, 70..90)).collect();
        let steps = levels.windows(2).map(|pair| (pair[0] - pair[1]).abs());
        let worst = steps.fold(0.0, f64::max);
        assert!(worst < 51.0 / 3.0, "raw steps are 51, steadied {worst}");
        assert!(mean_at(&mattes[5], 0..30) < 12.0, "background stays out");
    }

    #[test]
    fn moving_subjects_do_not_drag_their_matte() {
        let positions: Vec<f32> = (0..10).map(|step| 40.0 + 8.0 * step as f32).collect();
        for (index, matte) in mattes(&positions).iter().enumerate() {
            let x = positions[index] as usize;
            assert!(
                mean_at(matte, x - 24..x + 24) > 180.0,
                "frame {index} keeps its subject"
            );
            let (left, right) = (x.saturating_sub(44)..x - 36, x + 36..(x + 44).min(160));
            assert!(
                mean_at(matte, left) < 30.0,
                "frame {index} leaves nothing behind"
            );
            assert!(
                mean_at(matte, right) < 30.0,
                "frame {index} does not run ahead"
            );
        }
    }

    #[test]
    fn cancel_stops_before_the_next_picture() {
        let mut matter = Matter::new(Box::new(Trembling { count: 0 }));
        let mut taken = 0;
        let mut frames = std::iter::repeat_with(|| {
            taken += 1;
            disc(50.0)
        });
        let mut left = 3;
        let result = matter.matte_clip(
            &mut frames,
            100,
            &mut |_step| {
                left -= 1;
                if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
            &mut |_index, _matte| Ok(()),
        );
        assert!(matches!(result, Err(crate::Error::Cancelled)));
        assert_eq!(taken, 3);
    }
}

//! Paints what a plan says, at full size or small.

use super::{
    footage::{Footage, HELD_CHANGE},
    mosaic::{Mosaic, sample},
    plan::{Branch, Moment, Plan, eased},
};
use crate::{
    backend::OnStep,
    error::Result,
    image_ops::{Rgb, box_mean, camera::Similarity, rgb_from_frame},
    models::rife::{Between, Prepared, network::IfNet, network::TICKS_PER_MOMENT},
    ops::warp::warp,
};
use av::ScanSize;
use candle_core::Tensor;
use rayon::prelude::*;
use std::{collections::VecDeque, sync::Arc};

/// Prepared pictures that are kept: both neighbors of a moment, and both branches of a morph.
pub const PREPARED_MAX: usize = 3;
/// A time this near to a frame is that frame, of one.
const SNAP: f64 = 0.02;
/// The longest side over the radius within which motion that is pushed on is smoothed.
const SMOOTHED_PART: usize = 64;
/// Mean difference (of 1) of two frames round a pixel: up to the first nothing moves there, from the second everything.
const STILL: [f32; 2] = [0.006, 0.024];
/// Grain that is allowed for on top, at most.
const GRAIN_MAX: f32 = 0.012;
/// The width over the radius within which that is averaged.
const STILL_PART: usize = 200;

/// A made frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Painted {
    /// This frame of the footage, untouched.
    Known(usize),
    /// A new picture.
    New {
        /// The picture.
        rgb: Rgb,
        /// Mean difference (of 1) between what was merged; 0 where nothing was. Large ones look double.
        ghost: f32,
    },
}

/// What paints, and what it keeps from one frame to the next.
#[derive(Debug)]
pub struct Painter<'a> {
    footage: &'a Footage<'a>,
    between: Between<'a>,
    size: ScanSize,
    prepared: VecDeque<(usize, Ready)>,
    /// Where things of the last frame were in the one before it, and where nothing moves there.
    run_out: Option<(Tensor, Vec<f32>)>,
    mosaic: Option<Mosaic>,
}

/// A picture, and the same as the network takes it.
#[derive(Debug, Clone)]
struct Ready {
    rgb: Arc<Rgb>,
    prepared: Prepared,
}

/// What counts a network's layers and may stop the work.
pub type Tick<'a> = dyn FnMut(u64) -> Result<()> + 'a;

impl Moment {
    /// Ticks that painting it takes.
    pub fn ticks(&self) -> u64 {
        let networks = match self {
            Self::Frame(_) | Self::Camera(_) => 0,
            Self::Time(_) | Self::Morph { .. } => 1,
        };
        // One for the picture itself, so that progress is seen without networks as well.
        networks * TICKS_PER_MOMENT + 1
    }
}

impl<'a> Painter<'a> {
    /// For pictures of `size`, which is the footage's or smaller.
    pub fn new(net: &'a IfNet, footage: &'a Footage<'a>, size: ScanSize) -> Self {
        Self {
            footage,
            between: Between::new(net, size),
            size,
            prepared: VecDeque::new(),
            run_out: None,
            mosaic: None,
        }
    }

    /// Gathers what `plan` needs before its first frame.
    pub fn get_ready(&mut self, plan: &Plan, on_step: &mut OnStep<'_>) -> Result<()> {
        let factor = self.size.width as f32 / self.full().width as f32;
        let views = plan.moments.iter().filter_map(|moment| match moment {
            Moment::Camera(place) => Some(place.enlarged(factor)),
            Moment::Frame(_) | Moment::Time(_) | Moment::Morph { .. } => None,
        });
        let views: Vec<Similarity> = views.collect();
        if views.is_empty() {
            return Ok(());
        }
        let factor = self.size.width as f32 / self.footage.motion_size.width as f32;
        let trail = plan.trail.iter().map(|place| place.enlarged(factor));
        let trail: Vec<Similarity> = trail.collect();
        let picture_of = |index| self.rgb(index);
        let mosaic = Mosaic::new(
            self.footage,
            self.size,
            [&views, &trail],
            &picture_of,
            on_step,
        )?;
        self.mosaic = Some(mosaic);
        Ok(())
    }

    fn full(&self) -> ScanSize {
        let first = self.footage.frames.first();
        first.map_or(self.size, |frame| frame.size)
    }

    /// Frame `index` of the footage.
    pub fn rgb(&self, index: usize) -> Rgb {
        rgb_from_frame(self.footage.frames[index]).resized(self.size)
    }

    /// Paints one moment.
    pub fn paint(&mut self, moment: Moment, tick: &mut Tick<'_>) -> Result<Painted> {
        tick(1)?;
        match moment {
            Moment::Frame(index) => Ok(Painted::Known(index)),
            Moment::Time(time) => self.time(time, tick),
            Moment::Morph { from, into, share } => self.morph(from, into, share, tick),
            Moment::Camera(place) => {
                let factor = self.size.width as f32 / self.full().width as f32;
                let view = self
                    .mosaic
                    .as_ref()
                    .map(|mosaic| mosaic.view(place.enlarged(factor)));
                Ok(Painted::New {
                    rgb: view.unwrap_or_else(|| self.rgb(self.footage.last())),
                    ghost: 0.0,
                })
            }
        }
    }

    fn ready(&mut self, index: usize) -> Result<Ready> {
        if let Some((_, found)) = self.prepared.iter().find(|(known, _)| *known == index) {
            return Ok(found.clone());
        }
        let ready = self.made_ready(self.rgb(index))?;
        if self.prepared.len() == PREPARED_MAX {
            self.prepared.pop_front();
        }
        self.prepared.push_back((index, ready.clone()));
        Ok(ready)
    }

    fn made_ready(&self, rgb: Rgb) -> Result<Ready> {
        let prepared = self.between.prepare(&rgb)?;
        let rgb = Arc::new(rgb);
        Ok(Ready { rgb, prepared })
    }

    fn time(&mut self, time: f64, tick: &mut Tick<'_>) -> Result<Painted> {
        let last = self.footage.last();
        let nearest = time.round();
        if (time - nearest).abs() < SNAP && nearest as usize <= last {
            return Ok(Painted::Known(nearest as usize));
        }
        let thumbs = &self.footage.thumbs;
        let is_held = |frame: usize| thumbs[frame].distance(&thumbs[frame + 1]) < HELD_CHANGE;
        if time < last as f64 && is_held(time as usize) {
            return Ok(Painted::Known(nearest as usize));
        }
        if time > last as f64 {
            let rgb = self.past_the_end((time - last as f64) as f32, tick)?;
            return Ok(Painted::New { rgb, ghost: 0.0 });
        }
        let index = time as usize;
        let pair = [self.ready(index)?, self.ready(index + 1)?];
        let moment = (time - index as f64) as f32;
        // What stands still comes from one frame, not from a mixture of both that would lose its grain.
        let share = eased((moment - 0.3) / 0.4);
        self.mixed([&pair[0], &pair[1]], moment, share, tick)
    }

    /// The picture at `moment` between two; what does not move is mixed from both as they are, `share` of the second.
    fn mixed(
        &self,
        [first, second]: [&Ready; 2],
        moment: f32,
        share: f32,
        tick: &mut Tick<'_>,
    ) -> Result<Painted> {
        let pair = [&first.prepared, &second.prepared];
        let flow = self.between.flow(pair, moment, tick)?;
        let mut rgb = self.between.picture(&flow)?;
        let still = stillness(&first.rgb, &second.rgb);
        for (index, value) in rgb.planes.iter_mut().enumerate() {
            let (a, b) = (first.rgb.planes[index], second.rgb.planes[index]);
            *value += (a + (b - a) * share - *value) * still[index % still.len()];
        }
        let ghost = flow.disagreement()?;
        Ok(Painted::New { rgb, ghost })
    }

    /// The last frame with everything moved on by `share` of its last motion.
    fn past_the_end(&mut self, share: f32, tick: &mut Tick<'_>) -> Result<Rgb> {
        let last = self.footage.last();
        let picture = self.ready(last)?;
        let (back, still) = if let Some(run_out) = self.run_out.take() {
            run_out
        } else {
            // A frame may be there twice, where rates were converted.
            let thumbs = &self.footage.thumbs;
            let is_same = thumbs[last - 1].distance(&thumbs[last]) < HELD_CHANGE;
            let frames = if is_same { 2.min(last) } else { 1 };
            let before = self.ready(last - frames)?;
            let pair = [&before.prepared, &picture.prepared];
            let flow = self.between.flow(pair, 1.0, tick)?;
            let back = (smoothed(&flow.flow.narrow(1, 0, 2)?)? / frames as f64)?;
            (back, stillness(&before.rgb, &picture.rgb))
        };
        // What comes to a place is found from the place itself, step by step: it brings its motion along.
        let mut lookup = (&back * f64::from(share))?;
        for _round in 0..3 {
            lookup = (warp(&back, &lookup)? * f64::from(share))?;
        }
        let rgb = self.moved(&picture.rgb, &lookup, &still)?;
        self.run_out = Some((back, still));
        Ok(rgb)
    }

    /// `picture` looked up at each pixel's place plus `lookup` `[1, 2, h, w]`, as it is where it is `still`.
    fn moved(&self, picture: &Rgb, lookup: &Tensor, still: &[f32]) -> Result<Rgb> {
        let (_, _, height, width) = lookup.dims4()?;
        let planes = lookup.flatten_all()?.to_vec1::<f32>()?;
        let (right, down) = planes.split_at(height * width);
        let columns = self.size.width as usize;
        let half = [self.size.width, self.size.height].map(|side| side as f32 / 2.0 - 0.5);
        let colors: Vec<[f32; 3]> = (0..self.size.area() as usize)
            .into_par_iter()
            .map(|place| {
                let (x, y) = (place % columns, place / columns);
                let share = 1.0 - still[place];
                let at = y * width + x;
                sample(
                    picture,
                    [
                        x as f32 + share * right[at] - half[0],
                        y as f32 + share * down[at] - half[1],
                    ],
                )
            })
            .collect();
        let mut rgb = Rgb::black(self.size);
        for (place, color) in colors.into_iter().enumerate() {
            for (plane, value) in color.into_iter().enumerate() {
                rgb.planes[plane * self.size.area() as usize + place] = value;
            }
        }
        Ok(rgb)
    }

    fn morph(
        &mut self,
        from: Branch,
        into: usize,
        share: f32,
        tick: &mut Tick<'_>,
    ) -> Result<Painted> {
        let entered = self.ready(into)?;
        let left = match from {
            Branch::Real(index) => self.ready(index)?,
            Branch::PastEnd(ahead) => {
                let pushed = self.past_the_end(ahead, tick)?;
                self.made_ready(pushed)?
            }
        };
        self.mixed([&left, &entered], share, share, tick)
    }
}

/// Where two pictures show the same, grain aside: 0 to 1 for each pixel.
fn stillness(first: &Rgb, second: &Rgb) -> Vec<f32> {
    let area = first.size.area() as usize;
    let difference = |place: usize| {
        let planes = (0..3).map(|plane| plane * area + place);
        planes
            .map(|at| (first.planes[at] - second.planes[at]).abs())
            .sum::<f32>()
            / 3.0
    };
    let differences: Vec<f32> = (0..area).into_par_iter().map(difference).collect();
    let radius = (first.size.width as usize / STILL_PART).max(2);
    let mut still = box_mean(&differences, first.size, radius);
    // Where least happens, there is grain alone.
    let mut some: Vec<f32> = still
        .iter()
        .step_by(area.div_ceil(2_000))
        .copied()
        .collect();
    some.sort_by(f32::total_cmp);
    let grain = some
        .get(some.len() / 5)
        .copied()
        .unwrap_or_default()
        .min(GRAIN_MAX);
    for value in &mut still {
        *value = 1.0 - eased((*value - grain - STILL[0]) / (STILL[1] - STILL[0]));
    }
    still
}

/// `flow` `[1, 2, h, w]` without its small ripples: pushed further they would tear straight edges.
fn smoothed(flow: &Tensor) -> Result<Tensor> {
    let (_, _, height, width) = flow.dims4()?;
    let size = ScanSize::new(width as u32, height as u32);
    let radius = (width.max(height) / SMOOTHED_PART).max(1);
    let planes = (0..2).map(|axis| {
        let plane = flow.narrow(1, axis, 1)?.flatten_all()?.to_vec1::<f32>()?;
        // Three times a box is nearly a bell.
        let once = box_mean(&plane, size, radius);
        let twice = box_mean(&once, size, radius);
        Ok(box_mean(&twice, size, radius))
    });
    let planes = planes.collect::<Result<Vec<_>>>()?.concat();
    let smoothed = Tensor::from_vec(planes, (1, 2, height, width), flow.device())?;
    Ok(smoothed)
}

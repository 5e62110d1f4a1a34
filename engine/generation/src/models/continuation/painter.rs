//! Paints what a plan says, at full size or small.

use super::{
    footage::{Footage, resized},
    mosaic::Mosaic,
    motion::Similarity,
    plan::{Branch, Moment, Plan},
};
use crate::{
    backend::OnStep,
    error::Result,
    image_ops::{Rgb, box_mean, rgb_from_frame},
    models::rife::{Between, Prepared, network::IfNet, network::TICKS_PER_MOMENT},
    ops::warp::warp,
};
use av::ScanSize;
use candle_core::Tensor;
use std::collections::VecDeque;

/// Prepared pictures that are kept: both neighbors of a moment, and both branches of a morph.
const PREPARED_MAX: usize = 4;
/// A time this near to a frame is that frame, of one.
const SNAP: f64 = 0.02;
/// The longest side over the radius within which motion that is pushed on is smoothed.
const SMOOTHED_PART: usize = 64;
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
    prepared: VecDeque<(usize, Prepared)>,
    /// Where things of the last frame were in the one before it.
    run_out: Option<Tensor>,
    mosaic: Option<Mosaic>,
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
        resized(&rgb_from_frame(self.footage.frames[index]), self.size)
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

    fn prepared(&mut self, index: usize) -> Result<Prepared> {
        if let Some((_, found)) = self.prepared.iter().find(|(known, _)| *known == index) {
            return Ok(found.clone());
        }
        let prepared = self.between.prepare(&self.rgb(index))?;
        if self.prepared.len() == PREPARED_MAX {
            self.prepared.pop_front();
        }
        self.prepared.push_back((index, prepared.clone()));
        Ok(prepared)
    }

    fn time(&mut self, time: f64, tick: &mut Tick<'_>) -> Result<Painted> {
        let last = self.footage.last();
        let nearest = time.round();
        if (time - nearest).abs() < SNAP && nearest as usize <= last {
            return Ok(Painted::Known(nearest as usize));
        }
        if time > last as f64 {
            let rgb = self.past_the_end((time - last as f64) as f32, tick)?;
            return Ok(Painted::New { rgb, ghost: 0.0 });
        }
        let index = time as usize;
        let pair = [self.prepared(index)?, self.prepared(index + 1)?];
        let moment = (time - index as f64) as f32;
        let flow = self.between.flow([&pair[0], &pair[1]], moment, tick)?;
        Ok(Painted::New {
            rgb: self.between.picture(&flow)?,
            ghost: flow.disagreement()?,
        })
    }

    /// The last frame with everything moved on by `share` of its last motion.
    fn past_the_end(&mut self, share: f32, tick: &mut Tick<'_>) -> Result<Rgb> {
        let last = self.footage.last();
        let picture = self.prepared(last)?;
        let back = match self.run_out.take() {
            Some(back) => back,
            None => {
                let before = self.prepared(last - 1)?;
                let flow = self.between.flow([&before, &picture], 1.0, tick)?;
                smoothed(&flow.flow.narrow(1, 0, 2)?)?
            }
        };
        // What comes to a place is found from the place itself, step by step: it brings its motion along.
        let mut lookup = (&back * f64::from(share))?;
        for _round in 0..3 {
            lookup = (warp(&back, &lookup)? * f64::from(share))?;
        }
        let rgb = self.between.moved(&picture, &lookup)?;
        self.run_out = Some(back);
        Ok(rgb)
    }

    fn morph(
        &mut self,
        from: Branch,
        into: usize,
        share: f32,
        tick: &mut Tick<'_>,
    ) -> Result<Painted> {
        let entered = self.prepared(into)?;
        let left = match from {
            Branch::Real(index) => self.prepared(index)?,
            Branch::PastEnd(share) => {
                let pushed = self.past_the_end(share, tick)?;
                self.between.prepare(&pushed)?
            }
        };
        let flow = self.between.flow([&left, &entered], share, tick)?;
        Ok(Painted::New {
            rgb: self.between.picture(&flow)?,
            ghost: flow.disagreement()?,
        })
    }
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

//! Corrections by hand: what a person marked on one picture is certain there, and is carried both ways in time along what
//! moves, until the pictures speak against it or another mark says otherwise.
//!
//! The work is done at a small size ([`limits::CLAIM_SIDE_MAX`]): [`region`] makes planes of marks, [`trail`] carries
//! them from picture to picture, [`Corrections::apply`] brings them into a matte of full size, last of all.

pub mod region;
pub mod trail;

pub use super::small::ReadFrame;

use super::{Matte, small::Smalls};
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::{gray_from_frame, guided, resize_plane},
    limits,
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;
use region::{labels, stroke};
use std::{collections::BTreeMap, ops::RangeInclusive, time::Instant};
use trail::{Claim, Trails, Way};

/// One mark: a brush that went along `points`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Whether its pixels belong to the subject, else to the background.
    pub is_subject: bool,
    /// Right and down, in parts of the picture's width and height.
    pub points: Vec<[f64; 2]>,
    /// Of the brush, in parts of the picture's height.
    pub radius: f64,
    /// Whether it grows over its region; else only the brush's own pixels are meant.
    pub grows: bool,
}

/// The marks on one picture; where two meet, the later one counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// Number of the picture.
    pub frame: usize,
    /// What was marked.
    pub marks: Vec<Mark>,
    /// The picture's matte that the marks correct, where there is one: a mark that grows goes no farther than what was
    /// wrong can be expected to.
    pub found: Option<Matte>,
}

/// Pixels of the fitted matte round an edge that may change when a claim takes over the picture's edges.
const EDGE_RADIUS: usize = 3;
/// Differences of the guide (squared, of 1) below this are texture or noise, not edges.
const EDGE_VARIANCE: f32 = 1e-3;
/// Claims that weigh less are nothing.
const NOTHING: f32 = 0.02;

/// What marks say about every picture that they reach.
#[derive(Debug)]
pub struct Corrections {
    anchors: Vec<Anchor>,
    size: ScanSize,
    claims: BTreeMap<usize, Claim>,
    reaches: Vec<RangeInclusive<usize>>,
}

impl Corrections {
    /// Carries the marks of `anchors` (by frame, ascending) through a clip of `count` pictures.
    pub fn find(
        anchors: Vec<Anchor>,
        count: usize,
        read: &mut ReadFrame<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Self> {
        let anchors: Vec<Anchor> = anchors.into_iter().filter(|a| a.frame < count).collect();
        let mut found = Self {
            reaches: anchors.iter().map(|a| a.frame..=a.frame).collect(),
            anchors,
            size: ScanSize::new(1, 1),
            claims: BTreeMap::new(),
        };
        let mut smalls = Smalls::new(count, read);
        let mut origins = BTreeMap::new();
        for (index, anchor) in found.anchors.iter().enumerate() {
            let small = smalls.get(anchor.frame)?;
            smalls.keep_near(anchor.frame);
            found.size = small.size;
            let found = anchor.found.as_ref().map(|found| {
                let values: Vec<f32> = found.alpha.iter().map(|&a| f32::from(a) / 255.0).collect();
                resize_plane(&values, found.size, small.size)
            });
            let label = labels(&small, &anchor.marks, found.as_deref());
            origins.insert(anchor.frame, (index, small, label));
        }
        let start = Instant::now();
        let mut done = 0;
        let total = 2 * count as u64;
        for way in [Way::Back, Way::On] {
            let mut trails = Trails::new(way, &origins);
            let order: Box<dyn Iterator<Item = usize>> = match way {
                Way::On => Box::new(0..count),
                Way::Back => Box::new((0..count).rev()),
            };
            for frame in order {
                done += 1;
                let step = Step::new(done, total, "following the corrections");
                run_step(on_step, step.after(start.elapsed()))?;
                if !trails.is_awake(frame) {
                    continue;
                }
                let claim = trails.step(frame, &mut |index| smalls.get(index))?;
                smalls.keep_near(frame);
                for &index in &claim.sources {
                    let reach = &mut found.reaches[index];
                    *reach = *reach.start().min(&frame)..=*reach.end().max(&frame);
                }
                if claim.is_nothing() {
                    continue;
                }
                let merged = match found.claims.remove(&frame) {
                    Some(other) => claim.merged(&other),
                    None => claim,
                };
                found.claims.insert(frame, merged);
            }
        }
        Ok(found)
    }

    /// The first and the last picture that the marks on picture `frame` changed; `None` where nothing was marked.
    pub fn reach_of_frame(&self, frame: i64) -> Option<RangeInclusive<usize>> {
        let is_it = |anchor: &Anchor| i64::try_from(anchor.frame) == Ok(frame);
        let index = self.anchors.iter().position(is_it)?;
        Some(self.reaches[index].clone())
    }

    /// Whether any mark says something about that picture.
    pub fn touches(&self, frame: usize) -> bool {
        self.claims.contains_key(&frame) || self.anchors.iter().any(|a| a.frame == frame)
    }

    /// The matte of picture `index` as it was found, with every mark brought in; marks of that very picture are exact.
    pub fn apply(&self, index: usize, frame: &VideoFrame, found: &Matte) -> Matte {
        let mut alpha: Vec<u8> = found.alpha.to_vec();
        if let Some(claim) = self.claims.get(&index) {
            let [subject, background] = self.fitted(claim, frame);
            alpha.par_iter_mut().enumerate().for_each(|(at, alpha)| {
                let (subject, background) = (subject[at], background[at]);
                let sum = subject + background;
                if sum > NOTHING {
                    let kept = (1.0 - sum).max(0.0) * f32::from(*alpha);
                    let scale = if sum > 1.0 { 1.0 / sum } else { 1.0 };
                    *alpha = (kept + subject * scale * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
                }
            });
        }
        let anchor = self.anchors.iter().find(|anchor| anchor.frame == index);
        for mark in anchor.iter().flat_map(|anchor| &anchor.marks) {
            let value = if mark.is_subject { 255 } else { 0 };
            stroke(found.size, mark, 0.0, &mut |at| alpha[at] = value);
        }
        Matte {
            size: found.size,
            alpha: alpha.into(),
        }
    }

    /// What speaks for the subject and for the background, at the size of `frame` and with its edges.
    fn fitted(&self, claim: &Claim, frame: &VideoFrame) -> [Vec<f32>; 2] {
        let size = frame.size;
        let longest = size.width.max(size.height);
        let shrink = longest.div_ceil(limits::REFINE_SIDE_MAX);
        let side = |length: u32| length.div_ceil(shrink).max(1);
        let work_size = ScanSize::new(side(size.width), side(size.height));
        let guide = gray_from_frame(frame);
        let small_guide = resize_plane(&guide, size, work_size);
        let scale = work_size.width as f32 / self.size.width as f32;
        let radius = ((EDGE_RADIUS as f32 * scale).ceil() as usize).max(2);
        claim.planes(self.size).map(|plane| {
            let plane = resize_plane(&plane, self.size, work_size);
            let lines =
                guided::guided_lines(&small_guide, &plane, work_size, radius, EDGE_VARIANCE);
            let [slope, offset] = lines.map(|line| resize_plane(&line, work_size, size));
            let values = slope.par_iter().zip(&offset).zip(&guide);
            values
                // Stretched a little, so that what is certain stays so.
                .map(|((slope, offset), guide)| {
                    ((slope * guide + offset) * 1.1 - 0.05).clamp(0.0, 1.0)
                })
                .collect()
        })
    }
}

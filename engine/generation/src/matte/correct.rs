//! Corrections by hand: what a person marked on one picture is certain there, and is carried both ways in time along what
//! moves, until the pictures speak against it or another mark says otherwise.
//!
//! The work is done at a small size ([`limits::CLAIM_SIDE_MAX`]): [`region`] makes planes of marks, [`trail`] carries
//! them from picture to picture, [`Corrections::apply`] brings them into a matte of full size, last of all.

pub mod region;
pub mod trail;

use super::Matte;
use crate::{
    backend::{OnStep, Step, run_step},
    error::Result,
    image_ops::{gray_from_frame, guided, resize_plane, rgb_from_frame},
    limits,
};
use av::{ScanSize, VideoFrame};
use rayon::prelude::*;
use region::{labels, stroke};
use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Instant};
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
}

/// Reads the picture of that number.
pub type ReadFrame<'a> = dyn FnMut(usize) -> Result<VideoFrame> + 'a;

/// Pixels of the fitted matte round an edge that may change when a claim takes over the picture's edges.
const EDGE_RADIUS: usize = 3;
/// Differences of the guide (squared, of 1) below this are texture or noise, not edges.
const EDGE_VARIANCE: f32 = 1e-3;
/// Claims that weigh less are nothing.
const NOTHING: f32 = 0.02;

/// A picture at the small size.
#[derive(Debug)]
pub(super) struct Small {
    pub size: ScanSize,
    /// Red, green, blue, one byte each, planes.
    pub planes: [Vec<u8>; 3],
    /// From 0 to 1.
    pub gray: Vec<f32>,
}

impl Small {
    fn new(frame: &VideoFrame) -> Self {
        let size = small_size(frame.size);
        let rgb = rgb_from_frame(frame);
        let plane = |index: usize| -> Vec<f32> { resize_plane(rgb.plane(index), frame.size, size) };
        let planes = [plane(0), plane(1), plane(2)];
        let gray = (0..planes[0].len())
            .map(|at| 0.2126 * planes[0][at] + 0.7152 * planes[1][at] + 0.0722 * planes[2][at])
            .collect();
        let bytes = |plane: &Vec<f32>| plane.iter().map(|v| (v * 255.0 + 0.5) as u8).collect();
        Self {
            size,
            planes: [bytes(&planes[0]), bytes(&planes[1]), bytes(&planes[2])],
            gray,
        }
    }

    /// The color between pixels, each part from 0 to 1; the border goes on outside.
    pub fn color_between(&self, [x, y]: [f32; 2], [width, height]: [usize; 2]) -> [f32; 3] {
        let x = x.clamp(0.0, (width - 1) as f32);
        let y = y.clamp(0.0, (height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (share_x, share_y) = (x - left as f32, y - top as f32);
        let (right, below) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let shares = [
            (top * width + left, (1.0 - share_x) * (1.0 - share_y)),
            (top * width + right, share_x * (1.0 - share_y)),
            (below * width + left, (1.0 - share_x) * share_y),
            (below * width + right, share_x * share_y),
        ];
        [0, 1, 2].map(|plane: usize| {
            let parts = shares.iter();
            let sum: f32 = parts
                .map(|&(at, share)| f32::from(self.planes[plane][at]) * share)
                .sum();
            sum / 255.0
        })
    }

    /// The color of a pixel, each part from 0 to 1.
    pub fn color(&self, at: usize) -> [f32; 3] {
        [0, 1, 2].map(|plane: usize| f32::from(self.planes[plane][at]) / 255.0)
    }
}

fn small_size(size: ScanSize) -> ScanSize {
    let longest = size.width.max(size.height).max(1);
    let most = limits::CLAIM_SIDE_MAX.min(longest);
    let side = |length: u32| (u64::from(length) * u64::from(most) / u64::from(longest)).max(1);
    ScanSize::new(side(size.width) as u32, side(size.height) as u32)
}

/// Pictures at the small size, read in runs: decoders go forwards, corrections also backwards.
struct Smalls<'a, 'b> {
    read: &'a mut ReadFrame<'b>,
    count: usize,
    held: BTreeMap<usize, Arc<Small>>,
}

impl Smalls<'_, '_> {
    fn get(&mut self, index: usize) -> Result<Arc<Small>> {
        let first = index / limits::READ_RUN_FRAMES * limits::READ_RUN_FRAMES;
        let run = first..(first + limits::READ_RUN_FRAMES).min(self.count);
        for index in run {
            if let std::collections::btree_map::Entry::Vacant(vacant) = self.held.entry(index) {
                vacant.insert(Arc::new(Small::new(&(self.read)(index)?)));
            }
        }
        Ok(Arc::clone(&self.held[&index]))
    }

    /// Lets go of pictures that are far from `index`.
    fn keep_near(&mut self, index: usize) {
        let near = limits::READ_RUN_FRAMES * 2;
        self.held.retain(|&held, _| held.abs_diff(index) <= near);
    }
}

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
        let mut smalls = Smalls {
            read,
            count,
            held: BTreeMap::new(),
        };
        let mut origins = BTreeMap::new();
        for (index, anchor) in found.anchors.iter().enumerate() {
            let small = smalls.get(anchor.frame)?;
            smalls.keep_near(anchor.frame);
            found.size = small.size;
            let label = labels(&small, &anchor.marks);
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

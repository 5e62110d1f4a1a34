//! Pictures at the small size at which marks and boxes are followed through a clip.

use crate::{
    error::Result,
    image_ops::{Rgb, resize_plane, rgb_from_frame},
    limits,
};
use av::{ScanSize, VideoFrame};
use std::{collections::BTreeMap, sync::Arc};

/// Reads the picture of that number.
pub type ReadFrame<'a> = dyn FnMut(usize) -> Result<VideoFrame> + 'a;

/// A picture at the small size.
#[derive(Debug, PartialEq)]
pub struct Small {
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

    /// As planes of floats.
    pub fn rgb(&self) -> Rgb {
        let values = self.planes.iter().flatten();
        Rgb {
            size: self.size,
            planes: values.map(|&value| f32::from(value) / 255.0).collect(),
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
pub struct Smalls<'a, 'b> {
    read: &'a mut ReadFrame<'b>,
    count: usize,
    held: BTreeMap<usize, Arc<Small>>,
}

impl<'a, 'b> Smalls<'a, 'b> {
    /// Of a clip of `count` pictures.
    pub fn new(count: usize, read: &'a mut ReadFrame<'b>) -> Self {
        Self {
            read,
            count,
            held: BTreeMap::new(),
        }
    }

    /// The picture of that number.
    pub fn get(&mut self, index: usize) -> Result<Arc<Small>> {
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
    pub fn keep_near(&mut self, index: usize) {
        let near = limits::READ_RUN_FRAMES * 2;
        self.held.retain(|&held, _| held.abs_diff(index) <= near);
    }
}

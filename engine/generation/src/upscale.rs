//! Pictures and clips two or four times as large.
//!
//! This is no [`crate::Backend`]: a masked clip's answer has the clip's own size, and nothing in an enlargement is
//! known or to be made. It works like the matte instead: frames go in one by one, enlarged ones come out, and
//! never more than one is held.
//!
//! A frame is enlarged in pieces that overlap by what the network can see, so that the pieces leave no trace and
//! memory stays flat whatever the size; see [`Upscaler`].

mod canvas;

use crate::{
    backend::{OnStep, Step, run_step},
    error::{Error, Result},
    image_ops::{Rgb, frame_like, resize_plane, rgb_from_frame},
    manifest::Models,
    models::realesrgan::{
        COMPACT_ID, DENSE_ID,
        network::{CompactNet, DenseNet, EnlargingNet, FACTOR, halve},
    },
};
use av::{PixelFormat, ScanSize, VideoFrame};
use candle_core::{Device, Tensor};
use canvas::Canvas;
use std::{ops::Range, time::Instant};

/// How much taller and wider a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// Twice.
    Two,
    /// Four times.
    Four,
}

impl Factor {
    /// 2 or 4.
    pub fn number(self) -> u32 {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// Which network enlarges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// The compact one: for clips, and for footage of every kind.
    Fast,
    /// The deeper one, some ten times slower: for stills and drawings.
    Fine,
}

impl Quality {
    /// Its id in the manifest of models.
    pub fn model_id(self) -> &'static str {
        match self {
            Self::Fast => COMPACT_ID,
            Self::Fine => DENSE_ID,
        }
    }
}

/// The size of a picture of `size` enlarged; refused when a side would be longer than any picture may be.
pub fn enlarged_size(size: ScanSize, factor: Factor) -> Result<ScanSize> {
    let large = ScanSize::new(
        size.width.saturating_mul(factor.number()),
        size.height.saturating_mul(factor.number()),
    );
    if size.is_usable() && large.is_usable() {
        return Ok(large);
    }
    Err(Error::CannotAnswer {
        backend: "Real-ESRGAN".into(),
        reason: format!(
            "{size} enlarged {} times is {large}, and no side may be longer than {}",
            factor.number(),
            ScanSize::SIDE_MAX
        ),
    })
}

/// Enlarges pictures and clips; the network is loaded once.
#[derive(Debug)]
pub struct Upscaler {
    net: Box<dyn EnlargingNet>,
    piece: usize,
}

impl Upscaler {
    /// Verifies and loads the shipped weights of a quality.
    pub fn open(models: &Models, quality: Quality) -> Result<Self> {
        let weights = models.weights(quality.model_id())?;
        let net: Box<dyn EnlargingNet> = match quality {
            Quality::Fast => Box::new(CompactNet::new(&weights, &Device::Cpu)?),
            Quality::Fine => Box::new(DenseNet::new(&weights, &Device::Cpu)?),
        };
        Ok(Self::new(net))
    }

    /// With the network `net`.
    pub fn new(net: Box<dyn EnlargingNet>) -> Self {
        Self {
            piece: net.piece(),
            net,
        }
    }

    /// One picture enlarged, in its layout (planes of luma and chroma for every video layout) and color space; alpha
    /// is enlarged smoothly.
    pub fn upscale(
        &mut self,
        frame: &VideoFrame,
        factor: Factor,
        on_step: &mut OnStep<'_>,
    ) -> Result<VideoFrame> {
        let mut result = None;
        let frames = &mut std::iter::once(frame.clone());
        self.upscale_frames(frames, 1, factor, on_step, &mut |_index, large| {
            result = Some(large);
            Ok(())
        })?;
        result.ok_or(Error::BadClip {
            reason: "it has no frame".into(),
        })
    }

    /// About `count` consecutive `frames` enlarged, handed to `sink` in order with their index; one is held at a time.
    pub fn upscale_frames(
        &mut self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        factor: Factor,
        on_step: &mut OnStep<'_>,
        sink: &mut dyn FnMut(usize, VideoFrame) -> Result<()>,
    ) -> Result<()> {
        let mut progress = Progress {
            start: Instant::now(),
            done: 0,
            total: 0,
            on_step,
        };
        for (index, frame) in frames.enumerate() {
            let pieces = self.pieces(frame.size).len() as u64 * self.net.ticks();
            progress.total = progress.done + pieces * count.saturating_sub(index).max(1) as u64;
            let large = self.enlarge(&frame, factor, &mut progress)?;
            sink(index, large)?;
        }
        progress.total = progress.done;
        progress.add(0)
    }

    fn pieces(&self, size: ScanSize) -> Vec<[Range<usize>; 2]> {
        let rows = parts(size.height as usize, self.piece);
        let columns = parts(size.width as usize, self.piece);
        let row = |rows: &Range<usize>| {
            let rows = rows.clone();
            columns
                .iter()
                .map(move |columns| [rows.clone(), columns.clone()])
        };
        rows.iter().flat_map(row).collect()
    }

    fn enlarge(
        &self,
        frame: &VideoFrame,
        factor: Factor,
        progress: &mut Progress<'_, '_>,
    ) -> Result<VideoFrame> {
        let size = enlarged_size(frame.size, factor)?;
        let mut canvas = Canvas::new(size, frame.format);
        let rgb = rgb_from_frame(frame);
        let alpha = alpha_plane(frame);
        for [rows, columns] in self.pieces(frame.size) {
            // A pixel more than the piece, so that chroma at its edge mixes the right neighbors.
            let shown = Region::around(&rows, &columns, 1, frame.size);
            let seen = Region::around(&rows, &columns, self.net.reach() + 1, frame.size);
            let x = seen.tensor(&rgb, self.net.device())?;
            let large = self.net.forward(&x, &mut |ticks| progress.add(ticks))?;
            let large = shown.within(&seen, &large)?;
            let large = match factor {
                Factor::Two => halve(&large)?,
                Factor::Four => large,
            };
            let times = factor.number() as usize;
            let mut piece = shown.frame(&large, times, frame)?;
            if let Some(alpha) = &alpha {
                put_alpha(&mut piece, &seen.alpha(alpha, frame.size, times, &shown));
            }
            let inner = [
                (rows.start - shown.rows.start) * times,
                (columns.start - shown.columns.start) * times,
            ];
            let target = [&rows, &columns].map(|span| span.start * times..span.end * times);
            canvas.paste(&piece, inner, target);
        }
        Ok(canvas.into_frame(frame))
    }
}

/// `length` cut into equal parts of at most `most`.
fn parts(length: usize, most: usize) -> Vec<Range<usize>> {
    let count = length.div_ceil(most).max(1);
    let border = |index: usize| length * index / count;
    (0..count)
        .map(|index| border(index)..border(index + 1))
        .collect()
}

/// A part of a picture, in pixels of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Region {
    /// Rows and columns and `margin` more to each side, as far as the picture goes.
    fn around(rows: &Range<usize>, columns: &Range<usize>, margin: usize, size: ScanSize) -> Self {
        let grown = |span: &Range<usize>, side: u32| {
            span.start.saturating_sub(margin)..(span.end + margin).min(side as usize)
        };
        Self {
            rows: grown(rows, size.height),
            columns: grown(columns, size.width),
        }
    }

    fn size(&self, times: usize) -> ScanSize {
        let (width, height) = (self.columns.len() * times, self.rows.len() * times);
        ScanSize::new(width as u32, height as u32)
    }

    fn copied(&self, plane: &[f32], width: usize) -> Vec<f32> {
        let rows = plane.chunks_exact(width).skip(self.rows.start);
        let rows = rows.take(self.rows.len());
        rows.flat_map(|row| &row[self.columns.clone()])
            .copied()
            .collect()
    }

    /// `[1, 3, rows, columns]` of the picture.
    fn tensor(&self, rgb: &Rgb, device: &Device) -> Result<Tensor> {
        let width = rgb.size.width as usize;
        let planes = (0..3).map(|plane| self.copied(rgb.plane(plane), width));
        let values = planes.collect::<Vec<_>>().concat();
        let shape = (1, 3, self.rows.len(), self.columns.len());
        Ok(Tensor::from_vec(values, shape, device)?)
    }

    /// This region cut out of `large`, the enlarged `outer` region.
    fn within(&self, outer: &Self, large: &Tensor) -> Result<Tensor> {
        let row = (self.rows.start - outer.rows.start) * FACTOR;
        let column = (self.columns.start - outer.columns.start) * FACTOR;
        let rows = large.narrow(2, row, self.rows.len() * FACTOR)?;
        Ok(rows.narrow(3, column, self.columns.len() * FACTOR)?)
    }

    /// The enlarged region as a frame in the layout and colors of `like`.
    fn frame(&self, large: &Tensor, times: usize, like: &VideoFrame) -> Result<VideoFrame> {
        let planes = large.clamp(0.0, 1.0)?.flatten_all()?.to_vec1()?;
        let rgb = Rgb {
            size: self.size(times),
            planes,
        };
        Ok(frame_like(&rgb, Some(like), like.pts))
    }

    /// Alpha of `shown`, enlarged smoothly out of this larger region.
    fn alpha(&self, alpha: &[f32], size: ScanSize, times: usize, shown: &Self) -> Vec<f32> {
        let here = self.copied(alpha, size.width as usize);
        let large = resize_plane(&here, self.size(1), self.size(times));
        let scaled = |span: &Range<usize>, start: usize| {
            (span.start - start) * times..(span.end - start) * times
        };
        let inner = Self {
            rows: scaled(&shown.rows, self.rows.start),
            columns: scaled(&shown.columns, self.columns.start),
        };
        inner.copied(&large, self.columns.len() * times)
    }
}

/// Alpha from 0 to 1; nothing when every pixel is opaque.
fn alpha_plane(frame: &VideoFrame) -> Option<Vec<f32>> {
    if frame.format != PixelFormat::Rgba8 {
        return None;
    }
    let rows = 0..frame.size.height as usize;
    let bytes = rows.flat_map(|y| frame.row(0, y).iter().skip(3).step_by(4));
    let alpha: Vec<f32> = bytes.map(|byte| f32::from(*byte) / 255.0).collect();
    alpha.iter().any(|alpha| *alpha < 1.0).then_some(alpha)
}

fn put_alpha(piece: &mut VideoFrame, alpha: &[f32]) {
    let mut data = piece.planes[0].data.to_vec();
    let (pixels, _none) = data.as_chunks_mut::<4>();
    for (pixel, alpha) in pixels.iter_mut().zip(alpha) {
        pixel[3] = (alpha * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    }
    piece.planes[0].data = data.into();
}

/// Layers behind us, of all layers of all pieces.
struct Progress<'a, 'b> {
    start: Instant,
    done: u64,
    total: u64,
    on_step: &'a mut OnStep<'b>,
}

impl Progress<'_, '_> {
    fn add(&mut self, ticks: u64) -> Result<()> {
        self.done += ticks;
        let step = Step::new(self.done, self.total, "enlarging");
        run_step(self.on_step, step.after(self.start.elapsed()))
    }
}

#[cfg(test)]
mod tests;

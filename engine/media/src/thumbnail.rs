//! Small pictures and sound outlines for the timeline.

use crate::{
    AudioReader, Result, VideoReader,
    encode::convert,
    limits::{WAVEFORM_BUCKET_SAMPLES, WAVEFORM_LEVEL_FACTOR, WAVEFORM_LEVELS_MAX},
};
use av::{CHANNELS, MediaInfo, SAMPLE_RATE, ScanSize, Ticks, VideoFrame};
use std::path::Path;

/// Lowest and highest sample of a stretch of sound, ±1 at full scale, both channels together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Peak {
    /// Lowest.
    pub min: f32,
    /// Highest.
    pub max: f32,
}

impl Peak {
    /// The outline of several stretches together.
    fn of(peaks: &[Self]) -> Self {
        let min = peaks.iter().map(|peak| peak.min).fold(0.0, f32::min);
        let max = peaks.iter().map(|peak| peak.max).fold(0.0, f32::max);
        Self { min, max }
    }
}

/// The outline of a file's sound, from fine to coarse.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waveform {
    /// Level `n` has one peak for every `256 * 4^n` samples at 48 kHz.
    pub levels: Vec<Vec<Peak>>,
}

impl Waveform {
    /// All levels above the finest one.
    pub(crate) fn from_finest(finest: Vec<Peak>) -> Self {
        let mut levels = vec![finest];
        while levels.len() < WAVEFORM_LEVELS_MAX
            && let Some(level) = levels.last()
            && level.len() > 1
        {
            let coarser = level.chunks(WAVEFORM_LEVEL_FACTOR).map(Peak::of).collect();
            levels.push(coarser);
        }
        Self { levels }
    }
}

/// The frames shown at `times`, in that order, scaled to `height` pixels with square pixels; RGBA.
pub fn filmstrip(path: &Path, times: &[Ticks], height: u32) -> Result<Vec<VideoFrame>> {
    let mut reader = VideoReader::open(path)?;
    let size = thumbnail_size(reader.info(), height);
    // In the order of time, so that no group of pictures is decoded twice.
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|at| times[*at]);
    let mut pictures = Vec::with_capacity(times.len());
    for at in order {
        let frame = reader.frame_at(times[at])?;
        pictures.push((at, convert::scaled_rgba(&frame, size)?));
    }
    pictures.sort_by_key(|(at, _)| *at);
    Ok(pictures.into_iter().map(|(_, picture)| picture).collect())
}

/// Size of a picture of `height` pixels with square pixels.
pub(crate) fn thumbnail_size(info: &MediaInfo, height: u32) -> ScanSize {
    let height = height.clamp(1, ScanSize::SIDE_MAX);
    let aspect = info.video.as_ref().map_or(1.0, |video| {
        f64::from(video.size.width) * video.pixel_aspect.as_f64()
            / f64::from(video.size.height.max(1))
    });
    let width = (f64::from(height) * aspect).round() as u32;
    ScanSize::new(width.clamp(1, ScanSize::SIDE_MAX), height)
}

/// The outline of the sound of a file, read to its end.
pub fn waveform(path: &Path) -> Result<Waveform> {
    let mut reader = AudioReader::open(path)?;
    let mut finest = Vec::new();
    let block_frames = SAMPLE_RATE as usize / WAVEFORM_BUCKET_SAMPLES * WAVEFORM_BUCKET_SAMPLES;
    let mut start = 0;
    loop {
        let block = reader.read(start, block_frames)?;
        let end = reader.known_end();
        let heard = end.map_or(block_frames as i64, |end| {
            (end - start).clamp(0, block_frames as i64)
        }) as usize;
        finest.extend(
            block.samples[..heard * CHANNELS]
                .chunks(WAVEFORM_BUCKET_SAMPLES * CHANNELS)
                .map(peak_of),
        );
        start += block_frames as i64;
        if end.is_some_and(|end| end <= start) {
            return Ok(Waveform::from_finest(finest));
        }
    }
}

fn peak_of(samples: &[f32]) -> Peak {
    samples.iter().fold(Peak::default(), |peak, sample| Peak {
        min: peak.min.min(*sample),
        max: peak.max.max(*sample),
    })
}

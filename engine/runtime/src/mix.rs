//! From a document and a run of samples to sound: plan, decode, stretch, mix.

use crate::{Error, error::Result, frames::MediaFolder, limits::OPEN_READERS_MAX};
use av::{AudioBlock, CHANNELS};
use media::AudioReader;
use std::path::{Path, PathBuf};
use timeline::{AssetId, AudioSegment, Document, ItemId, plan_audio};

/// Mixes any run of a document's sound.
#[derive(Default)]
pub struct AudioMixer {
    folder: MediaFolder,
    /// One per item, least recently used first, so that two clips of one file do not seek each other about.
    readers: Vec<(ItemId, AssetId, PathBuf, AudioReader)>,
}

impl AudioMixer {
    /// A mixer that finds media in `folder`.
    pub fn new(folder: MediaFolder) -> Self {
        Self {
            folder,
            readers: Vec::new(),
        }
    }

    /// `count` samples of the sequence from `start` on.
    pub fn mix(&mut self, document: &Document, start: i64, count: usize) -> Result<AudioBlock> {
        let mut sum = AudioBlock::silence(count);
        let plan = plan_audio(document, start, count as i64);
        for segment in &plan.segments {
            let sound = self.segment(document, segment)?;
            let offset = segment.start_sample - start;
            add_with_gain(&mut sum, &sound, segment, offset);
        }
        for sample in &mut sum.samples {
            // What is louder than full scale is cut here once, the same for ears and files.
            *sample = sample.clamp(-1.0, 1.0);
        }
        Ok(sum)
    }

    /// A segment's sound at sequence speed, before its gain.
    fn segment(&mut self, document: &Document, segment: &AudioSegment) -> Result<AudioBlock> {
        let asset = document
            .assets
            .find(segment.asset)
            .ok_or(Error::UnknownAsset {
                asset: segment.asset,
            })?;
        let path = self.folder.existing_path(asset)?;
        let reader = self.reader(segment, &path)?;
        let count = segment.sample_count;
        if segment.speed == av::Ratio::ONE && !segment.is_reversed {
            return Ok(reader.read(segment.media_start_sample, count as usize)?);
        }
        let step = segment.speed.as_f64();
        // One more at each side for the straight line between neighbours.
        let span = (count as f64 * step).ceil() as usize + 2;
        if segment.is_reversed {
            let first = segment.media_start_sample + 1 - span as i64;
            let block = reader.read(first, span)?;
            Ok(resample(&block, span as f64 - 1.0, -step, count as usize))
        } else {
            let block = reader.read(segment.media_start_sample, span)?;
            Ok(resample(&block, 0.0, step, count as usize))
        }
    }

    fn reader(&mut self, segment: &AudioSegment, path: &Path) -> Result<&mut AudioReader> {
        let found = self.readers.iter().position(|(item, asset, known, _)| {
            *item == segment.item && *asset == segment.asset && known == path
        });
        let entry = if let Some(index) = found {
            self.readers.remove(index)
        } else {
            if self.readers.len() >= OPEN_READERS_MAX {
                self.readers.remove(0);
            }
            (
                segment.item,
                segment.asset,
                path.to_owned(),
                AudioReader::open(path)?,
            )
        };
        self.readers.push(entry);
        let last = self.readers.len() - 1;
        Ok(&mut self.readers[last].3)
    }
}

/// `count` samples along a straight line through `block`: from position `start`, `step` apart.
pub fn resample(block: &AudioBlock, start: f64, step: f64, count: usize) -> AudioBlock {
    let last = block.frames().saturating_sub(1);
    let mut result = AudioBlock::silence(count);
    if block.frames() == 0 {
        return result;
    }
    for (index, target) in result.samples.chunks_exact_mut(CHANNELS).enumerate() {
        let position = step.mul_add(index as f64, start).clamp(0.0, last as f64);
        let (left, part) = (position.floor() as usize, position.fract() as f32);
        let right = (left + 1).min(last);
        for (channel, value) in target.iter_mut().enumerate() {
            let (a, b) = (
                block.samples[left * CHANNELS + channel],
                block.samples[right * CHANNELS + channel],
            );
            *value = (b - a).mul_add(part, a);
        }
    }
    result
}

/// Adds a segment's sound with its gain curve.
fn add_with_gain(sum: &mut AudioBlock, sound: &AudioBlock, segment: &AudioSegment, offset: i64) {
    let points = &segment.gain;
    let mut next_point = 0;
    let targets = sum
        .samples
        .chunks_exact_mut(CHANNELS)
        .skip(offset.max(0) as usize);
    let sources = sound
        .samples
        .chunks_exact(CHANNELS)
        .skip((-offset).max(0) as usize);
    for (index, (target, source)) in targets.zip(sources).enumerate() {
        let sample = segment.start_sample + (-offset).max(0) + index as i64;
        while next_point < points.len() && points[next_point].0 <= sample {
            next_point += 1;
        }
        let gain = match (
            next_point.checked_sub(1).map(|left| points[left]),
            points.get(next_point),
        ) {
            (Some((_, gain)), None) => gain,
            (None, Some((_, gain))) => *gain,
            (Some(left), Some(right)) => between(left, *right, sample),
            (None, None) => [1.0; CHANNELS],
        };
        for channel in 0..CHANNELS {
            target[channel] = source[channel].mul_add(gain[channel], target[channel]);
        }
    }
}

/// The gain on the straight line between two points.
fn between(left: (i64, [f32; 2]), right: (i64, [f32; 2]), sample: i64) -> [f32; 2] {
    let part = (sample - left.0) as f32 / (right.0 - left.0) as f32;
    [0, 1].map(|channel| (right.1[channel] - left.1[channel]).mul_add(part, left.1[channel]))
}

//! What is heard.

use super::{AudioPlan, AudioSegment};
use crate::{AssetId, CleanSpeech, Document, Item, Track, TrackKind, Transition, TransitionKind};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, SAMPLE_RATE};
use std::f64::consts::FRAC_PI_2;

/// Loudness below which nothing is heard; the inspector's lowest.
const SILENT_DB: f64 = -96.0;

/// What is heard from `start_sample` on, for `sample_count` samples at [`av::SAMPLE_RATE`].
///
/// Plans of adjoining runs join without a step: every segment's position and gain are computed from its item, not from
/// the run.
pub fn plan_audio(document: &Document, start_sample: i64, sample_count: i64) -> AudioPlan {
    let run = (
        start_sample,
        start_sample.saturating_add(sample_count.max(0)),
    );
    let tracks = &document.sequence.tracks;
    let is_audio = |track: &&std::sync::Arc<Track>| track.kind == TrackKind::Audio;
    let any_solo = tracks.iter().filter(is_audio).any(|track| track.is_solo);
    let mut segments = Vec::new();
    for track in tracks.iter().filter(is_audio) {
        if track.is_muted || (any_solo && !track.is_solo) {
            continue;
        }
        // A transition reaches into one neighbor at most, so one item more on either side is enough.
        let from = track
            .items
            .partition_point(|item| sample_of(item.range().end(), document.sequence.rate) <= run.0);
        for index in from.saturating_sub(1)..track.items.len() {
            let previous = index.checked_sub(1).map(|index| &track.items[index]);
            if previous.is_some_and(|item| sample_of(item.start, document.sequence.rate) >= run.1) {
                break;
            }
            let Some(segment) = segment(document, track, index, run) else {
                continue;
            };
            match track.items[index].properties.clean_speech {
                Some(clean) => segments.extend(cleaned(&segment, clean)),
                None => segments.push(segment),
            }
        }
    }
    AudioPlan { segments }
}

/// A recording and its cleaned sound, each by its share; they run on the same media time. What has no share is not read.
fn cleaned(segment: &AudioSegment, clean: CleanSpeech) -> impl Iterator<Item = AudioSegment> {
    let share = clean.strength.clamp(0.0, 1.0) as f32;
    let part = |asset: AssetId, share: f32| {
        let scaled = |(sample, gain): &(i64, [f32; 2])| (*sample, gain.map(|side| side * share));
        (share > 0.0).then(|| AudioSegment {
            asset,
            gain: segment.gain.iter().map(scaled).collect(),
            ..segment.clone()
        })
    };
    let parts = [part(segment.asset, 1.0 - share), part(clean.sound, share)];
    parts.into_iter().flatten()
}

fn sample_of(frame: FrameIndex, rate: FrameRate) -> i64 {
    rate.sample_from_frame(frame, SAMPLE_RATE)
}

/// An item's sound with the transitions at its ends.
struct Voice<'a> {
    item: &'a Item,
    rate: FrameRate,
    /// The transition it comes with.
    coming: Option<&'a Transition>,
    /// The transition it goes with.
    going: Option<&'a Transition>,
}

fn segment(
    document: &Document,
    track: &Track,
    index: usize,
    (run_start, run_end): (i64, i64),
) -> Option<AudioSegment> {
    let item = &track.items[index];
    let clip = item.media()?;
    let has_sound = document.assets.find(clip.asset)?.info.audio.is_some();
    if item.is_disabled || !has_sound || clip.is_freeze() {
        return None;
    }
    let rate = document.sequence.rate;
    let is_enabled = |index: Option<usize>| {
        index
            .and_then(|index| track.items.get(index))
            .is_some_and(|item| !item.is_disabled)
    };
    let coming = track
        .transitions
        .iter()
        .find(|transition| transition.right == item.id);
    let going = track
        .transitions
        .iter()
        .find(|transition| transition.left == item.id);
    let voice = Voice {
        item,
        rate,
        coming: coming.filter(|_| is_enabled(index.checked_sub(1))),
        going: going.filter(|_| is_enabled(Some(index + 1))),
    };
    let audible = voice.audible();
    let start = sample_of(audible.start, rate).max(run_start);
    let end = sample_of(audible.end(), rate).min(run_end);
    if start >= end {
        return None;
    }
    Some(AudioSegment {
        item: item.id,
        asset: clip.asset,
        start_sample: start,
        sample_count: end - start,
        media_start_sample: clip.media_sample(start, item.range(), rate).max(0),
        speed: clip.speed,
        is_reversed: clip.is_reversed,
        gain: voice.gain(start, end),
    })
}

impl Voice<'_> {
    /// The frames it is heard in, those that transitions borrow included.
    fn audible(&self) -> FrameRange {
        let before = self
            .coming
            .map_or(FrameCount::ZERO, |transition| transition.before);
        let after = self
            .going
            .map_or(FrameCount::ZERO, |transition| transition.after);
        let range = self.item.range();
        FrameRange::between(range.start - before, range.end() + after)
    }

    /// Gain factors from `start` to `end`, on every frame's start in between where they change.
    fn gain(&self, start: i64, end: i64) -> Vec<(i64, [f32; 2])> {
        if self.is_steady() {
            return vec![(start, self.gain_at_frame(self.item.start))];
        }
        let ticks = av::Ticks::from_samples(start, SAMPLE_RATE);
        let mut frame = self.rate.frame_from_ticks(ticks);
        let mut points = vec![(start, self.gain_at_sample(start))];
        loop {
            frame += FrameCount::ONE;
            let sample = sample_of(frame, self.rate);
            if sample >= end {
                break;
            }
            if sample > start {
                points.push((sample, self.gain_at_frame(frame)));
            }
        }
        points.push((end, self.gain_at_sample(end)));
        points
    }

    fn is_steady(&self) -> bool {
        let properties = &self.item.properties;
        self.coming.is_none()
            && self.going.is_none()
            && properties.gain_db.constant().is_some()
            && properties.fade_in == FrameCount::ZERO
            && properties.fade_out == FrameCount::ZERO
    }

    /// On the straight line between the starts of the frame that `sample` lies in and of the next one.
    fn gain_at_sample(&self, sample: i64) -> [f32; 2] {
        let ticks = av::Ticks::from_samples(sample, SAMPLE_RATE);
        let mut frame = self.rate.frame_from_ticks(ticks);
        if sample_of(frame, self.rate) > sample {
            frame -= FrameCount::ONE;
        }
        let next = frame + FrameCount::ONE;
        let (left, right) = (sample_of(frame, self.rate), sample_of(next, self.rate));
        let part = (sample - left) as f32 / (right - left).max(1) as f32;
        let (a, b) = (self.gain_at_frame(frame), self.gain_at_frame(next));
        [0, 1].map(|channel| (b[channel] - a[channel]).mul_add(part, a[channel]))
    }

    /// Left and right at the start of a frame.
    fn gain_at_frame(&self, frame: FrameIndex) -> [f32; 2] {
        let properties = &self.item.properties;
        let at = frame - self.item.start;
        let decibels = properties.gain_db.at(at);
        let loudness = if decibels <= SILENT_DB {
            0.0
        } else {
            10_f64.powf(decibels / 20.0)
        };
        let factor = loudness * self.fade(at) * self.crossing(frame);
        let pan = properties.pan.clamp(-1.0, 1.0);
        // Balance, not a pan law: in the middle the sound stays as it was recorded.
        let sides = [(1.0 - pan).min(1.0), (1.0 + pan).min(1.0)];
        sides.map(|side| (factor * side) as f32)
    }

    /// Fades at ends without a transition; a transition fades by itself.
    fn fade(&self, at: FrameCount) -> f64 {
        let properties = &self.item.properties;
        let part = |frames: FrameCount, length: FrameCount| {
            (frames.0 as f64 / length.0.max(1) as f64).clamp(0.0, 1.0)
        };
        let rising = match self.coming {
            None if properties.fade_in > FrameCount::ZERO => part(at, properties.fade_in),
            None | Some(_) => 1.0,
        };
        let falling = match self.going {
            None if properties.fade_out > FrameCount::ZERO => {
                part(self.item.count - at, properties.fade_out)
            }
            None | Some(_) => 1.0,
        };
        rising * falling
    }

    /// What transitions leave of it.
    fn crossing(&self, frame: FrameIndex) -> f64 {
        let progress = |transition: &Transition, cut: FrameIndex| {
            let range = transition.range(cut);
            ((frame - range.start).0 as f64 / range.count.0.max(1) as f64).clamp(0.0, 1.0)
        };
        let coming = self.coming.map_or(1.0, |transition| {
            coming_factor(transition.kind, progress(transition, self.item.start))
        });
        let going = self.going.map_or(1.0, |transition| {
            let progress = progress(transition, self.item.range().end());
            coming_factor(transition.kind, 1.0 - progress)
        });
        coming * going
    }
}

/// How loud the sound is that comes; the one that goes is its mirror image.
fn coming_factor(kind: TransitionKind, progress: f64) -> f64 {
    match kind {
        // Equal power: two unlike sounds keep the loudness of one.
        TransitionKind::Dissolve | TransitionKind::Wipe(_) => (progress * FRAC_PI_2).sin(),
        // Through silence, as the picture goes through a color.
        TransitionKind::Dip(_) => (2.0 * progress - 1.0).max(0.0),
    }
}

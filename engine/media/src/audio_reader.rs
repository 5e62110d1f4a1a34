//! Sound at the one rate everything is mixed in, addressed by sample.
//!
//! `filesrc ! parsebin ! decodebin ! audioconvert ! audioresample ! appsink`

use crate::{
    Error, Result,
    demux::{
        StreamKind,
        edit_list::{Edit, EditLists},
    },
    index_video,
    limits::{
        ANSWER_SECS_MAX, SOUND_HISTORY_SAMPLES, SOUND_PREROLL_SAMPLES, SOUND_READ_ON_SAMPLES,
    },
    pipeline::{self, Watch},
};
use av::{AudioBlock, CHANNELS, SAMPLE_RATE};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Buffers between GStreamer's thread and ours; about a second of sound.
const QUEUE_BUFFERS_MAX: u32 = 50;

/// Stamps that differ by no more than this only show rounding, and the sound goes on without a seam.
const SEAMLESS_SAMPLES_MAX: i64 = 64;

/// Both 44.1 and 48 kHz have a whole number of samples in a hundredth of a second; seeks start there.
const SEEK_GRID_SAMPLES: i64 = 480;

/// No file reaches back this far; sums with it do not overflow.
const BEFORE_EVERYTHING: i64 = i64::MIN / 2;

/// Longer gaps in a file's sound are not filled with silence in memory.
const GAP_SAMPLES_MAX: i64 = 480_000;

/// Decodes the first sound stream of a file to 48 kHz stereo.
#[derive(Debug)]
pub struct AudioReader {
    path: PathBuf,
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    watch: Watch,
    has_all_pads: Arc<AtomicBool>,
    /// Stream time of media time 0, in nanoseconds.
    zero_nanos: Option<i64>,
    /// The edit applied here and not by GStreamer.
    edit: Option<Edit>,
    /// Decoded samples, interleaved.
    held: Vec<f32>,
    /// Sample at which `held` begins; `None` right after a seek.
    held_start: Option<i64>,
    /// From here on what is held is right, and what lies before `held` is silence.
    aimed: i64,
    is_at_end: bool,
}

impl AudioReader {
    /// Opens the sound stream of a file.
    pub fn open(path: &Path) -> Result<Self> {
        pipeline::init()?;
        pipeline::check_file(path)?;
        let zero_nanos = match index_video(path) {
            Ok(index) if index.info().audio.is_none() => {
                return Err(Error::NoAudio { path: path.into() });
            }
            Ok(index) => Some(index.zero_nanos),
            // Without pictures, time begins with the first sample.
            Err(Error::NoVideo { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut reader = Self::build(path, zero_nanos)?;
        reader.watch.start()?;
        reader.wait_for_first()?;
        Ok(reader)
    }

    fn build(path: &Path, zero_nanos: Option<i64>) -> Result<Self> {
        let pipeline = gst::Pipeline::new();
        let make = |name| pipeline::make(name, path);
        let (source, parser, decoder) = (make("filesrc")?, make("parsebin")?, make("decodebin")?);
        let (convert, resample) = (make("audioconvert")?, make("audioresample")?);
        source.set_property("location", path);
        let edits = EditLists::read(path);
        edits.hide_from(&source);
        resample.set_property("quality", 8);
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", gstreamer_audio::AUDIO_FORMAT_F32.to_str())
            .field("layout", "interleaved")
            .field("rate", SAMPLE_RATE as i32)
            .field("channels", CHANNELS as i32)
            .build();
        let sink = pipeline::sink(Some(&caps), QUEUE_BUFFERS_MAX);
        pipeline::add_linked(&pipeline, &[&source, &parser], path)?;
        pipeline::add_linked(&pipeline, &[&decoder], path)?;
        pipeline::add_linked(&pipeline, &[&convert, &resample, sink.upcast_ref()], path)?;
        link_when_there(&parser, &decoder, true);
        link_when_there(&decoder, &convert, false);
        let has_all_pads = Arc::<AtomicBool>::default();
        let flag = has_all_pads.clone();
        parser.connect_no_more_pads(move |parser| {
            let has_sound = parser.src_pads().iter().any(gst::Pad::is_linked);
            flag.store(!has_sound, Ordering::Release);
        });
        Ok(Self {
            path: path.into(),
            watch: Watch::new(&pipeline, path),
            pipeline,
            sink,
            has_all_pads,
            zero_nanos,
            edit: edits.audio,
            held: Vec::new(),
            held_start: None,
            aimed: BEFORE_EVERYTHING,
            is_at_end: false,
        })
    }

    fn wait_for_first(&mut self) -> Result<()> {
        while self.held_start.is_none() && !self.is_at_end {
            self.pull()?;
        }
        if self.held_start.is_none() {
            return Err(Error::NoAudio {
                path: self.path.clone(),
            });
        }
        Ok(())
    }

    /// `frames` samples for each channel from `start_sample` (48 kHz, 0 = media time 0); silence outside the sound.
    pub fn read(&mut self, start_sample: i64, frames: usize) -> Result<AudioBlock> {
        let end_sample = start_sample + frames as i64;
        if !self.is_near(start_sample) {
            self.seek(start_sample)?;
        }
        while !self.is_at_end && self.held_end() < end_sample {
            self.pull()?;
            self.forget_before(start_sample - SOUND_HISTORY_SAMPLES);
        }
        let mut block = AudioBlock::silence(frames);
        let held_start = self.held_start.unwrap_or(start_sample);
        let from = start_sample.max(held_start);
        let to = end_sample.min(self.held_end());
        if from < to {
            let source =
                (from - held_start) as usize * CHANNELS..(to - held_start) as usize * CHANNELS;
            let target = (from - start_sample) as usize * CHANNELS;
            block.samples[target..target + source.len()].copy_from_slice(&self.held[source]);
        }
        Ok(block)
    }

    /// Where the sound ends, once it has been read that far.
    pub(crate) fn known_end(&self) -> Option<i64> {
        self.is_at_end.then(|| self.held_end())
    }

    fn held_end(&self) -> i64 {
        let start = self.held_start.unwrap_or(self.aimed);
        start + (self.held.len() / CHANNELS) as i64
    }

    /// Whether reading on reaches `sample` sooner than a seek would.
    fn is_near(&self, sample: i64) -> bool {
        let is_ahead = sample <= self.held_end() + SOUND_READ_ON_SAMPLES;
        sample >= self.aimed && (is_ahead || self.is_at_end)
    }

    fn seek(&mut self, sample: i64) -> Result<()> {
        let early = (sample - SOUND_PREROLL_SAMPLES).max(0);
        let aimed = early - early % SEEK_GRID_SAMPLES;
        let nanos =
            av::Ticks::from_samples(aimed, SAMPLE_RATE).nanos() + self.zero_nanos.unwrap_or(0);
        let nanos = self.edit.map_or(nanos, |edit| edit.track_nanos(nanos));
        let time = gst::ClockTime::from_nseconds(nanos.max(0) as u64);
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        if !self.watch.seek(&self.sink, flags, time) {
            return Err(Error::Damaged {
                reason: "its sound cannot be searched".into(),
                path: self.path.clone(),
            });
        }
        self.held.clear();
        self.held_start = None;
        // Everything before the beginning is silence, so nothing earlier is ever sought.
        self.aimed = if aimed == 0 {
            BEFORE_EVERYTHING
        } else {
            aimed + SOUND_PREROLL_SAMPLES / 2
        };
        self.is_at_end = false;
        Ok(())
    }

    fn pull(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(ANSWER_SECS_MAX);
        loop {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(20)) {
                return self.take(&sample);
            }
            self.watch.check()?;
            if self.sink.is_eos() || self.has_all_pads.load(Ordering::Acquire) {
                self.is_at_end = true;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Damaged {
                    reason: "it stops giving sound".into(),
                    path: self.path.clone(),
                });
            }
        }
    }

    fn take(&mut self, sample: &gst::Sample) -> Result<()> {
        let damaged = |reason: &str| Error::Damaged {
            reason: reason.into(),
            path: self.path.clone(),
        };
        let edited = self.edit.map(|edit| edit.segment());
        let said = sample
            .segment()
            .and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let segment = edited.as_ref().or(said);
        let (Some(buffer), Some(segment)) = (sample.buffer(), segment) else {
            return Err(damaged("a stretch of sound has no time"));
        };
        let map = buffer
            .map_readable()
            .map_err(|_refused| damaged("sound cannot be read"))?;
        let bytes = map.chunks_exact(size_of::<f32>());
        let samples: Vec<f32> = bytes
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let Some(pts) = buffer.pts() else {
            self.append(self.held_end(), &samples);
            return Ok(());
        };
        let stream_nanos = match segment.to_stream_time_full(pts) {
            Some(gst::Signed::Positive(time)) => time.nseconds() as i64,
            Some(gst::Signed::Negative(time)) => -(time.nseconds() as i64),
            None => return Err(damaged("a stretch of sound has no time")),
        };
        let nanos_to_samples = |nanos: i64| av::Ticks::from_nanos(nanos).samples(SAMPLE_RATE);
        // Encoders prime themselves with samples that lie before the segment and are not to be heard.
        let lead = segment
            .start()
            .map_or(0, |start| start.nseconds() as i64 - pts.nseconds() as i64);
        let skipped = (nanos_to_samples(lead.max(0)) as usize * CHANNELS).min(samples.len());
        let kept = match segment.stop() {
            Some(stop) => {
                nanos_to_samples(stop.nseconds() as i64 - pts.nseconds() as i64).max(0) as usize
                    * CHANNELS
            }
            None => samples.len(),
        };
        let heard = &samples[skipped..kept.clamp(skipped, samples.len())];
        if heard.is_empty() {
            return Ok(());
        }
        let zero = *self.zero_nanos.get_or_insert(stream_nanos + lead.max(0));
        let start = nanos_to_samples(stream_nanos - zero) + (skipped / CHANNELS) as i64;
        self.append(start, heard);
        Ok(())
    }

    /// Adds samples at `start`; gaps become silence and what overlaps is replaced.
    fn append(&mut self, start: i64, samples: &[f32]) {
        let Some(_) = self.held_start else {
            self.held_start = Some(start);
            self.held.extend_from_slice(samples);
            return;
        };
        let gap = start - self.held_end();
        if gap > GAP_SAMPLES_MAX {
            self.aimed = self.held_end();
            self.held.clear();
            self.held_start = Some(start);
        } else if gap > SEAMLESS_SAMPLES_MAX {
            let filled = self.held.len() + gap as usize * CHANNELS;
            self.held.resize(filled, 0.0);
        } else if gap < -SEAMLESS_SAMPLES_MAX {
            let kept = self
                .held
                .len()
                .saturating_sub(gap.unsigned_abs() as usize * CHANNELS);
            self.held.truncate(kept);
        }
        self.held.extend_from_slice(samples);
    }

    fn forget_before(&mut self, sample: i64) {
        let Some(start) = self.held_start else { return };
        let unneeded = (sample - start).max(0) as usize * CHANNELS;
        // Moving the rest down is worth it only for larger pieces.
        if unneeded > SOUND_HISTORY_SAMPLES as usize && unneeded < self.held.len() {
            self.held.drain(..unneeded);
            self.held_start = Some(sample);
            self.aimed = sample;
        }
    }
}

impl Drop for AudioReader {
    fn drop(&mut self) {
        // A full sink holds its thread until somebody takes from it, and a change of state that is under way waits for
        // that thread: without letting go first, stopping would wait for ever.
        self.sink.set_drop(true);
        // Nothing can be done about a pipeline that does not stop.
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

/// Links a later pad of `from` to `to`: the first sound, or whatever comes.
fn link_when_there(from: &gst::Element, to: &gst::Element, is_choosy: bool) {
    let target = to.static_pad("sink");
    from.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let is_sound = StreamKind::Audio.holds(&caps);
        if let Some(target) = &target
            && !target.is_linked()
            && (is_sound || !is_choosy)
        {
            // A pad that does not link brings no sound, which the reader reports.
            pad.link(target).ok();
        }
    });
}

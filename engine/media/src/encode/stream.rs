//! Containers written by GStreamer: `appsrc ! encoder ! muxer ! filesink`.

use super::{
    EncodeSettings, Preset,
    convert::{ToBuffer, colorimetry_of},
    hardware,
    recipe::{self, Recipe},
    refused,
    target::write_error,
};
use crate::{
    Error, Result,
    demux::edit_list::hide_priming,
    limits::{ENCODE_QUEUE_BYTES_MAX, ENCODE_QUEUE_FRAMES_MAX, ENCODE_WAIT_SECS_MAX},
    pipeline::{Watch, missing_plugin},
};
use av::{AudioBlock, CHANNELS, FrameIndex, FrameRate, SAMPLE_RATE, Ticks, VideoFrame};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Samples by which an AAC encoder is late: its window reaches one block back.
const AAC_PRIMING_SAMPLES: u32 = 1_024;

/// Writes one container.
#[derive(Debug)]
pub struct StreamWriter {
    pipeline: gst::Pipeline,
    watch: Watch,
    video: Option<gst_app::AppSrc>,
    audio: Option<gst_app::AppSrc>,
    to_buffer: ToBuffer,
    rate: FrameRate,
    encoder_name: String,
    notes: Vec<String>,
    /// Whether the sound begins with what an AAC encoder primes itself with.
    primes_sound: bool,
    partial: PathBuf,
    path: PathBuf,
}

impl StreamWriter {
    /// Begins to write `partial`; errors name `out`.
    pub fn start(settings: &EncodeSettings, partial: &Path, out: &Path) -> Result<Self> {
        let (hardware, notes) = if settings.preset == Preset::H264Mp4 {
            hardware::h264_encoder(settings)
        } else {
            (None, Vec::new())
        };
        let recipe = recipe::recipe(settings, hardware);
        let pipeline = build(&recipe, partial, out)?;
        let target = gst_video::VideoInfo::builder(
            gst_video::VideoFormat::I420,
            settings.size.width.max(2),
            settings.size.height.max(2),
        )
        .fps(gst::Fraction::new(
            settings.rate.num() as i32,
            settings.rate.den() as i32,
        ))
        .colorimetry(&colorimetry_of(settings.color))
        .build()
        .map_err(|source| refused(source.to_string()))?;
        let video_caps = target
            .to_caps()
            .map_err(|source| refused(source.to_string()))?;
        let writer = Self {
            video: source(&pipeline, "video", &video_caps),
            audio: source(&pipeline, "audio", &audio_caps()),
            watch: Watch::new(&pipeline, out),
            pipeline,
            to_buffer: ToBuffer::new(target, settings.color),
            rate: settings.rate,
            encoder_name: recipe.encoder_name,
            notes,
            primes_sound: settings.has_audio && settings.preset == Preset::H264Mp4,
            partial: partial.into(),
            path: out.into(),
        };
        writer.watch.start()?;
        Ok(writer)
    }

    /// Adds picture `number`.
    pub fn push_video(&mut self, frame: &VideoFrame, number: u64) -> Result<()> {
        let Some(source) = &self.video else {
            return Err(refused("this preset has no pictures".into()));
        };
        let time = |number: u64| clock(self.rate.ticks_from_frame(FrameIndex(number as i64)));
        let (start, end) = (time(number), time(number + 1));
        let mut buffer = self.to_buffer.buffer(frame)?;
        {
            let buffer = buffer.make_mut();
            buffer.set_pts(start);
            buffer.set_duration(end - start);
            buffer.set_offset(number);
        }
        self.push(source, buffer)
    }

    /// Adds samples from `first` on.
    pub fn push_audio(&mut self, block: &AudioBlock, first: u64) -> Result<()> {
        let Some(source) = &self.audio else {
            return Err(refused("this preset has no sound".into()));
        };
        if block.samples.is_empty() {
            return Ok(());
        }
        let time = |sample: u64| clock(Ticks::from_samples(sample as i64, SAMPLE_RATE));
        let (start, end) = (time(first), time(first + block.frames() as u64));
        let bytes: Vec<u8> = block
            .samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let mut buffer = gst::Buffer::from_slice(bytes);
        {
            let buffer = buffer.make_mut();
            buffer.set_pts(start);
            buffer.set_duration(end - start);
        }
        self.push(source, buffer)
    }

    /// Waits for room, watching for errors meanwhile; `appsrc` can block by itself but then hears none.
    fn push(&self, source: &gst_app::AppSrc, buffer: gst::Buffer) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(ENCODE_WAIT_SECS_MAX);
        self.watch.check()?;
        while source.current_level_buffers() >= ENCODE_QUEUE_FRAMES_MAX {
            std::thread::sleep(Duration::from_millis(1));
            self.watch.check()?;
            if Instant::now() > deadline {
                return Err(refused(
                    "sound and pictures were handed over too far apart".into(),
                ));
            }
        }
        source.push_buffer(buffer).map(drop).map_err(|flow| {
            let unknown = || Error::Pipeline {
                reason: format!("the encoder says {flow:?}"),
                path: self.path.clone(),
            };
            self.watch.check().err().unwrap_or_else(unknown)
        })
    }

    /// Completes the file; returns the encoder's name and notes.
    pub fn finish(self) -> Result<(String, Vec<String>)> {
        for source in [&self.video, &self.audio].into_iter().flatten() {
            // A source that refuses has failed already, which the bus tells below.
            source.end_of_stream().ok();
        }
        self.watch.wait_for_end()?;
        let stopped = self.pipeline.set_state(gst::State::Null);
        self.watch.check()?;
        stopped.map_err(|_refused| Error::Pipeline {
            reason: "the file could not be closed".into(),
            path: self.path.clone(),
        })?;
        if self.primes_sound {
            hide_priming(&self.partial, AAC_PRIMING_SAMPLES)
                .map_err(|source| write_error(source, &self.path))?;
        }
        Ok((self.encoder_name.clone(), self.notes.clone()))
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        // Nothing can be done about a pipeline that does not stop.
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

fn clock(ticks: Ticks) -> gst::ClockTime {
    gst::ClockTime::from_nseconds(ticks.nanos().max(0) as u64)
}

fn audio_caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", SAMPLE_RATE as i32)
        .field("channels", CHANNELS as i32)
        .field("channel-mask", gst::Bitmask::new(3))
        .build()
}

fn source(pipeline: &gst::Pipeline, name: &str, caps: &gst::Caps) -> Option<gst_app::AppSrc> {
    let source = pipeline.by_name(name)?.downcast::<gst_app::AppSrc>().ok()?;
    source.set_caps(Some(caps));
    Some(source)
}

fn build(recipe: &Recipe, partial: &Path, out: &Path) -> Result<gst::Pipeline> {
    let lines = [
        recipe.video.as_deref(),
        recipe.audio.as_deref(),
        Some(recipe.muxer),
    ];
    for name in lines.into_iter().flatten().flat_map(recipe::elements) {
        if gst::ElementFactory::find(name).is_none() {
            return Err(missing_plugin(&format!("element \"{name}\""), out));
        }
    }
    let queue =
        format!("max-size-buffers=0 max-size-time=0 max-size-bytes={ENCODE_QUEUE_BYTES_MAX}");
    let input = "is-live=false format=time max-bytes=0 max-buffers=0";
    let mut line = format!("{} name=mux ! filesink name=file", recipe.muxer);
    for (name, part) in [("video", &recipe.video), ("audio", &recipe.audio)] {
        if let Some(part) = part {
            line = format!("{line} appsrc name={name} {input} ! {part} ! queue {queue} ! mux.");
        }
    }
    let failed = |reason: String| Error::Pipeline {
        reason,
        path: out.into(),
    };
    let pipeline = gst::parse::launch(&line).map_err(|error| failed(error.to_string()))?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_element| failed("no pipeline was made".into()))?;
    let file = pipeline
        .by_name("file")
        .ok_or_else(|| failed("no file was made".into()))?;
    file.set_property("location", partial);
    Ok(pipeline)
}

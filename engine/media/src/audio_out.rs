//! The sound device as the clock of playback: `appsrc ! audioconvert ! audioresample ! autoaudiosink`.

use crate::{
    Error, Result,
    limits::{SOUND_PAUSED_MILLIS_MAX, SOUND_QUEUE_MILLIS_MAX},
    pipeline::{self, Watch},
};
use av::{AudioBlock, CHANNELS, SAMPLE_RATE, Ticks};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// After an underrun the sound starts again this much later, so that it is not late at once.
const RESTART_NANOS: i64 = 20_000_000;

/// Plays sound and tells how much of it has been heard.
///
/// Time passes while it plays and there is sound; it stands still while nothing has been pushed.
#[derive(Debug)]
pub struct AudioOutput {
    clock: Clock,
    /// Samples pushed since the last flush.
    pushed: i64,
    /// How long nothing was there to be heard, since the last flush.
    starved: Ticks,
    is_playing: bool,
}

#[derive(Debug)]
enum Clock {
    Device(Box<Device>),
    /// Wall time.
    Silent {
        started: Option<Instant>,
        before: Duration,
    },
}

#[derive(Debug)]
struct Device {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    watch: Watch,
}

impl AudioOutput {
    /// Opens the default sound device, paused.
    pub fn open() -> Result<Self> {
        pipeline::init()?;
        let sink = gst::ElementFactory::make("autoaudiosink")
            .build()
            .map_err(no_device)?;
        let device = Device::open(&sink)?;
        // Where nothing works, the automatic sink takes one that plays to nobody.
        let chosen = sink
            .downcast_ref::<gst::Bin>()
            .and_then(|bin| bin.children().into_iter().next());
        let name = chosen
            .and_then(|element| element.factory())
            .map(|factory| factory.name());
        match name {
            Some(name) if !name.starts_with("fake") => {
                Ok(Self::with(Clock::Device(Box::new(device))))
            }
            Some(_) | None => Err(Error::NoSoundDevice {
                reason: "the system offers none".into(),
            }),
        }
    }

    /// A clock without a device: takes sound and lets time pass.
    pub fn silent_clock() -> Self {
        Self::with(Clock::Silent {
            started: None,
            before: Duration::ZERO,
        })
    }

    fn with(clock: Clock) -> Self {
        Self {
            clock,
            pushed: 0,
            starved: Ticks::ZERO,
            is_playing: false,
        }
    }

    /// Whether anything can be heard.
    pub fn has_device(&self) -> bool {
        matches!(self.clock, Clock::Device(_))
    }

    /// Adds sound after what was pushed before; waits while more than a quarter second is unplayed.
    pub fn push(&mut self, block: &AudioBlock) -> Result<()> {
        if block.samples.is_empty() {
            return Ok(());
        }
        let limit = |millis: u64| Ticks::from_seconds_fraction(millis as i64, 1_000);
        while self.is_playing && self.queued() > limit(SOUND_QUEUE_MILLIS_MAX) {
            std::thread::sleep(Duration::from_millis(2));
            self.check()?;
        }
        if self.queued() > limit(SOUND_PAUSED_MILLIS_MAX) {
            return Err(Error::Settings {
                reason: "too much sound for a paused output".into(),
            });
        }
        self.check()?;
        let late = self.clock.elapsed() - self.starved - self.pushed_ticks();
        if late > Ticks::ZERO && self.pushed > 0 {
            self.starved += late + Ticks::from_nanos(self.clock.restart_nanos());
        }
        let start = self.pushed_ticks() + self.starved;
        self.pushed += block.frames() as i64;
        match &self.clock {
            Clock::Device(device) => device.push(block, start),
            Clock::Silent { .. } => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        match &self.clock {
            Clock::Device(device) => device.check(),
            Clock::Silent { .. } => Ok(()),
        }
    }

    fn pushed_ticks(&self) -> Ticks {
        Ticks::from_samples(self.pushed, SAMPLE_RATE)
    }

    /// How much has been heard since the last flush.
    pub fn position(&self) -> Ticks {
        (self.clock.elapsed() - self.starved).clamp(Ticks::ZERO, self.pushed_ticks())
    }

    /// How much was pushed and has not been heard.
    pub fn queued(&self) -> Ticks {
        self.pushed_ticks() - self.position()
    }

    /// Lets time pass.
    pub fn play(&mut self) -> Result<()> {
        self.is_playing = true;
        match &mut self.clock {
            Clock::Device(device) => device.set_state(gst::State::Playing),
            Clock::Silent { started, .. } => {
                started.get_or_insert_with(Instant::now);
                Ok(())
            }
        }
    }

    /// Stops time; what is queued stays.
    pub fn pause(&mut self) -> Result<()> {
        self.is_playing = false;
        match &mut self.clock {
            Clock::Device(device) => device.set_state(gst::State::Paused),
            Clock::Silent { started, before } => {
                *before += started
                    .take()
                    .map_or(Duration::ZERO, |started| started.elapsed());
                Ok(())
            }
        }
    }

    /// Throws away what is queued; the position returns to zero.
    pub fn flush(&mut self) -> Result<()> {
        self.pushed = 0;
        self.starved = Ticks::ZERO;
        match &mut self.clock {
            Clock::Device(device) => device.flush(),
            Clock::Silent { started, before } => {
                *before = Duration::ZERO;
                *started = started.map(|_| Instant::now());
                Ok(())
            }
        }
    }
}

impl Clock {
    /// How long it has played since the last flush.
    fn elapsed(&self) -> Ticks {
        match self {
            Self::Device(device) => device.elapsed(),
            Self::Silent { started, before } => {
                let running = started.map_or(Duration::ZERO, |started| started.elapsed());
                Ticks::from_nanos((*before + running).as_nanos() as i64)
            }
        }
    }

    fn restart_nanos(&self) -> i64 {
        match self {
            Self::Device(_) => RESTART_NANOS,
            Self::Silent { .. } => 0,
        }
    }
}

impl Device {
    fn open(sink: &gst::Element) -> Result<Self> {
        let path = Path::new("the sound device");
        let pipeline = gst::Pipeline::new();
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("rate", SAMPLE_RATE as i32)
            .field("channels", CHANNELS as i32)
            .build();
        let source = gst_app::AppSrc::builder()
            .caps(&caps)
            .format(gst::Format::Time)
            .stream_type(gst_app::AppStreamType::Seekable)
            .max_bytes(0)
            .build();
        // Seeking is how a pipeline is emptied; there is nothing to be found elsewhere.
        source.set_callbacks(
            gst_app::AppSrcCallbacks::builder()
                .seek_data(|_, _| true)
                .build(),
        );
        let (convert, resample) = (
            pipeline::make("audioconvert", path)?,
            pipeline::make("audioresample", path)?,
        );
        pipeline::add_linked(
            &pipeline,
            &[source.upcast_ref(), &convert, &resample, sink],
            path,
        )?;
        let device = Self {
            watch: Watch::new(&pipeline, path),
            pipeline,
            source,
        };
        device.set_state(gst::State::Ready)?;
        device.set_state(gst::State::Paused)?;
        Ok(device)
    }

    fn check(&self) -> Result<()> {
        self.watch.check().map_err(|error| Error::NoSoundDevice {
            reason: error.to_string(),
        })
    }

    fn set_state(&self, state: gst::State) -> Result<()> {
        self.pipeline.set_state(state).map(drop).map_err(no_device)
    }

    fn push(&self, block: &AudioBlock, start: Ticks) -> Result<()> {
        let bytes: Vec<u8> = block
            .samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let mut buffer = gst::Buffer::from_slice(bytes);
        {
            let length = Ticks::from_samples(block.frames() as i64, SAMPLE_RATE);
            let time = |ticks: Ticks| gst::ClockTime::from_nseconds(ticks.nanos().max(0) as u64);
            let buffer = buffer.make_mut();
            buffer.set_pts(time(start));
            buffer.set_duration(time(start + length) - time(start));
        }
        self.source
            .push_buffer(buffer)
            .map(drop)
            .map_err(|flow| Error::NoSoundDevice {
                reason: format!("it says {flow:?}"),
            })
    }

    /// The device's own clock and not the position, which stands still at the end of what was pushed.
    fn elapsed(&self) -> Ticks {
        let (_, current, pending) = self.pipeline.state(gst::ClockTime::ZERO);
        let is_running = current == gst::State::Playing && pending == gst::State::VoidPending;
        let time = if is_running {
            self.pipeline.current_running_time()
        } else {
            self.pipeline.start_time()
        };
        time.map_or(
            Ticks::ZERO,
            |time| Ticks::from_nanos(time.nseconds() as i64),
        )
    }

    fn flush(&self) -> Result<()> {
        let emptied = self
            .pipeline
            .seek_simple(gst::SeekFlags::FLUSH, gst::ClockTime::ZERO);
        emptied.map_err(no_device)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // Nothing can be done about a device that does not stop.
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

fn no_device(reason: impl std::fmt::Display) -> Error {
    Error::NoSoundDevice {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;

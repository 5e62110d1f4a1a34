//! Prints how long random seeks and steps take here and with a bare GStreamer pipeline, and how they compare.
//!
//! `cargo run --release -p media --example seek_bench -- clip.mp4 [requests]`

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use media::VideoReader;
use std::{
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

type Failure = Box<dyn std::error::Error>;

/// Accurate flushing seeks, as a simple player does them: `decodebin ! appsink`, paused, one preroll for each.
struct Bare {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
}

impl Bare {
    fn open(path: &str) -> Result<Self, Failure> {
        let line = "filesrc name=file ! decodebin ! appsink name=sink caps=video/x-raw,format=I420";
        let pipeline = gst::parse::launch(line)?
            .downcast::<gst::Pipeline>()
            .map_err(|_element| "no pipeline")?;
        pipeline
            .by_name("file")
            .ok_or("no source")?
            .set_property("location", path);
        let sink = pipeline.by_name("sink").ok_or("no sink")?;
        let sink = sink
            .downcast::<gst_app::AppSink>()
            .map_err(|_element| "no sink")?;
        pipeline.set_state(gst::State::Paused)?;
        sink.pull_preroll()?;
        Ok(Self { pipeline, sink })
    }

    fn seek(&self, nanos: i64) -> Result<(), Failure> {
        // Half a millisecond late, so that rounding does not land on the frame before.
        let time = gst::ClockTime::from_nseconds(nanos as u64 + 500_000);
        self.pipeline
            .seek_simple(gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE, time)?;
        self.sink.pull_preroll()?;
        Ok(())
    }

    fn step(&self) -> Result<(), Failure> {
        self.pipeline.send_event(gst::event::Step::new(
            gst::format::Buffers::ONE,
            1.0,
            true,
            false,
        ));
        self.sink.pull_preroll()?;
        Ok(())
    }
}

fn timed(mut work: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed())
}

fn row(name: &str, mut times: Vec<Duration>, base: Option<f64>) -> Result<f64, Failure> {
    times.sort();
    let millis = |at: usize| times[at.min(times.len() - 1)].as_secs_f64() * 1_000.0;
    let (median, p95, worst) = (
        millis(times.len() / 2),
        millis(times.len() * 95 / 100),
        millis(times.len()),
    );
    let ratio = base.map_or_else(String::new, |base| format!("{:.2}", median / base));
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| {name} | {median:.2} | {p95:.2} | {worst:.2} | {ratio} |"
    )?;
    Ok(median)
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a video file")?;
    let requests: usize = arguments.next().map_or(Ok(60), |text| text.parse())?;
    media::init()?;
    let mut reader = VideoReader::open(Path::new(&path))?;
    let bare = Bare::open(&path)?;
    let count = reader.index().len();
    let numbers: Vec<usize> = (1..=requests).map(|n| n * 7_919 * 13 % count).collect();
    writeln!(
        std::io::stdout(),
        "| what | median ms | 95 % | worst | ratio |\n|---|---|---|---|---|"
    )?;
    // In turns, so that whatever else the machine does meets both alike.
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for number in numbers {
        theirs.push(timed(|| bare.seek(reader.index().pts(number).nanos()))?);
        ours.push(timed(|| {
            reader.frame(number).map(drop).map_err(Into::into)
        })?);
    }
    let base = row("bare GStreamer, random accurate seek", theirs, None)?;
    row("VideoReader, random frame", ours, Some(base))?;
    bare.seek(0)?;
    reader.frame(0)?;
    let steps = requests.min(count - 1);
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for number in 1..=steps {
        theirs.push(timed(|| bare.step())?);
        ours.push(timed(|| {
            reader.frame(number).map(drop).map_err(Into::into)
        })?);
    }
    let base = row("bare GStreamer, step forward", theirs, None)?;
    row("VideoReader, step forward", ours, Some(base))?;
    let backward = (0..steps)
        .rev()
        .map(|n| timed(|| reader.frame(n).map(drop).map_err(Into::into)));
    row(
        "VideoReader, step backward (decoded)",
        backward.collect::<Result<_, _>>()?,
        Some(base),
    )?;
    let last = count - 1;
    reader.frame(last)?;
    let cold = (last.saturating_sub(requests)..last)
        .rev()
        .map(|n| timed(|| reader.frame(n).map(drop).map_err(Into::into)));
    row(
        "VideoReader, step backward (from the end)",
        cold.collect::<Result<_, _>>()?,
        Some(base),
    )?;
    Ok(())
}

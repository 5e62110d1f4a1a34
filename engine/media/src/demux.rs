//! A container's packets, in the order they are decoded: `filesrc ! parsebin ! appsink`.

pub mod edit_list;

use crate::{
    Error, Result,
    limits::{ANSWER_SECS_MAX, PACKET_QUEUE_MAX, SILENCE_MILLIS_MAX},
    packet::Packet,
    pipeline::{self, Watch},
};
use edit_list::{Edit, EditLists};
use gst_app::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Which stream of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// The first with pictures.
    Video,
    /// The first with sound.
    Audio,
}

impl StreamKind {
    /// Whether `caps` describe such a stream.
    pub fn holds(self, caps: &gst::CapsRef) -> bool {
        let name = caps.structure(0).map_or("", |s| s.name().as_str());
        match self {
            Self::Video => name.starts_with("video/") || name.starts_with("image/"),
            Self::Audio => name.starts_with("audio/"),
        }
    }
}

/// What was seen of the sound beside the pictures.
#[derive(Debug, Clone, Default)]
pub struct OtherStream {
    /// Codec and its configuration.
    pub caps: Option<gst::Caps>,
    /// Stream time at which it begins, in nanoseconds.
    pub start_nanos: Option<i64>,
    /// Stream time at which it ends, in nanoseconds.
    pub end_nanos: Option<i64>,
}

/// Reads one stream of one file.
#[derive(Debug)]
pub struct Demuxer {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    watch: Watch,
    path: PathBuf,
    kind: StreamKind,
    first: Option<gst::Sample>,
    returned: Option<Packet>,
    edits: EditLists,
    segment: Option<Arc<gst::FormattedSegment<gst::ClockTime>>>,
    other: Arc<Mutex<OtherStream>>,
    has_all_pads: Arc<AtomicBool>,
    found: Arc<Mutex<Vec<gst::Caps>>>,
    reads: Arc<AtomicU64>,
}

impl Demuxer {
    /// Opens the first stream of `kind` and waits until its first packet is there.
    pub fn open(path: &Path, kind: StreamKind) -> Result<Self> {
        pipeline::init()?;
        pipeline::check_file(path)?;
        let pipeline = gst::Pipeline::new();
        let source = pipeline::make("filesrc", path)?;
        source.set_property("location", path);
        let edits = EditLists::read(path);
        edits.hide_from(&source);
        let reads = count_reads(&source);
        let parser = pipeline::make("parsebin", path)?;
        let sink = pipeline::sink(None, PACKET_QUEUE_MAX);
        // Pictures before an edit are not shown, and those shown cannot be decoded without them.
        sink.set_drop_out_of_segment(false);
        sink.set_property("enable-last-sample", false);
        pipeline::add_linked(&pipeline, &[&source, &parser], path)?;
        pipeline::add_linked(&pipeline, &[sink.upcast_ref()], path)?;
        let mut demuxer = Self {
            watch: Watch::new(&pipeline, path),
            pipeline,
            sink,
            path: path.into(),
            kind,
            first: None,
            returned: None,
            edits,
            segment: None,
            other: Arc::default(),
            has_all_pads: Arc::default(),
            found: Arc::default(),
            reads,
        };
        demuxer.connect(&parser);
        demuxer.watch.start()?;
        demuxer.first = Some(demuxer.wait_for_first()?);
        Ok(demuxer)
    }

    fn connect(&self, parser: &gst::Element) {
        let kind = self.kind;
        let found = self.found.clone();
        let other = self.other.clone();
        let sink_pad = self.sink.static_pad("sink");
        let pipeline = self.pipeline.downgrade();
        let edit = self.edits.audio;
        let is_absent = self.has_all_pads.clone();
        parser.connect_pad_added(move |_, pad| {
            let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(caps.clone());
            if let Some(sink_pad) = &sink_pad
                && kind.holds(&caps)
                && !sink_pad.is_linked()
            {
                // A pad that does not link brings no packet, which `wait_for_first` reports.
                pad.link(sink_pad).ok();
            } else if let Some(pipeline) = pipeline.upgrade() {
                observe(pad, &caps, &pipeline, (&other, edit));
                watch_streams(pad, kind, &is_absent);
            }
        });
        let has_all_pads = self.has_all_pads.clone();
        parser.connect_no_more_pads(move |_| has_all_pads.store(true, Ordering::Release));
    }

    /// The edit applied here to the stream that is read.
    fn edit(&self) -> Option<Edit> {
        match self.kind {
            StreamKind::Video => self.edits.video,
            StreamKind::Audio => self.edits.audio,
        }
    }

    fn wait_for_first(&self) -> Result<gst::Sample> {
        let deadline = Instant::now() + Duration::from_secs(ANSWER_SECS_MAX);
        let mut last_read = (0, Instant::now());
        loop {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(20)) {
                return Ok(sample);
            }
            self.watch.check()?;
            let reads = self.reads.load(Ordering::Relaxed);
            if reads != last_read.0 {
                last_read = (reads, Instant::now());
            }
            // `parsebin` now and then swallows the error of a demuxer that finds nothing; then all falls silent.
            let has_streams = !self
                .found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty();
            if !has_streams && last_read.1.elapsed() > Duration::from_millis(SILENCE_MILLIS_MAX) {
                return Err(self.damaged("it holds nothing that can be played"));
            }
            let is_linked = self
                .sink
                .static_pad("sink")
                .is_some_and(|pad| pad.is_linked());
            let has_all_pads = self.has_all_pads.load(Ordering::Acquire);
            if (has_all_pads && !is_linked) || (is_linked && self.sink.is_eos()) {
                return Err(self.nothing_there(is_linked));
            }
            if Instant::now() > deadline {
                return Err(self.damaged("it gives no packet"));
            }
        }
    }

    fn nothing_there(&self, is_linked: bool) -> Error {
        let path = self.path.clone();
        if is_linked {
            return self.damaged("the stream holds no packet");
        }
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |kind: StreamKind| found.iter().any(|caps| kind.holds(caps));
        match self.kind {
            _ if !holds(StreamKind::Video) && !holds(StreamKind::Audio) => {
                Error::NoStreams { path }
            }
            StreamKind::Video => Error::NoVideo { path },
            StreamKind::Audio => Error::NoAudio { path },
        }
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Damaged {
            reason: reason.into(),
            path: self.path.clone(),
        }
    }

    /// The next packet, or `None` at the end.
    pub fn next(&mut self) -> Result<Option<Packet>> {
        if let Some(packet) = self.returned.take() {
            return Ok(Some(packet));
        }
        self.pull()
    }

    fn pull(&mut self) -> Result<Option<Packet>> {
        let deadline = Instant::now() + Duration::from_secs(ANSWER_SECS_MAX);
        let sample = loop {
            if let Some(sample) = self.first.take() {
                break sample;
            }
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(50)) {
                break sample;
            }
            self.watch.check()?;
            if self.sink.is_eos() {
                return Ok(None);
            }
            if Instant::now() > deadline {
                return Err(self.damaged("it stops giving packets"));
            }
        };
        self.packet_from(&sample).map(Some)
    }

    /// Gives `packet` again with the next call of [`Demuxer::next`].
    pub fn put_back(&mut self, packet: Packet) {
        self.returned = Some(packet);
    }

    fn packet_from(&mut self, sample: &gst::Sample) -> Result<Packet> {
        let edited = self.edit().map(|edit| edit.segment());
        let said = sample
            .segment()
            .and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let segment = edited.as_ref().or(said);
        let (Some(buffer), Some(caps), Some(segment)) =
            (sample.buffer_owned(), sample.caps_owned(), segment)
        else {
            return Err(self.damaged("a packet has no time"));
        };
        let segment = match &self.segment {
            Some(known) if **known == *segment => known.clone(),
            Some(_) | None => Arc::new(segment.clone()),
        };
        self.segment = Some(segment.clone());
        Ok(Packet {
            buffer,
            caps,
            segment,
        })
    }

    /// Goes to the last entry point at or before `nanos` of stream time.
    pub fn seek(&mut self, nanos: i64) -> Result<()> {
        self.first = None;
        self.returned = None;
        let nanos = self.edit().map_or(nanos, |edit| edit.track_nanos(nanos));
        let time = gst::ClockTime::from_nseconds(nanos.max(0) as u64);
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
        if self.watch.seek(&self.sink, flags, time) {
            Ok(())
        } else {
            Err(self.damaged("it cannot be searched"))
        }
    }

    /// What is known of the streams that are not read.
    pub fn other(&self) -> OtherStream {
        self.other
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What the container says it lasts, in nanoseconds.
    pub fn claimed_nanos(&self) -> Option<i64> {
        let duration = self.sink.query_duration::<gst::ClockTime>()?;
        Some(duration.nseconds() as i64 - self.edits.added_nanos as i64)
    }

    /// Everything said about the stream and its container beside the packets.
    pub fn tags(&self) -> gst::TagList {
        let mut all = gst::TagList::new();
        if let Some(pad) = self.sink.static_pad("sink") {
            pad.sticky_events_foreach(|event| {
                if let gst::EventView::Tag(tag) = event.view() {
                    all.make_mut().insert(tag.tag(), gst::TagMergeMode::Keep);
                }
                std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
            });
        }
        all
    }
}

impl Drop for Demuxer {
    fn drop(&mut self) {
        // A full sink holds its thread until somebody takes from it, and a change of state that is under way waits for
        // that thread: without letting go first, stopping would wait for ever.
        self.sink.set_drop(true);
        // Nothing can be done about a pipeline that does not stop.
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

/// Counts how often a source is read from.
fn count_reads(source: &gst::Element) -> Arc<AtomicU64> {
    let reads = Arc::<AtomicU64>::default();
    if let Some(pad) = source.static_pad("src") {
        let reads = reads.clone();
        pad.add_probe(
            gst::PadProbeType::PULL | gst::PadProbeType::PUSH | gst::PadProbeType::BUFFER,
            move |_, _| {
                reads.fetch_add(1, Ordering::Relaxed);
                gst::PadProbeReturn::Ok
            },
        );
    }
    reads
}

/// Learns from a stream that is not read whether the wanted kind is missing: not every parser says when it has
/// found all streams, but each stream brings the list of all.
fn watch_streams(pad: &gst::Pad, kind: StreamKind, is_absent: &Arc<AtomicBool>) {
    let wanted = match kind {
        StreamKind::Video => gst::StreamType::VIDEO,
        StreamKind::Audio => gst::StreamType::AUDIO,
    };
    let is_absent = is_absent.clone();
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        let lacks = match info.event().map(|event| event.view()) {
            Some(gst::EventView::StreamCollection(event)) => {
                let collection = event.stream_collection();
                !collection
                    .iter()
                    .any(|stream| stream.stream_type().contains(wanted))
            }
            Some(gst::EventView::Eos(_)) => true,
            _ => false,
        };
        if lacks {
            is_absent.store(true, Ordering::Release);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Lets a stream that is not read flow into nothing, noting when it begins and ends.
fn observe(
    pad: &gst::Pad,
    caps: &gst::Caps,
    pipeline: &gst::Pipeline,
    (other, edit): (&Arc<Mutex<OtherStream>>, Option<Edit>),
) {
    let is_first_sound = {
        let mut other = other.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = StreamKind::Audio.holds(caps) && other.caps.is_none();
        if is_first {
            other.caps = Some(caps.clone());
        }
        is_first
    };
    let Ok(sink) = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .property("async", false)
        .property("enable-last-sample", false)
        .build()
    else {
        return;
    };
    if pipeline.add(&sink).is_err() || sink.sync_state_with_parent().is_err() {
        return;
    }
    if let Some(sink_pad) = sink.static_pad("sink") {
        // An unlinked stream only costs its times.
        pad.link(&sink_pad).ok();
    }
    if is_first_sound {
        let other = other.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            if let Some(buffer) = info.buffer() {
                note_times(pad, buffer, edit, &other);
            }
            gst::PadProbeReturn::Ok
        });
    }
}

fn note_times(
    pad: &gst::Pad,
    buffer: &gst::BufferRef,
    edit: Option<Edit>,
    other: &Mutex<OtherStream>,
) {
    let said = pad
        .sticky_event::<gst::event::Segment>(0)
        .and_then(|event| event.segment().downcast_ref::<gst::ClockTime>().cloned());
    let segment = edit.map(|edit| edit.segment()).or(said);
    let (Some(segment), Some(pts)) = (segment, buffer.pts()) else {
        return;
    };
    let stop = pts + buffer.duration().unwrap_or(gst::ClockTime::ZERO);
    let Some((start, stop)) = segment.clip(pts, stop) else {
        return;
    };
    let stream_time = |time| Some(segment.to_stream_time(time)?.nseconds() as i64);
    let mut other = other.lock().unwrap_or_else(PoisonError::into_inner);
    other.start_nanos = match (other.start_nanos, stream_time(start)) {
        (Some(old), Some(new)) => Some(old.min(new)),
        (old, new) => old.or(new),
    };
    other.end_nanos = other.end_nanos.max(stream_time(stop));
}

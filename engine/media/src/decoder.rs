//! One decoder element driven by hand: a packet goes in, the pictures it completes come out.
//!
//! There is no pipeline around it: pushing into its pad runs it on the caller's thread, and each packet carries its
//! number through as a [`gst::ReferenceTimestampMeta`], so which picture came out never rests on time stamps.

use crate::{
    Error, Result,
    limits::{ANSWER_SECS_MAX, DECODER_THREADS_MAX},
    packet::Packet,
    pipeline,
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// A picture as the decoder left it.
#[derive(Debug, Clone)]
pub struct RawPicture {
    /// Number of the packet it was decoded from.
    pub packet: usize,
    /// Its bytes, often still the decoder's own memory.
    pub buffer: gst::Buffer,
    /// Its layout.
    pub caps: gst::Caps,
}

#[derive(Debug, Default)]
struct Outbox {
    pictures: Vec<RawPicture>,
    caps: Option<gst::Caps>,
    is_drained: bool,
}

#[derive(Debug, Default)]
struct Shared {
    outbox: Mutex<Outbox>,
    changed: Condvar,
}

impl Shared {
    fn outbox(&self) -> std::sync::MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running decoder for one stream.
#[derive(Debug)]
pub struct Decoder {
    /// `None` where the packets are pictures already.
    element: Option<gst::Element>,
    source: gst::Pad,
    // Kept alive for as long as the decoder pushes into it.
    _sink: gst::Pad,
    shared: Arc<Shared>,
    bus: gst::Bus,
    caps: Option<gst::Caps>,
    number_caps: gst::Caps,
    path: PathBuf,
}

impl Decoder {
    /// A decoder for the stream that `caps` describes.
    pub fn open(caps: &gst::Caps, path: &Path) -> Result<Self> {
        let shared = Arc::<Shared>::default();
        let sink = sink_pad(&shared);
        let source = gst::Pad::builder(gst::PadDirection::Src)
            .name("src")
            .build();
        let bus = gst::Bus::new();
        let element = if caps.structure(0).is_some_and(|s| s.name() == "video/x-raw") {
            source
                .link(&sink)
                .map_err(|_refused| failed("pads do not link", path))?;
            None
        } else {
            Some(start_element(caps, &source, &sink, path)?)
        };
        if let Some(element) = &element {
            element.set_bus(Some(&bus));
        }
        let activate = |pad: &gst::Pad| {
            pad.set_active(true)
                .map_err(|_refused| failed("a pad does not start", path))
        };
        activate(&sink)?;
        activate(&source)?;
        source.push_event(gst::event::StreamStart::new("packets"));
        Ok(Self {
            element,
            source,
            _sink: sink,
            shared,
            bus,
            caps: None,
            number_caps: gst::Caps::new_empty_simple("timestamp/x-packet-number"),
            path: path.into(),
        })
    }

    /// Decodes one packet; pictures may come out now or with later packets.
    pub fn push(&mut self, packet: &Packet, number: usize) -> Result<()> {
        if self.caps.as_ref() != Some(&packet.caps) {
            self.begin(&packet.caps);
        }
        let mut buffer = packet.buffer.copy();
        {
            let buffer = buffer.make_mut();
            let number = gst::ClockTime::from_nseconds(number as u64);
            gst::ReferenceTimestampMeta::add(buffer, &self.number_caps, number, None);
        }
        match self.source.push(buffer) {
            Ok(_) => Ok(()),
            Err(flow) => Err(self.posted_error(&format!("{flow:?}"))),
        }
    }

    fn begin(&mut self, caps: &gst::Caps) {
        // Events are refused only by a decoder that fails the next packet too.
        self.source.push_event(gst::event::Caps::new(caps));
        if self.caps.is_none() {
            let segment = gst::FormattedSegment::<gst::ClockTime>::new();
            self.source.push_event(gst::event::Segment::new(&segment));
        }
        self.caps = Some(caps.clone());
    }

    fn posted_error(&self, flow: &str) -> Error {
        let message = self.bus.pop_filtered(&[gst::MessageType::Error]);
        let reason = message.as_ref().and_then(|message| match message.view() {
            gst::MessageView::Error(error) => Some(error.error().to_string()),
            _ => None,
        });
        Error::Damaged {
            reason: reason.unwrap_or_else(|| format!("the decoder says {flow}")),
            path: self.path.clone(),
        }
    }

    /// The pictures that came out since the last call, in the order of showing.
    pub fn take(&mut self) -> Vec<RawPicture> {
        std::mem::take(&mut self.shared.outbox().pictures)
    }

    /// Brings out every picture still inside; only [`Decoder::flush`] may follow.
    pub fn drain(&mut self) -> Result<()> {
        if !self.source.push_event(gst::event::Eos::new()) {
            return Err(self.posted_error("that it cannot finish"));
        }
        let outbox = self.shared.outbox();
        let wait = Duration::from_secs(ANSWER_SECS_MAX);
        let (outbox, _) = self
            .shared
            .changed
            .wait_timeout_while(outbox, wait, |outbox| !outbox.is_drained)
            .unwrap_or_else(PoisonError::into_inner);
        if outbox.is_drained {
            Ok(())
        } else {
            Err(failed("the decoder does not finish", &self.path))
        }
    }

    /// Forgets everything; the next packet must be an entry point.
    pub fn flush(&mut self) {
        self.source.push_event(gst::event::FlushStart::new());
        self.source.push_event(gst::event::FlushStop::new(true));
        self.caps = None;
        let mut outbox = self.shared.outbox();
        outbox.pictures.clear();
        outbox.is_drained = false;
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Some(element) = &self.element {
            // Nothing can be done about a decoder that does not stop.
            element.set_state(gst::State::Null).ok();
            element.set_bus(None);
        }
        self.source.set_active(false).ok();
    }
}

fn failed(reason: &str, path: &Path) -> Error {
    Error::Pipeline {
        reason: reason.into(),
        path: path.into(),
    }
}

/// A pad that collects pictures.
fn sink_pad(shared: &Arc<Shared>) -> gst::Pad {
    let (on_buffer, on_event) = (shared.clone(), shared.clone());
    gst::Pad::builder(gst::PadDirection::Sink)
        .name("sink")
        .chain_function(move |_, _, buffer| {
            let number = buffer
                .meta::<gst::ReferenceTimestampMeta>()
                .map(|meta| meta.timestamp().nseconds() as usize);
            let mut outbox = on_buffer.outbox();
            if let (Some(packet), Some(caps)) = (number, outbox.caps.clone()) {
                outbox.pictures.push(RawPicture {
                    packet,
                    buffer,
                    caps,
                });
            }
            Ok(gst::FlowSuccess::Ok)
        })
        .event_function(move |_, _, event| {
            match event.view() {
                gst::EventView::Caps(caps) => on_event.outbox().caps = Some(caps.caps_owned()),
                gst::EventView::Eos(_) => {
                    on_event.outbox().is_drained = true;
                    on_event.changed.notify_all();
                }
                _ => {}
            }
            true
        })
        .build()
}

/// The first decoder that starts, best ranked first.
fn start_element(
    caps: &gst::Caps,
    source: &gst::Pad,
    sink: &gst::Pad,
    path: &Path,
) -> Result<gst::Element> {
    let mut last_error = None;
    for factory in candidates(caps) {
        match start_one(&factory, source, sink) {
            Ok(element) => return Ok(element),
            Err(reason) => last_error = Some(reason),
        }
    }
    Err(match last_error {
        Some(reason) => failed(&reason.to_string(), path),
        None => pipeline::missing_plugin(&missing_name(caps), path),
    })
}

fn missing_name(caps: &gst::Caps) -> String {
    format!(
        "decoder for {}",
        gst_pbutils::pb_utils_get_codec_description(caps)
    )
}

fn start_one(
    factory: &gst::ElementFactory,
    source: &gst::Pad,
    sink: &gst::Pad,
) -> std::result::Result<gst::Element, gst::glib::BoolError> {
    let element = factory.create().build()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(DECODER_THREADS_MAX) as i32;
    for name in ["max-threads", "threads"] {
        let is_count = element
            .find_property(name)
            .is_some_and(|property| property.value_type() == gst::glib::Type::I32);
        if is_count {
            element.set_property(name, threads);
        }
    }
    let pad = |name| {
        let absent = || gst::glib::bool_error!("{} has no pad {name}", factory.name());
        element.static_pad(name).ok_or_else(absent)
    };
    let stop = |element: &gst::Element| element.set_state(gst::State::Null).ok();
    if source.link(&pad("sink")?).is_err() || pad("src")?.link(sink).is_err() {
        stop(&element);
        return Err(gst::glib::bool_error!("{} does not link", factory.name()));
    }
    if element.set_state(gst::State::Playing).is_err() {
        stop(&element);
        return Err(gst::glib::bool_error!("{} does not start", factory.name()));
    }
    Ok(element)
}

/// Software decoders only: their pictures are the same on every machine, and they never run out of sessions.
fn candidates(caps: &gst::Caps) -> Vec<gst::ElementFactory> {
    let kinds = gst::ElementFactoryType::DECODER
        | gst::ElementFactoryType::MEDIA_VIDEO
        | gst::ElementFactoryType::MEDIA_IMAGE;
    let all = gst::ElementFactory::factories_with_type(kinds, gst::Rank::MARGINAL);
    let mut fitting: Vec<_> = all
        .into_iter()
        .filter(|factory| factory.can_sink_all_caps(caps))
        .filter(|factory| !factory.klass().contains("Hardware"))
        .collect();
    let is_libav = |factory: &gst::ElementFactory| factory.name().starts_with("avdec_");
    fitting.sort_by_key(|factory| std::cmp::Reverse((factory.rank(), is_libav(factory))));
    fitting
}

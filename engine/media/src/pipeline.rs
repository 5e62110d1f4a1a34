//! Starting GStreamer, and turning what its bus says into our errors.

use crate::{
    Error, Result,
    limits::{ANSWER_SECS_MAX, ENCODE_WAIT_SECS_MAX},
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_pbutils as gst_pbutils;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Starts GStreamer; cheap when it already runs. Every entry point of this crate calls it by itself.
pub fn init() -> Result<()> {
    gst::init().map_err(|source| Error::Start {
        reason: source.to_string(),
    })
}

/// Whether there is something to read at `path` at all.
pub fn check_file(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|source| read_error(source, path))?;
    if metadata.is_dir() {
        return Err(Error::NotMedia { path: path.into() });
    }
    if metadata.len() == 0 {
        return Err(Error::Empty { path: path.into() });
    }
    std::fs::File::open(path)
        .map(drop)
        .map_err(|source| read_error(source, path))
}

/// The error of a file that could not be read.
pub fn read_error(source: io::Error, path: &Path) -> Error {
    let path = path.into();
    match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path },
        _ => Error::Unreadable { source, path },
    }
}

/// A new element, or the name of the package that would bring it.
pub fn make(name: &str, path: &Path) -> Result<gst::Element> {
    gst::ElementFactory::make(name)
        .build()
        .map_err(|_absent| Error::MissingPlugin {
            what: format!("element \"{name}\""),
            package: package_of(name).into(),
            path: path.into(),
        })
}

/// A sink that hands over what it gets, at most `buffers` of it unfetched.
///
/// It never holds its thread but to wait for room, and [`gst_app::AppSink::set_drop`] ends that wait: a change of state
/// that is under way can then always be finished.
pub fn sink(caps: Option<&gst::Caps>, buffers: u32) -> gst_app::AppSink {
    let mut builder = gst_app::AppSink::builder()
        .sync(false)
        .max_buffers(buffers)
        .wait_on_eos(false);
    if let Some(caps) = caps {
        builder = builder.caps(caps);
    }
    let sink = builder.build();
    sink.set_async(false);
    sink
}

/// Adds elements to a pipeline, each linked to the next.
pub fn add_linked(pipeline: &gst::Pipeline, elements: &[&gst::Element], path: &Path) -> Result<()> {
    let failed = |source: gst::glib::BoolError| Error::Pipeline {
        reason: source.to_string(),
        path: path.into(),
    };
    pipeline.add_many(elements).map_err(failed)?;
    gst::Element::link_many(elements).map_err(failed)
}

/// Listens to a pipeline's bus.
#[derive(Debug)]
pub struct Watch {
    pipeline: gst::Pipeline,
    path: PathBuf,
}

impl Watch {
    /// Listens to `pipeline`, which reads or writes `path`.
    pub fn new(pipeline: &gst::Pipeline, path: &Path) -> Self {
        Self {
            pipeline: pipeline.clone(),
            path: path.into(),
        }
    }

    /// Sets the pipeline playing.
    pub fn start(&self) -> Result<()> {
        match self.pipeline.set_state(gst::State::Playing) {
            Ok(_) => Ok(()),
            Err(_refused) => {
                self.check()?;
                Err(Error::Pipeline {
                    reason: "it does not start".into(),
                    path: self.path.clone(),
                })
            }
        }
    }

    /// Seeks `sink`, the only one of the pipeline, to `time`; what it holds is forgotten. Says whether that was possible.
    ///
    /// Starting goes on for a while after the first sample was there, and waits for the thread that a full sink holds.
    /// A seek in between would wait for both for ever, so the sink lets go of what it holds until the pipeline runs.
    pub fn seek(
        &self,
        sink: &gst_app::AppSink,
        flags: gst::SeekFlags,
        time: gst::ClockTime,
    ) -> bool {
        sink.set_drop(true);
        let wait = gst::ClockTime::from_seconds(ANSWER_SECS_MAX);
        let (changed, _state, _pending) = self.pipeline.state(wait);
        sink.set_drop(false);
        let is_running = changed.is_ok_and(|success| success != gst::StateChangeSuccess::Async);
        is_running && sink.seek_simple(flags, time).is_ok()
    }

    /// The first error that was posted since the last check.
    pub fn check(&self) -> Result<()> {
        let Some(bus) = self.pipeline.bus() else {
            return Ok(());
        };
        let mut missing = None;
        let kinds = [gst::MessageType::Error, gst::MessageType::Element];
        while let Some(message) = bus.pop_filtered(&kinds) {
            match message.view() {
                gst::MessageView::Error(error) => {
                    return Err(missing.unwrap_or_else(|| self.error_from(error)));
                }
                gst::MessageView::Element(_) => {
                    missing = missing.or_else(|| self.missing_from(&message));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits until everything has been written.
    pub fn wait_for_end(&self) -> Result<()> {
        let Some(bus) = self.pipeline.bus() else {
            return Ok(());
        };
        let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
        // Encoders look ahead by a few seconds of video, so the end may take its time; it never takes minutes.
        let wait = gst::ClockTime::from_seconds(ENCODE_WAIT_SECS_MAX * 10);
        let message = bus.timed_pop_filtered(wait, &kinds);
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => Err(self.error_from(error)),
            Some(_) => Ok(()),
            None => Err(Error::Pipeline {
                reason: "it does not end".into(),
                path: self.path.clone(),
            }),
        }
    }

    fn missing_from(&self, message: &gst::Message) -> Option<Error> {
        let message = gst_pbutils::MissingPluginMessage::parse(message).ok()?;
        let what = message.description().to_string();
        Some(missing_plugin(&what, &self.path))
    }

    fn error_from(&self, message: &gst::message::Error) -> Error {
        let path = self.path.clone();
        let error = message.error();
        let reason = plain(&error.to_string());
        if let Some(kind) = error.kind::<gst::StreamError>() {
            return match kind {
                gst::StreamError::TypeNotFound | gst::StreamError::WrongType => {
                    Error::NotMedia { path }
                }
                gst::StreamError::CodecNotFound => missing_plugin("decoder for this file", &path),
                _ => Error::Damaged { reason, path },
            };
        }
        match error.kind::<gst::ResourceError>() {
            Some(gst::ResourceError::NoSpaceLeft) => Error::DiskFull { path },
            Some(gst::ResourceError::Write | gst::ResourceError::OpenWrite) => {
                write_error(message, path)
            }
            Some(_) | None => Error::Pipeline { reason, path },
        }
    }
}

/// What a sink's complaint means; GStreamer keeps the system's reason only as text.
fn write_error(message: &gst::message::Error, path: PathBuf) -> Error {
    let details = message
        .debug()
        .map_or_else(String::new, |text| text.to_string());
    if details.contains("No space left") {
        return Error::DiskFull { path };
    }
    let reason = details
        .lines()
        .next_back()
        .map_or_else(|| plain(&message.error().to_string()), plain);
    Error::Unwritable {
        source: io::Error::other(reason),
        path,
    }
}

/// One line without a full stop.
fn plain(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_owned()
}

/// The error for a part that is not installed, such as `H.264 decoder`.
pub fn missing_plugin(what: &str, path: &Path) -> Error {
    Error::MissingPlugin {
        what: what.into(),
        package: package_of(what).into(),
        path: path.into(),
    }
}

/// The Debian package that most likely holds an element or codec.
fn package_of(what: &str) -> &'static str {
    let what = what.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| what.contains(word));
    if holds(&["x264"]) {
        "gstreamer1.0-plugins-ugly"
    } else if holds(&[
        "avenc", "avdec", "h.264", "h.265", "h264", "h265", "aac", "prores", "ffv1", "mpeg",
    ]) {
        "gstreamer1.0-libav"
    } else if holds(&[
        "vp8",
        "vp9",
        "matroska",
        "quicktime",
        "qt",
        "flac",
        "webm",
        "wav",
        "avi",
        "autoaudio",
    ]) {
        "gstreamer1.0-plugins-good"
    } else if holds(&["av1", "mpegts", "webp"]) {
        "gstreamer1.0-plugins-bad"
    } else if holds(&["filesrc", "filesink", "queue", "fakesink", "capsfilter"]) {
        "libgstreamer1.0-0"
    } else {
        "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav"
    }
}

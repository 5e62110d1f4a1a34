//! What is in a file.

use crate::{
    Error, Result,
    demux::{Demuxer, StreamKind},
    index_video,
};
use av::{AudioStreamInfo, MediaInfo, Ticks};
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;
use std::path::Path;

/// Looks into a video, sound or picture file; the first look at a video reads it through once to count its frames.
pub fn probe(path: &Path) -> Result<MediaInfo> {
    match index_video(path) {
        Ok(index) => Ok(index.info().clone()),
        Err(Error::NoVideo { .. }) => probe_sound(path),
        Err(error) => Err(error),
    }
}

/// Reads sound to its end, since headers of sound files are often guesses.
fn probe_sound(path: &Path) -> Result<MediaInfo> {
    let mut demuxer = Demuxer::open(path, StreamKind::Audio)?;
    let mut audio = None;
    let (mut start, mut end) = (i64::MAX, i64::MIN);
    while let Some(packet) = demuxer.next()? {
        audio.get_or_insert_with(|| audio_info(&packet.caps));
        if let Some(shown) = packet.visible_nanos() {
            start = start.min(shown);
            end = end
                .max(packet.shown_nanos().unwrap_or(shown) + packet.duration_nanos().unwrap_or(0));
        }
    }
    Ok(MediaInfo {
        container: container_name(&demuxer.tags()),
        duration: Ticks::from_nanos(end.saturating_sub(start).max(0)),
        video: None,
        audio,
        is_still: false,
    })
}

/// What a sound stream's caps say.
pub fn audio_info(caps: &gst::Caps) -> AudioStreamInfo {
    let number = |name| {
        caps.structure(0)
            .and_then(|s| s.get::<i32>(name).ok())
            .unwrap_or(0)
    };
    AudioStreamInfo {
        channels: number("channels").max(0) as u32,
        sample_rate: number("rate").max(0) as u32,
        codec: codec_name(caps),
    }
}

/// Name of a codec for people.
pub fn codec_name(caps: &gst::Caps) -> String {
    gst_pbutils::pb_utils_get_codec_description(caps).into()
}

/// Name of the container for people.
pub fn container_name(tags: &gst::TagList) -> String {
    let format = tags.get::<gst::tags::ContainerFormat>();
    format.map_or_else(|| "unknown".into(), |format| format.get().to_owned())
}

//! Reading a stream through once to learn when each frame is shown.

use super::{Orientation, PacketRecord};
use crate::{
    Error, Result,
    decoder::Decoder,
    demux::{Demuxer, OtherStream, StreamKind},
    packet::{Packet, is_countable},
    picture, probe,
};
use av::{FrameRate, MediaInfo, Ticks, VideoStreamInfo};
use gstreamer as gst;
use std::path::Path;

/// A file may end this much before what its header claims, as rounding and padding do.
const MISSING_NANOS_MAX: i64 = 1_000_000_000;

/// What an index is assembled from.
#[derive(Debug)]
pub struct Parts {
    pub info: MediaInfo,
    pub orientation: Orientation,
    pub zero_nanos: i64,
    pub packets: Vec<PacketRecord>,
    /// (stream time in nanoseconds, packet), first shown first.
    pub shown: Vec<(i64, u32)>,
    /// How long the last frame is shown.
    pub last_nanos: i64,
    pub claimed_rate: Option<FrameRate>,
}

/// What is gathered while reading.
struct Scan {
    decoder: Decoder,
    /// Whether every packet is decoded, since what comes out cannot be told beforehand.
    decodes_all: bool,
    picture: Option<gst::Caps>,
    has_started: bool,
    packets: Vec<PacketRecord>,
    /// What the container says of each packet: when it is seen, if at all.
    visible: Vec<Option<i64>>,
    /// Packets in the order their pictures came out.
    decoded: Vec<usize>,
    last_duration: Option<i64>,
    /// The latest time a packet bears, before any edit list or offset.
    last_stamp: i64,
    lacks_times: bool,
}

/// Reads the first picture stream of `path` to its end.
pub fn scan(path: &Path) -> Result<Parts> {
    let first = read(path, false)?;
    // Without times, or for codecs that swallow and delay pictures, only decoding tells.
    let (scan, demuxer, caps) = if first.0.lacks_times && !first.0.decodes_all {
        read(path, true)?
    } else {
        first
    };
    let other = demuxer.other();
    let shown = if scan.decodes_all {
        scan.shown_by_decoding()
    } else {
        scan.shown_by_container()
    };
    let Some((first_shown, _)) = shown.first().copied() else {
        return Err(damaged("no picture can be decoded", path));
    };
    let zero_nanos = other
        .start_nanos
        .map_or(first_shown, |start| start.min(first_shown));
    let deltas = shown.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let last_nanos = scan
        .last_duration
        .or_else(|| deltas.min())
        .unwrap_or(40_000_000)
        .max(1);
    let last_shown = shown.last().map_or(0, |(time, _)| *time);
    let end_nanos = (last_shown + last_nanos).max(other.end_nanos.unwrap_or(0));
    check_complete(&demuxer, end_nanos.max(scan.last_stamp), path)?;
    let picture = scan.picture.as_ref();
    let picture = picture.ok_or_else(|| damaged("no picture can be decoded", path))?;
    let tags = demuxer.tags();
    let orientation = picture::orientation_of(&tags);
    Ok(Parts {
        info: info_from(
            picture,
            &caps,
            &tags,
            (&other, end_nanos - zero_nanos),
            path,
        )?,
        orientation,
        zero_nanos,
        packets: scan.packets,
        shown,
        last_nanos,
        claimed_rate: claimed_rate(&caps),
    })
}

fn damaged(reason: &str, path: &Path) -> Error {
    Error::Damaged {
        reason: reason.into(),
        path: path.into(),
    }
}

fn read(path: &Path, decodes_all: bool) -> Result<(Scan, Demuxer, gst::Caps)> {
    let mut demuxer = Demuxer::open(path, StreamKind::Video)?;
    let Some(first) = demuxer.next()? else {
        return Err(damaged("the stream holds no packet", path));
    };
    let caps = first.caps.clone();
    let mut scan = Scan {
        decoder: Decoder::open(&caps, path)?,
        decodes_all: decodes_all || !is_countable(&caps),
        picture: None,
        has_started: false,
        packets: Vec::new(),
        visible: Vec::new(),
        decoded: Vec::new(),
        last_duration: None,
        last_stamp: 0,
        lacks_times: false,
    };
    let mut next = Some(first);
    while let Some(packet) = next {
        scan.add(&packet)?;
        next = demuxer.next()?;
    }
    if scan.decodes_all || scan.picture.is_none() {
        scan.decoder.drain()?;
        scan.collect();
    }
    // Where nothing is marked as an entry point, the start is the only one.
    if !scan.packets.iter().any(|record| record.is_keyframe)
        && let Some(record) = scan.packets.first_mut()
    {
        record.is_keyframe = true;
    }
    Ok((scan, demuxer, caps))
}

impl Scan {
    fn add(&mut self, packet: &Packet) -> Result<()> {
        let traits = packet.traits();
        let number = self.packets.len();
        self.packets.push(PacketRecord {
            key_nanos: packet.key_nanos(),
            size: packet.buffer.size() as u32,
            is_keyframe: traits.is_keyframe,
            is_droppable: traits.is_droppable,
        });
        self.lacks_times |= packet.buffer.pts().is_none();
        let visible = packet.visible_nanos().filter(|_| !traits.is_hidden);
        self.visible.push(visible);
        self.last_duration = packet.duration_nanos().or(self.last_duration);
        self.last_stamp = self.last_stamp.max(packet.stamp_nanos());
        self.has_started |= traits.is_keyframe;
        if self.decodes_all || (self.picture.is_none() && self.has_started) {
            self.decoder.push(packet, number)?;
            self.collect();
        }
        Ok(())
    }

    fn collect(&mut self) {
        for picture in self.decoder.take() {
            self.decoded.push(picture.packet);
            self.picture.get_or_insert(picture.caps);
        }
    }

    /// Frames by the container's own times; those shown before the first entry point cannot be decoded.
    fn shown_by_container(&self) -> Vec<(i64, u32)> {
        let first_entry = self.packets.iter().position(|record| record.is_keyframe);
        let entry_nanos = first_entry.map_or(i64::MIN, |entry| self.packets[entry].key_nanos);
        let mut shown: Vec<(i64, u32)> = self
            .visible
            .iter()
            .enumerate()
            .filter(|(number, _)| self.packets[*number].key_nanos >= entry_nanos)
            .filter_map(|(number, visible)| Some(((*visible)?, number as u32)))
            .collect();
        shown.sort_unstable();
        shown
    }

    /// Frames in the order they came out, given the file's times in rising order.
    fn shown_by_decoding(&self) -> Vec<(i64, u32)> {
        let mut once = vec![false; self.packets.len()];
        let is_new = |number: &&usize| !std::mem::replace(&mut once[**number], true);
        let decoded: Vec<usize> = self.decoded.iter().filter(is_new).copied().collect();
        if !self.lacks_times {
            let frame = |number: &usize| Some((self.visible[*number]?, *number as u32));
            let mut shown: Vec<_> = decoded.iter().filter_map(frame).collect();
            shown.sort_by_key(|(time, _)| *time);
            return shown;
        }
        let mut times: Vec<i64> = decoded
            .iter()
            .map(|number| self.packets[*number].key_nanos)
            .collect();
        times.sort_unstable();
        times
            .into_iter()
            .zip(decoded)
            .map(|(time, number)| (time, number as u32))
            .collect()
    }
}

/// Refuses a file that breaks off long before its header says it ends.
fn check_complete(demuxer: &Demuxer, end_nanos: i64, path: &Path) -> Result<()> {
    let claimed = demuxer.claimed_nanos().unwrap_or(0);
    let missing = claimed - end_nanos;
    if missing <= MISSING_NANOS_MAX.max(claimed / 20) {
        return Ok(());
    }
    let seconds = |nanos: i64| Ticks::from_nanos(nanos).seconds_for_display();
    let reason = format!(
        "it breaks off after {:.1} of {:.1} seconds",
        seconds(end_nanos),
        seconds(claimed)
    );
    Err(damaged(&reason, path))
}

fn claimed_rate(caps: &gst::Caps) -> Option<FrameRate> {
    let rate = caps.structure(0)?.get::<gst::Fraction>("framerate").ok()?;
    FrameRate::new(
        u32::try_from(rate.numer()).ok()?,
        u32::try_from(rate.denom()).ok()?,
    )
    .ok()
}

fn info_from(
    picture: &gst::Caps,
    caps: &gst::Caps,
    tags: &gst::TagList,
    (other, duration_nanos): (&OtherStream, i64),
    path: &Path,
) -> Result<MediaInfo> {
    let layout = picture::Layout::from_caps(picture, path)?;
    let orientation = picture::orientation_of(tags);
    let video = VideoStreamInfo {
        size: layout.size_turned(orientation),
        pixel_aspect: layout.pixel_aspect_turned(orientation),
        rate: None,
        frame_count: 0,
        codec: probe::codec_name(caps),
        color: layout.color,
        has_alpha: layout.has_alpha,
    };
    Ok(MediaInfo {
        container: probe::container_name(tags),
        duration: Ticks::from_nanos(duration_nanos),
        video: Some(video),
        audio: other.caps.as_ref().map(probe::audio_info),
        is_still: false,
    })
}

//! Which frame of a file is shown when.

mod build;
mod cadence;
mod store;

use crate::{Result, cache, fingerprint, pipeline, still};
use av::{Fingerprint, FrameRate, MediaInfo, Ticks};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// Every frame of a file's picture stream in the order of showing.
///
/// Media time starts at 0 with the first thing the file shows or sounds.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamIndex {
    pub(crate) info: MediaInfo,
    pub(crate) orientation: Orientation,
    /// Stream time at which media time is 0, in nanoseconds.
    pub(crate) zero_nanos: i64,
    /// In the order of decoding.
    pub(crate) packets: Vec<PacketRecord>,
    frames: Vec<IndexedFrame>,
    /// Which packet each frame is decoded from.
    frame_packets: Vec<u32>,
    /// Which frame each packet shows.
    packet_frames: Vec<Option<u32>>,
    tolerance: Ticks,
}

/// One shown frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedFrame {
    /// When it appears, in media time.
    pub pts: Ticks,
    /// Until the next one appears.
    pub duration: Ticks,
    /// Whether decoding can start here.
    pub is_keyframe: bool,
}

/// How stored pictures are turned before they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orientation {
    /// Quarter turns clockwise, 0 to 3.
    pub quarter_turns: u8,
    /// Whether left and right are swapped before turning.
    pub is_mirrored: bool,
}

/// What is remembered of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketRecord {
    /// Identifies it when the file is read again; see [`crate::packet::Packet::key_nanos`].
    pub key_nanos: i64,
    /// Its length in bytes.
    pub size: u32,
    /// Decoding can start here.
    pub is_keyframe: bool,
    /// No other picture needs it.
    pub is_droppable: bool,
}

impl StreamIndex {
    /// Puts frames, given as (time, packet), into the order of showing.
    fn assemble(parts: build::Parts) -> Self {
        let build::Parts {
            mut info,
            orientation,
            zero_nanos,
            packets,
            shown,
            last_nanos,
            claimed_rate,
        } = parts;
        let times: Vec<i64> = shown.iter().map(|(time, _)| time - zero_nanos).collect();
        let rate = cadence::rate_of(&times, claimed_rate);
        let pts = cadence::ticks_of(&times, rate);
        let last = match rate {
            Some(rate) => rate.ticks_from_count(av::FrameCount::ONE),
            None => Ticks::from_nanos(last_nanos.max(1)),
        };
        let ends = pts.iter().skip(1).copied();
        let end = pts.last().copied().unwrap_or_default() + last;
        let frames: Vec<IndexedFrame> = pts
            .iter()
            .zip(ends.chain([end]))
            .zip(&shown)
            .map(|((pts, end), (_, packet))| IndexedFrame {
                pts: *pts,
                duration: end - *pts,
                is_keyframe: packets[*packet as usize].is_keyframe,
            })
            .collect();
        let mut packet_frames = vec![None; packets.len()];
        for (number, (_, packet)) in shown.iter().enumerate() {
            packet_frames[*packet as usize] = Some(number as u32);
        }
        if let Some(video) = &mut info.video {
            video.rate = rate;
            video.frame_count = frames.len() as i64;
        }
        info.duration = info.duration.max(end);
        let shortest = frames
            .iter()
            .map(|frame| frame.duration)
            .filter(|d| d.0 > 0)
            .min();
        Self {
            tolerance: Ticks(rate.map_or(shortest.unwrap_or(last), |_| last).0 / 2),
            frame_packets: shown.iter().map(|(_, packet)| *packet).collect(),
            info,
            orientation,
            zero_nanos,
            packets,
            frames,
            packet_frames,
        }
    }

    /// The index of one picture without duration.
    fn of_still(info: MediaInfo) -> Self {
        Self::of_pictures(info, vec![Ticks::ZERO])
    }

    /// The index of pictures that need no packets, shown at `times`.
    fn of_pictures(mut info: MediaInfo, times: Vec<Ticks>) -> Self {
        let end = info.duration;
        let ends = times.iter().skip(1).copied().chain([end]);
        let frame = |(pts, end): (&Ticks, Ticks)| IndexedFrame {
            pts: *pts,
            duration: end - *pts,
            is_keyframe: true,
        };
        let frames: Vec<IndexedFrame> = times.iter().zip(ends).map(frame).collect();
        let nanos: Vec<i64> = times.iter().map(|time| time.nanos()).collect();
        let shortest = frames
            .iter()
            .map(|frame| frame.duration)
            .min()
            .unwrap_or_default();
        if let Some(video) = &mut info.video {
            video.rate = cadence::rate_of(&nanos, None);
            video.frame_count = frames.len() as i64;
        }
        Self {
            info,
            orientation: Orientation::default(),
            zero_nanos: 0,
            packets: Vec::new(),
            frames,
            frame_packets: Vec::new(),
            packet_frames: Vec::new(),
            tolerance: Ticks(shortest.0 / 2),
        }
    }

    /// Shown frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether nothing is ever shown; no file that opens is like that.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// All frames, first shown first.
    pub fn frames(&self) -> &[IndexedFrame] {
        &self.frames
    }

    /// When frame `number` appears; numbers past the end give the last frame's.
    pub fn pts(&self, number: usize) -> Ticks {
        let last = self.frames.len().saturating_sub(1);
        self.frames
            .get(number.min(last))
            .map_or(Ticks::ZERO, |frame| frame.pts)
    }

    /// The cadence at least 98 % of the frames keep; `None` for variable-rate files and stills.
    pub fn rate(&self) -> Option<FrameRate> {
        self.info.video.as_ref()?.rate
    }

    /// When the last frame stops being shown.
    pub fn end(&self) -> Ticks {
        self.frames
            .last()
            .map_or(Ticks::ZERO, |frame| frame.pts + frame.duration)
    }

    /// What the file holds.
    pub fn info(&self) -> &MediaInfo {
        &self.info
    }

    /// The frame shown at `time`: the last that appears not later than half the shortest duration after it.
    ///
    /// Times before the first and after the last frame give those.
    pub fn frame_number_at(&self, time: Ticks) -> usize {
        let limit = time + self.tolerance;
        self.frames
            .partition_point(|frame| frame.pts <= limit)
            .saturating_sub(1)
    }

    /// The packet that frame `number` is decoded from.
    pub(crate) fn packet_of(&self, number: usize) -> usize {
        self.frame_packets[number] as usize
    }

    /// The frame that packet `packet` shows.
    pub(crate) fn frame_of(&self, packet: usize) -> Option<usize> {
        self.packet_frames
            .get(packet)
            .copied()
            .flatten()
            .map(|number| number as usize)
    }

    /// The last packet at or before `packet` where decoding can start.
    pub(crate) fn entry_before(&self, packet: usize) -> Option<usize> {
        let packets = self.packets.get(..=packet)?;
        packets.iter().rposition(|record| record.is_keyframe)
    }

    /// The packet from which frame `number` can be decoded.
    ///
    /// A frame decoded after an entry point and shown before it (open group of pictures) needs the one before that.
    pub(crate) fn entry_for(&self, number: usize) -> usize {
        let Some(entry) = self.entry_before(self.packet_of(number)) else {
            return 0;
        };
        match self.frame_of(entry) {
            Some(first) if first > number && entry > 0 => self.entry_before(entry - 1).unwrap_or(0),
            Some(_) | None => entry,
        }
    }
}

/// The indexes in use, so that a second reader of a file waits for nothing.
static IN_USE: Mutex<BTreeMap<Fingerprint, Weak<StreamIndex>>> = Mutex::new(BTreeMap::new());

/// The index of a video or still; the file is read through once, then the index is kept in the cache folder.
pub fn index_video(path: &Path) -> Result<Arc<StreamIndex>> {
    pipeline::init()?;
    pipeline::check_file(path)?;
    if let Some(info) = still::probe(path)? {
        return Ok(Arc::new(StreamIndex::of_still(info)));
    }
    if let Some((info, frames)) = still::read_animation(path)? {
        let times = frames.iter().map(|frame| frame.pts).collect();
        return Ok(Arc::new(StreamIndex::of_pictures(info, times)));
    }
    let id = fingerprint(path)?;
    let in_use = || IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = in_use().get(&id).and_then(Weak::upgrade) {
        return Ok(index);
    }
    let name = format!("{id}.index");
    let stored = cache::default_cache()
        .and_then(|cache| cache.read(&name))
        .and_then(|bytes| store::from_bytes(&bytes));
    let index = if let Some(index) = stored {
        index
    } else {
        let index = StreamIndex::assemble(build::scan(path)?);
        if let Some(cache) = cache::default_cache() {
            cache.write(&name, &store::to_bytes(&index));
        }
        index
    };
    let index = Arc::new(index);
    let mut in_use = in_use();
    in_use.retain(|_, index| index.strong_count() > 0);
    in_use.insert(id, Arc::downgrade(&index));
    Ok(index)
}

#[cfg(test)]
mod tests;

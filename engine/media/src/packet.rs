//! Compressed pictures as they come out of a container, and what can be told of them without decoding.

use gstreamer as gst;
use std::sync::Arc;

/// One compressed picture.
#[derive(Debug, Clone)]
pub struct Packet {
    /// The bytes.
    pub buffer: gst::Buffer,
    /// Codec and its configuration.
    pub caps: gst::Caps,
    /// Where the stretch of media it belongs to begins and ends.
    pub segment: Arc<gst::FormattedSegment<gst::ClockTime>>,
}

impl Packet {
    /// When it is shown, in nanoseconds of stream time; negative for pictures that only help to decode others.
    pub fn shown_nanos(&self) -> Option<i64> {
        self.stream_nanos(self.buffer.pts()?)
    }

    /// What orders and identifies it: when it is shown or, where the file does not say, when it is decoded.
    pub fn key_nanos(&self) -> i64 {
        self.shown_nanos()
            .or_else(|| self.stream_nanos(self.buffer.dts()?))
            .unwrap_or(i64::MIN)
    }

    /// The time it bears, in nanoseconds from wherever its container counts.
    pub fn stamp_nanos(&self) -> i64 {
        self.buffer
            .dts_or_pts()
            .map_or(0, |time| time.nseconds() as i64)
    }

    /// Nanoseconds it is shown for, where the file says.
    pub fn duration_nanos(&self) -> Option<i64> {
        self.buffer
            .duration()
            .map(|duration| duration.nseconds() as i64)
    }

    /// When it is shown, cut to what the edit list lets through; `None` for pictures it hides.
    pub fn visible_nanos(&self) -> Option<i64> {
        let pts = self.buffer.pts()?.nseconds() as i64;
        let duration = self.duration_nanos().unwrap_or(0);
        let start = self
            .segment
            .start()
            .map_or(0, |start| start.nseconds() as i64);
        let stop = self.segment.stop().map(|stop| stop.nseconds() as i64);
        if stop.is_some_and(|stop| pts >= stop) {
            return None;
        }
        if pts >= start {
            return self.shown_nanos();
        }
        // A picture that began before the edit and still stands in it is its first; rounding alone does not count.
        let is_standing = duration > 0 && pts + duration - start > duration / 8;
        is_standing.then(|| self.shown_nanos().map(|shown| shown + start - pts))?
    }

    fn stream_nanos(&self, time: gst::ClockTime) -> Option<i64> {
        match self.segment.to_stream_time_full(time)? {
            gst::Signed::Positive(time) => Some(time.nseconds() as i64),
            gst::Signed::Negative(time) => Some(-(time.nseconds() as i64)),
        }
    }

    /// What can be told without decoding.
    pub fn traits(&self) -> PacketTraits {
        let flagged = PacketTraits {
            is_keyframe: !self.buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
            is_droppable: false,
            is_hidden: false,
        };
        let Ok(map) = self.buffer.map_readable() else {
            return flagged;
        };
        let Some(structure) = self.caps.structure(0) else {
            return flagged;
        };
        match structure.name().as_str() {
            "video/x-h264" => h264_traits(&map, length_size(structure, 4)),
            "video/x-h265" => h265_traits(&map, length_size(structure, 21)),
            "video/x-vp8" => PacketTraits {
                is_hidden: map.first().is_some_and(|byte| byte & 0x10 == 0),
                ..flagged
            },
            "video/x-vp9" => PacketTraits {
                is_hidden: is_hidden_vp9(&map),
                ..flagged
            },
            _ => flagged,
        }
    }
}

/// What can be told of a packet without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketTraits {
    /// Decoding can start here, for this and all pictures shown later.
    pub is_keyframe: bool,
    /// No other picture needs this one.
    pub is_droppable: bool,
    /// Nothing is shown for it.
    pub is_hidden: bool,
}

/// Whether pictures of this codec come out one for one, so that an index needs no decoding.
pub fn is_countable(caps: &gst::CapsRef) -> bool {
    let Some(structure) = caps.structure(0) else {
        return false;
    };
    match structure.name().as_str() {
        "video/x-h264" | "video/x-h265" | "video/x-vp8" | "video/x-vp9" | "video/x-av1"
        | "video/x-prores" | "video/x-dnxhd" | "video/x-raw" | "video/x-ffv"
        | "video/x-huffyuv" | "image/jpeg" | "image/png" => true,
        "video/mpeg" => structure
            .get::<i32>("mpegversion")
            .is_ok_and(|version| version <= 2),
        _ => false,
    }
}

/// Bytes of a length prefix, for streams that have them instead of start codes.
fn length_size(structure: &gst::StructureRef, offset: usize) -> Option<usize> {
    let codec_data = structure.get::<gst::Buffer>("codec_data").ok()?;
    let map = codec_data.map_readable().ok()?;
    map.get(offset).map(|byte| usize::from(byte & 3) + 1)
}

/// The network units of an access unit, with length prefixes or start codes.
fn units(data: &[u8], length_size: Option<usize>) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut rest = data;
    if let Some(size) = length_size {
        while rest.len() > size {
            let length = rest[..size]
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            let end = (size + length).min(rest.len());
            units.push(&rest[size..end]);
            rest = &rest[end..];
        }
        return units;
    }
    let starts: Vec<usize> = rest
        .windows(3)
        .enumerate()
        .filter(|(_, window)| *window == [0, 0, 1])
        .map(|(at, _)| at + 3)
        .collect();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(data.len(), |next| next - 3);
        units.push(&data[*start..end]);
    }
    units
}

/// Container flags are not believed for H.264: muxers mark every I picture, and pictures after one may need older ones.
fn h264_traits(data: &[u8], length_size: Option<usize>) -> PacketTraits {
    let mut traits = PacketTraits {
        is_keyframe: false,
        is_droppable: true,
        is_hidden: false,
    };
    let mut has_slice = false;
    for unit in units(data, length_size) {
        let Some(header) = unit.first() else { continue };
        match header & 0x1f {
            5 => traits.is_keyframe = true,
            6 => traits.is_keyframe |= is_immediate_recovery(&unit[1..]),
            _ => {}
        }
        if matches!(header & 0x1f, 1..=5) {
            has_slice = true;
            traits.is_droppable &= header & 0x60 == 0;
        }
    }
    traits.is_droppable &= has_slice && !traits.is_keyframe;
    traits
}

/// Whether supplemental information says that decoding may start at once (recovery point, zero frames away).
fn is_immediate_recovery(message: &[u8]) -> bool {
    let mut rest = message;
    while rest.len() > 2 && rest[0] != 0x80 {
        let Some((kind, after_kind)) = sei_number(rest) else {
            return false;
        };
        let Some((size, payload)) = sei_number(after_kind) else {
            return false;
        };
        if kind == 6 {
            return payload.first().is_some_and(|byte| byte & 0x80 != 0);
        }
        rest = payload.get(size..).unwrap_or_default();
    }
    false
}

fn sei_number(data: &[u8]) -> Option<(usize, &[u8])> {
    let ones = data.iter().take_while(|byte| **byte == 0xff).count();
    let last = *data.get(ones)?;
    Some((ones * 255 + usize::from(last), &data[ones + 1..]))
}

fn h265_traits(data: &[u8], length_size: Option<usize>) -> PacketTraits {
    let is_keyframe = units(data, length_size)
        .iter()
        .filter_map(|unit| unit.first())
        .any(|header| matches!(header >> 1 & 0x3f, 16..=21));
    PacketTraits {
        is_keyframe,
        is_droppable: false,
        is_hidden: false,
    }
}

fn is_hidden_vp9(data: &[u8]) -> bool {
    let (Some(first), Some(last)) = (data.first(), data.last()) else {
        return true;
    };
    let is_superframe = last & 0xe0 == 0xc0;
    // Bits from the top: marker 2, profile 2, (reserved 1 for profile 3,) show existing, type, show.
    let shift = u8::from(first >> 4 & 3 == 3);
    let shows_existing = first << shift & 0x08 != 0;
    let shows = first << shift & 0x02 != 0;
    !is_superframe && !shows_existing && !shows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_entry_points_of_h264_are_keyframes() {
        let idr = [0, 0, 0, 2, 0x65, 1];
        let lone_i = [0, 0, 0, 2, 0x41, 1];
        let open = [0, 0, 0, 5, 0x06, 6, 1, 0xc4, 0x80, 0, 0, 0, 2, 0x41, 1];
        let late = [0, 0, 0, 5, 0x06, 6, 1, 0x44, 0x80, 0, 0, 0, 2, 0x41, 1];
        let unneeded = [0, 0, 1, 0x01, 1];
        assert!(h264_traits(&idr, Some(4)).is_keyframe);
        assert!(!h264_traits(&lone_i, Some(4)).is_keyframe);
        assert!(h264_traits(&open, Some(4)).is_keyframe);
        assert!(!h264_traits(&late, Some(4)).is_keyframe);
        assert!(h264_traits(&unneeded, None).is_droppable);
        assert!(!h264_traits(&lone_i, Some(4)).is_droppable);
    }

    #[test]
    fn broken_packets_are_no_entry_points() {
        for data in [&[][..], &[0], &[0xff; 9], &[0, 0, 0, 200, 6, 0xff, 0xff]] {
            let traits = h264_traits(data, Some(4));
            assert!(!traits.is_keyframe && !traits.is_droppable, "{data:?}");
        }
    }
}

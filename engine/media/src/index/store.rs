//! An index as bytes: a version, the description as JSON, then columns of little-endian numbers.

use super::{IndexedFrame, Orientation, PacketRecord, StreamIndex};
use av::{MediaInfo, Ticks};

/// Changes whenever the layout or the meaning of a field does; older files are then built again.
const VERSION: &[u8; 8] = b"evfidx03";

const FRAME_BYTES: usize = 20;
const PACKET_BYTES: usize = 13;
const KEYFRAME: u8 = 1;
const DROPPABLE: u8 = 2;

/// The index as bytes.
pub fn to_bytes(index: &StreamIndex) -> Vec<u8> {
    let mut body = VERSION.to_vec();
    // A description is plain data with text keys, which always has a JSON form.
    let info = serde_json::to_vec(&index.info).unwrap_or_default();
    put(&mut body, &(info.len() as u64).to_le_bytes());
    put(&mut body, &info);
    put(
        &mut body,
        &[
            index.orientation.quarter_turns,
            u8::from(index.orientation.is_mirrored),
        ],
    );
    put(&mut body, &index.zero_nanos.to_le_bytes());
    put(&mut body, &index.tolerance.0.to_le_bytes());
    put(&mut body, &(index.packets.len() as u64).to_le_bytes());
    put(&mut body, &(index.frames.len() as u64).to_le_bytes());
    for record in &index.packets {
        put(&mut body, &record.key_nanos.to_le_bytes());
        put(&mut body, &record.size.to_le_bytes());
        let flags =
            (u8::from(record.is_keyframe) * KEYFRAME) | (u8::from(record.is_droppable) * DROPPABLE);
        body.push(flags);
    }
    for (frame, packet) in index.frames.iter().zip(&index.frame_packets) {
        put(&mut body, &frame.pts.0.to_le_bytes());
        put(&mut body, &frame.duration.0.to_le_bytes());
        put(&mut body, &packet.to_le_bytes());
    }
    body
}

fn put(bytes: &mut Vec<u8>, more: &[u8]) {
    bytes.extend_from_slice(more);
}

/// The index back, or `None` when the bytes are from another version or do not hold together.
pub fn from_bytes(bytes: &[u8]) -> Option<StreamIndex> {
    let mut reader = Reader(bytes.strip_prefix(VERSION)?);
    let info_length = reader.u64()? as usize;
    let info: MediaInfo = serde_json::from_slice(reader.take(info_length)?).ok()?;
    let orientation = Orientation {
        quarter_turns: reader.u8()?,
        is_mirrored: reader.u8()? == 1,
    };
    let zero_nanos = reader.i64()?;
    let tolerance = Ticks(reader.i64()?);
    let num_packets = reader.u64()? as usize;
    let num_frames = reader.u64()? as usize;
    let expected = num_packets
        .checked_mul(PACKET_BYTES)?
        .checked_add(num_frames.checked_mul(FRAME_BYTES)?)?;
    if reader.0.len() != expected {
        return None;
    }
    let packets: Vec<PacketRecord> = (0..num_packets)
        .map(|_| reader.packet())
        .collect::<Option<_>>()?;
    let mut packet_frames = vec![None; num_packets];
    let (mut frames, mut frame_packets) = (
        Vec::with_capacity(num_frames),
        Vec::with_capacity(num_frames),
    );
    for number in 0..num_frames {
        let (pts, duration, packet) = (Ticks(reader.i64()?), Ticks(reader.i64()?), reader.u32()?);
        let record = packets.get(packet as usize)?;
        frames.push(IndexedFrame {
            pts,
            duration,
            is_keyframe: record.is_keyframe,
        });
        frame_packets.push(packet);
        packet_frames[packet as usize] = Some(number as u32);
    }
    Some(StreamIndex {
        info,
        orientation,
        zero_nanos,
        packets,
        frames,
        frame_packets,
        packet_frames,
        tolerance,
    })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }
    fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }
    fn i64(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_le_bytes)
    }
    fn packet(&mut self) -> Option<PacketRecord> {
        let (key_nanos, size, flags) = (self.i64()?, self.u32()?, self.u8()?);
        Some(PacketRecord {
            key_nanos,
            size,
            is_keyframe: flags & KEYFRAME != 0,
            is_droppable: flags & DROPPABLE != 0,
        })
    }
}

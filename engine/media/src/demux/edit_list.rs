//! Edit lists of MP4 and QuickTime files, applied by us.
//!
//! GStreamer 1.22 compares times before and after the edit with each other and drops the tail of every track whose
//! edit begins late, as in all trimmed phone clips. So its demuxer is shown a file in which the lists are renamed to
//! free space and the film is as long as its tracks, and the one edit that nearly every file has is applied to the packets here. Lists with several edits
//! are left to GStreamer.

use gst::prelude::*;
use gstreamer as gst;
use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// A movie header larger than this holds no plausible film; a day of video has a few megabytes.
const HEADER_BYTES_MAX: u64 = 256 << 20;

/// What hides an edit list from the demuxer.
const FREE: &[u8; 4] = b"skip";

/// The single edit of a track; all in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// First moment shown, in the track's own time.
    pub start: u64,
    /// First moment no longer shown; `None` for all there is.
    pub stop: Option<u64>,
    /// When the first moment is shown.
    pub shown: u64,
}

/// The edits of a file's first tracks, and where the lists lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditLists {
    /// Of the first track with pictures.
    pub video: Option<Edit>,
    /// Of the first track with sound.
    pub audio: Option<Edit>,
    /// How much longer the film seems to the demuxer than it is.
    pub added_nanos: u64,
    /// What the demuxer is shown in place of the file's own bytes: offset and bytes.
    patches: Vec<(u64, Vec<u8>)>,
}

impl Edit {
    /// The edit as GStreamer expresses such things.
    pub fn segment(&self) -> gst::FormattedSegment<gst::ClockTime> {
        let mut segment = gst::FormattedSegment::new();
        segment.set_start(gst::ClockTime::from_nseconds(self.start));
        segment.set_stop(self.stop.map(gst::ClockTime::from_nseconds));
        segment.set_time(gst::ClockTime::from_nseconds(self.shown));
        segment
    }

    /// Track time of a moment in stream time; never before the track begins.
    pub fn track_nanos(&self, stream_nanos: i64) -> i64 {
        (stream_nanos - self.shown as i64 + self.start as i64).max(0)
    }
}

impl EditLists {
    /// The edits of the file at `path`; none where it is of another kind or its header is not plain.
    pub fn read(path: &Path) -> Self {
        // Whatever keeps the header from being read, GStreamer meets and reports too.
        read_header(path)
            .ok()
            .flatten()
            .and_then(|(offset, header)| parse(&header, offset))
            .unwrap_or_default()
    }

    /// Hides the lists from whatever pulls on `source`.
    pub fn hide_from(&self, source: &gst::Element) {
        let Some(pad) = source
            .static_pad("src")
            .filter(|_| !self.patches.is_empty())
        else {
            return;
        };
        let patches = self.patches.clone();
        pad.add_probe(
            gst::PadProbeType::PULL | gst::PadProbeType::BUFFER,
            move |_, info| {
                if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data {
                    overwrite(buffer, &patches);
                }
                gst::PadProbeReturn::Ok
            },
        );
    }
}

fn overwrite(buffer: &mut gst::Buffer, patches: &[(u64, Vec<u8>)]) {
    let offset = buffer.offset();
    let end = offset.saturating_add(buffer.size() as u64);
    let is_inside = |(at, bytes): &&(u64, Vec<u8>)| *at < end && at + bytes.len() as u64 > offset;
    if offset == u64::MAX || !patches.iter().any(|patch| is_inside(&patch)) {
        return;
    }
    let Ok(mut map) = buffer.make_mut().map_writable() else {
        return;
    };
    for (at, bytes) in patches.iter().filter(is_inside) {
        for (place, byte) in (*at..).zip(bytes) {
            let target = place
                .checked_sub(offset)
                .and_then(|place| map.get_mut(place as usize));
            if let Some(target) = target {
                *target = *byte;
            }
        }
    }
}

/// The movie header's content and where it begins, if the file is made of boxes.
fn read_header(path: &Path) -> io::Result<Option<(u64, Vec<u8>)>> {
    let mut file = File::open(path)?;
    let file_size = file.metadata()?.len();
    let mut offset = 0;
    while offset + 8 <= file_size {
        file.seek(SeekFrom::Start(offset))?;
        let mut head = [0; 16];
        let length = (file_size - offset).min(16) as usize;
        file.read_exact(&mut head[..length])?;
        let Some((name, header_size, size)) = box_head(&head[..length], file_size - offset) else {
            return Ok(None);
        };
        let is_plausible = offset > 0
            || matches!(
                &name,
                b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip"
            );
        if !is_plausible {
            return Ok(None);
        }
        if &name == b"moov" && size <= HEADER_BYTES_MAX {
            let mut header = vec![0; (size - header_size) as usize];
            file.seek(SeekFrom::Start(offset + header_size))?;
            file.read_exact(&mut header)?;
            return Ok(Some((offset + header_size, header)));
        }
        offset += size;
    }
    Ok(None)
}

/// Name, length of the head and length in all of a box of at most `room` bytes.
fn box_head(data: &[u8], room: u64) -> Option<([u8; 4], u64, u64)> {
    let name = data.get(4..8)?.try_into().ok()?;
    let (header_size, size) = match number(data, 0, 4)? {
        0 => (8, room),
        1 => (16, number(data, 8, 8)?),
        size => (8, size),
    };
    (header_size <= size && size <= room).then_some((name, header_size, size))
}

/// The big-endian number of `length` bytes at `at`.
fn number(data: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = data.get(at..at + length)?;
    Some(
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

/// The boxes inside `data`, which lies at `offset` of the file: name, content, offset of the content.
fn boxes(data: &[u8], offset: u64) -> Vec<([u8; 4], &[u8], u64)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((name, header_size, size)) = data
        .get(at..)
        .and_then(|rest| box_head(rest, rest.len() as u64))
    {
        let content = &data[at + header_size as usize..at + size as usize];
        found.push((name, content, offset + at as u64 + header_size));
        at += size as usize;
    }
    found
}

fn find(data: &[u8], offset: u64, name: [u8; 4]) -> Option<(&[u8], u64)> {
    let mut all = boxes(data, offset).into_iter();
    all.find(|(found, ..)| *found == name)
        .map(|(_, content, at)| (content, at))
}

fn parse(header: &[u8], offset: u64) -> Option<EditLists> {
    let (movie, movie_at) = find(header, offset, *b"mvhd")?;
    let movie_scale = time_scale(movie)?;
    let mut lists = EditLists::default();
    let (mut has_video, mut has_audio) = (false, false);
    for (_, track, at) in boxes(header, offset)
        .into_iter()
        .filter(|(name, ..)| name == b"trak")
    {
        let Some(kind) = kind_of(track, at) else {
            continue;
        };
        let slot = match &kind {
            b"vide" if !has_video => {
                has_video = true;
                &mut lists.video
            }
            b"soun" if !has_audio => {
                has_audio = true;
                &mut lists.audio
            }
            _ => continue,
        };
        if let Some((edit, mask)) = single_edit(track, at, movie_scale) {
            *slot = Some(edit);
            lists.patches.push((mask, FREE.to_vec()));
        }
    }
    let hidden = [lists.video, lists.audio]
        .into_iter()
        .flatten()
        .map(|edit| edit.start)
        .max();
    if let Some(hidden) = hidden.filter(|hidden| *hidden > 0) {
        let patch = longer(movie, movie_at, hidden, movie_scale);
        lists.added_nanos = patch.as_ref().map_or(0, |_| hidden);
        lists.patches.extend(patch);
    }
    Some(lists)
}

/// The film's length with what the edits hide: the demuxer ends where the film does.
fn longer(movie: &[u8], at: u64, hidden_nanos: u64, scale: u64) -> Option<(u64, Vec<u8>)> {
    let (place, width) = if *movie.first()? == 1 {
        (24, 8)
    } else {
        (16, 4)
    };
    let length = number(movie, place, width)?;
    let hidden = u128::from(hidden_nanos) * u128::from(scale) / 1_000_000_000 + 1;
    let length = u64::try_from(u128::from(length) + hidden).ok()?;
    let bytes = length.to_be_bytes();
    (width == 8 || length < u64::from(u32::MAX))
        .then(|| (at + place as u64, bytes[8 - width..].to_vec()))
}

fn kind_of(track: &[u8], at: u64) -> Option<[u8; 4]> {
    let (media, at) = find(track, at, *b"mdia")?;
    let (handler, _) = find(media, at, *b"hdlr")?;
    handler.get(8..12)?.try_into().ok()
}

/// Units a second, from a movie or media header of either version.
fn time_scale(header: &[u8]) -> Option<u64> {
    let at = if *header.first()? == 1 { 20 } else { 12 };
    number(header, at, 4).filter(|scale| *scale > 0)
}

/// A track's only edit (after leading pauses) at normal speed, and where its list is named.
fn single_edit(track: &[u8], at: u64, movie_scale: u64) -> Option<(Edit, u64)> {
    let (media, media_at) = find(track, at, *b"mdia")?;
    let track_scale = time_scale(find(media, media_at, *b"mdhd")?.0)?;
    let (edits, edits_at) = find(track, at, *b"edts")?;
    let (list, _) = find(edits, edits_at, *b"elst")?;
    let is_long = *list.first()? == 1;
    let count = number(list, 4, 4)? as usize;
    let (width, entry_size) = if is_long { (8, 20) } else { (4, 12) };
    let mut shown = 0;
    let mut edit = None;
    for entry in list.get(8..)?.chunks_exact(entry_size).take(count) {
        let length = number(entry, 0, width)?;
        let start = number(entry, width, width)?;
        let is_pause = start == u64::MAX >> (64 - 8 * width);
        if edit.is_some() || (!is_pause && number(entry, 2 * width, 4)? != 0x1_0000) {
            return None;
        }
        let length_nanos = nanos(length, movie_scale)?;
        if is_pause {
            shown += length_nanos;
            continue;
        }
        let start = nanos(start, track_scale)?;
        edit = Some(Edit {
            start,
            stop: (length > 0).then_some(start + length_nanos),
            shown,
        });
    }
    // The name stands in the four bytes before the content of a plain head.
    Some((edit?, edits_at - 4))
}

/// Makes the first sound track of a finished file begin `samples` of its own later; `false` where it has no plain list.
///
/// The sound that an encoder primes itself with is thereby hidden, as other programs do it.
pub fn hide_priming(path: &Path, samples: u32) -> io::Result<bool> {
    let Some((offset, header)) = read_header(path)? else {
        return Ok(false);
    };
    let Some(patch) = priming_patch(&header, offset, samples) else {
        return Ok(false);
    };
    let mut file = File::options().write(true).open(path)?;
    file.seek(SeekFrom::Start(patch.0))?;
    file.write_all(&patch.1)?;
    Ok(true)
}

fn priming_patch(header: &[u8], offset: u64, samples: u32) -> Option<(u64, Vec<u8>)> {
    let movie_scale = time_scale(find(header, offset, *b"mvhd")?.0)?;
    let tracks = boxes(header, offset)
        .into_iter()
        .filter(|(name, ..)| name == b"trak");
    let (_, track, at) = tracks
        .into_iter()
        .find(|(_, track, at)| kind_of(track, *at) == Some(*b"soun"))?;
    let (media, media_at) = find(track, at, *b"mdia")?;
    let track_scale = time_scale(find(media, media_at, *b"mdhd")?.0)?;
    let (edits, edits_at) = find(track, at, *b"edts")?;
    let (list, list_at) = find(edits, edits_at, *b"elst")?;
    let is_plain = *list.first()? == 0 && number(list, 4, 4)? == 1 && number(list, 12, 4)? == 0;
    let hidden = u64::from(samples) * movie_scale / track_scale;
    let length = number(list, 8, 4)?.checked_sub(hidden)? as u32;
    let bytes = [length.to_be_bytes(), samples.to_be_bytes()].concat();
    is_plain.then_some((list_at + 8, bytes))
}

fn nanos(units: u64, scale: u64) -> Option<u64> {
    let nanos = (u128::from(units) * 1_000_000_000 + u128::from(scale) / 2) / u128::from(scale);
    u64::try_from(nanos)
        .ok()
        .filter(|nanos| *nanos < u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = (content.len() as u32 + 8).to_be_bytes();
        [&size[..], &name, content].concat()
    }

    fn header(scale: u32) -> Vec<u8> {
        let mut header = vec![0; 12];
        header.extend(scale.to_be_bytes());
        header.extend(3_500_u32.to_be_bytes());
        header
    }

    fn movie(entries: &[[u32; 3]]) -> Vec<u8> {
        let mut list = vec![0; 4];
        list.extend((entries.len() as u32).to_be_bytes());
        list.extend(
            entries
                .iter()
                .flatten()
                .flat_map(|number| number.to_be_bytes()),
        );
        let handler = boxed(*b"hdlr", b"\0\0\0\0\0\0\0\0vide");
        let media = boxed(*b"mdia", &[boxed(*b"mdhd", &header(25)), handler].concat());
        let track = [boxed(*b"edts", &boxed(*b"elst", &list)), media].concat();
        [boxed(*b"mvhd", &header(1_000)), boxed(*b"trak", &track)].concat()
    }

    #[test]
    fn a_single_edit_is_read_and_several_are_left_alone() {
        let trimmed = movie(&[[500, u32::MAX, 0x1_0000], [3_000, 27, 0x1_0000]]);
        let lists = parse(&trimmed, 100).unwrap();
        let edit = lists.video.unwrap();
        assert_eq!((edit.start, edit.shown), (1_080_000_000, 500_000_000));
        assert_eq!(edit.stop, Some(4_080_000_000));
        let at = lists.patches[0].0 as usize - 100;
        assert_eq!(&trimmed[at..at + 4], b"edts");
        assert_eq!(
            lists.patches[1],
            (100 + 8 + 16, 4_581_u32.to_be_bytes().to_vec())
        );
        let several = movie(&[[500, 0, 0x1_0000], [3_000, 27, 0x1_0000]]);
        assert_eq!(parse(&several, 0).unwrap(), EditLists::default());
        let slow = movie(&[[500, 0, 0x8000]]);
        assert_eq!(parse(&slow, 0).unwrap(), EditLists::default());
    }

    #[test]
    fn broken_headers_are_no_edits() {
        let whole = movie(&[[3_000, 27, 0x1_0000]]);
        for length in 0..whole.len() {
            // Must end, and must not index past the end.
            drop(parse(&whole[..length], 0));
        }
        assert_eq!(parse(&[0xff; 64], 0), None);
    }
}

//! Captions: what is said, as titles on a caption track, and as subtitle files.
//!
//! A caption is a title like any other: it is edited, drawn, exported and undone as one. Only where it lies, on a track
//! of words, and how it looks when it is put there makes it a caption.

mod readable;
pub mod subtitles;

pub use readable::readable;

use crate::{
    Animated, Content, Document, Edit, Item, ItemId, Properties, Rgba, Sequence, Title, Track,
    TrackId, TrackKind, edit::PastePiece, limits,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize, Ticks};

/// Words and when they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When they appear.
    pub start: Ticks,
    /// When they are gone.
    pub end: Ticks,
    /// The words, in one line or several.
    pub text: String,
}

/// Height of a caption's letters in parts of the frame's height: two lines are read at a glance and cover little.
const LETTERS: f64 = 0.055;
/// The same in parts of the frame's width, where that is less: on an upright screen a line still holds as much as it does
/// on a wide one.
const LETTERS_OF_WIDTH: f64 = 0.043;
/// How far below the middle captions lie, in frame heights: inside of what every screen shows.
const LOWER: f64 = 0.37;

/// How much of the usual height letters have on a frame of this shape: all of it on wide ones, less on those where lines
/// would hold too little.
pub(crate) fn letters_share(frame: ScanSize) -> f64 {
    let shape = f64::from(frame.width) / f64::from(frame.height.max(1));
    (LETTERS_OF_WIDTH / LETTERS * shape).min(1.0)
}

/// How captions look until somebody changes it: plain letters with a dark edge, near the lower border.
fn looks(text: &str, frame: ScanSize) -> (Title, Properties) {
    let title = Title {
        text: text.to_owned(),
        size: LETTERS * letters_share(frame),
        is_bold: false,
        outline: Rgba::BLACK,
        outline_width: 0.08,
        ..Title::default()
    };
    let mut properties = Properties::default();
    properties.transform.position = Animated::Constant([0.0, LOWER]);
    (title, properties)
}

/// Frames of each cue: inside of the sequence, one frame at least, none while the next one shows.
fn framed(cues: &[Cue], rate: FrameRate) -> Vec<(FrameRange, String)> {
    let frame = |ticks: Ticks| {
        let frame = FrameIndex(rate.count_from_ticks(ticks).0);
        frame.clamp(FrameIndex::ZERO, FrameIndex(limits::FRAMES_MAX - 1))
    };
    let mut framed: Vec<(FrameRange, String)> = Vec::new();
    let mut sorted: Vec<&Cue> = cues.iter().filter(|cue| !is_blank(cue)).collect();
    sorted.sort_by_key(|cue| cue.start);
    for cue in sorted {
        let start = frame(cue.start);
        let end = frame(cue.end).max(start + FrameCount::ONE);
        match framed.last_mut() {
            // Two that begin together are read together.
            Some((range, text)) if range.start == start => {
                text.push('\n');
                text.push_str(&cue.text);
                *range = FrameRange::between(start, range.end().max(end));
                continue;
            }
            Some((range, _)) if range.end() > start => {
                *range = FrameRange::between(range.start, start);
            }
            Some(_) | None => {}
        }
        framed.push((FrameRange::between(start, end), cue.text.clone()));
    }
    framed
}

fn is_blank(cue: &Cue) -> bool {
    cue.text.trim().is_empty() || cue.text.len() > limits::TITLE_BYTES_MAX
}

/// The edit that puts `cues`, in time of the sequence, on the first caption track that is free where they are, or on a
/// new one; `None` without cues. One step of undo.
pub fn place(document: &Document, cues: &[Cue], label: &str) -> Option<Edit> {
    let framed = framed(cues, document.sequence.rate);
    let at = framed.first()?.0.start;
    let is_free = |track: &Track| {
        track.kind == TrackKind::Caption
            && !track.is_locked
            && !(framed.iter()).any(|(range, _)| overlaps(track, *range))
    };
    let tracks = &document.sequence.tracks;
    let free = tracks.iter().find(|track| is_free(track));
    let mut edits = Vec::new();
    let track = free.map_or_else(
        || {
            edits.push(Edit::AddTrack {
                kind: TrackKind::Caption,
                label: String::new(),
            });
            // What is new is named with the next number.
            TrackId(document.next_id)
        },
        |track| track.id,
    );
    let pieces = framed.into_iter().map(|(range, text)| {
        let (title, properties) = looks(&text, document.sequence.size);
        let item = Item {
            // Pasting names it.
            id: ItemId(0),
            start: range.start,
            count: range.count,
            label: text.lines().next().unwrap_or_default().to_owned(),
            content: Content::Title(title),
            properties,
            link: None,
            is_disabled: false,
        };
        PastePiece {
            track,
            item: Box::new(item),
        }
    });
    let pieces = pieces.collect();
    edits.push(Edit::Paste { pieces, at });
    Some(Edit::Batch {
        label: label.to_owned(),
        edits,
    })
}

fn overlaps(track: &Track, range: FrameRange) -> bool {
    let after = track.first_from(range.end());
    let before = after.checked_sub(1).map(|index| &track.items[index]);
    before.is_some_and(|item| item.range().end() > range.start)
}

/// The captions of a sequence as cues: those of every caption track that shows, in time order.
pub fn cues(sequence: &Sequence) -> Vec<Cue> {
    let shows =
        |track: &&std::sync::Arc<Track>| track.kind == TrackKind::Caption && !track.is_muted;
    let items = sequence.tracks.iter().filter(shows);
    let items = items.flat_map(|track| &track.items);
    let cue = |item: &std::sync::Arc<Item>| match &item.content {
        Content::Title(title) if !item.is_disabled && !title.text.trim().is_empty() => Some(Cue {
            start: sequence.rate.ticks_from_frame(item.start),
            end: sequence.rate.ticks_from_frame(item.range().end()),
            text: title.text.clone(),
        }),
        Content::Title(_) | Content::Clip(_) | Content::Solid(_) | Content::Generated(_) => None,
    };
    let mut cues: Vec<Cue> = items.filter_map(cue).collect();
    cues.sort_by_key(|cue| cue.start);
    cues
}

/// Cues of an item's media, in media time, at the times of the sequence at which it plays them; what it does not play is
/// left out, what it plays in part is cut.
pub fn as_played(item: &Item, media_cues: &[Cue], rate: FrameRate) -> Vec<Cue> {
    let Some(clip) = item.media().filter(|clip| !clip.is_freeze()) else {
        return Vec::new();
    };
    let source = clip.source_range(item.count, rate);
    let (start, end) = (
        rate.ticks_from_frame(item.start),
        rate.ticks_from_frame(item.range().end()),
    );
    let pace = av::Ratio::new(clip.speed.den(), clip.speed.num());
    let Ok(pace) = pace else {
        return Vec::new();
    };
    let played = |ticks: Ticks| {
        let inside = (ticks - source.start).scaled(pace);
        if clip.is_reversed {
            end - inside
        } else {
            start + inside
        }
    };
    let mut cues: Vec<Cue> = media_cues
        .iter()
        .map(|cue| {
            let (from, to) = (played(cue.start), played(cue.end));
            Cue {
                start: from.min(to).max(start),
                end: from.max(to).min(end),
                text: cue.text.clone(),
            }
        })
        .filter(|cue| cue.end > cue.start)
        .collect();
    cues.sort_by_key(|cue| cue.start);
    cues
}

//! A project as text for people: tracks, items, timecodes.

use crate::{Content, Document, GeneratedState, Item, Sequence, Track, Transition, TransitionKind};
use av::{FrameIndex, FrameRate, Timecode};
use std::fmt::Write as _;

/// The project as text: a line for each item, top picture first, with timecodes whose end is the first frame after.
pub fn show(document: &Document) -> String {
    let sequence = &document.sequence;
    let mut lines = vec![headline(document)];
    let (pictures, others): (Vec<_>, Vec<_>) = sequence
        .tracks
        .iter()
        .partition(|track| track.kind == crate::TrackKind::Video);
    for track in pictures.into_iter().rev().chain(others) {
        show_track(document, track, &mut lines);
    }
    for marker in &sequence.markers {
        let at = Timecode::from_frame(marker.frame, sequence.rate);
        lines.push(format!("marker  {at}  {}", quoted(&marker.label)));
    }
    if let Some(range) = sequence.marked_range() {
        let [start, end] =
            [range.start, range.end()].map(|frame| Timecode::from_frame(frame, sequence.rate));
        lines.push(format!("marked  {start} - {end}"));
    }
    lines.join("\n") + "\n"
}

fn headline(document: &Document) -> String {
    let Sequence { rate, size, .. } = &*document.sequence;
    let count = document.sequence.count();
    let length = Timecode::from_frame(FrameIndex(count.0), *rate);
    let files = document.assets.len();
    format!(
        "{}  {size}  {rate} fps  {length} ({} frames)  {files} media files",
        quoted(&document.name),
        count.0
    )
}

fn show_track(document: &Document, track: &Track, lines: &mut Vec<String>) {
    let sequence = &document.sequence;
    let mut line = sequence.track_name(track.id);
    let flags = [
        (track.is_muted, "muted"),
        (track.is_solo, "solo"),
        (track.is_locked, "locked"),
    ];
    for (_, flag) in flags.iter().filter(|(is_set, _)| *is_set) {
        line.push_str("  ");
        line.push_str(flag);
    }
    if track.items.is_empty() {
        line.push_str("  empty");
    }
    lines.push(line);
    for item in &track.items {
        lines.push(show_item(document, item));
        if let Some(transition) = track.transitions.iter().find(|other| other.left == item.id) {
            lines.push(show_transition(transition));
        }
    }
}

fn show_transition(transition: &Transition) -> String {
    let kind = match transition.kind {
        TransitionKind::Dissolve => "dissolve".to_owned(),
        TransitionKind::Dip(color) => format!("dip to {}", String::from(color)),
        TransitionKind::Wipe(direction) => format!("wipe {direction:?}").to_lowercase(),
    };
    let (before, after) = (transition.before.0, transition.after.0);
    format!(
        "    {}  {kind}, {before} frames before and {after} after the cut",
        transition.id
    )
}

fn show_item(document: &Document, item: &Item) -> String {
    let rate = document.sequence.rate;
    let range = item.range();
    let [start, end] = [range.start, range.end()].map(|frame| Timecode::from_frame(frame, rate));
    let mut line = format!("  {start} - {end}  {}  {}", item.id, quoted(&item.label));
    let details = details(document, item, rate);
    line.write_str(&details).unwrap_or_default();
    if item.properties.background.is_some() {
        line.push_str("  background swapped");
    }
    if let Some(clean) = item.properties.clean_speech {
        let percent = clean.strength * 100.0;
        write!(line, "  speech cleaned {percent:.0} %").unwrap_or_default();
    }
    if item.is_disabled {
        line.push_str("  disabled");
    }
    if let Some(link) = item.link {
        write!(line, "  {link}").unwrap_or_default();
    }
    line
}

fn details(document: &Document, item: &Item, rate: FrameRate) -> String {
    match &item.content {
        Content::Clip(clip) => {
            let from = clip
                .source_range(item.count, rate)
                .start
                .seconds_for_display();
            let name = document
                .assets
                .find(clip.asset)
                .map(|asset| asset.path.display());
            let name = name.map_or_else(|| clip.asset.to_string(), |path| path.to_string());
            let speed = match clip.speed {
                av::Ratio::ONE => String::new(),
                _ if clip.is_freeze() => "  held".to_owned(),
                speed => format!("  speed {speed}"),
            };
            let reversed = if clip.is_reversed { "  backwards" } else { "" };
            format!("  clip from {from:.3} s{speed}{reversed}  {name}")
        }
        Content::Title(title) => format!("  title {}", quoted(&title.text)),
        Content::Solid(color) => format!("  color {}", String::from(*color)),
        Content::Generated(generated) => {
            let state = match generated.state {
                GeneratedState::Ghost => "not made yet",
                GeneratedState::Queued => "being made",
                GeneratedState::Ready => "ready",
                GeneratedState::Stale => "its neighbors have changed",
            };
            let takes = generated.takes.len();
            format!(
                "  generated ({}), {state}, {takes} takes",
                generated.purpose.label()
            )
        }
    }
}

/// Names and words on one line, in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['\n', '\r'], " "))
}

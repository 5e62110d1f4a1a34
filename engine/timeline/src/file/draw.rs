//! A sequence on one line, for tests and logs.

use crate::{Content, GeneratedState, Item, LinkId, Sequence, Track};
use av::{FrameCount, FrameIndex, FrameRate};
use std::fmt::Write as _;

/// A sequence on one line: `V1: A[0..48)@12 ~3+3 B[48..60) _4 C[64..70)&1 | A1: C[64..70)&1`.
///
/// Every track that holds something, with names and ranges; `@` the first frame of the media where it is not zero, `x2`
/// the speed, `r` backwards, `!` disabled, `&1` linked parts, `_4` a gap, `~3+3` a transition's frames before and after
/// its cut; a generated item ends with its state.
pub fn draw(sequence: &Sequence) -> String {
    let mut links: Vec<LinkId> = Vec::new();
    let mut lines = Vec::new();
    for track in &sequence.tracks {
        if !track.items.is_empty() {
            lines.push(draw_track(sequence, track, &mut links));
        }
    }
    lines.join(" | ")
}

fn draw_track(sequence: &Sequence, track: &Track, links: &mut Vec<LinkId>) -> String {
    let mut parts = vec![format!("{}:", sequence.track_name(track.id))];
    let mut end = FrameIndex::ZERO;
    for item in &track.items {
        if item.start > end {
            parts.push(format!("_{}", (item.start - end).0));
        }
        end = item.range().end();
        parts.push(draw_item(item, sequence.rate, links));
        if let Some(transition) = track.transitions.iter().find(|other| other.left == item.id) {
            parts.push(format!("~{}+{}", transition.before.0, transition.after.0));
        }
    }
    parts.join(" ")
}

fn draw_item(item: &Item, rate: FrameRate, links: &mut Vec<LinkId>) -> String {
    let range = item.range();
    let mut text = format!("{}[{}..{})", item.label, range.start.0, range.end().0);
    let mut add = |part: String| text.write_str(&part).unwrap_or_default();
    match &item.content {
        Content::Clip(clip) => {
            let first = clip.source_range(item.count, rate).start;
            let frame = rate.frame_from_ticks(first);
            let rest = first - rate.ticks_from_frame(frame);
            if rest != av::Ticks::ZERO {
                add(format!("@{}+{}t", frame.0, rest.0));
            } else if frame != FrameIndex::ZERO {
                add(format!("@{}", frame.0));
            }
            if clip.speed != av::Ratio::ONE {
                add(format!("x{}", clip.speed));
            }
            if clip.is_reversed {
                add("r".into());
            }
        }
        Content::Generated(generated) => {
            if generated.take_offset != FrameCount::ZERO {
                add(format!("@{}", generated.take_offset.0));
            }
            add(match generated.state {
                GeneratedState::Ghost => "ghost".into(),
                GeneratedState::Queued => "queued".into(),
                GeneratedState::Ready => "ready".into(),
                GeneratedState::Stale => "stale".into(),
            });
        }
        Content::Title(_) | Content::Solid(_) => {}
    }
    if item.is_disabled {
        add("!".into());
    }
    if let Some(link) = item.link {
        let known = links.iter().position(|other| *other == link);
        let number = known.unwrap_or_else(|| {
            links.push(link);
            links.len() - 1
        });
        add(format!("&{}", number + 1));
    }
    text
}

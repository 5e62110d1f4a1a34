//! Frames that go on from, lead to, or stand between the frames of clips.

use super::{
    Made, Wishes,
    bench::{Bench, Place, require_clip},
    frame_count,
};
use crate::{Error, error::Result, export::OnProgress};
use av::{FrameCount, FrameIndex, FrameRange};
use std::path::Path;
use timeline::{Edit, Purpose, TrackId, edit::Placement};

/// Where a clip grows, and by how many seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extension {
    /// Past its end.
    Forward(f64),
    /// Before its start.
    Backward(f64),
}

/// Makes the frames `missing` of a clip anew from their neighbors and writes the whole clip.
pub fn fill_file(
    clip: &Path,
    missing: FrameRange,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    let (mut bench, _clip) = Bench::with_clip(clip, wishes, out)?;
    let [track, _] = bench.video_tracks()?;
    let end = picture_end(&bench, track);
    if missing.is_empty() || missing.start < FrameIndex::ZERO || missing.end() > end {
        let (first, last) = (missing.start, missing.end());
        let reason = format!("the clip has the frames 0..{end}, not {first}..{last}");
        return Err(Error::Unsuitable { reason });
    }
    bench.edit(&Edit::LiftRange {
        range: missing,
        tracks: vec![track],
    })?;
    let place = on(track, missing, Purpose::Fill);
    bench.make(place, wishes, |_recipe| (), on_progress)
}

/// Bridges two clips with `count` made frames and writes all three as one.
pub fn join_files(
    [first, second]: [&Path; 2],
    count: FrameCount,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    require_clip(second)?;
    let (mut bench, _first) = Bench::with_clip(first, wishes, out)?;
    let [track, _] = bench.video_tracks()?;
    let range = FrameRange::new(picture_end(&bench, track), count);
    if range.is_empty() {
        return Err(Error::Unsuitable {
            reason: "a join needs at least one frame".into(),
        });
    }
    let placement = Placement::whole(bench.add(second)?);
    bench.edit(&Edit::Overwrite {
        placement,
        at: range.end(),
    })?;
    let place = on(track, range, Purpose::Join);
    bench.make(place, wishes, |_recipe| (), on_progress)
}

/// Lets a clip go on past its end, or start earlier, and writes the longer clip.
pub fn extend_file(
    clip: &Path,
    extension: Extension,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    require_clip(clip)?;
    let mut bench = Bench::like(clip, wishes, out)?;
    let rate = bench.document.sequence.rate;
    let [track, _] = bench.video_tracks()?;
    let place = match extension {
        Extension::Forward(seconds) => {
            bench.append(clip)?;
            let end = picture_end(&bench, track);
            let range = FrameRange::new(end, frame_count(seconds, rate));
            on(track, range, Purpose::ExtendForward)
        }
        Extension::Backward(seconds) => {
            let range = FrameRange::new(FrameIndex::ZERO, frame_count(seconds, rate));
            let placement = Placement::whole(bench.add(clip)?);
            let at = range.end();
            bench.edit(&Edit::Overwrite { placement, at })?;
            on(track, range, Purpose::ExtendBackward)
        }
    };
    bench.make(place, wishes, |_recipe| (), on_progress)
}

fn on(track: TrackId, range: FrameRange, purpose: Purpose) -> Place {
    Place {
        track,
        range,
        purpose,
        over: None,
    }
}

/// Where the pictures end; sound may go on a little.
fn picture_end(bench: &Bench, track: TrackId) -> FrameIndex {
    let track = bench.document.sequence.track(track);
    let last = track.and_then(|track| track.items.last());
    last.map_or(FrameIndex::ZERO, |item| item.range().end())
}

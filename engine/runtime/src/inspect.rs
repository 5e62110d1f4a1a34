//! Looks through a clip on the timeline for frames that should be made anew.

use crate::{
    Error,
    error::Result,
    export::OnProgress,
    folders::Folders,
    frames::FrameSource,
    generate::{told, track_alone},
};
use av::{FrameCount, FrameRange, ScanSize};
pub use generation::image_ops::damage::DamageKind;
use generation::image_ops::{damage::DamageFinder, gray_from_frame};
use std::sync::Arc;
use timeline::{Document, ItemId, Track, TrackKind};

/// Faults are looked for on pictures of about this width: large enough for motion, small enough to be quick.
const LOOKED_AT_WIDTH: u32 = 96;

/// Frames that are looked at in one go: an hour at 30 frames a second.
const FRAMES_MAX: i64 = 108_000;

/// Frames of a clip that should be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Which frames of the sequence.
    pub range: FrameRange,
    /// What is wrong with them.
    pub kind: DamageKind,
}

/// Looks at every frame of an item as it shows, without what lies above or below it.
pub fn inspect_item(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Finding>> {
    let found = document.sequence.item(item);
    let (track, found) = found.ok_or(Error::UnknownItem { item })?;
    if track.kind != TrackKind::Video || found.media().is_none() {
        let reason = format!("\"{}\" has no frames to look through", found.label);
        return Err(Error::Unsuitable { reason });
    }
    let range = found.range();
    if range.count.0 > FRAMES_MAX {
        let reason = format!(
            "{} frames are too many at once; split the clip",
            range.count
        );
        return Err(Error::Unsuitable { reason });
    }
    let small = looked_at(document, track);
    let mut source = FrameSource::new(folders.media.clone())?;
    let mut finder = DamageFinder::default();
    let total = range.count.0 as u64;
    for (done, frame) in (0..).zip(range.frames()) {
        told(on_progress, "Looking at every frame", done, total)?;
        let picture = source.frame(&small, frame)?;
        finder.push(gray_from_frame(&picture));
    }
    told(on_progress, "Looking at every frame", total, total)?;
    let findings = finder.finish().into_iter();
    let findings = findings.map(|damage| Finding {
        range: FrameRange::new(
            range.start + FrameCount(damage.frames.start as i64),
            FrameCount(damage.frames.len() as i64),
        ),
        kind: damage.kind,
    });
    Ok(findings.collect())
}

/// The document, small, with one picture track alone.
fn looked_at(document: &Document, track: &Track) -> Document {
    let mut small = track_alone(document, track);
    let sequence = Arc::make_mut(&mut small.sequence);
    let size = sequence.size;
    let height = u64::from(LOOKED_AT_WIDTH) * u64::from(size.height) / u64::from(size.width.max(1));
    let height = (height as u32).next_multiple_of(2).max(2);
    sequence.size = ScanSize::new(LOOKED_AT_WIDTH, height);
    small
}

//! A clip with another sound.

use super::{Wishes, bench::Bench};
use crate::{
    error::Result,
    export::{ExportSummary, OnProgress},
};
use av::{FrameIndex, FrameRange};
use std::path::Path;
use timeline::{
    Edit,
    edit::{Placement, Streams},
};

/// Writes `clip` with the sound that `make` writes into a WAV file; it begins where the clip's own did.
pub fn with_sound(
    clip: &Path,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
    make: impl FnOnce(&Path, &mut OnProgress<'_>) -> Result<()>,
) -> Result<ExportSummary> {
    let (mut bench, picture) = Bench::with_clip(clip, &Wishes::default(), out)?;
    let wav = bench.folders.new_file("sound", "wav")?;
    make(&wav, on_progress)?;
    let placement = Placement {
        streams: Streams::Audio,
        ..Placement::whole(bench.add(&wav)?)
    };
    let at = FrameIndex::ZERO;
    bench.edit(&Edit::Overwrite { placement, at })?;
    let sequence = &bench.document.sequence;
    let end = sequence.item(picture).map(|(_, item)| item.range().end());
    let past = FrameRange::between(end.unwrap_or(at), sequence.range().end());
    if !past.is_empty() {
        // Coded sound is padded, and how far a container says it goes may vary: no frame is added for that.
        let tracks = sequence.tracks.iter().map(|track| track.id).collect();
        bench.edit(&Edit::LiftRange {
            range: past,
            tracks,
        })?;
    }
    Ok(bench.export(&bench.document, out, on_progress)?.summary)
}

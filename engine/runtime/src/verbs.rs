//! The verbs of the command line on whole files: each builds a small document, runs the same job that the window
//! would queue, and exports through the same door.

mod background;
mod bench;
mod bridge;
mod cover;
mod fresh;
mod interpolate;
mod made;
mod relink;
mod sound;
mod wishes;

pub use background::{NewBackground, background_file};
pub use bridge::{Extension, extend_file, fill_file, join_files};
pub use cover::{outpaint_file, repaint_file, restyle_file};
pub use fresh::{Fresh, animate_file, generate_file};
pub use interpolate::{MoreFrames, interpolate_file};
pub use made::{Made, MadeFrames, SeamFigure};
pub use relink::{RelinkReport, relink};
pub use sound::with_sound;
pub use wishes::{PaintRegion, Wishes};

use crate::{
    Error,
    error::Result,
    export::{OnProgress, even_size},
    folders::Folders,
    frames::FrameSource,
    generate::generate_take,
};
use av::{FrameCount, FrameIndex, FrameRate};
use std::path::Path;
use timeline::{Document, ItemId, Sequence};

/// Rate of sequences made from files that keep no cadence.
const VARIABLE_RATE_SEQUENCE: FrameRate = FrameRate::FPS_30;

/// A file's encoder preset by the ending of its name; no ending means a folder of pictures.
pub fn preset_for(path: &Path) -> Result<String> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let found = crate::export_presets()
        .into_iter()
        .find(|preset| preset.extension == extension);
    found.map(|preset| preset.name).ok_or(Error::Unsuitable {
        reason: format!("no export preset writes files that end in .{extension}"),
    })
}

/// What is in a file.
pub fn probe_file(path: &Path) -> Result<av::MediaInfo> {
    Ok(media::probe(path)?)
}

/// One frame of a document as RGBA, exactly as it would be exported.
pub fn frame_rgba(
    source: &mut FrameSource,
    document: &Document,
    frame: FrameIndex,
) -> Result<av::VideoFrame> {
    Ok(compositor::to_rgba(&source.frame(document, frame)?))
}

/// How many frames `seconds` are at the rate that a file's sequence would have; one at least.
pub fn frames_in_seconds(path: &Path, seconds: f64) -> Result<FrameCount> {
    let rate = sequence_for(&media::probe(path)?)?.rate;
    Ok(frame_count(seconds, rate))
}

fn frame_count(seconds: f64, rate: FrameRate) -> FrameCount {
    FrameCount(((seconds * rate.fps_for_display()).round() as i64).max(1))
}

/// Runs a generation job on a reserved stretch of a document and returns the document with the take in it.
pub fn generate_into(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Document> {
    let placed = generate_take(document, item, folders, on_progress)?;
    Ok(placed.apply(document)?)
}

/// A sequence with a file's size and rate.
pub fn sequence_for(info: &av::MediaInfo) -> Result<Sequence> {
    let video = info.video.as_ref().ok_or(Error::Unsuitable {
        reason: "the file holds no pictures".into(),
    })?;
    let size = even_size(video.size);
    let rate = if info.is_still {
        FrameRate::FPS_25
    } else {
        video.rate.unwrap_or(VARIABLE_RATE_SEQUENCE)
    };
    Ok(Sequence::new(size, rate))
}

//! Everything the window can ask of the engine.

use av::{FrameIndex, FrameRange, Ratio, ScanSize, Ticks};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};
use timeline::{AssetId, BackgroundFill, Document, ItemId};

/// Counts the documents the engine was given; answers name the one they belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// Names a job from its queueing to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub u64);

/// A stretch that plays over and over.
pub type MarkRange = FrameRange;

/// How hard the encoder tries; what is `None` takes the preset's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// 0 (smallest file) to 100 (best picture).
    pub quality: Option<u8>,
    /// A constant rate in kilobits a second in place of constant quality.
    pub bitrate_kbps: Option<u32>,
    /// `fastest`, `fast`, `balanced` or `thorough`.
    pub speed: Option<String>,
}

/// A file to be written from the sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRequest {
    /// Where to.
    pub path: PathBuf,
    /// Name of an encoder preset, such as `h264-mp4`; see [`crate::export_presets`].
    pub preset: String,
    /// Which frames; `None` for all.
    pub range: Option<FrameRange>,
    /// Other pixels than the sequence's; `None` for the same.
    pub size: Option<ScanSize>,
    /// How hard the encoder tries.
    pub encoding: Encoding,
}

/// Long work that waits in the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum JobRequest {
    /// Makes a take for a `Generated` item that the document holds, from the frames around it on its track.
    Generate {
        /// The item.
        item: ItemId,
    },
    /// Finds the subject of a clip and swaps what lies behind it.
    Background {
        /// The clip.
        item: ItemId,
        /// What comes behind.
        fill: BackgroundFill,
    },
    /// Looks through a clip for frames that should be made anew.
    Inspect {
        /// The clip.
        item: ItemId,
    },
    /// Writes the sequence into a file.
    Export(ExportRequest),
}

/// What the window asks for.
#[derive(Debug, Clone)]
pub enum Command {
    /// The project lives here now: relative paths start at its folder, takes are kept beside it, autosave writes it.
    SetProject {
        /// The project file; `None` while it was never saved.
        path: Option<PathBuf>,
    },
    /// This is the document now.
    SetDocument {
        /// Its number.
        revision: Revision,
        /// Its content.
        document: Arc<Document>,
    },
    /// Show this frame; of several waiting only the newest counts.
    Seek {
        /// Which.
        frame: FrameIndex,
    },
    /// Play from the playhead.
    Play {
        /// Speed: 1 forwards, -1 backwards, 2 and 4 fast; never 0.
        speed: Ratio,
        /// Stretch to repeat; `None` plays to the end and stops.
        repeat: Option<MarkRange>,
    },
    /// Stop at the frame that shows.
    Pause,
    /// How many pixels the viewer has; the engine may draw fewer than the sequence has, never other ones.
    SetViewerSize {
        /// Physical pixels.
        size: ScanSize,
    },
    /// Look into files and name their content.
    Import {
        /// Which files, in the order they shall appear.
        paths: Vec<PathBuf>,
    },
    /// Small pictures of an asset at these media times.
    Thumbnails {
        /// Of which asset.
        asset: AssetId,
        /// When.
        times: Vec<Ticks>,
        /// Pixels down.
        height: u32,
    },
    /// The loudness picture of an asset.
    Waveform {
        /// Of which asset.
        asset: AssetId,
    },
    /// Queue a job on the document as it is now.
    Queue {
        /// Its name, given by the window.
        job: JobId,
        /// What to do.
        request: JobRequest,
        /// The document it works on.
        document: Arc<Document>,
    },
    /// Say who could make a generated item, and what that would take; of several waiting only the newest counts.
    Describe {
        /// The question's number, which the answer bears.
        number: u64,
        /// The document, with the item as it would be asked for.
        document: Arc<Document>,
        /// The item.
        item: ItemId,
    },
    /// Stop a job, waiting or running.
    Cancel {
        /// Which.
        job: JobId,
    },
    /// Put a waiting job elsewhere in the queue.
    MoveJob {
        /// Which.
        job: JobId,
        /// Its place among the waiting, 0 is next.
        to: usize,
    },
    /// Write the project file now.
    Save {
        /// Where to.
        path: PathBuf,
        /// What.
        document: Arc<Document>,
        /// Its number.
        revision: Revision,
    },
}

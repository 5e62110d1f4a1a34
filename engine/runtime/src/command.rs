//! Everything the window can ask of the engine.

use crate::models::desk::ModelOrder;
use av::{FrameIndex, FrameRange, Ratio, ScanSize, Ticks};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};
use timeline::{AssetId, BackgroundFill, Document, ItemId, MatteView, Recipe};

/// Counts the documents the engine was given; answers name the one they belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// Names a job from its queueing to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub u64);

/// A stretch that plays over and over.
pub type MarkRange = FrameRange;

/// How hard the encoder tries; what is `None` takes the preset's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    /// 0 (smallest file) to 100 (best picture).
    pub quality: Option<u8>,
    /// A constant rate in kilobits a second in place of constant quality.
    pub bitrate_kbps: Option<u32>,
    /// `fastest`, `fast`, `balanced` or `thorough`.
    pub speed: Option<String>,
}

/// A file to be written from the sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// How a second document is set against the one that is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Its picture as it is, to lie beside the other.
    Wipe,
    /// How far its picture is from the other, four times as strong, so that little is seen too.
    Difference,
}

/// Long work that waits in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobRequest {
    /// Makes a take for a `Generated` item that the document holds, from the frames around it on its track.
    Generate {
        /// The item.
        item: ItemId,
    },
    /// Finds the subject of a clip, or brings in what was corrected since, and swaps what lies behind it.
    Background {
        /// The clip.
        item: ItemId,
        /// What comes behind, unless the clip's background was swapped before.
        fill: BackgroundFill,
    },
    /// Makes a clip from words and puts it behind a subject that was found.
    Backdrop {
        /// The clip in front.
        item: ItemId,
        /// What is asked.
        recipe: Box<Recipe>,
    },
    /// Looks through a clip for frames that should be made anew.
    Inspect {
        /// The clip.
        item: ItemId,
    },
    /// Writes down what is said in a clip.
    Captions {
        /// The clip.
        item: ItemId,
        /// Short name of the language, such as `en` or `zh-Hans`; listened for without one.
        #[serde(default)]
        language: Option<String>,
    },
    /// Takes the noise out of the speech of a clip's recording.
    CleanSpeech {
        /// The clip on a sound track.
        item: ItemId,
    },
    /// Writes the sequence into a file.
    Export(ExportRequest),
}

/// What the window asks for.
#[derive(Debug, Clone)]
pub enum Command {
    /// The project lives here now: relative paths start at its folder, takes are kept beside it, autosave writes it.
    /// Jobs of the project before are put aside: they stop, and go on from its queue file when it is opened again.
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
    /// Show a subject's matte, or the clip with the matte over it, in place of a background swap. Only the viewer does.
    SetMatteView {
        /// Whose, and what of it; `None` shows every swap as it is.
        shown: Option<(ItemId, MatteView)>,
    },
    /// Draw a second document beside the one that is edited, from now on; `None` stops.
    Compare {
        /// The other document and how it is set against the edited one.
        other: Option<(Arc<Document>, Comparison)>,
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
    /// Add a job to the end of the queue that makes a take nobody asked for. It does not go on by itself when the program
    /// was closed or killed.
    QueueAhead {
        /// Its name, given by the window.
        job: JobId,
        /// The item that a take is made of.
        item: ItemId,
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
    /// What a job made is in the document that was set last: once that is on the disk, the job need not be kept.
    SettleJob {
        /// Which.
        job: JobId,
    },
    /// Hold the queue, or let it go on. What runs is held at its next step and goes on from there.
    PauseQueue {
        /// Whether it is held.
        is_paused: bool,
    },
    /// Whether models that can shall show rough pictures of what they make, from the next job on.
    ShowPreviews {
        /// Whether they shall.
        is_on: bool,
    },
    /// Look after the models of a folder; one thing is done at a time, in order.
    Models {
        /// Folder of the user's models.
        folder: PathBuf,
        /// What.
        order: ModelOrder,
    },
    /// Stop what is being done with models; a download goes on from there when it is asked for again.
    StopModels,
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

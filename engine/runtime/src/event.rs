//! Everything the engine tells the window.

use crate::{
    Description, JobId, Problem, Revision, captions::Transcript, inspect::Finding,
    models::desk::ModelNews,
};
use av::{FrameIndex, Ratio, Ticks, VideoFrame};
use std::{path::PathBuf, sync::Arc, time::Duration};
use timeline::{
    Asset, AssetId, BackgroundFill, CleanSpeech, Document, Edit, EditError, ItemId,
    edit::{MatteInputs, Property, TakeInputs},
};

/// Whether the playhead moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackState {
    /// It stands.
    Paused,
    /// It moves at this speed.
    Playing(Ratio),
}

/// How far a job is; numbers are counted and measured, never guessed.
#[derive(Debug, Clone, PartialEq)]
pub struct JobProgress {
    /// What it does now, for people.
    pub label: String,
    /// Steps done.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
    /// Time left, from the pace so far; `None` until there is a pace.
    pub eta: Option<Duration>,
    /// A rough picture of what is being made, RGBA, where a model was asked to show it; mostly `None`.
    pub preview: Option<VideoFrame>,
}

/// A made file and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The file or files, as the edit that adds them.
    pub asset: Edit,
    /// What it is for.
    pub target: PlacedTarget,
}

/// What a made file is for; the asset in it is filled in when it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum PlacedTarget {
    /// A take of a generated item.
    Take {
        /// The item.
        item: ItemId,
        /// The take.
        take: Box<TakeInputs>,
    },
    /// The matte of a clip's subject: as it was found, or with corrections, and then what was found as a second file.
    Matte {
        /// The clip.
        item: ItemId,
        /// The matte.
        matte: Box<MatteInputs>,
    },
    /// What comes behind a clip's subject.
    Backdrop {
        /// The clip.
        item: ItemId,
    },
    /// The cleaned sound of a clip's recording.
    CleanSpeech {
        /// The clip.
        item: ItemId,
    },
}

impl Placed {
    /// The edit that puts the file to its use, once the files are known to the project as `assets`, in the order in
    /// which they were added.
    pub fn edit(&self, assets: &[AssetId]) -> Edit {
        let asset = assets.first().copied().unwrap_or(AssetId(0));
        match &self.target {
            PlacedTarget::Take { item, take } => Edit::AddTake {
                item: *item,
                take: Box::new(TakeInputs {
                    asset,
                    ..(**take).clone()
                }),
            },
            PlacedTarget::Matte { item, matte } => Edit::SetMatte {
                item: *item,
                matte: Box::new(MatteInputs {
                    matte: asset,
                    found: matte.found.and(assets.get(1).copied()),
                    ..(**matte).clone()
                }),
            },
            PlacedTarget::Backdrop { item } => Edit::SetBackgroundFill {
                item: *item,
                fill: BackgroundFill::Asset(asset),
            },
            PlacedTarget::CleanSpeech { item } => Edit::SetProperty {
                items: vec![*item],
                property: Property::CleanSpeech(Some(CleanSpeech {
                    sound: asset,
                    strength: 1.0,
                })),
            },
        }
    }

    /// The document with the files added and put to their use.
    pub fn apply(&self, document: &Document) -> Result<Document, EditError> {
        let added = timeline::edit::apply_edit(document, &self.asset)?;
        timeline::edit::apply(&added.document, &self.edit(&added.created.assets))
    }
}

/// What a job made.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutcome {
    /// A made file; its edits are to be applied as part of the step that asked for it.
    Place(Box<Placed>),
    /// A clip was looked through.
    Inspected {
        /// The clip.
        item: ItemId,
        /// Frames that should be made anew, in order.
        findings: Vec<Finding>,
    },
    /// What is said in a clip was written down.
    Heard {
        /// The clip.
        item: ItemId,
        /// What is said when, in time of its media.
        transcript: Box<Transcript>,
    },
    /// A file was written.
    Exported {
        /// Where.
        path: PathBuf,
        /// What was used and why, for people: encoder, fallbacks, frames.
        notes: Vec<String>,
    },
}

/// What the engine tells.
#[derive(Debug, Clone)]
pub enum Event {
    /// The playhead stands here now.
    Playhead {
        /// The frame.
        frame: FrameIndex,
    },
    /// Whether the playhead moves.
    Playback {
        /// How.
        state: PlaybackState,
        /// Frames that came too late to be shown since playback began.
        dropped_frames: u64,
        /// What playback keeps time with, for people: the sound device, or the system's clock and why.
        clock: String,
    },
    /// A picture for the viewer.
    FrameReady {
        /// Which frame.
        frame: FrameIndex,
        /// Of which document.
        revision: Revision,
        /// RGBA; the very pixels an encoder would get, as shown on a screen.
        picture: Arc<VideoFrame>,
        /// What [`crate::Command::Compare`] asked for; `None` where nothing is compared.
        compared: Option<Arc<VideoFrame>>,
    },
    /// A file was looked into; its `id` is to be given by the document.
    Imported {
        /// The path that was asked for.
        path: PathBuf,
        /// What it is, as the edit that adds it.
        asset: Box<Asset>,
    },
    /// A small picture.
    ThumbnailReady {
        /// Of which asset.
        asset: AssetId,
        /// The media time that was asked for.
        time: Ticks,
        /// RGBA.
        picture: Arc<VideoFrame>,
    },
    /// A loudness picture: (lowest, highest) sample of each stretch of [`crate::limits::WAVEFORM_BUCKET_SAMPLES`].
    WaveformReady {
        /// Of which asset.
        asset: AssetId,
        /// In order, from media time zero, at 48 kHz.
        peaks: Arc<Vec<(f32, f32)>>,
    },
    /// Who could make a generated item.
    Described {
        /// The question's number.
        number: u64,
        /// Who, and what it would take; or why nobody knows.
        answer: Result<Arc<Description>, Problem>,
    },
    /// A job works.
    JobProgress {
        /// Which.
        job: JobId,
        /// How far.
        progress: JobProgress,
    },
    /// A job is done.
    JobFinished {
        /// Which.
        job: JobId,
        /// What it made.
        outcome: JobOutcome,
    },
    /// A job could not be done.
    JobFailed {
        /// Which.
        job: JobId,
        /// Why.
        problem: Problem,
    },
    /// A job was stopped by the user.
    JobCancelled {
        /// Which.
        job: JobId,
    },
    /// The project file holds this document now.
    Saved {
        /// Where.
        path: PathBuf,
        /// Which document.
        revision: Revision,
        /// Whether the program saved by itself (into the recovery file when the project was never saved).
        is_autosave: bool,
    },
    /// What is told about models.
    Models(ModelNews),
    /// Something went wrong that belongs to no job.
    Failed(Problem),
}

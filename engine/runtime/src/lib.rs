//! The threads: playback, jobs, previews and autosave. [`Command`] goes in, [`Event`] comes out.
//!
//! Never here: egui, GStreamer, wgpu or candle by name. The window is woken through a closure it gives.
//!
//! Start reading at [`command`] and [`event`] (all that crosses the border), then [`handle`] (which thread does what).
//! The command line calls [`export`](mod@export), [`generate`] and [`background`] directly: the same work without threads.

pub mod autosave;
pub mod background;
pub mod captions;
pub mod clean_speech;
pub mod command;
pub mod describe;
pub mod error;
pub mod event;
pub mod export;
pub mod folders;
pub mod frames;
pub mod generate;
pub mod handle;
pub mod inspect;
pub mod jobs;
pub mod limits;
pub mod mix;
pub mod models;
pub mod outbox;
pub mod pace;
pub mod playback;
pub mod previews;
pub mod problem;
pub mod project_file;
pub mod queue_file;
pub mod restyle;
mod rework;
pub mod storyboard;
pub mod upscale;
pub mod verbs;

pub use command::{
    Command, Comparison, Encoding, ExportRequest, JobId, JobRequest, MarkRange, Revision,
};
pub use compositor::picture_from_frame;
pub use describe::{Description, Offer};
pub use error::{Error, Result};
pub use event::{Event, JobOutcome, JobProgress, Placed, PlacedTarget, PlaybackState};
pub use export::{ExportSummary, PresetInfo, export_presets};
pub use folders::{Folders, add_asset};
pub use frames::{FrameSource, MediaFolder};
pub use generation::{BackendInfo, Parameter, ParameterKind};
pub use handle::{Runtime, RuntimeConfig, Wake};
pub use problem::{Problem, Severity};

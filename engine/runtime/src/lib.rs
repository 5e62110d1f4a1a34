//! The threads: playback, jobs, previews and autosave. [`Command`] goes in, [`Event`] comes out.
//!
//! Never here: egui, GStreamer, wgpu or candle by name. The window is woken through a closure it gives.
//!
//! Start reading at [`command`] and [`event`] (all that crosses the border), then [`handle`] (which thread does what).

pub mod command;
pub mod event;
pub mod handle;
pub mod limits;
pub mod problem;

pub use command::{Command, ExportRequest, JobId, JobRequest, MarkRange, Revision};
pub use event::{Event, JobOutcome, JobProgress, PlaybackState};
pub use handle::{Runtime, RuntimeConfig, Wake};
pub use problem::{Problem, Severity};

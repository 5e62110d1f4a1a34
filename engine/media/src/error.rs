//! What can go wrong with media, most specific cause first and the path last.

use av::ScanSize;
use std::{io, path::PathBuf};

/// `Result` of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// GStreamer itself did not start.
    #[error("GStreamer could not be started: {reason}")]
    Start {
        /// What GStreamer said.
        reason: String,
    },
    /// There is nothing at the path.
    #[error("there is no file at {path}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file exists and the system refuses to read it.
    #[error("the file cannot be read ({source}): {path}")]
    Unreadable {
        /// The system's reason.
        #[source]
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file holds no bytes.
    #[error("the file is empty: {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The content is of no kind that could be played, whatever its name says.
    #[error("this is not a video, sound or picture file: {path}")]
    NotMedia {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a known kind and breaks off or contradicts itself.
    #[error("the file is damaged or incomplete ({reason}): {path}")]
    Damaged {
        /// What was found.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The pictures have no pixels, or more than any machine could hold.
    #[error("a picture size of {size} cannot be used: {path}")]
    PictureSize {
        /// What the file claims.
        size: ScanSize,
        /// The file.
        path: PathBuf,
    },
    /// The container holds neither pictures nor sound.
    #[error("the file holds neither pictures nor sound: {path}")]
    NoStreams {
        /// The file.
        path: PathBuf,
    },
    /// Pictures were asked for and the file has only sound.
    #[error("the file holds no pictures: {path}")]
    NoVideo {
        /// The file.
        path: PathBuf,
    },
    /// Sound was asked for and the file has only pictures.
    #[error("the file holds no sound: {path}")]
    NoAudio {
        /// The file.
        path: PathBuf,
    },
    /// A part of GStreamer that this file or preset needs is not installed.
    #[error("GStreamer has no {what}; install {package}")]
    MissingPlugin {
        /// What is missing, such as `decoder for H.264`.
        what: String,
        /// The system package that holds it, as Debian names it.
        package: String,
        /// The file that needs it.
        path: PathBuf,
    },
    /// A frame beyond the end was asked for.
    #[error("there is no frame {number} in a file of {count} frames: {path}")]
    NoSuchFrame {
        /// What was asked for.
        number: usize,
        /// How many there are.
        count: usize,
        /// The file.
        path: PathBuf,
    },
    /// The very frame that was asked for could not be decoded; no neighbour is given in its place.
    #[error("frame {number} cannot be decoded ({reason}): {path}")]
    Frame {
        /// What was asked for.
        number: usize,
        /// Why not.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// GStreamer stopped in the middle of the work.
    #[error("the media pipeline failed ({reason}): {path}")]
    Pipeline {
        /// What GStreamer said.
        reason: String,
        /// The file that was being read or written.
        path: PathBuf,
    },
    /// The export settings contradict themselves or the preset.
    #[error("these export settings cannot be used: {reason}")]
    Settings {
        /// What does not fit.
        reason: String,
    },
    /// The disk filled up while writing; the partial file was removed.
    #[error("the disk is full; nothing was kept of {path}")]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// The folder or file cannot be written.
    #[error("the file cannot be written ({source}): {path}")]
    Unwritable {
        /// The system's reason.
        #[source]
        source: io::Error,
        /// What was to be written.
        path: PathBuf,
    },
    /// No sound device could be opened.
    #[error("there is no working sound device ({reason})")]
    NoSoundDevice {
        /// What GStreamer said.
        reason: String,
    },
    /// The caller stopped the work.
    #[error("cancelled")]
    Cancelled,
}

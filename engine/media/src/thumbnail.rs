//! Small pictures and sound outlines for the timeline.

use crate::Result;
use av::{Ticks, VideoFrame};
use std::path::Path;

/// Lowest and highest sample of a stretch of sound, ±1 at full scale, both channels together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Peak {
    /// Lowest.
    pub min: f32,
    /// Highest.
    pub max: f32,
}

/// The outline of a file's sound, from fine to coarse.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waveform {
    /// Level `n` has one peak for every `256 * 4^n` samples at 48 kHz.
    pub levels: Vec<Vec<Peak>>,
}

/// The frames shown at `times`, scaled to `height` pixels; RGBA.
pub fn filmstrip(path: &Path, times: &[Ticks], height: u32) -> Result<Vec<VideoFrame>> {
    let _unfinished = (path, times, height);
    Ok(Vec::new())
}

/// The outline of the sound of a file.
pub fn waveform(path: &Path) -> Result<Waveform> {
    let _unfinished = path;
    Ok(Waveform::default())
}

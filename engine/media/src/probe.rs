//! What is in a file.

use crate::{Result, pipeline::init};
use av::MediaInfo;
use std::path::Path;

/// Looks into a video, sound or picture file; the first look at a video reads it through once to count its frames.
pub fn probe(path: &Path) -> Result<MediaInfo> {
    init()?;
    Err(crate::Error::NotMedia { path: path.into() })
}

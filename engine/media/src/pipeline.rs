//! Starting GStreamer, and turning what its bus says into our errors.

use crate::{Error, Result};
use gstreamer as gst;

/// Starts GStreamer; cheap when it already runs. Every entry point of this crate calls it by itself.
pub fn init() -> Result<()> {
    gst::init().map_err(|source| Error::Start {
        reason: source.to_string(),
    })
}

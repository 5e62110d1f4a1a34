//! Files enlarged by a network.

use crate::{
    error::Result,
    export::{ExportSummary, OnProgress},
    rework::{Rework, Sink, rework_file},
};
use av::{ScanSize, VideoFrame};
use generation::{
    Models, OnStep,
    upscale::{Upscaler, enlarged_size},
};
use std::path::Path;

pub use generation::upscale::{Factor, Quality};

/// Enlarges a picture or every frame of a clip; sound, rate and color tags stay.
pub fn upscale_file(
    file: &Path,
    (factor, quality): (Factor, Quality),
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let upscaler = Upscaler::open(&Models::locate()?, quality)?;
    let mut work = Enlarging {
        upscaler,
        factor,
        quality,
    };
    rework_file(file, &mut work, out, on_progress)
}

struct Enlarging {
    upscaler: Upscaler,
    factor: Factor,
    quality: Quality,
}

impl Rework for Enlarging {
    fn size(&self, size: ScanSize) -> Result<ScanSize> {
        Ok(enlarged_size(size, self.factor)?)
    }

    fn run(
        &mut self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        on_step: &mut OnStep<'_>,
        sink: &mut Sink<'_>,
    ) -> generation::Result<()> {
        self.upscaler
            .upscale_frames(frames, count, self.factor, on_step, sink)
    }

    fn notes(&self, size: ScanSize) -> Vec<String> {
        let large = enlarged_size(size, self.factor).unwrap_or(size);
        vec![format!(
            "Enlarged from {size} to {large} by {}",
            self.quality.model_id()
        )]
    }
}

//! Files painted in another look by the shipped network.

use crate::{
    Error,
    error::Result,
    export::{ExportSummary, OnProgress},
    rework::{Rework, Sink, rework_file},
};
use av::{ScanSize, VideoFrame};
use generation::{Models, OnStep, models::multistyle::Look, restyle::Restyler};
use std::path::Path;

pub use generation::{models::multistyle::look::StyleName, restyle::Painting};

/// The looks that there are.
pub fn styles() -> Vec<StyleName> {
    generation::models::multistyle::look::styles()
}

/// How a clip is painted in the look that `style` says, such as `style-7` or `style-3:0.5,style-12:0.5`; fully and
/// steadily when nothing else is set afterwards.
pub fn painting(style: &str) -> Result<Painting> {
    Ok(Painting::new(Look::parse(style)?))
}

/// Paints a picture or every frame of a clip; sound, rate, size and color tags stay.
pub fn restyle_file(
    file: &Path,
    painting: &Painting,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    painting.check().map_err(Error::from)?;
    let mut work = Painter {
        restyler: Restyler::open(&Models::locate()?)?,
        painting: painting.clone(),
    };
    rework_file(file, &mut work, out, on_progress)
}

struct Painter {
    restyler: Restyler,
    painting: Painting,
}

impl Rework for Painter {
    fn size(&self, size: ScanSize) -> Result<ScanSize> {
        Ok(size)
    }

    fn run(
        &mut self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        on_step: &mut OnStep<'_>,
        sink: &mut Sink<'_>,
    ) -> generation::Result<()> {
        self.restyler
            .restyle_frames(frames, count, &self.painting, on_step, sink)
    }

    fn notes(&self, size: ScanSize) -> Vec<String> {
        let mut notes = vec![format!("Painted in {}", self.painting.look)];
        let canvas = self.painting.canvas(size);
        if canvas.area() < size.area() {
            notes.push(format!("Painted at {canvas} and enlarged to {size}"));
        }
        notes
    }
}

//! What a verb wrote, and the record beside it.

use crate::{
    Error, PlacedTarget, error::Result, export::ExportSummary, generate::MadeTake,
    project_file::write_whole,
};
use serde::Serialize;
use std::path::{Path, PathBuf};
use timeline::{Document, Recipe};

/// Layout of the record.
const RECORD_VERSION: u32 = 1;

/// A file that a verb wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The file, what is in it, and notes for people.
    pub summary: ExportSummary,
    /// How long it lasts.
    pub seconds: f64,
    /// What a generator made of it; `None` where none was needed.
    pub frames: Option<MadeFrames>,
}

/// The frames that a generator made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MadeFrames {
    /// What made them: enough to make them again.
    pub recipe: Recipe,
    /// How they meet the frames round them.
    pub seams: Vec<SeamFigure>,
}

/// How well made frames meet known ones, at one border between the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SeamFigure {
    /// First frame after the border, counted as the generator saw them.
    pub frame: usize,
    /// Mean color difference across the border (CIEDE2000; below 2 is hard to see).
    pub delta_e: f64,
    /// Change across the border over the usual change beside it; 1 is smooth, above 2 is a jump.
    pub motion_jump: f64,
}

/// What stands beside a written file.
#[derive(Serialize)]
struct Record<'a> {
    everframe_recipe: u32,
    #[serde(flatten)]
    frames: &'a MadeFrames,
    sources: Vec<Source>,
}

/// A file that was used.
#[derive(Serialize)]
struct Source {
    /// Its number in the recipe.
    asset: timeline::AssetId,
    path: PathBuf,
    fingerprint: av::Fingerprint,
}

impl MadeFrames {
    /// Of a take.
    pub(super) fn of(take: &MadeTake) -> Self {
        let recipe = match &take.placed.target {
            PlacedTarget::Take { take, .. } => take.recipe.clone(),
            PlacedTarget::Matte { .. }
            | PlacedTarget::Backdrop { .. }
            | PlacedTarget::CleanSpeech { .. } => Recipe::default(),
        };
        let seams = take.seams.iter().map(|seam| SeamFigure {
            frame: seam.frame,
            delta_e: seam.delta_e,
            motion_jump: seam.motion_jump,
        });
        Self {
            recipe,
            seams: seams.collect(),
        }
    }

    /// For people: who made how many frames, how they fit in, and what the generator remarked.
    pub(super) fn notes(&self) -> Vec<String> {
        let Recipe {
            num_frames, model, ..
        } = &self.recipe;
        let mut notes = vec![format!("{num_frames} frames made by {model}")];
        let deltas = self.seams.iter().map(|seam| format!("{:.2}", seam.delta_e));
        let deltas: Vec<String> = deltas.collect();
        if !deltas.is_empty() {
            let all = deltas.join(", ");
            notes.push(format!("Color difference at the seams (ΔE2000): {all}"));
        }
        notes.extend(self.recipe.notes.iter().cloned());
        notes
    }

    /// Writes the recipe beside a file: `film.mp4` → `film.mp4.recipe.json`.
    pub(super) fn write_beside(&self, out: &Path, document: &Document) -> Result<()> {
        let given = document.assets.iter().filter(|asset| !asset.is_generated);
        let sources = given.map(|asset| Source {
            asset: asset.id,
            path: asset.path.clone(),
            fingerprint: asset.fingerprint,
        });
        let record = Record {
            everframe_recipe: RECORD_VERSION,
            frames: self,
            sources: sources.collect(),
        };
        let text = serde_json::to_vec_pretty(&record).map_err(|error| Error::Unsuitable {
            reason: format!("the recipe cannot be written: {error}"),
        })?;
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".recipe.json");
        write_whole(&out.with_file_name(name), &text)
    }
}

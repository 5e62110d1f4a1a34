//! Generated items: a clip with holes is drawn from what lies beside the item or below it, a backend answers, and the
//! answer becomes a take in a file beside the project.
//!
//! Read [`scene`] (what is known and what is to be made), [`choose`] (who answers), [`answer`] (frames into a file) and
//! [`take_file`] (the file's record, and why nothing is made twice).

mod answer;
mod asked;
mod choose;
mod draft;
pub mod enlarge;
mod interpolate;
mod scene;
mod shape;
mod take_file;
mod told;

pub(crate) use asked::require_words;
pub(crate) use choose::candidates;
pub(crate) use draft::possible_frames;
pub(crate) use scene::track_alone;
pub(crate) use shape::Shape;
pub use told::{not_an_error_when_cancelled, told, told_step};

use crate::{
    error::Result,
    event::{Placed, PlacedTarget},
    export::OnProgress,
    folders::{Folders, add_asset},
    models::{all_models, user_models_folder},
    pace::PaceBook,
};
use av::Ticks;
use generation::{Backend, Models, SeamMetrics};
use scene::Scene;
use take_file::FinishedTake;
use timeline::{AssetId, Document, ItemId, Purpose, edit::TakeInputs};

/// Makes a take for a generated item; the file is only there when all of it is.
pub fn generate_take(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    Ok(Studio::default()
        .take(document, item, folders, on_progress)?
        .placed)
}

/// Makes takes one after the other; the backend that worked last keeps its weights for the next take.
#[derive(Default)]
pub struct Studio {
    models: Option<Models>,
    kept: Option<Box<dyn Backend>>,
    pace: PaceBook,
    /// Whether models that can shall show rough pictures of what they make.
    pub shows_previews: bool,
}

/// A take and what is known of it beyond what the document keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeTake {
    /// The file and its place.
    pub placed: Placed,
    /// How made frames meet known ones.
    pub seams: Vec<SeamMetrics>,
    /// Whether it was there already, made from the same recipe and the same frames.
    pub is_reused: bool,
    /// Whether another seed would make the same.
    pub is_seedless: bool,
}

impl Studio {
    /// A studio that notes how long its takes took.
    pub fn with_pace(pace: PaceBook) -> Self {
        Self {
            pace,
            ..Self::default()
        }
    }

    /// Makes a take for a generated item, or finds the one that the same recipe and the same frames made before.
    pub fn take(
        &mut self,
        document: &Document,
        item: ItemId,
        folders: &Folders,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<MadeTake> {
        let mut scene = Scene::open(document, item, folders)?;
        let (finished, is_seedless) = match scene.generated.purpose {
            Purpose::Interpolate => {
                interpolate::interpolated(self, &mut scene, folders, on_progress)?
            }
            Purpose::Upscale => enlarge::enlarged(self, &mut scene, folders, on_progress)?,
            _ => answer::answered(self, &mut scene, folders, on_progress)?,
        };
        let FinishedTake {
            path,
            recipe,
            seams,
            is_reused,
        } = finished;
        let take = TakeInputs {
            asset: AssetId(0),
            source_start: Ticks::ZERO,
            recipe,
            seam_delta_e: seams.iter().map(|seam| seam.delta_e).collect(),
            seam_motion_jump: seams.iter().map(|seam| seam.motion_jump).collect(),
        };
        let asset = add_asset(folders.asset(&path, true)?);
        Ok(MadeTake {
            placed: Placed {
                asset,
                target: PlacedTarget::Take {
                    item,
                    take: Box::new(take),
                },
            },
            seams,
            is_reused,
            is_seedless,
        })
    }

    /// Frees the weights that are kept.
    pub fn release(&mut self) {
        self.kept = None;
    }

    fn models(&mut self) -> Result<Models> {
        // The folder of models may have been moved since.
        let folder = user_models_folder();
        let is_there = |models: &&Models| models.user_folder() == Some(folder.as_path());
        if let Some(models) = self.models.as_ref().filter(is_there) {
            return Ok(models.clone());
        }
        self.kept = None;
        let models = all_models()?;
        self.models = Some(models.clone());
        Ok(models)
    }

    /// `backend` itself, or the one with its weights already loaded.
    fn ready(&mut self, backend: Box<dyn Backend>) -> Box<dyn Backend> {
        let kept = self.kept.take();
        kept.filter(|kept| kept.describe() == backend.describe())
            .unwrap_or(backend)
    }
}

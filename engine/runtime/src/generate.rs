//! Generated items: the masked clip is built from the frames around the item on its own track, a backend answers, and
//! the answer becomes a take in a file beside the project.

use crate::{
    Error, JobProgress,
    error::Result,
    event::{Placed, PlacedTarget},
    export::OnProgress,
    frames::{FrameSource, MediaFolder},
};
use av::{FrameCount, FrameIndex, FrameRange, Ticks, VideoFrame};
use generation::{Backend, ClipFrame, MaskedClip, Models, Operation, Output, Request};
use media::{EncodeSettings, Encoder, Preset};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};
use timeline::{
    Asset, AssetId, Document, Edit, Generated, ItemId, Purpose, Recipe, Track, TrackKind,
    edit::TakeInputs,
};

/// Known frames shown to a backend on each side; a run lets it see which way things move.
const CONTEXT_FRAMES: i64 = 2;

/// Makes a take for a generated item.
///
/// `media_folder` is where the file goes; it is only written when the backend has answered.
pub fn generate_take(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    let (track, range, generated) = find_generated(document, item)?;
    let operation = operation_of(generated.purpose);
    let only_track = only_track(document, &track);
    let mut source = FrameSource::new(folders.media.clone())?;
    let (clip, kept_before) = masked_clip(&mut source, &only_track, &track, range)?;
    let mut request = Request::new(clip).for_operation(operation);
    request.prompt.clone_from(&generated.recipe.prompt);
    request
        .negative_prompt
        .clone_from(&generated.recipe.negative_prompt);
    request.seed = generated.recipe.seed;
    let mut backend = generation::catalog::backend_for(&Models::locate()?, &request)?;
    let output = run_backend(backend.as_mut(), &request, on_progress)?;
    let made = &output.frames[kept_before..kept_before + range.count.0 as usize];
    let path = folders.new_file("take", "mkv")?;
    write_lossless(made, document, &path)?;
    let recipe = recipe_of(&generated, backend.as_ref(), document, range.count, &output);
    placed_take(folders, item, &path, recipe, &output)
}

/// Where jobs read and write.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Relative asset paths start here.
    pub media: MediaFolder,
    /// Made files go here.
    pub generated: PathBuf,
}

impl Folders {
    /// The folders of a project file.
    pub fn of_project(project: &Path) -> Self {
        Self {
            media: MediaFolder::of_project(project),
            generated: crate::project_file::files_folder(project).join("generated"),
        }
    }

    /// A name that no file bears yet: `take-0001.mkv`.
    pub fn new_file(&self, stem: &str, extension: &str) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.generated)
            .map_err(Error::io("Making the folder", &self.generated))?;
        let names = (1_u32..).map(|number| {
            self.generated
                .join(format!("{stem}-{number:04}.{extension}"))
        });
        let mut free = names.filter(|path| !path.exists());
        free.next().ok_or(Error::Unsuitable {
            reason: "the folder for takes is full".into(),
        })
    }

    /// How a path is kept in the project: relative where it lies in its folder, else whole.
    pub fn stored_path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.media.0).unwrap_or(path).to_owned()
    }

    /// The asset that a file on the disk is, with its content looked into.
    pub fn asset(&self, path: &Path, is_generated: bool) -> Result<Asset> {
        let info = media::probe(path)?;
        let fingerprint = media::fingerprint(path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = self.stored_path(path);
        // The document gives the name when the asset is added.
        Ok(Asset {
            id: AssetId(0),
            fingerprint,
            path,
            name,
            info,
            is_generated,
        })
    }
}

fn find_generated(
    document: &Document,
    item: ItemId,
) -> Result<(Arc<Track>, FrameRange, Generated)> {
    let (track, found) = document
        .sequence
        .item(item)
        .ok_or(Error::UnknownItem { item })?;
    match &found.content {
        timeline::Content::Generated(generated) => {
            Ok((Arc::clone(track), found.range(), generated.clone()))
        }
        timeline::Content::Clip(_) | timeline::Content::Title(_) | timeline::Content::Solid(_) => {
            Err(Error::Unsuitable {
                reason: format!("\"{}\" is not a generated item", found.label),
            })
        }
    }
}

fn operation_of(purpose: Purpose) -> Operation {
    match purpose {
        Purpose::Fill | Purpose::Retake => Operation::Fill,
        Purpose::Join => Operation::Join,
        Purpose::ExtendForward => Operation::ExtendForwards,
        Purpose::ExtendBackward => Operation::ExtendBackwards,
        Purpose::Animate => Operation::Animate,
        Purpose::TextToVideo => Operation::TextToVideo,
        Purpose::ReplaceBackground => Operation::ReplaceBackground,
        Purpose::Repaint => Operation::RepaintRegion,
        Purpose::Outpaint => Operation::Outpaint,
        Purpose::Restyle => Operation::Restyle,
        Purpose::Interpolate => Operation::Interpolate,
    }
}

/// The document with every other picture track muted, so that titles and overlays do not become known pixels.
fn only_track(document: &Document, track: &Track) -> Document {
    let mut alone = document.clone();
    let sequence = Arc::make_mut(&mut alone.sequence);
    for other in &mut sequence.tracks {
        if other.kind != TrackKind::Audio && other.id != track.id {
            Arc::make_mut(other).is_muted = true;
        }
    }
    alone
}

/// The clip with a hole where the item lies, and how many known frames stand before the hole.
fn masked_clip(
    source: &mut FrameSource,
    document: &Document,
    track: &Track,
    range: FrameRange,
) -> Result<(MaskedClip, usize)> {
    let is_known = |frame: FrameIndex| {
        frame >= FrameIndex::ZERO
            && track
                .item_at(frame)
                .is_some_and(|item| !item.is_disabled && !is_unmade(&item.content))
    };
    let before: Vec<_> = (1..=CONTEXT_FRAMES)
        .map(|step| range.start - FrameCount(step))
        .take_while(|f| is_known(*f))
        .collect();
    let after: Vec<_> = (0..CONTEXT_FRAMES)
        .map(|step| range.end() + FrameCount(step))
        .take_while(|f| is_known(*f))
        .collect();
    let mut frames = Vec::with_capacity(range.count.0 as usize + before.len() + after.len());
    for frame in before.iter().rev() {
        frames.push(ClipFrame::Known(source.frame(document, *frame)?));
    }
    frames.extend(range.frames().map(|_frame| ClipFrame::ToMake));
    for frame in &after {
        frames.push(ClipFrame::Known(source.frame(document, *frame)?));
    }
    let sequence = &document.sequence;
    Ok((
        MaskedClip::new(sequence.size, sequence.rate, frames)?,
        before.len(),
    ))
}

fn is_unmade(content: &timeline::Content) -> bool {
    match content {
        timeline::Content::Generated(generated) => generated.active_take().is_none(),
        timeline::Content::Clip(_) | timeline::Content::Title(_) | timeline::Content::Solid(_) => {
            false
        }
    }
}

/// Runs a backend with its steps told as progress.
fn run_backend(
    backend: &mut dyn Backend,
    request: &Request,
    on_progress: &mut OnProgress<'_>,
) -> Result<Output> {
    let output = backend.generate(request, &mut |step| told_step(&step, on_progress));
    output.map_err(not_an_error_when_cancelled)
}

/// Tells a network's step as progress.
pub fn told_step(step: &generation::Step, on_progress: &mut OnProgress<'_>) -> ControlFlow<()> {
    on_progress(JobProgress {
        label: step.label.to_owned(),
        done: step.done,
        total: step.total,
        eta: step.remaining,
    })
}

/// A stop that was asked for has one name, whichever room it happened in.
pub fn not_an_error_when_cancelled(error: generation::Error) -> Error {
    match error {
        generation::Error::Cancelled => Error::Cancelled,
        other => Error::Generation(other),
    }
}

fn write_lossless(frames: &[VideoFrame], document: &Document, path: &Path) -> Result<()> {
    let rate = document.sequence.rate;
    let color = frames
        .first()
        .map_or(av::ColorSpace::VIDEO, |frame| frame.color);
    let settings = EncodeSettings {
        has_audio: false,
        color,
        ..EncodeSettings::new(Preset::LosslessMkv, document.sequence.size, rate)
    };
    let mut encoder = Encoder::start(&settings, path)?;
    for (number, frame) in (0..).zip(frames) {
        encoder.push_video(
            &frame
                .clone()
                .with_pts(rate.ticks_from_frame(FrameIndex(number))),
        )?;
    }
    encoder.finish()?;
    Ok(())
}

fn recipe_of(
    generated: &Generated,
    backend: &dyn Backend,
    document: &Document,
    count: FrameCount,
    output: &Output,
) -> Recipe {
    let info = backend.describe();
    let size = document.sequence.size;
    Recipe {
        model: info.id.clone(),
        weight_hashes: info.weights_sha256.clone(),
        size: Some((size.width, size.height)),
        num_frames: count.0 as u32,
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        notes: output.notes.iter().map(|note| note.text.clone()).collect(),
        ..generated.recipe.clone()
    }
}

fn placed_take(
    folders: &Folders,
    item: ItemId,
    path: &Path,
    recipe: Recipe,
    output: &Output,
) -> Result<Placed> {
    let take = TakeInputs {
        asset: AssetId(0),
        source_start: Ticks::ZERO,
        recipe,
        seam_delta_e: output.seams.iter().map(|seam| seam.delta_e).collect(),
    };
    let asset = add_asset(folders.asset(path, true)?);
    Ok(Placed {
        asset,
        target: PlacedTarget::Take {
            item,
            take: Box::new(take),
        },
    })
}

/// The edit that makes a file known to the project.
pub fn add_asset(asset: Asset) -> Edit {
    let Asset {
        fingerprint,
        path,
        name,
        info,
        is_generated,
        id: _given_by_the_document,
    } = asset;
    Edit::AddAsset {
        fingerprint,
        path,
        name,
        info: Box::new(info),
        is_generated,
    }
}

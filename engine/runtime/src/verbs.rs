//! The verbs of the command line on whole files: each builds a small document, runs the same job that the window
//! would queue, and exports through the same door.

use crate::{
    Encoding, Error, ExportRequest,
    background::matte_clip,
    error::Result,
    event::Placed,
    export::{ExportSummary, OnProgress, even_size, export},
    frames::{FrameSource, MediaFolder},
    generate::{Folders, add_asset, generate_take},
    project_file::folder_of,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize};
use std::path::{Path, PathBuf};
use timeline::{
    AssetId, BackgroundFill, Document, Edit, GeneratedState, ItemId, Purpose, Recipe, Sequence,
    TrackId, TrackKind,
    edit::{Placement, apply, apply_edit},
};

/// Rate of sequences made from files that keep no cadence.
const VARIABLE_RATE_SEQUENCE: FrameRate = FrameRate::FPS_30;

/// A file's encoder preset by the ending of its name; no ending means a folder of pictures.
pub fn preset_for(path: &Path) -> Result<String> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let found = crate::export_presets()
        .into_iter()
        .find(|preset| preset.extension == extension);
    found.map(|preset| preset.name).ok_or(Error::Unsuitable {
        reason: format!("no export preset writes files that end in .{extension}"),
    })
}

/// Makes the frames `missing` of a clip anew from their neighbours and writes the whole clip.
pub fn fill_file(
    clip: &Path,
    missing: FrameRange,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let bench = Workbench::new(out)?;
    let mut document = document_like(clip)?;
    let asset = bench.add(&mut document, clip)?;
    document = apply(
        &document,
        &Edit::Append {
            placement: Placement::whole(asset),
        },
    )?;
    let whole = document.sequence.range();
    if missing.is_empty() || missing.start < whole.start || missing.end() > whole.end() {
        return Err(Error::Unsuitable {
            reason: format!(
                "the clip has the frames 0..{}, not {}..{}",
                whole.end(),
                missing.start,
                missing.end()
            ),
        });
    }
    let track = first_video_track(&document)?;
    let lift = Edit::LiftRange {
        range: missing,
        tracks: vec![track],
    };
    document = apply(&document, &lift)?;
    document = bench.generate(&document, track, missing, Purpose::Fill, on_progress)?;
    bench.export(&document, out, on_progress)
}

/// Bridges two clips with `count` made frames and writes all three as one.
pub fn join_files(
    [first, second]: [&Path; 2],
    count: FrameCount,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let bench = Workbench::new(out)?;
    let mut document = document_like(first)?;
    let first = bench.add(&mut document, first)?;
    document = apply(
        &document,
        &Edit::Append {
            placement: Placement::whole(first),
        },
    )?;
    let gap = FrameRange::new(document.sequence.range().end(), count);
    if gap.is_empty() {
        return Err(Error::Unsuitable {
            reason: "a join needs at least one frame".into(),
        });
    }
    let second = bench.add(&mut document, second)?;
    document = apply(
        &document,
        &Edit::Overwrite {
            placement: Placement::whole(second),
            at: gap.end(),
        },
    )?;
    let track = first_video_track(&document)?;
    document = bench.generate(&document, track, gap, Purpose::Join, on_progress)?;
    bench.export(&document, out, on_progress)
}

/// What is in a file.
pub fn probe_file(path: &Path) -> Result<av::MediaInfo> {
    Ok(media::probe(path)?)
}

/// One frame of a document as RGBA, exactly as it would be exported.
pub fn frame_rgba(
    source: &mut FrameSource,
    document: &Document,
    frame: FrameIndex,
) -> Result<av::VideoFrame> {
    Ok(compositor::to_rgba(&source.frame(document, frame)?))
}

/// How a search for moved media went.
#[derive(Debug)]
pub struct RelinkReport {
    /// The document with what was found.
    pub document: Document,
    /// Names of files that were found.
    pub found: Vec<String>,
    /// Names of files that are still missing.
    pub missing: Vec<String>,
}

/// Looks for a document's missing media below a folder; a file is known by its content alone.
pub fn relink(document: &Document, folders: &Folders, folder: &Path) -> Result<RelinkReport> {
    let is_missing = |asset: &&std::sync::Arc<timeline::Asset>| !folders.media.path(asset).exists();
    let mut missing: Vec<_> = document.assets.iter().filter(is_missing).cloned().collect();
    let mut report = RelinkReport {
        document: document.clone(),
        found: Vec::new(),
        missing: Vec::new(),
    };
    let mut folders_left = vec![folder.to_owned()];
    while let Some(next) = folders_left.pop() {
        if missing.is_empty() {
            break;
        }
        for entry in std::fs::read_dir(&next).map_err(Error::io("Reading the folder", &next))? {
            let path = entry
                .map_err(Error::io("Reading the folder", &next))?
                .path();
            // Links are not followed, so that a circle of them cannot go on for ever.
            if path.is_dir() && !path.is_symlink() {
                folders_left.push(path);
                continue;
            }
            let Ok(fingerprint) = media::fingerprint(&path) else {
                continue;
            };
            if let Some(index) = missing
                .iter()
                .position(|asset| asset.fingerprint == fingerprint)
            {
                let asset = missing.remove(index);
                let path =
                    std::path::absolute(&path).map_err(Error::io("Finding the file", &path))?;
                let edit = Edit::RelinkAsset {
                    asset: asset.id,
                    fingerprint,
                    path: folders.stored_path(&path),
                };
                report.document = apply(&report.document, &edit)?;
                report.found.push(asset.name.clone());
            }
        }
    }
    report.missing = missing.iter().map(|asset| asset.name.clone()).collect();
    Ok(report)
}

/// How many frames `seconds` are at the rate that a file's sequence would have.
pub fn frames_in_seconds(path: &Path, seconds: f64) -> Result<FrameCount> {
    let rate = sequence_for(&media::probe(path)?)?.rate;
    Ok(FrameCount((seconds * rate.fps_for_display()).round() as i64))
}

/// What is put behind a subject, as the command line says it.
#[derive(Debug, Clone, PartialEq)]
pub enum NewBackground {
    /// A picture or clip file.
    File(PathBuf),
    /// One color.
    Color(timeline::Rgba),
    /// The old background, blurred; radius in parts of the height.
    Blur(f64),
}

/// Swaps what lies behind the subject of a clip and writes the result.
pub fn background_file(
    clip: &Path,
    background: &NewBackground,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let bench = Workbench::new(out)?;
    let mut document = document_like(clip)?;
    let asset = bench.add(&mut document, clip)?;
    document = apply(
        &document,
        &Edit::Append {
            placement: Placement::whole(asset),
        },
    )?;
    let fill = match background {
        NewBackground::File(path) => BackgroundFill::Asset(bench.add(&mut document, path)?),
        NewBackground::Color(color) => BackgroundFill::Color(*color),
        NewBackground::Blur(radius) => BackgroundFill::Blur { radius: *radius },
    };
    let track = first_video_track(&document)?;
    let items = document
        .sequence
        .track(track)
        .map(|track| track.items.clone())
        .unwrap_or_default();
    let item = items.first().ok_or(Error::NothingToExport)?.id;
    let placed = matte_clip(&document, item, &fill, &bench.folders, on_progress)?;
    document = placed.apply(&document)?;
    bench.export(&document, out, on_progress)
}

/// Runs a generation job on a reserved stretch of a document and returns the document with the take in it.
pub fn generate_into(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Document> {
    let placed: Placed = generate_take(document, item, folders, on_progress)?;
    Ok(placed.apply(document)?)
}

/// A sequence with a file's size and rate.
pub fn sequence_for(info: &av::MediaInfo) -> Result<Sequence> {
    let video = info.video.as_ref().ok_or(Error::Unsuitable {
        reason: "the file holds no pictures".into(),
    })?;
    let size: ScanSize = even_size(video.size);
    let rate = if info.is_still {
        FrameRate::FPS_25
    } else {
        video.rate.unwrap_or(VARIABLE_RATE_SEQUENCE)
    };
    Ok(Sequence::new(size, rate))
}

/// An empty document with a file's size and rate.
fn document_like(clip: &Path) -> Result<Document> {
    Ok(Document::new("", sequence_for(&media::probe(clip)?)?))
}

fn first_video_track(document: &Document) -> Result<TrackId> {
    let mut tracks = document.sequence.tracks.iter();
    let track = tracks.find(|track| track.kind == TrackKind::Video);
    track.map(|track| track.id).ok_or(Error::NothingToExport)
}

/// A folder for made files beside the result, gone when the work is over.
struct Workbench {
    folders: Folders,
}

impl Workbench {
    fn new(out: &Path) -> Result<Self> {
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let folder = folder_of(out).join(format!(".{name}.{}.work", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(Error::io("Making a folder beside the result", &folder))?;
        let generated =
            std::path::absolute(&folder).map_err(Error::io("Finding the folder", &folder))?;
        // Whole paths everywhere: the document is never saved.
        Ok(Self {
            folders: Folders {
                media: MediaFolder::default(),
                generated,
            },
        })
    }

    fn add(&self, document: &mut Document, path: &Path) -> Result<AssetId> {
        let path = std::path::absolute(path).map_err(Error::io("Finding the file", path))?;
        let applied = apply_edit(document, &add_asset(self.folders.asset(&path, false)?))?;
        *document = applied.document;
        applied
            .created
            .assets
            .first()
            .copied()
            .ok_or(Error::NothingToExport)
    }

    fn generate(
        &self,
        document: &Document,
        track: TrackId,
        range: FrameRange,
        purpose: Purpose,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Document> {
        let place = Edit::PlaceGenerated {
            track,
            range,
            purpose,
            recipe: Box::new(Recipe::default()),
            anchors: Vec::new(),
            state: GeneratedState::Queued,
        };
        let placed = apply_edit(document, &place)?;
        let item = placed
            .created
            .items
            .first()
            .copied()
            .ok_or(Error::NothingToExport)?;
        generate_into(&placed.document, item, &self.folders, on_progress)
    }

    fn export(
        &self,
        document: &Document,
        out: &Path,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<ExportSummary> {
        let request = ExportRequest {
            path: out.to_owned(),
            preset: preset_for(out)?,
            range: None,
            size: None,
            encoding: Encoding::default(),
        };
        let mut summary = export(document, &self.folders.media, &request, on_progress)?;
        summary.notes.extend(take_notes(document));
        Ok(summary)
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folders.generated) {
            log::warn!(
                "{} was left behind: {error}",
                self.folders.generated.display()
            );
        }
    }
}

/// What backends said about the takes that show.
fn take_notes(document: &Document) -> Vec<String> {
    let items = document
        .sequence
        .tracks
        .iter()
        .flat_map(|track| &track.items);
    let takes = items.filter_map(|item| match &item.content {
        timeline::Content::Generated(generated) => generated.active_take().cloned(),
        timeline::Content::Clip(_) | timeline::Content::Title(_) | timeline::Content::Solid(_) => {
            None
        }
    });
    let mut notes = Vec::new();
    for take in takes {
        let seams: Vec<String> = take
            .seam_delta_e
            .iter()
            .map(|delta| format!("{delta:.2}"))
            .collect();
        notes.push(format!(
            "{} frames made by {}",
            take.recipe.num_frames, take.recipe.model
        ));
        if !seams.is_empty() {
            notes.push(format!(
                "Color difference at the seams (ΔE2000): {}",
                seams.join(", ")
            ));
        }
        notes.extend(take.recipe.notes);
    }
    notes
}

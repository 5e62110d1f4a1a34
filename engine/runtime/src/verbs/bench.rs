//! A document for one verb, with a folder for made files beside the result that is gone when the work is over.

use super::{
    made::{Made, MadeFrames},
    preset_for, sequence_for,
    wishes::Wishes,
};
use crate::{
    Encoding, Error, ExportRequest,
    error::Result,
    export::{OnProgress, export},
    folders::{Folders, add_asset},
    frames::MediaFolder,
    generate::Studio,
    project_file::folder_of,
};
use av::{FrameCount, FrameRange};
use std::path::{Path, PathBuf};
use timeline::{
    Anchor, AssetId, Document, Edit, GeneratedState, ItemId, Purpose, Recipe, Sequence, TrackId,
    TrackKind,
    edit::{Created, Placement, apply_edit},
};

/// A document for one verb.
pub struct Bench {
    /// What is being put together.
    pub document: Document,
    /// Where files are.
    pub folders: Folders,
    out: PathBuf,
}

/// A stretch to be made.
pub struct Place {
    /// Which track.
    pub track: TrackId,
    /// Which frames.
    pub range: FrameRange,
    /// Why.
    pub purpose: Purpose,
    /// What lies below, for what covers it.
    pub over: Option<ItemId>,
}

impl Bench {
    /// An empty document; what is made goes to `out`.
    pub fn new(sequence: Sequence, out: &Path) -> Result<Self> {
        // Told before the work, not after it.
        preset_for(out)?;
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let folder = folder_of(out).join(format!(".{name}.{}.work", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(Error::io("Making a folder beside the result", &folder))?;
        let generated =
            std::path::absolute(&folder).map_err(Error::io("Finding the folder", &folder))?;
        // Whole paths everywhere: the document is never saved.
        Ok(Self {
            document: Document::new("", sequence),
            folders: Folders {
                media: MediaFolder::default(),
                generated,
            },
            out: out.to_owned(),
        })
    }

    /// A document with a clip's size, or the one wished for, and its rate.
    pub fn like(clip: &Path, wishes: &Wishes, out: &Path) -> Result<Self> {
        let mut sequence = sequence_for(&media::probe(clip)?)?;
        sequence.size = wishes.size.unwrap_or(sequence.size);
        Self::new(sequence, out)
    }

    /// A document of a clip's size, or the one wished for, that starts with the clip; the item of its picture.
    pub fn with_clip(clip: &Path, wishes: &Wishes, out: &Path) -> Result<(Self, ItemId)> {
        require_clip(clip)?;
        let mut bench = Self::like(clip, wishes, out)?;
        let item = bench.append(clip)?;
        Ok((bench, item))
    }

    /// Changes the document; what that added.
    pub fn edit(&mut self, edit: &Edit) -> Result<Created> {
        let applied = apply_edit(&self.document, edit)?;
        self.document = applied.document;
        Ok(applied.created)
    }

    /// Makes a file known.
    pub fn add(&mut self, path: &Path) -> Result<AssetId> {
        let path = std::path::absolute(path).map_err(Error::io("Finding the file", path))?;
        let created = self.edit(&add_asset(self.folders.asset(&path, false)?))?;
        created
            .assets
            .first()
            .copied()
            .ok_or(Error::NothingToExport)
    }

    /// Makes a clip known and puts all of it after what is there; the item of its picture.
    pub fn append(&mut self, path: &Path) -> Result<ItemId> {
        let placement = Placement::whole(self.add(path)?);
        let created = self.edit(&Edit::Append { placement })?;
        self.picture_of(&created)
    }

    /// The item that was added to a video track.
    pub fn picture_of(&self, created: &Created) -> Result<ItemId> {
        let sequence = &self.document.sequence;
        let is_picture = |id: &&ItemId| {
            let found = sequence.item(**id);
            found.is_some_and(|(track, _)| track.kind == TrackKind::Video)
        };
        let found = created.items.iter().find(is_picture).copied();
        found.ok_or(Error::NothingToExport)
    }

    /// The two video tracks that every document starts with, the lower one first.
    pub fn video_tracks(&self) -> Result<[TrackId; 2]> {
        let tracks = self.document.sequence.tracks.iter();
        let mut ids = tracks
            .filter(|track| track.kind == TrackKind::Video)
            .map(|track| track.id);
        match (ids.next(), ids.next()) {
            (Some(lower), Some(upper)) => Ok([lower, upper]),
            _ => Err(Error::NothingToExport),
        }
    }

    /// Covers an item with what is made of it, on the upper video track.
    pub fn cover(&self, item: ItemId, purpose: Purpose) -> Result<Place> {
        let found = self.document.sequence.item(item);
        let (_, below) = found.ok_or(Error::UnknownItem { item })?;
        Ok(Place {
            track: self.video_tracks()?[1],
            range: below.range(),
            purpose,
            over: Some(item),
        })
    }

    /// Makes what is wished for in a place, as often as is wished, and writes each into a file. `change` adds to the
    /// recipe what only this verb knows.
    pub fn make(
        mut self,
        place: Place,
        wishes: &Wishes,
        change: impl FnOnce(&mut Recipe),
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Vec<Made>> {
        let mut recipe = wishes.recipe(place.range.count, self.document.sequence.rate)?;
        for path in &wishes.references {
            recipe.references.push(self.add(path)?);
        }
        change(&mut recipe);
        let item = self.place(&place, &recipe)?;
        let mut studio = Studio::default();
        let mut all = Vec::new();
        for number in 0..wishes.num_takes.max(1) {
            let recipe = Box::new(Recipe {
                seed: recipe.seed.wrapping_add(u64::from(number)),
                ..recipe.clone()
            });
            self.edit(&Edit::SetRecipe { item, recipe })?;
            let take = studio.take(&self.document, item, &self.folders, on_progress)?;
            let document = take.placed.apply(&self.document)?;
            let frames = MadeFrames::of(&take);
            let mut made = self.written(&document, frames, number, on_progress)?;
            let is_enough = take.is_seedless && wishes.num_takes > 1;
            if is_enough {
                let note = "Another seed would make the same frames, so there is one take";
                made.summary.notes.push(note.into());
            }
            all.push(made);
            if is_enough {
                break;
            }
        }
        Ok(all)
    }

    fn place(&mut self, place: &Place, recipe: &Recipe) -> Result<ItemId> {
        let anchors = place.over.map(|item| Anchor {
            item,
            frames: place.range,
            content_hash: 0,
        });
        self.edit(&Edit::PlaceGenerated {
            track: place.track,
            range: place.range,
            purpose: place.purpose,
            recipe: Box::new(recipe.clone()),
            anchors: anchors.into_iter().collect(),
            state: GeneratedState::Queued,
        })?;
        let track = self.document.sequence.track(place.track);
        let item = track.and_then(|track| track.item_at(place.range.start));
        item.map(|item| item.id).ok_or(Error::NothingToExport)
    }

    fn written(
        &self,
        document: &Document,
        frames: MadeFrames,
        number: u32,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Made> {
        let out = take_path(&self.out, number);
        let mut made = self.export(document, &out, on_progress)?;
        made.summary.notes.extend(frames.notes());
        frames.write_beside(&out, document)?;
        made.frames = Some(frames);
        Ok(made)
    }

    /// Writes a document into a file.
    pub fn export(
        &self,
        document: &Document,
        out: &Path,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Made> {
        let request = ExportRequest {
            path: out.to_owned(),
            preset: preset_for(out)?,
            range: None,
            size: None,
            encoding: Encoding::default(),
        };
        let summary = export(document, &self.folders.media, &request, on_progress)?;
        let count = FrameCount(summary.frame_count);
        let length = document.sequence.rate.ticks_from_count(count);
        Ok(Made {
            summary,
            seconds: length.seconds_for_display(),
            frames: None,
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let folder = &self.folders.generated;
        if let Err(error) = std::fs::remove_dir_all(folder) {
            log::warn!("{} was left behind: {error}", folder.display());
        }
    }
}

/// Where a take goes: `film.mp4`, then `film-2.mp4`.
fn take_path(out: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return out.to_owned();
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{}", number + 1);
    if let Some(extension) = out.extension() {
        name.push('.');
        name.push_str(&extension.to_string_lossy());
    }
    out.with_file_name(name)
}

/// Refuses stills where only a clip makes sense.
pub fn require_clip(path: &Path) -> Result<()> {
    if !media::probe(path)?.is_still {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reason = format!("{name} is a picture, not a clip; animate makes pictures move");
    Err(Error::Unsuitable { reason })
}

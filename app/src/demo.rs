//! The demo project: real footage, cut, spoken over and finished with everything the editor does, assembled by the same
//! edits that a person would make.

mod reel;
mod voice;

use crate::project::Home;
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize};
use runtime::{
    Error, Folders, JobProgress, add_asset,
    background::SwapWish,
    project_file::{PROJECT_EXTENSION, save_project},
    verbs,
};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};
use timeline::{
    AssetId, BackgroundFill, Document, Edit, GeneratedState, Interpolation, ItemId, Purpose,
    Recipe, Sequence, Title, TrackId, TransitionKind, WipeDirection,
    edit::{Applied, KeyframeValue, Placement, Property, Streams, apply_edit},
};

type OnProgress<'a> = dyn FnMut(JobProgress) -> ControlFlow<()> + 'a;

/// Media that ship for the demo, beside their credits.
const MEDIA: [&str; 5] = [
    "bigbuckbunny.mp4",
    "astronaut.jpg",
    "coffee.jpg",
    "voice.ogg",
    "voice.srt",
];

/// Length of the astronaut's shot.
const PORTRAIT_FRAMES: i64 = 75;

/// The demo project in the user's data folder, made on first use, for the window.
pub fn window_project() -> Result<PathBuf, Error> {
    let folder = Home::of_system().demo_folder();
    let project = folder.join("demo").with_extension(PROJECT_EXTENSION);
    if !project.exists() {
        let demo = assemble(&folder, &project, Length::Short, &mut |_progress| {
            ControlFlow::Continue(())
        })?;
        save_project(&project, &demo.document)?;
    }
    Ok(project)
}

/// A document being assembled.
struct Draft {
    document: Document,
    folders: Folders,
}

impl Draft {
    fn edit(&mut self, edit: &Edit) -> Result<Applied, Error> {
        let applied = apply_edit(&self.document, edit)?;
        self.document = applied.document.clone();
        Ok(applied)
    }

    fn import(&mut self, path: &Path) -> Result<AssetId, Error> {
        let applied = self.edit(&add_asset(self.folders.asset(path, false)?))?;
        first(applied.created.assets)
    }

    /// Puts frames of a file at a frame; returns its picture's item.
    fn overwrite(&mut self, placement: Placement, at: i64) -> Result<ItemId, Error> {
        let applied = self.edit(&Edit::Overwrite {
            placement,
            at: FrameIndex(at),
        })?;
        first(applied.created.items)
    }
}

fn first<T>(created: Vec<T>) -> Result<T, Error> {
    created.into_iter().next().ok_or(Error::NothingToExport)
}

/// How much of the demo is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// What a person who opens the window for the first time waits for.
    Short,
    /// With everything that can be made without an installed model.
    Whole,
}

/// The demo project, put together.
pub struct Demo {
    /// The project; it is not saved yet.
    pub document: Document,
    /// What was used for it where there was a choice, for people.
    pub notes: Vec<String>,
}

/// Puts the demo project together in a folder, its generated parts included.
pub fn assemble(
    folder: &Path,
    project: &Path,
    length: Length,
    on_progress: &mut OnProgress<'_>,
) -> Result<Demo, Error> {
    let folder = std::path::absolute(folder).map_err(Error::io("Finding the folder", folder))?;
    let project = folder.join(project.file_name().unwrap_or_default());
    let paths = copy_media(&folder.join("media"))?;
    let sequence = Sequence::new(ScanSize::new(1280, 720), FrameRate::FPS_25);
    let mut draft = Draft {
        document: Document::new("Demo", sequence),
        folders: Folders::of_project(&project),
    };
    let bunny = draft.import(&paths[0])?;
    let astronaut = draft.import(&paths[1])?;
    let [video, titles] = video_tracks(&draft.document)?;
    cut_bunny(&mut draft, bunny, video)?;
    let portrait = place_portrait(&mut draft, astronaut, bunny, video)?;
    place_titles(&mut draft, titles)?;
    fill_gap(&mut draft, video, on_progress)?;
    swap_background(&mut draft, portrait, bunny, on_progress)?;
    let voice = voice::Voice {
        sound: draft.import(&paths[3])?,
        subtitles: &paths[4],
    };
    let notes = voice::speak(&mut draft, &voice, length, on_progress)?;
    if length == Length::Whole {
        let stock = reel::Stock {
            tracks: [video, titles],
            bunny,
            coffee: draft.import(&paths[2])?,
        };
        reel::append(&mut draft, &stock, on_progress)?;
    }
    let document = draft.document;
    Ok(Demo { document, notes })
}

/// The demo's media, copied so that the project holds all it needs.
fn copy_media(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let source = crate::folders::assets_folder()?.join("demo");
    std::fs::create_dir_all(folder).map_err(Error::io("Making the folder", folder))?;
    let copy = |name: &str| {
        let target = folder.join(name);
        std::fs::copy(source.join(name), &target)
            .map_err(Error::io("Copying the demo's media", &target))?;
        Ok(target)
    };
    copy("CREDITS.md")?;
    MEDIA.into_iter().map(copy).collect()
}

fn video_tracks(document: &Document) -> Result<[TrackId; 2], Error> {
    let mut tracks = document
        .sequence
        .tracks
        .iter()
        .filter(|track| track.kind == timeline::TrackKind::Video);
    match (tracks.next(), tracks.next()) {
        (Some(lower), Some(upper)) => Ok([lower.id, upper.id]),
        _ => Err(Error::NothingToExport),
    }
}

/// The bunny's waking up with twelve frames lost, a cut in time, and its sound throughout.
fn cut_bunny(draft: &mut Draft, bunny: AssetId, video: TrackId) -> Result<(), Error> {
    let rate = draft.document.sequence.rate;
    let from = |frame: i64| rate.ticks_from_frame(FrameIndex(frame));
    let piece = |start: i64, count: i64, streams: Streams| Placement {
        source_start: from(start),
        count: Some(FrameCount(count)),
        streams,
        ..Placement::whole(bunny)
    };
    draft.overwrite(piece(0, 100, Streams::Both), 0)?;
    // A stretch that got lost; the fill below makes it anew from what is on both sides.
    let lost = FrameRange::between(FrameIndex(60), FrameIndex(72));
    draft.edit(&Edit::LiftRange {
        range: lost,
        tracks: vec![video],
    })?;
    let end = 100 + PORTRAIT_FRAMES;
    let last = draft.overwrite(piece(90, 40, Streams::Video), end)?;
    let sound = draft.overwrite(piece(0, 115, Streams::Audio), 100)?;
    let property = Property::FadeOut(FrameCount(25));
    draft.edit(&Edit::SetProperty {
        items: vec![sound],
        property,
    })?;
    draft.edit(&Edit::SetKeyframe {
        item: last,
        at: FrameIndex(end),
        value: KeyframeValue::Scale([1.0, 1.0]),
        interpolation: Interpolation::Smooth,
    })?;
    draft.edit(&Edit::SetKeyframe {
        item: last,
        at: FrameIndex(end + 39),
        value: KeyframeValue::Scale([1.3, 1.3]),
        interpolation: Interpolation::Smooth,
    })?;
    Ok(())
}

/// A still that is moved by keyframes, dissolved into and wiped away.
fn place_portrait(
    draft: &mut Draft,
    astronaut: AssetId,
    bunny: AssetId,
    video: TrackId,
) -> Result<ItemId, Error> {
    let placement = Placement {
        count: Some(FrameCount(PORTRAIT_FRAMES)),
        ..Placement::whole(astronaut)
    };
    let item = draft.overwrite(placement, 100)?;
    draft.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::Fit(timeline::Fit::Cover),
    })?;
    let moves = [
        (100, KeyframeValue::Scale([1.08, 1.08])),
        (99 + PORTRAIT_FRAMES, KeyframeValue::Scale([1.25, 1.25])),
        (100, KeyframeValue::Position([-0.02, 0.26])),
        (99 + PORTRAIT_FRAMES, KeyframeValue::Position([0.03, 0.32])),
    ];
    for (at, value) in moves {
        let interpolation = Interpolation::Smooth;
        draft.edit(&Edit::SetKeyframe {
            item,
            at: FrameIndex(at),
            value,
            interpolation,
        })?;
    }
    let track = draft.document.sequence.track(video).cloned();
    let before = track
        .as_ref()
        .and_then(|track| track.item_at(FrameIndex(99)))
        .map(|item| item.id);
    let left = before.ok_or(Error::UnknownAsset { asset: bunny })?;
    let (before, after) = (FrameCount(10), FrameCount(10));
    draft.edit(&Edit::AddTransition {
        left,
        kind: TransitionKind::Dissolve,
        before,
        after,
    })?;
    let kind = TransitionKind::Wipe(WipeDirection::Right);
    draft.edit(&Edit::AddTransition {
        left: item,
        kind,
        before: FrameCount(6),
        after: FrameCount(6),
    })?;
    Ok(item)
}

fn place_titles(draft: &mut Draft, track: TrackId) -> Result<(), Error> {
    let words = [
        (4, 30, "Everframe\n一句话，一段影片", 0.11, [0.0, -0.3]),
        (
            118,
            48,
            "Somewhere greener\n换一个背景",
            0.075,
            [0.24, -0.32],
        ),
        (
            180,
            30,
            "Your footage. Your machine.\n你的素材，你的电脑",
            0.075,
            [0.0, 0.3],
        ),
    ];
    for (start, count, text, size, position) in words {
        let title = Title {
            text: text.into(),
            size,
            ..Title::default()
        };
        let range = FrameRange::new(FrameIndex(start), FrameCount(count));
        let item = first(
            draft
                .edit(&Edit::AddTitle {
                    track,
                    range,
                    title,
                })?
                .created
                .items,
        )?;
        let property = Property::Position(timeline::Animated::Constant(position));
        draft.edit(&Edit::SetProperty {
            items: vec![item],
            property,
        })?;
        for (at, opacity) in [
            (start, 0.0),
            (start + 6, 1.0),
            (start + count - 7, 1.0),
            (start + count - 1, 0.0),
        ] {
            let value = KeyframeValue::Opacity(opacity);
            let interpolation = Interpolation::Smooth;
            draft.edit(&Edit::SetKeyframe {
                item,
                at: FrameIndex(at),
                value,
                interpolation,
            })?;
        }
    }
    Ok(())
}

/// Reserves the gap for a generator and runs its job.
fn fill_gap(
    draft: &mut Draft,
    track: TrackId,
    on_progress: &mut OnProgress<'_>,
) -> Result<(), Error> {
    let gap = draft
        .document
        .sequence
        .track(track)
        .and_then(|track| track.gap_at(FrameIndex(65)));
    let placed = draft.edit(&Edit::PlaceGenerated {
        track,
        range: gap.ok_or(Error::NothingToExport)?,
        purpose: Purpose::Fill,
        recipe: Box::new(Recipe::default()),
        anchors: Vec::new(),
        state: GeneratedState::Queued,
    })?;
    let item = first(placed.created.items)?;
    draft.document = verbs::generate_into(&draft.document, item, &draft.folders, on_progress)?;
    Ok(())
}

/// Finds the astronaut and puts the meadow behind her.
fn swap_background(
    draft: &mut Draft,
    item: ItemId,
    meadow: AssetId,
    on_progress: &mut OnProgress<'_>,
) -> Result<(), Error> {
    let wish = SwapWish::new(BackgroundFill::Asset(meadow));
    let placed =
        runtime::background::matte_clip(&draft.document, item, &wish, &draft.folders, on_progress)?;
    draft.document = placed.apply(&draft.document)?;
    Ok(())
}

//! A project with one clip, and ways to ask for things on it.

use av::{FrameIndex, FrameRange, FrameRate, ScanSize, VideoFrame};
use media::{EncodeSettings, Encoder, Preset, VideoReader, bars};
use runtime::{
    Command, Error, Folders, FrameSource, JobProgress, Runtime, RuntimeConfig, add_asset,
    generate::{MadeTake, Studio},
};
use std::{ops::ControlFlow, path::PathBuf, sync::Arc};
use timeline::{
    Document, Edit, GeneratedState, ItemId, Purpose, Recipe, Sequence,
    edit::{Created, Placement, apply_edit},
};

/// Pixels of the clips.
pub const SIZE: ScanSize = ScanSize::new(160, 96);

pub fn go_on(_progress: JobProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A project with a lossless clip of numbered pictures at the start of its sequence.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub folders: Folders,
    pub document: Document,
    pub clip: ItemId,
    pub studio: Studio,
}

impl Bench {
    pub fn new(rate: FrameRate, count: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("count.mkv");
        let settings = EncodeSettings {
            has_audio: false,
            ..EncodeSettings::new(Preset::LosslessMkv, SIZE, rate)
        };
        let mut encoder = Encoder::start(&settings, &path).unwrap();
        for frame in (0..count).map(FrameIndex) {
            let pts = rate.ticks_from_frame(frame);
            let picture = bars::counting_frame(SIZE, frame.0 as usize, pts);
            encoder.push_video(&picture).unwrap();
        }
        encoder.finish().unwrap();
        let folders = Folders::of_project(&folder.path().join("film.everframe"));
        let mut bench = Self {
            document: Document::new("film", Sequence::new(SIZE, rate)),
            folder,
            folders,
            clip: ItemId(0),
            studio: Studio::default(),
        };
        let asset = bench.import("count.mkv");
        let placement = Placement::whole(asset);
        bench.clip = bench.edit(&Edit::Append { placement }).items[0];
        bench
    }

    /// An engine without a window, on a project that was saved there, or never.
    pub fn start(&self, project: Option<PathBuf>) -> Runtime {
        let runtime = Runtime::start(RuntimeConfig {
            cache_folder: self.path("cache"),
            recovery_folder: self.path("recovery"),
            use_sound_device: false,
            draw_in_software: true,
            wake: Arc::new(|| {}),
        })
        .unwrap();
        let path = project;
        runtime.send(Command::SetProject { path }).unwrap();
        runtime
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn edit(&mut self, edit: &Edit) -> Created {
        let applied = apply_edit(&self.document, edit).unwrap();
        self.document = applied.document;
        applied.created
    }

    pub fn import(&mut self, name: &str) -> timeline::AssetId {
        let asset = self.folders.asset(&self.path(name), false).unwrap();
        self.edit(&add_asset(asset)).assets[0]
    }

    /// Reserves a stretch of the lower or upper video track.
    pub fn place(
        &mut self,
        track: usize,
        purpose: Purpose,
        range: [i64; 2],
        recipe: Recipe,
    ) -> ItemId {
        let track = self.document.sequence.tracks[track].id;
        let range = FrameRange::between(FrameIndex(range[0]), FrameIndex(range[1]));
        self.edit(&Edit::PlaceGenerated {
            track,
            range,
            purpose,
            recipe: Box::new(recipe),
            anchors: Vec::new(),
            state: GeneratedState::Queued,
        });
        let track = self.document.sequence.track(track).unwrap();
        track.item_at(range.start).unwrap().id
    }

    pub fn take(&mut self, item: ItemId) -> Result<MadeTake, Error> {
        let (document, folders) = (&self.document, &self.folders);
        self.studio.take(document, item, folders, &mut go_on)
    }

    /// Makes a take and shows it.
    pub fn make(&mut self, item: ItemId) -> MadeTake {
        let take = self.take(item).unwrap();
        self.document = take.placed.apply(&self.document).unwrap();
        assert_eq!(timeline::check(&self.document), []);
        take
    }

    /// Every frame of the sequence as it is shown.
    pub fn shown(&self) -> Vec<VideoFrame> {
        let mut source = FrameSource::new(self.folders.media.clone()).unwrap();
        let frames = self.document.sequence.range().frames();
        frames
            .map(|frame| source.frame(&self.document, frame).unwrap())
            .collect()
    }

    pub fn originals(&self) -> Vec<VideoFrame> {
        let mut reader = VideoReader::open(&self.path("count.mkv")).unwrap();
        let count = reader.index().len();
        (0..count)
            .map(|number| reader.frame(number).unwrap())
            .collect()
    }

    pub fn generated_files(&self) -> usize {
        std::fs::read_dir(&self.folders.generated).map_or(0, Iterator::count)
    }
}

pub fn fake() -> Recipe {
    Recipe {
        model: "fake".into(),
        prompt: "a fox".into(),
        seed: 7,
        ..Recipe::default()
    }
}

pub fn is_same(one: &VideoFrame, other: &VideoFrame) -> bool {
    let rows = |frame: &VideoFrame, plane: usize| {
        let count = frame.plane_size(plane).height as usize;
        (0..count)
            .flat_map(|y| frame.row(plane, y).to_vec())
            .collect::<Vec<u8>>()
    };
    (0..3).all(|plane| rows(one, plane) == rows(other, plane))
}

/// The frames of a sequence are the clip's from `first` on, but for those in `made`.
#[track_caller]
pub fn check_kept(bench: &Bench, first: usize, made: std::ops::Range<usize>) {
    let (shown, originals) = (bench.shown(), bench.originals());
    for (index, frame) in shown.iter().enumerate() {
        let original = index
            .checked_sub(first)
            .and_then(|number| originals.get(number));
        let is_kept = original.is_some_and(|original| is_same(frame, original));
        assert_eq!(is_kept, !made.contains(&index), "frame {index}");
    }
}

/// A PNG file with one picture.
pub fn image_bytes(rgba: &VideoFrame) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture");
    let settings = EncodeSettings {
        has_audio: false,
        ..EncodeSettings::new(Preset::PngSequence, rgba.size, FrameRate::FPS_25)
    };
    let mut encoder = Encoder::start(&settings, &path).unwrap();
    encoder.push_video(rgba).unwrap();
    encoder.finish().unwrap();
    let file = std::fs::read_dir(&path).unwrap().next().unwrap().unwrap();
    std::fs::read(file.path()).unwrap()
}

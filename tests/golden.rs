//! Golden frames: what the viewer shows, what the encoder gets, and what a file gives back are the same bytes, and the
//! pictures are the ones that were looked at when they were committed.
//!
//! A case is a folder under `tests/golden`: `case.toml`, `edits.jsonl` (the project as edits) and `expected/*.png`.
//! `EVERFRAME_UPDATE_GOLDEN=1` writes the expected pictures; look at them before committing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use av::{FrameIndex, FrameRange, FrameRate, ScanSize, VideoFrame};
use runtime::{
    Command, Encoding, Event, ExportRequest, Folders, FrameSource, Revision, Runtime, RuntimeConfig,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{Document, Edit, Sequence, edit::apply};

/// A frame that takes longer to draw than this in software is not coming.
const FRAME_LIMIT: Duration = Duration::from_mins(1);

struct Case {
    folder: PathBuf,
    frames: Vec<FrameIndex>,
    tolerance: f64,
    document: Arc<Document>,
    folders: Folders,
    /// Holds the fixtures while the case runs.
    work: tempfile::TempDir,
}

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

impl Case {
    fn open(name: &str) -> Self {
        let folder = golden_folder().join(name);
        let table: toml::Table = fs::read_to_string(folder.join("case.toml"))
            .unwrap()
            .parse()
            .unwrap();
        let size: ScanSize = table["size"].as_str().unwrap().parse().unwrap();
        let rate: FrameRate = table["rate"].as_str().unwrap().parse().unwrap();
        let frames = table["frames"].as_array().unwrap().iter();
        let frames = frames
            .map(|frame| FrameIndex(frame.as_integer().unwrap()))
            .collect();
        let work = tempfile::tempdir().unwrap();
        let folders = Folders::of_project(&work.path().join("golden.everframe"));
        let mut document = Document::new(name, Sequence::new(size, rate));
        for line in fs::read_to_string(folder.join("edits.jsonl"))
            .unwrap()
            .lines()
        {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let edit: Edit = match value.get("import").and_then(serde_json::Value::as_str) {
                Some(fixture) => {
                    let path = fixture_path(fixture, work.path());
                    runtime::add_asset(folders.asset(&path, false).unwrap())
                }
                None => serde_json::from_value(value).unwrap(),
            };
            document =
                apply(&document, &edit).unwrap_or_else(|error| panic!("{name}: {line}: {error}"));
        }
        assert_eq!(timeline::check(&document), [], "{name} holds together");
        let tolerance = table["tolerance"].as_float().unwrap();
        Self {
            folder,
            frames,
            tolerance,
            document: Arc::new(document),
            folders,
            work,
        }
    }
}

/// Media of the cases: what ships for the demo, and a matte drawn here.
fn fixture_path(name: &str, work: &Path) -> PathBuf {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo");
    match name {
        "bunny" => demo.join("bigbuckbunny.mp4"),
        "astronaut" => demo.join("astronaut.jpg"),
        "matte" => {
            let path = work.join("matte.png");
            let matte = image::GrayImage::from_fn(512, 512, |x, y| {
                let (x, y) = (f64::from(x) - 256.0, f64::from(y) - 256.0);
                image::Luma([((200.0 - x.hypot(y)) * 4.0).clamp(0.0, 255.0) as u8])
            });
            matte.save(&path).unwrap();
            path
        }
        other => panic!("there is no fixture {other}"),
    }
}

fn software() -> compositor::Options {
    compositor::Options {
        adapter: compositor::AdapterChoice::Software,
    }
}

/// What the viewer shows for each frame, asked for as the window asks.
fn viewer_frames(case: &Case) -> Vec<Arc<VideoFrame>> {
    let runtime = Runtime::start(RuntimeConfig {
        cache_folder: case.work.path().join("cache"),
        recovery_folder: case.work.path().join("recovery"),
        use_sound_device: false,
        draw_in_software: true,
        wake: Arc::new(|| {}),
    })
    .unwrap();
    runtime
        .send(Command::SetProject {
            path: Some(case.work.path().join("golden.everframe")),
        })
        .unwrap();
    runtime
        .send(Command::SetDocument {
            revision: Revision(1),
            document: Arc::clone(&case.document),
        })
        .unwrap();
    let show = |wanted: &FrameIndex| {
        runtime.send(Command::Seek { frame: *wanted }).unwrap();
        let deadline = Instant::now() + FRAME_LIMIT;
        loop {
            match runtime.try_recv() {
                Some(Event::FrameReady { frame, picture, .. }) if frame == *wanted => {
                    return picture;
                }
                Some(Event::Failed(problem)) => panic!("{problem} {:?}", problem.details),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(2)),
            }
            assert!(Instant::now() < deadline, "frame {wanted} did not come");
        }
    };
    case.frames.iter().map(show).collect()
}

/// The case's whole sequence through the lossless encoder and back.
fn encoded_frames(case: &Case) -> Vec<VideoFrame> {
    let path = case.work.path().join("golden.mkv");
    let range = FrameRange::between(
        FrameIndex::ZERO,
        FrameIndex(case.frames.iter().map(|f| f.0).max().unwrap() + 1),
    );
    let request = ExportRequest {
        path: path.clone(),
        preset: "lossless-mkv".into(),
        range: Some(range),
        size: None,
        encoding: Encoding::default(),
    };
    let mut never = |_progress| std::ops::ControlFlow::Continue(());
    runtime::export::export_with(
        &case.document,
        &case.folders.media,
        &request,
        software(),
        &mut never,
    )
    .unwrap();
    let mut reader = media::VideoReader::open(&path).unwrap();
    assert_eq!(
        reader.index().len() as i64,
        range.count.0,
        "every frame is in the file, once"
    );
    case.frames
        .iter()
        .map(|frame| reader.frame(frame.0 as usize).unwrap())
        .collect()
}

fn check(name: &str) {
    let case = Case::open(name);
    let mut source = FrameSource::with_options(case.folders.media.clone(), software()).unwrap();
    let shown = viewer_frames(&case);
    let encoded = encoded_frames(&case);
    let is_update = std::env::var_os("EVERFRAME_UPDATE_GOLDEN").is_some();
    for ((frame, shown), encoded) in case.frames.iter().zip(shown).zip(encoded) {
        let exported = source.frame(&case.document, *frame).unwrap();
        same_pixels(
            &exported,
            &encoded,
            &format!("{name} frame {frame}: what the file holds"),
        );
        let for_eyes = compositor::to_rgba(&exported);
        assert_eq!(
            for_eyes.planes, shown.planes,
            "{name} frame {frame}: the viewer shows what the encoder gets"
        );
        let drawn = source.frame_composited(&case.document, *frame).unwrap();
        same_pixels(
            &exported,
            &drawn,
            &format!("{name} frame {frame}: handed through or drawn"),
        );
        let expected = case
            .folder
            .join("expected")
            .join(format!("{:04}.png", frame.0));
        compare(&for_eyes, &expected, case.tolerance, is_update);
    }
}

/// Equal byte for byte, however the rows lie in memory.
fn same_pixels(wanted: &VideoFrame, found: &VideoFrame, what: &str) {
    assert_eq!(wanted.size, found.size, "{what}");
    for plane in 0..3 {
        for y in 0..wanted.plane_size(plane).height as usize {
            assert!(
                wanted.row(plane, y) == found.row(plane, y),
                "{what}: row {y} of plane {plane} differs"
            );
        }
    }
}

/// Holds a picture against the committed one, which is kept small: at most 320 pixels wide.
fn compare(picture: &VideoFrame, expected: &Path, tolerance: f64, is_update: bool) {
    let (width, height) = (picture.size.width, picture.size.height);
    let found = image::RgbaImage::from_raw(width, height, picture.planes[0].data.to_vec()).unwrap();
    let found = image::DynamicImage::from(found)
        .thumbnail(320, 180)
        .into_rgb8();
    if is_update {
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        found.save(expected).unwrap();
        return;
    }
    let wanted = image::open(expected)
        .unwrap_or_else(|error| panic!("{}: {error}", expected.display()))
        .into_rgb8();
    assert_eq!(wanted.dimensions(), found.dimensions());
    let pairs = wanted.as_raw().iter().zip(found.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / wanted.as_raw().len() as f64;
    assert!(
        mean <= tolerance,
        "{}: mean difference {mean:.3}, at most {tolerance}",
        expected.display()
    );
}

macro_rules! cases {
    ($($test:ident $folder:literal;)*) => {
        const CASES: &[&str] = &[$($folder),*];
        $(#[test] fn $test() { check($folder); })*
    };
}

cases! {
    untouched "01-untouched";
    cuts_and_gap "02-cuts-and-gap";
    dissolve "03-dissolve";
    dip "04-dip";
    wipe "05-wipe";
    keyframed_move "06-keyframed-move";
    title_english "07-title-english";
    title_chinese "08-title-chinese";
    color_and_look "09-color-and-look";
    blend_and_crop "10-blend-and-crop";
    background_swap "11-background-swap";
    speed_and_reverse "12-speed-and-reverse";
}

#[test]
fn every_folder_is_checked() {
    let mut folders: Vec<String> = fs::read_dir(golden_folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    assert_eq!(folders, CASES);
}

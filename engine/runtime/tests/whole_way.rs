//! From files to files: what goes through the timeline keeps its pictures, its sound in step, and its neighbours.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use av::{FrameCount, FrameIndex, FrameRange, FrameRate, SAMPLE_RATE, ScanSize, VideoFrame};
use media::{AudioReader, EncodeSettings, Encoder, Preset, VideoReader, bars};
use runtime::{
    Command, Encoding, Error, Event, ExportRequest, Folders, FrameSource, JobId, JobOutcome,
    JobProgress, JobRequest, Revision, Runtime, RuntimeConfig, add_asset, generate::generate_take,
    verbs,
};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{
    Document, Edit, GeneratedState, ItemId, Purpose, Recipe, Sequence, TransitionKind,
    edit::{Placement, apply, apply_edit},
};

const SIZE: ScanSize = ScanSize::new(160, 96);

fn go_on(_progress: JobProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn software() -> compositor::Options {
    compositor::Options {
        adapter: compositor::AdapterChoice::Software,
    }
}

/// A file of numbered pictures, or of a flash and a beep each second.
fn fixture(path: &Path, rate: FrameRate, count: i64, preset: Preset, has_flashes: bool) {
    let settings = EncodeSettings {
        has_audio: has_flashes,
        ..EncodeSettings::new(preset, SIZE, rate)
    };
    let mut encoder = Encoder::start(&settings, path).unwrap();
    for frame in (0..count).map(FrameIndex) {
        if has_flashes {
            let first = rate.sample_from_frame(frame, SAMPLE_RATE);
            let end = rate.sample_from_frame(frame + FrameCount::ONE, SAMPLE_RATE);
            encoder
                .push_audio(&bars::beeps(first, (end - first) as usize))
                .unwrap();
            encoder
                .push_video(&bars::flash_frame(SIZE, frame, rate))
                .unwrap();
        } else {
            let pts = rate.ticks_from_frame(frame);
            encoder
                .push_video(&bars::counting_frame(SIZE, frame.0 as usize, pts))
                .unwrap();
        }
    }
    encoder.finish().unwrap();
}

struct Bench {
    folder: tempfile::TempDir,
    folders: Folders,
    document: Document,
}

impl Bench {
    fn new(rate: FrameRate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::of_project(&folder.path().join("film.everframe"));
        let document = Document::new("film", Sequence::new(SIZE, rate));
        Self {
            folder,
            folders,
            document,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit(&mut self, edit: &Edit) -> timeline::edit::Created {
        let applied = apply_edit(&self.document, edit).unwrap();
        self.document = applied.document;
        applied.created
    }

    fn import(&mut self, name: &str) -> timeline::AssetId {
        let asset = self.folders.asset(&self.path(name), false).unwrap();
        self.edit(&add_asset(asset)).assets[0]
    }

    fn export(&self, name: &str, preset: &str) -> PathBuf {
        let path = self.path(name);
        let request = ExportRequest {
            path: path.clone(),
            preset: preset.into(),
            range: None,
            size: None,
            encoding: Encoding::default(),
        };
        let media = &self.folders.media;
        runtime::export::export_with(&self.document, media, &request, software(), &mut go_on)
            .unwrap();
        path
    }

    /// Numbered pictures with frames 20..28 lost and a reserved item in their place.
    fn with_hole() -> (Self, ItemId, FrameRange) {
        let mut bench = Self::new(FrameRate::FPS_25);
        fixture(
            &bench.path("count.mkv"),
            FrameRate::FPS_25,
            50,
            Preset::LosslessMkv,
            false,
        );
        let asset = bench.import("count.mkv");
        bench.edit(&Edit::Append {
            placement: Placement::whole(asset),
        });
        let range = FrameRange::between(FrameIndex(20), FrameIndex(28));
        let track = bench.document.sequence.tracks[0].id;
        bench.edit(&Edit::LiftRange {
            range,
            tracks: vec![track],
        });
        let placed = bench.edit(&Edit::PlaceGenerated {
            track,
            range,
            purpose: Purpose::Fill,
            recipe: Box::new(Recipe::default()),
            anchors: Vec::new(),
            state: GeneratedState::Queued,
        });
        let item = placed.items[0];
        (bench, item, range)
    }
}

/// Mean luma of a picture.
fn brightness(frame: &VideoFrame) -> f64 {
    let rows = (0..frame.size.height as usize).flat_map(|y| frame.row(0, y).iter());
    rows.map(|code| f64::from(*code)).sum::<f64>() / frame.size.area() as f64
}

#[test]
fn picture_and_sound_stay_within_a_frame_of_each_other() {
    let rate = FrameRate::new(30_000, 1_001).unwrap();
    let mut bench = Bench::new(rate);
    fixture(&bench.path("flash.mp4"), rate, 150, Preset::H264Mp4, true);
    let asset = bench.import("flash.mp4");
    // Cut in three, shuffled and dissolved nowhere near a flash: the parts keep picture and sound together.
    bench.edit(&Edit::Append {
        placement: Placement::whole(asset),
    });
    bench.edit(&Edit::Split {
        at: FrameIndex(47),
        items: Vec::new(),
    });
    bench.edit(&Edit::Split {
        at: FrameIndex(101),
        items: Vec::new(),
    });
    let first = bench.document.sequence.tracks[0].items[0].id;
    bench.edit(&Edit::RippleDelete { items: vec![first] });
    for (name, preset) in [
        ("out.mp4", "h264-mp4"),
        ("out.webm", "vp9-webm"),
        ("out.mov", "prores-mov"),
    ] {
        let path = bench.export(name, preset);
        let flashes = flash_times(&path, rate);
        let beeps = beep_times(&path);
        assert!(flashes.len() >= 3, "{name}: flashes at {flashes:?}");
        // A beep may begin in the last frame whose flash would be the frame after it.
        let extra = beeps.len() - flashes.len();
        assert!(extra <= 1, "{name}: flashes {flashes:?}, beeps {beeps:?}");
        for (flash, beep) in flashes.iter().zip(&beeps) {
            let apart = (flash - beep).abs();
            assert!(
                apart <= 1.0 / rate.fps_for_display(),
                "{name}: flash {flash:.4}, beep {beep:.4}"
            );
        }
    }
}

fn flash_times(path: &Path, rate: FrameRate) -> Vec<f64> {
    let mut reader = VideoReader::open(path).unwrap();
    assert_eq!(reader.index().rate(), Some(rate));
    let count = reader.index().len();
    let mut times = Vec::new();
    for number in 0..count {
        let frame = reader.frame(number).unwrap();
        if brightness(&frame) > 150.0 {
            times.push(reader.index().pts(number).seconds_for_display());
        }
    }
    times
}

/// Where sound begins after silence.
fn beep_times(path: &Path) -> Vec<f64> {
    let mut reader = AudioReader::open(path).unwrap();
    let block = reader.read(0, SAMPLE_RATE as usize * 6).unwrap();
    let mut times = Vec::new();
    let mut last_loud = -10_000_i64;
    for (index, pair) in (0..).zip(block.samples.chunks_exact(2)) {
        if pair[0].abs() > 0.03 {
            if index - last_loud > 10_000 {
                times.push(index as f64 / f64::from(SAMPLE_RATE));
            }
            last_loud = index;
        }
    }
    times
}

#[test]
fn a_filled_gap_keeps_its_neighbours_bit_exact() {
    let (bench, item, range) = Bench::with_hole();
    let placed = generate_take(&bench.document, item, &bench.folders, &mut go_on).unwrap();
    let filled = placed.apply(&bench.document).unwrap();
    assert_eq!(timeline::check(&filled), []);
    let mut source = FrameSource::with_options(bench.folders.media.clone(), software()).unwrap();
    let mut original = VideoReader::open(&bench.path("count.mkv")).unwrap();
    for frame in filled.sequence.range().frames() {
        let shown = source.frame(&filled, frame).unwrap();
        let kept = original.frame(frame.0 as usize).unwrap();
        let is_same = (0..3).all(|plane| shown.planes[plane].data == kept.planes[plane].data);
        assert_eq!(is_same, !range.contains(frame), "frame {frame}");
        // Made frames lie between their neighbours in brightness; a black or wild frame would not.
        assert!(
            (brightness(&shown) - brightness(&kept)).abs() < 25.0,
            "frame {frame}"
        );
    }
    // Asked again for the same from the same frames: nothing is made twice.
    let again = generate_take(&bench.document, item, &bench.folders, &mut go_on).unwrap();
    assert_eq!(placed.asset, again.asset);
}

#[test]
fn a_job_reports_truly_and_stops_within_a_second() {
    let (bench, item, _) = Bench::with_hole();
    let mut seen: Vec<JobProgress> = Vec::new();
    let placed = generate_take(&bench.document, item, &bench.folders, &mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    });
    assert!(placed.is_ok());
    let grows =
        |pair: &[JobProgress]| pair[0].label != pair[1].label || pair[0].done <= pair[1].done;
    assert!(seen.windows(2).all(grows), "progress only grows: {seen:?}");
    assert!(seen.len() >= 8, "each made frame is told of: {seen:?}");
    // The folder is made when the first file is.
    let forget = || std::fs::remove_dir_all(&bench.folders.generated).ok();
    for stop_at in (0..8).chain([seen.len() / 2, seen.len() - 1]) {
        forget();
        let mut calls = 0;
        let mut stopped = None;
        let result = generate_take(&bench.document, item, &bench.folders, &mut |_progress| {
            calls += 1;
            if calls > stop_at {
                stopped.get_or_insert_with(Instant::now);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
        assert!(stopped.unwrap().elapsed() < Duration::from_secs(1));
    }
    let left = std::fs::read_dir(&bench.folders.generated);
    let left = left.map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing half-made is there");
}

#[test]
fn the_queue_runs_in_order_and_cancels_what_waits() {
    let (bench, item, _) = Bench::with_hole();
    let runtime = Runtime::start(RuntimeConfig {
        cache_folder: bench.path("cache"),
        recovery_folder: bench.path("recovery"),
        use_sound_device: false,
        draw_in_software: true,
        wake: Arc::new(|| {}),
    })
    .unwrap();
    runtime
        .send(Command::SetProject {
            path: Some(bench.path("film.everframe")),
        })
        .unwrap();
    let document = Arc::new(bench.document.clone());
    runtime
        .send(Command::SetDocument {
            revision: Revision(1),
            document: Arc::clone(&document),
        })
        .unwrap();
    for job in 1..=3 {
        let request = JobRequest::Generate { item };
        runtime
            .send(Command::Queue {
                job: JobId(job),
                request,
                document: Arc::clone(&document),
            })
            .unwrap();
    }
    runtime
        .send(Command::MoveJob {
            job: JobId(3),
            to: 0,
        })
        .unwrap();
    runtime.send(Command::Cancel { job: JobId(2) }).unwrap();
    let mut ended = Vec::new();
    let deadline = Instant::now() + Duration::from_mins(2);
    while ended.len() < 3 && Instant::now() < deadline {
        match runtime.recv_timeout(Duration::from_millis(100)) {
            Some(Event::JobFinished {
                job,
                outcome: JobOutcome::Place(placed),
            }) => {
                placed.apply(&document).unwrap();
                ended.push((job.0, true));
            }
            Some(Event::JobCancelled { job }) => ended.push((job.0, false)),
            Some(Event::JobFailed { job, problem }) => {
                panic!("{job:?}: {problem} {:?}", problem.details)
            }
            Some(_) | None => {}
        }
    }
    ended.sort_unstable();
    assert_eq!(ended, [(1, true), (2, false), (3, true)]);
}

#[test]
fn a_dissolve_inside_one_file_shows_both_moments() {
    let mut bench = Bench::new(FrameRate::FPS_25);
    fixture(
        &bench.path("count.mkv"),
        FrameRate::FPS_25,
        100,
        Preset::LosslessMkv,
        false,
    );
    let asset = bench.import("count.mkv");
    let rate = FrameRate::FPS_25;
    let piece = |start: i64| Placement {
        source_start: rate.ticks_from_frame(FrameIndex(start)),
        count: Some(FrameCount(20)),
        ..Placement::whole(asset)
    };
    let left = bench
        .edit(&Edit::Overwrite {
            placement: piece(0),
            at: FrameIndex(0),
        })
        .items[0];
    bench.edit(&Edit::Overwrite {
        placement: piece(60),
        at: FrameIndex(20),
    });
    let (before, after) = (FrameCount(5), FrameCount(5));
    bench.document = apply(
        &bench.document,
        &Edit::AddTransition {
            left,
            kind: TransitionKind::Dissolve,
            before,
            after,
        },
    )
    .unwrap();
    let mut source = FrameSource::with_options(bench.folders.media.clone(), software()).unwrap();
    let shown = source.frame(&bench.document, FrameIndex(20)).unwrap();
    let from = bars::counting_frame(SIZE, 20, av::Ticks::ZERO);
    let to = bars::counting_frame(SIZE, 60, av::Ticks::ZERO);
    // Frame 20 is the sixth of ten: 0.55 of the way.
    for y in 0..SIZE.height as usize {
        for x in 0..SIZE.width as usize {
            let mixed = 0.45_f64.mul_add(
                f64::from(from.row(0, y)[x]),
                0.55 * f64::from(to.row(0, y)[x]),
            );
            let found = f64::from(shown.row(0, y)[x]);
            assert!(
                (found - mixed).abs() <= 1.0,
                "at {x},{y}: {found}, {mixed:.2} expected"
            );
        }
    }
}

#[test]
fn files_are_filled_and_joined_whole() {
    let bench = Bench::new(FrameRate::FPS_25);
    fixture(
        &bench.path("count.mkv"),
        FrameRate::FPS_25,
        30,
        Preset::LosslessMkv,
        false,
    );
    let (clip, out) = (bench.path("count.mkv"), bench.path("out.mkv"));
    let missing = FrameRange::between(FrameIndex(10), FrameIndex(13));
    let wishes = verbs::Wishes::default();
    let made = verbs::fill_file(&clip, missing, &wishes, &out, &mut go_on).unwrap();
    assert_eq!(made[0].summary.frame_count, 30);
    let mut reader = VideoReader::open(&out).unwrap();
    for number in [0, 9, 13, 29] {
        assert_eq!(
            bars::read_number(&reader.frame(number).unwrap()),
            Some(number)
        );
    }
    let joined = bench.path("joined.mkv");
    let made = verbs::join_files([&clip, &clip], FrameCount(5), &wishes, &joined, &mut go_on);
    assert_eq!(made.unwrap()[0].summary.frame_count, 65);
    let far = FrameRange::between(FrameIndex(10), FrameIndex(99));
    assert!(matches!(
        verbs::fill_file(&clip, far, &wishes, &out, &mut go_on),
        Err(Error::Unsuitable { .. })
    ));
    let left: Vec<_> = std::fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        5,
        "the clips, their recipes, no work folder: {left:?}"
    );
}

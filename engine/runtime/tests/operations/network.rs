//! The queue with an installed diffusion model: a small random one that is found, read and run as a real one would be.
//!
//! Which models there are is said by the environment, so these tests run themselves again in a process of their own.

use crate::{
    bench::{Bench, check_kept, image_bytes, is_same},
    queue::Window,
};
use av::{FrameCount, FrameIndex, FrameRate, ScanSize, Ticks, VideoFrame};
use media::bars;
use runtime::{Event, JobId, JobOutcome};
use std::{
    ops::ControlFlow,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use timeline::{Edit, ItemId, Purpose, Recipe, Region, edit::Placement};

/// Set in the process that finds the model.
const INSIDE: &str = "EVERFRAME_TEST_INSIDE";
/// Frames of the clips: a length that no run of the model has.
const COUNT: i64 = 23;
/// A job that takes longer is stuck.
const STUCK: Duration = Duration::from_mins(2);

/// Runs `check` where the small model is installed: in another process that runs the test of this name.
pub fn with_model(test: &str, check: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return check();
    }
    let folder = tempfile::tempdir().unwrap();
    let small =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../generation/tests/fixtures/tiny_model");
    copy(&small, &folder.path().join("tiny_model"));
    let name = if test.contains("::") {
        test.to_owned()
    } else {
        format!("network::{test}")
    };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(INSIDE, "1")
        .env("EVERFRAME_USER_MODELS_DIR", folder.path())
        .output()
        .unwrap();
    let told =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let [told, errors] = told;
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(told.contains("1 passed"), "{told}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// One step of the small model, without guidance.
pub fn recipe() -> Recipe {
    Recipe {
        model: "tiny_model".into(),
        prompt: "a fox".into(),
        num_inference_steps: Some(1),
        guidance_scale: Some(1.0),
        ..Recipe::default()
    }
}

fn bench() -> Bench {
    Bench::new(FrameRate::new(30_000, 1_001).unwrap(), COUNT)
}

/// Has `item` made by the queue and shows what was made; how many pictures were shown on the way.
#[track_caller]
fn make(bench: &mut Bench, item: ItemId) -> usize {
    let window = Window::open(bench);
    Window::queue(&window.runtime, &window.document, 1, item);
    let deadline = Instant::now() + STUCK;
    let mut num_previews = 0;
    while Instant::now() < deadline {
        match window.runtime.recv_timeout(Duration::from_millis(100)) {
            Some(Event::JobFinished {
                outcome: JobOutcome::Place(placed),
                ..
            }) => {
                bench.document = placed.apply(&window.document).unwrap();
                assert_eq!(timeline::check(&bench.document), []);
                return num_previews;
            }
            Some(Event::JobProgress { progress, .. }) => {
                num_previews += usize::from(progress.preview.is_some());
            }
            Some(Event::JobFailed { problem, .. }) => panic!("{problem}"),
            Some(_) | None => {}
        }
    }
    panic!("the job never ended");
}

#[test]
fn runs_of_frames_are_made_beside_known_ones() {
    with_model("runs_of_frames_are_made_beside_known_ones", || {
        for (purpose, range) in [
            (Purpose::ExtendForward, [COUNT, COUNT + 9]),
            (Purpose::Fill, [7, 12]),
            (Purpose::Join, [3, 20]),
        ] {
            let mut bench = bench();
            let item = bench.place(0, purpose, range, recipe());
            make(&mut bench, item);
            let end = range[1].max(COUNT);
            assert_eq!(bench.document.sequence.count().0, end, "{purpose:?}");
            check_kept(&bench, 0, range[0] as usize..range[1] as usize);
        }
        let mut bench = bench();
        bench.edit(&Edit::Move {
            items: vec![bench.clip],
            by: FrameCount(6),
            to_track: None,
        });
        let item = bench.place(0, Purpose::ExtendBackward, [0, 6], recipe());
        assert_eq!(make(&mut bench, item), 0, "nobody asked for previews");
        check_kept(&bench, 6, 0..6);
        let shown = Recipe {
            num_inference_steps: Some(2),
            settings: [("preview".to_owned(), "true".to_owned())].into(),
            ..recipe()
        };
        let item = bench.place(0, Purpose::TextToVideo, [40, 46], shown);
        assert_eq!(make(&mut bench, item), 2, "one picture after each step");
        check_previews_change_nothing(&mut bench, item);
        assert_eq!(bench.document.sequence.count().0, 46);
    });
}

/// The same without being asked in the recipe: a queue that shows previews makes the same take, and knows it again.
#[track_caller]
fn check_previews_change_nothing(bench: &mut Bench, item: ItemId) {
    let unasked = Recipe {
        num_inference_steps: Some(2),
        ..recipe()
    };
    let recipe = Box::new(unasked);
    bench.edit(&Edit::SetRecipe { item, recipe });
    bench.studio.shows_previews = true;
    let (document, folders) = (&bench.document, &bench.folders);
    let mut num_previews = 0;
    let made = bench.studio.take(document, item, folders, &mut |progress| {
        num_previews += usize::from(progress.preview.is_some());
        ControlFlow::Continue(())
    });
    assert!(!made.unwrap().is_reused);
    assert_eq!(num_previews, 2);
    bench.studio.shows_previews = false;
    assert!(bench.take(item).unwrap().is_reused);
}

#[test]
fn pictures_are_animated_from_one_end_or_both() {
    with_model("pictures_are_animated_from_one_end_or_both", || {
        let mut bench = bench();
        let photo = compositor::to_rgba(&bars::counting_frame(crate::bench::SIZE, 77, Ticks::ZERO));
        std::fs::write(bench.path("photo.png"), image_bytes(&photo)).unwrap();
        let asset = bench.import("photo.png");
        let still = |start: i64| Edit::Overwrite {
            placement: Placement {
                count: Some(FrameCount(1)),
                ..Placement::whole(asset)
            },
            at: FrameIndex(start),
        };
        for start in [30, 40, 50] {
            bench.edit(&still(start));
        }
        // From the second picture to the third; from the first on, into nothing.
        for range in [[41, 50], [51, 57]] {
            let item = bench.place(0, Purpose::Animate, range, recipe());
            make(&mut bench, item);
        }
        let shown = bench.shown();
        assert!(is_same(&shown[40], &shown[30]) && is_same(&shown[50], &shown[30]));
        let is_made = |frame: usize| !is_same(&shown[frame], &shown[30]);
        assert!((41..50).chain(51..57).all(is_made));
    });
}

#[test]
fn parts_are_remade_and_the_rest_is_kept() {
    with_model("parts_are_remade_and_the_rest_is_kept", || {
        let region = Region::Box([0.25, 0.5, 0.25, 0.25]);
        let boxed = Recipe {
            region: Some(region),
            ..recipe()
        };
        let mut repainted = bench();
        let item = repainted.place(1, Purpose::Repaint, [0, COUNT], boxed);
        make(&mut repainted, item);
        for (frame, original) in repainted.shown().iter().zip(&repainted.originals()) {
            assert_eq!(differing_rows(frame, original, 0), 48..72);
        }
        let mut tall = bench();
        let size = ScanSize::new(160, 160);
        tall.edit(&Edit::SetSize { size });
        let item = tall.place(1, Purpose::Outpaint, [0, COUNT], recipe());
        make(&mut tall, item);
        for (frame, original) in tall.shown().iter().zip(&tall.originals()) {
            assert!((0..96).all(|y| frame.row(0, 32 + y) == original.row(0, y)));
            assert!(frame.row(0, 10).iter().any(|code| *code != 16));
        }
        for purpose in [Purpose::Restyle, Purpose::ReplaceBackground] {
            let mut covered = bench();
            let item = covered.place(1, purpose, [0, 5], recipe());
            make(&mut covered, item);
            let (shown, originals) = (covered.shown(), covered.originals());
            let is_kept = |frame: usize| is_same(&shown[frame], &originals[frame]);
            assert!((0..5).all(|frame| !is_kept(frame)), "{purpose:?}");
            assert!((5..23).all(is_kept), "{purpose:?}");
        }
    });
}

/// The rows of a plane from the first that differs to past the last.
fn differing_rows(one: &VideoFrame, other: &VideoFrame, plane: usize) -> std::ops::Range<usize> {
    let count = one.plane_size(plane).height as usize;
    let differs = |y: &usize| one.row(plane, *y) != other.row(plane, *y);
    let first = (0..count).find(differs).unwrap_or(0);
    let last = (0..count).rev().find(differs);
    first..last.map_or(first, |last| last + 1)
}

#[test]
fn a_job_at_work_is_cancelled_and_the_next_one_is_made() {
    with_model(
        "a_job_at_work_is_cancelled_and_the_next_one_is_made",
        || {
            let mut bench = bench();
            let endless = Recipe {
                num_inference_steps: Some(100),
                guidance_scale: Some(5.0),
                ..recipe()
            };
            let long = bench.place(0, Purpose::TextToVideo, [30, 1_400], endless);
            let short = bench.place(0, Purpose::Fill, [7, 12], recipe());
            let window = Window::open(&bench);
            Window::queue(&window.runtime, &window.document, 1, long);
            Window::queue(&window.runtime, &window.document, 2, short);
            let deadline = Instant::now() + STUCK;
            let (mut is_asked, mut ended) = (false, Vec::new());
            while ended.len() < 2 && Instant::now() < deadline {
                match window.runtime.recv_timeout(Duration::from_millis(100)) {
                    Some(Event::JobProgress { job, progress }) => {
                        if job == JobId(1) && progress.label.contains("enoising") && !is_asked {
                            assert!(progress.done < progress.total / 2, "{progress:?}");
                            let job = JobId(1);
                            window
                                .runtime
                                .send(runtime::Command::Cancel { job })
                                .unwrap();
                            is_asked = true;
                        }
                    }
                    Some(Event::JobCancelled { job }) => ended.push((job.0, "cancelled")),
                    Some(Event::JobFinished {
                        job,
                        outcome: JobOutcome::Place(placed),
                    }) => {
                        bench.document = placed.apply(&window.document).unwrap();
                        ended.push((job.0, "made"));
                    }
                    Some(Event::JobFailed { problem, .. }) => panic!("{problem}"),
                    Some(_) | None => {}
                }
            }
            assert_eq!(ended, [(1, "cancelled"), (2, "made")]);
            // Pictures of the second job and their record.
            assert_eq!(bench.generated_files(), 2);
        },
    );
}

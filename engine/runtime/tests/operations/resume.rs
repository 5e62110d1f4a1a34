//! Goal: whatever kills the program, the queue goes on when the project is opened again, nothing lost, nothing made
//! twice.
//!
//! Method: a child of this very test opens a project and its queue as the window does, puts what jobs make into the
//! document, and is killed without warning at scattered moments until one child finds nothing left to do. Then every
//! item must show its takes, one for each seed that was asked for, and the folder must hold just those files.

use crate::bench::{Bench, fake};
use av::FrameRate;
use runtime::{
    Command, Event, Folders, JobId, JobOutcome, JobRequest, Revision, Runtime, RuntimeConfig,
    project_file::{load_project, save_project},
    queue_file::{StoredJob, StoredQueue, load_queue, queue_path, save_queue},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command as Process, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{Content, Document, Edit, GeneratedState, ItemId, Purpose, Recipe};

const CHILD: &str = "EVERFRAME_RESUME_TEST_PROJECT";
const THIS: &str = "resume::a_killed_queue_goes_on_and_makes_nothing_twice";
/// Life of the first child, too short to make anything, and how much longer each next one lives: on any machine some
/// are killed at work, and one comes to the end.
const FIRST_LIFE: Duration = Duration::from_millis(40);
const LONGER: f64 = 1.25;

fn start_runtime(project: &Path) -> Runtime {
    let folder = project.parent().unwrap();
    let runtime = Runtime::start(RuntimeConfig {
        cache_folder: folder.join("cache"),
        recovery_folder: folder.join("recovery"),
        use_sound_device: false,
        draw_in_software: true,
        wake: Arc::new(|| {}),
    })
    .unwrap();
    let path = Some(project.to_owned());
    runtime.send(Command::SetProject { path }).unwrap();
    runtime
}

fn asking(document: &Document, stored: &StoredJob) -> Arc<Document> {
    let (JobRequest::Generate { item }, Some(recipe)) = (&stored.request, &stored.recipe) else {
        return Arc::new(document.clone());
    };
    let edit = Edit::SetRecipe {
        item: *item,
        recipe: recipe.clone(),
    };
    Arc::new(timeline::apply(document, &edit).unwrap())
}

/// What the window does with a project that is opened; ends when nothing is left to do.
fn work_off(project: &Path) {
    let runtime = start_runtime(project);
    let mut document = load_project(project).unwrap().document;
    let mut revision = 1;
    let tell = |document: &Document, revision| {
        let document = Arc::new(document.clone());
        let revision = Revision(revision);
        runtime
            .send(Command::SetDocument { revision, document })
            .unwrap();
    };
    tell(&document, revision);
    let queue = load_queue(project).unwrap().on(&document);
    let mut open = queue.jobs.len();
    for (number, stored) in (1..).zip(queue.jobs) {
        let sent = Command::Queue {
            job: JobId(number),
            document: asking(&document, &stored),
            request: stored.request,
        };
        runtime.send(sent).unwrap();
    }
    while open > 0 {
        match runtime.recv_timeout(Duration::from_millis(50)) {
            Some(Event::JobFinished {
                job,
                outcome: JobOutcome::Place(placed),
            }) => {
                document = placed.apply(&document).unwrap();
                revision += 1;
                tell(&document, revision);
                runtime.send(Command::SettleJob { job }).unwrap();
                open -= 1;
            }
            Some(Event::JobFailed { problem, .. }) => panic!("{problem}"),
            Some(_) | None => {}
        }
    }
}

/// Runs a child for so long; whether it ended by itself.
fn session(project: &Path, life: Duration) -> bool {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", THIS, "--nocapture"])
        .env(CHILD, project)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while started.elapsed() < life {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "the child failed");
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

fn takes(document: &Document, item: ItemId) -> (GeneratedState, Vec<u64>) {
    let (_, item) = document.sequence.item(item).unwrap();
    let Content::Generated(generated) = &item.content else {
        panic!("{item:?} is not generated");
    };
    let seeds = generated.takes.iter().map(|take| take.recipe.seed);
    (generated.state, seeds.collect())
}

/// The folder holds the takes' files with their records, and nothing half-made. Items that ask for the same of the same
/// surroundings share a file.
fn check_files(project: &Path, document: &Document) {
    let folders = Folders::of_project(project);
    let mut names: Vec<String> = std::fs::read_dir(&folders.generated)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let of_kind = |ending: &str| {
        let is_it = |name: &&String| {
            Path::new(name)
                .extension()
                .is_some_and(|found| found == ending)
        };
        names.iter().filter(is_it).count()
    };
    let files: BTreeSet<_> = document
        .assets
        .iter()
        .filter(|asset| asset.is_generated)
        .map(|asset| asset.path.clone())
        .collect();
    assert_eq!(of_kind("mkv"), files.len(), "{names:?}");
    assert_eq!(
        (of_kind("json"), names.len()),
        (files.len(), 2 * files.len()),
        "{names:?}"
    );
}

#[test]
fn a_killed_queue_goes_on_and_makes_nothing_twice() {
    if let Some(project) = std::env::var_os(CHILD) {
        work_off(&PathBuf::from(project));
        return;
    }
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let project = bench.path("film.everframe");
    let items: Vec<ItemId> = (0..4)
        .map(|number| {
            let range = [10 + number * 60, 60 + number * 60];
            bench.place(0, Purpose::TextToVideo, range, fake())
        })
        .collect();
    save_project(&project, &bench.document).unwrap();
    // The first item is asked for by two seeds; the last one was queued in the moment before the first kill.
    let stored = |item: ItemId, seed: u64| StoredJob {
        request: JobRequest::Generate { item },
        recipe: Some(Box::new(Recipe { seed, ..fake() })),
        is_ahead: false,
    };
    let queue = StoredQueue {
        is_paused: false,
        jobs: vec![
            stored(items[0], 1),
            stored(items[1], 7),
            stored(items[0], 2),
            stored(items[2], 7),
        ],
    };
    save_queue(&project, &queue).unwrap();
    let mut life = FIRST_LIFE;
    let mut kills = 0;
    while !session(&project, life) {
        life = life.mul_f64(LONGER);
        kills += 1;
        assert!(kills < 40, "the queue gets nowhere");
        load_project(&project).unwrap();
        load_queue(&project).unwrap();
    }
    let document = load_project(&project).unwrap().document;
    let sorted = |item| {
        let (state, seeds) = takes(&document, item);
        assert_eq!(state, GeneratedState::Ready);
        (seeds.len(), seeds.into_iter().collect::<BTreeSet<_>>())
    };
    assert_eq!(sorted(items[0]), (2, [1, 2].into()));
    for item in &items[1..] {
        assert_eq!(sorted(*item), (1, [7].into()));
    }
    check_files(&project, &document);
    assert!(!queue_path(&project).exists(), "nothing is left to do");
    assert!(kills > 2, "the children were never killed at work");
}

#[test]
fn a_held_queue_begins_nothing_stands_still_and_can_still_be_cancelled() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 110], fake());
    let project = bench.path("film.everframe");
    save_project(&project, &bench.document).unwrap();
    let runtime = start_runtime(&project);
    let document = Arc::new(bench.document.clone());
    let queue = |job| {
        let request = JobRequest::Generate { item };
        let document = Arc::clone(&document);
        let job = JobId(job);
        runtime
            .send(Command::Queue {
                job,
                request,
                document,
            })
            .unwrap();
    };
    let hold = |is_paused| runtime.send(Command::PauseQueue { is_paused }).unwrap();
    hold(true);
    queue(1);
    queue(2);
    assert!(next_end(&runtime, Duration::from_millis(400)).is_none());
    hold(false);
    // Stopped at a step, whichever it is.
    wait_for_progress(&runtime);
    hold(true);
    assert!(next_end(&runtime, Duration::from_millis(400)).is_none());
    let asked = Instant::now();
    runtime.send(Command::Cancel { job: JobId(1) }).unwrap();
    assert_eq!(next_end(&runtime, Duration::from_secs(2)), Some((1, false)));
    assert!(asked.elapsed() < Duration::from_secs(1));
    // The program ends: what waits is kept, and so is that it is held.
    drop(runtime);
    let kept = load_queue(&project).unwrap();
    assert!(kept.is_paused);
    assert_eq!(kept.jobs.len(), 1);
    assert_eq!(bench.generated_files(), 0, "nothing half-made");
}

#[test]
fn what_nobody_asked_for_does_not_go_on_by_itself() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let asked = bench.place(0, Purpose::TextToVideo, [10, 60], fake());
    let ahead = bench.place(0, Purpose::TextToVideo, [70, 120], fake());
    let project = bench.path("film.everframe");
    save_project(&project, &bench.document).unwrap();
    let runtime = start_runtime(&project);
    let document = Arc::new(bench.document.clone());
    let held = Command::PauseQueue { is_paused: true };
    let nobody = Command::QueueAhead {
        job: JobId(1),
        item: ahead,
        document: Arc::clone(&document),
    };
    let somebody = Command::Queue {
        job: JobId(2),
        request: JobRequest::Generate { item: asked },
        document,
    };
    for command in [held, nobody, somebody] {
        runtime.send(command).unwrap();
    }
    // The file is all that a killed program leaves.
    let deadline = Instant::now() + Duration::from_secs(10);
    while load_queue(&project).unwrap().jobs.len() < 2 {
        assert!(Instant::now() < deadline, "the queue is not written");
        std::thread::sleep(Duration::from_millis(10));
    }
    let left = load_queue(&project).unwrap().on(&bench.document);
    let left: Vec<_> = (left.jobs.iter())
        .map(|job| (job.request.clone(), job.is_ahead))
        .collect();
    // Its item waits too, and still nobody is taken to have asked for it.
    let job = |item| JobRequest::Generate { item };
    assert_eq!(left, [(job(ahead), true), (job(asked), false)]);
    drop(runtime);
}

#[test]
fn another_project_puts_the_queue_aside() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 160], fake());
    let project = bench.path("film.everframe");
    save_project(&project, &bench.document).unwrap();
    let runtime = start_runtime(&project);
    runtime
        .send(Command::Queue {
            job: JobId(1),
            request: JobRequest::Generate { item },
            document: Arc::new(bench.document.clone()),
        })
        .unwrap();
    let other = Some(bench.path("other.everframe"));
    runtime.send(Command::SetProject { path: other }).unwrap();
    drop(runtime);
    assert_eq!(load_queue(&project).unwrap().jobs.len(), 1);
    assert!(!queue_path(&bench.path("other.everframe")).exists());
}

fn wait_for_progress(runtime: &Runtime) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let event = runtime.recv_timeout(Duration::from_millis(20));
        if matches!(event, Some(Event::JobProgress { .. })) {
            return;
        }
    }
    panic!("the job does not begin");
}

/// The job that ends next, and whether it was made.
fn next_end(runtime: &Runtime, limit: Duration) -> Option<(u64, bool)> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        match runtime.recv_timeout(Duration::from_millis(10)) {
            Some(Event::JobFinished { job, .. }) => return Some((job.0, true)),
            Some(Event::JobCancelled { job }) => return Some((job.0, false)),
            Some(Event::JobFailed { problem, .. }) => panic!("{problem}"),
            Some(_) | None => {}
        }
    }
    None
}

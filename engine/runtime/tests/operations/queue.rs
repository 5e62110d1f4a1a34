//! Stopping at any step, and the queue that the window fills.

use crate::bench::{Bench, fake};
use av::FrameRate;
use runtime::{Command, Error, Event, JobId, JobOutcome, JobRequest, Revision, Runtime};
use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{Animated, Document, Edit, Fit, ItemId, Purpose, Region, edit::Property};

/// The engine as the window runs it, with a bench's document.
pub struct Window {
    pub runtime: Runtime,
    pub document: Arc<Document>,
}

impl Window {
    pub fn open(bench: &Bench) -> Self {
        let window = Self {
            runtime: bench.start(Some(bench.path("film.everframe"))),
            document: Arc::new(bench.document.clone()),
        };
        let document = Arc::clone(&window.document);
        let revision = Revision(1);
        let command = Command::SetDocument { revision, document };
        window.runtime.send(command).unwrap();
        window
    }

    pub fn queue(runtime: &Runtime, document: &Arc<Document>, job: u64, item: ItemId) {
        let command = Command::Queue {
            job: JobId(job),
            request: JobRequest::Generate { item },
            document: Arc::clone(document),
        };
        runtime.send(command).unwrap();
    }
}

/// Every operation, ready to be made; the names are for messages.
fn all_operations() -> Vec<(Purpose, Bench, ItemId)> {
    let purposes = [
        (0, Purpose::TextToVideo, [7, 17]),
        (0, Purpose::ExtendForward, [7, 17]),
        (0, Purpose::Fill, [3, 5]),
        (0, Purpose::Join, [2, 6]),
        (1, Purpose::ReplaceBackground, [0, 7]),
        (1, Purpose::Repaint, [0, 7]),
        (1, Purpose::Outpaint, [0, 7]),
        (1, Purpose::Restyle, [0, 7]),
        (1, Purpose::Interpolate, [0, 7]),
    ];
    let ready = purposes.into_iter().map(|(track, purpose, range)| {
        let mut bench = Bench::new(FrameRate::FPS_25, 7);
        let mut recipe = fake();
        match purpose {
            Purpose::Repaint => recipe.region = Some(Region::Box([0.0, 0.0, 0.5, 0.5])),
            Purpose::Outpaint => {
                for property in [
                    Property::Fit(Fit::None),
                    Property::Position(Animated::Constant([0.1, 0.0])),
                ] {
                    let items = vec![bench.clip];
                    bench.edit(&Edit::SetProperty { items, property });
                }
            }
            Purpose::Interpolate => {
                bench.edit(&Edit::SetSpeed {
                    items: vec![bench.clip],
                    speed: av::Ratio::new(2, 3).unwrap(),
                    is_reversed: false,
                    is_ripple: true,
                });
            }
            _ => {}
        }
        let item = bench.place(track, purpose, range, recipe);
        (purpose, bench, item)
    });
    ready.collect()
}

#[test]
fn stopping_at_any_step_is_quick_and_leaves_nothing() {
    for (purpose, mut bench, item) in all_operations() {
        let mut steps = 0;
        let (document, folders) = (&bench.document, &bench.folders);
        let count = bench
            .studio
            .take(document, item, folders, &mut |_progress| {
                steps += 1;
                ControlFlow::Continue(())
            });
        count.unwrap();
        std::fs::remove_dir_all(&bench.folders.generated).unwrap();
        assert!(steps >= 3, "{purpose:?} tells {steps} steps");
        for stop_at in (0..steps).step_by((steps / 12).max(1)) {
            let mut calls = 0;
            let mut stopped = None;
            let result = bench
                .studio
                .take(document, item, folders, &mut |_progress| {
                    calls += 1;
                    if calls > stop_at {
                        stopped.get_or_insert_with(Instant::now);
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                });
            assert!(
                matches!(result, Err(Error::Cancelled)),
                "{purpose:?} {stop_at}: {result:?}"
            );
            let late = stopped.unwrap().elapsed();
            assert!(
                late < Duration::from_secs(1),
                "{purpose:?} {stop_at}: {late:?}"
            );
        }
        assert_eq!(bench.generated_files(), 0, "{purpose:?}");
    }
}

#[test]
fn the_queue_makes_every_operation_and_tells_what_it_cannot() {
    for (purpose, bench, item) in all_operations() {
        let Window { runtime, document } = &Window::open(&bench);
        let queue = |job, item| Window::queue(runtime, document, job, item);
        queue(1, item);
        queue(2, bench.clip);
        queue(3, item);
        runtime.send(Command::Cancel { job: JobId(3) }).unwrap();
        let mut ended = Vec::new();
        let deadline = Instant::now() + Duration::from_mins(2);
        while ended.len() < 3 && Instant::now() < deadline {
            match runtime.recv_timeout(Duration::from_millis(100)) {
                Some(Event::JobFinished {
                    job,
                    outcome: JobOutcome::Place(placed),
                }) => {
                    let after = placed.apply(document).unwrap();
                    assert_eq!(timeline::check(&after), []);
                    ended.push((job.0, "made"));
                }
                Some(Event::JobFailed { job, problem }) => {
                    assert!(
                        problem.summary.contains("not a generated item"),
                        "{purpose:?}: {problem}"
                    );
                    ended.push((job.0, "failed"));
                }
                Some(Event::JobCancelled { job }) => ended.push((job.0, "cancelled")),
                Some(_) | None => {}
            }
        }
        ended.sort_unstable();
        assert_eq!(
            ended,
            [(1, "made"), (2, "failed"), (3, "cancelled")],
            "{purpose:?}"
        );
    }
}

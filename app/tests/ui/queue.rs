//! The queue as a person works with it: held, reordered, replaced, and there again after a restart.

use crate::{stage::Stage, takes::filled};
use egui::{Key, Modifiers};
use everframe::{action::Action, takes::SeedChoice};
use runtime::{
    Command, JobId, JobRequest,
    project_file::save_project,
    queue_file::{StoredJob, StoredQueue, save_queue},
};
use timeline::{Edit, GeneratedState, ItemId, Recipe};

fn item(stage: &Stage) -> ItemId {
    stage.document().sequence.tracks[0].items[1].id
}

fn queued(stage: &Stage) -> Vec<u64> {
    let fake = stage.engine.0.borrow();
    fake.queue.iter().map(|(job, _)| job.0).collect()
}

#[test]
fn the_queue_is_held_and_let_go_on() {
    let mut stage = filled();
    stage.act(Action::VaryTake);
    stage.act(Action::ShowJobs);
    stage.click("Hold queue");
    assert!(stage.shows_part("Held: nothing begins"));
    stage.click("Resume queue");
    let fake = stage.engine.0.borrow();
    let holds = fake.commands.iter().filter_map(|command| match command {
        Command::PauseQueue { is_paused } => Some(*is_paused),
        _ => None,
    });
    assert_eq!(holds.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_waiting_job_is_replaced_by_what_the_item_says_now() {
    let mut stage = filled();
    stage.act(Action::VaryTake);
    let before = queued(&stage);
    let item = item(&stage);
    // The item has a take already.
    stage.act(Action::ShowJobs);
    assert!(stage.shows_part("frames, take 2") && stage.shows_part("frames, take 4"));
    let recipe = Recipe {
        prompt: "a heron takes off".into(),
        seed: 40,
        ..Recipe::default()
    };
    stage.act(Action::Apply {
        edit: Edit::SetRecipe {
            item,
            recipe: Box::new(recipe),
        },
    });
    stage.act(Action::ReplaceJob {
        job: JobId(before[1]),
    });
    let after = queued(&stage);
    assert_eq!(after[..2], [before[0], before[2]], "the old one is gone");
    assert_eq!(after.len(), 3);
    let moved = stage
        .engine
        .0
        .borrow()
        .commands
        .iter()
        .any(|command| matches!(command, Command::MoveJob { job, to: 1 } if job.0 == after[2]));
    assert!(moved, "the new one took its place");
    assert!(stage.shows_part("frames, take 3"), "and its number");
    stage.act(Action::AskTake {
        item,
        seed: SeedChoice::Next,
    });
    assert!(
        stage.shows_part("frames, take 5"),
        "one is there, three come"
    );
    let last = *queued(&stage).last().unwrap();
    stage.act(Action::CancelJob { job: JobId(last) });
    assert!(stage.picture_track().contains("G…"), "it is still coming");
    for _ in 0..3 {
        stage.engine.finish();
        stage.settle();
    }
    let document = stage.document();
    let (_, made) = document.sequence.item(item).unwrap();
    let timeline::Content::Generated(made) = &made.content else {
        panic!("{made:?}");
    };
    let prompts: Vec<&str> = made
        .takes
        .iter()
        .map(|take| take.recipe.prompt.as_str())
        .collect();
    assert_eq!(prompts, ["", "", "", "a heron takes off"]);
}

#[test]
fn what_was_left_to_do_goes_on_after_a_restart() {
    let mut stage = filled();
    let item = item(&stage);
    stage.act(Action::AskTake {
        item,
        seed: SeedChoice::Next,
    });
    let document = stage.document();
    let path = stage.folder.path().join("film.everframe");
    save_project(&path, &document).unwrap();
    let stored = |seed| StoredJob {
        request: JobRequest::Generate { item },
        recipe: Some(Box::new(Recipe {
            seed,
            ..Recipe::default()
        })),
        is_ahead: false,
    };
    let queue = StoredQueue {
        is_paused: true,
        jobs: vec![stored(5), stored(6)],
    };
    save_queue(&path, &queue).unwrap();
    stage.engine.0.borrow_mut().queue.clear();
    let then = Box::new(Action::OpenPath { path });
    stage.act(Action::DiscardAnd { then });
    for _ in 0..50 {
        if queued(&stage).len() == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        stage.settle();
    }
    assert!(stage.shows("Resume queue"), "it is still held");
    assert!(stage.shows_part("2 jobs go on from last time"));
    assert!(stage.picture_track().contains("G…"));
    stage.click("Resume queue");
    for _ in 0..2 {
        stage.engine.finish();
        stage.settle();
    }
    let document = stage.document();
    let (_, made) = document.sequence.item(item).unwrap();
    let timeline::Content::Generated(made) = &made.content else {
        panic!("{made:?}");
    };
    let seeds: Vec<u64> = made.takes.iter().map(|take| take.recipe.seed).collect();
    assert_eq!((seeds, made.state), (vec![0, 5, 6], GeneratedState::Ready));
    let settled = stage.engine.0.borrow();
    let settled = settled.commands.iter();
    let settled = settled.filter(|command| matches!(command, Command::SettleJob { .. }));
    assert!(settled.count() >= 3, "each is kept until it is on the disk");
    drop(document);
}

#[test]
fn escape_ends_nothing_that_runs() {
    let mut stage = filled();
    stage.act(Action::NewTake);
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(queued(&stage).len(), 1);
}

//! What is made while nobody does anything: only when that is switched on, told in the queue, gone with the first touch.

use crate::{session::clip_on_timeline, stage::Stage};
use av::FrameIndex;
use egui::{Key, Modifiers, pos2};
use everframe::{action::Action, limits::AHEAD_IDLE_SECONDS};
use runtime::{
    Problem,
    project_file::save_project,
    queue_file::{StoredJob, StoredQueue, save_queue},
};
use timeline::{Edit, GeneratedState, edit::Edge};

/// Frames of the window in so many seconds without any input.
fn wait(stage: &mut Stage, seconds: f64) {
    // The harness draws four frames a second.
    stage.harness.run_steps((seconds * 4.0).ceil() as usize);
}

fn queued_count(stage: &Stage) -> usize {
    stage.engine.0.borrow().queue.len()
}

/// A clip with two seconds wished for behind it, and the playhead on them.
fn wished() -> Stage {
    let mut stage = clip_on_timeline();
    let item = stage.document().sequence.tracks[0].items[0].id;
    stage.act(Action::Apply {
        edit: Edit::Overshoot {
            item,
            edge: Edge::End,
            to: FrameIndex(300),
            alone: true,
        },
    });
    stage.seek(260);
    assert_eq!(stage.picture_track(), "[0..250) G?[250..300)");
    stage
}

fn switch_on(stage: &mut Stage) {
    stage.act(Action::ShowPreferences);
    let words = "Make a draft of the wish at the playhead when nobody does anything for 20 seconds";
    stage.click(words);
    stage.key(Modifiers::NONE, Key::Escape);
}

#[test]
fn nothing_is_made_ahead_unless_it_is_switched_on() {
    let mut stage = wished();
    wait(&mut stage, AHEAD_IDLE_SECONDS + 5.0);
    assert_eq!(queued_count(&stage), 0);
    switch_on(&mut stage);
    wait(&mut stage, AHEAD_IDLE_SECONDS - 5.0);
    assert_eq!(queued_count(&stage), 0, "not yet");
    wait(&mut stage, 8.0);
    assert_eq!(queued_count(&stage), 1);
    assert_eq!(stage.picture_track(), "[0..250) G…[250..300)");
    stage.act(Action::ShowJobs);
    assert!(stage.shows_part("Made ahead: Extend forwards 50 frames"));
    stage.engine.progress(3, 50);
    wait(&mut stage, 1.0);
    assert!(stage.shows_part("Nobody asked for it: it stops as soon as you do anything"));
    stage.engine.finish();
    wait(&mut stage, 1.0);
    assert_eq!(stage.picture_track(), "[0..250) G[250..300)");
    wait(&mut stage, 2.0 * AHEAD_IDLE_SECONDS);
    assert_eq!(queued_count(&stage), 0, "one draft is enough");
}

#[test]
fn the_first_touch_stops_it_and_leaves_the_wish() {
    let mut stage = wished();
    switch_on(&mut stage);
    for _again in 0..2 {
        wait(&mut stage, AHEAD_IDLE_SECONDS + 3.0);
        assert_eq!(queued_count(&stage), 1);
        stage.harness.hover_at(pos2(300.0, 300.0));
        stage.harness.run_steps(2);
        assert_eq!(queued_count(&stage), 0, "it is stopped at once");
        stage.settle();
        assert_eq!(stage.picture_track(), "[0..250) G?[250..300)");
    }
    stage.act(Action::ShowJobs);
    assert!(
        !stage.shows_part("Made ahead"),
        "it gave way without a word"
    );
    // Nothing of it is a step of its own.
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.picture_track(), "[0..250)");
}

#[test]
fn what_cannot_be_made_is_not_tried_again() {
    let mut stage = wished();
    switch_on(&mut stage);
    wait(&mut stage, AHEAD_IDLE_SECONDS + 3.0);
    assert_eq!(queued_count(&stage), 1);
    let problem = Problem::error("The model tripped", "Tie its laces");
    stage.engine.fail(problem);
    wait(&mut stage, 2.0 * AHEAD_IDLE_SECONDS);
    assert_eq!(queued_count(&stage), 0);
    assert_eq!(stage.picture_track(), "[0..250) G?[250..300)");
    stage.act(Action::ShowNotices);
    assert!(!stage.shows_part("The model tripped"), "nobody asked");
    stage.act(Action::ShowJobs);
    assert!(stage.shows_part("The model tripped"), "but it is told");
}

#[test]
fn one_that_was_killed_is_a_wish_again_until_nobody_does_anything() {
    let mut stage = wished();
    let item = stage.document().sequence.tracks[0].items[1].id;
    let queued = Edit::SetGeneratedState {
        item,
        state: GeneratedState::Queued,
    };
    // As a killed program leaves them: the item waits, and the queue knows that nobody asked.
    let document = timeline::apply(&stage.document(), &queued).unwrap();
    let path = stage.folder.path().join("film.everframe");
    save_project(&path, &document).unwrap();
    let queue = StoredQueue {
        is_paused: false,
        jobs: vec![StoredJob::ahead(item, &document)],
    };
    save_queue(&path, &queue).unwrap();
    switch_on(&mut stage);
    stage.act(Action::Apply { edit: queued });
    let then = Box::new(Action::OpenPath { path });
    stage.act(Action::DiscardAnd { then });
    let wish = "[0..250) G?[250..300)";
    for _ in 0..50 {
        if stage.picture_track() == wish {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        stage.settle();
    }
    assert_eq!(stage.picture_track(), wish);
    assert!(!stage.shows_part("from last time"));
    // What follows is an ordinary wait.
    stage.seek(260);
    assert_eq!(queued_count(&stage), 0, "nothing goes on by itself");
    wait(&mut stage, AHEAD_IDLE_SECONDS + 3.0);
    assert_eq!(queued_count(&stage), 1);
    assert_eq!(stage.picture_track(), "[0..250) G…[250..300)");
}

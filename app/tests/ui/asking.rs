//! What is asked of models: by pulling edges, in the bar over the timeline, on cards.

use crate::stage::Stage;
use egui::{Key, Modifiers, vec2};
use everframe::action::Action;
use runtime::JobRequest;

const CTRL: Modifiers = Modifiers::COMMAND;

/// Ten seconds of video with room on both sides.
fn clip_with_room() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::PlaceAsset {
        asset,
        track: None,
        at: av::FrameIndex(100),
        is_insert: false,
    });
    stage.act(Action::ZoomToFit);
    stage.act(Action::ZoomOut);
    stage.settle();
    stage
}

/// Pulls an edge of the clip by so many points and lets go.
fn pull_edge(stage: &mut Stage, name: &str, is_end: bool, by: f32) {
    let rect = stage.place_of(name);
    let from = if is_end {
        rect.right_center() - vec2(3.0, 0.0)
    } else {
        rect.left_center() + vec2(3.0, 0.0)
    };
    let to = from + vec2(by, 0.0);
    stage.press(from);
    stage.pull(from, to);
    stage.release(to);
}

#[test]
fn edges_pulled_past_their_media_wish_for_more() {
    let mut stage = clip_with_room();
    assert_eq!(stage.picture_track(), "[100..350)");
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 12.0);
    assert_eq!(stage.picture_track(), "[100..350)", "the end holds it");
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    let track = stage.picture_track();
    assert!(track.starts_with("[100..350) G?[350.."), "{track}");
    assert!(stage.shows_part("Generated clip Extend forwards"));
    let wished = stage.harness.state().view().selected_items().count();
    assert_eq!(wished, 1, "what is wished for is selected");

    // Its own edge makes it shorter; undo takes one gesture back at a time.
    pull_edge(&mut stage, "Generated clip Extend forwards", true, -40.0);
    let shorter = stage.picture_track();
    assert!(shorter.starts_with("[100..350) G?[350..") && shorter != track);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), track);
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[100..350)");
    stage.key(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(stage.picture_track(), track);

    pull_edge(&mut stage, "Clip beach.mov, track V1", false, -70.0);
    let both = stage.picture_track();
    assert!(
        both.starts_with("G?[") && both.contains("..100) [100..350) G?["),
        "{both}"
    );
    stage.click("History tab");
    assert!(stage.shows_part("Extend backwards"));
}

#[test]
fn a_longer_result_wishes_for_the_new_part_alone() {
    let mut stage = clip_with_room();
    pull_edge(&mut stage, "Clip beach.mov, track V1", true, 120.0);
    stage.key(Modifiers::NONE, Key::F);
    assert!(stage.picture_track().contains("G…[350.."));
    let queued = stage.engine.0.borrow().queue.clone();
    assert!(
        matches!(&queued[..], [(_, JobRequest::Generate { .. })]),
        "{queued:?}"
    );
    stage.engine.finish();
    stage.settle();
    stage.act(Action::ZoomToFit);
    stage.act(Action::ZoomOut);
    stage.act(Action::ZoomOut);
    stage.settle();
    // The fake's takes last ten seconds.
    pull_edge(&mut stage, "Generated clip Extend forwards", true, 300.0);
    let track = stage.picture_track();
    assert!(track.contains("G[350..600) G?[600.."), "{track}");
}

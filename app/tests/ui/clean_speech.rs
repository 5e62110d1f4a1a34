//! Clean speech: asked for in the window, heard in place of the recording, set back.

use crate::{session::clip_on_timeline, stage::Stage};
use egui::{Key, Modifiers};
use everframe::{action::Action, selection::Selection};
use timeline::{CleanSpeech, ItemId, TrackKind, plan_audio};

fn sound_item(stage: &Stage) -> (ItemId, Option<CleanSpeech>) {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let mut tracks = tracks.filter(|track| track.kind == TrackKind::Audio);
    let item = tracks.next().unwrap().items[0].clone();
    (item.id, item.properties.clean_speech)
}

/// The names of the files that are heard at the start.
fn heard(stage: &Stage) -> Vec<String> {
    let document = stage.document();
    let plan = plan_audio(&document, 0, 100);
    let name = |asset| document.assets.find(asset).unwrap().name.clone();
    let segments = plan.segments.iter();
    segments.map(|segment| name(segment.asset)).collect()
}

#[test]
fn a_clip_is_heard_clean_and_can_be_set_back() {
    let mut stage = clip_on_timeline();
    // The picture is selected: its linked sound is what is meant.
    let picture = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), picture);
    stage.act(Action::Select { selection });
    assert_eq!(heard(&stage), ["beach.mov"]);
    stage.act(Action::CleanSpeech);
    assert!(stage.shows_part("Clean speech of beach.mov"));
    stage.act(Action::CleanSpeech);
    assert_eq!(
        stage.engine.0.borrow().queue.len(),
        1,
        "once is enough while it is at work"
    );
    stage.engine.finish();
    stage.settle();
    let clean = sound_item(&stage).1.unwrap();
    assert_eq!(clean.strength.to_string(), "1");
    assert_eq!(heard(&stage), ["clean-speech.wav"]);
    stage.act(Action::CleanSpeech);
    assert!(stage.shows_part("is cleaned already"));
    assert!(stage.engine.0.borrow().queue.is_empty());
    stage.act(Action::ShowInspector);
    // Alone, so that its settings stand at the top of the inspector.
    let mut selection = Selection::default();
    selection.items.insert(sound_item(&stage).0);
    stage.act(Action::Select { selection });
    stage.click("Back to the recording");
    assert_eq!(heard(&stage), ["beach.mov"]);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(heard(&stage), ["clean-speech.wav"]);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(heard(&stage), ["beach.mov"], "one step takes it back");
    assert_eq!(sound_item(&stage).1, None);
}

#[test]
fn a_cancelled_job_leaves_the_recording_and_no_clip_is_told() {
    let mut stage = Stage::open();
    stage.act(Action::CleanSpeech);
    assert!(stage.shows_part("in which somebody could speak"));
    let mut stage = clip_on_timeline();
    stage.act(Action::CleanSpeech);
    stage.engine.progress(2, 10);
    stage.settle();
    assert!(stage.shows("Clean speech of beach.mov: 20 %"));
    stage.click("Cancel job");
    assert!(stage.shows("Cancelled"));
    assert_eq!(heard(&stage), ["beach.mov"]);
}

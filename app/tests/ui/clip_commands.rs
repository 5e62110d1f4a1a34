//! Clip commands: what is placed, queued and taken back.

use crate::stage::Stage;
use egui::{Key, Modifiers};
use everframe::{action::Action, selection::Selection};
use timeline::{Content, Generated, GeneratedState, Purpose, TrackKind};

fn clip_selected() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::AppendAsset { asset });
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), clip);
    stage.act(Action::Select { selection });
    stage
}

/// The generated item above the clip, as text and as it is.
fn above(stage: &Stage) -> (String, Generated) {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let video = tracks
        .filter(|track| track.kind == TrackKind::Video)
        .skip(1);
    for item in video.flat_map(|track| &track.items) {
        if let Content::Generated(generated) = &item.content {
            let range = item.range();
            let range = format!("{}..{}", range.start.0, range.end().0);
            return (range, (**generated).clone());
        }
    }
    panic!("nothing lies above");
}

#[test]
fn a_restyled_clip_is_placed_above_it_and_is_one_step() {
    let mut stage = clip_selected();
    stage.act(Action::RestyleClip);
    stage.click("Start clip command");
    let (range, generated) = above(&stage);
    assert_eq!(range, "0..250");
    assert_eq!(generated.purpose, Purpose::Restyle);
    assert_eq!(generated.recipe.settings["style"], "style-19");
    assert_eq!(generated.anchors.len(), 1);
    assert!(stage.shows("Cancel job"));
    stage.engine.finish();
    stage.settle();
    assert_eq!(above(&stage).1.state, GeneratedState::Ready);
    stage.key(Modifiers::COMMAND, Key::Z);
    let document = stage.document();
    let items: usize = document
        .sequence
        .tracks
        .iter()
        .filter(|track| track.kind == TrackKind::Video)
        .map(|track| track.items.len())
        .sum();
    assert_eq!(items, 1, "one step back and only the clip is there");
}

#[test]
fn a_title_over_the_clip_stays_over_what_is_made() {
    let mut stage = clip_selected();
    stage.seek(30);
    stage.act(Action::AddTitle);
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), clip);
    stage.act(Action::Select { selection });
    stage.act(Action::RestyleClip);
    stage.click("Start clip command");
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let video = tracks.filter(|track| track.kind == TrackKind::Video);
    let lies: Vec<&str> = video
        .map(
            |track| match track.items.first().map(|item| &item.content) {
                Some(Content::Clip(_)) => "clip",
                Some(Content::Generated(_)) => "generated",
                Some(Content::Title(_)) => "title",
                Some(Content::Solid(_)) | None => "",
            },
        )
        .collect();
    assert_eq!(lies, ["clip", "generated", "title"]);
}

#[test]
fn slow_motion_lengthens_the_clip_and_asks_for_the_frames_between() {
    let mut stage = clip_selected();
    stage.act(Action::SlowMotion);
    stage.click("4 times slower");
    stage.click("Start clip command");
    assert_eq!(stage.picture_track(), "[0..1000)");
    let (range, generated) = above(&stage);
    assert_eq!(
        (range.as_str(), generated.purpose),
        ("0..1000", Purpose::Interpolate)
    );
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(stage.picture_track(), "[0..250)");
}

#[test]
fn a_region_and_another_aspect_are_asked_for() {
    let mut stage = clip_selected();
    stage.act(Action::RemoveObject);
    stage.click("Start clip command");
    let region = above(&stage).1.recipe.region;
    assert_eq!(region, Some(timeline::Region::Box([0.3, 0.3, 0.4, 0.4])));
    stage.key(Modifiers::COMMAND, Key::Z);
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), clip);
    stage.act(Action::Select { selection });
    stage.act(Action::OutpaintClip);
    stage.click("1:1");
    stage.click("Start clip command");
    assert_eq!(stage.document().sequence.size.to_string(), "720x720");
    assert_eq!(above(&stage).1.purpose, Purpose::Outpaint);
}

#[test]
fn without_a_clip_there_is_a_word_about_it() {
    let mut stage = Stage::open();
    stage.act(Action::RestyleClip);
    assert!(stage.shows_part("There is no clip to work on"));
}

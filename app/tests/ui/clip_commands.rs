//! Clip commands: what is placed, queued and taken back.

use crate::stage::Stage;
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use everframe::{action::Action, selection::Selection};
use timeline::{
    Animated, Background, BackgroundFill, Content, Edit, Generated, GeneratedState, Purpose,
    Region, TrackKind, edit::Property,
};

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

fn video_items(stage: &Stage) -> usize {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let video = tracks.filter(|track| track.kind == TrackKind::Video);
    video.map(|track| track.items.len()).sum()
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
    assert_eq!(
        video_items(&stage),
        1,
        "one step back and only the clip is there"
    );
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
fn what_is_to_go_is_boxed_in_the_viewer_and_asked_for() {
    let mut stage = clip_selected();
    stage.act(Action::RestyleClip);
    stage.click("Remove object");
    stage.click("Start clip command");
    let (range, generated) = above(&stage);
    assert_eq!(range, "0..250");
    assert_eq!(
        (generated.purpose, generated.state),
        (Purpose::Repaint, GeneratedState::Ghost)
    );
    assert!(stage.shows_part("Drag a box in the viewer"));
    // Without a box nothing is asked for.
    stage.click("Generate now");
    assert!(stage.engine.0.borrow().queue.is_empty());
    let rect = stage.place_of("Draw a box over what is to go");
    let at = |x: f32, y: f32| rect.min + rect.size() * vec2(x, y);
    let pull = |stage: &mut Stage, from: Pos2, to: Pos2| {
        stage.press(from);
        stage.pull(from, to);
        stage.release(to);
    };
    pull(&mut stage, at(0.25, 0.25), at(0.5, 0.75));
    let said = "Box of what is made anew: left 25 %, top 25 %, width 25 %, height 50 %";
    let drawn = stage.place_of("Box of what is made anew");
    assert_eq!(drawn, rect, "the picture stays where it is");
    assert!(stage.shows(said));
    // By its middle it is moved, by its edge pulled.
    pull(&mut stage, at(0.4, 0.5), at(0.5, 0.5));
    pull(&mut stage, at(0.6, 0.5), at(0.8, 0.5));
    let said = "Box of what is made anew: left 35 %, top 25 %, width 45 %, height 50 %";
    let found = stage.harness.query_all_by_label_contains("Box of what");
    let found: Vec<_> = found.map(|node| node.accesskit_node().label()).collect();
    assert!(stage.shows(said), "{found:?}");
    stage.click("Generate now");
    let Some(Region::Box(sides)) = above(&stage).1.recipe.region else {
        panic!("no box");
    };
    let wanted = [0.35, 0.25, 0.45, 0.5];
    let near = |(one, other): (&f64, &f64)| (one - other).abs() < 0.01;
    assert!(sides.iter().zip(&wanted).all(near), "{sides:?}");
    assert_eq!(above(&stage).1.state, GeneratedState::Queued);
    assert!(!stage.shows_part("Box of what is made anew"));
    stage.engine.finish();
    stage.settle();
    assert_eq!(above(&stage).1.state, GeneratedState::Ready);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(
        video_items(&stage),
        1,
        "two steps back and only the clip is there"
    );
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(above(&stage).1.state, GeneratedState::Ready);
}

#[test]
fn an_upscaled_clip_lies_above_it_and_is_placed_alike() {
    let mut stage = clip_selected();
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let edit = Edit::SetProperty {
        items: vec![clip],
        property: Property::Position(Animated::Constant([0.25, -0.1])),
    };
    stage.act(Action::Apply { edit });
    stage.act(Action::UpscaleClip);
    assert!(stage.shows_part("1280x720 becomes 2560x1440"));
    stage.click("4 times the pixels");
    stage.click("Deep");
    stage.click("Start clip command");
    let (range, generated) = above(&stage);
    assert_eq!(
        (range.as_str(), generated.purpose),
        ("0..250", Purpose::Upscale)
    );
    assert_eq!(generated.recipe.settings["factor"], "4");
    assert_eq!(generated.recipe.model, "realesrgan-x4plus-anime");
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let items: Vec<_> = tracks
        .filter(|track| track.kind == TrackKind::Video)
        .flat_map(|track| &track.items)
        .collect();
    assert_eq!(items[0].properties, items[1].properties);
    stage.engine.finish();
    stage.settle();
    assert_eq!(above(&stage).1.state, GeneratedState::Ready);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(
        video_items(&stage),
        1,
        "one step back and only the clip is there"
    );
}

#[test]
fn a_clip_with_another_background_is_upscaled_with_it() {
    let mut stage = clip_selected();
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let matte = stage.document().assets.iter().next().unwrap().id;
    let start = av::FrameRate::FPS_25.ticks_from_frame(av::FrameIndex(50));
    let fill = BackgroundFill::Blur { radius: 0.05 };
    let background = Some(Box::new(Background::new(matte, start, fill.clone())));
    stage.act(Action::Apply {
        edit: Edit::SetBackground {
            item: clip,
            background,
        },
    });
    stage.act(Action::UpscaleClip);
    stage.click("Start clip command");
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let mut items = tracks.flat_map(|track| &track.items);
    let is_made = |item: &&std::sync::Arc<timeline::Item>| matches!(&item.content, Content::Generated(made) if made.purpose == Purpose::Upscale);
    let made = items.find(is_made).unwrap();
    let shown = made.properties.background.as_ref().unwrap();
    assert_eq!((shown.matte, &shown.fill), (matte, &fill));
    assert_eq!(shown.matte_start, start, "the clip begins with its media");
}

#[test]
fn a_slowed_clip_with_another_background_is_refused_with_what_would_do() {
    let mut stage = clip_selected();
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let matte = stage.document().assets.iter().next().unwrap().id;
    let fill = BackgroundFill::Transparent;
    let background = Background::new(matte, av::Ticks::ZERO, fill);
    for edit in [
        Edit::SetBackground {
            item: clip,
            background: Some(Box::new(background)),
        },
        Edit::SetSpeed {
            items: vec![clip],
            speed: av::Ratio::new(1, 2).unwrap(),
            is_reversed: false,
            is_ripple: true,
        },
    ] {
        stage.act(Action::Apply { edit });
    }
    stage.act(Action::UpscaleClip);
    stage.click("Start clip command");
    assert_eq!(video_items(&stage), 1);
    stage.act(Action::ShowNotices);
    assert!(stage.shows_part("Set its speed to 100 %"));
}

#[test]
fn another_aspect_is_asked_for() {
    let mut stage = clip_selected();
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

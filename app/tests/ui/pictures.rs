//! The window as it looks, painted without a screen. With `EVERFRAME_PICTURES` set to a folder, the pictures are kept.

use crate::stage::Stage;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use everframe::{action::Action, selection::Selection};
use timeline::{AssetId, Edit, Rgba, edit::Property};

/// Paints the window; keeps the picture if asked to, and checks that it is no empty sheet.
fn paint(stage: &mut Stage, name: &str) {
    stage.settle();
    let image = stage.harness.render().unwrap();
    let first = *image.get_pixel(0, 0);
    let different = image.pixels().filter(|pixel| **pixel != first).count();
    assert!(different > 10_000, "{name} is empty");
    if let Some(folder) = std::env::var_os("EVERFRAME_PICTURES") {
        let path = std::path::Path::new(&folder)
            .join(name)
            .with_extension("png");
        image.save(path).unwrap();
    }
}

fn studio() -> Stage {
    Stage::painted(vec2(1480.0, 900.0), 1.0)
}

/// A document like the demo's: cuts, a dissolve, a title, music, a gap that is being filled.
fn demo() -> Stage {
    let mut stage = studio();
    stage.import(&[
        "Rabbit hole.mov",
        "Meadow at dawn.mov",
        "Butterfly.mov",
        "Portrait.jpg",
        "Theme.wav",
    ]);
    let ids: Vec<AssetId> = stage
        .document()
        .assets
        .iter()
        .map(|asset| asset.id)
        .collect();
    stage.act(Action::AppendAsset { asset: ids[0] });
    stage.seek(120);
    stage.act(Action::SplitAtPlayhead);
    stage.seek(170);
    stage.act(Action::SplitAtPlayhead);
    stage.act(Action::AppendAsset { asset: ids[1] });
    stage.act(Action::AppendAsset { asset: ids[2] });
    let middle = stage.document().sequence.tracks[0].items[1].id;
    let selection = Selection::of_item(&stage.document(), middle);
    stage.act(Action::Select { selection });
    stage.act(Action::Lift);
    stage.seek(30);
    stage.act(Action::AddTitle);
    let track = stage.document().sequence.tracks[3].id;
    stage.act(Action::PlaceAsset {
        asset: ids[4],
        track: Some(track),
        at: av::FrameIndex::ZERO,
        is_insert: false,
    });
    let cut = &stage.document().sequence.tracks[0].items[2];
    stage.act(Action::Apply {
        edit: Edit::Trim {
            item: cut.id,
            edge: timeline::edit::Edge::Start,
            to: cut.start + av::FrameCount(30),
            alone: false,
        },
    });
    stage.seek(60);
    stage.act(Action::AddMarker);
    let first = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), first);
    stage.act(Action::Select { selection });
    stage
}

#[test]
fn empty_start() {
    paint(&mut studio(), "start");
}

#[test]
fn a_session() {
    let mut stage = demo();
    paint(&mut stage, "demo");
    stage.seek(140);
    stage.key(Modifiers::NONE, Key::F);
    stage.engine.progress(18, 50);
    paint(&mut stage, "filling");
    stage.act(Action::ShowExport);
    paint(&mut stage, "export");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::COMMAND, Key::K);
    stage.harness.get_by_label("Command").type_text("tr");
    paint(&mut stage, "palette");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.engine.finish();
    stage.act(Action::ShowHistory);
    stage.act(Action::ShowInspector);
    paint(&mut stage, "filled");
    stage.act(Action::ShowPreferences);
    paint(&mut stage, "preferences");
    stage.act(Action::CloseDialog {});
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), clip);
    stage.act(Action::Select { selection });
    stage.act(Action::ShowBackground);
    paint(&mut stage, "background");
}

#[test]
fn a_title() {
    let mut stage = demo();
    let title = stage.document().sequence.tracks[1].items[0].id;
    stage.act(Action::Apply {
        edit: Edit::SetTitle {
            item: title,
            title: timeline::Title {
                text: "春天来了\nSpring".into(),
                color: Rgba::WHITE,
                ..timeline::Title::default()
            },
        },
    });
    stage.act(Action::Apply {
        edit: Edit::SetProperty {
            items: vec![title],
            property: Property::Opacity(timeline::Animated::Constant(0.8)),
        },
    });
    let selection = Selection::of_item(&stage.document(), title);
    stage.act(Action::Select { selection });
    stage.act(Action::ToggleSafeAreas);
    paint(&mut stage, "title");
}

#[test]
fn asking_for_a_storyboard() {
    let mut stage = demo();
    stage.act(Action::ShowStoryboard);
    stage.harness.get_by_label("Idea").focus();
    stage.settle();
    stage
        .harness
        .get_by_label("Idea")
        .type_text("一只红狐狸清晨在雪地里奔跑");
    stage.settle();
    stage.click("Make cards");
    paint(&mut stage, "storyboard");
    stage.click("Put on the timeline…");
    stage.click("Expand the prompt");
    paint(&mut stage, "asking");
    stage.click("Keep mine");
    stage.click("Advanced");
    paint(&mut stage, "asking-advanced");
}

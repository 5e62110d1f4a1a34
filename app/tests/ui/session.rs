//! What a person does in a session, and what must hold afterwards.

use crate::stage::Stage;
use av::FrameCount;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use everframe::{action::Action, panels::Dialog, selection::Selection};
use runtime::{Command, JobRequest};
use timeline::{AssetId, Edit};

const CTRL: Modifiers = Modifiers::COMMAND;

/// One clip at the start of the timeline.
pub fn clip_on_timeline() -> Stage {
    let mut stage = Stage::open();
    stage.import(&["beach.mov"]);
    let asset = stage.document().assets.iter().next().unwrap().id;
    stage.act(Action::AppendAsset { asset });
    stage
}

#[test]
fn import_split_ripple_delete_fill_undo_redo_export() {
    let mut stage = clip_on_timeline();
    assert_eq!(stage.picture_track(), "[0..250)");
    assert_eq!(
        stage.document().sequence.size.to_string(),
        "1280x720",
        "as the first clip"
    );

    stage.seek(100);
    stage.key(CTRL, Key::B);
    stage.seek(150);
    stage.key(CTRL, Key::B);
    assert_eq!(stage.picture_track(), "[0..100) [100..150) [150..250)");

    // Split once more, take that piece out with everything moving up, then lift the middle: a gap stays.
    stage.seek(200);
    stage.key(CTRL, Key::B);
    let item = stage.document().sequence.tracks[0].items[3].id;
    let selection = Selection::of_item(&stage.document(), item);
    stage.act(Action::Select { selection });
    stage.key(Modifiers::SHIFT, Key::Delete);
    assert_eq!(stage.picture_track(), "[0..100) [100..150) [150..200)");
    let item = stage.document().sequence.tracks[0].items[1].id;
    let selection = Selection::of_item(&stage.document(), item);
    stage.act(Action::Select { selection });
    stage.key(Modifiers::NONE, Key::Delete);
    assert_eq!(stage.picture_track(), "[0..100) [150..200)");

    stage.seek(120);
    stage.key(Modifiers::NONE, Key::F);
    assert_eq!(stage.picture_track(), "[0..100) G…[100..150) [150..200)");
    assert!(stage.shows("Cancel job"), "the job is listed");
    stage.engine.progress(10, 50);
    stage.settle();
    assert!(stage.shows("Fill 50 frames: 20 %"));
    stage.engine.finish();
    stage.settle();
    assert_eq!(stage.picture_track(), "[0..100) G[100..150) [150..200)");

    // One step takes request and result back together; one step brings both back.
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[0..100) [150..200)");
    stage.key(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(stage.picture_track(), "[0..100) G[100..150) [150..200)");

    stage.click("Export");
    assert!(stage.shows("Start export"));
    stage.click("Start export");
    let exported = stage.engine.0.borrow().queue.clone();
    let [(_, JobRequest::Export(request))] = &exported[..] else {
        panic!("{exported:?}");
    };
    assert_eq!(request.range, None);
    assert!(
        request.path.to_string_lossy().ends_with(".mp4"),
        "{request:?}"
    );
    stage.engine.finish();
    stage.settle();
    assert!(stage.shows_part("Exported Untitled.mp4"));
}

#[test]
fn a_take_that_comes_after_undo_is_there_after_redo() {
    let mut stage = clip_on_timeline();
    stage.act(Action::SetMarkIn);
    stage.seek(9);
    stage.act(Action::SetMarkOut);
    stage.key(Modifiers::NONE, Key::F);
    assert_eq!(
        stage.picture_track(),
        "G…[0..10) [10..250)",
        "a damaged range"
    );
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "[0..250)");
    stage.engine.finish();
    stage.settle();
    assert_eq!(stage.picture_track(), "[0..250)", "undone stays undone");
    stage.key(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(stage.picture_track(), "G[0..10) [10..250)");
}

#[test]
fn a_cancelled_fill_is_only_wished_for_and_can_be_asked_again() {
    let mut stage = clip_on_timeline();
    stage.act(Action::SetMarkIn);
    stage.seek(9);
    stage.act(Action::SetMarkOut);
    stage.key(Modifiers::NONE, Key::F);
    stage.click("Cancel job");
    assert_eq!(stage.picture_track(), "G?[0..10) [10..250)");
    stage.key(Modifiers::NONE, Key::F);
    assert_eq!(stage.picture_track(), "G…[0..10) [10..250)");
    stage.engine.finish();
    stage.settle();
    assert_eq!(stage.picture_track(), "G[0..10) [10..250)");
}

#[test]
fn a_take_that_comes_during_a_drag_waits_for_its_end() {
    let mut stage = clip_on_timeline();
    stage.act(Action::SetMarkIn);
    stage.seek(9);
    stage.act(Action::SetMarkOut);
    stage.key(Modifiers::NONE, Key::F);
    let clip = stage.document().sequence.tracks[0].items[1].id;
    let moved = |by| Action::UpdateGesture {
        edit: Edit::Move {
            items: vec![clip],
            by: FrameCount(by),
            to_track: None,
        },
    };
    stage.act(Action::BeginGesture {
        label: "Move".into(),
    });
    stage.act(moved(30));
    stage.engine.finish();
    stage.settle();
    stage.act(moved(50));
    assert_eq!(stage.picture_track(), "G…[0..10) [60..300)");
    stage.act(Action::CommitGesture {});
    assert_eq!(stage.picture_track(), "G[0..10) [60..300)");
    stage.key(CTRL, Key::Z);
    assert_eq!(stage.picture_track(), "G[0..10) [10..250)", "one step back");
}

#[test]
fn letters_typed_into_a_field_ask_for_nothing() {
    let mut stage = clip_on_timeline();
    let before = stage.picture_track();
    stage.harness.get_by_label("Search media").focus();
    stage.settle();
    stage.harness.get_by_label("Search media").type_text("sb");
    stage.key(Modifiers::NONE, Key::S);
    stage.key(CTRL, Key::B);
    assert_eq!(stage.picture_track(), before);
    assert!(
        stage.harness.state().view().is_snapping,
        "S would have switched it off"
    );
}

#[test]
fn keys_follow_the_chosen_map() {
    let mut stage = clip_on_timeline();
    stage.seek(100);
    stage.key(CTRL, Key::K);
    assert!(stage.shows("Command"), "the palette");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.act(Action::ShowPreferences);
    stage.click("Premiere");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(CTRL, Key::K);
    assert_eq!(stage.picture_track(), "[0..100) [100..250)");
}

#[test]
fn the_palette_runs_what_is_typed() {
    let mut stage = clip_on_timeline();
    stage.seek(50);
    stage.key(CTRL, Key::K);
    stage.harness.get_by_label("Command").type_text("split");
    stage.settle();
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.picture_track(), "[0..50) [50..250)");
    assert!(!stage.shows("Command"), "the palette is closed");
}

#[test]
fn playing_asks_the_engine_and_shuttles() {
    let mut stage = clip_on_timeline();
    stage.key(Modifiers::NONE, Key::L);
    stage.key(Modifiers::NONE, Key::L);
    stage.key(Modifiers::NONE, Key::K);
    let speeds: Vec<_> = stage
        .engine
        .0
        .borrow()
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Play { speed, .. } => Some(speed.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(speeds, ["1", "2"]);
    stage.key(Modifiers::NONE, Key::End);
    assert_eq!(stage.harness.state().view().playhead.0, 249);
    stage.key(Modifiers::SHIFT, Key::ArrowLeft);
    assert_eq!(stage.harness.state().view().playhead.0, 239);
}

#[test]
fn the_history_goes_back_to_any_step() {
    let mut stage = clip_on_timeline();
    stage.seek(100);
    stage.key(CTRL, Key::B);
    stage.act(Action::AddMarker);
    stage.click("History tab");
    assert!(stage.shows("Step 2: Split"));
    stage.click("Step 1: Append");
    assert_eq!(stage.picture_track(), "[0..250)");
    stage.click("Step 3: Add marker");
    assert_eq!(stage.picture_track(), "[0..100) [100..250)");
    assert_eq!(stage.document().sequence.markers.len(), 1);
}

#[test]
fn saving_gives_the_project_its_name_and_takes_the_mark_away() {
    let mut stage = clip_on_timeline();
    assert!(stage.harness.state().title().starts_with("• Untitled"));
    let path = stage.folder.path().join("film.everframe");
    stage.harness.state_mut().save_to(path.clone());
    stage.settle();
    assert_eq!(stage.harness.state().title(), "film — Everframe");
    stage.act(Action::AddMarker);
    assert!(stage.harness.state().title().starts_with("• film"));
}

#[test]
fn an_unsaved_project_is_not_left_without_asking() {
    let mut stage = clip_on_timeline();
    stage.act(Action::NewProject);
    assert!(stage.shows("Don't save"));
    stage.click("Don't save");
    assert_eq!(stage.picture_track(), "");
    assert!(stage.shows("Import media to begin"));
}

#[test]
fn dropped_media_lands_in_the_bin_and_its_settings_show() {
    let mut stage = Stage::open();
    stage.import(&["beach.mov", "photo.jpg", "music.wav"]);
    assert_eq!(stage.document().assets.len(), 3);
    assert!(stage.shows_part("Media photo.jpg, Still"));
    stage.import(&["beach.mov"]);
    assert_eq!(
        stage.document().assets.len(),
        3,
        "the same content is one asset"
    );
    let selection =
        Selection::of_asset(AssetId(stage.document().assets.iter().next().unwrap().id.0));
    stage.act(Action::Select { selection });
    assert!(stage.shows("Media name"));
    stage.click("Append to the timeline");
    assert_eq!(stage.picture_track(), "[0..250)");
    assert!(
        stage.shows("Opacity slider"),
        "the inspector follows the new clip"
    );
}

#[test]
fn titles_are_typed_and_stay_one_step() {
    let mut stage = clip_on_timeline();
    stage.key(Modifiers::NONE, Key::T);
    stage.harness.get_by_label("Title text").focus();
    stage.settle();
    stage.harness.get_by_label("Title text").type_text("!");
    stage.settle();
    let title = stage.document().sequence.tracks[1].items[0].clone();
    let timeline::Content::Title(title) = &title.content else {
        panic!("{title:?}");
    };
    assert_eq!(title.text, "Title!");
}

#[test]
fn a_crash_is_offered_to_be_recovered() {
    let mut stage = clip_on_timeline();
    let file = runtime::handle::recovery_file(&stage.folder.path().join("recovery"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = timeline::file::save(&stage.document()).unwrap();
    std::fs::write(&file, text).unwrap();
    // The same folders, a new window.
    let home = everframe::project::Home::inside(stage.folder.path());
    let ctx = stage.harness.ctx.clone();
    let engine = Box::new(stage.engine.clone());
    *stage.harness.state_mut() = everframe::app::StudioApp::new(&ctx, engine, home, true);
    stage.settle();
    assert_eq!(stage.picture_track(), "");
    stage.click("Recover it");
    for _ in 0..50 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        stage.settle();
        if !stage.picture_track().is_empty() {
            break;
        }
    }
    assert_eq!(stage.picture_track(), "[0..250)");
    assert!(
        stage.harness.state().title().starts_with('•'),
        "still not saved"
    );
}

/// The dialogs that need nothing but a press all open, and Escape closes them.
#[test]
fn dialogs_open_and_close() {
    let mut stage = clip_on_timeline();
    for (action, name) in [
        (Action::ShowPreferences, "Preferences"),
        (Action::ShowShortcuts, "Keyboard shortcuts"),
        (Action::ShowAbout, "About Everframe"),
        (Action::RelinkMedia, "Missing media"),
    ] {
        stage.act(action);
        assert!(stage.shows("Close dialog"), "{name}");
        stage.key(Modifiers::NONE, Key::Escape);
        assert!(!stage.shows("Close dialog"), "{name}");
    }
    assert!(
        std::mem::size_of::<Dialog>() < 200,
        "dialogs are boxed where they are large"
    );
}

/// Height of a small laptop's screen, in points.
const SMALL_SCREEN: f32 = 720.0;

#[test]
fn every_menu_fits_a_small_screen_and_leads_to_all_of_its_entries() {
    use everframe::action::Category;
    for category in Category::ALL {
        let mut stage = Stage::sized(egui::vec2(1280.0, SMALL_SCREEN));
        // The bar lies above everything else that bears such a name.
        let named = stage.harness.query_all_by_label(category.label());
        let top = |rect: &egui::Rect| rect.top() as i32;
        let rect = named.map(|node| node.rect()).min_by_key(top).unwrap();
        stage.press(rect.center());
        stage.release(rect.center());
        let submenus = ["Change clip", "Speech", "Takes"].map(|name| (name, stage.shows(name)));
        let mut missing = Vec::new();
        let entries = Action::PLAIN.iter();
        for action in entries.filter(|action| {
            let info = action.info();
            info.is_some_and(|info| info.category == category)
        }) {
            match entry(&stage, action.text()) {
                Some(rect) => assert!(rect.bottom() < SMALL_SCREEN, "{action:?} at {rect}"),
                None => missing.push(action),
            }
        }
        for (name, _) in submenus.iter().filter(|(_, is_here)| *is_here) {
            stage.click(name);
            missing.retain(|action| match entry(&stage, action.text()) {
                Some(rect) => {
                    assert!(rect.bottom() < SMALL_SCREEN, "{action:?} at {rect}");
                    false
                }
                None => true,
            });
        }
        assert!(missing.is_empty(), "{category:?}: {missing:?}");
    }
}

/// Where a menu's entry lies: its name begins with its text, its keys may follow.
fn entry(stage: &Stage, text: &str) -> Option<egui::Rect> {
    let mut found = stage.harness.query_all_by_label_contains(text);
    found.next().map(|node| node.rect())
}

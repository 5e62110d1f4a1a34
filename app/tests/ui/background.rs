//! Swapping a background: found, corrected twice, brought in, finished, something else put behind.

use crate::{session::clip_on_timeline, stage::Stage};
use egui::{Event, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use everframe::{action::Action, selection::Selection};
use runtime::{Command, JobRequest};
use timeline::{Background, BackgroundFill, Edit, MarkSide, MatteView};

/// A clip whose panel is open.
fn opened() -> Stage {
    let mut stage = clip_on_timeline();
    let clip = stage.document().sequence.tracks[0].items[0].id;
    let selection = Selection::of_item(&stage.document(), clip);
    stage.act(Action::Select { selection });
    stage.act(Action::ShowBackground);
    stage
}

/// A clip whose subject was found.
fn found() -> Stage {
    let mut stage = opened();
    stage.click("Find the subject");
    stage.engine.finish();
    stage.settle();
    stage
}

fn background(stage: &Stage) -> Background {
    let document = stage.document();
    let item = &document.sequence.tracks[0].items[0];
    item.properties.background.clone().unwrap()
}

/// A place in the viewer's picture, in parts of it.
fn place(stage: &Stage, x: f32, y: f32) -> Pos2 {
    let rect = stage.harness.get_by_label("Picture to be corrected").rect();
    rect.min + vec2(rect.width() * x, rect.height() * y)
}

fn button(stage: &mut Stage, at: Pos2, pressed: bool, modifiers: Modifiers) {
    let event = Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers,
    };
    stage.harness.event(event);
    stage.harness.step();
}

fn press(stage: &mut Stage, at: Pos2, modifiers: Modifiers) {
    stage.harness.hover_at(at);
    stage.harness.step();
    button(stage, at, true, modifiers);
    button(stage, at, false, modifiers);
    stage.settle();
}

fn last_view(stage: &Stage) -> Option<MatteView> {
    let fake = stage.engine.0.borrow();
    let views = fake.commands.iter().rev();
    let mut views = views.filter_map(|command| match command {
        Command::SetMatteView { shown } => Some(shown.map(|(_, view)| view)),
        _ => None,
    });
    views.next().flatten()
}

#[test]
fn two_corrections_are_made_listed_brought_in_and_taken_back() {
    let mut stage = found();
    assert!(stage.shows("The matte is up to date"));
    stage.seek(20);
    stage.click("Click tool");
    assert_eq!(
        last_view(&stage),
        Some(MatteView::Overlay),
        "marks are made on the clip itself"
    );
    let at = place(&stage, 0.25, 0.5);
    press(&mut stage, at, Modifiers::NONE);
    let mark = background(&stage).corrections[0].marks[0].clone();
    assert_eq!((mark.side, mark.grows), (MarkSide::Add, true));
    assert!((mark.points[0][0] - 0.25).abs() < 0.01 && (mark.points[0][1] - 0.5).abs() < 0.01);

    // On another frame, a stroke with Alt held: background.
    stage.seek(60);
    stage.click("Brush tool");
    let (from, to) = (place(&stage, 0.6, 0.3), place(&stage, 0.8, 0.3));
    stage.harness.hover_at(from);
    stage.harness.step();
    stage.harness.event(Event::ModifiersChanged(Modifiers::ALT));
    button(&mut stage, from, true, Modifiers::ALT);
    for step in 1..=8 {
        let at = from.lerp(to, step as f32 / 8.0);
        stage.harness.hover_at(at);
        stage.harness.step();
    }
    button(&mut stage, to, false, Modifiers::ALT);
    stage
        .harness
        .event(Event::ModifiersChanged(Modifiers::NONE));
    stage.settle();
    let stroke = background(&stage).corrections[1].marks[0].clone();
    assert_eq!((stroke.side, stroke.grows), (MarkSide::Remove, false));
    assert!(stroke.points.len() > 4, "{:?}", stroke.points);
    assert!(stage.shows("Corrections changed since the matte was made"));

    // Both are brought in; a third one made meanwhile is not lost.
    stage.click("Update matte");
    stage.engine.progress(30, 100);
    stage.settle();
    assert!(
        stage.shows("Cancel background work"),
        "it can be stopped here"
    );
    let queued = stage.engine.0.borrow().queue[0].1.clone();
    assert!(matches!(queued, JobRequest::Background { .. }));
    stage.engine.finish();
    stage.settle();
    assert!(stage.shows("The matte is up to date"));
    assert_eq!(background(&stage).applied.len(), 2);
    assert!(background(&stage).found.is_some());

    stage.click("Go to correction at 00:00:00:20");
    assert_eq!(stage.harness.state().view().playhead.0, 20);
    stage.click("Take back correction at 00:00:02:10");
    assert_eq!(background(&stage).corrections.len(), 1);
    assert!(stage.shows("Corrections changed since the matte was made"));
    stage.act(Action::Undo);
    assert_eq!(background(&stage).corrections.len(), 2);
    assert!(stage.shows("The matte is up to date"));
}

#[test]
fn a_box_is_drawn_round_the_subject() {
    let mut stage = found();
    stage.seek(20);
    stage.click("Box tool");
    let drag = |stage: &mut Stage, from: egui::Pos2, to: egui::Pos2| {
        stage.harness.hover_at(from);
        stage.harness.step();
        button(stage, from, true, Modifiers::NONE);
        for step in 1..=8 {
            stage.harness.hover_at(from.lerp(to, step as f32 / 8.0));
            stage.harness.step();
        }
        button(stage, to, false, Modifiers::NONE);
        stage.settle();
    };
    // A slip of the hand is none.
    let (from, to) = (place(&stage, 0.7, 0.8), place(&stage, 0.3, 0.2));
    drag(&mut stage, from, from + egui::vec2(4.0, 3.0));
    assert!(background(&stage).corrections.is_empty());
    drag(&mut stage, from, to);
    let look = background(&stage).corrections[0].look().unwrap();
    for (part, wanted) in look.into_iter().zip([0.3, 0.2, 0.7, 0.8]) {
        assert!((part - wanted).abs() < 0.01, "{look:?}");
    }
    assert!(stage.shows("Corrections changed since the matte was made"));
    stage.act(Action::Undo);
    assert!(background(&stage).corrections.is_empty());
}

#[test]
fn work_is_cancelled_from_the_panel() {
    let mut stage = opened();
    stage.click("Find the subject");
    stage.click("Cancel background work");
    assert!(stage.engine.0.borrow().queue.is_empty());
    assert!(stage.shows("Find the subject"), "nothing was found");
}

#[test]
fn what_lies_behind_is_chosen_and_made_from_words() {
    let mut stage = found();
    assert!(matches!(
        background(&stage).fill,
        BackgroundFill::Blur { .. }
    ));
    stage.click("Behind: color");
    assert!(matches!(background(&stage).fill, BackgroundFill::Color(_)));
    stage.click("Behind: nothing");
    assert_eq!(background(&stage).fill, BackgroundFill::Transparent);
    stage.click("Background words");
    let words = stage.harness.get_by_label("Background words");
    words.type_text("a beach at dusk");
    stage.settle();
    stage.click("Make background");
    let queued = stage.engine.0.borrow().queue[0].1.clone();
    let JobRequest::Backdrop { recipe, .. } = queued else {
        panic!("{queued:?}");
    };
    assert_eq!(recipe.prompt, "a beach at dusk");
    stage.engine.finish();
    stage.settle();
    assert!(matches!(background(&stage).fill, BackgroundFill::Asset(_)));
}

#[test]
fn the_edge_is_finished_and_only_the_viewer_shows_the_matte() {
    let mut stage = found();
    stage.click("Show matte");
    assert_eq!(last_view(&stage), Some(MatteView::Matte));
    stage.click("Show result");
    assert_eq!(last_view(&stage), None);
    stage.click("Show overlay");
    stage.act(Action::ShowInspector);
    assert_eq!(last_view(&stage), None, "only while the panel is open");
    stage.act(Action::ShowBackground);
    let item = stage.document().sequence.tracks[0].items[0].id;
    let finish = timeline::Finish {
        feather: 0.01,
        ..timeline::Finish::default()
    };
    stage.act(Action::Apply {
        edit: Edit::SetFinish { item, finish },
    });
    for name in ["Feather", "Grow", "Spill", "Light wrap", "Match color"] {
        assert!(stage.shows(&format!("{name} slider")), "{name}");
    }
    // Further down than a small window shows; what it asks for:
    assert!(stage.shows("Show the clip's own background"));
    stage.act(Action::Apply {
        edit: Edit::SetBackground {
            item,
            background: None,
        },
    });
    assert!(stage.shows("Find the subject"));
}

#[test]
fn without_a_clip_there_is_nothing_to_swap() {
    let mut stage = clip_on_timeline();
    stage.act(Action::Deselect);
    stage.act(Action::ShowBackground);
    assert!(!stage.shows("Find the subject"));
}

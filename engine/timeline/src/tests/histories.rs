//! Undo, redo, gestures.

use super::{Scene, scene};
use crate::{Edit, History, Selection, edit::Edge, file::draw, limits};
use av::FrameIndex;
use std::sync::Arc;

fn begin(drawing: &str) -> (Scene, History) {
    let scene = scene(drawing);
    let history = History::new(Arc::new(scene.0.clone()), "Open");
    (scene, history)
}

fn trim(scene: &Scene, to: i64) -> Edit {
    Edit::Trim {
        item: scene.item("A"),
        edge: Edge::End,
        to: FrameIndex(to),
        alone: false,
    }
}

fn shown(history: &History) -> String {
    draw(&history.present().sequence)
}

fn selected(scene: &Scene) -> Selection {
    Selection {
        items: vec![scene.item("A")],
        transition: None,
    }
}

#[test]
fn undo_and_redo_go_through_every_state() {
    let (scene, mut history) = begin("V1: A[0..50)");
    let start = Arc::clone(history.present());
    history
        .edit(&trim(&scene, 40), &selected(&scene), 0)
        .unwrap();
    history
        .edit(
            &Edit::Split {
                at: FrameIndex(9),
                items: vec![],
            },
            &Selection::default(),
            9_000,
        )
        .unwrap();
    let labels: Vec<_> = history.steps().map(|step| step.label.clone()).collect();
    assert_eq!(
        (labels.join(", "), history.cursor()),
        ("Open, Trim end, Split".into(), 2)
    );
    assert_eq!(history.undo_label(), Some("Split"));
    assert!(history.undo());
    assert_eq!(
        (shown(&history).as_str(), history.selection()),
        ("V1: A[0..40)", &selected(&scene))
    );
    assert_eq!(history.redo_label(), Some("Split"));
    assert!(history.undo() && !history.undo());
    assert!(Arc::ptr_eq(history.present(), &start) && !history.is_unsaved());
    assert!(history.go_to(2) && !history.go_to(3));
    assert_eq!(shown(&history), "V1: A[0..9) A[9..40)@9");
    // A new edit leaves what was undone behind.
    history.go_to(1);
    history
        .edit(&trim(&scene, 30), &Selection::default(), 99_000)
        .unwrap();
    assert!(!history.can_redo());
    assert_eq!(shown(&history), "V1: A[0..30)");
}

#[test]
fn quick_edits_of_one_kind_are_one_step() {
    let (scene, mut history) = begin("V1: A[0..50)");
    for (to, at_millis) in [(49, 0), (48, 300), (47, 600), (46, 901)] {
        history
            .edit(&trim(&scene, to), &Selection::default(), at_millis)
            .unwrap();
    }
    assert_eq!(history.steps().len(), 3, "three at once, one later");
    history.undo();
    assert_eq!(shown(&history), "V1: A[0..47)");
    // After an undo nothing is merged into the past.
    history
        .edit(&trim(&scene, 20), &Selection::default(), 902)
        .unwrap();
    assert_eq!(history.steps().len(), 3);
    // Splits never merge.
    history
        .edit(
            &Edit::Split {
                at: FrameIndex(9),
                items: vec![],
            },
            &Selection::default(),
            903,
        )
        .unwrap();
    history
        .edit(
            &Edit::Split {
                at: FrameIndex(5),
                items: vec![],
            },
            &Selection::default(),
            904,
        )
        .unwrap();
    assert_eq!(history.steps().len(), 5);
}

#[test]
fn a_drag_is_one_step_from_where_it_began() {
    let (scene, mut history) = begin("V1: A[0..50)");
    history.begin_gesture("Trim clip");
    for to in [40, 60, 30] {
        history.update_gesture(&trim(&scene, to)).unwrap();
    }
    assert_eq!(shown(&history), "V1: A[0..30)");
    assert!(
        history
            .update_gesture(&Edit::Split {
                at: FrameIndex(999),
                items: vec![]
            })
            .is_err()
    );
    assert_eq!(
        shown(&history),
        "V1: A[0..30)",
        "what cannot be done changes nothing"
    );
    assert!(history.commit_gesture());
    assert_eq!(
        (history.steps().len(), history.undo_label()),
        (2, Some("Trim clip"))
    );
    // Back where it began: no step.
    history.begin_gesture("Trim clip");
    history.update_gesture(&trim(&scene, 35)).unwrap();
    history.update_gesture(&trim(&scene, 30)).unwrap();
    assert!(!history.commit_gesture());
    // Given up.
    history.begin_gesture("Trim clip");
    history.update_gesture(&trim(&scene, 35)).unwrap();
    history.cancel_gesture();
    assert_eq!(
        (shown(&history).as_str(), history.steps().len()),
        ("V1: A[0..30)", 2)
    );
    // Undo during a drag gives the drag up.
    history.update_gesture(&trim(&scene, 35)).unwrap();
    assert!(history.is_in_gesture() && history.undo());
    assert_eq!(shown(&history), "V1: A[0..30)");
}

fn import(number: u8) -> Edit {
    Edit::AddAsset {
        fingerprint: av::Fingerprint([number; 16]),
        path: format!("{number}.mp4").into(),
        name: String::new(),
        info: Box::new(super::ascii::still()),
        is_generated: false,
    }
}

#[test]
fn media_is_never_forgotten() {
    let (scene, mut history) = begin("V1: A[0..50)");
    history
        .edit(&trim(&scene, 40), &Selection::default(), 0)
        .unwrap();
    let known = history.present().assets.len();
    let created = history
        .edit(&import(1), &Selection::default(), 9_000)
        .unwrap()
        .created;
    assert_eq!(history.steps().len(), 2, "an import is no step");
    assert!(history.is_unsaved());
    history.undo();
    assert_eq!(history.present().assets.len(), known + 1);
    assert_eq!(crate::check(history.present()), []);
    // Nothing is given the name of something that was undone.
    let split = Edit::Split {
        at: FrameIndex(9),
        items: vec![],
    };
    let item = history
        .edit(&split, &Selection::default(), 10_000)
        .unwrap()
        .created
        .items[0];
    assert!(item.0 > created.assets[0].0);
    history.undo();
    let again = history
        .edit(&split, &Selection::default(), 20_000)
        .unwrap()
        .created
        .items[0];
    assert!(again > item);
    // The same file once more is the same media.
    let known = history.present().assets.len();
    let second = history
        .edit(&import(1), &Selection::default(), 30_000)
        .unwrap()
        .created;
    assert_eq!(
        (second.assets, history.present().assets.len()),
        (created.assets, known)
    );
}

#[test]
fn a_result_goes_into_every_state_that_asked_for_it() {
    let (scene, mut history) = begin("V1: g[0..9)ghost A[9..20)");
    history
        .edit(&trim(&scene, 15), &Selection::default(), 0)
        .unwrap();
    let lift = Edit::Lift {
        items: vec![scene.item("g")],
    };
    history.edit(&lift, &Selection::default(), 9_000).unwrap();
    let item = scene.item("g");
    history
        .amend(|document| {
            let applied = crate::apply_edit(document, &import(1))?;
            let take = crate::edit::TakeInputs {
                asset: applied.created.assets[0],
                source_start: av::Ticks::ZERO,
                recipe: crate::Recipe::default(),
                seam_delta_e: Vec::new(),
                seam_motion_jump: Vec::new(),
            };
            crate::apply(
                &applied.document,
                &Edit::AddTake {
                    item,
                    take: Box::new(take),
                },
            )
        })
        .unwrap();
    assert_eq!(shown(&history), "V1: _9 A[9..15)@0".replace("@0", ""));
    history.undo();
    assert_eq!(shown(&history), "V1: g[0..9)ready A[9..15)");
    history.undo();
    assert_eq!(shown(&history), "V1: g[0..9)ready A[9..20)");
    for step in history.steps() {
        assert_eq!(crate::check(&step.document), []);
    }
    assert!(
        history
            .amend(|_| Err(crate::EditError::NoItem { item }))
            .is_err()
    );
}

#[test]
fn saved_is_where_one_saved() {
    let (scene, mut history) = begin("V1: A[0..50)");
    history
        .edit(&trim(&scene, 40), &Selection::default(), 0)
        .unwrap();
    assert!(history.is_unsaved());
    let document = Arc::clone(history.present());
    history.mark_saved(&document);
    assert!(!history.is_unsaved());
    history.undo();
    assert!(history.is_unsaved());
    history.redo();
    assert!(!history.is_unsaved());
    history.mark_unsaved();
    assert!(history.is_unsaved());
}

#[test]
fn the_oldest_steps_are_forgotten() {
    let (scene, mut history) = begin("V1: A[0..50)");
    for number in 0..limits::HISTORY_STEPS_MAX as i64 + 50 {
        history
            .edit(
                &trim(&scene, 10 + number % 2),
                &Selection::default(),
                number as u64 * 1000,
            )
            .unwrap();
    }
    assert_eq!(history.steps().len(), limits::HISTORY_STEPS_MAX + 1);
    assert_eq!(history.cursor(), limits::HISTORY_STEPS_MAX);
    while history.undo() {}
    assert!(!history.can_undo() && history.can_redo());
}

//! Corrections of a matte: they are part of the document, and nothing but a person takes them away.

use super::{Scene, ascii::scene};
use crate::{
    AppliedCorrection, Background, BackgroundFill, Document, Edit, Finish, ItemId, Mark, MarkSide,
    apply, edit::MatteInputs,
};
use av::Ticks;

fn mark(side: MarkSide, x: f64) -> Mark {
    Mark {
        side,
        points: vec![[x, 0.5]],
        radius: 0.05,
        grows: false,
    }
}

fn add(item: ItemId, at: i64, x: f64) -> Edit {
    Edit::AddMark {
        item,
        at: Ticks(at),
        mark: mark(MarkSide::Remove, x),
    }
}

fn swapped(scene: &Scene) -> (Document, ItemId) {
    let item = scene.item("A");
    let matte = scene.0.assets.iter().next().unwrap().id;
    let background = Background::new(matte, Ticks::ZERO, BackgroundFill::Transparent);
    let edit = Edit::SetBackground {
        item,
        background: Some(Box::new(background)),
    };
    (apply(&scene.0, &edit).unwrap(), item)
}

fn background(document: &Document, item: ItemId) -> &Background {
    let (_, item) = document.sequence.item(item).unwrap();
    item.properties.background.as_ref().unwrap()
}

#[test]
fn marks_are_kept_by_time_and_taken_back_by_picture() {
    let scene = scene("V1: A[0..40)");
    let (mut document, item) = swapped(&scene);
    for edit in [add(item, 50, 0.1), add(item, 10, 0.2), add(item, 50, 0.3)] {
        document = apply(&document, &edit).unwrap();
    }
    let shape = |document: &Document| -> Vec<(i64, usize)> {
        let corrections = background(document, item).corrections.iter();
        corrections.map(|c| (c.at.0, c.marks.len())).collect()
    };
    assert_eq!(shape(&document), [(10, 1), (50, 2)]);
    assert!(!background(&document, item).is_current());
    let remove = |at: Option<i64>| Edit::RemoveMarks {
        item,
        at: at.map(Ticks),
    };
    let less = apply(&document, &remove(Some(10))).unwrap();
    assert_eq!(shape(&less), [(50, 2)]);
    assert!(apply(&less, &remove(Some(10))).is_err(), "nothing is there");
    assert_eq!(shape(&apply(&less, &remove(None)).unwrap()), []);
}

#[test]
fn a_matte_that_arrives_overrides_no_correction_made_meanwhile() {
    let scene = scene("V1: A[0..40)");
    let (document, item) = swapped(&scene);
    let finish = Finish {
        spill: 0.5,
        ..Finish::default()
    };
    let asked = apply(&document, &add(item, 10, 0.2)).unwrap();
    let done = background(&asked, item).corrections[0].clone();
    let later = apply(&asked, &add(item, 90, 0.7)).unwrap();
    let later = apply(&later, &Edit::SetFinish { item, finish }).unwrap();
    let inputs = MatteInputs {
        matte: background(&document, item).matte,
        matte_start: Ticks(3),
        found: None,
        applied: vec![AppliedCorrection {
            correction: done,
            first: Ticks(3),
            last: Ticks(40),
        }],
        fill: BackgroundFill::Blur { radius: 0.1 },
    };
    let edit = Edit::SetMatte {
        item,
        matte: Box::new(inputs),
    };
    let placed = apply(&later, &edit).unwrap();
    let found = background(&placed, item);
    assert_eq!(found.corrections.len(), 2);
    assert_eq!(
        (found.finish, &found.fill),
        (finish, &BackgroundFill::Transparent)
    );
    assert!(!found.is_current(), "the second one is still to be done");
    // On a clip without a swap, the matte brings its fill.
    let placed = apply(&scene.0, &edit).unwrap();
    assert_eq!(
        background(&placed, item).fill,
        BackgroundFill::Blur { radius: 0.1 }
    );
}

#[test]
fn marks_need_a_matte_and_a_place_in_the_picture() {
    let scene = scene("V1: A[0..40)");
    let item = scene.item("A");
    let refused = apply(&scene.0, &add(item, 0, 0.5)).unwrap_err();
    assert!(refused.to_string().contains("whose subject was found"));
    let (document, item) = swapped(&scene);
    assert!(apply(&document, &add(item, 0, f64::NAN)).is_err());
    assert!(apply(&document, &add(item, 0, 7.0)).is_err());
}

#[test]
fn files_from_before_corrections_still_load() {
    let old = r#"{"matte": 3, "matte_start": 7, "fill": "transparent"}"#;
    let loaded: Background = serde_json::from_str(old).unwrap();
    let same = Background::new(crate::AssetId(3), Ticks(7), BackgroundFill::Transparent);
    assert_eq!(loaded, same);
    let text = serde_json::to_value(&loaded).unwrap();
    assert_eq!(text.as_object().unwrap().len(), 3, "nothing new is written");
}

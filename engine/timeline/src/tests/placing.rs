//! Putting things in, moving them, copying them.

use super::{Scene, check_edit, check_refused, scene};
use crate::{
    Edit, Rgba, Title,
    edit::{PastePiece, Placement, Streams, apply_edit},
};
use av::{FrameCount, FrameIndex, FrameRange, Ticks};

fn placement(scene: &Scene, asset: &str, count: i64) -> Placement {
    Placement {
        count: Some(FrameCount(count)),
        ..Placement::whole(scene.asset(asset))
    }
}

fn video(scene: &Scene, asset: &str, count: i64) -> Placement {
    Placement {
        streams: Streams::Video,
        ..placement(scene, asset, count)
    }
}

fn items(scene: &Scene, names: &[&str]) -> Vec<crate::ItemId> {
    names.iter().map(|name| scene.item(name)).collect()
}

fn shift(names: &'static [&'static str], by: i64, to: &'static str) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Move {
        items: items(scene, names),
        by: FrameCount(by),
        to_track: (!to.is_empty()).then(|| scene.track(to)),
    }
}

#[test]
fn an_insert_makes_room_on_every_track() {
    let insert = |at: i64| {
        move |scene: &Scene| Edit::Insert {
            placement: placement(scene, "Z", 10),
            at: FrameIndex(at),
        }
    };
    check_edit("", insert(0), "V1: Z[0..10)&1 | A1: Z[0..10)&1");
    check_edit("", insert(7), "V1: _7 Z[7..17)&1 | A1: _7 Z[7..17)&1");
    check_edit(
        "V1: A[0..20) B[20..30) | V2: _25 t[25..30)",
        insert(20),
        "V1: A[0..20) Z[20..30)&1 B[30..40) | V2: _35 t[35..40) | A1: _20 Z[20..30)&1",
    );
    // In the middle of a clip: the clip and its sound are cut, music and titles stay whole.
    check_edit(
        "V1: A[0..20)&1 | V2: t[0..30) | A1: A[0..20)&1 | A2: M[0..50) N[50..60)",
        insert(5),
        "V1: A[0..5)&1 Z[5..15)&2 A[15..30)@5&3 | V2: t[0..30) | A1: A[0..5)&1 Z[5..15)&2 A[15..30)@5&3 | \
         A2: M[0..50) _10 N[60..70)",
    );
    // Into a gap.
    check_edit(
        "V1: _9 A[9..20)",
        insert(4),
        "V1: _4 Z[4..14)&1 _5 A[19..30) | A1: _4 Z[4..14)&1",
    );
}

#[test]
fn an_insert_cuts_linked_sound_on_other_tracks_too() {
    check_edit(
        "V1: A[0..20)&1 | A2: A[0..20)&1",
        |scene| Edit::Insert {
            placement: video(scene, "Z", 10),
            at: FrameIndex(5),
        },
        "V1: A[0..5)&1 Z[5..15) A[15..30)@5&2 | A2: A[0..5)&1 _10 A[15..30)@5&2",
    );
}

#[test]
fn an_overwrite_replaces() {
    let overwrite = |scene: &Scene| Edit::Overwrite {
        placement: video(scene, "Z", 10),
        at: FrameIndex(5),
    };
    check_edit(
        "V1: A[0..20)",
        overwrite,
        "V1: A[0..5) Z[5..15) A[15..20)@15",
    );
    check_edit(
        "V1: A[0..7) B[7..9) C[9..30)",
        overwrite,
        "V1: A[0..5) Z[5..15) C[15..30)@6",
    );
    check_edit("V1: A[0..5) B[5..15)", overwrite, "V1: A[0..5) Z[5..15)");
}

#[test]
fn an_append_goes_after_the_last() {
    check_edit(
        "V1: A[0..20) | A1: B[0..30)",
        |scene| Edit::Append {
            placement: Placement::whole(scene.asset("Z")),
        },
        "V1: A[0..20) _10 Z[30..130)&1 | A1: B[0..30) Z[30..130)&1",
    );
}

#[test]
fn no_more_media_is_used_than_there_is() {
    check_edit(
        "",
        |scene| Edit::Append {
            placement: Placement {
                source_start: av::FrameRate::FPS_25.ticks_from_frame(FrameIndex(90)),
                ..placement(scene, "Z", 500)
            },
        },
        "V1: Z[0..10)@90&1 | A1: Z[0..10)@90&1",
    );
    check_refused(
        "",
        |scene| Edit::Append {
            placement: Placement {
                source_start: av::FrameRate::FPS_25.ticks_from_frame(FrameIndex(100)),
                ..placement(scene, "Z", 5)
            },
        },
        "\"Z\" has no frames at that time",
    );
    check_refused(
        "",
        |scene| Edit::Append {
            placement: Placement {
                source_start: Ticks(-1),
                ..placement(scene, "Z", 5)
            },
        },
        "the start in the media must be zero or later",
    );
    // A still lasts five seconds, or as long as one likes.
    check_edit(
        "V1: p[0..1)",
        |scene| Edit::Append {
            placement: Placement::whole(scene.asset("p")),
        },
        "V1: p[0..1) p[1..126)",
    );
    check_refused(
        "V1: p[0..1)",
        |scene| Edit::Append {
            placement: Placement {
                streams: Streams::Audio,
                ..placement(scene, "p", 5)
            },
        },
        "\"p\" has no sound",
    );
}

#[test]
fn what_is_new_is_named() {
    let scene = scene("V1: A[0..20)");
    let edit = Edit::Insert {
        placement: placement(&scene, "Z", 10),
        at: FrameIndex(5),
    };
    let applied = apply_edit(&scene.0, &edit).unwrap();
    let labels: Vec<_> = applied
        .created
        .items
        .iter()
        .map(|id| applied.document.sequence.item(*id).unwrap().1.label.clone())
        .collect();
    assert_eq!(
        labels,
        ["A", "Z", "Z"],
        "the right half of A, picture, sound"
    );
    assert_eq!(
        apply_edit(&scene.0, &edit).unwrap(),
        applied,
        "names are the same each time"
    );
}

#[test]
fn words_and_colors_go_over_what_lies_there() {
    let range = FrameRange::between(FrameIndex(5), FrameIndex(9));
    let title = Title {
        text: "t\nmore".into(),
        ..Title::default()
    };
    check_edit(
        "V1: A[0..20)",
        move |scene| Edit::AddTitle {
            track: scene.track("V2"),
            range,
            title: title.clone(),
        },
        "V1: A[0..20) | V2: _5 t[5..9)",
    );
    check_edit(
        "V1: A[0..20)",
        move |scene| Edit::AddSolid {
            track: scene.track("V1"),
            range,
            color: Rgba::BLACK,
        },
        "V1: A[0..5) Color[5..9) A[9..20)@9",
    );
    check_refused(
        "V1: A[0..20)",
        move |scene| Edit::AddSolid {
            track: scene.track("A1"),
            range,
            color: Rgba::BLACK,
        },
        "track A1 cannot hold a color",
    );
}

#[test]
fn a_move_lands_on_what_lies_there() {
    check_edit(
        "V1: A[0..10) B[10..20)",
        shift(&["A"], 15, ""),
        "V1: _10 B[10..15) A[15..25)",
    );
    check_edit(
        "V1: A[0..10) B[10..20)",
        shift(&["B"], -5, ""),
        "V1: A[0..5) B[5..15)",
    );
    check_edit("V1: _4 A[4..10)", shift(&["A"], -99, ""), "V1: A[0..6)");
    check_edit(
        "V1: A[0..10) B[10..20)",
        shift(&["A"], 0, "V2"),
        "V1: _10 B[10..20) | V2: A[0..10)",
    );
    check_edit(
        "V1: A[0..10)&1 | A1: A[0..10)&1 | A2: M[0..30)",
        shift(&["A"], 5, "V2"),
        "V2: _5 A[5..15)&1 | A1: _5 A[5..15)&1 | A2: M[0..30)",
    );
    check_edit(
        "V1: A[0..10)&1 B[10..20)&2 | A1: A[0..10)&1 B[10..20)&2",
        shift(&["A", "B"], 5, ""),
        "V1: _5 A[5..15)&1 B[15..25)&2 | A1: _5 A[5..15)&1 B[15..25)&2",
    );
    check_refused(
        "V1: A[0..10) | V2: B[0..10)",
        shift(&["A", "B"], 0, "V2"),
        "there is no unlocked video track to put it on",
    );
    check_refused(
        "V1: t[0..10) | A1: B[0..10)",
        shift(&["t"], 0, "A1"),
        "track A1 cannot hold words",
    );
}

#[test]
fn transitions_go_along_with_what_they_join() {
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10 C[80..90)",
        shift(&["A", "B"], 0, "V2"),
        "V1: _80 C[80..90) | V2: A[0..50) ~5+5 B[50..80)@10",
    );
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        shift(&["B"], 1, ""),
        "V1: A[0..50) _1 B[51..81)@10",
    );
}

#[test]
fn copies_are_linked_among_themselves() {
    check_edit(
        "V1: A[0..10)&1 | A1: A[0..10)&1",
        |scene| Edit::Duplicate {
            items: items(scene, &["A"]),
            by: FrameCount(10),
            to_track: None,
        },
        "V1: A[0..10)&1 A[10..20)&2 | A1: A[0..10)&1 A[10..20)&2",
    );
    check_edit(
        "V1: _5 A[5..10)&1 | A1: _5 A[5..10)&1",
        |scene| {
            let piece = |name: &str| {
                let (track, item) = scene.0.sequence.item(scene.item(name)).unwrap();
                PastePiece {
                    track: track.id,
                    item: Box::new((**item).clone()),
                }
            };
            Edit::Paste {
                pieces: vec![piece("A/V1"), piece("A/A1")],
                at: FrameIndex(20),
            }
        },
        "V1: _5 A[5..10)&1 _10 A[20..25)&2 | A1: _5 A[5..10)&1 _10 A[20..25)&2",
    );
}

#[test]
fn a_batch_happens_whole_or_not_at_all() {
    check_edit(
        "V1: A[0..10) B[10..20)",
        |scene| Edit::Batch {
            label: "Two".into(),
            edits: vec![
                Edit::Lift {
                    items: items(scene, &["A"]),
                },
                Edit::CloseGap {
                    track: scene.track("V1"),
                    at: FrameIndex(3),
                },
            ],
        },
        "V1: B[0..10)",
    );
    check_refused(
        "V1: A[0..10) B[10..20)",
        |scene| Edit::Batch {
            label: "Two".into(),
            edits: vec![
                Edit::Lift {
                    items: items(scene, &["A"]),
                },
                Edit::Lift {
                    items: items(scene, &["A"]),
                },
            ],
        },
        "\"Lift\" (edit 2 of the batch) cannot be done",
    );
}

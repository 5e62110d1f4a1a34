//! Dragging edges, cuts, contents.

use super::{Scene, check_edit, check_refused};
use crate::{Edit, edit::Edge};
use av::{FrameCount, FrameIndex};

fn trim(item: &'static str, edge: Edge, to: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Trim {
        item: scene.item(item),
        edge,
        to: FrameIndex(to),
        alone: false,
    }
}

fn ripple(item: &'static str, edge: Edge, to: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::RippleTrim {
        item: scene.item(item),
        edge,
        to: FrameIndex(to),
        alone: false,
    }
}

fn roll(left: &'static str, to: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Roll {
        left: scene.item(left),
        to: FrameIndex(to),
        alone: false,
    }
}

fn slip(item: &'static str, by: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Slip {
        item: scene.item(item),
        by: FrameCount(by),
        alone: false,
    }
}

fn slide(item: &'static str, by: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Slide {
        item: scene.item(item),
        by: FrameCount(by),
        alone: false,
    }
}

#[test]
fn a_trim_moves_one_edge() {
    check_edit("V1: A[0..50)", trim("A", Edge::End, 40), "V1: A[0..40)");
    check_edit(
        "V1: A[0..50)",
        trim("A", Edge::Start, 10),
        "V1: _10 A[10..50)@10",
    );
    check_edit(
        "V1: _20 A[20..50)@20",
        trim("A", Edge::Start, 5),
        "V1: _5 A[5..50)@5",
    );
}

#[test]
fn a_trim_stops_where_it_must() {
    // At the ends of the media.
    check_edit(
        "V1: A[0..50)@20",
        trim("A", Edge::End, 999),
        "V1: A[0..80)@20",
    );
    check_edit(
        "V1: _30 A[30..50)@20",
        trim("A", Edge::Start, 0),
        "V1: _10 A[10..50)",
    );
    // At its own other edge.
    check_edit("V1: A[0..50)", trim("A", Edge::End, -9), "V1: A[0..1)");
    check_edit(
        "V1: A[0..50)",
        trim("A", Edge::Start, 90),
        "V1: _49 A[49..50)@49",
    );
    // At neighbors.
    check_edit(
        "V1: A[0..50) _5 B[55..60)",
        trim("A", Edge::End, 58),
        "V1: A[0..55) B[55..60)",
    );
    check_edit(
        "V1: A[0..50) _5 B[55..60)@9",
        trim("B", Edge::Start, 3),
        "V1: A[0..50) B[50..60)@4",
    );
    // Stills and titles have no ends; the sequence begins at zero.
    check_edit("V1: p[0..50)", trim("p", Edge::End, 5000), "V1: p[0..5000)");
    check_edit("V1: _3 t[3..5)", trim("t", Edge::Start, -7), "V1: t[0..5)");
}

#[test]
fn linked_parts_that_share_the_edge_are_trimmed() {
    check_edit(
        "V1: A[0..50)&1 | A1: A[0..50)&1",
        trim("A", Edge::End, 40),
        "V1: A[0..40)&1 | A1: A[0..40)&1",
    );
    // A sound that ends elsewhere on purpose stays.
    check_edit(
        "V1: A[0..50)&1 | A1: A[0..60)&1",
        trim("A", Edge::End, 40),
        "V1: A[0..40)&1 | A1: A[0..60)&1",
    );
    // The most limited one limits all.
    check_edit(
        "V1: A[0..50)&1 | A1: A[0..50)&1 B[50..60)",
        trim("A", Edge::End, 70),
        "V1: A[0..50)&1 | A1: A[0..50)&1 B[50..60)",
    );
    check_edit(
        "V1: A[0..50)&1 | A1: A[0..50)&1",
        |scene| Edit::Trim {
            item: scene.item("A"),
            edge: Edge::End,
            to: FrameIndex(9),
            alone: true,
        },
        "V1: A[0..9)&1 | A1: A[0..50)&1",
    );
}

#[test]
fn media_plays_on_when_backwards_or_fast_clips_are_trimmed() {
    // Backwards, the end of the item is the start of the media.
    check_edit(
        "V1: A[0..40)@10r",
        trim("A", Edge::End, 30),
        "V1: A[0..30)@20r",
    );
    check_edit(
        "V1: A[0..40)@10r",
        trim("A", Edge::Start, 5),
        "V1: _5 A[5..40)@10r",
    );
    check_edit(
        "V1: A[0..40)@10r",
        trim("A", Edge::End, 60),
        "V1: A[0..50)r",
    );
    check_edit(
        "V1: A[0..40)x2",
        trim("A", Edge::Start, 5),
        "V1: _5 A[5..40)@10x2",
    );
    check_edit("V1: A[0..40)x2", trim("A", Edge::End, 70), "V1: A[0..50)x2");
}

#[test]
fn a_ripple_trim_takes_everything_after_along() {
    check_edit(
        "V1: A[0..50) B[50..60) _5 C[65..70)",
        ripple("A", Edge::End, 40),
        "V1: A[0..40) B[40..50) _5 C[55..60)",
    );
    check_edit(
        "V1: A[0..50) B[50..60) | A1: _55 C[55..60)",
        ripple("A", Edge::End, 56),
        "V1: A[0..56) B[56..66) | A1: _61 C[61..66)",
    );
    check_edit(
        "V1: A[0..50)@20 B[50..60)",
        ripple("A", Edge::Start, 10),
        "V1: A[0..40)@30 B[40..50)",
    );
    check_edit(
        "V1: A[0..50)@20 B[50..60)",
        ripple("A", Edge::Start, -90),
        "V1: A[0..70) B[70..80)",
    );
}

#[test]
fn a_ripple_keeps_pictures_and_their_sound_together() {
    // The sound of B begins early; it moves whole.
    check_edit(
        "V1: A[0..50) B[50..60)@20&1 | A1: _40 B[40..60)@10&1",
        ripple("A", Edge::End, 55),
        "V1: A[0..55) B[55..65)@20&1 | A1: _45 B[45..65)@10&1",
    );
    check_edit(
        "V1: A[0..50) B[50..60)@20&1 | A1: _40 B[40..60)@10&1",
        ripple("A", Edge::End, 45),
        "V1: A[0..45) B[45..55)@20&1 | A1: _35 B[35..55)@10&1",
    );
    // It has no room: nothing happens at all.
    check_refused(
        "V1: A[0..50) B[50..60)@20&1 | A1: C[0..40) B[40..60)@10&1",
        ripple("A", Edge::End, 45),
        "track A1 has no room to close up by 5 frames",
    );
    // Music underneath belongs to nothing and stays.
    check_edit(
        "V1: A[0..50) B[50..60) | A1: M[0..60) N[60..70)",
        ripple("A", Edge::End, 45),
        "V1: A[0..45) B[45..55) | A1: M[0..60) N[60..70)",
    );
}

#[test]
fn a_roll_moves_the_cut() {
    check_edit(
        "V1: A[0..50) B[50..80)@10",
        roll("A", 55),
        "V1: A[0..55) B[55..80)@15",
    );
    check_edit(
        "V1: A[0..50) B[50..80)@10",
        roll("A", 0),
        "V1: A[0..40) B[40..80)",
    );
    check_edit(
        "V1: A[0..50)@45 B[50..80)@10",
        roll("A", 70),
        "V1: A[0..55)@45 B[55..80)@15",
    );
    check_edit(
        "V1: A[0..50)&1 B[50..80)@10&2 | A1: A[0..50)&1 B[50..80)@10&2",
        roll("A", 45),
        "V1: A[0..45)&1 B[45..80)@5&2 | A1: A[0..45)&1 B[45..80)@5&2",
    );
    check_refused(
        "V1: A[0..50) _1 B[51..80)",
        roll("A", 45),
        "no other item follows item 17 without a gap",
    );
}

#[test]
fn a_slip_changes_what_shows() {
    check_edit("V1: A[0..50)@10", slip("A", 5), "V1: A[0..50)@15");
    check_edit("V1: A[0..50)@10", slip("A", -50), "V1: A[0..50)");
    check_edit("V1: A[0..50)@10", slip("A", 500), "V1: A[0..50)@50");
    check_edit("V1: A[0..50)@10r", slip("A", 500), "V1: A[0..50)@50r");
    check_edit(
        "V1: A[0..50)@10&1 | A1: A[0..50)@10&1",
        slip("A", 5),
        "V1: A[0..50)@15&1 | A1: A[0..50)@15&1",
    );
    check_refused("V1: t[0..50)", slip("t", 5), "item 17 is not a clip");
}

#[test]
fn a_slide_moves_between_neighbors() {
    check_edit(
        "V1: A[0..50) B[50..60) C[60..90)@20",
        slide("B", 7),
        "V1: A[0..57) B[57..67) C[67..90)@27",
    );
    check_edit(
        "V1: A[0..50) B[50..60) C[60..90)@20",
        slide("B", -30),
        "V1: A[0..30) B[30..40) C[40..90)",
    );
    check_edit(
        "V1: _9 B[9..20) _3 C[23..30)",
        slide("B", 30),
        "V1: _12 B[12..23) C[23..30)",
    );
    check_edit(
        "V1: _9 B[9..20) _3 C[23..30)",
        slide("B", -30),
        "V1: B[0..11) _12 C[23..30)",
    );
}

#[test]
fn transitions_give_way() {
    // A trim of the item that comes: the cut opens, the transition goes.
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        trim("B", Edge::Start, 52),
        "V1: A[0..50) _2 B[52..80)@12",
    );
    // Rolling eats into what can be borrowed.
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        roll("A", 42),
        "V1: A[0..42) ~2+5 B[42..80)@2",
    );
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        roll("A", 40),
        "V1: A[0..40) ~0+5 B[40..80)",
    );
    // So does a slip.
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        slip("A", 47),
        "V1: A[0..50)@47 ~5+3 B[50..80)@10",
    );
    // Two of them share an item that gets short.
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10 ~5+5 C[80..90)@10",
        ripple("B", Edge::End, 57),
        "V1: A[0..50) ~5+5 B[50..57)@10 ~2+5 C[57..67)@10",
    );
}

#[test]
fn a_locked_track_refuses() {
    let mut scene = super::scene("V1: A[0..50)");
    let lock = Edit::LockTrack {
        track: scene.track("V1"),
        is_locked: true,
    };
    scene.0 = crate::apply(&scene.0, &lock).unwrap();
    let err = crate::apply(&scene.0, &trim("A", Edge::End, 9)(&scene)).unwrap_err();
    assert_eq!(err.to_string(), "track V1 is locked");
}

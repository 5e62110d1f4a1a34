//! Cutting apart, taking out, closing up.

use super::{Scene, check_edit, check_refused};
use crate::Edit;
use av::{FrameIndex, FrameRange};

fn split(at: i64, items: &'static [&'static str]) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Split {
        at: FrameIndex(at),
        items: items.iter().map(|item| scene.item(item)).collect(),
    }
}

fn ripple_delete(items: &'static [&'static str]) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::RippleDelete {
        items: items.iter().map(|item| scene.item(item)).collect(),
    }
}

fn range(start: i64, end: i64) -> FrameRange {
    FrameRange::between(FrameIndex(start), FrameIndex(end))
}

#[test]
fn a_split_makes_two_that_play_as_one() {
    check_edit(
        "V1: A[0..50)@10",
        split(20, &["A"]),
        "V1: A[0..20)@10 A[20..50)@30",
    );
    check_edit(
        "V1: A[0..50)x2r",
        split(20, &["A"]),
        "V1: A[0..20)@60x2r A[20..50)x2r",
    );
    check_edit(
        "V1: A[0..50)&1 | A1: A[0..50)&1",
        split(20, &["A"]),
        "V1: A[0..20)&1 A[20..50)@20&2 | A1: A[0..20)&1 A[20..50)@20&2",
    );
    check_edit(
        "V1: A[0..50) | V2: t[0..30) | A1: B[0..20)",
        split(20, &[]),
        "V1: A[0..20) A[20..50)@20 | V2: t[0..20) t[20..30) | A1: B[0..20)",
    );
    // The sound starts later; its right part belongs to the right half.
    check_edit(
        "V1: A[0..50)&1 | A1: _30 A[30..50)@30&1",
        split(20, &["A"]),
        "V1: A[0..20) A[20..50)@20&1 | A1: _30 A[30..50)@30&1",
    );
    check_refused(
        "V1: A[0..50)",
        split(0, &["A"]),
        "nothing is to be done at frame 0",
    );
    check_refused(
        "V1: A[0..50)",
        split(60, &[]),
        "nothing is to be done at frame 60",
    );
}

#[test]
fn a_transition_stays_at_its_cut_when_its_item_is_split() {
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        split(20, &["A"]),
        "V1: A[0..20) A[20..50)@20 ~5+5 B[50..80)@10",
    );
    check_edit(
        "V1: A[0..50) ~5+5 B[50..80)@10",
        split(47, &["A"]),
        "V1: A[0..47) A[47..50)@47 ~3+5 B[50..80)@10",
    );
}

#[test]
fn a_lift_leaves_a_gap() {
    let lift = |scene: &Scene| Edit::Lift {
        items: vec![scene.item("B")],
    };
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30)",
        lift,
        "V1: A[0..10) _10 C[20..30)",
    );
    check_edit(
        "V1: B[0..10)&1 C[10..20) | A1: B[0..10)&1",
        lift,
        "V1: _10 C[10..20)",
    );
    let lift_range = |scene: &Scene| Edit::LiftRange {
        range: range(5, 15),
        tracks: vec![scene.track("V1")],
    };
    check_edit(
        "V1: A[0..20) | A1: A[0..20)",
        lift_range,
        "V1: A[0..5) _10 A[15..20)@15 | A1: A[0..20)",
    );
}

#[test]
fn a_ripple_delete_closes_up() {
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30)",
        ripple_delete(&["B"]),
        "V1: A[0..10) C[10..20)",
    );
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30) D[30..40)",
        ripple_delete(&["A", "C"]),
        "V1: B[0..10) D[10..20)",
    );
    check_edit(
        "V1: A[0..10) B[10..20)&1 C[20..30)&2 | A1: _10 B[10..20)&1 C[20..30)&2",
        ripple_delete(&["B"]),
        "V1: A[0..10) C[10..20)&1 | A1: _10 C[10..20)&1",
    );
    // The gaps before and after are others' business.
    check_edit(
        "V1: A[0..10) _5 B[15..20) _5 C[25..30)",
        ripple_delete(&["B"]),
        "V1: A[0..10) _10 C[20..25)",
    );
}

#[test]
fn closing_up_moves_other_tracks_where_they_have_room() {
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30) | V2: _2 t[2..8) _17 t2[25..28)",
        ripple_delete(&["B"]),
        "V1: A[0..10) C[10..20) | V2: _2 t[2..8) _7 t2[15..18)",
    );
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30) | V2: t[0..25) t2[25..28)",
        ripple_delete(&["B"]),
        "V1: A[0..10) C[10..20) | V2: t[0..25) t2[25..28)",
    );
    // A pair on other tracks stays together even if one half had room.
    check_edit(
        "V1: A[0..10) B[10..20) C[20..30) | V2: _25 D[25..30)&1 | A1: M[0..25) D[25..30)&1",
        ripple_delete(&["B"]),
        "V1: A[0..10) C[10..20) | V2: _25 D[25..30)&1 | A1: M[0..25) D[25..30)&1",
    );
}

#[test]
fn sound_that_overhangs_limits_how_far_everything_closes_up() {
    check_edit(
        "V1: A[0..100) B[100..150)&1 C[150..200)&2 | A1: A[0..90) B[90..160)&1 C[160..200)@10&2",
        ripple_delete(&["B"]),
        "V1: A[0..100) C[100..150)&1 | A1: A[0..90) _20 C[110..150)@10&1",
    );
}

#[test]
fn a_gap_is_closed() {
    let close = |scene: &Scene| Edit::CloseGap {
        track: scene.track("V1"),
        at: FrameIndex(12),
    };
    check_edit(
        "V1: A[0..10) _5 B[15..20) | A1: _15 B[15..20)",
        close,
        "V1: A[0..10) B[10..15) | A1: _10 B[10..15)",
    );
    check_refused("V1: A[0..20)", close, "nothing is to be done at frame 12");
    check_refused(
        "V1: A[0..10) _5 B[15..20)&1 | A1: C[0..15) B[15..20)&1",
        close,
        "track A1 has no room to close up by 5 frames",
    );
}

#[test]
fn an_extracted_range_is_gone_everywhere() {
    let extract = |_: &Scene| Edit::Extract {
        range: range(5, 15),
        tracks: Vec::new(),
    };
    check_edit(
        "V1: A[0..20)&1 B[20..30) | A1: A[0..20)&1 | A2: _7 M[7..40)",
        extract,
        "V1: A[0..5)&1 A[5..10)@15&2 B[10..20) | A1: A[0..5)&1 A[5..10)@15&2 | A2: _5 M[5..30)@8",
    );
    let one = |scene: &Scene| Edit::Extract {
        range: range(5, 15),
        tracks: vec![scene.track("V1")],
    };
    check_edit(
        "V1: A[0..20) | V2: t[0..50)",
        one,
        "V1: A[0..5) A[5..10)@15 | V2: t[0..50)",
    );
}

//! Edges dragged past the end of their media.

use super::{Scene, check_edit, scene};
use crate::{
    Content, Document, Edit, Generated, GeneratedState, Item, ItemId, Purpose, Recipe, TrackKind,
    apply, content_hash,
    edit::{Edge, TakeInputs, apply_edit},
    plan_frame, stale_items,
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, Ticks};
use proptest::prelude::*;

fn drag(item: &'static str, edge: Edge, to: i64) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::Overshoot {
        item: scene.item(item),
        edge,
        to: FrameIndex(to),
        alone: false,
    }
}

fn applied(scene: &Scene, edit: &Edit) -> Scene {
    Scene(apply(&scene.0, edit).unwrap())
}

fn wish(document: &Document) -> Option<(&Item, &Generated)> {
    let tracks = document.sequence.tracks.iter();
    let mut items = tracks.flat_map(|track| &track.items);
    items.find_map(|item| match &item.content {
        Content::Generated(generated) if generated.takes.is_empty() => {
            Some((item.as_ref(), generated.as_ref()))
        }
        _ => None,
    })
}

#[test]
fn within_its_media_it_is_a_trim() {
    check_edit("V1: A[0..50)", drag("A", Edge::End, 90), "V1: A[0..90)");
    check_edit(
        "V1: _9 A[9..50)@5",
        drag("A", Edge::Start, 4),
        "V1: _4 A[4..50)",
    );
    check_edit("V1: p[0..50)", drag("p", Edge::End, 500), "V1: p[0..500)");
    check_edit("A1: A[0..50)", drag("A", Edge::End, 500), "A1: A[0..100)");
}

#[test]
fn past_its_media_the_rest_is_wished_for() {
    check_edit(
        "V1: A[0..50)@20",
        drag("A", Edge::End, 120),
        "V1: A[0..80)@20 Extend forwards[80..120)ghost",
    );
    check_edit(
        "V1: _60 A[60..80)@20",
        drag("A", Edge::Start, 10),
        "V1: _10 Extend backwards[10..40)ghost A[40..80)",
    );
    // Backwards in the media it is the other end that has none left.
    check_edit(
        "V1: _40 A[40..60)@75r",
        drag("A", Edge::Start, 20),
        "V1: _20 Extend backwards[20..35)ghost A[35..60)@75r",
    );
}

#[test]
fn what_lies_before_and_behind_stays_where_it_is() {
    check_edit(
        "V1: B[0..30) _30 A[60..80)@20",
        drag("A", Edge::Start, 10),
        "V1: B[0..30) Extend backwards[30..40)ghost A[40..80)",
    );
    check_edit(
        "V1: A[0..50)@40 _20 B[70..90)",
        drag("A", Edge::End, 400),
        "V1: A[0..60)@40 Extend forwards[60..70)ghost B[70..90)",
    );
    // A neighbor nearer than the end of the media leaves no room for wishes.
    check_edit(
        "V1: A[0..50)@20 _5 B[55..60)",
        drag("A", Edge::End, 400),
        "V1: A[0..55)@20 B[55..60)",
    );
}

#[test]
fn before_the_first_frame_the_rest_gives_way() {
    check_edit(
        "V1: A[0..50) B[50..60) | V2: _20 t[20..30)",
        drag("A", Edge::Start, -40),
        "V1: Extend backwards[0..40)ghost A[40..90) B[90..100) | V2: _60 t[60..70)",
    );
    // Its own media comes first, with its sound as far as there is some.
    check_edit(
        "V1: A[0..50)@20&1 B[50..60) | A1: A[0..50)@20&1",
        drag("A/V1", Edge::Start, -30),
        "V1: Extend backwards[0..10)ghost A[10..80)&1 B[80..90) | A1: _10 A[10..80)&1",
    );
    check_edit(
        "V1: A[0..50)@20 B[50..60)",
        drag("A", Edge::Start, -15),
        "V1: A[0..65)@5 B[65..75)",
    );
    // The gap before it is used up; what began before it stays where it is.
    check_edit(
        "V1: _3 A[3..50) | V2: t[0..9) p[9..12)",
        drag("A", Edge::Start, -40),
        "V1: Extend backwards[0..43)ghost A[43..90) | V2: t[0..9) _40 p[49..52)",
    );
    // Only the first item has nothing before it.
    check_edit(
        "V1: B[0..30) A[30..50)@20",
        drag("A", Edge::Start, -40),
        "V1: B[0..30) A[30..50)@20",
    );
}

#[test]
fn a_wish_at_the_start_is_pulled_longer_by_its_own_edge() {
    let start = scene("V1: A[0..50) B[50..60)");
    let wished = applied(&start, &drag("A", Edge::Start, -40)(&start));
    let ghost = wish(&wished.0).unwrap().0.id;
    let longer = Edit::Overshoot {
        item: ghost,
        edge: Edge::Start,
        to: FrameIndex(-5),
        alone: false,
    };
    assert_eq!(
        applied(&wished, &longer).draw(),
        "V1: Extend backwards[0..45)ghost A[45..95) B[95..105)"
    );
}

#[test]
fn sound_goes_along_as_far_as_there_is_some() {
    check_edit(
        "V1: A[0..50)@40&1 | A1: A[0..50)@40&1",
        drag("A/V1", Edge::End, 90),
        "V1: A[0..60)@40&1 Extend forwards[60..90)ghost | A1: A[0..60)@40&1",
    );
    check_edit(
        "V1: A[0..50)@40&1 | A1: A[0..50)@40&1 B[50..60)",
        drag("A/V1", Edge::End, 90),
        "V1: A[0..60)@40&1 Extend forwards[60..90)ghost | A1: A[0..50)@40&1 B[50..60)",
    );
}

#[test]
fn a_wish_knows_what_it_goes_on_from_and_holds_its_frame() {
    let before = scene("V1: A[0..50)@20");
    let after = applied(&before, &drag("A", Edge::End, 120)(&before));
    let (item, generated) = wish(&after.0).unwrap();
    assert_eq!(generated.purpose, Purpose::ExtendForward);
    assert_eq!(generated.state, GeneratedState::Ghost);
    assert_eq!((generated.recipe.num_frames, item.count.0), (40, 40));
    assert_eq!(generated.anchors.len(), 1);
    assert_eq!(generated.anchors[0].item, after.item("A"));
    assert_eq!(generated.anchors[0].frames.start, FrameIndex(79));
    assert_ne!(generated.anchors[0].content_hash, 0);
    let shown = |frame| plan_frame(&after.0, FrameIndex(frame)).moments();
    assert_eq!(shown(100), shown(79), "a held frame");
}

/// A wish that was longer or shorter once shows its take from the first frame on.
#[test]
fn a_wish_is_lengthened_and_shortened_by_its_own_edge() {
    let start = scene("V1: _60 A[60..80)@20");
    let wished = applied(&start, &drag("A", Edge::Start, 20)(&start));
    let ghost = wish(&wished.0).unwrap().0.id;
    for to in [5, 30] {
        let pulled = applied(
            &wished,
            &Edit::Overshoot {
                item: ghost,
                edge: Edge::Start,
                to: FrameIndex(to),
                alone: false,
            },
        );
        let (item, generated) = wish(&pulled.0).unwrap();
        assert_eq!((item.start.0, item.count.0), (to, 40 - to));
        assert_eq!(generated.placed_count, item.count);
        let made = applied(&pulled, &take_of(&pulled, ghost));
        let (_, item) = made.0.sequence.item(ghost).unwrap();
        assert_eq!(
            plan_frame(&made.0, item.start).moments()[0].time,
            Ticks::ZERO
        );
        assert_eq!(stale_items(&made.0), []);
    }
}

fn take_of(scene: &Scene, item: ItemId) -> Edit {
    Edit::AddTake {
        item,
        take: Box::new(TakeInputs {
            asset: scene.asset("Z"),
            source_start: Ticks::ZERO,
            recipe: Recipe::default(),
            seam_delta_e: Vec::new(),
            seam_motion_jump: Vec::new(),
        }),
    }
}

#[test]
fn lengthening_what_is_made_wishes_for_the_new_part_alone() {
    let start = scene("V1: A[0..50)@50");
    let wished = applied(&start, &drag("A", Edge::End, 150)(&start));
    let ghost = wish(&wished.0).unwrap().0.id;
    let made = applied(&wished, &take_of(&wished, ghost));
    // Its file holds a hundred frames.
    let longer = applied(
        &made,
        &Edit::Overshoot {
            item: ghost,
            edge: Edge::End,
            to: FrameIndex(170),
            alone: false,
        },
    );
    assert_eq!(
        longer.draw(),
        "V1: A[0..50)@50 Extend forwards[50..150)ready Extend forwards[150..170)ghost"
    );
    let (_, generated) = wish(&longer.0).unwrap();
    assert_eq!(generated.anchors[0].item, ghost);
    // While the first take is being made, it is as long as what was asked for.
    let queued = applied(
        &wished,
        &Edit::SetGeneratedState {
            item: ghost,
            state: GeneratedState::Queued,
        },
    );
    let longer = applied(
        &queued,
        &Edit::Overshoot {
            item: ghost,
            edge: Edge::End,
            to: FrameIndex(170),
            alone: false,
        },
    );
    assert_eq!(
        longer.draw(),
        "V1: A[0..50)@50 Extend forwards[50..150)queued Extend forwards[150..170)ghost"
    );
}

#[test]
fn another_take_of_what_was_trimmed_shows_from_its_first_frame() {
    let start = scene("V1: A[0..50)@50");
    let wished = applied(&start, &drag("A", Edge::End, 150)(&start));
    let ghost = wish(&wished.0).unwrap().0.id;
    let made = applied(&wished, &take_of(&wished, ghost));
    let trimmed = applied(
        &made,
        &Edit::Trim {
            item: ghost,
            edge: Edge::Start,
            to: FrameIndex(60),
            alone: false,
        },
    );
    let first = |scene: &Scene| plan_frame(&scene.0, FrameIndex(60)).moments()[0].time;
    let tenth = FrameRate::FPS_25.ticks_from_frame(FrameIndex(10));
    assert_eq!(first(&trimmed), tenth);
    let queued = applied(
        &trimmed,
        &Edit::SetGeneratedState {
            item: ghost,
            state: GeneratedState::Queued,
        },
    );
    assert_eq!(first(&queued), tenth, "the old take keeps its place");
    let again = applied(&queued, &take_of(&queued, ghost));
    assert_eq!(first(&again), Ticks::ZERO);
}

/// Everything but the item that is dragged and what is wished for.
fn others(document: &Document, dragged: &[ItemId]) -> Vec<Item> {
    let tracks = document.sequence.tracks.iter();
    let items = tracks.flat_map(|track| &track.items);
    items
        .filter(|item| !dragged.contains(&item.id))
        .map(|item| (**item).clone())
        .collect()
}

proptest! {
    #[test]
    fn wherever_an_edge_goes_the_rest_stays(
        (start, count, first) in (0_i64..80, 1_i64..60, 1_i64..40),
        (before, behind) in (0_i64..40, 0_i64..60),
        to in -40_i64..260,
        is_end: bool,
        is_reversed: bool,
    ) {
        let begin = 30 + before + start;
        let flag = if is_reversed { "r" } else { "" };
        let gap = |frames: i64| if frames > 0 { format!("_{frames} ") } else { String::new() };
        let end = begin + count;
        let drawing = format!(
            "V1: B[0..30) {}A[{begin}..{end})@{first}{flag} {}C[{}..{}) | V2: t[0..9)",
            gap(before + start), gap(behind), end + behind, end + behind + 20,
        );
        let scene = scene(&drawing);
        let item = scene.item("A");
        let edge = if is_end { Edge::End } else { Edge::Start };
        let edit = Edit::Overshoot { item, edge, to: FrameIndex(to), alone: false };
        // Whatever `check` finds wrong is an error.
        let done = apply_edit(&scene.0, &edit).unwrap();
        let made = &done.created.items;
        prop_assert!(made.len() <= 1);
        let mut changed = vec![item];
        changed.extend(made.iter().copied());
        prop_assert_eq!(others(&scene.0, &[item]), others(&done.document, &changed));
        let now = done.document.sequence.item(item).unwrap().1.range();
        let was = scene.0.sequence.item(item).unwrap().1.range();
        for frame in now.frames().filter(|frame| was.contains(*frame)) {
            prop_assert_eq!(
                plan_frame(&done.document, frame).moments(),
                plan_frame(&scene.0, frame).moments()
            );
        }
        let handles = done.document.sequence.item(item).unwrap().1.handles(
            &done.document.assets, TrackKind::Video, FrameRate::FPS_25,
        );
        let (reached, left) = if is_end { (now.end(), handles.after) } else { (now.start, handles.before) };
        let limit = if is_end {
            FrameIndex(to).min(FrameIndex(end + behind))
        } else {
            FrameIndex(to).max(FrameIndex(30))
        };
        let wished = made.first().copied().unwrap_or(ItemId(0));
        if let Some((_, wished)) = done.document.sequence.item(wished) {
            prop_assert_eq!(left, FrameCount::ZERO, "its own media comes first");
            let (near, far) = if is_end {
                (wished.start, wished.range().end())
            } else {
                (wished.range().end(), wished.start)
            };
            prop_assert_eq!(near, reached);
            prop_assert_eq!(far, limit);
        } else {
            let trimmed = apply(&scene.0, &Edit::Trim { item, edge, to: FrameIndex(to), alone: false });
            prop_assert_eq!(trimmed.unwrap().sequence, done.document.sequence);
        }
    }

    #[test]
    fn pulled_before_the_first_frame_everything_keeps_its_place_to_it(
        (gap, count, first) in (0_i64..20, 1_i64..60, 1_i64..40),
        (over, later) in (0_i64..30, 0_i64..30),
        to in -90_i64..0,
    ) {
        let space = |frames: i64| if frames > 0 { format!("_{frames} ") } else { String::new() };
        let end = gap + count;
        let drawing = format!(
            "V1: {}A[{gap}..{end})@{first} C[{end}..{}) | V2: {}t[{over}..{})",
            space(gap), end + 20, space(over), over + 1 + later,
        );
        let scene = scene(&drawing);
        let item = scene.item("A");
        let edit = Edit::Overshoot { item, edge: Edge::Start, to: FrameIndex(to), alone: false };
        let done = apply_edit(&scene.0, &edit).unwrap();
        let by = FrameCount(-to);
        let now = done.document.sequence.item(item).unwrap().1.range();
        let end_then = FrameIndex(end);
        prop_assert_eq!(now.end(), end_then + by);
        for frame in FrameRange::between(FrameIndex(gap), end_then + FrameCount(20)).frames() {
            let of_track = |document: &Document, frame| {
                let track = document.sequence.tracks[0].id;
                content_hash(document, track, FrameRange::new(frame, FrameCount::ONE))
            };
            prop_assert_eq!(of_track(&done.document, frame + by), of_track(&scene.0, frame));
        }
        let title = scene.item("t");
        let title = |document: &Document| document.sequence.item(title).unwrap().1.start;
        let moved = if over >= gap { by } else { FrameCount::ZERO };
        prop_assert_eq!(title(&done.document), title(&scene.0) + moved);
        // What the media has not is wished for, from the first frame on.
        let wished = FrameCount((gap - to - first).max(0));
        prop_assert_eq!(now.start, FrameIndex::ZERO + wished);
        let ghost = wish(&done.document).map(|(item, _)| item.range());
        let wanted = FrameRange::new(FrameIndex::ZERO, wished);
        prop_assert_eq!(ghost, (wished > FrameCount::ZERO).then_some(wanted));
    }
}

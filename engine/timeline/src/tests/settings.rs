//! Speed, freezes, properties, keyframes, transitions, links, tracks, markers.

use super::{Scene, check_edit, check_refused, scene};
use crate::{
    Animated, Document, Edit, Interpolation, Keyframe, Rgba, TrackKind, TransitionKind, apply,
    edit::{Channel, KeyframeValue, Property},
    file::draw,
};
use av::{FrameCount, FrameIndex, FrameRate, Ratio, ScanSize};

fn speed(item: &'static str, ratio: &'static str, flags: &'static str) -> impl Fn(&Scene) -> Edit {
    move |scene| Edit::SetSpeed {
        items: vec![scene.item(item)],
        speed: ratio.parse().unwrap(),
        is_reversed: flags.contains('r'),
        is_ripple: flags.contains('>'),
    }
}

#[test]
fn another_speed_shows_the_same_media() {
    check_edit("V1: A[0..40)@10", speed("A", "2", ""), "V1: A[0..20)@10x2");
    check_edit("V1: A[0..40)@10x2", speed("A", "1", ""), "V1: A[0..80)@10");
    check_edit("V1: A[0..40)@10", speed("A", "1", "r"), "V1: A[0..40)@10r");
    check_edit(
        "V1: A[0..40) B[40..50)",
        speed("A", "2", ">"),
        "V1: A[0..20)x2 B[20..30)",
    );
    check_edit(
        "V1: A[0..40) B[40..50)",
        speed("A", "1/2", ">"),
        "V1: A[0..80)x1/2 B[80..90)",
    );
    // Without a ripple the neighbor cuts it off; backwards it still begins with the last frame.
    check_edit(
        "V1: A[0..40) _10 B[50..60)",
        speed("A", "1/2", ""),
        "V1: A[0..50)x1/2 B[50..60)",
    );
    check_edit(
        "V1: A[0..40) B[40..50)",
        speed("A", "1/2", "r"),
        "V1: A[0..40)@20x1/2r B[40..50)",
    );
    check_edit(
        "V1: A[0..40)&1 B[40..50) | A1: A[0..40)&1",
        speed("A", "2", ">"),
        "V1: A[0..20)x2&1 B[20..30) | A1: A[0..20)x2&1",
    );
    check_edit(
        "V1: A[0..40) B[40..50)",
        speed("A", "4/3", ">"),
        "V1: A[0..30)x4/3 B[30..40)",
    );
    for wrong in ["0", "-1", "101", "1/101"] {
        check_refused(
            "V1: A[0..40)",
            speed("A", wrong, ""),
            "the speed must be between 1/100 and 100 times, a ratio of numbers up to a million",
        );
    }
    check_refused("V1: t[0..40)", speed("t", "2", ""), "item 17 is not a clip");
}

#[test]
fn a_freeze_holds_one_frame_and_makes_room() {
    let freeze = |at: i64| {
        move |scene: &Scene| Edit::FreezeFrame {
            item: scene.item("A"),
            at: FrameIndex(at),
            count: FrameCount(5),
        }
    };
    check_edit(
        "V1: A[0..40)@10&1 B[40..50) | A1: A[0..40)@10&1",
        freeze(20),
        "V1: A[0..20)@10&1 A[20..25)@30x0 A[25..45)@30&2 B[45..55) | A1: A[0..20)@10&1 _5 A[25..45)@30&2",
    );
    check_edit("V1: A[0..40)@10", freeze(0), "V1: A[0..5)@10x0 A[5..45)@10");
    check_edit(
        "V1: A[0..40)r",
        freeze(1),
        "V1: A[0..1)@39r A[1..6)@38x0 A[6..45)r",
    );
    check_refused(
        "V1: A[0..40)",
        freeze(40),
        "nothing is to be done at frame 40",
    );
}

#[test]
fn values_out_of_range_are_refused() {
    let set = |property: Property| {
        move |scene: &Scene| Edit::SetProperty {
            items: vec![scene.item("A")],
            property: property.clone(),
        }
    };
    for (property, reason) in [
        (
            Property::Opacity(Animated::Constant(1.5)),
            "the opacity must be between 0 and 1",
        ),
        (
            Property::Opacity(Animated::Constant(f64::NAN)),
            "the opacity must be between 0 and 1",
        ),
        (
            Property::Opacity(Animated::Keyframes(Vec::new())),
            "the opacity must be between 0 and 1",
        ),
        (
            Property::GainDb(Animated::Constant(99.0)),
            "the loudness must be between -96 and 24 decibels",
        ),
        (Property::Pan(-2.0), "the pan must be between -1 and 1"),
        (
            Property::FadeIn(FrameCount(-1)),
            "the fade must be zero frames or more",
        ),
        (
            Property::Crop(crate::Crop {
                left: 0.5,
                right: 0.5,
                ..crate::Crop::default()
            }),
            "the crop must be 0 to 1 on each side, leaving something",
        ),
    ] {
        check_refused("V1: A[0..40)", set(property), reason);
    }
    let missing = crate::Background::new(
        crate::AssetId(999),
        av::Ticks::ZERO,
        crate::BackgroundFill::Transparent,
    );
    check_refused(
        "V1: A[0..40)",
        set(Property::Background(Some(missing))),
        "the project has no asset 999",
    );
}

fn opacity(document: &Document, scene: &Scene) -> Animated<f64> {
    let (_, item) = document.sequence.item(scene.item("A")).unwrap();
    item.properties.opacity.clone()
}

#[test]
fn keyframes_are_set_and_taken_off() {
    let scene = scene("V1: _10 A[10..50)");
    let set = |document: &Document, at: i64, value: f64| {
        let edit = Edit::SetKeyframe {
            item: scene.item("A"),
            at: FrameIndex(at),
            value: KeyframeValue::Opacity(value),
            interpolation: Interpolation::Linear,
        };
        apply(document, &edit).unwrap()
    };
    let unset = |document: &Document, at: i64| {
        let (item, channel, at) = (scene.item("A"), Channel::Opacity, FrameIndex(at));
        apply(document, &Edit::RemoveKeyframe { item, channel, at })
    };
    let two = set(&set(&scene.0, 30, 1.0), 10, 0.0);
    assert_eq!(opacity(&two, &scene).at(FrameCount(5)), 0.25);
    let one = unset(&two, 30).unwrap();
    assert_eq!(opacity(&one, &scene).at(FrameCount(20)), 0.0);
    let none = unset(&one, 10).unwrap();
    assert_eq!(opacity(&none, &scene), Animated::Constant(0.0));
    assert!(unset(&none, 10).is_err());
    // A trim leaves keyframes where they are in the sequence.
    let trim = Edit::Trim {
        item: scene.item("A"),
        edge: crate::edit::Edge::Start,
        to: FrameIndex(15),
        alone: false,
    };
    let trimmed = apply(&two, &trim).unwrap();
    let Animated::Keyframes(keyframes) = opacity(&trimmed, &scene) else {
        panic!("still keyframed");
    };
    let frames: Vec<i64> = keyframes
        .iter()
        .map(|keyframe: &Keyframe<f64>| keyframe.at.0)
        .collect();
    assert_eq!(frames, [-5, 15]);
}

#[test]
fn a_transition_needs_frames_beyond_the_cut() {
    let add = |before: i64, after: i64| {
        move |scene: &Scene| Edit::AddTransition {
            left: scene.item("A"),
            kind: TransitionKind::Dissolve,
            before: FrameCount(before),
            after: FrameCount(after),
        }
    };
    check_edit(
        "V1: A[0..90) B[90..95)@3",
        add(3, 5),
        "V1: A[0..90) ~3+5 B[90..95)@3",
    );
    check_edit(
        "V1: A[0..90) ~1+1 B[90..95)@3",
        add(2, 2),
        "V1: A[0..90) ~2+2 B[90..95)@3",
    );
    let reason = "the transition needs frames beyond the cut: 3 of them before it and 5 after it are available";
    check_refused("V1: A[0..90) B[90..95)@3", add(4, 5), reason);
    check_refused("V1: A[0..90) B[90..95)@3", add(3, 6), reason);
    let none = "the transition needs frames beyond the cut: 0 of them before it and 0 after it are available";
    check_refused("V1: A[0..100) B[100..110)", add(1, 0), none);
    check_refused(
        "V1: A[0..9) _1 B[10..20)",
        add(1, 1),
        "no other item follows item 17 without a gap",
    );
    check_refused(
        "V1: A[0..9) B[9..20)",
        add(0, 0),
        "the transition's length must be at least one frame",
    );
    check_edit(
        "V1: t[0..9) c[9..20)",
        |scene| Edit::AddTransition {
            left: scene.item("t"),
            kind: TransitionKind::Dip(Rgba::BLACK),
            before: FrameCount(9),
            after: FrameCount(11),
        },
        "V1: t[0..9) ~9+11 c[9..20)",
    );
    let of = |scene: &Scene| scene.0.sequence.tracks[0].transitions[0].id;
    check_edit(
        "V1: A[0..50) ~1+1 B[50..95)@3",
        move |scene| Edit::UpdateTransition {
            transition: of(scene),
            kind: TransitionKind::Dissolve,
            before: FrameCount(2),
            after: FrameCount(7),
        },
        "V1: A[0..50) ~2+7 B[50..95)@3",
    );
    check_edit(
        "V1: A[0..50) ~1+1 B[50..95)@3",
        move |scene| Edit::RemoveTransition {
            transition: of(scene),
        },
        "V1: A[0..50) B[50..95)@3",
    );
}

#[test]
fn links_and_switches() {
    let items = |scene: &Scene| vec![scene.item("A"), scene.item("B")];
    check_edit(
        "V1: A[0..9) | A1: B[0..9)",
        move |scene| Edit::Link {
            items: items(scene),
        },
        "V1: A[0..9)&1 | A1: B[0..9)&1",
    );
    check_edit(
        "V1: A[0..9)&1 | A1: B[0..9)&1 | A2: C[0..9)&1",
        |scene| Edit::Unlink {
            items: vec![scene.item("B")],
        },
        "V1: A[0..9) | A1: B[0..9) | A2: C[0..9)",
    );
    check_edit(
        "V1: A[0..9)&1 | A1: B[0..9)&1",
        |scene| Edit::SetEnabled {
            items: vec![scene.item("A")],
            is_enabled: false,
        },
        "V1: A[0..9)!&1 | A1: B[0..9)!&1",
    );
    check_edit(
        "V1: A[0..9)",
        |scene| Edit::SetLabel {
            item: scene.item("A"),
            label: "Ant".into(),
        },
        "V1: Ant[0..9)",
    );
    check_refused(
        "V1: A[0..9)",
        |scene| Edit::Link {
            items: vec![scene.item("A")],
        },
        "no second item is chosen",
    );
}

#[test]
fn tracks_come_and_go() {
    let mut scene = scene("V1: A[0..9)&1 | V2: t[0..9) | A1: A[0..9)&1");
    let mut edit = |edit: Edit| {
        scene.0 = apply(&scene.0, &edit).unwrap();
        draw(&scene.0.sequence)
    };
    edit(Edit::AddTrack {
        kind: TrackKind::Video,
        label: "Top".into(),
    });
    let caption = Edit::AddTrack {
        kind: TrackKind::Caption,
        label: String::new(),
    };
    edit(caption);
    let names = |scene: &Scene| {
        let tracks = scene.0.sequence.tracks.iter();
        tracks
            .map(|track| scene.0.sequence.track_name(track.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&scene), ["V1", "V2", "Top", "A1", "A2", "C1"]);
    let (v1, v2, a1) = (scene.track("V1"), scene.track("V2"), scene.track("A1"));
    let apply_to = |scene: &mut Scene, edit: Edit| scene.0 = apply(&scene.0, &edit).unwrap();
    apply_to(&mut scene, Edit::MoveTrack { track: v1, to: 9 });
    assert_eq!(
        draw(&scene.0.sequence),
        "V1: t[0..9) | V3: A[0..9)&1 | A1: A[0..9)&1"
    );
    apply_to(
        &mut scene,
        Edit::RenameTrack {
            track: v2,
            label: "Words".into(),
        },
    );
    apply_to(
        &mut scene,
        Edit::LockTrack {
            track: v2,
            is_locked: true,
        },
    );
    let err = apply(&scene.0, &Edit::RemoveTrack { track: v2 }).unwrap_err();
    assert_eq!(err.to_string(), "track Words is locked");
    apply_to(&mut scene, Edit::RemoveTrack { track: a1 });
    assert_eq!(
        draw(&scene.0.sequence),
        "Words: t[0..9) | V3: A[0..9)",
        "a lone half is linked to nothing"
    );
}

#[test]
fn marks_and_markers_stay_in_order() {
    let scene = scene("V1: A[0..90)");
    let mut document = scene.0.clone();
    let mut edit = |edit: Edit| document = apply(&document, &edit).unwrap();
    for frame in [30, 10, 20] {
        let (frame, label, color) = (FrameIndex(frame), frame.to_string(), Rgba::WHITE);
        edit(Edit::AddMarker {
            frame,
            label,
            color,
        });
    }
    let first = document.sequence.markers[0].id;
    let mut edit = |edit: Edit| document = apply(&document, &edit).unwrap();
    edit(Edit::MoveMarker {
        marker: first,
        frame: FrameIndex(99),
    });
    edit(Edit::SetMarkIn {
        frame: Some(FrameIndex(50)),
    });
    edit(Edit::SetMarkOut {
        frame: Some(FrameIndex(40)),
    });
    let labels: Vec<_> = document
        .sequence
        .markers
        .iter()
        .map(|marker| marker.label.as_str())
        .collect();
    assert_eq!(labels, ["20", "30", "10"]);
    assert_eq!(
        (document.sequence.mark_in, document.sequence.mark_out),
        (None, Some(FrameIndex(40)))
    );
    assert!(
        apply(
            &document,
            &Edit::SetMarkIn {
                frame: Some(FrameIndex(-1))
            }
        )
        .is_err()
    );
}

#[test]
fn sizes_and_rates_are_checked() {
    let scene = scene("");
    for size in [
        ScanSize::new(1279, 720),
        ScanSize::new(0, 0),
        ScanSize::new(2, 2),
    ] {
        assert!(apply(&scene.0, &Edit::SetSize { size }).is_err(), "{size}");
    }
    for rate in ["1/2", "500", "999"] {
        let rate: FrameRate = rate.parse().unwrap();
        assert!(apply(&scene.0, &Edit::SetRate { rate }).is_err(), "{rate}");
    }
    assert_eq!(Ratio::ONE.num(), 1);
}

#[test]
fn another_rate_keeps_everything_in_its_place_in_time() {
    check_edit(
        "V1: A[0..25)@5 ~5+5 B[25..50)@10 _25 C[75..100)x2&1 | A1: _75 C[75..100)x2&1",
        |_| Edit::SetRate {
            rate: "50".parse().unwrap(),
        },
        "V1: A[0..50)@10 ~10+10 B[50..100)@20 _50 C[150..200)x2&1 | A1: _150 C[150..200)x2&1",
    );
    // Every frame keeps at least one frame.
    check_edit(
        "V1: A[0..1) B[1..2) C[2..3) D[3..4)",
        |_| Edit::SetRate {
            rate: "10".parse().unwrap(),
        },
        "V1: A[0..1) B[1..2) C[2..3) D[3..4)",
    );
}

#[test]
fn keyframes_keep_to_the_media_when_the_speed_changes() {
    let scene = scene("V1: A[0..40)");
    let mut document = scene.0.clone();
    for (at, value) in [(0, 1.0), (30, 1.0), (39, 0.0)] {
        let edit = Edit::SetKeyframe {
            item: scene.item("A"),
            at: FrameIndex(at),
            value: KeyframeValue::Opacity(value),
            interpolation: Interpolation::Linear,
        };
        document = apply(&document, &edit).unwrap();
    }
    let fast = apply(&document, &speed("A", "2", "")(&scene)).unwrap();
    let Animated::Keyframes(keyframes) = opacity(&fast, &scene) else {
        panic!("still keyframed");
    };
    let frames: Vec<i64> = keyframes.iter().map(|keyframe| keyframe.at.0).collect();
    assert_eq!(frames, [0, 15, 20]);
}

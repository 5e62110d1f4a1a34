//! Captions on the timeline: where cues come to lie, and what clips play of them.

use super::scene;
use crate::{
    Content, Document, Edit, LayerPlan, PicturePlan, TrackKind, apply,
    captions::{Cue, as_played, cues, place},
    edit::Edge,
    plan_frame,
};
use av::{FrameIndex, Ratio, Ticks};

fn cue(start_millis: i64, end_millis: i64, text: &str) -> Cue {
    Cue {
        start: Ticks::from_seconds_fraction(start_millis, 1_000),
        end: Ticks::from_seconds_fraction(end_millis, 1_000),
        text: text.into(),
    }
}

/// Captions by track: first frame, frame after the last, words.
fn drawn(document: &Document) -> Vec<String> {
    let tracks = document.sequence.tracks.iter();
    let captions = tracks.filter(|track| track.kind == TrackKind::Caption);
    let drawn = captions.map(|track| {
        let items = track.items.iter().map(|item| match &item.content {
            Content::Title(title) => {
                let range = item.range();
                format!(
                    "{}..{} {}",
                    range.start.0,
                    range.end().0,
                    title.text.replace('\n', "|")
                )
            }
            other => panic!("{other:?}"),
        });
        items.collect::<Vec<_>>().join(", ")
    });
    drawn.collect()
}

fn placed(document: &Document, cues: &[Cue]) -> Document {
    apply(document, &place(document, cues, "Captions").unwrap()).unwrap()
}

#[test]
fn cues_come_on_a_track_of_their_own_and_are_seen() {
    let before = scene("V1: A[0..100)").0;
    let said = [cue(400, 1_200, "one"), cue(1_200, 2_000, "two\nlines")];
    let after = placed(&before, &said);
    assert_eq!(drawn(&after), ["10..30 one, 30..50 two|lines"]);
    let plan = plan_frame(&after, FrameIndex(30));
    let top = plan.layers.last().unwrap();
    let LayerPlan::Shot { shot, .. } = top else {
        panic!("{top:?}");
    };
    assert!(matches!(&shot.picture, PicturePlan::Title(title) if title.text == "two\nlines"));
    assert!(shot.position[1] > 0.3, "in the lower part");
    assert_eq!(plan_frame(&after, FrameIndex(50)).layers.len(), 1);
    // Written out again they are what came in.
    assert_eq!(cues(&after.sequence), said);
    assert_eq!(place(&before, &[cue(0, 500, " \n")], ""), None);
}

#[test]
fn lines_fit_upright_frames_too() {
    let height = |width: u32, height: u32| {
        let size = av::ScanSize::new(width, height);
        let document = apply(&scene("V1: A[0..100)").0, &Edit::SetSize { size }).unwrap();
        let document = placed(&document, &[cue(0, 1_000, "one")]);
        let tracks = &document.sequence.tracks;
        let track = tracks.iter().find(|track| track.kind == TrackKind::Caption);
        match &track.unwrap().items[0].content {
            Content::Title(title) => title.size * f64::from(height),
            other => panic!("{other:?}"),
        }
    };
    assert!((height(1920, 1080) - 59.4).abs() < 0.1);
    assert!((height(2520, 1080) - 59.4).abs() < 0.1);
    // Forty letters of half their height each, or twenty as wide as high, fit nine tenths of the width.
    for (width, high) in [(1080, 1920), (1080, 1080), (1080, 1350)] {
        let letters = height(width, high);
        assert!(letters * 20.0 < f64::from(width) * 0.9, "{letters}");
        assert!(letters > 40.0);
    }
}

#[test]
fn captions_and_titles_follow_the_frames_shape_and_come_back() {
    let wide = placed(&scene("V1: t[0..100)").0, &[cue(0, 1_000, "one")]);
    let sizes = |document: &Document| -> Vec<f64> {
        let items = document
            .sequence
            .tracks
            .iter()
            .flat_map(|track| &track.items);
        let size = items.filter_map(|item| match &item.content {
            Content::Title(title) => Some(title.size),
            _ => None,
        });
        size.collect()
    };
    let resized = |document: &Document, width, height| {
        let size = av::ScanSize::new(width, height);
        apply(document, &Edit::SetSize { size }).unwrap()
    };
    let upright = resized(&wide, 720, 1280);
    let direct = resized(&scene("V1: t[0..100)").0, 720, 1280);
    let direct = placed(&direct, &[cue(0, 1_000, "one")]);
    for (now, then) in sizes(&upright).iter().zip(sizes(&direct)) {
        assert!(
            (now - then).abs() < 1e-5,
            "as if it was put there: {now} {then}"
        );
    }
    let back = resized(&resized(&upright, 1080, 1080), 1920, 1080);
    for (now, then) in sizes(&back).iter().zip(sizes(&wide)) {
        assert!((now - then).abs() < 1e-4, "{now} {then}");
    }
    // Wider than wide changes nothing.
    assert_eq!(sizes(&resized(&wide, 2560, 1080)), sizes(&wide));
}

#[test]
fn cues_never_overlap_on_a_track() {
    let before = scene("V1: A[0..100)").0;
    let crowded = [
        cue(2_000, 2_001, "short"),
        cue(0, 3_000, "long"),
        cue(0, 400, "same start"),
        cue(2_010, 2_500, "nearly"),
    ];
    let after = placed(&before, &crowded);
    assert_eq!(
        drawn(&after),
        ["0..50 long|same start, 50..63 short|nearly"]
    );
    // Where there is room they share the track, else they get another one.
    let after = placed(&after, &[cue(2_520, 3_000, "later")]);
    assert_eq!(drawn(&after).len(), 1);
    let after = placed(&after, &[cue(2_600, 3_600, "beside")]);
    assert_eq!(
        drawn(&after),
        [
            "0..50 long|same start, 50..63 short|nearly, 63..75 later",
            "65..90 beside"
        ]
    );
    let track = after
        .sequence
        .tracks
        .iter()
        .find(|track| track.kind == TrackKind::Caption);
    let mute = Edit::MuteTrack {
        track: track.unwrap().id,
        is_muted: true,
    };
    let muted = apply(&after, &mute).unwrap();
    assert_eq!(cues(&muted.sequence), [cue(2_600, 3_600, "beside")]);
}

#[test]
fn clips_play_their_own_part_of_what_was_said() {
    let said = [
        cue(0, 800, "one"),
        cue(1_000, 2_000, "two"),
        cue(3_600, 4_000, "three"),
    ];
    let scene = scene("V1: _50 A[50..150)");
    let played = |document: &Document| {
        let (_, item) = document.sequence.item(scene.item("A")).unwrap();
        as_played(item, &said, document.sequence.rate)
    };
    assert_eq!(
        played(&scene.0),
        [
            cue(2_000, 2_800, "one"),
            cue(3_000, 4_000, "two"),
            cue(5_600, 6_000, "three")
        ]
    );
    let (item, edge, alone) = (scene.item("A"), Edge::Start, false);
    let trim = Edit::Trim {
        item,
        edge,
        to: FrameIndex(80),
        alone,
    };
    let trimmed = apply(&scene.0, &trim).unwrap();
    // What is cut off is not read, what begins before the cut begins with it.
    assert_eq!(
        played(&trimmed),
        [cue(3_200, 4_000, "two"), cue(5_600, 6_000, "three")]
    );
    let speed = |speed, is_reversed| {
        let edit = Edit::SetSpeed {
            items: vec![item],
            speed,
            is_reversed,
            is_ripple: true,
        };
        apply(&scene.0, &edit).unwrap()
    };
    let fast = speed(Ratio::new(2, 1).unwrap(), false);
    assert_eq!(
        played(&fast),
        [
            cue(2_000, 2_400, "one"),
            cue(2_500, 3_000, "two"),
            cue(3_800, 4_000, "three")
        ]
    );
    let backwards = speed(Ratio::ONE, true);
    assert_eq!(
        played(&backwards),
        [
            cue(2_000, 2_400, "three"),
            cue(4_000, 5_000, "two"),
            cue(5_200, 6_000, "one")
        ]
    );
}

//! Every edit there is, played one after the other: the script that makes one of everything.

use super::{Scene, ascii::scene};
use crate::{
    Animated, AppliedCorrection, Background, BackgroundFill, Correction, Document, Edit, Finish,
    GeneratedState, Interpolation, Keyframe, Mark, MarkSide, Properties, Purpose, Recipe, Rgba,
    Title, TrackKind, TransitionKind, WipeDirection, apply, check,
    edit::{
        Channel, Edge, KeyframeValue, MatteInputs, PastePiece, Placement, Property, TakeInputs,
    },
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, Ratio, ScanSize, Ticks};
use std::collections::BTreeSet;

/// Every variant's tag; an edit that is not listed here does not compile into the test below.
fn tag(edit: &Edit) -> String {
    let value = serde_json::to_value(edit).expect("an edit is text");
    let object = value.as_object().expect("a struct variant");
    object.keys().next().expect("its tag").clone()
}

/// The names of all variants, from the one list that cannot miss any: what a wrong tag is answered with.
fn all_tags() -> BTreeSet<String> {
    let err = serde_json::from_str::<Edit>("{\"no_such_edit\": {}}").expect_err("no such edit");
    let text = err.to_string();
    let (_, list) = text.split_once("expected one of ").expect("a list");
    list.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn first_steps(scene: &Scene) -> Vec<Edit> {
    let info = Box::new(super::ascii::media(300, FrameRate::FPS_24));
    let (y, z) = (scene.asset("Y"), scene.asset("Z"));
    let fingerprint = av::Fingerprint([9; 16]);
    let short = |asset, count| Placement {
        count: Some(FrameCount(count)),
        ..Placement::whole(asset)
    };
    vec![
        Edit::AddAsset {
            fingerprint,
            path: "new.mp4".into(),
            name: String::new(),
            info,
            is_generated: true,
        },
        Edit::RenameAsset {
            asset: y,
            name: "Yak".into(),
        },
        Edit::RelinkAsset {
            asset: y,
            fingerprint: scene.0.assets.find(y).unwrap().fingerprint,
            path: "b/Y.mp4".into(),
        },
        Edit::RenameProject {
            name: "One of everything".into(),
        },
        Edit::SetSize {
            size: ScanSize::new(640, 360),
        },
        Edit::SetSequenceBackground {
            color: Rgba([1, 2, 3, 255]),
        },
        Edit::Append {
            placement: short(y, 60),
        },
        Edit::Append {
            placement: Placement {
                source_start: Ticks::from_seconds_fraction(1, 1),
                ..short(z, 50)
            },
        },
        Edit::Insert {
            placement: short(y, 5),
            at: FrameIndex(30),
        },
        Edit::Overwrite {
            placement: short(z, 5),
            at: FrameIndex(20),
        },
    ]
}

fn tracks_and_marks(document: &Document) -> Vec<Edit> {
    let range = |start: i64, end: i64| FrameRange::between(FrameIndex(start), FrameIndex(end));
    let tracks: Vec<_> = document
        .sequence
        .tracks
        .iter()
        .map(|track| track.id)
        .collect();
    let (v1, v2, a1) = (tracks[0], tracks[1], tracks[2]);
    let title = Title {
        text: "Hello 你好".into(),
        ..Title::default()
    };
    vec![
        Edit::AddTitle {
            track: v2,
            range: range(10, 40),
            title,
        },
        Edit::AddSolid {
            track: v2,
            range: range(50, 60),
            color: Rgba::WHITE,
        },
        Edit::AddTrack {
            kind: TrackKind::Caption,
            label: "Words".into(),
        },
        Edit::AddTrack {
            kind: TrackKind::Audio,
            label: String::new(),
        },
        Edit::RenameTrack {
            track: v1,
            label: "Main".into(),
        },
        Edit::MoveTrack { track: v1, to: 1 },
        Edit::MoveTrack { track: v1, to: 0 },
        Edit::MuteTrack {
            track: v2,
            is_muted: true,
        },
        Edit::MuteTrack {
            track: v2,
            is_muted: false,
        },
        Edit::SoloTrack {
            track: a1,
            is_solo: true,
        },
        Edit::AddMarker {
            frame: FrameIndex(12),
            label: "Beat".into(),
            color: Rgba::WHITE,
        },
        Edit::AddMarker {
            frame: FrameIndex(40),
            label: String::new(),
            color: Rgba::BLACK,
        },
        Edit::SetMarkIn {
            frame: Some(FrameIndex(3)),
        },
        Edit::SetMarkOut {
            frame: Some(FrameIndex(70)),
        },
    ]
}

/// Ids of what lies on a track, in order.
fn ids(document: &Document, track: usize) -> Vec<crate::ItemId> {
    document.sequence.tracks[track]
        .items
        .iter()
        .map(|item| item.id)
        .collect()
}

fn cuts(document: &Document) -> Vec<Edit> {
    let v1 = ids(document, 0);
    let track = document.sequence.tracks[0].id;
    let last = *v1.last().unwrap();
    let to = FrameIndex;
    vec![
        Edit::Split {
            at: to(100),
            items: vec![last],
        },
        Edit::Slip {
            item: last,
            by: FrameCount(3),
            alone: false,
        },
        Edit::Trim {
            item: last,
            edge: Edge::End,
            to: to(95),
            alone: false,
        },
        Edit::RippleTrim {
            item: last,
            edge: Edge::Start,
            to: to(67),
            alone: false,
        },
        Edit::Roll {
            left: v1[0],
            to: to(18),
            alone: true,
        },
        Edit::Slide {
            item: v1[1],
            by: FrameCount(1),
            alone: true,
        },
        Edit::Move {
            items: vec![last],
            by: FrameCount(60),
            to_track: None,
        },
        Edit::CloseGap { track, at: to(70) },
    ]
}

fn more_cuts(document: &Document) -> Vec<Edit> {
    let v1 = ids(document, 0);
    let track = document.sequence.tracks[0].id;
    let last = *v1.last().unwrap();
    let markers: Vec<_> = document
        .sequence
        .markers
        .iter()
        .map(|marker| marker.id)
        .collect();
    let piece = PastePiece {
        track,
        item: Box::new((*document.sequence.tracks[0].items[0]).clone()),
    };
    let to = FrameIndex;
    vec![
        Edit::Duplicate {
            items: vec![last],
            by: FrameCount(100),
            to_track: None,
        },
        Edit::Paste {
            pieces: vec![piece],
            at: to(300),
        },
        Edit::LiftRange {
            range: FrameRange::between(to(305), to(308)),
            tracks: vec![track],
        },
        Edit::Extract {
            range: FrameRange::between(to(298), to(303)),
            tracks: Vec::new(),
        },
        Edit::FreezeFrame {
            item: last,
            at: to(100),
            count: FrameCount(4),
        },
        Edit::Unlink { items: vec![v1[0]] },
        Edit::Link {
            items: vec![v1[0], ids(document, 2)[0]],
        },
        Edit::SetSpeed {
            items: vec![last],
            speed: Ratio::new(1, 2).unwrap(),
            is_reversed: true,
            is_ripple: true,
        },
        Edit::MoveMarker {
            marker: markers[0],
            frame: to(50),
        },
        Edit::SetMarker {
            marker: markers[0],
            label: "Drop".into(),
            color: Rgba::WHITE,
        },
        Edit::RemoveMarker { marker: markers[1] },
    ]
}

fn looks(document: &Document) -> Vec<Edit> {
    let first = ids(document, 0)[0];
    let keyframe = |at: i64, value: f64| Keyframe {
        at: FrameCount(at),
        value,
        interpolation: Interpolation::Smooth,
    };
    let properties = Properties {
        opacity: Animated::Keyframes(vec![
            keyframe(-2, 0.1),
            keyframe(7, 0.123_456_789_012_345_67),
        ]),
        pan: -0.1,
        ..Properties::default()
    };
    let value = KeyframeValue::Scale([2.0, 0.5]);
    let scale = |at: i64| Edit::SetKeyframe {
        item: first,
        at: FrameIndex(at),
        value,
        interpolation: Interpolation::Hold,
    };
    vec![
        Edit::SetProperties {
            items: vec![first],
            properties: Box::new(properties),
        },
        Edit::SetProperty {
            items: vec![first],
            property: Property::FadeIn(FrameCount(4)),
        },
        scale(3),
        scale(9),
        Edit::RemoveKeyframe {
            item: first,
            channel: Channel::Scale,
            at: FrameIndex(3),
        },
    ]
}

fn swaps(document: &Document) -> Vec<Edit> {
    let first = ids(document, 0)[0];
    let matte = document.assets.iter().next().unwrap().id;
    let fill = BackgroundFill::Blur { radius: 0.02 };
    let background = Background::new(matte, Ticks(5), fill.clone());
    let mark = Mark {
        side: MarkSide::Add,
        points: vec![[0.5, 0.25]],
        radius: 0.02,
        grows: true,
    };
    vec![
        Edit::SetBackground {
            item: first,
            background: Some(Box::new(background)),
        },
        Edit::AddMark {
            item: first,
            at: Ticks(7),
            mark: mark.clone(),
        },
        Edit::RemoveMarks {
            item: first,
            at: Some(Ticks(7)),
        },
        Edit::SetMatte {
            item: first,
            matte: Box::new(MatteInputs {
                matte,
                matte_start: Ticks(5),
                found: Some(matte),
                applied: vec![AppliedCorrection {
                    correction: Correction {
                        at: Ticks(7),
                        marks: vec![mark],
                    },
                    first: Ticks(5),
                    last: Ticks(9),
                }],
                fill,
            }),
        },
        Edit::SetFinish {
            item: first,
            finish: Finish {
                feather: 0.01,
                ..Finish::default()
            },
        },
        Edit::SetBackgroundFill {
            item: first,
            fill: BackgroundFill::Transparent,
        },
    ]
}

fn more_looks(document: &Document) -> Vec<Edit> {
    let (v1, v2) = (ids(document, 0), ids(document, 1));
    let (first, words, solid) = (v1[0], v2[0], v2[1]);
    let title = Title {
        text: "Bye".into(),
        size: 0.2,
        ..Title::default()
    };
    vec![
        Edit::SetTitle { item: words, title },
        Edit::SetSolid {
            item: solid,
            color: Rgba([9, 8, 7, 6]),
        },
        Edit::SetLabel {
            item: solid,
            label: "Blue".into(),
        },
        Edit::SetEnabled {
            items: vec![solid],
            is_enabled: false,
        },
        Edit::AddTransition {
            left: first,
            kind: TransitionKind::Wipe(WipeDirection::Left),
            before: FrameCount::ZERO,
            after: FrameCount(2),
        },
    ]
}

fn wishes(document: &Document) -> Vec<Edit> {
    let track = document.sequence.tracks[0].id;
    let end = document.sequence.range().end();
    let recipe = || {
        Box::new(Recipe {
            prompt: "waves".into(),
            guidance_scale: Some(7.5),
            ..Recipe::default()
        })
    };
    vec![Edit::PlaceGenerated {
        track,
        range: FrameRange::new(end, FrameCount(24)),
        purpose: Purpose::ExtendForward,
        recipe: recipe(),
        anchors: vec![crate::Anchor {
            item: *ids(document, 0).last().unwrap(),
            frames: FrameRange::new(end - FrameCount(2), FrameCount(2)),
            content_hash: 0,
        }],
        state: GeneratedState::Ghost,
    }]
}

fn results(document: &Document) -> Vec<Edit> {
    let item = *ids(document, 0).last().unwrap();
    let asset = document.assets.iter().last().unwrap().id;
    let take = TakeInputs {
        asset,
        source_start: Ticks::ZERO,
        recipe: Recipe::default(),
        seam_delta_e: vec![0.1],
    };
    vec![
        Edit::SetGeneratedState {
            item,
            state: GeneratedState::Queued,
        },
        Edit::SetRecipe {
            item,
            recipe: Box::default(),
        },
        Edit::AddTake {
            item,
            take: Box::new(take),
        },
    ]
}

fn last_steps(document: &Document) -> Vec<Edit> {
    let sequence = &document.sequence;
    let item = *ids(document, 0).last().unwrap();
    let crate::Content::Generated(generated) = &sequence.item(item).unwrap().1.content else {
        panic!("a generated item is last");
    };
    let take = generated.takes[0].id;
    let transition = sequence.tracks[0].transitions[0].id;
    let second = ids(document, 0)[4];
    vec![
        Edit::SetActiveTake { item, take },
        Edit::RateTake {
            item,
            take,
            rating: 4,
        },
        Edit::UpdateTransition {
            transition,
            kind: TransitionKind::Dissolve,
            before: FrameCount::ZERO,
            after: FrameCount(1),
        },
        Edit::RippleDelete {
            items: vec![second],
        },
        Edit::Batch {
            label: "Both".into(),
            edits: vec![Edit::Lift {
                items: vec![ids(document, 0)[5]],
            }],
        },
        Edit::RemoveTransition { transition },
        Edit::AddTransition {
            left: ids(document, 0)[0],
            kind: TransitionKind::Dissolve,
            before: FrameCount::ZERO,
            after: FrameCount(1),
        },
        Edit::RemoveTrack {
            track: sequence.tracks[sequence.tracks.len() - 2].id,
        },
        Edit::SetRate {
            rate: "30000/1001".parse().unwrap(),
        },
        Edit::LockTrack {
            track: sequence.tracks[1].id,
            is_locked: true,
        },
    ]
}

/// Documents after each part of the script, the last one with one of everything.
pub fn played() -> Vec<Document> {
    play(&mut |_, _| {})
}

fn play(see: &mut dyn FnMut(&Edit, &Document)) -> Vec<Document> {
    let scene = scene("");
    let mut documents = vec![scene.0.clone()];
    let mut document = scene.0.clone();
    let mut run = |edits: Vec<Edit>, document: &mut Document| {
        for edit in edits {
            *document = apply(document, &edit).unwrap_or_else(|err| {
                panic!(
                    "{edit:?}: {err} {:?} in {}",
                    std::error::Error::source(&err),
                    crate::file::show(document)
                )
            });
            assert_eq!(check(document), []);
            see(&edit, document);
        }
        documents.push(document.clone());
    };
    run(first_steps(&scene), &mut document);
    let parts: [fn(&Document) -> Vec<Edit>; 9] = [
        tracks_and_marks,
        cuts,
        more_cuts,
        looks,
        swaps,
        more_looks,
        wishes,
        results,
        last_steps,
    ];
    for part in parts {
        run(part(&document), &mut document);
    }
    documents
}

#[test]
fn every_edit_works_reads_back_and_has_a_label() {
    let mut seen = BTreeSet::new();
    play(&mut |edit, _| {
        let mut note = |edit: &Edit| {
            seen.insert(tag(edit));
            let text = serde_json::to_string(edit).expect("an edit is text");
            assert_eq!(
                &serde_json::from_str::<Edit>(&text).expect("and back"),
                edit
            );
            assert_ne!(edit.label(), "Edit", "{edit:?}");
        };
        note(edit);
        if let Edit::Batch { edits, .. } = edit {
            edits.iter().for_each(note);
        }
    });
    assert_eq!(seen, all_tags());
}

#[test]
fn a_script_replays_exactly() {
    assert_eq!(played(), played());
}

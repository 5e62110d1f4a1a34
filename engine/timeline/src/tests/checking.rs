//! Every rule of the document finds what breaks it.

use super::scene;
use crate::{Content, Document, Item, Track, check};
use av::{FrameCount, FrameIndex, Ratio, Ticks};
use std::sync::Arc;

const SOUND: &str = "V1: A[0..50)@10&1 ~5+5 B[50..80)@10 | A1: A[0..50)@10&1";

#[track_caller]
fn finds(change: impl Fn(&mut Document), what: &str) {
    let mut document = scene(SOUND).0;
    change(&mut document);
    let found: Vec<_> = check(&document)
        .iter()
        .map(|violation| violation.what.clone())
        .collect();
    assert!(found.iter().any(|found| found == what), "{found:?}");
}

fn track(document: &mut Document, index: usize) -> &mut Track {
    Arc::make_mut(&mut Arc::make_mut(&mut document.sequence).tracks[index])
}

fn item(document: &mut Document, index: usize) -> &mut Item {
    Arc::make_mut(&mut track(document, 0).items[index])
}

fn clip(document: &mut Document) -> &mut crate::Clip {
    match &mut item(document, 0).content {
        Content::Clip(clip) => clip,
        _ => panic!("a clip"),
    }
}

#[test]
fn places_are_checked() {
    finds(
        |d| item(d, 1).start = FrameIndex(49),
        "it begins before the one before it has ended",
    );
    finds(
        |d| item(d, 1).start = FrameIndex(i64::MAX),
        "it lies outside of the sequence",
    );
    finds(
        |d| item(d, 0).start = FrameIndex(-1),
        "it lies outside of the sequence",
    );
    finds(
        |d| item(d, 0).count = FrameCount(0),
        "it lies outside of the sequence",
    );
    finds(
        |d| item(d, 0).count = FrameCount(i64::MAX),
        "it lies outside of the sequence",
    );
    finds(
        |d| track(d, 0).items.swap(0, 1),
        "it begins before the one before it has ended",
    );
}

#[test]
fn media_is_checked() {
    finds(
        |d| clip(d).source_start = Ticks(-1),
        "it uses more than its media file has",
    );
    finds(
        |d| clip(d).source_start = Ticks(i64::MAX),
        "its source range lies outside of time",
    );
    finds(
        |d| clip(d).offset = FrameCount(60),
        "it uses more than its media file has",
    );
    finds(
        |d| clip(d).offset = FrameCount(i64::MIN),
        "its source range lies outside of time",
    );
    finds(
        |d| clip(d).asset = crate::AssetId(999),
        "its media file is not known",
    );
    finds(
        |d| clip(d).speed = Ratio::new(-1, 2).unwrap(),
        "its speed is not between 1/100 and 100",
    );
    finds(
        |d| clip(d).speed = Ratio::new(i64::MAX, 3).unwrap(),
        "its speed is not between 1/100 and 100",
    );
}

#[test]
fn names_and_links_are_checked() {
    finds(
        |d| item(d, 1).id = crate::ItemId(u64::MAX),
        "a name is not below the next one",
    );
    finds(|d| d.next_id = 22, "a name is not below the next one");
    finds(
        |d| {
            let first = d.sequence.tracks[0].items[0].id;
            item(d, 1).id = first;
        },
        "two items have the same name",
    );
    finds(
        |d| item(d, 1).link = Some(crate::LinkId(1)),
        "an item is linked to nothing",
    );
    finds(
        |d| Arc::make_mut(&mut d.sequence).tracks.swap(0, 3),
        "tracks are not in the order video, audio, caption",
    );
}

#[test]
fn transitions_are_checked() {
    let long = |before: i64, after: i64| {
        move |d: &mut Document| {
            let transition = &mut track(d, 0).transitions[0];
            (transition.before, transition.after) = (FrameCount(before), FrameCount(after));
        }
    };
    finds(long(11, 0), "a transition borrows more than there is");
    finds(long(0, 31), "a transition does not fit its items");
    finds(long(0, 0), "a transition does not fit its items");
    finds(long(-1, 5), "a transition does not fit its items");
    finds(
        long(i64::MAX, i64::MAX),
        "a transition does not fit its items",
    );
    finds(
        |d| item(d, 1).start = FrameIndex(51),
        "a transition is not at a cut",
    );
    finds(
        |d| track(d, 0).transitions[0].left = crate::ItemId(999),
        "a transition is not at a cut of its track, or out of order",
    );
}

#[test]
fn settings_are_checked() {
    let sequence = |change: fn(&mut crate::Sequence)| {
        move |d: &mut Document| change(Arc::make_mut(&mut d.sequence))
    };
    finds(
        sequence(|s| s.size = av::ScanSize::new(0, 7)),
        "the picture size is not two even numbers from 16 to 16384",
    );
    finds(
        sequence(|s| s.rate = "1/1000".parse().unwrap()),
        "the frame rate is not between 1 and 240 frames a second",
    );
    finds(
        sequence(|s| s.mark_in = Some(FrameIndex(-1))),
        "a mark stands outside of the sequence",
    );
    finds(
        sequence(|s| (s.mark_in, s.mark_out) = (Some(FrameIndex(5)), Some(FrameIndex(5)))),
        "the marked range is empty",
    );
    finds(
        |d| item(d, 0).properties.pan = f64::INFINITY,
        "the pan is not between -1 and 1",
    );
}

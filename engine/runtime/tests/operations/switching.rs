//! Takes switched while the sequence plays: it plays on, and the very next pictures are the other take's.

use crate::bench::{Bench, fake};
use av::{FrameIndex, FrameRate, Ratio};
use runtime::{Command, Comparison, Event, PlaybackState, Revision, Runtime};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{Content, Document, Edit, ItemId, Purpose, Recipe, TakeId};

/// A frame is late when the machine is busy; more than this many would be seen as a stop.
const LATE_FRAMES_MAX: u64 = 12;

/// Two takes of a second of noise, and the document with each shown.
fn two_takes() -> (Bench, ItemId, [Arc<Document>; 2]) {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 85], fake());
    bench.make(item);
    let first = shown(&bench.document, item);
    let recipe = Recipe { seed: 8, ..fake() };
    bench.edit(&Edit::SetRecipe {
        item,
        recipe: Box::new(recipe),
    });
    bench.make(item);
    let second = shown(&bench.document, item);
    assert_ne!(first, second);
    let showing = |take| {
        let edit = Edit::SetActiveTake { item, take };
        Arc::new(timeline::apply(&bench.document, &edit).unwrap())
    };
    let documents = [showing(first), showing(second)];
    (bench, item, documents)
}

fn shown(document: &Document, item: ItemId) -> TakeId {
    let (_, item) = document.sequence.item(item).unwrap();
    match &item.content {
        Content::Generated(generated) => generated.active.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A runtime that shows a frame of the document.
fn standing_at(bench: &Bench, document: &Arc<Document>, frame: FrameIndex) -> Runtime {
    let runtime = bench.start(Some(bench.path("film.everframe")));
    let (revision, document) = (Revision(1), Arc::clone(document));
    runtime
        .send(Command::SetDocument { revision, document })
        .unwrap();
    runtime.send(Command::Seek { frame }).unwrap();
    runtime
}

#[test]
fn playback_goes_on_while_takes_are_switched() {
    let (bench, _, documents) = two_takes();
    let runtime = bench.start(Some(bench.path("film.everframe")));
    let show = |number: u64| {
        let document = Arc::clone(&documents[number as usize % 2]);
        let revision = Revision(number);
        runtime
            .send(Command::SetDocument { revision, document })
            .unwrap();
    };
    show(1);
    let frame = FrameIndex(12);
    runtime.send(Command::Seek { frame }).unwrap();
    runtime
        .send(Command::Play {
            speed: Ratio::ONE,
            repeat: None,
        })
        .unwrap();
    let (mut revision, mut late) = (1, 0);
    let mut heads: Vec<i64> = Vec::new();
    let mut seen = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(30);
    'playing: while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(4));
        while let Some(event) = runtime.try_recv() {
            match event {
                Event::Playhead { frame } => heads.push(frame.0),
                Event::FrameReady { revision, .. } => seen.push(revision.0),
                Event::Playback {
                    state,
                    dropped_frames,
                    ..
                } => {
                    late = dropped_frames;
                    if state == PlaybackState::Paused {
                        break 'playing;
                    }
                }
                Event::Failed(problem) => panic!("{problem}"),
                _ => {}
            }
        }
        // Another take about three times a second.
        let due = 12 + 8 * revision as i64;
        if heads.last().is_some_and(|head| *head >= due) && due < 80 {
            revision += 1;
            show(revision);
        }
    }
    assert_eq!(heads.last(), Some(&84), "it plays to the end by itself");
    assert!(heads.is_sorted(), "and never goes back: {heads:?}");
    assert!(
        seen.is_sorted(),
        "no picture of a take that was left: {seen:?}"
    );
    seen.dedup();
    assert!(
        seen.len() >= 6,
        "the takes were shown while it played: {seen:?}"
    );
    assert!(late <= LATE_FRAMES_MAX, "{late} frames came late");
}

#[test]
fn two_takes_are_drawn_together_and_their_difference_is_theirs() {
    let (bench, _, documents) = two_takes();
    let runtime = standing_at(&bench, &documents[0], FrameIndex(30));
    let compared = |other: &Arc<Document>, how| {
        let other = Some((Arc::clone(other), how));
        runtime.send(Command::Compare { other }).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut last = None;
        let mut quiet = Instant::now();
        while Instant::now() < deadline
            && (last.is_none() || quiet.elapsed() < Duration::from_secs(1))
        {
            if let Some(Event::FrameReady {
                picture,
                compared: Some(compared),
                ..
            }) = runtime.try_recv()
            {
                last = Some((picture, compared));
                quiet = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        last.unwrap()
    };
    let (one, other) = compared(&documents[1], Comparison::Wipe);
    assert_eq!(one.size, other.size);
    assert_ne!(one.row(0, 9), other.row(0, 9), "another take");
    let (_, difference) = compared(&documents[1], Comparison::Difference);
    let wanted: Vec<u8> = one
        .row(0, 9)
        .iter()
        .zip(other.row(0, 9))
        .enumerate()
        .map(|(place, (a, b))| match place % 4 {
            3 => 255,
            _ => a.abs_diff(*b).saturating_mul(4),
        })
        .collect();
    assert_eq!(difference.row(0, 9), wanted);
    let (_, nothing) = compared(&documents[0], Comparison::Difference);
    let row = nothing.row(0, 9);
    assert!(row.chunks(4).all(|pixel| pixel == [0, 0, 0, 255]));
}

#[test]
fn a_frame_whose_file_is_gone_shows_stripes_and_not_the_frame_before() {
    let (bench, _, documents) = two_takes();
    for entry in std::fs::read_dir(&bench.folders.generated).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let runtime = standing_at(&bench, &documents[0], FrameIndex(30));
    let deadline = Instant::now() + Duration::from_secs(20);
    let (mut picture, mut problem) = (None, None);
    while (picture.is_none() || problem.is_none()) && Instant::now() < deadline {
        match runtime.try_recv() {
            Some(Event::FrameReady {
                frame: FrameIndex(30),
                picture: found,
                ..
            }) => picture = Some(found),
            Some(Event::Failed(found)) => problem = Some(found),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    assert!(problem.unwrap().to_string().contains("not where it was"));
    let picture = picture.unwrap();
    assert_eq!(picture.size, documents[0].sequence.size);
    let mut colors: Vec<&[u8]> = picture.row(0, 0).chunks(4).collect();
    colors.sort_unstable();
    colors.dedup();
    assert_eq!(colors.len(), 2, "stripes of two colors");
}

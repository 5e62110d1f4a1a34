//! Captions: written down from speech, brought in, edited like titles.

use crate::{session::clip_on_timeline, stage::Stage};
use av::FrameIndex;
use egui::{Key, Modifiers};
use everframe::{action::Action, selection::Selection};
use runtime::JobRequest;
use std::{fs, time::Duration};
use timeline::{Content, Edit, TrackKind, captions, edit::Edge};

/// The captions with their frames.
fn shown(stage: &Stage) -> Vec<(i64, i64, String)> {
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    let captions = tracks.filter(|track| track.kind == TrackKind::Caption);
    let items = captions.flat_map(|track| &track.items);
    let words = items.map(|item| match &item.content {
        Content::Title(title) => (item.start.0, item.range().end().0, title.text.clone()),
        other => panic!("{other:?} is no caption"),
    });
    words.collect()
}

fn said(words: &[(i64, i64, &str)]) -> Vec<(i64, i64, String)> {
    let owned = words
        .iter()
        .map(|(start, end, text)| (*start, *end, (*text).to_owned()));
    owned.collect()
}

#[test]
fn speech_becomes_captions_where_the_clip_plays_it() {
    let mut stage = clip_on_timeline();
    // The first two seconds are trimmed away and the rest moved to a second after the start.
    let item = stage.document().sequence.tracks[0].items[0].id;
    let (edge, alone) = (Edge::Start, false);
    let to = FrameIndex(50);
    stage.act(Action::Apply {
        edit: Edit::Trim {
            item,
            edge,
            to,
            alone,
        },
    });
    let selection = Selection::of_item(&stage.document(), item);
    stage.act(Action::Select { selection });
    stage.act(Action::CaptionClip);
    stage.click("Start captions");
    assert!(
        stage.shows_part("Captions of beach.mov"),
        "the job is listed"
    );
    stage.engine.finish();
    stage.settle();
    let wanted = said(&[
        (50, 63, "Good morning"),
        (75, 105, "and good luck,\nsea lions"),
        (200, 238, "Goodbye"),
    ]);
    assert_eq!(shown(&stage), wanted);
    assert!(stage.shows_part("3 captions for beach.mov"));
    // One of them is corrected, and the whole is written out as it is then.
    let document = stage.document();
    let track = document
        .sequence
        .tracks
        .iter()
        .find(|track| track.kind == TrackKind::Caption);
    let caption = track.unwrap().items[2].clone();
    let Content::Title(mut title) = caption.content.clone() else {
        panic!("no caption");
    };
    title.text = "Farewell".into();
    stage.act(Action::Apply {
        edit: Edit::SetTitle {
            item: caption.id,
            title,
        },
    });
    let cues = captions::cues(&stage.document().sequence);
    let last = cues.last().unwrap();
    assert_eq!(
        (last.text.as_str(), last.start.seconds_for_display()),
        ("Farewell", 8.0)
    );
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&stage), wanted);
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&stage), [], "one step takes them all back");
}

#[test]
fn the_language_is_chosen_and_remembered() {
    let mut stage = clip_on_timeline();
    stage.act(Action::CaptionClip);
    assert!(stage.shows_part("The first words decide"));
    stage.click("Spoken language");
    stage.click("Chinese, simplified letters");
    stage.click("Start captions");
    let queue = stage.engine.0.borrow().queue.clone();
    let [(_, JobRequest::Captions { language, .. })] = &queue[..] else {
        panic!("{queue:?}");
    };
    assert_eq!(language.as_deref(), Some("zh-Hans"));
    stage.act(Action::CaptionClip);
    assert!(stage.shows_part("Whatever is said is taken for this language"));
}

#[test]
fn subtitle_files_go_on_the_timeline_and_not_into_the_bin() {
    let mut stage = clip_on_timeline();
    let path = stage.folder.path().join("talk.srt");
    let srt =
        "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:02,500 --> 00:00:04,000\nthere\n";
    fs::write(&path, srt).unwrap();
    stage.act(Action::ImportPaths {
        paths: vec![path.clone()],
    });
    wait_for(&mut stage, |stage| !shown(stage).is_empty());
    assert_eq!(
        shown(&stage),
        said(&[(25, 50, "Hello"), (63, 100, "there")])
    );
    assert_eq!(stage.document().assets.iter().count(), 1);
    // A second file comes beside the first.
    stage.act(Action::ImportPaths {
        paths: vec![path.clone()],
    });
    wait_for(&mut stage, |stage| shown(stage).len() == 4);
    let document = stage.document();
    let tracks = document.sequence.tracks.iter();
    assert_eq!(
        tracks
            .filter(|track| track.kind == TrackKind::Caption)
            .count(),
        2
    );
    fs::write(&path, "no times at all").unwrap();
    stage.act(Action::ImportPaths { paths: vec![path] });
    wait_for(&mut stage, |stage| {
        stage.shows_part("cannot be used as subtitles")
    });
    assert_eq!(shown(&stage).len(), 4);
}

/// Files are read on another thread.
#[track_caller]
fn wait_for(stage: &mut Stage, is_there: impl Fn(&Stage) -> bool) {
    for _ in 0..200 {
        stage.settle();
        if is_there(stage) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it never came");
}

#[test]
fn nothing_to_write_down_is_told() {
    let mut stage = Stage::open();
    stage.act(Action::CaptionClip);
    assert!(stage.shows_part("in which somebody could speak"));
    stage.act(Action::ExportCaptions);
    assert!(stage.shows_part("There are no captions on the timeline"));
}

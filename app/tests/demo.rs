//! The demo film, made from nothing but what ships: every verb of it ends in a take, its voice is cleaned and captioned,
//! and the film has every frame.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use av::SAMPLE_RATE;
use runtime::{
    Folders, captions::read_subtitles, mix::AudioMixer, project_file::load_project,
    verbs::probe_file,
};
use std::{collections::BTreeSet, ops::Range, path::Path, process::Command};
use timeline::{
    Content, Document, Edit, Generated, GeneratedState, Item, Purpose, TrackKind, apply, captions,
    edit::Property,
};

fn items(document: &Document) -> impl Iterator<Item = &Item> {
    let tracks = document.sequence.tracks.iter();
    tracks.flat_map(|track| track.items.iter().map(|item| &**item))
}

fn generated(document: &Document) -> impl Iterator<Item = &Generated> {
    items(document).filter_map(|item| match &item.content {
        Content::Generated(generated) => Some(&**generated),
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
    })
}

/// How loud an item alone is within a stretch of the sequence, in decibels.
fn loudness_db(document: &Document, folders: &Folders, item: &Item, seconds: Range<f64>) -> f64 {
    let mut alone = document.clone();
    for track in &document.sequence.tracks {
        let is_its_own = track.items.iter().any(|other| other.id == item.id);
        if track.kind == TrackKind::Audio && !is_its_own {
            let mute = Edit::MuteTrack {
                track: track.id,
                is_muted: true,
            };
            alone = apply(&alone, &mute).unwrap();
        }
    }
    let [from, to] =
        [seconds.start, seconds.end].map(|second| (second * f64::from(SAMPLE_RATE)) as i64);
    let mut mixer = AudioMixer::new(folders.media.clone());
    let block = mixer.mix(&alone, from, (to - from) as usize).unwrap();
    let square = |value: &f32| f64::from(*value).powi(2);
    let mean = block.samples.iter().map(square).sum::<f64>() / block.samples.len() as f64;
    10.0 * mean.max(1e-12).log10()
}

/// Somebody speaks, the hiss of the recording is gone and the voice is not, and what is said is read below it.
fn check_voice(document: &Document, project: &Path) {
    let folders = Folders::of_project(project);
    let mut items = items(document);
    let voice = items.find(|item| item.properties.clean_speech.is_some());
    let voice = voice.expect("speech is cleaned");
    let raw = Edit::SetProperty {
        items: vec![voice.id],
        property: Property::CleanSpeech(None),
    };
    let raw = apply(document, &raw).unwrap();
    let [pause, speech] = [0.05..0.45, 0.6..1.5];
    let loud = |document, seconds| loudness_db(document, &folders, voice, seconds);
    let (hiss, rest) = (loud(&raw, pause.clone()), loud(document, pause));
    assert!(hiss > -50.0, "there is a hiss to clean: {hiss} dB");
    assert!(rest < hiss - 12.0, "{hiss} dB of hiss became {rest} dB");
    let (noisy, clean) = (loud(&raw, speech.clone()), loud(document, speech));
    assert!(noisy > hiss + 12.0, "somebody speaks: {noisy} dB");
    assert!(clean > noisy - 6.0, "{noisy} dB of voice became {clean} dB");

    let shipped = read_subtitles(&project.with_file_name("media/voice.srt")).unwrap();
    let shown = captions::cues(&document.sequence);
    let words = |cues: &[captions::Cue]| -> Vec<String> {
        cues.iter().map(|cue| cue.text.clone()).collect()
    };
    assert_eq!(words(&shown), words(&shipped));
    assert_eq!(shown.len(), 3);
    let frame = document.sequence.rate.ticks_from_count(av::FrameCount::ONE);
    for (shown, shipped) in shown.iter().zip(&shipped) {
        assert!((shown.start - shipped.start).0.abs() <= frame.0);
    }
}

#[test]
fn the_demo_makes_every_verb_and_a_film_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_everframe"));
    let command = command
        .args(["demo", "out"])
        .current_dir(folder.path())
        .env("EVERFRAME_ADAPTER", "software")
        .env("EVERFRAME_USER_MODELS_DIR", folder.path().join("models"));
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let told = String::from_utf8_lossy(&output.stdout);
    for note in [
        "Speech cleaned by RNNoise",
        "Captions from voice.srt: no model",
    ] {
        assert!(
            told.contains(note),
            "which of two ways it took is told: {told}"
        );
    }

    let project = folder.path().join("out/demo.everframe");
    let document = load_project(&project).unwrap().document;
    let media = Folders::of_project(&project).media;
    let mut purposes = BTreeSet::new();
    for generated in generated(&document) {
        let purpose = generated.purpose;
        assert_eq!(generated.state, GeneratedState::Ready, "{purpose:?}");
        let take = generated.active_take().unwrap();
        assert_ne!(
            take.recipe.model, "fake",
            "{purpose:?} is made by what ships"
        );
        let asset = document.assets.find(take.asset).unwrap();
        assert!(media.path(asset).exists(), "{purpose:?} has its file");
        purposes.insert(format!("{purpose:?}"));
    }
    let wanted = [
        Purpose::Animate,
        Purpose::ExtendBackward,
        Purpose::ExtendForward,
        Purpose::Fill,
        Purpose::Interpolate,
        Purpose::Join,
        Purpose::Restyle,
        Purpose::TextToVideo,
        Purpose::Upscale,
    ];
    let wanted: BTreeSet<String> = wanted.iter().map(|p| format!("{p:?}")).collect();
    assert_eq!(purposes, wanted);
    let mut items = items(&document);
    assert!(items.any(|item| item.properties.background.is_some()));
    check_voice(&document, &project);

    let film = probe_file(&folder.path().join("out/demo.mp4")).unwrap();
    let video = film.video.unwrap();
    assert_eq!(video.size, document.sequence.size);
    let tracks = document.sequence.tracks.iter();
    let ends = tracks.flat_map(|track| track.items.iter().map(|item| item.range().end().0));
    assert_eq!(Some(video.frame_count), ends.max(), "no frame is missing");
    assert!(film.audio.is_some(), "it has its sound");
}

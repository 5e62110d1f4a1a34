//! The demo film, made from nothing but what ships: every verb of it ends in a take, and the film has every frame.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use runtime::{Folders, project_file::load_project, verbs::probe_file};
use std::{collections::BTreeSet, process::Command};
use timeline::{Content, Document, Generated, GeneratedState, Item, Purpose};

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

    let film = probe_file(&folder.path().join("out/demo.mp4")).unwrap();
    let video = film.video.unwrap();
    assert_eq!(video.size, document.sequence.size);
    let tracks = document.sequence.tracks.iter();
    let ends = tracks.flat_map(|track| track.items.iter().map(|item| item.range().end().0));
    assert_eq!(Some(video.frame_count), ends.max(), "no frame is missing");
    assert!(film.audio.is_some(), "it has its sound");
}

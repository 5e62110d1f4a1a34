//! Projects that are saved elsewhere find their media again: takes made before the first save, and files beside the old
//! project file.

use crate::bench::{Bench, fake};
use av::FrameRate;
use runtime::{
    Command, Event, JobId, JobOutcome, JobRequest, Revision, Runtime, frames::MediaFolder,
    project_file::load_project,
};
use std::{path::Path, sync::Arc, time::Duration};
use timeline::{Document, Purpose};

fn tell(runtime: &Runtime, revision: u64, document: &Document) {
    let (revision, document) = (Revision(revision), Arc::new(document.clone()));
    runtime
        .send(Command::SetDocument { revision, document })
        .unwrap();
}

/// Waits for the event that is meant.
fn awaited<T>(runtime: &Runtime, mut meant: impl FnMut(Event) -> Option<T>) -> T {
    for _ in 0..600 {
        match runtime.recv_timeout(Duration::from_millis(50)) {
            Some(Event::JobFailed { problem, .. } | Event::Failed(problem)) => panic!("{problem}"),
            Some(event) => {
                if let Some(found) = meant(event) {
                    return found;
                }
            }
            None => {}
        }
    }
    panic!("it never came");
}

fn save(runtime: &Runtime, path: &Path, document: &Document) {
    let (path, document) = (path.to_owned(), Arc::new(document.clone()));
    let revision = Revision(9);
    runtime
        .send(Command::Save {
            path,
            document,
            revision,
        })
        .unwrap();
    awaited(runtime, |event| match event {
        Event::Saved { is_autosave, .. } => (!is_autosave).then_some(()),
        _ => None,
    });
}

/// Every file that the saved project names is where it says.
fn check(project: &Path) -> usize {
    let document = load_project(project).unwrap().document;
    let folder = MediaFolder::of_project(project);
    for asset in document.assets.iter() {
        folder.existing_path(asset).unwrap();
    }
    document.assets.len()
}

#[test]
fn takes_of_a_project_that_was_never_saved_are_found_after_it_is() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 20], fake());
    let assets = bench
        .document
        .assets
        .iter()
        .filter(|asset| asset.path.is_relative());
    for asset in assets
        .map(|asset| (asset.id, asset.fingerprint, asset.path.clone()))
        .collect::<Vec<_>>()
    {
        let (asset, fingerprint, path) = asset;
        let path = bench.path("").join(path);
        bench.edit(&timeline::Edit::RelinkAsset {
            asset,
            fingerprint,
            path,
        });
    }
    let runtime = bench.start(None);
    tell(&runtime, 1, &bench.document);
    let (job, request) = (JobId(1), JobRequest::Generate { item });
    let document = Arc::new(bench.document.clone());
    runtime
        .send(Command::Queue {
            job,
            request,
            document,
        })
        .unwrap();
    let placed = awaited(&runtime, |event| match event {
        Event::JobFinished {
            outcome: JobOutcome::Place(placed),
            ..
        } => Some(placed),
        _ => None,
    });
    let made = placed.apply(&bench.document).unwrap();
    tell(&runtime, 2, &made);
    let project = bench.path("elsewhere/film.everframe");
    save(&runtime, &project, &made);
    assert_eq!(check(&project), made.assets.len());
}

#[test]
fn a_project_saved_in_another_folder_finds_what_lies_beside_the_old_one() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 20], fake());
    bench.make(item);
    let is_relative = bench
        .document
        .assets
        .iter()
        .any(|asset| asset.path.is_relative());
    assert!(is_relative, "else nothing is shown");
    let runtime = bench.start(Some(bench.path("film.everframe")));
    tell(&runtime, 1, &bench.document);
    let project = bench.path("elsewhere/film.everframe");
    save(&runtime, &project, &bench.document);
    check(&project);
    // What autosave writes there later is whole as well.
    tell(&runtime, 10, &bench.document);
    awaited(&runtime, |event| match event {
        Event::Saved { is_autosave, .. } => is_autosave.then_some(()),
        _ => None,
    });
    check(&project);
}

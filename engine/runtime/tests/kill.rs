//! Goal: whatever kills the program, the project opens again with at most the last second missing.
//!
//! Method: a child of this very test edits a project through the runtime, a marker every few milliseconds with the
//! time in its label, and tells each one on its standard output. It is killed without warning at a random moment,
//! fifty times; each time the project must open and hold every edit that was more than a second old.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use av::{FrameIndex, FrameRate, ScanSize};
use runtime::{
    Command, Revision, Runtime, RuntimeConfig,
    project_file::{load_project, save_project},
};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command as Process, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use timeline::{Document, Edit, Rgba, Sequence, edit::apply};

const KILLS: u64 = 50;
const CHILD: &str = "EVERFRAME_KILL_TEST_PROJECT";

fn millis_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

fn start_runtime(folder: &Path) -> Runtime {
    Runtime::start(RuntimeConfig {
        cache_folder: folder.join("cache"),
        recovery_folder: folder.join("recovery"),
        use_sound_device: false,
        draw_in_software: true,
        wake: Arc::new(|| {}),
    })
    .unwrap()
}

/// Edits until somebody kills it.
fn edit_for_ever(project: &Path) {
    let runtime = start_runtime(project.parent().unwrap());
    let mut document = load_project(project).unwrap().document;
    runtime
        .send(Command::SetProject {
            path: Some(project.to_owned()),
        })
        .unwrap();
    let mut output = std::io::stdout();
    for revision in 1.. {
        let label = format!("{}-{revision}", millis_now());
        let frame = FrameIndex(document.next_id as i64);
        document = apply(
            &document,
            &Edit::AddMarker {
                frame,
                label: label.clone(),
                color: Rgba::WHITE,
            },
        )
        .unwrap();
        let sent = Command::SetDocument {
            revision: Revision(revision),
            document: Arc::new(document.clone()),
        };
        runtime.send(sent).unwrap();
        writeln!(output, "\nedit {label}").unwrap();
        output.flush().unwrap();
        while runtime.try_recv().is_some() {}
        std::thread::sleep(Duration::from_millis(15));
    }
}

fn labels(document: &Document) -> BTreeSet<String> {
    document
        .sequence
        .markers
        .iter()
        .map(|marker| marker.label.clone())
        .collect()
}

#[test]
fn a_killed_session_loses_at_most_the_last_second() {
    if let Some(project) = std::env::var_os(CHILD) {
        edit_for_ever(&PathBuf::from(project));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("film.everframe");
    let new = || {
        Document::new(
            "film",
            Sequence::new(ScanSize::new(64, 36), FrameRate::FPS_25),
        )
    };
    let mut total_edits = 0;
    for round in 0..KILLS {
        // Markers are limited in number, so that each tenth round starts afresh.
        if round % 10 == 0 {
            std::fs::remove_file(&project).ok();
            save_project(&project, &new()).unwrap();
        }
        let before = labels(&load_project(&project).unwrap().document);
        let (told, killed_at) = session(&project, round);
        let document = load_project(&project)
            .unwrap_or_else(|error| panic!("round {round}: the project does not open: {error:?}"))
            .document;
        let kept = labels(&document);
        assert!(
            before.is_subset(&kept),
            "round {round}: an earlier session's edits are gone"
        );
        let must_be_there = told
            .iter()
            .filter(|label| edited_at(label) + 1_000 < killed_at);
        for label in must_be_there {
            assert!(
                kept.contains(label),
                "round {round}: edit {label} was lost, killed at {killed_at}"
            );
        }
        total_edits += told.len();
    }
    assert!(
        total_edits > KILLS as usize * 5,
        "only {total_edits} edits were made; the sessions were too short"
    );
}

/// When an edit was made, from its label.
fn edited_at(label: &str) -> u64 {
    label.split('-').next().unwrap().parse().unwrap()
}

/// Runs the child for a while, kills it, and returns the edits it told of and when it was killed.
fn session(project: &Path, round: u64) -> (Vec<String>, u64) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_session_loses_at_most_the_last_second",
            "--nocapture",
        ])
        .env(CHILD, project)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let reader = BufReader::new(child.stdout.take().unwrap());
    let listener = std::thread::Builder::new()
        .name("listener".into())
        .spawn(move || {
            let lines = reader.lines().map_while(Result::ok);
            lines
                .filter_map(|line| line.strip_prefix("edit ").map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .unwrap();
    // Spread over the autosave's whole cycle; the multiplier only scatters the rounds.
    let life = Duration::from_millis(400 + (round * 7_919) % 1_700);
    let started = Instant::now();
    while started.elapsed() < life {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    let killed_at = millis_now();
    child.wait().unwrap();
    (listener.join().unwrap(), killed_at)
}

#[test]
fn what_is_unsaved_is_written_when_the_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("film.everframe");
    let document = Document::new(
        "first",
        Sequence::new(ScanSize::new(64, 36), FrameRate::FPS_25),
    );
    save_project(&project, &document).unwrap();
    let runtime = start_runtime(folder.path());
    runtime
        .send(Command::SetProject {
            path: Some(project.clone()),
        })
        .unwrap();
    let renamed = apply(
        &document,
        &Edit::RenameProject {
            name: "second".into(),
        },
    )
    .unwrap();
    runtime
        .send(Command::SetDocument {
            revision: Revision(1),
            document: Arc::new(renamed),
        })
        .unwrap();
    drop(runtime);
    assert_eq!(load_project(&project).unwrap().document.name, "second");
}

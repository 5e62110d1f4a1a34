//! What goes wrong while a take is made: a clear word about it, and nothing half-made.

use crate::bench::{Bench, fake};
use av::{FrameRate, ScanSize};
use runtime::{Error, Problem};
use std::{
    ops::ControlFlow,
    process::{Command as Process, Stdio},
};
use timeline::{Edit, ItemId, Purpose, Recipe};

const CHILD: &str = "EVERFRAME_FULL_DISK_TEST";
const THIS: &str = "bad_input::a_full_disk_is_told_and_leaves_nothing";

/// A long piece of noise: several megabytes when it is written.
fn long_piece() -> (Bench, ItemId) {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let item = bench.place(0, Purpose::TextToVideo, [10, 210], fake());
    (bench, item)
}

#[track_caller]
fn refused(bench: &mut Bench, item: ItemId, part: &str) {
    let error = bench.take(item).unwrap_err();
    let problem = Problem::from(error);
    let said = format!("{} {}", problem.summary, problem.help);
    assert!(said.contains(part), "{said}");
    assert!(!problem.help.is_empty(), "{said}");
    assert_eq!(bench.generated_files(), 0, "{said}");
}

/// The shell limits how large a file may get: writing on fails just as it does when the disk is full.
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    if std::env::var_os(CHILD).is_some() {
        let (mut bench, item) = long_piece();
        let error = bench.take(item).unwrap_err();
        assert_eq!(bench.generated_files(), 0, "{error}");
        let problem = Problem::from(error);
        assert!(!problem.summary.is_empty() && !problem.help.is_empty());
        return;
    }
    let child = Process::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 600; exec \"$0\" --exact \"$1\"",
        ])
        .arg(std::env::current_exe().unwrap())
        .arg(THIS)
        .env(CHILD, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}");
}

#[test]
fn a_project_that_is_moved_away_is_told_and_made_again_in_its_new_place() {
    let (mut bench, item) = long_piece();
    let away = bench.path("elsewhere");
    std::fs::create_dir_all(bench.folders.generated.parent().unwrap()).unwrap();
    let files = bench.folders.generated.parent().unwrap().to_owned();
    let (document, folders) = (&bench.document, &bench.folders);
    let mut is_moved = false;
    let mut steps = 0;
    let result = bench
        .studio
        .take(document, item, folders, &mut |_progress| {
            steps += 1;
            if !is_moved && folders.generated.exists() {
                std::fs::rename(&files, &away).unwrap();
                is_moved = true;
            }
            ControlFlow::Continue(())
        });
    assert!(is_moved, "{steps} steps, and no file was begun");
    let problem = Problem::from(result.unwrap_err());
    assert!(!problem.help.is_empty(), "{problem}");
    let left = std::fs::read_dir(away.join("generated")).unwrap();
    let whole = left
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "part"));
    assert_eq!(whole.count(), 0, "nothing bears a final name");
    bench.make(item);
}

#[test]
fn what_cannot_be_made_is_said_before_anything_is() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let missing = Recipe {
        model: "not-there".into(),
        ..fake()
    };
    let item = bench.place(0, Purpose::TextToVideo, [10, 20], missing);
    refused(&mut bench, item, "not-there");
    let silent = Recipe {
        prompt: "  ".into(),
        ..fake()
    };
    let item = bench.place(0, Purpose::TextToVideo, [30, 40], silent);
    refused(&mut bench, item, "prompt");
    let item = bench.place(0, Purpose::TextToVideo, [50, 50 + 25 * 90], fake());
    refused(&mut bench, item, "at most 60 s");
}

#[test]
fn a_job_bigger_than_memory_says_so() {
    let mut bench = Bench::new(FrameRate::FPS_25, 7);
    let clip = bench.clip;
    bench.edit(&Edit::FreezeFrame {
        item: clip,
        at: av::FrameIndex(3),
        count: av::FrameCount(1_400),
    });
    bench.edit(&Edit::SetSize {
        size: ScanSize::new(3_840, 2_160),
    });
    let item = bench.place(1, Purpose::Restyle, [4, 1_400], fake());
    refused(&mut bench, item, "smaller size");
    let error = bench.take(item).unwrap_err();
    assert!(matches!(error, Error::Unsuitable { .. }), "{error:?}");
}

//! The verbs that make footage, as scripts see them: what is written, what is told, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "verbs/captions.rs"]
mod captions;
#[path = "verbs/refused.rs"]
mod refused;
#[path = "verbs/wan.rs"]
mod wan;

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A folder with a lossless clip of numbered pictures, made by the program itself from the demo's footage.
struct Bench {
    folder: tempfile::TempDir,
}

fn demo_media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets/demo")
        .join(name)
}

/// Copies a folder with everything below it.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

impl Bench {
    /// With nothing in it.
    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With `clip.mkv`: `count` frames of the bunny at 160x96 and `rate`, lossless, with its sound.
    fn new(rate: &str, count: u32) -> Self {
        let bench = Self::empty();
        fs::copy(demo_media("bigbuckbunny.mp4"), bench.path("bunny.mp4")).unwrap();
        fs::copy(demo_media("astronaut.jpg"), bench.path("photo.jpg")).unwrap();
        bench.run(&["new", "clip.everframe", "--size", "160x96", "--rate", rate]);
        let script = format!(
            "{{\"import\":\"bunny.mp4\"}}\n{{\"append\":{{\"placement\":{{\"asset\":5,\"count\":{count}}}}}}}\n"
        );
        fs::write(bench.path("script"), script).unwrap();
        let script = fs::File::open(bench.path("script")).unwrap();
        let mut command = bench.command(&["edit", "clip.everframe"]);
        assert!(command.stdin(script).status().unwrap().success());
        bench.run(&["export", "clip.everframe", "clip.mkv"]);
        for name in [
            "clip.everframe",
            "clip.everframe-files",
            "script",
            "bunny.mp4",
        ] {
            let path = bench.path(name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else if path.exists() {
                fs::remove_file(path).unwrap();
            }
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_everframe"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("EVERFRAME_ADAPTER", "software")
            .env(
                "EVERFRAME_USER_MODELS_DIR",
                self.folder.path().join("models"),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a verb with the stand-in and `--json`, and reads the answer.
    #[track_caller]
    fn made(&self, arguments: &[&str]) -> Value {
        let extra = ["--model", "fake", "--prompt", "a fox", "--json"];
        let arguments = [arguments, &extra].concat();
        serde_json::from_str(&self.run(&arguments)).unwrap()
    }

    /// The command fails with this exit code and words.
    #[track_caller]
    fn fails(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(
            errors.to_lowercase().contains(&words.to_lowercase()),
            "{arguments:?} says: {errors}"
        );
    }

    /// Every frame of a clip as the pictures of a PNG sequence.
    fn pictures(&self, clip: &str) -> Vec<Vec<u8>> {
        let info: Value = serde_json::from_str(&self.run(&["probe", clip, "--json"])).unwrap();
        let video = &info["video"];
        let rate = video["rate"].as_str().unwrap();
        let size = format!("{}x{}", video["size"]["width"], video["size"]["height"]);
        let project = format!("{clip}.everframe");
        self.run(&["new", &project, "--size", &size, "--rate", rate]);
        let script = format!(
            "{{\"import\":\"{clip}\"}}\n{{\"append\":{{\"placement\":{{\"asset\":5,\"streams\":\"video\"}}}}}}\n"
        );
        fs::write(self.path("script"), script).unwrap();
        let script = fs::File::open(self.path("script")).unwrap();
        let mut command = self.command(&["edit", &project]);
        assert!(command.stdin(script).status().unwrap().success());
        let folder = format!("{clip}-frames");
        self.run(&["export", &project, &folder, "--preset", "png-sequence"]);
        let mut paths: Vec<PathBuf> = fs::read_dir(self.path(&folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| image::open(path).unwrap().into_rgba8().into_raw())
            .collect()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn clips_grow_at_either_end() {
    let bench = Bench::new("30000/1001", 7);
    let originals = bench.pictures("clip.mkv");
    assert_eq!(originals.len(), 7);
    let told = bench.made(&["extend", "clip.mkv", "--forward", "0.3", "later.mkv"]);
    assert_eq!(
        (&told["frames"], &told["made_frames"]),
        (&16.into(), &9.into())
    );
    assert_eq!(
        (&told["backend"], &told["seed"]),
        (&"fake".into(), &0.into())
    );
    assert_eq!(told["seams"].as_array().unwrap().len(), 1);
    assert!(told["seams"][0]["delta_e"].as_f64().unwrap() > 0.0);
    let seconds = told["seconds"].as_f64().unwrap();
    assert!(
        (seconds - 16.0 * 1_001.0 / 30_000.0).abs() < 1e-6,
        "{seconds}"
    );
    assert!(told["elapsed_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(told["recipe"]["operation"], "extend forwards");
    assert_eq!(told["recipe"]["prompt"], "a fox");
    let later = bench.pictures("later.mkv");
    assert_eq!(later.len(), 16);
    assert!(later[..7] == originals[..], "kept frames are bit-exact");
    let record = fs::read_to_string(bench.path("later.mkv.recipe.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["recipe"], told["recipe"]);
    assert_eq!(record["sources"].as_array().unwrap().len(), 1);
    bench.made(&["extend", "clip.mkv", "--backward", "0.1", "earlier.mkv"]);
    let earlier = bench.pictures("earlier.mkv");
    assert_eq!(earlier.len(), 10);
    assert!(earlier[3..] == originals[..], "kept frames are bit-exact");
}

#[test]
fn words_and_photos_become_clips() {
    let bench = Bench::new("25", 1);
    let told = bench.made(&[
        "generate",
        "--seconds",
        "0.2",
        "--size",
        "64x48",
        "words.mkv",
    ]);
    assert_eq!(
        (&told["frames"], &told["path"]),
        (&5.into(), &"words.mkv".into())
    );
    assert_eq!(bench.pictures("words.mkv")[0].len(), 64 * 48 * 4);
    let told = bench.made(&[
        "animate",
        "photo.jpg",
        "--seconds",
        "0.2",
        "--size",
        "64x48",
        "moves.mkv",
    ]);
    assert_eq!(
        (&told["frames"], &told["made_frames"]),
        (&5.into(), &4.into())
    );
    let arguments = [
        "animate",
        "photo.jpg",
        "--last",
        "photo.jpg",
        "--seconds",
        "0.2",
    ];
    let told = bench.made(&[&arguments[..], &["--size", "64x48", "returns.mkv"]].concat());
    assert_eq!(told["made_frames"], 3);
    let (moves, returns) = (bench.pictures("moves.mkv"), bench.pictures("returns.mkv"));
    assert_eq!(moves[0], returns[0]);
    assert_eq!(returns[0], returns[4]);
    assert_ne!(moves[0], moves[4]);
}

#[test]
fn photos_move_and_morph_without_any_installed_model() {
    let bench = Bench::new("25", 1);
    let says = |arguments: &[&str]| {
        let usual = ["--seconds", "0.24", "--size", "64x48", "--json"];
        let text = bench.run(&[&["animate", "photo.jpg"], arguments, &usual].concat());
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let told = says(&[
        "--camera",
        "orbit",
        "--ambience",
        "snow+fog",
        "--loop",
        "loop.mkv",
    ]);
    assert_eq!(told["backend"], "photo-2.5d");
    let notes = told["notes"].to_string();
    for words in [
        "orbit (as chosen)",
        "snow, fog (as chosen)",
        "leads back to the first",
    ] {
        assert!(notes.contains(words), "{notes}");
    }
    // A second picture to arrive at: between the two there is a morph.
    bench.run(&["restyle", "photo.jpg", "--style", "style-7", "painted.png"]);
    let told = says(&["--last", "painted.png", "morph.mkv"]);
    assert_eq!(
        (&told["backend"], &told["made_frames"]),
        (&"rife-4.6".into(), &4.into())
    );
    let frames = bench.pictures("morph.mkv");
    let apart = |a: &[u8], b: &[u8]| -> u64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum()
    };
    let whole = apart(&frames[0], &frames[5]);
    for frame in &frames[1..5] {
        assert!(apart(&frames[0], frame) > 0 && apart(frame, &frames[5]) < whole);
    }
}

#[test]
fn speech_is_cleaned_with_or_without_its_pictures() {
    let bench = Bench::new("25", 25);
    let before = bench.pictures("clip.mkv");
    let told = bench.run(&["clean-speech", "clip.mkv", "clean.mkv"]);
    assert!(told.contains("RNNoise"), "{told}");
    let after = bench.pictures("clean.mkv");
    assert_eq!(after.len(), before.len());
    let changed = (0..after.len()).filter(|frame| after[*frame] != before[*frame]);
    assert_eq!(changed.collect::<Vec<_>>(), [] as [usize; 0]);
    let probed = bench.run(&["probe", "clean.mkv"]);
    assert!(probed.contains("48000 Hz"), "{probed}");
    bench.run(&["clean-speech", "clip.mkv", "clean.wav", "--strength", "0.5"]);
    bench.run(&["clean-speech", "clip.mkv", "same.wav", "--strength", "0"]);
    let (half, same) = (bench.path("clean.wav"), bench.path("same.wav"));
    assert_eq!(
        fs::metadata(&half).unwrap().len(),
        fs::metadata(&same).unwrap().len()
    );
    assert_ne!(fs::read(&half).unwrap(), fs::read(&same).unwrap());
    bench.fails(&["clean-speech", "photo.jpg", "out.wav"], 1, "no sound");
    bench.fails(
        &["clean-speech", "clip.mkv", "out.gif"],
        1,
        "holds no sound",
    );
    bench.fails(
        &["clean-speech", "clip.mkv", "out.wav", "--strength", "2"],
        2,
        "from 0 to 1",
    );
}

#[test]
fn holes_are_filled_and_clips_joined() {
    let bench = Bench::new("24", 83);
    let originals = bench.pictures("clip.mkv");
    bench.made(&["fill", "clip.mkv", "--frames", "40..52", "filled.mkv"]);
    let filled = bench.pictures("filled.mkv");
    assert_eq!(filled.len(), 83);
    for (index, (one, other)) in filled.iter().zip(&originals).enumerate() {
        assert_eq!(one == other, !(40..52).contains(&index), "frame {index}");
    }
    let told = bench.made(&[
        "join",
        "clip.mkv",
        "clip.mkv",
        "--seconds",
        "0.25",
        "joined.mkv",
    ]);
    assert_eq!(told["frames"], 83 + 6 + 83);
    let joined = bench.pictures("joined.mkv");
    assert!(joined[..83] == originals[..] && joined[89..] == originals[..]);
}

#[test]
fn what_is_covered_keeps_what_is_known() {
    let bench = Bench::new("25", 3);
    let originals = bench.pictures("clip.mkv");
    bench.made(&["repaint", "clip.mkv", "--box", "40,20,60,40", "gone.mkv"]);
    for (frame, original) in bench.pictures("gone.mkv").iter().zip(&originals) {
        let pairs = frame
            .chunks_exact(4)
            .zip(original.chunks_exact(4))
            .enumerate();
        let mut changed = 0;
        for (place, (one, other)) in pairs {
            let (x, y) = (place % 160, place / 160);
            // Color is shown a pixel past the block that holds it.
            let is_near = (38..=101).contains(&x) && (18..=61).contains(&y);
            assert!(one == other || is_near, "at {x},{y}");
            changed += usize::from(one != other);
        }
        assert!(changed > 1_000);
    }
    let told = bench.made(&["outpaint", "clip.mkv", "--size", "160x160", "tall.mkv"]);
    assert_eq!(told["frames"], 3);
    for (frame, original) in bench.pictures("tall.mkv").iter().zip(&originals) {
        let row = 160 * 4;
        assert!(frame[34 * row..126 * row] == original[2 * row..94 * row]);
        assert!(frame[..row] != frame[64 * row..65 * row]);
    }
    bench.made(&["background", "clip.mkv", "elsewhere.mkv"]);
    assert_eq!(bench.pictures("elsewhere.mkv").len(), 3);
}

#[test]
fn more_frames_a_second_and_slow_motion() {
    let bench = Bench::new("25", 7);
    let originals = bench.pictures("clip.mkv");
    let run = |arguments: &[&str]| -> Value {
        let arguments = [&["interpolate", "clip.mkv"], arguments, &["--json"]].concat();
        serde_json::from_str(&bench.run(&arguments)).unwrap()
    };
    let told = run(&["--factor", "2", "twice.mkv"]);
    assert_eq!(
        (&told["frames"], &told["backend"]),
        (&14.into(), &"rife-4.6".into())
    );
    let twice = bench.pictures("twice.mkv");
    for number in 0..7 {
        assert!(twice[2 * number] == originals[number], "frame {number}");
    }
    assert!((0..6).all(|number| twice[2 * number + 1] != originals[number]));
    let told = run(&["--factor", "2", "--slow", "slow.mkv"]);
    assert_eq!(told["frames"], 14);
    assert!((told["seconds"].as_f64().unwrap() - 0.56).abs() < 1e-6);
    assert!(bench.pictures("slow.mkv") == twice);
    let told = run(&["--rate", "30000/1001", "odd.mkv"]);
    assert_eq!(told["frames"], 8);
    let odd = bench.pictures("odd.mkv");
    assert!(odd[0] == originals[0] && odd[1] != originals[1]);
    bench.fails(
        &["interpolate", "clip.mkv", "--rate", "25", "same.mkv"],
        1,
        "nothing to make",
    );
    bench.fails(
        &["interpolate", "clip.mkv", "--factor", "16", "fast.mkv"],
        1,
        "more than 240",
    );
}

#[test]
fn storyboards_and_takes() {
    let bench = Bench::new("25", 3);
    fs::write(bench.path("bad.txt"), "3s: a fox\n\nand a hare\n").unwrap();
    let board = [
        "generate",
        "--storyboard",
        "bad.txt",
        "--model",
        "fake",
        "out.mkv",
    ];
    bench.fails(&board, 1, "line 3 of bad.txt");
    let told = bench.made(&[
        "extend",
        "clip.mkv",
        "--forward",
        "0.1",
        "--takes",
        "3",
        "--seed",
        "5",
        "out.mkv",
    ]);
    let takes = told["takes"].as_array().unwrap();
    let found: Vec<_> = takes
        .iter()
        .map(|take| (&take["path"], &take["seed"]))
        .collect();
    let wanted = [("out.mkv", 5), ("out-2.mkv", 6), ("out-3.mkv", 7)];
    for ((path, seed), (wanted_path, wanted_seed)) in found.iter().zip(wanted) {
        assert_eq!((*path, *seed), (&wanted_path.into(), &wanted_seed.into()));
    }
    let pictures = ["out.mkv", "out-2.mkv"].map(|name| bench.pictures(name));
    assert!(pictures[0][..3] == pictures[1][..3] && pictures[0][3] != pictures[1][3]);
    // The same seed makes the same frames.
    bench.made(&[
        "extend",
        "clip.mkv",
        "--forward",
        "0.1",
        "--seed",
        "6",
        "again.mkv",
    ]);
    assert!(bench.pictures("again.mkv") == pictures[1]);
    // A model without a seed makes one take, and says so.
    let arguments = [
        "fill", "clip.mkv", "--frames", "1..2", "--takes", "2", "one.mkv",
    ];
    assert!(bench.run(&arguments).contains("there is one take"));
    assert!(!bench.path("one-2.mkv").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_within_a_second_and_leaves_nothing() {
    let bench = Bench::new("25", 83);
    let before = bench.names();
    for wait in [300, 900, 1_500] {
        let arguments = [
            "interpolate",
            "clip.mkv",
            "--factor",
            "8",
            "--size",
            "1280x720",
            "out.mkv",
        ];
        let child = bench.command(&arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let start = Instant::now();
        let killed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        let late = start.elapsed();
        assert_eq!(output.status.code(), Some(130), "after {wait} ms");
        assert!(
            late < Duration::from_millis(1_500),
            "after {wait} ms it took {late:?}"
        );
        assert_eq!(bench.names(), before, "after {wait} ms");
    }
}

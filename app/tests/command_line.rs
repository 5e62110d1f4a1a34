//! The command line as scripts see it: exit codes, one clear line for each kind of bad input, nothing half-written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

fn demo_media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets/demo")
        .join(name)
}

fn everframe(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_everframe"))
        .args(arguments)
        .current_dir(folder)
        .env("EVERFRAME_ADAPTER", "software")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early reads nothing.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = everframe(folder, arguments, input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The command fails with this exit code and one line that holds the words.
#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32, words: &str) {
    let output = everframe(folder, arguments, "");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    assert!(
        errors.to_lowercase().contains(&words.to_lowercase()),
        "{arguments:?} says: {errors}"
    );
    if code == 1 {
        let lines: Vec<&str> = errors
            .lines()
            .filter(|line| line.starts_with("everframe: "))
            .collect();
        assert_eq!(lines.len(), 1, "{arguments:?} says: {errors}");
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn bad_media_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(
        path.join("text.mp4"),
        "Dear diary, today I pretended to be a film.\n".repeat(50),
    )
    .unwrap();
    fs::write(path.join("empty.mp4"), "").unwrap();
    let whole = fs::read(demo_media("bigbuckbunny.mp4")).unwrap();
    fs::write(path.join("cut.mp4"), &whole[..2_000]).unwrap();
    fs::write(path.join("sound.wav"), silent_wav()).unwrap();
    let before = names_in(path);
    fails(
        path,
        &["probe", "nowhere.mp4"],
        1,
        "there is no file nowhere.mp4",
    );
    fails(
        path,
        &["probe", "text.mp4"],
        1,
        "is not a video, sound or picture file",
    );
    fails(path, &["probe", "empty.mp4"], 1, "is empty");
    fails(path, &["probe", "cut.mp4"], 1, "is damaged or incomplete");
    fails(
        path,
        &["fill", "sound.wav", "--frames", "1..2", "out.mp4"],
        1,
        "holds no pictures",
    );
    fails(
        path,
        &["background", "sound.wav", "--color", "#ff0000", "out.mp4"],
        1,
        "holds no pictures",
    );
    assert!(succeeds(path, &["probe", "sound.wav"], "").contains("48000 Hz"));
    assert_eq!(names_in(path), before, "nothing half-written stays");
}

#[test]
fn wrong_usage_is_told_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fails(
        path,
        &["new", "film.everframe", "--size", "0x0"],
        2,
        "is not a size such as 1280x720",
    );
    fails(
        path,
        &["new", "film.everframe", "--rate", "0"],
        2,
        "not a frame rate",
    );
    fails(
        path,
        &["fill", "a.mp4", "--frames", "9..3", "out.mp4"],
        2,
        "is not a range of frames",
    );
    fails(path, &["background", "a.mp4", "out.mp4"], 2, "required");
    fails(
        path,
        &["background", "a.mp4", "--color", "sky", "out.mp4"],
        2,
        "is not a color",
    );
    fails(
        path,
        &["join", "a.mp4", "b.mp4", "--seconds", "900", "out.mp4"],
        2,
        "is not a length",
    );
    fails(path, &["dance"], 2, "neither a command nor a project");
    assert!(names_in(path).is_empty());
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("file"), "in the way").unwrap();
    project_with_bunny(path);
    fails(
        path,
        &["export", "film.everframe", "file/out.mp4"],
        1,
        "cannot be written",
    );
    fails(path, &["export", "film.everframe", "out.xyz"], 1, ".xyz");
    fails(
        path,
        &["export", "film.everframe", "out.mp4", "--preset", "betamax"],
        1,
        "no export preset \"betamax\"",
    );
    fails(path, &["new", "file/film.everframe"], 1, "did not work");
    fails(path, &["new", "film.everframe"], 1, "exists already");
    assert_eq!(fs::read_to_string(path.join("file")).unwrap(), "in the way");
}

/// A project with the first second of the bunny on it.
fn project_with_bunny(folder: &Path) {
    fs::copy(demo_media("bigbuckbunny.mp4"), folder.join("bunny.mp4")).unwrap();
    succeeds(folder, &["new", "film.everframe", "--size", "320x180"], "");
    let script = r#"{"import":"bunny.mp4"}
{"append":{"placement":{"asset":5,"count":25}}}
"#;
    let said = succeeds(folder, &["edit", "film.everframe", "--json"], script);
    assert!(said.contains("\"edits\":2"), "{said}");
}

#[test]
fn a_script_of_edits_happens_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    project_with_bunny(path);
    let before = fs::read(path.join("film.everframe")).unwrap();
    let output = everframe(
        path,
        &["edit", "film.everframe"],
        "{\"split\":{\"at\":10}}\n{\"split\":{\"at\":900}}\n",
    );
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("line 2 cannot be done"), "{errors}");
    let output = everframe(
        path,
        &["edit", "film.everframe"],
        "{\"splitt\":{\"at\":10}}\n",
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 1 is not an edit"));
    assert_eq!(fs::read(path.join("film.everframe")).unwrap(), before);
    succeeds(
        path,
        &["edit", "film.everframe"],
        "{\"split\":{\"at\":10}}\n",
    );
    assert_ne!(fs::read(path.join("film.everframe")).unwrap(), before);
    succeeds(path, &["frame", "film.everframe", "12", "frame.png"], "");
    let picture = image::open(path.join("frame.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (320, 180));
    fails(
        path,
        &["frame", "film.everframe", "900", "frame.png"],
        1,
        "not 900",
    );
}

#[test]
fn projects_that_cannot_be_understood_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (content, words) in [
        ("{\"everframe\": 999}", "newer Everframe"),
        (
            "{\"everframe\": 1, \"name\": ",
            "is not a project, or is damaged",
        ),
        ("a shopping list", "is not a project, or is damaged"),
    ] {
        fs::write(path.join("film.everframe"), content).unwrap();
        fails(path, &["edit", "film.everframe"], 1, words);
        fails(path, &["export", "film.everframe", "out.mp4"], 1, words);
        assert_eq!(
            fs::read_to_string(path.join("film.everframe")).unwrap(),
            content
        );
    }
    assert_eq!(names_in(path), ["film.everframe"]);
}

#[test]
fn moved_media_are_found_again_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    project_with_bunny(path);
    fs::create_dir_all(path.join("archive/2026")).unwrap();
    fs::rename(
        path.join("bunny.mp4"),
        path.join("archive/2026/renamed.mp4"),
    )
    .unwrap();
    fs::write(
        path.join("archive/bunny.mp4"),
        "the right name, another content",
    )
    .unwrap();
    fails(
        path,
        &["frame", "film.everframe", "3", "frame.png"],
        1,
        "is not where it was",
    );
    let said = succeeds(path, &["relink", "film.everframe", "archive"], "");
    assert!(said.contains("Relinked 1 of 1"), "{said}");
    succeeds(path, &["frame", "film.everframe", "3", "frame.png"], "");
}

/// A tenth of a second of silence.
fn silent_wav() -> Vec<u8> {
    let samples = 4_800_u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + samples * 2).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1_u16, 1].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(
        [48_000_u32, 96_000]
            .iter()
            .flat_map(|value| value.to_le_bytes()),
    );
    file.extend([2_u16, 16].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(b"data");
    file.extend((samples * 2).to_le_bytes());
    file.resize(file.len() + samples as usize * 2, 0);
    file
}

//! The commands on models as scripts see them, against a hub on this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../engine/runtime/tests/support/fake_hub.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod fake_hub;

use fake_hub::{FakeHub, Fault};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const REPOSITORY: &str = "Wan-AI/Wan2.1-VACE-1.3B-diffusers";
const ID: &str = "wan2.1-vace-1.3b";

fn tiny_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/generation/tests/fixtures/tiny_model")
}

/// A hub that has a real repository's layout with the small random model in it.
fn hub() -> FakeHub {
    let fake = FakeHub::start();
    let content = |name: &str| fs::read(tiny_model().join(name)).unwrap();
    for name in [
        "transformer/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer.json",
    ] {
        fake.large(REPOSITORY, name, &content(name));
    }
    for name in [
        "transformer/config.json",
        "vae/config.json",
        "text_encoder/config.json",
    ] {
        fake.small(REPOSITORY, name, &content(name));
    }
    fake
}

fn start(folder: &Path, hub: &str, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_everframe"))
        .arg("models")
        .args(arguments)
        .env("EVERFRAME_USER_MODELS_DIR", folder)
        .env("HF_ENDPOINT", hub)
        .env_remove("HF_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn models(folder: &Path, hub: &str, arguments: &[&str]) -> Output {
    start(folder, hub, arguments).wait_with_output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, hub: &str, arguments: &[&str]) -> String {
    let output = models(folder, hub, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(folder: &Path, hub: &str, arguments: &[&str], code: i32, words: &str) {
    let output = models(folder, hub, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    assert!(errors.contains(words), "{arguments:?} says: {errors}");
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_model_is_shown_installed_checked_and_removed() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    let path = folder.path();
    let plan = parsed(&succeeds(
        path,
        &fake.url,
        &["install", ID, "--dry-run", "--json"],
    ));
    assert_eq!(plan["files"].as_array().unwrap().len(), 7);
    assert_eq!(plan["repositories"][0]["license"], "apache-2.0");
    assert!(
        fs::read_dir(path).unwrap().next().is_none(),
        "a plan writes nothing"
    );
    let said = succeeds(path, &fake.url, &["install", ID, "--dry-run"]);
    assert!(
        said.contains("licence: apache-2.0") && said.contains("vae/config.json"),
        "{said}"
    );
    let said = succeeds(path, &fake.url, &["install", ID, "--yes"]);
    assert!(
        said.contains("Installed wan2.1-vace-1.3b") && said.contains("licence apache-2.0"),
        "{said}"
    );
    fails(path, &fake.url, &["install", ID, "--yes"], 1, "already");
    let listing = parsed(&succeeds(path, &fake.url, &["--json"]));
    let mine = listing["models"]
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == ID)
        .unwrap();
    assert_eq!(
        (mine["state"].as_str(), mine["memory"].as_str()),
        (Some("installed"), Some("fits"))
    );
    assert!(mine["what"].as_str().unwrap().contains("extends"), "{mine}");
    let offers = listing["installable"].as_array().unwrap();
    assert!(!offers.is_empty() && offers.iter().all(|model| model["id"] != ID));
    let said = succeeds(path, &fake.url, &["verify", ID]);
    assert!(said.contains("All 7 files"), "{said}");
    let vae = path
        .join(ID)
        .join("vae/diffusion_pytorch_model.safetensors");
    fs::write(&vae, "short").unwrap();
    fails(path, &fake.url, &["verify"], 1, "has 5 bytes, should have");
    let output = models(path, &fake.url, &["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer = parsed(&String::from_utf8(output.stdout).unwrap());
    assert!(
        answer["details"]
            .to_string()
            .contains("diffusion_pytorch_model"),
        "{answer}"
    );
    let said = succeeds(path, &fake.url, &["remove", ID]);
    assert!(said.contains("are free again"), "{said}");
    assert!(fs::read_dir(path).unwrap().next().is_none());
}

#[test]
fn the_list_fits_the_page_and_asks_nobody() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    let said = succeeds(folder.path(), &fake.url, &[]);
    assert_eq!(said, succeeds(folder.path(), &fake.url, &["list"]));
    assert!(
        said.contains("rife-4.6") && said.contains("shipped") && said.contains(ID),
        "{said}"
    );
    for line in said.lines().filter(|line| !line.starts_with("In ")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    assert!(
        fake.requests("").is_empty(),
        "nothing is asked of the network unasked"
    );
}

#[test]
fn nothing_is_downloaded_without_a_yes() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    fails(folder.path(), &fake.url, &["install", ID], 2, "needs --yes");
    assert!(fake.requests("").is_empty());
    fake.license(Some("other"));
    fails(
        folder.path(),
        &fake.url,
        &["install", ID, "--yes"],
        1,
        "no longer apache-2.0 but other",
    );
    assert!(fake.requests("/resolve/").is_empty());
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn wrong_words_are_told() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    let path = folder.path();
    fails(
        path,
        &fake.url,
        &["install", "nothing", "--yes"],
        1,
        "no model \"nothing\" to install",
    );
    fails(
        path,
        "nonsense",
        &["install", ID, "--yes"],
        1,
        "is not the address of a hub",
    );
    fails(
        path,
        &fake.url,
        &["verify", "nothing"],
        1,
        "no model \"nothing\" here",
    );
    fails(
        path,
        &fake.url,
        &["remove", "rife-4.6"],
        1,
        "ships with Everframe",
    );
    fails(path, &fake.url, &["adopt"], 2, "required");
    fails(
        path,
        &fake.url,
        &["adopt", "x", "--guidance", "0"],
        2,
        "not a number from",
    );
    fails(path, &fake.url, &["adopt", "nowhere"], 1, "nowhere");
    let hubless = FakeHub::start();
    fails(
        path,
        &hubless.url,
        &["install", ID, "--yes"],
        1,
        "has no Wan-AI",
    );
}

#[test]
fn files_are_adopted_where_they_are() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    let path = folder.path();
    let theirs = tiny_model().canonicalize().unwrap();
    let theirs = theirs.to_str().unwrap();
    let answer = parsed(&succeeds(
        path,
        &fake.url,
        &["adopt", theirs, "--id", "mine", "--json"],
    ));
    assert_eq!(answer["model"]["files"].as_array().unwrap().len(), 7);
    let said = succeeds(path, &fake.url, &[]);
    assert!(said.contains("mine") && said.contains("adopted"), "{said}");
    let said = succeeds(path, &fake.url, &["remove", "mine"]);
    assert!(said.contains("Forgot mine"), "{said}");
    assert!(tiny_model().join("vae/config.json").exists());
    let vae = format!("{theirs}/vae/diffusion_pytorch_model.safetensors");
    fails(
        path,
        &fake.url,
        &["adopt", &vae],
        1,
        "There is no transformer, no text encoder",
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_download_that_later_goes_on() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), hub());
    fake.fault("transformer/diffusion", Fault::Hang(Some(50_000)), 1);
    let child = start(folder.path(), &fake.url, &["install", ID, "--yes"]);
    let part = folder.path().join(format!(
        ".partial-{ID}/transformer/diffusion_pytorch_model.safetensors.part"
    ));
    let begun = Instant::now();
    while fs::metadata(&part).map_or(0, |metadata| metadata.len()) < 50_000 {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "the download never began"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let stopped = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(
        stopped.elapsed() < Duration::from_secs(2),
        "{:?}",
        stopped.elapsed()
    );
    let said = succeeds(folder.path(), &fake.url, &[]);
    assert!(
        said.contains("unfinished") && said.contains("install goes on"),
        "{said}"
    );
    succeeds(folder.path(), &fake.url, &["install", ID, "--yes"]);
    let last = fake.requests("transformer/diffusion").pop().unwrap();
    assert_eq!(last.range.as_deref(), Some("bytes=50000-"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_folder_of_models_moves_and_is_found_again() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_everframe"))
            .arg("models")
            .args(arguments)
            .env_remove("EVERFRAME_USER_MODELS_DIR")
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let theirs = tiny_model();
    let adopted = run(&["adopt", theirs.to_str().unwrap(), "--id", "mine"]);
    assert_eq!(adopted.status.code(), Some(0));
    let to = home.path().join("disk/models");
    let moved = run(&["move", to.to_str().unwrap(), "--json"]);
    let errors = String::from_utf8_lossy(&moved.stderr);
    assert_eq!(moved.status.code(), Some(0), "{errors}");
    let answer = parsed(&String::from_utf8(moved.stdout).unwrap());
    assert_eq!(answer["folder"], to.to_str().unwrap());
    assert!(to.join("mine/everframe-model.json").exists());
    assert!(!home.path().join("data/everframe/models").exists());
    let listed = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(listed.contains("mine"), "{listed}");
    // Into a folder with other things in it nothing is moved.
    let full = home.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("photo.jpg"), "").unwrap();
    let refused = run(&["move", full.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(to.join("mine").is_dir());
}

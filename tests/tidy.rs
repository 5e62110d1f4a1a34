//! The house rules that a machine can hold: arrows between rooms, one giant per room, sizes, words.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Which of our crates each crate may depend on.
const ARROWS: [(&str, &[&str]); 8] = [
    ("av", &[]),
    ("timeline", &["av"]),
    ("media", &["av"]),
    ("compositor", &["timeline", "av"]),
    ("generation", &["av"]),
    (
        "runtime",
        &["media", "compositor", "generation", "timeline", "av"],
    ),
    ("everframe", &["runtime", "timeline", "av"]),
    ("checks", &[]),
];

/// Foreign giants and the one room that may name them.
const GIANTS: [(&str, &str); 5] = [
    ("gstreamer", "engine/media"),
    ("candle", "engine/generation"),
    ("wgpu", "engine/compositor"),
    ("egui", "app"),
    ("eframe", "app"),
];

/// Lines that a source file may have; model files follow their reference from top to bottom and may be longer.
const LINES_MAX: usize = 600;
const MODEL_LINES_MAX: usize = 1_200;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files below the root that have one of the endings, without what is built or hidden.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') || name == "target" || name == "out" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(
        !found.is_empty(),
        "the tree has files that end in {endings:?}"
    );
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn manifests() -> BTreeMap<String, (PathBuf, toml::Table)> {
    let read = |path: PathBuf| {
        let table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let name = table["package"]["name"].as_str().unwrap().to_owned();
        (name, (path, table))
    };
    let paths = files(&["Cargo.toml"]).into_iter();
    paths
        .filter(|path| {
            path.parent().unwrap().canonicalize().unwrap() != root().canonicalize().unwrap()
        })
        .map(read)
        .collect()
}

fn dependencies(table: &toml::Table, section: &str) -> BTreeSet<String> {
    let section = table.get(section).and_then(toml::Value::as_table);
    section
        .map(|section| section.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn arrows_point_down() {
    let manifests = manifests();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(found, ours, "a new crate needs a line in ARROWS");
    for (name, allowed) in ARROWS {
        let used = dependencies(&manifests[name].1, "dependencies");
        for other in used.iter().filter(|other| ours.contains(other.as_str())) {
            assert!(
                allowed.contains(&other.as_str()),
                "{name} must not depend on {other}"
            );
        }
    }
}

#[test]
fn each_giant_lives_in_one_room() {
    for (name, (path, table)) in manifests() {
        for dependency in dependencies(&table, "dependencies") {
            for (giant, room) in GIANTS {
                let is_named = dependency.starts_with(giant);
                let is_home = short(&path).starts_with(room);
                assert!(
                    !is_named || is_home,
                    "{name} names {dependency}, which belongs in {room}"
                );
            }
        }
    }
    for path in files(&[".rs"]) {
        let text = fs::read_to_string(&path).unwrap();
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with("use "))
        {
            for (giant, room) in GIANTS {
                let is_named = line.trim_start().starts_with(&format!("use {giant}"));
                let is_home = short(&path).starts_with(room) || short(&path).starts_with("tests/");
                assert!(!is_named || is_home, "{}: {line}", short(&path));
            }
        }
    }
}

#[test]
fn the_document_touches_nothing_outside() {
    for path in files(&[".rs"]) {
        let name = short(&path);
        if !(name.starts_with("engine/timeline/src") || name.starts_with("engine/av/src")) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in [
            "std::fs",
            "std::thread",
            "std::net",
            "Instant::now",
            "SystemTime",
        ] {
            assert!(
                !text.contains(word),
                "{name} names {word}; values go in, values come out"
            );
        }
    }
}

#[test]
fn files_stay_small() {
    for path in files(&[".rs", ".wgsl"]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let max = if short(&path).contains("/models/") {
            MODEL_LINES_MAX
        } else {
            LINES_MAX
        };
        assert!(
            lines <= max,
            "{} has {lines} lines; at most {max}, split it by reason to change",
            short(&path)
        );
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("unimplemented", "!"),
    ];
    for path in files(&[".rs", ".wgsl", ".sh", ".py"]) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            for word in words {
                assert!(
                    !line.contains(word),
                    "{}:{number} leaves something for later: {}",
                    short(&path),
                    line.trim()
                );
            }
        }
    }
}

#[test]
fn the_project_names_no_machine() {
    for path in files(&[".rs", ".wgsl", ".sh", ".py", ".md", ".toml", "Makefile"]) {
        let text = fs::read_to_string(&path).unwrap();
        for word in [
            concat!("/wo", "rk/"),
            concat!("/home", "/"),
            concat!("/ro", "ot/"),
            concat!("/tm", "p/"),
        ] {
            assert!(
                !text.contains(word),
                "{} names a place of one machine: {word}",
                short(&path)
            );
        }
    }
}

#[test]
fn the_map_shows_every_room() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for room in fs::read_dir(root().join("engine")).unwrap() {
        let name = room.unwrap().file_name().to_string_lossy().into_owned();
        if root().join("engine").join(&name).is_dir() {
            assert!(
                map.contains(&format!("engine/{name}")),
                "ARCHITECTURE.md lacks engine/{name}"
            );
        }
    }
    for room in ["app", "assets", "shaders", "packaging", "tests"] {
        assert!(map.contains(room), "ARCHITECTURE.md lacks {room}");
    }
}

#[test]
fn every_crate_says_what_it_is_for_and_what_must_never_be_there() {
    for (name, (path, _)) in manifests() {
        if name == "checks" {
            continue;
        }
        let head = fs::read_to_string(path.with_file_name("src").join("lib.rs")).unwrap();
        let head: Vec<&str> = head
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        assert!(
            head.iter().any(|line| line.contains("Never here")),
            "{name}: what must never be there?"
        );
        assert!(
            head.iter().any(|line| line.contains("Start reading")),
            "{name}: where to start reading?"
        );
        assert!(
            head.len() <= 25,
            "{name}: the head has {} lines, at most 25",
            head.len()
        );
    }
}

#[test]
fn every_shipped_model_has_its_licence() {
    let folder = root().join("assets/models");
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let mut total = 0;
    for path in files(&[".safetensors"]) {
        let name = short(&path);
        let Some(name) = name.strip_prefix("assets/models/") else {
            continue;
        };
        assert!(
            manifest.contains(&format!("\"{name}\"")),
            "{name} is not in the manifest"
        );
        // Those beside the manifest are counted below.
        if name.contains('/') {
            total += path.metadata().unwrap().len();
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && name != "manifest.json" {
            assert!(
                manifest.contains(&format!("\"{name}\"")),
                "{name} is not in the manifest"
            );
            total += path.metadata().unwrap().len();
        }
    }
    assert!(
        total <= 120 << 20,
        "shipped models weigh {total} bytes; at most 120 MiB"
    );
}

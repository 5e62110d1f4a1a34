//! Models come, are checked and go, against a hub that drops, lies, corrupts, refuses and hangs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/fake_hub.rs"]
mod fake_hub;

#[path = "models/adopting.rs"]
mod adopting;
#[path = "models/desk.rs"]
mod desk;
#[path = "models/downloading.rs"]
mod downloading;
#[path = "models/installing.rs"]
mod installing;
#[path = "models/removing.rs"]
mod removing;

use fake_hub::FakeHub;
use generation::installed::{InstalledModel, Role, RunDefaults};
use runtime::{
    Error, JobProgress,
    models::{
        ModelsError, Patience,
        catalogue::{Installable, Part, PartFiles},
        hub::Hub,
        install::{install, plan},
        list::{Listed, list},
        verify::verify,
    },
};
use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};

/// The repository that most tests install from.
const REPOSITORY: &str = "owner/small-model";

/// Tries are few and waits short.
fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(400),
        first_wait: Duration::from_millis(10),
        tries_max: 4,
    }
}

fn hub_at(fake: &FakeHub) -> Hub {
    Hub::new(&fake.url, None, patience()).unwrap()
}

/// Bytes that compress badly and repeat never.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A hub with a model whose transformer is in two files.
fn usual_hub() -> FakeHub {
    let fake = FakeHub::start();
    let index = r#"{"weight_map":{"a":"net-00001-of-00002.safetensors",
        "b":"net-00002-of-00002.safetensors","c":"net-00001-of-00002.safetensors"}}"#;
    fake.small(
        REPOSITORY,
        "transformer/net.safetensors.index.json",
        index.as_bytes(),
    );
    fake.small(REPOSITORY, "transformer/config.json", b"{}");
    fake.large(
        REPOSITORY,
        "transformer/net-00001-of-00002.safetensors",
        &noise(1, 300_000),
    );
    fake.large(
        REPOSITORY,
        "transformer/net-00002-of-00002.safetensors",
        &noise(2, 70_000),
    );
    fake.large(REPOSITORY, "vae/vae.safetensors", &noise(3, 90_000));
    fake.large(
        REPOSITORY,
        "text_encoder/model.safetensors",
        &noise(4, 120_000),
    );
    fake.large(
        REPOSITORY,
        "text_encoder/not-wanted.safetensors",
        &noise(5, 10),
    );
    fake.small(
        REPOSITORY,
        "tokenizer/tokenizer.json",
        b"{\"model\":{\"type\":\"Unigram\"}}",
    );
    fake.small(REPOSITORY, "LICENSE.txt", b"Do what you like.\n");
    fake
}

fn part(role: Role, repository: &str, files: PartFiles) -> Part {
    Part {
        role,
        repository: repository.into(),
        files,
        about_bytes: 1,
    }
}

fn small_model(id: &str) -> Installable {
    let checkpoint = |role, stem: &str| part(role, REPOSITORY, PartFiles::Checkpoint(stem.into()));
    Installable {
        id: id.into(),
        name: "Small model".into(),
        what: "Nothing at all".into(),
        license: "Apache-2.0".into(),
        parts: vec![
            checkpoint(Role::Transformer, "transformer/net"),
            checkpoint(Role::Vae, "vae/vae"),
            checkpoint(Role::TextEncoder, "text_encoder/model"),
            part(
                Role::Tokenizer,
                REPOSITORY,
                PartFiles::File("tokenizer/tokenizer.json".into()),
            ),
        ],
        defaults: RunDefaults {
            sampler: "unipc".into(),
            num_inference_steps: 2,
            guidance_scale: 1.0,
            flow_shift: 3.0,
            boundary: None,
            area_max: 1_536,
            is_experimental: false,
        },
    }
}

/// A model of one file, for tests of one file.
fn one_file_model() -> Installable {
    let file = PartFiles::File("vae/vae.safetensors".into());
    Installable {
        parts: vec![part(Role::Vae, REPOSITORY, file)],
        ..small_model("one")
    }
}

fn go(_progress: JobProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn install_from(
    fake: &FakeHub,
    folder: &Path,
    model: Installable,
) -> Result<InstalledModel, Error> {
    let hub = hub_at(fake);
    let plan = plan(folder, model, &hub, &mut go)?;
    install(folder, &plan, &hub, &mut go)
}

/// The error of an install that must fail and leave nothing that counts as a model.
#[track_caller]
fn fails(fake: &FakeHub, folder: &Path, model: Installable) -> ModelsError {
    let id = model.id.clone();
    let error = install_from(fake, folder, model).unwrap_err();
    assert!(!folder.join(&id).exists(), "half a model stays: {error}");
    assert!(generation::installed::installed(folder).unwrap().is_empty());
    match error {
        Error::Models(error) => error,
        other => panic!("{other:?}"),
    }
}

/// Every file of a model is the one that was promised.
#[track_caller]
fn assert_whole(folder: &Path, id: &str) {
    let checked = verify(folder, Some(id), &mut go).unwrap();
    assert_eq!(checked.faults(), [] as [String; 0]);
}

/// What the list says of a model.
#[track_caller]
fn listed(folder: &Path, id: &str) -> Listed {
    let mut models = list(folder).unwrap().models.into_iter();
    models.find(|model| model.id == id).unwrap()
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(folder).unwrap();
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// The small random model that networks are tested with.
fn tiny_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../generation/tests/fixtures/tiny_model")
}

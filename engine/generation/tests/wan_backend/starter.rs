//! A model that ships as a folder, in the layout of the starter's training; the small random one stands in for it.

use super::common::{SIZE, answer_of, hole, known, request};
use candle_core::Device;
use generation::{
    Models, Operation, catalog,
    installed::{ModelFile, ModelRecord, RECORD_FILE, Role, RunDefaults, open},
    manifest::sha256_of,
    models::wan::backend::WanBackend,
};
use std::path::{Path, PathBuf};

const PARTS: [(Role, &str); 6] = [
    (Role::Transformer, "transformer/model.safetensors"),
    (Role::Config, "transformer/config.json"),
    (Role::Vae, "vae/model.safetensors"),
    (Role::Config, "vae/config.json"),
    (Role::TextEncoder, "text_encoder/model.safetensors"),
    (Role::Tokenizer, "tokenizer.json"),
];

fn record(folder: &Path) -> ModelRecord {
    let files = PARTS.map(|(role, path)| ModelFile {
        role,
        path: path.into(),
        size_bytes: std::fs::metadata(folder.join(path)).unwrap().len(),
        sha256: sha256_of(&folder.join(path)).unwrap(),
        strength: 1.0,
    });
    ModelRecord {
        schema: 1,
        id: "starter".into(),
        name: "Starter (experimental)".into(),
        license: "MIT OR Apache-2.0".into(),
        source: "trained by the project".into(),
        origins: Vec::new(),
        files: files.to_vec(),
        defaults: RunDefaults {
            sampler: "euler".into(),
            num_inference_steps: 2,
            guidance_scale: 4.0,
            flow_shift: 3.0,
            boundary: None,
            area_max: 32 * 48,
            is_experimental: true,
        },
    }
}

/// A folder of shipped models with the small one in it, in `folder`.
fn shipped(folder: &Path) -> Models {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/starter");
    let to = folder.join("starter");
    for (_, path) in PARTS {
        std::fs::create_dir_all(to.join(path).parent().unwrap()).unwrap();
        std::fs::copy(fixture.join(path), to.join(path)).unwrap();
    }
    let text = serde_json::to_vec(&record(&to)).unwrap();
    std::fs::write(to.join(RECORD_FILE), text).unwrap();
    // The sketch's pictures are looked into when backends are listed.
    for name in ["manifest.json", "sketch.sprites.safetensors"] {
        let from = Models::locate().unwrap().folder().join(name);
        std::fs::copy(from, folder.join(name)).unwrap();
    }
    Models::open(folder).unwrap()
}

fn starter(folder: &Path) -> PathBuf {
    shipped(folder).folder().join("starter")
}

#[test]
fn an_experiment_is_listed_and_answers_by_name_only() {
    let folder = tempfile::tempdir().unwrap();
    let models = shipped(folder.path());
    let all = catalog::backends(&models).unwrap();
    let last = all.last().unwrap().describe();
    assert_eq!((last.id.as_str(), last.is_experimental), ("starter", true));
    assert!(last.name.ends_with("(experimental)") && last.summary.contains("first try"));
    for operation in [Operation::TextToVideo, Operation::RepaintRegion] {
        let wish = request(operation, hole(9));
        let chosen = catalog::choice(&models, &wish).map(|choice| choice.backend);
        let id = chosen.map(|backend| backend.describe().id.clone());
        assert_ne!(id.ok().as_deref(), Some("starter"), "{operation}");
    }
    let named = catalog::backend(&models, "starter").unwrap();
    assert_eq!(named.describe().id, "starter");
}

#[test]
fn every_kind_of_wish_is_answered_and_known_frames_stay() {
    let folder = tempfile::tempdir().unwrap();
    let model = open(&starter(folder.path())).unwrap();
    let mut backend = WanBackend::open(model, None, Device::Cpu).unwrap();
    let wishes = [
        (Operation::TextToVideo, hole(20)),
        (Operation::Animate, [known(1, 1), hole(8)].concat()),
        (Operation::ExtendForwards, [known(1, 5), hole(12)].concat()),
        (Operation::ExtendBackwards, [hole(9), known(1, 4)].concat()),
        (
            Operation::Join,
            [known(1, 5), hole(4), known(2, 4)].concat(),
        ),
    ];
    for (operation, frames) in wishes {
        let output = answer_of(&mut backend, &request(operation, frames));
        assert_eq!(output.recipe.size.area(), 32 * 48, "{operation} of {SIZE}");
    }
}

#[test]
fn pace_is_told_from_the_rate_of_training() {
    let folder = tempfile::tempdir().unwrap();
    let model = open(&starter(folder.path())).unwrap();
    let mut backend = WanBackend::open(model, None, Device::Cpu).unwrap();
    let output = answer_of(&mut backend, &request(Operation::TextToVideo, hole(9)));
    let notes: Vec<String> = output.notes.iter().map(|note| note.text.clone()).collect();
    let pace = notes.iter().find(|note| note.contains("was trained at 8 "));
    assert!(pace.is_some(), "{notes:?}");
}

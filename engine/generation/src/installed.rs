//! Models that the user installed or adopted: one folder each below the user's models folder, with a record that says
//! what its files are.
//!
//! The folder is `EVERFRAME_USER_MODELS_DIR` when set, else what the application says (its data folder). Adopted files
//! stay where they are and are named by their whole path; installed ones lie beside the record.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name of a record in its model's folder. A folder without one is not a model: it is written last.
pub const RECORD_FILE: &str = "everframe-model.json";

/// What a file of a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The diffusion transformer; of two experts, the one for high noise.
    Transformer,
    /// The expert for low noise.
    TransformerLowNoise,
    /// The autoencoder.
    Vae,
    /// A small autoencoder for previews.
    TinyVae,
    /// The prompt encoder.
    TextEncoder,
    /// `tokenizer.json`.
    Tokenizer,
    /// Low-rank changes to the transformer, merged when it is loaded.
    Lora,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// What it is for; the parts of a sharded checkpoint all have the same role.
    pub role: Role,
    /// Beside the record, or whole for adopted files.
    pub path: PathBuf,
    /// Bytes.
    pub size_bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// How much of a low-rank change counts; 1 for other files.
    #[serde(default = "one")]
    pub strength: f64,
}

/// How a model wants to be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDefaults {
    /// "unipc", "euler" or "dmd".
    pub sampler: String,
    /// Steps.
    pub num_inference_steps: i64,
    /// Guidance; 1 for distilled models.
    pub guidance_scale: f64,
    /// Shift of the noise levels.
    pub flow_shift: f64,
    /// Part of the noise, 0 to 1, above which the first of two experts works.
    #[serde(default)]
    pub boundary: Option<f64>,
    /// Most pixels of a frame; larger clips are made smaller and enlarged.
    pub area_max: u64,
}

/// What is installed under one id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRecord {
    /// Layout of this record; 1.
    pub schema: u32,
    /// Stable id, also the name of its folder.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Licence of the weights, SPDX, or what the publisher says.
    pub license: String,
    /// Repository and revision, or the folder it was adopted from.
    pub source: String,
    /// The files.
    pub files: Vec<ModelFile>,
    /// How it is run when nothing was chosen.
    pub defaults: RunDefaults,
}

fn one() -> f64 {
    1.0
}

impl ModelRecord {
    /// Files of one role, in order, with whole paths.
    pub fn paths(&self, folder: &Path, role: Role) -> Vec<PathBuf> {
        let files = self.files.iter().filter(|file| file.role == role);
        files.map(|file| folder.join(&file.path)).collect()
    }
}

/// A model's folder and its record.
#[derive(Debug, Clone, PartialEq)]
pub struct InstalledModel {
    /// The folder.
    pub folder: PathBuf,
    /// What is in it.
    pub record: ModelRecord,
}

/// Every model below `folder`, by id; a folder that does not exist holds none. A record that cannot be read is an
/// error of its own beside the others, so that one broken model does not hide the rest.
pub fn installed(folder: &Path) -> Result<Vec<Result<InstalledModel>>> {
    let io = |what: &str, path: &Path| {
        let (what, path) = (what.to_owned(), path.to_path_buf());
        move |source| Error::Io { what, source, path }
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io("cannot list the models folder", folder))? {
        let path = entry
            .map_err(io("cannot list the models folder", folder))?
            .path();
        if path.join(RECORD_FILE).is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders.into_iter().map(|folder| open(&folder)).collect())
}

/// The model in `folder`.
pub fn open(folder: &Path) -> Result<InstalledModel> {
    let path = folder.join(RECORD_FILE);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Io {
        what: "cannot read the model's record".into(),
        source,
        path: path.clone(),
    })?;
    let record = serde_json::from_str(&text).map_err(|err| Error::Manifest {
        reason: err.to_string(),
        path,
    })?;
    Ok(InstalledModel {
        folder: folder.to_path_buf(),
        record,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_model_for_tests_is_whole() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let all = installed(&folder).unwrap();
        let [Ok(model)] = all.as_slice() else {
            panic!("one model, not {all:?}");
        };
        assert_eq!(model.record.id, "tiny_model");
        for file in &model.record.files {
            let path = model.folder.join(&file.path);
            assert_eq!(crate::manifest::sha256_of(&path).unwrap(), file.sha256);
            assert_eq!(std::fs::metadata(&path).unwrap().len(), file.size_bytes);
        }
        assert_eq!(
            model.record.paths(&model.folder, Role::Vae),
            [folder.join("tiny_model/vae/diffusion_pytorch_model.safetensors")]
        );
    }

    #[test]
    fn a_broken_record_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        assert!(installed(&folder.path().join("none")).unwrap().is_empty());
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_model");
        let record = std::fs::read_to_string(fixture.join(RECORD_FILE)).unwrap();
        for (name, text) in [("a", "{"), ("b", record.as_str())] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join(RECORD_FILE), text).unwrap();
        }
        std::fs::create_dir(folder.path().join("half-installed")).unwrap();
        let all = installed(folder.path()).unwrap();
        assert!(matches!(all.as_slice(), [Err(_), Ok(_)]), "{all:?}");
    }
}

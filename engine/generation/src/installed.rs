//! Models that the user installed or adopted: one folder each below the user's models folder, with a record that says
//! what its files are.
//!
//! The folder is `EVERFRAME_USER_MODELS_DIR` when set, else what the application says (its data folder). Adopted files
//! stay where they are and are named by their whole path; installed ones lie beside the record.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Name of a record in its model's folder. A folder without one is not a model: it is written last.
pub const RECORD_FILE: &str = "everframe-model.json";

/// Layout of the records that this version writes and reads.
pub const RECORD_SCHEMA: u32 = 1;

/// Longest id; it is also the name of a folder.
const ID_CHARS_MAX: usize = 64;

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
    /// What hears speech and writes it down: encoder and decoder in one.
    SpeechToText,
    /// `tokenizer.json`.
    Tokenizer,
    /// Low-rank changes to the transformer, merged when it is loaded.
    Lora,
    /// `config.json` beside a checkpoint; says what the shapes of its tensors cannot.
    Config,
    /// Text of the licence as it was when the model was installed; no network reads it.
    License,
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
    /// Whether it only answers when it is asked for by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_experimental: bool,
}

impl Default for RunDefaults {
    /// Those of a model that makes no pictures: one step of nothing.
    fn default() -> Self {
        Self {
            sampler: "none".into(),
            num_inference_steps: 1,
            guidance_scale: 1.0,
            flow_shift: 1.0,
            boundary: None,
            area_max: 0,
            is_experimental: false,
        }
    }
}

/// Where a part of an installed model was downloaded from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Owner and name on the hub.
    pub repository: String,
    /// The commit, whole; a branch would move.
    pub revision: String,
    /// Licence as its publisher stated it then.
    pub license: String,
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
    /// The repositories of an installed model, pinned; none for an adopted one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// The files.
    pub files: Vec<ModelFile>,
    /// How it is run when nothing was chosen; says nothing for a model that makes no pictures.
    #[serde(default)]
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

    /// Whether it writes down what is said, and makes no pictures.
    pub fn hears_speech(&self) -> bool {
        self.files
            .iter()
            .any(|file| file.role == Role::SpeechToText)
    }

    /// Whether its files are the user's own, which are never deleted.
    pub fn is_adopted(&self) -> bool {
        self.files.iter().any(|file| file.path.is_absolute())
    }

    /// Bytes of all files together.
    pub fn size_bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|file| file.size_bytes);
        sizes.fold(0, u64::saturating_add)
    }

    /// What keeps this record from being believed, in words; records are read from the disk, where anything may lie.
    pub fn fault(&self) -> Option<String> {
        if self.schema != RECORD_SCHEMA {
            return Some(format!(
                "its layout is {}, this version reads {RECORD_SCHEMA}",
                self.schema
            ));
        }
        if !is_id(&self.id) {
            return Some(format!("\"{}\" is no id", self.id));
        }
        self.files.iter().find_map(ModelFile::fault)
    }
}

impl ModelFile {
    fn fault(&self) -> Option<String> {
        let is_inside = self
            .path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if self.path.as_os_str().is_empty() || !(is_inside || self.path.is_absolute()) {
            return Some(format!("{} leads out of its folder", self.path.display()));
        }
        let is_hash = self.sha256.len() == 64
            && (self.sha256.bytes()).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (!is_hash).then(|| format!("{} has no sha256", self.path.display()))
    }
}

/// Whether `text` can be the id of a model: short, and safe as the name of a folder on every system.
pub fn is_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(is_plain)
        && text.len() <= ID_CHARS_MAX
        && text.chars().all(|c| is_plain(c) || ".-_".contains(c))
        && !text.ends_with('.')
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
        let entry = entry.map_err(io("cannot list the models folder", folder))?;
        // What is still being downloaded or removed has a hidden name.
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path();
        if !is_hidden && path.join(RECORD_FILE).is_file() {
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
    let bad = |reason: String| Error::Manifest {
        reason,
        path: path.clone(),
    };
    let record: ModelRecord = serde_json::from_str(&text).map_err(|err| bad(err.to_string()))?;
    if let Some(reason) = record.fault() {
        return Err(bad(reason));
    }
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

    #[test]
    fn a_record_that_leads_out_of_its_folder_is_refused() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny_model");
        let good = open(&fixture).unwrap().record;
        assert_eq!(good.fault(), None);
        assert!(!good.is_adopted());
        assert_eq!(
            good.size_bytes(),
            good.files.iter().map(|file| file.size_bytes).sum::<u64>()
        );
        let with_path = |path: &str| {
            let mut record = good.clone();
            record.files[1].path = path.into();
            record
        };
        for path in ["../other/file", "vae/../../file", "", "./vae"] {
            assert!(with_path(path).fault().is_some(), "{path}");
        }
        let adopted = with_path("/models/vae.safetensors");
        assert!(adopted.is_adopted() && adopted.fault().is_none());
        let mut newer = good.clone();
        newer.schema = 2;
        assert!(newer.fault().unwrap().contains("layout is 2"));
        let mut unhashed = good.clone();
        unhashed.files[0].sha256 = "ABC".into();
        assert!(unhashed.fault().is_some());
        let folder = tempfile::tempdir().unwrap();
        let text = serde_json::to_string(&with_path("../x")).unwrap();
        std::fs::write(folder.path().join(RECORD_FILE), text).unwrap();
        assert!(matches!(open(folder.path()), Err(Error::Manifest { .. })));
    }

    #[test]
    fn ids_are_names_of_folders() {
        for id in ["wan2.1-vace-1.3b", "tiny_model", "a"] {
            assert!(is_id(id), "{id}");
        }
        let long = "a".repeat(65);
        for id in [
            "",
            ".",
            "..",
            ".partial-a",
            "a/b",
            "A",
            "a.",
            "-a",
            "ä",
            long.as_str(),
        ] {
            assert!(!is_id(id), "{id}");
        }
    }
}

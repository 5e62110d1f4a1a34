//! Models beyond the shipped ones: what can be installed, what is there, whether it is whole, and how it goes again.
//!
//! Never here: what networks compute. This is the only part of the program that uses the network, and it does so only
//! when a model is being installed. A model lies in a folder of its own below the user's models folder, with a record
//! ([`generation::installed`]) that is there only when everything else is.
//!
//! Start reading at [`catalogue`] (what can be installed), then [`install`] and [`adopt`], then [`list`].

pub mod adopt;
pub mod catalogue;
pub mod desk;
mod digest;
mod download;
mod error;
pub mod hub;
pub mod install;
mod limits;
pub mod list;
mod meter;
mod partial;
mod parts;
pub mod relocate;
pub mod remove;
mod transfer;
pub mod verify;

pub use digest::Promise;
pub use error::ModelsError;
pub use transfer::Patience;

use crate::{Error, error::Result};
use generation::{
    Models,
    installed::{InstalledModel, RECORD_FILE, installed, is_id},
};
use std::path::{Path, PathBuf};

/// Folder beside the installed models for what was costly to find out: encoded prompts and measured speeds. It may be
/// deleted at any time.
const CACHE_FOLDER: &str = ".cache";

/// Where models that the user installs or adopts are recorded: `EVERFRAME_USER_MODELS_DIR`, else where they were moved
/// to, else `models` in the user's data folder, else `.everframe/models` where the system names none.
pub fn user_models_folder() -> PathBuf {
    if let Some(folder) = set_models_folder() {
        return folder;
    }
    let usual = usual_models_folder();
    relocate::chosen(&relocate::choice_file(&usual)).unwrap_or(usual)
}

/// The folder that the environment sets; then it cannot be moved from here.
pub fn set_models_folder() -> Option<PathBuf> {
    std::env::var_os("EVERFRAME_USER_MODELS_DIR").map(PathBuf::from)
}

/// Where the user's models are unless somebody chose otherwise.
fn usual_models_folder() -> PathBuf {
    match directories::ProjectDirs::from("", "", "everframe") {
        Some(folders) => folders.data_dir().join("models"),
        None => Path::new(".everframe").join("models"),
    }
}

/// The shipped models and those that the user installed.
pub fn all_models() -> Result<Models> {
    let folder = user_models_folder();
    let cache = folder.join(CACHE_FOLDER);
    Ok(Models::locate()?
        .with_user_folder(folder)
        .with_cache_folder(cache))
}

/// A number of bytes as people write it, in the units of disks and hubs: "4.31 GB".
pub fn size_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    // What would round to a thousand is one of the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// Refuses an id that no new model can have.
fn taken(models_folder: &Path, id: &str) -> Result<()> {
    if !is_id(id) {
        return Err(Error::Models(ModelsError::BadId { id: id.into() }));
    }
    let is_shipped = shipped().is_some_and(|models| models.entry(id).is_ok());
    let is_here = models_folder.join(id).join(RECORD_FILE).exists()
        || (installed(models_folder)?.into_iter().flatten()).any(|model| model.record.id == id);
    if is_shipped || is_here {
        return Err(Error::Models(ModelsError::Taken { id: id.into() }));
    }
    Ok(())
}

/// The shipped models; a program without them still lists and installs others.
fn shipped() -> Option<Models> {
    Models::locate().ok()
}

/// The model with this id among those of the user.
fn find(models_folder: &Path, id: &str) -> Result<InstalledModel> {
    let mut known = Vec::new();
    for model in installed(models_folder)?.into_iter().flatten() {
        if model.record.id == id {
            return Ok(model);
        }
        known.push(model.record.id);
    }
    let known = if known.is_empty() {
        "none; install or adopt one".into()
    } else {
        known.join(", ")
    };
    Err(Error::Models(ModelsError::NotThere {
        id: id.into(),
        known,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        let said = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.00 kB"),
            (11_360_000_000, "11.4 GB"),
            (999_400, "999 kB"),
            (999_600, "1.00 MB"),
            (9_996_000, "10.0 MB"),
            (508_000_000, "508 MB"),
            (u64::MAX, "18446744 TB"),
        ];
        for (bytes, words) in said {
            assert_eq!(size_words(bytes), words);
        }
    }
}

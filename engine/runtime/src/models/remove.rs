//! Removing: the files that a model's record names inside its own folder, and nothing else. Adopted files are only
//! forgotten.

use super::{
    error::ModelsError,
    find,
    partial::{PARTIAL_PREFIX, REMOVING_PREFIX, lock, size_bytes},
    shipped,
};
use crate::{Error, error::Result};
use generation::installed::{InstalledModel, RECORD_FILE, is_id};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Bytes given back to the disk; less when another model shares files.
    pub freed_bytes: u64,
    /// Whether the files were the user's own and stay.
    pub was_adopted: bool,
    /// Files in the folder that the record does not name; they stay.
    pub kept: Vec<PathBuf>,
}

/// Removes the model `id`, and what an interrupted download or removal of it left.
pub fn remove(models_folder: &Path, id: &str) -> Result<Removed> {
    if !is_id(id) {
        return Err(Error::Models(ModelsError::BadId { id: id.into() }));
    }
    let is_there = |folder: &Path| fs::symlink_metadata(folder).is_ok();
    let mut removed = Removed::default();
    let partial = models_folder.join(format!("{PARTIAL_PREFIX}{id}"));
    let removing = models_folder.join(format!("{REMOVING_PREFIX}{id}"));
    let was_there = is_there(&partial) || is_there(&removing);
    if is_there(&partial) {
        removed.freed_bytes += remove_partial(&partial, id)?;
    }
    if is_there(&removing) {
        let files = match generation::installed::open(&removing) {
            Ok(model) => own_files(&model)?,
            // Its record went last, so everything that was ours is gone.
            Err(_no_record) => Vec::new(),
        };
        empty(&removing, &models_folder.join(id), &files, &mut removed)?;
    }
    match find(models_folder, id) {
        Ok(model) => {
            let files = own_files(&model)?;
            removed.was_adopted = model.record.is_adopted();
            // Under another name it is no longer a model, even if the rest is interrupted.
            fs::rename(&model.folder, &removing)
                .map_err(Error::io("Renaming the model's folder", &model.folder))?;
            empty(&removing, &model.folder, &files, &mut removed)?;
        }
        Err(_not_there) if was_there => {}
        Err(not_there) => {
            let is_shipped = shipped().is_some_and(|models| models.entry(id).is_ok());
            return Err(if is_shipped {
                Error::Models(ModelsError::Shipped { id: id.into() })
            } else {
                broken(models_folder, id).unwrap_or(not_there)
            });
        }
    }
    Ok(removed)
}

/// A folder with a record that cannot be read is not ours to empty: the error says why.
fn broken(models_folder: &Path, id: &str) -> Option<Error> {
    let folder = models_folder.join(id);
    let error = folder
        .join(RECORD_FILE)
        .is_file()
        .then(|| generation::installed::open(&folder).err());
    error.flatten().map(Error::Generation)
}

/// Deletes a download's folder, which only this program writes to; links in it are deleted, not followed.
fn remove_partial(folder: &Path, id: &str) -> Result<u64> {
    let io = |source| Error::io("Removing the folder", folder)(source);
    if fs::symlink_metadata(folder).map_err(io)?.is_symlink() {
        return Err(Error::Models(ModelsError::LeadsOut {
            path: folder.to_owned(),
        }));
    }
    let _held = lock(folder, id)?;
    let bytes = size_bytes(folder);
    fs::remove_dir_all(folder).map_err(io)?;
    Ok(bytes)
}

/// Deletes `files` below `folder` and the folder; with something of the user's left in it, it is called `back` again.
fn empty(folder: &Path, back: &Path, files: &[PathBuf], removed: &mut Removed) -> Result<()> {
    let mut inner = BTreeSet::new();
    for file in files {
        removed.freed_bytes += remove_file(&folder.join(file))?;
        let parents = file.ancestors().skip(1);
        inner.extend(parents.filter(|parent| !parent.as_os_str().is_empty()));
    }
    for inner in inner.iter().rev() {
        // What is not empty holds something of the user's.
        fs::remove_dir(folder.join(inner)).ok();
    }
    if fs::remove_dir(folder).is_ok() {
        return Ok(());
    }
    let kept = files_below(folder);
    fs::rename(folder, back).map_err(Error::io("Renaming the model's folder", folder))?;
    let inner = kept
        .iter()
        .filter_map(|path| path.strip_prefix(folder).ok());
    removed.kept.extend(inner.map(|inner| back.join(inner)));
    Ok(())
}

/// The files to delete, by path inside the folder; a link on the way to one of them ends everything before anything was
/// deleted.
fn own_files(model: &InstalledModel) -> Result<Vec<PathBuf>> {
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    if is_link(&model.folder) {
        return Err(Error::Models(ModelsError::LeadsOut {
            path: model.folder.clone(),
        }));
    }
    let mut files = Vec::new();
    for file in &model.record.files {
        if file.path.is_absolute() {
            continue;
        }
        let folders = file.path.ancestors().skip(1);
        let mut folders = folders.filter(|inner| !inner.as_os_str().is_empty());
        if let Some(link) = folders.find(|inner| is_link(&model.folder.join(inner))) {
            return Err(Error::Models(ModelsError::LeadsOut {
                path: model.folder.join(link),
            }));
        }
        files.push(file.path.clone());
    }
    // Last, so that an interrupted removal still knows what is to go.
    files.push(PathBuf::from(RECORD_FILE));
    Ok(files)
}

fn remove_file(path: &Path) -> Result<u64> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        // Gone already.
        return Ok(0);
    };
    fs::remove_file(path).map_err(Error::io("Removing the file", path))?;
    Ok(if metadata.is_file() {
        own_bytes(&metadata)
    } else {
        0
    })
}

/// Bytes that a file's removal gives back: none while another model has it too.
#[cfg(unix)]
fn own_bytes(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    if metadata.nlink() > 1 {
        0
    } else {
        metadata.len()
    }
}

#[cfg(not(unix))]
fn own_bytes(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

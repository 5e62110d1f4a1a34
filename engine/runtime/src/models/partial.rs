//! The folder in which a model comes together, `.partial-ID`: whole files, growing files, and notes on both. It becomes
//! the model's folder by being renamed, so that a model is there whole or not at all.

use super::{download::disk_error, error::ModelsError, limits};
use crate::{Error, error::Result, project_file::write_whole};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

/// Before an id: the folder of a download that is not finished.
pub(super) const PARTIAL_PREFIX: &str = ".partial-";

/// Before an id: the folder of a model that is being removed.
pub(super) const REMOVING_PREFIX: &str = ".removing-";

const NOTES_FILE: &str = "download.json";
const LOCK_FILE: &str = "lock";

/// What is known of the files in the folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Bytes of all files when whole.
    pub total_bytes: u64,
    /// By path in the folder.
    pub files: BTreeMap<String, FileNote>,
}

/// What is known of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileNote {
    /// Hash that the hub promised.
    pub promise: String,
    /// The server's tag of what has come so far.
    pub tag: Option<String>,
    /// Of the whole file, once it was checked.
    pub sha256: Option<String>,
}

/// The folder, held by this process alone.
pub(super) struct Partial {
    pub folder: PathBuf,
    pub notes: Notes,
    lock: File,
}

impl Partial {
    /// Makes or opens the folder of `id`.
    pub fn open(models_folder: &Path, id: &str) -> Result<Self> {
        let folder = models_folder.join(format!("{PARTIAL_PREFIX}{id}"));
        fs::create_dir_all(&folder)
            .map_err(|source| disk_error("Making the folder", &folder, source))?;
        let lock = lock(&folder, id)?;
        Ok(Self {
            notes: read_notes(&folder).unwrap_or_default(),
            folder,
            lock,
        })
    }

    /// Writes the notes.
    pub fn save(&self) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.notes).map_err(|error| Error::Unsuitable {
            reason: format!("the notes on a download cannot be written: {error}"),
        })?;
        write_whole(&self.folder.join(NOTES_FILE), &text).map_err(full_disk)
    }

    /// The SHA-256 of a file that is whole and was checked against this promise.
    pub fn whole(&self, path: &str, promise: &str, size: u64) -> Option<&str> {
        let note = self.notes.files.get(path)?;
        let length = fs::symlink_metadata(self.folder.join(path)).ok()?;
        let is_same = note.promise == promise && length.is_file() && length.len() == size;
        note.sha256.as_deref().filter(|_sha256| is_same)
    }

    /// Gets ready for a file with this promise: bytes of another promise are thrown away.
    pub fn expect(&mut self, path: &str, promise: &str) -> Result<()> {
        let note = self.notes.files.entry(path.to_owned()).or_default();
        let is_same = note.promise == promise;
        *note = FileNote {
            promise: promise.into(),
            tag: note.tag.take().filter(|_tag| is_same),
            sha256: None,
        };
        if !is_same {
            for file in [self.folder.join(path), self.part(path)] {
                remove_if_there(&file)?;
            }
        }
        let file = self.folder.join(path);
        let folder = crate::project_file::folder_of(&file);
        fs::create_dir_all(folder)
            .map_err(|source| disk_error("Making the folder", folder, source))?;
        self.save()
    }

    /// Where a file grows.
    pub fn part(&self, path: &str) -> PathBuf {
        self.folder.join(format!("{path}.part"))
    }

    /// Bytes that are on the disk already.
    pub fn size_bytes(&self) -> u64 {
        size_bytes(&self.folder)
    }

    /// Becomes the model's folder.
    pub fn finish(self, folder: &Path) -> Result<()> {
        let files: Vec<PathBuf> = self
            .notes
            .files
            .keys()
            .map(|path| self.part(path))
            .collect();
        for file in files.into_iter().chain([self.folder.join(NOTES_FILE)]) {
            remove_if_there(&file)?;
        }
        remove_if_there(&self.folder.join(LOCK_FILE))?;
        drop(self.lock);
        // An empty folder may be replaced; anything else is somebody's.
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                return Err(Error::Models(ModelsError::FolderInTheWay {
                    path: folder.to_owned(),
                }));
            }
            _gone_or_reported_by_the_rename => {}
        }
        fs::rename(&self.folder, folder).map_err(Error::io("Naming the model's folder", folder))?;
        crate::project_file::sync_folder(crate::project_file::folder_of(folder))
    }
}

/// Holds `folder` for this process; the system lets go when the process ends.
pub(super) fn lock(folder: &Path, id: &str) -> Result<File> {
    let path = folder.join(LOCK_FILE);
    let file = File::create(&path)
        .map_err(|source| disk_error("Locking the model's folder", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Models(ModelsError::InUse { id: id.into() })),
        Err(TryLockError::Error(source)) => {
            Err(Error::io("Locking the model's folder", &path)(source))
        }
    }
}

/// The notes in a folder, if there are any that can be read; without them everything starts again.
pub(super) fn read_notes(folder: &Path) -> Option<Notes> {
    let text = fs::read(folder.join(NOTES_FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Bytes of all files in a folder, links not followed; what cannot be looked at counts nothing.
pub(super) fn size_bytes(folder: &Path) -> u64 {
    let mut total = 0_u64;
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_file() {
                total = total.saturating_add(metadata.len());
            } else if metadata.is_dir() && depth < limits::ADOPT_DEPTH_MAX {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    total
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("Removing the file", path)(error))
        }
        _removed_or_gone => Ok(()),
    }
}

/// The same error in the words for a full disk where it is one.
pub(super) fn full_disk(error: Error) -> Error {
    match error {
        Error::Io {
            action,
            source,
            path,
        } => disk_error(action, &path, source),
        other => other,
    }
}

//! A file that gets its name only when it is complete.

use crate::{Error, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What is being written, under a name that says so.
#[derive(Debug)]
pub struct Target {
    partial: PathBuf,
    out: PathBuf,
    is_folder: bool,
    is_committed: bool,
}

impl Target {
    /// Begins `out` (a file, or a folder of pictures) as `out.part`, finding out at once whether it can be written.
    pub fn create(out: &Path, is_folder: bool) -> Result<Self> {
        let mut name = out
            .file_name()
            .map(ToOwned::to_owned)
            .ok_or_else(|| Error::Unwritable {
                source: io::Error::other("it has no name"),
                path: out.into(),
            })?;
        name.push(".part");
        let partial = out.with_file_name(name);
        let made = if is_folder {
            // What an earlier crash left would mix with the new pictures.
            fs::remove_dir_all(&partial).ok();
            fs::create_dir(&partial)
        } else {
            fs::File::create(&partial).map(drop)
        };
        made.map_err(|source| write_error(source, out))?;
        Ok(Self {
            partial,
            out: out.into(),
            is_folder,
            is_committed: false,
        })
    }

    /// Where to write.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Gives the finished work its name; returns its size in bytes.
    pub fn commit(mut self) -> Result<u64> {
        let failed = |source| write_error(source, &self.out);
        let bytes = if self.is_folder {
            let mut sum = 0;
            for entry in fs::read_dir(&self.partial).map_err(failed)? {
                sum += entry
                    .and_then(|entry| entry.metadata())
                    .map_err(failed)?
                    .len();
            }
            if self.out.is_dir() {
                self.replace_folder().map_err(failed)?;
            }
            sum
        } else {
            let file = fs::File::open(&self.partial).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            file.metadata().map_err(failed)?.len()
        };
        fs::rename(&self.partial, &self.out).map_err(failed)?;
        self.is_committed = true;
        Ok(bytes)
    }

    /// Removes the pictures of an earlier export; a folder that holds anything else is left alone and reported.
    fn replace_folder(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.out)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "png") {
                fs::remove_file(path)?;
            }
        }
        fs::remove_dir(&self.out)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if self.is_committed {
            return;
        }
        // A partial file that cannot be removed still bears a name that says what it is.
        if self.is_folder {
            fs::remove_dir_all(&self.partial).ok();
        } else {
            fs::remove_file(&self.partial).ok();
        }
    }
}

/// The error of a file that could not be written.
pub fn write_error(source: io::Error, path: &Path) -> Error {
    let path = path.into();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::DiskFull { path }
        }
        _ => Error::Unwritable { source, path },
    }
}

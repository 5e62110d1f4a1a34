//! A file in memory without being read: pages come in when they are touched.

use crate::error::{Error, Result};
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use memmap2::{Mmap, MmapMut};
use std::{
    fs::File,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A mapped file and its name.
#[derive(Debug)]
pub(super) struct MappedFile {
    path: PathBuf,
    map: Mmap,
    /// Whether the bytes are in memory of their own and in no file.
    is_held: bool,
}

impl MappedFile {
    pub(super) fn open(path: &Path) -> Result<Arc<Self>> {
        let io = |what: &str| {
            let what = format!("cannot {what} the weights file");
            let path = path.to_path_buf();
            move |source| Error::Io { what, source, path }
        };
        let file = File::open(path).map_err(io("open"))?;
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        // SAFETY: the map is private and read-only. Another process that truncates the file while it is mapped would
        // fault; shipped and installed weights are written beside and renamed, never changed in place.
        let map = unsafe { Mmap::map(&file) }.map_err(io("map"))?;
        Ok(Arc::new(Self {
            path: path.to_path_buf(),
            map,
            is_held: false,
        }))
    }

    /// A copy of some of a file's `bytes`, in memory of its own that begins at a page.
    pub(super) fn held(path: &Path, bytes: &[u8]) -> Result<Arc<Self>> {
        let io = |source| Error::Io {
            what: "cannot find memory for weights".into(),
            source,
            path: path.to_path_buf(),
        };
        let mut map = MmapMut::map_anon(bytes.len().max(1)).map_err(io)?;
        map[..bytes.len()].copy_from_slice(bytes);
        Ok(Arc::new(Self {
            path: path.to_path_buf(),
            map: map.make_read_only().map_err(io)?,
            is_held: true,
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Gives back the memory of a part that was read; touched again, it is read from the file again.
    pub(super) fn release(&self, part: Range<usize>) {
        if self.is_held || part.is_empty() {
            return;
        }
        #[cfg(unix)]
        {
            let advice = UncheckedAdvice::DontNeed;
            #[allow(unsafe_code, reason = "what this advice does depends on the map")]
            // SAFETY: the map is of a file and nobody writes to it, so pages that are dropped come back as they were.
            let advised = unsafe {
                self.map
                    .unchecked_advise_range(advice, part.start, part.len())
            };
            if let Err(err) = advised {
                log::debug!("{} stays in memory: {err}", self.path.display());
            }
        }
    }

    /// The error for a file that is not what it should be.
    pub(super) fn bad(&self, reason: impl Into<String>) -> Error {
        Error::WeightsFormat {
            reason: reason.into(),
            path: self.path.clone(),
        }
    }
}

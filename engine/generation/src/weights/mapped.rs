//! A file in memory without being read: pages come in when they are touched.

use crate::error::{Error, Result};
use memmap2::{Mmap, MmapMut};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A mapped file and its name.
#[derive(Debug)]
pub(super) struct MappedFile {
    path: PathBuf,
    map: Mmap,
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
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The error for a file that is not what it should be.
    pub(super) fn bad(&self, reason: impl Into<String>) -> Error {
        Error::WeightsFormat {
            reason: reason.into(),
            path: self.path.clone(),
        }
    }
}

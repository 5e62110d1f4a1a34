//! Thumbnails, waveforms and indexes on disk; everything here may be deleted at any time.

use crate::{Result, Waveform};
use av::{Ticks, VideoFrame};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Says where indexes are kept; without this call, or after the first media was opened, the user's cache folder.
pub fn set_default_root(root: &Path) -> bool {
    ROOT.set(Some(root.into())).is_ok()
}

/// The folder for indexes, if the system has a place for such things.
fn default_root() -> Option<&'static Path> {
    let find = || {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let base = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        Some(base?.join("everframe").join("media"))
    };
    ROOT.get_or_init(find).as_deref()
}

/// Reads an entry of the default cache; whatever cannot be read is as good as absent.
pub(crate) fn read_default(name: &str) -> Option<Vec<u8>> {
    std::fs::read(default_root()?.join(name)).ok()
}

/// Writes an entry of the default cache; a cache that cannot be written only costs time.
pub(crate) fn write_default(name: &str, bytes: &[u8]) {
    if let Some(root) = default_root()
        && let Err(error) = write_entry(root, name, bytes)
    {
        log::debug!("not cached ({error}): {}", root.display());
    }
}

fn write_entry(root: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(root)?;
    // Two programs may write one entry at once; each has a name of its own until it is complete.
    let partial = root.join(format!("{name}.{}.tmp", std::process::id()));
    let written = std::fs::File::create(&partial).and_then(|mut file| file.write_all(bytes));
    let renamed = written.and_then(|()| std::fs::rename(&partial, root.join(name)));
    if renamed.is_err() {
        // The first error is the one to report.
        std::fs::remove_file(&partial).ok();
    }
    renamed
}

/// A folder of derived data, keyed by what files contain; the oldest go when it grows over its cap.
#[derive(Debug, Clone)]
pub struct MediaCache {
    root: PathBuf,
    bytes_max: u64,
}

impl MediaCache {
    /// A cache under `root` (made when first written to) of at most `bytes_max` bytes.
    pub fn new(root: &Path, bytes_max: u64) -> Self {
        Self {
            root: root.into(),
            bytes_max,
        }
    }
    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Its size limit in bytes.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }
    /// As [`crate::filmstrip`], from the cache where possible.
    pub fn filmstrip(&self, path: &Path, times: &[Ticks], height: u32) -> Result<Vec<VideoFrame>> {
        crate::filmstrip(path, times, height)
    }
    /// As [`crate::waveform`], from the cache where possible.
    pub fn waveform(&self, path: &Path) -> Result<Waveform> {
        crate::waveform(path)
    }
}

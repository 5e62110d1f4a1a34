//! Thumbnails, waveforms and indexes on disk; everything here may be deleted at any time.

use crate::{
    Peak, Result, Waveform, filmstrip, fingerprint, index_video,
    limits::CACHE_BYTES_MAX,
    thumbnail::{self, thumbnail_size},
};
use av::{ScanSize, Ticks, VideoFrame};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

/// First bytes of every entry; changes with the layout of any of them.
const VERSION: &[u8; 8] = b"evfcach1";

const SUM_BYTES: usize = 32;

/// How far below its cap a full cache is emptied, so that not every entry empties it again: a tenth.
const SLACK_DIVISOR: u64 = 10;

static DEFAULT: OnceLock<Option<MediaCache>> = OnceLock::new();

/// Says where indexes are kept; `false` when that was decided before, by an earlier call or the first opened file.
///
/// Without a call it is the user's cache folder.
pub fn set_default_root(root: &Path) -> bool {
    DEFAULT
        .set(Some(MediaCache::new(root, CACHE_BYTES_MAX)))
        .is_ok()
}

/// The cache for indexes, if the system has a place for such things.
pub(crate) fn default_cache() -> Option<&'static MediaCache> {
    let find = || {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let base = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        Some(MediaCache::new(
            &base?.join("everframe").join("media"),
            CACHE_BYTES_MAX,
        ))
    };
    DEFAULT.get_or_init(find).as_ref()
}

/// A folder of derived data, keyed by what files contain; what was not used longest goes when it grows over its cap.
#[derive(Debug, Clone)]
pub struct MediaCache {
    root: PathBuf,
    bytes_max: u64,
    /// Bytes in the folder as far as known; `u64::MAX` until it was first looked into.
    bytes: Arc<AtomicU64>,
    /// Held while old entries are removed.
    emptying: Arc<Mutex<()>>,
}

impl MediaCache {
    /// A cache under `root` (made when first written to) of at most `bytes_max` bytes.
    pub fn new(root: &Path, bytes_max: u64) -> Self {
        Self {
            root: root.into(),
            bytes_max,
            bytes: Arc::new(AtomicU64::new(u64::MAX)),
            emptying: Arc::default(),
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
        let id = fingerprint(path)?;
        let index = index_video(path)?;
        let size = thumbnail_size(index.info(), height);
        let number = |time: Ticks| index.frame_number_at(time);
        let name = |number: usize| format!("{id}-{height}-{number}.thumb");
        let mut pictures: Vec<Option<VideoFrame>> = times
            .iter()
            .map(|time| {
                picture_from(
                    &self.read(&name(number(*time)))?,
                    size,
                    index.pts(number(*time)),
                )
            })
            .collect();
        let is_missing = |(_, picture): &(&Ticks, &Option<VideoFrame>)| picture.is_none();
        let missing: Vec<Ticks> = times
            .iter()
            .zip(&pictures)
            .filter(is_missing)
            .map(|(time, _)| *time)
            .collect();
        let made = if missing.is_empty() {
            Vec::new()
        } else {
            filmstrip(path, &missing, height)?
        };
        for (time, picture) in missing.iter().zip(&made) {
            self.write(&name(number(*time)), &picture.planes[0].data);
        }
        let mut made = made.into_iter();
        for slot in pictures.iter_mut().filter(|picture| picture.is_none()) {
            *slot = made.next();
        }
        Ok(pictures.into_iter().flatten().collect())
    }

    /// As [`crate::waveform`], from the cache where possible.
    pub fn waveform(&self, path: &Path) -> Result<Waveform> {
        let name = format!("{}.wave", fingerprint(path)?);
        if let Some(finest) = self.read(&name).and_then(|bytes| peaks_from(&bytes)) {
            return Ok(Waveform::from_finest(finest));
        }
        let waveform = thumbnail::waveform(path)?;
        let finest = waveform
            .levels
            .first()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let bytes: Vec<u8> = finest
            .iter()
            .flat_map(|peak| [peak.min.to_le_bytes(), peak.max.to_le_bytes()].concat())
            .collect();
        self.write(&name, &bytes);
        Ok(waveform)
    }

    /// What was kept under `name`; damaged entries are removed and as good as absent.
    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.root.join(name);
        let bytes = fs::read(&path).ok()?;
        let Some(content) = checked_content(&bytes) else {
            // If it cannot be removed it is met, and passed over, again.
            fs::remove_file(&path).ok();
            return None;
        };
        // The time of the last use decides what goes first; without it, that of writing does.
        File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()))
            .ok();
        Some(content.to_vec())
    }

    /// Keeps `content` under `name`; a cache that cannot be written only costs time.
    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        match self.try_write(name, content) {
            Ok(bytes) => self.grow(bytes),
            Err(error) => log::debug!("not cached ({error}): {}", self.root.display()),
        }
    }

    fn try_write(&self, name: &str, content: &[u8]) -> io::Result<u64> {
        fs::create_dir_all(&self.root)?;
        // Two threads or programs may write one entry at once; each has a name of its own until it is complete.
        let thread = std::thread::current().id();
        let partial = self
            .root
            .join(format!("{name}.{}.{thread:?}.tmp", std::process::id()));
        let written = File::create(&partial).and_then(|mut file| {
            file.write_all(VERSION)?;
            file.write_all(blake3::hash(content).as_bytes())?;
            file.write_all(content)
        });
        let renamed = written.and_then(|()| fs::rename(&partial, self.root.join(name)));
        if renamed.is_err() {
            // The first error is the one to report.
            fs::remove_file(&partial).ok();
        }
        renamed.map(|()| (VERSION.len() + SUM_BYTES + content.len()) as u64)
    }

    fn grow(&self, bytes: u64) {
        let _guard = self.emptying.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.bytes.load(Ordering::Relaxed);
        let total = if known == u64::MAX {
            self.measure()
        } else {
            known + bytes
        };
        let total = if total > self.bytes_max {
            self.remove_oldest()
        } else {
            total
        };
        self.bytes.store(total, Ordering::Relaxed);
    }

    fn entries(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.root) else {
            return Vec::new();
        };
        let describe = |entry: fs::DirEntry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        };
        entries
            .filter_map(io::Result::ok)
            .filter_map(describe)
            .collect()
    }

    fn measure(&self) -> u64 {
        self.entries().iter().map(|(_, bytes, _)| bytes).sum()
    }

    /// Removes what was not used longest; returns the bytes that are left.
    fn remove_oldest(&self) -> u64 {
        let mut entries = self.entries();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in entries {
            if total <= self.bytes_max - self.bytes_max / SLACK_DIVISOR {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= bytes;
            }
        }
        total
    }
}

fn checked_content(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, content) = bytes.strip_prefix(VERSION)?.split_at_checked(SUM_BYTES)?;
    (blake3::hash(content).as_bytes() == sum).then_some(content)
}

fn picture_from(bytes: &[u8], size: ScanSize, pts: Ticks) -> Option<VideoFrame> {
    let is_whole = bytes.len() as u64 == size.area() * 4;
    is_whole.then(|| VideoFrame::from_rgba(size, bytes.to_vec(), pts))
}

fn peaks_from(bytes: &[u8]) -> Option<Vec<Peak>> {
    let number = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.try_into().ok()?));
    let peak = |bytes: &[u8]| {
        Some(Peak {
            min: number(&bytes[..4])?,
            max: number(&bytes[4..])?,
        })
    };
    bytes.chunks_exact(8).map(peak).collect()
}

//! How fast this machine answers, measured by the jobs that ran on it and kept for the next time.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Name of the file in the cache folder.
const FILE: &str = "generation-pace.json";

/// Most that is read of the file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Models that are remembered; the file stays small.
const MODELS_MAX: usize = 128;

/// Nanoseconds that models took for a pixel of a made frame; shared by all threads.
#[derive(Debug, Clone, Default)]
pub struct PaceBook {
    file: Option<PathBuf>,
    page: Arc<Mutex<Page>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Page {
    nanos_per_pixel: BTreeMap<String, f64>,
}

/// What a model was or is to be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work<'a> {
    /// Id of the model.
    pub model: &'a str,
    /// Pixels of all frames that are made, times the steps that are taken for each.
    pub pixels: f64,
}

impl PaceBook {
    /// What was measured before, kept in a file of this folder. A damaged file is as good as none: it is measured again.
    pub fn open(cache_folder: &Path) -> Self {
        let file = cache_folder.join(FILE);
        let is_small = std::fs::metadata(&file).is_ok_and(|file| file.len() <= FILE_BYTES_MAX);
        let text = is_small.then(|| std::fs::read_to_string(&file).unwrap_or_default());
        let page = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        Self {
            file: Some(file),
            page: Arc::new(Mutex::new(page)),
        }
    }

    /// How long this takes here; `None` while it was never measured.
    pub fn duration(&self, work: Work<'_>) -> Option<Duration> {
        let nanos = self.lock().nanos_per_pixel.get(work.model).copied()?;
        let nanos = nanos * work.pixels;
        (nanos.is_finite() && nanos >= 0.0).then(|| Duration::from_nanos(nanos as u64))
    }

    /// Remembers how long it took. A file that cannot be written only means that it is measured again.
    pub fn learn(&self, work: Work<'_>, took: Duration) {
        if work.pixels < 1.0 {
            return;
        }
        let mut page = self.lock();
        let nanos = took.as_nanos() as f64 / work.pixels;
        if page.nanos_per_pixel.len() >= MODELS_MAX
            && !page.nanos_per_pixel.contains_key(work.model)
        {
            page.nanos_per_pixel.pop_first();
        }
        page.nanos_per_pixel.insert(work.model.to_owned(), nanos);
        let text = serde_json::to_string(&*page).unwrap_or_default();
        drop(page);
        if let Some(file) = &self.file {
            write(file, &text).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Page> {
        // Each change is one insertion, so a panic elsewhere cannot leave it half done.
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_known_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let work = |pixels| Work {
            model: "rife",
            pixels,
        };
        let book = PaceBook::open(folder.path());
        assert_eq!(book.duration(work(10.0)), None, "nothing is guessed");
        book.learn(work(1000.0), Duration::from_secs(2));
        assert_eq!(book.duration(work(500.0)), Some(Duration::from_secs(1)));
        let again = PaceBook::open(folder.path());
        assert_eq!(again.duration(work(500.0)), Some(Duration::from_secs(1)));
        std::fs::write(folder.path().join(FILE), "{ \"nanos").unwrap();
        assert_eq!(PaceBook::open(folder.path()).duration(work(1.0)), None);
    }
}

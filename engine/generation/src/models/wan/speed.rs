//! How fast this machine computes each model, measured while it works and kept for the next time.

use super::config::TransformerConfig;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// Name of the file in the cache folder.
const FILE: &str = "generation-speed.json";
/// Models that are remembered; the file stays small.
const MODELS_MAX: usize = 64;
/// Most that is read of the file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Measured speeds of one model; `None` where nothing was measured yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Speeds {
    /// Nanoseconds for a thousand operations of the transformer, one multiplication and one sum each.
    pub denoise: Option<f64>,
    /// The same with blocks read from their file each time.
    pub offloaded: Option<f64>,
    /// Nanoseconds for a pixel of a frame on its way into the autoencoder.
    pub encode: Option<f64>,
    /// And out of it.
    pub decode: Option<f64>,
}

/// What a run computes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Amount {
    /// Thousands of operations of the transformer.
    pub denoise: f64,
    /// The same with blocks read from their file each time.
    pub offloaded: f64,
    /// Pixels times frames into the autoencoder.
    pub encode: f64,
    /// Pixels times frames out of it.
    pub decode: f64,
}

impl Amount {
    /// With another amount.
    pub fn plus(self, other: Self) -> Self {
        Self {
            denoise: self.denoise + other.denoise,
            offloaded: self.offloaded + other.offloaded,
            encode: self.encode + other.encode,
            decode: self.decode + other.decode,
        }
    }
}

impl Speeds {
    /// How long `amount` takes; `None` until every part of it has been measured.
    pub fn duration(&self, amount: &Amount) -> Option<Duration> {
        let part = |speed: Option<f64>, amount: f64| {
            if amount == 0.0 {
                Some(0.0)
            } else {
                speed.map(|speed| speed * amount)
            }
        };
        let nanos = part(self.denoise, amount.denoise)?
            + part(self.offloaded, amount.offloaded)?
            + part(self.encode, amount.encode)?
            + part(self.decode, amount.decode)?;
        Some(Duration::from_nanos(nanos as u64))
    }

    /// The newer measurement where there is one, else the older.
    fn renewed(self, newer: Self) -> Self {
        Self {
            denoise: newer.denoise.or(self.denoise),
            offloaded: newer.offloaded.or(self.offloaded),
            encode: newer.encode.or(self.encode),
            decode: newer.decode.or(self.decode),
        }
    }
}

/// Thousands of operations in one pass of the transformer over `tokens` with `rows` of a prompt.
pub fn pass_operations(config: &TransformerConfig, tokens: usize, rows: usize) -> f64 {
    let (tokens, dim) = (tokens as f64, config.dim() as f64);
    // Self attention's four layers, two of cross attention's, the feed-forward layers; then attention itself.
    let linear = tokens * (6.0 * dim * dim + 2.0 * dim * config.ffn_dim as f64);
    let attention = 2.0 * tokens * dim * (tokens + rows as f64);
    let blocks = (config.num_layers + config.vace_layers.len()) as f64;
    blocks * (linear + attention) / 1e3
}

/// The speeds of all models on this machine, in a file of the cache folder if there is one.
#[derive(Debug, Default)]
pub struct SpeedBook {
    file: Option<PathBuf>,
    key: String,
    speeds: Speeds,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Page {
    models: BTreeMap<String, Speeds>,
}

impl SpeedBook {
    /// What is known of `model` (its id and hashes) on this machine.
    pub fn open(cache: Option<&Path>, model: &str) -> Self {
        let key = format!("{model} on {}", machine());
        let file = cache.map(|folder| folder.join(FILE));
        let page = file.as_deref().map(read).unwrap_or_default();
        Self {
            speeds: page.models.get(&key).copied().unwrap_or_default(),
            file,
            key,
        }
    }

    /// The latest measurements.
    pub fn speeds(&self) -> &Speeds {
        &self.speeds
    }

    /// Remembers what was just measured.
    pub fn learn(&mut self, measured: Speeds) {
        self.speeds = self.speeds.renewed(measured);
        let Some(file) = &self.file else {
            return;
        };
        // Read again: another program may have written since.
        let mut page = read(file);
        page.models.insert(self.key.clone(), self.speeds);
        while page.models.len() > MODELS_MAX {
            let other = page.models.keys().find(|key| **key != self.key).cloned();
            let Some(other) = other else { break };
            page.models.remove(&other);
        }
        if let Err(err) = write(file, &page) {
            log::warn!("the speed is not kept: {err}: {}", file.display());
        }
    }
}

fn read(file: &Path) -> Page {
    let is_small = std::fs::metadata(file).is_ok_and(|known| known.len() <= FILE_BYTES_MAX);
    if !is_small {
        return Page::default();
    }
    let parsed = std::fs::read(file).map(|text| serde_json::from_slice(&text));
    match parsed {
        Ok(Ok(page)) => page,
        Ok(Err(err)) => {
            log::warn!("measured speeds start anew: {err}: {}", file.display());
            Page::default()
        }
        Err(err) => {
            log::warn!("measured speeds are not read: {err}: {}", file.display());
            Page::default()
        }
    }
}

fn write(file: &Path, page: &Page) -> std::io::Result<()> {
    let text = serde_json::to_vec_pretty(page).map_err(std::io::Error::other)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension(format!("{}.part", std::process::id()));
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, file)
}

/// The machine, as far as it decides speed: processor and how many threads it has.
fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or(std::env::consts::ARCH, |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    format!("{name}, {threads} threads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_promised_before_it_was_measured() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Some(folder.path());
        let amount = Amount {
            denoise: 1e6,
            decode: 1e3,
            ..Amount::default()
        };
        let mut book = SpeedBook::open(cache, "a");
        assert_eq!(book.speeds().duration(&amount), None);
        book.learn(Speeds {
            denoise: Some(2_000.0),
            ..Speeds::default()
        });
        assert_eq!(book.speeds().duration(&amount), None, "decoding is unknown");
        book.learn(Speeds {
            decode: Some(1e6),
            ..Speeds::default()
        });
        let again = SpeedBook::open(cache, "a");
        let wanted = Duration::from_secs(3);
        assert_eq!(again.speeds().duration(&amount), Some(wanted));
        assert_eq!(
            SpeedBook::open(cache, "b").speeds(),
            &Speeds::default(),
            "another model"
        );
        std::fs::write(folder.path().join(FILE), b"{").unwrap();
        assert_eq!(SpeedBook::open(cache, "a").speeds(), &Speeds::default());
    }

    #[test]
    fn operations_are_those_of_the_published_table() {
        // Twice these are the operations counted there: 109 and 1875 million millions.
        let config = TransformerConfig::vace_1_3b();
        let pass = |tokens| 2.0 * pass_operations(&config, tokens, 512) / 1e9;
        assert!((pass(14_040) - 109.0).abs() < 4.0, "{}", pass(14_040));
        assert!((pass(75_600) - 1_875.0).abs() < 40.0, "{}", pass(75_600));
    }
}

//! What is there and what could be: shipped, installed and adopted models, unfinished downloads, and the catalogue.
//!
//! Sizes are looked at, contents are not: that is what verifying is for.

use super::{
    catalogue::{Installable, WHISPER_WHAT, catalogue},
    install::free_bytes,
    partial::{PARTIAL_PREFIX, REMOVING_PREFIX, read_notes, size_bytes},
    parts::what_it_does,
    shipped, size_words,
};
use crate::{Error, error::Result};
use generation::{
    Models, Weights,
    installed::{InstalledModel, Role, installed},
    models::wan::detect::{Kind, detect},
};
use std::path::{Path, PathBuf};

/// Everything there is to say about models on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Folder of the user's models.
    pub folder: PathBuf,
    /// Free bytes there, where the system says it.
    pub free_bytes: Option<u64>,
    /// This machine's memory, where the system says it.
    pub memory_bytes: Option<u64>,
    /// What is there.
    pub models: Vec<Listed>,
    /// What can be installed and is not there.
    pub installable: Vec<Offer>,
}

/// One model that is there, or half there.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it came here.
    pub state: State,
    /// Where it came from.
    pub source: String,
    /// Its licence.
    pub license: String,
    /// Bytes on the disk.
    pub size_bytes: u64,
    /// What it can do, one sentence without a full stop.
    pub what: String,
    /// Whether it fits into this machine's memory.
    pub fit: Fit,
    /// What is wrong with it, in words.
    pub problems: Vec<String>,
}

/// How a model came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// With the program.
    Shipped,
    /// Downloaded.
    Installed,
    /// The user's own files.
    Adopted,
    /// Its download is not finished.
    Unfinished,
    /// Its removal is not finished.
    Removing,
    /// Its record cannot be read.
    Broken,
}

impl State {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Installed => "installed",
            Self::Adopted => "adopted",
            Self::Unfinished => "unfinished",
            Self::Removing => "removing",
            Self::Broken => "broken",
        }
    }
}

/// A model that can be installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The model.
    pub model: Installable,
    /// Whether it will fit into this machine's memory.
    pub fit: Fit,
}

/// Whether a model fits into memory, judged by the size of its parts: the text encoder is let go before the transformer
/// is loaded, so the larger of the two counts, with the autoencoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// With room to spare.
    Fits,
    /// Barely; small clips only, and other programs closed.
    Tight,
    /// No.
    TooLarge,
    /// The system does not say how much there is.
    Unknown,
}

impl Fit {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::TooLarge => "too large",
            Self::Unknown => "unknown",
        }
    }

    /// Judged by what is needed and what there is, in bytes.
    pub(crate) fn of(needed: u64, memory: Option<u64>) -> Self {
        // Pictures, intermediate results and the rest of the system want their share.
        match memory {
            None => Self::Unknown,
            Some(memory) if needed <= memory / 10 * 6 => Self::Fits,
            Some(memory) if needed <= memory / 10 * 9 => Self::Tight,
            Some(_) => Self::TooLarge,
        }
    }
}

/// Everything below `models_folder`, everything shipped, and everything that can be installed.
pub fn list(models_folder: &Path) -> Result<Listing> {
    let memory_bytes = memory_bytes();
    let mut models = match shipped() {
        Some(models) => shipped_models(&models, memory_bytes)?,
        None => Vec::new(),
    };
    for model in installed(models_folder)? {
        models.push(match model {
            Ok(model) => listed(&model, memory_bytes),
            Err(error) => broken(&error),
        });
    }
    models.extend(unfinished(models_folder)?);
    let is_here = |id: &str| {
        let known = models
            .iter()
            .filter(|model| model.state != State::Unfinished);
        known.clone().any(|model| model.id == id)
    };
    let offers = catalogue().into_iter().filter(|model| !is_here(&model.id));
    let installable = offers.map(|model| Offer {
        fit: Fit::of(
            peak(model.parts.iter().map(|part| (part.role, part.about_bytes))),
            memory_bytes,
        ),
        model,
    });
    let installable = installable.collect();
    Ok(Listing {
        folder: models_folder.to_owned(),
        free_bytes: free_bytes(models_folder).ok(),
        memory_bytes,
        installable,
        models,
    })
}

/// Bytes in memory at once: all of the largest part that works alone, and the small ones.
fn peak(parts: impl Iterator<Item = (Role, u64)>) -> u64 {
    let (mut encoder, mut transformer, mut low_noise, mut rest) = (0, 0, 0, 0);
    for (role, bytes) in parts {
        let sum: &mut u64 = match role {
            Role::TextEncoder => &mut encoder,
            Role::Transformer => &mut transformer,
            Role::TransformerLowNoise => &mut low_noise,
            Role::Vae | Role::TinyVae | Role::Lora | Role::SpeechToText | Role::Tokenizer => {
                &mut rest
            }
            Role::Config | Role::License => continue,
        };
        *sum = sum.saturating_add(bytes);
    }
    u64::max(encoder, transformer)
        .max(low_noise)
        .saturating_add(rest)
}

fn shipped_models(models: &Models, memory: Option<u64>) -> Result<Vec<Listed>> {
    let whole = installed(models.folder())?;
    let entries = models.manifest().models.iter();
    let single = entries.filter(|entry| folder_of(&whole, &models.path(entry)).is_none());
    let single = single.map(|entry| Listed {
        id: entry.id.clone(),
        name: entry.id.clone(),
        state: State::Shipped,
        source: format!("{} {}", entry.source.package, entry.source.version),
        license: entry.license.clone(),
        size_bytes: entry.size_bytes,
        what: entry.purpose.clone(),
        fit: Fit::of(entry.size_bytes, memory),
        problems: file_problem(&models.path(entry), entry.size_bytes)
            .into_iter()
            .collect(),
    });
    let whole = whole.iter().map(|model| match model {
        Ok(model) => Listed {
            state: State::Shipped,
            ..listed(model, memory)
        },
        Err(error) => broken(error),
    });
    Ok(single.chain(whole).collect())
}

/// The shipped model of several files that `path` belongs to.
pub(super) fn folder_of<'a>(
    whole: &'a [generation::Result<InstalledModel>],
    path: &Path,
) -> Option<&'a InstalledModel> {
    let mut whole = whole.iter().flatten();
    whole.find(|model| path.starts_with(&model.folder))
}

fn listed(model: &InstalledModel, memory: Option<u64>) -> Listed {
    let record = &model.record;
    let files = record.files.iter();
    let problems = files
        .clone()
        .filter_map(|file| file_problem(&model.folder.join(&file.path), file.size_bytes));
    Listed {
        id: record.id.clone(),
        name: record.name.clone(),
        state: if record.is_adopted() {
            State::Adopted
        } else {
            State::Installed
        },
        source: record.source.clone(),
        license: record.license.clone(),
        size_bytes: record.size_bytes(),
        what: what(model),
        fit: Fit::of(
            peak(files.clone().map(|file| (file.role, file.size_bytes))),
            memory,
        ),
        problems: problems.collect(),
    }
}

/// What a model can do, by its tensors; only the heads of its files are read.
fn what(model: &InstalledModel) -> String {
    if model.record.hears_speech() {
        return WHISPER_WHAT.into();
    }
    let paths = model.record.paths(&model.folder, Role::Transformer);
    let kind = Weights::open_all(&paths).and_then(|weights| detect(&weights));
    match kind {
        Ok(Kind::Transformer(config)) => what_it_does(&config).into(),
        Ok(_) => "Not known: its transformer is something else".into(),
        Err(error) => format!("Not known: {error}"),
    }
}

fn file_problem(path: &Path, size_bytes: u64) -> Option<String> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("{shown} is missing"))
        }
        Err(error) => Some(format!("{shown} cannot be read: {error}")),
        Ok(metadata) if metadata.len() != size_bytes => Some(format!(
            "{shown} has {} bytes, should have {size_bytes}",
            metadata.len()
        )),
        Ok(_) => None,
    }
}

fn broken(error: &generation::Error) -> Listed {
    let path = match error {
        generation::Error::Manifest { path, .. } | generation::Error::Io { path, .. } => {
            path.clone()
        }
        _ => PathBuf::new(),
    };
    let folder = crate::project_file::folder_of(&path);
    let id = folder.file_name().unwrap_or_default().to_string_lossy();
    Listed {
        id: id.clone().into_owned(),
        name: id.into_owned(),
        state: State::Broken,
        source: folder.display().to_string(),
        license: String::new(),
        size_bytes: size_bytes(folder),
        what: String::new(),
        fit: Fit::Unknown,
        problems: vec![error.to_string()],
    }
}

/// Downloads and removals that were interrupted.
fn unfinished(models_folder: &Path) -> Result<Vec<Listed>> {
    if !models_folder.exists() {
        return Ok(Vec::new());
    }
    let io = |source| Error::io("Looking into the models folder", models_folder)(source);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(models_folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (id, state) = match (
            name.strip_prefix(PARTIAL_PREFIX),
            name.strip_prefix(REMOVING_PREFIX),
        ) {
            (Some(id), _) => (id, State::Unfinished),
            (None, Some(id)) => (id, State::Removing),
            (None, None) => continue,
        };
        found.push(half(id, state, &entry.path()));
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

fn half(id: &str, state: State, folder: &Path) -> Listed {
    let size_bytes = size_bytes(folder);
    let problem = match state {
        State::Unfinished => {
            let total = read_notes(folder).map(|notes| size_words(notes.total_bytes));
            format!(
                "{} of {} have come; install goes on, remove clears it away",
                size_words(size_bytes),
                total.unwrap_or_else(|| "an unknown size".into())
            )
        }
        State::Removing | State::Shipped | State::Installed | State::Adopted | State::Broken => {
            "its removal was interrupted; remove it again".into()
        }
    };
    let offer = catalogue().into_iter().find(|model| model.id == id);
    let (name, license, what) = offer.map_or_else(
        || (id.to_owned(), String::new(), String::new()),
        |model| (model.name, model.license, model.what),
    );
    Listed {
        id: id.into(),
        name,
        state,
        source: folder.display().to_string(),
        license,
        size_bytes,
        what,
        fit: Fit::Unknown,
        problems: vec![problem],
    }
}

/// All memory of this machine; only Linux says it in a file.
pub(crate) fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    total_of(&text)
}

fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_is_judged_by_what_is_in_memory_at_once() {
        const GB: u64 = 1_000_000_000;
        let parts = [
            (Role::Transformer, 4 * GB),
            (Role::TextEncoder, 11 * GB),
            (Role::Vae, GB),
            (Role::License, 90 * GB),
        ];
        let needed = peak(parts.into_iter());
        assert_eq!(needed, 12 * GB);
        assert_eq!(Fit::of(needed, Some(24 * GB)), Fit::Fits);
        assert_eq!(Fit::of(needed, Some(16 * GB)), Fit::Tight);
        assert_eq!(Fit::of(needed, Some(12 * GB)), Fit::TooLarge);
        assert_eq!(Fit::of(needed, None), Fit::Unknown);
    }

    #[test]
    fn memory_is_read_from_the_system() {
        let text = "MemTotal:       24689412 kB\nMemFree:          212 kB\n";
        assert_eq!(total_of(text), Some(24_689_412 * 1_024));
        assert_eq!(total_of("MemFree: 3 kB\n"), None);
    }
}

//! Checking that every file of a model is the one its record promises.

use super::{digest::hash_file, find, list::folder_of, meter::Meter, shipped};
use crate::{Error, error::Result, export::OnProgress};
use generation::{
    Models,
    installed::{InstalledModel, installed},
};
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Ids that were looked at.
    pub ids: Vec<String>,
    /// Every file, in order.
    pub files: Vec<VerifiedFile>,
    /// Models whose record cannot be read, with the reason.
    pub broken: Vec<String>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFile {
    /// The model.
    pub id: String,
    /// The file, whole.
    pub path: PathBuf,
    /// Bytes that were read.
    pub size_bytes: u64,
    /// What is wrong with it, in words; `None` when nothing is.
    pub fault: Option<String>,
}

impl Verified {
    /// One line for each bad file and each broken record.
    pub fn faults(&self) -> Vec<String> {
        let files = self.files.iter().filter_map(|file| {
            let fault = file.fault.as_ref()?;
            Some(format!("{}: {} {fault}", file.id, file.path.display()))
        });
        files.chain(self.broken.iter().cloned()).collect()
    }
}

/// A file and what it should be.
struct Expected {
    id: String,
    path: PathBuf,
    size_bytes: u64,
    sha256: String,
}

/// Reads every file of model `id`, of all models without one, shipped ones too, and compares hashes.
pub fn verify(
    models_folder: &Path,
    id: Option<&str>,
    on_progress: &mut OnProgress<'_>,
) -> Result<Verified> {
    let mut verified = Verified::default();
    let expected = expected(models_folder, id, &mut verified)?;
    let total = expected.iter().map(|file| file.size_bytes).sum();
    let mut meter = Meter::new(on_progress, total);
    let mut before = 0;
    for file in expected {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        meter.label(format!("Checking {}: {name}", file.id));
        let fault = match hash_file(&file.path, &mut meter) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => Some(unreadable(&error)),
            Ok((size, _)) if size != file.size_bytes => {
                Some(format!("has {size} bytes, should have {}", file.size_bytes))
            }
            Ok((_, sha256)) if sha256 != file.sha256 => Some("was changed".into()),
            Ok(_) => None,
        };
        // A file that is too short or too long leaves the count where it should be.
        before += file.size_bytes;
        meter.set_done(before);
        verified.files.push(VerifiedFile {
            id: file.id,
            path: file.path,
            size_bytes: file.size_bytes,
            fault,
        });
    }
    meter.finish()?;
    Ok(verified)
}

fn unreadable(error: &Error) -> String {
    match error {
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "is missing".into()
        }
        Error::Io { source, .. } => format!("cannot be read: {source}"),
        other => format!("cannot be read: {other}"),
    }
}

fn expected(
    models_folder: &Path,
    id: Option<&str>,
    verified: &mut Verified,
) -> Result<Vec<Expected>> {
    let mut files = Vec::new();
    let mut models = Vec::new();
    if let Some(shipped) = shipped() {
        let whole = installed(shipped.folder())?;
        for file in shipped_files(&shipped, &whole, id) {
            verified.ids.push(file.id.clone());
            files.push(file);
        }
        let is_wanted = |model: &InstalledModel| id.is_none_or(|id| model.record.id == id);
        let whole = whole.into_iter();
        models.extend(whole.filter(|model| model.as_ref().map_or(id.is_none(), is_wanted)));
    }
    let is_shipped = !files.is_empty() || !models.is_empty();
    models.extend(match id {
        Some(_) if is_shipped => Vec::new(),
        Some(id) => vec![Ok(find(models_folder, id)?)],
        None => installed(models_folder)?,
    });
    for model in models {
        let model = match model {
            Ok(model) => model,
            Err(error) => {
                verified.broken.push(error.to_string());
                continue;
            }
        };
        verified.ids.push(model.record.id.clone());
        files.extend(model.record.files.iter().map(|file| Expected {
            id: model.record.id.clone(),
            path: model.folder.join(&file.path),
            size_bytes: file.size_bytes,
            sha256: file.sha256.clone(),
        }));
    }
    Ok(files)
}

/// What ships as single files.
fn shipped_files(
    models: &Models,
    whole: &[generation::Result<InstalledModel>],
    id: Option<&str>,
) -> Vec<Expected> {
    let entries = models.manifest().models.iter();
    let single = entries.filter(|entry| folder_of(whole, &models.path(entry)).is_none());
    let wanted = single.filter(|entry| id.is_none_or(|id| entry.id == id));
    wanted
        .map(|entry| Expected {
            id: entry.id.clone(),
            path: models.path(entry),
            size_bytes: entry.size_bytes,
            sha256: entry.sha256.clone(),
        })
        .collect()
}

//! Missing media found again by their content.

use crate::{Error, error::Result, folders::Folders};
use std::path::Path;
use timeline::{Document, Edit, edit::apply};

/// How a search for moved media went.
#[derive(Debug)]
pub struct RelinkReport {
    /// The document with what was found.
    pub document: Document,
    /// Names of files that were found.
    pub found: Vec<String>,
    /// Names of files that are still missing.
    pub missing: Vec<String>,
}

/// Looks for a document's missing media below a folder; a file is known by its content alone.
pub fn relink(document: &Document, folders: &Folders, folder: &Path) -> Result<RelinkReport> {
    let is_missing = |asset: &&std::sync::Arc<timeline::Asset>| !folders.media.path(asset).exists();
    let mut missing: Vec<_> = document.assets.iter().filter(is_missing).cloned().collect();
    let mut report = RelinkReport {
        document: document.clone(),
        found: Vec::new(),
        missing: Vec::new(),
    };
    let mut folders_left = vec![folder.to_owned()];
    while let Some(next) = folders_left.pop() {
        if missing.is_empty() {
            break;
        }
        for entry in std::fs::read_dir(&next).map_err(Error::io("Reading the folder", &next))? {
            let path = entry
                .map_err(Error::io("Reading the folder", &next))?
                .path();
            // Links are not followed, so that a circle of them cannot go on for ever.
            if path.is_dir() && !path.is_symlink() {
                folders_left.push(path);
                continue;
            }
            let Ok(fingerprint) = media::fingerprint(&path) else {
                continue;
            };
            if let Some(index) = missing
                .iter()
                .position(|asset| asset.fingerprint == fingerprint)
            {
                let asset = missing.remove(index);
                let path =
                    std::path::absolute(&path).map_err(Error::io("Finding the file", &path))?;
                let edit = Edit::RelinkAsset {
                    asset: asset.id,
                    fingerprint,
                    path: folders.stored_path(&path),
                };
                report.document = apply(&report.document, &edit)?;
                report.found.push(asset.name.clone());
            }
        }
    }
    report.missing = missing.iter().map(|asset| asset.name.clone()).collect();
    Ok(report)
}

//! Project files on the disk: read whole, written beside and renamed, earlier versions kept.

use crate::{Error, error::Result, limits::BACKUPS_MAX};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};
use timeline::{Document, Edit};

/// Ending of a project file's name.
pub const PROJECT_EXTENSION: &str = "everframe";

/// A project just read.
#[derive(Debug)]
pub struct OpenedProject {
    /// Its content.
    pub document: Document,
    /// Whether it was written by a newer version and must not be saved over.
    pub is_read_only: bool,
}

/// Reads a project file.
pub fn load_project(path: &Path) -> Result<OpenedProject> {
    let text = fs::read_to_string(path).map_err(Error::io("Reading the project", path))?;
    match timeline::file::load(&text) {
        Ok(document) => Ok(OpenedProject {
            document,
            is_read_only: false,
        }),
        Err(timeline::FileError::Newer {
            readable: Some(document),
            ..
        }) => Ok(OpenedProject {
            document: *document,
            is_read_only: true,
        }),
        Err(source) => Err(Error::Project {
            source,
            path: path.to_owned(),
        }),
    }
}

/// Writes a project file so that at every moment either the old or the new one is whole on the disk.
///
/// The version before is kept among the backups. A file that is no readable project is never replaced.
pub fn save_project(path: &Path, document: &Document) -> Result<()> {
    if let Ok(existing) = fs::read_to_string(path) {
        if timeline::file::load(&existing).is_err() {
            return Err(Error::WouldOverwrite {
                path: path.to_owned(),
            });
        }
        keep_backup(path, &existing)?;
    } else if path.exists() {
        // It is there but is no text: somebody else's file.
        return Err(Error::WouldOverwrite {
            path: path.to_owned(),
        });
    }
    write_whole(path, project_text(path, document)?.as_bytes())
}

/// The same document with every relative path of its media, which start at `home`, written out whole.
pub fn with_whole_paths(document: &Document, home: &Path) -> Result<Document> {
    let home = std::path::absolute(home).map_err(Error::io("Finding the folder", home))?;
    let mut whole = document.clone();
    for asset in document
        .assets
        .iter()
        .filter(|asset| asset.path.is_relative())
    {
        let relink = Edit::RelinkAsset {
            asset: asset.id,
            fingerprint: asset.fingerprint,
            path: home.join(&asset.path),
        };
        whole = timeline::apply(&whole, &relink)?;
    }
    Ok(whole)
}

/// A document as the text of a project file.
pub fn project_text(path: &Path, document: &Document) -> Result<String> {
    timeline::file::save(document).map_err(|source| Error::Project {
        source,
        path: path.to_owned(),
    })
}

/// Writes a file beside its place, forces it to the disk, and renames it.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(Error::io("Making the folder", folder))?;
    let beside = beside(path);
    let written = write_and_sync(&beside, content).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // The half-written file must not stay; that it may be gone already is no matter.
        fs::remove_file(&beside).ok();
        return Err(Error::io("Writing the file", path)(error));
    }
    sync_folder(folder)
}

/// Folder in which a project keeps its generated media and backups: `film.everframe` → `film.everframe-files`.
pub fn files_folder(project: &Path) -> PathBuf {
    let mut name = project.file_name().unwrap_or_default().to_owned();
    name.push("-files");
    project.with_file_name(name)
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn write_and_sync(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A rename is on the disk only when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(Error::io("Writing the folder", folder))
}

/// Keeps what stands in the project file under the next number, and drops the oldest beyond the limit.
fn keep_backup(project: &Path, content: &str) -> Result<()> {
    let folder = files_folder(project).join("backups");
    fs::create_dir_all(&folder).map_err(Error::io("Making the backups folder", &folder))?;
    let mut numbers = backup_numbers(&folder)?;
    let next = numbers.last().map_or(1, |last| last + 1);
    if let Some(last) = numbers.last() {
        let newest = fs::read_to_string(backup_path(&folder, *last));
        if newest.is_ok_and(|newest| newest == content) {
            return Ok(());
        }
    }
    let path = backup_path(&folder, next);
    let part = path.with_extension("part");
    let written = write_and_sync(&part, content.as_bytes()).and_then(|()| fs::rename(&part, &path));
    written.map_err(Error::io("Writing the backup", &path))?;
    numbers.push(next);
    let surplus = numbers.len().saturating_sub(BACKUPS_MAX);
    for number in &numbers[..surplus] {
        let path = backup_path(&folder, *number);
        fs::remove_file(&path).map_err(Error::io("Removing the oldest backup", &path))?;
    }
    Ok(())
}

fn backup_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:06}.{PROJECT_EXTENSION}"))
}

fn backup_numbers(folder: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io("Reading the backups folder", folder))? {
        let path = entry
            .map_err(Error::io("Reading the backups folder", folder))?
            .path();
        let is_backup = path
            .extension()
            .is_some_and(|extension| extension == PROJECT_EXTENSION);
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse().ok());
        if let (true, Some(number)) = (is_backup, number) {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The backups of a project, newest first.
pub fn backups_of(project: &Path) -> Result<Vec<PathBuf>> {
    let folder = files_folder(project).join("backups");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    Ok(backup_numbers(&folder)?
        .into_iter()
        .rev()
        .map(|number| backup_path(&folder, number))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{FrameRate, ScanSize};
    use timeline::Sequence;

    fn document(name: &str) -> Document {
        Document::new(
            name,
            Sequence::new(ScanSize::new(64, 36), FrameRate::FPS_25),
        )
    }

    #[test]
    fn a_project_comes_back_and_earlier_versions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.everframe");
        for version in 0..15 {
            save_project(&path, &document(&format!("version {version}"))).unwrap();
        }
        assert_eq!(
            load_project(&path).unwrap().document,
            document("version 14")
        );
        let backups = backups_of(&path).unwrap();
        assert_eq!(backups.len(), BACKUPS_MAX);
        assert_eq!(
            load_project(&backups[0]).unwrap().document.name,
            "version 13"
        );
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "nothing half-written stays: {names:?}");
    }

    #[test]
    fn a_file_that_does_not_parse_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.everframe");
        for content in [
            &b"{\"everframe\": 1, \"broken"[..],
            b"",
            b"\xff\xfe\x00",
            b"{\"everframe\": 999}",
        ] {
            fs::write(&path, content).unwrap();
            assert!(matches!(
                save_project(&path, &document("new")),
                Err(Error::WouldOverwrite { .. })
            ));
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }
}

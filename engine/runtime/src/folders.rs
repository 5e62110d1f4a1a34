//! Where jobs find media and put what they make, and how files become known to a project.

use crate::{Error, error::Result, frames::MediaFolder};
use std::path::{Path, PathBuf};
use timeline::{Asset, AssetId, Edit};

/// Where jobs read and write.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Relative asset paths start here.
    pub media: MediaFolder,
    /// Made files go here.
    pub generated: PathBuf,
}

impl Folders {
    /// The folders of a project file.
    pub fn of_project(project: &Path) -> Self {
        Self {
            media: MediaFolder::of_project(project),
            generated: crate::project_file::files_folder(project).join("generated"),
        }
    }

    /// A name that no file bears yet: `matte-0001.mkv`.
    pub fn new_file(&self, stem: &str, extension: &str) -> Result<PathBuf> {
        let names = (1_u32..).map(|number| format!("{stem}-{number:04}.{extension}"));
        self.first_free(names)
    }

    /// A name that no file bears yet: `fill.mkv`, or `fill-2.mkv` where that is taken.
    pub fn free_path(&self, stem: &str, extension: &str) -> Result<PathBuf> {
        self.first_free(numbered(stem, extension))
    }

    /// The files that bear the names which [`Self::free_path`] gave.
    pub fn taken_paths(&self, stem: &str, extension: &str) -> impl Iterator<Item = PathBuf> {
        let paths = numbered(stem, extension).map(|name| self.generated.join(name));
        paths.take_while(|path| path.exists())
    }

    fn first_free(&self, names: impl Iterator<Item = String>) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.generated)
            .map_err(Error::io("Making the folder", &self.generated))?;
        let mut paths = names.map(|name| self.generated.join(name));
        paths.find(|path| !path.exists()).ok_or(Error::Unsuitable {
            reason: "the folder for takes is full".into(),
        })
    }

    /// How a path is kept in the project: relative where it lies in its folder, else whole.
    pub fn stored_path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.media.0).unwrap_or(path).to_owned()
    }

    /// The asset that a file on the disk is, with its content looked into.
    pub fn asset(&self, path: &Path, is_generated: bool) -> Result<Asset> {
        let info = media::probe(path)?;
        let fingerprint = media::fingerprint(path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = self.stored_path(path);
        // The document gives the name when the asset is added.
        Ok(Asset {
            id: AssetId(0),
            fingerprint,
            path,
            name,
            info,
            is_generated,
        })
    }
}

fn numbered(stem: &str, extension: &str) -> impl Iterator<Item = String> {
    let first = std::iter::once(format!("{stem}.{extension}"));
    first.chain((2_u32..).map(move |number| format!("{stem}-{number}.{extension}")))
}

/// The edit that makes a file known to the project.
pub fn add_asset(asset: Asset) -> Edit {
    let Asset {
        fingerprint,
        path,
        name,
        info,
        is_generated,
        id: _given_by_the_document,
    } = asset;
    Edit::AddAsset {
        fingerprint,
        path,
        name,
        info: Box::new(info),
        is_generated,
    }
}

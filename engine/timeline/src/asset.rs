//! Media files known to a project. The pool only grows, and undo does not shrink it.

use crate::AssetId;
use av::{Fingerprint, MediaInfo};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// One media file, known by its content; the paths are hints where it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its name in this project.
    pub id: AssetId,
    /// What its content hashes to.
    pub fingerprint: Fingerprint,
    /// Where it lies: relative to the project's folder if it is inside, else absolute.
    pub path: PathBuf,
    /// What people call it; the file's name at first.
    pub name: String,
    /// What a probe found in it.
    pub info: MediaInfo,
    /// Whether a generator made it.
    #[serde(default)]
    pub is_generated: bool,
}

/// All assets of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetPool {
    assets: BTreeMap<AssetId, Arc<Asset>>,
}

impl AssetPool {
    /// The asset of that name.
    pub fn find(&self, id: AssetId) -> Option<&Arc<Asset>> {
        self.assets.get(&id)
    }

    /// The asset with that content.
    pub fn find_fingerprint(&self, fingerprint: Fingerprint) -> Option<&Arc<Asset>> {
        self.assets
            .values()
            .find(|asset| asset.fingerprint == fingerprint)
    }

    /// Every asset, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Asset>> {
        self.assets.values()
    }

    /// Whether every asset is filed under its own name.
    pub(crate) fn is_filed_right(&self) -> bool {
        self.assets.iter().all(|(id, asset)| *id == asset.id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.assets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }

    /// Adds an asset, or replaces the one of the same name (a relink).
    pub(crate) fn put(&mut self, asset: Asset) {
        self.assets.insert(asset.id, Arc::new(asset));
    }
}

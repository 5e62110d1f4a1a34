//! Where the open project lives, which ones were open before, and which of its media is missing.

use crate::{
    action::Action,
    limits::RECENT_PROJECTS_MAX,
    settings::{Settings, write_beside},
};
use av::Fingerprint;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};
use timeline::AssetId;

/// What project files end in.
pub const PROJECT_EXTENSION: &str = "everframe";

/// The folders that the window uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Choices and recent projects.
    pub config_folder: PathBuf,
    /// Whatever can be made again.
    pub cache_folder: PathBuf,
    /// Projects that were never saved.
    pub recovery_folder: PathBuf,
}

impl Home {
    /// The usual folders of this system; the current folder where the system names none.
    pub fn of_system() -> Self {
        match directories::ProjectDirs::from("", "", "everframe") {
            Some(folders) => Self {
                config_folder: folders.config_dir().to_owned(),
                cache_folder: folders.cache_dir().to_owned(),
                recovery_folder: folders.data_dir().join("recovery"),
            },
            None => Self::inside(Path::new(".everframe")),
        }
    }

    /// All folders inside one.
    pub fn inside(folder: &Path) -> Self {
        Self {
            config_folder: folder.join("config"),
            cache_folder: folder.join("cache"),
            recovery_folder: folder.join("recovery"),
        }
    }

    /// Where the demo project is put together.
    pub fn demo_folder(&self) -> PathBuf {
        self.recovery_folder.with_file_name("demo")
    }

    /// Where the choices are kept.
    pub fn settings_file(&self) -> PathBuf {
        self.config_folder.join("settings.json")
    }

    /// Where earlier prompts are kept.
    pub fn prompts_file(&self) -> PathBuf {
        self.config_folder.join("prompts.json")
    }

    /// Where the names of recent projects are kept.
    pub fn recent_file(&self) -> PathBuf {
        self.config_folder.join("recent.json")
    }

    /// The choices kept here.
    pub fn settings(&self) -> Settings {
        Settings::load(&self.settings_file())
    }
}

/// The open project.
#[derive(Debug)]
pub struct Project {
    /// Folders of the program.
    pub home: Home,
    /// Where it was saved; `None` while it never was.
    pub path: Option<PathBuf>,
    /// Where relative paths of its media start: its folder as it was opened.
    home_folder: Option<PathBuf>,
    /// Whether a newer program wrote it, so that saving here would lose something.
    pub is_read_only: bool,
    /// Projects that were open before, newest first.
    pub recent: Vec<PathBuf>,
    /// A project that was being edited when the program ended unexpectedly.
    pub recovery: Option<PathBuf>,
    /// Media whose file is not where it was.
    pub offline: BTreeSet<AssetId>,
    /// Files that were shown as the new places of missing media.
    pub relinks: BTreeMap<PathBuf, (AssetId, Fingerprint)>,
    /// How many bytes the cache takes; `None` until it was measured.
    pub cache_bytes: Option<u64>,
    /// What goes on once the project is saved.
    pub after_save: Option<Action>,
}

impl Project {
    /// No project yet.
    pub fn new(home: Home) -> Self {
        let text = std::fs::read_to_string(home.recent_file()).unwrap_or_default();
        let recent: Vec<PathBuf> = serde_json::from_str(&text).unwrap_or_default();
        Self {
            home,
            home_folder: None,
            path: None,
            is_read_only: false,
            recent,
            recovery: None,
            offline: BTreeSet::new(),
            relinks: BTreeMap::new(),
            cache_bytes: None,
            after_save: None,
        }
    }

    /// Another project is open now.
    pub fn moved_to(&mut self, path: Option<PathBuf>, is_read_only: bool) {
        self.home_folder = path.as_deref().and_then(Path::parent).map(Path::to_owned);
        self.path = path;
        self.is_read_only = is_read_only;
        self.offline.clear();
        self.relinks.clear();
    }

    /// Puts a project on top of the recent ones.
    pub fn remember(&mut self, path: &Path) -> io::Result<()> {
        self.recent.retain(|recent| recent != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT_PROJECTS_MAX);
        self.save_recent()
    }

    /// Takes a project off the recent ones.
    pub fn forget(&mut self, path: &Path) -> io::Result<()> {
        self.recent.retain(|recent| recent != path);
        self.save_recent()
    }

    fn save_recent(&self) -> io::Result<()> {
        write_beside(
            &self.home.recent_file(),
            &serde_json::to_string_pretty(&self.recent)?,
        )
    }

    /// Where an asset's file should be. Saving elsewhere does not change what relative paths mean: the file that is
    /// written then holds whole ones.
    pub fn locate(&self, path: &Path) -> PathBuf {
        let folder = self.home_folder.as_deref();
        folder.map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_projects_are_kept_newest_first_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::inside(folder.path());
        let mut project = Project::new(home.clone());
        for name in ["a", "b", "a"] {
            project.remember(Path::new(name)).unwrap();
        }
        assert_eq!(Project::new(home).recent, [Path::new("a"), Path::new("b")]);
    }
}

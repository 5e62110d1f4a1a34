//! What can go wrong in the engine's threads, before it becomes words for people.

use std::path::{Path, PathBuf};
use timeline::{AssetId, ItemId};

/// The runtime's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing media failed.
    #[error(transparent)]
    Media(#[from] media::Error),
    /// Drawing failed.
    #[error(transparent)]
    Compositor(#[from] compositor::Error),
    /// A network failed.
    #[error(transparent)]
    Generation(#[from] generation::Error),
    /// Installing, adopting, checking or removing a model failed.
    #[error(transparent)]
    Models(#[from] crate::models::ModelsError),
    /// The document refused an edit.
    #[error(transparent)]
    Edit(#[from] timeline::EditError),
    /// A project file could not be understood.
    #[error("the project cannot be read: {path}")]
    Project {
        /// Why.
        #[source]
        source: timeline::FileError,
        /// Which file.
        path: PathBuf,
    },
    /// A storyboard file could not be understood.
    #[error("the storyboard cannot be used, {source}: {path}")]
    Storyboard {
        /// Why, and in which line.
        #[source]
        source: crate::storyboard::StoryboardError,
        /// Which file.
        path: PathBuf,
    },
    /// A file that is no readable project stands where a project would be written.
    #[error("the file there is not a project that this version can read, and is kept: {path}")]
    WouldOverwrite {
        /// Which file.
        path: PathBuf,
    },
    /// The system refused a file operation.
    #[error("{action} failed: {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
        /// On what.
        path: PathBuf,
    },
    /// An asset's file is not where it was.
    #[error("the media \"{name}\" is missing: {path}")]
    MissingMedia {
        /// What people call it.
        name: String,
        /// Where it was last seen.
        path: PathBuf,
    },
    /// The document names an asset it does not hold.
    #[error("{asset} is not in the project")]
    UnknownAsset {
        /// Which.
        asset: AssetId,
    },
    /// The document does not hold the item.
    #[error("{item} is not in the sequence")]
    UnknownItem {
        /// Which.
        item: ItemId,
    },
    /// The item cannot be worked on in that way.
    #[error("{reason}")]
    Unsuitable {
        /// Why, for people.
        reason: String,
    },
    /// None of the models there are can do it.
    #[error("no model that is installed can do \"{operation}\"")]
    NoModel {
        /// What was wanted.
        operation: generation::Operation,
    },
    /// No model that writes down speech is installed.
    #[error("no model that writes down speech is installed")]
    NoListener,
    /// A file of subtitles could not be understood.
    #[error("the subtitles cannot be used, {source}: {path}")]
    Subtitles {
        /// Why.
        #[source]
        source: timeline::captions::subtitles::SubtitleError,
        /// Which file.
        path: PathBuf,
    },
    /// There is nothing in the range that was asked for.
    #[error("there is nothing to export")]
    NothingToExport,
    /// A name that is none.
    #[error("there is no encoder preset \"{name}\"")]
    UnknownPreset {
        /// What was given.
        name: String,
    },
    /// The user stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Turns a system error into ours, with what was tried and on which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            source,
            path,
        }
    }
}

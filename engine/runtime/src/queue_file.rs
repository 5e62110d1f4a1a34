//! The queue on the disk, beside the project: what waits or runs goes on after the program was closed or killed.
//!
//! A job leaves the file when it has failed or was cancelled, or when the project file holds what it made, never
//! before. So a job may be done again after a crash; it then finds the take that it made (see
//! [`crate::generate`]), and an item takes the same take only once.

use crate::{
    Error, JobRequest,
    error::Result,
    project_file::{files_folder, write_whole},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use timeline::{Content, Document, GeneratedState, ItemId, Recipe};

/// Layout of the file.
const QUEUE_VERSION: u32 = 1;

/// A job as the file keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredJob {
    /// What is to be done.
    pub request: JobRequest,
    /// What was asked of the generated item when the job was queued; the item may be asked something else by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Box<Recipe>>,
    /// Whether nobody asked for it: it is a draft that was made while nothing else was done. It does not go on by itself;
    /// its item is a wish again, until nothing else is done once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_ahead: bool,
}

impl StoredJob {
    /// A job that works on a document, and that somebody asked for.
    pub fn new(request: JobRequest, document: &Document) -> Self {
        let recipe = match &request {
            JobRequest::Generate { item } => recipe_of(document, *item),
            JobRequest::Background { .. }
            | JobRequest::Backdrop { .. }
            | JobRequest::Inspect { .. }
            | JobRequest::Captions { .. }
            | JobRequest::CleanSpeech { .. }
            | JobRequest::Export(_) => None,
        };
        Self {
            request,
            recipe,
            is_ahead: false,
        }
    }

    /// A take of an item that nobody asked for.
    pub fn ahead(item: ItemId, document: &Document) -> Self {
        Self {
            is_ahead: true,
            ..Self::new(JobRequest::Generate { item }, document)
        }
    }
}

fn recipe_of(document: &Document, item: ItemId) -> Option<Box<Recipe>> {
    let (_, item) = document.sequence.item(item)?;
    match &item.content {
        Content::Generated(generated) => Some(Box::new(generated.recipe.clone())),
        Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
    }
}

/// The whole queue: what ran first, then what waited, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredQueue {
    /// Whether it was paused.
    #[serde(default)]
    pub is_paused: bool,
    /// In the order they were to be done.
    #[serde(default)]
    pub jobs: Vec<StoredJob>,
}

/// The queue with its version, as it is written.
#[derive(Serialize, Deserialize)]
struct QueueFile {
    everframe_queue: u32,
    #[serde(flatten)]
    queue: StoredQueue,
}

impl StoredQueue {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && !self.is_paused
    }

    /// What is left to do of it on a document just opened: jobs whose item is gone are left out, and items that wait
    /// for a take but have no job get one. Jobs that nobody asked for are among them, to be made wishes again.
    pub fn on(self, document: &Document) -> Self {
        let is_there = |job: &StoredJob| match &job.request {
            JobRequest::Generate { item } => recipe_of(document, *item).is_some(),
            JobRequest::Background { item, .. }
            | JobRequest::Backdrop { item, .. }
            | JobRequest::Inspect { item }
            | JobRequest::Captions { item, .. }
            | JobRequest::CleanSpeech { item } => document.sequence.item(*item).is_some(),
            JobRequest::Export(_) => true,
        };
        let mut jobs: Vec<StoredJob> = self.jobs.into_iter().filter(is_there).collect();
        for item in document
            .sequence
            .tracks
            .iter()
            .flat_map(|track| &track.items)
        {
            let Content::Generated(generated) = &item.content else {
                continue;
            };
            let request = JobRequest::Generate { item: item.id };
            let is_waiting = generated.state == GeneratedState::Queued;
            if is_waiting && jobs.iter().all(|job| job.request != request) {
                jobs.push(StoredJob::new(request, document));
            }
        }
        Self { jobs, ..self }
    }
}

/// Where a project's queue is kept.
pub fn queue_path(project: &Path) -> PathBuf {
    files_folder(project).join("queue.json")
}

/// The queue beside a project; empty where there is none. A file that cannot be read is an error and stays as it is.
pub fn load_queue(project: &Path) -> Result<StoredQueue> {
    let path = queue_path(project);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(StoredQueue::default());
        }
        Err(error) => return Err(Error::io("Reading the queue", &path)(error)),
    };
    let file: QueueFile = serde_json::from_str(&text).map_err(|error| unreadable(&path, error))?;
    if file.everframe_queue != QUEUE_VERSION {
        let version = file.everframe_queue;
        return Err(unreadable(
            &path,
            format!("it is of version {version}, this program reads {QUEUE_VERSION}"),
        ));
    }
    Ok(file.queue)
}

fn unreadable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Unsuitable {
        reason: format!("the queue {} cannot be read: {reason}", path.display()),
    }
}

/// Writes the queue beside a project, whole or not at all; an empty one has no file.
pub fn save_queue(project: &Path, queue: &StoredQueue) -> Result<()> {
    let path = queue_path(project);
    if queue.is_empty() {
        return match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io("Removing the empty queue", &path)(error)),
        };
    }
    let file = QueueFile {
        everframe_queue: QUEUE_VERSION,
        queue: queue.clone(),
    };
    let text = serde_json::to_vec_pretty(&file).map_err(|error| Error::Unsuitable {
        reason: format!("the queue cannot be written: {error}"),
    })?;
    write_whole(&path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{FrameRate, ScanSize};
    use timeline::Sequence;

    #[test]
    fn a_queue_comes_back_and_an_empty_one_has_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("film.everframe");
        assert_eq!(load_queue(&project).unwrap(), StoredQueue::default());
        let job = |item| StoredJob {
            request: JobRequest::Generate { item: ItemId(item) },
            recipe: Some(Box::new(Recipe {
                seed: item,
                ..Recipe::default()
            })),
            is_ahead: item == 2,
        };
        let queue = StoredQueue {
            is_paused: true,
            jobs: vec![job(4), job(2)],
        };
        save_queue(&project, &queue).unwrap();
        assert_eq!(load_queue(&project).unwrap(), queue);
        let sequence = Sequence::new(ScanSize::new(64, 36), FrameRate::FPS_25);
        let document = Document::new("film", sequence);
        let left = queue.on(&document);
        assert_eq!(left.jobs, [], "their items are gone");
        assert!(left.is_paused);
        save_queue(&project, &StoredQueue::default()).unwrap();
        assert!(!queue_path(&project).exists());
        std::fs::write(queue_path(&project), "{\"everframe_queue\": 9}").unwrap();
        assert!(load_queue(&project).is_err());
    }
}

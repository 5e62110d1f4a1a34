//! A project's content as one value. Cloning copies pointers; changing copies only the touched path.

use crate::{AssetPool, Sequence};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything a project file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What people call the project.
    pub name: String,
    /// The media it knows. Outside undo: going back never forgets a file.
    pub assets: Arc<AssetPool>,
    /// The edited timeline.
    pub sequence: Arc<Sequence>,
    /// The number the next thing will be named with; only grows.
    pub next_id: u64,
}

impl Document {
    /// An empty project with one video and one audio track.
    pub fn new(name: &str, sequence: Sequence) -> Self {
        // Names below this one belong to the tracks that a new sequence starts with.
        let next_id = sequence
            .tracks
            .iter()
            .map(|track| track.id.0 + 1)
            .max()
            .unwrap_or(1);
        Self {
            name: name.to_owned(),
            assets: Arc::default(),
            sequence: Arc::new(sequence),
            next_id,
        }
    }
}

//! The handle the window holds: commands in, events out, everything joined when it is dropped.

use crate::{Command, Event, Problem};
use std::{path::PathBuf, sync::Arc};

/// Wakes whoever drains events; called from any thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the engine needs to know before it starts.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// Folder for caches that may be deleted at any time.
    pub cache_folder: PathBuf,
    /// Folder for projects that were never saved: recovery files and their takes.
    pub recovery_folder: PathBuf,
    /// Whether playback may open the sound device; without it the system's clock keeps time.
    pub use_sound_device: bool,
    /// Called after each event.
    pub wake: Wake,
}

/// The running engine.
pub struct Runtime {
    commands: crossbeam_channel::Sender<Command>,
    events: crossbeam_channel::Receiver<Event>,
}

impl Runtime {
    /// Asks for something; never waits. A full queue is a problem to show, not a freeze.
    pub fn send(&self, command: Command) -> Result<(), Problem> {
        self.commands.try_send(command).map_err(|error| {
            Problem::error(
                "The engine is too busy to take that",
                "Wait a moment and do it again",
            )
            .with_cause(&std::io::Error::other(error.to_string()))
        })
    }

    /// The next thing the engine tells, if there is one.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

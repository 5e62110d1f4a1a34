//! The way out: a bounded queue of events and one slot for the newest picture, and the call that wakes the window.

use crate::{Event, handle::Wake, models::desk::ModelNews};
use crossbeam_channel::{Receiver, Sender, TrySendError};
use std::sync::{Arc, Mutex};

/// Sends events to the window; shared by every thread.
#[derive(Clone)]
pub struct Outbox {
    events: Sender<Event>,
    /// Only the newest picture is worth showing, so a slow window can never fall behind.
    newest_frame: Arc<Mutex<Option<Event>>>,
    wake: Wake,
}

/// Where the window reads.
pub struct OutboxReader {
    events: Receiver<Event>,
    newest_frame: Arc<Mutex<Option<Event>>>,
}

/// A way out that holds `capacity` events.
pub fn outbox(capacity: usize, wake: Wake) -> (Outbox, OutboxReader) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity);
    let newest_frame = Arc::new(Mutex::new(None));
    let reader = OutboxReader {
        events: receiver,
        newest_frame: Arc::clone(&newest_frame),
    };
    (
        Outbox {
            events: sender,
            newest_frame,
            wake,
        },
        reader,
    )
}

impl Outbox {
    /// Tells the window something. A window that reads nothing for long loses progress reports, never results.
    pub fn send(&self, event: Event) {
        match event {
            Event::FrameReady { .. } => {
                if let Ok(mut slot) = self.newest_frame.lock() {
                    *slot = Some(event);
                }
            }
            Event::JobProgress { .. }
            | Event::Playhead { .. }
            | Event::Models(ModelNews::Progress(_)) => {
                if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                    log::debug!("the window is behind; dropped {event:?}");
                }
            }
            Event::Playback { .. }
            | Event::Imported { .. }
            | Event::ThumbnailReady { .. }
            | Event::WaveformReady { .. }
            | Event::JobFinished { .. }
            | Event::JobFailed { .. }
            | Event::JobCancelled { .. }
            | Event::Saved { .. }
            | Event::Models(_)
            | Event::Described { .. }
            | Event::Failed(_) => {
                // Only a window that is gone refuses this, and then nobody wants to know.
                self.events.send(event).ok();
            }
        }
        (self.wake)();
    }
}

impl OutboxReader {
    /// The next event: what happened first, then the newest picture.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv().ok().or_else(|| {
            self.newest_frame
                .lock()
                .ok()
                .and_then(|mut slot| slot.take())
        })
    }

    /// The next event that is no picture, waiting up to `timeout`.
    pub fn recv_timeout(&self, timeout: std::time::Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok()
    }
}

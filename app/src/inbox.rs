//! The only place where answers that came too late are dropped.

use crate::{jobs::Jobs, limits::HELD_EVENTS_MAX};
use av::FrameIndex;
use runtime::{Event, JobId, PlaybackState, Revision};
use std::collections::VecDeque;
use timeline::Document;

/// What the window waits for, so that it can tell late answers from wanted ones.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Documents before this one belong to a project that is no longer open.
    floor: Revision,
    /// The newest document that a shown picture is of.
    shown: Revision,
    /// The newest document that the disk holds.
    saved: Revision,
    /// The frame that was asked for and has not been reached.
    seeking: Option<FrameIndex>,
    /// What would change the document while a hand is dragging it.
    held: VecDeque<Event>,
}

/// What the window knows when an answer comes.
pub struct Known<'a> {
    /// The document.
    pub document: &'a Document,
    /// The jobs.
    pub jobs: &'a Jobs,
}

impl Inbox {
    /// Another project is open from this document on.
    pub fn project_opened(&mut self, revision: Revision) {
        *self = Self {
            floor: revision,
            ..Self::default()
        };
    }

    /// The playhead was sent somewhere: reports from before do not count.
    pub fn seek_sent(&mut self, frame: FrameIndex) {
        self.seeking = Some(frame);
    }

    /// Playback was started or stopped: every report counts from now on.
    pub fn playback_asked(&mut self) {
        self.seeking = None;
    }

    /// Keeps what would change the document for when the drag has ended; gives back everything else.
    pub fn hold(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Imported { .. }
            | Event::JobFinished { .. }
            | Event::JobFailed { .. }
            | Event::JobCancelled { .. } => {
                self.held.push_back(event);
                None
            }
            Event::Playhead { .. }
            | Event::Playback { .. }
            | Event::FrameReady { .. }
            | Event::ThumbnailReady { .. }
            | Event::WaveformReady { .. }
            | Event::JobProgress { .. }
            | Event::Saved { .. }
            | Event::Models(_)
            | Event::Described { .. }
            | Event::Failed(_) => Some(event),
        }
    }

    /// Whether no more can be kept.
    pub fn is_full(&self) -> bool {
        self.held.len() >= HELD_EVENTS_MAX
    }

    /// What was kept first.
    pub fn take_held(&mut self) -> Option<Event> {
        self.held.pop_front()
    }

    /// The event, unless it came too late to mean anything.
    pub fn accept(&mut self, event: Event, known: &Known<'_>) -> Option<Event> {
        let is_wanted = match &event {
            Event::Playhead { frame } => self.accepts_playhead(*frame),
            Event::Playback { state, .. } => {
                if let PlaybackState::Playing(_) = state {
                    self.seeking = None;
                }
                true
            }
            Event::FrameReady { revision, .. } => {
                let is_newer = *revision >= self.floor && *revision >= self.shown;
                if is_newer {
                    self.shown = *revision;
                }
                is_newer
            }
            Event::Saved { revision, .. } => {
                let is_newer = *revision >= self.floor && *revision >= self.saved;
                if is_newer {
                    self.saved = *revision;
                }
                is_newer
            }
            Event::ThumbnailReady { asset, .. } | Event::WaveformReady { asset, .. } => {
                known.document.assets.find(*asset).is_some()
            }
            Event::JobProgress { job, .. }
            | Event::JobFinished { job, .. }
            | Event::JobFailed { job, .. }
            | Event::JobCancelled { job } => is_open(known.jobs, *job),
            // The bar that asked compares the number with its last question.
            Event::Described { .. }
            | Event::Imported { .. }
            | Event::Models(_)
            | Event::Failed(_) => true,
        };
        is_wanted.then_some(event)
    }

    fn accepts_playhead(&mut self, frame: FrameIndex) -> bool {
        match self.seeking {
            Some(asked) if asked != frame => false,
            Some(_) => {
                self.seeking = None;
                true
            }
            None => true,
        }
    }
}

fn is_open(jobs: &Jobs, id: JobId) -> bool {
    jobs.open().iter().any(|job| job.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{FrameRate, ScanSize, Ticks, VideoFrame};
    use std::sync::Arc;
    use timeline::Sequence;

    fn ready(revision: u64) -> Event {
        let picture = VideoFrame::from_rgba(ScanSize::new(1, 1), vec![0; 4], Ticks::ZERO);
        Event::FrameReady {
            frame: FrameIndex::ZERO,
            revision: Revision(revision),
            picture: Arc::new(picture),
            compared: None,
        }
    }

    #[test]
    fn late_answers_are_dropped() {
        let sequence = Sequence::new(ScanSize::new(64, 64), FrameRate::FPS_25);
        let document = Document::new("Test", sequence);
        let jobs = Jobs::default();
        let known = Known {
            document: &document,
            jobs: &jobs,
        };
        let mut inbox = Inbox::default();
        assert!(inbox.accept(ready(2), &known).is_some());
        assert!(
            inbox.accept(ready(1), &known).is_none(),
            "an older document's picture"
        );
        assert!(
            inbox.accept(ready(2), &known).is_some(),
            "another frame of the same"
        );
        inbox.project_opened(Revision(5));
        assert!(
            inbox.accept(ready(4), &known).is_none(),
            "another project's picture"
        );

        inbox.seek_sent(FrameIndex(9));
        let at = |frame| Event::Playhead {
            frame: FrameIndex(frame),
        };
        assert!(inbox.accept(at(3), &known).is_none(), "before the seek");
        assert!(inbox.accept(at(9), &known).is_some());
        assert!(inbox.accept(at(10), &known).is_some());
        let late = Event::JobCancelled { job: JobId(7) };
        assert!(
            inbox.accept(late, &known).is_none(),
            "a job that is not known"
        );
    }
}

//! The playhead: where it is sent, and when it moves by itself.

use crate::{action::Action, app::StudioApp, limits::STEP_MANY_FRAMES};
use av::{FrameCount, FrameIndex, Ratio};
use runtime::{Command, PlaybackState};
use std::collections::BTreeSet;

impl StudioApp {
    /// Everything about the playhead.
    pub(super) fn apply_playback(&mut self, action: &Action) {
        let playhead = self.transport.playhead;
        match action {
            Action::PlayPause => {
                if self.transport.is_playing() {
                    self.pause();
                } else {
                    self.play(Ratio::ONE);
                }
            }
            Action::PlayReverse => self.play(self.transport.shuttle(-1)),
            Action::PlayForward => self.play(self.transport.shuttle(1)),
            Action::PlayAt { speed } => self.play(*speed),
            Action::Pause => self.pause(),
            Action::ToggleLoop => {
                self.transport.is_looping ^= true;
                if let PlaybackState::Playing(speed) = self.transport.state {
                    self.play(speed);
                }
            }
            Action::StepBack => self.step(-1),
            Action::StepForward => self.step(1),
            Action::StepBackMany => self.step(-STEP_MANY_FRAMES),
            Action::StepForwardMany => self.step(STEP_MANY_FRAMES),
            Action::GoToStart => self.seek(FrameIndex::ZERO),
            Action::GoToEnd => self.seek(self.last_frame()),
            Action::PreviousCut => {
                if let Some(cut) = self.cuts().range(..playhead).next_back() {
                    self.seek(*cut);
                }
            }
            Action::NextCut => {
                if let Some(cut) = self.cuts().range(playhead + FrameCount::ONE..).next() {
                    self.seek(*cut);
                }
            }
            Action::PreviousMarker => {
                let mut markers = self.editor.document().sequence.markers.iter();
                let found = markers.rfind(|marker| marker.frame < playhead);
                if let Some(frame) = found.map(|marker| marker.frame) {
                    self.seek(frame);
                }
            }
            Action::NextMarker => {
                let mut markers = self.editor.document().sequence.markers.iter();
                let found = markers.find(|marker| marker.frame > playhead);
                if let Some(frame) = found.map(|marker| marker.frame) {
                    self.seek(frame);
                }
            }
            Action::Seek { frame } => self.seek(*frame),
            // `apply_action` sends nothing else here.
            _ => {}
        }
    }

    /// Puts the playhead there; it shows at once, the picture follows.
    pub(super) fn seek(&mut self, frame: FrameIndex) {
        let frame = frame.max(FrameIndex::ZERO);
        self.transport.playhead = frame;
        self.inbox.seek_sent(frame);
        // The engine shows the document it was given last, so it must have this one first.
        self.sync_document();
        self.send(Command::Seek { frame });
    }

    fn step(&mut self, frames: i64) {
        if self.transport.is_playing() {
            self.pause();
        }
        self.seek(self.transport.playhead + FrameCount(frames));
    }

    fn play(&mut self, speed: Ratio) {
        let sequence = &self.editor.document().sequence;
        let repeat = self
            .transport
            .is_looping
            .then(|| sequence.marked_range().unwrap_or(sequence.range()))
            .filter(|range| !range.is_empty());
        let is_at_end = speed.num() > 0 && self.transport.playhead >= self.last_frame();
        if is_at_end && repeat.is_none() && !self.transport.is_playing() {
            // Playing from the end means playing again.
            self.seek(FrameIndex::ZERO);
        }
        self.inbox.playback_asked();
        self.sync_document();
        self.send(Command::Play { speed, repeat });
    }

    fn pause(&mut self) {
        self.inbox.playback_asked();
        self.send(Command::Pause);
    }

    fn last_frame(&self) -> FrameIndex {
        let end = self.editor.document().sequence.range().end();
        (end - FrameCount::ONE).max(FrameIndex::ZERO)
    }

    /// Every first frame of an item and every frame after one.
    fn cuts(&self) -> BTreeSet<FrameIndex> {
        let tracks = self.editor.document().sequence.tracks.iter();
        tracks
            .flat_map(|track| &track.items)
            .flat_map(|item| [item.start, item.range().end()])
            .collect()
    }
}

//! Finished frames in the clip's order, with known ones between them, and how well they meet.

use crate::{
    backend::SeamMetrics,
    error::Result,
    request::{ClipFrame, MaskedClip},
    seam,
};
use av::VideoFrame;
use std::collections::VecDeque;

/// Frames kept: those that the next run may look at, and the widest growth of a hole.
const KEPT: usize = 24;
/// Frames that tell how two meet: two before, two after.
const SEAM_FRAMES: usize = 4;

/// Hands frames on in order.
pub(super) struct Emitter<'a, 'b> {
    clip: &'a MaskedClip,
    sink: &'a mut (dyn FnMut(VideoFrame) -> Result<()> + 'b),
    next: usize,
    recent: VecDeque<VideoFrame>,
    seams: Vec<SeamMetrics>,
}

impl<'a, 'b> Emitter<'a, 'b> {
    pub(super) fn new(
        clip: &'a MaskedClip,
        sink: &'a mut (dyn FnMut(VideoFrame) -> Result<()> + 'b),
    ) -> Self {
        Self {
            clip,
            sink,
            next: 0,
            recent: VecDeque::new(),
            seams: Vec::new(),
        }
    }

    /// Finished frames that are still kept, and the index of the first.
    pub(super) fn recent(&self) -> (usize, Vec<VideoFrame>) {
        let frames: Vec<VideoFrame> = self.recent.iter().cloned().collect();
        (self.next - frames.len(), frames)
    }

    /// Frame `index`, after the known ones before it.
    pub(super) fn emit(&mut self, index: usize, frame: VideoFrame) -> Result<()> {
        self.known_before(index)?;
        self.put(frame)
    }

    /// The known frames up to the end, and how well frames meet at every border.
    pub(super) fn finish(mut self) -> Result<Vec<SeamMetrics>> {
        self.known_before(self.clip.frames().len())?;
        if let Some(last) = self.next.checked_sub(1) {
            self.measure(last);
        }
        Ok(self.seams)
    }

    fn known_before(&mut self, end: usize) -> Result<()> {
        while self.next < end
            && let Some(ClipFrame::Known(picture)) = self.clip.frames().get(self.next)
        {
            self.put(picture.clone())?;
        }
        Ok(())
    }

    fn put(&mut self, frame: VideoFrame) -> Result<()> {
        (self.sink)(frame.clone())?;
        self.recent.push_back(frame);
        if self.recent.len() > KEPT {
            self.recent.pop_front();
        }
        self.next += 1;
        if let Some(border) = self.next.checked_sub(2) {
            self.measure(border);
        }
        Ok(())
    }

    /// Measures at the border before frame `index`, if it is one between known and made.
    fn measure(&mut self, index: usize) {
        let frames = self.clip.frames();
        if index == 0 || frames[index].is_known() == frames[index - 1].is_known() {
            return;
        }
        let count = self.recent.len().min(SEAM_FRAMES);
        let last: Vec<VideoFrame> = self
            .recent
            .iter()
            .rev()
            .take(count)
            .rev()
            .cloned()
            .collect();
        let first = self.next - count;
        if index <= first {
            return;
        }
        let metrics = seam::seam(&last, index - first);
        self.seams.push(SeamMetrics {
            frame: index,
            ..metrics
        });
    }
}

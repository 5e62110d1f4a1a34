//! Pieces of a clip that are asked for one after the other, so that memory does not grow with its length.

use super::brackets::{Under, Unit};
use crate::{error::Result, generate::scene::Scene};
use av::{FrameIndex, VideoFrame};
use generation::{ClipFrame, MaskedClip, Operation, Output, Request};
use std::{collections::BTreeMap, sync::Arc};
use timeline::LayerPlan;

/// Frames of a piece: some tens of megabytes at 1080p.
const PIECE_FRAMES: usize = 24;

/// A piece as a request, and which of its frames are the sequence's.
pub struct Piece {
    /// What is asked.
    pub request: Request,
    /// Indices in the request's clip, one for each frame of the sequence.
    pub kept: Vec<usize>,
}

/// Units in runs of about [`PIECE_FRAMES`] frames.
pub fn split(units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut pieces: Vec<Vec<Unit>> = Vec::new();
    let mut count = PIECE_FRAMES;
    for unit in units {
        if count >= PIECE_FRAMES {
            pieces.push(Vec::new());
            count = 0;
        }
        count += unit.made().max(1);
        if let Some(piece) = pieces.last_mut() {
            piece.push(unit);
        }
    }
    pieces
}

/// Draws the known frames of a piece; `pause` is called before each and may stop the work.
pub fn drawn_piece(
    scene: &mut Scene<'_>,
    under: &Under,
    units: &[Unit],
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Piece> {
    let mut drawing = Drawing {
        frames: Vec::new(),
        last: None,
    };
    let mut kept = Vec::new();
    let mut moments = BTreeMap::new();
    for unit in units {
        pause()?;
        match unit {
            Unit::Known { frame, number } => {
                kept.push(drawing.known(scene, under, *number, *frame)?);
            }
            Unit::Between { number, frames } => {
                let first = frames[0].0;
                drawing.known(scene, under, *number, first)?;
                for (_, part) in frames {
                    let index = drawing.frames.len();
                    drawing.frames.push(ClipFrame::ToMake);
                    moments.insert(index, *part);
                    kept.push(index);
                }
                drawing.last = None;
                drawing.known(scene, under, number + 1, first)?;
            }
        }
    }
    let sequence = &scene.known.sequence;
    let clip = MaskedClip::new(sequence.size, sequence.rate, drawing.frames)?;
    let mut request = Request::new(clip).for_operation(Operation::Interpolate);
    request.moments = moments;
    Ok(Piece { request, kept })
}

/// A request's frames so far, and what the last one shows if it is known.
struct Drawing {
    frames: Vec<ClipFrame>,
    last: Option<Vec<LayerPlan>>,
}

impl Drawing {
    /// The index of a known frame, which may be the last one again.
    fn known(
        &mut self,
        scene: &mut Scene<'_>,
        under: &Under,
        number: usize,
        frame: FrameIndex,
    ) -> Result<usize> {
        let layers = under.layers(&scene.known, number, frame);
        if self.last.as_ref() != Some(&layers) {
            let held = under.held(&scene.known, number);
            let picture = scene.source.frame(&held, frame)?;
            self.frames.push(ClipFrame::Known(picture));
            self.last = Some(layers);
        }
        Ok(self.frames.len() - 1)
    }
}

impl Piece {
    /// The sequence's frames, from an answer or, where nothing was missing, from what is known.
    pub fn frames(&self, output: Option<Output>) -> Vec<VideoFrame> {
        let known = || {
            let frames = self.request.clip.frames().iter();
            frames.map(|frame| frame.picture().cloned()).collect()
        };
        let all: Vec<Option<VideoFrame>> = output.map_or_else(known, |output| {
            output.frames.into_iter().map(Some).collect()
        });
        let kept = self.kept.iter();
        kept.filter_map(|index| all.get(*index).cloned().flatten())
            .collect()
    }

    /// Holes that were filled with the very frames round them.
    pub fn cuts(&self, output: &Output) -> usize {
        let data = |index: usize| output.frames.get(index).map(|frame| &frame.planes[0].data);
        let is_held = |hole: &std::ops::Range<usize>| {
            let made = data(hole.start);
            let beside = [data(hole.start - 1), data(hole.end)];
            beside
                .iter()
                .flatten()
                .any(|known| made.is_some_and(|made| Arc::ptr_eq(made, known)))
        };
        let holes = self.request.clip.holes();
        holes.iter().filter(|hole| is_held(hole)).count()
    }
}

//! The take that a better one is made after: which of its frames a model is shown, and what that makes of the question.

use super::{asked::operation_of, scene::Scene, told};
use crate::{Error, error::Result, export::OnProgress};
use av::{FrameRange, Ticks, VideoFrame};
use generation::{Capability, ClipFrame, Operation};
use std::sync::Arc;
use timeline::{
    Clip, Content, Document, Draft, DraftFrames, Generated, ItemId, Properties, Purpose, Recipe,
    Take,
};

/// What is asked of a model for an item: frames that guide all others are another look on the same motion.
pub fn operation_for(generated: &Generated) -> Operation {
    if generated.recipe.is_guided() {
        Operation::Restyle
    } else {
        operation_of(generated.purpose)
    }
}

/// Whether whoever offers that can be told what goes over: a guide is nothing without words.
pub fn takes_draft(capability: &Capability, recipe: &Recipe) -> bool {
    capability.reads_prompt || !recipe.is_guided()
}

/// The take whose frames are shown and what of them; `None` where only words go over. An error says why they cannot.
pub fn shown_draft(generated: &Generated) -> Result<Option<(&Take, DraftFrames)>> {
    let frames = match generated.recipe.draft {
        None
        | Some(Draft {
            frames: DraftFrames::Nothing,
            ..
        }) => return Ok(None),
        Some(draft) => draft.frames,
    };
    let unsuitable = |reason: &str| Error::Unsuitable {
        reason: reason.to_owned(),
    };
    if generated.purpose.covers() {
        return Err(unsuitable(
            "it remakes what lies below it, so of its draft only words, seed and region go over, no pictures",
        ));
    }
    let Some((_, take)) = generated.draft_of(&generated.recipe) else {
        return Err(unsuitable(
            "the draft that it is made after is no longer on its list of takes",
        ));
    };
    Ok(Some((take, frames)))
}

/// Which of `count` frames of a draft are drawn.
fn drawn_frames(frames: DraftFrames, count: usize) -> Vec<usize> {
    match frames {
        DraftFrames::Nothing => Vec::new(),
        DraftFrames::Ends => match count {
            0 => Vec::new(),
            1 => vec![0],
            _ => vec![0, count - 1],
        },
        DraftFrames::Guide => (0..count).collect(),
    }
}

/// A draft's picture as a model is shown it.
fn shown(frames: DraftFrames, picture: VideoFrame) -> ClipFrame {
    match frames {
        DraftFrames::Nothing => ClipFrame::ToMake,
        DraftFrames::Ends => ClipFrame::Known(picture),
        DraftFrames::Guide => ClipFrame::Partly {
            to_make: vec![u8::MAX; picture.size.area() as usize].into(),
            picture,
        },
    }
}

/// Puts blank pictures where a draft's would be among the item's own frames.
pub fn put_blank(own: &mut [ClipFrame], generated: &Generated, blank: &VideoFrame) -> Result<()> {
    let Some((_, frames)) = shown_draft(generated)? else {
        return Ok(());
    };
    let one = shown(frames, blank.clone());
    for index in drawn_frames(frames, own.len()) {
        own[index] = one.clone();
    }
    Ok(())
}

/// Puts a draft's pictures among the item's own frames.
pub fn put_drawn(
    own: &mut [ClipFrame],
    scene: &mut Scene<'_>,
    on_progress: &mut OnProgress<'_>,
) -> Result<()> {
    let generated = scene.generated.clone();
    let Some((take, frames)) = shown_draft(&generated)? else {
        return Ok(());
    };
    let rate = scene.known.sequence.rate;
    let start = take.source_start + rate.ticks_from_count(generated.take_offset);
    let alone = take_alone(&scene.known, (scene.item, scene.range), (take, start));
    let wanted = drawn_frames(frames, own.len());
    let total = wanted.len() as u64;
    for (done, index) in (0..).zip(wanted) {
        told(on_progress, "Reading the draft", done, total)?;
        let frame = scene.range.start + av::FrameCount(index as i64);
        own[index] = shown(frames, scene.source.frame(&alone, frame)?);
    }
    Ok(())
}

/// A document in which the take lies alone where its item does, as it was made: how the item is placed and colored
/// comes on top of whatever it shows.
fn take_alone(
    document: &Document,
    (item, range): (ItemId, FrameRange),
    (take, start): (&Take, Ticks),
) -> Document {
    let mut alone = document.clone();
    let sequence = Arc::make_mut(&mut alone.sequence);
    for track in &mut sequence.tracks {
        let track = Arc::make_mut(track);
        track.transitions.clear();
        track.items.retain(|other| other.id == item);
        track.is_muted = track.items.is_empty();
        for own in &mut track.items {
            let own = Arc::make_mut(own);
            own.content = Content::Clip(Clip::new(take.asset, start));
            own.properties = Properties::default();
            own.is_disabled = false;
            (own.start, own.count) = (range.start, range.count);
        }
    }
    alone
}

/// What of a draft can be shown for an item of that purpose at all.
pub fn possible_frames(purpose: Purpose) -> &'static [DraftFrames] {
    if purpose.covers() {
        &[DraftFrames::Nothing]
    } else {
        &[DraftFrames::Nothing, DraftFrames::Ends, DraftFrames::Guide]
    }
}

/// What went over from a draft, for the take's record.
pub fn note(generated: &Generated) -> Option<String> {
    let draft = generated.recipe.draft?;
    let number = generated.draft_of(&generated.recipe).map_or_else(
        || "a take".to_owned(),
        |(number, _)| format!("take {number}"),
    );
    let what = match draft.frames {
        DraftFrames::Nothing => "its words, its seed and what lies beside it",
        DraftFrames::Ends => "its words, its seed, and its first and last frame as they are",
        DraftFrames::Guide => "its words, its seed, and all its frames as a guide",
    };
    Some(format!("Made after {number} as a draft, from {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_single_frame_are_that_frame() {
        assert_eq!(drawn_frames(DraftFrames::Ends, 1), [0]);
        assert_eq!(drawn_frames(DraftFrames::Ends, 9), [0, 8]);
        assert_eq!(drawn_frames(DraftFrames::Guide, 3), [0, 1, 2]);
        assert_eq!(drawn_frames(DraftFrames::Nothing, 3), [] as [usize; 0]);
    }
}

//! Frames that go on from, or lead to, the frames beside the item on its own track.

use super::{Scene, Shown};
use crate::{
    Error,
    error::Result,
    export::OnProgress,
    generate::{draft::put_drawn, told},
};
use av::{FrameCount, FrameIndex, FrameRange};
use generation::{ClipFrame, MaskedClip};
use timeline::{Content, Document, Generated, Purpose, Track};

/// The clip with a hole where the item lies, between up to `context` known frames.
pub fn clip(
    scene: &mut Scene<'_>,
    context: [usize; 2],
    on_progress: &mut OnProgress<'_>,
) -> Result<Shown> {
    let place = (scene.document, &*scene.track, scene.range);
    let [before, after] = known_frames(place, &scene.generated, context)?;
    let sequence = &scene.known.sequence;
    let (size, rate) = (sequence.size, sequence.rate);
    let beside = [before.len(), after.len()];
    let total = (before.len() + after.len()) as u64;
    let mut done = 0;
    let mut draw = |frame: &FrameIndex| {
        told(on_progress, "Reading the frames beside it", done, total)?;
        done += 1;
        let picture = scene.source.frame(&scene.known, *frame)?;
        Ok(ClipFrame::Known(picture))
    };
    let mut frames = before.iter().map(&mut draw).collect::<Result<Vec<_>>>()?;
    frames.extend(scene.range.frames().map(|_frame| ClipFrame::ToMake));
    let own = before.len()..frames.len();
    frames.extend(after.iter().map(&mut draw).collect::<Result<Vec<_>>>()?);
    put_drawn(&mut frames[own], scene, on_progress)?;
    Ok(Shown {
        clip: MaskedClip::new(size, rate, frames)?,
        beside,
    })
}

/// The known frames before and after the item, each in order; refused where the purpose needs some and there are none.
pub fn known_frames(
    (document, track, range): (&Document, &Track, FrameRange),
    generated: &Generated,
    context: [usize; 2],
) -> Result<[Vec<FrameIndex>; 2]> {
    let purpose = generated.purpose;
    let [most_before, most_after] = meant(generated, range, most_beside(purpose, context));
    let is_known = |frame: FrameIndex| {
        frame >= FrameIndex::ZERO && is_made(track, frame) && fits(document, track, frame, purpose)
    };
    let backwards = (1..=most_before).map(|step| range.start - FrameCount(step as i64));
    let mut before: Vec<_> = backwards.take_while(|frame| is_known(*frame)).collect();
    before.reverse();
    let forwards = (0..most_after).map(|step| range.end() + FrameCount(step as i64));
    let after: Vec<_> = forwards.take_while(|frame| is_known(*frame)).collect();
    let missing = match purpose {
        Purpose::ExtendForward if before.is_empty() => "there is nothing before it to go on from",
        Purpose::ExtendBackward if after.is_empty() => "there is nothing after it to lead to",
        Purpose::Animate if before.is_empty() && after.is_empty() => {
            "there is no picture beside it that could move"
        }
        _ => return Ok([before, after]),
    };
    Err(Error::Unsuitable {
        reason: missing.into(),
    })
}

/// A still beside a moving one is another picture, unless the anchors say that it leads there.
fn meant(generated: &Generated, range: FrameRange, [before, after]: [usize; 2]) -> [usize; 2] {
    let anchors = &generated.anchors;
    if generated.purpose != Purpose::Animate || anchors.is_empty() {
        return [before, after];
    }
    let starts = |is_meant: &dyn Fn(FrameIndex) -> bool| {
        usize::from(anchors.iter().any(|anchor| is_meant(anchor.frames.start)))
    };
    [
        before * starts(&|start| start < range.start),
        after * starts(&|start| start >= range.end()),
    ]
}

/// How many known frames a purpose looks at on each side.
fn most_beside(purpose: Purpose, [before, after]: [usize; 2]) -> [usize; 2] {
    match purpose {
        Purpose::TextToVideo => [0, 0],
        Purpose::ExtendForward => [before, 0],
        Purpose::ExtendBackward => [0, after],
        // A still that lasts would show a model that nothing moves.
        Purpose::Animate => [before.min(1), after.min(1)],
        Purpose::Fill
        | Purpose::Join
        | Purpose::Retake
        | Purpose::ReplaceBackground
        | Purpose::Repaint
        | Purpose::Outpaint
        | Purpose::Restyle
        | Purpose::Interpolate
        | Purpose::Upscale => [before, after],
    }
}

/// Whether something that is there already shows at a frame.
fn is_made(track: &Track, frame: FrameIndex) -> bool {
    track.item_at(frame).is_some_and(|item| {
        let is_unmade = match &item.content {
            Content::Generated(generated) => generated.active_take().is_none(),
            Content::Clip(_) | Content::Title(_) | Content::Solid(_) => false,
        };
        !item.is_disabled && !is_unmade
    })
}

/// Whether a frame is of the right kind: what is animated is a still; a clip that follows it is another shot.
fn fits(document: &Document, track: &Track, frame: FrameIndex, purpose: Purpose) -> bool {
    if purpose != Purpose::Animate {
        return true;
    }
    let media = track.item_at(frame).and_then(|item| item.media());
    media.is_some_and(|clip| {
        let asset = document.assets.find(clip.asset);
        clip.is_freeze() || asset.is_some_and(|asset| asset.info.is_still)
    })
}

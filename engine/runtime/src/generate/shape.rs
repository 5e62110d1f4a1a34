//! The shape of what would be asked for an item: how many frames are known and to be made, without any picture.

use super::{
    asked::{operation_of, parameters, shots},
    draft::{operation_for, put_blank, takes_draft},
    scene::{below_alone, clip_below, is_held, known_frames, require_length},
};
use crate::{Error, error::Result};
use av::{FrameCount, FrameRange, ScanSize, Ticks, VideoFrame};
use generation::{BackendInfo, Capability, ClipFrame, MaskedClip, Operation, Request};
use std::sync::Arc;
use timeline::{Content, Document, Generated, ItemId, Purpose, Recipe, Track};

/// A generated item where it lies, before anything is drawn.
pub struct Shape<'a> {
    document: &'a Document,
    track: Arc<Track>,
    range: FrameRange,
    /// What is asked and why.
    pub generated: Generated,
}

impl<'a> Shape<'a> {
    /// The item of that name.
    pub fn of(document: &'a Document, item: ItemId) -> Result<Self> {
        let found = document.sequence.item(item);
        let (track, found) = found.ok_or(Error::UnknownItem { item })?;
        let Content::Generated(generated) = &found.content else {
            let reason = format!("\"{}\" is not a generated item", found.label);
            return Err(Error::Unsuitable { reason });
        };
        Ok(Self {
            document,
            track: Arc::clone(track),
            range: found.range(),
            generated: (**generated).clone(),
        })
    }

    /// The same with this asked for.
    pub fn with_recipe(&self, recipe: Recipe) -> Self {
        Self {
            track: Arc::clone(&self.track),
            generated: Generated {
                recipe,
                ..self.generated.clone()
            },
            ..*self
        }
    }

    /// The same over fewer frames: those next to what it goes on from, or leads to.
    pub fn shorter(&self, count: FrameCount) -> Self {
        let start = match self.generated.purpose {
            Purpose::ExtendBackward => self.range.end() - count,
            Purpose::Fill
            | Purpose::Join
            | Purpose::ExtendForward
            | Purpose::Animate
            | Purpose::TextToVideo
            | Purpose::Retake
            | Purpose::ReplaceBackground
            | Purpose::Repaint
            | Purpose::Outpaint
            | Purpose::Restyle
            | Purpose::Interpolate
            | Purpose::Upscale => self.range.start,
        };
        Self {
            range: FrameRange::new(start, count),
            ..self.with_recipe(self.generated.recipe.clone())
        }
    }

    /// How many frames it has.
    pub fn count(&self) -> FrameCount {
        self.range.count
    }

    /// Pixels of the media of the clip that it covers, as its asset says.
    pub fn size_below(&self) -> Option<ScanSize> {
        let below = below_alone(self.document, &self.track);
        let (_, clip) = clip_below(&below, self.range)?;
        let asset = self.document.assets.find(clip.asset)?;
        Some(asset.info.video.as_ref()?.size)
    }

    /// What a backend can do of what is asked, given what it offers of the purpose; `None` where a draft is to guide it
    /// and it cannot be guided.
    pub fn capability(&self, info: &BackendInfo, offered: &Capability) -> Option<Capability> {
        let recipe = &self.generated.recipe;
        if !recipe.is_guided() {
            return Some(offered.clone());
        }
        let capability = info.capability(operation_for(&self.generated))?;
        takes_draft(capability, recipe).then(|| capability.clone())
    }

    /// What the purpose is called where models are described.
    pub fn operation(&self) -> Operation {
        operation_of(self.generated.purpose)
    }

    /// How long it is.
    pub fn seconds(&self) -> f64 {
        self.range.count.0 as f64 / self.document.sequence.rate.fps_for_display()
    }

    /// What a backend would be asked, with blank pictures where some are known.
    pub fn request(&self, info: &BackendInfo, capability: &Capability) -> Result<Request> {
        let sequence = &self.document.sequence;
        let purpose = self.generated.purpose;
        require_length(sequence, self.range, is_held(&self.generated))?;
        let blank = blank(sequence.size);
        let made = self.range.count.0 as usize;
        let [before, after] = if purpose.covers() {
            [0, 0]
        } else {
            let context = capability.context_frames;
            let place = (self.document, &*self.track, self.range);
            known_frames(place, &self.generated, context)?.map(|frames| frames.len())
        };
        let to_make = if purpose.covers() {
            let mask = vec![u8::MAX; sequence.size.area() as usize];
            ClipFrame::Partly {
                picture: blank.clone(),
                to_make: mask.into(),
            }
        } else {
            ClipFrame::ToMake
        };
        let known = |count| std::iter::repeat_n(ClipFrame::Known(blank.clone()), count);
        let mut frames: Vec<_> = known(before).collect();
        frames.extend(std::iter::repeat_n(to_make, made));
        put_blank(&mut frames[before..], &self.generated, &blank)?;
        frames.extend(known(after));
        let recipe = &self.generated.recipe;
        let clip = MaskedClip::new(sequence.size, sequence.rate, frames)?;
        let mut request = Request::new(clip).for_operation(operation_for(&self.generated));
        request.prompt.clone_from(&recipe.prompt);
        request.negative_prompt.clone_from(&recipe.negative_prompt);
        request.seed = recipe.seed;
        request.storyboard = shots(recipe, self.range.count, [before, after])?;
        let pictures = recipe.references.len().min(capability.references_max);
        request.references = vec![blank; pictures];
        request.parameters = parameters(info, recipe);
        Ok(request)
    }
}

/// A picture that nobody looks at; its pixels are shared.
fn blank(size: av::ScanSize) -> VideoFrame {
    VideoFrame::from_rgba(size, vec![0; size.area() as usize * 4], Ticks::ZERO)
}

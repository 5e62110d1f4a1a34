//! Which frames of the media stand round each frame of the sequence.

use crate::{Error, error::Result, folders::Folders, generate::scene::Scene};
use av::{FrameCount, FrameIndex, Ratio, Ticks};
use media::{VideoReader, index::StreamIndex};
use std::sync::Arc;
use timeline::{Clip, Content, Document, Item, ItemId, LayerPlan, plan_frame};

/// The clip whose frames are looked between.
pub struct Under {
    item: Arc<Item>,
    clip: Clip,
    index: Arc<StreamIndex>,
}

/// A frame of the sequence, or several that lie between the same two frames of the media.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// Shows a frame of the media as it is.
    Known {
        /// Frame of the sequence.
        frame: FrameIndex,
        /// Frame of the media.
        number: usize,
    },
    /// Lie between a frame of the media and the next one.
    Between {
        /// Frame of the media before.
        number: usize,
        /// Frames of the sequence, and where they lie: 0 is the frame before, 1 the one after.
        frames: Vec<(FrameIndex, f64)>,
    },
}

impl Unit {
    /// How many frames are to be made.
    pub fn made(&self) -> usize {
        match self {
            Self::Known { .. } => 0,
            Self::Between { frames, .. } => frames.len(),
        }
    }

    /// Its first frame in the sequence.
    pub fn first_frame(&self) -> FrameIndex {
        match self {
            Self::Known { frame, .. } => *frame,
            Self::Between { frames, .. } => frames[0].0,
        }
    }
}

impl Under {
    /// The topmost clip below a scene's item that lasts as long as the item.
    pub fn find(scene: &Scene<'_>, folders: &Folders) -> Result<Self> {
        let (item, clip) = scene.clip_below()?;
        let assets = &scene.known.assets;
        let asset = assets
            .find(clip.asset)
            .ok_or(Error::UnknownAsset { asset: clip.asset })?;
        if asset.info.is_still || clip.is_freeze() {
            return Err(Error::Unsuitable {
                reason: format!(
                    "\"{}\" is a still, there is nothing between its frames",
                    item.label
                ),
            });
        }
        let reader = VideoReader::open(&folders.media.existing_path(asset)?)?;
        let index = Arc::clone(reader.index());
        Ok(Self { item, clip, index })
    }

    /// Frames that the media has.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// `document` with the clip held at one frame of its media.
    pub fn held(&self, document: &Document, number: usize) -> Document {
        let mut held = document.clone();
        let clip = Clip {
            speed: Ratio::new(0, 1).unwrap_or(Ratio::ONE),
            ..Clip::new(self.clip.asset, self.index.pts(number))
        };
        let sequence = Arc::make_mut(&mut held.sequence);
        for track in &mut sequence.tracks {
            if let Some(at) = place_of(&track.items, self.item.id) {
                let items = &mut Arc::make_mut(track).items;
                Arc::make_mut(&mut items[at]).content = Content::Clip(clip);
            }
        }
        held
    }

    /// What `frame` of `document` shows with the clip held at one frame of its media.
    pub fn layers(&self, document: &Document, number: usize, frame: FrameIndex) -> Vec<LayerPlan> {
        plan_frame(&self.held(document, number), frame).layers
    }

    /// The media's frame before a frame of the sequence, and how far it is to the next one.
    fn bracket(&self, scene: &Scene<'_>, frame: FrameIndex) -> (usize, f64) {
        let rate = scene.known.sequence.rate;
        let at: FrameCount = frame - self.item.start;
        let time = self.clip.media_from_item(at, self.item.count, rate);
        // The frame shown then may be the nearer one, a little later.
        let shown = self.index.frame_number_at(time);
        let is_later = shown > 0 && self.index.pts(shown) > time;
        let number = shown - usize::from(is_later);
        if number + 1 >= self.len() {
            return (number, 0.0);
        }
        let (before, after) = (self.index.pts(number), self.index.pts(number + 1));
        let part = (time - before).0 as f64 / (after - before).0.max(1) as f64;
        (number, snapped(part, after - before))
    }
}

/// Containers round times, to a millisecond at worst: a moment that near to a frame is that frame's.
fn snapped(part: f64, span: Ticks) -> f64 {
    let millisecond = Ticks::from_seconds_fraction(1, 1_000).0 as f64;
    let near = (millisecond / span.0.max(1) as f64).min(0.1);
    if part <= near {
        0.0
    } else if part >= 1.0 - near {
        1.0
    } else {
        part
    }
}

fn place_of(items: &[Arc<Item>], id: ItemId) -> Option<usize> {
    items.iter().position(|item| item.id == id)
}

/// A scene's frames in order; those between the same two frames of the media stand together if all else about them is
/// the same too.
pub fn units(scene: &Scene<'_>, under: &Under) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for frame in scene.range.frames() {
        let (number, part) = under.bracket(scene, frame);
        if part == 0.0 || part == 1.0 {
            let number = if part == 1.0 { number + 1 } else { number };
            units.push(Unit::Known { frame, number });
            continue;
        }
        if let Some(Unit::Between {
            number: last,
            frames,
        }) = units.last_mut()
            && *last == number
            && under.layers(&scene.known, number, frames[0].0)
                == under.layers(&scene.known, number, frame)
        {
            frames.push((frame, part));
            continue;
        }
        units.push(Unit::Between {
            number,
            frames: vec![(frame, part)],
        });
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_times_are_those_of_frames() {
        let span = Ticks::from_seconds_fraction(1, 25);
        assert_eq!(snapped(0.02, span), 0.0);
        assert_eq!(snapped(0.98, span), 1.0);
        assert_eq!(snapped(0.5, span), 0.5);
        assert_eq!(snapped(0.1, span), 0.1);
    }
}

//! What a generated item is made from: which frames are known, which pixels are to be made, drawn as they are shown.

mod beside;
pub use beside::known_frames;
mod covered;

use super::draft::operation_for;
use crate::{
    Error,
    error::Result,
    export::OnProgress,
    folders::Folders,
    frames::FrameSource,
    limits::{GENERATED_SECONDS_MAX, KNOWN_CLIP_BYTES_MAX},
};
use av::{FrameRange, ScanSize};
use generation::{MaskedClip, Models, Operation};
use std::sync::Arc;
use timeline::{Clip, Document, Generated, Item, ItemId, Sequence, Track, TrackKind};

/// A generated item in its surroundings.
pub struct Scene<'a> {
    /// The whole document.
    pub document: &'a Document,
    /// The item.
    pub item: ItemId,
    /// Where it lies.
    pub range: FrameRange,
    /// What is asked and why.
    pub generated: Generated,
    /// Draws known frames.
    pub source: FrameSource,
    /// What the known frames are drawn from: the item's own track alone, or all the tracks below it.
    pub known: Document,
    track: Arc<Track>,
}

/// A clip with holes, and where its own frames begin and end.
pub struct Shown {
    /// The clip.
    pub clip: MaskedClip,
    /// Known frames before and after the item's own, only there to be looked at.
    pub beside: [usize; 2],
}

impl<'a> Scene<'a> {
    /// The item in its surroundings; nothing is decoded yet.
    pub fn open(document: &'a Document, item: ItemId, folders: &Folders) -> Result<Self> {
        let (track, found) = document
            .sequence
            .item(item)
            .ok_or(Error::UnknownItem { item })?;
        let timeline::Content::Generated(generated) = &found.content else {
            let reason = format!("\"{}\" is not a generated item", found.label);
            return Err(Error::Unsuitable { reason });
        };
        let range = found.range();
        let known = if generated.purpose.covers() {
            below_alone(document, track)
        } else {
            track_alone(document, track)
        };
        Ok(Self {
            document,
            item,
            range,
            generated: (**generated).clone(),
            source: FrameSource::new(folders.media.clone())?,
            known,
            track: Arc::clone(track),
        })
    }

    /// The topmost clip below the item that lasts as long as it.
    pub fn clip_below(&self) -> Result<(Arc<Item>, Clip)> {
        let found = clip_below(&self.known, self.range);
        found.ok_or_else(|| Error::Unsuitable {
            reason: "there is no clip below it that lasts as long as it".into(),
        })
    }

    /// What it is called where models are described.
    pub fn operation(&self) -> Operation {
        operation_for(&self.generated)
    }

    /// Draws the clip with `context` known frames before and after what is made, where that takes any.
    pub fn shown(
        &mut self,
        context: [usize; 2],
        models: &Models,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Shown> {
        require_length(&self.known.sequence, self.range, is_held(&self.generated))?;
        if self.generated.purpose.covers() {
            return Ok(Shown {
                clip: covered::clip(self, models, on_progress)?,
                beside: [0, 0],
            });
        }
        beside::clip(self, context, on_progress)
    }
}

/// Whether pictures of all its frames are held while it is made.
pub fn is_held(generated: &Generated) -> bool {
    generated.purpose.covers() || generated.recipe.is_guided()
}

/// Refuses what no model makes and, where all of it is held, what would not fit into memory.
pub fn require_length(sequence: &Sequence, range: FrameRange, is_held: bool) -> Result<()> {
    let seconds = range.count.0 as f64 / sequence.rate.fps_for_display();
    if seconds > GENERATED_SECONDS_MAX {
        let reason = format!(
            "{seconds:.1} s are asked for and at most {GENERATED_SECONDS_MAX:.0} s can be made in one piece"
        );
        return Err(Error::Unsuitable { reason });
    }
    let bytes = range.count.0 as u64 * frame_bytes(sequence.size);
    if is_held && bytes > KNOWN_CLIP_BYTES_MAX {
        let (needed, most) = (bytes >> 20, KNOWN_CLIP_BYTES_MAX >> 20);
        let reason = format!(
            "{seconds:.1} s at {} take {needed} MB and at most {most} MB are held; choose a shorter piece or a smaller size",
            sequence.size
        );
        return Err(Error::Unsuitable { reason });
    }
    Ok(())
}

/// Bytes of a drawn frame and its mask.
fn frame_bytes(size: ScanSize) -> u64 {
    size.area() * 5 / 2
}

/// The topmost clip of a document's shown tracks that lasts over a range.
pub fn clip_below(known: &Document, range: FrameRange) -> Option<(Arc<Item>, Clip)> {
    let tracks = known.sequence.tracks.iter().rev();
    let mut shown = tracks.filter(|track| track.kind == TrackKind::Video && !track.is_muted);
    shown.find_map(|track| {
        let item = track.items.get(track.index_at(range.start)?)?;
        let lasts = item.range().end() >= range.end() && !item.is_disabled;
        let clip = item.media().filter(|_| lasts)?;
        Some((Arc::clone(item), clip))
    })
}

/// The document with every other picture track muted, so that titles and overlays do not become known pixels.
pub fn track_alone(document: &Document, track: &Track) -> Document {
    with_tracks(document, |_index, other| other.id == track.id)
}

/// The document with the picture tracks below `track` alone.
pub fn below_alone(document: &Document, track: &Track) -> Document {
    let tracks = &document.sequence.tracks;
    let own = tracks.iter().position(|other| other.id == track.id);
    with_tracks(document, |index, _other| own.is_some_and(|own| index < own))
}

fn with_tracks(document: &Document, is_kept: impl Fn(usize, &Track) -> bool) -> Document {
    let mut alone = document.clone();
    let sequence = Arc::make_mut(&mut alone.sequence);
    for (index, track) in sequence.tracks.iter_mut().enumerate() {
        if track.kind != TrackKind::Audio && !is_kept(index, track) {
            Arc::make_mut(track).is_muted = true;
        }
    }
    alone
}

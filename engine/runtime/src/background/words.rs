//! A new background from words: a clip as long as the one in front, made by whichever backend answers, put behind.

use crate::{
    Error,
    error::Result,
    event::{Placed, PlacedTarget},
    export::OnProgress,
    folders::Folders,
    generate::Studio,
};
use av::FrameRange;
use timeline::{
    Document, Edit, GeneratedState, ItemId, Purpose, Recipe, TrackKind, edit::apply_edit,
};

/// Makes a clip from `recipe`'s prompt that lasts as long as `item`, to be put behind its subject.
pub fn backdrop_from_words(
    studio: &mut Studio,
    document: &Document,
    (item, recipe): (ItemId, &Recipe),
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    let (_, found) = document
        .sequence
        .item(item)
        .ok_or(Error::UnknownItem { item })?;
    let range = FrameRange::new(av::FrameIndex::ZERO, found.count);
    // On a track of its own, nothing beside it is gone on from.
    let added = apply_edit(
        document,
        &Edit::AddTrack {
            kind: TrackKind::Video,
            label: String::new(),
        },
    )?;
    let track = added.created.tracks.first().copied();
    let track = track.ok_or(Error::NothingToExport)?;
    let placed = apply_edit(
        &added.document,
        &Edit::PlaceGenerated {
            track,
            range,
            purpose: Purpose::TextToVideo,
            recipe: Box::new(Recipe {
                num_frames: range.count.0 as u32,
                ..recipe.clone()
            }),
            anchors: Vec::new(),
            state: GeneratedState::Queued,
        },
    )?;
    let made = placed.created.items.first().copied();
    let made = made.ok_or(Error::NothingToExport)?;
    let take = studio.take(&placed.document, made, folders, on_progress)?;
    Ok(Placed {
        asset: take.placed.asset,
        target: PlacedTarget::Backdrop { item },
    })
}

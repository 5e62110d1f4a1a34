//! What lies behind a clip's subject, and what is corrected on its matte.

use super::{
    EditError, MatteInputs,
    draft::{Draft, Place, require},
    properties::store,
};
use crate::{Background, Content, ItemId, Mark, limits};
use av::Ticks;

pub(super) fn set(
    draft: &mut Draft,
    item: ItemId,
    background: Option<&Background>,
) -> Result<(), EditError> {
    let place = picture(draft, item)?;
    let mut properties = draft.item(place).properties.clone();
    properties.background = background.cloned();
    store(draft, place, properties)
}

/// Changes a swap that is there.
pub(super) fn change(
    draft: &mut Draft,
    item: ItemId,
    change: impl FnOnce(&mut Background) -> Result<(), EditError>,
) -> Result<(), EditError> {
    let place = picture(draft, item)?;
    let mut properties = draft.item(place).properties.clone();
    let Some(background) = &mut properties.background else {
        return Err(EditError::WrongItem {
            item,
            expected: "a clip whose subject was found",
        });
    };
    change(background)?;
    store(draft, place, properties)
}

pub(super) fn add_mark(
    draft: &mut Draft,
    item: ItemId,
    at: Ticks,
    mark: &Mark,
) -> Result<(), EditError> {
    change(draft, item, |background| {
        background.add_mark(at, mark.clone());
        let count: usize = background.corrections.iter().map(|c| c.marks.len()).sum();
        require(
            count <= limits::MARKS_MAX,
            "the number of marks on one clip",
            "at most 10000",
        )
    })
}

pub(super) fn remove_marks(
    draft: &mut Draft,
    item: ItemId,
    at: Option<Ticks>,
) -> Result<(), EditError> {
    change(draft, item, |background| {
        let before = background.corrections.len();
        let is_other = |time: Ticks| at.is_some_and(|at| at != time);
        background
            .corrections
            .retain(|correction| is_other(correction.at));
        if background.corrections.len() == before {
            return Err(EditError::NothingChosen {
                what: "corrected picture",
            });
        }
        Ok(())
    })
}

pub(super) fn set_matte(
    draft: &mut Draft,
    item: ItemId,
    inputs: &MatteInputs,
) -> Result<(), EditError> {
    let place = picture(draft, item)?;
    let mut properties = draft.item(place).properties.clone();
    let MatteInputs {
        matte,
        matte_start,
        found,
        applied,
        fill,
    } = inputs.clone();
    let old = properties.background.take();
    properties.background = Some(Background {
        found,
        applied,
        // Made while the matte was on its way, they are still wanted.
        fill: old.as_ref().map_or(fill, |old| old.fill.clone()),
        finish: old.as_ref().map_or_else(Default::default, |old| old.finish),
        corrections: old.map_or_else(Vec::new, |old| old.corrections),
        ..Background::new(matte, matte_start, crate::BackgroundFill::Transparent)
    });
    store(draft, place, properties)
}

fn picture(draft: &Draft, item: ItemId) -> Result<Place, EditError> {
    let place = draft.place(item)?;
    let is_picture = draft.track(place.track).kind == crate::TrackKind::Video
        && matches!(
            draft.item(place).content,
            Content::Clip(_) | Content::Generated(_)
        );
    if is_picture {
        return Ok(place);
    }
    Err(EditError::WrongItem {
        item,
        expected: "a clip with a picture",
    })
}

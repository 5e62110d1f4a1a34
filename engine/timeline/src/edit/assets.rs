//! Making media known to the project.

use super::{EditError, draft::Draft, draft::require};
use crate::{Asset, AssetId, limits};
use av::{Fingerprint, MediaInfo, Ticks};
use std::{path::Path, sync::Arc};

/// A media file that becomes known.
#[derive(Clone, Copy)]
pub(super) struct NewAsset<'a> {
    pub fingerprint: Fingerprint,
    pub path: &'a Path,
    pub name: &'a str,
    pub info: &'a MediaInfo,
    pub is_generated: bool,
}

pub(super) fn add(draft: &mut Draft, new: NewAsset) -> Result<(), EditError> {
    if let Some(known) = draft.document.assets.find_fingerprint(new.fingerprint) {
        let id = known.id;
        draft.created.assets.push(id);
        return Ok(());
    }
    let path_text = text_of(new.path)?;
    require(
        is_usable_info(new.info),
        "the media",
        "at most 100 days long, with pictures of 1 to 16384 pixels a side",
    )?;
    let name = if new.name.is_empty() {
        let file_name = new.path.file_name().map(|name| name.to_string_lossy());
        file_name.map_or_else(|| path_text.to_owned(), std::borrow::Cow::into_owned)
    } else {
        new.name.to_owned()
    };
    let id = AssetId(draft.next_id());
    draft.created.assets.push(id);
    Arc::make_mut(&mut draft.document.assets).put(Asset {
        id,
        fingerprint: new.fingerprint,
        path: new.path.to_owned(),
        name,
        info: new.info.clone(),
        is_generated: new.is_generated,
    });
    Ok(())
}

pub(crate) fn is_usable_info(info: &MediaInfo) -> bool {
    (0..=limits::MEDIA_TICKS_MAX).contains(&info.duration.0)
        && info.video.as_ref().is_none_or(|video| {
            video.size.is_usable()
                && (0..=limits::MEDIA_FRAMES_MAX).contains(&video.frame_count)
                && video.rate.is_none_or(|rate| {
                    let counted = rate.ticks_from_count(av::FrameCount(video.frame_count));
                    counted >= Ticks::ZERO && counted.0 <= 2 * limits::MEDIA_TICKS_MAX
                })
        })
}

fn text_of(path: &Path) -> Result<&str, EditError> {
    path.to_str().ok_or_else(|| EditError::PathNotText {
        path: path.display().to_string(),
    })
}

pub(super) fn relink(
    draft: &mut Draft,
    id: AssetId,
    fingerprint: Fingerprint,
    path: &Path,
) -> Result<(), EditError> {
    text_of(path)?;
    let mut asset = Asset::clone(draft.asset(id)?);
    if asset.fingerprint != fingerprint {
        return Err(EditError::OtherContent { name: asset.name });
    }
    path.clone_into(&mut asset.path);
    Arc::make_mut(&mut draft.document.assets).put(asset);
    Ok(())
}

pub(super) fn rename(draft: &mut Draft, id: AssetId, name: &str) -> Result<(), EditError> {
    let mut asset = Asset::clone(draft.asset(id)?);
    name.clone_into(&mut asset.name);
    Arc::make_mut(&mut draft.document.assets).put(asset);
    Ok(())
}

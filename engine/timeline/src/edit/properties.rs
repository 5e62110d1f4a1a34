//! What the inspector sets.

use super::{
    Channel, EditError, KeyframeValue, Property,
    draft::{Draft, Place, require},
};
use crate::{
    Content, ItemId, Properties, Rgba, Title,
    check::{background_error, properties_error, soundless, title_error},
    keyframe::Interpolation,
};
use av::{FrameCount, FrameIndex};

pub(super) fn set_all(
    draft: &mut Draft,
    items: &[ItemId],
    properties: &Properties,
) -> Result<(), EditError> {
    for place in draft.places(items)? {
        let mut item = draft.item(place).clone();
        item.properties = properties.clone();
        store(draft, place, item.properties)?;
    }
    Ok(())
}

pub(super) fn set_one(
    draft: &mut Draft,
    items: &[ItemId],
    property: &Property,
) -> Result<(), EditError> {
    for place in draft.places(items)? {
        let mut properties = draft.item(place).properties.clone();
        match property.clone() {
            Property::Fit(value) => properties.fit = value,
            Property::Crop(value) => properties.crop = value,
            Property::Position(value) => properties.transform.position = value,
            Property::Scale(value) => properties.transform.scale = value,
            Property::RotationDegrees(value) => properties.transform.rotation_degrees = value,
            Property::Opacity(value) => properties.opacity = value,
            Property::Blend(value) => properties.blend = value,
            Property::Color(value) => properties.color = value,
            Property::Look(value) => properties.look = value,
            Property::Background(value) => properties.background = value,
            Property::GainDb(value) => properties.gain_db = value,
            Property::Pan(value) => properties.pan = value,
            Property::CleanSpeech(value) => properties.clean_speech = value,
            Property::FadeIn(value) => properties.fade_in = value,
            Property::FadeOut(value) => properties.fade_out = value,
        }
        store(draft, place, properties)?;
    }
    Ok(())
}

/// Puts properties on an item after a look at every number.
pub(super) fn store(
    draft: &mut Draft,
    place: Place,
    properties: Properties,
) -> Result<(), EditError> {
    if let Some(wrong) = properties_error(&properties) {
        return Err(EditError::OutOfRange {
            what: wrong.what,
            allowed: wrong.allowed.to_owned(),
        });
    }
    if let Some(background) = &properties.background
        && let Some(asset) = background_error(background, &draft.document.assets)
    {
        return Err(no_media(draft, asset, "picture")?);
    }
    if let Some(asset) = soundless(&properties, &draft.document.assets) {
        return Err(no_media(draft, asset, "sound")?);
    }
    draft.item_mut(place).properties = properties;
    Ok(())
}

fn no_media(
    draft: &Draft,
    asset: crate::AssetId,
    missing: &'static str,
) -> Result<EditError, EditError> {
    Ok(EditError::NoMedia {
        name: draft.asset(asset)?.name.clone(),
        missing,
    })
}

pub(super) fn set_keyframe(
    draft: &mut Draft,
    (item, at): (ItemId, FrameIndex),
    value: KeyframeValue,
    interpolation: Interpolation,
) -> Result<(), EditError> {
    let place = draft.place(item)?;
    let frame = frame_in_item(draft, place, at)?;
    let mut properties = draft.item(place).properties.clone();
    let transform = &mut properties.transform;
    match value {
        KeyframeValue::Position(value) => transform.position.set(frame, value, interpolation),
        KeyframeValue::Scale(value) => transform.scale.set(frame, value, interpolation),
        KeyframeValue::RotationDegrees(value) => {
            transform.rotation_degrees.set(frame, value, interpolation);
        }
        KeyframeValue::Opacity(value) => properties.opacity.set(frame, value, interpolation),
        KeyframeValue::GainDb(value) => properties.gain_db.set(frame, value, interpolation),
    }
    store(draft, place, properties)
}

pub(super) fn remove_keyframe(
    draft: &mut Draft,
    item: ItemId,
    channel: Channel,
    at: FrameIndex,
) -> Result<(), EditError> {
    let place = draft.place(item)?;
    let frame = frame_in_item(draft, place, at)?;
    let properties = &mut draft.item_mut(place).properties;
    let was_there = match channel {
        Channel::Position => properties.transform.position.unset(frame),
        Channel::Scale => properties.transform.scale.unset(frame),
        Channel::RotationDegrees => properties.transform.rotation_degrees.unset(frame),
        Channel::Opacity => properties.opacity.unset(frame),
        Channel::GainDb => properties.gain_db.unset(frame),
    };
    if was_there {
        Ok(())
    } else {
        Err(EditError::NothingThere { at })
    }
}

fn frame_in_item(draft: &Draft, place: Place, at: FrameIndex) -> Result<FrameCount, EditError> {
    super::draft::require_frame(at)?;
    Ok(at - draft.item(place).start)
}

pub(super) fn set_title(draft: &mut Draft, item: ItemId, title: &Title) -> Result<(), EditError> {
    let place = draft.place(item)?;
    if let Some(wrong) = title_error(title) {
        require(false, wrong.what, wrong.allowed)?;
    }
    let Content::Title(old) = &draft.item(place).content else {
        return Err(EditError::WrongItem {
            item,
            expected: "a title",
        });
    };
    // An item that was named after its words keeps being so.
    let first_line = |title: &Title| title.text.lines().next().unwrap_or_default().to_owned();
    let follows = draft.item(place).label == first_line(old);
    let target = draft.item_mut(place);
    target.content = Content::Title(title.clone());
    if follows {
        target.label = first_line(title);
    }
    Ok(())
}

pub(super) fn set_solid(draft: &mut Draft, item: ItemId, color: Rgba) -> Result<(), EditError> {
    let place = draft.place(item)?;
    if !matches!(draft.item(place).content, Content::Solid(_)) {
        return Err(EditError::WrongItem {
            item,
            expected: "a color",
        });
    }
    draft.item_mut(place).content = Content::Solid(color);
    Ok(())
}

pub(super) fn set_label(draft: &mut Draft, item: ItemId, label: &str) -> Result<(), EditError> {
    let place = draft.place(item)?;
    label.clone_into(&mut draft.item_mut(place).label);
    Ok(())
}

pub(super) fn set_enabled(
    draft: &mut Draft,
    items: &[ItemId],
    is_enabled: bool,
) -> Result<(), EditError> {
    for place in draft.linked_places(items)? {
        draft.item_mut(place).is_disabled = !is_enabled;
    }
    Ok(())
}

//! Which numbers an item's properties may have.

use crate::{
    AssetId, AssetPool, Background, BackgroundFill, Correction, Properties, Title, Transform,
    keyframe::{Animated, Lerp},
    limits,
};
use av::{FrameCount, FrameRate, ScanSize, Ticks};
use std::ops::RangeInclusive;

/// A number that makes no sense, and which ones would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub what: &'static str,
    pub allowed: &'static str,
}

/// Whether a sequence can have pictures of that size: encoders take even sides from 16.
pub(crate) fn is_usable_size(size: ScanSize) -> bool {
    let is_usable = |side: u32| (16..=ScanSize::SIDE_MAX).contains(&side) && side.is_multiple_of(2);
    is_usable(size.width) && is_usable(size.height)
}

/// Whether a sequence can run at that rate.
pub(crate) fn is_usable_rate(rate: FrameRate) -> bool {
    let (num, den) = (rate.num(), rate.den());
    num <= limits::RATE_TERM_MAX && den <= num && u64::from(num) <= 240 * u64::from(den)
}

/// The first property that is out of range.
pub(crate) fn properties_error(properties: &Properties) -> Option<Wrong> {
    transform_error(properties)
        .or_else(|| picture_error(properties))
        .or_else(|| sound_error(properties))
}

fn first_wrong<const N: usize>(rules: [(bool, &'static str, &'static str); N]) -> Option<Wrong> {
    let wrong = rules.into_iter().find(|(is_sound, ..)| !is_sound);
    wrong.map(|(_, what, allowed)| Wrong { what, allowed })
}

fn transform_error(properties: &Properties) -> Option<Wrong> {
    let Transform {
        position,
        scale,
        rotation_degrees,
    } = &properties.transform;
    let crop = properties.crop;
    let is_crop_sound = are_within(&[crop.left, crop.top, crop.right, crop.bottom], 0.0..=1.0)
        && crop.left + crop.right < 1.0
        && crop.top + crop.bottom < 1.0;
    first_wrong([
        (
            are_sound(position, |value| are_within(&value, -100.0..=100.0)),
            "the position",
            "between -100 and 100 frames' sizes",
        ),
        (
            are_sound(scale, |value| are_within(&value, -100.0..=100.0)),
            "the scale",
            "between -100 and 100",
        ),
        (
            are_sound(rotation_degrees, |value| is_within(value, -1e6..=1e6)),
            "the rotation",
            "between -1000000 and 1000000 degrees",
        ),
        (
            is_crop_sound,
            "the crop",
            "0 to 1 on each side, leaving something",
        ),
    ])
}

fn picture_error(properties: &Properties) -> Option<Wrong> {
    let color = properties.color;
    let controls = [
        color.contrast,
        color.saturation,
        color.temperature,
        color.tint,
    ];
    let is_look_sound = properties
        .look
        .as_ref()
        .is_none_or(|look| look.cube.len() <= limits::TEXT_BYTES_MAX);
    let background = properties.background.as_ref();
    first_wrong([
        (
            are_sound(&properties.opacity, |value| is_within(value, 0.0..=1.0)),
            "the opacity",
            "between 0 and 1",
        ),
        (
            is_within(color.exposure_stops, -5.0..=5.0),
            "the exposure",
            "between -5 and 5 stops",
        ),
        (
            are_within(&controls, -1.0..=1.0),
            "a color control",
            "between -1 and 1",
        ),
        (is_look_sound, "the look", "a table of at most 64 MiB"),
        (
            background.is_none_or(is_background_sound),
            "the background",
            "a blur of 0.001 to 0.2, a feather up to 0.05, a growth of -0.02 to 0.02, shares of 0 to 1, marks near the picture and times within 100 days",
        ),
    ])
}

fn sound_error(properties: &Properties) -> Option<Wrong> {
    let fades = FrameCount::ZERO..=FrameCount(limits::FRAMES_MAX);
    first_wrong([
        (
            are_sound(&properties.gain_db, |value| is_within(value, -96.0..=24.0)),
            "the loudness",
            "between -96 and 24 decibels",
        ),
        (
            is_within(properties.pan, -1.0..=1.0),
            "the pan",
            "between -1 and 1",
        ),
        (
            properties
                .clean_speech
                .is_none_or(|clean| is_within(clean.strength, 0.0..=1.0)),
            "how much of the cleaned speech is heard",
            "between 0 and 1",
        ),
        (
            fades.contains(&properties.fade_in) && fades.contains(&properties.fade_out),
            "the fade",
            "zero frames or more",
        ),
    ])
}

fn is_within(value: f64, range: RangeInclusive<f64>) -> bool {
    // Nothing contains what is not a number.
    range.contains(&value)
}

fn are_within(values: &[f64], range: RangeInclusive<f64>) -> bool {
    values.iter().all(|value| range.contains(value))
}

fn are_sound<T: Lerp>(animated: &Animated<T>, is_sound: impl Fn(T) -> bool) -> bool {
    match animated {
        Animated::Constant(value) => is_sound(*value),
        Animated::Keyframes(keyframes) => {
            let limit = FrameCount(4 * limits::FRAMES_MAX);
            !keyframes.is_empty()
                && keyframes.len() <= limits::KEYFRAMES_MAX
                && keyframes.is_sorted_by(|a, b| a.at < b.at)
                && keyframes
                    .iter()
                    .all(|keyframe| (-limit..=limit).contains(&keyframe.at))
                && keyframes.iter().all(|keyframe| is_sound(keyframe.value))
        }
    }
}

fn is_background_sound(background: &Background) -> bool {
    let Background {
        matte: _,
        matte_start,
        fill,
        finish,
        found: _,
        corrections,
        applied,
    } = background;
    let is_fill_sound = match fill {
        BackgroundFill::Blur { radius } => is_within(*radius, 0.001..=0.2),
        BackgroundFill::Color(_) | BackgroundFill::Asset(_) | BackgroundFill::Transparent => true,
    };
    let shares = [finish.spill, finish.wrap, finish.match_color];
    is_media_time(*matte_start)
        && is_fill_sound
        && is_within(finish.feather, 0.0..=0.05)
        && is_within(finish.grow, -0.02..=0.02)
        && are_within(&shares, 0.0..=1.0)
        && corrections.is_sorted_by(|a, b| a.at < b.at)
        && corrections.iter().all(is_correction_sound)
        && applied
            .iter()
            .all(|applied| is_correction_sound(&applied.correction))
}

fn is_media_time(time: Ticks) -> bool {
    (-limits::MEDIA_TICKS_MAX..=limits::MEDIA_TICKS_MAX).contains(&time.0)
}

fn is_correction_sound(correction: &Correction) -> bool {
    is_media_time(correction.at)
        && correction.marks.iter().all(|mark| {
            !mark.points.is_empty()
                && mark.points.len() <= limits::MARK_POINTS_MAX
                && mark
                    .points
                    .iter()
                    .all(|point| are_within(point, -1.0..=2.0))
                && is_within(mark.radius, 0.0..=1.0)
        })
}

/// The first of a background's files that is not known or has no picture.
pub(crate) fn background_error(background: &Background, assets: &AssetPool) -> Option<AssetId> {
    let fill = match background.fill {
        BackgroundFill::Asset(asset) => Some(asset),
        BackgroundFill::Color(_) | BackgroundFill::Blur { .. } | BackgroundFill::Transparent => {
            None
        }
    };
    let has_picture = |asset: AssetId| {
        assets
            .find(asset)
            .is_some_and(|asset| asset.info.video.is_some())
    };
    [Some(background.matte), background.found, fill]
        .into_iter()
        .flatten()
        .find(|asset| !has_picture(*asset))
}

/// The file that holds the cleaned speech of an item's properties, if it is not known or has no sound.
pub(crate) fn soundless(properties: &Properties, assets: &AssetPool) -> Option<AssetId> {
    let sound = properties.clean_speech?.sound;
    let asset = assets.find(sound);
    asset
        .is_none_or(|asset| asset.info.audio.is_none())
        .then_some(sound)
}

/// What of a title is out of range.
pub(crate) fn title_error(title: &Title) -> Option<Wrong> {
    let wrong = |what, allowed| Some(Wrong { what, allowed });
    if title.text.len() > limits::TITLE_BYTES_MAX {
        return wrong("the title", "at most 100000 bytes long");
    }
    if !is_within(title.size, limits::TITLE_SIZES) {
        return wrong(
            "the size of letters",
            "between 0.001 and 4 of the frame's height",
        );
    }
    if !is_within(title.outline_width, 0.0..=1.0) {
        return wrong("the outline", "between 0 and 1 of the letters' height");
    }
    None
}

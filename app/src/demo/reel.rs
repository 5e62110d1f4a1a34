//! What the demo makes without any installed model: a storyboard from words, a photo that moves, a clip that goes on both
//! ways, two clips joined, painted and slowed footage, a photo enlarged. Each is an edit and a job, as in the window.

use super::{Draft, OnProgress, first};
use av::{FrameCount, FrameIndex, FrameRange, Ratio};
use runtime::{Error, verbs};
use timeline::{
    Anchor, AssetId, Edit, GeneratedState, Interpolation, ItemId, Purpose, Recipe, RecipeShot,
    TrackId,
    edit::{KeyframeValue, Placement, Property, Streams},
};

/// Frames of each of the storyboard's shots.
const SHOT_FRAMES: i64 = 30;
/// Frames of the photo that moves.
const PHOTO_FRAMES: i64 = 45;
/// Frames of footage that goes on, and by how many to each side.
const GROWING: [i64; 2] = [18, 6];
/// Frames of each of two clips that are joined, and of what is made between them.
const JOINED: [i64; 2] = [14, 10];
/// Frames of footage that is painted.
const PAINTED_FRAMES: i64 = 20;
/// Frames of a photo that is looked at closely.
const CLOSE_FRAMES: i64 = 24;
/// Frames of footage at half its speed.
const SLOW_FRAMES: i64 = 16;

/// The storyboard: what is to be seen, and whether the shot begins with a cut.
const SHOTS: [(&str, bool); 3] = [
    ("a woman walking on a neon Tokyo street at night", true),
    ("烟花下的灯会，一只柯基在眨眼", false),
    ("a car on a mountain road at sunset", true),
];

/// The tracks and files that the reel is made of.
pub struct Stock {
    /// The lower video track and the one above it.
    pub tracks: [TrackId; 2],
    /// Footage.
    pub bunny: AssetId,
    /// A still.
    pub coffee: AssetId,
}

/// Puts the reel after everything that is there; the frame that it ends at.
pub fn append(
    draft: &mut Draft,
    stock: &Stock,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let [lower, _] = stock.tracks;
    let track = draft.document.sequence.track(lower);
    let last = track.and_then(|track| track.items.last());
    let start = last.map_or(FrameIndex::ZERO, |item| item.range().end());
    let end = storyboard(draft, lower, start, on_progress)?;
    let end = moving_photo(draft, stock, end, on_progress)?;
    let end = growing(draft, stock, end, on_progress)?;
    let end = joined(draft, stock, end, on_progress)?;
    let end = painted(draft, stock, end, on_progress)?;
    let end = enlarged(draft, stock, end, on_progress)?;
    slowed(draft, stock, end, on_progress)
}

/// Reserves a range for a generator and runs its job; where it ends.
fn made(
    draft: &mut Draft,
    (track, range): (TrackId, FrameRange),
    (purpose, over): (Purpose, Option<ItemId>),
    recipe: Recipe,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let anchor = |item| Anchor {
        item,
        frames: range,
        content_hash: 0,
    };
    let placed = draft.edit(&Edit::PlaceGenerated {
        track,
        range,
        purpose,
        recipe: Box::new(Recipe {
            num_frames: u32::try_from(range.count.0).unwrap_or(0),
            ..recipe
        }),
        anchors: over.map(anchor).into_iter().collect(),
        state: GeneratedState::Queued,
    })?;
    let item = first(placed.created.items)?;
    draft.document = verbs::generate_into(&draft.document, item, &draft.folders, on_progress)?;
    Ok(range.end())
}

fn storyboard(
    draft: &mut Draft,
    track: TrackId,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let shot = |(prompt, starts_with_cut): (&str, bool)| RecipeShot {
        prompt: prompt.into(),
        count: FrameCount(SHOT_FRAMES),
        starts_with_cut,
    };
    let recipe = Recipe {
        storyboard: SHOTS.map(shot).into(),
        ..Recipe::default()
    };
    let range = FrameRange::new(start, FrameCount(SHOT_FRAMES * SHOTS.len() as i64));
    let asked = (Purpose::TextToVideo, None);
    made(draft, (track, range), asked, recipe, on_progress)
}

/// A still whose camera moves through it, with something in the air.
fn moving_photo(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let placement = Placement {
        count: Some(FrameCount::ONE),
        ..Placement::whole(stock.coffee)
    };
    let item = draft.overwrite(placement, start.0)?;
    draft.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::Fit(timeline::Fit::Cover),
    })?;
    let settings = [("camera", "orbit"), ("ambience", "bokeh")];
    let recipe = Recipe {
        settings: settings.map(|(id, value)| (id.into(), value.into())).into(),
        ..Recipe::default()
    };
    let range = FrameRange::new(start + FrameCount::ONE, FrameCount(PHOTO_FRAMES - 1));
    let place = (stock.tracks[0], range);
    made(draft, place, (Purpose::Animate, None), recipe, on_progress)
}

/// Footage that began earlier and goes on longer than it was recorded.
fn growing(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let [own, more] = GROWING.map(FrameCount);
    let range = FrameRange::new(start + more, own);
    bunny(draft, stock, 60, range)?;
    let ways = [
        (Purpose::ExtendBackward, start),
        (Purpose::ExtendForward, range.end()),
    ];
    let mut end = start;
    for (purpose, at) in ways {
        let place = (stock.tracks[0], FrameRange::new(at, more));
        end = made(
            draft,
            place,
            (purpose, None),
            Recipe::default(),
            on_progress,
        )?;
    }
    Ok(end)
}

/// Two moments of the footage with a way from one to the other.
fn joined(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let [own, between] = JOINED.map(FrameCount);
    let first = FrameRange::new(start, own);
    let bridge = FrameRange::new(first.end(), between);
    let second = FrameRange::new(bridge.end(), own);
    bunny(draft, stock, 4, first)?;
    bunny(draft, stock, 110, second)?;
    let place = (stock.tracks[0], bridge);
    let asked = (Purpose::Join, None);
    made(draft, place, asked, Recipe::default(), on_progress)?;
    Ok(second.end())
}

/// Footage in another look.
fn painted(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let range = FrameRange::new(start, FrameCount(PAINTED_FRAMES));
    let item = bunny(draft, stock, 20, range)?;
    let asked = (Purpose::Restyle, Some(item));
    let recipe = Recipe {
        settings: [("style".to_owned(), "style-7".to_owned())].into(),
        ..Recipe::default()
    };
    made(draft, (stock.tracks[1], range), asked, recipe, on_progress)
}

/// A photo seen so closely that it needs more pixels, and gets them.
fn enlarged(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let range = FrameRange::new(start, FrameCount(CLOSE_FRAMES));
    let placement = Placement {
        count: Some(range.count),
        ..Placement::whole(stock.coffee)
    };
    let item = draft.overwrite(placement, start.0)?;
    draft.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::Fit(timeline::Fit::Cover),
    })?;
    for (at, scale) in [(start, 1.6), (range.end() - FrameCount::ONE, 2.2)] {
        draft.edit(&Edit::SetKeyframe {
            item,
            at,
            value: KeyframeValue::Scale([scale, scale]),
            interpolation: Interpolation::Smooth,
        })?;
    }
    let (_, below) = draft
        .document
        .sequence
        .item(item)
        .ok_or(Error::UnknownItem { item })?;
    // It shows the photo's own picture, so it lies and moves just as the photo does.
    let properties = Box::new(below.properties.clone());
    let asked = (Purpose::Upscale, Some(item));
    let place = (stock.tracks[1], range);
    let end = made(draft, place, asked, Recipe::default(), on_progress)?;
    let track = draft.document.sequence.track(stock.tracks[1]);
    let above = track
        .and_then(|track| track.item_at(start))
        .map(|item| item.id);
    draft.edit(&Edit::SetProperties {
        items: above.into_iter().collect(),
        properties,
    })?;
    Ok(end)
}

/// Footage at half its speed, with frames of its own between the recorded ones.
fn slowed(
    draft: &mut Draft,
    stock: &Stock,
    start: FrameIndex,
    on_progress: &mut OnProgress<'_>,
) -> Result<FrameIndex, Error> {
    let range = FrameRange::new(start, FrameCount(SLOW_FRAMES / 2));
    let item = bunny(draft, stock, 92, range)?;
    let speed = Ratio::new(1, 2).map_err(|error| Error::Unsuitable {
        reason: error.to_string(),
    })?;
    draft.edit(&Edit::SetSpeed {
        items: vec![item],
        speed,
        is_reversed: false,
        is_ripple: true,
    })?;
    let range = FrameRange::new(start, FrameCount(SLOW_FRAMES));
    let place = (stock.tracks[1], range);
    let asked = (Purpose::Interpolate, Some(item));
    made(draft, place, asked, Recipe::default(), on_progress)
}

/// Frames of the footage from one of its own frames on.
fn bunny(draft: &mut Draft, stock: &Stock, from: i64, range: FrameRange) -> Result<ItemId, Error> {
    let rate = draft.document.sequence.rate;
    let placement = Placement {
        source_start: rate.ticks_from_frame(FrameIndex(from)),
        count: Some(range.count),
        streams: Streams::Video,
        ..Placement::whole(stock.bunny)
    };
    draft.overwrite(placement, range.start.0)
}

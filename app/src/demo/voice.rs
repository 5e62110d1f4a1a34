//! The demo's voice: three sentences over the first shots, cleaned of their noise, and the captions below them.

use super::{Draft, Length, OnProgress};
use av::{FrameCount, FrameIndex};
use runtime::{Error, captions, clean_speech};
use std::path::Path;
use timeline::{
    Animated, AssetId, Interpolation, ItemId, TrackId, TrackKind,
    captions::{Cue, as_played, place},
    edit::{KeyframeValue, Placement, Property},
};

/// Decibels by which the footage's own sound steps back while somebody speaks.
const STEPPED_BACK_DB: f64 = -14.0;
/// Frames over which it comes back.
const RETURN_FRAMES: i64 = 25;

/// What is said, and where it is written down.
pub struct Voice<'a> {
    /// The recording.
    pub sound: AssetId,
    /// The captions that ship with it.
    pub subtitles: &'a Path,
}

/// Puts the voice on a sound track of its own from the first frame on; what was used, for people.
pub fn speak(
    draft: &mut Draft,
    voice: &Voice<'_>,
    length: Length,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<String>, Error> {
    let [footage, spoken] = sound_tracks(draft)?;
    let placement = Placement {
        audio_track: Some(spoken),
        ..Placement::whole(voice.sound)
    };
    let item = draft.overwrite(placement, 0)?;
    step_back(draft, footage, item)?;
    let clean = clean_speech::clean_item(&draft.document, item, &draft.folders, on_progress)?;
    draft.document = clean.apply(&draft.document)?;
    let (cues, note) = cues(draft, (item, voice), length, on_progress)?;
    if let Some(edit) = place(&draft.document, &cues, "Captions") {
        draft.edit(&edit)?;
    }
    Ok(vec!["Speech cleaned by RNNoise".to_owned(), note])
}

fn sound_tracks(draft: &Draft) -> Result<[TrackId; 2], Error> {
    let tracks = draft.document.sequence.tracks.iter();
    let mut tracks = tracks.filter(|track| track.kind == TrackKind::Audio);
    match (tracks.next(), tracks.next()) {
        (Some(footage), Some(spoken)) => Ok([footage.id, spoken.id]),
        _ => Err(Error::NothingToExport),
    }
}

/// Lowers what lies on a track while an item of another is heard.
fn step_back(draft: &mut Draft, track: TrackId, speaker: ItemId) -> Result<(), Error> {
    let sequence = &draft.document.sequence;
    let (_, spoken) = (sequence.item(speaker)).ok_or(Error::UnknownItem { item: speaker })?;
    let end = spoken.range().end();
    let below = sequence.track(track).map(|track| track.items.clone());
    for item in below.unwrap_or_default() {
        let range = item.range();
        if range.end() <= end {
            let property = Property::GainDb(Animated::Constant(STEPPED_BACK_DB));
            let items = vec![item.id];
            draft.edit(&timeline::Edit::SetProperty { items, property })?;
        } else if range.start < end {
            let back = (end + FrameCount(RETURN_FRAMES)).min(range.end() - FrameCount::ONE);
            loudness(draft, item.id, (end - FrameCount::ONE, STEPPED_BACK_DB))?;
            loudness(draft, item.id, (back, 0.0))?;
        }
    }
    Ok(())
}

fn loudness(draft: &mut Draft, item: ItemId, (at, db): (FrameIndex, f64)) -> Result<(), Error> {
    draft.edit(&timeline::Edit::SetKeyframe {
        item,
        at,
        value: KeyframeValue::GainDb(db),
        interpolation: Interpolation::Smooth,
    })?;
    Ok(())
}

/// What is said when, in time of the sequence, and who wrote it down.
///
/// A model that is installed listens; without one, and for the window, where nobody should wait for it, the file that
/// ships is read. Which of them it was is told.
fn cues(
    draft: &Draft,
    (item, voice): (ItemId, &Voice<'_>),
    length: Length,
    on_progress: &mut OnProgress<'_>,
) -> Result<(Vec<Cue>, String), Error> {
    let shipped = |why: &str| {
        let name = voice.subtitles.file_name().unwrap_or_default();
        let note = format!("Captions from {}: {why}", name.to_string_lossy());
        Ok((captions::read_subtitles(voice.subtitles)?, note))
    };
    if length == Length::Short {
        return shipped("they ship with the demo");
    }
    if !captions::is_possible()? {
        return shipped(
            "no model that writes down speech is installed (everframe models install whisper-base)",
        );
    }
    let asked = (item, Some("en".to_owned()));
    match captions::captions_of_item(&draft.document, asked, &draft.folders, on_progress) {
        Ok(heard) if heard.cues.is_empty() => shipped(&format!("{} heard nobody", heard.model)),
        Ok(heard) => {
            let sequence = &draft.document.sequence;
            let (_, spoken) = sequence.item(item).ok_or(Error::UnknownItem { item })?;
            let note = format!("Captions heard by {} in the recording", heard.model);
            Ok((as_played(spoken, &heard.cues, sequence.rate), note))
        }
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(error) => shipped(&format!("the installed model failed ({error})")),
    }
}

//! Putting things in: media, titles, colors, copies.

use super::{
    EditError, PastePiece, Placement, Streams,
    draft::{Draft, require, require_frame, require_range},
};
use crate::{Clip, Content, Item, LinkId, Properties, Rgba, Title, TrackId, TrackKind, limits};
use av::{FrameCount, FrameIndex, FrameRange, Ticks};
use std::collections::BTreeMap;

/// A placement with everything decided.
struct Resolved {
    tracks: Vec<usize>,
    clip: Clip,
    label: String,
    count: FrameCount,
}

/// Where what is put in goes to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// At a frame; everything after makes room.
    Insert(FrameIndex),
    /// At a frame, over whatever lies there.
    Overwrite(FrameIndex),
    /// After the last item.
    Append,
}

pub(super) fn place(
    draft: &mut Draft,
    placement: &Placement,
    target: Target,
) -> Result<(), EditError> {
    let resolved = resolve(draft, placement)?;
    let start = match target {
        Target::Insert(at) => {
            require_frame(at)?;
            draft.open_gap(at, resolved.count, &resolved.tracks)?;
            at
        }
        Target::Overwrite(at) => {
            require_frame(at)?;
            for track in &resolved.tracks {
                draft.clear(*track, FrameRange::new(at, resolved.count));
            }
            at
        }
        Target::Append => {
            let ends = resolved.tracks.iter().filter_map(|track| {
                let last = draft.track(*track).items.last()?;
                Some(last.range().end())
            });
            ends.max().unwrap_or(FrameIndex::ZERO)
        }
    };
    let link = (resolved.tracks.len() > 1).then(|| LinkId(draft.next_id()));
    for track in &resolved.tracks {
        let item = Item {
            id: draft.next_item_id(),
            start,
            count: resolved.count,
            label: resolved.label.clone(),
            content: Content::Clip(resolved.clip),
            properties: Properties::default(),
            link,
            is_disabled: false,
        };
        draft.put(*track, item);
    }
    Ok(())
}

fn resolve(draft: &Draft, placement: &Placement) -> Result<Resolved, EditError> {
    let asset = draft.asset(placement.asset)?;
    let no_media = |missing| EditError::NoMedia {
        name: asset.name.clone(),
        missing,
    };
    let tracks = resolve_tracks(draft, placement)?;
    let clip = Clip::new(asset.id, placement.source_start);
    let rate = draft.rate();
    require(
        placement.source_start >= Ticks::ZERO,
        "the start in the media",
        "zero or later",
    )?;
    let available = tracks
        .iter()
        .map(|track| {
            let kind = draft.track(*track).kind;
            clip.handles(FrameCount::ZERO, asset, kind, rate).after
        })
        .min()
        .unwrap_or(FrameCount::ZERO);
    if available < FrameCount::ONE {
        return Err(no_media("frames at that time"));
    }
    let wanted = placement.count.unwrap_or_else(|| {
        if asset.info.is_still {
            rate.count_from_ticks(Ticks::from_seconds_fraction(limits::STILL_SECONDS, 1))
        } else {
            available
        }
    });
    require_range(FrameRange::new(FrameIndex::ZERO, wanted))?;
    Ok(Resolved {
        tracks,
        clip,
        label: asset.name.clone(),
        count: wanted.min(available),
    })
}

fn resolve_tracks(draft: &Draft, placement: &Placement) -> Result<Vec<usize>, EditError> {
    let asset = draft.asset(placement.asset)?;
    let missing = |missing| EditError::NoMedia {
        name: asset.name.clone(),
        missing,
    };
    let (has_video, has_audio) = (asset.info.video.is_some(), asset.info.audio.is_some());
    let (video, audio) = match placement.streams {
        Streams::Both => (has_video, has_audio),
        Streams::Video => (true, false),
        Streams::Audio => (false, true),
    };
    if (video && !has_video) || (!video && !audio) {
        return Err(missing("picture"));
    }
    if audio && !has_audio {
        return Err(missing("sound"));
    }
    let mut tracks = Vec::new();
    if video {
        tracks.push(find_track(draft, placement.video_track, TrackKind::Video)?);
    }
    if audio {
        match find_track(draft, placement.audio_track, TrackKind::Audio) {
            Ok(track) => tracks.push(track),
            // A project without sound tracks still takes pictures.
            Err(EditError::NoTrackFor { .. }) if video => {}
            Err(err) => return Err(err),
        }
    }
    Ok(tracks)
}

fn find_track(draft: &Draft, wanted: Option<TrackId>, kind: TrackKind) -> Result<usize, EditError> {
    let Some(wanted) = wanted else {
        let mut tracks = draft.sequence().tracks.iter();
        return tracks
            .position(|track| track.kind == kind && !track.is_locked)
            .ok_or(EditError::NoTrackFor { kind });
    };
    let track = draft.open_track(wanted)?;
    if draft.track(track).kind == kind {
        return Ok(track);
    }
    Err(EditError::WrongTrack {
        track: draft.track_name(track),
        content: match kind {
            TrackKind::Video => "pictures",
            TrackKind::Audio => "sound",
            TrackKind::Caption => "words",
        },
    })
}

/// Puts a title over whatever lies there.
pub(super) fn add_title(
    draft: &mut Draft,
    track: TrackId,
    range: FrameRange,
    title: &Title,
) -> Result<(), EditError> {
    let label = title.text.lines().next().unwrap_or_default().to_owned();
    put_over(draft, track, range, (label, Content::Title(title.clone())))
}

/// Puts a color over whatever lies there.
pub(super) fn add_solid(
    draft: &mut Draft,
    track: TrackId,
    range: FrameRange,
    color: Rgba,
) -> Result<(), EditError> {
    put_over(
        draft,
        track,
        range,
        ("Color".to_owned(), Content::Solid(color)),
    )
}

/// Puts a new item over whatever lies there.
pub(super) fn put_over(
    draft: &mut Draft,
    track: TrackId,
    range: FrameRange,
    (label, content): (String, Content),
) -> Result<(), EditError> {
    require_range(range)?;
    let track = draft.open_track(track)?;
    draft.require_suits(track, &content)?;
    draft.clear(track, range);
    let item = Item {
        id: draft.next_item_id(),
        start: range.start,
        count: range.count,
        label,
        content,
        properties: Properties::default(),
        link: None,
        is_disabled: false,
    };
    draft.put(track, item);
    Ok(())
}

/// Puts copied items in, the earliest one at `at`.
pub(super) fn paste(
    draft: &mut Draft,
    pieces: &[PastePiece],
    at: FrameIndex,
) -> Result<(), EditError> {
    require_frame(at)?;
    let first = pieces.iter().map(|piece| piece.item.start).min();
    let first = first.ok_or(EditError::NothingChosen {
        what: "copied item",
    })?;
    let mut links: BTreeMap<LinkId, LinkId> = BTreeMap::new();
    for piece in pieces {
        let track = draft.open_track(piece.track)?;
        draft.require_suits(track, &piece.item.content)?;
        let ahead = piece.item.start.0.checked_sub(first.0);
        let ahead = ahead.filter(|ahead| *ahead <= limits::FRAMES_MAX);
        let start = at + FrameCount(ahead.unwrap_or(limits::FRAMES_MAX));
        let range = FrameRange::new(start, piece.item.count);
        require_frame(start)?;
        require_range(range)?;
        require(
            range.count.0 <= limits::FRAMES_MAX,
            "the length",
            "that of a sequence at most",
        )?;
        let mut item = (*piece.item).clone();
        item.id = draft.next_item_id();
        item.start = start;
        item.link = item
            .link
            .map(|link| *links.entry(link).or_insert_with(|| LinkId(draft.next_id())));
        draft.clear(track, range);
        draft.put(track, item);
    }
    Ok(())
}

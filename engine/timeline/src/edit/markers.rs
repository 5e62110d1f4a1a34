//! Marked frames and the marked range.

use super::{
    EditError,
    draft::{Draft, require_frame},
};
use crate::{Marker, MarkerId, Rgba, limits};
use av::FrameIndex;

pub(super) fn add(
    draft: &mut Draft,
    frame: FrameIndex,
    label: &str,
    color: Rgba,
) -> Result<(), EditError> {
    require_frame(frame)?;
    if draft.sequence().markers.len() >= limits::MARKERS_MAX {
        return Err(EditError::TooMany {
            what: "markers",
            max: limits::MARKERS_MAX,
        });
    }
    let id = MarkerId(draft.next_id());
    draft.created.markers.push(id);
    put(
        draft,
        Marker {
            id,
            frame,
            label: label.to_owned(),
            color,
        },
    );
    Ok(())
}

pub(super) fn remove(draft: &mut Draft, marker: MarkerId) -> Result<Marker, EditError> {
    let markers = &mut draft.sequence_mut().markers;
    let index = markers.iter().position(|other| other.id == marker);
    let index = index.ok_or(EditError::NoMarker { marker })?;
    Ok(markers.remove(index))
}

pub(super) fn move_to(
    draft: &mut Draft,
    marker: MarkerId,
    frame: FrameIndex,
) -> Result<(), EditError> {
    require_frame(frame)?;
    let marker = remove(draft, marker)?;
    put(draft, Marker { frame, ..marker });
    Ok(())
}

pub(super) fn set(
    draft: &mut Draft,
    marker: MarkerId,
    label: &str,
    color: Rgba,
) -> Result<(), EditError> {
    let marker = remove(draft, marker)?;
    put(
        draft,
        Marker {
            label: label.to_owned(),
            color,
            ..marker
        },
    );
    Ok(())
}

fn put(draft: &mut Draft, marker: Marker) {
    let markers = &mut draft.sequence_mut().markers;
    let index =
        markers.partition_point(|other| (other.frame, other.id) < (marker.frame, marker.id));
    markers.insert(index, marker);
}

pub(super) fn set_in(draft: &mut Draft, frame: Option<FrameIndex>) -> Result<(), EditError> {
    frame.map_or(Ok(()), require_frame)?;
    let sequence = draft.sequence_mut();
    sequence.mark_in = frame;
    if let (Some(start), Some(end)) = (frame, sequence.mark_out)
        && end <= start
    {
        sequence.mark_out = None;
    }
    Ok(())
}

pub(super) fn set_out(draft: &mut Draft, frame: Option<FrameIndex>) -> Result<(), EditError> {
    frame.map_or(Ok(()), require_frame)?;
    let sequence = draft.sequence_mut();
    sequence.mark_out = frame;
    if let (Some(start), Some(end)) = (sequence.mark_in, frame)
        && end <= start
    {
        sequence.mark_in = None;
    }
    Ok(())
}

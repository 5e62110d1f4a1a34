//! Which edits merge when they follow each other quickly: typing, nudging, scrolling a value.

use crate::edit::{Edit, Property};
use std::mem::{Discriminant, discriminant};

/// Edits with equal groups do the same to the same thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    edit: Discriminant<Edit>,
    property: Option<Discriminant<Property>>,
    targets: Vec<u64>,
}

impl Group {
    /// The group of an edit that merges; `None` for edits that are steps of their own, however quick.
    pub fn of(edit: &Edit) -> Option<Self> {
        let ids = |items: &[crate::ItemId]| items.iter().map(|item| item.0).collect();
        let (property, targets) = match edit {
            Edit::SetProperty { items, property } => (Some(discriminant(property)), ids(items)),
            Edit::SetProperties { items, .. }
            | Edit::Move {
                items,
                to_track: None,
                ..
            } => (None, ids(items)),
            Edit::SetKeyframe {
                item, at, value, ..
            } => (
                None,
                vec![item.0, at.0.unsigned_abs(), value.channel() as u64],
            ),
            Edit::SetTitle { item, .. }
            | Edit::SetSolid { item, .. }
            | Edit::SetLabel { item, .. }
            | Edit::SetFinish { item, .. }
            | Edit::SetBackgroundFill { item, .. }
            | Edit::SetRecipe { item, .. }
            | Edit::Slip { item, .. }
            | Edit::Slide { item, .. } => (None, vec![item.0]),
            Edit::Trim { item, edge, .. }
            | Edit::Overshoot { item, edge, .. }
            | Edit::RippleTrim { item, edge, .. } => (None, vec![item.0, *edge as u64]),
            Edit::Roll { left, .. } => (None, vec![left.0]),
            Edit::UpdateTransition { transition, .. } => (None, vec![transition.0]),
            Edit::MoveMarker { marker, .. } | Edit::SetMarker { marker, .. } => {
                (None, vec![marker.0])
            }
            Edit::RenameTrack { track, .. } => (None, vec![track.0]),
            Edit::RenameProject { .. }
            | Edit::SetMarkIn { .. }
            | Edit::SetMarkOut { .. }
            | Edit::SetSequenceBackground { .. } => (None, Vec::new()),
            _ => return None,
        };
        Some(Self {
            edit: discriminant(edit),
            property,
            targets,
        })
    }
}

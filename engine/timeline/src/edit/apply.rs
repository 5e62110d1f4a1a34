//! From a document and an edit to the next document.

use super::{
    Edit, EditError,
    assets::{self, NewAsset},
    background,
    draft::Draft,
    generated::{self, Request},
    insert::{self, Target},
    link, markers,
    moving::{self, Trip},
    overshoot, properties, ripple, setting, settle,
    speed::{self, Pace},
    split, tracks,
    transition::{self, Shape},
    trim::{self, Grip},
};
use crate::{AssetId, Document, ItemId, MarkerId, TakeId, TrackId, TransitionId, check};

/// What an edit made, in the order it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// Media files; one that was known already is named here as well.
    pub assets: Vec<AssetId>,
    /// Items, right halves of splits included.
    pub items: Vec<ItemId>,
    /// Tracks.
    pub tracks: Vec<TrackId>,
    /// Transitions.
    pub transitions: Vec<TransitionId>,
    /// Markers.
    pub markers: Vec<MarkerId>,
    /// Takes.
    pub takes: Vec<TakeId>,
}

/// The document after an edit, and what is new in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The next document.
    pub document: Document,
    /// What is new in it.
    pub created: Created,
}

/// The document after `edit`; `document` stays as it is.
pub fn apply(document: &Document, edit: &Edit) -> Result<Document, EditError> {
    apply_edit(document, edit).map(|applied| applied.document)
}

/// The document after `edit` with the names of what it made; `document` stays as it is.
pub fn apply_edit(document: &Document, edit: &Edit) -> Result<Applied, EditError> {
    let applied = apply_unchecked(document, edit)?;
    match check(&applied.document).into_iter().next() {
        None => Ok(applied),
        Some(violation) => Err(EditError::Broken {
            violation: Box::new(violation),
        }),
    }
}

fn apply_unchecked(document: &Document, edit: &Edit) -> Result<Applied, EditError> {
    let mut draft = Draft::new(document);
    place_media(&mut draft, edit)?;
    settle::settle(&mut draft, document)?;
    let Draft {
        document, created, ..
    } = draft;
    Ok(Applied { document, created })
}

fn batch(draft: &mut Draft, edits: &[Edit]) -> Result<(), EditError> {
    for (edit, number) in edits.iter().zip(1..) {
        let applied =
            apply_unchecked(&draft.document, edit).map_err(|source| EditError::InBatch {
                number,
                label: edit.label().to_owned(),
                source: Box::new(source),
            })?;
        draft.document = applied.document;
        draft.created.append(applied.created);
    }
    Ok(())
}

impl Created {
    fn append(&mut self, mut later: Self) {
        self.assets.append(&mut later.assets);
        self.items.append(&mut later.items);
        self.tracks.append(&mut later.tracks);
        self.transitions.append(&mut later.transitions);
        self.markers.append(&mut later.markers);
        self.takes.append(&mut later.takes);
    }
}

/// Media, and what is put in; everything else is handed on, family by family.
fn place_media(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Batch { edits, .. } => batch(draft, edits),
        Edit::AddAsset {
            fingerprint,
            path,
            name,
            info,
            is_generated,
        } => {
            let (fingerprint, is_generated) = (*fingerprint, *is_generated);
            assets::add(
                draft,
                NewAsset {
                    fingerprint,
                    path,
                    name,
                    info,
                    is_generated,
                },
            )
        }
        Edit::RelinkAsset {
            asset,
            fingerprint,
            path,
        } => assets::relink(draft, *asset, *fingerprint, path),
        Edit::RenameAsset { asset, name } => assets::rename(draft, *asset, name),
        Edit::Insert { placement, at } => insert::place(draft, placement, Target::Insert(*at)),
        Edit::Overwrite { placement, at } => {
            insert::place(draft, placement, Target::Overwrite(*at))
        }
        Edit::Append { placement } => insert::place(draft, placement, Target::Append),
        Edit::AddTitle {
            track,
            range,
            title,
        } => insert::add_title(draft, *track, *range, title),
        Edit::AddSolid {
            track,
            range,
            color,
        } => insert::add_solid(draft, *track, *range, *color),
        Edit::Paste { pieces, at } => insert::paste(draft, pieces, *at),
        other => cut(draft, other),
    }
}

fn cut(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Split { at, items } => split::split(draft, *at, items),
        Edit::Trim {
            item,
            edge,
            to,
            alone,
        } => trim::trim(
            draft,
            Grip {
                item: *item,
                edge: *edge,
                to: *to,
                alone: *alone,
            },
        ),
        Edit::Overshoot {
            item,
            edge,
            to,
            alone,
        } => overshoot::overshoot(
            draft,
            Grip {
                item: *item,
                edge: *edge,
                to: *to,
                alone: *alone,
            },
        ),
        Edit::RippleTrim {
            item,
            edge,
            to,
            alone,
        } => trim::ripple_trim(
            draft,
            Grip {
                item: *item,
                edge: *edge,
                to: *to,
                alone: *alone,
            },
        ),
        Edit::Roll { left, to, alone } => trim::roll(draft, *left, *to, *alone),
        Edit::Slip { item, by, alone } => trim::slip(draft, *item, *by, *alone),
        Edit::Slide { item, by, alone } => trim::slide(draft, *item, *by, *alone),
        Edit::Lift { items } => ripple::lift(draft, items),
        Edit::LiftRange { range, tracks } => {
            ripple::lift_range(draft, *range, tracks).map(|_tracks| ())
        }
        Edit::RippleDelete { items } => ripple::ripple_delete(draft, items),
        Edit::CloseGap { track, at } => ripple::close_gap(draft, *track, *at),
        Edit::Extract { range, tracks } => ripple::extract(draft, *range, tracks),
        other => carry(draft, other),
    }
}

fn carry(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Move {
            items,
            by,
            to_track,
        } => moving::move_items(
            draft,
            Trip {
                items,
                by: *by,
                to_track: *to_track,
            },
        ),
        Edit::Duplicate {
            items,
            by,
            to_track,
        } => moving::duplicate(
            draft,
            Trip {
                items,
                by: *by,
                to_track: *to_track,
            },
        ),
        Edit::SetSpeed {
            items,
            speed,
            is_reversed,
            is_ripple,
        } => {
            let (speed, is_reversed, is_ripple) = (*speed, *is_reversed, *is_ripple);
            speed::set_speed(
                draft,
                items,
                Pace {
                    speed,
                    is_reversed,
                    is_ripple,
                },
            )
        }
        Edit::FreezeFrame { item, at, count } => speed::freeze(draft, *item, *at, *count),
        other => set_item(draft, other),
    }
}

fn set_item(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Link { items } => link::link(draft, items),
        Edit::Unlink { items } => link::unlink(draft, items),
        Edit::AddTransition {
            left,
            kind,
            before,
            after,
        } => {
            let shape = Shape {
                kind: *kind,
                before: *before,
                after: *after,
            };
            transition::add(draft, *left, shape)
        }
        Edit::UpdateTransition {
            transition,
            kind,
            before,
            after,
        } => {
            let shape = Shape {
                kind: *kind,
                before: *before,
                after: *after,
            };
            transition::update(draft, *transition, shape)
        }
        Edit::RemoveTransition { transition } => transition::remove(draft, *transition),
        Edit::SetTitle { item, title } => properties::set_title(draft, *item, title),
        Edit::SetSolid { item, color } => properties::set_solid(draft, *item, *color),
        Edit::SetProperties { items, properties } => properties::set_all(draft, items, properties),
        Edit::SetProperty { items, property } => properties::set_one(draft, items, property),
        Edit::SetKeyframe {
            item,
            at,
            value,
            interpolation,
        } => properties::set_keyframe(draft, (*item, *at), *value, *interpolation),
        Edit::RemoveKeyframe { item, channel, at } => {
            properties::remove_keyframe(draft, *item, *channel, *at)
        }
        Edit::SetLabel { item, label } => properties::set_label(draft, *item, label),
        Edit::SetEnabled { items, is_enabled } => {
            properties::set_enabled(draft, items, *is_enabled)
        }
        Edit::SetBackground { item, background } => {
            background::set(draft, *item, background.as_deref())
        }
        Edit::SetBackgroundFill { item, fill } => background::change(draft, *item, |background| {
            background.fill = fill.clone();
            Ok(())
        }),
        Edit::SetFinish { item, finish } => background::change(draft, *item, |background| {
            background.finish = *finish;
            Ok(())
        }),
        Edit::AddMark { item, at, mark } => background::add_mark(draft, *item, *at, mark),
        Edit::RemoveMarks { item, at } => background::remove_marks(draft, *item, *at),
        Edit::SetMatte { item, matte } => background::set_matte(draft, *item, matte),
        other => set_generated(draft, other),
    }
}

fn set_generated(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::PlaceGenerated {
            track,
            range,
            purpose,
            recipe,
            anchors,
            state,
        } => {
            let (purpose, state) = (*purpose, *state);
            generated::place(
                draft,
                *track,
                *range,
                Request {
                    purpose,
                    recipe,
                    anchors,
                    state,
                },
            )
        }
        Edit::AddTake { item, take } => generated::add_take(draft, *item, take),
        Edit::SetActiveTake { item, take } => generated::set_active_take(draft, *item, *take),
        Edit::SetGeneratedState { item, state } => generated::set_state(draft, *item, *state),
        Edit::SetRecipe { item, recipe } => generated::set_recipe(draft, *item, recipe),
        Edit::RemoveTake { item, take } => generated::remove_take(draft, *item, *take),
        Edit::RateTake { item, take, rating } => generated::rate_take(draft, *item, *take, *rating),
        other => set_sequence(draft, other),
    }
}

fn set_sequence(draft: &mut Draft, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::AddTrack { kind, label } => tracks::add(draft, *kind, label),
        Edit::RemoveTrack { track } => tracks::remove(draft, *track),
        Edit::MoveTrack { track, to } => tracks::reorder(draft, *track, *to),
        Edit::RenameTrack { track, label } => {
            tracks::set(draft, *track, |track| label.clone_into(&mut track.label))
        }
        Edit::MuteTrack { track, is_muted } => {
            tracks::set(draft, *track, |track| track.is_muted = *is_muted)
        }
        Edit::SoloTrack { track, is_solo } => {
            tracks::set(draft, *track, |track| track.is_solo = *is_solo)
        }
        Edit::LockTrack { track, is_locked } => {
            tracks::set(draft, *track, |track| track.is_locked = *is_locked)
        }
        Edit::AddMarker {
            frame,
            label,
            color,
        } => markers::add(draft, *frame, label, *color),
        Edit::MoveMarker { marker, frame } => markers::move_to(draft, *marker, *frame),
        Edit::SetMarker {
            marker,
            label,
            color,
        } => markers::set(draft, *marker, label, *color),
        Edit::RemoveMarker { marker } => markers::remove(draft, *marker).map(|_marker| ()),
        Edit::SetMarkIn { frame } => markers::set_in(draft, *frame),
        Edit::SetMarkOut { frame } => markers::set_out(draft, *frame),
        Edit::RenameProject { name } => {
            name.clone_into(&mut draft.document.name);
            Ok(())
        }
        Edit::SetSize { size } => setting::set_size(draft, *size),
        Edit::SetRate { rate } => setting::set_rate(draft, *rate),
        Edit::SetSequenceBackground { color } => {
            draft.sequence_mut().background = *color;
            Ok(())
        }
        // Every other edit has its place in the functions above; a test applies each one of the enum.
        _ => Err(EditError::NothingChosen { what: "known edit" }),
    }
}

//! A press: what it grabs, by what lies there and which tool is in the hand.

use super::Scene;
use crate::{
    action::Action,
    editor::{media_end, opens_start},
    panels::timeline::{
        TimelinePanelState,
        drag::{Drag, Grab, grab_of_body},
        hit::{Hit, ItemPart, TransitionPart, cut_of},
        tool::Tool,
    },
    selection::Selection,
    view::View,
};
use egui::{Modifiers, PointerButton, Pos2, Ui};
use std::{collections::BTreeSet, sync::Arc};
use timeline::{ItemId, Sequence, Track, TrackId, edit::Edge};

/// Begins a drag: on the ruler with the press, elsewhere once the pointer has moved.
pub(super) fn begin(
    ui: &Ui,
    scene: &Scene<'_>,
    state: &mut TimelinePanelState,
    actions: &mut Vec<Action>,
) {
    if state.drag.is_some() {
        return;
    }
    let (press, is_pressed, modifiers) = ui.input(|input| {
        let pointer = &input.pointer;
        (
            pointer.press_origin(),
            pointer.primary_pressed(),
            input.modifiers,
        )
    });
    let Some(press) = press else { return };
    let hit = scene.lanes.hit(press);
    let is_scrub = is_pressed && hit == Hit::Ruler && scene.response.is_pointer_button_down_on();
    let grab = if is_scrub {
        Some(Grab::Scrub)
    } else if scene.response.drag_started_by(PointerButton::Primary) && hit != Hit::Ruler {
        grab(scene, state.tool, (hit, press), modifiers, actions)
    } else {
        None
    };
    if let Some(grab) = grab {
        let from = scene.lanes.scale.frames_from_x(press.x);
        let base = Arc::clone(&scene.view.document.sequence);
        let mut drag = Drag::new(grab, from, base, scene.view.playhead);
        if let Grab::Trim { item, edge, .. } = drag.grab {
            drag.media_end = media_end(scene.view.document, item, edge);
            drag.opens_start = edge == Edge::Start && opens_start(scene.view.document, item);
        }
        state.drag = Some(drag);
    }
}

/// What a press on `hit` grabs with that tool.
fn grab(
    scene: &Scene<'_>,
    tool: Tool,
    (hit, press): (Hit, Pos2),
    modifiers: Modifiers,
    actions: &mut Vec<Action>,
) -> Option<Grab> {
    let sequence = scene.view.sequence();
    let track = hit.track().and_then(|track| sequence.track(track));
    if tool == Tool::Razor && track.is_some() {
        return None;
    }
    let keep = if modifiers.shift || modifiers.command {
        scene.view.selection.items.clone()
    } else {
        BTreeSet::new()
    };
    let band = Grab::Band {
        from_y: press.y,
        keep,
    };
    if track.is_some_and(|track| track.is_locked) {
        return Some(band);
    }
    match hit {
        Hit::Ruler => Some(Grab::Scrub),
        Hit::Marker(marker) => {
            let found = sequence.markers.iter().find(|found| found.id == marker)?;
            Some(Grab::Marker {
                marker,
                from: found.frame,
            })
        }
        Hit::Mark(edge) => {
            let from = match edge {
                Edge::Start => sequence.mark_in?,
                Edge::End => sequence.mark_out?,
            };
            Some(Grab::Mark { edge, from })
        }
        Hit::Item { track, item, part } => match part {
            ItemPart::Body => Some(grab_of_body(tool, item).unwrap_or_else(|| Grab::Move {
                items: moving_items(scene.view, item, actions),
                track,
            })),
            ItemPart::Trim(edge) => Some(grab_of_edge(sequence, tool, (track, item), edge)),
            ItemPart::Fade(edge) => Some(Grab::Fade { item, edge }),
        },
        Hit::Cut { left, right, .. } => Some(grab_of_cut(tool, left, right)),
        Hit::Transition {
            track,
            transition,
            part,
        } => {
            let track = sequence.track(track)?;
            let transition = *track
                .transitions
                .iter()
                .find(|found| found.id == transition)?;
            let cut = cut_of(track, &transition)?;
            let edge = match part {
                TransitionPart::Body => None,
                TransitionPart::Trim(edge) => Some(edge),
            };
            Some(Grab::Transition {
                transition,
                cut,
                edge,
            })
        }
        Hit::Gap { .. } | Hit::Lane { .. } | Hit::Outside => Some(band),
    }
}

/// What moves when `item` is dragged: the selection it belongs to, or else it becomes the selection.
fn moving_items(view: &View<'_>, item: ItemId, actions: &mut Vec<Action>) -> Vec<ItemId> {
    let selected = if view.selection.items.contains(&item) {
        view.selection.items.clone()
    } else {
        let selection = Selection::of_item(view.document, item);
        let items = selection.items.clone();
        actions.push(Action::Select { selection });
        items
    };
    let others = selected.into_iter().filter(|other| *other != item);
    std::iter::once(item).chain(others).collect()
}

fn grab_of_edge(
    sequence: &Sequence,
    tool: Tool,
    (track, item): (TrackId, ItemId),
    edge: Edge,
) -> Grab {
    let trim = Grab::Trim {
        item,
        edge,
        is_ripple: tool == Tool::Ripple,
    };
    match tool {
        Tool::Select | Tool::Razor | Tool::Ripple => trim,
        Tool::Slip => Grab::Slip { item },
        Tool::Slide => Grab::Slide { item },
        Tool::Roll => sequence
            .track(track)
            .and_then(|track| item_before_cut(track, item, edge))
            .map_or(trim, |left| Grab::Roll { left }),
    }
}

/// The item before the cut at an edge, if something abuts there.
fn item_before_cut(track: &Track, item: ItemId, edge: Edge) -> Option<ItemId> {
    let index = track.items.iter().position(|found| found.id == item)?;
    let left = match edge {
        Edge::Start => index.checked_sub(1)?,
        Edge::End => index,
    };
    let (before, after) = (track.items.get(left)?, track.items.get(left + 1)?);
    (before.range().end() == after.start).then_some(before.id)
}

fn grab_of_cut(tool: Tool, left: ItemId, right: ItemId) -> Grab {
    match tool {
        Tool::Select | Tool::Roll | Tool::Razor => Grab::Roll { left },
        Tool::Ripple => Grab::Trim {
            item: left,
            edge: Edge::End,
            is_ripple: true,
        },
        Tool::Slip => Grab::Slip { item: right },
        Tool::Slide => Grab::Slide { item: right },
    }
}

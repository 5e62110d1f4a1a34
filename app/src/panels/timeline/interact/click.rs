//! A click: selects, cuts with the razor, opens menus and name fields.

use super::{Scene, tolerance};
use crate::{
    action::Action,
    panels::timeline::{
        Rename, Renamed, TimelinePanelState,
        hit::{Hit, ItemPart},
        names,
        snap::SnapTargets,
        tool::Tool,
    },
    selection::Selection,
    view::View,
};
use av::FrameIndex;
use egui::{Modifiers, Ui};
use std::collections::BTreeSet;
use timeline::{Content, Edit, ItemId, Rgba};

/// What was clicked: below the pointer, or named by an assistive tool or the keyboard.
fn clicked_hit(ui: &Ui, scene: &Scene<'_>, named: Option<ItemId>) -> Option<Hit> {
    let is_pointer = ui.input(|input| input.pointer.any_click());
    let pos = ui
        .input(|input| input.pointer.interact_pos())
        .filter(|_| is_pointer);
    match (pos, named) {
        (Some(pos), _) => Some(scene.lanes.hit(pos)),
        (None, Some(item)) => {
            let (track, _) = scene.view.sequence().item(item)?;
            Some(Hit::Item {
                track: track.id,
                item,
                part: ItemPart::Body,
            })
        }
        (None, None) => None,
    }
}

pub(super) fn click(
    ui: &Ui,
    scene: &Scene<'_>,
    state: &mut TimelinePanelState,
    actions: &mut Vec<Action>,
) {
    let response = scene.response;
    let clicks = scene.clicks;
    if response.double_clicked() || clicks.double.is_some() {
        if let Some(hit) = clicked_hit(ui, scene, clicks.double) {
            double_click(scene, state, hit, actions);
        }
    } else if response.clicked() || clicks.primary.is_some() {
        if let Some(hit) = clicked_hit(ui, scene, clicks.primary) {
            let modifiers = ui.input(|input| input.modifiers);
            single_click(ui, scene, state.tool, (hit, modifiers), actions);
        }
    } else if response.secondary_clicked() || clicks.secondary.is_some() {
        let hit = clicked_hit(ui, scene, clicks.secondary).unwrap_or(Hit::Outside);
        let pos = ui.input(|input| input.pointer.interact_pos());
        let at = pos.map_or(scene.view.playhead, |pos| {
            scene.lanes.scale.border_from_x(pos.x)
        });
        state.menu = Some((hit, at.max(FrameIndex::ZERO)));
        select_for_menu(scene.view, hit, actions);
    }
}

/// A menu is about what it was opened on, so that becomes the selection unless it is part of it.
fn select_for_menu(view: &View<'_>, hit: Hit, actions: &mut Vec<Action>) {
    let selection = match hit {
        Hit::Item { item, .. } if !view.selection.items.contains(&item) => {
            Selection::of_item(view.document, item)
        }
        Hit::Gap { track, range } => Selection::of_gap(track, range),
        Hit::Transition { transition, .. } => Selection::of_transition(transition),
        _ => return,
    };
    actions.push(Action::Select { selection });
}

fn single_click(
    ui: &Ui,
    scene: &Scene<'_>,
    tool: Tool,
    (hit, modifiers): (Hit, Modifiers),
    actions: &mut Vec<Action>,
) {
    let view = scene.view;
    if tool == Tool::Razor && hit.track().is_some() {
        if let Some((at, item)) = razor_cut(ui, scene, hit) {
            let items = if modifiers.shift {
                Vec::new()
            } else {
                vec![item]
            };
            actions.push(Action::Apply {
                edit: Edit::Split { at, items },
            });
        }
        return;
    }
    let selection = match hit {
        Hit::Item { item, .. } => selection_of_click(view, item, modifiers),
        Hit::Cut { left, .. } => selection_of_click(view, left, modifiers),
        Hit::Transition { transition, .. } => Selection::of_transition(transition),
        Hit::Gap { track, range } => Selection::of_gap(track, range),
        Hit::Marker(marker) => {
            let mut markers = view.sequence().markers.iter();
            let found = markers.find(|found| found.id == marker);
            actions.extend(found.map(|found| Action::Seek { frame: found.frame }));
            return;
        }
        Hit::Lane { .. } | Hit::Outside if modifiers.is_none() => Selection::default(),
        Hit::Lane { .. } | Hit::Outside | Hit::Ruler | Hit::Mark(_) => return,
    };
    if selection != *view.selection {
        actions.push(Action::Select { selection });
    }
}

fn selection_of_click(view: &View<'_>, item: ItemId, modifiers: Modifiers) -> Selection {
    if modifiers.shift || modifiers.command {
        let mut selection = view.selection.clone();
        selection.toggle(view.document, item);
        selection
    } else if modifiers.alt {
        Selection {
            items: BTreeSet::from([item]),
            ..Selection::default()
        }
    } else {
        Selection::of_item(view.document, item)
    }
}

/// Where the razor would cut, and which item; `None` outside items and on their edges.
pub(in crate::panels::timeline) fn razor_cut(
    ui: &Ui,
    scene: &Scene<'_>,
    hit: Hit,
) -> Option<(FrameIndex, ItemId)> {
    let pos = ui.input(|input| input.pointer.latest_pos())?;
    let track = scene.view.sequence().track(hit.track()?)?;
    let item = track.item_at(scene.lanes.scale.frame_from_x(pos.x))?;
    let border = scene.lanes.scale.border_from_x(pos.x);
    let modifiers = ui.input(|input| input.modifiers);
    // Shift means all tracks here, not free movement.
    let tolerance = tolerance(
        scene.view,
        scene.lanes,
        Modifiers {
            shift: false,
            ..modifiers
        },
    );
    let own = BTreeSet::from([item.id]);
    let targets = SnapTargets::new(scene.view.sequence(), Some(scene.view.playhead), &own);
    let at = targets
        .nearest(border, tolerance)
        .map_or(border, |target| target.frame);
    let is_inside = |at: FrameIndex| item.start < at && at < item.range().end();
    let at = if is_inside(at) { at } else { border };
    (is_inside(at) && !track.is_locked).then_some((at, item.id))
}

fn double_click(
    scene: &Scene<'_>,
    state: &mut TimelinePanelState,
    hit: Hit,
    actions: &mut Vec<Action>,
) {
    let view = scene.view;
    let rename = |what, text| {
        Some(Rename {
            what,
            text,
            has_begun: false,
        })
    };
    match hit {
        Hit::Item { item, .. } => {
            let Some((track, found)) = view.sequence().item(item) else {
                return;
            };
            if matches!(found.content, Content::Title(_)) {
                actions.push(Action::ShowInspector);
            } else if !track.is_locked {
                state.rename = rename(Renamed::Item(item), names::title(view, found));
            }
        }
        Hit::Marker(marker) => {
            let mut markers = view.sequence().markers.iter();
            let found = markers.find(|found| found.id == marker);
            state.rename =
                found.and_then(|found| rename(Renamed::Marker(marker), found.label.clone()));
        }
        Hit::Ruler => actions.push(Action::Apply {
            edit: Edit::AddMarker {
                frame: view.playhead,
                label: String::new(),
                color: MARKER_COLOR,
            },
        }),
        Hit::Gap { range, .. } => actions.push(Action::Apply {
            edit: Edit::Batch {
                label: "Mark gap".to_owned(),
                edits: vec![
                    Edit::SetMarkIn {
                        frame: Some(range.start),
                    },
                    Edit::SetMarkOut {
                        frame: Some(range.end()),
                    },
                ],
            },
        }),
        Hit::Cut { .. }
        | Hit::Transition { .. }
        | Hit::Lane { .. }
        | Hit::Outside
        | Hit::Mark(_) => {}
    }
}

/// The color of a marker that was set by hand, as the theme's mark.
pub(in crate::panels::timeline) const MARKER_COLOR: Rgba = Rgba([227, 193, 93, 255]);

//! The pointer and the keyboard over the tracks, turned into actions.

use super::{
    Rename, Renamed, TimelinePanelState,
    drag::{Drag, Grab, Pointer, grab_of_body},
    geometry::visible_items,
    hit::{Hit, ItemPart, Lanes, TransitionPart, cut_of},
    lanes::{Clicks, transition_cursor},
    metrics::{AUTO_SCROLL_STEP_PX, AUTO_SCROLL_ZONE_PX, SNAP_TOLERANCE_PX},
    names, overlay,
    snap::SnapTargets,
    tool::Tool,
};
use crate::{action::Action, selection::Selection, view::View};
use av::{FrameCount, FrameIndex, FrameRange};
use egui::{CursorIcon, Key, Modifiers, PointerButton, Pos2, Response, Ui};
use std::{collections::BTreeSet, sync::Arc};
use timeline::{Content, Edit, ItemId, Rgba, Sequence, Track, TrackId, edit::Edge};

/// What the pointer acts on in this frame.
pub(super) struct Scene<'a> {
    pub view: &'a View<'a>,
    pub lanes: &'a Lanes<'a>,
    /// Ruler and tracks together.
    pub response: &'a Response,
    pub hover: Hit,
    pub clicks: &'a Clicks,
}

/// Frames that an edge may be away and still snap; none while snapping is off or Shift is held in a drag.
pub(super) fn tolerance(view: &View<'_>, lanes: &Lanes<'_>, modifiers: Modifiers) -> FrameCount {
    if view.is_snapping && !modifiers.shift {
        lanes
            .scale
            .count_from_px(SNAP_TOLERANCE_PX)
            .max(FrameCount::ONE)
    } else {
        FrameCount::ZERO
    }
}

/// Turns what the pointer does into actions.
pub(super) fn interact(
    ui: &Ui,
    scene: &Scene<'_>,
    state: &mut TimelinePanelState,
    actions: &mut Vec<Action>,
) {
    if scene.response.dragged_by(PointerButton::Middle) {
        let delta = scene.response.drag_delta();
        state.scale = state.scale.scrolled(-delta.x);
        state.scroll_y = (state.scroll_y - delta.y).max(0.0);
        return;
    }
    begin(ui, scene, state, actions);
    if state.drag.is_some() {
        carry_on(ui, scene, state, actions);
    } else {
        click(ui, scene, state, actions);
    }
    set_cursor(ui, scene, state);
}

/// Begins a drag: on the ruler with the press, elsewhere once the pointer has moved.
fn begin(ui: &Ui, scene: &Scene<'_>, state: &mut TimelinePanelState, actions: &mut Vec<Action>) {
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
        state.drag = Some(Drag::new(grab, from, base, scene.view.playhead));
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

/// Follows the pointer, and ends the drag when it is let go or Esc is pressed.
fn carry_on(ui: &Ui, scene: &Scene<'_>, state: &mut TimelinePanelState, actions: &mut Vec<Action>) {
    let (pos, is_down, modifiers) = ui.input(|input| {
        (
            input.pointer.latest_pos(),
            input.pointer.primary_down(),
            input.modifiers,
        )
    });
    let is_cancelled = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let Some(mut drag) = state.drag.take() else {
        return;
    };
    if is_cancelled {
        if drag.last.is_some() {
            actions.push(Action::CancelGesture {});
        }
        return;
    }
    let Some(pos) = pos.filter(|_| is_down) else {
        if drag.last.is_some() {
            actions.push(Action::CommitGesture {});
        }
        return;
    };
    match &drag.grab {
        Grab::Scrub => scrub(scene, &mut drag, (pos, modifiers), actions),
        Grab::Band { from_y, keep } => {
            let band = overlay::band(scene.lanes, &drag, *from_y, pos);
            select_touched(scene, band, keep, actions);
        }
        _ => update(scene, &mut drag, (pos, modifiers), actions),
    }
    auto_scroll(ui, scene, state, pos);
    state.drag = Some(drag);
}

fn update(
    scene: &Scene<'_>,
    drag: &mut Drag,
    (pos, modifiers): (Pos2, Modifiers),
    actions: &mut Vec<Action>,
) {
    let pointer = Pointer {
        frames: scene.lanes.scale.frames_from_x(pos.x),
        track: scene.lanes.rows.at(pos.y).map(|row| row.track),
        tolerance: tolerance(scene.view, scene.lanes, modifiers),
        is_alt: modifiers.alt,
        is_ctrl: modifiers.command,
    };
    let edit = drag.edit(pointer);
    if edit.is_none() || edit == drag.last {
        return;
    }
    if drag.last.is_none() {
        let label = drag.label().to_owned();
        actions.push(Action::BeginGesture { label });
    }
    drag.last.clone_from(&edit);
    actions.extend(edit.map(|edit| Action::UpdateGesture { edit }));
}

fn scrub(
    scene: &Scene<'_>,
    drag: &mut Drag,
    (pos, modifiers): (Pos2, Modifiers),
    actions: &mut Vec<Action>,
) {
    let under = scene.lanes.scale.frame_from_x(pos.x).max(FrameIndex::ZERO);
    let tolerance = FrameCount(tolerance(scene.view, scene.lanes, modifiers).0 / 2);
    drag.snapped = drag.targets.nearest(under, tolerance);
    let frame = drag.snapped.map_or(under, |target| target.frame);
    if frame != scene.view.playhead {
        actions.push(Action::Seek { frame });
    }
}

/// Selects what a rectangle touches, beside what is kept.
fn select_touched(
    scene: &Scene<'_>,
    band: egui::Rect,
    keep: &BTreeSet<ItemId>,
    actions: &mut Vec<Action>,
) {
    let scale = scene.lanes.scale;
    let range = FrameRange::between(
        scale.frame_from_x(band.left()),
        scale.frame_from_x(band.right()) + FrameCount::ONE,
    );
    let rows = scene.lanes.rows.list.iter();
    let touched = rows
        .filter(|row| row.y.intersects(band.y_range()))
        .flat_map(|row| visible_items(&scene.lanes.sequence.tracks[row.index].items, range))
        .map(|item| item.id)
        .chain(keep.iter().copied());
    let selection = Selection::of_items(scene.view.document, touched);
    if selection != *scene.view.selection {
        actions.push(Action::Select { selection });
    }
}

/// Scrolls while a drag waits at the border.
fn auto_scroll(ui: &Ui, scene: &Scene<'_>, state: &mut TimelinePanelState, pos: Pos2) {
    let rect = scene.lanes.rect;
    let beyond =
        |inside: f32| ((AUTO_SCROLL_ZONE_PX - inside) / AUTO_SCROLL_ZONE_PX).clamp(0.0, 1.0);
    let right = beyond(rect.right() - pos.x) - beyond(pos.x - rect.left());
    let at_start = right < 0.0 && state.scale.left_frame == 0.0;
    if right != 0.0 && !at_start {
        state.scale = state.scale.scrolled(right * AUTO_SCROLL_STEP_PX);
        ui.request_repaint();
    }
}

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

fn click(ui: &Ui, scene: &Scene<'_>, state: &mut TimelinePanelState, actions: &mut Vec<Action>) {
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
pub(super) fn razor_cut(ui: &Ui, scene: &Scene<'_>, hit: Hit) -> Option<(FrameIndex, ItemId)> {
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
pub(super) const MARKER_COLOR: Rgba = Rgba([227, 193, 93, 255]);

fn set_cursor(ui: &Ui, scene: &Scene<'_>, state: &TimelinePanelState) {
    let cursor = match &state.drag {
        Some(drag) => match &drag.grab {
            Grab::Scrub | Grab::Band { .. } => CursorIcon::Default,
            Grab::Move { .. } | Grab::Slide { .. } => CursorIcon::Grabbing,
            Grab::Roll { .. } => CursorIcon::ResizeColumn,
            Grab::Marker { .. }
            | Grab::Mark { .. }
            | Grab::Trim { .. }
            | Grab::Slip { .. }
            | Grab::Fade { .. }
            | Grab::Transition { .. } => CursorIcon::ResizeHorizontal,
        },
        None if !scene.response.contains_pointer() => return,
        None => hover_cursor(scene.hover, state.tool),
    };
    ui.set_cursor_icon(cursor);
}

fn hover_cursor(hover: Hit, tool: Tool) -> CursorIcon {
    match hover {
        Hit::Marker(_) | Hit::Mark(_) => CursorIcon::ResizeHorizontal,
        Hit::Item {
            part: ItemPart::Body,
            ..
        } => tool.cursor(),
        Hit::Item { .. } | Hit::Cut { .. } if tool == Tool::Razor => tool.cursor(),
        Hit::Item {
            part: ItemPart::Trim(Edge::Start),
            ..
        } => CursorIcon::ResizeEast,
        Hit::Item {
            part: ItemPart::Trim(Edge::End),
            ..
        } => CursorIcon::ResizeWest,
        Hit::Item {
            part: ItemPart::Fade(_),
            ..
        } => CursorIcon::ResizeHorizontal,
        Hit::Cut { .. } => CursorIcon::ResizeColumn,
        Hit::Transition { part, .. } => transition_cursor(part),
        Hit::Ruler | Hit::Gap { .. } | Hit::Lane { .. } | Hit::Outside => CursorIcon::Default,
    }
}

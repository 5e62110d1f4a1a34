//! The pointer and the keyboard over the tracks, turned into actions: what is pressed is grabbed, follows the pointer,
//! and is let go or taken back.

mod click;
mod press;

pub(super) use self::click::{MARKER_COLOR, razor_cut};
use super::{
    TimelinePanelState,
    drag::{Drag, Grab, Pointer},
    geometry::visible_items,
    hit::{Hit, ItemPart, Lanes},
    lanes::{Clicks, transition_cursor},
    metrics::{
        AUTO_SCROLL_STEP_PX, AUTO_SCROLL_ZONE_PX, MEDIA_END_RESISTANCE_PX, SNAP_TOLERANCE_PX,
    },
    overlay, overshoot,
    tool::Tool,
};
use crate::{action::Action, selection::Selection, view::View};
use av::{FrameCount, FrameIndex, FrameRange};
use egui::{CursorIcon, Key, Modifiers, PointerButton, Pos2, Response, Ui};
use std::collections::BTreeSet;
use timeline::{ItemId, edit::Edge};

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
    press::begin(ui, scene, state, actions);
    if state.drag.is_some() {
        carry_on(ui, scene, state, actions);
    } else {
        click::click(ui, scene, state, actions);
    }
    set_cursor(ui, scene, state);
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
            actions.extend(overshoot::after(scene.view, &drag));
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
        resistance: resistance(scene, modifiers),
    };
    let Some(edit) = drag.edit(pointer) else {
        return;
    };
    if drag.last.as_ref() == Some(&edit) {
        return;
    }
    let label = drag.label(&edit);
    let named = drag.last.as_ref().map(|last| drag.label(last));
    if named.as_ref() != Some(&label) {
        // The step is called by what it came to be in the end.
        actions.extend(named.map(|_other| Action::CancelGesture {}));
        actions.push(Action::BeginGesture { label });
    }
    drag.last = Some(edit.clone());
    actions.push(Action::UpdateGesture { edit });
}

/// Frames that the end of an edge's media holds it; none where that is switched off or Shift is held.
fn resistance(scene: &Scene<'_>, modifiers: Modifiers) -> FrameCount {
    if scene.view.is_media_end_sticky && !modifiers.shift {
        scene.lanes.scale.count_from_px(MEDIA_END_RESISTANCE_PX)
    } else {
        FrameCount::ZERO
    }
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
        Hit::Item {
            part: ItemPart::Body,
            ..
        } => tool.cursor(),
        Hit::Item { .. } | Hit::Cut { .. } if tool == Tool::Razor => tool.cursor(),
        Hit::Marker(_)
        | Hit::Mark(_)
        | Hit::Item {
            part: ItemPart::Fade(_),
            ..
        } => CursorIcon::ResizeHorizontal,
        Hit::Item {
            part: ItemPart::Trim(Edge::Start),
            ..
        } => CursorIcon::ResizeEast,
        Hit::Item {
            part: ItemPart::Trim(Edge::End),
            ..
        } => CursorIcon::ResizeWest,
        Hit::Cut { .. } => CursorIcon::ResizeColumn,
        Hit::Transition { part, .. } => transition_cursor(part),
        Hit::Ruler | Hit::Gap { .. } | Hit::Lane { .. } | Hit::Outside => CursorIcon::Default,
    }
}

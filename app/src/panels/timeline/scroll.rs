//! Zoom and scroll: wheel, pinch, requests from the rest of the window, following the playhead, the bar below.

use super::{
    TimelinePanelState, ZoomRequest,
    metrics::{WHEEL_NOTCH_PX, ZOOM_PER_NOTCH},
    ui::Areas,
};
use crate::view::View;
use av::{FrameCount, FrameIndex, FrameRange};
use egui::{CursorIcon, Id, Rect, Role, Sense, Ui, WidgetInfo};

/// An empty sequence is shown as long as this.
const EMPTY_SECONDS: i64 = 30;

/// The bar's thumb never becomes too small to be grabbed.
const THUMB_MIN_PX: f32 = 24.0;

/// Does what other parts of the window asked for.
pub(super) fn serve_request(state: &mut TimelinePanelState, view: &View<'_>, areas: &Areas) {
    let is_empty = view.sequence().count() == FrameCount::ZERO;
    if state.was_empty && !is_empty && state.drag.is_none() {
        state.zoom = Some(ZoomRequest::Fit);
    }
    state.was_empty = is_empty;
    let Some(request) = state.zoom.take() else {
        return;
    };
    let width = areas.lanes.width();
    state.scale = match request {
        ZoomRequest::Fit => {
            let count = view.sequence().count();
            let empty = view
                .rate()
                .count_from_ticks(av::Ticks::from_seconds_fraction(EMPTY_SECONDS, 1));
            let count = if count > FrameCount::ZERO {
                count
            } else {
                empty
            };
            state
                .scale
                .fitted(FrameRange::new(FrameIndex::ZERO, count), width)
        }
        ZoomRequest::Range(range) => state.scale.fitted(range, width),
        ZoomRequest::By(factor) => {
            let playhead = state.scale.x_from_frame(view.playhead);
            let is_visible = areas.lanes.x_range().contains(playhead);
            let anchor = if is_visible {
                playhead
            } else {
                areas.lanes.center().x
            };
            state.scale.zoomed(factor, anchor)
        }
    };
}

/// Keeps the playhead in view when it moved by itself or by a command.
pub(super) fn follow(state: &mut TimelinePanelState, view: &View<'_>, areas: &Areas) {
    let has_moved = state.followed != view.playhead;
    state.followed = view.playhead;
    if has_moved && state.drag.is_none() {
        state.scale = state.scale.paged_to(view.playhead, areas.lanes.width());
    }
}

/// Wheel and pinch: Ctrl or Alt zooms at the pointer, Shift scrolls time, plain scrolls tracks if they overflow.
pub(super) fn wheel(ui: &Ui, state: &mut TimelinePanelState, areas: &Areas, rows_height: f32) {
    let overflow = (rows_height - areas.lanes.height()).max(0.0);
    state.scroll_y = state.scroll_y.clamp(0.0, overflow);
    let whole = areas.ruler.union(areas.lanes);
    let pos = ui.input(|input| input.pointer.hover_pos());
    let Some(pos) = pos.filter(|pos| areas.headers.union(whole).contains(*pos)) else {
        return;
    };
    // A menu or a dialog over the panel keeps the wheel to itself.
    if ui
        .ctx()
        .layer_id_at(pos)
        .is_some_and(|layer| layer != ui.layer_id())
    {
        return;
    }
    let (pinch, scroll, is_alt) = ui.input(|input| {
        (
            input.zoom_delta(),
            input.smooth_scroll_delta(),
            input.modifiers.alt,
        )
    });
    if pinch != 1.0 {
        state.scale = state
            .scale
            .zoomed(f64::from(pinch), pos.x.max(whole.left()));
    }
    if is_alt {
        let notches = f64::from((scroll.y + scroll.x) / WHEEL_NOTCH_PX);
        state.scale = state
            .scale
            .zoomed(ZOOM_PER_NOTCH.powf(notches), pos.x.max(whole.left()));
        return;
    }
    let mut right = -scroll.x;
    if overflow > 0.0 {
        state.scroll_y = (state.scroll_y - scroll.y).clamp(0.0, overflow);
    } else {
        right -= scroll.y;
    }
    if right != 0.0 {
        state.scale = state.scale.scrolled(right);
    }
}

/// The bar below the tracks: what shows, of all there is.
pub(super) fn bar_ui(ui: &Ui, state: &mut TimelinePanelState, view: &View<'_>, bar: Rect) {
    let color = &view.theme.color;
    let visible = f64::from(bar.width()) / state.scale.px_per_frame;
    let content = view.sequence().count().0 as f64 * 1.1;
    let total = content.max(state.scale.left_frame + visible).max(1.0);
    let per_frame = f64::from(bar.width()) / total;
    let left = bar.left() + (state.scale.left_frame * per_frame) as f32;
    let width = ((visible * per_frame) as f32)
        .max(THUMB_MIN_PX)
        .min(bar.width());
    let left = left.min(bar.right() - width);
    let thumb =
        Rect::from_x_y_ranges(left..=left + width, bar.y_range()).shrink2(egui::vec2(0.0, 2.0));
    let response = ui.interact(
        bar,
        Id::unique("timeline scroll bar"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Scroll timeline"));
    if response.dragged() {
        let frames = f64::from(response.drag_delta().x) / per_frame;
        state.scale.left_frame = (state.scale.left_frame + frames).max(0.0);
    } else if response.clicked()
        && let Some(pos) = response.interact_pointer_pos()
        && !thumb.contains(pos)
    {
        let middle = f64::from(pos.x - bar.left()) / per_frame;
        state.scale.left_frame = (middle - visible / 2.0).max(0.0);
    }
    let painter = ui.painter();
    painter.rect_filled(bar, 0.0, color.panel);
    let ink = if response.dragged() || response.hovered() {
        color.pressed
    } else {
        color.line_strong
    };
    painter.rect_filled(thumb, thumb.height() / 2.0, ink);
    let playhead = bar.left() + (view.playhead.0 as f64 * per_frame) as f32;
    if bar.x_range().contains(playhead) {
        painter.vline(
            playhead,
            bar.y_range(),
            egui::Stroke::new(1.0, color.playhead),
        );
    }
    response.on_hover_and_drag_cursor(CursorIcon::Default);
}

//! The bar above the ruler: tools, snapping, markers, zoom.

use super::{
    TimelinePanelState, ZoomRequest, icons,
    metrics::{PX_PER_FRAME_MAX, PX_PER_FRAME_MIN},
    tool::Tool,
};
use crate::{action::Action, view::View};
use egui::{Color32, Painter, Pos2, Response, Role, Sense, Slider, Ui, Vec2, WidgetInfo};

/// Side of a sign.
const SIGN_PX: f32 = 14.0;

/// Draws the bar.
pub(super) fn toolbar_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    actions: &mut Vec<Action>,
) {
    let space = view.theme.space;
    ui.spacing_mut().item_spacing.x = space.tiny;
    for tool in Tool::ALL {
        let is_on = state.tool == tool;
        let button = button_ui(ui, view, tool.label(), is_on, &|painter, at, ink| {
            icons::tool(painter, at, SIGN_PX, ink, tool);
        });
        let action = tool.action();
        if button.on_hover_text(action.tooltip(view.key_map)).clicked() {
            actions.push(action);
        }
    }
    divider(ui, view);
    let snapping = Action::ToggleSnapping;
    let button = button_ui(
        ui,
        view,
        snapping.text(),
        view.is_snapping,
        &|painter, at, ink| {
            icons::magnet(painter, at, SIGN_PX, ink);
        },
    );
    if button
        .on_hover_text(snapping.tooltip(view.key_map))
        .clicked()
    {
        actions.push(snapping);
    }
    let marker = Action::AddMarker;
    let button = button_ui(ui, view, marker.text(), false, &|painter, at, ink| {
        icons::flag(painter, at, SIGN_PX, ink);
    });
    if button.on_hover_text(marker.tooltip(view.key_map)).clicked() {
        actions.push(marker);
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        zoom_ui(ui, view, state);
    });
}

fn zoom_ui(ui: &mut Ui, view: &View<'_>, state: &mut TimelinePanelState) {
    ui.spacing_mut().item_spacing.x = view.theme.space.small;
    let fit = Action::ZoomToFit;
    let button = ui.add(egui::Button::new("Fit").small());
    if button.on_hover_text(fit.tooltip(view.key_map)).clicked() {
        state.zoom = Some(ZoomRequest::Fit);
    }
    // A hand judges zoom by ratio, so the slider runs over logarithms.
    let before = state.scale.px_per_frame.ln();
    let mut zoom = before;
    ui.spacing_mut().slider_width = 110.0;
    let range = PX_PER_FRAME_MIN.ln()..=PX_PER_FRAME_MAX.ln();
    let slider = ui.add(Slider::new(&mut zoom, range).show_value(false));
    slider.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Zoom"));
    if slider.on_hover_text("Zoom").changed() {
        state.zoom = Some(ZoomRequest::By((zoom - before).exp()));
    }
}

fn divider(ui: &mut Ui, view: &View<'_>) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(9.0, 18.0), Sense::hover());
    ui.painter()
        .vline(rect.center().x, rect.y_range(), view.theme.hairline());
}

/// Draws a sign at a place in an ink.
type Draw<'a> = dyn Fn(&Painter, Pos2, Color32) + 'a;

fn button_ui(ui: &mut Ui, view: &View<'_>, name: &str, is_on: bool, draw: &Draw<'_>) -> Response {
    let color = &view.theme.color;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(28.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, name));
    let ground = if is_on {
        color.accent_weak
    } else if response.is_pointer_button_down_on() {
        color.pressed
    } else if response.hovered() || response.has_focus() {
        color.hover
    } else {
        Color32::TRANSPARENT
    };
    ui.painter()
        .rect_filled(rect, view.theme.radius.control, ground);
    let ink = if is_on { color.accent } else { color.text_weak };
    draw(ui.painter(), rect.center(), ink);
    response
}

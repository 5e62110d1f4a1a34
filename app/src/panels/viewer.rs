//! The picture under the playhead, and the buttons that move it.

use crate::{
    action::Action,
    limits::VIEWER_SIDE_MAX,
    takes::Compare,
    transport::Transport,
    view::View,
    widgets::{
        control::{ButtonSpec, action_button_ui, badge_paint, icon_action_ui},
        icon::Icon,
        timecode_field::timecode_field_ui,
    },
};
use av::{Ratio, ScanSize, Timecode};
use egui::{Align, Layout, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2, pos2, vec2};
use runtime::{Comparison, PlaybackState};
use timeline::{Content, TakeId};

/// Parts of each side that text and action keep away from the edge, as broadcasters ask (EBU R 95).
const ACTION_SAFE: f32 = 0.035;
const TITLE_SAFE: f32 = 0.05;

/// Speeds offered beside the transport buttons.
const SPEEDS: [(i64, i64, &str); 6] = [
    (1, 4, "0.25×"),
    (1, 2, "0.5×"),
    (1, 1, "1×"),
    (3, 2, "1.5×"),
    (2, 1, "2×"),
    (4, 1, "4×"),
];

/// How large the picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewerZoom {
    /// All of it.
    #[default]
    Fit,
    /// One pixel of the sequence on one of the screen.
    ActualSize,
}

/// What the viewer remembers.
#[derive(Debug, Default)]
pub struct ViewerState {
    /// How large the picture is shown.
    pub zoom: ViewerZoom,
    /// Whether safe areas are drawn.
    pub shows_safe_areas: bool,
    /// Whether lines at thirds are drawn.
    pub shows_grid: bool,
    /// Where the middle of the picture stands when it is larger than the viewer.
    pan: Vec2,
    /// Where the frame was drawn last; nothing before that.
    pub frame_rect: Option<Rect>,
    /// Physical pixels that the picture has on the screen.
    pub wanted_size: Option<ScanSize>,
    /// Where the line between two compared takes stands, in parts of the picture's width.
    wipe: Wipe,
}

/// Where the line between two compared takes stands, in parts of the picture's width.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wipe(f32);

impl Default for Wipe {
    fn default() -> Self {
        Self(0.5)
    }
}

/// Draws picture and transport.
pub fn viewer_ui(
    ui: &mut Ui,
    view: &View<'_>,
    transport: &Transport,
    state: &mut ViewerState,
    actions: &mut Vec<Action>,
) {
    let bar_height = view.theme.size.toolbar;
    let full = ui.available_rect_before_wrap();
    let split = full.bottom() - bar_height;
    let picture_area = Rect::from_min_max(full.min, pos2(full.right(), split));
    let bar_area = Rect::from_min_max(pos2(full.left(), split), full.max);
    picture_ui(ui, view, state, picture_area);
    let layout = Layout::left_to_right(Align::Center);
    let bar_area = bar_area.shrink2(vec2(view.theme.space.medium, 0.0));
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(bar_area).layout(layout),
        |ui| {
            transport_ui(ui, view, transport, state, actions);
        },
    );
    ui.advance_cursor_after_rect(full);
}

fn picture_ui(ui: &mut Ui, view: &View<'_>, state: &mut ViewerState, area: Rect) {
    let theme = view.theme;
    let response = ui.interact(area, ui.scope_id().with("picture"), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, "Picture under the playhead")
    });
    let radius = egui::CornerRadius {
        nw: theme.radius.panel,
        ne: theme.radius.panel,
        sw: 0,
        se: 0,
    };
    ui.painter().rect_filled(area, radius, theme.color.viewer);
    let inner = area.shrink(theme.space.medium);
    let frame = view.sequence().size;
    let rect = picture_rect(ui, state, inner, frame, response.drag_delta());
    state.frame_rect = Some(rect.intersect(inner)).filter(|seen| *seen == rect);
    let density = ui.ctx().pixels_per_point();
    state.wanted_size = wanted_size(rect.size() * density, frame);
    let painter = ui.painter().with_clip_rect(inner);
    painter.rect_filled(rect, 0.0, egui::Color32::BLACK);
    if let Some(viewer) = view.pictures.viewer() {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        painter.image(viewer.texture.id(), rect, whole, egui::Color32::WHITE);
    }
    if let Some(compare) = view.compare {
        compared_ui(ui, view, state, (rect, inner), compare);
    }
    let line = |alpha: f32| Stroke::new(1.0, theme.color.text.gamma_multiply(alpha));
    if state.shows_safe_areas {
        for inset in [ACTION_SAFE, TITLE_SAFE] {
            let safe = rect.shrink2(rect.size() * inset);
            painter.rect_stroke(safe, 0.0, line(0.55), egui::StrokeKind::Middle);
        }
    }
    if state.shows_grid {
        for third in [1.0 / 3.0, 2.0 / 3.0] {
            let x = rect.left() + rect.width() * third;
            let y = rect.top() + rect.height() * third;
            painter.vline(x, rect.y_range(), line(0.4));
            painter.hline(rect.x_range(), y, line(0.4));
        }
    }
}

/// The other take: right of a line that can be moved, or how far both are apart.
fn compared_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut ViewerState,
    (rect, inner): (Rect, Rect),
    compare: Compare,
) {
    let theme = view.theme;
    let Some(other) = view.pictures.compared() else {
        return;
    };
    let painter = ui.painter().with_clip_rect(inner);
    let [shown, compared] = take_numbers(view, compare);
    let badge = |at: Pos2, text: &str| {
        let colors = (theme.color.scrim, theme.color.text_on_item);
        badge_paint(ui, theme, at, text, colors)
    };
    let top = rect.intersect(inner).left_top() + vec2(8.0, 8.0);
    if compare.how == Comparison::Difference {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        painter.image(other.texture.id(), rect, whole, egui::Color32::WHITE);
        badge(
            top,
            &format!("Take {shown} against take {compared}, four times as strong"),
        );
        return;
    }
    let x = egui::lerp(rect.x_range(), state.wipe.0);
    let right = Rect::from_min_max(pos2(x, rect.top()), rect.max);
    let part = Rect::from_min_max(pos2(state.wipe.0, 0.0), pos2(1.0, 1.0));
    painter.image(other.texture.id(), right, part, egui::Color32::WHITE);
    painter.vline(x, rect.y_range(), Stroke::new(2.0, theme.color.selection));
    badge(top, &format!("Take {shown}"));
    let corner = rect.intersect(inner).right_top() + vec2(-58.0, 8.0);
    badge(corner, &format!("Take {compared}"));
    let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(16.0, rect.height()));
    let id = ui.scope_id().with("wipe");
    let response = ui
        .interact(grip, id, Sense::drag())
        .on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    response.widget_info(|| {
        egui::WidgetInfo::slider(true, f64::from(state.wipe.0), "Line between the takes")
    });
    if let Some(pointer) = response.interact_pointer_pos() {
        let part = (pointer.x - rect.left()) / rect.width().max(1.0);
        state.wipe = Wipe(part.clamp(0.0, 1.0));
    }
}

/// The numbers of the shown and the compared take.
fn take_numbers(view: &View<'_>, compare: Compare) -> [usize; 2] {
    let found = view.sequence().item(compare.item);
    let Some(Content::Generated(generated)) = found.map(|(_, item)| &item.content) else {
        return [0; 2];
    };
    let number = |id: Option<TakeId>| {
        let place = generated.takes.iter().position(|take| Some(take.id) == id);
        place.map_or(0, |place| place + 1)
    };
    [number(generated.active), number(Some(compare.take))]
}

/// Where the whole frame goes: fitted into `inner`, or at its own size around the middle and moved by hand.
fn picture_rect(
    ui: &Ui,
    state: &mut ViewerState,
    inner: Rect,
    frame: ScanSize,
    dragged: Vec2,
) -> Rect {
    let frame = vec2(frame.width as f32, frame.height as f32);
    match state.zoom {
        ViewerZoom::Fit => {
            state.pan = Vec2::ZERO;
            let scale = (inner.width() / frame.x).min(inner.height() / frame.y);
            Rect::from_center_size(inner.center(), frame * scale.max(0.0))
        }
        ViewerZoom::ActualSize => {
            let size = frame / ui.ctx().pixels_per_point();
            let room = ((size - inner.size()) / 2.0).max(Vec2::ZERO);
            state.pan = (state.pan + dragged).clamp(-room, room);
            Rect::from_center_size(inner.center() + state.pan, size)
        }
    }
}

/// Even physical pixels, never more than the sequence has.
fn wanted_size(pixels: Vec2, frame: ScanSize) -> Option<ScanSize> {
    let even = |side: f32, most: u32| {
        let side = (side.round().max(0.0) as u32).next_multiple_of(2);
        side.min(most).min(VIEWER_SIDE_MAX)
    };
    let size = ScanSize::new(even(pixels.x, frame.width), even(pixels.y, frame.height));
    (size.width >= 16 && size.height >= 16).then_some(size)
}

fn transport_ui(
    ui: &mut Ui,
    view: &View<'_>,
    transport: &Transport,
    state: &ViewerState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let full = ui.available_rect_before_wrap();
    timecode_field_ui(ui, view, actions);
    let end = Timecode::from_frame(view.sequence().range().end(), view.rate());
    ui.label(
        RichText::new(format!("/ {end}"))
            .font(theme.mono())
            .color(theme.color.text_faint),
    );
    let buttons = 7.0;
    let width = buttons * theme.size.control + (buttons - 1.0) * 2.0;
    let middle = Rect::from_center_size(full.center(), vec2(width, theme.size.control));
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(middle).layout(layout),
        |ui| {
            ui.spacing_mut().item_spacing.x = theme.space.tiny;
            buttons_ui(ui, view, transport, actions);
        },
    );
    let right = Rect::from_min_max(pos2(middle.right(), full.top()), full.max);
    let layout = Layout::right_to_left(Align::Center);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(right).layout(layout),
        |ui| {
            ui.spacing_mut().item_spacing.x = theme.space.tiny;
            looks_ui(ui, view, state, actions);
            speed_ui(ui, view, actions);
            health_ui(ui, view, transport);
        },
    );
}

fn buttons_ui(ui: &mut Ui, view: &View<'_>, transport: &Transport, actions: &mut Vec<Action>) {
    icon_action_ui(ui, view, Icon::ToStart, Action::GoToStart, actions);
    icon_action_ui(ui, view, Icon::StepBack, Action::StepBack, actions);
    icon_action_ui(ui, view, Icon::PlayBack, Action::PlayReverse, actions);
    let (icon, name) = if transport.is_playing() {
        (Icon::Pause, "Pause")
    } else {
        (Icon::Play, "Play")
    };
    let spec = ButtonSpec::icon(icon, name).weight(crate::widgets::control::Weight::Normal);
    action_button_ui(ui, view, spec, Action::PlayPause, actions);
    icon_action_ui(ui, view, Icon::StepForward, Action::StepForward, actions);
    icon_action_ui(ui, view, Icon::ToEnd, Action::GoToEnd, actions);
    let spec = ButtonSpec::icon(Icon::Loop, Action::ToggleLoop.text()).on(transport.is_looping);
    action_button_ui(ui, view, spec, Action::ToggleLoop, actions);
}

fn looks_ui(ui: &mut Ui, view: &View<'_>, state: &ViewerState, actions: &mut Vec<Action>) {
    let grid = ButtonSpec::icon(Icon::Grid, "Grid").on(state.shows_grid);
    action_button_ui(ui, view, grid, Action::ToggleGrid, actions);
    let safe = ButtonSpec::icon(Icon::SafeArea, "Safe areas").on(state.shows_safe_areas);
    action_button_ui(ui, view, safe, Action::ToggleSafeAreas, actions);
    let (text, action) = match state.zoom {
        ViewerZoom::Fit => ("Fit", Action::ViewerActualSize),
        ViewerZoom::ActualSize => ("100 %", Action::ViewerFit),
    };
    let spec = ButtonSpec {
        name: "Viewer size",
        ..ButtonSpec::text(text).weight(crate::widgets::control::Weight::Quiet)
    };
    action_button_ui(ui, view, spec, action, actions);
}

fn speed_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let shown = match view.playback {
        PlaybackState::Playing(speed) if speed != Ratio::ONE => {
            let speed = speed.as_f64();
            format!("{speed}×")
        }
        PlaybackState::Playing(_) | PlaybackState::Paused => "1×".to_owned(),
    };
    let color = view.theme.color.text_weak;
    let menu = ui.menu_button(RichText::new(shown).color(color), |ui| {
        for (num, den, label) in SPEEDS {
            if ui.button(label).clicked()
                && let Ok(speed) = Ratio::new(num, den)
            {
                actions.push(Action::PlayAt { speed });
                ui.close();
            }
        }
    });
    menu.response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Playback speed"));
    menu.response.on_hover_text("Play at another speed");
}

/// A quiet word when playback could not keep up; what it keeps time with on hovering.
fn health_ui(ui: &mut Ui, view: &View<'_>, transport: &Transport) {
    if transport.clock.is_empty() {
        return;
    }
    let color = &view.theme.color;
    let (text, ink) = match transport.dropped_frames {
        0 => ("•".to_owned(), color.success),
        count => (format!("• {count} dropped"), color.warning),
    };
    let size = view.theme.text.small;
    ui.label(RichText::new(text).size(size).color(ink))
        .on_hover_text(format!(
            "Keeps time with: {}\nFrames that came too late: {}",
            transport.clock, transport.dropped_frames
        ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewer_never_asks_for_more_than_the_sequence_has() {
        let frame = ScanSize::new(1280, 720);
        assert_eq!(
            wanted_size(vec2(641.0, 361.0), frame),
            Some(ScanSize::new(642, 362))
        );
        assert_eq!(wanted_size(vec2(9000.0, 9000.0), frame), Some(frame));
        assert_eq!(wanted_size(vec2(0.0, 4.0), frame), None);
    }
}

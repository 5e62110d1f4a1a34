//! Lays the panel out and draws it, one frame at a time.

use super::{
    TimelinePanelState, headers,
    hit::{Hit, ItemPart, Lanes},
    interact::{self, Scene},
    lanes::{self, Stage},
    menu,
    metrics::{HEADER_WIDTH_PX, RULER_HEIGHT_PX},
    names, overlay, place,
    rows::Rows,
    ruler, scroll,
    tool::Tool,
    toolbar,
};
use crate::{action::Action, view::View};
use egui::{
    Align, Align2, Id, Layout, Painter, Popup, Rect, Response, Role, Sense, SetOpenCommand, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use timeline::edit::Edge;

/// Height of the bar with tools.
const TOOLBAR_PX: f32 = 32.0;

/// Height of the bar that scrolls time.
const BAR_PX: f32 = 11.0;

/// Where the parts of the panel are.
pub(super) struct Areas {
    pub toolbar: Rect,
    /// Above the headers, beside the ruler.
    pub corner: Rect,
    pub ruler: Rect,
    pub headers: Rect,
    pub lanes: Rect,
    pub bar: Rect,
}

impl Areas {
    fn new(whole: Rect) -> Self {
        let (toolbar, rest) = whole.split_top_bottom_at_y(whole.top() + TOOLBAR_PX);
        let (left, right) = rest.split_left_right_at_x(rest.left() + HEADER_WIDTH_PX);
        let (corner, headers) = left.split_top_bottom_at_y(left.top() + RULER_HEIGHT_PX);
        let (ruler, right) = right.split_top_bottom_at_y(right.top() + RULER_HEIGHT_PX);
        let (lanes, bar) = right.split_top_bottom_at_y(right.bottom() - BAR_PX);
        Self {
            toolbar: toolbar.shrink2(vec2(8.0, 0.0)),
            corner,
            ruler,
            headers: headers.with_max_y(lanes.bottom()),
            lanes,
            bar,
        }
    }
}

/// Draws the timeline and collects what is asked of it.
pub fn timeline_panel_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    actions: &mut Vec<Action>,
) {
    let whole = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(whole);
    let areas = Areas::new(whole);
    let builder = UiBuilder::new()
        .max_rect(areas.toolbar)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| toolbar::toolbar_ui(ui, view, state, actions));
    state.scale.origin_x = areas.lanes.left();
    scroll::serve_request(state, view, &areas);
    scroll::follow(state, view, &areas);
    let rows_height = Rows::new(view.sequence(), &state.heights, 0.0).height;
    scroll::wheel(ui, state, &areas, rows_height);
    let top = areas.lanes.top() - state.scroll_y;
    let rows = Rows::new(view.sequence(), &state.heights, top);
    ui.painter().rect_filled(
        areas.headers.union(areas.lanes),
        0.0,
        view.theme.color.panel,
    );
    headers::headers_ui(ui, view, state, (&rows, areas.headers), actions);
    tracks_ui(ui, view, state, (&areas, &rows), actions);
    corner(ui.painter(), view, areas.corner);
    scroll::bar_ui(ui, state, view, areas.bar);
}

fn tracks_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (areas, rows): (&Areas, &Rows),
    actions: &mut Vec<Action>,
) {
    let lanes = Lanes {
        sequence: view.sequence(),
        rows,
        scale: state.scale,
        ruler: areas.ruler,
        rect: areas.lanes,
    };
    let id = Id::unique("timeline lanes");
    let area = areas.ruler.union(areas.lanes);
    let response = ui.interact(area, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, "Timeline"));
    let pos = ui.input(|input| input.pointer.latest_pos());
    let hover = match pos {
        Some(pos) if response.contains_pointer() => lanes.hit(pos),
        _ => Hit::Outside,
    };
    ruler::paint(ui.painter(), view, &lanes, hover);
    let stage = Stage {
        view,
        lanes: &lanes,
        hover,
    };
    let clicks = lanes::lanes_ui(ui, &stage, &mut state.waveforms);
    ruler::shade_outside(ui.painter(), view, &lanes);
    if view.sequence().count() == av::FrameCount::ZERO {
        hint(ui.painter(), view, areas.lanes);
    }
    let scene = Scene {
        view,
        lanes: &lanes,
        response: &response,
        hover,
        clicks: &clicks,
    };
    interact::interact(ui, &scene, state, actions);
    menu_ui(ui, &scene, state, actions);
    if state.drag.is_none() {
        paint_hover(ui, &scene, state.tool);
    }
    ruler::paint_playhead(ui.painter(), view, &lanes);
    if let (Some(drag), Some(pos)) = (&state.drag, pos) {
        overlay::paint_drag(ui.painter(), view, &lanes, drag, pos);
    }
    let modifiers = ui.input(|input| input.modifiers);
    let tolerance = interact::tolerance(view, &lanes, modifiers);
    place::drop_ui(ui, view, &lanes, (&response, tolerance), actions);
    rename_field(ui, view, state, &lanes, actions);
}

fn menu_ui(ui: &Ui, scene: &Scene<'_>, state: &mut TimelinePanelState, actions: &mut Vec<Action>) {
    let clicked = |response: &Response| response.clicked() || scene.clicks.primary.is_some();
    let command = if scene.response.secondary_clicked() || scene.clicks.secondary.is_some() {
        Some(SetOpenCommand::Bool(true))
    } else if clicked(scene.response)
        || ui.input(|input| input.pointer.primary_pressed())
            && scene.response.is_pointer_button_down_on()
    {
        Some(SetOpenCommand::Bool(false))
    } else {
        None
    };
    let Some(target) = state.menu else { return };
    Popup::menu(scene.response)
        .open_memory(command)
        .at_pointer_fixed()
        .show(|ui| menu::menu(ui, scene.view, state, target, actions));
}

/// Shows what a press would grab: edges, cuts, fade handles, the razor's line.
fn paint_hover(ui: &Ui, scene: &Scene<'_>, tool: Tool) {
    let lanes = scene.lanes;
    let Some(track) = scene.hover.track().and_then(|id| lanes.sequence.track(id)) else {
        return;
    };
    let Some(row) = lanes.rows.of(track.id).filter(|_| !track.is_locked) else {
        return;
    };
    let painter = ui.painter();
    if tool == Tool::Razor {
        if let Some((at, _)) = interact::razor_cut(ui, scene, scene.hover) {
            let is_all = ui.input(|input| input.modifiers.shift);
            let y = if is_all { lanes.rect.y_range() } else { row.y };
            ruler::paint_razor(painter, scene.view, lanes, (at, y));
        }
        return;
    }
    let edge_x = |item, edge| {
        let frame = super::drag::edge_of(lanes.sequence, item, edge)?;
        Some(lanes.scale.x_from_frame(frame))
    };
    let bar = |item, edge| {
        if let Some(x) = edge_x(item, edge) {
            overlay::paint_edge(painter, scene.view, lanes, x, row.y, edge);
        }
    };
    match scene.hover {
        Hit::Item { item, part, .. } => {
            fade_handles(painter, scene, (row, item), part);
            if let ItemPart::Trim(edge) = part {
                bar(item, edge);
            }
        }
        Hit::Cut { left, right, .. } => {
            bar(left, Edge::End);
            bar(right, Edge::Start);
        }
        _ => {}
    }
}

fn fade_handles(
    painter: &Painter,
    scene: &Scene<'_>,
    (row, item): (&super::rows::Row, timeline::ItemId),
    part: ItemPart,
) {
    let Some((_, item)) = scene.lanes.sequence.item(item) else {
        return;
    };
    let Some(handles) = scene.lanes.fade_handles(row, item) else {
        return;
    };
    let color = &scene.view.theme.color;
    let painter = painter.with_clip_rect(scene.lanes.rect);
    for (edge, center) in [Edge::Start, Edge::End].into_iter().zip(handles) {
        let is_under = part == ItemPart::Fade(edge);
        let radius = if is_under { 5.0 } else { 3.5 };
        let ink = if is_under {
            color.accent
        } else {
            color.text_on_item
        };
        painter.circle(center, radius, ink, egui::Stroke::new(1.0, color.sunken));
    }
}

/// The field for a new name of an item or a marker, where the name stands. Tracks have theirs in the header.
fn rename_field(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    lanes: &Lanes<'_>,
    actions: &mut Vec<Action>,
) {
    let Some(rename) = &state.rename else { return };
    let rect = match rename.what {
        super::Renamed::Track(_) => return,
        super::Renamed::Item(item) => {
            let place = view.sequence().item(item);
            place.and_then(|(track, item)| {
                let row = lanes.rows.of(track.id)?;
                let rect = lanes.item_rect(row, item.range()).intersect(lanes.rect);
                Some(Rect::from_min_size(
                    rect.min,
                    vec2(rect.width().clamp(90.0, 220.0), 20.0),
                ))
            })
        }
        super::Renamed::Marker(marker) => {
            let mut markers = view.sequence().markers.iter();
            markers.find(|found| found.id == marker).map(|marker| {
                let x = lanes.scale.x_from_frame(marker.frame);
                Rect::from_min_size(pos2(x, lanes.ruler.bottom() - 20.0), vec2(140.0, 20.0))
            })
        }
    };
    match rect {
        Some(rect) => overlay::rename_ui(ui, view, state, rect, actions),
        // What was being named is gone.
        None => state.rename = None,
    }
}

/// What to do with an empty timeline.
fn hint(painter: &Painter, view: &View<'_>, lanes: Rect) {
    let theme = view.theme;
    let font = theme.font(theme.text.body);
    let text = "Drag media here to begin";
    painter.text(
        lanes.center(),
        Align2::CENTER_CENTER,
        text,
        font,
        theme.color.text_faint,
    );
}

/// Where the playhead stands, beside the ruler.
fn corner(painter: &Painter, view: &View<'_>, rect: Rect) {
    let theme = view.theme;
    painter.rect_filled(rect, 0.0, theme.color.panel);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let text = names::timecode(view.playhead, view.rate());
    let font = egui::FontId::monospace(theme.text.strong);
    let at = rect.left_center() + vec2(12.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, text, font, theme.color.text);
}

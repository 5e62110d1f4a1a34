//! Track headers: name, switches, and the border that makes a track taller.

mod switch;

use self::switch::SWITCH_PX;
use super::{
    Rename, Renamed, TimelinePanelState,
    metrics::TRACK_GAP_PX,
    rows::{Row, Rows, clamp_height},
};
use crate::{action::Action, view::View};
use egui::{Align2, CursorIcon, FontId, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use timeline::{Track, TrackKind};

/// Width of the strip that tells pictures from sound.
const STRIP_PX: f32 = 3.0;

/// Draws every header.
pub(super) fn headers_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (rows, area): (&Rows, Rect),
    actions: &mut Vec<Action>,
) {
    let clip = ui.clip_rect().intersect(area);
    ui.scope_builder(egui::UiBuilder::new().max_rect(area), |ui| {
        ui.set_clip_rect(clip);
        for row in &rows.list {
            let rect = Rect::from_x_y_ranges(area.x_range(), row.y);
            if rect.intersects(clip) {
                let track = &view.sequence().tracks[row.index];
                header_ui(ui, view, state, (row, track, rect), actions);
            }
        }
    });
}

fn header_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (row, track, rect): (&Row, &Track, Rect),
    actions: &mut Vec<Action>,
) {
    let color = &view.theme.color;
    let id = Id::unique(("track header", row.track));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("Track {}", row.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
    let ground = if response.hovered() {
        color.hover
    } else {
        color.raised
    };
    let painter = ui.painter().with_clip_rect(ui.clip_rect());
    painter.rect_filled(rect, 0.0, ground);
    let kind = match row.kind {
        TrackKind::Video => color.video_header,
        TrackKind::Audio => color.audio_header,
        TrackKind::Caption => color.title_header,
    };
    painter.rect_filled(rect.with_max_x(rect.left() + STRIP_PX), 0.0, kind);
    name_ui(ui, view, state, (row, track, rect), actions);
    switch::switches_ui(ui, view, (row, track, rect), actions);
    if response.double_clicked() {
        state.rename = Some(Rename {
            what: Renamed::Track(row.track),
            text: track.label.clone(),
            has_begun: false,
        });
    }
    response.context_menu(|ui| super::menu::track_menu(ui, view, state, (row, track), actions));
    height_ui(ui, state, row, rect);
}

fn name_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (row, track, rect): (&Row, &Track, Rect),
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let place = Rect::from_min_max(
        pos2(rect.left() + STRIP_PX + 8.0, rect.top()),
        pos2(rect.right() - 3.0 * SWITCH_PX - 6.0, rect.bottom()),
    );
    if state
        .rename
        .as_ref()
        .is_some_and(|rename| rename.what == Renamed::Track(track.id))
    {
        let field = Rect::from_center_size(place.center(), vec2(place.width(), 22.0));
        super::overlay::rename_ui(ui, view, state, field, actions);
        return;
    }
    let ink = if track.is_muted {
        theme.color.text_faint
    } else {
        theme.color.text
    };
    let painter = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
    let font = FontId::proportional(theme.text.strong);
    painter.text(
        place.left_center(),
        Align2::LEFT_CENTER,
        &row.name,
        font,
        ink,
    );
}

/// The lower border of a header makes its track taller; a double click gives it its usual height.
fn height_ui(ui: &Ui, state: &mut TimelinePanelState, row: &Row, rect: Rect) {
    let border = Rect::from_x_y_ranges(
        rect.x_range(),
        rect.bottom() - 2.0..=rect.bottom() + TRACK_GAP_PX + 1.0,
    );
    let id = Id::unique(("track height", row.track));
    let response = ui.interact(border, id, Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Splitter, true, format!("Height, track {}", row.name))
    });
    if response.dragged() {
        let height = rect.height() + response.drag_delta().y;
        state.heights.insert(row.track, clamp_height(height));
    }
    if response.double_clicked() {
        state.heights.remove(&row.track);
    }
    response.on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
}

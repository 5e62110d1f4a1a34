//! Track headers: name, switches, and the border that makes a track taller.

use super::{
    Rename, Renamed, TimelinePanelState, icons,
    metrics::TRACK_GAP_PX,
    rows::{Row, Rows, clamp_height},
};
use crate::{action::Action, view::View};
use egui::{
    Align2, Color32, CursorIcon, FontId, Id, Painter, Pos2, Rect, Response, Role, Sense, Ui,
    WidgetInfo, pos2, vec2,
};
use timeline::{Edit, Track, TrackKind};

/// Side of a switch.
const SWITCH_PX: f32 = 22.0;

/// Side of the sign on a switch.
const SIGN_PX: f32 = 13.0;

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
    switches_ui(ui, view, (row, track, rect), actions);
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

fn switches_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (row, track, rect): (&Row, &Track, Rect),
    actions: &mut Vec<Action>,
) {
    let color = &view.theme.color;
    let place = |slot: f32| {
        let right = rect.right() - 4.0 - slot * SWITCH_PX;
        Rect::from_center_size(
            pos2(right - SWITCH_PX / 2.0, rect.center().y),
            vec2(SWITCH_PX, SWITCH_PX.min(rect.height())),
        )
    };
    let mut switch =
        |slot: f32, name: &str, is_on: bool, ink: Color32, draw: &Draw<'_>, edit: Edit| {
            let label = format!("{name}, track {}", row.name);
            let response = ui.interact(place(slot), Id::unique((name, row.track)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, &label));
            paint_switch(ui.painter(), view, &response, ink, draw);
            if response.on_hover_text(label).clicked() {
                actions.push(Action::Apply { edit });
            }
        };
    let id = track.id;
    let (muted, locked, solo) = (track.is_muted, track.is_locked, track.is_solo);
    let lock_ink = if locked {
        color.warning
    } else {
        color.text_faint
    };
    switch(
        0.0,
        "Lock",
        locked,
        lock_ink,
        &|painter, at, ink| {
            icons::lock(painter, at, SIGN_PX, ink, locked);
        },
        Edit::LockTrack {
            track: id,
            is_locked: !locked,
        },
    );
    if row.kind == TrackKind::Audio {
        let ink = if solo { color.mark } else { color.text_faint };
        switch(
            1.0,
            "Solo",
            solo,
            ink,
            &|painter, at, ink| {
                let font = FontId::proportional(12.5);
                painter.text(at, Align2::CENTER_CENTER, "S", font, ink);
            },
            Edit::SoloTrack {
                track: id,
                is_solo: !solo,
            },
        );
    }
    let mute_slot = if row.kind == TrackKind::Audio {
        2.0
    } else {
        1.0
    };
    let mute_name = if row.kind == TrackKind::Audio {
        "Mute"
    } else {
        "Hide"
    };
    let mute_ink = if muted { color.error } else { color.text_weak };
    switch(
        mute_slot,
        mute_name,
        muted,
        mute_ink,
        &|painter, at, ink| {
            if row.kind == TrackKind::Audio {
                icons::speaker(painter, at, SIGN_PX, ink, muted);
            } else {
                icons::eye(painter, at, SIGN_PX + 1.0, ink, muted);
            }
        },
        Edit::MuteTrack {
            track: id,
            is_muted: !muted,
        },
    );
}

/// Draws a sign at a place in an ink.
type Draw<'a> = dyn Fn(&Painter, Pos2, Color32) + 'a;

fn paint_switch(
    painter: &Painter,
    view: &View<'_>,
    response: &Response,
    ink: Color32,
    draw: &Draw<'_>,
) {
    let color = &view.theme.color;
    let ink = if response.hovered() || response.has_focus() {
        painter.rect_filled(
            response.rect.shrink(1.0),
            view.theme.radius.control,
            color.pressed,
        );
        ink.lerp_to_gamma(color.text, 0.5)
    } else {
        ink
    };
    draw(painter, response.rect.center(), ink);
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

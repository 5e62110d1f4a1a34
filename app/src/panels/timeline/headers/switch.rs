//! The switches of a track: lock, solo, and whether it is shown or heard.

use crate::{
    action::Action,
    panels::timeline::{icons, rows::Row},
    view::View,
};
use egui::{
    Align2, Color32, FontId, Id, Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use timeline::{Edit, Track, TrackKind};

/// Side of a switch.
pub(super) const SWITCH_PX: f32 = 22.0;

/// Side of the sign on a switch.
const SIGN_PX: f32 = 13.0;

/// A switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Switch {
    Lock,
    Solo,
    Mute,
}

/// Draws the switches of a track, rightmost first.
pub(super) fn switches_ui(
    ui: &Ui,
    view: &View<'_>,
    (row, track, rect): (&Row, &Track, Rect),
    actions: &mut Vec<Action>,
) {
    let offered: &[Switch] = match row.kind {
        TrackKind::Audio => &[Switch::Lock, Switch::Solo, Switch::Mute],
        TrackKind::Video | TrackKind::Caption => &[Switch::Lock, Switch::Mute],
    };
    let mut right = rect.right() - 4.0;
    for switch in offered {
        let place = Rect::from_center_size(
            pos2(right - SWITCH_PX / 2.0, rect.center().y),
            vec2(SWITCH_PX, SWITCH_PX.min(rect.height())),
        );
        right -= SWITCH_PX;
        switch.ui(ui, view, (row, track, place), actions);
    }
}

impl Switch {
    fn ui(
        self,
        ui: &Ui,
        view: &View<'_>,
        (row, track, place): (&Row, &Track, Rect),
        actions: &mut Vec<Action>,
    ) {
        let color = &view.theme.color;
        let name = format!("{}, track {}", self.name(row.kind), row.name);
        let id = Id::unique(("track switch", self, row.track));
        let response = ui.interact(place, id, Sense::click());
        let is_on = self.is_on(track);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, &name));
        let mut ink = match self {
            _ if !is_on => color.text_faint,
            Self::Lock => color.warning,
            Self::Solo => color.mark,
            Self::Mute => color.error,
        };
        if response.hovered() || response.has_focus() {
            let ground = place.shrink(1.0);
            ui.painter()
                .rect_filled(ground, view.theme.radius.control, color.pressed);
            ink = ink.lerp_to_gamma(color.text, 0.5);
        }
        self.draw(ui.painter(), place.center(), ink, (row.kind, is_on));
        if response.on_hover_text(name).clicked() {
            actions.push(Action::Apply {
                edit: self.flipped(track),
            });
        }
    }

    fn name(self, kind: TrackKind) -> &'static str {
        match (self, kind) {
            (Self::Lock, _) => "Lock",
            (Self::Solo, _) => "Solo",
            (Self::Mute, TrackKind::Audio) => "Mute",
            (Self::Mute, TrackKind::Video | TrackKind::Caption) => "Hide",
        }
    }

    fn is_on(self, track: &Track) -> bool {
        match self {
            Self::Lock => track.is_locked,
            Self::Solo => track.is_solo,
            Self::Mute => track.is_muted,
        }
    }

    fn flipped(self, of: &Track) -> Edit {
        let track = of.id;
        match self {
            Self::Lock => Edit::LockTrack {
                track,
                is_locked: !of.is_locked,
            },
            Self::Solo => Edit::SoloTrack {
                track,
                is_solo: !of.is_solo,
            },
            Self::Mute => Edit::MuteTrack {
                track,
                is_muted: !of.is_muted,
            },
        }
    }

    fn draw(self, painter: &Painter, at: Pos2, ink: Color32, (kind, is_on): (TrackKind, bool)) {
        match (self, kind) {
            (Self::Lock, _) => icons::lock(painter, at, SIGN_PX, ink, is_on),
            (Self::Solo, _) => {
                painter.text(
                    at,
                    Align2::CENTER_CENTER,
                    "S",
                    FontId::proportional(SIGN_PX),
                    ink,
                );
            }
            (Self::Mute, TrackKind::Audio) => icons::speaker(painter, at, SIGN_PX, ink, is_on),
            (Self::Mute, TrackKind::Video | TrackKind::Caption) => {
                icons::eye(painter, at, SIGN_PX + 1.0, ink, is_on);
            }
        }
    }
}

//! Every step made so far; a click goes there.

use crate::{action::Action, view::View, widgets::icon::Icon};
use egui::{CornerRadius, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use timeline::History;

/// Draws the list, oldest first.
pub fn history_ui(ui: &mut Ui, view: &View<'_>, history: &History, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let now = history.cursor();
    ScrollArea::vertical()
        .auto_shrink(false)
        .stick_to_bottom(true)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (index, step) in history.steps().enumerate() {
                let size = vec2(ui.available_width(), theme.size.row);
                let (rect, response) = ui.allocate_exact_size(size, Sense::click());
                let is_now = index == now;
                response.widget_info(|| {
                    WidgetInfo::selected(
                        Role::Button,
                        true,
                        is_now,
                        format!("Step {index}: {}", step.label),
                    )
                });
                let ground = match (is_now, response.hovered()) {
                    (true, _) => theme.color.accent_weak,
                    (false, true) => theme.color.hover,
                    (false, false) => egui::Color32::TRANSPARENT,
                };
                let radius = CornerRadius::same(theme.radius.control);
                ui.painter().rect_filled(rect, radius, ground);
                let ink = if index <= now {
                    theme.color.text
                } else {
                    theme.color.text_faint
                };
                let sign = Rect::from_min_size(rect.min, vec2(theme.size.row, theme.size.row));
                let icon = if index > now { Icon::Redo } else { Icon::Check };
                icon.paint(
                    ui.painter(),
                    sign,
                    12.0,
                    if is_now {
                        theme.color.accent
                    } else {
                        theme.color.text_faint
                    },
                );
                ui.painter().text(
                    pos2(sign.right(), rect.center().y),
                    egui::Align2::LEFT_CENTER,
                    &step.label,
                    theme.font(theme.text.body),
                    ink,
                );
                if response.clicked() {
                    actions.push(Action::GoToStep { steps: index });
                }
            }
        });
}

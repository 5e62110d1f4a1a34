//! What the user was told: floating for a while, and as a list with details.

use crate::{
    action::Action,
    notice::{Notice, NoticeKind, Notices},
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui, empty_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{Align, Color32, Layout, RichText, ScrollArea, Sense, Stroke, Ui, vec2};

/// Width of a floating notice.
const TOAST_WIDTH: f32 = 340.0;

/// Draws the list.
pub fn notices_ui(ui: &mut Ui, view: &View<'_>, notices: &Notices, actions: &mut Vec<Action>) {
    if notices.is_empty() {
        let hint = "What went wrong, and what to do, shows here";
        empty_ui(ui, view.theme, Icon::Bell, "No notices", hint);
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for notice in notices.iter() {
            view.theme.card_frame().show(ui, |ui| {
                ui.set_width(ui.available_width());
                notice_ui(ui, view, notice, actions);
                if !notice.details.is_empty() {
                    let title = RichText::new("Details").size(view.theme.text.small);
                    egui::CollapsingHeader::new(title)
                        .id_salt(notice.id)
                        .show(ui, |ui| details_ui(ui, view, &notice.details));
                }
            });
        }
    });
}

fn details_ui(ui: &mut Ui, view: &View<'_>, details: &[String]) {
    for line in details {
        let text = RichText::new(line)
            .font(view.theme.mono())
            .color(view.theme.color.text_weak);
        ui.add(egui::Label::new(text).selectable(true).wrap());
    }
}

/// Draws what floats, at the lower right, newest below.
pub fn toasts_ui(
    ctx: &egui::Context,
    view: &View<'_>,
    notices: &Notices,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let newest: Vec<_> = notices.floating().take(crate::limits::TOASTS_MAX).collect();
    if newest.is_empty() {
        return;
    }
    egui::Area::new(egui::Id::unique("toasts"))
        .anchor(egui::Align2::RIGHT_BOTTOM, vec2(-theme.space.large, -40.0))
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            for notice in newest.into_iter().rev() {
                let (_, ink) = look(view, notice.kind);
                egui::Frame::new()
                    .fill(theme.color.raised)
                    .stroke(Stroke::new(1.0, ink.gamma_multiply(0.55)))
                    .corner_radius(theme.radius.panel)
                    .inner_margin(egui::Margin::same(theme.space.medium as i8))
                    .shadow(ui.visuals().popup_shadow)
                    .show(ui, |ui| {
                        ui.set_width(TOAST_WIDTH);
                        notice_ui(ui, view, notice, actions);
                    });
            }
        });
}

fn notice_ui(ui: &mut Ui, view: &View<'_>, notice: &Notice, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let (icon, ink) = look(view, notice.kind);
    ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
        let close = ButtonSpec::icon(Icon::Close, "Dismiss notice");
        if button_ui(ui, theme, close).clicked() {
            actions.push(Action::DismissNotice { notice: notice.id });
        }
        ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
            icon.paint(ui.painter(), rect, theme.size.icon, ink);
            ui.vertical(|ui| {
                let times = if notice.count > 1 {
                    format!(" ({} times)", notice.count)
                } else {
                    String::new()
                };
                let text = format!("{}{times}", notice.summary);
                ui.add(egui::Label::new(RichText::new(text).color(theme.color.text)).wrap());
                if !notice.help.is_empty() {
                    weak_ui(ui, theme, &notice.help);
                }
                if let Some(path) = &notice.path {
                    weak_ui(ui, theme, path.display().to_string());
                }
            });
        });
    });
}

fn look(view: &View<'_>, kind: NoticeKind) -> (Icon, Color32) {
    let color = &view.theme.color;
    match kind {
        NoticeKind::Error => (Icon::Warning, color.error),
        NoticeKind::Warning => (Icon::Warning, color.warning),
        NoticeKind::Waiting => (Icon::History, color.accent),
        NoticeKind::Success => (Icon::Check, color.success),
    }
}

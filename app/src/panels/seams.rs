//! The seam inspector: where generated frames meet others, the worst first; a press plays the frames around one over
//! and over.

use super::takes::verdict_color;
use crate::{
    action::Action,
    selection::Selection,
    takes::{Join, SEAM_FRAMES, SeamOrder, Verdict, joins},
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, button_ui, empty_ui, weak_ui},
        icon::Icon,
    },
};
use av::Timecode;
use egui::{Align, Color32, Label, Layout, RichText, ScrollArea, Ui};
use timeline::ItemId;

/// What the seam inspector remembers.
#[derive(Debug, Default)]
pub struct SeamsState {
    /// By what seams are sorted.
    pub order: SeamOrder,
    /// The seam that was looped last: its item, and whether it is at its start.
    pub looped: Option<(ItemId, bool)>,
}

/// Draws the list.
pub fn seams_ui(ui: &mut Ui, view: &View<'_>, state: &mut SeamsState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let joins = joins(view.document, state.order);
    if joins.is_empty() {
        let hint = "Fill a gap or extend a clip: where new frames meet others is listed here";
        empty_ui(ui, theme, Icon::Sparkle, "No seams", hint);
        return;
    }
    ui.horizontal(|ui| {
        weak_ui(ui, theme, "Worst by");
        for order in SeamOrder::ALL {
            let name = format!("Sort by {}", order.label().to_lowercase());
            let spec = ButtonSpec::text(order.label())
                .named(&name)
                .weight(Weight::Quiet)
                .on(state.order == order);
            if button_ui(ui, theme, spec).clicked() {
                state.order = order;
            }
        }
    });
    if joins.iter().any(|join| join.is_stale) {
        let spec = ButtonSpec::text("Refresh what is stale").with_icon(Icon::Reset);
        action_button_ui(ui, view, spec, Action::RefreshStale, actions);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for join in &joins {
            let is_looped = state.looped == Some((join.item, join.is_start));
            theme.card_frame().show(ui, |ui| {
                ui.set_width(ui.available_width());
                join_ui(ui, view, join, is_looped, actions);
            });
        }
    });
}

fn join_ui(ui: &mut Ui, view: &View<'_>, join: &Join, is_looped: bool, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let edge = if join.is_start { "start" } else { "end" };
    let at = Timecode::from_frame(join.frame, view.rate());
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Loop the {edge} of {} at {at}", join.label);
            let tooltip = format!("Plays {SEAM_FRAMES} frames before and after it over and over");
            let spec = ButtonSpec::text("Loop")
                .with_icon(Icon::Loop)
                .named(&name)
                .on(is_looped);
            if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
                let selection = Selection::of_item(view.document, join.item);
                actions.push(Action::Select { selection });
                actions.push(Action::LoopJoin {
                    item: join.item,
                    is_start: join.is_start,
                });
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = format!("{}, {edge}", join.label);
                ui.add(Label::new(RichText::new(title).color(theme.color.text)).truncate());
            });
        });
    });
    ui.horizontal(|ui| {
        let takes = match join.takes {
            0 | 1 => String::new(),
            takes => format!(" · take {} of {takes}", join.take),
        };
        weak_ui(ui, theme, format!("{at}{takes}"));
    });
    ui.horizontal(|ui| {
        let color = join.delta_e.map(|seam| (seam, Verdict::of_delta_e(seam)));
        figure_ui(ui, view, "Color ΔE", color, 1);
        let jump = join
            .motion_jump
            .map(|jump| (jump, Verdict::of_motion_jump(jump)));
        figure_ui(ui, view, "Motion ×", jump, 2);
    });
    if join.is_stale {
        ui.horizontal(|ui| {
            let text = RichText::new("What lies beside it has changed")
                .size(theme.text.small)
                .color(theme.color.warning);
            ui.label(text);
            let name = format!("Refresh {}", join.label);
            let spec = ButtonSpec::text("Refresh").named(&name);
            if button_ui(ui, theme, spec).clicked() {
                actions.push(Action::RefreshItem { item: join.item });
            }
        });
    }
}

fn figure_ui(
    ui: &mut Ui,
    view: &View<'_>,
    name: &str,
    figure: Option<(f64, Verdict)>,
    decimals: usize,
) {
    let theme = view.theme;
    let (text, ink): (String, Color32) = match figure {
        Some((value, verdict)) => (
            format!("{name} {value:.decimals$} · {}", verdict_text(verdict)),
            verdict_color(theme, verdict),
        ),
        None => (format!("{name} not measured"), theme.color.text_faint),
    };
    ui.label(RichText::new(text).size(theme.text.small).color(ink))
        .on_hover_text("Measured when the take was made; a trimmed edge has no figure");
}

fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Fair => "fair",
        Verdict::Poor => "poor",
    }
}

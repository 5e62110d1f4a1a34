//! Corrections of the matte: the tools, the corrected frames, and the button that brings them in.

use super::{BackgroundState, Chosen, MatteTool};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, weak_ui},
        field::{Number, number_ui, row_ui},
        icon::Icon,
    },
};
use av::{FrameCount, FrameIndex, Ticks, Timecode};
use egui::Ui;
use timeline::{Correction, Edit, MarkSide, MatteView};

/// The brush, in percent of the picture's height.
const SIZE_PERCENT: std::ops::RangeInclusive<f64> = 0.5..=50.0;

/// Draws tools, list and button.
pub(super) fn correct_ui(
    ui: &mut Ui,
    view: &View<'_>,
    chosen: &Chosen<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    tools_ui(ui, view, state);
    let corrections = &chosen.background.corrections;
    if corrections.is_empty() {
        weak_ui(
            ui,
            view.theme,
            "Where the overlay is wrong, choose a tool and press on the picture. What you mark is certain on that frame \
             and is carried both ways in time. Where it shows something else altogether, draw a box round the subject.",
        );
    }
    for correction in corrections {
        correction_ui(ui, view, chosen, correction, actions);
    }
    update_ui(ui, view, chosen, actions);
}

fn tools_ui(ui: &mut Ui, view: &View<'_>, state: &mut BackgroundState) {
    let theme = view.theme;
    row_ui(ui, theme, "Tool", |ui| {
        for (tool, text, tooltip) in [
            (
                MatteTool::Click,
                "Click",
                "Marks the region round the point, up to its edges",
            ),
            (
                MatteTool::Brush,
                "Brush",
                "Marks what the brush goes over, and nothing else",
            ),
            (
                MatteTool::Box,
                "Box",
                "Draw a box round the subject: it is looked for there and nowhere else. Helps most before a busy \
                 background",
            ),
        ] {
            let is_on = state.tool == tool;
            let name = format!("{text} tool");
            let spec = ButtonSpec::text(text).named(&name).on(is_on);
            if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
                state.tool = if is_on { MatteTool::None } else { tool };
                // Marks are made on what is there, not on what it becomes.
                if state.tool != MatteTool::None && state.view == MatteView::Result {
                    state.view = MatteView::Overlay;
                }
            }
        }
    });
    row_ui(ui, theme, "Mark as", |ui| {
        for (side, text, icon) in [
            (MarkSide::Add, "Subject", Icon::Plus),
            (MarkSide::Remove, "Background", Icon::Minus),
        ] {
            let name = format!("Mark as {}", text.to_lowercase());
            let spec = ButtonSpec::text(text)
                .with_icon(icon)
                .named(&name)
                .on(state.side == side);
            if button_ui(ui, theme, spec)
                .on_hover_text("Hold Alt to mark as background")
                .clicked()
            {
                state.side = side;
            }
        }
    });
    row_ui(ui, theme, "Brush size", |ui| {
        let number = Number::new("Brush size", SIZE_PERCENT).unit(" %", 1);
        state.size_percent = number_ui(ui, theme, state.size_percent, &number)
            .1
            .clamp(*SIZE_PERCENT.start(), *SIZE_PERCENT.end());
    });
}

/// One corrected frame: where it is, how far it reaches; press it to go there.
fn correction_ui(
    ui: &mut Ui,
    view: &View<'_>,
    chosen: &Chosen<'_>,
    correction: &Correction,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let frame = frame_showing(view, chosen, correction.at);
    let code = |frame: FrameIndex| Timecode::from_frame(frame, view.rate()).to_string();
    let mut applied = chosen.background.applied.iter();
    let applied = applied.find(|applied| applied.correction == *correction);
    let count = correction.marks.len();
    let plural = if count == 1 { "" } else { "s" };
    ui.horizontal(|ui| {
        let text = code(frame);
        let name = format!("Go to correction at {text}");
        let spec = ButtonSpec::text(&text)
            .named(&name)
            .weight(Weight::Quiet)
            .on(view.playhead == frame);
        if button_ui(ui, theme, spec).clicked() {
            actions.push(Action::Seek { frame });
        }
        let reach = match applied {
            Some(applied) => {
                let first = code(frame_showing(view, chosen, applied.first));
                let last = code(frame_showing(view, chosen, applied.last));
                (
                    format!("{count} mark{plural}"),
                    format!("Holds from {first} to {last}"),
                )
            }
            None => (
                format!("{count} mark{plural}, new"),
                "Not in the matte yet: press Update matte".to_owned(),
            ),
        };
        weak_ui(ui, theme, reach.0).on_hover_text(reach.1);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| {
            let name = format!("Take back correction at {text}");
            if button_ui(ui, theme, ButtonSpec::icon(Icon::Close, &name))
                .on_hover_text("Take this frame's marks back")
                .clicked()
            {
                actions.push(Action::Apply {
                    edit: Edit::RemoveMarks {
                        item: chosen.item.id,
                        at: Some(correction.at),
                    },
                });
            }
        });
    });
}

fn update_ui(ui: &mut Ui, view: &View<'_>, chosen: &Chosen<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let is_current = chosen.background.is_current();
    let is_idle = view.jobs.of_item(chosen.item.id).is_none();
    ui.horizontal(|ui| {
        let spec = ButtonSpec::text("Update matte")
            .with_icon(Icon::Sparkle)
            .weight(if is_current {
                Weight::Normal
            } else {
                Weight::Primary
            })
            .enabled(is_idle);
        let tooltip = "Brings the corrections in; only frames that they reach are made again";
        if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
            actions.push(Action::SwapBackground {
                item: chosen.item.id,
                fill: chosen.background.fill.clone(),
            });
        }
        let has_some = !chosen.background.corrections.is_empty();
        let spec = ButtonSpec::text("Take all back").weight(Weight::Quiet);
        if has_some && button_ui(ui, theme, spec).clicked() {
            actions.push(Action::Apply {
                edit: Edit::RemoveMarks {
                    item: chosen.item.id,
                    at: None,
                },
            });
        }
    });
    weak_ui(
        ui,
        theme,
        if is_current {
            "The matte is up to date"
        } else {
            "Corrections changed since the matte was made"
        },
    );
}

/// The first frame of the sequence on which the clip shows media time `at`, or the nearest one it has.
fn frame_showing(view: &View<'_>, chosen: &Chosen<'_>, at: Ticks) -> FrameIndex {
    let (item, clip) = (chosen.item, chosen.clip);
    let time = |frame: i64| clip.media_from_item(FrameCount(frame), item.count, view.rate());
    let is_before = |frame: i64| {
        if clip.is_reversed {
            time(frame) > at
        } else {
            time(frame) < at
        }
    };
    // Media time only ever rises, or only ever falls.
    let (mut low, mut high) = (0, (item.count.0 - 1).max(0));
    while low < high {
        let middle = i64::midpoint(low, high);
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    item.start + FrameCount(low)
}

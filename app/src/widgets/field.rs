//! Rows of the inspector: a name, one or two values, and what a drag or a typed number means.

use crate::{action::Action, theme::Theme};
use egui::{Align, DragValue, Layout, Response, RichText, Ui, vec2};
use std::ops::RangeInclusive;
use timeline::Edit;

/// Width of the names.
const NAME_WIDTH: f32 = 82.0;

/// Width of a number.
const NUMBER_WIDTH: f32 = 66.0;

/// Room behind a slider's number: for keyframes, or for setting it back.
const TRAILING_WIDTH: f32 = 64.0;

/// Height of a slider's line.
const HANDLE_HEIGHT: f32 = 18.0;

/// How a number is shown and dragged.
#[derive(Debug, Clone)]
pub struct Number<'a> {
    /// What assistive tools and tests call it.
    pub name: &'a str,
    /// What can be set.
    pub range: RangeInclusive<f64>,
    /// What one point of a drag changes.
    pub speed: f64,
    /// Digits behind the point.
    pub decimals: usize,
    /// What follows the number.
    pub suffix: &'a str,
}

impl<'a> Number<'a> {
    /// A number with this name and range, dragged so that the range takes about 200 points.
    pub fn new(name: &'a str, range: RangeInclusive<f64>) -> Self {
        let speed = (range.end() - range.start()) / 200.0;
        Self {
            name,
            range,
            speed,
            decimals: 2,
            suffix: "",
        }
    }

    /// With a unit and a number of digits.
    pub fn unit(self, suffix: &'a str, decimals: usize) -> Self {
        Self {
            decimals,
            suffix,
            ..self
        }
    }

    /// Dragged at another pace.
    pub fn speed(self, speed: f64) -> Self {
        Self { speed, ..self }
    }
}

/// A row: the name at the left, whatever `add` draws at the right.
pub fn row_ui<R>(ui: &mut Ui, theme: &Theme, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(theme.size.control);
        let label = RichText::new(name)
            .size(theme.text.small)
            .color(theme.color.text_weak);
        let size = vec2(NAME_WIDTH, theme.size.control);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(NAME_WIDTH);
            ui.add(egui::Label::new(label).truncate());
        });
        ui.spacing_mut().item_spacing.x = theme.space.small;
        add(ui)
    })
    .inner
}

/// A number that is dragged or typed; returns the response and the value if it changed.
pub fn number_ui(ui: &mut Ui, theme: &Theme, value: f64, number: &Number<'_>) -> (Response, f64) {
    let mut changed = value;
    let drag = DragValue::new(&mut changed)
        .range(number.range.clone())
        .speed(number.speed)
        .fixed_decimals(number.decimals)
        .suffix(number.suffix)
        .clamp_existing_to_range(false);
    let response = ui
        .scope(|ui| {
            ui.style_mut().override_font_id = Some(theme.mono());
            ui.visuals_mut().widgets.inactive.weak_bg_fill = theme.color.sunken;
            ui.visuals_mut().widgets.inactive.bg_stroke = theme.hairline();
            ui.add_sized(vec2(NUMBER_WIDTH, theme.size.control - 4.0), drag)
        })
        .inner;
    name_it(ui, &response, number.name);
    (response, changed)
}

/// A slider with its number.
pub fn slider_ui(
    ui: &mut Ui,
    theme: &Theme,
    value: f64,
    number: &Number<'_>,
    actions: &mut Vec<Action>,
    edit: impl Fn(f64) -> Edit,
) {
    let mut slid = value;
    let room = (ui.available_width() - NUMBER_WIDTH - TRAILING_WIDTH).clamp(40.0, 220.0);
    let slider = egui::Slider::new(&mut slid, number.range.clone())
        .show_value(false)
        .trailing_fill(true);
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().slider_width = room;
            // The handle is as high as the line it lies in.
            ui.spacing_mut().interact_size.y = HANDLE_HEIGHT;
            ui.visuals_mut().widgets.inactive.bg_fill = theme.color.line_strong;
            ui.visuals_mut().selection.bg_fill = theme.color.accent;
            ui.add(slider)
        })
        .inner;
    name_it(ui, &response, &format!("{} slider", number.name));
    collect(&response, number.name, actions, || edit(slid));
    let (response, typed) = number_ui(ui, theme, value, number);
    collect(&response, number.name, actions, || edit(typed));
}

/// Turns what happened to a control into actions: a drag is one gesture, a typed value one edit.
pub fn collect(
    response: &Response,
    label: &str,
    actions: &mut Vec<Action>,
    edit: impl FnOnce() -> Edit,
) {
    if response.drag_started() {
        actions.push(Action::BeginGesture {
            label: label.to_owned(),
        });
    }
    if response.changed() {
        let edit = edit();
        actions.push(if response.dragged() || response.drag_started() {
            Action::UpdateGesture { edit }
        } else {
            Action::Apply { edit }
        });
    }
    if response.drag_stopped() {
        actions.push(Action::CommitGesture {});
    }
}

/// Gives a control without words of its own an accessible name.
pub fn name_it(ui: &Ui, response: &Response, name: &str) {
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

//! Help with words: what was asked before, and an idea taken apart into fields that can be changed before anything is
//! made.

use crate::{
    asking::Ask,
    prompts::Prompts,
    theme::Theme,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, weak_ui},
        field::row_ui,
        icon::Icon,
    },
    wording::{Fields, Part},
};
use egui::{Popup, PopupCloseBehavior, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

/// Prompts that are listed at once.
const LISTED_MAX: usize = 30;

/// What the helpers remember.
#[derive(Debug, Clone, Default)]
pub struct WordsState {
    /// What is searched for among earlier prompts.
    search: String,
    /// The idea in fields, while they show.
    fields: Option<Fields>,
}

/// Buttons beside the prompt.
pub(super) fn helpers_ui(
    ui: &mut Ui,
    theme: &Theme,
    (state, prompts): (&mut WordsState, &Prompts),
    ask: &mut Ask,
) {
    let spec = ButtonSpec::icon(Icon::History, "Earlier prompts").enabled(!prompts.is_empty());
    let button = button_ui(ui, theme, spec);
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| earlier_ui(ui, theme, (state, prompts), ask));
    let spec = ButtonSpec::icon(Icon::Text, "Expand the prompt").on(state.fields.is_some());
    let tip = "Take the prompt apart into subject, action, place and so on";
    if button_ui(ui, theme, spec).on_hover_text(tip).clicked() {
        state.fields = match state.fields {
            Some(_) => None,
            None => Some(Fields::expanded(&ask.recipe.prompt)),
        };
    }
}

fn earlier_ui(
    ui: &mut Ui,
    theme: &Theme,
    (state, prompts): (&mut WordsState, &Prompts),
    ask: &mut Ask,
) {
    ui.set_width(420.0);
    let field = TextEdit::singleline(&mut state.search)
        .hint_text("Search earlier prompts")
        .desired_width(f32::INFINITY);
    ui.add(field)
        .widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search earlier prompts"));
    ScrollArea::vertical().max_height(240.0).show(ui, |ui| {
        let mut is_any = false;
        for prompt in prompts.search(&state.search).take(LISTED_MAX) {
            is_any = true;
            let entry = egui::Button::selectable(ask.recipe.prompt == prompt, prompt).truncate();
            if ui.add_sized([ui.available_width(), 0.0], entry).clicked() {
                prompt.clone_into(&mut ask.recipe.prompt);
                ui.close();
            }
        }
        if !is_any {
            weak_ui(ui, theme, "No earlier prompt holds these words");
        }
    });
}

/// The fields, while they show; what they add up to is seen before it is used.
pub(super) fn fields_ui(ui: &mut Ui, theme: &Theme, state: &mut WordsState, ask: &mut Ask) {
    let Some(fields) = &mut state.fields else {
        return;
    };
    ui.columns(2, |columns| {
        for (index, (part, name)) in Part::ALL.into_iter().enumerate() {
            row_ui(&mut columns[index % 2], theme, name, |ui| {
                let field =
                    TextEdit::singleline(fields.text_mut(part)).desired_width(f32::INFINITY);
                let response = ui.add(field);
                let label = format!("{name} words");
                response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &label));
            });
        }
    });
    let prompt = fields.prompt();
    let mut is_done = false;
    ui.horizontal_wrapped(|ui| {
        let spec = ButtonSpec::text("Use these words").weight(Weight::Primary);
        if button_ui(ui, theme, spec).clicked() {
            ask.recipe.prompt.clone_from(&prompt);
            is_done = true;
        }
        let spec = ButtonSpec::text("Keep mine").weight(Weight::Quiet);
        is_done |= button_ui(ui, theme, spec).clicked();
        weak_ui(ui, theme, &prompt);
    });
    if is_done {
        state.fields = None;
    }
}

//! What a model was asked, how it stands, and every take so far.

use super::{InspectorState, group_ui};
use crate::{
    action::Action,
    jobs::JobState,
    panels::jobs::{bar_paint, part_of},
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, button_ui, weak_ui},
        field::row_ui,
        icon::Icon,
    },
};
use egui::{Role, Sense, TextEdit, Ui, WidgetInfo, vec2};
use timeline::{Edit, Generated, GeneratedState, Item, Recipe};

/// Draws request, state and takes.
pub fn generated_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    generated: &Generated,
    state: &mut InspectorState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    group_ui(ui, theme, "Generated", |ui| {
        row_ui(ui, theme, "Purpose", |ui| {
            weak_ui(ui, theme, generated.purpose.label());
        });
        row_ui(ui, theme, "State", |ui| {
            weak_ui(ui, theme, state_text(generated.state));
        });
        prompt_ui(ui, item, generated, state, actions);
        if let Some(job) = view.jobs.of_item(item.id) {
            if let JobState::Running(progress) = &job.state {
                let size = vec2(ui.available_width(), 6.0);
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                let colors = (theme.color.sunken, theme.color.generated);
                bar_paint(ui, rect, part_of(progress), colors);
            }
            let spec = ButtonSpec::text("Cancel");
            if button_ui(ui, theme, spec).clicked() {
                actions.push(Action::CancelJob { job: job.id });
            }
        } else if generated.takes.is_empty() {
            let spec = ButtonSpec::text("Generate")
                .with_icon(Icon::Sparkle)
                .weight(Weight::Primary);
            action_button_ui(ui, view, spec, Action::FillGap, actions);
        } else if generated.state == GeneratedState::Stale {
            stale_ui(ui, view, item, actions);
        }
        if let Some(take) = generated.active_take() {
            weak_ui(ui, theme, recipe_text(&take.recipe));
        }
    });
}

/// What was made no longer fits: make it again, or keep it as it is.
fn stale_ui(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let refresh = ButtonSpec::text("Refresh").named("Refresh this item");
        if button_ui(ui, view.theme, refresh.weight(Weight::Primary))
            .on_hover_text("Makes it again from what is there now; this take stays")
            .clicked()
        {
            actions.push(Action::RefreshItem { item: item.id });
        }
        if button_ui(ui, view.theme, ButtonSpec::text("Keep as it is")).clicked() {
            let (item, state) = (item.id, GeneratedState::Ready);
            let edit = Edit::SetGeneratedState { item, state };
            actions.push(Action::Apply { edit });
        }
    });
}

fn state_text(state: GeneratedState) -> &'static str {
    match state {
        GeneratedState::Ghost => "Wished for, not made yet",
        GeneratedState::Queued => "Being made",
        GeneratedState::Ready => "Ready",
        GeneratedState::Stale => "What it was made from has changed",
    }
}

/// The prompt is one edit when the field is left, not one for each letter.
fn prompt_ui(
    ui: &mut Ui,
    item: &Item,
    generated: &Generated,
    state: &mut InspectorState,
    actions: &mut Vec<Action>,
) {
    let typed = match &state.prompt {
        Some((of, text)) if *of == item.id => Some(text.clone()),
        Some(_) | None => None,
    };
    let mut text = typed.unwrap_or_else(|| generated.recipe.prompt.clone());
    let field = TextEdit::multiline(&mut text)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .hint_text("What should happen here");
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, "Prompt");
        info.current_text_value = Some(text.clone());
        info
    });
    if response.changed() {
        state.prompt = Some((item.id, text.clone()));
    }
    if response.lost_focus() && state.prompt.take().is_some() {
        actions.push(Action::Apply {
            edit: Edit::SetRecipe {
                item: item.id,
                recipe: Box::new(Recipe {
                    prompt: text,
                    ..generated.recipe.clone()
                }),
            },
        });
    }
}

fn recipe_text(recipe: &Recipe) -> String {
    let mut lines = vec![
        format!("Model: {}", recipe.model),
        format!("Seed: {}", recipe.seed),
        format!("Frames: {}", recipe.num_frames),
    ];
    lines.extend(recipe.notes.iter().cloned());
    lines.join("\n")
}

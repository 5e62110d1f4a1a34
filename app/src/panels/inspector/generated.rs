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
        } else {
            let text = if generated.takes.is_empty() {
                "Generate"
            } else {
                "Another take"
            };
            let spec = ButtonSpec::text(text)
                .with_icon(Icon::Sparkle)
                .weight(Weight::Primary);
            action_button_ui(ui, view, spec, Action::FillGap, actions);
        }
        takes_ui(ui, view, item, generated, actions);
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

fn takes_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    generated: &Generated,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    for (number, take) in (1..).zip(&generated.takes) {
        let is_active = generated.active == Some(take.id);
        row_ui(ui, theme, &format!("Take {number}"), |ui| {
            let spec = ButtonSpec::text(if is_active { "Shown" } else { "Show" }).on(is_active);
            let name = format!("Show take {number}");
            if button_ui(ui, theme, spec.named(&name)).clicked() && !is_active {
                actions.push(Action::Apply {
                    edit: Edit::SetActiveTake {
                        item: item.id,
                        take: take.id,
                    },
                });
            }
            let worst = take
                .seam_delta_e
                .iter()
                .copied()
                .fold(None, |worst: Option<f64>, seam| {
                    Some(worst.map_or(seam, |worst| worst.max(seam)))
                });
            let seam = worst.map(|seam| format!("seam ΔE {seam:.1}"));
            weak_ui(ui, theme, seam.unwrap_or_else(|| take.recipe.model.clone()))
                .on_hover_text(recipe_text(&take.recipe));
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

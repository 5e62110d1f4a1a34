//! Everything else that can be set for a model, drawn from what it says of itself; what is not wanted; pictures to keep
//! to.

use crate::{
    asking::{Ask, Asking},
    panels::inspector::choose_ui,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, heading_ui, weak_ui},
        field::{Number, name_it, number_ui, row_ui},
    },
};
use egui::{Role, TextEdit, Ui, WidgetInfo};
use runtime::{Offer, Parameter, ParameterKind};
use timeline::Recipe;

/// Ids of the settings that recipes name by themselves.
const STEPS: &str = crate::asking::STEPS;
const GUIDANCE: &str = "guidance_scale";

/// Options that go with no other.
const ALONE: [&str; 2] = ["auto", "none"];

/// Ids of the settings that say how a still moves.
const MOVES: [&str; 2] = ["camera", "ambience"];

/// Draws the drawer.
pub(super) fn drawer_ui(ui: &mut Ui, view: &View<'_>, asking: &Asking, ask: &mut Ask) {
    let theme = view.theme;
    egui::ScrollArea::vertical()
        .id_salt("generate drawer")
        .max_height(190.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.columns(2, |columns| {
                let [left, right] = columns else { return };
                match asking.chosen() {
                    Some(offer) => settings_ui(left, theme, offer, ask),
                    None => {
                        weak_ui(left, theme, "The settings show once a model is found");
                    }
                }
                unwanted_ui(right, theme, ask);
                references_ui(right, view, asking.chosen(), ask);
            });
        });
}

fn settings_ui(ui: &mut Ui, theme: &Theme, offer: &Offer, ask: &mut Ask) {
    heading_ui(ui, theme, &format!("Settings of {}", offer.info.name));
    if offer.info.parameters.is_empty() {
        weak_ui(ui, theme, "It has none");
    }
    for parameter in &offer.info.parameters {
        row_ui(ui, theme, &parameter.label, |ui| {
            let response = ui.scope(|ui| setting_ui(ui, theme, parameter, &mut ask.recipe));
            response.response.on_hover_text(&parameter.help);
        });
    }
    if !ask.recipe.settings.is_empty() || ask.recipe.num_inference_steps.is_some() {
        let spec = ButtonSpec::text("Usual settings").weight(Weight::Quiet);
        if button_ui(ui, theme, spec).clicked() {
            ask.recipe.settings.clear();
            ask.recipe.num_inference_steps = None;
            ask.recipe.guidance_scale = None;
        }
    }
}

/// How the camera moves and what moves in the air, where the model can be told.
pub(super) fn camera_ui(ui: &mut Ui, theme: &Theme, offer: Option<&Offer>, ask: &mut Ask) {
    let parameters = offer.into_iter().flat_map(|offer| &offer.info.parameters);
    for parameter in parameters.filter(|parameter| MOVES.contains(&parameter.id.as_str())) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme.space.small;
            weak_ui(ui, theme, &parameter.label);
            setting_ui(ui, theme, parameter, &mut ask.recipe);
        });
    }
}

/// One setting; what is usual is not written into the recipe.
pub(in crate::panels) fn setting_ui(
    ui: &mut Ui,
    theme: &Theme,
    parameter: &Parameter,
    recipe: &mut Recipe,
) {
    let written = value_of(recipe, &parameter.id);
    let label = parameter.label.as_str();
    let new = match &parameter.kind {
        ParameterKind::Switch { default } => {
            let mut is_on = written
                .and_then(|text| text.parse().ok())
                .unwrap_or(*default);
            let response = ui.checkbox(&mut is_on, "");
            name_it(ui, &response, label);
            response
                .changed()
                .then(|| (is_on.to_string(), is_on == *default))
        }
        ParameterKind::Integer { min, max, default } => {
            let now: i64 = written
                .and_then(|text| text.parse().ok())
                .unwrap_or(*default);
            let number = Number::new(label, *min as f64..=*max as f64).unit("", 0);
            let (response, value) = number_ui(ui, theme, now as f64, &number);
            let value = value.round() as i64;
            response
                .changed()
                .then(|| (value.to_string(), value == *default))
        }
        ParameterKind::Number { min, max, default } => {
            let now: f64 = written
                .and_then(|text| text.parse().ok())
                .unwrap_or(*default);
            let (response, value) = number_ui(ui, theme, now, &Number::new(label, *min..=*max));
            response
                .changed()
                .then(|| (value.to_string(), value == *default))
        }
        ParameterKind::Choice { options, default } => {
            let now = written.unwrap_or_else(|| default.clone());
            let choices: Vec<_> = options
                .iter()
                .map(|id| (id.as_str(), id.as_str()))
                .collect();
            let chosen = choose_ui(ui, label, now.as_str(), &choices);
            chosen.map(|chosen| (chosen.to_owned(), chosen == default))
        }
        ParameterKind::Choices { options, default } => {
            let now = written.unwrap_or_else(|| default.clone());
            several_ui(ui, theme, (label, options), &now)
                .map(|chosen| (chosen.clone(), chosen == *default))
        }
        ParameterKind::Blend { default, .. } => {
            let mut now = written.unwrap_or_else(|| default.clone());
            let response = ui.add(TextEdit::singleline(&mut now).desired_width(170.0));
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
            let is_usual = now == *default;
            response.changed().then_some((now, is_usual))
        }
    };
    if let Some((text, is_usual)) = new {
        set(recipe, &parameter.id, (!is_usual).then_some(text));
    }
}

/// A menu of which several can be ticked; the first two options stand alone.
fn several_ui(
    ui: &mut Ui,
    theme: &Theme,
    (label, options): (&str, &[String]),
    now: &str,
) -> Option<String> {
    let mut chosen: Vec<&str> = now.split('+').collect();
    let mut changed = None;
    let shown = now.replace('+', " + ");
    let button = button_ui(ui, theme, ButtonSpec::text(&shown).named(label));
    egui::Popup::menu(&button)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            for option in options {
                let is_on = chosen.contains(&option.as_str());
                if !ui.selectable_label(is_on, option).clicked() {
                    continue;
                }
                let stands_alone = |one: &str| ALONE.contains(&one);
                if stands_alone(option) {
                    chosen = vec![option];
                } else if is_on {
                    chosen.retain(|one| one != option);
                } else {
                    chosen.retain(|one| !stands_alone(one));
                    chosen.push(option);
                }
                if chosen.is_empty() {
                    chosen.push(ALONE[0]);
                }
                changed = Some(chosen.join("+"));
            }
        });
    changed
}

fn value_of(recipe: &Recipe, id: &str) -> Option<String> {
    match id {
        STEPS => recipe.num_inference_steps.map(|steps| steps.to_string()),
        GUIDANCE => recipe.guidance_scale.map(|scale| scale.to_string()),
        _ => recipe.settings.get(id).cloned(),
    }
}

fn set(recipe: &mut Recipe, id: &str, text: Option<String>) {
    match (id, text) {
        (STEPS, text) => recipe.num_inference_steps = text.and_then(|text| text.parse().ok()),
        (GUIDANCE, text) => recipe.guidance_scale = text.and_then(|text| text.parse().ok()),
        (_, Some(text)) => {
            recipe.settings.insert(id.to_owned(), text);
        }
        (_, None) => {
            recipe.settings.remove(id);
        }
    }
}

fn unwanted_ui(ui: &mut Ui, theme: &Theme, ask: &mut Ask) {
    heading_ui(ui, theme, "Not wanted");
    let field = TextEdit::singleline(&mut ask.recipe.negative_prompt)
        .desired_width(f32::INFINITY)
        .hint_text("What is not to be seen");
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Negative prompt"));
}

/// Pictures and clips of the project by name; pressed ones are kept to.
fn references_ui(ui: &mut Ui, view: &View<'_>, offer: Option<&Offer>, ask: &mut Ask) {
    let theme = view.theme;
    heading_ui(ui, theme, "Keep to these pictures");
    let most = offer.map_or(0, |offer| offer.references_max);
    if most == 0 {
        weak_ui(ui, theme, "This model uses no reference pictures");
    }
    let references = &mut ask.recipe.references;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        let assets = view.document.assets.iter();
        for asset in assets.filter(|asset| asset.info.video.is_some() && !asset.is_generated) {
            let is_on = references.contains(&asset.id);
            let name = format!("Keep to {}", asset.name);
            let spec = ButtonSpec::text(&asset.name)
                .named(&name)
                .on(is_on)
                .enabled(is_on || references.len() < most);
            if !button_ui(ui, theme, spec).clicked() {
                continue;
            }
            if is_on {
                references.retain(|id| *id != asset.id);
            } else {
                references.push(asset.id);
            }
        }
    });
}

//! The model manager: what is there, what can be installed and whether it fits, what it costs and under which licence.
//! Nothing is downloaded before its size and licence were shown and a button was pressed.

use crate::{
    action::Action,
    panels::jobs::{bar_paint, eta_text, part_of},
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, heading_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{Color32, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use runtime::{
    JobProgress, Problem,
    models::{
        desk::{ModelNews, ModelOrder},
        install::Plan,
        list::{Fit, Listed, Listing, Offer, State},
        size_words,
    },
};
use std::sync::Arc;

/// Height of the list.
const LIST_HEIGHT: f32 = 470.0;

/// What the window knows about models.
#[derive(Debug, Default)]
pub struct ModelsState {
    /// What is there and what could be.
    pub listing: Option<Arc<Listing>>,
    /// What installing would mean, while it waits for consent.
    pub plan: Option<Arc<Plan>>,
    /// What is being done.
    pub order: Option<ModelOrder>,
    /// How far it is.
    pub progress: Option<JobProgress>,
    /// How the last thing ended.
    pub ended: Option<Result<String, Problem>>,
}

impl ModelsState {
    /// Notes what was asked.
    pub fn ask(&mut self, order: ModelOrder) {
        if order == ModelOrder::List {
            return;
        }
        self.plan = None;
        (self.progress, self.ended) = (None, None);
        self.order = Some(order);
    }

    /// Notes what was told.
    pub fn take(&mut self, news: ModelNews) {
        match news {
            ModelNews::Listed(listing) => self.listing = Some(listing),
            ModelNews::Progress(progress) => self.progress = Some(progress),
            ModelNews::Planned(plan) => {
                self.end(None);
                self.plan = Some(plan);
            }
            ModelNews::Done(words) => self.end(Some(Ok(words))),
            ModelNews::Stopped => {
                let words = match self.order {
                    Some(ModelOrder::Move { .. }) => "Stopped; the models are where they were",
                    _ => "Stopped; a download goes on from here when it is asked for again",
                };
                self.end(Some(Ok(words.to_owned())));
            }
            ModelNews::Failed(problem) => self.end(Some(Err(problem))),
        }
    }

    fn end(&mut self, how: Option<Result<String, Problem>>) {
        (self.order, self.progress) = (None, None);
        self.ended = how;
    }
}

/// Draws the manager.
pub fn models_ui(ui: &mut Ui, view: &View<'_>, state: &ModelsState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    ui.set_width(620.0);
    let Some(listing) = &state.listing else {
        weak_ui(ui, theme, "Looking…");
        return;
    };
    head_ui(ui, view, listing, state, actions);
    now_ui(ui, view, state, actions);
    if let Some(plan) = &state.plan {
        plan_ui(ui, view, plan, actions);
    }
    ScrollArea::vertical()
        .max_height(LIST_HEIGHT)
        // Without it a dialog that opened small stays small.
        .min_scrolled_height(LIST_HEIGHT)
        .auto_shrink(false)
        .show(ui, |ui| {
            heading_ui(ui, theme, "On this machine");
            for model in &listing.models {
                theme.card_frame().show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    here_ui(ui, view, model, state, actions);
                });
            }
            ui.add_space(theme.space.medium);
            heading_ui(ui, theme, "Can be installed");
            for offer in &listing.installable {
                theme.card_frame().show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    offer_ui(ui, view, offer, state, actions);
                });
            }
        });
}

fn head_ui(
    ui: &mut Ui,
    view: &View<'_>,
    listing: &Listing,
    state: &ModelsState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let words = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), size_words);
    weak_ui(
        ui,
        theme,
        format!(
            "Memory of this machine: {} · free on the disk: {}",
            words(listing.memory_bytes),
            words(listing.free_bytes)
        ),
    );
    weak_ui(ui, theme, format!("Folder: {}", listing.folder.display()));
    ui.horizontal(|ui| {
        let is_free = state.order.is_none();
        let adopt = ButtonSpec::text("Use files on this machine…")
            .with_icon(Icon::Folder)
            .enabled(is_free);
        if button_ui(ui, theme, adopt)
            .on_hover_text("The folder with a model's files; they stay where they are")
            .clicked()
        {
            actions.push(Action::ChooseModelFiles {});
        }
        let verify = ButtonSpec::text("Verify all").enabled(is_free);
        if button_ui(ui, theme, verify)
            .on_hover_text("Reads every file and compares it with what it should be")
            .clicked()
        {
            let order = ModelOrder::Verify { id: None };
            actions.push(Action::OrderModels { order });
        }
        let is_set = runtime::models::set_models_folder().is_some();
        let relocate = ButtonSpec::text("Move folder…").enabled(is_free && !is_set);
        let about = if is_set {
            "EVERFRAME_USER_MODELS_DIR sets this folder: it is moved by setting that"
        } else {
            "Copies all models to another folder, checks the copies, and deletes the old ones last"
        };
        if button_ui(ui, theme, relocate)
            .on_hover_text(about)
            .on_disabled_hover_text(about)
            .clicked()
        {
            actions.push(Action::ChooseModelsFolder {});
        }
    });
    ui.add_space(theme.space.small);
}

/// What is being done, or how the last thing ended.
fn now_ui(ui: &mut Ui, view: &View<'_>, state: &ModelsState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    if let Some(order) = &state.order {
        let label = state.progress.as_ref().map_or("Starting", |now| &now.label);
        ui.horizontal(|ui| {
            ui.label(label);
            let is_download = matches!(order, ModelOrder::Install { .. });
            let text = if is_download { "Pause" } else { "Stop" };
            let spec = ButtonSpec::text(text).named("Stop what is done with models");
            let about = match order {
                ModelOrder::Move { .. } => "The models stay where they are",
                _ => "What was downloaded stays; it goes on from there",
            };
            if button_ui(ui, theme, spec).on_hover_text(about).clicked() {
                actions.push(Action::StopModels {});
            }
        });
        if let Some(progress) = &state.progress {
            progress_ui(ui, view, progress);
        }
    }
    match &state.ended {
        None => {}
        Some(Ok(words)) => {
            let text = RichText::new(words).color(theme.color.success);
            ui.label(text);
        }
        Some(Err(problem)) => {
            ui.label(RichText::new(&problem.summary).color(theme.color.error));
            weak_ui(ui, theme, &problem.help);
        }
    }
}

fn progress_ui(ui: &mut Ui, view: &View<'_>, progress: &JobProgress) {
    let theme = view.theme;
    let part = part_of(progress);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    response.widget_info(|| {
        let name = format!("Models: {:.0} %", part * 100.0);
        WidgetInfo::labeled(Role::ProgressIndicator, true, name)
    });
    let colors = (theme.color.sunken, theme.color.accent);
    bar_paint(ui, rect, part, colors);
    let left = progress
        .eta
        .map_or_else(String::new, |left| format!(" · {}", eta_text(left)));
    let counted = format!(
        "{} of {}{left}",
        size_words(progress.done),
        size_words(progress.total)
    );
    weak_ui(ui, theme, counted);
}

/// Size and licence of what was asked for, and the button that downloads it.
fn plan_ui(ui: &mut Ui, view: &View<'_>, plan: &Plan, actions: &mut Vec<Action>) {
    let theme = view.theme;
    theme.card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        heading_ui(ui, theme, &plan.model.name);
        let missing = plan.total_bytes().saturating_sub(plan.here_bytes);
        weak_ui(
            ui,
            theme,
            format!(
                "{} files, {} to download, {} free on the disk",
                plan.files.len(),
                size_words(missing),
                size_words(plan.free_bytes)
            ),
        );
        for (repository, license) in plan.licenses() {
            ui.label(format!("Licence of {repository}: {license}"));
        }
        if let Some(change) = plan.license_change() {
            ui.label(RichText::new(change.to_string()).color(theme.color.warning));
        }
        let fits = missing <= plan.free_bytes;
        let spec = ButtonSpec::text("Agree and download")
            .weight(Weight::Primary)
            .enabled(fits);
        if button_ui(ui, theme, spec).clicked() {
            let id = plan.model.id.clone();
            let order = ModelOrder::Install { id };
            actions.push(Action::OrderModels { order });
        }
        if !fits {
            let text = "There is not enough room on the disk";
            ui.label(RichText::new(text).color(theme.color.error));
        }
    });
}

fn here_ui(
    ui: &mut Ui,
    view: &View<'_>,
    model: &Listed,
    state: &ModelsState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        ui.label(RichText::new(&model.name).strong());
        weak_ui(ui, theme, model.state.word());
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| {
            here_buttons_ui(ui, view, model, state.order.is_none(), actions);
        });
    });
    weak_ui(ui, theme, &model.what);
    figures_ui(ui, theme, model.size_bytes, &model.license, model.fit);
    for problem in &model.problems {
        ui.label(
            RichText::new(problem)
                .size(theme.text.small)
                .color(theme.color.error),
        );
    }
}

fn here_buttons_ui(
    ui: &mut Ui,
    view: &View<'_>,
    model: &Listed,
    is_free: bool,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let id = || model.id.clone();
    let pressed = |ui: &mut Ui, text: &str| {
        let name = format!("{text} {}", model.id);
        let spec = ButtonSpec::text(text).named(&name).enabled(is_free);
        button_ui(ui, theme, spec).clicked()
    };
    // What is on the disk took hours to get: it goes only when that was asked twice.
    let asked = egui::Id::unique(("whether to remove", &model.id));
    let ask = |ui: &mut Ui, whether: bool| ui.data_mut(|data| data.insert_temp(asked, whether));
    if ui.data(|data| data.get_temp(asked)).unwrap_or(false) {
        if pressed(ui, "Keep") {
            ask(ui, false);
        }
        if pressed(ui, "Delete") {
            ask(ui, false);
            let order = ModelOrder::Remove { id: id() };
            actions.push(Action::OrderModels { order });
        }
        let words = match model.state {
            State::Adopted => "Take it off the list? Its files stay".to_owned(),
            State::Shipped
            | State::Installed
            | State::Unfinished
            | State::Removing
            | State::Broken => format!("Delete {}?", size_words(model.size_bytes)),
        };
        ui.label(RichText::new(words).color(theme.color.warning));
        return;
    }
    let other = match model.state {
        State::Shipped => return,
        State::Installed | State::Adopted => {
            Some(("Verify", ModelOrder::Verify { id: Some(id()) }))
        }
        State::Unfinished => Some(("Go on", ModelOrder::Plan { id: id() })),
        State::Removing | State::Broken => None,
    };
    if pressed(ui, "Remove…") {
        ask(ui, true);
    }
    if let Some((text, order)) = other
        && pressed(ui, text)
    {
        actions.push(Action::OrderModels { order });
    }
}

fn offer_ui(
    ui: &mut Ui,
    view: &View<'_>,
    offer: &Offer,
    state: &ModelsState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let model = &offer.model;
    ui.horizontal(|ui| {
        ui.label(RichText::new(&model.name).strong());
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(layout, |ui| {
            let name = format!("Install {}", model.id);
            let spec = ButtonSpec::text("Install…")
                .named(&name)
                .enabled(state.order.is_none());
            if button_ui(ui, theme, spec)
                .on_hover_text(
                    "Asks for its exact size and licence first; nothing is downloaded yet",
                )
                .clicked()
            {
                let id = model.id.clone();
                let order = ModelOrder::Plan { id };
                actions.push(Action::OrderModels { order });
            }
        });
    });
    weak_ui(ui, theme, &model.what);
    figures_ui(ui, theme, model.about_bytes(), &model.license, offer.fit);
}

fn figures_ui(ui: &mut Ui, theme: &Theme, bytes: u64, license: &str, fit: Fit) {
    ui.horizontal(|ui| {
        weak_ui(ui, theme, format!("{} · {license} ·", size_words(bytes)));
        let (words, ink) = fit_words(theme, fit);
        ui.label(RichText::new(words).size(theme.text.small).color(ink));
    });
}

/// Whether it fits, and why not.
fn fit_words(theme: &Theme, fit: Fit) -> (&'static str, Color32) {
    match fit {
        Fit::Fits => ("fits into this machine's memory", theme.color.success),
        Fit::Tight => (
            "barely fits: short clips only, other programs closed",
            theme.color.warning,
        ),
        Fit::TooLarge => (
            "too large: its largest part needs more memory than this machine has",
            theme.color.error,
        ),
        Fit::Unknown => (
            "whether it fits is unknown: the system does not say its memory",
            theme.color.text_faint,
        ),
    }
}

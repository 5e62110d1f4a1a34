//! What opens over the window; one at a time, closed by Escape or a press beside it.

use super::{
    Dialog, ModelsState,
    captions::captions_ui,
    clip_commands::clip_commands_ui,
    damage::damage_ui,
    export::export_ui,
    final_take::final_ui,
    models::models_ui,
    palette::palette_ui,
    preferences::{preferences_ui, shortcuts_ui},
};
use crate::{
    action::Action,
    asking::Asking,
    project::Project,
    settings::Settings,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, button_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{Align, Area, Id, Layout, Modal, RichText, Ui, vec2};

/// What dialogs say besides what the view holds.
pub struct DialogInputs<'a> {
    /// Choices.
    pub settings: &'a Settings,
    /// Where things lie.
    pub project: &'a Project,
    /// The model manager.
    pub models: &'a ModelsState,
}

/// Draws the open dialog, if there is one.
pub fn dialog_ui(
    ctx: &egui::Context,
    view: &View<'_>,
    inputs: &DialogInputs<'_>,
    (dialog, asking): (&mut Option<Dialog>, &mut Asking),
    actions: &mut Vec<Action>,
) {
    let Some(open) = dialog else {
        return;
    };
    let theme = view.theme;
    let is_palette = matches!(open, Dialog::Palette(_));
    let id = Id::unique("dialog");
    let mut modal = Modal::new(id).backdrop_color(theme.color.scrim).frame(
        egui::Frame::new()
            .fill(theme.color.panel)
            .stroke(egui::Stroke::new(1.0, theme.color.line_strong))
            .corner_radius(theme.radius.dialog)
            .shadow(ctx.global_style().visuals.window_shadow)
            .inner_margin(if is_palette {
                theme.space.large
            } else {
                theme.space.huge
            } as i8),
    );
    if is_palette {
        let area = Area::new(id)
            .order(egui::Order::Foreground)
            .anchor(egui::Align2::CENTER_TOP, vec2(0.0, 90.0));
        modal = modal.area(area);
    }
    let mut is_done = false;
    let response = modal.show(ctx, |ui| {
        if let Some(title) = title_of(open) {
            title_ui(ui, view, title, &mut is_done);
        }
        is_done |= content_ui(ui, view, inputs, (open, asking), actions);
    });
    let may_close = !matches!(open, Dialog::Recovery);
    if is_done || (may_close && response.should_close()) {
        *dialog = None;
    }
}

fn title_of(dialog: &Dialog) -> Option<&'static str> {
    match dialog {
        Dialog::Export(_) => Some("Export"),
        Dialog::Palette(_) => None,
        Dialog::Preferences => Some("Preferences"),
        Dialog::Shortcuts(_) => Some("Keyboard shortcuts"),
        Dialog::About => Some("About Everframe"),
        Dialog::Models => Some("Models"),
        Dialog::ClipCommand(_) => Some("Change this clip"),
        Dialog::Captions(_) => Some("Captions from speech"),
        Dialog::Final(_) => Some("Make a final of this draft"),
        Dialog::Damage(_) => Some("Damaged frames"),
        Dialog::Relink => Some("Missing media"),
        Dialog::Recovery => Some("Go on where you were?"),
        Dialog::Unsaved(_) => Some("Save this project?"),
    }
}

fn title_ui(ui: &mut Ui, view: &View<'_>, title: &str, is_done: &mut bool) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(title)
                .size(theme.text.title)
                .strong()
                .color(theme.color.text),
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = ButtonSpec::icon(Icon::Close, "Close dialog");
            *is_done = button_ui(ui, theme, close).clicked();
        });
    });
    ui.add_space(theme.space.medium);
}

/// Draws what the dialog is about; returns whether it is done.
fn content_ui(
    ui: &mut Ui,
    view: &View<'_>,
    inputs: &DialogInputs<'_>,
    (dialog, asking): (&mut Dialog, &mut Asking),
    actions: &mut Vec<Action>,
) -> bool {
    match dialog {
        Dialog::Export(state) => export_ui(ui, view, state, actions),
        Dialog::Palette(state) => return palette_ui(ui, view, state, actions),
        Dialog::Preferences => {
            preferences_ui(ui, view, inputs.settings, inputs.project, actions);
        }
        Dialog::Shortcuts(search) => shortcuts_ui(ui, view, search),
        Dialog::About => about_ui(ui, view),
        Dialog::Models => models_ui(ui, view, inputs.models, actions),
        Dialog::ClipCommand(state) => clip_commands_ui(ui, view, state, actions),
        Dialog::Captions(state) => captions_ui(ui, view, state, actions),
        Dialog::Final(state) => return final_ui(ui, view, state, asking, actions),
        Dialog::Damage(state) => return damage_ui(ui, view, state, actions),
        Dialog::Relink => relink_ui(ui, view, actions),
        Dialog::Recovery => return recovery_ui(ui, view, inputs.project, actions),
        Dialog::Unsaved(then) => return unsaved_ui(ui, view, then, actions),
    }
    false
}

fn about_ui(ui: &mut Ui, view: &View<'_>) {
    let theme = view.theme;
    ui.set_width(420.0);
    ui.label(format!("Version {}", env!("CARGO_PKG_VERSION")));
    weak_ui(
        ui,
        theme,
        "Everything runs on this machine: no account, no telemetry, no network unless you press a \
         button that says so.",
    );
    ui.add_space(theme.space.medium);
    weak_ui(
        ui,
        theme,
        "Everframe is free software under MIT or Apache-2.0, as you like.",
    );
    weak_ui(
        ui,
        theme,
        "The models that come with it are named, with their licences and sources, in the folder \
         assets/models.",
    );
}

fn relink_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    ui.set_width(480.0);
    if view.offline.is_empty() {
        weak_ui(ui, theme, "All media of this project is where it was.");
        return;
    }
    weak_ui(
        ui,
        theme,
        "Show where these files are now. They are known by their content, so another name is no matter.",
    );
    ui.add_space(theme.space.small);
    for id in view.offline {
        let Some(asset) = view.document.assets.find(*id) else {
            continue;
        };
        ui.horizontal(|ui| {
            let spec = ButtonSpec::text("Find…").with_icon(Icon::Folder);
            let name = format!("Find {}", asset.name);
            action_button_ui(
                ui,
                view,
                spec.named(&name),
                Action::Relink { asset: *id },
                actions,
            );
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(&asset.name);
                weak_ui(ui, theme, asset.path.display().to_string());
            });
        });
    }
}

fn recovery_ui(ui: &mut Ui, view: &View<'_>, project: &Project, actions: &mut Vec<Action>) -> bool {
    let theme = view.theme;
    ui.set_width(440.0);
    let Some(path) = &project.recovery else {
        return true;
    };
    weak_ui(
        ui,
        theme,
        "Everframe ended while a project that was never saved was open. Everything up to about a \
         second before is still here.",
    );
    weak_ui(ui, theme, path.display().to_string());
    ui.add_space(theme.space.large);
    let mut is_done = false;
    ui.horizontal(|ui| {
        let spec = ButtonSpec::text("Recover it").weight(Weight::Primary);
        if button_ui(ui, theme, spec).clicked() {
            actions.push(Action::Recover { path: path.clone() });
        }
        let spec = ButtonSpec::text("Begin anew");
        let tooltip = "The file stays until another unsaved project replaces it";
        is_done = button_ui(ui, theme, spec).on_hover_text(tooltip).clicked();
    });
    is_done
}

fn unsaved_ui(ui: &mut Ui, view: &View<'_>, then: &Action, actions: &mut Vec<Action>) -> bool {
    let theme = view.theme;
    ui.set_width(400.0);
    weak_ui(
        ui,
        theme,
        "It has no file of its own yet; without saving it is gone.",
    );
    ui.add_space(theme.space.large);
    let mut is_done = false;
    let then = || Box::new(then.clone());
    ui.horizontal(|ui| {
        let save = ButtonSpec::text("Save…").weight(Weight::Primary);
        if button_ui(ui, theme, save.named("Save and go on")).clicked() {
            actions.push(Action::SaveAnd { then: then() });
        }
        if button_ui(ui, theme, ButtonSpec::text("Don't save")).clicked() {
            actions.push(Action::DiscardAnd { then: then() });
        }
        is_done = button_ui(ui, theme, ButtonSpec::text("Cancel")).clicked();
    });
    is_done
}

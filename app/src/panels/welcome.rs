//! What an empty window says: how to begin.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, button_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{Align, Layout, Rect, RichText, Sense, Ui, vec2};
use std::path::{Path, PathBuf};

/// Width of the column in the middle.
const COLUMN_WIDTH: f32 = 460.0;

/// What to do first, in three steps.
const STEPS: [(Icon, &str, &str); 3] = [
    (
        Icon::Plus,
        "Bring in footage",
        "Press Import, or drop video, sound and pictures here",
    ),
    (
        Icon::Split,
        "Cut it",
        "Drag clips onto the timeline; split, trim and fill gaps",
    ),
    (
        Icon::Export,
        "Export",
        "What you see in the viewer is what the file will hold",
    ),
];

/// Draws the welcome in the middle of the viewer.
pub fn welcome_ui(ui: &mut Ui, view: &View<'_>, recent: &[PathBuf], actions: &mut Vec<Action>) {
    let theme = view.theme;
    let full = ui.available_rect_before_wrap();
    ui.painter()
        .rect_filled(full, theme.radius.panel, theme.color.viewer);
    let height = 300.0 + 30.0 * recent.len().min(4) as f32;
    let column = Rect::from_center_size(
        full.center(),
        vec2(
            COLUMN_WIDTH.min(full.width() - 40.0),
            height.min(full.height() - 16.0),
        ),
    );
    let layout = Layout::top_down(Align::Min);
    ui.scope_builder(
        egui::UiBuilder::new().max_rect(column).layout(layout),
        |ui| {
            ui.label(
                RichText::new("Everframe")
                    .size(theme.text.display)
                    .color(theme.color.text),
            );
            ui.label(
                RichText::new("Cut, extend and fill your footage, on your own machine")
                    .color(theme.color.text_weak),
            );
            ui.add_space(theme.space.large);
            ui.horizontal(|ui| {
                let import = ButtonSpec::text("Import media")
                    .with_icon(Icon::Plus)
                    .weight(Weight::Primary)
                    .named("Import media to begin");
                action_button_ui(ui, view, import, Action::ImportMedia, actions);
                let open = ButtonSpec::text("Open project").with_icon(Icon::Folder);
                action_button_ui(ui, view, open, Action::OpenProject, actions);
                let demo = ButtonSpec::text("Open demo project").with_icon(Icon::Play);
                action_button_ui(ui, view, demo, Action::OpenDemoProject, actions);
            });
            ui.add_space(theme.space.huge);
            for (icon, title, text) in STEPS {
                step_ui(ui, view, icon, title, text);
            }
            if !recent.is_empty() {
                ui.add_space(theme.space.medium);
                weak_ui(ui, theme, "Recent projects");
                for path in recent.iter().take(4) {
                    recent_ui(ui, view, path, actions);
                }
            }
        },
    );
    ui.advance_cursor_after_rect(full);
}

fn step_ui(ui: &mut Ui, view: &View<'_>, icon: Icon, title: &str, text: &str) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(34.0, 38.0), Sense::hover());
        let ground = Rect::from_center_size(rect.center(), vec2(30.0, 30.0));
        ui.painter()
            .rect_filled(ground, theme.radius.panel, theme.color.raised);
        icon.paint(ui.painter(), ground, theme.size.icon, theme.color.accent);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(2.0);
            ui.label(RichText::new(title).color(theme.color.text));
            weak_ui(ui, theme, text);
        });
    });
}

fn recent_ui(ui: &mut Ui, view: &View<'_>, path: &Path, actions: &mut Vec<Action>) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let label = format!("Open {name}");
    let spec = ButtonSpec {
        icon: Some(Icon::Film),
        ..ButtonSpec::text(&name).named(&label).weight(Weight::Quiet)
    };
    let response = button_ui(ui, view.theme, spec).on_hover_text(path.display().to_string());
    if response.clicked() {
        actions.push(Action::OpenPath {
            path: path.to_owned(),
        });
    }
}

//! Choices that outlive the program.

use crate::{
    action::{Action, Category, KeyMap},
    limits::UI_SCALE_RANGE,
    project::Project,
    settings::Settings,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, heading_ui, weak_ui},
        field::row_ui,
    },
};
use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

/// Scales that are offered.
const SCALES: [f32; 6] = [0.75, 0.9, 1.0, 1.25, 1.5, 2.0];

/// Draws the choices.
pub fn preferences_ui(
    ui: &mut Ui,
    view: &View<'_>,
    settings: &Settings,
    project: &Project,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.set_width(480.0);
    let mut changed = settings.clone();
    row_ui(ui, theme, "Key map", |ui| {
        for map in KeyMap::ALL {
            let spec = ButtonSpec::text(map.label()).on(settings.key_map == map);
            if button_ui(ui, theme, spec).clicked() {
                changed.key_map = map;
            }
        }
        let all = ButtonSpec::text("Show all keys").weight(Weight::Quiet);
        if button_ui(ui, theme, all).clicked() {
            actions.push(Action::ShowShortcuts);
        }
    });
    row_ui(ui, theme, "Scale", |ui| {
        for scale in SCALES
            .into_iter()
            .filter(|scale| UI_SCALE_RANGE.contains(scale))
        {
            let text = format!("{:.0} %", scale * 100.0);
            let spec = ButtonSpec::text(&text).on(settings.ui_scale == scale);
            if button_ui(ui, theme, spec).clicked() {
                changed.ui_scale = scale;
            }
        }
    });
    switches_ui(ui, view, &mut changed);
    saving_ui(ui, view, project);
    if changed != *settings {
        actions.push(Action::ChangeSettings { settings: changed });
    }
}

fn switches_ui(ui: &mut Ui, view: &View<'_>, changed: &mut Settings) {
    let theme = view.theme;
    row_ui(ui, theme, "Snapping", |ui| {
        ui.checkbox(&mut changed.is_snapping, "Edges jump to edges nearby");
    });
    row_ui(ui, theme, "Media ends", |ui| {
        ui.checkbox(
            &mut changed.is_media_end_sticky,
            "Hold an edge where its media ends, until it is pulled hard",
        );
    });
    row_ui(ui, theme, "Previews", |ui| {
        ui.checkbox(
            &mut changed.shows_previews,
            "Show rough pictures of what a model is making (from the next job on)",
        );
    });
    row_ui(ui, theme, "While idle", |ui| {
        ui.checkbox(
            &mut changed.makes_ahead,
            "Make a draft of the wish at the playhead when nobody does anything for 20 seconds",
        );
    });
    row_ui(ui, theme, "Desktop", |ui| {
        ui.checkbox(
            &mut changed.tells_desktop,
            "Say on the desktop when a job of half a minute or more has ended",
        );
    });
    row_ui(ui, theme, "Sound", |ui| {
        ui.checkbox(
            &mut changed.use_sound_device,
            "Use the sound device (from the next start)",
        );
    });
}

/// Where things are kept.
fn saving_ui(ui: &mut Ui, view: &View<'_>, project: &Project) {
    let theme = view.theme;
    ui.add_space(theme.space.medium);
    heading_ui(ui, theme, "Saving");
    weak_ui(
        ui,
        theme,
        "Every change is on the disk within a second: in the project file, or before the first save \
         in the recovery folder. Ten earlier versions are kept beside the project.",
    );
    folder_ui(ui, view, "Recovery", &project.home.recovery_folder);
    folder_ui(ui, view, "Cache", &project.home.cache_folder);
    if let Some(bytes) = project.cache_bytes {
        row_ui(ui, theme, "Cache size", |ui| {
            let megabytes = bytes as f64 / 1e6;
            weak_ui(ui, theme, format!("{megabytes:.1} MB"));
        });
    }
    weak_ui(
        ui,
        theme,
        "The cache can be deleted at any time; it is made again.",
    );
}

fn folder_ui(ui: &mut Ui, view: &View<'_>, name: &str, folder: &std::path::Path) {
    row_ui(ui, view.theme, name, |ui| {
        let text = RichText::new(folder.display().to_string())
            .font(view.theme.mono())
            .color(view.theme.color.text_weak);
        ui.add(egui::Label::new(text).truncate().selectable(true));
    });
}

/// Draws the table of all keys.
pub fn shortcuts_ui(ui: &mut Ui, view: &View<'_>, search: &mut String) {
    let theme = view.theme;
    ui.set_width(560.0);
    let field = TextEdit::singleline(search)
        .hint_text("Search keys and commands")
        .desired_width(f32::INFINITY);
    ui.add(field)
        .widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search shortcuts"));
    let needle = search.to_lowercase();
    ScrollArea::vertical()
        .max_height(440.0)
        .auto_shrink(false)
        .show(ui, |ui| {
            for category in Category::ALL {
                let rows: Vec<_> = Action::PLAIN
                    .iter()
                    .filter(|action| action.info().is_some_and(|info| info.category == category))
                    .filter_map(|action| Some((action, action.shortcut(view.key_map)?.to_string())))
                    .filter(|(action, keys)| {
                        action.text().to_lowercase().contains(&needle)
                            || keys.to_lowercase().contains(&needle)
                    })
                    .collect();
                if rows.is_empty() {
                    continue;
                }
                ui.add_space(theme.space.medium);
                heading_ui(ui, theme, category.label());
                for (action, keys) in rows {
                    ui.horizontal(|ui| {
                        let size = egui::vec2(120.0, 18.0);
                        ui.allocate_ui(size, |ui| {
                            ui.set_min_width(size.x);
                            ui.label(
                                RichText::new(keys)
                                    .font(theme.mono())
                                    .color(theme.color.accent),
                            );
                        });
                        ui.label(action.text());
                    });
                }
            }
        });
}

//! The bar at the top: menus, the project's name, and what is needed most.

use crate::{
    action::{Action, Category},
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, icon_action_ui},
        icon::Icon,
    },
};
use egui::{Align, Layout, MenuBar, Rect, RichText, Ui, containers::menu::MenuButton, vec2};

/// What the bar says beside the menus.
pub struct TopBar<'a> {
    /// What people call the project.
    pub name: &'a str,
    /// Whether something is not saved.
    pub is_unsaved: bool,
    /// Projects that were open before.
    pub recent: &'a [std::path::PathBuf],
    /// What "Undo" would take back.
    pub undo: Option<&'a str>,
    /// What "Redo" would do again.
    pub redo: Option<&'a str>,
    /// Notices that nobody looked at yet.
    pub unread: usize,
}

/// Draws the bar.
pub fn top_bar_ui(ui: &mut Ui, view: &View<'_>, bar: &TopBar<'_>, actions: &mut Vec<Action>) {
    let full = ui.available_rect_before_wrap();
    MenuBar::new().ui(ui, |ui| {
        ui.set_min_height(full.height());
        ui.spacing_mut().item_spacing.x = view.theme.space.tiny;
        ui.spacing_mut().button_padding.x = view.theme.space.medium;
        for category in Category::ALL {
            MenuButton::new(category.label()).ui(ui, |ui| {
                ui.set_min_width(ui.spacing().menu_width);
                menu_ui(ui, view, bar, category, actions);
            });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons_ui(ui, view, bar, actions);
        });
    });
    name_ui(ui, view, bar, full);
}

fn menu_ui(
    ui: &mut Ui,
    view: &View<'_>,
    bar: &TopBar<'_>,
    category: Category,
    actions: &mut Vec<Action>,
) {
    let entries = Action::PLAIN
        .iter()
        .filter(|action| action.info().is_some_and(|info| info.category == category));
    for action in entries {
        if begins_group(action) {
            ui.separator();
        }
        if let Some((name, inner)) = submenu_at(action) {
            ui.menu_button(name, |ui| {
                for action in inner {
                    entry_ui(ui, view, bar, action, actions);
                }
            });
        }
        if SUBMENUS.iter().any(|(_, inner)| inner.contains(action)) {
            continue;
        }
        entry_ui(ui, view, bar, action, actions);
        if *action == Action::OpenProject {
            recent_ui(ui, bar, actions);
        }
    }
}

/// Entries that lie in a menu of their own, so that no menu is higher than a small screen; it stands where its first
/// entry would.
const SUBMENUS: [(&str, &[Action]); 3] = [
    (
        "Change clip",
        &[
            Action::RestyleClip,
            Action::SlowMotion,
            Action::UpscaleClip,
            Action::RemoveObject,
            Action::OutpaintClip,
        ],
    ),
    ("Speech", &[Action::CaptionClip, Action::CleanSpeech]),
    (
        "Takes",
        &[
            Action::NewTake,
            Action::VaryTake,
            Action::MakeFinal,
            Action::NextTake,
            Action::PreviousTake,
            Action::CompareWipe,
            Action::CompareDifference,
            Action::LoopSeam,
        ],
    ),
];

fn submenu_at(action: &Action) -> Option<(&'static str, &'static [Action])> {
    let is_first = |(_, inner): &&(&str, &'static [Action])| inner.first() == Some(action);
    SUBMENUS.iter().find(is_first).copied()
}

/// Whether a line is drawn above an entry, to keep what belongs together apart from the rest.
fn begins_group(action: &Action) -> bool {
    matches!(
        action,
        Action::SaveProject
            | Action::ImportMedia
            | Action::ShowExport
            | Action::Quit
            | Action::SplitAtPlayhead
            | Action::Lift
            | Action::TrimStartToPlayhead
            | Action::Cut
            | Action::SelectAll
            | Action::ShowPreferences
            | Action::AddTitle
            | Action::ToggleDisabled
            | Action::AddMarker
            | Action::AddVideoTrack
            | Action::FillGap
            | Action::ShowBackground
            | Action::RefreshStale
            | Action::ToggleLoop
            | Action::StepBack
            | Action::GoToStart
            | Action::ToggleSnapping
            | Action::ViewerFit
            | Action::ShowMedia
            | Action::ToggleFullscreen
    )
}

fn entry_ui(
    ui: &mut Ui,
    view: &View<'_>,
    bar: &TopBar<'_>,
    action: &Action,
    actions: &mut Vec<Action>,
) {
    let text = match (action, bar.undo, bar.redo) {
        (Action::Undo, Some(label), _) => format!("Undo {}", lower_first(label)),
        (Action::Redo, _, Some(label)) => format!("Redo {}", lower_first(label)),
        _ => action.text().to_owned(),
    };
    let is_enabled = match action {
        Action::Undo => bar.undo.is_some(),
        Action::Redo => bar.redo.is_some(),
        _ => true,
    };
    let keys = action.shortcut(view.key_map).map(|keys| keys.to_string());
    let mut button = egui::Button::new(text);
    if let Some(keys) = keys {
        let keys = RichText::new(keys)
            .size(view.theme.text.small)
            .color(view.theme.color.text_faint);
        button = button.right_text(keys);
    }
    let response = ui
        .add_enabled(is_enabled, button)
        .on_hover_text(action.tooltip(view.key_map));
    if response.clicked() {
        actions.push(action.clone());
        ui.close();
    }
}

fn recent_ui(ui: &mut Ui, bar: &TopBar<'_>, actions: &mut Vec<Action>) {
    ui.add_enabled_ui(!bar.recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in bar.recent {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let response = ui.button(name).on_hover_text(path.display().to_string());
                if response.clicked() {
                    actions.push(Action::OpenPath { path: path.clone() });
                    ui.close();
                }
            }
        });
    });
}

fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Right to left: the main thing to do comes first.
fn buttons_ui(ui: &mut Ui, view: &View<'_>, bar: &TopBar<'_>, actions: &mut Vec<Action>) {
    let export = ButtonSpec::text("Export")
        .with_icon(Icon::Export)
        .weight(Weight::Primary);
    action_button_ui(ui, view, export, Action::ShowExport, actions);
    ui.add_space(view.theme.space.small);
    let bell = ButtonSpec::icon(Icon::Bell, "Notices").on(bar.unread > 0);
    action_button_ui(ui, view, bell, Action::ShowNotices, actions);
    icon_action_ui(ui, view, Icon::Search, Action::ShowPalette, actions);
    ui.add_space(view.theme.space.small);
    let redo = ButtonSpec::icon(Icon::Redo, "Redo").enabled(bar.redo.is_some());
    action_button_ui(ui, view, redo, Action::Redo, actions);
    let undo = ButtonSpec::icon(Icon::Undo, "Undo").enabled(bar.undo.is_some());
    action_button_ui(ui, view, undo, Action::Undo, actions);
}

/// The project's name in the middle of the window.
fn name_ui(ui: &Ui, view: &View<'_>, bar: &TopBar<'_>, full: Rect) {
    let theme = view.theme;
    let painter = ui.painter();
    let font = theme.font(theme.text.body);
    let galley = painter.layout_no_wrap(bar.name.to_owned(), font, theme.color.text_weak);
    let rect = Rect::from_center_size(full.center(), galley.size());
    painter.galley(rect.min, galley, theme.color.text_weak);
    if bar.is_unsaved {
        let dot = rect.left_center() - vec2(10.0, 0.0);
        painter.circle_filled(dot, 3.0, theme.color.warning);
    }
}

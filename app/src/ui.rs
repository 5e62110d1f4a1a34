//! Where the panels are. Nothing changes here; what is asked for is collected and applied afterwards.

use crate::{
    action::Action,
    app::StudioApp,
    panels::{
        LeftTab, Panels, RightTab,
        background::{background_ui, brush_ui, chosen_clip, wanted_view},
        bin::bin_ui,
        dialog::{DialogInputs, dialog_ui},
        generate::generate_ui,
        history::history_ui,
        inspector::inspector_ui,
        jobs::{jobs_ui, running_ui},
        notices::{notices_ui, toasts_ui},
        region::region_ui,
        seams::seams_ui,
        storyboard::storyboard_ui,
        takes, timeline_panel_ui,
        top_bar::{TopBar, top_bar_ui},
        viewer::viewer_ui,
        welcome::welcome_ui,
    },
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{CentralPanel, Frame, Margin, Panel, Ui};
use runtime::Command;

/// Height of the bar at the bottom.
const STATUS_HEIGHT: f32 = 26.0;

impl StudioApp {
    /// Draws the window and applies what was asked for in it.
    pub fn draw(&mut self, ui: &mut Ui) {
        let mut panels = std::mem::take(&mut self.panels);
        let mut actions = Vec::new();
        let matte_view;
        {
            let view = View {
                is_test: panels.is_test,
                compare: panels.compare,
                ..self.view()
            };
            self.bars_ui(ui, &view, &mut actions);
            self.below_ui(ui, &view, &mut panels, &mut actions);
            self.left_ui(ui, &view, &mut panels, &mut actions);
            self.right_ui(ui, &view, &mut panels, &mut actions);
            self.middle_ui(ui, &view, &mut panels, &mut actions);
            let inputs = DialogInputs {
                settings: &self.settings,
                project: &self.project,
                models: &panels.models,
            };
            let ctx = ui.ctx().clone();
            let open = (&mut panels.dialog, &mut panels.asking);
            dialog_ui(&ctx, &view, &inputs, open, &mut actions);
            toasts_ui(&ctx, &view, &self.notices, &mut actions);
            let clip = chosen_clip(&view).map(|(item, _)| item.id);
            let clip = clip.filter(|_| panels.right == RightTab::Background);
            matte_view = wanted_view(view.document, clip, &panels.background);
        }
        if panels.right == RightTab::Notices {
            self.notices.unread = 0;
        }
        self.tell_viewer_size(&panels);
        if panels.background.told != matte_view {
            panels.background.told = matte_view;
            self.send(Command::SetMatteView { shown: matte_view });
        }
        self.panels = panels;
        let ctx = ui.ctx().clone();
        self.after_drawing(&ctx, actions);
    }

    fn tell_viewer_size(&mut self, panels: &Panels) {
        if let Some(size) = panels.viewer.wanted_size
            && self.transport.viewer_size != Some(size)
        {
            self.transport.viewer_size = Some(size);
            self.send(Command::SetViewerSize { size });
        }
    }

    fn bars_ui(&self, ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
        let theme = view.theme;
        let name = self.project_name();
        let bar = TopBar {
            name: &name,
            is_unsaved: self.editor.is_unsaved(),
            recent: &self.project.recent,
            undo: self.editor.history().undo_label(),
            redo: self.editor.history().redo_label(),
            unread: self.notices.unread,
        };
        let frame = Frame::new().fill(theme.color.window);
        Panel::top("top bar")
            .exact_size(theme.size.toolbar)
            .show_separator_line(false)
            .frame(frame.inner_margin(Margin::symmetric(theme.space.medium as i8, 0)))
            .show(ui, |ui| top_bar_ui(ui, view, &bar, actions));
        Panel::bottom("status bar")
            .exact_size(STATUS_HEIGHT)
            .show_separator_line(false)
            .frame(frame.inner_margin(Margin::symmetric(theme.space.large as i8, 0)))
            .show(ui, |ui| self.status_ui(ui, view, actions));
    }

    /// The bar at the bottom: what runs, how the project stands, what the sequence is.
    fn status_ui(&self, ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
        let theme = view.theme;
        ui.horizontal_centered(|ui| {
            if view.jobs.open().is_empty() {
                let text = match (&self.project.path, self.editor.is_unsaved()) {
                    (Some(_), false) => "All changes saved",
                    (Some(_), true) => "Saving…",
                    (None, _) if self.is_welcome() => "Ready",
                    (None, _) => "Not saved yet; kept for recovery",
                };
                weak_ui(ui, theme, text);
            } else {
                running_ui(ui, view, actions);
            }
            if !self.project.offline.is_empty() {
                let count = self.project.offline.len();
                let text = format!("{count} missing");
                let spec = ButtonSpec::text(&text)
                    .with_icon(Icon::Warning)
                    .weight(Weight::Quiet)
                    .named("Find missing media");
                action_button_ui(ui, view, spec, Action::RelinkMedia, actions);
            }
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(layout, |ui| {
                let sequence = view.sequence();
                let rate = crate::panels::inspector::rate_text(sequence.rate);
                let size = sequence.size;
                weak_ui(
                    ui,
                    theme,
                    format!("{}×{} · {rate}", size.width, size.height),
                );
            });
        });
    }

    fn below_ui(
        &self,
        ui: &mut Ui,
        view: &View<'_>,
        panels: &mut Panels,
        actions: &mut Vec<Action>,
    ) {
        let theme = view.theme;
        Panel::bottom("timeline")
            .resizable(true)
            .default_size(320.0)
            .size_range(160.0..=640.0)
            .show_separator_line(false)
            .frame(theme.panel_frame())
            .show(ui, |ui| {
                timeline_panel_ui(ui, view, &mut panels.timeline, actions);
            });
        // The drawer takes the strip's place: with both, nothing would be left of the picture.
        let is_drawer_open = panels.asking.is_advanced && panels.asking.ask.is_some();
        if let Some(shown) = takes::shown_item(view).filter(|_| !is_drawer_open) {
            Panel::bottom("takes")
                .exact_size(takes::CARD_HEIGHT + 2.0 * theme.space.small)
                .show_separator_line(false)
                .frame(theme.panel_frame().inner_margin(theme.space.small))
                .show(ui, |ui| {
                    takes::takes_ui(ui, view, shown, &mut panels.takes, actions);
                });
        }
        generate_ui(ui, view, &mut panels.asking, &self.prompts, actions);
    }

    fn left_ui(
        &self,
        ui: &mut Ui,
        view: &View<'_>,
        panels: &mut Panels,
        actions: &mut Vec<Action>,
    ) {
        let theme = view.theme;
        let inner = Margin::same(theme.space.medium as i8);
        Panel::left("left side")
            .resizable(true)
            .default_size(300.0)
            .size_range(190.0..=520.0)
            .show_separator_line(false)
            .frame(theme.panel_frame().inner_margin(inner))
            .show(ui, |ui| {
                let tabs = [
                    ("Media", Action::ShowMedia, panels.left == LeftTab::Media),
                    (
                        "History",
                        Action::ShowHistory,
                        panels.left == LeftTab::History,
                    ),
                    (
                        "Storyboard",
                        Action::ShowStoryboard,
                        panels.left == LeftTab::Storyboard,
                    ),
                ];
                tabs_ui(ui, view, &tabs, actions);
                match panels.left {
                    LeftTab::Media => bin_ui(ui, view, &mut panels.bin, actions),
                    LeftTab::History => history_ui(ui, view, self.editor.history(), actions),
                    LeftTab::Storyboard => storyboard_ui(ui, view, &mut panels.storyboard, actions),
                }
            });
    }

    fn right_ui(
        &self,
        ui: &mut Ui,
        view: &View<'_>,
        panels: &mut Panels,
        actions: &mut Vec<Action>,
    ) {
        let theme = view.theme;
        let inner = Margin::same(theme.space.medium as i8);
        Panel::right("right side")
            .resizable(true)
            .default_size(330.0)
            .size_range(310.0..=520.0)
            .show_separator_line(false)
            .frame(theme.panel_frame().inner_margin(inner))
            .show(ui, |ui| {
                let right = panels.right;
                let mut tabs = vec![
                    (
                        "Inspector",
                        Action::ShowInspector,
                        right == RightTab::Inspector,
                    ),
                    ("Jobs", Action::ShowJobs, right == RightTab::Jobs),
                    ("Seams", Action::ShowSeams, right == RightTab::Seams),
                    ("Notices", Action::ShowNotices, right == RightTab::Notices),
                ];
                if right == RightTab::Background {
                    tabs.insert(1, ("Background", Action::ShowBackground, true));
                }
                tabs_ui(ui, view, &tabs, actions);
                match right {
                    RightTab::Inspector => inspector_ui(ui, view, &mut panels.inspector, actions),
                    RightTab::Jobs => jobs_ui(ui, view, actions),
                    RightTab::Seams => seams_ui(ui, view, &mut panels.seams, actions),
                    RightTab::Notices => notices_ui(ui, view, &self.notices, actions),
                    RightTab::Background => {
                        background_ui(ui, view, &mut panels.background, actions);
                    }
                }
            });
    }

    fn middle_ui(
        &self,
        ui: &mut Ui,
        view: &View<'_>,
        panels: &mut Panels,
        actions: &mut Vec<Action>,
    ) {
        CentralPanel::default()
            .frame(view.theme.panel_frame())
            .show(ui, |ui| {
                if self.is_welcome() {
                    welcome_ui(ui, view, &self.project.recent, actions);
                } else {
                    viewer_ui(ui, view, &self.transport, &mut panels.viewer, actions);
                    if panels.right == RightTab::Background
                        && let Some(rect) = panels.viewer.frame_rect
                    {
                        brush_ui(ui, view, &mut panels.background, rect, actions);
                    } else if let Some(rect) = panels.viewer.frame_rect {
                        region_ui(ui, view, &mut panels.region, &mut panels.asking, rect);
                    }
                }
            });
    }
}

/// Names of what a side can show; the chosen one is underlined by its ground.
fn tabs_ui(ui: &mut Ui, view: &View<'_>, tabs: &[(&str, Action, bool)], actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = view.theme.space.tiny;
        for (name, action, is_on) in tabs {
            let label = format!("{name} tab");
            let spec = ButtonSpec::text(name)
                .named(&label)
                .weight(Weight::Quiet)
                .on(*is_on);
            action_button_ui(ui, view, spec, action.clone(), actions);
        }
    });
    ui.add_space(view.theme.space.small);
}

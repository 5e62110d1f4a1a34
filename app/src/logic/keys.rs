//! Keys and dropped files, before anything is drawn.

use crate::{
    action::{Action, Shortcut},
    app::StudioApp,
    asking::Ask,
};
use egui::{Event, Key};

impl StudioApp {
    /// Turns keys into actions, unless somebody is typing or a dialog is open.
    pub(super) fn collect_keys(&self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        if self.panels.dialog.is_some()
            || self.panels.timeline.is_renaming()
            || self.panels.timeline.is_dragging()
            || ctx.text_edit_focused()
            || egui::Popup::is_any_open(ctx)
        {
            return;
        }
        let is_focused = ctx.memory(|memory| memory.focused().is_some());
        ctx.input(|input| {
            for event in &input.events {
                if let Some(action) = self.action_for(event, is_focused) {
                    actions.push(action);
                }
            }
        });
    }

    fn action_for(&self, event: &Event, is_focused: bool) -> Option<Action> {
        let shortcut = match event {
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => Shortcut::pressed(*key, *modifiers),
            // The system's own keys for these arrive as what they mean.
            Event::Copy => return Some(Action::Copy),
            Event::Cut => return Some(Action::Cut),
            Event::Paste(_) => return Some(Action::Paste),
            _ => return None,
        };
        if shortcut.key == Key::Escape {
            // The first press closes the bar and leaves its wish selected, the next one lets go of that.
            let close = |ask: &Ask| Action::CloseAsk {
                ask: Box::new(ask.clone()),
            };
            let ask = self.panels.asking.ask.as_ref();
            return Some(ask.map_or(Action::Deselect, close));
        }
        if is_focused && shortcut.is_taken_by_focus() {
            return None;
        }
        Action::for_shortcut(shortcut, self.settings.key_map)
    }

    /// Files dropped on the window go into the bin; a project is opened.
    #[expect(clippy::unused_self, reason = "reads like its neighbor")]
    pub(super) fn collect_dropped_files(&self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let paths: Vec<_> = dropped.iter().map(|file| file.path().to_owned()).collect();
        if let [path] = paths.as_slice()
            && path
                .extension()
                .is_some_and(|ending| ending == crate::project::PROJECT_EXTENSION)
        {
            let path = path.clone();
            actions.push(Action::OpenPath { path });
        } else if !paths.is_empty() {
            actions.push(Action::ImportPaths { paths });
        }
    }
}

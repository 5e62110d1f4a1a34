//! Keys and dropped files, before anything is drawn.

use crate::{
    action::{Action, Shortcut},
    app::StudioApp,
    asking::Ask,
};
use egui::{Event, Key};

/// The take that a bare number key shows.
fn take_number(pressed: Shortcut) -> Option<usize> {
    let keys = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
    ];
    let is_bare = !pressed.is_ctrl && !pressed.is_shift && !pressed.is_alt;
    let place = keys.iter().position(|key| *key == pressed.key);
    place.filter(|_| is_bare).map(|place| place + 1)
}

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
        let take = take_number(shortcut)
            .filter(|_| self.editor.take_target(self.transport.playhead).is_some());
        if let Some(number) = take {
            return Some(Action::ShowTake { number });
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

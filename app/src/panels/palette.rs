//! The command palette: any action by a few letters of its name.

use crate::{action::Action, view::View};
use egui::{
    Align2, Key, Rect, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

/// Rows that show at once.
const ROWS: f32 = 9.0;

/// What the palette remembers while it is open.
#[derive(Debug, Default)]
pub struct PaletteState {
    /// What was typed.
    pub query: String,
    /// Which row is chosen.
    pub chosen: usize,
    /// Whether the field was given the keyboard already.
    has_begun: bool,
}

/// Draws the palette; returns whether it is done.
pub fn palette_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut PaletteState,
    actions: &mut Vec<Action>,
) -> bool {
    let theme = view.theme;
    ui.set_width(520.0);
    let (up, down, enter) = ui.input_mut(|input| {
        let none = egui::Modifiers::NONE;
        (
            input.consume_key(none, Key::ArrowUp),
            input.consume_key(none, Key::ArrowDown),
            input.consume_key(none, Key::Enter),
        )
    });
    let field = TextEdit::singleline(&mut state.query)
        .hint_text("Type a command")
        .font(theme.font(theme.text.title))
        .frame(egui::Frame::NONE)
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, "Command");
        info.current_text_value = Some(state.query.clone());
        info
    });
    if !state.has_begun {
        response.request_focus();
        state.has_begun = true;
    }
    if response.changed() {
        state.chosen = 0;
    }
    ui.separator();
    let found = search(&state.query);
    let last = found.len().saturating_sub(1);
    if down {
        state.chosen = (state.chosen + 1).min(last);
    }
    if up {
        state.chosen = state.chosen.saturating_sub(1);
    }
    if found.is_empty() {
        ui.add_space(theme.space.medium);
        ui.label(RichText::new("No command by that name").color(theme.color.text_faint));
        return false;
    }
    let mut is_done = false;
    let height = ROWS * (theme.size.row + 1.0);
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (index, action) in found.iter().enumerate() {
                let is_chosen = index == state.chosen;
                let row = row_ui(ui, view, action, is_chosen);
                if is_chosen && (up || down) {
                    row.scroll_to_me(None);
                }
                if row.clicked() || (is_chosen && enter) {
                    actions.push((*action).clone());
                    is_done = true;
                }
            }
        });
    is_done
}

fn row_ui(ui: &mut Ui, view: &View<'_>, action: &Action, is_chosen: bool) -> egui::Response {
    let theme = view.theme;
    let size = vec2(ui.available_width(), theme.size.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let info = action.info();
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::Button,
            true,
            is_chosen,
            format!("Run {}", action.text()),
        )
    });
    let ground = match (is_chosen, response.hovered()) {
        (true, _) => theme.color.accent_weak,
        (false, true) => theme.color.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, theme.radius.control, ground);
    let inner = rect.shrink2(vec2(theme.space.medium, 0.0));
    let painter = ui.painter();
    let font = theme.font(theme.text.body);
    let name = painter.text(
        inner.left_center(),
        Align2::LEFT_CENTER,
        action.text(),
        font,
        theme.color.text,
    );
    let small = theme.font(theme.text.small);
    if let Some(info) = info {
        let at = pos2(name.right() + theme.space.medium, rect.center().y);
        let ink = theme.color.text_faint;
        painter.text(
            at,
            Align2::LEFT_CENTER,
            info.category.label(),
            small.clone(),
            ink,
        );
    }
    if let Some(keys) = action.shortcut(view.key_map) {
        keys_paint(ui, view, inner, &keys.to_string());
    }
    response
}

/// Keys at the right end, as on a keyboard.
fn keys_paint(ui: &Ui, view: &View<'_>, inner: Rect, keys: &str) {
    let theme = view.theme;
    let font = theme.font(theme.text.small);
    let ink = theme.color.text_weak;
    let galley = ui.painter().layout_no_wrap(keys.to_owned(), font, ink);
    let size = galley.size() + vec2(12.0, 4.0);
    let rect = Rect::from_center_size(pos2(inner.right() - size.x / 2.0, inner.center().y), size);
    ui.painter()
        .rect_filled(rect, theme.radius.small, theme.color.raised);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, ink);
}

/// Actions whose name holds these letters in this order, the best first; all of them for the empty text.
pub fn search(query: &str) -> Vec<&'static Action> {
    let others = Action::PLAIN
        .iter()
        .filter(|action| **action != Action::ShowPalette);
    let mut found: Vec<(i32, &Action)> = others
        .filter_map(|action| Some((score(query, action.text())?, action)))
        .collect();
    // The order of the menus decides between equals.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, action)| action).collect()
}

/// How well `text` answers `query`: letters at the start of words and side by side count more; `None` for not at all.
fn score(query: &str, text: &str) -> Option<i32> {
    const AT_WORD: i32 = 8;
    const SIDE_BY_SIDE: i32 = 5;
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut total = -(text.len() as i32) / 8;
    let mut from = 0;
    let mut last = None;
    for wanted in query
        .to_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace())
    {
        let at = best_place(&text, from, last, wanted)?;
        let is_at_word = at == 0 || !text[at - 1].is_alphanumeric();
        total += 1 + if is_at_word { AT_WORD } else { 0 };
        total += if at > 0 && last == Some(at - 1) {
            SIDE_BY_SIDE
        } else {
            0
        };
        last = Some(at);
        from = at + 1;
    }
    Some(total)
}

/// Where the letter is found: right behind the last one if it is there, else at the next start of a word, else anywhere.
fn best_place(text: &[char], from: usize, last: Option<usize>, wanted: char) -> Option<usize> {
    if let Some(last) = last
        && text.get(last + 1) == Some(&wanted)
    {
        return Some(last + 1);
    }
    let mut places = (from..text.len()).filter(|at| text[*at] == wanted);
    let first = places.clone().next()?;
    let at_word = places.find(|at| *at == 0 || !text[*at - 1].is_alphanumeric());
    Some(at_word.unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_the_command() {
        for (query, wanted) in [
            ("ripdel", Action::RippleDelete),
            ("split", Action::SplitAtPlayhead),
            ("exp", Action::ShowExport),
            ("avt", Action::AddVideoTrack),
            ("undo", Action::Undo),
            ("swap", Action::ShowBackground),
        ] {
            assert_eq!(search(query).first(), Some(&&wanted), "{query}");
        }
        assert!(search("xyzzy").is_empty());
        assert_eq!(search("").len(), Action::PLAIN.len() - 1);
    }
}

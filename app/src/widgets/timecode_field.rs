//! The playhead's timecode, to read and to type.

use crate::{action::Action, view::View};
use av::Timecode;
use egui::{Key, TextEdit, Ui};

/// Shows where the playhead stands; Enter sends it where was typed.
pub fn timecode_field_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let id = ui.scope_id().with("timecode");
    let rate = view.rate();
    let shown = Timecode::from_frame(view.playhead, rate).to_string();
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = typed.unwrap_or_else(|| shown.clone());
    let field = TextEdit::singleline(&mut text)
        .id(id.with("field"))
        .font(view.theme.mono())
        .desired_width(112.0)
        .align(egui::Align2::CENTER_CENTER)
        .background_color(view.theme.color.sunken);
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Timecode");
        info.current_text_value = Some(text.clone());
        info
    });
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if response.gained_focus() {
        // What is typed replaces all.
        ui.data_mut(|data| data.insert_temp(id, shown));
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
        if ui.input(|input| input.key_pressed(Key::Enter))
            && let Ok(frame) = Timecode::parse(&text, rate)
        {
            actions.push(Action::Seek { frame });
        }
    }
    response.on_hover_text("Type a timecode or a frame number and press Enter");
}

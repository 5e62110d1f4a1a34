//! What is known of media in the bin.

use super::section_ui;
use crate::{
    action::Action,
    panels::bin::rename_edit,
    view::View,
    widgets::{
        control::{ButtonSpec, action_button_ui, weak_ui},
        field::row_ui,
    },
};
use egui::{Role, TextEdit, Ui, WidgetInfo};
use timeline::{Asset, AssetId};

/// Draws name, streams and place.
pub fn media_ui(ui: &mut Ui, view: &View<'_>, id: AssetId, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let Some(asset) = view.document.assets.find(id) else {
        return;
    };
    section_ui(ui, theme, "Media");
    row_ui(ui, theme, "Name", |ui| {
        let mut name = asset.name.clone();
        let field = TextEdit::singleline(&mut name).desired_width(ui.available_width());
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Media name");
            info.current_text_value = Some(name.clone());
            info
        });
        if response.changed() {
            actions.push(Action::Apply {
                edit: rename_edit(asset, name),
            });
        }
    });
    for (label, value) in facts(asset) {
        row_ui(ui, theme, label, |ui| {
            let text = egui::RichText::new(value)
                .size(theme.text.small)
                .color(theme.color.text);
            ui.add(egui::Label::new(text).wrap());
        });
    }
    if view.offline.contains(&id) {
        ui.colored_label(theme.color.error, "The file is not where it was");
        let spec = ButtonSpec::text("Find the file…");
        action_button_ui(ui, view, spec, Action::Relink { asset: id }, actions);
    }
    ui.add_space(theme.space.small);
    let append = ButtonSpec::text("Append to the timeline");
    action_button_ui(ui, view, append, Action::AppendAsset { asset: id }, actions);
    ui.add_space(theme.space.small);
    weak_ui(ui, theme, "Or drag it onto a track.");
}

fn facts(asset: &Asset) -> Vec<(&'static str, String)> {
    let info = &asset.info;
    let mut facts = Vec::new();
    if let Some(video) = &info.video {
        facts.push(("Picture", format!("{} · {}", video.size, video.codec)));
        if !info.is_still {
            let rate = video
                .rate
                .map_or_else(|| "variable".to_owned(), super::sequence::rate_text);
            facts.push(("Frame rate", rate));
        }
    }
    if let Some(audio) = &info.audio {
        let text = format!(
            "{} · {} Hz · {} ch",
            audio.codec, audio.sample_rate, audio.channels
        );
        facts.push(("Sound", text));
    }
    if !info.is_still {
        let seconds = info.duration.seconds_for_display();
        facts.push(("Length", format!("{seconds:.2} s")));
    }
    facts.push(("Container", info.container.clone()));
    facts.push(("File", asset.path.display().to_string()));
    facts
}

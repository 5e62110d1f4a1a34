//! What comes behind: a blur, a color, a picture or clip, words, or nothing.

use super::{BackgroundState, Chosen};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, weak_ui},
        field::{Number, collect, name_it, number_ui, row_ui},
        icon::Icon,
    },
};
use egui::{ComboBox, TextEdit, Ui};
use timeline::{BackgroundFill, Edit, Rgba};

/// Blur reaches from a breath to a wall, in percent of the picture's height.
const BLUR_PERCENT: std::ops::RangeInclusive<f64> = 0.1..=20.0;

/// The color that is offered first.
const FIRST_COLOR: Rgba = Rgba([0x20, 0x90, 0x60, 0xff]);

/// Draws the chooser and what belongs to the choice.
pub(super) fn fill_ui(
    ui: &mut Ui,
    view: &View<'_>,
    chosen: &Chosen<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let item = chosen.item.id;
    let fill = &chosen.background.fill;
    let set = |fill: BackgroundFill| Edit::SetBackgroundFill { item, fill };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.tiny;
        let choices = [
            (
                "Blur",
                matches!(fill, BackgroundFill::Blur { .. }),
                super::FIRST_FILL,
            ),
            (
                "Color",
                matches!(fill, BackgroundFill::Color(_)),
                BackgroundFill::Color(FIRST_COLOR),
            ),
            (
                "Nothing",
                *fill == BackgroundFill::Transparent,
                BackgroundFill::Transparent,
            ),
        ];
        for (text, is_on, choice) in choices {
            let name = format!("Behind: {}", text.to_lowercase());
            let spec = ButtonSpec::text(text).named(&name).on(is_on);
            if button_ui(ui, theme, spec).clicked() && !is_on {
                actions.push(Action::Apply { edit: set(choice) });
            }
        }
    });
    match fill {
        BackgroundFill::Blur { radius } => row_ui(ui, theme, "Radius", |ui| {
            let number = Number::new("Blur radius", BLUR_PERCENT).unit(" %", 1);
            let (response, percent) = number_ui(ui, theme, radius * 100.0, &number);
            let edit = || {
                set(BackgroundFill::Blur {
                    radius: percent / 100.0,
                })
            };
            collect(&response, "Blur radius", actions, edit);
        }),
        BackgroundFill::Color(color) => row_ui(ui, theme, "Color", |ui| {
            let mut color = *color;
            let response = ui.color_edit_button_srgba_unmultiplied(&mut color.0);
            name_it(ui, &response, "Background color");
            if response.changed() {
                let edit = set(BackgroundFill::Color(color));
                actions.push(Action::Apply { edit });
            }
        }),
        BackgroundFill::Transparent => {
            weak_ui(ui, theme, "Lower tracks show through");
        }
        BackgroundFill::Asset(_) => {}
    }
    row_ui(ui, theme, "Media", |ui| media_ui(ui, view, chosen, actions));
    words_ui(ui, view, chosen, state, actions);
}

fn media_ui(ui: &mut Ui, view: &View<'_>, chosen: &Chosen<'_>, actions: &mut Vec<Action>) {
    let item = chosen.item.id;
    let background = chosen.background;
    let is_matte = |id| id == background.matte || Some(id) == background.found;
    let pictures = view.document.assets.iter();
    let pictures: Vec<_> = pictures
        .filter(|asset| asset.info.video.is_some() && !is_matte(asset.id))
        .collect();
    let now = match background.fill {
        BackgroundFill::Asset(asset) => Some(asset),
        BackgroundFill::Color(_) | BackgroundFill::Blur { .. } | BackgroundFill::Transparent => {
            None
        }
    };
    let shown = pictures.iter().find(|asset| Some(asset.id) == now);
    let shown = shown.map_or("Picture or clip…", |asset| &asset.name);
    let combo = ComboBox::from_id_salt("background media")
        .selected_text(shown)
        .width(200.0)
        .show_ui(ui, |ui| {
            for asset in &pictures {
                let response = ui.selectable_label(Some(asset.id) == now, &asset.name);
                if response.clicked() {
                    let fill = BackgroundFill::Asset(asset.id);
                    let edit = Edit::SetBackgroundFill { item, fill };
                    actions.push(Action::Apply { edit });
                }
            }
        });
    name_it(ui, &combo.response, "Background media");
}

/// A background that is made from words.
fn words_ui(
    ui: &mut Ui,
    view: &View<'_>,
    chosen: &Chosen<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    row_ui(ui, theme, "Words", |ui| {
        let edit = TextEdit::singleline(&mut state.prompt)
            .hint_text("a beach at dusk")
            .desired_width(150.0);
        let response = ui.add(edit);
        name_it(ui, &response, "Background words");
        let is_ready =
            !state.prompt.trim().is_empty() && view.jobs.of_item(chosen.item.id).is_none();
        let spec = ButtonSpec::text("Make")
            .named("Make background")
            .with_icon(Icon::Sparkle)
            .weight(Weight::Normal)
            .enabled(is_ready);
        let tooltip = "Makes a clip as long as this one from the words, and puts it behind";
        if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
            actions.push(Action::MakeBackdrop {
                item: chosen.item.id,
                prompt: state.prompt.trim().to_owned(),
            });
        }
    });
}

//! What comes behind a clip's subject.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, CardSpec, Weight, button_ui, card_ui, weak_ui},
        field::{Number, name_it, number_ui, row_ui},
        icon::Icon,
    },
};
use egui::{ComboBox, Ui};
use timeline::{AssetId, BackgroundFill, ItemId, Rgba};

/// Blur reaches from a breath to a wall, in percent of the picture's height.
const BLUR_PERCENT: std::ops::RangeInclusive<f64> = 0.1..=20.0;

/// What the dialog remembers.
#[derive(Debug, Clone)]
pub struct BackgroundState {
    /// The clip.
    pub item: ItemId,
    /// What is chosen.
    pub choice: BackgroundChoice,
    /// The color, while another choice is made.
    pub color: Rgba,
    /// The picture or clip.
    pub asset: Option<AssetId>,
    /// Radius in percent of the picture's height.
    pub blur_percent: f64,
}

/// Sorts of backgrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackgroundChoice {
    /// One color.
    Color,
    /// A picture or a clip of the project.
    Media,
    /// The old one, blurred.
    Blur,
    /// Lower tracks show through.
    Transparent,
}

/// Choices in the order they are offered, with what they mean.
const CHOICES: [(BackgroundChoice, Icon, &str, &str); 4] = [
    (
        BackgroundChoice::Blur,
        Icon::Eye,
        "Blur",
        "The old background, out of focus",
    ),
    (
        BackgroundChoice::Color,
        Icon::Picture,
        "Color",
        "One color behind the subject",
    ),
    (
        BackgroundChoice::Media,
        Icon::Film,
        "Picture or clip",
        "Media of this project fills the frame",
    ),
    (
        BackgroundChoice::Transparent,
        Icon::Grid,
        "Nothing",
        "Lower tracks show through",
    ),
];

impl BackgroundState {
    /// A swap for this clip; a blur is what harms least.
    pub fn new(item: ItemId) -> Self {
        Self {
            item,
            choice: BackgroundChoice::Blur,
            color: Rgba([0x20, 0x90, 0x60, 0xff]),
            asset: None,
            blur_percent: 3.0,
        }
    }

    /// What comes behind; `None` while it is not chosen.
    pub fn fill(&self) -> Option<BackgroundFill> {
        match self.choice {
            BackgroundChoice::Color => Some(BackgroundFill::Color(self.color)),
            BackgroundChoice::Media => self.asset.map(BackgroundFill::Asset),
            BackgroundChoice::Blur => Some(BackgroundFill::Blur {
                radius: self.blur_percent / 100.0,
            }),
            BackgroundChoice::Transparent => Some(BackgroundFill::Transparent),
        }
    }
}

/// Draws the choices.
pub fn background_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.set_width(420.0);
    weak_ui(
        ui,
        theme,
        "The subject is found on every frame and kept; only what lies behind it changes. The clip's \
         own file stays as it is.",
    );
    ui.add_space(theme.space.small);
    for (choice, icon, title, text) in CHOICES {
        let card = CardSpec {
            icon,
            title,
            text,
            name: title,
            is_chosen: state.choice == choice,
        };
        if card_ui(ui, theme, &card).clicked() {
            state.choice = choice;
        }
    }
    ui.add_space(theme.space.small);
    match state.choice {
        BackgroundChoice::Color => row_ui(ui, theme, "Color", |ui| {
            let response = ui.color_edit_button_srgba_unmultiplied(&mut state.color.0);
            name_it(ui, &response, "Background color");
        }),
        BackgroundChoice::Media => row_ui(ui, theme, "Media", |ui| media_ui(ui, view, state)),
        BackgroundChoice::Blur => row_ui(ui, theme, "Radius", |ui| {
            let number = Number::new("Blur radius", BLUR_PERCENT).unit(" %", 1);
            state.blur_percent = number_ui(ui, theme, state.blur_percent, &number).1;
        }),
        BackgroundChoice::Transparent => {}
    }
    ui.add_space(theme.space.large);
    ui.horizontal(|ui| {
        let fill = state.fill();
        let spec = ButtonSpec::text("Swap background")
            .with_icon(Icon::Sparkle)
            .weight(Weight::Primary)
            .enabled(fill.is_some());
        if button_ui(ui, theme, spec).clicked()
            && let Some(fill) = fill
        {
            actions.push(Action::SwapBackground {
                item: state.item,
                fill,
            });
        }
        if button_ui(ui, theme, ButtonSpec::text("Cancel")).clicked() {
            actions.push(Action::CloseDialog {});
        }
    });
}

fn media_ui(ui: &mut Ui, view: &View<'_>, state: &mut BackgroundState) {
    let pictures = view.document.assets.iter();
    let pictures: Vec<_> = pictures
        .filter(|asset| asset.info.video.is_some())
        .collect();
    let chosen = pictures.iter().find(|asset| Some(asset.id) == state.asset);
    let shown = chosen.map_or("Choose…", |asset| &asset.name);
    let combo = ComboBox::from_id_salt("background media")
        .selected_text(shown)
        .width(240.0)
        .show_ui(ui, |ui| {
            for asset in &pictures {
                ui.selectable_value(&mut state.asset, Some(asset.id), &asset.name);
            }
        });
    name_it(ui, &combo.response, "Background media");
}

//! What a model can do with a clip: paint it, slow it down, take something out, make it wider.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, CardSpec, Weight, button_ui, card_ui, weak_ui},
        field::{Number, name_it, number_ui, row_ui},
        icon::Icon,
    },
};
use av::ScanSize;
use egui::{ComboBox, ScrollArea, TextEdit, Ui};
use std::collections::BTreeMap;
use timeline::{ItemId, Purpose, Recipe, Region};

/// How often a clip can be slowed down at once.
const SLOW_FACTORS: [i64; 3] = [2, 4, 8];

/// The aspects of the canvas presets.
const ASPECTS: [(u32, u32); 5] = [(16, 9), (9, 16), (1, 1), (4, 5), (21, 9)];

/// What is done with the clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipCommand {
    /// Another look.
    Restyle,
    /// Slower, with the frames between made.
    SlowMotion,
    /// A region made anew.
    RemoveObject,
    /// Another aspect, with what lies past the borders made.
    Outpaint,
}

/// Every command, in order, with what it means.
const COMMANDS: [(ClipCommand, Icon, &str, &str); 4] = [
    (
        ClipCommand::Restyle,
        Icon::Picture,
        "Restyle",
        "Paints the clip in one of 26 looks, steadily",
    ),
    (
        ClipCommand::SlowMotion,
        Icon::Film,
        "Slow motion",
        "Slower, with new frames between the clip's own",
    ),
    (
        ClipCommand::RemoveObject,
        Icon::SafeArea,
        "Remove object",
        "Makes a part of the picture anew (needs an installed model)",
    ),
    (
        ClipCommand::Outpaint,
        Icon::Grid,
        "Another aspect",
        "Makes what lies past the borders (needs an installed model)",
    ),
];

/// What the dialog remembers.
#[derive(Debug, Clone)]
pub struct ClipCommandState {
    /// The clip.
    pub item: ItemId,
    /// What is done with it.
    pub command: ClipCommand,
    /// Number of the look.
    pub style: usize,
    /// How much of it, in percent.
    pub strength_percent: f64,
    /// Whether the clip's own colors stay.
    pub keeps_colors: bool,
    /// How often slower.
    pub slow_factor: i64,
    /// What is to be seen where something is made.
    pub prompt: String,
    /// Left, top, width and height of the region, in percent of the picture.
    pub region_percent: [f64; 4],
    /// Number of the aspect.
    pub aspect: usize,
}

impl ClipCommandState {
    /// A dialog about this clip.
    pub fn new(item: ItemId, command: ClipCommand) -> Self {
        Self {
            item,
            command,
            style: 19,
            strength_percent: 100.0,
            keeps_colors: false,
            slow_factor: 2,
            prompt: String::new(),
            region_percent: [30.0, 30.0, 40.0, 40.0],
            aspect: 1,
        }
    }

    /// What is asked for.
    fn action(&self, now: ScanSize) -> Action {
        let item = self.item;
        let recipe = Recipe {
            prompt: self.prompt.trim().to_owned(),
            ..Recipe::default()
        };
        match self.command {
            ClipCommand::Restyle => Action::CoverClip {
                item,
                purpose: Purpose::Restyle,
                recipe: Box::new(Recipe {
                    settings: self.style_settings(),
                    ..Recipe::default()
                }),
            },
            ClipCommand::SlowMotion => Action::SlowClip {
                item,
                factor: self.slow_factor,
            },
            ClipCommand::RemoveObject => Action::CoverClip {
                item,
                purpose: Purpose::Repaint,
                recipe: Box::new(Recipe {
                    region: Some(Region::Box(self.region_percent.map(|side| side / 100.0))),
                    ..recipe
                }),
            },
            ClipCommand::Outpaint => Action::WidenClip {
                item,
                size: size_of_aspect(now, ASPECTS[self.aspect.min(ASPECTS.len() - 1)]),
                recipe: Box::new(recipe),
            },
        }
    }

    fn style_settings(&self) -> BTreeMap<String, String> {
        let settings = [
            ("style", format!("style-{}", self.style)),
            ("strength", format!("{}", self.strength_percent / 100.0)),
            ("keep_colors", self.keeps_colors.to_string()),
        ];
        settings
            .into_iter()
            .map(|(id, value)| (id.to_owned(), value))
            .collect()
    }
}

/// A size of that aspect with the shorter side as it is now; both sides even.
fn size_of_aspect(now: ScanSize, (across, down): (u32, u32)) -> ScanSize {
    let short = now.width.min(now.height);
    let long =
        |more: u32, less: u32| (u64::from(short) * u64::from(more) / u64::from(less.max(1))) as u32;
    let (width, height) = if across >= down {
        (long(across, down), short)
    } else {
        (short, long(down, across))
    };
    let even = |side: u32| side.next_multiple_of(2).min(ScanSize::SIDE_MAX);
    ScanSize::new(even(width), even(height))
}

/// Draws the choices.
pub fn clip_commands_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut ClipCommandState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.set_width(460.0);
    for (command, icon, title, text) in COMMANDS {
        let card = CardSpec {
            icon,
            title,
            text,
            name: title,
            is_chosen: state.command == command,
        };
        if card_ui(ui, theme, &card).clicked() {
            state.command = command;
        }
    }
    ui.add_space(theme.space.small);
    match state.command {
        ClipCommand::Restyle => restyle_ui(ui, view, state),
        ClipCommand::SlowMotion => {
            row_ui(ui, theme, "Slower", |ui| {
                for factor in SLOW_FACTORS {
                    let text = format!("{factor}×");
                    let name = format!("{factor} times slower");
                    let spec = ButtonSpec::text(&text).named(&name);
                    if button_ui(ui, theme, spec.on(state.slow_factor == factor)).clicked() {
                        state.slow_factor = factor;
                    }
                }
            });
            weak_ui(
                ui,
                theme,
                "What comes after moves back; the clip's own frames stay as they are.",
            );
        }
        ClipCommand::RemoveObject => region_ui(ui, view, state),
        ClipCommand::Outpaint => {
            row_ui(ui, theme, "Aspect", |ui| {
                for (number, (across, down)) in ASPECTS.into_iter().enumerate() {
                    let text = format!("{across}:{down}");
                    let spec = ButtonSpec::text(&text).on(state.aspect == number);
                    if button_ui(ui, theme, spec).clicked() {
                        state.aspect = number;
                    }
                }
            });
            prompt_ui(ui, state, "What lies past the borders");
        }
    }
    ui.add_space(theme.space.large);
    let spec = ButtonSpec::text("Start")
        .named("Start clip command")
        .with_icon(Icon::Sparkle)
        .weight(Weight::Primary);
    if button_ui(ui, theme, spec).clicked() {
        actions.push(state.action(view.sequence().size));
    }
}

fn restyle_ui(ui: &mut Ui, view: &View<'_>, state: &mut ClipCommandState) {
    let theme = view.theme;
    let styles = runtime::restyle::styles();
    row_ui(ui, theme, "Look", |ui| {
        let shown = styles
            .get(state.style)
            .map_or_else(String::new, |style| style.english.clone());
        let response = ComboBox::from_id_salt("look")
            .selected_text(shown)
            .width(180.0)
            .show_ui(ui, |ui| {
                ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                    for (number, style) in styles.iter().enumerate() {
                        ui.selectable_value(&mut state.style, number, &style.english);
                    }
                });
            })
            .response;
        name_it(ui, &response, "Look");
    });
    row_ui(ui, theme, "Strength", |ui| {
        let number = Number::new("Strength", 5.0..=100.0).unit(" %", 0);
        let (_, percent) = number_ui(ui, theme, state.strength_percent, &number);
        state.strength_percent = percent.clamp(5.0, 100.0);
    });
    ui.checkbox(&mut state.keeps_colors, "Keep the clip's colors");
}

fn region_ui(ui: &mut Ui, view: &View<'_>, state: &mut ClipCommandState) {
    let theme = view.theme;
    let names = ["Left", "Top", "Width", "Height"];
    row_ui(ui, theme, "Region", |ui| {
        for (name, side) in names.iter().zip(&mut state.region_percent) {
            let number = Number::new(name, 0.0..=100.0).unit(" %", 0);
            let (_, changed) = number_ui(ui, theme, *side, &number);
            *side = changed.clamp(0.0, 100.0);
        }
    });
    let [left, top, width, height] = &mut state.region_percent;
    *width = width.clamp(1.0, (100.0 - *left).max(1.0));
    *height = height.clamp(1.0, (100.0 - *top).max(1.0));
    *left = left.min(100.0 - *width);
    *top = top.min(100.0 - *height);
    prompt_ui(ui, state, "What is to be there instead");
}

fn prompt_ui(ui: &mut Ui, state: &mut ClipCommandState, hint: &str) {
    let field = TextEdit::multiline(&mut state.prompt)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .hint_text(hint);
    let response = ui.add(field);
    name_it(ui, &response, "Prompt of the clip command");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aspects_keep_the_shorter_side() {
        let now = ScanSize::new(1920, 1080);
        let sizes = ASPECTS.map(|aspect| size_of_aspect(now, aspect).to_string());
        assert_eq!(
            sizes,
            [
                "1920x1080",
                "1080x1920",
                "1080x1080",
                "1080x1350",
                "2520x1080"
            ]
        );
    }

    #[test]
    fn a_look_becomes_the_settings_of_its_generator() {
        let mut state = ClipCommandState::new(ItemId(3), ClipCommand::Restyle);
        state.strength_percent = 80.0;
        let Action::CoverClip {
            purpose, recipe, ..
        } = state.action(ScanSize::new(64, 36))
        else {
            panic!("another action");
        };
        assert_eq!(purpose, Purpose::Restyle);
        assert_eq!(recipe.settings["style"], "style-19");
        assert_eq!(recipe.settings["strength"], "0.8");
    }
}

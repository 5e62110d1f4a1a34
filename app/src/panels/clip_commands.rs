//! What a model can do with a clip: paint it, slow it down, take something out, make it wider.

use crate::{
    action::Action,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, CardSpec, Weight, button_ui, card_ui, weak_ui},
        field::{Number, name_it, number_ui, row_ui},
        icon::Icon,
    },
};
use av::ScanSize;
use egui::{ComboBox, ScrollArea, TextEdit, Ui};
use runtime::{generate::enlarge::FACTOR, upscale::Quality};
use std::collections::BTreeMap;
use timeline::{ItemId, Purpose, Recipe};

/// How often a clip can be slowed down at once.
const SLOW_FACTORS: [i64; 3] = [2, 4, 8];

/// How many times the pixels a side a clip can get.
const UPSCALE_FACTORS: [u32; 2] = [2, 4];

/// The networks that enlarge.
const UPSCALE_QUALITIES: [(Quality, &str, &str); 2] = [
    (
        Quality::Fast,
        "Quick",
        "A compact network for clips and footage of every kind",
    ),
    (
        Quality::Fine,
        "Deep",
        "A deeper network for stills and drawings, some ten times slower",
    ),
];

/// The aspects of the canvas presets.
const ASPECTS: [(u32, u32); 5] = [(16, 9), (9, 16), (1, 1), (4, 5), (21, 9)];

/// What is done with the clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipCommand {
    /// Another look.
    Restyle,
    /// Slower, with the frames between made.
    SlowMotion,
    /// More pixels.
    Upscale,
    /// A region made anew.
    RemoveObject,
    /// Another aspect, with what lies past the borders made.
    Outpaint,
}

/// Every command, in order, with what it means.
const COMMANDS: [(ClipCommand, Icon, &str, &str); 5] = [
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
        ClipCommand::Upscale,
        Icon::Plus,
        "Upscale",
        "Two or four times the pixels a side, placed as the clip is",
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
    /// How many times the pixels a side.
    pub upscale_factor: u32,
    /// Which network gives them.
    pub upscale_quality: Quality,
    /// What is to be seen where something is made.
    pub prompt: String,
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
            upscale_factor: 2,
            upscale_quality: Quality::Fast,
            prompt: String::new(),
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
            ClipCommand::Upscale => Action::CoverClip {
                item,
                purpose: Purpose::Upscale,
                recipe: Box::new(Recipe {
                    model: self.upscale_quality.model_id().to_owned(),
                    settings: [(FACTOR.to_owned(), self.upscale_factor.to_string())].into(),
                    ..Recipe::default()
                }),
            },
            ClipCommand::RemoveObject => Action::DrawRegion { item },
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
        ClipCommand::SlowMotion => slow_ui(ui, theme, state),
        ClipCommand::Upscale => upscale_ui(ui, view, state),
        ClipCommand::RemoveObject => {
            weak_ui(
                ui,
                theme,
                "Draw a box over it in the viewer; the bar over the timeline says who can fill it and how long that takes.",
            );
        }
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
    let text = match state.command {
        ClipCommand::RemoveObject => "Draw the box",
        ClipCommand::Restyle
        | ClipCommand::SlowMotion
        | ClipCommand::Upscale
        | ClipCommand::Outpaint => "Start",
    };
    let spec = ButtonSpec::text(text)
        .named("Start clip command")
        .with_icon(Icon::Sparkle)
        .weight(Weight::Primary);
    if button_ui(ui, theme, spec).clicked() {
        actions.push(state.action(view.sequence().size));
    }
}

fn slow_ui(ui: &mut Ui, theme: &Theme, state: &mut ClipCommandState) {
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

fn upscale_ui(ui: &mut Ui, view: &View<'_>, state: &mut ClipCommandState) {
    let theme = view.theme;
    row_ui(ui, theme, "Pixels", |ui| {
        for factor in UPSCALE_FACTORS {
            let text = format!("{factor}×");
            let name = format!("{factor} times the pixels");
            let spec = ButtonSpec::text(&text).named(&name);
            if button_ui(ui, theme, spec.on(state.upscale_factor == factor)).clicked() {
                state.upscale_factor = factor;
            }
        }
    });
    row_ui(ui, theme, "Network", |ui| {
        for (quality, text, about) in UPSCALE_QUALITIES {
            let spec = ButtonSpec::text(text).on(state.upscale_quality == quality);
            if button_ui(ui, theme, spec).on_hover_text(about).clicked() {
                state.upscale_quality = quality;
            }
        }
    });
    weak_ui(ui, theme, upscaled_text(view, state));
}

/// How large the clip's pictures become, and what that is good for in this sequence.
fn upscaled_text(view: &View<'_>, state: &ClipCommandState) -> String {
    let found = view.sequence().item(state.item);
    let media = found.and_then(|(_, item)| item.media());
    let asset = media.and_then(|clip| view.document.assets.find(clip.asset));
    let Some(video) = asset.and_then(|asset| asset.info.video.as_ref()) else {
        return "It becomes a take above the clip, placed and colored as the clip is.".to_owned();
    };
    let [wide, high] =
        [video.size.width, video.size.height].map(|side| side * state.upscale_factor);
    let frame = view.sequence().size;
    let use_of = if video.size.width >= frame.width && video.size.height >= frame.height {
        format!("The sequence shows {frame}: more pixels show where the clip is zoomed in")
    } else {
        format!("The sequence shows {frame} of them")
    };
    format!(
        "{} becomes {wide}x{high}, as a take above the clip, placed and colored as the clip is. {use_of}.",
        video.size
    )
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

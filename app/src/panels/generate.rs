//! The bar over the timeline in which a model is asked: what for, in which words, who answers, how long that takes.
//!
//! [`model`] chooses who answers and says what it costs, [`drawer`] holds everything else that can be set.

mod drawer;
mod minutes;
mod model;
mod words;

pub(super) use drawer::setting_ui;
pub(super) use model::{memory_text, time_text, warn_ui};
pub use words::WordsState;

use crate::{
    action::Action,
    asking::{Ask, Asking, SeedRule, TAKES_MAX, generated_item},
    editor::wish_of_length,
    panels::{inspector::choose_ui, region::numbers_ui},
    prompts::Prompts,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, weak_ui},
        field::{Number, name_it, number_ui},
        icon::Icon,
    },
};
use av::FrameCount;
use egui::{
    Align, Frame, Id, Key, Layout, Margin, Modifiers, Panel, RichText, Role, Sense, TextEdit, Ui,
    WidgetInfo, vec2,
};
use timeline::{DraftFrames, Generated, Item, Purpose};

/// Room for the buttons right of the prompt.
const BUTTONS_WIDTH: f32 = 232.0;

/// Draws the bar while something is asked.
pub fn generate_ui(
    ui: &mut Ui,
    view: &View<'_>,
    asking: &mut Asking,
    prompts: &Prompts,
    actions: &mut Vec<Action>,
) {
    let Some(mut ask) = asking.ask.clone().filter(|_| !asking.is_final) else {
        return;
    };
    let found = ask
        .items
        .first()
        .and_then(|item| generated_item(view.document, *item));
    let Some((item, generated)) = found else {
        return;
    };
    let theme = view.theme;
    let margin = Margin::symmetric(theme.space.large as i8, theme.space.small as i8);
    let frame = Frame::new().fill(theme.color.raised).inner_margin(margin);
    Panel::bottom("generate bar")
        .resizable(false)
        .show_separator_line(false)
        .frame(frame)
        .show(ui, |ui| {
            let place = (item, generated);
            let is_asked = words_ui(ui, view, (asking, prompts), (&mut ask, place), actions);
            words::fields_ui(ui, theme, &mut asking.words, &mut ask);
            draft_ui(ui, theme, generated, &mut ask);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = theme.space.medium;
                model::model_ui(ui, theme, asking, &mut ask);
                takes_ui(ui, view, &mut ask);
                seed_ui(ui, view, &mut ask);
                minutes::minutes_ui(ui, theme, asking);
                if generated.purpose == Purpose::Repaint {
                    numbers_ui(ui, theme, &mut ask);
                }
                if generated.purpose == Purpose::Animate {
                    drawer::camera_ui(ui, theme, asking.chosen(), &mut ask);
                }
                let spec = ButtonSpec::text("Advanced")
                    .with_icon(Icon::Sliders)
                    .weight(Weight::Quiet)
                    .on(asking.is_advanced);
                if button_ui(ui, theme, spec).clicked() {
                    asking.is_advanced ^= true;
                }
            });
            if asking.is_advanced {
                drawer::drawer_ui(ui, view, asking, &mut ask);
            }
            if asking.minutes.is_some() {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = theme.space.medium;
                    minutes::pick_ui(ui, view, asking, &mut ask, actions);
                });
            }
            if generated.purpose == Purpose::Repaint {
                region_hint_ui(ui, theme, ask.lacks_region(generated));
            }
            model::verdict_ui(ui, theme, asking, &ask);
            if is_asked && !is_lacking(asking, &ask, generated) {
                actions.push(Action::Generate {
                    ask: Box::new(ask.clone()),
                });
            }
        });
    if let Some(now) = &mut asking.ask {
        *now = ask;
    }
}

/// Whether something is missing without which nothing can be made.
fn is_lacking(asking: &Asking, ask: &Ask, generated: &Generated) -> bool {
    let lacks_words = match asking.answer() {
        Some(Ok(description)) => ask.lacks_words(description),
        Some(Err(_)) | None => false,
    };
    lacks_words || ask.lacks_region(generated)
}

/// How the box is drawn; one line either way, so that the picture stays where it is while it is drawn on.
fn region_hint_ui(ui: &mut Ui, theme: &Theme, is_missing: bool) {
    if is_missing {
        model::warn_ui(ui, theme, "Drag a box in the viewer over what is to go");
    } else {
        let text = "Drag the box by its middle to move it, by its edges to change it";
        weak_ui(ui, theme, text);
    }
}

/// Says that it is made after a draft, and lets that go.
fn draft_ui(ui: &mut Ui, theme: &Theme, generated: &Generated, ask: &mut Ask) {
    let Some(draft) = ask.recipe.draft else {
        return;
    };
    ui.horizontal(|ui| {
        let number = generated.draft_of(&ask.recipe).map_or_else(
            || "a take".to_owned(),
            |(number, _)| format!("take {number}"),
        );
        let what = match draft.frames {
            DraftFrames::Nothing => "none of its pictures",
            DraftFrames::Ends => "its first and last frame stay",
            DraftFrames::Guide => "all its frames guide it",
        };
        weak_ui(ui, theme, format!("A final after {number}: {what}"));
        let spec = ButtonSpec::text("Not after a draft").weight(Weight::Quiet);
        if button_ui(ui, theme, spec).clicked() {
            ask.recipe.draft = None;
        }
    });
}

/// The first line: what for, how long, in which words. Whether it was asked for.
fn words_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (asking, prompts): (&mut Asking, &Prompts),
    (ask, (item, generated)): (&mut Ask, (&Item, &Generated)),
    actions: &mut Vec<Action>,
) -> bool {
    let theme = view.theme;
    let mut is_asked = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.medium;
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, theme.size.control), Sense::hover());
        let ink = theme.color.generated;
        Icon::Sparkle.paint(ui.painter(), rect, theme.size.icon, ink);
        let verb = match ask.items.len() {
            1 => generated.purpose.label().to_owned(),
            many => format!("{} ×{many}", generated.purpose.label()),
        };
        ui.label(RichText::new(verb).strong().color(theme.color.text));
        if ask.items.len() == 1 {
            length_ui(ui, view, item, actions);
        }
        if ask.recipe.prompt == generated.recipe.prompt {
            pass_undo(ui, actions);
        }
        is_asked |= prompt_ui(ui, asking, ask, generated.purpose);
        words::helpers_ui(ui, theme, (&mut asking.words, prompts), ask);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button_ui(
                ui,
                theme,
                ButtonSpec::icon(Icon::Close, "Close the generate bar"),
            )
            .clicked()
            {
                actions.push(Action::CloseAsk {
                    ask: Box::new(ask.clone()),
                });
            }
            let text = if generated.takes.is_empty() {
                "Generate"
            } else {
                "Another take"
            };
            let spec = ButtonSpec::text(text)
                .with_icon(Icon::Sparkle)
                .weight(Weight::Primary)
                .named("Generate now")
                .enabled(!is_lacking(asking, ask, generated));
            is_asked |= button_ui(ui, theme, spec).clicked();
        });
    });
    is_asked
}

/// How long it is; a wish can be made longer or shorter here as well as by its edge.
fn length_ui(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    let fps = view.rate().fps_for_display();
    let seconds = item.count.0 as f64 / fps;
    let number = Number::new("Length", 1.0 / fps..=runtime::limits::GENERATED_SECONDS_MAX)
        .unit(" s", 2)
        .speed(1.0 / fps);
    let (response, wanted) = number_ui(ui, view.theme, seconds, &number);
    if !response.changed() {
        return;
    }
    let count = FrameCount(((wanted * fps).round() as i64).max(1));
    if count != item.count {
        actions.push(Action::Apply {
            edit: wish_of_length(item, count),
        });
    }
}

/// While nothing was typed, the keys for undo mean the step that brought the wish, not letters.
fn pass_undo(ui: &mut Ui, actions: &mut Vec<Action>) {
    let id = prompt_id(ui);
    if !ui.memory(|memory| memory.has_focus(id)) {
        return;
    }
    let redo = Modifiers::COMMAND | Modifiers::SHIFT;
    if ui.input_mut(|input| input.consume_key(redo, Key::Z)) {
        actions.push(Action::Redo);
    } else if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Z)) {
        actions.push(Action::Undo);
    }
}

fn prompt_id(ui: &Ui) -> Id {
    ui.scope_id().with("prompt")
}

/// The field for words. Enter asks; Esc closes the bar and leaves the wish.
fn prompt_ui(ui: &mut Ui, asking: &mut Asking, ask: &mut Ask, purpose: Purpose) -> bool {
    let needs_words = matches!(asking.answer(), Some(Ok(description)) if description.needs_words);
    let hint = match (needs_words, purpose) {
        (true, _) => "What is to be seen (needed here)",
        (false, Purpose::Repaint) => "What is to be there instead (may stay empty)",
        (false, _) => "What is to happen (may stay empty)",
    };
    let id = prompt_id(ui);
    let width = (ui.available_width() - BUTTONS_WIDTH).max(120.0);
    let field = TextEdit::singleline(&mut ask.recipe.prompt)
        .id(id)
        .desired_width(width)
        .hint_text(hint);
    let response = ui.add(field);
    let text = ask.recipe.prompt.clone();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, "Generate prompt");
        info.current_text_value = Some(text.clone());
        info
    });
    if std::mem::take(&mut asking.wants_focus) {
        response.request_focus();
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn takes_ui(ui: &mut Ui, view: &View<'_>, ask: &mut Ask) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.tiny;
        weak_ui(ui, theme, "Takes");
        for takes in 1..=TAKES_MAX {
            let text = takes.to_string();
            let name = format!("{takes} takes");
            let spec = ButtonSpec::text(&text).named(&name).on(ask.takes == takes);
            if button_ui(ui, theme, spec).clicked() {
                ask.takes = takes;
            }
        }
    });
}

fn seed_ui(ui: &mut Ui, view: &View<'_>, ask: &mut Ask) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        weak_ui(ui, theme, "Seed");
        let chosen = choose_ui(ui, "Seed rule", ask.seed, &SeedRule::ALL);
        ask.seed = chosen.unwrap_or(ask.seed);
        if ask.seed == SeedRule::Locked {
            let mut seed = ask.recipe.seed;
            let response = ui.add(egui::DragValue::new(&mut seed).speed(1.0));
            name_it(ui, &response, "Seed");
            ask.recipe.seed = seed;
        }
    });
}

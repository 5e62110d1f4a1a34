//! From a draft to a final: who makes it, what of the draft goes over, how long that takes and whether it fits.

use super::generate::{memory_text, setting_ui, time_text, warn_ui};
use crate::{
    action::Action,
    asking::{Ask, Asking, generated_item},
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, CardSpec, Weight, button_ui, card_ui, heading_ui, weak_ui},
        field::row_ui,
        icon::Icon,
    },
};
use egui::{RichText, ScrollArea, Ui};
use runtime::{Description, Offer, models::size_words};
use timeline::{DraftFrames, Generated};

/// Height of the list of models: four of them.
const LIST_HEIGHT: f32 = 216.0;

/// Id of the setting that says how far a guide may be left.
const STRENGTH: &str = "strength";

/// What of a draft's pictures can go over, and what that means.
const FRAMES: [(DraftFrames, &str, &str); 3] = [
    (
        DraftFrames::Nothing,
        "No pictures",
        "Its pictures are made anew from the words and the seed",
    ),
    (
        DraftFrames::Ends,
        "First and last frame",
        "The draft's first and last frame stay exactly as they are; what lies between is made anew",
    ),
    (
        DraftFrames::Guide,
        "All frames as a guide",
        "What moves where follows the draft; how it looks is made anew",
    ),
];

/// What the dialog remembers.
#[derive(Debug, Default)]
pub struct FinalState {
    /// Whether somebody was chosen to make it: at first whoever fits best, once that is known.
    has_chosen: bool,
}

/// Draws the choices; returns whether it is done.
pub fn final_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut FinalState,
    asking: &mut Asking,
    actions: &mut Vec<Action>,
) -> bool {
    let theme = view.theme;
    ui.set_width(560.0);
    let Some(mut ask) = asking.ask.clone() else {
        return true;
    };
    let item = ask.items.first().copied();
    let Some((_, generated)) = item.and_then(|item| generated_item(view.document, item)) else {
        return true;
    };
    draft_ui(ui, theme, &ask, generated);
    let description = match asking.answer() {
        None => {
            weak_ui(ui, theme, "Looking for models…");
            return false;
        }
        Some(Err(problem)) => {
            warn_ui(ui, theme, &problem.summary);
            weak_ui(ui, theme, &problem.help);
            return false;
        }
        Some(Ok(description)) => description.clone(),
    };
    let drafted_by = generated
        .draft_of(&ask.recipe)
        .map_or("", |(_, take)| take.recipe.model.as_str());
    if !state.has_chosen {
        state.has_chosen = true;
        choose_best(&description, drafted_by, &mut ask);
    }
    offers_ui(ui, theme, &description, drafted_by, &mut ask);
    let chosen = description
        .offers
        .iter()
        .find(|offer| offer.info.id == ask.recipe.model);
    if let Some(offer) = chosen {
        frames_ui(ui, theme, offer, &mut ask);
    }
    ui.add_space(theme.space.medium);
    let is_ready = chosen.is_some_and(|offer| offer.refusal.is_none());
    buttons_ui(ui, theme, is_ready, &ask, actions);
    if let Some(now) = &mut asking.ask {
        *now = ask;
    }
    false
}

/// What goes over whoever makes it.
fn draft_ui(ui: &mut Ui, theme: &Theme, ask: &Ask, generated: &Generated) {
    let recipe = &ask.recipe;
    let number = generated.draft_of(recipe).map_or(0, |(number, _)| number);
    let words = if recipe.prompt.trim().is_empty() {
        "without words".to_owned()
    } else {
        format!("\"{}\"", recipe.prompt.trim())
    };
    ui.label(RichText::new(words).color(theme.color.text));
    let mut over = vec!["the same words".to_owned(), format!("seed {}", recipe.seed)];
    if !recipe.negative_prompt.is_empty() {
        over.push("what is not wanted".to_owned());
    }
    for (count, one, many) in [
        (recipe.storyboard.len(), "shot", "shots"),
        (
            recipe.references.len(),
            "picture to keep to",
            "pictures to keep to",
        ),
    ] {
        match count {
            0 => {}
            1 => over.push(format!("1 {one}")),
            _ => over.push(format!("{count} {many}")),
        }
    }
    if recipe.region.is_some() {
        over.push("the region".to_owned());
    }
    if !generated.anchors.is_empty() {
        over.push("the frames that it meets".to_owned());
    }
    weak_ui(
        ui,
        theme,
        format!(
            "Goes over from take {number}: {}. Take {number} stays; the final is another take of the same item.",
            over.join(", ")
        ),
    );
    ui.add_space(theme.space.small);
}

/// Somebody else than who made the draft, who reads the words; guided by the draft where that is possible.
fn choose_best(description: &Description, drafted_by: &str, ask: &mut Ask) {
    let able = |offer: &&Offer| offer.refusal.is_none();
    let other = description
        .offers
        .iter()
        .filter(able)
        .find(|offer| offer.reads_prompt && offer.info.id != drafted_by);
    let automatic = description
        .automatic
        .and_then(|index| description.offers.get(index));
    if let Some(offer) = other.or(automatic) {
        choose(offer, drafted_by, ask);
    }
}

fn choose(offer: &Offer, drafted_by: &str, ask: &mut Ask) {
    ask.choose_model(&offer.info.id);
    let is_other = offer.info.id != drafted_by;
    let frames = if is_other && offer.draft.contains(&DraftFrames::Guide) {
        DraftFrames::Guide
    } else {
        DraftFrames::Nothing
    };
    ask.set_draft_frames(frames);
}

fn offers_ui(
    ui: &mut Ui,
    theme: &Theme,
    description: &Description,
    drafted_by: &str,
    ask: &mut Ask,
) {
    heading_ui(ui, theme, "Who makes it");
    if description.offers.is_empty() {
        warn_ui(ui, theme, &description.why);
        return;
    }
    ScrollArea::vertical()
        .id_salt("models for a final")
        .max_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for offer in &description.offers {
                let is_chosen = offer.info.id == ask.recipe.model;
                let mut title = format!("{} · {}", offer.info.name, size_of(offer));
                if offer.info.id == drafted_by {
                    title.push_str(" · made the draft");
                }
                let text = offer_text(offer, ask);
                let name = format!("Final by {}", offer.info.name);
                let card = CardSpec {
                    icon: Icon::Sparkle,
                    title: &title,
                    text: &text,
                    name: &name,
                    is_chosen,
                };
                if card_ui(ui, theme, &card).on_hover_text(&text).clicked() && !is_chosen {
                    choose(offer, drafted_by, ask);
                }
            }
        });
    let is_alone = description
        .offers
        .iter()
        .all(|offer| offer.info.id == drafted_by || offer.refusal.is_some());
    if is_alone {
        let text = "Nobody else here can make it: a larger model is installed under Models";
        warn_ui(ui, theme, text);
    }
}

fn size_of(offer: &Offer) -> String {
    match offer.info.size_bytes {
        0 => "needs no weights".to_owned(),
        bytes => size_words(bytes),
    }
}

fn offer_text(offer: &Offer, ask: &Ask) -> String {
    match &offer.refusal {
        // It can without pictures; which of them it can be shown is asked further down.
        Some(_) if !offer.draft.is_empty() => "Words and seed only".to_owned(),
        Some(refusal) => refusal.clone(),
        None => format!(
            "{} · {}",
            time_text(offer.duration, ask),
            memory_text(offer)
        ),
    }
}

/// What of the draft's pictures the chosen one is shown.
fn frames_ui(ui: &mut Ui, theme: &Theme, offer: &Offer, ask: &mut Ask) {
    ui.add_space(theme.space.small);
    heading_ui(ui, theme, "What goes over of the draft's pictures");
    let now = ask.recipe.draft.map(|draft| draft.frames);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        for (frames, text, about) in FRAMES {
            let spec = ButtonSpec::text(text)
                .on(now == Some(frames))
                .enabled(offer.draft.contains(&frames));
            if button_ui(ui, theme, spec).on_hover_text(about).clicked() {
                ask.set_draft_frames(frames);
            }
        }
    });
    let about = FRAMES.iter().find(|(frames, ..)| now == Some(*frames));
    if let Some((.., about)) = about {
        weak_ui(ui, theme, *about);
    }
    if !offer.draft.contains(&DraftFrames::Guide) {
        let text = format!("{} cannot be guided by pictures", offer.info.name);
        weak_ui(ui, theme, text);
    }
    let strength = offer.info.parameters.iter();
    let mut strength = strength.filter(|parameter| parameter.id == STRENGTH);
    if now == Some(DraftFrames::Guide)
        && let Some(parameter) = strength.next()
    {
        row_ui(ui, theme, "May leave it by", |ui| {
            setting_ui(ui, theme, parameter, &mut ask.recipe);
            weak_ui(ui, theme, "0 keeps to the draft, 1 leaves it");
        });
    }
    if offer.info.is_seedless {
        weak_ui(ui, theme, "It uses no seed");
    }
    if let Some(refusal) = &offer.refusal {
        warn_ui(ui, theme, refusal);
    }
}

fn buttons_ui(ui: &mut Ui, theme: &Theme, is_ready: bool, ask: &Ask, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let spec = ButtonSpec::text("Make final")
            .named("Make final now")
            .with_icon(Icon::Sparkle)
            .weight(Weight::Primary)
            .enabled(is_ready);
        if button_ui(ui, theme, spec).clicked() {
            actions.push(Action::Generate {
                ask: Box::new(ask.clone()),
            });
        }
        let spec = ButtonSpec::text("Models…").named("Show models");
        if button_ui(ui, theme, spec)
            .on_hover_text("What is installed, and what could be")
            .clicked()
        {
            actions.push(Action::ShowModels);
        }
    });
}

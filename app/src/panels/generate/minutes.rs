//! "I have so many minutes": what fits into them is picked, said and can be changed.

use crate::{
    action::Action,
    asking::{
        Ask, Asking,
        budget::{Pick, pick, rung_text, whole},
        generated_item,
    },
    editor::wish_of_length,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui, weak_ui},
        field::{Number, number_ui},
    },
};
use egui::Ui;
use runtime::{Offer, describe::budget::Rung};
use std::time::Duration;

use super::model::{about, warn_ui};

/// Most minutes that can be had: a day and a night.
const MINUTES_MAX: f64 = 1440.0;

/// How many minutes there are; none by default.
pub(super) fn minutes_ui(ui: &mut Ui, theme: &Theme, asking: &mut Asking) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        let Some(now) = asking.minutes else {
            let spec = ButtonSpec::text("I have … minutes");
            if button_ui(ui, theme, spec)
                .on_hover_text("Picks steps and size that fit into the time you have")
                .clicked()
            {
                asking.minutes = Some(5.0);
                asking.picked_for = None;
            }
            return;
        };
        weak_ui(ui, theme, "I have");
        let number = Number::new("Minutes", 0.5..=MINUTES_MAX)
            .unit(" min", 1)
            .speed(0.25);
        let (response, minutes) = number_ui(ui, theme, now, &number);
        if response.changed() {
            asking.minutes = Some(minutes.clamp(0.5, MINUTES_MAX));
            asking.picked_for = None;
        }
        let spec = ButtonSpec::text("No limit").named("No limit of time");
        if button_ui(ui, theme, spec).clicked() {
            asking.minutes = None;
            asking.picked_for = None;
        }
    });
}

/// What was picked for the time there is, and why; picked once, so that it can be changed afterwards.
pub(super) fn pick_ui(
    ui: &mut Ui,
    view: &View<'_>,
    asking: &mut Asking,
    ask: &mut Ask,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let (Some(minutes), Some(offer)) = (asking.minutes, asking.chosen().cloned()) else {
        return;
    };
    if offer.refusal.is_some() {
        return;
    }
    let takes = ask.takes * u32::try_from(ask.items.len()).unwrap_or(1);
    let picked = pick(&offer, minutes, takes);
    let question = (minutes.to_bits(), offer.info.id.clone(), takes);
    let is_new = asking.picked_for.as_ref() != Some(&question);
    match picked {
        Pick::Unmeasured => {
            warn_ui(
                ui,
                theme,
                &format!(
                    "Nothing is picked: {} was never timed on this machine. Make one take; from then on it is known",
                    offer.info.name
                ),
            );
            return;
        }
        Pick::Fits(rung) => {
            if is_new {
                ask.set_rung(&offer, rung);
            }
            weak_ui(ui, theme, fits_text(minutes, &offer, &rung, takes));
        }
        Pick::TooLong { least, shorter } => {
            if is_new {
                ask.set_rung(&offer, least);
            }
            too_long_ui(ui, view, ask, (least, shorter), (takes, actions));
        }
    }
    asking.picked_for = Some(question);
    over_ui(ui, theme, &offer, (minutes, takes));
}

fn fits_text(minutes: f64, offer: &Offer, rung: &Rung, takes: u32) -> String {
    let Some(all) = whole(offer) else {
        return String::new();
    };
    let takes = takes.max(1);
    let time = about(rung.duration * takes);
    let text = rung_text(rung, &all);
    if *rung == all {
        return format!("{minutes} min are enough for {text}: about {time}");
    }
    let full = about(all.duration * takes);
    format!(
        "Picked for {minutes} min: {text}, about {time}; all of it would take {full}. Change it under Advanced"
    )
}

/// The least work is too much: it can be made shorter.
fn too_long_ui(
    ui: &mut Ui,
    view: &View<'_>,
    ask: &Ask,
    (least, shorter): (Rung, Option<Rung>),
    (takes, actions): (u32, &mut Vec<Action>),
) {
    let theme = view.theme;
    let time = about(least.duration * takes.max(1));
    let text = format!("Even the least work at this length takes about {time}");
    warn_ui(ui, theme, &text);
    let item = ask.items.first().copied();
    let item = item.and_then(|item| generated_item(view.document, item));
    let (Some(shorter), Some((item, generated))) = (shorter, item) else {
        return;
    };
    if ask.items.len() > 1 || !generated.takes.is_empty() {
        return;
    }
    let seconds = shorter.count.0 as f64 / view.rate().fps_for_display();
    let time = about(shorter.duration * takes.max(1));
    let text = format!("Shorten to {seconds:.1} s");
    let spec = ButtonSpec::text(&text).named("Shorten to what fits");
    let about = format!(
        "{} frames take about {time}; undo brings the rest back",
        shorter.count.0
    );
    if button_ui(ui, theme, spec).on_hover_text(about).clicked() {
        actions.push(Action::Apply {
            edit: wish_of_length(item, shorter.count),
        });
    }
}

/// What was set by hand afterwards may take longer than there is.
fn over_ui(ui: &mut Ui, theme: &Theme, offer: &Offer, (minutes, takes): (f64, u32)) {
    let Some(duration) = offer.duration else {
        return;
    };
    let has = Duration::from_secs_f64(minutes * 60.0);
    let needs = duration * takes.max(1);
    if needs > has {
        let text = format!(
            "As it is set now it takes {} more",
            about(needs.saturating_sub(has))
        );
        warn_ui(ui, theme, &text);
    }
}

//! Who answers, how carefully, how long that takes on this machine and whether it fits.

use crate::{
    asking::{Ask, Asking, Quality, steps_of},
    theme::Theme,
    widgets::{
        control::{ButtonSpec, button_ui, weak_ui},
        field::name_it,
    },
};
use egui::{ComboBox, RichText, Ui};
use runtime::{Description, Offer, models::list::Fit};
use std::time::Duration;

/// Chooses who answers, and between draft and final.
pub(super) fn model_ui(ui: &mut Ui, theme: &Theme, asking: &Asking, ask: &mut Ask) {
    let Some(Ok(description)) = asking.answer() else {
        weak_ui(ui, theme, "Looking for models…");
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        weak_ui(ui, theme, "Model");
        chooser_ui(ui, description, ask);
    });
    let Some(offer) = asking.chosen() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.tiny;
        quality_ui(ui, theme, offer, ask);
    });
}

fn chooser_ui(ui: &mut Ui, description: &Description, ask: &mut Ask) {
    let automatic = description
        .automatic
        .and_then(|index| description.offers.get(index));
    let automatic = match automatic {
        Some(offer) => format!("Automatic: {}", offer.info.name),
        None => "Automatic".to_owned(),
    };
    let chosen = description
        .offers
        .iter()
        .find(|offer| offer.info.id == ask.recipe.model);
    let shown = chosen.map_or(automatic.as_str(), |offer| offer.info.name.as_str());
    let combo = ComboBox::from_id_salt("generate model")
        .selected_text(shown)
        .width(190.0)
        .show_ui(ui, |ui| {
            let is_automatic = ask.recipe.model.is_empty();
            let entry = ui.selectable_label(is_automatic, &automatic);
            if entry.on_hover_text(&description.why).clicked() {
                ask.choose_model("");
            }
            for offer in &description.offers {
                let is_chosen = ask.recipe.model == offer.info.id;
                let is_able = offer.refusal.is_none();
                let text = RichText::new(&offer.info.name);
                let entry = ui.add_enabled(
                    is_able || is_chosen,
                    egui::Button::selectable(is_chosen, text),
                );
                let about = offer.refusal.as_ref().unwrap_or(&offer.info.summary);
                if entry
                    .on_hover_text(about)
                    .on_disabled_hover_text(about)
                    .clicked()
                {
                    ask.choose_model(&offer.info.id);
                }
            }
        });
    name_it(ui, &combo.response, "Generate model");
}

fn quality_ui(ui: &mut Ui, theme: &Theme, offer: &Offer, ask: &mut Ask) {
    let Some(steps) = steps_of(offer) else {
        let note = weak_ui(ui, theme, "One quality");
        note.on_hover_text(
            "This model has no steps to save: a draft would take as long as the final",
        );
        return;
    };
    let now = ask.quality(offer);
    for (quality, text, count) in [
        (Quality::Draft, "Draft", steps.draft),
        (Quality::Final, "Final", steps.usual),
    ] {
        let spec = ButtonSpec::text(text).on(now == Some(quality));
        let response = button_ui(ui, theme, spec);
        if response.on_hover_text(format!("{count} steps")).clicked() {
            ask.set_quality(offer, quality);
        }
    }
}

/// Says who answers and why, how long it takes and whether it fits; or what stands in the way.
pub(super) fn verdict_ui(ui: &mut Ui, theme: &Theme, asking: &Asking, ask: &Ask) {
    let answer = match asking.answer() {
        None => return,
        Some(Err(problem)) => {
            warn_ui(ui, theme, &problem.summary);
            weak_ui(ui, theme, &problem.help);
            return;
        }
        Some(Ok(answer)) => answer,
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.medium;
        if ask.lacks_words(answer) {
            warn_ui(
                ui,
                theme,
                "Say what is to be seen: nothing else decides it here",
            );
        }
        let Some(offer) = asking.chosen() else {
            warn_ui(ui, theme, &answer.why);
            return;
        };
        if let Some(refusal) = &offer.refusal {
            warn_ui(ui, theme, refusal);
            return;
        }
        let who = if ask.recipe.model.is_empty() {
            format!("{}: {}", offer.info.name, answer.why)
        } else {
            offer.info.summary.clone()
        };
        weak_ui(ui, theme, who);
        weak_ui(ui, theme, time_text(offer.duration, ask));
        match offer.fit {
            Fit::TooLarge => warn_ui(ui, theme, &memory_text(offer)),
            Fit::Fits | Fit::Tight | Fit::Unknown => {
                weak_ui(ui, theme, memory_text(offer));
            }
        }
        if !ask.recipe.prompt.trim().is_empty() && !offer.reads_prompt {
            warn_ui(
                ui,
                theme,
                &format!("{} reads no words here", offer.info.name),
            );
        }
    });
}

/// Something that stands in the way.
pub(in crate::panels) fn warn_ui(ui: &mut Ui, theme: &Theme, text: &str) {
    let text = RichText::new(text).size(theme.text.small);
    ui.label(text.color(theme.color.warning));
}

/// How long all takes will take, from what was measured here; nothing is guessed.
pub(in crate::panels) fn time_text(duration: Option<Duration>, ask: &Ask) -> String {
    let Some(one) = duration else {
        return "Time: not measured on this machine yet".into();
    };
    let count = ask.takes * u32::try_from(ask.items.len()).unwrap_or(1);
    let text = about(one * count);
    match count {
        1 => format!("Time: about {text}, as measured here"),
        _ => format!("Time: about {text} for {count}, as measured here"),
    }
}

/// A time for people, rather too long than too short.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil() as u64;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

/// Memory that a take needs, and whether this machine has it.
pub(in crate::panels) fn memory_text(offer: &Offer) -> String {
    let gigabytes = offer.memory_bytes as f64 / f64::from(1_u32 << 30);
    let needed = if gigabytes < 0.1 {
        format!("{:.0} MB", gigabytes * 1024.0)
    } else {
        format!("{gigabytes:.1} GB")
    };
    let fit = match offer.fit {
        Fit::Fits => "fits",
        Fit::Tight => "tight: close other programs",
        Fit::TooLarge => "more than this machine has",
        Fit::Unknown => "this machine does not say what it has",
    };
    format!("Memory: {needed}, {fit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_roughly_and_only_when_measured() {
        let told = |seconds| about(Duration::from_secs_f64(seconds));
        assert_eq!(
            [told(0.2), told(75.4), told(130.0), told(9000.0)],
            ["1 s", "76 s", "3 min", "2.5 h"]
        );
    }
}

//! How fast a clip plays, and what lies behind its subject.

use super::group_ui;
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, action_button_ui, button_ui, weak_ui},
        field::{Number, number_ui, row_ui},
        icon::Icon,
    },
};
use av::Ratio;
use egui::Ui;
use timeline::{BackgroundFill, Clip, Edit, Item, ItemId, limits::SPEED_MAX};

/// Speeds are typed in percent with one digit behind the point.
const SPEED_DENOMINATOR: i64 = 1000;

/// Draws speed and direction.
pub fn speed_ui(
    ui: &mut Ui,
    view: &View<'_>,
    clip: &Clip,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let set = |speed: Ratio, is_reversed: bool| Action::Apply {
        edit: Edit::SetSpeed {
            items: targets.to_vec(),
            speed,
            is_reversed,
            is_ripple: true,
        },
    };
    group_ui(ui, theme, "Speed", |ui| {
        if clip.speed.num() == 0 {
            weak_ui(ui, theme, "Holds one frame");
            return;
        }
        row_ui(ui, theme, "Speed", |ui| {
            let most = SPEED_MAX as f64 * 100.0;
            let number = Number::new("Speed", 1.0..=most).unit(" %", 1).speed(0.0);
            let now = clip.speed.as_f64() * 100.0;
            let (response, typed) = number_ui(ui, theme, now, &number);
            let thousandths = (typed * 10.0).round() as i64;
            if response.changed()
                && let Ok(speed) = Ratio::new(thousandths.max(1), SPEED_DENOMINATOR)
            {
                actions.push(set(speed, clip.is_reversed));
            }
            for (text, num, den) in [("½×", 1, 2), ("1×", 1, 1), ("2×", 2, 1)] {
                if let Ok(speed) = Ratio::new(num, den)
                    && button_ui(ui, theme, ButtonSpec::text(text).on(clip.speed == speed))
                        .clicked()
                {
                    actions.push(set(speed, clip.is_reversed));
                }
            }
        });
        row_ui(ui, theme, "Direction", |ui| {
            let spec = ButtonSpec::text("Reverse").on(clip.is_reversed);
            if button_ui(ui, theme, spec).clicked() {
                actions.push(set(clip.speed, !clip.is_reversed));
            }
            let freeze = ButtonSpec::text("Freeze frame");
            action_button_ui(ui, view, freeze, Action::FreezeFrame, actions);
        });
    });
}

/// Draws what lies behind the subject.
pub fn background_ui(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    let theme = view.theme;
    group_ui(ui, theme, "Background", |ui| {
        let Some(background) = &item.properties.background else {
            let spec = ButtonSpec::text("Swap background…").with_icon(Icon::Sparkle);
            action_button_ui(ui, view, spec, Action::ShowBackground, actions);
            return;
        };
        row_ui(ui, theme, "Behind", |ui| {
            weak_ui(ui, theme, fill_text(view, &background.fill));
        });
        row_ui(ui, theme, "", |ui| {
            let spec = ButtonSpec::text("Change…").named("Change background");
            action_button_ui(ui, view, spec, Action::ShowBackground, actions);
            if button_ui(
                ui,
                theme,
                ButtonSpec::text("Remove").named("Remove background"),
            )
            .clicked()
            {
                actions.push(Action::Apply {
                    edit: Edit::SetBackground {
                        item: item.id,
                        background: None,
                    },
                });
            }
        });
    });
}

fn fill_text(view: &View<'_>, fill: &BackgroundFill) -> String {
    match fill {
        BackgroundFill::Color(color) => format!("Color {}", String::from(*color)),
        BackgroundFill::Asset(asset) => {
            let found = view.document.assets.find(*asset);
            found.map_or_else(|| "Missing media".to_owned(), |asset| asset.name.clone())
        }
        BackgroundFill::Blur { .. } => "Its own, blurred".to_owned(),
        BackgroundFill::Transparent => "What lies below".to_owned(),
    }
}

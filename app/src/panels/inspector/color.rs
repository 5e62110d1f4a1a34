//! Light and color of a picture.

use super::{group_ui, picture::set};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        field::{Number, row_ui, slider_ui},
        icon::Icon,
    },
};
use egui::{RichText, Ui};
use timeline::{ColorControls, Edit, Item, ItemId, edit::Property};

/// Exposure reaches this many stops.
const EXPOSURE_STOPS_MAX: f64 = 5.0;

/// One control: its name, its value, how it is put.
type Control = (&'static str, f64, f64, fn(&mut ColorControls, f64));

/// Draws corrections and the look.
pub fn color_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let now = item.properties.color;
    let controls: [Control; 5] = [
        (
            "Exposure",
            now.exposure_stops,
            EXPOSURE_STOPS_MAX,
            |c, v| c.exposure_stops = v,
        ),
        ("Contrast", now.contrast, 1.0, |c, v| c.contrast = v),
        ("Saturation", now.saturation, 1.0, |c, v| c.saturation = v),
        ("Temperature", now.temperature, 1.0, |c, v| {
            c.temperature = v;
        }),
        ("Tint", now.tint, 1.0, |c, v| c.tint = v),
    ];
    group_ui(ui, theme, "Color", |ui| {
        for (name, value, reach, put) in controls {
            row_ui(ui, theme, name, |ui| {
                let number = Number::new(name, -reach..=reach);
                slider_ui(ui, theme, value, &number, actions, |value| {
                    let mut changed = now;
                    put(&mut changed, value);
                    Edit::SetProperty {
                        items: targets.to_vec(),
                        property: Property::Color(changed),
                    }
                });
                let reset = format!("Reset {}", name.to_lowercase());
                let spec = ButtonSpec::icon(Icon::Reset, &reset);
                if value != 0.0 && button_ui(ui, theme, spec).on_hover_text(&reset).clicked() {
                    let mut changed = now;
                    put(&mut changed, 0.0);
                    actions.push(set(targets, Property::Color(changed)));
                }
            });
        }
        look_ui(ui, view, item, targets, actions);
    });
}

fn look_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    row_ui(ui, theme, "Look", |ui| {
        if let Some(look) = &item.properties.look {
            let name = RichText::new(&look.name).color(theme.color.text);
            ui.add(egui::Label::new(name).truncate());
            let spec = ButtonSpec::icon(Icon::Close, "Remove look");
            if button_ui(ui, theme, spec)
                .on_hover_text("Remove the look")
                .clicked()
            {
                actions.push(set(targets, Property::Look(None)));
            }
        } else {
            let spec = ButtonSpec::text("Load .cube…");
            let tooltip = "Use a look-up table made by a color program";
            if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
                actions.push(Action::ChooseLook { item: item.id });
            }
        }
    });
}

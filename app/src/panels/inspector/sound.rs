//! Loudness, side and fades of sound.

use super::{
    group_ui,
    keyframes::{at_playhead, keyframe_ui, value_edit},
};
use crate::{
    action::Action,
    view::View,
    widgets::field::{Number, collect, number_ui, row_ui, slider_ui},
};
use av::FrameCount;
use egui::Ui;
use timeline::{
    Animated, Edit, Item, ItemId,
    edit::{KeyframeValue, Property},
};

/// Loudness that can be set; lower is silence.
const GAIN_DB_MIN: f64 = -60.0;
const GAIN_DB_MAX: f64 = 24.0;

/// Draws gain, pan and fades.
pub fn sound_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let properties = &item.properties;
    let set = |property| Edit::SetProperty {
        items: targets.to_vec(),
        property,
    };
    group_ui(ui, theme, "Sound", |ui| {
        let gain = properties.gain_db.at(at_playhead(view, item));
        row_ui(ui, theme, "Gain", |ui| {
            let number = Number::new("Gain", GAIN_DB_MIN..=GAIN_DB_MAX).unit(" dB", 1);
            slider_ui(ui, theme, gain, &number, actions, |value| {
                let constant = Property::GainDb(Animated::Constant(value));
                let keyframe = KeyframeValue::GainDb(value);
                value_edit(
                    view,
                    (item, targets),
                    &properties.gain_db,
                    constant,
                    keyframe,
                )
            });
            let value = ("gain", KeyframeValue::GainDb(gain));
            keyframe_ui(ui, view, item, &properties.gain_db, value, actions);
        });
        row_ui(ui, theme, "Pan", |ui| {
            let number = Number::new("Pan", -1.0..=1.0);
            slider_ui(ui, theme, properties.pan, &number, actions, |value| {
                set(Property::Pan(value))
            });
        });
        row_ui(ui, theme, "Fade in, out", |ui| {
            let most = item.count.0 as f64;
            let number = |name| Number::new(name, 0.0..=most).unit(" fr", 0).speed(0.25);
            let now = properties.fade_in.0 as f64;
            let (response, typed) = number_ui(ui, theme, now, &number("Fade in"));
            collect(&response, "Fade in", actions, || {
                set(Property::FadeIn(FrameCount(typed.round() as i64)))
            });
            let now = properties.fade_out.0 as f64;
            let (response, typed) = number_ui(ui, theme, now, &number("Fade out"));
            collect(&response, "Fade out", actions, || {
                set(Property::FadeOut(FrameCount(typed.round() as i64)))
            });
        });
    });
}

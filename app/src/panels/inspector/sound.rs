//! Loudness, side and fades of sound.

use super::{
    group_ui,
    keyframes::{at_playhead, keyframe_ui, value_edit},
};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, action_button_ui, button_ui},
        field::{Number, collect, number_ui, row_ui, slider_ui},
        icon::Icon,
    },
};
use av::FrameCount;
use egui::Ui;
use timeline::{
    Animated, CleanSpeech, Content, Edit, Item, ItemId,
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
        clean_speech_ui(ui, view, item, targets, actions);
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

/// Draws how much of the cleaned speech is heard, or offers to clean it.
fn clean_speech_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    if !matches!(item.content, Content::Clip(_)) {
        return;
    }
    let theme = view.theme;
    let set = |items: Vec<ItemId>, clean| Edit::SetProperty {
        items,
        property: Property::CleanSpeech(clean),
    };
    row_ui(ui, theme, "Clean speech", |ui| {
        let Some(clean) = item.properties.clean_speech else {
            let spec = ButtonSpec::text("Clean speech").with_icon(Icon::Sparkle);
            action_button_ui(ui, view, spec, Action::CleanSpeech, actions);
            return;
        };
        let number = Number::new("Clean speech", 0.0..=100.0).unit(" %", 0);
        let percent = clean.strength * 100.0;
        slider_ui(ui, theme, percent, &number, actions, |percent| {
            // Another clip's cleaned speech belongs to another recording.
            let strength = (percent / 100.0).clamp(0.0, 1.0);
            let of_each = targets.iter().filter_map(|target| {
                let (_, item) = view.sequence().item(*target)?;
                let sound = item.properties.clean_speech?.sound;
                Some(set(vec![*target], Some(CleanSpeech { sound, strength })))
            });
            Edit::Batch {
                label: "Clean speech".to_owned(),
                edits: of_each.collect(),
            }
        });
        let spec = ButtonSpec::icon(Icon::Close, "Back to the recording");
        if button_ui(ui, theme, spec)
            .on_hover_text("Back to the recording as it is")
            .clicked()
        {
            let edit = set(targets.to_vec(), None);
            actions.push(Action::Apply { edit });
        }
    });
}

//! Where a picture is put, what is cut off, how it meets what lies below.

use super::{
    group_ui,
    keyframes::{at_playhead, keyframe_ui, value_edit},
};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        field::{Number, collect, number_ui, row_ui, slider_ui},
        icon::Icon,
    },
};
use egui::{ComboBox, Ui};
use timeline::{
    Animated, BlendMode, Crop, Edit, Fit, Item, ItemId, Transform,
    edit::{KeyframeValue, Property},
};

/// Percent in one.
const PERCENT: f64 = 100.0;

/// How pictures meet the frame, with the words for it.
const FITS: [(Fit, &str); 4] = [
    (Fit::Contain, "Fit inside"),
    (Fit::Cover, "Fill the frame"),
    (Fit::Stretch, "Stretch"),
    (Fit::None, "Original size"),
];

/// How layers meet, with the words for it.
const BLENDS: [(BlendMode, &str); 8] = [
    (BlendMode::Normal, "Normal"),
    (BlendMode::Multiply, "Multiply"),
    (BlendMode::Screen, "Screen"),
    (BlendMode::Overlay, "Overlay"),
    (BlendMode::Add, "Add"),
    (BlendMode::Darken, "Darken"),
    (BlendMode::Lighten, "Lighten"),
    (BlendMode::Difference, "Difference"),
];

/// Draws transform, crop and blending.
pub fn picture_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    group_ui(ui, theme, "Transform", |ui| {
        position_ui(ui, view, item, targets, actions);
        scale_ui(ui, view, item, targets, actions);
        rotation_ui(ui, view, item, targets, actions);
        fit_ui(ui, view, item, targets, actions);
    });
    group_ui(ui, theme, "Blending", |ui| {
        opacity_ui(ui, view, item, targets, actions);
        row_ui(ui, theme, "Blend mode", |ui| {
            let now = item.properties.blend;
            if let Some(blend) = choose_ui(ui, "Blend mode", now, &BLENDS) {
                actions.push(set(targets, Property::Blend(blend)));
            }
        });
    });
    group_ui(ui, theme, "Crop", |ui| {
        crop_ui(ui, view, item, targets, actions);
    });
}

/// The action that sets one property of all of these.
pub fn set(targets: &[ItemId], property: Property) -> Action {
    Action::Apply {
        edit: Edit::SetProperty {
            items: targets.to_vec(),
            property,
        },
    }
}

/// A list to choose one from; returns what was chosen anew.
pub fn choose_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    now: T,
    choices: &[(T, &str)],
) -> Option<T> {
    let shown = choices.iter().find(|(value, _)| *value == now);
    let shown = shown.map_or("", |(_, label)| label);
    let mut chosen = None;
    let width = ui.available_width().min(180.0);
    let combo = ComboBox::from_id_salt(name)
        .selected_text(shown)
        .width(width)
        .show_ui(ui, |ui| {
            for (value, label) in choices {
                if ui.selectable_label(*value == now, *label).clicked() {
                    chosen = Some(*value);
                }
            }
        });
    crate::widgets::field::name_it(ui, &combo.response, name);
    chosen.filter(|value| *value != now)
}

fn position_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let animated = &item.properties.transform.position;
    let now = animated.at(at_playhead(view, item));
    let size = view.sequence().size;
    let sides = [f64::from(size.width), f64::from(size.height)];
    row_ui(ui, view.theme, "Position", |ui| {
        for (axis, name) in [(0, "Position X"), (1, "Position Y")] {
            let reach = sides[axis] * 4.0;
            let number = Number::new(name, -reach..=reach).unit("", 0).speed(1.0);
            let (response, typed) = number_ui(ui, view.theme, now[axis] * sides[axis], &number);
            collect(&response, "Move picture", actions, || {
                let mut value = now;
                value[axis] = typed / sides[axis];
                let constant = Property::Position(Animated::Constant(value));
                let keyframe = KeyframeValue::Position(value);
                value_edit(view, (item, targets), animated, constant, keyframe)
            });
        }
        let value = ("position", KeyframeValue::Position(now));
        keyframe_ui(ui, view, item, animated, value, actions);
    });
}

fn scale_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let animated = &item.properties.transform.scale;
    let now = animated.at(at_playhead(view, item));
    // One number for both sides while they are the same; two once they differ.
    let is_even = now[0] == now[1];
    row_ui(ui, view.theme, "Scale", |ui| {
        let axes: &[(usize, &str)] = if is_even {
            &[(0, "Scale")]
        } else {
            &[(0, "Scale X"), (1, "Scale Y")]
        };
        for (axis, name) in axes.iter().copied() {
            let number = Number::new(name, -1000.0..=1000.0).unit(" %", 1).speed(0.5);
            let (response, typed) = number_ui(ui, view.theme, now[axis] * PERCENT, &number);
            collect(&response, "Scale picture", actions, || {
                let mut value = now;
                value[axis] = typed / PERCENT;
                if is_even {
                    value = [typed / PERCENT; 2];
                }
                let constant = Property::Scale(Animated::Constant(value));
                value_edit(
                    view,
                    (item, targets),
                    animated,
                    constant,
                    KeyframeValue::Scale(value),
                )
            });
        }
        if is_even {
            let spec = ButtonSpec::icon(Icon::Link, "Width and height apart");
            let tooltip = "Set width and height apart";
            if button_ui(ui, view.theme, spec)
                .on_hover_text(tooltip)
                .clicked()
            {
                // The smallest difference that can be seen in the numbers.
                let value = [now[0], now[1] + 0.001];
                let constant = Property::Scale(Animated::Constant(value));
                let keyframe = KeyframeValue::Scale(value);
                let edit = value_edit(view, (item, targets), animated, constant, keyframe);
                actions.push(Action::Apply { edit });
            }
        }
        let value = ("scale", KeyframeValue::Scale(now));
        keyframe_ui(ui, view, item, animated, value, actions);
    });
}

fn rotation_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let animated = &item.properties.transform.rotation_degrees;
    let now = animated.at(at_playhead(view, item));
    row_ui(ui, view.theme, "Rotation", |ui| {
        let number = Number::new("Rotation", -3600.0..=3600.0)
            .unit("°", 1)
            .speed(0.25);
        let (response, typed) = number_ui(ui, view.theme, now, &number);
        collect(&response, "Turn picture", actions, || {
            let constant = Property::RotationDegrees(Animated::Constant(typed));
            let keyframe = KeyframeValue::RotationDegrees(typed);
            value_edit(view, (item, targets), animated, constant, keyframe)
        });
        let value = ("rotation", KeyframeValue::RotationDegrees(now));
        keyframe_ui(ui, view, item, animated, value, actions);
    });
}

fn fit_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    row_ui(ui, view.theme, "Frame", |ui| {
        if let Some(fit) = choose_ui(ui, "Fit", item.properties.fit, &FITS) {
            actions.push(set(targets, Property::Fit(fit)));
        }
    });
    if item.properties.transform == Transform::default() {
        return;
    }
    row_ui(ui, view.theme, "", |ui| {
        let spec = ButtonSpec::text("Reset transform").with_icon(Icon::Reset);
        if button_ui(ui, view.theme, spec).clicked() {
            let usual = Transform::default();
            let property = |property| Edit::SetProperty {
                items: targets.to_vec(),
                property,
            };
            let edit = Edit::Batch {
                label: "Reset transform".to_owned(),
                edits: vec![
                    property(Property::Position(usual.position)),
                    property(Property::Scale(usual.scale)),
                    property(Property::RotationDegrees(usual.rotation_degrees)),
                ],
            };
            actions.push(Action::Apply { edit });
        }
    });
}

fn opacity_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let animated = &item.properties.opacity;
    let now = animated.at(at_playhead(view, item));
    row_ui(ui, view.theme, "Opacity", |ui| {
        let number = Number::new("Opacity", 0.0..=PERCENT).unit(" %", 0);
        slider_ui(ui, view.theme, now * PERCENT, &number, actions, |percent| {
            let value = percent / PERCENT;
            let constant = Property::Opacity(Animated::Constant(value));
            value_edit(
                view,
                (item, targets),
                animated,
                constant,
                KeyframeValue::Opacity(value),
            )
        });
        let value = ("opacity", KeyframeValue::Opacity(now));
        keyframe_ui(ui, view, item, animated, value, actions);
    });
}

/// A side of a crop: its name, its value now, and what sets it.
type Side<'a> = (&'a str, f64, fn(&mut Crop, f64));

fn crop_ui(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    targets: &[ItemId],
    actions: &mut Vec<Action>,
) {
    let crop = item.properties.crop;
    let mut pair = |ui: &mut Ui, label: &str, sides: [Side<'_>; 2]| {
        row_ui(ui, view.theme, label, |ui| {
            for (name, now, put) in sides {
                let number = Number::new(name, 0.0..=99.0).unit(" %", 1);
                let (response, typed) = number_ui(ui, view.theme, now * PERCENT, &number);
                collect(&response, "Crop", actions, || {
                    let mut changed = crop;
                    put(&mut changed, typed / PERCENT);
                    Edit::SetProperty {
                        items: targets.to_vec(),
                        property: Property::Crop(changed),
                    }
                });
            }
        });
    };
    pair(
        ui,
        "Left, right",
        [
            ("Crop left", crop.left, |crop, part| crop.left = part),
            ("Crop right", crop.right, |crop, part| crop.right = part),
        ],
    );
    pair(
        ui,
        "Top, bottom",
        [
            ("Crop top", crop.top, |crop, part| crop.top = part),
            ("Crop bottom", crop.bottom, |crop, part| crop.bottom = part),
        ],
    );
}

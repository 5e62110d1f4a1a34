//! Values that may change over an item's length: shown at the playhead, with the signs that set and find keyframes.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        icon::Icon,
    },
};
use av::{FrameCount, FrameIndex};
use egui::Ui;
use timeline::{
    Animated, Edit, Interpolation, Item, ItemId,
    edit::{KeyframeValue, Property},
    keyframe::Lerp,
};

/// How far the playhead is into the item, held inside it.
pub fn at_playhead(view: &View<'_>, item: &Item) -> FrameCount {
    let last = item.count - FrameCount::ONE;
    (view.playhead - item.start).clamp(FrameCount::ZERO, last.max(FrameCount::ZERO))
}

/// The edit that makes a value this at the playhead: a keyframe where there are some, else the constant.
pub fn value_edit<T: Lerp>(
    view: &View<'_>,
    (item, targets): (&Item, &[ItemId]),
    animated: &Animated<T>,
    constant: Property,
    value: KeyframeValue,
) -> Edit {
    match animated {
        Animated::Constant(_) => Edit::SetProperty {
            items: targets.to_vec(),
            property: constant,
        },
        Animated::Keyframes(_) => set_keyframe(view, item, value),
    }
}

fn set_keyframe(view: &View<'_>, item: &Item, value: KeyframeValue) -> Edit {
    Edit::SetKeyframe {
        item: item.id,
        at: item.start + at_playhead(view, item),
        value,
        interpolation: Interpolation::Smooth,
    }
}

/// Draws the signs at the end of a row: to the keyframe before, set or take one, to the keyframe behind.
pub fn keyframe_ui<T: Lerp>(
    ui: &mut Ui,
    view: &View<'_>,
    item: &Item,
    animated: &Animated<T>,
    (name, value): (&str, KeyframeValue),
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let at = at_playhead(view, item);
    let keyframes: &[_] = match animated {
        Animated::Constant(_) => &[],
        Animated::Keyframes(keyframes) => keyframes,
    };
    let is_here = keyframes.iter().any(|keyframe| keyframe.at == at);
    let seek = |at: FrameCount| Action::Seek {
        frame: FrameIndex::ZERO + (item.start + at - FrameIndex::ZERO),
    };
    let (icon, label) = if is_here {
        (Icon::Diamond, format!("Remove {name} keyframe"))
    } else {
        (Icon::DiamondHollow, format!("Set {name} keyframe"))
    };
    let buttons = if keyframes.is_empty() { 1.0 } else { 3.0 };
    ui.add_space((ui.available_width() - buttons * theme.size.control).max(0.0));
    ui.spacing_mut().item_spacing.x = 0.0;
    let spec = ButtonSpec::icon(icon, &label).on(is_here);
    if button_ui(ui, theme, spec).on_hover_text(&label).clicked() {
        let edit = if is_here {
            Edit::RemoveKeyframe {
                item: item.id,
                channel: value.channel(),
                at: item.start + at,
            }
        } else {
            set_keyframe(view, item, value)
        };
        actions.push(Action::Apply { edit });
    }
    let next = keyframes.iter().find(|keyframe| keyframe.at > at);
    let before = keyframes.iter().rfind(|keyframe| keyframe.at < at);
    if !keyframes.is_empty() {
        let mut jump = |ui: &mut Ui, icon, label: String, target: Option<FrameCount>| {
            let spec = ButtonSpec::icon(icon, &label).enabled(target.is_some());
            if button_ui(ui, theme, spec).on_hover_text(&label).clicked()
                && let Some(target) = target
            {
                actions.push(seek(target));
            }
        };
        let before = before.map(|keyframe| keyframe.at);
        let next = next.map(|keyframe| keyframe.at);
        jump(ui, Icon::Up, format!("Previous {name} keyframe"), before);
        jump(ui, Icon::Down, format!("Next {name} keyframe"), next);
    }
}

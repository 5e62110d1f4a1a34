//! Values that may change over an item's length: shown at the playhead, with the signs that set and find keyframes.

use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        icon::Icon,
    },
};
use av::FrameCount;
use egui::{Role, Sense, Ui, WidgetInfo, vec2};
use timeline::{
    Animated, Edit, Interpolation, Item, ItemId,
    edit::{KeyframeValue, Property},
    keyframe::Lerp,
};

/// Width of the signs that go to the keyframes before and behind.
const JUMP_WIDTH: f32 = 14.0;

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
    let (icon, label) = if is_here {
        (Icon::Diamond, format!("Remove {name} keyframe"))
    } else {
        (Icon::DiamondHollow, format!("Set {name} keyframe"))
    };
    let width = theme.size.control + 2.0 * JUMP_WIDTH;
    ui.add_space((ui.available_width() - width).max(0.0));
    ui.spacing_mut().item_spacing.x = 0.0;
    let before = keyframes.iter().rfind(|keyframe| keyframe.at < at);
    let before = before.map(|keyframe| keyframe.at);
    let next = keyframes.iter().find(|keyframe| keyframe.at > at);
    let next = next.map(|keyframe| keyframe.at);
    let mut jump = |ui: &mut Ui, icon, label: String, target: Option<FrameCount>| {
        if let Some(at) = jump_ui(ui, view, icon, &label, target) {
            actions.push(Action::Seek {
                frame: item.start + at,
            });
        }
    };
    jump(
        ui,
        Icon::ChevronLeft,
        format!("Previous {name} keyframe"),
        before,
    );
    let spec = ButtonSpec::icon(icon, &label).on(is_here);
    let is_pressed = button_ui(ui, theme, spec).on_hover_text(&label).clicked();
    jump(
        ui,
        Icon::ChevronRight,
        format!("Next {name} keyframe"),
        next,
    );
    if is_pressed {
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
}

/// A narrow sign that goes to another keyframe; only its room where there is none. Returns where to, when pressed.
fn jump_ui(
    ui: &mut Ui,
    view: &View<'_>,
    icon: Icon,
    label: &str,
    target: Option<FrameCount>,
) -> Option<FrameCount> {
    let theme = view.theme;
    let size = vec2(JUMP_WIDTH, theme.size.control);
    let Some(target) = target else {
        ui.add_space(JUMP_WIDTH);
        return None;
    };
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    let ink = if response.hovered() || response.has_focus() {
        theme.color.text
    } else {
        theme.color.text_weak
    };
    icon.paint(ui.painter(), rect, theme.size.icon, ink);
    response.on_hover_text(label).clicked().then_some(target)
}

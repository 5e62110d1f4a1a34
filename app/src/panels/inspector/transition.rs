//! How one clip becomes the next, and how long that takes.

use super::{picture::choose_ui, section_ui, title::color_button_ui};
use crate::{
    action::Action,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        field::{Number, collect, number_ui, row_ui},
    },
};
use av::FrameCount;
use egui::Ui;
use timeline::{Edit, Rgba, Transition, TransitionId, TransitionKind, WipeDirection};

/// Kinds as they are chosen, before their color or direction.
const KINDS: [(Kind, &str); 3] = [
    (Kind::Dissolve, "Dissolve"),
    (Kind::Dip, "Dip to color"),
    (Kind::Wipe, "Wipe"),
];

/// Directions, with the words for them.
const DIRECTIONS: [(WipeDirection, &str); 4] = [
    (WipeDirection::Left, "Right to left"),
    (WipeDirection::Right, "Left to right"),
    (WipeDirection::Up, "Upwards"),
    (WipeDirection::Down, "Downwards"),
];

/// A transition lasts at most so many frames on each side; the media says how many there are.
const SIDE_FRAMES_MAX: f64 = 1000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dissolve,
    Dip,
    Wipe,
}

/// Draws kind and length.
pub fn transition_ui(ui: &mut Ui, view: &View<'_>, id: TransitionId, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let tracks = view.sequence().tracks.iter();
    let mut transitions = tracks.flat_map(|track| &track.transitions);
    let Some(transition) = transitions.find(|transition| transition.id == id) else {
        return;
    };
    section_ui(ui, theme, "Transition");
    row_ui(ui, theme, "Kind", |ui| {
        let now = match transition.kind {
            TransitionKind::Dissolve => Kind::Dissolve,
            TransitionKind::Dip(_) => Kind::Dip,
            TransitionKind::Wipe(_) => Kind::Wipe,
        };
        if let Some(kind) = choose_ui(ui, "Transition kind", now, &KINDS) {
            let kind = match kind {
                Kind::Dissolve => TransitionKind::Dissolve,
                Kind::Dip => TransitionKind::Dip(Rgba::BLACK),
                Kind::Wipe => TransitionKind::Wipe(WipeDirection::Right),
            };
            actions.push(apply(transition, kind));
        }
    });
    match transition.kind {
        TransitionKind::Dissolve => {}
        TransitionKind::Dip(color) => row_ui(ui, theme, "Color", |ui| {
            color_button_ui(ui, "Dip", color, actions, |color| {
                edit(transition, TransitionKind::Dip(color))
            });
        }),
        TransitionKind::Wipe(direction) => row_ui(ui, theme, "Direction", |ui| {
            if let Some(chosen) = choose_ui(ui, "Wipe direction", direction, &DIRECTIONS) {
                actions.push(apply(transition, TransitionKind::Wipe(chosen)));
            }
        }),
    }
    length_ui(ui, view, transition, actions);
    row_ui(ui, theme, "", |ui| {
        if button_ui(ui, theme, ButtonSpec::text("Remove transition")).clicked() {
            actions.push(Action::Apply {
                edit: Edit::RemoveTransition { transition: id },
            });
        }
    });
}

/// A side of a cut: its name, its frames now, and what sets them.
type Side = (&'static str, FrameCount, fn(&mut Transition, FrameCount));

fn length_ui(ui: &mut Ui, view: &View<'_>, transition: &Transition, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let sides: [Side; 2] = [
        ("Before the cut", transition.before, |t, count| {
            t.before = count;
        }),
        ("After the cut", transition.after, |t, count| {
            t.after = count;
        }),
    ];
    for (name, now, put) in sides {
        row_ui(ui, theme, name, |ui| {
            let number = Number::new(name, 0.0..=SIDE_FRAMES_MAX)
                .unit(" fr", 0)
                .speed(0.1);
            let (response, typed) = number_ui(ui, theme, now.0 as f64, &number);
            collect(&response, "Change transition", actions, || {
                let mut changed = *transition;
                put(&mut changed, FrameCount(typed.round() as i64));
                edit(&changed, changed.kind)
            });
        });
    }
}

fn edit(transition: &Transition, kind: TransitionKind) -> Edit {
    Edit::UpdateTransition {
        transition: transition.id,
        kind,
        before: transition.before,
        after: transition.after,
    }
}

fn apply(transition: &Transition, kind: TransitionKind) -> Action {
    Action::Apply {
        edit: edit(transition, kind),
    }
}

//! Context menus: the actions that fit what was clicked, with their keys, and edits that only make sense right there.

use super::{Rename, Renamed, TimelinePanelState, hit::Hit, names, rows::Row};
use crate::{
    action::Action, jobs::JobState, limits::TRANSITION_SECONDS_TENTHS, selection::Selection,
    view::View,
};
use av::{FrameCount, FrameIndex, FrameRate};
use egui::{Button, Ui};
use timeline::{
    Content, Edit, GeneratedState, Item, ItemId, MarkerId, Rgba, Track, TrackId, TransitionId,
    TransitionKind, WipeDirection,
};

/// Draws the menu of whatever was clicked at `at`.
pub(super) fn menu(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (hit, at): (Hit, FrameIndex),
    actions: &mut Vec<Action>,
) {
    match hit {
        Hit::Item { item, .. } => item_menu(ui, view, state, item, actions),
        Hit::Cut { left, right, .. } => cut_menu(ui, view, [left, right], actions),
        Hit::Transition { transition, .. } => transition_menu(ui, view, transition, actions),
        Hit::Gap { track, range } => gap_menu(ui, view, (track, range.start), actions),
        Hit::Marker(marker) => marker_menu(ui, view, state, marker, actions),
        Hit::Ruler | Hit::Mark(_) => {
            edit_item(ui, "Marker here", actions, || Edit::AddMarker {
                frame: at,
                label: String::new(),
                color: super::interact::MARKER_COLOR,
            });
            edit_item(ui, "Mark in here", actions, || Edit::SetMarkIn {
                frame: Some(at),
            });
            edit_item(ui, "Mark out here", actions, || Edit::SetMarkOut {
                frame: Some(at),
            });
            plain(ui, view, &[Action::ClearMarks], actions);
            ui.separator();
            plain(ui, view, &[Action::ZoomToFit], actions);
        }
        Hit::Lane { .. } | Hit::Outside => plain(
            ui,
            view,
            &[
                Action::TextToVideo,
                Action::AddTitle,
                Action::AddMarker,
                Action::AddVideoTrack,
                Action::AddAudioTrack,
            ],
            actions,
        ),
    }
}

/// Draws the menu of a track's header.
pub(super) fn track_menu(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    (row, track): (&Row, &Track),
    actions: &mut Vec<Action>,
) {
    if ui.button("Rename").clicked() {
        state.rename = Some(Rename {
            what: Renamed::Track(track.id),
            text: track.label.clone(),
            has_begun: false,
        });
    }
    plain(
        ui,
        view,
        &[Action::AddVideoTrack, Action::AddAudioTrack],
        actions,
    );
    ui.separator();
    let same = view
        .sequence()
        .tracks
        .iter()
        .filter(|other| other.kind == row.kind);
    // The last track of a kind stays: there would be nowhere to put things.
    let is_last = same.count() <= 1;
    let button = ui.add_enabled(!is_last, Button::new("Remove track"));
    if button.clicked() {
        actions.push(Action::Apply {
            edit: Edit::RemoveTrack { track: track.id },
        });
    }
}

fn item_menu(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    item: ItemId,
    actions: &mut Vec<Action>,
) {
    let Some((_, item)) = view.sequence().item(item) else {
        return;
    };
    generated_menu(ui, view, item, actions);
    plain(
        ui,
        view,
        &[Action::SplitAtPlayhead, Action::Lift, Action::RippleDelete],
        actions,
    );
    ui.separator();
    plain(
        ui,
        view,
        &[
            Action::ToggleDisabled,
            Action::LinkItems,
            Action::UnlinkItems,
            Action::MarkSelection,
        ],
        actions,
    );
    if ui.button("Rename").clicked() {
        state.rename = Some(Rename {
            what: Renamed::Item(item.id),
            text: names::title(view, item),
            has_begun: false,
        });
    }
    let Content::Clip(clip) = &item.content else {
        return;
    };
    ui.separator();
    let asset = view.document.assets.find(clip.asset);
    let is_still = clip.is_freeze() || asset.is_some_and(|asset| asset.info.is_still);
    if is_still {
        plain(ui, view, &[Action::AnimateStills], actions);
    } else {
        let more = [Action::ExtendForward, Action::ExtendBackward];
        plain(ui, view, &more, actions);
        plain(ui, view, &[Action::FindDamage, Action::HealRange], actions);
    }
    if asset.is_some_and(|asset| asset.info.audio.is_some()) && !clip.is_freeze() {
        plain(
            ui,
            view,
            &[Action::CaptionClip, Action::CleanSpeech],
            actions,
        );
    }
    ui.separator();
    plain(
        ui,
        view,
        &[
            Action::ShowBackground,
            Action::RestyleClip,
            Action::SlowMotion,
            Action::UpscaleClip,
            Action::RemoveObject,
            Action::OutpaintClip,
        ],
        actions,
    );
}

/// Takes and the running job of a generated item.
fn generated_menu(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    let job = view.jobs.of_item(item.id);
    if let Some(job) =
        job.filter(|job| matches!(job.state, JobState::Waiting | JobState::Running(_)))
        && ui.button("Cancel job").clicked()
    {
        actions.push(Action::CancelJob { job: job.id });
    }
    let Content::Generated(generated) = &item.content else {
        return;
    };
    plain(ui, view, &[Action::ShowGenerate], actions);
    for (number, take) in (1..).zip(&generated.takes) {
        let is_active = generated.active == Some(take.id);
        if ui.radio(is_active, format!("Take {number}")).clicked() {
            let edit = Edit::SetActiveTake {
                item: item.id,
                take: take.id,
            };
            actions.push(Action::Apply { edit });
            ui.close();
        }
    }
    if generated.state == GeneratedState::Stale && ui.button("Refresh").clicked() {
        actions.push(Action::RefreshItem { item: item.id });
    }
    if !generated.takes.is_empty() {
        plain(
            ui,
            view,
            &[Action::NewTake, Action::VaryTake, Action::LoopSeam],
            actions,
        );
        ui.separator();
    }
}

fn gap_menu(
    ui: &mut Ui,
    view: &View<'_>,
    (track, at): (TrackId, FrameIndex),
    actions: &mut Vec<Action>,
) {
    plain(ui, view, &[Action::FillGap, Action::ShowGenerate], actions);
    edit_item(ui, "Close gap", actions, || Edit::CloseGap { track, at });
    plain(ui, view, &[Action::MarkSelection], actions);
}

fn cut_menu(ui: &mut Ui, view: &View<'_>, [left, right]: [ItemId; 2], actions: &mut Vec<Action>) {
    if ui.button(Action::JoinClips.text()).clicked() {
        let selection = Selection::of_items(view.document, [left, right]);
        actions.push(Action::Select { selection });
        actions.push(Action::JoinClips);
    }
    ui.separator();
    let half = half_transition(view.rate());
    for (name, kind) in transition_kinds() {
        edit_item(ui, name, actions, || Edit::AddTransition {
            left,
            kind,
            before: half,
            after: half,
        });
    }
}

fn transition_menu(ui: &mut Ui, view: &View<'_>, id: TransitionId, actions: &mut Vec<Action>) {
    let mut transitions = view
        .sequence()
        .tracks
        .iter()
        .flat_map(|track| &track.transitions);
    let Some(now) = transitions.find(|now| now.id == id) else {
        return;
    };
    for (name, kind) in transition_kinds() {
        if ui.radio(now.kind == kind, name).clicked() {
            let edit = Edit::UpdateTransition {
                transition: id,
                kind,
                before: now.before,
                after: now.after,
            };
            actions.push(Action::Apply { edit });
            ui.close();
        }
    }
    ui.separator();
    edit_item(ui, "Remove transition", actions, || {
        Edit::RemoveTransition { transition: id }
    });
}

fn marker_menu(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    id: MarkerId,
    actions: &mut Vec<Action>,
) {
    let Some(marker) = view
        .sequence()
        .markers
        .iter()
        .find(|marker| marker.id == id)
    else {
        return;
    };
    if ui.button("Rename").clicked() {
        state.rename = Some(Rename {
            what: Renamed::Marker(id),
            text: marker.label.clone(),
            has_begun: false,
        });
    }
    if ui.button("Go to marker").clicked() {
        actions.push(Action::Seek {
            frame: marker.frame,
        });
    }
    edit_item(ui, "Remove marker", actions, || Edit::RemoveMarker {
        marker: id,
    });
}

/// The transitions a menu offers.
fn transition_kinds() -> [(&'static str, TransitionKind); 4] {
    [
        ("Dissolve", TransitionKind::Dissolve),
        ("Dip to black", TransitionKind::Dip(Rgba::BLACK)),
        ("Wipe left", TransitionKind::Wipe(WipeDirection::Left)),
        ("Wipe right", TransitionKind::Wipe(WipeDirection::Right)),
    ]
}

fn half_transition(rate: FrameRate) -> FrameCount {
    let length = av::Ticks::from_seconds_fraction(TRANSITION_SECONDS_TENTHS, 20);
    rate.count_from_ticks(length).max(FrameCount::ONE)
}

/// Actions by their own names, with their keys.
fn plain(ui: &mut Ui, view: &View<'_>, offered: &[Action], actions: &mut Vec<Action>) {
    for action in offered {
        let mut button = Button::new(action.text());
        if let Some(shortcut) = action.shortcut(view.key_map) {
            button = button.shortcut_text(shortcut.to_string());
        }
        if ui.add(button).clicked() {
            actions.push(action.clone());
        }
    }
}

fn edit_item(ui: &mut Ui, name: &str, actions: &mut Vec<Action>, edit: impl FnOnce() -> Edit) {
    if ui.button(name).clicked() {
        actions.push(Action::Apply { edit: edit() });
    }
}

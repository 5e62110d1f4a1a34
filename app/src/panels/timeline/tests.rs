//! The panel under a hand: clips are found by their spoken names, pressed and dragged, and the edits are looked at.

use super::{TimelinePanelState, Tool, example, timeline_panel_ui};
use crate::{
    action::{Action, KeyMap},
    jobs::Jobs,
    panels::DraggedAsset,
    pictures::Pictures,
    selection::Selection,
    theme::Theme,
    view::View,
};
use av::{FrameCount, FrameIndex};
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Vec2, vec2};
use egui_kittest::{Harness, kittest::Queryable};
use runtime::PlaybackState;
use std::{collections::BTreeSet, sync::Arc};
use timeline::{Document, Edit, ItemId, edit::Edge};

/// What the rest of the window does for the panel, as far as the panel can tell.
struct Desk {
    document: Document,
    /// The document before the running gesture.
    base: Option<Document>,
    selection: Selection,
    playhead: FrameIndex,
    is_snapping: bool,
    state: TimelinePanelState,
    /// Everything that was asked for.
    asked: Vec<Action>,
    theme: Theme,
    pictures: Pictures,
    jobs: Jobs,
    offline: BTreeSet<timeline::AssetId>,
}

impl Desk {
    fn new() -> Self {
        Self {
            document: example::document(),
            base: None,
            selection: Selection::default(),
            playhead: FrameIndex(20),
            is_snapping: true,
            state: TimelinePanelState::default(),
            asked: Vec::new(),
            theme: Theme::dark(),
            pictures: Pictures::default(),
            jobs: Jobs::default(),
            offline: BTreeSet::new(),
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let view = View {
            document: &self.document,
            selection: &self.selection,
            playhead: self.playhead,
            playback: PlaybackState::Paused,
            theme: &self.theme,
            pictures: &self.pictures,
            jobs: &self.jobs,
            offline: &self.offline,
            compare: None,
            is_snapping: self.is_snapping,
            is_media_end_sticky: true,
            is_in_gesture: self.base.is_some(),
            key_map: KeyMap::Default,
            is_test: true,
        };
        let mut actions = Vec::new();
        timeline_panel_ui(ui, &view, &mut self.state, &mut actions);
        for action in actions {
            self.apply(&action);
            self.asked.push(action);
        }
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::Select { selection } => self.selection = selection.clone(),
            Action::Seek { frame } => self.playhead = *frame,
            Action::BeginGesture { .. } => self.base = Some(self.document.clone()),
            Action::UpdateGesture { edit } => {
                // An edit that cannot be made leaves the last draft, as the editor does.
                if let Some(Ok(draft)) = self.base.as_ref().map(|base| timeline::apply(base, edit))
                {
                    self.document = draft;
                }
            }
            Action::CommitGesture {} => self.base = None,
            Action::CancelGesture {} => {
                if let Some(base) = self.base.take() {
                    self.document = base;
                }
            }
            Action::Apply { edit } => {
                self.document = timeline::apply(&self.document, edit).unwrap();
            }
            _ => {}
        }
    }

    fn range(&self, item: u64) -> (i64, i64) {
        let (_, item) = self.document.sequence.item(ItemId(item)).unwrap();
        (item.range().start.0, item.range().end().0)
    }

    fn updates(&self) -> Vec<&Edit> {
        let updates = self.asked.iter().filter_map(|action| match action {
            Action::UpdateGesture { edit } => Some(edit),
            _ => None,
        });
        updates.collect()
    }
}

fn harness(desk: Desk) -> Harness<'static, Desk> {
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1200.0, 360.0))
        // Two clicks make a double click only when they are quick.
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), desk);
    harness.run_steps(2);
    harness
}

/// Where a clip of the small example shows, by the beginning of its spoken name.
fn rect(harness: &Harness<'_, Desk>, clip: &str) -> Rect {
    harness
        .get_by_label_contains(&format!("Clip {clip},"))
        .rect()
}

fn press(harness: &mut Harness<'_, Desk>, pos: Pos2, modifiers: Modifiers, is_pressed: bool) {
    harness.event(Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed: is_pressed,
        modifiers,
    });
    harness.step();
}

/// Presses at `from`, moves by `by` and does not let go.
fn pull(harness: &mut Harness<'_, Desk>, from: Pos2, by: Vec2, modifiers: Modifiers) {
    harness.event(Event::ModifiersChanged(modifiers));
    harness.hover_at(from);
    harness.step();
    press(harness, from, modifiers, true);
    for part in [0.3, 0.7, 1.0] {
        harness.hover_at(from + by * part);
        harness.step();
    }
    harness.step();
}

fn drag(harness: &mut Harness<'_, Desk>, from: Pos2, by: Vec2) {
    pull(harness, from, by, Modifiers::NONE);
    press(harness, from + by, Modifiers::NONE, false);
    harness.step();
}

fn px_per_frame(harness: &Harness<'_, Desk>) -> f32 {
    harness.state().state.scale.px_per_frame as f32
}

#[test]
fn clips_are_named_with_track_times_and_selection() {
    let mut harness = harness(Desk::new());
    let name = "Clip clip 10, track V1, 00:00:00:00 to 00:00:04:00";
    harness.get_by_label(name).click();
    harness.run_steps(3);
    assert_eq!(
        harness.state().selection.items,
        BTreeSet::from([ItemId(10)])
    );
    harness.get_by_label(&format!("{name}, selected"));
}

#[test]
fn an_assistive_click_selects_too() {
    let mut harness = harness(Desk::new());
    harness
        .get_by_label_contains("Clip clip 12,")
        .click_accesskit();
    harness.run_steps(3);
    assert_eq!(
        harness.state().selection.items,
        BTreeSet::from([ItemId(12)])
    );
}

#[test]
fn ctrl_click_adds_and_takes_away() {
    let mut harness = harness(Desk::new());
    harness.get_by_label_contains("Clip clip 10,").click();
    harness.run_steps(3);
    for expected in [vec![10, 12], vec![10]] {
        harness
            .get_by_label_contains("Clip clip 12,")
            .click_modifiers(Modifiers::COMMAND);
        harness.run_steps(3);
        let expected: BTreeSet<_> = expected.into_iter().map(ItemId).collect();
        assert_eq!(harness.state().selection.items, expected);
    }
}

#[test]
fn pulling_an_edge_trims_in_one_step() {
    let mut harness = harness(Desk::new());
    let clip = rect(&harness, "clip 12");
    let from = clip.right_center() - vec2(3.0, 0.0);
    let by = vec2(-40.0 * px_per_frame(&harness), 0.0);
    drag(&mut harness, from, by);
    let desk = harness.state();
    assert_eq!(desk.range(12), (200, 260));
    let begins = desk
        .asked
        .iter()
        .filter(|action| matches!(action, Action::BeginGesture { .. }));
    assert_eq!(begins.count(), 1);
    assert_eq!(desk.asked.last(), Some(&Action::CommitGesture {}));
    let expected = Edit::Trim {
        item: ItemId(12),
        edge: Edge::End,
        to: FrameIndex(260),
        alone: false,
    };
    assert_eq!(desk.updates().last(), Some(&&expected));
}

#[test]
fn esc_takes_a_drag_back() {
    let mut harness = harness(Desk::new());
    let from = rect(&harness, "clip 12").center();
    pull(&mut harness, from, vec2(120.0, 0.0), Modifiers::NONE);
    assert_ne!(harness.state().range(12), (200, 300));
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert_eq!(
        harness.state().asked.last(),
        Some(&Action::CancelGesture {})
    );
    assert_eq!(harness.state().range(12), (200, 300));
    harness.hover_at(from + vec2(200.0, 0.0));
    harness.step();
    press(&mut harness, from, Modifiers::NONE, false);
    assert_eq!(
        harness.state().range(12),
        (200, 300),
        "the rest of the drag does nothing"
    );
}

#[test]
fn moving_snaps_to_the_neighbor_unless_shift_is_held() {
    let pulled = |modifiers| {
        let mut harness = harness(Desk::new());
        let from = rect(&harness, "clip 12").center();
        // Two frames short of abutting item 11, which ends at 160.
        let by = vec2(-38.0 * px_per_frame(&harness), 0.0);
        pull(&mut harness, from, by, modifiers);
        harness.state().range(12)
    };
    assert_eq!(pulled(Modifiers::NONE), (160, 260));
    assert_eq!(pulled(Modifiers::SHIFT), (162, 262));
}

#[test]
fn a_clip_moves_to_another_track() {
    let mut harness = harness(Desk::new());
    let clip = rect(&harness, "clip 12");
    drag(&mut harness, clip.center(), vec2(0.0, -clip.height()));
    let (track, _) = harness.state().document.sequence.item(ItemId(12)).unwrap();
    assert_eq!(track.id, harness.state().document.sequence.tracks[1].id);
}

#[test]
fn the_cut_between_two_clips_rolls() {
    let mut desk = Desk::new();
    // A dissolve would be in the way of the pointer and of the roll.
    Arc::make_mut(&mut Arc::make_mut(&mut desk.document.sequence).tracks[0])
        .transitions
        .clear();
    let mut harness = harness(desk);
    let cut = rect(&harness, "clip 11").left_center();
    let by = vec2(15.0 * px_per_frame(&harness), 0.0);
    drag(&mut harness, cut, by);
    assert_eq!(harness.state().range(10), (0, 115));
    assert_eq!(harness.state().range(11), (115, 160));
}

#[test]
fn the_razor_cuts_where_it_is_put() {
    let mut desk = Desk::new();
    desk.state.tool = Tool::Razor;
    desk.is_snapping = false;
    let mut harness = harness(desk);
    harness.get_by_label_contains("Clip clip 12,").click();
    harness.run_steps(3);
    let expected = Edit::Split {
        at: FrameIndex(250),
        items: vec![ItemId(12)],
    };
    assert_eq!(harness.state().asked, [Action::Apply { edit: expected }]);
    assert_eq!(harness.state().range(12), (200, 250));
}

#[test]
fn slip_and_slide_mean_their_edits() {
    for tool in [Tool::Slip, Tool::Slide] {
        let mut desk = Desk::new();
        desk.state.tool = tool;
        let mut harness = harness(desk);
        let from = rect(&harness, "clip 12").center();
        let by = vec2(30.0 * px_per_frame(&harness), 0.0);
        pull(&mut harness, from, by, Modifiers::SHIFT);
        let edit = harness.state().updates().last().map(|edit| (*edit).clone());
        match (tool, edit) {
            (Tool::Slip, Some(Edit::Slip { by, .. })) => assert_eq!(by, FrameCount(-30)),
            (Tool::Slide, Some(Edit::Slide { by, .. })) => assert_eq!(by, FrameCount(30)),
            (_, other) => panic!("{tool:?}: {other:?}"),
        }
    }
}

#[test]
fn a_click_between_clips_selects_the_gap() {
    let mut harness = harness(Desk::new());
    let left = rect(&harness, "clip 11").right_center();
    let pos = left + vec2(20.0 * px_per_frame(&harness), 0.0);
    harness.hover_at(pos);
    harness.step();
    press(&mut harness, pos, Modifiers::NONE, true);
    press(&mut harness, pos, Modifiers::NONE, false);
    harness.step();
    let (_, gap) = harness.state().selection.gap.unwrap();
    assert_eq!((gap.start, gap.end()), (FrameIndex(160), FrameIndex(200)));
}

#[test]
fn a_rectangle_selects_what_it_touches() {
    let mut harness = harness(Desk::new());
    let first = rect(&harness, "clip 11");
    let from = first.center() - vec2(0.0, first.height());
    let to = rect(&harness, "clip 12").center();
    drag(&mut harness, from, to - from);
    let expected: BTreeSet<_> = [11, 12].map(ItemId).into();
    assert_eq!(harness.state().selection.items, expected);
}

#[test]
fn pressing_the_ruler_scrubs_at_once() {
    let mut harness = harness(Desk::new());
    let clip = rect(&harness, "clip 12");
    let ruler_y = harness.get_by_label("Timeline").rect().top() + 5.0;
    let pos = Pos2::new(clip.center().x, ruler_y);
    harness.hover_at(pos);
    harness.step();
    press(&mut harness, pos, Modifiers::NONE, true);
    harness.step();
    assert!(
        (harness.state().playhead.0 - 250).abs() <= 1,
        "{}",
        harness.state().playhead
    );
    harness.hover_at(pos - vec2(100.0 * px_per_frame(&harness), 0.0));
    harness.step();
    harness.step();
    assert!(
        (harness.state().playhead.0 - 150).abs() <= 1,
        "{}",
        harness.state().playhead
    );
}

#[test]
fn the_wheel_zooms_at_the_pointer() {
    let mut harness = harness(Desk::new());
    let pos = rect(&harness, "clip 12").center();
    harness.hover_at(pos);
    harness.step();
    let before = harness.state().state.scale;
    harness.event(Event::ModifiersChanged(Modifiers::COMMAND));
    harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 60.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::COMMAND,
    });
    harness.run_steps(20);
    let after = harness.state().state.scale;
    assert!(after.px_per_frame > before.px_per_frame * 1.05, "{after:?}");
    let moved = after.frames_from_x(pos.x) - before.frames_from_x(pos.x);
    assert!(moved.abs() < 0.5, "{moved}");
}

#[test]
fn locked_tracks_stay_as_they_are() {
    let mut desk = Desk::new();
    let sequence = Arc::make_mut(&mut desk.document.sequence);
    Arc::make_mut(&mut sequence.tracks[0]).is_locked = true;
    let mut harness = harness(desk);
    let from = rect(&harness, "clip 12").center();
    drag(&mut harness, from, vec2(90.0, 0.0));
    assert!(harness.state().updates().is_empty());
}

#[test]
fn headers_mute_solo_and_lock() {
    let mut harness = harness(Desk::new());
    for name in [
        "Hide, track V1",
        "Lock, track V2",
        "Solo, track A1",
        "Mute, track A2",
    ] {
        harness.get_by_label(name).click();
        harness.run_steps(2);
    }
    let tracks = &harness.state().document.sequence.tracks;
    assert!(tracks[0].is_muted && tracks[1].is_locked && tracks[2].is_solo && tracks[3].is_muted);
}

#[test]
fn the_menu_of_a_gap_offers_to_fill_it() {
    let mut harness = harness(Desk::new());
    let left = rect(&harness, "clip 11").right_center();
    let pos = left + vec2(20.0 * px_per_frame(&harness), 0.0);
    harness.hover_at(pos);
    harness.step();
    for is_pressed in [true, false] {
        harness.event(Event::PointerButton {
            pos,
            button: PointerButton::Secondary,
            pressed: is_pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run_steps(3);
    harness.get_by_label_contains("Fill").click();
    harness.run_steps(3);
    let desk = harness.state();
    assert!(desk.selection.gap.is_some());
    assert_eq!(desk.asked.last(), Some(&Action::FillGap));
}

#[test]
fn media_is_dropped_where_it_is_let_go() {
    for (modifiers, is_insert) in [(Modifiers::NONE, false), (Modifiers::COMMAND, true)] {
        let desk = Desk::new();
        let asset = desk.document.assets.iter().next().unwrap().id;
        let mut harness = harness(desk);
        let end = rect(&harness, "clip 12").right_center();
        // Two frames beyond the last clip's end is near enough to snap to it.
        let pos = end + vec2(1.0 + 2.0 * px_per_frame(&harness), 0.0);
        // The bin, from where it is carried, lies outside.
        harness.event(Event::ModifiersChanged(modifiers));
        press(&mut harness, Pos2::new(20.0, 55.0), modifiers, true);
        egui::DragAndDrop::set_payload(&harness.ctx, DraggedAsset(asset));
        harness.hover_at(pos);
        harness.run_steps(2);
        press(&mut harness, pos, modifiers, false);
        harness.step();
        let expected = Action::PlaceAsset {
            asset,
            track: Some(harness.state().document.sequence.tracks[0].id),
            at: FrameIndex(300),
            is_insert,
        };
        assert!(
            harness.state().asked.contains(&expected),
            "{:?}",
            harness.state().asked
        );
    }
}

#[test]
fn what_comes_first_onto_an_empty_timeline_is_shown_whole() {
    let mut desk = Desk::new();
    let full = Arc::clone(&desk.document.sequence);
    desk.document.sequence = Arc::new(timeline::Sequence::new(full.size, full.rate));
    let mut harness = harness(desk);
    harness.state_mut().state.scale.px_per_frame = 90.0;
    harness.state_mut().document.sequence = full;
    harness.run_steps(3);
    assert!(rect(&harness, "clip 12").right() < 1200.0);
}

#[test]
fn a_double_click_gives_a_new_name() {
    let mut harness = harness(Desk::new());
    for _ in 0..2 {
        harness.get_by_label_contains("Clip clip 12,").click();
    }
    harness.run_steps(8);
    assert!(harness.state().state.is_renaming());
    harness.get_by_label("New name").type_text("!");
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    let edits = harness
        .state()
        .asked
        .iter()
        .filter_map(|action| match action {
            Action::Apply {
                edit: Edit::SetLabel { label, .. },
            } => Some(label.clone()),
            _ => None,
        });
    assert_eq!(edits.collect::<Vec<_>>(), ["clip 12!"]);
}

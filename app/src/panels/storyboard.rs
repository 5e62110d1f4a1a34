//! Several shots that are made as one clip, as cards: written, timed, put in order, asked for as one.

mod cards;

use crate::{
    action::Action,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, heading_ui, weak_ui},
        icon::Icon,
    },
    wording,
};
use egui::{Key, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};
use runtime::{
    limits::GENERATED_SECONDS_MAX,
    storyboard::{Storyboard, StoryboardShot},
};
use timeline::AssetId;

/// Room for the length of it all and the way to the timeline.
const END_HEIGHT: f32 = 66.0;

/// How long a new card lasts.
const CARD_SECONDS: f64 = 3.0;

/// What the panel remembers; outside undo, since nothing of it is in the document before it is asked for.
#[derive(Debug, Clone, Default)]
pub struct StoryboardState {
    /// One sentence that becomes cards.
    pub idea: String,
    /// The cards and what they share.
    pub board: Storyboard,
    /// Pictures that all shots keep to.
    pub references: Vec<AssetId>,
}

impl StoryboardState {
    /// How long all shots last.
    pub fn seconds(&self) -> f64 {
        // An empty sum is minus zero.
        self.board.seconds() + 0.0
    }

    /// What keeps the cards from being asked for, if anything.
    pub fn obstacle(&self) -> Option<String> {
        if self.board.shots.is_empty() {
            return Some("There is no card yet".into());
        }
        let empty = self
            .board
            .shots
            .iter()
            .position(|shot| shot.prompt.trim().is_empty());
        if let Some(index) = empty {
            return Some(format!("Card {} says nothing yet", index + 1));
        }
        (self.seconds() > GENERATED_SECONDS_MAX + 1e-6)
            .then(|| format!("Longer than {GENERATED_SECONDS_MAX:.0} s"))
    }
}

/// Draws the panel.
pub fn storyboard_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut StoryboardState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    idea_ui(ui, theme, state);
    file_ui(ui, theme, state, actions);
    let room = (ui.available_height() - END_HEIGHT).max(80.0);
    let scroll = ScrollArea::vertical().auto_shrink(false).max_height(room);
    scroll.show(ui, |ui| {
        if !state.board.shots.is_empty() {
            heading_ui(ui, theme, "All shots share");
            let field = TextEdit::multiline(&mut state.board.shared_prompt)
                .desired_rows(2)
                .desired_width(f32::INFINITY)
                .hint_text("Subject, light, mood, style");
            ui.add(field)
                .widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "What all shots share"));
            references_ui(ui, view, state);
        }
        cards::cards_ui(ui, view, &mut state.board);
        ui.horizontal(|ui| {
            let spec = ButtonSpec::text("Add card").with_icon(Icon::Plus);
            let is_full = state.board.shots.len() >= timeline::limits::SHOTS_MAX;
            if button_ui(ui, theme, spec.enabled(!is_full)).clicked() {
                state.board.shots.push(StoryboardShot {
                    prompt: String::new(),
                    seconds: CARD_SECONDS,
                    starts_with_cut: !state.board.shots.is_empty(),
                });
            }
        });
    });
    ui.add_space(theme.space.small);
    end_ui(ui, theme, state, actions);
}

fn idea_ui(ui: &mut Ui, theme: &Theme, state: &mut StoryboardState) {
    weak_ui(ui, theme, "From one sentence");
    let mut is_asked = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 100.0).max(60.0);
        let field = TextEdit::singleline(&mut state.idea)
            .desired_width(width)
            .hint_text("A red fox runs through snow");
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Idea"));
        is_asked |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let spec = ButtonSpec::text("Make cards").enabled(!state.idea.trim().is_empty());
        is_asked |= button_ui(ui, theme, spec).clicked();
    });
    if is_asked && !state.idea.trim().is_empty() {
        state.board = wording::storyboard(&state.idea);
    }
}

fn file_ui(ui: &mut Ui, theme: &Theme, state: &StoryboardState, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let spec = ButtonSpec::text("Open…")
            .weight(Weight::Quiet)
            .named("Open storyboard");
        if button_ui(ui, theme, spec).clicked() {
            actions.push(Action::OpenStoryboard);
        }
        let spec = ButtonSpec::text("Save…")
            .weight(Weight::Quiet)
            .named("Save storyboard");
        if button_ui(ui, theme, spec.enabled(!state.board.shots.is_empty())).clicked() {
            actions.push(Action::SaveStoryboard {
                text: state.board.to_string(),
            });
        }
    });
}

/// Pictures of the project by name; those that the words cite as @name are kept to as well.
fn references_ui(ui: &mut Ui, view: &View<'_>, state: &mut StoryboardState) {
    let theme = view.theme;
    let assets: Vec<_> = view
        .document
        .assets
        .iter()
        .filter(|asset| asset.info.video.is_some() && !asset.is_generated)
        .collect();
    if assets.is_empty() {
        return;
    }
    weak_ui(
        ui,
        theme,
        "Keep to these pictures, or cite them in a card as @name",
    );
    let cited = crate::asking::cited(view.document, &state.board.to_string());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        for asset in assets {
            let is_kept = state.references.contains(&asset.id);
            let name = format!("Keep all shots to {}", asset.name);
            let is_on = is_kept || cited.contains(&asset.id);
            let spec = ButtonSpec::text(&asset.name).named(&name).on(is_on);
            if button_ui(ui, theme, spec).clicked() {
                if is_kept {
                    state.references.retain(|id| *id != asset.id);
                } else {
                    state.references.push(asset.id);
                }
            }
        }
    });
}

/// How long it all is, and the way to the timeline.
fn end_ui(ui: &mut Ui, theme: &Theme, state: &StoryboardState, actions: &mut Vec<Action>) {
    let obstacle = state.obstacle();
    ui.horizontal_wrapped(|ui| {
        let seconds = state.seconds();
        let text = format!("{seconds:.1} s of at most {GENERATED_SECONDS_MAX:.0} s");
        ui.label(RichText::new(text).strong().color(theme.color.text));
        if let Some(obstacle) = &obstacle {
            let text = RichText::new(obstacle).size(theme.text.small);
            ui.label(text.color(theme.color.text_weak));
        }
    });
    let spec = ButtonSpec::text("Put on the timeline…")
        .with_icon(Icon::Sparkle)
        .weight(Weight::Primary)
        .enabled(obstacle.is_none());
    if button_ui(ui, theme, spec).clicked() {
        actions.push(Action::PlaceStoryboard {
            board: Box::new(state.board.clone()),
            references: state.references.clone(),
        });
    }
}

//! The cards of a storyboard: words, length, cut or flow, and their order.

use crate::{
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, button_ui},
        field::{Number, number_ui},
        icon::Icon,
    },
};
use egui::{
    Align, CursorIcon, Layout, Response, RichText, Role, Sense, Stroke, TextEdit, Ui, WidgetInfo,
    vec2,
};
use runtime::{
    limits::GENERATED_SECONDS_MAX,
    storyboard::{Storyboard, StoryboardShot},
};

/// What is carried while a card is dragged: its place.
#[derive(Debug, Clone, Copy)]
struct Carried(usize);

/// What happens to the cards after all are drawn.
enum Change {
    Remove(usize),
    Move { from: usize, to: usize },
}

/// Draws the cards.
pub(super) fn cards_ui(ui: &mut Ui, view: &View<'_>, board: &mut Storyboard) {
    let theme = view.theme;
    let mut change = None;
    let count = board.shots.len();
    for (index, shot) in board.shots.iter_mut().enumerate() {
        let frame = theme.card_frame();
        let card = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            card_ui(ui, theme, (index, count), shot, &mut change);
        });
        let card = ui.interact(
            card.response.rect,
            card.response.id.with(index),
            Sense::hover(),
        );
        if card.dnd_hover_payload::<Carried>().is_some() {
            let stroke = Stroke::new(2.0, theme.color.accent);
            ui.painter()
                .hline(card.rect.x_range(), card.rect.top(), stroke);
        }
        if let Some(carried) = card.dnd_release_payload::<Carried>() {
            change = Some(Change::Move {
                from: carried.0,
                to: index,
            });
        }
    }
    match change {
        Some(Change::Remove(index)) => {
            board.shots.remove(index);
        }
        Some(Change::Move { from, to }) if from < count && to < count => {
            let shot = board.shots.remove(from);
            board.shots.insert(to, shot);
        }
        Some(Change::Move { .. }) | None => {}
    }
    if let Some(first) = board.shots.first_mut() {
        // There is nothing before it that could be cut from.
        first.starts_with_cut = false;
    }
}

fn card_ui(
    ui: &mut Ui,
    theme: &Theme,
    (index, count): (usize, usize),
    shot: &mut StoryboardShot,
    change: &mut Option<Change>,
) {
    let number = index + 1;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        handle_ui(ui, theme, index).dnd_set_drag_payload(Carried(index));
        ui.label(RichText::new(format!("{number}")).strong());
        let name = format!("Seconds of card {number}");
        let length = Number::new(&name, 0.1..=GENERATED_SECONDS_MAX).unit(" s", 1);
        shot.seconds = number_ui(ui, theme, shot.seconds, &length).1;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let name = format!("Remove card {number}");
            if button_ui(ui, theme, ButtonSpec::icon(Icon::Close, &name)).clicked() {
                *change = Some(Change::Remove(index));
            }
            let down = format!("Move card {number} down");
            let spec = ButtonSpec::icon(Icon::Down, &down).enabled(number < count);
            if button_ui(ui, theme, spec).clicked() {
                *change = Some(Change::Move {
                    from: index,
                    to: index + 1,
                });
            }
            let up = format!("Move card {number} up");
            let spec = ButtonSpec::icon(Icon::Up, &up).enabled(index > 0);
            if button_ui(ui, theme, spec).clicked() {
                *change = Some(Change::Move {
                    from: index,
                    to: index - 1,
                });
            }
        });
    });
    if index > 0 {
        start_ui(ui, theme, number, shot);
    }
    let field = TextEdit::multiline(&mut shot.prompt)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .hint_text("What is seen in this shot");
    let name = format!("Words of card {number}");
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, &name);
        info.current_text_value = Some(shot.prompt.clone());
        info
    });
}

/// Whether a card starts with a cut or flows on from the one before.
fn start_ui(ui: &mut Ui, theme: &Theme, number: usize, shot: &mut StoryboardShot) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.tiny;
        for (text, starts_with_cut) in [("Cut", true), ("Flow on", false)] {
            let name = format!("Card {number}: {text}");
            let spec = ButtonSpec::text(text)
                .named(&name)
                .on(shot.starts_with_cut == starts_with_cut);
            if button_ui(ui, theme, spec).clicked() {
                shot.starts_with_cut = starts_with_cut;
            }
        }
    });
}

/// Six dots that a card is carried by.
fn handle_ui(ui: &mut Ui, theme: &Theme, index: usize) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(16.0, theme.size.control), Sense::drag());
    let name = format!("Carry card {}", index + 1);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let ink = if response.hovered() || response.dragged() {
        theme.color.text
    } else {
        theme.color.text_faint
    };
    for column in [-3.0, 3.0] {
        for row in [-5.0, 0.0, 5.0] {
            let at = rect.center() + vec2(column, row);
            ui.painter().circle_filled(at, 1.4, ink);
        }
    }
    response.on_hover_cursor(CursorIcon::Grab)
}

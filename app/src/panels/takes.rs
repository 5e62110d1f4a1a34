//! The strip of takes above the timeline: every result of the selected generated item, with what tells them apart.

use crate::{
    action::Action,
    jobs::{Job, JobState},
    limits::TAKE_STRIP_PICTURES,
    panels::jobs::{bar_paint, part_of},
    pictures::ViewerPicture,
    takes::{Compare, SeedChoice, Verdict, worst_delta_e},
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, badge_paint, button_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{
    Color32, CornerRadius, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use runtime::Comparison;
use timeline::{Content, Edit, Generated, GeneratedState, Item, Take};

/// Width of a take's card.
const CARD_WIDTH: f32 = 122.0;

/// Height of a take's card: a picture of 16:9, and two lines.
pub const CARD_HEIGHT: f32 = 104.0;

/// Height of the picture on a card.
const PICTURE_HEIGHT: f32 = 68.0;

/// Width of the buttons at the left.
const CONTROLS_WIDTH: f32 = 206.0;

/// Width of the choice of seeds.
const SEED_WIDTH: f32 = 128.0;

/// Stars that can be given.
const STARS: u8 = 5;

/// A take shorter than this plays slower on its card, or nothing would be seen, in seconds.
const PLAYED_SECONDS_MIN: f64 = 1.0;

/// How bright a preview is under the words over it.
const PREVIEW_GRAY: u8 = 110;

/// Distance from star to star.
const STAR_STEP: f32 = 11.0;

/// What the strip remembers.
#[derive(Debug, Default)]
pub struct TakesState {
    /// Which seed the next take gets.
    pub seed: SeedChoice,
}

/// The item that the strip is about: the one selected generated item, once it has takes or one is being made.
pub fn shown_item<'a>(view: &View<'a>) -> Option<(&'a Item, &'a Generated)> {
    let mut found = view
        .selected_items()
        .filter_map(|item| match &item.content {
            Content::Generated(generated) => Some((item, &**generated)),
            Content::Clip(_) | Content::Title(_) | Content::Solid(_) => None,
        });
    let (item, generated) = found.next()?;
    let is_alone = found.next().is_none();
    let is_busy = view.jobs.of_item(item.id).is_some();
    (is_alone && (is_busy || !generated.takes.is_empty())).then_some((item, generated))
}

/// Draws the strip.
pub fn takes_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (item, generated): (&Item, &Generated),
    state: &mut TakesState,
    actions: &mut Vec<Action>,
) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = view.theme.space.small;
        ui.allocate_ui(vec2(CONTROLS_WIDTH, CARD_HEIGHT), |ui| {
            ui.set_width(CONTROLS_WIDTH);
            ui.vertical(|ui| controls_ui(ui, view, (item, generated), state, actions));
        });
        ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                for (number, take) in (1..).zip(&generated.takes) {
                    let card = Card {
                        item,
                        generated,
                        take,
                        number,
                    };
                    card_ui(ui, view, &card, actions);
                }
                let jobs = view.jobs.open().iter();
                for job in jobs.filter(|job| job.is_take_of(item.id)) {
                    coming_ui(ui, view, job, actions);
                }
            });
        });
    });
}

fn controls_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (item, generated): (&Item, &Generated),
    state: &mut TakesState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    ui.spacing_mut().item_spacing.y = theme.space.tiny;
    ui.horizontal(|ui| {
        if generated.state == GeneratedState::Stale {
            let spec = ButtonSpec::text("Refresh")
                .with_icon(Icon::Reset)
                .weight(Weight::Primary);
            if button_ui(ui, theme, spec)
                .on_hover_text("What it was made from has changed: make it again; this take stays")
                .clicked()
            {
                actions.push(Action::RefreshItem { item: item.id });
            }
        } else {
            let spec = ButtonSpec::text("Another take")
                .with_icon(Icon::Sparkle)
                .weight(Weight::Primary);
            action_button_ui(ui, view, spec, Action::NewTake, actions);
        }
        let spec = ButtonSpec::text("Vary");
        action_button_ui(ui, view, spec, Action::VaryTake, actions);
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.tiny;
        seed_ui(ui, state);
        let spec = ButtonSpec::text("Final…")
            .named("Make final")
            .enabled(generated.active.is_some());
        action_button_ui(ui, view, spec, Action::MakeFinal, actions);
    });
    ui.horizontal(|ui| compare_buttons_ui(ui, view, generated, actions));
}

fn seed_ui(ui: &mut Ui, state: &mut TakesState) {
    let response = egui::ComboBox::new("seed of the next take", "")
        .width(SEED_WIDTH)
        .selected_text(state.seed.label())
        .show_ui(ui, |ui| {
            for choice in SeedChoice::ALL {
                ui.selectable_value(&mut state.seed, choice, choice.label());
            }
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Seed of the next take"));
}

fn compare_buttons_ui(
    ui: &mut Ui,
    view: &View<'_>,
    generated: &Generated,
    actions: &mut Vec<Action>,
) {
    let is_possible = generated.takes.len() > 1;
    let is_on = |how| view.compare.is_some_and(|compare| compare.how == how);
    for (text, name, how, action) in [
        (
            "Wipe",
            "Compare by wipe",
            Comparison::Wipe,
            Action::CompareWipe,
        ),
        (
            "Difference",
            "Compare by difference",
            Comparison::Difference,
            Action::CompareDifference,
        ),
    ] {
        let spec = ButtonSpec::text(text)
            .named(name)
            .on(is_on(how))
            .enabled(is_possible);
        action_button_ui(ui, view, spec, action, actions);
    }
    let spec = ButtonSpec::text("Seams");
    action_button_ui(ui, view, spec, Action::ShowSeams, actions);
}

/// One take of an item.
struct Card<'a> {
    item: &'a Item,
    generated: &'a Generated,
    take: &'a Take,
    number: usize,
}

impl Card<'_> {
    fn is_shown(&self) -> bool {
        self.generated.active == Some(self.take.id)
    }

    /// Everything the card shows, in words.
    fn name(&self) -> String {
        let shown = if self.is_shown() { ", shown" } else { "" };
        let stars = match self.take.rating {
            0 => String::new(),
            1 => ", 1 star".to_owned(),
            stars => format!(", {stars} stars"),
        };
        let seam = worst_delta_e(self.take).map(|seam| format!(", seam ΔE {seam:.1}"));
        let draft = self.draft().map(|draft| format!(", {draft}"));
        format!(
            "Take {}{shown}{}{stars}, seed {}{}",
            self.number,
            draft.unwrap_or_default(),
            self.take.recipe.seed,
            seam.unwrap_or_default()
        )
    }

    /// What it is a final of, if it is one.
    fn draft(&self) -> Option<String> {
        let recipe = &self.take.recipe;
        recipe.draft?;
        Some(match self.generated.draft_of(recipe) {
            Some((number, _)) => format!("final of {number}"),
            None => "final".to_owned(),
        })
    }

    fn tooltip(&self) -> String {
        let recipe = &self.take.recipe;
        let mut lines = vec![format!("Model: {}", recipe.model)];
        if !recipe.prompt.is_empty() {
            lines.push(recipe.prompt.clone());
        }
        lines.push(format!(
            "Seed {}, {} frames",
            recipe.seed, recipe.num_frames
        ));
        if let Some(steps) = recipe.num_inference_steps {
            lines.push(format!("{steps} steps"));
        }
        lines.extend(recipe.notes.iter().cloned());
        if self.number <= 9 {
            lines.push(format!("Key {} shows it, also while it plays", self.number));
        }
        lines.join("\n")
    }
}

fn card_ui(ui: &mut Ui, view: &View<'_>, card: &Card<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(CARD_WIDTH, CARD_HEIGHT), Sense::click());
    let is_shown = card.is_shown();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_shown, card.name()));
    ground_paint(ui, theme, rect, is_shown, &response);
    let picture = Rect::from_min_size(rect.min, vec2(CARD_WIDTH, PICTURE_HEIGHT)).shrink(3.0);
    let moment = play_ui(ui, view, card, &response);
    picture_paint(ui, view, card, picture, moment);
    let number = format!("{}", card.number);
    let colors = if is_shown {
        (theme.color.accent, theme.color.text_on_accent)
    } else {
        (theme.color.scrim, theme.color.text_on_item)
    };
    badge_paint(ui, theme, picture.min + vec2(3.0, 3.0), &number, colors);
    if let Some(draft) = card.draft() {
        let at = pos2(picture.left() + 3.0, picture.bottom() - 18.0);
        let colors = (theme.color.generated_weak, theme.color.generated);
        badge_paint(ui, theme, at, &draft, colors);
    }
    if view
        .compare
        .is_some_and(|compare| compare.take == card.take.id)
    {
        let at = pos2(picture.right() - 62.0, picture.top() + 3.0);
        badge_paint(
            ui,
            theme,
            at,
            "compared",
            (theme.color.generated, theme.color.sunken),
        );
    }
    figures_paint(ui, view, card, rect);
    let stars = Rect::from_min_size(
        pos2(rect.left() + 5.0, rect.bottom() - 19.0),
        vec2(STAR_STEP * f32::from(STARS), 15.0),
    );
    stars_ui(ui, view, card, stars, actions);
    let response = response.on_hover_text(card.tooltip());
    if response.clicked() {
        let number = card.number;
        actions.push(Action::ShowTake { number });
    }
    response.context_menu(|ui| menu_ui(ui, card, actions));
}

fn ground_paint(ui: &Ui, theme: &Theme, rect: Rect, is_shown: bool, response: &Response) {
    let ground = match (is_shown, response.hovered()) {
        (true, _) => theme.color.accent_weak,
        (false, true) => theme.color.hover,
        (false, false) => theme.color.raised,
    };
    let radius = CornerRadius::same(theme.radius.control);
    ui.painter().rect_filled(rect, radius, ground);
    if is_shown || response.has_focus() {
        let stroke = Stroke::new(1.5, theme.color.accent);
        ui.painter()
            .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
}

/// Media times of the pictures that a take plays while the pointer is on its card, evenly over what the item shows.
fn played_times(view: &View<'_>, card: &Card<'_>) -> Vec<av::Ticks> {
    let count = card.item.count.0;
    let pictures = TAKE_STRIP_PICTURES.min(count).max(1);
    let times = (0..pictures).map(|index| {
        let frame = card.generated.take_offset + av::FrameCount(count * index / pictures);
        card.take.source_start + view.rate().ticks_from_count(frame)
    });
    times.collect()
}

/// Plays the take on its card, over and over at its own speed, as long as the pointer is on it: the picture that shows
/// now, and how far it is. The document and the viewer stay as they are.
fn play_ui(
    ui: &Ui,
    view: &View<'_>,
    card: &Card<'_>,
    response: &Response,
) -> Option<(av::Ticks, f32)> {
    let id = ui.scope_id().with(("played take", card.take.id.0));
    let now = ui.input(|input| input.time);
    let is_over = response.contains_pointer();
    let begun = ui.data_mut(|data| {
        if !is_over {
            data.remove::<f64>(id);
            return None;
        }
        Some(*data.get_temp_mut_or_insert_with(id, || now))
    })?;
    let times = played_times(view, card);
    for time in &times {
        // All of them are wished for at once, so that it plays smoothly the second time at the latest.
        view.pictures.thumbnail(card.take.asset, *time);
    }
    let seconds = card.item.count.0 as f64 / view.rate().fps_for_display();
    let part = ((now - begun) / seconds.max(PLAYED_SECONDS_MIN)).fract();
    let index = (part * times.len() as f64) as usize;
    let step = seconds.max(PLAYED_SECONDS_MIN) / times.len() as f64;
    ui.ctx()
        .request_repaint_after(std::time::Duration::from_secs_f64(step));
    let time = times.get(index.min(times.len() - 1))?;
    Some((*time, part as f32))
}

/// The frame in the middle of the item, as this take has it, or the one that plays.
fn picture_paint(
    ui: &Ui,
    view: &View<'_>,
    card: &Card<'_>,
    rect: Rect,
    played: Option<(av::Ticks, f32)>,
) {
    let radius = CornerRadius::same(view.theme.radius.small);
    ui.painter()
        .rect_filled(rect, radius, view.theme.color.sunken);
    let middle = card.generated.take_offset + av::FrameCount(card.item.count.0 / 2);
    let middle = card.take.source_start + view.rate().ticks_from_count(middle);
    let time = played.map_or(middle, |(time, _)| time);
    if let Some(texture) = view.pictures.thumbnail(card.take.asset, time) {
        crate::widgets::filmstrip::paint_tile(
            &ui.painter().with_clip_rect(rect),
            rect,
            texture,
            Color32::WHITE,
        );
    }
    if let Some((_, part)) = played {
        let x = egui::lerp(rect.x_range(), part);
        let stroke = Stroke::new(1.0, view.theme.color.playhead);
        ui.painter().vline(x, rect.y_range(), stroke);
    }
}

/// Seam and seed, at the right of the stars.
fn figures_paint(ui: &Ui, view: &View<'_>, card: &Card<'_>, rect: Rect) {
    let theme = view.theme;
    let font = theme.font(theme.text.tiny);
    let seed = format!("seed {}", card.take.recipe.seed);
    let right = rect.right() - 5.0;
    let seam = worst_delta_e(card.take);
    let (seam, ink) = match seam {
        Some(seam) => (
            format!("seam {seam:.1}"),
            verdict_color(theme, Verdict::of_delta_e(seam)),
        ),
        None => (String::new(), theme.color.text_faint),
    };
    let y = rect.top() + PICTURE_HEIGHT + 7.0;
    let painter = ui.painter().with_clip_rect(rect);
    painter.text(
        pos2(rect.left() + 5.0, y),
        egui::Align2::LEFT_CENTER,
        seam,
        font.clone(),
        ink,
    );
    painter.text(
        pos2(right, y),
        egui::Align2::RIGHT_CENTER,
        seed,
        font,
        theme.color.text_weak,
    );
}

/// The color that says how well a seam holds.
pub fn verdict_color(theme: &Theme, verdict: Verdict) -> Color32 {
    match verdict {
        Verdict::Good => theme.color.success,
        Verdict::Fair => theme.color.warning,
        Verdict::Poor => theme.color.error,
    }
}

fn stars_ui(ui: &mut Ui, view: &View<'_>, card: &Card<'_>, rect: Rect, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let pointer = ui.input(|input| input.pointer.hover_pos());
    for star in 1..=STARS {
        let left = rect.left() + STAR_STEP * f32::from(star - 1);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(STAR_STEP, rect.height()));
        let id = ui.scope_id().with(("star", card.take.id.0, star));
        let response = ui.interact(place, id, Sense::click());
        let is_given = star <= card.take.rating;
        let plural = if star == 1 { "" } else { "s" };
        response.widget_info(|| {
            let name = format!("Rate take {} with {star} star{plural}", card.number);
            WidgetInfo::selected(Role::Button, true, is_given, name)
        });
        let is_under =
            pointer.is_some_and(|pointer| rect.contains(pointer) && place.left() <= pointer.x);
        let ink = match (is_given, is_under) {
            (true, _) => theme.color.warning,
            (false, true) => theme.color.text_weak,
            (false, false) => theme.color.text_faint.gamma_multiply(0.6),
        };
        let icon = if is_given {
            Icon::Star
        } else {
            Icon::StarHollow
        };
        icon.paint(ui.painter(), place, STAR_STEP, ink);
        if response.clicked() {
            // The same star again takes the rating away.
            let rating = if card.take.rating == star { 0 } else { star };
            actions.push(Action::Apply {
                edit: Edit::RateTake {
                    item: card.item.id,
                    take: card.take.id,
                    rating,
                },
            });
        }
    }
}

fn menu_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let (item, take) = (card.item.id, card.take.id);
    if ui.button("Show").clicked() {
        let number = card.number;
        actions.push(Action::ShowTake { number });
    }
    if ui
        .button("Make final of this…")
        .on_hover_text("The same words and seed by a model of your choice; this take stays")
        .clicked()
    {
        actions.push(Action::FinalOf { item, take });
    }
    for (name, how) in [
        ("Compare with the shown one: wipe", Comparison::Wipe),
        (
            "Compare with the shown one: difference",
            Comparison::Difference,
        ),
    ] {
        let button = egui::Button::new(name);
        if ui.add_enabled(!card.is_shown(), button).clicked() {
            let compare = Some(Compare { item, take, how });
            actions.push(Action::CompareTakes { compare });
        }
    }
    if ui.button("Ask the same again, next seed").clicked() {
        let asked = timeline::Recipe {
            seed: card.take.recipe.seed.wrapping_add(1),
            notes: Vec::new(),
            ..card.take.recipe.clone()
        };
        let recipe = Box::new(asked);
        actions.push(Action::AskRecipe { item, recipe });
    }
    ui.separator();
    if ui
        .button("Take off the list")
        .on_hover_text("Its file stays in the project's folder")
        .clicked()
    {
        actions.push(Action::Apply {
            edit: Edit::RemoveTake { item, take },
        });
    }
}

/// What is being made, darkened so that words over it can be read.
fn preview_paint(ui: &Ui, view: &View<'_>, preview: &ViewerPicture, rect: Rect) {
    let painter = ui.painter().with_clip_rect(rect);
    let tint = Color32::from_gray(PREVIEW_GRAY);
    crate::widgets::filmstrip::paint_tile(&painter, rect, &preview.texture, tint);
    let at = pos2(rect.right() - 46.0, rect.bottom() - 19.0);
    let colors = (view.theme.color.scrim, view.theme.color.text_on_item);
    badge_paint(ui, view.theme, at, "preview", colors);
}

/// A take that is still to come.
fn coming_ui(ui: &mut Ui, view: &View<'_>, job: &Job, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let (rect, _) = ui.allocate_exact_size(vec2(CARD_WIDTH, CARD_HEIGHT), Sense::hover());
    let radius = CornerRadius::same(theme.radius.control);
    ui.painter().rect_filled(rect, radius, theme.color.sunken);
    let inside = rect.shrink(8.0);
    let down = egui::Layout::top_down(egui::Align::Min);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(inside).layout(down));
    match &job.state {
        JobState::Running(progress) => {
            if let Some(preview) = view.pictures.preview(job.id) {
                preview_paint(&ui, view, preview, rect);
            }
            weak_ui(&mut ui, theme, &progress.label);
            let size = vec2(inside.width(), 6.0);
            let (bar, _) = ui.allocate_exact_size(size, Sense::hover());
            let colors = (theme.color.raised, theme.color.generated);
            bar_paint(&ui, bar, part_of(progress), colors);
            if let Some(left) = progress.eta {
                weak_ui(&mut ui, theme, crate::panels::jobs::eta_text(left));
            }
        }
        JobState::Waiting | JobState::Done(_) | JobState::Failed(_) | JobState::Cancelled => {
            weak_ui(&mut ui, theme, "Waiting");
        }
    }
    let spec = ButtonSpec::text("Cancel").named("Cancel this take");
    if button_ui(&mut ui, theme, spec).clicked() {
        actions.push(Action::CancelJob { job: job.id });
    }
}

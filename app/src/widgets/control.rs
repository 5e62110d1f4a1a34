//! Buttons and rows that look the same everywhere and always have an accessible name.

use super::icon::Icon;
use crate::{action::Action, theme::Theme, view::View};
use egui::{
    Align2, Color32, CornerRadius, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

/// Height of a card.
const CARD_HEIGHT: f32 = 50.0;

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// No ground until the pointer comes.
    Quiet,
    /// A ground.
    Normal,
    /// The main thing to do here.
    Primary,
}

/// A button's looks and name.
#[derive(Debug, Clone, Copy)]
pub struct ButtonSpec<'a> {
    /// Sign before the words.
    pub icon: Option<Icon>,
    /// Words; a button with a sign alone has none.
    pub text: &'a str,
    /// What assistive tools and tests call it.
    pub name: &'a str,
    /// How much it asks for attention.
    pub weight: Weight,
    /// Whether it stands for something that is on.
    pub is_on: bool,
    /// Whether it can be pressed.
    pub is_enabled: bool,
}

impl<'a> ButtonSpec<'a> {
    /// Words with a ground.
    pub fn text(text: &'a str) -> Self {
        Self {
            icon: None,
            text,
            name: text,
            weight: Weight::Normal,
            is_on: false,
            is_enabled: true,
        }
    }

    /// A sign without a ground.
    pub fn icon(icon: Icon, name: &'a str) -> Self {
        Self {
            icon: Some(icon),
            text: "",
            name,
            weight: Weight::Quiet,
            is_on: false,
            is_enabled: true,
        }
    }

    /// With a sign before the words.
    pub fn with_icon(self, icon: Icon) -> Self {
        Self {
            icon: Some(icon),
            ..self
        }
    }

    /// With another weight.
    pub fn weight(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }

    /// Standing for something that is on, or off.
    pub fn on(self, is_on: bool) -> Self {
        Self { is_on, ..self }
    }

    /// Pressable, or not.
    pub fn enabled(self, is_enabled: bool) -> Self {
        Self { is_enabled, ..self }
    }

    /// Called otherwise by assistive tools than by its words.
    pub fn named(self, name: &'a str) -> Self {
        Self { name, ..self }
    }
}

/// Draws a button.
pub fn button_ui(ui: &mut Ui, theme: &Theme, spec: ButtonSpec<'_>) -> Response {
    let text_color = |is_hovered| button_text_color(theme, &spec, is_hovered);
    let galley = (!spec.text.is_empty()).then(|| {
        let font = theme.font(theme.text.body);
        ui.painter()
            .layout_no_wrap(spec.text.to_owned(), font, Color32::PLACEHOLDER)
    });
    let icon_width = if spec.icon.is_some() {
        theme.size.icon
    } else {
        0.0
    };
    let text_width = galley.as_ref().map_or(0.0, |galley| galley.size().x);
    let is_icon_only = galley.is_none();
    let between = if spec.icon.is_some() && !is_icon_only {
        6.0
    } else {
        0.0
    };
    let width = if is_icon_only {
        theme.size.control
    } else {
        icon_width + between + text_width + 20.0
    };
    let sense = if spec.is_enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.size.control), sense);
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, spec.is_enabled, spec.is_on, spec.name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let is_hovered = spec.is_enabled && (response.hovered() || response.has_focus());
    let ground = button_ground(theme, &spec, &response);
    let radius = CornerRadius::same(theme.radius.control);
    ui.painter().rect_filled(rect, radius, ground);
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, theme.color.accent);
        ui.painter()
            .rect_stroke(rect, radius, stroke, egui::StrokeKind::Inside);
    }
    let color = text_color(is_hovered);
    let mut x = rect.center().x - (icon_width + between + text_width) / 2.0;
    if let Some(icon) = spec.icon {
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(icon_width, rect.height()));
        icon.paint(ui.painter(), place, theme.size.icon, color);
        x += icon_width + between;
    }
    if let Some(galley) = galley {
        let y = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(pos2(x, y), galley, color);
    }
    response
}

fn button_ground(theme: &Theme, spec: &ButtonSpec<'_>, response: &Response) -> Color32 {
    let color = &theme.color;
    let is_hovered = spec.is_enabled && (response.hovered() || response.has_focus());
    let is_down = response.is_pointer_button_down_on();
    match (spec.weight, is_hovered) {
        (Weight::Primary, _) if !spec.is_enabled => color.raised,
        (Weight::Primary, false) => color.accent,
        (Weight::Primary, true) => color.accent_hover,
        _ if spec.is_on => color.accent_weak,
        (Weight::Quiet, false) => Color32::TRANSPARENT,
        (Weight::Normal, false) => color.raised,
        (Weight::Quiet | Weight::Normal, true) if is_down => color.pressed,
        (Weight::Quiet | Weight::Normal, true) => color.hover,
    }
}

fn button_text_color(theme: &Theme, spec: &ButtonSpec<'_>, is_hovered: bool) -> Color32 {
    let color = &theme.color;
    if !spec.is_enabled {
        return color.text_faint.gamma_multiply(0.6);
    }
    match spec.weight {
        Weight::Primary => color.text_on_accent,
        _ if spec.is_on => color.accent,
        Weight::Quiet if !is_hovered => color.text_weak,
        Weight::Quiet | Weight::Normal => color.text,
    }
}

/// A button for an action, with its tooltip and keys; collects the action when pressed.
pub fn action_button_ui(
    ui: &mut Ui,
    view: &View<'_>,
    spec: ButtonSpec<'_>,
    action: Action,
    actions: &mut Vec<Action>,
) -> Response {
    let response = button_ui(ui, view.theme, spec);
    let tooltip = action.tooltip(view.key_map);
    if response.clicked() {
        actions.push(action);
    }
    if tooltip.is_empty() {
        response
    } else {
        response.on_hover_text(tooltip)
    }
}

/// A sign that stands for a plain action, called by the action's text.
pub fn icon_action_ui(
    ui: &mut Ui,
    view: &View<'_>,
    icon: Icon,
    action: Action,
    actions: &mut Vec<Action>,
) -> Response {
    let spec = ButtonSpec::icon(icon, action.text());
    action_button_ui(ui, view, spec, action, actions)
}

/// A heading inside a panel.
pub fn heading_ui(ui: &mut Ui, theme: &Theme, text: &str) -> Response {
    ui.label(
        RichText::new(text)
            .size(theme.text.strong)
            .strong()
            .color(theme.color.text),
    )
}

/// Text of second rank.
pub fn weak_ui(ui: &mut Ui, theme: &Theme, text: impl Into<String>) -> Response {
    ui.label(
        RichText::new(text)
            .size(theme.text.small)
            .color(theme.color.text_weak),
    )
}

/// A small rounded label on a ground; returns how wide it is.
pub fn badge_paint(
    ui: &Ui,
    theme: &Theme,
    at: egui::Pos2,
    text: &str,
    colors: (Color32, Color32),
) -> Rect {
    let (ground, ink) = colors;
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), theme.font(theme.text.tiny), ink);
    let rect = Rect::from_min_size(at, galley.size() + vec2(8.0, 3.0));
    ui.painter()
        .rect_filled(rect, CornerRadius::same(theme.radius.small), ground);
    let place = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    ui.painter().galley(place.min, galley, ink);
    rect
}

/// One of several choices, as a card.
#[derive(Debug, Clone, Copy)]
pub struct CardSpec<'a> {
    /// Sign at the left.
    pub icon: Icon,
    /// What it is called.
    pub title: &'a str,
    /// What it is good for, in one line.
    pub text: &'a str,
    /// What assistive tools and tests call it.
    pub name: &'a str,
    /// Whether it is the one.
    pub is_chosen: bool,
}

/// Draws a choice as wide as there is room.
pub fn card_ui(ui: &mut Ui, theme: &Theme, card: &CardSpec<'_>) -> Response {
    let width = ui.available_width() - theme.space.medium;
    let (rect, response) = ui.allocate_exact_size(vec2(width, CARD_HEIGHT), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, card.is_chosen, card.name));
    let ground = match (card.is_chosen, response.hovered()) {
        (true, _) => theme.color.accent_weak,
        (false, true) => theme.color.hover,
        (false, false) => theme.color.raised,
    };
    let radius = CornerRadius::same(theme.radius.panel);
    let painter = ui.painter();
    painter.rect_filled(rect, radius, ground);
    if card.is_chosen || response.has_focus() {
        let stroke = egui::Stroke::new(1.5, theme.color.accent);
        painter.rect_stroke(rect, radius, stroke, egui::StrokeKind::Inside);
    }
    let sign = Rect::from_min_size(rect.min, vec2(40.0, CARD_HEIGHT));
    let ink = if card.is_chosen {
        theme.color.accent
    } else {
        theme.color.text_weak
    };
    card.icon.paint(painter, sign, 18.0, ink);
    let line = |text: &str, y: f32, size: f32, ink| {
        let mut job =
            egui::text::LayoutJob::simple_singleline(text.to_owned(), theme.font(size), ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width - sign.width() - 8.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(sign.right(), rect.top() + y), galley, ink);
    };
    line(card.title, 8.0, theme.text.body, theme.color.text);
    line(card.text, 27.0, theme.text.small, theme.color.text_weak);
    response
}

/// What an empty panel says: a sign, what belongs here, how it comes here.
pub fn empty_ui(ui: &mut Ui, theme: &Theme, icon: Icon, title: &str, hint: &str) {
    ui.add_space(theme.space.huge * 1.5);
    ui.vertical_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(34.0, 34.0), Sense::hover());
        icon.paint(ui.painter(), rect, 28.0, theme.color.text_faint);
        ui.add_space(theme.space.small);
        ui.label(RichText::new(title).color(theme.color.text));
        ui.label(
            RichText::new(hint)
                .size(theme.text.small)
                .color(theme.color.text_faint),
        );
    });
}

//! Design tokens: every color, distance and letter size, read from `assets/theme`. No panel names a color itself.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Vec2,
    Visuals, style::Selection, style::WidgetVisuals,
};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// The text of the dark theme, compiled in.
const DARK: &str = include_str!("../../assets/theme/dark.toml");

/// Everything that decides how the window looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Colors by use.
    pub color: Colors,
    /// Distances, in points.
    pub space: Spaces,
    /// Roundings, in points.
    pub radius: Radii,
    /// Letter heights, in points.
    pub text: TextSizes,
    /// Heights of controls, in points.
    pub size: Sizes,
}

macro_rules! colors {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Colors by use, not by hue.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Colors {
            $($(#[$doc])* #[serde(deserialize_with = "color")] pub $name: Color32,)*
        }
    };
}

colors! {
    /// Around the picture.
    viewer,
    /// Between panels.
    window,
    /// Panels.
    panel,
    /// Fields and wells inside panels.
    sunken,
    /// Buttons and cards.
    raised,
    /// The same under the pointer.
    hover,
    /// The same while pressed.
    pressed,
    /// Hairlines.
    line,
    /// Lines that must be seen.
    line_strong,
    /// Text.
    text,
    /// Text of second rank.
    text_weak,
    /// Hints.
    text_faint,
    /// Text on the accent color.
    text_on_accent,
    /// Text on items of a track.
    text_on_item,
    /// What is chosen or is the main thing to do.
    accent,
    /// The same under the pointer.
    accent_hover,
    /// A ground that says chosen.
    accent_weak,
    /// What a model made.
    generated,
    /// A ground for it.
    generated_weak,
    /// It worked.
    success,
    /// Look here.
    warning,
    /// It did not work.
    error,
    /// A ground for it.
    error_weak,
    /// The playhead.
    playhead,
    /// In and out points, markers.
    mark,
    /// The line that shows what was snapped to.
    snap,
    /// Outline of selected items.
    selection,
    /// Over the window, under a dialog.
    scrim,
    /// Under floating things.
    shadow,
    /// Body of pictures on tracks.
    video,
    /// Their header.
    video_header,
    /// Body of sound on tracks.
    audio,
    /// Its header.
    audio_header,
    /// Loudness pictures.
    waveform,
    /// Body of titles.
    title,
    /// Their header.
    title_header,
    /// Body of colors.
    solid,
    /// Their header.
    solid_header,
    /// Body of generated items.
    item_generated,
    /// Their header.
    item_generated_header,
    /// Body of items whose media is missing.
    offline,
    /// Their header.
    offline_header,
}

/// Distances, in points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Spaces {
    /// Inside one thing.
    pub tiny: f32,
    /// Between things that belong together.
    pub small: f32,
    /// Between things.
    pub medium: f32,
    /// Between groups.
    pub large: f32,
    /// Around dialogs.
    pub huge: f32,
}

/// Roundings, in points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Radii {
    /// Thumbnails and items.
    pub small: u8,
    /// Buttons and fields.
    pub control: u8,
    /// Panels and cards.
    pub panel: u8,
    /// Dialogs.
    pub dialog: u8,
}

/// Letter heights, in points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct TextSizes {
    /// Ruler numbers and badges.
    pub tiny: f32,
    /// Second rank.
    pub small: f32,
    /// Most text.
    pub body: f32,
    /// Headings inside panels.
    pub strong: f32,
    /// Titles of dialogs.
    pub title: f32,
    /// The welcome.
    pub display: f32,
    /// Timecode.
    pub mono: f32,
}

/// Heights, in points.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Sizes {
    /// Buttons and fields.
    pub control: f32,
    /// The bar at the top.
    pub toolbar: f32,
    /// Rows of lists.
    pub row: f32,
    /// Drawn signs.
    pub icon: f32,
    /// Width of hairlines.
    pub stroke: f32,
}

fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Color32, D::Error> {
    timeline::Rgba::deserialize(deserializer).map(color_from_rgba)
}

/// A document's color as the screen's.
pub fn color_from_rgba(rgba: timeline::Rgba) -> Color32 {
    let [r, g, b, a] = rgba.0;
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

impl Theme {
    /// The dark theme.
    ///
    /// # Panics
    /// Never: the text is part of the program and a test reads it.
    pub fn dark() -> Self {
        toml::from_str(DARK).expect("the built-in theme is read by a test")
    }

    /// A hairline.
    pub fn hairline(&self) -> Stroke {
        Stroke::new(self.size.stroke, self.color.line)
    }

    /// Timecode and numbers in columns.
    pub fn mono(&self) -> FontId {
        FontId::new(self.text.mono, FontFamily::Monospace)
    }

    /// Text of this height.
    pub fn font(&self, size: f32) -> FontId {
        FontId::new(size, FontFamily::Proportional)
    }

    /// A panel's ground: rounded, with a gap around it.
    pub fn panel_frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.color.panel)
            .corner_radius(CornerRadius::same(self.radius.panel))
            .outer_margin(Margin::same(self.space.tiny as i8))
    }

    /// A card inside a panel.
    pub fn card_frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.color.raised)
            .corner_radius(CornerRadius::same(self.radius.panel))
            .inner_margin(Margin::same(self.space.medium as i8))
    }

    /// Makes every control of the window follow this theme.
    pub fn apply(&self, ctx: &egui::Context) {
        ctx.set_theme(egui::Theme::Dark);
        ctx.all_styles_mut(|style| self.fill_style(style));
    }

    fn fill_style(&self, style: &mut Style) {
        let text = &self.text;
        style.text_styles = BTreeMap::from([
            (TextStyle::Small, self.font(text.small)),
            (TextStyle::Body, self.font(text.body)),
            (TextStyle::Button, self.font(text.body)),
            (TextStyle::Heading, self.font(text.title)),
            (TextStyle::Monospace, self.mono()),
        ]);
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(self.space.medium, self.space.small + self.space.tiny);
        spacing.button_padding = Vec2::new(10.0, self.space.small);
        spacing.interact_size = Vec2::new(self.size.control, self.size.control);
        spacing.menu_margin = Margin::same(6);
        spacing.window_margin = Margin::same(self.space.huge as i8);
        spacing.icon_width = self.size.icon;
        spacing.combo_width = 80.0;
        spacing.slider_width = 120.0;
        spacing.tooltip_width = 320.0;
        spacing.menu_width = 260.0;
        spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.45;
        style.animation_time = 0.1;
        style.visuals = self.visuals();
    }

    fn visuals(&self) -> Visuals {
        let color = &self.color;
        let mut visuals = Visuals::dark();
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(color.text_weak);
        visuals.hyperlink_color = color.accent;
        visuals.faint_bg_color = color.sunken;
        visuals.extreme_bg_color = color.sunken;
        visuals.text_edit_bg_color = Some(color.sunken);
        visuals.code_bg_color = color.sunken;
        visuals.warn_fg_color = color.warning;
        visuals.error_fg_color = color.error;
        visuals.panel_fill = color.panel;
        visuals.window_fill = color.panel;
        visuals.window_stroke = Stroke::new(self.size.stroke, color.line_strong);
        visuals.window_corner_radius = CornerRadius::same(self.radius.dialog);
        visuals.menu_corner_radius = CornerRadius::same(self.radius.panel);
        let shadow = |blur, y| Shadow {
            offset: [0, y],
            blur,
            spread: 0,
            color: color.shadow,
        };
        visuals.window_shadow = shadow(32, 12);
        visuals.popup_shadow = shadow(16, 6);
        visuals.slider_trailing_fill = true;
        visuals.handle_shape = egui::style::HandleShape::Circle;
        visuals.indent_has_left_vline = false;
        visuals.striped = false;
        visuals.selection = Selection {
            bg_fill: color.accent_weak,
            stroke: Stroke::new(self.size.stroke, color.accent),
        };
        let widgets = &mut visuals.widgets;
        widgets.noninteractive = self.widget(color.panel, color.line, color.text);
        widgets.inactive = self.widget(color.raised, color.raised, color.text);
        widgets.hovered = self.widget(color.hover, color.line_strong, color.text);
        widgets.active = self.widget(color.pressed, color.accent, color.text);
        widgets.open = self.widget(color.hover, color.line_strong, color.text);
        visuals
    }

    fn widget(&self, fill: Color32, line: Color32, text: Color32) -> WidgetVisuals {
        WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: Stroke::new(self.size.stroke, line),
            corner_radius: CornerRadius::same(self.radius.control),
            fg_stroke: Stroke::new(self.size.stroke, text),
            expansion: 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.
    fn luminance(color: Color32) -> f64 {
        let channel = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_surface() {
        let color = Theme::dark().color;
        for surface in [color.window, color.panel, color.sunken, color.raised] {
            for text in [color.text, color.text_weak, color.error, color.warning] {
                assert!(contrast(text, surface) >= 4.5, "{text:?} on {surface:?}");
            }
        }
        assert!(contrast(color.text_faint, color.panel) >= 4.5);
        assert!(contrast(color.text_on_accent, color.accent) >= 4.5);
        for item in [color.video_header, color.audio_header, color.title_header] {
            assert!(contrast(color.text_on_item, item) >= 4.5, "{item:?}");
        }
    }
}

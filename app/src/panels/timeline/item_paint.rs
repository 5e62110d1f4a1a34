//! How one item looks: ground, pictures or sound, name, signs, outline.

mod body;
mod strip;

use super::{
    hit::Lanes,
    metrics::{LABEL_MIN_PX, LABEL_STRIP_PX},
    rows::Row,
};
use crate::{view::View, widgets::waveform::Reductions};
use egui::{Color32, CornerRadius, Painter, Rect, Stroke, StrokeKind};
use timeline::{Content, GeneratedState, Item, Track, TrackKind};

/// What is needed to draw any item of a track.
pub(super) struct Brush<'a> {
    pub painter: &'a Painter,
    pub view: &'a View<'a>,
    pub lanes: &'a Lanes<'a>,
    pub row: &'a Row,
    pub track: &'a Track,
    /// Part of the screen in which tracks show.
    pub clip: Rect,
}

/// The two grounds of an item.
#[derive(Clone, Copy)]
pub(super) struct Grounds {
    pub body: Color32,
    pub header: Color32,
}

/// Whether an item is looked at or chosen.
#[derive(Clone, Copy)]
pub(super) struct Emphasis {
    pub is_selected: bool,
    pub is_hovered: bool,
}

impl Brush<'_> {
    /// The colors of an item by what it is made of.
    pub fn grounds(&self, item: &Item) -> Grounds {
        let color = &self.view.theme.color;
        let (body, header) = match &item.content {
            _ if self.is_offline(item) => (color.offline, color.offline_header),
            Content::Clip(_) if self.row.kind == TrackKind::Audio => {
                (color.audio, color.audio_header)
            }
            Content::Clip(_) => (color.video, color.video_header),
            Content::Title(_) => (color.title, color.title_header),
            Content::Solid(_) => (color.solid, color.solid_header),
            Content::Generated(_) => (color.item_generated, color.item_generated_header),
        };
        Grounds { body, header }
    }

    /// Whether the file behind an item is not where it was.
    pub fn is_offline(&self, item: &Item) -> bool {
        let clip = item.media();
        clip.is_some_and(|clip| self.view.offline.contains(&clip.asset))
    }

    /// Where an item is drawn: a hair narrower than it is, so that a cut shows.
    pub fn rect(&self, item: &Item) -> Rect {
        let mut rect = self.lanes.item_rect(self.row, item.range());
        rect.max.x = (rect.max.x - 1.0).max(rect.min.x + 1.0);
        rect
    }

    /// Draws an item.
    pub fn item(&self, item: &Item, emphasis: Emphasis, waveforms: &mut Reductions) {
        let rect = self.rect(item);
        let grounds = self.grounds(item);
        let theme = self.view.theme;
        let radius = CornerRadius::same(theme.radius.small);
        // Far beyond the border nothing shows, and f32 would lose the corners.
        let shown = rect.intersect(self.clip.expand(8.0));
        self.painter.rect_filled(shown, radius, grounds.body);
        // A caption is its words: they are its name, and a strip over them would say them twice.
        let is_words = self.row.kind == TrackKind::Caption;
        let strip_height = if is_words {
            0.0
        } else {
            LABEL_STRIP_PX.min(rect.height())
        };
        let (strip, body) = shown.split_top_bottom_at_y(rect.top() + strip_height);
        if rect.width() >= LABEL_MIN_PX {
            if body.height() > 6.0 {
                self.body(item, rect, body, waveforms);
            }
            let header = if emphasis.is_hovered || emphasis.is_selected {
                grounds.header.lerp_to_gamma(theme.color.text_on_item, 0.14)
            } else {
                grounds.header
            };
            let top_only = CornerRadius {
                sw: 0,
                se: 0,
                ..radius
            };
            let header_radius = if body.height() > 1.0 {
                top_only
            } else {
                radius
            };
            if !is_words {
                self.painter.rect_filled(strip, header_radius, header);
                self.strip(item, strip.intersect(self.clip));
            }
        }
        self.dim(item, shown);
        self.outline(item, shown, emphasis);
    }

    /// Darkens what is neither shown nor heard.
    fn dim(&self, item: &Item, shown: Rect) {
        let is_out = item.is_disabled || self.track.is_muted;
        if !is_out && !self.track.is_locked {
            return;
        }
        let strength = if is_out { 0.62 } else { 0.28 };
        let veil = self.view.theme.color.sunken.gamma_multiply(strength);
        self.painter
            .rect_filled(shown, self.view.theme.radius.small, veil);
    }

    fn outline(&self, item: &Item, shown: Rect, emphasis: Emphasis) {
        let color = &self.view.theme.color;
        let radius = self.view.theme.radius.small;
        let is_ghost = matches!(&item.content, Content::Generated(generated)
            if matches!(generated.state, GeneratedState::Ghost | GeneratedState::Queued));
        if emphasis.is_selected {
            let stroke = Stroke::new(2.0, color.selection);
            self.painter
                .rect_stroke(shown, radius, stroke, StrokeKind::Inside);
        } else if is_ghost {
            let stroke = Stroke::new(1.0, color.generated);
            super::overlay::dashed_rect(self.painter, shown.shrink(0.5), stroke);
        } else if emphasis.is_hovered {
            let stroke = Stroke::new(1.0, color.selection.gamma_multiply(0.45));
            self.painter
                .rect_stroke(shown, radius, stroke, StrokeKind::Inside);
        }
    }
}

//! The ruler: ticks, the marked range, markers, and the playhead over everything.

use super::{
    hit::{Hit, Lanes},
    names,
};
use crate::{view::View, widgets::time_ruler};
use av::FrameIndex;
use egui::{Align2, FontId, Painter, Rect, Shape, Stroke, pos2, vec2};

/// Half width of the playhead's head.
const HEAD_PX: f32 = 6.0;

/// Draws ticks and marks.
pub(super) fn paint(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>, hover: Hit) {
    let theme = view.theme;
    let rect = lanes.ruler;
    let painter = painter.with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, theme.color.panel);
    marked_range(&painter, view, lanes);
    let font = FontId::proportional(theme.text.tiny);
    let widest = time_ruler::widest_label(lanes.scale.px_per_frame, view.rate());
    let label_px = painter
        .layout_no_wrap(widest.to_owned(), font.clone(), theme.color.text_weak)
        .size()
        .x;
    let ticks = time_ruler::ticks(lanes.scale, view.rate(), rect.width(), label_px);
    for tick in ticks {
        let x = lanes.scale.x_from_frame(tick.frame).round() + 0.5;
        let (height, color) = match tick.label {
            Some(_) => (rect.height() - 5.0, theme.color.line_strong),
            None => (5.0, theme.color.line_strong),
        };
        painter.vline(
            x,
            rect.bottom() - height..=rect.bottom(),
            Stroke::new(1.0, color),
        );
        if let Some(label) = tick.label {
            let at = pos2(x + 4.0, rect.top() + 3.0);
            painter.text(
                at,
                Align2::LEFT_TOP,
                label,
                font.clone(),
                theme.color.text_weak,
            );
        }
    }
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    markers(&painter, view, lanes, hover);
}

/// The marked range as a band, with a bracket at each end.
fn marked_range(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>) {
    let sequence = view.sequence();
    let Some(range) = sequence.marked_range() else {
        return;
    };
    let color = view.theme.color.mark;
    let rect = lanes.ruler;
    let span = lanes.scale.span(range);
    let band = Rect::from_x_y_ranges(span, rect.top()..=rect.bottom());
    painter.rect_filled(band, 0.0, color.gamma_multiply(0.16));
    let stroke = Stroke::new(2.0, color);
    let bracket = |x: f32, inward: f32| {
        let (top, bottom) = (rect.center().y + 1.0, rect.bottom() - 1.0);
        painter.line_segment([pos2(x, top), pos2(x, bottom)], stroke);
        painter.line_segment([pos2(x, top), pos2(x + inward, top)], stroke);
        painter.line_segment([pos2(x, bottom), pos2(x + inward, bottom)], stroke);
    };
    if sequence.mark_in.is_some() {
        bracket(span.min + 1.0, 5.0);
    }
    if sequence.mark_out.is_some() {
        bracket(span.max - 1.0, -5.0);
    }
}

/// The marked range in the lanes: what lies outside is a little darker.
pub(super) fn shade_outside(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>) {
    let Some(range) = view.sequence().marked_range() else {
        return;
    };
    let span = lanes.scale.span(range);
    let rect = lanes.rect;
    let line = Stroke::new(1.0, view.theme.color.mark.gamma_multiply(0.35));
    let painter = painter.with_clip_rect(rect);
    let veil = view.theme.color.mark.gamma_multiply(0.016);
    painter.rect_filled(Rect::from_x_y_ranges(span, rect.y_range()), 0.0, veil);
    painter.vline(span.min, rect.y_range(), line);
    painter.vline(span.max, rect.y_range(), line);
}

fn markers(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>, hover: Hit) {
    let rect = lanes.ruler;
    for marker in &view.sequence().markers {
        let x = lanes.scale.x_from_frame(marker.frame);
        if !rect.x_range().expand(HEAD_PX).contains(x) {
            continue;
        }
        let color = crate::theme::color_from_rgba(marker.color);
        let is_hovered = hover == Hit::Marker(marker.id);
        let side = if is_hovered { 13.0 } else { 11.0 };
        let center = pos2(x, rect.bottom() - 8.0);
        super::icons::flag(painter, center, side, color);
        if is_hovered {
            let label = if marker.label.is_empty() {
                names::timecode(marker.frame, view.rate())
            } else {
                marker.label.clone()
            };
            let font = FontId::proportional(view.theme.text.tiny);
            let galley = painter.layout_no_wrap(label, font, view.theme.color.text);
            let at = center + vec2(9.0, -galley.size().y / 2.0);
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(3.0, 1.0));
            painter.rect_filled(ground, 3.0, view.theme.color.raised);
            painter.galley(at, galley, view.theme.color.text);
        }
    }
}

/// The playhead: a head in the ruler and a line through the tracks.
pub(super) fn paint_playhead(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>) {
    let whole = lanes.ruler.union(lanes.rect);
    let painter = painter.with_clip_rect(whole.expand2(vec2(HEAD_PX, 0.0)));
    let x = lanes.scale.x_from_frame(view.playhead).round() + 0.5;
    if x < whole.left() - 1.0 || x > whole.right() + 1.0 {
        return;
    }
    let color = view.theme.color.playhead;
    let width = lanes.scale.width(av::FrameCount::ONE);
    if width > 6.0 {
        // Zoomed in this far, the shown frame is seen as a column.
        let column = Rect::from_x_y_ranges(x..=x + width, lanes.rect.y_range());
        painter.rect_filled(column, 0.0, color.gamma_multiply(0.08));
    }
    let shadow = view.theme.color.shadow;
    painter.vline(
        x + 1.0,
        lanes.ruler.bottom()..=whole.bottom(),
        Stroke::new(1.0, shadow),
    );
    painter.vline(
        x,
        lanes.ruler.bottom() - 8.0..=whole.bottom(),
        Stroke::new(1.0, color),
    );
    let (top, low) = (lanes.ruler.bottom() - 13.0, lanes.ruler.bottom() - 5.0);
    let head = vec![
        pos2(x - HEAD_PX, top),
        pos2(x + HEAD_PX, top),
        pos2(x + HEAD_PX, low),
        pos2(x, lanes.ruler.bottom() + 2.0),
        pos2(x - HEAD_PX, low),
    ];
    painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
}

/// A line at the frame under the pointer where the razor would cut.
pub(super) fn paint_razor(
    painter: &Painter,
    view: &View<'_>,
    lanes: &Lanes<'_>,
    cut: (FrameIndex, egui::Rangef),
) {
    let x = lanes.scale.x_from_frame(cut.0).round() + 0.5;
    let painter = painter.with_clip_rect(lanes.rect);
    let stroke = Stroke::new(1.0, view.theme.color.selection);
    painter.vline(x, cut.1, stroke);
    painter.circle_filled(pos2(x, cut.1.min), 2.5, view.theme.color.selection);
}

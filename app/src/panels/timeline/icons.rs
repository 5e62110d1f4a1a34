//! Signs of the timeline, drawn from lines so that they are sharp at every scale and need no font.

use super::tool::Tool;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2};

/// Draws inside a square, in parts of its side.
struct Pen<'a> {
    painter: &'a Painter,
    rect: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.rect.min + vec2(x, y) * self.rect.size()
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn fill(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        self.painter.add(Shape::convex_polygon(
            points,
            self.stroke.color,
            Stroke::NONE,
        ));
    }

    fn frame(&self, min: (f32, f32), max: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(min.0, min.1), self.at(max.0, max.1));
        self.painter
            .rect_stroke(rect, 1.0, self.stroke, StrokeKind::Middle);
    }

    fn circle(&self, x: f32, y: f32, radius: f32) {
        let radius = radius * self.rect.width();
        self.painter
            .circle_stroke(self.at(x, y), radius, self.stroke);
    }

    /// An arrow head at `x` that points to the left (negative `size`) or to the right.
    fn head(&self, x: f32, y: f32, size: f32) {
        self.line(&[
            (x - size, y - size.abs()),
            (x, y),
            (x - size, y + size.abs()),
        ]);
    }
}

fn pen(painter: &Painter, center: Pos2, side: f32, color: Color32) -> Pen<'_> {
    Pen {
        painter,
        rect: Rect::from_center_size(center, Vec2::splat(side)),
        stroke: Stroke::new(1.4, color),
    }
}

/// A tool's sign.
pub fn tool(painter: &Painter, center: Pos2, side: f32, color: Color32, tool: Tool) {
    let pen = pen(painter, center, side, color);
    match tool {
        Tool::Select => {
            pen.fill(&[(0.2, 0.02), (0.2, 0.8), (0.4, 0.62)]);
            pen.fill(&[(0.2, 0.02), (0.4, 0.62), (0.76, 0.6)]);
            pen.line(&[(0.45, 0.62), (0.58, 0.95)]);
        }
        Tool::Razor => {
            pen.circle(0.2, 0.82, 0.16);
            pen.circle(0.8, 0.82, 0.16);
            pen.line(&[(0.28, 0.68), (0.76, 0.02)]);
            pen.line(&[(0.72, 0.68), (0.24, 0.02)]);
        }
        Tool::Ripple => {
            pen.line(&[(0.3, 0.08), (0.12, 0.08), (0.12, 0.92), (0.3, 0.92)]);
            pen.line(&[(0.32, 0.5), (0.95, 0.5)]);
            pen.head(0.95, 0.5, 0.22);
        }
        Tool::Roll => {
            pen.line(&[(0.5, 0.08), (0.5, 0.92)]);
            pen.line(&[(0.02, 0.5), (0.36, 0.5)]);
            pen.line(&[(0.64, 0.5), (0.98, 0.5)]);
            pen.head(0.02, 0.5, -0.18);
            pen.head(0.98, 0.5, 0.18);
        }
        Tool::Slip => {
            pen.line(&[(0.06, 0.1), (0.06, 0.9)]);
            pen.line(&[(0.94, 0.1), (0.94, 0.9)]);
            pen.line(&[(0.24, 0.5), (0.76, 0.5)]);
            pen.head(0.24, 0.5, -0.18);
            pen.head(0.76, 0.5, 0.18);
        }
        Tool::Slide => {
            pen.frame((0.32, 0.18), (0.68, 0.82));
            pen.head(0.02, 0.5, -0.16);
            pen.head(0.98, 0.5, 0.16);
        }
    }
}

/// A magnet: snapping.
pub fn magnet(painter: &Painter, center: Pos2, side: f32, color: Color32) {
    let pen = pen(painter, center, side, color);
    let arc = (0..=12).map(|step| {
        let angle = std::f32::consts::PI * step as f32 / 12.0;
        (0.5 - 0.36 * angle.cos(), 0.55 + 0.36 * angle.sin())
    });
    let mut points = vec![(0.14, 0.1)];
    points.extend(arc);
    points.push((0.86, 0.1));
    pen.line(&points);
    pen.line(&[(0.02, 0.3), (0.26, 0.3)]);
    pen.line(&[(0.74, 0.3), (0.98, 0.3)]);
}

/// A marker's flag.
pub fn flag(painter: &Painter, center: Pos2, side: f32, color: Color32) {
    let pen = pen(painter, center, side, color);
    pen.fill(&[
        (0.22, 0.06),
        (0.78, 0.06),
        (0.78, 0.6),
        (0.5, 0.94),
        (0.22, 0.6),
    ]);
}

/// An eye, struck through when the track does not show.
pub fn eye(painter: &Painter, center: Pos2, side: f32, color: Color32, is_off: bool) {
    let pen = pen(painter, center, side, color);
    let half = |sign: f32| {
        (0..=10).map(move |step| {
            let x = step as f32 / 10.0;
            (x, 0.5 + sign * 0.3 * (std::f32::consts::PI * x).sin())
        })
    };
    pen.line(&half(-1.0).collect::<Vec<_>>());
    pen.line(&half(1.0).collect::<Vec<_>>());
    pen.circle(0.5, 0.5, 0.14);
    if is_off {
        pen.line(&[(0.1, 0.95), (0.9, 0.05)]);
    }
}

/// A speaker, struck through when the track is not heard.
pub fn speaker(painter: &Painter, center: Pos2, side: f32, color: Color32, is_off: bool) {
    let pen = pen(painter, center, side, color);
    pen.fill(&[(0.04, 0.34), (0.26, 0.34), (0.26, 0.66), (0.04, 0.66)]);
    pen.fill(&[(0.24, 0.36), (0.54, 0.08), (0.54, 0.92), (0.24, 0.64)]);
    if is_off {
        pen.line(&[(0.68, 0.34), (0.98, 0.66)]);
        pen.line(&[(0.98, 0.34), (0.68, 0.66)]);
    } else {
        pen.line(&[(0.68, 0.34), (0.76, 0.5), (0.68, 0.66)]);
        pen.line(&[(0.84, 0.2), (0.97, 0.5), (0.84, 0.8)]);
    }
}

/// A padlock, open when the track can be edited.
pub fn lock(painter: &Painter, center: Pos2, side: f32, color: Color32, is_on: bool) {
    let pen = pen(painter, center, side, color);
    pen.fill(&[(0.14, 0.46), (0.86, 0.46), (0.86, 0.96), (0.14, 0.96)]);
    let lift = if is_on { 0.0 } else { -0.1 };
    let arc = (0..=8).map(|step| {
        let angle = std::f32::consts::PI * step as f32 / 8.0;
        (0.5 - 0.22 * angle.cos(), 0.3 + lift - 0.24 * angle.sin())
    });
    let mut points = vec![(0.28, 0.46)];
    points.extend(arc);
    points.push((0.72, if is_on { 0.46 } else { 0.3 }));
    pen.line(&points);
}

/// A star with four points: made by a model.
pub fn spark(painter: &Painter, center: Pos2, side: f32, color: Color32) {
    let pen = pen(painter, center, side, color);
    pen.fill(&[(0.5, 0.0), (0.62, 0.4), (0.5, 0.5), (0.38, 0.4)]);
    pen.fill(&[(0.5, 1.0), (0.38, 0.6), (0.5, 0.5), (0.62, 0.6)]);
    pen.fill(&[(0.0, 0.5), (0.4, 0.38), (0.5, 0.5), (0.4, 0.62)]);
    pen.fill(&[(1.0, 0.5), (0.6, 0.62), (0.5, 0.5), (0.6, 0.38)]);
}

/// Two links of a chain: moves with others.
pub fn link(painter: &Painter, center: Pos2, side: f32, color: Color32) {
    let mut pen = pen(painter, center, side, color);
    pen.stroke.width = 1.2;
    pen.frame((0.0, 0.32), (0.46, 0.68));
    pen.frame((0.54, 0.32), (1.0, 0.68));
    pen.line(&[(0.28, 0.5), (0.72, 0.5)]);
}

/// A letter T on a frame: a title.
pub fn title(painter: &Painter, center: Pos2, side: f32, color: Color32) {
    let pen = pen(painter, center, side, color);
    pen.line(&[(0.14, 0.28), (0.14, 0.1), (0.86, 0.1), (0.86, 0.28)]);
    pen.line(&[(0.5, 0.1), (0.5, 0.92)]);
    pen.line(&[(0.34, 0.92), (0.66, 0.92)]);
}

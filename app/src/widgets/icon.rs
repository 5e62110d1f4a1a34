//! Signs drawn with lines, so that they are sharp at every scale and need no font.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// A sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Play forwards.
    Play,
    /// Play backwards.
    PlayBack,
    /// Stop where it is.
    Pause,
    /// One frame back.
    StepBack,
    /// One frame on.
    StepForward,
    /// To the first frame.
    ToStart,
    /// To the last frame.
    ToEnd,
    /// Over and over.
    Loop,
    /// Cut in two.
    Split,
    /// Snapping.
    Magnet,
    /// One step back.
    Undo,
    /// One step on.
    Redo,
    /// Add.
    Plus,
    /// Less.
    Minus,
    /// Write a file.
    Export,
    /// Find.
    Search,
    /// Shown.
    Eye,
    /// Not shown.
    EyeOff,
    /// Heard.
    Speaker,
    /// Not heard.
    SpeakerOff,
    /// May not be changed.
    Lock,
    /// May be changed.
    Unlock,
    /// Moving pictures.
    Film,
    /// Sound.
    Wave,
    /// A still picture.
    Picture,
    /// Words.
    Text,
    /// Made by a model.
    Sparkle,
    /// Take away.
    Close,
    /// Done.
    Check,
    /// Look here.
    Warning,
    /// Opens downwards.
    ChevronDown,
    /// Opens to the right.
    ChevronRight,
    /// Back.
    ChevronLeft,
    /// Earlier in a list.
    Up,
    /// Later in a list.
    Down,
    /// A keyframe stands here.
    Diamond,
    /// No keyframe stands here.
    DiamondHollow,
    /// Lines at thirds.
    Grid,
    /// How far text may reach.
    SafeArea,
    /// Fit to the space.
    Fit,
    /// A marked frame.
    Marker,
    /// Steps made.
    History,
    /// Long work.
    Jobs,
    /// Files.
    Folder,
    /// Settings.
    Sliders,
    /// A bell: what was told.
    Bell,
    /// Set back to the usual value.
    Reset,
    /// Linked parts.
    Link,
    /// Where the marked range starts.
    MarkIn,
    /// Where the marked range ends.
    MarkOut,
    /// Given to what is good.
    Star,
    /// Not given.
    StarHollow,
}

/// Sides of the square that signs are drawn in.
const UNIT: f32 = 16.0;

/// Draws in a square of 16 by 16.
struct Pen<'a> {
    painter: &'a Painter,
    rect: Rect,
    color: Color32,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.rect.min + vec2(x, y) * (self.rect.width() / UNIT)
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(1.4 * self.rect.width() / UNIT, self.color)
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::line(points, self.stroke()));
    }

    fn closed(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke()));
    }

    /// Filled; the corners go round a convex shape.
    fn fill(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter
            .add(Shape::convex_polygon(points, self.color, Stroke::NONE));
    }

    fn circle(&self, center: (f32, f32), radius: f32) {
        let radius = radius * self.rect.width() / UNIT;
        self.painter
            .circle_stroke(self.at(center), radius, self.stroke());
    }

    fn dot(&self, center: (f32, f32), radius: f32) {
        let radius = radius * self.rect.width() / UNIT;
        self.painter
            .circle_filled(self.at(center), radius, self.color);
    }

    /// Part of a circle; angles in turns, clockwise from the right.
    fn arc(&self, center: (f32, f32), radius: f32, from: f32, to: f32) {
        const PIECES: usize = 16;
        let point = |index: usize| {
            let turn = from + (to - from) * index as f32 / PIECES as f32;
            let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
            (center.0 + radius * cos, center.1 + radius * sin)
        };
        self.line(&(0..=PIECES).map(point).collect::<Vec<_>>());
    }

    /// Five tips, filled or not.
    fn star(&self, is_filled: bool) {
        const CENTER: (f32, f32) = (8.0, 8.4);
        let corner = |index: usize| {
            let radius = if index.is_multiple_of(2) { 6.6 } else { 2.9 };
            let (sin, cos) = (index as f32 * std::f32::consts::TAU / 10.0).sin_cos();
            (CENTER.0 + radius * sin, CENTER.1 - radius * cos)
        };
        if is_filled {
            // A star is not convex; kites from its middle are.
            for tip in (0..10).step_by(2) {
                self.fill(&[CENTER, corner(tip + 9), corner(tip), corner(tip + 1)]);
            }
        } else {
            self.closed(&(0..10).map(corner).collect::<Vec<_>>());
        }
    }

    fn frame(&self, left: f32, top: f32, right: f32, bottom: f32) {
        let rect = Rect::from_min_max(self.at((left, top)), self.at((right, bottom)));
        self.painter
            .rect_stroke(rect, 1.5, self.stroke(), egui::StrokeKind::Middle);
    }
}

impl Icon {
    /// Draws the sign into the middle of `rect`, as a square of `side` points.
    pub fn paint(self, painter: &Painter, rect: Rect, side: f32, color: Color32) {
        let center = rect.center();
        let rect = Rect::from_center_size(pos2(center.x, center.y), vec2(side, side));
        let pen = Pen {
            painter,
            rect,
            color,
        };
        match self {
            Self::Play
            | Self::PlayBack
            | Self::Pause
            | Self::StepBack
            | Self::StepForward
            | Self::ToStart
            | Self::ToEnd
            | Self::Loop
            | Self::MarkIn
            | Self::MarkOut => self.paint_transport(&pen),
            Self::Split
            | Self::Magnet
            | Self::Undo
            | Self::Redo
            | Self::Link
            | Self::Marker
            | Self::Diamond
            | Self::DiamondHollow
            | Self::Reset
            | Self::Star
            | Self::StarHollow
            | Self::Sparkle => self.paint_editing(&pen),
            Self::Eye
            | Self::EyeOff
            | Self::Speaker
            | Self::SpeakerOff
            | Self::Lock
            | Self::Unlock
            | Self::Film
            | Self::Wave
            | Self::Picture
            | Self::Text => self.paint_media(&pen),
            Self::Plus
            | Self::Minus
            | Self::Close
            | Self::Check
            | Self::ChevronDown
            | Self::ChevronRight
            | Self::ChevronLeft
            | Self::Up
            | Self::Down
            | Self::Warning
            | Self::Search => self.paint_mark(&pen),
            Self::Export
            | Self::Grid
            | Self::SafeArea
            | Self::Fit
            | Self::History
            | Self::Jobs
            | Self::Folder
            | Self::Sliders
            | Self::Bell => self.paint_place(&pen),
        }
    }

    fn paint_transport(self, pen: &Pen<'_>) {
        match self {
            Self::Play => pen.fill(&[(4.0, 2.5), (13.5, 8.0), (4.0, 13.5)]),
            Self::PlayBack => pen.fill(&[(12.0, 2.5), (12.0, 13.5), (2.5, 8.0)]),
            Self::Pause => {
                pen.fill(&[(3.5, 2.5), (6.5, 2.5), (6.5, 13.5), (3.5, 13.5)]);
                pen.fill(&[(9.5, 2.5), (12.5, 2.5), (12.5, 13.5), (9.5, 13.5)]);
            }
            Self::StepBack => {
                pen.fill(&[(10.0, 3.5), (10.0, 12.5), (3.5, 8.0)]);
                pen.line(&[(12.5, 3.5), (12.5, 12.5)]);
            }
            Self::StepForward => {
                pen.fill(&[(6.0, 3.5), (12.5, 8.0), (6.0, 12.5)]);
                pen.line(&[(3.5, 3.5), (3.5, 12.5)]);
            }
            Self::ToStart => {
                pen.line(&[(3.0, 3.5), (3.0, 12.5)]);
                pen.fill(&[(8.5, 3.5), (8.5, 12.5), (3.5, 8.0)]);
                pen.fill(&[(13.5, 3.5), (13.5, 12.5), (8.5, 8.0)]);
            }
            Self::ToEnd => {
                pen.line(&[(13.0, 3.5), (13.0, 12.5)]);
                pen.fill(&[(7.5, 3.5), (12.5, 8.0), (7.5, 12.5)]);
                pen.fill(&[(2.5, 3.5), (7.5, 8.0), (2.5, 12.5)]);
            }
            Self::Loop => {
                pen.line(&[(12.0, 11.5), (4.0, 11.5), (2.5, 10.0), (2.5, 8.0)]);
                pen.line(&[(4.0, 4.5), (12.0, 4.5), (13.5, 6.0), (13.5, 8.0)]);
                pen.line(&[(10.0, 2.2), (12.3, 4.5), (10.0, 6.8)]);
                pen.line(&[(6.0, 9.2), (3.7, 11.5), (6.0, 13.8)]);
            }
            Self::MarkIn => pen.line(&[(9.5, 2.5), (6.0, 2.5), (6.0, 13.5), (9.5, 13.5)]),
            _ => pen.line(&[(6.5, 2.5), (10.0, 2.5), (10.0, 13.5), (6.5, 13.5)]),
        }
    }

    fn paint_editing(self, pen: &Pen<'_>) {
        let diamond = [(8.0, 3.0), (13.0, 8.0), (8.0, 13.0), (3.0, 8.0)];
        match self {
            Self::Star => pen.star(true),
            Self::StarHollow => pen.star(false),
            Self::Split => {
                pen.line(&[(8.0, 1.5), (8.0, 14.5)]);
                pen.line(&[(5.5, 4.0), (2.0, 4.0), (2.0, 12.0), (5.5, 12.0)]);
                pen.line(&[(10.5, 4.0), (14.0, 4.0), (14.0, 12.0), (10.5, 12.0)]);
            }
            Self::Magnet => {
                pen.arc((8.0, 9.0), 5.0, 0.0, 0.5);
                pen.line(&[(3.0, 9.0), (3.0, 2.5)]);
                pen.line(&[(13.0, 9.0), (13.0, 2.5)]);
                pen.arc((8.0, 9.0), 2.0, 0.0, 0.5);
                pen.line(&[(6.0, 9.0), (6.0, 2.5), (3.0, 2.5)]);
                pen.line(&[(10.0, 9.0), (10.0, 2.5), (13.0, 2.5)]);
                pen.line(&[(3.0, 5.5), (6.0, 5.5)]);
                pen.line(&[(10.0, 5.5), (13.0, 5.5)]);
            }
            Self::Undo => {
                pen.line(&[(6.0, 3.0), (2.8, 6.2), (6.0, 9.4)]);
                pen.line(&[(2.8, 6.2), (9.5, 6.2)]);
                pen.arc((9.5, 9.7), 3.5, -0.25, 0.25);
                pen.line(&[(9.5, 13.2), (5.5, 13.2)]);
            }
            Self::Redo => {
                pen.line(&[(10.0, 3.0), (13.2, 6.2), (10.0, 9.4)]);
                pen.line(&[(13.2, 6.2), (6.5, 6.2)]);
                pen.arc((6.5, 9.7), 3.5, -0.25, -0.75);
                pen.line(&[(6.5, 13.2), (10.5, 13.2)]);
            }
            Self::Link => {
                pen.frame(1.8, 5.2, 9.0, 10.8);
                pen.frame(7.0, 5.2, 14.2, 10.8);
            }
            Self::Marker => pen.fill(&[
                (4.0, 2.5),
                (12.0, 2.5),
                (12.0, 9.0),
                (8.0, 13.5),
                (4.0, 9.0),
            ]),
            Self::Diamond => pen.fill(&diamond),
            Self::DiamondHollow => pen.closed(&diamond),
            Self::Reset => {
                pen.arc((8.0, 8.5), 5.0, -0.4, 0.45);
                pen.line(&[(3.2, 2.2), (3.6, 5.6), (7.0, 5.2)]);
            }
            _ => {
                let star = |x: f32, y: f32, far: f32| {
                    let near = far * 0.26;
                    pen.fill(&[(x, y - far), (x + near, y), (x, y + far), (x - near, y)]);
                    pen.fill(&[(x - far, y), (x, y - near), (x + far, y), (x, y + near)]);
                };
                star(6.5, 9.0, 5.5);
                star(12.5, 3.6, 2.8);
            }
        }
    }

    fn paint_media(self, pen: &Pen<'_>) {
        match self {
            Self::Eye | Self::EyeOff => {
                let upper = [(1.5, 8.0), (4.5, 4.8), (8.0, 3.8), (11.5, 4.8), (14.5, 8.0)];
                let lower = [
                    (14.5, 8.0),
                    (11.5, 11.2),
                    (8.0, 12.2),
                    (4.5, 11.2),
                    (1.5, 8.0),
                ];
                pen.line(&upper);
                pen.line(&lower);
                pen.dot((8.0, 8.0), 2.0);
                if self == Self::EyeOff {
                    pen.line(&[(2.5, 13.5), (13.5, 2.5)]);
                }
            }
            Self::Speaker | Self::SpeakerOff => {
                pen.fill(&[(1.8, 6.0), (4.5, 6.0), (4.5, 10.0), (1.8, 10.0)]);
                pen.fill(&[(4.0, 6.0), (8.2, 2.6), (8.2, 13.4), (4.0, 10.0)]);
                if self == Self::Speaker {
                    pen.arc((8.2, 8.0), 2.6, -0.16, 0.16);
                    pen.arc((8.2, 8.0), 5.4, -0.16, 0.16);
                } else {
                    pen.line(&[(10.5, 6.0), (14.5, 10.0)]);
                    pen.line(&[(14.5, 6.0), (10.5, 10.0)]);
                }
            }
            Self::Lock | Self::Unlock => {
                pen.frame(3.5, 7.2, 12.5, 13.5);
                pen.arc((8.0, 5.4), 2.8, 0.5, 1.0);
                pen.line(&[(5.2, 5.4), (5.2, 7.2)]);
                if self == Self::Lock {
                    pen.line(&[(10.8, 5.4), (10.8, 7.2)]);
                    pen.dot((8.0, 10.3), 1.1);
                }
            }
            Self::Film => {
                pen.frame(1.8, 3.0, 14.2, 13.0);
                for x in [4.6, 11.4] {
                    pen.line(&[(x, 3.0), (x, 13.0)]);
                }
                for y in [6.3, 9.7] {
                    pen.line(&[(1.8, y), (4.6, y)]);
                    pen.line(&[(11.4, y), (14.2, y)]);
                }
            }
            Self::Wave => {
                for (x, half) in [(2.5, 1.5), (5.2, 4.0), (8.0, 5.8), (10.8, 3.0), (13.5, 1.5)] {
                    pen.line(&[(x, 8.0 - half), (x, 8.0 + half)]);
                }
            }
            Self::Picture => {
                pen.frame(2.0, 3.0, 14.0, 13.0);
                pen.line(&[
                    (2.6, 11.6),
                    (6.2, 7.6),
                    (9.0, 10.6),
                    (10.8, 8.8),
                    (13.4, 11.6),
                ]);
                pen.dot((10.8, 5.8), 1.1);
            }
            _ => {
                pen.line(&[(3.0, 5.0), (3.0, 3.0), (13.0, 3.0), (13.0, 5.0)]);
                pen.line(&[(8.0, 3.0), (8.0, 13.2)]);
                pen.line(&[(6.0, 13.2), (10.0, 13.2)]);
            }
        }
    }

    fn paint_mark(self, pen: &Pen<'_>) {
        match self {
            Self::Plus => {
                pen.line(&[(8.0, 3.0), (8.0, 13.0)]);
                pen.line(&[(3.0, 8.0), (13.0, 8.0)]);
            }
            Self::Minus => pen.line(&[(3.0, 8.0), (13.0, 8.0)]),
            Self::Close => {
                pen.line(&[(4.0, 4.0), (12.0, 12.0)]);
                pen.line(&[(12.0, 4.0), (4.0, 12.0)]);
            }
            Self::Check => pen.line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.5)]),
            Self::ChevronDown | Self::Down => pen.line(&[(4.0, 6.0), (8.0, 10.0), (12.0, 6.0)]),
            Self::ChevronRight => pen.line(&[(6.0, 4.0), (10.0, 8.0), (6.0, 12.0)]),
            Self::ChevronLeft => pen.line(&[(10.0, 4.0), (6.0, 8.0), (10.0, 12.0)]),
            Self::Up => pen.line(&[(4.0, 10.0), (8.0, 6.0), (12.0, 10.0)]),
            Self::Warning => {
                pen.closed(&[(8.0, 2.2), (14.6, 13.4), (1.4, 13.4)]);
                pen.line(&[(8.0, 6.2), (8.0, 9.4)]);
                pen.dot((8.0, 11.4), 0.9);
            }
            _ => {
                pen.circle((7.0, 7.0), 4.2);
                pen.line(&[(10.2, 10.2), (13.8, 13.8)]);
            }
        }
    }

    fn paint_place(self, pen: &Pen<'_>) {
        match self {
            Self::Export => {
                pen.line(&[(2.5, 10.0), (2.5, 13.5), (13.5, 13.5), (13.5, 10.0)]);
                pen.line(&[(8.0, 10.5), (8.0, 2.5)]);
                pen.line(&[(4.8, 5.6), (8.0, 2.5), (11.2, 5.6)]);
            }
            Self::Grid => {
                pen.frame(2.0, 3.0, 14.0, 13.0);
                for x in [6.0, 10.0] {
                    pen.line(&[(x, 3.0), (x, 13.0)]);
                }
                for y in [6.3, 9.7] {
                    pen.line(&[(2.0, y), (14.0, y)]);
                }
            }
            Self::SafeArea => {
                pen.frame(1.8, 3.0, 14.2, 13.0);
                pen.frame(4.4, 5.4, 11.6, 10.6);
            }
            Self::Fit => {
                pen.line(&[(2.5, 6.0), (2.5, 3.0), (5.5, 3.0)]);
                pen.line(&[(10.5, 3.0), (13.5, 3.0), (13.5, 6.0)]);
                pen.line(&[(13.5, 10.0), (13.5, 13.0), (10.5, 13.0)]);
                pen.line(&[(5.5, 13.0), (2.5, 13.0), (2.5, 10.0)]);
            }
            Self::History => {
                pen.circle((8.0, 8.0), 5.8);
                pen.line(&[(8.0, 4.6), (8.0, 8.2), (10.6, 9.6)]);
            }
            Self::Jobs => {
                for (y, end) in [(4.0, 13.5), (8.0, 10.5), (12.0, 7.5)] {
                    pen.line(&[(2.5, y), (end, y)]);
                }
            }
            Self::Folder => pen.closed(&[
                (2.0, 3.5),
                (6.0, 3.5),
                (7.5, 5.2),
                (14.0, 5.2),
                (14.0, 12.8),
                (2.0, 12.8),
            ]),
            Self::Sliders => {
                for (y, knob) in [(4.0, 10.5), (8.0, 5.0), (12.0, 9.0)] {
                    pen.line(&[(2.0, y), (14.0, y)]);
                    pen.dot((knob, y), 1.9);
                }
            }
            _ => {
                pen.line(&[(3.0, 11.5), (13.0, 11.5)]);
                pen.line(&[(4.4, 11.5), (4.4, 7.0)]);
                pen.line(&[(11.6, 11.5), (11.6, 7.0)]);
                pen.arc((8.0, 7.0), 3.6, 0.5, 1.0);
                pen.dot((8.0, 13.4), 1.2);
            }
        }
    }
}

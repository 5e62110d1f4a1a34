//! The part of the picture that is made anew: a box drawn over the viewer, moved by its middle and pulled by its edges
//! and corners, or typed in numbers in the bar below.

use crate::{
    asking::{Ask, Asking, generated_item},
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, badge_paint, button_ui, weak_ui},
        field::{Number, number_ui},
    },
};
use egui::{
    Color32, CornerRadius, CursorIcon, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use timeline::{Purpose, Region};

/// Smallest side of a box, in parts of the picture: smaller ones are slips of the hand.
const SIDE_MIN: f64 = 0.01;

/// How near to an edge the pointer takes hold of it, in points.
const REACH: f32 = 8.0;

/// Side of the squares on corners and edges, in points.
const HANDLE: f32 = 7.0;

/// Left, top, width and height, in parts of the picture.
type Sides = [f64; 4];

/// Where a box begins for those who do not draw.
const MIDDLE: Sides = [0.3, 0.3, 0.4, 0.4];

/// What the hand holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Hold {
    /// Which edges follow the pointer: left or right, top or bottom; -1, 0, 1 across and down. Both 0 moves the box.
    edges: [i8; 2],
    /// The box when it was taken.
    from: Sides,
    /// Where the pointer was then, in parts of the picture.
    at: [f64; 2],
}

/// What the overlay remembers.
#[derive(Debug, Default)]
pub struct RegionState {
    hold: Option<Hold>,
}

/// Whether what is asked makes a part of the picture anew.
pub fn needs_region(view: &View<'_>, ask: &Ask) -> bool {
    let item = ask.items.first().copied();
    let found = item.and_then(|item| generated_item(view.document, item));
    found.is_some_and(|(_, generated)| generated.purpose == Purpose::Repaint)
}

/// The box that is asked for, if it is one.
fn sides_of(ask: &Ask) -> Option<Sides> {
    match ask.recipe.region {
        Some(Region::Box(sides)) => Some(sides),
        Some(Region::Mask(_)) | None => None,
    }
}

/// Draws the box over the picture and lets it be drawn, moved and pulled; `rect` is where the frame is.
pub fn region_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut RegionState,
    asking: &mut Asking,
    rect: Rect,
) {
    let is_meant = |ask: &&mut Ask| needs_region(view, ask);
    let is_masked = |ask: &&mut Ask| matches!(ask.recipe.region, Some(Region::Mask(_)));
    let ask = asking.ask.as_mut().filter(|_| !asking.is_final);
    let Some(ask) = ask.filter(is_meant).filter(|ask| !is_masked(ask)) else {
        state.hold = None;
        return;
    };
    let id = ui.scope_id().with("region");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let now = sides_of(ask);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, said(now)));
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    if let Some(at) = pointer {
        let edges = state
            .hold
            .map(|hold| hold.edges)
            .or_else(|| now.and_then(|sides| edges_under(rect, sides, at)));
        ui.ctx().set_cursor_icon(cursor(edges));
    }
    if response.drag_started() {
        // The drag is known a little after the press: it begins where the press was.
        let origin = ui.input(|input| input.pointer.press_origin());
        state.hold = origin.or(pointer).map(|at| taken(rect, now, at));
    }
    if let (Some(hold), Some(at), true) = (state.hold, pointer, response.dragged()) {
        ask.recipe.region = Some(Region::Box(pulled(hold, part(rect, at))));
    }
    if response.drag_stopped() {
        state.hold = None;
    }
    paint(ui, view, rect, sides_of(ask), &response);
}

/// What is drawn, in words.
fn said(sides: Option<Sides>) -> String {
    match sides {
        None => "Draw a box over what is to go".to_owned(),
        Some(sides) => {
            let [left, top, width, height] = sides.map(|side| (side * 100.0).round());
            format!(
                "Box of what is made anew: left {left} %, top {top} %, width {width} %, height {height} %"
            )
        }
    }
}

/// A place on the screen in parts of the picture, inside it.
fn part(rect: Rect, at: Pos2) -> [f64; 2] {
    let across = (at.x - rect.left()) / rect.width().max(1.0);
    let down = (at.y - rect.top()) / rect.height().max(1.0);
    [across, down].map(|part| f64::from(part).clamp(0.0, 1.0))
}

fn on_screen(rect: Rect, [left, top, width, height]: Sides) -> Rect {
    let at = |x: f64, y: f64| {
        pos2(
            rect.left() + x as f32 * rect.width(),
            rect.top() + y as f32 * rect.height(),
        )
    };
    Rect::from_min_max(at(left, top), at(left + width, top + height))
}

/// The edges of the box that lie under the pointer; none of them inside it; `None` beside it.
fn edges_under(rect: Rect, sides: Sides, at: Pos2) -> Option<[i8; 2]> {
    let shown = on_screen(rect, sides);
    if !shown.expand(REACH).contains(at) {
        return None;
    }
    // A small box still has a middle to be moved by.
    let reach = |length: f32| REACH.min(length / 4.0);
    let side = |at: f32, low: f32, high: f32| {
        let reach = reach(high - low);
        if at <= low + reach {
            -1
        } else {
            i8::from(at >= high - reach)
        }
    };
    Some([
        side(at.x, shown.left(), shown.right()),
        side(at.y, shown.top(), shown.bottom()),
    ])
}

/// What a press takes hold of: the box there is, or a new one that begins here.
fn taken(rect: Rect, now: Option<Sides>, at: Pos2) -> Hold {
    let place = part(rect, at);
    let held = now.and_then(|from| Some((edges_under(rect, from, at)?, from)));
    match held {
        Some((edges, from)) => Hold {
            edges,
            from,
            at: place,
        },
        None => Hold {
            edges: [1, 1],
            from: [place[0], place[1], 0.0, 0.0],
            at: place,
        },
    }
}

/// The box when what is held has been pulled to a place: never outside the picture, never too small.
fn pulled(hold: Hold, to: [f64; 2]) -> Sides {
    let mut sides = hold.from;
    for axis in 0..2 {
        let (start, length) = (hold.from[axis], hold.from[axis + 2]);
        let by = to[axis] - hold.at[axis];
        let (low, high) = match hold.edges {
            [0, 0] => {
                let start = (start + by).clamp(0.0, 1.0 - length);
                (start, start + length)
            }
            edges => match edges[axis] {
                -1 => ordered(start + by, start + length),
                1 => ordered(start, start + length + by),
                _ => (start, start + length),
            },
        };
        let low = low.clamp(0.0, 1.0 - SIDE_MIN);
        let high = high.clamp(low + SIDE_MIN, 1.0);
        (sides[axis], sides[axis + 2]) = (low, high - low);
    }
    sides
}

/// An edge may be pulled over the other.
fn ordered(one: f64, other: f64) -> (f64, f64) {
    (one.min(other), one.max(other))
}

fn cursor(edges: Option<[i8; 2]>) -> CursorIcon {
    match edges {
        None => CursorIcon::Crosshair,
        Some([0, 0]) => CursorIcon::Move,
        Some([_, 0]) => CursorIcon::ResizeHorizontal,
        Some([0, _]) => CursorIcon::ResizeVertical,
        Some([across, down]) if across == down => CursorIcon::ResizeNwSe,
        Some(_) => CursorIcon::ResizeNeSw,
    }
}

fn paint(ui: &Ui, view: &View<'_>, rect: Rect, sides: Option<Sides>, response: &Response) {
    let theme = view.theme;
    let painter = ui.painter().with_clip_rect(rect.expand(HANDLE));
    let colors = (theme.color.scrim, theme.color.text_on_item);
    let Some(sides) = sides else {
        let text = "Drag a box over what is to go";
        badge_paint(ui, theme, rect.left_top() + vec2(8.0, 8.0), text, colors);
        return;
    };
    let shown = on_screen(rect, sides);
    let dark = Color32::from_black_alpha(120);
    for part in around(rect, shown) {
        painter.rect_filled(part, CornerRadius::ZERO, dark);
    }
    let ink = theme.color.generated;
    let width = if response.has_focus() { 2.5 } else { 1.5 };
    painter.rect_stroke(
        shown,
        CornerRadius::ZERO,
        Stroke::new(width, ink),
        StrokeKind::Middle,
    );
    for at in [
        shown.left_top(),
        shown.center_top(),
        shown.right_top(),
        shown.left_center(),
        shown.right_center(),
        shown.left_bottom(),
        shown.center_bottom(),
        shown.right_bottom(),
    ] {
        let handle = Rect::from_center_size(at, vec2(HANDLE, HANDLE));
        painter.rect_filled(handle, CornerRadius::same(1), ink);
    }
    let size = view.sequence().size;
    let pixels = |part: f64, side: u32| (part * f64::from(side)).round();
    let text = format!(
        "{} × {} pixels are made anew",
        pixels(sides[2], size.width),
        pixels(sides[3], size.height)
    );
    badge_paint(ui, theme, rect.left_top() + vec2(8.0, 8.0), &text, colors);
}

/// What of a picture lies outside of a box.
fn around(rect: Rect, hole: Rect) -> [Rect; 4] {
    let span = |min: Pos2, max: Pos2| Rect::from_min_max(min, max);
    [
        span(rect.min, pos2(rect.right(), hole.top())),
        span(pos2(rect.left(), hole.bottom()), rect.max),
        span(
            pos2(rect.left(), hole.top()),
            pos2(hole.left(), hole.bottom()),
        ),
        span(
            pos2(hole.right(), hole.top()),
            pos2(rect.right(), hole.bottom()),
        ),
    ]
}

/// The box in numbers, for those who do not draw.
pub fn numbers_ui(ui: &mut Ui, theme: &Theme, ask: &mut Ask) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme.space.small;
        weak_ui(ui, theme, "Box");
        let now = sides_of(ask);
        let mut percent = now.unwrap_or([0.0; 4]).map(|side| side * 100.0);
        let mut is_changed = false;
        // All of it is there before there is a box, so that the picture stays where it is when one is drawn.
        ui.add_enabled_ui(now.is_some(), |ui| {
            for (name, side) in ["Left", "Top", "Width", "Height"].iter().zip(&mut percent) {
                let number = Number::new(name, 0.0..=100.0).unit(" %", 0);
                let (response, changed) = number_ui(ui, theme, *side, &number);
                if response.changed() {
                    *side = changed.clamp(0.0, 100.0);
                    is_changed = true;
                }
            }
        });
        let spec = ButtonSpec::text("In the middle").named("Box in the middle");
        if button_ui(ui, theme, spec).clicked() {
            ask.recipe.region = Some(Region::Box(MIDDLE));
        }
        if is_changed {
            ask.recipe.region = Some(Region::Box(inside(percent.map(|side| side / 100.0))));
        }
    });
}

/// Sides that make a box inside the picture.
fn inside([left, top, width, height]: Sides) -> Sides {
    let (left, top) = (left.min(1.0 - SIDE_MIN), top.min(1.0 - SIDE_MIN));
    [
        left,
        top,
        width.clamp(SIDE_MIN, 1.0 - left),
        height.clamp(SIDE_MIN, 1.0 - top),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECT: Rect = Rect::from_min_max(pos2(100.0, 100.0), pos2(500.0, 300.0));

    #[track_caller]
    fn check(found: Sides, wanted: Sides) {
        let near = found
            .iter()
            .zip(&wanted)
            .all(|(one, other)| (one - other).abs() < 1e-6);
        assert!(near, "{found:?} is not {wanted:?}");
    }

    #[test]
    fn a_box_is_drawn_moved_and_pulled_and_stays_in_the_picture() {
        let hold = taken(RECT, None, pos2(200.0, 150.0));
        let drawn = pulled(hold, part(RECT, pos2(300.0, 250.0)));
        check(drawn, [0.25, 0.25, 0.25, 0.5]);
        let backwards = pulled(hold, part(RECT, pos2(140.0, 120.0)));
        check(backwards, [0.1, 0.1, 0.15, 0.15]);
        let middle = taken(RECT, Some(drawn), pos2(250.0, 200.0));
        assert_eq!(middle.edges, [0, 0]);
        let moved = pulled(middle, part(RECT, pos2(900.0, 200.0)));
        check(moved, [0.75, 0.25, 0.25, 0.5]);
        let corner = taken(RECT, Some(drawn), pos2(301.0, 251.0));
        assert_eq!(corner.edges, [1, 1]);
        let larger = pulled(corner, part(RECT, pos2(900.0, 900.0)));
        assert!(larger[0] + larger[2] <= 1.0 + 1e-9 && larger[1] + larger[3] <= 1.0 + 1e-9);
        let edge = taken(RECT, Some(drawn), pos2(200.0, 200.0));
        assert_eq!(edge.edges, [-1, 0]);
        let thin = pulled(edge, part(RECT, pos2(300.0, 200.0)));
        assert!(thin[2] >= SIDE_MIN && (thin[3] - 0.5).abs() < 1e-6);
        assert_eq!(edges_under(RECT, drawn, pos2(420.0, 200.0)), None);
    }

    #[test]
    fn numbers_make_a_box_inside_the_picture() {
        check(inside([0.9, 0.0, 0.5, 0.0]), [0.9, 0.0, 0.1, SIDE_MIN]);
    }
}

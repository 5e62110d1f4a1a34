//! The tools that correct a matte, over the picture in the viewer, and the marks of the frame that shows.

use super::{BackgroundState, MatteTool, chosen_clip};
use crate::{action::Action, view::View};
use egui::{Color32, CornerRadius, CursorIcon, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};
use timeline::{
    Edit, FramePlan, ItemId, LayerPlan, Mark, MarkSide, MediaMoment, PicturePlan, ShotPlan,
    plan_frame,
};

/// A click means at least this much round it, in parts of the picture's height.
const CLICK_RADIUS: f64 = 0.008;
/// Boxes smaller than this, in parts of the picture, are slips of the hand.
const BOX_MIN: f64 = 0.03;
/// A stroke takes a further point when the brush has gone this part of its radius.
const POINT_EVERY: f64 = 0.25;

/// Where the clip's picture lies in the viewer: parts of the picture from parts of the frame, and the frame's place.
struct Place {
    rect: Rect,
    picture_from_frame: [[f64; 3]; 2],
    /// Width of the clip's picture over its height.
    aspect: f64,
}

impl Place {
    fn picture_from_screen(&self, at: Pos2) -> [f64; 2] {
        let x = f64::from((at.x - self.rect.left()) / self.rect.width());
        let y = f64::from((at.y - self.rect.top()) / self.rect.height());
        self.picture_from_frame.map(|[a, b, c]| a * x + b * y + c)
    }

    fn screen_from_picture(&self, [u, v]: [f64; 2]) -> Pos2 {
        let [[a, b, c], [d, e, f]] = self.picture_from_frame;
        let (u, v) = (u - c, v - f);
        let determinant = a * e - b * d;
        let x = (e * u - b * v) / determinant;
        let y = (a * v - d * u) / determinant;
        pos2(
            self.rect.left() + x as f32 * self.rect.width(),
            self.rect.top() + y as f32 * self.rect.height(),
        )
    }

    /// Points on the screen of a length in parts of the picture's height.
    fn points(&self, radius: f64) -> f32 {
        let middle = self.screen_from_picture([0.5, 0.5]);
        let below = self.screen_from_picture([0.5, 0.5 + radius]);
        middle.distance(below)
    }
}

/// Draws the marks of the frame that shows and takes new ones; `rect` is where the frame is.
pub fn brush_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut BackgroundState,
    rect: Rect,
    actions: &mut Vec<Action>,
) {
    let Some((item, _)) = chosen_clip(view) else {
        return;
    };
    let Some(background) = &item.properties.background else {
        return;
    };
    let plan = plan_frame(view.document, view.playhead);
    let Some((shot, moment)) = shot_of(&plan, item.id) else {
        return;
    };
    let Some(place) = place_of(view, shot, moment, rect) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(rect);
    let shown = background.corrections.iter();
    for mark in shown
        .filter(|correction| correction.at == moment.time)
        .flat_map(|correction| &correction.marks)
    {
        paint_mark(&painter, view, &place, mark);
    }
    if state.tool == MatteTool::None {
        return;
    }
    if let Some(mark) = new_mark_ui(ui, view, state, &place) {
        actions.push(Action::Apply {
            edit: Edit::AddMark {
                item: item.id,
                at: moment.time,
                mark,
            },
        });
    }
}

/// Shows the tool under the pointer and what it is marking; the mark once it is made.
fn new_mark_ui(
    ui: &Ui,
    view: &View<'_>,
    state: &mut BackgroundState,
    place: &Place,
) -> Option<Mark> {
    let painter = ui.painter().with_clip_rect(place.rect);
    let id = ui.scope_id().with("matte tool");
    let response = ui.interact(place.rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, "Picture to be corrected")
    });
    let is_alt = ui.input(|input| input.modifiers.alt);
    let side = if is_alt { MarkSide::Remove } else { state.side };
    let is_brush = state.tool == MatteTool::Brush;
    if state.tool == MatteTool::Box {
        return boxed(ui, view, &response, place, state);
    }
    let radius = if is_brush {
        state.size_percent / 200.0
    } else {
        CLICK_RADIUS
    };
    if let Some(at) = response.hover_pos() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        let points = place.points(radius).max(3.0);
        painter.circle_stroke(at, points, Stroke::new(1.5, ink_of(view, side)));
    }
    if is_brush {
        let mark = stroked(ui, &response, place, state, (side, radius));
        if !state.stroke.is_empty() {
            let running = Mark {
                side: state.stroke_side,
                points: state.stroke.clone(),
                radius,
                grows: false,
            };
            paint_mark(&painter, view, place, &running);
        }
        return mark;
    }
    let at = response.interact_pointer_pos();
    let at = at.filter(|_| response.clicked())?;
    Some(Mark {
        side,
        points: vec![place.picture_from_screen(at)],
        radius,
        grows: true,
    })
}

/// Follows a box from its first corner; the mark once it is released.
fn boxed(
    ui: &Ui,
    view: &View<'_>,
    response: &egui::Response,
    place: &Place,
    state: &mut BackgroundState,
) -> Option<Mark> {
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    if response.drag_started() {
        // The drag is known a little after the press: the corner is where the press was.
        let origin = ui.input(|input| input.pointer.press_origin())?;
        state.stroke = vec![place.picture_from_screen(origin)];
        state.stroke_side = MarkSide::Within;
    }
    let first = *state.stroke.first()?;
    let at = response.interact_pointer_pos()?;
    let last = place.picture_from_screen(at);
    let mark = Mark {
        side: MarkSide::Within,
        points: [first, last]
            .map(|point| point.map(|part| part.clamp(0.0, 1.0)))
            .to_vec(),
        radius: 0.0,
        grows: false,
    };
    paint_mark(&ui.painter().with_clip_rect(place.rect), view, place, &mark);
    if !response.drag_stopped() {
        return None;
    }
    state.stroke.clear();
    let is_large = |axis: usize| (mark.points[0][axis] - mark.points[1][axis]).abs() >= BOX_MIN;
    // A slip of the hand is no box.
    (is_large(0) && is_large(1)).then_some(mark)
}

/// Follows the brush; the mark once it is lifted.
fn stroked(
    ui: &Ui,
    response: &egui::Response,
    place: &Place,
    state: &mut BackgroundState,
    (side, radius): (MarkSide, f64),
) -> Option<Mark> {
    if response.drag_started() || response.clicked() {
        state.stroke.clear();
        state.stroke_side = side;
        // The drag is known a little after the press: the stroke begins where the press was.
        let origin = ui.input(|input| input.pointer.press_origin());
        let origin = origin.or(response.interact_pointer_pos());
        state
            .stroke
            .extend(origin.map(|at| place.picture_from_screen(at)));
    }
    if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
    {
        let at = place.picture_from_screen(at);
        let far = |last: &[f64; 2]| {
            let (dx, dy) = ((at[0] - last[0]) * place.aspect, at[1] - last[1]);
            dx.hypot(dy) > radius * POINT_EVERY
        };
        if state.stroke.last().is_none_or(far) {
            state.stroke.push(at.map(|part| part.clamp(-1.0, 2.0)));
        }
    }
    let is_full = state.stroke.len() >= timeline::limits::MARK_POINTS_MAX;
    if !(response.drag_stopped() || response.clicked() || is_full) || state.stroke.is_empty() {
        return None;
    }
    Some(Mark {
        side: state.stroke_side,
        points: std::mem::take(&mut state.stroke),
        radius,
        grows: false,
    })
}

/// The shot of `item` in a frame, and the moment of the media it shows.
fn shot_of(plan: &FramePlan, item: ItemId) -> Option<(&ShotPlan, MediaMoment)> {
    let shots = plan.layers.iter().flat_map(|layer| match layer {
        LayerPlan::Shot { shot, .. } => vec![&**shot],
        LayerPlan::Transition(transition) => vec![&transition.from, &transition.to],
    });
    let shot = shots.into_iter().find(|shot| shot.item == item)?;
    match shot.picture {
        PicturePlan::Media(moment) => Some((shot, moment)),
        PicturePlan::Title(_) | PicturePlan::Solid(_) => None,
    }
}

fn place_of(view: &View<'_>, shot: &ShotPlan, moment: MediaMoment, rect: Rect) -> Option<Place> {
    let asset = view.document.assets.find(moment.asset)?;
    let picture = asset.info.video.as_ref()?.size;
    let picture_from_frame = runtime::picture_from_frame(shot, picture, view.sequence().size)?;
    Some(Place {
        rect,
        picture_from_frame,
        aspect: f64::from(picture.width) / f64::from(picture.height),
    })
}

fn ink_of(view: &View<'_>, side: MarkSide) -> Color32 {
    match side {
        MarkSide::Add => view.theme.color.success,
        MarkSide::Remove => view.theme.color.error,
        MarkSide::Within => view.theme.color.accent,
    }
}

fn paint_mark(painter: &egui::Painter, view: &View<'_>, place: &Place, mark: &Mark) {
    let ink = ink_of(view, mark.side);
    let points: Vec<Pos2> = mark
        .points
        .iter()
        .map(|&point| place.screen_from_picture(point))
        .collect();
    let radius = place.points(mark.radius);
    if mark.side == MarkSide::Within {
        if let [first, .., last] = points.as_slice() {
            let dark = Stroke::new(3.5, Color32::from_black_alpha(140));
            let corner = [*first, pos2(last.x, first.y), *last, pos2(first.x, last.y)];
            for stroke in [dark, Stroke::new(1.5, ink)] {
                painter.add(egui::Shape::closed_line(corner.to_vec(), stroke));
            }
        }
        return;
    }
    if !mark.grows {
        let faint = ink.gamma_multiply(0.35);
        if let [only] = points.as_slice() {
            painter.circle_filled(*only, radius, faint);
        } else {
            painter.line(points.clone(), Stroke::new(2.0 * radius, faint));
        }
        painter.line(points, Stroke::new(1.5, ink));
        return;
    }
    for at in points {
        let arm = 5.0;
        painter.circle(
            at,
            8.0,
            Color32::from_black_alpha(140),
            Stroke::new(1.5, ink),
        );
        let across = Rect::from_center_size(at, vec2(2.0 * arm, 2.0));
        painter.rect_filled(across, CornerRadius::ZERO, ink);
        if mark.side == MarkSide::Add {
            let down = Rect::from_center_size(at, vec2(2.0, 2.0 * arm));
            painter.rect_filled(down, CornerRadius::ZERO, ink);
        }
    }
}

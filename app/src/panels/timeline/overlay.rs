//! What floats over the tracks while something is being done: where things came from, what they snapped to, how far
//! they went, the selecting rectangle, the name being typed.

use super::{
    Renamed, TimelinePanelState,
    drag::{Drag, Grab, edge_of},
    geometry::visible_items,
    hit::Lanes,
    names,
};
use crate::{action::Action, view::View};
use av::{FrameCount, FrameIndex};
use egui::{
    FontId, Key, Painter, Pos2, Rangef, Rect, Shape, Stroke, StrokeKind, TextEdit, Ui, pos2, vec2,
};
use std::collections::BTreeSet;
use timeline::{Edit, ItemId, edit::Edge};

/// A rectangle of dashes.
pub(super) fn dashed_rect(painter: &Painter, rect: Rect, stroke: Stroke) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.extend(Shape::dashed_line(&corners, stroke, 4.0, 3.0));
}

/// Draws what a running drag needs to be understood.
pub(super) fn paint_drag(
    painter: &Painter,
    view: &View<'_>,
    lanes: &Lanes<'_>,
    drag: &Drag,
    pos: Pos2,
) {
    let color = &view.theme.color;
    let inside = painter.with_clip_rect(lanes.rect);
    match &drag.grab {
        Grab::Move { items, .. } => {
            let stroke = Stroke::new(1.0, color.text_faint);
            let moving: BTreeSet<&ItemId> = items.iter().collect();
            let visible = lanes.scale.visible(lanes.rect.width());
            for track in &drag.base.tracks {
                let Some(row) = lanes.rows.of(track.id) else {
                    continue;
                };
                let shown = visible_items(&track.items, visible).iter();
                for item in shown.filter(|item| moving.contains(&item.id)) {
                    let rect = lanes.item_rect(row, item.range()).shrink(0.5);
                    dashed_rect(&inside, rect.intersect(lanes.rect.expand(4.0)), stroke);
                }
            }
        }
        Grab::Band { from_y, .. } => {
            let band = band(lanes, drag, *from_y, pos);
            inside.rect_filled(band, 2.0, color.accent.gamma_multiply(0.15));
            inside.rect_stroke(
                band,
                2.0,
                Stroke::new(1.0, color.accent),
                StrokeKind::Inside,
            );
        }
        _ => {}
    }
    if let Some(target) = drag.snapped {
        let x = lanes.scale.x_from_frame(target.frame).round() + 0.5;
        let whole = lanes.ruler.union(lanes.rect);
        let painter = painter.with_clip_rect(whole);
        painter.vline(
            x,
            whole.center().y..=whole.bottom(),
            Stroke::new(1.0, color.snap),
        );
        painter.vline(x, lanes.rect.y_range(), Stroke::new(1.0, color.snap));
        let tip = |y: f32, down: f32| {
            let points = vec![pos2(x - 4.0, y), pos2(x + 4.0, y), pos2(x, y + down)];
            painter.add(Shape::convex_polygon(points, color.snap, Stroke::NONE));
        };
        tip(lanes.rect.top(), 5.0);
        tip(lanes.rect.bottom(), -5.0);
    }
    if let Some(lines) = readout(view, drag) {
        tooltip(painter, view, lanes, &lines, pos);
    }
}

/// The rectangle between where a band began and the pointer.
pub(super) fn band(lanes: &Lanes<'_>, drag: &Drag, from_y: f32, pos: Pos2) -> Rect {
    // From frames, not from the pointer: the lanes may have scrolled meanwhile.
    let from_x = (f64::from(lanes.scale.origin_x)
        + (drag.from - lanes.scale.left_frame) * lanes.scale.px_per_frame) as f32;
    Rect::from_two_pos(pos2(from_x, from_y), pos)
}

/// Where the dragged thing really is now and how far it went, read from the document, not from the pointer.
fn readout(view: &View<'_>, drag: &Drag) -> Option<[String; 2]> {
    let rate = view.rate();
    let moved = |before: FrameIndex, now: FrameIndex| {
        let delta = names::signed_timecode(now - before, rate);
        [names::timecode(now, rate), delta]
    };
    let edge_moved = |item: ItemId, edge: Edge| {
        let before = edge_of(&drag.base, item, edge)?;
        Some(moved(before, edge_of(view.sequence(), item, edge)?))
    };
    match &drag.grab {
        Grab::Scrub | Grab::Band { .. } => None,
        Grab::Marker { marker, from } => {
            let markers = &view.sequence().markers;
            let now = markers.iter().find(|now| now.id == *marker)?;
            Some(moved(*from, now.frame))
        }
        Grab::Mark { edge, from } => {
            let sequence = view.sequence();
            let now = match edge {
                Edge::Start => sequence.mark_in,
                Edge::End => sequence.mark_out,
            };
            Some(moved(*from, now?))
        }
        Grab::Move { items, .. } => edge_moved(*items.first()?, Edge::Start),
        Grab::Slide { item } => edge_moved(*item, Edge::Start),
        Grab::Roll { left } => edge_moved(*left, Edge::End),
        Grab::Trim { item, edge, .. } => trim_readout(view, drag, *item, *edge),
        Grab::Slip { item } => {
            let by = match &drag.last {
                Some(Edit::Slip { by, .. }) => *by,
                _ => FrameCount::ZERO,
            };
            let (_, item) = view.sequence().item(*item)?;
            let start = item.media().map(|clip| clip.source_start);
            let start = rate.frame_from_ticks(start.unwrap_or_default());
            Some([
                names::timecode(start, rate),
                names::signed_timecode(by, rate),
            ])
        }
        Grab::Fade { item, edge } => {
            let (track, item) = view.sequence().item(*item)?;
            let fades = super::fades::Fades::of(item, track.kind)?;
            let (name, length) = match edge {
                Edge::Start => ("Fade in", fades.start),
                Edge::End => ("Fade out", fades.end),
            };
            Some([name.to_owned(), names::timecode(FrameIndex(length.0), rate)])
        }
        Grab::Transition { transition, .. } => {
            let tracks = view.sequence().tracks.iter();
            let mut transitions = tracks.flat_map(|track| &track.transitions);
            let now = transitions.find(|now| now.id == transition.id)?;
            let length = FrameIndex((now.before + now.after).0);
            let split = format!("{} + {} frames", now.before, now.after);
            Some([names::timecode(length, rate), split])
        }
    }
}

/// A trim tells the edge's change and the length that comes of it; a ripple at the start moves no edge.
fn trim_readout(view: &View<'_>, drag: &Drag, item: ItemId, edge: Edge) -> Option<[String; 2]> {
    let rate = view.rate();
    let (_, before) = drag.base.item(item)?;
    let (_, now) = view.sequence().item(item)?;
    let longer = now.count - before.count;
    if let Some(wish) = drag.wish(view.sequence()) {
        let length = names::timecode(FrameIndex(wish.count.0), rate);
        return Some([format!("{length} to make"), wish.label.clone()]);
    }
    let delta = match edge {
        Edge::Start => -longer,
        Edge::End => longer,
    };
    let length = names::timecode(FrameIndex(now.count.0), rate);
    Some([
        names::signed_timecode(delta, rate),
        format!("Length {length}"),
    ])
}

fn tooltip(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>, lines: &[String; 2], pos: Pos2) {
    let theme = view.theme;
    let main = painter.layout_no_wrap(lines[0].clone(), theme.mono(), theme.color.text);
    let font = FontId::monospace(theme.text.tiny);
    let more = painter.layout_no_wrap(lines[1].clone(), font, theme.color.text_weak);
    let size = vec2(
        main.size().x.max(more.size().x) + 16.0,
        main.size().y + more.size().y + 9.0,
    );
    let whole = lanes.ruler.union(lanes.rect);
    let mut rect = Rect::from_min_size(pos + vec2(14.0, -size.y - 10.0), size);
    let push_x = (whole.right() - rect.right()).min(0.0);
    let push_y = (whole.top() - rect.top()).max(0.0);
    rect = rect.translate(vec2(push_x, push_y));
    painter.rect_filled(rect.translate(vec2(0.0, 2.0)), 5.0, theme.color.shadow);
    painter.rect(
        rect,
        theme.radius.control,
        theme.color.raised,
        Stroke::new(1.0, theme.color.line_strong),
        StrokeKind::Inside,
    );
    let at = rect.min + vec2(8.0, 4.0);
    let below = at + vec2(0.0, main.size().y + 1.0);
    painter.galley(at, main, theme.color.text);
    painter.galley(below, more, theme.color.text_weak);
}

/// Marks where an edge would be grabbed: a bright bar inside the item.
pub(super) fn paint_edge(
    painter: &Painter,
    view: &View<'_>,
    lanes: &Lanes<'_>,
    x: f32,
    y: Rangef,
    edge: Edge,
) {
    let color = view.theme.color.accent;
    let painter = painter.with_clip_rect(lanes.rect);
    let inward = match edge {
        Edge::Start => 1.0,
        Edge::End => -1.0,
    };
    let bar = Rect::from_x_y_ranges(
        Rangef::new(x.min(x + 3.0 * inward), x.max(x + 3.0 * inward)),
        y,
    );
    painter.rect_filled(bar, 1.0, color);
}

/// The field in which a name is typed. Enter and leaving it keep the name, Esc forgets it.
pub(super) fn rename_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelinePanelState,
    rect: Rect,
    actions: &mut Vec<Action>,
) {
    let Some(rename) = &mut state.rename else {
        return;
    };
    let field = TextEdit::singleline(&mut rename.text)
        .font(view.theme.font(view.theme.text.small))
        .margin(egui::Margin::symmetric(4, 2));
    let response = ui.put(rect, field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "New name"));
    if !rename.has_begun {
        response.request_focus();
        rename.has_begun = true;
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        state.rename = None;
    } else if response.lost_focus() {
        let edit = rename_edit(view, rename.what, rename.text.trim());
        actions.extend(edit.map(|edit| Action::Apply { edit }));
        state.rename = None;
    }
}

/// The edit that gives a thing this name; `None` if it has it already.
fn rename_edit(view: &View<'_>, what: Renamed, text: &str) -> Option<Edit> {
    let label = text.to_owned();
    match what {
        Renamed::Item(item) => {
            let (_, now) = view.sequence().item(item)?;
            (now.label != text).then_some(Edit::SetLabel { item, label })
        }
        Renamed::Track(track) => {
            let now = view.sequence().track(track)?;
            (now.label != text).then_some(Edit::RenameTrack { track, label })
        }
        Renamed::Marker(marker) => {
            let mut markers = view.sequence().markers.iter();
            let now = markers.find(|now| now.id == marker)?;
            let color = now.color;
            (now.label != text).then_some(Edit::SetMarker {
                marker,
                label,
                color,
            })
        }
    }
}

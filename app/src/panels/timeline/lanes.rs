//! The tracks: grounds, gaps, every item that shows with its accessible name, transitions, and blocks where items are
//! too narrow to tell apart.

use super::{
    geometry::visible_items,
    hit::{Hit, Lanes, TransitionPart},
    item_paint::{Brush, Emphasis},
    metrics::{ITEM_MIN_PX, NAMED_ITEMS_MAX},
    names,
    rows::Row,
};
use crate::{view::View, widgets::waveform::Reductions};
use av::{FrameIndex, FrameRange};
use egui::{Id, Painter, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};
use std::collections::BTreeMap;
use timeline::{Item, ItemId, Track, Transition, TransitionKind};

/// What was clicked among the named items.
#[derive(Default)]
pub(super) struct Clicks {
    /// Clicked with the main button, or asked for by an assistive tool.
    pub primary: Option<ItemId>,
    /// Clicked twice.
    pub double: Option<ItemId>,
    /// Clicked with the other button.
    pub secondary: Option<ItemId>,
}

impl Clicks {
    fn note(&mut self, item: ItemId, response: &Response) {
        if response.double_clicked() {
            self.double = Some(item);
        } else if response.clicked() {
            self.primary = Some(item);
        }
        if response.secondary_clicked() {
            self.secondary = Some(item);
        }
    }
}

/// What stays the same for every track while they are drawn.
pub(super) struct Stage<'a> {
    pub view: &'a View<'a>,
    pub lanes: &'a Lanes<'a>,
    /// What lies under the pointer.
    pub hover: Hit,
}

/// Draws every track and says what was clicked.
pub(super) fn lanes_ui(ui: &mut Ui, stage: &Stage<'_>, waveforms: &mut Reductions) -> Clicks {
    let clip = stage.lanes.rect;
    let painter = ui.painter_at(clip);
    let mut clicks = Clicks::default();
    let mut named = 0;
    for row in &stage.lanes.rows.list {
        if row.y.max < clip.top() || row.y.min > clip.bottom() {
            continue;
        }
        let track = &stage.lanes.sequence.tracks[row.index];
        ground(&painter, stage, row, track);
        let brush = Brush {
            painter: &painter,
            view: stage.view,
            lanes: stage.lanes,
            row,
            track,
            clip,
        };
        let visible = stage.lanes.scale.visible(clip.width());
        let items = visible_items(&track.items, visible);
        let mut block: Option<Rect> = None;
        for item in items {
            let rect = brush.rect(item);
            if rect.width() < ITEM_MIN_PX {
                block = Some(join(&brush, block, rect, item));
                continue;
            }
            flush(&brush, block.take());
            let emphasis = emphasis(stage, track, item);
            brush.item(item, emphasis, waveforms);
            if named < NAMED_ITEMS_MAX {
                named += 1;
                let response = named_item(ui, stage.view, &row.name, item, rect.intersect(clip));
                clicks.note(item.id, &response);
            }
        }
        flush(&brush, block);
        transitions(&brush, stage, visible);
    }
    clicks
}

/// Joins an item that is too narrow to be seen to the block before it, or begins a new one.
fn join(brush: &Brush<'_>, block: Option<Rect>, rect: Rect, item: &Item) -> Rect {
    match block {
        Some(block) if rect.left() - block.right() <= 1.5 => block.union(rect),
        other => {
            flush(brush, other);
            let color = brush.grounds(item).header;
            brush.painter.rect_filled(rect, 0.0, color);
            rect
        }
    }
}

fn flush(brush: &Brush<'_>, block: Option<Rect>) {
    let Some(block) = block else { return };
    let color = &brush.view.theme.color;
    let ink = match brush.row.kind {
        timeline::TrackKind::Audio => color.audio_header,
        timeline::TrackKind::Video => color.video_header,
        timeline::TrackKind::Caption => color.title_header,
    };
    brush.painter.rect_filled(block, 1.0, ink);
}

fn emphasis(stage: &Stage<'_>, track: &Track, item: &Item) -> Emphasis {
    let is_hovered = match stage.hover {
        Hit::Item { item: under, .. } => under == item.id,
        Hit::Cut { left, right, .. } => left == item.id || right == item.id,
        _ => false,
    };
    Emphasis {
        is_selected: stage.view.selection.items.contains(&item.id),
        is_hovered: is_hovered && !track.is_locked && !stage.view.is_in_gesture,
    }
}

/// A node that assistive tools and tests find; it takes clicks and leaves drags to the lanes behind it.
fn named_item(ui: &Ui, view: &View<'_>, track: &str, item: &Item, rect: Rect) -> Response {
    let response = ui.interact(rect, item_id(item.id), Sense::click());
    let is_selected = view.selection.items.contains(&item.id);
    response.widget_info(|| {
        let name = names::accessible(view, track, item);
        WidgetInfo::selected(Role::ListBoxOption, true, is_selected, name)
    });
    response
}

/// The widget of an item.
pub(super) fn item_id(item: ItemId) -> Id {
    Id::unique(("timeline item", item))
}

fn ground(painter: &Painter, stage: &Stage<'_>, row: &Row, track: &Track) {
    let theme = stage.view.theme;
    let rect = Rect::from_x_y_ranges(stage.lanes.rect.x_range(), row.y);
    painter.rect_filled(rect, 0.0, theme.color.sunken);
    if track.is_locked {
        let stroke = Stroke::new(1.0, theme.color.line);
        stripes(painter, rect, stroke);
    }
    let selected = stage.view.selection.gap.filter(|(of, _)| *of == track.id);
    let hovered = match stage.hover {
        Hit::Gap { track: of, range } if of == track.id => Some((of, range)),
        _ => None,
    };
    if let Some((_, range)) = hovered.filter(|gap| selected != Some(*gap)) {
        let gap = stage
            .lanes
            .item_rect(row, range)
            .shrink2(egui::vec2(1.0, 0.0));
        painter.rect_filled(gap, theme.radius.small, theme.color.panel);
    }
    if let Some((_, range)) = selected {
        let gap = stage
            .lanes
            .item_rect(row, range)
            .shrink2(egui::vec2(1.0, 0.0));
        painter.rect_filled(gap, theme.radius.small, theme.color.accent_weak);
        let stroke = Stroke::new(1.0, theme.color.accent);
        super::overlay::dashed_rect(painter, gap.intersect(stage.lanes.rect.expand(4.0)), stroke);
        let text = egui::FontId::proportional(theme.text.tiny);
        let label = names::timecode(av::FrameIndex(range.count.0), stage.view.rate());
        let galley = painter.layout_no_wrap(label, text, theme.color.text);
        if galley.size().x + 8.0 < gap.width() {
            let at = gap.center() - galley.size() / 2.0;
            painter.galley(at, galley, theme.color.text);
        }
    }
}

/// Thin slanted lines: nothing here can be edited.
fn stripes(painter: &Painter, rect: Rect, stroke: Stroke) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        painter.line_segment(
            [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())],
            stroke,
        );
        x += 12.0;
    }
}

/// Draws the transitions at cuts that show, and at the first one after them.
fn transitions(brush: &Brush<'_>, stage: &Stage<'_>, visible: FrameRange) {
    let track = brush.track;
    if track.transitions.is_empty() {
        return;
    }
    let shown = visible_items(&track.items, visible);
    let next = track
        .items
        .partition_point(|item| item.start < visible.end());
    let cuts: BTreeMap<ItemId, FrameIndex> = shown
        .iter()
        .chain(track.items.get(next))
        .map(|item| (item.id, item.start))
        .collect();
    for transition in &track.transitions {
        let Some(cut) = cuts.get(&transition.right) else {
            continue;
        };
        let rect = stage.lanes.transition_rect(brush.row, transition, *cut);
        if rect.intersects(brush.clip) && rect.width() >= ITEM_MIN_PX {
            paint_transition(brush, stage, transition, rect);
        }
    }
}

fn paint_transition(brush: &Brush<'_>, stage: &Stage<'_>, transition: &Transition, rect: Rect) {
    let theme = brush.view.theme;
    let is_selected = brush.view.selection.transition == Some(transition.id);
    let is_hovered =
        matches!(stage.hover, Hit::Transition { transition: under, .. } if under == transition.id);
    let rect = rect.shrink2(egui::vec2(0.5, 1.0));
    let painter = brush.painter;
    let ground = if is_hovered || is_selected {
        theme.color.raised
    } else {
        theme.color.panel
    };
    painter.rect_filled(rect, theme.radius.small, ground.gamma_multiply(0.82));
    let ink = theme.color.text_on_item.gamma_multiply(0.75);
    let stroke = Stroke::new(1.2, ink);
    let fill = ink.gamma_multiply(0.22);
    let (tl, tr) = (rect.left_top(), rect.right_top());
    let (bl, br) = (rect.left_bottom(), rect.right_bottom());
    match transition.kind {
        TransitionKind::Dissolve => {
            painter.add(Shape::convex_polygon(vec![tl, bl, br], fill, Stroke::NONE));
            painter.line_segment([tl, br], stroke);
            painter.line_segment([bl, tr], stroke);
        }
        TransitionKind::Dip(rgba) => {
            let low = rect.center_bottom();
            let color = crate::theme::color_from_rgba(rgba);
            painter.add(Shape::convex_polygon(
                vec![tl, tr, low],
                color,
                Stroke::NONE,
            ));
            painter.line_segment([tl, low], stroke);
            painter.line_segment([low, tr], stroke);
        }
        TransitionKind::Wipe(_) => {
            painter.add(Shape::convex_polygon(vec![bl, br, tr], fill, Stroke::NONE));
            painter.line_segment([bl, tr], stroke);
        }
    }
    let (width, color) = if is_selected {
        (2.0, theme.color.selection)
    } else {
        (1.0, ink)
    };
    painter.rect_stroke(
        rect,
        theme.radius.small,
        Stroke::new(width, color),
        egui::StrokeKind::Inside,
    );
}

/// How the pointer looks over a part of a transition.
pub(super) fn transition_cursor(part: TransitionPart) -> egui::CursorIcon {
    match part {
        TransitionPart::Body => egui::CursorIcon::Grab,
        TransitionPart::Trim(_) => egui::CursorIcon::ResizeHorizontal,
    }
}

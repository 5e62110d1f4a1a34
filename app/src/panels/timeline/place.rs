//! Media carried over from the bin: where it would lie, drawn before it is let go.

use super::{hit::Lanes, names, snap::SnapTargets};
use crate::{action::Action, panels::DraggedAsset, view::View};
use av::{FrameCount, FrameIndex, FrameRange};
use egui::{
    Align2, DragAndDrop, FontId, Painter, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Ui,
    pos2, vec2,
};
use std::collections::BTreeSet;
use timeline::{Asset, TrackId, TrackKind};

/// Draws the ghost of what is carried, and places it when it is let go. Held Ctrl inserts, else it overwrites.
pub(super) fn drop_ui(
    ui: &Ui,
    view: &View<'_>,
    lanes: &Lanes<'_>,
    (response, tolerance): (&Response, FrameCount),
    actions: &mut Vec<Action>,
) {
    let Some(carried) = DragAndDrop::payload::<DraggedAsset>(ui.ctx()) else {
        return;
    };
    let Some(pos) = ui.input(|input| input.pointer.latest_pos()) else {
        return;
    };
    if !lanes.rect.contains(pos) {
        return;
    }
    let Some(asset) = view.document.assets.find(carried.0) else {
        return;
    };
    let is_insert = ui.input(|input| input.modifiers.command);
    let range = ghost_range(view, lanes, asset, pos, tolerance);
    let track = lanes.rows.at(pos.y).map(|row| row.track);
    let painter = ui.painter();
    paint_ghost(painter, view, lanes, (asset, track), range);
    if is_insert {
        paint_insert(painter, view, lanes, range.start);
    }
    ui.set_cursor_icon(egui::CursorIcon::Copy);
    let is_dropped = response.dnd_release_payload::<DraggedAsset>().is_some();
    if is_dropped {
        actions.push(Action::PlaceAsset {
            asset: carried.0,
            track,
            at: range.start,
            is_insert,
        });
    }
}

/// How many frames an asset takes when all of it is placed.
pub(super) fn asset_count(view: &View<'_>, asset: &Asset) -> FrameCount {
    let ticks = if asset.info.is_still {
        av::Ticks::from_seconds_fraction(super::metrics::STILL_SECONDS, 1)
    } else {
        asset.info.duration
    };
    view.rate().count_from_ticks(ticks).max(FrameCount::ONE)
}

fn ghost_range(
    view: &View<'_>,
    lanes: &Lanes<'_>,
    asset: &Asset,
    pos: Pos2,
    tolerance: FrameCount,
) -> FrameRange {
    let count = asset_count(view, asset);
    let start = lanes.scale.border_from_x(pos.x).max(FrameIndex::ZERO);
    let edges = [start, start + count];
    let targets = SnapTargets::new(view.sequence(), Some(view.playhead), &BTreeSet::new());
    let by = targets.snap(&edges, FrameCount::ZERO, tolerance).delta;
    FrameRange::new((start + by).max(FrameIndex::ZERO), count)
}

fn paint_ghost(
    painter: &Painter,
    view: &View<'_>,
    lanes: &Lanes<'_>,
    (asset, under): (&Asset, Option<TrackId>),
    range: FrameRange,
) {
    let color = &view.theme.color;
    let painter = painter.with_clip_rect(lanes.rect);
    for kind in [TrackKind::Video, TrackKind::Audio] {
        if !asset.suits(kind) {
            continue;
        }
        // The same choice as the edit makes: the track under the pointer, else the first that takes it.
        let under = lanes
            .rows
            .list
            .iter()
            .find(|row| Some(row.track) == under && row.kind == kind);
        let first = lanes
            .rows
            .list
            .iter()
            .filter(|row| row.kind == kind && !lanes.sequence.tracks[row.index].is_locked);
        let Some(row) = under.or_else(|| first.min_by_key(|row| row.index)) else {
            continue;
        };
        let rect = lanes.item_rect(row, range);
        let ground = match kind {
            TrackKind::Audio => color.audio_header,
            TrackKind::Video | TrackKind::Caption => color.video_header,
        };
        painter.rect_filled(rect, view.theme.radius.small, ground.gamma_multiply(0.75));
        let stroke = Stroke::new(1.5, color.accent);
        painter.rect_stroke(rect, view.theme.radius.small, stroke, StrokeKind::Inside);
        let text = rect.intersect(lanes.rect).left_top() + vec2(6.0, 3.0);
        let font = FontId::proportional(view.theme.text.tiny);
        painter.with_clip_rect(rect.intersect(lanes.rect)).text(
            text,
            Align2::LEFT_TOP,
            &asset.name,
            font,
            color.text_on_item,
        );
    }
    let font = FontId::monospace(view.theme.text.tiny);
    let label = names::timecode(range.start, view.rate());
    let galley = painter.layout_no_wrap(label, font, color.text);
    let at = pos2(
        lanes.scale.x_from_frame(range.start) + 4.0,
        lanes.rect.top() + 3.0,
    );
    let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
    painter.rect_filled(ground, 3.0, color.raised);
    painter.galley(at, galley, color.text);
}

/// Two chevrons along a line: everything behind it makes room.
fn paint_insert(painter: &Painter, view: &View<'_>, lanes: &Lanes<'_>, at: FrameIndex) {
    let x = lanes.scale.x_from_frame(at).round() + 0.5;
    let painter = painter.with_clip_rect(lanes.rect);
    let stroke = Stroke::new(2.0, view.theme.color.accent);
    painter.vline(x, lanes.rect.y_range(), stroke);
    for row in &lanes.rows.list {
        let y = row.y.center();
        let points = vec![
            pos2(x + 4.0, y - 6.0),
            pos2(x + 10.0, y),
            pos2(x + 4.0, y + 6.0),
        ];
        painter.add(Shape::line(points, stroke));
    }
}

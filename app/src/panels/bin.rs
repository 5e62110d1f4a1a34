//! The media of the project: what it is, how long it is, whether it is where it was.

use crate::{
    action::Action,
    limits::BIN_STRIP_PICTURES,
    panels::DraggedAsset,
    selection::Selection,
    theme::Theme,
    view::View,
    widgets::{
        control::{ButtonSpec, action_button_ui, badge_paint, empty_ui},
        icon::Icon,
    },
};
use av::{Ticks, Timecode};
use egui::{
    Align, Color32, CornerRadius, Layout, Rect, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;
use timeline::{Asset, Edit};

/// Width of a card before it is stretched to fill the row.
const CARD_WIDTH: f32 = 132.0;

/// Height of the two lines below a picture.
const CAPTION_HEIGHT: f32 = 38.0;

/// What the bin remembers.
#[derive(Debug, Default)]
pub struct BinState {
    /// What names must hold to be listed.
    pub search: String,
}

/// Draws the bin.
pub fn bin_ui(ui: &mut Ui, view: &View<'_>, state: &mut BinState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        let import = ButtonSpec::text("Import")
            .with_icon(Icon::Plus)
            .named("Import media");
        action_button_ui(ui, view, import, Action::ImportMedia, actions);
        let search = TextEdit::singleline(&mut state.search)
            .hint_text("Search")
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, theme.size.control))
            .align(egui::Align2::LEFT_CENTER)
            .background_color(theme.color.sunken);
        ui.add(search)
            .widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search media"));
    });
    ui.add_space(theme.space.small);
    let needle = state.search.to_lowercase();
    let assets: Vec<_> = view
        .document
        .assets
        .iter()
        .filter(|asset| asset.name.to_lowercase().contains(&needle))
        .collect();
    if assets.is_empty() {
        if view.document.assets.is_empty() {
            let hint = "Press Import, or drop files anywhere on the window";
            empty_ui(ui, theme, Icon::Film, "No media yet", hint);
        } else {
            empty_ui(
                ui,
                theme,
                Icon::Search,
                "Nothing by that name",
                "Search for something else",
            );
        }
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let gap = theme.space.medium;
        let columns = ((ui.available_width() + gap) / (CARD_WIDTH + gap))
            .floor()
            .max(1.0);
        let width = ((ui.available_width() + gap) / columns - gap).floor();
        for row in assets.chunks(columns as usize) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                for asset in row {
                    card_ui(ui, view, asset, width, actions);
                }
            });
        }
    });
}

fn card_ui(
    ui: &mut Ui,
    view: &View<'_>,
    asset: &Arc<Asset>,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let picture_height = (width * 9.0 / 16.0).round();
    let size = vec2(width, picture_height + CAPTION_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let is_selected = view.selection.asset == Some(asset.id);
    let is_offline = view.offline.contains(&asset.id);
    let name = accessible_name(asset, view, is_offline);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    if ui.is_rect_visible(rect) {
        let picture = Rect::from_min_size(rect.min, vec2(width, picture_height));
        let ground = if is_selected {
            theme.color.accent_weak
        } else if response.hovered() {
            theme.color.hover
        } else {
            theme.color.raised
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(theme.radius.control), ground);
        picture_paint(ui, view, asset, picture, &response);
        badges_paint(ui, view, asset, picture, is_offline);
        caption_paint(ui, view, asset, rect, picture_height);
        if is_selected {
            let stroke = Stroke::new(1.5, theme.color.accent);
            let radius = CornerRadius::same(theme.radius.control);
            ui.painter()
                .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
    }
    listen(ui, &response, asset, actions);
    response.dnd_set_drag_payload(DraggedAsset(asset.id));
    if response.dragged() {
        drag_ghost_paint(ui, theme, &asset.name);
    }
    response.on_hover_text(details(asset));
}

fn listen(_ui: &Ui, response: &Response, asset: &Asset, actions: &mut Vec<Action>) {
    let select = || Action::Select {
        selection: Selection::of_asset(asset.id),
    };
    if response.double_clicked() {
        actions.push(Action::AppendAsset { asset: asset.id });
    } else if response.clicked() || response.drag_started() {
        actions.push(select());
    }
    response.context_menu(|ui| {
        let mut entry = |ui: &mut Ui, text: &str, action: Vec<Action>| {
            if ui.button(text).clicked() {
                actions.extend(action);
                ui.close();
            }
        };
        let asset = asset.id;
        entry(
            ui,
            "Append to the timeline",
            vec![Action::AppendAsset { asset }],
        );
        entry(
            ui,
            Action::InsertAsset.text(),
            vec![select(), Action::InsertAsset],
        );
        entry(
            ui,
            Action::OverwriteAsset.text(),
            vec![select(), Action::OverwriteAsset],
        );
        ui.separator();
        entry(ui, "Find the file…", vec![Action::Relink { asset }]);
    });
}

/// The picture; while the pointer moves over it, the moment that it points at.
fn picture_paint(ui: &Ui, view: &View<'_>, asset: &Asset, rect: Rect, response: &Response) {
    let theme = view.theme;
    let radius = CornerRadius {
        sw: 0,
        se: 0,
        ..CornerRadius::same(theme.radius.control)
    };
    ui.painter().rect_filled(rect, radius, theme.color.viewer);
    if asset.info.video.is_none() {
        Icon::Wave.paint(
            ui.painter(),
            rect,
            rect.height() * 0.5,
            theme.color.waveform,
        );
        return;
    }
    let duration = asset.info.duration;
    let part = response.hover_pos().map_or(1, |pointer| {
        let across = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 0.999);
        (across * BIN_STRIP_PICTURES as f32) as i64
    });
    let time = Ticks(duration.0 / BIN_STRIP_PICTURES * part);
    match view.pictures.thumbnail(asset.id, time) {
        Some(texture) => {
            let [width, height] = texture.size().map(|side| side as f32);
            let scale = (rect.width() / width).min(rect.height() / height);
            let place = Rect::from_center_size(rect.center(), vec2(width, height) * scale);
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter()
                .image(texture.id(), place, whole, Color32::WHITE);
        }
        None => Icon::Film.paint(
            ui.painter(),
            rect,
            rect.height() * 0.3,
            theme.color.line_strong,
        ),
    }
    if response.hovered() && duration > Ticks::ZERO {
        let x = rect.left() + rect.width() * (part as f32 + 0.5) / BIN_STRIP_PICTURES as f32;
        let stroke = Stroke::new(1.0, theme.color.playhead);
        ui.painter().vline(x, rect.y_range(), stroke);
    }
}

fn badges_paint(ui: &Ui, view: &View<'_>, asset: &Asset, picture: Rect, is_offline: bool) {
    let color = &view.theme.color;
    let mut at = picture.left_top() + vec2(4.0, 4.0);
    let mut badge = |text: &str, colors| {
        let rect = badge_paint(ui, view.theme, at, text, colors);
        at.x = rect.right() + 4.0;
    };
    if is_offline {
        badge("Offline", (color.error_weak, color.error));
    }
    if asset.is_generated {
        badge("Generated", (color.generated_weak, color.generated));
    }
}

fn caption_paint(ui: &Ui, view: &View<'_>, asset: &Asset, rect: Rect, picture_height: f32) {
    let theme = view.theme;
    let left = rect.left() + theme.space.small + 2.0;
    let width = rect.width() - 2.0 * (left - rect.left());
    let top = rect.top() + picture_height;
    let line = |text: String, y: f32, size: f32, ink: Color32| {
        let mut job = egui::text::LayoutJob::simple_singleline(text, theme.font(size), ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width);
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(left, y), galley, ink);
    };
    line(
        asset.name.clone(),
        top + 4.0,
        theme.text.small,
        theme.color.text,
    );
    line(
        kind_line(asset, view),
        top + 20.0,
        theme.text.tiny,
        theme.color.text_faint,
    );
}

/// What carries the name of a dragged asset.
fn drag_ghost_paint(ui: &Ui, theme: &Theme, name: &str) {
    let Some(pointer) = ui.ctx().pointer_latest_pos() else {
        return;
    };
    let layer = egui::LayerId::new(egui::Order::Tooltip, egui::Id::unique("dragged asset"));
    let painter = ui.ctx().layer_painter(layer);
    let galley = painter.layout_no_wrap(
        name.to_owned(),
        theme.font(theme.text.small),
        theme.color.text_on_accent,
    );
    let rect = Rect::from_min_size(pointer + vec2(12.0, 8.0), galley.size() + vec2(14.0, 8.0));
    painter.rect_filled(
        rect,
        CornerRadius::same(theme.radius.control),
        theme.color.accent,
    );
    let place = Layout::left_to_right(Align::Center).align_size_within_rect(galley.size(), rect);
    painter.galley(
        pos2(rect.center().x - galley.size().x / 2.0, place.top()),
        galley,
        theme.color.text_on_accent,
    );
}

fn kind_line(asset: &Asset, view: &View<'_>) -> String {
    let info = &asset.info;
    if info.is_still {
        let size = info.video.as_ref().map(|video| video.size.to_string());
        return format!("Still · {}", size.unwrap_or_default());
    }
    let rate = info.video.as_ref().and_then(|video| video.rate);
    let rate = rate.unwrap_or_else(|| view.rate());
    let frames = rate.count_from_ticks(info.duration);
    let length = Timecode::from_frame(av::FrameIndex(frames.0), rate);
    match &info.video {
        Some(video) => format!("{length} · {}", video.size),
        None => format!("{length} · sound"),
    }
}

fn accessible_name(asset: &Asset, view: &View<'_>, is_offline: bool) -> String {
    let mut name = format!("Media {}, {}", asset.name, kind_line(asset, view));
    if is_offline {
        name.push_str(", offline");
    }
    if asset.is_generated {
        name.push_str(", generated");
    }
    name
}

fn details(asset: &Asset) -> String {
    let info = &asset.info;
    let mut lines = vec![asset.name.clone(), info.container.clone()];
    if let Some(video) = &info.video {
        let rate = video.rate.map_or_else(
            || "variable rate".to_owned(),
            |rate| format!("{:.3} frames a second", rate.fps_for_display()),
        );
        let rate = if info.is_still {
            String::new()
        } else {
            format!(", {rate}")
        };
        lines.push(format!("{} {}{rate}", video.codec, video.size));
    }
    if let Some(audio) = &info.audio {
        lines.push(format!(
            "{}, {} Hz, {} channels",
            audio.codec, audio.sample_rate, audio.channels
        ));
    }
    lines.push(asset.path.display().to_string());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Gives an asset another name.
pub fn rename_edit(asset: &Asset, name: String) -> Edit {
    Edit::RenameAsset {
        asset: asset.id,
        name,
    }
}

//! How the sequence becomes a file.

use crate::{
    action::Action,
    panels::inspector::rate_text,
    project::Project,
    view::View,
    widgets::{
        control::{ButtonSpec, CardSpec, Weight, button_ui, card_ui, weak_ui},
        field::{name_it, row_ui},
        icon::Icon,
    },
};
use av::{FrameRange, ScanSize, Timecode};
use egui::{Align, ComboBox, Layout, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use runtime::{ExportRequest, PresetInfo, export_presets};
use std::path::PathBuf;
use timeline::{Document, Sequence};

/// Width of the list of presets.
const LIST_WIDTH: f32 = 270.0;

/// Heights that are offered besides the sequence's own.
const HEIGHTS: [u32; 5] = [2160, 1440, 1080, 720, 480];

/// Which frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportRange {
    /// All of them.
    Whole,
    /// Between the marks.
    Marked,
}

/// What the dialog remembers.
#[derive(Debug)]
pub struct ExportState {
    presets: Vec<PresetInfo>,
    chosen: usize,
    range: ExportRange,
    size: Option<ScanSize>,
    /// Where to.
    pub path: String,
}

impl ExportState {
    /// An export of this document, beside the project or into the user's folder of films.
    pub fn new(document: &Document, name: &str, project: &Project) -> Self {
        let presets = export_presets();
        let folder = project
            .path
            .as_deref()
            .and_then(|path| path.parent().map(PathBuf::from))
            .or_else(|| {
                let user = directories::UserDirs::new()?;
                let films = user.video_dir().map(PathBuf::from);
                Some(films.unwrap_or_else(|| user.home_dir().to_owned()))
            })
            .unwrap_or_default();
        let mut state = Self {
            presets,
            chosen: 0,
            range: ExportRange::Whole,
            size: None,
            path: folder.join(name).to_string_lossy().into_owned(),
        };
        if document.sequence.marked_range().is_some() {
            state.range = ExportRange::Marked;
        }
        state.follow_preset();
        state
    }

    fn preset(&self) -> Option<&PresetInfo> {
        self.presets.get(self.chosen)
    }

    /// Gives the path the ending of the preset's files.
    fn follow_preset(&mut self) {
        let Some(ending) = self.preset().map(|preset| preset.extension.clone()) else {
            return;
        };
        let known = |ending: &str| self.presets.iter().any(|preset| preset.extension == ending);
        let mut path = PathBuf::from(&self.path);
        // A dot in a project's name is no ending.
        let old = path
            .extension()
            .map(|old| old.to_string_lossy().into_owned());
        if old.is_some_and(|old| known(&old)) {
            path.set_extension("");
        }
        let mut text = path.to_string_lossy().into_owned();
        if !ending.is_empty() {
            text.push('.');
            text.push_str(&ending);
        }
        self.path = text;
    }

    fn frames(&self, sequence: &Sequence) -> FrameRange {
        match self.range {
            ExportRange::Whole => sequence.range(),
            ExportRange::Marked => sequence.marked_range().unwrap_or(sequence.range()),
        }
    }

    fn request(&self, sequence: &Sequence) -> Option<ExportRequest> {
        let preset = self.preset()?;
        Some(ExportRequest {
            path: PathBuf::from(&self.path),
            preset: preset.name.clone(),
            range: match self.range {
                ExportRange::Whole => None,
                ExportRange::Marked => sequence.marked_range(),
            },
            size: self.size,
            encoding: runtime::Encoding::default(),
        })
    }
}

/// Draws the dialog's content.
pub fn export_ui(ui: &mut Ui, view: &View<'_>, state: &mut ExportState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    ui.set_width(720.0);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(
            vec2(LIST_WIDTH, 380.0),
            Layout::top_down(Align::Min),
            |ui| {
                ui.set_width(LIST_WIDTH);
                presets_ui(ui, view, state);
            },
        );
        ui.add_space(theme.space.large);
        ui.vertical(|ui| {
            settings_ui(ui, view, state, actions);
        });
    });
    ui.add_space(theme.space.medium);
    ui.separator();
    ui.add_space(theme.space.small);
    ui.horizontal(|ui| {
        summary_ui(ui, view, state);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_ready = !state.path.trim().is_empty();
            let spec = ButtonSpec::text("Export")
                .with_icon(Icon::Export)
                .weight(Weight::Primary)
                .named("Start export")
                .enabled(is_ready);
            if button_ui(ui, theme, spec).clicked()
                && let Some(request) = state.request(view.sequence())
            {
                actions.push(Action::Export { request });
            }
            if button_ui(ui, theme, ButtonSpec::text("Cancel")).clicked() {
                actions.push(Action::CloseDialog {});
            }
        });
    });
}

fn presets_ui(ui: &mut Ui, view: &View<'_>, state: &mut ExportState) {
    let mut clicked = None;
    ScrollArea::vertical()
        .max_height(380.0)
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = view.theme.space.small;
            for (index, preset) in state.presets.iter().enumerate() {
                if preset_ui(ui, view, preset, index == state.chosen) {
                    clicked = Some(index);
                }
            }
        });
    if let Some(index) = clicked {
        state.chosen = index;
        state.follow_preset();
    }
}

fn preset_ui(ui: &mut Ui, view: &View<'_>, preset: &PresetInfo, is_chosen: bool) -> bool {
    let icon = match (preset.has_video, preset.has_audio) {
        (true, true) => Icon::Film,
        (true, false) => Icon::Picture,
        (false, _) => Icon::Wave,
    };
    let card = CardSpec {
        icon,
        title: &preset.label,
        text: &preset.description,
        name: &format!("Preset {}", preset.label),
        is_chosen,
    };
    let response = card_ui(ui, view.theme, &card);
    response.on_hover_text(&preset.description).clicked()
}

fn settings_ui(ui: &mut Ui, view: &View<'_>, state: &mut ExportState, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let sequence = view.sequence();
    if let Some(preset) = state.preset() {
        ui.label(
            RichText::new(&preset.label)
                .size(theme.text.title)
                .color(theme.color.text),
        );
        weak_ui(ui, theme, &preset.description);
        ui.add_space(theme.space.medium);
    }
    row_ui(ui, theme, "Frames", |ui| {
        let whole = ButtonSpec::text("Whole sequence").on(state.range == ExportRange::Whole);
        if button_ui(ui, theme, whole).clicked() {
            state.range = ExportRange::Whole;
        }
        let marked = ButtonSpec::text("Marked range")
            .on(state.range == ExportRange::Marked)
            .enabled(sequence.marked_range().is_some());
        if button_ui(ui, theme, marked).clicked() {
            state.range = ExportRange::Marked;
        }
    });
    if state.preset().is_some_and(|preset| preset.has_video) {
        row_ui(ui, theme, "Picture size", |ui| {
            size_ui(ui, state, sequence.size);
        });
    }
    row_ui(ui, theme, "File", |ui| {
        let field = TextEdit::singleline(&mut state.path)
            .desired_width(ui.available_width() - 4.0)
            .min_size(vec2(0.0, theme.size.control))
            .align(egui::Align2::LEFT_CENTER);
        let response = ui.add(field);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Export path");
            info.current_text_value = Some(state.path.clone());
            info
        });
    });
    row_ui(ui, theme, "", |ui| {
        let spec = ButtonSpec::text("Choose…")
            .with_icon(Icon::Folder)
            .named("Choose export path");
        if button_ui(ui, theme, spec).clicked() {
            let suggestion = PathBuf::from(&state.path);
            actions.push(Action::ChooseExportPath { suggestion });
        }
    });
}

fn size_ui(ui: &mut Ui, state: &mut ExportState, own: ScanSize) {
    let text = |size: ScanSize| format!("{}×{}", size.width, size.height);
    let own_text = format!("As the sequence · {}", text(own));
    let shown = state.size.map_or_else(|| own_text.clone(), text);
    let combo = ComboBox::from_id_salt("export size")
        .selected_text(shown)
        .width(ui.available_width().min(240.0))
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut state.size, None, own_text);
            for size in scaled_sizes(own) {
                ui.selectable_value(&mut state.size, Some(size), text(size));
            }
        });
    name_it(ui, &combo.response, "Export size");
}

/// The sequence's shape at the usual heights (of the shorter side), with even sides.
fn scaled_sizes(own: ScanSize) -> Vec<ScanSize> {
    let shorter = own.width.min(own.height);
    let sizes = HEIGHTS.into_iter().filter(|height| *height != shorter);
    let scaled = sizes.map(|height| {
        let side = |side: u32| {
            let scaled = u64::from(side) * u64::from(height) * 2 + u64::from(shorter);
            ((scaled / (u64::from(shorter) * 2)) as u32).next_multiple_of(2)
        };
        ScanSize::new(side(own.width), side(own.height))
    });
    scaled.filter(|size| size.is_usable()).collect()
}

/// One line that says what will be written.
fn summary_ui(ui: &mut Ui, view: &View<'_>, state: &ExportState) {
    let sequence = view.sequence();
    let frames = state.frames(sequence);
    let length = Timecode::from_frame(av::FrameIndex(frames.count.0), sequence.rate);
    let size = state.size.unwrap_or(sequence.size);
    let mut text = format!("{} frames · {length}", frames.count);
    if state.preset().is_some_and(|preset| preset.has_video) {
        text = format!(
            "{text} · {}×{} · {}",
            size.width,
            size.height,
            rate_text(sequence.rate)
        );
    }
    weak_ui(ui, view.theme, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offered_sizes_keep_the_shape() {
        assert!(scaled_sizes(ScanSize::new(1280, 720)).contains(&ScanSize::new(1920, 1080)));
        assert!(scaled_sizes(ScanSize::new(1080, 1920)).contains(&ScanSize::new(720, 1280)));
        let sizes = scaled_sizes(ScanSize::new(640, 360));
        assert!(
            sizes
                .iter()
                .all(|size| size.width % 2 == 0 && size.height % 2 == 0)
        );
    }
}

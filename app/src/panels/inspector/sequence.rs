//! Settings of the sequence, shown while nothing is selected.

use super::{picture::choose_ui, section_ui, title::color_button_ui};
use crate::{
    action::Action,
    view::View,
    widgets::{control::weak_ui, field::row_ui},
};
use av::{FrameRate, ScanSize, Timecode};
use egui::Ui;
use timeline::Edit;

/// Shapes of the picture that are offered.
const SIZES: [(ScanSize, &str); 9] = [
    (ScanSize::new(3840, 2160), "4K 16:9"),
    (ScanSize::new(1920, 1080), "1080p 16:9"),
    (ScanSize::new(1280, 720), "720p 16:9"),
    (ScanSize::new(1080, 1920), "Upright 9:16"),
    (ScanSize::new(720, 1280), "Upright 9:16, small"),
    (ScanSize::new(1080, 1080), "Square 1:1"),
    (ScanSize::new(1080, 1350), "Portrait 4:5"),
    (ScanSize::new(2560, 1080), "Wide 21:9"),
    (ScanSize::new(640, 360), "Draft 16:9"),
];

/// Draws size, rate and background.
pub fn sequence_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let sequence = view.sequence();
    section_ui(ui, theme, "Sequence");
    row_ui(ui, theme, "Picture", |ui| {
        let now = sequence.size;
        let is_usual = SIZES.iter().any(|(size, _)| *size == now);
        let labels: Vec<(ScanSize, String)> = SIZES
            .iter()
            .map(|(size, name)| (*size, format!("{name} · {}×{}", size.width, size.height)))
            .chain((!is_usual).then(|| (now, format!("{}×{}", now.width, now.height))))
            .collect();
        let choices: Vec<_> = labels
            .iter()
            .map(|(size, label)| (*size, label.as_str()))
            .collect();
        if let Some(size) = choose_ui(ui, "Picture size", now, &choices) {
            actions.push(Action::Apply {
                edit: Edit::SetSize { size },
            });
        }
    });
    row_ui(ui, theme, "Frame rate", |ui| {
        let now = sequence.rate;
        let mut rates = FrameRate::COMMON.to_vec();
        if !rates.contains(&now) {
            rates.push(now);
        }
        let labels: Vec<_> = rates.iter().map(|rate| (*rate, rate_text(*rate))).collect();
        let choices: Vec<_> = labels
            .iter()
            .map(|(rate, label)| (*rate, label.as_str()))
            .collect();
        if let Some(rate) = choose_ui(ui, "Frame rate", now, &choices) {
            actions.push(Action::Apply {
                edit: Edit::SetRate { rate },
            });
        }
    });
    row_ui(ui, theme, "Background", |ui| {
        color_button_ui(
            ui,
            "Sequence background",
            sequence.background,
            actions,
            |color| Edit::SetSequenceBackground { color },
        );
    });
    row_ui(ui, theme, "Length", |ui| {
        let end = Timecode::from_frame(sequence.range().end(), sequence.rate);
        weak_ui(ui, theme, end.to_string());
    });
    ui.add_space(theme.space.large);
    weak_ui(
        ui,
        theme,
        "Select a clip to change how it looks and sounds.",
    );
}

/// Frames a second, for people.
pub fn rate_text(rate: FrameRate) -> String {
    let fps = rate.fps_for_display();
    if rate.den() == 1 {
        format!("{fps:.0} fps")
    } else {
        format!("{fps:.3} fps")
    }
}

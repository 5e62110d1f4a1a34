//! Frames of a clip that something went wrong with, and the offer to make them anew.

use super::timeline::names::timecode;
use crate::{
    action::Action,
    view::View,
    widgets::control::{ButtonSpec, Weight, button_ui, weak_ui},
};
use av::FrameRange;
use egui::{ScrollArea, Ui};
use runtime::inspect::Finding;
use timeline::TrackId;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageState {
    /// The track that the clip lies on.
    pub track: TrackId,
    /// What people call the clip.
    pub name: String,
    /// What was found and is not being made anew yet.
    pub findings: Vec<Finding>,
}

/// Draws the list; returns whether nothing is left to decide.
pub fn damage_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut DamageState,
    actions: &mut Vec<Action>,
) -> bool {
    let theme = view.theme;
    ui.set_width(460.0);
    weak_ui(
        ui,
        theme,
        format!(
            "\"{}\": press a time to look at it there. What is made anew is a new piece on the same track; \
             undo brings the old frames back.",
            state.name
        ),
    );
    ui.add_space(theme.space.small);
    let mut wanted: Vec<FrameRange> = Vec::new();
    ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
        for finding in &state.findings {
            ui.horizontal(|ui| {
                let at = timecode(finding.range.start, view.rate());
                let spec = ButtonSpec::text(&at).weight(Weight::Quiet);
                if button_ui(ui, theme, spec).clicked() {
                    actions.push(Action::Seek {
                        frame: finding.range.start,
                    });
                }
                let frames = finding.range.count.0;
                let plural = if frames == 1 { "" } else { "s" };
                ui.label(finding.kind.label());
                weak_ui(ui, theme, format!("{frames} frame{plural}"));
                let name = format!("Retake {at}");
                let spec = ButtonSpec::text("Retake").named(&name);
                if button_ui(ui, theme, spec).clicked() {
                    wanted.push(finding.range);
                }
            });
        }
    });
    ui.add_space(theme.space.small);
    let text = format!("Retake all {}", state.findings.len());
    let spec = ButtonSpec::text(&text)
        .weight(Weight::Primary)
        .named("Retake all");
    if button_ui(ui, theme, spec).clicked() {
        wanted = state.findings.iter().map(|finding| finding.range).collect();
    }
    if wanted.is_empty() {
        return false;
    }
    state
        .findings
        .retain(|finding| !wanted.contains(&finding.range));
    actions.push(Action::Retake {
        track: state.track,
        ranges: wanted,
    });
    state.findings.is_empty()
}

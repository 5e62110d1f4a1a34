//! Long work: how far it is, how long it will take, what came of it.

use crate::{
    action::Action,
    jobs::{Job, JobKind, JobState},
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, action_button_ui, button_ui, empty_ui, weak_ui},
        icon::Icon,
    },
};
use egui::{
    Align, Color32, CornerRadius, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use runtime::JobProgress;
use std::time::Duration;

/// Height of a progress bar.
const BAR_HEIGHT: f32 = 6.0;

/// Most that a preview takes of the list's height.
const PREVIEW_HEIGHT: f32 = 180.0;

/// Draws the list.
pub fn jobs_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    if view.jobs.iter().next().is_none() && !view.jobs.is_paused {
        let hint = "Exports and everything a model makes show here";
        empty_ui(ui, view.theme, Icon::Jobs, "No jobs", hint);
        return;
    }
    if !view.jobs.open().is_empty() || view.jobs.is_paused {
        hold_ui(ui, view, actions);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let mut place = 0;
        let waiting = view
            .jobs
            .open()
            .iter()
            .filter(|job| job.state == JobState::Waiting);
        let waiting = waiting.count();
        for job in view.jobs.iter() {
            view.theme.card_frame().show(ui, |ui| {
                ui.set_width(ui.available_width());
                let is_waiting = job.state == JobState::Waiting;
                job_ui(
                    ui,
                    view,
                    job,
                    is_waiting.then_some((place, waiting)),
                    actions,
                );
                place += usize::from(is_waiting);
            });
        }
    });
}

/// Holds the queue, or lets it go on.
fn hold_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    ui.horizontal(|ui| {
        let (icon, text) = if view.jobs.is_paused {
            (Icon::Play, "Resume queue")
        } else {
            (Icon::Pause, "Hold queue")
        };
        let spec = ButtonSpec::text(text)
            .with_icon(icon)
            .on(view.jobs.is_paused);
        action_button_ui(ui, view, spec, Action::ToggleQueue, actions);
    });
    if view.jobs.is_paused {
        weak_ui(
            ui,
            theme,
            "Held: nothing begins, and what runs stands at its next step",
        );
    }
}

fn job_ui(
    ui: &mut Ui,
    view: &View<'_>,
    job: &Job,
    place: Option<(usize, usize)>,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let color = &theme.color;
    ui.horizontal(|ui| {
        let (icon, ink) = match (&job.state, &job.kind) {
            (JobState::Done(_), _) => (Icon::Check, color.success),
            (JobState::Failed(_), _) => (Icon::Warning, color.error),
            (JobState::Cancelled, _) => (Icon::Close, color.text_faint),
            (_, JobKind::Export { .. }) => (Icon::Export, color.accent),
            (_, JobKind::Inspect { .. }) => (Icon::Search, color.accent),
            (_, JobKind::Captions { .. }) => (Icon::Text, color.accent),
            (_, JobKind::CleanSpeech { .. }) => (Icon::Speaker, color.accent),
            (_, JobKind::Generate { .. } | JobKind::Background { .. }) => {
                (Icon::Sparkle, color.generated)
            }
        };
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, theme.size.control), Sense::hover());
        icon.paint(ui.painter(), rect, theme.size.icon, ink);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            job_buttons_ui(ui, view, job, place, actions);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(&job.label).color(color.text);
                ui.add(egui::Label::new(text).truncate());
            });
        });
    });
    match &job.state {
        JobState::Waiting => {
            let next = place.is_some_and(|(place, _)| place == 0);
            weak_ui(ui, theme, if next { "Next" } else { "Waiting" });
        }
        JobState::Running(progress) => {
            job_progress_ui(ui, view, job, progress);
            if job.is_ahead {
                weak_ui(
                    ui,
                    theme,
                    "Nobody asked for it: it stops as soon as you do anything",
                );
            }
            preview_ui(ui, view, job);
        }
        JobState::Done(notes) => notes.iter().for_each(|note| {
            weak_ui(ui, theme, note);
        }),
        JobState::Failed(problem) => {
            let size = theme.text.small;
            ui.label(
                RichText::new(&problem.summary)
                    .size(size)
                    .color(color.error),
            );
            weak_ui(ui, theme, &problem.help);
        }
        JobState::Cancelled => {
            weak_ui(ui, theme, "Cancelled");
        }
    }
}

fn job_buttons_ui(
    ui: &mut Ui,
    view: &View<'_>,
    job: &Job,
    place: Option<(usize, usize)>,
    actions: &mut Vec<Action>,
) {
    let mut button = |ui: &mut Ui, icon, name: &str, is_enabled, action| {
        let spec = ButtonSpec::icon(icon, name).enabled(is_enabled);
        if button_ui(ui, view.theme, spec)
            .on_hover_text(name)
            .clicked()
        {
            actions.push(action);
        }
    };
    let id = job.id;
    if job.state.is_ended() {
        button(
            ui,
            Icon::Close,
            "Remove from the list",
            true,
            Action::DismissJob { job: id },
        );
        return;
    }
    button(
        ui,
        Icon::Close,
        "Cancel job",
        true,
        Action::CancelJob { job: id },
    );
    if let JobKind::Generate { .. } = job.kind {
        let replace = "Replace by what the item says now";
        button(
            ui,
            Icon::Reset,
            replace,
            true,
            Action::ReplaceJob { job: id },
        );
    }
    if let Some((place, waiting)) = place {
        let later = Action::MoveJob {
            job: id,
            to: place + 1,
        };
        button(ui, Icon::Down, "Later", place + 1 < waiting, later);
        let sooner = Action::MoveJob {
            job: id,
            to: place.saturating_sub(1),
        };
        button(ui, Icon::Up, "Sooner", place > 0, sooner);
    }
}

/// Draws how far a job is, and how long it will take.
pub fn job_progress_ui(ui: &mut Ui, view: &View<'_>, job: &Job, progress: &JobProgress) {
    let theme = view.theme;
    let part = part_of(progress);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    response.widget_info(|| {
        let name = format!("{}: {:.0} %", job.label, part * 100.0);
        WidgetInfo::labeled(Role::ProgressIndicator, true, name)
    });
    let ink = match job.kind {
        JobKind::Inspect { .. }
        | JobKind::Captions { .. }
        | JobKind::CleanSpeech { .. }
        | JobKind::Export { .. } => theme.color.accent,
        JobKind::Generate { .. } | JobKind::Background { .. } => theme.color.generated,
    };
    bar_paint(ui, rect, part, (theme.color.sunken, ink));
    ui.horizontal(|ui| {
        weak_ui(ui, theme, &progress.label);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let left = progress.eta.map(eta_text);
            let counted = format!("{} of {}", progress.done, progress.total);
            weak_ui(
                ui,
                theme,
                left.map_or(counted.clone(), |left| format!("{counted} · {left}")),
            );
        });
    });
}

/// The last rough picture of what a job is making.
fn preview_ui(ui: &mut Ui, view: &View<'_>, job: &Job) {
    let Some(preview) = view.pictures.preview(job.id) else {
        return;
    };
    let (wide, high) = (preview.size.width as f32, preview.size.height as f32);
    let width = ui.available_width();
    let size = vec2(width, (width * high / wide.max(1.0)).min(PREVIEW_HEIGHT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let name = format!("Preview of {}", job.label);
        WidgetInfo::labeled(Role::Image, true, name)
    });
    let scale = (rect.width() / wide).min(rect.height() / high);
    let place = Rect::from_center_size(rect.center(), vec2(wide, high) * scale);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().rect_filled(rect, 0.0, view.theme.color.sunken);
    ui.painter()
        .image(preview.texture.id(), place, whole, Color32::WHITE);
    weak_ui(ui, view.theme, "Rough preview, not the finished picture");
}

/// A bar with rounded ends.
pub fn bar_paint(ui: &Ui, rect: Rect, part: f32, (ground, ink): (Color32, Color32)) {
    let radius = CornerRadius::same((rect.height() / 2.0) as u8);
    ui.painter().rect_filled(rect, radius, ground);
    if part > 0.0 {
        let width = (rect.width() * part).max(rect.height());
        let filled = Rect::from_min_size(rect.min, vec2(width, rect.height()));
        ui.painter().rect_filled(filled, radius, ink);
    }
}

/// How much is done, 0 to 1.
pub fn part_of(progress: &JobProgress) -> f32 {
    if progress.total == 0 {
        return 0.0;
    }
    (progress.done as f32 / progress.total as f32).clamp(0.0, 1.0)
}

/// Time left, for people.
pub fn eta_text(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..60 => format!("{seconds} s left"),
        60..3600 => format!("{} min {:02} s left", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min left", seconds / 3600, seconds / 60 % 60),
    }
}

/// A quiet line for the bar at the bottom: what runs now and how far it is.
pub fn running_ui(ui: &mut Ui, view: &View<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let open = view.jobs.open();
    let Some(job) = open.first() else {
        return;
    };
    let more = match open.len() {
        1 => String::new(),
        count => format!(" (+{})", count - 1),
    };
    let spec = ButtonSpec::icon(Icon::Jobs, "Show jobs").weight(Weight::Quiet);
    if button_ui(ui, theme, spec).clicked() {
        actions.push(Action::ShowJobs);
    }
    if let JobState::Running(progress) = &job.state {
        let (rect, _) = ui.allocate_exact_size(vec2(90.0, 5.0), Sense::hover());
        bar_paint(
            ui,
            rect,
            part_of(progress),
            (theme.color.raised, theme.color.accent),
        );
    }
    weak_ui(ui, theme, format!("{}{more}", job.label));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_in_its_own_size() {
        let text = |seconds| eta_text(Duration::from_secs(seconds));
        assert_eq!(text(9), "9 s left");
        assert_eq!(text(61), "1 min 01 s left");
        assert_eq!(text(3_700), "1 h 01 min left");
    }
}

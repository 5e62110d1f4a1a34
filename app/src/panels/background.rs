//! What comes behind a clip's subject: the subject is found, corrected by hand where it is wrong, its edge finished, and
//! something else put behind it. All but finding shows at once.

pub mod brush;
mod correct;
mod fill;

pub use brush::brush_ui;

use super::{inspector::group_ui, jobs::job_progress_ui};
use crate::{
    action::Action,
    jobs::JobState,
    view::View,
    widgets::{
        control::{ButtonSpec, Weight, button_ui, empty_ui, heading_ui, weak_ui},
        field::{Number, row_ui, slider_ui},
        icon::Icon,
    },
};
use egui::{ScrollArea, Ui};
use timeline::{
    Background, BackgroundFill, Clip, Content, Document, Edit, Finish, Item, ItemId, MarkSide,
    MatteView, TrackKind,
};

/// What a fresh swap shows until something is chosen: what harms least.
const FIRST_FILL: BackgroundFill = BackgroundFill::Blur { radius: 0.03 };

/// What a press on the picture means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MatteTool {
    /// Nothing.
    #[default]
    None,
    /// The region round the point.
    Click,
    /// What the brush goes over.
    Brush,
    /// The box between press and release.
    Box,
}

/// What the panel remembers.
#[derive(Debug, Clone)]
pub struct BackgroundState {
    /// What the viewer shows of the swap.
    pub view: MatteView,
    /// What a press on the picture means.
    pub tool: MatteTool,
    /// Which side marks put their pixels on; Alt makes it the background.
    pub side: MarkSide,
    /// Diameter of the brush in percent of the picture's height.
    pub size_percent: f64,
    /// The words for a new background.
    pub prompt: String,
    /// The stroke being made, in parts of the clip's picture.
    pub stroke: Vec<[f64; 2]>,
    /// The side it was begun on.
    pub stroke_side: MarkSide,
    /// What the viewer was last told to show.
    pub told: Option<(ItemId, MatteView)>,
}

impl Default for BackgroundState {
    fn default() -> Self {
        Self {
            view: MatteView::Result,
            tool: MatteTool::None,
            side: MarkSide::Add,
            size_percent: 6.0,
            prompt: String::new(),
            stroke: Vec::new(),
            stroke_side: MarkSide::Add,
            told: None,
        }
    }
}

/// The selected clip that has a picture.
pub fn chosen_clip<'a>(view: &View<'a>) -> Option<(&'a Item, &'a Clip)> {
    let tracks = view.document.sequence.tracks.iter();
    let items = tracks
        .filter(|track| track.kind == TrackKind::Video)
        .flat_map(|track| &track.items);
    items
        .filter(|item| view.selection.items.contains(&item.id))
        .find_map(|item| match &item.content {
            Content::Clip(clip) => Some((item.as_ref(), clip)),
            Content::Title(_) | Content::Solid(_) | Content::Generated(_) => None,
        })
}

/// The view of the matte that the viewer is to show.
pub fn wanted_view(
    document: &Document,
    item: Option<ItemId>,
    state: &BackgroundState,
) -> Option<(ItemId, MatteView)> {
    let (_, item) = document.sequence.item(item?)?;
    let is_swapped = item.properties.background.is_some();
    (is_swapped && state.view != MatteView::Result).then_some((item.id, state.view))
}

/// Draws the panel.
pub fn background_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let Some((item, clip)) = chosen_clip(view) else {
        empty_ui(
            ui,
            theme,
            Icon::Sparkle,
            "No clip is selected",
            "Select a clip with a picture on the timeline to swap what lies behind its subject",
        );
        return;
    };
    ScrollArea::vertical().show(ui, |ui| {
        heading_ui(ui, theme, &item.label);
        job_ui(ui, view, item, actions);
        match &item.properties.background {
            None => find_ui(ui, view, item, actions),
            Some(background) => {
                let chosen = Chosen {
                    item,
                    clip,
                    background,
                };
                chosen_ui(ui, view, &chosen, state, actions);
            }
        }
    });
}

/// A clip whose background is swapped.
#[derive(Clone, Copy)]
struct Chosen<'a> {
    item: &'a Item,
    clip: &'a Clip,
    background: &'a Background,
}

fn chosen_ui(
    ui: &mut Ui,
    view: &View<'_>,
    chosen: &Chosen<'_>,
    state: &mut BackgroundState,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    show_ui(ui, view, state);
    group_ui(ui, theme, "Correct the subject", |ui| {
        correct::correct_ui(ui, view, chosen, state, actions);
    });
    group_ui(ui, theme, "Behind it", |ui| {
        fill::fill_ui(ui, view, chosen, state, actions);
    });
    group_ui(ui, theme, "Edge and light", |ui| {
        finish_ui(ui, view, chosen, actions);
    });
    ui.add_space(theme.space.small);
    let spec = ButtonSpec::text("Show the clip's own background").weight(Weight::Quiet);
    let tooltip = "Takes the swap away with its corrections; undo brings both back";
    if button_ui(ui, theme, spec).on_hover_text(tooltip).clicked() {
        actions.push(Action::Apply {
            edit: Edit::SetBackground {
                item: chosen.item.id,
                background: None,
            },
        });
    }
}

/// Work on this clip, while there is some.
fn job_ui(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let Some(job) = view.jobs.of_item(item.id) else {
        return;
    };
    ui.horizontal(|ui| {
        weak_ui(ui, theme, &job.label);
        let spec = ButtonSpec::text("Cancel").named("Cancel background work");
        if button_ui(ui, theme, spec).clicked() {
            actions.push(Action::CancelJob { job: job.id });
        }
    });
    if let JobState::Running(progress) = &job.state {
        job_progress_ui(ui, view, job, progress);
    } else {
        weak_ui(ui, theme, "Waiting for the work before it");
    }
    ui.add_space(theme.space.small);
}

fn find_ui(ui: &mut Ui, view: &View<'_>, item: &Item, actions: &mut Vec<Action>) {
    let theme = view.theme;
    weak_ui(
        ui,
        theme,
        "First the subject is found on every frame. Then you can look at it, correct it by hand, and choose \
         what comes behind. The clip's own file stays as it is.",
    );
    ui.add_space(theme.space.small);
    let spec = ButtonSpec::text("Find the subject")
        .with_icon(Icon::Sparkle)
        .weight(Weight::Primary)
        .enabled(view.jobs.of_item(item.id).is_none());
    if button_ui(ui, theme, spec).clicked() {
        actions.push(Action::SwapBackground {
            item: item.id,
            fill: FIRST_FILL,
        });
    }
}

/// What the viewer shows.
fn show_ui(ui: &mut Ui, view: &View<'_>, state: &mut BackgroundState) {
    row_ui(ui, view.theme, "Viewer", |ui| {
        for (matte_view, text, tooltip) in [
            (MatteView::Result, "Result", "The finished picture"),
            (
                MatteView::Overlay,
                "Overlay",
                "The clip itself, the subject tinted",
            ),
            (
                MatteView::Matte,
                "Matte",
                "White is subject, black is background",
            ),
        ] {
            let name = format!("Show {}", text.to_lowercase());
            let spec = ButtonSpec::text(text)
                .named(&name)
                .on(state.view == matte_view);
            if button_ui(ui, view.theme, spec)
                .on_hover_text(tooltip)
                .clicked()
            {
                state.view = matte_view;
            }
        }
    });
}

/// A setting of the edge: its name, its range in percent, and where it lies.
type Setting = (
    &'static str,
    std::ops::RangeInclusive<f64>,
    fn(&mut Finish) -> &mut f64,
);

fn finish_ui(ui: &mut Ui, view: &View<'_>, chosen: &Chosen<'_>, actions: &mut Vec<Action>) {
    let theme = view.theme;
    let settings: [Setting; 5] = [
        ("Feather", 0.0..=5.0, |finish| &mut finish.feather),
        ("Grow", -2.0..=2.0, |finish| &mut finish.grow),
        ("Spill", 0.0..=100.0, |finish| &mut finish.spill),
        ("Light wrap", 0.0..=100.0, |finish| &mut finish.wrap),
        ("Match color", 0.0..=100.0, |finish| &mut finish.match_color),
    ];
    let item = chosen.item.id;
    for (name, range, place) in settings {
        let mut finish = chosen.background.finish;
        let value = *place(&mut finish) * 100.0;
        let decimals = if *range.end() > 10.0 { 0 } else { 2 };
        let number = Number::new(name, range).unit(" %", decimals);
        row_ui(ui, theme, name, |ui| {
            slider_ui(ui, theme, value, &number, actions, |percent| {
                let mut finish = chosen.background.finish;
                *place(&mut finish) = percent / 100.0;
                Edit::SetFinish { item, finish }
            });
        });
    }
    weak_ui(
        ui,
        theme,
        "Feather and grow in percent of the picture's height. Spill takes the old background's color out of the edge; \
         light wrap lets the new one shine round it.",
    );
}

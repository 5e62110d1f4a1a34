//! Each action, and what it does.

use super::family::Family;
use crate::{
    action::Action,
    app::StudioApp,
    editor::FillTarget,
    panels::{
        Dialog, ExportState, LeftTab, RightTab, ViewerZoom, ZoomRequest, palette::PaletteState,
        timeline::Tool,
    },
    selection::Selection,
    settings::Settings,
};
use runtime::{Command, ExportRequest, JobId, JobRequest, Problem};
use std::sync::Arc;
use timeline::{AssetId, BackgroundFill, Document, Edit, ItemId};

/// How much one press of the zoom keys makes larger or smaller.
const ZOOM_STEP: f64 = 1.5;

/// Who asks for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Whoever sits before the window.
    Person,
    /// Nobody: it is made ahead.
    Nobody,
}

impl StudioApp {
    /// Does what was asked.
    pub fn apply_action(&mut self, ctx: &egui::Context, action: Action) {
        if let Some(tool) = Tool::of(&action) {
            self.panels.timeline.tool = tool;
            return;
        }
        match Family::of(&action) {
            Family::File => self.apply_file(ctx, action),
            Family::Playback => self.apply_playback(&action),
            Family::View => self.apply_view(ctx, action),
            Family::Take => self.apply_take(&action),
            Family::Ask => self.apply_ask(action),
            Family::Job => self.apply_job(ctx, action),
            Family::Edit => self.apply_edit(action),
        }
    }

    fn apply_edit(&mut self, action: Action) {
        match action {
            Action::Undo => self.editor.undo(),
            Action::Redo => self.editor.redo(),
            Action::GoToStep { steps } => self.editor.go_to(steps),
            Action::Copy => self.editor.copy(),
            Action::SelectAll => {
                let tracks = self.editor.document().sequence.tracks.iter();
                let items: Vec<ItemId> = tracks
                    .filter(|track| !track.is_locked)
                    .flat_map(|track| track.items.iter().map(|item| item.id))
                    .collect();
                let selection = Selection::of_items(self.editor.document(), items);
                self.editor.select(selection);
            }
            Action::Deselect => self.editor.select(Selection::default()),
            Action::Select { selection } => self.editor.select(selection),
            Action::Apply { edit } => self.edit(&edit),
            Action::BeginGesture { label } => self.editor.begin_gesture(&label),
            Action::UpdateGesture { edit } => self.editor.update_gesture(&edit),
            Action::CommitGesture {} => self.editor.commit_gesture(),
            Action::CancelGesture {} => self.editor.cancel_gesture(),
            Action::AppendAsset { asset } => self.edit(&self.editor.place_edit(asset, None, None)),
            Action::PlaceAsset {
                asset,
                track,
                at,
                is_insert,
            } => self.edit(&self.editor.place_edit(asset, track, Some((at, is_insert)))),
            verb => {
                if verb == Action::Cut {
                    self.editor.copy();
                }
                match self.editor.edit_for(&verb, self.transport.playhead) {
                    Some(edit) => self.edit(&edit),
                    None => self.tell_nothing_chosen(&verb),
                }
            }
        }
    }

    /// Applies one edit as one step; a refusal is told.
    pub(super) fn edit(&mut self, edit: &Edit) {
        let result = self.editor.edit(edit);
        self.tell(result);
    }

    fn tell_nothing_chosen(&mut self, action: &Action) {
        self.notices.problem(Problem::warning(
            format!("{}: nothing to work on", action.text()),
            "Select a clip or a gap, or put the playhead on a clip",
        ));
    }

    fn apply_view(&mut self, ctx: &egui::Context, action: Action) {
        let panels = &mut self.panels;
        match action {
            Action::ShowExport => self.show_export(),
            Action::ShowPreferences => self.show_preferences(),
            Action::ShowPalette => panels.dialog = Some(Dialog::Palette(PaletteState::default())),
            Action::ShowShortcuts => panels.dialog = Some(Dialog::Shortcuts(String::new())),
            Action::ShowAbout => panels.dialog = Some(Dialog::About),
            Action::ShowBackground => self.show_background(),
            Action::CloseDialog {} => panels.dialog = None,
            Action::ZoomIn => panels.timeline.request_zoom(ZoomRequest::By(ZOOM_STEP)),
            Action::ZoomOut => panels
                .timeline
                .request_zoom(ZoomRequest::By(1.0 / ZOOM_STEP)),
            Action::ZoomToFit => panels.timeline.request_zoom(ZoomRequest::Fit),
            Action::ViewerFit => panels.viewer.zoom = ViewerZoom::Fit,
            Action::ViewerActualSize => panels.viewer.zoom = ViewerZoom::ActualSize,
            Action::ToggleSafeAreas => panels.viewer.shows_safe_areas ^= true,
            Action::ToggleGrid => panels.viewer.shows_grid ^= true,
            Action::ToggleSnapping => {
                let is_snapping = !self.settings.is_snapping;
                self.change_settings(
                    ctx,
                    Settings {
                        is_snapping,
                        ..self.settings.clone()
                    },
                );
            }
            Action::ShowMedia => panels.left = LeftTab::Media,
            Action::ShowHistory => panels.left = LeftTab::History,
            Action::ShowStoryboard => panels.left = LeftTab::Storyboard,
            Action::ShowInspector => panels.right = RightTab::Inspector,
            Action::ShowJobs => panels.right = RightTab::Jobs,
            Action::ShowSeams => panels.right = RightTab::Seams,
            Action::ShowNotices => panels.right = RightTab::Notices,
            Action::ToggleFullscreen => {
                let is_full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(!is_full));
            }
            Action::DismissNotice { notice } => self.notices.dismiss(notice),
            Action::ChangeSettings { settings } => self.change_settings(ctx, settings),
            // `apply_action` sends nothing else here.
            _ => {}
        }
    }

    pub(super) fn change_settings(&mut self, ctx: &egui::Context, settings: Settings) {
        if settings == self.settings {
            return;
        }
        ctx.set_zoom_factor(settings.ui_scale);
        if settings.shows_previews != self.settings.shows_previews {
            let is_on = settings.shows_previews;
            self.send(Command::ShowPreviews { is_on });
        }
        self.settings = settings;
        let saved = self.settings.save(&self.project.home.settings_file());
        if let Err(error) = saved {
            self.notices.problem(
                Problem::warning(
                    "The preferences could not be written",
                    "They hold until Everframe is closed",
                )
                .with_cause(&error),
            );
        }
    }

    fn show_preferences(&mut self) {
        self.panels.dialog = Some(Dialog::Preferences);
        let folder = self.project.home.cache_folder.clone();
        let measured = self.errands.measure_cache(folder);
        self.tell(measured);
    }

    fn show_export(&mut self) {
        if self.editor.document().sequence.range().is_empty() {
            self.notices.problem(Problem::warning(
                "There is nothing to export",
                "Put something on the timeline first",
            ));
            return;
        }
        let state = ExportState::new(self.editor.document(), &self.project_name(), &self.project);
        self.panels.dialog = Some(Dialog::Export(Box::new(state)));
    }

    fn show_background(&mut self) {
        if crate::panels::background::chosen_clip(&self.view()).is_some() {
            self.panels.right = RightTab::Background;
        } else {
            self.notices.problem(Problem::warning(
                "No clip is selected whose background could be swapped",
                "Select a video clip or a picture on the timeline",
            ));
        }
    }

    fn apply_job(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::FillGap => match self.editor.fill_target(self.transport.playhead) {
                Some(target) => self.fill(target),
                None => self.notices.problem(Problem::warning(
                    "There is nothing to fill here",
                    "Select a gap between two clips, or mark a damaged range with I and O",
                )),
            },
            Action::CaptionClip => self.caption_clip(),
            Action::WriteCaptions { item, language } => self.write_captions(ctx, item, language),
            Action::CleanSpeech => self.clean_speech(),
            Action::Fill { track, range } => self.fill(FillTarget::Range { track, range }),
            Action::SwapBackground { item, fill } => self.swap_background(item, fill),
            Action::MakeBackdrop { item, prompt } => self.make_backdrop(item, prompt),
            Action::Export { request } => self.export(request),
            Action::CancelJob { job } => self.send(Command::Cancel { job }),
            Action::MoveJob { job, to } => {
                self.jobs.move_to(job, to);
                self.send(Command::MoveJob { job, to });
            }
            Action::ShowModels => self.show_models(),
            Action::OrderModels { order } => self.order_models(order),
            Action::StopModels {} => self.send(Command::StopModels),
            Action::ChooseModelFiles {} => {
                let asked = self.errands.choose_model_files();
                self.tell(asked);
            }
            Action::ChooseModelsFolder {} => {
                let asked = self.errands.choose_models_folder();
                self.tell(asked);
            }
            Action::ReplaceJob { job } => self.replace_job(job),
            Action::ToggleQueue => self.hold_queue(!self.jobs.is_paused),
            Action::DismissJob { job } => self.jobs.dismiss(job),
            // `apply_action` sends nothing else here.
            _ => {}
        }
    }

    fn fill(&mut self, target: FillTarget) {
        let result = self.editor.place_fill(target);
        let Some(item) = self.tell(result) else {
            return;
        };
        let job = self.queue(JobRequest::Generate { item });
        if job.is_none() {
            // Nobody will make it: it is only wished for.
            let result = self.editor.end_request(item, false);
            self.tell(result);
        }
    }

    fn swap_background(&mut self, item: ItemId, fill: BackgroundFill) {
        self.queue(JobRequest::Background { item, fill });
    }

    fn make_backdrop(&mut self, item: ItemId, prompt: String) {
        let recipe = Box::new(timeline::Recipe {
            prompt,
            ..timeline::Recipe::default()
        });
        self.queue(JobRequest::Backdrop { item, recipe });
    }

    fn export(&mut self, request: ExportRequest) {
        self.panels.dialog = None;
        self.queue(JobRequest::Export(request));
    }

    /// Puts a job into the queue, on the document as it is now; `None` if the engine did not take it.
    pub(super) fn queue(&mut self, request: JobRequest) -> Option<JobId> {
        let document = Arc::clone(self.editor.document());
        self.queue_on(request, document)
    }

    /// Puts a job into the queue, on a document of its own.
    pub(super) fn queue_on(
        &mut self,
        request: JobRequest,
        document: Arc<Document>,
    ) -> Option<JobId> {
        self.queue_as(request, document, Asker::Person)
    }

    /// The same, by whoever asks for it.
    pub(super) fn queue_as(
        &mut self,
        request: JobRequest,
        document: Arc<Document>,
        asker: Asker,
    ) -> Option<JobId> {
        self.sync_document();
        let (kind, label) = self.job_kind(&request);
        let job = self.jobs.add(kind, label);
        let sent = self.engine.send(match (asker, request) {
            (Asker::Nobody, JobRequest::Generate { item }) => Command::QueueAhead {
                job,
                item,
                document,
            },
            (Asker::Nobody | Asker::Person, request) => Command::Queue {
                job,
                request,
                document,
            },
        });
        if let Err(problem) = sent {
            self.jobs
                .end(job, crate::jobs::JobState::Failed(problem.clone()));
            self.notices.problem(problem);
            return None;
        }
        // The background's own panel shows its work.
        if self.panels.right != RightTab::Background {
            self.panels.right = RightTab::Jobs;
        }
        Some(job)
    }

    /// The asset's name, for people.
    pub(super) fn asset_name(&self, asset: AssetId) -> String {
        let found = self.editor.document().assets.find(asset);
        found.map_or_else(String::new, |asset| asset.name.clone())
    }
}

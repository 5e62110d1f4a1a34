//! Projects opened and saved, media brought in and found again, the window closed.

use crate::{
    action::Action,
    app::{NEW_NAME, StudioApp, new_document},
    errand::Returned,
    panels::{Dialog, LeftTab, Panels},
    selection::Selection,
    transport::Transport,
};
use av::{Fingerprint, FrameIndex};
use runtime::{
    Command, Problem, models::desk::ModelOrder, project_file::OpenedProject,
    queue_file::StoredQueue,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use timeline::{Asset, AssetId, Document, Edit, edit::Property};

impl StudioApp {
    /// Everything about files.
    pub(super) fn apply_file(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::NewProject | Action::OpenProject | Action::OpenPath { .. } | Action::Quit
                if self.would_lose() =>
            {
                self.panels.dialog = Some(Dialog::Unsaved(Box::new(action)));
            }
            Action::DiscardAnd { then } => {
                self.panels.dialog = None;
                self.forget_recovery();
                self.editor.replace(new_document(), "New project");
                self.apply_file(ctx, *then);
            }
            Action::NewProject => {
                self.forget_recovery();
                self.open_document(new_document(), None, false, "New project");
            }
            Action::OpenProject => self.errand(|app| app.errands.choose_project()),
            Action::OpenPath { path } => self.open_path(path),
            Action::OpenDemoProject => self.open_demo(),
            Action::SaveProject => self.save(),
            Action::SaveProjectAs => self.choose_save(),
            Action::ImportMedia => self.errand(|app| app.errands.choose_media()),
            Action::ImportPaths { paths } => self.import_paths(paths),
            Action::ImportCaptions => self.errand(|app| app.errands.choose_captions()),
            Action::ExportCaptions => self.export_captions(),
            Action::RelinkMedia => self.panels.dialog = Some(Dialog::Relink),
            Action::Relink { asset } => {
                let name = self.asset_name(asset);
                self.errand(|app| app.errands.choose_relink(asset, &name));
            }
            Action::ForgetRecent { path } => {
                // Whether the list could be written shows when the program starts again; nothing else hangs on it.
                self.project.forget(&path).ok();
            }
            Action::Recover { path } => {
                self.panels.dialog = None;
                self.errand(|app| app.errands.open(path, true));
            }
            Action::ChooseExportPath { suggestion } => {
                self.errand(|app| app.errands.choose_export(&suggestion));
            }
            Action::OpenStoryboard => self.errand(|app| app.errands.choose_storyboard()),
            Action::SaveStoryboard { text } => {
                self.errand(|app| app.errands.choose_storyboard_save(text));
            }
            Action::ChooseLook { item } => self.errand(|app| app.errands.choose_look(item)),
            Action::Quit => self.panels.is_quitting = true,
            Action::SaveAnd { then } => {
                self.panels.dialog = None;
                self.project.after_save = Some(*then);
                self.save();
            }
            // `apply_action` sends nothing else here.
            _ => {}
        }
        if self.panels.is_quitting {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// Whether something would be lost if the project were left now.
    fn would_lose(&self) -> bool {
        let document = self.editor.document();
        let is_empty = document.assets.is_empty() && document.sequence.range().is_empty();
        // A project with a place of its own is written by autosave, at the latest when the engine is let go.
        let is_kept = self.project.path.is_some() && !self.project.is_read_only;
        self.editor.is_unsaved() && !is_empty && !is_kept
    }

    pub(super) fn errand(&mut self, start: impl FnOnce(&Self) -> Result<(), Problem>) {
        let started = start(self);
        self.tell(started);
    }

    /// Reads a project file and shows it when it is there.
    pub(crate) fn open_path(&mut self, path: PathBuf) {
        self.errand(|app| app.errands.open(path, false));
    }

    fn open_demo(&mut self) {
        let wait =
            "The first time it is put together here, with a filled gap and a swapped background";
        self.notices
            .success("Preparing the demo project…", vec![wait.to_owned()], None);
        self.errand(|app| app.errands.make_demo());
    }

    fn save(&mut self) {
        if self.project.is_read_only {
            self.notices.problem(Problem::warning(
                "This project was made by a newer Everframe and is open for looking only",
                "Save it under another name; what this version does not know is left out there",
            ));
            return;
        }
        match self.project.path.clone() {
            Some(path) => self.save_to(path),
            None => self.choose_save(),
        }
    }

    fn choose_save(&mut self) {
        let name = self.project_name();
        self.errand(|app| app.errands.choose_save(&name));
    }

    /// Writes the project file there.
    pub fn save_to(&mut self, path: PathBuf) {
        self.sync_document();
        self.project.is_read_only = false;
        let document = Arc::clone(self.editor.document());
        let revision = self.editor.revision();
        self.send(Command::Save {
            path,
            document,
            revision,
        });
    }

    /// Takes in what dialogs and reads brought.
    pub(super) fn drain_errands(&mut self) {
        while let Some(returned) = self.errands.try_recv() {
            match returned {
                Returned::Media(paths) => self.import_paths(paths),
                Returned::Project(path) => self.open_path(path),
                Returned::Demo(Ok(path)) => {
                    self.apply_action(&egui::Context::default(), Action::OpenPath { path });
                }
                Returned::Demo(Err(problem)) => self.notices.problem(problem),
                Returned::Opened {
                    path,
                    result,
                    queue,
                    is_recovery,
                } => self.take_opened(path, (result, queue), is_recovery),
                Returned::SaveTo(path) => self.save_to(path),
                Returned::ExportTo(path) => {
                    if let Some(Dialog::Export(state)) = &mut self.panels.dialog {
                        state.path = path.to_string_lossy().into_owned();
                    }
                }
                Returned::Look { item, result } => {
                    if let Some(look) = self.tell(result) {
                        self.edit(&Edit::SetProperty {
                            items: vec![item],
                            property: Property::Look(Some(look)),
                        });
                    }
                }
                Returned::Storyboard(Ok(board)) => {
                    self.panels.storyboard.board = *board;
                    self.panels.left = LeftTab::Storyboard;
                }
                Returned::Storyboard(Err(problem)) | Returned::Written(Err(problem)) => {
                    self.notices.problem(problem);
                }
                Returned::Written(Ok(path)) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let text = format!("Wrote {name}");
                    self.notices.success(text, Vec::new(), Some(path.clone()));
                }
                Returned::Captions { path, result } => self.take_subtitles(&path, result),
                Returned::Relink { asset, path } => self.begin_relink(asset, path),
                Returned::ModelFiles(path) => {
                    let paths = vec![path];
                    self.order_models(ModelOrder::Adopt { paths });
                }
                Returned::ModelsFolder(to) => self.move_models(to),
                Returned::DesktopSilent(why) => self.tell_desktop_is_silent(why),
                Returned::Offline(offline) => self.project.offline = offline,
                Returned::CacheBytes(bytes) => self.project.cache_bytes = Some(bytes),
            }
        }
    }

    fn take_opened(
        &mut self,
        path: PathBuf,
        (result, queue): (Result<OpenedProject, Problem>, Result<StoredQueue, Problem>),
        is_recovery: bool,
    ) {
        let Some(opened) = self.tell(result) else {
            return;
        };
        if is_recovery {
            self.open_document(opened.document, None, false, "Recovered");
            self.editor.mark_unsaved();
            if let Some(queue) = self.tell(queue) {
                self.resume_queue(queue);
            }
            return;
        }
        // Whether the list could be written shows when the program starts again; nothing else hangs on it.
        self.project.remember(&path).ok();
        let is_read_only = opened.is_read_only;
        self.open_document(opened.document, Some(path), is_read_only, "Open");
        if is_read_only {
            self.notices.problem(Problem::warning(
                "This project was made by a newer Everframe",
                "It is open for looking only; save it under another name to go on with it",
            ));
        } else if let Some(queue) = self.tell(queue) {
            self.resume_queue(queue);
        }
    }

    /// Shows another document, as the project at `path`.
    pub(crate) fn open_document(
        &mut self,
        document: Document,
        path: Option<PathBuf>,
        is_read_only: bool,
        label: &str,
    ) {
        // The engine puts them aside when it is told of the other project; they go on when this one is opened again.
        self.jobs.forget_all();
        self.send(Command::Pause);
        self.editor.replace(document, label);
        self.panels.compare = None;
        self.sync_compare();
        self.pictures.clear();
        self.transport = Transport::default();
        self.panels = Panels {
            is_test: self.panels.is_test,
            models: std::mem::take(&mut self.panels.models),
            ..Panels::default()
        };
        self.project.moved_to(path.clone(), is_read_only);
        // A project that must not be written has no place that autosave could write to.
        let place = if is_read_only { None } else { path };
        self.send(Command::SetProject { path: place });
        self.sync_document();
        self.inbox.project_opened(self.editor.revision());
        self.seek(FrameIndex::ZERO);
        self.look_for_offline();
    }

    /// Looks, away from the window's thread, which media is missing.
    pub(crate) fn look_for_offline(&mut self) {
        let assets = self.editor.document().assets.iter();
        let files: Vec<_> = assets
            .map(|asset| (asset.id, self.project.locate(&asset.path)))
            .collect();
        if !files.is_empty() {
            self.errand(|app| app.errands.find_offline(files));
        }
    }

    fn begin_relink(&mut self, asset: AssetId, path: PathBuf) {
        let Some(known) = self.editor.document().assets.find(asset) else {
            return;
        };
        self.project
            .relinks
            .insert(path.clone(), (asset, known.fingerprint));
        self.send(Command::Import { paths: vec![path] });
    }

    /// A file was shown as the new place of a missing one: it must hold the same.
    pub(super) fn relink(
        &mut self,
        path: &Path,
        missing: AssetId,
        fingerprint: Fingerprint,
        found: &Asset,
    ) {
        if found.fingerprint != fingerprint {
            let name = self.asset_name(missing);
            self.notices.problem(Problem::error(
                format!("{} is not \"{name}\"", path.display()),
                "Its content is another one; choose the file that was imported, whatever its name is now",
            ));
            return;
        }
        self.edit(&Edit::RelinkAsset {
            asset: missing,
            fingerprint,
            path: found.path.clone(),
        });
        self.project.offline.remove(&missing);
        self.pictures.forget(missing);
    }

    /// What was never saved is given up, as asked.
    fn forget_recovery(&mut self) {
        if self.project.path.is_none() {
            let file = runtime::handle::recovery_file(&self.project.home.recovery_folder);
            // It may never have been written.
            std::fs::remove_file(file).ok();
        }
        self.project.recovery = None;
    }

    /// Asks before closing if something would be lost.
    pub(super) fn watch_closing(&mut self, ctx: &egui::Context) {
        if !ctx.input(|input| input.viewport().close_requested()) || self.panels.is_quitting {
            return;
        }
        if self.would_lose() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.panels.dialog = Some(Dialog::Unsaved(Box::new(Action::Quit)));
        }
    }

    /// Selects nothing and names the project anew; for tests and the welcome.
    pub fn is_welcome(&self) -> bool {
        let document = self.editor.document();
        document.assets.is_empty()
            && document.sequence.range().is_empty()
            && document.name == NEW_NAME
            && *self.editor.selection() == Selection::default()
    }
}

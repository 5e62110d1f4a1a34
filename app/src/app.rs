//! The window as one value: what it edits, what it knows, what it shows.

use crate::{
    editor::Editor,
    engine::Engine,
    errand::Errands,
    inbox::Inbox,
    jobs::Jobs,
    notice::Notices,
    panels::{Dialog, Panels},
    pictures::Pictures,
    project::{Home, Project},
    prompts::Prompts,
    settings::Settings,
    theme::Theme,
    transport::Transport,
    view::View,
};
use av::{FrameRate, ScanSize};
use runtime::{Command, Problem, Wake, handle::recovery_file};
use std::{path::PathBuf, sync::Arc};
use timeline::{Document, Sequence};

/// Picture size of a new project; the first clip changes it.
const NEW_SIZE: ScanSize = ScanSize::new(1920, 1080);

/// What a project is called before it is saved.
pub const NEW_NAME: &str = "Untitled";

/// The window.
pub struct StudioApp {
    /// The document and its history; the only place that changes it.
    pub(crate) editor: Editor,
    /// The threads behind.
    pub(crate) engine: Box<dyn Engine>,
    /// Drops answers that came too late.
    pub(crate) inbox: Inbox,
    /// The playhead.
    pub(crate) transport: Transport,
    /// Pictures that have arrived.
    pub(crate) pictures: Pictures,
    /// Long work.
    pub(crate) jobs: Jobs,
    /// What the user was told.
    pub(crate) notices: Notices,
    /// Where the project lives.
    pub(crate) project: Project,
    /// What panels remember.
    pub(crate) panels: Panels,
    /// File dialogs and reads from the disk.
    pub(crate) errands: Errands,
    /// Choices that outlive the program.
    pub(crate) settings: Settings,
    /// What was asked before.
    pub(crate) prompts: Prompts,
    /// How things look.
    pub(crate) theme: Theme,
}

impl StudioApp {
    /// A window on an empty project; `home` says where choices, caches and recovery files lie.
    pub fn new(ctx: &egui::Context, engine: Box<dyn Engine>, home: Home, is_test: bool) -> Self {
        let theme = Theme::dark();
        theme.apply(ctx);
        let settings = home.settings();
        let prompts = Prompts::load(&home.prompts_file());
        ctx.set_zoom_factor(settings.ui_scale);
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let mut app = Self {
            editor: Editor::new(new_document(), "New project"),
            engine,
            inbox: Inbox::default(),
            transport: Transport::default(),
            pictures: Pictures::default(),
            jobs: Jobs::default(),
            notices: Notices::default(),
            project: Project::new(home),
            panels: Panels {
                is_test,
                ..Panels::default()
            },
            errands: Errands::new(wake),
            settings,
            prompts,
            theme,
        };
        app.look_for_recovery();
        app.send(Command::SetProject { path: None });
        if app.settings.shows_previews {
            app.send(Command::ShowPreviews { is_on: true });
        }
        app
    }

    /// The same window, with a project being opened.
    pub fn with_project(mut self, path: Option<PathBuf>) -> Self {
        if let Some(path) = path {
            self.open_path(path);
        }
        self
    }

    /// The document as it shows.
    pub fn document(&self) -> &Arc<Document> {
        self.editor.document()
    }

    /// Everything a panel may read.
    pub fn view(&self) -> View<'_> {
        View {
            document: self.editor.document(),
            selection: self.editor.selection(),
            playhead: self.transport.playhead,
            playback: self.transport.state,
            theme: &self.theme,
            pictures: &self.pictures,
            jobs: &self.jobs,
            offline: &self.project.offline,
            compare: self.panels.compare,
            is_snapping: self.settings.is_snapping,
            is_media_end_sticky: self.settings.is_media_end_sticky,
            is_in_gesture: self.editor.is_in_gesture(),
            key_map: self.settings.key_map,
            is_test: self.panels.is_test,
        }
    }

    /// What the title bar says: the project, and a dot while something is not saved.
    pub fn title(&self) -> String {
        let mark = if self.editor.is_unsaved() { "• " } else { "" };
        format!("{mark}{} — Everframe", self.project_name())
    }

    /// What people call the project.
    pub fn project_name(&self) -> String {
        let stem = self
            .project
            .path
            .as_deref()
            .and_then(std::path::Path::file_stem);
        stem.map_or_else(
            || self.editor.document().name.clone(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    }

    /// Asks the engine for something; a refusal is told.
    pub(crate) fn send(&mut self, command: Command) {
        if let Err(problem) = self.engine.send(command) {
            self.notices.problem(problem);
        }
    }

    /// Tells of a problem, if there is one.
    pub(crate) fn tell<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problem) => {
                self.notices.problem(problem);
                None
            }
        }
    }

    /// Offers what was being edited when the program ended unexpectedly.
    fn look_for_recovery(&mut self) {
        let file = recovery_file(&self.project.home.recovery_folder);
        if file.exists() {
            self.project.recovery = Some(file);
            self.panels.dialog = Some(Dialog::Recovery);
        }
    }
}

/// An empty project.
pub(crate) fn new_document() -> Document {
    Document::new(NEW_NAME, Sequence::new(NEW_SIZE, FrameRate::FPS_25))
}

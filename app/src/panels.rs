//! The panels: each draws from a [`crate::view::View`] and returns actions; none changes anything but its own state.

pub mod background;
pub mod bin;
pub mod damage;
pub mod dialog;
pub mod export;
pub mod generate;
pub mod history;
pub mod inspector;
pub mod jobs;
pub mod notices;
pub mod palette;
pub mod preferences;
pub mod storyboard;
pub mod timeline;
pub mod top_bar;
pub mod viewer;
pub mod welcome;

pub use self::{
    background::BackgroundState,
    bin::BinState,
    damage::DamageState,
    export::ExportState,
    inspector::InspectorState,
    palette::PaletteState,
    storyboard::StoryboardState,
    timeline::{TimelinePanelState, ZoomRequest, timeline_panel_ui},
    viewer::{ViewerState, ViewerZoom},
};

use crate::{action::Action, asking::Asking};

/// What is carried from the bin to the timeline: egui's payload of a drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraggedAsset(pub ::timeline::AssetId);

/// What the left side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeftTab {
    /// Media of the project.
    #[default]
    Media,
    /// Steps made so far.
    History,
    /// Cards of several shots.
    Storyboard,
}

/// What the right side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RightTab {
    /// Settings of the selection.
    #[default]
    Inspector,
    /// Long work.
    Jobs,
    /// What the user was told.
    Notices,
}

/// A dialog over the window; there is one at a time.
#[derive(Debug)]
pub enum Dialog {
    /// Write a file.
    Export(Box<ExportState>),
    /// Find a command.
    Palette(PaletteState),
    /// Choices.
    Preferences,
    /// Every key; the text is what is searched for.
    Shortcuts(String),
    /// Version, licence, credits.
    About,
    /// Swap a clip's background.
    Background(BackgroundState),
    /// Make damaged frames anew.
    Damage(DamageState),
    /// Find missing media.
    Relink,
    /// Go on after a crash.
    Recovery,
    /// Leave a project that is not saved; then goes on with what was asked.
    Unsaved(Box<Action>),
}

/// What panels remember between frames; outside undo.
#[derive(Debug, Default)]
pub struct Panels {
    /// The timeline.
    pub timeline: TimelinePanelState,
    /// The viewer.
    pub viewer: ViewerState,
    /// The media bin.
    pub bin: BinState,
    /// The inspector.
    pub inspector: InspectorState,
    /// What the left side shows.
    pub left: LeftTab,
    /// What the right side shows.
    pub right: RightTab,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// What is being asked of a model.
    pub asking: Asking,
    /// Cards of several shots.
    pub storyboard: StoryboardState,
    /// What the title bar was last told.
    pub title: String,
    /// Whether the window is closing and nothing more is asked.
    pub is_quitting: bool,
    /// Whether a test draws.
    pub is_test: bool,
}

//! The panels: each draws from a [`crate::view::View`] and returns actions; none changes anything but its own state.

pub mod background;
pub mod bin;
pub mod captions;
pub mod clip_commands;
pub mod damage;
pub mod dialog;
pub mod export;
pub mod final_take;
pub mod generate;
pub mod history;
pub mod inspector;
pub mod jobs;
pub mod models;
pub mod notices;
pub mod palette;
pub mod preferences;
pub mod region;
pub mod seams;
pub mod storyboard;
pub mod takes;
pub mod timeline;
pub mod top_bar;
pub mod viewer;
pub mod welcome;

pub use self::{
    background::BackgroundState,
    bin::BinState,
    captions::CaptionsState,
    clip_commands::{ClipCommand, ClipCommandState},
    damage::DamageState,
    export::ExportState,
    final_take::FinalState,
    inspector::InspectorState,
    models::ModelsState,
    palette::PaletteState,
    region::RegionState,
    seams::SeamsState,
    storyboard::StoryboardState,
    takes::TakesState,
    timeline::{TimelinePanelState, ZoomRequest, timeline_panel_ui},
    viewer::{ViewerState, ViewerZoom},
};

use crate::{
    action::Action,
    asking::Asking,
    logic::{Ahead, ComparedDocument},
    takes::Compare,
};

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
    /// Where generated frames meet others.
    Seams,
    /// What the user was told.
    Notices,
    /// What comes behind a clip's subject.
    Background,
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
    /// Models: what is there and what could be.
    Models,
    /// Have a model do something with a clip.
    ClipCommand(Box<ClipCommandState>),
    /// Write down what is said in a clip.
    Captions(CaptionsState),
    /// Make a better take after a draft.
    Final(FinalState),
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
    /// Backgrounds.
    pub background: BackgroundState,
    /// The media bin.
    pub bin: BinState,
    /// The inspector.
    pub inspector: InspectorState,
    /// The model manager.
    pub models: ModelsState,
    /// The strip of takes.
    pub takes: TakesState,
    /// The box of what is made anew.
    pub region: RegionState,
    /// The list of seams.
    pub seams: SeamsState,
    /// The takes that are set against each other in the viewer.
    pub compare: Option<Compare>,
    /// What the engine was told of that.
    pub(crate) compared: Option<ComparedDocument>,
    /// What the left side shows.
    pub left: LeftTab,
    /// What the right side shows.
    pub right: RightTab,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// What is being asked of a model.
    pub asking: Asking,
    /// What is made while nobody does anything.
    pub(crate) ahead: Ahead,
    /// Cards of several shots.
    pub storyboard: StoryboardState,
    /// What the title bar was last told.
    pub title: String,
    /// Whether the window is closing and nothing more is asked.
    pub is_quitting: bool,
    /// Whether it was said that the desktop shows no notices.
    pub is_desktop_silent: bool,
    /// Whether a test draws.
    pub is_test: bool,
}

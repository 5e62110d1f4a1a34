//! What a press on an item means.

use crate::action::Action;
use egui::CursorIcon;

/// What a press on an item means; edges and cuts add their own meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// Selects, moves and trims.
    #[default]
    Select,
    /// Cuts in two.
    Razor,
    /// Trims, and everything after follows.
    Ripple,
    /// Moves cuts.
    Roll,
    /// Changes what an item shows in the same place.
    Slip,
    /// Moves an item between its neighbors.
    Slide,
}

impl Tool {
    /// Every tool, in the order of the toolbar.
    pub const ALL: [Self; 6] = [
        Self::Select,
        Self::Razor,
        Self::Ripple,
        Self::Roll,
        Self::Slip,
        Self::Slide,
    ];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Select => "Select",
            Self::Razor => "Razor",
            Self::Ripple => "Ripple",
            Self::Roll => "Roll",
            Self::Slip => "Slip",
            Self::Slide => "Slide",
        }
    }

    /// What asks for it.
    pub fn action(self) -> Action {
        match self {
            Self::Select => Action::UseSelect,
            Self::Razor => Action::UseRazor,
            Self::Ripple => Action::UseRipple,
            Self::Roll => Action::UseRoll,
            Self::Slip => Action::UseSlip,
            Self::Slide => Action::UseSlide,
        }
    }

    /// The tool that an action asks for, if it asks for one.
    pub fn of(action: &Action) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.action() == *action)
    }

    /// How the pointer looks over the body of an item.
    pub fn cursor(self) -> CursorIcon {
        match self {
            Self::Select | Self::Ripple => CursorIcon::Default,
            Self::Razor => CursorIcon::Text,
            Self::Roll => CursorIcon::ResizeColumn,
            Self::Slip | Self::Slide => CursorIcon::ResizeHorizontal,
        }
    }
}

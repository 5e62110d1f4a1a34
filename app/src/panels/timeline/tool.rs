//! What a press on an item means.

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

    /// One sentence about what it does.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Select => "Selects, moves and trims clips",
            Self::Razor => "Cuts a clip in two; with Shift all tracks",
            Self::Ripple => "Trims a clip, and everything after it follows",
            Self::Roll => "Moves the cut between two clips",
            Self::Slip => "Changes which part of its media a clip shows",
            Self::Slide => "Moves a clip between its neighbors",
        }
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

//! What is said about an action, and under which heading it is found.

/// Under which heading an action is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Projects and files.
    File,
    /// Steps back and forth, selecting and cutting.
    Edit,
    /// What is done with clips.
    Clip,
    /// Marks, markers and tracks.
    Sequence,
    /// What a model makes.
    Generate,
    /// Playback and the playhead.
    Playback,
    /// What is seen and how large.
    View,
    /// Learning the program.
    Help,
}

impl Category {
    /// Every heading, in the order of the menus.
    pub const ALL: [Self; 8] = [
        Self::File,
        Self::Edit,
        Self::Clip,
        Self::Sequence,
        Self::Generate,
        Self::Playback,
        Self::View,
        Self::Help,
    ];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Clip => "Clip",
            Self::Sequence => "Sequence",
            Self::Generate => "Generate",
            Self::Playback => "Playback",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

/// What is said about an action; an empty shortcut is none.
#[derive(Debug, Clone, Copy)]
pub struct ActionInfo {
    /// Sentence case; ends with `…` when it asks for more.
    pub text: &'static str,
    /// One sentence about what it does.
    pub tooltip: &'static str,
    /// Where it is found.
    pub category: Category,
    /// Keys in the default map.
    pub default_keys: &'static str,
    /// Keys in the map that follows Premiere.
    pub premiere_keys: &'static str,
}

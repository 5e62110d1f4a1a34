//! Keys that ask for actions, read from and written as text such as `Ctrl+Shift+Z`.

use egui::{Key, Modifiers};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which keys ask for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMap {
    /// Ours.
    #[default]
    Default,
    /// As in Adobe Premiere Pro, for hands that know it.
    Premiere,
}

impl KeyMap {
    /// Every map.
    pub const ALL: [Self; 2] = [Self::Default, Self::Premiere];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Default => "Everframe",
            Self::Premiere => "Premiere",
        }
    }
}

/// A key with the modifiers held; `Ctrl` is Command on a Mac.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shortcut {
    /// The key.
    pub key: Key,
    /// Control, or Command on a Mac.
    pub is_ctrl: bool,
    /// Shift.
    pub is_shift: bool,
    /// Alt.
    pub is_alt: bool,
}

impl Shortcut {
    /// What was pressed; a plus is the key it shares with the equals sign.
    pub fn pressed(key: Key, modifiers: Modifiers) -> Self {
        let (key, is_shift) = match key {
            // On many layouts a plus needs Shift, on some an equals sign does.
            Key::Plus | Key::Equals => (Key::Plus, false),
            Key::Questionmark => (Key::Slash, modifiers.shift),
            Key::Pipe => (Key::Backslash, modifiers.shift),
            other => (other, modifiers.shift),
        };
        Self {
            key,
            is_ctrl: modifiers.command || modifiers.ctrl,
            is_shift,
            is_alt: modifiers.alt,
        }
    }

    /// Reads `Ctrl+Shift+Z`; `None` for the empty text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut shortcut = Self {
            key: Key::Escape,
            is_ctrl: false,
            is_shift: false,
            is_alt: false,
        };
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("Ctrl+") {
                shortcut.is_ctrl = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Shift+") {
                shortcut.is_shift = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix("Alt+") {
                shortcut.is_alt = true;
                rest = after;
            } else {
                break;
            }
        }
        shortcut.key = match rest {
            "" => return None,
            "\\" => Key::Backslash,
            "Delete" => Key::Delete,
            name => Key::from_name(name)?,
        };
        Some(shortcut)
    }

    /// Whether a focused button or slider would also take these keys.
    pub fn is_taken_by_focus(self) -> bool {
        let is_bare = !self.is_ctrl && !self.is_alt;
        is_bare
            && matches!(
                self.key,
                Key::Space
                    | Key::Enter
                    | Key::Tab
                    | Key::ArrowLeft
                    | Key::ArrowRight
                    | Key::ArrowUp
                    | Key::ArrowDown
            )
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [
            (self.is_ctrl, "Ctrl+"),
            (self.is_shift, "Shift+"),
            (self.is_alt, "Alt+"),
        ];
        for (_, name) in held.into_iter().filter(|(is_held, _)| *is_held) {
            f.write_str(name)?;
        }
        f.write_str(match self.key {
            Key::Backslash => "\\",
            Key::Minus => "-",
            Key::Plus => "+",
            Key::Comma => ",",
            Key::Period => ".",
            Key::Slash => "/",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            key => key.name(),
        })
    }
}

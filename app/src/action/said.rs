//! What actions are called, and the keys that ask for them.

use super::{Action, KeyMap, Shortcut};

impl Action {
    /// The keys that ask for it, if there are some.
    pub fn shortcut(&self, map: KeyMap) -> Option<Shortcut> {
        let info = self.info()?;
        let keys = match map {
            KeyMap::Default => info.default_keys,
            KeyMap::Premiere => info.premiere_keys,
        };
        Shortcut::parse(keys)
    }

    /// What menus call it; empty for actions that carry values.
    pub fn text(&self) -> &'static str {
        self.info().map_or("", |info| info.text)
    }

    /// Tooltip with its keys.
    pub fn tooltip(&self, map: KeyMap) -> String {
        let tooltip = self.info().map_or("", |info| info.tooltip);
        match self.shortcut(map) {
            Some(shortcut) => format!("{tooltip} ({shortcut})"),
            None => tooltip.to_owned(),
        }
    }

    /// The plain action that these keys ask for.
    pub fn for_shortcut(pressed: Shortcut, map: KeyMap) -> Option<Self> {
        Self::PLAIN
            .iter()
            .find(|action| action.shortcut(map) == Some(pressed))
            .cloned()
    }
}

//! Choices that outlive the program, kept as a small file in the user's configuration folder.

use crate::{action::KeyMap, limits::UI_SCALE_RANGE};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};

/// Everything that preferences show and the window remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which keys ask for what.
    pub key_map: KeyMap,
    /// Size of everything against the usual size.
    pub ui_scale: f32,
    /// Whether edges jump to edges nearby.
    pub is_snapping: bool,
    /// Whether the end of its media holds an edge until it is pulled hard.
    pub is_media_end_sticky: bool,
    /// Whether models that can shall show rough pictures of what they are making; it costs a little time.
    pub shows_previews: bool,
    /// Whether drafts of what is wished for are made while nobody does anything.
    pub makes_ahead: bool,
    /// Whether the desktop says that long work has ended while another window is looked at.
    pub tells_desktop: bool,
    /// Short name of the language that captions were written down in last; empty where it is listened for.
    pub captions_language: String,
    /// Whether playback may open the sound device.
    pub use_sound_device: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key_map: KeyMap::Default,
            ui_scale: 1.0,
            is_snapping: true,
            is_media_end_sticky: true,
            shows_previews: false,
            makes_ahead: false,
            tells_desktop: true,
            captions_language: String::new(),
            use_sound_device: true,
        }
    }
}

impl Settings {
    /// What the file holds; the usual choices where there is none or it is damaged, since nothing else is lost then.
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut settings: Self = serde_json::from_str(&text).unwrap_or_default();
        let (smallest, largest) = UI_SCALE_RANGE.into_inner();
        settings.ui_scale = settings.ui_scale.clamp(smallest, largest);
        settings
    }

    /// Writes the file, and the folder it lies in.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        write_beside(path, &serde_json::to_string_pretty(self)?)
    }
}

/// Writes a small file so that a crash leaves either the old or the new one.
pub(crate) fn write_beside(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_survive_and_damage_is_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let settings = Settings {
            key_map: KeyMap::Premiere,
            ui_scale: 1.25,
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), settings);
        std::fs::write(&path, "{ \"ui_scale\": ").unwrap();
        assert_eq!(Settings::load(&path), Settings::default());
        std::fs::write(&path, "{ \"ui_scale\": 90.0 }").unwrap();
        assert_eq!(Settings::load(&path).ui_scale, *UI_SCALE_RANGE.end());
    }
}

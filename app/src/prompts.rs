//! What was asked before, newest first, kept in the folder of choices.

use crate::settings::write_beside;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Prompts that are kept.
const KEPT_MAX: usize = 200;

/// Longest prompt that is kept, in bytes; longer ones are texts, not prompts.
const PROMPT_BYTES_MAX: usize = 4096;

/// Most that is read of the file.
const FILE_BYTES_MAX: u64 = 2 << 20;

/// Prompts of all projects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompts {
    /// Newest first, each once.
    entries: Vec<String>,
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Prompts {
    /// What the file holds; nothing where there is none or it is damaged.
    pub fn load(file: &Path) -> Self {
        let is_small = std::fs::metadata(file).is_ok_and(|found| found.len() <= FILE_BYTES_MAX);
        let text = is_small.then(|| std::fs::read_to_string(file).unwrap_or_default());
        let mut prompts: Self = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        prompts.entries.truncate(KEPT_MAX);
        prompts.file = Some(file.to_owned());
        prompts
    }

    /// Puts a prompt at the front and writes the file.
    pub fn add(&mut self, prompt: &str) -> io::Result<()> {
        let prompt = prompt.trim();
        let is_known = self.entries.first().is_some_and(|newest| newest == prompt);
        if prompt.is_empty() || prompt.len() > PROMPT_BYTES_MAX || is_known {
            return Ok(());
        }
        self.entries.retain(|known| known != prompt);
        self.entries.insert(0, prompt.to_owned());
        self.entries.truncate(KEPT_MAX);
        match &self.file {
            Some(file) => write_beside(file, &serde_json::to_string_pretty(self)?),
            None => Ok(()),
        }
    }

    /// Prompts that hold every one of these words, newest first.
    pub fn search(&self, words: &str) -> impl Iterator<Item = &str> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let entries = self.entries.iter().map(String::as_str);
        entries.filter(move |prompt| {
            let prompt = prompt.to_lowercase();
            words.iter().all(|word| prompt.contains(word))
        })
    }

    /// Whether nothing was asked yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_kept_once_newest_first_and_found_by_their_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/prompts.json");
        let mut prompts = Prompts::load(&file);
        for prompt in [
            "A red fox",
            "雪地里的狐狸",
            "  ",
            "A fox in snow",
            "A red fox",
        ] {
            prompts.add(prompt).unwrap();
        }
        let again = Prompts::load(&file);
        assert_eq!(again, prompts);
        let found = |words| again.search(words).collect::<Vec<_>>();
        assert_eq!(found(""), ["A red fox", "A fox in snow", "雪地里的狐狸"]);
        assert_eq!(found("fox SNOW"), ["A fox in snow"]);
        assert_eq!(found("狐狸"), ["雪地里的狐狸"]);
        std::fs::write(&file, "{ \"entries\": [").unwrap();
        assert!(Prompts::load(&file).is_empty());
    }
}

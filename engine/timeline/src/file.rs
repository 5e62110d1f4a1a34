//! The project file: text in, text out; whoever calls reads and writes the disk.

use crate::{Document, check::Violation};

/// The newest form this program writes.
pub const VERSION: u32 = 1;

/// Why a project file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not a project file of ours, or damaged.
    #[error("not a project file: {what} (line {line}, column {column})")]
    Syntax {
        /// What is wrong.
        what: String,
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
    },
    /// A newer program wrote it.
    #[error(
        "the project was saved by a newer Everframe (file version {found}; this one knows {known})"
    )]
    Newer {
        /// The file's version.
        found: u32,
        /// The newest one known here.
        known: u32,
        /// What could be read of it; for looking at only, since saving would lose what is not known here.
        readable: Option<Box<Document>>,
    },
    /// It reads, but does not hold together.
    #[error("the project is damaged: {}", violations.first().map(ToString::to_string).unwrap_or_default())]
    Damaged {
        /// Everything that does not hold.
        violations: Vec<Violation>,
    },
    /// The document cannot be written.
    #[error("the project cannot be written")]
    Write {
        /// Why.
        source: serde_json::Error,
    },
}

/// The text of a project file that holds `document`.
pub fn save(document: &Document) -> Result<String, FileError> {
    serde_json::to_string_pretty(document).map_err(|source| FileError::Write { source })
}

/// The document in the text of a project file.
pub fn load(text: &str) -> Result<Document, FileError> {
    serde_json::from_str(text).map_err(|err| FileError::Syntax {
        what: err.to_string(),
        line: err.line(),
        column: err.column(),
    })
}

//! The project file: text in, text out; whoever calls reads and writes the disk.
//!
//! A file is JSON: `{"everframe": 1, "project": {…}}`. The number grows when an older program could not read the new
//! form; [`migrate`](self) brings older files up to date step by step.

mod draw;
mod migrate;
mod show;

pub use draw::draw;
pub use show::show;

use crate::{
    Document,
    check::{Violation, check},
};
use serde::{Deserialize, Serialize};

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

/// The part of a file that every version has.
#[derive(Deserialize)]
struct Head {
    everframe: Option<u32>,
}

/// A whole file.
#[derive(Serialize, Deserialize)]
struct Envelope<D> {
    everframe: u32,
    project: D,
}

/// The text of a project file that holds `document`. A document that does not hold together is not written.
pub fn save(document: &Document) -> Result<String, FileError> {
    let violations = check(document);
    if !violations.is_empty() {
        return Err(FileError::Damaged { violations });
    }
    let envelope = Envelope {
        everframe: VERSION,
        project: document,
    };
    let mut text =
        serde_json::to_string_pretty(&envelope).map_err(|source| FileError::Write { source })?;
    text.push('\n');
    Ok(text)
}

/// The document in the text of a project file.
pub fn load(text: &str) -> Result<Document, FileError> {
    // Some editors of text put a mark of byte order in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head: Head = serde_json::from_str(text).map_err(|err| syntax_error(&err))?;
    let document = match head.everframe {
        None | Some(0) => {
            return Err(FileError::Syntax {
                what: "it does not begin with \"everframe\" and a version".into(),
                line: 1,
                column: 1,
            });
        }
        Some(VERSION) => read(text)?,
        Some(found) if found > VERSION => {
            let document = read(text).ok();
            let readable = document.filter(|document| check(document).is_empty());
            return Err(FileError::Newer {
                found,
                known: VERSION,
                readable: readable.map(Box::new),
            });
        }
        Some(older) => migrate::read_older(text, older)?,
    };
    let violations = check(&document);
    if violations.is_empty() {
        Ok(document)
    } else {
        Err(FileError::Damaged { violations })
    }
}

fn read(text: &str) -> Result<Document, FileError> {
    let envelope: Envelope<Document> =
        serde_json::from_str(text).map_err(|err| syntax_error(&err))?;
    Ok(envelope.project)
}

fn syntax_error(err: &serde_json::Error) -> FileError {
    let what = err.to_string();
    // The position is told in its own fields.
    let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
    FileError::Syntax {
        what,
        line: err.line(),
        column: err.column(),
    }
}

//! The one place where errors become words for people.

use std::fmt;

mod words;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Something that was asked for did not happen.
    Error,
    /// It happened, but not quite as asked.
    Warning,
    /// It is still coming.
    Waiting,
}

/// What people are told when something does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// What did not happen; one sentence without a full stop.
    pub summary: String,
    /// What to do now.
    pub help: String,
    /// Technical lines, folded away.
    pub details: Vec<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.summary, self.help)
    }
}

impl Problem {
    /// Something did not happen.
    pub fn error(summary: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            help: help.into(),
            details: Vec::new(),
        }
    }

    /// It happened, but not quite as asked.
    pub fn warning(summary: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(summary, help)
        }
    }

    /// The same with technical lines: the error and everything that caused it.
    pub fn with_cause(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.details.push(error.to_string());
            cause = error.source();
        }
        self
    }

    /// A bug of ours.
    pub fn internal(what: impl Into<String>) -> Self {
        Self {
            details: vec![what.into()],
            ..Self::error(
                "Something inside Everframe went wrong",
                "Your project is safe; please report this with the details",
            )
        }
    }
}

//! How the command line talks: text for people, or one JSON object; progress on one line of standard error.

use runtime::{JobProgress, Problem, models::size_words};
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write as _};

/// What a command answers.
pub struct Answer {
    /// For people.
    pub text: String,
    /// For scripts.
    pub value: Value,
}

impl Answer {
    /// Text and its JSON object.
    pub fn new(text: impl Into<String>, value: Value) -> Self {
        Self {
            text: text.into(),
            value,
        }
    }
}

/// How to talk.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON rather than text.
    pub is_json: bool,
}

impl Output {
    /// Prints an answer.
    pub fn answer(self, answer: &Answer) {
        let line = if self.is_json {
            answer.value.to_string()
        } else {
            answer.text.clone()
        };
        write_line(std::io::stdout(), &line);
    }

    /// Prints what went wrong: one line for people, the details when asked for with EVERFRAME_DETAILS.
    pub fn problem(self, problem: &Problem) {
        if self.is_json {
            let value = json!({
                "error": problem.summary, "help": problem.help, "details": problem.details,
            });
            write_line(std::io::stdout(), &value.to_string());
            return;
        }
        clear_progress();
        write_line(
            std::io::stderr(),
            &format!("everframe: {}. {}.", problem.summary, problem.help),
        );
        if std::env::var_os("EVERFRAME_DETAILS").is_some() {
            for detail in &problem.details {
                write_line(std::io::stderr(), &format!("  {detail}"));
            }
        }
    }

    /// Shows how far long work is, in place on a terminal, nothing where the output goes to a file.
    pub fn progress(self, progress: &JobProgress) {
        let left = progress
            .eta
            .map(|eta| format!(", {} s left", eta.as_secs()))
            .unwrap_or_default();
        let line = format!(
            "{} {}/{}{left}",
            progress.label, progress.done, progress.total
        );
        self.progress_line(&line, progress);
    }

    /// The same for work that is counted in bytes.
    pub fn bytes_progress(self, progress: &JobProgress) {
        let left = progress.eta.map(|eta| match eta.as_secs() {
            seconds @ ..120 => format!(", {seconds} s left"),
            seconds @ ..7_200 => format!(", {} min left", seconds.div_ceil(60)),
            seconds => format!(", {} h left", seconds.div_ceil(3_600)),
        });
        let line = if progress.total == 0 {
            format!("{}…", progress.label)
        } else {
            format!(
                "{}: {} of {}{}",
                progress.label,
                size_words(progress.done),
                size_words(progress.total),
                left.unwrap_or_default()
            )
        };
        self.progress_line(&line, progress);
    }

    fn progress_line(self, line: &str, progress: &JobProgress) {
        if self.is_json || !std::io::stderr().is_terminal() {
            return;
        }
        let mut error = std::io::stderr();
        // A terminal that is gone needs no progress.
        error
            .write_all(format!("\r\x1b[K{line}").as_bytes())
            .and_then(|()| error.flush())
            .ok();
        if progress.done == progress.total && progress.total > 0 {
            clear_progress();
        }
    }
}

fn clear_progress() {
    let mut error = std::io::stderr();
    if error.is_terminal() {
        // As above.
        error.write_all(b"\r\x1b[K").ok();
    }
}

/// A closed pipe (`everframe show … | head`) is the reader's choice, not an error.
fn write_line(mut target: impl std::io::Write, line: &str) {
    target
        .write_all(line.as_bytes())
        .and_then(|()| target.write_all(b"\n"))
        .ok();
}

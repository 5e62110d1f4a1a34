//! What the user is told: it floats over the window for a while and stays in a list.

use crate::limits::{NOTICES_MAX, TOAST_SECONDS};
use runtime::{Problem, Severity};
use std::{collections::VecDeque, path::PathBuf};

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something that was asked for did not happen.
    Error,
    /// It happened, but not quite as asked.
    Warning,
    /// It is still coming.
    Waiting,
    /// It happened.
    Success,
}

/// One thing the user is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its number.
    pub id: u64,
    /// How it is meant.
    pub kind: NoticeKind,
    /// One sentence.
    pub summary: String,
    /// What to do now; may be empty.
    pub help: String,
    /// Technical lines.
    pub details: Vec<String>,
    /// A file that it is about.
    pub path: Option<PathBuf>,
    /// Seconds of the window's clock at which it stops floating.
    floats_until: f64,
    /// How often the same was said.
    pub count: u32,
}

/// Everything the user was told, newest first.
#[derive(Debug, Default)]
pub struct Notices {
    list: VecDeque<Notice>,
    next: u64,
    now: f64,
    /// How many came since the list was last looked at.
    pub unread: usize,
}

impl Notices {
    /// Says how late it is on the window's clock.
    pub fn set_now(&mut self, seconds: f64) {
        self.now = seconds;
    }

    /// Tells of a problem; the same problem again only counts up.
    pub fn problem(&mut self, problem: Problem) {
        let kind = match problem.severity {
            Severity::Error => NoticeKind::Error,
            Severity::Warning => NoticeKind::Warning,
            Severity::Waiting => NoticeKind::Waiting,
        };
        self.push(kind, problem.summary, problem.help, problem.details, None);
    }

    /// Tells that something worked.
    pub fn success(
        &mut self,
        summary: impl Into<String>,
        details: Vec<String>,
        path: Option<PathBuf>,
    ) {
        self.push(
            NoticeKind::Success,
            summary.into(),
            String::new(),
            details,
            path,
        );
    }

    fn push(
        &mut self,
        kind: NoticeKind,
        summary: String,
        help: String,
        details: Vec<String>,
        path: Option<PathBuf>,
    ) {
        let floats_until = self.now + TOAST_SECONDS;
        if let Some(newest) = self.list.front_mut()
            && newest.kind == kind
            && newest.summary == summary
        {
            newest.count += 1;
            newest.floats_until = floats_until;
            return;
        }
        self.next += 1;
        self.unread += 1;
        self.list.push_front(Notice {
            id: self.next,
            kind,
            summary,
            help,
            details,
            path,
            floats_until,
            count: 1,
        });
        self.list.truncate(NOTICES_MAX);
    }

    /// Every notice, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.list.iter()
    }

    /// Notices that still float, newest first.
    pub fn floating(&self) -> impl Iterator<Item = &Notice> {
        let now = self.now;
        self.list
            .iter()
            .filter(move |notice| notice.floats_until > now)
    }

    /// Seconds until the next one stops floating.
    pub fn next_change_seconds(&self) -> Option<f64> {
        let ends = self.floating().map(|notice| notice.floats_until - self.now);
        ends.min_by(f64::total_cmp)
    }

    /// Takes a notice away.
    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }

    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_problem_twice_is_said_once() {
        let mut notices = Notices::default();
        notices.problem(Problem::error("No", "Try again"));
        notices.problem(Problem::error("No", "Try again"));
        notices.problem(Problem::warning("Hm", ""));
        assert_eq!(
            notices
                .iter()
                .map(|notice| notice.count)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(notices.floating().count(), 2);
        notices.set_now(TOAST_SECONDS + 1.0);
        assert_eq!(notices.floating().count(), 0);
        assert_eq!(notices.iter().count(), 2, "it stays in the list");
    }
}

//! Long work as the window knows it: what was asked, how far it is, how it ended.

use crate::{
    desktop_notice::DesktopNotice,
    limits::{ENDED_JOBS_MAX, LONG_JOB_SECONDS},
};
use runtime::{JobId, JobProgress, Problem};
use std::path::PathBuf;
use timeline::ItemId;

/// Between what a job makes and which of the item's takes that is.
const TAKE_SUFFIX: &str = ", take ";

/// Which sort of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Makes frames for an item.
    Generate {
        /// The item.
        item: ItemId,
    },
    /// Swaps what lies behind a clip's subject.
    Background {
        /// The clip.
        item: ItemId,
    },
    /// Looks through a clip.
    Inspect {
        /// The clip.
        item: ItemId,
    },
    /// Writes down what is said in a clip.
    Captions {
        /// The clip.
        item: ItemId,
    },
    /// Takes the noise out of a clip's speech.
    CleanSpeech {
        /// The clip.
        item: ItemId,
    },
    /// Writes a file.
    Export {
        /// Which.
        path: PathBuf,
    },
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// In the queue.
    Waiting,
    /// At work.
    Running(JobProgress),
    /// Done; lines about what was used and why.
    Done(Vec<String>),
    /// Not done.
    Failed(Problem),
    /// Stopped by the user.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen.
    pub fn is_ended(&self) -> bool {
        match self {
            Self::Waiting | Self::Running(_) => false,
            Self::Done(_) | Self::Failed(_) | Self::Cancelled => true,
        }
    }
}

/// One piece of long work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Which sort.
    pub kind: JobKind,
    /// What people call it.
    pub label: String,
    /// Where it stands.
    pub state: JobState,
    /// Whether its item shows a take that was made from something else than what is there now.
    pub was_stale: bool,
    /// Whether nobody asked for it: it is made while nothing else is done, and stops as soon as anything is.
    pub is_ahead: bool,
    /// Seconds of the window's clock at which it began.
    began: Option<f64>,
}

impl Job {
    /// Whether it makes a take of that item.
    pub fn is_take_of(&self, item: ItemId) -> bool {
        self.kind == JobKind::Generate { item }
    }
}

/// All jobs of this session: running first, then waiting in the queue's order, ended ones behind, newest first.
#[derive(Debug, Default)]
pub struct Jobs {
    open: Vec<Job>,
    ended: Vec<Job>,
    next: u64,
    now: f64,
    /// Whether the queue is held.
    pub is_paused: bool,
    /// Long work that has ended since the window asked for attention last.
    attention: Option<DesktopNotice>,
}

impl Jobs {
    /// Says how late it is on the window's clock.
    pub fn set_now(&mut self, seconds: f64) {
        self.now = seconds;
    }

    /// Adds a job to the end of the queue and names it.
    pub fn add(&mut self, kind: JobKind, label: String) -> JobId {
        self.next += 1;
        let id = JobId(self.next);
        self.open.push(Job {
            id,
            kind,
            label,
            state: JobState::Waiting,
            was_stale: false,
            is_ahead: false,
            began: None,
        });
        id
    }

    /// Notes that a job's item was stale when it was asked for.
    pub fn note_stale(&mut self, id: JobId) {
        if let Some(job) = self.open.iter_mut().find(|job| job.id == id) {
            job.was_stale = true;
        }
    }

    /// Notes that nobody asked for a job.
    pub fn note_ahead(&mut self, id: JobId) {
        if let Some(job) = self.open.iter_mut().find(|job| job.id == id) {
            job.is_ahead = true;
            job.label = format!("Made ahead: {}", job.label);
        }
    }

    /// Notes which of several takes that were asked for at once a job makes.
    pub fn note_number(&mut self, id: JobId, number: usize, all: usize) {
        self.put_suffix(id, &format!("{TAKE_SUFFIX}{number} of {all}"));
    }

    /// Notes that a job makes the take that another one would have made.
    pub fn note_replaced(&mut self, id: JobId, old: &str) {
        let suffix = old.find(TAKE_SUFFIX).map_or("", |at| &old[at..]);
        self.put_suffix(id, suffix);
    }

    fn put_suffix(&mut self, id: JobId, suffix: &str) {
        if let Some(job) = self.open.iter_mut().find(|job| job.id == id) {
            let end = job.label.find(TAKE_SUFFIX).unwrap_or(job.label.len());
            job.label.truncate(end);
            job.label.push_str(suffix);
        }
    }

    /// What jobs of further takes of an item are called behind what they make: the number that the take will have, if
    /// those that are asked for come first.
    pub fn take_suffix(&self, item: ItemId, takes: usize) -> String {
        let asked = self.open.iter().filter(|job| job.is_take_of(item)).count();
        match takes + asked {
            0 => String::new(),
            before => format!("{TAKE_SUFFIX}{}", before + 1),
        }
    }

    /// The job of that name.
    pub fn find(&self, id: JobId) -> Option<&Job> {
        self.iter().find(|job| job.id == id)
    }

    /// Every job in the order they are listed.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.open.iter().chain(&self.ended)
    }

    /// Jobs that wait or run.
    pub fn open(&self) -> &[Job] {
        &self.open
    }

    /// The job that works on an item, if there is one.
    pub fn of_item(&self, item: ItemId) -> Option<&Job> {
        self.open.iter().find(|job| match job.kind {
            JobKind::Generate { item: of }
            | JobKind::Background { item: of }
            | JobKind::CleanSpeech { item: of } => of == item,
            JobKind::Inspect { .. } | JobKind::Captions { .. } | JobKind::Export { .. } => false,
        })
    }

    /// Notes how far a job is; a job that is known to have ended stays so.
    pub fn progress(&mut self, id: JobId, progress: JobProgress) {
        if let Some(job) = self.open.iter_mut().find(|job| job.id == id) {
            job.began.get_or_insert(self.now);
            job.state = JobState::Running(progress);
        }
    }

    /// Notes how a job ended and says which one it was; `None` if it is not known or had ended.
    pub fn end(&mut self, id: JobId, state: JobState) -> Option<Job> {
        let index = self.open.iter().position(|job| job.id == id)?;
        let mut job = self.open.remove(index);
        job.state = state;
        let is_long = !job.is_ahead
            && job
                .began
                .is_some_and(|began| self.now - began >= LONG_JOB_SECONDS);
        if let Some(body) = how_it_ended(&job.state).filter(|_| is_long) {
            let summary = job.label.clone();
            self.attention = Some(DesktopNotice { summary, body });
        }
        if job.is_ahead && job.state == JobState::Cancelled {
            // It gave way: there is nothing to tell.
            return Some(job);
        }
        self.ended.insert(0, job.clone());
        self.ended.truncate(ENDED_JOBS_MAX);
        Some(job)
    }

    /// The long work that has ended since this was asked last, if some has.
    pub fn take_attention(&mut self) -> Option<DesktopNotice> {
        self.attention.take()
    }

    /// Puts a waiting job elsewhere among the waiting.
    pub fn move_to(&mut self, id: JobId, to: usize) {
        let is_waiting = |job: &Job| job.state == JobState::Waiting;
        let Some(from) = self
            .open
            .iter()
            .position(|job| job.id == id && is_waiting(job))
        else {
            return;
        };
        let job = self.open.remove(from);
        let running = self.open.iter().filter(|job| !is_waiting(job)).count();
        self.open.insert((running + to).min(self.open.len()), job);
    }

    /// Forgets every job: another project is open now. Names are not used again.
    pub fn forget_all(&mut self) {
        self.open.clear();
        self.ended.clear();
        self.is_paused = false;
    }

    /// Takes an ended job off the list.
    pub fn dismiss(&mut self, id: JobId) {
        self.ended.retain(|job| job.id != id);
    }
}

/// How work ended, for whoever waited for it; nothing to say to whoever stopped it.
fn how_it_ended(state: &JobState) -> Option<String> {
    match state {
        JobState::Done(_) => Some("It is done".to_owned()),
        JobState::Failed(problem) => Some(problem.summary.clone()),
        JobState::Waiting | JobState::Running(_) | JobState::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> JobKind {
        JobKind::Export {
            path: "a.mp4".into(),
        }
    }

    #[test]
    fn only_long_work_asks_for_attention() {
        let mut jobs = Jobs::default();
        let progress = || JobProgress {
            label: "Frame".into(),
            done: 1,
            total: 9,
            eta: None,
            preview: None,
        };
        for (seconds, state, wants) in [
            (29.0, JobState::Done(Vec::new()), false),
            (31.0, JobState::Cancelled, false),
            (31.0, JobState::Done(Vec::new()), true),
        ] {
            let id = jobs.add(export(), "Export a.mp4".to_owned());
            jobs.set_now(100.0);
            jobs.progress(id, progress());
            jobs.set_now(100.0 + seconds);
            jobs.progress(id, progress());
            jobs.end(id, state);
            let told = jobs.take_attention();
            assert_eq!(told.is_some(), wants, "{seconds} s");
            let word = told.map(|notice| (notice.summary, notice.body));
            let wanted = ("Export a.mp4".to_owned(), "It is done".to_owned());
            assert_eq!(word, wants.then_some(wanted));
        }
    }

    #[test]
    fn waiting_jobs_change_places_behind_the_running_one() {
        let mut jobs = Jobs::default();
        let ids: Vec<_> = (0..3).map(|_| jobs.add(export(), String::new())).collect();
        let progress = JobProgress {
            label: "Frame".into(),
            done: 1,
            total: 9,
            eta: None,
            preview: None,
        };
        jobs.progress(ids[0], progress.clone());
        jobs.move_to(ids[2], 0);
        let order = |jobs: &Jobs| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
        assert_eq!(order(&jobs), [ids[0], ids[2], ids[1]]);
        jobs.move_to(ids[0], 1);
        assert_eq!(
            order(&jobs),
            [ids[0], ids[2], ids[1]],
            "a running job stays"
        );
        assert!(jobs.end(ids[0], JobState::Cancelled).is_some());
        assert!(jobs.end(ids[0], JobState::Cancelled).is_none());
        jobs.progress(ids[0], progress);
        assert_eq!(jobs.find(ids[0]).unwrap().state, JobState::Cancelled);
    }
}

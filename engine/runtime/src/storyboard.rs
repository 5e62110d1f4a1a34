//! Storyboards as plain text: several shots that are made as one clip.
//!
//! ```text
//! # Lines like this one are remarks.
//! all: soft morning light, a red fox
//!
//! 3s: It sleeps in the snow
//! continue 2.5s: It wakes up
//!   and stretches
//! cut 4s: Close to its eyes
//! ```
//!
//! A shot begins with its length in seconds; the words go on to the next blank line or shot. It starts with a cut, or
//! flows on from the shot before after `continue`, which may stand on a line of its own. `all` is what all shots share.

use crate::{Error, error::Result, limits::GENERATED_SECONDS_MAX};
use av::{FrameCount, FrameRate};
use std::{fmt, path::Path, str::FromStr};
use timeline::RecipeShot;

/// Several shots that are made as one clip.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Storyboard {
    /// What all shots share.
    pub shared_prompt: String,
    /// The shots, in order; one at least.
    pub shots: Vec<StoryboardShot>,
}

/// One shot.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryboardShot {
    /// What is seen.
    pub prompt: String,
    /// How long.
    pub seconds: f64,
    /// Whether it starts with a cut rather than flowing on from what is before it.
    pub starts_with_cut: bool,
}

/// Why a text is no storyboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct StoryboardError {
    /// Counted from 1.
    pub line: usize,
    /// Why, for people.
    pub reason: String,
}

impl Storyboard {
    /// Reads a storyboard file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).map_err(Error::io("Reading the storyboard", path))?;
        text.parse().map_err(|source| Error::Storyboard {
            source,
            path: path.to_owned(),
        })
    }

    /// How long all shots last.
    pub fn seconds(&self) -> f64 {
        self.shots.iter().map(|shot| shot.seconds).sum()
    }

    /// The shots in frames. Cuts fall on the frame nearest to their time, so that the whole is as long as it should be.
    pub fn recipe_shots(&self, rate: FrameRate) -> Result<Vec<RecipeShot>> {
        let mut end_seconds = 0.0;
        let mut end_before = 0;
        let mut shots = Vec::with_capacity(self.shots.len());
        for shot in &self.shots {
            end_seconds += shot.seconds;
            let end = (end_seconds * rate.fps_for_display()).round() as i64;
            if end <= end_before {
                let reason = format!("a shot of {} s is less than a frame long", shot.seconds);
                return Err(Error::Unsuitable { reason });
            }
            shots.push(RecipeShot {
                prompt: shot.prompt.clone(),
                count: FrameCount(end - end_before),
                starts_with_cut: shot.starts_with_cut,
            });
            end_before = end;
        }
        Ok(shots)
    }
}

impl FromStr for Storyboard {
    type Err = StoryboardError;

    fn from_str(text: &str) -> Result<Self, StoryboardError> {
        let mut reader = Reader::default();
        let text = text.trim_start_matches('\u{feff}');
        for (number, line) in (1..).zip(text.lines()) {
            reader.line(line.trim()).map_err(|reason| StoryboardError {
                line: number,
                reason,
            })?;
        }
        let line = text.lines().count().max(1);
        reader
            .finish()
            .map_err(|reason| StoryboardError { line, reason })
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    board: Storyboard,
    /// A `cut` or `continue` that waits for its shot.
    start: Option<bool>,
    /// Whether the next line may go on with the words before it.
    is_open: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.starts_with('#') {
            return Ok(());
        }
        if line.is_empty() {
            self.is_open = false;
            return Ok(());
        }
        if let Some(words) = line.strip_prefix("all:") {
            join(&mut self.board.shared_prompt, words);
            return Ok(());
        }
        let (start, rest) = started(line);
        if rest.is_empty() {
            if self.start.is_some() {
                return Err("a shot should follow here".into());
            }
            self.start = start;
            self.is_open = false;
            return Ok(());
        }
        if let Some((seconds, words)) = timed(rest)? {
            return self.shot(start, seconds, words);
        }
        match self.board.shots.last_mut() {
            Some(shot) if self.is_open => {
                join(&mut shot.prompt, line);
                Ok(())
            }
            Some(_) | None => {
                Err("a shot begins with its length, such as \"3s: a fox in the snow\"".into())
            }
        }
    }

    fn shot(&mut self, start: Option<bool>, seconds: f64, words: &str) -> Result<(), String> {
        let waiting = self.start.take();
        if start.is_some() && waiting.is_some() {
            return Err("whether the shot starts with a cut is said twice".into());
        }
        if words.is_empty() {
            return Err("nothing says what is seen in this shot".into());
        }
        if self.board.shots.len() >= timeline::limits::SHOTS_MAX {
            let most = timeline::limits::SHOTS_MAX;
            return Err(format!("there are more than {most} shots"));
        }
        let is_first = self.board.shots.is_empty();
        self.board.shots.push(StoryboardShot {
            prompt: words.to_owned(),
            seconds,
            starts_with_cut: start.or(waiting).unwrap_or(!is_first),
        });
        self.is_open = true;
        // A hair of rounding does not make a minute longer.
        if self.board.seconds() > GENERATED_SECONDS_MAX + 1e-6 {
            return Err(format!(
                "the shots up to here last more than {GENERATED_SECONDS_MAX:.0} s"
            ));
        }
        Ok(())
    }

    fn finish(self) -> Result<Storyboard, String> {
        if self.start.is_some() {
            return Err("a shot should follow here".into());
        }
        if self.board.shots.is_empty() {
            return Err("there is no shot".into());
        }
        Ok(self.board)
    }
}

fn join(text: &mut String, words: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(words.trim());
}

/// Whether a line says how a shot starts, and the rest of it.
fn started(line: &str) -> (Option<bool>, &str) {
    for (word, starts_with_cut) in [("cut", true), ("continue", false)] {
        let rest = line.strip_prefix(word);
        let is_word = |rest: &&str| {
            let mut next = rest.trim_start().chars();
            let first = next.next();
            first.is_none()
                || (rest.starts_with(char::is_whitespace)
                    && first.is_some_and(|c| c.is_ascii_digit()))
        };
        if let Some(rest) = rest.filter(is_word) {
            return (Some(starts_with_cut), rest.trim_start());
        }
    }
    (None, line)
}

/// The length at the beginning of a shot, and its words; `None` where there is none.
fn timed(line: &str) -> Result<Option<(f64, &str)>, String> {
    let Some((head, words)) = line.split_once(':') else {
        return Ok(None);
    };
    let Some(number) = head.trim().strip_suffix('s') else {
        return Ok(None);
    };
    let Ok(seconds) = number.trim().parse::<f64>() else {
        return Ok(None);
    };
    if seconds > 0.0 && seconds <= GENERATED_SECONDS_MAX {
        return Ok(Some((seconds, words.trim())));
    }
    Err(format!(
        "a shot lasts more than 0 and at most {GENERATED_SECONDS_MAX:.0} s, not {seconds} s"
    ))
}

impl fmt::Display for Storyboard {
    /// The text that reads as this storyboard.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.shared_prompt.is_empty() {
            writeln!(f, "all: {}\n", one_line(&self.shared_prompt))?;
        }
        for shot in &self.shots {
            let start = if shot.starts_with_cut {
                "cut"
            } else {
                "continue"
            };
            writeln!(f, "{start} {}s: {}", shot.seconds, one_line(&shot.prompt))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shot(starts_with_cut: bool, seconds: f64, prompt: &str) -> StoryboardShot {
        StoryboardShot {
            prompt: prompt.into(),
            seconds,
            starts_with_cut,
        }
    }

    #[test]
    fn shots_are_lines_or_paragraphs() {
        let text = "\u{feff}# A fox\nall: soft light,\nall: a red fox\n\n3s: It sleeps\n  in the snow\n\n\
                    continue\n2.5 s: It wakes up: slowly\ncut 4s: cut glass\r\n1s: the continued tale";
        let board: Storyboard = text.parse().unwrap();
        assert_eq!(board.shared_prompt, "soft light, a red fox");
        let shots = [
            shot(false, 3.0, "It sleeps in the snow"),
            shot(false, 2.5, "It wakes up: slowly"),
            shot(true, 4.0, "cut glass"),
            shot(true, 1.0, "the continued tale"),
        ];
        assert_eq!(board.shots, shots);
        assert_eq!(board.to_string().parse(), Ok(board));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| text.parse::<Storyboard>().unwrap_err().to_string();
        assert_eq!(told(""), "line 1: there is no shot");
        assert_eq!(told("# nothing\n\n"), "line 2: there is no shot");
        let begins = "a shot begins with its length, such as \"3s: a fox in the snow\"";
        assert_eq!(told("\na fox"), format!("line 2: {begins}"));
        assert_eq!(
            told("3s: a fox\n\nin the snow"),
            format!("line 3: {begins}")
        );
        assert_eq!(told("cut to the fox"), format!("line 1: {begins}"));
        assert_eq!(
            told("3s: a\n0s: b"),
            "line 2: a shot lasts more than 0 and at most 60 s, not 0 s"
        );
        assert!(told("61s: a").starts_with("line 1: a shot lasts"));
        assert!(told("-1s: a").starts_with("line 1: a shot lasts"));
        assert!(told("NaNs: a").starts_with("line 1: a shot lasts"));
        assert_eq!(
            told("40s: a\n\n21s: b"),
            "line 3: the shots up to here last more than 60 s"
        );
        assert_eq!(
            told("3s: a\n2s:"),
            "line 2: nothing says what is seen in this shot"
        );
        assert_eq!(told("3s: a\ncut"), "line 2: a shot should follow here");
        assert_eq!(
            told("cut\ncontinue\n3s: a"),
            "line 2: a shot should follow here"
        );
        assert_eq!(
            told("cut\ncontinue 3s: a"),
            "line 2: whether the shot starts with a cut is said twice"
        );
    }

    #[test]
    fn cuts_fall_on_the_nearest_frames() {
        let board: Storyboard = "1.02s: a\n1.02s: b\n0.96s: c".parse().unwrap();
        let rate = FrameRate::new(30_000, 1_001).unwrap();
        let counts = |rate| {
            let shots = board.recipe_shots(rate).unwrap();
            shots.iter().map(|shot| shot.count.0).collect::<Vec<_>>()
        };
        assert_eq!(counts(rate), [31, 30, 29]);
        assert_eq!(counts(FrameRate::FPS_25), [26, 25, 24]);
        let short: Storyboard = "0.001s: a".parse().unwrap();
        assert!(short.recipe_shots(rate).is_err());
    }
}

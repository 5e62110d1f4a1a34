//! Several shots in one clip: each has its own words, all share the references and what the request says for all.
//!
//! A shot that starts with a cut sees nothing of the one before; one that flows on sees its last frames.

use super::windows::{Role, Window, windows};
use crate::{
    error::{Error, Result},
    limits,
    request::Request,
};
use std::ops::Range;

/// One run of the model and whose words it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Place in [`prompts`].
    pub shot: usize,
    /// What it sees and makes.
    pub window: Window,
}

/// The words of each shot; one entry without a storyboard. What all share comes first.
pub fn prompts(request: &Request) -> Vec<String> {
    if request.storyboard.is_empty() {
        return vec![request.prompt.clone()];
    }
    let shared = request.prompt.trim();
    let shots = request.storyboard.iter().map(|shot| shot.prompt.trim());
    shots
        .map(|shot| match (shared.is_empty(), shot.is_empty()) {
            (true, _) => shot.to_owned(),
            (false, true) => shared.to_owned(),
            (false, false) => format!("{shared} {shot}"),
        })
        .collect()
}

/// The runs that answer `request`, in order, each of at most `frames_max` frames. Refused are storyboards whose frames
/// do not add up to the clip's.
pub fn runs(request: &Request, frames_max: usize) -> Result<Vec<Run>> {
    let roles: Vec<Role> = request.clip.frames().iter().map(Role::from).collect();
    let shots = shots(request, roles.len())?;
    let mut made = Vec::new();
    let mut first = 0;
    while first < shots.len() {
        let flows_on = |&(_, starts_with_cut): &(Range<usize>, bool)| !starts_with_cut;
        let more = shots[first + 1..].iter().take_while(|it| flows_on(it));
        let last = first + more.count();
        let region = shots[first].0.start..shots[last].0.end;
        let stops: Vec<usize> = shots[first..=last]
            .iter()
            .map(|(range, _)| range.start)
            .collect();
        for window in windows(&roles, region, &stops, frames_max) {
            let holds = |(range, _): &(Range<usize>, bool)| range.contains(&window.makes.start);
            let shot = shots.iter().position(holds).unwrap_or(first);
            made.push(Run { shot, window });
        }
        first = last + 1;
    }
    Ok(made)
}

/// Frames of each shot and whether it starts with a cut.
fn shots(request: &Request, count: usize) -> Result<Vec<(Range<usize>, bool)>> {
    let bad = |reason: String| Error::BadClip { reason };
    let board = &request.storyboard;
    if board.is_empty() {
        return Ok(vec![(0..count, true)]);
    }
    if board.len() > limits::SHOTS_MAX {
        let (shots, most) = (board.len(), limits::SHOTS_MAX);
        return Err(bad(format!(
            "the storyboard has {shots} shots, at most {most} are made"
        )));
    }
    let mut start = 0_usize;
    let mut made = Vec::new();
    for (index, shot) in board.iter().enumerate() {
        if shot.num_frames == 0 {
            return Err(bad(format!("shot {} has no frames", index + 1)));
        }
        let end = start.saturating_add(shot.num_frames);
        made.push((start..end, index == 0 || shot.starts_with_cut));
        start = end;
    }
    if start == count {
        Ok(made)
    } else {
        Err(bad(format!(
            "the storyboard's shots have {start} frames in all, the clip has {count}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipFrame, MaskedClip, Shot};
    use av::{FrameRate, ScanSize};

    fn request(count: usize, shots: &[(&str, usize, bool)]) -> Request {
        let frames = vec![ClipFrame::ToMake; count];
        let clip = MaskedClip::new(ScanSize::new(16, 16), FrameRate::FPS_25, frames).unwrap();
        let shots = shots
            .iter()
            .map(|&(prompt, num_frames, starts_with_cut)| Shot {
                prompt: prompt.into(),
                num_frames,
                starts_with_cut,
            });
        Request {
            prompt: "a red fox".into(),
            storyboard: shots.collect(),
            ..Request::new(clip)
        }
    }

    #[test]
    fn shots_see_each_other_unless_there_is_a_cut() {
        let board = [("wakes", 20, true), ("runs", 20, false), ("", 9, true)];
        let request = request(49, &board);
        assert_eq!(
            prompts(&request),
            ["a red fox wakes", "a red fox runs", "a red fox"]
        );
        let made = runs(&request, 81).unwrap();
        let seen: Vec<_> = made
            .iter()
            .map(|run| {
                let window = &run.window;
                (run.shot, window.makes.clone(), window.frames.len())
            })
            .collect();
        assert_eq!(seen, [(0, 0..20, 21), (1, 20..40, 37), (2, 40..49, 9)]);
    }

    #[test]
    fn long_shots_take_several_runs() {
        let made = runs(&request(200, &[("a", 150, false), ("b", 50, true)]), 81).unwrap();
        let shots: Vec<usize> = made.iter().map(|run| run.shot).collect();
        assert_eq!(shots, [0, 0, 0, 1]);
        assert_eq!(made[2].window.makes.end, 150);
    }

    #[test]
    fn storyboards_must_add_up() {
        let text = |count, shots: &[_]| runs(&request(count, shots), 81).unwrap_err().to_string();
        assert_eq!(
            text(30, &[("a", 20, true), ("b", 9, true)]),
            "the clip cannot be used: the storyboard's shots have 29 frames in all, the clip has 30"
        );
        assert!(text(30, &[("a", 30, true), ("b", 0, true)]).contains("shot 2 has no frames"));
        assert!(text(30, &[("a", usize::MAX, true), ("b", 9, true)]).contains("frames in all"));
        assert!(text(900, &[("a", 3, true); 300]).contains("300 shots"));
        assert_eq!(runs(&request(30, &[]), 81).unwrap().len(), 1);
    }
}

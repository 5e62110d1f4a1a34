//! A clip cut into runs of the model: which frames each run is shown, which it makes, and what pads it to a legal length.
//!
//! A latent frame stands for four frames, the first for one. Known runs are shown in whole latent frames: one and a
//! multiple of four before what is made, a multiple of four after it. Where lengths do not come out even, the hole is
//! made larger (outwards, over known frames, which come back untouched all the same), frames are made past the clip's
//! end and thrown away, or the outermost known frame is shown again. Long clips are made in several runs, each of which
//! sees the last frames of the one before as known.

use super::vae::FRAMES_PER_LATENT;
use crate::request::ClipFrame;
use std::ops::Range;

/// Known frames in a row that end a run: what comes after them is another hole.
const APART: usize = 24;

/// What is known of a clip's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Known,
    /// A part, or a hint.
    Partly,
    /// Nothing.
    ToMake,
}

impl From<&ClipFrame> for Role {
    fn from(frame: &ClipFrame) -> Self {
        match frame {
            ClipFrame::Known(_) => Self::Known,
            ClipFrame::Partly { .. } => Self::Partly,
            ClipFrame::ToMake => Self::ToMake,
        }
    }
}

/// What one frame of a run shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A frame of the clip, as far as it is known by then.
    Frame(usize),
    /// A known frame that is not shown: it is made again, and tells how the model's colors differ.
    Again(usize),
    /// A frame of the clip once more, as padding.
    Repeat(usize),
    /// Nothing; what is made there is thrown away.
    Nothing,
}

/// One run of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What its frames show; a multiple of four and one more.
    pub frames: Vec<Shown>,
    /// Frames of the clip that it answers for; known ones among them stay as they are.
    pub makes: Range<usize>,
}

/// How many known frames a run of at most `frames_max` is shown on each side: 17 and 16 of 81.
pub fn context_frames(frames_max: usize) -> [usize; 2] {
    let latents = (frames_max / 20).max(1);
    [1 + FRAMES_PER_LATENT * latents, FRAMES_PER_LATENT * latents]
}

/// The runs that make what is to be made in `region` of a clip of `roles`, in order. Frames outside the region are not
/// looked at; `stops` are frames where a run ends, as another prompt begins there.
pub fn windows(
    roles: &[Role],
    region: Range<usize>,
    stops: &[usize],
    frames_max: usize,
) -> Vec<Window> {
    let mut made = Vec::new();
    let mut next = region.start;
    loop {
        while next < region.end && roles[next] == Role::Known {
            next += 1;
        }
        if next >= region.end {
            return made;
        }
        let stop = stops.iter().copied().filter(|&stop| stop > next).min();
        let end = end_of_hole(roles, next..stop.unwrap_or(region.end).min(region.end));
        let after = roles[end..region.end]
            .iter()
            .take_while(|role| **role == Role::Known)
            .count();
        let hole = Hole {
            region: region.clone(),
            span: next..end,
            after,
            is_last_seen: roles[end - 1] == Role::Partly,
            is_first_seen: roles[next] == Role::Partly,
        };
        let window = hole.window(frames_max);
        next = window.makes.end;
        made.push(window);
    }
}

/// The end of the frames that are made together, from the first of `range` on.
fn end_of_hole(roles: &[Role], range: Range<usize>) -> usize {
    let mut end = range.start + 1;
    for index in range {
        if roles[index] != Role::Known {
            end = index + 1;
        } else if index - end >= APART {
            break;
        }
    }
    end
}

/// Frames to make between known (or by then made) ones.
struct Hole {
    /// Frames that may be looked at.
    region: Range<usize>,
    span: Range<usize>,
    /// Known frames after it.
    after: usize,
    /// Whether something of its first and last frames is known.
    is_first_seen: bool,
    is_last_seen: bool,
}

/// How a hole is padded to a legal length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fit {
    /// The first frame shown, this many times more before it.
    repeats_before: usize,
    before: usize,
    again_before: usize,
    surplus_before: usize,
    surplus_after: usize,
    again_after: usize,
    after: usize,
    repeats_after: usize,
}

impl Fit {
    fn padding(&self) -> usize {
        self.repeats_before
            + self.before
            + self.again_before
            + self.surplus_before
            + self.surplus_after
            + self.again_after
            + self.after
            + self.repeats_after
    }
}

impl Hole {
    fn before(&self) -> usize {
        self.span.start - self.region.start
    }

    /// The next run: all of the hole with as much round it as fits, or a part of it.
    fn window(&self, frames_max: usize) -> Window {
        let most = context_frames(frames_max);
        let latents = most[1] / FRAMES_PER_LATENT;
        // A little less to see is better than one run more.
        for less_after in 0..latents {
            for less in 0..latents.min(2) {
                let context = [
                    most[0] - FRAMES_PER_LATENT * less,
                    most[1] - FRAMES_PER_LATENT * less_after,
                ];
                let fit = self.fit(self.span.len(), context, true);
                if fit.padding() + self.span.len() <= frames_max {
                    return self.shown(fit, self.span.clone());
                }
            }
        }
        let [before, repeats] = leading(self.before(), most[0]);
        let room = frames_max - before - repeats;
        let room_later = frames_max - most[0];
        let ending = if self.after == 0 {
            0
        } else {
            FRAMES_PER_LATENT
        };
        let needed = self.span.len() + ending;
        let runs_later = needed.saturating_sub(room).div_ceil(room_later).max(1);
        // Runs are of about the same length, what they are shown included.
        let even = (needed * room).div_ceil(room + runs_later * room_later);
        // Whole latent frames, so that the next run begins where one ends.
        let first = usize::from(before == 0);
        let count = (even.saturating_sub(first)).next_multiple_of(FRAMES_PER_LATENT) + first;
        let count = count.min(room).min(self.span.len());
        let span = self.span.start..self.span.start + count;
        self.shown(self.fit(count, most, false), span)
    }

    /// How `count` frames of the hole are padded, showing at most `context` known frames before and after.
    fn fit(&self, count: usize, context: [usize; 2], with_after: bool) -> Fit {
        let before = self.before();
        let after = if with_after { self.after } else { 0 };
        let missing =
            |frames: usize| (FRAMES_PER_LATENT - frames % FRAMES_PER_LATENT) % FRAMES_PER_LATENT;
        let [shown, repeats] = leading(before, context[0]);
        let mut fit = Fit {
            before: shown,
            repeats_before: repeats,
            ..Fit::default()
        };
        if after == 0 {
            let odd = usize::from(before == 0);
            fit.surplus_after = missing(count + FRAMES_PER_LATENT - odd);
            return fit;
        }
        if before == 0 {
            fit.after = trailing(after, context[1]);
            // One frame and whole latent frames, of which the last are shown.
            fit.surplus_before = missing(count + fit.after + FRAMES_PER_LATENT - 1);
            return fit;
        }
        let odd = missing(count);
        if after >= FRAMES_PER_LATENT + odd {
            fit.again_after = odd;
            fit.after = trailing(after - odd, context[1]);
        } else if before > FRAMES_PER_LATENT + odd {
            fit.again_before = odd;
            [fit.before, fit.repeats_before] = leading(before - odd, context[0]);
            fit.after = trailing(after, context[1]);
            fit.repeats_after = missing(fit.after);
        } else {
            fit.after = trailing(after, context[1]);
            fit.repeats_after = missing(count + fit.after);
        }
        fit
    }

    fn shown(&self, fit: Fit, span: Range<usize>) -> Window {
        let mut frames = Vec::new();
        let first = span.start - fit.again_before - fit.before;
        let last = span.end + fit.again_after + fit.after;
        let seen_before = self.is_first_seen.then_some(Shown::Repeat(span.start));
        let seen_after = self.is_last_seen.then_some(Shown::Repeat(span.end - 1));
        frames.extend(std::iter::repeat_n(
            Shown::Repeat(first),
            fit.repeats_before,
        ));
        frames.extend((first..first + fit.before).map(Shown::Frame));
        frames.extend((span.start - fit.again_before..span.start).map(Shown::Again));
        let surplus = seen_before.unwrap_or(Shown::Nothing);
        frames.extend(std::iter::repeat_n(surplus, fit.surplus_before));
        frames.extend(span.clone().map(Shown::Frame));
        let surplus = seen_after.unwrap_or(Shown::Nothing);
        frames.extend(std::iter::repeat_n(surplus, fit.surplus_after));
        frames.extend((span.end..span.end + fit.again_after).map(Shown::Again));
        frames.extend((span.end + fit.again_after..last).map(Shown::Frame));
        frames.extend(std::iter::repeat_n(
            Shown::Repeat(last - 1),
            fit.repeats_after,
        ));
        Window {
            frames,
            makes: span,
        }
    }
}

/// How many of `known` frames before a hole are shown, at most `most`, and how often the first of them is repeated
/// before it: one frame and whole latent frames, at least one of those if motion can be seen at all.
fn leading(known: usize, most: usize) -> [usize; 2] {
    match known {
        0 => [0, 0],
        1 | 2 => [1, 0],
        3 | 4 => [known, 1 + FRAMES_PER_LATENT - known],
        _ => [
            1 + (known.min(most) - 1) / FRAMES_PER_LATENT * FRAMES_PER_LATENT,
            0,
        ],
    }
}

/// How many of `known` frames after a hole are shown: whole latent frames if there are enough.
fn trailing(known: usize, most: usize) -> usize {
    let known = known.min(most);
    if known < FRAMES_PER_LATENT {
        known
    } else {
        known / FRAMES_PER_LATENT * FRAMES_PER_LATENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Known, Partly, ToMake};

    fn roles(runs: &[(Role, usize)]) -> Vec<Role> {
        let runs = runs.iter();
        runs.flat_map(|&(role, count)| std::iter::repeat_n(role, count))
            .collect()
    }

    fn all(runs: &[(Role, usize)], frames_max: usize) -> Vec<Window> {
        let roles = roles(runs);
        windows(&roles, 0..roles.len(), &[], frames_max)
    }

    /// Written as `known before, made again, surplus | made | surplus, made again, known after`, repeats with a star.
    fn sketch(window: &Window) -> String {
        let mut text = String::new();
        for shown in &window.frames {
            let sign = match shown {
                Shown::Frame(index) if window.makes.contains(index) => 'M',
                Shown::Frame(_) => 'k',
                Shown::Again(_) => 'a',
                Shown::Repeat(_) => '*',
                Shown::Nothing => '.',
            };
            text.push(sign);
        }
        let runs = text.as_bytes().chunk_by(|a, b| a == b);
        let runs = runs.map(|run| format!("{}{}", char::from(run[0]), run.len()));
        runs.collect::<Vec<_>>().join(" ")
    }

    fn one(runs: &[(Role, usize)]) -> String {
        let made = all(runs, 81);
        assert_eq!(made.len(), 1, "{runs:?}");
        sketch(&made[0])
    }

    #[test]
    fn known_runs_lie_on_latent_borders() {
        assert_eq!(one(&[(ToMake, 81)]), "M81");
        assert_eq!(one(&[(ToMake, 1)]), "M1");
        assert_eq!(one(&[(ToMake, 18)]), "M18 .3");
        // A still that starts to move; the first and the last frame.
        assert_eq!(one(&[(Known, 1), (ToMake, 6)]), "k1 M6 .2");
        assert_eq!(one(&[(Known, 1), (ToMake, 15), (Known, 1)]), "k1 M15 k1");
        assert_eq!(one(&[(Known, 1), (ToMake, 16), (Known, 1)]), "k1 M16 k1 *3");
        // Extended forwards and backwards.
        assert_eq!(one(&[(Known, 40), (ToMake, 50)]), "k17 M50 .2");
        assert_eq!(one(&[(Known, 7), (ToMake, 8)]), "k5 M8");
        assert_eq!(one(&[(Known, 2), (ToMake, 4)]), "k1 M4");
        assert_eq!(one(&[(Known, 3), (ToMake, 4)]), "*2 k3 M4");
        assert_eq!(one(&[(ToMake, 7), (Known, 9)]), ".2 M7 k8");
        assert_eq!(one(&[(ToMake, 7), (Known, 1)]), ".1 M7 k1");
        // Between two runs: the hole grows over known frames.
        assert_eq!(
            one(&[(Known, 20), (ToMake, 6), (Known, 20)]),
            "k17 M6 a2 k16"
        );
        assert_eq!(
            one(&[(Known, 20), (ToMake, 48), (Known, 20)]),
            "k17 M48 k16"
        );
        assert_eq!(one(&[(Known, 20), (ToMake, 60), (Known, 20)]), "k13 M60 k8");
        assert_eq!(one(&[(Known, 20), (ToMake, 5), (Known, 4)]), "k17 a3 M5 k4");
        // Regions keep what is seen of them to the end.
        assert_eq!(one(&[(Partly, 6)]), "M6 *3");
    }

    #[test]
    fn every_clip_is_covered_once_in_legal_runs() {
        for frames_max in [81, 25, 17] {
            for before in [0, 1, 2, 3, 4, 5, 18, 40] {
                for hole in [1, 2, 3, 4, 5, 16, 18, 64, 65, 83, 161, 400] {
                    for after in [0, 1, 2, 3, 4, 5, 6, 7, 8, 30] {
                        check(
                            &[(Known, before), (ToMake, hole), (Known, after)],
                            frames_max,
                        );
                    }
                    check(&[(Partly, hole), (Known, before)], frames_max);
                }
            }
            let islands = [
                (ToMake, 9),
                (Known, 1),
                (ToMake, 9),
                (Known, 60),
                (ToMake, 3),
            ];
            check(&islands, frames_max);
        }
    }

    fn check(runs: &[(Role, usize)], frames_max: usize) {
        let roles = roles(runs);
        let made = windows(&roles, 0..roles.len(), &[], frames_max);
        let mut next = 0;
        for window in &made {
            let what = format!("{runs:?} by {frames_max}: {}", sketch(window));
            assert!(window.frames.len() <= frames_max, "{what}");
            assert_eq!(window.frames.len() % 4, 1, "{what}");
            let is_known = |role: &Role| *role == Known;
            assert!(
                roles[next..window.makes.start].iter().all(is_known),
                "{what}"
            );
            next = window.makes.end;
            let mut frames = window.frames.iter().enumerate();
            for index in window.makes.clone() {
                assert!(frames.any(|(_, it)| *it == Shown::Frame(index)), "{what}");
            }
            for shown in &window.frames {
                match *shown {
                    Shown::Frame(index) => {
                        let is_done = index < window.makes.end || roles[index] == Known;
                        assert!(is_done, "{what}");
                    }
                    Shown::Again(index) => {
                        let is_done = index < window.makes.start || roles[index] == Known;
                        assert!(is_done && !window.makes.contains(&index), "{what}");
                    }
                    Shown::Repeat(index) => assert!(index < roles.len(), "{what}"),
                    Shown::Nothing => {}
                }
            }
        }
        assert!(roles[next..].iter().all(|role| *role == Known));
    }

    #[test]
    fn long_clips_carry_frames_from_run_to_run() {
        let made = all(&[(ToMake, 161)], 81);
        let sketches: Vec<String> = made.iter().map(sketch).collect();
        assert_eq!(sketches, ["M65", "k17 M48", "k17 M48"]);
        let made = all(&[(Known, 20), (ToMake, 100), (Known, 20)], 81);
        let sketches: Vec<String> = made.iter().map(sketch).collect();
        assert_eq!(sketches, ["k17 M52", "k17 M48 k16"]);
    }

    #[test]
    fn distant_holes_are_made_apart_and_cuts_are_not_looked_over() {
        let made = all(
            &[
                (Known, 9),
                (ToMake, 4),
                (Known, 60),
                (ToMake, 4),
                (Known, 9),
            ],
            81,
        );
        let sketches: Vec<String> = made.iter().map(sketch).collect();
        assert_eq!(sketches, ["k9 M4 k16", "k17 M4 k8"]);
        // A second shot that flows on: the first ends where the second begins.
        let whole = roles(&[(ToMake, 20)]);
        let made = windows(&whole, 0..20, &[10], 81);
        let sketches: Vec<String> = made.iter().map(sketch).collect();
        assert_eq!(sketches, ["M10 .3", "k9 M10 .2"]);
        // One that starts with a cut is a region of its own.
        let made = windows(&whole, 10..20, &[], 81);
        assert_eq!((made[0].makes.clone(), made.len()), (10..20, 1));
        assert_eq!(sketch(&made[0]), "M10 .3");
    }
}

//! Where a time ruler has its ticks and what they say, for every rate and every zoom.

use crate::panels::timeline::geometry::TimeScale;
use av::{FrameIndex, FrameRate, Timecode};

/// Room between two labels that keeps them apart as words.
const LABEL_GAP_PX: f64 = 14.0;

/// Ticks closer than this would blur into a grey band.
const TICK_MIN_PX: f64 = 6.0;

/// Steps in seconds that people count in.
const SECOND_STEPS: [i64; 16] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000,
];

/// Steps in frames within a second; only those that divide the rate's second are used.
const FRAME_STEPS: [i64; 13] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30];

/// How far two ticks are apart in timecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Numbers of frames; divides the second.
    Frames(i64),
    /// Seconds.
    Seconds(i64),
}

/// One line on the ruler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub frame: FrameIndex,
    /// What it says; `None` for a short line.
    pub label: Option<String>,
}

/// Timecode numbers a second of `rate` has.
fn nominal(rate: FrameRate) -> i64 {
    (rate.fps_for_display().round() as i64).max(1)
}

impl Step {
    /// Its length in frame numbers.
    fn numbers(self, nominal: i64) -> i64 {
        match self {
            Self::Frames(frames) => frames,
            Self::Seconds(seconds) => seconds * nominal,
        }
    }

    /// Every step of a rate, shortest first.
    fn all(nominal: i64) -> impl Iterator<Item = Self> {
        FRAME_STEPS
            .into_iter()
            .filter(move |step| *step < nominal && nominal % step == 0)
            .map(Self::Frames)
            .chain(SECOND_STEPS.into_iter().map(Self::Seconds))
    }
}

/// Steps of labelled and of all ticks, when labels are at most `label_px` points wide.
pub fn steps(rate: FrameRate, px_per_frame: f64, label_px: f32) -> (Step, Step) {
    let nominal = nominal(rate);
    let wide_enough = |step: &Step, px: f64| step.numbers(nominal) as f64 * px_per_frame >= px;
    let longest = Step::Seconds(SECOND_STEPS[SECOND_STEPS.len() - 1]);
    let major = Step::all(nominal)
        .find(|step| wide_enough(step, f64::from(label_px) + LABEL_GAP_PX))
        .unwrap_or(longest);
    // Short ticks must divide the long ones, or the two would drift past each other.
    let minor = Step::all(nominal)
        .find(|step| {
            wide_enough(step, TICK_MIN_PX) && major.numbers(nominal) % step.numbers(nominal) == 0
        })
        .unwrap_or(major);
    (major, minor)
}

/// The ticks of lanes of `width` points.
pub fn ticks(scale: TimeScale, rate: FrameRate, width: f32, label_px: f32) -> Vec<Tick> {
    let nominal = nominal(rate);
    let (major, minor) = steps(rate, scale.px_per_frame, label_px);
    let step = minor.numbers(nominal);
    let visible = scale.visible(width);
    // Drop-frame numbers run ahead of frames by at most 3.6 s an hour; starting early is cheap and safe.
    let first_number = visible.start.0.max(0) / step * step;
    let mut found: Vec<Tick> = Vec::new();
    let mut label_end = f32::NEG_INFINITY;
    for number in (0..).map(|index| first_number + index * step) {
        let frame = frame_from_number(number, nominal, rate);
        if frame >= visible.end() {
            break;
        }
        // Two numbers that drop-frame skips name the same frame.
        if found.last().is_some_and(|tick| tick.frame >= frame) {
            continue;
        }
        let x = scale.x_from_frame(frame);
        let is_labelled = number % major.numbers(nominal) == 0 && x >= label_end;
        if is_labelled {
            label_end = x + label_px;
        }
        found.push(Tick {
            frame,
            label: is_labelled.then(|| label(frame, rate, major)),
        });
    }
    found
}

/// The widest label that `step` can ask for, to measure with.
pub fn widest_label(px_per_frame: f64, rate: FrameRate) -> &'static str {
    // A second that is wide enough for a label may be split into frames, which need the long form.
    if nominal(rate) as f64 * px_per_frame > 80.0 {
        "00:00:00:00"
    } else {
        "0:00:00"
    }
}

/// What a tick says: frames only where ticks count frames, hours only from the first hour on.
fn label(frame: FrameIndex, rate: FrameRate, step: Step) -> String {
    let timecode = Timecode::from_frame(frame, rate);
    match step {
        Step::Frames(_) => timecode.to_string(),
        Step::Seconds(_) if timecode.hours == 0 => {
            format!("{}:{:02}", timecode.minutes, timecode.seconds)
        }
        Step::Seconds(_) => format!(
            "{}:{:02}:{:02}",
            timecode.hours, timecode.minutes, timecode.seconds
        ),
    }
}

/// The frame with that timecode number, or the first one after it where drop-frame skips it.
fn frame_from_number(number: i64, nominal: i64, rate: FrameRate) -> FrameIndex {
    let is_drop_frame = Timecode::from_frame(FrameIndex::ZERO, rate).is_drop_frame;
    if !is_drop_frame {
        return FrameIndex(number);
    }
    let dropped = nominal / 15;
    let minutes = number / (nominal * 60);
    let in_minute = number % (nominal * 60);
    let skipped = if minutes % 10 != 0 && in_minute < dropped {
        dropped - in_minute
    } else {
        0
    };
    FrameIndex(number + skipped - dropped * (minutes - minutes / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(px_per_frame: f64, left_frame: f64) -> TimeScale {
        TimeScale {
            px_per_frame,
            left_frame,
            origin_x: 0.0,
        }
    }

    #[test]
    fn labels_never_collide_at_any_zoom_or_rate() {
        let mut px_per_frame = 0.0005;
        while px_per_frame < 96.0 {
            for rate in FrameRate::COMMON {
                for left in [0.0, 1790.0, 107_000.0] {
                    let scale = scale(px_per_frame, left);
                    let found = ticks(scale, rate, 1200.0, 70.0);
                    let labelled: Vec<_> = found
                        .iter()
                        .filter(|tick| tick.label.is_some())
                        .map(|tick| scale.x_from_frame(tick.frame))
                        .collect();
                    let far_enough = labelled.windows(2).all(|pair| pair[1] - pair[0] >= 70.0);
                    assert!(far_enough, "{rate} at {px_per_frame}: {labelled:?}");
                    assert!(
                        found.len() < 400,
                        "{rate} at {px_per_frame}: {}",
                        found.len()
                    );
                }
            }
            px_per_frame *= 1.37;
        }
    }

    #[test]
    fn ticks_stand_on_whole_timecodes() {
        for rate in FrameRate::COMMON {
            for tick in ticks(scale(0.08, 0.0), rate, 2000.0, 60.0) {
                let timecode = Timecode::from_frame(tick.frame, rate);
                let is_dropped_number = timecode.is_drop_frame && timecode.frames <= 4;
                assert!(timecode.frames == 0 || is_dropped_number, "{timecode}");
            }
        }
    }

    #[test]
    fn zooming_in_goes_from_minutes_to_frames() {
        let step = |px_per_frame| steps(FrameRate::FPS_25, px_per_frame, 60.0).0;
        assert_eq!(step(0.001), Step::Seconds(3600));
        assert_eq!(step(0.1), Step::Seconds(30));
        assert_eq!(step(3.0), Step::Seconds(1));
        assert_eq!(step(15.0), Step::Frames(5));
        assert_eq!(step(90.0), Step::Frames(1));
    }

    #[test]
    fn labels_are_as_short_as_the_zoom_allows() {
        let labels = |px_per_frame, left| {
            ticks(scale(px_per_frame, left), FrameRate::FPS_25, 400.0, 60.0)
                .into_iter()
                .filter_map(|tick| tick.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(4.0, 0.0)[..2], ["0:00", "0:01"]);
        assert_eq!(labels(90.0, 0.0)[1], "00:00:00:01");
        assert!(labels(0.1, 90_000.0).contains(&"1:00:00".to_owned()));
    }
}

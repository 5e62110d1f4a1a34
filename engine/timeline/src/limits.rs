//! How much is too much, and why.

/// Undo steps kept. At about 20 KB a step on a 2,000-clip project this is 10 MB.
pub const HISTORY_STEPS_MAX: usize = 500;

/// Undo steps kept however much memory they take.
pub const HISTORY_STEPS_MIN: usize = 20;

/// Memory for undo steps. Ripples at the head of a long sequence move every item, so each such step holds them all.
pub const HISTORY_BYTES_MAX: usize = 512 << 20;

/// Edits of one kind on one thing within this time are one undo step: typing, nudging, scrolling a value.
pub const GROUP_MILLIS: u64 = 300;

/// Frames in a sequence: 46 hours at 60 frames a second. Keeps every time within 64 bits of ticks.
pub const FRAMES_MAX: i64 = 10_000_000;

/// Tracks in a sequence; more than anybody can scroll through.
pub const TRACKS_MAX: usize = 200;

/// Items in a sequence; a snapshot of this many pointers is below a megabyte.
pub const ITEMS_MAX: usize = 100_000;

/// Markers in a sequence.
pub const MARKERS_MAX: usize = 10_000;

/// Takes of one generated item.
pub const TAKES_MAX: usize = 1_000;

/// Shots of one storyboard: a minute of the shortest ones that anybody can follow.
pub const SHOTS_MAX: usize = 120;

/// Pictures that one recipe keeps to; generators take fewer.
pub const REFERENCES_MAX: usize = 16;

/// Keyframes of one value.
pub const KEYFRAMES_MAX: usize = 100_000;

/// Fastest and, inverted, slowest speed of a clip.
pub const SPEED_MAX: i64 = 100;

/// Largest number in a speed ratio; keeps exact arithmetic within 128 bits.
pub const SPEED_TERM_MAX: i64 = 1_000_000;

/// Longest look-up table, in bytes of text: more than 65³ entries take.
pub const TEXT_BYTES_MAX: usize = 64 << 20;

/// Latest media time: 100 days, in ticks.
pub const MEDIA_TICKS_MAX: i64 = 100 * 86_400 * av::TICKS_PER_SECOND;

/// Seconds a still lasts when nobody says how long.
pub const STILL_SECONDS: i64 = 5;

// The end of the longest sequence at the slowest rate (one frame a second) has to fit into ticks.
const _: () = assert!(FRAMES_MAX < i64::MAX / av::TICKS_PER_SECOND);

/// Frames in a media file: 100 days at the fastest rate there is.
pub const MEDIA_FRAMES_MAX: i64 = 100 * 86_400 * 1_000;

/// Largest number in a sequence's frame rate; keeps exact arithmetic within 128 bits.
pub const RATE_TERM_MAX: u32 = 1_000_000;

/// Heights of a title's letters in parts of the frame's height: what can still be seen, and a letter that fills four
/// frames.
pub const TITLE_SIZES: std::ops::RangeInclusive<f64> = 0.001..=4.0;

/// Longest title, in bytes; every line of it is shaped again when it changes.
pub const TITLE_BYTES_MAX: usize = 100_000;

/// Marks on the matte of one clip; a mark for every picture of five minutes.
pub const MARKS_MAX: usize = 10_000;

/// Points of one stroke: a minute of painting at a screen's usual rate.
pub const MARK_POINTS_MAX: usize = 4_096;

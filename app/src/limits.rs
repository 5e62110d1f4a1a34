//! Every bound of the window, and why.

/// Events taken from the engine in one frame; the rest waits for the next, so that a flood never freezes the window.
pub const EVENTS_PER_FRAME_MAX: usize = 256;

/// Events kept while a hand drags; then the engine's own queue fills, which is bounded too.
pub const HELD_EVENTS_MAX: usize = 64;

/// Height of thumbnails asked for: sharp on a strip of 60 points at twice the usual density.
pub const THUMBNAIL_HEIGHT_PX: u32 = 120;

/// Thumbnails kept as textures: about 100 MB of 213×120 pictures.
pub const THUMBNAILS_MAX: usize = 1000;

/// Thumbnails asked for in one frame; the queue behind holds more, but scrolling soon changes what is wanted.
pub const THUMBNAIL_WISHES_PER_FRAME_MAX: usize = 24;

/// Waveforms asked for in one frame.
pub const WAVEFORM_WISHES_PER_FRAME_MAX: usize = 4;

/// Pictures of an asset shown in the bin while the pointer moves over it.
pub const BIN_STRIP_PICTURES: i64 = 12;

/// Pictures of a take that play on its card while the pointer is on it: some eight a second for a short one.
pub const TAKE_STRIP_PICTURES: i64 = 16;

/// Notices kept in the list.
pub const NOTICES_MAX: usize = 100;

/// How long a notice floats over the window before it is only in the list.
pub const TOAST_SECONDS: f64 = 6.0;

/// Notices that float at once; more would hide the picture.
pub const TOASTS_MAX: usize = 3;

/// Ended jobs kept in the list.
pub const ENDED_JOBS_MAX: usize = 50;

/// Work that took this long is worth a sign when it ends: whoever waited looks elsewhere by now.
pub const LONG_JOB_SECONDS: f64 = 30.0;

/// Projects kept in the list of recent ones.
pub const RECENT_PROJECTS_MAX: usize = 10;

/// Frames that Shift with an arrow goes.
pub const STEP_MANY_FRAMES: i64 = 10;

/// Fastest shuttle: J and L double up to here.
pub const SHUTTLE_SPEED_MAX: i64 = 8;

/// Seconds without any input after which a draft is made ahead: longer than somebody thinks with a hand on the mouse.
pub const AHEAD_IDLE_SECONDS: f64 = 20.0;

/// How long a new title lasts.
pub const TITLE_SECONDS: i64 = 4;

/// How much longer a clip becomes when nothing says by how much: enough to be seen, quick to make as a draft.
pub const EXTENSION_SECONDS: i64 = 2;

/// How long something made from words is, when nothing says how long.
pub const WISH_SECONDS: i64 = 4;

/// How long a new transition lasts.
pub const TRANSITION_SECONDS_TENTHS: i64 = 10;

/// Answers from file dialogs that may wait; there is one dialog at a time.
pub const DIALOG_QUEUE_MAX: usize = 8;

/// Smallest and largest scale of the window that can be chosen.
pub const UI_SCALE_RANGE: std::ops::RangeInclusive<f32> = 0.75..=2.0;

/// Largest `.cube` file that is read: 65³ entries with room to spare.
pub const LOOK_BYTES_MAX: u64 = 32 << 20;

/// Physical pixels that the viewer asks for at most across; beyond 4K a preview gains nothing.
pub const VIEWER_SIDE_MAX: u32 = 3840;

//! Every bound of the engine's threads, and why.

/// Commands that may wait; one frame of the window sends a handful, so a full queue means a stuck engine.
pub const COMMAND_QUEUE_MAX: usize = 256;

/// Events that may wait for the window; it drains up to 256 a frame.
pub const EVENT_QUEUE_MAX: usize = 1024;

/// Jobs that may wait; more is a slip of the mouse.
pub const JOB_QUEUE_MAX: usize = 64;

/// Requests for thumbnails, waveforms and probes that may wait.
pub const PREVIEW_QUEUE_MAX: usize = 512;

/// Samples that one stretch of a waveform stands for.
pub const WAVEFORM_BUCKET_SAMPLES: usize = 256;

/// An edit is on the disk at most this long after it was made.
pub const AUTOSAVE_MILLIS: u64 = 700;

/// Earlier versions of a project file that are kept beside it.
pub const BACKUPS_MAX: usize = 10;

/// Readers that stay open: one per visible layer, the next cut's, and a few for scrubbing.
pub const OPEN_READERS_MAX: usize = 8;

/// A model's weights stay loaded this long after its last job: another take is often wanted at once.
pub const IDLE_WEIGHTS_SECONDS: u64 = 120;

/// Longest piece that is made at once, in seconds, as long as the best in the field do.
pub const GENERATED_SECONDS_MAX: f64 = 60.0;

/// Known frames and masks that are held while they are remade; as much again is made.
pub const KNOWN_CLIP_BYTES_MAX: u64 = 3 << 30;

/// Longest sound that is written down at once, in seconds: three hours take 700 MB while they are heard.
pub const HEARD_SECONDS_MAX: i64 = 3 * 3_600;

/// Largest file of subtitles in bytes: those of a whole day of talk have two million.
pub const SUBTITLE_BYTES_MAX: u64 = 32 << 20;

/// Thumbnails and waveforms on the disk; the least used go first.
pub const PREVIEW_CACHE_BYTES_MAX: u64 = 1 << 30;

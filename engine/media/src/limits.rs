//! How much of anything this room takes, and why.

/// Bytes of decoded pictures one reader keeps for stepping back: 120 frames of 1080p, or a 4K half second.
pub const GOP_RING_BYTES_MAX: usize = 360 << 20;

/// Bytes of decoded pictures that all readers keep together; a timeline of many clips must not fill the memory.
pub const GOP_RINGS_BYTES_MAX: usize = 600 << 20;

/// Pictures that every reader may keep, whatever the others do.
pub const GOP_RING_PICTURES_MIN: usize = 4;

/// Bytes of compressed packets one reader keeps; a minute of 1080p, so that going back reads no file.
pub const PACKET_CACHE_BYTES_MAX: usize = 64 << 20;

/// Packets that wait between the demuxer's thread and ours; a few groups of pictures ahead is enough.
pub const PACKET_QUEUE_MAX: u32 = 64;

/// Threads one decoder may use; more only adds latency before the first frame appears.
pub const DECODER_THREADS_MAX: usize = 4;

/// Seconds to wait for GStreamer to answer before a file counts as damaged; slow network disks need a few.
pub const ANSWER_SECS_MAX: u64 = 20;

/// Bytes read at each place that a fingerprint looks at.
pub const FINGERPRINT_BLOCK_BYTES: u64 = 1 << 20;

/// Blocks between the first and the last that a fingerprint looks at; two edits of one recording differ in one of them.
pub const FINGERPRINT_INNER_BLOCKS: u64 = 4;

/// Bytes of thumbnails, waveforms and indexes kept on disk when nothing else is asked for.
pub const CACHE_BYTES_MAX: u64 = 2 << 30;

/// Samples for each bucket of a waveform's finest level.
pub const WAVEFORM_BUCKET_SAMPLES: usize = 256;

/// How many buckets of one waveform level make one of the next.
pub const WAVEFORM_LEVEL_FACTOR: usize = 4;

/// Frames that wait before an encoder; enough to keep it busy, few enough to cancel fast.
pub const ENCODE_QUEUE_FRAMES_MAX: u64 = 4;

/// Seconds of sound queued before the sound device, so that a pause is heard at once.
pub const SOUND_QUEUE_MILLIS_MAX: u64 = 250;

/// Samples decoded before the wanted ones after a seek; Opus asks for 80 ms, AAC and MP3 for two frames.
pub const SOUND_PREROLL_SAMPLES: i64 = 9_600;

/// Samples kept behind the last read one, so that small steps back need no seek.
pub const SOUND_HISTORY_SAMPLES: i64 = 96_000;

/// Samples that are decoded and thrown away rather than seeking ahead.
pub const SOUND_READ_ON_SAMPLES: i64 = 48_000;

/// Bytes of encoded pictures that may wait for the sound they belong to, and the other way round.
pub const ENCODE_QUEUE_BYTES_MAX: u64 = 64 << 20;

/// Seconds an encoder may take for one picture before sound and pictures count as handed over too far apart.
pub const ENCODE_WAIT_SECS_MAX: u64 = 60;

/// Seconds a hardware encoder may take for its trial frames; loading a driver takes one or two.
pub const HARDWARE_TRIAL_SECS_MAX: u64 = 5;

/// Bytes that a GIF's decoded frames may take; half a minute at 640x480.
pub const ANIMATION_BYTES_MAX: u64 = 512 << 20;

/// Sound that a paused output takes; nobody waits there, so what is too much is refused.
pub const SOUND_PAUSED_MILLIS_MAX: u64 = 2_000;

/// Levels of a waveform; the coarsest has one bucket for 90 seconds.
pub const WAVEFORM_LEVELS_MAX: usize = 8;

/// Milliseconds without a read or a stream after which a file counts as holding none; slow disks answer sooner.
pub const SILENCE_MILLIS_MAX: u64 = 2_500;

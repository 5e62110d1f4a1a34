//! Every limit of this crate, with its reason.

/// Bytes of pictures kept on the device: about sixty frames of 1080p, so that stepping back and forth uploads nothing,
/// and little enough for a software adapter, where they lie in main memory.
pub const PICTURE_CACHE_BYTES_MAX: u64 = 192 << 20;

/// Bytes of rasterised titles kept: some twenty full-frame 1080p titles.
pub const TITLE_CACHE_BYTES_MAX: usize = 128 << 20;

/// Look-up tables kept on the device; a sequence rarely uses more looks than this, and 65³ entries take 2 MB.
pub const LOOKS_MAX: usize = 16;

/// Largest side of a three-dimensional `.cube` table: twice the 65 that grading tools write, 17 MB on the device.
pub const CUBE_3D_SIDE_MAX: usize = 129;

/// Most entries of a one-dimensional `.cube` table, as the format's own description has it.
pub const CUBE_1D_SIZE_MAX: usize = 65_536;

/// Longest `.cube` text: the largest table at thirty characters a line.
pub const CUBE_BYTES_MAX: usize = CUBE_3D_SIDE_MAX * CUBE_3D_SIDE_MAX * CUBE_3D_SIDE_MAX * 32;

/// Halvings before upload: 16384 pixels shrink to 256, less than any sequence that is looked at.
pub const HALVINGS_MAX: u32 = 6;

/// Samples across one output pixel when a picture is made smaller unevenly; beyond that it may shimmer.
pub const TAPS_MAX: u32 = 8;

/// Standard deviation of a blur in pixels of the picture it runs on; stronger blurs run on smaller pictures.
pub const BLUR_SIGMA_MAX: f64 = 6.0;

/// Letters of a title; more do not fit on a frame, and each is shaped and drawn on the processor.
pub const TITLE_CHARS_MAX: usize = 4_000;

/// Largest height of letters in frame heights; guards the memory of one glyph.
pub const TITLE_SIZE_MAX: f64 = 2.0;

/// Longest wait for the device to finish one frame; software adapters need seconds for 8K, a hung driver forever.
pub const DEVICE_WAIT_SECS_MAX: u64 = 60;

const _: () = assert!(CUBE_3D_SIDE_MAX >= 65, "65 is what grading tools write");
const _: () = assert!(TAPS_MAX >= 2, "uneven shrinking needs two samples each way");

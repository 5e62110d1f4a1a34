//! What flows through Everframe: time, pictures and sound as plain values.
//!
//! Never here: input or output, threads, devices, codecs, the document, anything of ours from another crate.
//!
//! Start reading at [`time`] (every position in the program is one of its types), then [`picture`] and [`sound`].
//!
//! ```
//! use av::{FrameIndex, FrameRate};
//! let rate = FrameRate::new(30_000, 1_001).unwrap();
//! let ticks = rate.ticks_from_frame(FrameIndex(30));
//! assert_eq!(rate.frame_from_ticks(ticks), FrameIndex(30));
//! ```

pub mod media_info;
pub mod picture;
pub mod range;
pub mod sound;
pub mod time;
pub mod timecode;

pub use media_info::{AudioStreamInfo, Fingerprint, MediaInfo, VideoStreamInfo};
pub use picture::{
    ColorMatrix, ColorRange, ColorSpace, PixelFormat, Plane, ScanSize, Transfer, VideoFrame,
};
pub use range::{FrameRange, TickRange};
pub use sound::{AudioBlock, CHANNELS, SAMPLE_RATE};
pub use time::{FrameCount, FrameIndex, FrameRate, Ratio, TICKS_PER_SECOND, Ticks, TimeError};
pub use timecode::Timecode;

//! What `media` promises, checked on files made here and now by GStreamer and by the `ffmpeg` program.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod alignment;
mod bad_input;
mod caching;
mod exact;
mod fixture;
mod round_trip;
mod sound;
mod trouble;

//! The Wan family end to end, on a small random model that is installed as a real one would be: every operation has the
//! right frames and leaves known pixels alone, long clips and storyboards come in several runs, and what goes wrong says
//! so.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "wan_backend/common.rs"]
mod common;
#[path = "wan_backend/faults.rs"]
mod faults;
#[path = "wan_backend/long.rs"]
mod long;
#[path = "wan_backend/offload.rs"]
mod offload;
#[path = "wan_backend/operations.rs"]
mod operations;
#[path = "wan_backend/starter.rs"]
mod starter;

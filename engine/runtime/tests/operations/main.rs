//! Every operation on documents and through the queue, answered by the stand-in and by a small random network: what is kept stays bit for bit, what is
//! made has the right length, the same recipe makes nothing twice, and stopping leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod bench;
mod clean_speech;
mod corrections;
mod finals;
mod kept;
mod moving;
mod network;
mod queue;
mod recipes;
mod resume;
mod switching;

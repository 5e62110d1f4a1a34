//! The whole window on a fake engine: pressed, typed into and looked at through its accessible names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ahead;
mod asking;
mod background;
mod captions;
mod clean_speech;
mod clip_commands;
mod fake_engine;
mod finals;
mod models;
mod pictures;
mod queue;
mod session;
mod stage;
mod takes;

//! The whole window on a fake engine: pressed, typed into and looked at through its accessible names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asking;
mod background;
mod captions;
mod clip_commands;
mod fake_engine;
mod finals;
mod models;
mod pictures;
mod queue;
mod session;
mod stage;
mod takes;

//! The whole window on a fake engine: pressed, typed into and looked at through its accessible names.

mod fake_engine;
mod pictures;
mod session;
mod stage;

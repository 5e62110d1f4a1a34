//! RIFE 4.6: the frames between two frames, at any time between, by flow estimated from coarse to fine.

pub mod between;
pub mod network;
pub mod pipeline;

pub use between::{Between, Prepared};
pub use pipeline::RifeBackend;

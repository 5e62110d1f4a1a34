//! Operations that the networks share and that candle lacks or does slowly on a CPU.

pub mod conv2d;
mod kernel;
pub mod resample;
pub mod warp;

pub use conv2d::{Activation, Conv2d, ConvShape, ConvTranspose2d};

//! Operations that the networks share and that candle lacks or does slowly on a CPU.

pub mod activation;
pub mod attention;
pub mod channel_norm;
pub mod conv2d;
pub mod conv3d;
pub mod conv_transpose2d;
pub mod deal;
pub mod instance_norm;
mod kept;
mod kernel;
pub mod layer_norm;
pub mod linear;
pub mod resample;
mod vector_math;
pub mod warp;
mod winograd;

pub use activation::gelu_tanh;
pub use attention::attention;
pub use conv_transpose2d::ConvTranspose2d;
pub use conv2d::{Activation, Conv2d, ConvShape};
pub use layer_norm::layer_norm;
pub use linear::Linear;

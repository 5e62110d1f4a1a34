//! U²-Net-p: the subject of a picture, as a matte.

pub mod network;
pub mod pipeline;

pub use network::SIDE;
pub use pipeline::{SubjectNet, U2NetMatter};

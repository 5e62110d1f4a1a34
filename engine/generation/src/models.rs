//! The networks, one folder per family; families may copy from each other but never import each other.
//! [`continuation`] is no family: it arranges what RIFE makes.

pub mod continuation;
pub mod fake;
pub mod multistyle;
pub mod photo;
pub mod realesrgan;
pub mod rife;
pub mod sketch;
pub mod u2net;
pub mod wan;
pub mod whisper;

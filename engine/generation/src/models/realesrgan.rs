//! Real-ESRGAN: pictures four times as large, by a compact network for video and a deeper one for stills and drawings.

pub mod network;

/// Id in the manifest of the compact network.
pub const COMPACT_ID: &str = "realesr-animevideov3";
/// Id in the manifest of the dense network.
pub const DENSE_ID: &str = "realesrgan-x4plus-anime";

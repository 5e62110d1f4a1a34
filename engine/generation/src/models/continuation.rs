//! Real footage goes on past its end, or starts earlier, out of its own frames: no prompt, nothing to download.
//!
//! Three methods: [`loops`] jumps to an earlier moment that looks and moves alike, and plays on from there; [`retime`]
//! lets the motion run out and sway through the last second in slow motion; [`camera`] lets the camera's own motion
//! die down. Each writes down a [`plan`] of what every made frame shows, [`painter`] paints it, and [`score`] measures
//! how well it meets the footage. Backwards is the same on the footage in reverse.

pub mod backend;
pub mod camera;
pub mod footage;
pub mod loops;
pub mod mosaic;
pub mod painter;
pub mod plan;
pub mod retime;
pub mod score;

pub use backend::{ContinuationBackend, ID};

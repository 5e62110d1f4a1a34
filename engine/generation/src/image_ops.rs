//! Pictures as planes of floats, and back: what networks take and give.

pub mod camera;
pub mod color;
pub mod damage;
pub mod guided;
pub mod motion;
pub mod resize;
pub mod smooth;

pub use color::{Rgb, frame_like, gray_from_frame, rgb_from_frame};
pub use guided::{box_mean, guided_filter};
pub use motion::{Motion, motion};
pub use resize::resize_plane;

//! Layers into one picture: what a [`timeline::FramePlan`] says, drawn with wgpu, the same for preview and export.
//!
//! Never here: files, decoders, the document's history, a clock, a window. Pictures come in decoded through
//! [`Pictures`]; where they came from is nobody's business here. wgpu is named in this crate only.
//!
//! Start reading at [`compositor`] (one frame from plan to bytes), then [`color`] (what the numbers mean on the way),
//! [`mod@passthrough`] and `planar.rs` (frames that need no graphics device), and `shaders/shot.wgsl`.
//!
//! ```no_run
//! # fn draw(plan: &timeline::FramePlan, pictures: &dyn compositor::Pictures) -> compositor::Result<()> {
//! let mut compositor = compositor::Compositor::new()?;
//! let frame = compositor.render(plan, pictures, compositor::OutputFormat::I420)?;
//! let shown = compositor::to_rgba(&frame);
//! # Ok(()) }
//! ```

pub mod color;
pub mod compositor;
pub mod cube;
mod device;
pub mod display;
mod draw;
pub mod error;
mod finish;
mod grade;
pub mod limits;
mod look;
mod pass;
pub mod passthrough;
mod picture;
mod placement;
mod planar;
mod ready;
pub mod shaders;
mod shrink;
mod target_pool;
pub mod title;
mod transition;

pub use compositor::{
    AdapterChoice, AdapterInfo, Compositor, Options, OutputFormat, PictureMap, Pictures,
};
pub use cube::{Cube, CubeError};
pub use display::{to_rgba, to_rgba_within};
pub use error::{Error, Result};
pub use passthrough::passthrough;
pub use placement::picture_from_frame;
pub use title::{TitlePicture, draw_title};

//! Pictures made by models: one request type (a clip with holes), several backends that can answer it.
//!
//! Never here: the document, files of pictures or sound, threads that outlive a call, the window. A [`Request`] comes
//! in, frames go out; what a backend can do is said by its [`BackendInfo`], from which interfaces are drawn.
//! This is the only crate that names candle.
//!
//! Start reading at [`request`] (what is asked), then [`backend`] (who answers), then [`models`] (how).
//! Weights are found and checked by [`manifest`] and [`weights`].
//!
//! ```
//! use std::ops::ControlFlow;
//! use generation::{Backend as _, ClipFrame, MaskedClip, Request, models::fake::FakeBackend};
//!
//! let size = av::ScanSize::new(32, 16);
//! let clip = MaskedClip::new(size, av::FrameRate::FPS_25, vec![ClipFrame::ToMake; 5])?;
//! let mut backend = FakeBackend::new();
//! let output = backend.generate(&Request::new(clip), &mut |_step| ControlFlow::Continue(()))?;
//! assert_eq!(output.frames.len(), 5);
//! # Ok::<(), generation::Error>(())
//! ```

pub mod backend;
pub mod catalog;
pub mod error;
pub mod image_ops;
pub mod installed;
mod interrupt;
pub mod limits;
pub mod manifest;
pub mod matte;
pub mod models;
pub mod noise;
pub mod ops;
pub mod recipe;
pub mod request;
pub mod restyle;
pub mod seam;
pub mod upscale;
pub mod weights;

pub use backend::{
    Backend, BackendInfo, Capability, Estimate, FrameSink, Note, OnStep, Output, Parameter,
    ParameterKind, SeamMetrics, Step, run_step,
};
pub use error::{Error, Result};
pub use manifest::{Manifest, ModelEntry, Models};
pub use matte::{Matte, Matter};
pub use recipe::Recipe;
pub use request::{ClipFrame, MaskedClip, Operation, ParameterValue, Request, Shot};
pub use weights::Weights;

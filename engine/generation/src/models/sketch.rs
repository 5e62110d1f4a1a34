//! Storyboards drawn from a sentence: no network, but the words are understood, the scene is composed and everything
//! moves. Faster than real time at any size; always labelled as a sketch.
//!
//! Start reading at [`prompt`] (words to a scene), then [`backdrop`] and [`actors`] (what is drawn), then [`backend`].

pub mod actors;
pub mod backdrop;
pub mod backend;
pub mod camera;
pub mod figure;
pub mod look;
pub mod paint;
pub mod prompt;
pub mod raster;
pub mod sprites;
pub mod weather;
pub mod words;

pub use backend::SketchBackend;

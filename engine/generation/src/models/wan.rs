//! The Wan family with VACE control: text encoder, diffusion transformer, causal video autoencoder, samplers.
//!
//! Tensor names are those of the diffusers library; the original names are understood too ([`loader`]).

pub mod backend;
pub mod cache;
pub mod clip;
pub mod condition;
pub mod config;
pub mod control;
pub mod detect;
pub mod loader;
pub mod lora;
pub mod memory;
pub mod names;
pub mod open;
pub mod pipeline;
pub mod preview;
pub mod prompt;
pub mod scheduler;
pub mod speed;
pub mod storyboard;
pub mod text_encoder;
pub mod tokenizer;
pub mod transformer;
pub mod vae;
pub mod windows;

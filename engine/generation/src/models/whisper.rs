//! Whisper: speech to words with times, in about a hundred languages. Not shipped; installed as a pack of weights and a
//! tokenizer.
//!
//! The network is our own on this crate's layers: the tensor library's model crate runs its decoder over all tokens again
//! for each new one, cannot be stopped inside a window, and wants a description beside the weights; here earlier tokens
//! are remembered, every layer asks whether to go on, and all sizes are read from the tensors' shapes.
//!
//! Start reading at [`listener`] (sound to captions), then [`rules`] (which token may come next) and [`network`].

pub mod listener;
pub mod mel;
pub mod network;
mod open;
pub mod rules;
pub mod thin;
pub mod tokens;

pub use listener::{Caption, Heard, Listener};
pub use open::{is_whisper, listener, listening_models};
pub use thin::Thinner;

//! The photo animator: one still at full size becomes a shot, without anything to download.
//!
//! The still is taken apart ([`scene`]): the subject is cut out, what lies behind it is filled from its surroundings
//! ([`inpaint`]), and how near things are is guessed from where they stand ([`depth`]). A camera ([`camera`]) then moves
//! through these layers ([`render`]), with snow, fog or fireworks in the air between them ([`weather`], [`air`]). What is wished for is read from menus or, word by word, from the prompt ([`words`]).

pub mod air;
pub mod backend;
pub mod camera;
pub mod depth;
pub mod inpaint;
pub mod light;
pub mod masks;
pub mod render;
pub mod scene;
pub mod weather;
pub mod words;

pub use backend::PhotoBackend;

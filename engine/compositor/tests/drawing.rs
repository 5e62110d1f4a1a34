//! Frames drawn on the software adapter, held against arithmetic.

#[path = "drawing/bypass.rs"]
mod bypass;
#[path = "drawing/colors.rs"]
mod colors;
#[path = "drawing/finishes.rs"]
mod finishes;
#[path = "drawing/layers.rs"]
mod layers;
#[path = "drawing/places.rs"]
mod places;
#[path = "drawing/scene.rs"]
mod scene;
#[path = "drawing/swaps.rs"]
mod swaps;
#[path = "drawing/titles.rs"]
mod titles;

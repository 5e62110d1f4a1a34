//! U²-Net-p: the subject of a picture, as a matte.

pub mod network;

//! Small things that panels are made of.

pub mod control;
pub mod field;
pub mod filmstrip;
pub mod icon;
pub mod time_ruler;
pub mod timecode_field;
pub mod waveform;

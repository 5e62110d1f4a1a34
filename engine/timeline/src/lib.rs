//! The document: sequences, tracks, clips, edits, history and the project file, as values.
//!
//! Never here: a file system, a clock, a thread, a GPU, a codec. Values go in, values come out.
//!
//! Start reading at [`document`], then [`edit`] (everything that can change it), [`check`] (everything that holds of
//! it) and [`plan`] (the only place that says what a frame shows and what is heard).

pub mod asset;
pub mod document;
pub mod effect;
pub mod generated;
pub mod id;
pub mod item;
pub mod keyframe;
pub mod plan;
pub mod sequence;
pub mod title;
pub mod track;
pub mod transition;

pub use asset::{Asset, AssetPool};
pub use document::Document;
pub use effect::{
    Background, BackgroundFill, BlendMode, ColorControls, Crop, Fit, Look, Properties, Transform,
};
pub use generated::{Anchor, Generated, GeneratedState, Purpose, Recipe, Take};
pub use id::{AssetId, ItemId, LinkId, MarkerId, TakeId, TrackId, TransitionId};
pub use item::{Clip, Content, Item};
pub use keyframe::{Animated, Interpolation, Keyframe};
pub use plan::{
    AudioPlan, AudioSegment, BackgroundPlan, FramePlan, LayerPlan, MediaMoment, PicturePlan,
    ShotPlan, TransitionPlan,
};
pub use sequence::{Marker, Sequence};
pub use title::{Rgba, TextAlign, Title};
pub use track::{Track, TrackKind};
pub use transition::{Transition, TransitionKind, WipeDirection};

//! The document: sequences, tracks, clips, edits, history and the project file, as values.
//!
//! Never here: a file system, a clock, a thread, a GPU, a codec. Values go in, values come out.
//!
//! Start reading at [`document`], then [`edit`] (everything that can change it), [`check`] (everything that holds of
//! it) and [`plan`] (the only place that says what a frame shows and what is heard).
//!
//! ```
//! use av::{FrameIndex, FrameRange, FrameRate, ScanSize};
//! use timeline::{Document, Edit, Rgba, Sequence, apply, file, plan_frame};
//! let empty = Document::new("Demo", Sequence::new(ScanSize::new(1280, 720), FrameRate::FPS_25));
//! let range = FrameRange::between(FrameIndex(0), FrameIndex(50));
//! let track = empty.sequence.tracks[0].id;
//! let document = apply(&empty, &Edit::AddSolid { track, range, color: Rgba::WHITE }).unwrap();
//! assert_eq!(file::draw(&document.sequence), "V1: Color[0..50)");
//! assert_eq!(plan_frame(&document, FrameIndex(49)).layers.len(), 1);
//! ```

pub mod asset;
pub mod background;
pub mod captions;
pub mod check;
pub mod document;
pub mod edit;
pub mod effect;
pub mod file;
pub mod generated;
pub mod history;
pub mod id;
pub mod item;
pub mod keyframe;
pub mod limits;
pub mod plan;
pub mod sequence;
pub mod source;
pub mod title;
pub mod track;
pub mod transition;

pub use asset::{Asset, AssetPool};
pub use background::{
    AppliedCorrection, Background, BackgroundFill, Correction, Finish, Mark, MarkSide, MatteView,
};
pub use check::{Violation, check};
pub use document::Document;
pub use edit::{Applied, Created, Edit, EditError, apply, apply_edit};
pub use effect::{BlendMode, CleanSpeech, ColorControls, Crop, Fit, Look, Properties, Transform};
pub use file::FileError;
pub use generated::{
    Anchor, Draft, DraftFrames, Generated, GeneratedState, Purpose, Recipe, RecipeShot, Region,
    Take,
};
pub use history::{History, Selection, Step};
pub use id::{AssetId, ItemId, LinkId, MarkerId, TakeId, TrackId, TransitionId};
pub use item::{Clip, Content, Item};
pub use keyframe::{Animated, Interpolation, Keyframe};
pub use plan::{
    AudioPlan, AudioSegment, BackgroundPlan, FramePlan, LayerPlan, MediaMoment, PicturePlan,
    ShotPlan, TransitionPlan, content_hash, plan_audio, plan_frame, stale_items,
};
pub use sequence::{Marker, Sequence};
pub use source::Handles;
pub use title::{Rgba, TextAlign, Title};
pub use track::{Track, TrackKind};
pub use transition::{Transition, TransitionKind, WipeDirection};

#[cfg(test)]
mod tests;

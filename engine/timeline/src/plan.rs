//! What a frame shows and what is heard: the one truth behind preview, export, thumbnails and conditioning frames.
//!
//! A plan names media moments and resolved numbers only; whoever draws it needs neither the document nor the time.

mod audio;
mod hash;
mod stale;
mod video;

pub use audio::plan_audio;
pub use hash::content_hash;
pub use stale::{anchor_frames, stale_items};
pub(crate) use stale::{renewed_anchors, stale_items_of};
pub use video::plan_frame;

use crate::{
    AssetId, BackgroundFill, BlendMode, ColorControls, Crop, Finish, Fit, ItemId, Look, MatteView,
    Rgba, Title, TransitionKind,
};
use av::{FrameIndex, ScanSize, Ticks};

/// A moment of a media file; the file's index says which frame is shown then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MediaMoment {
    /// Which file.
    pub asset: AssetId,
    /// When, in its media time.
    pub time: Ticks,
}

/// Everything one frame of a sequence shows.
#[derive(Debug, Clone, PartialEq)]
pub struct FramePlan {
    /// Which frame.
    pub frame: FrameIndex,
    /// Pixels of the result.
    pub size: ScanSize,
    /// What shows where no layer lies.
    pub background: Rgba,
    /// Layers, bottom first.
    pub layers: Vec<LayerPlan>,
}

/// What a layer draws from.
#[derive(Debug, Clone, PartialEq)]
pub enum PicturePlan {
    /// A picture of a media file.
    Media(MediaMoment),
    /// Words; as large as the sequence.
    Title(Title),
    /// One color; as large as the sequence.
    Solid(Rgba),
}

/// A background swap with its moments resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct BackgroundPlan {
    /// The matte's picture: full-range luma 255 keeps the subject.
    pub matte: MediaMoment,
    /// What is put behind; for `Asset` the moment is in `fill_moment`.
    pub fill: BackgroundFill,
    /// The picture put behind, when the fill is an asset.
    pub fill_moment: Option<MediaMoment>,
    /// How the edge is finished.
    pub finish: Finish,
    /// What of it is shown; a document only ever plans the result.
    pub view: MatteView,
}

/// One picture with everything done to it, in order: background swap, color, look, crop, fit, transform, opacity.
#[derive(Debug, Clone, PartialEq)]
pub struct ShotPlan {
    /// The item it comes from.
    pub item: ItemId,
    /// What it draws from.
    pub picture: PicturePlan,
    /// How the picture meets the frame.
    pub fit: Fit,
    /// What is cut off first.
    pub crop: Crop,
    /// Shift of the middle in sequence widths and heights.
    pub position: [f64; 2],
    /// Size against the fitted size; negative mirrors.
    pub scale: [f64; 2],
    /// Clockwise.
    pub rotation_degrees: f64,
    /// 0 to 1.
    pub opacity: f64,
    /// Corrections.
    pub color: ColorControls,
    /// A look-up table.
    pub look: Option<Look>,
    /// A swapped background.
    pub background: Option<BackgroundPlan>,
}

/// Two shots on their way from one to the other.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionPlan {
    /// How it looks.
    pub kind: TransitionKind,
    /// 0 shows only `from`, 1 only `to`; both ends are never reached inside a transition.
    pub progress: f64,
    /// The shot that goes.
    pub from: ShotPlan,
    /// The shot that comes.
    pub to: ShotPlan,
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerPlan {
    /// A single shot, blended with what lies below.
    Shot {
        /// What is drawn.
        shot: Box<ShotPlan>,
        /// How it meets what lies below.
        blend: BlendMode,
    },
    /// A transition, drawn with normal blending.
    Transition(Box<TransitionPlan>),
}

impl ShotPlan {
    /// A picture of an item with nothing done to it but fitting it inside the frame.
    pub fn plain(item: ItemId, picture: PicturePlan) -> Self {
        Self {
            item,
            picture,
            fit: Fit::Contain,
            crop: Crop::default(),
            position: [0.0, 0.0],
            scale: [1.0, 1.0],
            rotation_degrees: 0.0,
            opacity: 1.0,
            color: ColorControls::default(),
            look: None,
            background: None,
        }
    }

    /// The media moment it shows, if nothing at all is done to the picture but fitting it to the frame.
    pub fn untouched(&self) -> Option<MediaMoment> {
        let PicturePlan::Media(moment) = self.picture else {
            return None;
        };
        let is_untouched = self.crop == Crop::default()
            && self.position == [0.0, 0.0]
            && self.scale == [1.0, 1.0]
            && self.rotation_degrees == 0.0
            && self.opacity == 1.0
            && self.color.is_neutral()
            && self.look.is_none()
            && self.background.is_none();
        is_untouched.then_some(moment)
    }
}

impl FramePlan {
    /// The media moment this frame shows if it is one untouched picture with normal blending.
    ///
    /// Whoever draws may hand that picture through as it is when it also has the sequence's size and color space
    /// and no transparency.
    pub fn untouched(&self) -> Option<MediaMoment> {
        match self.layers.as_slice() {
            [
                LayerPlan::Shot {
                    shot,
                    blend: BlendMode::Normal,
                },
            ] => shot.untouched(),
            _ => None,
        }
    }

    /// Shows `view` of the background swap of `item`, wherever this frame shows that item.
    pub fn set_matte_view(&mut self, item: ItemId, view: MatteView) {
        let set = |shot: &mut ShotPlan| {
            if shot.item == item
                && let Some(background) = &mut shot.background
            {
                background.view = view;
            }
        };
        for layer in &mut self.layers {
            match layer {
                LayerPlan::Shot { shot, .. } => set(shot),
                LayerPlan::Transition(transition) => {
                    set(&mut transition.from);
                    set(&mut transition.to);
                }
            }
        }
    }

    /// Every media moment that must be decoded to draw this frame.
    pub fn moments(&self) -> Vec<MediaMoment> {
        let mut moments = Vec::new();
        let mut add = |shot: &ShotPlan| {
            if let PicturePlan::Media(moment) = shot.picture {
                moments.push(moment);
            }
            if let Some(background) = &shot.background {
                moments.push(background.matte);
                moments.extend(background.fill_moment);
            }
        };
        for layer in &self.layers {
            match layer {
                LayerPlan::Shot { shot, .. } => add(shot),
                LayerPlan::Transition(transition) => {
                    add(&transition.from);
                    add(&transition.to);
                }
            }
        }
        moments
    }
}

/// A run of one file's sound in the mix.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioSegment {
    /// The item it comes from.
    pub item: ItemId,
    /// Which file.
    pub asset: AssetId,
    /// First sample in the sequence, at [`av::SAMPLE_RATE`].
    pub start_sample: i64,
    /// Samples it lasts in the sequence.
    pub sample_count: i64,
    /// First sample in the file, at [`av::SAMPLE_RATE`].
    pub media_start_sample: i64,
    /// Media samples per sequence sample.
    pub speed: av::Ratio,
    /// Whether it plays backwards: from `media_start_sample` down.
    pub is_reversed: bool,
    /// Loudness (left, right) as factors at points of the segment: (sample in sequence, factors), straight between
    /// them; at least one, by time.
    pub gain: Vec<(i64, [f32; 2])>,
}

/// Everything that is heard in a run of samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AudioPlan {
    /// Segments in track order, cut to the run that was asked for.
    pub segments: Vec<AudioSegment>,
}

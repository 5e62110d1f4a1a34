//! What is asked of a backend: a clip in which every pixel is known or to be made, and the words that go with it.

use crate::{
    error::{Error, Result},
    limits,
};
use av::{FrameRate, ScanSize, VideoFrame};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What the user wants done; the clip alone decides the result, this chooses backends, words and recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Everything is made from a prompt.
    TextToVideo,
    /// One still (or a first and a last one) starts to move.
    Animate,
    /// The clip goes on past its end.
    ExtendForwards,
    /// The clip starts earlier.
    ExtendBackwards,
    /// Missing frames inside a clip are made.
    Fill,
    /// Frames that lead from one clip to another are made.
    Join,
    /// More frames a second, or the same stretched in time.
    Interpolate,
    /// All but the subject is made anew.
    ReplaceBackground,
    /// A region is made anew.
    RepaintRegion,
    /// The picture grows past its borders.
    Outpaint,
    /// Another look on the same motion.
    Restyle,
    /// The same with more pixels; no masked clip is asked for it, see [`crate::upscale`].
    Upscale,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TextToVideo => "text to video",
            Self::Animate => "animate",
            Self::ExtendForwards => "extend forwards",
            Self::ExtendBackwards => "extend backwards",
            Self::Fill => "fill",
            Self::Join => "join",
            Self::Interpolate => "interpolate",
            Self::ReplaceBackground => "replace background",
            Self::RepaintRegion => "repaint",
            Self::Outpaint => "outpaint",
            Self::Restyle => "restyle",
            Self::Upscale => "upscale",
        })
    }
}

/// One frame of a clip with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipFrame {
    /// Comes back exactly as it is.
    Known(VideoFrame),
    /// Nothing of it is known.
    ToMake,
    /// Partly known; what is known comes back exactly.
    Partly {
        /// The known pixels; what lies under the mask is ignored (or a hint, for restyling).
        picture: VideoFrame,
        /// One byte a pixel, rows tight: 0 is known, 255 is to be made, between is a soft edge for pasting back.
        to_make: Arc<[u8]>,
    },
}

impl ClipFrame {
    /// The picture, where there is one.
    pub fn picture(&self) -> Option<&VideoFrame> {
        match self {
            Self::Known(picture) | Self::Partly { picture, .. } => Some(picture),
            Self::ToMake => None,
        }
    }

    /// Whether every pixel is known.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

/// Frames of one size and rate, each pixel known or to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedClip {
    size: ScanSize,
    rate: FrameRate,
    frames: Vec<ClipFrame>,
}

impl MaskedClip {
    /// A clip of `frames`, all of `size`, shown at `rate`; refused when sizes or masks do not fit or there is nothing
    /// in it.
    pub fn new(size: ScanSize, rate: FrameRate, frames: Vec<ClipFrame>) -> Result<Self> {
        let bad = |reason: String| Err(Error::BadClip { reason });
        if !size.is_usable() {
            return bad(format!("{size} is no usable picture size"));
        }
        if frames.is_empty() || frames.len() > limits::CLIP_FRAMES_MAX {
            let (count, most) = (frames.len(), limits::CLIP_FRAMES_MAX);
            return bad(format!("it has {count} frames, 1 to {most} are allowed"));
        }
        for (index, frame) in frames.iter().enumerate() {
            if let Some(picture) = frame.picture()
                && picture.size != size
            {
                let found = picture.size;
                return bad(format!("frame {index} is {found}, the clip is {size}"));
            }
            if let ClipFrame::Partly { to_make, .. } = frame
                && to_make.len() as u64 != size.area()
            {
                return bad(format!("the mask of frame {index} does not fit {size}"));
            }
        }
        Ok(Self { size, rate, frames })
    }

    /// Pixels of every frame.
    pub fn size(&self) -> ScanSize {
        self.size
    }

    /// Frames a second.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// The frames, first to last.
    pub fn frames(&self) -> &[ClipFrame] {
        &self.frames
    }

    /// Runs of frames of which nothing is known, as half-open index ranges in order.
    pub fn holes(&self) -> Vec<std::ops::Range<usize>> {
        let mut holes: Vec<std::ops::Range<usize>> = Vec::new();
        for (index, frame) in self.frames.iter().enumerate() {
            if !matches!(frame, ClipFrame::ToMake) {
                continue;
            }
            match holes.last_mut() {
                Some(hole) if hole.end == index => hole.end += 1,
                Some(_) | None => holes.push(index..index + 1),
            }
        }
        holes
    }

    /// How many frames are not wholly known.
    pub fn frames_to_make(&self) -> usize {
        self.frames.iter().filter(|frame| !frame.is_known()).count()
    }
}

/// A value the user chose for one of a backend's parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A switch.
    Switch(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// One of a list of choices, by id.
    Choice(String),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Switch(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Choice(value) => value.fmt(f),
        }
    }
}

/// One shot of a storyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shot {
    /// What is seen.
    pub prompt: String,
    /// How many of the clip's frames it lasts.
    pub num_frames: usize,
    /// Whether it starts with a cut rather than flowing on from the shot before.
    pub starts_with_cut: bool,
}

/// Everything a backend gets to know; the same request gives the same frames on the same machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What the user wants done.
    pub operation: Operation,
    /// What is known and what is to be made.
    pub clip: MaskedClip,
    /// What is to be seen; for a storyboard, what all shots share.
    pub prompt: String,
    /// What is not to be seen.
    pub negative_prompt: String,
    /// Pictures of subjects, backgrounds or styles to keep to.
    pub references: Vec<VideoFrame>,
    /// Shots in order; empty for one continuous shot.
    pub storyboard: Vec<Shot>,
    /// Where the noise starts.
    pub seed: u64,
    /// Values by parameter id; what is not named takes the backend's default.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// For frames to be made, by index: where they lie between the known frames round them, 0 (the one before) to 1;
    /// what is not named is spread evenly. Only interpolation needs it, where frames fall between others at odd times.
    pub moments: BTreeMap<usize, f64>,
}

impl Request {
    /// A request to fill `clip`'s holes, without words, seed 0 and default parameters.
    pub fn new(clip: MaskedClip) -> Self {
        Self {
            operation: Operation::Fill,
            clip,
            prompt: String::new(),
            negative_prompt: String::new(),
            references: Vec::new(),
            storyboard: Vec::new(),
            seed: 0,
            parameters: BTreeMap::new(),
            moments: BTreeMap::new(),
        }
    }

    /// The same for another operation.
    pub fn for_operation(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::Ticks;

    fn known() -> ClipFrame {
        let size = ScanSize::new(4, 2);
        ClipFrame::Known(VideoFrame::from_rgba(size, vec![9; 32], Ticks::ZERO))
    }

    #[test]
    fn holes_are_runs_of_unknown_frames() {
        use ClipFrame::ToMake;
        let frames = vec![ToMake, known(), ToMake, ToMake, known()];
        let clip = MaskedClip::new(ScanSize::new(4, 2), FrameRate::FPS_25, frames).unwrap();
        assert_eq!(clip.holes(), [0..1, 2..4]);
        assert_eq!(clip.frames_to_make(), 3);
    }

    #[test]
    fn clips_that_contradict_themselves_are_refused() {
        let make = |size, frames| MaskedClip::new(size, FrameRate::FPS_25, frames);
        let size = ScanSize::new(4, 2);
        assert!(make(size, vec![]).is_err());
        assert!(make(ScanSize::new(0, 2), vec![ClipFrame::ToMake]).is_err());
        let text = make(ScanSize::new(8, 2), vec![ClipFrame::ToMake, known()]);
        assert_eq!(
            text.unwrap_err().to_string(),
            "the clip cannot be used: frame 1 is 4x2, the clip is 8x2"
        );
        let ClipFrame::Known(picture) = known() else {
            unreachable!()
        };
        let to_make = vec![0; 7].into();
        assert!(make(size, vec![ClipFrame::Partly { picture, to_make }]).is_err());
    }
}

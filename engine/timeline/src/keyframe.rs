//! Values that may change over an item's length.

use av::FrameCount;
use serde::{Deserialize, Serialize};

/// How a value travels from one keyframe to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Stays until the next keyframe.
    Hold,
    /// Even pace.
    #[default]
    Linear,
    /// Starts and stops gently.
    Smooth,
}

/// A value at a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Keyframe<T> {
    /// Frames from the item's first frame; may lie outside the item after a trim.
    pub at: FrameCount,
    /// The value there.
    pub value: T,
    /// How it goes on from here.
    #[serde(default)]
    pub interpolation: Interpolation,
}

/// A value that is constant or keyframed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Animated<T> {
    /// The same on every frame.
    Constant(T),
    /// At least one keyframe, by time, no two at one frame.
    Keyframes(Vec<Keyframe<T>>),
}

/// A value that can lie between two others.
pub trait Lerp: Copy {
    /// `self` at 0, `other` at 1.
    fn lerp(self, other: Self, t: f64) -> Self;
}
impl Lerp for f64 {
    fn lerp(self, other: Self, t: f64) -> Self {
        (other - self).mul_add(t, self)
    }
}
impl Lerp for [f64; 2] {
    fn lerp(self, other: Self, t: f64) -> Self {
        [self[0].lerp(other[0], t), self[1].lerp(other[1], t)]
    }
}

impl<T: Lerp> Animated<T> {
    /// The value `at` frames after the item's start; before the first and after the last keyframe it stays.
    ///
    /// # Panics
    /// With an empty keyframe list, which [`crate::check`] refuses.
    pub fn at(&self, at: FrameCount) -> T {
        let keyframes = match self {
            Self::Constant(value) => return *value,
            Self::Keyframes(keyframes) => keyframes,
        };
        let after = keyframes.partition_point(|keyframe| keyframe.at <= at);
        let Some(left) = after.checked_sub(1).map(|index| &keyframes[index]) else {
            return keyframes[0].value;
        };
        let Some(right) = keyframes.get(after) else {
            return left.value;
        };
        let t = (at - left.at).0 as f64 / (right.at - left.at).0 as f64;
        match left.interpolation {
            Interpolation::Hold => left.value,
            Interpolation::Linear => left.value.lerp(right.value, t),
            Interpolation::Smooth => left.value.lerp(right.value, t * t * (3.0 - 2.0 * t)),
        }
    }

    /// Puts every keyframe at another frame; `moved` keeps their order, but may put several at one.
    pub(crate) fn remap(&mut self, moved: impl Fn(FrameCount) -> FrameCount) {
        if let Self::Keyframes(keyframes) = self {
            for keyframe in keyframes.iter_mut() {
                keyframe.at = moved(keyframe.at);
            }
            // Of two that fall on one frame, the later one is where the value was going.
            keyframes.reverse();
            keyframes.dedup_by_key(|keyframe| keyframe.at);
            keyframes.reverse();
        }
    }

    /// Counts keyframes from a first frame that lies `by` frames later.
    pub(crate) fn rebase(&mut self, by: FrameCount) {
        if let Self::Keyframes(keyframes) = self {
            for keyframe in keyframes {
                keyframe.at -= by;
            }
        }
    }

    /// Sets the value `at` frames after the item's start; a constant becomes that one keyframe.
    pub(crate) fn set(&mut self, at: FrameCount, value: T, interpolation: Interpolation) {
        let keyframe = Keyframe {
            at,
            value,
            interpolation,
        };
        let Self::Keyframes(keyframes) = self else {
            *self = Self::Keyframes(vec![keyframe]);
            return;
        };
        match keyframes.binary_search_by_key(&at, |keyframe| keyframe.at) {
            Ok(index) => keyframes[index] = keyframe,
            Err(index) => keyframes.insert(index, keyframe),
        }
    }

    /// Takes the keyframe at `at` off; the last one leaves its value as a constant. Whether there was one.
    pub(crate) fn unset(&mut self, at: FrameCount) -> bool {
        let Self::Keyframes(keyframes) = self else {
            return false;
        };
        let Ok(index) = keyframes.binary_search_by_key(&at, |keyframe| keyframe.at) else {
            return false;
        };
        let removed = keyframes.remove(index);
        if keyframes.is_empty() {
            *self = Self::Constant(removed.value);
        }
        true
    }

    /// The constant value, if it is one.
    pub fn constant(&self) -> Option<T> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Keyframes(_) => None,
        }
    }
}

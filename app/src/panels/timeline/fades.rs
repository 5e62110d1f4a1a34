//! Fades as people see them at a clip's corners: sound fades are lengths, picture fades are opacity keyframes.

use av::FrameCount;
use timeline::{
    Animated, Edit, Interpolation, Item, Keyframe, TrackKind,
    edit::{Edge, Property},
};

/// Lengths of an item's fades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fades {
    /// Frames over which it comes.
    pub start: FrameCount,
    /// Frames over which it goes.
    pub end: FrameCount,
}

impl Fades {
    /// The fades of an item on a track of that kind; `None` when its opacity does something that is not a fade.
    pub fn of(item: &Item, kind: TrackKind) -> Option<Self> {
        match kind {
            TrackKind::Audio => Some(Self {
                start: item.properties.fade_in,
                end: item.properties.fade_out,
            }),
            TrackKind::Video => Self::of_opacity(&item.properties.opacity, item.count),
            TrackKind::Caption => None,
        }
    }

    fn of_opacity(opacity: &Animated<f64>, count: FrameCount) -> Option<Self> {
        let keyframes = match opacity {
            Animated::Constant(_) => {
                return Some(Self {
                    start: FrameCount::ZERO,
                    end: FrameCount::ZERO,
                });
            }
            Animated::Keyframes(keyframes) => keyframes.as_slice(),
        };
        let level = keyframes
            .iter()
            .map(|keyframe| keyframe.value)
            .fold(0.0, f64::max);
        let is_off = |keyframe: &Keyframe<f64>| keyframe.value == 0.0;
        let is_on = |keyframe: &Keyframe<f64>| keyframe.value == level && level > 0.0;
        let start = match keyframes {
            [off, on, ..] if off.at == FrameCount::ZERO && is_off(off) && is_on(on) => Some(on.at),
            _ => None,
        };
        // The last frame itself may be where it is gone, or the one that would follow.
        let is_last = |at: FrameCount| at == count || at == count - FrameCount::ONE;
        let end = match keyframes {
            [.., on, off] if is_last(off.at) && is_off(off) && is_on(on) => Some(count - on.at),
            _ => None,
        };
        // Every keyframe must belong to one of the two, or moving a handle would lose some.
        let explained = 2 * (usize::from(start.is_some()) + usize::from(end.is_some()));
        let shares_its_peak = start.is_some() && end.is_some() && keyframes.len() == 3;
        (explained == keyframes.len() || shares_its_peak).then_some(Self {
            start: start.unwrap_or(FrameCount::ZERO),
            end: end.unwrap_or(FrameCount::ZERO),
        })
    }

    /// The same with one of them `length` frames long, as far as the other one leaves room.
    pub fn with(self, edge: Edge, length: FrameCount, count: FrameCount) -> Self {
        let room = |other: FrameCount| length.clamp(FrameCount::ZERO, count - other);
        match edge {
            Edge::Start => Self {
                start: room(self.end),
                ..self
            },
            Edge::End => Self {
                end: room(self.start),
                ..self
            },
        }
    }

    /// The edit that gives `item` these fades; `edge` is the one that was dragged.
    pub fn edit(self, item: &Item, kind: TrackKind, edge: Edge) -> Edit {
        let property = match (kind, edge) {
            (TrackKind::Audio, Edge::Start) => Property::FadeIn(self.start),
            (TrackKind::Audio, Edge::End) => Property::FadeOut(self.end),
            (TrackKind::Video | TrackKind::Caption, _) => Property::Opacity(self.opacity(item)),
        };
        Edit::SetProperty {
            items: vec![item.id],
            property,
        }
    }

    fn opacity(self, item: &Item) -> Animated<f64> {
        let level = match &item.properties.opacity {
            Animated::Constant(level) => *level,
            Animated::Keyframes(keyframes) => keyframes
                .iter()
                .map(|keyframe| keyframe.value)
                .fold(0.0, f64::max),
        };
        let keyframe = |at, value| Keyframe {
            at,
            value,
            interpolation: Interpolation::Linear,
        };
        let mut keyframes = Vec::new();
        if self.start > FrameCount::ZERO {
            keyframes.push(keyframe(FrameCount::ZERO, 0.0));
            keyframes.push(keyframe(self.start, level));
        }
        if self.end > FrameCount::ZERO {
            let from = item.count - self.end;
            if keyframes.last().is_none_or(|last| last.at < from) {
                keyframes.push(keyframe(from, level));
            }
            keyframes.push(keyframe(item.count, 0.0));
        }
        if keyframes.is_empty() {
            Animated::Constant(level)
        } else {
            Animated::Keyframes(keyframes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::timeline::example;
    use timeline::ItemId;

    fn item() -> Item {
        let sequence = example::small();
        let (_, item) = sequence.item(ItemId(10)).unwrap();
        Item::clone(item)
    }

    #[test]
    fn what_was_set_is_read_back() {
        for (start, end) in [(0, 0), (10, 0), (0, 25), (10, 25), (60, 40), (100, 0)] {
            let mut item = item();
            let fades = Fades {
                start: FrameCount(start),
                end: FrameCount(end),
            };
            item.properties.opacity = fades.opacity(&item);
            assert_eq!(Fades::of(&item, TrackKind::Video), Some(fades));
        }
    }

    #[test]
    fn a_fade_to_the_last_frame_is_one_too() {
        let mut item = item();
        let keyframe = |at, value| Keyframe {
            at: FrameCount(at),
            value,
            interpolation: Interpolation::Smooth,
        };
        item.properties.opacity = Animated::Keyframes(vec![keyframe(80, 1.0), keyframe(99, 0.0)]);
        let fades = Fades::of(&item, TrackKind::Video).unwrap();
        assert_eq!((fades.start, fades.end), (FrameCount::ZERO, FrameCount(20)));
    }

    #[test]
    fn keyframes_made_by_hand_are_left_alone() {
        let mut item = item();
        let keyframe = |at, value| Keyframe {
            at: FrameCount(at),
            value,
            interpolation: Interpolation::Linear,
        };
        item.properties.opacity =
            Animated::Keyframes(vec![keyframe(0, 0.0), keyframe(9, 1.0), keyframe(20, 0.3)]);
        assert_eq!(Fades::of(&item, TrackKind::Video), None);
    }

    #[test]
    fn the_other_fade_keeps_its_room() {
        let fades = Fades {
            start: FrameCount(10),
            end: FrameCount(30),
        };
        let longer = fades.with(Edge::Start, FrameCount(500), FrameCount(100));
        assert_eq!(longer.start, FrameCount(70));
        let none = fades.with(Edge::End, FrameCount(-5), FrameCount(100));
        assert_eq!(none.end, FrameCount::ZERO);
    }
}

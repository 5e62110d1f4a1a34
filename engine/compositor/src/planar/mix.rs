//! One picture into another, plane by plane.

use crate::{pass::shot::Weight, transition::weight_at};
use av::{ColorSpace, PixelFormat, Plane, ScanSize, Ticks, VideoFrame};

/// Weights are whole parts of this.
const ONE: u32 = 1 << 16;

/// How much of the second picture each pixel shows.
pub enum Weights {
    /// All of it everywhere.
    Whole,
    /// The same everywhere.
    Even(u32),
    /// By column.
    Columns(Vec<u32>),
    /// By row.
    Rows(Vec<u32>),
}

impl Weights {
    /// The same weight, 0 to 1, everywhere.
    pub fn even(weight: f64) -> Self {
        match parts(weight) {
            ONE => Self::Whole,
            weight => Self::Even(weight),
        }
    }

    /// A transition's weight over a frame of `size`.
    pub fn over(weight: Weight, size: ScanSize) -> Self {
        let [x, y, constant] = weight;
        let along = |length: u32, place: fn(usize) -> [usize; 2]| {
            (0..length as usize)
                .map(|index| parts(weight_at(weight, place(index))))
                .collect()
        };
        if x != 0.0 {
            Self::Columns(along(size.width, |index| [index, 0]))
        } else if y != 0.0 {
            Self::Rows(along(size.height, |index| [0, index]))
        } else {
            Self::Even(parts(constant))
        }
    }

    /// The same for a plane of half width and height: means of two.
    fn halved(&self) -> Self {
        let half = |weights: &[u32]| {
            let mean = |pair: &[u32]| pair.iter().sum::<u32>() / pair.len() as u32;
            weights.chunks(2).map(mean).collect()
        };
        match self {
            Self::Whole => Self::Whole,
            Self::Even(weight) => Self::Even(*weight),
            Self::Columns(weights) => Self::Columns(half(weights)),
            Self::Rows(weights) => Self::Rows(half(weights)),
        }
    }
}

fn parts(weight: f64) -> u32 {
    (weight.clamp(0.0, 1.0) * f64::from(ONE)).round() as u32
}

/// A picture of one color; all rows are the same bytes.
pub fn constant(size: ScanSize, codes: [u8; 3]) -> VideoFrame {
    let half = size.width.div_ceil(2);
    let planes = [size.width, half, half].into_iter().zip(codes);
    VideoFrame {
        size,
        format: PixelFormat::I420,
        color: ColorSpace::VIDEO,
        planes: planes
            .map(|(width, code)| Plane {
                data: vec![code; width as usize].into(),
                stride: 0,
            })
            .collect(),
        pts: Ticks::ZERO,
    }
}

/// `from` turned into `to` as far as `weights` say; both are I420 of one size.
pub fn mixed(from: &VideoFrame, to: &VideoFrame, weights: &Weights) -> VideoFrame {
    let halved = weights.halved();
    let planes = [(0, weights), (1, &halved), (2, &halved)].map(|(index, weights)| {
        let size = from.plane_size(index);
        let mut plane = vec![0; size.area() as usize];
        for (y, out) in plane.chunks_exact_mut(size.width as usize).enumerate() {
            let (from, to) = (from.row(index, y), to.row(index, y));
            match weights {
                Weights::Whole => out.copy_from_slice(to),
                Weights::Even(weight) => mix_evenly(out, from, to, *weight),
                Weights::Rows(weights) => mix_evenly(out, from, to, weights[y]),
                Weights::Columns(weights) => {
                    let values = from.iter().zip(to).zip(weights);
                    for (byte, ((from, to), weight)) in out.iter_mut().zip(values) {
                        *byte = mix(*from, *to, *weight);
                    }
                }
            }
        }
        plane
    });
    VideoFrame::from_i420(from.size, ColorSpace::VIDEO, planes, Ticks::ZERO)
}

fn mix_evenly(out: &mut [u8], from: &[u8], to: &[u8], weight: u32) {
    for (byte, (from, to)) in out.iter_mut().zip(from.iter().zip(to)) {
        *byte = mix(*from, *to, weight);
    }
}

fn mix(from: u8, to: u8, weight: u32) -> u8 {
    ((u32::from(from) * (ONE - weight) + u32::from(to) * weight + ONE / 2) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_rounds_and_keeps_ends() {
        for value in [0, 1, 128, 254, 255] {
            assert_eq!(mix(value, 77, 0), value);
            assert_eq!(mix(77, value, ONE), value);
            assert_eq!(mix(value, value, 12_345), value);
        }
        assert_eq!(mix(0, 255, ONE / 2), 128);
    }

    #[test]
    fn odd_edges_have_the_weight_of_what_is_there() {
        let weights = Weights::Columns(vec![ONE, ONE, 0]);
        let Weights::Columns(half) = weights.halved() else {
            unreachable!("columns stay columns")
        };
        assert_eq!(half, [ONE, 0]);
    }
}

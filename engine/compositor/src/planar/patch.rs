//! A video picture that fills a part of the frame, copied code by code: bars round it change nothing of it.

use crate::placement::Placement;
use av::{ColorSpace, Plane, ScanSize, Ticks, VideoFrame};

/// A picture and where it lies; all edges are even, so that no pixel of color is shared with what is round it.
pub struct Patch {
    picture: VideoFrame,
    /// Where in the frame: left, top, right, bottom.
    frame: [usize; 4],
    /// First column and row of the picture that shows.
    origin: [usize; 2],
}

impl Patch {
    /// I420 codes at an aligned placement; `None` where an edge is odd or nothing of it can be seen.
    pub fn new(picture: VideoFrame, placement: &Placement, size: ScanSize) -> Option<Self> {
        let shift = placement.texel_from_frame.map(|row| row[2] as i64);
        let sides = [i64::from(size.width), i64::from(size.height)];
        let edge = |index: usize| {
            let axis = index % 2;
            (placement.crop[index] as i64 - shift[axis]).clamp(0, sides[axis])
        };
        let frame = [edge(0), edge(1), edge(2), edge(3)];
        let origin = [frame[0] + shift[0], frame[1] + shift[1]];
        let is_even = frame.iter().chain(&origin).all(|edge| edge % 2 == 0);
        let is_seen = frame[0] < frame[2] && frame[1] < frame[3];
        (is_even && is_seen).then(|| Self {
            picture,
            frame: frame.map(|edge| edge as usize),
            origin: origin.map(|edge| edge as usize),
        })
    }
}

/// `below` with a patch over it; both are I420 in the sequence's codes.
pub fn patched(below: &VideoFrame, patch: &Patch) -> VideoFrame {
    let planes = (0..3).map(|index| {
        let halving = usize::from(index > 0);
        let [left, top, right, bottom] = patch.frame.map(|edge| edge >> halving);
        let [column, row] = patch.origin.map(|edge| edge >> halving);
        let size = below.plane_size(index);
        let mut data = Vec::with_capacity(size.area() as usize);
        for y in 0..size.height as usize {
            let start = data.len();
            data.extend_from_slice(below.row(index, y));
            if (top..bottom).contains(&y) {
                let source = patch.picture.row(index, row + y - top);
                data[start + left..start + right]
                    .copy_from_slice(&source[column..column + right - left]);
            }
        }
        Plane {
            data: data.into(),
            stride: size.width as usize,
        }
    });
    VideoFrame {
        planes: planes.collect(),
        size: below.size,
        format: below.format,
        color: ColorSpace::VIDEO,
        pts: Ticks::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::{Frame, Geometry, place};
    use timeline::{Crop, Fit};

    const FRAME: ScanSize = ScanSize::new(16, 16);

    fn counted(size: ScanSize) -> VideoFrame {
        let count = |from: u8, area: u64| (0..area).map(|n| from.wrapping_add(n as u8)).collect();
        let planes = [
            count(0, size.area()),
            count(100, size.area() / 4),
            count(200, size.area() / 4),
        ];
        VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, Ticks::ZERO)
    }

    fn patch(size: ScanSize, geometry: &Geometry) -> Option<Patch> {
        let placement = place(geometry, size, Frame::full(FRAME)).unwrap();
        Patch::new(counted(size), &placement, FRAME)
    }

    #[test]
    fn bars_leave_every_code_alone() {
        let size = ScanSize::new(16, 8);
        let patch = patch(size, &Geometry::fitted(Fit::Contain)).unwrap();
        let black = [vec![16; 256], vec![128; 64], vec![128; 64]];
        let black = VideoFrame::from_i420(FRAME, ColorSpace::VIDEO, black, Ticks::ZERO);
        let frame = patched(&black, &patch);
        let source = counted(size);
        for y in 0..8 {
            assert_eq!(frame.row(0, 4 + y), source.row(0, y));
        }
        for y in 0..4 {
            assert_eq!(frame.row(1, 2 + y), source.row(1, y));
            assert_eq!(frame.row(2, 2 + y), source.row(2, y));
        }
        assert_eq!([frame.row(0, 3)[0], frame.row(0, 12)[0]], [16, 16]);
        assert_eq!([frame.row(1, 1)[0], frame.row(1, 6)[0]], [128, 128]);
    }

    #[test]
    fn cropped_and_shifted_pictures_show_the_right_part() {
        let geometry = Geometry {
            crop: Crop {
                left: 0.25,
                ..Crop::default()
            },
            position: [0.5, 0.0],
            ..Geometry::fitted(Fit::None)
        };
        let size = ScanSize::new(16, 16);
        let patch = patch(size, &geometry).unwrap();
        assert_eq!((patch.frame, patch.origin), ([10, 0, 16, 16], [4, 0]));
    }

    #[test]
    fn odd_edges_are_left_to_the_device() {
        let size = ScanSize::new(16, 10);
        assert!(patch(size, &Geometry::fitted(Fit::Contain)).is_none());
    }
}

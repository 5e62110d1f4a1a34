//! From a clip with holes to what the model sees, and back: legal sizes are hidden here, and known pixels come back as
//! they were. Colors are brought to those of the known frames: see [`finish`].

pub mod finish;

use super::{
    control::ControlClip,
    windows::{Shown, Window},
};
use crate::{
    error::Result,
    image_ops::{Rgb, box_mean, resize_plane, rgb_from_frame},
    request::{ClipFrame, MaskedClip},
};
use av::{PixelFormat, Plane, ScanSize, VideoFrame};
use candle_core::{Device, Tensor};

/// Regions to be made grow by this many model pixels, since tight masks leave seams.
const MASK_GROWTH_PX: usize = 8;

/// The size at which a clip of `size` is made: the same shape, at most `area_max` pixels, sides a multiple of `side`.
pub fn model_size(size: ScanSize, area_max: u64, side: u32) -> ScanSize {
    let scale = (area_max as f64 / size.area() as f64).sqrt().min(1.0);
    let fitted = |length: u32| {
        let multiples = f64::from(length) * scale / f64::from(side);
        (multiples.round().max(1.0) as u32) * side
    };
    ScanSize::new(fitted(size.width), fitted(size.height))
}

/// A clip on its way: what was asked, and the frames that are finished.
#[derive(Clone, Copy)]
pub struct Progressing<'a> {
    /// What was asked.
    pub clip: &'a MaskedClip,
    /// Finished frames by index, as far as they are still kept.
    pub finished: &'a dyn Fn(usize) -> Option<&'a VideoFrame>,
}

/// What can be seen of a frame.
pub enum Seen<'a> {
    /// Nothing.
    Nothing,
    /// All of it.
    Whole(&'a VideoFrame),
    /// What the mask leaves.
    Part(&'a VideoFrame, &'a [u8]),
}

impl<'a> Progressing<'a> {
    /// What can be seen of frame `index` by now.
    pub fn frame(&self, index: usize) -> Seen<'a> {
        if let Some(finished) = (self.finished)(index) {
            return Seen::Whole(finished);
        }
        match self.clip.frames().get(index) {
            Some(ClipFrame::Known(picture)) => Seen::Whole(picture),
            Some(ClipFrame::Partly { picture, to_make }) => Seen::Part(picture, to_make),
            Some(ClipFrame::ToMake) | None => Seen::Nothing,
        }
    }
}

/// How a window is shown to the model.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Size of the model's pictures.
    pub size: ScanSize,
    /// How far what is made may go from what lies under the mask, 0 to 1; `None` hides it.
    pub strength: Option<f64>,
    /// Where it is computed.
    pub device: &'a Device,
}

/// What the model sees in one run over `window`, with `references`. `pause` is called before each frame and may stop the
/// work.
pub fn prepare(
    clip: &Progressing<'_>,
    window: &Window,
    references: &[VideoFrame],
    view: &View<'_>,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<ControlClip> {
    let size = view.size;
    let area = size.area() as usize;
    let (width, height) = (size.width as usize, size.height as usize);
    let count = window.frames.len();
    let mut video = Vec::with_capacity(count * 3 * area);
    let mut masks = Vec::with_capacity(count * area);
    for shown in &window.frames {
        pause()?;
        let seen = match *shown {
            Shown::Frame(index) | Shown::Repeat(index) => clip.frame(index),
            Shown::Again(_) | Shown::Nothing => Seen::Nothing,
        };
        match seen {
            Seen::Nothing => {
                video.extend(std::iter::repeat_n(0.0, 3 * area));
                masks.extend(std::iter::repeat_n(1.0, area));
            }
            Seen::Whole(picture) => {
                let rgb = small(picture, size);
                video.extend(rgb.planes.iter().map(|value| value * 2.0 - 1.0));
                masks.extend(std::iter::repeat_n(0.0, area));
            }
            Seen::Part(picture, to_make) => {
                let mask = grown_mask(to_make, picture.size, size);
                // The hint fades into the gray of what is unknown.
                let hint = 1.0
                    - view
                        .strength
                        .map_or(1.0, |strength| strength.clamp(0.0, 1.0));
                let rgb = small(picture, size);
                for plane in 0..3 {
                    let pixels = rgb.plane(plane).iter().zip(&mask);
                    video.extend(pixels.map(|(value, mask)| {
                        let kept = 1.0 - mask * (1.0 - hint as f32);
                        (value * 2.0 - 1.0) * kept
                    }));
                }
                masks.extend(mask);
            }
        }
    }
    let canvases = references
        .iter()
        .map(|picture| on_white(picture, size, view.device));
    Ok(ControlClip {
        video: Tensor::from_vec(video, (count, 3, height, width), view.device)?,
        mask: Tensor::from_vec(masks, (count, height, width), view.device)?,
        references: canvases.collect::<Result<_>>()?,
    })
}

/// A picture at the model's size.
fn small(picture: &VideoFrame, size: ScanSize) -> Rgb {
    let rgb = rgb_from_frame(picture);
    let planes = (0..3).map(|plane| resize_plane(rgb.plane(plane), picture.size, size));
    Rgb {
        size,
        planes: planes.collect::<Vec<_>>().concat(),
    }
}

/// A mask at the model's size, 0 or 1, a little larger than it was.
fn grown_mask(to_make: &[u8], from: ScanSize, to: ScanSize) -> Vec<f32> {
    let hard: Vec<f32> = to_make
        .iter()
        .map(|&byte| f32::from(u8::from(byte > 0)))
        .collect();
    let mask = resize_plane(&hard, from, to);
    let near = box_mean(&mask, to, MASK_GROWTH_PX);
    near.iter()
        .map(|&value| if value > 1e-4 { 1.0 } else { 0.0 })
        .collect()
}

/// A reference as large as fits, in the middle of a white picture: `[1, 3, height, width]`.
fn on_white(picture: &VideoFrame, size: ScanSize, device: &Device) -> Result<Tensor> {
    let (width, height) = (size.width as usize, size.height as usize);
    let rgb = rgb_from_frame(picture);
    let scale = (f64::from(size.width) / f64::from(picture.size.width))
        .min(f64::from(size.height) / f64::from(picture.size.height));
    let side = |length: u32, most: u32| ((f64::from(length) * scale) as u32).clamp(1, most);
    let inner = ScanSize::new(
        side(picture.size.width, size.width),
        side(picture.size.height, size.height),
    );
    let left = (size.width - inner.width) as usize / 2;
    let top = (size.height - inner.height) as usize / 2;
    let mut values = vec![1.0_f32; 3 * width * height];
    for (index, canvas) in values.chunks_exact_mut(width * height).enumerate() {
        let plane = resize_plane(rgb.plane(index), picture.size, inner);
        let rows = canvas.chunks_exact_mut(width).skip(top);
        for (row, source) in rows.zip(plane.chunks_exact(inner.width as usize)) {
            for (value, source) in row[left..].iter_mut().zip(source) {
                *value = source * 2.0 - 1.0;
            }
        }
    }
    Ok(Tensor::from_vec(values, (1, 3, height, width), device)?)
}

/// The pictures of a decoded chunk `[frames, 3, height, width]`, −1 to 1.
pub fn pictures(chunk: &Tensor) -> Result<Vec<Rgb>> {
    let (frames, _, height, width) = chunk.dims4()?;
    let size = ScanSize::new(width as u32, height as u32);
    let values = chunk.affine(0.5, 0.5)?.clamp(0_f32, 1_f32)?;
    (0..frames)
        .map(|index| {
            let planes = values.narrow(0, index, 1)?.flatten_all()?.to_vec1()?;
            Ok(Rgb { size, planes })
        })
        .collect()
}

fn nearest_known(clip: &MaskedClip, index: usize) -> Option<&VideoFrame> {
    let frames = clip.frames().iter().enumerate();
    let known = frames.filter_map(|(at, frame)| Some((at.abs_diff(index), frame.picture()?)));
    known
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, picture)| picture)
}

/// `made` where `to_make` says so, every other byte from `original`.
pub(crate) fn pasted(original: &VideoFrame, made: &VideoFrame, to_make: &[u8]) -> VideoFrame {
    let width = original.size.width as usize;
    let planes = (0..made.planes.len()).map(|index| {
        let size = made.plane_size(index);
        let sample = made.plane_sample_bytes(index);
        let (step_x, step_y) = (
            original.size.width.div_ceil(size.width) as usize,
            original.size.height.div_ceil(size.height) as usize,
        );
        let mut data = Vec::with_capacity(size.area() as usize * sample);
        for y in 0..size.height as usize {
            let made_row = made.row(index, y);
            let mask_rows = to_make.chunks_exact(width).skip(y * step_y).take(step_y);
            let mask_rows: Vec<&[u8]> = mask_rows.collect();
            for (at, &made) in made_row.iter().enumerate() {
                let x = at / sample * step_x;
                let covered = mask_rows
                    .iter()
                    .flat_map(|row| row.iter().skip(x).take(step_x));
                let share = u32::from(covered.copied().max().unwrap_or(0));
                let old = u32::from(original_byte(original, index, y, at));
                let mixed = old * (255 - share) + u32::from(made) * share;
                data.push(((mixed + 127) / 255) as u8);
            }
        }
        Plane {
            data: data.into(),
            stride: size.width as usize * sample,
        }
    });
    VideoFrame {
        planes: planes.collect(),
        ..made.clone()
    }
}

/// Byte `at` of row `y` of plane `index`, as if NV12 were I420: made frames never are NV12.
fn original_byte(original: &VideoFrame, index: usize, y: usize, at: usize) -> u8 {
    if original.format == PixelFormat::Nv12 && index > 0 {
        original.row(1, y)[2 * at + index - 1]
    } else {
        original.row(index, y)[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::wan::windows::{Role, windows};
    use av::{ColorSpace, FrameRate, Ticks};

    const SIZE: ScanSize = ScanSize::new(50, 30);

    fn video_frame(seed: u64) -> VideoFrame {
        let plane = |count: usize, stream: u64| {
            let numbers = crate::noise::gaussian(seed, stream, 0, count);
            numbers
                .iter()
                .map(|x| (128.0 + 20.0 * x).clamp(16.0, 235.0) as u8)
                .collect()
        };
        let planes = [plane(1_500, 0), plane(375, 1), plane(375, 2)];
        VideoFrame::from_i420(SIZE, ColorSpace::VIDEO, planes, Ticks(77))
    }

    #[test]
    fn sizes_are_made_legal() {
        let budget = 480 * 832;
        let fitted = |width, height, side| model_size(ScanSize::new(width, height), budget, side);
        assert_eq!(fitted(1920, 1080, 16), ScanSize::new(848, 480));
        assert_eq!(fitted(1080, 1920, 16), ScanSize::new(480, 848));
        assert_eq!(fitted(50, 30, 16), ScanSize::new(48, 32));
        assert_eq!(fitted(1920, 1080, 32), ScanSize::new(832, 480));
    }

    fn prepared(frames: Vec<ClipFrame>, strength: Option<f64>) -> ControlClip {
        let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
        let roles: Vec<Role> = clip.frames().iter().map(Role::from).collect();
        let window = windows(&roles, 0..roles.len(), &[], 81).remove(0);
        let clip = Progressing {
            clip: &clip,
            finished: &|_index| None,
        };
        let view = View {
            size: model_size(SIZE, 1 << 20, 16),
            strength,
            device: &Device::Cpu,
        };
        let reference = VideoFrame::from_rgba(ScanSize::new(10, 40), vec![0; 1_600], Ticks::ZERO);
        prepare(&clip, &window, &[reference], &view, &mut || Ok(())).unwrap()
    }

    fn partly(seed: u64, masked: &[usize]) -> ClipFrame {
        let mut to_make = vec![0; 1_500];
        for &place in masked {
            to_make[place] = 255;
        }
        ClipFrame::Partly {
            picture: video_frame(seed),
            to_make: to_make.into(),
        }
    }

    #[test]
    fn known_is_shown_and_unknown_is_gray() {
        let control = prepared(
            vec![
                ClipFrame::Known(video_frame(1)),
                partly(2, &[15 * 50 + 25]),
                ClipFrame::ToMake,
            ],
            None,
        );
        assert_eq!(control.video.dims(), [5, 3, 32, 48]);
        let masks = control.mask.mean((1, 2)).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!([masks[0], masks[2], masks[4]], [0.0, 1.0, 1.0]);
        let grown = masks[1] * 1_536.0;
        assert!((17.0 * 17.0..20.0 * 20.0).contains(&grown), "{grown}");
        let mask = control.mask.unsqueeze(1).unwrap();
        let hidden = control.video.abs().unwrap().broadcast_mul(&mask).unwrap();
        let most = hidden.max_all().unwrap().to_scalar::<f32>().unwrap();
        assert_eq!(most, 0.0);
        let row = control.references[0].narrow(2, 16, 1).unwrap();
        let row = row.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!([row[0], row[24], row[47]], [1.0, -1.0, 1.0]);
    }

    #[test]
    fn a_hint_fades_with_strength() {
        let all: Vec<usize> = (0..1_500).collect();
        let size = |strength| {
            let control = prepared(vec![partly(2, &all)], strength);
            let masks = control.mask.min_all().unwrap().to_scalar::<f32>().unwrap();
            assert_eq!(masks, 1.0, "everything is made");
            let mean = control.video.abs().unwrap().mean_all().unwrap();
            mean.to_scalar::<f32>().unwrap()
        };
        assert_eq!((size(None), size(Some(1.0))), (0.0, 0.0));
        let (half, full) = (size(Some(0.5)), size(Some(0.0)));
        assert!(
            full > 0.05 && (half - full / 2.0).abs() < 1e-6,
            "{half}, {full}"
        );
    }
}

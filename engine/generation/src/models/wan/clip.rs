//! From a clip with holes to what the model sees, and back: legal sizes and lengths are hidden here, and known pixels
//! come back as they were.

use super::{
    control::ControlClip,
    vae::{FRAMES_PER_LATENT, PIXELS_PER_LATENT},
};
use crate::{
    error::Result,
    image_ops::{Rgb, box_mean, frame_like, resize_plane, rgb_from_frame},
    request::{ClipFrame, MaskedClip},
};
use av::{FrameIndex, PixelFormat, Plane, ScanSize, VideoFrame};
use candle_core::{Device, Tensor};

/// Sides of model pictures are multiples of this: a latent pixel is 8, a token two of them.
const SIDE_MULTIPLE: u32 = 2 * PIXELS_PER_LATENT as u32;
/// Regions to be made grow by this many model pixels, since tight masks leave seams.
const MASK_GROWTH_PX: usize = 8;
/// Known frames this close to a made one show how the model's colors differ.
const COLOR_FRAMES: usize = 8;
/// Colors are stretched by no more than this, lest a mistaken fit spoils a picture.
const COLOR_GAIN_MAX: f32 = 1.25;

/// The size at which a clip of `size` is made: the same shape, at most `area_max` pixels.
pub fn model_size(size: ScanSize, area_max: u64) -> ScanSize {
    let scale = (area_max as f64 / size.area() as f64).sqrt().min(1.0);
    let side = |length: u32| {
        let multiples = f64::from(length) * scale / f64::from(SIDE_MULTIPLE);
        (multiples.round().max(1.0) as u32) * SIDE_MULTIPLE
    };
    ScanSize::new(side(size.width), side(size.height))
}

/// The next legal length: a multiple of four and one more.
pub fn legal_length(frames: usize) -> usize {
    (frames.max(1) - 1).next_multiple_of(FRAMES_PER_LATENT) + 1
}

/// What the model sees of `clip` and `references` at `size`; frames past the clip's end are to be made.
pub fn prepare(
    clip: &MaskedClip,
    references: &[VideoFrame],
    size: ScanSize,
    device: &Device,
) -> Result<ControlClip> {
    let area = size.area() as usize;
    let (width, height) = (size.width as usize, size.height as usize);
    let frames = legal_length(clip.frames().len());
    let mut video = Vec::with_capacity(frames * 3 * area);
    let mut masks = Vec::with_capacity(frames * area);
    for frame in clip.frames() {
        let mask = match frame {
            ClipFrame::Known(_) => vec![0.0; area],
            ClipFrame::ToMake => vec![1.0; area],
            ClipFrame::Partly { to_make, .. } => grown_mask(to_make, clip.size(), size),
        };
        match frame.picture() {
            None => video.extend(std::iter::repeat_n(0.0, 3 * area)),
            Some(picture) => {
                let rgb = rgb_from_frame(picture);
                for plane in 0..3 {
                    let plane = resize_plane(rgb.plane(plane), clip.size(), size);
                    let pixels = plane.iter().zip(&mask);
                    video.extend(pixels.map(|(value, mask)| (value * 2.0 - 1.0) * (1.0 - mask)));
                }
            }
        }
        masks.extend(mask);
    }
    video.resize(frames * 3 * area, 0.0);
    masks.resize(frames * area, 1.0);
    let canvases = references
        .iter()
        .map(|picture| on_white(picture, size, device));
    Ok(ControlClip {
        video: Tensor::from_vec(video, (frames, 3, height, width), device)?,
        mask: Tensor::from_vec(masks, (frames, height, width), device)?,
        references: canvases.collect::<Result<_>>()?,
    })
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

/// The clip's frames: known ones as they were, the others from `made` (at the model's size, one for each frame of the
/// clip or more), with their colors matched to the known frames beside them.
pub fn finish(clip: &MaskedClip, made: &[Rgb]) -> Vec<VideoFrame> {
    let colors = color_maps(clip, made);
    let frames = clip.frames().iter().zip(made).enumerate();
    frames
        .map(|(index, (frame, made))| {
            if let ClipFrame::Known(picture) = frame {
                return picture.clone();
            }
            let planes = (0..3).map(|plane| {
                let [gain, offset] = colors[plane];
                let values = resize_plane(made.plane(plane), made.size, clip.size());
                let mapped = values
                    .iter()
                    .map(|value| (value * gain + offset).clamp(0.0, 1.0));
                mapped.collect::<Vec<f32>>()
            });
            let rgb = Rgb {
                size: clip.size(),
                planes: planes.collect::<Vec<_>>().concat(),
            };
            let like = frame.picture().or_else(|| nearest_known(clip, index));
            let pts = clip.rate().ticks_from_frame(FrameIndex(index as i64));
            let whole = frame_like(&rgb, like, pts);
            match frame {
                ClipFrame::Partly { picture, to_make } => {
                    pasted(picture, &whole, to_make).with_pts(picture.pts)
                }
                ClipFrame::Known(_) | ClipFrame::ToMake => whole,
            }
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

/// Gain and offset of each channel that bring the model's copies of known frames to what they were.
fn color_maps(clip: &MaskedClip, made: &[Rgb]) -> [[f32; 2]; 3] {
    let frames = clip.frames();
    let is_near_made = |index: usize| {
        let first = index.saturating_sub(COLOR_FRAMES);
        let last = (index + COLOR_FRAMES + 1).min(frames.len());
        frames[first..last].iter().any(|frame| !frame.is_known())
    };
    let mut sums = [[0.0_f64; 5]; 3];
    for (index, (frame, made)) in frames.iter().zip(made).enumerate() {
        let ClipFrame::Known(picture) = frame else {
            continue;
        };
        if !is_near_made(index) {
            continue;
        }
        let known = rgb_from_frame(picture);
        for (plane, sums) in sums.iter_mut().enumerate() {
            let known = resize_plane(known.plane(plane), clip.size(), made.size);
            for (&known, &made) in known.iter().zip(made.plane(plane)) {
                let (known, made) = (f64::from(known), f64::from(made));
                let parts = [1.0, known, known * known, made, made * made];
                sums.iter_mut()
                    .zip(parts)
                    .for_each(|(sum, part)| *sum += part);
            }
        }
    }
    sums.map(|[count, known, known_square, made, made_square]| {
        if count == 0.0 {
            return [1.0, 0.0];
        }
        let (known_mean, made_mean) = (known / count, made / count);
        let deviation = |square: f64, mean: f64| (square / count - mean * mean).max(1e-6).sqrt();
        let gain = deviation(known_square, known_mean) / deviation(made_square, made_mean);
        let gain = (gain as f32).clamp(1.0 / COLOR_GAIN_MAX, COLOR_GAIN_MAX);
        [gain, known_mean as f32 - gain * made_mean as f32]
    })
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

    fn clip(frames: Vec<ClipFrame>) -> MaskedClip {
        MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap()
    }

    #[test]
    fn sizes_and_lengths_are_made_legal() {
        let budget = 480 * 832;
        assert_eq!(
            model_size(ScanSize::new(1920, 1080), budget),
            ScanSize::new(848, 480)
        );
        assert_eq!(
            model_size(ScanSize::new(1080, 1920), budget),
            ScanSize::new(480, 848)
        );
        assert_eq!(model_size(SIZE, budget), ScanSize::new(48, 32));
        let lengths = [1, 2, 5, 6, 16, 81].map(legal_length);
        assert_eq!(lengths, [1, 5, 5, 9, 17, 81]);
    }

    #[test]
    fn known_is_shown_and_unknown_is_gray() {
        let mut to_make = vec![0; 1_500];
        to_make[15 * 50 + 25] = 255;
        let partly = ClipFrame::Partly {
            picture: video_frame(2),
            to_make: to_make.into(),
        };
        let clip = clip(vec![
            ClipFrame::Known(video_frame(1)),
            partly,
            ClipFrame::ToMake,
        ]);
        let size = model_size(SIZE, 1 << 20);
        let reference = VideoFrame::from_rgba(ScanSize::new(10, 40), vec![0; 1_600], Ticks::ZERO);
        let control = prepare(&clip, &[reference], size, &Device::Cpu).unwrap();
        assert_eq!(control.video.dims(), [5, 3, 32, 48]);
        let masks = control.mask.mean((1, 2)).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!([masks[0], masks[2], masks[4]], [0.0, 1.0, 1.0]);
        let grown = masks[1] * 1_536.0;
        assert!((17.0 * 17.0..20.0 * 20.0).contains(&grown), "{grown}");
        let shown = control
            .video
            .abs()
            .unwrap()
            .broadcast_mul(&control.mask.unsqueeze(1).unwrap());
        assert_eq!(
            shown
                .unwrap()
                .max_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap(),
            0.0
        );
        let row = control.references[0]
            .narrow(2, 16, 1)
            .unwrap()
            .flatten_all()
            .unwrap();
        let row = row.to_vec1::<f32>().unwrap();
        assert_eq!([row[0], row[24], row[47]], [1.0, -1.0, 1.0]);
    }

    #[test]
    fn known_bytes_come_back_and_colors_are_matched() {
        let mut to_make = vec![0; 1_500];
        to_make[..25 * 10].fill(255);
        let partly = ClipFrame::Partly {
            picture: video_frame(2),
            to_make: to_make.clone().into(),
        };
        let clip = clip(vec![
            ClipFrame::Known(video_frame(1)),
            partly,
            ClipFrame::ToMake,
        ]);
        // The model's copy of the known frame is paler and too red; what it makes is off in the same way.
        let size = ScanSize::new(48, 32);
        let copy = |seed: u64| {
            let rgb = rgb_from_frame(&video_frame(seed));
            let planes = (0..3).map(|plane| {
                let shift = if plane == 0 { 0.1 } else { 0.02 };
                let values = resize_plane(rgb.plane(plane), SIZE, size);
                values
                    .iter()
                    .map(|value| value * 0.9 + shift)
                    .collect::<Vec<f32>>()
            });
            Rgb {
                size,
                planes: planes.collect::<Vec<_>>().concat(),
            }
        };
        let output = finish(&clip, &[copy(1), copy(2), copy(3), copy(4)]);
        assert_eq!(output.len(), 3);
        assert_eq!(output[0], video_frame(1));
        let original = video_frame(2);
        for (place, (found, wanted)) in output[1].planes[0]
            .data
            .iter()
            .zip(original.planes[0].data.iter())
            .enumerate()
        {
            assert!(
                to_make[place] == 255 || found == wanted,
                "luma byte {place}"
            );
        }
        assert_eq!(output[1].row(1, 14), original.row(1, 14));
        assert_ne!(output[1].row(0, 0), original.row(0, 0));
        let mean = |frame: &VideoFrame, plane: usize| {
            let rgb = rgb_from_frame(frame);
            rgb.plane(plane).iter().sum::<f32>() / 1_500.0
        };
        for plane in 0..3 {
            let (found, wanted) = (mean(&output[2], plane), mean(&video_frame(3), plane));
            assert!(
                (found - wanted).abs() < 0.02,
                "channel {plane}: {found}, {wanted}"
            );
        }
        assert_eq!(output[2].format, PixelFormat::I420);
    }
}

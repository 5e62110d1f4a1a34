//! Frames that remake what the tracks below the item show: all of it, a region, what lies behind the subject, or what
//! lies past its borders.

use super::Scene;
use crate::{
    Error,
    error::Result,
    export::OnProgress,
    generate::{not_an_error_when_cancelled, told, told_step},
};
use av::{FrameCount, Ticks, VideoFrame};
use generation::{
    ClipFrame, MaskedClip, Models,
    image_ops::{gray_from_frame, resize_plane},
    matte::Matter,
    models::u2net::U2NetMatter,
};
use std::sync::Arc;
use timeline::{AssetId, MediaMoment, Purpose, Region, Rgba, plan_frame};

/// Masks below this gray are black: picture files that lose a little have such specks.
const MASK_BLACK: f32 = 0.03;

/// One byte a pixel: 0 is known, 255 is to be made.
type Mask = Arc<[u8]>;

/// The clip that lies below, each frame partly known.
pub fn clip(
    scene: &mut Scene<'_>,
    models: &Models,
    on_progress: &mut OnProgress<'_>,
) -> Result<MaskedClip> {
    let is_bare = |frame| plan_frame(&scene.known, frame).layers.is_empty();
    if scene.range.frames().all(is_bare) {
        let reason = "there is nothing below it to work on".into();
        return Err(Error::Unsuitable { reason });
    }
    let pictures = drawn(scene, on_progress)?;
    let masks = masks(scene, &pictures, models, on_progress)?;
    if masks.iter().all(|mask| mask.iter().all(|byte| *byte == 0)) {
        let reason = nothing_to_make(scene.generated.purpose).into();
        return Err(Error::Unsuitable { reason });
    }
    let pairs = pictures.into_iter().zip(masks);
    let frames = pairs.map(|(picture, to_make)| ClipFrame::Partly { picture, to_make });
    let sequence = &scene.known.sequence;
    Ok(MaskedClip::new(
        sequence.size,
        sequence.rate,
        frames.collect(),
    )?)
}

fn drawn(scene: &mut Scene<'_>, on_progress: &mut OnProgress<'_>) -> Result<Vec<VideoFrame>> {
    let total = scene.range.count.0 as u64;
    let mut pictures = Vec::with_capacity(total as usize);
    for (done, frame) in (0..).zip(scene.range.frames()) {
        told(on_progress, "Reading the clip", done, total)?;
        pictures.push(scene.source.frame(&scene.known, frame)?);
    }
    Ok(pictures)
}

fn masks(
    scene: &mut Scene<'_>,
    pictures: &[VideoFrame],
    models: &Models,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Mask>> {
    match (
        scene.generated.purpose,
        scene.generated.recipe.region.clone(),
    ) {
        (Purpose::ReplaceBackground, _) => background_masks(pictures, models, on_progress),
        (Purpose::Outpaint, _) => outside_masks(scene, pictures, on_progress),
        (Purpose::Repaint, Some(Region::Box(sides))) => {
            let mask = box_mask(sides, &pictures[0]);
            Ok(vec![mask; pictures.len()])
        }
        (Purpose::Repaint, Some(Region::Mask(asset))) => drawn_masks(scene, asset, on_progress),
        (Purpose::Repaint, None) => Err(Error::Unsuitable {
            reason: "nothing says which part of the picture is to be made anew".into(),
        }),
        _ => {
            let area = pictures[0].size.area() as usize;
            let all: Mask = vec![255; area].into();
            Ok(vec![all; pictures.len()])
        }
    }
}

fn nothing_to_make(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Outpaint => {
            "the picture fills the frame already, there is nothing past its borders"
        }
        Purpose::ReplaceBackground => "the subject fills the frame, there is no background",
        _ => "the mask is black everywhere: white is what is made anew",
    }
}

/// All but the subject.
fn background_masks(
    pictures: &[VideoFrame],
    models: &Models,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Mask>> {
    told(on_progress, "Loading the network", 0, 1)?;
    let mut matter = Matter::new(Box::new(U2NetMatter::open(models)?));
    let mut masks = Vec::with_capacity(pictures.len());
    let result = matter.matte_clip(
        &mut pictures.iter().cloned(),
        pictures.len(),
        &mut |step| told_step(&step, on_progress),
        &mut |_index, matte| {
            masks.push(matte.background_to_make());
            Ok(())
        },
    );
    result.map_err(not_an_error_when_cancelled)?;
    Ok(masks)
}

/// Where nothing lies: there, another background makes another picture.
fn outside_masks(
    scene: &mut Scene<'_>,
    pictures: &[VideoFrame],
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Mask>> {
    let mut other = scene.known.clone();
    let Rgba([r, g, b, a]) = other.sequence.background;
    let inverted = Rgba([255 - r, 255 - g, 255 - b, a]);
    Arc::make_mut(&mut other.sequence).background = inverted;
    let total = pictures.len() as u64;
    let mut masks = Vec::with_capacity(pictures.len());
    for ((done, picture), frame) in (0..).zip(pictures).zip(scene.range.frames()) {
        told(on_progress, "Finding the borders", done, total)?;
        masks.push(difference_mask(
            picture,
            &scene.source.frame(&other, frame)?,
        ));
    }
    Ok(masks)
}

/// 255 in each block of two by two pixels where two I420 pictures differ: colors are kept by the block.
fn difference_mask(one: &VideoFrame, other: &VideoFrame) -> Mask {
    let (width, height) = (one.size.width as usize, one.size.height as usize);
    let mut mask = vec![0; width * height];
    for block_y in 0..height.div_ceil(2) {
        let rows = (2 * block_y)..(2 * block_y + 2).min(height);
        for block_x in 0..width.div_ceil(2) {
            let columns = (2 * block_x)..(2 * block_x + 2).min(width);
            let differs_in = |plane: usize| {
                one.row(plane, block_y)[block_x] != other.row(plane, block_y)[block_x]
            };
            let differs = differs_in(1)
                || differs_in(2)
                || rows
                    .clone()
                    .any(|y| one.row(0, y)[columns.clone()] != other.row(0, y)[columns.clone()]);
            if differs {
                for y in rows.clone() {
                    mask[y * width..][columns.clone()].fill(255);
                }
            }
        }
    }
    mask.into()
}

/// A box in parts of the picture, grown to whole blocks of two by two pixels.
fn box_mask([left, top, width, height]: [f64; 4], picture: &VideoFrame) -> Mask {
    let size = picture.size;
    let span = |start: f64, length: f64, side: u32| {
        let side = side as usize;
        // Parts of a side that were computed from whole pixels mean those pixels.
        let pixel = |part: f64| (part * side as f64 * 64.0).round() / 64.0;
        let first = (pixel(start).floor() as usize) & !1;
        let last = (pixel(start + length).ceil() as usize).next_multiple_of(2);
        first.min(side)..last.min(side)
    };
    let (columns, rows) = (
        span(left, width, size.width),
        span(top, height, size.height),
    );
    let mut mask = vec![0; size.area() as usize];
    for row in mask
        .chunks_exact_mut(size.width as usize)
        .skip(rows.start)
        .take(rows.len())
    {
        row[columns.clone()].fill(255);
    }
    mask.into()
}

/// A mask picture, or a mask clip from its start, stretched over the frame.
fn drawn_masks(
    scene: &mut Scene<'_>,
    asset: AssetId,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Mask>> {
    let known = scene.known.assets.find(asset);
    let is_still = known.is_none_or(|asset| asset.info.is_still);
    let sequence = &scene.known.sequence;
    let (size, rate) = (sequence.size, sequence.rate);
    let total = scene.range.count.0;
    let mut masks: Vec<Mask> = Vec::with_capacity(total as usize);
    for step in 0..total {
        if let (true, Some(mask)) = (is_still, masks.first()) {
            masks.push(Arc::clone(mask));
            continue;
        }
        told(on_progress, "Reading the mask", step as u64, total as u64)?;
        let time = if is_still {
            Ticks::ZERO
        } else {
            rate.ticks_from_count(FrameCount(step))
        };
        let picture = scene
            .source
            .picture(&scene.known, MediaMoment { asset, time })?;
        let gray = resize_plane(&gray_from_frame(&picture), picture.size, size);
        let byte = |gray: &f32| {
            if *gray < MASK_BLACK {
                0
            } else {
                (gray * 255.0 + 0.5).clamp(0.0, 255.0) as u8
            }
        };
        masks.push(gray.iter().map(byte).collect());
    }
    Ok(masks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{ColorSpace, ScanSize};

    fn gray(luma: u8) -> VideoFrame {
        let planes = [vec![luma; 64], vec![128; 16], vec![128; 16]];
        VideoFrame::from_i420(ScanSize::new(8, 8), ColorSpace::VIDEO, planes, Ticks::ZERO)
    }

    #[test]
    fn boxes_are_made_of_whole_blocks_of_color() {
        let mask = box_mask([3.0 / 8.0, 0.0, 2.0 / 8.0, 1.0 / 8.0], &gray(0));
        let marked: Vec<usize> = (0..64).filter(|at| mask[*at] == 255).collect();
        assert_eq!(marked, [2, 3, 4, 5, 10, 11, 12, 13]);
        let whole = box_mask([0.0, 0.0, 1.0, 1.0], &gray(0));
        assert!(whole.iter().all(|byte| *byte == 255));
    }

    #[test]
    fn blocks_that_differ_are_outside() {
        let one = gray(16);
        let mut luma = vec![16; 64];
        luma[9] = 17;
        let mut blue = vec![128; 16];
        blue[15] = 129;
        let planes = [luma, blue, vec![128; 16]];
        let other = VideoFrame::from_i420(one.size, ColorSpace::VIDEO, planes, Ticks::ZERO);
        let mask = difference_mask(&one, &other);
        let marked: Vec<usize> = (0..64).filter(|at| mask[*at] == 255).collect();
        assert_eq!(marked, [0, 1, 8, 9, 54, 55, 62, 63]);
    }
}

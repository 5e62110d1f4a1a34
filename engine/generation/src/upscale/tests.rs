use super::*;
use av::{ColorMatrix, ColorSpace, Ticks};
use std::ops::ControlFlow;

fn goes_on(_step: Step) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Waves, a disc with a hard edge and a little noise.
fn sample(size: ScanSize) -> Vec<u8> {
    let mut data = Vec::new();
    let mut state = 1_u32;
    for y in 0..size.height {
        for x in 0..size.width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 28) as f32;
            let inside = (x as f32 - 20.0).hypot(y as f32 - 12.0) < 9.0;
            let wave = ((x as f32 / 5.0).sin() + (y as f32 / 7.0).cos()) * 50.0 + 120.0 + noise;
            let level = if inside { 240.0 } else { wave };
            data.extend([
                level as u8,
                255 - level as u8,
                (level / 2.0) as u8 + 40,
                255,
            ]);
        }
    }
    data
}

fn rgba(size: ScanSize) -> VideoFrame {
    VideoFrame::from_rgba(size, sample(size), Ticks(11))
}

fn fast(piece: usize) -> Upscaler {
    let mut upscaler = Upscaler::open(&Models::locate().unwrap(), Quality::Fast).unwrap();
    upscaler.piece = piece;
    upscaler
}

fn worst(a: &VideoFrame, b: &VideoFrame) -> u8 {
    assert_eq!((a.size, a.format, a.pts), (b.size, b.format, b.pts));
    let planes = a.planes.iter().zip(&b.planes);
    let worst = planes.flat_map(|(a, b)| a.data.iter().zip(b.data.iter()));
    worst.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn pieces_leave_no_trace() {
    let size = ScanSize::new(75, 53);
    for factor in [Factor::Two, Factor::Four] {
        let frame = rgba(size);
        let whole = fast(1000).upscale(&frame, factor, &mut goes_on);
        let whole = whole.unwrap();
        assert_eq!(whole.size, enlarged_size(size, factor).unwrap());
        let pieces = fast(21).upscale(&frame, factor, &mut goes_on);
        // Sums in another order round another way, at most one code.
        assert!(worst(&pieces.unwrap(), &whole) <= 1);
        let video = frame_like(&rgb_from_frame(&frame), Some(&video(size)), Ticks(11));
        let whole = fast(1000).upscale(&video, factor, &mut goes_on);
        let pieces = fast(21).upscale(&video, factor, &mut goes_on);
        assert!(worst(&pieces.unwrap(), &whole.unwrap()) <= 1);
    }
}

fn video(size: ScanSize) -> VideoFrame {
    let area = size.area() as usize;
    let chroma = (size.width.div_ceil(2) * size.height.div_ceil(2)) as usize;
    let color = ColorSpace {
        matrix: ColorMatrix::Bt601,
        ..ColorSpace::VIDEO
    };
    let planes = [vec![90; area], vec![100; chroma], vec![150; chroma]];
    VideoFrame::from_i420(size, color, planes, Ticks(11))
}

#[test]
fn flat_video_stays_what_it_is_with_its_tags() {
    let frame = video(ScanSize::new(25, 17));
    let large = fast(16)
        .upscale(&frame, Factor::Four, &mut goes_on)
        .unwrap();
    assert_eq!(large.size, ScanSize::new(100, 68));
    assert_eq!((large.color, large.pts), (frame.color, frame.pts));
    for (plane, wanted) in [90_u8, 100, 150].into_iter().enumerate() {
        let row = large.row(plane, large.plane_size(plane).height as usize / 2);
        let worst = row[20..row.len() - 20]
            .iter()
            .map(|v| v.abs_diff(wanted))
            .max();
        assert!(worst.unwrap_or(0) <= 4, "plane {plane}: {row:?}");
    }
}

#[test]
fn edges_are_sharper_than_by_smooth_scaling() {
    let size = ScanSize::new(48, 32);
    let frame = rgba(size);
    let large = fast(1000)
        .upscale(&frame, Factor::Four, &mut goes_on)
        .unwrap();
    let green = rgb_from_frame(&large);
    let smooth = resize_plane(rgb_from_frame(&frame).plane(1), size, large.size);
    // Across the right edge of the disc, at x = 29 of the small picture.
    let steepest = |plane: &[f32]| {
        let row = &plane[50 * 192..51 * 192];
        let steps = row[104..128]
            .windows(2)
            .map(|pair| (pair[0] - pair[1]).abs());
        steps.fold(0.0, f32::max)
    };
    let (made, smoothed) = (steepest(green.plane(1)), steepest(&smooth));
    assert!(made > 1.5 * smoothed, "{made} against {smoothed}");
}

#[test]
fn alpha_grows_with_the_picture() {
    let size = ScanSize::new(40, 30);
    let mut data = sample(size);
    for (place, pixel) in data.chunks_exact_mut(4).enumerate() {
        pixel[3] = if place % 40 < 20 { 0 } else { 255 };
    }
    let frame = VideoFrame::from_rgba(size, data, Ticks::ZERO);
    let large = fast(12).upscale(&frame, Factor::Two, &mut goes_on).unwrap();
    let row = large.row(0, 31);
    let alpha = |x: usize| row[x * 4 + 3];
    assert_eq!(
        (alpha(0), alpha(36), alpha(44), alpha(79)),
        (0, 0, 255, 255)
    );
    assert!((60..196).contains(&alpha(39)) || (60..196).contains(&alpha(40)));
}

#[test]
fn steps_add_up_and_a_stop_is_obeyed() {
    let frames = || std::iter::repeat_n(rgba(ScanSize::new(30, 20)), 3);
    let mut steps = Vec::new();
    let mut indices = Vec::new();
    let mut on_step = |step: Step| {
        steps.push((step.done, step.total));
        ControlFlow::Continue(())
    };
    let sink = &mut |index, _frame| {
        indices.push(index);
        Ok(())
    };
    let mut upscaler = fast(16);
    upscaler
        .upscale_frames(&mut frames(), 3, Factor::Two, &mut on_step, sink)
        .unwrap();
    assert_eq!(indices, [0, 1, 2]);
    // Two by two pieces of eighteen layers in three frames.
    assert_eq!(steps.last(), Some(&(216, 216)));
    assert!(steps.iter().all(|(_, total)| *total == 216));
    let mut left = 20;
    let mut stop = |_step| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mut sunk = 0;
    let sink = &mut |_index, _frame| {
        sunk += 1;
        Ok(())
    };
    let stopped = upscaler.upscale_frames(&mut frames(), 3, Factor::Two, &mut stop, sink);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!((left, sunk), (0, 0), "the very next layer does not run");
}

#[test]
fn tiny_pictures_work_and_impossible_ones_are_refused() {
    let dot = VideoFrame::from_rgba(ScanSize::new(1, 1), vec![200, 100, 50, 255], Ticks::ZERO);
    let large = fast(64).upscale(&dot, Factor::Two, &mut goes_on).unwrap();
    assert_eq!(large.size, ScanSize::new(2, 2));
    let refused = enlarged_size(ScanSize::new(5000, 20), Factor::Four).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Real-ESRGAN cannot do this: 5000x20 enlarged 4 times is 20000x80, and no side may be longer than 16384"
    );
}

#[test]
fn the_finer_network_can_be_cut_as_well() {
    let mut upscaler = Upscaler::open(&Models::locate().unwrap(), Quality::Fine).unwrap();
    let frame = rgba(ScanSize::new(56, 30));
    let whole = upscaler.upscale(&frame, Factor::Two, &mut goes_on).unwrap();
    upscaler.piece = 28;
    let pieces = upscaler.upscale(&frame, Factor::Two, &mut goes_on).unwrap();
    let bytes = |frame: &VideoFrame| frame.planes[0].data.clone();
    let (pieces, whole) = (bytes(&pieces), bytes(&whole));
    let pairs = pieces.iter().zip(whole.iter());
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    let mean = sum / whole.len() as f64;
    assert!(mean < 0.2, "{mean}");
}

//! The subject's own colors: what shines through at its edges is taken out.

use super::Matte;
use crate::image_ops::{Rgb, box_mean, rgb_from_frame};
use av::VideoFrame;
use rayon::prelude::*;

/// Colors are estimated from this many pixels round an edge, for pictures of 1000 pixels; in proportion for others.
const REACH_PER_1000_PX: u32 = 12;

/// `frame`'s subject as R, G, B, A: straight alpha from `matte`, colors without those of the old background.
///
/// After the blurred estimates of foreground and background by Forte (2021): both are means weighed by the matte; a share
/// of what they do not explain is given to the foreground.
pub fn subject_frame(frame: &VideoFrame, matte: &Matte) -> VideoFrame {
    let rgb = rgb_from_frame(frame);
    let alpha: Vec<f32> = matte
        .alpha
        .iter()
        .map(|&alpha| f32::from(alpha) / 255.0)
        .collect();
    let longest = frame.size.width.max(frame.size.height);
    let radius = (longest * REACH_PER_1000_PX / 1000).max(3) as usize;
    let cleaned = decontaminated(&rgb, &alpha, radius);
    let mut data = vec![0; alpha.len() * 4];
    let (pixels, _none) = data.as_chunks_mut::<4>();
    let byte = |value: f32| (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    let [red, green, blue] = &cleaned;
    for (place, pixel) in pixels.iter_mut().enumerate() {
        let alpha = matte.alpha[place];
        *pixel = [
            byte(red[place]),
            byte(green[place]),
            byte(blue[place]),
            alpha,
        ];
    }
    VideoFrame::from_rgba(frame.size, data, frame.pts)
}

fn decontaminated(rgb: &Rgb, alpha: &[f32], radius: usize) -> [Vec<f32>; 3] {
    const NOTHING: f32 = 1e-4;
    let mean = |plane: &[f32]| box_mean(plane, rgb.size, radius);
    // Cubed, so that pixels which are themselves mixed say little about either side.
    let front_share: Vec<f32> = alpha.iter().map(|a| a.powi(3)).collect();
    let back_share: Vec<f32> = alpha.iter().map(|a| (1.0 - a).powi(3)).collect();
    let (front_sum, back_sum) = (mean(&front_share), mean(&back_share));
    [0, 1, 2].map(|plane| {
        let color = rgb.plane(plane);
        let weighed = |share: &[f32]| {
            let products: Vec<f32> = color.par_iter().zip(share).map(|(c, s)| c * s).collect();
            mean(&products)
        };
        let (fronts, backs) = (weighed(&front_share), weighed(&back_share));
        let estimate = |place: usize| {
            let (color, a) = (color[place], alpha[place]);
            if a >= 1.0 || front_sum[place] < NOTHING || back_sum[place] < NOTHING {
                return color;
            }
            let front = fronts[place] / front_sum[place];
            let back = backs[place] / back_sum[place];
            (front + a * (color - a * front - (1.0 - a) * back)).clamp(0.0, 1.0)
        };
        (0..color.len()).into_par_iter().map(estimate).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{ScanSize, Ticks};

    #[test]
    fn green_screen_is_taken_out_of_a_soft_edge() {
        let size = ScanSize::new(96, 24);
        let alpha = |x: usize| ((x as f32 - 44.0) / 4.0).clamp(0.0, 1.0);
        let (mut data, mut matte) = (Vec::new(), Vec::new());
        for place in 0..size.area() as usize {
            let a = alpha(place % 96);
            let mix = |front: f32, back: f32| (front * a + back * (1.0 - a)) as u8;
            data.extend([mix(200.0, 20.0), mix(60.0, 230.0), mix(50.0, 30.0), 255]);
            matte.push((a * 255.0) as u8);
        }
        let frame = VideoFrame::from_rgba(size, data, Ticks::ZERO);
        let matte = Matte {
            size,
            alpha: matte.into(),
        };
        let subject = subject_frame(&frame, &matte);
        for x in 45..48 {
            let pixel = &subject.row(0, 12)[x * 4..][..4];
            let spill = i32::from(pixel[1]) - 60;
            let before = i32::from(frame.row(0, 12)[x * 4 + 1]) - 60;
            assert!(
                spill.abs() * 3 < before,
                "{x}: {pixel:?}, was {before} too green"
            );
            assert_eq!(pixel[3], matte.alpha[12 * 96 + x]);
        }
    }
}

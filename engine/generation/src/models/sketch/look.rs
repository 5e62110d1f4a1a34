//! The last touch: a style, the label, and the frame as video stores it.

use super::{
    paint::{Color, clouds, mix, noise, shaded, smooth},
    raster::{Canvas, Layer, Pose, pixel},
    words::Style,
};
use av::{ColorSpace, ScanSize, Ticks, VideoFrame};
use rayon::prelude::*;

/// Changes the whole picture to a style; `frame` moves its grain.
pub fn apply(style: Style, canvas: &mut Canvas, frame: u32) {
    let (width, height) = (canvas.width, canvas.height);
    let rows = canvas.pixels.par_chunks_exact_mut(width).enumerate();
    rows.for_each(|(y, row)| {
        let v = y as f32 / height as f32 * 2.0 - 1.0;
        for (x, below) in row.iter_mut().enumerate() {
            let u = x as f32 / width as f32 * 2.0 - 1.0;
            let byte = |shift: u32| (*below >> shift & 255) as f32 / 255.0;
            let color = [byte(0), byte(8), byte(16)];
            *below = pixel(
                styled(style, color, [u, v], [x as f32, y as f32], frame),
                1.0,
            );
        }
    });
}

fn styled(style: Style, color: Color, [u, v]: [f32; 2], [x, y]: [f32; 2], frame: u32) -> Color {
    let luma = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
    let rim = u * u + v * v;
    match style {
        Style::Noir => {
            [smooth(0.0, 0.80, luma) * (1.06 - 0.30 * rim) + grain(x, y, frame) * 0.05; 3]
        }
        Style::Film => {
            let warm = [
                0.95 * color[0] + 0.08 * color[1] + 0.02,
                0.05 * color[0] + 0.88 * color[1] + 0.03,
                0.12 * color[1] + 0.68 * color[2] + 0.06,
            ];
            shaded(warm, 1.05 - 0.20 * rim).map(|value| value + grain(x, y, frame) * 0.07)
        }
        Style::Sepia => {
            let tone = mix(
                [0.16, 0.09, 0.04],
                [1.0, 0.93, 0.78],
                smooth(0.0, 1.0, luma),
            );
            shaded(tone, 1.03 - 0.22 * rim).map(|value| value + grain(x, y, frame) * 0.04)
        }
        Style::Watercolor => {
            // Few tones, paper between them, pigment that gathered.
            let paper = clouds(x * 0.05, y * 0.05, 4, 0, 5);
            let levels = 7.0;
            let steps = color.map(|value| {
                ((value * levels + (paper - 0.5) * 1.2).round() / levels).clamp(0.0, 1.0)
            });
            let wash = mix(
                mix(color, steps, 0.6),
                [1.0, 0.99, 0.96],
                0.22 + 0.16 * (paper - 0.5),
            );
            mix(
                wash,
                [0.98, 0.97, 0.94],
                smooth(0.92, 1.06, u.abs().max(v.abs()) + 0.10 * (paper - 0.5)),
            )
        }
        Style::Neon => {
            let (dark, middle, bright) =
                ([0.05, 0.01, 0.16], [0.95, 0.10, 0.62], [0.35, 0.98, 1.0]);
            let map = if luma < 0.5 {
                mix(dark, middle, luma * 2.0)
            } else {
                mix(middle, bright, luma * 2.0 - 1.0)
            };
            mix(map, color, 0.3)
        }
    }
}

fn grain(x: f32, y: f32, frame: u32) -> f32 {
    noise(x * 0.7, y * 0.7, 0, frame % 24 + 900) - 0.5
}

/// Lays the label in the lower right corner.
pub fn label(canvas: &mut Canvas, picture: &Layer) {
    let half = (canvas.height as f32 * 0.011).max(3.0);
    let aspect = picture.width as f32 / picture.height as f32;
    let margin = half * 2.2;
    canvas.draw_sprite(
        picture,
        Pose {
            center: [
                canvas.width as f32 - margin - half * aspect,
                canvas.height as f32 - margin,
            ],
            half,
            angle: 0.0,
            aspect,
            opacity: 0.62,
            tint: [1.0; 3],
        },
    );
}

/// `to` over `from`, for shots that flow into each other.
pub fn dissolve(from: &Canvas, to: &mut Canvas, share: f32) {
    let share = (share * 256.0) as u32;
    for (below, old) in to.pixels.iter_mut().zip(&from.pixels) {
        let byte = |shift: u32| {
            let (new, old) = (*below >> shift & 255, *old >> shift & 255);
            ((old * (256 - share) + new * share) >> 8) << shift
        };
        *below = byte(0) | byte(8) | byte(16) | 0xff00_0000;
    }
}

/// The canvas as 4:2:0 video; as RGBA where a side is odd.
pub fn frame(canvas: &Canvas, pts: Ticks) -> VideoFrame {
    let size = ScanSize::new(canvas.width as u32, canvas.height as u32);
    if !canvas.width.is_multiple_of(2) || !canvas.height.is_multiple_of(2) {
        let bytes = canvas
            .pixels
            .iter()
            .flat_map(|pixel| (pixel | 0xff00_0000).to_le_bytes());
        return VideoFrame::from_rgba(size, bytes.collect(), pts);
    }
    let half = canvas.width / 2;
    let mut luma = vec![0_u8; canvas.pixels.len()];
    let mut chroma = vec![[0_u8; 2]; half * (canvas.height / 2)];
    let rows = canvas.pixels.par_chunks_exact(2 * canvas.width);
    rows.zip(luma.par_chunks_exact_mut(2 * canvas.width))
        .zip(chroma.par_chunks_exact_mut(half))
        .for_each(|((pixels, luma), chroma)| {
            for (code, pixel) in luma.iter_mut().zip(pixels) {
                *code = luma_code(*pixel);
            }
            let (upper, lower) = pixels.split_at(canvas.width);
            for (index, codes) in chroma.iter_mut().enumerate() {
                let at = 2 * index;
                *codes = chroma_codes([upper[at], upper[at + 1], lower[at], lower[at + 1]]);
            }
        });
    let (blue, red) = chroma.iter().map(|[blue, red]| (*blue, *red)).unzip();
    VideoFrame::from_i420(size, ColorSpace::VIDEO, [luma, blue, red], pts)
}

/// BT.709 luma code of limited range, in whole numbers of 16 bits.
#[inline]
fn luma_code(pixel: u32) -> u8 {
    let (r, g, b) = (pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255);
    // 219/255 of 0.2126, 0.7152 and 0.0722.
    ((r * 11_966 + g * 40_254 + b * 4_064 + 32_768 + (16 << 16)) >> 16) as u8
}

/// Blue and red difference codes of four pixels' mean.
#[inline]
fn chroma_codes(pixels: [u32; 4]) -> [u8; 2] {
    let sum = |shift: u32| {
        pixels
            .iter()
            .map(|pixel| (pixel >> shift & 255) as i32)
            .sum::<i32>()
    };
    let (r, g, b) = (sum(0), sum(8), sum(16));
    // 224/255 of the matrix, divided by the four pixels.
    let code = |value: i32| ((value + (1 << 17) + (128 << 18)) >> 18) as u8;
    [
        code(-6_596 * r - 22_189 * g + 28_784 * b),
        code(28_784 * r - 26_145 * g - 2_639 * b),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_become_the_codes_of_video() {
        let codes = |color| {
            let canvas = Canvas {
                width: 2,
                height: 2,
                pixels: vec![pixel(color, 1.0); 4],
            };
            let frame = frame(&canvas, Ticks::ZERO);
            [0, 1, 2].map(|plane| frame.planes[plane].data[0])
        };
        assert_eq!(codes([1.0, 1.0, 1.0]), [235, 128, 128]);
        assert_eq!(codes([0.0, 0.0, 0.0]), [16, 128, 128]);
        for (color, wanted) in [
            ([1.0, 0.0, 0.0], [63, 102, 240]),
            ([0.0, 1.0, 0.0], [173, 42, 26]),
            ([0.0, 0.0, 1.0], [32, 240, 118]),
        ] {
            for (found, wanted) in codes(color).into_iter().zip(wanted) {
                assert!(
                    found.abs_diff(wanted) <= 1,
                    "{color:?}: {found} for {wanted}"
                );
            }
        }
    }
}

//! What the numbers mean between a decoded picture and the encoder.
//!
//! Pictures become gamma-coded R'G'B', layers are blended there, and the result becomes BT.709 limited-range I420.
//! Blending coded values is what video editors do by default: a dissolve or a half-transparent title looks as people
//! expect from them, and a picture that nothing is done to keeps its codes exactly. Codes below black and above white
//! live on as floats until something that cannot mean them (corrections, a look, a blend mode) clamps them.
//!
//! - ✅ matrix BT.601, BT.709, BT.2020 (non-constant luminance); limited and full range; 8 bits
//! - ✅ sRGB and BT.709 curves: both shown as coded, as players do
//! - ✅ PQ and HLG: brought to standard range, white at 203 cd/m², highlights rolled off, colors clipped to BT.709
//! - ✅ straight alpha in RGBA pictures; blended premultiplied
//! - ✅ 4:2:0 chroma between its four pixels; a picture that lies pixel on pixel keeps chroma codes exactly
//! - ❌ chroma beside the left pixels (MPEG-2 siting): taken as centered on both ways, so it cancels at scale 1
//! - ❌ BT.601 and BT.2020 primaries of standard-range pictures: shown as if BT.709
//! - ❌ more than 8 bits; blending in linear light; pixels that are not square

use av::{ColorMatrix, ColorRange, ColorSpace, PixelFormat, Transfer};

/// Middle grey (18 % of white's light) as a gamma-coded value; contrast turns around it.
pub const MIDDLE_GREY: f64 = 0.4587;

/// An affine map of three numbers: each row holds three factors and what is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColorMap(pub [[f64; 4]; 3]);

impl ColorMap {
    /// Changes nothing.
    pub const IDENTITY: Self = Self([
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ]);

    /// The mapped numbers.
    pub fn apply(&self, v: [f64; 3]) -> [f64; 3] {
        self.0
            .map(|[a, b, c, d]| a * v[0] + b * v[1] + c * v[2] + d)
    }

    /// This map first, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        Self(next.0.map(|row| {
            let mut sum = [0.0, 0.0, 0.0, row[3]];
            for (factor, inner) in row.iter().zip(&self.0) {
                for (total, value) in sum.iter_mut().zip(inner) {
                    *total += factor * value;
                }
            }
            sum
        }))
    }

    /// Rows as shaders take them.
    pub fn rows(&self) -> [[f32; 4]; 3] {
        self.0.map(|row| row.map(|value| value as f32))
    }
}

/// Weights of red and blue in luma.
fn luma_weights(matrix: ColorMatrix) -> [f64; 2] {
    match matrix {
        ColorMatrix::Bt601 => [0.299, 0.114],
        ColorMatrix::Bt709 => [0.2126, 0.0722],
        ColorMatrix::Bt2020 => [0.2627, 0.0593],
    }
}

/// Y, U, V codes (0 to 255) to gamma-coded R'G'B' (black 0, white 1).
pub fn rgb_from_codes(color: ColorSpace) -> ColorMap {
    let [kr, kb] = luma_weights(color.matrix);
    let kg = 1.0 - kr - kb;
    let (luma, black, chroma) = match color.range {
        ColorRange::Limited => (1.0 / 219.0, 16.0, 1.0 / 224.0),
        ColorRange::Full => (1.0 / 255.0, 0.0, 1.0 / 255.0),
    };
    let (u, v) = (2.0 * (1.0 - kb) * chroma, 2.0 * (1.0 - kr) * chroma);
    let row = |of_u: f64, of_v: f64| [luma, of_u, of_v, -luma * black - (of_u + of_v) * 128.0];
    ColorMap([row(0.0, v), row(-u * kb / kg, -v * kr / kg), row(u, 0.0)])
}

/// Gamma-coded R'G'B' to Y, U, V codes of [`ColorSpace::VIDEO`], not yet rounded.
pub fn video_codes_from_rgb() -> ColorMap {
    let [kr, kb] = luma_weights(ColorSpace::VIDEO.matrix);
    let luma = [kr, 1.0 - kr - kb, kb];
    let (u, v) = (112.0 / (1.0 - kb), 112.0 / (1.0 - kr));
    let [y0, y1, y2] = luma.map(|weight| weight * 219.0);
    ColorMap([
        [y0, y1, y2, 16.0],
        [-kr * u, -luma[1] * u, (1.0 - kb) * u, 128.0],
        [(1.0 - kr) * v, -luma[1] * v, -kb * v, 128.0],
    ])
}

/// Whether codes of a picture mean what they mean in a sequence.
pub fn is_video(color: ColorSpace) -> bool {
    color.matrix == ColorMatrix::Bt709
        && color.range == ColorRange::Limited
        && matches!(color.transfer, Transfer::Bt709 | Transfer::Srgb)
}

/// Texture values (0 to 1) of a picture to gamma-coded R'G'B'.
pub fn rgb_from_texture(format: PixelFormat, color: ColorSpace) -> ColorMap {
    match format {
        PixelFormat::Rgba8 => ColorMap::IDENTITY,
        PixelFormat::I420 | PixelFormat::Nv12 => {
            let mut map = rgb_from_codes(color);
            for row in &mut map.0 {
                row.iter_mut().take(3).for_each(|factor| *factor *= 255.0);
            }
            map
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_the_identity() {
        let round = rgb_from_codes(ColorSpace::VIDEO).then(&video_codes_from_rgb());
        for codes in [[16.0, 128.0, 128.0], [0.0, 255.0, 0.0], [255.0, 1.0, 254.0]] {
            for (got, want) in round.apply(codes).iter().zip(codes) {
                assert!((got - want).abs() < 1e-9, "{got} {want}");
            }
        }
    }

    #[test]
    fn white_and_red_are_where_the_standards_put_them() {
        for matrix in [ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020] {
            let color = ColorSpace {
                matrix,
                ..ColorSpace::VIDEO
            };
            for value in rgb_from_codes(color).apply([235.0, 128.0, 128.0]) {
                assert!((value - 1.0).abs() < 1e-12);
            }
        }
        let red = video_codes_from_rgb().apply([1.0, 0.0, 0.0]);
        assert_eq!(red.map(f64::round), [63.0, 102.0, 240.0]);
    }
}

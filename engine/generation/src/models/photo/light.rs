//! Light adds up in linear measure; pictures are coded. Between the two by tables, and a change of the scene's own light.

use super::inpaint::Pixel;
use std::sync::LazyLock;

/// Steps of the tables; between them values are mixed, which is exact to a tenth of a code.
const STEPS: usize = 2048;

static LINEAR: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let linear = |step: usize| {
        let coded = step as f64 / STEPS as f64;
        if coded <= 0.040_45 {
            (coded / 12.92) as f32
        } else {
            libm::pow((coded + 0.055) / 1.055, 2.4) as f32
        }
    };
    (0..=STEPS + 1).map(linear).collect()
});

/// Over the square root, which spreads the dark end.
static CODED: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let coded = |step: usize| {
        let linear = (step as f64 / STEPS as f64).powi(2);
        if linear <= 0.003_130_8 {
            (linear * 12.92) as f32
        } else {
            (1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055) as f32
        }
    };
    (0..=STEPS + 1).map(coded).collect()
});

#[inline]
fn looked_up(table: &[f32], value: f32) -> f32 {
    let place = value.clamp(0.0, 1.0) * STEPS as f32;
    let step = place as usize;
    table[step] + (table[step + 1] - table[step]) * (place - step as f32)
}

/// Light of an sRGB-coded value, both 0 to 1.
#[inline]
pub fn linear(coded: f32) -> f32 {
    looked_up(&LINEAR, coded)
}

/// The sRGB-coded value of light, both 0 to 1; more light than 1 is 1.
#[inline]
pub fn coded(linear: f32) -> f32 {
    looked_up(&CODED, linear.clamp(0.0, 1.0).sqrt())
}

/// Lets `1 - cover` of a coded pixel's light through and adds `light`.
#[inline]
pub fn lay(pixel: &mut Pixel, light: [f32; 3], cover: f32) {
    for (value, light) in pixel.iter_mut().zip(light) {
        *value = coded(linear(*value) * (1.0 - cover) + light);
    }
}

/// Another light on the whole scene: factors on coded color, and how much color is left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// Factors on red, green, blue.
    pub gain: [f32; 3],
    /// 1 keeps all color, 0 leaves gray.
    pub color: f32,
}

impl Grade {
    /// No change.
    pub const NONE: Self = Self {
        gain: [1.0; 3],
        color: 1.0,
    };

    /// Both changes, one after the other.
    pub fn and(self, other: Self) -> Self {
        Self {
            gain: [0, 1, 2].map(|c| self.gain[c] * other.gain[c]),
            color: self.color * other.color,
        }
    }

    /// This much of the change.
    pub fn at(self, share: f32) -> Self {
        Self {
            gain: self.gain.map(|gain| 1.0 + (gain - 1.0) * share),
            color: 1.0 + (self.color - 1.0) * share,
        }
    }

    /// The change of a pixel; premultiplied ones and differences change alike.
    #[inline]
    pub fn apply(&self, pixel: &mut Pixel) {
        let gray = 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2];
        for (value, gain) in pixel.iter_mut().zip(self.gain) {
            *value = (gray + (*value - gray) * self.color) * gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_way_to_light_and_back() {
        for code in 0..=255 {
            let value = code as f32 / 255.0;
            assert!((coded(linear(value)) - value).abs() * 255.0 < 0.1, "{code}");
        }
        assert!((linear(0.5) - 0.214).abs() < 1e-3);
        assert_eq!(coded(7.0), 1.0);
        let mut pixel = [0.5, 0.5, 0.5, 1.0];
        lay(&mut pixel, [0.0; 3], 0.0);
        assert!((pixel[0] - 0.5).abs() < 4e-4 && pixel[3] == 1.0);
    }
}

//! The usual corrections as one affine map of gamma-coded R'G'B'.

use crate::color::{ColorMap, MIDDLE_GREY};
use timeline::ColorControls;

/// The gamma that light is taken to be coded with; a stop doubles light, so codes grow by `2^(1 / CODING_GAMMA)`.
const CODING_GAMMA: f64 = 2.2;
/// How far full temperature or tint moves a channel's gain.
const BALANCE_REACH: f64 = 0.25;
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// White balance and exposure, then contrast around middle grey, then saturation.
pub fn color_map(controls: &ColorControls) -> ColorMap {
    let warm = controls.temperature * BALANCE_REACH;
    let magenta = controls.tint * BALANCE_REACH;
    let gains = [
        1.0 + warm + magenta / 2.0,
        1.0 - magenta / 2.0,
        1.0 - warm + magenta / 2.0,
    ];
    // Balance must not change how bright white is.
    let luma: f64 = gains.iter().zip(LUMA).map(|(gain, part)| gain * part).sum();
    let light = (controls.exposure_stops / CODING_GAMMA).exp2() / luma;
    let contrast = 1.0 + controls.contrast;
    let lift = MIDDLE_GREY * (1.0 - contrast);
    let saturation = 1.0 + controls.saturation;
    let balanced = diagonal(gains.map(|gain| gain * light));
    let contrasted = ColorMap(
        diagonal([contrast; 3])
            .0
            .map(|[r, g, b, _]| [r, g, b, lift]),
    );
    let mut saturated = diagonal([saturation; 3]);
    for row in &mut saturated.0 {
        for (factor, part) in row.iter_mut().zip(LUMA) {
            *factor += part * (1.0 - saturation);
        }
    }
    balanced.then(&contrasted).then(&saturated)
}

fn diagonal([r, g, b]: [f64; 3]) -> ColorMap {
    ColorMap([[r, 0.0, 0.0, 0.0], [0.0, g, 0.0, 0.0], [0.0, 0.0, b, 0.0]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(controls: ColorControls, rgb: [f64; 3]) -> [f64; 3] {
        color_map(&controls).apply(rgb)
    }

    #[test]
    fn neutral_is_the_identity() {
        let rgb = [0.1, 0.5, 0.9];
        for (got, want) in applied(ColorControls::default(), rgb).iter().zip(rgb) {
            assert!((got - want).abs() < 1e-12);
        }
    }

    #[test]
    fn each_control_does_its_own_thing() {
        let brighter = applied(
            ColorControls {
                exposure_stops: 1.0,
                ..ColorControls::default()
            },
            [0.2; 3],
        );
        assert!((brighter[0].powf(2.2) / 0.2_f64.powf(2.2) - 2.0).abs() < 1e-9);
        let grey = applied(
            ColorControls {
                saturation: -1.0,
                ..ColorControls::default()
            },
            [1.0, 0.0, 0.0],
        );
        assert!(grey.iter().all(|value| (value - 0.2126).abs() < 1e-9));
        let flat = applied(
            ColorControls {
                contrast: -1.0,
                ..ColorControls::default()
            },
            [0.9, 0.1, 0.3],
        );
        assert!(flat.iter().all(|value| (value - MIDDLE_GREY).abs() < 1e-9));
        let [r, _, b] = applied(
            ColorControls {
                temperature: 1.0,
                ..ColorControls::default()
            },
            [0.5; 3],
        );
        assert!(r > 0.5 && b < 0.5);
        let [r, g, b] = applied(
            ColorControls {
                tint: 1.0,
                ..ColorControls::default()
            },
            [0.5; 3],
        );
        assert!(g < 0.5 && r > 0.5 && b > 0.5);
    }
}

//! From the sound that everything here has, 48 kHz in stereo, to the one channel at 16 kHz that the network hears.

use std::f64::consts::PI;

/// Samples to each side under the filter.
const REACH: usize = 48;
/// Share of the old rate that passes: a little below a sixth, which is the most that a third of the rate can hold.
const PASSES: f64 = 0.155;
/// Old samples for each new one.
const STEP: usize = 3;

/// Thins a stream of sound, piece by piece; memory stays that of one piece.
#[derive(Debug)]
pub struct Thinner {
    taps: Vec<f32>,
    /// One channel, not yet used up; at first the silence before the sound.
    waiting: Vec<f32>,
}

impl Default for Thinner {
    fn default() -> Self {
        let reach = REACH as f64;
        let mut taps: Vec<f64> = (0..=2 * REACH)
            .map(|at| {
                let x = at as f64 - reach;
                let sinc = if x == 0.0 {
                    2.0 * PASSES
                } else {
                    (2.0 * PI * PASSES * x).sin() / (PI * x)
                };
                sinc * (0.5 + 0.5 * (PI * x / (reach + 1.0)).cos())
            })
            .collect();
        let sum: f64 = taps.iter().sum();
        for tap in &mut taps {
            *tap /= sum;
        }
        Self {
            taps: taps.into_iter().map(|tap| tap as f32).collect(),
            waiting: vec![0.0; REACH],
        }
    }
}

impl Thinner {
    /// Takes in left, right, left, right… at 48 kHz and gives what is ready by now; it lags by a thousandth of a second.
    pub fn push(&mut self, stereo: &[f32]) -> Vec<f32> {
        let pairs = stereo.chunks_exact(2);
        self.waiting
            .extend(pairs.map(|pair| (pair[0] + pair[1]) * 0.5));
        let reach = self.taps.len();
        let ready = (self.waiting.len() + STEP).saturating_sub(reach) / STEP;
        let value = |index: usize| {
            let under = &self.waiting[index * STEP..index * STEP + reach];
            under.iter().zip(&self.taps).map(|(a, b)| a * b).sum()
        };
        let thin = (0..ready).map(value).collect();
        self.waiting.drain(..ready * STEP);
        thin
    }

    /// Gives the rest.
    pub fn finish(mut self) -> Vec<f32> {
        self.push(&[0.0; 2 * REACH])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32) -> Vec<f32> {
        let wave =
            (0..48_000).map(|at| (at as f32 * hertz * std::f32::consts::TAU / 48_000.0).sin());
        wave.flat_map(|value| [value, value]).collect()
    }

    fn thinned(stereo: &[f32], piece: usize) -> Vec<f32> {
        let mut thinner = Thinner::default();
        let mut thin: Vec<f32> = stereo
            .chunks(piece)
            .flat_map(|piece| thinner.push(piece))
            .collect();
        thin.extend(thinner.finish());
        thin
    }

    #[test]
    fn speech_stays_and_what_would_fold_back_goes() {
        let loud = |sound: &[f32]| {
            let middle = &sound[200..15_800];
            middle
                .iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()))
        };
        let kept = thinned(&tone(1_000.0), 96_000);
        assert_eq!(kept.len(), 16_000);
        assert!((loud(&kept) - 1.0).abs() < 0.01, "{}", loud(&kept));
        assert!(loud(&thinned(&tone(11_000.0), 96_000)) < 0.01);
        // In step with what went in: sixteen samples are a whole turn.
        assert!((kept[160 + 4] - 1.0).abs() < 0.01 && kept[160].abs() < 0.01);
    }

    #[test]
    fn pieces_make_no_difference() {
        let sound = tone(700.0);
        let whole = thinned(&sound, sound.len());
        assert_eq!(thinned(&sound, 2 * 1_111), whole);
        assert_eq!(thinned(&sound, 2), whole);
        assert_eq!(thinned(&[], 2), Vec::<f32>::new());
    }
}

//! Which colors speak for a subject and which for what is round it.

use crate::image_ops::Rgb;
use rayon::prelude::*;

/// Steps of red, of green and of blue that are told apart.
const STEPS: usize = 16;
/// Density of a color that was never seen: one in so many pixels might have it.
const UNSEEN: f32 = 1e-5;
/// However clear a color is, others might have it: its word (log odds) goes no farther.
const WORD_MAX: f32 = 3.0;

/// How often each color was seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Colors {
    counts: Vec<f32>,
}

impl Colors {
    pub fn none() -> Self {
        Self {
            counts: vec![0.0; STEPS * STEPS * STEPS],
        }
    }

    /// Those of `picture`, each pixel counted as often as `weight` says.
    pub fn add(&mut self, picture: &Rgb, weight: impl Fn(usize) -> f32) {
        let step = |value: &f32| ((value * STEPS as f32) as usize).min(STEPS - 1);
        let [red, green, blue] = [0, 1, 2].map(|plane| picture.plane(plane));
        for (at, ((red, green), blue)) in red.iter().zip(green).zip(blue).enumerate() {
            let place = (step(red) * STEPS + step(green)) * STEPS + step(blue);
            self.counts[place] += weight(at);
        }
    }

    /// With those of `other`.
    pub fn joined(&self, other: &Self) -> Self {
        let pairs = self.counts.iter().zip(&other.counts);
        Self {
            counts: pairs.map(|(a, b)| a + b).collect(),
        }
    }

    /// So much of it is left.
    pub fn fade(&mut self, share: f32) {
        for count in &mut self.counts {
            *count *= share;
        }
    }

    /// Share of all pixels that each color has, mixed a little with its neighbors.
    fn densities(&self) -> Vec<f32> {
        let sum: f32 = self.counts.iter().sum();
        let mut counts = self.counts.clone();
        for stride in [1, STEPS, STEPS * STEPS] {
            let mixed = (0..counts.len()).map(|at| {
                let step = at / stride % STEPS;
                let lower = if step > 0 { counts[at - stride] } else { 0.0 };
                let upper = if step + 1 < STEPS {
                    counts[at + stride]
                } else {
                    0.0
                };
                lower / 4.0 + counts[at] / 2.0 + upper / 4.0
            });
            counts = mixed.collect();
        }
        counts.iter().map(|count| count / sum.max(1e-6)).collect()
    }
}

/// What the colors of `picture` say (log odds): above 0 for `subject`, below for `background`.
pub(super) fn words(picture: &Rgb, subject: &Colors, background: &Colors) -> Vec<f32> {
    let densities = [subject.densities(), background.densities()];
    let planes = [0, 1, 2].map(|plane| picture.plane(plane));
    let places = (0..planes[0].len()).into_par_iter();
    places
        .map(|at| {
            let color = [0, 1, 2].map(|plane: usize| planes[plane][at]);
            let [subject, background] = between(&densities, color);
            let word = ((subject + UNSEEN) / (background + UNSEEN)).ln();
            word.clamp(-WORD_MAX, WORD_MAX)
        })
        .collect()
}

/// Both densities at a color that lies between steps.
fn between(densities: &[Vec<f32>; 2], color: [f32; 3]) -> [f32; 2] {
    let places = color.map(|value| (value * STEPS as f32 - 0.5).clamp(0.0, STEPS as f32 - 1.001));
    let mut sums = [0.0; 2];
    for corner in 0..8_usize {
        let (mut at, mut share) = (0, 1.0);
        for (axis, place) in places.iter().enumerate() {
            let step = *place as usize;
            let upper = place - step as f32;
            let is_upper = corner >> axis & 1;
            at = at * STEPS + step + is_upper;
            share *= if is_upper == 1 { upper } else { 1.0 - upper };
        }
        for (sum, density) in sums.iter_mut().zip(densities) {
            *sum += share * density[at];
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::ScanSize;

    fn picture(colors: &[[f32; 3]]) -> Rgb {
        let plane = |index: usize| colors.iter().map(move |color| color[index]);
        Rgb {
            size: ScanSize::new(colors.len() as u32, 1),
            planes: (0..3).flat_map(plane).collect(),
        }
    }

    #[test]
    fn colors_speak_for_whom_they_were_seen_on() {
        let (red, sky, gray) = ([0.7, 0.2, 0.2], [0.6, 0.7, 0.9], [0.5, 0.5, 0.5]);
        let seen = picture(&[red, red, red, gray, sky, sky, sky, gray]);
        let (mut subject, mut background) = (Colors::none(), Colors::none());
        subject.add(&seen, |at| f32::from(u8::from(at < 4)));
        background.add(&seen, |at| f32::from(u8::from(at >= 4)));
        let near_red = [0.69, 0.21, 0.2];
        let unknown = [0.1, 0.9, 0.1];
        let words = words(
            &picture(&[red, near_red, sky, gray, unknown]),
            &subject,
            &background,
        );
        assert!(words[0] > 2.9 && words[1] > 2.9, "{words:?}");
        assert!(words[2] < -2.9, "{words:?}");
        assert!(words[3].abs() < 0.1 && words[4].abs() < 0.1, "{words:?}");
    }

    #[test]
    fn what_fades_loses_to_what_is_new() {
        let color = picture(&[[0.4, 0.4, 0.4]]);
        let (mut old, mut new) = (Colors::none(), Colors::none());
        old.add(&color, |_| 10.0);
        old.fade(0.1);
        new.add(&picture(&[[0.9, 0.4, 0.4]]), |_| 9.0);
        let joined = old.joined(&new);
        assert!((joined.counts.iter().sum::<f32>() - 10.0).abs() < 1e-4);
        let word = words(&color, &joined, &old)[0];
        assert!((word - 0.1_f32.ln()).abs() < 0.05, "{word}");
    }
}

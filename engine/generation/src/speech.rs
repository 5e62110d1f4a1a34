//! Speech without the noise around it: RNNoise, a small recurrent network that opens and closes 22 bands a hundred times
//! a second. Its weights are part of the crate that runs it, so nothing has to be installed.

use av::CHANNELS;
use nnnoiseless::DenoiseState;

/// What the network was trained at; it is the rate that all sound here has.
pub const CLEANING_RATE: u32 = 48_000;
/// Samples of one channel that are cleaned at once: a hundredth of a second.
const FRAME: usize = DenoiseState::FRAME_SIZE;
/// The network counts in the steps of 16-bit sound.
const FULL_SCALE: f32 = 32_768.0;

/// Cleans a stream of sound, each channel by itself.
///
/// ```
/// # use generation::speech::SpeechCleaner;
/// let mut cleaner = SpeechCleaner::new(1.0);
/// let mut clean = cleaner.push(&[0.0; 2 * 1_000]);
/// clean.extend(cleaner.finish());
/// assert_eq!(clean.len(), 2 * 1_000);
/// ```
pub struct SpeechCleaner {
    channels: Vec<Channel>,
    /// 0 leaves the sound as it is, 1 gives nothing but what the network lets through.
    strength: f32,
    /// Samples of each channel taken in and given out.
    taken: usize,
    given: usize,
}

struct Channel {
    state: Box<DenoiseState<'static>>,
    /// Not yet enough for a frame.
    waiting: Vec<f32>,
    /// The frame before the one that was last taken in: what the network answers with is that late.
    before: Option<[f32; FRAME]>,
    done: Vec<f32>,
}

impl Channel {
    fn new() -> Self {
        Self {
            state: DenoiseState::new(),
            waiting: Vec::with_capacity(FRAME),
            before: None,
            done: Vec::new(),
        }
    }

    fn take(&mut self, sample: f32, strength: f32) {
        self.waiting.push(sample);
        if self.waiting.len() < FRAME {
            return;
        }
        let mut frame = [0.0; FRAME];
        frame.copy_from_slice(&self.waiting);
        self.waiting.clear();
        let mut clean = [0.0; FRAME];
        self.state
            .process_frame(&mut clean, &frame.map(|value| value * FULL_SCALE));
        if let Some(before) = self.before.replace(frame) {
            let mixed = before
                .iter()
                .zip(clean)
                .map(|(dirty, clean)| (clean / FULL_SCALE - dirty).mul_add(strength, *dirty));
            self.done.extend(mixed);
        }
    }
}

impl SpeechCleaner {
    /// One that has heard nothing; `strength` from 0 (nothing happens) to 1.
    pub fn new(strength: f32) -> Self {
        Self {
            channels: (0..CHANNELS).map(|_channel| Channel::new()).collect(),
            strength: strength.clamp(0.0, 1.0),
            taken: 0,
            given: 0,
        }
    }

    /// Takes in sound (left, right, left, right… at [`CLEANING_RATE`]) and gives out what is clean by now; it lags behind
    /// by up to two hundredths of a second.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        for frame in samples.chunks_exact(CHANNELS) {
            for (channel, sample) in self.channels.iter_mut().zip(frame) {
                channel.take(*sample, self.strength);
            }
        }
        self.taken += samples.len() / CHANNELS;
        self.give()
    }

    /// Gives out the rest; together it is as long as what was taken in.
    pub fn finish(&mut self) -> Vec<f32> {
        let mut rest = Vec::new();
        while self.given < self.taken {
            for channel in &mut self.channels {
                for _ in 0..FRAME {
                    channel.take(0.0, self.strength);
                }
            }
            rest.extend(self.give());
        }
        rest
    }

    fn give(&mut self) -> Vec<f32> {
        let ready = self.channels.iter().map(|channel| channel.done.len()).min();
        let count = ready.unwrap_or(0).min(self.taken - self.given);
        self.given += count;
        let mut out = vec![0.0; count * CHANNELS];
        for (index, channel) in self.channels.iter_mut().enumerate() {
            for (at, sample) in channel.done.drain(..count).enumerate() {
                out[at * CHANNELS + index] = sample;
            }
        }
        out
    }
}

impl std::fmt::Debug for SpeechCleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpeechCleaner")
            .field("strength", &self.strength)
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    const RATE: f32 = CLEANING_RATE as f32;

    /// Vowels with a gliding pitch, half a second each, with as long pauses between; and where they are.
    fn speech(seconds: usize) -> (Vec<f32>, Vec<bool>) {
        let count = seconds * CLEANING_RATE as usize;
        let formants = [
            [730.0, 1_090.0, 2_440.0],
            [270.0, 2_290.0, 3_010.0],
            [570.0, 840.0, 2_410.0],
        ];
        let mut phase = 0.0_f32;
        let (mut sound, mut speaks) = (vec![0.0; count], vec![false; count]);
        for at in 0..count {
            let time = at as f32 / RATE;
            let part = time.rem_euclid(1.0);
            let pitch = 120.0 + 30.0 * (time * 3.1).sin() + 18.0 * (0.5 - part);
            phase = (phase + pitch / RATE).fract();
            if part >= 0.5 {
                continue;
            }
            let envelope = (part * 2.0 * std::f32::consts::PI).sin().powf(0.4);
            let vowel = formants[time as usize % formants.len()];
            let mut value = 0.0;
            for harmonic in 1..30 {
                let hertz = pitch * harmonic as f32;
                let near = |formant: f32| 1.0 / (1.0 + ((hertz - formant) / 110.0).powi(2));
                let loud = vowel.iter().map(|formant| near(*formant)).sum::<f32>() + 0.02;
                value += loud / harmonic as f32 * (TAU * phase * harmonic as f32).sin();
            }
            sound[at] = value * envelope * 0.25;
            speaks[at] = (0.1..0.4).contains(&part);
        }
        (sound, speaks)
    }

    /// The same hiss every time.
    fn hiss(count: usize, loud: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..count).map(|_sample| next() * loud).collect()
    }

    fn cleaned(mono: &[f32], strength: f32) -> Vec<f32> {
        let stereo: Vec<f32> = mono
            .iter()
            .flat_map(|value| [*value, *value * 0.5])
            .collect();
        let mut cleaner = SpeechCleaner::new(strength);
        let mut out = Vec::new();
        for piece in stereo.chunks(2 * 1_111) {
            out.extend(cleaner.push(piece));
        }
        out.extend(cleaner.finish());
        assert_eq!(out.len(), stereo.len());
        out.chunks_exact(2).map(|pair| pair[0]).collect()
    }

    fn decibels(sound: &[f32], counts: impl Fn(usize) -> bool) -> f32 {
        let picked: Vec<f32> = (0..sound.len())
            .filter(|at| counts(*at))
            .map(|at| sound[at])
            .collect();
        10.0 * (picked.iter().map(|value| value * value).sum::<f32>() / picked.len() as f32).log10()
    }

    /// Energy of 200 Hz to 3.4 kHz where speech is, by a plain difference of two running means.
    fn speech_band(sound: &[f32]) -> Vec<f32> {
        let low_pass = |sound: &[f32], hertz: f32| -> Vec<f32> {
            let share = 1.0 - (-TAU * hertz / RATE).exp();
            let mut value = 0.0;
            sound
                .iter()
                .map(|sample| {
                    value += (sample - value) * share;
                    value
                })
                .collect()
        };
        let (wide, narrow) = (low_pass(sound, 3_400.0), low_pass(sound, 200.0));
        wide.iter()
            .zip(narrow)
            .map(|(wide, narrow)| wide - narrow)
            .collect()
    }

    #[test]
    fn noise_goes_from_the_pauses_and_speech_stays() {
        let (speech, speaks) = speech(6);
        let noise = hiss(speech.len(), 0.02);
        let noisy: Vec<f32> = speech.iter().zip(&noise).map(|(a, b)| a + b).collect();
        let clean = cleaned(&noisy, 1.0);
        // The first second lets the network hear what the noise is like; a pause begins 50 ms after its vowel.
        let late = |at: usize| at > CLEANING_RATE as usize;
        let is_pause =
            |at: usize| late(at) && (0.60..0.95).contains(&(at as f32 / RATE).rem_euclid(1.0));
        let quieter = decibels(&noisy, is_pause) - decibels(&clean, is_pause);
        assert!(quieter >= 10.0, "{quieter} dB");
        let says = |at: usize| late(at) && speaks[at];
        let kept = decibels(&speech_band(&clean), says) - decibels(&speech_band(&speech), says);
        assert!(kept.abs() <= 1.0, "{kept} dB");
    }

    #[test]
    fn strength_goes_from_nothing_to_all() {
        let (speech, _) = speech(3);
        let noise = hiss(speech.len(), 0.02);
        let noisy: Vec<f32> = speech.iter().zip(&noise).map(|(a, b)| a + b).collect();
        assert_eq!(cleaned(&noisy, 0.0), noisy);
        let pauses = |sound: &[f32]| {
            let is_pause = |at: usize| (1.6..1.95).contains(&(at as f32 / RATE));
            decibels(sound, is_pause)
        };
        let (before, half) = (pauses(&noisy), pauses(&cleaned(&noisy, 0.5)));
        let all = pauses(&cleaned(&noisy, 1.0));
        assert!(
            all < half - 3.0 && half < before - 3.0,
            "{before} {half} {all}"
        );
    }

    #[test]
    fn what_comes_out_is_in_step_with_what_went_in() {
        // Loud speech without noise passes nearly as it is: a delay would decorrelate it.
        let (speech, speaks) = speech(4);
        let clean = cleaned(&speech, 1.0);
        let product = |a: &[f32], b: &[f32]| {
            let at = (CLEANING_RATE as usize..a.len()).filter(|at| speaks[*at]);
            at.map(|at| f64::from(a[at] * b[at])).sum::<f64>()
        };
        let alike =
            product(&speech, &clean) / (product(&speech, &speech) * product(&clean, &clean)).sqrt();
        assert!(alike > 0.9, "{alike}");
        assert_eq!(SpeechCleaner::new(1.0).finish(), Vec::<f32>::new());
    }
}

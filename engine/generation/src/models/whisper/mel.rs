//! What the network hears: loudness in bands a hundred times a second, from one channel at 16 kHz.

use super::network::Pause;
use crate::error::Result;
use candle_core::{Device, Tensor};
use std::f64::consts::PI;

/// Samples a second.
pub const RATE: usize = 16_000;
/// Samples between two columns.
pub const HOP: usize = 160;
/// Samples under one window.
const WINDOW: usize = 400;
/// Frequencies from 0 to half the rate.
const FREQUENCIES: usize = WINDOW / 2 + 1;
/// Loudness below the loudest that counts, in powers of ten.
const RANGE: f32 = 8.0;
/// Power below which nothing is told apart.
const POWER_MIN: f32 = 1e-10;
/// Columns worked out at once while the loudest one is looked for.
const COLUMNS_AT_ONCE: usize = 3_000;

/// Turns sound into bands.
#[derive(Debug)]
pub struct Ear {
    bands: usize,
    /// `[samples, cosines then sines]`, the window multiplied in.
    waves: Tensor,
    /// `[frequencies, bands]`.
    filters: Tensor,
}

impl Ear {
    /// For so many bands.
    pub fn new(bands: usize) -> Result<Self> {
        let mut waves = Vec::with_capacity(WINDOW * FREQUENCIES * 2);
        for sample in 0..WINDOW {
            let hann = 0.5 - 0.5 * (2.0 * PI * sample as f64 / WINDOW as f64).cos();
            let angle = |k: usize| 2.0 * PI * ((k * sample) % WINDOW) as f64 / WINDOW as f64;
            waves.extend((0..FREQUENCIES).map(|k| (hann * angle(k).cos()) as f32));
            waves.extend((0..FREQUENCIES).map(|k| (hann * angle(k).sin()) as f32));
        }
        let device = Device::Cpu;
        Ok(Self {
            bands,
            waves: Tensor::from_vec(waves, (WINDOW, FREQUENCIES * 2), &device)?,
            filters: Tensor::from_vec(filters(bands), (FREQUENCIES, bands), &device)?,
        })
    }

    /// Loudness of the loudest band of the whole sound, in powers of ten; quieter bands are judged by it everywhere.
    pub fn loudest(&self, sound: &[f32], pause: &mut Pause<'_>) -> Result<f32> {
        let mut most = POWER_MIN.log10();
        for start in (0..sound.len()).step_by(COLUMNS_AT_ONCE * HOP) {
            pause()?;
            let columns = (sound.len() - start).div_ceil(HOP).min(COLUMNS_AT_ONCE);
            let loud = self.loudness(sound, start, columns)?;
            most = loud.into_iter().fold(most, f32::max);
        }
        Ok(most)
    }

    /// `[1, bands, columns]` of `sound` from sample `start` on; after its end it is silent.
    pub fn hear(
        &self,
        sound: &[f32],
        start: usize,
        columns: usize,
        loudest: f32,
    ) -> Result<Tensor> {
        let mut loud = self.loudness(sound, start, columns)?;
        for value in &mut loud {
            *value = value.max(loudest - RANGE) / 4.0 + 1.0;
        }
        let shape = (1, self.bands, columns);
        Ok(Tensor::from_vec(loud, shape, &Device::Cpu)?)
    }

    /// Power of each band in each column, `bands` times `columns` numbers, in powers of ten.
    fn loudness(&self, sound: &[f32], start: usize, columns: usize) -> Result<Vec<f32>> {
        let mut windows = Vec::with_capacity(columns * WINDOW);
        for column in 0..columns {
            let first = (start + column * HOP) as isize - (WINDOW / 2) as isize;
            // Before the first sample the sound is mirrored.
            let samples = (first..first + WINDOW as isize)
                .map(|at| sound.get(at.unsigned_abs()).copied().unwrap_or(0.0));
            windows.extend(samples);
        }
        let windows = Tensor::from_vec(windows, (columns, WINDOW), &Device::Cpu)?;
        let spectrum = windows.matmul(&self.waves)?.sqr()?;
        let power = (spectrum.narrow(1, 0, FREQUENCIES)?
            + spectrum.narrow(1, FREQUENCIES, FREQUENCIES)?)?;
        let loud = power.matmul(&self.filters)?.t()?.flatten_all()?;
        let loud: Vec<f32> = loud.to_vec1()?;
        let loud = loud.into_iter().map(|value| value.max(POWER_MIN).log10());
        Ok(loud.collect())
    }
}

/// Triangles of equal area, evenly spaced on a scale that is linear below 1 kHz and logarithmic above.
fn filters(bands: usize) -> Vec<f32> {
    const LINEAR_HERTZ: f64 = 200.0 / 3.0;
    const BEND_HERTZ: f64 = 1_000.0;
    let step = 6.4_f64.ln() / 27.0;
    let bend = BEND_HERTZ / LINEAR_HERTZ;
    let to_mel = |hertz: f64| {
        if hertz < BEND_HERTZ {
            hertz / LINEAR_HERTZ
        } else {
            bend + (hertz / BEND_HERTZ).ln() / step
        }
    };
    let to_hertz = |mel: f64| {
        if mel < bend {
            mel * LINEAR_HERTZ
        } else {
            BEND_HERTZ * ((mel - bend) * step).exp()
        }
    };
    let highest = to_mel(RATE as f64 / 2.0);
    let edges: Vec<f64> = (0..bands + 2)
        .map(|index| to_hertz(highest * index as f64 / (bands + 1) as f64))
        .collect();
    let mut out = vec![0.0; FREQUENCIES * bands];
    for k in 0..FREQUENCIES {
        let hertz = k as f64 * RATE as f64 / WINDOW as f64;
        for band in 0..bands {
            let [low, middle, high] = [edges[band], edges[band + 1], edges[band + 2]];
            let rise = (hertz - low) / (middle - low);
            let fall = (high - hertz) / (high - middle);
            let area = 2.0 / (high - low);
            out[k * bands + band] = (rise.min(fall).max(0.0) * area) as f32;
        }
    }
    out
}

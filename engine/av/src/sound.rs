//! Sound as interleaved 32-bit float samples at the one rate everything is mixed in.

/// Samples a second everywhere inside the program.
pub const SAMPLE_RATE: u32 = 48_000;

/// Channels everywhere inside the program: left, right.
pub const CHANNELS: usize = 2;

/// A run of stereo sound at [`SAMPLE_RATE`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AudioBlock {
    /// Left, right, left, right…; full scale is ±1. The length is a multiple of [`CHANNELS`].
    pub samples: Vec<f32>,
}

impl AudioBlock {
    /// Silence, `frames` samples for each channel.
    pub fn silence(frames: usize) -> Self {
        Self {
            samples: vec![0.0; frames * CHANNELS],
        }
    }

    /// Samples for each channel.
    pub fn frames(&self) -> usize {
        self.samples.len() / CHANNELS
    }

    /// Adds `other` times `gain` (left, right) from sample `offset` on; what does not fit is left out.
    pub fn mix(&mut self, other: &Self, offset: usize, gain: [f32; CHANNELS]) {
        let target = self.samples.chunks_exact_mut(CHANNELS).skip(offset);
        for (sum, term) in target.zip(other.samples.chunks_exact(CHANNELS)) {
            for channel in 0..CHANNELS {
                sum[channel] += term[channel] * gain[channel];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_past_the_end_is_cut() {
        let mut sum = AudioBlock::silence(3);
        let tone = AudioBlock {
            samples: vec![1.0; 6],
        };
        sum.mix(&tone, 2, [0.5, 0.25]);
        assert_eq!(sum.samples, [0.0, 0.0, 0.0, 0.0, 0.5, 0.25]);
    }
}

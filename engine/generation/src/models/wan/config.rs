//! Sizes of the family's members. One code serves them all.

/// Sizes of a diffusion transformer, with or without control blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerConfig {
    /// Attention heads.
    pub num_heads: usize,
    /// Channels of a head; even.
    pub head_dim: usize,
    /// Inner channels of the feed-forward layers.
    pub ffn_dim: usize,
    /// Main blocks.
    pub num_layers: usize,
    /// Latent channels in.
    pub in_channels: usize,
    /// Latent channels out.
    pub out_channels: usize,
    /// Channels of the text encoder's rows.
    pub text_dim: usize,
    /// Channels of the time embedding before its layers.
    pub freq_dim: usize,
    /// Main blocks that take a hint from a control block, ascending and starting with 0; empty without control.
    pub vace_layers: Vec<usize>,
    /// Control channels.
    pub vace_in_channels: usize,
}

impl TransformerConfig {
    /// Wan2.1-T2V-1.3B.
    pub fn t2v_1_3b() -> Self {
        Self {
            num_heads: 12,
            head_dim: 128,
            ffn_dim: 8_960,
            num_layers: 30,
            in_channels: 16,
            out_channels: 16,
            text_dim: 4_096,
            freq_dim: 256,
            vace_layers: Vec::new(),
            vace_in_channels: 96,
        }
    }

    /// Wan2.1-T2V-14B.
    pub fn t2v_14b() -> Self {
        Self {
            num_heads: 40,
            ffn_dim: 13_824,
            num_layers: 40,
            ..Self::t2v_1_3b()
        }
    }

    /// Wan2.1-VACE-1.3B.
    pub fn vace_1_3b() -> Self {
        Self {
            vace_layers: (0..30).step_by(2).collect(),
            ..Self::t2v_1_3b()
        }
    }

    /// Wan2.1-VACE-14B.
    pub fn vace_14b() -> Self {
        Self {
            vace_layers: (0..40).step_by(5).collect(),
            ..Self::t2v_14b()
        }
    }

    /// Channels of a token.
    pub fn dim(&self) -> usize {
        self.num_heads * self.head_dim
    }

    /// Numbers in all weights.
    pub fn num_parameters(&self) -> u64 {
        let (dim, ffn) = (self.dim() as u64, self.ffn_dim as u64);
        let attention = 4 * (dim * dim + dim) + 2 * dim;
        let block = 2 * attention + 2 * dim + (2 * dim * ffn + ffn + dim) + 6 * dim;
        let patch = |channels: usize| 4 * channels as u64 * dim + dim;
        let linear = |from: u64, to: u64| from * to + to;
        let embedders = linear(self.freq_dim as u64, dim)
            + 2 * linear(dim, dim)
            + linear(dim, 6 * dim)
            + linear(self.text_dim as u64, dim);
        let head = linear(dim, 4 * self.out_channels as u64) + 2 * dim;
        let mut count = patch(self.in_channels) + embedders + head + self.num_layers as u64 * block;
        if !self.vace_layers.is_empty() {
            let projections = self.vace_layers.len() as u64 + 1;
            count += patch(self.vace_in_channels)
                + self.vace_layers.len() as u64 * block
                + projections * linear(dim, dim);
        }
        count
    }
}

/// Sizes of a video autoencoder of the 2.1 kind.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeConfig {
    /// Channels at full size.
    pub base_dim: usize,
    /// Latent channels.
    pub z_dim: usize,
    /// Multiples of `base_dim` at each size, full size first.
    pub dim_mult: [usize; 4],
    /// Residual blocks at each size of the encoder; the decoder has one more.
    pub num_res_blocks: usize,
    /// Mean of each latent channel over the training data; what diffusion sees is without it.
    pub latents_mean: [f32; 16],
    /// Deviation of each latent channel.
    pub latents_std: [f32; 16],
}

impl VaeConfig {
    /// The Wan2.1 autoencoder, used by all but TI2V-5B.
    pub fn wan_2_1() -> Self {
        Self {
            base_dim: 96,
            z_dim: 16,
            dim_mult: [1, 2, 4, 4],
            num_res_blocks: 2,
            latents_mean: [
                -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134,
                -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
            ],
            latents_std: [
                2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526,
                2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
            ],
        }
    }
}

/// Sizes of a UMT5 encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEncoderConfig {
    /// Pieces known to the tokenizer.
    pub vocab_size: usize,
    /// Channels of a row.
    pub d_model: usize,
    /// Channels of a head.
    pub d_kv: usize,
    /// Inner channels of the feed-forward layers.
    pub d_ff: usize,
    /// Blocks.
    pub num_layers: usize,
    /// Attention heads.
    pub num_heads: usize,
}

impl TextEncoderConfig {
    /// UMT5-XXL.
    pub fn umt5_xxl() -> Self {
        Self {
            vocab_size: 256_384,
            d_model: 4_096,
            d_kv: 64,
            d_ff: 10_240,
            num_layers: 24,
            num_heads: 64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_their_published_sizes() {
        let millions = |config: TransformerConfig| config.num_parameters() / 1_000_000;
        assert_eq!(millions(TransformerConfig::t2v_1_3b()), 1_418);
        assert_eq!(millions(TransformerConfig::vace_1_3b()), 2_153);
        assert_eq!(millions(TransformerConfig::t2v_14b()), 14_288);
        assert_eq!(millions(TransformerConfig::vace_14b()), 17_337);
    }
}

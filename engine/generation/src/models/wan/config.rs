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

    /// Numbers in the weights of a main block.
    pub fn block_parameters(&self) -> u64 {
        let (dim, ffn) = (self.dim() as u64, self.ffn_dim as u64);
        let attention = 4 * (dim * dim + dim) + 2 * dim;
        2 * attention + 2 * dim + (2 * dim * ffn + ffn + dim) + 6 * dim
    }

    /// Numbers in the weights of a control block, with what makes a hint of its result; 0 without control.
    pub fn control_block_parameters(&self) -> u64 {
        if self.vace_layers.is_empty() {
            return 0;
        }
        let dim = self.dim() as u64;
        self.block_parameters() + dim * dim + dim
    }

    /// Numbers in the weights that are in no block.
    pub fn outer_parameters(&self) -> u64 {
        let main = self.num_layers as u64 * self.block_parameters();
        let control = self.vace_layers.len() as u64 * self.control_block_parameters();
        self.num_parameters() - main - control
    }

    /// Numbers in all weights.
    pub fn num_parameters(&self) -> u64 {
        let dim = self.dim() as u64;
        let block = self.block_parameters();
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

/// Sizes of a video autoencoder of the 2.1 or the 2.2 kind.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeConfig {
    /// Channels of the encoder at full size.
    pub base_dim: usize,
    /// Channels of the decoder at full size.
    pub decoder_base_dim: usize,
    /// Latent channels.
    pub z_dim: usize,
    /// Multiples of `base_dim` at each size, full size first.
    pub dim_mult: [usize; 4],
    /// Residual blocks at each size of the encoder; the decoder has one more.
    pub num_res_blocks: usize,
    /// Side of the squares of pixels that become channels before anything else; 1 is none.
    pub patch_size: usize,
    /// Whether sizes have shortcuts round them; the 2.2 kind.
    pub is_residual: bool,
    /// Mean of each latent channel over the training data; what diffusion sees is without it.
    pub latents_mean: Vec<f32>,
    /// Deviation of each latent channel.
    pub latents_std: Vec<f32>,
}

impl VaeConfig {
    /// The Wan2.1 autoencoder, used by all but TI2V-5B.
    pub fn wan_2_1() -> Self {
        Self {
            base_dim: 96,
            decoder_base_dim: 96,
            z_dim: 16,
            dim_mult: [1, 2, 4, 4],
            num_res_blocks: 2,
            patch_size: 1,
            is_residual: false,
            latents_mean: vec![
                -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134,
                -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
            ],
            latents_std: vec![
                2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526,
                2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
            ],
        }
    }

    /// The Wan2.2 autoencoder of TI2V-5B: twice as small a latent picture, three times the channels.
    pub fn wan_2_2() -> Self {
        Self {
            base_dim: 160,
            decoder_base_dim: 256,
            z_dim: 48,
            dim_mult: [1, 2, 4, 4],
            num_res_blocks: 2,
            patch_size: 2,
            is_residual: true,
            latents_mean: vec![
                -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382,
                0.0542, 0.2813, 0.0891, 0.157, -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698,
                0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322, 0.1109, 0.1567,
                -0.0729, 0.0899, -0.2799, -0.123, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839,
                -0.2083, -0.052, 0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681,
                -0.0667,
            ],
            latents_std: vec![
                0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.499, 0.4818, 0.5013, 0.8158, 1.0344,
                0.5894, 1.0901, 0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804,
                0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999,
                0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887,
                0.3971, 1.06, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
            ],
        }
    }
}

/// Which frames fill up a group of four that is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Copies of the clip's first frame before it: the first latent frame stands for it alone, as in the large
    /// autoencoders.
    Start,
    /// Copies of the clip's last frame after it.
    End,
}

/// Sizes of a small video autoencoder of plain convolutions.
#[derive(Debug, Clone, PartialEq)]
pub struct TinyVaeConfig {
    /// Latent channels.
    pub z_dim: usize,
    /// Channels of the encoder at each size, full size first.
    pub encoder_channels: [usize; 4],
    /// Channels of the decoder at each size, latent size first.
    pub decoder_channels: [usize; 4],
    /// Blocks that see the frame before, at each size: of the encoder and of the decoder.
    pub num_blocks: [usize; 2],
    /// Side of the squares of pixels that become channels before anything else; 1 is none.
    pub patch_size: usize,
    /// Sizes in which the encoder halves the picture and the decoder doubles it, those nearest to the latents; 3 at most.
    pub num_halvings: usize,
    /// How clips are cut into groups of four.
    pub padding: Padding,
    /// Mean of each latent channel; zeros where the network was trained on what diffusion sees.
    pub latents_mean: Vec<f32>,
    /// Deviation of each latent channel; ones likewise.
    pub latents_std: Vec<f32>,
}

/// Steps between the sizes of a small autoencoder.
pub const TINY_LEVELS: usize = 3;

impl TinyVaeConfig {
    /// Pixels a side that one latent pixel stands for.
    pub fn pixels_per_latent(&self) -> usize {
        self.patch_size << self.num_halvings
    }

    /// TAEHV for the latents of Wan 2.1 ("taew2_1").
    pub fn taew_2_1() -> Self {
        Self {
            z_dim: 16,
            encoder_channels: [64; 4],
            decoder_channels: [256, 128, 64, 64],
            num_blocks: [3; 2],
            patch_size: 1,
            num_halvings: TINY_LEVELS,
            padding: Padding::End,
            latents_mean: vec![0.0; 16],
            latents_std: vec![1.0; 16],
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

//! The UMT5 encoder: a prompt's pieces to rows of numbers.
//!
//! Follows UMT5EncoderModel of transformers. Every layer has its own table of relative positions. Runs on the pieces
//! alone, without padding; rows past them are zeros.

use super::{config::TextEncoderConfig, loader::Loader};
use crate::{error::Result, ops::gelu_tanh};
use candle_core::{D, DType, Device, Tensor};

const EPS: f32 = 1e-6;
/// Rows the transformer was trained with.
pub const ROWS: usize = 512;
/// Relative positions told apart: half of them for pieces before, half for pieces after.
const BUCKETS: usize = 32;
/// Pieces farther apart than this share a bucket.
const DISTANCE_MAX: f64 = 128.0;

/// The encoder.
#[derive(Debug)]
pub struct TextEncoder {
    config: TextEncoderConfig,
    embedding: Tensor,
    blocks: Vec<Block>,
    final_norm: Tensor,
    device: Device,
}

#[derive(Debug)]
struct Block {
    attention_norm: Tensor,
    /// Query, key, value and output, each `[to, from]`.
    attention: [Tensor; 4],
    /// `[buckets, heads]`.
    position_bias: Tensor,
    ffn_norm: Tensor,
    /// Gate, up and down, each `[to, from]`.
    ffn: [Tensor; 3],
}

/// Rows `[pieces, channels]` of each of `prompts`, which are lists of pieces, end piece included. Blocks are read one
/// after the other and freed when all prompts are through, so that the whole encoder is never held. `pause` is called
/// before each tensor is read and each block is computed, and may stop the work.
pub fn encode_in_passing(
    config: &TextEncoderConfig,
    loader: &Loader<'_>,
    prompts: &[Vec<u32>],
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<Tensor>> {
    pause()?;
    let shape = [config.vocab_size, config.d_model];
    let embedding = loader.tensor("shared.weight", &shape)?;
    let embedded = |ids: &Vec<u32>| {
        let ids = Tensor::new(ids.as_slice(), loader.device)?;
        let buckets = buckets(ids.dim(0)?, loader.device)?;
        Ok((embedding.index_select(&ids, 0)?, buckets))
    };
    let mut all = prompts.iter().map(embedded).collect::<Result<Vec<_>>>()?;
    drop(embedding);
    for index in 0..config.num_layers {
        let block = Block::new(config, loader, index, pause)?;
        for (x, buckets) in &mut all {
            pause()?;
            *x = block.forward(config, x, buckets)?;
        }
    }
    let norm = loader.tensor("encoder.final_layer_norm.weight", &[config.d_model])?;
    let rows = all.iter();
    let rows = rows.map(|(x, _)| Ok(candle_nn::ops::rms_norm(x, &norm, EPS)?));
    rows.collect()
}

impl TextEncoder {
    /// Reads the weights.
    pub fn new(config: &TextEncoderConfig, loader: &Loader<'_>) -> Result<Self> {
        let embedding = [config.vocab_size, config.d_model];
        let block = |index| Block::new(config, loader, index, &mut || Ok(()));
        let blocks = (0..config.num_layers).map(block);
        Ok(Self {
            embedding: loader.tensor("shared.weight", &embedding)?,
            blocks: blocks.collect::<Result<_>>()?,
            final_norm: loader.tensor("encoder.final_layer_norm.weight", &[config.d_model])?,
            config: config.clone(),
            device: loader.device.clone(),
        })
    }

    /// The rows `[pieces, channels]` of a prompt's `ids`, end piece included. `pause` is called before each block and
    /// may stop the work.
    pub fn forward(&self, ids: &[u32], pause: &mut dyn FnMut() -> Result<()>) -> Result<Tensor> {
        let ids = Tensor::new(ids, &self.device)?;
        let buckets = buckets(ids.dim(0)?, &self.device)?;
        let mut x = self.embedding.index_select(&ids, 0)?;
        for block in &self.blocks {
            pause()?;
            x = block.forward(&self.config, &x, &buckets)?;
        }
        Ok(candle_nn::ops::rms_norm(&x, &self.final_norm, EPS)?)
    }
}

/// The bucket of every pair of query and key, `[queries · keys]`.
fn buckets(count: usize, device: &Device) -> Result<Tensor> {
    let half = BUCKETS / 2;
    let exact = half / 2;
    let bucket = |query: usize, key: usize| {
        let distance = query.abs_diff(key);
        let side = if key > query { half } else { 0 };
        let place = if distance < exact {
            distance
        } else {
            let far = (distance as f64 / exact as f64).ln() / (DISTANCE_MAX / exact as f64).ln();
            (exact + (far * (half - exact) as f64) as usize).min(half - 1)
        };
        (side + place) as u32
    };
    let pairs = (0..count).flat_map(|query| (0..count).map(move |key| bucket(query, key)));
    Ok(Tensor::from_vec(
        pairs.collect::<Vec<u32>>(),
        count * count,
        device,
    )?)
}

impl Block {
    fn new(
        config: &TextEncoderConfig,
        loader: &Loader<'_>,
        index: usize,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let TextEncoderConfig {
            d_model,
            d_kv,
            d_ff,
            num_heads,
            ..
        } = *config;
        let name = format!("encoder.block.{index}");
        let mut read = |part: &str, shape: &[usize]| {
            pause()?;
            loader.tensor(&format!("{name}.{part}.weight"), shape)
        };
        let inner = num_heads * d_kv;
        Ok(Self {
            attention_norm: read("layer.0.layer_norm", &[d_model])?,
            attention: [
                read("layer.0.SelfAttention.q", &[inner, d_model])?,
                read("layer.0.SelfAttention.k", &[inner, d_model])?,
                read("layer.0.SelfAttention.v", &[inner, d_model])?,
                read("layer.0.SelfAttention.o", &[d_model, inner])?,
            ],
            position_bias: read(
                "layer.0.SelfAttention.relative_attention_bias",
                &[BUCKETS, num_heads],
            )?,
            ffn_norm: read("layer.1.layer_norm", &[d_model])?,
            ffn: [
                read("layer.1.DenseReluDense.wi_0", &[d_ff, d_model])?,
                read("layer.1.DenseReluDense.wi_1", &[d_ff, d_model])?,
                read("layer.1.DenseReluDense.wo", &[d_model, d_ff])?,
            ],
        })
    }

    fn forward(&self, config: &TextEncoderConfig, x: &Tensor, buckets: &Tensor) -> Result<Tensor> {
        let count = x.dim(0)?;
        let (heads, d_kv) = (config.num_heads, config.d_kv);
        let normed = candle_nn::ops::rms_norm(x, &self.attention_norm, EPS)?;
        let [q, k, v, o] = &self.attention;
        let split = |weight: &Tensor| {
            let x = normed.matmul(&weight.t()?)?.reshape((count, heads, d_kv))?;
            x.transpose(0, 1)?.contiguous()
        };
        let bias = self.position_bias.index_select(buckets, 0)?;
        let bias = bias.t()?.contiguous()?.reshape((heads, count, count))?;
        // There is no division by the root of the channels: the weights were trained without.
        let scores = (split(q)?.matmul(&split(k)?.t()?)? + bias)?;
        let shares = candle_nn::ops::softmax(&scores.to_dtype(DType::F32)?, D::Minus1)?;
        let mixed = shares.to_dtype(x.dtype())?.matmul(&split(v)?)?;
        let mixed = mixed
            .transpose(0, 1)?
            .contiguous()?
            .reshape((count, heads * d_kv))?;
        let x = (x + mixed.matmul(&o.t()?)?)?;
        let normed = candle_nn::ops::rms_norm(&x, &self.ffn_norm, EPS)?;
        let [gate, up, down] = &self.ffn;
        let inner = (gelu_tanh(&normed.matmul(&gate.t()?)?)? * normed.matmul(&up.t()?)?)?;
        Ok((x + inner.matmul(&down.t()?)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_pieces_have_their_own_buckets() {
        let count = 300;
        let all = buckets(count, &Device::Cpu)
            .unwrap()
            .to_vec1::<u32>()
            .unwrap();
        let of = |query: usize, key: usize| all[query * count + key];
        assert_eq!([of(9, 9), of(9, 8), of(9, 2), of(2, 9)], [0, 1, 7, 23]);
        assert_eq!(
            [of(20, 12), of(40, 10), of(299, 0), of(0, 299)],
            [8, 11, 15, 31]
        );
    }
}

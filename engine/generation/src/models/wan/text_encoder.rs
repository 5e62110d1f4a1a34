//! The UMT5 encoder: a prompt's pieces to rows of numbers.
//!
//! Follows UMT5EncoderModel of transformers. Every layer has its own table of relative positions. Runs on the pieces
//! alone, without padding; rows past them are zeros.

use super::{config::TextEncoderConfig, loader::Loader};
use crate::{error::Result, ops::Linear, weights::Table};
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
    /// Left in its file: it is a fifth of the encoder, and a prompt needs few rows.
    embedding: Table,
    blocks: Vec<Block>,
    final_norm: Tensor,
    dtype: DType,
    device: Device,
}

#[derive(Debug)]
struct Block {
    attention_norm: Tensor,
    /// Query, key, value and output.
    attention: [Linear; 4],
    /// `[buckets, heads]`.
    position_bias: Tensor,
    ffn_norm: Tensor,
    /// Gate, up and down.
    ffn: [Linear; 3],
}

/// Rows `[pieces, channels]` of each of `prompts`, which are lists of pieces, end piece included. Blocks are read one
/// after the other and freed when all prompts are through, so that the whole encoder is never held. `pause` is called
/// before each block is computed and may stop the work.
pub fn encode_in_passing(
    config: &TextEncoderConfig,
    loader: &Loader<'_>,
    prompts: &[Vec<u32>],
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<Tensor>> {
    let embedding = loader.table("shared.weight", [config.vocab_size, config.d_model])?;
    let embedded = |ids: &Vec<u32>| {
        let rows = embedded(&embedding, ids, loader.dtype, loader.device)?;
        Ok((rows, buckets(ids.len(), loader.device)?))
    };
    let mut all = prompts.iter().map(embedded).collect::<Result<Vec<_>>>()?;
    for index in 0..config.num_layers {
        let block = Block::new(config, loader, index)?;
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
        let blocks = (0..config.num_layers).map(|index| Block::new(config, loader, index));
        Ok(Self {
            embedding: loader.table("shared.weight", embedding)?,
            blocks: blocks.collect::<Result<_>>()?,
            final_norm: loader.tensor("encoder.final_layer_norm.weight", &[config.d_model])?,
            config: config.clone(),
            dtype: loader.dtype,
            device: loader.device.clone(),
        })
    }

    /// The rows `[pieces, channels]` of a prompt's `ids`, end piece included. `pause` is called before each block and
    /// may stop the work.
    pub fn forward(&self, ids: &[u32], pause: &mut dyn FnMut() -> Result<()>) -> Result<Tensor> {
        let buckets = buckets(ids.len(), &self.device)?;
        let mut x = embedded(&self.embedding, ids, self.dtype, &self.device)?;
        for block in &self.blocks {
            pause()?;
            x = block.forward(&self.config, &x, &buckets)?;
        }
        Ok(candle_nn::ops::rms_norm(&x, &self.final_norm, EPS)?)
    }
}

/// The rows of a table that `ids` name.
fn embedded(table: &Table, ids: &[u32], dtype: DType, device: &Device) -> Result<Tensor> {
    let shape = (ids.len(), table.dims()[1]);
    let rows = Tensor::from_vec(table.pick(ids)?, shape, device)?;
    Ok(rows.to_dtype(dtype)?)
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
    fn new(config: &TextEncoderConfig, loader: &Loader<'_>, index: usize) -> Result<Self> {
        let TextEncoderConfig {
            d_model,
            d_kv,
            d_ff,
            num_heads,
            ..
        } = *config;
        let name = format!("encoder.block.{index}");
        let read =
            |part: &str, shape: &[usize]| loader.tensor(&format!("{name}.{part}.weight"), shape);
        let inner = num_heads * d_kv;
        let attention_norm = read("layer.0.layer_norm", &[d_model])?;
        let bias = "layer.0.SelfAttention.relative_attention_bias";
        let position_bias = read(bias, &[BUCKETS, num_heads])?;
        let ffn_norm = read("layer.1.layer_norm", &[d_model])?;
        let layer = |part: &str, from: usize, to: usize| {
            loader.linear_without_bias(&format!("{name}.layer.{part}"), from, to)
        };
        Ok(Self {
            attention_norm,
            attention: [
                layer("0.SelfAttention.q", d_model, inner)?,
                layer("0.SelfAttention.k", d_model, inner)?,
                layer("0.SelfAttention.v", d_model, inner)?,
                layer("0.SelfAttention.o", inner, d_model)?,
            ],
            position_bias,
            ffn_norm,
            ffn: [
                layer("1.DenseReluDense.wi_0", d_model, d_ff)?,
                layer("1.DenseReluDense.wi_1", d_model, d_ff)?,
                layer("1.DenseReluDense.wo", d_ff, d_model)?,
            ],
        })
    }

    fn forward(&self, config: &TextEncoderConfig, x: &Tensor, buckets: &Tensor) -> Result<Tensor> {
        let count = x.dim(0)?;
        let (heads, d_kv) = (config.num_heads, config.d_kv);
        let normed = candle_nn::ops::rms_norm(x, &self.attention_norm, EPS)?;
        let [q, k, v, o] = &self.attention;
        let split = |layer: &Linear| -> Result<Tensor> {
            let x = layer.forward(&normed)?.reshape((count, heads, d_kv))?;
            Ok(x.transpose(0, 1)?.contiguous()?)
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
        let x = (x + o.forward(&mixed)?)?;
        let normed = candle_nn::ops::rms_norm(&x, &self.ffn_norm, EPS)?;
        let [gate, up, down] = &self.ffn;
        let inner = (gate.forward_gelu(&normed)? * up.forward(&normed)?)?;
        Ok((x + down.forward(&inner)?)?)
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

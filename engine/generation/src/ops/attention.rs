//! Attention without a matrix of all scores.
//!
//! On a CPU a task takes a block of queries, which fill the lanes of a few vectors, and walks over the keys in blocks,
//! keeping a running maximum, sum and result for each query. Since queries are lanes, softmax needs no sums across
//! lanes.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

use super::{conv2d::floats, vector_math::exp_below_zero};
use crate::{error::Result, interrupt::Stop};
use candle_core::{CpuStorage, CustomOp3, D, DType, Layout, Shape, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Keys or value channels in a register tile.
const TILE: usize = 8;
/// Keys walked over between two looks at the maximum; their scores stay in the first-level cache.
const KEY_BLOCK: usize = 64;
/// Queries scored at once where no kernel of ours runs; bounds the scores held.
const QUERY_CHUNK: usize = 1_024;

/// `softmax(q·kᵀ / √channels)·v` for `q` `[heads, queries, channels]` and `k`, `v` `[heads, keys, channels]`.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
    let (_, num_queries, channels) = q.dims3()?;
    let scale = 1.0 / (channels as f64).sqrt();
    if q.device().is_cpu() {
        let plain = |x: &Tensor| x.to_dtype(DType::F32)?.contiguous();
        let op = Attention {
            scale: scale as f32,
        };
        let result = plain(q)?.apply_op3_no_bwd(&plain(k)?, &plain(v)?, &op)?;
        return Ok(result.to_dtype(q.dtype())?);
    }
    let keys = k.transpose(1, 2)?.contiguous()?;
    let mut parts = Vec::new();
    for start in (0..num_queries).step_by(QUERY_CHUNK) {
        let count = QUERY_CHUNK.min(num_queries - start);
        let queries = (q.narrow(1, start, count)?.contiguous()? * scale)?;
        let scores = queries.matmul(&keys)?.to_dtype(DType::F32)?;
        let shares = candle_nn::ops::softmax(&scores, D::Minus1)?;
        parts.push(shares.to_dtype(v.dtype())?.matmul(&v.contiguous()?)?);
    }
    Ok(Tensor::cat(&parts, 1)?)
}

struct Attention {
    scale: f32,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (heads, num_queries, channels) = q_layout.shape().dims3()?;
        let (key_heads, num_keys, key_channels) = k_layout.shape().dims3()?;
        if (key_heads, key_channels) != (heads, channels) || k_layout.dims() != v_layout.dims() {
            let (keys, values) = (k_layout.dims(), v_layout.dims());
            candle_core::bail!(
                "attention of {:?} to keys {keys:?} and values {values:?}",
                q_layout.dims()
            );
        }
        if num_keys == 0 || channels == 0 {
            candle_core::bail!("attention to nothing");
        }
        let (q, k, v) = (
            floats(q, q_layout)?,
            floats(k, k_layout)?,
            floats(v, v_layout)?,
        );
        let per_head = num_keys * channels;
        let heads_packed: Vec<HeadPack> = (0..heads)
            .into_par_iter()
            .map(|head| {
                let range = head * per_head..(head + 1) * per_head;
                HeadPack::new(&k[range.clone()], &v[range], channels)
            })
            .collect();
        let stop = Stop::current();
        let block = Arch::new().dispatch(BlockSize);
        let mut output = vec![0.0_f32; q.len()];
        let head_size = num_queries * channels;
        let tasks: Vec<(usize, usize, &mut [f32])> = output
            .chunks_mut(head_size.max(1))
            .enumerate()
            .flat_map(|(head, output)| {
                let blocks = output.chunks_mut(block * channels).enumerate();
                blocks.map(move |(index, output)| (head, index * block, output))
            })
            .collect();
        tasks.into_par_iter().for_each(|(head, first, output)| {
            let start = head * head_size + first * channels;
            Arch::new().dispatch(Block {
                queries: &q[start..start + output.len()],
                pack: &heads_packed[head],
                scale: self.scale,
                stop: &stop,
                output,
            });
        });
        stop.check()?;
        Ok((CpuStorage::F32(output), q_layout.shape().clone()))
    }
}

/// Keys and values of one head in the order the tiles want them.
struct HeadPack {
    num_keys: usize,
    channels: usize,
    /// `[keys / TILE][channels][TILE]`, padded with zeros.
    keys: Vec<f32>,
    /// `[channels / TILE][keys][TILE]`, padded with zeros.
    values: Vec<f32>,
}

impl HeadPack {
    fn new(k: &[f32], v: &[f32], channels: usize) -> Self {
        let num_keys = k.len() / channels;
        let mut keys = vec![0.0; num_keys.next_multiple_of(TILE) * channels];
        for (key, row) in k.chunks_exact(channels).enumerate() {
            let tile = &mut keys[key / TILE * TILE * channels..];
            for (place, value) in tile[key % TILE..].iter_mut().step_by(TILE).zip(row) {
                *place = *value;
            }
        }
        let mut values = vec![0.0; num_keys * channels.next_multiple_of(TILE)];
        for (key, row) in v.chunks_exact(channels).enumerate() {
            for (tile, part) in row.chunks(TILE).enumerate() {
                let place = (tile * num_keys + key) * TILE;
                values[place..place + part.len()].copy_from_slice(part);
            }
        }
        Self {
            num_keys,
            channels,
            keys,
            values,
        }
    }
}

/// Queries in a block: three vectors of the machine.
struct BlockSize;
impl WithSimd for BlockSize {
    type Output = usize;
    fn with_simd<S: Simd>(self, _simd: S) -> usize {
        queries_per_block::<S>()
    }
}

const fn queries_per_block<S: Simd>() -> usize {
    match S::F32_LANES {
        16 => 48,
        8 => 8,
        lanes => lanes,
    }
}

/// Some queries of one head.
struct Block<'a> {
    queries: &'a [f32],
    pack: &'a HeadPack,
    scale: f32,
    stop: &'a Stop,
    output: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 3>(simd),
            _ => self.run::<S, 1>(simd),
        }
    }
}

impl Block<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize>(self, simd: S) {
        let lanes = VECTORS * S::F32_LANES;
        let channels = self.pack.channels;
        let num_keys = self.pack.num_keys;
        // [channels][lanes]: queries stand side by side.
        let mut queries = vec![0.0_f32; channels * lanes];
        for (lane, row) in self.queries.chunks_exact(channels).enumerate() {
            for (place, value) in queries[lane..].iter_mut().step_by(lanes).zip(row) {
                *place = value * self.scale;
            }
        }
        let mut result = vec![0.0_f32; channels.next_multiple_of(TILE) * lanes];
        let mut scores = vec![0.0_f32; KEY_BLOCK * lanes];
        let mut largest = vec![f32::NEG_INFINITY; lanes];
        let mut sums = vec![0.0_f32; lanes];
        let mut fade = vec![0.0_f32; lanes];
        for first in (0..num_keys).step_by(KEY_BLOCK) {
            let count = KEY_BLOCK.min(num_keys - first);
            if !self.stop.allows(2 * count * channels * lanes) {
                return;
            }
            let tiles = scores
                .chunks_exact_mut(TILE * lanes)
                .take(count.div_ceil(TILE));
            for (tile, scores) in tiles.enumerate() {
                scores.fill(0.0);
                let start = (first / TILE + tile) * TILE * channels;
                let keys = &self.pack.keys[start..start + TILE * channels];
                accumulate::<S, VECTORS>(simd, keys, &queries, scores);
            }
            let scores = &mut scores[..count * lanes];
            exponentiate(scores, &mut largest, &mut sums, &mut fade);
            let tiles = result.chunks_exact_mut(TILE * lanes).enumerate();
            for (tile, result) in tiles {
                for row in result.chunks_exact_mut(lanes) {
                    for (value, fade) in row.iter_mut().zip(&fade) {
                        *value *= fade;
                    }
                }
                let start = (tile * num_keys + first) * TILE;
                let values = &self.pack.values[start..start + count * TILE];
                accumulate::<S, VECTORS>(simd, values, scores, result);
            }
        }
        for (lane, row) in self.output.chunks_exact_mut(channels).enumerate() {
            let share = 1.0 / sums[lane];
            for (value, result) in row.iter_mut().zip(result[lane..].iter().step_by(lanes)) {
                *value = result * share;
            }
        }
    }
}

/// `sums` `[TILE][lanes]` += Σ over n of `weights` `[n][TILE]` · `rows` `[n][lanes]`.
#[inline(always)]
fn accumulate<S: Simd, const VECTORS: usize>(
    simd: S,
    weights: &[f32],
    rows: &[f32],
    sums: &mut [f32],
) {
    let mut tile = [[simd.splat_f32s(0.0); VECTORS]; TILE];
    let lanes = VECTORS * S::F32_LANES;
    let (weights, _none) = weights.as_chunks::<TILE>();
    // As in the convolution's tile, nothing in this loop may panic.
    for (weights, row) in weights.iter().zip(rows.chunks_exact(lanes)) {
        let Some(&row) = S::as_simd_f32s(row).0.first_chunk::<VECTORS>() else {
            continue;
        };
        for (sums, &weight) in tile.iter_mut().zip(weights) {
            let weight = simd.splat_f32s(weight);
            for (sum, &value) in sums.iter_mut().zip(&row) {
                *sum = simd.mul_add_e_f32s(weight, value, *sum);
            }
        }
    }
    for (sums, tile) in sums.chunks_exact_mut(lanes).zip(&tile) {
        let (sums, _none) = S::as_mut_simd_f32s(sums);
        for (sum, tile) in sums.iter_mut().zip(tile) {
            *sum = simd.add_f32s(*sum, *tile);
        }
    }
}

/// Turns `scores` `[keys][lanes]` into shares relative to the new maximum, and says how much older results `fade`.
#[inline(always)]
fn exponentiate(scores: &mut [f32], largest: &mut [f32], sums: &mut [f32], fade: &mut [f32]) {
    let lanes = largest.len();
    fade.copy_from_slice(largest);
    for row in scores.chunks_exact(lanes) {
        for (largest, score) in largest.iter_mut().zip(row) {
            *largest = if *score > *largest { *score } else { *largest };
        }
    }
    for ((fade, largest), sum) in fade.iter_mut().zip(&*largest).zip(&mut *sums) {
        *fade = exp_below_zero(*fade - largest);
        *sum *= *fade;
    }
    for row in scores.chunks_exact_mut(lanes) {
        for ((score, largest), sum) in row.iter_mut().zip(&*largest).zip(&mut *sums) {
            *score = exp_below_zero(*score - largest);
            *sum += *score;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_plain_attention() {
        for [heads, queries, keys, channels] in [
            [1, 1, 1, 4],
            [2, 50, 7, 12],
            [3, 100, 200, 16],
            [2, 49, 64, 128],
            [1, 48, 65, 9],
        ] {
            let random = |rows: usize, scale: f64| {
                let numbers = crate::noise::gaussian(rows as u64, 0, 0, heads * rows * channels);
                let shape = (heads, rows, channels);
                (Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap() * scale).unwrap()
            };
            // Peaky, so that a wrong maximum would show.
            let (q, k, v) = (random(queries, 3.0), random(keys, 3.0), random(keys, 1.0));
            let scores = q.matmul(&k.t().unwrap()).unwrap();
            let scores = (scores / (channels as f64).sqrt()).unwrap();
            let shares = candle_nn::ops::softmax(&scores, D::Minus1).unwrap();
            let wanted = shares.matmul(&v).unwrap();
            let found = attention(&q, &k, &v).unwrap();
            let difference = (found - wanted).unwrap().abs().unwrap();
            let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(worst < 1e-4, "{heads} {queries} {keys} {channels}: {worst}");
        }
    }

    #[test]
    fn wrong_shapes_are_errors() {
        let zeros =
            |shape: (usize, usize, usize)| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        let (q, k) = (zeros((2, 5, 8)), zeros((2, 6, 8)));
        assert!(attention(&q, &k, &zeros((2, 7, 8))).is_err());
        assert!(attention(&q, &zeros((1, 6, 8)), &zeros((1, 6, 8))).is_err());
        assert!(attention(&q, &zeros((2, 0, 8)), &zeros((2, 0, 8))).is_err());
    }
}

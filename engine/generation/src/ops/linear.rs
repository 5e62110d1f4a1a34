//! Matrix products with weights that are laid out once.
//!
//! On a CPU the weights lie in panels as wide as a few vectors; a task packs some rows of the input and walks over the
//! panels in slices that fit its second-level cache.

#![allow(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the machine's vectors"
)]

mod kept;

use super::{conv2d::floats, vector_math::gelu};
use crate::{error::Result, interrupt::Stop, weights::Matrix};
use candle_core::{
    CpuStorage, CustomOp1, DType, Device, Layout, Shape, Tensor, quantized::QTensor,
};
use kept::{Kept, KeptOp};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::sync::Arc;

/// Input channels worked on at once: a panel's slice and the packed rows stay in the second-level cache.
const DEPTH: usize = 512;
/// Most rows in a task; enough to make reading the weights from memory cheap.
const TASK_ROWS_MAX: usize = 96;

/// A layer `x·Wᵀ + b`.
#[derive(Debug, Clone)]
pub struct Linear {
    prepared: Prepared,
}

#[derive(Debug, Clone)]
enum Prepared {
    Packed(Arc<Packed>),
    /// On a CPU, in the file's own number format.
    Kept(Arc<Kept>),
    /// On another device, in blocks that the tensor library multiplies with.
    Blocks {
        weight: Arc<QTensor>,
        bias: Option<Tensor>,
    },
    Plain {
        /// `[to, from]`.
        weight: Tensor,
        bias: Option<Tensor>,
    },
}

#[derive(Debug)]
struct Packed {
    from: usize,
    to: usize,
    /// Outputs in a panel.
    width: usize,
    /// Rows of the input in a register tile.
    tile: usize,
    /// `[to / width][from][width]`, padded with zeros.
    panels: Vec<f32>,
    /// Zeros without a bias.
    bias: Vec<f32>,
}

impl Linear {
    /// Prepares `weight` `[to, from]` and a bias for the device that they are on.
    pub fn new(weight: &Tensor, bias: Option<&Tensor>) -> Result<Self> {
        if !weight.device().is_cpu() {
            return Ok(Self {
                prepared: Prepared::Plain {
                    weight: weight.clone(),
                    bias: bias.cloned(),
                },
            });
        }
        let (to, from) = weight.dims2()?;
        let values = |tensor: &Tensor| -> Result<Vec<f32>> {
            Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
        };
        let bias = bias.map_or_else(|| Ok(vec![0.0; to]), values)?;
        let (tile, width) = Arch::new().dispatch(Sizes);
        let weight = values(weight)?;
        let mut panels = vec![0.0; to.div_ceil(width) * from * width];
        panels
            .par_chunks_mut((from * width).max(1))
            .enumerate()
            .for_each(|(panel, places)| {
                let rows = weight[panel * width * from..]
                    .chunks_exact(from)
                    .take(width);
                for (column, row) in rows.enumerate() {
                    for (place, value) in places[column..].iter_mut().step_by(width).zip(row) {
                        *place = *value;
                    }
                }
            });
        Ok(Self {
            prepared: Prepared::Packed(Arc::new(Packed {
                from,
                to,
                width,
                tile,
                panels,
                bias,
            })),
        })
    }

    /// Of a matrix that stays as its file has it, on a CPU: the result is the one of its numbers as `f32`, in a
    /// fraction of the memory.
    pub fn kept(matrix: Matrix, bias: Option<&Tensor>) -> Result<Self> {
        let bias = match bias {
            Some(bias) => bias.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?,
            None => vec![0.0; matrix.dims()[0]],
        };
        Ok(Self {
            prepared: Prepared::Kept(Arc::new(Kept::new(matrix, bias))),
        })
    }

    /// Of `weight` `[to, from]` in blocks, which the tensor library multiplies with: less exact and on a CPU slower than
    /// [`Linear::kept`], but on other devices a fraction of the memory.
    pub fn of_blocks(weight: QTensor, bias: Option<&Tensor>) -> Self {
        Self {
            prepared: Prepared::Blocks {
                weight: Arc::new(weight),
                bias: bias.cloned(),
            },
        }
    }

    /// `[rows, from]` → `[rows, to]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, false)
    }

    /// As [`Linear::forward`], then the Gaussian error unit in its tanh form.
    pub fn forward_gelu(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, true)
    }

    fn run(&self, x: &Tensor, with_gelu: bool) -> Result<Tensor> {
        match &self.prepared {
            Prepared::Packed(packed) => {
                let op = LinearOp { packed, with_gelu };
                let result = x
                    .to_dtype(DType::F32)?
                    .contiguous()?
                    .apply_op1_no_bwd(&op)?;
                Ok(result.to_dtype(x.dtype())?)
            }
            Prepared::Kept(kept) => {
                let op = KeptOp { kept, with_gelu };
                let result = x
                    .to_dtype(DType::F32)?
                    .contiguous()?
                    .apply_op1_no_bwd(&op)?;
                Ok(result.to_dtype(x.dtype())?)
            }
            Prepared::Blocks { weight, bias } => {
                let result = x.contiguous()?.apply_op1_no_bwd(weight.as_ref())?;
                finished(result, bias.as_ref(), with_gelu)
            }
            Prepared::Plain { weight, bias } => {
                finished(x.matmul(&weight.t()?)?, bias.as_ref(), with_gelu)
            }
        }
    }

    /// Where it computes.
    pub fn device(&self) -> Device {
        match &self.prepared {
            Prepared::Packed(_) | Prepared::Kept(_) => Device::Cpu,
            Prepared::Blocks { weight, .. } => weight.device(),
            Prepared::Plain { weight, .. } => weight.device().clone(),
        }
    }
}

/// A product with what comes after it.
fn finished(product: Tensor, bias: Option<&Tensor>, with_gelu: bool) -> Result<Tensor> {
    let sum = match bias {
        Some(bias) => product.broadcast_add(bias)?,
        None => product,
    };
    Ok(if with_gelu { sum.gelu()? } else { sum })
}

struct LinearOp<'a> {
    packed: &'a Packed,
    with_gelu: bool,
}

impl CustomOp1 for LinearOp<'_> {
    fn name(&self) -> &'static str {
        "linear-packed"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, from) = layout.shape().dims2()?;
        let packed = self.packed;
        if from != packed.from {
            candle_core::bail!("a layer of {} inputs got {from}", packed.from);
        }
        let input = floats(storage, layout)?;
        let mut output = vec![0.0_f32; rows * packed.to];
        let wanted = rows.div_ceil(rayon::current_num_threads() * 4);
        let task_rows = wanted.next_multiple_of(packed.tile).min(TASK_ROWS_MAX);
        let stop = Stop::current();
        let outputs = output.par_chunks_mut((task_rows * packed.to).max(1));
        let inputs = input.par_chunks((task_rows * from).max(1));
        outputs.zip(inputs).for_each(|(output, input)| {
            Arch::new().dispatch(Task {
                packed,
                input,
                output,
                with_gelu: self.with_gelu,
                stop: &stop,
            });
        });
        stop.check()?;
        Ok((CpuStorage::F32(output), Shape::from((rows, packed.to))))
    }
}

/// Rows of a register tile and outputs of a panel on this machine.
struct Sizes;
impl WithSimd for Sizes {
    type Output = (usize, usize);
    fn with_simd<S: Simd>(self, _simd: S) -> (usize, usize) {
        match S::F32_LANES {
            16 => (8, 48),
            8 => (4, 24),
            lanes => (4, lanes),
        }
    }
}

/// Some rows through the whole layer.
struct Task<'a> {
    packed: &'a Packed,
    input: &'a [f32],
    output: &'a mut [f32],
    with_gelu: bool,
    stop: &'a Stop,
}

impl WithSimd for Task<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 8, 3>(simd),
            8 => self.run::<S, 4, 3>(simd),
            _ => self.run::<S, 4, 1>(simd),
        }
    }
}

impl Task<'_> {
    #[inline(always)]
    fn run<S: Simd, const TILE: usize, const VECTORS: usize>(self, simd: S) {
        let Packed {
            from, to, width, ..
        } = *self.packed;
        let rows = self.input.len() / from;
        for row in self.output.chunks_exact_mut(to) {
            row.copy_from_slice(&self.packed.bias);
        }
        let mut tiles = vec![0.0_f32; rows.next_multiple_of(TILE) * DEPTH.min(from)];
        for start in (0..from).step_by(DEPTH) {
            let depth = DEPTH.min(from - start);
            for (row, values) in self.input.chunks_exact(from).enumerate() {
                let tile = &mut tiles[row / TILE * TILE * depth + row % TILE..];
                let values = &values[start..start + depth];
                for (place, value) in tile.iter_mut().step_by(TILE).zip(values) {
                    *place = *value;
                }
            }
            let panels = self.packed.panels.chunks_exact(from * width).enumerate();
            for (panel, weights) in panels {
                if !self.stop.allows(rows * depth * width) {
                    return;
                }
                let weights = &weights[start * width..(start + depth) * width];
                let kept = width.min(to - panel * width);
                let outputs = self.output.chunks_mut(TILE * to);
                for (output, tile) in outputs.zip(tiles.chunks_exact(TILE * depth)) {
                    let sums = product::<S, TILE, VECTORS>(simd, tile, weights);
                    for (row, sums) in output.chunks_exact_mut(to).zip(&sums) {
                        let row = &mut row[panel * width..panel * width + kept];
                        add::<S, VECTORS>(simd, row, sums);
                    }
                }
            }
        }
        if self.with_gelu {
            self.output
                .iter_mut()
                .for_each(|value| *value = gelu(*value));
        }
    }
}

#[inline(always)]
fn add<S: Simd, const VECTORS: usize>(simd: S, row: &mut [f32], sums: &[S::f32s; VECTORS]) {
    let (vectors, rest) = S::as_mut_simd_f32s(row);
    let whole = vectors.len();
    for (value, sum) in vectors.iter_mut().zip(sums) {
        *value = simd.add_f32s(*value, *sum);
    }
    if let (Some(sum), false) = (sums.get(whole), rest.is_empty()) {
        let old = simd.partial_load_f32s(rest);
        simd.partial_store_f32s(rest, simd.add_f32s(old, *sum));
    }
}

/// Σ over n of `tile` `[n][TILE]` times `weights` `[n][width]`.
#[inline(always)]
fn product<S: Simd, const TILE: usize, const VECTORS: usize>(
    simd: S,
    tile: &[f32],
    weights: &[f32],
) -> [[S::f32s; VECTORS]; TILE] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE];
    let (tile, _none) = tile.as_chunks::<TILE>();
    let width = VECTORS * S::F32_LANES;
    // Nothing in this loop may panic: a way out of it would force the sums out of registers, into memory.
    for (values, weights) in tile.iter().zip(weights.chunks_exact(width)) {
        let Some(&weights) = S::as_simd_f32s(weights).0.first_chunk::<VECTORS>() else {
            continue;
        };
        for (sums, &value) in sums.iter_mut().zip(values) {
            let value = simd.splat_f32s(value);
            for (sum, &weight) in sums.iter_mut().zip(&weights) {
                *sum = simd.mul_add_e_f32s(value, weight, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::gaussian;
    use candle_core::quantized::GgmlDType;

    #[test]
    fn agrees_with_the_library() {
        for [rows, from, to] in [
            [1, 3, 5],
            [7, 513, 50],
            [100, 64, 48],
            [33, 1_100, 97],
            [9, 8, 1],
        ] {
            let random = |dims: &[usize], seed| {
                let numbers = gaussian(seed, 0, 0, dims.iter().product());
                Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
            };
            let (x, weight) = (random(&[rows, from], 1), random(&[to, from], 2));
            let bias = random(&[to], 3);
            let wanted = x.matmul(&weight.t().unwrap()).unwrap();
            let with_bias = wanted.broadcast_add(&bias).unwrap();
            let worst = |found: Tensor, wanted: &Tensor| -> f32 {
                let difference = (found - wanted).unwrap().abs().unwrap();
                difference.max_all().unwrap().to_scalar().unwrap()
            };
            let allowed = 2e-6 * from as f32 + 1e-5;
            let plain = Linear::new(&weight, None).unwrap();
            assert!(worst(plain.forward(&x).unwrap(), &wanted) < allowed);
            let layer = Linear::new(&weight, Some(&bias)).unwrap();
            assert!(worst(layer.forward(&x).unwrap(), &with_bias) < allowed);
            let found = layer.forward_gelu(&x).unwrap();
            assert!(worst(found, &with_bias.gelu().unwrap()) < allowed);
            assert!(layer.forward(&random(&[rows, from + 1], 4)).is_err());
        }
    }

    #[test]
    fn blocks_give_nearly_what_their_numbers_give() {
        let random = |dims: &[usize], seed| {
            let numbers = gaussian(seed, 0, 0, dims.iter().product());
            Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
        };
        let (x, bias) = (random(&[9, 512], 1), random(&[48], 3));
        let weight = QTensor::quantize(&random(&[48, 512], 2), GgmlDType::Q8_0).unwrap();
        let dense = weight.dequantize(&Device::Cpu).unwrap();
        let dense = Linear::new(&dense, Some(&bias)).unwrap();
        let blocks = Linear::of_blocks(weight, Some(&bias));
        assert!(blocks.device().is_cpu());
        for with_gelu in [false, true] {
            let wanted = dense.run(&x, with_gelu).unwrap();
            let difference = (blocks.run(&x, with_gelu).unwrap() - &wanted).unwrap();
            let size = |x: &Tensor| -> f32 {
                let squares = x.sqr().unwrap().mean_all().unwrap();
                squares.to_scalar::<f32>().unwrap().sqrt()
            };
            let difference = size(&difference) / size(&wanted);
            assert!(difference < 0.02, "{difference}");
        }
    }
}

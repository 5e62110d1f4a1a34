//! Products with a matrix that stays as small as its file has it.
//!
//! A panel of outputs is turned into numbers, multiplied with many rows of the input, and forgotten. With hundreds of
//! rows that costs a few per cent of the product itself, the result is the one of the same matrix as `f32`, and eight-
//! or four-bit weights take a quarter or an eighth of the memory. (The tensor library's own products of blocks round
//! the input to eight bits as well, and took longer than this for every kind of block.)

use super::{DEPTH, Sizes, add, product};
use crate::{
    error::{Error, Result},
    interrupt::Stop,
    ops::{conv2d::floats, vector_math::gelu},
    weights::Matrix,
};
use candle_core::{CpuStorage, CustomOp1, Layout, Shape};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Rows of the input worked on between two readings of the weights; bounds what lies beside input and output.
const ROWS_MAX: usize = 4_096;

/// A matrix in its file's format, and a bias.
#[derive(Debug)]
pub(super) struct Kept {
    matrix: Matrix,
    /// Outputs in a panel.
    width: usize,
    /// Rows of the input in a register tile.
    tile: usize,
    /// Zeros without a bias.
    bias: Vec<f32>,
}

impl Kept {
    pub(super) fn new(matrix: Matrix, bias: Vec<f32>) -> Self {
        let (tile, width) = Arch::new().dispatch(Sizes);
        Self {
            matrix,
            width,
            tile,
            bias,
        }
    }
}

pub(super) struct KeptOp<'a> {
    pub(super) kept: &'a Kept,
    pub(super) with_gelu: bool,
}

impl CustomOp1 for KeptOp<'_> {
    fn name(&self) -> &'static str {
        "linear-kept"
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let (rows, from) = layout.shape().dims2()?;
        let [to, wanted] = self.kept.matrix.dims();
        if from != wanted {
            candle_core::bail!("a layer of {wanted} inputs got {from}");
        }
        let input = floats(storage, layout)?;
        let stop = Stop::current();
        let mut output = vec![0.0_f32; rows * to];
        let inputs = input.chunks((ROWS_MAX * from).max(1));
        for (input, output) in inputs.zip(output.chunks_mut((ROWS_MAX * to).max(1))) {
            self.some_rows(input, output, &stop)
                .map_err(|err| candle_core::Error::Msg(err.to_string()))?;
            stop.check()?;
        }
        Ok((CpuStorage::F32(output), Shape::from((rows, to))))
    }
}

impl KeptOp<'_> {
    fn some_rows(&self, input: &[f32], output: &mut [f32], stop: &Stop) -> Result<()> {
        let [to, from] = self.kept.matrix.dims();
        let (tile, width) = (self.kept.tile, self.kept.width);
        let rows = input.len() / from.max(1);
        let mut tiles = vec![0.0_f32; rows.next_multiple_of(tile) * from];
        let packed = tiles.par_chunks_mut((tile * from).max(1));
        packed
            .zip(input.par_chunks((tile * from).max(1)))
            .for_each(|(tiles, input)| {
                for (row, values) in input.chunks_exact(from).enumerate() {
                    for (place, value) in tiles[row..].iter_mut().step_by(tile).zip(values) {
                        *place = *value;
                    }
                }
            });
        let panels = (0..to.div_ceil(width)).into_par_iter().map(|panel| {
            let outputs = panel * width..to.min((panel + 1) * width);
            stop.check()?;
            let weights = self.kept.matrix.rows(outputs.clone())?;
            let mut sums = vec![0.0_f32; rows.next_multiple_of(tile) * width];
            for sums in sums.chunks_exact_mut(width) {
                sums[..outputs.len()].copy_from_slice(&self.kept.bias[outputs.clone()]);
            }
            Arch::new().dispatch(Panel {
                from,
                weights: &weights,
                tiles: &tiles,
                sums: &mut sums,
                stop,
            });
            Ok::<_, Error>(sums)
        });
        let panels: Vec<Vec<f32>> = panels.collect::<Result<_>>()?;
        output
            .par_chunks_mut(to)
            .enumerate()
            .for_each(|(row, output)| {
                for (output, panel) in output.chunks_mut(width).zip(&panels) {
                    output.copy_from_slice(&panel[row * width..][..output.len()]);
                }
                if self.with_gelu {
                    for value in output {
                        *value = gelu(*value);
                    }
                }
            });
        Ok(())
    }
}

/// All rows of the input through a panel of outputs.
struct Panel<'a> {
    from: usize,
    /// `[outputs][from]`.
    weights: &'a [f32],
    /// `[rows / tile][from][tile]`.
    tiles: &'a [f32],
    /// `[rows][width]`.
    sums: &'a mut [f32],
    stop: &'a Stop,
}

impl WithSimd for Panel<'_> {
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

impl Panel<'_> {
    #[inline(always)]
    fn run<S: Simd, const TILE: usize, const VECTORS: usize>(self, simd: S) {
        let width = VECTORS * S::F32_LANES;
        let mut turned = vec![0.0_f32; DEPTH.min(self.from) * width];
        for start in (0..self.from).step_by(DEPTH) {
            let depth = DEPTH.min(self.from - start);
            if !self.stop.allows(self.sums.len() * depth) {
                return;
            }
            for (column, row) in self.weights.chunks_exact(self.from).enumerate() {
                let places = turned[column..].iter_mut().step_by(width);
                for (place, value) in places.zip(&row[start..start + depth]) {
                    *place = *value;
                }
            }
            let tiles = self.tiles.chunks_exact(self.from * TILE);
            for (tile, rows) in tiles.zip(self.sums.chunks_exact_mut(TILE * width)) {
                let tile = &tile[start * TILE..(start + depth) * TILE];
                let sums = product::<S, TILE, VECTORS>(simd, tile, &turned[..depth * width]);
                for (row, sums) in rows.chunks_exact_mut(width).zip(&sums) {
                    add::<S, VECTORS>(simd, row, sums);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{noise::gaussian, ops::Linear, weights::Weights};
    use candle_core::{DType, Device, Tensor};
    use safetensors::{Dtype, tensor::TensorView};

    /// A matrix in 16 bits, from a file that is gone when it is used.
    fn kept(to: usize, from: usize, bias: &Tensor) -> (Linear, Tensor) {
        let halves = gaussian(2, 0, 0, to * from).into_iter();
        let halves: Vec<half::f16> = halves.map(half::f16::from_f32).collect();
        let bytes: Vec<u8> = halves.iter().flat_map(|x| x.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F16, vec![to, from], &bytes).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        std::fs::write(&path, safetensors::serialize([("w", view)], None).unwrap()).unwrap();
        let weights = Weights::open(&path).unwrap();
        let matrix = weights.matrix("w", &[to, from], [to, from]).unwrap();
        assert_eq!(matrix.size_bytes(), to * from * 2);
        let dense = weights.tensor("w", &[to, from], DType::F32, &Device::Cpu);
        (Linear::kept(matrix, Some(bias)).unwrap(), dense.unwrap())
    }

    #[test]
    fn gives_what_the_matrix_as_plain_numbers_gives() {
        for [rows, from, to] in [[1, 3, 5], [7, 513, 50], [4_100, 20, 97], [33, 1_100, 48]] {
            let random = |dims: &[usize], seed| {
                let numbers = gaussian(seed, 0, 0, dims.iter().product());
                Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
            };
            let (x, bias) = (random(&[rows, from], 1), random(&[to], 3));
            let (kept, dense) = kept(to, from, &bias);
            let dense = Linear::new(&dense, Some(&bias)).unwrap();
            let numbers = |x: Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(
                numbers(kept.forward(&x).unwrap()),
                numbers(dense.forward(&x).unwrap())
            );
            assert_eq!(
                numbers(kept.forward_gelu(&x).unwrap()),
                numbers(dense.forward_gelu(&x).unwrap())
            );
            assert!(kept.forward(&random(&[rows, from + 1], 4)).is_err());
        }
    }
}

//! Tensors by their diffusers name, whichever of the known namings a checkpoint uses.

use super::{lora::Loras, names};
use crate::{
    error::{Error, Result},
    ops::Linear,
    weights::{Precision, Table, Weights},
};
use candle_core::{DType, Device, Tensor};

/// Where weights come from and what they become.
#[derive(Clone, Copy)]
pub struct Loader<'a> {
    /// The checkpoint.
    pub weights: &'a Weights,
    /// What stands before every name in files that hold several models; mostly nothing.
    pub prefix: &'a str,
    /// Number format on the device.
    pub dtype: DType,
    /// Where they go.
    pub device: &'a Device,
    /// Whether matrices of 16 bits stay so on a CPU: half the memory, and a few per cent slower. Those of fewer bits
    /// always do.
    pub keeps_half: bool,
    /// What is added to the weights.
    pub loras: Option<&'a Loras>,
    /// Called before each tensor is read; may stop the work.
    pub pause: Option<&'a dyn Fn() -> Result<()>>,
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("weights", &self.weights.path())
            .field("prefix", &self.prefix)
            .field("dtype", &self.dtype)
            .finish_non_exhaustive()
    }
}

impl<'a> Loader<'a> {
    /// Reads `weights` as `dtype` to `device`.
    pub fn new(weights: &'a Weights, dtype: DType, device: &'a Device) -> Self {
        Self {
            weights,
            prefix: "",
            dtype,
            device,
            keeps_half: false,
            loras: None,
            pause: None,
        }
    }

    /// The same, calling `pause` before each tensor is read; it may stop the work.
    pub fn with_pause(self, pause: &'a dyn Fn() -> Result<()>) -> Self {
        let pause = Some(pause);
        Self { pause, ..self }
    }

    /// The same, for names behind `prefix`.
    pub fn below(self, prefix: &'a str) -> Self {
        Self { prefix, ..self }
    }

    /// The same, always `f32`.
    pub fn in_f32(self) -> Self {
        let dtype = DType::F32;
        Self { dtype, ..self }
    }

    /// The same, keeping matrices of 16 bits as they are.
    pub fn keeping_half(self) -> Self {
        let keeps_half = true;
        Self { keeps_half, ..self }
    }

    /// The same, with changes added to the weights.
    pub fn with_loras(self, loras: &'a Loras) -> Self {
        let loras = Some(loras);
        Self { loras, ..self }
    }

    /// The layer `name` with its bias.
    pub fn linear(&self, name: &str, from: usize, to: usize) -> Result<Linear> {
        let bias = self.tensor(&format!("{name}.bias"), &[to])?;
        self.layer(&format!("{name}.weight"), &[to, from], Some(&bias))
    }

    /// The layer `name`, which has no bias.
    pub fn linear_without_bias(&self, name: &str, from: usize, to: usize) -> Result<Linear> {
        self.layer(&format!("{name}.weight"), &[to, from], None)
    }

    /// A layer of tensor `name`, whose first axis is the outputs and whose others together are the inputs.
    pub fn layer(&self, name: &str, shape: &[usize], bias: Option<&Tensor>) -> Result<Linear> {
        let found = self.find(name, shape)?;
        let to = shape.first().copied().unwrap_or(1);
        let dims = [to, shape.iter().skip(1).product()];
        let is_kept = match self.weights.precision(&found) {
            Some(Precision::Quantized) => true,
            Some(Precision::Half) => self.keeps_half,
            Some(Precision::Full) | None => false,
        };
        let is_changed = self.loras.is_some_and(|loras| loras.changes(&found));
        if is_kept && !is_changed {
            let stored = self.stored_shape(&found, shape);
            let matrix = self.weights.matrix(&found, &stored, dims)?;
            if self.device.is_cpu() {
                return Linear::kept(matrix, bias);
            }
            if let Some(blocks) = matrix.blocks(self.device)? {
                return Ok(Linear::of_blocks(blocks, bias));
            }
        }
        Linear::new(
            &self.tensor(name, shape)?.reshape((dims[0], dims[1]))?,
            bias,
        )
    }

    /// The table `name`, whose rows are read when they are asked for.
    pub fn table(&self, name: &str, dims: [usize; 2]) -> Result<Table> {
        let found = self.find(name, &dims)?;
        let stored = self.stored_shape(&found, &dims);
        self.weights.table(&found, &stored, dims)
    }

    /// Tensor `name` (as diffusers calls it) of `shape`. Axes of length 1 do not count: files differ in them, and the
    /// numbers lie the same.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let values = self.values(name, shape)?;
        let tensor = Tensor::from_vec(values, shape, self.device)?;
        Ok(tensor.to_dtype(self.dtype)?)
    }

    /// As [`Loader::tensor`], always `f32`.
    pub fn tensor_f32(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.in_f32().tensor(name, shape)
    }

    /// Numbers of tensor `name` as [`Loader::tensor`] finds it.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let found = self.find(name, shape)?;
        let stored = self.stored_shape(&found, shape);
        let mut values = self.weights.values(&found, &stored)?;
        if let Some(loras) = self.loras {
            loras.apply(&found, &mut values)?;
        }
        Ok(values)
    }

    fn find(&self, name: &str, shape: &[usize]) -> Result<String> {
        if let Some(pause) = self.pause {
            pause()?;
        }
        names::find(self.weights, self.prefix, name).ok_or_else(|| Error::TensorMissing {
            tensor: name.into(),
            wanted: shape.to_vec(),
            path: self.weights.path().to_path_buf(),
        })
    }

    /// The shape that tensor `found` has to have in its file: its own if the numbers lie as in `shape`, else `shape`.
    fn stored_shape(&self, found: &str, shape: &[usize]) -> Vec<usize> {
        let stored = self.weights.shape(found).unwrap_or_default();
        if lies_the_same(stored, shape) {
            stored.to_vec()
        } else {
            shape.to_vec()
        }
    }
}

/// Whether only axes of length 1 tell the shapes apart, or the first two axes of a convolution over time are one, as in
/// files whose format has four axes at most.
fn lies_the_same(stored: &[usize], wanted: &[usize]) -> bool {
    let counted =
        |dims: &[usize]| -> Vec<usize> { dims.iter().copied().filter(|&dim| dim != 1).collect() };
    if counted(stored) == counted(wanted) {
        return true;
    }
    match (stored, wanted) {
        ([first, rest @ ..], [outputs, inputs, space @ ..]) => {
            space.len() == 3 && rest == space && outputs.checked_mul(*inputs) == Some(*first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_axes_that_hold_one_may_differ() {
        assert!(lies_the_same(&[1, 6, 24], &[6, 24]));
        assert!(lies_the_same(&[96, 1, 1], &[96, 1, 1, 1]));
        assert!(lies_the_same(&[24, 16, 1, 2, 2], &[24, 16, 1, 2, 2]));
        assert!(lies_the_same(&[24 * 16, 1, 2, 2], &[24, 16, 1, 2, 2]));
        assert!(!lies_the_same(&[24, 6], &[6, 24]));
        assert!(!lies_the_same(&[144], &[6, 24]));
        assert!(!lies_the_same(&[16 * 24, 3, 3], &[16, 24, 3, 3]));
        assert!(!lies_the_same(&[24, 16, 2, 2, 2], &[24, 16, 1, 2, 2]));
    }
}

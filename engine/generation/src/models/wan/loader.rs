//! Tensors by their diffusers name, whichever of the known namings a checkpoint uses.

use super::names;
use crate::{
    error::{Error, Result},
    weights::Weights,
};
use candle_core::{DType, Device, Tensor};

/// Where weights come from and what they become.
#[derive(Debug, Clone, Copy)]
pub struct Loader<'a> {
    /// The checkpoint.
    pub weights: &'a Weights,
    /// What stands before every name in files that hold several models; mostly nothing.
    pub prefix: &'a str,
    /// Number format on the device.
    pub dtype: DType,
    /// Where they go.
    pub device: &'a Device,
}

impl<'a> Loader<'a> {
    /// Reads `weights` as `dtype` to `device`.
    pub fn new(weights: &'a Weights, dtype: DType, device: &'a Device) -> Self {
        Self {
            weights,
            prefix: "",
            dtype,
            device,
        }
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
        self.weights
            .values(&found, &self.stored_shape(&found, shape))
    }

    /// Whether there is a tensor `name`.
    pub fn has(&self, name: &str) -> bool {
        names::find(self.weights, self.prefix, name).is_some()
    }

    fn find(&self, name: &str, shape: &[usize]) -> Result<String> {
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

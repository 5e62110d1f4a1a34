//! Tensors by their diffusers name, whichever of the known namings a file uses.

use crate::{
    error::{Error, Result},
    weights::Weights,
};
use candle_core::{DType, Device, Tensor};

/// What other programs put before every name of a transformer.
const PREFIXES: [&str; 5] = [
    "",
    "model.diffusion_model.",
    "diffusion_model.",
    "model.",
    "generator.",
];

/// Where weights come from and what they become.
#[derive(Debug, Clone, Copy)]
pub struct Loader<'a> {
    /// The files; a name is looked for in each.
    pub files: &'a [Weights],
    /// What stands before every name in files that hold several models; mostly nothing.
    pub prefix: &'a str,
    /// Number format on the device.
    pub dtype: DType,
    /// Where they go.
    pub device: &'a Device,
}

impl Loader<'_> {
    /// Tensor `name` (as diffusers calls it) of `shape`; trailing axes of length 1 may be missing or surplus in the
    /// file.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.tensor_as(name, shape, self.dtype)
    }

    /// As [`Loader::tensor`], always `f32`.
    pub fn tensor_f32(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.tensor_as(name, shape, DType::F32)
    }

    fn tensor_as(&self, name: &str, shape: &[usize], dtype: DType) -> Result<Tensor> {
        let (file, found) = self.find(name, shape)?;
        let stored = file.shape(&found).unwrap_or_default().to_vec();
        let without_ones = |dims: &[usize]| -> Vec<usize> {
            dims.iter().copied().filter(|&dim| dim != 1).collect()
        };
        if without_ones(&stored) == without_ones(shape) {
            let tensor = file.tensor(&found, &stored, dtype, self.device)?;
            return Ok(tensor.reshape(shape)?);
        }
        file.tensor(&found, shape, dtype, self.device)
    }

    /// Numbers of tensor `name` as [`Loader::tensor`] finds it.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self.tensor_as(name, shape, DType::F32)?;
        Ok(tensor.flatten_all()?.to_vec1()?)
    }

    fn find(&self, name: &str, shape: &[usize]) -> Result<(&Weights, String)> {
        let original = original_transformer_name(name);
        for file in self.files {
            for prefix in PREFIXES {
                for known in std::iter::once(name).chain(original.as_deref()) {
                    let full = format!("{}{prefix}{known}", self.prefix);
                    if file.shape(&full).is_some() {
                        return Ok((file, full));
                    }
                }
            }
        }
        let path = self.files.first().map(Weights::path);
        Err(Error::TensorMissing {
            tensor: name.into(),
            wanted: shape.to_vec(),
            path: path.unwrap_or(std::path::Path::new("")).to_path_buf(),
        })
    }
}

/// Parts of names within a block: diffusers', then the original's.
const BLOCK_PARTS: [(&str, &str); 20] = [
    ("attn1.to_q.", "self_attn.q."),
    ("attn1.to_k.", "self_attn.k."),
    ("attn1.to_v.", "self_attn.v."),
    ("attn1.to_out.0.", "self_attn.o."),
    ("attn1.norm_q.", "self_attn.norm_q."),
    ("attn1.norm_k.", "self_attn.norm_k."),
    ("attn2.to_q.", "cross_attn.q."),
    ("attn2.to_k.", "cross_attn.k."),
    ("attn2.to_v.", "cross_attn.v."),
    ("attn2.to_out.0.", "cross_attn.o."),
    ("attn2.norm_q.", "cross_attn.norm_q."),
    ("attn2.norm_k.", "cross_attn.norm_k."),
    ("attn2.add_k_proj.", "cross_attn.k_img."),
    ("attn2.add_v_proj.", "cross_attn.v_img."),
    ("attn2.norm_added_k.", "cross_attn.norm_k_img."),
    ("ffn.net.0.proj.", "ffn.0."),
    ("ffn.net.2.", "ffn.2."),
    ("norm2.", "norm3."),
    ("proj_in.", "before_proj."),
    ("proj_out.", "after_proj."),
];

/// Parts of names outside blocks: diffusers', then the original's.
const OUTER_PARTS: [(&str, &str); 6] = [
    (
        "condition_embedder.time_embedder.linear_1.",
        "time_embedding.0.",
    ),
    (
        "condition_embedder.time_embedder.linear_2.",
        "time_embedding.2.",
    ),
    ("condition_embedder.time_proj.", "time_projection.1."),
    (
        "condition_embedder.text_embedder.linear_1.",
        "text_embedding.0.",
    ),
    (
        "condition_embedder.text_embedder.linear_2.",
        "text_embedding.2.",
    ),
    ("proj_out.", "head.head."),
];

/// What the original checkpoints call the transformer's tensor `name`, where they differ.
pub fn original_transformer_name(name: &str) -> Option<String> {
    if name == "scale_shift_table" {
        return Some("head.modulation".into());
    }
    let is_in_block = name.starts_with("blocks.") || name.starts_with("vace_blocks.");
    if is_in_block && let Some(block) = name.strip_suffix("scale_shift_table") {
        return Some(format!("{block}modulation"));
    }
    let parts: &[(&str, &str)] = if is_in_block {
        &BLOCK_PARTS
    } else {
        &OUTER_PARTS
    };
    let (ours, theirs) = parts.iter().find(|(ours, _)| name.contains(ours))?;
    Some(name.replacen(ours, theirs, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn original_names_are_known() {
        let table = [
            ("blocks.3.attn1.to_out.0.bias", "blocks.3.self_attn.o.bias"),
            ("blocks.0.norm2.weight", "blocks.0.norm3.weight"),
            (
                "vace_blocks.1.proj_out.weight",
                "vace_blocks.1.after_proj.weight",
            ),
            (
                "vace_blocks.0.scale_shift_table",
                "vace_blocks.0.modulation",
            ),
            ("proj_out.weight", "head.head.weight"),
            ("scale_shift_table", "head.modulation"),
            (
                "condition_embedder.time_proj.bias",
                "time_projection.1.bias",
            ),
        ];
        for (ours, theirs) in table {
            assert_eq!(original_transformer_name(ours).as_deref(), Some(theirs));
        }
        assert_eq!(original_transformer_name("patch_embedding.weight"), None);
    }
}

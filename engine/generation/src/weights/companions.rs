//! Tensors that are stored as two: numbers and their scales.
//!
//! * ComfyUI's eight-bit files: `X.weight` with a factor `X.scale_weight`, newer ones `X.weight_scale`. Scales of the
//!   layer's inputs (`X.scale_input`, `X.input_scale`), notes (`X.comfy_quant`) and the mark `scaled_fp8` only matter
//!   to arithmetic in eight bits and are left out.
//! * The starter's: a matrix `X` as `X.q8` (bytes around 128) and `X.scale` (one for each 32 numbers of a row).

use super::stored::{Format, Stored};
use crate::error::{Error, Result};
use std::{collections::BTreeMap, sync::Arc};

/// Numbers that share a scale in the starter's layout.
const RUN: usize = 32;

/// Joins what belongs together; the parts are no longer there under their own names.
pub(super) fn join(tensors: &mut BTreeMap<String, Stored>) -> Result<()> {
    let names: Vec<String> = tensors.keys().cloned().collect();
    for name in names {
        if let Some(base) = name.strip_suffix(".q8") {
            join_runs(tensors, base)?;
        } else if let Some(base) = scaled_base(&name) {
            join_scale(tensors, &name, &base)?;
        } else if is_for_eight_bit_arithmetic(&name) {
            tensors.remove(&name);
        }
    }
    Ok(())
}

/// The tensor that the scale `name` is for.
fn scaled_base(name: &str) -> Option<String> {
    let layer = name.strip_suffix(".scale_weight");
    let layer = layer.or_else(|| name.strip_suffix(".weight_scale"))?;
    Some(format!("{layer}.weight"))
}

fn is_for_eight_bit_arithmetic(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    ["scale_input", "input_scale", "comfy_quant", "scaled_fp8"].contains(&last)
}

fn join_runs(tensors: &mut BTreeMap<String, Stored>, base: &str) -> Result<()> {
    let (numbers, scales) = (format!("{base}.q8"), format!("{base}.scale"));
    let Some(mut joined) = tensors.remove(&numbers) else {
        return Ok(());
    };
    let (rows, columns) = match *joined.shape {
        [rows, columns] if joined.format == Format::U8 && columns.is_multiple_of(RUN) => {
            (rows, columns)
        }
        _ => {
            let found = format!("{:?} of shape {:?}", joined.format, joined.shape);
            return Err(joined.unsupported(&numbers, found));
        }
    };
    let wanted = vec![rows, columns / RUN];
    let Some(scale) = tensors.remove(&scales) else {
        return Err(Error::TensorMissing {
            tensor: scales,
            wanted,
            path: joined.file.path().to_path_buf(),
        });
    };
    if scale.format != Format::F16 {
        let found = format!("{:?}", scale.format);
        return Err(scale.unsupported(&scales, found));
    }
    if scale.shape != wanted {
        return Err(Error::TensorShape {
            tensor: scales,
            wanted,
            found: scale.shape,
            path: scale.file.path().to_path_buf(),
        });
    }
    joined.format = Format::Runs;
    joined.scale = Some(Arc::new(scale));
    insert(tensors, base, joined)
}

fn join_scale(tensors: &mut BTreeMap<String, Stored>, name: &str, base: &str) -> Result<()> {
    let Some(scale) = tensors.remove(name) else {
        return Ok(());
    };
    let path = scale.file.path().to_path_buf();
    let Some(stored) = tensors.get_mut(base) else {
        return Err(Error::WeightsFormat {
            reason: format!("{name} scales {base}, which is not there"),
            path,
        });
    };
    let rows = stored.shape.first().copied().unwrap_or(1);
    let count: usize = scale.shape.iter().product();
    if stored.scale.is_some() || !(count == 1 || count == rows) {
        return Err(Error::TensorShape {
            tensor: name.into(),
            wanted: vec![1],
            found: scale.shape,
            path,
        });
    }
    // Packed and rotated whole numbers would need another reading of "scale"; factors belong to floats.
    if !stored.format.is_float() {
        let found = format!("{:?} with a scale", stored.format);
        return Err(stored.unsupported(base, found));
    }
    stored.scale = Some(Arc::new(scale));
    Ok(())
}

fn insert(tensors: &mut BTreeMap<String, Stored>, name: &str, stored: Stored) -> Result<()> {
    if let Some(other) = tensors.get(name) {
        return Err(Error::TensorTwice {
            tensor: name.into(),
            first: other.file.path().to_path_buf(),
            path: stored.file.path().to_path_buf(),
        });
    }
    tensors.insert(name.into(), stored);
    Ok(())
}

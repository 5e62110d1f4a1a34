//! The safetensors layout: a JSON header, then the numbers.

use super::{
    mapped::MappedFile,
    stored::{Format, Stored},
};
use crate::{error::Result, limits};
use safetensors::{Dtype, SafeTensors};
use std::sync::Arc;

/// The tensors of `file`; lengths, offsets, overlaps and number formats are checked.
pub(super) fn tensors(file: &Arc<MappedFile>) -> Result<Vec<(String, Stored)>> {
    let bytes = file.bytes();
    let Some(header) = bytes.first_chunk() else {
        return Err(file.bad(format!("it has only {} bytes", bytes.len())));
    };
    let (header, length) = (u64::from_le_bytes(*header), bytes.len() as u64);
    if header > limits::WEIGHTS_HEADER_BYTES_MAX || header > length - 8 {
        return Err(file.bad(format!("its header claims {header} bytes of {length}")));
    }
    let (header, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|err| file.bad(err.to_string()))?;
    let data_start = header + 8;
    let mut tensors = Vec::new();
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let (start, end) = info.data_offsets;
        let stored = Stored {
            file: file.clone(),
            shape: info.shape.clone(),
            format: format(info.dtype),
            bytes: data_start + start..data_start + end,
            scale: None,
        };
        tensors.push((name, stored));
    }
    Ok(tensors)
}

fn format(dtype: Dtype) -> Format {
    match dtype {
        Dtype::F64 => Format::F64,
        Dtype::F32 => Format::F32,
        Dtype::F16 => Format::F16,
        Dtype::BF16 => Format::BF16,
        Dtype::F8_E4M3 => Format::F8E4M3,
        Dtype::F8_E5M2 => Format::F8E5M2,
        Dtype::I64 => Format::I64,
        Dtype::I32 => Format::I32,
        Dtype::U8 => Format::U8,
        other => Format::Unknown(format!("{other:?}")),
    }
}

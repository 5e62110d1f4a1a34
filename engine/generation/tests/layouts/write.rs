//! Weights as other programs would write them.

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor},
};
use safetensors::{Dtype, tensor::TensorView};
use std::{collections::BTreeMap, fs, path::Path};

/// A tensor to be written.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

pub fn bytes_of_f32(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

pub fn bytes_of_f16(values: &[f32]) -> Vec<u8> {
    let halves = values.iter().map(|&v| half::f16::from_f32(v));
    halves.flat_map(half::f16::to_le_bytes).collect()
}

/// Name, format, shape and bytes.
pub type Raw = (String, Dtype, Vec<usize>, Vec<u8>);

pub fn safetensors(path: &Path, tensors: &[Raw]) {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

pub fn raw(part: &Part, dtype: Dtype) -> Raw {
    let bytes = match dtype {
        Dtype::F16 => bytes_of_f16(&part.values),
        _ => bytes_of_f32(&part.values),
    };
    (part.name.clone(), dtype, part.shape.clone(), bytes)
}

pub fn all(path: &Path, parts: &[Part], dtype: Dtype) {
    let raws: Vec<Raw> = parts.iter().map(|part| raw(part, dtype)).collect();
    safetensors(path, &raws);
}

/// Two files and an index of them.
pub fn sharded(folder: &Path, parts: &[Part]) {
    let (first, second) = parts.split_at(parts.len() / 3);
    let mut map = BTreeMap::new();
    for (index, parts) in [first, second].iter().enumerate() {
        let file = format!("model-{:05}-of-00002.safetensors", index + 1);
        all(&folder.join(&file), parts, Dtype::F16);
        map.extend(parts.iter().map(|part| (part.name.clone(), file.clone())));
    }
    let index = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map});
    let path = folder.join("model.safetensors.index.json");
    fs::write(path, index.to_string()).unwrap();
}

/// A GGUF file of raw tensors: name, shape (slowest axis first), ggml's number of the type, bytes.
pub fn gguf(path: &Path, tensors: &[(String, Vec<usize>, u32, Vec<u8>)]) {
    const ALIGNMENT: usize = 64;
    let mut out = b"GGUF".to_vec();
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    };
    out.extend(3_u32.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend(2_u64.to_le_bytes());
    text(&mut out, "general.architecture");
    out.extend(8_u32.to_le_bytes());
    text(&mut out, "wan");
    text(&mut out, "general.alignment");
    out.extend(4_u32.to_le_bytes());
    out.extend((ALIGNMENT as u32).to_le_bytes());
    let mut data = Vec::new();
    for (name, shape, kind, bytes) in tensors {
        text(&mut out, name);
        out.extend((shape.len() as u32).to_le_bytes());
        for &length in shape.iter().rev() {
            out.extend((length as u64).to_le_bytes());
        }
        out.extend(kind.to_le_bytes());
        out.extend((data.len() as u64).to_le_bytes());
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(ALIGNMENT), 0);
    }
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
    out.extend(data);
    fs::write(path, out).unwrap();
}

pub fn gguf_f32(part: &Part) -> (String, Vec<usize>, u32, Vec<u8>) {
    (
        part.name.clone(),
        part.shape.clone(),
        0,
        bytes_of_f32(&part.values),
    )
}

pub fn gguf_f16(part: &Part) -> (String, Vec<usize>, u32, Vec<u8>) {
    (
        part.name.clone(),
        part.shape.clone(),
        1,
        bytes_of_f16(&part.values),
    )
}

/// The blocks of a matrix and the numbers that they stand for.
pub fn blocks(part: &Part, kind: GgmlDType) -> (Vec<u8>, Vec<f32>) {
    let tensor = Tensor::from_slice(&part.values, part.shape.as_slice(), &Device::Cpu).unwrap();
    let blocks = QTensor::quantize(&tensor, kind).unwrap();
    let values = blocks.dequantize(&Device::Cpu).unwrap();
    let values = values.flatten_all().unwrap().to_vec1().unwrap();
    (blocks.data().unwrap().into_owned(), values)
}

/// ggml's number of a type.
pub fn kind_number(kind: GgmlDType) -> u32 {
    match kind {
        GgmlDType::Q4_0 => 2,
        GgmlDType::Q5_1 => 7,
        GgmlDType::Q8_0 => 8,
        GgmlDType::Q2K => 10,
        GgmlDType::Q4K => 12,
        GgmlDType::Q6K => 14,
        other => panic!("{other:?} is not written here"),
    }
}

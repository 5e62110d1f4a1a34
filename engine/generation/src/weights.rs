//! Weight files: mapped into memory, their header checked before anything is believed.

use crate::{
    error::{Error, Result},
    limits,
};
use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors, tensor::Metadata};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// Tensors by name in one memory-mapped safetensors file.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    map: Mmap,
    metadata: Metadata,
    data_start: usize,
}

impl Weights {
    /// Maps `path` and checks its header: lengths, offsets and number formats.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |what: &str| {
            let what = format!("cannot {what} the weights file");
            let path = path.to_path_buf();
            move |source| Error::Io { what, source, path }
        };
        let file = File::open(path).map_err(io("open"))?;
        let length = file.metadata().map_err(io("read"))?.len();
        let bad = |reason: String| Error::WeightsFormat {
            reason,
            path: path.to_path_buf(),
        };
        if length < 8 {
            return Err(bad(format!("it has only {length} bytes")));
        }
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        // SAFETY: the map is private and read-only. Another process that truncates the file while it is mapped would
        // fault; shipped and installed weights are written beside and renamed, never changed in place.
        let map = unsafe { Mmap::map(&file) }.map_err(io("map"))?;
        let header_bytes = u64::from_le_bytes([
            map[0], map[1], map[2], map[3], map[4], map[5], map[6], map[7],
        ]);
        if header_bytes > limits::WEIGHTS_HEADER_BYTES_MAX || header_bytes > length - 8 {
            return Err(bad(format!(
                "its header claims {header_bytes} bytes of {length}"
            )));
        }
        let (header_bytes, metadata) =
            SafeTensors::read_metadata(&map).map_err(|err| bad(err.to_string()))?;
        Ok(Self {
            path: path.to_path_buf(),
            data_start: header_bytes + 8,
            map,
            metadata,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.metadata.offset_keys();
        names.sort_unstable();
        names
    }

    /// Shape of tensor `name`, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.metadata.info(name).map(|info| info.shape.as_slice())
    }

    /// Numbers of tensor `name` as `f32`; it must have the shape `wanted`.
    pub fn values(&self, name: &str, wanted: &[usize]) -> Result<Vec<f32>> {
        let (bytes, dtype) = self.raw(name, wanted)?;
        let values = match dtype {
            Dtype::F32 => decode(bytes, f32::from_le_bytes),
            Dtype::F16 => decode(bytes, |b| half::f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => decode(bytes, |b| half::bf16::from_le_bytes(b).to_f32()),
            Dtype::F64 => decode(bytes, |b| f64::from_le_bytes(b) as f32),
            Dtype::I64 => decode(bytes, |b| i64::from_le_bytes(b) as f32),
            Dtype::U8 => bytes.iter().map(|&byte| f32::from(byte)).collect(),
            other => {
                return Err(Error::TensorFormat {
                    tensor: name.into(),
                    found: format!("{other:?}"),
                    path: self.path.clone(),
                });
            }
        };
        Ok(values)
    }

    /// Tensor `name` of shape `wanted` as `dtype` on `device`.
    pub fn tensor(
        &self,
        name: &str,
        wanted: &[usize],
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        let values = self.values(name, wanted)?;
        let tensor = Tensor::from_vec(values, wanted, device)?;
        Ok(tensor.to_dtype(dtype)?)
    }

    fn raw(&self, name: &str, wanted: &[usize]) -> Result<(&[u8], Dtype)> {
        let Some(info) = self.metadata.info(name) else {
            return Err(Error::TensorMissing {
                tensor: name.into(),
                wanted: wanted.to_vec(),
                path: self.path.clone(),
            });
        };
        if info.shape != wanted {
            return Err(Error::TensorShape {
                tensor: name.into(),
                wanted: wanted.to_vec(),
                found: info.shape.clone(),
                path: self.path.clone(),
            });
        }
        let (start, end) = info.data_offsets;
        Ok((
            &self.map[self.data_start + start..self.data_start + end],
            info.dtype,
        ))
    }
}

fn decode<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _none) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| number(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    fn sample() -> Vec<u8> {
        let data: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.5]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let half: Vec<u8> = [half::f16::from_f32(0.5); 2]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let views = [
            (
                "a.weight",
                TensorView::new(Dtype::F32, vec![2, 2], &data).unwrap(),
            ),
            (
                "b.weight",
                TensorView::new(Dtype::F16, vec![2], &half).unwrap(),
            ),
        ];
        safetensors::serialize(views, None).unwrap()
    }

    fn open(bytes: &[u8]) -> Result<Weights> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        std::fs::write(&path, bytes).unwrap();
        Weights::open(&path)
    }

    #[test]
    fn numbers_come_back_whatever_their_format() {
        let weights = open(&sample()).unwrap();
        assert_eq!(weights.names(), ["a.weight", "b.weight"]);
        assert_eq!(
            weights.values("a.weight", &[2, 2]).unwrap(),
            [1.0, 2.0, 3.0, 4.5]
        );
        assert_eq!(weights.values("b.weight", &[2]).unwrap(), [0.5, 0.5]);
    }

    #[test]
    fn missing_and_misshapen_tensors_are_named() {
        let weights = open(&sample()).unwrap();
        let message = |name, shape: &[usize]| weights.values(name, shape).unwrap_err().to_string();
        assert!(
            message("c.bias", &[3]).starts_with("tensor c.bias of shape [3] is missing: /"),
            "file named"
        );
        let text = message("a.weight", &[4, 1]);
        assert!(
            text.starts_with("tensor a.weight has shape [2, 2], should have [4, 1]: /"),
            "{text}"
        );
    }

    #[test]
    fn damaged_files_are_refused_without_a_crash() {
        let good = sample();
        for length in [0, 4, 8, 20, good.len() - 1] {
            assert!(open(&good[..length]).is_err(), "cut to {length}");
        }
        for claim in [u64::MAX, 1 << 40, good.len() as u64] {
            let mut bad = good.clone();
            bad[..8].copy_from_slice(&claim.to_le_bytes());
            assert!(open(&bad).is_err(), "header of {claim} bytes");
        }
        for at in 8..120 {
            let mut bad = good.clone();
            bad[at] ^= 0x15;
            if let Ok(weights) = open(&bad) {
                // Whatever still parses must still be safe to read.
                for name in weights.names() {
                    let shape = weights.shape(&name).unwrap_or(&[]).to_vec();
                    weights.values(&name, &shape).ok();
                }
            }
        }
    }
}

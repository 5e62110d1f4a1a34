//! Checkpoints: tensors by name, whatever files they lie in and however their numbers are written.
//!
//! Files are mapped into memory, and their headers are checked before anything is believed or allocated. Read are
//! safetensors (one file, or several with or without an index), GGUF, and PyTorch's zipped `.pth` without running what
//! is pickled in it. Numbers may be floats of 64 to 8 bits (with ComfyUI's scales beside), ggml's blocks, or the
//! starter's bytes with scales; see `companions` in this folder.

mod companions;
mod gguf;
mod mapped;
mod matrix;
mod pickle;
mod pth;
mod reader;
mod safe;
mod shards;
mod stored;
pub mod tokenizer;

use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};
use mapped::MappedFile;
pub use matrix::{Matrix, Table};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use stored::{Format, Stored};

/// A checkpoint's tensors by name, memory-mapped.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    files: Vec<Arc<MappedFile>>,
    tensors: BTreeMap<String, Stored>,
}

/// How many bits a tensor's numbers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 or more.
    Full,
    /// 16.
    Half,
    /// Fewer, mostly with scales.
    Quantized,
}

impl Weights {
    /// Maps the checkpoint at `path`: a file, a folder that holds one checkpoint, or the index of a sharded one.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_all(std::slice::from_ref(&path))
    }

    /// Maps a checkpoint whose parts are `paths`; each may be what [`Weights::open`] takes. A name that is in two files
    /// is an error.
    pub fn open_all(paths: &[impl AsRef<Path>]) -> Result<Self> {
        let Some(first) = paths.first() else {
            return Err(Error::WeightsFormat {
                reason: "no file was named".into(),
                path: PathBuf::new(),
            });
        };
        let mut weights = Self {
            path: first.as_ref().to_path_buf(),
            files: Vec::new(),
            tensors: BTreeMap::new(),
        };
        for path in paths {
            let parts = shards::parts(path.as_ref())?;
            for file in &parts.files {
                weights.add(file)?;
            }
            for (name, file) in &parts.promised {
                let found = weights.tensors.get(name);
                if found.is_none_or(|stored| stored.file.path() != file) {
                    return Err(Error::WeightsFormat {
                        reason: format!("it promises {name} in {}", file.display()),
                        path: parts.index,
                    });
                }
            }
        }
        companions::join(&mut weights.tensors)?;
        Ok(weights)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let file = MappedFile::open(path)?;
        for (name, stored) in tensors(&file)? {
            if let Some(other) = self.tensors.get(&name) {
                return Err(Error::TensorTwice {
                    tensor: name,
                    first: other.file.path().to_path_buf(),
                    path: path.to_path_buf(),
                });
            }
            self.tensors.insert(name, stored);
        }
        self.files.push(file);
        Ok(())
    }

    /// What was opened; of several parts the first.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that its files are in.
    pub fn folder(&self) -> &Path {
        let file = self.files.first().map_or(&*self.path, |file| file.path());
        file.parent().unwrap_or(Path::new(""))
    }

    /// Bytes of all files.
    pub fn size_bytes(&self) -> u64 {
        self.files
            .iter()
            .map(|file| file.bytes().len() as u64)
            .sum()
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> Vec<String> {
        self.tensors.keys().cloned().collect()
    }

    /// Shape of tensor `name`, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|stored| &*stored.shape)
    }

    /// Numbers of tensor `name` as `f32`; it must have the shape `wanted`. No number and infinity are errors.
    pub fn values(&self, name: &str, wanted: &[usize]) -> Result<Vec<f32>> {
        self.stored(name, wanted)?.values(name)
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

    /// How the numbers of tensor `name` are held, if it is there.
    pub fn precision(&self, name: &str) -> Option<Precision> {
        let stored = self.tensors.get(name)?;
        Some(match stored.format {
            Format::F64 | Format::F32 | Format::I64 | Format::I32 => Precision::Full,
            Format::F16 | Format::BF16 => Precision::Half,
            Format::F8E4M3
            | Format::F8E5M2
            | Format::U8
            | Format::Blocks(_)
            | Format::Runs
            | Format::Unknown(_) => Precision::Quantized,
        })
    }

    /// Tensor `name` of shape `wanted` as a matrix `dims` that stays in the file's format, copied and checked.
    pub fn matrix(&self, name: &str, wanted: &[usize], dims: [usize; 2]) -> Result<Matrix> {
        Matrix::new(name, self.stored(name, wanted)?, dims)
    }

    /// Tensor `name` of shape `wanted` as a table `dims` whose rows are read from the file when they are asked for.
    pub fn table(&self, name: &str, wanted: &[usize], dims: [usize; 2]) -> Result<Table> {
        Ok(Table::new(name, self.stored(name, wanted)?, dims))
    }

    /// Tensors without numbers, to tell kinds by names and shapes.
    #[cfg(test)]
    pub(crate) fn of_shapes(shapes: &[(String, Vec<usize>)]) -> Self {
        let file = MappedFile::open(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("Cargo.toml")
                .as_path(),
        );
        let stored = |shape: &Vec<usize>| Stored {
            file: file.as_ref().unwrap().clone(),
            shape: shape.clone(),
            format: Format::F32,
            bytes: 0..0,
            scale: None,
        };
        let named = shapes
            .iter()
            .map(|(name, shape)| (name.clone(), stored(shape)));
        Self {
            path: "shapes".into(),
            files: Vec::new(),
            tensors: named.collect(),
        }
    }

    fn stored(&self, name: &str, wanted: &[usize]) -> Result<&Stored> {
        let Some(stored) = self.tensors.get(name) else {
            return Err(Error::TensorMissing {
                tensor: name.into(),
                wanted: wanted.to_vec(),
                path: self.path.clone(),
            });
        };
        if stored.shape != wanted {
            return Err(Error::TensorShape {
                tensor: name.into(),
                wanted: wanted.to_vec(),
                found: stored.shape.clone(),
                path: stored.file.path().to_path_buf(),
            });
        }
        Ok(stored)
    }
}

/// The tensors of a file of any kind, told by how it begins.
fn tensors(file: &Arc<MappedFile>) -> Result<Vec<(String, Stored)>> {
    let bytes = file.bytes();
    if bytes.starts_with(gguf::MAGIC) {
        gguf::tensors(file)
    } else if bytes.starts_with(pth::MAGIC) {
        pth::tensors(file)
    } else if bytes.starts_with(pth::OLD_MAGIC) {
        Err(file.bad("it is pickled by an old PyTorch; save it again as safetensors"))
    } else {
        safe::tensors(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::{Dtype, tensor::TensorView};

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

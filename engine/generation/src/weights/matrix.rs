//! A matrix that stays as its file wrote it, for layers that turn it into numbers while they multiply.

use super::{
    mapped::MappedFile,
    stored::{Format, Stored},
};
use crate::error::Result;
use candle_core::{
    Device,
    quantized::{GgmlDType, QStorage, QTensor},
};
use rayon::prelude::*;
use std::{borrow::Cow, ops::Range, sync::Arc};

/// Rows checked at once.
const CHECK_ROWS: usize = 64;

/// A matrix in memory in its file's own number format.
#[derive(Debug, Clone)]
pub struct Matrix {
    name: String,
    stored: Stored,
    to: usize,
    from: usize,
}

impl Matrix {
    /// Copies `stored`, whose numbers lie as `[to, from]`, so that its file may go away; checks every number.
    pub(super) fn new(name: &str, stored: &Stored, [to, from]: [usize; 2]) -> Result<Self> {
        if to == 0 || from == 0 {
            let found = format!("a matrix of {to} by {from}");
            return Err(stored.unsupported(name, found));
        }
        let mut stored = held(stored)?;
        stored.shape = vec![to, from];
        let matrix = Self {
            name: name.into(),
            stored,
            to,
            from,
        };
        let starts = (0..to).into_par_iter().step_by(CHECK_ROWS);
        starts.try_for_each(|start| {
            let rows = start..to.min(start + CHECK_ROWS);
            matrix.stored.rows(name, rows).map(|_numbers| ())
        })?;
        Ok(matrix)
    }

    /// Outputs and inputs.
    pub fn dims(&self) -> [usize; 2] {
        [self.to, self.from]
    }

    /// The same as blocks on `device`, for matrices that lie in blocks or in runs of bytes with scales.
    pub fn blocks(&self, device: &Device) -> Result<Option<QTensor>> {
        let held;
        let (bytes, dtype) = match self.stored.format {
            Format::Blocks(dtype) => (self.stored.data(), dtype),
            Format::Runs => {
                let bytes = self.runs_as_blocks();
                held = MappedFile::held(self.stored.file.path(), &bytes)?;
                (held.bytes(), GgmlDType::Q8_0)
            }
            _ => return Ok(None),
        };
        let storage = QStorage::from_data(Cow::Borrowed(bytes), device, dtype)?;
        Ok(Some(QTensor::new(storage, (self.to, self.from))?))
    }

    /// Runs hold what ggml's blocks of eight bits do, each scale before its numbers, which have a sign.
    fn runs_as_blocks(&self) -> Vec<u8> {
        let (size, numbers) = (GgmlDType::Q8_0.block_size(), self.stored.data());
        let scales = self
            .stored
            .scale
            .as_ref()
            .map_or(&[][..], |scale| scale.data());
        let mut blocks = Vec::with_capacity(numbers.len() + scales.len());
        for (run, scale) in numbers.chunks_exact(size).zip(scales.chunks_exact(2)) {
            blocks.extend(scale);
            blocks.extend(run.iter().map(|byte| byte ^ 0x80));
        }
        blocks
    }

    /// Bytes it takes.
    pub fn size_bytes(&self) -> usize {
        let scale = self.stored.scale.as_ref();
        self.stored.bytes.len() + scale.map_or(0, |scale| scale.bytes.len())
    }

    /// The numbers of some of its rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>> {
        self.stored.rows(&self.name, rows)
    }
}

/// The same tensor, with bytes of its own.
fn held(stored: &Stored) -> Result<Stored> {
    let copy = |stored: &Stored| -> Result<Stored> {
        let file = MappedFile::held(stored.file.path(), stored.data())?;
        stored.file.release(stored.bytes.clone());
        Ok(Stored {
            file,
            bytes: 0..stored.bytes.len(),
            ..stored.clone()
        })
    };
    let mut held = copy(stored)?;
    if let Some(scale) = &stored.scale {
        held.scale = Some(Arc::new(copy(scale)?));
    }
    Ok(held)
}

/// A table of which single rows are wanted, left in its file.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    stored: Stored,
    rows: usize,
    columns: usize,
}

impl Table {
    pub(super) fn new(name: &str, stored: &Stored, [rows, columns]: [usize; 2]) -> Self {
        let stored = Stored {
            shape: vec![rows, columns],
            ..stored.clone()
        };
        Self {
            name: name.into(),
            stored,
            rows,
            columns,
        }
    }

    /// The rows `ids`, one after the other.
    pub fn pick(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let mut numbers = Vec::with_capacity(ids.len() * self.columns);
        for &id in ids {
            let row = id as usize;
            if row >= self.rows {
                let reason = format!("row {id} of {} has only {}", self.name, self.rows);
                return Err(candle_core::Error::Msg(reason).into());
            }
            numbers.extend(self.stored.rows(&self.name, row..row + 1)?);
        }
        Ok(numbers)
    }

    /// Rows and columns.
    pub fn dims(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }
}

#[cfg(test)]
mod tests {
    use crate::weights::Weights;
    use candle_core::Device;
    use safetensors::{Dtype, tensor::TensorView};

    #[test]
    fn runs_are_the_blocks_of_eight_bits() {
        let numbers: Vec<u8> = (0..=255).collect();
        let scales = (1..=8).map(|index| half::f16::from_f32(0.125 * index as f32));
        let scales: Vec<u8> = scales.flat_map(half::f16::to_le_bytes).collect();
        let views = [
            ("x.q8", TensorView::new(Dtype::U8, vec![4, 64], &numbers)),
            ("x.scale", TensorView::new(Dtype::F16, vec![4, 2], &scales)),
        ];
        let views = views.map(|(name, view)| (name, view.unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        let weights = Weights::open(&path).unwrap();
        let matrix = weights.matrix("x", &[4, 64], [4, 64]).unwrap();
        assert_eq!(matrix.size_bytes(), 256 + 16);
        let blocks = matrix.blocks(&Device::Cpu).unwrap().unwrap();
        let dequantized = blocks.dequantize(&Device::Cpu).unwrap();
        let dequantized: Vec<f32> = dequantized.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(dequantized, matrix.rows(0..4).unwrap());
        assert_eq!(dequantized[..2], [-128.0 * 0.125, -127.0 * 0.125]);
        assert_eq!(matrix.rows(2..3).unwrap(), dequantized[128..192]);
    }
}

//! One tensor as it lies in a file, and its numbers.

use super::mapped::MappedFile;
use crate::{
    error::{Error, Result},
    interrupt::Stop,
};
use candle_core::{
    Device,
    quantized::{GgmlDType, QStorage, QTensor},
};
use rayon::prelude::*;
use std::{borrow::Cow, ops::Range, sync::Arc};

/// Numbers turned into floats at once: few enough to be heard between two pieces, and to be soon given back.
const PIECE_NUMBERS: usize = 1 << 20;

/// How a tensor's numbers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    F64,
    F32,
    F16,
    BF16,
    /// Eight bits, four of them exponent; no infinities.
    F8E4M3,
    /// Eight bits, five of them exponent: the upper half of an `F16`.
    F8E5M2,
    I64,
    I32,
    U8,
    /// Blocks of numbers with their scales, as ggml lays them out.
    Blocks(GgmlDType),
    /// Unsigned bytes around 128; each run of a row has an `F16` scale in a tensor beside.
    Runs,
    /// Something else, by the name the file gives.
    Unknown(String),
}

impl Format {
    pub(super) fn is_float(&self) -> bool {
        match self {
            Self::F64 | Self::F32 | Self::F16 | Self::BF16 | Self::F8E4M3 | Self::F8E5M2 => true,
            Self::I64 | Self::I32 | Self::U8 | Self::Blocks(_) | Self::Runs | Self::Unknown(_) => {
                false
            }
        }
    }

    /// Bytes of one number; none where numbers lie in blocks or nothing is known.
    pub(super) fn number_bytes(&self) -> Option<usize> {
        match self {
            Self::F64 | Self::I64 => Some(8),
            Self::F32 | Self::I32 => Some(4),
            Self::F16 | Self::BF16 => Some(2),
            Self::F8E4M3 | Self::F8E5M2 | Self::U8 | Self::Runs => Some(1),
            Self::Blocks(_) | Self::Unknown(_) => None,
        }
    }
}

/// Where a tensor lies and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) file: Arc<MappedFile>,
    pub(super) shape: Vec<usize>,
    pub(super) format: Format,
    /// In the file; checked when the file was opened.
    pub(super) bytes: Range<usize>,
    /// Factors: one, one for each row, or one for each run of a row.
    pub(super) scale: Option<Arc<Stored>>,
}

impl Stored {
    pub(super) fn data(&self) -> &[u8] {
        &self.file.bytes()[self.bytes.clone()]
    }

    /// All numbers, scales multiplied in.
    pub(super) fn values(&self, name: &str) -> Result<Vec<f32>> {
        let rows = self.shape.first().copied().unwrap_or(1);
        let width: usize = self.shape.iter().skip(1).product();
        let is_cut_anywhere = match self.format {
            Format::Blocks(dtype) => width.is_multiple_of(dtype.block_size()),
            _ => true,
        };
        if rows * width <= PIECE_NUMBERS || !is_cut_anywhere {
            return self.rows(name, 0..rows);
        }
        let stop = Stop::current();
        let rows = PIECE_NUMBERS.div_ceil(width);
        let mut values = vec![0.0; self.shape.iter().product()];
        let pieces = values.par_chunks_mut(rows * width).enumerate();
        pieces.try_for_each(|(index, piece)| {
            if stop.allows(piece.len()) {
                let first = index * rows;
                piece.copy_from_slice(&self.rows(name, first..first + piece.len() / width)?);
            }
            Ok::<_, Error>(())
        })?;
        stop.check()?;
        Ok(values)
    }

    /// The numbers of some rows of the first axis, scales multiplied in.
    pub(super) fn rows(&self, name: &str, rows: Range<usize>) -> Result<Vec<f32>> {
        let count: usize = self.shape.iter().skip(1).product();
        let numbers = rows.start * count..rows.end * count;
        let (mut values, bytes) = self.unscaled(name, numbers)?;
        let start = self.bytes.start;
        self.file.release(start + bytes.start..start + bytes.end);
        if let Some(scale) = &self.scale {
            // Whichever rows they are for, one scale is for all.
            let is_single = scale.shape.iter().product::<usize>() == 1;
            let rows = if is_single { 0..1 } else { rows.clone() };
            let scales = scale.rows(name, rows)?;
            let width = values.len() / scales.len().max(1);
            for (run, factor) in values.chunks_mut(width.max(1)).zip(&scales) {
                multiply(run, *factor);
            }
        }
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(self.not_finite(name))
        }
    }

    pub(super) fn not_finite(&self, name: &str) -> Error {
        Error::TensorNotFinite {
            tensor: name.into(),
            path: self.file.path().to_path_buf(),
        }
    }

    pub(super) fn unsupported(&self, name: &str, found: impl Into<String>) -> Error {
        Error::TensorFormat {
            tensor: name.into(),
            found: found.into(),
            path: self.file.path().to_path_buf(),
        }
    }

    /// Some numbers without their scales, and which of the tensor's bytes were read for them.
    fn unscaled(&self, name: &str, numbers: Range<usize>) -> Result<(Vec<f32>, Range<usize>)> {
        if let Format::Blocks(dtype) = self.format {
            return self.dequantized(name, dtype, numbers);
        }
        let Some(size) = self.format.number_bytes() else {
            let Format::Unknown(found) = &self.format else {
                return Ok((Vec::new(), 0..0));
            };
            return Err(self.unsupported(name, found));
        };
        let place = numbers.start * size..numbers.end * size;
        let bytes = &self.data()[place.clone()];
        let values = match self.format {
            Format::F64 => decode(bytes, |b| f64::from_le_bytes(b) as f32),
            Format::F32 => decode(bytes, f32::from_le_bytes),
            Format::F16 => decode(bytes, |b| half::f16::from_le_bytes(b).to_f32()),
            Format::BF16 => decode(bytes, |b| half::bf16::from_le_bytes(b).to_f32()),
            Format::I64 => decode(bytes, |b| i64::from_le_bytes(b) as f32),
            Format::I32 => decode(bytes, |b| i32::from_le_bytes(b) as f32),
            Format::U8 => decode(bytes, |[byte]| f32::from(byte)),
            Format::Runs => decode(bytes, |[byte]| f32::from(byte) - 128.0),
            Format::F8E4M3 => {
                let table: Vec<f32> = (0..=u8::MAX).map(e4m3).collect();
                decode(bytes, |[byte]| table[usize::from(byte)])
            }
            Format::F8E5M2 => decode(bytes, |[byte]| {
                half::f16::from_bits(u16::from(byte) << 8).to_f32()
            }),
            Format::Blocks(_) | Format::Unknown(_) => Vec::new(),
        };
        Ok((values, place))
    }

    fn dequantized(
        &self,
        name: &str,
        dtype: GgmlDType,
        numbers: Range<usize>,
    ) -> Result<(Vec<f32>, Range<usize>)> {
        let (block, size) = (dtype.block_size(), dtype.type_size());
        if !(numbers.start.is_multiple_of(block) && numbers.end.is_multiple_of(block)) {
            let whole = format!("{dtype:?} with rows that are no whole blocks");
            return Err(self.unsupported(name, whole));
        }
        let place = numbers.start / block * size..numbers.end / block * size;
        let bytes = &self.data()[place.clone()];
        let storage = QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, dtype)?;
        let tensor = QTensor::new(storage, numbers.len())?.dequantize(&Device::Cpu)?;
        Ok((tensor.to_vec1()?, place))
    }
}

fn decode<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _none) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| number(*chunk)).collect()
}

fn multiply(values: &mut [f32], factor: f32) {
    for value in values {
        *value *= factor;
    }
}

/// An eight-bit number with four bits of exponent (bias 7) and three of mantissa; all ones is no number.
fn e4m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 3 & 15), f32::from(bits & 7));
    let size = match (exponent, bits & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa / 8.0 * (-6_f32).exp2(),
        _ => (1.0 + mantissa / 8.0) * ((exponent - 7) as f32).exp2(),
    };
    if bits & 0x80 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_floats_have_their_published_values() {
        let known = [
            (0x00, 0.0),
            (0x01, 0.001953125),
            (0x08, 0.015625),
            (0x38, 1.0),
            (0x39, 1.125),
            (0x7e, 448.0),
            (0xb8, -1.0),
        ];
        for (bits, value) in known {
            assert_eq!(e4m3(bits), value, "{bits:#x}");
        }
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
    }
}

//! The GGUF layout: notes, a table of tensors with up to five axes (fastest first), then aligned data.

use super::{
    mapped::MappedFile,
    reader::Reader,
    stored::{Format, Stored},
};
use crate::error::{Error, Result};
use candle_core::quantized::GgmlDType;
use std::{collections::BTreeMap, sync::Arc};

/// What a file begins with.
pub(super) const MAGIC: &[u8; 4] = b"GGUF";
/// Where data starts when the file does not say.
const ALIGNMENT: usize = 32;
/// Largest alignment that is believed.
const ALIGNMENT_MAX: usize = 1 << 16;
/// Most axes; ggml itself has four, converters of video models write five.
const AXES_MAX: u32 = 5;
/// Lists of lists of lists are in no real file.
const LIST_DEPTH_MAX: u32 = 3;
/// Converters fold some tensors; this note holds the shape before, slowest axis first.
const SHAPE_NOTE: &str = "comfy.gguf.orig_shape.";

/// The tensors of `file`; counts, lengths, offsets, alignment and overlaps are checked.
pub(super) fn tensors(file: &Arc<MappedFile>) -> Result<Vec<(String, Stored)>> {
    let mut reader = Reader::new(file);
    reader.take(MAGIC.len())?;
    let version = reader.u32()?;
    if version.swap_bytes() == 2 || version.swap_bytes() == 3 {
        return Err(file.bad("its numbers are big-endian"));
    }
    if version != 2 && version != 3 {
        return Err(file.bad(format!("it is GGUF of version {version}; 2 and 3 are read")));
    }
    // A table entry holds at least a name's length, a count, a type and an offset; a note a name's length and a type.
    let num_tensors = reader.count(24)?;
    let num_notes = reader.u64()?;
    let notes = Notes::read(file, &mut reader, num_notes)?;
    let mut entries = Vec::with_capacity(num_tensors);
    for _ in 0..num_tensors {
        entries.push(entry(file, &mut reader)?);
    }
    let data_start = reader.position().next_multiple_of(notes.alignment);
    let mut tensors = Vec::with_capacity(entries.len());
    for entry in entries {
        tensors.push(place(file, entry, data_start, &notes)?);
    }
    refuse_overlaps(file, &tensors)?;
    Ok(tensors)
}

/// What is needed of the notes.
struct Notes {
    alignment: usize,
    shapes: BTreeMap<String, Vec<usize>>,
}

impl Notes {
    fn read(file: &MappedFile, reader: &mut Reader<'_>, count: u64) -> Result<Self> {
        let mut notes = Self {
            alignment: ALIGNMENT,
            shapes: BTreeMap::new(),
        };
        // Each turn takes bytes, so a count that is too large ends with the file.
        for _ in 0..count {
            let key = reader.text()?;
            let kind = reader.u32()?;
            if key == "general.alignment" && kind == 4 {
                let alignment = reader.u32()? as usize;
                let is_usual = alignment.is_multiple_of(8) && alignment.is_power_of_two();
                if !is_usual || alignment > ALIGNMENT_MAX {
                    return Err(file.bad(format!("its data is aligned to {alignment} bytes")));
                }
                notes.alignment = alignment;
            } else if let Some(name) = key.strip_prefix(SHAPE_NOTE)
                && kind == 9
            {
                notes.shapes.insert(name.into(), shape_note(file, reader)?);
            } else {
                skip(file, reader, kind, 0)?;
            }
        }
        Ok(notes)
    }
}

fn shape_note(file: &MappedFile, reader: &mut Reader<'_>) -> Result<Vec<usize>> {
    let kind = reader.u32()?;
    let count = reader.count(4)?;
    if !(kind == 4 || kind == 5) || count > AXES_MAX as usize {
        return Err(file.bad("a note about a shape is no short list of numbers"));
    }
    (0..count).map(|_| Ok(reader.u32()? as usize)).collect()
}

/// Passes over the value of a note.
fn skip(file: &MappedFile, reader: &mut Reader<'_>, kind: u32, depth: u32) -> Result<()> {
    match (fixed_bytes(kind), kind) {
        (Some(bytes), _) => reader.take(bytes).map(|_| ()),
        (None, 8) => reader.text().map(|_| ()),
        (None, 9) if depth < LIST_DEPTH_MAX => {
            let kind = reader.u32()?;
            if let Some(bytes) = fixed_bytes(kind) {
                let count = reader.count(bytes)?;
                return reader.take(count * bytes).map(|_| ());
            }
            let count = reader.count(8)?;
            (0..count).try_for_each(|_| skip(file, reader, kind, depth + 1))
        }
        (None, other) => Err(file.bad(format!("a note is of the unknown kind {other}"))),
    }
}

/// Bytes of a note's value, unless it is text or a list.
fn fixed_bytes(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

struct Entry {
    name: String,
    /// Slowest axis first, as everywhere else here.
    shape: Vec<usize>,
    kind: u32,
    offset: u64,
}

fn entry(file: &MappedFile, reader: &mut Reader<'_>) -> Result<Entry> {
    let name = reader.text()?.to_owned();
    let axes = reader.u32()?;
    if axes > AXES_MAX {
        return Err(file.bad(format!("tensor {name} has {axes} axes")));
    }
    let mut shape = Vec::with_capacity(axes as usize);
    for _ in 0..axes {
        let length = reader.u64()?;
        let too_long = |_too_long| file.bad(format!("tensor {name} has an axis of {length}"));
        shape.push(usize::try_from(length).map_err(too_long)?);
    }
    shape.reverse();
    Ok(Entry {
        name,
        shape,
        kind: reader.u32()?,
        offset: reader.u64()?,
    })
}

fn place(
    file: &Arc<MappedFile>,
    entry: Entry,
    data_start: usize,
    notes: &Notes,
) -> Result<(String, Stored)> {
    let Entry {
        name,
        mut shape,
        kind,
        offset,
    } = entry;
    let Some(format) = format(kind) else {
        return Err(Error::TensorFormat {
            tensor: name,
            found: kind_name(kind),
            path: file.path().to_path_buf(),
        });
    };
    let bad = |reason: &str| file.bad(format!("tensor {name} of shape {shape:?} {reason}"));
    let count = shape
        .iter()
        .try_fold(1, |all: usize, &dim| all.checked_mul(dim));
    let count = count.ok_or_else(|| bad("is too large"))?;
    let (block, size) = match format {
        Format::Blocks(dtype) => (dtype.block_size(), dtype.type_size()),
        ref plain => (1, plain.number_bytes().unwrap_or(1)),
    };
    if !shape.last().unwrap_or(&1).is_multiple_of(block) {
        return Err(bad("has rows that are no whole blocks"));
    }
    let length = (count / block).checked_mul(size);
    let start = usize::try_from(offset).ok().and_then(|offset| {
        offset
            .is_multiple_of(notes.alignment)
            .then(|| data_start.checked_add(offset))
            .flatten()
    });
    let start = start.ok_or_else(|| bad("is not aligned"))?;
    let end = length.and_then(|length| start.checked_add(length));
    let end = end.filter(|&end| end <= file.bytes().len());
    let bytes = start..end.ok_or_else(|| bad("ends behind the file"))?;
    if let Some(before) = notes.shapes.get(&name) {
        let folded = before
            .iter()
            .try_fold(1, |all: usize, &dim| all.checked_mul(dim));
        if folded != Some(count) {
            return Err(bad("was folded from another size"));
        }
        shape.clone_from(before);
    }
    let stored = Stored {
        file: file.clone(),
        shape,
        format,
        bytes,
        scale: None,
    };
    Ok((name, stored))
}

fn refuse_overlaps(file: &MappedFile, tensors: &[(String, Stored)]) -> Result<()> {
    let mut ranges: Vec<(usize, usize, &str)> = tensors
        .iter()
        .map(|(name, stored)| (stored.bytes.start, stored.bytes.end, name.as_str()))
        .collect();
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if let [(_, end, first), (start, _, second)] = pair
            && start < end
        {
            return Err(file.bad(format!("tensors {first} and {second} overlap")));
        }
    }
    Ok(())
}

fn format(kind: u32) -> Option<Format> {
    Some(match kind {
        0 => Format::F32,
        1 => Format::F16,
        2 => Format::Blocks(GgmlDType::Q4_0),
        3 => Format::Blocks(GgmlDType::Q4_1),
        6 => Format::Blocks(GgmlDType::Q5_0),
        7 => Format::Blocks(GgmlDType::Q5_1),
        8 => Format::Blocks(GgmlDType::Q8_0),
        10 => Format::Blocks(GgmlDType::Q2K),
        11 => Format::Blocks(GgmlDType::Q3K),
        12 => Format::Blocks(GgmlDType::Q4K),
        13 => Format::Blocks(GgmlDType::Q5K),
        14 => Format::Blocks(GgmlDType::Q6K),
        26 => Format::I32,
        27 => Format::I64,
        28 => Format::F64,
        30 => Format::BF16,
        _ => return None,
    })
}

/// What a kind of blocks that is not read is called.
fn kind_name(kind: u32) -> String {
    let name = match kind {
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => return format!("ggml type {kind}"),
    };
    format!("{name} (ggml type {kind})")
}

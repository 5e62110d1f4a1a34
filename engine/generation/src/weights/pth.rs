//! PyTorch's `.pth`: a zip file of a pickle and of plain numbers, which are mapped like any other.

use super::{
    mapped::MappedFile,
    pickle::{self, Pickle, Place, Value},
    stored::{Format, Stored},
};
use crate::{error::Result, limits};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// What a zip file begins with.
pub(super) const MAGIC: &[u8; 4] = b"PK\x03\x04";
/// What older files begin with: a pickled number, without a zip file around it.
pub(super) const OLD_MAGIC: &[u8; 6] = b"\x80\x02\x8a\x0a\x6c\xfc";

/// Bytes of a zip file's last record, without its remark.
const END_BYTES: usize = 22;
/// Longest remark.
const REMARK_BYTES_MAX: usize = 0xffff;
/// Stands for a number in the record of 64 bits.
const ELSEWHERE: u64 = 0xffff_ffff;

/// The tensors of `file`.
pub(super) fn tensors(file: &Arc<MappedFile>) -> Result<Vec<(String, Stored)>> {
    read(file).map_err(|reason| file.bad(reason))
}

fn read(file: &Arc<MappedFile>) -> Result<Vec<(String, Stored)>, String> {
    let bytes = file.bytes();
    let entries = entries(bytes)?;
    let (name, table) = entries
        .iter()
        .find(|(name, _)| *name == "data.pkl" || name.ends_with("/data.pkl"))
        .ok_or("it is a zip file, but none of PyTorch's")?;
    let folder = name.strip_suffix("data.pkl").unwrap_or_default();
    if let Some(order) = entries.get(&format!("{folder}byteorder"))
        && !bytes[order.clone()].starts_with(b"little")
    {
        return Err("its numbers are big-endian".into());
    }
    if table.len() > limits::PICKLE_BYTES_MAX {
        return Err(format!("its table of tensors has {} bytes", table.len()));
    }
    let pickle = pickle::read(&bytes[table.clone()])?;
    let tables = Tables {
        file,
        entries: &entries,
        folder,
        pickle: &pickle,
    };
    tables.tensors()
}

/// Where each file in the zip file lies.
fn entries(bytes: &[u8]) -> Result<BTreeMap<String, Range<usize>>, String> {
    const DAMAGED: &str = "its table of contents is damaged";
    let [mut count, size, mut start] = contents(bytes).ok_or(DAMAGED)?;
    let mut entries = BTreeMap::new();
    let end = start.checked_add(size).ok_or(DAMAGED)?;
    while count > 0 {
        let record = bytes.get(start..end.min(bytes.len())).ok_or(DAMAGED)?;
        let (name, range, length) = entry(bytes, record).ok_or(DAMAGED)?;
        let range = range.ok_or_else(|| format!("{name} in it is compressed"))?;
        if entries.insert(name.clone(), range).is_some() {
            return Err(format!("{name} is in it twice"));
        }
        start += length;
        count -= 1;
    }
    Ok(entries)
}

fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let mut all = [0; 8];
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    all[..size].copy_from_slice(bytes);
    Some(u64::from_le_bytes(all))
}

fn length(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    usize::try_from(number(bytes, at, size)?).ok()
}

/// Count, size and place of the table of contents.
fn contents(bytes: &[u8]) -> Option<[usize; 3]> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(REMARK_BYTES_MAX);
    let end = (first..=last)
        .rev()
        .find(|&at| bytes[at..].starts_with(b"PK\x05\x06"))?;
    let found = [
        length(bytes, end + 10, 2)?,
        length(bytes, end + 12, 4)?,
        length(bytes, end + 16, 4)?,
    ];
    let is_large = found[0] == 0xffff || found[1..].contains(&(ELSEWHERE as usize));
    let Some(locator) = end.checked_sub(20).filter(|_| is_large) else {
        return Some(found);
    };
    if !bytes[locator..].starts_with(b"PK\x06\x07") {
        return Some(found);
    }
    let end = length(bytes, locator + 8, 8)?;
    if !bytes.get(end..)?.starts_with(b"PK\x06\x06") {
        return None;
    }
    let at = |offset: usize| length(bytes, end.checked_add(offset)?, 8);
    Some([at(32)?, at(40)?, at(48)?])
}

/// Name and place of the file that `record` tells of (no place if it is compressed), and the record's length.
fn entry(bytes: &[u8], record: &[u8]) -> Option<(String, Option<Range<usize>>, usize)> {
    if !record.starts_with(b"PK\x01\x02") {
        return None;
    }
    let is_plain = number(record, 10, 2)? == 0;
    let mut packed = number(record, 20, 4)?;
    let mut whole = number(record, 24, 4)?;
    let mut offset = number(record, 42, 4)?;
    let [name_length, extra_length, remark_length] = [
        length(record, 28, 2)?,
        length(record, 30, 2)?,
        length(record, 32, 2)?,
    ];
    let name = record.get(46..46 + name_length)?;
    let mut extra = record.get(46 + name_length..46 + name_length + extra_length)?;
    while extra.len() >= 4 {
        let (kind, size) = (number(extra, 0, 2)?, length(extra, 2, 2)?);
        let mut at = 4;
        if kind == 1 {
            for value in [&mut whole, &mut packed, &mut offset] {
                if *value == ELSEWHERE {
                    *value = number(extra, at, 8)?;
                    at += 8;
                }
            }
        }
        extra = extra.get(4 + size..)?;
    }
    let offset = usize::try_from(offset).ok()?;
    let local = bytes.get(offset..)?;
    if !local.starts_with(MAGIC) {
        return None;
    }
    let start = offset + 30 + length(local, 26, 2)? + length(local, 28, 2)?;
    let end = start.checked_add(usize::try_from(whole).ok()?)?;
    if end > bytes.len() {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?.to_owned();
    let range = (is_plain && packed == whole).then_some(start..end);
    Some((name, range, 46 + name_length + extra_length + remark_length))
}

struct Tables<'a> {
    file: &'a Arc<MappedFile>,
    entries: &'a BTreeMap<String, Range<usize>>,
    folder: &'a str,
    pickle: &'a Pickle,
}

impl Tables<'_> {
    /// The tensors of the whole, or of the tables in it: of one table by their own names, of several behind its name.
    fn tensors(&self) -> Result<Vec<(String, Stored)>, String> {
        let Value::Dict(root) = self.value(self.pickle.root) else {
            return Err("what it holds is no table of tensors".into());
        };
        let own = self.table(root, "")?;
        if !own.is_empty() {
            return Ok(own);
        }
        let inner: Vec<(&str, &Vec<(Place, Place)>)> = root
            .iter()
            .filter_map(|&(key, value)| match (self.value(key), self.value(value)) {
                (Value::Text(name), Value::Dict(table)) => Some((name.as_str(), table)),
                _ => None,
            })
            .collect();
        if let [(_, only)] = &*inner {
            return self.table(only, "");
        }
        let mut all = Vec::new();
        for (name, table) in inner {
            all.extend(self.table(table, &format!("{name}."))?);
        }
        Ok(all)
    }

    fn table(
        &self,
        table: &[(Place, Place)],
        prefix: &str,
    ) -> Result<Vec<(String, Stored)>, String> {
        let mut tensors = Vec::new();
        for &(key, value) in table {
            if let (Value::Text(name), Value::Tensor(arguments)) =
                (self.value(key), self.value(value))
            {
                let stored = self.tensor(arguments);
                let stored = stored.map_err(|reason| format!("tensor {name} {reason}"))?;
                tensors.push((format!("{prefix}{name}"), stored));
            }
        }
        Ok(tensors)
    }

    fn value(&self, place: Place) -> &Value {
        self.pickle.values.get(place).unwrap_or(&Value::Other)
    }

    fn integer(&self, place: Place) -> Option<usize> {
        match self.value(place) {
            Value::Int(value) => usize::try_from(*value).ok(),
            _ => None,
        }
    }

    fn integers(&self, place: Place) -> Option<Vec<usize>> {
        match self.value(place) {
            Value::Tuple(items) => items.iter().map(|&item| self.integer(item)).collect(),
            _ => None,
        }
    }

    fn tensor(&self, arguments: &[Place]) -> Result<Stored, String> {
        const UNCLEAR: &str = "is not described as expected";
        let &[storage, offset, shape, strides, ..] = arguments else {
            return Err(UNCLEAR.into());
        };
        let (format, whole) = self.storage(storage)?;
        let offset = self.integer(offset).ok_or(UNCLEAR)?;
        let shape = self.integers(shape).ok_or(UNCLEAR)?;
        let strides = self.integers(strides).ok_or(UNCLEAR)?;
        if shape.len() > limits::AXES_MAX || strides.len() != shape.len() {
            return Err(UNCLEAR.into());
        }
        let mut count = 1_usize;
        for (&length, &stride) in shape.iter().zip(&strides).rev() {
            if length != 1 && stride != count {
                return Err("does not lie row after row".into());
            }
            count = count.checked_mul(length).ok_or("is too large")?;
        }
        let size = format.number_bytes().unwrap_or(1);
        let start = offset
            .checked_mul(size)
            .and_then(|skip| whole.start.checked_add(skip));
        let end = count
            .checked_mul(size)
            .and_then(|length| start?.checked_add(length));
        match (start, end) {
            (Some(start), Some(end)) if end <= whole.end => Ok(Stored {
                file: self.file.clone(),
                shape,
                format,
                bytes: start..end,
                scale: None,
            }),
            _ => Err("ends behind its numbers".into()),
        }
    }

    /// Format and place of the numbers that a pickle refers to as ("storage", kind, file, device, count).
    fn storage(&self, place: Place) -> Result<(Format, Range<usize>), String> {
        const UNCLEAR: &str = "refers to no numbers";
        let Value::Storage(id) = self.value(place) else {
            return Err(UNCLEAR.into());
        };
        let Value::Tuple(parts) = self.value(*id) else {
            return Err(UNCLEAR.into());
        };
        let &[_, kind, key, ..] = parts.as_slice() else {
            return Err(UNCLEAR.into());
        };
        let (Value::Class(kind), Value::Text(key)) = (self.value(kind), self.value(key)) else {
            return Err(UNCLEAR.into());
        };
        let format = match kind.as_str() {
            "torch.DoubleStorage" => Format::F64,
            "torch.FloatStorage" => Format::F32,
            "torch.HalfStorage" => Format::F16,
            "torch.BFloat16Storage" => Format::BF16,
            "torch.LongStorage" => Format::I64,
            "torch.IntStorage" => Format::I32,
            "torch.ByteStorage" => Format::U8,
            other => Format::Unknown(other.into()),
        };
        let range = self.entries.get(&format!("{}data/{key}", self.folder));
        Ok((
            format,
            range
                .cloned()
                .ok_or("has its numbers in a file that is missing")?,
        ))
    }
}

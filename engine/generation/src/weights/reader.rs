//! Numbers and names out of a header, none of them believed before it is there.

use super::mapped::MappedFile;
use crate::{error::Result, limits};

/// Walks over a file's first bytes, never beyond the largest header that is taken.
pub(super) struct Reader<'a> {
    file: &'a MappedFile,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a MappedFile) -> Self {
        let most = usize::try_from(limits::WEIGHTS_HEADER_BYTES_MAX).unwrap_or(usize::MAX);
        let end = file.bytes().len().min(most);
        Self { file, at: 0, end }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.end - self.at
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        if count > self.left() {
            let (at, left) = (self.at, self.left());
            let reason = format!("its header wants {count} bytes at {at}, where {left} are left");
            return Err(self.file.bad(reason));
        }
        let bytes = &self.file.bytes()[self.at..self.at + count];
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A count of things that take at least `least` bytes each.
    pub(super) fn count(&mut self, least: usize) -> Result<usize> {
        let count = self.u64()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.left() / least.max(1) => Ok(count),
            Ok(_) | Err(_) => Err(self.file.bad(format!(
                "its header claims {count} things in {} bytes",
                self.left()
            ))),
        }
    }

    /// Text with its length before it.
    pub(super) fn text(&mut self) -> Result<&'a str> {
        let length = self.count(1)?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|err| self.file.bad(format!("a name: {err}")))
    }
}

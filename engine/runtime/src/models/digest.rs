//! Hashes: what the hub promises of a file, and what its bytes are.

use super::meter::Meter;
use crate::{Error, error::Result};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::{fs::File, io::Read as _, path::Path};

/// Read at once; between two reads a cancel is noticed.
const CHUNK_BYTES: usize = 1 << 20;

/// What the hub promises of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// SHA-256 of a large file's bytes.
    Sha256(String),
    /// Git's name of a small file: SHA-1 of a header and the bytes.
    GitBlob(String),
}

impl Promise {
    /// Lower-case hexadecimal.
    pub fn hash(&self) -> &str {
        match self {
            Self::Sha256(hash) | Self::GitBlob(hash) => hash,
        }
    }
}

/// Both hashes of bytes as they come.
pub(super) struct Hasher {
    sha256: Sha256,
    blob: Sha1,
}

/// The hashes of a whole file.
pub(super) struct Hashes {
    /// SHA-256, as records keep it.
    pub sha256: String,
    blob: String,
}

impl Hasher {
    /// For a file of `size` bytes, which git's name includes.
    pub fn new(size: u64) -> Self {
        let mut blob = Sha1::new();
        blob.update(format!("blob {size}\0"));
        Self {
            sha256: Sha256::new(),
            blob,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8], promise: &Promise) {
        self.sha256.update(bytes);
        if matches!(promise, Promise::GitBlob(_)) {
            self.blob.update(bytes);
        }
    }

    /// The hashes of everything that came.
    pub fn finish(self) -> Hashes {
        Hashes {
            sha256: hexadecimal(&self.sha256.finalize()),
            blob: hexadecimal(&self.blob.finalize()),
        }
    }
}

impl Hashes {
    /// The one that a promise is about.
    pub fn of(&self, promise: &Promise) -> &str {
        match promise {
            Promise::Sha256(_) => &self.sha256,
            Promise::GitBlob(_) => &self.blob,
        }
    }
}

/// Size and SHA-256 of a file, told to the meter as it is read.
pub(super) fn hash_file(path: &Path, meter: &mut Meter<'_, '_>) -> Result<(u64, String)> {
    let io = |source| Error::io("Reading the model file", path)(source);
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer).map_err(io)?;
        if count == 0 {
            return Ok((size, hexadecimal(&hasher.finalize())));
        }
        hasher.update(&buffer[..count]);
        size += count as u64;
        meter.advance(count as u64)?;
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_hub() {
        let promise = Promise::GitBlob(String::new());
        let mut hasher = Hasher::new(12);
        hasher.update(b"hello ", &promise);
        hasher.update(b"world\n", &promise);
        let hashes = hasher.finish();
        // `printf 'hello world\n' | git hash-object --stdin` and `… | sha256sum`
        assert_eq!(
            hashes.of(&promise),
            "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
        );
        assert_eq!(
            hashes.of(&Promise::Sha256(String::new())),
            "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447"
        );
    }
}

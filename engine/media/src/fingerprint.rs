//! What tells one media file from another, wherever it lies.

use crate::{
    Error, Result,
    limits::{FINGERPRINT_BLOCK_BYTES, FINGERPRINT_INNER_BLOCKS},
};
use av::Fingerprint;
use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// Hashes a file's size, its first and last mebibyte and four blocks between; a moved or renamed file keeps its own.
pub fn fingerprint(path: &Path) -> Result<Fingerprint> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.into() },
        _ => Error::Unreadable {
            source,
            path: path.into(),
        },
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Error::NotMedia { path: path.into() });
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&metadata.len().to_le_bytes());
    let mut block = Vec::new();
    for start in block_starts(metadata.len()) {
        block.clear();
        file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        file.by_ref()
            .take(FINGERPRINT_BLOCK_BYTES)
            .read_to_end(&mut block)
            .map_err(unreadable)?;
        hasher.update(&block);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(Fingerprint(bytes))
}

/// Where the blocks begin: evenly from the first byte to the last block; small files are read whole.
fn block_starts(size: u64) -> Vec<u64> {
    let spans = FINGERPRINT_INNER_BLOCKS + 1;
    if size <= (spans + 1) * FINGERPRINT_BLOCK_BYTES {
        return (0..size)
            .step_by(FINGERPRINT_BLOCK_BYTES as usize)
            .collect();
    }
    let last = size - FINGERPRINT_BLOCK_BYTES;
    (0..=spans)
        .map(|n| last / spans * n + if n == spans { last % spans } else { 0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_small_files_and_reach_the_end_of_large_ones() {
        assert!(block_starts(0).is_empty());
        assert_eq!(block_starts(5), [0]);
        let size = 100 * FINGERPRINT_BLOCK_BYTES + 3;
        let starts = block_starts(size);
        assert_eq!(starts.len(), 6);
        assert_eq!(starts.last(), Some(&(size - FINGERPRINT_BLOCK_BYTES)));
    }

    #[test]
    fn content_decides_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut data = vec![7_u8; 9 << 20];
        std::fs::write(path("a"), &data).unwrap();
        std::fs::write(path("b"), &data).unwrap();
        *data.last_mut().unwrap() = 8;
        std::fs::write(path("c"), &data).unwrap();
        assert_eq!(
            fingerprint(&path("a")).unwrap(),
            fingerprint(&path("b")).unwrap()
        );
        assert_ne!(
            fingerprint(&path("a")).unwrap(),
            fingerprint(&path("c")).unwrap()
        );
        assert!(matches!(
            fingerprint(&path("d")),
            Err(Error::Missing { .. })
        ));
    }
}

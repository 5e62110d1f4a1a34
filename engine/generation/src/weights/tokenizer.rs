//! Reading the file that says how a model cuts words.

use crate::{
    error::{Error, Result},
    limits::TOKENIZER_BYTES_MAX,
};
use std::path::Path;
use tokenizers::Tokenizer;

/// Reads a `tokenizer.json` of at most [`TOKENIZER_BYTES_MAX`] bytes.
pub fn read_tokenizer(path: &Path) -> Result<Tokenizer> {
    let bad = |reason: String| Error::Tokenizer {
        reason,
        path: path.to_path_buf(),
    };
    let io = |source| Error::Io {
        what: "cannot read the tokenizer".into(),
        source,
        path: path.to_path_buf(),
    };
    let length = std::fs::metadata(path).map_err(io)?.len();
    if length > TOKENIZER_BYTES_MAX {
        return Err(bad(format!("it is too large: {length} bytes")));
    }
    let bytes = std::fs::read(path).map_err(io)?;
    Tokenizer::from_bytes(bytes).map_err(|error| bad(error.to_string()))
}

//! Which files make up a checkpoint: one, a list, a folder, or what an index names.

use crate::{
    error::{Error, Result},
    limits,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::{Component, Path, PathBuf},
};

/// How the name of an index ends.
const INDEX_SUFFIX: &str = ".safetensors.index.json";

/// The files of a checkpoint.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) files: Vec<PathBuf>,
    /// Which file an index promises each tensor in, and the index.
    pub(super) promised: BTreeMap<String, PathBuf>,
    pub(super) index: PathBuf,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files that `path` stands for.
pub(super) fn parts(path: &Path) -> Result<Parts> {
    if path.is_dir() {
        return folder(path);
    }
    if path.to_string_lossy().ends_with(INDEX_SUFFIX) {
        return index(path);
    }
    Ok(Parts {
        files: vec![path.to_path_buf()],
        ..Parts::default()
    })
}

fn bad(path: &Path, reason: impl Into<String>) -> Error {
    Error::WeightsFormat {
        reason: reason.into(),
        path: path.to_path_buf(),
    }
}

fn folder(path: &Path) -> Result<Parts> {
    let io = |source| Error::Io {
        what: "cannot list the weights folder".into(),
        source,
        path: path.to_path_buf(),
    };
    let (mut indices, mut files) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        let name = file.to_string_lossy();
        let extension = file.extension().unwrap_or_default().to_ascii_lowercase();
        if name.ends_with(INDEX_SUFFIX) {
            indices.push(file);
        } else if ["safetensors", "gguf", "pth"]
            .iter()
            .any(|known| extension == *known)
        {
            files.push(file);
        }
    }
    files.sort();
    match (&*indices, &*files) {
        ([only], _) => index(only),
        ([], [_]) => Ok(Parts {
            files,
            ..Parts::default()
        }),
        ([], []) => Err(bad(path, "the folder holds no weights")),
        ([], several) if is_whole_set(several) => Ok(Parts {
            files,
            ..Parts::default()
        }),
        ([], several) | (several, _) => {
            let names: Vec<String> = several.iter().map(|file| file_name(file)).collect();
            let names = names.join(", ");
            let reason = format!("the folder holds several checkpoints, name one: {names}");
            Err(bad(path, reason))
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether the files are called `…-00001-of-00003.…` and none is missing.
fn is_whole_set(files: &[PathBuf]) -> bool {
    files.iter().enumerate().all(|(index, file)| {
        let ending = format!("-{:05}-of-{:05}", index + 1, files.len());
        let stem = file.file_stem().unwrap_or_default();
        stem.to_string_lossy().ends_with(&ending)
    })
}

fn index(path: &Path) -> Result<Parts> {
    let io = |source| Error::Io {
        what: "cannot read the index of the weights".into(),
        source,
        path: path.to_path_buf(),
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let most = limits::WEIGHTS_HEADER_BYTES_MAX;
    let mut text = Vec::new();
    file.take(most + 1).read_to_end(&mut text).map_err(io)?;
    if text.len() as u64 > most {
        return Err(bad(path, format!("the index is larger than {most} bytes")));
    }
    let index: Index =
        serde_json::from_slice(&text).map_err(|err| bad(path, format!("as an index: {err}")))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut promised = BTreeMap::new();
    let mut files = BTreeSet::new();
    for (name, file) in index.weight_map {
        let mut components = Path::new(&file).components();
        let is_plain = matches!(
            (components.next(), components.next()),
            (Some(Component::Normal(_)), None)
        );
        if !is_plain {
            let reason = format!("the index names the file {file:?}, which is not beside it");
            return Err(bad(path, reason));
        }
        let file = folder.join(file);
        files.insert(file.clone());
        promised.insert(name, file);
    }
    if files.is_empty() {
        return Err(bad(path, "the index names no files"));
    }
    Ok(Parts {
        files: files.into_iter().collect(),
        promised,
        index: path.to_path_buf(),
    })
}

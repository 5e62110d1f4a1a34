//! What files are: the part of a model that each is, told by its content, and whether parts fit together.

use super::{
    error::ModelsError,
    limits::{ADOPT_DEPTH_MAX, ADOPT_FILES_MAX, ANSWER_BYTES_MAX},
};
use crate::{Error, error::Result};
use generation::{
    Weights,
    installed::{Role, RunDefaults},
    models::{
        wan::{
            config::TransformerConfig,
            detect::{Kind, detect},
        },
        whisper::is_whisper,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// One part of a model: a checkpoint of one or several files, or a tokenizer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Its files, in order.
    pub files: Vec<PathBuf>,
    /// What it is.
    pub content: Content,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// Weights.
    Weights(Box<Kind>),
    /// What hears speech.
    SpeechToText,
    /// `tokenizer.json`.
    Tokenizer,
}

impl Found {
    /// What it is for; of two transformers the caller decides.
    pub fn role(&self) -> Role {
        match &self.content {
            Content::Tokenizer => Role::Tokenizer,
            Content::SpeechToText => Role::SpeechToText,
            Content::Weights(kind) => match **kind {
                Kind::Transformer(_) => Role::Transformer,
                Kind::Vae21(_) | Kind::Vae22(_) => Role::Vae,
                Kind::TinyVae(_) => Role::TinyVae,
                Kind::TextEncoder(_) => Role::TextEncoder,
                Kind::Lora => Role::Lora,
            },
        }
    }

    /// The transformer's sizes, if it is one.
    pub fn transformer(&self) -> Option<&TransformerConfig> {
        match &self.content {
            Content::Weights(kind) => match &**kind {
                Kind::Transformer(config) => Some(config),
                Kind::Vae21(_)
                | Kind::Vae22(_)
                | Kind::TinyVae(_)
                | Kind::TextEncoder(_)
                | Kind::Lora => None,
            },
            Content::Tokenizer | Content::SpeechToText => None,
        }
    }
}

/// A part's name, for people.
pub(super) fn role_words(role: Role) -> &'static str {
    match role {
        Role::Transformer => "transformer",
        Role::TransformerLowNoise => "transformer for low noise",
        Role::Vae => "VAE",
        Role::TinyVae => "small VAE",
        Role::TextEncoder => "text encoder",
        Role::SpeechToText => "speech recognizer",
        Role::Tokenizer => "tokenizer (tokenizer.json)",
        Role::Lora => "LoRA",
        Role::Config => "config",
        Role::License => "licence",
    }
}

/// Every part in `path`: a file, or a folder with everything some levels below it. What lies in a folder and is no part
/// is left out; a file that was named must be one.
pub(super) fn parts_in(path: &Path) -> Result<Vec<Found>> {
    let metadata = fs::metadata(path).map_err(Error::io("Reading the file", path))?;
    if !metadata.is_dir() {
        return Ok(vec![one(vec![path.to_owned()])?]);
    }
    let mut found = Vec::new();
    for files in grouped(&files_in(path)?) {
        match one(files) {
            Ok(part) => found.push(part),
            Err(error) => log::info!("not a part of a model: {error}"),
        }
    }
    if found.is_empty() {
        return Err(Error::Models(ModelsError::NothingFound {
            path: path.to_owned(),
        }));
    }
    Ok(found)
}

fn one(files: Vec<PathBuf>) -> Result<Found> {
    let first = &files[0];
    let content = if has_ending(first, "json") {
        tokenizer(first)?;
        Content::Tokenizer
    } else {
        let weights = Weights::open_all(&files)?;
        if is_whisper(&weights) {
            Content::SpeechToText
        } else {
            Content::Weights(Box::new(detect(&weights)?))
        }
    };
    Ok(Found { files, content })
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// A tokenizer says what model it is; other files with the same ending do not.
fn tokenizer(path: &Path) -> Result<()> {
    let not_one = |reason: &str| {
        Error::Models(ModelsError::NotAPart {
            reason: reason.into(),
            path: path.to_owned(),
        })
    };
    let io = Error::io("Reading the tokenizer", path);
    let length = fs::metadata(path).map(|metadata| metadata.len());
    let length = match length {
        Ok(length) => length,
        Err(source) => return Err(io(source)),
    };
    // The family's own has 17 MB.
    if length > 4 * ANSWER_BYTES_MAX as u64 {
        return Err(not_one("it is too large for a tokenizer"));
    }
    let text = fs::read(path).map_err(io)?;
    let parsed: serde_json::Value =
        serde_json::from_slice(&text).map_err(|_syntax| not_one("it is no JSON"))?;
    let kind = parsed.get("model").and_then(|model| model.get("type"));
    match kind {
        Some(_) => Ok(()),
        None => Err(not_one("it is no tokenizer")),
    }
}

/// Files that may be parts, below a folder; links to files count, links to folders do not.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let io = |source| Error::io("Looking into the folder", &folder)(source);
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let kind = entry.file_type().map_err(io)?;
            let path = entry.path();
            let is_weights = ["safetensors", "gguf", "pth"]
                .iter()
                .any(|ending| has_ending(&path, ending));
            if kind.is_dir() && depth < ADOPT_DEPTH_MAX {
                folders.push((path, depth + 1));
            } else if !kind.is_dir() && (is_weights || entry.file_name() == "tokenizer.json") {
                found.insert(path);
            }
            if found.len() > ADOPT_FILES_MAX {
                return Err(Error::Models(ModelsError::NotAPart {
                    reason: format!("it holds more than {ADOPT_FILES_MAX} files"),
                    path: folder,
                }));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Files that belong together by their names, `…-00001-of-00003.…`.
fn grouped(files: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut groups: BTreeMap<(PathBuf, Option<String>), Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let key = match shard_stem(&stem) {
            Some(set) => (file.with_file_name(""), Some(set)),
            None => (file.clone(), None),
        };
        groups.entry(key).or_default().push(file.clone());
    }
    groups.into_values().collect()
}

/// "model-of-00003" for "model-00001-of-00003".
fn shard_stem(stem: &str) -> Option<String> {
    let (front, total) = stem.rsplit_once("-of-")?;
    let (name, number) = front.rsplit_once('-')?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(number) && is_number(total)).then(|| format!("{name}-of-{total}"))
}

/// What a transformer can be asked for, one sentence without a full stop.
pub(super) fn what_it_does(config: &TransformerConfig) -> &'static str {
    match config.in_channels {
        _ if !config.vace_layers.is_empty() => super::catalogue::VACE_WHAT,
        36 => "Lets pictures move: from a first frame, or a first and a last",
        48 => "Makes clips from words, or from a first frame",
        _ => "Makes clips from words",
    }
}

/// How a model wants to be run that says nothing itself: what its publishers use for one of its kind.
pub(super) fn usual_defaults(config: &TransformerConfig, has_two_experts: bool) -> RunDefaults {
    let is_small = config.dim() <= 2_048;
    let from_picture = config.in_channels == 36;
    let (num_inference_steps, guidance_scale, flow_shift) = match (has_two_experts, is_small) {
        (true, _) if from_picture => (40, 3.5, 5.0),
        (true, _) => (40, 3.5, 12.0),
        (false, true) => (30, 5.0, 3.0),
        (false, false) if config.in_channels == 48 => (50, 5.0, 5.0),
        (false, false) => (30, 5.0, 5.0),
    };
    RunDefaults {
        sampler: "unipc".into(),
        num_inference_steps,
        guidance_scale,
        flow_shift,
        boundary: has_two_experts.then_some(if from_picture { 0.9 } else { 0.875 }),
        area_max: if is_small {
            super::catalogue::AREA_480P
        } else {
            super::catalogue::AREA_720P
        },
        is_experimental: false,
    }
}

/// Why these parts are of different models; `None` when they fit.
pub(super) fn misfit(parts: &[(Role, &Found)]) -> Option<String> {
    let transformers: Vec<&TransformerConfig> = parts
        .iter()
        .filter_map(|(_role, part)| part.transformer())
        .collect();
    let first = transformers.first()?;
    if transformers.iter().any(|other| other != first) {
        return Some("the two transformers are not of one model".into());
    }
    parts.iter().find_map(|(_role, part)| {
        let Content::Weights(kind) = &part.content else {
            return None;
        };
        let (name, channels, wanted) = match &**kind {
            Kind::Vae21(config) | Kind::Vae22(config) => ("VAE", config.z_dim, first.out_channels),
            Kind::TinyVae(config) => ("small VAE", config.z_dim, first.out_channels),
            Kind::TextEncoder(config) => ("text encoder", config.d_model, first.text_dim),
            Kind::Transformer(_) | Kind::Lora => return None,
        };
        (channels != wanted)
            .then(|| format!("the {name} has {channels} channels, the transformer wants {wanted}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::models::wan::config::VaeConfig;

    #[test]
    fn files_of_one_checkpoint_stay_together() {
        let files: Vec<PathBuf> = [
            "a/model-00001-of-00002.safetensors",
            "a/model-00002-of-00002.safetensors",
            "a/other-00001-of-00002.safetensors",
            "b/model-00001-of-00002.safetensors",
            "b/tokenizer.json",
            "b/wan-of-fame.safetensors",
        ]
        .iter()
        .map(PathBuf::from)
        .collect();
        let groups = grouped(&files);
        let mut sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 1, 1, 2], "{groups:?}");
        assert!(groups.contains(&files[..2].to_vec()));
    }

    #[test]
    fn parts_of_different_models_are_told() {
        let part = |kind| Found {
            files: Vec::new(),
            content: Content::Weights(Box::new(kind)),
        };
        let small = part(Kind::Transformer(TransformerConfig::vace_1_3b()));
        let large = part(Kind::Transformer(TransformerConfig::vace_14b()));
        let vae = part(Kind::Vae21(VaeConfig::wan_2_1()));
        let vae22 = part(Kind::Vae22(VaeConfig::wan_2_2()));
        let fits = [(Role::Transformer, &small), (Role::Vae, &vae)];
        assert_eq!(misfit(&fits), None);
        let experts = [
            (Role::Transformer, &small),
            (Role::TransformerLowNoise, &large),
        ];
        assert!(misfit(&experts).unwrap().contains("not of one model"));
        let mixed = [(Role::Transformer, &small), (Role::Vae, &vae22)];
        assert!(misfit(&mixed).unwrap().contains("48 channels"));
    }
}

//! Adopting: files that the user has already become a model where they are. Nothing is copied or moved.

use super::{
    digest::hash_file,
    error::ModelsError,
    meter::Meter,
    parts::{Found, misfit, parts_in, role_words, usual_defaults},
    taken,
};
use crate::{
    Error,
    error::Result,
    export::OnProgress,
    project_file::{folder_of, write_whole},
};
use generation::installed::{
    InstalledModel, ModelFile, ModelRecord, RECORD_FILE, RECORD_SCHEMA, Role, RunDefaults, is_id,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What is to be adopted, and how.
#[derive(Debug, Clone, Default)]
pub struct Adoption {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Low-rank changes with their strengths.
    pub loras: Vec<(PathBuf, f64)>,
    /// Of two transformers, the one for low noise, where their names do not say it.
    pub low_noise: Option<PathBuf>,
    /// Id; made from the first path without one.
    pub id: Option<String>,
    /// Shown name; the id without one.
    pub name: Option<String>,
    /// Licence, as the user knows it.
    pub license: Option<String>,
    /// How it is run, where that is not what is usual for its kind.
    pub run: RunChoices,
}

/// Choices in place of what is usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunChoices {
    /// Sampler.
    pub sampler: Option<String>,
    /// Steps.
    pub num_inference_steps: Option<i64>,
    /// Guidance.
    pub guidance_scale: Option<f64>,
    /// Shift of the noise levels.
    pub flow_shift: Option<f64>,
}

/// The parts that every model needs that makes pictures.
const NEEDED: [Role; 4] = [
    Role::Transformer,
    Role::Vae,
    Role::TextEncoder,
    Role::Tokenizer,
];

/// The parts that every model needs that writes down speech.
const NEEDED_TO_LISTEN: [Role; 2] = [Role::SpeechToText, Role::Tokenizer];

/// Looks at the files, hashes them and writes a record below `models_folder`.
pub fn adopt(
    models_folder: &Path,
    adoption: &Adoption,
    on_progress: &mut OnProgress<'_>,
) -> Result<InstalledModel> {
    let id = match &adoption.id {
        Some(id) => id.clone(),
        None => id_of(adoption),
    };
    taken(models_folder, &id)?;
    let parts = gather(adoption)?;
    let parts = assign(&parts, adoption.low_noise.as_deref())?;
    if let Some(reason) = misfit(&parts) {
        return Err(Error::Models(ModelsError::Misfit { reason }));
    }
    let transformer = parts.iter().find_map(|(_role, part)| part.transformer());
    let has_two = (parts.iter()).any(|(role, _part)| *role == Role::TransformerLowNoise);
    let usual = transformer.map(|transformer| usual_defaults(transformer, has_two));
    let defaults = chosen(usual.unwrap_or_default(), &adoption.run);
    let files = hashed(&parts, adoption, on_progress)?;
    let record = ModelRecord {
        schema: RECORD_SCHEMA,
        name: adoption.name.clone().unwrap_or_else(|| id.clone()),
        id,
        license: (adoption.license.clone()).unwrap_or_else(|| "not stated".into()),
        source: source_of(adoption)?,
        origins: Vec::new(),
        files,
        defaults,
    };
    let folder = models_folder.join(&record.id);
    let is_taken = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        return Err(Error::Models(ModelsError::FolderInTheWay { path: folder }));
    }
    let text = serde_json::to_vec_pretty(&record).map_err(|error| Error::Unsuitable {
        reason: format!("the model's record cannot be written: {error}"),
    })?;
    write_whole(&folder.join(RECORD_FILE), &text).map_err(super::partial::full_disk)?;
    Ok(InstalledModel { folder, record })
}

/// Every part among the paths, each file once.
fn gather(adoption: &Adoption) -> Result<Vec<Found>> {
    let mut parts: Vec<Found> = Vec::new();
    for path in adoption.paths.iter().chain(&adoption.low_noise) {
        for part in parts_in(&whole(path)?)? {
            if !parts.iter().any(|known| known.files == part.files) {
                parts.push(part);
            }
        }
    }
    Ok(parts)
}

fn whole(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path).map_err(Error::io("Finding the file", path))?;
    if path.to_str().is_none() {
        return Err(Error::Models(ModelsError::PathNotText { path }));
    }
    Ok(path)
}

/// One part for each role; several that could be the same, and roles without one, are errors.
fn assign<'a>(parts: &'a [Found], low_noise: Option<&Path>) -> Result<Vec<(Role, &'a Found)>> {
    let has = |role| parts.iter().any(|part| part.role() == role);
    let hears = has(Role::SpeechToText);
    if hears && has(Role::Transformer) {
        let reason = "one writes down speech, the other makes pictures; adopt one after the other";
        return Err(Error::Models(ModelsError::Misfit {
            reason: reason.into(),
        }));
    }
    let mut assigned: Vec<(Role, &Found)> = Vec::new();
    for role in [
        Role::SpeechToText,
        Role::Transformer,
        Role::Vae,
        Role::TinyVae,
        Role::TextEncoder,
        Role::Tokenizer,
    ] {
        let of_role: Vec<&Found> = parts.iter().filter(|part| part.role() == role).collect();
        match of_role[..] {
            [] => {}
            [only] => assigned.push((role, only)),
            [first, second] if role == Role::Transformer => {
                let low = [first, second].map(|part| is_for_low_noise(part, low_noise));
                match low {
                    [true, false] => assigned.extend([
                        (Role::Transformer, second),
                        (Role::TransformerLowNoise, first),
                    ]),
                    [false, true] => assigned.extend([
                        (Role::Transformer, first),
                        (Role::TransformerLowNoise, second),
                    ]),
                    [true, true] | [false, false] => return Err(ambiguous(role, &of_role)),
                }
            }
            _ => return Err(ambiguous(role, &of_role)),
        }
    }
    let needed: &[Role] = if hears { &NEEDED_TO_LISTEN } else { &NEEDED };
    let missing = needed
        .iter()
        .filter(|role| !assigned.iter().any(|(found, _part)| found == *role));
    let missing: Vec<&str> = missing.map(|role| role_words(*role)).collect();
    if missing.is_empty() {
        return Ok(assigned);
    }
    let found: Vec<&str> = parts.iter().map(|part| role_words(part.role())).collect();
    Err(Error::Models(ModelsError::PartsMissing {
        missing: missing.join(", no "),
        found: if found.is_empty() {
            "nothing".into()
        } else {
            found.join(", ")
        },
    }))
}

/// Two experts have the same tensors; only the user, or the name of file or folder, tells them apart.
fn is_for_low_noise(part: &Found, said: Option<&Path>) -> bool {
    if let Some(said) = said {
        let said = std::path::absolute(said).unwrap_or_else(|_unfindable| said.to_owned());
        return part.files.iter().any(|file| file.starts_with(&said));
    }
    let first = &part.files[0];
    let in_folder = folder_of(first).file_name() == Some("transformer_2".as_ref());
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    in_folder || name.to_ascii_lowercase().contains("low")
}

fn ambiguous(role: Role, parts: &[&Found]) -> Error {
    Error::Models(ModelsError::Ambiguous {
        part: role_words(role).into(),
        paths: parts.iter().map(|part| part.files[0].clone()).collect(),
    })
}

fn hashed(
    parts: &[(Role, &Found)],
    adoption: &Adoption,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<ModelFile>> {
    let mut wanted: Vec<(Role, PathBuf, f64)> = Vec::new();
    let mut configs = BTreeSet::new();
    for (role, part) in parts {
        for file in &part.files {
            wanted.push((*role, file.clone(), 1.0));
            // It says what the shapes of tensors cannot, so it is a part of the model.
            let config = file.with_file_name("config.json");
            if *role != Role::Tokenizer && config.is_file() && configs.insert(config.clone()) {
                wanted.push((Role::Config, config, 1.0));
            }
        }
    }
    for (path, strength) in &adoption.loras {
        let path = whole(path)?;
        match &parts_in(&path)?[..] {
            [only] if only.role() == Role::Lora && !path.is_dir() => {
                wanted.push((Role::Lora, path, *strength));
            }
            _ => {
                return Err(Error::Models(ModelsError::NotAPart {
                    reason: "it is no LoRA".into(),
                    path,
                }));
            }
        }
    }
    let mut total = 0;
    for (_role, path, _strength) in &wanted {
        let metadata = std::fs::metadata(path).map_err(Error::io("Reading the file", path))?;
        total += metadata.len();
    }
    let mut meter = Meter::new(on_progress, total);
    let mut files = Vec::new();
    for (role, path, strength) in wanted {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        meter.label(format!("Hashing {name}"));
        let (size_bytes, sha256) = hash_file(&path, &mut meter)?;
        files.push(ModelFile {
            role,
            path,
            size_bytes,
            sha256,
            strength,
        });
    }
    meter.finish()?;
    Ok(files)
}

fn chosen(usual: RunDefaults, choices: &RunChoices) -> RunDefaults {
    RunDefaults {
        sampler: choices.sampler.clone().unwrap_or(usual.sampler),
        num_inference_steps: choices
            .num_inference_steps
            .unwrap_or(usual.num_inference_steps),
        guidance_scale: choices.guidance_scale.unwrap_or(usual.guidance_scale),
        flow_shift: choices.flow_shift.unwrap_or(usual.flow_shift),
        ..usual
    }
}

fn source_of(adoption: &Adoption) -> Result<String> {
    let mut paths = Vec::new();
    for path in &adoption.paths {
        paths.push(whole(path)?.display().to_string());
    }
    Ok(paths.join(", "))
}

/// An id made of the first path's name.
fn id_of(adoption: &Adoption) -> String {
    let first = adoption.paths.first().and_then(|path| whole(path).ok());
    let name = first.as_deref().and_then(|path| {
        let is_folder = path.is_dir();
        if is_folder {
            path.file_name()
        } else {
            path.file_stem()
        }
    });
    let name = name.unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || ".-_".contains(c) {
            c
        } else {
            '-'
        }
    };
    let id: String = name.chars().map(plain).take(48).collect();
    let id = id.trim_matches(['.', '-', '_']).to_owned();
    if is_id(&id) { id } else { "model".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_names() {
        let folder = tempfile::tempdir().unwrap();
        let of = |path: PathBuf| {
            id_of(&Adoption {
                paths: vec![path],
                ..Adoption::default()
            })
        };
        let inside = folder.path().join("Wan2.1 VACE (1.3B)");
        std::fs::create_dir(&inside).unwrap();
        assert_eq!(of(inside), "wan2.1-vace--1.3b");
        assert_eq!(
            of("/models/vace_1.3B_fp16.safetensors".into()),
            "vace_1.3b_fp16"
        );
        assert_eq!(of("/models/模型.gguf".into()), "model");
    }
}

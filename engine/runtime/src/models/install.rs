//! Installing: first a plan from the hub's own answers, shown and agreed to; then the files, each checked; then the
//! record; then the name.

use super::{
    catalogue::{Installable, Part, PartFiles},
    digest::{Promise, hash_file},
    download::{Wanted, fetch},
    error::ModelsError,
    hub::{Hub, HubFile, Repository, bad_answer},
    limits,
    meter::Meter,
    partial::{Partial, full_disk},
    taken,
};
use crate::{Error, error::Result, export::OnProgress, project_file::write_whole};
use generation::installed::{
    InstalledModel, ModelFile, ModelRecord, Origin, RECORD_FILE, RECORD_SCHEMA, Role,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What installing a model would do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The model.
    pub model: Installable,
    /// Its repositories, each at one commit.
    pub repositories: Vec<Repository>,
    /// What is downloaded.
    pub files: Vec<PlannedFile>,
    /// Bytes that are here already from an earlier try.
    pub here_bytes: u64,
    /// Free on the disk.
    pub free_bytes: u64,
}

/// One file of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// What it is for.
    pub role: Role,
    /// Index into the repositories.
    pub repository: usize,
    /// What the hub says of it.
    pub file: HubFile,
    /// Where it comes to lie in the model's folder, with slashes.
    pub path: String,
}

impl Plan {
    /// Bytes of all files.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.file.size_bytes).sum()
    }

    /// The licences that the publishers state now, each once, with the repository.
    pub fn licenses(&self) -> Vec<(&str, &str)> {
        let stated = |repository: &Repository| repository.license.is_some();
        let named = self.repositories.iter().map(|repository| {
            let license = repository.license.as_deref();
            (repository.id.as_str(), license.unwrap_or("not stated"))
        });
        if self.repositories.iter().any(stated) {
            named.collect()
        } else {
            let license = self.model.license.as_str();
            named.map(|(id, _not_stated)| (id, license)).collect()
        }
    }

    /// The first licence that is not the catalogue's, as an error to show or to end with.
    pub fn license_change(&self) -> Option<Error> {
        let changed = self.repositories.iter().find_map(|repository| {
            let license = repository.license.as_ref()?;
            let is_same = license.eq_ignore_ascii_case(&self.model.license);
            (!is_same).then_some((repository, license))
        });
        changed.map(|(repository, license)| {
            Error::Models(ModelsError::LicenseChanged {
                id: repository.id.clone(),
                expected: self.model.license.clone(),
                found: license.clone(),
            })
        })
    }
}

/// Asks the hub what installing `model` below `models_folder` means; nothing is written.
pub fn plan(
    models_folder: &Path,
    model: Installable,
    hub: &Hub,
    on_progress: &mut OnProgress<'_>,
) -> Result<Plan> {
    taken(models_folder, &model.id)?;
    let mut meter = Meter::new(on_progress, 0);
    meter.label(format!("Asking {}", hub.host()));
    let mut repositories: Vec<Repository> = Vec::new();
    let mut files = Vec::new();
    for part in &model.parts {
        let known = repositories.iter().position(|it| it.id == part.repository);
        let index = if let Some(index) = known {
            index
        } else {
            repositories.push(hub.repository(&part.repository, &mut || meter.tick())?);
            repositories.len() - 1
        };
        for file in part_files(hub, &repositories[index], part, &mut meter)? {
            files.push(planned(part.role, index, file)?);
        }
        files.extend(config_file(part, index, &repositories[index]));
    }
    for (index, repository) in repositories.iter().enumerate() {
        files.extend(license_file(index, repository));
    }
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    if paths.len() != files.len() {
        return Err(bad_answer(&model.id, "two files have the same name".into()));
    }
    let partial = models_folder.join(format!("{}{}", super::partial::PARTIAL_PREFIX, model.id));
    Ok(Plan {
        here_bytes: super::partial::size_bytes(&partial),
        free_bytes: free_bytes(models_folder)?,
        model,
        repositories,
        files,
    })
}

/// The part of a checkpoint's index that is used: which file each tensor is in.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

fn part_files(
    hub: &Hub,
    repository: &Repository,
    part: &Part,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<HubFile>> {
    let find = |path: &str| {
        repository.file(path).cloned().ok_or_else(|| {
            Error::Models(ModelsError::NotOnHub {
                what: format!("{path} in {}", repository.id),
                host: hub.host().into(),
            })
        })
    };
    let stem = match &part.files {
        PartFiles::File(path) => return Ok(vec![find(path)?]),
        PartFiles::Checkpoint(stem) => stem,
    };
    let Some(index) = repository.file(&format!("{stem}.safetensors.index.json")) else {
        return Ok(vec![find(&format!("{stem}.safetensors"))?]);
    };
    let content = hub.small_file(repository, index, &mut || meter.tick())?;
    let parsed: Index = serde_json::from_slice(&content)
        .map_err(|error| bad_answer(&index.path, error.to_string()))?;
    let folder = stem.rsplit_once('/').map_or("", |(folder, _name)| folder);
    let names: BTreeSet<String> = parsed.weight_map.into_values().collect();
    if names.is_empty() {
        return Err(bad_answer(&index.path, "it names no files".into()));
    }
    // A file that the hub does not list is not found, whatever its name tries to lead to.
    let paths = names.iter().map(|name| format!("{folder}/{name}"));
    paths
        .map(|path| find(path.trim_start_matches('/')))
        .collect()
}

/// The description beside a checkpoint, where there is one.
fn config_file(part: &Part, index: usize, repository: &Repository) -> Option<PlannedFile> {
    let PartFiles::Checkpoint(stem) = &part.files else {
        return None;
    };
    let (folder, _name) = stem.rsplit_once('/')?;
    Some(PlannedFile {
        role: Role::Config,
        repository: index,
        file: repository.file(&format!("{folder}/config.json"))?.clone(),
        path: format!("{}/config.json", folder_of_role(part.role)),
    })
}

fn planned(role: Role, repository: usize, file: HubFile) -> Result<PlannedFile> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !is_plain || name.starts_with('.') || name.is_empty() {
        return Err(bad_answer(&file.path, "its name is not plain".into()));
    }
    Ok(PlannedFile {
        role,
        repository,
        path: format!("{}/{name}", folder_of_role(role)),
        file,
    })
}

fn folder_of_role(role: Role) -> &'static str {
    match role {
        Role::Transformer => "transformer",
        Role::TransformerLowNoise => "transformer_2",
        Role::Vae => "vae",
        Role::TinyVae => "tiny_vae",
        Role::TextEncoder => "text_encoder",
        Role::SpeechToText => "speech_to_text",
        Role::Tokenizer => "tokenizer",
        Role::Lora => "lora",
        Role::Config => "config",
        Role::License => "license",
    }
}

/// The text of a repository's licence, where it has one.
fn license_file(index: usize, repository: &Repository) -> Option<PlannedFile> {
    let names = ["LICENSE", "LICENSE.txt", "LICENSE.md"];
    let file = names.iter().find_map(|name| repository.file(name))?;
    let owner_and_name = repository.id.replace('/', "-");
    Some(PlannedFile {
        role: Role::License,
        repository: index,
        path: format!("license/{owner_and_name}.txt"),
        file: file.clone(),
    })
}

/// Downloads what a plan says and makes it a model. What fails leaves only the `.partial-ID` folder, from which the
/// next try goes on.
pub fn install(
    models_folder: &Path,
    plan: &Plan,
    hub: &Hub,
    on_progress: &mut OnProgress<'_>,
) -> Result<InstalledModel> {
    taken(models_folder, &plan.model.id)?;
    std::fs::create_dir_all(models_folder)
        .map_err(Error::io("Making the models folder", models_folder))?;
    let mut partial = Partial::open(models_folder, &plan.model.id)?;
    let mut meter = Meter::new(on_progress, plan.total_bytes());
    let twins = Twins::of(models_folder)?;
    room(plan, &partial, &twins, models_folder)?;
    partial.notes.total_bytes = plan.total_bytes();
    let mut files = Vec::new();
    for (number, file) in (1..).zip(&plan.files) {
        meter.label(format!(
            "Downloading {} ({number} of {})",
            file.path,
            plan.files.len()
        ));
        let sha256 = one_file(hub, plan, file, &mut partial, &twins, &mut meter)?;
        files.push(ModelFile {
            role: file.role,
            path: PathBuf::from(&file.path),
            size_bytes: file.file.size_bytes,
            sha256,
            strength: 1.0,
        });
    }
    let record = record(plan, files);
    let text = serde_json::to_vec_pretty(&record).map_err(|error| Error::Unsuitable {
        reason: format!("the model's record cannot be written: {error}"),
    })?;
    write_whole(&partial.folder.join(RECORD_FILE), &text).map_err(full_disk)?;
    let folder = models_folder.join(&plan.model.id);
    partial.finish(&folder)?;
    meter.finish()?;
    Ok(InstalledModel { folder, record })
}

/// Whether the rest of the plan fits on the disk.
fn room(plan: &Plan, partial: &Partial, twins: &Twins, models_folder: &Path) -> Result<()> {
    let linked = plan
        .files
        .iter()
        .filter(|file| twins.find(&file.file).is_some());
    let linked: u64 = linked.map(|file| file.file.size_bytes).sum();
    let here = partial.size_bytes().saturating_add(linked);
    let needed_bytes = plan.total_bytes().saturating_sub(here);
    let free_bytes = free_bytes(models_folder)?;
    if needed_bytes == 0 || needed_bytes.saturating_add(limits::SPACE_LEFT_BYTES) <= free_bytes {
        return Ok(());
    }
    Err(Error::Models(ModelsError::NoSpace {
        needed_bytes,
        free_bytes,
        path: models_folder.to_owned(),
    }))
}

/// Free bytes where `folder` is or will be.
pub(super) fn free_bytes(folder: &Path) -> Result<u64> {
    let whole = std::path::absolute(folder).map_err(Error::io("Finding the folder", folder))?;
    let existing = whole.ancestors().find(|folder| folder.exists());
    let existing = existing.unwrap_or(&whole);
    fs4::available_space(existing).map_err(Error::io("Asking for the free space", existing))
}

fn one_file(
    hub: &Hub,
    plan: &Plan,
    planned: &PlannedFile,
    partial: &mut Partial,
    twins: &Twins,
    meter: &mut Meter<'_, '_>,
) -> Result<String> {
    let (path, file) = (planned.path.as_str(), &planned.file);
    let promise = file.promise.hash();
    if let Some(sha256) = partial.whole(path, promise, file.size_bytes) {
        let sha256 = sha256.to_owned();
        meter.set_done(meter.done() + file.size_bytes);
        meter.tick()?;
        return Ok(sha256);
    }
    partial.expect(path, promise)?;
    let whole = partial.folder.join(path);
    let mut tag = partial.notes.files[path].tag.clone();
    let sha256 = if let Some(sha256) = twins.link(file, &whole, meter)? {
        sha256
    } else {
        let wanted = Wanted {
            url: hub.url(&plan.repositories[planned.repository], file),
            name: &file.path,
            size: file.size_bytes,
            promise: &file.promise,
            part: partial.part(path),
        };
        let fetched = fetch(hub, &wanted, &mut tag, meter);
        note(partial, path, |note| note.tag = tag);
        if fetched.is_err() {
            // The first error counts; without the tag the next try is only more careful.
            partial.save().ok();
        }
        let sha256 = fetched?;
        std::fs::rename(partial.part(path), &whole)
            .map_err(Error::io("Naming the downloaded file", &whole))?;
        sha256
    };
    note(partial, path, |note| note.sha256 = Some(sha256.clone()));
    partial.save()?;
    Ok(sha256)
}

fn note(partial: &mut Partial, path: &str, change: impl FnOnce(&mut super::partial::FileNote)) {
    if let Some(note) = partial.notes.files.get_mut(path) {
        change(note);
    }
}

fn record(plan: &Plan, files: Vec<ModelFile>) -> ModelRecord {
    let origins = plan.repositories.iter().map(|repository| Origin {
        repository: repository.id.clone(),
        revision: repository.revision.clone(),
        license: (repository.license.clone()).unwrap_or_else(|| plan.model.license.clone()),
    });
    let origins: Vec<Origin> = origins.collect();
    let source = origins
        .iter()
        .map(|origin| format!("{}@{}", origin.repository, &origin.revision[..12]));
    let mut licenses: Vec<&str> = Vec::new();
    for origin in &origins {
        if !licenses.contains(&origin.license.as_str()) {
            licenses.push(&origin.license);
        }
    }
    ModelRecord {
        schema: RECORD_SCHEMA,
        id: plan.model.id.clone(),
        name: plan.model.name.clone(),
        license: licenses.join(" and "),
        source: source.collect::<Vec<_>>().join(", "),
        origins,
        files,
        defaults: plan.model.defaults.clone(),
    }
}

/// Files of installed models, by hash: what several models share is downloaded once and lies on the disk once.
struct Twins(BTreeMap<String, (PathBuf, u64)>);

impl Twins {
    fn of(models_folder: &Path) -> Result<Self> {
        let models = generation::installed::installed(models_folder)?;
        let mut files = BTreeMap::new();
        for model in models.into_iter().flatten() {
            for file in model.record.files {
                // A file of the user's own may change at any time, and stays the user's alone.
                if file.path.is_relative() {
                    let path = model.folder.join(&file.path);
                    files.insert(file.sha256, (path, file.size_bytes));
                }
            }
        }
        Ok(Self(files))
    }

    fn find(&self, file: &HubFile) -> Option<&Path> {
        let Promise::Sha256(hash) = &file.promise else {
            return None;
        };
        let (path, size) = self.0.get(hash)?;
        (*size == file.size_bytes).then_some(path.as_path())
    }

    /// Gives the same bytes a second name, after reading them once more to be sure; `None` when that cannot be.
    fn link(&self, file: &HubFile, to: &Path, meter: &mut Meter<'_, '_>) -> Result<Option<String>> {
        let Some(from) = self.find(file) else {
            return Ok(None);
        };
        let before = meter.done();
        match hash_file(from, meter) {
            Ok((_size, sha256)) if sha256 == file.promise.hash() => {
                if std::fs::hard_link(from, to).is_ok() {
                    return Ok(Some(sha256));
                }
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // Gone, changed, or on a disk without links: the download does not need it.
            Ok(_) | Err(_) => {}
        }
        meter.set_done(before);
        Ok(None)
    }
}

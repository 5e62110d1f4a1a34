//! Installed models that hear speech.

use super::Listener;
use crate::{
    error::{Error, Result},
    installed::{InstalledModel, Role, installed},
    manifest::Models,
    weights::Weights,
};

/// Whether a checkpoint is a Whisper, by the names of its tensors.
pub fn is_whisper(weights: &Weights) -> bool {
    let names = [
        "model.encoder.conv1.weight",
        "model.decoder.embed_tokens.weight",
        "model.decoder.layers.0.encoder_attn.q_proj.weight",
    ];
    names.iter().all(|name| weights.shape(name).is_some())
}

/// Every installed model that hears speech, the largest first. Records that cannot be read are left out; listing models
/// names them.
pub fn listening_models(models: &Models) -> Result<Vec<InstalledModel>> {
    let Some(folder) = models.user_folder() else {
        return Ok(Vec::new());
    };
    let mut found: Vec<InstalledModel> = installed(folder)?
        .into_iter()
        .flatten()
        .filter(|model| model.record.hears_speech())
        .collect();
    found.sort_by_key(|model| std::cmp::Reverse(model.record.size_bytes()));
    Ok(found)
}

/// Reads a model that hears speech.
pub fn listener(model: &InstalledModel) -> Result<Listener> {
    let weights = Weights::open_all(&model.record.paths(&model.folder, Role::SpeechToText))?;
    let tokenizers = model.record.paths(&model.folder, Role::Tokenizer);
    let tokenizer = tokenizers.first().ok_or_else(|| Error::Manifest {
        reason: format!("{} has no tokenizer", model.record.id),
        path: model.folder.clone(),
    })?;
    Listener::open(&weights, tokenizer)
}

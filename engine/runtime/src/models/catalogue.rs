//! The models that can be installed by name: which repositories, which files in them, and how the model is run.
//!
//! Names of repositories and files were read on the hub's public pages and in the publishers' own code; sizes are
//! rounded from there, and only shown before the hub has been asked. What counts is what the hub answers at the moment of
//! installing: commit, licence, size and hash of every file, all shown before anything is downloaded.

use generation::installed::{Role, RunDefaults};

/// A model that can be installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Installable {
    /// Its id once installed.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// What it can do, one sentence without a full stop.
    pub what: String,
    /// Licence that the publisher stated when this list was made, SPDX.
    pub license: String,
    /// Its parts.
    pub parts: Vec<Part>,
    /// How it is run when nothing was chosen.
    pub defaults: RunDefaults,
}

/// A part of an installable model.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is for.
    pub role: Role,
    /// Owner and name of the repository.
    pub repository: String,
    /// Which files.
    pub files: PartFiles,
    /// Roughly how many bytes; the hub says it exactly.
    pub about_bytes: u64,
}

/// Which files of a repository are a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartFiles {
    /// `STEM.safetensors`, or all files that `STEM.safetensors.index.json` names.
    Checkpoint(String),
    /// This file.
    File(String),
}

impl Installable {
    /// Roughly how many bytes are downloaded.
    pub fn about_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.about_bytes).sum()
    }
}

/// Id of the model for captions that is offered where none is installed.
pub const WHISPER_ID: &str = "whisper-base";

/// Frames of this many pixels are what the small models were trained on: 832 x 480.
pub(super) const AREA_480P: u64 = 832 * 480;

/// As above, for the large ones: 1280 x 720.
pub(super) const AREA_720P: u64 = 1280 * 720;

/// Everything that can be installed.
pub fn catalogue() -> Vec<Installable> {
    vec![
        Installable {
            parts: with_small_encoder(diffusers(
                "Wan-AI/Wan2.1-VACE-1.3B-diffusers",
                4_300,
                11_360,
                508,
            )),
            ..vace_small(
                "wan2.1-vace-1.3b-q8",
                "Wan2.1 VACE 1.3B, 8-bit text encoder",
            )
        },
        Installable {
            parts: diffusers("Wan-AI/Wan2.1-VACE-1.3B-diffusers", 4_300, 11_360, 508),
            ..vace_small("wan2.1-vace-1.3b", "Wan2.1 VACE 1.3B")
        },
        Installable {
            id: "wan2.1-t2v-1.3b".into(),
            name: "Wan2.1 T2V 1.3B".into(),
            what: "Makes clips of up to 5 s at 480p from words".into(),
            license: "apache-2.0".into(),
            parts: with_encoder_of_vace(diffusers(
                "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
                5_680,
                22_730,
                508,
            )),
            defaults: defaults(30, 3.0, AREA_480P),
        },
        Installable {
            id: "wan2.1-vace-14b".into(),
            name: "Wan2.1 VACE 14B".into(),
            what: VACE_WHAT.into(),
            license: "apache-2.0".into(),
            parts: diffusers("Wan-AI/Wan2.1-VACE-14B-diffusers", 69_300, 11_360, 508),
            defaults: defaults(30, 5.0, AREA_720P),
        },
        Installable {
            id: "wan2.2-ti2v-5b".into(),
            name: "Wan2.2 TI2V 5B".into(),
            what: "Makes clips of up to 5 s at 720p from words, or from a first frame".into(),
            license: "apache-2.0".into(),
            parts: diffusers("Wan-AI/Wan2.2-TI2V-5B-Diffusers", 20_000, 11_360, 2_820),
            defaults: defaults(50, 5.0, AREA_720P),
        },
        whisper_base(),
    ]
}

pub(super) const VACE_WHAT: &str =
    "Makes, extends, fills, joins, restyles and repaints clips from words and pictures";

/// What a model that writes down speech can do.
pub(super) const WHISPER_WHAT: &str =
    "Writes captions from speech, in English, Chinese and about a hundred other languages";

fn whisper_base() -> Installable {
    let part = |role, files, about_bytes| Part {
        role,
        repository: "openai/whisper-base".into(),
        files,
        about_bytes,
    };
    Installable {
        id: WHISPER_ID.into(),
        name: "Whisper base".into(),
        what: WHISPER_WHAT.into(),
        license: "apache-2.0".into(),
        parts: vec![
            part(
                Role::SpeechToText,
                PartFiles::Checkpoint("model".into()),
                290_400_000,
            ),
            part(
                Role::Tokenizer,
                PartFiles::File("tokenizer.json".into()),
                2_480_000,
            ),
        ],
        defaults: RunDefaults::default(),
    }
}

fn vace_small(id: &str, name: &str) -> Installable {
    Installable {
        id: id.into(),
        name: name.into(),
        what: VACE_WHAT.into(),
        license: "apache-2.0".into(),
        parts: Vec::new(),
        defaults: defaults(30, 3.0, AREA_480P),
    }
}

fn defaults(num_inference_steps: i64, flow_shift: f64, area_max: u64) -> RunDefaults {
    RunDefaults {
        sampler: "unipc".into(),
        num_inference_steps,
        guidance_scale: 5.0,
        flow_shift,
        boundary: None,
        area_max,
        is_experimental: false,
    }
}

/// A repository in the layout of diffusers; sizes of transformer, text encoder and autoencoder in megabytes.
fn diffusers(repository: &str, transformer: u64, text_encoder: u64, vae: u64) -> Vec<Part> {
    let part = |role, files, megabytes: u64| Part {
        role,
        repository: repository.into(),
        files,
        about_bytes: megabytes * 1_000_000,
    };
    let checkpoint = |stem: &str| PartFiles::Checkpoint(stem.into());
    vec![
        part(
            Role::Transformer,
            checkpoint("transformer/diffusion_pytorch_model"),
            transformer,
        ),
        part(
            Role::TextEncoder,
            checkpoint("text_encoder/model"),
            text_encoder,
        ),
        part(Role::Vae, checkpoint("vae/diffusion_pytorch_model"), vae),
        part(
            Role::Tokenizer,
            PartFiles::File("tokenizer/tokenizer.json".into()),
            17,
        ),
    ]
}

/// The same with the text encoder of another repository: the same numbers in half the bytes, and already here where that
/// one is installed.
fn with_encoder_of_vace(mut parts: Vec<Part>) -> Vec<Part> {
    let other = diffusers("Wan-AI/Wan2.1-VACE-1.3B-diffusers", 4_300, 11_360, 508);
    for part in &mut parts {
        if part.role == Role::TextEncoder
            && let Some(encoder) = other.iter().find(|it| it.role == Role::TextEncoder)
        {
            part.clone_from(encoder);
        }
    }
    parts
}

/// The same with the text encoder in 8 bits, for machines with 16 GB of memory.
fn with_small_encoder(mut parts: Vec<Part>) -> Vec<Part> {
    for part in &mut parts {
        if part.role == Role::TextEncoder {
            part.repository = "city96/umt5-xxl-encoder-gguf".into();
            part.files = PartFiles::File("umt5-xxl-encoder-Q8_0.gguf".into());
            part.about_bytes = 6_040_000_000;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_model_is_whole_and_has_its_own_id() {
        let mut ids = BTreeSet::new();
        for model in catalogue() {
            assert!(generation::installed::is_id(&model.id), "{}", model.id);
            assert!(ids.insert(model.id.clone()), "{} twice", model.id);
            let roles: BTreeSet<Role> = model.parts.iter().map(|part| part.role).collect();
            let (needed, bytes): (&[Role], u64) = if model.id == WHISPER_ID {
                (&[Role::SpeechToText, Role::Tokenizer], 200_000_000)
            } else {
                let pictures = &[
                    Role::Transformer,
                    Role::Vae,
                    Role::TextEncoder,
                    Role::Tokenizer,
                ];
                (pictures, 1_000_000_000)
            };
            for role in needed {
                assert!(roles.contains(role), "{} lacks {role:?}", model.id);
            }
            assert!(model.about_bytes() > bytes, "{}", model.id);
            assert!(!model.license.is_empty() && !model.what.ends_with('.'));
        }
    }
}

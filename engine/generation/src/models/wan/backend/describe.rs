//! What an installed model says of itself: operations, parameters, licence, size.

use crate::{
    backend::{BackendInfo, Capability, Parameter, ParameterKind},
    installed::{ModelRecord, Role},
    limits,
    models::wan::{
        open::{Conditioning, Parts},
        scheduler::SamplerKind,
        windows::context_frames,
    },
    request::Operation,
};

/// Ids of the parameters.
pub(super) mod id {
    pub const SCALE: &str = "scale";
    pub const STEPS: &str = "num_inference_steps";
    pub const GUIDANCE: &str = "guidance_scale";
    pub const SHIFT: &str = "flow_shift";
    pub const CONTROL: &str = "control_scale";
    pub const SAMPLER: &str = "sampler";
    pub const CACHE: &str = "step_cache";
    pub const STRENGTH: &str = "strength";
    pub const NEGATIVE: &str = "usual_negative";
    pub const PREVIEW: &str = "preview";
    pub const OFFLOAD: &str = "offload";
}

/// Samplers by the names that records and recipes use.
const SAMPLERS: [(&str, SamplerKind); 3] = [
    ("unipc", SamplerKind::UniPc),
    ("euler", SamplerKind::Euler),
    ("dmd", SamplerKind::Renoise),
];

/// What the family's members were trained to keep away from, in the words of their own configurations.
pub(super) const USUAL_NEGATIVE: &str = "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走";

/// Rows of the prompt encoder that the published members share; others were not trained with those words.
const PUBLISHED_TEXT_DIM: usize = 4_096;

/// The sampler of this name.
pub(super) fn sampler(name: &str) -> Option<SamplerKind> {
    let known = SAMPLERS.iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| *kind)
}

/// What the members can do by how they are told what is known.
fn operations(conditioning: Conditioning) -> &'static [Operation] {
    match conditioning {
        Conditioning::Control => &[
            Operation::TextToVideo,
            Operation::Animate,
            Operation::ExtendForwards,
            Operation::ExtendBackwards,
            Operation::Fill,
            Operation::Join,
            Operation::ReplaceBackground,
            Operation::RepaintRegion,
            Operation::Outpaint,
            Operation::Restyle,
        ],
        Conditioning::Channels => &[
            Operation::Animate,
            Operation::ExtendForwards,
            Operation::ExtendBackwards,
            Operation::Fill,
            Operation::Join,
        ],
        Conditioning::Times => &[
            Operation::TextToVideo,
            Operation::Animate,
            Operation::ExtendForwards,
            Operation::ExtendBackwards,
            Operation::Fill,
            Operation::Join,
        ],
        Conditioning::Nothing => &[Operation::TextToVideo],
    }
}

fn summary(conditioning: Conditioning) -> &'static str {
    match conditioning {
        Conditioning::Control => {
            "Makes, extends, joins and repairs clips from words and known frames"
        }
        Conditioning::Channels => "Makes pictures move and leads from one to another",
        Conditioning::Times => {
            "Makes clips from words, and from pictures to start with or to end with"
        }
        Conditioning::Nothing => "Makes clips from words",
    }
}

/// The description of an installed model.
pub(super) fn info(parts: &Parts) -> BackendInfo {
    let record = &parts.model().record;
    let conditioning = parts.conditioning();
    let capability = |&operation: &Operation| Capability {
        operation,
        reads_prompt: true,
        references_max: match conditioning {
            Conditioning::Control => limits::REFERENCES_MAX,
            Conditioning::Channels | Conditioning::Times | Conditioning::Nothing => 0,
        },
        best_below_seconds: None,
        context_frames: context_frames(parts.frames_max()),
        takes_storyboard: true,
    };
    BackendInfo {
        id: record.id.clone(),
        name: record.name.clone(),
        summary: if record.defaults.is_experimental {
            format!("{}; a first try, small and soft", summary(conditioning))
        } else {
            summary(conditioning).into()
        },
        capabilities: operations(conditioning).iter().map(capability).collect(),
        parameters: parameters(parts),
        license: record.license.clone(),
        weights_sha256: hashes(record),
        size_bytes: record.files.iter().map(|file| file.size_bytes).sum(),
        is_seedless: false,
        is_experimental: record.defaults.is_experimental,
    }
}

/// Hashes of everything that decides pictures; low-rank changes with how much of them counts.
fn hashes(record: &ModelRecord) -> Vec<String> {
    let files = record
        .files
        .iter()
        .filter(|file| !matches!(file.role, Role::TinyVae | Role::License));
    files
        .map(|file| match file.role {
            Role::Lora => format!("{}*{}", file.sha256, file.strength),
            Role::Transformer
            | Role::TransformerLowNoise
            | Role::Vae
            | Role::TinyVae
            | Role::TextEncoder
            | Role::SpeechToText
            | Role::Tokenizer
            | Role::Config
            | Role::License => file.sha256.clone(),
        })
        .collect()
}

fn parameters(parts: &Parts) -> Vec<Parameter> {
    let defaults = &parts.model().record.defaults;
    let steps = ParameterKind::Integer {
        min: 1,
        max: 100,
        default: defaults.num_inference_steps.clamp(1, 100),
    };
    let samplers = ParameterKind::Choice {
        options: SAMPLERS.map(|(name, _)| name.to_owned()).to_vec(),
        default: defaults.sampler.clone(),
    };
    let is_published = parts.transformer_config().text_dim == PUBLISHED_TEXT_DIM;
    let switch = |default| ParameterKind::Switch { default };
    let guidance = number([1.0, 20.0, defaults.guidance_scale.clamp(1.0, 20.0)]);
    let shift = number([0.5, 20.0, defaults.flow_shift.clamp(0.5, 20.0)]);
    let mut all = vec![
        (
            id::STEPS,
            "Steps",
            "More steps take longer and show more detail",
            steps,
        ),
        (
            id::GUIDANCE,
            "Guidance",
            "How closely the prompt is followed; 1 is twice as fast",
            guidance,
        ),
        (
            id::SHIFT,
            "Shift",
            "Higher spends more steps on composition, lower on detail",
            shift,
        ),
        (
            id::SAMPLER,
            "Sampler",
            "unipc for full models, euler or dmd for those distilled to few steps",
            samplers,
        ),
        scale_parameter(),
        (
            id::CACHE,
            "Step cache",
            "Above 0, steps that hardly change are guessed: 0.2 is much faster and a little softer",
            number([0.0, 1.0, 0.0]),
        ),
        (
            id::NEGATIVE,
            "Usual negative prompt",
            "Adds the words that the model was trained to keep away from",
            switch(is_published),
        ),
    ];
    all.extend(work_parameters());
    if parts.conditioning() == Conditioning::Control {
        all.extend(control_parameters());
    }
    let parameters = all.into_iter().map(|(id, label, help, kind)| Parameter {
        id: id.into(),
        label: label.into(),
        help: help.into(),
        kind,
    });
    parameters.collect()
}

fn number([min, max, default]: [f64; 3]) -> ParameterKind {
    ParameterKind::Number { min, max, default }
}

/// Id, shown name, help and kind of a parameter.
type Row = (&'static str, &'static str, &'static str, ParameterKind);

fn scale_parameter() -> Row {
    (
        id::SCALE,
        "Working size",
        "Part of the usual sides that the model works at; smaller is much faster and softer",
        number([0.25, 1.0, 1.0]),
    )
}

/// What changes how the work is done, and not what comes of it.
fn work_parameters() -> [Row; 2] {
    let off = ParameterKind::Switch { default: false };
    [
        (
            id::PREVIEW,
            "Preview",
            "Shows a rough picture after each step",
            off.clone(),
        ),
        (
            id::OFFLOAD,
            "Offload",
            "Leaves the model in its file and reads it block by block: far less memory, slower",
            off,
        ),
    ]
}

/// What only members with control blocks have.
fn control_parameters() -> [Row; 2] {
    [
        (
            id::CONTROL,
            "Control",
            "How strongly known frames and references are kept to",
            number([0.0, 2.0, 1.0]),
        ),
        (
            id::STRENGTH,
            "Strength",
            "How far restyling may go from the original",
            number([0.0, 1.0, 0.6]),
        ),
    ]
}

//! From a recipe to what a backend is asked: words, pictures and settings.

use super::told;
use crate::{Error, error::Result, export::OnProgress, frames::FrameSource};
use av::{FrameCount, Ticks, VideoFrame};
use generation::{
    BackendInfo, Operation, ParameterKind, ParameterValue, Request, Shot, backend::Capability,
};
use std::collections::BTreeMap;
use timeline::{Document, MediaMoment, Purpose, Recipe};

/// Ids of the two settings that recipes name by themselves.
const STEPS: &str = "num_inference_steps";
const GUIDANCE: &str = "guidance_scale";

/// What a purpose is called where models are described.
pub fn operation_of(purpose: Purpose) -> Operation {
    match purpose {
        Purpose::Fill | Purpose::Retake => Operation::Fill,
        Purpose::Join => Operation::Join,
        Purpose::ExtendForward => Operation::ExtendForwards,
        Purpose::ExtendBackward => Operation::ExtendBackwards,
        Purpose::Animate => Operation::Animate,
        Purpose::TextToVideo => Operation::TextToVideo,
        Purpose::ReplaceBackground => Operation::ReplaceBackground,
        Purpose::Repaint => Operation::RepaintRegion,
        Purpose::Outpaint => Operation::Outpaint,
        Purpose::Restyle => Operation::Restyle,
        Purpose::Interpolate => Operation::Interpolate,
        Purpose::Upscale => Operation::Upscale,
    }
}

/// Refuses a recipe that says nothing where words alone decide.
pub fn require_words(purpose: Purpose, recipe: &Recipe) -> Result<()> {
    let needs_words = match purpose {
        Purpose::TextToVideo | Purpose::ReplaceBackground => true,
        // A style may be said by words, by a picture, or by a setting of its own.
        Purpose::Restyle => recipe.references.is_empty() && recipe.settings.is_empty(),
        Purpose::Fill
        | Purpose::Join
        | Purpose::ExtendForward
        | Purpose::ExtendBackward
        | Purpose::Animate
        | Purpose::Retake
        | Purpose::Repaint
        | Purpose::Outpaint
        | Purpose::Interpolate
        | Purpose::Upscale => false,
    };
    let has_words = |text: &str| !text.trim().is_empty();
    let is_said = has_words(&recipe.prompt)
        || (!recipe.storyboard.is_empty()
            && recipe.storyboard.iter().all(|shot| has_words(&shot.prompt)));
    if needs_words && !is_said {
        let reason = "nothing says what is to be seen; it needs a prompt".into();
        return Err(Error::Unsuitable { reason });
    }
    Ok(())
}

/// The pictures that a recipe keeps to.
pub fn references(
    source: &mut FrameSource,
    document: &Document,
    recipe: &Recipe,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<VideoFrame>> {
    let mut pictures = Vec::with_capacity(recipe.references.len());
    for asset in &recipe.references {
        told(on_progress, "Reading the reference pictures", 0, 1)?;
        let moment = MediaMoment {
            asset: *asset,
            time: Ticks::ZERO,
        };
        pictures.push((*source.picture(document, moment)?).clone());
    }
    Ok(pictures)
}

/// A recipe's shots over a clip of `count` frames with known ones round them: those belong to the first and last shot.
pub fn shots(recipe: &Recipe, count: FrameCount, known: [usize; 2]) -> Result<Vec<Shot>> {
    let total: FrameCount = recipe.storyboard.iter().map(|shot| shot.count).sum();
    if recipe.storyboard.is_empty() {
        return Ok(Vec::new());
    }
    if total != count {
        let reason = format!("the storyboard lasts {total} frames, what is made {count}");
        return Err(Error::Unsuitable { reason });
    }
    let mut shots: Vec<Shot> = recipe
        .storyboard
        .iter()
        .map(|shot| Shot {
            prompt: shot.prompt.clone(),
            num_frames: shot.count.0 as usize,
            starts_with_cut: shot.starts_with_cut,
        })
        .collect();
    if let Some(first) = shots.first_mut() {
        first.num_frames += known[0];
    }
    if let Some(last) = shots.last_mut() {
        last.num_frames += known[1];
    }
    Ok(shots)
}

/// A recipe's settings as values of a backend's parameters.
pub fn parameters(info: &BackendInfo, recipe: &Recipe) -> BTreeMap<String, ParameterValue> {
    let kind = |id: &str| {
        let known = info.parameters.iter().find(|parameter| parameter.id == id);
        known.map(|parameter| &parameter.kind)
    };
    let texts = recipe.settings.iter();
    let mut values: BTreeMap<String, ParameterValue> = texts
        .map(|(id, text)| (id.clone(), value_of(kind(id), text)))
        .collect();
    if let Some(steps) = recipe.num_inference_steps {
        let steps = ParameterValue::Integer(i64::from(steps));
        values.insert(STEPS.into(), steps);
    }
    if let Some(scale) = recipe.guidance_scale {
        values.insert(GUIDANCE.into(), ParameterValue::Number(scale));
    }
    values
}

/// What a setting's text means. Text that is no such value stays text, so that the backend refuses it by name.
fn value_of(kind: Option<&ParameterKind>, text: &str) -> ParameterValue {
    let choice = || ParameterValue::Choice(text.to_owned());
    match kind {
        Some(ParameterKind::Switch { .. }) => text
            .parse()
            .map_or_else(|_no| choice(), ParameterValue::Switch),
        Some(ParameterKind::Integer { .. }) => text
            .parse()
            .map_or_else(|_no| choice(), ParameterValue::Integer),
        Some(ParameterKind::Number { .. }) => text
            .parse()
            .map_or_else(|_no| choice(), ParameterValue::Number),
        // Whatever else there is to choose is written as text.
        _ => choice(),
    }
}

/// A take's recipe: what was asked, with everything that was used.
pub fn used_recipe(asked: &Recipe, used: &generation::Recipe, count: FrameCount) -> Recipe {
    let text = |(id, value): (&String, &ParameterValue)| (id.clone(), value.to_string());
    let steps = match used.settings.get(STEPS) {
        Some(ParameterValue::Integer(steps)) => u32::try_from(*steps).ok(),
        Some(_) | None => None,
    };
    let guidance = match used.settings.get(GUIDANCE) {
        Some(ParameterValue::Number(scale)) => Some(*scale),
        Some(_) | None => None,
    };
    Recipe {
        model: used.model.clone(),
        weight_hashes: used.weights_sha256.clone(),
        seed: used.seed,
        num_inference_steps: steps,
        guidance_scale: guidance,
        size: Some((used.size.width, used.size.height)),
        num_frames: count.0 as u32,
        engine_version: used.engine_version.clone(),
        settings: used.settings.iter().map(text).collect(),
        operation: used.operation.to_string(),
        conditioning_hash: used.conditioning_sha256.clone(),
        ..asked.clone()
    }
}

/// What was asked and cannot be heeded, for people.
pub fn unheeded(capability: &Capability, name: &str, request: &Request) -> Vec<String> {
    let mut notes = Vec::new();
    if !capability.reads_prompt && !request.prompt.trim().is_empty() {
        notes.push(format!("{name} reads no words: the prompt had no effect"));
    }
    let (given, most) = (request.references.len(), capability.references_max);
    if given > most {
        notes.push(format!(
            "{name} uses {most} of the {given} reference pictures"
        ));
    }
    notes
}

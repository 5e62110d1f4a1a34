//! Who answers: the backend that was asked for, else the most fitting one that can.

use super::{
    Studio,
    asked::{parameters, references, require_words, shots, unheeded},
    draft::{self, takes_draft},
    not_an_error_when_cancelled,
    scene::{Scene, Shown},
};
use crate::{Error, error::Result, export::OnProgress};
use generation::{Backend, Models, Operation, Request, backend::Capability, catalog};
use timeline::Recipe;

/// Who answers what.
pub struct Choice {
    /// Who.
    pub backend: Box<dyn Backend>,
    /// What.
    pub request: Request,
    /// Known frames before and after the item's own.
    pub beside: [usize; 2],
    /// What cannot be heeded, for people.
    pub notes: Vec<String>,
}

/// Finds the backend that answers for a scene, and draws what it is to be shown.
pub fn choose(
    studio: &mut Studio,
    scene: &mut Scene<'_>,
    on_progress: &mut OnProgress<'_>,
) -> Result<Choice> {
    let recipe = scene.generated.recipe.clone();
    require_words(scene.generated.purpose, &recipe)?;
    let operation = scene.operation();
    let rate = scene.known.sequence.rate;
    let gap_seconds = scene.range.count.0 as f64 / rate.fps_for_display();
    let models = studio.models()?;
    let mut found = candidates(&models, &recipe, operation, gap_seconds)?;
    found.retain(|(_, capability)| takes_draft(capability, &recipe));
    // Experiments answer by name only.
    found.retain(|(backend, _)| !recipe.model.is_empty() || !backend.describe().is_experimental);
    let mut passed_over = if recipe.model.is_empty() {
        broken(&models)?
    } else {
        Vec::new()
    };
    let pictures = references(&mut scene.source, scene.document, &recipe, on_progress)?;
    let mut drawn: Option<([usize; 2], Shown)> = None;
    let (mut refusal, mut is_refusal_meant) = (None, false);
    for (backend, capability) in found {
        let context = capability.context_frames;
        let shown = match drawn.take() {
            Some((with, shown)) if with == context || scene.generated.purpose.covers() => shown,
            Some(_) | None => scene.shown(context, &models, on_progress)?,
        };
        let info = backend.describe();
        let mut request = Request::new(shown.clip.clone()).for_operation(operation);
        request.prompt.clone_from(&recipe.prompt);
        request.negative_prompt.clone_from(&recipe.negative_prompt);
        request.seed = recipe.seed;
        request.references.clone_from(&pictures);
        request.storyboard = shots(&recipe, scene.range.count, shown.beside)?;
        request.parameters = parameters(info, &recipe);
        let mut notes = unheeded(&capability, &info.name, &request);
        request.references.truncate(capability.references_max);
        match backend.estimate(&request) {
            Ok(_estimate) => {
                notes.splice(..0, passed_over);
                notes.extend(draft::note(&scene.generated));
                return Ok(Choice {
                    backend: studio.ready(backend),
                    request,
                    beside: shown.beside,
                    notes,
                });
            }
            Err(error) => {
                passed_over.push(format!("Passed over: {error}"));
                let knows = |id: &String| info.parameters.iter().any(|known| known.id == *id);
                let is_meant = recipe.settings.keys().all(knows);
                // Whoever has the settings that were chosen says best what is wrong with them.
                if refusal.is_none() || (is_meant && !is_refusal_meant) {
                    (refusal, is_refusal_meant) = (Some(error), is_meant);
                }
            }
        }
        drawn = Some((context, shown));
    }
    Err(refusal.map_or(Error::NoModel { operation }, not_an_error_when_cancelled))
}

/// Why installed models cannot be asked at all.
fn broken(models: &Models) -> Result<Vec<String>> {
    let errors = catalog::listing(models)?.broken.into_iter();
    Ok(errors
        .map(|error| format!("An installed model cannot be used: {error}"))
        .collect())
}

/// The backends that offer an operation, the most fitting first and experiments last; only the one that was asked for,
/// where one was.
pub fn candidates(
    models: &Models,
    recipe: &Recipe,
    operation: Operation,
    gap_seconds: f64,
) -> Result<Vec<(Box<dyn Backend>, Capability)>> {
    if !recipe.model.is_empty() {
        let backend = catalog::backend(models, &recipe.model)?;
        let info = backend.describe();
        let refused = || info.cannot(format!("it does not offer \"{operation}\""));
        let capability = info.capability(operation).cloned().ok_or_else(refused)?;
        return Ok(vec![(backend, capability)]);
    }
    let offers = |backend: Box<dyn Backend>| {
        let capability = backend.describe().capability(operation).cloned()?;
        Some((backend, capability))
    };
    let all = catalog::backends(models)?.into_iter();
    let mut found: Vec<_> = all.filter_map(offers).collect();
    let has_wishes = !recipe.prompt.trim().is_empty()
        || !recipe.storyboard.is_empty()
        || !recipe.references.is_empty();
    found.sort_by_key(|(backend, capability)| {
        let is_experimental = backend.describe().is_experimental;
        (is_experimental, rank(capability, has_wishes, gap_seconds))
    });
    Ok(found)
}

/// Lower is more fitting: wishes go to those who read them, short gaps without wishes to the small special networks.
fn rank(capability: &Capability, has_wishes: bool, gap_seconds: f64) -> u8 {
    let best = capability.best_below_seconds;
    let suits_gap = best.is_none_or(|best| gap_seconds <= best);
    let suits = if has_wishes {
        capability.reads_prompt
    } else {
        best.is_some() && suits_gap
    };
    match (suits, suits_gap) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_go_to_those_who_read_them_and_short_gaps_to_specialists() {
        let capability = |reads_prompt, best_below_seconds| Capability {
            operation: Operation::Fill,
            reads_prompt,
            references_max: 0,
            best_below_seconds,
            takes_storyboard: false,
            context_frames: [2, 2],
        };
        let (reader, special) = (capability(true, None), capability(false, Some(1.0)));
        let is_reader_first =
            |has_wishes, gap| rank(&reader, has_wishes, gap) < rank(&special, has_wishes, gap);
        assert!(is_reader_first(true, 0.3));
        assert!(!is_reader_first(false, 0.3));
        assert!(is_reader_first(false, 3.0));
        assert!(is_reader_first(true, 3.0));
    }
}

//! One request, one answer: its own frames go into a file as they come.

use super::{
    Studio,
    asked::used_recipe,
    choose::{Choice, choose},
    not_an_error_when_cancelled,
    scene::Scene,
    take_file::{FinishedTake, TakeFile, find_take},
    told_step,
};
use crate::{
    Error, JobProgress, describe::work, error::Result, export::OnProgress, folders::Folders,
};
use generation::{BackendInfo, Output, ParameterValue, Request};
use std::{
    cell::RefCell,
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Id of the setting that shows what is being made.
const PREVIEW: &str = "preview";

/// A take of a scene, and whether another seed would make the same.
pub fn answered(
    studio: &mut Studio,
    scene: &mut Scene<'_>,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<(FinishedTake, bool)> {
    let Choice {
        mut backend,
        mut request,
        beside,
        notes,
    } = choose(studio, scene, on_progress)?;
    let info = backend.describe().clone();
    let (is_seedless, fingerprint) = (info.is_seedless, info.recipe(&request).fingerprint());
    if let Some(found) = find_take(folders, scene.generated.purpose, &fingerprint)? {
        studio.kept = Some(backend);
        return Ok((found, is_seedless));
    }
    let mut file = TakeFile::start(folders, scene, &fingerprint)?;
    let is_previewed = studio.shows_previews && shows_previews(&info, &mut request);
    let start = Instant::now();
    let mut place = 0;
    let mut failed = None;
    let own = beside[0]..request.clip.frames().len() - beside[1];
    // Writing frames takes time too: it is held and stopped between any two of them.
    let on_progress = RefCell::new(on_progress);
    let last: RefCell<Option<JobProgress>> = RefCell::default();
    let output = backend.generate_into(
        &request,
        &mut |frame| {
            if own.contains(&place) {
                // The network only needs to know that it shall stop.
                let pushed = file.push(frame);
                pushed.map_err(|error| {
                    failed = Some(error);
                    generation::Error::Cancelled
                })?;
            }
            place += 1;
            let again = last.borrow().clone();
            match again.map(|progress| (on_progress.borrow_mut())(progress)) {
                Some(ControlFlow::Break(())) => Err(generation::Error::Cancelled),
                Some(ControlFlow::Continue(())) | None => Ok(()),
            }
        },
        &mut |step| {
            told_step(&step, &mut |progress| {
                last.replace(Some(progress.clone()));
                (on_progress.borrow_mut())(progress)
            })
        },
    );
    studio.kept = Some(backend);
    if let Some(error) = failed {
        return Err(error);
    }
    let output = output.map_err(not_an_error_when_cancelled)?;
    if place != request.clip.frames().len() {
        return Err(short_answer(&request, place));
    }
    studio.note_pace(&info, &request, start.elapsed());
    let mut recipe = used_recipe(&scene.generated.recipe, &output.recipe, scene.range.count);
    hide_previews(&mut recipe, is_previewed);
    let notes = notes.into_iter().chain(texts(&output)).collect();
    let finished = file.finish(recipe, output.seams, notes)?;
    Ok((finished, is_seedless))
}

/// Has the backend show what it makes, if it can and was not told already; whether it was told now.
fn shows_previews(info: &BackendInfo, request: &mut Request) -> bool {
    let can = info.parameters.iter().any(|known| known.id == PREVIEW);
    let is_told_now = can && !request.parameters.contains_key(PREVIEW);
    if is_told_now {
        let on = ParameterValue::Switch(true);
        request.parameters.insert(PREVIEW.into(), on);
    }
    is_told_now
}

/// Nobody asked for previews in the recipe, and they change nothing that is made.
fn hide_previews(recipe: &mut timeline::Recipe, is_previewed: bool) {
    if is_previewed {
        recipe.settings.insert(PREVIEW.into(), false.to_string());
    }
}

impl Studio {
    fn note_pace(&self, info: &BackendInfo, request: &Request, took: Duration) {
        self.pace.learn(work(info, request), took);
    }
}

/// A backend's remarks, warnings first.
pub fn texts(output: &Output) -> Vec<String> {
    let of_kind = |is_warning| {
        let notes = output.notes.iter();
        notes
            .filter(move |note| note.is_warning == is_warning)
            .map(|note| note.text.clone())
    };
    of_kind(true).chain(of_kind(false)).collect()
}

fn short_answer(request: &Request, found: usize) -> Error {
    let wanted = request.clip.frames().len();
    let reason = format!("the model made {found} frames instead of {wanted}");
    Error::Generation(generation::Error::BadClip { reason })
}

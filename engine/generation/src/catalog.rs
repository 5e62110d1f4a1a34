//! Which backends there are.

use crate::{
    backend::Backend,
    error::{Error, Result},
    installed::{self, InstalledModel, RECORD_FILE, installed, is_id},
    manifest::Models,
    models::{
        continuation::ContinuationBackend, fake::FakeBackend, photo::PhotoBackend,
        rife::RifeBackend, sketch::SketchBackend, wan::backend::WanBackend,
    },
    request::Request,
    restyle::RestyleBackend,
};
use std::path::Path;

/// What there is.
pub struct Listing {
    /// Every backend that can be used, the most capable first: installed models, the larger before the smaller, then
    /// what ships with the program.
    pub backends: Vec<Box<dyn Backend>>,
    /// Why installed models cannot be used; each names its file.
    pub broken: Vec<Error>,
}

/// All backends and what is wrong with the others. Reads files' headers only; weights are loaded when they are needed.
pub fn listing(models: &Models) -> Result<Listing> {
    let mut usable: Vec<(u64, Box<dyn Backend>)> = Vec::new();
    let mut broken = Vec::new();
    let folder = models.user_folder().map(Path::to_path_buf);
    for model in folder
        .as_deref()
        .map_or_else(|| Ok(Vec::new()), installed)?
    {
        // What writes down speech makes no pictures; see `models::whisper`.
        if model
            .as_ref()
            .is_ok_and(|model| model.record.hears_speech())
        {
            continue;
        }
        match model.and_then(|model| opened(model, models)) {
            Ok(backend) => usable.push((backend.num_parameters(), Box::new(backend))),
            Err(error) => broken.push(error),
        }
    }
    usable.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let mut backends: Vec<Box<dyn Backend>> =
        usable.into_iter().map(|(_, backend)| backend).collect();
    backends.push(Box::new(RifeBackend::new(models)?));
    backends.push(Box::new(PhotoBackend::new(models)?));
    backends.push(Box::new(SketchBackend::new(models)?));
    backends.push(Box::new(ContinuationBackend::new(models)?));
    backends.push(Box::new(RestyleBackend::new(models)?));
    // What ships as whole folders is laid out as installed models are.
    for model in installed(models.folder())? {
        match model.and_then(|model| opened(model, models)) {
            Ok(backend) => backends.push(Box::new(backend)),
            Err(error) => broken.push(error),
        }
    }
    Ok(Listing { backends, broken })
}

fn opened(model: InstalledModel, models: &Models) -> Result<WanBackend> {
    WanBackend::open(model, models.cache_folder(), candle_core::Device::Cpu)
}

/// As [`listing`], without what cannot be used.
pub fn backends(models: &Models) -> Result<Vec<Box<dyn Backend>>> {
    Ok(listing(models)?.backends)
}

/// The backend with this id; "fake" is there for tests and development though it is not listed.
pub fn backend(models: &Models, id: &str) -> Result<Box<dyn Backend>> {
    if id == "fake" {
        return Ok(Box::new(FakeBackend::new()));
    }
    if let Some(model) = named(models, id)? {
        if model.record.hears_speech() {
            return Err(Error::CannotAnswer {
                backend: model.record.name,
                reason: "it writes down what is said, and makes no pictures".into(),
            });
        }
        return Ok(Box::new(opened(model, models)?));
    }
    let mut known = Vec::new();
    for backend in backends(models)? {
        if backend.describe().id == id {
            return Ok(backend);
        }
        known.push(backend.describe().id.clone());
    }
    Err(Error::UnknownBackend {
        id: id.into(),
        known: known.join(", "),
    })
}

/// The installed or shipped model with this id; one that was asked for by name and cannot be read says why.
fn named(models: &Models, id: &str) -> Result<Option<InstalledModel>> {
    for folder in models.user_folder().into_iter().chain([models.folder()]) {
        for model in installed(folder)?.into_iter().flatten() {
            if model.record.id == id {
                return Ok(Some(model));
            }
        }
        let own = folder.join(id);
        if is_id(id) && own.join(RECORD_FILE).is_file() {
            // A record that does not parse tells no id; its folder has the same name.
            installed::open(&own)?;
        }
    }
    Ok(None)
}

/// Who answers, and who would have come before but cannot.
pub struct Choice {
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// Why others that offer the operation and are more capable do not, in words for people.
    pub passed_over: Vec<String>,
}

/// The best backend that can answer `request`, as [`choice`] finds it.
pub fn backend_for(models: &Models, request: &Request) -> Result<Box<dyn Backend>> {
    Ok(choice(models, request)?.backend)
}

/// The first backend that can answer `request`, in the order of [`listing`] and without experiments; but a hole without words that is short
/// enough for it goes to a backend made for short holes. When none can, the reason the first that offers the operation
/// gives.
pub fn choice(models: &Models, request: &Request) -> Result<Choice> {
    let mut backends = backends(models)?;
    backends.retain(|backend| !backend.describe().is_experimental);
    backends.sort_by_key(|backend| !is_made_for(backend.as_ref(), request));
    let mut refusal = None;
    let mut passed_over = Vec::new();
    for backend in backends {
        let offers = backend.describe().capability(request.operation).is_some();
        match backend.estimate(request) {
            Ok(_) => {
                return Ok(Choice {
                    backend,
                    passed_over,
                });
            }
            Err(err) if offers => {
                passed_over.push(err.to_string());
                refusal.get_or_insert(err);
            }
            Err(_does_not_offer) => {}
        }
    }
    Err(refusal.unwrap_or_else(|| Error::CannotAnswer {
        backend: "every installed model".into(),
        reason: format!("none of them offers \"{}\"", request.operation),
    }))
}

/// Whether this is a hole without words, and the backend is at its best with holes so short.
fn is_made_for(backend: &dyn Backend, request: &Request) -> bool {
    let capability = backend.describe().capability(request.operation);
    let Some(longest) = capability.and_then(|capability| capability.best_below_seconds) else {
        return false;
    };
    let holes = request.clip.holes();
    let frames = holes.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    let seconds = frames as f64 / request.clip.rate().fps_for_display();
    let is_wordless = request.prompt.trim().is_empty() && request.references.is_empty();
    is_wordless && seconds <= longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipFrame, MaskedClip, Operation};

    #[test]
    fn backends_are_found_by_id_and_by_what_they_can_do() {
        let models = Models::locate().unwrap();
        assert_eq!(
            backend(&models, "rife-4.6").unwrap().describe().id,
            "rife-4.6"
        );
        assert_eq!(backend(&models, "fake").unwrap().describe().id, "fake");
        let text = backend(&models, "nothing").err().unwrap().to_string();
        assert!(
            text.starts_with("there is no model called \"nothing\"; installed are: ")
                && text.contains("rife-4.6"),
            "{text}"
        );
        let size = av::ScanSize::new(16, 16);
        let frames = vec![ClipFrame::ToMake];
        let clip = MaskedClip::new(size, av::FrameRate::FPS_25, frames).unwrap();
        let refused = backend_for(&models, &Request::new(clip.clone()))
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("known frame on both sides"),
            "{refused}"
        );
        let request = Request::new(clip).for_operation(Operation::Restyle);
        assert!(backend_for(&models, &request).is_err());
    }
}

//! Which backends there are.

use crate::{
    backend::Backend,
    error::{Error, Result},
    manifest::Models,
    models::{fake::FakeBackend, photo::PhotoBackend, rife::RifeBackend, sketch::SketchBackend},
    request::Request,
};

/// Every backend that can be used right now, the most capable first; weights are loaded when they are needed.
pub fn backends(models: &Models) -> Result<Vec<Box<dyn Backend>>> {
    Ok(vec![
        Box::new(RifeBackend::new(models)?),
        Box::new(PhotoBackend::new(models)?),
        Box::new(SketchBackend::new(models)?),
    ])
}

/// The backend with this id; "fake" is there for tests and development though it is not listed.
pub fn backend(models: &Models, id: &str) -> Result<Box<dyn Backend>> {
    if id == "fake" {
        return Ok(Box::new(FakeBackend::new()));
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

/// The first backend that can answer `request`; when none can, the reason the first that offers the operation gives.
pub fn backend_for(models: &Models, request: &Request) -> Result<Box<dyn Backend>> {
    let mut refusal = None;
    for backend in backends(models)? {
        let offers = backend.describe().capability(request.operation).is_some();
        match backend.estimate(request) {
            Ok(_) => return Ok(backend),
            Err(err) if offers => {
                refusal.get_or_insert(err);
            }
            Err(_does_not_offer) => {}
        }
    }
    Err(refusal.unwrap_or_else(|| Error::CannotAnswer {
        backend: "every installed model".into(),
        reason: format!("none of them offers {:?}", request.operation),
    }))
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

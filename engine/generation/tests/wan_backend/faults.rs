//! What goes wrong, and stopping.

use super::common::{answer_of, backend, backend_in, copied, edit, fixture, hole, known, request};
use candle_core::Device;
use generation::{
    Backend as _, Error, MaskedClip, Models, Operation, Request,
    catalog::{backend_for, choice, listing},
    installed::{self, RECORD_FILE},
    models::wan::backend::WanBackend,
};
use std::{ops::ControlFlow, path::Path, time::Instant};

#[test]
fn cancel_works_at_every_step() {
    let asked = request(
        Operation::Fill,
        [known(1, 5), hole(5), known(2, 4)].concat(),
    );
    let mut labels = Vec::new();
    let mut last = Instant::now();
    let mut longest = std::time::Duration::ZERO;
    let mut backend = backend();
    let output = backend.generate(&asked, &mut |step| {
        longest = longest.max(last.elapsed());
        last = Instant::now();
        labels.push(step.label);
        ControlFlow::Continue(())
    });
    let wanted = output.unwrap().frames;
    assert!(
        longest.as_secs_f64() < 1.0,
        "{longest:?} without being asked"
    );
    let all = labels.len();
    labels.dedup();
    assert_eq!(
        labels,
        [
            "preparing",
            "reading the prompt",
            "loading the model",
            "encoding the clip",
            "loading the model",
            "denoising",
            "decoding",
            "finishing"
        ]
    );
    for allowed in (0..all).step_by((all / 40).max(1)) {
        let mut left = allowed;
        // Every other time, everything has to be read again.
        if allowed % 2 == 0 {
            backend.release();
        }
        let result = backend.generate(&asked, &mut |_step| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        });
        match result {
            Err(Error::Cancelled) => {}
            // What is kept from the run before need not be told of.
            Ok(output) => assert_eq!(output.frames, wanted),
            Err(err) => panic!("after {allowed} of {all}: {err}"),
        }
    }
    assert_eq!(answer_of(&mut backend, &asked).frames, wanted, "unharmed");
}

#[test]
fn an_error_of_the_sink_stops_the_work() {
    let asked = request(Operation::TextToVideo, hole(9));
    let mut taken = 0;
    let mut sink = |_frame: av::VideoFrame| {
        taken += 1;
        Err(Error::BadClip {
            reason: "the disk is full".into(),
        })
    };
    let result = backend().generate_into(&asked, &mut sink, &mut |_| ControlFlow::Continue(()));
    assert!(result.unwrap_err().to_string().contains("the disk is full"));
    assert_eq!(taken, 1);
}

#[test]
fn prompts_are_encoded_once() {
    let folder = tempfile::tempdir().unwrap();
    let model = copied(folder.path());
    let cache = folder.path().join("cache");
    let asked = request(Operation::TextToVideo, hole(5));
    let made = answer_of(&mut backend_in(&model, Some(&cache)), &asked).frames;
    let mut later = backend_in(&model, Some(&cache));
    let estimate = later.estimate(&asked).unwrap();
    assert!(estimate.duration.is_some(), "measured the first time");
    // From now on the encoder cannot be read.
    std::fs::remove_file(model.join("text_encoder/model.safetensors")).unwrap();
    assert_eq!(answer_of(&mut later, &asked).frames, made);
    let new = Request {
        prompt: "a dog".into(),
        ..asked
    };
    let err = later.generate(&new, &mut |_| ControlFlow::Continue(()));
    assert!(err.unwrap_err().to_string().contains("model.safetensors"));
    assert!(backend().estimate(&new).unwrap().duration.is_none());
}

#[test]
fn too_little_memory_is_said_with_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let model = copied(folder.path());
    edit(
        &model.join(RECORD_FILE),
        "\"area_max\": 1536",
        "\"area_max\": 30720",
    );
    let size = av::ScanSize::new(192, 160);
    let clip = MaskedClip::new(size, av::FrameRate::FPS_25, hole(9)).unwrap();
    let asked = Request::new(clip).for_operation(Operation::TextToVideo);
    let rich = || backend_in(&model, None);
    let needed = rich().estimate(&asked).unwrap().memory_bytes;
    let poor = |bytes| rich().with_available_memory(bytes);
    let err = poor(needed / 20).estimate(&asked).unwrap_err().to_string();
    assert!(err.contains("Tiny random model needs 0.0 GB"), "{err}");
    let err = poor(needed - 3_000_000)
        .estimate(&asked)
        .unwrap_err()
        .to_string();
    assert!(err.contains("5 frames at 192x160 would take"), "{err}");
    assert!(matches!(
        poor(1).generate(&asked, &mut |_| ControlFlow::Continue(())),
        Err(Error::NotEnoughMemory { .. })
    ));
    // Without the transformer while decoding it just fits; the frames are the same.
    let decoding_counts = needed - 100_000;
    let made = answer_of(&mut poor(decoding_counts), &asked);
    assert_eq!(made.frames, answer_of(&mut rich(), &asked).frames);
    let texts: Vec<&str> = made.notes.iter().map(|note| &*note.text).collect();
    assert!(
        texts.iter().any(|text| text.starts_with("Memory is short")),
        "{texts:?}"
    );
}

/// Why the model in `folder` cannot be used.
fn refusal(folder: &Path) -> String {
    let opened =
        installed::open(folder).and_then(|model| WanBackend::open(model, None, Device::Cpu));
    opened.unwrap_err().to_string()
}

#[test]
fn broken_models_say_what_is_wrong() {
    let broken = |change: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        let model = copied(folder.path());
        change(&model);
        refusal(&model)
    };
    let text = broken(&|model| {
        let path = model.join("vae/diffusion_pytorch_model.safetensors");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    });
    assert!(text.contains("was installed with"), "{text}");
    let text = broken(&|model| {
        std::fs::remove_file(model.join("tokenizer/tokenizer.json")).unwrap();
    });
    assert!(
        text.contains("cannot find a file of Tiny random model"),
        "{text}"
    );
    let text = broken(&|model| edit(&model.join(RECORD_FILE), "\"tokenizer\"", "\"lora\""));
    assert!(text.contains("names no file for Tokenizer"), "{text}");
    let text = broken(&|model| edit(&model.join(RECORD_FILE), "\"unipc\"", "\"magic\""));
    assert!(text.contains("sampler \"magic\" is unknown"), "{text}");
    let text = broken(&|model| {
        // The autoencoder's file where the transformer's should be.
        let record = model.join(RECORD_FILE);
        edit(&record, "\"role\": \"vae\"", "\"role\": \"VAE\"");
        edit(&record, "\"role\": \"transformer\"", "\"role\": \"vae\"");
        edit(&record, "\"role\": \"VAE\"", "\"role\": \"transformer\"");
    });
    assert!(text.contains("not a diffusion transformer"), "{text}");
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let model = copied(folder.path());
    let path = model.join("transformer/diffusion_pytorch_model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 1_000;
    // All bits of the exponent: a half-precision number that is none.
    bytes[at..at + 2].copy_from_slice(&0x7e00_u16.to_le_bytes());
    let odd = at % 2;
    bytes[at + odd..at + odd + 2].copy_from_slice(&0x7e00_u16.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let asked = request(Operation::TextToVideo, hole(5));
    let result = backend_in(&model, None).generate(&asked, &mut |_| ControlFlow::Continue(()));
    let text = result.unwrap_err().to_string();
    assert!(
        text.contains("diffusion_pytorch_model.safetensors"),
        "{text}"
    );
}

#[test]
fn installed_models_come_before_shipped_ones_and_broken_ones_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    std::fs::create_dir(&good).unwrap();
    copied(&good);
    std::fs::rename(good.join("copy"), folder.path().join("tiny")).unwrap();
    let bad = folder.path().join("bad");
    std::fs::create_dir(&bad).unwrap();
    std::fs::write(bad.join(RECORD_FILE), "{").unwrap();
    let models = Models::locate().unwrap().with_user_folder(folder.path());
    if models.user_folder() != Some(folder.path()) {
        return;
    }
    let all = listing(&models).unwrap();
    assert_eq!(all.backends[0].describe().id, "tiny_model");
    assert!(all.backends.len() > 1);
    assert_eq!(all.broken.len(), 1);
    assert!(
        all.broken[0].to_string().contains("bad"),
        "{}",
        all.broken[0]
    );
    let asked = request(
        Operation::Fill,
        [known(1, 5), hole(6), known(2, 5)].concat(),
    );
    let id = |request: &Request| backend_for(&models, request).unwrap().describe().id.clone();
    assert_eq!(id(&asked), "tiny_model", "words were given");
    let wordless = Request {
        prompt: String::new(),
        ..asked
    };
    assert_eq!(id(&wordless), "rife-4.6", "made for short holes");
    assert!(choice(&models, &wordless).unwrap().passed_over.is_empty());
    let shipped = Models::locate().unwrap();
    assert_eq!(shipped.user_folder(), None);
    assert!(fixture().join(RECORD_FILE).is_file());
}

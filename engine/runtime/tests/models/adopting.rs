//! Files that are here already become a model where they are.

use crate::{assert_whole, files_below, go, listed, tiny_model};
use generation::installed::Role;
use runtime::{
    Error, Problem,
    models::{
        ModelsError,
        adopt::{Adoption, RunChoices, adopt},
        list::State,
        remove::remove,
        verify::verify,
    },
};
use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    slice::from_ref,
};

/// A copy of the small random model that tests may change.
fn copied(folder: &Path) -> PathBuf {
    let to = folder.join("My Model");
    for name in files_below(&tiny_model()) {
        if name != "everframe-model.json" {
            let path = to.join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(tiny_model().join(&name), path).unwrap();
        }
    }
    to
}

fn of(paths: &[PathBuf]) -> Adoption {
    Adoption {
        paths: paths.to_vec(),
        ..Adoption::default()
    }
}

#[track_caller]
fn refused(folder: &Path, adoption: &Adoption) -> Problem {
    let error = adopt(folder, adoption, &mut go).unwrap_err();
    assert!(generation::installed::installed(folder).unwrap().is_empty());
    assert_eq!(files_below(folder), [] as [&str; 0]);
    Problem::from(error)
}

#[test]
fn a_model_that_hears_speech_is_adopted_for_captions() {
    let tiny = tiny_model().with_file_name("whisper").join("tiny_whisper");
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["model.safetensors", "tokenizer.json"] {
        fs::copy(tiny.join(name), files.path().join(name)).unwrap();
    }
    let theirs = files.path().to_path_buf();
    let alone = refused(folder.path(), &of(&[theirs.join("model.safetensors")]));
    assert!(alone.summary.contains("tokenizer"), "{alone}");
    let both = refused(folder.path(), &of(&[theirs.clone(), copied(files.path())]));
    assert!(both.to_string().contains("one after the other"), "{both}");
    fs::remove_dir_all(files.path().join("My Model")).unwrap();
    let adoption = Adoption {
        id: Some("listener".into()),
        ..of(from_ref(&theirs))
    };
    let model = adopt(folder.path(), &adoption, &mut go).unwrap();
    assert!(model.record.hears_speech());
    assert_whole(folder.path(), "listener");
    let listed = listed(folder.path(), "listener");
    assert_eq!((listed.state, listed.problems.len()), (State::Adopted, 0));
    assert!(listed.what.contains("captions from speech"), "{listed:?}");
}

#[test]
fn a_folder_is_adopted_listed_checked_and_forgotten() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let theirs = copied(files.path());
    let before = files_below(&theirs);
    let mut reports = Vec::new();
    let mut on_progress = |progress: runtime::JobProgress| {
        reports.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    let model = adopt(folder.path(), &of(from_ref(&theirs)), &mut on_progress).unwrap();
    assert_eq!(reports.last().unwrap().0, reports.last().unwrap().1);
    assert_eq!(model.record.id, "my-model");
    assert!(model.record.is_adopted() && model.record.origins.is_empty());
    assert_eq!(
        files_below(folder.path()),
        ["my-model/everframe-model.json"]
    );
    for (role, name) in [
        (
            Role::Transformer,
            "transformer/diffusion_pytorch_model.safetensors",
        ),
        (Role::Vae, "vae/diffusion_pytorch_model.safetensors"),
        (Role::TextEncoder, "text_encoder/model.safetensors"),
        (Role::Tokenizer, "tokenizer/tokenizer.json"),
    ] {
        assert_eq!(model.record.paths(&model.folder, role), [theirs.join(name)]);
    }
    assert_eq!(model.record.paths(&model.folder, Role::Config).len(), 3);
    let theirs_record = generation::installed::open(&tiny_model()).unwrap().record;
    for file in &theirs_record.files {
        let mine = model
            .record
            .files
            .iter()
            .find(|it| it.role == file.role)
            .unwrap();
        assert_eq!(mine.sha256, file.sha256);
    }
    let listed = listed(folder.path(), "my-model");
    assert_eq!(listed.state, State::Adopted);
    assert!(
        listed.what.contains("extends, fills, joins"),
        "{}",
        listed.what
    );
    assert_whole(folder.path(), "my-model");
    fs::write(theirs.join("vae/config.json"), "{}").unwrap();
    let faults = verify(folder.path(), Some("my-model"), &mut go)
        .unwrap()
        .faults();
    assert!(
        faults.len() == 1 && faults[0].contains("vae/config.json"),
        "{faults:?}"
    );
    let again = adopt(folder.path(), &of(from_ref(&theirs)), &mut go).unwrap_err();
    assert!(matches!(again, Error::Models(ModelsError::Taken { .. })));
    let removed = remove(folder.path(), "my-model").unwrap();
    assert!(removed.was_adopted && removed.kept.is_empty());
    assert_eq!(files_below(&theirs), before);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn single_files_are_told_by_their_content() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let theirs = copied(files.path());
    // Names say nothing, and the ending of the tokenizer is all that it has.
    let mut paths = Vec::new();
    for (from, to) in [
        ("vae/diffusion_pytorch_model.safetensors", "a.safetensors"),
        ("text_encoder/model.safetensors", "c.safetensors"),
        ("tokenizer/tokenizer.json", "d.json"),
    ] {
        paths.push(files.path().join(to));
        fs::rename(theirs.join(from), paths.last().unwrap()).unwrap();
    }
    // Heads of this size are only known from the config beside it.
    paths.push(theirs.join("transformer/diffusion_pytorch_model.safetensors"));
    let missing = refused(folder.path(), &of(&paths[..2]));
    assert_eq!(
        missing.summary,
        "There is no transformer, no tokenizer (tokenizer.json) among these files; found: VAE, text encoder"
    );
    let adoption = Adoption {
        id: Some("mine".into()),
        name: Some("Mine".into()),
        license: Some("MIT".into()),
        run: RunChoices {
            sampler: Some("euler".into()),
            num_inference_steps: Some(4),
            guidance_scale: Some(1.0),
            flow_shift: None,
        },
        ..of(&paths)
    };
    let model = adopt(folder.path(), &adoption, &mut go).unwrap();
    let record = model.record;
    assert_eq!((record.id.as_str(), record.name.as_str()), ("mine", "Mine"));
    assert_eq!(record.license, "MIT");
    let run = &record.defaults;
    assert_eq!(
        (run.sampler.as_str(), run.num_inference_steps),
        ("euler", 4)
    );
    assert_eq!((run.guidance_scale, run.flow_shift), (1.0, 3.0));
}

#[test]
fn two_transformers_need_to_be_told_apart() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let theirs = copied(files.path());
    let copy = |to: &str| {
        let to = theirs.join(to);
        fs::create_dir_all(&to).unwrap();
        for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
            fs::copy(theirs.join("transformer").join(name), to.join(name)).unwrap();
        }
        to.join("diffusion_pytorch_model.safetensors")
    };
    let second = copy("experts");
    let problem = refused(folder.path(), &of(from_ref(&theirs)));
    assert!(
        problem
            .summary
            .contains("Several files could be the transformer"),
        "{problem}"
    );
    let adoption = Adoption {
        low_noise: Some(second.clone()),
        ..of(from_ref(&theirs))
    };
    let model = adopt(folder.path(), &adoption, &mut go).unwrap();
    let low = model.record.paths(&model.folder, Role::TransformerLowNoise);
    assert_eq!(low, [second]);
    assert_eq!(model.record.defaults.boundary, Some(0.875));
    remove(folder.path(), "my-model").unwrap();
    fs::remove_dir_all(theirs.join("experts")).unwrap();
    let second = copy("transformer_2");
    let model = adopt(folder.path(), &of(from_ref(&theirs)), &mut go).unwrap();
    let low = model.record.paths(&model.folder, Role::TransformerLowNoise);
    assert_eq!(low, [second]);
    remove(folder.path(), "my-model").unwrap();
    copy("transformer_3");
    let problem = refused(folder.path(), &of(&[theirs]));
    assert!(problem.summary.contains("Several files"), "{problem}");
}

#[test]
fn what_is_no_model_is_refused() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &str| files.path().join(name);
    fs::write(path("text.safetensors"), "Dear diary").unwrap();
    fs::write(path("list.json"), "{\"a\":1}").unwrap();
    for (name, words) in [
        ("nowhere.safetensors", "did not work"),
        ("text.safetensors", "text.safetensors"),
        ("list.json", "it is no tokenizer"),
    ] {
        let problem = refused(folder.path(), &of(&[path(name)]));
        assert!(problem.summary.contains(words), "{name}: {problem}");
    }
    let problem = refused(folder.path(), &of(&[files.path().to_owned()]));
    assert!(
        problem.summary.contains("No model files were found"),
        "{problem}"
    );
    let theirs = copied(files.path());
    let adoption = Adoption {
        loras: vec![(theirs.join("vae/diffusion_pytorch_model.safetensors"), 1.0)],
        ..of(from_ref(&theirs))
    };
    let problem = refused(folder.path(), &adoption);
    assert!(problem.summary.contains("it is no LoRA"), "{problem}");
    for id in ["../x", "A b"] {
        let adoption = Adoption {
            id: Some(id.into()),
            ..of(from_ref(&theirs))
        };
        let problem = refused(folder.path(), &adoption);
        assert!(problem.summary.contains("cannot be the id"), "{problem}");
    }
    let mut stop = |_progress: runtime::JobProgress| ControlFlow::Break(());
    let stopped = adopt(folder.path(), &of(&[theirs]), &mut stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert_eq!(files_below(folder.path()), [] as [&str; 0]);
}

#[test]
fn low_rank_changes_come_with_their_strength() {
    let (folder, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let theirs = copied(files.path());
    let lora = files.path().join("style.safetensors");
    fs::write(&lora, low_rank()).unwrap();
    let adoption = Adoption {
        loras: vec![(lora.clone(), 0.5)],
        ..of(&[theirs])
    };
    let model = adopt(folder.path(), &adoption, &mut go).unwrap();
    let file = model.record.files.last().unwrap();
    assert_eq!((file.role, file.strength), (Role::Lora, 0.5));
    assert_eq!(file.path, lora);
}

/// A file in the safetensors layout with the two factors of one change.
fn low_rank() -> Vec<u8> {
    let tensor = |start: usize| serde_json::json!({ "dtype": "F32", "shape": [2, 2], "data_offsets": [start, start + 16] });
    let header = serde_json::json!({
        "diffusion_model.blocks.0.self_attn.q.lora_A.weight": tensor(0),
        "diffusion_model.blocks.0.self_attn.q.lora_B.weight": tensor(16),
    })
    .to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend([0; 32]);
    file
}

//! Checking and removing: every bad file is named, and nothing of the user's is touched.

use crate::{assert_whole, go, install_from, listed, one_file_model, small_model, usual_hub};
use runtime::{
    Error,
    models::{ModelsError, list::State, remove::remove, verify::verify},
};
use std::{fs, ops::ControlFlow};

#[test]
fn every_bad_file_is_named() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let model = install_from(&fake, folder.path(), small_model("small")).unwrap();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
    let vae = model.folder.join("vae/vae.safetensors");
    let mut content = fs::read(&vae).unwrap();
    content[5] ^= 1;
    // A new file, as the other model has the same one.
    fs::remove_file(&vae).unwrap();
    fs::write(&vae, &content).unwrap();
    fs::remove_file(model.folder.join("tokenizer/tokenizer.json")).unwrap();
    fs::write(
        model.folder.join("license/owner-small-model.txt"),
        "Do nothing.\n",
    )
    .unwrap();
    let mut reports = Vec::new();
    let mut on_progress = |progress: runtime::JobProgress| {
        reports.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    let checked = verify(folder.path(), None, &mut on_progress).unwrap();
    assert!(
        checked.ids.contains(&"rife-4.6".to_owned()),
        "shipped ones too: {:?}",
        checked.ids
    );
    let faults = checked.faults();
    assert_eq!(faults.len(), 3, "{faults:?}");
    for (name, words) in [
        ("vae.safetensors", "was changed"),
        ("tokenizer.json", "is missing"),
        ("owner-small-model.txt", "has 12 bytes, should have 18"),
    ] {
        let found = faults.iter().find(|fault| fault.contains(name)).unwrap();
        assert!(
            found.starts_with("small: ") && found.ends_with(words),
            "{found}"
        );
    }
    assert!(
        reports.windows(2).all(|pair| pair[0].0 <= pair[1].0),
        "{reports:?}"
    );
    assert_eq!(reports.last().unwrap().0, reports.last().unwrap().1);
    assert_whole(folder.path(), "one");
    let listed = listed(folder.path(), "small");
    assert_eq!(
        listed.problems.len(),
        2,
        "what is seen without reading: {:?}",
        listed.problems
    );
    let mut stop = |_progress: runtime::JobProgress| ControlFlow::Break(());
    let stopped = verify(folder.path(), None, &mut stop);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    let unknown = verify(folder.path(), Some("nothing"), &mut go).unwrap_err();
    assert!(
        unknown.to_string().contains("there are: one, small"),
        "{unknown}"
    );
}

#[test]
fn what_is_not_of_the_model_stays() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let model = install_from(&fake, folder.path(), small_model("small")).unwrap();
    fs::write(model.folder.join("vae/notes.txt"), "mine").unwrap();
    let removed = remove(folder.path(), "small").unwrap();
    assert_eq!(removed.kept, [model.folder.join("vae/notes.txt")]);
    assert_eq!(fs::read_to_string(&removed.kept[0]).unwrap(), "mine");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert!(matches!(
        remove(folder.path(), "small"),
        Err(Error::Models(ModelsError::NotThere { .. }))
    ));
}

#[test]
fn shipped_and_unknown_models_cannot_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let error = remove(folder.path(), "rife-4.6").unwrap_err();
    assert!(
        matches!(error, Error::Models(ModelsError::Shipped { .. })),
        "{error}"
    );
    for id in ["..", "a/b", ""] {
        let error = remove(folder.path(), id).unwrap_err();
        assert!(
            matches!(error, Error::Models(ModelsError::BadId { .. })),
            "{error}"
        );
    }
    let error = remove(folder.path(), "nothing").unwrap_err();
    assert!(
        error.to_string().contains("install or adopt one"),
        "{error}"
    );
}

#[test]
fn a_broken_record_is_listed_and_its_folder_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("everframe-model.json"), "{").unwrap();
    fs::write(path.join("vae.safetensors"), "x").unwrap();
    let broken = listed(folder.path(), "mine");
    assert_eq!((broken.state, broken.problems.len()), (State::Broken, 1));
    let checked = verify(folder.path(), None, &mut go).unwrap();
    assert_eq!(checked.broken.len(), 1);
    assert!(matches!(
        remove(folder.path(), "mine"),
        Err(Error::Generation(_))
    ));
    assert!(path.join("vae.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn links_out_are_never_followed() {
    use std::os::unix::fs::symlink;
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("vae.safetensors"), "precious").unwrap();
    let model = install_from(&fake, folder.path(), small_model("small")).unwrap();
    let vae = model.folder.join("vae");
    fs::remove_dir_all(&vae).unwrap();
    symlink(outside.path(), &vae).unwrap();
    let error = remove(folder.path(), "small").unwrap_err();
    assert!(
        matches!(error, Error::Models(ModelsError::LeadsOut { .. })),
        "{error}"
    );
    assert!(
        model.folder.join("transformer/config.json").exists(),
        "nothing was deleted"
    );
    // A link in a file's place goes; what it leads to stays.
    fs::remove_file(&vae).unwrap();
    fs::create_dir(&vae).unwrap();
    symlink(
        outside.path().join("vae.safetensors"),
        vae.join("vae.safetensors"),
    )
    .unwrap();
    remove(folder.path(), "small").unwrap();
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    // A whole model that is a link to somewhere else.
    let elsewhere = install_from(&fake, outside.path(), one_file_model()).unwrap();
    symlink(&elsewhere.folder, folder.path().join("one")).unwrap();
    let error = remove(folder.path(), "one").unwrap_err();
    assert!(
        matches!(error, Error::Models(ModelsError::LeadsOut { .. })),
        "{error}"
    );
    // An unfinished download that is one.
    symlink(outside.path(), folder.path().join(".partial-two")).unwrap();
    let error = remove(folder.path(), "two").unwrap_err();
    assert!(
        matches!(error, Error::Models(ModelsError::LeadsOut { .. })),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(outside.path().join("vae.safetensors")).unwrap(),
        "precious"
    );
    assert!(elsewhere.folder.join("vae/vae.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_removal_is_finished() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let model = install_from(&fake, folder.path(), small_model("small")).unwrap();
    let removing = folder.path().join(".removing-small");
    fs::rename(&model.folder, &removing).unwrap();
    fs::remove_file(removing.join("vae/vae.safetensors")).unwrap();
    fs::write(removing.join("mine.txt"), "mine").unwrap();
    let listed = listed(folder.path(), "small");
    assert_eq!(listed.state, State::Removing);
    let removed = remove(folder.path(), "small").unwrap();
    assert_eq!(removed.kept, [folder.path().join("small/mine.txt")]);
    assert!(!removing.exists());
}

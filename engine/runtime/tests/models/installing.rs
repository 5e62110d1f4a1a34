//! Whole installs: what is planned, what is recorded, what several models share.

use crate::{
    REPOSITORY, assert_whole, fails,
    fake_hub::{Fault, sha256},
    files_below, go, hub_at, install_from, listed, noise, one_file_model, part, small_model,
    usual_hub,
};
use generation::installed::Role;
use runtime::{
    Error, Problem,
    models::{
        ModelsError,
        catalogue::{Installable, PartFiles},
        install::{install, plan},
        list::State,
        remove::remove,
        verify::verify,
    },
};
use std::{fs, ops::ControlFlow};

#[test]
fn a_model_comes_whole() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let hub = hub_at(&fake);
    let planned = plan(folder.path(), small_model("small"), &hub, &mut go).unwrap();
    assert_eq!(
        files_below(folder.path()),
        [] as [&str; 0],
        "a plan writes nothing"
    );
    assert!(
        fake.requests("/resolve/")
            .iter()
            .all(|it| it.path.ends_with("index.json"))
    );
    assert_eq!(
        planned.total_bytes(),
        300_000 + 70_000 + 90_000 + 120_000 + 28 + 2 + 18
    );
    assert_eq!(planned.licenses(), [(REPOSITORY, "apache-2.0")]);
    assert!(planned.license_change().is_none());
    let mut reports = Vec::new();
    let mut on_progress = |progress: runtime::JobProgress| {
        reports.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    let model = install(folder.path(), &planned, &hub, &mut on_progress).unwrap();
    let total = planned.total_bytes();
    assert!(
        reports.windows(2).all(|pair| pair[0].0 <= pair[1].0),
        "{reports:?}"
    );
    assert_eq!(reports.last(), Some(&(total, total)));
    let names = [
        "small/everframe-model.json",
        "small/license/owner-small-model.txt",
        "small/text_encoder/model.safetensors",
        "small/tokenizer/tokenizer.json",
        "small/transformer/config.json",
        "small/transformer/net-00001-of-00002.safetensors",
        "small/transformer/net-00002-of-00002.safetensors",
        "small/vae/vae.safetensors",
    ];
    assert_eq!(files_below(folder.path()), names);
    let record = &model.record;
    assert_eq!(
        record,
        &generation::installed::open(&model.folder).unwrap().record
    );
    assert_eq!(
        (record.license.as_str(), record.origins.len()),
        ("apache-2.0", 1)
    );
    assert_eq!(record.origins[0].revision.len(), 40, "a whole commit");
    assert_eq!(record.paths(&model.folder, Role::Transformer).len(), 2);
    for file in &record.files {
        let content = fs::read(model.folder.join(&file.path)).unwrap();
        assert_eq!(
            (sha256(&content), content.len() as u64),
            (file.sha256.clone(), file.size_bytes)
        );
    }
}

#[test]
fn what_is_installed_is_listed_good_and_goes() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let model = install_from(&fake, folder.path(), small_model("small")).unwrap();
    let total = model.record.size_bytes();
    let again = install_from(&fake, folder.path(), small_model("small")).unwrap_err();
    assert!(matches!(again, Error::Models(ModelsError::Taken { .. })));
    let listed = listed(folder.path(), "small");
    assert_eq!((listed.state, listed.size_bytes), (State::Installed, total));
    assert!(listed.problems.is_empty());
    let checked = verify(folder.path(), Some("small"), &mut go).unwrap();
    assert_eq!((checked.files.len(), checked.faults().len()), (7, 0));
    let removed = remove(folder.path(), "small").unwrap();
    assert!(removed.freed_bytes > total && removed.kept.is_empty());
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn what_models_share_comes_once() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    install_from(&fake, folder.path(), small_model("first")).unwrap();
    let other = "owner/other-model";
    fake.large(other, "net.safetensors", &noise(9, 5_000));
    let second = Installable {
        parts: small_model("second")
            .parts
            .into_iter()
            .map(|mut it| {
                if it.role == Role::Transformer {
                    it = part(
                        Role::Transformer,
                        other,
                        PartFiles::Checkpoint("net".into()),
                    );
                }
                it
            })
            .collect(),
        ..small_model("second")
    };
    let before = fake.requests("/resolve/").len();
    let model = install_from(&fake, folder.path(), second).unwrap();
    let mut fetched: Vec<String> = (fake.requests("/resolve/").split_off(before))
        .into_iter()
        .map(|request| request.path.rsplit('/').next().unwrap().to_owned())
        .collect();
    fetched.sort();
    // Small files are known by another hash and come again.
    assert_eq!(
        fetched,
        ["LICENSE.txt", "net.safetensors", "tokenizer.json"]
    );
    assert_eq!(model.record.origins.len(), 2);
    let removed = remove(folder.path(), "first").unwrap();
    assert!(
        removed.freed_bytes < 400_000,
        "shared bytes stay: {}",
        removed.freed_bytes
    );
    assert_whole(folder.path(), "second");
}

#[test]
fn a_twin_that_was_changed_is_not_trusted() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let first = install_from(&fake, folder.path(), small_model("first")).unwrap();
    let vae = first.folder.join("vae/vae.safetensors");
    fs::write(&vae, noise(77, 90_000)).unwrap();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
    assert_whole(folder.path(), "one");
}

#[test]
fn a_licence_that_changed_is_told() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let hub = hub_at(&fake);
    fake.license(Some("cc-by-nc-4.0"));
    let planned = plan(folder.path(), small_model("small"), &hub, &mut go).unwrap();
    let problem = Problem::from(planned.license_change().unwrap());
    assert!(
        problem
            .summary
            .contains("no longer Apache-2.0 but cc-by-nc-4.0"),
        "{problem}"
    );
    fake.license(None);
    let planned = plan(folder.path(), small_model("small"), &hub, &mut go).unwrap();
    assert!(planned.license_change().is_none());
    assert_eq!(planned.licenses(), [(REPOSITORY, "Apache-2.0")]);
}

#[test]
fn too_little_room_is_told_before_anything_comes() {
    let fake = usual_hub();
    fake.mis_sized(REPOSITORY, "vae/vae.safetensors", b"x", 1 << 60);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(matches!(error, ModelsError::NoSpace { needed_bytes, .. } if needed_bytes > 1 << 59));
    let problem = Problem::from(Error::Models(error));
    assert!(
        problem.summary.contains("nothing was downloaded"),
        "{problem}"
    );
    assert!(fake.requests("vae.safetensors").is_empty());
}

#[test]
fn an_index_cannot_lead_out() {
    for name in [
        "../../outside.safetensors",
        "/etc/passwd",
        "not-there.safetensors",
        "",
    ] {
        let fake = usual_hub();
        let index = serde_json::json!({ "weight_map": { "a": name } }).to_string();
        fake.small(
            REPOSITORY,
            "transformer/net.safetensors.index.json",
            index.as_bytes(),
        );
        let folder = tempfile::tempdir().unwrap();
        let error = fails(&fake, folder.path(), small_model("small"));
        assert!(matches!(error, ModelsError::NotOnHub { .. }), "{error}");
        assert_eq!(files_below(folder.path()), [] as [&str; 0]);
    }
    let fake = usual_hub();
    fake.small(
        REPOSITORY,
        "transformer/net.safetensors.index.json",
        b"{\"weight_map\":{}}",
    );
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), small_model("small"));
    assert!(matches!(error, ModelsError::BadAnswer { .. }), "{error}");
}

#[test]
fn two_cannot_work_on_one_model() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Trickle, 1);
    let folder = tempfile::tempdir().unwrap();
    let hub = hub_at(&fake);
    let planned = plan(folder.path(), one_file_model(), &hub, &mut go).unwrap();
    let mut second = None;
    let mut on_progress = |progress: runtime::JobProgress| {
        if progress.done > 0 && second.is_none() {
            second = Some(install(folder.path(), &planned, &hub_at(&fake), &mut go));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let first = install(folder.path(), &planned, &hub, &mut on_progress);
    assert!(matches!(first, Err(Error::Cancelled)));
    let second = second.unwrap().unwrap_err();
    assert!(
        matches!(second, Error::Models(ModelsError::InUse { .. })),
        "{second}"
    );
    install_from(&fake, folder.path(), one_file_model()).unwrap();
}

#[test]
fn what_is_in_the_way_stays() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("one")).unwrap();
    fs::write(folder.path().join("one/diary.txt"), "mine").unwrap();
    let error = install_from(&fake, folder.path(), one_file_model()).unwrap_err();
    assert!(
        matches!(error, Error::Models(ModelsError::FolderInTheWay { .. })),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("one/diary.txt")).unwrap(),
        "mine"
    );
    fs::remove_file(folder.path().join("one/diary.txt")).unwrap();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
}

#[test]
fn ids_that_cannot_be_are_refused() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    for id in ["../evil", "", ".hidden"] {
        let error = install_from(&fake, folder.path(), small_model(id)).unwrap_err();
        let is_refused = matches!(error, Error::Models(ModelsError::BadId { .. }));
        assert!(is_refused, "{error}");
    }
    assert_eq!(files_below(folder.path()), [] as [&str; 0]);
    let error = fails(&fake, folder.path(), small_model("rife-4.6"));
    assert!(matches!(error, ModelsError::Taken { .. }), "{error}");
    assert!(fake.requests("").is_empty());
}

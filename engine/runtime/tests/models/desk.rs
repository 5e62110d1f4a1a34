//! What the window asks about models, done one thing at a time.

use super::*;
use runtime::models::desk::{ModelDesk, ModelNews, ModelOrder};

fn desk_at(fake: &FakeHub) -> ModelDesk {
    let url = fake.url.clone();
    let hub = move || Hub::new(&url, None, patience());
    ModelDesk::new(vec![small_model("small")], Box::new(hub))
}

fn id() -> String {
    "small".to_owned()
}

#[test]
fn nothing_is_downloaded_before_it_was_planned_and_listing_asks_nobody() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_at(&fake);
    let listed = desk.take(folder.path(), &ModelOrder::List, &mut go);
    assert!(matches!(listed, Ok(ModelNews::Listed(_))));
    // Without a plan there was nothing to agree to: the plan comes, no file does.
    let order = ModelOrder::Install { id: id() };
    let planned = desk.take(folder.path(), &order, &mut go).unwrap();
    let ModelNews::Planned(plan) = planned else {
        panic!("{planned:?}");
    };
    assert!(plan.total_bytes() > 500_000);
    assert_eq!(files_below(folder.path()), Vec::<String>::new());
    let done = desk.take(folder.path(), &order, &mut go).unwrap();
    let ModelNews::Done(words) = done else {
        panic!("{done:?}");
    };
    assert!(words.contains("apache-2.0"), "{words}");
    let verify = ModelOrder::Verify { id: Some(id()) };
    let verified = desk.take(folder.path(), &verify, &mut go);
    assert!(matches!(verified, Ok(ModelNews::Done(_))));
    let weights = folder.path().join("small/vae/vae.safetensors");
    fs::write(&weights, b"short").unwrap();
    let damaged = desk.take(folder.path(), &verify, &mut go);
    assert!(
        matches!(damaged, Err(Error::Models(ModelsError::Damaged { .. }))),
        "{damaged:?}"
    );
    let remove = ModelOrder::Remove { id: id() };
    let removed = desk.take(folder.path(), &remove, &mut go);
    assert!(matches!(removed, Ok(ModelNews::Done(_))), "{removed:?}");
}

#[test]
fn a_stopped_download_goes_on_from_there() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_at(&fake);
    let order = ModelOrder::Install { id: id() };
    desk.take(folder.path(), &order, &mut go).unwrap();
    let mut stop = |progress: JobProgress| {
        if progress.done > 100_000 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let stopped = desk.take(folder.path(), &order, &mut stop);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    let kept = files_below(folder.path());
    assert!(kept.iter().all(|file| file.starts_with(".partial-small")));
    assert!(kept.len() > 1, "what came stays: {kept:?}");
    let done = desk.take(folder.path(), &order, &mut go);
    assert!(matches!(done, Ok(ModelNews::Done(_))), "{done:?}");
}

#[test]
fn an_unknown_model_is_named() {
    let fake = FakeHub::start();
    let folder = tempfile::tempdir().unwrap();
    let order = ModelOrder::Plan {
        id: "unknown".into(),
    };
    let refused = desk_at(&fake).take(folder.path(), &order, &mut go);
    assert!(matches!(
        refused,
        Err(Error::Models(ModelsError::NotInstallable { .. }))
    ));
}

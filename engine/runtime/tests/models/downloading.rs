//! One file against everything that goes wrong between here and the hub.

use crate::{
    REPOSITORY, assert_whole, fails,
    fake_hub::{FakeHub, Fault},
    files_below, go, hub_at, install_from, listed, noise, one_file_model, patience, small_model,
    usual_hub,
};
use runtime::{
    Error, JobProgress, Problem,
    models::{
        ModelsError,
        hub::Hub,
        install::{install, plan},
        list::State,
        remove::remove,
    },
};
use std::{
    fs,
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

/// The download stopped here in an earlier run.
fn stopped_halfway(fake: &FakeHub, folder: &Path) {
    fake.fault("vae.safetensors", Fault::Hang(Some(40_000)), 1);
    let hub = hub_at(fake);
    let planned = plan(folder, one_file_model(), &hub, &mut go).unwrap();
    let mut on_progress = |progress: JobProgress| {
        if progress.done >= 40_000 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let stopped = install(folder, &planned, &hub, &mut on_progress);
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    fake.behave();
}

#[test]
fn a_broken_connection_goes_on_where_it_was() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Drop(30_000), 2);
    let folder = tempfile::tempdir().unwrap();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
    let requests = fake.requests("vae.safetensors");
    let ranges: Vec<Option<&str>> = requests.iter().map(|it| it.range.as_deref()).collect();
    assert_eq!(ranges, [None, Some("bytes=30000-"), Some("bytes=60000-")]);
    assert!(
        requests[1]
            .if_range
            .as_ref()
            .is_some_and(|tag| tag.starts_with('"'))
    );
}

#[test]
fn a_connection_that_always_breaks_is_given_up() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Drop(1_000), 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(
        matches!(&error, ModelsError::Network { tries: 4, .. }),
        "{error}"
    );
    assert_eq!(fake.requests("vae.safetensors").len(), 4);
    let problem = Problem::from(Error::Models(error));
    assert!(
        problem.summary.contains("the connection broke off"),
        "{problem}"
    );
    assert!(
        problem.help.contains("goes on where it stopped"),
        "{problem}"
    );
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_stopped() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    stopped_halfway(&fake, folder.path());
    let half = listed(folder.path(), "one");
    assert_eq!(half.state, State::Unfinished);
    assert!(
        half.problems[0].contains("of 90.0 kB have come"),
        "{:?}",
        half.problems
    );
    let hub = hub_at(&fake);
    let planned = plan(folder.path(), one_file_model(), &hub, &mut go).unwrap();
    assert!(planned.here_bytes >= 40_000);
    install(folder.path(), &planned, &hub, &mut go).unwrap();
    let last = fake.requests("vae.safetensors").pop().unwrap();
    assert_eq!(last.range.as_deref(), Some("bytes=40000-"));
    assert!(last.if_range.is_some());
    assert_eq!(
        files_below(folder.path()),
        [
            "one/everframe-model.json",
            "one/license/owner-small-model.txt",
            "one/vae/vae.safetensors"
        ]
    );
    assert_whole(folder.path(), "one");
}

#[test]
fn what_stopped_halfway_can_be_cleared_away() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    stopped_halfway(&fake, folder.path());
    let removed = remove(folder.path(), "one").unwrap();
    assert!(removed.freed_bytes >= 40_000);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    assert!(remove(folder.path(), "one").is_err());
}

#[test]
fn a_file_that_changed_on_the_hub_starts_again() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    stopped_halfway(&fake, folder.path());
    let changed = noise(33, 95_000);
    fake.large(REPOSITORY, "vae/vae.safetensors", &changed);
    let model = install_from(&fake, folder.path(), one_file_model()).unwrap();
    assert_eq!(fake.requests("vae.safetensors").pop().unwrap().range, None);
    assert_eq!(
        fs::read(model.folder.join("vae/vae.safetensors")).unwrap(),
        changed
    );
}

#[test]
fn files_that_were_whole_do_not_come_again() {
    let fake = usual_hub();
    let folder = tempfile::tempdir().unwrap();
    fake.fault("tokenizer.json", Fault::Status(404, None), 1);
    let error = fails(&fake, folder.path(), small_model("small"));
    assert!(matches!(error, ModelsError::NotOnHub { .. }), "{error}");
    install_from(&fake, folder.path(), small_model("small")).unwrap();
    assert_eq!(fake.requests("vae.safetensors").len(), 1);
    assert_eq!(fake.requests("tokenizer.json").len(), 2);
}

#[test]
fn a_server_without_ranges_starts_again() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Drop(30_000), 1);
    fake.fault("vae.safetensors", Fault::NoRanges, 9);
    let folder = tempfile::tempdir().unwrap();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
    assert_eq!(fake.requests("vae.safetensors").len(), 2);
    assert_whole(folder.path(), "one");
}

#[test]
fn a_lie_about_the_length_is_refused() {
    for (fault, found) in [
        (Fault::Lie(-1_000), 89_000),
        (Fault::Lie(1_000), 91_000),
        (Fault::Overflow, 0),
    ] {
        let fake = usual_hub();
        fake.fault("vae.safetensors", fault.clone(), 99);
        let folder = tempfile::tempdir().unwrap();
        let error = fails(&fake, folder.path(), one_file_model());
        let ModelsError::Length {
            wanted: 90_000,
            found: said,
            ..
        } = error
        else {
            panic!("{fault:?}: {error}");
        };
        assert!(said == found || (found == 0 && said > 90_000), "{said}");
        fake.behave();
        install_from(&fake, folder.path(), one_file_model()).unwrap();
    }
}

#[test]
fn one_wrong_byte_is_noticed() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Corrupt(50_000), 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(matches!(error, ModelsError::Corrupt { .. }), "{error}");
    assert_eq!(
        fake.requests("vae.safetensors").len(),
        2,
        "once more, from the start"
    );
    assert!(
        fake.requests("vae.safetensors")
            .iter()
            .all(|it| it.range.is_none())
    );
    let left = files_below(folder.path());
    assert!(
        !left.iter().any(|name| name.contains("vae")),
        "the bad bytes stay: {left:?}"
    );
    let problem = Problem::from(Error::Models(error));
    assert!(
        problem.summary.contains("damaged twice and was deleted"),
        "{problem}"
    );
    fake.behave();
    fake.fault("vae.safetensors", Fault::Corrupt(7), 1);
    install_from(&fake, folder.path(), one_file_model()).unwrap();
}

#[test]
fn a_small_file_is_checked_by_its_git_name() {
    let fake = usual_hub();
    fake.fault("tokenizer.json", Fault::Corrupt(3), 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), small_model("small"));
    assert!(
        matches!(&error, ModelsError::Corrupt { wanted, .. } if wanted.len() == 40),
        "{error}"
    );
    let fake = usual_hub();
    fake.fault("index.json", Fault::Corrupt(3), 99);
    let error = fails(&fake, folder.path(), small_model("small"));
    assert!(matches!(&error, ModelsError::Corrupt { .. }), "{error}");
}

#[test]
fn every_status_has_its_words() {
    for (status, tries, words) in [
        (404, 1, "has no vae/vae.safetensors"),
        (401, 1, "does not hand out"),
        (403, 1, "does not hand out"),
        (400, 1, "has trouble (status 400)"),
        (500, 4, "has trouble (status 500)"),
        (429, 4, "has trouble (status 429)"),
    ] {
        let fake = usual_hub();
        fake.fault("vae.safetensors", Fault::Status(status, None), 99);
        let folder = tempfile::tempdir().unwrap();
        let error = fails(&fake, folder.path(), one_file_model());
        assert_eq!(fake.requests("vae.safetensors").len(), tries, "{status}");
        let problem = Problem::from(Error::Models(error));
        assert!(problem.summary.contains(words), "{status}: {problem}");
    }
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_says() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Status(503, Some(1)), 1);
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    install_from(&fake, folder.path(), one_file_model()).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn files_come_from_where_the_hub_leads_to_without_the_token() {
    let (fake, elsewhere) = (usual_hub(), usual_hub());
    fake.fault("/resolve/", Fault::Redirect(elsewhere.url.clone()), 99);
    elsewhere.fault("vae.safetensors", Fault::Drop(20_000), 1);
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::new(&fake.url, Some("secret".into()), patience()).unwrap();
    let planned = plan(folder.path(), one_file_model(), &hub, &mut go).unwrap();
    install(folder.path(), &planned, &hub, &mut go).unwrap();
    assert!(
        fake.requests("")
            .iter()
            .all(|it| it.authorization.as_deref() == Some("Bearer secret"))
    );
    let led = elsewhere.requests("vae.safetensors");
    assert!(led.iter().all(|it| it.authorization.is_none()), "{led:?}");
    assert_eq!(led[1].range.as_deref(), Some("bytes=20000-"));
}

#[test]
fn a_way_without_end_is_given_up() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Redirect(fake.url.clone()), 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(
        error.to_string().contains("from one address to the next"),
        "{error}"
    );
    assert!(fake.requests("vae.safetensors").len() < 15);
}

#[test]
fn a_page_for_people_is_no_answer() {
    let fake = usual_hub();
    fake.fault("/api/", Fault::Page, 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(matches!(error, ModelsError::BadAnswer { .. }), "{error}");
    fake.behave();
    fake.fault("vae.safetensors", Fault::Page, 99);
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(matches!(error, ModelsError::Length { .. }), "{error}");
}

#[test]
fn a_silent_server_is_given_up() {
    let fake = usual_hub();
    fake.fault("vae.safetensors", Fault::Hang(Some(10_000)), 1);
    fake.fault("vae.safetensors", Fault::Hang(None), 99);
    let folder = tempfile::tempdir().unwrap();
    let error = fails(&fake, folder.path(), one_file_model());
    assert!(
        error.to_string().contains("did not answer in time"),
        "{error}"
    );
    let ranges: Vec<_> = fake
        .requests("vae.safetensors")
        .into_iter()
        .map(|it| it.range)
        .collect();
    assert_eq!(ranges.len(), 4);
    assert_eq!(ranges[3].as_deref(), Some("bytes=10000-"));
}

#[test]
fn nobody_there_is_told_soon() {
    let fake = usual_hub();
    let hub = hub_at(&fake);
    drop(fake);
    std::thread::sleep(Duration::from_millis(50));
    let folder = tempfile::tempdir().unwrap();
    let error = plan(folder.path(), one_file_model(), &hub, &mut go).unwrap_err();
    let problem = Problem::from(error);
    assert!(
        problem.summary.contains("nothing answers there"),
        "{problem}"
    );
    assert!(problem.summary.contains("3 tries"), "{problem}");
}

#[test]
fn a_cancel_does_not_wait_for_a_silent_server() {
    for after in [None, Some(10_000)] {
        let fake = usual_hub();
        fake.fault("vae.safetensors", Fault::Hang(after), 99);
        let folder = tempfile::tempdir().unwrap();
        let long = runtime::models::Patience {
            stall: Duration::from_mins(2),
            ..patience()
        };
        let hub = Hub::new(&fake.url, None, long).unwrap();
        let planned = plan(folder.path(), one_file_model(), &hub, &mut go).unwrap();
        let start = Instant::now();
        let mut said = None;
        let mut on_progress = |_progress: JobProgress| {
            if start.elapsed() < Duration::from_millis(300) {
                return ControlFlow::Continue(());
            }
            said.get_or_insert_with(Instant::now);
            ControlFlow::Break(())
        };
        let stopped = install(folder.path(), &planned, &hub, &mut on_progress);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
        // Far above what it takes, far below what the server would have been waited for.
        let took = said.unwrap().elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

//! The model manager: what is listed, what is agreed to, and that nothing comes unasked.

use crate::stage::Stage;
use everframe::action::Action;
use runtime::{
    Command, JobProgress,
    models::{
        catalogue::catalogue,
        desk::{ModelNews, ModelOrder},
        install::Plan,
        list::{Fit, Listed, Listing, Offer, State},
    },
};
use std::sync::Arc;

fn listing() -> Arc<Listing> {
    let known = catalogue();
    let there = Listed {
        id: "my-model".into(),
        name: "My model".into(),
        state: State::Installed,
        source: "a hub".into(),
        license: "Apache-2.0".into(),
        size_bytes: 3_000_000_000,
        what: "Makes clips".into(),
        fit: Fit::Fits,
        problems: Vec::new(),
    };
    Arc::new(Listing {
        folder: "/models".into(),
        free_bytes: Some(50_000_000_000),
        memory_bytes: Some(16_000_000_000),
        models: vec![there],
        installable: known
            .into_iter()
            .map(|model| Offer {
                model,
                fit: Fit::TooLarge,
            })
            .collect(),
    })
}

fn orders(stage: &Stage) -> Vec<ModelOrder> {
    let fake = stage.engine.0.borrow();
    let orders = fake.commands.iter().filter_map(|command| match command {
        Command::Models { order, .. } => Some(order.clone()),
        _ => None,
    });
    orders.collect()
}

fn manager() -> Stage {
    let mut stage = Stage::open();
    stage.act(Action::ShowModels);
    stage.engine.tell_models(ModelNews::Listed(listing()));
    stage.settle();
    stage
}

#[test]
fn size_licence_and_fit_are_shown_and_nothing_comes_unasked() {
    let stage = manager();
    assert!(stage.shows("My model"));
    assert!(stage.shows("3.00 GB · Apache-2.0 ·"));
    assert!(stage.shows("fits into this machine's memory"));
    assert!(stage.shows_part("too large: its largest part"));
    assert_eq!(orders(&stage), [ModelOrder::List]);
}

#[test]
fn a_download_begins_only_when_its_licence_was_agreed_to() {
    let mut stage = manager();
    let model = catalogue().swap_remove(0);
    let id = model.id.clone();
    stage.click(&format!("Install {id}"));
    let asked = ModelOrder::Plan { id: id.clone() };
    assert_eq!(orders(&stage).last(), Some(&asked));
    let plan = Plan {
        model,
        repositories: Vec::new(),
        files: Vec::new(),
        here_bytes: 0,
        free_bytes: 1_000,
    };
    stage.engine.tell_models(ModelNews::Planned(Arc::new(plan)));
    stage.settle();
    stage.click("Agree and download");
    let asked = ModelOrder::Install { id };
    assert_eq!(orders(&stage).last(), Some(&asked));
    stage.engine.tell_models(ModelNews::Progress(JobProgress {
        label: "Downloading vae".into(),
        done: 250,
        total: 1_000,
        eta: None,
        preview: None,
    }));
    stage.settle();
    assert!(stage.shows("Models: 25 %"));
    stage.click("Stop what is done with models");
    let is_stopped = matches!(
        stage.engine.0.borrow().commands.last(),
        Some(Command::StopModels)
    );
    assert!(is_stopped);
    stage.engine.tell_models(ModelNews::Stopped);
    stage.settle();
    assert!(stage.shows_part("a download goes on from here"));
}

#[test]
fn models_are_verified_and_removed() {
    let mut stage = manager();
    stage.click("Verify my-model");
    stage
        .engine
        .tell_models(ModelNews::Done("All 4 files are as they should be".into()));
    stage.settle();
    assert!(stage.shows("All 4 files are as they should be"));
    stage.click("Remove… my-model");
    assert!(stage.shows_part("Delete 3"), "it says how much");
    stage.click("Keep my-model");
    stage.click("Remove… my-model");
    stage.click("Delete my-model");
    let id = "my-model".to_owned();
    assert_eq!(
        orders(&stage)[1..],
        [
            ModelOrder::Verify {
                id: Some(id.clone())
            },
            ModelOrder::Remove { id }
        ]
    );
}

#[test]
fn the_folder_of_models_is_moved_with_its_progress_shown() {
    let mut stage = manager();
    let to = stage.folder.path().join("elsewhere");
    let order = ModelOrder::Move { to: to.clone() };
    stage.act(Action::OrderModels { order });
    assert_eq!(orders(&stage).last(), Some(&ModelOrder::Move { to }));
    stage.engine.tell_models(ModelNews::Progress(JobProgress {
        label: "Copying wan/weights".into(),
        done: 600,
        total: 1_200,
        eta: None,
        preview: None,
    }));
    stage.settle();
    assert!(stage.shows("Models: 50 %") && stage.shows("Copying wan/weights"));
    stage.click("Stop what is done with models");
    stage.engine.tell_models(ModelNews::Stopped);
    stage.settle();
    assert!(stage.shows("Stopped; the models are where they were"));
}

//! The model manager: what is asked of the thread that looks after models.

use crate::{app::StudioApp, jobs::JobKind, panels::Dialog};
use runtime::{
    Command, Problem,
    models::{desk::ModelOrder, user_models_folder},
};
use std::path::PathBuf;

impl StudioApp {
    /// Opens the manager with a fresh list.
    pub(super) fn show_models(&mut self) {
        self.panels.dialog = Some(Dialog::Models);
        self.order_models(ModelOrder::List);
    }

    /// Moves the folder of models, unless a model is at work: it may still read from its files.
    pub(super) fn move_models(&mut self, to: PathBuf) {
        let is_busy = self.jobs.open().iter().any(|job| {
            matches!(
                job.kind,
                JobKind::Generate { .. } | JobKind::Background { .. }
            )
        });
        if is_busy {
            self.notices.problem(Problem::warning(
                "Models are not moved while jobs wait for them",
                "Wait until the jobs are done, or cancel them",
            ));
            return;
        }
        self.order_models(ModelOrder::Move { to });
    }

    /// Has something done with the user's models.
    pub(super) fn order_models(&mut self, order: ModelOrder) {
        self.panels.models.ask(order.clone());
        let folder = user_models_folder();
        self.send(Command::Models { folder, order });
    }
}

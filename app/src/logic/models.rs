//! The model manager: what is asked of the thread that looks after models.

use crate::{app::StudioApp, panels::Dialog};
use runtime::{
    Command,
    models::{desk::ModelOrder, user_models_folder},
};

impl StudioApp {
    /// Opens the manager with a fresh list.
    pub(super) fn show_models(&mut self) {
        self.panels.dialog = Some(Dialog::Models);
        self.order_models(ModelOrder::List);
    }

    /// Has something done with the user's models.
    pub(super) fn order_models(&mut self, order: ModelOrder) {
        self.panels.models.ask(order.clone());
        let folder = user_models_folder();
        self.send(Command::Models { folder, order });
    }
}

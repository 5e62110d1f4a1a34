//! Models looked after from the window: one thread does one thing at a time, tells how far it is, and stops when asked.
//!
//! Nothing here asks the network for anything but [`ModelOrder::Plan`] and [`ModelOrder::Install`], which a person
//! pressed a button for.

use super::{
    ModelsError,
    adopt::{Adoption, adopt},
    catalogue::{Installable, catalogue},
    hub::Hub,
    install::{Plan, install, plan},
    list::{Listing, list},
    relocate::{Relocated, move_user_models},
    remove::remove,
    size_words, user_models_folder,
    verify::verify,
};
use crate::{Error, Event, JobProgress, Problem, error::Result, outbox::Outbox};
use crossbeam_channel::Receiver;
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// What can be asked about models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrder {
    /// Say what is there and what could be.
    List,
    /// Ask the hub what installing a model means: files, sizes, licences. Nothing is downloaded.
    Plan {
        /// Its id in the catalogue.
        id: String,
    },
    /// Download what was planned, as its size and licence were agreed to.
    Install {
        /// Its id in the catalogue.
        id: String,
    },
    /// Use files that are on this machine; they stay where they are.
    Adopt {
        /// Files and folders.
        paths: Vec<PathBuf>,
    },
    /// Read every file and compare it with what it should be.
    Verify {
        /// One model, or all.
        id: Option<String>,
    },
    /// Move all of them to another folder, which is used from then on.
    Move {
        /// The folder: empty, or not there yet.
        to: PathBuf,
    },
    /// Delete a model, or what is there of it; adopted files are only forgotten.
    Remove {
        /// Its id.
        id: String,
    },
}

impl ModelOrder {
    /// The model that it is about, if it is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Plan { id } | Self::Install { id } | Self::Remove { id } => Some(id),
            Self::Verify { id } => id.as_deref(),
            Self::List | Self::Adopt { .. } | Self::Move { .. } => None,
        }
    }
}

/// What is told about models.
#[derive(Debug, Clone)]
pub enum ModelNews {
    /// What is there and what could be.
    Listed(Arc<Listing>),
    /// What installing would mean.
    Planned(Arc<Plan>),
    /// How far the work is.
    Progress(JobProgress),
    /// It is done; in words.
    Done(String),
    /// It was stopped; a download goes on from here when it is asked for again.
    Stopped,
    /// It could not be done.
    Failed(Problem),
}

/// Does what is asked about the models of one folder at a time.
pub struct ModelDesk {
    catalogue: Vec<Installable>,
    hub: Box<dyn Fn() -> Result<Hub> + Send>,
    planned: Option<Arc<Plan>>,
}

impl Default for ModelDesk {
    /// The catalogue of this program, and the hub that the environment names.
    fn default() -> Self {
        Self::new(catalogue(), Box::new(Hub::from_environment))
    }
}

impl ModelDesk {
    /// A desk with this catalogue; `hub` is called when something is to be asked of the network, never before.
    pub fn new(catalogue: Vec<Installable>, hub: Box<dyn Fn() -> Result<Hub> + Send>) -> Self {
        Self {
            catalogue,
            hub,
            planned: None,
        }
    }

    /// Does one thing and says what came of it. `on_progress` stops it.
    pub fn take(
        &mut self,
        folder: &Path,
        order: &ModelOrder,
        on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
    ) -> Result<ModelNews> {
        match order {
            ModelOrder::List => Ok(ModelNews::Listed(Arc::new(list(folder)?))),
            ModelOrder::Plan { id } => {
                let plan = plan(folder, self.known(id)?, &(self.hub)()?, on_progress)?;
                let plan = Arc::new(plan);
                self.planned = Some(Arc::clone(&plan));
                Ok(ModelNews::Planned(plan))
            }
            ModelOrder::Install { id } => self.install(folder, id, on_progress),
            ModelOrder::Adopt { paths } => {
                let adoption = Adoption {
                    paths: paths.clone(),
                    ..Adoption::default()
                };
                let model = adopt(folder, &adoption, on_progress)?;
                Ok(ModelNews::Done(format!(
                    "Adopted {}; its {} files stay where they are",
                    model.record.id,
                    model.record.files.len()
                )))
            }
            ModelOrder::Verify { id } => {
                let verified = verify(folder, id.as_deref(), on_progress)?;
                let faults = verified.faults();
                if !faults.is_empty() {
                    let checked = verified.files.len() + verified.broken.len();
                    return Err(Error::Models(ModelsError::Damaged { checked, faults }));
                }
                let count = verified.files.len();
                Ok(ModelNews::Done(format!(
                    "All {count} files are as they should be"
                )))
            }
            ModelOrder::Move { to } => {
                let moved = move_user_models(folder, to, on_progress)?;
                Ok(ModelNews::Done(moved_words(&moved)))
            }
            ModelOrder::Remove { id } => {
                let removed = remove(folder, id)?;
                Ok(ModelNews::Done(if removed.was_adopted {
                    format!("{id} is forgotten; its files stay where they are")
                } else {
                    format!(
                        "{id} is removed; {} are free",
                        size_words(removed.freed_bytes)
                    )
                }))
            }
        }
    }

    fn known(&self, id: &str) -> Result<Installable> {
        let found = self.catalogue.iter().find(|model| model.id == id);
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = self.catalogue.iter().map(|model| &*model.id).collect();
            Error::Models(ModelsError::NotInstallable {
                id: id.to_owned(),
                known: known.join(", "),
            })
        })
    }

    /// Installs what was planned and agreed to; without a plan there was no consent, so the plan comes first.
    fn install(
        &mut self,
        folder: &Path,
        id: &str,
        on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
    ) -> Result<ModelNews> {
        let planned = self.planned.clone().filter(|plan| plan.model.id == id);
        let Some(plan) = planned else {
            let id = id.to_owned();
            return self.take(folder, &ModelOrder::Plan { id }, on_progress);
        };
        let model = install(folder, &plan, &(self.hub)()?, on_progress)?;
        self.planned = None;
        Ok(ModelNews::Done(format!(
            "Installed {} ({}), licence {}",
            model.record.name,
            size_words(model.record.size_bytes()),
            model.record.license
        )))
    }
}

fn moved_words(moved: &Relocated) -> String {
    let words = format!(
        "The models are in {} now ({})",
        moved.folder.display(),
        size_words(moved.bytes)
    );
    match moved.left.len() {
        0 => words,
        left => format!(
            "{words}; {left} files of the old folder could not be deleted and are of no use any more"
        ),
    }
}

/// Does what is asked, in order, until the sender is gone. `stop` ends what is being done; it is taken down when the
/// next thing begins.
pub fn models_thread(orders: &Receiver<(PathBuf, ModelOrder)>, stop: &AtomicBool, outbox: &Outbox) {
    let mut desk = ModelDesk::default();
    while let Ok((folder, order)) = orders.recv() {
        stop.store(false, Ordering::Relaxed);
        let tell = |news| outbox.send(Event::Models(news));
        let result = desk.take(&folder, &order, &mut |progress| {
            if stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            tell(ModelNews::Progress(progress));
            ControlFlow::Continue(())
        });
        tell(match result {
            Ok(news) => news,
            Err(Error::Cancelled) => ModelNews::Stopped,
            Err(error) => ModelNews::Failed(Problem::from(error)),
        });
        if order != ModelOrder::List {
            // Whatever was done, the list may be another one now, and so may the folder.
            let folder = match &order {
                ModelOrder::Move { .. } => user_models_folder(),
                _ => folder,
            };
            match desk.take(&folder, &ModelOrder::List, &mut |_progress| {
                ControlFlow::Continue(())
            }) {
                Ok(news) => tell(news),
                Err(error) => tell(ModelNews::Failed(Problem::from(error))),
            }
        }
    }
}

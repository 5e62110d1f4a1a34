//! The handle the window holds: commands in, events out, everything joined when it is dropped.
//!
//! | thread | does | told by |
//! |---|---|---|
//! | `playback` | draws the frame that shows, plays with the sound device as clock | [`PlaybackOrder`] |
//! | `generation` | networks, one job at a time | [`JobQueue`] |
//! | `export` | writes files | [`JobQueue`] |
//! | `preview 1`, `preview 2` | probes, thumbnails, waveforms | [`PreviewOrder`] |
//! | `models` | lists, installs, checks and removes models | [`ModelOrder`] |
//! | `describe` | who could make an item, and how long that takes | [`DescribeOrder`] |
//! | `autosave` | project and recovery files | [`SaveOrder`] |

use crate::{
    Command, Event, JobId, Problem,
    autosave::{SaveOrder, autosave_thread},
    describe::{DescribeOrder, describe_thread},
    folders::Folders,
    frames::MediaFolder,
    jobs::{JobQueue, Worker, panic_text},
    limits::{COMMAND_QUEUE_MAX, EVENT_QUEUE_MAX, PREVIEW_CACHE_BYTES_MAX},
    models::desk::{ModelOrder, models_thread},
    outbox::{Outbox, OutboxReader, outbox},
    pace::PaceBook,
    playback::{PlaybackOrder, PlaybackSetup, playback_thread},
    previews::{PreviewOrder, PreviewQueue, asset_of, preview_queue, preview_worker},
    queue_file::StoredJob,
};
use av::Ticks;
use crossbeam_channel::{Sender, TrySendError};
use media::MediaCache;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use timeline::{AssetId, Document};

/// Wakes whoever drains events; called from any thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A thread that has not ended by then is left behind, since its work is a driver's or a codec's.
const JOIN_LIMIT: Duration = Duration::from_secs(3);

/// What the engine needs to know before it starts.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// Folder for caches that may be deleted at any time.
    pub cache_folder: PathBuf,
    /// Folder for projects that were never saved: recovery files and their takes.
    pub recovery_folder: PathBuf,
    /// Whether playback may open the sound device; without it the system's clock keeps time.
    pub use_sound_device: bool,
    /// Whether to draw without a graphics card, the same on every machine.
    pub draw_in_software: bool,
    /// Called after each event.
    pub wake: Wake,
}

/// The running engine.
pub struct Runtime {
    playback: Option<Sender<PlaybackOrder>>,
    previews: Option<PreviewQueue>,
    saves: Option<Sender<SaveOrder>>,
    models: Option<Sender<(PathBuf, ModelOrder)>>,
    stop_models: Arc<AtomicBool>,
    questions: Option<Sender<DescribeOrder>>,
    jobs: Arc<JobQueue>,
    events: OutboxReader,
    recovery_folder: PathBuf,
    place: Mutex<Place>,
    threads: Vec<JoinHandle<()>>,
}

/// Where the project lives, and the document that previews are of.
struct Place {
    folders: Folders,
    document: Option<Arc<Document>>,
}

impl Runtime {
    /// Starts the threads.
    pub fn start(config: RuntimeConfig) -> Result<Self, Problem> {
        media::init().map_err(|error| Problem::from(crate::Error::from(error)))?;
        std::fs::create_dir_all(&config.recovery_folder).map_err(|error| {
            Problem::from(crate::Error::io(
                "Making the recovery folder",
                &config.recovery_folder,
            )(error))
        })?;
        let (outbox, events) = outbox(EVENT_QUEUE_MAX, Arc::clone(&config.wake));
        let (playback, playback_orders) = crossbeam_channel::bounded(COMMAND_QUEUE_MAX);
        let (saves, save_orders) = crossbeam_channel::bounded(COMMAND_QUEUE_MAX);
        let (previews, preview_orders) = preview_queue();
        let pace = PaceBook::open(&config.cache_folder);
        let jobs = JobQueue::new(outbox.clone(), saves.clone(), pace.clone());
        let jobs = Arc::new(jobs);
        let (questions, describe_orders) = crossbeam_channel::bounded(COMMAND_QUEUE_MAX);
        let mut threads = Vec::new();
        let setup = PlaybackSetup {
            use_sound_device: config.use_sound_device,
            draw_in_software: config.draw_in_software,
        };
        threads.push(named("playback", &outbox, move |out| {
            playback_thread(&playback_orders, out, setup);
        })?);
        let recovery_file = recovery_file(&config.recovery_folder);
        let queue = Arc::clone(&jobs);
        threads.push(named("autosave", &outbox, move |out| {
            autosave_thread(&save_orders, &recovery_file, &queue, out);
        })?);
        threads.push(named("describe", &outbox, move |out| {
            describe_thread(&describe_orders, &pace, out);
        })?);
        for (name, worker) in [
            ("generation", Worker::Generation),
            ("export", Worker::Export),
        ] {
            let jobs = Arc::clone(&jobs);
            threads.push(named(name, &outbox, move |_out| jobs.work(worker))?);
        }
        for name in ["preview 1", "preview 2"] {
            let orders = preview_orders.clone();
            let cache = MediaCache::new(&config.cache_folder, PREVIEW_CACHE_BYTES_MAX);
            threads.push(named(name, &outbox, move |out| {
                preview_worker(&orders, &cache, out);
            })?);
        }
        let (models, model_orders) = crossbeam_channel::bounded(COMMAND_QUEUE_MAX);
        let stop_models = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stop_models);
        threads.push(named("models", &outbox, move |out| {
            models_thread(&model_orders, &stop, out);
        })?);
        let place = Mutex::new(Place {
            folders: unsaved_folders(&config.recovery_folder),
            document: None,
        });
        Ok(Self {
            playback: Some(playback),
            previews: Some(previews),
            saves: Some(saves),
            models: Some(models),
            stop_models,
            questions: Some(questions),
            jobs,
            events,
            recovery_folder: config.recovery_folder,
            place,
            threads,
        })
    }

    fn queue(&self, job: JobId, stored: StoredJob, document: Arc<Document>) -> Result<(), Problem> {
        self.jobs.push(job, stored, document, self.folders())
    }

    fn describe(&self, order: DescribeOrder) -> Result<(), Problem> {
        sent(self.questions.as_ref(), order)
    }

    /// Asks for something; never waits. A full queue is a problem to show, not a freeze.
    pub fn send(&self, command: Command) -> Result<(), Problem> {
        match command {
            Command::SetProject { path } => self.set_project(path),
            Command::SetDocument { revision, document } => {
                self.with_place(|place| place.document = Some(Arc::clone(&document)));
                self.save(SaveOrder::Changed(revision, Arc::clone(&document)))?;
                self.play(PlaybackOrder::Document(revision, document))
            }
            Command::Seek { frame } => self.play(PlaybackOrder::Seek(frame)),
            Command::Play { speed, repeat } => self.play(PlaybackOrder::Play(speed, repeat)),
            Command::Pause => self.play(PlaybackOrder::Pause),
            Command::Compare { other } => self.play(PlaybackOrder::Compare(other)),
            Command::SetViewerSize { size } => self.play(PlaybackOrder::ViewerSize(size)),
            Command::SetMatteView { shown } => self.play(PlaybackOrder::MatteView(shown)),
            Command::Import { paths } => self.import(paths),
            Command::Thumbnails {
                asset,
                times,
                height,
            } => self.thumbnails(asset, times, height),
            Command::Waveform { asset } => match self.asset(asset) {
                Some((asset, folder)) => self.preview(PreviewOrder::Waveform { asset, folder }),
                None => Ok(()),
            },
            Command::Queue {
                job,
                request,
                document,
            } => self.queue(job, StoredJob::new(request, &document), document),
            Command::QueueAhead {
                job,
                item,
                document,
            } => self.queue(job, StoredJob::ahead(item, &document), document),
            Command::Describe {
                number,
                document,
                item,
            } => self.describe(DescribeOrder {
                number,
                document,
                item,
            }),
            Command::Cancel { job } => {
                self.jobs.cancel(job);
                Ok(())
            }
            Command::MoveJob { job, to } => {
                self.jobs.move_job(job, to);
                Ok(())
            }
            Command::Models { folder, order } => sent(self.models.as_ref(), (folder, order)),
            Command::StopModels => {
                self.stop_models.store(true, Ordering::Relaxed);
                Ok(())
            }
            Command::SettleJob { job } => self.save(SaveOrder::Settled(job)),
            Command::PauseQueue { is_paused } => {
                self.jobs.pause(is_paused);
                Ok(())
            }
            Command::ShowPreviews { is_on } => {
                self.jobs.show_previews(is_on);
                Ok(())
            }
            Command::Save {
                path,
                document,
                revision,
            } => self.save(SaveOrder::Save(path, document, revision)),
        }
    }

    fn import(&self, paths: Vec<PathBuf>) -> Result<(), Problem> {
        let folders = self.folders();
        paths.into_iter().try_for_each(|path| {
            self.preview(PreviewOrder::Import {
                path,
                folders: folders.clone(),
            })
        })
    }

    fn thumbnails(&self, asset: AssetId, times: Vec<Ticks>, height: u32) -> Result<(), Problem> {
        match self.asset(asset) {
            Some((asset, folder)) => self.preview(PreviewOrder::Thumbnails {
                asset,
                folder,
                times,
                height,
            }),
            None => Ok(()),
        }
    }

    /// The next thing the engine tells, if there is one.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv()
    }

    /// The next thing the engine tells that is no picture, waiting up to `timeout`; for programs without a window.
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout)
    }

    fn set_project(&self, path: Option<PathBuf>) -> Result<(), Problem> {
        let folders = match &path {
            Some(project) => Folders::of_project(project),
            None => unsaved_folders(&self.recovery_folder),
        };
        let media = folders.media.clone();
        self.with_place(|place| place.folders = folders);
        let left = self.jobs.put_aside();
        self.save(SaveOrder::Project(path, left))?;
        self.play(PlaybackOrder::Folder(media))
    }

    fn with_place<T>(&self, change: impl FnOnce(&mut Place) -> T) -> T {
        // Each change is one assignment, so a panic elsewhere cannot leave it half done.
        let mut place = self
            .place
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut place)
    }

    fn folders(&self) -> Folders {
        self.with_place(|place| place.folders.clone())
    }

    fn asset(&self, asset: AssetId) -> Option<(Arc<timeline::Asset>, MediaFolder)> {
        self.with_place(|place| {
            let document = place.document.as_ref()?;
            Some((asset_of(document, asset)?, place.folders.media.clone()))
        })
    }

    fn play(&self, order: PlaybackOrder) -> Result<(), Problem> {
        sent(self.playback.as_ref(), order)
    }

    fn save(&self, order: SaveOrder) -> Result<(), Problem> {
        sent(self.saves.as_ref(), order)
    }

    fn preview(&self, order: PreviewOrder) -> Result<(), Problem> {
        self.previews
            .as_ref()
            .map_or(Ok(()), |previews| previews.push(order))
    }
}

impl Drop for Runtime {
    /// Stops all work, lets autosave write what is unsaved, and waits for the threads a while.
    fn drop(&mut self) {
        self.jobs.close();
        self.stop_models.store(true, Ordering::Relaxed);
        self.models = None;
        (self.playback, self.previews, self.saves) = (None, None, None);
        self.questions = None;
        let deadline = Instant::now() + JOIN_LIMIT;
        for thread in self.threads.drain(..) {
            while !thread.is_finished() && Instant::now() < deadline {
                // Threads that wait for room in the outbox need it drained to end.
                while self.events.try_recv().is_some() {}
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() {
                // A panic was reported when it happened.
                thread.join().ok();
            }
        }
    }
}

/// Where a project that was never saved is kept while it is worked on.
pub fn recovery_file(recovery_folder: &std::path::Path) -> PathBuf {
    recovery_folder.join("unsaved.everframe")
}

/// Nobody knows yet where the project will lie, so that every path is kept whole.
fn unsaved_folders(recovery_folder: &std::path::Path) -> Folders {
    Folders {
        media: MediaFolder::default(),
        ..Folders::of_project(&recovery_file(recovery_folder))
    }
}

fn sent<T>(sender: Option<&Sender<T>>, order: T) -> Result<(), Problem> {
    match sender.map_or(Ok(()), |sender| sender.try_send(order)) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(_)) => Err(Problem::error(
            "The engine is too busy to take that",
            "Wait a moment and do it again",
        )),
        Err(TrySendError::Disconnected(_)) => Err(Problem::error(
            "A part of the engine has stopped",
            "Save your project and start Everframe again",
        )),
    }
}

/// A thread with a name that tells of its own panic.
fn named(
    name: &'static str,
    outbox: &Outbox,
    work: impl FnOnce(&Outbox) + Send + 'static,
) -> Result<JoinHandle<()>, Problem> {
    let outbox = outbox.clone();
    let body = move || {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&outbox))) {
            let text = format!("thread {name}: {}", panic_text(&*panic));
            outbox.send(Event::Failed(Problem::internal(text)));
        }
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| {
            Problem::internal(format!("thread {name} could not be started")).with_cause(&error)
        })
}

//! Everything that would make the window wait: file dialogs and small reads from the disk, each on its own thread.

use crate::{
    desktop_notice::DesktopNotice,
    limits::{DIALOG_QUEUE_MAX, LOOK_BYTES_MAX},
};
use runtime::{
    Problem, Wake,
    captions::{format_of, read_subtitles, write_subtitles},
    project_file::{OpenedProject, PROJECT_EXTENSION, load_project},
    queue_file::{StoredQueue, load_queue},
    storyboard::Storyboard,
};
use std::{
    collections::BTreeSet,
    io::Read as _,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};
use timeline::{AssetId, ItemId, Look, captions::Cue};

/// Endings offered when media is chosen; others can be chosen too, since the content decides.
const MEDIA_EXTENSIONS: &[&str] = &[
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mts", "m2ts", "ogv", "wmv",
    "flv", "3gp", "mxf", "mp3", "wav", "flac", "ogg", "opus", "m4a", "aac", "png", "jpg", "jpeg",
    "webp", "gif", "bmp", "tif", "tiff",
];

/// Name of the models' folder where they are moved to a folder with other things in it.
const MODELS_FOLDER: &str = "everframe-models";

/// What came of an errand.
#[derive(Debug)]
pub enum Returned {
    /// Files to import.
    Media(Vec<PathBuf>),
    /// A project to open.
    Project(PathBuf),
    /// A project that was read.
    Opened {
        /// From where.
        path: PathBuf,
        /// What it holds.
        result: Result<OpenedProject, Problem>,
        /// What was left to do in it.
        queue: Result<StoredQueue, Problem>,
        /// Whether it was never saved and is brought back after a crash.
        is_recovery: bool,
    },
    /// The demo project, put together.
    Demo(Result<PathBuf, Problem>),
    /// Where to save the project.
    SaveTo(PathBuf),
    /// Where to export.
    ExportTo(PathBuf),
    /// A look that was read for an item.
    Look {
        /// The item.
        item: ItemId,
        /// The look, or why it cannot be used.
        result: Result<Look, Problem>,
    },
    /// A folder with a model's files.
    ModelFiles(PathBuf),
    /// Where the folder of models shall lie.
    ModelsFolder(PathBuf),
    /// A storyboard that was read.
    Storyboard(Result<Box<Storyboard>, Problem>),
    /// A text that was written, or why not.
    Written(Result<PathBuf, Problem>),
    /// Subtitles that were read.
    Captions {
        /// From where.
        path: PathBuf,
        /// What they say, or why not.
        result: Result<Vec<Cue>, Problem>,
    },
    /// Where a missing file may lie now.
    Relink {
        /// The asset.
        asset: AssetId,
        /// The file.
        path: PathBuf,
    },
    /// Which media is missing.
    Offline(BTreeSet<AssetId>),
    /// Why the desktop shows no notices.
    DesktopSilent(String),
    /// How many bytes the cache takes.
    CacheBytes(u64),
}

/// Sends threads for things and takes what they bring.
pub struct Errands {
    sender: SyncSender<Returned>,
    receiver: Receiver<Returned>,
    wake: Wake,
}

impl Errands {
    /// `wake` is called when something was brought.
    pub fn new(wake: Wake) -> Self {
        let (sender, receiver) = sync_channel(DIALOG_QUEUE_MAX);
        Self {
            sender,
            receiver,
            wake,
        }
    }

    /// What was brought, if anything.
    pub fn try_recv(&self) -> Option<Returned> {
        self.receiver.try_recv().ok()
    }

    /// Asks for media files.
    pub fn choose_media(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Import media")
            .add_filter("Video, sound and pictures", MEDIA_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_files();
        self.run("media-dialog", move || {
            let files = pollster::block_on(dialog)?;
            let paths = files.iter().map(|file| file.path().to_owned());
            Some(Returned::Media(paths.collect()))
        })
    }

    /// Asks for a project file.
    pub fn choose_project(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Open project")
            .add_filter("Everframe project", &[PROJECT_EXTENSION])
            .pick_file();
        self.run("open-dialog", move || {
            let file = pollster::block_on(dialog)?;
            Some(Returned::Project(file.path().to_owned()))
        })
    }

    /// Asks where to save the project.
    pub fn choose_save(&self, suggestion: &str) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save project")
            .set_file_name(format!("{suggestion}.{PROJECT_EXTENSION}"))
            .add_filter("Everframe project", &[PROJECT_EXTENSION])
            .save_file();
        self.run("save-dialog", move || {
            let file = pollster::block_on(dialog)?;
            let mut path = file.path().to_owned();
            if path.extension().is_none() {
                path.set_extension(PROJECT_EXTENSION);
            }
            Some(Returned::SaveTo(path))
        })
    }

    /// Asks where to export.
    pub fn choose_export(&self, suggestion: &Path) -> Result<(), Problem> {
        let name = suggestion.file_name().unwrap_or_default();
        let mut dialog = rfd::AsyncFileDialog::new()
            .set_title("Export")
            .set_file_name(name.to_string_lossy());
        if let Some(folder) = suggestion.parent() {
            dialog = dialog.set_directory(folder);
        }
        let dialog = dialog.save_file();
        self.run("export-dialog", move || {
            let file = pollster::block_on(dialog)?;
            Some(Returned::ExportTo(file.path().to_owned()))
        })
    }

    /// Asks for a `.cube` file and reads it.
    pub fn choose_look(&self, item: ItemId) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Choose a look")
            .add_filter("Look-up table", &["cube"])
            .pick_file();
        self.run("look-dialog", move || {
            let file = pollster::block_on(dialog)?;
            let result = read_look(file.path());
            Some(Returned::Look { item, result })
        })
    }

    /// Asks for a folder with a model's files.
    pub fn choose_model_files(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Where are the model's files?")
            .pick_folder();
        self.run("model-dialog", move || {
            let folder = pollster::block_on(dialog)?;
            Some(Returned::ModelFiles(folder.path().to_owned()))
        })
    }

    /// Asks where the folder of models shall lie. In a folder with other things in it they get one of their own.
    pub fn choose_models_folder(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Where shall the models lie?")
            .pick_folder();
        self.run("models-dialog", move || {
            let folder = pollster::block_on(dialog)?;
            Some(Returned::ModelsFolder(own_folder(folder.path())))
        })
    }

    /// Has the desktop show something; comes back only if it cannot.
    pub fn tell_desktop(&self, notice: DesktopNotice) -> Result<(), Problem> {
        self.run("desktop-notice", move || {
            let why = crate::desktop_notice::show(&notice).err()?;
            log::warn!("the desktop shows no notice: {why}");
            Some(Returned::DesktopSilent(why))
        })
    }

    /// Asks for a storyboard's text file and reads it.
    pub fn choose_storyboard(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Open storyboard")
            .add_filter("Text", &["txt", "md"])
            .add_filter("All files", &["*"])
            .pick_file();
        self.run("storyboard-dialog", move || {
            let file = pollster::block_on(dialog)?;
            let read = Storyboard::read(file.path());
            Some(Returned::Storyboard(
                read.map(Box::new).map_err(Problem::from),
            ))
        })
    }

    /// Asks where to write a text, and writes it.
    pub fn choose_storyboard_save(&self, text: String) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save storyboard")
            .set_file_name("storyboard.txt")
            .save_file();
        self.run("storyboard-save-dialog", move || {
            let path = pollster::block_on(dialog)?.path().to_owned();
            let written = crate::settings::write_beside(&path, &text);
            let problem = |error: std::io::Error| {
                Problem::error(
                    "The storyboard could not be written",
                    "Choose another folder, or make room on the disk",
                )
                .with_cause(&error)
            };
            Some(Returned::Written(written.map(|()| path).map_err(problem)))
        })
    }

    /// Asks for a file of subtitles and reads it.
    pub fn choose_captions(&self) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Import captions")
            .add_filter("Subtitles", &["srt", "vtt"])
            .add_filter("All files", &["*"])
            .pick_file();
        self.run("captions-dialog", move || {
            Some(captions_of(pollster::block_on(dialog)?.path().to_owned()))
        })
    }

    /// Reads a file of subtitles.
    pub fn read_captions(&self, path: PathBuf) -> Result<(), Problem> {
        self.run("read-captions", move || Some(captions_of(path)))
    }

    /// Asks where to write captions, and writes them as the file's ending says.
    pub fn choose_captions_save(&self, cues: Vec<Cue>, suggestion: &str) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Export captions")
            .set_file_name(format!("{suggestion}.srt"))
            .add_filter("SubRip", &["srt"])
            .add_filter("WebVTT", &["vtt"])
            .add_filter("Text", &["txt"])
            .save_file();
        self.run("captions-save-dialog", move || {
            let mut path = pollster::block_on(dialog)?.path().to_owned();
            if path.extension().is_none() {
                path.set_extension("srt");
            }
            let written = format_of(&path)
                .and_then(|format| write_subtitles(&cues, format, &path))
                .map(|()| path);
            Some(Returned::Written(written.map_err(Problem::from)))
        })
    }

    /// Asks where a missing file lies now.
    pub fn choose_relink(&self, asset: AssetId, name: &str) -> Result<(), Problem> {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(format!("Where is \"{name}\" now?"))
            .pick_file();
        self.run("relink-dialog", move || {
            let file = pollster::block_on(dialog)?;
            let path = file.path().to_owned();
            Some(Returned::Relink { asset, path })
        })
    }

    /// Reads a project.
    pub fn open(&self, path: PathBuf, is_recovery: bool) -> Result<(), Problem> {
        self.run("open-project", move || {
            let result = load_project(&path).map_err(Problem::from);
            let queue = load_queue(&path).map_err(Problem::from);
            Some(Returned::Opened {
                path,
                result,
                queue,
                is_recovery,
            })
        })
    }

    /// Puts the demo project together, the first time; it runs the networks, so it takes a while.
    pub fn make_demo(&self) -> Result<(), Problem> {
        self.run("make-demo", || {
            Some(Returned::Demo(
                crate::demo::window_project().map_err(Problem::from),
            ))
        })
    }

    /// Looks which of these files are missing.
    pub fn find_offline(&self, files: Vec<(AssetId, PathBuf)>) -> Result<(), Problem> {
        self.run("find-offline", move || {
            let missing = files.into_iter().filter(|(_, path)| !path.exists());
            Some(Returned::Offline(missing.map(|(asset, _)| asset).collect()))
        })
    }

    /// Measures how much the cache takes.
    pub fn measure_cache(&self, folder: PathBuf) -> Result<(), Problem> {
        self.run("measure-cache", move || {
            Some(Returned::CacheBytes(folder_bytes(&folder)))
        })
    }

    fn run(
        &self,
        name: &str,
        work: impl FnOnce() -> Option<Returned> + Send + 'static,
    ) -> Result<(), Problem> {
        let sender = self.sender.clone();
        let wake = self.wake.clone();
        let started = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || {
                if let Some(returned) = work() {
                    // The window may be gone by now; then nobody misses the answer.
                    sender.send(returned).ok();
                    wake();
                }
            });
        started.map(|_detached| ()).map_err(|error| {
            Problem::error(
                "The system refused to start that",
                "Close other programs and try again",
            )
            .with_cause(&error)
        })
    }
}

/// Bytes of all files in a folder and below; what cannot be looked at counts nothing.
fn folder_bytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                Ok(found) => bytes += found.len(),
                Err(_gone_meanwhile) => {}
            }
        }
    }
    bytes
}

fn captions_of(path: PathBuf) -> Returned {
    let result = read_subtitles(&path).map_err(Problem::from);
    Returned::Captions { path, result }
}

fn read_look(path: &Path) -> Result<Look, Problem> {
    let problem = |error: std::io::Error| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Problem::error(
            format!("The look {name} cannot be read"),
            "Choose a .cube file of text, up to 32 MB",
        )
        .with_cause(&error)
    };
    let file = std::fs::File::open(path).map_err(problem)?;
    let mut cube = String::new();
    file.take(LOOK_BYTES_MAX)
        .read_to_string(&mut cube)
        .map_err(problem)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Look {
        name: name.into_owned(),
        cube: cube.into(),
    })
}
/// The folder itself where it is empty, else one inside of it.
fn own_folder(folder: &Path) -> PathBuf {
    let is_empty = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if is_empty {
        folder.to_owned()
    } else {
        folder.join(MODELS_FOLDER)
    }
}

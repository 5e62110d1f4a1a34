//! Moving the folder of the user's models: everything is copied and read back, then the choice of the folder changes,
//! and only then the old one goes. Whatever fails before that leaves the old folder as it was, and nothing of the new.

use super::{
    ModelsError, digest::hash_file, install::free_bytes, meter::Meter, partial::full_disk,
    set_models_folder, usual_models_folder,
};
use crate::{
    Error,
    error::Result,
    export::OnProgress,
    project_file::{folder_of, write_whole},
};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

/// Room that a disk keeps when models were moved to it, so that it is not filled to the brim.
const SPARE_BYTES: u64 = 64 << 20;

/// Copied at once; between two pieces a cancel is noticed.
const CHUNK_BYTES: usize = 1 << 20;

/// What came of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocated {
    /// Where the models are now.
    pub folder: PathBuf,
    /// Bytes that were moved.
    pub bytes: u64,
    /// Files of the old folder that could not be deleted; they are of no use there any more.
    pub left: Vec<PathBuf>,
}

/// What lies in a folder.
#[derive(Debug, Default)]
struct Content {
    /// By path inside the folder, parents first.
    folders: Vec<PathBuf>,
    /// By path inside the folder, with their sizes.
    files: Vec<(PathBuf, u64)>,
}

/// Moves the user's models from `folder`, unless the environment says where they are.
pub fn move_user_models(
    folder: &Path,
    to: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Relocated> {
    if set_models_folder().is_some() {
        let reason =
            "EVERFRAME_USER_MODELS_DIR sets the folder of models; it is moved by setting that";
        return Err(Error::Unsuitable {
            reason: reason.into(),
        });
    }
    let choice = choice_file(&usual_models_folder());
    relocate(folder, to, &choice, on_progress)
}

/// Moves everything in `from` to `to`, which must be empty or not there, and notes in `choice` that it lies there.
pub fn relocate(
    from: &Path,
    to: &Path,
    choice: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Relocated> {
    let [from, to] = [whole(from)?, whole(to)?];
    check_places(&from, &to)?;
    let mut content = Content::default();
    if from.exists() {
        look_into(&from, Path::new(""), &mut content)?;
    }
    let bytes: u64 = content.files.iter().map(|(_, bytes)| bytes).sum();
    let (needed_bytes, free_bytes) = (bytes.saturating_add(SPARE_BYTES), free_bytes(&to)?);
    if needed_bytes > free_bytes {
        return Err(Error::Models(ModelsError::NoSpace {
            needed_bytes,
            free_bytes,
            path: to,
        }));
    }
    let mut made = Made::default();
    let moved = made
        .copy(&from, &to, &content, on_progress)
        .and_then(|()| choose(choice, &to));
    if let Err(error) = moved {
        made.undo();
        return Err(full_disk(error));
    }
    Ok(Relocated {
        left: delete(&from, &content),
        folder: to,
        bytes,
    })
}

/// The folder that was chosen, if one was and the note of it can be read.
pub fn chosen(choice: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(choice).ok()?;
    let path = PathBuf::from(text.trim_end_matches('\n'));
    path.is_absolute().then_some(path)
}

fn choose(choice: &Path, to: &Path) -> Result<()> {
    let text = to.to_str().ok_or_else(|| not_text(to))?;
    write_whole(choice, format!("{text}\n").as_bytes())
}

fn not_text(path: &Path) -> Error {
    Error::Models(ModelsError::PathNotText {
        path: path.to_owned(),
    })
}

fn whole(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io("Finding the folder", path))
}

/// The new place must be another one, not inside of the old, empty, and nameable.
fn check_places(from: &Path, to: &Path) -> Result<()> {
    let real = |path: &Path| {
        let existing = path.ancestors().find(|folder| folder.exists());
        let existing = existing.unwrap_or(path);
        let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
        existing
            .canonicalize()
            .map_or_else(|_unreadable| path.to_owned(), |real| real.join(rest))
    };
    let (old, new) = (real(from), real(to));
    if new.starts_with(&old) || old.starts_with(&new) {
        return Err(Error::Unsuitable {
            reason: format!(
                "models are moved from {} to a folder beside it, not {}",
                from.display(),
                to.display()
            ),
        });
    }
    if to.to_str().is_none() {
        return Err(not_text(to));
    }
    let is_free = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    Err(Error::Models(ModelsError::FolderInTheWay {
        path: to.to_owned(),
    }))
}

/// Notes everything below a folder; a link is neither followed nor moved.
fn look_into(root: &Path, inner: &Path, content: &mut Content) -> Result<()> {
    let folder = root.join(inner);
    let io = |source| Error::io("Looking through the models", &folder)(source);
    let mut entries = fs::read_dir(&folder)
        .map_err(io)?
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(io)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(io)?;
        let path = inner.join(entry.file_name());
        if kind.is_symlink() {
            return Err(Error::Models(ModelsError::LeadsOut { path: entry.path() }));
        }
        if kind.is_dir() {
            content.folders.push(path.clone());
            look_into(root, &path, content)?;
        } else {
            let bytes = entry.metadata().map_err(io)?.len();
            content.files.push((path, bytes));
        }
    }
    Ok(())
}

/// What was made in the new place, to be undone if the rest fails.
#[derive(Debug, Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    /// Copies everything and reads the copies back: what arrived is what was there.
    fn copy(
        &mut self,
        from: &Path,
        to: &Path,
        content: &Content,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<()> {
        let bytes: u64 = content.files.iter().map(|(_, bytes)| bytes).sum();
        // Read there, written here, and both read once more to be compared.
        let mut meter = Meter::new(on_progress, bytes * 3);
        let missing: Vec<PathBuf> = to
            .ancestors()
            .take_while(|folder| !folder.exists())
            .map(Path::to_owned)
            .collect();
        for folder in missing.into_iter().rev() {
            self.folder(folder)?;
        }
        for folder in &content.folders {
            self.folder(to.join(folder))?;
        }
        for (path, _) in &content.files {
            let name = path.display();
            let (source, target) = (from.join(path), to.join(path));
            meter.label(format!("Copying {name}"));
            self.files.push(target.clone());
            copy_file(&source, &target, &mut meter)?;
            meter.label(format!("Checking {name}"));
            let (_, wanted) = hash_file(&source, &mut meter)?;
            let (_, found) = hash_file(&target, &mut meter)?;
            if wanted != found {
                return Err(Error::Models(ModelsError::Corrupt {
                    what: target.display().to_string(),
                    wanted,
                    found,
                }));
            }
        }
        meter.finish()
    }

    fn folder(&mut self, folder: PathBuf) -> Result<()> {
        fs::create_dir(&folder).map_err(Error::io("Making the folder", &folder))?;
        self.folders.push(folder);
        Ok(())
    }

    /// Takes away what was made; what cannot be taken away is only a copy.
    fn undo(&self) {
        for file in &self.files {
            fs::remove_file(file).ok();
        }
        for folder in self.folders.iter().rev() {
            fs::remove_dir(folder).ok();
        }
    }
}

fn copy_file(from: &Path, to: &Path, meter: &mut Meter<'_, '_>) -> Result<()> {
    let reading = |source| Error::io("Reading the model file", from)(source);
    let writing = |source| Error::io("Writing the model file", to)(source);
    let mut source = fs::File::open(from).map_err(reading)?;
    let mut target = fs::File::create_new(to).map_err(writing)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = source.read(&mut buffer).map_err(reading)?;
        if count == 0 {
            break;
        }
        target.write_all(&buffer[..count]).map_err(writing)?;
        meter.advance(count as u64)?;
    }
    target.sync_all().map_err(writing)
}

/// Deletes what was copied, and the folders that are empty then; what could not be deleted.
fn delete(from: &Path, content: &Content) -> Vec<PathBuf> {
    let files = content.files.iter().map(|(path, _)| from.join(path));
    let left = files
        .filter(|file| fs::remove_file(file).is_err())
        .collect();
    for folder in content.folders.iter().rev() {
        // What came in the meantime stays where it is.
        fs::remove_dir(from.join(folder)).ok();
    }
    fs::remove_dir(from).ok();
    left
}

/// Where the choice of the folder is kept, beside the usual place for models.
pub(super) fn choice_file(usual: &Path) -> PathBuf {
    folder_of(usual).join("models-folder.txt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    /// A folder with a model, and where it may go.
    fn places() -> (tempfile::TempDir, [PathBuf; 3]) {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["models", "disk/everframe", "models-folder.txt"];
        let paths = paths.map(|name| folder.path().join(name));
        fs::create_dir_all(paths[0].join("wan/vae")).unwrap();
        fs::write(paths[0].join("wan/record.json"), "{}").unwrap();
        fs::write(paths[0].join("wan/vae/weights"), vec![7; 3 << 20]).unwrap();
        (folder, paths)
    }

    #[test]
    fn everything_is_there_afterwards_and_the_choice_with_it() {
        let (_folder, [from, to, choice]) = places();
        let mut last = (0, 0);
        let moved = relocate(&from, &to, &choice, &mut |progress| {
            last = (progress.done, progress.total);
            ControlFlow::Continue(())
        });
        let moved = moved.unwrap();
        assert_eq!((moved.folder.as_path(), moved.left.len()), (&*to, 0));
        assert_eq!(last.0, last.1);
        assert_eq!(
            fs::read(to.join("wan/vae/weights")).unwrap(),
            vec![7; 3 << 20]
        );
        assert!(!from.exists());
        assert_eq!(chosen(&choice), Some(to));
    }

    #[test]
    fn a_move_that_is_stopped_leaves_everything_as_it_was() {
        let (_folder, [from, to, choice]) = places();
        let mut steps = 0;
        let stopped = relocate(&from, &to, &choice, &mut |_progress| {
            steps += 1;
            if steps > 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
        assert!(from.join("wan/vae/weights").exists());
        assert!(
            !to.exists() && !folder_of(&to).exists(),
            "nothing is left there"
        );
        assert_eq!(chosen(&choice), None);
    }

    #[test]
    fn places_that_cannot_be_are_refused_before_anything_is_done() {
        let (folder, [from, to, choice]) = places();
        let mut go_on = |_progress| ControlFlow::Continue(());
        let inside = relocate(&from, &from.join("wan/new"), &choice, &mut go_on);
        assert!(matches!(inside, Err(Error::Unsuitable { .. })));
        let same = relocate(&from, &from, &choice, &mut go_on);
        assert!(matches!(same, Err(Error::Unsuitable { .. })));
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("mine"), "").unwrap();
        let taken = relocate(&from, &to, &choice, &mut go_on);
        assert!(matches!(
            taken,
            Err(Error::Models(ModelsError::FolderInTheWay { .. }))
        ));
        // The choice cannot be noted where a folder bears its name: then nothing was moved either.
        let blocked = folder.path().join("blocked");
        fs::create_dir_all(blocked.join("inside")).unwrap();
        let other = folder.path().join("other");
        assert!(relocate(&from, &other, &blocked, &mut go_on).is_err());
        assert!(from.join("wan/record.json").exists() && !other.exists());
    }
}

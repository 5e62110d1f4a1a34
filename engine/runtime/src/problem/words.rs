//! Every error of the engine in words for people: what did not happen, and what to do now.
//!
//! The matches name every variant, so a new error does not compile until somebody has written its help.

use super::Problem;
use crate::Error;
use std::path::Path;

mod models;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        words(&error).with_cause(&error)
    }
}

fn words(error: &Error) -> Problem {
    match error {
        Error::Media(error) => media_words(error),
        Error::Compositor(error) => compositor_words(error),
        Error::Generation(error) => generation_words(error),
        Error::Models(error) => models::models_words(error),
        Error::Edit(error) => edit_words(error),
        Error::Project { source, path } => project_words(source, path),
        Error::Storyboard { source, path } => Problem::error(
            format!(
                "Line {} of {} cannot be used: {}",
                source.line,
                name(path),
                source.reason
            ),
            "A shot is a line such as \"3s: a fox in the snow\", with \"cut\" or \"continue\" before it",
        ),
        Error::NoModel { operation } => Problem::error(
            format!("No model that is installed can do \"{operation}\""),
            models::install_one(),
        ),
        Error::NoListener => Problem::error(
            "No model that writes captions is installed",
            models::install_listener(),
        ),
        Error::Subtitles { source, path } => Problem::error(
            format!("{} cannot be used as subtitles: {source}", name(path)),
            "Choose a SubRip (.srt) or WebVTT (.vtt) file",
        ),
        Error::WouldOverwrite { path } => Problem::error(
            format!(
                "The project was not saved: {} holds something else",
                name(path)
            ),
            "Save under another name; the file there is kept as it is",
        ),
        Error::Io {
            action,
            source,
            path,
        } => Problem::error(
            format!("{action} did not work: {}", name(path)),
            format!(
                "The system says: {source}. Check the folder, its permissions and the space on the disk"
            ),
        ),
        Error::MissingMedia { name, .. } => Problem::error(
            format!("The media \"{name}\" is not where it was"),
            "Relink it: show where the file lies now; it is known by its content, whatever its name",
        ),
        Error::UnknownAsset { .. } | Error::UnknownItem { .. } => Problem::error(
            "What this was about is no longer in the project",
            "Undo its removal, or do it again on what is there now",
        ),
        Error::Unsuitable { reason } => Problem::error(
            format!("This cannot be done here: {reason}"),
            "Choose something else and try again",
        ),
        Error::NothingToExport => Problem::error(
            "There is nothing to export",
            "Put something on the timeline, or widen the range",
        ),
        Error::UnknownPreset { name } => Problem::error(
            format!("There is no export preset \"{name}\""),
            format!("Choose one of {}", preset_names()),
        ),
        Error::Cancelled => Problem::warning("Cancelled", "Start it again whenever you like"),
    }
}

fn preset_names() -> String {
    let names: Vec<String> = crate::export_presets()
        .into_iter()
        .map(|preset| preset.name)
        .collect();
    names.join(", ")
}

#[expect(clippy::too_many_lines, reason = "a table with one arm for each error")]
fn media_words(error: &media::Error) -> Problem {
    use media::Error as E;
    match error {
        E::Start { .. } => Problem::error(
            "GStreamer could not be started",
            "Install GStreamer 1.22 or newer with its base, good, bad, ugly and libav plug-ins",
        ),
        E::Missing { path } => Problem::error(
            format!("There is no file {}", path.display()),
            "Check the name and the folder",
        ),
        E::Unreadable { source, path } => Problem::error(
            format!("{} cannot be read", name(path)),
            format!("The system says: {source}. Check the permissions of the file"),
        ),
        E::Empty { path } => Problem::error(
            format!("{} is empty", name(path)),
            "Copy the file again from where it came",
        ),
        E::NotMedia { path } => Problem::error(
            format!("{} is not a video, sound or picture file", name(path)),
            "Choose another file; the name's ending does not decide, the content does",
        ),
        E::Damaged { path, .. } => Problem::error(
            format!("{} is damaged or incomplete", name(path)),
            "Copy the file again from where it came; a recording that broke off may need repair first",
        ),
        E::PictureSize { size, path } => Problem::error(
            format!(
                "{} claims a picture size of {size}, which cannot be used",
                name(path)
            ),
            "Sides go from 1 to 16384 pixels",
        ),
        E::NoStreams { path } => Problem::error(
            format!("{} holds neither pictures nor sound", name(path)),
            "Choose another file",
        ),
        E::NoVideo { path } => Problem::error(
            format!("{} holds no pictures", name(path)),
            "Choose a file with pictures for this",
        ),
        E::NoAudio { path } => Problem::error(
            format!("{} holds no sound", name(path)),
            "Choose a file with sound for this",
        ),
        E::MissingPlugin { what, package, .. } => Problem::error(
            format!("GStreamer has no {what}"),
            format!("Install {package} and start Everframe again"),
        ),
        E::NoSuchFrame {
            number,
            count,
            path,
        } => Problem::error(
            format!("{} has no frame {number}; it has {count}", name(path)),
            "Choose a frame inside the clip",
        ),
        E::Frame { number, path, .. } => Problem::error(
            format!("Frame {number} of {} cannot be decoded", name(path)),
            "The file is damaged there; cut around it, or mark the range and fill it",
        ),
        E::Pipeline { path, .. } => Problem::error(
            format!("Reading or writing {} broke off", name(path)),
            "Try again; if it stays so, convert the file to another format",
        ),
        E::Settings { reason } => Problem::error(
            format!("These settings cannot be used: {reason}"),
            "Change them and try again",
        ),
        E::DiskFull { path } => Problem::error(
            format!("The disk is full; nothing was kept of {}", name(path)),
            "Make room, or choose another disk, and start it again",
        ),
        E::Unwritable { source, path } if source.kind() == std::io::ErrorKind::NotFound => {
            Problem::error(
                format!("{} cannot be written: its folder is gone", path.display()),
                "If the project was moved meanwhile, open it where it lies now and start this again",
            )
        }
        E::Unwritable { source, path } => Problem::error(
            format!("{} cannot be written", path.display()),
            format!("The system says: {source}. Choose a folder that you may write to"),
        ),
        E::NoSoundDevice { .. } => Problem::warning(
            "No sound device works, so nothing can be heard",
            "Playback keeps time with the system's clock; connect a device and play again",
        ),
        E::Cancelled => Problem::warning("Cancelled", "Start it again whenever you like"),
    }
}

fn compositor_words(error: &compositor::Error) -> Problem {
    use compositor::Error as E;
    match error {
        E::NoAdapter { .. } => Problem::error(
            "No graphics driver was found, so nothing can be drawn",
            "Install a Vulkan driver; a software one such as mesa-vulkan-drivers is enough",
        ),
        E::NoDevice { adapter, .. } | E::AdapterTooOld { adapter, .. } => Problem::error(
            format!("The graphics driver of {adapter} cannot be used"),
            "Update it, or set EVERFRAME_ADAPTER=software to draw without it",
        ),
        E::DeviceLost { .. } | E::Device { .. } => Problem::error(
            "The graphics driver stopped working",
            "Your project is safe; start Everframe again, and update the driver if it happens again",
        ),
        E::OutOfMemory { size } => Problem::error(
            format!("There is not enough graphics memory to draw {size}"),
            "Close other programs, or use a smaller sequence size",
        ),
        E::MissingPicture { .. } => Problem::internal("a picture that was planned was not decoded"),
        E::BrokenPicture { .. } => Problem::internal("a decoded picture is too short"),
        E::Size {
            what,
            size,
            side_max,
        } => Problem::error(
            format!("{what} of {size} cannot be drawn"),
            format!("Sides go from 1 to {side_max} pixels"),
        ),
        E::Look { name, source } => Problem::error(
            format!("The look \"{name}\" cannot be used: {source}"),
            "Choose a .cube file as color grading programs write them",
        ),
        E::Title { .. } => Problem::error(
            "The title cannot be drawn",
            "Make the words fewer or the letters smaller",
        ),
    }
}

fn generation_words(error: &generation::Error) -> Problem {
    use generation::Error as E;
    match error {
        E::Cancelled => Problem::warning("Cancelled", "Start it again whenever you like"),
        E::CannotAnswer { backend, reason } => Problem::error(
            format!("{backend} cannot do this: {reason}"),
            "Change the selection so that it fits, or choose another model",
        ),
        E::BadClip { reason } => Problem::error(
            format!("The frames cannot be used: {reason}"),
            "Choose another range",
        ),
        E::BadParameter { id, reason, .. } => Problem::error(
            format!("The setting {id} does not fit: {reason}"),
            "Change it and try again",
        ),
        E::UnknownBackend { id, known } => Problem::error(
            format!("There is no model \"{id}\""),
            format!("Installed are: {known}"),
        ),
        E::Tokenizer { path, .. } => Problem::error(
            format!("{} cannot be used to read prompts", name(path)),
            "Install the model again; the details say what is wrong with the file",
        ),
        E::NotEnoughMemory {
            model,
            needed_bytes,
            available_bytes,
            suggestion,
            ..
        } => {
            let gigabytes = |bytes: &u64| *bytes as f64 / 1e9;
            Problem::error(
                format!(
                    "{model} needs {:.1} GB of memory for this, and {:.1} GB are free",
                    gigabytes(needed_bytes),
                    gigabytes(available_bytes)
                ),
                format!("Close other programs, or ask for less: {suggestion}"),
            )
        }
        E::NotFinite { what, model } => Problem::error(
            format!("{model} made no picture: {what} came out as no numbers"),
            "Verify the model's files or install it again; they are damaged or do not belong together",
        ),
        E::ModelsMissing { .. } => Problem::error(
            "The folder with the shipped models was not found",
            "Reinstall Everframe, or set EVERFRAME_MODELS_DIR to the folder",
        ),
        E::Checksum { .. }
        | E::WeightsFormat { .. }
        | E::Manifest { .. }
        | E::TensorMissing { .. }
        | E::TensorShape { .. }
        | E::TensorFormat { .. }
        | E::TensorTwice { .. }
        | E::TensorNotFinite { .. }
        | E::UnknownWeights { .. }
        | E::LoraUnfit { .. } => {
            weights_words(error).unwrap_or_else(|| Problem::internal(error.to_string()))
        }
        E::Compute { what, .. } => Problem::error(
            format!("Computing {what} did not work"),
            "Try a smaller size or fewer frames; if it stays so, report the details",
        ),
        E::Io { source, path, .. } => Problem::error(
            format!("{} could not be read", name(path)),
            format!("The system says: {source}"),
        ),
    }
}

/// What is wrong with a file of weights; `None` for errors that are not about one.
fn weights_words(error: &generation::Error) -> Option<Problem> {
    use generation::Error as E;
    Some(match error {
        E::Checksum { path, .. } | E::WeightsFormat { path, .. } | E::Manifest { path, .. } => {
            Problem::error(
                format!("The model file {} is damaged or was replaced", name(path)),
                "Reinstall Everframe if the file came with it; remove and install the model again if you installed it",
            )
        }
        E::TensorMissing { path, .. }
        | E::TensorShape { path, .. }
        | E::TensorFormat { path, .. } => Problem::error(
            format!("{} holds another model than it should", name(path)),
            "Reinstall it; the details say which part does not fit",
        ),
        E::TensorTwice { first, path, .. } => Problem::error(
            format!("{} and {} hold the same weights", name(first), name(path)),
            "Name only the files of one model; the details say what is in both",
        ),
        E::TensorNotFinite { path, .. } => Problem::error(
            format!("{} holds numbers that cannot be computed with", name(path)),
            "Get the file again from its publisher; the details say which part is broken",
        ),
        E::UnknownWeights { reason, path } => Problem::error(
            format!("{} cannot be used: {reason}", name(path)),
            "Choose weights of the Wan 2.1 or 2.2 family, or a Whisper for captions",
        ),
        E::LoraUnfit { reason, path } => Problem::error(
            format!("The low-rank change {} does not fit: {reason}", name(path)),
            "Choose one that was made for this model, or use the model without it",
        ),
        E::Cancelled
        | E::CannotAnswer { .. }
        | E::BadClip { .. }
        | E::BadParameter { .. }
        | E::UnknownBackend { .. }
        | E::Tokenizer { .. }
        | E::NotEnoughMemory { .. }
        | E::NotFinite { .. }
        | E::ModelsMissing { .. }
        | E::Compute { .. }
        | E::Io { .. } => return None,
    })
}

fn edit_words(error: &timeline::EditError) -> Problem {
    use timeline::EditError as E;
    let help = match error {
        E::NoItem { .. }
        | E::NoTrack { .. }
        | E::NoAsset { .. }
        | E::NoTransition { .. }
        | E::NoMarker { .. }
        | E::NoTake { .. } => "It may have been removed; undo, or choose something that is there",
        E::NoTrackFor { .. } => "Add a track, or unlock one",
        E::Locked { .. } => "Unlock the track with the padlock in its header",
        E::WrongItem { .. } | E::WrongTrack { .. } => "Choose something of the right kind",
        E::NoMedia { .. } => "Choose another part of the file",
        E::OtherContent { .. } => "Choose the file with the same content; its name does not matter",
        E::NothingThere { .. } => "Move the playhead over a clip",
        E::NothingChosen { .. } => "Select something first",
        E::NotAbutting { .. } => "Move the clips together first",
        E::Handles { .. } => {
            "Make the transition shorter, or trim the clips so that media remains beyond the cut"
        }
        E::Blocked { .. } => "Move what is in the way, or lock that track",
        E::OutOfRange { .. } => "Type a number inside the range",
        E::TooMany { .. } => "Split the work into two projects",
        E::PathNotText { .. } => "Rename the file or its folder",
        E::InBatch { source, .. } => return edit_words(source),
        E::Broken { .. } => return Problem::internal(error.to_string()),
    };
    let text = error.to_string();
    let mut letters = text.chars();
    let summary = letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    });
    Problem::error(summary, help)
}

fn project_words(error: &timeline::FileError, path: &Path) -> Problem {
    use timeline::FileError as E;
    match error {
        E::Syntax { line, column, .. } => Problem::error(
            format!(
                "{} is not a project, or is damaged (line {line}, column {column})",
                name(path)
            ),
            "It is kept as it is; open one of its backups in the folder beside it",
        ),
        E::Newer { found, known, .. } => Problem::error(
            format!(
                "{} was saved by a newer Everframe (file version {found}; this one knows {known})",
                name(path)
            ),
            "Update Everframe; until then it can only be looked at",
        ),
        E::Damaged { .. } => Problem::error(
            format!("{} reads, but does not hold together", name(path)),
            "It is kept as it is; open one of its backups in the folder beside it",
        ),
        E::Write { .. } => Problem::internal("the project could not be turned into text"),
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

//! Commands on project files.

use super::{CommandResult, args::Effort, media_commands::written, output::Answer};
use av::{FrameIndex, FrameRange, FrameRate, ScanSize};
use runtime::{
    Encoding, Error, ExportRequest, Folders, FrameSource, JobProgress, MediaFolder,
    project_file::{load_project, save_project},
    verbs,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    io::BufRead as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};
use timeline::{Document, Edit, Sequence, edit::apply_edit};

/// A line of an edit script.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ScriptLine {
    /// Make a file known to the project.
    Import {
        /// Where it is.
        import: PathBuf,
    },
    /// Change the document.
    Edit(Box<Edit>),
}

/// Makes an empty project; an existing file is never replaced.
pub fn new_project(project: &Path, size: ScanSize, rate: FrameRate) -> CommandResult {
    if project.exists() {
        return Err(Error::Unsuitable {
            reason: format!("{} exists already", project.display()),
        });
    }
    let name = project.file_stem().unwrap_or_default().to_string_lossy();
    save_project(project, &Document::new(&name, Sequence::new(size, rate)))?;
    let text = format!(
        "Made {}: {size} at {rate} frames a second",
        project.display()
    );
    Ok(Answer::new(
        text,
        json!({ "project": project, "size": size.to_string(), "rate": rate.to_string() }),
    ))
}

/// Applies a script of edits from standard input, all or none.
pub fn edit(project: &Path) -> CommandResult {
    let mut document = open_for_writing(project)?;
    let folders = Folders::of_project(project);
    let mut created = Vec::new();
    let mut count = 0;
    for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
        let line =
            line.map_err(|error| unsuitable(format!("line {number} cannot be read: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed: ScriptLine = serde_json::from_str(&line).map_err(|error| {
            unsuitable(format!(
                "line {number} is not an edit: {}",
                explain(&line, &error)
            ))
        })?;
        let edit = match parsed {
            ScriptLine::Import { import } => {
                let path =
                    std::path::absolute(&import).map_err(Error::io("Finding the file", &import))?;
                runtime::add_asset(folders.asset(&path, false)?)
            }
            ScriptLine::Edit(edit) => *edit,
        };
        let applied = apply_edit(&document, &edit)
            .map_err(|error| unsuitable(format!("line {number} cannot be done: {error}")))?;
        document = applied.document;
        created.push(json!({
            "line": number,
            "assets": applied.created.assets,
            "items": applied.created.items,
            "tracks": applied.created.tracks,
        }));
        count += 1;
    }
    save_project(project, &document)?;
    let mut lines = vec![format!("Applied {count} edits")];
    lines.extend(created.iter().map(|entry| format!("  {entry}")));
    Ok(Answer::new(
        lines.join("\n"),
        json!({ "edits": count, "created": created }),
    ))
}

/// An untagged line says nothing useful by itself, so the reason is that of reading it as an edit.
fn explain(line: &str, error: &serde_json::Error) -> String {
    serde_json::from_str::<Edit>(line)
        .err()
        .map_or_else(|| error.to_string(), |error| error.to_string())
}

/// Prints the timeline.
pub fn show(project: &Path) -> CommandResult {
    let document = load_project(project)?.document;
    let value = serde_json::to_value(&document).unwrap_or_default();
    Ok(Answer::new(timeline::file::show(&document), value))
}

/// Finds moved media below a folder by their content.
pub fn relink(project: &Path, folder: &Path) -> CommandResult {
    let document = open_for_writing(project)?;
    let report = verbs::relink(&document, &Folders::of_project(project), folder)?;
    save_project(project, &report.document)?;
    let (found, missing) = (report.found.len(), report.missing.len());
    let mut lines = vec![format!(
        "Relinked {found} of {} missing files",
        found + missing
    )];
    lines.extend(report.found.iter().map(|name| format!("  found {name}")));
    lines.extend(
        report
            .missing
            .iter()
            .map(|name| format!("  still missing: {name}")),
    );
    Ok(Answer::new(
        lines.join("\n"),
        json!({ "found": report.found, "missing": report.missing }),
    ))
}

/// Writes one frame as it would be exported.
pub fn frame(project: &Path, frame: i64, out: &Path) -> CommandResult {
    let document = load_project(project)?.document;
    if !(0..document.sequence.count().0.max(1)).contains(&frame) {
        let count = document.sequence.count();
        return Err(unsuitable(format!(
            "the sequence has the frames 0..{count}, not {frame}"
        )));
    }
    let mut source = FrameSource::new(MediaFolder::of_project(project))?;
    let picture = verbs::frame_rgba(&mut source, &document, FrameIndex(frame))?;
    let size = picture.size;
    write_png(&picture, out)?;
    Ok(Answer::new(
        format!("Wrote {} ({size})", out.display()),
        json!({ "path": out, "frame": frame }),
    ))
}

/// Writes a picture whole or not at all.
fn write_png(picture: &av::VideoFrame, out: &Path) -> Result<(), Error> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let (width, height) = (picture.size.width, picture.size.height);
    let encoded = image::write_buffer_with_format(
        &mut bytes,
        &picture.planes[0].data,
        width,
        height,
        image::ExtendedColorType::Rgba8,
        image::ImageFormat::Png,
    );
    encoded
        .map_err(|error| unsuitable(format!("the picture cannot be written as PNG: {error}")))?;
    runtime::project_file::write_whole(out, bytes.get_ref())
}

/// Exports the sequence.
pub fn export(
    project: &Path,
    request: ExportRequest,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let document = load_project(project)?.document;
    let folder = MediaFolder::of_project(project);
    Ok(written(&runtime::export::export(
        &document,
        &folder,
        &request,
        on_progress,
    )?))
}

/// What is asked for on the command line as a request.
pub fn export_request(
    path: PathBuf,
    preset: Option<String>,
    range: Option<FrameRange>,
    effort: Effort,
) -> Result<ExportRequest, Error> {
    let preset = preset.map_or_else(|| verbs::preset_for(&path), Ok)?;
    let Effort {
        quality,
        bitrate,
        speed,
    } = effort;
    let encoding = Encoding {
        quality,
        bitrate_kbps: bitrate,
        speed,
    };
    Ok(ExportRequest {
        path,
        preset,
        range,
        size: None,
        encoding,
    })
}

fn open_for_writing(project: &Path) -> Result<Document, Error> {
    let opened = load_project(project)?;
    if opened.is_read_only {
        return Err(unsuitable(
            "the project was saved by a newer Everframe and can only be looked at".into(),
        ));
    }
    Ok(opened.document)
}

fn unsuitable(reason: String) -> Error {
    Error::Unsuitable { reason }
}

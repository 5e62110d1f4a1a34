//! The demo command: the demo project, made and exported without a window.

use super::{CommandResult, media_commands::written};
use crate::demo::Length;
use runtime::{
    Encoding, ExportRequest, Folders, JobProgress,
    project_file::{PROJECT_EXTENSION, save_project},
};
use std::{ops::ControlFlow, path::Path};

/// Makes the demo project in a folder and exports it as demo.mp4.
pub fn demo(
    folder: &Path,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let project = folder.join("demo").with_extension(PROJECT_EXTENSION);
    let demo = crate::demo::assemble(folder, &project, Length::Whole, on_progress)?;
    save_project(&project, &demo.document)?;
    let request = ExportRequest {
        path: folder.join("demo.mp4"),
        preset: "h264-mp4".into(),
        range: None,
        size: None,
        encoding: Encoding::default(),
    };
    let media = Folders::of_project(&project).media;
    let mut summary = runtime::export::export(&demo.document, &media, &request, on_progress)?;
    summary.notes.splice(0..0, demo.notes);
    Ok(written(&summary))
}

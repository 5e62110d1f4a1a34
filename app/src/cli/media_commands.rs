//! Commands on media files.

use super::{CommandResult, args::Behind, output::Answer};
use av::{FrameRange, MediaInfo};
use runtime::{
    Error, ExportSummary, JobProgress,
    verbs::{self, NewBackground},
};
use serde_json::json;
use std::{ops::ControlFlow, path::Path};

/// Called at every step of long work.
type OnProgress<'a> = dyn FnMut(JobProgress) -> ControlFlow<()> + 'a;

/// Says what is in a file.
pub fn probe(file: &Path) -> CommandResult {
    let info = runtime::verbs::probe_file(file)?;
    let value = serde_json::to_value(&info).unwrap_or_default();
    Ok(Answer::new(describe(file, &info), value))
}

fn describe(file: &Path, info: &MediaInfo) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut lines = vec![format!(
        "{name}: {}, {:.3} s",
        info.container,
        info.duration.seconds_for_display()
    )];
    if let Some(video) = &info.video {
        let rate = match (info.is_still, video.rate) {
            (true, _) => "still".to_owned(),
            (false, Some(rate)) => format!("{rate} frames a second"),
            (false, None) => "variable frame rate".to_owned(),
        };
        let color = format!("{:?} {:?}", video.color.matrix, video.color.range).to_lowercase();
        lines.push(format!(
            "  picture: {} {}, {rate}, {} frames, {color}",
            video.codec, video.size, video.frame_count
        ));
    }
    if let Some(audio) = &info.audio {
        lines.push(format!(
            "  sound: {}, {} channels, {} Hz",
            audio.codec, audio.channels, audio.sample_rate
        ));
    }
    lines.join("\n")
}

/// Makes frames of a clip anew.
pub fn fill(
    clip: &Path,
    frames: FrameRange,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> CommandResult {
    Ok(written(&verbs::fill_file(clip, frames, out, on_progress)?))
}

/// Bridges two clips.
pub fn join(
    clips: [&Path; 2],
    seconds: f64,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> CommandResult {
    let count = verbs::frames_in_seconds(clips[0], seconds)?;
    Ok(written(&verbs::join_files(clips, count, out, on_progress)?))
}

/// Swaps what lies behind the subject.
pub fn background(
    clip: &Path,
    behind: Behind,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> CommandResult {
    let background = new_background(clip, behind)?;
    Ok(written(&verbs::background_file(
        clip,
        &background,
        out,
        on_progress,
    )?))
}

fn new_background(clip: &Path, behind: Behind) -> Result<NewBackground, Error> {
    let Behind {
        image,
        clip: other,
        color,
        blur,
    } = behind;
    if let Some(path) = image.or(other) {
        return Ok(NewBackground::File(path));
    }
    if let Some(color) = color {
        return Ok(NewBackground::Color(color));
    }
    let pixels = blur.unwrap_or_default();
    let info = runtime::verbs::probe_file(clip)?;
    let height = info.video.map_or(1, |video| video.size.height);
    Ok(NewBackground::Blur(
        (pixels / f64::from(height)).clamp(0.001, 0.2),
    ))
}

/// What an export says when it is done.
pub fn written(summary: &ExportSummary) -> Answer {
    let mut lines = vec![format!(
        "Wrote {} ({} frames)",
        summary.path.display(),
        summary.frame_count
    )];
    lines.extend(summary.notes.iter().map(|note| format!("  {note}")));
    let value = json!({
        "path": summary.path, "frames": summary.frame_count, "notes": summary.notes,
    });
    Answer::new(lines.join("\n"), value)
}

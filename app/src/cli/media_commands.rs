//! Commands on media files.

use super::{CommandResult, output::Answer};
use av::MediaInfo;
use runtime::ExportSummary;
use serde_json::json;
use std::path::Path;

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

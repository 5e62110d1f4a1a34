//! Commands on the sound of files.

use super::{CommandResult, media_commands::written, output::Answer};
use clap::Args;
use runtime::{
    JobProgress,
    captions::{CaptionWishes, captions_file},
    clean_speech::clean_speech_file,
};
use serde_json::json;
use std::{ops::ControlFlow, path::PathBuf};

/// Whose speech is written down, and how.
#[derive(Debug, Args)]
pub struct CaptionsArgs {
    /// The clip or recording.
    file: PathBuf,
    /// The file to write: SubRip (.srt), WebVTT (.vtt), or the words alone (.txt).
    #[arg(long)]
    out: PathBuf,
    /// Short name of the language that is spoken, such as en or zh; listened for without it.
    #[arg(long)]
    language: Option<String>,
    /// Id of the installed model that listens; the largest without it.
    #[arg(long)]
    model: Option<String>,
}

/// Writes down what is said.
pub fn captions(
    asked: CaptionsArgs,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let wishes = CaptionWishes {
        language: asked.language,
        model: asked.model,
    };
    let summary = captions_file(&asked.file, &wishes, &asked.out, on_progress)?;
    let text = format!(
        "Wrote {} ({} captions, language {}, heard by {})",
        summary.path.display(),
        summary.cue_count,
        summary.language,
        summary.model
    );
    let value = json!({
        "path": summary.path, "captions": summary.cue_count, "language": summary.language,
        "model": summary.model,
    });
    Ok(Answer::new(text, value))
}

/// Whose speech is cleaned, and how much.
#[derive(Debug, Args)]
pub struct CleanSpeechArgs {
    /// The clip or recording.
    file: PathBuf,
    /// From 0, the sound as it is, to 1, nothing but what the network lets through.
    #[arg(long, default_value_t = 1.0, value_parser = strength)]
    strength: f64,
    /// The file to write: the whole clip with its new sound, or the sound alone where it ends in .wav.
    out: PathBuf,
}

/// Takes the noise out of speech.
pub fn clean_speech(
    asked: &CleanSpeechArgs,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let summary = clean_speech_file(&asked.file, asked.strength, &asked.out, on_progress)?;
    Ok(written(&summary))
}

fn strength(text: &str) -> Result<f64, String> {
    let error = || format!("\"{text}\" is not a number from 0 to 1");
    let value: f64 = text.parse().map_err(|_not_a_number| error())?;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_shares() {
        assert_eq!(strength("0.5"), Ok(0.5));
        for text in ["2", "-0.1", "much", "NaN"] {
            assert!(strength(text).is_err(), "{text}");
        }
    }
}

//! Commands on the sound of files.

use super::{CommandResult, media_commands::written};
use clap::Args;
use runtime::{JobProgress, clean_speech::clean_speech_file};
use std::{ops::ControlFlow, path::PathBuf};

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

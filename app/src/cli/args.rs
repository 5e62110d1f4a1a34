//! What can be typed after `everframe`.

pub mod verbs;

use super::{
    models_commands::ModelsCommand,
    picture_commands::{RestyleArgs, UpscaleArgs},
    sound_commands::{CaptionsArgs, CleanSpeechArgs},
};
use av::{FrameIndex, FrameRange, FrameRate, ScanSize};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use verbs::{
    AnimateArgs, BackgroundArgs, ExtendArgs, FillArgs, GenerateArgs, InterpolateArgs, JoinArgs,
    OutpaintArgs, RepaintArgs,
};

/// A video editor that makes footage as well as cutting it, on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "everframe",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
#[command(
    after_help = "Without a command the window opens. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled."
)]
pub struct Cli {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Open the window on a copy of the demo project.
    #[arg(long)]
    pub demo: bool,
    /// Open the window on this project.
    pub project: Option<PathBuf>,
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<CommandLine>,
}

/// Everything that works without a window.
#[derive(Debug, Subcommand)]
pub enum CommandLine {
    /// Make the demo film: cuts, titles, a filled gap, a swapped background, a voice cleaned of its noise and captioned,
    /// a storyboard from words, a moving photo, footage that goes on both ways, is joined, painted, enlarged and slowed;
    /// then export it.
    Demo {
        /// Folder for the project, its media and demo.mp4.
        folder: PathBuf,
    },
    /// Say what is in a media file.
    Probe {
        /// The file.
        file: PathBuf,
    },
    /// Make an empty project.
    New {
        /// The project file, such as film.everframe.
        project: PathBuf,
        /// Pixels, such as 1280x720.
        #[arg(long, default_value = "1920x1080")]
        size: ScanSize,
        /// Frames a second, such as 25 or 30000/1001.
        #[arg(long, default_value = "25")]
        rate: FrameRate,
    },
    /// Apply edits from standard input, one JSON object a line, all or none.
    ///
    /// A line is an edit such as {"split":{"at":25}}, or {"import":"clip.mp4"} to make a file known to the project.
    Edit {
        /// The project file.
        project: PathBuf,
    },
    /// Print the timeline as text.
    Show {
        /// The project file.
        project: PathBuf,
    },
    /// Find moved media again by their content.
    Relink {
        /// The project file.
        project: PathBuf,
        /// Folder to look in, with everything below it.
        folder: PathBuf,
    },
    /// Write one frame, exactly as it would be exported.
    Frame {
        /// The project file.
        project: PathBuf,
        /// Which frame, counted from 0.
        #[arg(allow_negative_numbers = true)]
        frame: i64,
        /// The PNG file.
        out: PathBuf,
    },
    /// Export the sequence.
    Export {
        /// The project file.
        project: PathBuf,
        /// The file to write; its ending chooses the format unless a preset is named.
        out: PathBuf,
        /// Name of a preset: h264-mp4, vp9-webm, prores-mov, lossless-mkv, png-sequence, gif, wav.
        #[arg(long)]
        preset: Option<String>,
        /// Frames A..B, the last one not included.
        #[arg(long, value_parser = frame_range)]
        range: Option<FrameRange>,
        /// How hard the encoder tries.
        #[command(flatten)]
        effort: Effort,
    },
    /// Make a clip from words.
    Generate(GenerateArgs),
    /// Let a picture move.
    Animate(AnimateArgs),
    /// Let a clip go on past its end, or start earlier.
    Extend(ExtendArgs),
    /// Make frames of a clip anew from those around them.
    Fill(FillArgs),
    /// Bridge two clips with made frames.
    Join(JoinArgs),
    /// List, install, adopt, verify, move and remove the models that make footage or write down speech.
    Models {
        /// What to do; without it they are listed.
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Make a clip or picture two or four times as large.
    Upscale(UpscaleArgs),
    /// Paint a clip or picture in one of 26 looks or a mix of them.
    Restyle(RestyleArgs),
    /// Take the noise out of the speech of a clip or recording.
    CleanSpeech(CleanSpeechArgs),
    /// Write down what is said in a clip or recording, with its times.
    ///
    /// A model that hears speech has to be installed: everframe models install whisper-base. Nothing leaves this machine.
    Captions(CaptionsArgs),
    /// Put something else behind the subject of a clip.
    Background(BackgroundArgs),
    /// Make a region of a clip anew: remove something, or put something else there.
    Repaint(RepaintArgs),
    /// Let a clip's picture grow past its borders.
    Outpaint(OutpaintArgs),
    /// Make the frames between a clip's frames: more of them a second, or slow motion.
    Interpolate(InterpolateArgs),
}

/// How hard the encoder tries.
#[derive(Debug, Args)]
pub struct Effort {
    /// 0 (smallest file) to 100 (best picture).
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub quality: Option<u8>,
    /// A constant rate in kilobits a second in place of constant quality.
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=500_000))]
    pub bitrate: Option<u32>,
    /// Time against size.
    #[arg(long, value_parser = ["fastest", "fast", "balanced", "thorough"])]
    pub speed: Option<String>,
}

fn frame_range(text: &str) -> Result<FrameRange, String> {
    let error = || format!("\"{text}\" is not a range of frames such as 40..52");
    let (start, end) = text.split_once("..").ok_or_else(error)?;
    let number = |part: &str| part.trim().parse::<i64>().map_err(|_not_a_number| error());
    let (start, end) = (number(start)?, number(end)?);
    if start < 0 || end <= start {
        return Err(error());
    }
    Ok(FrameRange::between(FrameIndex(start), FrameIndex(end)))
}

fn seconds(text: &str) -> Result<f64, String> {
    let error = || format!("\"{text}\" is not a length in seconds between 0.04 and 60");
    let seconds: f64 = text.parse().map_err(|_not_a_number| error())?;
    if (0.04..=60.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn ranges_are_half_open_and_forwards() {
        assert_eq!(
            frame_range("40..52"),
            Ok(FrameRange::between(FrameIndex(40), FrameIndex(52)))
        );
        for text in ["", "4", "5..5", "9..2", "-1..3", "a..b"] {
            assert!(frame_range(text).is_err(), "{text}");
        }
    }
}

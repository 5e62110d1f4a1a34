//! Commands that change every frame of one file: enlarging and painting.

use super::{
    CommandResult,
    args::verbs::WishArgs,
    media_commands::written,
    verb_commands::{answered, wished},
};
use clap::{ArgGroup, Args};
use runtime::{
    JobProgress,
    restyle::{Painting, painting, restyle_file},
    upscale::{Factor, Quality, upscale_file},
    verbs,
};
use std::{ops::ControlFlow, path::PathBuf};

/// What is enlarged, and how.
#[derive(Debug, Args)]
pub struct UpscaleArgs {
    /// The clip or picture.
    clip: PathBuf,
    /// How many times as tall and wide: 2 or 4.
    #[arg(long, value_parser = factor)]
    factor: Factor,
    /// Take the finer network, some ten times slower: for stills and drawings.
    #[arg(long)]
    quality: bool,
    /// The file to write; a picture ends in .png or .jpg.
    out: PathBuf,
}

/// What is painted, and how.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("look").required(true).args(["style", "prompt"])))]
pub struct RestyleArgs {
    /// The clip or picture.
    clip: PathBuf,
    /// style-0 to style-25, or a mix such as style-3:0.5,style-12:0.5.
    ///
    /// The looks have no names of their own; assets/gallery/styles.jpg shows them all.
    #[arg(long, value_parser = look)]
    #[arg(conflicts_with_all = [
        "negative", "seed", "takes", "model", "steps", "guidance", "settings", "size", "storyboard",
        "references",
    ])]
    style: Option<Painting>,
    /// From 0, the clip as it is, to 1, nothing but paint.
    #[arg(long, requires = "style")]
    strength: Option<f64>,
    /// How much paint stays in its place from frame to frame, 0 to 0.95; 0 paints each frame by itself.
    #[arg(long, requires = "style")]
    steadiness: Option<f64>,
    /// Paint light and dark alone; colors stay those of the clip.
    #[arg(long, requires = "style")]
    keep_colors: bool,
    /// Longest side in pixels at which it is painted, 128 to 1920; smaller means broader strokes.
    #[arg(long, requires = "style")]
    canvas: Option<u32>,
    /// The new look in words, for installed models; the 26 looks that ship know no words.
    #[command(flatten)]
    wishes: WishArgs,
    /// The file to write; a picture ends in .png or .jpg.
    out: PathBuf,
}

/// Enlarges a clip or picture.
pub fn upscale(
    asked: &UpscaleArgs,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let quality = if asked.quality {
        Quality::Fine
    } else {
        Quality::Fast
    };
    let how = (asked.factor, quality);
    Ok(written(&upscale_file(
        &asked.clip,
        how,
        &asked.out,
        on_progress,
    )?))
}

/// Paints a clip or picture in another look.
pub fn restyle(
    asked: RestyleArgs,
    on_progress: &mut dyn FnMut(JobProgress) -> ControlFlow<()>,
) -> CommandResult {
    let Some(mut painting) = asked.style else {
        let wishes = wished(asked.wishes)?;
        return answered(|| verbs::restyle_file(&asked.clip, &wishes, &asked.out, on_progress));
    };
    painting.strength = asked.strength.unwrap_or(painting.strength);
    painting.steadiness = asked.steadiness.unwrap_or(painting.steadiness);
    painting.canvas_side = asked.canvas.unwrap_or(painting.canvas_side);
    painting.keeps_colors = asked.keep_colors;
    Ok(written(&restyle_file(
        &asked.clip,
        &painting,
        &asked.out,
        on_progress,
    )?))
}

fn factor(text: &str) -> Result<Factor, String> {
    match text {
        "2" => Ok(Factor::Two),
        "4" => Ok(Factor::Four),
        other => Err(format!("\"{other}\" is neither 2 nor 4")),
    }
}

fn look(text: &str) -> Result<Painting, String> {
    painting(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_and_looks_are_read_strictly() {
        assert_eq!(factor("4"), Ok(Factor::Four));
        assert!(factor("3").is_err());
        assert!(look("style-3:0.5,style-12").is_ok());
        assert!(look("starry").unwrap_err().contains("style-25"));
    }
}

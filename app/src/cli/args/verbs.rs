//! What the verbs that make footage take.

use super::{frame_range, seconds};
use av::{FrameRange, FrameRate, ScanSize};
use clap::{ArgGroup, Args, builder::NonEmptyStringValueParser, value_parser};
use std::path::PathBuf;
use timeline::Rgba;

/// What can be wished for of every model.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is wished for")]
pub struct WishArgs {
    /// What is to be seen.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub prompt: Option<String>,
    /// What is not to be seen.
    #[arg(long, value_name = "TEXT")]
    pub negative: Option<String>,
    /// Where the noise starts: the same seed makes the same frames.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// How many takes; each counts on from the seed and gets a file of its own: OUT, then OUT-2, OUT-3.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=16))]
    pub takes: u32,
    /// Model to take; without it the most fitting one that is installed.
    #[arg(long, value_name = "ID")]
    pub model: Option<String>,
    /// Denoising steps, for models that take some.
    #[arg(long, value_parser = value_parser!(u32).range(1..=1_000))]
    pub steps: Option<u32>,
    /// How closely the prompt is followed, for models that read one.
    #[arg(long, value_name = "NUMBER")]
    pub guidance: Option<f64>,
    /// Any other setting of the model, such as flow_shift=3.
    #[arg(long = "set", value_name = "ID=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Pixels of the result, such as 1280x720.
    #[arg(long)]
    pub size: Option<ScanSize>,
    /// Text file with several shots, one a line: "3s: a fox in the snow"; "cut" or "continue" may stand before.
    #[arg(long, value_name = "FILE")]
    pub storyboard: Option<PathBuf>,
    /// Picture of a subject, place or style to keep to; may be given several times.
    #[arg(long = "reference", value_name = "FILE")]
    pub references: Vec<PathBuf>,
}

/// How long a new clip is.
#[derive(Debug, Args)]
pub struct FreshArgs {
    /// How long it is; as long as the storyboard where there is one.
    #[arg(long, value_parser = seconds, required_unless_present = "storyboard")]
    pub seconds: Option<f64>,
    /// Frames a second, such as 25 or 30000/1001.
    #[arg(long, default_value = "25")]
    pub rate: FrameRate,
}

/// A clip from words.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("words").required(true).multiple(true).args(["prompt", "storyboard"])))]
pub struct GenerateArgs {
    /// How long.
    #[command(flatten)]
    pub fresh: FreshArgs,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

/// A picture that moves.
#[derive(Debug, Args)]
pub struct AnimateArgs {
    /// The picture; it is the first frame.
    pub photo: PathBuf,
    /// Picture to arrive at: the last frame. Without an installed model the one is morphed into the other.
    #[arg(long, value_name = "PHOTO", conflicts_with_all = ["camera", "ambience", "is_loop"])]
    pub last: Option<PathBuf>,
    /// Move of the camera: still, push, pull, pan-left, pan-right, tilt-up, tilt-down, orbit, dolly-zoom or handheld;
    /// without it the prompt is searched for one.
    #[arg(long, value_name = "MOVE")]
    pub camera: Option<String>,
    /// What moves in the air or on the water, several joined by +: snow, rain, petals, leaves, fog, embers, bokeh,
    /// fireworks, light-rays, dust, water-shimmer, clouds or none; without it the prompt is searched.
    #[arg(long, value_name = "NAMES")]
    pub ambience: Option<String>,
    /// Let the last frame lead back to the first.
    #[arg(long = "loop")]
    pub is_loop: bool,
    /// How long.
    #[command(flatten)]
    pub fresh: FreshArgs,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

/// A clip that goes on.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("direction").required(true).args(["forward", "backward"])))]
pub struct ExtendArgs {
    /// The clip.
    pub clip: PathBuf,
    /// Seconds to go on for past its end.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub forward: Option<f64>,
    /// Seconds to start earlier.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub backward: Option<f64>,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write: the whole longer clip; frames that were there stay as they are.
    pub out: PathBuf,
}

/// Frames made anew.
#[derive(Debug, Args)]
pub struct FillArgs {
    /// The clip.
    pub clip: PathBuf,
    /// Frames A..B to make, the last one not included.
    #[arg(long, value_parser = frame_range)]
    pub frames: FrameRange,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write: the whole clip with the made frames in it.
    pub out: PathBuf,
}

/// Two clips and a bridge.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// The clip that comes first.
    pub first: PathBuf,
    /// The clip that comes after.
    pub second: PathBuf,
    /// How long the bridge is.
    #[arg(long, value_parser = seconds)]
    pub seconds: f64,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write: both clips and the bridge.
    pub out: PathBuf,
}

/// Something else behind a subject.
#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("behind").required(true).args(["prompt", "image", "behind_clip", "color", "blur"])
))]
pub struct BackgroundArgs {
    /// The clip or picture.
    pub clip: PathBuf,
    /// A picture.
    #[arg(long)]
    pub image: Option<PathBuf>,
    /// A clip, from its start.
    #[arg(long = "clip", id = "behind_clip", value_name = "CLIP")]
    pub behind_clip: Option<PathBuf>,
    /// A color, such as #20a0ff.
    #[arg(long)]
    pub color: Option<Rgba>,
    /// The old background, blurred by this many pixels.
    #[arg(long, value_name = "PIXELS")]
    pub blur: Option<f64>,
    /// Box round the subject on the first picture: left, top, width and height in pixels; helps before a busy background.
    #[arg(long, value_name = "X,Y,W,H", value_parser = pixel_box)]
    pub subject: Option<[u32; 4]>,
    /// A new background from words, and what else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

/// A region made anew.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("region").required(true).args(["mask", "box"])))]
pub struct RepaintArgs {
    /// The clip.
    pub clip: PathBuf,
    /// Picture or clip that is white where the clip is to be made anew.
    #[arg(long, value_name = "FILE")]
    pub mask: Option<PathBuf>,
    /// Box to make anew: left, top, width and height in pixels.
    #[arg(long = "box", id = "box", value_name = "X,Y,W,H", value_parser = pixel_box)]
    pub pixel_box: Option<[u32; 4]>,
    /// What else is wished for; without a prompt, what was there goes.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

/// A picture that grows.
#[derive(Debug, Args)]
#[command(mut_arg("size", |size| size.required(true)))]
pub struct OutpaintArgs {
    /// The clip.
    pub clip: PathBuf,
    /// The size it grows to, and what else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

/// Frames between frames.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("more").required(true).args(["factor", "rate"])))]
pub struct InterpolateArgs {
    /// The clip; its frames may come at any times.
    pub clip: PathBuf,
    /// As many times the frames a second.
    #[arg(long, value_parser = value_parser!(u32).range(2..=16))]
    pub factor: Option<u32>,
    /// Keep the rate: it plays as many times slower instead.
    #[arg(long, requires = "factor", conflicts_with = "rate")]
    pub slow: bool,
    /// Frames a second that it is to have, such as 50 or 24000/1001.
    #[arg(long)]
    pub rate: Option<FrameRate>,
    /// What else is wished for.
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The file to write.
    pub out: PathBuf,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').filter(|(id, _)| !id.trim().is_empty());
    let (id, value) =
        split.ok_or_else(|| format!("\"{text}\" is not a setting such as flow_shift=3"))?;
    Ok((id.trim().to_owned(), value.trim().to_owned()))
}

fn pixel_box(text: &str) -> Result<[u32; 4], String> {
    let error = || format!("\"{text}\" is not a box such as 40,20,200,100");
    let numbers: Vec<u32> = text
        .split(',')
        .map(|part| part.trim().parse().map_err(|_not_a_number| error()))
        .collect::<Result<_, _>>()?;
    <[u32; 4]>::try_from(numbers).map_err(|_not_four| error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_settings_are_read_strictly() {
        assert_eq!(pixel_box("40, 20,200,100"), Ok([40, 20, 200, 100]));
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,3,-4", "a,b,c,d"] {
            assert!(pixel_box(text).is_err(), "{text}");
        }
        assert_eq!(
            setting("flow_shift=3"),
            Ok(("flow_shift".into(), "3".into()))
        );
        assert!(setting("=3").is_err() && setting("flow_shift").is_err());
    }
}

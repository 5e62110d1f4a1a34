//! Commands that make footage.

use super::{
    CommandResult,
    args::verbs::{
        AnimateArgs, BackgroundArgs, ExtendArgs, FillArgs, FreshArgs, GenerateArgs,
        InterpolateArgs, JoinArgs, OutpaintArgs, RepaintArgs, WishArgs,
    },
    output::Answer,
};
use runtime::{
    Error, JobProgress,
    storyboard::Storyboard,
    verbs::{self, Extension, Fresh, Made, MoreFrames, NewBackground, PaintRegion, Wishes},
};
use serde_json::{Value, json};
use std::{
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

/// Called at every step of long work.
type OnProgress<'a> = dyn FnMut(JobProgress) -> ControlFlow<()> + 'a;

/// Makes a clip from words.
pub fn generate(args: GenerateArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let GenerateArgs { fresh, wishes, out } = args;
    let wishes = wished(wishes)?;
    answered(|| verbs::generate_file(fresh.into(), &wishes, &out, on_progress))
}

/// Lets a picture move.
pub fn animate(args: AnimateArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let AnimateArgs {
        photo,
        last,
        camera,
        ambience,
        is_loop,
        fresh,
        wishes,
        out,
    } = args;
    let mut wishes = wished(wishes)?;
    let chosen = [
        ("camera", camera),
        ("ambience", ambience),
        ("loop", is_loop.then(|| "true".into())),
    ];
    for (id, value) in chosen {
        if let Some(value) = value {
            wishes.settings.insert(id.into(), value);
        }
    }
    let photos = (&*photo, last.as_deref());
    answered(|| verbs::animate_file(photos, fresh.into(), &wishes, &out, on_progress))
}

/// Lets a clip go on, or start earlier.
pub fn extend(args: ExtendArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let ExtendArgs {
        clip,
        forward,
        backward,
        wishes,
        out,
    } = args;
    let extension = match backward {
        Some(seconds) => Extension::Backward(seconds),
        None => Extension::Forward(forward.unwrap_or_default()),
    };
    let wishes = wished(wishes)?;
    answered(|| verbs::extend_file(&clip, extension, &wishes, &out, on_progress))
}

/// Makes frames of a clip anew.
pub fn fill(args: FillArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let FillArgs {
        clip,
        frames,
        wishes,
        out,
    } = args;
    let wishes = wished(wishes)?;
    answered(|| verbs::fill_file(&clip, frames, &wishes, &out, on_progress))
}

/// Bridges two clips.
pub fn join(args: JoinArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let JoinArgs {
        first,
        second,
        seconds,
        wishes,
        out,
    } = args;
    let wishes = wished(wishes)?;
    let count = verbs::frames_in_seconds(&first, seconds)?;
    answered(|| verbs::join_files([&first, &second], count, &wishes, &out, on_progress))
}

/// Swaps what lies behind the subject.
pub fn background(args: BackgroundArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let BackgroundArgs {
        clip,
        image,
        behind_clip,
        color,
        blur,
        subject,
        wishes,
        out,
    } = args;
    let wishes = wished(wishes)?;
    let behind = match (image.or(behind_clip), color, blur) {
        (Some(path), ..) => NewBackground::File(path),
        (None, Some(color), _) => NewBackground::Color(color),
        (None, None, Some(pixels)) => NewBackground::Blur(blur_radius(&clip, pixels)?),
        (None, None, None) => NewBackground::Words,
    };
    answered(|| verbs::background_file(&clip, (&behind, subject), &wishes, &out, on_progress))
}

/// Pixels of blur as a part of the clip's height.
fn blur_radius(clip: &Path, pixels: f64) -> Result<f64, Error> {
    let video = verbs::probe_file(clip)?.video;
    let height = video.map_or(1, |video| video.size.height);
    Ok((pixels / f64::from(height)).clamp(0.001, 0.2))
}

/// Makes a region anew.
pub fn repaint(args: RepaintArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let RepaintArgs {
        clip,
        mask,
        pixel_box,
        wishes,
        out,
    } = args;
    let region = match mask {
        Some(mask) => PaintRegion::Mask(mask),
        None => PaintRegion::Box(pixel_box.unwrap_or_default()),
    };
    let wishes = wished(wishes)?;
    answered(|| verbs::repaint_file(&clip, &region, &wishes, &out, on_progress))
}

/// Lets a picture grow past its borders.
pub fn outpaint(args: OutpaintArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let OutpaintArgs { clip, wishes, out } = args;
    let wishes = wished(wishes)?;
    let size = wishes.size.ok_or(Error::NothingToExport)?;
    answered(|| verbs::outpaint_file(&clip, size, &wishes, &out, on_progress))
}

/// Makes frames between a clip's frames.
pub fn interpolate(args: InterpolateArgs, on_progress: &mut OnProgress<'_>) -> CommandResult {
    let InterpolateArgs {
        clip,
        factor,
        slow,
        rate,
        wishes,
        out,
    } = args;
    let more = match (rate, factor.unwrap_or(1)) {
        (Some(rate), _) => MoreFrames::Rate(rate),
        (None, factor) if slow => MoreFrames::Slower(factor),
        (None, factor) => MoreFrames::Factor(factor),
    };
    let wishes = wished(wishes)?;
    answered(|| verbs::interpolate_file(&clip, more, &wishes, &out, on_progress))
}

impl From<FreshArgs> for Fresh {
    fn from(args: FreshArgs) -> Self {
        Self {
            seconds: args.seconds,
            rate: args.rate,
        }
    }
}

/// What is wished for, with the storyboard read.
pub fn wished(args: WishArgs) -> Result<Wishes, Error> {
    let storyboard = args
        .storyboard
        .as_deref()
        .map(Storyboard::read)
        .transpose()?;
    Ok(Wishes {
        prompt: args.prompt.unwrap_or_default(),
        negative_prompt: args.negative.unwrap_or_default(),
        seed: args.seed,
        num_takes: args.takes,
        model: args.model.unwrap_or_default(),
        num_inference_steps: args.steps,
        guidance_scale: args.guidance,
        settings: args.settings.into_iter().collect(),
        size: args.size,
        storyboard,
        references: args.references,
    })
}

/// Does the work and says what was written, and how long it took.
pub fn answered(work: impl FnOnce() -> Result<Vec<Made>, Error>) -> CommandResult {
    let start = Instant::now();
    let made = work()?;
    Ok(told(&made, start.elapsed()))
}

fn told(all: &[Made], elapsed: Duration) -> Answer {
    let texts: Vec<String> = all.iter().map(text).collect();
    let mut takes: Vec<Value> = all.iter().map(value).collect();
    let mut answer = match takes.first() {
        Some(Value::Object(first)) => first.clone(),
        Some(_) | None => serde_json::Map::new(),
    };
    answer.insert("elapsed_seconds".into(), json!(elapsed.as_secs_f64()));
    if takes.len() > 1 {
        answer.insert("takes".into(), Value::Array(std::mem::take(&mut takes)));
    }
    Answer::new(texts.join("\n"), Value::Object(answer))
}

fn text(made: &Made) -> String {
    let summary = &made.summary;
    let mut lines = vec![format!(
        "Wrote {} ({} frames, {:.2} s)",
        summary.path.display(),
        summary.frame_count,
        made.seconds
    )];
    lines.extend(summary.notes.iter().map(|note| format!("  {note}")));
    lines.join("\n")
}

fn value(made: &Made) -> Value {
    let summary = &made.summary;
    let mut value = json!({
        "path": summary.path,
        "frames": summary.frame_count,
        "seconds": made.seconds,
        "notes": summary.notes,
    });
    if let Some(frames) = &made.frames {
        value["backend"] = json!(frames.recipe.model);
        value["seed"] = json!(frames.recipe.seed);
        value["made_frames"] = json!(frames.recipe.num_frames);
        value["seams"] = json!(frames.seams);
        value["recipe"] = json!(frames.recipe);
    }
    value
}

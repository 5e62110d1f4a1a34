//! You will see footage go on past its end (or start earlier), from a folder of pictures:
//! `cargo run -p generation --example extend -- PICTURES_FOLDER forwards|backwards COUNT OUT_FOLDER [METHOD] [SEED]`.
//!
//! METHOD is auto, loop, retime or camera; freeze and pingpong are there to be compared with.

use av::{FrameRate, ScanSize, Ticks, VideoFrame};
use generation::{
    ClipFrame, MaskedClip, Models, Operation, ParameterValue, Request,
    backend::Backend as _,
    models::continuation::{ContinuationBackend, backend::CONTEXT_FRAMES},
    seam::{self, delta_e_mean},
};
use std::{error::Error, io::Write as _, ops::ControlFlow, path::Path, time::Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, direction, count, target, options @ ..] = arguments.as_slice() else {
        return Err("extend PICTURES_FOLDER forwards|backwards COUNT OUT_FOLDER [METHOD]".into());
    };
    let count: usize = count.parse()?;
    let method = options.first().map_or("auto", String::as_str);
    let seed = options.get(1).map_or(Ok(0), |seed| seed.parse())?;
    let is_backwards = direction == "backwards";
    let mut known = read_all(Path::new(folder))?;
    let most = known.len().min(CONTEXT_FRAMES);
    let known = if is_backwards {
        known[..most].to_vec()
    } else {
        known.split_off(known.len() - most)
    };

    let mut out = std::io::stdout();
    let start = Instant::now();
    let frames = match method {
        "freeze" | "pingpong" => baseline(&known, count, method, is_backwards),
        _ => continued(&known, count, (method, seed), is_backwards)?,
    };
    let seconds = start.elapsed().as_secs_f64() / count as f64;
    let border = if is_backwards { count } else { known.len() };
    let seam = seam::seam(&frames, border);
    writeln!(
        out,
        "{method} {direction}: ΔE {:.2}, motion jump {:.2}, acceleration {:.2}, {seconds:.2} s a frame",
        seam.delta_e,
        seam.motion_jump,
        acceleration(&frames, border, is_backwards),
    )?;
    std::fs::create_dir_all(target)?;
    for (index, frame) in frames.iter().enumerate() {
        let path = Path::new(target).join(format!("{index:04}.png"));
        let data = frame.planes[0].data.to_vec();
        let picture = image::RgbaImage::from_raw(frame.size.width, frame.size.height, data);
        picture.ok_or("a frame of the wrong size")?.save(path)?;
    }
    Ok(())
}

fn continued(
    known: &[VideoFrame],
    count: usize,
    (method, seed): (&str, u64),
    is_backwards: bool,
) -> Result<Vec<VideoFrame>> {
    let mut frames: Vec<ClipFrame> = known.iter().cloned().map(ClipFrame::Known).collect();
    let at = if is_backwards { 0 } else { frames.len() };
    frames.splice(at..at, vec![ClipFrame::ToMake; count]);
    let operation = if is_backwards {
        Operation::ExtendBackwards
    } else {
        Operation::ExtendForwards
    };
    let clip = MaskedClip::new(known[0].size, FrameRate::FPS_25, frames)?;
    let mut request = Request::new(clip).for_operation(operation);
    request.seed = seed;
    request
        .parameters
        .insert("method".into(), ParameterValue::Choice(method.into()));
    let mut backend = ContinuationBackend::new(&Models::locate()?)?;
    let output = backend.generate(&request, &mut |_step| ControlFlow::Continue(()))?;
    for note in &output.notes {
        writeln!(std::io::stdout(), "  {}", note.text)?;
    }
    Ok(output.frames)
}

/// What anybody could do: the last frame held, or the footage played back in reverse.
fn baseline(
    known: &[VideoFrame],
    count: usize,
    method: &str,
    is_backwards: bool,
) -> Vec<VideoFrame> {
    let last = known.len() - 1;
    let step_back = |step: usize| {
        if method == "freeze" {
            0
        } else {
            step % (last + 1)
        }
    };
    let made = (1..=count).map(|step| {
        let back = step_back(step);
        known[if is_backwards { back } else { last - back }].clone()
    });
    if is_backwards {
        let made: Vec<_> = made.collect();
        made.into_iter()
            .rev()
            .chain(known.iter().cloned())
            .collect()
    } else {
        known.iter().cloned().chain(made).collect()
    }
}

/// How suddenly motion changes at the border: the difference between a frame and the mean of its neighbors, over the usual one.
fn acceleration(frames: &[VideoFrame], border: usize, is_backwards: bool) -> f64 {
    let bend = |index: usize| {
        let [a, b, c] = [index - 1, index, index + 1].map(|index| &frames[index]);
        let data = a.planes[0]
            .data
            .iter()
            .zip(c.planes[0].data.iter())
            .map(|(a, c)| a.midpoint(*c));
        delta_e_mean(
            b,
            &VideoFrame::from_rgba(b.size, data.collect(), Ticks::ZERO),
        )
    };
    let most = bend(border).max(bend(border - 1));
    let known = if is_backwards {
        border + 3..frames.len() - 1
    } else {
        1..border - 2
    };
    let mut usual: Vec<f64> = if is_backwards {
        known.take(10).map(bend).collect()
    } else {
        known.rev().take(10).map(bend).collect()
    };
    usual.sort_by(f64::total_cmp);
    most / usual.get(usual.len() / 2).copied().unwrap_or(1.0).max(0.05)
}

fn read_all(folder: &Path) -> Result<Vec<VideoFrame>> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = entries.collect::<std::io::Result<_>>()?;
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let picture = image::open(path)?.to_rgba8();
        let size = ScanSize::new(picture.width(), picture.height());
        Ok(VideoFrame::from_rgba(size, picture.into_raw(), Ticks::ZERO))
    };
    paths.iter().map(read).collect()
}

//! The backend: which frames are continued, which method does it best, and what was done.

use super::{
    camera,
    footage::Footage,
    loops,
    painter::{PREPARED_MAX, Painted, Painter},
    plan::{Plan, Refused},
    retime,
    score::{Score, score},
};
use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, Note, OnStep, Output, Parameter, ParameterKind,
        Step, run_step,
    },
    error::Result,
    image_ops::frame_like,
    limits,
    manifest::Models,
    models::rife::{self, between, network::IfNet},
    request::{ClipFrame, Operation, ParameterValue, Request},
    seam,
};
use av::{FrameIndex, VideoFrame};
use candle_core::Device;
use std::{
    ops::Range,
    time::{Duration, Instant},
};

/// Id in recipes and on the command line.
pub const ID: &str = "continuation";

/// Known frames that are looked at: five seconds or so of usual footage, within memory at 1080p.
pub const CONTEXT_FRAMES: usize = 144;
/// Fewest known frames that show how things move.
const KNOWN_FRAMES_MIN: usize = 3;
/// Bytes kept for each known frame: its small copy, its brightness where motion is measured, distances.
const BYTES_PER_KNOWN_FRAME: u64 = 400_000;

/// Bytes for each pixel of a picture that is kept ready: floats, once plain and once as the network takes them.
const BYTES_PER_PREPARED_PIXEL: u64 = 24;

/// Continues footage out of its own frames.
#[derive(Debug)]
pub struct ContinuationBackend {
    info: BackendInfo,
    models: Models,
    net: Option<IfNet>,
    /// Measured in this process.
    nanos_per_pixel: Option<f64>,
}

impl ContinuationBackend {
    /// A backend that loads the interpolation network when it is first needed.
    pub fn new(models: &Models) -> Result<Self> {
        let entry = models.entry(rife::pipeline::ID)?;
        let operations = [Operation::ExtendForwards, Operation::ExtendBackwards];
        let capability = |operation| Capability {
            operation,
            reads_prompt: false,
            references_max: 0,
            best_below_seconds: Some(limits::CONTINUATION_SECONDS_MAX),
            context_frames: if operation == Operation::ExtendBackwards {
                [0, CONTEXT_FRAMES]
            } else {
                [CONTEXT_FRAMES, 0]
            },
            takes_storyboard: false,
        };
        let info = BackendInfo {
            id: ID.into(),
            name: "Continuation".into(),
            summary: "Plays footage on out of its own frames: loops, slow motion or camera motion"
                .into(),
            capabilities: operations.map(capability).to_vec(),
            parameters: vec![Parameter {
                id: "method".into(),
                label: "Method".into(),
                help: "How the footage goes on; auto takes the one that meets it best".into(),
                kind: ParameterKind::Choice {
                    options: ["auto", "loop", "retime", "camera"]
                        .map(String::from)
                        .into(),
                    default: "auto".into(),
                },
            }],
            license: entry.license.clone(),
            weights_sha256: vec![entry.sha256.clone()],
            size_bytes: entry.size_bytes,
            is_seedless: false,
            is_experimental: false,
        };
        Ok(Self {
            info,
            models: models.clone(),
            net: None,
            nanos_per_pixel: None,
        })
    }

    /// The hole and the known frames that lead up to it.
    fn checked(&self, request: &Request) -> Result<Piece> {
        self.info.check_whole_frames(request)?;
        let frames = request.clip.frames();
        let hole = match request.clip.holes().as_slice() {
            [hole] => hole.clone(),
            [] => return Err(self.info.cannot("no frame is missing")),
            holes => {
                let count = holes.len();
                let reason = format!("it makes one run of frames, and {count} are missing");
                return Err(self.info.cannot(reason));
            }
        };
        let is_backwards = request.operation == Operation::ExtendBackwards;
        let known = if is_backwards {
            hole.end..frames.len().min(hole.end + CONTEXT_FRAMES)
        } else {
            hole.start.saturating_sub(CONTEXT_FRAMES)..hole.start
        };
        if known.len() < KNOWN_FRAMES_MIN {
            let side = if is_backwards { "after" } else { "before" };
            return Err(self.info.cannot(format!(
                "it needs at least {KNOWN_FRAMES_MIN} known frames {side} the missing ones to see how things move, and there are {}",
                known.len()
            )));
        }
        Ok(Piece {
            hole,
            known,
            is_backwards,
        })
    }

    fn load(&mut self, on_step: &mut OnStep<'_>) -> Result<IfNet> {
        if let Some(net) = self.net.take() {
            return Ok(net);
        }
        run_step(on_step, Step::new(0, 1, "loading the model"))?;
        IfNet::new(&self.models.weights(rife::pipeline::ID)?, &Device::Cpu)
    }
}

/// Where the hole is and what leads up to it.
#[derive(Debug, Clone)]
struct Piece {
    hole: Range<usize>,
    known: Range<usize>,
    is_backwards: bool,
}

impl Piece {
    /// Pictures of the known frames in playing order: the last touches the hole.
    fn pictures<'a>(&self, request: &'a Request) -> Vec<&'a VideoFrame> {
        let known = request.clip.frames()[self.known.clone()].iter();
        let mut pictures: Vec<_> = known.filter_map(ClipFrame::picture).collect();
        if self.is_backwards {
            pictures.reverse();
        }
        pictures
    }

    /// Index in the clip of made frame `step`, counted from the known frames outwards.
    fn index(&self, step: usize) -> usize {
        if self.is_backwards {
            self.hole.end - 1 - step
        } else {
            self.hole.start + step
        }
    }
}

impl Backend for ContinuationBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        let piece = self.checked(request)?;
        let size = request.clip.size();
        let pixels = size.area() as f64 * piece.hole.len() as f64;
        let nanos = self.nanos_per_pixel.map(|each| each * pixels);
        Ok(Estimate {
            duration: nanos.map(|nanos| Duration::from_nanos(nanos as u64)),
            memory_bytes: piece.hole.len() as u64 * size.area() * 4
                + piece.known.len() as u64 * BYTES_PER_KNOWN_FRAME
                + size.area() * PREPARED_MAX as u64 * BYTES_PER_PREPARED_PIXEL
                + between::memory_bytes(size)
                + self.info.size_bytes * 2,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        let piece = self.checked(request)?;
        let net = self.load(on_step)?;
        let start = Instant::now();
        let answer = answer(&self.info, request, &piece, &net, on_step);
        if answer.is_ok() {
            let pixels = request.clip.size().area() as f64 * piece.hole.len() as f64;
            self.nanos_per_pixel = Some(start.elapsed().as_nanos() as f64 / pixels);
        }
        self.net = Some(net);
        answer
    }
}

/// A plan that was measured.
struct Candidate {
    plan: Plan,
    score: Score,
}

fn answer(
    info: &BackendInfo,
    request: &Request,
    piece: &Piece,
    net: &IfNet,
    on_step: &mut OnStep<'_>,
) -> Result<Output> {
    let fps = request.clip.rate().fps_for_display();
    let footage = Footage::new(piece.pictures(request), fps, on_step)?;
    let (candidates, refusals) = candidates(request, piece, &footage, net, on_step)?;
    let Some(best) = candidates.first() else {
        return Err(info.cannot(refusals.join("; ")));
    };
    let frames = painted(request, piece, &footage, (&best.plan, net), on_step)?;
    let mut notes = notes(request, &footage, &candidates, &refusals);
    if let Some(note) = beyond(piece, fps) {
        notes.push(note);
    }
    let seams = seam::seams(request.clip.frames(), &frames);
    Ok(Output {
        frames,
        notes,
        seams,
        recipe: info.recipe(request),
    })
}

/// Plans of the methods asked for, best first, and why others are not among them.
fn candidates(
    request: &Request,
    piece: &Piece,
    footage: &Footage<'_>,
    net: &IfNet,
    on_step: &mut OnStep<'_>,
) -> Result<(Vec<Candidate>, Vec<String>)> {
    let asked = match request.parameters.get("method") {
        Some(ParameterValue::Choice(method)) => method.as_str(),
        _ => "auto",
    };
    let is_asked = |method: &str| asked == method || asked == "auto";
    let count = footage.pictures_in(piece.hole.len());
    let mut plans: Vec<std::result::Result<Plan, Refused>> = Vec::new();
    if is_asked("loop") {
        plans.push(loops::plan(footage, count, request.seed, on_step)?);
    }
    if is_asked("retime") {
        plans.push(retime::plan(footage, count));
    }
    if is_asked("camera") {
        plans.push(camera::plan(footage, count));
    }
    let (mut candidates, mut refusals) = (Vec::new(), Vec::new());
    for plan in plans {
        match plan {
            Ok(plan) => {
                let score = score(footage, &plan, net, on_step)?;
                candidates.push(Candidate { plan, score });
            }
            Err(Refused(reason)) => refusals.push(reason),
        }
    }
    let total = |candidate: &Candidate| candidate.score.total() + candidate.plan.tedium;
    candidates.sort_by(|a, b| total(a).total_cmp(&total(b)));
    Ok((candidates, refusals))
}

/// All frames of the clip, the hole filled as `plan` says.
fn painted(
    request: &Request,
    piece: &Piece,
    footage: &Footage<'_>,
    (plan, net): (&Plan, &IfNet),
    on_step: &mut OnStep<'_>,
) -> Result<Vec<VideoFrame>> {
    let clip = &request.clip;
    let mut frames: Vec<Option<VideoFrame>> = clip
        .frames()
        .iter()
        .map(|frame| frame.picture().cloned())
        .collect();
    let mut painter = Painter::new(net, footage, clip.size());
    painter.get_ready(plan, on_step)?;
    let like = footage.frames[footage.last()];
    let start = Instant::now();
    let total: u64 = plan.moments.iter().map(super::plan::Moment::ticks).sum();
    let mut done = 0;
    let mut latest = (None, like.clone());
    for step in 0..piece.hole.len() {
        let picture = footage.picture_at(step);
        if let Some(number) = picture
            && picture != latest.0
        {
            let painted = painter.paint(plan.moments[number], &mut |ticks| {
                done += ticks;
                let step = Step::new(done.min(total), total, "making frames");
                run_step(on_step, step.after(start.elapsed()))
            })?;
            let frame = match painted {
                Painted::Known(known) => footage.frames[known].clone(),
                Painted::New { rgb, .. } => frame_like(&rgb, Some(like), like.pts),
            };
            latest = (picture, frame);
        }
        let index = piece.index(step);
        let pts = clip.rate().ticks_from_frame(FrameIndex(index as i64));
        frames[index] = Some(latest.1.clone().with_pts(pts));
    }
    run_step(on_step, Step::new(total, total, "making frames"))?;
    Ok(frames.into_iter().flatten().collect())
}

fn notes(
    request: &Request,
    footage: &Footage<'_>,
    candidates: &[Candidate],
    refusals: &[String],
) -> Vec<Note> {
    let mut notes = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        let Candidate { plan, score } = candidate;
        let figures = format!(
            "ΔE {:.1}, motion jump {:.2} at the seam, largest step {:.1} times the usual one",
            score.delta_e, score.motion_jump, score.worst_step
        );
        if place == 0 {
            notes.push(Note::info(format!("{}: {figures}", plan.reason)));
            if let Some(warning) = &plan.warning {
                notes.push(Note::warning(warning.clone()));
            }
        } else {
            let method = plan.method;
            notes.push(Note::info(format!("Not taken: {method}, {figures}")));
        }
    }
    notes.extend(
        refusals
            .iter()
            .map(|reason| Note::info(format!("Not possible: {reason}"))),
    );
    if footage.hold > 1 {
        let times = footage.hold;
        notes.push(Note::info(format!(
            "Every picture is shown {times} times, as in the footage"
        )));
    }
    if footage.dropped > 0 {
        let count = footage.shown;
        notes.push(Note::info(format!(
            "There is a cut {count} frames from the missing ones; only what lies on their side of it was used"
        )));
    }
    if !request.prompt.is_empty() {
        notes.push(Note::info(
            "The prompt was not used: footage is continued out of its own frames",
        ));
    }
    notes
}

/// A warning for holes longer than this looks good for.
fn beyond(piece: &Piece, fps: f64) -> Option<Note> {
    let seconds = piece.hole.len() as f64 / fps;
    let most = limits::CONTINUATION_SECONDS_MAX;
    (seconds > most).then(|| {
        Note::warning(format!(
            "{seconds:.1} s are missing: beyond {most:.0} s the eye notices that nothing new happens"
        ))
    })
}

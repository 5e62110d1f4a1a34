//! The clip below an item with more pixels: every frame of its media that shows, enlarged by a network. The take has
//! the media's own shape and colors, so that it is placed, cut and colored just as the clip is.

use super::{
    Studio,
    scene::Scene,
    shape::Shape,
    take_file::{FinishedTake, TakeFile, find_take},
    told,
};
use crate::{
    Error, JobProgress,
    describe::{Description, Offer},
    error::Result,
    export::{OnProgress, even_size},
    folders::Folders,
    models::list::{Fit, memory_bytes},
    pace::{PaceBook, Work},
    rework::{fitted, square},
};
use av::{ColorSpace, PixelFormat, ScanSize, VideoFrame};
use generation::{
    BackendInfo, Models, Parameter, ParameterKind,
    upscale::{Factor, Quality, Upscaler, enlarged_size},
};
use media::VideoReader;
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};
use timeline::Recipe;

/// Id of the setting that says how many times as large.
pub const FACTOR: &str = "factor";

/// What the network holds besides pictures while it works on one piece; arithmetic, not measured.
const WORK_BYTES: u64 = 400 << 20;

/// Parts that the progress of a frame is told in.
const FRAME_PARTS: u64 = 100;

/// The networks that enlarge, by their ids; the quick one first.
pub const QUALITIES: [Quality; 2] = [Quality::Fast, Quality::Fine];

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    factor: Factor,
    quality: Quality,
}

impl Asked {
    fn of(recipe: &Recipe) -> Result<Self> {
        let quality = match recipe.model.as_str() {
            "" => Some(Quality::Fast),
            id => QUALITIES
                .into_iter()
                .find(|quality| quality.model_id() == id),
        };
        let unsuitable = |reason: String| Error::Unsuitable { reason };
        let quality =
            quality.ok_or_else(|| unsuitable(format!("{} enlarges no clips", recipe.model)))?;
        let factor = match recipe.settings.get(FACTOR).map(String::as_str) {
            None | Some("2") => Factor::Two,
            Some("4") => Factor::Four,
            Some(other) => {
                return Err(unsuitable(format!(
                    "clips become 2 or 4 times as large, not \"{other}\""
                )));
            }
        };
        Ok(Self { factor, quality })
    }
}

/// The media below and which of its frames show.
struct Below {
    reader: VideoReader,
    /// Pixels of a frame as it is shown.
    size: ScanSize,
    color: ColorSpace,
    content: av::Fingerprint,
    /// Of each frame of the item.
    numbers: Vec<usize>,
}

impl Below {
    fn open(scene: &Scene<'_>, folders: &Folders) -> Result<Self> {
        let (item, clip) = scene.clip_below()?;
        let asset = scene.known.assets.find(clip.asset);
        let asset = asset.ok_or(Error::UnknownAsset { asset: clip.asset })?;
        let mut reader = VideoReader::open(&folders.media.existing_path(asset)?)?;
        let index = reader.index().clone();
        let video = index.info().video.as_ref().ok_or(Error::Unsuitable {
            reason: format!("\"{}\" holds no pictures", item.label),
        })?;
        let size = even_size(square(video.size, video.pixel_aspect));
        let rate = scene.known.sequence.rate;
        let number = |frame| {
            let time = clip.media_from_item(frame - item.start, item.count, rate);
            index.frame_number_at(time)
        };
        let numbers = scene.range.frames().map(number).collect();
        let first = reader.frame(0)?;
        let color = match first.format {
            PixelFormat::Rgba8 => ColorSpace::VIDEO,
            PixelFormat::I420 | PixelFormat::Nv12 => first.color,
        };
        Ok(Self {
            reader,
            size,
            color,
            content: asset.fingerprint,
            numbers,
        })
    }

    /// How many frames are enlarged: one that shows again right away is not enlarged again.
    fn changes(&self) -> u64 {
        let changes = self.numbers.windows(2).filter(|pair| pair[0] != pair[1]);
        1 + changes.count() as u64
    }

    fn fingerprint(&self, asked: Asked, weights: &str, scene: &Scene<'_>) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"upscale");
        hasher.update(&self.content.0);
        hasher.update(weights.as_bytes());
        hasher.update(&asked.factor.number().to_le_bytes());
        let rate = scene.known.sequence.rate;
        hasher.update(format!("{} {}/{}", self.size, rate.num(), rate.den()).as_bytes());
        for number in &self.numbers {
            hasher.update(&(*number as u64).to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A take of a scene, and whether another seed would make the same, which is always so.
pub fn enlarged(
    studio: &mut Studio,
    scene: &mut Scene<'_>,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<(FinishedTake, bool)> {
    let asked = Asked::of(&scene.generated.recipe)?;
    let mut below = Below::open(scene, folders)?;
    let size = enlarged_size(below.size, asked.factor)?;
    let models = studio.models()?;
    let weights = models.entry(asked.quality.model_id())?.sha256.clone();
    let fingerprint = below.fingerprint(asked, &weights, scene);
    if let Some(found) = find_take(folders, scene.generated.purpose, &fingerprint)? {
        return Ok((found, true));
    }
    told(on_progress, "Loading the network", 0, 1)?;
    let mut upscaler = Upscaler::open(&models, asked.quality)?;
    let mut file = TakeFile::sized(folders, scene, &fingerprint, (size, below.color))?;
    let mut progress = Progress {
        start: Instant::now(),
        done: 0,
        total: below.changes(),
        tell: on_progress,
    };
    let mut last: Option<(usize, VideoFrame)> = None;
    for number in below.numbers.clone() {
        let again = last.take().filter(|(shown, _)| *shown == number);
        let frame = if let Some((_, frame)) = again {
            frame
        } else {
            let frame = fitted(below.reader.frame(number)?, below.size);
            let large = upscaler.upscale(&frame, asked.factor, &mut |step| progress.step(&step));
            progress.done += 1;
            large.map_err(super::not_an_error_when_cancelled)?
        };
        file.push(frame.clone())?;
        progress.check()?;
        last = Some((number, frame));
    }
    let work = work(asked, below.size, below.changes());
    studio.pace.learn(work, progress.start.elapsed());
    let recipe = used(&scene.generated.recipe, asked, (weights, size), scene);
    let note = format!(
        "Enlarged from {} to {size} by {}",
        below.size,
        asked.quality.model_id()
    );
    Ok((file.finish(recipe, Vec::new(), vec![note])?, true))
}

/// A take's recipe: what was asked, with everything that was used.
fn used(
    asked: &Recipe,
    by: Asked,
    (weights, size): (String, ScanSize),
    scene: &Scene<'_>,
) -> Recipe {
    let factor = by.factor.number().to_string();
    Recipe {
        model: by.quality.model_id().to_owned(),
        weight_hashes: vec![weights],
        size: Some((size.width, size.height)),
        num_frames: scene.range.count.0 as u32,
        engine_version: env!("CARGO_PKG_VERSION").into(),
        settings: [(FACTOR.to_owned(), factor)].into(),
        operation: scene.operation().to_string(),
        ..asked.clone()
    }
}

/// What it is for the book of measured paces: pixels of the frames that go in.
fn work(asked: Asked, size: ScanSize, frames: u64) -> Work<'static> {
    Work {
        model: asked.quality.model_id(),
        pixels: size.area() as f64 * frames as f64,
    }
}

/// Tells how far all frames are from how far each is.
struct Progress<'a, 'b> {
    start: Instant,
    done: u64,
    total: u64,
    tell: &'a mut OnProgress<'b>,
}

impl Progress<'_, '_> {
    fn step(&mut self, step: &generation::Step) -> ControlFlow<()> {
        let part = step.done.min(step.total) * FRAME_PARTS / step.total.max(1);
        self.tell_parts(self.done * FRAME_PARTS + part)
    }

    /// Writing frames takes time too: it is held and stopped between any two of them.
    fn check(&mut self) -> Result<()> {
        match self.tell_parts(self.done * FRAME_PARTS) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }

    fn tell_parts(&mut self, parts: u64) -> ControlFlow<()> {
        let total = self.total * FRAME_PARTS;
        let left = total.saturating_sub(parts) as f64 / parts as f64;
        (self.tell)(JobProgress {
            label: "Enlarging".into(),
            done: parts,
            total,
            eta: (parts > 0).then(|| self.start.elapsed().mul_f64(left)),
            preview: None,
        })
    }
}

/// Who enlarges a clip, and what that would take. The clip's own size is not looked up: what its asset says counts.
pub fn description(shape: &Shape<'_>, pace: &PaceBook) -> Result<Description> {
    let models = Models::locate()?;
    let memory = memory_bytes();
    let size = shape.size_below();
    let asked = Asked::of(&Recipe {
        model: String::new(),
        ..shape.generated.recipe.clone()
    })?;
    let mut offers = Vec::new();
    for quality in QUALITIES {
        let asked = Asked { quality, ..asked };
        let info = info(&models, quality)?;
        let large = size.and_then(|size| enlarged_size(size, asked.factor).ok());
        let refusal = match (size, large) {
            (None, _) => Some("there is no clip below it that could be enlarged".to_owned()),
            (Some(size), None) => {
                Some(format!("{size} enlarged is larger than any picture may be"))
            }
            (Some(_), Some(_)) => None,
        };
        let duration: Option<Duration> =
            size.and_then(|size| pace.duration(work(asked, size, shape.count().0.max(1) as u64)));
        let pictures = large.map_or(0, |large| large.area() * 8);
        let needed = WORK_BYTES + 2 * info.size_bytes + pictures;
        offers.push(Offer {
            reads_prompt: false,
            references_max: 0,
            takes_storyboard: false,
            best_below_seconds: None,
            refusal,
            duration,
            memory_bytes: needed,
            fit: Fit::of(needed, memory),
            draft: Vec::new(),
            ladder: Vec::new(),
            info,
        });
    }
    Ok(Description {
        automatic: offers[0].refusal.is_none().then_some(0),
        why: offers[0]
            .refusal
            .clone()
            .unwrap_or_else(|| "it is quick, and good with footage of every kind".into()),
        offers,
        needs_words: false,
    })
}

fn info(models: &Models, quality: Quality) -> Result<BackendInfo> {
    let entry = models.entry(quality.model_id())?;
    let (name, summary) = match quality {
        Quality::Fast => (
            "Real-ESRGAN, compact",
            "Enlarges clips and footage of every kind",
        ),
        Quality::Fine => (
            "Real-ESRGAN, deep",
            "Enlarges stills and drawings; some ten times slower",
        ),
    };
    Ok(BackendInfo {
        id: quality.model_id().into(),
        name: name.into(),
        summary: summary.into(),
        capabilities: Vec::new(),
        parameters: vec![Parameter {
            id: FACTOR.into(),
            label: "Factor".into(),
            help: "How many times as wide and as high".into(),
            kind: ParameterKind::Choice {
                options: vec!["2".into(), "4".into()],
                default: "2".into(),
            },
        }],
        license: entry.license.clone(),
        weights_sha256: vec![entry.sha256.clone()],
        size_bytes: entry.size_bytes,
        is_seedless: true,
        is_experimental: false,
    })
}

//! Writing the sequence into a file: every frame and sample through the same source as the viewer.

use crate::{
    Encoding, Error, ExportRequest, JobProgress,
    error::Result,
    frames::{FrameSource, MediaFolder},
    mix::AudioMixer,
};
use av::{FrameCount, FrameRange, SAMPLE_RATE, ScanSize};
use media::{EncodeReport, EncodeSettings, Encoder, Preset, Speed};
use std::{
    ops::ControlFlow,
    path::PathBuf,
    time::{Duration, Instant},
};
use timeline::{Document, TrackKind};

/// Called at every step of long work; `Break` stops it.
pub type OnProgress<'a> = dyn FnMut(JobProgress) -> ControlFlow<()> + 'a;

/// Progress is told at most this often; a window draws no faster.
pub(crate) const TELL_INTERVAL: Duration = Duration::from_millis(50);

/// An encoder preset, for choosing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetInfo {
    /// Name on the command line and in requests.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is good for.
    pub description: String,
    /// Ending of its files' names; empty for a folder of pictures.
    pub extension: String,
    /// Whether it holds pictures.
    pub has_video: bool,
    /// Whether it holds sound.
    pub has_audio: bool,
}

/// Every encoder preset, the usual one first.
pub fn export_presets() -> Vec<PresetInfo> {
    let info = |preset: Preset| PresetInfo {
        name: preset.name().to_owned(),
        label: preset.label().to_owned(),
        description: preset.description().to_owned(),
        extension: preset.extension().to_owned(),
        has_video: preset.carries_video(),
        has_audio: preset.carries_audio(),
    };
    Preset::ALL.into_iter().map(info).collect()
}

/// Tells progress with a pace measured since the start.
pub struct Pace<'a> {
    started: Instant,
    told: Option<Instant>,
    on_progress: &'a mut OnProgress<'a>,
}

impl<'a> Pace<'a> {
    /// A pace that starts now.
    pub fn new(on_progress: &'a mut OnProgress<'a>) -> Self {
        Self {
            started: Instant::now(),
            told: None,
            on_progress,
        }
    }

    /// `done` of `total` steps are behind us; [`Error::Cancelled`] when the answer is to stop.
    pub fn step(&mut self, label: &str, done: u64, total: u64) -> Result<()> {
        let now = Instant::now();
        let is_due = self.told.is_none_or(|told| now - told >= TELL_INTERVAL) || done == total;
        if !is_due {
            return Ok(());
        }
        self.told = Some(now);
        let eta = (done > 0).then(|| {
            let left = total.saturating_sub(done) as f64 / done as f64;
            (now - self.started).mul_f64(left)
        });
        let progress = JobProgress {
            label: label.to_owned(),
            done,
            total,
            eta,
            preview: None,
        };
        match (self.on_progress)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}

/// What an export did.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSummary {
    /// The file.
    pub path: PathBuf,
    /// Frames written.
    pub frame_count: i64,
    /// What was used and why, for people.
    pub notes: Vec<String>,
}

/// Writes a document into a file; nothing bears the final name until it is whole.
pub fn export(
    document: &Document,
    folder: &MediaFolder,
    request: &ExportRequest,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    export_with(
        document,
        folder,
        request,
        compositor::Options::default(),
        on_progress,
    )
}

/// The same, drawn as asked for.
pub fn export_with(
    document: &Document,
    folder: &MediaFolder,
    request: &ExportRequest,
    drawing: compositor::Options,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let sequence = &document.sequence;
    let range = request.range.unwrap_or_else(|| sequence.range());
    if range.is_empty() {
        return Err(Error::NothingToExport);
    }
    let preset: Preset =
        request
            .preset
            .parse()
            .map_err(|_unknown: media::Error| Error::UnknownPreset {
                name: request.preset.clone(),
            })?;
    let size = request.size.unwrap_or(sequence.size);
    let has_audio = preset.carries_audio() && has_sound(document);
    let settings = encode_settings(
        EncodeSettings {
            has_audio,
            ..EncodeSettings::new(preset, size, sequence.rate)
        },
        &request.encoding,
    )?;
    let mut resized;
    let document = if size == sequence.size {
        document
    } else {
        resized = document.clone();
        std::sync::Arc::make_mut(&mut resized.sequence).size = size;
        &resized
    };
    let mut encoder = Encoder::start(&settings, &request.path)?;
    let mut reborrowed = |progress: JobProgress| on_progress(progress);
    let mut pace = Pace::new(&mut reborrowed);
    let source = if preset.carries_video() {
        Some(FrameSource::with_options(folder.clone(), drawing)?)
    } else {
        None
    };
    let mixer = has_audio.then(|| AudioMixer::new(folder.clone()));
    let notes = push_all(document, range, (source, mixer), &mut encoder, &mut pace)?;
    let EncodeReport {
        encoder_name,
        notes: encoder_notes,
        ..
    } = encoder.finish()?;
    let mut all_notes = vec![format!("Encoded with {encoder_name}")];
    all_notes.extend(encoder_notes);
    all_notes.extend(notes);
    Ok(ExportSummary {
        path: request.path.clone(),
        frame_count: range.count.0,
        notes: all_notes,
    })
}

/// A preset's settings with what was asked for otherwise.
fn encode_settings(mut settings: EncodeSettings, encoding: &Encoding) -> Result<EncodeSettings> {
    if let Some(quality) = encoding.quality {
        settings.quality = quality.min(100);
    }
    settings.bitrate_kbps = encoding.bitrate_kbps;
    if let Some(name) = &encoding.speed {
        settings.speed = match name.as_str() {
            "fastest" => Speed::Fastest,
            "fast" => Speed::Fast,
            "balanced" => Speed::Balanced,
            "thorough" => Speed::Thorough,
            other => {
                let reason = format!("\"{other}\" is not one of fastest, fast, balanced, thorough");
                return Err(Error::Unsuitable { reason });
            }
        };
    }
    Ok(settings)
}

/// Pushes every frame and its sound; returns notes on how they were drawn.
fn push_all(
    document: &Document,
    range: FrameRange,
    (mut source, mut mixer): (Option<FrameSource>, Option<AudioMixer>),
    encoder: &mut Encoder,
    pace: &mut Pace<'_>,
) -> Result<Vec<String>> {
    let rate = document.sequence.rate;
    let total = range.count.0 as u64;
    for (done, frame) in (0..).zip(range.frames()) {
        pace.step("Exporting", done, total)?;
        if let Some(mixer) = &mut mixer {
            let start = rate.sample_from_frame(frame, SAMPLE_RATE);
            let end = rate.sample_from_frame(frame + FrameCount::ONE, SAMPLE_RATE);
            encoder.push_audio(&mixer.mix(document, start, (end - start) as usize)?)?;
        }
        if let Some(source) = &mut source {
            encoder.push_video(&source.frame(document, frame)?)?;
        }
    }
    pace.step("Finishing the file", total, total)?;
    Ok(source
        .map(|source| format!("Drawn with {}", source.adapter_label()))
        .into_iter()
        .collect())
}

fn has_sound(document: &Document) -> bool {
    let tracks = document.sequence.tracks.iter();
    tracks
        .filter(|track| track.kind == TrackKind::Audio)
        .any(|track| !track.items.is_empty())
}

/// The nearest size that encoders take: even sides of at least 16.
pub fn even_size(size: ScanSize) -> ScanSize {
    let even = |side: u32| (side & !1).clamp(16, ScanSize::SIDE_MAX);
    ScanSize::new(even(size.width), even(size.height))
}

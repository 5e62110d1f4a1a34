//! Sound of files and clips with the noise taken out of the speech.
//!
//! Of a clip the whole recording is cleaned, once: every clip of it shares the file, and trimming or slipping asks for
//! nothing new. How much of it is heard is said by the clip.

use crate::{
    Error, JobProgress, Placed, PlacedTarget,
    error::Result,
    export::{ExportSummary, OnProgress},
    folders::{Folders, add_asset},
    verbs::{self, preset_for},
};
use av::{AudioBlock, CHANNELS, FrameRate, SAMPLE_RATE, ScanSize};
use generation::speech::SpeechCleaner;
use media::{AudioReader, EncodeSettings, Encoder, Preset};
use std::{
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
    time::Instant,
};
use timeline::{Asset, Clip, Document, Item, ItemId};

/// Samples of each channel that are cleaned between two looks at whether to go on: half a second, cleaned in some
/// hundredths of one.
const CHUNK: usize = SAMPLE_RATE as usize / 2;

/// Digits of the recording's fingerprint in the name of its cleaned sound.
const NAME_DIGITS: usize = 12;

/// Cleans the sound of the recording that a clip plays, or finds the file that did so before, and makes the edit with
/// which the clip plays it.
pub fn clean_item(
    document: &Document,
    item: ItemId,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    let (_item, _clip, asset) = heard_clip(document, item)?;
    let file = folders.media.existing_path(asset)?;
    let digits = asset.fingerprint.to_string();
    let stem = format!(
        "clean-speech-{}",
        digits.get(..NAME_DIGITS).unwrap_or(&digits)
    );
    let samples = 0..asset.info.duration.samples(SAMPLE_RATE);
    let path = if let Some(path) = cleaned_before(folders, &stem, samples.end) {
        path
    } else {
        let path = folders.free_path(&stem, "wav")?;
        write_clean(&file, samples, 1.0, &path, on_progress)?;
        path
    };
    let mut made = folders.asset(&path, true)?;
    made.name = format!("{}, clean speech", asset.name);
    Ok(Placed {
        asset: add_asset(made),
        target: PlacedTarget::CleanSpeech { item },
    })
}

/// An item, the clip of media with sound that it plays, and that media.
pub(crate) fn heard_clip(document: &Document, item: ItemId) -> Result<(&Item, Clip, &Asset)> {
    let found = document.sequence.item(item);
    let (_track, found) = found.ok_or(Error::UnknownItem { item })?;
    let clip = found.media().filter(|clip| !clip.is_freeze());
    let clip = clip.ok_or_else(|| unsuitable("it plays no media"))?;
    let asset = document.assets.find(clip.asset);
    let asset = asset.ok_or(Error::UnknownAsset { asset: clip.asset })?;
    if asset.info.audio.is_none() {
        return Err(unsuitable("the clip has no sound"));
    }
    Ok((found, clip, asset))
}

/// The file that holds all of a recording's cleaned sound, if there is one. Files get their names when they are whole.
fn cleaned_before(folders: &Folders, stem: &str, samples: i64) -> Option<PathBuf> {
    let is_whole = |path: &PathBuf| {
        media::probe(path)
            .is_ok_and(|info| info.audio.is_some() && info.duration.samples(SAMPLE_RATE) == samples)
    };
    folders.taken_paths(stem, "wav").find(is_whole)
}

/// Takes the noise out of the sound of `file`, by `strength` from 0 to 1. A result that ends in .wav is the sound alone;
/// any other is the whole file with its new sound.
pub fn clean_speech_file(
    file: &Path,
    strength: f64,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let preset: Preset = preset_for(out)?.parse()?;
    if !preset.carries_audio() {
        let reason = format!("{} holds no sound", preset.name());
        return Err(Error::Unsuitable { reason });
    }
    let info = media::probe(file)?;
    if info.audio.is_none() {
        return Err(unsuitable("the file has no sound"));
    }
    let samples = 0..info.duration.samples(SAMPLE_RATE);
    let note = format!("Speech cleaned by RNNoise, strength {strength}");
    if preset.carries_video() && info.video.is_some() {
        let mut summary = verbs::with_sound(file, out, on_progress, |wav, on_progress| {
            write_clean(file, samples, strength, wav, on_progress)
        })?;
        summary.notes.insert(0, note);
        return Ok(summary);
    }
    if preset.carries_video() {
        return Err(unsuitable(
            "the file holds sound alone: the result must end in .wav",
        ));
    }
    let frame_count = (samples.end - samples.start) / i64::from(SAMPLE_RATE / 25);
    write_clean(file, samples, strength, out, on_progress)?;
    Ok(ExportSummary {
        path: out.to_owned(),
        frame_count,
        notes: vec![note],
    })
}

/// Writes a stretch of a file's sound (in samples at 48 kHz of media time), cleaned, as WAV.
pub fn write_clean(
    file: &Path,
    samples: Range<i64>,
    strength: f64,
    wav: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<()> {
    let mut reader = AudioReader::open(file)?;
    let settings = EncodeSettings::new(Preset::Wav, ScanSize::new(16, 16), FrameRate::FPS_25);
    let mut encoder = Encoder::start(&settings, wav)?;
    let mut cleaner = SpeechCleaner::new(strength as f32);
    let total = (samples.end - samples.start).max(0) as u64;
    let start = Instant::now();
    let mut done = 0;
    while done < total {
        let pace = |done: u64| start.elapsed().mul_f64((total - done) as f64 / done as f64);
        let progress = JobProgress {
            label: "Cleaning speech".into(),
            done,
            total,
            eta: (done > 0).then(|| pace(done)),
            preview: None,
        };
        if on_progress(progress) == ControlFlow::Break(()) {
            return Err(Error::Cancelled);
        }
        let count = CHUNK.min((total - done) as usize);
        let block = reader.read(samples.start + done as i64, count)?;
        push(&mut encoder, cleaner.push(&block.samples))?;
        done += count as u64;
    }
    push(&mut encoder, cleaner.finish())?;
    encoder.finish()?;
    Ok(())
}

pub(crate) fn unsuitable(reason: &str) -> Error {
    Error::Unsuitable {
        reason: reason.into(),
    }
}

fn push(encoder: &mut Encoder, samples: Vec<f32>) -> Result<()> {
    debug_assert_eq!(samples.len() % CHANNELS, 0);
    if samples.is_empty() {
        return Ok(());
    }
    Ok(encoder.push_audio(&AudioBlock { samples })?)
}

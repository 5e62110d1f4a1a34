//! Sound of files and clips with the noise taken out of the speech.

use crate::{
    Error, JobProgress,
    error::Result,
    export::{ExportSummary, OnProgress},
    verbs::{self, preset_for},
};
use av::{AudioBlock, CHANNELS, FrameRate, SAMPLE_RATE, ScanSize};
use generation::speech::SpeechCleaner;
use media::{AudioReader, EncodeSettings, Encoder, Preset};
use std::{
    ops::{ControlFlow, Range},
    path::Path,
    time::Instant,
};

/// Samples of each channel that are cleaned between two looks at whether to go on: half a second, cleaned in some
/// hundredths of one.
const CHUNK: usize = SAMPLE_RATE as usize / 2;

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
        let reason = "the file has no sound".into();
        return Err(Error::Unsuitable { reason });
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
        let reason = "the file holds sound alone: the result must end in .wav".into();
        return Err(Error::Unsuitable { reason });
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

fn push(encoder: &mut Encoder, samples: Vec<f32>) -> Result<()> {
    debug_assert_eq!(samples.len() % CHANNELS, 0);
    if samples.is_empty() {
        return Ok(());
    }
    Ok(encoder.push_audio(&AudioBlock { samples })?)
}

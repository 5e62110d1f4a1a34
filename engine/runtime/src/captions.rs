//! Captions: speech written down with its times, and subtitle files.

use crate::{
    Error, JobProgress,
    clean_speech::{heard_clip, unsuitable},
    error::Result,
    export::OnProgress,
    folders::Folders,
    limits::{HEARD_SECONDS_MAX, SUBTITLE_BYTES_MAX},
    models::all_models,
    project_file::write_whole,
};
use av::{SAMPLE_RATE, Ticks};
use generation::{
    Step,
    installed::InstalledModel,
    models::whisper::{self, Thinner},
};
use media::AudioReader;
use std::{
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
};
use timeline::{
    Document, ItemId,
    captions::{
        Cue, readable,
        subtitles::{self, Format},
    },
};

/// Samples of each channel that are read between two looks at whether to go on: ten seconds.
const CHUNK: usize = 10 * SAMPLE_RATE as usize;

/// How speech is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptionWishes {
    /// Short name of the language, such as `en`, or `zh-Hans` where its letters are chosen; listened for without one.
    pub language: Option<String>,
    /// Id of an installed model; the largest without one.
    pub model: Option<String>,
}

/// What was said in a stretch of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// What is read when, in media time.
    pub cues: Vec<Cue>,
    /// Short name of the language; empty where nobody spoke.
    pub language: String,
    /// Name of the model that heard it.
    pub model: String,
}

/// What came of writing a file of captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionSummary {
    /// The file.
    pub path: PathBuf,
    /// How many captions are in it.
    pub cue_count: usize,
    /// Short name of the language.
    pub language: String,
    /// Name of the model that heard it.
    pub model: String,
}

/// Writes what is said in `file` into `out`, whose name ends in .srt, .vtt or .txt. A file in which nobody speaks is an
/// error, and nothing is written.
pub fn captions_file(
    file: &Path,
    wishes: &CaptionWishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<CaptionSummary> {
    let format = format_of(out)?;
    let info = media::probe(file)?;
    if info.audio.is_none() {
        return Err(unsuitable("the file has no sound"));
    }
    let samples = 0..info.duration.samples(SAMPLE_RATE);
    let transcript = transcribe(file, samples, wishes, on_progress)?;
    if transcript.cues.is_empty() {
        return Err(unsuitable("nobody is heard speaking in the file"));
    }
    write_subtitles(&transcript.cues, format, out)?;
    Ok(CaptionSummary {
        path: out.to_owned(),
        cue_count: transcript.cues.len(),
        language: transcript.language,
        model: transcript.model,
    })
}

/// Writes down what is said in the part of its media that an item plays, in time of that media; the language is listened
/// for where none is named.
pub fn captions_of_item(
    document: &Document,
    (item, language): (ItemId, Option<String>),
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Transcript> {
    let (found, clip, asset) = heard_clip(document, item)?;
    let path = folders.media.existing_path(asset)?;
    let played = clip.source_range(found.count, document.sequence.rate);
    let end = played.end().min(asset.info.duration);
    let samples = played.start.samples(SAMPLE_RATE)..end.samples(SAMPLE_RATE);
    let wishes = CaptionWishes {
        language,
        ..CaptionWishes::default()
    };
    transcribe(&path, samples, &wishes, on_progress)
}

/// Writes down a stretch of a file's sound (in samples at 48 kHz of media time) with an installed model. Cues are short
/// enough to be read.
pub fn transcribe(
    file: &Path,
    samples: Range<i64>,
    wishes: &CaptionWishes,
    on_progress: &mut OnProgress<'_>,
) -> Result<Transcript> {
    let model = model_for(wishes)?;
    let listener = whisper::listener(&model)?;
    let start = Ticks::from_samples(samples.start, SAMPLE_RATE);
    let sound = thin_sound(file, samples, on_progress)?;
    let mut on_step = |step: Step| {
        on_progress(JobProgress {
            label: "Listening".into(),
            done: step.done,
            total: step.total,
            eta: step.remaining,
            preview: None,
        })
    };
    let heard = listener.listen(&sound, wishes.language.as_deref(), &mut on_step)?;
    let cue = |caption: &whisper::Caption| {
        let at = |seconds: f64| start + Ticks((seconds * av::TICKS_PER_SECOND as f64) as i64);
        readable(&Cue {
            start: at(caption.seconds.start),
            end: at(caption.seconds.end),
            text: caption.text.clone(),
        })
    };
    Ok(Transcript {
        cues: heard.captions.iter().flat_map(cue).collect(),
        language: heard.language,
        model: model.record.name,
    })
}

/// Whether a model that writes down speech is installed.
pub fn is_possible() -> Result<bool> {
    Ok(!whisper::listening_models(&all_models()?)?.is_empty())
}

fn model_for(wishes: &CaptionWishes) -> Result<InstalledModel> {
    let mut models = whisper::listening_models(&all_models()?)?;
    let Some(id) = &wishes.model else {
        return models.into_iter().next().ok_or(Error::NoListener);
    };
    let known: Vec<String> = (models.iter())
        .map(|model| model.record.id.clone())
        .collect();
    models.retain(|model| model.record.id == *id);
    models.pop().ok_or_else(|| {
        if known.is_empty() {
            return Error::NoListener;
        }
        let known = known.join(", ");
        Error::Generation(generation::Error::UnknownBackend {
            id: id.clone(),
            known,
        })
    })
}

/// One channel as the network hears it.
fn thin_sound(
    file: &Path,
    samples: Range<i64>,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<f32>> {
    let rate = i64::from(SAMPLE_RATE);
    let total = (samples.end - samples.start).max(0);
    if total > HEARD_SECONDS_MAX * rate {
        return Err(unsuitable(
            "more than three hours are too long at once; cut the sound into parts",
        ));
    }
    let mut reader = AudioReader::open(file)?;
    let mut thinner = Thinner::default();
    let mut thin = Vec::new();
    let mut done = 0;
    while done < total {
        let progress = JobProgress {
            label: "Reading the sound".into(),
            done: (done / rate) as u64,
            total: (total / rate).max(1) as u64,
            eta: None,
            preview: None,
        };
        if on_progress(progress) == ControlFlow::Break(()) {
            return Err(Error::Cancelled);
        }
        let count = (CHUNK as i64).min(total - done);
        let block = reader.read(samples.start + done, count as usize)?;
        thin.extend(thinner.push(&block.samples));
        done += count;
    }
    thin.extend(thinner.finish());
    Ok(thin)
}

/// Writes cues as the file's ending says.
pub fn write_subtitles(cues: &[Cue], format: Format, out: &Path) -> Result<()> {
    write_whole(out, subtitles::print(cues, format).as_bytes())
}

/// The format that a file's ending says.
pub fn format_of(path: &Path) -> Result<Format> {
    Format::of(path).ok_or_else(|| unsuitable("captions end in .srt, .vtt or .txt"))
}

/// Reads a SubRip or WebVTT file in any of the encodings that such files have.
pub fn read_subtitles(path: &Path) -> Result<Vec<Cue>> {
    let io = |source| Error::io("Reading the subtitles", path)(source);
    let length = std::fs::metadata(path).map_err(io)?.len();
    if length > SUBTITLE_BYTES_MAX {
        return Err(unsuitable("the file is too large for subtitles"));
    }
    let bytes = std::fs::read(path).map_err(io)?;
    subtitles::parse(&text_of(&bytes)).map_err(|source| Error::Subtitles {
        source,
        path: path.to_owned(),
    })
}

/// UTF-8, UTF-16 where a mark says so, else the letters of western Europe, one byte each.
fn text_of(bytes: &[u8]) -> String {
    let units = |pair: fn([u8; 2]) -> u16| -> String {
        let units = bytes[2..].chunks_exact(2);
        let units: Vec<u16> = units.map(|two| pair([two[0], two[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_other_letters) => bytes.iter().copied().map(char::from).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitle_files_are_read_in_usual_encodings() {
        let text = "1\n00:00:01,000 --> 00:00:02,000\nGrüße 你好\n";
        let utf16 = |pair: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let marked = std::iter::once(0xfeff).chain(text.encode_utf16());
            marked.flat_map(pair).collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.srt");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read_subtitles(&path).map(|cues| cues[0].text.clone())
        };
        for bytes in [
            text.as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(read(&bytes).unwrap(), "Grüße 你好");
        }
        let latin = b"1\n00:00:01,000 --> 00:00:02,000\nGr\xfc\xdfe\n";
        assert_eq!(read(latin).unwrap(), "Grüße");
        let refused = read(b"\xff\xfe").unwrap_err();
        assert!(matches!(refused, Error::Subtitles { .. }), "{refused}");
        assert!(format_of(Path::new("talk.doc")).is_err());
    }
}

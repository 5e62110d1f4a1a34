//! A take on the disk: lossless pictures, and beside them a record of what made them. Its name holds the fingerprint
//! of everything that decides its frames, so that the same work is found rather than done again.

use super::scene::Scene;
use crate::{Error, error::Result, folders::Folders, project_file::write_whole};
use av::{
    ColorSpace, Fingerprint, FrameIndex, FrameRate, PixelFormat, ScanSize, Ticks, VideoFrame,
};
use generation::{
    SeamMetrics,
    image_ops::{frame_like, rgb_from_frame},
};
use media::{EncodeSettings, Encoder, Preset};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use timeline::{Purpose, Recipe};

/// Layout of the record.
const RECORD_VERSION: u32 = 1;

/// Digits of the fingerprint in a name: enough for every take of a lifetime, few enough to read.
const NAME_DIGITS: usize = 12;

/// A take that is whole on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedTake {
    /// Its file.
    pub path: PathBuf,
    /// What made it.
    pub recipe: Recipe,
    /// How made frames meet known ones.
    pub seams: Vec<SeamMetrics>,
    /// Whether it was there already.
    pub is_reused: bool,
}

/// What stands beside a take's pictures.
#[derive(Debug, Serialize, Deserialize)]
struct TakeRecord {
    everframe_take: u32,
    /// Of the pictures' file, to know that it is still the same.
    content: Fingerprint,
    recipe: Recipe,
    seams: Vec<SeamMetrics>,
}

/// A take being written; dropped before it is finished, it leaves nothing behind.
pub struct TakeFile {
    encoder: Encoder,
    path: PathBuf,
    fingerprint: String,
    rate: FrameRate,
    pushed: i64,
}

impl TakeFile {
    /// A file for the takes of a scene, as large as the sequence.
    pub fn start(folders: &Folders, scene: &Scene<'_>, fingerprint: &str) -> Result<Self> {
        let size = scene.known.sequence.size;
        Self::sized(folders, scene, fingerprint, (size, ColorSpace::VIDEO))
    }

    /// A file for takes of another size and of other colors.
    pub fn sized(
        folders: &Folders,
        scene: &Scene<'_>,
        fingerprint: &str,
        (size, color): (ScanSize, ColorSpace),
    ) -> Result<Self> {
        let sequence = &scene.known.sequence;
        let settings = EncodeSettings {
            has_audio: false,
            color,
            ..EncodeSettings::new(Preset::LosslessMkv, size, sequence.rate)
        };
        let stem = stem(scene.generated.purpose, fingerprint);
        let path = folders.free_path(&stem, "mkv")?;
        Ok(Self {
            encoder: Encoder::start(&settings, &path)?,
            path,
            fingerprint: fingerprint.to_owned(),
            rate: sequence.rate,
            pushed: 0,
        })
    }

    /// Adds the next frame.
    pub fn push(&mut self, frame: VideoFrame) -> Result<()> {
        let pts = self.rate.ticks_from_frame(FrameIndex(self.pushed));
        self.encoder
            .push_video(&in_video_colors(frame).with_pts(pts))?;
        self.pushed += 1;
        Ok(())
    }

    /// Completes the file and puts its record beside it.
    pub fn finish(
        self,
        recipe: Recipe,
        seams: Vec<SeamMetrics>,
        notes: Vec<String>,
    ) -> Result<FinishedTake> {
        let Self {
            encoder,
            path,
            fingerprint,
            ..
        } = self;
        encoder.finish()?;
        let recipe = Recipe {
            notes,
            fingerprint,
            ..recipe
        };
        if let Err(error) = write_record(&path, &recipe, &seams) {
            // A take without its record would never be found again; that it may be gone already is no matter.
            std::fs::remove_file(&path).ok();
            return Err(error);
        }
        Ok(FinishedTake {
            path,
            recipe,
            seams,
            is_reused: false,
        })
    }
}

fn write_record(path: &Path, recipe: &Recipe, seams: &[SeamMetrics]) -> Result<()> {
    let record = TakeRecord {
        everframe_take: RECORD_VERSION,
        content: media::fingerprint(path)?,
        recipe: recipe.clone(),
        seams: seams.to_vec(),
    };
    let text = serde_json::to_vec_pretty(&record).map_err(|error| Error::Unsuitable {
        reason: format!("the take's record cannot be written: {error}"),
    })?;
    write_whole(&record_path(path), &text)
}

/// The take that the same recipe and the same frames made before, if it is there and untouched.
pub fn find_take(
    folders: &Folders,
    purpose: Purpose,
    fingerprint: &str,
) -> Result<Option<FinishedTake>> {
    for path in folders.taken_paths(&stem(purpose, fingerprint), "mkv") {
        let Ok(text) = std::fs::read_to_string(record_path(&path)) else {
            // Somebody took the record away: nothing is known of these pictures any more.
            continue;
        };
        let Ok(record) = serde_json::from_str::<TakeRecord>(&text) else {
            log::warn!("the record of {} cannot be read", path.display());
            continue;
        };
        let is_same = record.everframe_take == RECORD_VERSION
            && record.recipe.fingerprint == fingerprint
            && media::fingerprint(&path)? == record.content;
        if is_same {
            return Ok(Some(FinishedTake {
                path,
                recipe: record.recipe,
                seams: record.seams,
                is_reused: true,
            }));
        }
    }
    Ok(None)
}

/// `extend-forwards-0123456789ab`
fn stem(purpose: Purpose, fingerprint: &str) -> String {
    let words = purpose.label().to_lowercase().replace(' ', "-");
    let digits = fingerprint.get(..NAME_DIGITS).unwrap_or(fingerprint);
    format!("{words}-{digits}")
}

fn record_path(take: &Path) -> PathBuf {
    take.with_extension("json")
}

/// A frame as sequences have them: RGBA becomes I420 here, the same on every machine.
fn in_video_colors(frame: VideoFrame) -> VideoFrame {
    if frame.format != PixelFormat::Rgba8 {
        return frame;
    }
    let nothing = [Vec::new(), Vec::new(), Vec::new()];
    let like = VideoFrame::from_i420(
        av::ScanSize::new(0, 0),
        ColorSpace::VIDEO,
        nothing,
        Ticks::ZERO,
    );
    frame_like(&rgb_from_frame(&frame), Some(&like), frame.pts)
}

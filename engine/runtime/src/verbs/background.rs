//! Something else behind the subject of a clip.

use super::{Made, Wishes, bench::Bench};
use crate::{background::matte_clip, error::Result, export::OnProgress};
use std::path::{Path, PathBuf};
use timeline::{BackgroundFill, Purpose};

/// What is put behind a subject, as the command line says it.
#[derive(Debug, Clone, PartialEq)]
pub enum NewBackground {
    /// A picture or clip file.
    File(PathBuf),
    /// One color.
    Color(timeline::Rgba),
    /// The old background, blurred; radius in parts of the height.
    Blur(f64),
    /// What the wishes' prompt says.
    Words,
}

/// Swaps what lies behind the subject of a clip and writes the result.
pub fn background_file(
    clip: &Path,
    background: &NewBackground,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    let mut bench = Bench::like(clip, wishes, out)?;
    let item = bench.append(clip)?;
    let fill = match background {
        NewBackground::File(path) => BackgroundFill::Asset(bench.add(path)?),
        NewBackground::Color(color) => BackgroundFill::Color(*color),
        NewBackground::Blur(radius) => BackgroundFill::Blur { radius: *radius },
        NewBackground::Words => {
            let place = bench.cover(item, Purpose::ReplaceBackground)?;
            return bench.make(place, wishes, |_recipe| (), on_progress);
        }
    };
    let placed = matte_clip(&bench.document, item, &fill, &bench.folders, on_progress)?;
    let document = placed.apply(&bench.document)?;
    Ok(vec![bench.export(&document, out, on_progress)?])
}

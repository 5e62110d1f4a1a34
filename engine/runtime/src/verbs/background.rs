//! Something else behind the subject of a clip.

use super::{Made, Wishes, bench::Bench};
use crate::{
    Error,
    background::{SwapWish, matte_clip},
    error::Result,
    export::OnProgress,
};
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

/// Swaps what lies behind the subject of a clip and writes the result; `within` is a box round the subject on the first
/// picture (left, top, width and height in pixels), outside which nothing is.
pub fn background_file(
    clip: &Path,
    (background, within): (&NewBackground, Option<[u32; 4]>),
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
            if within.is_some() {
                // The generator looks for the subject itself.
                return Err(Error::Unsuitable {
                    reason: "a box round the subject goes with a picture, clip, color or blur, not with a prompt".into(),
                });
            }
            let place = bench.cover(item, Purpose::ReplaceBackground)?;
            return bench.make(place, wishes, |_recipe| (), on_progress);
        }
    };
    let wish = SwapWish {
        fill,
        within: within.map(|pixels| bounds(clip, pixels)).transpose()?,
    };
    let placed = matte_clip(&bench.document, item, &wish, &bench.folders, on_progress)?;
    let document = placed.apply(&bench.document)?;
    Ok(vec![bench.export(&document, out, on_progress)?])
}

/// A box in pixels as parts of a clip's picture.
fn bounds(clip: &Path, [x, y, width, height]: [u32; 4]) -> Result<[f64; 4]> {
    let video = super::probe_file(clip)?.video;
    let size = video.map(|video| video.size).ok_or(Error::Unsuitable {
        reason: "the clip has no picture".into(),
    })?;
    let is_inside = |low: u32, length: u32, most: u32| {
        length > 0 && low.checked_add(length).is_some_and(|high| high <= most)
    };
    if !is_inside(x, width, size.width) || !is_inside(y, height, size.height) {
        return Err(Error::Unsuitable {
            reason: format!("the box round the subject does not lie in the picture of {size}"),
        });
    }
    let part = |at: u32, length: u32| f64::from(at) / f64::from(length);
    Ok([
        part(x, size.width),
        part(y, size.height),
        part(x + width, size.width),
        part(y + height, size.height),
    ])
}

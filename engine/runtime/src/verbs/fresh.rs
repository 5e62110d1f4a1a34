//! Clips from words alone, and pictures that start to move.

use super::{
    Made, Wishes,
    bench::{Bench, Place},
    frame_count, sequence_for,
};
use crate::{
    Error,
    error::Result,
    export::{OnProgress, even_size},
};
use av::{FrameCount, FrameIndex, FrameRange, FrameRate, ScanSize};
use std::path::Path;
use timeline::{
    Animated, Edit, Fit, Purpose, Sequence,
    edit::{Placement, Property},
};

/// Size of clips from words when none is given: small enough for every model.
const FRESH_SIZE: ScanSize = ScanSize::new(832, 480);

/// Photos larger than this, either way, are made smaller: screens show no more, and models see far less.
const PHOTO_SIDE_MAX: u32 = 1920;

/// How long a new clip is, and how many frames a second it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fresh {
    /// Seconds; `None` for as long as the storyboard.
    pub seconds: Option<f64>,
    /// Frames a second.
    pub rate: FrameRate,
}

/// Makes a clip from words.
pub fn generate_file(
    fresh: Fresh,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    let size = wishes.size.unwrap_or(FRESH_SIZE);
    let count = frame_count(wishes.seconds(fresh.seconds)?, fresh.rate);
    let bench = Bench::new(Sequence::new(size, fresh.rate), out)?;
    let place = Place {
        track: bench.video_tracks()?[0],
        range: FrameRange::new(FrameIndex::ZERO, count),
        purpose: Purpose::TextToVideo,
        over: None,
    };
    bench.make(place, wishes, |_recipe| (), on_progress)
}

/// Lets a picture move, or leads from one picture to `last`; the pictures are the clip's first and last frames.
pub fn animate_file(
    (photo, last): (&Path, Option<&Path>),
    fresh: Fresh,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    require_photo(photo)?;
    let known = FrameCount(1 + i64::from(last.is_some()));
    let count = frame_count(wishes.seconds(fresh.seconds)?, fresh.rate);
    if count <= known {
        let reason = format!("of {count} frames, none is left to be made between the pictures");
        return Err(Error::Unsuitable { reason });
    }
    let info = media::probe(photo)?;
    let size = wishes.size.unwrap_or(photo_size(sequence_for(&info)?.size));
    let mut bench = Bench::new(Sequence::new(size, fresh.rate), out)?;
    put_photo(&mut bench, photo, FrameIndex::ZERO)?;
    if let Some(last) = last {
        require_photo(last)?;
        put_photo(&mut bench, last, FrameIndex(count.0 - 1))?;
    }
    let place = Place {
        track: bench.video_tracks()?[0],
        range: FrameRange::new(FrameIndex(1), count - known),
        purpose: Purpose::Animate,
        over: None,
    };
    bench.make(place, wishes, |_recipe| (), on_progress)
}

fn require_photo(path: &Path) -> Result<()> {
    if media::probe(path)?.is_still {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reason = format!("{name} is no picture; extend lets clips go on");
    Err(Error::Unsuitable { reason })
}

/// The size, smaller where it is too large, in the same shape.
fn photo_size(size: ScanSize) -> ScanSize {
    let longest = size.width.max(size.height);
    if longest <= PHOTO_SIDE_MAX {
        return size;
    }
    let side = |length: u32| u64::from(length) * u64::from(PHOTO_SIDE_MAX) / u64::from(longest);
    even_size(ScanSize::new(
        side(size.width) as u32,
        side(size.height) as u32,
    ))
}

/// Share of what a frame cuts off a tall picture that goes at its top: faces are above the middle.
const CUT_AT_TOP: f64 = 0.2;

/// How far down, in parts of the frame's height, a picture is moved that a frame of this size cuts off.
fn down(picture: ScanSize, frame: ScanSize) -> f64 {
    let aspect = |size: ScanSize| f64::from(size.width) / f64::from(size.height);
    let cut_off = (aspect(frame) / aspect(picture) - 1.0).max(0.0);
    cut_off * (0.5 - CUT_AT_TOP)
}

/// One frame of a picture that fills the frame.
fn put_photo(bench: &mut Bench, photo: &Path, at: FrameIndex) -> Result<()> {
    let picture = sequence_for(&media::probe(photo)?)?.size;
    let offset = [0.0, down(picture, bench.document.sequence.size)];
    let placement = Placement {
        count: Some(FrameCount::ONE),
        ..Placement::whole(bench.add(photo)?)
    };
    let created = bench.edit(&Edit::Overwrite { placement, at })?;
    let item = bench.picture_of(&created)?;
    bench.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::Fit(Fit::Cover),
    })?;
    bench.edit(&Edit::SetProperty {
        items: vec![item],
        property: Property::Position(Animated::Constant(offset)),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tall_pictures_keep_their_upper_part() {
        let frame = ScanSize::new(1600, 900);
        assert_eq!(down(ScanSize::new(1600, 900), frame), 0.0);
        assert_eq!(down(ScanSize::new(3200, 900), frame), 0.0);
        // A square picture is 16/9 of the frame high: of the 7/9 too much a fifth goes at the top.
        let square = down(ScanSize::new(500, 500), frame);
        assert!((square - 7.0 / 9.0 * 0.3).abs() < 1e-9, "{square}");
    }

    #[test]
    fn large_photos_become_as_large_as_a_screen() {
        let sizes = [(4000, 3000), (3000, 4000), (640, 480), (1921, 16)];
        let found = sizes.map(|(width, height)| photo_size(ScanSize::new(width, height)));
        let wanted = [(1920, 1440), (1440, 1920), (640, 480), (1920, 16)];
        let wanted = wanted.map(|(width, height)| ScanSize::new(width, height));
        assert_eq!(found, wanted);
    }
}

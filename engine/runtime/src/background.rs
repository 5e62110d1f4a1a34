//! Background swaps: the subject's matte is found for every frame of the media that a clip uses and kept as a file
//! beside the project; what people correct is brought into a further file; the swap itself is a property of the clip
//! that the compositor draws.
//!
//! The network works once for each stretch of media ([`Found`]). Corrections start from what it found and redo only the
//! pictures they reach (`background/corrected.rs`).

mod corrected;
mod words;

pub use words::backdrop_from_words;

use crate::{
    Error,
    error::Result,
    event::{Placed, PlacedTarget},
    export::OnProgress,
    folders::{Folders, add_asset},
    generate::{not_an_error_when_cancelled, told, told_step},
};
use av::{
    ColorMatrix, ColorRange, ColorSpace, FrameCount, FrameIndex, FrameRate, ScanSize, Ticks,
    Transfer, VideoFrame,
};
use generation::{
    Models,
    matte::{
        Matte, Matter,
        correct::ReadFrame,
        focus::{Bounds, Focus, Look},
    },
    models::u2net::U2NetMatter,
};
use media::{EncodeSettings, Encoder, Preset, VideoReader};
use std::path::PathBuf;
use timeline::{
    AssetId, Background, BackgroundFill, Clip, Content, Document, Edit, ItemId, edit::MatteInputs,
};

/// A matte is luma alone, every code used.
const MATTE_COLOR: ColorSpace = ColorSpace {
    matrix: ColorMatrix::Bt709,
    range: ColorRange::Full,
    transfer: Transfer::Srgb,
};

/// Mattes of files that keep no cadence are sampled at this rate, so that no shown frame is missed.
const VARIABLE_MATTE_RATE: FrameRate = FrameRate::FPS_30;

/// The matte of a clip as the network found it, before any correction.
struct Found {
    path: PathBuf,
    /// Media time of its first picture.
    start: Ticks,
    /// The edit that makes it known to the project; nothing happens where it is known already.
    asset: Edit,
}

/// What is wanted of a swap.
#[derive(Debug, Clone, PartialEq)]
pub struct SwapWish {
    /// What is put behind the subject.
    pub fill: BackgroundFill,
    /// A box round the subject on the clip's first picture (left, top, right, bottom in parts of it), for a clip whose
    /// subject was not looked for yet; later boxes are corrections of the clip.
    pub within: Option<Bounds>,
}

impl SwapWish {
    /// `fill` behind the subject, wherever it is.
    pub fn new(fill: BackgroundFill) -> Self {
        Self { fill, within: None }
    }
}

/// Finds the subject in every frame that a clip uses, brings in what was corrected, and makes the edit that puts
/// the wished fill behind it. What was found before is not looked for again.
pub fn matte_clip(
    document: &Document,
    item: ItemId,
    wish: &SwapWish,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    let (clip, count) = clip_of(document, item)?;
    let asset = document
        .assets
        .find(clip.asset)
        .ok_or(Error::UnknownAsset { asset: clip.asset })?;
    let path = folders.media.existing_path(asset)?;
    let open = || MatteSource::open(VideoReader::open(&path)?, clip, document, count);
    let mut source = open()?;
    let old = document.sequence.item(item);
    let old = old.and_then(|(_, item)| item.properties.background.as_ref());
    let known = match old {
        Some(old) => known(document, old, &source, folders)?,
        None => None,
    };
    let is_known = known.is_some();
    let found = if let Some(found) = known {
        found
    } else {
        let looks = looks(old, wish, &source);
        let focus = focus(&looks, &mut open()?, on_progress)?;
        find(&mut source, focus, folders, on_progress)?
    };
    let mut inputs = MatteInputs {
        matte: AssetId(0),
        matte_start: found.start,
        found: None,
        applied: Vec::new(),
        fill: wish.fill.clone(),
    };
    let mut asset = found.asset.clone();
    if let Some(old) = old.filter(|old| !old.corrections.is_empty()) {
        let before = corrected::Before {
            background: old,
            // Another stretch of media was found: nothing of the old file fits.
            matte: (is_known && old.found.is_some()).then_some(old.matte),
        };
        let (made, applied) = corrected::corrected(
            document,
            &before,
            &found,
            &mut open()?,
            (folders, on_progress),
        )?;
        inputs.applied = applied;
        // The document fills both names in, in this order.
        asset = Edit::Batch {
            label: "Correct matte".into(),
            edits: vec![made, found.asset],
        };
        inputs.found = Some(AssetId(0));
    }
    Ok(Placed {
        asset,
        target: PlacedTarget::Matte {
            item,
            matte: Box::new(inputs),
        },
    })
}

/// What was found for a clip before, if it has every picture that the clip needs now.
fn known(
    document: &Document,
    old: &Background,
    source: &MatteSource,
    folders: &Folders,
) -> Result<Option<Found>> {
    if !old.is_found_within_boxes() {
        return Ok(None);
    }
    let id = old.found.unwrap_or(old.matte);
    let Some(asset) = document.assets.find(id) else {
        return Ok(None);
    };
    let path = folders.media.path(asset);
    if !path.exists() || old.matte_start > source.start {
        return Ok(None);
    }
    let reader = VideoReader::open(&path)?;
    let index = reader.index();
    let last = index.pts(index.len().saturating_sub(1));
    let needed = source.times.back().copied().unwrap_or(source.start);
    if old.matte_start + last < needed {
        return Ok(None);
    }
    Ok(Some(Found {
        path,
        start: old.matte_start,
        asset: add_asset((**asset).clone()),
    }))
}

/// The boxes that were drawn round the subject.
fn looks(old: Option<&Background>, wish: &SwapWish, source: &MatteSource) -> Vec<Look> {
    let Some(old) = old else {
        let look = |bounds| Look { frame: 0, bounds };
        return wish.within.map(look).into_iter().collect();
    };
    let looks = old.corrections.iter().filter_map(|correction| {
        let since = correction.at - source.start;
        Some(Look {
            // One from before the clip was trimmed does not count.
            frame: usize::try_from(source.rate.frame_from_ticks(since).0).ok()?,
            bounds: correction.look()?,
        })
    });
    looks.collect()
}

/// Follows boxes through the pictures of `source`; `None` where there is none.
fn focus(
    looks: &[Look],
    source: &mut MatteSource,
    on_progress: &mut OnProgress<'_>,
) -> Result<Option<Focus>> {
    let (count, time_of) = (source.times.len(), source.time_of());
    reading(&mut source.reader, &time_of, |read| {
        Focus::follow(looks, count, read, &mut |step| {
            told_step(&step, on_progress)
        })
    })
}

/// Does something that reads pictures by their numbers; `time_of` says where they are in the media.
fn reading<T>(
    reader: &mut VideoReader,
    time_of: &dyn Fn(usize) -> Ticks,
    work: impl FnOnce(&mut ReadFrame<'_>) -> generation::Result<T>,
) -> Result<T> {
    let mut failed = None;
    let result = work(&mut |frame| {
        reader.frame_at(time_of(frame)).map_err(|error| {
            failed = Some(Error::from(error));
            // The work only needs to know that it shall stop.
            generation::Error::Cancelled
        })
    });
    match failed {
        Some(error) => Err(error),
        None => result.map_err(not_an_error_when_cancelled),
    }
}

/// Asks the network about every picture.
fn find(
    source: &mut MatteSource,
    focus: Option<Focus>,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Found> {
    // Loading takes a moment; a stop that was asked for by then is obeyed here.
    told(on_progress, "Loading the network", 0, 1)?;
    let matter = Matter::new(Box::new(U2NetMatter::open(&Models::locate()?)?));
    let mut matter = matter.within(focus);
    let path = folders.new_file("matte", "mkv")?;
    let mut encoder = Encoder::start(&source.settings(), &path)?;
    let (total, size, rate, start) = (source.times.len(), source.size, source.rate, source.start);
    let time_of = source.time_of();
    reading(&mut source.reader, &time_of, |read| {
        matter.look_ahead(total, read, &mut |step| told_step(&step, on_progress))
    })?;
    let mut failed = None;
    let result = matter.matte_clip(
        source,
        total,
        &mut |step| told_step(&step, on_progress),
        &mut |index, matte| {
            let pts = rate.ticks_from_frame(FrameIndex(index as i64));
            encoder
                .push_video(&matte_frame(&matte, size, pts))
                .map_err(|error| {
                    failed = Some(Error::from(error));
                    // The network only needs to know that it shall stop.
                    generation::Error::Cancelled
                })
        },
    );
    // A frame that could not be read or written ended the work: that is the reason to tell.
    if let Some(error) = failed.or(source.failed.take().map(Error::from)) {
        return Err(error);
    }
    result.map_err(not_an_error_when_cancelled)?;
    encoder.finish()?;
    let asset = add_asset(folders.asset(&path, true)?);
    Ok(Found { path, start, asset })
}

/// The clip that an item is and the frames it lasts.
fn clip_of(document: &Document, item: ItemId) -> Result<(Clip, FrameCount)> {
    let (_, found) = document
        .sequence
        .item(item)
        .ok_or(Error::UnknownItem { item })?;
    match &found.content {
        Content::Clip(clip) => Ok((*clip, found.count)),
        Content::Title(_) | Content::Solid(_) | Content::Generated(_) => {
            let reason = format!("\"{}\" is not a clip with a picture", found.label);
            Err(Error::Unsuitable { reason })
        }
    }
}

/// The pictures of a clip's media, one for each frame of the matte.
struct MatteSource {
    reader: VideoReader,
    /// Media time of the matte's first frame.
    start: Ticks,
    /// Pictures of the matte.
    rate: FrameRate,
    size: ScanSize,
    /// Media times still to come.
    times: std::collections::VecDeque<Ticks>,
    failed: Option<media::Error>,
}

impl MatteSource {
    /// Media times of the matte's pictures.
    fn time_of(&self) -> impl Fn(usize) -> Ticks + use<> {
        let (start, rate) = (self.start, self.rate);
        move |frame| start + rate.ticks_from_frame(FrameIndex(frame as i64))
    }

    fn open(
        mut reader: VideoReader,
        clip: Clip,
        document: &Document,
        count: FrameCount,
    ) -> Result<Self> {
        let index = reader.index().clone();
        let length = document
            .sequence
            .rate
            .ticks_from_count(count)
            .scaled(clip.speed);
        // Whole frames of the media: a matte frame belongs to one picture, not to a moment between two.
        let first = index.frame_number_at(clip.source_start);
        let last = index.frame_number_at(clip.source_start + length);
        let start = index.pts(first);
        let rate = index.rate().unwrap_or(VARIABLE_MATTE_RATE);
        let span = index.pts(last) - start;
        let frames = rate.count_from_ticks(span).0 + 1;
        let times = (0..frames)
            .map(|frame| start + rate.ticks_from_frame(FrameIndex(frame)))
            .collect();
        let size = crate::export::even_size(reader.frame(first)?.size);
        Ok(Self {
            reader,
            start,
            rate,
            size,
            times,
            failed: None,
        })
    }

    fn settings(&self) -> EncodeSettings {
        EncodeSettings {
            has_audio: false,
            color: MATTE_COLOR,
            ..EncodeSettings::new(Preset::LosslessMkv, self.size, self.rate)
        }
    }
}

impl Iterator for MatteSource {
    type Item = VideoFrame;

    fn next(&mut self) -> Option<VideoFrame> {
        let time = self.times.pop_front()?;
        match self.reader.frame_at(time) {
            Ok(frame) => Some(frame),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}

/// A matte as a picture of luma; an odd last row or column is left out, as it is everywhere in video.
fn matte_frame(matte: &Matte, size: ScanSize, pts: Ticks) -> VideoFrame {
    let (width, height) = (size.width as usize, size.height as usize);
    let stride = matte.size.width as usize;
    let mut luma = Vec::with_capacity(width * height);
    for row in matte.alpha.chunks_exact(stride).take(height) {
        luma.extend_from_slice(&row[..width.min(stride)]);
        // Only pictures smaller than any video has need more columns than there are.
        luma.resize(luma.len() + width.saturating_sub(stride), 0);
    }
    luma.resize(width * height, 0);
    let chroma = vec![128; width.div_ceil(2) * height.div_ceil(2)];
    VideoFrame::from_i420(size, MATTE_COLOR, [luma, chroma.clone(), chroma], pts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_mattes_lose_their_last_row_and_column() {
        let matte = Matte {
            size: ScanSize::new(17, 17),
            alpha: (0..=255).chain(0..33).collect(),
        };
        let frame = matte_frame(&matte, ScanSize::new(16, 16), Ticks::ZERO);
        assert_eq!(
            frame.row(0, 1)[0],
            17,
            "the second row starts where the first one ends"
        );
        assert_eq!(frame.row(0, 15).len(), 16);
    }
}

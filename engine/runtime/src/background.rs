//! Background swaps: the subject's matte is found for every frame of the media that a clip uses and kept as a file
//! beside the project; the swap itself is a property of the clip that the compositor draws.

use crate::{
    Error, JobProgress,
    error::Result,
    event::{Placed, PlacedTarget},
    export::OnProgress,
    folders::{Folders, add_asset},
    generate::{not_an_error_when_cancelled, told_step},
};
use av::{
    ColorMatrix, ColorRange, ColorSpace, FrameCount, FrameIndex, FrameRate, ScanSize, Ticks,
    Transfer, VideoFrame,
};
use generation::{
    Models,
    matte::{Matte, Matter},
    models::u2net::U2NetMatter,
};
use media::{EncodeSettings, Encoder, Preset, VideoReader};
use timeline::{AssetId, Background, BackgroundFill, Clip, Content, Document, ItemId};

/// A matte is luma alone, every code used.
const MATTE_COLOR: ColorSpace = ColorSpace {
    matrix: ColorMatrix::Bt709,
    range: ColorRange::Full,
    transfer: Transfer::Srgb,
};

/// Mattes of files that keep no cadence are sampled at this rate, so that no shown frame is missed.
const VARIABLE_MATTE_RATE: FrameRate = FrameRate::FPS_30;

/// Finds the subject in every frame that a clip uses, and makes the edit that swaps its background.
pub fn matte_clip(
    document: &Document,
    item: ItemId,
    fill: &BackgroundFill,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<Placed> {
    let (clip, count) = clip_of(document, item)?;
    let asset = document
        .assets
        .find(clip.asset)
        .ok_or(Error::UnknownAsset { asset: clip.asset })?;
    // Loading takes a moment; a stop that was asked for by then is obeyed here.
    let loading = JobProgress {
        label: "Loading the network".into(),
        done: 0,
        total: 1,
        eta: None,
        preview: None,
    };
    if on_progress(loading).is_break() {
        return Err(Error::Cancelled);
    }
    let mut source = MatteSource::open(
        VideoReader::open(&folders.media.existing_path(asset)?)?,
        clip,
        document,
        count,
    )?;
    let mut matter = Matter::new(Box::new(U2NetMatter::open(&Models::locate()?)?));
    let path = folders.new_file("matte", "mkv")?;
    let mut encoder = Encoder::start(&source.settings(), &path)?;
    let (total, size, rate) = (source.times.len(), source.size, source.rate);
    let mut failed = None;
    let result = matter.matte_clip(
        &mut source,
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
    if let Some(error) = failed.or(source.failed.map(Error::from)) {
        return Err(error);
    }
    result.map_err(not_an_error_when_cancelled)?;
    encoder.finish()?;
    let background = Background {
        matte: AssetId(0),
        matte_start: source.start,
        fill: fill.clone(),
    };
    Ok(Placed {
        asset: add_asset(folders.asset(&path, true)?),
        target: PlacedTarget::Matte {
            item,
            background: Box::new(background),
        },
    })
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

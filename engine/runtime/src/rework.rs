//! Whole files changed frame by frame: pictures out of one file, each changed by a network, into another file with the
//! same rate, colors and sound. A picture becomes a picture.
//!
//! No document takes part: every frame of the file is meant, in its own layout and colors, and never more than a few
//! are in memory.

use crate::{
    Error, JobProgress,
    error::Result,
    export::{ExportSummary, OnProgress, even_size},
    verbs::preset_for,
};
use av::{
    ColorSpace, FrameCount, FrameIndex, FrameRate, PixelFormat, Ratio, SAMPLE_RATE, ScanSize,
    Ticks, VideoFrame,
};
use generation::image_ops::{Rgb, frame_like, resize_plane, rgb_from_frame};
use media::{AudioReader, EncodeSettings, Encoder, Preset, VideoReader};
use std::{ops::ControlFlow, path::Path};

/// Files that keep no cadence are sampled at this rate.
const VARIABLE_RATE: FrameRate = FrameRate::FPS_30;

/// Takes changed frames, first to last, with their index.
pub type Sink<'a> = dyn FnMut(usize, VideoFrame) -> generation::Result<()> + 'a;

/// What changes the frames.
pub trait Rework {
    /// Size of a changed frame; an error says why frames of this size cannot be changed.
    fn size(&self, size: ScanSize) -> Result<ScanSize>;

    /// Changes about `count` frames one after the other and hands each on.
    fn run(
        &mut self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        on_step: &mut generation::OnStep<'_>,
        sink: &mut Sink<'_>,
    ) -> generation::Result<()>;

    /// What was used and why, for people, when it is done; `size` is that of the frames that went in.
    fn notes(&self, size: ScanSize) -> Vec<String>;
}

/// Changes every frame of `file` and writes the result to `out`.
pub fn rework_file(
    file: &Path,
    work: &mut dyn Rework,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    let reader = VideoReader::open(file)?;
    if reader.info().is_still {
        return rework_picture(reader, work, out, on_progress);
    }
    let preset: Preset = preset_for(out)?.parse()?;
    if !preset.carries_video() {
        let reason = format!("{} holds no pictures", preset.name());
        return Err(Error::Unsuitable { reason });
    }
    let mut frames = FileFrames::open(reader)?;
    let size = work.size(frames.size)?;
    let sound = frames.sound(file, preset)?;
    let settings = EncodeSettings {
        has_audio: sound.is_some(),
        color: frames.color,
        ..EncodeSettings::new(preset, size, frames.rate)
    };
    let mut output = Output {
        encoder: Encoder::start(&settings, out)?,
        sound,
        rate: frames.rate,
    };
    let (count, from) = (frames.count, frames.size);
    let mut failed = None;
    let result = work.run(
        &mut frames,
        count,
        &mut |step| told(&step, on_progress),
        &mut |index, frame| {
            output.push(index, &frame).map_err(|error| {
                failed = Some(error);
                // The network only needs to know that it shall stop.
                generation::Error::Cancelled
            })
        },
    );
    // A frame that could not be read or written ended the work: that is the reason to tell.
    if let Some(error) = failed.or(frames.failed.map(Error::from)) {
        return Err(error);
    }
    result.map_err(named)?;
    let report = output.encoder.finish()?;
    let mut notes = work.notes(from);
    notes.push(format!("Encoded with {}", report.encoder_name));
    notes.extend(report.notes);
    Ok(ExportSummary {
        path: out.to_owned(),
        frame_count: report.frames as i64,
        notes,
    })
}

fn rework_picture(
    mut reader: VideoReader,
    work: &mut dyn Rework,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<ExportSummary> {
    if !media::is_picture_name(out) {
        let reason = "a picture becomes a picture: the result must end in .png or .jpg".into();
        return Err(Error::Unsuitable { reason });
    }
    let frame = reader.frame(0)?;
    let from = frame.size;
    work.size(from)?;
    let mut changed = None;
    work.run(
        &mut std::iter::once(frame),
        1,
        &mut |step| told(&step, on_progress),
        &mut |_index, frame| {
            changed = Some(frame);
            Ok(())
        },
    )
    .map_err(named)?;
    media::write_picture(&changed.ok_or(Error::NothingToExport)?, out)?;
    Ok(ExportSummary {
        path: out.to_owned(),
        frame_count: 1,
        notes: work.notes(from),
    })
}

/// A network's step as progress.
fn told(step: &generation::Step, on_progress: &mut OnProgress<'_>) -> ControlFlow<()> {
    on_progress(JobProgress {
        label: step.label.to_owned(),
        done: step.done,
        total: step.total,
        eta: step.remaining,
        preview: step.preview.clone(),
    })
}

/// A stop that was asked for has one name, whichever room it happened in.
fn named(error: generation::Error) -> Error {
    match error {
        generation::Error::Cancelled => Error::Cancelled,
        other => Error::Generation(other),
    }
}

/// The file that is written.
struct Output {
    encoder: Encoder,
    /// The sound and the sample at which the pictures begin.
    sound: Option<(AudioReader, i64)>,
    rate: FrameRate,
}

impl Output {
    fn push(&mut self, index: usize, frame: &VideoFrame) -> Result<()> {
        if let Some((reader, first)) = &mut self.sound {
            let index = FrameIndex(index as i64);
            let start = self.rate.sample_from_frame(index, SAMPLE_RATE);
            let end = self
                .rate
                .sample_from_frame(index + FrameCount::ONE, SAMPLE_RATE);
            let block = reader.read(*first + start, (end - start) as usize)?;
            self.encoder.push_audio(&block)?;
        }
        Ok(self.encoder.push_video(frame)?)
    }
}

/// The frames of a file at its own rate, with square pixels and even sides.
struct FileFrames {
    reader: VideoReader,
    start: Ticks,
    rate: FrameRate,
    count: usize,
    next: usize,
    size: ScanSize,
    color: ColorSpace,
    failed: Option<media::Error>,
}

impl FileFrames {
    fn open(mut reader: VideoReader) -> Result<Self> {
        let index = reader.index().clone();
        let video = index.info().video.as_ref().ok_or(Error::Unsuitable {
            reason: "the file holds no pictures".into(),
        })?;
        let first = reader.frame(0)?;
        let rate = index.rate().unwrap_or(VARIABLE_RATE);
        let start = index.pts(0);
        let span = index.pts(index.len().saturating_sub(1)) - start;
        let color = match first.format {
            // Pictures of full range are for screens; a video player expects the usual video colors.
            PixelFormat::Rgba8 => ColorSpace::VIDEO,
            PixelFormat::I420 | PixelFormat::Nv12 => first.color,
        };
        Ok(Self {
            start,
            rate,
            count: (rate.count_from_ticks(span).0 + 1).max(1) as usize,
            next: 0,
            size: even_size(square(first.size, video.pixel_aspect)),
            color,
            reader,
            failed: None,
        })
    }

    /// The sound of the file, when it has any and the result can hold it.
    fn sound(&self, file: &Path, preset: Preset) -> Result<Option<(AudioReader, i64)>> {
        if self.reader.info().audio.is_none() || !preset.carries_audio() {
            return Ok(None);
        }
        Ok(Some((
            AudioReader::open(file)?,
            self.start.samples(SAMPLE_RATE),
        )))
    }
}

impl Iterator for FileFrames {
    type Item = VideoFrame;

    fn next(&mut self) -> Option<VideoFrame> {
        if self.next >= self.count {
            return None;
        }
        let index = FrameIndex(self.next as i64);
        self.next += 1;
        match self
            .reader
            .frame_at(self.start + self.rate.ticks_from_frame(index))
        {
            Ok(frame) => Some(fitted(frame, self.size)),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}

/// The size at which pixels are square: never fewer of them.
pub(crate) fn square(size: ScanSize, pixel_aspect: Ratio) -> ScanSize {
    let aspect = pixel_aspect.as_f64();
    let times = |side: u32, factor: f64| (f64::from(side) * factor).round() as u32;
    if aspect >= 1.0 {
        ScanSize::new(times(size.width, aspect), size.height)
    } else {
        ScanSize::new(size.width, times(size.height, 1.0 / aspect))
    }
}

/// `frame` at `size`: an odd last row or column is left out, as it is everywhere in video; all else is stretched.
pub(crate) fn fitted(mut frame: VideoFrame, size: ScanSize) -> VideoFrame {
    if frame.size == size {
        return frame;
    }
    if even_size(frame.size) == size {
        frame.size = size;
        return frame;
    }
    let rgb = rgb_from_frame(&frame);
    let planes = (0..3).map(|plane| resize_plane(rgb.plane(plane), rgb.size, size));
    let rgb = Rgb {
        size,
        planes: planes.collect::<Vec<_>>().concat(),
    };
    frame_like(&rgb, Some(&frame), frame.pts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_rows_go_and_narrow_pixels_are_stretched() {
        let size = ScanSize::new(33, 17);
        let luma: Vec<u8> = (0..33 * 17).map(|place| (place % 33) as u8 * 4).collect();
        let planes = [luma, vec![128; 17 * 9], vec![128; 17 * 9]];
        let frame = VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, Ticks(3));
        let cut = fitted(frame.clone(), ScanSize::new(32, 16));
        assert_eq!(cut.row(0, 15), &frame.row(0, 15)[..32]);
        assert_eq!(cut.row(1, 7).len(), 16);
        let wide = even_size(square(size, Ratio::new(4, 3).unwrap()));
        assert_eq!(wide, ScanSize::new(44, 16));
        let stretched = fitted(frame, wide);
        assert_eq!((stretched.size, stretched.pts), (wide, Ticks(3)));
        assert_eq!(square(size, Ratio::new(1, 2).unwrap()).height, 34);
    }
}

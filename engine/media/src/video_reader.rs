//! Exactly the frame that was asked for.

mod gop;
mod packets;
mod prefetch;
mod ring;

use crate::{Error, Result, StreamIndex, index_video, picture::Converter, pipeline, still};
use av::{MediaInfo, Ticks, VideoFrame};
use gop::{Fill, GopDecoder};
use prefetch::Prefetcher;
use ring::Ring;
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Steps back in a row after which the group of pictures before is decoded ahead of being asked for.
const REVERSE_STEPS_MIN: u32 = 2;

/// How far apart two requests may be and still count as stepping.
const STEP_FRAMES_MAX: usize = 8;

/// Decodes a video or still, frame by exact frame.
///
/// Going forward costs one decoded picture for each frame; going back inside what was decoded costs a copy. Whatever
/// the way there, frame `n` is the `n`th of the index or an error, never a near one.
#[derive(Debug)]
pub struct VideoReader {
    path: PathBuf,
    index: Arc<StreamIndex>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A still or an animation, decoded as a whole.
    Pictures(Vec<VideoFrame>),
    Stream(Box<Stream>),
}

#[derive(Debug)]
struct Stream {
    decoder: GopDecoder,
    converter: Converter,
    ring: Ring,
    last: Option<usize>,
    reverse_steps: u32,
    prefetcher: Option<Prefetcher>,
}

impl VideoReader {
    /// Opens the picture stream of a file.
    pub fn open(path: &Path) -> Result<Self> {
        pipeline::init()?;
        let index = index_video(path)?;
        let source = if let Some((_, frames)) = still::read_animation(path)? {
            Source::Pictures(frames)
        } else if index.info().is_still {
            Source::Pictures(vec![still::read(path)?])
        } else {
            Source::Stream(Box::new(Stream {
                decoder: GopDecoder::new(path, &index),
                converter: Converter::new(index.orientation),
                ring: Ring::default(),
                last: None,
                reverse_steps: 0,
                prefetcher: None,
            }))
        };
        Ok(Self {
            path: path.into(),
            index,
            source,
        })
    }

    /// What the file holds.
    pub fn info(&self) -> &MediaInfo {
        self.index.info()
    }

    /// Which frame is shown when.
    pub fn index(&self) -> &Arc<StreamIndex> {
        &self.index
    }

    /// Frame `number`, counted in the order of showing; never a near one.
    pub fn frame(&mut self, number: usize) -> Result<VideoFrame> {
        let no_such_frame = || Error::NoSuchFrame {
            number,
            count: self.index.len(),
            path: self.path.clone(),
        };
        if number >= self.index.len() {
            return Err(no_such_frame());
        }
        match &mut self.source {
            Source::Pictures(frames) => frames.get(number).cloned().ok_or_else(no_such_frame),
            Source::Stream(stream) => stream.frame(number, &self.index, &self.path),
        }
    }

    /// The frame shown at `time`.
    pub fn frame_at(&mut self, time: Ticks) -> Result<VideoFrame> {
        self.frame(self.index.frame_number_at(time))
    }
}

impl Stream {
    fn frame(
        &mut self,
        number: usize,
        index: &Arc<StreamIndex>,
        path: &Path,
    ) -> Result<VideoFrame> {
        let steps_back = self
            .last
            .filter(|last| *last > number)
            .map(|last| last - number);
        let is_reversing = steps_back.is_some_and(|steps| steps <= STEP_FRAMES_MAX);
        self.reverse_steps = if is_reversing {
            self.reverse_steps + 1
        } else {
            0
        };
        self.last = Some(number);
        self.ring.set_current(number, is_reversing);
        if let Some(prefetcher) = &mut self.prefetcher {
            prefetcher.collect(&mut self.ring, number);
        }
        if !self.ring.contains(number) {
            let fill = if is_reversing {
                Fill::All
            } else {
                Fill::Target
            };
            let ring = &mut self.ring;
            self.decoder
                .decode_to(number, fill, &mut |number, picture| {
                    ring.insert(number, picture);
                    ControlFlow::Continue(())
                })?;
        }
        if self.reverse_steps >= REVERSE_STEPS_MIN {
            self.prefetch_before(number, index, path);
        }
        let picture = self.ring.get(number).ok_or_else(|| Error::Frame {
            number,
            reason: "it was not kept".into(),
            path: path.into(),
        })?;
        self.converter.frame(picture, index.pts(number), path)
    }

    fn prefetch_before(&mut self, number: usize, index: &Arc<StreamIndex>, path: &Path) {
        let lowest = self.ring.lowest_run_from(number);
        let batch = self.ring.frames_max() / 3;
        if lowest == 0 || number - lowest > batch {
            return;
        }
        let prefetcher = self
            .prefetcher
            .get_or_insert_with(|| Prefetcher::new(path, index));
        prefetcher.request(lowest.saturating_sub(batch.max(1))..lowest);
    }
}

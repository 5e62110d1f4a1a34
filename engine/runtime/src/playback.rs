//! The playback thread: shows the frame that was sought, and plays with the sound device as its clock.

use crate::{
    Comparison, Event, MarkRange, PlaybackState, Problem, Revision,
    error::Result,
    frames::{FrameSource, MediaFolder},
    mix::{AudioMixer, resample},
    outbox::Outbox,
};
use av::{AudioBlock, FrameCount, FrameIndex, Ratio, SAMPLE_RATE, ScanSize, Ticks, VideoFrame};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use media::AudioOutput;
use std::{sync::Arc, time::Duration};
use timeline::{Document, ItemId, MatteView};

/// Sound is mixed this far ahead of what is heard.
const SOUND_AHEAD: Ticks = Ticks(av::TICKS_PER_SECOND / 4);

/// Sound is mixed in pieces of this many samples.
const SOUND_PIECE: usize = 2_400;

/// A difference is shown this many times as strong: a step of one in 256 is not seen.
const DIFFERENCE_GAIN: u8 = 4;

/// What the playback thread is told.
#[derive(Debug)]
pub enum PlaybackOrder {
    /// Relative paths start here.
    Folder(MediaFolder),
    /// This is the document now.
    Document(Revision, Arc<Document>),
    /// Show this frame.
    Seek(FrameIndex),
    /// Play.
    Play(Ratio, Option<MarkRange>),
    /// Stop.
    Pause,
    /// Pixels of the viewer.
    ViewerSize(ScanSize),
    /// Show a subject's matte in place of its swap.
    MatteView(Option<(ItemId, MatteView)>),
    /// Draw this as well.
    Compare(Option<(Arc<Document>, Comparison)>),
}

/// How the playback thread is set up.
#[derive(Debug, Clone, Copy)]
pub struct PlaybackSetup {
    /// Whether the sound device may be opened.
    pub use_sound_device: bool,
    /// Whether to draw without a graphics card.
    pub draw_in_software: bool,
}

/// Plays until the sender is gone.
pub fn playback_thread(orders: &Receiver<PlaybackOrder>, outbox: &Outbox, setup: PlaybackSetup) {
    let mut player = Player::new(outbox.clone(), setup);
    loop {
        let order = match player.next_wait() {
            None => orders
                .recv()
                .map_err(|_closed| RecvTimeoutError::Disconnected),
            Some(wait) => orders.recv_timeout(wait),
        };
        match order {
            Ok(order) => player.take(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Latest wins: everything that waits is taken before anything is drawn.
        while let Ok(order) = orders.try_recv() {
            player.take(order);
        }
        player.work();
    }
}

/// A run of playback: from which frame, how fast, against which clock.
struct Run {
    speed: Ratio,
    repeat: Option<MarkRange>,
    start: FrameIndex,
    output: AudioOutput,
    /// Samples of the output that have been mixed.
    mixed: i64,
    last_shown: Option<FrameIndex>,
    dropped_frames: u64,
    clock_label: String,
}

struct Player {
    outbox: Outbox,
    setup: PlaybackSetup,
    folder: MediaFolder,
    source: Option<FrameSource>,
    mixer: AudioMixer,
    document: Option<(Revision, Arc<Document>)>,
    other: Option<(Arc<Document>, Comparison)>,
    viewer_size: Option<ScanSize>,
    matte_view: Option<(ItemId, MatteView)>,
    playhead: FrameIndex,
    needs_picture: bool,
    run: Option<Run>,
}

impl Player {
    fn new(outbox: Outbox, setup: PlaybackSetup) -> Self {
        Self {
            outbox,
            setup,
            folder: MediaFolder::default(),
            source: None,
            mixer: AudioMixer::default(),
            document: None,
            other: None,
            viewer_size: None,
            matte_view: None,
            playhead: FrameIndex::ZERO,
            needs_picture: false,
            run: None,
        }
    }

    /// How long to wait for orders; `None` for as long as it takes.
    fn next_wait(&self) -> Option<Duration> {
        if self.needs_picture {
            return Some(Duration::ZERO);
        }
        let (_, document) = self.document.as_ref()?;
        // A quarter of a frame keeps the picture within that of the sound.
        let frame_nanos = document
            .sequence
            .rate
            .ticks_from_count(FrameCount::ONE)
            .nanos();
        self.run
            .as_ref()
            .map(|_| Duration::from_nanos(frame_nanos as u64 / 4))
    }

    fn take(&mut self, order: PlaybackOrder) {
        match order {
            PlaybackOrder::Folder(folder) => {
                self.mixer = AudioMixer::new(folder.clone());
                if let Some(source) = &mut self.source {
                    source.set_folder(folder.clone());
                }
                self.folder = folder;
                self.needs_picture = self.document.is_some();
            }
            PlaybackOrder::Document(revision, document) => {
                self.document = Some((revision, document));
                self.needs_picture = true;
            }
            PlaybackOrder::Seek(frame) => {
                self.playhead = frame.max(FrameIndex::ZERO);
                self.needs_picture = true;
                if let Some(run) = self.run.take() {
                    self.play(run.speed, run.repeat);
                }
            }
            PlaybackOrder::Play(speed, repeat) => self.play(speed, repeat),
            PlaybackOrder::Pause => self.pause(),
            PlaybackOrder::ViewerSize(size) => self.viewer_size = Some(size),
            PlaybackOrder::MatteView(shown) => {
                self.matte_view = shown;
                self.needs_picture = true;
            }
            PlaybackOrder::Compare(other) => {
                self.other = other;
                self.needs_picture = self.document.is_some();
            }
        }
    }

    fn play(&mut self, speed: Ratio, repeat: Option<MarkRange>) {
        let Some((_, document)) = &self.document else {
            return;
        };
        let whole = repeat.unwrap_or_else(|| document.sequence.range());
        if speed.num() == 0 || whole.is_empty() {
            return;
        }
        // Playing on from the end starts over, as every player does.
        let is_at_end = if speed.num() > 0 {
            self.playhead + FrameCount::ONE >= whole.end()
        } else {
            self.playhead <= whole.start
        };
        if is_at_end || (repeat.is_some() && !whole.contains(self.playhead)) {
            self.playhead = if speed.num() > 0 {
                whole.start
            } else {
                whole.end() - FrameCount::ONE
            };
        }
        let (mut output, clock_label) = self.open_output();
        if let Err(error) = output.play() {
            self.outbox
                .send(Event::Failed(Problem::from(crate::Error::from(error))));
        }
        let state = PlaybackState::Playing(speed);
        self.outbox.send(Event::Playback {
            state,
            dropped_frames: 0,
            clock: clock_label.clone(),
        });
        let start = self.playhead;
        self.run = Some(Run {
            speed,
            repeat,
            start,
            output,
            mixed: 0,
            last_shown: None,
            dropped_frames: 0,
            clock_label,
        });
    }

    /// The sound device, or a silent clock and the reason for it.
    fn open_output(&self) -> (AudioOutput, String) {
        if !self.setup.use_sound_device {
            return (
                AudioOutput::silent_clock(),
                "System clock (sound is switched off)".into(),
            );
        }
        match AudioOutput::open() {
            Ok(output) => (output, "Sound device".into()),
            Err(error) => (
                AudioOutput::silent_clock(),
                format!("System clock: {error}"),
            ),
        }
    }

    fn pause(&mut self) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.outbox.send(Event::Playback {
            state: PlaybackState::Paused,
            dropped_frames: run.dropped_frames,
            clock: run.clock_label,
        });
        self.needs_picture = true;
    }

    fn work(&mut self) {
        let Some((_, document)) = self.document.clone() else {
            return;
        };
        if let Some(mut run) = self.run.take() {
            match self.advance(&mut run, &document) {
                Ok(true) => self.run = Some(run),
                Ok(false) => {
                    self.run = Some(run);
                    self.pause();
                }
                Err(error) => {
                    self.run = Some(run);
                    self.pause();
                    self.needs_picture = false;
                    self.outbox.send(Event::Failed(Problem::from(error)));
                }
            }
        } else if self.needs_picture {
            self.needs_picture = false;
            self.show(&document, self.playhead);
        }
    }

    /// Mixes ahead and shows the frame that is due; false at the end.
    fn advance(&mut self, run: &mut Run, document: &Document) -> Result<bool> {
        self.mix_ahead(run, document)?;
        let heard = run.output.position().scaled(run.speed);
        let due = frame_at(run, document, heard);
        let whole = document.sequence.range();
        let is_over = run.repeat.is_none() && (due >= whole.end() || due < whole.start);
        if is_over {
            let last = if run.speed.num() > 0 {
                whole.end() - FrameCount::ONE
            } else {
                whole.start
            };
            self.playhead = last.max(FrameIndex::ZERO);
            self.outbox.send(Event::Playhead {
                frame: self.playhead,
            });
            return Ok(false);
        }
        if run.last_shown == Some(due) && !self.needs_picture {
            return Ok(true);
        }
        if let Some(last) = run.last_shown {
            let passed = (due - last).0.abs() - 1;
            // At 2x and 4x frames are meant to be passed over; what is beyond that came too late.
            let meant = (run.speed.as_f64().abs().ceil() as i64 - 1).max(0);
            let is_jump =
                run.repeat.is_some() && (due - last).0.signum() != run.speed.num().signum();
            if !is_jump {
                run.dropped_frames += (passed - meant).max(0) as u64;
            }
        }
        run.last_shown = Some(due);
        self.playhead = due;
        self.needs_picture = false;
        self.outbox.send(Event::Playhead { frame: due });
        self.show(document, due);
        let state = PlaybackState::Playing(run.speed);
        if run.dropped_frames > 0 {
            let clock = run.clock_label.clone();
            self.outbox.send(Event::Playback {
                state,
                dropped_frames: run.dropped_frames,
                clock,
            });
        }
        Ok(true)
    }

    /// Keeps a quarter of a second of sound waiting in the output.
    fn mix_ahead(&mut self, run: &mut Run, document: &Document) -> Result<()> {
        while run.output.queued() < SOUND_AHEAD {
            let block = self.sound_piece(run, document)?;
            run.output.push(&block)?;
            run.mixed += SOUND_PIECE as i64;
        }
        Ok(())
    }

    /// The next piece of sound at the run's speed and direction.
    fn sound_piece(&mut self, run: &Run, document: &Document) -> Result<AudioBlock> {
        let rate = document.sequence.rate;
        let speed = run.speed.as_f64();
        let start = rate.sample_from_frame(run.start, SAMPLE_RATE);
        let mut position = (run.mixed as f64).mul_add(speed, start as f64).floor() as i64;
        if let Some(repeat) = run.repeat {
            let first = rate.sample_from_frame(repeat.start, SAMPLE_RATE);
            let end = rate.sample_from_frame(repeat.end(), SAMPLE_RATE);
            position = first + (position - first).rem_euclid((end - first).max(1));
        }
        if run.speed == Ratio::ONE {
            return self.mixer.mix(document, position, SOUND_PIECE);
        }
        let span = (SOUND_PIECE as f64 * speed.abs()).ceil() as usize + 2;
        if speed > 0.0 {
            let block = self.mixer.mix(document, position, span)?;
            Ok(resample(&block, 0.0, speed, SOUND_PIECE))
        } else {
            let block = self.mixer.mix(document, position + 1 - span as i64, span)?;
            Ok(resample(&block, span as f64 - 1.0, speed, SOUND_PIECE))
        }
    }

    fn show(&mut self, document: &Document, frame: FrameIndex) {
        let revision = self
            .document
            .as_ref()
            .map_or(Revision(0), |(revision, _)| *revision);
        match self.pictures(document, frame) {
            Ok((picture, compared)) => {
                self.outbox.send(Event::FrameReady {
                    frame,
                    revision,
                    picture: Arc::new(picture),
                    compared: compared.map(Arc::new),
                });
            }
            Err(error) => {
                self.outbox.send(Event::Failed(Problem::from(error)));
                // What was seen before is no picture of this frame.
                self.outbox.send(Event::FrameReady {
                    frame,
                    revision,
                    picture: Arc::new(slate(document.sequence.size)),
                    compared: None,
                });
            }
        }
    }

    /// The frame of the document and, where two are compared, what is set against it.
    fn pictures(
        &mut self,
        document: &Document,
        frame: FrameIndex,
    ) -> Result<(VideoFrame, Option<VideoFrame>)> {
        let picture = self.picture(document, frame)?;
        let Some((other, comparison)) = self.other.clone() else {
            return Ok((picture, None));
        };
        let other = self.picture(&other, frame)?;
        let compared = match comparison {
            Comparison::Wipe => other,
            Comparison::Difference => difference(&picture, &other),
        };
        Ok((picture, Some(compared)))
    }

    fn picture(&mut self, document: &Document, frame: FrameIndex) -> Result<VideoFrame> {
        let source = if let Some(source) = &mut self.source {
            source
        } else {
            let options = drawing_options(self.setup);
            let source = FrameSource::with_options(self.folder.clone(), options)?;
            self.source.insert(source)
        };
        let drawn = source.frame_viewed(document, frame, self.matte_view)?;
        Ok(match self.viewer_size {
            Some(bounds) => compositor::to_rgba_within(&drawn, bounds),
            None => compositor::to_rgba(&drawn),
        })
    }
}

/// What stands in the viewer where a frame cannot be shown: stripes as on a clip whose file is gone.
fn slate(size: ScanSize) -> VideoFrame {
    const DARK: [u8; 4] = [36, 18, 20, u8::MAX];
    const LIGHT: [u8; 4] = [58, 26, 29, u8::MAX];
    let period = (size.height / 12).max(2);
    let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| x + y));
    let bytes = pixels.flat_map(|along| {
        if along % period < period / 2 {
            LIGHT
        } else {
            DARK
        }
    });
    VideoFrame::from_rgba(size, bytes.collect(), Ticks::ZERO)
}

/// How far two RGBA pictures are apart, channel by channel, where both have pixels.
fn difference(a: &VideoFrame, b: &VideoFrame) -> VideoFrame {
    let size = ScanSize::new(
        a.size.width.min(b.size.width),
        a.size.height.min(b.size.height),
    );
    let mut bytes = Vec::with_capacity(size.area() as usize * 4);
    for y in 0..size.height as usize {
        let pixels = a.row(0, y).chunks_exact(4).zip(b.row(0, y).chunks_exact(4));
        for (a, b) in pixels {
            let apart = |channel: usize| {
                a[channel]
                    .abs_diff(b[channel])
                    .saturating_mul(DIFFERENCE_GAIN)
            };
            bytes.extend([apart(0), apart(1), apart(2), u8::MAX]);
        }
    }
    VideoFrame::from_rgba(size, bytes, a.pts)
}

/// The frame that is due when `heard` of the sequence has gone by since the run's start.
fn frame_at(run: &Run, document: &Document, heard: Ticks) -> FrameIndex {
    let rate = document.sequence.rate;
    let frame = rate.frame_from_ticks(rate.ticks_from_frame(run.start) + heard);
    match run.repeat {
        Some(repeat) => {
            repeat.start + FrameCount((frame - repeat.start).0.rem_euclid(repeat.count.0))
        }
        None => frame,
    }
}

fn drawing_options(setup: PlaybackSetup) -> compositor::Options {
    let adapter = if setup.draw_in_software {
        compositor::AdapterChoice::Software
    } else {
        compositor::AdapterChoice::Any
    };
    compositor::Options { adapter }
}

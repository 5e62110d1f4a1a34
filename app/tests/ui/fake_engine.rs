//! An engine without threads, codecs or networks: it answers at once, with made-up media.

use av::{
    AudioStreamInfo, ColorSpace, Fingerprint, FrameIndex, FrameRate, MediaInfo, ScanSize, Ticks,
    VideoFrame, VideoStreamInfo,
};
use everframe::engine::Engine;
use runtime::{
    Command, Event, JobId, JobOutcome, JobProgress, JobRequest, Placed, PlacedTarget,
    PlaybackState, Problem, Revision,
};
use std::{
    cell::RefCell,
    collections::VecDeque,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use timeline::{Asset, AssetId, Document, Edit, ItemId, Recipe, edit::TakeInputs};

/// How long every made-up video lasts, in seconds.
pub const VIDEO_SECONDS: i64 = 10;

/// What the fake remembers.
#[derive(Default)]
pub struct Fake {
    events: VecDeque<Event>,
    /// Everything it was asked, oldest first.
    pub commands: Vec<Command>,
    /// Jobs that wait to be finished by the test.
    pub queue: Vec<(JobId, JobRequest)>,
    document: Option<(Revision, Arc<Document>)>,
    playhead: FrameIndex,
}

/// The handle that the window holds; the test keeps another one.
#[derive(Clone, Default)]
pub struct FakeEngine(pub Rc<RefCell<Fake>>);

impl Engine for FakeEngine {
    fn send(&self, command: Command) -> Result<(), Problem> {
        self.0.borrow_mut().take(command);
        Ok(())
    }

    fn try_recv(&self) -> Option<Event> {
        self.0.borrow_mut().events.pop_front()
    }
}

impl FakeEngine {
    /// Says that the first job is so far.
    pub fn progress(&self, done: u64, total: u64) {
        let mut fake = self.0.borrow_mut();
        let (job, _) = fake.queue[0];
        fake.events.push_back(Event::JobProgress {
            job,
            progress: JobProgress {
                label: "Following the motion".into(),
                done,
                total,
                eta: Some(Duration::from_secs(total - done)),
                preview: None,
            },
        });
    }

    /// Finishes the first job as the real engine would.
    pub fn finish(&self) {
        let mut fake = self.0.borrow_mut();
        let (job, request) = fake.queue.remove(0);
        let outcome = match request {
            JobRequest::Generate { item } => JobOutcome::Place(Box::new(take_of(item))),
            JobRequest::Background { .. } => panic!("the fake swaps no backgrounds"),
            JobRequest::Export(request) => JobOutcome::Exported {
                path: request.path,
                notes: vec!["H.264 by x264: no hardware encoder was found".into()],
            },
        };
        fake.events.push_back(Event::JobFinished { job, outcome });
    }
}

impl Fake {
    fn take(&mut self, command: Command) {
        match &command {
            Command::SetDocument { revision, document } => {
                self.document = Some((*revision, Arc::clone(document)));
                self.show();
            }
            Command::Seek { frame } => {
                self.playhead = *frame;
                self.events.push_back(Event::Playhead { frame: *frame });
                self.show();
            }
            Command::Play { speed, .. } => self.events.push_back(Event::Playback {
                state: PlaybackState::Playing(*speed),
                dropped_frames: 0,
                clock: "the system's clock".into(),
            }),
            Command::Pause => self.events.push_back(Event::Playback {
                state: PlaybackState::Paused,
                dropped_frames: 0,
                clock: "the system's clock".into(),
            }),
            Command::Import { paths } => {
                for path in paths {
                    self.events.push_back(Event::Imported {
                        path: path.clone(),
                        asset: Box::new(asset_of(path)),
                    });
                }
            }
            Command::Thumbnails { asset, times, .. } => {
                for time in times {
                    self.events.push_back(Event::ThumbnailReady {
                        asset: *asset,
                        time: *time,
                        picture: Arc::new(scene(asset.0, *time, ScanSize::new(160, 90))),
                    });
                }
            }
            Command::Waveform { asset } => self.events.push_back(Event::WaveformReady {
                asset: *asset,
                peaks: Arc::new(peaks()),
            }),
            Command::Queue { job, request, .. } => self.queue.push((*job, request.clone())),
            Command::Cancel { job } => {
                self.queue.retain(|(queued, _)| queued != job);
                self.events.push_back(Event::JobCancelled { job: *job });
            }
            Command::Save { path, revision, .. } => self.events.push_back(Event::Saved {
                path: path.clone(),
                revision: *revision,
                is_autosave: false,
            }),
            Command::SetProject { .. }
            | Command::SetViewerSize { .. }
            | Command::MoveJob { .. } => {}
        }
        self.commands.push(command);
    }

    fn show(&mut self) {
        let Some((revision, document)) = &self.document else {
            return;
        };
        let rate = document.sequence.rate;
        let time = rate.ticks_from_frame(self.playhead);
        self.events.push_back(Event::FrameReady {
            frame: self.playhead,
            revision: *revision,
            picture: Arc::new(scene(7, time, ScanSize::new(960, 540))),
        });
    }
}

/// A file as a probe would find it, by its ending; its content is its name.
pub fn asset_of(path: &Path) -> Asset {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let is_still = ending == "jpg";
    let has_picture = ending != "wav";
    let mut bytes = [0_u8; 16];
    for (index, byte) in name.bytes().enumerate() {
        bytes[index % 16] = bytes[index % 16].wrapping_mul(31).wrapping_add(byte);
    }
    let seconds = if is_still { 0 } else { VIDEO_SECONDS };
    Asset {
        id: AssetId(0),
        fingerprint: Fingerprint(bytes),
        path: path.to_owned(),
        name,
        info: MediaInfo {
            container: "Quicktime".into(),
            duration: Ticks::from_seconds_fraction(seconds, 1),
            video: has_picture.then(|| VideoStreamInfo {
                size: ScanSize::new(1280, 720),
                pixel_aspect: av::Ratio::ONE,
                rate: (!is_still).then_some(FrameRate::FPS_25),
                frame_count: if is_still { 1 } else { VIDEO_SECONDS * 25 },
                codec: "H.264".into(),
                color: ColorSpace::VIDEO,
                has_alpha: false,
            }),
            audio: (!is_still).then(|| AudioStreamInfo {
                channels: 2,
                sample_rate: 48_000,
                codec: "AAC".into(),
            }),
            is_still,
        },
        is_generated: false,
    }
}

fn take_of(item: ItemId) -> Placed {
    let asset = asset_of(&PathBuf::from("take-0001.mov"));
    Placed {
        asset: Edit::AddAsset {
            fingerprint: asset.fingerprint,
            path: asset.path,
            name: asset.name,
            info: Box::new(asset.info),
            is_generated: true,
        },
        target: PlacedTarget::Take {
            item,
            take: Box::new(TakeInputs {
                asset: AssetId(0),
                source_start: Ticks::ZERO,
                recipe: Recipe {
                    model: "RIFE 4.6".into(),
                    ..Recipe::default()
                },
                seam_delta_e: vec![0.8, 1.1],
            }),
        },
    }
}

/// A landscape with a sun that wanders: enough to see which moment a picture is of.
fn scene(seed: u64, time: Ticks, size: ScanSize) -> VideoFrame {
    let [width, height] = [size.width as f32, size.height as f32];
    let moment = time.seconds_for_display() as f32;
    let hue = [
        (120, 160, 210),
        (210, 150, 120),
        (120, 180, 150),
        (150, 130, 190),
    ];
    let (r, g, b) = hue[seed as usize % hue.len()];
    let sun = (0.15 + 0.07 * moment, 0.35);
    let mut bytes = Vec::with_capacity(size.area() as usize * 4);
    for y in 0..size.height {
        for x in 0..size.width {
            let (u, v) = (x as f32 / width, y as f32 / height);
            let hill = 0.62 + 0.09 * (u * 7.0 + seed as f32).sin() + 0.03 * (u * 23.0).sin();
            let distance = ((u - sun.0).hypot((v - sun.1) * height / width)).min(1.0);
            let light = if v > hill {
                0.35 - 0.2 * (v - hill)
            } else {
                0.7 + 0.4 * (0.6 - v)
            };
            let glow = if v > hill {
                0.0
            } else {
                (0.06 / (distance + 0.02)).min(1.2)
            };
            let channel =
                |base: i32| ((base as f32 * light) + 110.0 * glow).clamp(0.0, 255.0) as u8;
            bytes.extend([channel(r), channel(g), channel(b), 255]);
        }
    }
    VideoFrame::from_rgba(size, bytes, time)
}

fn peaks() -> Vec<(f32, f32)> {
    let count = VIDEO_SECONDS as usize * 48_000 / runtime::limits::WAVEFORM_BUCKET_SAMPLES;
    let loudness = |index: usize| {
        let x = index as f32 / count as f32;
        let beat = (x * 60.0).sin().abs().powi(3);
        let noise = ((index * 7919 % 97) as f32) / 97.0;
        (0.12 + 0.7 * beat) * (0.5 + 0.5 * noise)
    };
    (0..count)
        .map(|index| (-loudness(index), loudness(index)))
        .collect()
}

//! An engine without threads, codecs or networks: it answers at once, with made-up media.

use av::{
    AudioStreamInfo, ColorSpace, Fingerprint, FrameCount, FrameIndex, FrameRange, FrameRate,
    MediaInfo, ScanSize, Ticks, VideoFrame, VideoStreamInfo,
};
use everframe::engine::Engine;
use runtime::{
    BackendInfo, Command, Description, Event, JobId, JobOutcome, JobProgress, JobRequest, Offer,
    Parameter, ParameterKind, Placed, PlacedTarget, PlaybackState, Problem, Revision,
    captions::Transcript,
    describe::budget::Rung,
    inspect::{DamageKind, Finding},
    models::desk::ModelNews,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use timeline::{
    AppliedCorrection, Asset, AssetId, Content, Document, DraftFrames, Edit, ItemId, Recipe,
    captions::Cue,
    edit::{MatteInputs, TakeInputs},
};

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
    is_comparing: bool,
    /// The documents that queued jobs work on.
    documents: BTreeMap<JobId, Arc<Document>>,
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

    /// Says that the first job is half done, and shows a rough picture.
    pub fn show_preview(&self) {
        let mut fake = self.0.borrow_mut();
        let (job, _) = fake.queue[0];
        fake.events.push_back(Event::JobProgress {
            job,
            progress: JobProgress {
                label: "Denoising".into(),
                done: 5,
                total: 10,
                eta: None,
                preview: Some(scene(3, Ticks::ZERO, ScanSize::new(64, 36))),
            },
        });
    }

    /// Says that the first job cannot be done.
    pub fn fail(&self, problem: Problem) {
        let mut fake = self.0.borrow_mut();
        let (job, _) = fake.queue.remove(0);
        fake.events.push_back(Event::JobFailed { job, problem });
    }

    /// Tells something about models.
    pub fn tell_models(&self, news: ModelNews) {
        self.0.borrow_mut().events.push_back(Event::Models(news));
    }

    /// Finishes the first job as the real engine would.
    pub fn finish(&self) {
        let mut fake = self.0.borrow_mut();
        let (job, request) = fake.queue.remove(0);
        let outcome = match request {
            JobRequest::Generate { item } => {
                let recipe = recipe_of(&fake.documents[&job], item);
                JobOutcome::Place(Box::new(take_of(item, recipe)))
            }
            JobRequest::Background { item, fill } => {
                let document = fake.document.as_ref().map(|(_, document)| document);
                JobOutcome::Place(Box::new(matte_of(document.unwrap(), item, fill)))
            }
            JobRequest::Backdrop { item, .. } => JobOutcome::Place(Box::new(Placed {
                asset: made_asset("beach.mkv"),
                target: PlacedTarget::Backdrop { item },
            })),
            JobRequest::Inspect { item } => JobOutcome::Inspected {
                item,
                findings: vec![
                    finding(20, 1, DamageKind::Duplicate),
                    finding(60, 2, DamageKind::Flash),
                ],
            },
            JobRequest::CleanSpeech { item } => JobOutcome::Place(Box::new(Placed {
                asset: made_asset("clean-speech.wav"),
                target: PlacedTarget::CleanSpeech { item },
            })),
            JobRequest::Captions { item, .. } => JobOutcome::Heard {
                item,
                transcript: Box::new(transcript()),
            },
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
            Command::Play { speed, .. } => self.tell_playback(PlaybackState::Playing(*speed)),
            Command::Pause => self.tell_playback(PlaybackState::Paused),
            Command::Import { paths } => {
                let imported = |path: &PathBuf| Event::Imported {
                    path: path.clone(),
                    asset: Box::new(asset_of(path)),
                };
                self.events.extend(paths.iter().map(imported));
            }
            Command::Thumbnails { asset, times, .. } => self.thumbnails(*asset, times),
            Command::Waveform { asset } => self.events.push_back(Event::WaveformReady {
                asset: *asset,
                peaks: Arc::new(peaks()),
            }),
            Command::Queue {
                job,
                request,
                document,
            } => self.queue(*job, request.clone(), document),
            Command::QueueAhead {
                job,
                item,
                document,
            } => self.queue(*job, JobRequest::Generate { item: *item }, document),
            Command::Describe {
                number,
                document,
                item,
            } => self.describe(*number, document, *item),
            Command::Cancel { job } => {
                self.queue.retain(|(queued, _)| queued != job);
                self.events.push_back(Event::JobCancelled { job: *job });
            }
            Command::Save { path, revision, .. } => self.events.push_back(Event::Saved {
                path: path.clone(),
                revision: *revision,
                is_autosave: false,
            }),
            Command::Compare { other } => {
                self.is_comparing = other.is_some();
                self.show();
            }
            Command::SetProject { .. }
            | Command::SetViewerSize { .. }
            | Command::SetMatteView { .. }
            | Command::SettleJob { .. }
            | Command::Models { .. }
            | Command::StopModels
            | Command::ShowPreviews { .. }
            | Command::PauseQueue { .. }
            | Command::MoveJob { .. } => {}
        }
        self.commands.push(command);
    }

    fn thumbnails(&mut self, asset: AssetId, times: &[Ticks]) {
        let ready = |time: &Ticks| Event::ThumbnailReady {
            asset,
            time: *time,
            picture: Arc::new(scene(asset.0, *time, ScanSize::new(160, 90))),
        };
        self.events.extend(times.iter().map(ready));
    }

    fn queue(&mut self, job: JobId, request: JobRequest, document: &Arc<Document>) {
        self.documents.insert(job, Arc::clone(document));
        self.queue.push((job, request));
    }

    fn describe(&mut self, number: u64, document: &Document, item: ItemId) {
        self.events.push_back(Event::Described {
            number,
            answer: Ok(Arc::new(description(document, item))),
        });
    }

    fn tell_playback(&mut self, state: PlaybackState) {
        self.events.push_back(Event::Playback {
            state,
            dropped_frames: 0,
            clock: "the system's clock".into(),
        });
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
            compared: self
                .is_comparing
                .then(|| Arc::new(scene(2, time, ScanSize::new(960, 540)))),
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

fn made_asset(name: &str) -> Edit {
    let asset = asset_of(&PathBuf::from(name));
    Edit::AddAsset {
        fingerprint: asset.fingerprint,
        path: asset.path,
        name: asset.name,
        info: Box::new(asset.info),
        is_generated: true,
    }
}

/// A matte as the real engine places it: corrections that the document has are in it.
fn matte_of(document: &Document, item: ItemId, fill: timeline::BackgroundFill) -> Placed {
    let (_, found) = document.sequence.item(item).unwrap();
    let old = found.properties.background.as_ref();
    let applied: Vec<AppliedCorrection> = old
        .iter()
        .flat_map(|old| &old.corrections)
        .map(|correction| AppliedCorrection {
            correction: correction.clone(),
            first: Ticks::ZERO,
            last: Ticks::from_seconds_fraction(3, 1),
        })
        .collect();
    let is_corrected = !applied.is_empty();
    let found = made_asset("matte-0001.mkv");
    let asset = if is_corrected {
        Edit::Batch {
            label: "Correct matte".into(),
            edits: vec![made_asset("matte-0002.mkv"), found],
        }
    } else {
        found
    };
    Placed {
        asset,
        target: PlacedTarget::Matte {
            item,
            matte: Box::new(MatteInputs {
                matte: AssetId(0),
                matte_start: Ticks::ZERO,
                found: is_corrected.then_some(AssetId(0)),
                applied,
                fill,
            }),
        },
    }
}

fn recipe_of(document: &Document, item: ItemId) -> Recipe {
    let (_, item) = document.sequence.item(item).unwrap();
    match &item.content {
        Content::Generated(generated) => generated.recipe.clone(),
        other => panic!("{other:?} is not generated"),
    }
}

/// Another seed makes another take; worse seams with every seed.
fn take_of(item: ItemId, recipe: Recipe) -> Placed {
    let seed = recipe.seed;
    let care = recipe.draft.map_or("", |_draft| "-final");
    Placed {
        asset: made_asset(&format!("take-{item}-{seed:04}{care}.mov")),
        target: PlacedTarget::Take {
            item,
            take: Box::new(TakeInputs {
                asset: AssetId(0),
                source_start: Ticks::ZERO,
                recipe: Recipe {
                    model: "RIFE 4.6".into(),
                    fingerprint: format!("{item}-{seed}{care}"),
                    ..recipe
                },
                seam_delta_e: vec![0.8, 1.1 + seed as f64],
                seam_motion_jump: vec![2.6, 1.2],
            }),
        },
    }
}

/// What is said in the first seconds of every made-up video.
fn transcript() -> Transcript {
    let cue = |start: i64, end: i64, text: &str| Cue {
        start: Ticks::from_seconds_fraction(start, 10),
        end: Ticks::from_seconds_fraction(end, 10),
        text: text.into(),
    };
    Transcript {
        cues: vec![
            cue(10, 25, "Good morning"),
            cue(30, 42, "and good luck,\nsea lions"),
            cue(80, 95, "Goodbye"),
        ],
        language: "en".into(),
        model: "Whisper base".into(),
    }
}

fn finding(start: i64, count: i64, kind: DamageKind) -> Finding {
    Finding {
        range: FrameRange::new(FrameIndex(start), FrameCount(count)),
        kind,
    }
}

/// The same with less and less work, as a model that was timed here has it.
fn ladder(count: FrameCount) -> Vec<Rung> {
    let rung = |steps, scale, count, seconds| Rung {
        steps: Some(steps),
        scale: Some(scale),
        count,
        duration: Duration::from_secs(seconds),
    };
    let half = FrameCount(count.0 / 2);
    vec![
        rung(30, 1.0, count, 600),
        rung(20, 1.0, count, 400),
        rung(15, 0.5, count, 90),
        rung(15, 0.5, half, 45),
    ]
}

fn info(id: &str, name: &str, parameters: Vec<Parameter>) -> BackendInfo {
    BackendInfo {
        id: id.into(),
        name: name.into(),
        summary: String::new(),
        capabilities: Vec::new(),
        parameters,
        license: "MIT".into(),
        weights_sha256: Vec::new(),
        size_bytes: 0,
        is_seedless: false,
        is_experimental: false,
    }
}

/// Two who offer everything: one reads words, counts steps and was timed here; one is quick. Only the first can be
/// shown a draft's pictures.
fn description(document: &Document, item: ItemId) -> Description {
    let parameter = |id: &str, label: &str, kind| Parameter {
        id: id.into(),
        label: label.into(),
        help: String::new(),
        kind,
    };
    let steps = ParameterKind::Integer {
        min: 4,
        max: 60,
        default: 30,
    };
    let camera = ParameterKind::Choice {
        options: ["auto", "push-in", "pan-left"].map(String::from).to_vec(),
        default: "auto".into(),
    };
    let (_, found) = document.sequence.item(item).unwrap();
    let is_drafted = recipe_of(document, item).draft.is_some();
    let offer = |info, reads_prompt, duration| Offer {
        info,
        reads_prompt,
        references_max: 2,
        takes_storyboard: true,
        best_below_seconds: None,
        refusal: None,
        duration,
        memory_bytes: 900 << 20,
        fit: runtime::models::list::Fit::Fits,
        draft: Vec::new(),
        ladder: Vec::new(),
    };
    let scale = ParameterKind::Number {
        min: 0.25,
        max: 1.0,
        default: 1.0,
    };
    let words = info(
        "words",
        "Words",
        vec![
            parameter("num_inference_steps", "Steps", steps),
            parameter("camera", "Camera", camera),
            parameter("scale", "Working size", scale),
        ],
    );
    let mut offers = vec![
        offer(words, true, Some(Duration::from_secs(75))),
        offer(info("quick", "Quick", Vec::new()), false, None),
    ];
    offers[0].ladder = ladder(found.count);
    if is_drafted {
        offers[0].draft = vec![DraftFrames::Nothing, DraftFrames::Ends, DraftFrames::Guide];
        offers[1].draft = vec![DraftFrames::Nothing];
    }
    Description {
        offers,
        automatic: Some(0),
        why: "it reads the prompt".into(),
        needs_words: false,
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

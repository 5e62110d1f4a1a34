//! The photo animator as a backend.

use super::{
    camera::{Easing, Path},
    render::{View, cover},
    scene::Scene,
    weather::{Shot, Weather},
    words::{Ambience, CameraMove, ambience_in, camera_in},
};
use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, FrameSink, Note, OnStep, Output, Parameter,
        ParameterKind, Step, generate_by_pieces, run_step,
    },
    error::Result,
    manifest::Models,
    matte::{self, Matte, Matter},
    request::{ClipFrame, Operation, Request},
    seam,
};
use av::{FrameIndex, VideoFrame};
use std::time::{Duration, Instant};

/// Id in recipes and on the command line.
pub const ID: &str = "photo-2.5d";

/// Bytes for each pixel while the photo is taken apart: layers, masks and patches as floats; arithmetic, rounded up.
const BYTES_PER_PIXEL: u64 = 150;
/// Steps of the progress that taking the photo apart counts for, as frames.
const SCENE_STEPS: u64 = 40;

/// Moves a camera over a photo taken apart into layers, with weather in between.
#[derive(Debug)]
pub struct PhotoBackend {
    info: BackendInfo,
    models: Models,
    /// Measured in this process.
    nanos_per_pixel: Option<f64>,
}

impl PhotoBackend {
    /// A backend that loads the matte's weights when they are first needed.
    pub fn new(models: &Models) -> Result<Self> {
        let entry = models.entry(matte::NETWORK_ID)?;
        let capability = Capability {
            operation: Operation::Animate,
            reads_prompt: true,
            references_max: 0,
            best_below_seconds: None,
            context_frames: [1, 0],
            takes_storyboard: false,
        };
        let info = BackendInfo {
            id: ID.into(),
            name: "Photo animator".into(),
            summary: "Moves a camera over a photo in layers, with snow, rain or light; any size, nothing to download"
                .into(),
            capabilities: vec![capability],
            parameters: parameters(),
            license: entry.license.clone(),
            weights_sha256: vec![entry.sha256.clone()],
            size_bytes: entry.size_bytes,
            is_seedless: false,
            is_experimental: false,
        };
        Ok(Self {
            info,
            models: models.clone(),
            nanos_per_pixel: None,
        })
    }

    /// Refuses what cannot be animated from a first frame.
    fn checked<'a>(&self, request: &'a Request) -> Result<&'a VideoFrame> {
        self.info.check(request)?;
        let frames = request.clip.frames();
        let [ClipFrame::Known(photo), rest @ ..] = frames else {
            return Err(self.info.cannot("it needs the photo as the first frame"));
        };
        if rest.is_empty() {
            return Err(self.info.cannot("no frame is missing"));
        }
        if let Some(index) = rest
            .iter()
            .position(|frame| !matches!(frame, ClipFrame::ToMake))
        {
            let index = index + 1;
            return Err(self.info.cannot(format!(
                "it goes on from the first frame alone, and frame {index} is known too"
            )));
        }
        Ok(photo)
    }

    fn wishes(&self, request: &Request) -> Wishes {
        let camera = self.choice(request, "camera");
        let (camera, camera_from) = match CameraMove::from_id(camera) {
            Some(camera) => (camera, Origin::Menu),
            None => match camera_in(&request.prompt) {
                Some(camera) => (camera, Origin::Prompt),
                None => (CameraMove::Push, Origin::Default),
            },
        };
        let (ambience, ambience_from) = match self.choice(request, "ambience") {
            "auto" => {
                let unwanted = ambience_in(&request.negative_prompt);
                let mut named = ambience_in(&request.prompt);
                named.retain(|one| !unwanted.contains(one));
                (named, Origin::Prompt)
            }
            ids => {
                let ids = ids.split('+').filter(|id| *id != "none");
                let named: Option<Vec<Ambience>> = ids.map(Ambience::from_id).collect();
                (named.unwrap_or_default(), Origin::Menu)
            }
        };
        Wishes {
            camera,
            camera_from,
            ambience,
            ambience_from,
            strength: self.info.number(request, "strength") as f32,
            amount: self.info.number(request, "amount") as f32,
            easing: Easing::from_id(self.choice(request, "ease")).unwrap_or(Easing::InOut),
            is_loop: self.info.switch(request, "loop"),
            cuts_out: self.info.switch(request, "cut_out"),
        }
    }

    fn choice<'a>(&'a self, request: &'a Request, id: &str) -> &'a str {
        self.info.choice(request, id)
    }

    fn matte(&self, photo: &VideoFrame, on_step: &mut OnStep<'_>) -> Result<Matte> {
        Matter::open(&self.models)?.matte(photo, on_step)
    }
}

/// Where a wish came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Menu,
    Prompt,
    Default,
}

/// What is to be done with the photo.
#[derive(Debug)]
struct Wishes {
    camera: CameraMove,
    camera_from: Origin,
    ambience: Vec<Ambience>,
    ambience_from: Origin,
    strength: f32,
    amount: f32,
    easing: Easing,
    is_loop: bool,
    cuts_out: bool,
}

impl Wishes {
    fn notes(&self, scene: &Scene, request: &Request) -> Vec<Note> {
        let why = |from| match from {
            Origin::Menu => "as chosen",
            Origin::Prompt => "read in the prompt",
            Origin::Default => "the default, as the prompt names no move",
        };
        let mut notes = vec![Note::info(format!(
            "Camera: {} ({}), strength {}",
            self.camera.id(),
            why(self.camera_from),
            self.strength
        ))];
        if !self.ambience.is_empty() {
            let ids: Vec<&str> = self.ambience.iter().map(|one| one.id()).collect();
            notes.push(Note::info(format!(
                "Ambience: {} ({})",
                ids.join(", "),
                why(self.ambience_from)
            )));
        }
        notes.push(Note::info(match &scene.subject {
            Some(subject) => format!(
                "The subject ({:.0} % of the picture) was cut out and the background filled behind it; how near things are is a guess from their place in the picture",
                subject.share * 100.0
            ),
            None if self.cuts_out => "No clear subject was found: the picture moves as one bent surface, its depth guessed from where things stand".into(),
            None => "The picture moves as one bent surface, its depth guessed from where things stand".into(),
        }));
        let is_unread = self.camera_from == Origin::Default && self.ambience.is_empty();
        if is_unread && !request.prompt.trim().is_empty() {
            notes.push(Note::warning(
                "The prompt is searched for camera moves and weather only, and names none that is known",
            ));
        }
        if self.is_loop {
            notes.push(Note::info("The last frame leads back to the first"));
        }
        notes
    }

    fn path(&self, scene: &Scene, request: &Request) -> Path {
        let clip = &request.clip;
        let frames = clip.frames().len();
        let ticks = clip.rate().ticks_from_frame(FrameIndex(frames as i64));
        let subject = scene.subject.as_ref();
        let mut path = Path {
            camera: self.camera,
            strength: self.strength,
            easing: self.easing,
            is_loop: self.is_loop,
            seconds: ticks.seconds_for_display() as f32,
            pivot: subject.map_or(0.5, |subject| subject.middle),
            center: subject.map_or([0.0; 2], |subject| subject.center),
            cover: 0.0,
        };
        path.cover = cover(scene, &path);
        path
    }
}

impl Backend for PhotoBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        self.checked(request)?;
        let pixels = request.clip.size().area();
        let frames = request.clip.frames_to_make() as u64;
        let nanos = |each: f64| Duration::from_nanos((each * (frames * pixels) as f64) as u64);
        Ok(Estimate {
            duration: self.nanos_per_pixel.map(nanos),
            memory_bytes: frames * pixels * 4 + pixels * BYTES_PER_PIXEL + self.info.size_bytes * 2,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        generate_by_pieces(self, request, on_step)
    }

    fn generate_into(
        &mut self,
        request: &Request,
        sink: &mut FrameSink<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Output> {
        let photo = self.checked(request)?;
        let wishes = self.wishes(request);
        let matte = if wishes.cuts_out {
            Some(self.matte(photo, on_step)?)
        } else {
            None
        };
        let count = request.clip.frames().len();
        let total = SCENE_STEPS + count as u64;
        let scene = Scene::of(photo, matte.as_ref(), request.seed, &mut |done| {
            let done = (done * SCENE_STEPS as f32) as u64;
            run_step(
                on_step,
                Step::new(done, total, "filling in behind the subject"),
            )
        })?;
        let path = wishes.path(&scene, request);
        let weather = Weather::new(&wishes.ambience, &scene, request.seed, wishes.amount);
        let shot = Shot {
            seconds: path.seconds,
            frame_seconds: path.seconds / count as f32,
            is_loop: wishes.is_loop,
        };
        let start = Instant::now();
        // The border between the photo and what follows is judged by the first few frames.
        let mut judged = vec![photo.clone()];
        sink(photo.clone())?;
        for index in 1..count {
            let mut step = Step::new(SCENE_STEPS + index as u64, total, "moving the camera");
            let left = (count - index) as f64 / (index - 1).max(1) as f64;
            step.remaining = (index > 1).then(|| start.elapsed().mul_f64(left));
            run_step(on_step, step)?;
            // A loop's end is the frame before its start; any other move arrives on its last frame.
            let last = if wishes.is_loop { count } else { count - 1 };
            let time = index as f32 / last as f32;
            let pts = request
                .clip
                .rate()
                .ticks_from_frame(FrameIndex(index as i64));
            let pose = path.pose(time);
            let air = (!weather.is_none()).then(|| weather.air(&scene, &shot.moment(index), pose));
            let frame = View::new(&scene, pose).with_air(air).frame(photo, pts);
            if index < 3 {
                judged.push(frame.clone());
            }
            sink(frame)?;
        }
        run_step(on_step, Step::new(total, total, "moving the camera"))?;
        let mut notes = wishes.notes(&scene, request);
        notes.extend(weather.left_out.iter().map(|text| Note::warning(*text)));
        let pixels = request.clip.size().area() as f64 * (count - 1) as f64;
        self.nanos_per_pixel = Some(start.elapsed().as_nanos() as f64 / pixels);
        Ok(Output {
            frames: Vec::new(),
            notes,
            seams: seam::seams(request.clip.frames(), &judged),
            recipe: self.info.recipe(request),
        })
    }
}

fn ids_after(first: &[&str], ids: &[&str]) -> Vec<String> {
    first.iter().chain(ids).map(|id| (*id).into()).collect()
}

fn parameters() -> Vec<Parameter> {
    let parameter = |id: &str, label: &str, help: &str, kind| Parameter {
        id: id.into(),
        label: label.into(),
        help: help.into(),
        kind,
    };
    vec![
        parameter(
            "camera",
            "Camera",
            "How the camera moves; auto reads it in the prompt",
            ParameterKind::Choice {
                options: ids_after(&["auto"], &CameraMove::ALL.map(CameraMove::id)),
                default: "auto".into(),
            },
        ),
        parameter(
            "ambience",
            "Ambience",
            "What moves in the air or on the water, several joined by +; auto reads it in the prompt",
            ParameterKind::Choices {
                options: ids_after(&["auto", "none"], &Ambience::ALL.map(Ambience::id)),
                default: "auto".into(),
            },
        ),
        parameter(
            "amount",
            "Amount of ambience",
            "How much of the ambience there is; 1 is usual",
            ParameterKind::Number {
                min: 0.0,
                max: 2.0,
                default: 1.0,
            },
        ),
        parameter(
            "strength",
            "Strength",
            "How far the camera moves; 1 is usual",
            ParameterKind::Number {
                min: 0.0,
                max: 2.0,
                default: 1.0,
            },
        ),
        parameter(
            "ease",
            "Easing",
            "Whether the move starts and ends softly",
            ParameterKind::Choice {
                options: Easing::ALL.into_iter().map(|one| one.id().into()).collect(),
                default: Easing::InOut.id().into(),
            },
        ),
        parameter(
            "loop",
            "Seamless loop",
            "The last frame leads back to the first",
            ParameterKind::Switch { default: false },
        ),
        parameter(
            "cut_out",
            "Cut out the subject",
            "Subject and background move apart; off moves the picture as one",
            ParameterKind::Switch { default: true },
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, MaskedClip, ParameterValue};
    use av::{FrameRate, ScanSize, Ticks};
    use std::ops::ControlFlow;

    const SIZE: ScanSize = ScanSize::new(96, 64);

    fn photo() -> VideoFrame {
        let mut data = Vec::new();
        for v in 0..SIZE.height {
            for u in 0..SIZE.width {
                let inside = (u as f32 - 50.0).hypot(v as f32 - 36.0) < 16.0;
                let color = if inside {
                    [220, 60, 40]
                } else {
                    [70 + (u % 9 * 4) as u8, 110, 90]
                };
                data.extend(color);
                data.push(255);
            }
        }
        VideoFrame::from_rgba(SIZE, data, Ticks::ZERO)
    }

    fn request(count: usize, prompt: &str, values: &[(&str, ParameterValue)]) -> Request {
        let mut frames = vec![ClipFrame::ToMake; count];
        frames[0] = ClipFrame::Known(photo());
        let clip = MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap();
        let values = values
            .iter()
            .map(|(id, value)| ((*id).to_owned(), value.clone()));
        Request {
            prompt: prompt.into(),
            parameters: values.collect(),
            ..Request::new(clip).for_operation(Operation::Animate)
        }
    }

    fn backend() -> PhotoBackend {
        PhotoBackend::new(&Models::locate().unwrap()).unwrap()
    }

    fn choice(id: &str) -> ParameterValue {
        ParameterValue::Choice(id.into())
    }

    #[test]
    fn the_photo_stays_and_the_rest_is_made_and_told() {
        let mut steps = Vec::new();
        let request = request(6, "镜头推进", &[]);
        let output = backend().generate(&request, &mut |step| {
            steps.push((step.done, step.total));
            ControlFlow::Continue(())
        });
        let output = output.unwrap();
        assert_eq!(output.frames[0], photo());
        assert_eq!(output.frames.len(), 6);
        for (index, frame) in output.frames.iter().enumerate() {
            assert_eq!(
                frame.pts,
                FrameRate::FPS_25.ticks_from_frame(FrameIndex(index as i64))
            );
            assert_eq!((frame.size, frame.color), (SIZE, photo().color));
        }
        assert!(
            output.notes[0].text.contains("push (read in the prompt)"),
            "{:?}",
            output.notes
        );
        assert_eq!(output.seams.len(), 1);
        let made = &steps[steps.len() - 6..];
        assert!(
            made.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "{made:?}"
        );
        assert_eq!(made[5].0, made[5].1);
    }

    #[test]
    fn menus_win_over_the_prompt_and_what_is_unknown_is_said() {
        let say = |request: &Request| {
            let output = backend().generate(request, &mut |_step| ControlFlow::Continue(()));
            let notes = output.unwrap().notes;
            notes
                .into_iter()
                .map(|note| note.text)
                .collect::<Vec<_>>()
                .join("\n")
        };
        let chosen = say(&request(
            2,
            "zoom out, rain",
            &[("camera", choice("orbit"))],
        ));
        assert!(
            chosen.contains("orbit (as chosen)") && chosen.contains("rain (read in the prompt)"),
            "{chosen}"
        );
        let several = say(&request(2, "", &[("ambience", choice("snow+fog"))]));
        assert!(several.contains("snow, fog (as chosen)"), "{several}");
        let unknown = say(&request(2, "she winks", &[]));
        assert!(unknown.contains("names none that is known"), "{unknown}");
        let bad = request(2, "", &[("ambience", choice("snow+mud"))]);
        assert!(backend().estimate(&bad).is_err());
    }

    #[test]
    fn what_cannot_be_animated_is_refused_in_words() {
        let mut only_text = request(3, "", &[]);
        only_text.clip =
            MaskedClip::new(SIZE, FrameRate::FPS_25, vec![ClipFrame::ToMake; 3]).unwrap();
        let said = backend().estimate(&only_text).unwrap_err().to_string();
        assert!(
            said.contains("needs the photo as the first frame"),
            "{said}"
        );
        assert!(backend().estimate(&request(1, "", &[])).is_err());
    }

    #[test]
    fn cancel_is_obeyed_at_every_stage() {
        let request = request(4, "", &[]);
        let mut count = 0;
        backend()
            .generate(&request, &mut |_step| {
                count += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(count > 20, "{count} chances to stop");
        for stop_at in [1, 4, count / 2, count - 4, count - 1] {
            let mut calls = 0;
            let result = backend().generate(&request, &mut |_step| {
                calls += 1;
                if calls == stop_at {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(result, Err(Error::Cancelled)), "{stop_at}");
            assert_eq!(calls, stop_at);
        }
    }
}

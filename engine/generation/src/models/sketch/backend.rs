//! Prompts and storyboards in, animated sketches out.

use super::{
    actors::{Actor, Boards, cast, heading, middle},
    backdrop::{Backdrop, MARGIN, MARGIN_Y, Painter},
    camera::{LOOKS_AT, Lens, lens},
    figure::Figure,
    look,
    paint::mix,
    prompt::{Lexicon, Scene, read},
    raster::{Canvas, Layer, Sway, View, pixel},
    sprites::{ID, SpriteSet},
    weather::Air,
    words::{Camera, Style, Weather},
};
use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, Note, OnStep, Output, Parameter, ParameterKind,
        Step, run_step,
    },
    error::Result,
    manifest::{ModelEntry, Models},
    request::{ClipFrame, Operation, ParameterValue, Request},
};
use av::{FrameIndex, VideoFrame};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Seconds that two flowing shots share.
const DISSOLVE_SECONDS: f32 = 0.6;
/// Choice that leaves a matter to the prompt.
const FROM_PROMPT: &str = "from prompt";

const STYLES: [(&str, Option<Style>); 6] = [
    ("none", None),
    ("noir", Some(Style::Noir)),
    ("film", Some(Style::Film)),
    ("watercolor", Some(Style::Watercolor)),
    ("neon", Some(Style::Neon)),
    ("sepia", Some(Style::Sepia)),
];
const CAMERAS: [(&str, Camera); 9] = [
    ("follow", Camera::Follow),
    ("still", Camera::Still),
    ("push", Camera::PushIn),
    ("pull", Camera::PullOut),
    ("pan-left", Camera::PanLeft),
    ("pan-right", Camera::PanRight),
    ("tilt-up", Camera::TiltUp),
    ("tilt-down", Camera::TiltDown),
    ("handheld", Camera::Handheld),
];

/// The sketch renderer.
#[derive(Debug)]
pub struct SketchBackend {
    info: BackendInfo,
    sprites: SpriteSet,
    lexicon: Lexicon,
    /// Measured in this process.
    nanos_per_pixel: Option<f64>,
}

/// A stretch of frames with one scene.
struct Shot {
    scene: Scene,
    frames: std::ops::Range<usize>,
    starts_with_cut: bool,
    seed: u64,
}

impl SketchBackend {
    /// With the pack of pictures that lies beside `models`.
    pub fn new(models: &Models) -> Result<Self> {
        let sprites = SpriteSet::shipped(models)?;
        Ok(Self {
            lexicon: Lexicon::new(&sprites),
            info: info(models.entry(ID)?),
            sprites,
            nanos_per_pixel: None,
        })
    }

    fn check(&self, request: &Request) -> Result<()> {
        self.info.check(request)?;
        if request
            .clip
            .frames()
            .iter()
            .any(|frame| !matches!(frame, ClipFrame::ToMake))
        {
            return Err(self.info.cannot("a sketch cannot go on from known frames"));
        }
        if request.prompt.trim().is_empty()
            && request
                .storyboard
                .iter()
                .all(|shot| shot.prompt.trim().is_empty())
        {
            return Err(self.info.cannot("it needs words to draw from"));
        }
        let planned: usize = request.storyboard.iter().map(|shot| shot.num_frames).sum();
        let count = request.clip.frames().len();
        if !request.storyboard.is_empty() && planned != count {
            return Err(self.info.cannot(format!(
                "the storyboard has {planned} frames and the clip {count}"
            )));
        }
        Ok(())
    }

    fn shots(&self, request: &Request) -> Vec<Shot> {
        let scene = |prompt: &str| {
            let mut scene = read(&self.lexicon, prompt);
            let chosen = |id: &str| match request.parameters.get(id) {
                Some(ParameterValue::Choice(value)) if value != FROM_PROMPT => Some(value.as_str()),
                _ => None,
            };
            if let Some(id) = chosen("style") {
                scene.style = STYLES
                    .iter()
                    .find(|(known, _)| *known == id)
                    .and_then(|(_, style)| *style);
            }
            if let Some(id) = chosen("camera")
                && let Some((_, camera)) = CAMERAS.iter().find(|(known, _)| *known == id)
            {
                scene.camera = *camera;
            }
            scene
        };
        if request.storyboard.is_empty() {
            return vec![Shot {
                scene: scene(&request.prompt),
                frames: 0..request.clip.frames().len(),
                starts_with_cut: true,
                seed: world(request),
            }];
        }
        let mut start = 0;
        let shots = request.storyboard.iter().zip(0_u64..);
        shots
            .map(|(shot, index)| {
                let frames = start..start + shot.num_frames;
                start = frames.end;
                Shot {
                    scene: scene(&format!("{}, {}", shot.prompt, request.prompt)),
                    frames,
                    starts_with_cut: shot.starts_with_cut || index == 0,
                    // The same world in every shot, other luck for who stands in it.
                    seed: world(request).wrapping_add(index * 7_919),
                }
            })
            .collect()
    }
}

/// Luck for a request: other words make another world even with the same seed.
fn world(request: &Request) -> u64 {
    let letters = request
        .prompt
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    letters ^ request.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Everything painted for one shot.
struct Stage {
    scene: Scene,
    seed: u64,
    layers: Vec<Backdrop>,
    actors: Vec<Actor>,
    /// Bodies for the actors whose picture is only a head; as many as there are actors.
    figures: Vec<Option<Figure>>,
    /// The way everybody goes, and their middle.
    shown: [f32; 3],
    pictures: BTreeMap<String, Vec<Layer>>,
    air: Vec<Air>,
    seconds: f32,
    aspect: f32,
}

impl Stage {
    fn new(shot: &Shot, sprites: &SpriteSet, request: &Request) -> Result<Self> {
        let size = request.clip.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let aspect = width as f32 / height as f32;
        let painter = Painter::new(&shot.scene, shot.seed, height as f32, aspect);
        let (mut layers, ground) = painter.place(&shot.scene);
        let boards = Boards {
            ground,
            aspect,
            seconds: shot.frames.len() as f32 / request.clip.rate().fps_for_display() as f32,
            seed: shot.seed,
        };
        let actors = cast(&shot.scene, sprites, boards);
        if let Some(feet) = actors.iter().find_map(|actor| actor.rails) {
            layers.push(painter.rails(feet));
        }
        let mut pictures = BTreeMap::new();
        for actor in &actors {
            if !pictures.contains_key(&actor.sprite) {
                pictures.insert(actor.sprite.clone(), sprites.frames(&actor.sprite)?);
            }
        }
        let figures = actors.iter().map(|actor| {
            let frames = pictures.get(&actor.sprite).map(Vec::as_slice);
            let group = sprites.group(&actor.sprite);
            Figure::new(
                &actor.sprite,
                group,
                frames.unwrap_or_default(),
                actor.luck[3],
            )
        });
        let figures = figures.collect();
        let [x, y] = middle(&actors).unwrap_or(LOOKS_AT);
        let weather = shot.scene.weather.iter();
        Ok(Self {
            air: weather
                .map(|weather| Air::new(*weather, width, height, shot.seed))
                .collect(),
            scene: shot.scene.clone(),
            seed: shot.seed,
            shown: [heading(&shot.scene, shot.seed), x, y],
            layers,
            actors,
            figures,
            pictures,
            seconds: boards.seconds,
            aspect,
        })
    }

    /// Draws the moment `seconds` after the shot's start.
    fn draw(&self, canvas: &mut Canvas, seconds: f32) {
        let share = seconds / self.seconds.max(0.04);
        let lens = lens(self.scene.camera, [share, seconds], self.shown, self.seed);
        for layer in &self.layers {
            canvas.draw(&layer.layer, self.view(layer, lens, canvas, seconds));
        }
        // Bursts and lanterns are behind everybody, what falls is before them.
        let is_far = |air: &&Air| matches!(air.weather(), Weather::Fireworks | Weather::Lanterns);
        let shift = [lens.x * 0.5, lens.y * 0.5];
        for air in self.air.iter().filter(is_far) {
            air.draw(canvas, seconds, shift);
        }
        let height = canvas.height as f32;
        for (actor, figure) in self.actors.iter().zip(&self.figures) {
            let stance = actor.stance(share, seconds, lens, height, self.aspect);
            if let Some((middle, half, strength)) = stance.shadow {
                shadow(canvas, middle, half, strength);
            }
            if let Some(frames) = self.pictures.get(&actor.sprite) {
                match figure {
                    Some(figure) => {
                        figure.draw(canvas, frames, stance.frame, stance.pose, stance.gait);
                    }
                    None => canvas.draw_sprite(&frames[stance.frame], stance.pose),
                }
            }
        }
        for air in self.air.iter().filter(|air| !is_far(air)) {
            air.draw(canvas, seconds, shift);
        }
        if let Some(style) = self.scene.style {
            look::apply(style, canvas, (seconds * 24.0) as u32);
        }
    }

    fn view(&self, layer: &Backdrop, lens: Lens, canvas: &Canvas, seconds: f32) -> View {
        let scale = canvas.height as f32 / 2.0;
        let zoom = lens.zoom_at(layer.depth);
        let [shift_x, shift_y] = lens.shift_at(layer.depth);
        let drift = layer.drift * seconds;
        View {
            origin: [
                (-self.aspect / zoom + shift_x + drift + self.aspect + MARGIN) * scale,
                (-1.0 / zoom + shift_y + 1.0 + MARGIN_Y) * scale,
            ],
            step: 1.0 / zoom,
            wraps: layer.drift != 0.0,
            sway: layer.sway.map(|sway| Sway {
                amplitude: sway.amplitude * scale,
                phase: seconds * 2.6,
                ..sway
            }),
        }
    }
}

/// A soft dark ellipse under somebody's feet.
fn shadow(canvas: &mut Canvas, [x, y]: [f32; 2], half: f32, strength: f32) {
    let tall = half * 0.2;
    let bounds = [
        x - half * 1.5,
        y - tall * 1.5,
        x + half * 1.5,
        y + tall * 1.5,
    ];
    canvas.change_box(bounds, |px, py, below| {
        let (dx, dy) = ((px - x) / half, (py - y) / tall);
        let dark = strength * (-(dx * dx + dy * dy) * 1.4).exp();
        let byte = |shift: u32| (below >> shift & 255) as f32 / 255.0;
        pixel(
            mix([byte(0), byte(8), byte(16)], [0.02, 0.02, 0.06], dark),
            1.0,
        )
    });
}

impl Backend for SketchBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        self.check(request)?;
        let (area, frames) = (
            request.clip.size().area(),
            request.clip.frames().len() as u64,
        );
        // Six layers a third larger than the frame on each side, and the frames themselves.
        Ok(Estimate {
            duration: self
                .nanos_per_pixel
                .map(|nanos| Duration::from_nanos((nanos * (area * frames) as f64) as u64)),
            memory_bytes: area * (4 * 6 * 3 + 12) + area * frames * 3 / 2,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        self.check(request)?;
        let start = Instant::now();
        let (size, rate) = (request.clip.size(), request.clip.rate());
        let total = request.clip.frames().len();
        let fps = rate.fps_for_display() as f32;
        let label = self.sprites.label()?;
        let shots = self.shots(request);
        let mut frames: Vec<VideoFrame> = Vec::with_capacity(total);
        let mut before: Option<(Stage, usize)> = None;
        for shot in &shots {
            run_step(
                on_step,
                Step::new(frames.len() as u64, total as u64, "painting").after(start.elapsed()),
            )?;
            let stage = Stage::new(shot, &self.sprites, request)?;
            for index in shot.frames.clone() {
                run_step(
                    on_step,
                    Step::new(index as u64, total as u64, "drawing").after(start.elapsed()),
                )?;
                let mut canvas = Canvas::new(size.width as usize, size.height as usize);
                let seconds = (index - shot.frames.start) as f32 / fps;
                stage.draw(&mut canvas, seconds);
                if let Some((last, began)) = &before
                    && !shot.starts_with_cut
                    && seconds < DISSOLVE_SECONDS
                {
                    let mut old = Canvas::new(canvas.width, canvas.height);
                    last.draw(&mut old, (index - began) as f32 / fps);
                    look::dissolve(&old, &mut canvas, (seconds + 0.5 / fps) / DISSOLVE_SECONDS);
                }
                look::label(&mut canvas, &label);
                frames.push(look::frame(
                    &canvas,
                    rate.ticks_from_frame(FrameIndex(index as i64)),
                ));
            }
            before = Some((stage, shot.frames.start));
        }
        run_step(on_step, Step::new(total as u64, total as u64, "drawing"))?;
        self.nanos_per_pixel =
            Some(start.elapsed().as_nanos() as f64 / (size.area() * total as u64) as f64);
        Ok(Output {
            frames,
            notes: notes(&self.sprites, &shots),
            seams: Vec::new(),
            recipe: self.info.recipe(request),
        })
    }
}

/// What was understood, shot by shot, and what was not.
fn notes(sprites: &SpriteSet, shots: &[Shot]) -> Vec<Note> {
    let mut notes = vec![Note::info(
        "This is a sketch: drawn from known words, not imagined by a model",
    )];
    for (shot, number) in shots.iter().zip(1..) {
        let scene = &shot.scene;
        let names: Vec<&str> = scene
            .subjects
            .iter()
            .filter_map(|subject| sprites.name(&subject.sprite))
            .collect();
        let who = if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        };
        let prefix = if shots.len() > 1 {
            format!("Shot {number}: ")
        } else {
            String::new()
        };
        let mut line = format!(
            "{prefix}{who}; {:?}, {:?}, camera {:?}",
            scene.place, scene.time, scene.camera
        );
        for weather in &scene.weather {
            line = format!("{line}, {weather:?}");
        }
        notes.push(Note::info(line));
        if !scene.unknown.is_empty() {
            notes.push(Note::warning(format!(
                "{prefix}Not understood, and left out: {}",
                scene.unknown.join(", ")
            )));
        }
    }
    notes
}

fn info(entry: &ModelEntry) -> BackendInfo {
    let choice = |id: &str, label: &str, help: &str, names: Vec<&str>| Parameter {
        id: id.into(),
        label: label.into(),
        help: help.into(),
        kind: ParameterKind::Choice {
            options: std::iter::once(FROM_PROMPT)
                .chain(names)
                .map(String::from)
                .collect(),
            default: FROM_PROMPT.into(),
        },
    };
    BackendInfo {
        id: ID.into(),
        name: "Sketch".into(),
        summary: "Draws an animated storyboard from a sentence at once, labelled as a sketch"
            .into(),
        capabilities: vec![Capability {
            operation: Operation::TextToVideo,
            reads_prompt: true,
            references_max: 0,
            best_below_seconds: None,
            context_frames: [0, 0],
            takes_storyboard: true,
        }],
        parameters: vec![
            choice(
                "style",
                "Style",
                "How the picture looks",
                STYLES.map(|(id, _)| id).into(),
            ),
            choice(
                "camera",
                "Camera",
                "How the camera moves",
                CAMERAS.map(|(id, _)| id).into(),
            ),
        ],
        license: entry.license.clone(),
        weights_sha256: vec![entry.sha256.clone()],
        size_bytes: entry.size_bytes,
        is_seedless: false,
        is_experimental: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskedClip, Shot as Planned};
    use av::{FrameRate, ScanSize};
    use std::ops::ControlFlow;

    fn request(frames: usize, prompt: &str) -> Request {
        let clip = MaskedClip::new(
            ScanSize::new(160, 90),
            FrameRate::FPS_25,
            vec![ClipFrame::ToMake; frames],
        )
        .unwrap();
        let mut request = Request::new(clip).for_operation(Operation::TextToVideo);
        request.prompt = prompt.into();
        request
    }

    fn sketched(request: &Request) -> Output {
        let mut backend = SketchBackend::new(&Models::locate().unwrap()).unwrap();
        backend
            .generate(request, &mut |_step| ControlFlow::Continue(()))
            .unwrap()
    }

    #[test]
    fn the_same_words_and_seed_give_the_same_moving_pictures() {
        let wanted = request(12, "three foxes running in a snowy forest at sunset, fog");
        let (first, again) = (sketched(&wanted), sketched(&wanted));
        assert_eq!(first.frames, again.frames);
        assert_eq!(first.frames.len(), 12);
        assert_ne!(first.frames[0].planes, first.frames[11].planes);
        let mut other = wanted.clone();
        other.seed = 5;
        assert_ne!(sketched(&other).frames[0], first.frames[0]);
    }

    #[test]
    fn every_place_fills_the_frame_whatever_the_camera_does() {
        let places = [
            "sky",
            "sea",
            "beach",
            "mountains",
            "forest",
            "desert",
            "snowfield",
            "meadow",
            "city",
            "street",
            "space",
            "underwater",
            "room",
            "studio",
        ];
        for place in places {
            for camera in ["pan right", "tilt up", "zoom out", "handheld camera"] {
                let output = sketched(&request(3, &format!("{place} in daylight, {camera}")));
                for frame in &output.frames {
                    // Nothing was left unpainted: pure black rows or columns do not occur by day outside space.
                    let rows =
                        (0..90).filter(|row| frame.row(0, *row).iter().all(|code| *code == 16));
                    assert_eq!(rows.count(), 0, "{place}, {camera}");
                }
            }
        }
    }

    #[test]
    fn storyboards_cut_and_flow() {
        let mut wanted = request(50, "a dog");
        let shot = |prompt: &str, starts_with_cut| Planned {
            prompt: prompt.into(),
            num_frames: 25,
            starts_with_cut,
        };
        wanted.storyboard = vec![shot("beach", true), shot("white studio background", false)];
        let flowing = sketched(&wanted);
        wanted.storyboard[1].starts_with_cut = true;
        let cut = sketched(&wanted);
        let jump = |output: &Output| {
            let [before, after] = [24, 25].map(|at| output.frames[at].planes[0].data.clone());
            let sum: u64 = before
                .iter()
                .zip(after.iter())
                .map(|(a, b)| u64::from(a.abs_diff(*b)))
                .sum();
            sum / before.len() as u64
        };
        assert!(
            jump(&cut) > 4 * jump(&flowing).max(1),
            "{} {}",
            jump(&cut),
            jump(&flowing)
        );
        wanted.storyboard[1].num_frames = 9;
        let mut backend = SketchBackend::new(&Models::locate().unwrap()).unwrap();
        let refused = backend
            .generate(&wanted, &mut |_step| ControlFlow::Continue(()))
            .unwrap_err();
        assert!(refused.to_string().contains("34 frames"), "{refused}");
    }

    #[test]
    fn a_sketch_can_be_stopped_and_says_what_it_left_out() {
        let mut backend = SketchBackend::new(&Models::locate().unwrap()).unwrap();
        let mut calls = 0;
        let stopped = backend.generate(&request(9, "a cat"), &mut |_step| {
            calls += 1;
            if calls == 4 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(crate::Error::Cancelled)));
        let notes = sketched(&request(1, "a cat with a gramophone")).notes;
        assert!(
            notes
                .iter()
                .any(|note| note.is_warning && note.text.contains("gramophone"))
        );
        assert!(backend.estimate(&request(5, "  ")).is_err());
    }
}

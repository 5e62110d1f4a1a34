//! Requests to restyle, answered by the shipped network.

use super::{CANVAS_SIDE, Painting, Restyler, SIDES, STEADINESS_MAX, canvas::Canvas, steady};
use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, FrameSink, Note, OnStep, Output, Parameter,
        ParameterKind, Step, generate_by_pieces, run_step,
    },
    error::Result,
    manifest::Models,
    models::{
        multistyle::{ID, Look, look::styles},
        wan::clip::pasted,
    },
    request::{ClipFrame, Operation, ParameterValue, Request},
    seam,
};
use std::time::{Duration, Instant};

/// The look when none was chosen.
const DEFAULT_STYLE: &str = "style-19";
/// Bytes for each painted pixel: the widest layer, what is halved out of it, and the pictures before and after;
/// arithmetic, not measured.
const BYTES_PER_PIXEL: u64 = 32 * 4 * 2 + 96;
/// Parameters by id.
const STYLE: &str = "style";
const STRENGTH: &str = "strength";
const STEADY: &str = "steadiness";
const COLORS: &str = "keep_colors";
const SIDE: &str = "canvas_side";

/// The 26-style network as a backend: paints what is masked, frame by frame.
#[derive(Debug)]
pub struct RestyleBackend {
    info: BackendInfo,
    models: Models,
    restyler: Option<Restyler>,
    /// Measured in this process.
    nanos_per_pixel: Option<f64>,
}

impl RestyleBackend {
    /// A backend that loads its weights when they are first needed.
    pub fn new(models: &Models) -> Result<Self> {
        let entry = models.entry(ID)?;
        let info = BackendInfo {
            id: ID.into(),
            name: "Painted styles".into(),
            summary:
                "Paints a clip in one of 26 looks or a mix of them, and keeps the paint steady"
                    .into(),
            capabilities: vec![Capability {
                operation: Operation::Restyle,
                reads_prompt: false,
                references_max: 0,
                best_below_seconds: None,
                context_frames: [0, 0],
                takes_storyboard: false,
            }],
            parameters: parameters(),
            license: entry.license.clone(),
            weights_sha256: vec![entry.sha256.clone()],
            size_bytes: entry.size_bytes,
            is_seedless: true,
            is_experimental: false,
        };
        Ok(Self {
            info,
            models: models.clone(),
            restyler: None,
            nanos_per_pixel: None,
        })
    }

    fn checked(&self, request: &Request) -> Result<Painting> {
        self.info.check(request)?;
        let mut frames = request.clip.frames().iter();
        if let Some(index) = frames.position(|frame| matches!(frame, ClipFrame::ToMake)) {
            let reason = format!("it paints what is there, and frame {index} shows nothing");
            return Err(self.info.cannot(reason));
        }
        if request.clip.frames_to_make() == 0 {
            return Err(self.info.cannot("no frame is to be changed"));
        }
        let style = match request.parameters.get(STYLE) {
            Some(ParameterValue::Choice(style)) => style,
            _ => DEFAULT_STYLE,
        };
        Ok(Painting {
            look: Look::parse(style)?,
            strength: self.info.number(request, STRENGTH),
            steadiness: self.info.number(request, STEADY),
            keeps_colors: self.info.switch(request, COLORS),
            canvas_side: self.info.integer(request, SIDE) as u32,
        })
    }

    fn load(&mut self, on_step: &mut OnStep<'_>) -> Result<Restyler> {
        if let Some(restyler) = self.restyler.take() {
            return Ok(restyler);
        }
        run_step(on_step, Step::new(0, 1, "loading the model"))?;
        Restyler::open(&self.models)
    }

    fn notes(request: &Request, painting: &Painting) -> Vec<Note> {
        let size = request.clip.size();
        let canvas = painting.canvas(size);
        let mut notes = vec![Note::info(format!(
            "{} frames painted in {}",
            request.clip.frames_to_make(),
            painting.look
        ))];
        if canvas.area() < size.area() {
            notes.push(Note::info(format!(
                "Painted at {canvas} and enlarged to {size}"
            )));
        }
        notes
    }
}

fn parameters() -> Vec<Parameter> {
    let parameter = |id: &str, label: &str, help: &str, kind| Parameter {
        id: id.into(),
        label: label.into(),
        help: help.into(),
        kind,
    };
    let part = |default| ParameterKind::Number {
        min: 0.0,
        max: 1.0,
        default,
    };
    vec![
        parameter(
            STYLE,
            "Style",
            "One look, or several with weights, such as style-3:0.5,style-12:0.5",
            ParameterKind::Blend {
                options: styles().into_iter().map(|style| style.id).collect(),
                default: DEFAULT_STYLE.into(),
            },
        ),
        parameter(
            STRENGTH,
            "Strength",
            "0 leaves the clip as it is, 1 shows nothing but paint",
            part(1.0),
        ),
        parameter(
            STEADY,
            "Steadiness",
            "How much paint stays in its place from frame to frame; 0 paints each frame by itself",
            ParameterKind::Number {
                min: 0.0,
                max: STEADINESS_MAX,
                default: steady::STEADINESS,
            },
        ),
        parameter(
            COLORS,
            "Keep colors",
            "Paints light and dark alone; colors stay those of the clip",
            ParameterKind::Switch { default: false },
        ),
        parameter(
            SIDE,
            "Canvas",
            "Longest side in pixels at which it is painted; smaller means broader strokes",
            ParameterKind::Integer {
                min: i64::from(SIDES[0]),
                max: i64::from(SIDES[1]),
                default: i64::from(CANVAS_SIDE),
            },
        ),
    ]
}

impl Backend for RestyleBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        let painting = self.checked(request)?;
        let canvas = Canvas::new(request.clip.size(), painting.canvas_side);
        let count = request.clip.frames_to_make() as u64;
        let pixels = canvas.outer.area() * count;
        let nanos = |each: f64| Duration::from_nanos((each * pixels as f64) as u64);
        Ok(Estimate {
            duration: self.nanos_per_pixel.map(nanos),
            memory_bytes: canvas.outer.area() * BYTES_PER_PIXEL
                + request.clip.size().area() * 4 * count
                + self.info.size_bytes * 2,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        let mut output = generate_by_pieces(self, request, on_step)?;
        output.seams = seam::seams(request.clip.frames(), &output.frames);
        Ok(output)
    }

    fn generate_into(
        &mut self,
        request: &Request,
        sink: &mut FrameSink<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Output> {
        let painting = self.checked(request)?;
        let restyler = self.load(on_step)?;
        let start = Instant::now();
        let count = request.clip.frames_to_make();
        let mut paint = || {
            let mut session = restyler.session(&painting, count);
            for frame in request.clip.frames() {
                match frame {
                    ClipFrame::Known(picture) => {
                        session.forget();
                        sink(picture.clone())?;
                    }
                    ClipFrame::Partly { picture, to_make } => {
                        let painted = session.paint(picture, on_step)?;
                        sink(pasted(picture, &painted, to_make))?;
                    }
                    // Refused before anything began.
                    ClipFrame::ToMake => {}
                }
            }
            session.finish(on_step)
        };
        let made = paint();
        self.restyler = Some(restyler);
        made?;
        let canvas = Canvas::new(request.clip.size(), painting.canvas_side);
        let pixels = canvas.outer.area() as f64 * count as f64;
        self.nanos_per_pixel = Some(start.elapsed().as_nanos() as f64 / pixels.max(1.0));
        Ok(Output {
            frames: Vec::new(),
            notes: Self::notes(request, &painting),
            seams: Vec::new(),
            recipe: self.info.recipe(request),
        })
    }

    fn release(&mut self) {
        self.restyler = None;
    }
}

//! Who answers a request: what a backend says of itself, how it reports, what it hands back.

use crate::{
    error::{Error, Result},
    recipe::Recipe,
    request::{ClipFrame, Operation, ParameterValue, Request},
};
use av::VideoFrame;
use serde::{Deserialize, Serialize};
use std::{ops::ControlFlow, time::Duration};

/// Called at every step of long work; `Break` stops it, and the work ends with [`Error::Cancelled`].
pub type OnStep<'a> = dyn FnMut(Step) -> ControlFlow<()> + 'a;

/// How far the work has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Steps behind us.
    pub done: u64,
    /// Steps in all; may be corrected while the work goes on.
    pub total: u64,
    /// What is being done now, in a few words of English: "interpolating", "denoising".
    pub label: &'static str,
    /// Time left, measured in this run; `None` while unknown.
    pub remaining: Option<Duration>,
    /// A rough picture of what is being made, when the backend offers one.
    pub preview: Option<VideoFrame>,
}

impl Step {
    /// `done` of `total` steps of `label`.
    pub fn new(done: u64, total: u64, label: &'static str) -> Self {
        Self {
            done,
            total,
            label,
            remaining: None,
            preview: None,
        }
    }

    /// With the time left, taken from the time `elapsed` since step 0.
    pub fn after(mut self, elapsed: Duration) -> Self {
        if self.done > 0 {
            let left = self.total.saturating_sub(self.done) as f64 / self.done as f64;
            self.remaining = Some(elapsed.mul_f64(left));
        }
        self
    }
}

/// Reports `step`; [`Error::Cancelled`] when the answer is to stop.
pub fn run_step(on_step: &mut OnStep<'_>, step: Step) -> Result<()> {
    match on_step(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// What a user can set, and how it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Key in [`Request::parameters`]: "num_inference_steps".
    pub id: String,
    /// Shown name, sentence case, English.
    pub label: String,
    /// One sentence of help.
    pub help: String,
    /// Kind, range and default.
    pub kind: ParameterKind,
}

/// The kinds of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A switch.
    Switch {
        /// Value when nothing was chosen.
        default: bool,
    },
    /// A whole number, bounds included.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// Value when nothing was chosen.
        default: i64,
    },
    /// A number, bounds included.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Value when nothing was chosen.
        default: f64,
    },
    /// One of a list.
    Choice {
        /// Ids, in the order shown.
        options: Vec<String>,
        /// Value when nothing was chosen.
        default: String,
    },
    /// Any number of a list, written as one [`ParameterValue::Choice`] with `+` between: "snow+fog".
    Choices {
        /// Ids, in the order shown.
        options: Vec<String>,
        /// Value when nothing was chosen.
        default: String,
    },
    /// Several of a list, each with a weight; the value is a choice such as `a` or `a:0.5,b:0.25`.
    Blend {
        /// Ids, in the order shown.
        options: Vec<String>,
        /// Value when nothing was chosen.
        default: String,
    },
}

/// An operation that a backend offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// The operation.
    pub operation: Operation,
    /// Whether the prompt is read.
    pub reads_prompt: bool,
    /// Most reference pictures that are used; 0 when none are.
    pub references_max: usize,
    /// Longest run of missing frames, in seconds, that still looks good; `None` when any length does.
    pub best_below_seconds: Option<f64>,
    /// Known frames before and after what is to be made that it looks at; more of them change nothing.
    #[serde(default = "two_on_each_side")]
    pub context_frames: [usize; 2],
    /// Whether several shots can be asked for at once.
    #[serde(default)]
    pub takes_storyboard: bool,
}

fn two_on_each_side() -> [usize; 2] {
    [2, 2]
}

/// What a backend says of itself; the window and the command line are drawn from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendInfo {
    /// Stable id, as written in recipes and on the command line: "rife-4.6".
    pub id: String,
    /// Shown name.
    pub name: String,
    /// One sentence on what it is good at.
    pub summary: String,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// Licence of the weights, SPDX.
    pub license: String,
    /// Hash of each weights file, as written in recipes; empty without weights.
    pub weights_sha256: Vec<String>,
    /// Bytes on disk.
    pub size_bytes: u64,
    /// Whether the same request gives the same frames whatever the seed.
    pub is_seedless: bool,
    /// Whether it only answers when it is asked for by name: what it makes is not good enough for anything else yet.
    #[serde(default)]
    pub is_experimental: bool,
}

impl BackendInfo {
    /// What it can do of `operation`, if anything.
    pub fn capability(&self, operation: Operation) -> Option<&Capability> {
        self.capabilities
            .iter()
            .find(|capability| capability.operation == operation)
    }

    /// Refuses operations and parameters that the backend does not have; every backend calls this first.
    pub fn check(&self, request: &Request) -> Result<()> {
        let Some(capability) = self.capability(request.operation) else {
            return Err(self.cannot(format!("it does not offer \"{}\"", request.operation)));
        };
        if !capability.takes_storyboard && !request.storyboard.is_empty() {
            return Err(self.cannot("it makes one shot at a time, no storyboard"));
        }
        for (id, value) in &request.parameters {
            let Some(parameter) = self.parameters.iter().find(|known| &known.id == id) else {
                return Err(Error::BadParameter {
                    id: id.clone(),
                    value: value.to_string(),
                    reason: format!("{} has no such parameter", self.name),
                });
            };
            parameter.check(value)?;
        }
        Ok(())
    }

    /// An [`Error::CannotAnswer`] in this backend's name.
    pub fn cannot(&self, reason: impl Into<String>) -> Error {
        Error::CannotAnswer {
            backend: self.name.clone(),
            reason: reason.into(),
        }
    }

    /// As [`BackendInfo::check`], for backends that make whole frames only.
    pub fn check_whole_frames(&self, request: &Request) -> Result<()> {
        self.check(request)?;
        let mut frames = request.clip.frames().iter();
        if let Some(index) = frames.position(|frame| matches!(frame, ClipFrame::Partly { .. })) {
            let reason = format!("it makes whole frames, and frame {index} is partly known");
            return Err(self.cannot(reason));
        }
        Ok(())
    }

    /// The value of whole-number parameter `id`, or its default; 0 when there is no such parameter.
    pub fn integer(&self, request: &Request, id: &str) -> i64 {
        match (self.kind(id), request.parameters.get(id)) {
            (_, Some(ParameterValue::Integer(value))) => *value,
            (Some(ParameterKind::Integer { default, .. }), _) => *default,
            _ => 0,
        }
    }

    /// The value of number parameter `id`, or its default; 0 when there is no such parameter.
    pub fn number(&self, request: &Request, id: &str) -> f64 {
        match (self.kind(id), request.parameters.get(id)) {
            (_, Some(ParameterValue::Number(value))) => *value,
            (_, Some(ParameterValue::Integer(value))) => *value as f64,
            (Some(ParameterKind::Number { default, .. }), _) => *default,
            _ => 0.0,
        }
    }

    /// The value of switch `id`, or its default; off when there is no such parameter.
    pub fn switch(&self, request: &Request, id: &str) -> bool {
        match (self.kind(id), request.parameters.get(id)) {
            (_, Some(ParameterValue::Switch(value))) => *value,
            (Some(ParameterKind::Switch { default }), _) => *default,
            _ => false,
        }
    }

    /// The value of choice `id` (of several: joined by `+`), or its default; empty when there is no such parameter.
    pub fn choice<'a>(&'a self, request: &'a Request, id: &str) -> &'a str {
        match (self.kind(id), request.parameters.get(id)) {
            (_, Some(ParameterValue::Choice(value))) => value,
            (
                Some(
                    ParameterKind::Choice { default, .. } | ParameterKind::Choices { default, .. },
                ),
                _,
            ) => default,
            _ => "",
        }
    }

    fn kind(&self, id: &str) -> Option<&ParameterKind> {
        let parameter = self.parameters.iter().find(|known| known.id == id);
        parameter.map(|parameter| &parameter.kind)
    }
}

impl Parameter {
    fn check(&self, value: &ParameterValue) -> Result<()> {
        let reason = match (&self.kind, value) {
            (ParameterKind::Switch { .. }, ParameterValue::Switch(_)) => return Ok(()),
            (ParameterKind::Switch { .. }, _) => "it is a switch".into(),
            (ParameterKind::Integer { min, max, .. }, ParameterValue::Integer(value))
                if (min..=max).contains(&value) =>
            {
                return Ok(());
            }
            (ParameterKind::Integer { min, max, .. }, _) => {
                format!("whole numbers from {min} to {max} are allowed")
            }
            (ParameterKind::Number { min, max, .. }, ParameterValue::Number(value))
                if (min..=max).contains(&value) =>
            {
                return Ok(());
            }
            (ParameterKind::Number { min, max, .. }, ParameterValue::Integer(value))
                if (*min..=*max).contains(&(*value as f64)) =>
            {
                return Ok(());
            }
            (ParameterKind::Number { min, max, .. }, _) => {
                format!("numbers from {min} to {max} are allowed")
            }
            (ParameterKind::Choice { options, .. }, ParameterValue::Choice(value))
                if options.contains(value) =>
            {
                return Ok(());
            }
            (ParameterKind::Choice { options, .. }, _) => {
                format!("one of {} is allowed", options.join(", "))
            }
            (ParameterKind::Choices { options, .. }, ParameterValue::Choice(value))
                if value
                    .split('+')
                    .all(|one| options.iter().any(|option| option == one)) =>
            {
                return Ok(());
            }
            (ParameterKind::Choices { options, .. }, _) => {
                format!("any of {} is allowed, joined by +", options.join(", "))
            }
            (ParameterKind::Blend { options, .. }, ParameterValue::Choice(value))
                if is_blend(value, options) =>
            {
                return Ok(());
            }
            (ParameterKind::Blend { options, .. }, _) => format!(
                "any of {} are allowed, with weights such as {}:0.5",
                options.join(", "),
                options.first().map(String::as_str).unwrap_or_default()
            ),
        };
        Err(Error::BadParameter {
            id: self.id.clone(),
            value: value.to_string(),
            reason,
        })
    }
}

/// Whether `value` is a comma-separated list of options, each alone or with a weight of at least 0.
fn is_blend(value: &str, options: &[String]) -> bool {
    value.split(',').all(|part| {
        let (option, weight) = part.trim().split_once(':').unwrap_or((part.trim(), "1"));
        let weight = weight.trim().parse::<f64>();
        options.iter().any(|known| known == option)
            && weight.is_ok_and(|weight| weight.is_finite() && weight >= 0.0)
    })
}

/// What answering will take on this machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Wall time; `None` when this machine has not been measured yet.
    pub duration: Option<Duration>,
    /// Peak memory on top of the request itself, in bytes.
    pub memory_bytes: u64,
}

/// A remark on how an answer came about, for the take's record and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whether the user should see it unasked.
    pub is_warning: bool,
    /// One sentence.
    pub text: String,
}

impl Note {
    /// A remark kept with the take.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            is_warning: false,
            text: text.into(),
        }
    }

    /// A remark shown at once.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            text: text.into(),
        }
    }
}

/// How well made frames meet known ones, at one border between the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeamMetrics {
    /// Index of the first frame after the border.
    pub frame: usize,
    /// Mean color difference across the border (CIEDE2000; below 2 is hard to see).
    pub delta_e: f64,
    /// Change across the border over the usual change beside it; 1 is smooth, above 2 is a jump.
    pub motion_jump: f64,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// As many frames as the request's clip; known frames are the very same pictures.
    ///
    /// Made frames take layout and color space of the nearest known frame, RGBA when there is none, and are shown at
    /// their index in the clip's rate.
    pub frames: Vec<VideoFrame>,
    /// What was used and why, and what to watch for.
    pub notes: Vec<Note>,
    /// One entry for each border between known and made frames.
    pub seams: Vec<SeamMetrics>,
    /// What it was made from and with.
    pub recipe: Recipe,
}

/// Takes finished frames, first to last; an error stops the work and is handed on.
pub type FrameSink<'a> = dyn FnMut(VideoFrame) -> Result<()> + 'a;

/// A model, or an arrangement of models, that answers requests.
pub trait Backend: Send {
    /// What it can do, needs and is called.
    fn describe(&self) -> &BackendInfo;

    /// What `request` will take; an error says precisely why it cannot be answered. Cheap: no weights are touched.
    fn estimate(&self, request: &Request) -> Result<Estimate>;

    /// Makes what is to be made. `on_step` is called often enough that a cancel takes effect within a second.
    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output>;

    /// As [`Backend::generate`], but hands every frame of the clip to `sink` as soon as it is finished and keeps none:
    /// [`Output::frames`] is empty. Backends that work piece by piece take flat memory so, however long the clip.
    fn generate_into(
        &mut self,
        request: &Request,
        sink: &mut FrameSink<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<Output> {
        let mut output = self.generate(request, on_step)?;
        std::mem::take(&mut output.frames)
            .into_iter()
            .try_for_each(sink)?;
        Ok(output)
    }

    /// Frees weights that are kept for the next request.
    fn release(&mut self) {}
}

/// [`Backend::generate`] for backends that make clips piece by piece: the frames that it hands out, kept.
pub fn generate_by_pieces(
    backend: &mut impl Backend,
    request: &Request,
    on_step: &mut OnStep<'_>,
) -> Result<Output> {
    let mut frames = Vec::with_capacity(request.clip.frames().len());
    let mut sink = |frame| {
        frames.push(frame);
        Ok(())
    };
    let output = backend.generate_into(request, &mut sink, on_step)?;
    Ok(Output { frames, ..output })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipFrame, MaskedClip, models::fake::FakeBackend};

    #[test]
    fn parameters_are_checked_against_the_description() {
        let size = av::ScanSize::new(16, 16);
        let clip = MaskedClip::new(size, av::FrameRate::FPS_25, vec![ClipFrame::ToMake]).unwrap();
        let backend = FakeBackend::new();
        let check = |id: &str, value| {
            let mut request = Request::new(clip.clone());
            request.parameters.insert(id.into(), value);
            backend
                .estimate(&request)
                .map_err(|err| err.to_string())
                .err()
        };
        assert_eq!(
            check("num_inference_steps", ParameterValue::Integer(4)),
            None
        );
        assert_eq!(
            check("num_inference_steps", ParameterValue::Integer(0)).unwrap(),
            "parameter num_inference_steps cannot be 0: whole numbers from 1 to 100 are allowed"
        );
        let shot = crate::Shot {
            prompt: "a cat".into(),
            num_frames: 1,
            starts_with_cut: false,
        };
        let board = Request {
            storyboard: vec![shot],
            ..Request::new(clip.clone())
        };
        assert_eq!(
            backend.estimate(&board).unwrap_err().to_string(),
            "Colored noise cannot do this: it makes one shot at a time, no storyboard"
        );
        assert!(check("sparkle", ParameterValue::Switch(true)).is_some());
    }
}

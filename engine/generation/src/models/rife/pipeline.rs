//! Holes filled by interpolation: each missing frame from the two known frames round its hole.

use super::{
    between::{self, Between},
    network::{Flow, IfNet, TICKS_PER_MOMENT},
};
use crate::{
    backend::{Backend, BackendInfo, Capability, Estimate, Note, OnStep, Output, Step, run_step},
    error::{Error, Result},
    image_ops::{frame_like, rgb_from_frame},
    limits,
    manifest::Models,
    request::{Operation, Request},
    seam,
};
use av::{FrameIndex, VideoFrame};
use candle_core::Device;
use std::{ops::Range, time::Instant};

/// Id in recipes, in the manifest and on the command line.
pub const ID: &str = "rife-4.6";

/// Mean difference (of 1) of the two warped neighbors above which they do not show the same things.
const DISAGREEMENT_MAX: f32 = 0.08;

/// RIFE 4.6 as a backend: fills runs of whole frames between known ones.
#[derive(Debug)]
pub struct RifeBackend {
    info: BackendInfo,
    models: Models,
    net: Option<IfNet>,
    /// Measured in this process.
    nanos_per_pixel: Option<f64>,
}

impl RifeBackend {
    /// A backend that loads its weights when they are first needed.
    pub fn new(models: &Models) -> Result<Self> {
        let entry = models.entry(ID)?;
        let operations = [
            Operation::Fill,
            Operation::Join,
            Operation::Interpolate,
            // From a first picture to a last one.
            Operation::Animate,
        ];
        let capability = |operation| Capability {
            operation,
            reads_prompt: false,
            references_max: 0,
            best_below_seconds: Some(limits::INTERPOLATION_SECONDS_MAX),
            context_frames: [2, 2],
            takes_storyboard: false,
        };
        let info = BackendInfo {
            id: ID.into(),
            name: "RIFE 4.6".into(),
            summary: "Follows the motion between two frames; best for gaps below a second".into(),
            capabilities: operations.map(capability).to_vec(),
            parameters: Vec::new(),
            license: entry.license.clone(),
            weights_sha256: vec![entry.sha256.clone()],
            size_bytes: entry.size_bytes,
            is_seedless: true,
            is_experimental: false,
        };
        Ok(Self {
            info,
            models: models.clone(),
            net: None,
            nanos_per_pixel: None,
        })
    }

    fn checked_holes(&self, request: &Request) -> Result<Vec<Range<usize>>> {
        self.info.check_whole_frames(request)?;
        let frames = request.clip.frames();
        let holes = request.clip.holes();
        if holes.is_empty() {
            return Err(self.info.cannot("no frame is missing"));
        }
        for hole in &holes {
            let side = match (hole.start == 0, hole.end == frames.len()) {
                (false, false) => continue,
                (true, false) => "before",
                (false, true) => "after",
                (true, true) => "before or after",
            };
            let (first, last) = (hole.start, hole.end - 1);
            return Err(self.info.cannot(format!(
                "it needs a known frame on both sides, and there is none {side} frames {first} to {last}"
            )));
        }
        Ok(holes)
    }

    fn load(&mut self, on_step: &mut OnStep<'_>) -> Result<IfNet> {
        if let Some(net) = self.net.take() {
            return Ok(net);
        }
        run_step(on_step, Step::new(0, 1, "loading the model"))?;
        IfNet::new(&self.models.weights(ID)?, &Device::Cpu)
    }
}

impl Backend for RifeBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        let holes = self.checked_holes(request)?;
        let num_frames: usize = holes.iter().map(ExactSizeIterator::len).sum();
        let size = request.clip.size();
        let nanos = |each: f64| each * size.area() as f64 * num_frames as f64;
        let duration = self.nanos_per_pixel.map(nanos);
        let frames_bytes = num_frames as u64 * size.area() * 4;
        Ok(Estimate {
            duration: duration.map(|nanos| std::time::Duration::from_nanos(nanos as u64)),
            memory_bytes: frames_bytes + between::memory_bytes(size) + self.info.size_bytes * 2,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        let holes = self.checked_holes(request)?;
        let net = self.load(on_step)?;
        let start = Instant::now();
        let mut run = Run::new(&net, request, &holes);
        let made = run.all(&holes, on_step);
        let notes = run.notes();
        if made.is_ok() {
            let pixels = request.clip.size().area() as f64 * run.num_frames as f64;
            self.nanos_per_pixel = Some(start.elapsed().as_nanos() as f64 / pixels);
        }
        self.net = Some(net);
        let frames = made?;
        let seams = seam::seams(request.clip.frames(), &frames);
        Ok(Output {
            frames,
            notes,
            seams,
            recipe: self.info.recipe(request),
        })
    }
}

/// One request on its way.
struct Run<'a> {
    between: Between<'a>,
    request: &'a Request,
    num_frames: usize,
    done: u64,
    start: Instant,
    disagreeing: Vec<Range<usize>>,
    /// Holes over a cut, where the nearer frame stands in place of a mixture.
    held: Vec<Range<usize>>,
    longest: usize,
}

impl<'a> Run<'a> {
    fn new(net: &'a IfNet, request: &'a Request, holes: &[Range<usize>]) -> Self {
        Self {
            between: Between::new(net, request.clip.size()),
            request,
            num_frames: holes.iter().map(ExactSizeIterator::len).sum(),
            done: 0,
            start: Instant::now(),
            disagreeing: Vec::new(),
            held: Vec::new(),
            longest: holes
                .iter()
                .map(ExactSizeIterator::len)
                .max()
                .unwrap_or_default(),
        }
    }

    fn all(&mut self, holes: &[Range<usize>], on_step: &mut OnStep<'_>) -> Result<Vec<VideoFrame>> {
        let frames = self.request.clip.frames();
        let mut output: Vec<Option<VideoFrame>> = frames
            .iter()
            .map(|frame| frame.picture().cloned())
            .collect();
        for hole in holes {
            let made = self.hole(hole.clone(), on_step)?;
            for (slot, frame) in output[hole.clone()].iter_mut().zip(made) {
                *slot = Some(frame);
            }
        }
        self.report(on_step, 0)?;
        Ok(output.into_iter().flatten().collect())
    }

    fn hole(&mut self, hole: Range<usize>, on_step: &mut OnStep<'_>) -> Result<Vec<VideoFrame>> {
        let clip = &self.request.clip;
        let neighbors = [hole.start - 1, hole.end].map(|index| clip.frames()[index].picture());
        let [Some(before), Some(after)] = neighbors else {
            let reason = "a hole has no known neighbor".into();
            return Err(Error::BadClip { reason });
        };
        let prepared = |frame| self.between.prepare(&rgb_from_frame(frame));
        let (first, second) = (prepared(before)?, prepared(after)?);
        let count = hole.len();
        let mut made = Vec::with_capacity(count);
        for step in 1..=count {
            let moment = self.moment(&hole, hole.start + step - 1);
            let between = self.between;
            let flow = between.flow([&first, &second], moment, &mut |ticks| {
                self.report(on_step, ticks)
            })?;
            if self.is_over_a_cut(step, &flow)? {
                self.report(on_step, (count - 1) as u64 * TICKS_PER_MOMENT)?;
                self.held.push(hole.clone());
                return Ok(self.nearer(&hole, [before, after]));
            }
            if step == count.div_ceil(2) && flow.disagreement()? > DISAGREEMENT_MAX {
                self.disagreeing.push(hole.clone());
            }
            let rgb = between.picture(&flow)?;
            // Layout and colors of the nearer neighbor, the earlier one when in doubt.
            let like = if step * 2 <= count + 1 { before } else { after };
            let index = FrameIndex((hole.start + step - 1) as i64);
            made.push(frame_like(
                &rgb,
                Some(like),
                clip.rate().ticks_from_frame(index),
            ));
        }
        Ok(made)
    }

    /// Where frame `index` of a hole lies between the known frames round it.
    fn moment(&self, hole: &Range<usize>, index: usize) -> f32 {
        let evenly = (index - hole.start + 1) as f64 / (hole.len() + 1) as f64;
        let moment = self.request.moments.get(&index).copied();
        moment.unwrap_or(evenly).clamp(0.0, 1.0) as f32
    }

    /// Whether more frames a second were asked for and there is no motion to follow; known at a hole's first frame.
    fn is_over_a_cut(&self, step: usize, flow: &Flow) -> Result<bool> {
        let is_asked = self.request.operation == Operation::Interpolate && step == 1;
        Ok(is_asked && flow.disagreement()? > DISAGREEMENT_MAX)
    }

    /// The nearer neighbor in place of each frame of a hole.
    fn nearer(&self, hole: &Range<usize>, [before, after]: [&VideoFrame; 2]) -> Vec<VideoFrame> {
        let rate = self.request.clip.rate();
        let frames = hole.clone().map(|index| {
            let is_early = self.moment(hole, index) <= 0.5;
            let frame = if is_early { before } else { after };
            frame
                .clone()
                .with_pts(rate.ticks_from_frame(FrameIndex(index as i64)))
        });
        frames.collect()
    }

    fn report(&mut self, on_step: &mut OnStep<'_>, ticks: u64) -> Result<()> {
        self.done += ticks;
        // The time left is measured in the network's parts, what is told is counted in frames.
        let total = self.num_frames as u64 * TICKS_PER_MOMENT;
        let parts = Step::new(self.done, total, "interpolating").after(self.start.elapsed());
        run_step(
            on_step,
            Step {
                done: self.done / TICKS_PER_MOMENT,
                total: self.num_frames as u64,
                ..parts
            },
        )
    }

    fn notes(&self) -> Vec<Note> {
        let count = self.num_frames;
        let mut notes = vec![Note::info(format!(
            "RIFE 4.6 made {count} frames from the motion between the known frames round them"
        ))];
        if self.between.shrink() > 1 {
            let shrink = self.between.shrink();
            notes.push(Note::info(format!(
                "Motion was estimated at 1/{shrink} of the size, pictures are full size"
            )));
        }
        let rate = self.request.clip.rate().fps_for_display();
        let seconds = self.longest as f64 / rate;
        if seconds > limits::INTERPOLATION_SECONDS_MAX {
            notes.push(Note::warning(format!(
                "The longest gap is {seconds:.1} s: interpolation over more than a second smears"
            )));
        }
        for hole in &self.held {
            let (before, after) = (hole.start - 1, hole.end);
            notes.push(Note::info(format!(
                "Frames {before} and {after} show different things, as at a cut: nothing was made between them"
            )));
        }
        for hole in &self.disagreeing {
            let (before, after) = (hole.start - 1, hole.end);
            notes.push(Note::warning(format!(
                "Frames {before} and {after} hardly show the same things: the frames between look like a dissolve"
            )));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipFrame, MaskedClip, ParameterValue};
    use av::{FrameRate, ScanSize, Ticks};
    use std::ops::ControlFlow;

    const SIZE: ScanSize = ScanSize::new(70, 40);

    /// A soft disc on a soft ramp; `x` is the disc's column.
    fn disc(x: f32) -> VideoFrame {
        let mut data = Vec::new();
        for v in 0..SIZE.height {
            for u in 0..SIZE.width {
                let distance = (u as f32 - x).hypot(v as f32 - 20.0);
                let inside = 1.0 / (1.0 + (distance - 10.0).exp());
                let ground = 60.0 + u as f32 + ((v as f32) / 3.0).sin() * 20.0;
                let level = (ground * (1.0 - inside) + 230.0 * inside) as u8;
                data.extend([level, level / 2 + 40, 255 - level, 255]);
            }
        }
        VideoFrame::from_rgba(SIZE, data, Ticks(7))
    }

    fn backend() -> RifeBackend {
        RifeBackend::new(&Models::locate().unwrap()).unwrap()
    }

    fn request(frames: Vec<ClipFrame>) -> Request {
        Request::new(MaskedClip::new(SIZE, FrameRate::FPS_25, frames).unwrap())
    }

    fn error(a: &VideoFrame, b: &VideoFrame) -> f64 {
        let (a, b) = (&a.planes[0].data, &b.planes[0].data);
        let pairs = a.iter().zip(b.iter());
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
    }

    #[test]
    fn motion_is_followed_and_known_frames_stay() {
        use ClipFrame::{Known, ToMake};
        let frames = vec![Known(disc(25.0)), ToMake, ToMake, ToMake, Known(disc(37.0))];
        let mut steps = Vec::new();
        let output = backend().generate(&request(frames), &mut |step| {
            steps.push((step.done, step.total));
            ControlFlow::Continue(())
        });
        let output = output.unwrap();
        assert_eq!(output.frames[0], disc(25.0));
        assert_eq!(output.frames[4], disc(37.0));
        for (index, x) in [(1, 28.0), (2, 31.0), (3, 34.0)] {
            let made = &output.frames[index];
            let (right, held) = (error(made, &disc(x)), error(made, &disc(25.0)));
            assert!(
                right < 2.5 && right * 1.5 < held,
                "frame {index}: {right} against {held}"
            );
            assert_eq!(
                made.pts,
                FrameRate::FPS_25.ticks_from_frame(FrameIndex(index as i64))
            );
        }
        assert!(steps.windows(2).skip(1).all(|pair| pair[0].0 <= pair[1].0));
        assert_eq!(steps[steps.len() - 1], (3, 3), "counted in frames");
        assert_eq!(output.seams.len(), 2);
        assert!(output.seams.iter().all(|seam| seam.motion_jump < 2.0));
        assert!(
            output.notes.iter().all(|note| !note.is_warning),
            "{:?}",
            output.notes
        );
    }

    #[test]
    fn what_cannot_be_interpolated_is_said_precisely() {
        use ClipFrame::{Known, Partly, ToMake};
        let say = |frames, operation| {
            let request = request(frames).for_operation(operation);
            let refused = backend().estimate(&request).unwrap_err();
            refused.to_string().replace("RIFE 4.6 cannot do this: ", "")
        };
        let known = || Known(disc(20.0));
        assert_eq!(
            say(vec![known(), ToMake, ToMake], Operation::Fill),
            "it needs a known frame on both sides, and there is none after frames 1 to 2"
        );
        assert_eq!(
            say(vec![known(), known()], Operation::Join),
            "no frame is missing"
        );
        let partly = Partly {
            picture: disc(3.0),
            to_make: vec![0; 2800].into(),
        };
        assert_eq!(
            say(vec![known(), partly, known()], Operation::Fill),
            "it makes whole frames, and frame 1 is partly known"
        );
        assert_eq!(
            say(vec![ToMake], Operation::TextToVideo),
            "it does not offer \"text to video\""
        );
        let mut odd = request(vec![known(), ToMake, known()]);
        odd.parameters
            .insert("sparkle".into(), ParameterValue::Switch(true));
        assert!(backend().estimate(&odd).is_err());
    }

    #[test]
    fn cancel_works_and_the_backend_lives_on() {
        use ClipFrame::{Known, ToMake};
        let request = request(vec![Known(disc(20.0)), ToMake, Known(disc(22.0))]);
        let mut backend = backend();
        for allowed in [0, 1, 5] {
            let mut left = allowed;
            let result = backend.generate(&request, &mut |_step| {
                if left == 0 {
                    return ControlFlow::Break(());
                }
                left -= 1;
                ControlFlow::Continue(())
            });
            assert!(matches!(result, Err(Error::Cancelled)));
        }
        assert!(backend.estimate(&request).unwrap().duration.is_none());
        backend
            .generate(&request, &mut |_step| ControlFlow::Continue(()))
            .unwrap();
        assert!(backend.estimate(&request).unwrap().duration.is_some());
    }

    #[test]
    fn frames_that_do_not_belong_together_are_noticed() {
        let mut state = 1_u32;
        let noise = (0..SIZE.area() * 4).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let noise = VideoFrame::from_rgba(SIZE, noise.collect(), Ticks::ZERO);
        let mut frames = vec![ClipFrame::ToMake; 30];
        frames.insert(0, ClipFrame::Known(disc(20.0)));
        frames.push(ClipFrame::Known(noise));
        let output = backend().generate(&request(frames), &mut |_| ControlFlow::Continue(()));
        let warnings: Vec<String> = output
            .unwrap()
            .notes
            .into_iter()
            .filter(|note| note.is_warning)
            .map(|note| note.text)
            .collect();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("1.2 s") && warnings[1].contains("Frames 0 and 31"));
    }

    #[test]
    fn frames_at_odd_times_are_made_there_and_none_over_a_cut() {
        use ClipFrame::{Known, ToMake};
        let frames = vec![Known(disc(25.0)), ToMake, ToMake, Known(disc(37.0))];
        let mut odd = request(frames).for_operation(Operation::Interpolate);
        odd.moments.extend([(1, 0.25), (2, 0.75)]);
        let output = backend().generate(&odd, &mut |_| ControlFlow::Continue(()));
        let frames = output.unwrap().frames;
        for (index, x) in [(1, 28.0), (2, 34.0)] {
            let (right, evenly) = (
                error(&frames[index], &disc(x)),
                error(&frames[index], &disc(if index == 1 { 29.0 } else { 33.0 })),
            );
            assert!(right < evenly, "frame {index}: {right}, {evenly}");
        }
        let black = VideoFrame::from_rgba(SIZE, vec![0; SIZE.area() as usize * 4], Ticks::ZERO);
        let frames = vec![Known(disc(25.0)), ToMake, ToMake, Known(black.clone())];
        let cut = request(frames).for_operation(Operation::Interpolate);
        let output = backend().generate(&cut, &mut |_| ControlFlow::Continue(()));
        let output = output.unwrap();
        assert_eq!(output.frames[1].planes, disc(25.0).planes);
        assert_eq!(output.frames[2].planes, black.planes);
        assert!(output.notes.iter().any(|note| note.text.contains("cut")));
    }
}

//! A backend without a network: colored noise in a few steps, the same for the same seed. For tests and development.

use crate::{
    backend::{
        Backend, BackendInfo, Capability, Estimate, Note, OnStep, Output, Parameter, ParameterKind,
        Step, run_step,
    },
    error::Result,
    image_ops::{frame_like, rgb_from_frame},
    models::wan::clip::pasted,
    request::{ClipFrame, Operation, Request},
    seam,
};
use av::{FrameIndex, PixelFormat, ScanSize, Ticks, VideoFrame};
use std::time::Duration;

const OPERATIONS: [Operation; 11] = [
    Operation::TextToVideo,
    Operation::Animate,
    Operation::ExtendForwards,
    Operation::ExtendBackwards,
    Operation::Fill,
    Operation::Join,
    Operation::Interpolate,
    Operation::ReplaceBackground,
    Operation::RepaintRegion,
    Operation::Outpaint,
    Operation::Restyle,
];

/// Answers every request at once with noise whose color follows the seed and the prompt.
#[derive(Debug)]
pub struct FakeBackend {
    info: BackendInfo,
    step_duration: Duration,
}

impl FakeBackend {
    /// One that takes no time.
    pub fn new() -> Self {
        Self::with_step_duration(Duration::ZERO)
    }

    /// One that sleeps at each step, to try progress and cancelling.
    pub fn with_step_duration(step_duration: Duration) -> Self {
        let capabilities = OPERATIONS.map(|operation| Capability {
            operation,
            reads_prompt: true,
            references_max: crate::limits::REFERENCES_MAX,
            best_below_seconds: None,
            context_frames: [5, 4],
            takes_storyboard: false,
        });
        let guidance = Parameter {
            id: "guidance_scale".into(),
            label: "Guidance".into(),
            help: "Taken, and of no effect".into(),
            kind: ParameterKind::Number {
                min: 1.0,
                max: 20.0,
                default: 5.0,
            },
        };
        let steps = Parameter {
            id: "num_inference_steps".into(),
            label: "Steps".into(),
            help: "How many steps the noise takes".into(),
            kind: ParameterKind::Integer {
                min: 1,
                max: 100,
                default: 4,
            },
        };
        let info = BackendInfo {
            id: "fake".into(),
            name: "Colored noise".into(),
            summary: "Stands in for a model in tests".into(),
            capabilities: capabilities.to_vec(),
            parameters: vec![steps, guidance],
            license: "MIT OR Apache-2.0".into(),
            weights_sha256: Vec::new(),
            size_bytes: 0,
            is_seedless: false,
            is_experimental: false,
        };
        Self {
            info,
            step_duration,
        }
    }
}

impl Default for FakeBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl Backend for FakeBackend {
    fn describe(&self) -> &BackendInfo {
        &self.info
    }

    fn estimate(&self, request: &Request) -> Result<Estimate> {
        self.info.check(request)?;
        let steps = self.info.integer(request, "num_inference_steps") as u32;
        let frames = request.clip.frames_to_make() as u64;
        Ok(Estimate {
            duration: Some(self.step_duration * steps),
            memory_bytes: frames * request.clip.size().area() * 4,
        })
    }

    fn generate(&mut self, request: &Request, on_step: &mut OnStep<'_>) -> Result<Output> {
        self.info.check(request)?;
        let steps = self.info.integer(request, "num_inference_steps") as u64;
        for done in 0..steps {
            let left = self.step_duration * (steps - done) as u32;
            let mut step = Step::new(done, steps, "inventing");
            step.remaining = Some(left);
            run_step(on_step, step)?;
            std::thread::sleep(self.step_duration);
        }
        run_step(on_step, Step::new(steps, steps, "inventing"))?;
        let seed = mixed(request.seed ^ text_hash(&request.prompt));
        let size = request.clip.size();
        let frames = request.clip.frames();
        let any_known = frames.iter().find_map(ClipFrame::picture);
        let made = frames.iter().enumerate().map(|(index, frame)| {
            let pts = request
                .clip
                .rate()
                .ticks_from_frame(FrameIndex(index as i64));
            let noise = || noise(size, seed, index as u64, pts);
            match frame {
                ClipFrame::Known(picture) => picture.clone(),
                ClipFrame::ToMake => like(noise(), any_known),
                ClipFrame::Partly { picture, to_make } => {
                    let made = like(noise(), Some(picture));
                    pasted(picture, &made, to_make).with_pts(picture.pts)
                }
            }
        });
        let made: Vec<VideoFrame> = made.collect();
        let seams = seam::seams(frames, &made);
        Ok(Output {
            frames: made,
            notes: vec![Note::info("Made by the stand-in for tests")],
            seams,
            recipe: self.info.recipe(request),
        })
    }
}

/// `frame` in the layout and colors of `known`.
fn like(frame: VideoFrame, known: Option<&VideoFrame>) -> VideoFrame {
    match known {
        Some(known) if known.format != PixelFormat::Rgba8 => {
            frame_like(&rgb_from_frame(&frame), Some(known), frame.pts)
        }
        Some(_) | None => frame,
    }
}

/// Blocks of color near one that `seed` chooses, drifting with `index`.
fn noise(size: ScanSize, seed: u64, index: u64, pts: Ticks) -> VideoFrame {
    const BLOCK: u64 = 8;
    let mut data = Vec::with_capacity(size.area() as usize * 4);
    for y in 0..u64::from(size.height) {
        for x in 0..u64::from(size.width) {
            let block = mixed(seed ^ (x / BLOCK) << 40 ^ (y / BLOCK) << 20 ^ index);
            for channel in 0..3 {
                let base = (seed >> (8 * channel)) as u8 / 2;
                data.push(base.saturating_add((block >> (8 * channel)) as u8 / 4));
            }
            data.push(255);
        }
    }
    VideoFrame::from_rgba(size, data, pts)
}

/// One step of the SplitMix64 generator.
fn mixed(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn text_hash(text: &str) -> u64 {
    let bytes = text.bytes().map(u64::from);
    bytes.fold(0, |hash, byte| mixed(hash ^ byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, MaskedClip};
    use std::ops::ControlFlow;

    fn request(seed: u64) -> Request {
        let size = ScanSize::new(16, 8);
        let known = VideoFrame::from_rgba(size, vec![7; 16 * 8 * 4], Ticks::ZERO);
        let frames = vec![ClipFrame::Known(known), ClipFrame::ToMake];
        let clip = MaskedClip::new(size, av::FrameRate::FPS_25, frames).unwrap();
        Request {
            seed,
            ..Request::new(clip)
        }
    }

    #[test]
    fn seed_decides_and_known_frames_stay() {
        let mut backend = FakeBackend::new();
        let mut run = |seed| {
            let mut steps = Vec::new();
            let output = backend.generate(&request(seed), &mut |step| {
                steps.push((step.done, step.total));
                ControlFlow::Continue(())
            });
            assert_eq!(steps, [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]);
            output.unwrap().frames
        };
        let (first, again, other) = (run(1), run(1), run(2));
        assert_eq!(first, again);
        assert_ne!(first[1], other[1]);
        assert_eq!(first[0].row(0, 0)[0], 7);
    }

    #[test]
    fn what_is_known_of_a_frame_stays() {
        let size = ScanSize::new(16, 8);
        let picture = VideoFrame::from_rgba(size, vec![7; 16 * 8 * 4], Ticks::ZERO);
        let mut to_make = vec![0; 16 * 8];
        to_make[20] = 255;
        let frames = vec![ClipFrame::Partly {
            picture: picture.clone(),
            to_make: to_make.into(),
        }];
        let clip = MaskedClip::new(size, av::FrameRate::FPS_25, frames).unwrap();
        let request = Request::new(clip).for_operation(Operation::RepaintRegion);
        let output = FakeBackend::new().generate(&request, &mut |_| ControlFlow::Continue(()));
        let (pixels, _none) = output.as_ref().unwrap().frames[0].planes[0]
            .data
            .as_chunks::<4>();
        let changed: Vec<usize> = (0..16 * 8).filter(|&at| pixels[at] != [7; 4]).collect();
        assert_eq!(changed, [20]);
    }

    #[test]
    fn cancel_is_obeyed_at_every_step() {
        for stop_at in 0..4 {
            let mut calls = 0;
            let result = FakeBackend::new().generate(&request(0), &mut |step| {
                calls += 1;
                if step.done == stop_at {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(result, Err(Error::Cancelled)));
            assert_eq!(calls, stop_at + 1);
        }
    }
}

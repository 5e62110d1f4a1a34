//! Another look on the same motion, by the small shipped network: one picture, a clip frame by frame, or a request.
//!
//! [`Restyler`] takes frames in and hands painted ones out, holding no more than one before; [`RestyleBackend`] answers
//! [`crate::Operation::Restyle`] with it, so there is one way of painting whoever asks. [`steady`] keeps the paint in its
//! place from frame to frame.

mod backend;
mod canvas;
pub mod steady;

pub use backend::RestyleBackend;

use crate::{
    backend::{OnStep, Step, run_step},
    error::{Error, Result},
    image_ops::{Rgb, frame_like, rgb_from_frame},
    manifest::Models,
    models::multistyle::{
        self, Look,
        network::{StyleNet, TICKS},
    },
};
use av::{PixelFormat, ScanSize, VideoFrame};
use candle_core::Device;
use canvas::Canvas;
use std::time::Instant;
use steady::{MOTION_TICKS, Steadier};

/// Longest side, in pixels, at which pictures are painted when nothing else is chosen: strokes are as broad then as
/// the network was made for.
pub const CANVAS_SIDE: u32 = 1_280;

/// Shortest and longest such side that can be chosen.
const SIDES: [u32; 2] = [128, 1_920];
/// The most that can be chosen; paint that never gave way would not follow the clip.
const STEADINESS_MAX: f64 = 0.95;

/// How a clip is painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Painting {
    /// In which look.
    pub look: Look,
    /// From 0, the clip as it was, to 1, nothing but paint.
    pub strength: f64,
    /// From 0, each frame by itself, to below 1: how much of the paint of the frame before stays where it was.
    pub steadiness: f64,
    /// Whether only light and dark are painted and colors stay those of the clip.
    pub keeps_colors: bool,
    /// Longest side in pixels at which it is painted; smaller means broader strokes, and less to compute.
    pub canvas_side: u32,
}

impl Painting {
    /// In this look, fully, steadily.
    pub fn new(look: Look) -> Self {
        Self {
            look,
            strength: 1.0,
            steadiness: steady::STEADINESS,
            keeps_colors: false,
            canvas_side: CANVAS_SIDE,
        }
    }

    /// Refuses numbers out of their range.
    pub fn check(&self) -> Result<()> {
        let side = f64::from(self.canvas_side);
        let sides = SIDES.map(f64::from);
        for (id, value, [least, most]) in [
            ("strength", self.strength, [0.0, 1.0]),
            ("steadiness", self.steadiness, [0.0, STEADINESS_MAX]),
            ("canvas_side", side, sides),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::BadParameter {
                    id: id.into(),
                    value: value.to_string(),
                    reason: format!("numbers from {least} to {most} are allowed"),
                });
            }
        }
        Ok(())
    }

    /// The size at which frames of `size` are painted.
    pub fn canvas(&self, size: ScanSize) -> ScanSize {
        Canvas::new(size, self.canvas_side).inner
    }
}

/// Paints pictures and clips; the network is loaded once.
#[derive(Debug)]
pub struct Restyler {
    net: StyleNet,
}

impl Restyler {
    /// Verifies and loads the shipped weights.
    pub fn open(models: &Models) -> Result<Self> {
        let net = StyleNet::new(&models.weights(multistyle::ID)?, &Device::Cpu)?;
        Ok(Self { net })
    }

    /// About `count` consecutive `frames` painted, handed to `sink` in order with their index, in the layout, colors
    /// and size of each.
    pub fn restyle_frames(
        &self,
        frames: &mut dyn Iterator<Item = VideoFrame>,
        count: usize,
        painting: &Painting,
        on_step: &mut OnStep<'_>,
        sink: &mut dyn FnMut(usize, VideoFrame) -> Result<()>,
    ) -> Result<()> {
        let mut session = self.session(painting, count);
        for (index, frame) in frames.enumerate() {
            let painted = session.paint(&frame, on_step)?;
            sink(index, painted)?;
        }
        session.finish(on_step)
    }

    /// Frames of one clip, one after the other; `count` is how many there will be, about.
    fn session<'a>(&'a self, painting: &'a Painting, count: usize) -> Session<'a> {
        let is_steadied = painting.steadiness > 0.0 && count > 1;
        Session {
            net: &self.net,
            painting,
            steadier: is_steadied.then(|| Steadier::new(painting.steadiness)),
            clock: Clock {
                start: Instant::now(),
                done: 0,
                ticks: TICKS + if is_steadied { MOTION_TICKS } else { 0 },
                count: count as u64,
            },
        }
    }
}

/// How far a clip is.
#[derive(Debug)]
struct Clock {
    start: Instant,
    done: u64,
    /// Of each frame.
    ticks: u64,
    /// Frames.
    count: u64,
}

impl Clock {
    fn add(&mut self, ticks: u64, on_step: &mut OnStep<'_>) -> Result<()> {
        self.done += ticks;
        let total = (self.count * self.ticks).max(self.done);
        let step = Step::new(self.done, total, "painting");
        run_step(on_step, step.after(self.start.elapsed()))
    }
}

/// One clip on its way.
struct Session<'a> {
    net: &'a StyleNet,
    painting: &'a Painting,
    steadier: Option<Steadier>,
    clock: Clock,
}

impl Session<'_> {
    /// The next frame of the clip, painted.
    fn paint(&mut self, frame: &VideoFrame, on_step: &mut OnStep<'_>) -> Result<VideoFrame> {
        let clock = &mut self.clock;
        let frame_start = clock.done;
        let source = rgb_from_frame(frame);
        let canvas = Canvas::new(frame.size, self.painting.canvas_side);
        let picture = canvas.reduced(&source);
        let x = canvas.tensor(&picture, self.net.device())?;
        let mut tick = |ticks: u64| clock.add(ticks, on_step);
        let x = self.net.forward(&x, &self.painting.look, &mut tick)?;
        let mut painted = canvas.rgb(&x)?;
        if let Some(steadier) = &mut self.steadier {
            painted = steadier.steady(picture, painted, &mut tick)?;
        }
        // The first frame of a clip, and the first after what is kept, have nothing to be steadied by.
        let rest = (frame_start + clock.ticks).saturating_sub(clock.done);
        clock.add(rest, on_step)?;
        let painted = canvas.enlarged(painted);
        let mixed = mixed(&source, &painted, self.painting);
        let made = frame_like(&mixed, Some(frame), frame.pts);
        Ok(with_alpha_of(made, frame))
    }

    /// What comes next does not follow on what came last.
    fn forget(&mut self) {
        if let Some(steadier) = &mut self.steadier {
            steadier.forget();
        }
    }

    fn finish(mut self, on_step: &mut OnStep<'_>) -> Result<()> {
        self.clock.count = 0;
        self.clock.add(0, on_step)
    }
}

/// Strength and colors, pixel by pixel.
fn mixed(source: &Rgb, painted: &Rgb, painting: &Painting) -> Rgb {
    let area = source.size.area() as usize;
    let mut planes = painted.planes.clone();
    if painting.keeps_colors {
        // The same difference on red, green and blue moves luma alone. Weights of BT.709 whatever the clip's matrix:
        // a hair's difference in how light a color counts, not in the color.
        let luma = |rgb: &Rgb, place: usize| {
            0.2126 * rgb.planes[place]
                + 0.7152 * rgb.planes[area + place]
                + 0.0722 * rgb.planes[2 * area + place]
        };
        for place in 0..area {
            let difference = luma(painted, place) - luma(source, place);
            for plane in 0..3 {
                let place = plane * area + place;
                planes[place] = (source.planes[place] + difference).clamp(0.0, 1.0);
            }
        }
    }
    let strength = painting.strength as f32;
    if strength < 1.0 {
        for (value, source) in planes.iter_mut().zip(&source.planes) {
            *value = source + (*value - source) * strength;
        }
    }
    Rgb {
        size: source.size,
        planes,
    }
}

/// `made` with the alpha of `frame`, where that has any.
fn with_alpha_of(mut made: VideoFrame, frame: &VideoFrame) -> VideoFrame {
    if frame.format != PixelFormat::Rgba8 {
        return made;
    }
    let mut data = made.planes[0].data.to_vec();
    let row = frame.size.width as usize * 4;
    for (y, target) in data.chunks_exact_mut(row).enumerate() {
        let source = frame.row(0, y);
        for (target, source) in target.chunks_exact_mut(4).zip(source.chunks_exact(4)) {
            target[3] = source[3];
        }
    }
    made.planes[0].data = data.into();
    made
}

#[cfg(test)]
mod tests;
